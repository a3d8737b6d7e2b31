//! Bodies of the address book endpoint, read by the table of layouts alone (`mapihttp/layout.rs`): answers of the
//! server to requests written by hand. MS-OXCMAPIHTTP 2.2.5

use super::rules::CODES;
use super::*;
use crate::mapihttp::layout::{Layout, layout};
use mailstead::nspi::RequestType;
use mailstead::nspi::message::{AddressBookTaggedValue, DnToMidResponse, QueryColumnsResponse};
use mailstead::wire::WireError;
use std::collections::BTreeMap;

/// At the top of the Global Address List, Windows-1252, English.
const TOP: &str = "00000000 00000000 00000000 00000000 00000000 00000000 E4040000 09040000 09040000";
/// The same in a container that there is not.
const NOWHERE: &str = "00000000 99999999 00000000 00000000 00000000 00000000 E4040000 09040000 09040000";
/// At Bob, and at somebody who is not there.
const AT_BOB: &str = "00000000 00000000 12000000 00000000 00000000 00000000 E4040000 09040000 09040000";
const AT_NOBODY: &str = "00000000 00000000 77770000 00000000 00000000 00000000 E4040000 09040000 09040000";
/// In CP_WINUNICODE.
const UNICODE: &str = "00000000 00000000 00000000 00000000 00000000 00000000 B0040000 09040000 09040000";
const NAME: &str = "FF 01000000 1F000130";
/// Three columns, one of which nobody has and one without a type.
const COLUMNS: &str = "FF 03000000 1F000130 1F001C3A 0000FE39";

/// Requests that are served and refused, so that every field of the answers is there once and missing once.
fn requests() -> Vec<(&'static str, String)> {
    let is_b = "03 0200 0100 1F000130 1F000130 FF 6200 0000";
    let name_b = "FF 1F000130 FF 6200 0000";
    let list = "FF 02000000 13000000 12000000";
    vec![
        ("Bind", format!("00000000 FF {TOP}")),
        ("Bind", format!("00000000 FF {UNICODE}")),
        ("Bind", "00000000 00".into()),
        ("Unbind", "00000000".into()),
        ("CompareMIds", format!("00000000 FF {TOP} 12000000 13000000")),
        ("CompareMIds", format!("00000000 FF {TOP} 77770000 13000000")),
        ("DNToMId", "00000000 FF 02000000 2F6F3D4100 00".into()),
        ("DNToMId", "00000000 00".into()),
        ("GetMatches", format!("00000000 FF {TOP} 00 00000000 FF {is_b} 00 32000000 {COLUMNS}")),
        ("GetMatches", format!("00000000 FF {TOP} 00 00000000 FF {is_b} 00 32000000 00")),
        ("GetMatches", format!("00000000 FF {NOWHERE} 00 00000000 FF {is_b} 00 32000000 {NAME}")),
        ("GetMatches", "00000000 00 00 00000000 00 00 32000000 00".into()),
        ("GetPropList", "00000000 12000000 E4040000".into()),
        ("GetPropList", "00000000 77770000 E4040000".into()),
        ("GetProps", format!("00000000 FF {AT_BOB} {COLUMNS}")),
        ("GetProps", format!("00000000 FF {AT_BOB} 00")),
        ("GetProps", format!("00000000 FF {UNICODE} FF 01000000 1E000130")),
        ("GetSpecialTable", format!("04000000 FF {TOP} FF 00000000")),
        ("GetSpecialTable", format!("04000000 FF {TOP} 00")),
        ("GetSpecialTable", format!("00000000 FF {UNICODE} 00")),
        ("GetTemplateInfo", "01000000 00000000 00 E4040000 09040000".into()),
        ("GetTemplateInfo", "01000000 07000000 00 E4040000 09040000".into()),
        ("ModLinkAtt", "00000000 0D000980 11000000 FF 01000000 01000000 AA".into()),
        ("ModProps", format!("00000000 FF {AT_BOB} FF 01000000 1E000130 FF 01000000 1E000130 FF 7800")),
        ("QueryColumns", "00000000 00000080".into()),
        ("QueryRows", format!("00000000 FF {TOP} 00000000 32000000 {COLUMNS}")),
        ("QueryRows", format!("00000000 FF {TOP} 02000000 12000000 77770000 32000000 00")),
        ("QueryRows", format!("00000000 FF {NOWHERE} 00000000 32000000 {NAME}")),
        ("QueryRows", "00000000 00 00000000 32000000 00".into()),
        ("ResolveNames", format!("00000000 FF {TOP} {NAME} FF 02000000 6200 6F00 6200 0000 0000")),
        ("ResolveNames", format!("00000000 FF {UNICODE} {NAME} FF 01000000 6200 0000")),
        ("ResortRestriction", format!("00000000 FF {TOP} {list}")),
        ("ResortRestriction", format!("00000000 00 {list}")),
        ("SeekEntries", format!("00000000 FF {TOP} {name_b} 00 {COLUMNS}")),
        ("SeekEntries", format!("00000000 FF {TOP} {name_b} 00 00")),
        ("SeekEntries", format!("00000000 FF {NOWHERE} {name_b} 00 00")),
        ("SeekEntries", format!("00000000 00 {name_b} 00 00")),
        ("UpdateStat", format!("00000000 FF {TOP} 01")),
        ("UpdateStat", format!("00000000 FF {TOP} 00")),
        ("UpdateStat", format!("00000000 FF {AT_NOBODY} 01")),
        ("UpdateStat", "00000000 00 01".into()),
        ("GetMailboxUrl", "00000000 2F00 0000".into()),
        ("GetAddressBookUrl", "00000000 2F00 0000".into()),
    ]
}

