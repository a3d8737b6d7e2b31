//! FastTransfer streams: bytes ↔ elements. MS-OXCFXICS 2.2.4

use crate::store::Random;
use mailstead::mapi::{PropertyName, PropertyTag, Value};
use mailstead::transfer::{Incoming, Outgoing, Token, code_page_type, marker, meta};
use mailstead::wire::{FileTime, Guid};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Everything a stream has, in buffers of `room` bytes.
fn drain(mut stream: Outgoing, room: usize, elsewhere: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut buffers = Vec::new();
    while !stream.is_empty() {
        let mut out = Vec::new();
        let mut load = |number: u32, at: u64, len: usize| -> Result<Vec<u8>, ()> {
            let at = usize::try_from(at).unwrap();
            Ok(elsewhere[number as usize][at..at + len].to_vec())
        };
        stream.take(room, &mut out, &mut load).unwrap();
        assert!(!out.is_empty() && out.len() <= room, "a buffer of {} bytes in {room}", out.len());
        buffers.push(out);
    }
    buffers
}

/// Elements of a stream that comes in the buffers given; large values put together again.
fn read(buffers: &[Vec<u8>]) -> Result<Vec<Token>, ()> {
    let mut stream = Incoming::default();
    let mut tokens: Vec<Token> = Vec::new();
    for buffer in buffers {
        stream.feed(buffer);
        while let Some(token) = stream.token().map_err(drop)? {
            match (tokens.last_mut(), token) {
                (Some(Token::Part(whole)), Token::Part(part)) => whole.extend(part),
                (_, token) => tokens.push(token),
            }
        }
    }
    if stream.is_between() { Ok(tokens) } else { Err(()) }
}

const SET: Guid = Guid::new(0x0102_0304, 0x0506, 0x0708, [9, 10, 11, 12, 13, 14, 15, 16]);

fn named(id: u16, ty: u16) -> PropertyTag {
    PropertyTag(u32::from(id) << 16 | u32::from(ty))
}

