//! Receive folders: where messages of a class arrive. MS-OXCSTOR 3.2.5.2 to 3.2.5.4

use super::logon::own_counter;
use super::{Context, Result};
use crate::mapi::{ErrorCode, ObjectId};
use crate::rop::{
    GetReceiveFolderRequest, GetReceiveFolderResponse, GetReceiveFolderTableRequest, GetReceiveFolderTableResponse,
    Handles, ReceiveFolderRow, SetReceiveFolderRequest, SetReceiveFolderResponse,
};
use crate::store::{FolderKind, ReceiveFolder, Special, fold};

/// A message class: printable ASCII, at most 255 bytes with its terminating zero, no empty component.
/// MS-OXCSTOR 2.2.1.2.1
fn check_class(class: &str) -> Result<()> {
    let printable = class.len() < 255 && class.bytes().all(|b| (0x20..0x7F).contains(&b));
    let components = class.is_empty() || class.split('.').all(|part| !part.is_empty());
    if printable && components { Ok(()) } else { Err(ErrorCode::InvalidParameter.into()) }
}

/// RopGetReceiveFolder
pub(super) fn get_receive_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetReceiveFolderRequest,
) -> Result<GetReceiveFolderResponse> {
    let ids = cx.logon(handles.input)?;
    check_class(&rq.message_class)?;
    let mailbox = cx.txn.mailbox(ids.mailbox)?;
    let (folder, class) = match mailbox.receive_folder(&rq.message_class) {
        Some(row) => (row.folder, row.message_class.clone()),
        None => (Special::Inbox.counter(), String::new()),
    };
    Ok(GetReceiveFolderResponse { folder_id: ObjectId::own(folder), explicit_message_class: class })
}

/// RopSetReceiveFolder
pub(super) fn set_receive_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetReceiveFolderRequest,
) -> Result<SetReceiveFolderResponse> {
    let ids = cx.logon(handles.input)?;
    check_class(&rq.message_class)?;
    let folded = fold(&rq.message_class);
    if folded == "ipm" || folded == "report.ipm" {
        return Err(ErrorCode::AccessDenied.into());
    }
    let mut mailbox = cx.txn.mailbox(ids.mailbox)?;
    if rq.folder_id == ObjectId::NONE {
        if folded.is_empty() {
            return Err(ErrorCode::GeneralFailure.into());
        }
        mailbox.receive_folders.retain(|row| fold(&row.message_class) != folded);
    } else {
        let folder = own_counter(rq.folder_id)?;
        if cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::NotFound)?.kind == FolderKind::Search {
            return Err(ErrorCode::SearchFolder.into());
        }
        mailbox.receive_folders.retain(|row| fold(&row.message_class) != folded);
        mailbox.receive_folders.push(ReceiveFolder { message_class: rq.message_class, folder, modified: cx.now });
    }
    cx.txn.put_mailbox(ids.mailbox, &mailbox)?;
    Ok(SetReceiveFolderResponse {})
}

/// RopGetReceiveFolderTable
pub(super) fn get_receive_folder_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetReceiveFolderTableRequest,
) -> Result<GetReceiveFolderTableResponse> {
    let ids = cx.logon(handles.input)?;
    let mailbox = cx.txn.mailbox(ids.mailbox)?;
    let row = |row: ReceiveFolder| ReceiveFolderRow {
        flag: 0,
        folder_id: ObjectId::own(row.folder),
        message_class: row.message_class,
        last_modification_time: row.modified,
    };
    Ok(GetReceiveFolderTableResponse { rows: mailbox.receive_folders.into_iter().map(row).collect() })
}
