//! A client of the engine: batches of one operation, and the events that came with the answers.

use mailstead::clock::Clock;
use mailstead::directory::{self, NewUser, User};
use mailstead::exec::{Caller, Engine, Objects};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, SortOrderSet, TaggedValue, Text, Value};
use mailstead::rop::{
    CreateFolderRequest, CreateMessageRequest, GetContentsTableRequest, GetHierarchyTableRequest, Handles,
    LogonRequest, NO_HANDLE, NotificationData, OpenFolderRequest, OpenMessageRequest, PropertyValues, QueryRowsRequest,
    RegisterNotificationRequest, ReleaseRequest, Reply, Request, RequestBuffer, RequestFrame, Response,
    SaveChangesMessageRequest, SetColumnsRequest, SetPropertiesRequest, SortTableRequest, read_responses,
    unpack_payload,
};
use mailstead::store::{Kind, Location, Message, OpenOptions, Store, Txn};
use mailstead::wire::{FileTime, pack_buffers, unpack_buffers};
use std::sync::Arc;

pub(crate) const NOW: FileTime = FileTime(133_000_000_000_000_000);
/// MaxRopOut of a client that has no reason to be modest.
pub(crate) const ROOMY: u32 = 0x10000;

/// A store with a user, and the engine over it.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<Store>,
    pub(crate) user: User,
    dir: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(dir.path(), &OpenOptions { map_size_bytes: 1 << 30 }).unwrap());
        let mut txn = store.write().unwrap();
        let new = NewUser { address: "ann@example.test", display_name: "Ann", password_hash: "", admin: false };
        let user = directory::create(&mut txn, "Mailstead", &new, NOW).unwrap();
        txn.commit().unwrap();
        let engine = Arc::new(Engine::new(Arc::clone(&store), Clock::test(NOW)));
        Self { engine, store, user, dir }
    }

    /// A new process, as far as the engine goes.
    pub(crate) fn restart(&mut self) {
        self.engine = Arc::new(Engine::new(Arc::clone(&self.store), Clock::test(NOW)));
    }

    /// Where the data file is.
    pub(crate) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// A session that is logged on.
    pub(crate) fn client(&self) -> Client {
        let caller =
            Caller { user: self.user.clone(), admin: false, client_version: [16, 0, 0], code_page: 1252, locale: 0 };
        let mut client = Client {
            engine: Arc::clone(&self.engine),
            caller,
            objects: Objects::default(),
            logon: 0,
            max_out: ROOMY,
            events: Vec::new(),
            pending: false,
            last_list: Vec::new(),
        };
        let essdn = [self.user.legacy_dn.as_bytes(), b"\0"].concat();
        let logon = LogonRequest { logon_flags: 1, open_flags: 0x0100_0000, store_state: 0, essdn };
        client.logon = client.open(Request::Logon(logon), NO_HANDLE);
        client
    }

    /// Changes the store as a delivery would.
    pub(crate) fn write<T>(&self, f: impl FnOnce(&mut Txn<'_>, u32) -> T) -> T {
        let mut txn = self.store.write().unwrap();
        let out = f(&mut txn, self.user.id);
        txn.commit().unwrap();
        out
    }
}

/// A message with a subject, delivered at a time.
pub(crate) fn message(subject: &str, time: u64) -> Message {
    let mut message = Message::default();
    let bag = &mut message.head.properties;
    bag.set(PropertyTag::PidTagMessageClass.id(), Value::String("IPM.Note".into()));
    bag.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(subject.into()));
    bag.set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(FileTime(time)));
    message
}

/// Saves a new message.
pub(crate) fn save(txn: &mut Txn<'_>, mailbox: u32, folder: u64, message: &mut Message) -> u64 {
    let mut owner = txn.mailbox(mailbox).unwrap();
    let id = owner.take_id().unwrap();
    message.head.change_number = owner.take_change().unwrap();
    txn.save_message(mailbox, &mut owner, Location { folder, kind: Kind::Normal }, id, message, NOW).unwrap();
    id
}

