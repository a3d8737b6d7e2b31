//! mbox files, RFC 4155: messages one after another, each behind a line `From `.
//!
//! Reads from anything buffered and holds one message at a time. Quoting is undone as in mboxrd
//! (one `>` less before `From `), which is right for mboxo too unless a line had two.

use super::Flags;
use super::header::{Header, chomp};
use crate::limits::MBOX_MESSAGE_MAX_BYTES;
use std::io::{self, BufRead};

/// One message of an mbox file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The message, without its `From ` line.
    pub raw: Vec<u8>,
    /// From the Status, X-Status and X-Mozilla-Status fields.
    pub flags: Flags,
    /// The message is longer than the limit; `raw` is its start.
    pub truncated: bool,
}

/// Messages of an mbox file, in order.
#[derive(Debug)]
pub struct Messages<R> {
    reader: R,
    /// The line after the current one: what decides whether that one begins a message.
    ahead: Vec<u8>,
    limit_bytes: usize,
    /// The `From ` line of the next message has been read.
    begun: bool,
    failed: bool,
}

/// Reads the messages of an mbox file.
pub fn messages<R: BufRead>(reader: R) -> Messages<R> {
    Messages::with_limit(reader, MBOX_MESSAGE_MAX_BYTES)
}

impl<R: BufRead> Messages<R> {
    /// Like [`messages`], with another bound for the bytes of one message.
    pub fn with_limit(reader: R, limit_bytes: usize) -> Self {
        Self { reader, ahead: Vec::new(), limit_bytes, begun: false, failed: false }
    }

    /// A line, at most as long as a message may be; empty at the end.
    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(line);
            }
            let end = buffer.iter().position(|b| *b == b'\n').map(|at| at.saturating_add(1));
            let length = end.unwrap_or(buffer.len());
            let room = self.limit_bytes.saturating_sub(line.len()).saturating_add(1);
            line.extend_from_slice(buffer.get(..length.min(room)).unwrap_or_default());
            self.reader.consume(length);
            if end.is_some() {
                return Ok(line);
            }
        }
    }

    fn advance(&mut self) -> io::Result<Vec<u8>> {
        let next = self.read_line()?;
        Ok(std::mem::replace(&mut self.ahead, next))
    }

    /// The lines up to the next `From ` line or the end.
    fn read_message(&mut self) -> io::Result<Option<Entry>> {
        if !self.begun {
            self.ahead = self.read_line()?;
        }
        let mut entry = Entry::default();
        // The empty line before the next `From ` line belongs to that one.
        let mut blank: Option<Vec<u8>> = None;
        loop {
            let line = self.advance()?;
            if line.is_empty() {
                let nothing = entry.raw.is_empty() && !self.begun;
                self.begun = false;
                self.failed = true;
                entry.push(blank.as_deref().unwrap_or_default(), self.limit_bytes);
                return Ok((!nothing).then(|| entry.finish()));
            }
            let after_blank = blank.is_some() || entry.raw.is_empty();
            if is_separator(&line, &self.ahead, after_blank) {
                if self.begun || !entry.raw.is_empty() {
                    self.begun = true;
                    return Ok(Some(entry.finish()));
                }
                self.begun = true;
                continue;
            }
            if let Some(blank) = blank.take() {
                entry.push(&blank, self.limit_bytes);
            }
            if chomp(&line).is_empty() && !entry.raw.is_empty() {
                blank = Some(line);
            } else {
                entry.push(unquoted(&line), self.limit_bytes);
            }
        }
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let item = self.read_message().transpose();
        if matches!(item, Some(Err(_))) {
            self.failed = true;
        }
        item
    }
}

impl Entry {
    fn push(&mut self, line: &[u8], limit_bytes: usize) {
        let room = limit_bytes.saturating_sub(self.raw.len());
        self.truncated |= line.len() > room;
        self.raw.extend_from_slice(line.get(..line.len().min(room)).unwrap_or_default());
    }

    fn finish(mut self) -> Self {
        self.flags = status_flags(&self.raw);
        self
    }
}

/// Does a line begin a message? Writers do not agree on quoting, so a `From ` in the text must not
/// cut a message in two: the line has a date, or it follows an empty line and a header follows it.
fn is_separator(line: &[u8], next: &[u8], after_blank: bool) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = String::from_utf8_lossy(rest);
    let mut words = rest.split_whitespace();
    let year = |word: &str| word.len() == 4 && word.parse::<u16>().is_ok_and(|year| (1970..=2999).contains(&year));
    let time = |word: &str| {
        let two_digits = |n: &str| n.len() == 2 && n.bytes().all(|b| b.is_ascii_digit());
        word.contains(':') && word.split(':').all(two_digits)
    };
    let dated = words.clone().any(time) && words.any(year);
    // "From -" is how Mozilla begins a message.
    dated || (after_blank || rest.trim_end() == "-") && !Header::split(next).0.is_empty()
}

/// A line with one `>` less if it is a quoted `From `.
fn unquoted(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b">") else { return line };
    let quoted = rest.iter().position(|b| *b != b'>').and_then(|at| rest.get(at..));
    if quoted.is_some_and(|text| text.starts_with(b"From ")) { rest } else { line }
}

/// What mail programs note in the header: Status (R read), X-Status (A answered, F flagged, T draft,
/// D deleted), X-Mozilla-Status (hexadecimal bits).
fn status_flags(raw: &[u8]) -> Flags {
    let (header, _, _) = Header::split(raw);
    let letters = |name: &str| header.plain(name).unwrap_or_default();
    let (status, x_status) = (letters("status"), letters("x-status"));
    let mozilla = u16::from_str_radix(&letters("x-mozilla-status"), 16).unwrap_or(0);
    Flags {
        read: status.contains('R') || mozilla & 0x0001 != 0,
        replied: x_status.contains('A') || mozilla & 0x0002 != 0,
        flagged: x_status.contains('F') || mozilla & 0x0004 != 0,
        deleted: status.contains('D') || x_status.contains('D') || mozilla & 0x0008 != 0,
        forwarded: mozilla & 0x1000 != 0,
        draft: x_status.contains('T'),
    }
}
