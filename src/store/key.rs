//! Order-preserving keys: big-endian numbers in a row.

use std::ops::Deref;

/// Longest text that goes into a key: LMDB allows 511 bytes in all.
pub(super) const TEXT_MAX: usize = 480;

/// The longest key without a text is 29 bytes: mailbox, folder, list, time, message.
const NUMBERS_MAX: usize = 39;

/// A key of numbers under construction. Lies where it is made, for there are many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    bytes: [u8; NUMBERS_MAX],
    len: u8,
}

/// A key that ends with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextKey(Vec<u8>);

#[expect(clippy::big_endian_bytes, reason = "keys must sort as the numbers do")]
impl Key {
    pub(super) fn new() -> Self {
        Self { bytes: [0; NUMBERS_MAX], len: 0 }
    }
    pub(super) fn mailbox(mailbox: u32) -> Self {
        Self::new().u32(mailbox)
    }
    pub(super) fn u8(self, n: u8) -> Self {
        self.with(&[n])
    }
    pub(super) fn u16(self, n: u16) -> Self {
        self.with(&n.to_be_bytes())
    }
    pub(super) fn u32(self, n: u32) -> Self {
        self.with(&n.to_be_bytes())
    }
    pub(super) fn u64(self, n: u64) -> Self {
        self.with(&n.to_be_bytes())
    }
    fn with(mut self, bytes: &[u8]) -> Self {
        let end = self.bytes().len().saturating_add(bytes.len());
        debug_assert!(end <= NUMBERS_MAX, "NUMBERS_MAX is too small for this key");
        let room = self.bytes.get_mut(usize::from(self.len)..end);
        if let (Some(room), Ok(len)) = (room, u8::try_from(end)) {
            room.copy_from_slice(bytes);
            self.len = len;
        }
        self
    }
    /// Bytes up to [`TEXT_MAX`]; a longer text is cut there and made distinct by its hash.
    pub(super) fn text(self, bytes: &[u8]) -> TextKey {
        let mut key = self.bytes().to_vec();
        if bytes.len() <= TEXT_MAX {
            key.extend_from_slice(bytes);
        } else {
            let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
            key.extend_from_slice(bytes.get(..TEXT_MAX.saturating_sub(32)).unwrap_or_default());
            key.extend_from_slice(digest.as_ref());
        }
        TextKey(key)
    }
    /// The first key after all that start with this one, whose last byte is not the greatest.
    pub(super) fn next(mut self) -> Self {
        if let Some(last) = self.bytes.get_mut(..usize::from(self.len)).and_then(<[u8]>::last_mut) {
            *last = last.saturating_add(1);
        }
        self
    }
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Deref for TextKey {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// The `u64` at the end of a key.
#[expect(clippy::big_endian_bytes, reason = "keys must sort as the numbers do")]
pub(super) fn last_u64(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The `u32` at the end of a key.
#[expect(clippy::big_endian_bytes, reason = "keys must sort as the numbers do")]
pub(super) fn last_u32(key: &[u8]) -> Option<u32> {
    key.last_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}

/// The `u16` at the end of a key.
#[expect(clippy::big_endian_bytes, reason = "keys must sort as the numbers do")]
pub(super) fn last_u16(key: &[u8]) -> Option<u16> {
    key.last_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes))
}

/// A raw `u64` value.
#[expect(clippy::big_endian_bytes, reason = "one byte order in the whole file")]
pub(super) fn u64_bytes(n: u64) -> [u8; 8] {
    n.to_be_bytes()
}
