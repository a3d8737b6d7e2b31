//! Attachments and the messages in them. MS-OXCMSG 3.2.5.12 to 3.2.5.17

use crate::client::{Desk, NOW, string};
use mailstead::client::Operation;
use mailstead::limits;
use mailstead::mapi::{ErrorCode, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    CreateAttachmentRequest, DeleteAttachmentRequest, GetAttachmentTableRequest, GetValidAttachmentsRequest, NO_HANDLE,
    OpenAttachmentRequest, OpenEmbeddedMessageRequest, OpenMessageRequest, OpenStreamRequest,
    SaveChangesAttachmentRequest, SaveChangesMessageRequest,
};
use mailstead::store::Special;
use mailstead::wire::FileTime;
use mailstead::wire::{pack_buffers, unpack_buffers};
use smol::block_on;
use std::time::Duration;

const METHOD: PropertyTag = PropertyTag::PidTagAttachMethod;
const DATA: PropertyTag = PropertyTag::PidTagAttachDataBinary;
const NAME: PropertyTag = PropertyTag::PidTagAttachLongFilename;
const NUMBER: PropertyTag = PropertyTag::PidTagAttachNumber;
const HAS: PropertyTag = PropertyTag::PidTagHasAttachments;

fn save(save_flags: u8) -> SaveChangesAttachmentRequest {
    SaveChangesAttachmentRequest { save_flags }
}

fn open(open_attachment_flags: u8, attachment_id: u32) -> OpenAttachmentRequest {
    OpenAttachmentRequest { open_attachment_flags, attachment_id }
}

fn embedded(open_mode_flags: u8) -> OpenEmbeddedMessageRequest {
    OpenEmbeddedMessageRequest { code_page_id: 0x0FFF, open_mode_flags }
}

impl Desk {
    /// A new attachment with a name, not saved.
    #[track_caller]
    fn attach(&mut self, message: u32, name: &str) -> (u32, u32) {
        let done = self.attempt_on([message, NO_HANDLE], CreateAttachmentRequest {}).unwrap();
        self.set(done.handle, vec![string(NAME, name)]);
        (done.handle, done.response.attachment_id)
    }

    #[track_caller]
    fn save_attachment(&mut self, attachment: u32, message: u32) {
        self.attempt_on([attachment, message], save(2)).unwrap();
    }

    /// Names in the attachment table of a message.
    #[track_caller]
    fn attached(&mut self, message: u32) -> Vec<String> {
        let table = self.make(message, GetAttachmentTableRequest { table_flags: 0 });
        block_on(self.session.set_columns(table, &[NAME])).unwrap();
        self.texts(table)
    }

    #[track_caller]
    fn reopen(&mut self, message: u32) -> u32 {
        let id = self.save(message);
        self.open_message(Special::Inbox.id(), id)
    }
}

/// MS-OXCMSG R447 to R453 (3.2.5.13); exchange.md: PidTagAttachSize and PidTagAccessLevel 0
/// MS-OXCMSG R861, R867, R1843, R2035, R297, R1825, R225, R233, R234, R1836, R615
/// MS-OXCROPS R2151 R2174 R2175
#[test]
fn a_new_attachment_has_what_the_server_gives_it() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for number in 0..3 {
        let done = desk.attempt_on([message, NO_HANDLE], CreateAttachmentRequest {}).unwrap();
        assert_eq!(done.response.attachment_id, number);
        let attachment = done.handle;
        let i = i32::try_from(number).unwrap();
        assert_eq!(desk.get(attachment, NUMBER), Ok(Value::Integer32(i)));
        assert_eq!(desk.get(attachment, PropertyTag::PidTagRenderingPosition), Ok(Value::Integer32(-1)));
        assert_eq!(desk.get(attachment, PropertyTag::PidTagCreationTime), Ok(Value::Time(NOW)));
        assert_eq!(desk.get(attachment, PropertyTag::PidTagLastModificationTime), Ok(Value::Time(NOW)));
        assert_eq!(desk.get(attachment, PropertyTag::PidTagAccessLevel), Ok(Value::Integer32(0)));
        assert!(matches!(desk.get(attachment, PropertyTag::PidTagAttachSize), Ok(Value::Integer32(_))));
    }
}

