//! Messages: create, open, save, recipients, read state, status. MS-OXCMSG 3.2.5

mod recipients;
mod rules;
mod said;
mod values;

use crate::client::{Desk, NOW, string};
use mailstead::client::Operation;
use mailstead::mapi::{
    AddressBookEntryId, ErrorCode, ObjectId, PropertyName, PropertyTag, PropertyType, TaggedValue, Value,
};
use mailstead::rop::{
    CreateMessageRequest, DeletePropertiesRequest, GetMessageStatusRequest, GetPropertyIdsFromNamesRequest, NO_HANDLE,
    OpenMessageRequest, OpenMessageResponse, ReloadCachedInformationRequest, SaveChangesMessageRequest,
    SetMessageReadFlagRequest, SetMessageStatusRequest, SetReadFlagsRequest,
};
use mailstead::store::Special;
use mailstead::wire::{FileTime, Guid, Wire as _};
use smol::block_on;
use std::time::Duration;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const FLAGS: PropertyTag = PropertyTag::PidTagMessageFlags;
/// Bits of PidTagMessageFlags. MS-OXCMSG 2.2.1.6
const MF_READ: i32 = 0x1;
const MF_UNSENT: i32 = 0x8;
const MF_HAS_ATTACH: i32 = 0x10;
const MF_RESEND: i32 = 0x80;
const MF_EVER_READ: i32 = 0x400;

fn open(folder_id: ObjectId, message_id: ObjectId, open_mode_flags: u8) -> OpenMessageRequest {
    OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags, message_id }
}

fn save(save_flags: u8) -> SaveChangesMessageRequest {
    SaveChangesMessageRequest { save_flags }
}

impl Desk {
    #[track_caller]
    fn open_rw(&mut self, id: ObjectId) -> u32 {
        self.make(self.logon.handle, open(Special::Inbox.id(), id, 1))
    }

    #[track_caller]
    fn open_summary(&mut self, id: ObjectId) -> OpenMessageResponse {
        self.go(self.logon.handle, open(Special::Inbox.id(), id, 0))
    }

    #[track_caller]
    fn try_save(&mut self, message: u32, save_flags: u8) -> Result<(), ErrorCode> {
        self.attempt_on([message, message], save(save_flags)).map(drop)
    }

    fn read_flags(&mut self, folder: u32, message_ids: Vec<ObjectId>, read_flags: u8) -> bool {
        let request = SetReadFlagsRequest { want_asynchronous: false, read_flags, message_ids };
        self.go(folder, request).partial_completion
    }

    /// PidTagMessageFlags as another handle sees them.
    #[track_caller]
    fn stored_flags(&mut self, id: ObjectId) -> i32 {
        let message = self.open_message(Special::Inbox.id(), id);
        let flags = self.integer(message, FLAGS);
        block_on(self.session.release(&[message])).unwrap();
        flags
    }
}

/// MS-OXCMSG R341 to R365, R1480 (3.2.5.2); exchange.md: PidTagAccess 7
/// MS-OXCMSG R687, R1839, R340, R1481, R2034, R1097 to R1102, R1105, R1182, R1183, R1185, R2041, R15, R512, R1140, R84,
/// R73
#[test]
fn a_new_message_has_what_the_server_gives_it() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Drafts.id());
    let ann = AddressBookEntryId::new(0, &desk.place.ann.legacy_dn.clone()).to_bytes();
    let expected = [
        (PropertyTag::PidTagImportance, Value::Integer32(1)),
        (PropertyTag::PidTagMessageClass, Value::String("IPM.Note".to_owned())),
        (PropertyTag::PidTagSensitivity, Value::Integer32(0)),
        (PropertyTag::PidTagDisplayBcc, Value::String(String::new())),
        (PropertyTag::PidTagDisplayCc, Value::String(String::new())),
        (PropertyTag::PidTagDisplayTo, Value::String(String::new())),
        (PropertyTag::PidTagHasAttachments, Value::Boolean(false)),
        (PropertyTag::PidTagTrustSender, Value::Integer32(1)),
        (PropertyTag::PidTagAccess, Value::Integer32(7)),
        (PropertyTag::PidTagAccessLevel, Value::Integer32(1)),
        (PropertyTag::PidTagCreationTime, Value::Time(NOW)),
        (PropertyTag::PidTagLastModificationTime, Value::Time(NOW)),
        (PropertyTag::PidTagCreatorName, Value::String("Ann".to_owned())),
        (PropertyTag::PidTagCreatorEntryId, Value::Binary(ann.clone())),
        (PropertyTag::PidTagLastModifierName, Value::String("Ann".to_owned())),
        (PropertyTag::PidTagLastModifierEntryId, Value::Binary(ann)),
        (PropertyTag::PidTagHasNamedProperties, Value::Boolean(false)),
        (PropertyTag::PidTagMessageLocaleId, Value::Integer32(0x409)),
        (PropertyTag::PidTagLocaleId, Value::Integer32(0x409)),
    ];
    for (tag, value) in expected {
        assert_eq!(desk.get(message, tag), Ok(value), "{tag:?}");
    }
    let flags = desk.integer(message, FLAGS);
    assert_eq!(flags & (MF_READ | MF_UNSENT), MF_READ | MF_UNSENT, "{flags:x}");
    let Ok(Value::Binary(key)) = desk.get(message, PropertyTag::PidTagSearchKey) else { panic!("no search key") };
    assert_eq!(key.len(), 16);
    let other = desk.draft(Special::Drafts.id());
    assert_ne!(desk.get(other, PropertyTag::PidTagSearchKey), Ok(Value::Binary(key)), "each its own");
    desk.save(message);
    let flags = desk.integer(message, FLAGS);
    assert_eq!(flags & MF_EVER_READ, MF_EVER_READ, "{flags:x}: R1480");
}

