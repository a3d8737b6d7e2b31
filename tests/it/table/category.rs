//! Categories: header rows, opening and closing, what a client keeps of them, and by what they
//! stand. MS-OXCTABL 2.2.1, 2.2.2.3, 2.2.2.17 to 2.2.2.20, 3.2.5.17 to 3.2.5.20

use super::{NUMBER, SUBJECT};
use crate::client::{Desk, string};
use mailstead::mapi::{
    Cell, Dialect, ErrorCode, ObjectId, Order, PropertyTag, SortOrder, SortOrderSet, TaggedValue, Value, read_row,
};
use mailstead::rop::{
    CollapseRowRequest, ExpandRowRequest, GetCollapseStateRequest, QueryPositionRequest, SeekRowBookmarkRequest,
    SetCollapseStateRequest, SortTableRequest,
};
use mailstead::store::Special;
use mailstead::wire::Reader;
use smol::block_on;

const ROW_TYPE: PropertyTag = PropertyTag::PidTagRowType;
const CLASS: PropertyTag = PropertyTag::PidTagMessageClass;

fn grouped(keys: &[(PropertyTag, Order)], categorized_count: u16, expanded_count: u16) -> SortTableRequest {
    let sort_orders = keys.iter().map(|(property_tag, order)| SortOrder { property_tag: *property_tag, order: *order });
    let sort_orders = SortOrderSet { sort_orders: sort_orders.collect(), categorized_count, expanded_count };
    SortTableRequest { sort_table_flags: 0, sort_orders }
}

fn number(cell: &Cell) -> i32 {
    match cell {
        Ok(Value::Integer32(number)) => *number,
        other => panic!("{other:?}"),
    }
}

fn id(cell: &Cell) -> ObjectId {
    match cell {
        Ok(Value::Integer64(id)) => ObjectId::from_i64(*id),
        other => panic!("{other:?}"),
    }
}

impl Desk {
    /// A table of the Inbox over messages of these subjects and numbers; the odd ones are unread.
    #[track_caller]
    fn grouped_table(&mut self, messages: &[(&str, i32)], request: SortTableRequest) -> u32 {
        for (subject, number) in messages {
            let flags = TaggedValue::new(PropertyTag::PidTagMessageFlags, Value::Integer32(1 - number % 2));
            let number = TaggedValue::new(NUMBER, Value::Integer32(*number));
            self.message(Special::Inbox.id(), vec![string(SUBJECT, subject), number, flags]);
        }
        let inbox = self.inbox();
        let columns = [
            ROW_TYPE,
            SUBJECT,
            NUMBER,
            PropertyTag::PidTagDepth,
            PropertyTag::PidTagContentCount,
            PropertyTag::PidTagContentUnreadCount,
            PropertyTag::PidTagInstID,
        ];
        let table = self.contents(inbox, &columns);
        self.go(table, request);
        table
    }

    /// Each row in a word: `+` or `-` and the subject for a header, the number for a message.
    #[track_caller]
    fn shape(&mut self, table: u32) -> Vec<String> {
        self.go(table, super::seek(super::BEGINNING, 0));
        let rows = self.rows(table);
        let word = |row: &Vec<Cell>| match number(&row[0]) {
            1 => number(&row[2]).to_string(),
            kind => format!("{}{}", if kind == 3 { '+' } else { '-' }, mailstead::client::text(row, 1)),
        };
        rows.iter().map(word).collect()
    }
}

const MAIL: &[(&str, i32)] = &[("b", 1), ("a", 2), ("b", 3), ("a", 4), ("c", 5)];

