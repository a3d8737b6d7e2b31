//! Read state and status of messages. MS-OXCMSG 3.2.5.8 to 3.2.5.11

use super::logon::own_counter;
use super::message::{MessageObject, Place};
use super::object::Object;
use super::receipt::{self, Receipt};
use super::{Context, Result, guard};
use crate::deliver::{MF_NOTIFY_READ, MF_NOTIFY_UNREAD};
use crate::mapi::{ErrorCode, ObjectId};
use crate::rop::{
    GetMessageStatusRequest, Handles, SetMessageReadFlagRequest, SetMessageReadFlagResponse, SetMessageStatusRequest,
    SetMessageStatusResponse, SetReadFlagsRequest, SetReadFlagsResponse,
};
use crate::store::{FolderKind, Kind, Location, MS_IN_CONFLICT, MailboxIds, MessageHead};

/// ReadFlags. MS-OXCMSG 2.2.3.10.1
mod read_flags {
    pub(super) const SUPPRESS_RECEIPT: u8 = 0x01;
    pub(super) const CLEAR_READ_FLAG: u8 = 0x04;
    pub(super) const GENERATE_RECEIPT_ONLY: u8 = 0x10;
    pub(super) const CLEAR_NOTIFY_READ: u8 = 0x20;
    pub(super) const CLEAR_NOTIFY_UNREAD: u8 = 0x40;
    /// rfReserved: clients may set it, it means nothing.
    pub(super) const RESERVED: u8 = 0x0A;
    pub(super) const KNOWN: u8 =
        SUPPRESS_RECEIPT | CLEAR_READ_FLAG | GENERATE_RECEIPT_ONLY | CLEAR_NOTIFY_READ | CLEAR_NOTIFY_UNREAD | RESERVED;
}

/// Applies ReadFlags to a head; whether it changed, and whether that sends a receipt.
fn apply(head: &mut MessageHead, flags: u8) -> (bool, bool) {
    let before = (head.read, head.flags);
    let notify_only = read_flags::CLEAR_NOTIFY_READ | read_flags::CLEAR_NOTIFY_UNREAD;
    let quiet = read_flags::SUPPRESS_RECEIPT | read_flags::CLEAR_READ_FLAG | notify_only;
    let sends = head.flags & MF_NOTIFY_READ != 0 && flags & quiet == 0;
    if flags & (read_flags::CLEAR_NOTIFY_READ | read_flags::SUPPRESS_RECEIPT) != 0 {
        head.flags &= !MF_NOTIFY_READ;
    }
    if flags & read_flags::CLEAR_NOTIFY_UNREAD != 0 {
        head.flags &= !MF_NOTIFY_UNREAD;
    }
    if sends {
        // Once, and never that it was not read.
        head.flags &= !(MF_NOTIFY_READ | MF_NOTIFY_UNREAD);
    }
    if flags & read_flags::CLEAR_READ_FLAG != 0 {
        head.read = false;
    } else if flags & (read_flags::GENERATE_RECEIPT_ONLY | notify_only) == 0 {
        head.read = true;
    }
    (before != (head.read, head.flags), sends)
}

/// A read state that a client's copy has; returns the number of the change, if it was one. Whether a
/// receipt is sent, the client says apart.
pub(super) fn import(cx: &mut Context<'_, '_>, mailbox: u32, at: Location, id: u64, read: bool) -> Result<Option<u64>> {
    match cx.txn.message_head(mailbox, at.folder, at.kind, id)? {
        Some(mut head) if head.read != read => {
            head.read = read;
            Ok(Some(put(cx, mailbox, at, id, &mut head)?))
        }
        _ => Ok(None),
    }
}

fn check(flags: u8) -> Result<()> {
    let contradictory = read_flags::CLEAR_READ_FLAG | read_flags::GENERATE_RECEIPT_ONLY;
    if flags & !read_flags::KNOWN != 0 || flags & contradictory == contradictory {
        return Err(ErrorCode::InvalidParameter.into());
    }
    Ok(())
}

/// Changes the read state of one message, and sends its receipt; false if there is none.
fn set(cx: &mut Context<'_, '_>, mailbox: u32, at: Location, id: u64, flags: u8) -> Result<bool> {
    let Some(mut head) = cx.txn.message_head(mailbox, at.folder, at.kind, id)? else { return Ok(false) };
    let (changed, sends) = apply(&mut head, flags);
    if changed {
        put(cx, mailbox, at, id, &mut head)?;
    }
    if sends {
        receipt::send(cx, mailbox, &head, Receipt::Read)?;
    }
    Ok(true)
}