/// MS-OXCMSG R339 (3.2.5.2), R372 (3.2.5.3), R704
/// MS-OXCMSG R4, R647, R648, R651, R700, R728, R1460, R1475, R1388, R260, R991, R992, R699, R321
/// MS-OXCROPS R1745 R1779 R1790 R1819
#[test]
fn a_message_is_there_for_others_once_it_is_saved() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let request = CreateMessageRequest { code_page_id: 0x0FFF, folder_id: Special::Inbox.id(), associated_flag: false };
    let done = desk.attempt_on([inbox, NO_HANDLE], request).unwrap();
    desk.set(done.handle, vec![string(SUBJECT, "coming")]);
    let mut beside = desk.beside();
    let other = beside.inbox();
    assert_eq!(beside.integer(other, PropertyTag::PidTagContentCount), 0);
    let id = desk.save(done.handle);
    if let Some(promised) = done.response.message_id {
        assert_eq!(promised, id);
    }
    let message = beside.open_message(Special::Inbox.id(), id);
    assert_eq!(beside.text(message, SUBJECT), "coming");
    // Changes after that are for this handle alone, until saved.
    desk.set(done.handle, vec![string(SUBJECT, "changed")]);
    assert_eq!(beside.text(message, SUBJECT), "coming");
    desk.save(done.handle);
    assert_eq!(beside.text(message, SUBJECT), "coming", "it reads what it opened");
    let again = beside.open_message(Special::Inbox.id(), id);
    assert_eq!(beside.text(again, SUBJECT), "changed");
}

/// MS-OXCMSG R323, R333, R1477, R1478 (3.2.5.1), R369
/// MS-OXCMSG R1387, R250, R251
/// MS-OXCROPS R1670 R1686 R1691
#[test]
fn a_message_is_opened_only_where_it_is() {
    let mut desk = Desk::new();
    let id = desk.note(Special::Inbox.id(), "here");
    let store = desk.logon.handle;
    let not_found = [
        open(Special::Drafts.id(), id, 0),
        open(Special::Inbox.id(), ObjectId::own(0xFFFF), 0),
        open(Special::Inbox.id(), ObjectId::new(2, id.counter()), 0),
        open(Special::Inbox.id(), Special::Inbox.id(), 0),
    ];
    for request in not_found {
        assert_eq!(desk.fails(store, request.clone()), ErrorCode::NotFound, "{request:?}");
    }
    let message = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.fails(message, open(Special::Inbox.id(), id, 0)), ErrorCode::NullObject);
    let nowhere =
        CreateMessageRequest { code_page_id: 0x0FFF, folder_id: ObjectId::own(0xFFFF), associated_flag: false };
    assert!(!desk.fails(store, nowhere).is_success());
}

