//! GetMatches: the objects that meet a condition, or those to which a property refers.
//! MS-OXNSPI 3.1.4.1.10

use super::change::may_change_link;
use super::hierarchy::table_of;
use super::restriction::Condition;
use super::rows::{check_columns, rows};
use super::table::format;
use super::{Answer, Context, required};
use crate::mapi::ErrorCode;
use crate::nspi::message::{GetMatchesRequest, GetMatchesResponse, MinimalId, SortType, Stat};
use crate::nspi::properties::is_link;

/// Reserved, MinimalIds and InterfaceOptionFlags are not looked at, as the specification has it.
pub(super) fn get_matches(cx: &Context<'_>, rq: &GetMatchesRequest) -> Answer<GetMatchesResponse> {
    let state = required(rq.state)?;
    let code_page = cx.code_page(&state)?;
    if let Some(columns) = &rq.columns {
        check_columns(columns)?;
    }
    // What a property refers to is in the order of display names (constraint 14).
    let view = if rq.filter.is_some() { cx.view.in_order(state.sort_type) } else { cx.view };
    let most = usize::try_from(rq.row_count).unwrap_or(usize::MAX);
    let table = match &rq.filter {
        Some(filter) => {
            let table = table_of(view, &state)?;
            sorted_by_name(state.sort_type)?;
            let condition = Condition::new(&filter.0, table, code_page)?;
            condition.rows(view, table, most).ok_or(ErrorCode::TableTooBig)?
        }
        None => referred_to(cx, rq, &state)?,
    };
    if table.len() > most {
        return Err(ErrorCode::TableTooBig);
    }
    let mids: Vec<MinimalId> = table.iter().filter_map(|at| view.entry(*at)).map(|entry| entry.mid).collect();
    let format = format(cx, code_page, 0);
    let rows =
        rq.columns.clone().map(|columns| rows(cx.view, table.iter().map(|row| view.entry(*row)), columns, &format));
    if rows.as_ref().is_some_and(|rows| rows.rows.len() < mids.len()) {
        return Err(ErrorCode::TableTooBig);
    }
    let state = Stat { container_id: state.current_rec.0, delta: 0, ..state };
    Ok(GetMatchesResponse { error_code: ErrorCode::Success, state: Some(state), minimal_ids: Some(mids), rows })
}

/// Constraint 2: a condition is for tables in the order of names.
fn sorted_by_name(sort_type: SortType) -> Answer<()> {
    match sort_type {
        SortType::SortTypeDisplayName | SortType::SortTypePhoneticDisplayName => Ok(()),
        _ => Err(ErrorCode::NotSupported),
    }
}

/// Rows of the objects to which a property of the object refers (constraints 9 to 13). The
/// property is named, or its tag stands where other calls have a container.
fn referred_to(cx: &Context<'_>, rq: &GetMatchesRequest, state: &Stat) -> Answer<Vec<usize>> {
    let [_, _, low, high] = state.container_id.to_le_bytes();
    let id = match &rq.property_name {
        Some(name) => u16::try_from(name.id).map_err(|_| ErrorCode::NotSupported)?,
        None => u16::from_le_bytes([low, high]),
    };
    if !is_link(id) {
        // Constraint 7 looks for a container first where the table is sorted by name.
        let by_name = sorted_by_name(state.sort_type).is_ok() && rq.property_name.is_none();
        return Err(if by_name { ErrorCode::InvalidBookmark } else { ErrorCode::NotSupported });
    }
    let entry = cx.view.by_mid(state.current_rec).ok_or(ErrorCode::GeneralFailure)?;
    if state.sort_type == SortType::SortTypeDisplayName_W && !may_change_link(cx.user, &entry.listing, id) {
        // Constraint 11: the client wants to change the values.
        return Err(ErrorCode::NotSupported);
    }
    Ok(cx.view.linked(entry, id))
}
