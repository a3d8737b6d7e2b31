//! The same operations on tables of messages and of folders, before and after their columns are
//! known. MS-OXCTABL 2.2.2, 3.2.5

use super::{BEGINNING, CURRENT, END, NUMBER, SUBJECT, bytes, columns, find, query, restrict, seek, sort, subject_is};
use crate::client::{Desk, string};
use mailstead::client::Operation;
use mailstead::mapi::{
    Cell, Dialect, ErrorCode, ObjectId, Order, PropertyTag, RelOp, Restriction, TaggedValue, Value, read_row,
};
use mailstead::rop::{
    AbortRequest, CollapseRowRequest, CreateBookmarkRequest, ExpandRowRequest, FindRowRequest, FreeBookmarkRequest,
    GetCollapseStateRequest, GetContentsTableRequest, GetStatusRequest, HardDeleteMessagesRequest,
    QueryColumnsAllRequest, ResetTableRequest, RestrictRequest, SeekRowBookmarkRequest, SeekRowFractionalRequest,
    SeekRowRequest, SetCollapseStateRequest, SetColumnsRequest, SortTableRequest,
};
use mailstead::store::Special;
use mailstead::wire::Reader;
use smol::block_on;

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;

impl Desk {
    /// Tables of three messages and of three folders, by their names a, b and c.
    fn both_tables(&mut self) -> [(u32, PropertyTag); 2] {
        let messages = self.table_of(&["a", "b", "c"]);
        let inbox = self.inbox();
        for name in ["a", "b", "c"] {
            self.create_folder(inbox, name);
        }
        [(messages, SUBJECT), (self.hierarchy(inbox, 0, &[NAME]), NAME)]
    }

    /// The row that was found, as its columns say.
    #[track_caller]
    pub(super) fn row_found(&mut self, table: u32, request: FindRowRequest) -> Vec<Cell> {
        let columns = self.session.columns(table).to_vec();
        let row = self.go(table, request).row_data.unwrap();
        let mut reader = Reader::new(&row.0);
        read_row(&mut reader, &columns, Dialect::Rop).unwrap()
    }
}

fn is(tag: PropertyTag, text: &str) -> Restriction {
    Restriction::Property { rel_op: RelOp::Equal, property_tag: tag, tagged_value: string(tag, text) }
}

/// MS-OXCTABL R44, R829, R831 (RopSetColumns), R85 to R87 (RopRestrict), R837, R835 (RopQueryRows), R483, R839,
/// R860 (RopAbort), R840, R842 (RopGetStatus), R133, R844, R846 (RopQueryPosition), R140, R848, R850 (RopSeekRow),
/// R165, R508, R852, R861 (RopSeekRowBookmark), R198, R853, R855 (RopSeekRowFractional), R208, R526, R857, R862
/// (RopCreateBookmark), R216, R875, R876 (RopQueryColumnsAll), R223, R858, R859 (RopFindRow), R547, R548
/// (RopFreeBookmark)
#[test]
fn tables_of_messages_and_of_folders_do_the_same() {
    let mut desk = Desk::new();
    for (table, tag) in desk.both_tables() {
        assert_eq!(desk.go(table, columns(&[tag])).table_status, 0);
        assert_eq!(desk.texts(table), ["a", "b", "c"]);
        assert_eq!(desk.standing(table), (3, 3));
        assert_eq!(desk.go(table, GetStatusRequest {}).table_status, 0);
        assert_eq!(desk.fails(table, AbortRequest {}).0, 0x8004_0114);
        assert!(desk.go(table, QueryColumnsAllRequest {}).property_tags.contains(&tag));
        assert_eq!(desk.go(table, seek(BEGINNING, 1)).rows_sought, 1);
        let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
        desk.go(table, SeekRowFractionalRequest { numerator: 1, denominator: 1 });
        assert_eq!(desk.standing(table), (3, 3));
        let to = SeekRowBookmarkRequest { bookmark: bookmark.clone(), row_count: 1, want_row_moved_count: true };
        assert_eq!(desk.go(table, to.clone()).rows_sought, 1);
        assert_eq!(desk.standing(table), (2, 3));
        assert_eq!(desk.row_found(table, find(&is(tag, "b"), 0, BEGINNING)), [Ok(Value::String("b".to_owned()))]);
        desk.go(table, FreeBookmarkRequest { bookmark });
        assert!(!desk.fails(table, to).is_success());
        assert_eq!(desk.go(table, restrict(&is(tag, "c"))).table_status, 0);
        assert_eq!(desk.texts(table), ["c"]);
        desk.go(table, RestrictRequest { restrict_flags: 0, restriction_data: Vec::new() });
        desk.go(table, seek(BEGINNING, 0));
        assert_eq!(desk.texts(table), ["a", "b", "c"], "what is not shown is there all the same");
    }
}

