//! Transport operations that need no transport. MS-OXOMSG.

use super::{Context, Result};
use crate::mapi::ObjectId;
use crate::rop::{
    AddressTypes, GetAddressTypesRequest, GetAddressTypesResponse, GetTransportFolderRequest,
    GetTransportFolderResponse, Handles, HelpFile, OptionsDataRequest, OptionsDataResponse,
};
use crate::store::Special;

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
