//! Named properties. MS-OXCPRPT 3.2.5.8 to 3.2.5.10

use super::object::Object;
use super::{Context, Result};
use crate::mapi::names::set;
use crate::mapi::{ErrorCode, PropertyName};
use crate::rop::{
    GetNamesFromPropertyIdsRequest, GetNamesFromPropertyIdsResponse, GetPropertyIdsFromNamesRequest,
    GetPropertyIdsFromNamesResponse, Handles, QueryNamedPropertiesRequest, QueryNamedPropertiesResponse,
};
use crate::store::Bag;

/// Identifiers below 8000 are their own names in PS_MAPI. MS-OXCPRPT 3.2.5.9
const FIRST_NAMED: u16 = 0x8000;

/// RopGetPropertyIdsFromNames
pub(super) fn get_property_ids_from_names(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetPropertyIdsFromNamesRequest,
) -> Result<GetPropertyIdsFromNamesResponse> {
    const CREATE: u8 = 2;
    let ids = cx.mailbox(handles.input)?;
    if rq.property_names.is_empty() {
        // All that the store has, asked for on a logon. MS-OXCPRPT R857
        let all = cx.txn.named_all(ids.mailbox)?;
        let fits = cx.room.saturating_sub(2) / 2;
        let property_ids = all.into_iter().map(|(id, _)| id).take(fits).collect();
        return Ok(GetPropertyIdsFromNamesResponse { property_ids });
    }
    let create = rq.flags & CREATE != 0;
    let mut property_ids = Vec::with_capacity(rq.property_names.len());
    for name in rq.property_names {
        let id = match name.folded() {
            PropertyName::Lid { guid: set::PS_MAPI, lid } => u16::try_from(lid).ok().filter(|id| *id < FIRST_NAMED),
            PropertyName::Named { guid: set::PS_MAPI, .. } | PropertyName::Unnamed => None,
            name if create => Some(cx.txn.create_named_id(ids.mailbox, &name)?.ok_or(ErrorCode::OutOfMemory)?),
            name => cx.txn.named_id(ids.mailbox, &name)?,
        };
        if id.is_none() {
            cx.warning = ErrorCode::ErrorsReturned;
        }
        property_ids.push(id.unwrap_or(0));
    }
    Ok(GetPropertyIdsFromNamesResponse { property_ids })
}

fn name_of(cx: &Context<'_, '_>, mailbox: u32, id: u16) -> Result<PropertyName> {
    if id < FIRST_NAMED {
        return Ok(PropertyName::Lid { guid: set::PS_MAPI, lid: id.into() });
    }
    Ok(cx.txn.named_name(mailbox, id)?.unwrap_or(PropertyName::Unnamed))
}

/// RopGetNamesFromPropertyIds
pub(super) fn get_names_from_property_ids(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetNamesFromPropertyIdsRequest,
) -> Result<GetNamesFromPropertyIdsResponse> {
    let ids = cx.mailbox(handles.input)?;
    let names = rq.property_ids.iter().map(|id| name_of(cx, ids.mailbox, *id));
    Ok(GetNamesFromPropertyIdsResponse { property_names: names.collect::<Result<_>>()? })
}

/// RopQueryNamedProperties: those that the object has; on a logon, all of the mailbox.
/// MS-OXCPRPT 3.2.5.10
pub(super) fn query_named_properties(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: QueryNamedPropertiesRequest,
) -> Result<QueryNamedPropertiesResponse> {
    const NO_STRINGS: u8 = 1;
    const NO_IDS: u8 = 2;
    let open = cx.open(handles.input)?;
    let mailbox = open.mailbox.mailbox;
    let named = |bag: &Bag| -> Vec<u16> { bag.0.from_key(&FIRST_NAMED).map(|(id, _)| *id).collect() };
    let ids = match &open.object {
        Object::Logon(_) => cx.txn.named_all(mailbox)?.into_iter().map(|(id, _)| id).collect(),
        Object::Folder(folder) => named(&cx.txn.folder(mailbox, *folder)?.ok_or(ErrorCode::ObjectDeleted)?.properties),
        Object::Message(message) => named(&message.message.head.properties),
        Object::Attachment(attachment) => named(&attachment.attachment.properties),
        Object::DeletedFolder(_) => return Err(ErrorCode::NotFound.into()),
        Object::Table(_) | Object::Stream(_) | Object::Subscription(_) | Object::Transfer(_) => {
            return Err(ErrorCode::NotSupported.into());
        }
    };
    let mut properties = Vec::new();
    for id in ids {
        let name = name_of(cx, mailbox, id)?;
        let wanted = match &name {
            PropertyName::Lid { .. } => rq.query_flags & NO_IDS == 0,
            PropertyName::Named { .. } => rq.query_flags & NO_STRINGS == 0,
            PropertyName::Unnamed => false,
        };
        if wanted && rq.property_guid.is_none_or(|guid| name.guid() == Some(guid)) {
            properties.push((id, name));
        }
    }
    Ok(QueryNamedPropertiesResponse { properties })
}
