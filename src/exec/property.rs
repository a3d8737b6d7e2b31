//! Properties of open objects: get, set, delete. MS-OXCPRPT 3.2.5.1 to 3.2.5.7

use super::body;
use super::object::{AttachmentObject, Object};
use super::store_object::StoreView;
use super::{Context, Result, folder, message::MessageObject, message::Place};
use crate::limits;
use crate::mail::cut;
use crate::mapi::{Cell, Dialect, ErrorCode, PropertyTag, PropertyType, TaggedValue, Text, Value, write_row};
use crate::rop::{
    DeletePropertiesNoReplicateRequest, DeletePropertiesNoReplicateResponse, DeletePropertiesRequest,
    DeletePropertiesResponse, GetPropertiesAllRequest, GetPropertiesAllResponse, GetPropertiesListRequest,
    GetPropertiesListResponse, GetPropertiesSpecificRequest, GetPropertiesSpecificResponse, Handles, PropertyProblem,
    Row, SetPropertiesNoReplicateRequest, SetPropertiesNoReplicateResponse, SetPropertiesRequest,
    SetPropertiesResponse,
};
use crate::store::{
    AttachmentView, Bag, BodyView, FolderView, Mailbox, MailboxIds, MessageView, Source, Special, Stored,
};
use crate::wire::{Writer, decode_8bit, encode_8bit};
use std::borrow::Cow;

pub(super) use super::store_object::out_of_office;

/// Text whose form a flag of the request decided.
pub(super) fn text_of(text: Text, code_page: u16) -> String {
    match text {
        Text::Unicode(text) => text,
        Text::Bytes(bytes) => decode_8bit(&bytes, code_page),
    }
}

/// As values are kept: 8-bit strings become Unicode.
pub(super) fn to_unicode(value: Value, code_page: u16) -> Value {
    match value {
        Value::String8(bytes) => Value::String(decode_8bit(&bytes, code_page)),
        Value::MultipleString8(list) => {
            Value::MultipleString(list.iter().map(|bytes| decode_8bit(bytes, code_page)).collect())
        }
        other => other,
    }
}

/// A value as the type that was asked for; `None` if it is of another type.
fn convert(value: Value, wanted: PropertyType, code_page: u16) -> Option<Value> {
    let wanted = if wanted.is_instance() { wanted.single() } else { wanted };
    if wanted == PropertyType::Unspecified || wanted == value.property_type() {
        return Some(value);
    }
    match (value, wanted) {
        (Value::String(text), PropertyType::String8) => Some(Value::String8(encode_8bit(&text, code_page))),
        (Value::MultipleString(list), PropertyType::MultipleString8) => {
            Some(Value::MultipleString8(list.iter().map(|text| encode_8bit(text, code_page)).collect()))
        }
        _ => None,
    }
}

/// One cell of a row: the value as the type that was asked for, if it has at most `limit` bytes.
pub(super) fn cell(source: &dyn Source, tag: PropertyTag, code_page: u16, limit: usize) -> Cell {
    let stored = source.property(tag).ok_or(ErrorCode::NotFound)?;
    let too_big = stored.size() > u64::try_from(limit).unwrap_or(u64::MAX);
    let value = match stored.into_owned() {
        Stored::Value(value) => value,
        Stored::Blob(_) if too_big => return Err(ErrorCode::OutOfMemory),
        Stored::Blob(blob) => source.load(blob).ok_or(ErrorCode::NotFound)?,
    };
    convert(value, tag.property_type(), code_page).ok_or(ErrorCode::NotFound)
}

/// One cell of a row of a table: a long value is cut. Only "not found" says there that there is
/// none: any other code can make Outlook drop the row (outlook.md §7).
pub(super) fn short_cell(source: &dyn Source, tag: PropertyTag, code_page: u16) -> Cell {
    let stored = source.property(tag).ok_or(ErrorCode::NotFound)?;
    let mut value = match stored.into_owned() {
        Stored::Value(value) => value,
        // A unit more than is shown: the last may be half a character.
        Stored::Blob(blob) => {
            source.load_start(blob, limits::CELL_MAX_BYTES.saturating_add(2)).ok_or(ErrorCode::NotFound)?
        }
    };
    match &mut value {
        Value::String(text) => text.truncate(cut(text, limits::CELL_MAX_BYTES / 2).len()),
        Value::String8(bytes) | Value::Binary(bytes) => bytes.truncate(limits::CELL_MAX_BYTES),
        _ => {}
    }
    convert(value, tag.property_type(), code_page).ok_or(ErrorCode::NotFound)
}

