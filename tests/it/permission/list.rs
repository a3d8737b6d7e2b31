//! The list itself. MS-OXCPERM 2.2.1, 2.2.2, 3.2.5

use super::{
    ADD, ENTRY_ID, FREE_BUSY, MEMBER_ID, MEMBER_NAME, MEMBER_RIGHTS, MODIFY, READ, REMOVE, REPLACE_ROWS, VISIBLE,
    bob_in_contacts, change, data, entry, grant, grant_all, id, list, rights, visit,
};
use crate::client::{Desk, string};
use mailstead::directory;
use mailstead::limits;
use mailstead::mapi::{AddressBookEntryId, ErrorCode, PropertyTag, RelOp, Restriction, TaggedValue, Value};
use mailstead::rop::{
    GetPermissionsTableRequest, OpenStreamRequest, QueryColumnsAllRequest, QueryRowsRequest, SetColumnsRequest,
};
use mailstead::store::{EntryKind, Special};
use mailstead::wire::Wire as _;
use smol::block_on;

/// MS-OXCROPS R3538, R3553, MS-OXCPERM R9, R1010, R27, R28, R1164, R2006, R179, R2014, R154, R155, R189, R190, R1070, R1079, R1080, R1081,
/// R1066, R1071, R1076, R1082, R81: a table with a row for each entry, the two reserved ones first.
#[test]
fn a_folder_has_a_list_with_two_reserved_entries() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let reserved = [(0, String::new(), 0, 0), (-1, "Anonymous".to_owned(), 0, 0)];
    assert_eq!(list(&mut desk, inbox, 0), reserved);
    let bob = desk.place.bob.clone();
    grant(&mut desk, Special::Inbox.id(), &bob, READ);
    let len = AddressBookEntryId::new(0, &bob.legacy_dn).to_bytes().len();
    let rows = list(&mut desk, inbox, 0);
    assert_eq!(rows[..2], reserved);
    assert_eq!(rows[2..], [(i64::from(bob.id), "Bob".to_owned(), READ, len)]);
    let table = desk.make(inbox, GetPermissionsTableRequest { table_flags: 0 });
    let columns = desk.go(table, QueryColumnsAllRequest {}).property_tags;
    assert_eq!(columns, [MEMBER_ID, MEMBER_NAME, MEMBER_RIGHTS, ENTRY_ID]);
    // It can be searched, as any table.
    block_on(desk.session.set_columns(table, &[MEMBER_NAME])).unwrap();
    let is_bob = Restriction::Property {
        rel_op: RelOp::Equal,
        property_tag: MEMBER_NAME,
        tagged_value: string(MEMBER_NAME, "Bob"),
    };
    block_on(desk.session.restrict(table, Some(&is_bob))).unwrap();
    assert_eq!(desk.texts(table), ["Bob"]);
    assert_eq!(desk.fails(inbox, GetPermissionsTableRequest { table_flags: 1 }), ErrorCode::InvalidParameter);
}

/// MS-OXCPERM R1068, R1069, R70, R74, MS-OXCDATA 2.8.1.1: the row of a user as bytes, laid out by hand: Flag, then
/// PidTagEntryId as a count of two bytes and the PermanentEntryID (MS-OXNSPI 2.2.9.3), PidTagMemberId and
/// PidTagMemberRights. MS-OXCPERM R142, R102
#[test]
fn a_row_is_laid_out_as_the_specification_has_it() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    grant(&mut desk, Special::Inbox.id(), &bob, 0x401);
    let inbox = desk.inbox();
    let table = desk.make(inbox, GetPermissionsTableRequest { table_flags: 0 });
    desk.go(table, SetColumnsRequest { set_columns_flags: 0, property_tags: vec![ENTRY_ID, MEMBER_ID, MEMBER_RIGHTS] });
    let rows = desk.go(table, QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 9 }).rows;
    assert_eq!(rows.count, 3);
    let mut expected = Vec::new();
    for reserved in [[0_u8; 8], [0xFF; 8]] {
        expected.extend([0, 0, 0]);
        expected.extend(reserved);
        expected.extend([0, 0, 0, 0]);
    }
    let dn = bob.legacy_dn.as_bytes();
    let count = u16::try_from(28 + dn.len() + 1).unwrap();
    expected.push(0);
    expected.extend(count.to_le_bytes());
    // Flags, ProviderUID, version 1, display type of a user, the name with its zero.
    expected.extend([0, 0, 0, 0]);
    expected.extend([0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82]);
    expected.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend(dn);
    expected.push(0);
    expected.extend(u64::from(bob.id).to_le_bytes());
    expected.extend([0x01, 0x04, 0, 0]);
    assert_eq!(rows.data, expected);
}

