//! Pause and resume: a session goes on after the server was killed, stopped or the machine rebooted.
//! A scripted Outlook does random things to two servers, one of which is restarted between any two of
//! them: byte for byte it must not notice.

mod bounds;
mod cost;
mod namespace;
mod process;
mod proxy;

use crate::client::{Dice, Place, new_folder, string};
use mailstead::backend::{Backend as _, Connect, Content, Execute, Live, Mailbox};
use mailstead::directory::User;
use mailstead::mapi::{
    LongTermId, ObjectId, Order, PropertyTag, RelOp, Restriction, SortOrder, SortOrderSet, TaggedValue, Value,
};
use mailstead::rop::{
    BufferSize, ByteCount, CloneStreamRequest, CommitStreamRequest, CreateAttachmentRequest, CreateBookmarkRequest,
    CreateMessageRequest, DeleteFolderRequest, DeleteMessagesRequest, EmptyFolderRequest,
    FastTransferSourceGetBufferRequest, FindRowRequest, GetContentsTableRequest, GetHierarchyTableRequest,
    GetPropertiesSpecificRequest, Handles, LogonRequest, NO_HANDLE, OpenFolderRequest, OpenMessageRequest,
    OpenStreamRequest, PropertyValues, QueryPositionRequest, QueryRowsRequest, ReadStreamRequest,
    RegisterNotificationRequest, ReleaseRequest, Request, RequestBuffer, RequestFrame, RestrictRequest,
    SaveChangesAttachmentRequest, SaveChangesMessageRequest, SeekRowBookmarkRequest, SeekRowRequest, SeekStreamRequest,
    SetColumnsRequest, SetPropertiesRequest, SortTableRequest, SynchronizationConfigureRequest,
    SynchronizationGetTransferStateRequest, SynchronizationOpenCollectorRequest,
    SynchronizationUploadStateStreamBeginRequest, SynchronizationUploadStateStreamEndRequest,
    WritePerUserInformationRequest, WriteStreamRequest, unpack_payload,
};
use mailstead::session::Held as _;
use mailstead::store::{SessionChange, SessionStore};
use mailstead::wire::{Guid, Wire as _, pack_buffers, unpack_buffers};
use std::collections::BTreeMap;
use std::sync::Arc;

const INBOX: u64 = 5;
const DRAFTS: u64 = 14;
const BOOT: &str = "b6f2c6d1-boot";

/// A server without a network: what a restart loses is lost here too.
struct Host {
    place: Place,
    runtime: tempfile::TempDir,
    boots: u32,
    live: Option<Live>,
    kept_in: Option<Arc<SessionStore>>,
    sessions: Vec<Box<dyn Mailbox>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Kill,
    Reboot,
    PowerCut,
}

impl Host {
    fn new() -> Self {
        Self::at(Place::new())
    }

    fn at(place: Place) -> Self {
        let mut host = Self {
            place,
            runtime: tempfile::tempdir().unwrap(),
            boots: 0,
            live: None,
            kept_in: None,
            sessions: Vec::new(),
        };
        host.start();
        host
    }

    fn user(&self) -> Arc<User> {
        Arc::new(self.place.ann.clone())
    }

    /// A new process, nobody resumed yet.
    fn restart(&mut self) -> Live {
        let store = Arc::clone(&self.place.store);
        let live = Live::new(Arc::clone(&store), self.place.clock.clone(), "Mailstead".into());
        let boot = format!("{BOOT}{}", self.boots);
        let sessions = SessionStore::open(self.runtime.path(), store, self.place.path(), &boot).unwrap();
        let sessions = Arc::new(sessions);
        live.keep_in(Arc::clone(&sessions));
        self.kept_in = Some(sessions);
        live
    }