/// MS-OXCMSG R661, R663, R665, R1293 (2.2.3.1.1), R1699 (3.2.5.3)
/// MS-OXCMSG R1097, R1098
/// MS-OXCROPS R1688
#[test]
fn the_mode_decides_who_may_save() {
    let mut desk = Desk::new();
    let id = desk.note(Special::Inbox.id(), "before");
    for (mode, may_write) in [(0, false), (1, true), (3, true)] {
        let message = desk.make(desk.logon.handle, open(Special::Inbox.id(), id, mode));
        let level = desk.integer(message, PropertyTag::PidTagAccessLevel);
        assert_eq!(level, i32::from(may_write), "mode {mode}");
        let set = block_on(desk.session.set_properties(message, vec![string(SUBJECT, "after")]));
        let saved = desk.try_save(message, 2);
        assert_eq!(set.is_ok_and(|problems| problems.is_empty()) && saved.is_ok(), may_write, "mode {mode}");
    }
}

/// MS-OXCMSG R719, R723 (2.2.3.3.1); R2192: Exchange since 2010 ignores KeepOpenReadOnly.
/// MS-OXCMSG R710, R370, R3023, R1407
#[test]
fn after_saving_a_message_is_still_open_for_writing() {
    let mut desk = Desk::new();
    for flags in [1, 2, 4] {
        let message = desk.draft(Special::Inbox.id());
        desk.try_save(message, flags).unwrap();
        assert_eq!(desk.integer(message, PropertyTag::PidTagAccessLevel), 1, "{flags}");
        desk.set(message, vec![string(SUBJECT, "more")]);
        desk.try_save(message, 2).unwrap();
    }
}

/// MS-OXCMSG R703, R705, R1053 (3.2.5.3), R724
/// MS-OXCMSG R718, R1459 to R1461, R1475, R1389
#[test]
fn the_second_to_save_learns_that_the_message_has_changed() {
    let mut desk = Desk::new();
    let id = desk.note(Special::Inbox.id(), "first");
    let (one, two) = (desk.open_rw(id), desk.open_rw(id));
    assert_ne!(one, two);
    desk.set(one, vec![string(SUBJECT, "one")]);
    desk.set(two, vec![string(SUBJECT, "two")]);
    desk.try_save(one, 2).unwrap();
    assert_eq!(desk.try_save(two, 2), Err(ErrorCode::ObjectChanged));
    assert_eq!(desk.text(two, SUBJECT), "two", "its changes are kept, not committed");
    let now = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.text(now, SUBJECT), "one");
    desk.try_save(two, 4).unwrap();
    let now = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.text(now, SUBJECT), "two", "ForceSave");
    // The same across sessions.
    let mut beside = desk.beside();
    let three = beside.open_rw(id);
    desk.set(two, vec![string(SUBJECT, "three")]);
    desk.try_save(two, 2).unwrap();
    beside.set(three, vec![string(SUBJECT, "late")]);
    assert_eq!(beside.try_save(three, 2), Err(ErrorCode::ObjectChanged));
}

/// MS-OXCMSG 2.2.1.9, 2.2.1.10: prefix and rest are parts of the subject.
/// MS-OXCMSG R58, R64, R675 to R678, R1238, R1239, R1801, R1802, R62, R68
/// MS-OXCROPS R1707 R1710
#[test]
fn a_subject_has_a_prefix_and_a_rest() {
    let mut desk = Desk::new();
    let (prefix, rest) = (PropertyTag::PidTagSubjectPrefix, PropertyTag::PidTagNormalizedSubject);
    for (subject, first, second) in
        [("RE: Plans", "RE: ", "Plans"), ("Plans", "", "Plans"), ("FW: AW: x", "FW: ", "AW: x"), ("", "", "")]
    {
        let message = desk.draft(Special::Inbox.id());
        desk.set(message, vec![string(SUBJECT, subject)]);
        let id = desk.save(message);
        assert_eq!(desk.text(message, SUBJECT), subject);
        assert_eq!(desk.text(message, rest), second, "{subject}");
        if !first.is_empty() {
            assert_eq!(desk.text(message, prefix), first);
        }
        let summary = desk.open_summary(id).summary;
        assert_eq!(
            (summary.subject_prefix.text().as_str(), summary.normalized_subject.text().as_str()),
            (first, second)
        );
    }
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(prefix, "Urgent: "), string(rest, "Plans")]);
    desk.save(message);
    assert_eq!(desk.text(message, SUBJECT), "Urgent: Plans");
}