/// MS-OXCMAPIHTTP R1377 R1380 R1383 R1386 R1392 R1396 R1398 R1400 R1402 R1404 R1407 R1409 R1413 R1416 R1419 R1422
/// R1425 R1435 R1428 (codes of MS-OXNSPI 2.2.2); MS-OXCMAPIHTTP R347 R1291 R1290 R1287 R525 R580 R620 R665 R714 R758 R797 R844 R886
/// R935 R994 R1039 R1075 R1100 R1118 (StatusCode is 0), R92 R94 R96 R98 R100 R101 R102 R103 R104 R105 R106 R107 R108
/// R109 R110 R111 R112 R113 R114 R321 (each X-RequestType has its own answer)
#[test]
fn every_answer_lies_as_the_table_has_it() {
    let mut met: BTreeMap<String, [bool; 2]> = BTreeMap::new();
    for (request_type, body) in requests() {
        let body = hex(&format!("{body} 00000000"));
        let sent = layout(request_type, "request").read(&body);
        assert!(sent.is_some(), "{request_type}: the request is not what it should be");
        let answer = Client::new().raw(request_type, &body).unwrap();
        let layout = layout(request_type, "response");
        let read = layout.read(&answer).unwrap_or_else(|| panic!("{request_type}: {answer:02X?}"));
        assert_eq!(read.number("StatusCode"), 0, "{request_type}");
        assert!(CODES.contains(&read.number("ErrorCode")), "{request_type}: {:#X}", read.number("ErrorCode"));
        for (name, value) in read.fields.iter().filter(|(name, _)| name.starts_with("Has")) {
            assert!([0, 0xFF].contains(&value[0]), "{request_type} {name}");
            met.entry(format!("{request_type} {name}")).or_default()[usize::from(value[0] != 0)] = true;
        }
        for len in 0..answer.len() {
            assert!(layout.read(&answer[..len]).is_none(), "{request_type}: {len} bytes are no answer");
        }
    }
    // These two cannot fail; without it the answers are the same to both readers.
    let one_sided: Vec<_> = met.iter().filter(|(_, met)| **met != [true, true]).map(|(name, _)| name).collect();
    assert_eq!(one_sided, ["DNToMId HasMinimalIds", "QueryColumns HasColumns"]);
    let without = hex("00000000 05400080 00 00000000");
    assert!(layout("DNToMId", "response").read(&without).is_some_and(|read| read.fields.len() == 5));
    assert!(layout("QueryColumns", "response").read(&without).is_some_and(|read| read.fields.len() == 5));
    type Rs<T> = Response<T>;
    assert_eq!(Rs::<DnToMidResponse>::from_bytes(&without).unwrap().to_bytes(), without);
    assert_eq!(Rs::<QueryColumnsResponse>::from_bytes(&without).unwrap().to_bytes(), without);
    let types = RequestType::ALL.iter().filter(|(_, name)| requests().iter().any(|(known, _)| known == name));
    assert_eq!(types.count(), RequestType::ALL.len());
}