/// Writes a read state; returns the number of the change.
fn put(cx: &mut Context<'_, '_>, mailbox: u32, at: Location, id: u64, head: &mut MessageHead) -> Result<u64> {
    // The change key stays: read state is synchronised apart. MS-OXCFXICS 3.1.5.3
    let mut owner = cx.txn.mailbox(mailbox)?;
    head.read_change_number = owner.take_change()?;
    cx.txn.put_mailbox(mailbox, &owner)?;
    cx.txn.update_head(mailbox, at, id, head, cx.now)?;
    Ok(head.read_change_number)
}

/// The folder at an index; these operations call another object none. MS-OXCMSG 3.2.5.8 to 3.2.5.10
fn folder(cx: &Context<'_, '_>, index: u8) -> Result<(MailboxIds, u64)> {
    let open = cx.open(index)?;
    match &open.object {
        Object::Folder(folder) => Ok((open.mailbox, *folder)),
        _ => Err(ErrorCode::NullObject.into()),
    }
}

/// RopSetReadFlags: for the messages named, or all of the folder.
pub(super) fn set_read_flags(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetReadFlagsRequest,
) -> Result<SetReadFlagsResponse> {
    let (ids, folder) = folder(cx, handles.input)?;
    check(rq.read_flags)?;
    let list = if rq.message_ids.is_empty() {
        let record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
        let kind = if record.kind == FolderKind::Search { Kind::Linked } else { Kind::Normal };
        cx.txn.message_ids(ids.mailbox, folder, kind)?
    } else {
        rq.message_ids.iter().map(|id| own_counter(*id).unwrap_or(0)).collect()
    };
    let mut partial_completion = false;
    for id in list {
        let done = match cx.txn.find_in(ids.mailbox, folder, id)?.filter(|at| !at.kind.is_deleted()) {
            Some(at) if guard::may(cx, ids, at, id, guard::EDIT)? => set(cx, ids.mailbox, at, id, rq.read_flags)?,
            _ => false,
        };
        partial_completion |= !done;
    }
    Ok(SetReadFlagsResponse { partial_completion })
}

/// RopSetMessageReadFlag: for the open message. ReadStatusChanged is for public folders.
pub(super) fn set_message_read_flag(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetMessageReadFlagRequest,
) -> Result<SetMessageReadFlagResponse> {
    check(rq.read_flags)?;
    let open = cx.open(handles.input)?;
    let mailbox = open.mailbox.mailbox;
    let Object::Message(object) = &open.object else { return Err(ErrorCode::NullObject.into()) };
    if let Place::Stored { at, id } = object.place {
        // A message that vanished meanwhile is no error (outlook.md §9).
        set(cx, mailbox, at, id, rq.read_flags)?;
    }
    if let Object::Message(object) = &mut cx.open_mut(handles.input)?.object {
        let object: &mut MessageObject = object;
        apply(&mut object.message.head, rq.read_flags);
    }
    Ok(SetMessageReadFlagResponse { read_status_changed: false })
}

fn head_in(
    cx: &Context<'_, '_>,
    index: u8,
    id: ObjectId,
    act: guard::Act,
) -> Result<(u32, Location, u64, MessageHead)> {
    let (ids, folder) = folder(cx, index)?;
    let id = own_counter(id)?;
    let at = cx.txn.find_in(ids.mailbox, folder, id)?.filter(|at| !at.kind.is_deleted());
    let at = at.ok_or(ErrorCode::NotFound)?;
    guard::message(cx, ids, at, id, act)?;
    let head = cx.txn.message_head(ids.mailbox, at.folder, at.kind, id)?.ok_or(ErrorCode::NotFound)?;
    Ok((ids.mailbox, at, id, head))
}

/// RopGetMessageStatus
pub(super) fn get_message_status(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetMessageStatusRequest,
) -> Result<SetMessageStatusResponse> {
    let (.., head) = head_in(cx, handles.input, rq.message_id, guard::READ)?;
    Ok(SetMessageStatusResponse { message_status_flags: head.status })
}

/// RopSetMessageStatus: answers what the status was.
pub(super) fn set_message_status(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetMessageStatusRequest,
) -> Result<SetMessageStatusResponse> {
    let (mailbox, at, id, mut head) = head_in(cx, handles.input, rq.message_id, guard::EDIT)?;
    let before = head.status;
    // msInConflict is the server's to say. MS-OXCMSG 2.2.1.8
    let mask = rq.message_status_mask & !MS_IN_CONFLICT;
    head.status = before & !mask | rq.message_status_flags & mask;
    if head.status != before {
        cx.txn.update_head(mailbox, at, id, &head, cx.now)?;
    }
    Ok(SetMessageStatusResponse { message_status_flags: before })
}
