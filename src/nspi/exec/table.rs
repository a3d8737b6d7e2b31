//! Tables and positions: UpdateStat, QueryRows, SeekEntries, ResortRestriction, CompareMIds.
//! MS-OXNSPI 3.1.4.1.4, 3.1.4.1.8, 3.1.4.1.9, 3.1.4.1.11, 3.1.4.1.12
//!
//! Tables are in the order of display names, or of phonetic ones where SortType says so; SortLocale
//! is not looked at.

use super::hierarchy::table_of;
use super::position::{locate, report, row_of};
use super::rows::{check_columns, default_columns, rows};
use super::{Answer, Context, required};
use crate::mapi::{ErrorCode, PropertyTag, PropertyType, Value};
use crate::nspi::message::{
    AddressBookTaggedValue, CompareMidsRequest, CompareMidsResponse, MinimalId, QueryRowsRequest, QueryRowsResponse,
    ResortRestrictionRequest, ResortRestrictionResponse, SeekEntriesRequest, SeekEntriesResponse, SortType, Stat,
    UpdateStatRequest, UpdateStatResponse,
};
use crate::nspi::properties::Format;
use crate::nspi::text::decode;
use crate::sorted::sort;
use std::cmp::Ordering;

/// fEphID. MS-OXNSPI 2.2.1.11
pub(super) const F_EPH_ID: u32 = 2;
/// Rows that SeekEntries adds to a position; the protocol leaves the number to the server. A page
/// of Outlook's address book shows 22.
const SEEK_ROWS: usize = 50;

/// Identifiers are ephemeral where the client asks for it, and only there. The specification has
/// GetMatches and SeekEntries always use fEphID; Outlook then keeps identifiers which no later
/// session, no draft and no delivered message can resolve.
pub(super) fn format<'a>(cx: &Context<'a>, code_page: u32, flags: u32) -> Format<'a> {
    Format { told: cx.told, code_page, ephemeral: (flags & F_EPH_ID != 0).then_some(cx.settings.server_guid) }
}

pub(super) fn update_stat(cx: &Context<'_>, rq: &UpdateStatRequest) -> Answer<UpdateStatResponse> {
    let state = required(rq.state)?;
    cx.code_page(&state)?;
    let table = table_of(cx.view, &state)?;
    let position = locate(table, &state)?;
    Ok(UpdateStatResponse {
        error_code: ErrorCode::Success,
        state: Some(report(table, &state, position.row)),
        delta: rq.delta_requested.then(|| position.moved()),
    })
}

pub(super) fn query_rows(cx: &Context<'_>, rq: &QueryRowsRequest) -> Answer<QueryRowsResponse> {
    let state = required(rq.state)?;
    let format = format(cx, cx.code_page(&state)?, rq.flags);
    if rq.row_count == 0 {
        return Err(ErrorCode::InvalidParameter);
    }
    let count = usize::try_from(rq.row_count).unwrap_or(usize::MAX);
    let columns = rq.columns.clone().unwrap_or_else(|| default_columns(PropertyType::String8));
    check_columns(&columns)?;
    let (state, rows) = if rq.explicit_table.is_empty() {
        let table = table_of(cx.view, &state)?;
        let position = locate(table, &state)?;
        let rows = rows(cx.view, table.starting_at(position.row).take(count), columns, &format);
        (report(table, &state, position.row.saturating_add(rows.rows.len())), rows)
    } else {
        // The position is neither looked at nor moved. An object that is gone has its row, too.
        let entries = rq.explicit_table.iter().take(count).map(|mid| cx.view.by_mid(*mid));
        (Stat { delta: 0, ..state }, rows(cx.view, entries, columns, &format))
    };
    Ok(QueryRowsResponse { error_code: ErrorCode::Success, state: Some(state), rows: Some(rows) })
}

