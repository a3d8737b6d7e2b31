//! Every operation: what it looks like on the wire. MS-OXCROPS.
//!
//! [`rops!`](crate::rops) is the table of all of them. From it come the request and response enums
//! with both codecs, the names, and, in `exec`, the dispatch. To add an operation: two `wire!` in
//! `rop/<spec>.rs`, one function in `exec/<spec>.rs`, one line here, a golden test.

mod buffer;
pub mod folder;
pub mod logon;
pub mod message;
pub mod misc;
pub mod notification;
pub mod permission;
pub mod property;
pub mod rule;
pub mod stream;
pub mod submit;
pub mod sync;
pub mod table;
pub mod transfer;

pub use buffer::{
    Failure, Handles, Reply, RequestBuffer, RequestFrame, ResponseFrame, read_responses, read_some, unpack_payload,
};
pub use folder::*;
pub use logon::*;
pub use message::*;
pub use misc::*;
pub use notification::*;
pub use permission::*;
pub use property::*;
pub use rule::*;
pub use stream::*;
pub use submit::*;
pub use sync::*;
pub use table::*;
pub use transfer::*;

use crate::wire::{Reader, Wire, WireError, Writer};

/// The header of a request: which handle indexes it has, and which of them its response echoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// InputHandleIndex, echoed.
    Act,
    /// InputHandleIndex, OutputHandleIndex; the latter is echoed.
    Open,
    /// SourceHandleIndex, DestHandleIndex; the former is echoed.
    Copy,
    /// ResponseHandleIndex, InputHandleIndex; the former is echoed.
    Save,
    /// OutputHandleIndex, echoed.
    Logon,
}

/// What an operation does to the store: decides the transaction of a batch before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Reads,
    /// Changes it.
    Writes,
    /// Changes it if the object is a folder or a logon; a message or attachment being edited is
    /// session state.
    Edits,
}