/// The object at an index as something that has properties.
pub(super) fn with_source<T>(cx: &Context<'_, '_>, index: u8, f: impl FnOnce(&dyn Source) -> T) -> Result<T> {
    let open = cx.open(index)?;
    let ids = open.mailbox;
    let txn = &*cx.txn;
    Ok(match &open.object {
        Object::Logon(_) => f(&StoreView::new(cx, ids)?),
        Object::Folder(id) => {
            let record = txn.folder(ids.mailbox, *id)?.ok_or(ErrorCode::ObjectDeleted)?;
            f(&FolderView { txn, ids, folder: *id, record: &record, depth: None })
        }
        Object::DeletedFolder(id) => {
            let record = txn.any_folder(ids.mailbox, *id)?.ok_or(ErrorCode::ObjectDeleted)?;
            f(&FolderView { txn, ids, folder: *id, record: &record, depth: None })
        }
        Object::Message(message) => f(&BodyView::new(message.view(txn, ids))),
        Object::Attachment(object) => f(&attachment_view(txn, ids, object)),
        Object::Table(_) | Object::Stream(_) | Object::Subscription(_) | Object::Transfer(_) => {
            return Err(ErrorCode::NotSupported.into());
        }
    })
}

fn attachment_view<'a>(
    txn: &'a crate::store::Txn<'a>,
    ids: MailboxIds,
    object: &'a AttachmentObject,
) -> AttachmentView<'a> {
    AttachmentView { txn, ids, number: object.number, attachment: Cow::Borrowed(&object.attachment) }
}

/// RopGetPropertiesSpecific. PropertySizeLimit is ignored, as in Exchange; what does not fit into
/// a response of its own is to be read as a stream.
pub(super) fn get_properties_specific(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetPropertiesSpecificRequest,
) -> Result<GetPropertiesSpecificResponse> {
    let code_page = cx.code_page(cx.handle(handles.input)?);
    let limit = cx.full_room;
    let mut cells = with_source(cx, handles.input, |source| {
        let mut left = limit.saturating_sub(rq.property_tags.len().saturating_mul(9));
        let mut cells = Vec::with_capacity(rq.property_tags.len());
        for tag in &rq.property_tags {
            let mut cell = cell(source, *tag, code_page, left);
            if rq.want_unicode == 0 && tag.property_type() == PropertyType::Unspecified {
                cell = cell.map(|value| string8(value, code_page));
            }
            let mut w = Writer::bounded(left);
            cell.iter().for_each(|value| value.write(&mut w, Dialect::Rop));
            if w.is_full() {
                cell = Err(ErrorCode::OutOfMemory);
            } else {
                left = left.saturating_sub(w.len());
            }
            cells.push(cell);
        }
        cells
    })?;
    body::fit_native_body(&rq.property_tags, &mut cells);
    let mut w = Writer::new();
    write_row(&mut w, &rq.property_tags, &cells, Dialect::Rop);
    Ok(GetPropertiesSpecificResponse { row_data: Row(w.into_bytes()) })
}

/// As clients of another age want them: Unicode strings become 8-bit.
pub(super) fn string8(value: Value, code_page: u16) -> Value {
    match value {
        Value::String(text) => Value::String8(encode_8bit(&text, code_page)),
        Value::MultipleString(list) => {
            Value::MultipleString8(list.iter().map(|text| encode_8bit(text, code_page)).collect())
        }
        other => other,
    }
}