    /// A new process; how many sessions go on.
    fn start(&mut self) -> usize {
        let live = self.restart();
        let mut resumed: Vec<(u64, Box<dyn Mailbox>)> = Vec::new();
        for one in live.resume() {
            let Content::Mailbox(mut mailbox) = one.content else { panic!("an address book") };
            mailbox.wake_with(Box::new(|_| {}));
            let number = u64::from_le_bytes(one.about.as_slice().try_into().unwrap());
            mailbox.keep(number, &one.about);
            resumed.push((number, mailbox));
        }
        resumed.sort_by_key(|(number, _)| *number);
        self.sessions = resumed.into_iter().map(|(_, mailbox)| mailbox).collect();
        self.live = Some(live);
        self.sessions.len()
    }

    fn end(&mut self, end: End) {
        if end == End::Reboot {
            for (number, session) in (1_u64..).zip(&mut self.sessions) {
                session.keep(number, &number.to_le_bytes());
            }
            self.live.as_ref().unwrap().rest();
        }
        self.sessions.clear();
        self.live = None;
        self.kept_in = None;
        if end != End::Kill {
            self.boots += 1;
        }
        if end == End::Reboot {
            // The runtime directory is memory.
            std::fs::remove_file(self.runtime.path().join("sessions.mdb")).unwrap();
        }
    }

    /// How often the session store was written.
    fn sessions_written(&self) -> u64 {
        self.kept_in.as_ref().unwrap().last_transaction()
    }

    /// What is kept of the only session.
    fn kept(&self) -> Option<mailstead::store::KeptSession> {
        self.kept_in.as_ref().unwrap().load().unwrap().pop()
    }

    /// Connect, without a context.
    fn mailbox(&self) -> Box<dyn Mailbox> {
        let user = self.user();
        let connect = Connect {
            user_dn: user.legacy_dn.clone(),
            flags: 0,
            client_version: [16, 0, 0],
            code_page: 1252,
            locale: 0x409,
        };
        self.live.as_ref().unwrap().connect(&user, &connect).unwrap()
    }

    fn connect(&mut self) {
        let mut mailbox = self.mailbox();
        mailbox.wake_with(Box::new(|_| {}));
        let number = u64::try_from(self.sessions.len()).unwrap() + 1;
        mailbox.keep(number, &number.to_le_bytes());
        self.sessions.push(mailbox);
    }
}

/// A server with sessions of Ann's.
trait Peer {
    fn connect(&mut self);
    /// One Execute: a RopBuffer there, one back.
    fn execute(&mut self, session: usize, rop_buffer: Vec<u8>) -> Vec<u8>;
    fn legacy_dn(&self) -> String;
    /// Ends it and starts it again; how many sessions go on.
    fn restart(&mut self, end: End) -> usize;
    /// How many invariants of the data do not hold. The last thing that is asked.
    fn damage(&mut self) -> usize;

    /// One operation; the whole answer, and the handle at its output index.
    fn run(&mut self, session: usize, request: Option<&Request>, input: u32) -> (Vec<u8>, u32) {
        let saves = matches!(request, Some(Request::SaveChangesMessage(_) | Request::SaveChangesAttachment(_)));
        let handles = Handles { input: 0, other: u8::from(!saves) };
        let frames: Vec<_> = request
            .map(|request| RequestFrame { logon_id: 0, handles, request: request.clone() })
            .into_iter()
            .collect();
        let rop_buffer = pack_buffers(&[RequestBuffer::pack(&frames, &[input, NO_HANDLE])], false, false);
        let (list, handles) = opened(&self.execute(session, rop_buffer));
        (list, handles.get(1).copied().unwrap_or(NO_HANDLE))
    }

    fn log_on(&mut self, session: usize) -> u32 {
        let essdn = [self.legacy_dn().as_bytes(), b"\0"].concat();
        let logon = LogonRequest { logon_flags: 1, open_flags: 0x0100_0000, store_state: 0, essdn };
        let handles = Handles { input: 0, other: 0 };
        let frame = RequestFrame { logon_id: 0, handles, request: Request::Logon(logon) };
        let rop_buffer = pack_buffers(&[RequestBuffer::pack(&[frame], &[NO_HANDLE])], false, false);
        opened(&self.execute(session, rop_buffer)).1[0]
    }
}

