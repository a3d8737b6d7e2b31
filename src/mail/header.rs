//! The header of a message or part: fields by name. RFC 5322 section 2.2, RFC 2045 section 3.
//!
//! Splitting is done here, so that lines that are no fields, raw 8-bit characters and absurd sizes
//! have one answer; what a value means is read by mail-parser.

use super::charset;
use super::word;
use crate::limits::{MIME_HEADER_MAX_BYTES, MIME_PARAMETERS_MAX_BYTES};
use mail_parser::{ContentType, HeaderValue, parsers::MessageStream};
use std::borrow::Cow;

/// The fields of one header, in order.
#[derive(Debug, Default)]
pub(super) struct Header<'x> {
    fields: Vec<(&'x [u8], &'x [u8])>,
    /// Charset of the Content-Type field: what raw 8-bit characters in other fields are in.
    charset: Option<String>,
}

/// A line with its end, and the rest.
pub(super) fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| at.saturating_add(1));
    bytes.split_at_checked(end).unwrap_or((bytes, &[]))
}

/// A line without its end.
pub(super) fn chomp(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The name of the field that a line begins, and its value as far as the line goes.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|b| *b == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    // "Subject : x" is obsolete syntax (RFC 5322 section 4.5), not garbage.
    let name = name.trim_ascii_end();
    let proper = name.iter().all(|b| b.is_ascii_graphic());
    proper.then(|| (name, value.get(1..).unwrap_or_default()))
}

fn is_blank(line: &[u8]) -> bool {
    chomp(line).is_empty()
}

fn is_continuation(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

impl<'x> Header<'x> {
    /// Takes the header off the front; the rest is the body.
    pub(super) fn split(raw: &'x [u8]) -> (Self, &'x [u8], &'x [u8]) {
        let mut header = Self::default();
        let mut rest = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
        let start = rest;
        let mut read_bytes = 0_usize;
        while !rest.is_empty() {
            let (line, after) = split_line(rest);
            if is_blank(line) {
                let length = start.len().saturating_sub(rest.len());
                header.find_charset();
                return (header, start.get(..length).unwrap_or_default(), after);
            }
            if let Some((name, _)) = field(line) {
                let (value, after) = take_value(rest, name.len());
                read_bytes = read_bytes.saturating_add(name.len()).saturating_add(value.len());
                if !name.is_empty() && read_bytes <= MIME_HEADER_MAX_BYTES {
                    header.fields.push((name, value));
                }
                rest = after;
            } else if is_continuation(line) || line.starts_with(b"From ") || line.starts_with(b">From ") {
                // The envelope line of a mailbox file, or a continuation of nothing.
                rest = after;
            } else if field(chomp(split_line(after).0)).is_some_and(|(name, _)| !name.is_empty()) {
                // One line of garbage between fields.
                rest = after;
            } else {
                // No field and none follows: the body begins without the empty line.
                break;
            }
        }
        let length = start.len().saturating_sub(rest.len());
        header.find_charset();
        (header, start.get(..length).unwrap_or_default(), rest)
    }

    fn find_charset(&mut self) {
        self.charset = self.content("content-type").and_then(|c| c.attribute("charset").map(str::to_owned));
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &'x [u8]> {
        self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| *value)
    }

    /// The values of every field of this name as one line of UTF-8 each, with the line end that
    /// mail-parser waits for.
    fn lines(&self, name: &str) -> impl Iterator<Item = Vec<u8>> {
        self.values(name).map(|value| {
            let line: String = self.utf8(value).chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let mut line = word::joined(&line).into_bytes();
            line.push(b'\n');
            line
        })
    }

    fn utf8<'v>(&self, value: &'v [u8]) -> Cow<'v, str> {
        match std::str::from_utf8(value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(charset::decode(value, self.charset.as_deref()).text),
        }
    }

    /// True if there is no field.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The first field of this name as it came, still folded.
    pub(super) fn raw(&self, name: &str) -> Option<&'x [u8]> {
        self.values(name).next()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The first field of this name: unfolded, nothing decoded.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        let text = self.utf8(self.values(name).next()?).split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// The first field of this name as text: unfolded, encoded words decoded (RFC 2047).
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match MessageStream::new(&self.lines(name).next()?).parse_unstructured() {
            HeaderValue::Text(text) => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    /// All fields of this name, read by `parse`.
    pub(super) fn each<T>(&self, name: &str, parse: impl Fn(&[u8]) -> T) -> Vec<T> {
        self.lines(name).map(|line| parse(&line)).collect()
    }

    /// Content-Type or Content-Disposition with its parameters (RFC 2045, 2183, 2231).
    pub(super) fn content(&self, name: &str) -> Option<ContentType<'static>> {
        let mut line = self.lines(name).next()?;
        if line.len() > MIME_PARAMETERS_MAX_BYTES {
            line.truncate(MIME_PARAMETERS_MAX_BYTES);
            line.push(b'\n');
        }
        match MessageStream::new(&line).parse_content_type().into_owned() {
            HeaderValue::ContentType(content) => Some(content),
            _ => None,
        }
    }

    /// Every line as it came, their ends as CRLF: PidTagTransportMessageHeaders.
    pub(super) fn transport(&self, block: &[u8]) -> String {
        let block = block.get(..block.len().min(MIME_HEADER_MAX_BYTES)).unwrap_or_default();
        // Line by line: each may be in another charset.
        let text: String = block.split_inclusive(|b| *b == b'\n').map(|line| self.utf8(line)).collect();
        super::body::crlf(&text)
    }
}

/// The value of the field that begins `rest`, continuation lines included, and what follows.
fn take_value(rest: &[u8], name_length: usize) -> (&[u8], &[u8]) {
    let mut end = split_line(rest).0.len();
    while let Some(more) = rest.get(end..)
        && is_continuation(more)
    {
        let (line, _) = split_line(more);
        end = end.saturating_add(line.len());
    }
    let (whole, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let value = whole.get(name_length..).unwrap_or_default().trim_ascii_start();
    (chomp(value.strip_prefix(b":").unwrap_or(value)), after)
}
