//! Strings on the wire: UTF-16LE and 8-bit code pages.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// UTF-16LE bytes as text; what is not UTF-16 becomes U+FFFD.
pub(super) fn utf16_to_string(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| match unit {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0xFFFD,
    });
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Text as UTF-16LE with the zero at its end; a zero inside ends it early, as every reader would.
pub(super) fn string_to_utf16z(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len().saturating_mul(2).saturating_add(2));
    for unit in text.encode_utf16().take_while(|unit| *unit != 0) {
        bytes.extend_from_slice(&unit.to_le_bytes());
    }
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

/// The encoding of a Windows code page number; unknown numbers are read as Windows-1252, which
/// maps every byte.
fn encoding(code_page: u16) -> &'static Encoding {
    let label: &[u8] = match code_page {
        65001 => return UTF_8,
        932 => b"shift_jis",
        936 => b"gbk",
        949 => b"euc-kr",
        950 => b"big5",
        866 => b"ibm866",
        874 => b"windows-874",
        1250 => b"windows-1250",
        1251 => b"windows-1251",
        1253 => b"windows-1253",
        1254 => b"windows-1254",
        1255 => b"windows-1255",
        1256 => b"windows-1256",
        1257 => b"windows-1257",
        1258 => b"windows-1258",
        10000 => b"macintosh",
        20866 => b"koi8-r",
        21866 => b"koi8-u",
        28592 => b"iso-8859-2",
        28595 => b"iso-8859-5",
        28597 => b"iso-8859-7",
        28605 => b"iso-8859-15",
        50220..=50222 => b"iso-2022-jp",
        51932 => b"euc-jp",
        54936 => b"gb18030",
        _ => return WINDOWS_1252,
    };
    Encoding::for_label(label).unwrap_or(WINDOWS_1252)
}

/// Text of an 8-bit string in a Windows code page.
#[must_use]
pub fn decode_8bit(bytes: &[u8], code_page: u16) -> String {
    encoding(code_page).decode_without_bom_handling(bytes).0.into_owned()
}

/// An 8-bit string in a Windows code page; characters it lacks become `?`.
#[must_use]
pub fn encode_8bit(text: &str, code_page: u16) -> Vec<u8> {
    let encoding = encoding(code_page);
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        let mut buffer = [0; 4];
        // `encode` would write a numeric character reference for what it cannot map.
        let (encoded, _, unmappable) = encoding.encode(c.encode_utf8(&mut buffer));
        if unmappable {
            bytes.push(b'?');
        } else {
            bytes.extend_from_slice(&encoded);
        }
    }
    bytes
}

/// HTML in a Windows code page; characters it lacks become numeric character references.
#[must_use]
pub fn encode_html(html: &str, code_page: u16) -> Vec<u8> {
    encoding(code_page).encode(html).0.into_owned()
}