/// The table of operations. Each line: identifier, name, header shape, access, the function in
/// `exec`, request, response, and the number of zero bytes that follow ReturnValue on failure
/// (rops.md §3; MS-OXCROPS shows one response form for those operations). Calls `$then!` with
/// all lines.
#[macro_export]
macro_rules! rops {
    ($then:path) => {
        $then! {
            0x01 Release act edits logon::release(ReleaseRequest) -> ReleaseResponse;
            0x02 OpenFolder open reads folder::open_folder(OpenFolderRequest) -> OpenFolderResponse;
            0x03 OpenMessage open reads message::open_message(OpenMessageRequest) -> OpenMessageResponse;
            0x04 GetHierarchyTable open reads folder::get_hierarchy_table(GetHierarchyTableRequest) -> GetHierarchyTableResponse;
            0x05 GetContentsTable open reads folder::get_contents_table(GetContentsTableRequest) -> GetContentsTableResponse;
            0x06 CreateMessage open reads message::create_message(CreateMessageRequest) -> CreateMessageResponse;
            0x07 GetPropertiesSpecific act reads property::get_properties_specific(GetPropertiesSpecificRequest) -> GetPropertiesSpecificResponse;
            0x08 GetPropertiesAll act reads property::get_properties_all(GetPropertiesAllRequest) -> GetPropertiesAllResponse;
            0x09 GetPropertiesList act reads property::get_properties_list(GetPropertiesListRequest) -> GetPropertiesListResponse;
            0x0A SetProperties act edits property::set_properties(SetPropertiesRequest) -> SetPropertiesResponse;
            0x0B DeleteProperties act edits property::delete_properties(DeletePropertiesRequest) -> DeletePropertiesResponse;
            0x0C SaveChangesMessage save writes message::save_changes_message(SaveChangesMessageRequest) -> SaveChangesMessageResponse;
            0x0D RemoveAllRecipients act reads recipient::remove_all_recipients(RemoveAllRecipientsRequest) -> RemoveAllRecipientsResponse;
            0x0E ModifyRecipients act reads recipient::modify_recipients(ModifyRecipientsRequest) -> ModifyRecipientsResponse;
            0x0F ReadRecipients act reads recipient::read_recipients(ReadRecipientsRequest) -> ReadRecipientsResponse;
            0x10 ReloadCachedInformation act reads message::reload_cached_information(ReloadCachedInformationRequest) -> ReloadCachedInformationResponse;
            0x11 SetMessageReadFlag save writes read_state::set_message_read_flag(SetMessageReadFlagRequest) -> SetMessageReadFlagResponse;
            0x12 SetColumns act reads table::set_columns(SetColumnsRequest) -> SetColumnsResponse;
            0x13 SortTable act reads table::sort_table(SortTableRequest) -> SortTableResponse;
            0x14 Restrict act reads table::restrict(RestrictRequest) -> RestrictResponse;
            0x15 QueryRows act reads table::query_rows(QueryRowsRequest) -> QueryRowsResponse;
            0x16 GetStatus act reads table::get_status(GetStatusRequest) -> GetStatusResponse;
            0x17 QueryPosition act reads table::query_position(QueryPositionRequest) -> QueryPositionResponse;
            0x18 SeekRow act reads table::seek_row(SeekRowRequest) -> SeekRowResponse;
            0x19 SeekRowBookmark act reads table::seek_row_bookmark(SeekRowBookmarkRequest) -> SeekRowBookmarkResponse;
            0x1A SeekRowFractional act reads table::seek_row_fractional(SeekRowFractionalRequest) -> SeekRowFractionalResponse;
            0x1B CreateBookmark act reads table::create_bookmark(CreateBookmarkRequest) -> CreateBookmarkResponse;
            0x1C CreateFolder open writes folder::create_folder(CreateFolderRequest) -> CreateFolderResponse;
            0x1D DeleteFolder act writes folder::delete_folder(DeleteFolderRequest) -> DeleteFolderResponse fail 1;
            0x1E DeleteMessages act writes contents::delete_messages(DeleteMessagesRequest) -> DeleteMessagesResponse fail 1;
            0x1F GetMessageStatus act reads read_state::get_message_status(GetMessageStatusRequest) -> SetMessageStatusResponse;
            0x20 SetMessageStatus act writes read_state::set_message_status(SetMessageStatusRequest) -> SetMessageStatusResponse;
            0x21 GetAttachmentTable open reads attachment::get_attachment_table(GetAttachmentTableRequest) -> GetAttachmentTableResponse;
            0x22 OpenAttachment open reads attachment::open_attachment(OpenAttachmentRequest) -> OpenAttachmentResponse;
            0x23 CreateAttachment open reads attachment::create_attachment(CreateAttachmentRequest) -> CreateAttachmentResponse;
            0x24 DeleteAttachment act reads attachment::delete_attachment(DeleteAttachmentRequest) -> DeleteAttachmentResponse;
            0x25 SaveChangesAttachment save reads attachment::save_changes_attachment(SaveChangesAttachmentRequest) -> SaveChangesAttachmentResponse;
            0x26 SetReceiveFolder act writes receive::set_receive_folder(SetReceiveFolderRequest) -> SetReceiveFolderResponse;
            0x27 GetReceiveFolder act reads receive::get_receive_folder(GetReceiveFolderRequest) -> GetReceiveFolderResponse;
            0x29 RegisterNotification open reads notification::register_notification(RegisterNotificationRequest) -> RegisterNotificationResponse;
            0x2B OpenStream open reads stream::open_stream(OpenStreamRequest) -> OpenStreamResponse;
            0x2C ReadStream act reads stream::read_stream(ReadStreamRequest) -> ReadStreamResponse fail 2;
            0x2D WriteStream act edits stream::write_stream(WriteStreamRequest) -> WriteStreamResponse fail 2;
            0x2E SeekStream act reads stream::seek_stream(SeekStreamRequest) -> SeekStreamResponse;
            0x2F SetStreamSize act edits stream::set_stream_size(SetStreamSizeRequest) -> SetStreamSizeResponse;
            0x30 SetSearchCriteria act writes search::set_search_criteria(SetSearchCriteriaRequest) -> SetSearchCriteriaResponse;
            0x31 GetSearchCriteria act reads search::get_search_criteria(GetSearchCriteriaRequest) -> GetSearchCriteriaResponse;
            0x32 SubmitMessage act writes submit::submit_message(SubmitMessageRequest) -> SubmitMessageResponse;
            0x33 MoveCopyMessages copy writes contents::move_copy_messages(MoveCopyMessagesRequest) -> MoveCopyMessagesResponse fail 1;
            0x34 AbortSubmit act writes submit::abort_submit(AbortSubmitRequest) -> AbortSubmitResponse;
            0x35 MoveFolder copy writes folder::move_folder(MoveFolderRequest) -> MoveFolderResponse fail 1;
            0x36 CopyFolder copy writes copy::copy_folder(CopyFolderRequest) -> CopyFolderResponse fail 1;
            0x37 QueryColumnsAll act reads table::query_columns_all(QueryColumnsAllRequest) -> QueryColumnsAllResponse;
            0x38 Abort act reads table::abort(AbortRequest) -> AbortResponse;
            0x39 CopyTo copy writes copy::copy_to(CopyToRequest) -> CopyToResponse;
            0x3A CopyToStream copy writes stream::copy_to_stream(CopyToStreamRequest) -> CopyToStreamResponse fail 16;
            0x3B CloneStream open reads stream::clone_stream(CloneStreamRequest) -> CloneStreamResponse;
            0x3E GetPermissionsTable open reads permission::get_permissions_table(GetPermissionsTableRequest) -> GetPermissionsTableResponse;
            0x3F GetRulesTable open reads later::not_supported(GetRulesTableRequest) -> GetRulesTableResponse;
            0x40 ModifyPermissions act writes permission::modify_permissions(ModifyPermissionsRequest) -> ModifyPermissionsResponse;
            0x41 ModifyRules act writes later::not_supported(ModifyRulesRequest) -> ModifyRulesResponse;
            0x42 GetOwningServers act reads logon::get_owning_servers(GetOwningServersRequest) -> GetOwningServersResponse;
            0x43 LongTermIdFromId act reads ids::long_term_id_from_id(LongTermIdFromIdRequest) -> LongTermIdFromIdResponse;
            0x44 IdFromLongTermId act edits ids::id_from_long_term_id(IdFromLongTermIdRequest) -> IdFromLongTermIdResponse;
            0x45 PublicFolderIsGhosted act reads logon::public_folder_is_ghosted(PublicFolderIsGhostedRequest) -> PublicFolderIsGhostedResponse;
            0x46 OpenEmbeddedMessage open reads attachment::open_embedded_message(OpenEmbeddedMessageRequest) -> OpenEmbeddedMessageResponse;
            0x47 SetSpooler act reads submit::set_spooler(SetSpoolerRequest) -> SetSpoolerResponse;
            0x48 SpoolerLockMessage act writes submit::spooler_lock_message(SpoolerLockMessageRequest) -> SpoolerLockMessageResponse;
            0x49 GetAddressTypes act reads submit::get_address_types(GetAddressTypesRequest) -> GetAddressTypesResponse;
            0x4A TransportSend act writes submit::transport_send(TransportSendRequest) -> TransportSendResponse;
            0x4B FastTransferSourceCopyMessages open reads transfer::fast_transfer_source_copy_messages(FastTransferSourceCopyMessagesRequest) -> FastTransferSourceCopyMessagesResponse;
            0x4C FastTransferSourceCopyFolder open reads transfer::fast_transfer_source_copy_folder(FastTransferSourceCopyFolderRequest) -> FastTransferSourceCopyFolderResponse;
            0x4D FastTransferSourceCopyTo open reads transfer::fast_transfer_source_copy_to(FastTransferSourceCopyToRequest) -> FastTransferSourceCopyToResponse;
            0x4E FastTransferSourceGetBuffer act reads transfer::fast_transfer_source_get_buffer(FastTransferSourceGetBufferRequest) -> FastTransferSourceGetBufferResponse fail 9;
            0x4F FindRow act reads table::find_row(FindRowRequest) -> FindRowResponse;
            0x50 Progress act writes progress::progress(ProgressRequest) -> ProgressResponse;
            0x51 TransportNewMail act writes submit::transport_new_mail(TransportNewMailRequest) -> TransportNewMailResponse;
            0x52 GetValidAttachments act reads attachment::get_valid_attachments(GetValidAttachmentsRequest) -> GetValidAttachmentsResponse;
            0x53 FastTransferDestinationConfigure open reads transfer::fast_transfer_destination_configure(FastTransferDestinationConfigureRequest) -> FastTransferDestinationConfigureResponse;
            0x54 FastTransferDestinationPutBuffer act writes transfer::fast_transfer_destination_put_buffer(FastTransferDestinationPutBufferRequest) -> FastTransferDestinationPutBufferResponse fail 9;
            0x55 GetNamesFromPropertyIds act reads named::get_names_from_property_ids(GetNamesFromPropertyIdsRequest) -> GetNamesFromPropertyIdsResponse;
            0x56 GetPropertyIdsFromNames act writes named::get_property_ids_from_names(GetPropertyIdsFromNamesRequest) -> GetPropertyIdsFromNamesResponse;
            0x57 UpdateDeferredActionMessages act writes later::not_supported(UpdateDeferredActionMessagesRequest) -> UpdateDeferredActionMessagesResponse;
            0x58 EmptyFolder act writes contents::empty_folder(EmptyFolderRequest) -> EmptyFolderResponse fail 1;
            0x59 ExpandRow act reads category::expand_row(ExpandRowRequest) -> ExpandRowResponse;
            0x5A CollapseRow act reads category::collapse_row(CollapseRowRequest) -> CollapseRowResponse;
            0x5B LockRegionStream act reads region::lock_region_stream(LockRegionStreamRequest) -> LockRegionStreamResponse;
            0x5C UnlockRegionStream act reads region::unlock_region_stream(UnlockRegionStreamRequest) -> UnlockRegionStreamResponse;
            0x5D CommitStream act edits stream::commit_stream(CommitStreamRequest) -> CommitStreamResponse;
            0x5E GetStreamSize act reads stream::get_stream_size(GetStreamSizeRequest) -> GetStreamSizeResponse;
            0x5F QueryNamedProperties act reads named::query_named_properties(QueryNamedPropertiesRequest) -> QueryNamedPropertiesResponse;
            0x60 GetPerUserLongTermIds act reads per_user::get_per_user_long_term_ids(GetPerUserLongTermIdsRequest) -> GetPerUserLongTermIdsResponse;
            0x61 GetPerUserGuid act reads per_user::get_per_user_guid(GetPerUserGuidRequest) -> GetPerUserGuidResponse;
            0x63 ReadPerUserInformation act reads per_user::read_per_user_information(ReadPerUserInformationRequest) -> ReadPerUserInformationResponse;
            0x64 WritePerUserInformation act writes per_user::write_per_user_information(WritePerUserInformationRequest) -> WritePerUserInformationResponse;
            0x66 SetReadFlags act writes read_state::set_read_flags(SetReadFlagsRequest) -> SetReadFlagsResponse fail 1;
            0x67 CopyProperties copy writes copy::copy_properties(CopyPropertiesRequest) -> CopyPropertiesResponse;
            0x68 GetReceiveFolderTable act reads receive::get_receive_folder_table(GetReceiveFolderTableRequest) -> GetReceiveFolderTableResponse;
            0x69 FastTransferSourceCopyProperties open reads transfer::fast_transfer_source_copy_properties(FastTransferSourceCopyPropertiesRequest) -> FastTransferSourceCopyPropertiesResponse;
            0x6B GetCollapseState act reads category::get_collapse_state(GetCollapseStateRequest) -> GetCollapseStateResponse;
            0x6C SetCollapseState act reads category::set_collapse_state(SetCollapseStateRequest) -> SetCollapseStateResponse;
            0x6D GetTransportFolder act reads submit::get_transport_folder(GetTransportFolderRequest) -> GetTransportFolderResponse;
            0x6F OptionsData act reads submit::options_data(OptionsDataRequest) -> OptionsDataResponse;
            0x70 SynchronizationConfigure open reads sync::synchronization_configure(SynchronizationConfigureRequest) -> SynchronizationConfigureResponse;
            0x72 SynchronizationImportMessageChange open writes sync::synchronization_import_message_change(SynchronizationImportMessageChangeRequest) -> SynchronizationImportMessageChangeResponse;
            0x73 SynchronizationImportHierarchyChange act writes sync::synchronization_import_hierarchy_change(SynchronizationImportHierarchyChangeRequest) -> SynchronizationImportHierarchyChangeResponse;
            0x74 SynchronizationImportDeletes act writes sync::synchronization_import_deletes(SynchronizationImportDeletesRequest) -> SynchronizationImportDeletesResponse;
            0x75 SynchronizationUploadStateStreamBegin act reads sync::synchronization_upload_state_stream_begin(SynchronizationUploadStateStreamBeginRequest) -> SynchronizationUploadStateStreamBeginResponse;
            0x76 SynchronizationUploadStateStreamContinue act reads sync::synchronization_upload_state_stream_continue(SynchronizationUploadStateStreamContinueRequest) -> SynchronizationUploadStateStreamContinueResponse;
            0x77 SynchronizationUploadStateStreamEnd act reads sync::synchronization_upload_state_stream_end(SynchronizationUploadStateStreamEndRequest) -> SynchronizationUploadStateStreamEndResponse;
            0x78 SynchronizationImportMessageMove act writes sync::synchronization_import_message_move(SynchronizationImportMessageMoveRequest) -> SynchronizationImportMessageMoveResponse;
            0x79 SetPropertiesNoReplicate act edits property::set_properties_no_replicate(SetPropertiesNoReplicateRequest) -> SetPropertiesNoReplicateResponse;
            0x7A DeletePropertiesNoReplicate act edits property::delete_properties_no_replicate(DeletePropertiesNoReplicateRequest) -> DeletePropertiesNoReplicateResponse;
            0x7B GetStoreState act reads logon::get_store_state(GetStoreStateRequest) -> GetStoreStateResponse;
            0x7E SynchronizationOpenCollector open reads sync::synchronization_open_collector(SynchronizationOpenCollectorRequest) -> SynchronizationOpenCollectorResponse;
            0x7F GetLocalReplicaIds act writes ids::get_local_replica_ids(GetLocalReplicaIdsRequest) -> GetLocalReplicaIdsResponse;
            0x80 SynchronizationImportReadStateChanges act writes sync::synchronization_import_read_state_changes(SynchronizationImportReadStateChangesRequest) -> SynchronizationImportReadStateChangesResponse;
            0x81 ResetTable act reads table::reset_table(ResetTableRequest) -> ResetTableResponse;
            0x82 SynchronizationGetTransferState open reads sync::synchronization_get_transfer_state(SynchronizationGetTransferStateRequest) -> SynchronizationGetTransferStateResponse;
            0x86 TellVersion act reads logon::tell_version(TellVersionRequest) -> TellVersionResponse;
            0x89 FreeBookmark act reads table::free_bookmark(FreeBookmarkRequest) -> FreeBookmarkResponse;
            0x90 WriteAndCommitStream act edits stream::write_and_commit_stream(WriteAndCommitStreamRequest) -> WriteStreamResponse fail 2;
            0x91 HardDeleteMessages act writes contents::hard_delete_messages(HardDeleteMessagesRequest) -> HardDeleteMessagesResponse fail 1;
            0x92 HardDeleteMessagesAndSubfolders act writes contents::hard_delete_messages_and_subfolders(HardDeleteMessagesAndSubfoldersRequest) -> HardDeleteMessagesAndSubfoldersResponse fail 1;
            0x93 SetLocalReplicaMidsetDeleted act writes sync::set_local_replica_midset_deleted(SetLocalReplicaMidsetDeletedRequest) -> SetLocalReplicaMidsetDeletedResponse;
            0x9D FastTransferDestinationPutBufferExtended act writes transfer::fast_transfer_destination_put_buffer_extended(FastTransferDestinationPutBufferExtendedRequest) -> FastTransferDestinationPutBufferExtendedResponse fail 13;
            0xA3 WriteStreamExtended act edits stream::write_stream_extended(WriteStreamExtendedRequest) -> WriteStreamExtendedResponse fail 4;
            0xFE Logon logon reads logon::logon(LogonRequest) -> LogonResponse;
        }
    };
}

