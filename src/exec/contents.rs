//! Messages of a folder: delete, move, copy, empty. MS-OXCFOLD 3.2.5.5 to 3.2.5.12. How it is done:
//! `progress.rs`.

use super::folder::any_destination;
use super::logon::own_counter;
use super::progress::{Deed, Emptying, Job, Task, run};
use super::{Context, Result};
use crate::mapi::{ErrorCode, ObjectId};
use crate::rop::{
    DeleteMessagesRequest, DeleteMessagesResponse, EmptyFolderRequest, EmptyFolderResponse, Handles,
    HardDeleteMessagesAndSubfoldersRequest, HardDeleteMessagesAndSubfoldersResponse, HardDeleteMessagesRequest,
    HardDeleteMessagesResponse, MoveCopyMessagesRequest, MoveCopyMessagesResponse,
};
use crate::store::{FolderKind, IndexOrder, Kind, List};

/// Does something to the messages named; whether one of them was not there.
fn each(cx: &mut Context<'_, '_>, index: u8, list: &[ObjectId], deed: Deed, want_asynchronous: bool) -> Result<bool> {
    let (ids, folder, _) = cx.any_folder(index)?;
    // 0 is no message: what cannot be one is not there.
    let left = list.iter().rev().map(|id| own_counter(*id).unwrap_or(0)).collect();
    let total = u32::try_from(list.len()).unwrap_or(u32::MAX);
    let job = Job::new(cx, ids, total, Task::Messages { folder, left, deed });
    run(cx, job, want_asynchronous)
}

/// RopDeleteMessages: softly
pub(super) fn delete_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: DeleteMessagesRequest,
) -> Result<DeleteMessagesResponse> {
    let deed = Deed::Delete { hard: false, notify: rq.notify_non_read };
    let partial_completion = each(cx, handles.input, &rq.message_ids, deed, rq.want_asynchronous)?;
    Ok(DeleteMessagesResponse { partial_completion })
}

/// RopHardDeleteMessages
pub(super) fn hard_delete_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: HardDeleteMessagesRequest,
) -> Result<HardDeleteMessagesResponse> {
    let deed = Deed::Delete { hard: true, notify: rq.notify_non_read };
    let partial_completion = each(cx, handles.input, &rq.message_ids, deed, rq.want_asynchronous)?;
    Ok(HardDeleteMessagesResponse { partial_completion })
}

/// RopMoveCopyMessages. What was deleted softly comes back with it.
pub(super) fn move_copy_messages(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: MoveCopyMessagesRequest,
) -> Result<MoveCopyMessagesResponse> {
    let (there, target) = any_destination(cx, handles)?;
    let record = cx.txn.folder(there.mailbox, target)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind == FolderKind::Search {
        return Err(ErrorCode::SearchFolder.into());
    }
    let mailbox = there.mailbox;
    let deed = if rq.want_copy { Deed::Copy { mailbox, target } } else { Deed::Move { mailbox, target } };
    let partial_completion = each(cx, handles.input, &rq.message_ids, deed, rq.want_asynchronous)?;
    Ok(MoveCopyMessagesResponse { partial_completion })
}

/// Takes everything out of a folder; true if something had to stay.
fn empty(cx: &mut Context<'_, '_>, index: u8, associated: bool, hard: bool, want_asynchronous: bool) -> Result<bool> {
    let (ids, folder) = cx.folder(index)?;
    let record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind != FolderKind::Generic {
        return Err(ErrorCode::NotSupported.into());
    }
    let mut lists = vec![Kind::Normal];
    let mut total = record.subfolder_count.saturating_add(record.content_count);
    if associated {
        lists.insert(0, Kind::Associated);
        total = total.saturating_add(record.associated_content_count);
    }
    let mut until = 0;
    for kind in lists.iter().copied() {
        let list = List { mailbox: ids.mailbox, folder, kind };
        let last = cx.txn.index_rows(list, IndexOrder::Id, None, false, 1)?.first().map_or(0, |(_, id)| *id);
        until = until.max(last);
    }
    let emptying = Emptying { folder, hard, below: 0, lists, after: 0, until };
    let job = Job::new(cx, ids, total, Task::Empty(emptying));
    run(cx, job, want_asynchronous)
}

/// RopEmptyFolder
pub(super) fn empty_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: EmptyFolderRequest,
) -> Result<EmptyFolderResponse> {
    let partial_completion = empty(cx, handles.input, rq.want_delete_associated, false, rq.want_asynchronous)?;
    Ok(EmptyFolderResponse { partial_completion })
}

/// RopHardDeleteMessagesAndSubfolders
pub(super) fn hard_delete_messages_and_subfolders(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: HardDeleteMessagesAndSubfoldersRequest,
) -> Result<HardDeleteMessagesAndSubfoldersResponse> {
    let partial_completion = empty(cx, handles.input, rq.want_delete_associated, true, rq.want_asynchronous)?;
    Ok(HardDeleteMessagesAndSubfoldersResponse { partial_completion })
}
