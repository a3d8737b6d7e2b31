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

/// MS-OXCNOTIF R87, R95, R96, R97001, R97002, R98, R99, R101 to R108, R112 to R117, R121, R122, R136 to R138,
/// R169 to R175, R181 to R183, R18301 to R18303, R185 to R187, R18701 to R18703, R193 to R195, R19501 to R19503, R197,
/// R199, R20302, R205 to R207, R20701, R20702, R209 to R211, R21101, R21102; MS-OXCROPS R4423, R4425 to R4428, R4431
/// MS-OXCNOTIF R5 R8 R40 R86 R90 R240 R241
/// MS-OXCROPS R4334
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

/// MS-OXCNOTIF R11, R17, R41, R47, R103, R109, R213 to R215, R21501, R21502, R214001, R217, R218, R221, R22101, R22102,
/// R223, R224, R226, R22601, R22602
/// MS-OXCNOTIF R5 R17103 R17501
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

/// MS-OXCNOTIF R177 to R179, R17901, R17902, R17905, R189 to R191, R19101 to R19103
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
    let copy = NewFolder { name: "copy", ..new };
    world.write(|txn, mailbox| txn.copy_folder(mailbox, DRAFTS, INBOX, &copy, true, NOW)).unwrap();
    a.poll();
    let ipm_subtree = "01 00 00 00 00 00 00 04";
    assert_eq!(a.last_list, hex(&format!("{HEAD} 40 00 | {SECOND} {IN_INBOX} | {IN_DRAFTS} {ipm_subtree}")));
}

/// MS-OXCNOTIF R18, R23 to R25, R97, R110, R123, R124, R12401, R12402, R126, R129 to R131, R139 to R142, R14201 to R14203,
/// R144 to R146, R14601 to R14603, R148, R15001 to R15003, R152 to R154, R15401, R15402, R156, R158, R15801, R15802, R160,
/// R161, R161001 to R161003, R162 to R164, R16401, R16402, R166, R166001, R167, R16701, R16702, R261 to R263, R268
/// MS-OXCNOTIF R5 R149 R150 R17101 R17502
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

/// MS-OXCNOTIF R22, R128, R14204, R14604, R15004, R15403, R15803, R161004, R16403, R16703, R264, R270
/// MS-OXCNOTIF R260
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
