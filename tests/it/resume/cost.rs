//! What keeping sessions costs, in counts that repeat.

use super::{Host, INBOX, Peer as _, columns};
use mailstead::mapi::ObjectId;
use mailstead::rop::{
    CreateMessageRequest, GetContentsTableRequest, GetPropertiesSpecificRequest, NO_HANDLE, OpenFolderRequest,
    QueryRowsRequest, RegisterNotificationRequest, Request, SaveChangesMessageRequest, SetColumnsRequest,
};

fn open_folder(host: &mut Host, logon: u32, folder: u64) -> u32 {
    let request = OpenFolderRequest { folder_id: ObjectId::own(folder), open_mode_flags: 0 };
    host.run(0, Some(&Request::OpenFolder(request)), logon).1
}

/// A batch that changed nothing of its session writes nothing, one that did writes once, one that
/// changed the data file too three times: before, for those who hear of it, and after. Nothing of that
/// is synced: the store is opened without.
#[test]
fn only_what_changed_is_written() {
    let mut host = Host::new();
    host.connect();
    let logon = host.log_on(0);
    let folder = open_folder(&mut host, logon, INBOX);
    let writes = |host: &mut Host, request: &Request, input: u32| {
        let before = (host.sessions_written(), host.place.store.last_transaction());
        let (answer, handle) = host.run(0, Some(request), input);
        assert_eq!(&answer[2..6], [0; 4], "{request:?}");
        let after = (host.sessions_written(), host.place.store.last_transaction());
        ((after.0 - before.0, after.1 - before.1), handle)
    };
    let properties = Request::GetPropertiesSpecific(GetPropertiesSpecificRequest {
        property_size_limit: 0,
        want_unicode: 1,
        property_tags: columns(),
    });
    assert_eq!(writes(&mut host, &properties, folder).0, (0, 0), "read");
    let table = Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 });
    let (cost, table) = writes(&mut host, &table, folder);
    assert_eq!(cost, (1, 0), "an object more");
    let set = Request::SetColumns(SetColumnsRequest { set_columns_flags: 0, property_tags: columns() });
    assert_eq!(writes(&mut host, &set, table).0, (1, 0), "an object changed");
    let rows = Request::QueryRows(QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 5 });
    assert_eq!(writes(&mut host, &rows, table).0, (1, 0), "a position");
    let create = CreateMessageRequest { code_page_id: 0xFFF, folder_id: ObjectId::own(INBOX), associated_flag: false };
    let (_, message) = writes(&mut host, &Request::CreateMessage(create), logon);
    let save = Request::SaveChangesMessage(SaveChangesMessageRequest { save_flags: 0x0A });
    assert_eq!(writes(&mut host, &save, message).0, (3, 1), "a message, and one commit as ever");
    // Nobody asks, nobody writes: an idle box is idle.
    let idle = host.sessions_written();
    let (answer, _) = host.run(0, None, NO_HANDLE);
    assert_eq!(host.sessions_written() - idle, u64::from(!answer.is_empty()), "an empty batch only fetches events");
    let idle = host.sessions_written();
    host.run(0, None, NO_HANDLE);
    assert_eq!(host.sessions_written(), idle);
}

/// An Outlook at rest: all its folders open, a view on many of them, subscriptions.
#[test]
fn an_idle_outlook_takes_little_room() {
    let mut host = Host::new();
    host.connect();
    let logon = host.log_on(0);
    for folder in 1..30 {
        let handle = open_folder(&mut host, logon, folder);
        if handle == NO_HANDLE {
            continue;
        }
        let table = Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 });
        let (_, table) = host.run(0, Some(&table), handle);
        // As many columns as Outlook's message list has.
        let property_tags = std::iter::repeat_n(columns(), 12).flatten().collect();
        let set = Request::SetColumns(SetColumnsRequest { set_columns_flags: 0, property_tags });
        host.run(0, Some(&set), table);
        let rows = Request::QueryRows(QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 50 });
        host.run(0, Some(&rows), table);
        let scope = Some((ObjectId::own(folder), ObjectId::NONE));
        let register = RegisterNotificationRequest { notification_types: 0x00FE, scope };
        host.run(0, Some(&Request::RegisterNotification(register)), logon);
    }
    let kept = host.kept().unwrap();
    let objects = kept.objects.len();
    let bytes = kept.context.len() + kept.head.len() + kept.objects.values().map(Vec::len).sum::<usize>();
    println!("{objects} objects, {bytes} bytes");
    assert!(objects > 60, "{objects}");
    assert!(bytes <= 64 << 10, "{bytes}");
}

/// Microseconds of a batch that changed its session, kept and not kept; for a quiet machine:
/// `cargo test --release --test it resume::cost -- --ignored --nocapture`.
#[test]
#[ignore = "measures time, which repeats on no two machines"]
fn microseconds_of_keeping() {
    let measure = |is_kept: bool| {
        let mut host = Host::new();
        host.connect();
        if !is_kept {
            host.sessions = vec![host.mailbox()];
        }
        let logon = host.log_on(0);
        let folder = open_folder(&mut host, logon, INBOX);
        let table = Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 });
        let (_, table) = host.run(0, Some(&table), folder);
        let set = Request::SetColumns(SetColumnsRequest { set_columns_flags: 0, property_tags: columns() });
        let rounds = 20_000;
        let best = (0..5).map(|_| {
            let begun = std::time::Instant::now();
            (0..rounds).for_each(|_| drop(host.run(0, Some(&set), table)));
            begun.elapsed().as_nanos() / rounds
        });
        best.min().unwrap()
    };
    let (kept, not) = (measure(true), measure(false));
    println!("{kept} ns kept, {not} ns not kept: {} ns for keeping", kept.saturating_sub(not));
}