type Property = (PropertyTag, Option<PropertyName>, Value, &'static str);

/// Bytes by the table of the dossier (ics.md §3): MS-OXCFXICS 2.2.4.1 and the rules beside it.
fn properties() -> Vec<Property> {
    let lid = PropertyName::Lid { guid: SET, lid: 0x8102 };
    let name = PropertyName::Named { guid: SET, name: "ab".into() };
    vec![
        (PropertyTag(0x0017_0003), None, Value::Integer32(2), "0300 1700 02000000"),
        (PropertyTag(0x0E1B_000B), None, Value::Boolean(true), "0B00 1B0E 0100"),
        (PropertyTag(0x3008_0040), None, Value::Time(FileTime(0x0102)), "4000 0830 0201000000000000"),
        (PropertyTag(0x0037_001F), None, Value::String("hi".into()), "1F00 3700 06000000 680069000000"),
        (PropertyTag(0x001A_001E), None, Value::String8(b"hi".to_vec()), "1E00 1A00 03000000 686900"),
        (PropertyTag(0x65E0_0102), None, Value::Binary(vec![7, 8]), "0201 E065 02000000 0708"),
        (PropertyTag(0x1000_001F), None, Value::String(String::new()), "1F00 0010 02000000 0000"),
        (PropertyTag(0x6001_1003), None, Value::MultipleInteger32(vec![1, 2]), "0310 0160 02000000 01000000 02000000"),
        (
            PropertyTag(0x6002_101F),
            None,
            Value::MultipleString(vec!["a".into(), String::new()]),
            "1F10 0260 02000000 04000000 61000000 02000000 0000",
        ),
        (
            PropertyTag(0x6003_1102),
            None,
            Value::MultipleBinary(vec![vec![1], vec![]]),
            "0211 0360 02000000 01000000 01 00000000",
        ),
        (
            named(0x8001, 3),
            Some(lid),
            Value::Integer32(5),
            "0300 0180 04030201060508070 90A0B0C0D0E0F10 00 02810000 05000000",
        ),
        (
            named(0x8002, 0x000B),
            Some(name),
            Value::Boolean(false),
            "0B00 0280 040302010605080709 0A0B0C0D0E0F10 01 610062000000 0000",
        ),
        // IdsetGiven: an Integer32 by its tag, bytes by its value.
        (meta::IDSET_GIVEN, None, Value::Binary(vec![9]), "0300 1740 01000000 09"),
        (
            PropertyTag(0x0037_0000).with_type(code_page_type(1252)),
            None,
            Value::String8(vec![0xE9]),
            "E484 3700 02000000 E900",
        ),
    ]
}

#[test]
fn properties_are_written_and_read() {
    for (tag, name, value, bytes) in properties() {
        let mut stream = Outgoing::default();
        stream.property(tag, name.as_ref(), &value);
        let whole = drain(stream, 1 << 20, &[]).concat();
        assert_eq!(whole, hex(bytes), "{tag:?}");
        assert_eq!(read(std::slice::from_ref(&whole)), Ok(vec![Token::Property { tag, name, value }]));
        for cut in 1..whole.len() {
            assert_eq!(read(&[whole[..cut].to_vec()]), Err(()), "{tag:?} cut at {cut}");
        }
    }
}

/// MS-OXCFXICS R981, R982 (2.2.4.1): never inside a marker, a tag with its name, a
/// length or a value of fixed size; anywhere inside a value of variable size.
#[test]
fn a_buffer_ends_only_where_it_may() {
    let mut stream = Outgoing::default();
    stream.marker(marker::INCR_SYNC_CHG);
    stream.property(PropertyTag(0x0037_001F), None, &Value::String("hello".into()));
    stream.property(PropertyTag(0x0017_0003), None, &Value::Integer32(1));
    let lengths = |room: usize| drain(stream.clone(), room, &[]).iter().map(Vec::len).collect::<Vec<_>>();
    // Marker 4 · tag and length 8, text 12 · tag and value 8.
    assert_eq!(lengths(8), [4, 8, 8, 4, 8]);
    assert_eq!(lengths(15), [15, 9, 8]);
    assert_eq!(lengths(24), [24, 8]);
    assert_eq!(lengths(31), [24, 8]);
    assert_eq!(lengths(32), [32]);
    // Where nothing fits, nothing is given out.
    let mut out = Vec::new();
    stream.clone().take::<()>(3, &mut out, &mut |_, _, _| Err(())).unwrap();
    assert!(out.is_empty());
}

#[test]
fn a_stream_is_the_same_in_buffers_of_any_size() {
    let body: Vec<u8> = "grün ".repeat(20_000).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let data: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let elsewhere = [body.clone(), data.clone()];
    let mut stream = Outgoing::default();
    stream.marker(marker::START_MESSAGE);
    let mut expected = vec![Token::Marker(marker::START_MESSAGE)];
    for (tag, name, value, _) in properties() {
        stream.property(tag, name.as_ref(), &value);
        expected.push(Token::Property { tag, name, value });
    }
    let (text, binary) = (PropertyTag(0x1000_001F), PropertyTag(0x3701_0102));
    stream.property_elsewhere(text, None, (0, body.len() as u64), &[0, 0]);
    stream.property_elsewhere(binary, None, (1, data.len() as u64), &[]);
    stream.property_elsewhere(PropertyTag(0x3702_0102), None, (1, 0), &[]);
    stream.marker(marker::END_MESSAGE);
    expected.extend([Token::Begin { tag: text, name: None }, Token::Part([body, vec![0, 0]].concat()), Token::End]);
    expected.extend([Token::Begin { tag: binary, name: None }, Token::Part(data), Token::End]);
    expected.push(Token::Property { tag: PropertyTag(0x3702_0102), name: None, value: Value::Binary(Vec::new()) });
    expected.push(Token::Marker(marker::END_MESSAGE));
    let mut random = Random::from_env("fasttransfer");
    for room in [40, 1000, 0x7BC0, 1 << 20] {
        let buffers = drain(stream.clone(), room, &elsewhere);
        assert_eq!(read(&buffers), Ok(expected.clone()), "buffers of {room} bytes");
        // Whoever cuts it elsewhere is read all the same.
        let whole = buffers.concat();
        let mut cut = Vec::new();
        let mut at = 0;
        while at < whole.len() {
            let end = (at + 1 + random.below(9000)).min(whole.len());
            cut.push(whole[at..end].to_vec());
            at = end;
        }
        assert_eq!(read(&cut), Ok(expected.clone()));
    }
}

/// MS-OXCFXICS 2.2.4.1: a reader takes strings without their zero as well.
#[test]
fn strings_may_lack_their_zero() {
    let token = |value| Ok(vec![Token::Property { tag: PropertyTag(0x0037_001F), name: None, value }]);
    assert_eq!(read(&[hex("1F00 3700 04000000 68006900")]), token(Value::String("hi".into())));
    let token = |value| Ok(vec![Token::Property { tag: PropertyTag(0x0037_001E), name: None, value }]);
    assert_eq!(read(&[hex("1E00 3700 02000000 6869")]), token(Value::String8(b"hi".to_vec())));
}

#[test]
fn arbitrary_bytes_are_no_danger() {
    let mut random = Random::from_env("fasttransfer bytes");
    let whole: Vec<u8> = properties().iter().flat_map(|(.., bytes)| hex(bytes)).collect();
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..random.below(8) {
            let at = random.below(bytes.len());
            bytes[at] = u8::try_from(random.below(256)).unwrap();
        }
        bytes.truncate(random.below(bytes.len() + 1));
        let _ = read(&[bytes]);
    }
    // A length that nothing follows costs nothing; a list as long is refused, once it could not fit.
    let mut stream = Incoming::default();
    stream.feed(&hex("0201 0137 FFFFFF7F 00"));
    assert_eq!(stream.token().unwrap(), Some(Token::Begin { tag: PropertyTag(0x3701_0102), name: None }));
    let mut stream = Incoming::default();
    stream.feed(&hex("0211 0360 FFFFFFFF"));
    assert_eq!(stream.token().unwrap(), None);
    stream.feed(&vec![0; 2 << 20]);
    assert!(stream.token().is_err());
    // Types that no stream has.
    for text in ["FD00 1700 00000000", "0100 1700 00000000", "0500"] {
        let _ = read(&[hex(text)]);
    }
    assert!(read(&[hex("FD00 1700 0000000000000000")]).is_err());
}
