//! May the caller do this? The one place that decides it, before every operation.
//!
//! The owner of a mailbox, and an administrator who asked for it, may do everything in it. Whoever else
//! is logged on is a visitor ([`MailboxIds::visitor`]), whom the permissions lists of the folders bind:
//! what is not named here is refused. The lists are asked with every operation, so that what is taken
//! away is gone at once, whatever is open. MS-OXCPERM 2.2.7, 3.2.4.1
//!
//! Where an operation is about several messages or folders, each is asked about when its turn comes
//! ([`may`], [`may_all`]); tables and downloads of folders leave out what a visitor may not see.

use super::logon::own_counter;
use super::message::Place;
use super::object::{Object, Open};
use super::table::Kind as TableKind;
use super::{Context, Result};
use crate::mapi::ErrorCode;
use crate::rop::{Handles, Request, table_flags};
use crate::store::{FolderKind, Location, MailboxIds, Rights, Special};

/// What is done to a message: who may do it to any, and who to his own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    any: Rights,
    own: Rights,
}

/// To read it.
pub(super) const READ: Act = Act { any: Rights::READ_ANY, own: Rights::ALL };
/// To change it, its read state too.
pub(super) const EDIT: Act = Act { any: Rights::EDIT_ANY, own: Rights::EDIT_OWNED };
/// To delete it, or to move it away.
pub(super) const DELETE: Act = Act { any: Rights::DELETE_ANY, own: Rights::DELETE_OWNED };

/// To mark it as read or unread: a change of the message, but in the public store, where that is each
/// reader's own.
pub(super) fn mark(ids: MailboxIds) -> Act {
    if ids.is_public() { READ } else { EDIT }
}

fn denied() -> super::Fault {
    ErrorCode::AccessDenied.into()
}

fn want(allowed: bool) -> Result<()> {
    if allowed { Ok(()) } else { Err(denied()) }
}

/// May the caller do this to a message in the store? What was deleted softly is for the folder's owners, as
/// its table is; what is not there, may.
pub(super) fn may(cx: &Context<'_, '_>, ids: MailboxIds, at: Location, id: u64, act: Act) -> Result<bool> {
    if ids.visitor.is_none() {
        return Ok(true);
    }
    let Some(head) = cx.txn.message_head(ids.mailbox, at.folder, at.kind, id)? else { return Ok(true) };
    let rights = cx.txn.rights(ids, at.folder)?;
    let sees = !at.kind.is_deleted() || rights.any(Rights::FOLDER_OWNER);
    Ok(sees && (rights.any(act.any) || rights.any(act.own) && cx.txn.is_own(ids, &head)?))
}

/// Refuses what the caller may not do to a message.
pub(super) fn message(cx: &Context<'_, '_>, ids: MailboxIds, at: Location, id: u64, act: Act) -> Result<()> {
    want(may(cx, ids, at, id, act)?)
}

/// Refuses the caller who has none of these rights in a folder.
pub(super) fn folder(cx: &Context<'_, '_>, ids: MailboxIds, folder: u64, rights: Rights) -> Result<()> {
    want(ids.visitor.is_none() || cx.txn.rights(ids, folder)?.any(rights))
}

