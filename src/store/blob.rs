//! Large values, in chunks: LMDB keeps a value in consecutive pages, and chunks of just under
//! 64 KiB are what it writes and frees well (dependencies.md).

use super::key::Key;
use super::{StoreError, Txn};
use crate::limits;
use crate::mapi::{PropertyType, Value};
use serde::{Deserialize, Serialize};

/// Where the bytes of a large value lie. A blob is written once and never changed; its number is
/// never used again in its mailbox.
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
        for (n, chunk) in (0_u32..).zip(bytes.chunks(chunk_bytes)) {
            self.put_raw(self.dbs.blobs, &Key::mailbox(mailbox).u64(id).u32(n), chunk)?;
        }
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
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
            let chunk = self.get_raw(self.dbs.blobs, &key)?.ok_or(StoreError::NotFound)?;
            let start = usize::try_from(at % limits::BLOB_CHUNK_BYTES).unwrap_or(usize::MAX);
            let want = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            let part = chunk.get(start..).ok_or(StoreError::Corrupt("blob"))?;
            let part = part.get(..want.min(part.len())).unwrap_or_default();
            if part.is_empty() {
                return Err(StoreError::Corrupt("blob"));
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

    /// The value that a blob is.
    ///
    /// # Errors
    /// The blob is gone.
    pub fn blob_value(&self, mailbox: u32, blob: BlobRef) -> Result<Value, StoreError> {
        let bytes = self.blob(mailbox, blob)?;
        Ok(match blob.property_type() {
            PropertyType::String => Value::String(utf16(&bytes)),
            _ => Value::Binary(bytes),
        })
    }

    pub(super) fn delete_blob(&mut self, mailbox: u32, blob: BlobRef) -> Result<(), StoreError> {
        self.delete_prefix(self.dbs.blobs, &Key::mailbox(mailbox).u64(blob.id))
    }
}

/// UTF-16LE as text.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| unit.iter().rev().fold(0, |n, b| n << 8 | u16::from(*b)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
