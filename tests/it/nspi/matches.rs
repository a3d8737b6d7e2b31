//! GetMatches: conditions of every kind, name resolution among them, and links.

use super::*;
use mailstead::mapi::{BitmapRelOp, FuzzyLow, PropertyType, RelOp, Restriction, TaggedValue};
use mailstead::nspi::message::{Filter, GetMatchesRequest, GetMatchesResponse, PropertyNameId, SortType};

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const SMTP: PropertyTag = PropertyTag::PidTagSmtpAddress;
const PROXIES: PropertyTag = PropertyTag::PidTagAddressBookProxyAddresses;
const OBJECT_TYPE: PropertyTag = PropertyTag::PidTagObjectType;

fn request(state: Stat, filter: Option<Restriction>) -> GetMatchesRequest {
    GetMatchesRequest {
        reserved: 5,
        state: Some(state),
        minimal_ids: Some(vec![NOBODY]),
        interface_option_flags: 7,
        filter: filter.map(Filter),
        property_name: None,
        row_count: 100,
        columns: None,
    }
}

impl Client {
    fn matches(&mut self, body: GetMatchesRequest) -> GetMatchesResponse {
        self.call("GetMatches", body)
    }

    fn filtered(&mut self, filter: Restriction) -> Vec<MinimalId> {
        let rs = self.matches(request(stat(), Some(filter)));
        assert_eq!(rs.error_code, ErrorCode::Success);
        rs.minimal_ids.unwrap()
    }
}

fn content(tag: PropertyTag, fuzzy_level_low: FuzzyLow, value: Value) -> Restriction {
    let tagged_value = TaggedValue::new(tag, value);
    Restriction::Content { fuzzy_level_low, fuzzy_level_high: 0, property_tag: tag, tagged_value }
}

fn property(tag: PropertyTag, rel_op: RelOp, value: Value) -> Restriction {
    Restriction::Property { rel_op, property_tag: tag, tagged_value: TaggedValue::new(tag, value) }
}

fn anr(name: &str) -> Restriction {
    property(PropertyTag::PidTagAnr, RelOp::Equal, text(name))
}

fn exist(property_tag: PropertyTag) -> Restriction {
    Restriction::Exist { property_tag }
}

fn baker() -> Restriction {
    content(NAME, FuzzyLow::Substring, text("BAKER"))
}

fn bob() -> Restriction {
    property(SMTP, RelOp::Equal, text("Bob@Example.org"))
}

/// MS-OXNSPI R646, R1077, R1092, R1914, R1128
#[test]
fn whoever_has_the_property_matches_exist() {
    let mut client = Client::new();
    assert_eq!(client.filtered(exist(NAME)), ORDER, "in the order of the table");
    assert_eq!(client.filtered(exist(NAME.with_type(PropertyType::String8))), ORDER);
    assert_eq!(client.filtered(exist(PropertyTag::PidTagTitle)), []);
}

/// MS-OXNSPI R1911
#[test]
fn content_is_compared_whole_in_part_or_from_the_beginning() {
    let mut client = Client::new();
    assert_eq!(client.filtered(content(NAME, FuzzyLow::FullString, text("ANNA"))), [ANNA]);
    assert_eq!(client.filtered(content(NAME, FuzzyLow::Prefix, text("anna"))), [ANNA, ANNA_SCHMIDT]);
    assert_eq!(client.filtered(content(NAME, FuzzyLow::Prefix, text("schmidt"))), []);
    assert_eq!(client.filtered(content(NAME, FuzzyLow::Substring, text("AK"))), [BOB, CAROL]);
    assert_eq!(client.filtered(content(NAME, FuzzyLow::Substring, text("ИВАН"))), [DMITRI]);
    assert_eq!(client.filtered(content(NAME, FuzzyLow(9), text("anna"))), []);
    assert_eq!(client.filtered(content(OBJECT_TYPE, FuzzyLow::FullString, Value::Integer32(6))), []);
    let key = PropertyTag::PidTagInstanceKey;
    for (level, bytes) in [(FuzzyLow::FullString, "12000000"), (FuzzyLow::Prefix, "12"), (FuzzyLow::Substring, "1200")]
    {
        assert_eq!(client.filtered(content(key, level, Value::Binary(hex(bytes)))), [BOB]);
    }
    assert_eq!(client.filtered(content(key, FuzzyLow::Substring, Value::Binary(vec![]))), ORDER);
}

