//! Folders: open, create, delete, move; hierarchy and contents tables. MS-OXCFOLD 3.2.5

use super::logon::own_counter;
use super::object::Object;
use super::property::text_of;
use super::table::TableObject;
use super::{Context, Result, permission};
use crate::limits;
use crate::mapi::{ErrorCode, ObjectId, Text};
use crate::rop::{
    CreateFolderRequest, CreateFolderResponse, DeleteFolderRequest, DeleteFolderResponse, GetContentsTableRequest,
    GetContentsTableResponse, GetHierarchyTableRequest, GetHierarchyTableResponse, Handles, MoveFolderRequest,
    MoveFolderResponse, OpenFolderRequest, OpenFolderResponse, table_flags,
};
use crate::store::{
    DeleteDepth, Folder, FolderKind, Kind, MailboxIds, NewFolder, Special, StoreError, deleted_hierarchy, hierarchy,
};

/// RopOpenFolder
pub(super) fn open_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: OpenFolderRequest,
) -> Result<OpenFolderResponse> {
    const OPEN_SOFT_DELETED: u8 = 0x04;
    let open = cx.open(handles.input)?;
    if !matches!(open.object, Object::Logon(_) | Object::Folder(_) | Object::DeletedFolder(_)) {
        return Err(ErrorCode::NotSupported.into());
    }
    let ids = open.mailbox;
    let folder = own_counter(rq.folder_id)?;
    let record = cx.txn.any_folder(ids.mailbox, folder)?.ok_or(ErrorCode::NotFound)?;
    let object = match record.deleted_on {
        None => Object::Folder(folder),
        Some(_) if rq.open_mode_flags & OPEN_SOFT_DELETED != 0 => Object::DeletedFolder(folder),
        Some(_) => return Err(ErrorCode::NotFound.into()),
    };
    cx.create(ids, None, object)?;
    Ok(OpenFolderResponse { has_rules: false, ghosted: None })
}

/// A folder name that the hierarchy can show. MS-OXCFOLD 2.2.1.2.1
pub(super) fn folder_name(text: &str) -> Result<&str> {
    let length = text.chars().count();
    if length == 0 || length > limits::FOLDER_NAME_MAX_CHARS || text.chars().any(char::is_control) {
        return Err(ErrorCode::InvalidParameter.into());
    }
    Ok(text)
}

fn text(cx: &Context<'_, '_>, text: Text) -> String {
    text_of(text, cx.caller.code_page)
}

/// RopCreateFolder
pub(super) fn create_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: CreateFolderRequest,
) -> Result<CreateFolderResponse> {
    let (ids, parent) = cx.folder(handles.input)?;
    let kind = match rq.folder_type {
        1 => FolderKind::Generic,
        2 => FolderKind::Search,
        _ => return Err(ErrorCode::InvalidParameter.into()),
    };
    let name = text(cx, rq.display_name);
    let comment = text(cx, rq.comment);
    let name = folder_name(&name)?;
    let record = cx.txn.folder(ids.mailbox, parent)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind == FolderKind::Search {
        return Err(ErrorCode::NotSupported.into());
    }
    if cx.txn.folder_depth(ids.mailbox, parent)? >= limits::FOLDER_DEPTH_MAX {
        return Err(ErrorCode::TooComplex.into());
    }
    let folder = match cx.txn.subfolder_named(ids.mailbox, parent, name)? {
        Some(existing) if rq.open_existing => existing,
        Some(_) => return Err(ErrorCode::CollidingNames.into()),
        None => {
            let new = NewFolder { name, comment: &comment, kind };
            let folder = cx.txn.create_folder(ids.mailbox, parent, &new, cx.now)?;
            permission::own(cx, ids, folder)?;
            folder
        }
    };
    cx.create(ids, None, Object::Folder(folder))?;
    // IsExistingFolder is always zero in a private mailbox. MS-OXCFOLD 2.2.1.2.2
    Ok(CreateFolderResponse { folder_id: ObjectId::own(folder), existing: None })
}

