//! Copying between objects: CopyTo, CopyProperties, CopyFolder. MS-OXCPRPT 3.2.5.18, 3.2.5.19,
//! MS-OXCFOLD 3.2.5.8

use super::folder::{folder_name, new_parent};
use super::logon::own_counter;
use super::object::{AttachmentObject, Object};
use super::property::text_of;
use super::{Context, Fault, Result, permission};
use crate::limits;
use crate::mapi::{ErrorCode, PropertyTag};
use crate::rop::{
    CopyFolderRequest, CopyFolderResponse, CopyPropertiesRequest, CopyPropertiesResponse, CopyToRequest,
    CopyToResponse, Failure, Handles, PropertyProblem,
};
use crate::store::{Attachment, AttachmentView, Bag, FolderKind, Kind, Location, Message, MessageView, NewFolder, Txn};

/// CopyFlags. MS-OXCPRPT 2.2.10.1
mod copy_flags {
    pub(super) const MOVE: u8 = 0x01;
    pub(super) const NO_OVERWRITE: u8 = 0x02;
}

/// PidTagMessageRecipients and PidTagMessageAttachments: the sub-objects of a message.
const RECIPIENTS: u16 = 0x0E12;
const ATTACHMENTS: u16 = 0x0E13;
/// The sub-objects of a folder. MS-OXCFOLD 2.2.2.2.2
const SUBFOLDERS: u16 = PropertyTag::PidTagContainerHierarchy.id();
const MESSAGES: u16 = PropertyTag::PidTagContainerContents.id();
const ASSOCIATED: u16 = PropertyTag::PidTagFolderAssociatedContents.id();

fn is_sub_object(id: u16) -> bool {
    [RECIPIENTS, ATTACHMENTS, SUBFOLDERS, MESSAGES, ASSOCIATED].contains(&id)
}

/// What is to be copied.
enum Choice<'a> {
    /// Everything but these; sub-objects too, or not.
    AllBut(&'a [PropertyTag], bool),
    /// These.
    Only(&'a [PropertyTag]),
}

impl Choice<'_> {
    fn takes(&self, id: u16) -> bool {
        let named = |tags: &[PropertyTag]| {
            tags.iter().any(|tag| {
                // PidTagSubject is kept as its two parts.
                let subject = tag.id() == PropertyTag::PidTagSubject.id()
                    && [PropertyTag::PidTagSubjectPrefix.id(), PropertyTag::PidTagNormalizedSubject.id()].contains(&id);
                tag.id() == id || subject
            })
        };
        match self {
            Self::AllBut(tags, sub_objects) if is_sub_object(id) => *sub_objects && !named(tags),
            Self::AllBut(tags, _) => !named(tags),
            Self::Only(tags) => named(tags),
        }
    }
}

/// A property bag with what hangs on it: what a copy is made of.
struct Source {
    mailbox: u32,
    bag: Bag,
    /// Of a message.
    message: Option<Message>,
    /// Of an attachment.
    attachment: Option<Attachment>,
}

/// Copies a message or attachment out of its object.
fn source(cx: &Context<'_, '_>, index: u8) -> Result<Source> {
    let open = cx.open(index)?;
    let mailbox = open.mailbox.mailbox;
    Ok(match &open.object {
        Object::Message(object) => {
            let message = object.message.clone();
            Source { mailbox, bag: message.head.properties.clone(), message: Some(message), attachment: None }
        }
        Object::Attachment(object) => {
            let attachment = object.attachment.clone();
            Source { mailbox, bag: attachment.properties.clone(), message: None, attachment: Some(attachment) }
        }
        Object::Folder(folder) => {
            let bag = cx.txn.folder(mailbox, *folder)?.ok_or(ErrorCode::ObjectDeleted)?.properties;
            Source { mailbox, bag, message: None, attachment: None }
        }
        Object::DeletedFolder(_) => return Err(ErrorCode::NotFound.into()),
        Object::Logon(_) | Object::Table(_) | Object::Stream(_) | Object::Subscription(_) | Object::Transfer(_) => {
            return Err(ErrorCode::NotSupported.into());
        }
    })
}

