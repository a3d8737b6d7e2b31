//! Large values, in chunks: LMDB keeps a value in consecutive pages, and chunks of just under
//! 64 KiB are what it writes and frees well (dependencies.md).

use super::key::{Key, last_u32, last_u64};
use super::{StoreError, Txn};
use crate::limits;
use crate::mapi::{PropertyType, Value};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// Where the bytes of a large value lie. A blob that an object refers to never changes; its number
/// is never used again in its mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobRef {
    /// Number within the mailbox.
    pub id: u64,
    /// Length in bytes.
    pub len: u64,
    property_type: u16,
}

impl BlobRef {
    #[cfg(test)]
    pub(super) fn for_tests(id: u64, len: u64, property_type: u16) -> Self {
        Self { id, len, property_type }
    }

    /// PtypBinary, PtypString or PtypObject.
    #[must_use]
    pub fn property_type(self) -> PropertyType {
        PropertyType(self.property_type)
    }
}

fn chunk_of(offset: u64) -> u32 {
    u32::try_from(offset / limits::BLOB_CHUNK_BYTES).unwrap_or(u32::MAX)
}

impl Txn<'_> {
    /// Writes a value under the number given by the mailbox's counter.
    pub(super) fn put_blob(
        &mut self,
        mailbox: u32,
        id: u64,
        property_type: PropertyType,
        bytes: &[u8],
    ) -> Result<BlobRef, StoreError> {
        let chunk_bytes = usize::try_from(limits::BLOB_CHUNK_BYTES).unwrap_or(usize::MAX);
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.want_room(len)?;
        for (n, chunk) in (0_u32..).zip(bytes.chunks(chunk_bytes)) {
            self.put_raw(self.dbs.blobs, &Key::mailbox(mailbox).u64(id).u32(n), chunk)?;
        }
        Ok(BlobRef { id, len, property_type: property_type.0 })
    }

    /// Up to `len` bytes from `offset`; less at the end.
    ///
    /// # Errors
    /// The blob is gone ([`StoreError::NotFound`]).
    pub fn blob_range(&self, mailbox: u32, blob: BlobRef, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        let end = blob.len.min(offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX)));
        let mut out = Vec::new();
        let mut at = offset;
        while at < end {
            let key = Key::mailbox(mailbox).u64(blob.id).u32(chunk_of(at));
            let chunk = self.get_raw(self.dbs.blobs, &key)?.ok_or_else(|| StoreError::NotFound)?;
            let start = usize::try_from(at % limits::BLOB_CHUNK_BYTES).unwrap_or(usize::MAX);
            let want = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            let part = chunk.get(start..).ok_or_else(|| StoreError::Corrupt(&"blob"))?;
            let part = part.get(..want.min(part.len())).unwrap_or_default();
            if part.is_empty() {
                return Err(StoreError::Corrupt(&"blob"));
            }
            out.extend_from_slice(part);
            at = at.saturating_add(u64::try_from(part.len()).unwrap_or(0));
        }
        Ok(out)
    }

    /// All bytes.
    ///
    /// # Errors
    /// The blob is gone.
    pub fn blob(&self, mailbox: u32, blob: BlobRef) -> Result<Vec<u8>, StoreError> {
        self.blob_range(mailbox, blob, 0, usize::MAX)
    }

    /// The value that a blob is, or its first `len` bytes.
    ///
    /// # Errors
    /// The blob is gone.
    pub fn blob_value(&self, mailbox: u32, blob: BlobRef, len: usize) -> Result<Value, StoreError> {
        let bytes = self.blob_range(mailbox, blob, 0, len)?;
        Ok(match blob.property_type() {
            PropertyType::String => Value::String(utf16(&bytes)),
            _ => Value::Binary(bytes),
        })
    }

    pub(super) fn delete_blob(&mut self, mailbox: u32, blob: BlobRef) -> Result<(), StoreError> {
        for n in 0..=chunk_of(blob.len) {
            self.delete(self.dbs.blobs, &Key::mailbox(mailbox).u64(blob.id).u32(n))?;
        }
        Ok(())
    }

    /// An empty blob for an object that is not saved yet. Nobody's, until a message refers to it:
    /// see [`Txn::sweep_staged`].
    ///
    /// # Errors
    /// The disk refuses.
    pub fn stage_blob(
        &mut self,
        mailbox: u32,
        property_type: PropertyType,
        now: FileTime,
    ) -> Result<BlobRef, StoreError> {
        let mut owner = self.mailbox(mailbox)?;
        let id = owner.take_blob();
        self.put_mailbox(mailbox, &owner)?;
        self.put_raw(self.dbs.staged, &Key::mailbox(mailbox).u64(id), &now.0.to_le_bytes())?;
        Ok(BlobRef { id, len: 0, property_type: property_type.0 })
    }

    /// Writes into a staged blob, which grows as needed; a gap is filled with zeros. Returns the
    /// blob as it is then.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_blob(
        &mut self,
        mailbox: u32,
        mut blob: BlobRef,
        offset: u64,
        bytes: &[u8],
    ) -> Result<BlobRef, StoreError> {
        self.want_room(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        if offset > blob.len {
            blob = self.resize_blob(mailbox, blob, offset)?;
        }
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let key = Key::mailbox(mailbox).u64(blob.id).u32(chunk_of(at));
            let start = usize::try_from(at % limits::BLOB_CHUNK_BYTES).unwrap_or(0);
            let room = usize::try_from(limits::BLOB_CHUNK_BYTES).unwrap_or(usize::MAX).saturating_sub(start);
            let (part, later) = rest.split_at(room.min(rest.len()));
            let mut chunk = self.get_raw(self.dbs.blobs, &key)?.unwrap_or_default().to_vec();
            let end = start.saturating_add(part.len());
            if chunk.len() < end {
                chunk.resize(end, 0);
            }
            if let Some(place) = chunk.get_mut(start..end) {
                place.copy_from_slice(part);
            }
            self.put_raw(self.dbs.blobs, &key, &chunk)?;
            at = at.saturating_add(u64::try_from(part.len()).unwrap_or(0));
            rest = later;
        }
        blob.len = blob.len.max(at);
        Ok(blob)
    }

    /// Cuts a staged blob, or fills it with zeros, to a length.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn resize_blob(&mut self, mailbox: u32, mut blob: BlobRef, len: u64) -> Result<BlobRef, StoreError> {
        const ZEROS: [u8; 8192] = [0; 8192];
        while blob.len < len {
            let gap = usize::try_from(len.saturating_sub(blob.len)).unwrap_or(usize::MAX).min(ZEROS.len());
            blob = self.write_blob(mailbox, blob, blob.len, ZEROS.get(..gap).unwrap_or_default())?;
        }
        if len < blob.len {
            for n in chunk_of(len).saturating_add(1)..=chunk_of(blob.len) {
                self.delete(self.dbs.blobs, &Key::mailbox(mailbox).u64(blob.id).u32(n))?;
            }
            let key = Key::mailbox(mailbox).u64(blob.id).u32(chunk_of(len));
            let keep = usize::try_from(len % limits::BLOB_CHUNK_BYTES).unwrap_or(0);
            let cut = self.get_raw(self.dbs.blobs, &key)?.and_then(|chunk| chunk.get(..keep)).map(<[u8]>::to_vec);
            match cut {
                Some(chunk) if !chunk.is_empty() => self.put_raw(self.dbs.blobs, &key, &chunk)?,
                _ => drop(self.delete(self.dbs.blobs, &key)?),
            }
            blob.len = len;
        }
        Ok(blob)
    }

    /// A copy under a number of its own, chunk by chunk; the caller has taken the number.
    pub(super) fn copy_blob(&mut self, mailbox: u32, blob: BlobRef, id: u64) -> Result<BlobRef, StoreError> {
        self.copy_blob_between(mailbox, blob, mailbox, id)
    }

    /// As [`Txn::copy_blob`], into another mailbox or the same.
    pub(super) fn copy_blob_between(
        &mut self,
        from: u32,
        blob: BlobRef,
        to: u32,
        id: u64,
    ) -> Result<BlobRef, StoreError> {
        let mut left = blob.len;
        self.want_room(left)?;
        for n in 0..=chunk_of(blob.len) {
            if left == 0 {
                break;
            }
            let key = Key::mailbox(from).u64(blob.id).u32(n);
            let chunk = self.get_raw(self.dbs.blobs, &key)?.ok_or_else(|| StoreError::NotFound)?.to_vec();
            left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(0));
            self.put_raw(self.dbs.blobs, &Key::mailbox(to).u64(id).u32(n), &chunk)?;
        }
        Ok(BlobRef { id, ..blob })
    }

    /// A message refers to the blob now: it stays.
    pub(super) fn unstage_blob(&mut self, mailbox: u32, blob: BlobRef) -> Result<(), StoreError> {
        let key = Key::mailbox(mailbox).u64(blob.id);
        if self.get_raw(self.dbs.staged, &key)?.is_some() {
            self.delete(self.dbs.staged, &key)?;
        }
        Ok(())
    }

    /// Removes blobs that were staged before `before` and that no message refers to; at most
    /// `limit` of them. Returns how many.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sweep_staged(&mut self, before: FileTime, limit: usize) -> Result<usize, StoreError> {
        let mut old: Vec<(Vec<u8>, u32, u64)> = Vec::new();
        for entry in self.dbs.staged.iter(self.ro())? {
            let (key, time) = entry?;
            let time = time.try_into().map(u64::from_le_bytes).map_err(|_| StoreError::Corrupt(&"staged"))?;
            let mailbox = key.get(..4).and_then(last_u32).ok_or_else(|| StoreError::Corrupt(&"staged"))?;
            let id = last_u64(key).ok_or_else(|| StoreError::Corrupt(&"staged"))?;
            if FileTime(time) < before {
                old.push((key.to_vec(), mailbox, id));
            }
            if old.len() >= limit {
                break;
            }
        }
        let count = old.len();
        for (key, mailbox, id) in old {
            self.delete_prefix(self.dbs.blobs, &Key::mailbox(mailbox).u64(id))?;
            self.dbs.staged.delete(self.rw()?, &key)?;
        }
        Ok(count)
    }

    /// Is there a blob to be swept?
    pub(super) fn has_staged(&self, before: FileTime) -> Result<bool, StoreError> {
        for entry in self.dbs.staged.iter(self.ro())? {
            let time = entry?.1.try_into().map(u64::from_le_bytes).map_err(|_| StoreError::Corrupt(&"staged"))?;
            if FileTime(time) < before {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Blobs of the mailbox that wait to be saved.
    pub(super) fn staged_blobs(&self, mailbox: u32) -> Result<Vec<u64>, StoreError> {
        let prefix = Key::mailbox(mailbox);
        let entries = self.dbs.staged.prefix_iter(self.ro(), prefix.bytes())?;
        entries.map(|entry| last_u64(entry?.0).ok_or_else(|| StoreError::Corrupt(&"staged"))).collect()
    }
}

/// UTF-16LE as text.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| unit.iter().rev().fold(0, |n, b| n << 8 | u16::from(*b)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
