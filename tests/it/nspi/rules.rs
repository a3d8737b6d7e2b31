//! MS-OXNSPI 3.1.4.1: what holds for every method: what is ignored, what is not there, which codes
//! there are, which method says the same as another.

use super::hostile::{name_of, valid};
use super::people::{ADA, ALL, BEN, FAMILY, HIDDEN, UNCLE, household, matches, mid};
use super::*;
use mailstead::mapi::{AddressBookEntryId, PropertyType, RelOp, Restriction, TaggedValue};
use mailstead::nspi::RequestType;
use mailstead::nspi::message::*;

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const KEY: PropertyTag = PropertyTag::PidTagInstanceKey;
const MEMBER: PropertyTag = PropertyTag::PidTagAddressBookMember;

/// The codes of 2.2.1.2.
pub(super) const CODES: [u32; 18] = [
    0,
    1,
    2,
    0x0004_0380,
    0x8000_4005,
    0x8004_0102,
    0x8004_0108,
    0x8004_010E,
    0x8004_010F,
    0x8004_0111,
    0x8004_0117,
    0x8004_011E,
    0x8004_011F,
    0x8004_0403,
    0x8004_0405,
    0x8007_0005,
    0x8007_000E,
    0x8007_0057,
];

/// ErrorCode, which follows StatusCode in every answer.
pub(super) fn code_of(answer: &[u8]) -> u32 {
    u32::from_le_bytes(answer[4..8].try_into().unwrap())
}

pub(super) fn is_code(code: u32) -> bool {
    CODES.contains(&code)
}

/// Where numbers are that the server ignores, and the bits in them that it does not.
const IGNORED: [(RequestType, usize, u32); 17] = [
    (RequestType::Bind, 0, 0x20),
    (RequestType::Unbind, 0, 0),
    (RequestType::UpdateStat, 0, 0),
    (RequestType::QueryColumns, 0, 0),
    (RequestType::QueryColumns, 4, 0x8000_0000),
    (RequestType::GetPropList, 0, 1),
    (RequestType::GetProps, 0, 3),
    (RequestType::QueryRows, 0, 3),
    (RequestType::SeekEntries, 0, 0),
    // Behind Reserved, the STAT and the absent list: InterfaceOptionFlags.
    (RequestType::GetMatches, 0, 0),
    (RequestType::GetMatches, 42, 0),
    (RequestType::ResortRestriction, 0, 0),
    (RequestType::CompareMids, 0, 0),
    (RequestType::DnToMid, 0, 0),
    (RequestType::ModProps, 0, 0),
    (RequestType::GetSpecialTable, 0, 6),
    (RequestType::GetTemplateInfo, 0, 5),
];

/// MS-OXNSPI R671, R1668, R705, R1673, R772, R1676, R805, R1922, R807, R1923, R831, R1924, R862, R1925, R921, R1926, R1002,
/// R1702, R1084, R1899, R1171, R1915, R1213, R1699, R1246, R1700, R1289, R721, R1740, R1447, R1692: reserved numbers and
/// unknown flags change nothing in the answer. R1024, R1109: nor do those that may be refused.
#[test]
fn what_has_no_meaning_is_ignored() {
    for (request_type, at, known) in IGNORED {
        let name = name_of(request_type);
        let (_, body) = valid().into_iter().find(|(kind, _)| *kind == request_type).unwrap();
        let answer = |number: u32| {
            let mut body = body.clone();
            body[at..at + 4].copy_from_slice(&number.to_le_bytes());
            let mut client = household();
            session::bind(&mut client, 1252);
            (client.raw(name, &body).unwrap(), client.session, client.change)
        };
        let given = u32::from_le_bytes(body[at..at + 4].try_into().unwrap()) & known;
        for noise in [1, 2, 4, 8, 0x10, 0x20, 0x80, 0x8000, 0x4000_0000, 0x8000_0000, u32::MAX] {
            assert_eq!(answer(given | (noise & !known)), answer(given), "{name} at {at}: {noise:#x}");
        }
    }
}