/// Every tag that the object at an index has a value for.
fn tags(cx: &Context<'_, '_>, index: u8) -> Result<Vec<PropertyTag>> {
    let open = cx.open(index)?;
    let of_bag = |bag: &Bag| -> Vec<PropertyTag> {
        bag.0.iter().map(|(id, stored)| PropertyTag::new(*id, stored.property_type())).collect()
    };
    let mut is_calendar = false;
    let (mut kept, computed) = match &open.object {
        Object::Logon(_) => (of_bag(&cx.txn.mailbox(open.mailbox.mailbox)?.properties), StoreView::COMPUTED),
        Object::Folder(id) | Object::DeletedFolder(id) => {
            let record = cx.txn.any_folder(open.mailbox.mailbox, *id)?.ok_or(ErrorCode::ObjectDeleted)?;
            let class = record.properties.text(PropertyTag::PidTagContainerClass.id());
            is_calendar = class.is_some_and(|class| class.starts_with("IPF.Appointment"));
            (of_bag(&record.properties), FolderView::COMPUTED)
        }
        Object::Message(message) => (of_bag(&message.message.head.properties), MessageView::COMPUTED),
        Object::Attachment(object) => (of_bag(&object.attachment.properties), AttachmentView::COMPUTED),
        Object::Table(_) | Object::Stream(_) | Object::Subscription(_) | Object::Transfer(_) => {
            return Err(ErrorCode::NotSupported.into());
        }
    };
    let has = with_source(cx, index, |source| -> Vec<PropertyTag> {
        computed.iter().chain(body::LISTED).copied().filter(|tag| source.property(*tag).is_some()).collect()
    })?;
    kept.retain(|tag| !has.iter().any(|other| other.id() == tag.id()));
    kept.extend(has);
    // With it in the list, calendars that Outlook opens ad hoc empty themselves (outlook.md §9).
    kept.retain(|tag| !is_calendar || tag.id() != PropertyTag::PidTagParentSourceKey.id());
    Ok(kept)
}

/// RopGetPropertiesList
pub(super) fn get_properties_list(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetPropertiesListRequest,
) -> Result<GetPropertiesListResponse> {
    Ok(GetPropertiesListResponse { property_tags: tags(cx, handles.input)? })
}

/// RopGetPropertiesAll: what does not fit, or is larger than the client wants, is there as an error
/// value. MS-OXCPRPT 2.2.3.2
pub(super) fn get_properties_all(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetPropertiesAllRequest,
) -> Result<GetPropertiesAllResponse> {
    const ERROR_LEN: usize = 8;
    let code_page = cx.code_page(cx.handle(handles.input)?);
    let tags = tags(cx, handles.input)?;
    let mut left = cx.full_room.saturating_sub(tags.len().saturating_mul(ERROR_LEN));
    let property_values = with_source(cx, handles.input, |source| {
        let mut values = Vec::new();
        for tag in &tags {
            let value = cell(source, *tag, code_page, left).unwrap_or_else(Value::Error);
            let value = if rq.want_unicode == 0 { string8(value, code_page) } else { value };
            let mut w = Writer::bounded(left);
            value.write(&mut w, Dialect::Rop);
            let limit = usize::from(rq.property_size_limit);
            let large = limit != 0 && w.len() > limit;
            if w.is_full() || large || matches!(value, Value::Object(_)) {
                values.push(TaggedValue::new(*tag, Value::Error(ErrorCode::OutOfMemory)));
            } else {
                left = left.saturating_sub(w.len());
                values.push(TaggedValue::new(*tag, value));
            }
        }
        values
    })?;
    Ok(GetPropertiesAllResponse { property_values })
}

/// RopSetProperties
pub(super) fn set_properties(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetPropertiesRequest,
) -> Result<SetPropertiesResponse> {
    Ok(SetPropertiesResponse { property_problems: set(cx, handles.input, rq.property_values.values)? })
}

/// RopSetPropertiesNoReplicate: differs for folders of a replicated store only. MS-OXCPRPT 2.2.6
pub(super) fn set_properties_no_replicate(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetPropertiesNoReplicateRequest,
) -> Result<SetPropertiesNoReplicateResponse> {
    Ok(SetPropertiesNoReplicateResponse { property_problems: set(cx, handles.input, rq.property_values.values)? })
}

/// RopDeleteProperties
pub(super) fn delete_properties(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: DeletePropertiesRequest,
) -> Result<DeletePropertiesResponse> {
    Ok(DeletePropertiesResponse { property_problems: delete(cx, handles.input, &rq.property_tags)? })
}

