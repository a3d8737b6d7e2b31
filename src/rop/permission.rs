//! Permission operations, MS-OXCROPS 2.2.10: what they look like.

use crate::mapi::TaggedValue;
use crate::wire::Counted;

crate::wire! {
    /// RopGetPermissionsTable request. MS-OXCROPS 2.2.10.2.1
    pub struct GetPermissionsTableRequest { table_flags: u8 }
    /// RopGetPermissionsTable success response. MS-OXCROPS 2.2.10.2.2
    pub struct GetPermissionsTableResponse {  }
    /// RopModifyPermissions request. MS-OXCROPS 2.2.10.1.1
    pub struct ModifyPermissionsRequest { modify_flags: u8, permissions_data: Vec<PermissionData> as Counted<u16> }
    /// RopModifyPermissions success response. MS-OXCROPS 2.2.10.1.2
    pub struct ModifyPermissionsResponse {  }
}

crate::wire! {
    /// PermissionData. MS-OXCPERM 2.2.2
    pub struct PermissionData { permission_data_flags: u8, property_values: Vec<TaggedValue> as Counted<u16> }
}
