//! Messages: open, create, save. MS-OXCMSG 3.2.5.1 to 3.2.5.3, 3.2.5.7

use super::body::Written;
use super::logon::own_counter;
use super::object::{Object, Open};
use super::sync::{Import, save_import};
use super::{Context, Result, guard, recipient};
use crate::deliver::{MF_NOTIFY_READ, MF_NOTIFY_UNREAD};
use crate::mapi::{AddressBookEntryId, ErrorCode, ObjectId, PropertyTag, Value};
use crate::rop::{
    CreateMessageRequest, CreateMessageResponse, Handles, MessageSummary, OpenMessageRequest, OpenMessageResponse,
    ReloadCachedInformationRequest, ReloadCachedInformationResponse, SaveChangesMessageRequest,
    SaveChangesMessageResponse, TypedString,
};
use crate::store::{Kind, Location, MailboxIds, Message, MessageView, Txn};
use crate::wire::Wire;
use serde::{Deserialize, Serialize};

/// Where an open message belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// Created, not yet saved.
    New { folder: u64, associated: bool },
    /// In the store.
    Stored { at: Location, id: u64 },
    /// In an attachment, which is the object's parent.
    Embedded,
}

/// A message being read or edited: a working copy, private until it is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageObject {
    pub(crate) place: Place,
    pub(crate) message: Message,
    pub(crate) writable: bool,
    /// What 8-bit strings of recipients mean.
    pub(crate) code_page: u16,
    /// The change number the working copy started from: a later one in the store is a conflict.
    pub(crate) base_change: u64,
    /// Forms of the body that belong together.
    pub(crate) bodies: Written,
    /// A version from a client's copy, until it is saved.
    pub(crate) import: Option<Box<Import>>,
}

/// OpenModeFlags. MS-OXCMSG 2.2.3.1.1
pub(super) mod open_mode {
    pub(in crate::exec) const READ_WRITE: u8 = 0x01;
    pub(in crate::exec) const CREATE: u8 = 0x02;
    pub(in crate::exec) const BEST_ACCESS: u8 = 0x03;
    pub(in crate::exec) const OPEN_SOFT_DELETED: u8 = 0x04;
}

/// PidTagMessageFlags of a new message. MS-OXCMSG 3.2.5.2: mfUnsent; mfRead is `MessageHead::read`.
const MF_UNSENT: u32 = 0x8;

impl MessageObject {
    /// The message and what it says of itself.
    pub(crate) fn view<'a>(&'a self, txn: &'a Txn<'a>, ids: MailboxIds) -> MessageView<'a> {
        let (folder, message, associated) = match self.place {
            Place::New { folder, associated } => (Some(folder), None, associated),
            Place::Stored { at, id } => (Some(at.folder), Some(id), at.kind.is_associated()),
            Place::Embedded => (None, None, false),
        };
        MessageView {
            txn,
            ids,
            folder,
            message,
            associated,
            head: &self.message.head,
            open: Some(&self.message),
            instance: 0,
            in_table: false,
            read_only: !self.writable,
            depth: 0,
        }
    }
}

/// The open message at an index.
pub(super) fn message<'a>(cx: &'a Context<'_, '_>, index: u8) -> Result<(MailboxIds, &'a MessageObject)> {
    let open = cx.open(index)?;
    match &open.object {
        Object::Message(message) => Ok((open.mailbox, message)),
        // MS-OXCMSG 3.2.5.4 to 3.2.5.17 all call another object none.
        _ => Err(ErrorCode::NullObject.into()),
    }
}

/// The open message at an index, to be changed.
pub(super) fn message_mut<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<&'a mut MessageObject> {
    match &mut cx.open_mut(index)?.object {
        Object::Message(message) if message.writable => Ok(message),
        Object::Message(_) => Err(ErrorCode::AccessDenied.into()),
        _ => Err(ErrorCode::NullObject.into()),
    }
}

/// What the client caches of a message it has opened; as many recipients as fit.
pub(super) fn summary(cx: &Context<'_, '_>, ids: MailboxIds, object: &MessageObject, used: usize) -> MessageSummary {
    let view = object.view(cx.txn, ids);
    let bag = &object.message.head.properties;
    let text = |tag: PropertyTag| TypedString::new(bag.text(tag.id()).unwrap_or_default());
    let columns = recipient::columns(&object.message.recipients);
    let mut summary = MessageSummary {
        has_named_properties: view.has_named(),
        subject_prefix: text(PropertyTag::PidTagSubjectPrefix),
        normalized_subject: text(PropertyTag::PidTagNormalizedSubject),
        recipient_count: u16::try_from(object.message.recipients.len()).unwrap_or(u16::MAX),
        recipient_columns: columns,
        recipient_rows: Vec::new(),
    };
    let room = cx.room.saturating_sub(summary.to_bytes().len()).saturating_sub(used);
    summary.recipient_rows =
        recipient::open_rows(&object.message.recipients, &summary.recipient_columns, object.code_page, room);
    summary
}

