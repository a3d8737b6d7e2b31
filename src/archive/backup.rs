//! A backup: the bytes of the data file, the secrets if wanted, and a seal of 80 bytes at the end.
//!
//! ```text
//! 0            the data file, as LMDB lays it on pages: LMDB opens the backup as it is
//! data length  secrets (secrets.rs), one after the other; may be none
//! end - 80     "mailstead backup"   16 bytes
//!              version of this form 4 bytes, 1
//!              schema version       4 bytes
//!              word width in bits   4 bytes: LMDB's pages differ between 32 and 64
//!              zero                 4 bytes
//!              data length          8 bytes
//!              when                 8 bytes, FILETIME
//!              SHA-256              32 bytes, of everything before it
//! ```
//!
//! Numbers are little-endian. A backup is written under another name, synced, opened and checked,
//! and only then gets its name. All are mode 0600: mail and password hashes are in every one.

use super::{ArchiveError, Progress, Secret, number};
use crate::limits;
use crate::store::{Sharing, Store, Violation};
use crate::wire::FileTime;
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 16] = b"mailstead backup";
const VERSION: u32 = 1;
/// Length of what is at the end of every backup.
pub const SEAL_BYTES: u64 = 80;
const DIGEST_BYTES: usize = 32;

/// How to make a backup.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Leave out free pages.
    pub compact: bool,
    /// What lies beside the data file.
    pub secrets: Vec<Secret>,
    /// For the seal.
    pub now: FileTime,
}

/// What the end of a backup says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// Of the data.
    pub schema_version: u32,
    /// 32 or 64.
    pub word_bits: u32,
    /// Bytes of the data file.
    pub data_bytes: u64,
    /// When it was made.
    pub made: FileTime,
}

/// Counts and hashes what passes.
struct Sealing<'a> {
    out: &'a mut dyn Write,
    digest: Context,
    written: u64,
    progress: &'a mut Progress<'a>,
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.digest.update(bytes);
        self.written = self.written.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        (self.progress)(self.written);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes a backup of the store as it is now; returns its length.
///
/// # Errors
/// The store cannot be read or `out` refuses: what was written is no backup.
pub fn write<'a>(
    store: &Store,
    out: &'a mut dyn Write,
    options: &Options,
    progress: &'a mut Progress<'a>,
) -> Result<u64, ArchiveError> {
    let mut sealing = Sealing { out, digest: Context::new(&SHA256), written: 0, progress };
    let data_bytes = store.copy_to(&mut sealing, options.compact)?;
    for secret in &options.secrets {
        sealing.write_all(&secret.encode())?;
    }
    let mut seal = MAGIC.to_vec();
    for n in [VERSION, Store::schema_version(), usize::BITS, 0] {
        seal.extend_from_slice(&n.to_le_bytes());
    }
    seal.extend_from_slice(&data_bytes.to_le_bytes());
    seal.extend_from_slice(&options.now.0.to_le_bytes());
    sealing.write_all(&seal)?;
    let Sealing { out, digest, written, .. } = sealing;
    out.write_all(digest.finish().as_ref())?;
    out.flush()?;
    Ok(written.saturating_add(u64::try_from(DIGEST_BYTES).unwrap_or(0)))
}

/// A backup on disk.
#[derive(Debug)]
pub struct Backup {
    path: PathBuf,
    file: File,
    len: u64,
    /// What its end says.
    pub seal: Seal,
}