/// MS-OXCTABL R13, R15, R17, R18 (PidTagRowType), R19 (PidTagDepth), R20 to R23 (counts), R71, R72
/// MS-OXCTABL R66, R67
#[test]
fn categories_have_headers_that_count_what_is_below() {
    let mut desk = Desk::new();
    let by = [(SUBJECT, Order::Ascending), (NUMBER, Order::Descending)];
    let table = desk.grouped_table(MAIL, grouped(&by, 1, 1));
    assert_eq!(desk.shape(table), ["+a", "4", "2", "+b", "3", "1", "+c", "5"]);
    desk.go(table, super::seek(super::BEGINNING, 0));
    let rows = desk.rows(table);
    let depths: Vec<i32> = rows.iter().map(|row| number(&row[3])).collect();
    assert_eq!(depths, [0, 1, 1, 0, 1, 1, 0, 1]);
    let counts = |row: &Vec<Cell>| (number(&row[4]), number(&row[5]));
    assert_eq!([counts(&rows[0]), counts(&rows[3]), counts(&rows[6])], [(2, 0), (2, 2), (1, 1)]);
    assert_eq!(rows[1][4], Err(ErrorCode::NotFound), "a message counts nothing");
    desk.go(table, grouped(&by, 1, 0));
    assert_eq!(desk.shape(table), ["-a", "-b", "-c"]);
    desk.go(table, super::seek(super::BEGINNING, 0));
    let rows = desk.rows(table);
    assert_eq!((number(&rows[1][4]), number(&rows[1][5])), (2, 2), "closed, they count the same");
}

/// MS-OXCTABL R272, R278 to R281, R567, R570, R571 (expand), R283, R287, R573, R576, R577 (collapse)
/// MS-OXCTABL R568, R574, R275
/// MS-OXCROPS R1532 R1542 R1544 R1554 R1557 R1560 R1569 R1579 R1589
#[test]
fn categories_open_and_close() {
    let mut desk = Desk::new();
    let by = [(SUBJECT, Order::Ascending), (NUMBER, Order::Ascending)];
    let table = desk.grouped_table(MAIL, grouped(&by, 1, 0));
    desk.shape(table);
    desk.go(table, super::seek(super::BEGINNING, 0));
    let header = id(&desk.rows(table)[1][6]);
    let expand = |max_row_count| ExpandRowRequest { max_row_count, category_id: header };
    let done = desk.go(table, expand(1));
    assert_eq!((done.expanded_row_count, done.rows.count), (2, 1));
    let columns = desk.session.columns(table).to_vec();
    let row = read_row(&mut Reader::new(&done.rows.data), &columns, Dialect::Rop).unwrap();
    assert_eq!((number(&row[0]), number(&row[2])), (1, 1), "the first of its messages, in the columns that were set");
    assert_eq!(desk.shape(table), ["-a", "+b", "1", "3", "-c"]);
    assert_eq!(desk.fails(table, expand(1)), ErrorCode::NotCollapsed);
    // A cursor on a row that is no longer shown goes to the header.
    desk.go(table, super::seek(super::BEGINNING, 3));
    assert_eq!(desk.go(table, CollapseRowRequest { category_id: header }).collapsed_row_count, 2);
    assert_eq!(desk.go(table, QueryPositionRequest {}).numerator, 1);
    assert_eq!(desk.shape(table), ["-a", "-b", "-c"]);
    assert_eq!(desk.fails(table, CollapseRowRequest { category_id: header }), ErrorCode::NotExpanded);
    let unknown = ObjectId::own(0x99);
    assert_eq!(desk.fails(table, CollapseRowRequest { category_id: unknown }), ErrorCode::NotFound);
    assert_eq!(desk.fails(table, ExpandRowRequest { max_row_count: 0, category_id: unknown }), ErrorCode::NotFound);
}