/// MS-OXNSPI R464, R465
#[test]
fn strings_of_a_condition_are_read_in_the_code_page() {
    let mut client = Client::new();
    let name8 = NAME.with_type(PropertyType::String8);
    assert_eq!(client.filtered(content(name8, FuzzyLow::Prefix, text8(b"\xC8VE"))), [EVE]);
    let state = Stat { code_page: 65001, ..stat() };
    let filter = content(name8, FuzzyLow::Prefix, text8("ÈVE".as_bytes()));
    assert_eq!(client.matches(request(state, Some(filter))).minimal_ids, Some(vec![EVE]));
}

/// MS-OXNSPI R1912, R473, R474
#[test]
fn properties_are_compared_by_every_relation() {
    let mut client = Client::new();
    let mut names = |rel_op| client.filtered(property(NAME, rel_op, text("BOB baker")));
    assert_eq!(names(RelOp::LessThan), ORDER[..2]);
    assert_eq!(names(RelOp::LessThanOrEqual), ORDER[..3]);
    assert_eq!(names(RelOp::Equal), [BOB]);
    assert_eq!(names(RelOp::GreaterThanOrEqual), ORDER[2..]);
    assert_eq!(names(RelOp::GreaterThan), ORDER[3..]);
    assert_eq!(names(RelOp::NotEqual), [ANNA, ANNA_SCHMIDT, CAROL, EVE, DMITRI]);
    assert_eq!(names(RelOp::MemberOfDL), []);
    assert_eq!(names(RelOp(6)), [], "regular expressions");
    assert_eq!(client.filtered(bob()), [BOB]);
    assert_eq!(client.filtered(property(OBJECT_TYPE, RelOp::GreaterThan, Value::Integer32(5))), ORDER);
    let rich = PropertyTag::PidTagSendRichInfo;
    assert_eq!(client.filtered(property(rich, RelOp::Equal, Value::Boolean(false))), []);
    let key = PropertyTag::PidTagInstanceKey;
    assert_eq!(client.filtered(property(key, RelOp::Equal, Value::Binary(hex("16000000")))), [ANNA]);
    // No relation holds for a value that is missing or of another type.
    assert_eq!(client.filtered(property(PropertyTag::PidTagTitle, RelOp::NotEqual, text("x"))), []);
    assert_eq!(client.filtered(property(NAME, RelOp::NotEqual, Value::Integer32(1))), []);
}

#[test]
fn one_of_many_values_is_enough() {
    let mut client = Client::new();
    let address = text("SMTP:bob@example.org");
    assert_eq!(client.filtered(property(PROXIES, RelOp::Equal, address.clone())), [BOB]);
    assert_eq!(client.filtered(content(PROXIES, FuzzyLow::Prefix, text("smtp:b"))), [BOB]);
    let list = Value::MultipleString(vec!["smtp:BOB@example.org".to_owned()]);
    assert_eq!(client.filtered(property(PROXIES, RelOp::Equal, list)), [BOB]);
}