/// RopDeleteFolder: softly, unless DELETE_HARD_DELETE says for good.
pub(super) fn delete_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: DeleteFolderRequest,
) -> Result<DeleteFolderResponse> {
    const DEL_MESSAGES: u8 = 0x01;
    const DEL_FOLDERS: u8 = 0x04;
    const HARD_DELETE: u8 = 0x10;
    if rq.delete_folder_flags & !(DEL_MESSAGES | DEL_FOLDERS | HARD_DELETE) != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let (ids, parent, _) = cx.any_folder(handles.input)?;
    let folder = own_counter(rq.folder_id)?;
    let hard = rq.delete_folder_flags & HARD_DELETE != 0;
    let record = cx.txn.any_folder(ids.mailbox, folder)?.ok_or(ErrorCode::NotFound)?;
    if record.deleted_on.is_some() && !hard {
        return Err(ErrorCode::NotFound.into());
    }
    if record.kind == FolderKind::Root {
        return Err(ErrorCode::NotSupported.into());
    }
    if Special::is_special(folder) {
        return Err(ErrorCode::AccessDenied.into());
    }
    if record.parent != parent {
        return Err(ErrorCode::NotFound.into());
    }
    let depth = DeleteDepth {
        messages: rq.delete_folder_flags & DEL_MESSAGES != 0,
        folders: rq.delete_folder_flags & DEL_FOLDERS != 0,
    };
    let done = match (hard, record.deleted_on) {
        // All that it held is deleted already.
        (_, Some(_)) => cx.txn.purge_folder(ids.mailbox, folder, cx.now).map(|()| true)?,
        (true, None) => cx.txn.delete_folder(ids.mailbox, folder, depth, cx.now)?,
        (false, None) => cx.txn.soft_delete_folder(ids.mailbox, folder, depth, cx.now)?,
    };
    Ok(DeleteFolderResponse { partial_completion: !done })
}