/// MS-OXCMSG R446 (3.2.5.13), R1062 (3.2.5.14)
/// MS-OXCMSG R498, R16, R522, R523, R875, R876, R1396, R298, R301, R304, R306, R1458
/// MS-OXCROPS R2206
#[test]
fn an_attachment_reaches_its_message_and_then_the_store() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let id = desk.save(message);
    let (attachment, _) = desk.attach(message, "plan.txt");
    assert_eq!(desk.attached(message), [""; 0], "not saved yet");
    desk.save_attachment(attachment, message);
    assert_eq!(desk.attached(message), ["plan.txt"], "in the message being edited");
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.attached(other), [""; 0], "and nowhere else");
    desk.save(message);
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.attached(other), ["plan.txt"]);
    assert_eq!(desk.get(other, HAS), Ok(Value::Boolean(true)));
    assert_eq!(desk.integer(other, PropertyTag::PidTagMessageFlags) & 0x10, 0x10, "mfHasAttach");
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[HAS]);
    assert_eq!(desk.rows(table), [vec![Ok(Value::Boolean(true))]]);
}

/// MS-OXCMSG R1367 (2.2.3.18); MS-OXCROPS R2334 to R2338 (2.2.6.18.2): the numbers of what is saved.
/// MS-OXCROPS R2316 R2322
#[test]
fn valid_attachments_are_those_that_are_saved() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let ids = |desk: &mut Desk| desk.go(message, GetValidAttachmentsRequest {}).attachment_id_array;
    assert_eq!(ids(&mut desk), [0; 0]);
    let (first, _) = desk.attach(message, "one");
    let (second, _) = desk.attach(message, "two");
    assert_eq!(ids(&mut desk), [0; 0]);
    desk.save_attachment(first, message);
    desk.save_attachment(second, message);
    assert_eq!(ids(&mut desk), [0, 1]);
    // RopId, InputHandleIndex, ReturnValue, AttachmentIdCount, AttachmentIdArray
    let expected = [0x52, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    let payload = [&[5, 0, 0x52, 0, 0][..], &message.to_le_bytes()].concat();
    let answer = desk.session.link.raw(&pack_buffers(&[payload], false, false)).unwrap();
    let answer = unpack_buffers(&answer).unwrap().remove(0);
    assert_eq!(answer[2..answer.len() - 4], expected);
}

/// MS-OXCMSG R440, R917 to R919 (2.2.3.12.1), R442, R1620 (3.2.5.12)
/// MS-OXCMSG R853, R1842, R292, R436, R1064
/// MS-OXCROPS R2125 R2139 R4685 R2141 R2142
#[test]
fn an_attachment_is_opened_by_its_number() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let (attachment, number) = desk.attach(message, "a");
    desk.save_attachment(attachment, message);
    for flags in [0, 1, 3] {
        let again = desk.make(message, open(flags, number));
        assert!(desk.get(again, NAME).is_ok());
        let set = block_on(desk.session.set_properties(again, vec![string(NAME, "b")]));
        let saved = desk.attempt_on([again, message], save(2));
        assert_eq!(set.is_ok_and(|problems| problems.is_empty()) && saved.is_ok(), flags != 0, "{flags}");
    }
    for missing in [number + 1, 77, u32::MAX] {
        assert_eq!(desk.fails(message, open(0, missing)), ErrorCode::NotFound);
    }
    let read_only = desk.reopen(message);
    assert_eq!(desk.fails(read_only, open(1, number)), ErrorCode::AccessDenied);
    assert_eq!(desk.fails(read_only, CreateAttachmentRequest {}), ErrorCode::AccessDenied);
    assert_eq!(desk.fails(read_only, DeleteAttachmentRequest { attachment_id: number }), ErrorCode::AccessDenied);
}

/// MS-OXCMSG R469, R1523, R1063 (3.2.5.15)
/// MS-OXCMSG R868, R1395, R498, R522
/// MS-OXCROPS R2185 R2196 R2197
#[test]
fn a_deleted_attachment_is_gone_when_its_message_is_saved() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for name in ["a", "b"] {
        let (attachment, _) = desk.attach(message, name);
        desk.save_attachment(attachment, message);
    }
    let id = desk.save(message);
    desk.go(message, DeleteAttachmentRequest { attachment_id: 0 });
    assert_eq!(desk.attached(message), ["b"]);
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.attached(other), ["a", "b"]);
    assert_eq!(desk.fails(message, DeleteAttachmentRequest { attachment_id: 0 }), ErrorCode::NotFound);
    desk.go(message, DeleteAttachmentRequest { attachment_id: 1 });
    assert_eq!(desk.get(message, HAS), Ok(Value::Boolean(false)));
    desk.save(message);
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.attached(other), [""; 0]);
    assert_eq!(desk.get(other, HAS), Ok(Value::Boolean(false)));
}

