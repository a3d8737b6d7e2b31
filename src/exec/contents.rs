//! Messages of a folder: delete, move, copy, empty. MS-OXCFOLD 3.2.5.5 to 3.2.5.12

use super::folder::any_destination;
use super::logon::own_counter;
use super::{Context, Result};
use crate::deliver::{self, Stored};
use crate::mapi::{ErrorCode, ObjectId};
use crate::rop::{
    DeleteMessagesRequest, DeleteMessagesResponse, EmptyFolderRequest, EmptyFolderResponse, Handles,
    HardDeleteMessagesAndSubfoldersRequest, HardDeleteMessagesAndSubfoldersResponse, HardDeleteMessagesRequest,
    HardDeleteMessagesResponse, MoveCopyMessagesRequest, MoveCopyMessagesResponse,
};
use crate::store::{DeleteDepth, FolderKind, Kind, Location, Special};

/// Where a message of the folder is, or one that the search folder shows; `None` if it is not there.
fn find(cx: &Context<'_, '_>, mailbox: u32, folder: u64, id: ObjectId) -> Result<Option<(Location, u64)>> {
    let Ok(id) = own_counter(id) else { return Ok(None) };
    Ok(cx.txn.find_in(mailbox, folder, id)?.map(|at| (at, id)))
}

/// Deletes messages one by one; true if one of them was not there.
fn delete(cx: &mut Context<'_, '_>, index: u8, list: &[ObjectId], hard: bool) -> Result<bool> {
    let (ids, folder, _) = cx.any_folder(index)?;
    let mut partial = false;
    for id in list {
        let done = match find(cx, ids.mailbox, folder, *id)? {
            Some((at, id)) if hard => cx.txn.delete_message(ids.mailbox, at.folder, at.kind, id, cx.now)?,
            // What another client has deleted already is not deleted for good by mistake.
            Some((at, _)) if at.kind.is_deleted() => false,
            Some((at, id)) => cx.txn.soft_delete_message(ids.mailbox, at.folder, at.kind, id, cx.now)?,
            None => false,
        };
        partial |= !done;
    }
    Ok(partial)
}

/// RopDeleteMessages: softly
pub(super) fn delete_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: DeleteMessagesRequest,
) -> Result<DeleteMessagesResponse> {
    let partial_completion = delete(cx, handles.input, &rq.message_ids, false)?;
    Ok(DeleteMessagesResponse { partial_completion })
}

/// RopHardDeleteMessages
pub(super) fn hard_delete_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: HardDeleteMessagesRequest,
) -> Result<HardDeleteMessagesResponse> {
    let partial_completion = delete(cx, handles.input, &rq.message_ids, true)?;
    Ok(HardDeleteMessagesResponse { partial_completion })
}

/// RopMoveCopyMessages. What was deleted softly comes back with it.
pub(super) fn move_copy_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: MoveCopyMessagesRequest,
) -> Result<MoveCopyMessagesResponse> {
    let (ids, folder, _) = cx.any_folder(handles.input)?;
    let (there, target) = any_destination(cx, handles)?;
    let record = cx.txn.folder(there.mailbox, target)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind == FolderKind::Search {
        return Err(ErrorCode::SearchFolder.into());
    }
    let mut partial_completion = false;
    for id in &rq.message_ids {
        let Some((at, id)) = find(cx, ids.mailbox, folder, *id)? else {
            partial_completion = true;
            continue;
        };
        // What is moved out of the deleted items of a folder is restored.
        let to = Location { folder: target, kind: Kind::new(at.kind.is_associated(), false) };
        let new_id = if there.mailbox != ids.mailbox {
            carry(cx, Stored { mailbox: ids.mailbox, at, id }, (there.mailbox, to), !rq.want_copy)?
        } else if rq.want_copy {
            cx.txn.copy_message(ids.mailbox, at, id, to, cx.now)?
        } else {
            cx.txn.move_message(ids.mailbox, at, id, to, cx.now)?
        };
        partial_completion |= new_id.is_none();
    }
    Ok(MoveCopyMessagesResponse { partial_completion })
}

/// Copies or moves a message into a folder of another mailbox that is open in the session.
fn carry(cx: &mut Context<'_, '_>, from: Stored, (mailbox, at): (u32, Location), moves: bool) -> Result<Option<u64>> {
    let mut owner = cx.txn.mailbox(mailbox)?;
    let id = cx.txn.take_message_id(mailbox, &mut owner, at.folder)?;
    cx.txn.put_mailbox(mailbox, &owner)?;
    let carried = deliver::carry(cx.txn, &from, &Stored { mailbox, at, id }, cx.now, &mut |_| {})?;
    if moves && carried.is_some() {
        cx.txn.delete_message(from.mailbox, from.at.folder, from.at.kind, from.id, cx.now)?;
    }
    Ok(carried.map(|_| id))
}

/// Takes everything out of a folder; true if something had to stay.
fn empty(cx: &mut Context<'_, '_>, index: u8, associated: bool, hard: bool) -> Result<bool> {
    let (ids, folder) = cx.folder(index)?;
    let record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind != FolderKind::Generic {
        return Err(ErrorCode::NotSupported.into());
    }
    let mut partial = false;
    for below in cx.txn.subfolders(ids.mailbox, folder)? {
        let all = DeleteDepth { messages: true, folders: true };
        partial |= Special::is_special(below)
            || !if hard {
                cx.txn.delete_folder(ids.mailbox, below, all, cx.now)?
            } else {
                cx.txn.soft_delete_folder(ids.mailbox, below, all, cx.now)?
            };
    }
    let mut kinds = vec![Kind::Normal];
    if associated {
        kinds.push(Kind::Associated);
    }
    for kind in kinds {
        for id in cx.txn.message_ids(ids.mailbox, folder, kind)? {
            if hard {
                cx.txn.delete_message(ids.mailbox, folder, kind, id, cx.now)?;
            } else {
                cx.txn.soft_delete_message(ids.mailbox, folder, kind, id, cx.now)?;
            }
        }
    }
    Ok(partial)
}

/// RopEmptyFolder
pub(super) fn empty_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: EmptyFolderRequest,
) -> Result<EmptyFolderResponse> {
    let partial_completion = empty(cx, handles.input, rq.want_delete_associated, false)?;
    Ok(EmptyFolderResponse { partial_completion })
}

/// RopHardDeleteMessagesAndSubfolders
pub(super) fn hard_delete_messages_and_subfolders(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: HardDeleteMessagesAndSubfoldersRequest,
) -> Result<HardDeleteMessagesAndSubfoldersResponse> {
    let partial_completion = empty(cx, handles.input, rq.want_delete_associated, true)?;
    Ok(HardDeleteMessagesAndSubfoldersResponse { partial_completion })
}
