//! Objects and their properties: GetPropList, GetProps, GetTemplateInfo, ModLinkAtt, ModProps,
//! QueryColumns. MS-OXCMAPIHTTP 2.2.5.6, 2.2.5.7, 2.2.5.9 to 2.2.5.11, 2.2.5.13

use super::{AddressBookTaggedValue, EntryIdList, MinimalId, Optional, Plain, Stat, TagList, ValueList};
use crate::mapi::{ErrorCode, PropertyTag};
use crate::wire::AsciiZ;

crate::wire! {
    /// GetPropList request. MS-OXCMAPIHTTP 2.2.5.6.1
    pub struct GetPropListRequest { flags: u32, minimal_id: MinimalId, code_page: u32 }
    /// GetPropList response. MS-OXCMAPIHTTP 2.2.5.6.2
    pub struct GetPropListResponse {
        error_code: ErrorCode,
        property_tags: Option<Vec<PropertyTag>> as Optional<TagList>,
    }

    /// GetProps request. MS-OXCMAPIHTTP 2.2.5.7.1
    pub struct GetPropsRequest {
        flags: u32,
        state: Option<Stat> as Optional<Plain>,
        property_tags: Option<Vec<PropertyTag>> as Optional<TagList>,
    }
    /// GetProps response. MS-OXCMAPIHTTP 2.2.5.7.2
    pub struct GetPropsResponse {
        error_code: ErrorCode,
        code_page: u32,
        property_values: Option<Vec<AddressBookTaggedValue>> as Optional<ValueList>,
    }

    /// GetTemplateInfo request. MS-OXCMAPIHTTP 2.2.5.9.1
    pub struct GetTemplateInfoRequest {
        flags: u32,
        display_type: u32,
        template_dn: Option<String> as Optional<AsciiZ>,
        code_page: u32,
        locale_id: u32,
    }
    /// GetTemplateInfo response. MS-OXCMAPIHTTP 2.2.5.9.2
    pub struct GetTemplateInfoResponse {
        error_code: ErrorCode,
        code_page: u32,
        row: Option<Vec<AddressBookTaggedValue>> as Optional<ValueList>,
    }

    /// ModLinkAtt request. MS-OXCMAPIHTTP 2.2.5.10.1
    pub struct ModLinkAttRequest {
        flags: u32,
        property_tag: PropertyTag,
        minimal_id: MinimalId,
        entry_ids: Option<Vec<Vec<u8>>> as Optional<EntryIdList>,
    }
    /// ModLinkAtt response. MS-OXCMAPIHTTP 2.2.5.10.2
    pub struct ModLinkAttResponse { error_code: ErrorCode }

    /// ModProps request. MS-OXCMAPIHTTP 2.2.5.11.1
    pub struct ModPropsRequest {
        reserved: u32,
        state: Option<Stat> as Optional<Plain>,
        property_tags: Option<Vec<PropertyTag>> as Optional<TagList>,
        property_values: Option<Vec<AddressBookTaggedValue>> as Optional<ValueList>,
    }
    /// ModProps response. MS-OXCMAPIHTTP 2.2.5.11.2
    pub struct ModPropsResponse { error_code: ErrorCode }

    /// QueryColumns request. MS-OXCMAPIHTTP 2.2.5.13.1
    pub struct QueryColumnsRequest { reserved: u32, map_flags: u32 }
    /// QueryColumns response. MS-OXCMAPIHTTP 2.2.5.13.2
    pub struct QueryColumnsResponse {
        error_code: ErrorCode,
        columns: Option<Vec<PropertyTag>> as Optional<TagList>,
    }
}

impl GetPropListResponse {
    /// The answer to a refused call: its outputs are absent.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, property_tags: None }
    }
}

impl GetPropsResponse {
    /// The answer to a refused call: its outputs are zeroed or absent.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, code_page: 0, property_values: None }
    }
}

impl GetTemplateInfoResponse {
    /// The answer to a refused call: its outputs are zeroed or absent.
    #[must_use]
    pub fn refused(error_code: ErrorCode) -> Self {
        Self { error_code, code_page: 0, row: None }
    }
}