/// The folder at DestHandleIndex, in the same mailbox.
pub(super) fn destination(cx: &Context<'_, '_>, handles: Handles, ids: MailboxIds) -> Result<u64> {
    match any_destination(cx, handles)? {
        (there, folder) if there.mailbox == ids.mailbox => Ok(folder),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// The folder at DestHandleIndex, in whatever mailbox the session has opened it.
pub(super) fn any_destination(cx: &Context<'_, '_>, handles: Handles) -> Result<(MailboxIds, u64)> {
    let null = || {
        let mut failure = crate::rop::Failure::from(ErrorCode::NullDestinationObject);
        failure.dest_handle_index = Some(handles.other.into());
        super::Fault::Failure(Box::new(failure))
    };
    let handle = cx.handle(handles.other).map_err(|_| null())?;
    let open = cx.objects.get(handle).ok_or_else(null)?;
    match open.object {
        Object::Folder(folder) => Ok((open.mailbox, folder)),
        Object::DeletedFolder(_) => Err(ErrorCode::NotFound.into()),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// The same, for a folder: there is none below a search folder.
pub(super) fn new_parent(cx: &Context<'_, '_>, handles: Handles, ids: MailboxIds) -> Result<u64> {
    let target = destination(cx, handles, ids)?;
    match cx.txn.folder(ids.mailbox, target)? {
        Some(record) if record.kind == FolderKind::Search => Err(ErrorCode::NotSupported.into()),
        _ => Ok(target),
    }
}

/// RopMoveFolder. A softly deleted folder comes back with it.
pub(super) fn move_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: MoveFolderRequest,
) -> Result<MoveFolderResponse> {
    let (ids, parent, _) = cx.any_folder(handles.input)?;
    let target = new_parent(cx, handles, ids)?;
    let folder = own_counter(rq.folder_id)?;
    let name = text(cx, rq.new_folder_name);
    let record = cx.txn.any_folder(ids.mailbox, folder)?.ok_or(ErrorCode::NotFound)?;
    if record.parent != parent {
        return Err(ErrorCode::NotFound.into());
    }
    if Special::is_special(folder) {
        return Err(ErrorCode::AccessDenied.into());
    }
    if target == folder || cx.txn.ancestors(ids.mailbox, target)?.contains(&folder) {
        return Err(ErrorCode::FolderCycle.into());
    }
    let name = if name.is_empty() { record.name().to_owned() } else { name };
    let name = folder_name(&name)?;
    match record.deleted_on {
        None => cx.txn.place_folder(ids.mailbox, folder, target, name, cx.now)?,
        Some(_) => cx.txn.restore_folder(ids.mailbox, folder, target, name, cx.now)?,
    }
    Ok(MoveFolderResponse { partial_completion: false })
}

/// Gives a folder a new name.
pub(super) fn rename(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    folder: u64,
    name: &str,
) -> std::result::Result<(), ErrorCode> {
    let failed = |_| ErrorCode::GeneralFailure;
    let record = cx.txn.folder(ids.mailbox, folder).map_err(failed)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind == FolderKind::Root {
        return Err(ErrorCode::AccessDenied);
    }
    let name = folder_name(name).map_err(|_| ErrorCode::InvalidParameter)?;
    cx.txn.place_folder(ids.mailbox, folder, record.parent, name, cx.now).map_err(|e| match e {
        StoreError::Exists => ErrorCode::CollidingNames,
        e => super::log_store("rename", &e),
    })
}

fn count32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The folder whose table is wanted. All that a softly deleted folder has is deleted too.
fn shown_folder(cx: &Context<'_, '_>, index: u8, deleted: bool) -> Result<(MailboxIds, u64, Folder)> {
    let (ids, folder, record) = cx.any_folder(index)?;
    if record.deleted_on.is_some() && !deleted {
        return Err(ErrorCode::NotFound.into());
    }
    Ok((ids, folder, record))
}

/// RopGetHierarchyTable
pub(super) fn get_hierarchy_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetHierarchyTableRequest,
) -> Result<GetHierarchyTableResponse> {
    const KNOWN: u8 = table_flags::DEPTH
        | table_flags::DEFERRED_ERRORS
        | table_flags::NO_NOTIFICATIONS
        | table_flags::SOFT_DELETES
        | table_flags::USE_UNICODE
        | table_flags::CONVERSATION_MEMBERS;
    if rq.table_flags & !KNOWN != 0 {
        return Err(ErrorCode::NotSupported.into());
    }
    let deep = rq.table_flags & table_flags::DEPTH != 0;
    let deleted = rq.table_flags & table_flags::SOFT_DELETES != 0;
    let (ids, folder, record) = shown_folder(cx, handles.input, deleted)?;
    let row_count = match (deleted, deep) {
        (true, false) => record.deleted_folder_count,
        (true, true) => count32(deleted_hierarchy(cx.txn, ids, folder, true, None)?.len()),
        (false, false) if ids.visitor.is_none() => record.subfolder_count,
        (false, false) => count32(hierarchy(cx.txn, ids, folder, false, None)?.len()),
        (false, true) => count32(hierarchy(cx.txn, ids, folder, true, None)?.len()),
    };
    cx.create(
        ids,
        None,
        Object::Table(Box::new(TableObject::hierarchy(folder, deep, deleted).announcing(rq.table_flags))),
    )?;
    Ok(GetHierarchyTableResponse { row_count })
}

/// RopGetContentsTable
pub(super) fn get_contents_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetContentsTableRequest,
) -> Result<GetContentsTableResponse> {
    const KNOWN: u8 = table_flags::ASSOCIATED
        | table_flags::DEFERRED_ERRORS
        | table_flags::NO_NOTIFICATIONS
        | table_flags::SOFT_DELETES
        | table_flags::USE_UNICODE;
    if rq.table_flags & table_flags::CONVERSATION_MEMBERS != 0 {
        return Err(ErrorCode::NotSupported.into());
    }
    if rq.table_flags & !KNOWN != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let flag = |bit: u8| rq.table_flags & bit != 0;
    let kind = Kind::new(flag(table_flags::ASSOCIATED), flag(table_flags::SOFT_DELETES));
    let (ids, folder, record) = shown_folder(cx, handles.input, kind.is_deleted())?;
    let kind = if kind == Kind::Normal && record.kind == FolderKind::Search { Kind::Linked } else { kind };
    let row_count = record.count(kind);
    cx.create(ids, None, Object::Table(Box::new(TableObject::contents(folder, kind).announcing(rq.table_flags))))?;
    Ok(GetContentsTableResponse { row_count })
}
