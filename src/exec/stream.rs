//! Streams over binary and string properties. MS-OXCPRPT 3.2.5.11 to 3.2.5.22
//!
//! A large value of the store is read in place, chunk by chunk. What is written is held in memory
//! up to a bound; what grows beyond goes into a staged blob of the store, half a megabyte at a time, so
//! that neither memory nor fsyncs grow with the attachment. The property gets it with Commit, or
//! when the stream is released. A clone has no bytes of its own: it lies in the stream it was made of.

use super::object::{Object, Objects, Open};
use super::property::{set_blob_on_message, set_by_client};
use super::{Context, Result, property};
use crate::limits;
use crate::mapi::{ErrorCode, PropertyTag, PropertyType, Value};
use crate::rop::{
    CloneStreamRequest, CloneStreamResponse, CommitStreamRequest, CommitStreamResponse, CopyToStreamRequest,
    CopyToStreamResponse, GetStreamSizeRequest, GetStreamSizeResponse, Handles, OpenStreamRequest, OpenStreamResponse,
    ReadStreamRequest, ReadStreamResponse, Request, SeekStreamRequest, SeekStreamResponse, SetStreamSizeRequest,
    SetStreamSizeResponse, WriteAndCommitStreamRequest, WriteStreamExtendedRequest, WriteStreamExtendedResponse,
    WriteStreamRequest, WriteStreamResponse,
};
use crate::store::{BlobRef, Stored};
use serde::{Deserialize, Serialize};

/// A stream: its property, its bytes, its position. The object it lies in is its parent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StreamObject {
    pub(crate) tag: PropertyTag,
    pub(crate) writable: bool,
    pub(crate) position: u64,
    pub(crate) content: Content,
    /// There are bytes that the object does not have yet.
    pub(crate) dirty: bool,
    /// The object is a folder or the store itself, which has no save of its own.
    pub(crate) of_store: bool,
}

/// Where a stream's bytes are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Content {
    /// In the store, the object's own: not to be written to.
    Blob(BlobRef),
    /// Here.
    Memory(Vec<u8>),
    /// In the store, but for the last bytes: the stream's own.
    Staged { blob: BlobRef, tail: Vec<u8> },
    /// Those of the stream that this one is a clone of, its parent.
    Shared,
}

impl StreamObject {
    /// May an operation on it change the store?
    fn writes_store(&self) -> bool {
        match &self.content {
            Content::Memory(bytes) => self.of_store && self.writable || near(len64(bytes)),
            Content::Blob(_) => self.writable,
            Content::Staged { .. } => true,
            Content::Shared => false,
        }
    }

    fn size(&self) -> u64 {
        match &self.content {
            Content::Blob(blob) => blob.len,
            Content::Memory(bytes) => len64(bytes),
            Content::Staged { blob, tail } => blob.len.saturating_add(len64(tail)),
            Content::Shared => 0,
        }
    }
}

impl Objects {
    /// The stream that has the bytes of a stream: itself, or the one that it is a clone of.
    fn bytes_handle(&self, handle: u32) -> u32 {
        match self.parent(handle) {
            Some(Open { object: Object::Stream(stream), parent: Some(original), .. })
                if matches!(stream.content, Content::Shared) =>
            {
                *original
            }
            _ => handle,
        }
    }

    /// May a request change the store because of the stream that it names? `sought`: how far requests
    /// before it in its batch may have moved the position.
    pub(super) fn stream_writes_store(&self, handle: u32, request: &Request, sought: u64) -> bool {
        let at = |handle| match self.parent(handle).map(|open| &open.object) {
            Some(Object::Stream(stream)) => Some(stream),
            _ => None,
        };
        let (Some(stream), Some(bytes)) = (at(handle), at(self.bytes_handle(handle))) else { return false };
        match request {
            Request::Release(_) => bytes.dirty && bytes.writes_store(),
            _ => bytes.writes_store() || grows_far(request) || near(stream.position.saturating_add(sought)),
        }
    }
}

/// Does a request make a stream larger than what is held in memory?
pub(super) fn grows_far(request: &Request) -> bool {
    matches!(request, Request::SetStreamSize(rq) if near(rq.stream_size))
}

