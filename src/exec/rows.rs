//! The rows of a table: how many, which, from where. MS-OXCTABL 3.2.5.
//!
//! A contents table in an order that is an index of the store walks from the nearest place it
//! knows (start, end, current row), key by key, and reads only the rows it shows; where a row stands
//! after a change, the change itself says. Any other table is a list of row identifiers, made when first
//! needed; what changes is put into its place, or, with categories, the list is made anew.
//! Hierarchy and attachment tables are lists too; they are short.

use super::category::CategoryView;
use super::object::Object;
use super::permission::{MemberView, members};
use super::table::{Kind as TableKind, TableObject};
use super::{Context, Result, property};
use crate::limits;
use crate::mapi::{Cell, ErrorCode, Order, PropertyTag};
use crate::sorted::{SortedMap, SortedSet};
use crate::store::{
    AttachmentView, BodyView, Category, Folder, FolderView, GroupedRow, IndexKey, IndexOrder, List, MailboxIds,
    MessageView, RowChange, RowId, Selection, Source, deleted_hierarchy, grouped_rows, hierarchy, rows_of, sorted_rows,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A row, by what identifies it while the table changes around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RowKey {
    Message(RowId),
    /// Delivery time and message, in an index order.
    Index(IndexKey),
    /// A folder and its depth.
    Folder(u64, u32),
    /// An attachment.
    Attachment(u32),
    /// The header of a category.
    Header(u64),
    /// An entry of a permissions list, by PidTagMemberId.
    Member(i64),
}

/// What was found out of a table's rows; may be forgotten at any time, and is after a change.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowCache {
    /// The folder's content version, or another number that grows with changes.
    version: u64,
    /// Rows that are no index; `None` before they are needed.
    list: Option<Vec<RowKey>>,
    /// A place in an index and how many rows stand before it.
    anchor: Option<(u32, IndexKey)>,
    /// Categories of the rows in the list.
    categories: SortedMap<u64, Category>,
}

impl RowCache {
    /// A category of the table.
    pub(super) fn category(&self, id: u64) -> Option<&Category> {
        self.categories.get(&id)
    }
}

/// How the rows of a table come about.
pub(super) enum Plan {
    Index(List, IndexOrder, bool),
    List,
}

pub(super) fn plan(table: &TableObject, ids: MailboxIds) -> Plan {
    let TableKind::Contents { folder, kind } = table.kind else { return Plan::List };
    let selection = &table.selection;
    if selection.restriction.is_some() || selection.instance_of.is_some() || table.categories.levels > 0 {
        return Plan::List;
    }
    let list = List { mailbox: ids.mailbox, folder, kind };
    match selection.sort.as_slice() {
        [] => Plan::Index(list, IndexOrder::Id, false),
        [one] if one.property_tag == PropertyTag::PidTagMessageDeliveryTime => {
            Plan::Index(list, IndexOrder::Delivery, one.order == Order::Descending)
        }
        _ => Plan::List,
    }
}

