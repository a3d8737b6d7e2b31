//! What operations cost, in counts that repeat: run by `tests/bench`, under valgrind, which counts the
//! instructions inside the functions named `measured_…` here and the calls of LMDB from there.
//! Not run by `cargo test`: preparing takes its time, and a single count proves nothing.

mod sync;

use crate::client::{NOW, string};
use mailstead::clock::Clock;
use mailstead::directory::{self, NewUser, User};
use mailstead::exec::{Caller, Engine, Objects};
use mailstead::mapi::{ObjectId, Order, PropertyTag, SortOrder, SortOrderSet, TaggedValue, Value};
use mailstead::rop::{
    GetContentsTableRequest, GetPropertiesSpecificRequest, Handles, LogonRequest, NO_HANDLE, OpenFolderRequest,
    QueryPositionRequest, QueryRowsRequest, Reply, Request, RequestBuffer, RequestFrame, Response, SeekRowRequest,
    SetColumnsRequest, SortTableRequest, read_responses,
};
use mailstead::store::{Kind, Location, Message, OpenOptions, Special, Store};
use mailstead::wire::{FileTime, pack_buffers, unpack_buffers};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the data of a size lies.
fn place(size: u64) -> PathBuf {
    PathBuf::from(std::env::var("MAILSTEAD_BENCH").expect("MAILSTEAD_BENCH names a directory")).join(size.to_string())
}

fn size() -> u64 {
    std::env::var("MAILSTEAD_SIZE").expect("MAILSTEAD_SIZE is a number").parse().unwrap()
}

/// An Inbox of so many messages of 2 KB.
#[test]
#[ignore = "for tests/bench"]
fn prepare() {
    let store = Store::open(&place(size()), &OpenOptions::default()).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.test", display_name: "Ann", password_hash: "", admin: false };
    let user = directory::create(&mut txn, "Mailstead", &new, NOW).unwrap();
    txn.commit().unwrap();
    let at = Location { folder: Special::Inbox.counter(), kind: Kind::new(false, false) };
    let all: Vec<u64> = (0..size()).collect();
    for piece in all.chunks(1000) {
        let mut txn = store.write().unwrap();
        let mut owner = txn.mailbox(user.id).unwrap();
        for number in piece {
            let id = txn.take_message_id(user.id, &mut owner, at.folder).unwrap();
            let mut message = Message::default();
            message.head.change_number = owner.take_change().unwrap();
            let subject = format!("message {}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40);
            for TaggedValue { tag, value } in [
                string(PropertyTag::PidTagMessageClass, "IPM.Note"),
                string(PropertyTag::PidTagNormalizedSubject, &subject),
                string(PropertyTag::PidTagBody, &"x".repeat(2000)),
                TaggedValue::new(PropertyTag::PidTagMessageDeliveryTime, Value::Time(FileTime(NOW.0 + number))),
            ] {
                message.head.properties.set(tag.id(), value);
            }
            txn.save_message(user.id, &mut owner, at, id, &mut message, NOW).unwrap();
        }
        txn.put_mailbox(user.id, &owner).unwrap();
        txn.commit().unwrap();
    }
}

/// A session with the Inbox open.
struct Bench {
    engine: Engine,
    caller: Caller,
    objects: Objects,
    logon: u32,
    folder: u32,
}

impl Bench {
    fn open() -> Self {
        // valgrind has no room for the usual map.
        let store = Arc::new(Store::open(&place(size()), &OpenOptions { map_size_bytes: 2 << 30 }).unwrap());
        let user: User = directory::all(&store.read().unwrap()).unwrap().remove(0);
        let engine = Engine::new(store, Clock::test(NOW));
        let caller = Caller { user, admin: false, client_version: [16, 0, 0], code_page: 1252, locale: 0x409 };
        let mut bench = Self { engine, caller, objects: Objects::default(), logon: 0, folder: 0 };
        let essdn = [bench.caller.user.legacy_dn.as_bytes(), b"\0"].concat();
        let logon = LogonRequest { logon_flags: 1, open_flags: 0x0100_0000, store_state: 0, essdn };
        bench.logon = bench.run(Request::Logon(logon), NO_HANDLE, 0);
        let folder = OpenFolderRequest { folder_id: Special::Inbox.id(), open_mode_flags: 0 };
        bench.folder = bench.run(Request::OpenFolder(folder), bench.logon, 1);
        bench
    }

    fn run(&mut self, request: Request, input: u32, other: u8) -> u32 {
        self.send(request, &[input, NO_HANDLE], Handles { input: 0, other }).0[usize::from(other)]
    }

    /// A save: of what `object` is, for the handle of what it is in.
    fn save(&mut self, request: Request, object: u32, within: u32) {
        self.send(request, &[within, object], Handles { input: 1, other: 0 });
    }

    /// As [`Bench::run`], and what the response says.
    fn ask(&mut self, request: Request, input: u32, other: u8) -> (u32, Response) {
        let frame = RequestFrame { logon_id: 0, handles: Handles { input: 0, other }, request: request.clone() };
        let (handles, list) = self.send(request, &[input, NO_HANDLE], Handles { input: 0, other });
        let mut replies = read_responses(&list, &[frame], &[Vec::new()]).unwrap();
        let Reply::Response(frame) = replies.remove(0) else { panic!("{replies:?}") };
        (handles[usize::from(other)], frame.result.unwrap())
    }

    fn send(&mut self, request: Request, table: &[u32], handles: Handles) -> (Vec<u32>, Vec<u8>) {
        let frame = RequestFrame { logon_id: 0, handles, request };
        let packed = pack_buffers(&[RequestBuffer::pack(&[frame], table)], false, false);
        let out = self.engine.execute(&self.caller, &mut self.objects, &packed, 0, 0x10000).unwrap();
        let payload = unpack_buffers(&out).unwrap().remove(0);
        let (list, handles) = mailstead::rop::unpack_payload(&payload).unwrap();
        assert_eq!(list[2..6], [0; 4], "{list:02x?}");
        (handles, list.to_vec())
    }

    /// A contents table, sorted, and its first rows.
    fn rows(&mut self, sort: PropertyTag) -> u32 {
        let table = self.run(Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 }), self.folder, 1);
        let property_tags =
            vec![PropertyTag::PidTagMid, PropertyTag::PidTagSubject, PropertyTag::PidTagMessageDeliveryTime];
        self.run(Request::SetColumns(SetColumnsRequest { set_columns_flags: 0, property_tags }), table, 1);
        let sort_orders = vec![SortOrder { property_tag: sort, order: Order::Descending }];
        let sort_orders = SortOrderSet { categorized_count: 0, expanded_count: 0, sort_orders };
        self.run(Request::SortTable(SortTableRequest { sort_table_flags: 0, sort_orders }), table, 1);
        let rows = QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 50 };
        self.run(Request::QueryRows(rows), table, 1);
        table
    }
}