/// MS-OXCTABL R826, R8261, R8263 to R8267 (3.2.5.2), R539: not before columns are set.
#[test]
fn some_operations_want_columns_first() {
    fn refused<O: Operation>(desk: &mut Desk, on: u32, operation: O) {
        assert_eq!(desk.fails(on, operation), ErrorCode::NullObject, "{}", O::NAME);
    }
    let mut desk = Desk::new();
    desk.note(Special::Inbox.id(), "a");
    let inbox = desk.inbox();
    let table = desk.make(inbox, GetContentsTableRequest { table_flags: 0 });
    let category_id = ObjectId::from_i64(1);
    refused(&mut desk, table, find(&is(SUBJECT, "a"), 0, BEGINNING));
    refused(&mut desk, table, CollapseRowRequest { category_id });
    refused(&mut desk, table, ExpandRowRequest { max_row_count: 0, category_id });
    refused(&mut desk, table, FreeBookmarkRequest { bookmark: vec![0; 8] });
    refused(&mut desk, table, GetCollapseStateRequest { row_id: category_id, row_instance_number: 0 });
    let request = SeekRowBookmarkRequest { bookmark: vec![0; 8], row_count: 0, want_row_moved_count: false };
    refused(&mut desk, table, request);
    refused(&mut desk, table, SetCollapseStateRequest { collapse_state: vec![0; 8] });
}

/// MS-OXCTABL R33, R40, R43, R54, R55, R83, R84, R93, R94, R625, R781, R416, R797, R798: what may be done
/// later is done at once. R131, R132, R402, R479 (RopGetStatus, RopAbort)
/// MS-OXCROPS R1055 R1133 R1113 R1150 R1151 R1114 R1248 R1249
#[test]
fn what_may_be_done_later_is_done_at_once() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c"]);
    for flags in [0, 1] {
        let request = SetColumnsRequest { set_columns_flags: flags, property_tags: vec![SUBJECT] };
        assert_eq!(desk.go(table, request).table_status, 0);
        let request = SortTableRequest { sort_table_flags: flags, ..sort(&[(NUMBER, Order::Descending)]) };
        assert_eq!(desk.go(table, request).table_status, 0);
        let restriction_data = bytes(&subject_is(RelOp::NotEqual, "b"));
        assert_eq!(desk.go(table, RestrictRequest { restrict_flags: flags, restriction_data }).table_status, 0);
        assert_eq!(desk.texts(table), ["c", "a"]);
        assert_eq!(desk.go(table, GetStatusRequest {}).table_status, 0);
        assert_eq!(desk.fails(table, AbortRequest {}).0, 0x8004_0114);
        assert_eq!(desk.texts(table), Vec::<String>::new(), "nor was the cursor moved");
        desk.go(table, ResetTableRequest {});
    }
}

/// MS-OXCTABL R225, R226, R237 to R246 (2.2.2.14), R534 to R536, R538, R540, R824 (3.2.5.14), R537, R868, R869
/// MS-OXCROPS R1480 R1483 R1486
#[test]
fn rows_are_found_from_bookmarks_too() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["x", "a", "x", "b", "x"]);
    desk.go(table, columns(&[NUMBER, SUBJECT]));
    let x = subject_is(RelOp::Equal, "x");
    let row = |number| vec![Ok(Value::Integer32(number)), Ok(Value::String("x".to_owned()))];
    desk.go(table, seek(BEGINNING, 2));
    let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
    let from = |find_row_flags: u8| FindRowRequest {
        find_row_flags,
        restriction_data: bytes(&x),
        origin: 3,
        bookmark: bookmark.clone(),
    };
    assert_eq!(desk.row_found(table, from(0)), row(2), "forward it is the row itself");
    assert_eq!(desk.standing(table), (2, 5));
    assert_eq!(desk.row_found(table, from(1)), row(0), "backward the one before");
    assert_eq!(desk.standing(table), (0, 5));
    // What is not found is not said to be anywhere; what is there is there.
    assert_eq!(desk.fails(table, find(&subject_is(RelOp::Equal, "y"), 0, BEGINNING)), ErrorCode::NotFound);
    desk.go(table, seek(BEGINNING, 0));
    assert_eq!(desk.rows(table).len(), 5);
    // Its row goes away.
    let inbox = desk.inbox();
    let ids = desk.contents(inbox, &[PropertyTag::PidTagMid]);
    desk.go(ids, sort(&[(NUMBER, Order::Ascending)]));
    let Ok(Value::Integer64(id)) = desk.rows(ids)[2][0] else { panic!() };
    let message_ids = vec![ObjectId::from_i64(id)];
    desk.go(inbox, HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids });
    let response = desk.go(table, from(0));
    assert!(response.row_no_longer_visible && response.row_data.is_some());
    assert_eq!(desk.standing(table), (3, 4), "from the next row on");
    for change in 0..3 {
        let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
        match change {
            0 => drop(desk.go(table, sort(&[(NUMBER, Order::Ascending)]))),
            1 => drop(desk.go(table, restrict(&x))),
            _ => {
                desk.go(table, ResetTableRequest {});
                desk.go(table, columns(&[NUMBER, SUBJECT]));
            }
        }
        assert_eq!(desk.fails(table, FindRowRequest { bookmark, ..from(0) }), ErrorCode::InvalidBookmark, "{change}");
    }
}

