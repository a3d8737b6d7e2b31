//! RopNotify as bytes, written by hand from MS-OXCROPS 2.2.14.2 and MS-OXCNOTIF 2.2.1.4.1.2.

use super::client::{NOW, World, message, save};
use super::{DRAFTS, EVERYTHING, INBOX};
use mailstead::mapi::{Order, PropertyTag, SortOrder, SortOrderSet};
use mailstead::rop::event;
use mailstead::store::{DeleteDepth, FolderKind, Kind, Location, NewFolder, Special};

/// Bytes from hexadecimal digits; `|` and spaces are for the reader.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

// Identifiers: replica number 1, then the counter in six bytes, the most significant first.
const IN_INBOX: &str = "01 00 00 00 00 00 00 05";
const IN_DRAFTS: &str = "01 00 00 00 00 00 00 0E";
/// The first and the second identifier that a mailbox gives out.
const FIRST: &str = "01 00 00 00 00 00 01 00";
const SECOND: &str = "01 00 00 00 00 00 01 01";
const NONE: &str = "00 00 00 00 00 00 00 00";
/// RopId, NotificationHandle 2 (the logon is 1), LogonId.
const HEAD: &str = "2A | 02 00 00 00 | 00";

#[test]
fn events_of_messages() {
    let world = World::new();
    let mut a = world.client();
    assert_eq!(a.subscribe(EVERYTHING, None), 2);
    let mut check = |what: &str, expected: &[String]| {
        a.poll();
        assert_eq!(a.last_list, hex(&expected.concat()), "{what}");
    };
    let at = |folder: u64| Location { folder, kind: Kind::Normal };

    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    check(
        "created (8004); the folder's total and unread counts (3010)",
        &[
            format!("{HEAD} 04 80 | {IN_INBOX} {FIRST} | 00 00"),
            format!("{HEAD} 10 30 | {IN_INBOX} | 00 00 | 01 00 00 00 | 01 00 00 00"),
        ],
    );
    world.write(|txn, mailbox| {
        let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, id).unwrap().unwrap();
        head.read = true;
        txn.update_head(mailbox, at(INBOX), id, &head, NOW).unwrap();
    });
    check(
        "modified (8010); unread alone (2010)",
        &[
            format!("{HEAD} 10 80 | {IN_INBOX} {FIRST} | 00 00"),
            format!("{HEAD} 10 20 | {IN_INBOX} | 00 00 | 00 00 00 00"),
        ],
    );
    let copy = world.write(|txn, mailbox| txn.copy_message(mailbox, at(INBOX), id, at(DRAFTS), NOW)).unwrap().unwrap();
    check(
        "copied (8040), old folder and message",
        &[
            format!("{HEAD} 40 80 | {IN_DRAFTS} {SECOND} | {IN_INBOX} {FIRST}"),
            format!("{HEAD} 10 10 | {IN_DRAFTS} | 00 00 | 01 00 00 00"),
        ],
    );
    world.write(|txn, mailbox| txn.delete_message(mailbox, DRAFTS, Kind::Normal, copy, NOW)).unwrap();
    check(
        "deleted (8008)",
        &[format!("{HEAD} 08 80 | {IN_DRAFTS} {SECOND}"), format!("{HEAD} 10 10 | {IN_DRAFTS} | 00 00 | 00 00 00 00")],
    );
    world.write(|txn, mailbox| txn.move_message(mailbox, at(INBOX), id, at(DRAFTS), NOW)).unwrap();
    check(
        "moved (8020)",
        &[
            format!("{HEAD} 20 80 | {IN_DRAFTS} 01 00 00 00 00 00 01 02 | {IN_INBOX} {FIRST}"),
            format!("{HEAD} 10 10 | {IN_INBOX} | 00 00 | 00 00 00 00"),
            format!("{HEAD} 10 10 | {IN_DRAFTS} | 00 00 | 01 00 00 00"),
        ],
    );
}

#[test]
fn new_mail_and_searches() {
    let world = World::new();
    let mut a = world.client();
    assert_eq!(a.subscribe(event::NEW_MAIL | event::SEARCH_COMPLETE, None), 2);
    let raw = b"From: x@y.test\r\nTo: ann@example.test\r\nSubject: s\r\n\r\nbody\r\n";
    let mail = mailstead::mail::import(raw, None);
    world.write(|txn, mailbox| {
        mailstead::deliver::import(txn, mailbox, Special::Inbox.id(), &mail, NOW).unwrap();
        txn.note(mailbox, mailstead::store::What::SearchComplete { folder: 0x101 });
    });
    a.poll();
    // MessageFlags mfInternet 2000, UnicodeFlag, "IPM.Note" and its zero.
    let class = "49 00 50 00 4D 00 2E 00 4E 00 6F 00 74 00 65 00 00 00";
    let mail = format!("{HEAD} 02 80 | {IN_INBOX} {FIRST} | 00 20 00 00 | 01 | {class}");
    let search = format!("{HEAD} 80 00 | {SECOND}");
    assert_eq!(a.last_list, hex(&[mail, search].concat()));
}

