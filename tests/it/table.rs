//! Tables: columns, rows, position, sorting, restrictions, bookmarks. MS-OXCTABL 3.2.5

mod category;
mod kinds;
mod position;
mod restrict;
mod states;

use crate::client::{Desk, string};
use mailstead::client::Operation;
use mailstead::mapi::{
    Cell, Dialect, ErrorCode, ObjectId, Order, PropertyTag, PropertyType, RelOp, Restriction, SortOrder, SortOrderSet,
    TaggedValue, Value,
};
use mailstead::rop::{
    AbortRequest, CreateBookmarkRequest, FindRowRequest, FreeBookmarkRequest, GetContentsTableRequest,
    GetStatusRequest, NO_HANDLE, QueryColumnsAllRequest, QueryPositionRequest, QueryRowsRequest, ResetTableRequest,
    RestrictRequest, SeekRowBookmarkRequest, SeekRowFractionalRequest, SeekRowRequest, SetColumnsRequest,
    SortTableRequest,
};
use mailstead::store::Special;
use mailstead::wire::{FileTime, Writer};
use smol::block_on;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const NUMBER: PropertyTag = PropertyTag::PidTagInternetArticleNumber;
const BEGINNING: u8 = 0;
const CURRENT: u8 = 1;
const END: u8 = 2;

fn columns(tags: &[PropertyTag]) -> SetColumnsRequest {
    SetColumnsRequest { set_columns_flags: 0, property_tags: tags.to_vec() }
}

fn query(query_rows_flags: u8, forward_read: bool, row_count: u16) -> QueryRowsRequest {
    QueryRowsRequest { query_rows_flags, forward_read, row_count }
}

fn seek(origin: u8, row_count: i32) -> SeekRowRequest {
    SeekRowRequest { origin, row_count, want_row_moved_count: true }
}

fn sort(keys: &[(PropertyTag, Order)]) -> SortTableRequest {
    let sort_orders = keys.iter().map(|(property_tag, order)| SortOrder { property_tag: *property_tag, order: *order });
    let sort_orders = SortOrderSet { sort_orders: sort_orders.collect(), ..SortOrderSet::default() };
    SortTableRequest { sort_table_flags: 0, sort_orders }
}

fn bytes(restriction: &Restriction) -> Vec<u8> {
    let mut w = Writer::new();
    restriction.write_as(&mut w, Dialect::Rop);
    w.into_bytes()
}

fn restrict(restriction: &Restriction) -> RestrictRequest {
    RestrictRequest { restrict_flags: 0, restriction_data: bytes(restriction) }
}

fn subject_is(rel_op: RelOp, text: &str) -> Restriction {
    Restriction::Property { rel_op, property_tag: SUBJECT, tagged_value: string(SUBJECT, text) }
}

fn find(restriction: &Restriction, find_row_flags: u8, origin: u8) -> FindRowRequest {
    FindRowRequest { find_row_flags, restriction_data: bytes(restriction), origin, bookmark: Vec::new() }
}

impl Desk {
    /// A table of an Inbox with these subjects, in this order; the number tells them apart.
    #[track_caller]
    fn table_of(&mut self, subjects: &[&str]) -> u32 {
        for (number, subject) in (0..).zip(subjects) {
            let values = vec![string(SUBJECT, subject), TaggedValue::new(NUMBER, Value::Integer32(number))];
            self.message(Special::Inbox.id(), values);
        }
        let inbox = self.inbox();
        let table = self.contents(inbox, &[SUBJECT]);
        self.go(table, sort(&[(NUMBER, Order::Ascending)]));
        table
    }

    /// Subjects of the rows that one QueryRows gives, and where that ended.
    #[track_caller]
    fn page(&mut self, table: u32, request: QueryRowsRequest) -> (Vec<String>, u8) {
        let columns = self.session.columns(table).to_vec();
        let response = self.go(table, request);
        let mut reader = mailstead::wire::Reader::new(&response.rows.data);
        let rows: Vec<Vec<Cell>> = (0..response.rows.count)
            .map(|_| mailstead::mapi::read_row(&mut reader, &columns, Dialect::Rop).unwrap())
            .collect();
        (rows.iter().map(|row| mailstead::client::text(row, 0)).collect(), response.origin)
    }

