//! Identifiers: short and long forms, blocks for clients. MS-OXCSTOR 3.2.5.9 to 3.2.5.12

use super::{Context, Result};
use crate::mapi::{ErrorCode, LongTermId, ObjectId, REPLICA_OWN};
use crate::rop::{
    GetLocalReplicaIdsRequest, GetLocalReplicaIdsResponse, Handles, IdFromLongTermIdRequest, IdFromLongTermIdResponse,
    LongTermIdFromIdRequest, LongTermIdFromIdResponse,
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
        id => {
            let replicas = cx.txn.replicas(ids.mailbox)?;
            let known = replicas.into_iter().find(|(number, _)| *number == id.replica());
            LongTermId::new(known.ok_or(ErrorCode::NotFound)?.1, id)
        }
    };
    Ok(LongTermIdFromIdResponse { long_term_id })
}

/// RopIdFromLongTermId. Other databases (an .ost that came from another mailbox has such identifiers)
/// get a replica number when they are first named. Nothing is said about whether there is such an
/// object.
pub(super) fn id_from_long_term_id(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: IdFromLongTermIdRequest,
) -> Result<IdFromLongTermIdResponse> {
    let ids = cx.logon(handles.input)?;
    let long = rq.long_term_id;
    let object_id = if long.database_guid.is_nil() || long.counter() == 0 {
        ObjectId::NONE
    } else if long.database_guid == ids.repl_guid {
        ObjectId::own(long.counter())
    } else {
        let replica = cx.txn.create_replica(ids.mailbox, long.database_guid)?;
        ObjectId::new(replica.ok_or(ErrorCode::ParameterOverflow)?, long.counter())
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
