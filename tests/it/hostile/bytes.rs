//! Bytes that are no HTTP, no MAPI over HTTP, no body, or end too early.

use super::Bystander;
use crate::client::{Dice, Trap, World};
use crate::edge::Ask;
use mailstead::client::Session;
use mailstead::mapi::{ErrorCode, PropertyTag};
use mailstead::mapihttp::message::{ConnectRequest, ExecuteRequest};
use mailstead::nspi::message::{GetPropsRequest, Request, Stat};
use mailstead::wire::{Wire as _, pack_buffers};
use smol::block_on;
use std::time::Duration;

/// A good Execute with a batch in it.
fn execute() -> Vec<u8> {
    let rop_buffer = pack_buffers(&[super::batch::payload(&[])], false, false);
    ExecuteRequest { flags: 0, rop_buffer, max_rop_out: 0x8000, auxiliary_buffer: vec![1, 2, 3] }.to_bytes()
}

#[test]
fn what_is_no_http_gets_no_more_than_an_error() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let authorization = World::authorization(&world.place.ann);
    let good = Ask::new("Execute", b"").by(&authorization).head();
    let long_field = format!("X-Long: {}\r\n\r\n", "x".repeat(0x10_0000));
    let many_fields = "X-Many: 1\r\n".repeat(5000) + "\r\n";
    let head = good.trim_end();
    let cases: Vec<Vec<u8>> = vec![
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"POST /mapi/emsmdb HTTP/9.9\r\n\r\n".to_vec(),
        b"POST http://[ HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        [b"POST /".as_slice(), &b"a".repeat(100_000), b" HTTP/1.1\r\nHost: x\r\n\r\n"].concat(),
        format!("{head}\r\nContent-Length: -1\r\n\r\n").into_bytes(),
        format!("{head}\r\nContent-Length: 99999999999999999999\r\n\r\n").into_bytes(),
        format!("{head}\r\nTransfer-Encoding: chunked\r\n\r\n").into_bytes(),
        format!("{head}\r\nTransfer-Encoding: gzip\r\n\r\n").into_bytes(),
        format!("{head}\r\n{long_field}").into_bytes(),
        format!("{head}\r\n{many_fields}").into_bytes(),
        format!("{head}\r\n folded: field\r\n\r\n").into_bytes(),
        format!("{head}\r\n: no name\r\n\r\n").into_bytes(),
        format!("{head}\r\nX-Nul: a\0b\r\n\r\n").into_bytes(),
    ];
    for case in cases {
        let mut line = world.line();
        line.send(&case);
        line.half_close();
        if let Some(reply) = line.try_reply() {
            let refused = reply.status >= 400 || reply.field("X-ResponseCode").is_some_and(|code| code != "0");
            assert!(refused, "{:?}: {reply:?}", String::from_utf8_lossy(&case[..case.len().min(200)]));
        }
        bob.is_served(&world.place);
    }
    bob.can_write();
}

#[test]
fn a_body_of_two_gigabytes_is_refused_when_it_is_announced() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let authorization = World::authorization(&world.place.ann);
    let head = Ask::new("Execute", b"").by(&authorization).head();
    for announced in ["2147483648", "4294967296"] {
        let mut line = world.line();
        line.send(head.replace("Content-Length: 0", &format!("Content-Length: {announced}")));
        line.half_close();
        let reply = line.try_reply().expect("an answer before the body");
        assert!(reply.status == 413 || reply.field("X-ResponseCode") == Some("9"), "{reply:?}");
    }
    // As a chunk: refused as soon as there is too much, whatever it says it will be.
    let mut line = world.line();
    line.send(head.replace("Content-Length: 0", "Transfer-Encoding: chunked"));
    line.send("80000000\r\n");
    line.send(vec![0; 0x10_0000]);
    line.half_close();
    if let Some(reply) = line.try_reply() {
        assert!(reply.status >= 400 || reply.field("X-ResponseCode") == Some("9"), "{reply:?}");
    }
    bob.is_served(&world.place);
}

