//! Receipts: that a message was read, or deleted unread. MS-OXCMSG 2.2.3.10.1, MS-OXOMSG 2.2.2.1

use super::{Desk, SUBJECT, SUBMIT, TO, ann_and_bob, string, to};
use mailstead::mapi::{ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    DeleteMessagesRequest, HardDeleteMessagesRequest, OpenMessageRequest, SetMessageReadFlagRequest,
    SetReadFlagsRequest,
};
use mailstead::store::{Quota, Special};

/// ReadFlags. MS-OXCMSG 2.2.3.10.1
const DEFAULT: u8 = 0;
const SUPPRESS: u8 = 0x01;
const CLEAR_READ: u8 = 0x04;
const ONLY_RECEIPT: u8 = 0x10;
const CLEAR_NOTIFY_READ: u8 = 0x20;
const CLEAR_NOTIFY_UNREAD: u8 = 0x40;
/// mfRead, mfNotifyRead, mfNotifyUnread. MS-OXCMSG 2.2.1.6
const READ: i32 = 0x1;
const NOTIFY_READ: i32 = 0x100;
const NOTIFY_UNREAD: i32 = 0x200;

fn asks(tag: PropertyTag) -> TaggedValue {
    TaggedValue::new(tag, Value::Boolean(true))
}

/// Ann has sent Bob a message that asks for something; its identifier in his Inbox.
fn asked(values: Vec<TaggedValue>) -> (Desk, Desk, ObjectId) {
    let (mut ann, mut bob) = ann_and_bob();
    let all = [vec![string(SUBJECT, "RE: Tea")], values].concat();
    let letter = ann.letter(&[to(TO, "bob@example.test")], all);
    ann.go(letter, SUBMIT);
    let id = bob.first(Special::Inbox.id());
    ann.place.clock.advance(std::time::Duration::from_secs(60));
    (ann, bob, id)
}

fn read_receipt() -> Vec<TaggedValue> {
    vec![asks(PropertyTag::PidTagReadReceiptRequested)]
}

impl Desk {
    fn first(&mut self, folder: ObjectId) -> ObjectId {
        let folder = self.folder(folder);
        let table = self.contents(folder, &[PropertyTag::PidTagMid]);
        match self.rows(table)[0][0] {
            Ok(Value::Integer64(id)) => ObjectId::from_i64(id),
            ref other => panic!("{other:?}"),
        }
    }

    /// The bits that a message of the Inbox has of those.
    fn bits(&mut self, id: ObjectId) -> i32 {
        let message = self.open_message(Special::Inbox.id(), id);
        self.integer(message, PropertyTag::PidTagMessageFlags) & (READ | NOTIFY_READ | NOTIFY_UNREAD)
    }

    fn flag(&mut self, id: ObjectId, read_flags: u8) {
        let inbox = self.inbox();
        self.go(inbox, SetReadFlagsRequest { want_asynchronous: false, read_flags, message_ids: vec![id] });
    }

    /// Message classes of what is in the Inbox.
    fn classes(&mut self) -> Vec<String> {
        let inbox = self.inbox();
        let table = self.contents(inbox, &[PropertyTag::PidTagMessageClass]);
        self.texts(table)
    }
}

