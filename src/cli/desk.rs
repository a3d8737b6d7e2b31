//! Where requests go: to the running server, or, when none runs, to the store in this process.
//!
//! An import beside a running server would raise no notification and hold the writer's lock; a root
//! who opens the store leaves files that the server cannot open. Hence: the socket first, and then
//! only as the user who owns the data.

use super::{CliError, Outcome, plain};
use crate::admin::{Admin, EntrySummary, Request, Response, SessionSummary, UserSummary, resolved};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{self, Client};
use crate::directory::MapiHttp;
use crate::outlook::Client as Known;
use crate::store::{AppPassword, OpenOptions, Sharing, Store, StoreError, Usage};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::Arc;

/// Where packages let systemd make the runtime directory, which only the service is told.
const SYSTEM_RUNTIME: &str = "/run/mailstead";

/// Takes requests.
pub(super) enum Desk {
    /// The server that runs.
    Server(Client),
    /// No server: the store is ours for now.
    Own(Box<Admin>),
}

impl Desk {
    /// Finds the server or opens the store.
    pub(super) fn open(config: &Config) -> Result<Self, CliError> {
        if let Some(client) = server(config)? {
            return Ok(Self::Server(client));
        }
        become_owner(&config.data)?;
        Ok(Self::own(config, open_store(&config.data)?))
    }

    /// A desk for a store that is open.
    pub(super) fn own(config: &Config, store: Arc<Store>) -> Self {
        Self::Own(Box::new(Admin::new(config, store, Clock::system(), Box::new(|_| ()))))
    }

    /// Whether a server took the requests.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// Asks for something that answers with nothing.
    pub(super) fn done(&mut self, request: Request) -> Outcome {
        match self.ask(request)? {
            Response::Done => Ok(()),
            _ => Err(strange()),
        }
    }

    /// Asks for the users.
    pub(super) fn users(&mut self) -> Result<Vec<UserSummary>, CliError> {
        match self.ask(Request::UserList)? {
            Response::Users(users) => Ok(users),
            _ => Err(strange()),
        }
    }

    /// Asks for the organisation's switch, for the address of the public folders if they are on, and for
    /// those who came: their versions and addresses.
    pub(super) fn organization(&mut self) -> Result<(MapiHttp, Option<String>, Vec<Known>), CliError> {
        match self.ask(Request::Organization)? {
            Response::Organization { mapi_http, public_folders, clients } => Ok((mapi_http, public_folders, clients)),
            _ => Err(strange()),
        }
    }

    /// Asks for a user's app passwords.
    pub(super) fn app_passwords(&mut self, address: String) -> Result<Vec<AppPassword>, CliError> {
        match self.ask(Request::AppPasswords { address })? {
            Response::AppPasswords(passwords) => Ok(passwords),
            _ => Err(strange()),
        }
    }

    /// Asks for a capture; where it will be.
    pub(super) fn capture(&mut self, address: String, minutes: u32) -> Result<String, CliError> {
        match self.ask(Request::Capture { address, minutes })? {
            Response::Capturing { path } => Ok(path),
            _ => Err(strange()),
        }
    }

    /// Asks for the entries of the address book.
    pub(super) fn entries(&mut self) -> Result<Vec<EntrySummary>, CliError> {
        match self.ask(Request::Entries)? {
            Response::Entries(entries) => Ok(entries),
            _ => Err(strange()),
        }
    }

    /// Asks for the sessions.
    pub(super) fn sessions(&mut self) -> Result<Vec<SessionSummary>, CliError> {
        match self.ask(Request::Sessions)? {
            Response::Sessions(sessions) => Ok(sessions),
            _ => Err(strange()),
        }
    }

    fn ask(&mut self, request: Request) -> Result<Response, CliError> {
        let response = match self {
            Self::Server(client) => client.ask(&request).map_err(|error| {
                CliError::new(format!("the running server: {}", plain(&error))).with_hint("its log may say why")
            })?,
            Self::Own(admin) => admin.answer(request),
        };
        match response {
            Response::Refused(refusal) => Err(refusal.into()),
            other => Ok(other),
        }
    }
}

fn strange() -> CliError {
    CliError::new("the running server gave an answer that does not fit")
        .with_hint("it may be another release than this command; restart it")
}

