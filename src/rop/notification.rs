//! Notification operations, MS-OXCROPS 2.2.14: what they look like.

use crate::mapi::{ObjectId, PropertyTag};
use crate::wire::{AsciiZ, Bytes, Counted, Form, Reader, Utf16Z, Wire, WireError, Writer};

crate::wire! {

    /// RopRegisterNotification success response. MS-OXCROPS 2.2.14.1.2
    pub struct RegisterNotificationResponse {  }
    /// RopNotify response, sent without a request. MS-OXCROPS 2.2.14.2.1
    pub struct NotifyResponse { notification_handle: u32, logon_id: u8, notification_data: NotificationData }
    /// RopPending response, sent without a request. MS-OXCROPS 2.2.14.3.1
    pub struct PendingResponse { session_index: u16 }
}

/// RopRegisterNotification request. MS-OXCROPS 2.2.14.1.1
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct RegisterNotificationRequest {
    pub notification_types: u16,
    /// Folder and message to watch; `None`: WantWholeStore.
    pub scope: Option<(ObjectId, ObjectId)>,
}

impl Wire for RegisterNotificationRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let notification_types = u16::read(r)?;
        if notification_types & event::EXTENDED != 0 {
            u8::read(r)?;
        }
        let whole_store = bool::read(r)?;
        let scope = if whole_store { None } else { Some((ObjectId::read(r)?, ObjectId::read(r)?)) };
        Ok(Self { notification_types, scope })
    }
    fn write(&self, w: &mut Writer) {
        self.notification_types.write(w);
        if self.notification_types & event::EXTENDED != 0 {
            0_u8.write(w);
        }
        self.scope.is_none().write(w);
        if let Some((folder, message)) = self.scope {
            folder.write(w);
            message.write(w);
        }
    }
}

/// NotificationType, the low 12 bits of NotificationFlags, and the bits above. MS-OXCNOTIF 2.2.1.4.1.2
pub mod event {
    /// NewMail
    pub const NEW_MAIL: u16 = 0x0002;
    /// ObjectCreated
    pub const CREATED: u16 = 0x0004;
    /// ObjectDeleted
    pub const DELETED: u16 = 0x0008;
    /// ObjectModified
    pub const MODIFIED: u16 = 0x0010;
    /// ObjectMoved
    pub const MOVED: u16 = 0x0020;
    /// ObjectCopied
    pub const COPIED: u16 = 0x0040;
    /// SearchCompleted
    pub const SEARCH_COMPLETE: u16 = 0x0080;
    /// TableModified
    pub const TABLE_MODIFIED: u16 = 0x0100;
    /// Extended
    pub const EXTENDED: u16 = 0x0400;
    /// T: the total count is there.
    pub const TOTAL: u16 = 0x1000;
    /// U: the unread count is there.
    pub const UNREAD: u16 = 0x2000;
    /// S: the event is in a search folder.
    pub const SEARCH: u16 = 0x4000;
    /// M: the event is of a message.
    pub const MESSAGE: u16 = 0x8000;
    /// The type itself.
    pub const TYPE: u16 = 0x0FFF;
}

/// NotificationData, MS-OXCNOTIF 2.2.1.4.1.2: a sequence of fields, each there or not by flags. The
/// fields are kept in that order as they were; who makes one says which.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct NotificationData {
    pub notification_flags: u16,
    pub table_event_type: Option<u16>,
    pub table_row: Option<TableRowIds>,
    pub insert_after: Option<TableRowIds>,
    pub table_row_data: Option<Vec<u8>>,
    pub folder_id: Option<ObjectId>,
    pub message_id: Option<ObjectId>,
    pub parent_folder_id: Option<ObjectId>,
    pub old_folder_id: Option<ObjectId>,
    pub old_message_id: Option<ObjectId>,
    pub old_parent_folder_id: Option<ObjectId>,
    pub tags: Option<Vec<PropertyTag>>,
    pub total_message_count: Option<u32>,
    pub unread_message_count: Option<u32>,
    /// MessageFlags, UnicodeFlag and MessageClass of NewMail.
    pub new_mail: Option<(u32, String)>,
}

/// TableRowFolderID and, for messages, TableRowMessageID and TableRowInstance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct TableRowIds {
    pub folder_id: ObjectId,
    pub message: Option<(ObjectId, u32)>,
}