    /// Numerator and Denominator.
    #[track_caller]
    fn standing(&mut self, table: u32) -> (u32, u32) {
        let response = self.go(table, QueryPositionRequest {});
        (response.numerator, response.denominator)
    }
}

/// MS-OXCTABL R462 to R468, R724 to R726, R784 (3.2.5.5)
/// MS-OXCTABL R95, R108 to R119 (2.2.2.5), R136 to R139 (2.2.2.8), R472, R27, R29, R3
/// MS-OXCROPS R1160 R1173 R1185 R1186
#[test]
fn rows_are_read_forward_and_backward_from_the_cursor() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c", "d", "e"]);
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(desk.page(table, query(0, true, 2)), (strings(&["a", "b"]), CURRENT));
    assert_eq!(desk.standing(table), (2, 5));
    assert_eq!(desk.page(table, query(0, true, 10)), (strings(&["c", "d", "e"]), END));
    assert_eq!(desk.page(table, query(0, true, 10)), (vec![], END), "no rows only at the end");
    // R469 tells which rows; in which order is not said: here it is that of reading.
    assert_eq!(desk.page(table, query(0, false, 2)), (strings(&["e", "d"]), CURRENT));
    assert_eq!(desk.standing(table), (3, 5));
    assert_eq!(desk.page(table, query(0, false, 10)), (strings(&["c", "b", "a"]), BEGINNING));
    assert_eq!(desk.page(table, query(0, false, 1)), (vec![], BEGINNING));
    // R470: NoAdvance looks, and stays.
    assert_eq!(desk.page(table, query(1, true, 2)).0, ["a", "b"]);
    assert_eq!(desk.standing(table), (0, 5));
}

/// MS-OXCTABL R464, R465, R478 (3.2.5.5): whole rows, as many as fit; none is an error.
/// MS-OXCTABL R112, R472
#[test]
fn rows_fill_a_buffer_and_go_on() {
    let mut desk = Desk::new();
    let subjects: Vec<String> = (0..120).map(|n| format!("{n:03}{}", "x".repeat(250))).collect();
    let table = desk.table_of(&subjects.iter().map(String::as_str).collect::<Vec<_>>());
    let (first, origin) = desk.page(table, query(0, true, 1000));
    assert!(first.len() > 10 && first.len() < 120 && origin == CURRENT, "{}", first.len());
    let rest = desk.texts(table);
    assert_eq!([first, rest].concat(), subjects);
    desk.go(table, seek(BEGINNING, 0));
    // Even with all values left out, twenty cells are not to be had in so little.
    desk.go(table, columns(&[SUBJECT; 20]));
    desk.session.link.max_rop_out = 80;
    assert_eq!(desk.fails(table, query(0, true, 1)).0, 0x47D);
    desk.session.link.max_rop_out = 0x8008;
    assert_eq!(desk.standing(table), (0, 120), "and nothing was lost");
}

/// MS-OXCTABL R426 to R429, R432 to R436, R471, R476, R477 (3.2.5.2, 3.2.5.5)
/// MS-OXCTABL R44, R45, R50, R813, R814, R116, R472, R614
/// MS-OXCROPS R1045 R1060 R1061 R1072 R1073 R1189 R1192
#[test]
fn columns_come_first_and_decide_the_rows() {
    let mut desk = Desk::new();
    desk.note(Special::Inbox.id(), "a");
    let inbox = desk.inbox();
    let table = desk.make(inbox, GetContentsTableRequest { table_flags: 0 });
    assert_eq!(desk.fails(table, query(0, true, 1)), ErrorCode::NullObject);
    assert_eq!(desk.fails(table, find(&subject_is(RelOp::Equal, "a"), 0, BEGINNING)), ErrorCode::NullObject);
    let missing = PropertyTag::PidTagInternetMessageId;
    assert_eq!(desk.go(table, columns(&[missing, SUBJECT, SUBJECT])).table_status, 0);
    let a = Ok(Value::String("a".to_owned()));
    assert_eq!(desk.rows(table), [vec![Err(ErrorCode::NotFound), a.clone(), a.clone()]]);
    for bad in [
        SUBJECT.with_type(PropertyType::Unspecified),
        SUBJECT.with_type(PropertyType::ErrorCode),
        SUBJECT.with_type(PropertyType(0x7777)),
    ] {
        assert_eq!(desk.fails(table, columns(&[SUBJECT, bad])), ErrorCode::InvalidParameter, "{bad:?}");
        // R429, exchange.md: unusable until it succeeds.
        assert_eq!(desk.fails(table, query(0, true, 1)), ErrorCode::NullObject);
    }
    desk.go(table, columns(&[SUBJECT.with_type(PropertyType::String8)]));
    desk.go(table, seek(BEGINNING, 0));
    assert_eq!(desk.rows(table), [vec![Ok(Value::String8(b"a".to_vec()))]], "text in both forms");
    assert_eq!(desk.fails(inbox, columns(&[SUBJECT])), ErrorCode::NotSupported);
    assert_eq!(desk.fails(inbox, query(0, true, 1)), ErrorCode::NotSupported);
}

