//! The structure of a message: a tree of MIME entities. RFC 2045, RFC 2046.
//!
//! mail-parser has this too, but builds embedded messages as deep as the sender likes (100,000
//! levels in 3 MB, and dropping them overflows the stack) and searches for a boundary to the end of
//! the message (quadratic in the number of parts). Here depth and count are bounded and each level
//! scans its own bytes once.

use super::header::{Header, chomp, split_line};
use super::transfer;
use crate::limits::{MIME_DEPTH_MAX, MIME_PARTS_MAX};
use mail_parser::ContentType;
use std::borrow::Cow;

/// A message or a part of one.
#[derive(Debug)]
pub(super) struct Entity<'x> {
    pub(super) header: Header<'x>,
    /// The bytes of the header.
    pub(super) header_block: &'x [u8],
    /// Media type and subtype, lower case.
    pub(super) media: (String, String),
    content_type: Option<ContentType<'static>>,
    disposition: Option<ContentType<'static>>,
    /// The bytes after the header.
    pub(super) body: &'x [u8],
    /// The parts of a multipart that could be split.
    pub(super) parts: Vec<Self>,
}

/// What is left of the bounds while a message is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub(super) depth: usize,
    pub(super) parts: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { depth: MIME_DEPTH_MAX, parts: MIME_PARTS_MAX }
    }
}

impl<'x> Entity<'x> {
    /// Reads a whole message.
    pub(super) fn message(raw: &'x [u8], budget: &mut Budget) -> Self {
        Self::read(raw, ("text", "plain"), budget)
    }

    /// Reads one entity; `default` is its type if it names none.
    fn read(raw: &'x [u8], default: (&str, &str), budget: &mut Budget) -> Self {
        let (header, header_block, body) = Header::split(raw);
        let content_type = header.content("content-type");
        let disposition = header.content("content-disposition");
        let media = match &content_type {
            Some(c) => match c.subtype() {
                Some(subtype) if !c.ctype().is_empty() => (c.ctype().to_owned(), subtype.to_owned()),
                // RFC 2045 section 5.2: what is not a type is text.
                _ => ("text".to_owned(), "plain".to_owned()),
            },
            None => (default.0.to_owned(), default.1.to_owned()),
        };
        let mut entity = Self { header, header_block, media, content_type, disposition, body, parts: Vec::new() };
        if entity.media.0 == "multipart" && budget.depth > 0 {
            entity.split(budget);
        }
        entity
    }

    fn split(&mut self, budget: &mut Budget) {
        let Some(boundary) = self.parameter("boundary").map(str::to_owned) else { return };
        let default = if self.media.1 == "digest" { ("message", "rfc822") } else { ("text", "plain") };
        budget.depth = budget.depth.saturating_sub(1);
        for part in split_at(self.body, boundary.trim_end().as_bytes(), budget) {
            let part = Self::read(part, default, budget);
            self.parts.push(part);
        }
        budget.depth = budget.depth.saturating_add(1);
    }

    /// True if the entity is of this media type.
    pub(super) fn is(&self, main: &str, sub: &str) -> bool {
        self.media.0 == main && self.media.1 == sub
    }

    /// `type/subtype`.
    pub(super) fn mime_tag(&self) -> String {
        format!("{}/{}", self.media.0, self.media.1)
    }

    /// A parameter of Content-Type.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.content_type.as_ref()?.attribute(name).filter(|value| !value.is_empty())
    }

    /// True if Content-Disposition is `attachment`.
    pub(super) fn is_attachment(&self) -> bool {
        self.disposition.as_ref().is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment"))
    }

    /// The file name that the sender gave.
    pub(super) fn file_name(&self) -> Option<&str> {
        let name = self.disposition.as_ref().and_then(|d| d.attribute("filename"));
        name.or_else(|| self.parameter("name")).map(str::trim).filter(|name| !name.is_empty())
    }

    /// Content-ID without its brackets.
    pub(super) fn content_id(&self) -> Option<String> {
        let id = self.header.plain("content-id")?;
        let id = id.trim_matches(|c| matches!(c, '<' | '>' | ' ' | '"')).to_owned();
        (!id.is_empty()).then_some(id)
    }

    /// The body with its Content-Transfer-Encoding undone.
    pub(super) fn content(&self) -> Cow<'x, [u8]> {
        transfer::decode(self.body, self.header.plain("content-transfer-encoding").as_deref())
    }
}

/// The parts between the lines of a boundary; none if there is no such line.
fn split_at<'x>(body: &'x [u8], boundary: &[u8], budget: &mut Budget) -> Vec<&'x [u8]> {
    let mut parts = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0_usize;
    while let Some(rest) = body.get(at..)
        && !rest.is_empty()
    {
        let (line, _) = split_line(rest);
        let after = at.saturating_add(line.len());
        if let Some(closes) = boundary_line(line, boundary) {
            if let Some(start) = start {
                parts.push(chomp(body.get(start..at).unwrap_or_default()));
            }
            start = (!closes).then_some(after);
            budget.parts = budget.parts.saturating_sub(1);
            if closes || budget.parts == 0 {
                break;
            }
        }
        at = after;
    }
    // A multipart that is cut short: its last part is what there is, unless nothing is.
    if let Some(rest) = start.and_then(|start| body.get(start..))
        && (!rest.is_empty() || parts.is_empty())
    {
        parts.push(rest);
    }
    parts
}

/// Is this line the boundary? `true`: the closing one.
fn boundary_line(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.strip_prefix(b"--") {
        // The closing line of an empty boundary would be every line "----".
        Some(tail) if tail.trim_ascii().is_empty() && !boundary.is_empty() => Some(true),
        _ => rest.trim_ascii().is_empty().then_some(false),
    }
}