/// MS-OXCMSG R673, R1668 (2.2.3.1.2)
/// MS-OXCMSG R1204, R1799, R242, R1669
/// MS-OXCROPS R1704
#[test]
fn opening_tells_whether_there_are_named_properties() {
    let mut desk = Desk::new();
    let plain = desk.note(Special::Inbox.id(), "plain");
    assert!(!desk.open_summary(plain).summary.has_named_properties);
    let name = PropertyName::Named { guid: Guid([7; 16]), name: "Mine".to_owned() };
    let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names: vec![name] };
    let id = desk.go(desk.logon.handle, request).property_ids[0];
    let tag = PropertyTag::new(id, PropertyType::String);
    let named = desk.message(Special::Inbox.id(), vec![string(tag, "x")]);
    assert!(desk.open_summary(named).summary.has_named_properties);
}

/// MS-OXCMSG R766, R772 (2.2.3.7), R1498 (3.2.5.7)
/// MS-OXCMSG R279
/// MS-OXCROPS R1943
#[test]
fn reloading_tells_what_the_handle_sees() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(SUBJECT, "RE: not saved")]);
    let summary = desk.go(message, ReloadCachedInformationRequest { reserved: 0 }).summary;
    assert_eq!(summary.subject_prefix.text(), "RE: ");
    assert_eq!(summary.normalized_subject.text(), "not saved");
    assert_eq!((summary.recipient_count, summary.recipient_rows.len()), (0, 0));
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, ReloadCachedInformationRequest { reserved: 0 }), ErrorCode::NullObject);
}

/// MS-OXCMSG R815, R818, R822, R825 (2.2.3.10.1), R1514 (3.2.5.10), R1141, R1142 (2.2.1.6)
/// MS-OXCMSG R795, R805, R834, R1674, R1145, R510, R1140, R287, R537, R291
/// MS-OXCROPS R2047 R2076 R2077
#[test]
fn read_flags_are_set_on_many_messages_at_once() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let ann = desk.place.ann.clone();
    let new = desk.place.deliver(&ann, b"Subject: one\r\n\r\nx");
    let other = desk.place.deliver(&ann, b"Subject: two\r\n\r\nx");
    assert_eq!(desk.stored_flags(new) & (MF_READ | MF_EVER_READ), 0, "new mail is unread");
    let unread = |desk: &mut Desk| desk.integer(inbox, PropertyTag::PidTagContentUnreadCount);
    assert_eq!(unread(&mut desk), 2);
    assert!(!desk.read_flags(inbox, vec![new, other], 0));
    assert_eq!(unread(&mut desk), 0);
    assert_eq!(desk.stored_flags(new) & (MF_READ | MF_EVER_READ), MF_READ | MF_EVER_READ, "exchange.md");
    assert!(!desk.read_flags(inbox, vec![new], 4));
    assert_eq!(desk.stored_flags(new) & (MF_READ | MF_EVER_READ), 0, "R1142");
    assert_eq!(unread(&mut desk), 1);
    assert!(!desk.read_flags(inbox, vec![new], 1), "rfSuppressReceipt reads too");
    assert_eq!(desk.stored_flags(new) & MF_READ, MF_READ);
    desk.read_flags(inbox, vec![new], 4);
    assert!(!desk.read_flags(inbox, vec![new], 0x10), "rfGenerateReceiptOnly does not");
    assert_eq!(desk.stored_flags(new) & MF_READ, 0);
    assert!(desk.read_flags(inbox, vec![other, ObjectId::own(0xFFFF)], 4), "one of them is not there");
    assert_eq!(unread(&mut desk), 2);
}

/// MS-OXCMSG R1703 (3.2.5.10): reading is no change of the message. MS-OXCFXICS 3.1.5.3
#[test]
fn reading_leaves_the_change_number_alone() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let new = desk.place.deliver(&desk.place.ann.clone(), b"Subject: one\r\n\r\nx");
    let keys = [PropertyTag::PidTagChangeKey, PropertyTag::PidTagLastModificationTime];
    let state = |desk: &mut Desk| {
        let message = desk.open_message(Special::Inbox.id(), new);
        let cells = desk.get_all(message, &keys);
        block_on(desk.session.release(&[message])).unwrap();
        cells
    };
    let before = state(&mut desk);
    assert!(before.iter().all(Result::is_ok));
    desk.place.clock.advance(Duration::from_secs(60));
    desk.read_flags(inbox, vec![new], 0);
    assert_eq!(state(&mut desk), before);
}

