//! NotificationData, form by form. MS-OXCNOTIF 2.2.1.4.1.2; rops.md section 4

use crate::golden::{hex, same};
use mailstead::mapi::{ObjectId, PropertyTag};
use mailstead::rop::{NotificationData, NotifyResponse, TableRowIds};
use mailstead::wire::Wire;

fn id(counter: u64) -> ObjectId {
    ObjectId::new(1, counter)
}

/// The identifier with this counter, as it lies on the wire.
const ID1: &str = "0100 000000000001";
const ID2: &str = "0100 000000000002";
const ID3: &str = "0100 000000000003";
const ID4: &str = "0100 000000000004";

fn notification(digits: &str, data: NotificationData) {
    let value = NotifyResponse { notification_handle: 7, logon_id: 2, notification_data: data };
    same(&value, &hex(&format!("07000000 02 {digits}")));
}

fn data(flags: u16) -> NotificationData {
    NotificationData { notification_flags: flags, ..NotificationData::default() }
}

/// MS-OXCNOTIF R219 R225
#[test]
fn new_mail() {
    let new_mail = Some((1, "IPM.N".to_owned()));
    notification(
        &format!("0280 {ID1} {ID2} 01000000 01 4900 5000 4D00 2E00 4E00 0000"),
        NotificationData {
            folder_id: Some(id(1)),
            message_id: Some(id(2)),
            new_mail: new_mail.clone(),
            ..data(0x8002)
        },
    );
    // An 8-bit MessageClass is read too; we write Unicode.
    let bytes = hex(&format!("0280 {ID1} {ID2} 01000000 00 49504D2E4E 00"));
    assert_eq!(NotificationData::from_bytes(&bytes).unwrap().new_mail, new_mail);
}

/// MS-OXCNOTIF R202 R203 R20301
#[test]
fn created() {
    let tags = Some(vec![PropertyTag::PidTagSubject]);
    notification(
        &format!("0480 {ID1} {ID2} 0100 1F003700"),
        NotificationData { folder_id: Some(id(1)), message_id: Some(id(2)), tags, ..data(0x8004) },
    );
    // A folder has a parent; so has a message in a search folder.
    let tags = Some(Vec::new());
    let folder = NotificationData { folder_id: Some(id(1)), parent_folder_id: Some(id(3)), tags, ..data(0x0004) };
    notification(&format!("0400 {ID1} {ID3} 0000"), folder.clone());
    notification(
        &format!("04C0 {ID1} {ID2} {ID3} 0000"),
        NotificationData { notification_flags: 0xC004, message_id: Some(id(2)), ..folder },
    );
}

#[test]
fn deleted() {
    notification(
        &format!("0880 {ID1} {ID2}"),
        NotificationData { folder_id: Some(id(1)), message_id: Some(id(2)), ..data(0x8008) },
    );
    notification(
        &format!("0800 {ID1} {ID3}"),
        NotificationData { folder_id: Some(id(1)), parent_folder_id: Some(id(3)), ..data(0x0008) },
    );
}

/// MS-OXCNOTIF R20303
#[test]
fn modified() {
    // A folder with both counts and no parent.
    let folder = NotificationData {
        folder_id: Some(id(1)),
        tags: Some(vec![PropertyTag::PidTagContentCount, PropertyTag::PidTagContentUnreadCount]),
        total_message_count: Some(10),
        unread_message_count: Some(3),
        ..data(0x3010)
    };
    notification(&format!("1030 {ID1} 0200 03000236 03000336 0A000000 03000000"), folder);
    // FFFF: the tags did not fit; read as none.
    let bytes = hex(&format!("1000 {ID1} FFFF"));
    assert_eq!(NotificationData::from_bytes(&bytes).unwrap().tags, Some(Vec::new()));
}

#[test]
fn moved_and_copied() {
    for (kind, flags) in [("20", 0x20), ("40", 0x40)] {
        notification(
            &format!("{kind}80 {ID1} {ID2} {ID3} {ID4}"),
            NotificationData {
                folder_id: Some(id(1)),
                message_id: Some(id(2)),
                old_folder_id: Some(id(3)),
                old_message_id: Some(id(4)),
                ..data(0x8000 | flags)
            },
        );
        notification(
            &format!("{kind}00 {ID1} {ID2} {ID3} {ID4}"),
            NotificationData {
                folder_id: Some(id(1)),
                parent_folder_id: Some(id(2)),
                old_folder_id: Some(id(3)),
                old_parent_folder_id: Some(id(4)),
                ..data(flags)
            },
        );
    }
}

/// A message in a search folder has ParentFolderId, the folder it lies in, between its own identifiers and the old ones.
/// MS-OXCNOTIF R17903, R17904
#[test]
fn moved_and_copied_in_a_search_folder() {
    for (kind, flags) in [("20", 0x20), ("40", 0x40)] {
        notification(
            &format!("{kind}C0 {ID1} {ID2} 0100 000000000005 {ID3} {ID4}"),
            NotificationData {
                folder_id: Some(id(1)),
                message_id: Some(id(2)),
                parent_folder_id: Some(id(5)),
                old_folder_id: Some(id(3)),
                old_message_id: Some(id(4)),
                ..data(0xC000 | flags)
            },
        );
    }
}

#[test]
fn search_complete() {
    notification(&format!("8000 {ID1}"), NotificationData { folder_id: Some(id(1)), ..data(0x80) });
}

/// MS-OXCNOTIF R132
#[test]
fn table_changed() {
    notification("0001 0100", NotificationData { table_event_type: Some(1), ..data(0x100) });
    notification("0001 0700", NotificationData { table_event_type: Some(7), ..data(0x100) });
}

#[test]
fn table_rows() {
    let message =
        |folder, message, instance| TableRowIds { folder_id: id(folder), message: Some((id(message), instance)) };
    let folder = |folder| TableRowIds { folder_id: id(folder), message: None };
    for (kind, number) in [("0300", 3), ("0500", 5)] {
        notification(
            &format!("0081 {kind} {ID1} {ID2} 06000000 {ID3} {ID4} 07000000 0300 AABBCC"),
            NotificationData {
                table_event_type: Some(number),
                table_row: Some(message(1, 2, 6)),
                insert_after: Some(message(3, 4, 7)),
                table_row_data: Some(vec![0xAA, 0xBB, 0xCC]),
                ..data(0x8100)
            },
        );
        // UNVERIFIED: InsertAfterTableRowFolderID of folder rows (R and gromox have it, Fiddler not).
        notification(
            &format!("0001 {kind} {ID1} {ID3} 0100 AA"),
            NotificationData {
                table_event_type: Some(number),
                table_row: Some(folder(1)),
                insert_after: Some(folder(3)),
                table_row_data: Some(vec![0xAA]),
                ..data(0x0100)
            },
        );
    }
    notification(
        &format!("0001 0400 {ID1}"),
        NotificationData { table_event_type: Some(4), table_row: Some(folder(1)), ..data(0x0100) },
    );
    notification(
        &format!("0081 0400 {ID1} {ID2} 01000000"),
        NotificationData { table_event_type: Some(4), table_row: Some(message(1, 2, 1)), ..data(0x8100) },
    );
}

/// MS-OXCNOTIF R111
#[test]
fn extended_events_are_not_known() {
    assert!(NotificationData::from_bytes(&hex("0004 00")).is_err());
}