/// MS-OXCMSG R1620, R1712, R1524, R1526 (NullObject), R467 (NotSupported), R1525
#[test]
fn attachments_belong_to_messages() {
    fn code<O: Operation>(desk: &mut Desk, on: u32, operation: O) -> ErrorCode {
        desk.fails(on, operation)
    }
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let message = desk.draft(Special::Inbox.id());
    assert_eq!(code(&mut desk, inbox, open(0, 0)), ErrorCode::NullObject);
    assert_eq!(code(&mut desk, inbox, CreateAttachmentRequest {}), ErrorCode::NullObject);
    assert_eq!(code(&mut desk, inbox, DeleteAttachmentRequest { attachment_id: 0 }), ErrorCode::NullObject);
    assert_eq!(code(&mut desk, inbox, GetAttachmentTableRequest { table_flags: 0 }), ErrorCode::NullObject);
    assert_eq!(code(&mut desk, message, embedded(0)), ErrorCode::NullObject);
    assert_eq!(code(&mut desk, message, save(2)), ErrorCode::NotSupported);
}

/// MS-OXCMSG R1060 (3.2.5.13)
#[test]
fn there_is_a_most_of_attachments() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for _ in 0..limits::ATTACHMENTS_MAX {
        let attachment = desk.make(message, CreateAttachmentRequest {});
        desk.save_attachment(attachment, message);
        block_on(desk.session.release(&[attachment])).unwrap();
    }
    assert_eq!(desk.fails(message, CreateAttachmentRequest {}).0, 0x4DB);
}

/// MS-OXCMSG 2.2.2.2, 2.2.2.3: what comes back is what was put there; it is measured and stamped.
/// MS-OXCMSG R230, R236, R590, R225, R1264, R302, R303, R600, R223
#[test]
fn an_attachment_keeps_its_bytes_and_properties() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let (attachment, number) = desk.attach(message, "große Datei.bin");
    desk.set(
        attachment,
        vec![
            TaggedValue::new(METHOD, Value::Integer32(1)),
            string(PropertyTag::PidTagAttachMimeTag, "application/x-test"),
            string(PropertyTag::PidTagAttachContentId, "part1@x"),
        ],
    );
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(|n| n.to_le_bytes()).collect();
    block_on(desk.session.write_stream(attachment, DATA, &bytes)).unwrap();
    desk.place.clock.advance(Duration::from_secs(7));
    desk.save_attachment(attachment, message);
    let message = desk.reopen(message);
    let attachment = desk.make(message, open(0, number));
    assert_eq!(block_on(desk.session.read_stream(attachment, DATA)).unwrap(), bytes);
    assert_eq!(desk.text(attachment, NAME), "große Datei.bin");
    assert_eq!(desk.text(attachment, PropertyTag::PidTagAttachMimeTag), "application/x-test");
    let later = FileTime(NOW.0 + 70_000_000);
    assert_eq!(desk.get(attachment, PropertyTag::PidTagLastModificationTime), Ok(Value::Time(later)));
    assert_eq!(desk.get(attachment, PropertyTag::PidTagCreationTime), Ok(Value::Time(NOW)));
    let size = usize::try_from(desk.integer(attachment, PropertyTag::PidTagAttachSize)).unwrap();
    assert!(size >= bytes.len() && size < bytes.len() + 5000, "{size}");
    let size = desk.integer(message, PropertyTag::PidTagMessageSize);
    assert!(usize::try_from(size).unwrap() >= bytes.len());
    // A value of this size is read as a stream. MS-OXCPRPT 2.2.2
    assert_eq!(desk.get(attachment, DATA), Err(ErrorCode::OutOfMemory));
}

/// MS-OXCMSG R905 to R907 (2.2.3.17.1), R490 (3.2.5.17)
/// MS-OXCMSG R890, R1846, R311, R312
/// MS-OXCROPS R2292 R2306 R2307
#[test]
fn the_attachment_table_has_a_row_for_each() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for name in ["eins", "zwei", "drei"] {
        let (attachment, _) = desk.attach(message, name);
        desk.save_attachment(attachment, message);
    }
    for table_flags in [0, 0x40] {
        let table = desk.make(message, GetAttachmentTableRequest { table_flags });
        block_on(desk.session.set_columns(table, &[NUMBER, NAME, METHOD])).unwrap();
        let rows = desk.rows(table);
        let numbers: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
        assert_eq!(numbers, [0, 1, 2].map(|n| Ok(Value::Integer32(n))));
        assert_eq!(rows[1][1], Ok(Value::String("zwei".to_owned())));
    }
    assert!(!desk.fails(message, GetAttachmentTableRequest { table_flags: 2 }).is_success());
}