/// Leaves out what is not to be copied, and gives the rest blobs of its own: a blob belongs to one
/// object only.
fn own(cx: &mut Context<'_, '_>, from: &mut Source, to: u32, choice: &Choice<'_>) -> Result<()> {
    let (mailbox, now) = (from.mailbox, cx.now);
    from.bag.0.retain(|id, _| choice.takes(*id));
    cx.txn.stage_bag(mailbox, to, &mut from.bag, now)?;
    if let Some(message) = &mut from.message {
        message.head.properties = Bag::default();
        if !choice.takes(ATTACHMENTS) {
            message.attachments.clear();
        }
        cx.txn.stage_copy(mailbox, to, message, now)?;
    }
    if let Some(Attachment { embedded: Some(embedded), .. }) = &mut from.attachment {
        cx.txn.stage_copy(mailbox, to, embedded, now)?;
    }
    Ok(())
}

fn null_destination(handles: Handles) -> Fault {
    let mut failure = Failure::from(ErrorCode::NullDestinationObject);
    failure.dest_handle_index = Some(handles.other.into());
    Fault::Failure(Box::new(failure))
}

/// Identifiers of named properties are each mailbox's own: between two, names are what is copied.
fn translate(txn: &mut Txn<'_>, from: u32, to: u32, bag: &Bag) -> Result<Bag> {
    if from == to {
        return Ok(bag.clone());
    }
    let mut out = Bag::default();
    for (id, stored) in &bag.0 {
        let id = match *id {
            id if id < 0x8000 => Some(id),
            id => match txn.named_name(from, id)? {
                Some(name) => txn.create_named_id(to, &name)?,
                None => None,
            },
        };
        id.into_iter().for_each(|id| drop(out.0.insert(id, stored.clone())));
    }
    Ok(out)
}

fn merge(target: &mut Bag, from: &Bag, choice: &Choice<'_>, keep: bool, read_only: &[PropertyTag]) {
    for (id, stored) in &from.0 {
        let computed = read_only.iter().any(|tag| tag.id() == *id) && *id != PropertyTag::PidTagConversationTopic.id();
        // A copy is an object of its own.
        let identity = *id == PropertyTag::PidTagSearchKey.id() || *id == PropertyTag::PidTagCreationTime.id();
        let kept = keep && target.0.contains_key(id);
        if choice.takes(*id) && !(computed || identity || kept) {
            target.0.insert(*id, stored.clone());
        }
    }
}

