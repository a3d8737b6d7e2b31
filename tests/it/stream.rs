//! Streams. MS-OXCPRPT 3.2.5.11 to 3.2.5.21

mod region;

use crate::client::{Desk, string};
use mailstead::client::{Batch, Operation};
use mailstead::mapi::{ErrorCode, PropertyTag, PropertyType, TaggedValue, Value};
use mailstead::rop::{
    ByteCount, CloneStreamRequest, CommitStreamRequest, CopyToStreamRequest, CreateAttachmentRequest,
    GetStreamSizeRequest, NO_HANDLE, OpenStreamRequest, ReadStreamRequest, Reply, SeekStreamRequest,
    SetStreamSizeRequest, WriteAndCommitStreamRequest, WriteStreamExtendedRequest, WriteStreamRequest,
};
use mailstead::store::Special;
use smol::block_on;

const BODY: PropertyTag = PropertyTag::PidTagBody;
const HTML: PropertyTag = PropertyTag::PidTagHtml;
const READ_ONLY: u8 = 0;
const READ_WRITE: u8 = 1;
const CREATE: u8 = 2;
/// Origin. MS-OXCPRPT 2.2.18.1
const BEGINNING: u8 = 0;
const CURRENT: u8 = 1;
const END: u8 = 2;

fn open(property_tag: PropertyTag, open_mode_flags: u8) -> OpenStreamRequest {
    OpenStreamRequest { property_tag, open_mode_flags }
}

fn read(count: u16) -> ReadStreamRequest {
    ReadStreamRequest { byte_count: ByteCount::Exact(count) }
}

fn write(data: &[u8]) -> WriteStreamRequest {
    WriteStreamRequest { data: data.to_vec() }
}

fn seek(origin: u8, offset: i64) -> SeekStreamRequest {
    SeekStreamRequest { origin, offset }
}

impl Desk {
    /// A stream on PidTagHtml of a new message, with these bytes in it.
    #[track_caller]
    fn stream(&mut self, bytes: &[u8]) -> (u32, u32) {
        let message = self.draft(Special::Inbox.id());
        let stream = self.make(message, open(HTML, CREATE));
        self.go(stream, write(bytes));
        (message, stream)
    }

    #[track_caller]
    fn position(&mut self, stream: u32) -> u64 {
        self.go(stream, seek(CURRENT, 0)).new_position
    }

    #[track_caller]
    fn whole(&mut self, stream: u32) -> Vec<u8> {
        self.go(stream, seek(BEGINNING, 0));
        self.go(stream, read(0x4000)).data
    }
}

/// MS-OXCPRPT R885, R546, R547, R549 (3.2.5.11)
/// MS-OXCPRPT R251, R267, R269, R271, R272, R27601, R25508
/// MS-OXCROPS R3156 R3173 R3174 R3185
#[test]
fn a_stream_begins_with_the_value_of_its_property() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    assert_eq!(desk.fails(message, open(BODY, READ_ONLY)), ErrorCode::NotFound, "there is none");
    assert_eq!(desk.fails(message, open(BODY, READ_WRITE)), ErrorCode::NotFound);
    desk.set(message, vec![string(BODY, "Grüße")]);
    let done = desk.attempt_on([message, NO_HANDLE], open(BODY, READ_ONLY)).unwrap();
    let wide: Vec<u8> = "Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let size = usize::try_from(done.response.stream_size).unwrap();
    assert!(size == wide.len() || size == wide.len() + 2, "with or without its zero: {size}");
    let bytes = desk.go(done.handle, read(100)).data;
    assert!(bytes.starts_with(&wide) && bytes.len() == size);
    // As the type that is asked for. MS-OXCPRPT 2.2.14.1
    let narrow = desk.make(message, open(BODY.with_type(PropertyType::String8), READ_ONLY));
    assert!(desk.go(narrow, read(100)).data.starts_with(b"Gr\xFC\xDFe"));
    // Create begins anew.
    let fresh = desk.attempt_on([message, NO_HANDLE], open(BODY, CREATE)).unwrap();
    assert_eq!(fresh.response.stream_size, 0);
}

