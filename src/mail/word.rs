//! Encoded words, RFC 2047: those that were cut in the middle of a character.
//!
//! mail-parser decodes each word on its own. RFC 2047 section 5 forbids to cut a character, yet many
//! senders fill each word to its last byte; so neighbours of the same charset and encoding become
//! one word first. Everything else stays as it is.

use crate::limits::{BROKEN_WORDS_MAX, ENCODED_WORD_MAX_BYTES};

/// An encoded word in a text.
struct Word<'t> {
    charset: &'t str,
    encoding: &'t str,
    data: &'t str,
    /// Its length in bytes.
    length: usize,
}

impl<'t> Word<'t> {
    /// The encoded word at the front of a text.
    fn at(text: &'t str) -> Option<Self> {
        let text = text.get(..text.floor_char_boundary(ENCODED_WORD_MAX_BYTES))?;
        let rest = text.strip_prefix("=?")?;
        let (charset, rest) = rest.split_once('?')?;
        let (encoding, rest) = rest.split_once('?')?;
        let (data, rest) = rest.split_once("?=")?;
        let blank = |part: &str| part.contains(char::is_whitespace);
        if encoding.len() != 1 || charset.is_empty() || blank(charset) || blank(data) {
            return None;
        }
        Some(Self { charset, encoding, data, length: text.len().saturating_sub(rest.len()) })
    }

    /// Can the next word's data simply follow? Base64 with padding inside is read by mail-parser.
    fn goes_on(&self, next: &Self) -> bool {
        self.charset.eq_ignore_ascii_case(next.charset) && self.encoding.eq_ignore_ascii_case(next.encoding)
    }
}

/// A field value in which neighbouring encoded words of one kind are one.
pub(super) fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut broken = 0_usize;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let first = if broken < BROKEN_WORDS_MAX { Word::at(from) } else { None };
        let Some(first) = first else {
            // For each "=?" without an end mail-parser looks through all that follows.
            broken = broken.saturating_add(1);
            out.push_str(if broken <= BROKEN_WORDS_MAX { "=?" } else { "= ?" });
            rest = from.strip_prefix("=?").unwrap_or_default();
            continue;
        };
        out.push_str(from.get(..first.length.saturating_sub(2)).unwrap_or_default());
        rest = from.get(first.length..).unwrap_or_default();
        // Only blanks between encoded words vanish (RFC 2047 section 6.2).
        while let Some(next) = Word::at(rest.trim_start_matches([' ', '\t'])).filter(|next| first.goes_on(next)) {
            out.push_str(next.data);
            rest = rest.trim_start_matches([' ', '\t']).get(next.length..).unwrap_or_default();
        }
        out.push_str("?=");
    }
    out.push_str(rest);
    out
}
