//! What every message has, what may be said of it and when, and what odd requests get. MS-OXCMSG 2.2.1, 2.2.3, 3.2.5

use super::{FLAGS, SUBJECT, open, save};
use crate::client::{Desk, string};
use mailstead::client::{Recipient, recipient_bytes};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, RecipientType, TaggedValue, Value};
use mailstead::rop::{
    CreateAttachmentRequest, CreateMessageRequest, GetMessageStatusRequest, HardDeleteMessagesRequest,
    ModifyRecipientRow, ModifyRecipientsRequest, MoveCopyMessagesRequest, NO_HANDLE, ReadRecipientsRequest,
    SetMessageReadFlagRequest, SetMessageStatusRequest, SetReadFlagsRequest, SubmitMessageRequest,
};
use mailstead::store::Special;
use mailstead::wire::FileTime;
use smol::block_on;

const CLASS: PropertyTag = PropertyTag::PidTagMessageClass;
const PREFIX: PropertyTag = PropertyTag::PidTagSubjectPrefix;
const REST: PropertyTag = PropertyTag::PidTagNormalizedSubject;
const LEVEL: PropertyTag = PropertyTag::PidTagAccessLevel;
/// MS-OXCMSG 2.2.1.1
const GENERAL: [PropertyTag; 9] = [
    PropertyTag::PidTagAccess,
    PropertyTag::PidTagAccessLevel,
    PropertyTag::PidTagChangeKey,
    PropertyTag::PidTagCreationTime,
    PropertyTag::PidTagLastModificationTime,
    PropertyTag::PidTagLastModifierName,
    PropertyTag::PidTagObjectType,
    PropertyTag::PidTagRecordKey,
    PropertyTag::PidTagSearchKey,
];

fn copy(message_ids: Vec<ObjectId>) -> MoveCopyMessagesRequest {
    MoveCopyMessagesRequest { message_ids, want_asynchronous: false, want_copy: true }
}

/// MS-OXCMSG R11, R1103, R1104 (2.2.1.1), R1826, R1827 (2.2.2.1): every message in the store has them, however it came.
#[test]
fn every_message_has_the_general_properties() {
    let mut desk = Desk::new();
    let (inbox, drafts) = (desk.inbox(), desk.folder(Special::Drafts.id()));
    let written = desk.note(Special::Inbox.id(), "written");
    let delivered = desk.place.deliver(&desk.place.ann.clone(), b"Subject: delivered\r\n\r\nx");
    desk.attempt_on([inbox, drafts], copy(vec![written, delivered])).unwrap();
    let request = CreateMessageRequest { code_page_id: 0xFFF, folder_id: Special::Drafts.id(), associated_flag: true };
    let associated = desk.make(inbox, request);
    desk.save(associated);
    for (folder, table_flags, count) in [(inbox, 0, 2), (drafts, 0, 2), (drafts, 2, 1)] {
        let table = desk.make(folder, mailstead::rop::GetContentsTableRequest { table_flags });
        let mut columns = GENERAL.to_vec();
        columns.push(PropertyTag::PidTagMid);
        block_on(desk.session.set_columns(table, &columns)).unwrap();
        let rows = desk.rows(table);
        assert_eq!(rows.len(), count);
        for row in rows {
            assert!(row.iter().all(Result::is_ok), "{row:?}");
            let Ok(Value::Integer64(id)) = row[9] else { panic!("{row:?}") };
            let folder_id = if folder == inbox { Special::Inbox.id() } else { Special::Drafts.id() };
            let message = desk.open_message(folder_id, ObjectId::from_i64(id));
            for tag in GENERAL {
                assert!(desk.get(message, tag).is_ok(), "{tag:?}");
            }
        }
    }
    let message = desk.draft(Special::Inbox.id());
    let attachment = desk.make(message, CreateAttachmentRequest {});
    for tag in [PropertyTag::PidTagObjectType, PropertyTag::PidTagRecordKey] {
        assert!(desk.get(attachment, tag).is_ok(), "{tag:?}");
    }
}