/// RopDeletePropertiesNoReplicate
pub(super) fn delete_properties_no_replicate(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: DeletePropertiesNoReplicateRequest,
) -> Result<DeletePropertiesNoReplicateResponse> {
    Ok(DeletePropertiesNoReplicateResponse { property_problems: delete(cx, handles.input, &rq.property_tags)? })
}

/// A change of one property: a value, or its removal.
pub(super) type Change = (PropertyTag, Option<Value>);

fn set(cx: &mut Context<'_, '_>, index: u8, values: Vec<TaggedValue>) -> Result<Vec<PropertyProblem>> {
    let code_page = cx.code_page(cx.handle(index)?);
    let changes = values.into_iter().map(|v| (v.tag, Some(to_unicode(v.value, code_page)))).collect();
    change(cx, index, changes)
}

fn delete(cx: &mut Context<'_, '_>, index: u8, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
    change(cx, index, tags.iter().map(|tag| (*tag, None)).collect())
}

/// Applies changes to the object at an index; what cannot be changed is a problem, not a failure.
fn change(cx: &mut Context<'_, '_>, index: u8, changes: Vec<Change>) -> Result<Vec<PropertyProblem>> {
    let open = cx.open_mut(index)?;
    let ids = open.mailbox;
    match &mut open.object {
        Object::Message(object) if !object.writable => Err(ErrorCode::AccessDenied.into()),
        Object::Attachment(object) if !object.writable => Err(ErrorCode::AccessDenied.into()),
        Object::Message(object) => Ok(problems(changes, |tag, value| set_by_client(object, tag, value))),
        Object::Attachment(object) => Ok(problems(changes, |tag, value| {
            if AttachmentView::COMPUTED.iter().any(|c| c.id() == tag.id()) {
                return Err(ErrorCode::AccessDenied);
            }
            apply(&mut object.attachment.properties, tag, value);
            Ok(())
        })),
        Object::Folder(id) => {
            let id = *id;
            set_on_folder(cx, ids, id, changes)
        }
        Object::Logon(_) => super::store_object::set(cx, ids, changes),
        Object::DeletedFolder(_) => Err(ErrorCode::AccessDenied.into()),
        Object::Table(_) | Object::Stream(_) | Object::Subscription(_) | Object::Transfer(_) => {
            Err(ErrorCode::NotSupported.into())
        }
    }
}

pub(super) fn problems(
    changes: Vec<Change>,
    mut one: impl FnMut(PropertyTag, Option<Value>) -> std::result::Result<(), ErrorCode>,
) -> Vec<PropertyProblem> {
    let mut problems = Vec::new();
    for (index, (tag, value)) in (0_u16..).zip(changes) {
        let error_code = match value {
            Some(Value::Error(_) | Value::Object(_)) => Err(ErrorCode::InvalidParameter),
            value => one(tag, value),
        };
        if let Err(error_code) = error_code {
            problems.push(PropertyProblem { index, property_tag: tag, error_code });
        }
    }
    problems
}

pub(super) fn apply(bag: &mut Bag, tag: PropertyTag, value: Option<Value>) {
    match value {
        Some(value) => bag.set(tag.id(), value),
        None => {
            bag.remove(tag.id());
        }
    }
}

/// The prefix of a subject: one to three letters, a colon and a space at its start.
/// MS-OXCMSG 2.2.1.9, 3.2.1.1
pub(super) fn subject_prefix(subject: &str) -> &str {
    let Some((prefix, _)) = subject.split_once(": ") else { return "" };
    let letters = prefix.chars().count();
    if (1..=3).contains(&letters) && prefix.chars().all(char::is_alphabetic) {
        subject.get(..prefix.len().saturating_add(2)).unwrap_or_default()
    } else {
        ""
    }
}

/// True for what the server says once of an object and no client changes; a value is disregarded,
/// as MS-OXCPRPT R47510 allows. MS-OXCPRPT 2.2.1.4, 2.2.1.9
fn is_fixed(id: u16) -> bool {
    id == PropertyTag::PidTagCreationTime.id() || id == PropertyTag::PidTagSearchKey.id()
}