/// MS-OXCMSG R529, R531 (2.2.1.6), R796, R815 (2.2.3.10.1); MS-OXOMSG 2.2.2.1
#[test]
fn reading_sends_the_receipt_that_was_asked_for_once() {
    let (mut ann, mut bob, id) = asked(read_receipt());
    assert_eq!(bob.bits(id), NOTIFY_READ | NOTIFY_UNREAD);
    let sent = ann.only(Special::SentItems);
    assert_eq!(ann.integer(sent, PropertyTag::PidTagMessageFlags) & (NOTIFY_READ | NOTIFY_UNREAD), 0, "not hers");
    bob.flag(id, DEFAULT);
    assert_eq!(bob.bits(id), READ);
    assert_eq!(ann.classes(), ["REPORT.IPM.Note.IPNRN"]);
    let report = ann.only(Special::Inbox);
    assert_eq!(ann.text(report, SUBJECT), "Read: Tea");
    assert_eq!(ann.text(report, PropertyTag::PidTagOriginalSubject), "RE: Tea");
    assert_eq!(ann.text(report, PropertyTag::PidTagSenderName), "Bob");
    assert_eq!(ann.text(report, PropertyTag::PidTagDisplayTo), "Ann");
    assert_eq!(ann.text(report, PropertyTag::PidTagOriginalDisplayTo), "Bob");
    assert!(ann.text(report, PropertyTag::PidTagBody).contains("was read on"));
    let now = ann.place.clock.now();
    for tag in [PropertyTag::PidTagReportTime, PropertyTag::PidTagReceiptTime] {
        assert_eq!(ann.get(report, tag), Ok(Value::Time(now)), "{tag:?}");
    }
    for (of_report, of_message) in [
        (PropertyTag::PidTagParentKey, PropertyTag::PidTagSearchKey),
        (PropertyTag::PidTagOriginalSubmitTime, PropertyTag::PidTagClientSubmitTime),
        (PropertyTag::PidTagConversationIndex, PropertyTag::PidTagConversationIndex),
        (PropertyTag::PidTagInReplyToId, PropertyTag::PidTagInternetMessageId),
    ] {
        assert_eq!(ann.get(report, of_report), ann.get(sent, of_message), "{of_report:?}");
    }
    // Once: not when it is read again, and not that it was not read.
    bob.flag(id, CLEAR_READ);
    bob.flag(id, DEFAULT);
    bob.flag(id, CLEAR_READ);
    let inbox = bob.inbox();
    bob.go(inbox, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: true, message_ids: vec![id] });
    assert_eq!(ann.classes().len(), 1);
    // And nothing comes of reading the receipt.
    let id = ann.first(Special::Inbox.id());
    ann.flag(id, DEFAULT);
    assert_eq!((ann.classes().len(), bob.classes().len()), (1, 0));
}

/// MS-OXCMSG R836 (2.2.3.11), R815
#[test]
fn the_flag_of_an_open_message_sends_it_too() {
    let (mut ann, mut bob, id) = asked(read_receipt());
    let message = bob.open_message(Special::Inbox.id(), id);
    bob.attempt_on([message, message], SetMessageReadFlagRequest { read_flags: DEFAULT, client_data: None }).unwrap();
    assert_eq!(ann.classes(), ["REPORT.IPM.Note.IPNRN"]);
    let flags = bob.integer(message, PropertyTag::PidTagMessageFlags);
    assert_eq!(flags & (NOTIFY_READ | NOTIFY_UNREAD), 0);
    bob.attempt_on([message, message], SetMessageReadFlagRequest { read_flags: DEFAULT, client_data: None }).unwrap();
    assert_eq!(ann.classes().len(), 1);
}

/// MS-OXCMSG R817, R818, R825, R827, R829 (2.2.3.10.1)
#[test]
fn a_receipt_is_sent_alone_or_not_at_all() {
    let unread = NOTIFY_READ | NOTIFY_UNREAD;
    for (flags, after, sent) in [
        (SUPPRESS, READ | NOTIFY_UNREAD, false),
        (ONLY_RECEIPT, 0, true),
        (CLEAR_NOTIFY_READ, NOTIFY_UNREAD, false),
        (CLEAR_NOTIFY_UNREAD, NOTIFY_READ, false),
        (CLEAR_NOTIFY_READ | CLEAR_NOTIFY_UNREAD, 0, false),
    ] {
        let (mut ann, mut bob, id) = asked(read_receipt());
        assert_eq!(bob.bits(id), unread);
        bob.flag(id, flags);
        assert_eq!(bob.bits(id), after, "{flags:02x}");
        assert_eq!(ann.classes().len(), usize::from(sent), "{flags:02x}");
        bob.flag(id, DEFAULT);
        assert_eq!(bob.bits(id) & (READ | NOTIFY_READ), READ, "{flags:02x}");
        let later = sent || flags == CLEAR_NOTIFY_UNREAD;
        assert_eq!(ann.classes().len(), usize::from(later), "{flags:02x}");
    }
}

