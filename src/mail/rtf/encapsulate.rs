//! HTML and plain text as RTF from which they can be had back. MS-OXRTFEX 2.1.
//!
//! The RTF that readers show is modest: text, paragraphs, line breaks, bold, italic, underlined.
//! Links, pictures, colours and sizes are in the encapsulated tags only.

use super::pieces::{Piece, Pieces};
use super::writer::RtfWriter;

const FONTS: &str = "{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}{\\f1\\fmodern\\fcharset0 Courier New;}}";

/// Plain text as RTF; its line ends become CRLF. `None` if that is longer than
/// [`crate::limits::RTF_MAX_BYTES`].
#[must_use]
pub fn from_text(text: &str) -> Option<Vec<u8>> {
    let mut w = RtfWriter::default();
    w.control("{\\rtf1\\ansi\\ansicpg1252\\fromtext \\deff0");
    w.control(FONTS);
    w.control("\r\n\\uc1\\pard\\plain\\f0\\fs20 ");
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    while let Some(line) = lines.next() {
        w.text(line);
        if lines.peek().is_some() {
            w.control("\\par\r\n");
        }
        w.check()?;
    }
    w.control("}\r\n");
    w.finish()
}

/// HTML as RTF; each of its characters comes back. `None` if that is longer than
/// [`crate::limits::RTF_MAX_BYTES`].
#[must_use]
pub fn from_html(html: &str) -> Option<Vec<u8>> {
    let mut page = Page { w: RtfWriter::default(), zone: Zone::OutHtml, fresh_line: true };
    page.w.control("{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0");
    page.w.control(FONTS);
    page.w.control(
        "\r\n{\\colortbl\\red0\\green0\\blue0;}\r\n\\uc1\\pard\\plain\\deftab360 \\f0\\fs20 {\\*\\htmltag64}\r\n",
    );
    for piece in Pieces::new(html) {
        match piece {
            Piece::Text(text) => page.text(text)?,
            Piece::Tag { name, ends, source } => page.tag(&name.to_ascii_lowercase(), ends, source),
            Piece::Hidden(source) => page.w.tag(page.zone.flags() | tag_type::UNKNOWN, source),
        }
        page.w.check()?;
    }
    page.w.control("}\r\n");
    page.w.finish()
}

/// Destination flags of an HTMLTagParameter: where in the document a piece is.
/// MS-OXRTFEX 2.1.3.1.4.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Body,
    Head,
    InHtml,
    OutHtml,
}

impl Zone {
    fn flags(self) -> u16 {
        match self {
            Self::Body => 0,
            Self::Head => 1,
            Self::InHtml => 2,
            Self::OutHtml => 3,
        }
    }
}

/// TagType flags of an HTMLTagParameter. MS-OXRTFEX 2.1.3.1.4.1; readers ignore them (2.2.3.2).
mod tag_type {
    /// In a paragraph.
    pub(super) const INPAR: u16 = 0x04;
    /// An end tag.
    pub(super) const CLOSE: u16 = 0x08;
    pub(super) const HTML: u16 = 0x10;
    pub(super) const HEAD: u16 = 0x20;
    pub(super) const BODY: u16 = 0x30;
    pub(super) const P: u16 = 0x40;
    /// Starts a paragraph otherwise than `<p>`. Outlook has it on tags inside paragraphs too.
    pub(super) const STARTP: u16 = 0x50;
    /// Ends one otherwise.
    pub(super) const ENDP: u16 = 0x60;
    pub(super) const BR: u16 = 0x70;
    pub(super) const PRE: u16 = 0x80;
    pub(super) const FONT: u16 = 0x90;
    pub(super) const HEADER: u16 = 0xA0;
    pub(super) const TITLE: u16 = 0xB0;
    pub(super) const UNKNOWN: u16 = 0xF0;
}

/// Elements that begin and end on lines of their own.
const BLOCKS: &[&str] =
    &["address", "blockquote", "center", "dd", "div", "dl", "dt", "hr", "li", "ol", "table", "tr", "ul"];
/// Elements of the head, in case it has no tags of its own.
const HEAD_ONLY: &[&str] = &["base", "link", "meta", "style", "title"];

struct Page {
    w: RtfWriter,
    zone: Zone,
    /// Nothing stands on the line yet: space would not be shown.
    fresh_line: bool,
}

impl Page {
    fn tag(&mut self, name: &str, ends: bool, source: &str) {
        if !ends {
            self.enter(name);
        }
        if self.zone == Zone::Body {
            self.shown(name, ends);
        }
        let close = if ends { tag_type::CLOSE } else { 0 };
        self.w.tag(self.zone.flags() | kind(name) | close, source);
        match name {
            "head" | "body" if ends => self.zone = Zone::InHtml,
            "html" if ends => self.zone = Zone::OutHtml,
            "html" => self.zone = Zone::InHtml,
            "head" => self.zone = Zone::Head,
            "body" => self.zone = Zone::Body,
            _ => {}
        }
    }