pub(super) fn seek_entries(cx: &Context<'_>, rq: &SeekEntriesRequest) -> Answer<SeekEntriesResponse> {
    let state = required(rq.state)?;
    let code_page = cx.code_page(&state)?;
    let container = table_of(cx.view, &state)?;
    if state.sort_type != SortType::SortTypeDisplayName {
        return Err(ErrorCode::GeneralFailure);
    }
    let target = seek_target(rq.target.as_ref(), code_page)?;
    if let Some(columns) = &rq.columns {
        check_columns(columns)?;
    }
    let table: Vec<MinimalId> = match &rq.explicit_table {
        Some(table) => table.clone(),
        None => Vec::new(),
    };
    let (row, total) = match &rq.explicit_table {
        Some(table) => (table.iter().position(|mid| cx.view.is_at_or_after(*mid, &target)), table.len()),
        None => (Some(container.seek(&target)).filter(|row| *row < container.len()), container.len()),
    };
    let row = row.ok_or(ErrorCode::NotFound)?;
    let format = format(cx, code_page, 0);
    let rows = rq.columns.clone().map(|columns| match &rq.explicit_table {
        Some(table) => rows(cx.view, table.iter().skip(row).map(|mid| cx.view.by_mid(*mid)), columns, &format),
        None => rows(cx.view, container.starting_at(row).take(SEEK_ROWS), columns, &format),
    });
    let state = Stat {
        current_rec: table.get(row).copied().unwrap_or_else(|| container.mid_at(row)),
        delta: 0,
        num_pos: u32::try_from(row).unwrap_or(u32::MAX),
        total_recs: u32::try_from(total).unwrap_or(u32::MAX),
        ..state
    };
    Ok(SeekEntriesResponse { error_code: ErrorCode::Success, state: Some(state), rows })
}

/// Only the display name can be sought for. MS-OXNSPI 3.1.4.1.9 constraint 10
fn seek_target(target: Option<&AddressBookTaggedValue>, code_page: u32) -> Answer<String> {
    let target = target.filter(|target| target.tag.id() == PropertyTag::PidTagDisplayName.id());
    match target.and_then(|target| target.value.as_ref()) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::String8(bytes)) => Ok(decode(bytes, code_page)),
        _ => Err(ErrorCode::GeneralFailure),
    }
}

/// Any SortType is answered, as Exchange does since 2013 (MS-OXNSPI 3.1.4.1.11 constraint 5 is a
/// SHOULD); the container is not looked at.
pub(super) fn resort_restriction(cx: &Context<'_>, rq: &ResortRestrictionRequest) -> Answer<ResortRestrictionResponse> {
    let state = required(rq.state)?;
    cx.code_page(&state)?;
    let mids = rq.minimal_ids.as_deref().unwrap_or_default();
    let view = cx.view.in_order(state.sort_type);
    let mut table: Vec<usize> = mids.iter().filter_map(|mid| view.index(*mid)).collect();
    sort(&mut table);
    let mids: Vec<MinimalId> = table.iter().filter_map(|at| view.entry(*at)).map(|entry| entry.mid).collect();
    // MS-OXNSPI 3.1.4.1.11 constraint 8 wants MID_BEGINNING_OF_TABLE where the object is not in
    // the table: the client's own list has no row for it.
    let (current_rec, num_pos) = match mids.iter().position(|mid| *mid == state.current_rec) {
        Some(row) => (state.current_rec, row),
        None => (MinimalId::MID_BEGINNING_OF_TABLE, 0),
    };
    let state = Stat {
        current_rec,
        delta: 0,
        num_pos: u32::try_from(num_pos).unwrap_or(u32::MAX),
        total_recs: u32::try_from(mids.len()).unwrap_or(u32::MAX),
        ..state
    };
    Ok(ResortRestrictionResponse { error_code: ErrorCode::Success, state: Some(state), minimal_ids: Some(mids) })
}

pub(super) fn compare_mids(cx: &Context<'_>, rq: &CompareMidsRequest) -> Answer<CompareMidsResponse> {
    let state = required(rq.state)?;
    cx.code_page(&state)?;
    let table = table_of(cx.view, &state)?;
    // A position that the client is at is no object: MID_CURRENT is for a STAT (MS-OXNSPI 2.2.1.8).
    let object = |mid: &MinimalId| *mid != MinimalId::MID_CURRENT;
    let row =
        |mid| Some(mid).filter(object).and_then(|mid| row_of(table, &state, mid)).ok_or(ErrorCode::GeneralFailure);
    let result = match row(rq.minimal_id1)?.cmp(&row(rq.minimal_id2)?) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    Ok(CompareMidsResponse { error_code: ErrorCode::Success, result })
}