/// MS-OXCMAPIHTTP 2.2.3.3.3: code 12 is "the request body is invalid".
#[test]
fn every_prefix_of_a_body_is_refused_with_code_12() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let ann = world.place.ann.clone();
    let authorization = World::authorization(&ann);
    let (session, _) = world.session(&ann);
    let cookie = session.link.channel.cookies();
    let connect = ConnectRequest {
        user_dn: ann.legacy_dn.clone(),
        flags: 0,
        default_code_page: 1252,
        lcid_sort: 1033,
        lcid_string: 1033,
        auxiliary_buffer: vec![0; 4],
    };
    let mut line = world.line();
    for (request_type, body) in [("Connect", connect.to_bytes()), ("Execute", execute())] {
        for len in 0..body.len() {
            let ask = Ask::new(request_type, &body[..len]).cookie(&cookie).by(&authorization);
            let reply = line.ask(&ask);
            assert_eq!((reply.status, reply.code()), (200, 12), "{request_type}: {len} of {}", body.len());
        }
        let longer = [body.as_slice(), b"\0"].concat();
        let reply = line.ask(&Ask::new(request_type, &longer).cookie(&cookie).by(&authorization));
        assert_eq!(reply.code(), 12, "{request_type}: a byte too many");
    }
    // Ann's own session has outlived all that.
    let reply = line.ask(&Ask::new("PING", b"").cookie(&cookie).by(&authorization));
    assert_eq!(reply.code(), 0);
    bob.is_served(&world.place);
}

/// Sizes in an Execute body that nothing can hold: the body says more than there is.
#[test]
fn announced_sizes_reserve_nothing() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let ann = world.place.ann.clone();
    let authorization = World::authorization(&ann);
    let (session, _) = world.session(&ann);
    let cookie = session.link.channel.cookies();
    let body = execute();
    let sizes = [0x7FFF_FFFF_u32, 0x8000_0000, 0xFFFF_FFFF];
    for size in sizes {
        // RopBufferSize lies after Flags; AuxiliaryBufferSize is seven bytes from the end.
        for at in [4, body.len() - 7] {
            let mut body = body.clone();
            body[at..at + 4].copy_from_slice(&size.to_le_bytes());
            let reply = world.line().ask(&Ask::new("Execute", &body).cookie(&cookie).by(&authorization));
            assert_eq!(reply.code(), 12);
        }
        // MaxRopOut: MS-OXCRPC 3.1.4.2, RPC_X_BAD_STUB_DATA as StatusCode.
        let mut body = body.clone();
        let at = body.len() - 11;
        body[at..at + 4].copy_from_slice(&size.to_le_bytes());
        let reply = world.line().ask(&Ask::new("Execute", &body).cookie(&cookie).by(&authorization));
        assert_eq!(reply.mapi()[..4], 0x6F7_u32.to_le_bytes());
    }
    bob.is_served(&world.place);
}

#[test]
fn mangled_requests_harm_only_whoever_sends_them() {
    let mut dice = Dice::new();
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let ann = world.place.ann.clone();
    let authorization = World::authorization(&ann);
    let (session, _) = world.session(&ann);
    let cookie = session.link.channel.cookies();
    let body = execute();
    let props = GetPropsRequest { flags: 0, state: Some(Stat::default()), property_tags: None };
    let props = Request { body: props, auxiliary_buffer: Vec::new() }.to_bytes();
    for round in 0..400 {
        let asks = [
            Ask::new("Execute", &body).cookie(&cookie).by(&authorization),
            Ask::nspi("GetProps", &props).cookie(&cookie).by(&authorization),
        ];
        let ask = &asks[dice.below(2)];
        let (mut head, mut content) = (ask.head().into_bytes(), ask.body.to_vec());
        if dice.below(2) == 0 {
            dice.mangle(&mut head);
        } else {
            dice.mangle(&mut content);
            let lengths = [ask.body.len(), content.len()].map(|len| format!("Content-Length: {len}\r\n"));
            head = String::from_utf8(head).unwrap().replace(&lengths[0], &lengths[1]).into_bytes();
        }
        let mut line = world.line();
        line.send(&head);
        line.send(&content);
        line.half_close();
        let _ = line.try_reply();
        if round % 20 == 0 {
            bob.is_served(&world.place);
        }
    }
    bob.is_served(&world.place);
    bob.can_write();
    world.place.check();
}