/// MS-OXCTABL R491 (3.2.5.8), R496, R497 (3.2.5.9)
/// MS-OXCTABL R140 to R142, R148, R150, R152 to R163 (2.2.2.9), R612, R27, R28, R29, R137 to R139
/// MS-OXCROPS R1258 R1276 R1278 R1287 R1297 R1298 R1300 R1302 R1312 R1313 R1314
#[test]
fn the_cursor_is_moved_by_rows() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c", "d", "e"]);
    for (origin, count, moved, less, at) in [
        (BEGINNING, 3, 3, false, 3),
        (CURRENT, 1, 1, false, 4),
        (CURRENT, -3, -3, false, 1),
        (CURRENT, -3, -1, true, 0),
        (END, -2, -2, false, 3),
        (CURRENT, 9, 2, true, 5),
        (END, 0, 0, false, 5),
        (BEGINNING, 0, 0, false, 0),
        (END, i32::MIN, -5, true, 0),
        (BEGINNING, i32::MAX, 5, true, 5),
    ] {
        let response = desk.go(table, seek(origin, count));
        assert_eq!((response.rows_sought, response.has_sought_less), (moved, less), "{origin} {count}");
        assert_eq!(desk.standing(table), (at, 5), "{origin} {count}");
    }
    assert!(!desk.fails(table, seek(3, 0)).is_success(), "an origin that is none");
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, seek(BEGINNING, 0)), ErrorCode::NotSupported);
    assert_eq!(desk.fails(inbox, QueryPositionRequest {}), ErrorCode::NotSupported);
}

/// MS-OXCTABL 3.2.5.11: a fraction of the table, to its end at most.
/// MS-OXCTABL R198, R203, R204 (2.2.2.11), R513 to R516
/// MS-OXCROPS R1363 R1373 R1375
#[test]
fn the_cursor_is_moved_by_a_fraction() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c", "d"]);
    for (numerator, denominator, at) in [(1, 2, 2), (0, 7, 0), (3, 4, 3), (1, 1, 4), (9, 2, 4), (u32::MAX, u32::MAX, 4)]
    {
        desk.go(table, SeekRowFractionalRequest { numerator, denominator });
        assert_eq!(desk.standing(table), (at, 4), "{numerator}/{denominator}");
    }
    let zero = SeekRowFractionalRequest { numerator: 1, denominator: 0 };
    assert!(!desk.fails(table, zero).is_success());
}