impl Backup {
    /// Opens a backup and reads its seal.
    ///
    /// # Errors
    /// It is no backup, or only the beginning of one.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let named = |error: io::Error| ArchiveError::from(error).at(path);
        let mut file = File::open(path).map_err(named)?;
        let len = file.metadata().map_err(named)?.len();
        let mut start = [0; 14];
        if file.read_exact(&mut start).is_ok() && start == super::dump::MAGIC[..14] {
            return Err(ArchiveError::new(format!("{} is a dump, not a backup", path.display()))
                .with_hint("mailstead load reads it"));
        }
        let not = |what: &str| {
            ArchiveError::new(format!("{} {what}", path.display()))
                .with_hint("its last 80 bytes are not the seal that mailstead backup writes when all is done")
        };
        let at = len.checked_sub(SEAL_BYTES).ok_or_else(|| not("is no backup, or cut off"))?;
        file.seek(SeekFrom::Start(at)).map_err(named)?;
        let mut end = vec![0; usize::try_from(SEAL_BYTES).unwrap_or(0)];
        file.read_exact(&mut end).map_err(named)?;
        if !end.starts_with(MAGIC) {
            return Err(not("is no backup, or cut off"));
        }
        if u32::from_le_bytes(number(&end, 16)) != VERSION {
            return Err(ArchiveError::new(format!("{} was made by a later release", path.display()))
                .with_hint("restore it with that release or a later one"));
        }
        let seal = Seal {
            schema_version: u32::from_le_bytes(number(&end, 20)),
            word_bits: u32::from_le_bytes(number(&end, 24)),
            data_bytes: u64::from_le_bytes(number(&end, 32)),
            made: FileTime(u64::from_le_bytes(number(&end, 40))),
        };
        if seal.data_bytes > at {
            return Err(not("is damaged"));
        }
        if seal.word_bits != usize::BITS {
            let what =
                format!("{} comes from a {}-bit machine, this one has {}", path.display(), seal.word_bits, usize::BITS);
            return Err(ArchiveError::new(what).with_hint("between those, mailstead dump and load move the data"));
        }
        Ok(Self { path: path.to_owned(), file, len, seal })
    }

    /// Reads all of it and compares with the seal.
    ///
    /// # Errors
    /// It differs: a byte was changed since.
    pub fn verify(&mut self, progress: &mut Progress<'_>) -> Result<(), ArchiveError> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut left = self.len.saturating_sub(u64::try_from(DIGEST_BYTES).unwrap_or(0));
        let (mut digest, mut done) = (Context::new(&SHA256), 0_u64);
        let mut buffer = vec![0; limits::COPY_BUFFER_BYTES];
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let read = self.file.read(buffer.get_mut(..want).unwrap_or_default())?;
            if read == 0 {
                return Err(self.damaged());
            }
            digest.update(buffer.get(..read).unwrap_or_default());
            let read = u64::try_from(read).unwrap_or(0);
            (left, done) = (left.saturating_sub(read), done.saturating_add(read));
            progress(done);
        }
        let mut sealed = [0; DIGEST_BYTES];
        self.file.read_exact(&mut sealed)?;
        if digest.finish().as_ref() == sealed { Ok(()) } else { Err(self.damaged()) }
    }

    fn damaged(&self) -> ArchiveError {
        ArchiveError::new(format!("{} is damaged: its bytes are not those that were sealed", self.path.display()))
            .with_hint("use another backup; mailstead restore FILE --check tells good ones from bad ones")
    }

    /// The data in it, to be read where it lies.
    ///
    /// # Errors
    /// [`Backup::verify`] was not asked, or another release made it.
    pub fn store(&self) -> Result<Store, ArchiveError> {
        Ok(Store::open_read_only(&self.path, Sharing::Alone)?)
    }

    /// Opens the data and checks every invariant.
    ///
    /// # Errors
    /// As [`Backup::store`].
    pub fn check(&self) -> Result<Vec<Violation>, ArchiveError> {
        let store = self.store()?;
        let txn = store.read()?;
        Ok(txn.check()?)
    }

    /// The secrets in it.
    ///
    /// # Errors
    /// They are not what they should be.
    pub fn secrets(&mut self) -> Result<Vec<Secret>, ArchiveError> {
        let end = self.len.saturating_sub(SEAL_BYTES);
        let len = end.saturating_sub(self.seal.data_bytes);
        self.file.seek(SeekFrom::Start(self.seal.data_bytes))?;
        let bound = u64::from(limits::SECRET_MAX_BYTES).saturating_mul(8);
        let mut bytes = Vec::new();
        (&self.file).take(len.min(bound)).read_to_end(&mut bytes)?;
        let (mut rest, mut all) = (bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            let (secret, later) = Secret::decode(rest).ok_or_else(|| self.damaged())?;
            all.push(secret);
            rest = later;
        }
        Ok(all)
    }

    /// Writes the data file that is in it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn extract(&mut self, out: &mut dyn Write, progress: &mut Progress<'_>) -> Result<(), ArchiveError> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut from = (&self.file).take(self.seal.data_bytes);
        let mut buffer = vec![0; limits::COPY_BUFFER_BYTES];
        let mut done = 0_u64;
        loop {
            let read = from.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            out.write_all(buffer.get(..read).unwrap_or_default())?;
            done = done.saturating_add(u64::try_from(read).unwrap_or(0));
            progress(done);
        }
        if done == self.seal.data_bytes { Ok(()) } else { Err(self.damaged()) }
    }
}