/// MS-OXNSPI R1908, R1909, R1910, R1913, R1086, R1124
#[test]
fn conditions_combine() {
    let mut client = Client::new();
    assert_eq!(client.filtered(Restriction::And(vec![baker(), bob()])), [BOB]);
    assert_eq!(client.filtered(Restriction::Or(vec![bob(), anr("eve")])), [BOB, EVE]);
    assert_eq!(client.filtered(Restriction::Not(Box::new(baker()))), [ANNA, ANNA_SCHMIDT, EVE, DMITRI]);
    assert_eq!(client.filtered(Restriction::And(vec![])), ORDER);
    assert_eq!(client.filtered(Restriction::Or(vec![])), []);
    let comment = |restriction| Restriction::Comment { tagged_values: vec![], restriction };
    assert_eq!(client.filtered(comment(Some(Box::new(baker())))), [BOB, CAROL]);
    assert_eq!(client.filtered(comment(None)), ORDER);
    assert_eq!(client.filtered(Restriction::Count { count: 1, restriction: Box::new(baker()) }), [BOB]);
    assert_eq!(client.filtered(Restriction::Count { count: 0, restriction: Box::new(baker()) }), []);
    let subobject = PropertyTag::PidTagMessageRecipients;
    assert_eq!(client.filtered(Restriction::SubObject { subobject, restriction: Box::new(baker()) }), []);
}

#[test]
fn two_properties_are_compared_with_each_other() {
    let mut client = Client::new();
    let mut same = |rel_op, property_tag2| {
        client.filtered(Restriction::CompareProperties { rel_op, property_tag1: NAME, property_tag2 })
    };
    assert_eq!(same(RelOp::Equal, PropertyTag::PidTagTransmittableDisplayName), ORDER);
    assert_eq!(same(RelOp::Equal, PropertyTag::PidTagAccount), [ANNA]);
    assert_eq!(same(RelOp::NotEqual, OBJECT_TYPE), [], "of another type");
    assert_eq!(same(RelOp::NotEqual, PropertyTag::PidTagTitle), [], "missing");
}

#[test]
fn bits_and_sizes_are_tested() {
    let mut client = Client::new();
    let mut bits =
        |bitmap_rel_op, property_tag, mask| client.filtered(Restriction::BitMask { bitmap_rel_op, property_tag, mask });
    let extended = PropertyTag::PidTagDisplayTypeEx;
    assert_eq!(bits(BitmapRelOp::NotEqualToZero, extended, 0x4000_0000), ORDER);
    assert_eq!(bits(BitmapRelOp::EqualToZero, extended, 0x4000_0000), []);
    assert_eq!(bits(BitmapRelOp::EqualToZero, extended, 1), ORDER);
    assert_eq!(bits(BitmapRelOp::EqualToZero, NAME, 1), []);
    assert_eq!(bits(BitmapRelOp(7), extended, 1), []);
    let mut size = |property_tag, rel_op, size| client.filtered(Restriction::Size { rel_op, property_tag, size });
    assert_eq!(size(PropertyTag::PidTagInstanceKey, RelOp::Equal, 4), ORDER);
    assert_eq!(size(NAME, RelOp::Equal, 10), [ANNA], "UTF-16 with its zero");
    assert_eq!(size(NAME, RelOp::LessThan, 12), [ANNA]);
    assert_eq!(size(PropertyTag::PidTagTitle, RelOp::GreaterThanOrEqual, 0), []);
}

#[test]
fn name_resolution_and_get_matches_agree() {
    // Outlook tries GetMatches where ResolveNames has not helped.
    let mut client = Client::new();
    for name in ["bob", "baker", "ann", "Anna", "nobody", "", "=SMTP:eve@example.org", "carol b", "anna@"] {
        let rows = client.view.table(AddressList::Everyone).resolve(name, usize::MAX);
        let want: Vec<MinimalId> = rows.into_iter().map(|row| ORDER[row]).collect();
        assert_eq!(client.filtered(anr(name)), want, "{name:?}");
        let anr8 = PropertyTag::PidTagAnr.with_type(PropertyType::String8);
        assert_eq!(client.filtered(property(anr8, RelOp::Equal, text8(name.as_bytes()))), want, "{name:?}");
        let by_content = content(PropertyTag::PidTagAnr, FuzzyLow::Prefix, text(name));
        assert_eq!(client.filtered(by_content), want, "{name:?}");
    }
    assert_eq!(client.filtered(anr("baker")), [BOB, CAROL]);
    assert_eq!(client.filtered(Restriction::Not(Box::new(anr("a")))), [BOB, CAROL, EVE, DMITRI]);
}