/// MS-OXCTABL R6, R8, R10, R12 (2.2.1.1, 2.2.1.2), R448 (3.2.5.3): a row for each value.
#[test]
fn instances_of_a_row_are_told_apart() {
    let mut desk = Desk::new();
    let tag = PropertyTag(0x6911_101F);
    let values = Value::MultipleString(vec!["red".to_owned(), "blue".to_owned()]);
    let many = desk.message(Special::Inbox.id(), vec![TaggedValue { tag, value: values }]);
    let one = Value::MultipleString(vec!["green".to_owned()]);
    desk.message(Special::Inbox.id(), vec![TaggedValue { tag, value: one }]);
    let inbox = desk.inbox();
    let instance = PropertyTag(0x6911_301F);
    let table = desk.contents(inbox, &[instance, PropertyTag::PidTagInstID, PropertyTag::PidTagInstanceNum]);
    desk.go(table, sort(&[(instance, Order::Ascending)]));
    let rows = desk.rows(table);
    let text = |n: usize| mailstead::client::text(&rows[n], 0);
    assert_eq!([text(0), text(1), text(2)], ["blue", "green", "red"]);
    assert_eq!(rows[0][1], Ok(Value::Integer64(many.to_i64())));
    assert_eq!(rows[2][1], rows[0][1], "one message");
    assert_ne!(rows[2][2], rows[0][2], "two rows");
    assert_ne!(rows[1][1], rows[0][1]);
}

/// MS-OXCTABL R2481, R248, R552, R545 (2.2.2.15, 3.2.5.15), R524, R546: bookmarks end with their table.
#[test]
fn bookmarks_end() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b"]);
    let to = |bookmark: &Vec<u8>| SeekRowBookmarkRequest {
        bookmark: bookmark.clone(),
        row_count: 0,
        want_row_moved_count: false,
    };
    let freed = desk.go(table, CreateBookmarkRequest {}).bookmark;
    let kept = desk.go(table, CreateBookmarkRequest {}).bookmark;
    desk.go(table, FreeBookmarkRequest { bookmark: freed.clone() });
    assert_eq!(desk.fails(table, to(&freed)), ErrorCode::InvalidBookmark);
    desk.go(table, to(&kept));
    block_on(desk.session.release(&[table])).unwrap();
    assert_eq!(desk.fails(table, to(&kept)), ErrorCode::NullObject);
    assert_eq!(desk.fails(table, FreeBookmarkRequest { bookmark: kept.clone() }), ErrorCode::NullObject);
    let inbox = desk.inbox();
    let again = desk.contents(inbox, &[SUBJECT]);
    assert_eq!(desk.fails(again, to(&kept)), ErrorCode::InvalidBookmark);
}

/// MS-OXCTABL R151 (2.2.2.9.1): not asked, the numbers mean nothing, but are there (R156, R162). R28, R27, R29
#[test]
fn numbers_that_nobody_wants_are_there_all_the_same() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b"]);
    for (origin, at) in [(BEGINNING, 1), (CURRENT, 2), (END, 2)] {
        // The response would not parse without them.
        desk.go(table, SeekRowRequest { origin, row_count: 1, want_row_moved_count: false });
        assert_eq!(desk.standing(table), (at, 2));
    }
    assert_eq!(desk.page(table, query(0, true, 0)).0, Vec::<String>::new());
}

/// MS-OXCTABL R168, R249, R274, R284, R290, R306: on tables only.
#[test]
fn a_folder_is_no_table() {
    fn refused<O: Operation>(desk: &mut Desk, on: u32, operation: O) {
        assert_eq!(desk.fails(on, operation), ErrorCode::NotSupported, "{}", O::NAME);
    }
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let category_id = ObjectId::own(1);
    let request = SeekRowBookmarkRequest { bookmark: vec![0; 8], row_count: 0, want_row_moved_count: false };
    refused(&mut desk, inbox, request);
    refused(&mut desk, inbox, FreeBookmarkRequest { bookmark: vec![0; 8] });
    refused(&mut desk, inbox, ExpandRowRequest { max_row_count: 0, category_id });
    refused(&mut desk, inbox, CollapseRowRequest { category_id });
    refused(&mut desk, inbox, GetCollapseStateRequest { row_id: category_id, row_instance_number: 0 });
    refused(&mut desk, inbox, SetCollapseStateRequest { collapse_state: vec![0; 8] });
}
