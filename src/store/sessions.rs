//! The session store: a second LMDB environment, beside the control socket, disposable. It keeps what
//! a session context is made of, so that a client goes on in it after the server was killed or
//! replaced (architecture.md §6).
//!
//! It is never synced: what was written survives the process, not the machine. What a record means is
//! the business of those who write it; here are keys and the question whether what is found may be
//! believed. It may if the machine is still up since it was written (the boot id is the same) and if
//! it was written beside this very data file. After a clean stop the records are in the data file too
//! ([`SessionStore::rest`]), so that they outlive a reboot.
//!
//! Transaction numbers of the data file tie the two together. A batch that changes the data file first
//! leaves here what it will make of the session, under the number of the transaction that it is about
//! to commit ([`SessionStore::prepare`]): found after a crash, that is true if and only if the data file
//! has got that far. And what each commit changed is kept for a while under its number, so that a
//! session hears of what happened after its own record was written ([`SessionStore::commits_after`]).

use super::key::{Key, TextKey, last_u32, last_u64, u64_bytes};
use super::schema::Db;
use super::{Store, StoreError, open_env};
use crate::limits;
use crate::sorted::SortedMap;
use heed::types::Bytes;
use heed::{CommitOrAbort, Env, EnvFlags, RwTxn, WithoutTls};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Name of its file.
const FILE_NAME: &str = "sessions.mdb";
/// Counts the changes of what is written; what another program wrote is not read. Raise it with every
/// change of a record: the exec objects, the queues, the contexts.
const FORMAT: u32 = 4;
/// Where the records of a clean stop lie in the data file.
const REST: &str = "sessions";

/// First bytes of keys.
mod kind {
    /// → Origin.
    pub(super) const ORIGIN: u8 = b'a';
    /// session → what the edge says of the context.
    pub(super) const CONTEXT: u8 = b'c';
    /// session → what all objects share.
    pub(super) const HEAD: u8 = b'h';
    /// transaction → what it changed.
    pub(super) const COMMIT: u8 = b'j';
    /// session, handle → object.
    pub(super) const OBJECT: u8 = b'o';
    /// session → transaction, and what a batch leaves if that commits.
    pub(super) const PENDING: u8 = b'p';
    /// → the last transaction whose changes were kept once, and are not any more.
    pub(super) const DROPPED: u8 = b'd';
    /// → the last transaction whose changes are kept.
    pub(super) const THROUGH: u8 = b't';
}

/// Where and when records were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    format: u32,
    /// Of the kernel; empty where it does not say.
    boot_id: String,
    /// Device and inode of the data file.
    file: (u64, u64),
}

/// Everything kept of one session.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// Its number.
    pub number: u64,
    /// See [`SessionStore::begin`].
    pub context: Vec<u8>,
    /// See [`SessionStore::save`].
    pub head: Vec<u8>,
    /// By handle.
    pub objects: SortedMap<u32, Vec<u8>>,
}

/// What a batch changed of a session.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionChange {
    /// What all its objects share.
    pub head: Vec<u8>,
    /// Objects by handle; `None` is gone.
    pub objects: Vec<(u32, Option<Vec<u8>>)>,
}

/// The session store of one data file.
#[derive(Debug)]
pub struct SessionStore {
    env: Env<WithoutTls>,
    db: Db,
    path: PathBuf,
    main: Arc<Store>,
    /// Something could not be written: what is there may be old, and nothing more is kept.
    is_off: AtomicBool,
}