/// MS-OXCTABL R437 to R440, R450 (3.2.5.3); MS-OXCDATA 2.13.1
/// MS-OXCTABL R56, R76, R77, R119, R447
/// MS-OXCROPS R1082 R1103 R1114
#[test]
fn a_table_is_sorted_by_several_keys() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["b", "a", "B", "c", "a"]);
    desk.go(table, query(0, true, 2));
    let by = |order| [(SUBJECT, order), (NUMBER, Order::Descending)];
    assert_eq!(desk.go(table, sort(&by(Order::Ascending))).table_status, 0);
    assert_eq!(desk.standing(table).0, 0, "sorting goes back to the beginning");
    desk.go(table, columns(&[SUBJECT, NUMBER]));
    let shown = |desk: &mut Desk| -> Vec<(String, i32)> {
        let rows = desk.rows(table);
        rows.iter()
            .map(|row| {
                let Ok(Value::Integer32(number)) = row[1] else { panic!("{row:?}") };
                (mailstead::client::text(row, 0).to_lowercase(), number)
            })
            .collect()
    };
    let row = |text: &str, number| (text.to_owned(), number);
    // Text is sorted without case, so b and B are equal and the number decides.
    assert_eq!(shown(&mut desk), [row("a", 4), row("a", 1), row("b", 2), row("b", 0), row("c", 3)]);
    desk.go(table, sort(&by(Order::Descending)));
    assert_eq!(shown(&mut desk), [row("c", 3), row("b", 2), row("b", 0), row("a", 4), row("a", 1)]);
    let top = desk.folder(Special::IpmSubtree.id());
    let hierarchy = desk.hierarchy(top, 0, &[PropertyTag::PidTagDisplayName]);
    assert_eq!(desk.fails(hierarchy, sort(&[(SUBJECT, Order::Ascending)])), ErrorCode::NotSupported);
}

/// MS-OXCDATA 2.13.1: every type that a column can have has an order; what has no value is at one end.
#[test]
fn numbers_times_and_truths_are_sorted_as_such() {
    let mut desk = Desk::new();
    let time = |n: u64| Value::Time(FileTime(130_000_000_000_000_000 + n));
    let cases: Vec<(PropertyTag, Vec<Value>)> = vec![
        (PropertyTag::PidTagMessageDeliveryTime, vec![time(0), time(1), time(u64::from(u32::MAX))]),
        (PropertyTag(0x6901_0003), [-5, 0, 70_000].map(Value::Integer32).to_vec()),
        (PropertyTag(0x6902_0014), [i64::MIN, -1, i64::MAX].map(Value::Integer64).to_vec()),
        (PropertyTag(0x6903_0005), [-1.5, 0.0, 1e9].map(Value::Floating64).to_vec()),
        (PropertyTag(0x6904_000B), vec![Value::Boolean(false), Value::Boolean(true)]),
        (PropertyTag(0x6905_0102), vec![Value::Binary(vec![]), Value::Binary(vec![1]), Value::Binary(vec![1, 0])]),
        (PropertyTag(0x6906_001F), ["", "Ä", "Z"].map(|text| Value::String(text.to_owned())).to_vec()),
    ];
    for (tag, values) in cases {
        let (folder, id) = {
            let top = desk.folder(Special::IpmSubtree.id());
            desk.create_folder(top, &format!("Sorted by {:x}", tag.0))
        };
        for value in values.iter().rev() {
            desk.message(id, vec![TaggedValue { tag, value: value.clone() }]);
        }
        let table = desk.contents(folder, &[tag]);
        let expected: Vec<Vec<Cell>> = values.iter().map(|value| vec![Ok(value.clone())]).collect();
        desk.go(table, sort(&[(tag, Order::Ascending)]));
        let up = desk.rows(table);
        if tag.property_type() != PropertyType::String {
            assert_eq!(up, expected, "{tag:?}");
        }
        desk.go(table, sort(&[(tag, Order::Descending)]));
        let mut down = desk.rows(table);
        down.reverse();
        assert_eq!(down, up, "{tag:?}");
    }
}