/// RopsList and the handle table of an answer.
fn opened(answer: &[u8]) -> (Vec<u8>, Vec<u32>) {
    let payload = unpack_buffers(answer).unwrap().remove(0);
    let (list, handles) = unpack_payload(&payload).unwrap();
    (list.to_vec(), handles)
}

impl Peer for Host {
    fn connect(&mut self) {
        Self::connect(self);
    }

    fn execute(&mut self, session: usize, rop_buffer: Vec<u8>) -> Vec<u8> {
        let call = Execute { flags: 0, rop_buffer, max_rop_out: 0x10000 };
        let user = self.user();
        self.sessions[session].execute(&user, &call).unwrap()
    }

    fn legacy_dn(&self) -> String {
        self.place.ann.legacy_dn.clone()
    }

    fn restart(&mut self, end: End) -> usize {
        self.end(end);
        self.start()
    }

    fn damage(&mut self) -> usize {
        self.place.store.read().unwrap().check().unwrap().len()
    }
}

/// What the scripted Outlook has open in a session: handles, and the operation that each came from.
#[derive(Default)]
struct Desk {
    logon: u32,
    handles: Vec<(u32, u8)>,
}

impl Desk {
    /// Mostly the newest object that the operation is for, now and then any.
    fn pick(&self, dice: &mut Dice, request: &Request) -> u32 {
        let made_by = |names: &[&str]| {
            let fits = |id: u8| mailstead::rop::name(id).is_some_and(|name| names.contains(&name));
            self.handles.iter().rev().find(|(_, id)| fits(*id)).map(|(handle, _)| *handle)
        };
        let messages = &["CreateMessage", "OpenMessage"][..];
        let name = mailstead::rop::name(request.id()).unwrap();
        let fitting = match name {
            "OpenFolder" | "CreateMessage" | "OpenMessage" | "RegisterNotification" | "WritePerUserInformation" => {
                return self.logon;
            }
            "GetContentsTable"
            | "GetHierarchyTable"
            | "SynchronizationConfigure"
            | "SynchronizationOpenCollector"
            | "DeleteMessages"
            | "CreateFolder"
            | "DeleteFolder"
            | "EmptyFolder" => made_by(&["OpenFolder", "CreateFolder"]),
            "SetProperties" | "SaveChangesMessage" | "CreateAttachment" => made_by(messages),
            "OpenStream" | "GetPropertiesSpecific" if dice.below(2) == 0 => made_by(&["CreateAttachment"]),
            "OpenStream" | "GetPropertiesSpecific" => made_by(messages),
            "SaveChangesAttachment" => made_by(&["CreateAttachment"]),
            "Release" => None,
            _ if name.ends_with("Stream") => made_by(&["OpenStream", "CloneStream"]),
            "FastTransferSourceGetBuffer" => made_by(&["SynchronizationConfigure", "SynchronizationGetTransferState"]),
            _ if name.starts_with("Synchronization") => {
                made_by(&["SynchronizationConfigure", "SynchronizationOpenCollector"])
            }
            _ => made_by(&["GetContentsTable", "GetHierarchyTable"]),
        };
        let any = self.handles.get(dice.below(self.handles.len())).map_or(self.logon, |(handle, _)| *handle);
        if dice.below(8) == 0 { any } else { fitting.unwrap_or(any) }
    }
}

fn columns() -> Vec<PropertyTag> {
    vec![
        PropertyTag::PidTagMid,
        PropertyTag::PidTagSubject,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagHasAttachments,
    ]
}