/// As [`set_on_message`], for a client that edits; one that brings a copy brings these too.
pub(super) fn set_by_client(
    object: &mut MessageObject,
    tag: PropertyTag,
    value: Option<Value>,
) -> std::result::Result<(), ErrorCode> {
    if object.import.is_some() {
        return set_on_message(object, tag, value);
    }
    if is_fixed(tag.id()) {
        return if value.is_some() { Ok(()) } else { Err(ErrorCode::AccessDenied) };
    }
    if let (true, Some(Value::String(class))) = (tag.id() == PropertyTag::PidTagMessageClass.id(), &value) {
        // MS-OXCMSG 2.2.1.3
        let printable = class.bytes().all(|byte| (0x20..=0x7F).contains(&byte)) && !class.ends_with('.');
        if !printable || class.is_empty() || class.len() > limits::MESSAGE_CLASS_MAX_CHARS {
            return Err(ErrorCode::InvalidParameter);
        }
    }
    set_on_message(object, tag, value)?;
    bound_subject(&mut object.message.head.properties);
    Ok(())
}

/// Prefix and rest of a subject have at most 253 characters together: what is longer is cut.
/// MS-OXCMSG 2.2.1.9, 2.2.1.10
fn bound_subject(bag: &mut Bag) {
    let units = |tag: PropertyTag| bag.text(tag.id()).unwrap_or_default().encode_utf16().count();
    let [prefix, rest] = [PropertyTag::PidTagSubjectPrefix, PropertyTag::PidTagNormalizedSubject].map(units);
    if prefix.saturating_add(rest) > limits::SUBJECT_MAX_UNITS {
        for (tag, most) in [
            (PropertyTag::PidTagSubjectPrefix, limits::SUBJECT_MAX_UNITS),
            (PropertyTag::PidTagNormalizedSubject, limits::SUBJECT_MAX_UNITS.saturating_sub(prefix)),
        ] {
            let text = cut(bag.text(tag.id()).unwrap_or_default(), most).to_owned();
            bag.set(tag.id(), Value::String(text));
        }
    }
}

/// Sets or removes a property of a message being edited.
pub(super) fn set_on_message(
    object: &mut MessageObject,
    tag: PropertyTag,
    value: Option<Value>,
) -> std::result::Result<(), ErrorCode> {
    if value.is_some() {
        body::about_to_set(object, tag.id());
    }
    let head = &mut object.message.head;
    match (tag.id(), value) {
        (id, value) if id == PropertyTag::PidTagSubject.id() => {
            let text = match value {
                Some(Value::String(text)) => text,
                Some(_) => return Err(ErrorCode::InvalidParameter),
                None => String::new(),
            };
            let prefix = subject_prefix(&text);
            let rest = text.get(prefix.len()..).unwrap_or_default();
            head.properties.set(PropertyTag::PidTagSubjectPrefix.id(), Value::String(prefix.to_owned()));
            head.properties.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(rest.to_owned()));
        }
        // Before the first save the client says what the flags are; then they are computed.
        (id, Some(Value::Integer32(flags))) if id == PropertyTag::PidTagMessageFlags.id() => {
            if !matches!(object.place, Place::New { .. } | Place::Embedded) {
                return Err(ErrorCode::AccessDenied);
            }
            // mfUnsent and mfResend; the others are the server's to say. MS-OXCMSG 2.2.1.6
            const CLIENT_FLAGS: u32 = 0x88;
            let flags = u32::from_le_bytes(flags.to_le_bytes());
            head.read = flags & 1 != 0;
            head.flags = flags & CLIENT_FLAGS;
        }
        (id, _) if is_computed(id) => return Err(ErrorCode::AccessDenied),
        (_, value) => apply(&mut head.properties, tag, value),
    }
    Ok(())
}

/// Sets a property of a message being edited to a value that is in the store already.
pub(super) fn set_blob_on_message(
    object: &mut MessageObject,
    tag: PropertyTag,
    blob: crate::store::BlobRef,
) -> std::result::Result<(), ErrorCode> {
    // What is computed from its parts, or bounded to a line, is no megabyte.
    if is_computed(tag.id()) {
        return Err(ErrorCode::AccessDenied);
    }
    object.message.head.properties.0.insert(tag.id(), Stored::Blob(blob));
    Ok(())
}