/// Rows, lists and identifiers are as many as their counts say and hold what was asked for. MS-OXCMAPIHTTP R538,
/// R551, R543, R547, R853, R856, R859, R804 (as many rows as there are), R942, R949, R952, R946, R1005, R1006,
/// R1047, R1050, R1053, R436, R432, R583, R624, R669, R673, R677, R718, R889; what each request type is for: R405, R443,
/// R558, R590, R631, R683, R802, R827, R825, R502, R865, R895, R913, R958, R1012, R1013, R1059, R1083, R1089, R1106,
/// R1102, R1120
#[test]
fn counts_and_contents_of_answers() {
    let ask = |request_type: &str, body: &str| {
        let answer = Client::new().raw(request_type, &hex(&format!("{body} 00000000"))).unwrap();
        let layout = layout(request_type, "response");
        let read = layout.read(&answer).unwrap();
        read.fields.iter().map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect::<BTreeMap<_, _>>()
    };
    let requests = requests();
    let of =
        |request_type: &str| ask(request_type, &requests.iter().find(|(name, _)| *name == request_type).unwrap().1);
    let bob = "FF 62006F0062002000420061006B00650072000000";
    let smtp = "62006F00620040006500780061006D0070006C0065002E006F00720067000000";
    let rows = of("QueryRows");
    assert_eq!(ask("QueryRows", &format!("00000000 FF {TOP} 00000000 02000000 {NAME}"))["RowCount"][0], 2);
    let few = ask("GetMatches", &format!("00000000 FF {TOP} 00 00000000 FF 08 1F000130 00 02000000 {NAME}"));
    assert_eq!(few["ErrorCode"], hex("03040480"), "more than two");
    assert_eq!(
        (rows["RowCount"].as_slice(), rows["Columns"].as_slice()),
        ([6, 0, 0, 0].as_slice(), &hex(COLUMNS)[1..])
    );
    // The mobile telephone is missing, so the row is flagged; what has no type brings its own.
    let row = hex(&format!("01 00 {bob} 0A 0F010480 1F00 00 FF {smtp}"));
    assert!(rows["RowData"].windows(row.len()).any(|window| window == row));
    assert_eq!(rows["State"][12..], hex("00000000 06000000 06000000 E4040000 09040000 09040000")[..]);
    let matches = of("GetMatches");
    assert_eq!(matches["MinimalIds"], hex("12000000"));
    assert_eq!(
        (&matches["RowData"], matches["RowCount"][0], &matches["Columns"]),
        (&row, 1, &hex(COLUMNS)[1..].to_vec())
    );
    let resolved = of("ResolveNames");
    assert_eq!((resolved["MinimalIdCount"][0], &resolved["MinimalIds"]), (2, &hex("02000000 00000000")));
    assert_eq!((resolved["RowCount"][0], &resolved["RowData"]), (1, &hex(&format!("00 {bob}"))));
    assert_eq!(resolved["PropertyTags"], hex("01000000 1F000130"));
    let sorted = of("ResortRestriction");
    assert_eq!((sorted["MinimalIdCount"][0], &sorted["MinimalIds"]), (2, &hex("12000000 13000000")));
    let sought = of("SeekEntries");
    assert!(sought["RowData"].starts_with(&row), "Bob is the first from \"b\" on");
    assert_eq!((sought["RowCount"][0], &sought["Columns"]), (4, &hex(COLUMNS)[1..].to_vec()));
    assert_eq!((of("DNToMId")["MinimalIdCount"][0], &of("DNToMId")["MinimalIds"]), (2, &vec![0; 8]));
    let dn: String = format!("{DN_PREFIX}bob\0").bytes().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(ask("DNToMId", &format!("00000000 FF 01000000 {dn}"))["MinimalIds"], hex("12000000"));
    let third = TOP.replacen("00000000 00000000 00000000 00000000", "00000000 00000000 00000000 02000000", 1);
    let moved = ask("UpdateStat", &format!("00000000 FF {third} 01"));
    assert_eq!((&moved["State"][8..12], &moved["Delta"]), (hex("12000000").as_slice(), &hex("02000000")));
    for (request_type, path) in [("GetMailboxUrl", "emsmdb"), ("GetAddressBookUrl", "nspi")] {
        let url: Vec<u8> =
            format!("https://mail.example.org/mapi/{path}/\0").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(of(request_type)["ServerUrl"], url);
    }
    let tags = of("GetPropList")["PropertyTags"].clone();
    assert!(tags[4..].chunks(4).any(|tag| tag == hex("1E000130")) && !tags.chunks(4).any(|tag| tag == hex("1E001C3A")));
    let values = hex(&format!("03000000 1F000130 {bob} 0A001C3A 0F010480 1F00FE39 FF {smtp}"));
    assert_eq!(of("GetProps")["PropertyValues"], values);
    let special = of("GetSpecialTable");
    assert_eq!((special["Version"].len(), special["RowsCount"][0]), (4, 5));
    assert!(special["Rows"].starts_with(&hex("06000000 0201FF0F FF")));
    assert!(of("GetTemplateInfo")["Row"].starts_with(&hex("01000000 02010100 FF")), "PidTagTemplateData");
    assert!(of("QueryColumns")["Columns"][4..].chunks(4).any(|tag| tag == hex("1F000130")));
}