/// Something that a client may ask, sensible or not.
fn request(dice: &mut Dice) -> Request {
    let folder_id = ObjectId::own([INBOX, INBOX, DRAFTS, 4][dice.below(4)]);
    let message_id = ObjectId::own(u64::try_from(0x100 + dice.below(60)).unwrap());
    let bytes = |dice: &mut Dice, most| vec![b'a' + u8::try_from(dice.below(26)).unwrap(); dice.below(most)];
    match dice.below(33) {
        0 | 1 => Request::OpenFolder(OpenFolderRequest { folder_id, open_mode_flags: 0 }),
        2 | 3 => {
            Request::CreateMessage(CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: false })
        }
        4 => {
            Request::OpenMessage(OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags: 1, message_id })
        }
        5 | 6 => {
            let text = String::from_utf8(bytes(dice, 3000)).unwrap();
            let tag = if dice.below(2) == 0 { PropertyTag::PidTagSubject } else { PropertyTag::PidTagBody };
            let values = vec![string(tag, &text), TaggedValue::new(PropertyTag(0x6001_0003), Value::Integer32(7))];
            Request::SetProperties(SetPropertiesRequest { property_values: PropertyValues { values } })
        }
        7 => Request::GetPropertiesSpecific(GetPropertiesSpecificRequest {
            property_size_limit: 0,
            want_unicode: 1,
            property_tags: vec![PropertyTag::PidTagSubject, PropertyTag::PidTagBody, PropertyTag::PidTagContentCount],
        }),
        8 => Request::SaveChangesMessage(SaveChangesMessageRequest { save_flags: 0x0A }),
        9 => Request::OpenStream(OpenStreamRequest {
            property_tag: [PropertyTag::PidTagBody, PropertyTag::PidTagAttachDataBinary][dice.below(2)],
            open_mode_flags: u8::try_from(dice.below(3)).unwrap(),
        }),
        10 => Request::WriteStream(WriteStreamRequest { data: bytes(dice, 20_000) }),
        11 => Request::ReadStream(ReadStreamRequest { byte_count: ByteCount::Exact(300) }),
        12 => Request::SeekStream(SeekStreamRequest { origin: 0, offset: i64::try_from(dice.below(500)).unwrap() }),
        13 => match dice.below(3) {
            0 => Request::CloneStream(CloneStreamRequest {}),
            _ => Request::CommitStream(CommitStreamRequest {}),
        },
        14 => Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 }),
        15 => Request::GetHierarchyTable(GetHierarchyTableRequest { table_flags: 4 }),
        16 => Request::SetColumns(SetColumnsRequest { set_columns_flags: 0, property_tags: columns() }),
        17 => {
            let tag = [PropertyTag::PidTagSubject, PropertyTag::PidTagMessageDeliveryTime][dice.below(2)];
            let order = SortOrder { property_tag: tag, order: Order::Descending };
            Request::SortTable(SortTableRequest {
                sort_table_flags: 0,
                sort_orders: SortOrderSet { categorized_count: 0, expanded_count: 0, sort_orders: vec![order] },
            })
        }
        18 => match dice.below(4) {
            0 => {
                let restriction = Restriction::Property {
                    rel_op: RelOp::GreaterThan,
                    property_tag: PropertyTag::PidTagMessageSize,
                    tagged_value: TaggedValue::new(PropertyTag::PidTagMessageSize, Value::Integer32(900)),
                };
                Request::Restrict(RestrictRequest { restrict_flags: 0, restriction_data: restriction.to_bytes() })
            }
            1 => Request::CreateBookmark(CreateBookmarkRequest {}),
            2 => Request::SeekRowBookmark(SeekRowBookmarkRequest {
                bookmark: 1_u32.to_le_bytes().to_vec(),
                row_count: 1,
                want_row_moved_count: true,
            }),
            _ => Request::FindRow(FindRowRequest {
                find_row_flags: 0,
                restriction_data: Restriction::Exist { property_tag: PropertyTag::PidTagSubject }.to_bytes(),
                origin: 1,
                bookmark: Vec::new(),
            }),
        },
        19 => Request::QueryRows(QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 5 }),
        20 => match dice.below(2) {
            0 => Request::SeekRow(SeekRowRequest { origin: 1, row_count: 1, want_row_moved_count: true }),
            _ => Request::QueryPosition(QueryPositionRequest {}),
        },
        21 => Request::RegisterNotification(RegisterNotificationRequest { notification_types: 0x00FE, scope: None }),
        22 => match dice.below(3) {
            0 => Request::CreateAttachment(CreateAttachmentRequest {}),
            1 => Request::SaveChangesAttachment(SaveChangesAttachmentRequest { save_flags: 0x0A }),
            _ => Request::DeleteMessages(DeleteMessagesRequest {
                want_asynchronous: false,
                notify_non_read: false,
                message_ids: vec![message_id],
            }),
        },
        23 => Request::Release(ReleaseRequest {}),
        24..27 => deletion(dice, message_id),
        _ => synchronization(dice),
    }
}

