//! Bodies of the mailbox endpoint, read by the table of layouts alone. MS-OXCMAPIHTTP 2.2.4

use super::layout::{layout, layouts};
use crate::edge::{Ask, CONNECT, CONNECT_BOB, Reply, WAIT, World, execute, settings};
use crate::golden::hex;
use mailstead::http;
use mailstead::mapihttp::message::{
    ConnectRequest, ConnectResponse, DisconnectRequest, DisconnectResponse, ExecuteRequest, ExecuteResponse,
    FailureResponse, NotificationWaitRequest, NotificationWaitResponse,
};
use mailstead::wire::{Wire, WireError};
use std::time::Duration;

fn body(request_type: &str, reply: &Reply) -> Vec<(String, Vec<u8>)> {
    let body = reply.mapi();
    let read = layout(request_type, "response").read(&body);
    let read = read.unwrap_or_else(|| panic!("{request_type}: {body:02X?}"));
    read.fields.into_iter().map(|(name, bytes)| (name, bytes.to_vec())).collect()
}

fn field<'a>(fields: &'a [(String, Vec<u8>)], name: &str) -> &'a [u8] {
    &fields.iter().find(|(known, _)| known == name).unwrap().1
}

/// Each request type served over HTTP: StatusCode 0, the rest where the table has it.
/// MS-OXCMAPIHTTP R1349, R1356, R1358, R1363, R1369, R1372, R1350 R1357 R1364 R1370 (codes of the RPC methods: success
/// here, ecUnknownUser and ecRpcFormat below), R211, R212, R214, R216, R254, R215, R181, R226, R1431, R1461
/// MS-OXCMAPIHTTP R82 R86 R88 R1256
#[test]
fn every_answer_of_the_mailbox_endpoint_lies_as_the_table_has_it() {
    let world = World::with(http::Settings { notification_wait: Duration::from_millis(50), ..settings() });
    let mut line = world.line();
    let reply = line.ask(&Ask::new("Connect", CONNECT));
    let cookie = reply.cookie();
    let connected = body("Connect", &reply);
    for (name, value) in [("PollsMax", 60_000_u32), ("RetryCount", 6), ("RetryDelay", 10_000)] {
        assert_eq!(field(&connected, name), value.to_le_bytes(), "{name}");
    }
    assert_eq!(field(&connected, "DnPrefix"), b"\0");
    assert_eq!(field(&connected, "DisplayName"), b"A\0n\0n\0 \0<\0&\0 \0C\0o\0>\0\0\0");
    let size = field(&connected, "AuxiliaryBufferSize")[0];
    assert_eq!(field(&connected, "AuxiliaryBuffer").len(), usize::from(size));
    assert!(size > 8, "an RPC_HEADER_EXT and what follows it");
    let executed = body("Execute", &line.ask(&Ask::new("Execute", &execute(b"say name")).cookie(&cookie)));
    assert_eq!(field(&executed, "Flags"), [0; 4]);
    assert_eq!(field(&executed, "RopBuffer"), b"ann@example.org");
    let waited = body("NotificationWait", &line.ask(&Ask::new("NotificationWait", WAIT).cookie(&cookie)));
    assert_eq!(field(&waited, "EventPending"), [0; 4]);
    let closed = body("Disconnect", &line.ask(&Ask::new("Disconnect", &[0; 4]).cookie(&cookie)));
    for fields in [connected, executed, waited, closed] {
        assert_eq!((field(&fields, "StatusCode"), field(&fields, "ErrorCode")), ([0; 4].as_slice(), [0; 4].as_slice()));
    }
}

/// ErrorCode says why, and all other fields are there. MS-OXCMAPIHTTP R1350 (MS-OXCRPC 3.1.4.1), R1357 (3.1.4.2)
#[test]
fn error_codes_are_those_of_the_rpc_methods() {
    let world = World::new();
    let mut line = world.line();
    let refused = body("Connect", &line.ask(&Ask::new("Connect", CONNECT_BOB)));
    assert_eq!(field(&refused, "ErrorCode"), 0x3EB_u32.to_le_bytes());
    assert_eq!(field(&refused, "StatusCode"), [0; 4]);
    let cookie = line.connect();
    let refused = body("Execute", &line.ask(&Ask::new("Execute", &execute(b"bad rops")).cookie(&cookie)));
    assert_eq!(
        (field(&refused, "ErrorCode"), field(&refused, "RopBufferSize")),
        (b"\xB6\x04\0\0".as_slice(), [0; 4].as_slice())
    );
}