/// What came under a handle.
pub(crate) type Told = (u32, NotificationData);

pub(crate) struct Client {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
    pub(crate) objects: Objects,
    pub(crate) logon: u32,
    pub(crate) max_out: u32,
    pub(crate) events: Vec<Told>,
    /// The last answer ended with RopPending.
    pub(crate) pending: bool,
    /// RopsList of the last answer.
    pub(crate) last_list: Vec<u8>,
}

impl Client {
    /// Sends a batch; events go to [`Client::events`]. `tags`: columns of the rows that answers have.
    pub(crate) fn run(&mut self, requests: &[Request], handles: &[u32], tags: &[u32]) -> (Vec<Reply>, Vec<u32>) {
        let frame = |request: &Request| {
            let handles = match request {
                // Logon: its output index is the only one. Save: both indexes name the same handle.
                Request::Logon(_) => Handles { input: 0, other: 1 },
                Request::SaveChangesMessage(_) => Handles { input: 0, other: 0 },
                _ => Handles { input: 0, other: 1 },
            };
            RequestFrame { logon_id: 0, handles, request: request.clone() }
        };
        let frames: Vec<RequestFrame> = requests.iter().map(frame).collect();
        let packed = pack_buffers(&[RequestBuffer::pack(&frames, handles)], false, false);
        let out = self.engine.execute(&self.caller, &mut self.objects, &packed, 0, self.max_out).unwrap();
        assert!(out.len() <= usize::try_from(self.max_out).unwrap());
        let payloads = unpack_buffers(&out).unwrap();
        let [payload] = payloads.as_slice() else { panic!("one payload") };
        let (list, handles) = unpack_payload(payload).unwrap();
        self.last_list = list.to_vec();
        let tags = vec![tags.to_vec(); frames.len()];
        let replies = read_responses(list, &frames, &tags).unwrap();
        self.pending = false;
        let mut over = false;
        for reply in &replies {
            match reply {
                Reply::Notify(notify) => {
                    assert_eq!(notify.logon_id, 0);
                    self.events.push((notify.notification_handle, notify.notification_data.clone()));
                    over = true;
                }
                Reply::Pending(pending) => {
                    assert_eq!(pending.session_index, 0);
                    self.pending = true;
                    over = true;
                }
                // MS-OXCROPS R452201: events stand at the end.
                _ => assert!(!over, "an answer after an event"),
            }
        }
        let answers = replies.into_iter().filter(|reply| !matches!(reply, Reply::Notify(_) | Reply::Pending(_)));
        (answers.collect(), handles)
    }

    /// One operation that makes an object; its handle.
    pub(crate) fn open(&mut self, request: Request, input: u32) -> u32 {
        let (replies, handles) = self.run(&[request], &[input, NO_HANDLE], &[]);
        answer(&replies).unwrap();
        handles[1]
    }

    /// One operation on an object.
    pub(crate) fn act(&mut self, request: Request, handle: u32) -> Response {
        self.try_act(request, handle).unwrap()
    }

    pub(crate) fn try_act(&mut self, request: Request, handle: u32) -> Result<Response, ErrorCode> {
        answer(&self.run(&[request], &[handle, NO_HANDLE], &[]).0)
    }

    /// A batch without operations, and the events that it brought. MS-OXCNOTIF R337
    pub(crate) fn poll(&mut self) -> Vec<Told> {
        self.run(&[], &[], &[]);
        std::mem::take(&mut self.events)
    }

    pub(crate) fn release(&mut self, handle: u32) {
        self.run(&[Request::Release(ReleaseRequest {})], &[handle], &[]);
    }

    pub(crate) fn folder(&mut self, folder: u64) -> u32 {
        let request = OpenFolderRequest { folder_id: ObjectId::own(folder), open_mode_flags: 0 };
        self.open(Request::OpenFolder(request), self.logon)
    }

