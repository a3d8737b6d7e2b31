//! Content-Transfer-Encoding, RFC 2045 section 6, and uuencode. Damaged input gives what can be
//! saved.

use mail_parser::{decoders::base64::base64_decode, parsers::MessageStream};
use std::borrow::Cow;

/// Undoes an encoding; unknown ones are left as they are.
pub(super) fn decode<'x>(body: &'x [u8], encoding: Option<&str>) -> Cow<'x, [u8]> {
    let encoding = encoding.map(|e| e.trim_matches('"').to_ascii_lowercase()).unwrap_or_default();
    match encoding.as_str() {
        "base64" => Cow::Owned(base64(body)),
        "quoted-printable" => quoted_printable(body),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => match uudecode(body, 0) {
            Some(file) => Cow::Owned(file.data),
            None => Cow::Borrowed(body),
        },
        _ => Cow::Borrowed(body),
    }
}

/// Base64; what is no base64 is skipped, and what follows the padding (a list's footer) is dropped.
pub(super) fn base64(body: &[u8]) -> Vec<u8> {
    if let Some(bytes) = base64_decode(body) {
        return bytes;
    }
    let mut clean = Vec::with_capacity(body.len());
    for byte in body {
        match byte {
            b'=' => break,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => clean.push(*byte),
            _ => {}
        }
    }
    base64_decode(&clean).unwrap_or_default()
}

fn quoted_printable(body: &[u8]) -> Cow<'_, [u8]> {
    match MessageStream::new(body).decode_quoted_printable_mime(b"") {
        // "==" is beyond the decoder: better the text with its escapes than none.
        (usize::MAX, _) => Cow::Borrowed(body),
        (_, decoded) => decoded,
    }
}

/// A file in a uuencoded text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UuFile {
    pub(super) name: String,
    pub(super) data: Vec<u8>,
    /// Where it lies in the text, the begin and end lines included.
    pub(super) span: std::ops::Range<usize>,
}

/// The first uuencoded file at or after an offset: from a line `begin MODE NAME` to a line `end`.
pub(super) fn uudecode(text: &[u8], from: usize) -> Option<UuFile> {
    let mut at = from;
    let mut open: Option<UuFile> = None;
    for line in text.get(from..)?.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let line = line.trim_ascii_end();
        match &mut open {
            None => {
                open = begin_line(line).map(|name| UuFile { name, data: Vec::new(), span: start..at });
            }
            Some(file) if line == b"end" => {
                file.span.end = at;
                return open;
            }
            Some(file) => {
                if !data_line(line, &mut file.data) {
                    open = None;
                }
            }
        }
    }
    None
}

fn begin_line(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?;
    let (mode, name) = rest.split_at_checked(rest.iter().position(|b| *b == b' ')?)?;
    let octal = (3..=4).contains(&mode.len()) && mode.iter().all(|b| (b'0'..=b'7').contains(b));
    let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
    (octal && !name.is_empty()).then_some(name)
}

/// Appends the bytes of one line; false if it is none of uuencode.
fn data_line(line: &[u8], data: &mut Vec<u8>) -> bool {
    let Some((first, rest)) = line.split_first() else { return true };
    let value = |byte: &u8| byte.wrapping_sub(b' ') & 0x3F;
    if !(b' '..=b'`').contains(first) {
        return false;
    }
    let count = usize::from(value(first));
    let end = data.len().saturating_add(count);
    for group in rest.chunks(4) {
        // Blanks at the end of a line are lost in mail.
        let mut quad = [0_u8; 4];
        for (to, from) in quad.iter_mut().zip(group) {
            *to = value(from);
        }
        let [a, b, c, d] = quad;
        data.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    // A line shorter than it says ends in blanks, one longer carries a check character.
    data.resize(end, 0);
    true
}
