//! Order-preserving keys: big-endian numbers in a row.

/// Longest text that goes into a key: LMDB allows 511 bytes in all.
pub(super) const TEXT_MAX: usize = 480;

/// A key under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Key(Vec<u8>);

#[expect(clippy::big_endian_bytes, reason = "keys must sort as the numbers do")]
impl Key {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(32))
    }
    pub(super) fn mailbox(mailbox: u32) -> Self {
        Self::new().u32(mailbox)
    }
    pub(super) fn u8(mut self, n: u8) -> Self {
        self.0.push(n);
        self
    }
    pub(super) fn u16(mut self, n: u16) -> Self {
        self.0.extend_from_slice(&n.to_be_bytes());
        self
    }
    pub(super) fn u32(mut self, n: u32) -> Self {
        self.0.extend_from_slice(&n.to_be_bytes());
        self
    }
    pub(super) fn u64(mut self, n: u64) -> Self {
        self.0.extend_from_slice(&n.to_be_bytes());
        self
    }
    /// Bytes up to [`TEXT_MAX`]; a longer text is cut there and made distinct by its hash.
    pub(super) fn text(mut self, bytes: &[u8]) -> Self {
        if bytes.len() <= TEXT_MAX {
            self.0.extend_from_slice(bytes);
        } else {
            let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
            self.0.extend_from_slice(bytes.get(..TEXT_MAX.saturating_sub(32)).unwrap_or_default());
            self.0.extend_from_slice(digest.as_ref());
        }
        self
    }
    /// The first key after all that start with this one, whose last byte is not the greatest.
    pub(super) fn next(&self) -> Self {
        let mut next = self.clone();
        if let Some(last) = next.0.last_mut() {
            *last = last.saturating_add(1);
        }
        next
    }
    pub(super) fn bytes(&self) -> &[u8] {
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