/// OpenModeFlags of RopOpenStream. MS-OXCPRPT 2.2.14.1
mod open_mode {
    pub(super) const CREATE: u8 = 2;
    pub(super) const BEST_ACCESS: u8 = 3;
}

/// A stream that is opened begins with nothing, whatever was there.
pub(super) fn is_created(rq: &OpenStreamRequest) -> bool {
    rq.open_mode_flags & open_mode::BEST_ACCESS == open_mode::CREATE
}

fn len64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// True if the largest write of a batch could reach the bound of what is held in memory.
pub(super) fn near(len: u64) -> bool {
    let bound = limits::STREAM_MEMORY_MAX_BYTES.saturating_sub(limits::EXECUTE_MAX_BYTES);
    len > u64::try_from(bound).unwrap_or(u64::MAX)
}

fn size32(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// The stream at an index: its position, and the handle of the stream that has its bytes.
pub(super) fn stream<'a>(cx: &'a Context<'_, '_>, index: u8) -> Result<(u32, &'a StreamObject)> {
    match &cx.open(index)?.object {
        Object::Stream(stream) => Ok((cx.objects.bytes_handle(cx.handle(index)?), stream)),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

fn stream_mut<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<&'a mut StreamObject> {
    match &mut cx.open_mut(index)?.object {
        Object::Stream(stream) => Ok(stream),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// The stream that has the bytes, with its mailbox; the client may have released it.
fn bytes<'a>(cx: &'a Context<'_, '_>, handle: u32) -> Result<(u32, &'a StreamObject)> {
    match cx.objects.parent(handle) {
        Some(Open { object: Object::Stream(stream), mailbox, .. }) => Ok((mailbox.mailbox, stream)),
        _ => Err(ErrorCode::ObjectDeleted.into()),
    }
}

fn bytes_mut<'a>(cx: &'a mut Context<'_, '_>, handle: u32) -> Result<&'a mut StreamObject> {
    match cx.objects.parent_mut(handle) {
        Some(Open { object: Object::Stream(stream), .. }) => Ok(stream),
        _ => Err(ErrorCode::ObjectDeleted.into()),
    }
}

/// The bytes of a value, as a stream shows them: strings as UTF-16 or 8-bit, without their zero.
fn bytes_of(value: &Value, wanted: PropertyType, code_page: u16) -> Result<Vec<u8>> {
    Ok(match value {
        Value::Binary(bytes) if matches!(wanted, PropertyType::Binary | PropertyType::Object) => bytes.clone(),
        Value::String(text) if wanted == PropertyType::String => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        Value::String(text) if wanted == PropertyType::String8 => crate::wire::encode_8bit(text, code_page),
        _ => return Err(ErrorCode::NotFound.into()),
    })
}

/// RopOpenStream
pub(super) fn open_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: OpenStreamRequest,
) -> Result<OpenStreamResponse> {
    let wanted = rq.property_tag.property_type();
    if !matches!(wanted, PropertyType::Binary | PropertyType::Object | PropertyType::String | PropertyType::String8) {
        return Err(ErrorCode::NotSupported.into());
    }
    let open = cx.open(handles.input)?;
    // The list of permissions has a table of its own. MS-OXCPERM 3.2.5.3
    if matches!(open.object, Object::Folder(_)) && rq.property_tag == PropertyTag::PidTagSecurityDescriptorAsXml {
        return Err(ErrorCode::NotImplemented.into());
    }
    let (ids, parent) = (open.mailbox, cx.handle(handles.input)?);
    let object_writable = match &open.object {
        Object::Message(message) => message.writable,
        Object::Attachment(attachment) => attachment.writable,
        Object::Folder(_) | Object::Logon(_) => true,
        Object::DeletedFolder(_) => false,
        Object::Table(_) | Object::Stream(_) | Object::Subscription(_) | Object::Transfer(_) => {
            return Err(ErrorCode::NotSupported.into());
        }
    };
    let of_store = matches!(open.object, Object::Folder(_) | Object::Logon(_));
    let writable = match rq.open_mode_flags & open_mode::BEST_ACCESS {
        0 => false,
        // BestAccess falls back to reading (outlook.md §10).
        open_mode::BEST_ACCESS => object_writable,
        _ if object_writable => true,
        _ => return Err(ErrorCode::AccessDenied.into()),
    };
    let create = is_created(&rq);
    let code_page = cx.code_page(parent);
    // Create makes the stream empty, whatever was there.
    let found = if create {
        Some(Content::Memory(Vec::new()))
    } else {
        property::with_source(cx, handles.input, |source| {
            Some(match source.property(rq.property_tag)?.into_owned() {
                Stored::Value(value) => bytes_of(&value, wanted, code_page).map(Content::Memory),
                Stored::Blob(blob) if wanted == PropertyType::String8 => {
                    let value = source.load(blob)?;
                    bytes_of(&value, wanted, code_page).map(Content::Memory)
                }
                Stored::Blob(blob) => Ok(Content::Blob(blob)),
            })
        })?
        .transpose()?
    };
    let content = found.ok_or(ErrorCode::NotFound)?;
    let stream = StreamObject { tag: rq.property_tag, writable, position: 0, content, dirty: create, of_store };
    let stream_size = size32(stream.size());
    cx.create(ids, Some(parent), Object::Stream(Box::new(stream)))?;
    Ok(OpenStreamResponse { stream_size })
}