/// MS-OXCPRPT R548 (3.2.5.11); 2.2.14.1: streams are of binaries, texts and objects.
#[test]
fn there_is_no_stream_where_there_is_nothing_long() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for tag in [PropertyTag::PidTagImportance, PropertyTag::PidTagCreationTime, PropertyTag::PidTagHasAttachments] {
        let code = desk.fails(message, open(tag, READ_ONLY));
        assert!(!code.is_success(), "{tag:?}");
    }
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[BODY]);
    let stream = desk.make(message, open(HTML, CREATE));
    for on in [table, stream] {
        assert_eq!(desk.fails(on, open(BODY, READ_ONLY)), ErrorCode::NotSupported);
    }
}

/// MS-OXCPRPT R552, R55205, R55206, R555, R556 (3.2.5.12)
/// MS-OXCPRPT R277, R27800, R2830201, R2830401, R28601, R295, R296, R545
/// MS-OXCROPS R3195 R3227 R3228 R3230
#[test]
fn reading_goes_forward_from_where_it_stopped() {
    let mut desk = Desk::new();
    let (_, stream) = desk.stream(b"0123456789");
    desk.go(stream, seek(BEGINNING, 0));
    assert_eq!(desk.go(stream, read(4)).data, b"0123");
    assert_eq!(desk.position(stream), 4);
    assert_eq!(desk.go(stream, ReadStreamRequest { byte_count: ByteCount::Maximum(3) }).data, b"456");
    assert_eq!(desk.go(stream, read(0)).data, b"");
    assert_eq!(desk.go(stream, read(0xBABD)).data, b"789", "no more than there is");
    assert_eq!(desk.go(stream, read(10)).data, b"", "the end is no error");
    let most = ReadStreamRequest { byte_count: ByteCount::Maximum(0x7FFF_FFFF) };
    desk.go(stream, seek(BEGINNING, 0));
    assert_eq!(desk.go(stream, most).data, b"0123456789");
}

/// MS-OXCPRPT R560, R561 (3.2.5.13)
/// MS-OXCPRPT R297, R29801, R303, R30401, R308, R30901, R32003, R575; R30401001, R30401003, R30401008, R30401011
/// (RopWriteStreamExtended)
/// MS-OXCROPS R3232 R3246 R3256 R3256001 R3256026 R3275 R3295
#[test]
fn writing_overwrites_and_grows() {
    let mut desk = Desk::new();
    let (_, stream) = desk.stream(b"0123456789");
    assert_eq!(desk.position(stream), 10);
    desk.go(stream, seek(BEGINNING, 8));
    assert_eq!(desk.go(stream, write(b"abcd")).written_size, 4);
    assert_eq!(desk.position(stream), 12);
    assert_eq!(desk.whole(stream), b"01234567abcd");
    assert_eq!(desk.go(stream, GetStreamSizeRequest {}).stream_size, 12);
    assert_eq!(desk.go(stream, write(b"")).written_size, 0);
    // WriteStreamExtended counts in 32 bits. MS-OXCROPS 2.2.9.4
    assert_eq!(desk.go(stream, WriteStreamExtendedRequest { data: b"xy".to_vec() }).written_size, 2);
    assert_eq!(desk.whole(stream), b"01234567abcdxy");
}

