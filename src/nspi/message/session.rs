//! Sessions, names and addresses of services: Bind, Unbind, DNToMId, ResolveNames, GetMailboxUrl,
//! GetAddressBookUrl. MS-OXCMAPIHTTP 2.2.5.1, 2.2.5.2, 2.2.5.4, 2.2.5.14, 2.2.5.18, 2.2.5.19

use super::{ColumnsAndRows, DnList, MidList, MinimalId, NameList, Optional, Plain, Stat, TagList};
use crate::mapi::{ErrorCode, PropertyTag};
use crate::wire::{Guid, Utf16Z};

crate::wire! {
    /// Bind request. MS-OXCMAPIHTTP 2.2.5.1.1
    pub struct BindRequest { flags: u32, state: Option<Stat> as Optional<Plain> }
    /// Bind response. MS-OXCMAPIHTTP 2.2.5.1.2
    pub struct BindResponse { error_code: ErrorCode, server_guid: Guid }

    /// Unbind request. MS-OXCMAPIHTTP 2.2.5.2.1
    pub struct UnbindRequest { reserved: u32 }
    /// Unbind response. MS-OXCMAPIHTTP 2.2.5.2.2
    pub struct UnbindResponse { error_code: ErrorCode }

    /// DNToMId request. MS-OXCMAPIHTTP 2.2.5.4.1
    pub struct DnToMidRequest { reserved: u32, names: Option<Vec<String>> as Optional<DnList> }
    /// DNToMId response. MS-OXCMAPIHTTP 2.2.5.4.2
    pub struct DnToMidResponse { error_code: ErrorCode, minimal_ids: Option<Vec<MinimalId>> as Optional<MidList> }

    /// ResolveNames request. MS-OXCMAPIHTTP 2.2.5.14.1
    pub struct ResolveNamesRequest {
        reserved: u32,
        state: Option<Stat> as Optional<Plain>,
        property_tags: Option<Vec<PropertyTag>> as Optional<TagList>,
        names: Option<Vec<String>> as Optional<NameList>,
    }
    /// ResolveNames response. MS-OXCMAPIHTTP 2.2.5.14.2
    pub struct ResolveNamesResponse {
        error_code: ErrorCode,
        code_page: u32,
        minimal_ids: Option<Vec<MinimalId>> as Optional<MidList>,
        rows: Option<ColumnsAndRows> as Optional<Plain>,
    }

    /// GetMailboxUrl request. MS-OXCMAPIHTTP 2.2.5.18.1
    pub struct GetMailboxUrlRequest { flags: u32, server_dn: String as Utf16Z }
    /// GetMailboxUrl response. MS-OXCMAPIHTTP 2.2.5.18.2
    pub struct GetMailboxUrlResponse { error_code: ErrorCode, server_url: String as Utf16Z }

    /// GetAddressBookUrl request. MS-OXCMAPIHTTP 2.2.5.19.1
    pub struct GetAddressBookUrlRequest { flags: u32, user_dn: String as Utf16Z }
    /// GetAddressBookUrl response. MS-OXCMAPIHTTP 2.2.5.19.2
    pub struct GetAddressBookUrlResponse { error_code: ErrorCode, server_url: String as Utf16Z }
}

// A refused call has its outputs zeroed or absent: clients have been seen to crash on what they
// find beside an error (MS-OXNSPI 3.1.4.1, "MUST return a NULL").

impl BindResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, server_guid: Guid::NIL }
    }
}

impl ResolveNamesResponse {
    /// The answer to a refused call.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, code_page: 0, minimal_ids: None, rows: None }
    }
}
