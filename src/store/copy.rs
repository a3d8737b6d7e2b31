//! A copy of the file while it is written to, the file or a copy of it opened only to read, and how
//! full it is.
//!
//! LMDB copies one snapshot: everything that was committed before, nothing that comes after. Any
//! process that may read the file can do it beside a running server, for LMDB's readers are
//! registered in the lock file; so a backup is written with the rights of who asks for it, and
//! gigabytes need not pass a socket.

use super::event::Watch;
use super::schema::Databases;
use super::{Store, StoreError, Txn, open_env, open_map};
use crate::limits;
use crate::wire::Guid;
use heed::{CompactionOption, Env, EnvFlags, EnvOpenOptions, WithoutTls};
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;

/// Who else may use a file that is opened to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// A server may be writing it.
    Live,
    /// Nobody writes it: a backup. No lock file is made beside it.
    Alone,
}

/// How full a data file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes up to the last page in use.
    pub used_bytes: u64,
    /// How far the file can grow.
    pub map_bytes: u64,
}

impl Usage {
    /// How full, in percent.
    #[must_use]
    pub fn percent(&self) -> u64 {
        self.used_bytes.saturating_mul(100).checked_div(self.map_bytes).unwrap_or(100)
    }

    /// Whether it is time to say so.
    #[must_use]
    pub fn is_nearly_full(&self) -> bool {
        self.percent() >= limits::MAP_WARN_PERCENT
    }
}

impl Store {
    /// Opens a data file, or a copy of one, to read it.
    ///
    /// # Errors
    /// [`StoreError::Version`]: another release wrote it. [`StoreError::Foreign`]: it is no data file.
    pub fn open_read_only(file: &Path, sharing: Sharing) -> Result<Self, StoreError> {
        let mut flags = EnvFlags::NO_SUB_DIR | EnvFlags::READ_ONLY;
        if sharing == Sharing::Alone {
            flags |= EnvFlags::NO_LOCK;
        }
        File::open(file).map_err(StoreError::Io)?;
        let env = open_as_it_is(file, flags).map_err(foreign)?;
        let Some(dbs) = Databases::open(&env).map_err(foreign)? else {
            return Err(missing_databases(&env));
        };
        let guid = |name: &[u8]| -> Result<Guid, StoreError> {
            let txn = Txn::begin_read(&env, &dbs)?;
            let bytes = txn.dbs.meta.get(txn.ro(), name)?.ok_or_else(|| StoreError::Foreign)?;
            Ok(Guid(bytes.try_into().map_err(|_| StoreError::Corrupt(&"meta"))?))
        };
        let (server_guid, deployment_guid) = (guid(b"server_guid")?, guid(b"deployment_guid")?);
        let store = Self { env, dbs, server_guid, deployment_guid, watch: Watch::default() };
        match store.read()?.schema_version()? {
            Some(version) if version == Self::schema_version() => {}
            Some(version) => return Err(StoreError::Version(version.into())),
            None => return Err(StoreError::Foreign),
        }
        Ok(store)
    }

    /// Writes a copy of the file as it is now. With `compact` free pages are left out, which takes
    /// longer and makes a smaller copy.
    ///
    /// # Errors
    /// `out` refuses, or LMDB does.
    pub fn copy_to(&self, out: &mut dyn Write, compact: bool) -> Result<u64, StoreError> {
        let (mut from, to) = io::pipe().map_err(StoreError::Io)?;
        let option = if compact { CompactionOption::Enabled } else { CompactionOption::Disabled };
        thread::scope(|scope| {
            // LMDB writes to a descriptor; what comes out of the pipe can be counted and hashed.
            let copying = scope.spawn(move || self.env.copy_to_file(&mut File::from(OwnedFd::from(to)), option));
            let mut copied = 0_u64;
            let mut buffer = vec![0; limits::COPY_BUFFER_BYTES];
            let passed = loop {
                match from.read(&mut buffer) {
                    Ok(0) => break Ok(copied),
                    Ok(n) => {
                        let written = out.write_all(buffer.get(..n).unwrap_or_default());
                        if let Err(error) = written {
                            break Err(error);
                        }
                        copied = copied.saturating_add(u64::try_from(n).unwrap_or(0));
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => break Err(error),
                }
            };
            // With nobody to read, LMDB gives up.
            drop(from);
            let done = copying.join().map_err(|_| StoreError::Corrupt(&"copying"))?;
            let copied = passed.map_err(StoreError::Io)?;
            done?;
            Ok(copied)
        })
    }

    /// How full the file is.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let info = self.env.info();
        let pages = u64::try_from(info.last_page_number).unwrap_or(u64::MAX).saturating_add(1);
        Usage {
            used_bytes: pages.saturating_mul(self.page_bytes()),
            map_bytes: u64::try_from(info.map_size).unwrap_or(u64::MAX),
        }
    }

    fn page_bytes(&self) -> u64 {
        let stat = self.read().and_then(|txn| Ok(txn.dbs.meta.stat(txn.ro())?));
        stat.map_or(4096, |stat| u64::from(stat.page_size))
    }
}

/// With the size of map that the file itself names, or less.
fn open_as_it_is(file: &Path, flags: EnvFlags) -> Result<Env<WithoutTls>, StoreError> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.max_dbs(super::schema::COUNT).max_readers(limits::STORE_READERS_MAX);
    match open_map(&mut options, file, flags) {
        Err(heed::Error::Io(e)) if e.kind() == io::ErrorKind::OutOfMemory => {
            open_env(file, limits::MAP_SIZE_BYTES / 2, limits::MAP_SIZE_MIN_BYTES, flags)
        }
        other => Ok(other?),
    }
}

/// What LMDB says of files that are not its own.
fn foreign(error: StoreError) -> StoreError {
    use heed::MdbError::{Invalid, VersionMismatch};
    match error {
        StoreError::Lmdb(e) if matches!(*e, heed::Error::Mdb(Invalid | VersionMismatch)) => StoreError::Foreign,
        other => other,
    }
}

/// A file of LMDB that lacks a database: of an earlier release, or not ours.
fn missing_databases(env: &Env<WithoutTls>) -> StoreError {
    let version = || -> Result<u32, StoreError> {
        let opened = env.open_databases_and_commit(env.read_txn()?, |opener, txn| {
            use heed::types::Bytes;
            let meta = opener.open_database::<Bytes, Bytes>(txn, Some("meta"))?.ok_or_else(|| StoreError::Foreign)?;
            let version = meta.get(txn, b"schema_version")?.and_then(|bytes| bytes.try_into().ok());
            Ok::<_, StoreError>(heed::CommitOrAbort::<(), u32>::Abort(
                version.map(u32::from_le_bytes).ok_or_else(|| StoreError::Foreign)?,
            ))
        })?;
        opened.abort().ok_or_else(|| StoreError::Foreign)
    };
    version().map_or_else(|error| error, |version| StoreError::Version(version.into()))
}
