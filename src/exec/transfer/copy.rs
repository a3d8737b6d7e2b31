//! What a FastTransfer download sends: messages and folders, one at a time. MS-OXCFXICS 3.2.5.8.1

use super::content::{ATTACHMENTS, Filter, RECIPIENTS, Strings, send_options};
use super::{Job, Source, open_source};
use crate::exec::logon::own_counter;
use crate::exec::object::Object;
use crate::exec::{Context, Result, guard};
use crate::limits;
use crate::mapi::{ErrorCode, PropertyTag, PropertyType, Value};
use crate::rop::{
    FastTransferSourceCopyFolderRequest, FastTransferSourceCopyFolderResponse, FastTransferSourceCopyMessagesRequest,
    FastTransferSourceCopyMessagesResponse, FastTransferSourceCopyPropertiesRequest,
    FastTransferSourceCopyPropertiesResponse, FastTransferSourceCopyToRequest, FastTransferSourceCopyToResponse,
    Handles,
};
use crate::store::{Folder, FolderKind, FolderView, Kind, Location, MailboxIds, MessageView, RowId, Source as _};
use crate::transfer::{marker, meta};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// messageList: messages by name. MS-OXCFXICS 2.2.4.3.17
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageCopy {
    pub(super) folder: u64,
    messages: VecDeque<u64>,
    best_body: bool,
    /// SendEntryId: what identifies a message and its last change goes along.
    identified: bool,
}

impl MessageCopy {
    pub(super) fn advance(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, source: &mut Source) -> Result<bool> {
        let Some(id) = self.messages.pop_front() else { return Ok(false) };
        source.done = source.done.saturating_add(1);
        let at = cx.txn.locate(ids.mailbox, id)?.filter(|at| at.folder == self.folder && !at.kind.is_deleted());
        match at {
            Some(at) => message(cx, ids, source, (at, id), self.best_body, Some(self.identified))?,
            // What is gone meanwhile is not sent, and the others are.
            None => source.content(cx, ids).value(meta::EC_WARNING, warning())?,
        }
        Ok(true)
    }
}

fn warning() -> Value {
    Value::Integer32(i32::from_le_bytes(ErrorCode::PartiallyComplete.0.to_le_bytes()))
}

/// What SendEntryId adds, beside what it says of the message's time. MS-OXCFXICS 2.2.3.1.1.3.1
const IDENTIFICATION: [(PropertyTag, PropertyTag); 4] = [
    (PropertyTag::PidTagSourceKey, PropertyTag::PidTagSourceKey),
    (PropertyTag::PidTagChangeKey, PropertyTag::PidTagChangeKey),
    (PropertyTag::PidTagPredecessorChangeList, PropertyTag::PidTagPredecessorChangeList),
    (PropertyTag::PidTagOriginalEntryId, PropertyTag::PidTagEntryId),
];

/// message. `identified`: whether with what identifies it, where the client has that choice.
/// MS-OXCFXICS 2.2.4.3.10
fn message(
    cx: &Context<'_, '_>,
    ids: MailboxIds,
    source: &mut Source,
    (at, id): (Location, u64),
    best_body: bool,
    identified: Option<bool>,
) -> Result<()> {
    let Some(message) = cx.txn.message(ids.mailbox, at, id)? else { return Ok(()) };
    let mut left_out = Vec::new();
    if identified.is_some() {
        left_out.push(PropertyTag::PidTagOriginalEntryId);
    }
    if identified == Some(false) {
        left_out.push(PropertyTag::PidTagLastModificationTime);
    }
    let all = Filter::AllBut(left_out);
    let mut content = source.content(cx, ids);
    content.marker(if at.kind.is_associated() { marker::START_FAI_MSG } else { marker::START_MESSAGE });
    let view = MessageView::row(cx.txn, ids, at.folder, at.kind, RowId { message: id, instance: 0 }, &message.head);
    content.properties(&view, &all, best_body)?;
    for (tag, from) in IDENTIFICATION.iter().filter(|_| identified == Some(true)) {
        if let Some(value) = view.property(*from) {
            content.stored(*tag, &value)?;
        }
    }
    content.children(&message, &all)?;
    content.marker(marker::END_MESSAGE);
    Ok(())
}

