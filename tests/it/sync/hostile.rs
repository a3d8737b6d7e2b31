//! Operations with values that no client would send, in any order, on any object: an error for that
//! object at most, and the store is sound.

use super::download::scene;
use super::reader::contents_request;
use super::transfer::copy_to;
use crate::client::{Desk, string};
use crate::store::Random;
use mailstead::client::Operation;
use mailstead::mapi::{GuidSet, ObjectId, PropertyTag, Ranges, TaggedValue, Value, Xid};
use mailstead::rop::{
    BufferSize, FastTransferDestinationConfigureRequest, FastTransferDestinationPutBufferRequest,
    FastTransferSourceCopyFolderRequest, FastTransferSourceCopyMessagesRequest,
    FastTransferSourceCopyPropertiesRequest, FastTransferSourceGetBufferRequest, NO_HANDLE, SaveChangesMessageRequest,
    SynchronizationConfigureRequest, SynchronizationGetTransferStateRequest, SynchronizationImportDeletesRequest,
    SynchronizationImportHierarchyChangeRequest, SynchronizationImportMessageChangeRequest,
    SynchronizationImportMessageMoveRequest, SynchronizationImportReadStateChangesRequest,
    SynchronizationOpenCollectorRequest, SynchronizationUploadStateStreamBeginRequest,
    SynchronizationUploadStateStreamContinueRequest, SynchronizationUploadStateStreamEndRequest,
};
use mailstead::transfer::meta;
use mailstead::wire::{FileTime, Wire};

struct Chaos {
    desk: Desk,
    random: Random,
    /// With what they should be: F folder, M message, S source, C collector, D destination.
    handles: Vec<(char, u32)>,
    done: usize,
    /// Bytes that make sense somewhere.
    pool: Vec<Vec<u8>>,
    /// Whole streams.
    streams: Vec<Vec<u8>>,
}

impl Chaos {
    fn below(&mut self, n: usize) -> usize {
        self.random.below(n)
    }

    fn u16(&mut self) -> u16 {
        u16::try_from(self.below(0x1_0000)).unwrap()
    }

    /// An object, more often than not of the kind that is asked for.
    fn handle(&mut self, kinds: &str) -> u32 {
        let any = self.below(10) == 0;
        let list: Vec<u32> =
            self.handles.iter().filter(|(kind, _)| any || kinds.contains(*kind)).map(|(_, handle)| *handle).collect();
        if list.is_empty() { self.handles[0].1 } else { list[self.below(list.len())] }
    }

    /// Something known, or known with a few bytes changed, or cut.
    fn bytes(&mut self) -> Vec<u8> {
        let at = self.below(self.pool.len());
        let mut bytes = self.pool[at].clone();
        if self.below(3) == 0 && !bytes.is_empty() {
            for _ in 0..self.below(4) {
                let at = self.below(bytes.len());
                bytes[at] = u8::try_from(self.below(256)).unwrap();
            }
            bytes.truncate(self.below(bytes.len() + 1));
        }
        bytes
    }

    fn run(&mut self, on: &str, makes: char, operation: impl Operation) {
        let on = self.handle(on);
        let Ok(done) = self.desk.attempt_on([on, on], operation) else { return };
        self.done += 1;
        if done.handle != NO_HANDLE && done.handle != on {
            self.handles.push((makes, done.handle));
        }
    }

    fn values(&mut self) -> Vec<TaggedValue> {
        let mut values = vec![
            TaggedValue::new(PropertyTag::PidTagSourceKey, Value::Binary(self.bytes())),
            TaggedValue::new(PropertyTag::PidTagLastModificationTime, Value::Time(FileTime(self.below(1000) as u64))),
            TaggedValue::new(PropertyTag::PidTagChangeKey, Value::Binary(self.bytes())),
            TaggedValue::new(PropertyTag::PidTagPredecessorChangeList, Value::Binary(self.bytes())),
        ];
        if self.below(10) == 0 {
            values.truncate(self.below(5));
        }
        values
    }

