//! The text that comes out of RTF: bytes in changing code pages, UTF-16 units, characters.

use crate::wire::decode_8bit;

/// Text, and what is not yet text.
#[derive(Debug, Default)]
pub(super) struct Output {
    text: String,
    /// Bytes of one code page; a character may have several, which may come one by one.
    pending: Vec<u8>,
    page: u16,
    escape: bool,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

impl Output {
    pub(super) fn len(&self) -> usize {
        self.text.len().saturating_add(self.pending.len())
    }

    /// Bytes of a code page; `escape` makes the special characters of HTML harmless.
    pub(super) fn bytes(&mut self, bytes: &[u8], page: u16, escape: bool) {
        if bytes.is_empty() {
            return;
        }
        if self.high.is_some() || (self.page, self.escape) != (page, escape) {
            self.flush();
            (self.page, self.escape) = (page, escape);
        }
        self.pending.extend_from_slice(bytes);
    }

    /// A character.
    pub(super) fn char(&mut self, c: char, escape: bool) {
        self.flush();
        self.push(c, escape);
    }

    /// Text that is no escape's.
    pub(super) fn text(&mut self, text: &str) {
        self.flush();
        self.text.push_str(text);
    }

    /// A UTF-16 unit, or a whole character above FFFF.
    pub(super) fn unit(&mut self, unit: u32, escape: bool) {
        let narrow = u16::try_from(unit).ok();
        if let (Some(high), Some(low)) = (self.high, narrow)
            && let Some(Ok(c)) = char::decode_utf16([high, low]).next()
        {
            self.high = None;
            self.push(c, escape);
            return;
        }
        self.flush();
        match narrow {
            Some(0xD800..=0xDBFF) => self.high = narrow,
            _ => self.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), escape),
        }
    }

    fn push(&mut self, c: char, escape: bool) {
        match c {
            '<' if escape => self.text.push_str("&lt;"),
            '>' if escape => self.text.push_str("&gt;"),
            '&' if escape => self.text.push_str("&amp;"),
            _ => self.text.push(c),
        }
    }

    /// Half a pair is no character; bytes become text.
    fn flush(&mut self) {
        if self.high.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        if self.pending.is_empty() {
            return;
        }
        let decoded = decode_8bit(&self.pending, self.page);
        self.pending.clear();
        if self.escape && decoded.contains(['<', '>', '&']) {
            decoded.chars().for_each(|c| self.push(c, true));
        } else {
            self.text.push_str(&decoded);
        }
    }

    /// All of it.
    pub(super) fn finish(mut self) -> String {
        self.flush();
        self.text
    }
}
