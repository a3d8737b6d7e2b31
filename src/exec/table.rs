//! Tables: columns, sort order, restriction, position, rows. MS-OXCTABL 3.2.5

use super::category::Categories;
use super::permission::MemberView;
use super::row_event::Announce;
use super::rows::{Bodies, RowCache, RowKey, cells, count, rank, refresh, slice, table, table_mut, with_row};
use super::{Context, Result, restriction};
use crate::limits;
use crate::mapi::{Dialect, ErrorCode, Order, PropertyTag, PropertyType, write_row};
use crate::rop::{
    AbortRequest, AbortResponse, CreateBookmarkRequest, CreateBookmarkResponse, FindRowRequest, FindRowResponse,
    FreeBookmarkRequest, FreeBookmarkResponse, GetStatusRequest, GetStatusResponse, Handles, QueryColumnsAllRequest,
    QueryColumnsAllResponse, QueryPositionRequest, QueryPositionResponse, QueryRowsRequest, QueryRowsResponse,
    ResetTableRequest, ResetTableResponse, RestrictRequest, RestrictResponse, Row, Rows, SeekRowBookmarkRequest,
    SeekRowBookmarkResponse, SeekRowFractionalRequest, SeekRowFractionalResponse, SeekRowRequest, SeekRowResponse,
    SetColumnsRequest, SetColumnsResponse, SortTableRequest, SortTableResponse, origin,
};
use crate::sorted::SortedMap;
use crate::store::{self, AttachmentView, FolderView, MessageView, Selection, Source};
use crate::wire::{Wire, Writer};
use serde::{Deserialize, Serialize};

/// Which table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Contents {
        folder: u64,
        kind: store::Kind,
    },
    Hierarchy {
        folder: u64,
        deep: bool,
        deleted: bool,
    },
    /// Attachments of the message with this handle.
    Attachments {
        message: u32,
    },
    /// The permissions list of a folder, with or without the rights that are about availability.
    Permissions {
        folder: u64,
        free_busy: bool,
    },
}

/// A table: parameters and a position, not rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TableObject {
    pub(crate) kind: Kind,
    /// Set by SetColumns; without them there is no view.
    pub(crate) columns: Option<Vec<PropertyTag>>,
    pub(crate) selection: Selection,
    /// Rows before the current one.
    pub(crate) position: u32,
    /// The current row; `None` at the start, or when it is not known.
    pub(crate) current: Option<RowKey>,
    pub(super) bookmarks: SortedMap<u32, (u32, Option<RowKey>)>,
    pub(super) last_bookmark: u32,
    /// SortTable or Restrict failed last: no rows until it succeeds (exchange.md).
    pub(crate) broken: bool,
    pub(crate) categories: Categories,
    /// Whether the client is told of changes.
    pub(crate) announce: Announce,
    /// Found again after a restart.
    #[serde(skip)]
    pub(crate) cache: RowCache,
}

/// TableStatus TBLSTAT_COMPLETE. MS-OXCTABL 2.2.2.1.3
const COMPLETE: u8 = 0;

impl TableObject {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            columns: None,
            selection: Selection::default(),
            position: 0,
            current: None,
            bookmarks: SortedMap::new(),
            last_bookmark: 0,
            broken: false,
            categories: Categories::default(),
            announce: Announce::default(),
            cache: RowCache::default(),
        }
    }

    pub(super) fn contents(folder: u64, kind: store::Kind) -> Self {
        Self::new(Kind::Contents { folder, kind })
    }

    pub(super) fn hierarchy(folder: u64, deep: bool, deleted: bool) -> Self {
        Self::new(Kind::Hierarchy { folder, deep, deleted })
    }

    pub(super) fn attachments(message: u32) -> Self {
        Self::new(Kind::Attachments { message })
    }

    pub(super) fn permissions(folder: u64, free_busy: bool) -> Self {
        Self::new(Kind::Permissions { folder, free_busy })
    }

    /// As TableFlags say. MS-OXCFOLD 2.2.1.13.1, 2.2.1.14.1
    pub(super) fn announcing(self, table_flags: u8) -> Self {
        Self { announce: Announce::new(&self.kind, table_flags), ..self }
    }

    /// Other rows from now on: the cursor goes to the start and bookmarks are void.
    pub(super) fn restart(&mut self) {
        self.position = 0;
        self.current = None;
        self.bookmarks.clear();
        self.cache = RowCache::default();
    }

    /// A multivalue property shown one value a row, named by a sort key or a column.
    fn find_instance(&mut self) {
        let sorted = self.selection.sort.iter().map(|order| order.property_tag);
        let shown = self.columns.iter().flatten().copied();
        let found = sorted.chain(shown).find(|tag| tag.property_type().is_instance());
        if self.selection.instance_of.map(|tag| tag.id()) != found.map(|tag| tag.id()) {
            // The values are asked for whole, to be counted.
            let whole = |tag: PropertyTag| PropertyType(tag.property_type().0 & !PropertyType::INSTANCE);
            self.selection.instance_of = found.map(|tag| tag.with_type(whole(tag)));
            self.restart();
        }
    }
}