impl SessionStore {
    /// Opens or makes `runtime/sessions.mdb`. What cannot be believed is removed; what rests in the
    /// data file since a clean stop is brought back if nothing newer is here. Its user loads what there
    /// is, and then [`SessionStore::settle`]s.
    ///
    /// `boot_id` is that of the kernel; empty where it does not say: then nothing outlives the process.
    ///
    /// # Errors
    /// The directory cannot be used.
    pub fn open(runtime: &Path, main: Arc<Store>, data: &Path, boot_id: &str) -> Result<Self, StoreError> {
        let path = runtime.join(FILE_NAME);
        let origin = origin(data, boot_id)?;
        let opened = open(&path);
        let (env, db, found) = match opened {
            Ok((env, db)) => {
                let txn = env.read_txn()?;
                let found = db.get(&txn, &[kind::ORIGIN])?.and_then(|at| postcard::from_bytes(at).ok());
                drop(txn);
                (env, db, found)
            }
            // A torn or foreign file is as good as none.
            Err(_) => {
                remove(&path);
                let (env, db) = open(&path)?;
                (env, db, None::<Origin>)
            }
        };
        let store = Self { env, db, path, main, is_off: AtomicBool::new(false) };
        let is_believed = found.as_ref() == Some(&origin) && !origin.boot_id.is_empty();
        store.start(&origin, is_believed)?;
        Ok(store)
    }

    fn start(&self, origin: &Origin, is_believed: bool) -> Result<(), StoreError> {
        let mut txn = self.env.write_txn()?;
        if !is_believed {
            self.db.clear(&mut txn)?;
            let rested = self.main.rest()?.filter(|rest| rest.format == FORMAT && rest.file == origin.file);
            if let Some(rest) = rested {
                for (key, value) in rest.records {
                    self.db.put(&mut txn, &key, &value)?;
                }
                self.db.put(&mut txn, &[kind::THROUGH], &u64_bytes(rest.at))?;
            }
        }
        let origin = postcard::to_allocvec(origin).map_err(|_| StoreError::Corrupt(&"sessions"))?;
        self.db.put(&mut txn, &[kind::ORIGIN], &origin)?;
        Ok(txn.commit()?)
    }

    /// True while what happens is kept.
    fn is_on(&self) -> bool {
        !self.is_off.load(Ordering::SeqCst)
    }

    /// How often it was written.
    #[must_use]
    pub fn last_transaction(&self) -> u64 {
        u64::try_from(self.env.info().last_txn_id).unwrap_or(u64::MAX)
    }

