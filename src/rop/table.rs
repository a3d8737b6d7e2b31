//! Table operations, MS-OXCROPS 2.2.5: what they look like. Meaning: `exec/table.rs`.

use crate::mapi::{Dialect, ObjectId, PropertyTag, SortOrderSet, read_row};
use crate::wire::{Bytes, Counted, Present, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopSetColumns request. MS-OXCROPS 2.2.5.1.1
    pub struct SetColumnsRequest { set_columns_flags: u8, property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopSetColumns success response. MS-OXCROPS 2.2.5.1.2
    pub struct SetColumnsResponse { table_status: u8 }
    /// RopSortTable request. MS-OXCROPS 2.2.5.2.1
    pub struct SortTableRequest { sort_table_flags: u8, sort_orders: SortOrderSet }
    /// RopSortTable success response. MS-OXCROPS 2.2.5.2.2
    pub struct SortTableResponse { table_status: u8 }
    /// RopRestrict request. MS-OXCROPS 2.2.5.3.1
    pub struct RestrictRequest { restrict_flags: u8, restriction_data: Vec<u8> as Bytes<u16> }
    /// RopRestrict success response. MS-OXCROPS 2.2.5.3.2
    pub struct RestrictResponse { table_status: u8 }
    /// RopQueryRows request. MS-OXCROPS 2.2.5.4.1
    pub struct QueryRowsRequest { query_rows_flags: u8, forward_read: bool, row_count: u16 }
    /// RopQueryRows success response. MS-OXCROPS 2.2.5.4.2
    pub struct QueryRowsResponse { origin: u8, rows: Rows }
    /// RopGetStatus request. MS-OXCROPS 2.2.5.6.1
    pub struct GetStatusRequest {  }
    /// RopGetStatus success response. MS-OXCROPS 2.2.5.6.2
    pub struct GetStatusResponse { table_status: u8 }
    /// RopQueryPosition request. MS-OXCROPS 2.2.5.7.1
    pub struct QueryPositionRequest {  }
    /// RopQueryPosition success response. MS-OXCROPS 2.2.5.7.2
    pub struct QueryPositionResponse { numerator: u32, denominator: u32 }
    /// RopSeekRow request. MS-OXCROPS 2.2.5.8.1
    pub struct SeekRowRequest { origin: u8, row_count: i32, want_row_moved_count: bool }
    /// RopSeekRow success response. MS-OXCROPS 2.2.5.8.2
    pub struct SeekRowResponse { has_sought_less: bool, rows_sought: i32 }
    /// RopSeekRowBookmark request. MS-OXCROPS 2.2.5.9.1
    pub struct SeekRowBookmarkRequest { bookmark: Vec<u8> as Bytes<u16>, row_count: i32, want_row_moved_count: bool }
    /// RopSeekRowBookmark success response. MS-OXCROPS 2.2.5.9.2
    pub struct SeekRowBookmarkResponse { row_no_longer_visible: bool, has_sought_less: bool, rows_sought: i32 }
    /// RopSeekRowFractional request. MS-OXCROPS 2.2.5.10.1
    pub struct SeekRowFractionalRequest { numerator: u32, denominator: u32 }
    /// RopSeekRowFractional success response. MS-OXCROPS 2.2.5.10.2
    pub struct SeekRowFractionalResponse {  }
    /// RopCreateBookmark request. MS-OXCROPS 2.2.5.11.1
    pub struct CreateBookmarkRequest {  }
    /// RopCreateBookmark success response. MS-OXCROPS 2.2.5.11.2
    pub struct CreateBookmarkResponse { bookmark: Vec<u8> as Bytes<u16> }
    /// RopQueryColumnsAll request. MS-OXCROPS 2.2.5.12.1
    pub struct QueryColumnsAllRequest {  }
    /// RopQueryColumnsAll success response. MS-OXCROPS 2.2.5.12.2
    pub struct QueryColumnsAllResponse { property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopAbort request. MS-OXCROPS 2.2.5.5.1
    pub struct AbortRequest {  }
    /// RopAbort success response. MS-OXCROPS 2.2.5.5.2
    pub struct AbortResponse { table_status: u8 }
    /// RopFindRow request. MS-OXCROPS 2.2.5.13.1
    pub struct FindRowRequest { find_row_flags: u8, restriction_data: Vec<u8> as Bytes<u16>, origin: u8, bookmark: Vec<u8> as Bytes<u16> }
    /// RopFindRow success response. MS-OXCROPS 2.2.5.13.2
    pub struct FindRowResponse { row_no_longer_visible: bool, row_data: Option<Row> as Present }
    /// RopExpandRow request. MS-OXCROPS 2.2.5.16.1
    pub struct ExpandRowRequest { max_row_count: u16, category_id: ObjectId }
    /// RopExpandRow success response. MS-OXCROPS 2.2.5.16.2
    pub struct ExpandRowResponse { expanded_row_count: u32, rows: Rows }
    /// RopCollapseRow request. MS-OXCROPS 2.2.5.17.1
    pub struct CollapseRowRequest { category_id: ObjectId }
    /// RopCollapseRow success response. MS-OXCROPS 2.2.5.17.2
    pub struct CollapseRowResponse { collapsed_row_count: u32 }
    /// RopGetCollapseState request. MS-OXCROPS 2.2.5.18.1
    pub struct GetCollapseStateRequest { row_id: ObjectId, row_instance_number: u32 }
    /// RopGetCollapseState success response. MS-OXCROPS 2.2.5.18.2
    pub struct GetCollapseStateResponse { collapse_state: Vec<u8> as Bytes<u16> }
    /// RopSetCollapseState request. MS-OXCROPS 2.2.5.19.1
    pub struct SetCollapseStateRequest { collapse_state: Vec<u8> as Bytes<u16> }
    /// RopSetCollapseState success response. MS-OXCROPS 2.2.5.19.2
    pub struct SetCollapseStateResponse { bookmark: Vec<u8> as Bytes<u16> }
    /// RopResetTable request. MS-OXCROPS 2.2.5.15.1
    pub struct ResetTableRequest {  }
    /// RopResetTable success response. MS-OXCROPS 2.2.5.15.2
    pub struct ResetTableResponse {  }
    /// RopFreeBookmark request. MS-OXCROPS 2.2.5.14.1
    pub struct FreeBookmarkRequest { bookmark: Vec<u8> as Bytes<u16> }
    /// RopFreeBookmark success response. MS-OXCROPS 2.2.5.14.2
    pub struct FreeBookmarkResponse {  }
}

/// A PropertyRow as bytes: only who knows the columns can read it ([`Reader::tags`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<u8>);

impl Wire for Row {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let columns: Vec<PropertyTag> = r.tags().iter().copied().map(PropertyTag).collect();
        let before = r.remaining();
        let start = r.position();
        read_row(r, &columns, Dialect::Rop)?;
        let len = r.position().saturating_sub(start);
        Ok(Self(before.get(..len).unwrap_or_default().to_vec()))
    }
    fn write(&self, w: &mut Writer) {
        w.raw(&self.0);
    }
}

/// RowCount and that many PropertyRows, as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// How many.
    pub count: u16,
    /// One after the other.
    pub data: Vec<u8>,
}

