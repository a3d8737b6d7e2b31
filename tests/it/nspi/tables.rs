//! Positions, pages and order: UpdateStat, QueryRows, SeekEntries, ResortRestriction, CompareMIds.

use super::*;
use mailstead::mapi::PropertyType;
use mailstead::nspi::message::{
    AddressBookTaggedValue, CompareMidsRequest, CompareMidsResponse, ResortRestrictionRequest,
    ResortRestrictionResponse, SeekEntriesRequest, SeekEntriesResponse, SortType, UpdateStatRequest,
    UpdateStatResponse,
};

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const SMTP: PropertyTag = PropertyTag::PidTagSmtpAddress;

impl Client {
    fn update_stat(&mut self, state: Stat) -> UpdateStatResponse {
        self.call("UpdateStat", UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: true })
    }

    fn explicit(&mut self, state: Stat, row_count: u32, mids: &[MinimalId]) -> QueryRowsResponse {
        let columns = Some(vec![PropertyTag::PidTagInstanceKey]);
        let explicit_table = mids.to_vec();
        let body = QueryRowsRequest { flags: 0, state: Some(state), explicit_table, row_count, columns };
        self.call("QueryRows", body)
    }

    fn seek(&mut self, state: Stat, value: Value, table: Option<&[MinimalId]>) -> SeekEntriesResponse {
        let body = SeekEntriesRequest {
            reserved: 0,
            state: Some(state),
            target: Some(AddressBookTaggedValue::new(NAME, value)),
            explicit_table: table.map(<[_]>::to_vec),
            columns: Some(vec![PropertyTag::PidTagInstanceKey]),
        };
        self.call("SeekEntries", body)
    }

    fn resort(&mut self, state: Stat, mids: &[MinimalId]) -> ResortRestrictionResponse {
        let body = ResortRestrictionRequest { reserved: 0, state: Some(state), minimal_ids: Some(mids.to_vec()) };
        self.call("ResortRestriction", body)
    }

    fn compare(&mut self, a: MinimalId, b: MinimalId) -> (ErrorCode, i32) {
        let body = CompareMidsRequest { reserved: 0, state: Some(stat()), minimal_id1: a, minimal_id2: b };
        let rs: CompareMidsResponse = self.call("CompareMIds", body);
        (rs.error_code, rs.result)
    }
}

fn keys(mids: &[MinimalId]) -> Vec<Cell> {
    mids.iter().map(|mid| Ok(Value::Binary(mid.0.to_le_bytes().to_vec()))).collect()
}

/// MS-OXNSPI R77, R80
/// MS-OXNSPI R643, R768, R321, R327, R328, R332, R527, R542
/// MS-OXNSPI R794, R795, R796, R797, R798, R799, R800, R547, R549, R557 to R561
#[test]
fn update_stat_moves_and_tells_how_far() {
    let rs = Client::new().update_stat(Stat { delta: 2, ..stat() });
    assert_eq!((rs.error_code, rs.delta), (ErrorCode::Success, Some(2)));
    // Everything else is as the client sent it, Delta is used up.
    assert_eq!(rs.state, Some(Stat { current_rec: BOB, num_pos: 2, total_recs: 6, delta: 0, ..stat() }));
}

/// MS-OXNSPI R791, R540, R550, R556, R333
#[test]
fn every_row_can_be_reached_from_every_other() {
    let mut client = Client::new();
    for (from, start) in ORDER.iter().enumerate() {
        for (to, end) in ORDER.iter().enumerate() {
            let delta = i32::try_from(to).unwrap() - i32::try_from(from).unwrap();
            let rs = client.update_stat(Stat { delta, ..at(*start) });
            let state = rs.state.unwrap();
            assert_eq!((rs.delta, state.current_rec, state.num_pos), (Some(delta), *end, u32::try_from(to).unwrap()));
        }
    }
}

