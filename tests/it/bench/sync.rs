//! What synchronising costs: instructions of an empty and of a whole download, and the heap that a
//! download and an upload of one large attachment take.

use super::{Bench, size};
use crate::client::{NOW, string};
use crate::sync::reader::{Parser, contents_request};
use mailstead::mapi::{PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    BufferSize, CommitStreamRequest, CreateAttachmentRequest, CreateMessageRequest, FastTransferSourceGetBufferRequest,
    NO_HANDLE, OpenStreamRequest, Request, Response, SaveChangesAttachmentRequest, SaveChangesMessageRequest,
    SynchronizationGetTransferStateRequest, SynchronizationUploadStateStreamBeginRequest,
    SynchronizationUploadStateStreamContinueRequest, SynchronizationUploadStateStreamEndRequest, WriteStreamRequest,
};
use mailstead::store::{Kind, Location, Message, Special};
use mailstead::wire::FileTime;
use std::collections::BTreeMap;

type State = BTreeMap<u32, Vec<u8>>;

impl Bench {
    /// A context of the Inbox for one who has `state`.
    fn context(&mut self, state: &State) -> u32 {
        let folder = self.folder;
        let context = self.run(Request::SynchronizationConfigure(contents_request()), folder, 1);
        for (tag, bytes) in state {
            let begin = SynchronizationUploadStateStreamBeginRequest {
                state_property: PropertyTag(*tag),
                transfer_buffer_size: u32::try_from(bytes.len()).unwrap(),
            };
            self.run(Request::SynchronizationUploadStateStreamBegin(begin), context, 0);
            for part in bytes.chunks(0x4000) {
                let stream_data = part.to_vec();
                let part = SynchronizationUploadStateStreamContinueRequest { stream_data };
                self.run(Request::SynchronizationUploadStateStreamContinue(part), context, 0);
            }
            let end = SynchronizationUploadStateStreamEndRequest {};
            self.run(Request::SynchronizationUploadStateStreamEnd(end), context, 0);
        }
        context
    }

    /// Takes everything out of a context, and keeps it if `kept` is there; the bytes there were.
    fn pull(&mut self, context: u32, mut kept: Option<&mut Vec<u8>>) -> u64 {
        let mut len = 0;
        loop {
            let request = FastTransferSourceGetBufferRequest { buffer_size: BufferSize::Maximum(0x7BC0) };
            let (_, response) = self.ask(Request::FastTransferSourceGetBuffer(request), context, 0);
            let Response::FastTransferSourceGetBuffer(got) = response else { panic!("{response:?}") };
            len += u64::try_from(got.transfer_buffer.len()).unwrap();
            if let Some(kept) = kept.as_mut() {
                kept.extend(&got.transfer_buffer);
            }
            if got.transfer_status == 3 {
                return len;
            }
        }
    }

    /// The state of one who has everything.
    fn all(&mut self) -> State {
        let context = self.context(&State::new());
        self.pull(context, None);
        let state = SynchronizationGetTransferStateRequest {};
        let state = self.run(Request::SynchronizationGetTransferState(state), context, 1);
        let mut stream = Vec::new();
        self.pull(state, Some(&mut stream));
        Parser::new(&stream).state()
    }

    /// A message that is just there.
    fn store_one(&mut self) {
        let (mailbox, folder) = (self.caller.user.id, Special::Inbox.counter());
        let mut txn = self.engine.store.write().unwrap();
        let mut owner = txn.mailbox(mailbox).unwrap();
        let id = txn.take_message_id(mailbox, &mut owner, folder).unwrap();
        let mut message = Message::default();
        owner.stamp_new(&mut message.head).unwrap();
        let bag = &mut message.head.properties;
        let TaggedValue { tag, value } = string(PropertyTag::PidTagNormalizedSubject, "new");
        bag.set(tag.id(), value);
        bag.set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(FileTime(NOW.0 - id)));
        let at = Location { folder, kind: Kind::Normal };
        txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
        txn.commit().unwrap();
    }

    /// A message with an attachment of `size` MB, written as a client does.
    fn attach(&mut self) {
        let folder_id = Special::Inbox.id();
        let request = CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: false };
        let message = self.run(Request::CreateMessage(request), self.logon, 1);
        let attachment = self.run(Request::CreateAttachment(CreateAttachmentRequest {}), message, 1);
        let request = OpenStreamRequest { property_tag: PropertyTag::PidTagAttachDataBinary, open_mode_flags: 2 };
        let stream = self.run(Request::OpenStream(request), attachment, 1);
        for piece in 0..size() * 64 {
            let data = vec![u8::try_from(piece % 251).unwrap(); 0x4000];
            self.run(Request::WriteStream(WriteStreamRequest { data }), stream, 0);
        }
        self.run(Request::CommitStream(CommitStreamRequest {}), stream, 0);
        let request = SaveChangesAttachmentRequest { save_flags: 0x0A };
        self.save(Request::SaveChangesAttachment(request), attachment, message);
        let request = SaveChangesMessageRequest { save_flags: 0x0A };
        self.save(Request::SaveChangesMessage(request), message, message);
    }
}

#[inline(never)]
fn measured_empty(bench: &mut Bench, state: &State) {
    let context = bench.context(state);
    let len = bench.pull(context, None);
    assert!(len < 1000, "{len}");
}

// What has the same instructions as another function is one with it, and has no name of its own.
#[inline(never)]
fn measured_few(bench: &mut Bench, state: &State) {
    let context = bench.context(state);
    let len = bench.pull(context, None);
    assert!((1000..20_000).contains(&len), "{len}");
}

#[inline(never)]
fn measured_whole(bench: &mut Bench) -> u64 {
    let context = bench.context(&State::new());
    bench.pull(context, None)
}

#[test]
#[ignore = "for tests/bench"]
fn empty() {
    let mut bench = Bench::open();
    let state = bench.all();
    measured_empty(&mut bench, &state);
}

#[test]
#[ignore = "for tests/bench"]
fn few() {
    let mut bench = Bench::open();
    let state = bench.all();
    for _ in 0..5 {
        bench.store_one();
    }
    measured_few(&mut bench, &state);
}

#[test]
#[ignore = "for tests/bench"]
fn whole() {
    let len = measured_whole(&mut Bench::open());
    assert!(len > size() * 2000, "{len}");
    println!("{len} bytes");
}

/// The mailbox is open, and that is all.
#[test]
#[ignore = "for tests/bench"]
fn heap_open() {
    Bench::open();
}

/// A small message is stored: LMDB makes its lists for writing, some megabytes, once in a process.
#[test]
#[ignore = "for tests/bench"]
fn heap_write() {
    Bench::open().store_one();
}

#[test]
#[ignore = "for tests/bench"]
fn heap_upload() {
    Bench::open().attach();
}

/// After [`heap_upload`]: what that left.
#[test]
#[ignore = "for tests/bench"]
fn heap_download() {
    let mut bench = Bench::open();
    let context = bench.context(&State::new());
    let len = bench.pull(context, None);
    assert!(len > size() * 1024 * 1024, "{len}");
    assert_ne!(context, NO_HANDLE);
}