/// A table that has a view: columns set, nothing broken.
pub(super) fn viewed(cx: &mut Context<'_, '_>, index: u8) -> Result<()> {
    let (_, object) = table(cx, index)?;
    if object.columns.is_none() || object.broken {
        return Err(ErrorCode::NullObject.into());
    }
    refresh(cx, index)
}

fn valid_type(ty: PropertyType) -> bool {
    let plain = if ty.is_instance() { PropertyType(ty.0 & !PropertyType::INSTANCE) } else { ty };
    let known = PropertyType::named().any(|(named, _)| named == plain);
    known && !matches!(plain, PropertyType::Unspecified | PropertyType::Null | PropertyType::ErrorCode)
}

/// RopSetColumns
pub(super) fn set_columns(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetColumnsRequest,
) -> Result<SetColumnsResponse> {
    let object = table_mut(cx, handles.input)?;
    let valid = !rq.property_tags.is_empty()
        && rq.property_tags.len() <= limits::COLUMNS_MAX
        && rq.set_columns_flags <= 1
        && rq.property_tags.iter().all(|tag| valid_type(tag.property_type()));
    if !valid {
        object.columns = None;
        return Err(ErrorCode::InvalidParameter.into());
    }
    object.columns = Some(rq.property_tags);
    object.find_instance();
    Ok(SetColumnsResponse { table_status: COMPLETE })
}

/// RopSortTable
pub(super) fn sort_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SortTableRequest,
) -> Result<SortTableResponse> {
    let object = table_mut(cx, handles.input)?;
    if !matches!(object.kind, Kind::Contents { .. }) {
        return Err(ErrorCode::NotSupported.into());
    }
    let set = rq.sort_orders;
    let valid = set.expanded_count <= set.categorized_count
        && usize::from(set.categorized_count) <= set.sort_orders.len().min(limits::CATEGORY_LEVELS_MAX)
        && set.sort_orders.len() <= limits::COLUMNS_MAX
        && set.sort_orders.iter().enumerate().all(|(at, o)| {
            let by_most = o.order == Order::MaximumCategory;
            // It says by what the categories before it stand. MS-OXCTABL 2.2.2.3.1
            valid_type(o.property_tag.property_type())
                && (matches!(o.order, Order::Ascending | Order::Descending)
                    || by_most && at > 0 && at == usize::from(set.categorized_count))
        });
    object.broken = !valid;
    if !valid {
        return Err(ErrorCode::InvalidParameter.into());
    }
    object.selection.sort = set.sort_orders;
    object.categories = Categories::new(set.categorized_count, set.expanded_count);
    object.restart();
    object.find_instance();
    Ok(SortTableResponse { table_status: COMPLETE })
}

/// RopRestrict; no data clears the restriction.
pub(super) fn restrict(cx: &mut Context<'_, '_>, handles: Handles, rq: RestrictRequest) -> Result<RestrictResponse> {
    let parsed = restriction::parse(&rq.restriction_data, cx.caller.code_page);
    let object = table_mut(cx, handles.input)?;
    object.broken = parsed.is_err();
    object.selection.restriction = parsed?;
    object.restart();
    Ok(RestrictResponse { table_status: COMPLETE })
}

/// RopResetTable
pub(super) fn reset_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: ResetTableRequest,
) -> Result<ResetTableResponse> {
    let object = table_mut(cx, handles.input)?;
    let announce = object.announce.without_view();
    *object = TableObject { announce, ..TableObject::new(object.kind.clone()) };
    Ok(ResetTableResponse {})
}

/// RopGetStatus: everything is done at once. exchange.md
pub(super) fn get_status(cx: &mut Context<'_, '_>, handles: Handles, _: GetStatusRequest) -> Result<GetStatusResponse> {
    table(cx, handles.input)?;
    Ok(GetStatusResponse { table_status: COMPLETE })
}

/// RopAbort: there is never anything to abort. exchange.md
pub(super) fn abort(cx: &mut Context<'_, '_>, handles: Handles, _: AbortRequest) -> Result<AbortResponse> {
    table(cx, handles.input)?;
    Err(ErrorCode::AbortFailed.into())
}

