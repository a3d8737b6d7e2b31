//! Categories of a sorted table: open, close, remember. MS-OXCTABL 3.2.5.14 to 3.2.5.17

use super::rows::{RowKey, cells, count, refresh, slice, table, table_mut};
use super::table::{Kind, TableObject, bound_bookmarks, go, viewed};
use super::{Context, Result};
use crate::mapi::{Dialect, ErrorCode, ObjectId, PropertyTag, Value, write_row};
use crate::rop::{
    CollapseRowRequest, CollapseRowResponse, ExpandRowRequest, ExpandRowResponse, GetCollapseStateRequest,
    GetCollapseStateResponse, Handles, Rows, SetCollapseStateRequest, SetCollapseStateResponse,
};
use crate::sorted::SortedSet;
use crate::store::{BlobRef, Category, Property, RowId, Source, Stored};
use crate::wire::{Counted, Form, Reader, Wire, Writer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Which categories of a table are open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Categories {
    /// How many of the leading sort keys make categories.
    pub(crate) levels: u16,
    /// How many levels start open.
    expanded: u16,
    /// Categories that are not as they started.
    toggled: SortedSet<u64>,
}

impl Categories {
    pub(super) fn new(levels: u16, expanded: u16) -> Self {
        Self { levels, expanded, toggled: SortedSet::new() }
    }

    pub(super) fn is_expanded(&self, category: &Category) -> bool {
        (category.depth < self.expanded.into()) != self.toggled.contains(&category.id)
    }

    fn toggle(&mut self, id: u64) {
        if !self.toggled.remove(&id) {
            self.toggled.insert(id);
        }
    }
}

/// The header of a category as an object with properties. MS-OXCTABL 2.2.1
pub(super) struct CategoryView<'a> {
    pub(super) category: &'a Category,
    pub(super) expanded: bool,
}

impl Source for CategoryView<'_> {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        const TBL_EXPANDED_CATEGORY: i32 = 3;
        const TBL_COLLAPSED_CATEGORY: i32 = 4;
        let number = |n: u32| Value::Integer32(i32::try_from(n).unwrap_or(i32::MAX));
        let is = |other: PropertyTag| tag.id() == other.id();
        let value = if is(PropertyTag::PidTagRowType) {
            Value::Integer32(if self.expanded { TBL_EXPANDED_CATEGORY } else { TBL_COLLAPSED_CATEGORY })
        } else if is(PropertyTag::PidTagDepth) {
            number(self.category.depth)
        } else if is(PropertyTag::PidTagInstID) || is(PropertyTag::PidTagMid) {
            Value::Integer64(ObjectId(self.category.id).to_i64())
        } else if is(PropertyTag::PidTagInstanceNum) {
            Value::Integer32(0)
        } else if is(PropertyTag::PidTagInstanceKey) {
            Value::Binary(ObjectId(self.category.id).to_bytes())
        } else if is(PropertyTag::PidTagContentCount) {
            number(self.category.content_count)
        } else if is(PropertyTag::PidTagContentUnreadCount) {
            number(self.category.unread_count)
        } else {
            self.category.values.iter().find(|(of, _)| is(*of))?.1.clone()?
        };
        Some(Cow::Owned(Stored::Value(value)))
    }
    fn load(&self, _: BlobRef) -> Option<Value> {
        None
    }
}