/// MS-OXCFOLD R276, R1148 (2.2.1.11.1, 3.2.5.11), R733, R115603 (2.2.1.12.1, 3.2.5.12)
#[test]
fn deleting_unread_sends_that_it_was_not_read_if_the_client_says_so() {
    let not_read = vec![asks(PropertyTag::PidTagNonReceiptNotificationRequested)];
    for (hard, notify_non_read, values) in [
        (false, true, read_receipt()),
        (true, true, read_receipt()),
        (false, true, not_read),
        (false, false, read_receipt()),
        (true, false, read_receipt()),
        (false, true, vec![]),
    ] {
        let expected = notify_non_read && !values.is_empty();
        let (mut ann, mut bob, id) = asked(values);
        let inbox = bob.inbox();
        let message_ids = vec![id];
        let want_asynchronous = false;
        if hard {
            bob.go(inbox, HardDeleteMessagesRequest { want_asynchronous, notify_non_read, message_ids });
        } else {
            bob.go(
                inbox,
                DeleteMessagesRequest { want_asynchronous, notify_non_read, message_ids: message_ids.clone() },
            );
            // Deleted for good later: said already.
            bob.go(inbox, HardDeleteMessagesRequest { want_asynchronous, notify_non_read, message_ids });
        }
        let classes: &[&str] = if expected { &["REPORT.IPM.Note.IPNNRN"] } else { &[] };
        assert_eq!(ann.classes(), classes, "{hard} {notify_non_read}");
        if expected {
            let report = ann.only(Special::Inbox);
            assert_eq!(ann.text(report, SUBJECT), "Not read: Tea");
        }
    }
}

/// What was read is not told as unread when it is deleted. MS-OXCMSG R531 (2.2.1.6)
#[test]
fn what_was_read_is_deleted_in_silence() {
    let (mut ann, mut bob, id) = asked(vec![asks(PropertyTag::PidTagNonReceiptNotificationRequested)]);
    bob.flag(id, DEFAULT);
    let inbox = bob.inbox();
    bob.go(inbox, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: true, message_ids: vec![id] });
    assert_eq!(ann.classes(), [""; 0]);
}

/// A client saves its copy of a message whose receipt has been sent since: nothing is pending again.
#[test]
fn saving_an_older_copy_asks_for_nothing_again() {
    let (mut ann, mut bob, id) = asked(read_receipt());
    let (code_page_id, folder_id) = (0x0FFF, Special::Inbox.id());
    let inbox = bob.inbox();
    let open = OpenMessageRequest { code_page_id, folder_id, open_mode_flags: 1, message_id: id };
    let message = bob.make(inbox, open);
    bob.flag(id, DEFAULT);
    bob.set(message, vec![string(PropertyTag::PidTagComment, "mine")]);
    bob.save(message);
    assert_eq!(bob.bits(id), READ);
    bob.flag(id, DEFAULT);
    assert_eq!(ann.classes().len(), 1);
}

/// Reading works whatever becomes of the receipt: the sender's mailbox is full or gone, or the mail
/// came from the world.
#[test]
fn what_keeps_a_receipt_back_does_not_keep_from_reading() {
    let (mut ann, mut bob, id) = asked(read_receipt());
    let mut txn = ann.place.store.write().unwrap();
    let mut mailbox = txn.mailbox(ann.place.ann.id).unwrap();
    mailbox.set_quota(Quota { receive_kib: Some(0), ..Quota::default() });
    txn.put_mailbox(ann.place.ann.id, &mailbox).unwrap();
    txn.commit().unwrap();
    bob.flag(id, DEFAULT);
    assert_eq!((bob.bits(id), ann.classes().len()), (READ, 0));
    let user = bob.place.bob.clone();
    let mail =
        b"From: Eve <eve@elsewhere.test>\r\nDisposition-Notification-To: eve@elsewhere.test\r\nSubject: x\r\n\r\nx";
    let id = bob.place.deliver(&user, mail);
    assert_eq!(bob.bits(id), NOTIFY_READ | NOTIFY_UNREAD);
    bob.flag(id, DEFAULT);
    assert_eq!(bob.bits(id), READ);
    let report = b"From: ann@example.test\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\nDisposition-Notification-To: ann@example.test\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n";
    let id = bob.place.deliver(&user, report);
    assert_eq!(bob.bits(id), 0, "no receipt for a receipt");
}