/// MS-OXCROPS R3503, R3515, R3529, MS-OXCPERM R1204, R1025, R47, R51, R52, R1187, R1188, R186, R65, R66, R1170, R182, R1175: entries are added,
/// changed and removed; who is not in the list cannot be changed.
#[test]
fn entries_come_change_and_go() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let carol = desk.place.add("carol@example.test", "Carol");
    let inbox = desk.inbox();
    let (bob_id, carol_id) = (i64::from(bob.id), i64::from(carol.id));
    let of = |desk: &mut Desk| -> Vec<(i64, u32)> {
        list(desk, inbox, 0).into_iter().map(|(member, _, rights, _)| (member, rights)).collect()
    };
    desk.go(inbox, change(0, vec![data(ADD, vec![entry(&bob), rights(0x401)])]));
    assert_eq!(of(&mut desk), [(0, 0), (-1, 0), (bob_id, 0x401)]);
    let several = vec![
        data(MODIFY, vec![id(bob_id), rights(0x403)]),
        data(ADD, vec![entry(&carol), rights(0x7FB)]),
        data(MODIFY, vec![id(0), rights(0x400)]),
        data(MODIFY, vec![id(-1), rights(0x400)]),
        // Nobody has this number: left out, and the rest is done.
        data(MODIFY, vec![id(4711), rights(0x401)]),
        data(REMOVE, vec![id(4711)]),
    ];
    desk.go(inbox, change(0, several));
    assert_eq!(of(&mut desk), [(0, 0x400), (-1, 0x400), (bob_id, 0x403), (carol_id, 0x7FB)]);
    desk.go(inbox, change(0, vec![data(REMOVE, vec![id(bob_id)]), data(REMOVE, vec![id(-1)])]));
    assert_eq!(of(&mut desk), [(0, 0x400), (-1, 0), (carol_id, 0x7FB)]);
    desk.go(inbox, change(0, Vec::new()));
    assert_eq!(of(&mut desk), [(0, 0x400), (-1, 0), (carol_id, 0x7FB)]);
}

/// MS-OXCROPS R3514, MS-OXCPERM R1197, R45: ReplaceRows leaves the default user entry, and entries can only be added.
#[test]
fn a_list_is_replaced_but_for_the_default_entry() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let carol = desk.place.add("carol@example.test", "Carol");
    let inbox = desk.inbox();
    grant_all(&mut desk, Special::Inbox.id(), 0x400);
    grant(&mut desk, Special::Inbox.id(), &bob, 0x401);
    desk.go(inbox, change(REPLACE_ROWS, vec![data(ADD, vec![entry(&carol), rights(0x403)])]));
    let members: Vec<(i64, u32)> = list(&mut desk, inbox, 0).into_iter().map(|(m, _, r, _)| (m, r)).collect();
    assert_eq!(members, [(0, 0x400), (-1, 0), (i64::from(carol.id), 0x403)]);
    for flags in [MODIFY, REMOVE] {
        let request = change(REPLACE_ROWS, vec![data(flags, vec![id(0), rights(0x401)])]);
        assert_eq!(desk.fails(inbox, request), ErrorCode::InvalidParameter);
    }
    assert_eq!(list(&mut desk, inbox, 0).len(), 3);
}