/// Has the caller one of these rights in a folder and in all below it?
pub(super) fn may_all(cx: &Context<'_, '_>, ids: MailboxIds, top: u64, rights: Rights) -> Result<bool> {
    if ids.visitor.is_none() {
        return Ok(true);
    }
    for folder in cx.txn.subtree(ids.mailbox, top)?.into_iter().chain([top]) {
        if !cx.txn.rights(ids, folder)?.any(rights) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn all(cx: &Context<'_, '_>, ids: MailboxIds, top: u64, rights: Rights) -> Result<()> {
    want(may_all(cx, ids, top, rights)?)
}

/// What an object is, or is part of.
enum Subject {
    Mailbox,
    Folder(u64),
    /// A message that is not saved yet.
    New(u64),
    Message(Location, u64),
    /// Nothing that lists have to do with.
    Nothing,
}

fn subject(cx: &Context<'_, '_>, open: &Open) -> Subject {
    let mut open = open;
    loop {
        let parent = match &open.object {
            Object::Logon(_) => return Subject::Mailbox,
            Object::Folder(folder) | Object::DeletedFolder(folder) => return Subject::Folder(*folder),
            Object::Message(message) => match message.place {
                Place::New { folder, .. } => return Subject::New(folder),
                Place::Stored { at, id } => return Subject::Message(at, id),
                Place::Embedded => open.parent,
            },
            Object::Table(table) => match table.kind {
                TableKind::Contents { folder, .. }
                | TableKind::Hierarchy { folder, .. }
                | TableKind::Permissions { folder, .. } => return Subject::Folder(folder),
                TableKind::Attachments { message } => Some(message),
            },
            Object::Transfer(transfer) => match transfer.folder() {
                Some(folder) => return Subject::Folder(folder),
                None => open.parent,
            },
            Object::Attachment(_) | Object::Stream(_) => open.parent,
            Object::Subscription(_) => None,
        };
        match parent.and_then(|parent| cx.objects.parent(parent)) {
            Some(next) => open = next,
            None => return Subject::Nothing,
        }
    }
}

/// Refuses to read an object. What a visitor may not see of a folder, its views leave out.
fn reads(cx: &Context<'_, '_>, open: &Open) -> Result<()> {
    let ids = open.mailbox;
    match subject(cx, open) {
        Subject::Folder(at) => match &open.object {
            Object::Table(table) => match table.kind {
                TableKind::Contents { .. } => folder(cx, ids, at, Rights::READ_ANY),
                TableKind::Permissions { .. } => folder(cx, ids, at, Rights::FOLDER_VISIBLE.and(Rights::FOLDER_OWNER)),
                TableKind::Hierarchy { .. } | TableKind::Attachments { .. } => Ok(()),
            },
            Object::Transfer(transfer) if transfer.reads_messages() => folder(cx, ids, at, Rights::READ_ANY),
            _ => Ok(()),
        },
        Subject::Message(at, id) => message(cx, ids, at, id, READ),
        Subject::Mailbox | Subject::New(_) | Subject::Nothing => Ok(()),
    }
}

/// Refuses to change an object.
fn edits(cx: &Context<'_, '_>, open: &Open) -> Result<()> {
    let ids = open.mailbox;
    match subject(cx, open) {
        // What comes with an upload is asked about when its turn comes.
        Subject::Folder(_) if matches!(open.object, Object::Transfer(_)) => Ok(()),
        Subject::Folder(at) => folder(cx, ids, at, Rights::FOLDER_OWNER),
        Subject::New(at) => folder(cx, ids, at, Rights::CREATE),
        Subject::Message(at, id) => message(cx, ids, at, id, EDIT),
        Subject::Mailbox | Subject::Nothing => Err(denied()),
    }
}

/// Refuses operations on folders as wholes, where the object is one.
fn is_no_folder(open: &Open) -> Result<()> {
    want(!matches!(open.object, Object::Folder(_) | Object::DeletedFolder(_) | Object::Logon(_)))
}

/// Refuses what the caller may not do. What is wrong with the request otherwise, its handler says.
pub(super) fn check(cx: &Context<'_, '_>, handles: Handles, request: &Request) -> Result<()> {
    let open_at = |index: u8| cx.handle(index).ok().and_then(|handle| cx.objects.get(handle));
    if let Some(destination) = open_at(handles.other).filter(|open| open.mailbox.visitor.is_some()) {
        into(cx, destination, request)?;
    }
    match open_at(handles.input).filter(|open| open.mailbox.visitor.is_some()) {
        // A logon takes the number of another one, and is decided on where it is made.
        Some(_) if matches!(request, Request::Logon(_)) => Ok(()),
        Some(open) => on(cx, open, request),
        None => Ok(()),
    }
}

/// What is put into a visited mailbox by an operation that names a destination.
fn into(cx: &Context<'_, '_>, destination: &Open, request: &Request) -> Result<()> {
    let at = match subject(cx, destination) {
        Subject::Folder(at) => at,
        _ => 0,
    };
    let ids = destination.mailbox;
    match request {
        Request::MoveCopyMessages(_) => folder(cx, ids, at, Rights::CREATE),
        Request::MoveFolder(_) | Request::CopyFolder(_) => folder(cx, ids, at, Rights::CREATE_SUBFOLDER),
        Request::CopyTo(_) | Request::CopyProperties(_) => {
            is_no_folder(destination)?;
            edits(cx, destination)
        }
        Request::CopyToStream(_) => edits(cx, destination),
        // The index is that of what is made, or of the response.
        _ => Ok(()),
    }
}

/// What is done to an object of a visited mailbox.
fn on(cx: &Context<'_, '_>, open: &Open, request: &Request) -> Result<()> {
    let ids = open.mailbox;
    let at = match subject(cx, open) {
        Subject::Folder(at) => at,
        _ => 0,
    };
    match request {
        Request::Release(_)
        | Request::GetStatus(_)
        | Request::Abort(_)
        | Request::Progress(_)
        | Request::LongTermIdFromId(_)
        | Request::GetStoreState(_)
        | Request::GetOwningServers(_)
        | Request::PublicFolderIsGhosted(_)
        | Request::TellVersion(_)
        | Request::GetReceiveFolder(_)
        | Request::GetAddressTypes(_)
        | Request::GetNamesFromPropertyIds(_)
        | Request::OptionsData(_)
        | Request::GetPermissionsTable(_)
        | Request::RegisterNotification(_)
        | Request::SynchronizationOpenCollector(_)
        | Request::SynchronizationGetTransferState(_)
        | Request::SynchronizationUploadStateStreamBegin(_)
        | Request::SynchronizationUploadStateStreamContinue(_)
        | Request::SynchronizationUploadStateStreamEnd(_)
        | Request::SynchronizationImportMessageChange(_)
        | Request::SynchronizationImportHierarchyChange(_)
        | Request::SynchronizationImportDeletes(_)
        | Request::SynchronizationImportMessageMove(_)
        | Request::SynchronizationImportReadStateChanges(_)
        | Request::SetLocalReplicaMidsetDeleted(_)
        // Each message is asked about when its turn comes.
        | Request::OpenMessage(_)
        | Request::DeleteMessages(_)
        | Request::HardDeleteMessages(_)
        | Request::MoveCopyMessages(_)
        | Request::SetReadFlags(_)
        | Request::GetMessageStatus(_)
        | Request::SetMessageStatus(_)
        | Request::FastTransferSourceCopyMessages(_) => Ok(()),
        Request::CreateMessage(rq) => folder(cx, ids, own_counter(rq.folder_id)?, Rights::CREATE),
        Request::GetPropertyIdsFromNames(_) | Request::GetLocalReplicaIds(_) => writes_somewhere(cx, ids),
        Request::IdFromLongTermId(rq) => {
            let guid = rq.long_term_id.database_guid;
            if guid == ids.repl_guid || guid.is_nil() { Ok(()) } else { writes_somewhere(cx, ids) }
        }
        Request::ModifyPermissions(_) => folder(cx, ids, at, Rights::FOLDER_OWNER),
        // The user's own.
        Request::ReadPerUserInformation(_) | Request::WritePerUserInformation(_) if ids.is_public() => Ok(()),
        Request::SetMessageReadFlag(_) if ids.is_public() => reads(cx, open),
        _ if on_folder(cx, ids, at, request)? => Ok(()),
        _ => on_object(cx, open, request),
    }
}

/// Identifiers are for those who write.
fn writes_somewhere(cx: &Context<'_, '_>, ids: MailboxIds) -> Result<()> {
    let Some(user) = ids.visitor else { return Ok(()) };
    want(cx.txn.has_rights_in(ids.mailbox, user, Rights::CHANGES)?)
}

/// Operations on the folder `at` or, from it, on another; false if it is none of these.
fn on_folder(cx: &Context<'_, '_>, ids: MailboxIds, at: u64, request: &Request) -> Result<bool> {
    const CONTENTS: u8 = 1;
    match request {
        Request::OpenFolder(rq) => opens(cx, ids, own_counter(rq.folder_id)?)?,
        Request::GetHierarchyTable(rq) if rq.table_flags & table_flags::SOFT_DELETES == 0 => {}
        Request::GetContentsTable(rq) if rq.table_flags & table_flags::SOFT_DELETES == 0 => lists(cx, ids, at)?,
        Request::GetHierarchyTable(_) | Request::GetContentsTable(_) => folder(cx, ids, at, Rights::FOLDER_OWNER)?,
        Request::GetSearchCriteria(_) => folder(cx, ids, at, Rights::SEES)?,
        Request::SynchronizationConfigure(rq) if rq.synchronization_type == CONTENTS => lists(cx, ids, at)?,
        Request::SynchronizationConfigure(_) => {}
        Request::CreateFolder(_) => folder(cx, ids, at, Rights::CREATE_SUBFOLDER)?,
        Request::DeleteFolder(rq) => {
            let folder = own_counter(rq.folder_id)?;
            sees(cx, ids, folder)?;
            all(cx, ids, folder, Rights::FOLDER_OWNER)?;
        }
        Request::MoveFolder(rq) => all(cx, ids, own_counter(rq.folder_id)?, Rights::FOLDER_OWNER)?,
        Request::CopyFolder(rq) => all(cx, ids, own_counter(rq.folder_id)?, Rights::READ_ANY)?,
        Request::EmptyFolder(_) | Request::HardDeleteMessagesAndSubfolders(_) => {
            folder(cx, ids, at, Rights::DELETE_ANY)?;
            for below in cx.txn.subfolders(ids.mailbox, at)? {
                all(cx, ids, below, Rights::FOLDER_OWNER)?;
            }
        }
        Request::FastTransferSourceCopyFolder(_) => all(cx, ids, at, Rights::READ_ANY)?,
        Request::FastTransferDestinationConfigure(_) if at != 0 => folder(cx, ids, at, Rights::CHANGES)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Refuses to list what is in a folder. What a search folder shows lies in others, which have lists of their
/// own: it is its owner's alone.
fn lists(cx: &Context<'_, '_>, ids: MailboxIds, at: u64) -> Result<()> {
    folder(cx, ids, at, Rights::READ_ANY)?;
    let is_search = cx.txn.folder(ids.mailbox, at)?.is_some_and(|record| record.kind == FolderKind::Search);
    want(!is_search)
}

/// A folder that a visitor may not see is not there. MS-OXCFOLD 3.2.5.1, 3.2.5.3
fn sees(cx: &Context<'_, '_>, ids: MailboxIds, at: u64) -> Result<()> {
    folder(cx, ids, at, Rights::SEES).map_err(|_| ErrorCode::NotFound.into())
}

/// The root, the top of the tree and the Inbox tell visitors where the folders are that are open to them.
fn opens(cx: &Context<'_, '_>, ids: MailboxIds, at: u64) -> Result<()> {
    let leads = [Special::Root, Special::IpmSubtree, Special::Inbox].iter().any(|special| special.counter() == at);
    if leads { Ok(()) } else { sees(cx, ids, at) }
}

/// Operations that read what the object is.
fn is_reading(request: &Request) -> bool {
    matches!(
        request,
        Request::GetPropertiesSpecific(_)
            | Request::GetPropertiesAll(_)
            | Request::GetPropertiesList(_)
            | Request::QueryNamedProperties(_)
            | Request::ReadRecipients(_)
            | Request::ReloadCachedInformation(_)
            | Request::SetColumns(_)
            | Request::SortTable(_)
            | Request::Restrict(_)
            | Request::QueryRows(_)
            | Request::QueryPosition(_)
            | Request::SeekRow(_)
            | Request::SeekRowBookmark(_)
            | Request::SeekRowFractional(_)
            | Request::CreateBookmark(_)
            | Request::FreeBookmark(_)
            | Request::FindRow(_)
            | Request::ResetTable(_)
            | Request::QueryColumnsAll(_)
            | Request::ExpandRow(_)
            | Request::CollapseRow(_)
            | Request::GetCollapseState(_)
            | Request::SetCollapseState(_)
            | Request::GetAttachmentTable(_)
            | Request::GetValidAttachments(_)
            | Request::OpenAttachment(_)
            | Request::OpenEmbeddedMessage(_)
            | Request::ReadStream(_)
            | Request::SeekStream(_)
            | Request::GetStreamSize(_)
            | Request::CloneStream(_)
            | Request::CopyToStream(_)
            | Request::LockRegionStream(_)
            | Request::UnlockRegionStream(_)
            | Request::FastTransferSourceGetBuffer(_)
    )
}

/// Operations that read or change what the object is.
fn on_object(cx: &Context<'_, '_>, open: &Open, request: &Request) -> Result<()> {
    const MODE: u8 = 0x03;
    match request {
        _ if is_reading(request) => reads(cx, open),
        Request::OpenStream(rq) if rq.open_mode_flags & MODE == 0 => reads(cx, open),
        // Messages and attachments know whether they were opened to be written.
        Request::OpenStream(_) if is_no_folder(open).is_ok() => reads(cx, open),
        Request::OpenStream(_)
        | Request::WriteStream(_)
        | Request::WriteStreamExtended(_)
        | Request::WriteAndCommitStream(_)
        | Request::SetStreamSize(_)
        | Request::CommitStream(_)
        | Request::SetProperties(_)
        | Request::SetPropertiesNoReplicate(_)
        | Request::DeleteProperties(_)
        | Request::DeletePropertiesNoReplicate(_)
        | Request::ModifyRecipients(_)
        | Request::RemoveAllRecipients(_)
        | Request::CreateAttachment(_)
        | Request::DeleteAttachment(_)
        | Request::SaveChangesAttachment(_)
        | Request::SaveChangesMessage(_)
        | Request::SetMessageReadFlag(_)
        | Request::FastTransferDestinationConfigure(_)
        | Request::FastTransferDestinationPutBuffer(_)
        | Request::FastTransferDestinationPutBufferExtended(_) => edits(cx, open),
        Request::CopyTo(_) | Request::CopyProperties(_) => {
            const MOVE: u8 = 0x01;
            is_no_folder(open)?;
            let moves = match request {
                Request::CopyTo(rq) => rq.copy_flags & MOVE != 0,
                Request::CopyProperties(rq) => rq.copy_flags & MOVE != 0,
                _ => false,
            };
            if moves { edits(cx, open) } else { reads(cx, open) }
        }
        Request::FastTransferSourceCopyTo(_) | Request::FastTransferSourceCopyProperties(_) => match &open.object {
            Object::Folder(top) => all(cx, open.mailbox, *top, Rights::READ_ANY),
            _ => reads(cx, open),
        },
        _ => Err(denied()),
    }
}
