//! Backups and dumps: the data file outside of the data directory, and its way back.
//!
//! - `backup.rs`: a copy of the data file that LMDB opens as it is, with a seal at its end. Fast,
//!   consistent, to be opened and read without unpacking; moves between machines of one word width.
//! - `dump.rs`, `load.rs`: every record in a documented form that no word width, page size or
//!   library is part of. Slower, larger; moves everywhere.
//! - `secrets.rs`: what lies beside the data file and is copied only on demand.
//! - `install.rs`: a data file into its place, what was there before aside.
//! - `schedule.rs`: snapshots by themselves, and which of them to keep.
//!
//! Both keep every identifier, GUID, counter and change number, so that a client cannot tell the
//! restored server from the one that died.
//! Deliberately not here: the configuration (a few lines that the owner has), sessions, encryption.

mod backup;
mod dump;
mod install;
mod load;
mod schedule;
mod secrets;

pub use backup::{Backup, Options, SEAL_BYTES, Seal, write};
pub use dump::{Dumped, dump};
pub use install::{Staging, stamp};
pub use load::{load, verify};
pub use schedule::Schedule;
pub use secrets::Secret;

use crate::store::StoreError;
use std::fmt;
use std::io;
use std::path::Path;

/// Why a backup or dump cannot be made or used: one line, and what to do about it.
#[derive(Debug)]
pub struct ArchiveError {
    /// What is wrong.
    pub message: String,
    /// A way out.
    pub hint: Option<&'static str>,
}

impl ArchiveError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The same with the file in question.
    fn at(self, path: &Path) -> Self {
        Self { message: format!("{}: {}", path.display(), self.message), ..self }
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for ArchiveError {}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> Self {
        let text = error.to_string();
        let end = text.find(" (os error").unwrap_or(text.len());
        let what = Self::new(text.get(..end).unwrap_or_default().to_lowercase());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                what.with_hint("free some space, or choose another place")
            }
            _ => what,
        }
    }
}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io(error) => error.into(),
            StoreError::Version(_) => Self::new(error.to_string())
                .with_hint("restore it as a whole: the data of an earlier release is brought up to date"),
            other => Self::new(other.to_string()),
        }
    }
}

/// Told how many bytes are done.
pub type Progress<'a> = dyn FnMut(u64) + 'a;

/// The number at a place of a header.
fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().unwrap_or([0; N])
}