/// MS-OXNSPI R81, R1758
/// MS-OXNSPI R548, R1743, R1744, R554, R1704
#[test]
fn movement_stops_at_both_ends() {
    let mut client = Client::new();
    let rs = client.update_stat(Stat { delta: i32::MAX, ..at(BOB) });
    let end = Stat { current_rec: MinimalId::MID_END_OF_TABLE, num_pos: 6, total_recs: 6, ..stat() };
    assert_eq!((rs.state, rs.delta), (Some(end), Some(4)));
    let rs = client.update_stat(Stat { delta: i32::MIN, ..end });
    // The first row has an MId of its own: MID_BEGINNING_OF_TABLE is never handed out.
    assert_eq!((rs.state, rs.delta), (Some(Stat { total_recs: 6, ..at(ANNA) }), Some(-6)));
}

/// MS-OXNSPI R1868
#[test]
fn delta_is_told_only_on_request() {
    let body = UpdateStatRequest { reserved: 0, state: Some(stat()), delta_requested: false };
    let rs: UpdateStatResponse = Client::new().call("UpdateStat", body);
    assert_eq!((rs.error_code, rs.delta), (ErrorCode::Success, None));
}

/// MS-OXNSPI R793, R577, R578, R580, R82, R1742
#[test]
fn a_fraction_is_scaled_to_the_table_as_it_is() {
    let mut client = Client::new();
    let mut row = |num_pos, total_recs| {
        let state = Stat { num_pos, total_recs, ..at(MinimalId::MID_CURRENT) };
        client.update_stat(state).state.unwrap().num_pos
    };
    assert_eq!(row(1, 2), 3, "half");
    assert_eq!(row(7, 12), 3, "7/12 of 6 is 3.5: the fraction is cut off");
    assert_eq!(row(0, 100), 0, "top");
    assert_eq!(row(100, 100), 6, "bottom");
    assert_eq!(row(500, 100), 6, "beyond the bottom");
    assert_eq!(row(u32::MAX, 1), 6, "no overflow");
    assert_eq!(row(4, 0), 4, "nothing to scale by: a row");
    assert_eq!(row(u32::MAX, 0), 6);
}

/// MS-OXNSPI R586, R587
#[test]
fn a_fraction_and_delta_add_up() {
    let state = Stat { num_pos: 1, total_recs: 2, delta: -1, ..at(MinimalId::MID_CURRENT) };
    let rs = Client::new().update_stat(state);
    assert_eq!((rs.delta, rs.state.unwrap().current_rec), (Some(-1), BOB));
}

/// MS-OXNSPI R792, R349
/// MS-OXNSPI R784
#[test]
fn an_unknown_row_is_not_found_and_the_state_unchanged() {
    let mut client = Client::new();
    // 3 to F are no objects and have no meaning.
    for mid in [NOBODY, MinimalId(3), MinimalId(0x0F), MinimalId(u32::MAX)] {
        let state = Stat { delta: 1, ..at(mid) };
        let rs = client.update_stat(state);
        assert_eq!((rs.error_code, rs.state, rs.delta), (ErrorCode::NotFound, Some(state), None));
    }
}

/// MS-OXNSPI R789, R948, R1033
#[test]
fn an_unknown_container_is_an_invalid_bookmark() {
    let mut client = Client::new();
    let state = Stat { container_id: 0x0765_4321, ..stat() };
    let rs = client.update_stat(state);
    assert_eq!((rs.error_code, rs.state), (ErrorCode::InvalidBookmark, Some(state)));
    let rs = client.query_rows(state, 5, &[NAME]);
    assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::InvalidBookmark, Some(state), None));
    let rs = client.seek(state, text("a"), None);
    assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::InvalidBookmark, Some(state), None));
}

