//! A cursor over untrusted bytes. Nothing here panics, whatever the bytes.

use super::{Flaw, WireError};

/// Reads from the front of a byte slice.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    tags: &'a [u32],
    public: bool,
}

impl<'a> Reader<'a> {
    /// A reader at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, depth: 0, tags: &[], public: false }
    }

    /// Says which property tags the rows to come have. Rows in ROP responses do not say it
    /// themselves (MS-OXCROPS 2.2.8.3.2 RowData): the client knows what it asked for.
    pub fn set_tags(&mut self, tags: &'a [u32]) {
        self.tags = tags;
    }

    /// What [`Reader::set_tags`] said.
    #[must_use]
    pub fn tags(&self) -> &'a [u32] {
        self.tags
    }

    /// Says whether what comes is of a logon to public folders: some requests are other ones there, and
    /// do not say it themselves (MS-OXCROPS 2.2.3.13.1, 2.2.6.11.1).
    pub fn set_public(&mut self, public: bool) {
        self.public = public;
    }

    /// What [`Reader::set_public`] said.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Bytes not yet read.
    #[must_use]
    pub fn remaining(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// True when every byte was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let taken = self.remaining().get(..len).ok_or_else(|| self.short(what))?;
        self.at = self.at.saturating_add(len);
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        let taken = self.take(N, what)?;
        <[u8; N]>::try_from(taken).map_err(|_| self.short(what))
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.remaining();
        self.at = self.bytes.len();
        rest
    }

    /// Bytes up to the first zero byte, which is consumed and not returned.
    pub fn until_zero(&mut self, what: &'static str) -> Result<&'a [u8], WireError> {
        let len = self.remaining().iter().position(|b| *b == 0).ok_or_else(|| self.short(what))?;
        let taken = self.take(len, what)?;
        self.take(1, what)?;
        Ok(taken)
    }

    /// UTF-16LE bytes up to the first zero code unit, which is consumed and not returned.
    pub fn until_zero16(&mut self, what: &'static str) -> Result<&'a [u8], WireError> {
        let len = self
            .remaining()
            .chunks_exact(2)
            .position(|unit| unit == [0, 0])
            .ok_or_else(|| self.short(what))?
            .saturating_mul(2);
        let taken = self.take(len, what)?;
        self.take(2, what)?;
        Ok(taken)
    }

    /// A reader over the next `len` bytes only, at the same nesting depth.
    pub fn sub(&mut self, len: usize, what: &'static str) -> Result<Self, WireError> {
        Ok(Self { bytes: self.take(len, what)?, at: 0, depth: self.depth, tags: self.tags, public: self.public })
    }

    /// An error unless every byte was read.
    pub fn finish(&self, what: &'static str) -> Result<(), WireError> {
        if self.is_empty() { Ok(()) } else { Err(Flaw::Trailing { what, at: self.at }.into()) }
    }

    /// The error for bytes that are missing.
    #[cold]
    #[inline(never)]
    fn short(&self, what: &'static str) -> WireError {
        Flaw::Short { what, at: self.bytes.len() }.into()
    }

    /// The error for a field just read whose value is not allowed.
    #[must_use]
    pub fn invalid(&self, what: &'static str) -> WireError {
        Flaw::Value { what, at: self.at }.into()
    }

    /// Runs `f` one nesting level deeper; refuses to go below `limit` levels, so that hostile
    /// nesting cannot exhaust the stack.
    pub fn nested<T>(
        &mut self,
        limit: u32,
        what: &'static str,
        f: impl FnOnce(&mut Self) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        if self.depth >= limit {
            return Err(Flaw::Limit { what, at: self.at }.into());
        }
        self.depth = self.depth.saturating_add(1);
        let value = f(self);
        self.depth = self.depth.saturating_sub(1);
        value
    }

    /// Checks an announced element count against the bytes that are left: each element takes
    /// `least` bytes at least. So a count of 65,535 with no data reserves no memory.
    pub fn plausible(&self, count: usize, least: usize, what: &'static str) -> Result<usize, WireError> {
        if count.saturating_mul(least.max(1)) > self.remaining().len() {
            return Err(self.short(what));
        }
        Ok(count)
    }
}
