//! A dump: every record of the store, one after the other, in a form that any machine reads.
//!
//! ```text
//! "mailstead dump\r\n"            16 bytes
//! records:  kind                  1 byte
//!           length                4 bytes
//!           payload               length bytes
//!           check                 8 bytes: the first of the SHA-256 of the whole file before them
//!
//! H  header, first    version of this form (4 bytes, 1), schema version (4), when (8, FILETIME)
//! S  secret           see secrets.rs; only when asked for
//! D  database         its name, ASCII: the records that follow are in it
//! K  record           length of the key (2 bytes), key, value
//! E  end, last        number of K records (8 bytes); nothing follows
//! ```
//!
//! Numbers are little-endian. A check covers everything before it, so that a record that is missing,
//! moved or changed is noticed where it happens, and a file without `E` is cut off.
//!
//! Keys are big-endian numbers and text, values one version byte and a postcard body (numbers as
//! varints, strings and lists with their length before them), or raw bytes: src/store/schema.rs has
//! the table, src/store/record.rs and the structs it stores the rest. Derived indexes are in it too,
//! so that loading is nothing but writing; `load` checks the result and migrates an older schema.

use super::{ArchiveError, Progress, Secret};
use crate::store::{Entry, Store};
use crate::wire::FileTime;
use ring::digest::{Context, SHA256};
use std::io::{self, Write};

pub(super) const MAGIC: &[u8; 16] = b"mailstead dump\r\n";
pub(super) const VERSION: u32 = 1;
/// Bytes of a check.
pub(super) const CHECK_BYTES: usize = 8;

/// What a dump holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dumped {
    /// Records of the store.
    pub records: u64,
    /// Length of the dump.
    pub bytes: u64,
}

struct Dumping<'a> {
    out: &'a mut dyn Write,
    digest: Context,
    bytes: u64,
    progress: &'a mut Progress<'a>,
}

impl Dumping<'_> {
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.digest.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        Ok(())
    }

    fn record(&mut self, kind: u8, parts: &[&[u8]]) -> io::Result<()> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let len = u32::try_from(len).map_err(io::Error::other)?;
        self.raw(&[kind])?;
        self.raw(&len.to_le_bytes())?;
        parts.iter().try_for_each(|part| self.raw(part))?;
        let check = self.digest.clone().finish();
        self.raw(check.as_ref().get(..CHECK_BYTES).unwrap_or_default())?;
        (self.progress)(self.bytes);
        Ok(())
    }
}

/// Writes everything in the store as it is now.
///
/// # Errors
/// The store cannot be read, or `out` refuses: what was written is no dump.
pub fn dump<'a>(
    store: &Store,
    out: &'a mut dyn Write,
    secrets: &[Secret],
    now: FileTime,
    progress: &'a mut Progress<'a>,
) -> Result<Dumped, ArchiveError> {
    let txn = store.read()?;
    let mut to = Dumping { out, digest: Context::new(&SHA256), bytes: 0, progress };
    to.raw(MAGIC)?;
    to.record(b'H', &[&VERSION.to_le_bytes(), &Store::schema_version().to_le_bytes(), &now.0.to_le_bytes()])?;
    for secret in secrets {
        to.record(b'S', &[&secret.encode()])?;
    }
    let (mut database, mut records) = ("", 0_u64);
    txn.entries(&mut |Entry { database: of, key, value }| {
        if of != database {
            to.record(b'D', &[of.as_bytes()])?;
            database = of;
        }
        records = records.saturating_add(1);
        let key_len = u16::try_from(key.len()).map_err(io::Error::other)?;
        to.record(b'K', &[&key_len.to_le_bytes(), key, value])
    })?;
    to.record(b'E', &[&records.to_le_bytes()])?;
    to.out.flush()?;
    Ok(Dumped { records, bytes: to.bytes })
}
