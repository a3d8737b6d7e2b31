//! Attachments and the messages in them. MS-OXCMSG 3.2.5.12 to 3.2.5.17

use super::message::{MessageObject, Place, code_page, message, message_mut, new_message, open_mode, summary};
use super::object::{AttachmentObject, Object, Open};
use super::table::TableObject;
use super::{Context, Result};
use crate::limits;
use crate::mapi::{ErrorCode, ObjectId, PropertyTag, Value};
use crate::rop::{
    CreateAttachmentRequest, CreateAttachmentResponse, DeleteAttachmentRequest, DeleteAttachmentResponse,
    GetAttachmentTableRequest, GetAttachmentTableResponse, GetValidAttachmentsRequest, GetValidAttachmentsResponse,
    Handles, OpenAttachmentRequest, OpenAttachmentResponse, OpenEmbeddedMessageRequest, OpenEmbeddedMessageResponse,
    SaveChangesAttachmentRequest, SaveChangesAttachmentResponse, table_flags,
};
use crate::store::Attachment;

/// PidTagAttachMethod afEmbeddedMessage. MS-OXCMSG 2.2.2.9
pub(super) const EMBEDDED_MESSAGE: i32 = 5;

/// RopCreateAttachment
pub(super) fn create_attachment(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: CreateAttachmentRequest,
) -> Result<CreateAttachmentResponse> {
    let parent = cx.handle(handles.input)?;
    let ids = cx.mailbox(handles.input)?;
    let saved = &message_mut(cx, handles.input)?.message.attachments;
    let saved_count = saved.len();
    let last_saved = saved.last_key_value().map(|(number, _)| *number);
    // Numbers of attachments that are being made count too.
    let last_open = cx.objects.attachments_of(parent).max();
    let number = last_saved.max(last_open).map_or(0, |n| n.saturating_add(1));
    if saved_count >= limits::ATTACHMENTS_MAX {
        return Err(ErrorCode::MaxAttachmentExceeded.into());
    }
    let mut attachment = Attachment::default();
    for (tag, value) in [
        (PropertyTag::PidTagAttachMethod, Value::Integer32(0)),
        (PropertyTag::PidTagRenderingPosition, Value::Integer32(-1)),
        (PropertyTag::PidTagCreationTime, Value::Time(cx.now)),
        (PropertyTag::PidTagLastModificationTime, Value::Time(cx.now)),
    ] {
        attachment.properties.set(tag.id(), value);
    }
    let object = AttachmentObject { number, attachment, writable: true };
    cx.create(ids, Some(parent), Object::Attachment(Box::new(object)))?;
    Ok(CreateAttachmentResponse { attachment_id: number })
}

/// RopGetValidAttachments: those that are saved. MS-OXCMSG 2.2.3.18
pub(super) fn get_valid_attachments(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetValidAttachmentsRequest,
) -> Result<GetValidAttachmentsResponse> {
    let (_, owner) = message(cx, handles.input)?;
    Ok(GetValidAttachmentsResponse { attachment_id_array: owner.message.attachments.keys().copied().collect() })
}

/// RopOpenAttachment
pub(super) fn open_attachment(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: OpenAttachmentRequest,
) -> Result<OpenAttachmentResponse> {
    let parent = cx.handle(handles.input)?;
    let (ids, owner) = message(cx, handles.input)?;
    let attachment = owner.message.attachments.get(&rq.attachment_id).ok_or(ErrorCode::NotFound)?.clone();
    let wants_write = rq.open_attachment_flags & open_mode::BEST_ACCESS == open_mode::READ_WRITE;
    if wants_write && !owner.writable {
        return Err(ErrorCode::AccessDenied.into());
    }
    let writable = owner.writable && rq.open_attachment_flags & open_mode::BEST_ACCESS != 0;
    let object = AttachmentObject { number: rq.attachment_id, attachment, writable };
    cx.create(ids, Some(parent), Object::Attachment(Box::new(object)))?;
    Ok(OpenAttachmentResponse {})
}