macro_rules! declare {
    ($($id:literal $name:ident $shape:ident $access:ident $module:ident :: $handler:ident ($request:ident) -> $response:ident $(fail $fail:literal)?;)*) => {
        /// Any request.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, clippy::allow_attributes, reason = "each is documented at its structure")]
        pub enum Request { $($name($request),)* }

        /// The body of any success response.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, clippy::allow_attributes, reason = "each is documented at its structure")]
        pub enum Response { $($name($response),)* }

        impl Request {
            /// Takes the fields after the header.
            fn read_body(id: u8, r: &mut Reader<'_>) -> Result<Self, WireError> {
                match id {
                    $($id => Ok(Self::$name($request::read(r)?)),)*
                    _ => Err(r.invalid("RopId")),
                }
            }

            fn write_body(&self, w: &mut Writer) {
                match self { $(Self::$name(body) => body.write(w),)* }
            }

            /// RopId.
            #[must_use]
            pub fn id(&self) -> u8 {
                match self { $(Self::$name(_) => $id,)* }
            }

            /// What it does to the store.
            #[must_use]
            pub fn access(&self) -> Access {
                match self { $(Self::$name(_) => declare!(@access $access),)* }
            }
        }

        impl Response {
            fn read_body(id: u8, r: &mut Reader<'_>) -> Result<Self, WireError> {
                match id {
                    $($id => Ok(Self::$name($response::read(r)?)),)*
                    _ => Err(r.invalid("RopId")),
                }
            }

            fn write_body(&self, w: &mut Writer) {
                match self { $(Self::$name(body) => body.write(w),)* }
            }
        }

        /// The specification's name of an operation, without "Rop".
        #[must_use]
        pub fn name(id: u8) -> Option<&'static str> {
            match id { $($id => Some(stringify!($name)),)* _ => None }
        }

        /// Every RopId that a request can have.
        pub const ALL: &[u8] = &[$($id),*];

        fn shape(id: u8) -> Option<Shape> {
            match id { $($id => Some(declare!(@shape $shape)),)* _ => None }
        }

        /// Zero bytes after ReturnValue on failure.
        fn failure_len(id: u8) -> usize {
            match id { $($($id => $fail,)?)* _ => 0 }
        }
    };
    (@access reads) => { Access::Reads };
    (@access writes) => { Access::Writes };
    (@access edits) => { Access::Edits };
    (@shape act) => { Shape::Act };
    (@shape open) => { Shape::Open };
    (@shape copy) => { Shape::Copy };
    (@shape save) => { Shape::Save };
    (@shape logon) => { Shape::Logon };
}
rops! { declare }

