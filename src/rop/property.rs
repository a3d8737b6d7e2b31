//! Property operations, MS-OXCROPS 2.2.8: what they look like. Meaning: `exec/property.rs`,
//! `exec/named.rs`.

use super::table::Row;
use crate::mapi::{ErrorCode, PropertyName, PropertyTag, TaggedValue};
use crate::wire::{Counted, Framed, Guid, Present, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopGetPropertiesSpecific request. MS-OXCROPS 2.2.8.3.1
    pub struct GetPropertiesSpecificRequest { property_size_limit: u16, want_unicode: u16, property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopGetPropertiesSpecific success response. MS-OXCROPS 2.2.8.3.2
    pub struct GetPropertiesSpecificResponse { row_data: Row }
    /// PropertyProblem. MS-OXCDATA 2.7
    #[derive(Copy, Eq)]
    pub struct PropertyProblem { index: u16, property_tag: PropertyTag, error_code: ErrorCode }
    /// PropertyValueCount and PropertyValues, inside PropertyValueSize. MS-OXCROPS 2.2.8.6.1
    pub struct PropertyValues { values: Vec<TaggedValue> as Counted<u16> }
    /// RopGetPropertiesAll request. MS-OXCROPS 2.2.8.4.1
    pub struct GetPropertiesAllRequest { property_size_limit: u16, want_unicode: u16 }
    /// RopGetPropertiesAll success response. MS-OXCROPS 2.2.8.4.2
    pub struct GetPropertiesAllResponse { property_values: Vec<TaggedValue> as Counted<u16> }
    /// RopGetPropertiesList request. MS-OXCROPS 2.2.8.5.1
    pub struct GetPropertiesListRequest {  }
    /// RopGetPropertiesList success response. MS-OXCROPS 2.2.8.5.2
    pub struct GetPropertiesListResponse { property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopSetProperties request. MS-OXCROPS 2.2.8.6.1
    pub struct SetPropertiesRequest { property_values: PropertyValues as Framed<u16> }
    /// RopSetProperties success response. MS-OXCROPS 2.2.8.6.2
    pub struct SetPropertiesResponse { property_problems: Vec<PropertyProblem> as Counted<u16> }
    /// RopDeleteProperties request. MS-OXCROPS 2.2.8.8.1
    pub struct DeletePropertiesRequest { property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopDeleteProperties success response. MS-OXCROPS 2.2.8.8.2
    pub struct DeletePropertiesResponse { property_problems: Vec<PropertyProblem> as Counted<u16> }
    /// RopCopyTo request. MS-OXCROPS 2.2.8.12.1
    pub struct CopyToRequest { want_asynchronous: bool, want_sub_objects: bool, copy_flags: u8, excluded_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopCopyTo success response. MS-OXCROPS 2.2.8.12.2
    pub struct CopyToResponse { property_problems: Vec<PropertyProblem> as Counted<u16> }
    /// RopProgress request. MS-OXCROPS 2.2.8.13.1
    pub struct ProgressRequest { want_cancel: bool }
    /// RopProgress success response. MS-OXCROPS 2.2.8.13.2
    pub struct ProgressResponse { logon_id: u8, completed_task_count: u32, total_task_count: u32 }
    /// RopGetNamesFromPropertyIds request. MS-OXCROPS 2.2.8.2.1
    pub struct GetNamesFromPropertyIdsRequest { property_ids: Vec<u16> as Counted<u16> }
    /// RopGetNamesFromPropertyIds success response. MS-OXCROPS 2.2.8.2.2
    pub struct GetNamesFromPropertyIdsResponse { property_names: Vec<PropertyName> as Counted<u16> }
    /// RopGetPropertyIdsFromNames request. MS-OXCROPS 2.2.8.1.1
    pub struct GetPropertyIdsFromNamesRequest { flags: u8, property_names: Vec<PropertyName> as Counted<u16> }
    /// RopGetPropertyIdsFromNames success response. MS-OXCROPS 2.2.8.1.2
    pub struct GetPropertyIdsFromNamesResponse { property_ids: Vec<u16> as Counted<u16> }
    /// RopQueryNamedProperties request. MS-OXCROPS 2.2.8.10.1
    pub struct QueryNamedPropertiesRequest { query_flags: u8, property_guid: Option<Guid> as Present }

    /// RopCopyProperties request. MS-OXCROPS 2.2.8.11.1
    pub struct CopyPropertiesRequest { want_asynchronous: bool, copy_flags: u8, property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopCopyProperties success response. MS-OXCROPS 2.2.8.11.2
    pub struct CopyPropertiesResponse { property_problems: Vec<PropertyProblem> as Counted<u16> }
    /// RopSetPropertiesNoReplicate request. MS-OXCROPS 2.2.8.7.1
    pub struct SetPropertiesNoReplicateRequest { property_values: PropertyValues as Framed<u16> }
    /// RopSetPropertiesNoReplicate success response. MS-OXCROPS 2.2.8.7.2
    pub struct SetPropertiesNoReplicateResponse { property_problems: Vec<PropertyProblem> as Counted<u16> }
    /// RopDeletePropertiesNoReplicate request. MS-OXCROPS 2.2.8.9.1
    pub struct DeletePropertiesNoReplicateRequest { property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopDeletePropertiesNoReplicate success response. MS-OXCROPS 2.2.8.9.2
    pub struct DeletePropertiesNoReplicateResponse { property_problems: Vec<PropertyProblem> as Counted<u16> }
}

/// RopQueryNamedProperties success response: one count for both lists. MS-OXCROPS 2.2.8.10.2
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryNamedPropertiesResponse {
    /// PropertyIds and PropertyNames, side by side.
    pub properties: Vec<(u16, PropertyName)>,
}

impl Wire for QueryNamedPropertiesResponse {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let count = usize::from(u16::read(r)?);
        let count = r.plausible(count, 3, "IdCount")?;
        let ids: Vec<u16> = (0..count).map(|_| u16::read(r)).collect::<Result<_, _>>()?;
        let properties =
            ids.into_iter().map(|id| Ok((id, PropertyName::read(r)?))).collect::<Result<_, WireError>>()?;
        Ok(Self { properties })
    }
    fn write(&self, w: &mut Writer) {
        u16::try_from(self.properties.len()).unwrap_or(u16::MAX).write(w);
        self.properties.iter().for_each(|(id, _)| id.write(w));
        self.properties.iter().for_each(|(_, name)| name.write(w));
    }
}