/// folderContent and topFolder: a walk over a tree of folders. MS-OXCFXICS 2.2.4.2, 2.2.4.3.6
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FolderCopy {
    /// Properties of the folder at the top.
    filter: Filter,
    /// topFolder, and not folderContent.
    framed: bool,
    subfolders: bool,
    best_body: bool,
    /// From the top to where the walk is.
    open: Vec<FolderStep>,
}

/// How far a folder is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FolderStep {
    folder: u64,
    stage: Stage,
    below: VecDeque<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Begin,
    /// Messages after this one.
    Messages(Kind, u64),
    Subfolders,
}

impl FolderCopy {
    fn new(folder: u64, filter: Filter, framed: bool, subfolders: bool, best_body: bool) -> Self {
        let top = FolderStep { folder, stage: Stage::Begin, below: VecDeque::new() };
        Self { filter, framed, subfolders, best_body, open: vec![top] }
    }

    /// The folder at the top, until all of it is sent.
    pub(super) fn folder(&self) -> Option<u64> {
        self.open.first().map(|step| step.folder)
    }

    fn takes(&self, tag: PropertyTag) -> bool {
        self.open.len() > 1 || self.filter.takes(tag)
    }

    pub(super) fn advance(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, source: &mut Source) -> Result<bool> {
        let depth = self.open.len();
        let Some(step) = self.open.last().cloned() else { return Ok(false) };
        let next = match step.stage {
            Stage::Begin => {
                self.begin(cx, ids, source, step.folder, depth)?;
                Stage::Messages(Kind::Normal, 0)
            }
            Stage::Messages(kind, after) => self.next_message(cx, ids, source, (step.folder, kind, after))?,
            Stage::Subfolders => return self.descend(cx, ids, source, depth),
        };
        if next == Stage::Subfolders {
            self.list_subfolders(cx, ids, source, step.folder)?;
        }
        if let Some(step) = self.open.last_mut() {
            step.stage = next;
        }
        Ok(true)
    }

    fn begin(&self, cx: &Context<'_, '_>, ids: MailboxIds, source: &mut Source, id: u64, depth: usize) -> Result<()> {
        let record = cx.txn.folder(ids.mailbox, id)?.ok_or(ErrorCode::ObjectDeleted)?;
        let mut content = source.content(cx, ids);
        if depth > 1 {
            content.marker(marker::START_SUB_FLD);
        } else if self.framed {
            content.marker(marker::START_TOP_FLD);
        }
        folder_properties(&record, &mut |tag, stored| {
            if self.takes(tag) { content.stored(tag, stored) } else { Ok(()) }
        })?;
        Ok(())
    }

    fn next_message(
        &self,
        cx: &Context<'_, '_>,
        ids: MailboxIds,
        source: &mut Source,
        (folder, kind, after): (u64, Kind, u64),
    ) -> Result<Stage> {
        let (list, next) = match kind {
            Kind::Associated => (PropertyTag::PidTagFolderAssociatedContents, Stage::Subfolders),
            _ => (PropertyTag::PidTagContainerContents, Stage::Messages(Kind::Associated, 0)),
        };
        if !self.takes(list) {
            return Ok(next);
        }
        if after == 0 && !self.framed {
            source.content(cx, ids).delete_first(list);
        }
        let at = Location { folder, kind };
        let Some(id) = cx.txn.message_after(ids.mailbox, at, after)? else { return Ok(next) };
        message(cx, ids, source, (at, id), self.best_body, None)?;
        source.done = source.done.saturating_add(1);
        Ok(Stage::Messages(kind, id))
    }

    fn list_subfolders(
        &mut self,
        cx: &Context<'_, '_>,
        ids: MailboxIds,
        source: &mut Source,
        folder: u64,
    ) -> Result<()> {
        let mut below = VecDeque::new();
        if self.subfolders && self.takes(PropertyTag::PidTagContainerHierarchy) {
            if !self.framed {
                source.content(cx, ids).delete_first(PropertyTag::PidTagContainerHierarchy);
            }
            for id in cx.txn.subfolders(ids.mailbox, folder)? {
                let record = cx.txn.folder(ids.mailbox, id)?;
                below.extend(record.filter(|record| record.kind == FolderKind::Generic).map(|_| id));
            }
        }
        source.total = source.total.saturating_add(u16::try_from(below.len()).unwrap_or(u16::MAX));
        if let Some(step) = self.open.last_mut() {
            step.below = below;
        }
        Ok(())
    }