/// RopReadStream
pub(super) fn read_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: ReadStreamRequest,
) -> Result<ReadStreamResponse> {
    const SIZE_LEN: usize = 2;
    let wanted = usize::try_from(rq.byte_count.wanted()).unwrap_or(usize::MAX);
    let len = wanted.min(cx.room.saturating_sub(SIZE_LEN));
    let (from, object) = stream(cx, handles.input)?;
    cx.check_region(from, object.position, u64::try_from(len).unwrap_or(u64::MAX), false)?;
    let data = read_at(cx, from, object.position, len)?;
    let read = u64::try_from(data.len()).unwrap_or(0);
    let object = stream_mut(cx, handles.input)?;
    object.position = object.position.saturating_add(read);
    Ok(ReadStreamResponse { data })
}

fn read_at(cx: &Context<'_, '_>, from: u32, at: u64, len: usize) -> Result<Vec<u8>> {
    let (mailbox, object) = bytes(cx, from)?;
    let of = |bytes: &[u8], at: u64| -> Vec<u8> {
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        rest.get(..len.min(rest.len())).unwrap_or_default().to_vec()
    };
    match &object.content {
        Content::Blob(blob) => Ok(cx.txn.blob_range(mailbox, *blob, at, len)?),
        Content::Memory(bytes) => Ok(of(bytes, at)),
        Content::Staged { blob, tail } if at >= blob.len => Ok(of(tail, at.saturating_sub(blob.len))),
        Content::Staged { blob, tail } => {
            let mut data = cx.txn.blob_range(mailbox, *blob, at, len)?;
            data.extend(tail.iter().take(len.saturating_sub(data.len())));
            Ok(data)
        }
        Content::Shared => Err(ErrorCode::ObjectDeleted.into()),
    }
}

/// Makes the content the stream's own, in memory while it is small and staged in the store once it
/// is not. Afterwards it may be written to.
fn make_own(cx: &mut Context<'_, '_>, handle: u32, growing_to: u64) -> Result<()> {
    let (mailbox, object) = bytes(cx, handle)?;
    if !object.writable {
        return Err(ErrorCode::StorageAccessDenied.into());
    }
    let ty = object.tag.property_type();
    let size = object.size().max(growing_to);
    if size > limits::STREAM_MAX_BYTES {
        return Err(ErrorCode::TooBig.into());
    }
    let large = size > u64::try_from(limits::STREAM_MEMORY_MAX_BYTES).unwrap_or(u64::MAX);
    // 8-bit strings become Unicode when they are committed: they stay in memory, and are bounded by it.
    if large && ty == PropertyType::String8 {
        return Err(ErrorCode::TooBig.into());
    }
    let ty = if ty == PropertyType::String { ty } else { PropertyType::Binary };
    let content = match object.content.clone() {
        Content::Blob(blob) if large => {
            let mut staged = cx.txn.stage_blob(mailbox, ty, cx.now)?;
            let mut at = 0;
            while at < blob.len {
                let part = cx.txn.blob_range(mailbox, blob, at, limits::STREAM_MEMORY_MAX_BYTES)?;
                staged = cx.txn.write_blob(mailbox, staged, at, &part)?;
                at = at.saturating_add(len64(&part));
            }
            Content::Staged { blob: staged, tail: Vec::new() }
        }
        Content::Blob(blob) => Content::Memory(cx.txn.blob(mailbox, blob)?),
        Content::Memory(tail) if large => Content::Staged { blob: cx.txn.stage_blob(mailbox, ty, cx.now)?, tail },
        own => own,
    };
    let object = bytes_mut(cx, handle)?;
    object.content = content;
    object.dirty = true;
    Ok(())
}