#[test]
fn presence_bytes_in_a_condition_may_be_there_or_not() {
    // UNVERIFIED in the dossier: MS-OXCDATA has none, clients send them.
    let mut client = Client::new();
    for presence in ["", "FF"] {
        let state = "00000000 00000000 00000000 00000000 00000000 00000000 E4040000 09040000 09040000";
        let filter = format!("04 04 1F000C36 {presence} 1F000C36 {presence} 6200 6F00 6200 0000");
        let body = format!("00000000 FF {state} 00 00000000 FF {filter} 00 32000000 00 00000000");
        let bytes = client.raw("GetMatches", &hex(&body)).unwrap();
        let Response::Answer { body, .. } = Response::<GetMatchesResponse>::from_bytes(&bytes).unwrap() else {
            panic!("StatusCode")
        };
        assert_eq!(body.minimal_ids, Some(vec![BOB]), "{presence:?}");
    }
}

/// MS-OXNSPI R509, R510, R1094, R1096, R1154, R1155, R1166, R1167
#[test]
fn rows_are_those_of_the_matches() {
    let mut client = Client::new();
    let rs = client.matches(GetMatchesRequest { columns: Some(vec![SMTP]), ..request(stat(), Some(baker())) });
    assert_eq!(rs.minimal_ids, Some(vec![BOB, CAROL]));
    assert_eq!(column(rs.rows), [Ok(text("bob@example.org")), Ok(text("Carol@Example.org"))]);
    let rs = client.matches(request(stat(), Some(baker())));
    assert_eq!(rs.rows, None, "no columns, no rows");
    let columns = Some(vec![PropertyTag::PidTagEntryId]);
    let rs = client.matches(GetMatchesRequest { columns, ..request(stat(), Some(bob())) });
    let mut entry_id = hex("00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00000000");
    entry_id.extend(format!("{DN_PREFIX}bob\0").bytes());
    assert_eq!(column(rs.rows), [Ok(Value::Binary(entry_id))], "permanent, for drafts to keep");
}

/// MS-OXNSPI R1146
#[test]
fn the_container_becomes_the_current_record() {
    // MS-OXNSPI 3.1.4.1.10 constraint 15.
    let state = Stat { num_pos: 4, total_recs: 5, ..at(BOB) };
    let rs = Client::new().matches(request(state, Some(baker())));
    assert_eq!(rs.state, Some(Stat { container_id: BOB.0, ..state }));
}

/// MS-OXNSPI R1090, R1151
#[test]
fn more_matches_than_asked_for_are_too_big() {
    let mut client = Client::new();
    let mut code = |row_count| {
        let rs = client.matches(GetMatchesRequest { row_count, ..request(stat(), Some(baker())) });
        assert_eq!(rs.minimal_ids.is_some(), rs.error_code == ErrorCode::Success);
        rs.error_code
    };
    assert_eq!(code(1), ErrorCode::TableTooBig);
    assert_eq!(code(2), ErrorCode::Success);
    assert_eq!(code(0), ErrorCode::TableTooBig);
    // So is what no answer can hold.
    let mut client = Client::of((1..=5000).map(|id| person(id, &format!("p{id}@example.org"), "P")));
    let columns = Some(vec![PropertyTag::PidTagEntryId; 100]);
    let rs = client.matches(GetMatchesRequest { columns, row_count: u32::MAX, ..request(stat(), Some(exist(NAME))) });
    assert_eq!((rs.error_code, rs.minimal_ids, rs.rows), (ErrorCode::TableTooBig, None, None));
}

/// MS-OXNSPI R1101, R1105, R1122, R1635, R1636, R1756
#[test]
fn refused_calls_leave_the_state_and_give_nothing() {
    let mut client = Client::new();
    for (state, code) in [
        (Stat { container_id: 77, ..stat() }, ErrorCode::InvalidBookmark),
        (Stat { code_page: 1200, ..stat() }, ErrorCode::InvalidCodepage),
        (Stat { sort_type: SortType::SortTypeDisplayName_RO, ..stat() }, ErrorCode::NotSupported),
    ] {
        let rs = client.matches(request(state, Some(baker())));
        assert_eq!((rs.error_code, rs.state, rs.minimal_ids, rs.rows), (code, Some(state), None, None));
    }
    let phonetic = Stat { sort_type: SortType::SortTypePhoneticDisplayName, ..stat() };
    assert_eq!(client.matches(request(phonetic, Some(baker()))).error_code, ErrorCode::Success);
}