/// MS-OXCPRPT R581 to R584, R902 (3.2.5.18)
/// MS-OXCPRPT R330, R33101
/// MS-OXCROPS R3329 R3340 R3341 R3343 R3354
#[test]
fn seeking_has_three_origins_and_two_ends() {
    let mut desk = Desk::new();
    let (_, stream) = desk.stream(b"0123456789");
    assert_eq!(desk.go(stream, seek(BEGINNING, 3)).new_position, 3);
    assert_eq!(desk.go(stream, seek(CURRENT, 4)).new_position, 7);
    assert_eq!(desk.go(stream, seek(CURRENT, -5)).new_position, 2);
    assert_eq!(desk.go(stream, seek(END, -1)).new_position, 9);
    assert_eq!(desk.go(stream, read(5)).data, b"9");
    for (origin, offset) in [(BEGINNING, -1), (CURRENT, -11), (END, -11), (BEGINNING, 0x8000_0001), (END, i64::MAX)] {
        assert_eq!(desk.fails(stream, seek(origin, offset)).0, 0x8003_0019, "{origin} {offset}");
    }
    for origin in [3, 0xFF] {
        assert_eq!(desk.fails(stream, seek(origin, 0)).0, 0x8003_0057);
    }
    assert_eq!(desk.position(stream), 10, "what failed moved nothing");
    // R583: beyond the end the stream grows, with zeros.
    assert_eq!(desk.go(stream, seek(END, 2)).new_position, 12);
    desk.go(stream, write(b"!"));
    assert_eq!(desk.whole(stream), b"0123456789\0\0!");
}

/// MS-OXCPRPT R57705 to R57707 (3.2.5.17)
/// MS-OXCPRPT R321, R322, R32301, R32801, R575
/// MS-OXCROPS R3305
#[test]
fn a_stream_is_cut_and_filled() {
    let mut desk = Desk::new();
    let (_, stream) = desk.stream(b"0123456789");
    desk.go(stream, SetStreamSizeRequest { stream_size: 4 });
    assert_eq!(desk.whole(stream), b"0123");
    desk.go(stream, SetStreamSizeRequest { stream_size: 6 });
    assert_eq!(desk.whole(stream), b"0123\0\0");
    assert_eq!(desk.go(stream, GetStreamSizeRequest {}).stream_size, 6);
    assert!(!desk.fails(stream, SetStreamSizeRequest { stream_size: 0x8000_0001 }).is_success());
}

/// MS-OXCPRPT R564, R900 (3.2.5.13)
#[test]
fn who_may_not_write_is_told_so() {
    let mut desk = Desk::new();
    let (message, stream) = desk.stream(b"0123456789");
    desk.go(stream, CommitStreamRequest {});
    let reader = desk.make(message, open(HTML, READ_ONLY));
    assert_eq!(desk.fails(reader, write(b"x")).0, 0x8003_0005);
    assert!(!desk.fails(reader, SetStreamSizeRequest { stream_size: 1 }).is_success());
    let id = desk.save(message);
    let read_only = desk.open_message(Special::Inbox.id(), id);
    assert!(!desk.fails(read_only, open(HTML, READ_WRITE)).is_success());
    let reader = desk.make(read_only, open(HTML, READ_ONLY));
    assert_eq!(desk.whole(reader), b"0123456789");
}

/// MS-OXCPRPT R56401 to R56403, R571 (3.2.5.15): the property of this handle, and the store's when
/// the message is saved.
/// MS-OXCPRPT R305, R30601, R63201, R39301, R80506, R805, R812 (RopWriteAndCommitStream)
/// MS-OXCROPS R3257 R3466 R3480
#[test]
fn what_is_written_becomes_the_property() {
    let mut desk = Desk::new();
    let (message, stream) = desk.stream(b"<p>one</p>");
    desk.go(stream, CommitStreamRequest {});
    assert_eq!(desk.get(message, HTML), Ok(Value::Binary(b"<p>one</p>".to_vec())));
    let id = desk.save(message);
    desk.go(stream, WriteAndCommitStreamRequest { data: b"two".to_vec() });
    assert_eq!(desk.get(message, HTML), Ok(Value::Binary(b"<p>one</p>two".to_vec())));
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.get(other, HTML), Ok(Value::Binary(b"<p>one</p>".to_vec())));
    desk.save(message);
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.get(other, HTML), Ok(Value::Binary(b"<p>one</p>two".to_vec())));
}

