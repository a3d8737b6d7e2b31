//! The public store: logon, and what is different there. MS-OXCSTOR 2.2.1.1.4, 3.2.5.1.2
//!
//! Not there unless an administrator has switched it on, and then there is one, on this server, with
//! all that is in it: no replicas, nothing ghosted. Whoever is logged on reads with a read state of
//! their own ([`crate::store::Txn::set_reader`]).
//!
//! Not done: search folders, sending, receive folders (the specification has none there); conflict
//! notification messages; expiry; conversations as a view of all folders.

use super::logon::own_counter;
use super::object::{LogonObject, Object};
use super::{Context, Result};
use crate::directory;
use crate::mapi::{ErrorCode, ObjectId, REPLICA_OWN};
use crate::rop::{GhostServers, LogonRequest, LogonResponse, PublicLogon, logon_flags, open_flags};
use crate::store::{MailboxIds, Special, StoreError};
use crate::wire::Guid;

/// OpenFlags that mean something. MS-OXCSTOR 2.2.1.1.1
const KNOWN_OPEN_FLAGS: u32 = 0x2100_070F;
const ALTERNATE_SERVER: u32 = 0x0100;

/// Operations that a public logon has not, by RopId: receive folders, per-user data that a client
/// keeps in its own mailbox, search folders, sending, the store's state. MS-OXCSTOR 3.2.5.2 to
/// 3.2.5.5, 3.2.5.10, 3.2.5.11; MS-OXCFOLD 3.2.5.4
const NOT_HERE: [u8; 15] = [0x26, 0x27, 0x30, 0x31, 0x32, 0x34, 0x47, 0x48, 0x4A, 0x51, 0x60, 0x61, 0x68, 0x6D, 0x7B];

/// Refuses what the logon of an operation's object has not: the one place that knows it.
pub(super) fn check(cx: &Context<'_, '_>, input: u8) -> Result<()> {
    let open = cx.handle(input).ok().and_then(|handle| cx.objects.get(handle));
    match open {
        Some(open) if open.mailbox.is_public() && NOT_HERE.contains(&cx.rop_id) => Err(ErrorCode::NotSupported.into()),
        _ => Ok(()),
    }
}

/// RopLogon without the Private flag. Essdn is not looked at: whatever public store it names, this is
/// the one there is.
pub(super) fn logon(cx: &mut Context<'_, '_>, rq: &LogonRequest) -> Result<LogonResponse> {
    // Whatever keeps the store from being found, it is not accessible. MS-OXCSTOR 3.2.5.1.2
    let failed = |e: StoreError| {
        super::log_store("Logon", &e);
        ErrorCode::LogonFailed
    };
    if rq.open_flags & !KNOWN_OPEN_FLAGS != 0 {
        return Err(ErrorCode::GeneralFailure.into());
    }
    let public = directory::public_store(cx.txn).map_err(failed)?;
    // There is no other server.
    if public.is_none() || rq.open_flags & open_flags::PUBLIC == 0 || rq.open_flags & ALTERNATE_SERVER != 0 {
        return Err(ErrorCode::LogonFailed.into());
    }
    let user = directory::by_id(cx.txn, cx.caller.user.id)?.filter(|user| !user.disabled);
    let user = user.ok_or(ErrorCode::LoginPermission)?;
    let mailbox = cx.txn.mailbox(crate::store::PUBLIC_STORE).map_err(failed)?;
    // Administrators own it, permissions bind everybody else.
    let visitor = (!user.admin).then_some(user.id);
    let ids = MailboxIds { reader: user.id, visitor, ..mailbox.ids(crate::store::PUBLIC_STORE) };
    let logon_id = cx.logon_id;
    cx.objects.release_logon(logon_id);
    cx.create(ids, None, Object::Logon(LogonObject { admin: user.admin, per_user: None }))?;
    let mut folder_ids = [ObjectId::NONE; 13];
    folder_ids.iter_mut().zip(Special::PUBLIC_LOGON).for_each(|(id, special)| *id = special.id());
    Ok(LogonResponse::Public {
        logon_flags: rq.logon_flags & (logon_flags::UNDERCOVER | logon_flags::GHOSTED),
        logon: Box::new(PublicLogon {
            folder_ids,
            repl_id: REPLICA_OWN,
            repl_guid: mailbox.repl_guid,
            per_user_guid: Guid::NIL,
        }),
    })
}

/// The servers that have a public folder: this one, under the name of the public store. An error, if
/// there is no such folder. MS-OXCSTOR 3.2.5.6, 3.2.5.7
pub(super) fn servers(cx: &Context<'_, '_>, ids: MailboxIds, folder: ObjectId) -> Result<GhostServers> {
    cx.txn.folder(ids.mailbox, own_counter(folder)?)?.ok_or(ErrorCode::NotFound)?;
    let public = cx.txn.public_store()?.ok_or(ErrorCode::NotFound)?;
    Ok(GhostServers { cheap_server_count: 1, servers: vec![public.legacy_dn] })
}
