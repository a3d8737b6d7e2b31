//! What MS-OXNSPI leaves to the server, or does not define: what ours does is definite, breaks nothing,
//! and stays what it is.

use super::hostile::{name_of, valid};
use super::people::{ADA, BEN, FAMILY, household, matches, mid};
use super::*;
use mailstead::limits::{NSPI_COLUMNS_MAX, NSPI_MATCH_STEPS_MAX};
use mailstead::mapi::Restriction;
use mailstead::nspi::RequestType;
use mailstead::nspi::message::*;
use mailstead::store::{OpenOptions, Store};

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
/// Where these are in a body that begins with a number and a STAT.
const SORT_TYPE: usize = 5;
const CURRENT_REC: usize = 13;
const CODE_PAGE: usize = 29;

fn with(request_type: RequestType, at: usize, number: u32) -> Vec<u8> {
    let (_, mut body) = valid().into_iter().find(|(kind, _)| *kind == request_type).unwrap();
    body[at..at + 4].copy_from_slice(&number.to_le_bytes());
    body
}

/// The answer has this code and nothing else, twice; the state that came goes back; nothing is changed,
/// in the session or in the directory, and the next call is answered as if this one had not been made.
fn settled(request_type: RequestType, body: &[u8], code: ErrorCode) {
    let (mut client, name) = (household(), name_of(request_type));
    session::bind(&mut client, 1252);
    let (session, rows) = (client.session.clone(), client.query_rows(stat(), 100, &[NAME]));
    let bytes = client.raw(name, body).unwrap();
    assert_eq!((client.change.take(), &client.session), (None, &session), "{name}");
    assert_eq!(client.raw(name, body).unwrap(), bytes, "{name}: again");
    assert_eq!(client.query_rows(stat(), 100, &[NAME]), rows, "{name}: the next call");
    let told = request_type.describe(false, &bytes).unwrap();
    assert!(told.contains(&format!("error_code: {code:?}")), "{told}");
    let given = request_type.describe(true, body).unwrap();
    let state = given.split_once("state: ").unwrap().1.split_once(" })").unwrap().0;
    assert!(!told.replace(state, "").contains("Some("), "{told}");
}

/// CP_WINUNICODE where it is not for. MS-OXNSPI R681 R682 R733 R734 R781 R782 R874 R875 R936 R937 R1017 R1018 R1102
/// R1103 R1182 R1183 R1224 R1225 R1281 R1282 R1411 R1412: each is refused in the same way.
#[test]
fn the_unicode_code_page_is_refused_and_that_is_all() {
    for request_type in [
        RequestType::Bind,
        RequestType::UpdateStat,
        RequestType::QueryRows,
        RequestType::SeekEntries,
        RequestType::GetMatches,
        RequestType::ResortRestriction,
        RequestType::CompareMids,
        RequestType::ModProps,
        RequestType::ResolveNames,
    ] {
        settled(request_type, &with(request_type, CODE_PAGE, 1200), ErrorCode::InvalidCodepage);
    }
    // Strings of 8 bits in Unicode cannot be.
    let mut body = with(RequestType::GetProps, CODE_PAGE, 1200);
    body[46..50].copy_from_slice(&0x3001_001E_u32.to_le_bytes());
    settled(RequestType::GetProps, &body, ErrorCode::InvalidCodepage);
    let mut body = with(RequestType::GetSpecialTable, CODE_PAGE, 1200);
    body[0] = 0;
    settled(RequestType::GetSpecialTable, &body, ErrorCode::InvalidCodepage);
}

/// No rows of no table; a condition on a table that is in no order of names. MS-OXNSPI R940 R941 R1106 R1107
#[test]
fn what_cannot_be_meant_is_refused_and_that_is_all() {
    let body = QueryRowsRequest {
        flags: 0,
        state: Some(stat()),
        explicit_table: Vec::new(),
        row_count: 0,
        columns: Some(vec![NAME]),
    };
    let body = Request { body, auxiliary_buffer: Vec::new() }.to_bytes();
    settled(RequestType::QueryRows, &body, ErrorCode::InvalidParameter);
    for sort_type in [1, 0x3E8, 0x3E9, u32::MAX] {
        settled(RequestType::GetMatches, &with(RequestType::GetMatches, SORT_TYPE, sort_type), ErrorCode::NotSupported);
    }
}

/// An answer, from a new client each time.
fn answer(request_type: RequestType, body: &[u8]) -> (Vec<u8>, Session) {
    let mut client = household();
    session::bind(&mut client, 1252);
    (client.raw(name_of(request_type), body).unwrap(), client.session)
}