    /// Where a start tag is.
    fn enter(&mut self, name: &str) {
        match name {
            "html" | "head" | "body" => {}
            name if self.zone != Zone::Body && HEAD_ONLY.contains(&name) => {}
            _ if self.zone == Zone::Head => {}
            // A body without its tag.
            _ => self.zone = Zone::Body,
        }
    }

    /// What a tag does to the text that readers of RTF show.
    fn shown(&mut self, name: &str, ends: bool) {
        let switch = match name {
            "b" | "strong" => "b",
            "i" | "em" => "i",
            "u" => "ul",
            "br" => {
                self.w.shown("\\line");
                self.fresh_line = true;
                return;
            }
            "td" | "th" if ends => {
                self.w.shown("\\tab");
                return;
            }
            name if is_block(name) => {
                if !self.fresh_line {
                    self.w.shown("\\par");
                }
                self.fresh_line = true;
                if name == "li" && !ends {
                    self.w.shown("\\'95\\tab");
                }
                return;
            }
            _ => return,
        };
        self.w.shown(&format!("\\{switch}{}", if ends { "0" } else { "" }));
    }

    fn text(&mut self, text: &str) -> Option<()> {
        let blank = text.trim_ascii().is_empty();
        if self.zone == Zone::Head || self.zone != Zone::Body && blank {
            self.w.tag(self.zone.flags(), text);
            return Some(());
        }
        self.zone = Zone::Body;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let space = rest.len().saturating_sub(rest.trim_ascii_start().len());
            let (run, shown) = match first {
                _ if space > 1 || space == 1 && first != ' ' => {
                    let run = rest.get(..space).unwrap_or_default();
                    (run, if self.fresh_line { "" } else { " " }.to_owned())
                }
                '&' => {
                    let run = reference(rest);
                    (run, referred(run))
                }
                '<' | '>' => (rest.get(..1).unwrap_or_default(), first.to_string()),
                _ => {
                    let len = plain_len(rest);
                    self.w.text(rest.get(..len).unwrap_or_default());
                    self.fresh_line = false;
                    rest = rest.get(len..).unwrap_or_default();
                    continue;
                }
            };
            let flags = if space > 0 { tag_type::INPAR } else { tag_type::STARTP | tag_type::INPAR };
            self.w.tag(flags, run);
            self.w.shown_text(&shown);
            self.fresh_line &= space > 0;
            rest = rest.get(run.len()..).unwrap_or_default();
            self.w.check()?;
        }
        Some(())
    }
}

fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name) || matches!(kind(name), tag_type::P | tag_type::PRE | tag_type::HEADER)
}

/// The TagType of a tag.
fn kind(name: &str) -> u16 {
    match name {
        "html" => tag_type::HTML,
        "head" => tag_type::HEAD,
        "body" => tag_type::BODY,
        "p" => tag_type::P,
        "br" => tag_type::BR | tag_type::INPAR,
        "pre" => tag_type::PRE,
        "font" | "span" => tag_type::FONT | tag_type::INPAR,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => tag_type::HEADER,
        "title" => tag_type::TITLE,
        "a" | "b" | "em" | "i" | "img" | "strong" | "u" => tag_type::STARTP | tag_type::INPAR,
        name if BLOCKS.contains(&name) => tag_type::ENDP,
        _ => tag_type::UNKNOWN,
    }
}

/// The character reference that the text begins with, or `&` alone. HTML 4.01 section 5.3
fn reference(text: &str) -> &str {
    const NAME_MAX: usize = 32;
    let name = text.bytes().skip(1).take(NAME_MAX);
    let len = name.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    let end = len.saturating_add(1);
    let whole = len > 0 && text.as_bytes().get(end) == Some(&b';');
    text.get(..if whole { end.saturating_add(1) } else { 1 }).unwrap_or_default()
}

/// The character that a reference stands for, as text.
fn referred(reference: &str) -> String {
    match reference {
        // Text of its own it is not: space at an end of text is trimmed.
        "&nbsp;" | "&#160;" => "\u{A0}".to_owned(),
        reference => crate::mail::html::to_text(reference).trim_end().to_owned(),
    }
}

/// Bytes of the text up to what cannot stand in RTF as it is: markup, and space that HTML would
/// not show as it is.
fn plain_len(text: &str) -> usize {
    let mut after_space = false;
    for (at, c) in text.char_indices() {
        match c {
            '&' | '<' | '>' => return at,
            // The space before goes with it. It is not the first: such space was seen before.
            ' ' if after_space => return at.saturating_sub(1),
            '\t' | '\r' | '\n' | '\u{C}' => return at.saturating_sub(usize::from(after_space)),
            _ => after_space = c == ' ',
        }
    }
    text.len()
}