    fn configure(&mut self) -> SynchronizationConfigureRequest {
        SynchronizationConfigureRequest {
            synchronization_type: u8::try_from(1 + self.below(3)).unwrap(),
            send_options: u8::try_from(self.below(32)).unwrap(),
            synchronization_flags: self.u16(),
            restriction_data: if self.below(4) == 0 { self.bytes() } else { Vec::new() },
            synchronization_extra_flags: u32::try_from(self.below(16)).unwrap(),
            property_tags: vec![PropertyTag::PidTagBody; self.below(3)],
        }
    }

    fn sync(&mut self) {
        match self.below(8) {
            0 => {
                let request = self.configure();
                self.run("F", 'S', request);
            }
            1 => self.run("F", 'C', SynchronizationOpenCollectorRequest { is_contents_collector: true }),
            2 => self.run("F", 'C', SynchronizationOpenCollectorRequest { is_contents_collector: false }),
            3 => {
                let tags = [meta::IDSET_GIVEN, meta::CNSET_SEEN, meta::CNSET_SEEN_FAI, meta::CNSET_READ];
                let state_property = tags[self.below(4)];
                let transfer_buffer_size = u32::from(self.u16());
                self.run(
                    "SC",
                    'X',
                    SynchronizationUploadStateStreamBeginRequest { state_property, transfer_buffer_size },
                );
            }
            4 => {
                let stream_data = self.bytes();
                self.run("SC", 'X', SynchronizationUploadStateStreamContinueRequest { stream_data });
            }
            5 => self.run("SC", 'X', SynchronizationUploadStateStreamEndRequest {}),
            6 => self.run("SC", 'S', SynchronizationGetTransferStateRequest {}),
            _ => {
                let size = self.u16();
                let buffer_size =
                    if size.is_multiple_of(2) { BufferSize::Exact(size % 0x8000) } else { BufferSize::Maximum(size) };
                self.run("S", 'X', FastTransferSourceGetBufferRequest { buffer_size });
            }
        }
    }

    fn import(&mut self) {
        match self.below(6) {
            0 | 1 => {
                let import_flag = [0, 0x10, 0x40, 0x50, 0xFF][self.below(5)];
                let property_values = self.values();
                self.run("C", 'M', SynchronizationImportMessageChangeRequest { import_flag, property_values });
            }
            2 => {
                let mut hierarchy_values = self.values();
                let parent = TaggedValue::new(PropertyTag::PidTagParentSourceKey, Value::Binary(self.bytes()));
                hierarchy_values.insert(0, parent);
                let name = ["", "a", "b", "scene"][self.below(4)];
                hierarchy_values.push(string(PropertyTag::PidTagDisplayName, name));
                let property_values = self.values();
                self.run("C", 'X', SynchronizationImportHierarchyChangeRequest { hierarchy_values, property_values });
            }
            3 => {
                let list = (0..self.below(3)).map(|_| self.bytes()).collect();
                let value = TaggedValue { tag: PropertyTag(0x0000_1102), value: Value::MultipleBinary(list) };
                let import_delete_flags = u8::try_from(self.below(4)).unwrap();
                self.run(
                    "C",
                    'X',
                    SynchronizationImportDeletesRequest { import_delete_flags, property_values: vec![value] },
                );
            }
            4 => {
                let mut message_read_states = Vec::new();
                for _ in 0..self.below(3) {
                    let key = self.bytes();
                    message_read_states.extend(u16::try_from(key.len() % 256).unwrap().to_le_bytes());
                    message_read_states.extend(key);
                    message_read_states.push(1);
                }
                self.run("C", 'X', SynchronizationImportReadStateChangesRequest { message_read_states });
            }
            _ => {
                let request = SynchronizationImportMessageMoveRequest {
                    source_folder_id: self.bytes(),
                    source_message_id: self.bytes(),
                    predecessor_change_list: self.bytes(),
                    destination_message_id: self.bytes(),
                    change_number: self.bytes(),
                };
                self.run("C", 'X', request);
            }
        }
    }