/// MS-OXCPRPT 3.2.5.13: released without a commit, what was written counts all the same.
#[test]
fn releasing_a_stream_commits_it() {
    let mut desk = Desk::new();
    let (message, stream) = desk.stream(b"kept");
    block_on(desk.session.release(&[stream])).unwrap();
    assert_eq!(desk.get(message, HTML), Ok(Value::Binary(b"kept".to_vec())));
    // A body that was written in two forms: text reads as text. MS-OXCPRPT 2.2.14.1
    let stream = desk.make(message, open(BODY.with_type(PropertyType::String8), CREATE));
    desk.go(stream, write(b"Gr\xFC\xDFe"));
    block_on(desk.session.release(&[stream])).unwrap();
    assert_eq!(desk.text(message, BODY), "Grüße");
}

/// MS-OXCPRPT R56405 (3.2.5.13), R846: folders keep what is committed at once.
#[test]
fn streams_on_folders_are_in_the_store_when_committed() {
    let mut desk = Desk::new();
    let tag = PropertyTag(0x6802_0102);
    let inbox = desk.inbox();
    let stream = desk.make(inbox, open(tag, CREATE));
    desk.go(stream, write(b"view settings"));
    desk.go(stream, CommitStreamRequest {});
    let mut beside = desk.beside();
    let same = beside.inbox();
    assert_eq!(beside.get(same, tag), Ok(Value::Binary(b"view settings".to_vec())));
    desk.go(stream, write(b" and more"));
    block_on(desk.session.release(&[stream])).unwrap();
    assert_eq!(beside.get(same, tag), Ok(Value::Binary(b"view settings and more".to_vec())));
}

/// MS-OXCPRPT R592 (3.2.5.19), R59201; MS-OXCROPS 2.2.9.9: five bytes of ten from the middle.
/// MS-OXCPRPT R342, R34301, R34702, R34902, R591, R593, R351
/// MS-OXCROPS R3364 R3378 R3389 R3391
#[test]
fn bytes_are_copied_from_stream_to_stream() {
    let mut desk = Desk::new();
    let (_, from) = desk.stream(b"0123456789");
    let (_, to) = desk.stream(b"ab");
    desk.go(from, seek(BEGINNING, 3));
    let done = desk.attempt_on([from, to], CopyToStreamRequest { byte_count: 5 }).unwrap().response;
    assert_eq!((done.read_byte_count, done.written_byte_count), (5, 5));
    assert_eq!(desk.whole(to), b"ab34567");
    assert_eq!(desk.position(from), 8);
    let done = desk.attempt_on([from, to], CopyToStreamRequest { byte_count: u64::MAX }).unwrap().response;
    assert_eq!(done.read_byte_count, 2, "to the end");
    let failed = block_on(desk.session.attempt([from, NO_HANDLE], CopyToStreamRequest { byte_count: 1 })).unwrap();
    let failure = failed.unwrap_err();
    assert_eq!((failure.code.0, failure.dest_handle_index), (0x503, Some(1)));
}

/// MS-OXCPRPT 2.2.24, 3.2.5.22: a clone has the same bytes and a place of its own.
/// MS-OXCPRPT R394, R39801, R75606, R756, R758, R759
/// MS-OXCROPS R3482
#[test]
fn a_clone_stands_elsewhere_in_the_same_bytes() {
    let mut desk = Desk::new();
    let (_, stream) = desk.stream(b"0123456789");
    desk.go(stream, seek(BEGINNING, 2));
    let done = desk.attempt_on([stream, NO_HANDLE], CloneStreamRequest {}).unwrap();
    assert_eq!(desk.position(done.handle), 2);
    desk.go(done.handle, seek(BEGINNING, 7));
    assert_eq!(desk.go(done.handle, read(2)).data, b"78");
    assert_eq!(desk.go(stream, read(2)).data, b"23");
}

