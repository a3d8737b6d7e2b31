//! HTML as plain text, for PidTagBody: search, previews and plain replies read that.
//!
//! mail-parser strips the tags, but knows only `<br>` and `<p>` as line ends; the ends of the other
//! blocks are shown to it as `<br>`. No layout, no link targets.

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
pub(super) fn to_text(html: &str) -> String {
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