/// Moves the cursor.
pub(super) fn go(cx: &mut Context<'_, '_>, index: u8, position: u32) -> Result<()> {
    // At the start the cursor is before whatever comes first; elsewhere it is at a row.
    let current = if position == 0 { None } else { slice(cx, index, position, 1)?.first().copied() };
    let object = table_mut(cx, index)?;
    object.position = position;
    object.current = current;
    Ok(())
}

/// RopQueryRows: as many whole rows as fit.
pub(super) fn query_rows(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: QueryRowsRequest,
) -> Result<QueryRowsResponse> {
    const NO_ADVANCE: u8 = 0x01;
    const FIXED_LEN: usize = 3;
    let index = handles.input;
    viewed(cx, index)?;
    let total = count(cx, index)?;
    let position = table(cx, index)?.1.position.min(total);
    let wanted = u32::from(rq.row_count);
    let (from, len) = if rq.forward_read {
        (position, wanted.min(total.saturating_sub(position)))
    } else {
        let len = wanted.min(position);
        (position.saturating_sub(len), len)
    };
    let mut keys = slice(cx, index, from, usize::try_from(len).unwrap_or(usize::MAX))?;
    if !rq.forward_read {
        keys.reverse();
    }
    let mut w = Writer::bounded(cx.room.saturating_sub(FIXED_LEN));
    let (ids, object) = table(cx, index)?;
    let columns = object.columns.clone().unwrap_or_default();
    let mut read = 0_u16;
    let mut gone = 0_u32;
    for key in &keys {
        let Some(mut row) = cells(cx, ids, object, *key)? else {
            gone = gone.saturating_add(1);
            continue;
        };
        let mark = w.mark();
        write_row(&mut w, &columns, &row, Dialect::Rop);
        if w.is_full() && read == 0 && cx.room >= cx.full_room {
            // Not even alone: long values are then to be read from the object.
            w.cut(mark);
            row.iter_mut().for_each(shorten);
            write_row(&mut w, &columns, &row, Dialect::Rop);
        }
        if w.is_full() {
            w.cut(mark);
            break;
        }
        read = read.saturating_add(1);
    }
    if read == 0 && gone == 0 && !keys.is_empty() {
        return Err(ErrorCode::BufferTooSmall.into());
    }
    let moved = u32::from(read).saturating_add(gone);
    let after = if rq.forward_read { position.saturating_add(moved) } else { position.saturating_sub(moved) };
    if rq.query_rows_flags & NO_ADVANCE == 0 {
        go(cx, index, after)?;
    }
    let origin = match (rq.forward_read, after) {
        (true, after) if after >= total => origin::END,
        (false, 0) => origin::BEGINNING,
        _ => origin::CURRENT,
    };
    Ok(QueryRowsResponse { origin, rows: Rows { count: read, data: w.into_bytes() } })
}

/// Replaces a long value by the error that asks for a stream.
pub(super) fn shorten(cell: &mut crate::mapi::Cell) {
    const SHORT: usize = 510;
    let long = cell.as_ref().is_ok_and(|value| {
        let mut w = Writer::bounded(SHORT);
        value.write(&mut w, Dialect::Rop);
        w.is_full()
    });
    if long {
        *cell = Err(ErrorCode::OutOfMemory);
    }
}

/// RopQueryPosition
pub(super) fn query_position(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: QueryPositionRequest,
) -> Result<QueryPositionResponse> {
    refresh_unless_broken(cx, handles.input)?;
    let denominator = count(cx, handles.input)?;
    let numerator = table(cx, handles.input)?.1.position.min(denominator);
    Ok(QueryPositionResponse { numerator, denominator })
}

fn refresh_unless_broken(cx: &mut Context<'_, '_>, index: u8) -> Result<()> {
    if table(cx, index)?.1.broken {
        return Err(ErrorCode::NullObject.into());
    }
    refresh(cx, index)
}

/// Moves by rows from a position; returns whether an end was hit, and the rows moved.
fn seek(cx: &mut Context<'_, '_>, index: u8, base: u32, rows: i32) -> Result<(bool, i32)> {
    let total = count(cx, index)?;
    let target = i64::from(base).saturating_add(rows.into()).clamp(0, total.into());
    let moved = target.saturating_sub(base.into());
    go(cx, index, u32::try_from(target).unwrap_or(0))?;
    Ok((moved != i64::from(rows), i32::try_from(moved).unwrap_or(0)))
}