/// MS-OXCPERM R1093: other bits are not set; and rows that say too little, or name nobody, change nothing. R1203
#[test]
fn wrong_rows_change_nothing() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut txn = desk.place.store.write().unwrap();
    let contact = directory::create_listed(&mut txn, "Mailstead", EntryKind::Contact, "zoe@elsewhere.test", "Zoe");
    let contact = directory::listing(&txn, contact.unwrap()).unwrap().unwrap();
    txn.commit().unwrap();
    let named = |dn: &str| TaggedValue::new(ENTRY_ID, Value::Binary(AddressBookEntryId::new(0, dn).to_bytes()));
    let inbox = desk.inbox();
    let good = || data(ADD, vec![entry(&bob), rights(0x401)]);
    let before = list(&mut desk, inbox, FREE_BUSY);
    for (bad, code) in [
        (data(ADD, vec![entry(&bob), rights(0x2000)]), ErrorCode::InvalidParameter),
        (data(ADD, vec![entry(&bob), rights(0x004)]), ErrorCode::InvalidParameter),
        (data(ADD, vec![entry(&bob)]), ErrorCode::InvalidParameter),
        (data(ADD, vec![rights(1)]), ErrorCode::InvalidParameter),
        (data(ADD, vec![id(i64::from(bob.id)), rights(1)]), ErrorCode::InvalidParameter),
        (data(ADD, vec![named("/o=Nobody"), rights(1)]), ErrorCode::UnknownUser),
        (data(ADD, vec![named(&contact.legacy_dn), rights(1)]), ErrorCode::InvalidParameter),
        (
            data(ADD, vec![TaggedValue::new(ENTRY_ID, Value::Binary(vec![1, 2, 3])), rights(1)]),
            ErrorCode::InvalidParameter,
        ),
        (data(MODIFY, vec![rights(1)]), ErrorCode::InvalidParameter),
        (data(REMOVE, Vec::new()), ErrorCode::InvalidParameter),
        (data(0, vec![entry(&bob), rights(1)]), ErrorCode::InvalidParameter),
        (data(7, vec![entry(&bob), rights(1)]), ErrorCode::InvalidParameter),
    ] {
        assert_eq!(desk.fails(inbox, change(0, vec![good(), bad.clone()])), code, "{bad:?}");
        assert_eq!(list(&mut desk, inbox, FREE_BUSY), before, "{bad:?}");
    }
    assert_eq!(desk.fails(inbox, change(4, vec![good()])), ErrorCode::InvalidParameter);
    let mut txn = desk.place.store.write().unwrap();
    let many = (0..=limits::PERMISSIONS_MAX).map(|n| {
        let group = EntryKind::Group;
        let id = directory::create_listed(&mut txn, "Mailstead", group, &format!("g{n}@example.test"), "G").unwrap();
        let listing = directory::listing(&txn, id).unwrap().unwrap();
        data(ADD, vec![named(&listing.legacy_dn), rights(1)])
    });
    let many: Vec<_> = many.collect();
    txn.commit().unwrap();
    for some in many[..limits::PERMISSIONS_MAX].chunks(100) {
        desk.go(inbox, change(0, some.to_vec()));
    }
    assert_eq!(desk.fails(inbox, change(0, vec![many.last().unwrap().clone()])), ErrorCode::OutOfMemory);
}

/// MS-OXCPERM R19, R3001, R40, R96, R90 (R1182 is what Exchange starts with): rights about availability are of the
/// Calendar, shown and changed only if asked for.
#[test]
fn free_busy_rights_are_of_the_calendar() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let calendar = desk.folder(Special::Calendar.id());
    let of = |desk: &mut Desk, folder: u32, flags: u8| -> Vec<u32> {
        list(desk, folder, flags).into_iter().map(|(_, _, rights, _)| rights).collect()
    };
    assert_eq!(of(&mut desk, calendar, FREE_BUSY), [0x800, 0]);
    assert_eq!(of(&mut desk, calendar, 0), [0, 0]);
    // A new entry that may read may know what the owner is busy with, too.
    desk.go(calendar, change(0, vec![data(ADD, vec![entry(&bob), rights(0x401)])]));
    assert_eq!(of(&mut desk, calendar, FREE_BUSY), [0x800, 0, 0x1C01]);
    assert_eq!(of(&mut desk, calendar, 0), [0, 0, 0x401]);
    let bob_id = i64::from(bob.id);
    desk.go(calendar, change(0, vec![data(MODIFY, vec![id(bob_id), rights(0x400)])]));
    assert_eq!(of(&mut desk, calendar, FREE_BUSY), [0x800, 0, 0x1C00], "untouched");
    desk.go(calendar, change(FREE_BUSY, vec![data(MODIFY, vec![id(bob_id), rights(0xC00)])]));
    assert_eq!(of(&mut desk, calendar, FREE_BUSY), [0x800, 0, 0xC00]);
    desk.go(calendar, change(FREE_BUSY, vec![data(MODIFY, vec![id(0), rights(0)])]));
    assert_eq!(of(&mut desk, calendar, FREE_BUSY), [0, 0, 0xC00]);
    // Elsewhere they mean nothing and are not kept.
    let inbox = desk.inbox();
    desk.go(inbox, change(FREE_BUSY, vec![data(ADD, vec![entry(&bob), rights(0x1C01)])]));
    assert_eq!(of(&mut desk, inbox, FREE_BUSY), [0, 0, 0x401]);
    // They open no folder, and no mailbox.
    desk.go(inbox, change(0, vec![data(REMOVE, vec![id(bob_id)])]));
    desk.go(calendar, change(FREE_BUSY, vec![data(MODIFY, vec![id(bob_id), rights(0x1800)])]));
    assert_eq!(visit(&desk.place, &bob).err(), Some(ErrorCode::LoginPermission));
}