/// MS-OXNSPI R1125
#[test]
fn what_takes_too_long_is_too_complex() {
    let people = (1..=1000).map(|id| person(id, &format!("p{id}@example.org"), "P"));
    let mut client = Client::of(people);
    let many = |count| Restriction::Or(vec![anr("p"); count]);
    let rs = client.matches(GetMatchesRequest { row_count: 1000, ..request(stat(), Some(many(1500))) });
    assert_eq!(rs.error_code, ErrorCode::Success);
    assert_eq!(client.matches(request(stat(), Some(many(2500)))).error_code, ErrorCode::TooComplex);
    // Beyond what the reader takes: as wide, and as deep.
    assert_eq!(client.matches(request(stat(), Some(many(5000)))).error_code, ErrorCode::TooComplex);
    let state = "00000000 00000000 00000000 00000000 00000000 00000000 E4040000 09040000 09040000";
    let mut body = hex(&format!("00000000 FF {state} 00 00000000 FF"));
    body.extend([2; 10_000]);
    let bytes = client.raw("GetMatches", &body).unwrap();
    let Response::Answer { body, .. } = Response::<GetMatchesResponse>::from_bytes(&bytes).unwrap() else {
        panic!("StatusCode")
    };
    assert_eq!(body, GetMatchesResponse::refused(ErrorCode::TooComplex, None));
}

/// MS-OXNSPI R1140, R1141, R1134, R514
#[test]
fn links_lead_nowhere_yet() {
    let mut client = Client::new();
    let member = PropertyTag::PidTagAddressBookMember;
    let read_only = Stat { sort_type: SortType::SortTypeDisplayName_RO, ..at(BOB) };
    // The property stands where the container is otherwise, or is named.
    let state = Stat { container_id: member.0, ..read_only };
    let rs = client.matches(request(state, None));
    assert_eq!((rs.error_code, rs.minimal_ids), (ErrorCode::Success, Some(vec![])));
    assert_eq!(rs.state, Some(Stat { container_id: BOB.0, ..state }));
    let named = |state, id| GetMatchesRequest {
        property_name: Some(PropertyNameId { guid: Guid::NIL, id }),
        ..request(state, None)
    };
    assert_eq!(client.matches(named(read_only, 0x8009)).error_code, ErrorCode::Success);
    assert_eq!(client.matches(named(read_only, 0x3001)).error_code, ErrorCode::NotSupported);
    assert_eq!(client.matches(named(read_only, 0x1_8009)).error_code, ErrorCode::NotSupported);
    assert_eq!(client.matches(named(at(BOB), 0x8009)).error_code, ErrorCode::Success);
}

/// MS-OXNSPI R1138, R517
#[test]
fn links_that_cannot_be_read_are_refused() {
    let mut client = Client::new();
    let member = PropertyTag::PidTagAddressBookMember.0;
    let mut code = |sort_type, container_id, current_rec| {
        let state = Stat { sort_type, container_id, ..at(current_rec) };
        let rs = client.matches(request(state, None));
        assert_eq!((rs.state.unwrap() == state, rs.minimal_ids), (true, None));
        rs.error_code
    };
    assert_eq!(code(SortType::SortTypeDisplayName_RO, member, NOBODY), ErrorCode::GeneralFailure);
    assert_eq!(code(SortType::SortTypeDisplayName_W, member, BOB), ErrorCode::NotSupported);
    assert_eq!(code(SortType::SortTypeDisplayName_RO, NAME.0, BOB), ErrorCode::NotSupported);
    assert_eq!(code(SortType::SortTypeDisplayName, 0, BOB), ErrorCode::InvalidBookmark);
}