impl Wire for Rows {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let count = u16::read(r)?;
        let mut data = Vec::new();
        for _ in 0..count {
            data.extend(Row::read(r)?.0);
        }
        Ok(Self { count, data })
    }
    fn write(&self, w: &mut Writer) {
        self.count.write(w);
        w.raw(&self.data);
    }
}

/// Origin of RopSeekRow, RopFindRow and RopQueryRows. MS-OXCTABL 2.2.2.1.1
pub mod origin {
    /// BOOKMARK_BEGINNING
    pub const BEGINNING: u8 = 0;
    /// BOOKMARK_CURRENT
    pub const CURRENT: u8 = 1;
    /// BOOKMARK_END
    pub const END: u8 = 2;
    /// BOOKMARK_CUSTOM
    pub const CUSTOM: u8 = 3;
}

/// TableFlags. MS-OXCFOLD 2.2.1.13.1, 2.2.1.14.1
pub mod table_flags {
    /// Associated (contents).
    pub const ASSOCIATED: u8 = 0x02;
    /// Depth (hierarchy).
    pub const DEPTH: u8 = 0x04;
    /// DeferredErrors
    pub const DEFERRED_ERRORS: u8 = 0x08;
    /// NoNotifications
    pub const NO_NOTIFICATIONS: u8 = 0x10;
    /// SoftDeletes
    pub const SOFT_DELETES: u8 = 0x20;
    /// UseUnicode
    pub const USE_UNICODE: u8 = 0x40;
    /// ConversationMembers (contents), SuppressesNotifications (hierarchy).
    pub const CONVERSATION_MEMBERS: u8 = 0x80;
}