/// RopSeekRow
pub(super) fn seek_row(cx: &mut Context<'_, '_>, handles: Handles, rq: SeekRowRequest) -> Result<SeekRowResponse> {
    let index = handles.input;
    refresh_unless_broken(cx, index)?;
    let base = match rq.origin {
        origin::BEGINNING => 0,
        origin::CURRENT => table(cx, index)?.1.position,
        origin::END => count(cx, index)?,
        _ => return Err(ErrorCode::InvalidParameter.into()),
    };
    let (has_sought_less, rows_sought) = seek(cx, index, base, rq.row_count)?;
    let rows_sought = if rq.want_row_moved_count { rows_sought } else { 0 };
    Ok(SeekRowResponse { has_sought_less: rq.want_row_moved_count && has_sought_less, rows_sought })
}

/// RopSeekRowFractional
pub(super) fn seek_row_fractional(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SeekRowFractionalRequest,
) -> Result<SeekRowFractionalResponse> {
    if rq.denominator == 0 {
        return Err(ErrorCode::InvalidBookmark.into());
    }
    refresh_unless_broken(cx, handles.input)?;
    let total = count(cx, handles.input)?;
    let share = u64::from(total).saturating_mul(rq.numerator.into()).checked_div(rq.denominator.into()).unwrap_or(0);
    go(cx, handles.input, u32::try_from(share).unwrap_or(u32::MAX).min(total))?;
    Ok(SeekRowFractionalResponse {})
}

fn bookmark_number(bookmark: &[u8]) -> Result<u32> {
    u32::from_bytes(bookmark).map_err(|_| ErrorCode::InvalidBookmark.into())
}

/// The position a bookmark stands for now, and whether its row is still there.
fn bookmark_position(cx: &Context<'_, '_>, index: u8, bookmark: &[u8]) -> Result<(u32, bool)> {
    let number = bookmark_number(bookmark)?;
    let (position, key) = *table(cx, index)?.1.bookmarks.get(&number).ok_or(ErrorCode::InvalidBookmark)?;
    match key {
        Some(key) => rank(cx, index, key, position),
        // At the start, or past the end.
        None => Ok((position, true)),
    }
}

/// Refuses one bookmark too many.
pub(super) fn bound_bookmarks(object: &TableObject) -> Result<()> {
    if object.bookmarks.len() < limits::BOOKMARKS_MAX { Ok(()) } else { Err(ErrorCode::OutOfMemory.into()) }
}

/// RopCreateBookmark
pub(super) fn create_bookmark(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: CreateBookmarkRequest,
) -> Result<CreateBookmarkResponse> {
    viewed(cx, handles.input)?;
    let object = table_mut(cx, handles.input)?;
    bound_bookmarks(object)?;
    object.last_bookmark = object.last_bookmark.wrapping_add(1);
    object.bookmarks.insert(object.last_bookmark, (object.position, object.current));
    Ok(CreateBookmarkResponse { bookmark: object.last_bookmark.to_bytes() })
}

/// RopSeekRowBookmark
pub(super) fn seek_row_bookmark(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SeekRowBookmarkRequest,
) -> Result<SeekRowBookmarkResponse> {
    viewed(cx, handles.input)?;
    let (base, there) = bookmark_position(cx, handles.input, &rq.bookmark)?;
    let (has_sought_less, rows_sought) = seek(cx, handles.input, base, rq.row_count)?;
    Ok(SeekRowBookmarkResponse {
        row_no_longer_visible: !there,
        has_sought_less: rq.want_row_moved_count && has_sought_less,
        rows_sought: if rq.want_row_moved_count { rows_sought } else { 0 },
    })
}

/// RopFreeBookmark
pub(super) fn free_bookmark(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FreeBookmarkRequest,
) -> Result<FreeBookmarkResponse> {
    viewed(cx, handles.input)?;
    let number = bookmark_number(&rq.bookmark)?;
    let object = table_mut(cx, handles.input)?;
    object.bookmarks.remove(&number).ok_or(ErrorCode::InvalidBookmark)?;
    Ok(FreeBookmarkResponse {})
}

