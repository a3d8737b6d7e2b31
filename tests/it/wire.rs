//! Bytes and types: forms, readers and writers, strings, GUIDs, times, LZ77, extended buffers.

mod lz77;
mod scalars;

use crate::golden::{hex, random, same};
use mailstead::limits::EXTENDED_BUFFERS_MAX;
use mailstead::wire::{
    All, AsciiZ, Bytes, Counted, Flagged, Flaw, Framed, HeaderExt, Present, Reader, Rest, Utf16Z, Wire, WireError,
    Writer, pack_buffers, unpack_buffers,
};
use proptest::collection::vec;
use proptest::prelude::*;

mailstead::wire! {
    /// A structure in a frame.
    #[derive(Eq)]
    pub struct Inner { number: u16, rest: Vec<u8> as Rest }

    /// One field of every form.
    #[derive(Eq)]
    pub struct Forms {
        byte: u8,
        yes: bool,
        signed: i32,
        array: [u8; 3],
        list: Vec<u16> as Counted<u8>,
        bytes: Vec<u8> as Bytes<u32>,
        framed: Inner as Framed<u16>,
        flagged: Option<u16> as Flagged,
        present: Option<u16> as Present,
        wide: String as Utf16Z,
        ascii: String as AsciiZ,
        narrow: Vec<u8> as AsciiZ,
        last: Vec<u32> as All,
    }
}

const FORMS: &str = "
    11 01 FEFFFFFF 616263       # byte, yes, signed, array
    02 0100 0200                # list: count and elements
    03000000 AABBCC             # bytes: size and bytes
    0400 7856 0102              # framed: size, number, rest
    FF 3412                     # flagged: present
    01 4523                     # present
    4100 AC20 3DD8 00DE 0000    # wide: A, the euro sign, U+1F600 as a pair
    4142 00 E4F6 00             # ascii, narrow";

fn forms() -> Forms {
    Forms {
        byte: 0x11,
        yes: true,
        signed: -2,
        array: *b"abc",
        list: vec![1, 2],
        bytes: vec![0xAA, 0xBB, 0xCC],
        framed: Inner { number: 0x5678, rest: vec![1, 2] },
        flagged: Some(0x1234),
        present: Some(0x2345),
        wide: "A\u{20AC}\u{1F600}".to_owned(),
        ascii: "AB".to_owned(),
        narrow: vec![0xE4, 0xF6],
        last: Vec::new(),
    }
}

#[test]
fn declared_structures_have_every_form() {
    let value = forms();
    let bytes = hex(FORMS);
    assert_eq!(value.to_bytes(), bytes);
    assert_eq!(Forms::from_bytes(&bytes).unwrap(), value);
    for len in 0..bytes.len() {
        assert!(Forms::from_bytes(&bytes[..len]).is_err(), "{len} bytes");
    }
    // `All` takes elements to the end of the frame, whole ones only.
    let longer = hex(&format!("{FORMS}\n78563412"));
    assert_eq!(Forms::from_bytes(&longer).unwrap().last, [0x1234_5678]);
    assert!(Forms::from_bytes(&hex(&format!("{FORMS}\n785634"))).is_err());
}

#[test]
fn absent_values_are_one_zero_byte() {
    mailstead::wire! {
        /// Both forms of absence.
        #[derive(Eq)]
        pub struct Absent { flagged: Option<u32> as Flagged, present: Option<u32> as Present }
    }
    same(&Absent { flagged: None, present: None }, &hex("00 00"));
    same(&Absent { flagged: Some(1), present: Some(2) }, &hex("FF 01000000 01 02000000"));
    // Any byte but zero means present.
    let read = Absent::from_bytes(&hex("01 01000000 7F 02000000")).unwrap();
    assert_eq!(read, Absent { flagged: Some(1), present: Some(2) });
}

#[test]
fn frames_are_filled_exactly() {
    mailstead::wire! {
        /// Two bytes in a frame of any length.
        #[derive(Eq)]
        pub struct Two { number: u16 }
        /// The frame.
        #[derive(Eq)]
        pub struct Frame { two: Two as Framed<u16> }
    }
    same(&Frame { two: Two { number: 0x3412 } }, &hex("0200 1234"));
    assert!(matches!(Frame::from_bytes(&hex("0300 123456")), Err(e) if matches!(e.flaw(), Flaw::Trailing { .. })));
    assert!(matches!(Frame::from_bytes(&hex("0100 1234")), Err(e) if matches!(e.flaw(), Flaw::Short { .. })));
    assert!(matches!(Frame::from_bytes(&hex("FFFF 1234")), Err(e) if matches!(e.flaw(), Flaw::Short { .. })));
}

