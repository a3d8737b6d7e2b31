//! GUIDs, times and 8-bit text. MS-DTYP 2.3.3, 2.3.4.2

use crate::golden::{hex, random, same};
use mailstead::wire::{FileTime, Flaw, Guid, Wire, decode_8bit, encode_8bit};
use proptest::prelude::*;

#[test]
fn integers_are_little_endian() {
    same(&0x12_u8, &hex("12"));
    same(&0x1234_u16, &hex("3412"));
    same(&0x1234_5678_u32, &hex("78563412"));
    same(&0x1122_3344_5566_7788_u64, &hex("8877665544332211"));
    same(&-2_i8, &hex("FE"));
    same(&-2_i16, &hex("FEFF"));
    same(&-2_i32, &hex("FEFFFFFF"));
    same(&-2_i64, &hex("FEFFFFFFFFFFFFFF"));
    same(&1.5_f32, &hex("0000C03F"));
    same(&-0.5_f64, &hex("000000000000E0BF"));
    same(&true, &hex("01"));
    same(&false, &hex("00"));
    assert_eq!(bool::from_bytes(&hex("80")), Ok(true), "any byte but zero is true");
    same(&[1_u8, 2, 3], &hex("010203"));
}

/// MUIDEMSAB, as oxcdata.md section 4 has it on the wire and MS-OXCDATA prints it.
const MUIDEMSAB: (&str, &str) = ("DCA740C8C042101AB4B908002B2FE182", "c840a7dc-42c0-1a10-b4b9-08002b2fe182");

#[test]
fn guids_are_printed_by_parts() {
    let (wire, text) = MUIDEMSAB;
    let guid = Guid::from_bytes(&hex(wire)).unwrap();
    same(&guid, &hex(wire));
    assert_eq!(guid.to_string(), text);
    assert_eq!(guid, Guid::new(0xC840_A7DC, 0x42C0, 0x1A10, [0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82]));
    for spelling in [text.to_owned(), text.to_uppercase(), format!("{{{text}}}")] {
        assert_eq!(spelling.parse::<Guid>(), Ok(guid), "{spelling}");
    }
    let (_, rest) = text.split_at(8);
    for wrong in
        ["", "x", &text[1..], &format!("{text}0"), &format!("+840a7dc{rest}"), &"\u{E4}".repeat(16), &"g".repeat(32)]
    {
        assert!(matches!(wrong.parse::<Guid>(), Err(e) if matches!(e.flaw(), Flaw::Value { .. })), "{wrong}");
    }
    assert!(Guid::NIL.is_nil() && !guid.is_nil());
}

#[test]
fn random_guids_say_so() {
    // RFC 9562 section 5.4: version 4 in the upper half of the seventh byte, variant 10 in the ninth.
    let text = Guid::from_random([0xFF; 16]).to_string();
    assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(Guid::from_random([0; 16]).to_string(), "00000000-0000-4000-8000-000000000000");
}

#[test]
fn times_are_dates() {
    let date = |time: FileTime| {
        let c = time.civil();
        (c.year, c.month, c.day, c.weekday, c.hour, c.minute, c.second)
    };
    assert_eq!(date(FileTime(0)), (1601, 1, 1, 1, 0, 0, 0), "a Monday");
    // "None" in calendars (oxcdata.md section 1).
    assert_eq!(date(FileTime(0x0CB3_4557_A3DD_4000)), (4501, 1, 1, 6, 0, 0, 0));
    assert_eq!(date(FileTime::from_unix(0)), (1970, 1, 1, 4, 0, 0, 0));
    assert_eq!(FileTime::from_unix(0).0, 116_444_736_000_000_000, "MS-DTYP: 1970 in ticks since 1601");
    assert_eq!(date(FileTime::from_unix(951_827_696)), (2000, 2, 29, 2, 12, 34, 56));
    assert_eq!(date(FileTime::from_unix(-2_203_891_201)), (1900, 2, 28, 3, 23, 59, 59), "1900 was no leap year");
    assert_eq!(date(FileTime::from_unix(-2_203_891_200)), (1900, 3, 1, 4, 0, 0, 0));
    assert_eq!(date(FileTime::from_unix(4_102_444_799)), (2099, 12, 31, 4, 23, 59, 59));
    // No number is too large.
    let _ = FileTime(u64::MAX).civil();
    assert_eq!(FileTime::from_unix(i64::MIN), FileTime(0), "before 1601");
    let _ = FileTime::from_unix(i64::MAX).http_date();
    same(&FileTime(0x0CB3_4557_A3DD_4000), &hex("0040DDA35745B30C"));
}

#[test]
fn http_dates_are_those_of_the_specification() {
    // The example of MS-OXCMAPIHTTP (mapihttp.md section 2) and that of RFC 9110.
    assert_eq!(FileTime::from_unix(1_383_694_028).http_date(), "Tue, 05 Nov 2013 23:27:08 GMT");
    assert_eq!(FileTime::from_unix(784_111_777).http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
}

#[test]
fn eight_bit_text_has_a_code_page() {
    for (code_page, bytes, text) in [
        (1252, "80E4DF", "\u{20AC}\u{E4}\u{DF}"),
        (1250, "E99A", "\u{E9}\u{161}"),
        (1251, "CFF0E8", "\u{41F}\u{440}\u{438}"),
        (866, "8FE0A8", "\u{41F}\u{440}\u{438}"),
        (20866, "F0D2C9", "\u{41F}\u{440}\u{438}"),
        (932, "93FA967B", "\u{65E5}\u{672C}"),
        (936, "D6D0", "\u{4E2D}"),
        (949, "C7D1", "\u{D55C}"),
        (950, "A4A4", "\u{4E2D}"),
        (65001, "C3A4E282AC", "\u{E4}\u{20AC}"),
        (28605, "A4", "\u{20AC}"),
    ] {
        assert_eq!(decode_8bit(&hex(bytes), code_page), text, "{code_page}");
        assert_eq!(encode_8bit(text, code_page), hex(bytes), "{code_page}");
    }
    assert_eq!(decode_8bit(&hex("80"), 9999), "\u{20AC}", "unknown code pages are read as Windows-1252");
    assert_eq!(encode_8bit("\u{65E5}a\u{41F}", 1252), b"?a?", "what a code page lacks");
    // A byte order mark is text here.
    assert_eq!(decode_8bit(&hex("EFBBBF41"), 65001), "\u{FEFF}A");
}

proptest! {
    #![proptest_config(random(512))]

    #[test]
    fn any_bytes_are_text_in_any_code_page(bytes in prop::collection::vec(any::<u8>(), 0..40), code_page: u16) {
        let _ = encode_8bit(&decode_8bit(&bytes, code_page), code_page);
    }

    #[test]
    fn any_text_is_a_guid_or_not(text in "\\PC{0,40}|[0-9a-f+-]{30,40}") {
        if let Ok(guid) = text.parse::<Guid>() {
            prop_assert_eq!(guid.to_string().parse::<Guid>().unwrap(), guid);
        }
    }

    #[test]
    fn every_second_has_one_date(unix in -11_644_473_600_i64..253_402_300_800) {
        let time = FileTime::from_unix(unix);
        prop_assert_eq!(time.to_unix(), unix);
        let date = time.civil();
        prop_assert!((1..=12).contains(&date.month) && (1..=31).contains(&date.day) && date.weekday < 7);
        let next = FileTime::from_unix(unix + 1).civil();
        let date = (date.year, date.month, date.day, date.hour, date.minute, date.second);
        prop_assert!(date < (next.year, next.month, next.day, next.hour, next.minute, next.second));
    }
}