/// MS-OXCMAPIHTTP R372, R401, R2109, R2110, R2111, R2112: the order of two objects, whichever of the four bytes says it.
#[test]
fn positions_are_compared() {
    for (first, second, expected) in [("16", "12", -1), ("12", "12", 0), ("13", "12", 1), ("00", "14", -1)] {
        let body = hex(&format!("00000000 FF {TOP} {first}000000 {second}000000 00000000"));
        let answer = Client::new().raw("CompareMIds", &body).unwrap();
        let result = layout("CompareMIds", "response").read(&answer).unwrap().number("Result").cast_signed();
        assert_eq!(result.signum(), expected, "{first} and {second}");
    }
}

/// Flags that mean something.
const MEANINGFUL: [(&str, u32); 7] = [
    ("Bind", 0x20),
    ("GetPropList", 1),
    ("GetProps", 3),
    ("GetSpecialTable", 6),
    ("GetTemplateInfo", 0x75),
    ("ModLinkAtt", 1),
    ("QueryRows", 3),
];

/// Bits of the first field that have no meaning are ignored, as is every bit of what is reserved.
/// MS-OXCMAPIHTTP R332 R1320 (fAnonymousLogin), R1308, R1309, R1310, R1453, R566 R1321, R600 R1323, R642 R1322, R694
/// R1324, R735 R1325, R1312, R808 R1326, R1313, R1314, R1315, R1316, R1317, R1328, R1327
#[test]
fn other_flags_change_nothing() {
    for (request_type, body) in requests() {
        let body = hex(&format!("{body} 00000000"));
        let known = MEANINGFUL.iter().find(|(name, _)| *name == request_type).map_or(0, |(_, flags)| *flags);
        let usual = Client::new().raw(request_type, &body).unwrap();
        for junk in [u32::MAX, 0x8000_0000, 0x0000_FF00] {
            let flags = u32::from_le_bytes(body[..4].try_into().unwrap()) | (junk & !known);
            let body = [&flags.to_le_bytes(), &body[4..]].concat();
            assert_eq!(Client::new().raw(request_type, &body).unwrap(), usual, "{request_type} {flags:#X}");
        }
    }
}

/// MS-OXCMAPIHTTP R1389 (InterfaceOptionFlags), R874 R1412 (MapiFlags, but for NspiUnicodeProptypes)
#[test]
fn other_fields_that_are_ignored() {
    let matches = |options: &str| {
        let body = format!("00000000 FF {TOP} 00 {options} FF 08 1F000130 00 32000000 {NAME} 00000000");
        Client::new().raw("GetMatches", &hex(&body)).unwrap()
    };
    assert_eq!(matches("FFFFFFFF"), matches("00000000"));
    let columns = |flags: &str| Client::new().raw("QueryColumns", &hex(&format!("00000000 {flags} 00000000"))).unwrap();
    assert_eq!(columns("FFFFFF7F"), columns("00000000"));
    assert_eq!(columns("FFFFFFFF"), columns("00000080"));
    assert_ne!(columns("00000080"), columns("00000000"));
}