/// MS-OXCMSG R835, R920 (2.2.3.11), R1710 (3.2.5.11)
/// MS-OXCMSG R537, R838, R846, R849, R852, R1841, R290
/// MS-OXCROPS R2078 R2095
#[test]
fn the_read_flag_of_an_open_message_is_set_at_once() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let new = desk.place.deliver(&desk.place.ann.clone(), b"Subject: one\r\n\r\nx");
    let message = desk.open_message(Special::Inbox.id(), new);
    let done =
        desk.attempt_on([message, inbox], SetMessageReadFlagRequest { read_flags: 0, client_data: None }).unwrap();
    assert!(done.response.read_status_changed.is_none(), "that is for public folders only");
    assert_eq!(desk.stored_flags(new) & MF_READ, MF_READ);
    assert_eq!(desk.integer(message, FLAGS) & MF_READ, MF_READ, "the handle sees it too");
    assert_eq!(desk.integer(inbox, PropertyTag::PidTagContentUnreadCount), 0);
}

/// MS-OXCMSG R416, R1500, R1501, R784 (3.2.5.8), R421 (3.2.5.9)
/// MS-OXCMSG R119, R773, R786, R793, R794, R807, R2028, R542, R1393, R1394, R283, R1420
/// MS-OXCROPS R1995
#[test]
fn status_bits_are_set_by_a_mask_without_opening() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let message_id = desk.note(Special::Inbox.id(), "marked");
    let set = |message_status_flags, message_status_mask| SetMessageStatusRequest {
        message_id,
        message_status_flags,
        message_status_mask,
    };
    assert_eq!(desk.go(inbox, set(0x8, 0x8)).message_status_flags, 0, "what was before");
    assert_eq!(desk.go(inbox, set(0x1000, 0x1000)).message_status_flags, 0x8);
    assert_eq!(desk.go(inbox, GetMessageStatusRequest { message_id }).message_status_flags, 0x1008);
    assert_eq!(desk.go(inbox, set(0x1000, 0x1008)).message_status_flags, 0x1008, "only in the mask: cleared");
    assert_eq!(desk.go(inbox, GetMessageStatusRequest { message_id }).message_status_flags, 0x1000);
    let message = desk.open_message(Special::Inbox.id(), message_id);
    assert_eq!(desk.integer(message, PropertyTag::PidTagMessageStatus), 0x1000);
    let nowhere = GetMessageStatusRequest { message_id: ObjectId::own(0xFFFF) };
    assert_eq!(desk.fails(inbox, nowhere), ErrorCode::NotFound);
}

/// MS-OXCMSG R1505, R1507, R1516, R466 and the like: called on something else.
#[test]
fn what_is_no_message_or_folder_is_a_null_object() {
    fn refused<O: Operation>(desk: &mut Desk, on: u32, operation: O) {
        assert_eq!(desk.fails(on, operation), ErrorCode::NullObject, "{}", O::NAME);
    }
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let message = desk.draft(Special::Inbox.id());
    let message_id = ObjectId::own(5);
    refused(&mut desk, message, GetMessageStatusRequest { message_id });
    let status = SetMessageStatusRequest { message_id, message_status_flags: 0, message_status_mask: 0 };
    refused(&mut desk, message, status);
    let read = SetReadFlagsRequest { want_asynchronous: false, read_flags: 0, message_ids: vec![] };
    refused(&mut desk, message, read);
    let saved = desk.attempt_on([inbox, inbox], save(2)).map(drop);
    assert!(saved.is_err_and(|code| !code.is_success()));
}

/// MS-OXCMSG 2.2.1.6, 2.2.1.7; R1890 (3.2.5.3)
/// MS-OXCMSG R540, R1888, R1100, R1101
#[test]
fn a_saved_message_is_stamped_and_measured() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(SUBJECT, "stamped")]);
    desk.place.clock.advance(Duration::from_secs(5));
    desk.save(message);
    let later = FileTime(NOW.0 + 50_000_000);
    assert_eq!(desk.get(message, PropertyTag::PidTagLocalCommitTime), Ok(Value::Time(later)));
    assert_eq!(desk.get(message, PropertyTag::PidTagLastModificationTime), Ok(Value::Time(later)));
    assert_eq!(desk.get(message, PropertyTag::PidTagCreationTime), Ok(Value::Time(NOW)));
    let size = desk.integer(message, PropertyTag::PidTagMessageSize);
    let body = "b".repeat(3000);
    desk.set(message, vec![string(PropertyTag::PidTagBody, &body)]);
    desk.save(message);
    let grown = desk.integer(message, PropertyTag::PidTagMessageSize);
    assert!(grown >= size + 3000, "{size} to {grown}");
    let flags = desk.integer(message, FLAGS);
    assert_eq!(flags & MF_HAS_ATTACH, 0);
    let mail = desk.place.deliver(&desk.place.ann.clone(), b"Subject: one\r\n\r\nx");
    assert_eq!(desk.stored_flags(mail) & MF_UNSENT, 0, "what was delivered was sent");
}

