//! Reading a dump (`dump.rs`) into an empty store.

use super::dump::{CHECK_BYTES, Dumped, MAGIC, VERSION};
use super::{ArchiveError, Progress, Secret, number};
use crate::limits::{DUMP_RECORD_MAX_BYTES, LOAD_COMMIT_BYTES};
use crate::store::{Entry, Store, Txn};
use ring::digest::{Context, SHA256};
use std::io::{self, Read};

struct Loading<'a> {
    from: &'a mut dyn Read,
    digest: Context,
    at: u64,
}

impl Loading<'_> {
    fn wrong(&self, what: &str) -> ArchiveError {
        ArchiveError::new(format!("the dump is damaged at byte {}: {what}", self.at))
            .with_hint("nothing was loaded; use another dump or a backup")
    }

    fn take(&mut self, len: usize) -> Result<Vec<u8>, ArchiveError> {
        // Grows with what really arrives, not with what was announced.
        let mut bytes = Vec::new();
        let wanted = u64::try_from(len).unwrap_or(u64::MAX);
        let read = self.from.take(wanted).read_to_end(&mut bytes)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
        if read < len {
            return Err(ArchiveError::new(format!(
                "the dump ends at byte {}, within a record: it is cut off",
                self.at
            ))
            .with_hint("nothing was loaded; use another dump or a backup"));
        }
        Ok(bytes)
    }

    /// The next record.
    fn record(&mut self) -> Result<(u8, Vec<u8>), ArchiveError> {
        let head = self.take(5)?;
        let kind = head.first().copied().unwrap_or(0);
        let len = u32::from_le_bytes(number(&head, 1));
        if !b"HSDKE".contains(&kind) || len > DUMP_RECORD_MAX_BYTES {
            return Err(self.wrong("no record begins there"));
        }
        let payload = self.take(usize::try_from(len).unwrap_or(usize::MAX))?;
        self.digest.update(&head);
        self.digest.update(&payload);
        let expected = self.digest.clone().finish();
        let check = self.take(CHECK_BYTES)?;
        if expected.as_ref().get(..CHECK_BYTES) != Some(check.as_slice()) {
            return Err(self.wrong("the check of the record before it does not fit"));
        }
        self.digest.update(&check);
        Ok((kind, payload))
    }
}

/// Writes everything in a dump into `store`, which is new and will be opened again: only then
/// identities and schema version are the dump's.
///
/// # Errors
/// It is no dump, cut off, damaged, or of a later release; the disk refuses. What was loaded until
/// then is of no use.
pub fn load(
    store: &Store,
    from: &mut dyn Read,
    progress: &mut Progress<'_>,
) -> Result<(Dumped, Vec<Secret>), ArchiveError> {
    let mut from = begin(from)?;
    records(store, &mut from, progress)
}

/// Reads a dump from end to end without loading it.
///
/// # Errors
/// It is no dump, cut off, damaged, or of a later release.
pub fn verify(from: &mut dyn Read, progress: &mut Progress<'_>) -> Result<Dumped, ArchiveError> {
    let (mut from, mut records) = (begin(from)?, 0_u64);
    loop {
        let (kind, payload) = from.record()?;
        match kind {
            b'K' => records = records.saturating_add(1),
            b'E' => {
                end(&mut from, &payload, records)?;
                return Ok(Dumped { records, bytes: from.at });
            }
            _ => {}
        }
        progress(from.at);
    }
}

/// Reads up to the header.
fn begin(from: &mut dyn Read) -> Result<Loading<'_>, ArchiveError> {
    let mut from = Loading { from, digest: Context::new(&SHA256), at: 0 };
    let mut magic = [0; 16];
    let read = from.from.read_exact(&mut magic);
    if read.is_err() || &magic != MAGIC {
        return Err(ArchiveError::new("this is no dump of Mailstead").with_hint("mailstead restore reads backups"));
    }
    from.digest.update(&magic);
    from.at = 16;
    let (kind, header) = from.record()?;
    if kind != b'H' || header.len() < 16 {
        return Err(from.wrong("the header is missing"));
    }
    let later = u32::from_le_bytes(number(&header, 0)) != VERSION
        || u32::from_le_bytes(number(&header, 4)) > Store::schema_version();
    if later {
        return Err(ArchiveError::new("a later release made this dump").with_hint("load it with that release"));
    }
    Ok(from)
}

fn records(
    store: &Store,
    from: &mut Loading<'_>,
    progress: &mut Progress<'_>,
) -> Result<(Dumped, Vec<Secret>), ArchiveError> {
    let (mut database, mut secrets, mut records, mut dirty) = (None, Vec::new(), 0_u64, 0_usize);
    let mut txn = store.write()?;
    loop {
        let (kind, payload) = from.record()?;
        match kind {
            b'D' => {
                let name = std::str::from_utf8(&payload).ok().and_then(|name| txn.database_named(name));
                database = Some(name.ok_or_else(|| from.wrong("a database of that name is not known"))?);
            }
            b'K' => {
                let key_len = usize::from(u16::from_le_bytes(number(&payload, 0)));
                let split = payload.get(2..).and_then(|rest| rest.split_at_checked(key_len));
                let (Some(database), Some((key, value))) = (database, split) else {
                    return Err(from.wrong("the record before it has no place"));
                };
                txn.put_entry(Entry { database, key, value })?;
                records = records.saturating_add(1);
                dirty = dirty.saturating_add(payload.len());
            }
            b'S' => match Secret::decode(&payload) {
                Some((secret, [])) => secrets.push(secret),
                _ => return Err(from.wrong("the secret before it is none")),
            },
            b'E' => {
                end(from, &payload, records)?;
                txn.commit()?;
                return Ok((Dumped { records, bytes: from.at }, secrets));
            }
            _ => return Err(from.wrong("a second header")),
        }
        if dirty > LOAD_COMMIT_BYTES {
            txn = next(store, txn)?;
            dirty = 0;
        }
        progress(from.at);
    }
}

fn next<'s>(store: &'s Store, txn: Txn<'s>) -> Result<Txn<'s>, ArchiveError> {
    txn.commit()?;
    Ok(store.write()?)
}

fn end(from: &mut Loading<'_>, payload: &[u8], records: u64) -> Result<(), ArchiveError> {
    if u64::from_le_bytes(number(payload, 0)) != records {
        return Err(from.wrong("records are missing"));
    }
    match from.from.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(from.wrong("something follows the end")),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        Err(error) => Err(error.into()),
    }
}