/// Only contents tables have categories. MS-OXCTABL 3.2.5.17 to 3.2.5.20
fn contents(cx: &Context<'_, '_>, index: u8) -> Result<()> {
    match table(cx, index)?.1.kind {
        Kind::Contents { .. } => Ok(()),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// A category of a table that shows it: with its position, and whether it is open.
fn find(cx: &mut Context<'_, '_>, index: u8, id: ObjectId) -> Result<(u32, bool)> {
    contents(cx, index)?;
    viewed(cx, index)?;
    let (_, object) = table(cx, index)?;
    let category = object.cache.category(id.0).ok_or(ErrorCode::NotFound)?;
    let expanded = object.categories.is_expanded(category);
    let total = count(cx, index)?;
    let rows = slice(cx, index, 0, usize::try_from(total).unwrap_or(usize::MAX))?;
    let at = rows.iter().position(|row| *row == RowKey::Header(id.0)).ok_or(ErrorCode::NotFound)?;
    Ok((u32::try_from(at).unwrap_or(u32::MAX), expanded))
}

/// Opens or closes a category; returns by how many rows the table grew or shrank.
fn toggle(cx: &mut Context<'_, '_>, index: u8, id: ObjectId) -> Result<u32> {
    let before = count(cx, index)?;
    let object = table_mut(cx, index)?;
    object.categories.toggle(id.0);
    object.cache = super::rows::RowCache::default();
    refresh(cx, index)?;
    Ok(count(cx, index)?.abs_diff(before))
}

/// RopExpandRow
pub(super) fn expand_row(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: ExpandRowRequest,
) -> Result<ExpandRowResponse> {
    const FIXED_LEN: usize = 6;
    let index = handles.input;
    let (at, expanded) = find(cx, index, rq.category_id)?;
    if expanded {
        return Err(ErrorCode::NotCollapsed.into());
    }
    let expanded_row_count = toggle(cx, index, rq.category_id)?;
    let wanted = usize::from(rq.max_row_count).min(usize::try_from(expanded_row_count).unwrap_or(usize::MAX));
    let keys = slice(cx, index, at.saturating_add(1), wanted)?;
    let (ids, object) = table(cx, index)?;
    let columns = object.columns.clone().unwrap_or_default();
    let mut w = Writer::bounded(cx.room.saturating_sub(FIXED_LEN));
    let mut read = 0_u16;
    for key in keys {
        let mark = w.mark();
        if let Some(row) = cells(cx, ids, object, key)? {
            write_row(&mut w, &columns, &row, Dialect::Rop);
            if w.is_full() {
                w.cut(mark);
                break;
            }
            read = read.saturating_add(1);
        }
    }
    Ok(ExpandRowResponse { expanded_row_count, rows: Rows { count: read, data: w.into_bytes() } })
}

/// RopCollapseRow
pub(super) fn collapse_row(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: CollapseRowRequest,
) -> Result<CollapseRowResponse> {
    let (at, expanded) = find(cx, handles.input, rq.category_id)?;
    if !expanded {
        return Err(ErrorCode::NotExpanded.into());
    }
    let position = table(cx, handles.input)?.1.position;
    let collapsed_row_count = toggle(cx, handles.input, rq.category_id)?;
    // A cursor on a row that is no longer shown goes to the header. MS-OXCTABL 3.2.5.15
    if position > at && position <= at.saturating_add(collapsed_row_count) {
        go(cx, handles.input, at)?;
    }
    Ok(CollapseRowResponse { collapsed_row_count })
}

/// CollapseState: ours to choose. The table it is of, the categories that are not as they started,
/// and the row that the bookmark of RopSetCollapseState is to stand at.
struct State {
    selection: u64,
    toggled: Vec<u64>,
    row: u64,
    instance: u32,
}

impl Wire for State {
    fn read(r: &mut Reader<'_>) -> std::result::Result<Self, crate::wire::WireError> {
        Ok(Self {
            selection: u64::read(r)?,
            toggled: Counted::<u32>::read(r)?,
            row: u64::read(r)?,
            instance: u32::read(r)?,
        })
    }
    fn write(&self, w: &mut Writer) {
        self.selection.write(w);
        Counted::<u32>::write(&self.toggled, w);
        self.row.write(w);
        self.instance.write(w);
    }
}

/// A number that tables of the same sort order and restriction have in common: a state is good for
/// no other. MS-OXCTABL R308
fn selection_number(object: &TableObject) -> Result<u64> {
    let same = (&object.selection, object.categories.levels, object.categories.expanded);
    let bytes = postcard::to_extend(&same, Vec::new()).map_err(|_| ErrorCode::TooBig)?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    Ok(digest.as_ref().first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
}

/// RopGetCollapseState
pub(super) fn get_collapse_state(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetCollapseStateRequest,
) -> Result<GetCollapseStateResponse> {
    contents(cx, handles.input)?;
    viewed(cx, handles.input)?;
    let (_, object) = table(cx, handles.input)?;
    // CollapseState has a 16-bit size.
    let most = cx.room.min(usize::from(u16::MAX)).saturating_sub(32) / 8;
    if object.categories.toggled.len() > most {
        return Err(ErrorCode::TooBig.into());
    }
    let state = State {
        selection: selection_number(object)?,
        toggled: object.categories.toggled.iter().copied().collect(),
        row: rq.row_id.0,
        instance: rq.row_instance_number,
    };
    Ok(GetCollapseStateResponse { collapse_state: state.to_bytes() })
}

/// RopSetCollapseState
pub(super) fn set_collapse_state(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetCollapseStateRequest,
) -> Result<SetCollapseStateResponse> {
    let index = handles.input;
    contents(cx, index)?;
    viewed(cx, index)?;
    let state = State::from_bytes(&rq.collapse_state).map_err(|_| ErrorCode::InvalidParameter)?;
    let object = table_mut(cx, index)?;
    if state.selection != selection_number(object)? {
        return Err(ErrorCode::InvalidParameter.into());
    }
    bound_bookmarks(object)?;
    object.categories.toggled = state.toggled.into_iter().collect();
    object.cache = super::rows::RowCache::default();
    refresh(cx, index)?;
    let total = count(cx, index)?;
    let rows = slice(cx, index, 0, usize::try_from(total).unwrap_or(usize::MAX))?;
    let wanted = |row: &RowKey| match row {
        RowKey::Header(id) => *id == state.row,
        RowKey::Message(row) => ObjectId::own(row.message).0 == state.row && row.instance == state.instance,
        RowKey::Index((_, message)) => ObjectId::own(*message).0 == state.row,
        _ => false,
    };
    let at = rows.iter().position(wanted);
    // A row that is not here is no longer visible, for whoever goes to the bookmark.
    let gone = RowKey::Message(RowId { message: ObjectId(state.row).counter(), instance: state.instance });
    let row = at.and_then(|at| rows.get(at)).copied().unwrap_or(gone);
    let position = at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
    go(cx, index, position)?;
    let object = table_mut(cx, index)?;
    object.last_bookmark = object.last_bookmark.wrapping_add(1);
    object.bookmarks.insert(object.last_bookmark, (position, Some(row)));
    Ok(SetCollapseStateResponse { bookmark: object.last_bookmark.to_bytes() })
}
