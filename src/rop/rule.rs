//! Rule operations, MS-OXCROPS 2.2.11: what they look like.

use crate::mapi::TaggedValue;
use crate::wire::{Bytes, Counted};

crate::wire! {
    /// RopGetRulesTable request. MS-OXCROPS 2.2.11.2.1
    pub struct GetRulesTableRequest { table_flags: u8 }
    /// RopGetRulesTable success response. MS-OXCROPS 2.2.11.2.2
    pub struct GetRulesTableResponse {  }
    /// RopModifyRules request. MS-OXCROPS 2.2.11.1.1
    pub struct ModifyRulesRequest { modify_rules_flags: u8, rules_data: Vec<RuleData> as Counted<u16> }
    /// RopModifyRules success response. MS-OXCROPS 2.2.11.1.2
    pub struct ModifyRulesResponse {  }
    /// RopUpdateDeferredActionMessages request. MS-OXCROPS 2.2.11.3.1
    pub struct UpdateDeferredActionMessagesRequest { server_entry_id: Vec<u8> as Bytes<u16>, client_entry_id: Vec<u8> as Bytes<u16> }
    /// RopUpdateDeferredActionMessages success response. MS-OXCROPS 2.2.11.3.2
    pub struct UpdateDeferredActionMessagesResponse {  }
}

crate::wire! {
    /// RuleData. MS-OXORULE 2.2.1.3
    pub struct RuleData { rule_data_flags: u8, property_values: Vec<TaggedValue> as Counted<u16> }
}
