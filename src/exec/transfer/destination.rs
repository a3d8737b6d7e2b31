//! FastTransfer upload: a stream becomes properties, messages and folders. MS-OXCFXICS 3.2.5.8.2
//!
//! What goes into an open message or attachment is its working copy's, saved or not by its client.
//! Messages of a list are saved one by one, each when it is whole; a stream that breaks leaves those
//! before it, and nothing of the one it breaks in.

use super::content::{ATTACHMENTS, RECIPIENTS};
use super::{Transfer, transfer};
use crate::exec::attachment::EMBEDDED_MESSAGE;
use crate::exec::body::Written;
use crate::exec::message::{MessageObject, Place, new_message, save_new};
use crate::exec::object::{AttachmentObject, Object};
use crate::exec::property::{apply, put_folder, set_blob_on_message, set_on_message, to_unicode};
use crate::exec::{Context, Fault, Result, guard, log_store, permission, recipient};
use crate::limits;
use crate::mapi::{ErrorCode, PropertyName, PropertyTag, PropertyType, Value};
use crate::rop::{
    FastTransferDestinationConfigureRequest, FastTransferDestinationConfigureResponse,
    FastTransferDestinationPutBufferExtendedRequest, FastTransferDestinationPutBufferExtendedResponse,
    FastTransferDestinationPutBufferRequest, FastTransferDestinationPutBufferResponse, Handles,
};
use crate::sorted::sort_by;
use crate::store::{
    Attachment, AttachmentView, Bag, BlobRef, FolderKind, FolderView, MailboxIds, NewFolder, Recipient, Rights, Stored,
};
use crate::transfer::{Incoming, Token, marker, meta};
use serde::{Deserialize, Serialize};

/// An upload context.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Destination {
    /// Handle of the object that the stream goes into.
    target: u32,
    stream: Incoming,
    /// What is open in the stream, outermost first.
    levels: Vec<Level>,
    /// A large value on its way.
    large: Option<(PropertyTag, BlobRef)>,
    /// Errors stick.
    failed: Option<ErrorCode>,
}

/// Something that the stream is in the middle of.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Level {
    /// The open message or attachment that the stream goes into.
    Target,
    /// A folder that is there.
    Folder(FolderLevel),
    /// Where folders are put: topFolder's parent.
    Parent(u64),
    Message(Box<MessageObject>),
    Recipient(Recipient),
    Attachment(Box<AttachmentObject>),
}

/// A folder, made when its name is known and its first content comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FolderLevel {
    folder: Option<u64>,
    parent: u64,
    properties: Bag,
}

/// RopFastTransferDestinationConfigure. MS-OXCFXICS 3.2.5.8.2.1
pub(in crate::exec) fn fast_transfer_destination_configure(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferDestinationConfigureRequest,
) -> Result<FastTransferDestinationConfigureResponse> {
    const MOVE: u8 = 0x01;
    const COPY_TO: u8 = 1;
    const COPY_PROPERTIES: u8 = 2;
    const COPY_MESSAGES: u8 = 3;
    const COPY_FOLDER: u8 = 4;
    if rq.copy_flags & !MOVE != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let target = cx.handle(handles.input)?;
    let open = cx.open(handles.input)?;
    let ids = open.mailbox;
    let level = match (&open.object, rq.source_operation) {
        (Object::Folder(folder), COPY_FOLDER) => Level::Parent(*folder),
        (Object::Folder(folder), COPY_TO | COPY_PROPERTIES | COPY_MESSAGES) => {
            Level::Folder(FolderLevel { folder: Some(*folder), parent: 0, properties: Bag::default() })
        }
        (Object::Message(object), COPY_TO | COPY_PROPERTIES) if object.writable => Level::Target,
        (Object::Attachment(object), COPY_TO | COPY_PROPERTIES) if object.writable => Level::Target,
        (Object::Message(_) | Object::Attachment(_), COPY_TO | COPY_PROPERTIES) => {
            return Err(ErrorCode::AccessDenied.into());
        }
        (_, COPY_TO..=COPY_FOLDER) => return Err(ErrorCode::NotSupported.into()),
        _ => return Err(ErrorCode::InvalidParameter.into()),
    };
    if let (Object::Folder(folder), mailbox) = (&open.object, ids.mailbox) {
        let record = cx.txn.folder(mailbox, *folder)?.ok_or(ErrorCode::ObjectDeleted)?;
        if record.kind == FolderKind::Search {
            return Err(ErrorCode::NotSupported.into());
        }
    }
    let destination =
        Destination { target, stream: Incoming::default(), levels: vec![level], large: None, failed: None };
    cx.create(ids, Some(target), Object::Transfer(Box::new(Transfer::Destination(destination))))?;
    Ok(FastTransferDestinationConfigureResponse {})
}

