//! Character sets: bytes and a label to text, and the label as a Windows code page number.

use mail_parser::decoders::charsets::map::charset_decoder;

/// Text and how it was read.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// The code page in which the bytes can be read again.
    pub(super) code_page: u16,
}

pub(super) const UTF_8: u16 = 65001;
const WINDOWS_1252: u16 = 1252;
const US_ASCII: u16 = 20127;

/// Code pages by charset label, lower case. Those of which the reader (`wire::decode_8bit`) makes
/// another text are stored as UTF-8 by the caller.
const CODE_PAGES: &[(&str, u16)] = &[
    ("us-ascii", US_ASCII),
    ("utf-8", UTF_8),
    ("utf8", UTF_8),
    ("iso-8859-1", 28591),
    ("latin1", 28591),
    ("iso-8859-2", 28592),
    ("iso-8859-3", 28593),
    ("iso-8859-4", 28594),
    ("iso-8859-5", 28595),
    ("iso-8859-6", 28596),
    ("iso-8859-7", 28597),
    ("iso-8859-8", 28598),
    ("iso-8859-9", 28599),
    ("iso-8859-13", 28603),
    ("iso-8859-15", 28605),
    ("windows-874", 874),
    ("windows-1250", 1250),
    ("windows-1251", 1251),
    ("windows-1252", 1252),
    ("windows-1253", 1253),
    ("windows-1254", 1254),
    ("windows-1255", 1255),
    ("windows-1256", 1256),
    ("windows-1257", 1257),
    ("windows-1258", 1258),
    ("koi8-r", 20866),
    ("koi8-u", 21866),
    ("shift_jis", 932),
    ("gb2312", 936),
    ("gbk", 936),
    ("gb18030", 54936),
    ("euc-kr", 949),
    ("ks_c_5601-1987", 949),
    ("big5", 950),
    ("euc-jp", 51932),
    ("iso-2022-jp", 50220),
];

/// The code page of a charset label.
pub(super) fn code_page(label: &str) -> Option<u16> {
    CODE_PAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(label)).map(|(_, page)| *page)
}

/// The label of a code page.
pub(super) fn label(code_page: u16) -> Option<&'static str> {
    CODE_PAGES.iter().find(|(_, page)| *page == code_page).map(|(name, _)| *name)
}

/// Reads bytes labelled with a charset; without a usable label, as UTF-8 if they are that, else as
/// Windows-1252, which has a character for every byte.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = label.map(|l| l.trim().trim_matches('"').to_ascii_lowercase()).unwrap_or_default();
    let code_page = code_page(&label);
    match label.as_str() {
        "" | "us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit" | "x-unknown" => unlabelled(bytes, &label),
        "utf-7" | "unicode-1-1-utf-7" => Decoded { text: utf_7(bytes), code_page: UTF_8 },
        "iso-2022-kr" => Decoded { text: iso_2022_kr(bytes), code_page: UTF_8 },
        _ => match charset_decoder(label.as_bytes()) {
            // A label of 45 characters and more is cut by mail-parser; none is that long.
            Some(decoder) if label.len() < 45 => {
                let text = decoder(bytes);
                // The "replacement" decoder of the Web gives up on purpose.
                if text == "\u{FFFD}" && bytes.len() > 4 {
                    return unlabelled(bytes, "");
                }
                Decoded { text, code_page: code_page.unwrap_or(UTF_8) }
            }
            _ => match encoding_rs::Encoding::for_label(label.as_bytes()) {
                Some(encoding) => Decoded { text: encoding.decode(bytes).0.into_owned(), code_page: UTF_8 },
                None => unlabelled(bytes, ""),
            },
        },
    }
}

fn unlabelled(bytes: &[u8], label: &str) -> Decoded {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let ascii = bytes.is_ascii() && !label.starts_with("utf");
            Decoded { text: text.to_owned(), code_page: if ascii { US_ASCII } else { UTF_8 } }
        }
        Err(_) => {
            // Labelled UTF-8 and mostly so: one broken character must not spoil the others.
            let text = String::from_utf8_lossy(bytes);
            let whole = text.chars().any(|c| !c.is_ascii() && c != char::REPLACEMENT_CHARACTER);
            if label.starts_with("utf") && whole {
                return Decoded { text: text.into_owned(), code_page: UTF_8 };
            }
            let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
            Decoded { text, code_page: WINDOWS_1252 }
        }
    }
}

/// UTF-7, RFC 2152: between `+` and what is no Base64 character, UTF-16 in Base64. mail-parser's
/// reader swallows the character that ends a run without `-`.
fn utf_7(bytes: &[u8]) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    // Inside a run: the bits not yet part of a unit, their number, and whether the run has any.
    let mut run: Option<(u32, u32, bool)> = None;
    for byte in bytes {
        let digit = match byte {
            b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
            b'a'..=b'z' => Some(byte.wrapping_sub(b'a').wrapping_add(26)),
            b'0'..=b'9' => Some(byte.wrapping_sub(b'0').wrapping_add(52)),
            b'+' => Some(62),
            b'/' => Some(63),
            _ => None,
        };
        match (&mut run, digit) {
            (None, _) if *byte == b'+' => run = Some((0, 0, false)),
            (None, _) => units.push(u16::from(*byte)),
            (Some((bits, count, any)), Some(digit)) => {
                *any = true;
                *bits = *bits << 6 | u32::from(digit);
                *count = count.wrapping_add(6);
                if *count >= 16 {
                    *count = count.wrapping_sub(16);
                    let [low, high, ..] = (*bits >> *count).to_le_bytes();
                    units.push(u16::from_le_bytes([low, high]));
                }
            }
            (Some((_, _, any)), None) => {
                let plus = *byte == b'-' && !*any;
                if plus {
                    units.push(u16::from(b'+'));
                } else if *byte != b'-' {
                    units.push(u16::from(*byte));
                }
                run = None;
            }
        }
    }
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// ISO-2022-KR, RFC 1557: between SO and SI two-byte characters of KS C 5601 without their high
/// bits, which is EUC-KR with them.
fn iso_2022_kr(bytes: &[u8]) -> String {
    let mut euc = Vec::with_capacity(bytes.len());
    let mut wide = false;
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            0x1B => rest = after.strip_prefix(b"$)C").unwrap_or(after),
            0x0E => wide = true,
            0x0F => wide = false,
            b'\r' | b'\n' => {
                wide = false;
                euc.push(*byte);
            }
            _ if wide && byte.is_ascii_graphic() => euc.push(byte | 0x80),
            _ => euc.push(*byte),
        }
    }
    encoding_rs::EUC_KR.decode_without_bom_handling(&euc).0.into_owned()
}