/// RopOpenMessage
pub(super) fn open_message(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: OpenMessageRequest,
) -> Result<OpenMessageResponse> {
    let open = cx.open(handles.input)?;
    if !matches!(open.object, Object::Logon(_) | Object::Folder(_) | Object::DeletedFolder(_)) {
        return Err(ErrorCode::NullObject.into());
    }
    let ids = open.mailbox;
    let folder = own_counter(rq.folder_id)?;
    let id = own_counter(rq.message_id)?;
    let at = cx.txn.find_in(ids.mailbox, folder, id)?.ok_or(ErrorCode::NotFound)?;
    if at.kind.is_deleted() && rq.open_mode_flags & open_mode::OPEN_SOFT_DELETED == 0 {
        return Err(ErrorCode::NotFound.into());
    }
    guard::message(cx, ids, at, id, guard::READ)?;
    let may_edit = guard::may(cx, ids, at, id, guard::EDIT)?;
    let wanted = rq.open_mode_flags & open_mode::BEST_ACCESS;
    // BestAccess falls back to reading.
    if wanted == open_mode::READ_WRITE && !may_edit {
        return Err(ErrorCode::AccessDenied.into());
    }
    let mut message = cx.txn.message(ids.mailbox, at, id)?.ok_or(ErrorCode::NotFound)?;
    recipient::complete(cx.txn, &mut message.recipients)?;
    let object = MessageObject {
        place: Place::Stored { at, id },
        base_change: message.head.change_number,
        message,
        writable: wanted != 0 && may_edit,
        bodies: Written::default(),
        import: None,
        code_page: code_page(cx, rq.code_page_id),
    };
    let summary = summary(cx, ids, &object, 0);
    cx.create(ids, None, Object::Message(Box::new(object)))?;
    Ok(OpenMessageResponse { summary })
}

/// CodePageId 0FFF is the logon's. MS-OXCMSG 2.2.3.1.1
pub(super) fn code_page(cx: &Context<'_, '_>, asked: u16) -> u16 {
    if asked == 0x0FFF { cx.caller.code_page } else { asked }
}

/// RopCreateMessage
pub(super) fn create_message(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: CreateMessageRequest,
) -> Result<CreateMessageResponse> {
    let open = cx.open(handles.input)?;
    if !matches!(open.object, Object::Logon(_) | Object::Folder(_)) {
        return Err(ErrorCode::NullObject.into());
    }
    let ids = open.mailbox;
    let folder = own_counter(rq.folder_id)?;
    let record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::NotFound)?;
    if record.kind == crate::store::FolderKind::Search {
        return Err(ErrorCode::NotSupported.into());
    }
    let object = MessageObject {
        place: Place::New { folder, associated: rq.associated_flag },
        message: new_message(cx, ids.mailbox)?,
        writable: true,
        code_page: code_page(cx, rq.code_page_id),
        base_change: 0,
        bodies: Written::default(),
        import: None,
    };
    cx.create(ids, None, Object::Message(Box::new(object)))?;
    Ok(CreateMessageResponse { message_id: None })
}

/// A message with the properties that every message starts with. MS-OXCMSG 3.2.5.2
pub(super) fn new_message(cx: &Context<'_, '_>, mailbox: u32) -> Result<Message> {
    let locale = super::store_object::locale(cx, &cx.txn.mailbox(mailbox)?);
    let user = &cx.caller.user;
    let entry_id = AddressBookEntryId::new(0, &user.legacy_dn).to_bytes();
    let mut message = Message::default();
    let bag = &mut message.head.properties;
    for (tag, value) in [
        (PropertyTag::PidTagMessageClass, Value::String("IPM.Note".to_owned())),
        (PropertyTag::PidTagImportance, Value::Integer32(1)),
        (PropertyTag::PidTagSensitivity, Value::Integer32(0)),
        (PropertyTag::PidTagTrustSender, Value::Integer32(1)),
        (PropertyTag::PidTagMessageLocaleId, locale.clone()),
        (PropertyTag::PidTagLocaleId, locale),
        (PropertyTag::PidTagCreationTime, Value::Time(cx.now)),
        (PropertyTag::PidTagLastModificationTime, Value::Time(cx.now)),
        (PropertyTag::PidTagSearchKey, Value::Binary(crate::random::bytes::<16>().to_vec())),
        (PropertyTag::PidTagCreatorName, Value::String(user.display_name.clone())),
        (PropertyTag::PidTagCreatorEntryId, Value::Binary(entry_id.clone())),
        (PropertyTag::PidTagLastModifierName, Value::String(user.display_name.clone())),
        (PropertyTag::PidTagLastModifierEntryId, Value::Binary(entry_id)),
    ] {
        bag.set(tag.id(), value);
    }
    message.head.flags = MF_UNSENT;
    message.head.read = true;
    message.refresh();
    Ok(message)
}