/// Reserved numbers, orders that there are not, lists that are none of the container: answered as if
/// they were good. MS-OXNSPI R1025 R1026 R1110 R1111 R1415 R1416 (Reserved), R1186 R1187 (SortType), R1021 R1022 (tables)
#[test]
fn what_can_be_meant_is_answered() {
    for request_type in [RequestType::SeekEntries, RequestType::GetMatches, RequestType::ResolveNames] {
        let good = answer(request_type, &with(request_type, 0, 0));
        for reserved in [1, 0x8000_0000, u32::MAX] {
            assert_eq!(answer(request_type, &with(request_type, 0, reserved)), good, "{request_type:?} {reserved:#x}");
        }
    }
    let good = answer(RequestType::ResortRestriction, &with(RequestType::ResortRestriction, SORT_TYPE, 0)).0;
    for sort_type in [1, 0x3E8, 0x3E9, u32::MAX] {
        let (mut bytes, _) =
            answer(RequestType::ResortRestriction, &with(RequestType::ResortRestriction, SORT_TYPE, sort_type));
        assert_eq!(bytes[9..13], sort_type.to_le_bytes(), "as the client has it");
        bytes[9..13].copy_from_slice(&[0; 4]);
        assert_eq!(bytes, good);
    }
    // A table of people in the container of groups: the rows are those of the table, from its first name on.
    let mut client = household();
    let body = SeekEntriesRequest {
        reserved: 0,
        state: Some(Stat { container_id: 2, ..stat() }),
        target: Some(AddressBookTaggedValue::new(NAME, text("b"))),
        explicit_table: Some(vec![mid(BEN), NOBODY, mid(ADA)]),
        columns: Some(vec![NAME]),
    };
    let rs: SeekEntriesResponse = client.call("SeekEntries", body);
    assert_eq!((rs.error_code, rs.state.unwrap().current_rec), (ErrorCode::Success, mid(BEN)));
    assert_eq!(column(rs.rows), [Ok(text("Ben")), missing(), Ok(text("Lovelace, Ada"))]);
}

/// MS-OXNSPI R541 R545: without a row, or in another container, there is no position, and nothing is moved.
#[test]
fn who_is_not_in_the_table_has_no_position() {
    settled(RequestType::UpdateStat, &with(RequestType::UpdateStat, CURRENT_REC, NOBODY.0), ErrorCode::NotFound);
    let mut client = household();
    // Ada is in no list of groups.
    let elsewhere = Stat { container_id: 2, current_rec: mid(ADA), ..stat() };
    let everyone = client.query_rows(stat(), 100, &[NAME]);
    for state in [elsewhere, at(NOBODY)] {
        let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: true };
        let rs: UpdateStatResponse = client.call("UpdateStat", body);
        assert_eq!((rs.error_code, rs.state, rs.delta), (ErrorCode::NotFound, Some(state), None));
        let rs = client.query_rows(state, 5, &[NAME]);
        assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::NotFound, Some(state), None));
    }
    assert_eq!(client.query_rows(stat(), 100, &[NAME]), everyone);
}

/// MS-OXNSPI R629 R698: the GUID is drawn once, kept in the data file, and the same in every session.
#[test]
fn the_guid_of_the_server_is_drawn_once() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let guid = |dir: &tempfile::TempDir| Store::open(dir.path(), &OpenOptions::default()).unwrap().server_guid();
    let first = guid(&one);
    assert_eq!(guid(&one), first);
    assert_ne!(guid(&other), first);
    let mut client = Client::new();
    for code_page in [1252, 932] {
        assert_eq!(session::bind(&mut client, code_page).server_guid, SERVER_GUID);
        client.session = Session::default();
    }
}

/// MS-OXNSPI R825 R856: properties are listed in one order, whoever lists them. R814: QueryColumns never fails.
#[test]
fn properties_are_listed_in_one_order() {
    let mut client = household();
    let mut columns = |reserved: u32, map_flags: u32| {
        let rs: QueryColumnsResponse = client.call("QueryColumns", QueryColumnsRequest { reserved, map_flags });
        assert_eq!(rs.error_code, ErrorCode::Success);
        rs.columns.unwrap()
    };
    let all = columns(0, 0);
    for noise in [1, 0x7FFF_FFFF] {
        assert_eq!(columns(noise, noise), all);
    }
    assert_eq!(columns(u32::MAX, 0x8000_0000).len(), all.len());
    for id in [ADA, BEN, FAMILY] {
        let body = GetPropListRequest { flags: 0, minimal_id: mid(id), code_page: 1252 };
        let rs: GetPropListResponse = client.call("GetPropList", body);
        let mut rest = all.iter();
        assert!(rs.property_tags.unwrap().iter().all(|tag| rest.any(|known| known == tag)), "{id}");
    }
}