/// Writes at the position. Returns how much was written.
fn write(cx: &mut Context<'_, '_>, index: u8, data: &[u8]) -> Result<usize> {
    let (handle, object) = stream(cx, index)?;
    let position = object.position;
    let end = position.saturating_add(len64(data));
    cx.check_region(handle, position, len64(data), true)?;
    change(cx, handle, end, |cx, mailbox, content| write_content(cx, mailbox, content, position, data))?;
    stream_mut(cx, index)?.position = end;
    Ok(data.len())
}

/// Changes the bytes of a stream, which has them of its own then; with room for so many.
fn change(
    cx: &mut Context<'_, '_>,
    handle: u32,
    growing_to: u64,
    how: impl FnOnce(&mut Context<'_, '_>, u32, &mut Content) -> Result<()>,
) -> Result<()> {
    make_own(cx, handle, growing_to)?;
    let (mailbox, _) = bytes(cx, handle)?;
    let mut content = std::mem::replace(&mut bytes_mut(cx, handle)?.content, Content::Memory(Vec::new()));
    let changed = how(cx, mailbox, &mut content);
    bytes_mut(cx, handle)?.content = content;
    changed
}

fn write_content(cx: &mut Context<'_, '_>, mailbox: u32, content: &mut Content, at: u64, data: &[u8]) -> Result<()> {
    match content {
        Content::Memory(bytes) => put(bytes, at, data),
        Content::Staged { blob, tail } if at >= blob.len => {
            put(tail, at.saturating_sub(blob.len), data)?;
            if tail.len() >= limits::STREAM_MEMORY_MAX_BYTES {
                *blob = cx.txn.write_blob(mailbox, *blob, blob.len, tail)?;
                tail.clear();
            }
            Ok(())
        }
        Content::Staged { blob, tail } => {
            *blob = cx.txn.write_blob(mailbox, *blob, blob.len, tail)?;
            tail.clear();
            *blob = cx.txn.write_blob(mailbox, *blob, at, data)?;
            Ok(())
        }
        Content::Blob(_) | Content::Shared => Err(ErrorCode::GeneralFailure.into()),
    }
}

/// Puts bytes at an offset, growing as needed.
fn put(bytes: &mut Vec<u8>, at: u64, data: &[u8]) -> Result<()> {
    let start = usize::try_from(at).map_err(|_| ErrorCode::TooBig)?;
    let end = start.saturating_add(data.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(start..end) {
        place.copy_from_slice(data);
    }
    Ok(())
}

/// RopWriteStream
pub(super) fn write_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: WriteStreamRequest,
) -> Result<WriteStreamResponse> {
    let written = write(cx, handles.input, &rq.data)?;
    if written < rq.data.len() {
        return Err(ErrorCode::TooBig.into());
    }
    Ok(WriteStreamResponse { written_size: u16::try_from(written).unwrap_or(u16::MAX) })
}

/// RopWriteStreamExtended
pub(super) fn write_stream_extended(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: WriteStreamExtendedRequest,
) -> Result<WriteStreamExtendedResponse> {
    let written = write(cx, handles.input, &rq.data)?;
    if written < rq.data.len() {
        return Err(ErrorCode::TooBig.into());
    }
    Ok(WriteStreamExtendedResponse { written_size: size32(u64::try_from(written).unwrap_or(u64::MAX)) })
}

/// RopWriteAndCommitStream
pub(super) fn write_and_commit_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: WriteAndCommitStreamRequest,
) -> Result<WriteStreamResponse> {
    // On a stream of a folder this operation must not be used. MS-OXCPRPT 2.2.26
    if stream(cx, handles.input)?.1.of_store {
        return Err(ErrorCode::NotSupported.into());
    }
    let response = write_stream(cx, handles, WriteStreamRequest { data: rq.data })?;
    let (handle, _) = stream(cx, handles.input)?;
    commit(cx, handle)?;
    Ok(response)
}