/// Also when the original was released, by either of them, and over a commit.
/// MS-OXCPRPT R395, R757 (2.2.27, 3.2.5.24)
#[test]
fn what_is_written_to_a_clone_is_seen_in_its_original_at_once() {
    let mut desk = Desk::new();
    let (message, stream) = desk.stream(b"0123456789");
    let clone = desk.make(stream, CloneStreamRequest {});
    let second = desk.make(clone, CloneStreamRequest {});
    desk.go(clone, seek(BEGINNING, 4));
    desk.go(clone, write(b"four"));
    assert_eq!(desk.position(stream), 10, "each has its own position");
    for on in [stream, second, clone] {
        assert_eq!(desk.whole(on), b"0123four89");
    }
    desk.go(stream, SetStreamSizeRequest { stream_size: 6 });
    assert_eq!(desk.go(second, GetStreamSizeRequest {}).stream_size, 6);
    desk.go(clone, CommitStreamRequest {});
    let html = PropertyTag::PidTagHtml;
    let value = |desk: &mut Desk| desk.get(message, html);
    assert_eq!(value(&mut desk), Ok(Value::Binary(b"0123fo".to_vec())), "either commits both");
    block_on(desk.session.release(&[stream])).unwrap();
    desk.go(second, seek(END, 0));
    desk.go(second, write(b"!"));
    block_on(desk.session.release(&[second])).unwrap();
    assert_eq!(desk.whole(clone), b"0123fo!");
    assert_eq!(value(&mut desk), Ok(Value::Binary(b"0123fo!".to_vec())));
    assert_eq!(desk.fails(stream, read(1)), ErrorCode::NullObject, "released");
    block_on(desk.session.release(&[clone])).unwrap();
}

/// What has outgrown the memory of a stream is shared too.
/// MS-OXCPRPT R757
#[test]
fn clones_share_what_is_large() {
    let mut desk = Desk::new();
    let (_, stream) = desk.stream(b"");
    let clone = desk.make(stream, CloneStreamRequest {});
    desk.go(clone, SetStreamSizeRequest { stream_size: 3 << 20 });
    desk.go(stream, seek(END, -4));
    desk.go(stream, write(b"tail"));
    desk.go(clone, seek(END, -6));
    assert_eq!(desk.go(clone, read(10)).data, b"\0\0tail");
    block_on(desk.session.release(&[stream])).unwrap();
    desk.go(clone, write(b"more"));
    desk.go(clone, seek(END, -8));
    assert_eq!(desk.go(clone, read(10)).data, b"tailmore");
}

#[track_caller]
fn all_succeed(replies: &[Reply]) {
    let failed = |reply: &&Reply| matches!(reply, Reply::Response(frame) if frame.result.is_err());
    assert_eq!(replies.iter().find(failed), None);
}

/// A stream may outgrow the memory from wherever it is, also in the batch that opens it.
#[test]
fn a_stream_grows_far_at_once() {
    const FAR: u64 = 5 << 20;
    let mut desk = Desk::new();
    let (message, stream) = desk.stream(b"near");
    desk.go(stream, seek(BEGINNING, 5 << 20));
    desk.go(stream, write(b"far"));
    assert_eq!(desk.go(stream, GetStreamSizeRequest {}).stream_size, 5_242_883);
    desk.go(stream, CommitStreamRequest {});
    block_on(desk.session.release(&[stream])).unwrap();
    let mut batch = Batch::default();
    let on = batch.object(message);
    let opened = batch.open(on, open(HTML, READ_WRITE));
    batch.run(opened, seek(BEGINNING, 1));
    batch.run(opened, write(b"EA"));
    batch.run(opened, CommitStreamRequest {});
    let replies = block_on(desk.session.batch(&batch)).unwrap();
    all_succeed(&replies.replies);
    let again = desk.make(message, open(HTML, READ_ONLY));
    assert_eq!(desk.go(again, read(6)).data, b"nEAr\0\0");
    assert_eq!(desk.go(again, seek(END, 0)).new_position, FAR + 3);
    // In one batch: empty, far beyond, and something there.
    let mut batch = Batch::default();
    let on = batch.object(message);
    let opened = batch.open(on, open(HTML, CREATE));
    for _ in 0..4 {
        batch.run(opened, seek(CURRENT, 400_000));
    }
    batch.run(opened, write(b"there"));
    batch.run(opened, CommitStreamRequest {});
    let replies = block_on(desk.session.batch(&batch)).unwrap();
    all_succeed(&replies.replies);
    let again = desk.make(message, open(HTML, READ_ONLY));
    assert_eq!(desk.go(again, seek(END, 0)).new_position, 1_600_005);
}

