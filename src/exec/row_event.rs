//! What a table tells of a change: a row added, deleted, modified, or that something changed.
//! MS-OXCNOTIF 2.2.1.1.1, 3.1.4.3
//!
//! A row's place is told where it is cheap to know: in the orders that are indexes of the store,
//! and in hierarchy tables. Otherwise, and whenever a row cannot be read any more, the client is
//! told to read the table anew. Rows are told as they are when the event is fetched, so what
//! follows in the queue about a row that was just told is left out.

use super::rows::{Bodies, Plan, RowKey, cells, plan, with_row};
use super::table::{Kind, TableObject, shorten};
use super::{Context, Result, guard};
use crate::limits;
use crate::mapi::{Cell, Dialect, ObjectId, PropertyTag, Value, write_row};
use crate::notify::Watched;
use crate::rop::{NotificationData, TableRowIds, event, table_flags};
use crate::sorted::{SortedMap, SortedSet};
use crate::store::{self, Event, IndexKey, IndexOrder, LinkChange, List, MailboxIds, Rights, RowId, What, hierarchy};
use crate::wire::Writer;
use serde::{Deserialize, Serialize};

/// TableEventType. MS-OXCNOTIF 2.2.1.4.1.2
mod table_event {
    pub(super) const CHANGED: u16 = 1;
    pub(super) const ROW_ADDED: u16 = 3;
    pub(super) const ROW_DELETED: u16 = 4;
    pub(super) const ROW_MODIFIED: u16 = 5;
}

/// Whether a table tells of its changes.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Announce {
    /// NoNotifications.
    silent: bool,
    /// SuppressesNotifications: not of the session's own changes.
    without_own: bool,
    /// An operation that makes a table view came, and no RopResetTable since. MS-OXCNOTIF 3.1.4.3
    pub(super) viewed: bool,
}

impl Announce {
    pub(super) fn new(kind: &Kind, flags: u8) -> Self {
        Self {
            silent: flags & table_flags::NO_NOTIFICATIONS != 0,
            without_own: matches!(kind, Kind::Hierarchy { .. }) && flags & table_flags::CONVERSATION_MEMBERS != 0,
            viewed: false,
        }
    }

    /// As it was before anything was asked of the table.
    pub(super) fn without_view(self) -> Self {
        Self { viewed: false, ..self }
    }
}

impl TableObject {
    /// What the table itself watches, and whether the session's own changes count.
    pub(super) fn automatic_watch(&self) -> Option<(Watched, bool)> {
        let watched = self.watched().filter(|_| !self.announce.silent)?;
        Some((watched, !self.announce.without_own))
    }

    /// What concerns the rows, once there is a view.
    pub(super) fn watched(&self) -> Option<Watched> {
        if !self.announce.viewed || self.broken {
            return None;
        }
        match self.kind {
            Kind::Contents { folder, kind } => Some(Watched::Contents { folder, kind }),
            Kind::Hierarchy { folder, deep, deleted: false } => Some(Watched::Hierarchy { folder, deep }),
            Kind::Hierarchy { deleted: true, .. } | Kind::Attachments { .. } | Kind::Permissions { .. } => None,
        }
    }
}

/// What one response has told so far, all from one snapshot.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Handles told to read everything anew.
    changed: SortedSet<u32>,
    /// Rows told as they are, by handle.
    rows: SortedSet<(u32, u64)>,
    /// Rows whose adding could not be told since they are gone again.
    never: SortedSet<(u32, u64)>,
    /// Rows, by mailbox and search folder, that later events will put in their places: the client
    /// does not know them there, so until then nothing is said to stand after them.
    coming: SortedMap<(u32, (u64, u64)), u32>,
    /// Rows of hierarchy tables, by handle.
    hierarchies: SortedMap<u32, Vec<(u64, u32)>>,
}

/// The row that an event puts in a place, and the search folder if it is there.
fn placed(what: &What) -> Option<(u64, u64)> {
    let row = match what {
        What::MessageCreated { id, .. }
        | What::MessageMoved { id, .. }
        | What::MessageCopied { id, .. }
        | What::MessageModified { id, moved: true, .. }
        | What::MessageDeleted { id, to: Some(_), .. } => *id,
        What::FolderCreated { folder, .. }
        | What::FolderModified { folder, renamed: true, .. }
        | What::FolderMoved { folder, .. }
        | What::FolderCopied { folder, .. } => *folder,
        What::Linked { search, id, change: LinkChange::Made | LinkChange::Changed { moved: true }, .. } => {
            return Some((*search, *id));
        }
        _ => return None,
    };
    Some((0, row))
}