/// RopFastTransferDestinationPutBuffer. MS-OXCFXICS 3.2.5.8.2.2
pub(in crate::exec) fn fast_transfer_destination_put_buffer(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferDestinationPutBufferRequest,
) -> Result<FastTransferDestinationPutBufferResponse> {
    put(cx, handles, &rq.transfer_data)?;
    Ok(FastTransferDestinationPutBufferResponse {
        transfer_status: ACCEPTED,
        in_progress_count: 0,
        total_step_count: 0,
        reserved: 0,
        buffer_used_size: u16::try_from(rq.transfer_data.len()).unwrap_or(u16::MAX),
    })
}

/// TransferStatus of an upload: the buffer was taken. MS-OXCFXICS 2.2.3.1.2.2.2
const ACCEPTED: u16 = 0;

/// RopFastTransferDestinationPutBufferExtended. MS-OXCFXICS 3.2.5.8.2.3
pub(in crate::exec) fn fast_transfer_destination_put_buffer_extended(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferDestinationPutBufferExtendedRequest,
) -> Result<FastTransferDestinationPutBufferExtendedResponse> {
    put(cx, handles, &rq.transfer_data)?;
    Ok(FastTransferDestinationPutBufferExtendedResponse {
        transfer_status: ACCEPTED,
        in_progress_count: 0,
        total_step_count: 0,
        reserved: 0,
        buffer_used_size: u16::try_from(rq.transfer_data.len()).unwrap_or(u16::MAX),
    })
}