/// MS-OXNSPI R780, R935, R1016, R1181
#[test]
fn the_unicode_code_page_is_none_for_tables() {
    let mut client = Client::new();
    let state = Stat { code_page: 1200, ..stat() };
    assert_eq!(client.update_stat(state).error_code, ErrorCode::InvalidCodepage);
    assert_eq!(client.query_rows(state, 5, &[NAME]).error_code, ErrorCode::InvalidCodepage);
    assert_eq!(client.seek(state, text("a"), None).error_code, ErrorCode::InvalidCodepage);
    assert_eq!(client.resort(state, &[BOB]).error_code, ErrorCode::InvalidCodepage);
}

#[test]
fn a_call_about_a_table_needs_a_position() {
    let mut client = Client::new();
    let body = UpdateStatRequest { reserved: 0, state: None, delta_requested: true };
    let rs: UpdateStatResponse = client.call("UpdateStat", body);
    assert_eq!((rs.error_code, rs.state, rs.delta), (ErrorCode::InvalidParameter, None, None));
}

#[test]
fn an_empty_address_book_is_all_end() {
    let mut client = Client::of([]);
    let end = Stat { current_rec: MinimalId::MID_END_OF_TABLE, ..stat() };
    assert_eq!(client.update_stat(stat()).state, Some(end));
    let rs = client.query_rows(stat(), 10, &[NAME]);
    assert_eq!((rs.error_code, rs.state, column(rs.rows)), (ErrorCode::Success, Some(end), vec![]));
}

/// MS-OXNSPI R93, R94, R1749, R494, R496
/// MS-OXNSPI R967, R955, R1763
#[test]
fn rows_come_in_the_order_of_the_names_whatever_their_case() {
    let rs = Client::new().query_rows(stat(), 100, &[NAME]);
    let names = ["Anna", "Anna Schmidt", "bob Baker", "Carol Baker", "Ève Muller", "Дмитрий Иванов"];
    assert_eq!(column(rs.rows), names.map(|name| Ok(text(name))));
}

/// MS-OXNSPI R644, R916
/// MS-OXNSPI R969, R988
#[test]
fn pages_follow_each_other_without_gap() {
    for page in 1..=7 {
        let mut client = Client::new();
        let (mut state, mut seen) = (stat(), Vec::new());
        loop {
            let rs = client.query_rows(state, page, &[PropertyTag::PidTagInstanceKey]);
            assert_eq!(rs.error_code, ErrorCode::Success);
            state = rs.state.unwrap();
            let rows = column(rs.rows);
            assert!(rows.len() <= usize::try_from(page).unwrap(), "more rows than asked for");
            if rows.is_empty() {
                break;
            }
            seen.extend(rows);
            assert_eq!(usize::try_from(state.num_pos).unwrap(), seen.len());
            assert_eq!(state.total_recs, 6);
        }
        assert_eq!(seen, keys(&ORDER), "pages of {page}");
        assert_eq!(state.current_rec, MinimalId::MID_END_OF_TABLE);
    }
}

#[test]
fn delta_counts_before_rows_are_read() {
    let mut client = Client::new();
    // Outlook pages upwards: back by a page, then forward over it.
    let rs = client.query_rows(Stat { delta: -2, ..at(CAROL) }, 2, &[PropertyTag::PidTagInstanceKey]);
    assert_eq!(column(rs.rows), keys(&[ANNA_SCHMIDT, BOB]));
    assert_eq!(rs.state, Some(Stat { num_pos: 3, total_recs: 6, ..at(CAROL) }));
}

#[test]
fn a_position_that_is_gone_gives_no_rows() {
    let rs = Client::new().query_rows(at(NOBODY), 5, &[NAME]);
    assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::NotFound, Some(at(NOBODY)), None));
}

/// MS-OXNSPI R505
/// MS-OXNSPI R973, R974, R525
/// MS-OXNSPI R958, R971, R975
#[test]
fn an_explicit_table_keeps_its_order_and_the_position() {
    let mut client = Client::new();
    let state = Stat { num_pos: 9, total_recs: 99, ..at(EVE) };
    let rs = client.explicit(state, 10, &[CAROL, ANNA, CAROL]);
    assert_eq!((rs.error_code, rs.state), (ErrorCode::Success, Some(state)));
    assert_eq!(column(rs.rows), keys(&[CAROL, ANNA, CAROL]));
    let rs = client.explicit(state, 2, &[CAROL, ANNA, BOB]);
    assert_eq!(column(rs.rows), keys(&[CAROL, ANNA]), "never more rows than asked for");
}

