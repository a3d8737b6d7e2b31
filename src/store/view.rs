//! Rows of tables: which, and in what order. MS-OXCTABL 3.2.5.
//!
//! Two orders of a contents table are indexes of the store and cost only what is shown: by
//! identifier and by delivery time. Any other order or a restriction reads each row once and
//! keeps a compact list of row identifiers.

use super::key::last_u64;
use super::restrict::{Source, compare, matches};
use super::txn::look;
use super::{BodyView, FolderView, Kind, Location, MailboxIds, MessageHead, MessageView, StoreError, Stored, Txn};
use crate::mapi::{Order, PropertyTag, Restriction, SortOrder, Value};
use crate::sorted::sort_by;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::ops::Bound;

/// Identifies a row of a contents table: PidTagInstID and PidTagInstanceNum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowId {
    /// The message's counter.
    pub message: u64,
    /// Which value of a multivalue property the row shows, from 1; 0 for none.
    pub instance: u32,
}

/// An order that is an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexOrder {
    /// By identifier, that is, in the order of arrival in the folder.
    Id,
    /// By PidTagMessageDeliveryTime, ascending.
    Delivery,
}

/// One of the lists of messages of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The mailbox's number.
    pub mailbox: u32,
    /// The folder's counter.
    pub folder: u64,
    /// Which list.
    pub kind: Kind,
}

/// A row's place in an index: delivery time (0 in [`IndexOrder::Id`]) and message.
pub type IndexKey = (u64, u64);

impl Txn<'_> {
    /// Up to `limit` rows of an index after (or before) a place; from the start (or end) without one.
    ///
    /// # Errors
    /// LMDB refuses.
    pub fn index_rows(
        &self,
        list: List,
        order: IndexOrder,
        after: Option<IndexKey>,
        forward: bool,
        limit: usize,
    ) -> Result<Vec<IndexKey>, StoreError> {
        let (db, prefix) = self.list_index(list, order);
        let place = |(time, message): IndexKey| match order {
            IndexOrder::Id => prefix.u64(message),
            IndexOrder::Delivery => prefix.u64(time).u64(message),
        };
        let first = prefix;
        let last = prefix.next();
        let anchor = after.map(place);
        let anchor = anchor.as_ref().map(|key| Bound::Excluded(key.bytes()));
        let db = db.remap_data_type::<heed::types::DecodeIgnore>();
        let parse = |key: &[u8]| -> Option<IndexKey> {
            let (rest, message) = key.split_last_chunk::<8>()?;
            let time = if order == IndexOrder::Delivery { last_u64(rest)? } else { 0 };
            Some((time, last_u64(message)?))
        };
        let mut rows = Vec::new();
        let damaged = || StoreError::Corrupt(&"index");
        if forward {
            let range = (anchor.unwrap_or_else(|| Bound::Included(first.bytes())), Bound::Excluded(last.bytes()));
            for entry in db.range(self.ro(), &range)?.take(limit) {
                look();
                rows.push(parse(entry?.0).ok_or_else(damaged)?);
            }
        } else {
            let range = (Bound::Included(first.bytes()), anchor.unwrap_or_else(|| Bound::Excluded(last.bytes())));
            for entry in db.rev_range(self.ro(), &range)?.take(limit) {
                look();
                rows.push(parse(entry?.0).ok_or_else(damaged)?);
            }
        }
        Ok(rows)
    }
}

/// What decides the rows of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Selection {
    /// Which rows; strings are Unicode.
    pub restriction: Option<Restriction>,
    /// In what order.
    pub sort: Vec<SortOrder>,
    /// The multivalue property of which each row shows one value.
    pub instance_of: Option<PropertyTag>,
}

impl Selection {
    /// Whether each row is there, and where, regardless of what other rows there are.
    #[must_use]
    pub fn has_rows_apart(&self) -> bool {
        !matches!(self.restriction, Some(Restriction::Count { .. }))
            && self.sort.iter().all(|order| order.order != Order::MaximumCategory)
    }
}

/// A row that stands for all rows with the same values of the first sort keys. MS-OXCTABL 1.1
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Made of the values, so that it stays the same while rows come and go.
    pub id: u64,
    /// 0 for the outermost.
    pub depth: u32,
    /// The properties that rows below have in common, one for each level.
    pub values: Vec<(PropertyTag, Option<Value>)>,
    /// Messages below.
    pub content_count: u32,
    /// Unread messages below.
    pub unread_count: u32,
}

/// A row of a table with categories, all of them open.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupedRow {
    /// The header of a category.
    Header(Category),
    /// A message.
    Leaf(RowId),
}

/// A row with what decides its place.
pub struct Keyed {
    key: Vec<Option<Value>>,
    /// The row.
    pub row: RowId,
    read: bool,
    /// The largest value that a row of its category has, where categories stand in that order.
    most: Option<Value>,
}

/// Rows of a contents table in an order that is no index.
///
/// # Errors
/// A record is damaged.
pub fn sorted_rows(
    txn: &Txn<'_>,
    ids: MailboxIds,
    folder: u64,
    kind: Kind,
    selection: &Selection,
) -> Result<Vec<RowId>, StoreError> {
    Ok(keyed_rows(txn, ids, folder, kind, selection)?.into_iter().map(|keyed| keyed.row).collect())
}