/// MS-OXCMSG R913 (2.2.3.16.1), R479, R481 (3.2.5.16)
/// MS-OXCMSG R596, R881, R1845, R1848, R307, R314 to R319, R315, R316, R912, R889
/// MS-OXCROPS R2230
/// MS-OXCROPS R2247
#[test]
fn a_message_in_an_attachment_is_made_saved_and_read() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let (attachment, number) = desk.attach(message, "inner");
    desk.set(attachment, vec![TaggedValue::new(METHOD, Value::Integer32(5))]);
    assert_eq!(desk.fails(attachment, embedded(0)), ErrorCode::NotFound, "there is none yet");
    let inner = desk.make(attachment, embedded(2));
    desk.set(inner, vec![string(PropertyTag::PidTagSubject, "RE: Inside")]);
    // Into the attachment, into the message, into the store: each step when it is asked for.
    desk.attempt_on([inner, inner], SaveChangesMessageRequest { save_flags: 2 }).unwrap();
    desk.save_attachment(attachment, message);
    let message = desk.reopen(message);
    let attachment = desk.make(message, open(0, number));
    let done = desk.attempt_on([attachment, NO_HANDLE], embedded(0)).unwrap();
    let summary = done.response.summary;
    assert_eq!((summary.subject_prefix.text(), summary.normalized_subject.text()), ("RE: ".into(), "Inside".into()));
    assert_eq!(desk.text(done.handle, PropertyTag::PidTagSubject), "RE: Inside");
    assert_eq!(desk.get(done.handle, PropertyTag::PidTagMessageClass), Ok(Value::String("IPM.Note".to_owned())));
}

/// MS-OXCMSG R481 (3.2.5.16): an embedded message that is not saved is not there.
#[test]
fn an_embedded_message_that_was_not_saved_is_not_there() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let (attachment, number) = desk.attach(message, "inner");
    desk.set(attachment, vec![TaggedValue::new(METHOD, Value::Integer32(5))]);
    let inner = desk.make(attachment, embedded(2));
    desk.set(inner, vec![string(PropertyTag::PidTagSubject, "Lost")]);
    desk.save_attachment(attachment, message);
    let message = desk.reopen(message);
    let attachment = desk.make(message, open(0, number));
    assert_eq!(desk.fails(attachment, embedded(0)), ErrorCode::NotFound);
}

/// Messages in messages in messages, each with an attachment of its own.
#[test]
fn embedded_messages_have_attachments_too() {
    const DEPTH: usize = 5;
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let mut levels = Vec::new();
    let mut at = message;
    for level in 0..DEPTH {
        let (file, _) = desk.attach(at, &format!("file {level}"));
        desk.save_attachment(file, at);
        let (attachment, _) = desk.attach(at, &format!("message {level}"));
        desk.set(attachment, vec![TaggedValue::new(METHOD, Value::Integer32(5))]);
        let inner = desk.make(attachment, embedded(2));
        levels.push((at, attachment, inner));
        at = inner;
    }
    for (outer, attachment, inner) in levels.into_iter().rev() {
        desk.attempt_on([inner, inner], SaveChangesMessageRequest { save_flags: 2 }).unwrap();
        desk.save_attachment(attachment, outer);
    }
    let mut at = desk.reopen(message);
    for level in 0..DEPTH {
        assert_eq!(desk.attached(at), [format!("file {level}"), format!("message {level}")]);
        let attachment = desk.make(at, open(0, 1));
        at = desk.make(attachment, embedded(0));
    }
    assert_eq!(desk.attached(at), [""; 0]);
}

/// MS-OXCROPS 3.2.5.3: what lies in an object works while the object itself has been released.
#[test]
fn an_attachment_outlives_the_handle_of_its_message() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let (attachment, _) = desk.attach(message, "a");
    block_on(desk.session.write_stream(attachment, DATA, b"bytes")).unwrap();
    desk.save_attachment(attachment, message);
    let id = desk.save(message);
    block_on(desk.session.release(&[message])).unwrap();
    let stream = OpenStreamRequest { property_tag: DATA, open_mode_flags: 0 };
    assert_eq!(desk.go(attachment, stream).stream_size, 5);
    let request =
        OpenMessageRequest { code_page_id: 0x0FFF, folder_id: Special::Inbox.id(), open_mode_flags: 1, message_id: id };
    let again = desk.make(desk.logon.handle, request);
    assert_eq!(desk.attached(again), ["a"]);
}