/// NotificationWait's Flags are ignored. MS-OXCMAPIHTTP R1368
#[test]
fn flags_of_a_wait_are_ignored() {
    let world = World::with(http::Settings { notification_wait: Duration::from_millis(50), ..settings() });
    let mut line = world.line();
    let cookie = line.connect();
    for flags in [[0; 4], [1, 0, 0, 0], [0xFF; 4]] {
        let ask = [flags, [0; 4]].concat();
        assert_eq!(line.ask(&Ask::new("NotificationWait", &ask).cookie(&cookie)).mapi(), [0; 16]);
    }
}

/// A batch that the RPC method would not take at all: StatusCode and nothing but the auxiliary buffer.
/// MS-OXCMAPIHTTP R257, R271, R261
#[test]
fn a_status_code_comes_with_the_failure_body() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let ask = hex("03000000 08000000 0000000000000000 01000400 00000000");
    let failed = line.ask(&Ask::new("Execute", &ask).cookie(&cookie)).mapi();
    let read = layout("Execute", "failure").read(&failed).unwrap();
    assert_eq!(read.number("StatusCode"), 0x6F7);
    assert!(layout("Execute", "response").read(&failed).is_none());
}

type Again = fn(&[u8]) -> Result<Vec<u8>, WireError>;

fn again<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    T::from_bytes(bytes).map(|value| value.to_bytes())
}

/// Bodies by hand from mapihttp.md section 4, each with an auxiliary buffer: read by the table and by the codec, which
/// writes the same bytes again and takes no prefix of them.
#[test]
fn every_body_is_written_as_it_was_read() {
    let failure = "11010480 02000000 AABB";
    let all: [(&str, &str, &str, Again); 12] = [
        ("Connect", "request", "2F6F00 01000000 E4040000 09040000 07040000 02000000 AABB", again::<ConnectRequest>),
        (
            "Connect",
            "response",
            "00000000 EB030000 60EA0000 06000000 10270000 4100 41004200 0000 02000000 AABB",
            again::<ConnectResponse>,
        ),
        ("Connect", "failure", failure, again::<FailureResponse>),
        ("Execute", "request", "03000000 03000000 010203 08000100 02000000 AABB", again::<ExecuteRequest>),
        ("Execute", "response", "00000000 B6040000 00000000 03000000 010203 02000000 AABB", again::<ExecuteResponse>),
        ("Execute", "failure", failure, again::<FailureResponse>),
        ("Disconnect", "request", "02000000 AABB", again::<DisconnectRequest>),
        ("Disconnect", "response", "00000000 05000780 02000000 AABB", again::<DisconnectResponse>),
        ("Disconnect", "failure", failure, again::<FailureResponse>),
        ("NotificationWait", "request", "00000000 02000000 AABB", again::<NotificationWaitRequest>),
        ("NotificationWait", "response", "00000000 00000000 01000000 02000000 AABB", again::<NotificationWaitResponse>),
        ("NotificationWait", "failure", failure, again::<FailureResponse>),
    ];
    for (request_type, kind, digits, again) in all {
        let bytes = hex(digits);
        let layout = layout(request_type, kind);
        let read = layout.read(&bytes).unwrap_or_else(|| panic!("{request_type} {kind}"));
        assert_eq!((read.number("AuxiliaryBufferSize"), read.bytes("AuxiliaryBuffer")), (2, b"\xAA\xBB".as_slice()));
        assert_eq!(again(&bytes).unwrap(), bytes, "{request_type} {kind}");
        for len in 0..bytes.len() {
            assert!(again(&bytes[..len]).is_err(), "{request_type} {kind}: {len} bytes");
            assert!(layout.read(&bytes[..len]).is_none());
        }
    }
    let mailbox = layouts().into_iter().filter(|layout| all.iter().any(|(name, ..)| *name == layout.request_type));
    assert_eq!(mailbox.count(), all.len(), "each body of the table");
}
