//! Synchronisation operations, MS-OXCROPS 2.2.13: what they look like.

use crate::mapi::{LongTermId, ObjectId, PropertyTag, TaggedValue};
use crate::wire::{Bytes, Counted, Framed, Guid};

crate::wire! {
    /// RopSynchronizationConfigure request. MS-OXCROPS 2.2.13.1.1
    pub struct SynchronizationConfigureRequest { synchronization_type: u8, send_options: u8, synchronization_flags: u16, restriction_data: Vec<u8> as Bytes<u16>, synchronization_extra_flags: u32, property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopSynchronizationConfigure success response. MS-OXCROPS 2.2.13.1.2
    pub struct SynchronizationConfigureResponse {  }
    /// RopSynchronizationImportMessageChange request. MS-OXCROPS 2.2.13.2.1
    pub struct SynchronizationImportMessageChangeRequest { import_flag: u8, property_values: Vec<TaggedValue> as Counted<u16> }
    /// RopSynchronizationImportMessageChange success response. MS-OXCROPS 2.2.13.2.2
    pub struct SynchronizationImportMessageChangeResponse { message_id: ObjectId }
    /// RopSynchronizationImportHierarchyChange request. MS-OXCROPS 2.2.13.4.1
    pub struct SynchronizationImportHierarchyChangeRequest { hierarchy_values: Vec<TaggedValue> as Counted<u16>, property_values: Vec<TaggedValue> as Counted<u16> }
    /// RopSynchronizationImportHierarchyChange success response. MS-OXCROPS 2.2.13.4.2
    pub struct SynchronizationImportHierarchyChangeResponse { folder_id: ObjectId }
    /// RopSynchronizationImportDeletes request. MS-OXCROPS 2.2.13.5.1
    pub struct SynchronizationImportDeletesRequest { import_delete_flags: u8, property_values: Vec<TaggedValue> as Counted<u16> }
    /// RopSynchronizationImportDeletes success response. MS-OXCROPS 2.2.13.5.2
    pub struct SynchronizationImportDeletesResponse {  }
    /// RopSynchronizationUploadStateStreamBegin request. MS-OXCROPS 2.2.13.9.1
    pub struct SynchronizationUploadStateStreamBeginRequest { state_property: PropertyTag, transfer_buffer_size: u32 }
    /// RopSynchronizationUploadStateStreamBegin success response. MS-OXCROPS 2.2.13.9.2
    pub struct SynchronizationUploadStateStreamBeginResponse {  }
    /// RopSynchronizationUploadStateStreamContinue request. MS-OXCROPS 2.2.13.10.1
    pub struct SynchronizationUploadStateStreamContinueRequest { stream_data: Vec<u8> as Bytes<u32> }
    /// RopSynchronizationUploadStateStreamContinue success response. MS-OXCROPS 2.2.13.10.2
    pub struct SynchronizationUploadStateStreamContinueResponse {  }
    /// RopSynchronizationUploadStateStreamEnd request. MS-OXCROPS 2.2.13.11.1
    pub struct SynchronizationUploadStateStreamEndRequest {  }
    /// RopSynchronizationUploadStateStreamEnd success response. MS-OXCROPS 2.2.13.11.2
    pub struct SynchronizationUploadStateStreamEndResponse {  }
    /// RopSynchronizationImportMessageMove request. MS-OXCROPS 2.2.13.6.1
    pub struct SynchronizationImportMessageMoveRequest { source_folder_id: Vec<u8> as Bytes<u32>, source_message_id: Vec<u8> as Bytes<u32>, predecessor_change_list: Vec<u8> as Bytes<u32>, destination_message_id: Vec<u8> as Bytes<u32>, change_number: Vec<u8> as Bytes<u32> }
    /// RopSynchronizationImportMessageMove success response. MS-OXCROPS 2.2.13.6.2
    pub struct SynchronizationImportMessageMoveResponse { message_id: ObjectId }
    /// RopSynchronizationOpenCollector request. MS-OXCROPS 2.2.13.7.1
    pub struct SynchronizationOpenCollectorRequest { is_contents_collector: bool }
    /// RopSynchronizationOpenCollector success response. MS-OXCROPS 2.2.13.7.2
    pub struct SynchronizationOpenCollectorResponse {  }
    /// RopGetLocalReplicaIds request. MS-OXCROPS 2.2.13.13.1
    pub struct GetLocalReplicaIdsRequest { id_count: u32 }
    /// RopGetLocalReplicaIds success response. MS-OXCROPS 2.2.13.13.2
    pub struct GetLocalReplicaIdsResponse { repl_guid: Guid, global_count: [u8; 6] }
    /// RopSynchronizationImportReadStateChanges request. MS-OXCROPS 2.2.13.3.1
    pub struct SynchronizationImportReadStateChangesRequest { message_read_states: Vec<u8> as Bytes<u16> }
    /// RopSynchronizationImportReadStateChanges success response. MS-OXCROPS 2.2.13.3.2
    pub struct SynchronizationImportReadStateChangesResponse {  }
    /// RopSynchronizationGetTransferState request. MS-OXCROPS 2.2.13.8.1
    pub struct SynchronizationGetTransferStateRequest {  }
    /// RopSynchronizationGetTransferState success response. MS-OXCROPS 2.2.13.8.2
    pub struct SynchronizationGetTransferStateResponse {  }
    /// RopSetLocalReplicaMidsetDeleted request. MS-OXCROPS 2.2.13.12.1
    pub struct SetLocalReplicaMidsetDeletedRequest { long_term_id_ranges: LongTermIdRanges as Framed<u16> }
    /// RopSetLocalReplicaMidsetDeleted success response. MS-OXCROPS 2.2.13.12.2
    pub struct SetLocalReplicaMidsetDeletedResponse {  }
}

crate::wire! {
    /// LongTermIdRange. MS-OXCFXICS 2.2.1.3.1
    pub struct LongTermIdRange { min_long_term_id: LongTermId, max_long_term_id: LongTermId }
    /// LongTermIdRangeCount and the ranges, inside DataSize. MS-OXCROPS 2.2.13.12.1
    pub struct LongTermIdRanges { ranges: Vec<LongTermIdRange> as Counted<u32> }
}