/// MS-OXNSPI R897: a list of columns is too long from one more than `NSPI_COLUMNS_MAX` on. R1126, R1152: a search is too
/// complex from one step more than `NSPI_MATCH_STEPS_MAX` on, a table too large from one row more than was asked for on.
#[test]
fn bounds_are_where_they_are() {
    let mut client = household();
    let mut props = |count: usize| {
        let tags = Some(vec![PropertyTag::PidTagObjectType; count]);
        let rs: GetPropsResponse =
            client.call("GetProps", GetPropsRequest { flags: 0, state: Some(at(mid(ADA))), property_tags: tags });
        (rs.error_code, rs.property_values.map(|values| values.len()))
    };
    assert_eq!(props(NSPI_COLUMNS_MAX), (ErrorCode::Success, Some(NSPI_COLUMNS_MAX)));
    assert_eq!(props(NSPI_COLUMNS_MAX + 1), (ErrorCode::TableTooBig, None));
    let rows = 1000;
    let mut client = Client::of((1..=rows).map(|id| person(id, &format!("p{id}@example.org"), "P")));
    let mut search = |nodes: usize, row_count: u32| {
        // The list itself is one.
        let filter = Restriction::Or(vec![Restriction::Exist { property_tag: NAME }; nodes - 1]);
        let rs: GetMatchesResponse = client.call("GetMatches", matches(stat(), Some(filter), row_count));
        (rs.error_code, rs.minimal_ids.map(|mids| mids.len()))
    };
    let most = NSPI_MATCH_STEPS_MAX / 1000;
    assert_eq!(search(most, rows), (ErrorCode::Success, Some(1000)));
    assert_eq!(search(most + 1, rows), (ErrorCode::TooComplex, None));
    assert_eq!(search(2, rows - 1), (ErrorCode::TableTooBig, None));
}

/// MS-OXNSPI R1232: who cannot be compared is 0. R1255: DNToMId never fails. R745: there is a hierarchy even of nobody.
#[test]
fn answers_that_say_nothing_are_zero_or_do_not_happen() {
    let mut client = household();
    let body = CompareMidsRequest { reserved: 0, state: Some(stat()), minimal_id1: NOBODY, minimal_id2: mid(ADA) };
    let rs: CompareMidsResponse = client.call("CompareMIds", body);
    assert_eq!((rs.error_code, rs.result), (ErrorCode::GeneralFailure, 0));
    let names = [String::new(), "/".repeat(5000), "\u{FF}\u{1}".to_owned(), "ann@example.org".to_owned()];
    for count in 0..=names.len() {
        let body = DnToMidRequest { reserved: u32::MAX, names: Some(names[..count].to_vec()) };
        let rs: DnToMidResponse = client.call("DNToMId", body);
        assert_eq!((rs.error_code, rs.minimal_ids), (ErrorCode::Success, Some(vec![MinimalId(0); count])));
    }
    let rs: DnToMidResponse = client.call("DNToMId", DnToMidRequest { reserved: 0, names: None });
    assert_eq!(rs.error_code, ErrorCode::Success);
    let mut nobody = Client::of([]);
    let body = GetSpecialTableRequest { flags: 4, state: Some(stat()), version: None };
    let rs: GetSpecialTableResponse = nobody.call("GetSpecialTable", body);
    assert_eq!((rs.error_code, rs.rows.unwrap().len()), (ErrorCode::Success, 5));
}