impl Told {
    /// An event that waits.
    pub(super) fn expect(&mut self, event: &Event) {
        if let Some(row) = placed(&event.what) {
            let count = self.coming.get_or_insert_with((event.mailbox, row), || 0);
            *count = count.saturating_add(1);
        }
    }

    /// An event that is told now.
    pub(super) fn reach(&mut self, event: &Event) {
        let Some(row) = placed(&event.what) else { return };
        if let Some(count) = self.coming.get_mut(&(event.mailbox, row)) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.coming.remove(&(event.mailbox, row));
            }
        }
    }

    fn is_in_place(&self, teller: Teller<'_>, row: u64) -> bool {
        let search = match teller.table.kind {
            Kind::Contents { folder, kind: store::Kind::Linked } => folder,
            _ => 0,
        };
        !self.coming.contains_key(&(teller.ids.mailbox, (search, row))) || self.rows.contains(&(teller.handle, row))
    }
}

/// What happens to one row.
#[derive(Debug, Clone, Copy)]
enum Step {
    Added(u64),
    Deleted(u64),
    Modified(u64),
    Changed,
}

/// What an event does to the rows of a table that it concerns.
fn steps(kind: &Kind, what: &What) -> Vec<Step> {
    let of = |added: Option<u64>, deleted: Option<u64>| {
        deleted.map(Step::Deleted).into_iter().chain(added.map(Step::Added)).collect()
    };
    match kind {
        Kind::Contents { folder, kind } => {
            let here = |at: &store::Location| at.folder == *folder && at.kind == *kind;
            match what {
                What::MessageCreated { id, .. } | What::MessageCopied { id, .. } => vec![Step::Added(*id)],
                What::MessageModified { id, .. } => vec![Step::Modified(*id)],
                What::Linked { id, change, .. } => vec![match change {
                    LinkChange::Made => Step::Added(*id),
                    LinkChange::Gone => Step::Deleted(*id),
                    LinkChange::Changed { .. } => Step::Modified(*id),
                }],
                What::MessageDeleted { at, id, .. } if here(at) => vec![Step::Deleted(*id)],
                What::MessageDeleted { id, .. } => vec![Step::Added(*id)],
                What::MessageMoved { from, old_id, at, id } => {
                    of(here(at).then_some(*id), here(from).then_some(*old_id))
                }
                _ => vec![Step::Changed],
            }
        }
        Kind::Hierarchy { folder: top, deep, .. } => match what {
            What::FolderCreated { folder, .. } | What::FolderCopied { folder, .. } => vec![Step::Added(*folder)],
            What::FolderDeleted { folder, .. } => vec![Step::Deleted(*folder)],
            What::FolderModified { folder, renamed, .. } if !(*deep && *renamed) => vec![Step::Modified(*folder)],
            What::FolderMoved { folder, parent, old_parent } if !deep => {
                of((parent == top).then_some(*folder), (old_parent == top).then_some(*folder))
            }
            // A folder takes the folders below it along.
            _ => vec![Step::Changed],
        },
        Kind::Attachments { .. } | Kind::Permissions { .. } => Vec::new(),
    }
}

/// A table, and the handle under which its client hears of it.
#[derive(Clone, Copy)]
pub(super) struct Teller<'a> {
    pub(super) handle: u32,
    pub(super) ids: MailboxIds,
    pub(super) table: &'a TableObject,
}