/// MS-OXCTABL R503 to R505, R870, R871 (3.2.5.10), 2.2.2.12, R439, R453
/// MS-OXCTABL R165, R166, R176, R178, R180, R186 to R190, R192, R193 (2.2.2.10), R208, R211 to R213, R522, R247,
/// R257, R562, R863, R864, R865
/// MS-OXCROPS R1323 R1336 R1338 R1340 R1352 R1354 R1383 R1404 R1495 R1508
#[test]
fn a_bookmark_finds_its_row_again_until_the_table_changes() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c", "d", "e"]);
    desk.go(table, seek(BEGINNING, 2));
    let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
    assert!(!bookmark.is_empty());
    desk.go(table, seek(END, 0));
    let to = |row_count| SeekRowBookmarkRequest { bookmark: bookmark.clone(), row_count, want_row_moved_count: true };
    let response = desk.go(table, to(0));
    assert!(!response.row_no_longer_visible);
    assert_eq!(desk.standing(table), (2, 5));
    let response = desk.go(table, to(-9));
    assert_eq!((response.rows_sought, response.has_sought_less), (-2, true));
    // A row before it more: the bookmark is at its row still.
    let values = vec![string(SUBJECT, "before"), TaggedValue::new(NUMBER, Value::Integer32(-1))];
    desk.message(Special::Inbox.id(), values);
    desk.go(table, to(0));
    assert_eq!(desk.page(table, query(1, true, 1)).0, ["c"]);
    let strange = SeekRowBookmarkRequest { bookmark: vec![9; 7], row_count: 0, want_row_moved_count: false };
    assert_eq!(desk.fails(table, strange), ErrorCode::InvalidBookmark);
    for change in 0..3 {
        let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
        match change {
            0 => drop(desk.go(table, sort(&[(NUMBER, Order::Ascending)]))),
            1 => drop(desk.go(table, RestrictRequest { restrict_flags: 0, restriction_data: Vec::new() })),
            _ => {
                desk.go(table, ResetTableRequest {});
                desk.go(table, columns(&[SUBJECT]));
            }
        }
        let request = SeekRowBookmarkRequest { bookmark, row_count: 0, want_row_moved_count: true };
        assert_eq!(desk.fails(table, request), ErrorCode::InvalidBookmark, "{change}");
    }
    let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
    desk.go(table, FreeBookmarkRequest { bookmark: bookmark.clone() });
    let request = SeekRowBookmarkRequest { bookmark, row_count: 0, want_row_moved_count: true };
    assert!(!desk.fails(table, request).is_success());
}

/// MS-OXCTABL R182 to R185 (2.2.2.10.2), R506 (3.2.5.10): in every kind of order.
/// MS-OXCTABL R181
/// MS-OXCROPS R1350
#[test]
fn a_bookmark_whose_row_is_gone_is_at_the_next() {
    let orders: [&[(PropertyTag, Order)]; 3] =
        [&[], &[(PropertyTag::PidTagMessageDeliveryTime, Order::Descending)], &[(SUBJECT, Order::Ascending)]];
    for order in orders {
        let mut desk = Desk::new();
        desk.table_of(&["a", "b", "c", "d"]);
        let inbox = desk.inbox();
        let table = desk.contents(inbox, &[SUBJECT, PropertyTag::PidTagMid]);
        desk.go(table, sort(order));
        let rows = desk.rows(table);
        let id = |n: usize| match rows[n][1] {
            Ok(Value::Integer64(id)) => ObjectId::from_i64(id),
            ref other => panic!("{other:?}"),
        };
        desk.go(table, seek(BEGINNING, 2));
        let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
        let to = SeekRowBookmarkRequest { bookmark, row_count: 0, want_row_moved_count: true };
        let delete = |desk: &mut Desk, n: usize| {
            let message_ids = vec![id(n)];
            let request = mailstead::rop::HardDeleteMessagesRequest {
                want_asynchronous: false,
                notify_non_read: false,
                message_ids,
            };
            desk.go(inbox, request);
        };
        delete(&mut desk, 0);
        assert!(!desk.go(table, to.clone()).row_no_longer_visible);
        assert_eq!(desk.standing(table), (1, 3), "{order:?}");
        delete(&mut desk, 2);
        assert!(desk.go(table, to.clone()).row_no_longer_visible);
        let next = desk.page(table, query(1, true, 1)).0;
        let expected = rows.get(3).map(|row| mailstead::client::text(row, 0));
        if order.len() == 1 && order[0].0 == SUBJECT {
            // A list forgets where its rows were: at or after the place.
            continue;
        }
        assert_eq!(next, expected.into_iter().collect::<Vec<_>>(), "{order:?}");
    }
}

