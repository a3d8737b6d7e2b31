//! What an administrator may ask for, and doing it: users, imports, messages from backups. The same code answers the
//! control socket of a running server and a command line that has the store to itself.

mod address;
mod app_password;
mod capture;
mod entry;
mod import;
mod restore;
mod sessions;

pub use entry::{EntryChange, EntryList, EntrySummary};
pub use restore::Restored;
pub use sessions::SessionSummary;

pub use address::{check_address, is_device_name};

use crate::clock::Clock;
use crate::config::Config;
use crate::directory::{self, EntryKind, MapiHttp, NewUser};
use crate::http::Site;
use crate::mail::Flags;
use crate::outlook::Client;
use crate::store::{AppPassword, PasswordDigest, Quota, Store, StoreError, Txn, User};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A request. Its order and fields are the protocol between a command line and the server of the
/// same release; `Ping` comes first and stays first, so that releases can tell each other apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Who are you?
    Ping,
    /// All users.
    UserList,
    /// A new user with a mailbox.
    UserAdd {
        /// Primary SMTP address.
        address: String,
        /// Name shown.
        display_name: String,
        /// A PHC string: passwords do not cross the socket.
        password_hash: String,
        /// With administrator rights.
        admin: bool,
    },
    /// Another password.
    UserPasswd {
        /// Whose.
        address: String,
        /// A PHC string.
        password_hash: String,
    },
    /// Other facts about a user; `None` leaves them alone.
    UserSet {
        /// Whose.
        address: String,
        /// Name shown.
        display_name: Option<String>,
        /// Administrator rights.
        admin: Option<bool>,
    },
    /// How long a user's sessions live without a request.
    UserSessionExpiry {
        /// Whose.
        address: String,
        /// Seconds; `None`: as the configuration says.
        seconds: Option<u32>,
    },
    /// Away with a user, and with the mailbox.
    UserRemove {
        /// Whose.
        address: String,
    },
    /// How large a mailbox may become, in KiB; 0: without bound.
    UserQuota {
        /// Whose.
        address: String,
        /// From here on nothing is saved or received; sending ends, and warnings start, before.
        kib: u32,
    },
    /// A user's photo; nothing takes it away.
    UserPhoto {
        /// Whose.
        address: String,
        /// JPEG.
        photo: Vec<u8>,
    },
    /// Messages for a mailbox, all or none of them.
    Import {
        /// Whose.
        address: String,
        /// Below the top of the mailbox, `/` between levels; made when missing. `None`: the Inbox.
        folder: Option<String>,
        /// At most [`crate::limits::IMPORT_BATCH_MAX`].
        mail: Vec<Mail>,
    },
    /// Messages from a backup, all or none of them.
    Restore {
        /// Whose.
        address: String,
        /// Names of folders from the top of the mailbox down; made when missing.
        folder: Vec<String>,
        /// PidTagContainerClass of the last of them, when it is made.
        container_class: Option<String>,
        /// At most [`crate::limits::IMPORT_BATCH_MAX`].
        messages: Vec<Restored>,
    },
    /// From where a user may come by MAPI over HTTP.
    UserMapiHttp {
        /// Whose.
        address: String,
        /// `None`: as the organisation.
        switch: Option<MapiHttp>,
    },
    /// The same for all who have no word of their own.
    OrganizationMapiHttp(MapiHttp),
    /// Whether there are public folders.
    PublicFolders(bool),
    /// What is set for the organisation.
    Organization,
    /// A password for one device.
    AppPasswordAdd {
        /// Whose.
        address: String,
        /// Which device.
        name: String,
        /// SHA-256: passwords do not cross the socket.
        digest: PasswordDigest,
    },
    /// All of a user.
    AppPasswords {
        /// Whose.
        address: String,
    },
    /// Away with one.
    AppPasswordRevoke {
        /// Whose.
        address: String,
        /// Which device.
        name: String,
    },
    /// Has a user's traffic written down for a while.
    Capture {
        /// Whose.
        address: String,
        /// How long.
        minutes: u32,
    },
    /// All entries of the address book.
    Entries,
    /// A new group, contact or room.
    EntryAdd {
        /// What it is.
        kind: EntryKind,
        /// Primary SMTP address.
        address: String,
        /// What is told of it.
        change: EntryChange,
    },
    /// Away with a group, contact or room.
    EntryRemove {
        /// What it has to be.
        kind: EntryKind,
        /// Its address.
        address: String,
    },
    /// Something else is told of an entry.
    EntrySet {
        /// Which.
        address: String,
        /// What.
        change: EntryChange,
    },
    /// Members, owners or aliases come or go.
    EntryList {
        /// Of which entry.
        address: String,
        /// In which list.
        list: EntryList,
        /// They come.
        add: bool,
        /// Their addresses.
        names: Vec<String>,
    },
    /// All session contexts.
    Sessions,
    /// Away with one of them.
    SessionEnd {
        /// See [`SessionSummary::id`].
        id: String,
    },
}

