//! Bodies of the mailbox endpoint, by hand from mapihttp.md sections 4 and 6 (MS-OXCMAPIHTTP 2.2.4,
//! MS-OXCRPC 2.2.2.2). Those of the address book are in `nspi::bytes`.

use super::{hex, random, same};
use mailstead::mapi::ErrorCode;
use mailstead::mapihttp::message::{
    ConnectRequest, ConnectResponse, DisconnectRequest, DisconnectResponse, ExecuteRequest, ExecuteResponse,
    FailureResponse, NotificationWaitRequest, NotificationWaitResponse,
};
use mailstead::mapihttp::{ClientControl, EndpointCapabilities, ExOrgInfo, connect_response};
use mailstead::wire::Wire;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn connect() {
    let request = ConnectRequest {
        user_dn: "/o=A".to_owned(),
        flags: 1,
        default_code_page: 1252,
        lcid_sort: 0x409,
        lcid_string: 0x407,
        auxiliary_buffer: vec![0xAA, 0xBB],
    };
    same(&request, &hex("2F6F3D41 00 01000000 E4040000 09040000 07040000 02000000 AABB"));
    let response = ConnectResponse {
        status_code: 0,
        error_code: ErrorCode::Success,
        polls_max: 60_000,
        retry_count: 6,
        retry_delay: 10_000,
        dn_prefix: "/o=A/cn=".to_owned(),
        display_name: "\u{C4}".to_owned(),
        auxiliary_buffer: Vec::new(),
    };
    // DnPrefix is 8-bit, DisplayName UTF-16.
    same(&response, &hex("00000000 00000000 60EA0000 06000000 10270000 2F6F3D412F636E3D 00 C400 0000 00000000"));
}

#[test]
fn execute() {
    let request = ExecuteRequest {
        flags: 7,
        rop_buffer: hex("0000 0400 0200 0200 0200"),
        max_rop_out: 0x8008,
        auxiliary_buffer: Vec::new(),
    };
    same(&request, &hex("07000000 0A000000 0000040002000200 0200 08800000 00000000"));
    let response = ExecuteResponse {
        status_code: 0,
        error_code: ErrorCode::RpcFormat,
        flags: 0,
        rop_buffer: Vec::new(),
        auxiliary_buffer: vec![0xCC],
    };
    same(&response, &hex("00000000 B6040000 00000000 00000000 01000000 CC"));
}

#[test]
fn disconnect() {
    same(&DisconnectRequest { auxiliary_buffer: vec![1] }, &hex("01000000 01"));
    let response = DisconnectResponse { status_code: 0, error_code: ErrorCode::Success, auxiliary_buffer: Vec::new() };
    same(&response, &hex("00000000 00000000 00000000"));
}

#[test]
fn notification_wait() {
    same(&NotificationWaitRequest { flags: 0, auxiliary_buffer: Vec::new() }, &hex("00000000 00000000"));
    let response = NotificationWaitResponse {
        status_code: 0,
        error_code: ErrorCode::Success,
        event_pending: 1,
        auxiliary_buffer: Vec::new(),
    };
    same(&response, &hex("00000000 00000000 01000000 00000000"));
}

#[test]
fn failures_have_a_status_code_only() {
    same(&FailureResponse { status_code: 5, auxiliary_buffer: vec![9] }, &hex("05000000 01000000 09"));
}

#[test]
fn auxiliary_blocks_begin_with_their_size() {
    same(&ExOrgInfo { size: 8, version: 1, block_type: 0x17, org_flags: 3 }, &hex("0800 01 17 03000000"));
    let control = ClientControl { size: 12, version: 1, block_type: 0x0A, enable_flags: 5, expiry_time_ms: 1000 };
    same(&control, &hex("0C00 01 0A 05000000 E8030000"));
    let endpoint = EndpointCapabilities { size: 8, version: 1, block_type: 0x48, endpoint_capability_flag: 1 };
    same(&endpoint, &hex("0800 01 48 01000000"));
    assert_eq!(
        connect_response(false),
        hex("0000 0400 1C00 1C00             # RPC_HEADER_EXT: Last, 28 bytes
             0800 01 17 00000000             # AUX_EXORGINFO: no public folders
             0C00 01 0A 04000000 00840C24    # AUX_CLIENT_CONTROL: COMPRESSION, 604,800,000 ms
             0800 01 48 01000000             # AUX_ENDPOINT_CAPABILITIES: SINGLE_ENDPOINT")
    );
    assert_eq!(
        connect_response(true),
        hex("0000 0400 1C00 1C00             # RPC_HEADER_EXT: Last, 28 bytes
             0800 01 17 03000000             # PUBLIC_FOLDERS_ENABLED, by autodiscover
             0C00 01 0A 04000000 00840C24
             0800 01 48 01000000")
    );
}

#[test]
fn sizes_are_not_believed() {
    for digits in ["FFFFFFFF", "FFFFFF7F 00", "01000000"] {
        assert!(DisconnectRequest::from_bytes(&hex(digits)).is_err(), "{digits}");
    }
    for digits in ["00000000 FFFFFFFF 00000000 00000000", "00000000 05000000 00000000", "00000000 00000000 00000000"] {
        assert!(ExecuteRequest::from_bytes(&hex(digits)).is_err(), "{digits}");
    }
}

proptest! {
    #![proptest_config(random(512))]

    #[test]
    fn any_bytes_are_a_body_or_not(bytes in vec(any::<u8>(), 0..60)) {
        let _ = ConnectRequest::from_bytes(&bytes);
        let _ = ConnectResponse::from_bytes(&bytes);
        let _ = ExecuteRequest::from_bytes(&bytes);
        let _ = ExecuteResponse::from_bytes(&bytes);
        let _ = NotificationWaitRequest::from_bytes(&bytes);
        let _ = NotificationWaitResponse::from_bytes(&bytes);
    }
}