/// RopFindRow
pub(super) fn find_row(cx: &mut Context<'_, '_>, handles: Handles, rq: FindRowRequest) -> Result<FindRowResponse> {
    const BACKWARD: u8 = 0x01;
    /// Rows looked at with one look into the order.
    const STEP: usize = 256;
    let index = handles.input;
    viewed(cx, index)?;
    let restriction =
        restriction::parse(&rq.restriction_data, cx.caller.code_page)?.ok_or(ErrorCode::InvalidParameter)?;
    let total = count(cx, index)?;
    let mut row_no_longer_visible = false;
    let mut at = match rq.origin {
        origin::BEGINNING => 0,
        origin::CURRENT => table(cx, index)?.1.position.min(total),
        origin::END => total,
        origin::CUSTOM => {
            let (position, there) = bookmark_position(cx, index, &rq.bookmark)?;
            row_no_longer_visible = !there;
            position.min(total)
        }
        _ => return Err(ErrorCode::InvalidParameter.into()),
    };
    let step = u32::try_from(STEP).unwrap_or(u32::MAX);
    let backward = rq.find_row_flags & BACKWARD != 0;
    loop {
        // Backward, the search begins with the row before the start. MS-OXCTABL R241
        let (from, to) =
            if backward { (at.saturating_sub(step), at) } else { (at, at.saturating_add(step).min(total)) };
        let keys = slice(cx, index, from, usize::try_from(to.saturating_sub(from)).unwrap_or(0))?;
        let (ids, object) = table(cx, index)?;
        let mut hit = None;
        let numbered = (from..).zip(keys);
        let ordered: Vec<(u32, RowKey)> =
            if backward { numbered.collect::<Vec<_>>().into_iter().rev().collect() } else { numbered.collect() };
        for (position, key) in ordered {
            let test = |source: &dyn Source| store::matches(&restriction, source);
            if with_row(cx, (ids, object), key, Bodies::All, test)? == Some(true) {
                hit = Some((position, key));
                break;
            }
        }
        if let Some((position, key)) = hit {
            let columns = object.columns.clone().unwrap_or_default();
            let row = cells(cx, ids, object, key)?;
            go(cx, index, position)?;
            let row_data = row.map(|row| {
                let mut w = Writer::new();
                write_row(&mut w, &columns, &row, Dialect::Rop);
                Row(w.into_bytes())
            });
            return Ok(FindRowResponse { row_no_longer_visible, row_data });
        }
        let done = if backward { from == 0 } else { to >= total };
        if done {
            return Err(ErrorCode::NotFound.into());
        }
        at = if backward { from } else { to };
    }
}

/// RopQueryColumnsAll: every property that rows of this kind can have. MS-OXCTABL 3.2.5.13
pub(super) fn query_columns_all(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: QueryColumnsAllRequest,
) -> Result<QueryColumnsAllResponse> {
    let object = table_mut(cx, handles.input)?;
    object.announce.viewed = true;
    let (computed, usual): (&[PropertyTag], &[PropertyTag]) = match object.kind {
        Kind::Contents { .. } => (MessageView::COMPUTED, USUAL_CONTENTS),
        Kind::Hierarchy { .. } => (FolderView::COMPUTED, USUAL_HIERARCHY),
        Kind::Attachments { .. } => (AttachmentView::COMPUTED, USUAL_ATTACHMENTS),
        Kind::Permissions { .. } => (MemberView::COLUMNS, &[]),
    };
    Ok(QueryColumnsAllResponse { property_tags: computed.iter().chain(usual).copied().collect() })
}

const USUAL_CONTENTS: &[PropertyTag] = &[
    PropertyTag::PidTagInstID,
    PropertyTag::PidTagInstanceNum,
    PropertyTag::PidTagInstanceKey,
    PropertyTag::PidTagRowType,
    PropertyTag::PidTagDepth,
    PropertyTag::PidTagMessageClass,
    PropertyTag::PidTagSubjectPrefix,
    PropertyTag::PidTagNormalizedSubject,
    PropertyTag::PidTagImportance,
    PropertyTag::PidTagSensitivity,
    PropertyTag::PidTagSenderName,
    PropertyTag::PidTagSentRepresentingName,
    PropertyTag::PidTagDisplayTo,
    PropertyTag::PidTagDisplayCc,
    PropertyTag::PidTagClientSubmitTime,
    PropertyTag::PidTagMessageDeliveryTime,
    PropertyTag::PidTagCreationTime,
    PropertyTag::PidTagLastModificationTime,
    PropertyTag::PidTagIconIndex,
    PropertyTag::PidTagFlagStatus,
];
const USUAL_HIERARCHY: &[PropertyTag] = &[
    PropertyTag::PidTagDisplayName,
    PropertyTag::PidTagComment,
    PropertyTag::PidTagContainerClass,
    PropertyTag::PidTagDepth,
    PropertyTag::PidTagCreationTime,
    PropertyTag::PidTagLastModificationTime,
];
const USUAL_ATTACHMENTS: &[PropertyTag] = &[
    PropertyTag::PidTagAttachMethod,
    PropertyTag::PidTagAttachFilename,
    PropertyTag::PidTagAttachLongFilename,
    PropertyTag::PidTagAttachMimeTag,
    PropertyTag::PidTagAttachContentId,
    PropertyTag::PidTagRenderingPosition,
    PropertyTag::PidTagLastModificationTime,
];