/// One message to import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// RFC 5322.
    pub raw: Vec<u8>,
    /// When it arrived, if the source knows.
    pub received: Option<FileTime>,
    /// What the source knew besides.
    pub flags: Flags,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// To [`Request::Ping`].
    Pong {
        /// Of the server.
        version: String,
        /// Its data directory, resolved: whether it is the one the command line means.
        data: String,
        /// How far the data file can grow in its address space.
        map_bytes: u64,
    },
    /// Done.
    Done,
    /// To [`Request::UserList`], by number.
    Users(Vec<UserSummary>),
    /// To [`Request::Organization`].
    Organization {
        /// The switch.
        mapi_http: MapiHttp,
        /// The address of the public store, if it is on.
        public_folders: Option<String>,
        /// Those who came since the start of the server.
        clients: Vec<Client>,
    },
    /// To [`Request::AppPasswords`], the oldest first.
    AppPasswords(Vec<AppPassword>),
    /// To [`Request::Capture`].
    Capturing {
        /// Where.
        path: String,
    },
    /// To [`Request::Entries`], by number.
    Entries(Vec<EntrySummary>),
    /// To [`Request::Sessions`], by number.
    Sessions(Vec<SessionSummary>),
    /// Not done.
    Refused(Refusal),
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// One line, lower case.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal that says it all.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same with a way out.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for Refusal {}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Quota => Some("mailstead user set ADDRESS --quota SIZE raises it"),
            StoreError::Full => Some("free some space on the disk, or remove a mailbox"),
            StoreError::Version(_) => {
                Some("install the release that wrote it, or restore a backup made before that release came")
            }
            StoreError::Corrupt(_) => Some("mailstead check says what is wrong, check --repair mends it"),
            _ => None,
        };
        Self { message: error.to_string(), hint: hint.map(str::to_owned) }
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSummary {
    /// Primary SMTP address.
    pub address: String,
    /// Name shown.
    pub display_name: String,
    /// Has administrator rights.
    pub admin: bool,
    /// May not log on.
    pub disabled: bool,
    /// The own switch of MAPI over HTTP.
    pub mapi_http: Option<MapiHttp>,
    /// A person, or a room or equipment.
    pub kind: EntryKind,
}

/// Told the number of a user whose password, rights or existence changed: verdicts about the
/// password and open sessions have to go.
pub type Changed = dyn Fn(u32) + Send + Sync;

/// The one who does it.
pub struct Admin {
    /// Where it is done.
    pub store: Arc<Store>,
    /// For new users' distinguished names.
    pub organization: String,
    /// The domains whose mail lives here.
    pub domains: Vec<String>,
    /// The data directory, for [`Response::Pong`].
    pub data: String,
    /// The time.
    pub clock: Clock,
    /// Told about changes after they are committed.
    pub changed: Box<Changed>,
    /// What is served, once it is.
    pub site: Arc<OnceLock<Site>>,
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("data", &self.data).finish_non_exhaustive()
    }
}

impl Admin {
    /// One for the store of a configuration.
    #[must_use]
    pub fn new(config: &Config, store: Arc<Store>, clock: Clock, changed: Box<Changed>) -> Self {
        let (organization, domains) = (config.organization.clone(), config.domains.clone());
        Self { store, organization, domains, data: resolved(&config.data), clock, changed, site: Arc::default() }
    }

    /// Does what is asked. Blocks on the disk.
    #[must_use]
    pub fn answer(&self, request: Request) -> Response {
        self.handle(request).unwrap_or_else(Response::Refused)
    }

    fn handle(&self, request: Request) -> Result<Response, Refusal> {
        match request {
            Request::Ping => {
                let (version, map_bytes) = (env!("CARGO_PKG_VERSION").to_owned(), self.store.usage().map_bytes);
                return Ok(Response::Pong { version, data: self.data.clone(), map_bytes });
            }
            Request::UserList => return self.list(),
            Request::UserAdd { address, display_name, password_hash, admin } => {
                let new =
                    NewUser { address: &address, display_name: &display_name, password_hash: &password_hash, admin };
                self.add(&new)?;
            }
            Request::UserPasswd { address, password_hash } => {
                self.change(&address, |user| user.password_hash = password_hash)?;
            }
            Request::UserSet { address, display_name, admin } => self.change(&address, |user| {
                user.display_name = display_name.unwrap_or_else(|| std::mem::take(&mut user.display_name));
                user.admin = admin.unwrap_or(user.admin);
            })?,
            Request::UserSessionExpiry { address, seconds } => {
                self.change(&address, |user| user.session_expiry_s = seconds)?;
            }
            Request::UserMapiHttp { address, switch } => {
                let mut txn = self.store.write()?;
                let user = find(&txn, &address)?;
                txn.put_user_mapi_http(user.id, switch)?;
                txn.commit()?;
            }
            Request::OrganizationMapiHttp(switch) => {
                let mut txn = self.store.write()?;
                txn.put_organization_mapi_http(switch)?;
                txn.commit()?;
            }
            Request::PublicFolders(on) => self.public_folders(on)?,
            Request::Organization => return self.organization(),
            Request::UserQuota { address, kib } => {
                let mut txn = self.store.write()?;
                let user = find(&txn, &address)?;
                let mut mailbox = txn.mailbox(user.id)?;
                mailbox.set_quota(quota(kib));
                txn.put_mailbox(user.id, &mailbox)?;
                txn.commit()?;
            }
            Request::UserPhoto { address, photo } => self.set_photo(&address, photo)?,
            Request::UserRemove { address } => {
                let mut txn = self.store.write()?;
                let user = find(&txn, &address)?;
                directory::remove(&mut txn, user.id)?;
                txn.commit()?;
                (self.changed)(user.id);
                self.end_sessions_of(user.id);
            }
            Request::AppPasswordAdd { address, name, digest } => self.add_app_password(&address, &name, &digest)?,
            Request::AppPasswords { address } => return self.list_app_passwords(&address),
            Request::AppPasswordRevoke { address, name } => self.revoke_app_password(&address, &name)?,
            Request::Capture { address, minutes } => return self.capture(&address, minutes),
            Request::Entries => return self.entries(),
            Request::EntryAdd { kind, address, change } => self.add_entry(kind, &address, change)?,
            Request::EntryRemove { kind, address } => self.remove_entry(kind, &address)?,
            Request::EntrySet { address, change } => self.change_entry(&address, change)?,
            Request::EntryList { address, list, add, names } => self.change_list(&address, list, add, &names)?,
            Request::Sessions => return self.sessions(),
            Request::SessionEnd { id } => self.end_session(&id)?,
            Request::Restore { address, folder, container_class, messages } => {
                self.restore(&address, &folder, container_class.as_deref(), messages)?;
            }
            Request::Import { address, folder, mail } => self.import(&address, folder.as_deref(), mail)?,
        }
        Ok(Response::Done)
    }