/// MS-OXCMSG R1889 (2.2.1.49): a change of the read state counts.
#[test]
fn the_commit_time_tells_of_reading_too() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let mail = desk.place.deliver(&desk.place.ann.clone(), b"Subject: one\r\n\r\nx");
    desk.place.clock.advance(Duration::from_secs(5));
    desk.read_flags(inbox, vec![mail], 0);
    let message = desk.open_message(Special::Inbox.id(), mail);
    let later = FileTime(NOW.0 + 50_000_000);
    assert_eq!(desk.get(message, PropertyTag::PidTagLocalCommitTime), Ok(Value::Time(later)));
    assert_eq!(desk.get(message, PropertyTag::PidTagLastModificationTime), Ok(Value::Time(NOW)));
}

/// MS-OXCMSG R516 (2.2.1.6): a client says that a new message is a draft, and read; the rest is not its own.
/// MS-OXCMSG R1133, R510, R512, R515
#[test]
fn a_client_sets_only_its_own_bits_of_the_flags() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let set = |flags| vec![TaggedValue::new(FLAGS, Value::Integer32(flags))];
    desk.set(message, set(0xFFFF));
    let flags = desk.integer(message, FLAGS);
    assert_eq!(flags, MF_READ | MF_UNSENT | MF_RESEND | MF_EVER_READ, "{flags:x}");
    desk.set(message, set(0));
    assert_eq!(desk.integer(message, FLAGS), 0);
    let id = desk.save(message);
    assert_eq!(desk.stored_flags(id), 0, "unread, and sent");
    let inbox = desk.inbox();
    assert_eq!(desk.integer(inbox, PropertyTag::PidTagContentUnreadCount), 1);
}

/// MS-OXCPRPT R47506 (3.2.5.4)
/// MS-OXCMSG R1128, R15, R47
#[test]
fn computed_properties_are_not_a_clients_to_set() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.save(message);
    for (tag, value) in [
        (PropertyTag::PidTagMid, Value::Integer64(7)),
        (PropertyTag::PidTagEntryId, Value::Binary(vec![7; 70])),
        (PropertyTag::PidTagMessageSize, Value::Integer32(7)),
        (PropertyTag::PidTagHasAttachments, Value::Boolean(true)),
        (PropertyTag::PidTagAccess, Value::Integer32(0)),
        (PropertyTag::PidTagAccessLevel, Value::Integer32(0)),
        (PropertyTag::PidTagObjectType, Value::Integer32(1)),
        (PropertyTag::PidTagHasNamedProperties, Value::Boolean(true)),
        (PropertyTag::PidTagDisplayTo, Value::String("Everybody".to_owned())),
    ] {
        let before = desk.get(message, tag);
        let problems = desk.try_set(message, vec![TaggedValue::new(tag, value)]);
        let saved = desk.try_save(message, 2);
        assert_eq!(desk.get(message, tag), before, "{tag:?}: {problems:?} {saved:?}");
        let again = desk.draft(Special::Inbox.id());
        desk.save(again);
    }
}

/// MS-OXCPRPT R485 to R489, R874 (3.2.5.5)
#[test]
fn a_deleted_property_is_gone_for_the_handle_and_for_all_once_saved() {
    let mut desk = Desk::new();
    let tag = PropertyTag::PidTagInternetMessageId;
    let id = desk.message(Special::Inbox.id(), vec![string(tag, "<1@x>"), string(SUBJECT, "kept")]);
    let message = desk.open_rw(id);
    let problems = desk.go(message, DeletePropertiesRequest { property_tags: vec![tag] }).property_problems;
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(desk.get(message, tag), Err(ErrorCode::NotFound));
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.text(other, tag), "<1@x>");
    desk.try_save(message, 2).unwrap();
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.get(other, tag), Err(ErrorCode::NotFound));
    assert_eq!(desk.text(other, SUBJECT), "kept");
}