/// Downloads in pieces, of contents or the hierarchy, and what an upload begins with.
fn synchronization(dice: &mut Dice) -> Request {
    match dice.below(8) {
        0 => Request::SynchronizationConfigure(SynchronizationConfigureRequest {
            synchronization_type: [1, 1, 2][dice.below(3)],
            send_options: 1,
            // Unicode, ReadState, FAI, Normal.
            synchronization_flags: 0x0039,
            restriction_data: Vec::new(),
            synchronization_extra_flags: 0x0007,
            // Random, so another one in each of the two.
            property_tags: vec![PropertyTag::PidTagSearchKey],
        }),
        1..=3 => Request::FastTransferSourceGetBuffer(FastTransferSourceGetBufferRequest {
            buffer_size: BufferSize::Exact(u16::try_from(400 + dice.below(3000)).unwrap()),
        }),
        4 => Request::SynchronizationGetTransferState(SynchronizationGetTransferStateRequest {}),
        5 => Request::SynchronizationOpenCollector(SynchronizationOpenCollectorRequest { is_contents_collector: true }),
        6 => Request::SynchronizationUploadStateStreamBegin(SynchronizationUploadStateStreamBeginRequest {
            state_property: PropertyTag(0x4017_0003),
            transfer_buffer_size: 0,
        }),
        _ => Request::SynchronizationUploadStateStreamEnd(SynchronizationUploadStateStreamEndRequest {}),
    }
}

/// What is deleted softly and looked at again; read state that comes in parts.
fn deletion(dice: &mut Dice, id: ObjectId) -> Request {
    match dice.below(7) {
        0 => Request::CreateFolder(new_folder(["One", "Two", "Three"][dice.below(3)])),
        1 => Request::DeleteFolder(DeleteFolderRequest { delete_folder_flags: 5, folder_id: id }),
        2 => Request::OpenFolder(OpenFolderRequest { folder_id: id, open_mode_flags: 4 }),
        3 => Request::GetContentsTable(GetContentsTableRequest { table_flags: 0x20 }),
        4 => Request::GetHierarchyTable(GetHierarchyTableRequest { table_flags: 0x20 }),
        5 => Request::EmptyFolder(EmptyFolderRequest { want_asynchronous: true, want_delete_associated: false }),
        _ => {
            let data_offset = u32::try_from(dice.below(3)).unwrap();
            Request::WritePerUserInformation(WritePerUserInformationRequest {
                folder_id: LongTermId::new(Guid([7; 16]), ObjectId::own(1)),
                has_finished: false,
                data_offset,
                data: vec![1],
                repl_guid: (data_offset == 0).then_some(Guid([7; 16])),
            })
        }
    }
}