    /// True if no session is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let first = || -> Result<bool, StoreError> {
            let txn = self.env.read_txn()?;
            Ok(self.db.prefix_iter(&txn, &[kind::CONTEXT])?.next().is_none())
        };
        first().unwrap_or(true)
    }

    /// Everything that is there, with what a crash left half done brought to its end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn load(&self) -> Result<Vec<KeptSession>, StoreError> {
        let reached = self.main.last_transaction();
        let mut sessions: SortedMap<u64, KeptSession> = SortedMap::new();
        let txn = self.env.read_txn()?;
        for entry in self.db.iter(&txn)? {
            let (key, value) = entry?;
            let Some((kind, rest)) = key.split_first() else { continue };
            let Some(number) = rest.first_chunk::<8>().and_then(|number| last_u64(number)) else { continue };
            let session = || KeptSession { number, ..KeptSession::default() };
            match *kind {
                kind::CONTEXT => sessions.get_or_insert_with(number, session).context = value.to_vec(),
                kind::HEAD => sessions.get_or_insert_with(number, session).head = value.to_vec(),
                kind::OBJECT => {
                    let Some(handle) = last_u32(rest) else { continue };
                    sessions.get_or_insert_with(number, session).objects.insert(handle, value.to_vec());
                }
                kind::PENDING => {
                    let Some((at, change)) = value.split_first_chunk::<8>() else { continue };
                    if last_u64(at).is_some_and(|at| at <= reached)
                        && let Ok(change) = postcard::from_bytes(change)
                    {
                        sessions.get_or_insert_with(number, session).apply(change);
                    }
                }
                _ => {}
            }
        }
        Ok(sessions.into_values().filter(|session| !session.context.is_empty()).collect())
    }

    /// What was loaded goes on from here: a clean stop is good for one start.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.main.drop_rest()?;
        self.committed(self.main.last_transaction(), None);
        Ok(())
    }

    /// Keeps a session from now on. `context` is what the edge wants to know of it.
    pub fn begin(&self, session: u64, context: &[u8]) {
        self.write(|db, txn| Ok(db.put(txn, Key::new().u8(kind::CONTEXT).u64(session).bytes(), context)?));
    }

    /// Leaves what a batch will have made of its session if the transaction `at` commits.
    pub fn prepare(&self, session: u64, at: u64, change: &SessionChange) {
        let Ok(value) = postcard::to_extend(change, u64_bytes(at).to_vec()) else { return };
        self.write(|db, txn| Ok(db.put(txn, Key::new().u8(kind::PENDING).u64(session).bytes(), &value)?));
    }

    /// Keeps what a batch made of its session, before its answer is sent.
    pub fn save(&self, session: u64, change: &SessionChange) {
        self.write(|db, txn| {
            db.delete(txn, Key::new().u8(kind::PENDING).u64(session).bytes())?;
            db.put(txn, Key::new().u8(kind::HEAD).u64(session).bytes(), &change.head)?;
            for (handle, object) in &change.objects {
                let key = Key::new().u8(kind::OBJECT).u64(session).u32(*handle);
                match object {
                    Some(object) => db.put(txn, key.bytes(), object)?,
                    None => drop(db.delete(txn, key.bytes())?),
                }
            }
            Ok(())
        });
    }

    /// The session has ended.
    pub fn forget(&self, session: u64) {
        self.write(|db, txn| {
            for kind in [kind::CONTEXT, kind::HEAD, kind::PENDING] {
                db.delete(txn, Key::new().u8(kind).u64(session).bytes())?;
            }
            let prefix = Key::new().u8(kind::OBJECT).u64(session);
            let keys: Vec<_> =
                db.prefix_iter(txn, prefix.bytes())?.map(|at| Ok(at?.0.to_vec())).collect::<heed::Result<_>>()?;
            keys.iter().try_for_each(|key| db.delete(txn, key).map(drop))?;
            Ok(())
        });
    }

    /// Keeps what a transaction of the data file changed; `None` is nothing that anybody hears of.
    pub fn committed(&self, at: u64, changes: Option<&[u8]>) {
        self.write(|db, txn| {
            db.put(txn, &[kind::THROUGH], &u64_bytes(at))?;
            if let Some(changes) = changes {
                db.put(txn, Key::new().u8(kind::COMMIT).u64(at).bytes(), changes)?;
                let oldest = at.saturating_sub(limits::COMMITS_KEPT_MAX);
                let first = db.prefix_iter(txn, &[kind::COMMIT])?.next().transpose()?;
                let first = first.and_then(|(key, _)| last_u64(key)).filter(|first| *first < oldest);
                if let Some(first) = first {
                    db.delete(txn, Key::new().u8(kind::COMMIT).u64(first).bytes())?;
                    db.put(txn, &[kind::DROPPED], &u64_bytes(first))?;
                }
            }
            Ok(())
        });
    }

    /// What was changed after the transaction `seen`, oldest first; `None` if not all of it was kept.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn commits_after(&self, seen: u64) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let txn = self.env.read_txn()?;
        let number = |kind| Ok::<_, StoreError>(self.db.get(&txn, &[kind])?.and_then(last_u64).unwrap_or(0));
        if number(kind::THROUGH)?.max(seen) < self.main.last_transaction() || seen < number(kind::DROPPED)? {
            return Ok(None);
        }
        let mut commits = Vec::new();
        for entry in self.db.prefix_iter(&txn, &[kind::COMMIT])? {
            let (key, value) = entry?;
            if last_u64(key).is_some_and(|at| at > seen) {
                commits.push(value.to_vec());
            }
        }
        Ok(Some(commits))
    }

    /// A clean stop: lays everything into the data file too, so that it outlives a reboot.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn rest(&self) -> Result<usize, StoreError> {
        if !self.is_on() {
            return Ok(0);
        }
        let own = self.env.read_txn()?;
        let origin: Option<Origin> = self.db.get(&own, &[kind::ORIGIN])?.and_then(|at| postcard::from_bytes(at).ok());
        let Some(origin) = origin else { return Ok(0) };
        let mut count = 0_usize;
        let mut rest = Rest { format: FORMAT, file: origin.file, at: 0, records: Vec::new() };
        for entry in self.db.iter(&own)? {
            let (key, value) = entry?;
            match key.first() {
                Some(&(kind::ORIGIN | kind::THROUGH | kind::DROPPED | kind::COMMIT)) => continue,
                Some(&kind::CONTEXT) => count = count.saturating_add(1),
                _ => {}
            }
            rest.records.push((key.to_vec(), value.to_vec()));
        }
        if count > 0 {
            let at = self.main.put_rest(rest)?;
            // Laying them there was a change that nobody needs to hear of.
            self.committed(at, None);
        }
        Ok(count)
    }

    /// Writes; what cannot be written must not be taken for true later, so the whole file goes.
    fn write(&self, write: impl FnOnce(Db, &mut RwTxn<'_>) -> Result<(), StoreError>) {
        if !self.is_on() {
            return;
        }
        let attempt = || -> Result<(), StoreError> {
            let mut txn = self.env.write_txn()?;
            write(self.db, &mut txn)?;
            Ok(txn.commit()?)
        };
        if let Err(error) = attempt() {
            log::error!("sessions are not kept over a restart any more: {}: {error}", self.path.display());
            self.is_off.store(true, Ordering::SeqCst);
            remove(&self.path);
        }
    }
}

