//! Transport operations. MS-OXOMSG, MS-OXCROPS 2.2.7. What sending means is in `send.rs`.

use super::logon::own_counter;
use super::send::send;
use super::{Context, Result};
use crate::limits;
use crate::mapi::{ErrorCode, ObjectId};
use crate::rop::{
    AbortSubmitRequest, AbortSubmitResponse, AddressTypes, GetAddressTypesRequest, GetAddressTypesResponse,
    GetTransportFolderRequest, GetTransportFolderResponse, Handles, HelpFile, OptionsDataRequest, OptionsDataResponse,
    SetSpoolerRequest, SetSpoolerResponse, SpoolerLockMessageRequest, SpoolerLockMessageResponse, SubmitMessageRequest,
    SubmitMessageResponse, TransportNewMailRequest, TransportNewMailResponse, TransportSendRequest,
    TransportSendResponse,
};
use crate::store::{Location, Special, What};

/// RopGetAddressTypes. MS-OXCROPS 2.2.7.3
pub(super) fn get_address_types(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetAddressTypesRequest,
) -> Result<GetAddressTypesResponse> {
    cx.logon(handles.input)?;
    Ok(GetAddressTypesResponse { address_types: AddressTypes(vec!["EX".to_owned(), "SMTP".to_owned()]) })
}

/// RopGetTransportFolder: where messages wait to be sent. MS-OXCROPS 2.2.7.8
pub(super) fn get_transport_folder(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: GetTransportFolderRequest,
) -> Result<GetTransportFolderResponse> {
    cx.logon(handles.input)?;
    Ok(GetTransportFolderResponse { folder_id: ObjectId::own(Special::Outbox.counter()) })
}

/// RopOptionsData: address types have no options here. MS-OXCROPS 2.2.7.9
pub(super) fn options_data(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: OptionsDataRequest,
) -> Result<OptionsDataResponse> {
    cx.logon(handles.input)?;
    Ok(OptionsDataResponse {
        reserved: 1,
        options_info: Vec::new(),
        help_file: HelpFile { help_file: Vec::new(), help_file_name: String::new() },
    })
}

/// RopSubmitMessage
pub(super) fn submit_message(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SubmitMessageRequest,
) -> Result<SubmitMessageResponse> {
    /// PreProcess and NeedsSpooler: nothing is preprocessed here, and no client is a spooler.
    const KNOWN: u8 = 0x03;
    if rq.submit_flags & !KNOWN != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    send(cx, handles.input)?;
    Ok(SubmitMessageResponse {})
}

/// RopTransportSend: as RopSubmitMessage (outlook.md §11). No properties are returned.
pub(super) fn transport_send(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: TransportSendRequest,
) -> Result<TransportSendResponse> {
    send(cx, handles.input)?;
    Ok(TransportSendResponse { property_values: None })
}

/// A message of a logon's mailbox, in a folder if one is named.
fn find(cx: &Context<'_, '_>, index: u8, folder: Option<ObjectId>, message: ObjectId) -> Result<(u32, Location, u64)> {
    let ids = cx.logon(index)?;
    let id = own_counter(message)?;
    let at = cx.txn.locate(ids.mailbox, id)?.filter(|at| !at.kind.is_deleted()).ok_or(ErrorCode::NotFound)?;
    match folder.map(own_counter).transpose()? {
        Some(folder) if folder != at.folder => Err(ErrorCode::NotFound.into()),
        _ => Ok((ids.mailbox, at, id)),
    }
}

/// RopAbortSubmit: messages are delivered while RopSubmitMessage runs, so none ever waits.
pub(super) fn abort_submit(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: AbortSubmitRequest,
) -> Result<AbortSubmitResponse> {
    find(cx, handles.input, Some(rq.folder_id), rq.message_id)?;
    Err(ErrorCode::NotInQueue.into())
}

/// RopSetSpooler: a client says that it sends mail itself; there is never any for it to send.
pub(super) fn set_spooler(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: SetSpoolerRequest,
) -> Result<SetSpoolerResponse> {
    cx.logon(handles.input)?;
    Ok(SetSpoolerResponse {})
}

/// RopSpoolerLockMessage: for messages in the spooler queue, which is always empty.
pub(super) fn spooler_lock_message(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SpoolerLockMessageRequest,
) -> Result<SpoolerLockMessageResponse> {
    /// lstLock, lstUnlock, lstFinished.
    const STATES: u8 = 3;
    if rq.lock_state >= STATES {
        return Err(ErrorCode::InvalidParameter.into());
    }
    find(cx, handles.input, None, rq.message_id)?;
    Err(ErrorCode::NotInQueue.into())
}

/// RopTransportNewMail: a client has put new mail into a folder, and says so for others to hear.
pub(super) fn transport_new_mail(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: TransportNewMailRequest,
) -> Result<TransportNewMailResponse> {
    let (mailbox, at, id) = find(cx, handles.input, Some(rq.folder_id), rq.message_id)?;
    if rq.message_class.chars().count() > limits::MESSAGE_CLASS_MAX_CHARS {
        return Err(ErrorCode::InvalidParameter.into());
    }
    cx.txn.note(mailbox, What::NewMail { at, id, flags: rq.message_flags, class: rq.message_class });
    Ok(TransportNewMailResponse {})
}