/// Two servers are asked the same; `end` says what happens to the second one before a step.
fn compare(
    seed: u64,
    steps: usize,
    (calm, stormy): (&mut dyn Peer, &mut dyn Peer),
    mut end: impl FnMut(&mut Dice) -> Option<End>,
    is_asked: impl Fn(&Request) -> bool,
) {
    let mut dice = Dice::seeded(seed);
    let mut fate = Dice::seeded(seed ^ 0x5EED);
    let mut desks: Vec<Desk> = Vec::new();
    let mut succeeded: BTreeMap<u8, usize> = BTreeMap::new();
    for session in 0..2 {
        calm.connect();
        stormy.connect();
        let logon = calm.log_on(session);
        assert_eq!(stormy.log_on(session), logon);
        desks.push(Desk { logon, handles: Vec::new() });
    }
    for step in 0..steps {
        if let Some(end) = end(&mut fate) {
            assert_eq!(stormy.restart(end), 2, "seed {seed}, step {step}: {end:?} lost a session");
        }
        let session = dice.below(2);
        let desk = &mut desks[session];
        // An empty batch now and then: only events.
        let request = (dice.below(12) > 0).then(|| request(&mut dice)).filter(&is_asked);
        let input = request.as_ref().map_or(desk.logon, |request| desk.pick(&mut dice, request));
        if input == desk.logon && matches!(request, Some(Request::Release(_))) {
            continue;
        }
        let expected = calm.run(session, request.as_ref(), input);
        let got = stormy.run(session, request.as_ref(), input);
        assert_eq!(got, expected, "seed {seed}, step {step}: {request:?} on {input}");
        if let Some(request) = request.as_ref().filter(|_| got.0.get(2..6) == Some(&[0; 4])) {
            *succeeded.entry(request.id()).or_default() += 1;
        }
        match request {
            Some(Request::Release(_)) => desk.handles.retain(|(handle, _)| *handle != input),
            Some(request) if expected.1 != NO_HANDLE => desk.handles.push((expected.1, request.id())),
            _ => {}
        }
        if desk.handles.len() > 40 {
            let (oldest, _) = desk.handles.remove(0);
            let release = Request::Release(ReleaseRequest {});
            assert_eq!(stormy.run(session, Some(&release), oldest), calm.run(session, Some(&release), oldest));
        }
    }
    let told = succeeded.iter().map(|(id, count)| format!("{} {count}", mailstead::rop::name(*id).unwrap_or("?")));
    println!("succeeded: {}", told.collect::<Vec<_>>().join(", "));
    // Otherwise the script shows nothing: of what it can ask, most is asked of an object that can do it.
    assert!(steps < 800 || succeeded.len() >= 22, "only {} operations ever succeeded", succeeded.len());
    assert_eq!((calm.damage(), stormy.damage()), (0, 0));
}

/// The same in this process, where a restart costs a millisecond.
fn compare_hosts(seed: u64, steps: usize, end: impl FnMut(&mut Dice) -> Option<End>) {
    let mut calm = Host::new();
    let mut stormy = Host::at(calm.place.twin());
    compare(seed, steps, (&mut calm, &mut stormy), end, |_| true);
}

fn steps() -> usize {
    std::env::var("MAILSTEAD_STEPS").map_or(900, |steps| steps.parse().expect("MAILSTEAD_STEPS is a number"))
}

#[test]
fn a_client_does_not_notice_that_the_server_was_killed() {
    let mut dice = Dice::new();
    compare_hosts(dice.next(), steps(), |fate| (fate.below(3) == 0).then_some(End::Kill));
}

#[test]
fn a_client_does_not_notice_a_reboot() {
    let mut dice = Dice::new();
    compare_hosts(dice.next(), steps() / 2, |fate| {
        (fate.below(10) == 0).then_some([End::Reboot, End::Kill][fate.below(2)])
    });
}

/// What the disk holds may be older than what the client was told: such a session ends.
#[test]
fn after_a_power_cut_no_session_goes_on() {
    let mut host = Host::new();
    host.connect();
    host.log_on(0);
    host.end(End::PowerCut);
    assert_eq!(host.start(), 0);
    host.end(End::Kill);
    assert_eq!(host.start(), 0, "and it is not there later");
}

/// A clean stop is good for one start: what came after it is lost with the power.
#[test]
fn a_session_of_a_clean_stop_is_not_resumed_twice() {
    let mut host = Host::new();
    host.connect();
    host.log_on(0);
    host.end(End::Reboot);
    assert_eq!(host.start(), 1);
    host.end(End::PowerCut);
    assert_eq!(host.start(), 0);
}