impl TableRowIds {
    fn read(r: &mut Reader<'_>, message: bool) -> Result<Self, WireError> {
        let folder_id = ObjectId::read(r)?;
        let message = if message { Some((ObjectId::read(r)?, u32::read(r)?)) } else { None };
        Ok(Self { folder_id, message })
    }
    fn write(&self, w: &mut Writer) {
        self.folder_id.write(w);
        if let Some((id, instance)) = self.message {
            id.write(w);
            instance.write(w);
        }
    }
}

impl Wire for NotificationData {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let flags = u16::read(r)?;
        let message = flags & event::MESSAGE != 0;
        let mut data = Self { notification_flags: flags, ..Self::default() };
        match flags & event::TYPE {
            event::TABLE_MODIFIED => data.read_table(r, message)?,
            event::EXTENDED => return Err(r.invalid("NotificationFlags")),
            _ => data.read_object(r, message)?,
        }
        Ok(data)
    }
    fn write(&self, w: &mut Writer) {
        self.notification_flags.write(w);
        self.table_event_type.iter().for_each(|n| n.write(w));
        self.table_row.iter().for_each(|row| row.write(w));
        self.insert_after.iter().for_each(|row| row.write(w));
        self.table_row_data.iter().for_each(|data| Bytes::<u16>::write(data, w));
        for id in [
            self.folder_id,
            self.message_id,
            self.parent_folder_id,
            self.old_folder_id,
            self.old_message_id,
            self.old_parent_folder_id,
        ] {
            id.iter().for_each(|id| id.write(w));
        }
        self.tags.iter().for_each(|tags| Counted::<u16>::write(tags, w));
        self.total_message_count.iter().for_each(|n| n.write(w));
        self.unread_message_count.iter().for_each(|n| n.write(w));
        if let Some((flags, class)) = &self.new_mail {
            flags.write(w);
            true.write(w);
            Utf16Z::write(class, w);
        }
    }
}

impl NotificationData {
    fn read_table(&mut self, r: &mut Reader<'_>, message: bool) -> Result<(), WireError> {
        const ROW_ADDED: u16 = 3;
        const ROW_DELETED: u16 = 4;
        const ROW_MODIFIED: u16 = 5;
        let kind = u16::read(r)?;
        self.table_event_type = Some(kind);
        if matches!(kind, ROW_ADDED | ROW_DELETED | ROW_MODIFIED) {
            self.table_row = Some(TableRowIds::read(r, message)?);
        }
        if matches!(kind, ROW_ADDED | ROW_MODIFIED) {
            self.insert_after = Some(TableRowIds::read(r, message)?);
            self.table_row_data = Some(Bytes::<u16>::read(r)?);
        }
        Ok(())
    }

    fn read_object(&mut self, r: &mut Reader<'_>, message: bool) -> Result<(), WireError> {
        let flags = self.notification_flags;
        let kind = flags & event::TYPE;
        let search = flags & event::SEARCH != 0;
        let is = |mask: u16| kind & mask != 0;
        self.folder_id = Some(ObjectId::read(r)?);
        if message {
            self.message_id = Some(ObjectId::read(r)?);
        }
        if is(event::CREATED | event::DELETED | event::MOVED | event::COPIED) && (!message || search) {
            self.parent_folder_id = Some(ObjectId::read(r)?);
        }
        if is(event::MOVED | event::COPIED) {
            self.old_folder_id = Some(ObjectId::read(r)?);
            let old = Some(ObjectId::read(r)?);
            if message {
                self.old_message_id = old;
            } else {
                self.old_parent_folder_id = old;
            }
        }
        if is(event::CREATED | event::MODIFIED) {
            // FFFF: the tags did not fit.
            let count = u16::read(r)?;
            let count = if count == u16::MAX { 0 } else { count };
            self.tags = Some((0..count).map(|_| PropertyTag::read(r)).collect::<Result<_, _>>()?);
        }
        if flags & event::TOTAL != 0 {
            self.total_message_count = Some(u32::read(r)?);
        }
        if flags & event::UNREAD != 0 {
            self.unread_message_count = Some(u32::read(r)?);
        }
        if is(event::NEW_MAIL) {
            let message_flags = u32::read(r)?;
            let class = if bool::read(r)? { Utf16Z::read(r)? } else { AsciiZ::read(r)? };
            self.new_mail = Some((message_flags, class));
        }
        Ok(())
    }
}