impl Teller<'_> {
    /// What the client is told of an event that concerns the table.
    pub(super) fn tell(self, cx: &Context<'_, '_>, told: &mut Told, what: &What) -> Vec<NotificationData> {
        let mut events = Vec::new();
        if !self.may_read(cx) {
            return events;
        }
        for step in steps(&self.table.kind, what) {
            if told.changed.contains(&self.handle) {
                break;
            }
            let home = if let What::Linked { home, .. } = what { Some(*home) } else { None };
            let outcome = self.step(cx, told, step, home).unwrap_or_else(|fault| {
                log::debug!("a row cannot be told: {fault:?}");
                Outcome::Unknown
            });
            match outcome {
                Outcome::Nothing => {}
                Outcome::Event(data) => events.push(*data),
                Outcome::Unknown => {
                    told.changed.insert(self.handle);
                    events.push(changed());
                }
            }
        }
        events
    }

    /// Of a table that is not open to a visitor any more, nothing is told.
    fn may_read(self, cx: &Context<'_, '_>) -> bool {
        match self.table.kind {
            Kind::Contents { folder, .. } => guard::folder(cx, self.ids, folder, Rights::READ_ANY).is_ok(),
            _ => true,
        }
    }

    /// `home`: the folder in which the message of a row of a search folder lies, or lay.
    fn step(self, cx: &Context<'_, '_>, told: &mut Told, step: Step, home: Option<u64>) -> Result<Outcome> {
        match step {
            Step::Changed => Ok(Outcome::Unknown),
            Step::Deleted(row) => {
                if told.never.remove(&(self.handle, row)) {
                    return Ok(Outcome::Nothing);
                }
                told.rows.remove(&(self.handle, row));
                let selection = &self.table.selection;
                let has_headers = self.table.categories.levels > 0;
                let is_visitor = self.ids.visitor.is_some();
                if is_visitor || selection.restriction.is_some() || selection.instance_of.is_some() || has_headers {
                    // It may not have been one of the rows, or several, or the last of its category.
                    return Ok(Outcome::Unknown);
                }
                let row_ids = self.row_ids(row, home);
                Ok(Outcome::Event(Box::new(self.data(table_event::ROW_DELETED, row_ids))))
            }
            Step::Added(row) | Step::Modified(row) if told.rows.contains(&(self.handle, row)) => Ok(Outcome::Nothing),
            Step::Added(row) => self.present(cx, told, row, table_event::ROW_ADDED),
            Step::Modified(row) => self.present(cx, told, row, table_event::ROW_MODIFIED),
        }
    }

    /// A row as it is now and where it stands.
    fn present(self, cx: &Context<'_, '_>, told: &mut Told, row: u64, kind: u16) -> Result<Outcome> {
        let place = match self.table.kind {
            Kind::Hierarchy { .. } => self.folder_place(cx, told, row)?,
            _ => self.message_place(cx, told, row)?,
        };
        let (key, before) = match place {
            Place::At(key, before) => (key, before),
            Place::Unknown => return Ok(Outcome::Unknown),
            // It may have been shown before.
            Place::Hidden if kind == table_event::ROW_MODIFIED => return Ok(Outcome::Unknown),
            Place::Hidden => return Ok(Outcome::Nothing),
            Place::Nowhere => {
                // Gone again, as a later event says.
                if kind == table_event::ROW_ADDED {
                    told.never.insert((self.handle, row));
                }
                return Ok(Outcome::Nothing);
            }
        };
        let Some(row_data) = self.row_data(cx, key)? else { return Ok(Outcome::Unknown) };
        told.rows.insert((self.handle, row));
        let mut data = self.data(kind, self.row_ids(row, self.home(cx, row)?));
        data.insert_after = Some(self.row_ids(before, self.home(cx, before)?));
        data.table_row_data = Some(row_data);
        Ok(Outcome::Event(Box::new(data)))
    }

    fn message_place(self, cx: &Context<'_, '_>, told: &Told, id: u64) -> Result<Place> {
        let row = RowKey::Message(RowId { message: id, instance: 0 });
        let restriction = self.table.selection.restriction.as_ref();
        let look = with_row(cx, (self.ids, self.table), row, Bodies::All, |source| {
            let delivery = source.property(PropertyTag::PidTagMessageDeliveryTime).map(std::borrow::Cow::into_owned);
            let time = match delivery {
                Some(store::Stored::Value(Value::Time(time))) => time.0,
                _ => 0,
            };
            (time, restriction.is_none_or(|r| store::matches(r, source)))
        })?;
        let Some((time, matches)) = look else { return Ok(Place::Nowhere) };
        match plan(self.table, self.ids) {
            Plan::Index(list, order, descending) => {
                let key = (if order == IndexOrder::Delivery { time } else { 0 }, id);
                let before = self.index_before(cx, told, (list, order, descending), key)?;
                Ok(before.map_or(Place::Unknown, |before| Place::At(row, before)))
            }
            Plan::List => Ok(if matches { Place::Unknown } else { Place::Hidden }),
        }
    }

    /// The row before a place in an index; 0 for none, `None` if it is too far to look for.
    fn index_before(
        self,
        cx: &Context<'_, '_>,
        told: &Told,
        (list, order, descending): (List, IndexOrder, bool),
        key: IndexKey,
    ) -> Result<Option<u64>> {
        let near = cx.txn.index_rows(list, order, Some(key), descending, limits::ROWS_BEFORE_MAX)?;
        let found = near.iter().find(|(_, id)| told.is_in_place(self, *id));
        Ok(match found {
            Some((_, id)) => Some(*id),
            None => (near.len() < limits::ROWS_BEFORE_MAX).then_some(0),
        })
    }

    fn folder_place(self, cx: &Context<'_, '_>, told: &mut Told, id: u64) -> Result<Place> {
        let Kind::Hierarchy { folder, deep, .. } = self.table.kind else { return Ok(Place::Nowhere) };
        let restriction = self.table.selection.restriction.as_ref();
        if !told.hierarchies.contains_key(&self.handle) {
            told.hierarchies.insert(self.handle, hierarchy(cx.txn, self.ids, folder, deep, restriction)?);
        }
        let rows = told.hierarchies.get(&self.handle).map_or(&[][..], Vec::as_slice);
        let Some(at) = rows.iter().position(|(row, _)| *row == id) else {
            return Ok(if restriction.is_some() { Place::Hidden } else { Place::Nowhere });
        };
        let depth = rows.get(at).map_or(1, |(_, depth)| *depth);
        let before = rows.iter().take(at).rev().find(|(row, _)| told.is_in_place(self, *row));
        Ok(Place::At(RowKey::Folder(id, depth), before.map_or(0, |(row, _)| *row)))
    }

    /// The row as RopSetColumns wants it; `None` if it is gone, too large, or no columns are set.
    fn row_data(self, cx: &Context<'_, '_>, key: RowKey) -> Result<Option<Vec<u8>>> {
        let Some(columns) = &self.table.columns else { return Ok(None) };
        let Some(mut row) = cells(cx, self.ids, self.table, key)? else { return Ok(None) };
        let write = |row: &[Cell]| {
            let mut w = Writer::bounded(limits::EVENT_ROW_MAX_BYTES);
            write_row(&mut w, columns, row, Dialect::Rop);
            (!w.is_full()).then(|| w.into_bytes())
        };
        Ok(write(&row).or_else(|| {
            row.iter_mut().for_each(shorten);
            write(&row)
        }))
    }

    /// The folder of a message that a search folder shows: what its row has as PidTagFolderId.
    fn home(self, cx: &Context<'_, '_>, row: u64) -> Result<Option<u64>> {
        match self.table.kind {
            Kind::Contents { kind: store::Kind::Linked, .. } => {
                Ok(cx.txn.locate(self.ids.mailbox, row)?.map(|at| at.folder))
            }
            _ => Ok(None),
        }
    }

    fn row_ids(self, row: u64, home: Option<u64>) -> TableRowIds {
        let id = if row == 0 { ObjectId::NONE } else { ObjectId::own(row) };
        match self.table.kind {
            Kind::Contents { folder, .. } => {
                let folder = if row == 0 { ObjectId::NONE } else { ObjectId::own(home.unwrap_or(folder)) };
                TableRowIds { folder_id: folder, message: Some((id, 0)) }
            }
            _ => TableRowIds { folder_id: id, message: None },
        }
    }

    fn data(self, kind: u16, row: TableRowIds) -> NotificationData {
        let message = if matches!(self.table.kind, Kind::Contents { .. }) { event::MESSAGE } else { 0 };
        NotificationData {
            notification_flags: event::TABLE_MODIFIED | message,
            table_event_type: Some(kind),
            table_row: Some(row),
            ..NotificationData::default()
        }
    }
}

/// That a table is to be read anew.
pub(super) fn changed() -> NotificationData {
    NotificationData {
        notification_flags: event::TABLE_MODIFIED,
        table_event_type: Some(table_event::CHANGED),
        ..NotificationData::default()
    }
}

enum Outcome {
    Nothing,
    Event(Box<NotificationData>),
    /// The table is to be read anew.
    Unknown,
}

enum Place {
    /// A row and the one before it, 0 for none.
    At(RowKey, u64),
    Unknown,
    /// Not one of the rows that the restriction shows.
    Hidden,
    /// Gone.
    Nowhere,
}