fn change(head: &[u8]) -> SessionChange {
    SessionChange { head: head.to_vec(), objects: vec![(1, Some(vec![1])), (2, None)] }
}

/// A crash between the session's record and the commit of its batch: the data file decides.
#[test]
fn what_a_batch_prepared_is_true_if_it_committed() {
    let place = Place::new();
    let runtime = tempfile::tempdir().unwrap();
    let open = || SessionStore::open(runtime.path(), Arc::clone(&place.store), place.path(), BOOT).unwrap();
    let sessions = open();
    sessions.begin(7, b"context");
    sessions.save(7, &SessionChange { head: b"before".to_vec(), objects: vec![(2, Some(vec![2]))] });
    let txn = place.store.write().unwrap();
    sessions.prepare(7, txn.number(), &change(b"after"));
    drop(txn);
    drop(sessions);
    let sessions = open();
    let kept = sessions.load().unwrap();
    assert_eq!((kept[0].head.as_slice(), kept[0].objects.get(&2)), (&b"before"[..], Some(&vec![2])));

    let mut txn = place.store.write().unwrap();
    let mut mailbox = txn.mailbox(place.ann.id).unwrap();
    mailbox.take_id().unwrap();
    txn.put_mailbox(place.ann.id, &mailbox).unwrap();
    sessions.prepare(7, txn.number(), &change(b"after"));
    txn.commit().unwrap();
    drop(sessions);
    let kept = open().load().unwrap();
    assert_eq!(kept[0].head, b"after");
    assert_eq!((kept[0].objects.get(&1), kept[0].objects.get(&2)), (Some(&vec![1]), None));
}

/// Records beside another data file, a restored one say, are of another world.
#[test]
fn sessions_of_another_data_file_are_not_resumed() {
    let (one, two) = (Place::new(), Place::new());
    let runtime = tempfile::tempdir().unwrap();
    let open =
        |place: &Place| SessionStore::open(runtime.path(), Arc::clone(&place.store), place.path(), BOOT).unwrap();
    let sessions = open(&one);
    sessions.begin(1, b"context");
    drop(sessions);
    assert!(!open(&one).is_empty());
    assert!(open(&two).is_empty());
    assert!(open(&one).is_empty());
}

/// Whatever the file holds, the server starts.
#[test]
fn a_torn_session_store_is_none() {
    let place = Place::new();
    let runtime = tempfile::tempdir().unwrap();
    for bytes in [&b"not LMDB at all"[..], &[0; 8192], &[]] {
        std::fs::write(runtime.path().join("sessions.mdb"), bytes).unwrap();
        let sessions = SessionStore::open(runtime.path(), Arc::clone(&place.store), place.path(), BOOT).unwrap();
        assert!(sessions.is_empty());
        sessions.begin(1, b"context");
        assert!(!sessions.is_empty());
    }
}

/// What is not known to be whole is not told event by event.
#[test]
fn commits_that_were_not_kept_are_missed() {
    let place = Place::new();
    let runtime = tempfile::tempdir().unwrap();
    let sessions = SessionStore::open(runtime.path(), Arc::clone(&place.store), place.path(), BOOT).unwrap();
    let last = place.store.last_transaction();
    assert_eq!(sessions.commits_after(last).unwrap(), Some(vec![]), "nothing since");
    assert_eq!(sessions.commits_after(last - 1).unwrap(), None, "nobody kept the last one");
    sessions.committed(last, Some(b"changes"));
    assert_eq!(sessions.commits_after(last - 1).unwrap(), Some(vec![b"changes".to_vec()]));
    let much = last + mailstead::limits::COMMITS_KEPT_MAX + 5;
    for at in last + 1..=much {
        sessions.committed(at, Some(b"x"));
    }
    assert_eq!(sessions.commits_after(last - 1).unwrap(), None, "too long ago");
    assert_eq!(sessions.commits_after(much - 1).unwrap().map(|commits| commits.len()), Some(1));
}
