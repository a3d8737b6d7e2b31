//! HTML as plain text, for PidTagBody: search, previews and plain replies read that. Plain text as
//! HTML, and the bytes of PidTagHtml as text.
//!
//! mail-parser strips the tags, but knows only `<br>` and `<p>` as line ends; the ends of the other
//! blocks are shown to it as `<br>`. No layout, no link targets.

use super::{body, charset};
use crate::wire::decode_8bit;
use mail_parser::decoders::html::html_to_text;

/// Elements after whose end tag a new line begins. HTML 4.01 section 7.5.3
const BLOCKS: &[&str] = &[
    "blockquote",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "ol",
    "pre",
    "table",
    "tr",
    "ul",
];
/// Elements before whose start tag a new line begins: the end tags of these are often left out.
const OPENING: &[&str] = &["dd", "dt", "hr", "li", "tr"];
/// Elements after whose end tag a blank separates what follows.
const CELLS: &[&str] = &["td", "th"];

/// The text of an HTML document.
#[must_use]
pub fn to_text(html: &str) -> String {
    let mut marked = String::with_capacity(html.len().saturating_add(html.len() / 8));
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        marked.push_str(before);
        let (slash, tag) = tag.strip_prefix('/').map_or(("", tag), |name| ("/", name));
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let (name, after) = tag.split_at_checked(end).unwrap_or((tag, ""));
        let is_one = |list: &[&str]| list.iter().any(|block| name.eq_ignore_ascii_case(block));
        if is_one(if slash.is_empty() { OPENING } else { BLOCKS }) {
            marked.push_str("<br>");
        } else if is_one(CELLS) {
            marked.push(' ');
        }
        marked.push('<');
        marked.push_str(slash);
        marked.push_str(name);
        rest = after;
    }
    marked.push_str(rest);
    at_most_one_empty_line(html_to_text(&marked).trim())
}

/// Nested blocks end together, which is no reason for many empty lines.
fn at_most_one_empty_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0_usize;
    for line in text.lines() {
        let line = line.trim();
        empty = if line.is_empty() { empty.saturating_add(1) } else { 0 };
        if empty <= 1 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The text of an HTML document as PidTagBody has it: each line ends with CRLF.
#[must_use]
pub fn to_body(html: &str) -> String {
    body::crlf(&to_text(html))
}

/// The text of an HTML document and its code page: the one that is known, else the one that it
/// names itself, else UTF-8 or Windows-1252.
#[must_use]
pub fn decode(html: &[u8], code_page: Option<u16>) -> (String, u16) {
    if let Some(page) = code_page {
        return (decode_8bit(html, page), page);
    }
    let decoded = charset::decode(html, body::meta_charset(html).as_deref());
    (decoded.text, decoded.code_page)
}

/// The code page that an HTML document names.
#[must_use]
pub fn declared_code_page(html: &str) -> Option<u16> {
    let label = body::meta_charset(html.as_bytes())?;
    charset::code_page(&label)
}

/// Plain text as an HTML document for a code page. Lines stay lines, runs of space stay as wide.
#[must_use]
pub fn from_text(text: &str, code_page: u16) -> String {
    let label = charset::label(code_page);
    let mut html = String::with_capacity(text.len().saturating_add(text.len() / 8).saturating_add(256));
    html.push_str("<html>\r\n<head>\r\n");
    if let Some(label) = label {
        html.push_str("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=");
        html.push_str(label);
        html.push_str("\">\r\n");
    }
    html.push_str("</head>\r\n<body>\r\n<div>");
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    while let Some(line) = lines.next() {
        push_line(&mut html, line);
        if lines.peek().is_some() {
            html.push_str("<br>\r\n");
        }
    }
    html.push_str("</div>\r\n</body>\r\n</html>\r\n");
    html
}

fn push_line(html: &mut String, line: &str) {
    /// Of a tab: what readers of plain text show.
    const TAB: &str = "&nbsp;&nbsp;&nbsp; ";
    let mut after_space = true;
    for c in line.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\t' => html.push_str(TAB),
            // One space between words may be where a line breaks; the others must not vanish.
            ' ' if after_space => html.push_str("&nbsp;"),
            _ => html.push(c),
        }
        after_space = matches!(c, ' ' | '\t');
    }
}