/// The household with somebody in it who must not log on, or without her.
fn with_or_without(carla: bool) -> Client {
    let mut client = household();
    let mut listings: Vec<Listing> =
        (0..).map_while(|at| client.view.entry(at).map(|entry| entry.listing.clone())).collect();
    assert_eq!(listings.len(), 8);
    if carla {
        let mut carla = person(CARLA, "carla@example.org", "Carla Lovelace");
        carla.disabled = true;
        carla.facts.manager = Some(BEN);
        listings.push(carla);
        for listing in listings.iter_mut().filter(|listing| listing.id == FAMILY) {
            listing.facts.members.insert(CARLA);
        }
    }
    client.view = View::new(listings);
    client
}

const CARLA: u32 = 77;

/// Requests that ask for Carla in every way there is.
fn about_carla() -> Vec<(&'static str, String)> {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let key = "5D000000";
    let at = |mid: &str| format!("00000000 00000000 {mid} 00000000 00000000 00000000 E4040000 09040000 09040000");
    let name = digits(&"carla".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    let (top, columns) = (at("00000000"), "FF 02000000 1F000130 0201F60F");
    let dn = format!("{DN_PREFIX}carla");
    let asciiz = digits(dn.as_bytes());
    let entry_id = AddressBookEntryId::new(0, &dn).to_bytes();
    let (len, entry_id) = (digits(&u32::try_from(entry_id.len()).unwrap().to_le_bytes()), digits(&entry_id));
    let group = digits(&mid(FAMILY).to_bytes());
    let member = format!("00000000 0D000980 {group} 00000000 00000000 00000000 E4040000 09040000 09040000");
    let exist = "FF 08 1F000130";
    vec![
        ("GetSpecialTable", format!("04000000 FF {top} 00")),
        ("UpdateStat", format!("00000000 FF {} 01", at(key))),
        ("UpdateStat", format!("00000000 FF {} 01", at("02000000"))),
        ("QueryColumns", "00000000 00000000".to_owned()),
        ("GetPropList", format!("00000000 {key} E4040000")),
        ("GetProps", format!("00000000 FF {} {columns}", at(key))),
        ("GetProps", format!("00000000 FF {} 00", at(key))),
        // Of her group, its members counted.
        ("GetProps", format!("00000000 FF {} FF 03000000 0300E28C 0300E38C 0D000980", at(&group))),
        ("QueryRows", format!("00000000 FF {top} 00000000 64000000 {columns}")),
        ("QueryRows", format!("00000000 FF {} 00000000 64000000 {columns}", at(key))),
        ("QueryRows", format!("00000000 FF {top} 01000000 {key} 64000000 {columns}")),
        ("SeekEntries", format!("00000000 FF {top} FF 1F000130 FF {name} 0000 00 {columns}")),
        ("SeekEntries", format!("00000000 FF {top} FF 1F000130 FF {name} 0000 FF 01000000 {key} {columns}")),
        ("GetMatches", format!("00000000 FF {top} 00 00000000 {exist} 00 64000000 {columns}")),
        ("GetMatches", format!("00000000 FF {member} 00 00000000 00 00 64000000 {columns}")),
        ("ResortRestriction", format!("00000000 FF {} FF 02000000 {key} {group}", at(key))),
        ("CompareMIds", format!("00000000 FF {top} {key} {group}")),
        ("DNToMId", format!("00000000 FF 02000000 {asciiz}00 2F00")),
        ("ModProps", format!("00000000 FF {} FF 00000000 00", at(key))),
        ("ModLinkAtt", format!("00000000 0D000980 {group} FF 01000000 {len} {entry_id}")),
        ("ModLinkAtt", format!("01000000 0D000980 {group} FF 01000000 {len} {entry_id}")),
        ("ModLinkAtt", format!("00000000 0D000980 {key} FF 00000000")),
        ("ResolveNames", format!("00000000 FF {top} {columns} FF 01000000 {name} 0000")),
        ("GetTemplateInfo", format!("01000000 00000000 FF {asciiz}00 E4040000 09040000")),
    ]
}

/// MS-OXNSPI R738, R739, R786, R787, R1619, R818, R842, R843, R879, R880, R945, R946, R1030, R1031, R1115, R1116, R1191, R1192,
/// R1227, R1228, R1257, R1258, R1286, R1287, R1323, R1324, R1420, R1421, R1464, R1465: who is disabled is not there, in the
/// answer to any method, byte for byte.
#[test]
fn what_must_not_be_seen_is_as_if_it_were_not_there() {
    let (mut with, mut without) = (with_or_without(true), with_or_without(false));
    let mut answered = Vec::new();
    for (name, body) in about_carla() {
        let body = hex(&format!("{body} 00000000"));
        let (got, expected) = (with.raw(name, &body).unwrap(), without.raw(name, &body).unwrap());
        assert_eq!(got, expected, "{name} {body:?}");
        assert_eq!(with.change, without.change, "{name}");
        answered.push((name, code_of(&got)));
    }
    let code = |name: &str| answered.iter().find(|(other, _)| *other == name).unwrap().1;
    assert_eq!((code("GetPropList"), code("UpdateStat")), (0x8004_0108, 0x8004_010F), "there is no such object");
    assert_eq!((code("QueryRows"), code("ResolveNames"), code("DNToMId")), (0, 0, 0));
}

/// Hidden entries are in no table either, for who browses; who knows them may ask.
#[test]
fn hidden_entries_are_in_no_table() {
    let mut client = household();
    let rs: UpdateStatResponse = client
        .call("UpdateStat", UpdateStatRequest { reserved: 0, state: Some(at(mid(HIDDEN))), delta_requested: true });
    assert_eq!(rs.error_code, ErrorCode::NotFound);
    let rs = client.query_rows(stat(), 100, &[KEY]);
    assert_eq!((column(rs.rows).len(), rs.state.unwrap().total_recs), (7, 7));
}

/// MS-OXNSPI R1223, R1280: the Unicode code page, in the methods that have no other test of it. R1230: no such container.
#[test]
fn positions_without_a_code_page_or_container_are_refused() {
    let mut client = household();
    let mut compare = |state| {
        let (minimal_id1, minimal_id2) = (mid(ADA), mid(BEN));
        let body = CompareMidsRequest { reserved: 0, state: Some(state), minimal_id1, minimal_id2 };
        let rs: CompareMidsResponse = client.call("CompareMIds", body);
        rs.error_code
    };
    assert_eq!(compare(Stat { code_page: 1200, ..stat() }), ErrorCode::InvalidCodepage);
    assert_eq!(compare(Stat { container_id: 99, ..stat() }), ErrorCode::InvalidBookmark);
    // Places are those of the container: Ben is no group.
    assert_eq!(compare(Stat { container_id: 2, ..stat() }), ErrorCode::GeneralFailure);
    assert_eq!(compare(stat()), ErrorCode::Success);
    let state = Some(Stat { code_page: 1200, ..at(mid(ADA)) });
    let body = ModPropsRequest { reserved: 0, state, property_tags: Some(vec![]), property_values: None };
    let rs: ModPropsResponse = client.call("ModProps", body);
    assert_eq!((rs.error_code, client.change), (ErrorCode::InvalidCodepage, None));
}

/// MID_CURRENT is a position, not an object.
#[test]
fn the_current_position_is_no_object() {
    let mut client = household();
    let current = MinimalId::MID_CURRENT;
    for (minimal_id1, minimal_id2) in [(current, mid(ADA)), (mid(ADA), current), (current, current)] {
        let body = CompareMidsRequest { reserved: 0, state: Some(stat()), minimal_id1, minimal_id2 };
        let rs: CompareMidsResponse = client.call("CompareMIds", body);
        assert_eq!((rs.error_code, rs.result), (ErrorCode::GeneralFailure, 0));
    }
    let body = GetPropListRequest { flags: 0, minimal_id: current, code_page: 1252 };
    let rs: GetPropListResponse = client.call("GetPropList", body);
    assert_eq!(rs.error_code, ErrorCode::InvalidObject);
    assert_eq!(client.explicit_keys(&[current]), [missing()]);
}

impl Client {
    fn explicit_keys(&mut self, mids: &[MinimalId]) -> Vec<Cell> {
        let body = QueryRowsRequest {
            flags: 0,
            state: Some(stat()),
            explicit_table: mids.to_vec(),
            row_count: 10,
            columns: Some(vec![KEY]),
        };
        let rs: QueryRowsResponse = self.call("QueryRows", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        column(rs.rows)
    }

    fn props(&mut self, flags: u32, mid: MinimalId, tags: &[PropertyTag]) -> (ErrorCode, Vec<Value>) {
        let body = GetPropsRequest { flags, state: Some(at(mid)), property_tags: Some(tags.to_vec()) };
        let rs: GetPropsResponse = self.call("GetProps", body);
        let values = rs.property_values.unwrap_or_default().into_iter();
        (rs.error_code, values.map(|value| value.value.unwrap()).collect())
    }
}

/// MS-OXNSPI R1694, R983, R930, R997: rows of QueryRows are what GetProps says of their objects, with the same flags. R982: an
/// error of GetProps is one of QueryRows.
#[test]
fn rows_are_what_get_props_says() {
    let mut client = household();
    let tags =
        [NAME, PropertyTag::PidTagEntryId, MEMBER, PropertyTag::PidTagTitle, NAME.with_type(PropertyType::String8)];
    for flags in [0, 1, 2, 3] {
        let body = QueryRowsRequest {
            flags,
            state: Some(stat()),
            explicit_table: Vec::new(),
            row_count: 50,
            columns: Some([&[KEY], &tags[..]].concat()),
        };
        let rs: QueryRowsResponse = client.call("QueryRows", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        let rows = rs.rows.unwrap().rows;
        assert_eq!(rows.len(), 7);
        for row in rows {
            let Ok(Value::Binary(key)) = &row[0] else { panic!("key") };
            let (_, values) = client.props(flags, MinimalId::from_bytes(key).unwrap(), &tags);
            let cells: Vec<Value> = row[1..].iter().map(|cell| cell.clone().unwrap_or_else(Value::Error)).collect();
            assert_eq!(cells, values, "flags {flags}");
        }
    }
    let many = vec![NAME; 5000];
    let code = client.props(0, mid(ADA), &many).0;
    let rs = client.query_rows(stat(), 5, &many);
    assert_eq!((rs.error_code, rs.state, rs.rows), (code, Some(stat()), None));
    assert_eq!(code, ErrorCode::TableTooBig);
}

/// MS-OXNSPI R943, R1762: nothing but the code, and the position as it was.
#[test]
fn refused_rows_leave_the_position() {
    let mut client = household();
    for state in [
        Stat { code_page: 1200, delta: 3, ..stat() },
        Stat { container_id: 99, delta: 3, ..stat() },
        Stat { delta: 3, ..at(MinimalId(0x7777)) },
    ] {
        let rs = client.query_rows(state, 5, &[NAME]);
        assert_ne!(rs.error_code, ErrorCode::Success);
        assert_eq!((rs.state, rs.rows), (Some(state), None));
    }
}

/// MS-OXNSPI R985 (an explicit table of nobody: rows of errors), R986 (the end of a table: success)
#[test]
fn rows_of_nobody_are_no_error() {
    let mut client = household();
    assert_eq!(client.explicit_keys(&[MinimalId(0x7777), MinimalId(0x7778)]), [missing(), missing()]);
    let body = QueryRowsRequest {
        flags: 0,
        state: Some(stat()),
        explicit_table: vec![MinimalId(0x7777)],
        row_count: 1,
        columns: Some(vec![NAME, KEY]),
    };
    let body = Request { body, auxiliary_buffer: Vec::new() }.to_bytes();
    let answer = client.raw("QueryRows", &body).unwrap();
    // A flagged row, with an error for each column: MS-OXCMAPIHTTP 2.2.1.5, 2.2.1.7.
    let row = hex("01 0A 0F010480 0A 0F010480 00000000");
    assert_eq!(answer[answer.len() - row.len()..], row);
    let rs = client.query_rows(at(MinimalId::MID_END_OF_TABLE), 5, &[NAME]);
    assert_eq!((rs.error_code, column(rs.rows)), (ErrorCode::Success, vec![]));
}

/// MS-OXNSPI R511, R512: an explicit table is what was there when it was made.
#[test]
fn an_explicit_table_keeps_who_is_gone() {
    let mut client = household();
    let filter = Restriction::Exist { property_tag: NAME };
    let rs: GetMatchesResponse = client.call("GetMatches", matches(stat(), Some(filter), 50));
    let table = rs.minimal_ids.unwrap();
    assert_eq!(table.len(), 7);
    let left = (0..).map_while(|at| client.view.entry(at).map(|entry| entry.listing.clone()));
    client.view = View::new(left.filter(|listing| listing.id != UNCLE).collect::<Vec<_>>());
    let keys = client.explicit_keys(&table);
    assert_eq!(keys.len(), 7);
    for (mid, key) in table.iter().zip(keys) {
        let there = *mid != people::mid(UNCLE);
        assert_eq!(key, if there { Ok(Value::Binary(mid.to_bytes())) } else { missing() });
    }
}

/// MS-OXNSPI R1088, R1639
/// MS-OXNSPI R1130, R1131, R1132, R1133, R1136, R1137, R1142: where the object of GetMatches is, and which property, say fields
/// that mean something else otherwise; Delta and any container are ignored. R1165: rows do not change the state.
#[test]
fn a_property_is_read_wherever_the_object_is() {
    let mut client = household();
    let named = |container_id, delta| GetMatchesRequest {
        property_name: Some(PropertyNameId { guid: Guid::NIL, id: 0x8009 }),
        ..matches(Stat { container_id, delta, ..at(mid(FAMILY)) }, None, 50)
    };
    for container_id in [0, 1, 2, 4, 99, 0xFFFF_FFFF] {
        for delta in [0, 1, -3, i32::MAX] {
            let rs: GetMatchesResponse = client.call("GetMatches", named(container_id, delta));
            assert_eq!(rs.error_code, ErrorCode::Success);
            assert_eq!(rs.minimal_ids, Some(vec![mid(BEN), mid(ADA), mid(UNCLE)]));
            assert_eq!(rs.rows.unwrap().rows.len(), 3);
            let state = Stat { container_id: mid(FAMILY).0, ..at(mid(FAMILY)) };
            assert_eq!(rs.state, Some(state), "only the container, as if there were no rows");
        }
    }
    // A property that leads to nobody is no error; one that cannot lead anywhere is.
    let rs: GetMatchesResponse =
        client.call("GetMatches", matches(Stat { container_id: MEMBER.0, ..at(mid(UNCLE)) }, None, 50));
    assert_eq!((rs.error_code, rs.minimal_ids), (ErrorCode::Success, Some(vec![])));
}

/// MS-OXNSPI R98, R100, R1145: whatever the sort type, tables of a property are in the order of display names.
#[test]
fn tables_of_a_property_are_sorted_by_name() {
    let mut client = household();
    let mut order = |sort_type| {
        let state = Stat { container_id: MEMBER.0, sort_type, ..at(mid(FAMILY)) };
        let rs: GetMatchesResponse = client.call("GetMatches", matches(state, None, 50));
        column(rs.rows)
    };
    let names = ["Ben", "Lovelace, Ada", "Uncle"].map(|name| Ok(text(name)));
    assert_eq!(order(SortType::SortTypeDisplayName), names);
    assert_eq!(order(SortType::SortTypeDisplayName_RO), names);
    assert_eq!(order(SortType::SortTypeDisplayName_W), names);
}

/// MS-OXNSPI R645, R998, R1058, R1009, R1011, R1075, R1076: what is sought is the first that is not less, and rows start there.
#[test]
fn seeking_positions_and_reads() {
    let mut client = household();
    let mut seek = |name: &str, columns: Option<Vec<PropertyTag>>| -> SeekEntriesResponse {
        let target = Some(AddressBookTaggedValue::new(NAME, text(name)));
        let body = SeekEntriesRequest { reserved: 0, state: Some(stat()), target, explicit_table: None, columns };
        client.call("SeekEntries", body)
    };
    for (name, first) in [("car", "Car"), ("Care", "Everybody"), ("F", "Family"), ("uncle", "Uncle"), ("", "Ben")] {
        let rs = seek(name, Some(vec![NAME]));
        assert_eq!(rs.error_code, ErrorCode::Success);
        assert_eq!(rs.rows.unwrap().rows[0], [Ok(text(first))], "{name:?}");
        assert_eq!(seek(name, None).state, rs.state, "rows do not move the position");
    }
}

/// MS-OXNSPI R18
#[test]
fn who_asks_decides_what_may_be_changed() {
    let add = |user| {
        let mut client = household();
        client.user = user;
        let entry_ids = Some(vec![AddressBookEntryId::new(0, &format!("{DN_PREFIX}car")).to_bytes()]);
        let body = ModLinkAttRequest { flags: 0, property_tag: MEMBER, minimal_id: mid(FAMILY), entry_ids };
        let rs: ModLinkAttResponse = client.call("ModLinkAtt", body);
        rs.error_code
    };
    assert_eq!(add(ADA), ErrorCode::Success);
    for user in [BEN, ALL, UNCLE, 0, 99] {
        assert_eq!(add(user), ErrorCode::AccessDenied, "{user}");
    }
}

/// MS-OXNSPI R1471, R1980, R1982, R1981, R1983, R1455, R1453: the dialog of an object is that of its kind, whatever display type
/// and locale are asked for; without an object the display type decides, in any locale, in the code page asked for.
#[test]
fn a_dialog_is_chosen_by_object_or_by_type() {
    let mut client = household();
    let mut dialog = |display_type, dn: Option<&str>, locale_id, code_page| {
        let template_dn = dn.map(str::to_owned);
        let body = GetTemplateInfoRequest { flags: 1, display_type, template_dn, code_page, locale_id };
        let rs: GetTemplateInfoResponse = client.call("GetTemplateInfo", body);
        assert_eq!((rs.error_code, rs.code_page), (ErrorCode::Success, code_page));
        rs.row.unwrap()
    };
    let (user, group) = (dialog(0, None, 0x409, 1252), dialog(1, None, 0x409, 1252));
    assert_ne!(user, group);
    let (ada, family) = (format!("{DN_PREFIX}ada"), format!("{DN_PREFIX}family"));
    for locale in [0x409, 0x407, 0x411, 0, u32::MAX] {
        assert_eq!((dialog(0, None, locale, 932), dialog(1, None, locale, 65001)), (user.clone(), group.clone()));
        for display_type in [0, 1, 6, 0x100, 77] {
            assert_eq!(dialog(display_type, Some(&ada), locale, 1252), user);
            assert_eq!(dialog(display_type, Some(&family), locale, 1252), group);
        }
    }
}

/// MS-OXNSPI R665: every method is answered with a code of 2.2.1.2, and with Success where nothing is wrong.
#[test]
fn every_method_answers_with_a_code_of_its_own() {
    for (request_type, body) in valid() {
        let mut client = household();
        session::bind(&mut client, 1252);
        let code = code_of(&client.raw(name_of(request_type), &body).unwrap());
        assert!(is_code(code), "{request_type:?}: {code:#x}");
        let refused = matches!(request_type, RequestType::ModLinkAtt | RequestType::ModProps);
        let template = request_type == RequestType::GetTemplateInfo;
        let expected = match request_type {
            RequestType::Unbind => ErrorCode::UnbindSuccess,
            RequestType::GetProps => ErrorCode::ErrorsReturned,
            _ => ErrorCode::Success,
        };
        assert!(refused || template || code == expected.0, "{request_type:?}: {code:#x}");
    }
}

/// An operand of another type than the property fits nothing, of whatever type it is.
#[test]
fn conditions_of_any_type_are_answered() {
    let mut client = household();
    for value in [Value::Integer16(1), Value::Integer64(1), Value::Guid(Guid::NIL), Value::MultipleInteger32(vec![1])] {
        let tagged_value = TaggedValue::new(NAME.with_type(value.property_type()), value);
        let filter = Restriction::Property { rel_op: RelOp::Equal, property_tag: NAME, tagged_value };
        let rs: GetMatchesResponse = client.call("GetMatches", matches(stat(), Some(filter), 50));
        assert_eq!((rs.error_code, rs.minimal_ids), (ErrorCode::Success, Some(vec![])));
    }
}

/// MS-OXNSPI R854, R855: the list has what has a value, and nothing else.
#[test]
fn the_property_list_is_what_has_values() {
    let mut client = household();
    let body = QueryColumnsRequest { reserved: 0, map_flags: 0 };
    let rs: QueryColumnsResponse = client.call("QueryColumns", body);
    let known = rs.columns.unwrap();
    for id in [ADA, BEN, HIDDEN, FAMILY, ALL, UNCLE] {
        let body = GetPropListRequest { flags: 0, minimal_id: mid(id), code_page: 1252 };
        let rs: GetPropListResponse = client.call("GetPropList", body);
        let listed = rs.property_tags.unwrap();
        let values = client.props(0, mid(id), &known).1;
        for (tag, value) in known.iter().zip(values) {
            assert_eq!(listed.contains(tag), value != Value::Error(ErrorCode::NotFound), "{id}: {tag:?}");
        }
        assert!(listed.iter().all(|tag| known.contains(tag)), "{id}");
    }
}

fn resort(client: &mut Client, state: Stat, mids: &[MinimalId]) -> ResortRestrictionResponse {
    let body = ResortRestrictionRequest { reserved: 0, state: Some(state), minimal_ids: Some(mids.to_vec()) };
    client.call("ResortRestriction", body)
}

/// MS-OXNSPI R1189, R1757 (nothing but the code), R1185 (any other order is answered)
#[test]
fn tables_are_sorted_again_or_refused() {
    let mut client = household();
    let mids = [mid(UNCLE), mid(BEN)];
    let refused = Stat { code_page: 1200, delta: 4, ..at(mid(BEN)) };
    let rs = resort(&mut client, refused, &mids);
    assert_eq!((rs.error_code, rs.state, rs.minimal_ids), (ErrorCode::InvalidCodepage, Some(refused), None));
    for sort_type in [0x3E8, 0x3E9, 1, 77].map(SortType) {
        let rs = resort(&mut client, Stat { sort_type, ..at(mid(BEN)) }, &mids);
        assert!(is_code(rs.error_code.0));
        assert_eq!(rs.minimal_ids, Some(vec![mid(BEN), mid(UNCLE)]), "by name");
    }
}

/// MS-OXNSPI R95, R96, R495, R535, R572, R1199: tables in the order of phonetic names, those without one by name.
#[test]
fn tables_are_sorted_as_names_sound() {
    let names = [("山田", Some("ヤマダ")), ("青木", Some("あおき")), ("Anna", None), ("加藤", Some("カトウ"))];
    let person = |(id, (name, sound)): (u32, (&str, Option<&str>))| {
        let mut person = person(id, &format!("p{id}@example.org"), name);
        let tag = PropertyTag::PidTagAddressBookPhoneticDisplayName;
        person.facts.texts.extend(sound.map(|sound| (tag.id(), sound.to_owned())));
        person
    };
    let mut client = Client::of((1..).zip(names).map(person));
    let by_name = ["Anna", "加藤", "山田", "青木"].map(|name| Ok(text(name)));
    let by_sound = ["Anna", "青木", "加藤", "山田"].map(|name| Ok(text(name)));
    let phonetic = SortType::SortTypePhoneticDisplayName;
    for (sort_type, order) in [(SortType::SortTypeDisplayName, by_name), (phonetic, by_sound)] {
        let state = Stat { sort_type, ..stat() };
        let rs = client.query_rows(state, 50, &[NAME]);
        assert_eq!((column(rs.rows), rs.state.unwrap().sort_type), (order.to_vec(), sort_type));
        let filter = Some(Restriction::Exist { property_tag: NAME });
        let rs: GetMatchesResponse = client.call("GetMatches", matches(state, filter, 50));
        assert_eq!(column(rs.rows), order);
        let table = rs.minimal_ids.unwrap();
        let mixed = [table[3], table[1], table[0], table[2]];
        let rs = resort(&mut client, Stat { current_rec: table[2], ..state }, &mixed);
        assert_eq!((rs.minimal_ids.as_ref(), rs.state.unwrap().num_pos), (Some(&table), 2));
        // Positions, fractions and comparisons are those of the same order.
        for (row, mid) in table.iter().enumerate() {
            let num_pos = u32::try_from(row).unwrap();
            let current = Stat { current_rec: MinimalId::MID_CURRENT, num_pos, total_recs: 4, ..state };
            for state in [Stat { current_rec: *mid, ..state }, current] {
                let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: false };
                let rs: UpdateStatResponse = client.call("UpdateStat", body);
                let state = rs.state.unwrap();
                assert_eq!((state.current_rec, state.num_pos, state.sort_type), (*mid, num_pos, sort_type));
            }
        }
        let (minimal_id1, minimal_id2) = (table[0], table[1]);
        let body = CompareMidsRequest { reserved: 0, state: Some(state), minimal_id1, minimal_id2 };
        let rs: CompareMidsResponse = client.call("CompareMIds", body);
        assert_eq!((rs.error_code, rs.result), (ErrorCode::Success, -1));
        let names = Some(vec!["山田".to_owned(), "山".to_owned(), "ヤマ".to_owned()]);
        let body = ResolveNamesRequest { reserved: 0, state: Some(state), property_tags: Some(vec![NAME]), names };
        let rs: ResolveNamesResponse = client.call("ResolveNames", body);
        assert_eq!(column(rs.rows), vec![Ok(text("山田")); 3]);
    }
}

/// MS-OXNSPI R105801: what SeekEntries adds is what QueryRows reads at the position found. R1020: a table that is none of the
/// container's is answered.
#[test]
fn rows_of_a_search_are_those_of_the_position() {
    let mut client = household();
    let columns = vec![NAME, KEY, PropertyTag::PidTagTitle, PropertyTag::PidTagObjectType];
    for explicit_table in [None, Some(vec![mid(BEN), mid(FAMILY), mid(ADA)]), Some(vec![mid(UNCLE), mid(BEN)])] {
        let body = SeekEntriesRequest {
            reserved: 0,
            state: Some(stat()),
            target: Some(AddressBookTaggedValue::new(NAME, text("c"))),
            explicit_table: explicit_table.clone(),
            columns: Some(columns.clone()),
        };
        let rs: SeekEntriesResponse = client.call("SeekEntries", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        let (found, sought) = (rs.state.unwrap(), rs.rows.unwrap());
        let row = usize::try_from(found.num_pos).unwrap();
        let explicit_table = explicit_table.map_or_else(Vec::new, |table| table[row..].to_vec());
        let row_count = u32::try_from(sought.rows.len()).unwrap();
        let body = QueryRowsRequest {
            flags: 0,
            state: Some(found),
            explicit_table,
            row_count,
            columns: Some(columns.clone()),
        };
        let rs: QueryRowsResponse = client.call("QueryRows", body);
        assert_eq!(rs.rows, Some(sought));
    }
}

/// MS-OXNSPI R314, R318, R337, R340, R344 (nothing but GetMatches changes these), R324 (Delta)
#[test]
fn what_the_client_asks_for_in_a_position_stays() {
    let mut client = household();
    let columns = Some(vec![NAME]);
    for (sort_type, container_id) in [(0, 0), (0, 1), (3, 0), (3, 2)] {
        let state = Stat {
            sort_type: SortType(sort_type),
            container_id,
            delta: 1,
            code_page: 1251,
            template_locale: 0x407,
            sort_locale: 0x411,
            ..stat()
        };
        let update = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: true };
        let rs: UpdateStatResponse = client.call("UpdateStat", update);
        let mut answers = vec![rs.state];
        answers.push(client.query_rows(state, 1, &[NAME]).state);
        answers.push(resort(&mut client, state, &[mid(ADA), mid(BEN)]).state);
        if sort_type == 0 {
            let target = Some(AddressBookTaggedValue::new(NAME, text("b")));
            let columns = columns.clone();
            let body = SeekEntriesRequest { reserved: 0, state: Some(state), target, explicit_table: None, columns };
            let rs: SeekEntriesResponse = client.call("SeekEntries", body);
            answers.push(rs.state);
        }
        for answer in answers.into_iter().map(Option::unwrap) {
            let position = (answer.current_rec, answer.num_pos, answer.total_recs);
            let (current_rec, num_pos, total_recs) = position;
            assert_eq!(answer, Stat { current_rec, num_pos, total_recs, delta: 0, ..state });
        }
    }
}

/// MS-OXNSPI R1914: a property whose values are objects exists, too.
#[test]
fn objects_that_a_property_refers_to_are_a_value() {
    let mut client = household();
    let mut having = |property_tag| {
        let filter = Some(Restriction::Exist { property_tag });
        let rs: GetMatchesResponse = client.call("GetMatches", matches(stat(), filter, 50));
        rs.minimal_ids.unwrap()
    };
    assert_eq!(having(MEMBER), [mid(ALL), mid(FAMILY)]);
    assert_eq!(having(PropertyTag::PidTagContainerContents), [mid(ALL), mid(FAMILY)]);
    assert_eq!(having(PropertyTag::PidTagAddressBookManager), [mid(ADA)]);
    assert_eq!(having(PropertyTag::PidTagAddressBookReports), [mid(BEN)]);
}