/// One answer of every request type with an auxiliary buffer, and one that failed: StatusCode and the buffer.
#[test]
fn auxiliary_buffers_and_failures_lie_as_the_table_has_them() {
    fn again<T: Wire>(bytes: &[u8]) -> Result<(bool, Vec<u8>), WireError> {
        let response = Response::<T>::from_bytes(bytes)?;
        Ok((matches!(response, Response::Failure { .. }), response.to_bytes()))
    }
    use mailstead::nspi::message::*;
    type Again = fn(&[u8]) -> Result<(bool, Vec<u8>), WireError>;
    let all: [(&str, Again); 19] = [
        ("Bind", again::<BindResponse>),
        ("Unbind", again::<UnbindResponse>),
        ("CompareMIds", again::<CompareMidsResponse>),
        ("DNToMId", again::<DnToMidResponse>),
        ("GetMatches", again::<GetMatchesResponse>),
        ("GetPropList", again::<GetPropListResponse>),
        ("GetProps", again::<GetPropsResponse>),
        ("GetSpecialTable", again::<GetSpecialTableResponse>),
        ("GetTemplateInfo", again::<GetTemplateInfoResponse>),
        ("ModLinkAtt", again::<ModLinkAttResponse>),
        ("ModProps", again::<ModPropsResponse>),
        ("QueryColumns", again::<QueryColumnsResponse>),
        ("QueryRows", again::<QueryRowsResponse>),
        ("ResolveNames", again::<ResolveNamesResponse>),
        ("ResortRestriction", again::<ResortRestrictionResponse>),
        ("SeekEntries", again::<SeekEntriesResponse>),
        ("UpdateStat", again::<UpdateStatResponse>),
        ("GetMailboxUrl", again::<GetMailboxUrlResponse>),
        ("GetAddressBookUrl", again::<GetAddressBookUrlResponse>),
    ];
    for (request_type, again) in all {
        let failure = hex("11010480 03000000 AABBCC");
        let read = layout(request_type, "failure").read(&failure).unwrap();
        assert_eq!((read.number("StatusCode"), read.bytes("AuxiliaryBuffer")), (0x8004_0111, &failure[8..]));
        assert_eq!(again(&failure).unwrap(), (true, failure.clone()), "{request_type}");
        for len in 0..failure.len() {
            assert!(again(&failure[..len]).is_err(), "{request_type}: {len} bytes");
        }
        let (_, request) = requests().into_iter().find(|(name, _)| *name == request_type).unwrap();
        let answer = Client::new().raw(request_type, &hex(&format!("{request} 00000000"))).unwrap();
        let with_buffer = [&answer[..answer.len() - 4], &hex("02000000 AABB")].concat();
        let read = read_whole(&layout(request_type, "response"), &with_buffer);
        assert_eq!(read, Some(vec![0xAA, 0xBB]), "{request_type}");
        assert_eq!(again(&with_buffer).unwrap(), (false, with_buffer.clone()), "{request_type}");
        let sent = hex(&format!("{request} 02000000 AABB"));
        assert_eq!(
            Client::new().raw(request_type, &sent).unwrap(),
            answer,
            "{request_type}: of the client's, none is looked at"
        );
    }
}

fn read_whole(layout: &Layout, body: &[u8]) -> Option<Vec<u8>> {
    Some(layout.read(body)?.bytes("AuxiliaryBuffer").to_vec())
}

