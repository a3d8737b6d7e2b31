//! MS-OXNSPI 2.2: structures field by field, values of every type, constants. The bodies that are
//! made of them are in bytes.rs.

use super::hex;
use crate::golden::data;
use mailstead::limits::NSPI_LIST_MAX;
use mailstead::mapi::{AddressBookEntryId, ErrorCode, PropertyTag, PropertyType, Value};
use mailstead::nspi::message::*;
use mailstead::wire::{FileTime, Guid, Wire};

/// A line of `tests/data/tables/nspi.tsv`; requirements.rs counts its rows as shown here.
struct Line {
    structure: String,
    field: String,
    offset: usize,
    /// What is in the field.
    bytes: Vec<u8>,
    fixed: bool,
}

fn lines() -> Vec<Line> {
    let text = data("tables/nspi.tsv");
    let mut distinct = 0x20_u8;
    let mut line = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let mut next = || {
            distinct = if distinct == 0xF0 { 0x20 } else { distinct + 1 };
            distinct
        };
        let bytes = match columns[5] {
            "-" => (0..columns[4].parse::<usize>().unwrap()).map(|_| next()).collect(),
            digits => hex(digits),
        };
        assert!(columns[4] == "v" || columns[4].parse() == Ok(bytes.len()), "{line}");
        Line {
            structure: columns[0].to_owned(),
            field: columns[2].to_owned(),
            offset: columns[3].parse().unwrap(),
            bytes,
            fixed: columns[5] != "-",
        }
    };
    text.lines().filter(|text| !text.starts_with('#')).map(&mut line).collect()
}

