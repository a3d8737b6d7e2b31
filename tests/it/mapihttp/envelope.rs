//! What is around every body, whatever the request type. MS-OXCMAPIHTTP 2.2.2.2, 2.2.3, 3.2.5

use crate::edge::{Ask, CONNECT, Line, Reply, WAIT, World, execute, settings};
use mailstead::http;
use std::time::Duration;

/// One response of every kind: served on both endpoints, and refused.
fn replies() -> Vec<(&'static str, Reply)> {
    let world = World::with(http::Settings { notification_wait: Duration::from_millis(20), ..settings() });
    let mut line = world.line();
    let connected = line.ask(&Ask::new("Connect", CONNECT));
    let bound = line.ask(&Ask::nspi("Bind", b"-"));
    let (mailbox, book) = (connected.cookie(), bound.cookie());
    let batch = execute(b"12345678");
    let mut replies = vec![("Connect", connected), ("Bind", bound)];
    for (name, ask) in [
        ("Execute", Ask::new("Execute", &batch).cookie(&mailbox)),
        ("NotificationWait", Ask::new("NotificationWait", WAIT).cookie(&mailbox)),
        ("PING", Ask::new("PING", b"").cookie(&mailbox)),
        ("PING", Ask::nspi("PING", b"").cookie(&book)),
        ("QueryRows", Ask::nspi("QueryRows", b"-").cookie(&book)),
        ("Unbind", Ask::nspi("Unbind", b"-").cookie(&book)),
        ("Disconnect", Ask::new("Disconnect", b"").cookie(&mailbox)),
        // Those that are refused: dead, missing and wrong cookies, an unknown type, a bad body.
        ("Execute", Ask::new("Execute", &batch).cookie(&mailbox)),
        ("QueryRows", Ask::nspi("QueryRows", b"-").cookie(&book)),
        ("Execute", Ask::new("Execute", &batch)),
        ("Execute", Ask::new("Execute", &batch).cookie("MapiContext=x")),
        ("Frobnicate", Ask::new("Frobnicate", b"")),
        ("Connect", Ask::new("Connect", b"x")),
    ] {
        let reply = line.ask(&ask);
        if let (0, Some(cookie)) = (reply.code(), ask.cookie) {
            assert_eq!(reply.cookie(), cookie, "{name} repeats it");
        }
        replies.push((name, reply));
    }
    replies
}

/// MS-OXCMAPIHTTP R40, R41, R42, R43, R44, R47, R48, R49, R53, R54, R55, R56, R1301, R1459, R1300, R460, R62, R76, R66,
/// R2037, R2038, R132, R133, R136, R164, R165, R167, R79, R176, R1463, R1462, R1229, R1232, R1254, R1261, R1262, R1281,
/// R2226
#[test]
fn every_response_has_the_common_format() {
    for (request_type, reply) in replies() {
        assert_eq!(reply.status_line, "HTTP/1.1 200 OK", "{request_type}");
        assert_eq!(reply.field("X-RequestType"), Some(request_type));
        assert_eq!(reply.field("X-RequestId"), Some("{E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456"));
        let code = reply.code();
        let content_type = if code == 0 { "application/mapi-http" } else { "text/html" };
        assert_eq!(reply.field("Content-Type"), Some(content_type), "{request_type} {code}");
        let chunked = reply.field("Transfer-Encoding") == Some("chunked");
        assert_ne!(chunked, reply.field("Content-Length").is_some(), "{request_type} {code}: one of the two");
        assert!(chunked || code != 0, "{request_type}: what is served");
        let server = reply.field("X-ServerApplication").unwrap().strip_prefix("Exchange/15.").unwrap();
        assert!(
            server.split('.').map(str::len).eq([2, 4, 3]) && server.bytes().all(|b| b == b'.' || b.is_ascii_digit())
        );
        assert!(reply.field("X-ExpirationInfo").unwrap().parse::<u64>().is_ok());
        assert!(!reply.body.is_empty(), "meta-tags, or words for people");
        if code == 0 {
            let (lines, body) = reply.inner();
            assert_eq!(lines.iter().filter(|line| !line.contains(':')).collect::<Vec<_>>(), ["PROCESSING", "DONE"]);
            assert_eq!(body.is_empty(), request_type == "PING", "{request_type}: behind an empty line");
        } else {
            assert!(String::from_utf8_lossy(&reply.body).contains(&format!("X-ResponseCode {code}")), "{request_type}");
        }
    }
    let codes: Vec<u32> = replies().iter().map(|(_, reply)| reply.code()).collect();
    assert_eq!(codes, [0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 10, 13, 6, 5, 12]);
}