#[test]
fn an_object_that_is_gone_has_a_row_of_errors() {
    let mids = [ANNA, NOBODY, MinimalId::MID_BEGINNING_OF_TABLE];
    let rs = Client::new().explicit(stat(), 10, &mids);
    let mut want = keys(&[ANNA]);
    want.extend([missing(), missing()]);
    assert_eq!(column(rs.rows), want);
}

#[test]
fn an_explicit_table_needs_no_container() {
    // After GetMatches the ContainerID is an MId (MS-OXNSPI 3.1.4.1.10 constraint 15).
    let rs = Client::new().explicit(Stat { container_id: ANNA.0, ..stat() }, 1, &[BOB]);
    assert_eq!((rs.error_code, column(rs.rows)), (ErrorCode::Success, keys(&[BOB])));
}

/// MS-OXNSPI R939
#[test]
fn zero_rows_cannot_be_asked_for() {
    let mut client = Client::new();
    assert_eq!(client.query_rows(stat(), 0, &[NAME]).error_code, ErrorCode::InvalidParameter);
    assert_eq!(client.explicit(stat(), 0, &[BOB]).error_code, ErrorCode::InvalidParameter);
}

/// MS-OXNSPI R952, R1627
#[test]
fn columns_that_are_not_named_are_the_default_ones() {
    let body =
        QueryRowsRequest { flags: 0, state: Some(stat()), explicit_table: Vec::new(), row_count: 1, columns: None };
    let rs: QueryRowsResponse = Client::new().call("QueryRows", body);
    let rows = rs.rows.unwrap();
    // MS-OXNSPI 3.1.4.1.8 constraint 6, in this order.
    let tags = [0xFFFD_0003, 0x0FFE_0003, 0x3900_0003, 0x3001_001E, 0x3A1A_001E, 0x3A18_001E, 0x3A19_001E];
    assert_eq!(rows.columns, tags.map(PropertyTag));
    let int = |value| Ok(Value::Integer32(value));
    assert_eq!(rows.rows, [vec![int(0), int(6), int(0), Ok(text8(b"Anna")), missing(), missing(), missing()]]);
}

/// MS-OXNSPI R336, R950, R951
#[test]
fn strings_come_as_they_are_asked_for() {
    let name8 = NAME.with_type(PropertyType::String8);
    let mut client = Client::new();
    let mut names = |code_page, mid| {
        let state = Stat { code_page, current_rec: mid, ..stat() };
        client.query_rows(state, 1, &[name8, NAME, NAME.with_type(PropertyType::Unspecified)]).rows.unwrap().rows
    };
    assert_eq!(names(1252, EVE), [[Ok(text8(b"\xC8ve Muller")), Ok(text("Ève Muller")), Ok(text("Ève Muller"))]]);
    assert_eq!(names(65001, EVE)[0][0], Ok(text8("Ève Muller".as_bytes())));
    assert_eq!(names(1251, DMITRI)[0][0], Ok(text8(b"\xC4\xEC\xE8\xF2\xF0\xE8\xE9 \xC8\xE2\xE0\xED\xEE\xE2")));
    assert_eq!(names(1252, DMITRI)[0][0], Ok(text8(b"??????? ??????")));
    // CP_TELETEX: its ASCII part.
    assert_eq!(names(0x4F25, EVE)[0][0], Ok(text8(b"?ve Muller")));
}