#[test]
fn events_of_folders() {
    let world = World::new();
    let mut a = world.client();
    assert_eq!(a.subscribe(event::CREATED | event::DELETED | event::MOVED | event::COPIED, None), 2);
    let new = NewFolder { name: "f", comment: "", kind: FolderKind::Generic };
    let f = world.write(|txn, mailbox| txn.create_folder(mailbox, INBOX, &new, NOW)).unwrap();
    a.poll();
    assert_eq!(a.last_list, hex(&format!("{HEAD} 04 00 | {FIRST} {IN_INBOX} | 00 00")), "TagCount too");
    world.write(|txn, mailbox| txn.place_folder(mailbox, f, DRAFTS, "f", NOW)).unwrap();
    a.poll();
    assert_eq!(a.last_list, hex(&format!("{HEAD} 20 00 | {FIRST} {IN_DRAFTS} | {FIRST} {IN_INBOX}")));
    let all = DeleteDepth { messages: true, folders: true };
    world.write(|txn, mailbox| txn.delete_folder(mailbox, f, all, NOW)).unwrap();
    a.poll();
    assert_eq!(a.last_list, hex(&format!("{HEAD} 08 00 | {FIRST} {IN_DRAFTS}")));
}

#[test]
fn events_of_rows() {
    let world = World::new();
    let mut a = world.client();
    let newest_first = SortOrderSet {
        sort_orders: vec![SortOrder { property_tag: PropertyTag::PidTagMessageDeliveryTime, order: Order::Descending }],
        ..SortOrderSet::default()
    };
    // The folder is 2, the table 3.
    assert_eq!(a.contents(INBOX, 0, &[PropertyTag::PidTagMid, PropertyTag::PidTagRead], &newest_first), 3);
    let head = "2A | 03 00 00 00 | 00";
    let (first, second) = (
        world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 10))),
        world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("b", 5))),
    );
    a.poll();
    // Flags 8100, TableRowAdded, row and its instance, the row it stands after; a standard row (00).
    let added = format!("{head} 00 81 | 03 00 | {IN_INBOX} {FIRST} 00 00 00 00 | {NONE} {NONE} 00 00 00 00");
    let below = format!("{head} 00 81 | 03 00 | {IN_INBOX} {SECOND} 00 00 00 00 | {IN_INBOX} {FIRST} 00 00 00 00");
    let row = |id: &str, read: &str| format!("0A 00 | 00 {id} {read}");
    assert_eq!(a.last_list, hex(&[added, row(FIRST, "00"), below, row(SECOND, "00")].concat()));

    let at = Location { folder: INBOX, kind: Kind::Normal };
    world.write(|txn, mailbox| {
        let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, second).unwrap().unwrap();
        head.read = true;
        txn.update_head(mailbox, at, second, &head, NOW).unwrap();
        txn.delete_message(mailbox, INBOX, Kind::Normal, first, NOW).unwrap();
    });
    a.poll();
    // What stood before it is gone, as the next event says.
    let modified = format!("{head} 00 81 | 05 00 | {IN_INBOX} {SECOND} 00 00 00 00 | {NONE} {NONE} 00 00 00 00");
    let deleted = format!("{head} 00 81 | 04 00 | {IN_INBOX} {FIRST} 00 00 00 00");
    assert_eq!(a.last_list, hex(&[modified, row(SECOND, "01"), deleted].concat()));
}

#[test]
fn events_of_folder_rows_and_tables() {
    let world = World::new();
    let mut a = world.client();
    assert_eq!(a.hierarchy(INBOX, 0, &[PropertyTag::PidTagFolderId]), 3);
    let new = |name| NewFolder { name, comment: "", kind: FolderKind::Generic };
    for name in ["b", "c"] {
        world.write(|txn, mailbox| txn.create_folder(mailbox, INBOX, &new(name), NOW)).unwrap();
    }
    a.poll();
    // Flags 0100: no identifiers of messages. 9 bytes: a standard row with a folder identifier.
    let head = "2A | 03 00 00 00 | 00 | 00 01";
    let added = |id: &str, after: &str| format!("{head} | 03 00 | {id} | {after} | 09 00 | 00 {id}");
    assert_eq!(a.last_list, hex(&[added(FIRST, NONE), added(SECOND, FIRST)].concat()));

    // An order that is no index: the client is told to read the table anew.
    let by_subject = SortOrderSet {
        sort_orders: vec![SortOrder { property_tag: PropertyTag::PidTagSubject, order: Order::Ascending }],
        ..SortOrderSet::default()
    };
    let table = a.contents(DRAFTS, 0, &[PropertyTag::PidTagMid], &by_subject);
    assert_eq!(table, 5);
    world.write(|txn, mailbox| save(txn, mailbox, DRAFTS, &mut message("a", 10)));
    a.poll();
    assert_eq!(a.last_list, hex("2A | 05 00 00 00 | 00 | 00 01 | 01 00"));
}
