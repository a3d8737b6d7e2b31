//! What a table is after something failed, was meant to be done later, or happened elsewhere, and how
//! much of a long value its rows have. MS-OXCTABL 2.2.2, 3.2.5

use super::{BEGINNING, CURRENT, END, NUMBER, SUBJECT, bytes, columns, find, query, restrict, seek, sort, subject_is};
use crate::client::{Desk, string};
use mailstead::mapi::{
    ErrorCode, FuzzyLow, Order, PropertyTag, RelOp, Restriction, SortOrder, SortOrderSet, TaggedValue, Value,
};
use mailstead::rop::{
    CreateBookmarkRequest, GetStatusRequest, QueryPositionRequest, ResetTableRequest, RestrictRequest,
    SeekRowBookmarkRequest, SeekRowFractionalRequest, SetColumnsRequest, SortTableRequest,
};
use mailstead::store::Special;
use smol::block_on;

const KEY: PropertyTag = PropertyTag(0x6904_0102);

impl Desk {
    /// Columns, order and restriction that may all be set later: subjects but `b`, from the last.
    #[track_caller]
    fn begin_later(&mut self, table: u32) {
        self.go(table, SetColumnsRequest { set_columns_flags: 1, property_tags: vec![SUBJECT] });
        self.go(table, SortTableRequest { sort_table_flags: 1, ..sort(&[(NUMBER, Order::Descending)]) });
        let restriction_data = bytes(&subject_is(RelOp::NotEqual, "b"));
        self.go(table, RestrictRequest { restrict_flags: 1, restriction_data });
    }
}

/// MS-OXCTABL R121, R122 (2.2.2.5.2): 510 bytes, or 255 characters without the zero after them.
/// UNVERIFIED: values of many values are left whole, and the zero is not counted.
#[test]
fn a_long_value_is_cut_in_a_row() {
    let mut desk = Desk::new();
    let (long, smile) = ("a".repeat(300), format!("{}\u{1F600}b", "b".repeat(254)));
    let key = |len: u16| TaggedValue { tag: KEY, value: Value::Binary((0..len).map(|n| n.to_le_bytes()[0]).collect()) };
    let html = TaggedValue { tag: PropertyTag::PidTagHtml, value: Value::Binary(vec![b'h'; 20_000]) };
    let body = |text: &str| string(PropertyTag::PidTagInternetReferences, text);
    desk.message(Special::Inbox.id(), vec![key(510), body(&long[..255]), string(SUBJECT, "short")]);
    desk.message(Special::Inbox.id(), vec![key(511), body(&long), string(SUBJECT, "long"), html]);
    desk.message(Special::Inbox.id(), vec![key(700), body(&smile), string(SUBJECT, "smile")]);
    let inbox = desk.inbox();
    let wanted = [KEY, PropertyTag::PidTagInternetReferences, PropertyTag::PidTagHtml];
    let table = desk.contents(inbox, &wanted);
    let rows = desk.rows(table);
    let TaggedValue { value: cut, .. } = key(510);
    let text = |text: &str| Ok(Value::String(text.to_owned()));
    let none = Err(ErrorCode::NotFound);
    assert_eq!(rows[0], [Ok(cut.clone()), text(&long[..255]), none.clone()]);
    assert_eq!(rows[1], [Ok(cut.clone()), text(&long[..255]), Ok(Value::Binary(vec![b'h'; 510]))]);
    assert_eq!(rows[2], [Ok(cut.clone()), text(&"b".repeat(254)), none], "no half of a character");
    // What is not shown is found, and found in all rows that are sent.
    let restriction = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: 0,
        property_tag: PropertyTag::PidTagInternetReferences,
        tagged_value: body("\u{1F600}b"),
    };
    let found = desk.row_found(table, find(&restriction, 0, BEGINNING));
    assert_eq!(found[0], Ok(cut));
}

/// MS-OXCTABL R473 (RopQueryRows), R492 (RopQueryPosition), R498 (RopSeekRow), R507 (RopSeekRowBookmark), R518
/// (RopSeekRowFractional), R525 (RopCreateBookmark), R541 (RopFindRow), R563 (RopResetTable), R31, R128
/// (RopGetStatus): what was to be done later is done when the next operation begins.
#[test]
fn nothing_is_half_done_when_the_next_operation_comes() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c", "d"]);
    desk.begin_later(table);
    assert_eq!(desk.page(table, query(0, true, 9)).0, ["d", "c", "a"]);
    desk.begin_later(table);
    assert_eq!(desk.standing(table), (0, 3));
    desk.begin_later(table);
    assert_eq!(desk.go(table, seek(END, -1)).rows_sought, -1);
    assert_eq!(desk.page(table, query(1, true, 9)).0, ["a"]);
    desk.begin_later(table);
    desk.go(table, SeekRowFractionalRequest { numerator: 1, denominator: 3 });
    assert_eq!(desk.page(table, query(1, true, 1)).0, ["c"]);
    desk.begin_later(table);
    let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
    desk.go(table, seek(END, 0));
    desk.go(table, SeekRowBookmarkRequest { bookmark: bookmark.clone(), row_count: 0, want_row_moved_count: true });
    assert_eq!(desk.page(table, query(1, true, 1)).0, ["d"]);
    desk.begin_later(table);
    let stale = SeekRowBookmarkRequest { bookmark, row_count: 0, want_row_moved_count: true };
    assert_eq!(desk.fails(table, stale), ErrorCode::InvalidBookmark, "of the order before");
    desk.begin_later(table);
    assert_eq!(desk.fails(table, find(&subject_is(RelOp::Equal, "b"), 0, BEGINNING)), ErrorCode::NotFound);
    desk.go(table, find(&subject_is(RelOp::Equal, "c"), 0, BEGINNING));
    assert_eq!(desk.standing(table), (1, 3));
    desk.begin_later(table);
    assert_eq!(desk.go(table, GetStatusRequest {}).table_status, 0);
    desk.go(table, ResetTableRequest {});
    desk.go(table, columns(&[SUBJECT]));
    assert_eq!(desk.page(table, query(0, true, 9)).0.len(), 4, "nor is anything done after it");
}