    fn transfer(&mut self) {
        match self.below(8) {
            0 => self.run("FM", 'S', copy_to()),
            1 => {
                let (level, copy_flags) = (u8::try_from(self.below(2)).unwrap(), 0);
                let property_tags = vec![PropertyTag::PidTagSubject, PropertyTag::PidTagMessageAttachments];
                self.run(
                    "FM",
                    'S',
                    FastTransferSourceCopyPropertiesRequest { level, copy_flags, send_options: 0, property_tags },
                );
            }
            2 => self.run("F", 'S', FastTransferSourceCopyFolderRequest { copy_flags: 0x10, send_options: 2 }),
            3 => {
                let message_ids = vec![ObjectId::own(0x100 + self.below(40) as u64); self.below(3)];
                self.run(
                    "F",
                    'S',
                    FastTransferSourceCopyMessagesRequest { message_ids, copy_flags: 0, send_options: 1 },
                );
            }
            4 => {
                let source_operation = u8::try_from(1 + self.below(4)).unwrap();
                self.run("FM", 'D', FastTransferDestinationConfigureRequest { source_operation, copy_flags: 0 });
            }
            5 => self.run("M", 'X', SaveChangesMessageRequest { save_flags: 0x0E }),
            _ => {
                let at = self.below(self.streams.len());
                let stream = self.streams[at].clone();
                let start = if self.below(2) == 0 { 0 } else { self.below(stream.len()) };
                let end = start + self.below(stream.len() - start + 1).min(0x7000);
                let mut transfer_data = stream[start..end].to_vec();
                if self.below(2) == 0 && !transfer_data.is_empty() {
                    let at = self.below(transfer_data.len());
                    transfer_data[at] = u8::try_from(self.below(256)).unwrap();
                }
                self.run("D", 'X', FastTransferDestinationPutBufferRequest { transfer_data });
            }
        }
    }
}

#[test]
fn whatever_comes_the_store_is_sound() {
    let steps = std::env::var("MAILSTEAD_SYNC_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(6000);
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (below, _) = desk.create_folder(folder, "below");
    let mut pool = vec![Vec::new(), vec![0; 22]];
    for n in 0..6 {
        let id = desk.note(folder_id, &format!("m{n}"));
        pool.push(desk.source_key(id));
    }
    let replica = desk.logon.private.repl_guid;
    for _ in 0..8 {
        let id = super::upload::take_id(&mut desk);
        pool.push(desk.source_key(id));
    }
    for n in [1, 20, 300] {
        pool.push(Xid::own(replica, n).to_bytes());
        pool.push(mailstead::mapi::ChangeList::of(Xid::own(replica, n)).to_bytes());
        pool.push(super::upload::xid(7).to_bytes());
        let mut set = GuidSet::default();
        set.set(replica, Ranges::new(1, n));
        pool.push(set.to_bytes());
    }
    pool.push(desk.source_key(folder_id));
    let context = desk.make(folder, contents_request());
    let mut streams = vec![desk.pull(context)];
    let context = desk.make(folder, FastTransferSourceCopyFolderRequest { copy_flags: 0x10, send_options: 1 });
    streams.push(desk.pull(context));
    let message = desk.draft(folder_id);
    desk.set(message, vec![string(PropertyTag::PidTagSubject, "draft")]);
    let context = desk.make(message, copy_to());
    streams.push(desk.pull(context));
    let handles = vec![('F', folder), ('F', below), ('M', message), ('X', desk.logon.handle)];
    let random = Random::from_env("sync hostile");
    let mut chaos = Chaos { desk, random, handles, done: 0, pool, streams };
    for _ in 0..steps {
        match chaos.below(3) {
            0 => chaos.sync(),
            1 => chaos.import(),
            _ => chaos.transfer(),
        }
        // The newest objects are the interesting ones.
        if chaos.handles.len() > 60 {
            chaos.handles.drain(4..30);
        }
    }
    println!("{} of {steps} went well", chaos.done);
    assert!(chaos.done > steps / 4, "{} of {steps}", chaos.done);
}
