//! Logon and the operations on its object. MS-OXCSTOR.

use super::object::{LogonObject, Object};
use super::{Context, Result};
use crate::directory::{self, User};
use crate::mapi::{ErrorCode, ObjectId, REPLICA_OWN};
use crate::rop::{
    GetOwningServersRequest, GetOwningServersResponse, GetStoreStateRequest, GetStoreStateResponse, GhostServers,
    Handles, LogonRequest, LogonResponse, LogonTime, PrivateLogon, PublicFolderIsGhostedRequest,
    PublicFolderIsGhostedResponse, ReleaseRequest, ReleaseResponse, TellVersionRequest, TellVersionResponse,
    logon_flags, open_flags,
};
use crate::store::{MailboxIds, Rights, Special, StoreError};
use crate::wire::FileTime;

/// ResponseFlags. MS-OXCSTOR 2.2.1.1.3
mod response_flags {
    pub(super) const RESERVED: u8 = 0x01;
    pub(super) const OWNER_RIGHT: u8 = 0x02;
    pub(super) const SEND_AS_RIGHT: u8 = 0x04;
    pub(super) const OOF: u8 = 0x10;
}

/// RopRelease. MS-OXCROPS 2.2.15.3: no response, errors ignored.
pub(super) fn release(cx: &mut Context<'_, '_>, handles: Handles, _: ReleaseRequest) -> Result<ReleaseResponse> {
    if let Ok(handle) = cx.handle(handles.input) {
        super::stream::flush(cx, handle)?;
        cx.objects.release(handle);
    }
    Ok(ReleaseResponse {})
}

/// RopLogon. MS-OXCSTOR 3.2.5.1
pub(super) fn logon(cx: &mut Context<'_, '_>, _: Handles, rq: LogonRequest) -> Result<LogonResponse> {
    const KNOWN_LOGON_FLAGS: u8 = 0x0F;
    if rq.logon_flags & !KNOWN_LOGON_FLAGS != 0 {
        return Err(ErrorCode::GeneralFailure.into());
    }
    if rq.logon_flags & logon_flags::PRIVATE == 0 || rq.open_flags & open_flags::PUBLIC != 0 {
        // There are no public folders, and autodiscover does not say that there were.
        return Err(ErrorCode::LogonFailed.into());
    }
    // Clients since 2010 set it; without it, replica numbers would mean something else.
    if rq.open_flags & open_flags::USE_PER_MDB_REPLID_MAPPING == 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let essdn = String::from_utf8_lossy(&rq.essdn);
    // To look and not to find is one thing, not to be able to look another. MS-OXCSTOR 3.2.5.1.1
    let failed = |e: StoreError| {
        super::log_store("Logon", &e);
        ErrorCode::LogonFailed
    };
    let owner = directory::by_dn(cx.txn, essdn.trim_end_matches('\0')).map_err(failed)?;
    let owner = owner.ok_or(ErrorCode::UnknownUser)?;
    if owner.disabled {
        return Err(ErrorCode::UnknownUser.into());
    }
    let standing = authorise(cx, &owner, rq.open_flags & open_flags::USE_ADMIN_PRIVILEGE != 0)?;
    let mailbox = cx.txn.mailbox(owner.id).map_err(failed)?;
    let visitor = if standing == Standing::Visitor { Some(cx.caller.user.id) } else { None };
    let ids = MailboxIds { visitor, ..mailbox.ids(owner.id) };
    // A LogonId that is in use is given to the new logon.
    let logon_id = cx.logon_id;
    cx.objects.release_logon(logon_id);
    cx.create(ids, None, Object::Logon(LogonObject { admin: standing == Standing::Admin, per_user: None }))?;
    let mut flags = response_flags::RESERVED;
    if visitor.is_none() {
        flags |= response_flags::OWNER_RIGHT | response_flags::SEND_AS_RIGHT;
    }
    if super::property::out_of_office(&mailbox) {
        flags |= response_flags::OOF;
    }
    Ok(LogonResponse::Private {
        logon_flags: rq.logon_flags & (logon_flags::PRIVATE | logon_flags::UNDERCOVER | logon_flags::GHOSTED),
        logon: Box::new(PrivateLogon {
            folder_ids: Special::LOGON.map(Special::id),
            response_flags: flags,
            mailbox_guid: mailbox.guid,
            repl_id: REPLICA_OWN,
            repl_guid: mailbox.repl_guid,
            logon_time: logon_time(cx.now),
            // Changes only when the address types do, which they never have.
            gwart_time: 1,
            store_state: 0,
        }),
    })
}

/// As what somebody logs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Owner,
    /// With administrator rights, that is as the owner.
    Admin,
    /// Bound by the permissions of each folder.
    Visitor,
}

/// May the caller log on to this mailbox? The owner; administrators who ask for it, each time logged; and
/// whom a folder of it is open to. What each may do then: `guard.rs`.
fn authorise(cx: &Context<'_, '_>, owner: &User, use_admin: bool) -> Result<Standing> {
    // The directory, not the session, knows whether the user still may.
    let user = directory::by_id(cx.txn, cx.caller.user.id)?.ok_or(ErrorCode::LoginPermission)?;
    if user.disabled {
        return Err(ErrorCode::LoginPermission.into());
    }
    if owner.id == user.id {
        return Ok(Standing::Owner);
    }
    if use_admin && user.admin {
        log::info!("{} opens the mailbox {} with administrator rights", user.address, owner.address);
        return Ok(Standing::Admin);
    }
    if cx.txn.has_rights_in(owner.id, user.id, Rights::ALL)? {
        return Ok(Standing::Visitor);
    }
    Err(ErrorCode::LoginPermission.into())
}

fn logon_time(now: FileTime) -> LogonTime {
    let c = now.civil();
    LogonTime {
        seconds: c.second,
        minutes: c.minute,
        hour: c.hour,
        day_of_week: c.weekday,
        day: c.day,
        month: c.month,
        year: c.year,
    }
}

/// RopGetStoreState: not implemented, as in Exchange. exchange.md
pub(super) fn get_store_state(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetStoreStateRequest,
) -> Result<GetStoreStateResponse> {
    cx.logon(handles.input)?;
    Err(ErrorCode::NotImplemented.into())
}

/// RopGetOwningServers: a private mailbox has no replicas. MS-OXCSTOR 3.2.5.6
pub(super) fn get_owning_servers(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetOwningServersRequest,
) -> Result<GetOwningServersResponse> {
    cx.logon(handles.input)?;
    Err(ErrorCode::NotSupported.into())
}

/// RopPublicFolderIsGhosted: on a private mailbox, never. MS-OXCSTOR 3.2.5.7
pub(super) fn public_folder_is_ghosted(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: PublicFolderIsGhostedRequest,
) -> Result<PublicFolderIsGhostedResponse> {
    cx.logon(handles.input)?;
    Ok(PublicFolderIsGhostedResponse { ghosted: None::<GhostServers> })
}

/// RopTellVersion: nothing here depends on another server's version. MS-OXCFXICS 3.2.5.8.1.6
pub(super) fn tell_version(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: TellVersionRequest,
) -> Result<TellVersionResponse> {
    cx.open(handles.input)?;
    Ok(TellVersionResponse {})
}

/// The counter of one of the mailbox's own objects.
pub(super) fn own_counter(id: ObjectId) -> Result<u64> {
    if id.replica() != REPLICA_OWN || id.counter() == 0 {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(id.counter())
}
