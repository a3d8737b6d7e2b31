//! A client of the engine, one operation in a batch, for messages and their bodies.

use crate::store::store_with_user;
use mailstead::clock::Clock;
use mailstead::directory;
use mailstead::exec::{Caller, Engine, Objects};
use mailstead::mapi::{Cell, Dialect, ErrorCode, ObjectId, PropertyTag, TaggedValue, Value, read_row};
use mailstead::rop::{
    CommitStreamRequest, CreateMessageRequest, DeletePropertiesRequest, GetContentsTableRequest,
    GetPropertiesListRequest, GetPropertiesSpecificRequest, Handles, LogonRequest, NO_HANDLE, OpenMessageRequest,
    OpenStreamRequest, PropertyValues, QueryRowsRequest, ReadStreamRequest, Reply, Request, RequestBuffer,
    RequestFrame, Response, SaveChangesMessageRequest, SetColumnsRequest, SetPropertiesRequest, WriteStreamRequest,
    read_responses, unpack_payload,
};
use mailstead::store::Special;
use mailstead::wire::{FileTime, Reader, pack_buffers, unpack_buffers};
use std::sync::Arc;

pub(super) struct Client {
    _dir: tempfile::TempDir,
    engine: Engine,
    caller: Caller,
    objects: Objects,
    logon: u32,
}

impl Client {
    pub(super) fn new() -> Self {
        let (dir, store, id) = store_with_user();
        let user = directory::by_id(&store.read().unwrap(), id).unwrap().unwrap();
        let essdn = [user.legacy_dn.as_bytes(), &[0]].concat();
        let engine = Engine { store: Arc::new(store), clock: Clock::test(FileTime(133_000_000_000_000_000)) };
        let caller = Caller { user, admin: false, client_version: [16, 0, 15928], code_page: 1252 };
        let mut client = Self { _dir: dir, engine, caller, objects: Objects::default(), logon: 0 };
        // Private, USE_PER_MDB_REPLID_MAPPING | HOME_LOGON | TAKE_OWNERSHIP | NO_MAIL
        let logon = LogonRequest { logon_flags: 1, open_flags: 0x0100_040C, store_state: 0, essdn };
        client.logon = client.make(NO_HANDLE, Request::Logon(logon));
        client
    }

    pub(super) fn attempt(
        &mut self,
        on: u32,
        request: Request,
        tags: &[PropertyTag],
    ) -> Result<(Response, u32), ErrorCode> {
        let other = u8::from(!matches!(request, Request::SaveChangesMessage(_)));
        let handles = Handles { input: 0, other };
        let requests = [RequestFrame { logon_id: 0, handles, request }];
        let payload = RequestBuffer::pack(&requests, &[on, NO_HANDLE]);
        let buffer = pack_buffers(&[payload], false, false);
        let answer = self.engine.execute(&self.caller, &mut self.objects, &buffer, 0, 0x1_0008).unwrap();
        let payloads = unpack_buffers(&answer).unwrap();
        let (rops, table) = unpack_payload(&payloads[0]).unwrap();
        let tags = tags.iter().map(|tag| tag.0).collect();
        match read_responses(rops, &requests, &[tags]).unwrap().pop() {
            Some(Reply::Response(frame)) => frame.result.map(|response| (response, table[1])).map_err(|f| f.code),
            other => panic!("{other:?}"),
        }
    }

    fn go(&mut self, on: u32, request: Request) -> Response {
        self.attempt(on, request, &[]).unwrap().0
    }

    fn make(&mut self, on: u32, request: Request) -> u32 {
        self.attempt(on, request, &[]).unwrap().1
    }

    pub(super) fn create(&mut self) -> u32 {
        let folder_id = Special::Inbox.id();
        let request = CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: false };
        self.make(self.logon, Request::CreateMessage(request))
    }

    pub(super) fn save(&mut self, message: u32) -> ObjectId {
        // KeepOpenReadWrite
        match self.go(message, Request::SaveChangesMessage(SaveChangesMessageRequest { save_flags: 0x0A })) {
            Response::SaveChangesMessage(saved) => saved.message_id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn open(&mut self, message_id: ObjectId) -> u32 {
        let folder_id = Special::Inbox.id();
        let request = OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags: 1, message_id };
        self.make(self.logon, Request::OpenMessage(request))
    }

    pub(super) fn set(&mut self, message: u32, values: &[(PropertyTag, Value)]) {
        let values = values.iter().map(|(tag, value)| TaggedValue::new(*tag, value.clone())).collect();
        let request = SetPropertiesRequest { property_values: PropertyValues { values } };
        match self.go(message, Request::SetProperties(request)) {
            Response::SetProperties(response) => assert_eq!(response.property_problems, []),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn delete(&mut self, message: u32, tag: PropertyTag) {
        self.go(message, Request::DeleteProperties(DeletePropertiesRequest { property_tags: vec![tag] }));
    }

    pub(super) fn get(&mut self, message: u32, tags: &[PropertyTag]) -> Vec<Cell> {
        let property_tags = tags.to_vec();
        let request = GetPropertiesSpecificRequest { property_size_limit: 0, want_unicode: 1, property_tags };
        match self.attempt(message, Request::GetPropertiesSpecific(request), tags).unwrap().0 {
            Response::GetPropertiesSpecific(response) => {
                read_row(&mut Reader::new(&response.row_data.0), tags, Dialect::Rop).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn one(&mut self, message: u32, tag: PropertyTag) -> Cell {
        self.get(message, &[tag]).remove(0)
    }

    pub(super) fn list(&mut self, message: u32) -> Vec<PropertyTag> {
        match self.go(message, Request::GetPropertiesList(GetPropertiesListRequest {})) {
            Response::GetPropertiesList(response) => response.property_tags,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn read_stream(&mut self, message: u32, property_tag: PropertyTag) -> Result<Vec<u8>, ErrorCode> {
        let request = Request::OpenStream(OpenStreamRequest { property_tag, open_mode_flags: 0 });
        let stream = self.attempt(message, request, &[])?.1;
        let mut all = Vec::new();
        loop {
            let byte_count = mailstead::rop::ByteCount::Exact(0x7000);
            match self.go(stream, Request::ReadStream(ReadStreamRequest { byte_count })) {
                Response::ReadStream(response) if response.data.is_empty() => return Ok(all),
                Response::ReadStream(response) => all.extend(response.data),
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) fn write_stream(&mut self, message: u32, property_tag: PropertyTag, bytes: &[u8]) {
        let request = Request::OpenStream(OpenStreamRequest { property_tag, open_mode_flags: 2 });
        let stream = self.make(message, request);
        for chunk in bytes.chunks(0x6000) {
            self.go(stream, Request::WriteStream(WriteStreamRequest { data: chunk.to_vec() }));
        }
        self.go(stream, Request::CommitStream(CommitStreamRequest {}));
    }

    /// The first row of the Inbox.
    pub(super) fn row(&mut self, tags: &[PropertyTag]) -> Vec<Cell> {
        let request = mailstead::rop::OpenFolderRequest { folder_id: Special::Inbox.id(), open_mode_flags: 0 };
        let folder = self.make(self.logon, Request::OpenFolder(request));
        let table = self.make(folder, Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 }));
        let columns = SetColumnsRequest { set_columns_flags: 0, property_tags: tags.to_vec() };
        self.go(table, Request::SetColumns(columns));
        let query = QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 1 };
        match self.attempt(table, Request::QueryRows(query), tags).unwrap().0 {
            Response::QueryRows(response) => {
                read_row(&mut Reader::new(&response.rows.data), tags, Dialect::Rop).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }
}
