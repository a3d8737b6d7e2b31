//! From names to objects and services: DNToMId, ResolveNames, GetMailboxUrl, GetAddressBookUrl.
//! MS-OXNSPI 3.1.4.1.13, 3.1.4.1.17, MS-OXCMAPIHTTP 2.2.5.18, 2.2.5.19

use super::hierarchy::table_of;
use super::rows::{check_columns, default_columns, rows};
use super::table::format;
use super::{Answer, Context, required};
use crate::limits::NSPI_NAMES_MAX;
use crate::mapi::{ErrorCode, PropertyType};
use crate::nspi::message::{
    DnToMidRequest, DnToMidResponse, GetAddressBookUrlRequest, GetAddressBookUrlResponse, GetMailboxUrlRequest,
    GetMailboxUrlResponse, MinimalId, ResolveNamesRequest, ResolveNamesResponse,
};

/// As many MIds as names, 0 for a name that is not ours.
pub(super) fn dn_to_mid(cx: &Context<'_>, rq: &DnToMidRequest) -> DnToMidResponse {
    let names = rq.names.as_deref().unwrap_or_default();
    let mids = names.iter().map(|dn| cx.view.by_dn(dn).map_or(MinimalId(0), |entry| entry.mid)).collect();
    DnToMidResponse { error_code: ErrorCode::Success, minimal_ids: Some(mids) }
}

/// Reserved is not looked at: MS-OXNSPI 3.1.4.1.17 lets a server refuse what is not 0, and
/// Outlook sends 80000000.
pub(super) fn resolve_names(cx: &Context<'_>, rq: &ResolveNamesRequest) -> Answer<ResolveNamesResponse> {
    let state = required(rq.state)?;
    let code_page = cx.code_page(&state)?;
    let table = table_of(cx.view, &state)?;
    let columns = rq.property_tags.clone().unwrap_or_else(|| default_columns(PropertyType::String));
    check_columns(&columns)?;
    let names = rq.names.as_deref().unwrap_or_default();
    if names.len() > NSPI_NAMES_MAX {
        return Err(ErrorCode::TableTooBig);
    }
    let mut mids = Vec::new();
    let mut found = Vec::new();
    for name in names {
        // A second match is all it takes to be ambiguous.
        match *table.resolve(name, 2) {
            [] => mids.push(MinimalId::MID_UNRESOLVED),
            [row] => {
                mids.push(MinimalId::MID_RESOLVED);
                found.push(row);
            }
            _ => mids.push(MinimalId::MID_AMBIGUOUS),
        }
    }
    let view = cx.view.in_order(state.sort_type);
    let rows = rows(view, found.iter().map(|row| view.entry(*row)), columns, &format(cx, code_page, 0));
    if rows.rows.len() < found.len() {
        return Err(ErrorCode::TableTooBig);
    }
    Ok(ResolveNamesResponse { error_code: ErrorCode::Success, code_page, minimal_ids: Some(mids), rows: Some(rows) })
}

/// There is one server: every mailbox is behind the same URL, whatever the DN says.
pub(super) fn get_mailbox_url(cx: &Context<'_>, _rq: &GetMailboxUrlRequest) -> GetMailboxUrlResponse {
    GetMailboxUrlResponse { error_code: ErrorCode::Success, server_url: cx.settings.emsmdb_url.clone() }
}

/// There is one address book, whoever asks.
pub(super) fn get_address_book_url(cx: &Context<'_>, _rq: &GetAddressBookUrlRequest) -> GetAddressBookUrlResponse {
    GetAddressBookUrlResponse { error_code: ErrorCode::Success, server_url: cx.settings.nspi_url.clone() }
}
