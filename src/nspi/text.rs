//! Strings of the address book: code pages and comparison. MS-OXNSPI 3.1.4.3
//!
//! Strings compare without regard to case. Accents and width count, although
//! NSPI_DEFAULT_LOCALE_COMPARE_FLAGS ignores them too (MS-OXNSPI 2.2.1.6).

pub(super) use crate::store::fold;
use crate::wire::{decode_8bit, encode_8bit};

/// CP_TELETEX: T.61, of which only the ASCII part is known here. MS-OXNSPI 2.2.1.5
pub(super) const CP_TELETEX: u32 = 0x4F25;
/// CP_WINUNICODE: UTF-16, no code page for 8-bit strings. MS-OXNSPI 2.2.1.5
pub(super) const CP_WINUNICODE: u32 = 1200;
/// Where a client names no code page: Windows-1252.
pub(super) const CP_DEFAULT: u32 = 1252;

/// Code pages that a session can use: what Windows has as its ANSI code page (65001 with "use
/// Unicode UTF-8 for worldwide language support"), and what else `wire::text` converts.
const SUPPORTED: &[u32] = &[
    CP_TELETEX, 866, 874, 932, 936, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 20127, 20866,
    21866, 28591, 28592, 28595, 28597, 28605, 50220, 50221, 50222, 51932, 54936, 65001,
];

/// True if 8-bit strings can be converted from and to this code page.
pub(super) fn is_supported(code_page: u32) -> bool {
    SUPPORTED.contains(&code_page)
}

/// Text as an 8-bit string; characters that the code page lacks become `?`.
pub(super) fn encode(text: &str, code_page: u32) -> Vec<u8> {
    match u16::try_from(code_page) {
        Ok(code_page) if u32::from(code_page) != CP_TELETEX => encode_8bit(text, code_page),
        _ => text.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect(),
    }
}

/// An 8-bit string as text.
pub(super) fn decode(bytes: &[u8], code_page: u32) -> String {
    match u16::try_from(code_page) {
        Ok(code_page) if u32::from(code_page) != CP_TELETEX => decode_8bit(bytes, code_page),
        _ => bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { char::REPLACEMENT_CHARACTER }).collect(),
    }
}