/// MS-OXCTABL 3.2.5.14 (RopFindRow): the next row that fits, and the cursor with it.
/// MS-OXCTABL R223, R225, R226, R242 to R245, R534, R536, R540
/// MS-OXCROPS R1445 R1455 R1462 R1464 R1482
#[test]
fn a_row_is_found_forward_and_backward() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "x", "b", "x", "c"]);
    let x = subject_is(RelOp::Equal, "x");
    let response = desk.go(table, find(&x, 0, BEGINNING));
    assert!(response.row_data.is_some() && !response.row_no_longer_visible);
    assert_eq!(desk.standing(table).0, 1);
    desk.go(table, seek(CURRENT, 1));
    desk.go(table, find(&x, 0, CURRENT));
    assert_eq!(desk.standing(table).0, 3);
    desk.go(table, seek(CURRENT, 1));
    assert_eq!(desk.fails(table, find(&x, 0, CURRENT)), ErrorCode::NotFound);
    desk.go(table, find(&x, 1, END));
    assert_eq!(desk.standing(table).0, 3, "backward from the end");
    assert_eq!(desk.fails(table, find(&subject_is(RelOp::Equal, "nothing"), 0, BEGINNING)), ErrorCode::NotFound);
    // From a bookmark.
    desk.go(table, seek(BEGINNING, 2));
    let bookmark = desk.go(table, CreateBookmarkRequest {}).bookmark;
    desk.go(table, seek(BEGINNING, 0));
    let request = FindRowRequest { find_row_flags: 0, restriction_data: bytes(&x), origin: 3, bookmark };
    desk.go(table, request);
    assert_eq!(desk.standing(table).0, 3);
}

/// MS-OXCTABL 3.2.5.16 (RopResetTable): columns, sorting and restriction are forgotten.
/// MS-OXCTABL R256, R258, R553 to R558, R560, R561, R564, R118
/// MS-OXCROPS R1516
#[test]
fn a_table_begins_anew() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b"]);
    desk.go(table, restrict(&subject_is(RelOp::Equal, "b")));
    desk.go(table, query(0, true, 1));
    desk.go(table, ResetTableRequest {});
    assert_eq!(desk.fails(table, query(0, true, 1)), ErrorCode::NullObject, "columns are wanted again");
    desk.go(table, columns(&[SUBJECT]));
    assert_eq!(desk.standing(table), (0, 2));
    assert_eq!(desk.rows(table).len(), 2);
}

/// MS-OXCTABL R485, R486, R487, R490; exchange.md: complete, and nothing to abort
/// MS-OXCTABL R33, R124, R129, R131, R132, R402, R479, R54, R416
/// MS-OXCROPS R1230 R1248 R1249
#[test]
fn nothing_is_ever_under_way() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a"]);
    assert_eq!(desk.go(table, GetStatusRequest {}).table_status, 0);
    assert_eq!(desk.fails(table, AbortRequest {}).0, 0x8004_0114);
    let asynchronous = SetColumnsRequest { set_columns_flags: 1, property_tags: vec![SUBJECT] };
    assert_eq!(desk.go(table, asynchronous).table_status, 0);
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, GetStatusRequest {}), ErrorCode::NotSupported);
    assert_eq!(desk.fails(inbox, AbortRequest {}), ErrorCode::NotSupported);
}

/// MS-OXCTABL 3.2.5.13 (RopQueryColumnsAll)
/// MS-OXCTABL R216, R217, R220 to R222
/// MS-OXCROPS R1414 R1432 R1436
#[test]
fn a_table_says_what_columns_it_could_have() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a"]);
    let all = desk.go(table, QueryColumnsAllRequest {}).property_tags;
    for tag in [SUBJECT, PropertyTag::PidTagMid, PropertyTag::PidTagMessageDeliveryTime] {
        assert!(all.contains(&tag), "{tag:?}");
    }
    let top = desk.folder(Special::IpmSubtree.id());
    let hierarchy = desk.hierarchy(top, 0, &[PropertyTag::PidTagDisplayName]);
    let all = desk.go(hierarchy, QueryColumnsAllRequest {}).property_tags;
    assert!(all.contains(&PropertyTag::PidTagFolderId) && all.contains(&PropertyTag::PidTagDisplayName));
}