impl KeptSession {
    fn apply(&mut self, change: SessionChange) {
        self.head = change.head;
        for (handle, object) in change.objects {
            match object {
                Some(object) => drop(self.objects.insert(handle, object)),
                None => drop(self.objects.remove(&handle)),
            }
        }
    }
}

/// The records of a clean stop.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rest {
    format: u32,
    file: (u64, u64),
    /// The transaction that laid them there.
    at: u64,
    records: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Store {
    /// Number of the newest transaction.
    #[must_use]
    pub fn last_transaction(&self) -> u64 {
        u64::try_from(self.env.info().last_txn_id).unwrap_or(u64::MAX)
    }

    fn put_rest(&self, mut rest: Rest) -> Result<u64, StoreError> {
        let mut txn = self.write()?;
        rest.at = txn.number();
        let bytes = postcard::to_allocvec(&rest).map_err(|_| StoreError::Corrupt(&"sessions"))?;
        txn.put_raw(self.dbs.meta, &rest_key(), &bytes)?;
        txn.commit()?;
        Ok(rest.at)
    }

    fn rest(&self) -> Result<Option<Rest>, StoreError> {
        let txn = self.read()?;
        Ok(txn.get_raw(self.dbs.meta, &rest_key())?.and_then(|bytes| postcard::from_bytes(bytes).ok()))
    }

    fn drop_rest(&self) -> Result<(), StoreError> {
        if self.read()?.get_raw(self.dbs.meta, &rest_key())?.is_none() {
            return Ok(());
        }
        let mut txn = self.write()?;
        txn.delete(self.dbs.meta, &rest_key())?;
        txn.commit()
    }
}

fn rest_key() -> TextKey {
    Key::new().text(REST.as_bytes())
}

fn open(path: &Path) -> Result<(Env<WithoutTls>, Db), StoreError> {
    let flags = EnvFlags::NO_SUB_DIR | EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC;
    let env = open_env(path, limits::SESSION_STORE_MAX_BYTES, limits::SESSION_STORE_MIN_BYTES, flags)?;
    let created = env.create_databases_and_commit(env.write_txn()?, |opener, txn| {
        let db = opener.create_database::<Bytes, Bytes>(txn, Some("sessions"))?;
        Ok::<_, StoreError>(CommitOrAbort::<_, ()>::Commit(db))
    })?;
    let db = created.commit().ok_or_else(|| StoreError::Corrupt(&"sessions"))?;
    Ok((env, db))
}

fn remove(path: &Path) {
    let lock = path.with_extension("mdb-lock");
    for file in [path, &lock] {
        let _ = fs::remove_file(file);
    }
}

/// This machine's run, and the data file.
fn origin(data: &Path, boot_id: &str) -> Result<Origin, StoreError> {
    use std::os::unix::fs::MetadataExt;
    let boot_id = boot_id.to_owned();
    let metadata = fs::metadata(data.join(super::FILE_NAME)).map_err(StoreError::Io)?;
    Ok(Origin { format: FORMAT, boot_id, file: (metadata.dev(), metadata.ino()) })
}