/// MS-OXNSPI R695
#[test]
fn a_code_page_of_no_meaning_gives_way_to_that_of_the_session() {
    let mut client = Client::new();
    session::bind(&mut client, 1251);
    let state = Stat { code_page: 0, ..at(DMITRI) };
    let rs = client.query_rows(state, 1, &[NAME.with_type(PropertyType::String8)]);
    assert_eq!(rs.state.unwrap().code_page, 0, "the client's field is left alone");
    assert_eq!(column(rs.rows), [Ok(text8(b"\xC4\xEC\xE8\xF2\xF0\xE8\xE9 \xC8\xE2\xE0\xED\xEE\xE2"))]);
}

/// MS-OXNSPI R962
#[test]
fn an_answer_ends_before_it_grows_too_large() {
    let mut client = Client::of((1..=5000).map(|id| person(id, &format!("p{id}@example.org"), &format!("P {id}"))));
    let columns = vec![PropertyTag::PidTagEntryId; 100];
    let rs = client.query_rows(stat(), u32::MAX, &columns);
    let rows = rs.rows.unwrap().rows.len();
    assert!((1..1000).contains(&rows), "{rows} rows of 10 KB each");
    assert_eq!(usize::try_from(rs.state.unwrap().num_pos).unwrap(), rows, "the rest follows from there");
    // One row at least, however wide.
    let mut client = Client::of((1..=2).map(|id| person(id, &format!("p{id}@example.org"), &"P".repeat(300))));
    assert_eq!(client.query_rows(stat(), 10, &vec![NAME; 4096]).rows.unwrap().rows.len(), 1);
}

#[test]
fn more_columns_than_anyone_needs_are_too_big() {
    let rs = Client::new().query_rows(stat(), 1, &vec![NAME; 4097]);
    assert_eq!((rs.error_code, rs.rows), (ErrorCode::TableTooBig, None));
}

/// MS-OXNSPI R1035, R1047, R1050, R1051, R1053, R1054
#[test]
fn seek_entries_finds_the_first_name_not_before_the_target() {
    let mut client = Client::new();
    let mut found = |name: &str| {
        let rs = client.seek(stat(), text(name), None);
        assert_eq!(rs.error_code, ErrorCode::Success);
        let state = rs.state.unwrap();
        assert_eq!((state.total_recs, state.delta), (6, 0));
        assert_eq!(ORDER[usize::try_from(state.num_pos).unwrap()], state.current_rec);
        let row = usize::try_from(state.num_pos).unwrap();
        assert_eq!(column(rs.rows), keys(&ORDER[row..]), "rows from there on");
        state.current_rec
    };
    assert_eq!(found(""), ANNA);
    assert_eq!(found("ANNA SCHMIDT"), ANNA_SCHMIDT);
    assert_eq!(found("annb"), BOB);
    assert_eq!(found("C"), CAROL);
    assert_eq!(found("дмитрий"), DMITRI);
}

#[test]
fn seek_entries_reads_8_bit_targets_in_the_code_page() {
    let rs = Client::new().seek(stat(), text8(b"\xE8VE"), None);
    assert_eq!(rs.state.unwrap().current_rec, EVE);
}

/// MS-OXNSPI R1630, R1631
/// MS-OXNSPI R1048
#[test]
fn seeking_past_the_last_name_finds_nothing() {
    let rs = Client::new().seek(at(BOB), text("\u{FFEE}"), None);
    assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::NotFound, Some(at(BOB)), None));
}

/// MS-OXNSPI R506, R507
/// MS-OXNSPI R1037, R1052
#[test]
fn seek_entries_looks_through_an_explicit_table() {
    let mut client = Client::new();
    let table = [ANNA, NOBODY, BOB, EVE];
    let rs = client.seek(stat(), text("b"), Some(&table));
    let state = rs.state.unwrap();
    assert_eq!((state.current_rec, state.num_pos, state.total_recs), (BOB, 2, 4));
    assert_eq!(column(rs.rows), keys(&[BOB, EVE]));
    assert_eq!(client.seek(stat(), text("z"), Some(&[ANNA, BOB])).error_code, ErrorCode::NotFound);
    assert_eq!(client.seek(stat(), text("a"), Some(&[])).error_code, ErrorCode::NotFound);
}

