//! The data file: one LMDB environment, synchronous, the only place that knows keys.
//!
//! A [`Txn`] is a snapshot to read or the one writer; everything that can be asked of the store is
//! a method of it, filed by what it is about (`mailbox.rs`, `folder.rs`, `message.rs`, …). Stored
//! records never go through `wire`; bytes of the specifications never through postcard.
//!
//! The store knows folders, messages and properties (`mapi`), but no operation of a client.

mod app_password;
mod blob;
mod body;
mod change;
mod check;
#[expect(non_upper_case_globals, reason = "identifiers as patterns, in the specification's own spelling")]
mod computed;
mod copy;
mod deleted;
mod event;
mod folder;
mod invariant;
mod key;
mod listing;
mod mailbox;
mod message;
mod migrate;
mod named;
mod permission;
mod public;
mod raw;
mod reads;
mod record;
mod repair;
mod replica;
mod restrict;
mod schema;
mod search;
mod sessions;
mod switch;
mod text;
mod told;
mod txn;
mod user;
mod view;

pub use app_password::{AppPassword, PasswordDigest};
pub use blob::BlobRef;
pub use body::{BodyView, Format as BodyFormat};
pub use change::{Changes, MS_IN_CONFLICT, change_key, change_list, set_change};
pub use check::Violation;
pub(crate) use computed::deleted as deleted_property;
pub use computed::{AttachmentView, FolderView, MessageView, Property};
pub use copy::{Sharing, Usage};
pub use deleted::deleted_hierarchy;
pub use event::{Commit, Event, LinkChange, Observer, RowChange, What};
pub use folder::{DeleteDepth, Folder, FolderKind, NewFolder};
pub use invariant::Invariant;
pub use listing::{EntryKind, Facts, Listed};
pub use mailbox::{Mailbox, MailboxIds, PUBLIC_STORE, Quota, ReceiveFolder, Special};
pub use message::{Attachment, Kind, Location, Message, MessageHead, Recipient};
pub use permission::{Permissions, Rights};
pub use raw::Entry;
pub use record::{Bag, Stored};
pub use repair::Repairs;
pub use replica::PerUser;
use replica::WrongEntry;
pub use restrict::{Source, compare, matches};
pub use search::{Criteria, Search, SearchState};
pub use sessions::{KeptSession, SessionChange, SessionStore};
pub use switch::MapiHttp;
pub use text::fold;
pub use txn::{Txn, looks};
pub use user::User;
pub use view::{
    Category, GroupedRow, IndexKey, IndexOrder, List, RowId, Selection, grouped_rows, hierarchy, rows_of, sorted_rows,
};

use crate::limits;
use crate::wire::{FileTime, Guid};
use event::Watch;
use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};
use schema::Databases;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Weak;

/// Name of the one file.
pub const FILE_NAME: &str = "mailstead.mdb";

/// Why the store could not do what it was asked to. Two words: nearly every line of `store` and `exec`
/// passes it on with a `?`, and what is returned in registers is a smaller program.
#[derive(Debug)]
pub enum StoreError {
    /// The map or the disk is full.
    Full,
    /// The mailbox has reached its quota.
    Quota,
    /// The file has a schema version that this program does not open: that of a later release, or,
    /// where nothing may be written, of an earlier one.
    Version(u64),
    /// The file is something else.
    Foreign,
    /// A record or an index is not what the schema says.
    Corrupt(&'static &'static str),
    /// The file system refused.
    Io(io::Error),
    /// LMDB refused.
    Lmdb(Box<heed::Error>),
    /// An object of that name or identifier is there already.
    Exists,
    /// There is no such object.
    NotFound,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the data file is full"),
            Self::Quota => f.write_str("the mailbox has reached its quota"),
            Self::Version(found) => {
                write!(f, "the data has schema version {found}; this program's is {}", schema::VERSION)
            }
            Self::Foreign => f.write_str("this is no data file of Mailstead"),
            Self::Corrupt(what) => write!(f, "the data file is damaged: {what}"),
            Self::Io(e) => write!(f, "data file: {e}"),
            Self::Lmdb(e) => write!(f, "data file: {e}"),
            Self::Exists => f.write_str("it exists already"),
            Self::NotFound => f.write_str("there is no such object"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<heed::Error> for StoreError {
    fn from(e: heed::Error) -> Self {
        match e {
            heed::Error::Mdb(heed::MdbError::MapFull) => Self::Full,
            heed::Error::Io(e) if e.kind() == io::ErrorKind::StorageFull => Self::Full,
            heed::Error::Io(e) => Self::Io(e),
            other => Self::Lmdb(Box::new(other)),
        }
    }
}

/// How to open the data file.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Address space for the map, halved until the machine grants it. The file grows as needed.
    pub map_size_bytes: usize,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { map_size_bytes: limits::MAP_SIZE_BYTES }
    }
}

