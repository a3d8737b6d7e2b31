//! Which operations make a view besides those of `tables`, and where RopNotify and RopPending may stand. MS-OXCNOTIF
//! 2.2.1.3.4, 2.2.1.4.1, 3.1.4.3

use super::INBOX;
use super::client::{Client, World, message, save};
use mailstead::exec::ExecuteError;
use mailstead::mapi::{ErrorCode, ObjectId, Order, PropertyTag, SortOrder, SortOrderSet};
use mailstead::rop::{
    CollapseRowRequest, CreateBookmarkRequest, ExpandRowRequest, GetContentsTableRequest, Request, Response,
    SeekRowBookmarkRequest, SortTableRequest,
};
use mailstead::wire::pack_buffers;

const COLUMNS: &[PropertyTag] = &[PropertyTag::PidTagInstID, PropertyTag::PidTagRowType];

/// A table by subject with one category level, that nothing was read from yet.
fn unread_table(client: &mut Client, expanded_count: u16) -> u32 {
    let folder = client.folder(INBOX);
    let table = client.open(Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 }), folder);
    client.set_columns(table, COLUMNS);
    let by_subject = SortOrder { property_tag: PropertyTag::PidTagSubject, order: Order::Ascending };
    let sort_orders = SortOrderSet { sort_orders: vec![by_subject], categorized_count: 1, expanded_count };
    client.act(Request::SortTable(SortTableRequest { sort_table_flags: 0, sort_orders }), table);
    table
}

/// How many events there are of a table after a change in its folder.
fn told(world: &World, client: &mut Client, table: u32) -> usize {
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("b", 2)));
    client.poll().iter().filter(|(handle, _)| *handle == table).count()
}

/// The identifier of the first header.
fn header(client: &mut Client, expanded_count: u16) -> ObjectId {
    let table = unread_table(client, expanded_count);
    let tags: Vec<u32> = COLUMNS.iter().map(|tag| tag.0).collect();
    let query = mailstead::rop::QueryRowsRequest { query_rows_flags: 1, forward_read: true, row_count: 1 };
    let (replies, _) = client.run(&[Request::QueryRows(query)], &[table], &tags);
    let Response::QueryRows(read) = super::client::answer(&replies).unwrap() else { panic!("rows") };
    let bytes: [u8; 8] = read.rows.data[1..9].try_into().unwrap();
    client.release(table);
    ObjectId::from_i64(i64::from_le_bytes(bytes))
}

/// MS-OXCNOTIF R246, R248, R255: RopCollapseRow, RopExpandRow, RopSeekRowBookmark.
#[test]
fn categories_and_bookmarks_make_views() {
    let world = World::new();
    let mut a = world.client();
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    for expanded_count in [0, 1] {
        let category_id = header(&mut a, expanded_count);
        let table = unread_table(&mut a, expanded_count);
        assert_eq!(told(&world, &mut a, table), 0, "no view");
        a.act(
            if expanded_count == 0 {
                Request::ExpandRow(ExpandRowRequest { max_row_count: 0, category_id })
            } else {
                Request::CollapseRow(CollapseRowRequest { category_id })
            },
            table,
        );
        assert_ne!(told(&world, &mut a, table), 0, "{expanded_count}");
    }
    let table = unread_table(&mut a, 0);
    let Response::CreateBookmark(made) = a.act(Request::CreateBookmark(CreateBookmarkRequest {}), table) else {
        panic!("a bookmark")
    };
    let seek = SeekRowBookmarkRequest { bookmark: made.bookmark, row_count: 0, want_row_moved_count: false };
    a.act(Request::SeekRowBookmark(seek), table);
    assert_ne!(told(&world, &mut a, table), 0, "a bookmark");
}

/// MS-OXCNOTIF R8201, R496: RopNotify and RopPending are the server's: no request may be one of them.
#[test]
fn events_stand_in_answers_only() {
    let world = World::new();
    let mut a = world.client();
    for rop in [b"\x2A\0\0\0\0\0\0\0\0\0".as_slice(), b"\x6E\0\0", b"\xF9\0\0\0\0\0", b"\xFF\0\0"] {
        let size = u16::try_from(rop.len() + 2).unwrap();
        let payload = [&size.to_le_bytes(), rop, &a.logon.to_le_bytes()].concat();
        let packed = pack_buffers(&[payload], false, false);
        let answer = a.engine.execute(&a.caller, &mut a.objects, &packed, 0, a.max_out);
        assert!(matches!(answer, Err(ExecuteError::Code(ErrorCode::RpcFormat))), "{rop:02X?}");
    }
}