#[test]
fn counts_reserve_nothing() {
    // A count of 65,535 or of four thousand million with no data: refused before anything is made.
    mailstead::wire! {
        /// A list.
        #[derive(Eq)]
        pub struct Short { list: Vec<[u8; 24]> as Counted<u16> }
        /// A longer one.
        #[derive(Eq)]
        pub struct Long { list: Vec<[u8; 24]> as Counted<u32> }
        /// Bytes.
        #[derive(Eq)]
        pub struct Blob { blob: Vec<u8> as Bytes<u32> }
    }
    assert!(matches!(Short::from_bytes(&hex("FFFF")), Err(e) if matches!(e.flaw(), Flaw::Short { .. })));
    assert!(matches!(Long::from_bytes(&hex("FFFFFFFF 00")), Err(e) if matches!(e.flaw(), Flaw::Short { .. })));
    assert!(matches!(Blob::from_bytes(&hex("00000080 00")), Err(e) if matches!(e.flaw(), Flaw::Short { .. })));
}

#[test]
fn text_that_is_no_text_is_read_and_replaced() {
    mailstead::wire! {
        /// Strings.
        #[derive(Eq)]
        pub struct Strings { wide: String as Utf16Z, ascii: String as AsciiZ }
    }
    // A lone high surrogate; bytes that are not UTF-8.
    let read = Strings::from_bytes(&hex("3DD8 0000 FFFE 00")).unwrap();
    assert_eq!(read, Strings { wide: "\u{FFFD}".to_owned(), ascii: "\u{FFFD}\u{FFFD}".to_owned() });
    // A zero byte in both halves of a unit does not end the string, a zero unit does.
    assert_eq!(Strings::from_bytes(&hex("0041 4100 0000 00")).unwrap().wide, "\u{4100}A");
    // Zeros inside a string end it where every reader would.
    let written = Strings { wide: "A\0B".to_owned(), ascii: "A\0B".to_owned() };
    assert_eq!(written.to_bytes(), hex("4100 0000 4100"));
    // An odd byte is no unit.
    assert!(Strings::from_bytes(&hex("4100 00")).is_err());
}

#[test]
fn readers_know_their_place() {
    let bytes = [1, 2, 3, 4, 5];
    let mut r = Reader::new(&bytes);
    assert_eq!(r.take(2, "x").unwrap(), [1, 2]);
    assert_eq!((r.position(), r.remaining(), r.is_empty()), (2, &bytes[2..], false));
    assert_eq!(r.take(4, "four"), Err(Flaw::Short { what: "four", at: 5 }.into()));
    assert_eq!(r.position(), 2, "what failed took nothing");
    assert_eq!(r.finish("all"), Err(Flaw::Trailing { what: "all", at: 2 }.into()));
    let mut inner = r.sub(2, "frame").unwrap();
    assert_eq!((inner.rest(), inner.is_empty()), (&bytes[2..4], true));
    assert!(r.take(usize::MAX, "all").is_err());
    assert_eq!(r.rest(), [5]);
    assert_eq!(r.finish("all"), Ok(()));
}

#[test]
fn nesting_has_a_floor() {
    fn dive(r: &mut Reader<'_>, levels: u32) -> Result<u32, WireError> {
        if levels == 0 { Ok(0) } else { r.nested(10, "dive", |r| dive(r, levels - 1)).map(|depth| depth + 1) }
    }
    let mut r = Reader::new(&[]);
    assert_eq!(dive(&mut r, 10), Ok(10));
    assert!(matches!(dive(&mut r, 11), Err(e) if matches!(e.flaw(), Flaw::Limit { .. })));
    assert_eq!(dive(&mut r, 10), Ok(10), "and comes up again");
}

#[test]
fn writers_stop_at_their_bound() {
    let mut w = Writer::bounded(6);
    0x1122_u16.write(&mut w);
    let mark = w.mark();
    0x3344_5566_u32.write(&mut w);
    assert_eq!((w.len(), w.room(), w.is_full()), (6, 0, false));
    7_u8.write(&mut w);
    assert!(w.is_full());
    w.cut(mark);
    assert_eq!((w.as_bytes(), w.room(), w.is_full()), (&[0x22, 0x11][..], 4, false));
    w.raw(&[1, 2, 3, 4, 5]);
    assert!(w.is_full(), "nothing is written in part");
    9_u8.write(&mut w);
    assert_eq!(w.len(), 2, "once full, everything is swallowed until it is cut");
    w.cut(mark);
    w.raw(&[1, 2]);
    w.patch(mark, &[8, 9]);
    assert_eq!(w.since(mark), [8, 9]);
    w.patch(mark, &[1, 2, 3]);
    assert_eq!(w.into_bytes(), [0x22, 0x11, 8, 9], "a patch beyond the end changes nothing");
}

/// "abc" a hundred times, the example of MS-XCA.
const ABC: &str = "FFFFFF1F 616263 1700 0F FF 2601";