/// The open data file, shared by all threads.
#[derive(Debug)]
pub struct Store {
    env: Env<WithoutTls>,
    dbs: Databases,
    server_guid: Guid,
    deployment_guid: Guid,
    watch: Watch,
}

impl Store {
    /// Opens, or makes, `data_dir/mailstead.mdb`.
    ///
    /// # Errors
    /// The directory or file cannot be used, or holds something else.
    pub fn open(data_dir: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir).map_err(StoreError::Io)?;
        let env = open_env(
            &data_dir.join(FILE_NAME),
            options.map_size_bytes,
            limits::MAP_SIZE_MIN_BYTES,
            EnvFlags::NO_SUB_DIR,
        )?;
        let dbs = Databases::create(&env)?;
        let mut txn = Txn::begin_write(&env, &dbs, None)?;
        txn.migrate()?;
        let server_guid = txn.meta_guid("server_guid")?;
        let deployment_guid = txn.meta_guid("deployment_guid")?;
        txn.commit()?;
        Ok(Self { env, dbs, server_guid, deployment_guid, watch: Watch::default() })
    }

    /// A snapshot to read. Short-lived: it keeps replaced pages from being used again.
    ///
    /// # Errors
    /// LMDB has no reader slot left.
    pub fn read(&self) -> Result<Txn<'_>, StoreError> {
        Txn::begin_read(&self.env, &self.dbs)
    }

    /// The one writer; waits for its turn.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write(&self) -> Result<Txn<'_>, StoreError> {
        Txn::begin_write(&self.env, &self.dbs, Some(&self.watch))
    }

    /// Has every commit from now on told to an observer, instead of to the one before it.
    pub fn observe(&self, observer: Weak<dyn Observer>) {
        self.watch.set(observer);
    }

    /// ServerGuid of the address book: constant for ever, so that MIds outlive a session.
    #[must_use]
    pub fn server_guid(&self) -> Guid {
        self.server_guid
    }

    /// DeploymentId of autodiscover: the same for all users of the box.
    #[must_use]
    pub fn deployment_guid(&self) -> Guid {
        self.deployment_guid
    }

    /// Removes what was written for objects that nobody saved, if it is older than `before`; in
    /// pieces, so that writers need not wait. Writes nothing when there is nothing.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sweep_staged(&self, before: FileTime) -> Result<usize, StoreError> {
        let mut swept = 0_usize;
        while self.read()?.has_staged(before)? {
            let mut txn = self.write()?;
            let count = txn.sweep_staged(before, limits::SWEEP_BLOBS_MAX)?;
            txn.commit()?;
            swept = swept.saturating_add(count);
        }
        Ok(swept)
    }

    /// Frees reader slots that dead processes left behind.
    ///
    /// # Errors
    /// LMDB cannot read its lock file.
    pub fn clear_stale_readers(&self) -> Result<usize, StoreError> {
        Ok(self.env.clear_stale_readers()?)
    }
}

/// Opens the environment, asking for less address space while the machine refuses (39-bit address
/// spaces on Raspberry Pi OS, 2 GiB on 32-bit ARM), but for no less than `least`. Some is held back for
/// stacks and messages meanwhile, as much as can be: a map that leaves nothing for them is of no use.
fn open_env(path: &Path, most: usize, least: usize, flags: EnvFlags) -> Result<Env<WithoutTls>, StoreError> {
    let (mut size, mut room) = (most, limits::MAP_ROOM_BESIDE_BYTES);
    loop {
        let mut beside = Vec::<u8>::new();
        if beside.try_reserve_exact(room).is_err() {
            room /= 2;
            continue;
        }
        std::hint::black_box(&beside);
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(size).max_dbs(schema::COUNT).max_readers(limits::STORE_READERS_MAX);
        match open_map(&mut options, path, flags) {
            Err(heed::Error::Io(e)) if e.kind() == io::ErrorKind::OutOfMemory && size > least => size /= 2,
            Err(heed::Error::Io(e)) if e.kind() == io::ErrorKind::OutOfMemory && room > 0 => room /= 2,
            other => return Ok(other?),
        }
    }
}

/// The one unsafe place: a memory map is sound only while nobody else truncates the file or writes
/// it past LMDB's locks. The file is ours alone (mode 0600, one process, flock by LMDB).
#[expect(unsafe_code, reason = "opening a memory map; the obligation is stated above")]
fn open_map(options: &mut EnvOpenOptions<WithoutTls>, path: &Path, flags: EnvFlags) -> heed::Result<Env<WithoutTls>> {
    unsafe { options.flags(flags).open(path) }
}