/// The server for this data, if one runs.
pub(super) fn server(config: &Config) -> Result<Option<Client>, CliError> {
    let ours = resolved(&config.data);
    let socket = control::path(&config.runtime);
    let failed = |error: &io::Error| CliError::file(&socket, error);
    if let Some(mut client) = Client::connect(&socket).map_err(|e| failed(&e))? {
        match client.ask(&Request::Ping) {
            Ok(Response::Pong { data, .. }) if data == ours => return Ok(Some(client)),
            // A server for other data is none of our business.
            Ok(Response::Pong { .. }) => {}
            Ok(Response::Refused(refusal)) => return Err(refusal.into()),
            Ok(_) => return Err(strange()),
            Err(error) => return Err(failed(&error)),
        }
    }
    // The system's server is asked as well; whatever goes wrong there, it is not for our data.
    let system = Client::connect(&control::path(Path::new(SYSTEM_RUNTIME))).ok().flatten();
    Ok(system.and_then(|mut client| match client.ask(&Request::Ping) {
        Ok(Response::Pong { data, .. }) if data == ours => Some(client),
        _ => None,
    }))
}

/// How full the data file is, for the server if one runs: its address space may be the smaller one.
pub(super) fn usage(config: &Config, store: &Store) -> Result<Usage, CliError> {
    let mut usage = store.usage();
    if let Some(mut client) = server(config)?
        && let Ok(Response::Pong { map_bytes, .. }) = client.ask(&Request::Ping)
    {
        usage.map_bytes = usage.map_bytes.min(map_bytes);
    }
    Ok(usage)
}

/// Opens the data file that `setup` made.
pub(super) fn open_store(data: &Path) -> Result<Arc<Store>, CliError> {
    if !data.join(crate::store::FILE_NAME).exists() {
        return Err(no_data(data));
    }
    new_store(data)
}

/// Opens the data file, or makes it.
pub(super) fn new_store(data: &Path) -> Result<Arc<Store>, CliError> {
    match Store::open(data, &OpenOptions::default()) {
        Ok(store) => Ok(Arc::new(store)),
        Err(StoreError::Io(error)) => Err(CliError::file(data, &error)),
        Err(other) => Err(other.into()),
    }
}

/// Opens the data file to read it, whether a server runs or not: LMDB's readers may be in any
/// process, and what is made of it has the rights of who asks for it.
pub(super) fn read_store(data: &Path) -> Result<Store, CliError> {
    let file = data.join(crate::store::FILE_NAME);
    if !file.exists() {
        return Err(no_data(data));
    }
    let opened = Store::open_read_only(&file, Sharing::Live);
    give_to_owner(data);
    match opened {
        Ok(store) => Ok(store),
        Err(StoreError::Io(error)) => Err(CliError::file(&file, &error)),
        Err(StoreError::Version(found)) if found < u64::from(Store::schema_version()) => {
            Err(CliError::from(StoreError::Version(found))
                .with_hint("start the server or run mailstead check --repair once: both bring older data up to date"))
        }
        Err(other) => Err(other.into()),
    }
}

/// Refuses while a server has the data.
pub(super) fn without_server(config: &Config) -> Outcome {
    match server(config)? {
        Some(_) => Err(CliError::new("a server is running with this data")
            .with_hint("stop it first; the service of a package: sudo systemctl stop mailstead.socket mailstead")),
        None => Ok(()),
    }
}

/// What root made in a data directory of somebody else's belongs to that somebody.
pub(super) fn give_to_owner(data: &Path) {
    let Ok(owner) = std::fs::metadata(data) else { return };
    if !rustix::process::geteuid().is_root() || owner.uid() == 0 {
        return;
    }
    let give = |path: &Path| {
        if std::fs::symlink_metadata(path).is_ok_and(|there| there.uid() == 0 && !there.is_symlink()) {
            let _ = std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid()));
        }
    };
    for directory in [data.to_owned(), data.join("ca")] {
        give(&directory);
        std::fs::read_dir(&directory).into_iter().flatten().flatten().for_each(|entry| give(&entry.path()));
    }
}

fn no_data(data: &Path) -> CliError {
    CliError::new(format!("there is no data in {}", data.display()))
        .with_hint("mailstead setup you@example.org makes it")
}

/// The one whose data it is, when root asks: this command again, as that user.
pub(super) fn become_owner(data: &Path) -> Outcome {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let file = data.join(crate::store::FILE_NAME);
    let Ok(metadata) = std::fs::metadata(&file) else { return Ok(()) };
    if metadata.uid() == 0 {
        return Ok(());
    }
    let program = std::env::current_exe().map_err(|e| CliError::new(plain(&e)))?;
    let error = std::process::Command::new(&program)
        .args(std::env::args_os().skip(1))
        .uid(metadata.uid())
        .gid(metadata.gid())
        .exec();
    Err(CliError::file(&program, &error))
}