/// MS-OXCTABL R288, R289, R301, R304, R305, R307, R308, R579 to R581, R585 to R587
/// MS-OXCTABL R294, R314, R315, R582, R588
/// MS-OXCROPS R1598 R1608 R1609 R1611 R1624 R1633 R1646 R1659
#[test]
fn what_is_open_can_be_kept_and_set_again() {
    let mut desk = Desk::new();
    let by = [(SUBJECT, Order::Ascending), (NUMBER, Order::Ascending)];
    let table = desk.grouped_table(MAIL, grouped(&by, 1, 0));
    let rows = desk.rows(table);
    for at in [0, 2] {
        desk.go(table, ExpandRowRequest { max_row_count: 0, category_id: id(&rows[at][6]) });
    }
    let open = ["+a", "2", "4", "-b", "+c", "5"];
    assert_eq!(desk.shape(table), open);
    let keep = GetCollapseStateRequest { row_id: id(&rows[1][6]), row_instance_number: 0 };
    let state = desk.go(table, keep).collapse_state;
    // Another table with the same order.
    let inbox = desk.inbox();
    let other = desk.contents(inbox, &[ROW_TYPE, SUBJECT, NUMBER]);
    desk.go(other, grouped(&by, 1, 0));
    let bookmark = desk.go(other, SetCollapseStateRequest { collapse_state: state.clone() }).bookmark;
    assert_eq!(desk.go(other, QueryPositionRequest {}).numerator, 3, "the cursor is at the row that was kept");
    assert_eq!(desk.shape(other), open);
    let seek = SeekRowBookmarkRequest { bookmark, row_count: 0, want_row_moved_count: true };
    desk.go(other, seek);
    assert_eq!(mailstead::client::text(&desk.rows(other)[0], 1), "b");
    // One with another order or restriction takes it not.
    let others = [
        grouped(&[(SUBJECT, Order::Ascending), (CLASS, Order::Ascending)], 2, 0),
        grouped(&[(SUBJECT, Order::Ascending), (NUMBER, Order::Descending)], 1, 0),
        grouped(&[(CLASS, Order::Ascending), (NUMBER, Order::Ascending)], 1, 0),
        grouped(&by, 1, 1),
    ];
    for order in others {
        desk.go(other, order);
        let set = SetCollapseStateRequest { collapse_state: state.clone() };
        assert_eq!(desk.fails(other, set), ErrorCode::InvalidParameter);
    }
    desk.go(other, grouped(&by, 1, 0));
    desk.go(other, super::restrict(&super::subject_is(mailstead::mapi::RelOp::NotEqual, "a")));
    let set = SetCollapseStateRequest { collapse_state: state.clone() };
    assert_eq!(desk.fails(other, set), ErrorCode::InvalidParameter);
    desk.go(other, super::restrict(&super::subject_is(mailstead::mapi::RelOp::NotEqual, "a")));
    assert_eq!(desk.fails(other, SetCollapseStateRequest { collapse_state: vec![1] }), ErrorCode::InvalidParameter);
}

/// MS-OXCTABL R309: in a table of another folder the row of the bookmark is not.
#[test]
fn a_state_of_elsewhere_has_no_row_here() {
    let mut desk = Desk::new();
    let by = [(SUBJECT, Order::Ascending), (NUMBER, Order::Ascending)];
    let table = desk.grouped_table(MAIL, grouped(&by, 1, 1));
    let rows = desk.rows(table);
    let keep = GetCollapseStateRequest { row_id: id(&rows[4][6]), row_instance_number: 0 };
    let state = desk.go(table, keep).collapse_state;
    desk.note(Special::Drafts.id(), "b");
    let drafts = desk.folder(Special::Drafts.id());
    let other = desk.contents(drafts, &[SUBJECT]);
    desk.go(other, grouped(&by, 1, 1));
    let to = |bookmark| SeekRowBookmarkRequest { bookmark, row_count: 0, want_row_moved_count: true };
    let bookmark = desk.go(other, SetCollapseStateRequest { collapse_state: state.clone() }).bookmark;
    assert!(desk.go(other, to(bookmark)).row_no_longer_visible);
    let bookmark = desk.go(table, SetCollapseStateRequest { collapse_state: state }).bookmark;
    assert!(!desk.go(table, to(bookmark)).row_no_longer_visible);
    assert_eq!(desk.rows(table)[0], rows[4]);
}