/// MS-OXNSPI R1039, R1043
#[test]
fn only_display_names_can_be_sought() {
    let mut client = Client::new();
    let mut code = |sort_type, target| {
        let body = SeekEntriesRequest {
            reserved: 0,
            state: Some(Stat { sort_type, ..stat() }),
            target,
            explicit_table: None,
            columns: None,
        };
        let rs: SeekEntriesResponse = client.call("SeekEntries", body);
        rs.error_code
    };
    let by_name = SortType::SortTypeDisplayName;
    let name = AddressBookTaggedValue::new(NAME, text("a"));
    assert_eq!(code(by_name, Some(name.clone())), ErrorCode::Success);
    assert_eq!(code(SortType::SortTypePhoneticDisplayName, Some(name.clone())), ErrorCode::GeneralFailure);
    assert_eq!(code(by_name, Some(AddressBookTaggedValue::new(SMTP, text("a")))), ErrorCode::GeneralFailure);
    assert_eq!(code(by_name, Some(AddressBookTaggedValue { value: None, ..name })), ErrorCode::GeneralFailure);
    assert_eq!(code(by_name, None), ErrorCode::GeneralFailure);
}

/// MS-OXNSPI R999, R1057
#[test]
fn seek_entries_without_columns_gives_a_position_only() {
    let body = SeekEntriesRequest {
        reserved: 0,
        state: Some(stat()),
        target: Some(AddressBookTaggedValue::new(NAME, text("b"))),
        explicit_table: None,
        columns: None,
    };
    let rs: SeekEntriesResponse = Client::new().call("SeekEntries", body);
    assert_eq!((rs.state.unwrap().current_rec, rs.rows), (BOB, None));
}

/// MS-OXNSPI R647, R1168, R1176, R1205, R1759, R1209
/// MS-OXNSPI R1196, R1197, R1198, R1201, R1204
#[test]
fn resort_restriction_sorts_by_name_and_drops_what_is_gone() {
    let mut client = Client::new();
    let rs = client.resort(at(BOB), &[EVE, NOBODY, BOB, MinimalId::MID_END_OF_TABLE, ANNA]);
    assert_eq!(rs.minimal_ids, Some(vec![ANNA, BOB, EVE]));
    assert_eq!(rs.state, Some(Stat { num_pos: 1, total_recs: 3, ..at(BOB) }));
    let rs = client.resort(at(CAROL), &[EVE, BOB]);
    // MS-OXNSPI 3.1.4.1.11 constraint 8.
    let beginning = Stat { current_rec: MinimalId::MID_BEGINNING_OF_TABLE, total_recs: 2, ..stat() };
    assert_eq!((rs.minimal_ids, rs.state), (Some(vec![BOB, EVE]), Some(beginning)));
}

/// MS-OXNSPI R651, R1210, R1242
/// MS-OXNSPI R1234, R1236, R1238, R1240
#[test]
fn compare_mids_compares_places() {
    let mut client = Client::new();
    assert_eq!(client.compare(ANNA, BOB), (ErrorCode::Success, -1));
    assert_eq!(client.compare(DMITRI, EVE), (ErrorCode::Success, 1));
    assert_eq!(client.compare(EVE, EVE), (ErrorCode::Success, 0));
    assert_eq!(client.compare(MinimalId::MID_BEGINNING_OF_TABLE, ANNA), (ErrorCode::Success, 0));
    assert_eq!(client.compare(MinimalId::MID_END_OF_TABLE, DMITRI), (ErrorCode::Success, 1));
    assert_eq!(client.compare(NOBODY, ANNA), (ErrorCode::GeneralFailure, 0));
    assert_eq!(client.compare(ANNA, NOBODY), (ErrorCode::GeneralFailure, 0));
}