/// MS-OXCMSG R1724 (2.2.1.1), R1125 (2.2): a value that a client sets is not kept, whether it is refused or disregarded.
#[test]
fn the_general_properties_are_the_servers() {
    let mut desk = Desk::new();
    let id = desk.note(Special::Inbox.id(), "general");
    let message = desk.open_rw(id);
    let mine = |tag: PropertyTag| match tag {
        PropertyTag::PidTagCreationTime | PropertyTag::PidTagLastModificationTime => Value::Time(FileTime(77)),
        PropertyTag::PidTagLastModifierName => Value::String("Nobody".to_owned()),
        PropertyTag::PidTagAccess | PropertyTag::PidTagAccessLevel | PropertyTag::PidTagObjectType => {
            Value::Integer32(77)
        }
        _ => Value::Binary(vec![7; 22]),
    };
    for tag in GENERAL {
        desk.try_set(message, vec![TaggedValue { tag, value: mine(tag) }]);
    }
    desk.save(message);
    let message = desk.open_message(Special::Inbox.id(), id);
    for tag in GENERAL {
        let value = desk.get(message, tag);
        assert!(value.is_ok() && value != Ok(mine(tag)), "{tag:?}: {value:?}");
    }
}

/// MS-OXCMSG R31 (2.2.1.6), R508: once it is saved, a message's flags are not for a client to set.
#[test]
fn flags_of_a_saved_message_are_read_only() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let set = |flags| vec![TaggedValue::new(FLAGS, Value::Integer32(flags))];
    desk.set(message, set(0x88));
    let id = desk.save(message);
    let before = desk.integer(message, FLAGS);
    assert_eq!(before & 0x89, 0x88, "unread, a draft, sent again");
    for flags in [0, 1, 0x81, 0x89] {
        desk.try_set(message, set(flags));
        desk.try_save(message, 2).unwrap();
        assert_eq!([desk.integer(message, FLAGS), desk.stored_flags(id)], [before; 2], "{flags:x}");
    }
}

/// MS-OXCMSG R19, R501, R502 (2.2.1.3): what is no class is refused, and the class is as it was.
#[test]
fn a_class_is_a_class() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for class in ["IPM.Note", "X", "IPM.Note.With Blank~\u{7F}", &"x".repeat(255)] {
        desk.set(message, vec![string(CLASS, class)]);
        assert_eq!(desk.text(message, CLASS), class);
    }
    for class in ["", "IPM.", ".", "IPM.Nöte", "IPM\u{1F}", "IPM\u{80}", &"x".repeat(256)] {
        let problems = desk.try_set(message, vec![string(CLASS, class)]);
        assert_eq!(problems.len(), 1, "{class:?}");
        assert_eq!(desk.text(message, CLASS), "x".repeat(255));
    }
}

/// MS-OXCMSG R60 (PidTagSubjectPrefix), R66 (PidTagNormalizedSubject): together less than 254 characters; what is
/// longer is cut. UNVERIFIED: cut, not refused.
#[test]
fn a_subject_is_one_line() {
    let mut desk = Desk::new();
    let units = |text: &str| text.encode_utf16().count();
    for subject in ["s".repeat(254), "s".repeat(5000), format!("RE: {}", "ß".repeat(300)), "\u{1F600}".repeat(200)] {
        let message = desk.draft(Special::Inbox.id());
        desk.set(message, vec![string(SUBJECT, &subject)]);
        desk.save(message);
        let [prefix, rest] = [PREFIX, REST].map(|tag| desk.text(message, tag));
        assert!((252..254).contains(&(units(&prefix) + units(&rest))), "{prefix}{rest}");
        assert!(subject.starts_with(&format!("{prefix}{rest}")));
        assert_eq!(desk.text(message, SUBJECT), format!("{prefix}{rest}"));
    }
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(SUBJECT, &"s".repeat(253))]);
    assert_eq!(desk.text(message, SUBJECT).len(), 253, "this one fits");
    desk.set(message, vec![string(PREFIX, "Urgent: ")]);
    assert_eq!((desk.text(message, PREFIX).len(), desk.text(message, REST).len()), (8, 245));
    desk.set(message, vec![string(REST, &"r".repeat(400))]);
    assert_eq!((desk.text(message, PREFIX).len(), desk.text(message, REST).len()), (8, 245));
}