/// The trap panics with the writer's lock in its hand: its transaction is dropped, the next writer
/// gets in, and only the session that did it may end.
#[test]
fn a_panic_in_one_request_is_answered_and_costs_nobody_else_anything() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let ann = world.place.ann.clone();
    let before = world.place.snapshot(&ann);
    let (mut session, _) = world.session(&ann);
    for _ in 0..5 {
        let failed = block_on(session.link.execute(Trap::BATCH.to_vec(), 0x8000)).unwrap_err();
        assert!(matches!(failed.response_code(), Some(1 | 10)), "{failed}");
        bob.is_served(&world.place);
    }
    assert_eq!(world.place.snapshot(&ann), before, "what the panicking request had written is not there");
    bob.can_write();
    // Whoever it was can begin anew.
    let (mut session, logon) = world.session(&ann);
    assert!(block_on(session.property(logon.handle, PropertyTag::PidTagDisplayName)).is_ok());
    let mut book = world.book(&ann);
    block_on(book.bind()).unwrap();
    let _ = block_on(book.channel.call("ResolveNames", Trap::CALL)).unwrap_err();
    assert!(block_on(world.book(&world.place.bob.clone()).bind()).is_ok());
}

/// MS-OXCRPC 3.1.4.2, MS-OXCMAPIHTTP 2.2.4.2: what is no RopBuffer fails with ecRpcFormat.
#[test]
fn extended_buffers_that_lie_are_refused() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let (mut session, logon) = world.session(&world.place.ann.clone());
    let header = |version: u16, flags: u16, size: u16, actual: u16, payload: &[u8]| {
        let words = [version, flags, size, actual].map(u16::to_le_bytes).concat();
        [words.as_slice(), payload].concat()
    };
    let bomb = [0xFF, 0xFF, 0xFF, 0x1F, 0x61, 0x62, 0x63, 0x17, 0x00, 0x0F, 0xFF, 0x26, 0x01];
    let cases = [
        header(0, 4, 0, 0, b""),
        header(0, 4, 0xFFFF, 0xFFFF, b""),
        header(1, 4, 2, 2, b"\x02\0"),
        header(0, 0x8004, 2, 2, b"\x02\0"),
        header(0, 0, 2, 2, b"\x02\0"),
        header(0, 4, 2, 3, b"\x02\0"),
        header(0, 5, 13, 10, &bomb),
        header(0, 5, 13, 0xFFFF, &bomb),
        header(0, 5, 4, 300, b"\xFF\xFF\xFF\xFF"),
        header(0, 4, 2, 2, b"\x00\0"),
        header(0, 4, 2, 2, b"\x01\0"),
        header(0, 4, 2, 2, b"\xFF\xFF"),
        header(0, 4, 3, 3, b"\x02\0\x01"),
        [header(0, 4, 2, 2, b"\x02\0"), b"trailing".to_vec()].concat(),
        [header(0, 0, 2, 2, b"\x02\0"), header(0, 4, 2, 2, b"\x02\0")].concat(),
        header(0, 0, 2, 2, b"\x02\0").repeat(1000),
    ];
    for case in cases {
        let failed = block_on(session.link.execute(case.clone(), 0x8000)).unwrap_err();
        assert_eq!(failed.code(), Some(ErrorCode::RpcFormat), "{case:02x?}: {failed}");
    }
    assert!(block_on(session.property(logon.handle, PropertyTag::PidTagDisplayName)).is_ok(), "the session goes on");
    bob.is_served(&world.place);
}

/// One client that never reads its answers does not stop the others.
#[test]
fn a_client_that_does_not_read_is_left_alone() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let authorization = World::authorization(&world.place.ann);
    let (session, _) = world.session(&world.place.ann.clone());
    let cookie = session.link.channel.cookies();
    let body = execute();
    let mut deaf = Vec::new();
    for _ in 0..20 {
        let mut line = world.line();
        for _ in 0..10 {
            line.start(&Ask::new("Execute", &body).cookie(&cookie).by(&authorization));
        }
        deaf.push(line);
    }
    std::thread::sleep(Duration::from_millis(100));
    bob.is_served(&world.place);
    bob.can_write();
    drop(deaf);
    let mut again = Session::new(world.emsmdb(&world.place.ann));
    block_on(again.link.connect(&world.place.ann.legacy_dn, 0)).unwrap();
    assert!(block_on(again.logon(&world.place.ann.legacy_dn)).is_ok());
}
