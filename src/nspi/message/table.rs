//! Tables: CompareMIds, GetMatches, GetSpecialTable, QueryRows, ResortRestriction, SeekEntries,
//! UpdateStat. MS-OXCMAPIHTTP 2.2.5.3, 2.2.5.5, 2.2.5.8, 2.2.5.12, 2.2.5.15 to 2.2.5.17

use super::{
    AddressBookTaggedValue, ColumnsAndRows, Filter, MidList, MinimalId, Optional, Plain, PropertyNameId, RowLists,
    Stat, TagList,
};
use crate::mapi::{ErrorCode, PropertyTag};

crate::wire! {
    /// CompareMIds request. MS-OXCMAPIHTTP 2.2.5.3.1
    pub struct CompareMidsRequest {
        reserved: u32,
        state: Option<Stat> as Optional<Plain>,
        minimal_id1: MinimalId,
        minimal_id2: MinimalId,
    }
    /// CompareMIds response. MS-OXCMAPIHTTP 2.2.5.3.2
    pub struct CompareMidsResponse { error_code: ErrorCode, result: i32 }

    /// GetMatches request. MS-OXCMAPIHTTP 2.2.5.5.1
    pub struct GetMatchesRequest {
        reserved: u32,
        state: Option<Stat> as Optional<Plain>,
        minimal_ids: Option<Vec<MinimalId>> as Optional<MidList>,
        interface_option_flags: u32,
        filter: Option<Filter> as Optional<Plain>,
        property_name: Option<PropertyNameId> as Optional<Plain>,
        row_count: u32,
        columns: Option<Vec<PropertyTag>> as Optional<TagList>,
    }
    /// GetMatches response. MS-OXCMAPIHTTP 2.2.5.5.2
    pub struct GetMatchesResponse {
        error_code: ErrorCode,
        state: Option<Stat> as Optional<Plain>,
        minimal_ids: Option<Vec<MinimalId>> as Optional<MidList>,
        rows: Option<ColumnsAndRows> as Optional<Plain>,
    }

    /// GetSpecialTable request. MS-OXCMAPIHTTP 2.2.5.8.1
    pub struct GetSpecialTableRequest {
        flags: u32,
        state: Option<Stat> as Optional<Plain>,
        version: Option<u32> as Optional<Plain>,
    }
    /// GetSpecialTable response. MS-OXCMAPIHTTP 2.2.5.8.2
    pub struct GetSpecialTableResponse {
        error_code: ErrorCode,
        code_page: u32,
        version: Option<u32> as Optional<Plain>,
        rows: Option<Vec<Vec<AddressBookTaggedValue>>> as Optional<RowLists>,
    }

    /// QueryRows request. MS-OXCMAPIHTTP 2.2.5.12.1
    pub struct QueryRowsRequest {
        flags: u32,
        state: Option<Stat> as Optional<Plain>,
        explicit_table: Vec<MinimalId> as MidList,
        row_count: u32,
        columns: Option<Vec<PropertyTag>> as Optional<TagList>,
    }
    /// QueryRows response. MS-OXCMAPIHTTP 2.2.5.12.2
    pub struct QueryRowsResponse {
        error_code: ErrorCode,
        state: Option<Stat> as Optional<Plain>,
        rows: Option<ColumnsAndRows> as Optional<Plain>,
    }

    /// ResortRestriction request. MS-OXCMAPIHTTP 2.2.5.15.1
    pub struct ResortRestrictionRequest {
        reserved: u32,
        state: Option<Stat> as Optional<Plain>,
        minimal_ids: Option<Vec<MinimalId>> as Optional<MidList>,
    }
    /// ResortRestriction response. MS-OXCMAPIHTTP 2.2.5.15.2
    pub struct ResortRestrictionResponse {
        error_code: ErrorCode,
        state: Option<Stat> as Optional<Plain>,
        minimal_ids: Option<Vec<MinimalId>> as Optional<MidList>,
    }

    /// SeekEntries request. MS-OXCMAPIHTTP 2.2.5.16.1
    pub struct SeekEntriesRequest {
        reserved: u32,
        state: Option<Stat> as Optional<Plain>,
        target: Option<AddressBookTaggedValue> as Optional<Plain>,
        explicit_table: Option<Vec<MinimalId>> as Optional<MidList>,
        columns: Option<Vec<PropertyTag>> as Optional<TagList>,
    }
    /// SeekEntries response. MS-OXCMAPIHTTP 2.2.5.16.2
    pub struct SeekEntriesResponse {
        error_code: ErrorCode,
        state: Option<Stat> as Optional<Plain>,
        rows: Option<ColumnsAndRows> as Optional<Plain>,
    }

    /// UpdateStat request. MS-OXCMAPIHTTP 2.2.5.17.1
    pub struct UpdateStatRequest { reserved: u32, state: Option<Stat> as Optional<Plain>, delta_requested: bool }
    /// UpdateStat response. MS-OXCMAPIHTTP 2.2.5.17.2
    pub struct UpdateStatResponse {
        error_code: ErrorCode,
        state: Option<Stat> as Optional<Plain>,
        delta: Option<i32> as Optional<Plain>,
    }
}

// A refused call has its outputs zeroed or absent, and the state as the client sent it ("MUST NOT
// modify the output parameter pStat").

impl CompareMidsResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, result: 0 }
    }
}

impl GetMatchesResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode, state: Option<Stat>) -> Self {
        Self { error_code, state, minimal_ids: None, rows: None }
    }
}

impl GetSpecialTableResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, code_page: 0, version: None, rows: None }
    }
}

impl QueryRowsResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode, state: Option<Stat>) -> Self {
        Self { error_code, state, rows: None }
    }
}

impl ResortRestrictionResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode, state: Option<Stat>) -> Self {
        Self { error_code, state, minimal_ids: None }
    }
}

impl SeekEntriesResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode, state: Option<Stat>) -> Self {
        Self { error_code, state, rows: None }
    }
}

impl UpdateStatResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode, state: Option<Stat>) -> Self {
        Self { error_code, state, delta: None }
    }
}