/// RopRelease. MS-OXCROPS 2.2.15.3
pub const RELEASE: u8 = 0x01;
/// RopProgress, which may answer the request of another operation. MS-OXCROPS 2.2.8.13
pub const PROGRESS: u8 = 0x50;
/// Operations that have WantAsynchronous: DeleteMessages, MoveCopyMessages, MoveFolder, CopyFolder, CopyTo,
/// EmptyFolder, SetReadFlags, CopyProperties, HardDeleteMessages, HardDeleteMessagesAndSubfolders.
/// MS-OXCPRPT 3.1.5
const ASYNCHRONOUS: [u8; 10] = [0x1E, 0x33, 0x35, 0x36, 0x39, 0x58, 0x66, 0x67, 0x91, 0x92];
/// RopNotify. MS-OXCROPS 2.2.14.2
pub const NOTIFY: u8 = 0x2A;
/// RopPending. MS-OXCROPS 2.2.14.3
pub const PENDING: u8 = 0x6E;
/// RopBackoff. MS-OXCROPS 2.2.15.2
pub const BACKOFF: u8 = 0xF9;
/// RopBufferTooSmall. MS-OXCROPS 2.2.15.1
pub const BUFFER_TOO_SMALL: u8 = 0xFF;
/// The handle of no object. MS-OXCROPS 2.2.1
pub const NO_HANDLE: u32 = 0xFFFF_FFFF;

/// The RopId in the response: GetMessageStatus answers as SetMessageStatus does. MS-OXCROPS 2.2.6.9.2
fn response_id(request_id: u8) -> u8 {
    const GET_MESSAGE_STATUS: u8 = 0x1F;
    const SET_MESSAGE_STATUS: u8 = 0x20;
    if request_id == GET_MESSAGE_STATUS { SET_MESSAGE_STATUS } else { request_id }
}
