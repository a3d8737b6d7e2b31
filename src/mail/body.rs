//! Which parts are the body, and the body properties. MS-OXCMAIL 2.2.3.3, MS-OXCMSG 2.2.1.58.
//!
//! The first text that is no attachment is the body; in a multipart/alternative its plain and its
//! HTML form. Further text in the same form and place continues it (mail with pictures between
//! paragraphs); all other parts are attachments, so that nothing is lost. format=flowed is kept as
//! it came.

use super::bag::{Bag, without_zeros};
use super::charset::{self, Decoded, UTF_8};
use super::entity::Entity;
use super::html;
use crate::mapi::PropertyTag;
use crate::wire::decode_8bit;

/// The parts of a message, sorted.
#[derive(Debug, Default)]
pub(super) struct Plan<'e, 'x> {
    plain: Vec<&'e Entity<'x>>,
    html: Vec<&'e Entity<'x>>,
    /// Where the body was found: the outermost multipart/alternative around it, if any.
    home: Option<Option<usize>>,
    pub(super) attachments: Vec<&'e Entity<'x>>,
    alternatives: usize,
}

impl<'e, 'x> Plan<'e, 'x> {
    /// Sorts the parts of a message.
    pub(super) fn of(root: &'e Entity<'x>) -> Self {
        let mut plan = Self::default();
        plan.walk(root, None);
        plan
    }

    fn walk(&mut self, entity: &'e Entity<'x>, alternative: Option<usize>) {
        if entity.parts.is_empty() {
            self.leaf(entity, alternative);
            return;
        }
        let mut alternative = alternative;
        if alternative.is_none() && entity.is("multipart", "alternative") {
            self.alternatives = self.alternatives.saturating_add(1);
            alternative = Some(self.alternatives);
        }
        // Beside the root of a multipart/related there are only the things that it shows.
        let related = entity.is("multipart", "related");
        for (index, part) in entity.parts.iter().enumerate() {
            if related && index > 0 && part.parts.is_empty() && self.home.is_some() {
                self.attachments.push(part);
            } else {
                self.walk(part, alternative);
            }
        }
    }

    fn leaf(&mut self, entity: &'e Entity<'x>, alternative: Option<usize>) {
        // A multipart that could not be split is shown as the text that it is.
        let plain = entity.is("text", "plain") || entity.media.0 == "multipart";
        let html = entity.is("text", "html");
        let eligible = (plain || html) && !entity.is_attachment() && entity.file_name().is_none();
        let (mine, other) = if html { (&mut self.html, &self.plain) } else { (&mut self.plain, &self.html) };
        let here = match self.home {
            None => true,
            Some(home) => home == alternative && (alternative.is_some() || other.is_empty()),
        };
        if eligible && here {
            self.home = Some(alternative);
            mine.push(entity);
        } else {
            self.attachments.push(entity);
        }
    }

    /// Sets the body properties; returns the HTML text, in which pictures are looked for.
    pub(super) fn put_body(&self, bag: &mut Bag) -> String {
        /// Values of PidTagNativeBody. MS-OXCMSG 2.2.1.58.2
        const UNDEFINED: i32 = 0;
        const PLAIN_TEXT: i32 = 1;
        const HTML: i32 = 3;

        let plain: Vec<Decoded> = self.plain.iter().map(|part| text_of(part)).collect();
        let plain_page = plain.first().map(|d| d.code_page);
        let plain = plain.into_iter().map(|d| d.text).collect::<Vec<_>>().join("\n");
        let (html, bytes, html_page) = self.html();
        bag.integer(
            PropertyTag::PidTagNativeBody,
            match (self.html.is_empty(), self.plain.is_empty()) {
                (false, _) => HTML,
                (true, false) => PLAIN_TEXT,
                (true, true) => UNDEFINED,
            },
        );
        if !self.plain.is_empty() {
            bag.string(PropertyTag::PidTagBody, crlf(&plain));
        } else if !self.html.is_empty() {
            bag.string(PropertyTag::PidTagBody, crlf(&html::to_text(&html)));
        }
        if !self.html.is_empty() {
            bag.binary(PropertyTag::PidTagHtml, bytes);
        }
        let page = if self.html.is_empty() { plain_page.unwrap_or(UTF_8) } else { html_page };
        bag.integer(PropertyTag::PidTagInternetCodepage, i32::from(page));
        html
    }

    /// The HTML: text, bytes for PidTagHtml and their code page. Bytes stay as they came if whoever
    /// reads them in their code page gets the same text.
    fn html(&self) -> (String, Vec<u8>, u16) {
        let mut parts = self.html.iter().map(|part| (part, text_of(part)));
        let Some((first, decoded)) = parts.next() else { return (String::new(), Vec::new(), UTF_8) };
        let rest: Vec<Decoded> = parts.map(|(_, decoded)| decoded).collect();
        if rest.is_empty() {
            let bytes = first.content();
            if decode_8bit(&bytes, decoded.code_page) == decoded.text {
                return (decoded.text, bytes.into_owned(), decoded.code_page);
            }
        }
        let mut text = decoded.text;
        for more in rest {
            text.push_str("<br>\r\n");
            text.push_str(&more.text);
        }
        let bytes = text.clone().into_bytes();
        (text, bytes, UTF_8)
    }
}

/// Bytes of an HTML document in which a `<meta>` may name the charset. HTML 4.01 section 5.2.2 asks
/// for it as early as possible; browsers look at the first 1024.
const META_BYTES: usize = 1024;

/// A text part as text.
pub(super) fn text_of(part: &Entity<'_>) -> Decoded {
    let bytes = part.content();
    let meta = if part.is("text", "html") { meta_charset(&bytes) } else { None };
    let mut decoded = charset::decode(&bytes, part.parameter("charset").or(meta.as_deref()));
    if let Some(text) = decoded.text.strip_prefix('\u{FEFF}') {
        decoded.text = text.to_owned();
    }
    decoded.text = without_zeros(decoded.text);
    decoded
}

/// `charset=` in the first `<meta>` that has it.
pub(super) fn meta_charset(html: &[u8]) -> Option<String> {
    let start = html.get(..html.len().min(META_BYTES))?;
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let meta = start.get(start.find("<meta")?..)?;
    let value = meta.get(meta.find("charset=")?..)?.strip_prefix("charset=")?;
    let label: String = value
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
        .collect();
    (!label.is_empty()).then_some(label)
}

/// Every kind of line end as CRLF, which Outlook expects.
pub(super) fn crlf(text: &str) -> String {
    let mut lines = String::with_capacity(text.len().saturating_add(text.len() / 32));
    let mut after_cr = false;
    for c in text.chars() {
        match c {
            '\n' if after_cr => {}
            '\r' | '\n' => lines.push_str("\r\n"),
            _ => lines.push(c),
        }
        after_cr = c == '\r';
    }
    lines
}