/// HasValue of every type that has one, written by hand, TRUE and FALSE. MS-OXCMAPIHTTP R2000, R2001, R2002, R2003,
/// R2004, R2250, R2251, R2252, R2253, R2254, R2255, R2256, R2257, R2258, R2259, R2260, R2261, R2005, R2006, R2007, R2009, R2010
/// (types without it), R2011, R2012, R2013, R2014
#[test]
fn values_that_may_be_absent_say_whether_they_are() {
    let many = [
        ("0210", "0100 0200"),
        ("0310", "01000000 02000000"),
        ("0410", "0000803F 00000040"),
        ("0510", "000000000000F03F 0000000000000040"),
        ("0610", "0100000000000000 0200000000000000"),
        ("0710", "000000000000F03F 0000000000000040"),
        ("1410", "0100000000000000 0200000000000000"),
        ("1F10", "FF 6100 0000 FF 0000"),
        ("1E10", "FF 6100 FF 00"),
        ("4010", "0100000000000000 0200000000000000"),
        ("4810", "000102030405060708090A0B0C0D0E0F 000102030405060708090A0B0C0D0E0F"),
        ("0211", "FF 01000000 AA FF 00000000"),
    ];
    let with_has = [("1F00", "FF 6100 0000".to_owned()), ("1E00", "FF 6100".into()), ("0201", "FF 01000000 AA".into())];
    let many = many.map(|(property_type, values)| (property_type, format!("FF 02000000 {values}")));
    let values = Layout::of("Value:tagged");
    for (property_type, value) in with_has.into_iter().chain(many) {
        for value in [value.as_str(), "00"] {
            let bytes = hex(&format!("{property_type} 0080 {value}"));
            assert!(values.read(&bytes).is_some(), "{property_type} {value}");
            let read = AddressBookTaggedValue::from_bytes(&bytes).unwrap();
            assert_eq!(
                (read.tag.0 & 0xFFFF, read.tag.0 >> 16),
                (u32::from(bytes[0]) | u32::from(bytes[1]) << 8, 0x8000)
            );
            assert_eq!(read.value.is_some(), value != "00", "{property_type} {value}");
            assert_eq!(read.to_bytes(), bytes, "{property_type} {value}");
        }
    }
    for (property_type, value) in
        [("0B00", "01"), ("0200", "0100"), ("0300", "01000000"), ("4000", "0100000000000000"), ("0A00", "0F010480")]
    {
        let bytes = hex(&format!("{property_type} 0080 {value}"));
        assert!(values.read(&bytes).is_some());
        assert_eq!(
            AddressBookTaggedValue::from_bytes(&bytes).unwrap().to_bytes(),
            bytes,
            "no HasValue: {property_type}"
        );
    }
}

/// Rows: standard ones, flagged ones, and columns without a type in both. MS-OXCMAPIHTTP R15, R16, R17, R18, R450,
/// R1298, R453, R1299, R2035, R2036, R2015, R2016, R2017, R2018, R2019, R2021, R2022, R2023, R2024, R2027; tags R23,
/// R24, R25, R26
#[test]
fn rows_and_tags_lie_as_specified() {
    let layout = Layout::of("Columns:tags RowCount:4 RowData:RowCount*row(Columns)");
    let head = "02000000 03000039 0000FE39 01000000";
    for (row, expected) in [
        ("00 06000000 1E00 FF 6100", Some([Ok(Value::Integer32(6)), Ok(text8(b"a"))])),
        ("01 00 06000000 1E00 00 FF 6100", Some([Ok(Value::Integer32(6)), Ok(text8(b"a"))])),
        ("01 0A 0F010480 1E00 00 FF 6100", Some([missing(), Ok(text8(b"a"))])),
        ("01 00 06000000 0A00 0A 0F010480", Some([Ok(Value::Integer32(6)), missing()])),
        ("02 06000000 1E00 FF 6100", None),
        ("01 05 06000000 1E00 00 FF 6100", None),
    ] {
        let bytes = hex(&format!("{head} {row}"));
        assert_eq!(layout.read(&bytes).is_some(), expected.is_some(), "{row}");
        let read = ColumnsAndRows::from_bytes(&bytes);
        assert_eq!(read.is_ok(), expected.is_some(), "{row}");
        let (Ok(read), Some(expected)) = (read, expected) else { continue };
        assert_eq!(read.rows, [expected.to_vec()], "{row}");
    }
    // A value that is not there: flag 1, and nothing else.
    let absent = hex(&format!("{head} 01 01 1E00 00 FF 6100"));
    assert!(layout.read(&absent).is_some());
    assert!(ColumnsAndRows::from_bytes(&absent).is_ok());
    let count = |count: u32| {
        let mut body = hex(&format!("00000000 FF {TOP} FF"));
        body.extend(count.to_le_bytes());
        body.resize(body.len() + usize::try_from(count).unwrap() * 4 + 4, 0);
        Client::new().raw("GetProps", &body)
    };
    assert!(count(100_000).is_ok(), "answered, whatever is said");
    assert!(matches!(count(100_001), Err(CallError::Malformed(_))));
}