/// MS-OXCTABL R442 (3.2.5.3), R559 (3.2.5.16): a failing RopSortTable or RopRestrict leaves no rows until one goes
/// well, or the table is reset.
#[test]
fn a_table_that_could_not_be_sorted_has_no_rows() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b"]);
    let good = sort(&[(NUMBER, Order::Descending)]);
    let sort_orders = SortOrderSet {
        sort_orders: vec![SortOrder { property_tag: SUBJECT, order: Order::Ascending }],
        categorized_count: 2,
        expanded_count: 0,
    };
    let bad = SortTableRequest { sort_table_flags: 0, sort_orders };
    let unusable = |desk: &mut Desk| {
        assert_eq!(desk.fails(table, query(0, true, 1)), ErrorCode::NullObject);
        assert_eq!(desk.fails(table, find(&subject_is(RelOp::Equal, "a"), 0, BEGINNING)), ErrorCode::NullObject);
        assert_eq!(desk.fails(table, QueryPositionRequest {}), ErrorCode::NullObject);
    };
    assert_eq!(desk.fails(table, bad.clone()), ErrorCode::InvalidParameter);
    unusable(&mut desk);
    desk.go(table, good);
    assert_eq!(desk.page(table, query(0, true, 9)).0, ["b", "a"]);
    let rubbish = RestrictRequest { restrict_flags: 0, restriction_data: vec![0x77] };
    for change in 0..2 {
        match change {
            0 => assert!(!desk.fails(table, bad.clone()).is_success()),
            _ => assert!(!desk.fails(table, rubbish.clone()).is_success()),
        }
        unusable(&mut desk);
        desk.go(table, ResetTableRequest {});
        desk.go(table, columns(&[SUBJECT]));
        assert_eq!(desk.page(table, query(0, true, 9)).0.len(), 2, "{change}");
    }
}

/// MS-OXCTABL R134 (2.2.2.8): position and number of rows are those of now, not of then.
#[test]
fn the_position_follows_what_happens_elsewhere() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c"]);
    desk.go(table, seek(BEGINNING, 2));
    assert_eq!(desk.standing(table), (2, 3));
    let mut beside = desk.beside();
    let number = |number| TaggedValue::new(NUMBER, Value::Integer32(number));
    beside.message(Special::Inbox.id(), vec![string(SUBJECT, "first"), number(-1)]);
    assert_eq!(desk.standing(table), (3, 4));
    beside.message(Special::Inbox.id(), vec![string(SUBJECT, "last"), number(99)]);
    assert_eq!(desk.standing(table), (3, 5));
    assert_eq!(desk.page(table, query(0, true, 9)).0, ["c", "last"]);
}

/// MS-OXCTABL R179, R194 (2.2.2.10): the numbers of rows are there whether they are wanted or not, and have the sign
/// of what was asked.
#[test]
fn bookmarks_count_rows_as_seeking_does() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c", "d"]);
    desk.go(table, seek(BEGINNING, 1));
    let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
    let to = |row_count, want_row_moved_count| SeekRowBookmarkRequest {
        bookmark: bookmark.clone(),
        row_count,
        want_row_moved_count,
    };
    for (row_count, sought, less, at) in [(2, 2, false, 3), (9, 3, true, 4), (-1, -1, false, 0), (-9, -1, true, 0)] {
        let done = desk.go(table, to(row_count, true));
        assert_eq!((done.rows_sought, done.has_sought_less), (sought, less), "{row_count}");
        assert_eq!(desk.standing(table).0, at);
        desk.go(table, seek(CURRENT, 0));
        // The response would not parse without them.
        desk.go(table, to(row_count, false));
        assert_eq!(desk.standing(table).0, at, "it goes there all the same");
    }
}

/// A bookmark is of the row that it was made at: no more of them than a table can hold.
#[test]
fn bookmarks_are_bounded() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a"]);
    for _ in 0..mailstead::limits::BOOKMARKS_MAX {
        desk.go(table, CreateBookmarkRequest {});
    }
    assert_eq!(desk.fails(table, CreateBookmarkRequest {}), ErrorCode::OutOfMemory);
    let keep = mailstead::rop::GetCollapseStateRequest { row_id: mailstead::mapi::ObjectId(0), row_instance_number: 0 };
    let collapse_state = desk.go(table, keep).collapse_state;
    let set = mailstead::rop::SetCollapseStateRequest { collapse_state };
    assert_eq!(desk.fails(table, set.clone()), ErrorCode::OutOfMemory);
    desk.go(table, restrict(&subject_is(RelOp::Equal, "a")));
    desk.go(table, restrict(&subject_is(RelOp::Equal, "a")));
    assert_eq!(desk.fails(table, set), ErrorCode::InvalidParameter, "another restriction");
    desk.go(table, CreateBookmarkRequest {});
    block_on(desk.session.release(&[table])).unwrap();
}