/// MS-OXCMSG R722, R1670 (2.2.3.3.1): what cannot be saved stays open as it was.
#[test]
fn a_message_that_could_not_be_saved_is_still_open() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    for flags in [1, 2] {
        let id = desk.note(Special::Inbox.id(), "first");
        let (one, two) = (desk.open_rw(id), desk.open_rw(id));
        desk.set(one, vec![string(SUBJECT, "one")]);
        desk.try_save(one, 2).unwrap();
        desk.set(two, vec![string(SUBJECT, "two")]);
        assert_eq!(desk.try_save(two, flags), Err(ErrorCode::ObjectChanged), "{flags}");
        assert_eq!(desk.integer(two, LEVEL), 1);
        desk.set(two, vec![string(SUBJECT, "two again")]);
        assert_eq!(desk.text(two, SUBJECT), "two again");
    }
    let id = desk.note(Special::Inbox.id(), "gone");
    let message = desk.open_rw(id);
    let delete = HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![id] };
    desk.go(inbox, delete);
    desk.set(message, vec![string(SUBJECT, "late")]);
    assert_eq!(desk.try_save(message, 4), Err(ErrorCode::ObjectDeleted), "ForceSave");
    assert_eq!(desk.integer(message, LEVEL), 1);
    assert_eq!(desk.text(message, SUBJECT), "late");
}

/// MS-OXCMSG R1906, R1907 (SaveFlags), R1838 (OpenModeFlags): what has no meaning means nothing.
#[test]
fn flags_that_are_none_are_ignored() {
    let mut desk = Desk::new();
    for flags in [0x10, 0x20, 0x40, 0x80, 0xF0] {
        let message = desk.draft(Special::Inbox.id());
        desk.set(message, vec![string(SUBJECT, "saved")]);
        assert_eq!(desk.try_save(message, flags), Ok(()), "{flags:x}");
        assert_eq!(desk.integer(message, LEVEL), 1);
    }
    let id = desk.note(Special::Inbox.id(), "opened");
    let levels = [0x08, 0x10, 0x40, 0x80].map(|mode| {
        let message = desk.make(desk.logon.handle, open(Special::Inbox.id(), id, mode));
        desk.integer(message, LEVEL)
    });
    assert_eq!(levels, [levels[0]; 4]);
}

/// MS-OXCMSG R545 (msInConflict): read-only for the client. R55, R286, R549: status is asked and set by operations of
/// its own, of messages that nobody opens.
#[test]
fn a_conflict_is_not_a_clients_to_declare() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let message_id = desk.note(Special::Inbox.id(), "marked");
    let set = |message_status_flags, message_status_mask| SetMessageStatusRequest {
        message_id,
        message_status_flags,
        message_status_mask,
    };
    desk.go(inbox, set(0x1800, 0x1800));
    assert_eq!(desk.go(inbox, GetMessageStatusRequest { message_id }).message_status_flags, 0x1000);
    desk.go(inbox, set(0xFFFF_FFFF, 0xFFFF_FFFF));
    let status = desk.go(inbox, GetMessageStatusRequest { message_id }).message_status_flags;
    assert_eq!(status & 0x800, 0, "{status:x}");
}