/// RopSeekStream
pub(super) fn seek_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SeekStreamRequest,
) -> Result<SeekStreamResponse> {
    /// Positions and sizes beyond 2^31 are errors. MS-OXCPRPT 3.2.5.14
    const POSITION_MAX: u64 = 1 << 31;
    let (handle, object) = stream(cx, handles.input)?;
    let base = match rq.origin {
        0 => 0,
        1 => object.position,
        2 => bytes(cx, handle)?.1.size(),
        _ => return Err(ErrorCode::StorageInvalidParameter.into()),
    };
    let target = base.checked_add_signed(rq.offset).filter(|at| *at <= POSITION_MAX);
    let new_position = target.ok_or(ErrorCode::StreamSeekError)?;
    stream_mut(cx, handles.input)?.position = new_position;
    Ok(SeekStreamResponse { new_position })
}

/// RopSetStreamSize
pub(super) fn set_stream_size(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetStreamSizeRequest,
) -> Result<SetStreamSizeResponse> {
    if rq.stream_size > limits::STREAM_MAX_BYTES {
        return Err(ErrorCode::TooBig.into());
    }
    let (handle, _) = stream(cx, handles.input)?;
    // What goes, or comes.
    let size = bytes(cx, handle)?.1.size();
    let (from, to) = (size.min(rq.stream_size), size.max(rq.stream_size));
    cx.check_region(handle, from, to.saturating_sub(from), true)?;
    change(cx, handle, rq.stream_size, |cx, mailbox, content| {
        match content {
            Content::Memory(bytes) => bytes.resize(usize::try_from(rq.stream_size).map_err(|_| ErrorCode::TooBig)?, 0),
            Content::Staged { blob, tail } => {
                *blob = cx.txn.write_blob(mailbox, *blob, blob.len, tail)?;
                tail.clear();
                *blob = cx.txn.resize_blob(mailbox, *blob, rq.stream_size)?;
            }
            Content::Blob(_) | Content::Shared => {}
        }
        Ok(())
    })?;
    Ok(SetStreamSizeResponse {})
}

/// RopGetStreamSize
pub(super) fn get_stream_size(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetStreamSizeRequest,
) -> Result<GetStreamSizeResponse> {
    let (handle, _) = stream(cx, handles.input)?;
    Ok(GetStreamSizeResponse { stream_size: size32(bytes(cx, handle)?.1.size()) })
}

/// RopCommitStream
pub(super) fn commit_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: CommitStreamRequest,
) -> Result<CommitStreamResponse> {
    let (handle, _) = stream(cx, handles.input)?;
    commit(cx, handle)?;
    Ok(CommitStreamResponse {})
}

/// What RopRelease does for a stream before it goes: its bytes are not lost.
pub(super) fn flush(cx: &mut Context<'_, '_>, handle: u32) -> Result<()> {
    let own = cx.objects.bytes_handle(handle);
    let is_lost = cx.has_lost(own);
    if own == handle {
        cx.forget_regions(handle);
    }
    let handle = own;
    match cx.objects.parent(handle).map(|open| &open.object) {
        Some(Object::Stream(stream)) if stream.dirty && stream.writable && !is_lost => commit(cx, handle),
        _ => Ok(()),
    }
}

/// Puts the bytes of a stream into the object it lies in; not if another session has taken a lock on
/// them, for what this one wrote is void then. MS-OXCPRPT 3.2.5.21
fn commit(cx: &mut Context<'_, '_>, handle: u32) -> Result<()> {
    if cx.has_lost(handle) {
        bytes_mut(cx, handle)?.dirty = false;
        return Err(ErrorCode::NetworkError.into());
    }
    put_bytes(cx, handle)
}