#[inline(never)]
fn measured_newest(bench: &mut Bench) -> u32 {
    bench.rows(PropertyTag::PidTagMessageDeliveryTime)
}

#[inline(never)]
fn measured_position(bench: &mut Bench, table: u32) {
    bench.run(Request::QueryPosition(QueryPositionRequest {}), table, 1);
}

/// Where the middle row stands once another has come, and the rows from there.
#[inline(never)]
fn measured_changed(bench: &mut Bench, table: u32) {
    bench.run(Request::QueryPosition(QueryPositionRequest {}), table, 1);
    let rows = QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 50 };
    bench.run(Request::QueryRows(rows), table, 1);
}

#[inline(never)]
fn measured_counters(bench: &mut Bench) {
    let property_tags = vec![
        PropertyTag::PidTagContentCount,
        PropertyTag::PidTagContentUnreadCount,
        PropertyTag::PidTagAssociatedContentCount,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagSubfolders,
    ];
    let request = GetPropertiesSpecificRequest { property_size_limit: 0, want_unicode: 1, property_tags };
    let folder = bench.folder;
    bench.run(Request::GetPropertiesSpecific(request), folder, 1);
}

#[inline(never)]
fn measured_sorted(bench: &mut Bench) -> u32 {
    bench.rows(PropertyTag::PidTagSubject)
}

#[test]
#[ignore = "for tests/bench"]
fn newest() {
    measured_newest(&mut Bench::open());
}

#[test]
#[ignore = "for tests/bench"]
fn position() {
    let mut bench = Bench::open();
    let table = bench.rows(PropertyTag::PidTagMessageDeliveryTime);
    measured_position(&mut bench, table);
}

#[test]
#[ignore = "for tests/bench"]
fn changed() {
    let mut bench = Bench::open();
    let table = bench.rows(PropertyTag::PidTagMessageDeliveryTime);
    let row_count = i32::try_from(size() / 2).unwrap();
    let middle = SeekRowRequest { origin: 0, row_count, want_row_moved_count: false };
    bench.run(Request::SeekRow(middle), table, 1);
    let mailbox = bench.caller.user.id;
    let at = Location { folder: Special::Inbox.counter(), kind: Kind::new(false, false) };
    let mut txn = bench.engine.store.write().unwrap();
    let mut owner = txn.mailbox(mailbox).unwrap();
    let id = owner.take_id().unwrap();
    let mut message = Message::default();
    let newest = Value::Time(FileTime(NOW.0 + 2 * size()));
    message.head.properties.set(PropertyTag::PidTagMessageDeliveryTime.id(), newest);
    txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
    txn.commit().unwrap();
    measured_changed(&mut bench, table);
}

#[test]
#[ignore = "for tests/bench"]
fn counters() {
    measured_counters(&mut Bench::open());
}

#[test]
#[ignore = "for tests/bench"]
fn sorted() {
    measured_sorted(&mut Bench::open());
}

/// That the identifiers of folders are what they are.
#[test]
fn the_inbox_is_where_the_bench_looks() {
    assert_eq!(Special::Inbox.id(), ObjectId::own(Special::Inbox.counter()));
}
