//! Request and response bodies of the mailbox endpoint. MS-OXCMAPIHTTP 2.2.4.
//!
//! The address book's are in `nspi::message`. Auxiliary buffers are opaque here: whatever a client
//! puts into one, its request does not fail for it.

use crate::mapi::ErrorCode;
use crate::wire::{AsciiZ, Bytes, Utf16Z};

crate::wire! {
    /// Connect request. MS-OXCMAPIHTTP 2.2.4.1.1
    pub struct ConnectRequest {
        user_dn: String as AsciiZ, flags: u32, default_code_page: u32, lcid_sort: u32, lcid_string: u32,
        auxiliary_buffer: Vec<u8> as Bytes<u32>,
    }
    /// Connect response, also where ErrorCode says why there is no session. MS-OXCMAPIHTTP 2.2.4.1.2
    pub struct ConnectResponse {
        status_code: u32, error_code: ErrorCode, polls_max: u32, retry_count: u32, retry_delay: u32,
        dn_prefix: String as AsciiZ, display_name: String as Utf16Z, auxiliary_buffer: Vec<u8> as Bytes<u32>,
    }
    /// Execute request. MS-OXCMAPIHTTP 2.2.4.2.1
    pub struct ExecuteRequest {
        flags: u32, rop_buffer: Vec<u8> as Bytes<u32>, max_rop_out: u32, auxiliary_buffer: Vec<u8> as Bytes<u32>,
    }
    /// Execute response. MS-OXCMAPIHTTP 2.2.4.2.2
    pub struct ExecuteResponse {
        status_code: u32, error_code: ErrorCode, flags: u32, rop_buffer: Vec<u8> as Bytes<u32>,
        auxiliary_buffer: Vec<u8> as Bytes<u32>,
    }
    /// Disconnect request. MS-OXCMAPIHTTP 2.2.4.3.1
    pub struct DisconnectRequest { auxiliary_buffer: Vec<u8> as Bytes<u32> }
    /// Disconnect response. MS-OXCMAPIHTTP 2.2.4.3.2
    pub struct DisconnectResponse { status_code: u32, error_code: ErrorCode, auxiliary_buffer: Vec<u8> as Bytes<u32> }
    /// NotificationWait request. MS-OXCMAPIHTTP 2.2.4.4.1
    pub struct NotificationWaitRequest { flags: u32, auxiliary_buffer: Vec<u8> as Bytes<u32> }
    /// NotificationWait response. MS-OXCMAPIHTTP 2.2.4.4.2
    pub struct NotificationWaitResponse {
        status_code: u32, error_code: ErrorCode, event_pending: u32, auxiliary_buffer: Vec<u8> as Bytes<u32>,
    }
}
crate::wire! {
    /// The failure response of every request type. MS-OXCMAPIHTTP 2.2.4.1.3, 2.2.4.2.3, 2.2.4.3.3, 2.2.4.4.3
    pub struct FailureResponse { status_code: u32, auxiliary_buffer: Vec<u8> as Bytes<u32> }
}
