//! Read state of public folders. MS-OXCSTOR 3.2.5.10 to 3.2.5.13. On a private logon, what a client keeps
//! of it in its own mailbox, kept as it came; on a public one, the very state of the user.

use super::object::Object;
use super::{Context, Result};
use crate::limits;
use crate::mapi::{ErrorCode, GuidSet, LongTermId};
use crate::rop::{
    GetPerUserGuidRequest, GetPerUserGuidResponse, GetPerUserLongTermIdsRequest, GetPerUserLongTermIdsResponse,
    Handles, ReadPerUserInformationRequest, ReadPerUserInformationResponse, WritePerUserInformationRequest,
    WritePerUserInformationResponse,
};
use crate::store::{MailboxIds, PerUser, Rights};
use crate::wire::{Guid, Wire};
use serde::{Deserialize, Serialize};

/// What RopWritePerUserInformation has gathered so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Gathered {
    /// GID of the folder.
    folder: Vec<u8>,
    repl_guid: Guid,
    data: Vec<u8>,
}

/// RopGetPerUserLongTermIds
pub(super) fn get_per_user_long_term_ids(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetPerUserLongTermIdsRequest,
) -> Result<GetPerUserLongTermIdsResponse> {
    let ids = cx.logon(handles.input)?;
    Ok(GetPerUserLongTermIdsResponse { long_term_ids: cx.txn.per_user_folders(ids.mailbox, rq.database_guid)? })
}

/// RopGetPerUserGuid
pub(super) fn get_per_user_guid(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetPerUserGuidRequest,
) -> Result<GetPerUserGuidResponse> {
    let ids = cx.logon(handles.input)?;
    let row = cx.txn.per_user(ids.mailbox, &rq.long_term_id)?.ok_or(ErrorCode::NotFound)?;
    Ok(GetPerUserGuidResponse { database_guid: row.repl_guid })
}

/// The folder of a public logon that a LongTermID names, if there is one.
fn public_folder(cx: &Context<'_, '_>, ids: MailboxIds, folder: &LongTermId) -> Result<Option<u64>> {
    if !ids.is_public() || folder.database_guid != ids.repl_guid {
        return Ok(None);
    }
    super::guard::folder(cx, ids, folder.counter(), Rights::READ_ANY)?;
    Ok(cx.txn.folder(ids.mailbox, folder.counter())?.map(|_| folder.counter()))
}

/// RopReadPerUserInformation: a part at a time. Of a folder that is not known there is nothing.
pub(super) fn read_per_user_information(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: ReadPerUserInformationRequest,
) -> Result<ReadPerUserInformationResponse> {
    let ids = cx.logon(handles.input)?;
    let data = match public_folder(cx, ids, &rq.folder_id)? {
        Some(folder) => {
            let mut all = GuidSet::default();
            all.set(ids.repl_guid, cx.txn.read_set(folder)?);
            all.to_bytes()
        }
        None if ids.is_public() => Vec::new(),
        None => cx.txn.per_user(ids.mailbox, &rq.folder_id)?.map(|row| row.data).unwrap_or_default(),
    };
    let start = usize::try_from(rq.data_offset).unwrap_or(usize::MAX);
    let rest = data.get(start..).ok_or(ErrorCode::GeneralFailure)?;
    let wanted = if rq.max_data_size == 0 { limits::PER_USER_PART_MAX_BYTES } else { rq.max_data_size };
    let wanted = usize::from(wanted.min(limits::PER_USER_PART_MAX_BYTES));
    let part = rest.get(..wanted.min(rest.len())).unwrap_or_default();
    Ok(ReadPerUserInformationResponse { has_finished: part.len() == rest.len(), data: part.to_vec() })
}

/// RopWritePerUserInformation: gathers parts, and keeps the whole when the last one has come.
pub(super) fn write_per_user_information(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: WritePerUserInformationRequest,
) -> Result<WritePerUserInformationResponse> {
    let ids = cx.logon(handles.input)?;
    let now = cx.now;
    let Object::Logon(logon) = &mut cx.open_mut(handles.input)?.object else {
        return Err(ErrorCode::NotSupported.into());
    };
    // Another folder: what was gathered of the one before is given up.
    let gathered = logon.per_user.take().filter(|gathered| gathered.folder == rq.folder_id.gid());
    let mut gathered = match (rq.data_offset, gathered) {
        (0, _) => {
            let repl_guid = rq.repl_guid.unwrap_or(Guid::NIL);
            Gathered { folder: rq.folder_id.gid(), repl_guid, data: Vec::new() }
        }
        (at, Some(gathered)) if usize::try_from(at) == Ok(gathered.data.len()) => gathered,
        _ => return Err(ErrorCode::GeneralFailure.into()),
    };
    if gathered.data.len().saturating_add(rq.data.len()) > limits::PER_USER_MAX_BYTES {
        return Err(ErrorCode::TooBig.into());
    }
    gathered.data.extend_from_slice(&rq.data);
    if !rq.has_finished {
        logon.per_user = Some(gathered);
        return Ok(WritePerUserInformationResponse {});
    }
    // An IDSET by GUID. MS-OXCFXICS 2.2.2.4.2
    let mut set = GuidSet::from_bytes(&gathered.data).map_err(|_| ErrorCode::CorruptData)?;
    if ids.is_public() {
        let folder = public_folder(cx, ids, &rq.folder_id)?.ok_or(ErrorCode::NotFound)?;
        cx.txn.replace_read_set(folder, &set.0.remove(&ids.repl_guid).unwrap_or_default())?;
        return Ok(WritePerUserInformationResponse {});
    }
    let row = PerUser { repl_guid: gathered.repl_guid, data: gathered.data, written: now };
    let folder: LongTermId = rq.folder_id;
    match cx.txn.put_per_user(ids.mailbox, &folder, &row)? {
        true => Ok(WritePerUserInformationResponse {}),
        false => Err(ErrorCode::OutOfMemory.into()),
    }
}