/// Copies what `choice` takes from the source object to the destination object.
fn copy(cx: &mut Context<'_, '_>, handles: Handles, flags: u8, choice: &Choice<'_>) -> Result<Vec<PropertyProblem>> {
    if flags & !(copy_flags::MOVE | copy_flags::NO_OVERWRITE) != 0
        || flags == copy_flags::MOVE | copy_flags::NO_OVERWRITE
    {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let source_handle = cx.handle(handles.input)?;
    if flags & copy_flags::MOVE != 0 && matches!(cx.open(handles.input)?.object, Object::Folder(_)) {
        return Err(ErrorCode::NotSupported.into());
    }
    let mut from = source(cx, handles.input)?;
    let dest_handle = cx.handle(handles.other).map_err(|_| null_destination(handles))?;
    let dest = cx.objects.get(dest_handle).ok_or_else(|| null_destination(handles))?;
    // A message cannot be put into something that lies in it. MS-OXCMSG 3.2.5.16
    if dest_handle == source_handle || cx.objects.lies_in(dest_handle, source_handle) {
        return Err(ErrorCode::MessageCycle.into());
    }
    let to = dest.mailbox;
    let to_folder = if let Object::Folder(folder) = dest.object { Some(folder) } else { None };
    let problems = problems(choice, &from);
    if let (Object::Folder(folder), Some(target)) = (&cx.open(handles.input)?.object, to_folder) {
        copy_folder_parts(cx, (from.mailbox, *folder), (to.mailbox, target), choice)?;
    }
    own(cx, &mut from, to.mailbox, choice)?;
    let bag = translate(cx.txn, from.mailbox, to.mailbox, &from.bag)?;
    let keep = flags & copy_flags::NO_OVERWRITE != 0;
    let dest = cx.objects.get_mut(dest_handle).ok_or_else(|| null_destination(handles))?;
    match (&mut dest.object, &from.message, &from.attachment) {
        (Object::Message(object), _, _) if !object.writable => return Err(ErrorCode::AccessDenied.into()),
        (Object::Attachment(object), _, _) if !object.writable => return Err(ErrorCode::AccessDenied.into()),
        (Object::Message(object), Some(message), _) => {
            if !keep {
                let taken = bag.0.keys().filter(|id| choice.takes(**id));
                taken.for_each(|id| super::body::about_to_set(object, *id));
            }
            merge(&mut object.message.head.properties, &bag, choice, keep, MessageView::COMPUTED);
            copy_parts(&mut object.message, message, choice, keep);
        }
        (Object::Attachment(object), _, Some(attachment)) => copy_attachment(object, attachment, &bag, choice, keep),
        (Object::Folder(folder), None, None) => {
            let folder = *folder;
            let mut record = cx.txn.folder(to.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
            let mut taken = bag.clone();
            // The name identifies the folder among its siblings: it is changed by renaming only.
            taken.remove(PropertyTag::PidTagDisplayName.id());
            merge(&mut record.properties, &taken, choice, keep, crate::store::FolderView::COMPUTED);
            super::property::put_folder(cx, to, folder, &mut record)?;
        }
        _ => return Err(ErrorCode::NotSupported.into()),
    }
    if flags & copy_flags::MOVE != 0 {
        take_away(cx, handles, choice)?;
    }
    Ok(problems)
}

fn copy_parts(target: &mut Message, from: &Message, choice: &Choice<'_>, keep: bool) {
    if choice.takes(RECIPIENTS) && (!keep || target.recipients.is_empty()) {
        target.recipients.clone_from(&from.recipients);
    }
    if choice.takes(ATTACHMENTS) && (!keep || target.attachments.is_empty()) {
        target.attachments.clone_from(&from.attachments);
    }
    target.refresh();
}

/// Copies folders and messages of a folder into another, folders with all that is in them.
fn copy_folder_parts(
    cx: &mut Context<'_, '_>,
    (from_mailbox, from): (u32, u64),
    (mailbox, to): (u32, u64),
    choice: &Choice<'_>,
) -> Result<()> {
    let folders = if choice.takes(SUBFOLDERS) { cx.txn.subfolders(from_mailbox, from)? } else { Vec::new() };
    let mut messages = Vec::new();
    for (id, kind) in [(MESSAGES, Kind::Normal), (ASSOCIATED, Kind::Associated)] {
        if choice.takes(id) {
            let ids = cx.txn.message_ids(from_mailbox, from, kind)?;
            messages.extend(ids.into_iter().map(|id| (kind, id)));
        }
    }
    if folders.is_empty() && messages.is_empty() {
        return Ok(());
    }
    let record = cx.txn.folder(mailbox, to)?.ok_or(ErrorCode::ObjectDeleted)?;
    if mailbox != from_mailbox || record.kind == FolderKind::Search {
        return Err(ErrorCode::NotSupported.into());
    }
    if !folders.is_empty() {
        if to == from || cx.txn.ancestors(mailbox, to)?.contains(&from) {
            return Err(ErrorCode::FolderCycle.into());
        }
        if cx.txn.folder_depth(mailbox, to)? >= limits::FOLDER_DEPTH_MAX {
            return Err(ErrorCode::TooComplex.into());
        }
    }
    for folder in folders {
        let record = cx.txn.folder(mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
        if cx.txn.subfolder_named(mailbox, to, record.name())?.is_some() {
            return Err(ErrorCode::CollidingNames.into());
        }
        let new = NewFolder { name: record.name(), comment: "", kind: record.kind };
        cx.txn.copy_folder(mailbox, folder, to, &new, true, cx.now)?;
    }
    for (kind, id) in messages {
        cx.txn.copy_message(mailbox, Location { folder: from, kind }, id, Location { folder: to, kind }, cx.now)?;
    }
    Ok(())
}

fn copy_attachment(object: &mut AttachmentObject, from: &Attachment, bag: &Bag, choice: &Choice<'_>, keep: bool) {
    merge(&mut object.attachment.properties, bag, choice, keep, AttachmentView::COMPUTED);
    if choice.takes(PropertyTag::PidTagAttachDataObject.id()) && !(keep && object.attachment.embedded.is_some()) {
        object.attachment.embedded.clone_from(&from.embedded);
    }
}

/// What was moved leaves its source.
fn take_away(cx: &mut Context<'_, '_>, handles: Handles, choice: &Choice<'_>) -> Result<()> {
    let open = cx.open_mut(handles.input)?;
    match &mut open.object {
        Object::Message(object) if object.writable => {
            object.message.head.properties.0.retain(|id, _| !choice.takes(*id));
            object.message.refresh();
        }
        Object::Attachment(object) if object.writable => {
            object.attachment.properties.0.retain(|id, _| !choice.takes(*id));
        }
        _ => return Err(ErrorCode::AccessDenied.into()),
    }
    Ok(())
}

/// Properties that were named and that the source does not have.
fn problems(choice: &Choice<'_>, from: &Source) -> Vec<PropertyProblem> {
    let Choice::Only(tags) = choice else { return Vec::new() };
    let has = |id: u16| id == PropertyTag::PidTagSubject.id() || is_sub_object(id) || from.bag.0.contains_key(&id);
    (0_u16..)
        .zip(tags.iter())
        .filter(|(_, tag)| !has(tag.id()))
        .map(|(index, tag)| PropertyProblem { index, property_tag: *tag, error_code: ErrorCode::NotFound })
        .collect()
}

/// RopCopyTo
pub(super) fn copy_to(cx: &mut Context<'_, '_>, handles: Handles, rq: CopyToRequest) -> Result<CopyToResponse> {
    // Not from or to a public folder. MS-OXCPRPT 3.2.5.8
    let handles_of = [handles.input, handles.other].map(|index| cx.handle(index).ok());
    let mut open = handles_of.into_iter().flatten().filter_map(|handle| cx.objects.get(handle));
    if open.any(|open| open.mailbox.is_public() && matches!(open.object, Object::Folder(_))) {
        return Err(ErrorCode::NotSupported.into());
    }
    let choice = Choice::AllBut(&rq.excluded_tags, rq.want_sub_objects);
    Ok(CopyToResponse { property_problems: copy(cx, handles, rq.copy_flags, &choice)? })
}

/// RopCopyProperties
pub(super) fn copy_properties(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: CopyPropertiesRequest,
) -> Result<CopyPropertiesResponse> {
    let choice = Choice::Only(&rq.property_tags);
    Ok(CopyPropertiesResponse { property_problems: copy(cx, handles, rq.copy_flags, &choice)? })
}

/// RopCopyFolder. The copy of a softly deleted folder is an ordinary one.
pub(super) fn copy_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: CopyFolderRequest,
) -> Result<CopyFolderResponse> {
    let (ids, parent, _) = cx.any_folder(handles.input)?;
    let target = new_parent(cx, handles, ids)?;
    let from = own_counter(rq.folder_id)?;
    let record = cx.txn.any_folder(ids.mailbox, from)?.ok_or(ErrorCode::NotFound)?;
    if record.parent != parent {
        return Err(ErrorCode::NotFound.into());
    }
    if rq.want_recursive && (target == from || cx.txn.ancestors(ids.mailbox, target)?.contains(&from)) {
        return Err(ErrorCode::FolderCycle.into());
    }
    let name = text_of(rq.new_folder_name, cx.caller.code_page);
    let name = if name.is_empty() { record.name().to_owned() } else { name };
    let new = NewFolder { name: folder_name(&name)?, comment: "", kind: record.kind };
    let depth = cx.txn.folder_depth(ids.mailbox, target)?;
    if depth >= limits::FOLDER_DEPTH_MAX {
        return Err(ErrorCode::TooComplex.into());
    }
    let made = cx.txn.copy_folder(ids.mailbox, from, target, &new, rq.want_recursive, cx.now)?;
    permission::own(cx, ids, made)?;
    Ok(CopyFolderResponse { partial_completion: false })
}