    fn organization(&self) -> Result<Response, Refusal> {
        let txn = self.store.read()?;
        let public_folders = directory::public_store(&txn)?.map(|public| public.address);
        let clients = self.site.get().map_or_else(Vec::new, |site| site.clients.list());
        Ok(Response::Organization { mapi_http: txn.organization_mapi_http()?, public_folders, clients })
    }

    fn public_folders(&self, on: bool) -> Result<(), Refusal> {
        let mut txn = self.store.write()?;
        let domain = self.domains.first().ok_or_else(|| Refusal::new("no domain is configured"))?;
        // An address that was given out stays: clients know the store by it.
        let known = txn.public_store()?.map(|public| public.address);
        let address = known.unwrap_or_else(|| format!("public-folders@{domain}"));
        let set = directory::set_public_store(&mut txn, &self.organization, on.then_some(&address), self.clock.now());
        match set {
            Err(StoreError::Exists) => Err(Refusal::new(format!("{address} is somebody's address"))
                .with_hint("the public folders need it: give that mailbox, group or alias another one")),
            other => Ok(other.and_then(|()| txn.commit())?),
        }
    }

    fn list(&self) -> Result<Response, Refusal> {
        let txn = self.store.read()?;
        let mut users = Vec::new();
        for user in directory::all(&txn)? {
            let kind = directory::listing(&txn, user.id)?.map_or(EntryKind::Person, |entry| entry.facts.kind);
            let mapi_http = txn.user_mapi_http(user.id)?;
            let (address, display_name) = (user.address, user.display_name);
            users.push(UserSummary {
                address,
                display_name,
                admin: user.admin,
                disabled: user.disabled,
                mapi_http,
                kind,
            });
        }
        Ok(Response::Users(users))
    }

    fn add(&self, new: &NewUser<'_>) -> Result<(), Refusal> {
        check_address(new.address, &self.domains)?;
        let mut txn = self.store.write()?;
        match directory::create(&mut txn, &self.organization, new, self.clock.now()) {
            Ok(_) => Ok(txn.commit()?),
            Err(StoreError::Exists) => {
                let taken = Refusal::new(format!("{} exists already", new.address));
                Err(taken.with_hint("mailstead user passwd sets another password, user set another name"))
            }
            Err(other) => Err(other.into()),
        }
    }

    fn change(&self, address: &str, change: impl FnOnce(&mut User)) -> Result<(), Refusal> {
        let mut txn = self.store.write()?;
        let mut user = find(&txn, address)?;
        change(&mut user);
        directory::update(&mut txn, &user)?;
        txn.commit()?;
        (self.changed)(user.id);
        Ok(())
    }
}

/// A directory under its one name.
#[must_use]
pub fn resolved(directory: &Path) -> String {
    std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned()).to_string_lossy().into_owned()
}

fn find(txn: &Txn<'_>, address: &str) -> Result<User, Refusal> {
    directory::by_address(txn, address)?.ok_or_else(|| {
        let unknown = Refusal::new(format!("there is no user {}", address.escape_debug()));
        unknown.with_hint("mailstead user list shows who there is")
    })
}

/// One number makes all three bounds, so that the user hears of it before mail is lost: a warning
/// at nine tenths, no sending at nineteen twentieths.
fn quota(kib: u32) -> Quota {
    if kib == 0 {
        return Quota::default();
    }
    Quota { warn_kib: Some(kib / 10 * 9), send_kib: Some(kib / 20 * 19), receive_kib: Some(kib) }
}