/// Properties of a message that only the server sets.
fn is_computed(id: u16) -> bool {
    const SETTABLE: [PropertyTag; 1] = [PropertyTag::PidTagConversationTopic];
    const DISPLAY: [PropertyTag; 3] =
        [PropertyTag::PidTagDisplayTo, PropertyTag::PidTagDisplayCc, PropertyTag::PidTagDisplayBcc];
    let is_in = |list: &[PropertyTag]| list.iter().any(|tag| tag.id() == id);
    is_in(MessageView::COMPUTED) && !is_in(&SETTABLE) || is_in(&DISPLAY)
}

/// Dates of messages, which no folder has. MS-OXCMSG 2.2.1.60.4, 2.2.1.60.5, 2.2.1.60.8
const NOT_ON_FOLDERS: [PropertyTag; 3] =
    [PropertyTag::PidTagStartDateEtc, PropertyTag::PidTagRetentionDate, PropertyTag::PidTagArchiveDate];

/// Sets or removes properties of a folder: each is in the store at once.
fn set_on_folder(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    id: u64,
    changes: Vec<Change>,
) -> Result<Vec<PropertyProblem>> {
    let mut record = cx.txn.folder(ids.mailbox, id)?.ok_or(ErrorCode::ObjectDeleted)?;
    let mut new_name = None;
    let mut links = Vec::new();
    let problems = problems(changes, |tag, value| {
        if tag.id() == PropertyTag::PidTagDisplayName.id() {
            let Some(Value::String(name)) = value else { return Err(ErrorCode::InvalidParameter) };
            // Renamed at once, so that the problem stands at its index.
            folder::rename(cx, ids, id, &name)?;
            new_name = Some(name);
            return Ok(());
        }
        if FolderView::COMPUTED.iter().any(|computed| computed.id() == tag.id()) {
            return Err(ErrorCode::AccessDenied);
        }
        if is_fixed(tag.id()) {
            return if value.is_some() { Ok(()) } else { Err(ErrorCode::AccessDenied) };
        }
        if NOT_ON_FOLDERS.iter().any(|other| other.id() == tag.id()) {
            return Err(ErrorCode::AccessDenied);
        }
        if Special::LINKS.iter().any(|link| link.id() == tag.id()) {
            links.push((tag, value.clone()));
        }
        apply(&mut record.properties, tag, value);
        Ok(())
    });
    // A rename has written the record: take it from there and put the other changes on top.
    let mut stored = cx.txn.folder(ids.mailbox, id)?.ok_or(ErrorCode::ObjectDeleted)?;
    let name = stored.properties.value(PropertyTag::PidTagDisplayName.id()).cloned();
    stored.properties = record.properties;
    if let Some(name) = name {
        stored.properties.set(PropertyTag::PidTagDisplayName.id(), name);
    }
    put_folder(cx, ids, id, &mut stored)?;
    mirror_links(cx, ids, id, &links)?;
    Ok(problems)
}

/// Writes a changed folder with a new change number.
pub(super) fn put_folder(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    id: u64,
    record: &mut crate::store::Folder,
) -> Result<()> {
    if record.properties.size() > limits::FOLDER_PROPERTIES_MAX_BYTES {
        return Err(ErrorCode::TooBig.into());
    }
    let mut owner: Mailbox = cx.txn.mailbox(ids.mailbox)?;
    owner.stamp_folder(record)?;
    record.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(cx.now));
    cx.txn.put_mailbox(ids.mailbox, &owner)?;
    cx.txn.put_folder(ids.mailbox, id, record)?;
    Ok(cx.txn.note_folder(ids.mailbox, id)?)
}

/// The properties that name special folders stand on the root and on the Inbox with the same
/// value. MS-OXOSFLD 2.2.2
fn mirror_links(cx: &mut Context<'_, '_>, ids: MailboxIds, id: u64, links: &[Change]) -> Result<()> {
    let (root, inbox) = (Special::Root.counter(), Special::Inbox.counter());
    let other = match id {
        _ if links.is_empty() => return Ok(()),
        id if id == root => inbox,
        id if id == inbox => root,
        _ => return Ok(()),
    };
    let mut record = cx.txn.folder(ids.mailbox, other)?.ok_or(ErrorCode::ObjectDeleted)?;
    for (tag, value) in links {
        apply(&mut record.properties, *tag, value.clone());
    }
    put_folder(cx, ids, other, &mut record)
}