    fn descend(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, source: &mut Source, depth: usize) -> Result<bool> {
        if depth > limits::FOLDER_DEPTH_MAX.saturating_add(1) {
            return Err(ErrorCode::TooComplex.into());
        }
        if let Some(folder) = self.open.last_mut().and_then(|step| step.below.pop_front()) {
            if cx.txn.folder(ids.mailbox, folder)?.is_some() {
                self.open.push(FolderStep { folder, stage: Stage::Begin, below: VecDeque::new() });
            }
            return Ok(true);
        }
        self.open.pop();
        if depth > 1 || self.framed {
            source.content(cx, ids).marker(marker::END_FOLDER);
        }
        Ok(true)
    }
}

/// Properties of a folder that a copy of it has too: what is kept of it, but for named ones, which
/// Outlook stumbles over (outlook.md §9).
pub(in crate::exec) fn folder_properties(
    record: &Folder,
    each: &mut dyn FnMut(PropertyTag, &crate::store::Stored) -> std::result::Result<(), crate::store::StoreError>,
) -> Result<()> {
    let left_out = |id: u16| {
        id >= 0x8000
            || FolderView::COMPUTED.iter().any(|tag| tag.id() == id)
            || crate::store::Special::LINKS.iter().any(|tag| tag.id() == id)
    };
    let name = PropertyTag::PidTagDisplayName;
    if let Some(stored) = record.properties.get(name.id()) {
        each(name, stored)?;
    }
    for (id, stored) in record.properties.0.iter().filter(|(id, _)| !left_out(**id) && **id != name.id()) {
        each(PropertyTag::new(*id, stored.property_type()), stored)?;
    }
    Ok(())
}

fn check(known: bool, send_options: u8) -> Result<()> {
    if known && send_options & !send_options::KNOWN == 0 { Ok(()) } else { Err(ErrorCode::InvalidParameter.into()) }
}

/// RopFastTransferSourceCopyMessages. MS-OXCFXICS 3.2.5.8.1.3
pub(in crate::exec) fn fast_transfer_source_copy_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferSourceCopyMessagesRequest,
) -> Result<FastTransferSourceCopyMessagesResponse> {
    const BEST_BODY: u8 = 0x10;
    const SEND_ENTRY_ID: u8 = 0x20;
    /// Move, BestBody, SendEntryId, and bits that mean nothing. MS-OXCFXICS 2.2.3.1.1.3.1
    const KNOWN: u8 = 0x01 | BEST_BODY | SEND_ENTRY_ID | 0x0E;
    check(rq.copy_flags & !KNOWN == 0, rq.send_options)?;
    let (ids, folder) = cx.folder(handles.input)?;
    let mut messages = VecDeque::new();
    for id in &rq.message_ids {
        let id = own_counter(*id)?;
        let at = cx.txn.locate(ids.mailbox, id)?.filter(|at| at.folder == folder && !at.kind.is_deleted());
        guard::message(cx, ids, at.ok_or(ErrorCode::NotFound)?, id, guard::READ)?;
        messages.push_back(id);
    }
    let total = u16::try_from(messages.len()).unwrap_or(u16::MAX);
    let (best_body, identified) = (rq.copy_flags & BEST_BODY != 0, rq.copy_flags & SEND_ENTRY_ID != 0);
    let copy = MessageCopy { folder, messages, best_body, identified };
    let strings = Strings::new(rq.send_options, cx.caller.code_page);
    open_source(cx, ids, Source { total, ..Source::new(Job::Messages(copy), strings) })?;
    Ok(FastTransferSourceCopyMessagesResponse {})
}