/// MS-OXCPERM R152, R183: the list as XML is not implemented, as in Exchange since 2010.
#[test]
fn there_is_no_security_descriptor_as_xml() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    for open_mode_flags in [0, 1] {
        let property_tag = PropertyTag::PidTagSecurityDescriptorAsXml;
        let code = desk.fails(inbox, OpenStreamRequest { property_tag, open_mode_flags });
        assert_eq!(code.0, 0x8004_0FFF);
    }
}

/// A folder that is made starts with the list of its parent, without what is about the Calendar; what becomes
/// of users, becomes of the entries about them.
#[test]
fn lists_follow_folders_and_users() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    grant(&mut desk, Special::Calendar.id(), &bob, READ);
    let calendar = desk.folder(Special::Calendar.id());
    let (below, below_id) = desk.create_folder(calendar, "Family");
    let rows: Vec<(i64, u32)> = list(&mut desk, below, FREE_BUSY).into_iter().map(|(m, _, r, _)| (m, r)).collect();
    assert_eq!(rows, [(0, 0), (-1, 0), (i64::from(bob.id), READ)]);
    // The parent's list is its own afterwards.
    grant(&mut desk, below_id, &bob, VISIBLE);
    assert_eq!(list(&mut desk, calendar, 0)[2].2, READ);
    let mut txn = desk.place.store.write().unwrap();
    directory::remove(&mut txn, bob.id).unwrap();
    txn.commit().unwrap();
    assert_eq!(list(&mut desk, calendar, 0).len(), 2);
    assert_eq!(list(&mut desk, below, 0).len(), 2);
    desk.go(calendar, mailstead::rop::DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: below_id });
    let counter = below_id.counter();
    let txn = desk.place.store.read().unwrap();
    assert_eq!(txn.permissions(desk.place.ann.id, counter).unwrap(), mailstead::store::Permissions::default());
}

/// MS-OXCPERM R177, R2007, R180, R181, R103, R1120, R115, R116: who sees a folder sees its list; only its owners
/// change it.
#[test]
fn the_list_is_for_who_sees_the_folder_and_changed_by_who_owns_it() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut visitor = bob_in_contacts(&mut desk, VISIBLE);
    let contacts = visitor.folder(Special::Contacts.id());
    assert_eq!(list(&mut visitor, contacts, 0).len(), 3);
    let take_all = || change(0, vec![data(MODIFY, vec![id(i64::from(bob.id)), rights(0x7FB)])]);
    assert_eq!(visitor.fails(contacts, take_all()), ErrorCode::AccessDenied);
    let table = visitor.make(contacts, GetPermissionsTableRequest { table_flags: 0 });
    block_on(visitor.session.set_columns(table, &[MEMBER_NAME])).unwrap();
    // Taken away, it is away at once. The Inbox keeps him in the mailbox.
    grant(&mut desk, Special::Inbox.id(), &bob, VISIBLE);
    grant(&mut desk, Special::Contacts.id(), &bob, 0);
    let query = QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 9 };
    assert_eq!(visitor.fails(table, query), ErrorCode::AccessDenied);
    grant(&mut desk, Special::Contacts.id(), &bob, 0x500);
    visitor.go(contacts, take_all());
    assert_eq!(list(&mut visitor, contacts, 0)[2].2, 0x7FB);
}