fn destination<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<(MailboxIds, &'a mut Destination)> {
    match transfer(cx, index)? {
        (ids, Transfer::Destination(destination)) => Ok((ids, destination)),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// Takes a buffer; errors stick, for what follows cannot be understood.
fn put(cx: &mut Context<'_, '_>, handles: Handles, data: &[u8]) -> Result<()> {
    let (ids, place) = destination(cx, handles.input)?;
    if let Some(code) = place.failed {
        return Err(code.into());
    }
    let blank = Destination {
        target: place.target,
        stream: Incoming::default(),
        levels: Vec::new(),
        large: None,
        failed: Some(ErrorCode::GeneralFailure),
    };
    let mut upload = std::mem::replace(place, blank);
    let done = upload.take(cx, ids, data).map_err(|fault| {
        let code = match &fault {
            Fault::Failure(failure) => failure.code,
            Fault::Store(e) => log_store("upload", e),
        };
        upload.failed = Some(code);
        code
    });
    let (_, place) = destination(cx, handles.input)?;
    *place = upload;
    Ok(done?)
}

impl Destination {
    fn take(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, data: &[u8]) -> Result<()> {
        self.stream.feed(data);
        while let Some(token) = self.stream.token().map_err(|_| ErrorCode::InvalidParameter)? {
            self.token(cx, ids, token)?;
        }
        // What came for a folder is there before the next buffer is asked for.
        self.settle_folder(cx, ids, false)
    }

    fn token(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, token: Token) -> Result<()> {
        match token {
            Token::Marker(marker) => self.marker(cx, ids, marker),
            Token::Property { tag, name, value } => {
                let page = match tag.property_type().0 {
                    ty if ty & 0x8000 != 0 => ty & 0x7FFF,
                    _ => cx.caller.code_page,
                };
                let value = to_unicode(value, page);
                match self.own_tag(cx, ids, tag, name)? {
                    Some(tag) => self.property(cx, tag, Stored::Value(value)),
                    None => Ok(()),
                }
            }
            Token::Begin { tag, name } => {
                let ty = tag.property_type();
                let ty = if ty == PropertyType::String { ty } else { PropertyType::Binary };
                // Without a number for its name it is read and belongs to nothing.
                let tag = self.own_tag(cx, ids, tag, name)?.unwrap_or(PropertyTag(0));
                self.large = Some((tag, cx.txn.stage_blob(ids.mailbox, ty, cx.now)?));
                Ok(())
            }
            Token::Part(bytes) => {
                let Some((_, blob)) = &mut self.large else { return Err(ErrorCode::GeneralFailure.into()) };
                if blob.len > limits::STREAM_MAX_BYTES {
                    return Err(ErrorCode::TooBig.into());
                }
                *blob = cx.txn.write_blob(ids.mailbox, *blob, blob.len, &bytes)?;
                Ok(())
            }
            Token::End => {
                let Some((tag, mut blob)) = self.large.take() else { return Err(ErrorCode::GeneralFailure.into()) };
                if blob.property_type() == PropertyType::String && blob.len >= 2 {
                    let end = blob.len.saturating_sub(2);
                    if cx.txn.blob_range(ids.mailbox, blob, end, 2)? == [0, 0] {
                        blob = cx.txn.resize_blob(ids.mailbox, blob, end)?;
                    }
                }
                if tag.id() == 0 { Ok(()) } else { self.property(cx, tag, Stored::Blob(blob)) }
            }
        }
    }

    /// The tag in this mailbox; `None` for a name that gets no number.
    fn own_tag(
        &self,
        cx: &mut Context<'_, '_>,
        ids: MailboxIds,
        tag: PropertyTag,
        name: Option<PropertyName>,
    ) -> Result<Option<PropertyTag>> {
        let Some(name) = name else { return Ok(Some(tag)) };
        let id = cx.txn.create_named_id(ids.mailbox, &name.folded())?;
        Ok(id.map(|id| PropertyTag::new(id, tag.property_type())))
    }

    fn property(&mut self, cx: &mut Context<'_, '_>, tag: PropertyTag, stored: Stored) -> Result<()> {
        if matches!(stored, Stored::Value(Value::Error(_) | Value::Object(_))) {
            return Ok(());
        }
        if tag == meta::FX_DEL_PROP {
            if let (Stored::Value(Value::Integer32(n)), Some(object)) = (stored, self.message(cx)) {
                let tag = PropertyTag(u32::from_le_bytes(n.to_le_bytes()));
                delete_first(object, tag);
            }
            return Ok(());
        }
        let passing = [meta::DN_PREFIX, meta::EC_WARNING, meta::NEW_FX_FOLDER].iter().any(|m| m.id() == tag.id());
        if passing {
            return Ok(());
        }
        match self.levels.last_mut() {
            Some(Level::Recipient(recipient)) => set_on_recipient(recipient, tag, stored),
            Some(Level::Attachment(object)) => set_on_attachment(object, tag, stored),
            Some(Level::Message(object)) => set_on_object(object, tag, stored),
            Some(Level::Folder(level)) => {
                level.properties.0.insert(tag.id(), stored);
                if level.properties.size() > limits::FOLDER_PROPERTIES_MAX_BYTES {
                    return Err(ErrorCode::TooBig.into());
                }
                Ok(())
            }
            Some(Level::Target) => match cx.objects.parent_mut(self.target).map(|open| &mut open.object) {
                Some(Object::Message(object)) => set_on_object(object, tag, stored),
                Some(Object::Attachment(object)) => set_on_attachment(object, tag, stored),
                _ => Err(ErrorCode::ObjectDeleted.into()),
            },
            Some(Level::Parent(_)) | None => Err(ErrorCode::InvalidParameter.into()),
        }
    }

    /// The message that the stream is in.
    fn message<'a>(&'a mut self, cx: &'a mut Context<'_, '_>) -> Option<&'a mut MessageObject> {
        match self.levels.last_mut()? {
            Level::Message(object) => Some(object),
            Level::Target => match &mut cx.objects.parent_mut(self.target)?.object {
                Object::Message(object) => Some(object),
                _ => None,
            },
            _ => None,
        }
    }

    /// The attachment that the stream is in.
    fn attachment<'a>(&'a mut self, cx: &'a mut Context<'_, '_>) -> Option<&'a mut Attachment> {
        match self.levels.last_mut()? {
            Level::Attachment(object) => Some(&mut object.attachment),
            Level::Target => match &mut cx.objects.parent_mut(self.target)?.object {
                Object::Attachment(object) => Some(&mut object.attachment),
                _ => None,
            },
            _ => None,
        }
    }

    fn marker(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, marker: u32) -> Result<()> {
        match marker {
            marker::START_RECIP => self.start_recipient(cx),
            marker::END_TO_RECIP => self.end_recipient(cx),
            marker::NEW_ATTACH => self.start_attachment(cx),
            marker::END_ATTACH => self.end_attachment(cx),
            marker::START_EMBED => self.start_embedded(cx, ids),
            marker::END_EMBED => self.end_embedded(cx),
            marker::START_MESSAGE | marker::START_FAI_MSG => {
                let folder = self.settle(cx, ids)?;
                let associated = marker == marker::START_FAI_MSG;
                let object = blank(cx, ids, Place::New { folder, associated })?;
                self.levels.push(Level::Message(Box::new(object)));
                Ok(())
            }
            marker::END_MESSAGE => self.end_message(cx, ids),
            marker::START_TOP_FLD | marker::START_SUB_FLD => {
                let parent = match (self.levels.last(), marker) {
                    (Some(Level::Parent(parent)), marker::START_TOP_FLD) => *parent,
                    (Some(Level::Folder(_)), marker::START_SUB_FLD) => self.settle(cx, ids)?,
                    _ => return Err(ErrorCode::InvalidParameter.into()),
                };
                if self.levels.len() > limits::FOLDER_DEPTH_MAX {
                    return Err(ErrorCode::TooComplex.into());
                }
                self.levels.push(Level::Folder(FolderLevel { folder: None, parent, properties: Bag::default() }));
                Ok(())
            }
            marker::END_FOLDER if self.levels.len() > 1 => {
                self.settle(cx, ids)?;
                self.levels.pop();
                Ok(())
            }
            _ => Err(ErrorCode::InvalidParameter.into()),
        }
    }

    fn start_recipient(&mut self, cx: &mut Context<'_, '_>) -> Result<()> {
        let object = self.message(cx).ok_or(ErrorCode::InvalidParameter)?;
        let list = &object.message.recipients;
        if list.len() >= limits::RECIPIENTS_MAX {
            return Err(ErrorCode::TooManyRecips.into());
        }
        let row_id = list.iter().map(|recipient| recipient.row_id).max().map_or(0, |last| last.saturating_add(1));
        self.levels.push(Level::Recipient(Recipient { row_id, recipient_type: 1, ..Recipient::default() }));
        Ok(())
    }

    fn end_recipient(&mut self, cx: &mut Context<'_, '_>) -> Result<()> {
        let Some(Level::Recipient(_)) = self.levels.last() else { return Err(ErrorCode::InvalidParameter.into()) };
        let Some(Level::Recipient(mut recipient)) = self.levels.pop() else { return Ok(()) };
        recipient::complete(cx.txn, std::slice::from_mut(&mut recipient))?;
        let object = self.message(cx).ok_or(ErrorCode::InvalidParameter)?;
        let list = &mut object.message.recipients;
        list.retain(|other| other.row_id != recipient.row_id);
        list.push(recipient);
        sort_by(list, |a, b| a.row_id.cmp(&b.row_id));
        Ok(())
    }

    fn start_attachment(&mut self, cx: &mut Context<'_, '_>) -> Result<()> {
        let object = self.message(cx).ok_or(ErrorCode::InvalidParameter)?;
        let list = &object.message.attachments;
        if list.len() >= limits::ATTACHMENTS_MAX {
            return Err(ErrorCode::MaxAttachmentExceeded.into());
        }
        let number = list.last_key_value().map_or(0, |(number, _)| number.saturating_add(1));
        let object = AttachmentObject { number, attachment: Attachment::default(), writable: true };
        self.levels.push(Level::Attachment(Box::new(object)));
        Ok(())
    }

    fn end_attachment(&mut self, cx: &mut Context<'_, '_>) -> Result<()> {
        let Some(Level::Attachment(_)) = self.levels.last() else { return Err(ErrorCode::InvalidParameter.into()) };
        let Some(Level::Attachment(attachment)) = self.levels.pop() else { return Ok(()) };
        let object = self.message(cx).ok_or(ErrorCode::InvalidParameter)?;
        object.message.attachments.insert(attachment.number, attachment.attachment);
        Ok(())
    }

    fn start_embedded(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds) -> Result<()> {
        self.attachment(cx).ok_or(ErrorCode::InvalidParameter)?;
        let depth = self.levels.iter().filter(|level| matches!(level, Level::Message(_))).count();
        if depth.saturating_add(cx.objects.embedded_depth(self.target)) >= limits::EMBEDDED_DEPTH_MAX {
            return Err(ErrorCode::TooComplex.into());
        }
        let object = blank(cx, ids, Place::Embedded)?;
        self.levels.push(Level::Message(Box::new(object)));
        Ok(())
    }

    fn end_embedded(&mut self, cx: &mut Context<'_, '_>) -> Result<()> {
        match self.levels.last() {
            Some(Level::Message(object)) if object.place == Place::Embedded => {}
            _ => return Err(ErrorCode::InvalidParameter.into()),
        }
        let Some(Level::Message(mut object)) = self.levels.pop() else { return Ok(()) };
        object.message.refresh();
        let attachment = self.attachment(cx).ok_or(ErrorCode::InvalidParameter)?;
        attachment.properties.set(PropertyTag::PidTagAttachMethod.id(), Value::Integer32(EMBEDDED_MESSAGE));
        attachment.embedded = Some(Box::new(object.message));
        Ok(())
    }

    fn end_message(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds) -> Result<()> {
        match self.levels.last() {
            Some(Level::Message(object)) if object.place != Place::Embedded => {}
            _ => return Err(ErrorCode::InvalidParameter.into()),
        }
        let Some(Level::Message(mut object)) = self.levels.pop() else { return Ok(()) };
        if let Place::New { folder, .. } = object.place {
            guard::folder(cx, ids, folder, Rights::CREATE)?;
        }
        save_new(cx, ids.mailbox, object.place, &mut object.message)?;
        Ok(())
    }

    /// The folder that the stream is in, with everything that came for it.
    fn settle(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds) -> Result<u64> {
        self.settle_folder(cx, ids, true)?;
        match self.levels.last() {
            Some(Level::Folder(FolderLevel { folder: Some(folder), .. })) => Ok(*folder),
            _ => Err(ErrorCode::InvalidParameter.into()),
        }
    }

    /// Writes what came for a folder. `make`: now it has to be there.
    fn settle_folder(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, make: bool) -> Result<()> {
        let name_id = PropertyTag::PidTagDisplayName.id();
        let Some(Level::Folder(level)) = self.levels.last_mut() else { return Ok(()) };
        let name = level.properties.text(name_id).unwrap_or_default().to_owned();
        let folder = match level.folder {
            Some(folder) => folder,
            None if make => {
                let name = crate::exec::folder::folder_name(&name)?;
                let new = NewFolder { name, comment: "", kind: FolderKind::Generic };
                // A folder of that name takes what comes.
                match cx.txn.subfolder_named(ids.mailbox, level.parent, name)? {
                    Some(folder) => folder,
                    None => {
                        guard::folder(cx, ids, level.parent, Rights::CREATE_SUBFOLDER)?;
                        let made = cx.txn.create_folder(ids.mailbox, level.parent, &new, cx.now)?;
                        permission::own(cx, ids, made)?;
                        made
                    }
                }
            }
            None => return Ok(()),
        };
        level.folder = Some(folder);
        let properties = std::mem::take(&mut level.properties);
        let is_fixed =
            |id: u16| id == name_id || FolderView::COMPUTED.iter().chain(&FOLDER_OBJECTS).any(|tag| tag.id() == id);
        let mut record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
        let mut changed = false;
        for (id, stored) in properties.0.into_iter().filter(|(id, _)| !is_fixed(*id)) {
            // What is longer than a record may be belongs to no folder.
            if let Stored::Value(value) = stored {
                apply(&mut record.properties, PropertyTag::new(id, PropertyType::Unspecified), Some(value));
                changed = true;
            }
        }
        if !changed {
            return Ok(());
        }
        guard::folder(cx, ids, folder, Rights::FOLDER_OWNER)?;
        put_folder(cx, ids, folder, &mut record)
    }
}

/// Sub-objects of a folder are no properties.
const FOLDER_OBJECTS: [PropertyTag; 3] = [
    PropertyTag::PidTagContainerContents,
    PropertyTag::PidTagFolderAssociatedContents,
    PropertyTag::PidTagContainerHierarchy,
];

fn blank(cx: &Context<'_, '_>, ids: MailboxIds, place: Place) -> Result<MessageObject> {
    Ok(MessageObject {
        place,
        message: new_message(cx, ids.mailbox)?,
        writable: true,
        code_page: cx.caller.code_page,
        base_change: 0,
        bodies: Written::default(),
        import: None,
    })
}

/// MetaTagFXDelProp. MS-OXCFXICS 2.2.4.1.5.1
fn delete_first(object: &mut MessageObject, tag: PropertyTag) {
    match tag.id() {
        id if id == RECIPIENTS.id() => object.message.recipients.clear(),
        id if id == ATTACHMENTS.id() => object.message.attachments.clear(),
        _ => {}
    }
}

/// What only the server sets is not taken over, and no failure.
fn set_on_object(object: &mut MessageObject, tag: PropertyTag, stored: Stored) -> Result<()> {
    let done = match stored {
        Stored::Value(value) => set_on_message(object, tag, Some(value)),
        Stored::Blob(blob) => set_blob_on_message(object, tag, blob),
    };
    match done {
        Ok(()) | Err(ErrorCode::AccessDenied) => Ok(()),
        Err(code) => Err(code.into()),
    }
}

fn set_on_attachment(object: &mut AttachmentObject, tag: PropertyTag, stored: Stored) -> Result<()> {
    if !AttachmentView::COMPUTED.iter().any(|computed| computed.id() == tag.id()) {
        object.attachment.properties.0.insert(tag.id(), stored);
    }
    Ok(())
}

fn set_on_recipient(recipient: &mut Recipient, tag: PropertyTag, stored: Stored) -> Result<()> {
    let Stored::Value(value) = stored else { return Err(ErrorCode::TooBig.into()) };
    match (tag.id(), value) {
        (id, Value::Integer32(n)) if id == PropertyTag::PidTagRowid.id() => {
            recipient.row_id = u32::try_from(n).map_err(|_| ErrorCode::InvalidParameter)?;
        }
        (id, Value::Integer32(n)) if id == PropertyTag::PidTagRecipientType.id() => {
            let [low, ..] = n.to_le_bytes();
            recipient.recipient_type = low;
        }
        (id, value) => drop(recipient.properties.insert(id, value)),
    }
    Ok(())
}