/// MS-OXNSPI R1472: there is one set of templates, whatever the locale. R1595 R1596: every string is told in 8 bits and in
/// Unicode, as it is asked for. R515: a reference is to a number and outlives names.
#[test]
fn what_is_asked_for_does_not_depend_on_habits() {
    let mut client = household();
    let mut template = |locale_id: u32| {
        let body = GetTemplateInfoRequest { flags: 1, display_type: 0, template_dn: None, code_page: 1252, locale_id };
        let rs: GetTemplateInfoResponse = client.call("GetTemplateInfo", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        rs.row
    };
    let english = template(0x409);
    for locale in [0, 0x407, 0x411, 0xFFFF] {
        assert_eq!(template(locale), english);
    }
    let rs: QueryColumnsResponse = client.call("QueryColumns", QueryColumnsRequest { reserved: 0, map_flags: 0 });
    for tag in rs.columns.unwrap().into_iter().filter(|tag| matches!(tag.0 & 0xFFFF, 0x1E | 0x101E)) {
        let both = vec![tag, PropertyTag(tag.0 + 1)];
        let body = GetPropsRequest { flags: 0, state: Some(at(mid(ADA))), property_tags: Some(both) };
        let rs: GetPropsResponse = client.call("GetProps", body);
        let there: Vec<bool> =
            rs.property_values.unwrap().iter().map(|value| !matches!(value.value, Some(Value::Error(_)))).collect();
        assert_eq!(there[0], there[1], "{tag:?}");
    }
    let manager = |client: &mut Client| {
        let state = Stat { container_id: PropertyTag::PidTagAddressBookManager.0, current_rec: mid(ADA), ..stat() };
        let rs: GetMatchesResponse = client.call("GetMatches", matches(state, None, 10));
        rs.minimal_ids.unwrap()
    };
    assert_eq!(manager(&mut client), [mid(BEN)]);
    let listings = (0..).map_while(|at| client.view.entry(at)).map(|entry| {
        let mut listing = entry.listing.clone();
        if listing.id == BEN {
            (listing.display_name, listing.address) = ("Zeno".to_owned(), "zeno@example.org".to_owned());
        }
        listing
    });
    client.view = View::new(listings.collect::<Vec<_>>());
    assert_eq!(manager(&mut client), [mid(BEN)]);
}

/// MS-OXNSPI R562 R566 R567: a position is exact, and a fraction the row that it makes, rounded down.
#[test]
fn positions_are_exact() {
    let mut client = Client::of((0..97).map(|id| person(id, &format!("p{id}@example.org"), &format!("P{id:03}"))));
    let mut update = |state: Stat| {
        let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: false };
        let rs: UpdateStatResponse = client.call("UpdateStat", body);
        (rs.state.unwrap().num_pos, rs.state.unwrap().total_recs)
    };
    for delta in 0..97 {
        assert_eq!(update(Stat { delta, ..stat() }), (u32::try_from(delta).unwrap(), 97));
    }
    for (num_pos, total_recs) in [(0, 1), (1, 2), (1, 3), (2, 3), (50, 100), (96, 97), (97, 97), (1, u32::MAX)] {
        let state = Stat { current_rec: MinimalId::MID_CURRENT, num_pos, total_recs, ..stat() };
        assert_eq!(update(state).0, u32::try_from(97 * u64::from(num_pos) / u64::from(total_recs)).unwrap());
    }
}

/// Clients keep strings and their order from one session to the next, and from one release to the next. MS-OXNSPI R443
/// R444 (conversions), R479 R487 R1597 R1598 R478 R486 R533 R570 (order): what is written here must not change.
#[test]
fn order_and_conversion_stay_what_they_are() {
    let order = [
        "\"Quotes\"",
        "#1",
        "007",
        "12",
        "2",
        "a-b",
        "a1",
        "ab",
        "Äbc",
        "abd",
        "Bücher",
        "bucket",
        "Ève",
        "oznur",
        "ß",
        "Zoë",
        "Ωmega",
        "Ада",
        "дом",
        "ヤマ",
        "山田",
    ];
    let people = (1..).zip(order.iter().rev()).map(|(id, name)| person(id, &format!("p{id}@example.org"), name));
    let mut client = Client::of(people);
    let name8 = PropertyTag(0x3001_001E);
    let rows = client.query_rows(stat(), 100, &[NAME]).rows;
    let names: Vec<String> = column(rows).into_iter().map(|cell| cell.unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(names, order);
    for (code_page, name, bytes) in [
        (1252, "Äbc", &b"\xC4bc"[..]),
        (1252, "山田", b"??"),
        (1252, "ß", b"\xDF"),
        (1251, "Ада", b"\xC0\xE4\xE0"),
        (1253, "Ωmega", b"\xD9mega"),
        (932, "山田", b"\x8E\x52\x93\x63"),
        (932, "ヤマ", b"\x83\x84\x83\x7D"),
        (65001, "Zoë", "Zoë".as_bytes()),
        (0x4F25, "Ève", b"?ve"),
    ] {
        let at = order.iter().position(|known| *known == name).unwrap();
        let rows = client.query_rows(Stat { code_page, ..stat() }, 100, &[name8]).rows;
        assert_eq!(column(rows)[at], Ok(text8(bytes)), "{name} in {code_page}");
    }
}