/// MS-OXCMSG R820 (rfReserved), R2045 (PidTagRead); R426, R1509 to R1512 (3.2.5.10): without SUPPORT_PROGRESS all is
/// done and answered at once, WantAsynchronous or not. With it this server may do the same: MS-OXCSTOR R795
#[test]
fn reading_is_done_at_once() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let ann = desk.place.ann.clone();
    let ids: Vec<ObjectId> = (0..20).map(|_| desk.place.deliver(&ann, b"Subject: new\r\n\r\nx")).collect();
    let read = |desk: &mut Desk, id| {
        let message = desk.open_message(Special::Inbox.id(), id);
        desk.get(message, PropertyTag::PidTagRead)
    };
    assert_eq!(read(&mut desk, ids[0]), Ok(Value::Boolean(false)));
    // The response of the operation itself, and not another's.
    let request = SetReadFlagsRequest { want_asynchronous: true, read_flags: 0, message_ids: ids.clone() };
    assert!(!desk.go(inbox, request).partial_completion);
    assert_eq!(desk.integer(inbox, PropertyTag::PidTagContentUnreadCount), 0);
    assert_eq!(read(&mut desk, ids[0]), Ok(Value::Boolean(true)));
    // The same of a logon with SUPPORT_PROGRESS.
    const SUPPORT_PROGRESS: u32 = 0x2000_0000;
    let mut other = Desk::bare(&desk.place, &desk.place.ann, false);
    let store = block_on(other.logon_with(&desk.place.ann.legacy_dn, SUPPORT_PROGRESS)).unwrap().handle;
    let same = block_on(other.open_folder(store, Special::Inbox.id())).unwrap();
    let request = SetReadFlagsRequest { want_asynchronous: true, read_flags: 4, message_ids: ids.clone() };
    assert!(!block_on(other.run(same, request)).unwrap().partial_completion);
    assert_eq!(desk.integer(inbox, PropertyTag::PidTagContentUnreadCount), 20);
    for (reserved, flags) in [(0x0A, 4), (0x02, 0), (0x08, 4), (0x0A, 0)] {
        assert!(!desk.read_flags(inbox, vec![ids[1]], flags));
        let expected = read(&mut desk, ids[1]);
        let other = if flags == 0 { 4 } else { 0 };
        assert!(!desk.read_flags(inbox, vec![ids[1]], other));
        assert!(!desk.read_flags(inbox, vec![ids[1]], flags | reserved));
        assert_eq!(read(&mut desk, ids[1]), expected, "{reserved:x}");
    }
}

/// MS-OXCMSG R1056 (3.2.5.6): there is somebody, and no room to say who.
#[test]
fn a_recipient_that_does_not_fit_is_not_none() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let dora = Recipient {
        recipient_type: RecipientType::To,
        display_name: "Dora".repeat(200),
        address: "dora@example.org".to_owned(),
    };
    let recipient_rows =
        vec![ModifyRecipientRow { row_id: 3, recipient_type: 1, recipient_row: recipient_bytes(&dora) }];
    desk.go(message, ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows });
    let read = |row_id| ReadRecipientsRequest { row_id, reserved: 0 };
    desk.session.link.max_rop_out = 200;
    assert_eq!(desk.fails(message, read(0)), ErrorCode::BufferTooSmall);
    assert_eq!(desk.fails(message, read(4)), ErrorCode::NotFound);
    desk.session.link.max_rop_out = 0x1_0008;
    assert_eq!(desk.go(message, read(0)).recipient_rows.len(), 1);
}

/// MS-OXCMSG R645, R1122: a handle comes first, of a logon, a folder, a message. R1521 (RopSetMessageReadFlag)
#[test]
fn nothing_is_done_without_a_handle() {
    const NOBODYS: u32 = 0x7654_3210;
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let folder_id = Special::Inbox.id();
    let id = desk.note(folder_id, "here");
    let create = CreateMessageRequest { code_page_id: 0xFFF, folder_id, associated_flag: false };
    assert_eq!(desk.fails(NOBODYS, create), ErrorCode::NullObject);
    assert_eq!(desk.fails(NOBODYS, open(folder_id, id, 0)), ErrorCode::NullObject);
    assert_eq!(desk.fails(NOBODYS, GetMessageStatusRequest { message_id: id }), ErrorCode::NullObject);
    assert_eq!(desk.attempt_on([NOBODYS, inbox], save(2)).map(drop), Err(ErrorCode::NullObject));
    let table = desk.contents(inbox, &[SUBJECT]);
    for on in [table, desk.logon.handle, NOBODYS] {
        let read =
            desk.attempt_on([on, inbox], SetMessageReadFlagRequest { read_flags: 0, client_data: None }).map(drop);
        assert_eq!(read, Err(ErrorCode::NullObject));
    }
}

/// MS-OXCMSG R1219 to R1221, R1236 (PidTagTrustSender): what comes from a user of this box is trusted.
#[test]
fn mail_of_the_house_is_trusted() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Outbox.id());
    let ann = Recipient {
        recipient_type: RecipientType::To,
        display_name: "Ann".to_owned(),
        address: "ann@example.test".to_owned(),
    };
    block_on(desk.session.add_recipients(message, &[ann])).unwrap();
    desk.attempt_on([message, NO_HANDLE], SubmitMessageRequest { submit_flags: 0 }).unwrap();
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[PropertyTag::PidTagTrustSender]);
    assert_eq!(desk.rows(table), [vec![Ok(Value::Integer32(1))]]);
}
