//! What became of rows lately, so that a table that knows how many rows stood before one knows it
//! again after a change, without counting. A folder's content version says whether anything is
//! missing; who is told so counts.

use crate::limits;
use crate::store::{List, RowChange};
use std::collections::VecDeque;

/// By mailbox and folder, those that changed last at the end.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<((u32, u64), VecDeque<RowChange>)>);

impl Rows {
    pub(super) fn add(&mut self, rows: Vec<RowChange>) {
        for row in rows {
            let key = (row.list.mailbox, row.list.folder);
            if self.0.last().is_none_or(|(last, _)| *last != key) {
                let found = self.0.iter().position(|(other, _)| *other == key);
                let recent = found.map_or_else(|| (key, VecDeque::new()), |at| self.0.remove(at));
                if self.0.len() >= limits::CHANGED_FOLDERS_KEPT_MAX {
                    self.0.remove(0);
                }
                self.0.push(recent);
            }
            if let Some((_, recent)) = self.0.last_mut() {
                if recent.len() >= limits::CHANGED_ROWS_KEPT_MAX {
                    recent.pop_front();
                }
                recent.push_back(row);
            }
        }
    }

    pub(super) fn between(&self, list: List, from: u64, to: u64, own: &[RowChange]) -> Option<Vec<RowChange>> {
        let key = (list.mailbox, list.folder);
        let of_folder = |row: &&RowChange| (row.list.mailbox, row.list.folder) == key;
        let recent = self.0.iter().find(|(other, _)| *other == key).map(|(_, recent)| recent);
        let mut reached = from;
        let mut changes = Vec::new();
        for row in recent.into_iter().flatten().chain(own.iter().filter(of_folder)) {
            if row.version <= from || row.version > to {
                continue;
            }
            if row.version > reached.saturating_add(1) || row.version < reached {
                return None;
            }
            reached = row.version;
            changes.extend((row.list.kind == list.kind).then_some(*row));
        }
        (reached == to).then_some(changes)
    }
}