/// A stream of a folder is written and committed in one batch, whatever was open before.
#[test]
fn a_stream_of_a_folder_is_written_and_committed_at_once() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let tag = PropertyTag::new(0x6705, PropertyType::Binary);
    desk.set(inbox, vec![TaggedValue::new(tag, Value::Binary(b"old".to_vec()))]);
    let stream = desk.make(inbox, open(tag, READ_WRITE));
    let clone = desk.make(stream, CloneStreamRequest {});
    let mut batch = Batch::default();
    let on = batch.object(clone);
    batch.run(on, write(b"new value")).run(on, CommitStreamRequest {});
    all_succeed(&block_on(desk.session.batch(&batch)).unwrap().replies);
    assert_eq!(desk.get(inbox, tag), Ok(Value::Binary(b"new value".to_vec())));
}

/// MS-OXCPRPT 3.2.5.12 to 3.2.5.18: only a stream is one.
/// MS-OXCPRPT R278, R298, R306, R309, R323, R331, R30401002, R632, R398
#[test]
fn a_message_is_no_stream() {
    fn refused<O: Operation>(desk: &mut Desk, on: u32, operation: O) {
        assert_eq!(desk.fails(on, operation), ErrorCode::NotSupported, "{}", O::NAME);
    }
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    refused(&mut desk, message, read(1));
    refused(&mut desk, message, write(b"x"));
    refused(&mut desk, message, seek(0, 0));
    refused(&mut desk, message, SetStreamSizeRequest { stream_size: 1 });
    refused(&mut desk, message, GetStreamSizeRequest {});
    refused(&mut desk, message, CommitStreamRequest {});
    refused(&mut desk, message, WriteStreamExtendedRequest { data: b"x".to_vec() });
    refused(&mut desk, message, WriteAndCommitStreamRequest { data: b"x".to_vec() });
    refused(&mut desk, message, CloneStreamRequest {});
}

/// MS-OXCPRPT R886, R55703: failing reads and writes say that nothing was read or written.
#[test]
fn a_failed_read_has_a_size_of_zero() {
    let mut desk = Desk::new();
    // The response would not parse without the field.
    assert_eq!(desk.fails(0x7654_3210, read(1)), ErrorCode::NullObject);
    assert_eq!(desk.fails(0x7654_3210, write(b"x")), ErrorCode::NullObject);
}

/// A megabyte, in pieces, into an attachment and a body, and back.
/// MS-OXCPRPT R285, R56404
#[test]
fn large_values_go_in_and_come_out_as_they_were() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    let attachment = desk.make(message, CreateAttachmentRequest {});
    let data = PropertyTag::PidTagAttachDataBinary;
    block_on(desk.session.write_stream(attachment, data, &bytes)).unwrap();
    let value = TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(1));
    desk.set(attachment, vec![value]);
    desk.attempt_on([attachment, message], mailstead::rop::SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
    let text: String = "日本語 ".repeat(100_000);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    block_on(desk.session.write_stream(message, BODY, &wide)).unwrap();
    let id = desk.save(message);
    let mut beside = desk.beside();
    let message = beside.open_message(Special::Inbox.id(), id);
    let attachment = block_on(beside.session.open_attachment(message, 0)).unwrap();
    assert!(block_on(beside.session.read_stream(attachment, data)).unwrap() == bytes);
    assert!(block_on(beside.session.body(message)).unwrap() == text);
    // Reading from the middle reads only that.
    let stream = beside.make(attachment, open(data, READ_ONLY));
    beside.go(stream, seek(BEGINNING, 777_777));
    assert_eq!(beside.go(stream, read(16)).data, bytes[777_777..777_793]);
}
