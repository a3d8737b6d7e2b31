//! Where a STAT points to in a container. MS-OXNSPI 3.1.4.5

use super::Answer;
use crate::mapi::ErrorCode;
use crate::nspi::message::{MinimalId, Stat};
use crate::nspi::view::Table;

/// Rows from 0 to the number of rows, which is the place behind the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Where the STAT points to before Delta.
    initial: usize,
    /// After Delta.
    pub(super) row: usize,
}

impl Position {
    /// Rows moved by Delta, less than asked for at both ends of the table.
    pub(super) fn moved(self) -> i32 {
        let (row, initial) = (i64::try_from(self.row), i64::try_from(self.initial));
        let rows = row.unwrap_or(i64::MAX).saturating_sub(initial.unwrap_or(i64::MAX));
        i32::try_from(rows).unwrap_or(if rows < 0 { i32::MIN } else { i32::MAX })
    }
}

/// The position in the table of the STAT's container: NotFound without such a row.
pub(super) fn locate(table: Table<'_>, state: &Stat) -> Answer<Position> {
    let initial = row_of(table, state, state.current_rec).ok_or(ErrorCode::NotFound)?;
    let distance = usize::try_from(state.delta.unsigned_abs()).unwrap_or(usize::MAX);
    let row = if state.delta < 0 {
        initial.saturating_sub(distance)
    } else {
        initial.saturating_add(distance).min(table.len())
    };
    Ok(Position { initial, row })
}

/// The row of an MId, those with a meaning of their own included.
pub(super) fn row_of(table: Table<'_>, state: &Stat, mid: MinimalId) -> Option<usize> {
    match mid {
        MinimalId::MID_BEGINNING_OF_TABLE => Some(0),
        MinimalId::MID_END_OF_TABLE => Some(table.len()),
        MinimalId::MID_CURRENT => Some(fraction(table, state)),
        mid => table.row(mid),
    }
}

/// Fractional positioning: NumPos of TotalRecs as the client has them, scaled to the table as it
/// is. MS-OXNSPI 3.1.4.5.2. Clients have been seen with NumPos beyond the end. Without TotalRecs
/// there is nothing to scale by, and NumPos is taken as a row.
fn fraction(table: Table<'_>, state: &Stat) -> usize {
    let rows = u64::try_from(table.len()).unwrap_or(u64::MAX);
    let row = rows
        .saturating_mul(state.num_pos.into())
        .checked_div(state.total_recs.into())
        .unwrap_or_else(|| state.num_pos.into());
    usize::try_from(row.min(rows)).unwrap_or(usize::MAX)
}

/// The STAT that tells the client of a row: MID_END_OF_TABLE behind the last one, and never
/// MID_BEGINNING_OF_TABLE, on which clients have been seen to crash.
pub(super) fn report(table: Table<'_>, state: &Stat, row: usize) -> Stat {
    Stat {
        current_rec: table.mid_at(row),
        delta: 0,
        num_pos: u32::try_from(row).unwrap_or(u32::MAX),
        total_recs: u32::try_from(table.len()).unwrap_or(u32::MAX),
        ..*state
    }
}