/// Sends a PING with these fields and more.
fn ping(line: &mut Line, cookie: &str, id: &str, info: &str, more: &str) -> Reply {
    let ask = Ask::new("PING", b"").cookie(cookie);
    let head = ask.head();
    let fields: Vec<&str> = head.trim_end().split("\r\n").filter(|line| !line.starts_with("X-RequestId")).collect();
    let fields: Vec<&str> = fields.into_iter().filter(|line| !line.starts_with("X-ClientInfo")).collect();
    line.send(format!("{}\r\nX-RequestId: {id}\r\nX-ClientInfo: {info}\r\n{more}\r\n", fields.join("\r\n")));
    line.reply()
}

/// Identifiers with their counters, of two sessions, come back as they were sent: so do those of every form.
/// MS-OXCMAPIHTTP R2040, R156, R1146, R1330, R1464, R1432
#[test]
fn identifiers_come_back_as_they_came() {
    let world = World::new();
    let mut line = world.line();
    let sessions = [
        (line.connect(), "E2EA6C1C-E61B-49E9-9CFB-38184F907552"),
        (line.connect(), "{2EF33C39-49C8-421C-B876-CDF7F2AC3AA0}"),
    ];
    let mut met = Vec::new();
    for counter in [1, 2, 10, 4_000_000_000_u64] {
        for (cookie, guid) in &sessions {
            let id = format!("{guid}:{counter}");
            let reply =
                ping(&mut line, cookie, &id, &format!("{{00000000-0000-0000-0000-000000000001}}:{counter}"), "");
            assert_eq!(reply.field("X-RequestId"), Some(id.as_str()));
            let info = format!("{{00000000-0000-0000-0000-000000000001}}:{counter}");
            assert_eq!(reply.field("X-ClientInfo"), Some(info.as_str()));
            assert!(!met.contains(&id));
            met.push(id);
        }
    }
    let cookie = &sessions[0].0;
    let odd = ping(&mut line, cookie, "no guid at all", "x", "");
    assert_eq!((odd.field("X-RequestId"), odd.field("X-ClientInfo")), (Some("no guid at all"), Some("x")));
}

/// MS-OXCMAPIHTTP R2047, R2239, R2050: what a device between the two says is not looked at and not sent back.
#[test]
fn the_word_of_a_device_between_goes_no_further() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    for word in ["opaque".to_owned(), "x".repeat(64), "x".repeat(200)] {
        let reply = ping(&mut line, &cookie, "a:1", "b:1", &format!("X-DeviceInfo: {word}\r\n"));
        assert_eq!((reply.code(), reply.field("X-DeviceInfo")), (0, None));
    }
}

/// MS-OXCMAPIHTTP R1279, R1329, R1278, R1280: a sequence cookie that comes with Connect is ignored.
#[test]
fn reconnecting_asks_for_no_sequence() {
    let world = World::new();
    let mut line = world.line();
    let old = line.connect();
    for beside in ["", "; MapiSequence=42", "; MapiSequence="] {
        let reply = line.ask(&Ask::new("Connect", CONNECT).cookie(&format!("{old}{beside}")));
        reply.mapi();
        assert_ne!(reply.cookie(), old);
        assert_eq!(line.code(&old, b"12345678"), 10, "{beside}");
        assert_eq!(line.run(&reply.cookie(), b"12345678"), "1#");
    }
}