/// RopSaveChangesMessage. SaveFlags that are not known are ignored. MS-OXCMSG 2.2.3.3.1
pub(super) fn save_changes_message(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SaveChangesMessageRequest,
) -> Result<SaveChangesMessageResponse> {
    const FORCE_SAVE: u8 = 0x04;
    let handle = cx.handle(handles.input)?;
    let place = message_mut(cx, handles.input)?.place;
    let id = match place {
        Place::Embedded => {
            save_embedded(cx, handle)?;
            0
        }
        place => save(cx, handle, place, rq.save_flags & FORCE_SAVE != 0)?,
    };
    let message_id = if id == 0 { ObjectId::NONE } else { ObjectId::own(id) };
    Ok(SaveChangesMessageResponse { input_handle_index: handles.input, message_id })
}

/// Writes a working copy to the store; returns the message's counter. The copy is taken out of its
/// object meanwhile, so that a large one is not held twice.
pub(super) fn save(cx: &mut Context<'_, '_>, handle: u32, place: Place, force: bool) -> Result<u64> {
    let open = cx.objects.get_mut(handle).ok_or(ErrorCode::NullObject)?;
    let ids = open.mailbox;
    let Object::Message(object) = &mut open.object else { return Err(ErrorCode::NotSupported.into()) };
    let base_change = object.base_change;
    let import = object.import.clone();
    let mut message = std::mem::take(&mut object.message);
    let saved = match &import {
        Some(import) => save_import(cx, ids, import, &mut message),
        None => save_taken(cx, ids.mailbox, place, &mut message, (!force).then_some(base_change)),
    };
    if let Some(Open { object: Object::Message(object), .. }) = cx.objects.get_mut(handle) {
        if let Ok((at, id)) = saved {
            object.base_change = message.head.change_number;
            object.bodies = Written::default();
            object.import = None;
            object.place = Place::Stored { at, id };
        }
        object.message = message;
    }
    Ok(saved?.1)
}

/// Saves a message that no handle names.
pub(super) fn save_new(cx: &mut Context<'_, '_>, mailbox: u32, place: Place, message: &mut Message) -> Result<()> {
    save_taken(cx, mailbox, place, message, None).map(drop)
}

/// `base_change`: a later change in the store is a conflict; `None` overwrites it.
fn save_taken(
    cx: &mut Context<'_, '_>,
    mailbox: u32,
    place: Place,
    message: &mut Message,
    base_change: Option<u64>,
) -> Result<(Location, u64)> {
    let mut owner = cx.txn.mailbox(mailbox)?;
    let (at, id) = match place {
        Place::New { folder, associated } => {
            cx.txn.folder(mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
            (
                Location { folder, kind: Kind::new(associated, false) },
                cx.txn.take_message_id(mailbox, &mut owner, folder)?,
            )
        }
        Place::Stored { at, id } => {
            let stored = cx.txn.message_head(mailbox, at.folder, at.kind, id)?.ok_or(ErrorCode::ObjectDeleted)?;
            if base_change.is_some_and(|base| base != stored.change_number) {
                return Err(ErrorCode::ObjectChanged.into());
            }
            // Read state and status are not the working copy's: they change beside it.
            message.head.read = stored.read;
            message.head.read_change_number = stored.read_change_number;
            message.head.status = stored.status;
            let receipts = MF_NOTIFY_READ | MF_NOTIFY_UNREAD;
            message.head.flags = message.head.flags & !receipts | stored.flags & receipts;
            (at, id)
        }
        Place::Embedded => return Err(ErrorCode::NotSupported.into()),
    };
    owner.stamp(&mut message.head)?;
    let user = &cx.caller.user;
    let entry_id = AddressBookEntryId::new(0, &user.legacy_dn).to_bytes();
    let bag = &mut message.head.properties;
    bag.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(cx.now));
    bag.set(PropertyTag::PidTagLastModifierName.id(), Value::String(user.display_name.clone()));
    bag.set(PropertyTag::PidTagLastModifierEntryId.id(), Value::Binary(entry_id));
    cx.txn.save_message(mailbox, &mut owner, at, id, message, cx.now)?;
    Ok((at, id))
}

/// Puts an embedded message into its attachment, where it waits for SaveChangesAttachment.
fn save_embedded(cx: &mut Context<'_, '_>, handle: u32) -> Result<()> {
    let now = cx.now;
    let open = cx.objects.get_mut(handle).ok_or(ErrorCode::NullObject)?;
    let parent = open.parent;
    let Object::Message(object) = &mut open.object else { return Err(ErrorCode::NotSupported.into()) };
    object.message.head.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
    object.message.refresh();
    object.bodies = Written::default();
    let message = object.message.clone();
    match parent.and_then(|parent| cx.objects.parent_mut(parent)) {
        Some(Open { object: Object::Attachment(attachment), .. }) if attachment.writable => {
            attachment.attachment.embedded = Some(Box::new(message));
            Ok(())
        }
        Some(_) => Err(ErrorCode::AccessDenied.into()),
        None => Err(ErrorCode::ObjectDeleted.into()),
    }
}

/// RopReloadCachedInformation
pub(super) fn reload_cached_information(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: ReloadCachedInformationRequest,
) -> Result<ReloadCachedInformationResponse> {
    let (ids, object) = message(cx, handles.input)?;
    Ok(ReloadCachedInformationResponse { summary: summary(cx, ids, object, 0) })
}