/// The table at an index, with its mailbox.
pub(super) fn table<'a>(cx: &'a Context<'_, '_>, index: u8) -> Result<(MailboxIds, &'a TableObject)> {
    let open = cx.open(index)?;
    match &open.object {
        Object::Table(table) => Ok((open.mailbox, table)),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// The table at an index, to be changed.
pub(super) fn table_mut<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<&'a mut TableObject> {
    match &mut cx.open_mut(index)?.object {
        Object::Table(table) => Ok(table),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// The folder of a table; that of a table of what is deleted may be deleted itself.
fn folder_of(cx: &Context<'_, '_>, ids: MailboxIds, folder: u64, deleted: bool) -> Result<Folder> {
    let found = if deleted { cx.txn.any_folder(ids.mailbox, folder)? } else { cx.txn.folder(ids.mailbox, folder)? };
    Ok(found.ok_or(ErrorCode::ObjectDeleted)?)
}

/// Makes sure that the cache speaks of the table as it is now, and that the current row is where
/// its identity says, not where its number was.
pub(super) fn refresh(cx: &mut Context<'_, '_>, index: u8) -> Result<()> {
    table_mut(cx, index)?.announce.viewed = true;
    let (ids, table) = table(cx, index)?;
    let version = match &table.kind {
        TableKind::Contents { folder, kind } => folder_of(cx, ids, *folder, kind.is_deleted())?.content_version,
        // The tree and a message being edited have no version of their own: always made anew.
        TableKind::Hierarchy { .. } | TableKind::Attachments { .. } | TableKind::Permissions { .. } => {
            table.cache.version.wrapping_add(1)
        }
    };
    if table.cache.version == version && (table.cache.list.is_some() || matches!(plan(table, ids), Plan::Index(..))) {
        return Ok(());
    }
    let (old, old_position) = (table.current, table.position);
    if let Plan::Index(list, order, descending) = plan(table, ids)
        && let (known, anchor, true) = (table.cache.version, table.cache.anchor, table.cache.version > 0)
        && let Some(changes) = cx.hub.row_changes(list, known, version, cx.txn.row_changes())
    {
        let shift = |(at, key)| shifted(at, key, (order, descending), &changes);
        let position = match old {
            Some(RowKey::Index(key)) => shift((old_position, key)),
            _ => old_position.min(count_index(cx, list)?),
        };
        let anchor = anchor.map(|anchor| (shift(anchor), anchor.1));
        let table = table_mut(cx, index)?;
        table.position = position;
        table.cache = RowCache { version, anchor, ..RowCache::default() };
        return Ok(());
    }
    if patch(cx, index, version)? {
        return Ok(());
    }
    let (_, table) = self::table(cx, index)?;
    let (list, categories) = match plan(table, ids) {
        Plan::Index(..) => (None, SortedMap::new()),
        Plan::List => {
            let (rows, categories) = build(cx, ids, table)?;
            (Some(rows), categories)
        }
    };
    table_mut(cx, index)?.cache = RowCache { version, list, anchor: None, categories };
    // Past the last row stays past the last row.
    let position = match old {
        Some(old) => rank(cx, index, old, old_position)?.0,
        None => old_position.min(count(cx, index)?),
    };
    table_mut(cx, index)?.position = position;
    Ok(())
}

/// Puts rows that changed into their places in a list of rows that was made before; false if the list
/// is to be made anew.
fn patch(cx: &mut Context<'_, '_>, index: u8, version: u64) -> Result<bool> {
    let (ids, table) = table(cx, index)?;
    let TableKind::Contents { folder, kind } = table.kind else { return Ok(false) };
    let list = List { mailbox: ids.mailbox, folder, kind };
    let known = table.cache.version;
    if table.cache.list.is_none() || known == 0 || table.categories.levels > 0 || !table.selection.has_rows_apart() {
        return Ok(false);
    }
    let Some(changes) = cx.hub.row_changes(list, known, version, cx.txn.row_changes()) else { return Ok(false) };
    let ids_of = |change: &RowChange| [change.old, change.new].into_iter().flatten().map(|(_, message)| message);
    let changed: SortedSet<u64> = changes.iter().flat_map(ids_of).collect();
    if changed.len() > limits::ROWS_PATCHED_MAX {
        return Ok(false);
    }
    let (selection, current) = (table.selection.clone(), table.current);
    let mut position = usize::try_from(table.position).unwrap_or(usize::MAX);
    let mut rows = table_mut(cx, index)?.cache.list.take().unwrap_or_default();
    let has_changed = |row: &RowKey| matches!(row, RowKey::Message(row) if changed.contains(&row.message));
    position = position.saturating_sub(rows.iter().take(position).filter(|row| has_changed(row)).count());
    rows.retain(|row| !has_changed(row));
    let unrestricted = Selection { restriction: None, ..selection.clone() };
    for message in changed.iter() {
        for keyed in rows_of(cx.txn, ids, list, &selection, *message)? {
            let (mut from, mut to) = (0, rows.len());
            while from < to {
                let middle = from.midpoint(to);
                let is_after = match rows.get(middle) {
                    Some(RowKey::Message(other)) => keyed.is_after(cx.txn, ids, list, &unrestricted, *other)?,
                    _ => false,
                };
                (from, to) = if is_after { (middle.saturating_add(1), to) } else { (from, middle) };
            }
            rows.insert(from, RowKey::Message(keyed.row));
            position = position.saturating_add(usize::from(from < position));
        }
    }
    let found = current.and_then(|current| rows.iter().position(|row| *row == current));
    let table = table_mut(cx, index)?;
    table.position = u32::try_from(found.unwrap_or(position)).unwrap_or(u32::MAX);
    table.cache = RowCache { version, list: Some(rows), ..RowCache::default() };
    Ok(true)
}

/// How many rows stand before a place in an index, if it were `at` before some changes.
fn shifted(at: u32, place: IndexKey, (order, descending): (IndexOrder, bool), changes: &[RowChange]) -> u32 {
    let is_before = |(time, message): IndexKey| {
        let key = (if order == IndexOrder::Delivery { time } else { 0 }, message);
        if descending { key > place } else { key < place }
    };
    changes.iter().fold(at, |at, change| {
        let (was, is) = (change.old.is_some_and(is_before), change.new.is_some_and(is_before));
        at.saturating_add(u32::from(is)).saturating_sub(u32::from(was))
    })
}

/// Where a row of the (refreshed) table is, and whether it is still there; if not, where the next
/// one is, as far as that can be told: else where the row `was`.
pub(super) fn rank(cx: &Context<'_, '_>, index: u8, row: RowKey, was: u32) -> Result<(u32, bool)> {
    let (ids, table) = table(cx, index)?;
    let count = count(cx, index)?;
    Ok(match (plan(table, ids), row) {
        (Plan::Index(list, order, descending), RowKey::Index(key)) => {
            // Counted to the end that it was nearer to.
            let to_start = was <= count / 2;
            let beyond = cx.txn.index_rows(list, order, Some(key), descending == to_start, usize::MAX)?.len();
            let beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
            let there = cx.txn.index_rows(list, order, Some(beside(key, false)), true, 1)?.first() == Some(&key);
            let after = count.saturating_sub(beyond).saturating_sub(u32::from(there));
            (if to_start { beyond } else { after }, there)
        }
        (Plan::Index(..), _) => (was.min(count), false),
        (Plan::List, row) => {
            let rows = table.cache.list.as_deref().unwrap_or_default();
            let found = rows.iter().position(|other| *other == row).and_then(|at| u32::try_from(at).ok());
            found.map_or_else(|| (was.min(count), false), |at| (at, true))
        }
    })
}

/// The place just before another one.
fn beside((time, message): IndexKey, descending: bool) -> IndexKey {
    (time, if descending { message.saturating_add(1) } else { message.saturating_sub(1) })
}

type Built = (Vec<RowKey>, SortedMap<u64, Category>);

fn build(cx: &Context<'_, '_>, ids: MailboxIds, table: &TableObject) -> Result<Built> {
    let rows = match &table.kind {
        TableKind::Contents { folder, kind } if table.categories.levels > 0 => {
            let levels = usize::from(table.categories.levels);
            let rows = grouped_rows(cx.txn, ids, *folder, *kind, &table.selection, levels)?;
            return Ok(visible(rows, table));
        }
        TableKind::Contents { folder, kind } => {
            let rows = sorted_rows(cx.txn, ids, *folder, *kind, &table.selection)?;
            rows.into_iter().map(RowKey::Message).collect()
        }
        TableKind::Hierarchy { folder, deep, deleted } => {
            folder_of(cx, ids, *folder, *deleted)?;
            let find = if *deleted { deleted_hierarchy } else { hierarchy };
            let rows = find(cx.txn, ids, *folder, *deep, table.selection.restriction.as_ref())?;
            rows.into_iter().map(|(id, depth)| RowKey::Folder(id, depth)).collect()
        }
        TableKind::Attachments { message } => attachments(cx, ids, *message, &table.selection)?,
        TableKind::Permissions { folder, free_busy } => {
            let list = cx.txn.permissions(ids.mailbox, *folder)?;
            let mut rows = Vec::new();
            for member in members(&list) {
                let Some(view) = MemberView::new(cx.txn, &list, member, *free_busy)? else { continue };
                if table.selection.restriction.as_ref().is_none_or(|r| crate::store::matches(r, &view)) {
                    rows.push(RowKey::Member(member));
                }
            }
            rows
        }
    };
    Ok((rows, SortedMap::new()))
}

/// Leaves out what lies in closed categories.
fn visible(rows: Vec<GroupedRow>, table: &TableObject) -> Built {
    let mut shown = Vec::new();
    let mut categories = SortedMap::new();
    // The depth of the closed category that the rows are in.
    let mut closed: Option<u32> = None;
    for row in rows {
        match row {
            GroupedRow::Header(category) => {
                closed = closed.filter(|depth| category.depth > *depth);
                if closed.is_none() {
                    shown.push(RowKey::Header(category.id));
                    closed = (!table.categories.is_expanded(&category)).then_some(category.depth);
                }
                categories.insert(category.id, category);
            }
            GroupedRow::Leaf(row) if closed.is_none() => shown.push(RowKey::Message(row)),
            GroupedRow::Leaf(_) => {}
        }
    }
    (shown, categories)
}

fn attachments(cx: &Context<'_, '_>, ids: MailboxIds, message: u32, selection: &Selection) -> Result<Vec<RowKey>> {
    let open = cx.objects.parent(message).ok_or(ErrorCode::ObjectDeleted)?;
    let Object::Message(object) = &open.object else { return Err(ErrorCode::ObjectDeleted.into()) };
    let mut rows = Vec::new();
    for (number, attachment) in &object.message.attachments {
        let view = AttachmentView { txn: cx.txn, ids, number: *number, attachment: Cow::Borrowed(attachment) };
        if selection.restriction.as_ref().is_none_or(|r| crate::store::matches(r, &view)) {
            rows.push(RowKey::Attachment(*number));
        }
    }
    Ok(rows)
}

/// Rows of an index: the folder's own counters know.
fn count_index(cx: &Context<'_, '_>, list: List) -> Result<u32> {
    let folder = cx.txn.any_folder(list.mailbox, list.folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    Ok(folder.count(list.kind))
}

/// How many rows the (refreshed) table has.
pub(super) fn count(cx: &Context<'_, '_>, index: u8) -> Result<u32> {
    let (ids, table) = table(cx, index)?;
    match (plan(table, ids), &table.cache.list) {
        (Plan::Index(list, ..), _) => count_index(cx, list),
        (Plan::List, Some(rows)) => Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX)),
        (Plan::List, None) => Ok(0),
    }
}

/// Up to `limit` rows of the (refreshed) table from a position on.
pub(super) fn slice(cx: &mut Context<'_, '_>, index: u8, from: u32, limit: usize) -> Result<Vec<RowKey>> {
    let (ids, table) = table(cx, index)?;
    let (list, order, descending) = match plan(table, ids) {
        Plan::Index(list, order, descending) => (list, order, descending),
        Plan::List => {
            let rows = table.cache.list.as_deref().unwrap_or_default();
            let start = usize::try_from(from).unwrap_or(usize::MAX);
            return Ok(rows.iter().skip(start).take(limit).copied().collect());
        }
    };
    let count = count_index(cx, list)?;
    if from >= count || limit == 0 {
        return Ok(Vec::new());
    }
    // From the nearest place known: start, end, current row, or the last one that was shown.
    let current = match table.current {
        Some(RowKey::Index(key)) => Some((table.position, key)),
        _ => None,
    };
    let from_end = count.saturating_sub(from);
    let near = table.cache.anchor.into_iter().chain(current).min_by_key(|(at, _)| at.abs_diff(from));
    let near = near.filter(|(at, _)| at.abs_diff(from) < from.min(from_end));
    let back = |after: Option<IndexKey>, rows: u32| -> Result<Option<IndexKey>> {
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(cx.txn.index_rows(list, order, after, descending, rows)?.last().copied())
    };
    let (first, skip) = match near {
        Some((at, key)) if at <= from => (Some(key), from.saturating_sub(at)),
        Some((at, key)) => (back(Some(key), at.saturating_sub(from))?, 0),
        None if from <= from_end => (None, from),
        None => (back(None, from_end)?, 0),
    };
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let after = first.map(|key| beside(key, descending));
    let mut keys = cx.txn.index_rows(list, order, after, !descending, skip.saturating_add(limit))?;
    keys.drain(..skip.min(keys.len()));
    if let Some(last) = keys.last() {
        let at = from.saturating_add(u32::try_from(keys.len()).unwrap_or(0)).saturating_sub(1);
        let last = *last;
        table_mut(cx, index)?.cache.anchor = Some((at, last));
    }
    Ok(keys.into_iter().map(RowKey::Index).collect())
}

/// The forms of a body that a row has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bodies {
    /// For columns: those that are stored.
    Stored,
    /// For conditions: all.
    All,
}

/// Runs `f` on a row as an object with properties; `None` if the row is gone.
pub(super) fn with_row<T>(
    cx: &Context<'_, '_>,
    (ids, table): (MailboxIds, &TableObject),
    row: RowKey,
    bodies: Bodies,
    f: impl FnOnce(&dyn Source) -> T,
) -> Result<Option<T>> {
    let txn = &*cx.txn;
    match (&table.kind, row) {
        (TableKind::Contents { folder, kind }, RowKey::Message(_) | RowKey::Index(_)) => {
            let row = match row {
                RowKey::Message(row) => row,
                RowKey::Index((_, message)) => RowId { message, instance: 0 },
                _ => return Ok(None),
            };
            let list = List { mailbox: ids.mailbox, folder: *folder, kind: *kind };
            let Some(at) = txn.row_location(list, row.message)? else { return Ok(None) };
            let Some(head) = txn.message_head(ids.mailbox, at.folder, at.kind, row.message)? else { return Ok(None) };
            let mut view = MessageView::row(txn, ids, at.folder, at.kind, row, &head);
            view.depth = table.categories.levels.into();
            Ok(Some(if bodies == Bodies::All { f(&BodyView::new(view)) } else { f(&view) }))
        }
        (TableKind::Contents { .. }, RowKey::Header(id)) => {
            let Some(category) = table.cache.category(id) else { return Ok(None) };
            Ok(Some(f(&CategoryView { category, expanded: table.categories.is_expanded(category) })))
        }
        (TableKind::Hierarchy { .. }, RowKey::Folder(id, depth)) => {
            let Some(record) = txn.any_folder(ids.mailbox, id)? else { return Ok(None) };
            Ok(Some(f(&FolderView { txn, ids, folder: id, record: &record, depth: Some(depth) })))
        }
        (TableKind::Attachments { message }, RowKey::Attachment(number)) => {
            let Some(Object::Message(object)) = cx.objects.parent(*message).map(|open| &open.object) else {
                return Ok(None);
            };
            let Some(attachment) = object.message.attachments.get(&number) else { return Ok(None) };
            Ok(Some(f(&AttachmentView { txn, ids, number, attachment: Cow::Borrowed(attachment) })))
        }
        (TableKind::Permissions { folder, free_busy }, RowKey::Member(member)) => {
            let list = txn.permissions(ids.mailbox, *folder)?;
            Ok(MemberView::new(txn, &list, member, *free_busy)?.map(|view| f(&view)))
        }
        _ => Ok(None),
    }
}

/// The cells of a row: "not found" where there is no value.
pub(super) fn cells(
    cx: &Context<'_, '_>,
    ids: MailboxIds,
    table: &TableObject,
    row: RowKey,
) -> Result<Option<Vec<Cell>>> {
    let columns = table.columns.as_deref().unwrap_or_default();
    let code_page = cx.caller.code_page;
    with_row(cx, (ids, table), row, Bodies::Stored, |source| {
        columns.iter().map(|tag| property::short_cell(source, *tag, code_page)).collect()
    })
}
