//! A session on the engine, with what is asked of messages and their bodies.

use crate::client::Desk;
use mailstead::mapi::{Cell, ErrorCode, ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    DeletePropertiesRequest, GetPropertiesListRequest, NO_HANDLE, OpenMessageRequest, OpenStreamRequest,
};
use mailstead::store::Special;
use smol::block_on;

pub(super) struct Client(Desk);

impl Client {
    pub(super) fn new() -> Self {
        Self(Desk::new())
    }

    pub(super) fn create(&mut self) -> u32 {
        self.0.draft(Special::Inbox.id())
    }

    pub(super) fn save(&mut self, message: u32) -> ObjectId {
        self.0.save(message)
    }

    pub(super) fn open(&mut self, id: ObjectId) -> u32 {
        let folder_id = Special::Inbox.id();
        let logon = self.0.logon.handle;
        self.0.make(logon, OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags: 1, message_id: id })
    }

    pub(super) fn set(&mut self, message: u32, values: &[(PropertyTag, Value)]) {
        self.0.set(message, values.iter().map(|(tag, value)| TaggedValue::new(*tag, value.clone())).collect());
    }

    pub(super) fn delete(&mut self, message: u32, tag: PropertyTag) {
        self.0.go(message, DeletePropertiesRequest { property_tags: vec![tag] });
    }

    pub(super) fn get(&mut self, message: u32, tags: &[PropertyTag]) -> Vec<Cell> {
        self.0.get_all(message, tags)
    }

    pub(super) fn one(&mut self, message: u32, tag: PropertyTag) -> Cell {
        self.get(message, &[tag]).remove(0)
    }

    pub(super) fn list(&mut self, message: u32) -> Vec<PropertyTag> {
        self.0.go(message, GetPropertiesListRequest {}).property_tags
    }

    pub(super) fn read_stream(&mut self, message: u32, property_tag: PropertyTag) -> Result<Vec<u8>, ErrorCode> {
        let request = OpenStreamRequest { property_tag, open_mode_flags: 0 };
        self.0.attempt_on([message, NO_HANDLE], request)?;
        Ok(block_on(self.0.session.read_stream(message, property_tag)).unwrap())
    }

    pub(super) fn write_stream(&mut self, message: u32, property_tag: PropertyTag, bytes: &[u8]) {
        block_on(self.0.session.write_stream(message, property_tag, bytes)).unwrap();
    }

    /// The first row of the Inbox.
    pub(super) fn row(&mut self, columns: &[PropertyTag]) -> Vec<Cell> {
        let inbox = self.0.inbox();
        let table = self.0.contents(inbox, columns);
        self.0.rows(table).remove(0)
    }
}