/// MS-OXCTABL 3.2.5: an open table shows what comes and what goes.
#[test]
fn a_table_is_alive() {
    let mut desk = Desk::new();
    let table = desk.table_of(&["a", "b", "c"]);
    let mut beside = desk.beside();
    let inbox = beside.inbox();
    let other = beside.contents(inbox, &[PropertyTag::PidTagMid, SUBJECT]);
    let rows = beside.rows(other);
    let row = rows.iter().find(|row| mailstead::client::text(row, 1) == "b").unwrap();
    let Ok(Value::Integer64(id)) = row[0] else { panic!("{row:?}") };
    let message_ids = vec![ObjectId::from_i64(id)];
    let delete =
        mailstead::rop::HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids };
    beside.go(inbox, delete);
    beside.note(Special::Inbox.id(), "new");
    let mut texts = desk.texts(table);
    texts.sort();
    assert_eq!(texts, ["a", "c", "new"]);
    assert_eq!(desk.standing(table).1, 3);
}

/// MS-OXCTABL 2.2.1.1 to 2.2.1.4; MS-OXCFOLD 2.2.2.2: what only tables have.
/// MS-OXCTABL R6, R10
#[test]
fn rows_of_messages_say_which_they_are() {
    let mut desk = Desk::new();
    let id = desk.note(Special::Inbox.id(), "a");
    let inbox = desk.inbox();
    let tags = [
        PropertyTag::PidTagMid,
        PropertyTag::PidTagInstID,
        PropertyTag::PidTagInstanceNum,
        PropertyTag::PidTagFolderId,
        PropertyTag::PidTagRowType,
        PropertyTag::PidTagEntryId,
    ];
    let table = desk.contents(inbox, &tags);
    let rows = desk.rows(table);
    let number = Ok(Value::Integer64(id.to_i64()));
    assert_eq!(rows[0][0], number);
    assert_eq!(rows[0][1], number);
    assert_eq!(rows[0][2], Ok(Value::Integer32(0)));
    assert_eq!(rows[0][3], Ok(Value::Integer64(Special::Inbox.id().to_i64())));
    assert_eq!(rows[0][4], Ok(Value::Integer32(1)));
    let message = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(rows[0][5], desk.get(message, PropertyTag::PidTagEntryId));
}

/// A long value is cut in a row, never left out. MS-OXCTABL R465
#[test]
fn a_long_cell_does_not_spoil_its_row() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(SUBJECT, "long")]);
    let wide: Vec<u8> = "b".repeat(100_000).encode_utf16().flat_map(u16::to_le_bytes).collect();
    block_on(desk.session.write_stream(message, PropertyTag::PidTagBody, &wide)).unwrap();
    desk.save(message);
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[PropertyTag::PidTagBody, SUBJECT]);
    let rows = desk.rows(table);
    assert_eq!(rows[0][1], Ok(Value::String("long".to_owned())));
    assert_eq!(rows[0][0], Ok(Value::String("b".repeat(255))));
}

/// A message that is nowhere in the table is not in its rows. MS-OXCTABL R834, and each operation
/// on something that is no table.
/// MS-OXCTABL R57, R88, R259, R209, R218, R200, R682
#[test]
fn a_message_is_no_table() {
    fn refused<O: Operation>(desk: &mut Desk, on: u32, operation: O) {
        let outcome = desk.attempt_on([on, NO_HANDLE], operation).map(drop);
        assert_eq!(outcome, Err(ErrorCode::NotSupported), "{}", O::NAME);
    }
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    refused(&mut desk, message, sort(&[(SUBJECT, Order::Ascending)]));
    refused(&mut desk, message, restrict(&subject_is(RelOp::Equal, "x")));
    refused(&mut desk, message, ResetTableRequest {});
    refused(&mut desk, message, CreateBookmarkRequest {});
    refused(&mut desk, message, QueryColumnsAllRequest {});
    refused(&mut desk, message, SeekRowFractionalRequest { numerator: 0, denominator: 1 });
    refused(&mut desk, message, find(&subject_is(RelOp::Equal, "x"), 0, BEGINNING));
}
