//! Strings of the address book: code pages and comparison. MS-OXNSPI 3.1.4.3
//!
//! Names compare as [`collate`] has them, in every locale alike. Left out: the weights that
//! MS-UCODEREF gives characters of different scripts, which are in the order of their code points.

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

/// True if the code page has ASCII and nothing else that is known here.
fn is_7bit(code_page: u16) -> bool {
    [CP_TELETEX, 20127].contains(&u32::from(code_page))
}

/// Text as an 8-bit string; characters that the code page lacks become `?`.
pub(super) fn encode(text: &str, code_page: u32) -> Vec<u8> {
    match u16::try_from(code_page) {
        Ok(code_page) if !is_7bit(code_page) => encode_8bit(text, code_page),
        _ => text.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect(),
    }
}

/// An 8-bit string as text.
pub(super) fn decode(bytes: &[u8], code_page: u32) -> String {
    match u16::try_from(code_page) {
        Ok(code_page) if !is_7bit(code_page) => decode_8bit(bytes, code_page),
        _ => bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { char::REPLACEMENT_CHARACTER }).collect(),
    }
}

/// Small letters that are a letter and a mark, or are typed as that letter, behind it.
const ACCENTED: &[&str] = &[
    "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
    "bḃḅḇ",
    "cçćĉċčḉ",
    "dďđḋḍḏḑḓ",
    "eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
    "fḟ",
    "gĝğġģǧǵḡ",
    "hĥħȟḣḥḧḩḫẖ",
    "iìíîïĩīĭįıǐȉȋḭḯỉị",
    "jĵǰ",
    "kķǩḱḳḵ",
    "lĺļľłḷḹḻḽ",
    "mḿṁṃ",
    "nñńņňǹṅṇṉṋ",
    "oòóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
    "pṕṗ",
    "rŕŗřȑȓṙṛṝṟ",
    "sśŝşšșṡṣṥṧṩ",
    "tţťțŧṫṭṯṱẗ",
    "uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
    "vṽṿ",
    "wŵẁẃẅẇẉẘ",
    "xẋẍ",
    "yýÿŷȳẏẙỳỵỷỹ",
    "zźżžẑẓẕ",
    "αά",
    "εέ",
    "ηή",
    "ιίϊΐ",
    "οό",
    "υύϋΰ",
    "ωώ",
    "σς",
    "еёѐ",
];
/// U+FF65 to U+FF9D in their full width.
const HALF_WIDTH_KATAKANA: &str = "・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// A name as it is compared: without case, non-spacing characters, width, or the difference of
/// hiragana and katakana. NSPI_DEFAULT_LOCALE_COMPARE_FLAGS, MS-OXNSPI 2.2.1.6
pub(super) fn collate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            _ if c.is_ascii() => out.push(c),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            // Non-spacing: combining marks, points of Hebrew and Arabic.
            '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{64B}'..='\u{65F}' | '\u{1DC0}'..='\u{1DFF}' => {}
            // Marks that make a sound of kana another are part of it.
            '\u{3099}' | '\u{309B}' | '\u{FF9E}' => voice(&mut out, 1),
            '\u{309A}' | '\u{309C}' | '\u{FF9F}' => voice(&mut out, 2),
            '\u{3000}' => out.push(' '),
            '\u{FF01}'..='\u{FF5E}' => out.extend(shifted(c, 0xFF01, 0x21).into_iter().flat_map(char::to_lowercase)),
            '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => out.extend(shifted(c, 0x3041, 0x30A1)),
            '\u{FF65}'..='\u{FF9D}' => {
                let at = u32::from(c).saturating_sub(0xFF65);
                out.extend(usize::try_from(at).ok().and_then(|at| HALF_WIDTH_KATAKANA.chars().nth(at)));
            }
            '\u{C0}'..='\u{45F}' | '\u{1E00}'..='\u{1EFF}' => {
                let group = ACCENTED.iter().find(|group| group.contains(c));
                out.push(group.and_then(|group| group.chars().next()).unwrap_or(c));
            }
            _ => out.push(c),
        }
    }
    out
}

/// The character as far from `to` as `c` is from `from`.
fn shifted(c: char, from: u32, to: u32) -> Option<char> {
    char::from_u32(u32::from(c).checked_sub(from)?.checked_add(to)?)
}

/// The last kana becomes voiced (1) or half-voiced (2): these follow it in Unicode.
fn voice(out: &mut String, by: u32) {
    let Some(last) = out.pop() else { return };
    let voiced = match (last, by) {
        ('ウ', 1) => Some('ヴ'),
        ('カ'..='ト' | 'ハ'..='ホ', 1) | ('ハ'..='ホ', 2) => shifted(last, 0, by),
        _ => None,
    };
    out.push(voiced.unwrap_or(last));
}