/// RopDeleteAttachment
pub(super) fn delete_attachment(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: DeleteAttachmentRequest,
) -> Result<DeleteAttachmentResponse> {
    let object = message_mut(cx, handles.input)?;
    object.message.attachments.remove(&rq.attachment_id).ok_or(ErrorCode::NotFound)?;
    object.message.refresh();
    Ok(DeleteAttachmentResponse {})
}

/// RopSaveChangesAttachment: into the working copy of the message. The slot at ResponseHandleIndex
/// need not hold a handle (exchange.md).
pub(super) fn save_changes_attachment(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: SaveChangesAttachmentRequest,
) -> Result<SaveChangesAttachmentResponse> {
    let now = cx.now;
    let open = cx.open_mut(handles.input)?;
    let parent = open.parent;
    let Object::Attachment(object) = &mut open.object else { return Err(ErrorCode::NotSupported.into()) };
    if !object.writable {
        return Err(ErrorCode::AccessDenied.into());
    }
    object.attachment.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
    let (number, attachment) = (object.number, object.attachment.clone());
    match parent.and_then(|parent| cx.objects.parent_mut(parent)) {
        Some(Open { object: Object::Message(message), .. }) => {
            message.message.attachments.insert(number, attachment);
            message.message.refresh();
            Ok(SaveChangesAttachmentResponse {})
        }
        _ => Err(ErrorCode::ObjectDeleted.into()),
    }
}

/// RopGetAttachmentTable
pub(super) fn get_attachment_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetAttachmentTableRequest,
) -> Result<GetAttachmentTableResponse> {
    if rq.table_flags & !table_flags::USE_UNICODE != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let parent = cx.handle(handles.input)?;
    let (ids, _) = message(cx, handles.input)?;
    cx.create(ids, Some(parent), Object::Table(Box::new(TableObject::attachments(parent))))?;
    Ok(GetAttachmentTableResponse {})
}

/// RopOpenEmbeddedMessage. Opens for writing whatever the flags, as Exchange does (exchange.md),
/// if the attachment is open for writing.
pub(super) fn open_embedded_message(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: OpenEmbeddedMessageRequest,
) -> Result<OpenEmbeddedMessageResponse> {
    const FIXED_LEN: usize = 9;
    let parent = cx.handle(handles.input)?;
    if cx.objects.embedded_depth(parent) >= limits::EMBEDDED_DEPTH_MAX {
        return Err(ErrorCode::TooComplex.into());
    }
    let open = cx.open(handles.input)?;
    let ids = open.mailbox;
    let Object::Attachment(attachment) = &open.object else { return Err(ErrorCode::NullObject.into()) };
    let method = attachment.attachment.properties.value(PropertyTag::PidTagAttachMethod.id());
    let writable = attachment.writable;
    let create = rq.open_mode_flags & open_mode::BEST_ACCESS == open_mode::CREATE;
    let message = match &attachment.attachment.embedded {
        Some(message) if method == Some(&Value::Integer32(EMBEDDED_MESSAGE)) => (**message).clone(),
        None if create && writable && method == Some(&Value::Integer32(EMBEDDED_MESSAGE)) => {
            new_message(cx, ids.mailbox)?
        }
        _ => return Err(ErrorCode::NotFound.into()),
    };
    let object = MessageObject {
        place: Place::Embedded,
        message,
        writable,
        code_page: code_page(cx, rq.code_page_id),
        base_change: 0,
        bodies: super::body::Written::default(),
        import: None,
    };
    let summary = summary(cx, ids, &object, FIXED_LEN);
    cx.create(ids, Some(parent), Object::Message(Box::new(object)))?;
    Ok(OpenEmbeddedMessageResponse { reserved: 0, message_id: ObjectId::NONE, summary })
}