fn put_bytes(cx: &mut Context<'_, '_>, handle: u32) -> Result<()> {
    let code_page = cx.code_page(handle);
    let open = cx.objects.parent_mut(handle).ok_or(ErrorCode::NullObject)?;
    let (parent, ids) = (open.parent.ok_or(ErrorCode::ObjectDeleted)?, open.mailbox);
    let Object::Stream(object) = &mut open.object else { return Err(ErrorCode::NotSupported.into()) };
    if !object.dirty {
        return Ok(());
    }
    object.dirty = false;
    let tag = object.tag;
    let value = match &mut object.content {
        Content::Blob(_) | Content::Shared => return Ok(()),
        Content::Memory(bytes) => Stored::Value(match tag.property_type() {
            PropertyType::String => Value::String(utf16(bytes)),
            PropertyType::String8 => Value::String(crate::wire::decode_8bit(trim_zero(bytes), code_page)),
            _ => Value::Binary(bytes.clone()),
        }),
        Content::Staged { blob, tail } => {
            *blob = cx.txn.write_blob(ids.mailbox, *blob, blob.len, tail)?;
            tail.clear();
            let done = *blob;
            // It is the object's from now on: to be read, and copied before it is written again.
            object.content = Content::Blob(done);
            Stored::Blob(done)
        }
    };
    let (change, blob) = match value {
        Stored::Value(value) => (vec![(tag, Some(value))], None),
        Stored::Blob(blob) => (Vec::new(), Some(blob)),
    };
    match &mut cx.objects.parent_mut(parent).ok_or(ErrorCode::ObjectDeleted)?.object {
        Object::Message(message) => {
            for (tag, value) in change {
                set_by_client(message, tag, value)?;
            }
            if let Some(blob) = blob {
                set_blob_on_message(message, tag, blob)?;
            }
            message.message.refresh();
        }
        Object::Attachment(attachment) => {
            if let Some(blob) = blob {
                attachment.attachment.properties.0.insert(tag.id(), Stored::Blob(blob));
            }
            for (tag, value) in change {
                property::apply(&mut attachment.attachment.properties, tag, value);
            }
        }
        // Properties of folders and the store lie in records, which are bounded.
        Object::Folder(_) | Object::Logon(_) if blob.is_some() => return Err(ErrorCode::TooBig.into()),
        Object::Folder(folder) => {
            let folder = *folder;
            let mut record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
            for (tag, value) in change {
                property::apply(&mut record.properties, tag, value);
            }
            property::put_folder(cx, ids, folder, &mut record)?;
        }
        Object::Logon(_) => drop(super::store_object::set(cx, ids, change)?),
        Object::DeletedFolder(_)
        | Object::Table(_)
        | Object::Stream(_)
        | Object::Subscription(_)
        | Object::Transfer(_) => {
            return Err(ErrorCode::NotSupported.into());
        }
    }
    Ok(())
}

fn trim_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|b| *b == 0).next().unwrap_or_default()
}

/// UTF-16LE as text, up to the zero that some clients write at the end.
fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| unit.iter().rev().fold(0, |n, b| n << 8 | u16::from(*b)));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_end_matches('\0').to_owned()
}

/// RopCopyToStream
pub(super) fn copy_to_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: CopyToStreamRequest,
) -> Result<CopyToStreamResponse> {
    let null = || {
        let mut failure = crate::rop::Failure::from(ErrorCode::NullDestinationObject);
        failure.dest_handle_index = Some(handles.other.into());
        super::Fault::Failure(Box::new(failure))
    };
    cx.open(handles.other).map_err(|_| null())?;
    stream(cx, handles.other)?;
    let (from, object) = stream(cx, handles.input)?;
    let wanted = rq.byte_count.min(limits::STREAM_MAX_BYTES);
    cx.check_region(from, object.position, wanted, false)?;
    let data = read_at(cx, from, object.position, usize::try_from(wanted).unwrap_or(usize::MAX))?;
    let read = u64::try_from(data.len()).unwrap_or(0);
    let written = u64::try_from(write(cx, handles.other, &data)?).unwrap_or(0);
    let object = stream_mut(cx, handles.input)?;
    object.position = object.position.saturating_add(read);
    Ok(CopyToStreamResponse { read_byte_count: read, written_byte_count: written })
}

/// RopCloneStream: the same bytes, a position of its own. MS-OXCPRPT 3.2.5.21
pub(super) fn clone_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: CloneStreamRequest,
) -> Result<CloneStreamResponse> {
    let ids = cx.mailbox(handles.input)?;
    let (original, object) = stream(cx, handles.input)?;
    let clone = StreamObject { content: Content::Shared, dirty: false, ..*object };
    // It lies in the original, which so stays while the clone is there.
    cx.create(ids, Some(original), Object::Stream(Box::new(clone)))?;
    Ok(CloneStreamResponse {})
}