fn keyed_rows(
    txn: &Txn<'_>,
    ids: MailboxIds,
    folder: u64,
    kind: Kind,
    selection: &Selection,
) -> Result<Vec<Keyed>, StoreError> {
    let limit = match &selection.restriction {
        Some(Restriction::Count { count, .. }) => usize::try_from(*count).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    let mut rows: Vec<Keyed> = Vec::new();
    let list = List { mailbox: ids.mailbox, folder, kind };
    txn.each_head(list, |message, at, head| add_rows(txn, ids, at, (message, &head), selection, &mut rows))?;
    // Stable: rows that are equal stay in the order of their identifiers.
    if let Some(at) = selection.sort.iter().position(|order| order.order == Order::MaximumCategory) {
        sort_by(&mut rows, |a, b| compare_rows(a, b, selection.sort.get(..at).unwrap_or_default()));
        find_most(&mut rows, at);
    }
    sort_by(&mut rows, |a, b| compare_rows(a, b, &selection.sort));
    rows.truncate(limit);
    Ok(rows)
}

/// Adds the rows of a message, if it is one of those that are wanted.
fn add_rows(
    txn: &Txn<'_>,
    ids: MailboxIds,
    at: Location,
    (message, head): (u64, &MessageHead),
    selection: &Selection,
    rows: &mut Vec<Keyed>,
) {
    let view = MessageView::row(txn, ids, at.folder, at.kind, RowId { message, instance: 0 }, head);
    if selection.restriction.as_ref().is_none_or(|r| matches(r, &BodyView::new(view))) {
        for instance in instances(&view, selection.instance_of) {
            let row = RowId { message, instance };
            let view = MessageView::row(txn, ids, at.folder, at.kind, row, head);
            rows.push(Keyed { key: sort_key(&view, &selection.sort), row, read: head.read, most: None });
        }
    }
}

/// The rows that a message has in a table now, whatever it had.
///
/// # Errors
/// A record is damaged.
pub fn rows_of(
    txn: &Txn<'_>,
    ids: MailboxIds,
    list: List,
    selection: &Selection,
    message: u64,
) -> Result<Vec<Keyed>, StoreError> {
    let mut rows = Vec::new();
    if let Some(at) = txn.row_location(list, message)?
        && let Some(head) = txn.message_head(ids.mailbox, at.folder, at.kind, message)?
    {
        add_rows(txn, ids, at, (message, &head), selection, &mut rows);
    }
    Ok(rows)
}

impl Keyed {
    /// Does a row of the same table, one that has not changed, stand before this one?
    ///
    /// # Errors
    /// A record is damaged.
    pub fn is_after(
        &self,
        txn: &Txn<'_>,
        ids: MailboxIds,
        list: List,
        selection: &Selection,
        other: RowId,
    ) -> Result<bool, StoreError> {
        let others = rows_of(txn, ids, list, selection, other.message)?;
        let other = others.iter().find(|keyed| keyed.row == other);
        let order = |other: &Self| compare_rows(other, self, &selection.sort).then(other.row.cmp(&self.row));
        Ok(other.is_some_and(|other| order(other).is_lt()))
    }
}

/// Rows of a contents table whose first `levels` sort keys make categories.
///
/// # Errors
/// A record is damaged.
pub fn grouped_rows(
    txn: &Txn<'_>,
    ids: MailboxIds,
    folder: u64,
    kind: Kind,
    selection: &Selection,
    levels: usize,
) -> Result<Vec<GroupedRow>, StoreError> {
    let rows = keyed_rows(txn, ids, folder, kind, selection)?;
    let mut out: Vec<GroupedRow> = Vec::new();
    // Where the open categories of each level stand in `out`.
    let mut open: Vec<usize> = Vec::new();
    let mut last: Option<Vec<Option<Value>>> = None;
    for keyed in rows {
        let same = last.as_ref().map_or(0, |last| {
            let alike = |(a, b): &(&Option<Value>, &Option<Value>)| same_value(a.as_ref(), b.as_ref());
            last.iter().zip(&keyed.key).take(levels).take_while(alike).count()
        });
        open.truncate(same);
        for level in same..levels.min(keyed.key.len()) {
            open.push(out.len());
            out.push(GroupedRow::Header(category(&keyed.key, &selection.sort, level)));
        }
        for at in &open {
            if let Some(GroupedRow::Header(category)) = out.get_mut(*at) {
                category.content_count = category.content_count.saturating_add(1);
                category.unread_count = category.unread_count.saturating_add(u32::from(!keyed.read));
            }
        }
        out.push(GroupedRow::Leaf(keyed.row));
        last = Some(keyed.key);
    }
    Ok(out)
}

fn same_value(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b).is_some_and(Ordering::is_eq),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn category(key: &[Option<Value>], sort: &[SortOrder], level: usize) -> Category {
    let values: Vec<(PropertyTag, Option<Value>)> =
        sort.iter().map(|order| order.property_tag).zip(key.iter().cloned()).take(level.saturating_add(1)).collect();
    // Values that compare as equal must make the same identifier: texts without case.
    let folded: Vec<(PropertyTag, Option<Value>)> = values
        .iter()
        .map(|(tag, value)| match value {
            Some(Value::String(text)) => (*tag, Some(Value::String(super::fold(text)))),
            other => (*tag, other.clone()),
        })
        .collect();
    let bytes = postcard::to_extend(&folded, Vec::new()).unwrap_or_default();
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let id = digest.as_ref().first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    Category { id, depth: u32::try_from(level).unwrap_or(0), values, content_count: 0, unread_count: 0 }
}

/// 0 for a row of the whole message, 1 to n for one row per value.
fn instances(view: &MessageView<'_>, of: Option<PropertyTag>) -> std::ops::RangeInclusive<u32> {
    let Some(tag) = of else { return 0..=0 };
    let values = match view.property(tag).as_deref() {
        Some(Stored::Value(value)) => value.elements().map_or(0, |elements| elements.len()),
        _ => 0,
    };
    match u32::try_from(values) {
        Ok(0) | Err(_) => 0..=0,
        Ok(n) => 1..=n,
    }
}

fn sort_key(view: &dyn Source, sort: &[SortOrder]) -> Vec<Option<Value>> {
    sort.iter()
        .map(|order| match view.property(order.property_tag)?.into_owned() {
            Stored::Value(value) => Some(value),
            // A value too long for its row sorts as if it were absent; no client sorts by bodies.
            Stored::Blob(_) => None,
        })
        .collect()
}

/// Absent values sort first. MS-OXCTABL 3.2.5.3
fn compare_values(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b).unwrap_or(Ordering::Equal),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// MaximumCategory is no key of its own: it says by what the categories of the key before it stand.
/// UNVERIFIED: they do so in the direction of that key. MS-OXCTABL 2.2.2.3.1
fn compare_rows(a: &Keyed, b: &Keyed, sort: &[SortOrder]) -> Ordering {
    let mut next = sort.iter().skip(1).map(|order| order.order == Order::MaximumCategory);
    for ((x, y), order) in a.key.iter().zip(&b.key).zip(sort) {
        let by_most = next.next().unwrap_or(false);
        let most = if by_most { compare_values(a.most.as_ref(), b.most.as_ref()) } else { Ordering::Equal };
        let ordering = match order.order {
            Order::MaximumCategory => Ordering::Equal,
            Order::Descending => most.then(compare_values(x.as_ref(), y.as_ref())).reverse(),
            _ => most.then(compare_values(x.as_ref(), y.as_ref())),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

/// Tells rows that stand by their first `levels` keys the largest value of the next key in their
/// category.
fn find_most(rows: &mut [Keyed], levels: usize) {
    let alike =
        |a: &Keyed, b: &Keyed| a.key.iter().zip(&b.key).take(levels).all(|(a, b)| same_value(a.as_ref(), b.as_ref()));
    for group in rows.chunk_by_mut(|a, b| alike(a, b)) {
        let values = group.iter().map(|row| row.key.get(levels).and_then(Option::as_ref));
        let most = values.max_by(|a, b| compare_values(*a, *b)).flatten().cloned();
        group.iter_mut().for_each(|row| row.most.clone_from(&most));
    }
}

/// Rows of a hierarchy table with their depth: folders directly below, by name, or all below. A visitor
/// sees those that are open to him, and what is below others only from there.
///
/// # Errors
/// The tree is damaged.
pub fn hierarchy(
    txn: &Txn<'_>,
    ids: MailboxIds,
    folder: u64,
    deep: bool,
    restriction: Option<&Restriction>,
) -> Result<Vec<(u64, u32)>, StoreError> {
    let mut all = if deep {
        txn.subtree_with_depth(ids.mailbox, folder)?
    } else {
        txn.subfolders(ids.mailbox, folder)?.into_iter().map(|id| (id, 1)).collect()
    };
    if ids.visitor.is_some() {
        txn.keep_visible(ids, &mut all)?;
    }
    let Some(restriction) = restriction else { return Ok(all) };
    let mut rows = Vec::new();
    for (id, depth) in all {
        let record = txn.folder(ids.mailbox, id)?.ok_or_else(|| StoreError::Corrupt(&"children"))?;
        if matches(restriction, &FolderView { txn, ids, folder: id, record: &record, depth: Some(depth) }) {
            rows.push((id, depth));
        }
    }
    Ok(rows)
}

impl Txn<'_> {
    /// Every message of a list, in the order of identifiers, and where it is.
    fn each_head(&self, list: List, mut f: impl FnMut(u64, Location, MessageHead)) -> Result<(), StoreError> {
        for message in self.message_ids(list.mailbox, list.folder, list.kind)? {
            let Some(at) = self.row_location(list, message)? else { continue };
            let head = self.message_head(list.mailbox, at.folder, at.kind, message)?;
            f(message, at, head.ok_or_else(|| StoreError::Corrupt(&"messages"))?);
        }
        Ok(())
    }
}