/// MS-OXCTABL R825 (3.2.5.2): rows that open have the columns that are set.
#[test]
fn an_opened_category_gives_rows_with_the_columns_of_the_table() {
    let mut desk = Desk::new();
    let by = [(SUBJECT, Order::Ascending), (NUMBER, Order::Ascending)];
    let table = desk.grouped_table(MAIL, grouped(&by, 1, 0));
    let category_id = id(&desk.rows(table)[1][6]);
    for columns in [vec![NUMBER, ROW_TYPE], vec![SUBJECT], vec![CLASS, SUBJECT, NUMBER]] {
        desk.go(table, super::columns(&columns));
        let done = desk.go(table, ExpandRowRequest { max_row_count: 9, category_id });
        let mut reader = Reader::new(&done.rows.data);
        let numbers = [1, 3].map(|number| {
            let row = read_row(&mut reader, &columns, Dialect::Rop).unwrap();
            columns.iter().zip(row).for_each(|(tag, cell)| match *tag {
                NUMBER => assert_eq!(cell, Ok(Value::Integer32(number))),
                SUBJECT => assert_eq!(cell, Ok(Value::String("b".to_owned()))),
                ROW_TYPE => assert_eq!(cell, Ok(Value::Integer32(1))),
                _ => assert_eq!(cell, Ok(Value::String("IPM.Note".to_owned()))),
            });
            number
        });
        assert_eq!(numbers.len(), usize::from(done.rows.count));
        assert!(reader.is_empty());
        desk.go(table, CollapseRowRequest { category_id });
    }
}

/// MS-OXCTABL R572, R578, R584, R590: other tables have no categories.
#[test]
fn only_contents_tables_have_categories() {
    let mut desk = Desk::new();
    let top = desk.folder(Special::IpmSubtree.id());
    let table = desk.hierarchy(top, 0, &[PropertyTag::PidTagDisplayName]);
    let category_id = ObjectId::own(1);
    assert_eq!(desk.fails(table, ExpandRowRequest { max_row_count: 0, category_id }), ErrorCode::NotSupported);
    assert_eq!(desk.fails(table, CollapseRowRequest { category_id }), ErrorCode::NotSupported);
    let keep = GetCollapseStateRequest { row_id: category_id, row_instance_number: 0 };
    assert_eq!(desk.fails(table, keep), ErrorCode::NotSupported);
    let set = SetCollapseStateRequest { collapse_state: vec![] };
    assert_eq!(desk.fails(table, set), ErrorCode::NotSupported);
}

/// MS-OXCTABL R81, R82: categories by the largest value of a column that their rows have, rows
/// within them by the keys after it. UNVERIFIED: in the direction of the category's own key.
#[test]
fn categories_stand_by_the_largest_value_in_them() {
    let mut desk = Desk::new();
    let mail: &[(&str, i32)] = &[("a", 1), ("b", 9), ("a", 4), ("c", 5), ("b", 2)];
    let by = |order| [(SUBJECT, order), (NUMBER, Order::MaximumCategory), (NUMBER, Order::Ascending)];
    let table = desk.grouped_table(mail, grouped(&by(Order::Ascending), 1, 1));
    assert_eq!(desk.shape(table), ["+a", "1", "4", "+c", "5", "+b", "2", "9"]);
    desk.go(table, grouped(&by(Order::Descending), 1, 1));
    assert_eq!(desk.shape(table), ["+b", "2", "9", "+c", "5", "+a", "1", "4"]);
    // The key is nothing but a modifier of the category before it.
    desk.go(table, grouped(&[(SUBJECT, Order::Ascending), (NUMBER, Order::MaximumCategory)], 1, 0));
    assert_eq!(desk.shape(table), ["-a", "-c", "-b"]);
    let nowhere = [
        (vec![(NUMBER, Order::MaximumCategory)], 0),
        (vec![(NUMBER, Order::MaximumCategory), (SUBJECT, Order::Ascending)], 1),
        (vec![(SUBJECT, Order::Ascending), (NUMBER, Order::Ascending), (NUMBER, Order::MaximumCategory)], 1),
    ];
    for (keys, levels) in nowhere {
        assert_eq!(desk.fails(table, grouped(&keys, levels, 0)), ErrorCode::InvalidParameter, "{keys:?}");
    }
    block_on(desk.session.release(&[table])).unwrap();
}
