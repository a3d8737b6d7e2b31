//! Identifiers: short and long forms, blocks for clients. MS-OXCSTOR 3.2.5.9 to 3.2.5.12

use super::{Context, Result};
use crate::mapi::{ErrorCode, LongTermId, ObjectId, REPLICA_OWN};
use crate::rop::{
    GetLocalReplicaIdsRequest, GetLocalReplicaIdsResponse, GetPerUserLongTermIdsRequest, GetPerUserLongTermIdsResponse,
    Handles, IdFromLongTermIdRequest, IdFromLongTermIdResponse, LongTermIdFromIdRequest, LongTermIdFromIdResponse,
};
use crate::wire::{Guid, Wire};

/// RopLongTermIdFromId. The zero identifier has a long form of zeros; an unknown replica number
/// has none. exchange.md, storefolders.md
pub(super) fn long_term_id_from_id(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: LongTermIdFromIdRequest,
) -> Result<LongTermIdFromIdResponse> {
    let ids = cx.logon(handles.input)?;
    let long_term_id = match rq.object_id {
        ObjectId::NONE => LongTermId::new(Guid::NIL, ObjectId::NONE),
        id if id.replica() == REPLICA_OWN => LongTermId::new(ids.repl_guid, id),
        _ => return Err(ErrorCode::NotFound.into()),
    };
    Ok(LongTermIdFromIdResponse { long_term_id })
}

/// RopIdFromLongTermId. Only the mailbox's own database has a replica number so far: foreign ones
/// (from another .ost) come with cached mode.
pub(super) fn id_from_long_term_id(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: IdFromLongTermIdRequest,
) -> Result<IdFromLongTermIdResponse> {
    let ids = cx.logon(handles.input)?;
    let long = rq.long_term_id;
    let object_id = if long.database_guid.is_nil() {
        ObjectId::NONE
    } else if long.database_guid == ids.repl_guid {
        ObjectId::own(long.counter())
    } else {
        return Err(ErrorCode::NotFound.into());
    };
    Ok(IdFromLongTermIdResponse { object_id })
}

/// RopGetLocalReplicaIds: a block from the mailbox's own counter, never given out again.
/// MS-OXCFXICS 3.2.5.9.4.7
pub(super) fn get_local_replica_ids(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetLocalReplicaIdsRequest,
) -> Result<GetLocalReplicaIdsResponse> {
    let ids = cx.logon(handles.input)?;
    if rq.id_count == 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let mut mailbox = cx.txn.mailbox(ids.mailbox)?;
    let first = mailbox.take_ids(rq.id_count)?;
    cx.txn.put_mailbox(ids.mailbox, &mailbox)?;
    let bytes = ObjectId::own(first).to_bytes();
    let global_count = bytes.last_chunk::<6>().copied().unwrap_or_default();
    Ok(GetLocalReplicaIdsResponse { repl_guid: ids.repl_guid, global_count })
}

/// RopGetPerUserLongTermIds: read state of public folders, of which there are none.
/// MS-OXCSTOR 3.2.5.11
pub(super) fn get_per_user_long_term_ids(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetPerUserLongTermIdsRequest,
) -> Result<GetPerUserLongTermIdsResponse> {
    cx.logon(handles.input)?;
    Ok(GetPerUserLongTermIdsResponse { long_term_ids: Vec::new() })
}