/// RopFastTransferSourceCopyFolder. MS-OXCFXICS 3.2.5.8.1.4
pub(in crate::exec) fn fast_transfer_source_copy_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferSourceCopyFolderRequest,
) -> Result<FastTransferSourceCopyFolderResponse> {
    const COPY_SUBFOLDERS: u8 = 0x10;
    /// Move, CopySubfolders, and bits that mean nothing. MS-OXCFXICS 2.2.3.1.1.4.1
    const KNOWN: u8 = 0x01 | COPY_SUBFOLDERS | 0x0E;
    check(rq.copy_flags & !KNOWN == 0, rq.send_options)?;
    let (ids, folder) = cx.folder(handles.input)?;
    // A move takes what is below along. MS-OXCFXICS 2.2.3.1.1.4.1
    let subfolders = rq.copy_flags & (COPY_SUBFOLDERS | 0x01) != 0;
    let copy = FolderCopy::new(folder, Filter::AllBut(Vec::new()), true, subfolders, false);
    let strings = Strings::new(rq.send_options, cx.caller.code_page);
    open_source(cx, ids, Source::new(Job::Folder(copy), strings))?;
    Ok(FastTransferSourceCopyFolderResponse {})
}

/// RopFastTransferSourceCopyTo. MS-OXCFXICS 3.2.5.8.1.1
pub(in crate::exec) fn fast_transfer_source_copy_to(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferSourceCopyToRequest,
) -> Result<FastTransferSourceCopyToResponse> {
    const BEST_BODY: u32 = 0x2000;
    /// Move, BestBody, and bits that mean nothing. MS-OXCFXICS 2.2.3.1.1.1.1
    const KNOWN: u32 = 0x01 | BEST_BODY | 0x0E | 0x600;
    check(rq.copy_flags & !KNOWN == 0, rq.send_options)?;
    let filter = Filter::AllBut(without_subobjects(rq.property_tags, rq.level));
    source(cx, handles, filter, rq.send_options, rq.copy_flags & BEST_BODY != 0)?;
    Ok(FastTransferSourceCopyToResponse {})
}

/// Level says whether what lies in the object goes with it. MS-OXCFXICS 2.2.3.1.1.1.1
fn without_subobjects(mut excluded: Vec<PropertyTag>, level: u8) -> Vec<PropertyTag> {
    if level != 0 {
        excluded.extend([
            RECIPIENTS,
            ATTACHMENTS,
            PropertyTag::PidTagContainerContents,
            PropertyTag::PidTagFolderAssociatedContents,
            PropertyTag::PidTagContainerHierarchy,
            PropertyTag::PidTagAttachDataObject,
        ]);
    }
    excluded
}

/// RopFastTransferSourceCopyProperties. MS-OXCFXICS 3.2.5.8.1.2
pub(in crate::exec) fn fast_transfer_source_copy_properties(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferSourceCopyPropertiesRequest,
) -> Result<FastTransferSourceCopyPropertiesResponse> {
    /// Move, and bits that mean nothing. MS-OXCFXICS 2.2.3.1.1.2.1
    const KNOWN: u8 = 0x01 | 0x0E;
    check(rq.copy_flags & !KNOWN == 0, rq.send_options)?;
    let mut tags = rq.property_tags;
    let objects = without_subobjects(Vec::new(), rq.level);
    tags.retain(|tag| !objects.iter().any(|object| object.id() == tag.id()));
    source(cx, handles, Filter::Only(tags), rq.send_options, false)?;
    Ok(FastTransferSourceCopyPropertiesResponse {})
}

/// A download of the message, attachment or folder at an index.
fn source(cx: &mut Context<'_, '_>, handles: Handles, filter: Filter, options: u8, best_body: bool) -> Result<()> {
    let strings = Strings::new(options, cx.caller.code_page);
    let open = cx.open(handles.input)?;
    let ids = open.mailbox;
    let mut source = Source::new(Job::Nothing, strings);
    match &open.object {
        Object::Folder(folder) => {
            let subfolders = match &filter {
                Filter::AllBut(_) => true,
                Filter::Only(tags) => tags.iter().any(|tag| tag.property_type() == PropertyType::Object),
            };
            source.job = Job::Folder(FolderCopy::new(*folder, filter, false, subfolders, best_body));
        }
        Object::Message(object) => {
            let mut content = source.content(cx, ids);
            content.properties(&object.view(cx.txn, ids), &filter, best_body)?;
            content.children(&object.message, &filter)?;
        }
        Object::Attachment(object) => {
            source.content(cx, ids).attachment(object.number, &object.attachment, &filter)?;
        }
        _ => return Err(ErrorCode::NotSupported.into()),
    }
    open_source(cx, ids, source)
}