#[test]
fn extended_buffers_are_framed() {
    // Version, Flags: Last, Size, SizeActual, payload
    let plain = hex("0000 0400 0300 0300 AABBCC");
    assert_eq!(unpack_buffers(&plain).unwrap(), [hex("AABBCC")]);
    assert_eq!(pack_buffers(&[hex("AABBCC")], false, false), plain);
    // Two; only the last says so.
    let two = hex("0000 0000 0100 0100 AA  0000 0400 0200 0200 BBCC");
    assert_eq!(unpack_buffers(&two).unwrap(), [hex("AA"), hex("BBCC")]);
    assert_eq!(pack_buffers(&[hex("AA"), hex("BBCC")], false, false), two);
    // XorMagic: AA ^ A5 = 0F, BB ^ A5 = 1E, CC ^ A5 = 69
    let xor = hex("0000 0600 0300 0300 0F1E69");
    assert_eq!(unpack_buffers(&xor).unwrap(), [hex("AABBCC")]);
    assert_eq!(pack_buffers(&[hex("AABBCC")], false, true), xor);
    // An empty payload.
    assert_eq!(unpack_buffers(&hex("0000 0400 0000 0000")).unwrap(), [hex("")]);
}

#[test]
fn compressed_buffers_are_expanded() {
    let abc = b"abc".repeat(100);
    // Flags: Compressed, Last; Size 13, SizeActual 300
    let compressed = hex(&format!("0000 0500 0D00 2C01 {ABC}"));
    assert_eq!(unpack_buffers(&compressed).unwrap(), std::slice::from_ref(&abc));
    assert_eq!(pack_buffers(std::slice::from_ref(&abc), true, false), compressed);
    // Compressed, then XORed: FF ^ A5 = 5A, 1F = BA, 61 62 63 = C4 C7 C6, 17 00 = B2 A5, 0F = AA, FF = 5A, 26 01 = 83 A4
    let both = hex("0000 0700 0D00 2C01 5A5A5ABA C4C7C6 B2A5 AA 5A 83A4");
    assert_eq!(unpack_buffers(&both).unwrap(), std::slice::from_ref(&abc));
    assert_eq!(pack_buffers(&[abc], true, true), both);
    // What does not shrink goes out as it is.
    assert_eq!(pack_buffers(&[hex("AABB")], true, false), hex("0000 0400 0200 0200 AABB"));
}

#[test]
fn broken_extended_buffers_are_refused() {
    for (bytes, why) in [
        ("", "no header"),
        ("0000 0400 0000 00", "half a header"),
        ("0100 0400 0000 0000", "Version 1"),
        ("0000 0C00 0000 0000", "a flag that nobody knows"),
        ("0000 0400 0300 0300 AABB", "a payload too short"),
        ("0000 0400 0200 0200 AABBCC", "bytes after the last"),
        ("0000 0000 0200 0200 AABB", "no last"),
        ("0000 0400 0200 0300 AABB", "Size is not SizeActual"),
        ("0000 0400 0300 0200 AABBCC", "Size is not SizeActual"),
        ("0000 0500 0D00 2B01 FFFFFF1F 616263 1700 0F FF 2601", "expands to more than SizeActual"),
        ("0000 0500 0D00 2D01 FFFFFF1F 616263 1700 0F FF 2601", "expands to less"),
        ("0000 0500 0200 2C01 FFFF", "half a flag word"),
    ] {
        assert!(unpack_buffers(&hex(bytes)).is_err(), "{bytes}: {why}");
    }
    let many = |count: usize| [hex("0000 0000 0000 0000").repeat(count - 1), hex("0000 0400 0000 0000")].concat();
    assert_eq!(unpack_buffers(&many(EXTENDED_BUFFERS_MAX)).unwrap().len(), EXTENDED_BUFFERS_MAX);
    assert!(
        matches!(unpack_buffers(&many(EXTENDED_BUFFERS_MAX + 1)), Err(e) if matches!(e.flaw(), Flaw::Limit { .. }))
    );
}

#[test]
fn headers_are_eight_bytes() {
    let header =
        HeaderExt { version: 0, flags: HeaderExt::LAST | HeaderExt::COMPRESSED, size: 0x1234, size_actual: 0x5678 };
    same(&header, &hex("0000 0500 3412 7856"));
    assert_eq!(header.to_bytes().len(), HeaderExt::LEN);
}

proptest! {
    #![proptest_config(random(512))]

    #[test]
    fn any_bytes_are_extended_buffers_or_not(bytes in vec(any::<u8>(), 0..64), flags in 0_u16..8, actual in any::<u16>()) {
        let _ = unpack_buffers(&bytes);
        let size = u16::try_from(bytes.len()).unwrap();
        let header = HeaderExt { version: 0, flags: flags | HeaderExt::LAST, size, size_actual: actual };
        let _ = unpack_buffers(&[header.to_bytes(), bytes].concat());
    }

    #[test]
    fn payloads_come_back(payloads in vec(vec(any::<u8>(), 0..300), 1..5), squeeze: bool, xor: bool) {
        prop_assert_eq!(unpack_buffers(&pack_buffers(&payloads, squeeze, xor)).unwrap(), payloads);
    }

    #[test]
    fn any_bytes_are_forms_or_not(bytes in vec(any::<u8>(), 0..100)) {
        if let Ok(value) = Forms::from_bytes(&bytes) {
            prop_assert_eq!(Forms::from_bytes(&value.to_bytes()).unwrap(), value);
        }
    }
}