    pub(crate) fn subscribe(&mut self, types: u16, scope: Option<(u64, u64)>) -> u32 {
        let id = |counter: u64| if counter == 0 { ObjectId::NONE } else { ObjectId::own(counter) };
        let scope = scope.map(|(folder, message)| (id(folder), id(message)));
        let request = RegisterNotificationRequest { notification_types: types, scope };
        self.open(Request::RegisterNotification(request), self.logon)
    }

    /// A contents table with columns and a view.
    pub(crate) fn contents(&mut self, folder: u64, flags: u8, columns: &[PropertyTag], sort: &SortOrderSet) -> u32 {
        let folder = self.folder(folder);
        let table = self.open(Request::GetContentsTable(GetContentsTableRequest { table_flags: flags }), folder);
        self.set_columns(table, columns);
        let sort = SortTableRequest { sort_table_flags: 0, sort_orders: sort.clone() };
        self.act(Request::SortTable(sort), table);
        self.view(table, columns);
        table
    }

    pub(crate) fn hierarchy(&mut self, folder: u64, flags: u8, columns: &[PropertyTag]) -> u32 {
        let folder = self.folder(folder);
        let table = self.open(Request::GetHierarchyTable(GetHierarchyTableRequest { table_flags: flags }), folder);
        self.set_columns(table, columns);
        self.view(table, columns);
        table
    }

    pub(crate) fn set_columns(&mut self, table: u32, columns: &[PropertyTag]) {
        let columns = SetColumnsRequest { set_columns_flags: 0, property_tags: columns.to_vec() };
        self.act(Request::SetColumns(columns), table);
    }

    /// Reads rows, which is one of the operations that make a view.
    pub(crate) fn view(&mut self, table: u32, columns: &[PropertyTag]) {
        let tags: Vec<u32> = columns.iter().map(|tag| tag.0).collect();
        let rows = QueryRowsRequest { query_rows_flags: 1, forward_read: true, row_count: 1 };
        answer(&self.run(&[Request::QueryRows(rows)], &[table], &tags).0).unwrap();
    }

    pub(crate) fn create_message(&mut self, folder: u64, subject: &str) -> ObjectId {
        let folder_id = ObjectId::own(folder);
        let create = CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: false };
        let message = self.open(Request::CreateMessage(create), self.logon);
        self.set_subject(message, subject)
    }

    /// Opens a message, changes it and saves it.
    pub(crate) fn change_message(&mut self, folder: u64, id: u64, subject: &str) {
        let (folder_id, message_id) = (ObjectId::own(folder), ObjectId::own(id));
        let open = OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags: 1, message_id };
        let message = self.open(Request::OpenMessage(open), self.logon);
        self.set_subject(message, subject);
    }

    fn set_subject(&mut self, message: u32, subject: &str) -> ObjectId {
        let values =
            vec![TaggedValue { tag: PropertyTag::PidTagNormalizedSubject, value: Value::String(subject.into()) }];
        let set = SetPropertiesRequest { property_values: PropertyValues { values } };
        self.act(Request::SetProperties(set), message);
        match self.act(Request::SaveChangesMessage(SaveChangesMessageRequest { save_flags: 0 }), message) {
            Response::SaveChangesMessage(saved) => saved.message_id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn create_folder(&mut self, parent: u64, name: &str) -> ObjectId {
        let parent = self.folder(parent);
        let request = Request::CreateFolder(CreateFolderRequest {
            folder_type: 1,
            use_unicode_strings: true,
            open_existing: false,
            reserved: 0,
            display_name: Text::Unicode(name.into()),
            comment: Text::Unicode(String::new()),
        });
        match answer(&self.run(&[request], &[parent, NO_HANDLE], &[]).0).unwrap() {
            Response::CreateFolder(created) => created.folder_id,
            other => panic!("{other:?}"),
        }
    }
}

/// The answer to the only operation of a batch.
pub(crate) fn answer(replies: &[Reply]) -> Result<Response, ErrorCode> {
    match replies {
        [Reply::Response(frame)] => frame.result.clone().map_err(|failure| failure.code),
        other => panic!("{other:?}"),
    }
}