/// The fields of a structure as our reader understands them, and the structure written again.
fn fields(structure: &str, bytes: &[u8]) -> (Vec<(&'static str, Vec<u8>)>, Vec<u8>) {
    let number = |number: u32| number.to_le_bytes().to_vec();
    match structure {
        "STAT" => {
            let stat = Stat::from_bytes(bytes).unwrap();
            let fields = [
                ("SortType", stat.sort_type.0),
                ("ContainerID", stat.container_id),
                ("CurrentRec", stat.current_rec.0),
                ("Delta", stat.delta.cast_unsigned()),
                ("NumPos", stat.num_pos),
                ("TotalRecs", stat.total_recs),
                ("CodePage", stat.code_page),
                ("TemplateLocale", stat.template_locale),
                ("SortLocale", stat.sort_locale),
            ];
            (fields.map(|(name, value)| (name, number(value))).to_vec(), stat.to_bytes())
        }
        "MinimalEntryID" => {
            let mid = MinimalId::from_bytes(bytes).unwrap();
            (vec![("MId", number(mid.0))], mid.to_bytes())
        }
        "EphemeralEntryID" => {
            let id = EphemeralEntryId::from_bytes(bytes).unwrap();
            // What the server itself makes has the constants.
            let made = EphemeralEntryId::new(id.provider_uid, id.display_type, id.mid).to_bytes();
            let [r1, r2, r3] = id.r1_to_r3;
            let fields = vec![
                ("IDType", vec![id.id_type]),
                ("R1", vec![r1]),
                ("R2", vec![r2]),
                ("R3", vec![r3]),
                ("ProviderUID", id.provider_uid.0.to_vec()),
                ("R4", number(id.r4)),
                ("DisplayType", number(id.display_type)),
                ("MId", number(id.mid.0)),
            ];
            (fields, made)
        }
        "PermanentEntryID" => {
            let id = AddressBookEntryId::from_bytes(bytes).unwrap();
            let made = AddressBookEntryId::new(id.display_type, &id.x500_dn).to_bytes();
            let flags = id.flags.to_le_bytes();
            let fields = vec![
                ("IDType", vec![flags[0]]),
                ("R1", vec![flags[1]]),
                ("R2", vec![flags[2]]),
                ("R3", vec![flags[3]]),
                ("ProviderUID", id.provider_uid.0.to_vec()),
                ("R4", number(id.version)),
                ("DisplayTypeString", number(id.display_type)),
                ("DistinguishedName", [id.x500_dn.as_bytes(), &[0]].concat()),
            ];
            (fields, made)
        }
        "FlatUID_r" => {
            let uid = Guid::from_bytes(bytes).unwrap();
            (vec![("ab", uid.0.to_vec())], uid.to_bytes())
        }
        other => panic!("{other}"),
    }
}

/// MS-OXNSPI R132
#[test]
fn every_field_is_in_its_place() {
    let lines = lines();
    let mut structures: Vec<&str> = lines.iter().map(|line| line.structure.as_str()).collect();
    structures.dedup();
    assert_eq!(structures.len(), 5);
    for structure in structures {
        let own: Vec<&Line> = lines.iter().filter(|line| line.structure == structure).collect();
        let bytes: Vec<u8> = own.iter().flat_map(|line| line.bytes.clone()).collect();
        let (fields, written) = fields(structure, &bytes);
        assert_eq!(fields.len(), own.len(), "{structure}");
        let mut offset = 0;
        for (line, (name, value)) in own.iter().zip(fields) {
            assert_eq!((line.field.as_str(), line.offset), (name, offset), "{structure}");
            assert_eq!(line.bytes, value, "{structure}.{name}");
            offset += line.bytes.len();
            let end = line.offset + line.bytes.len();
            assert_eq!(written[line.offset..end], bytes[line.offset..end], "{structure}.{name}, fixed: {}", line.fixed);
        }
        assert_eq!(written, bytes, "{structure}");
    }
}

/// Each property type of 2.2.1.1 and 2.2.2.11: its number, a value, and the value on the wire under
/// a tag (MS-OXCMAPIHTTP 2.2.1.1).
fn values() -> Vec<(u16, Value, &'static str)> {
    let guid = |byte| Guid([byte; 16]);
    vec![
        (0x0002, Value::Integer16(-2), "FEFF"),
        (0x0003, Value::Integer32(-2), "FEFFFFFF"),
        (0x000A, Value::Error(ErrorCode::NotFound), "0F010480"),
        (0x000B, Value::Boolean(true), "01"),
        (0x000B, Value::Boolean(false), "00"),
        (0x000D, Value::Object(0), "00000000"),
        (0x001E, Value::String8(b"Ab".to_vec()), "FF 41 62 00"),
        (0x001F, Value::String("A\u{416}".to_owned()), "FF 4100 1604 0000"),
        (0x0040, Value::Time(FileTime(0x0102_0304_0506_0708)), "0807060504030201"),
        (0x0048, Value::Guid(guid(7)), "07070707070707070707070707070707"),
        (0x0102, Value::Binary(vec![0, 1, 2]), "FF 03000000 000102"),
        (0x1002, Value::MultipleInteger16(vec![1, -1]), "FF 02000000 0100 FFFF"),
        (0x1003, Value::MultipleInteger32(vec![1, -1]), "FF 02000000 01000000 FFFFFFFF"),
        (0x101E, Value::MultipleString8(vec![b"A".to_vec(), Vec::new()]), "FF 02000000 FF 4100 FF 00"),
        (0x101F, Value::MultipleString(vec!["A".to_owned(), String::new()]), "FF 02000000 FF 4100 0000 FF 0000"),
        (0x1040, Value::MultipleTime(vec![FileTime(1), FileTime(2)]), "FF 02000000 0100000000000000 0200000000000000"),
        (
            0x1048,
            Value::MultipleGuid(vec![guid(1), guid(2)]),
            "FF 02000000 01010101010101010101010101010101 02020202020202020202020202020202",
        ),
        (0x1102, Value::MultipleBinary(vec![vec![9], vec![]]), "FF 02000000 FF 01000000 09 FF 00000000"),
    ]
}

/// MS-OXNSPI R215, R1707, R214
/// MS-OXNSPI R21, R23, R1656, R25, R1505, R1506, R1507, R1508, R1509, R1511, R1512, R1515, R1516, R1517 (types),
/// R134, R144, R145, R147, R148, R149, R151, R152, R153, R155, R156, R157, R159, R160, R161, R162, R164, R165, R166,
/// R168, R169, R170, R172, R173, R174, R175, R177 (arrays), R178, R179, R181, R182, R183, R184, R185, R186, R188,
/// R189, R190, R191, R192, R193, R194, R195, R197, R199, R200, R202, R205, R206, R208, R209, R211, R212 (single
/// values and many), R216, R219, R220, R223, R224 (tag and value)
#[test]
fn values_of_every_type_have_their_form() {
    for (number, value, digits) in values() {
        let ty = PropertyType(number);
        assert!(ty.name().is_some() && value.property_type() == ty, "{number:04X}");
        let tagged = AddressBookTaggedValue::new(PropertyTag::new(0x6789, ty), value);
        let [low, high] = number.to_le_bytes();
        let bytes = [&[low, high, 0x89, 0x67], &hex(digits)[..]].concat();
        assert_eq!(tagged.to_bytes(), bytes, "{number:04X} written");
        assert_eq!(AddressBookTaggedValue::from_bytes(&bytes), Ok(tagged), "{number:04X} read");
        for len in 4..bytes.len() {
            assert!(AddressBookTaggedValue::from_bytes(&bytes[..len]).is_err(), "{number:04X}: {len} bytes");
        }
    }
}

/// The array with so many elements of a type, each of them zeros.
fn many(number: u16, element: &[u8], count: usize) -> Vec<u8> {
    let [low, high] = number.to_le_bytes();
    let mut bytes = vec![low, high, 0x89, 0x67, 0xFF];
    bytes.extend(u32::try_from(count).unwrap().to_le_bytes());
    (0..count).for_each(|_| bytes.extend(element));
    bytes
}

/// MS-OXNSPI R1564, R1565, R1566, R1567, R1568, R1569, R1570, R1571
/// MS-OXNSPI R150, R154, R158, R163, R167, R171, R176, R196, R198, R201, R204, R207, R210, R213 (100,000 values), R146,
/// R187, R203 (2,097,152 bytes), R217, R218 (more than a ROP can carry)
#[test]
fn arrays_and_bytes_end_at_their_bound() {
    let element = |number| match number {
        0x1002 => vec![0; 2],
        0x1003 => vec![0; 4],
        0x1040 => vec![0; 8],
        0x1048 => vec![0; 16],
        0x101E => vec![0xFF, 0],
        0x101F => vec![0xFF, 0, 0],
        _ => vec![0xFF, 0, 0, 0, 0],
    };
    for number in [0x1002, 0x1003, 0x1040, 0x1048, 0x101E, 0x101F, 0x1102] {
        let whole = many(number, &element(number), 100_000);
        let value = AddressBookTaggedValue::from_bytes(&whole).unwrap().value.unwrap();
        assert_eq!(value.elements().unwrap().len(), 100_000, "{number:04X}");
        assert!(AddressBookTaggedValue::from_bytes(&many(number, &element(number), 100_001)).is_err(), "{number:04X}");
    }
    for (tag, before) in [("02018967", "FF"), ("02118967", "FF 01000000 FF")] {
        let bytes = |len: usize| {
            let mut bytes = hex(&format!("{tag} {before}"));
            bytes.extend(u32::try_from(len).unwrap().to_le_bytes());
            bytes.resize(bytes.len() + len, 0x55);
            bytes
        };
        assert!(AddressBookTaggedValue::from_bytes(&bytes(2_097_152)).is_ok());
        assert!(AddressBookTaggedValue::from_bytes(&bytes(2_097_153)).is_err());
    }
}

/// MS-OXNSPI R1563, R1575
/// MS-OXNSPI R138, R139, R140, R141, R143 (LargePropertyTagArray, with a count of 32 bits), R232, R233, R234, R235,
/// R236, R237 (rows)
#[test]
fn lists_of_tags_and_rows_have_a_wide_count() {
    let tags = |count: usize| [0x3001_001F_u32, 0x0FFE_0003].map(PropertyTag).repeat(count / 2);
    let bytes = |count: usize| {
        let body = QueryColumnsResponse { error_code: ErrorCode::Success, columns: Some(tags(count)) };
        Response::Answer { body, auxiliary_buffer: Vec::new() }.to_bytes()
    };
    let two = hex("00000000 00000000 FF 02000000 1F000130 0300FE0F 00000000");
    assert_eq!(bytes(2), two);
    let read = Response::<QueryColumnsResponse>::from_bytes(&bytes(NSPI_LIST_MAX)).unwrap();
    assert!(matches!(read, Response::Answer { body, .. } if body.columns == Some(tags(100_000))));
    assert!(Response::<QueryColumnsResponse>::from_bytes(&bytes(NSPI_LIST_MAX + 2)).is_err());
    // Rows of one column: Flags 0, then the value.
    let rows = |count: usize| {
        let mut bytes = hex("01000000 0300FE0F");
        bytes.extend(u32::try_from(count).unwrap().to_le_bytes());
        (0..count).for_each(|_| bytes.extend(hex("00 06000000")));
        bytes
    };
    let read = ColumnsAndRows::from_bytes(&rows(100_000)).unwrap();
    assert_eq!((read.rows.len(), &read.rows[99_999]), (100_000, &vec![Ok(Value::Integer32(6))]));
    assert_eq!(read.to_bytes(), rows(100_000));
    assert!(ColumnsAndRows::from_bytes(&rows(100_001)).is_err());
}

/// MS-OXNSPI R225, R226, R231: a row of all its values is Flags 0 and the values in the order of the columns.
#[test]
fn a_row_is_its_values() {
    let columns = [0x3001_001F_u32, 0x0FFE_0003].map(PropertyTag).to_vec();
    let rows = vec![vec![Ok(Value::String("A".to_owned())), Ok(Value::Integer32(6))]];
    let bytes = ColumnsAndRows { columns, rows }.to_bytes();
    assert_eq!(bytes, hex("02000000 1F000130 0300FE0F 01000000 00 FF 4100 0000 06000000"));
}

/// MS-OXNSPI R42, R1520, R1659
#[test]
fn every_error_code_is_known_by_its_number() {
    for (number, code) in [
        (0x0000_0000, ErrorCode::Success),
        (0x0000_0001, ErrorCode::UnbindSuccess),
        (0x0000_0002, ErrorCode::UnbindFailure),
        (0x0004_0380, ErrorCode::ErrorsReturned),
        (0x8000_4005, ErrorCode::GeneralFailure),
        (0x8004_0102, ErrorCode::NotSupported),
        (0x8004_0108, ErrorCode::InvalidObject),
        (0x8004_010E, ErrorCode::OutOfResources),
        (0x8004_010F, ErrorCode::NotFound),
        (0x8004_0111, ErrorCode::LogonFailed),
        (0x8004_0117, ErrorCode::TooComplex),
        (0x8004_011E, ErrorCode::InvalidCodepage),
        (0x8004_011F, ErrorCode::InvalidLocale),
        (0x8004_0403, ErrorCode::TableTooBig),
        (0x8004_0405, ErrorCode::InvalidBookmark),
        (0x8007_0005, ErrorCode::AccessDenied),
        (0x8007_000E, ErrorCode::OutOfMemory),
        (0x8007_0057, ErrorCode::InvalidParameter),
    ] {
        let bytes = UnbindResponse { error_code: code }.to_bytes();
        assert_eq!(bytes, u32::to_le_bytes(number), "{code:?}");
        assert_eq!(UnbindResponse::from_bytes(&bytes), Ok(UnbindResponse { error_code: code }));
    }
}

/// MS-OXNSPI R79 (positions), R87 (names), R92 (orders)
#[test]
fn constants_have_their_numbers() {
    let positions = [MinimalId::MID_BEGINNING_OF_TABLE, MinimalId::MID_CURRENT, MinimalId::MID_END_OF_TABLE];
    assert_eq!(positions.map(|mid| mid.0), [0, 1, 2]);
    let names = [MinimalId::MID_UNRESOLVED, MinimalId::MID_AMBIGUOUS, MinimalId::MID_RESOLVED];
    assert_eq!(names.map(|mid| mid.0), [0, 1, 2]);
    let orders = [
        SortType::SortTypeDisplayName,
        SortType::SortTypePhoneticDisplayName,
        SortType::SortTypeDisplayName_RO,
        SortType::SortTypeDisplayName_W,
    ];
    assert_eq!(orders.map(|order| order.0), [0, 3, 0x3E8, 0x3E9]);
}
