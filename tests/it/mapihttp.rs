//! The transport, request by request. MS-OXCMAPIHTTP 2.2.2, 2.2.3, 2.2.4, 3.2.5.2. What happens to session contexts
//! is in `session.rs`, what happens to HTTP in `http.rs`.

mod bodies;
mod envelope;
pub(crate) mod layout;

use crate::edge::{ANN, Ask, CONNECT, Line, Reply, WAIT, World, execute, executed, settings};
use crate::golden::hex;
use mailstead::http;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

fn is_refusal(reply: &Reply, code: u32) {
    assert_eq!((reply.status, reply.code()), (200, code), "{reply:?}");
    assert_eq!(reply.field("Content-Type"), Some("text/html"));
    let page = String::from_utf8(reply.body.clone()).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains(&format!("(X-ResponseCode {code})")), "{page}");
    for name in ["X-ServerApplication", "X-ExpirationInfo", "X-PendingPeriod"] {
        assert!(reply.field(name).is_some(), "{name}");
    }
}

/// Sends a header as written, with an empty body.
fn raw(line: &mut Line, head: &str) -> Reply {
    line.send(format!("{head}Host: h\r\nAuthorization: {ANN}\r\nContent-Length: 0\r\n\r\n"));
    line.reply()
}

const MAPI: &str = "Content-Type: application/mapi-http\r\n";

/// MS-OXCMAPIHTTP R157 R68 R1221 R1222 R1147 R1218 R1182 R1242
#[test]
fn connect_response_has_every_header() {
    let world = World::new();
    let reply = world.line().ask(&Ask::new("Connect", CONNECT));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.field("Content-Type"), Some("application/mapi-http"));
    assert_eq!(reply.field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(reply.field("Content-Length"), None);
    assert_eq!(reply.field("Cache-Control"), Some("private"));
    assert_eq!(reply.field("X-ResponseCode"), Some("0"));
    assert_eq!(reply.field("X-RequestType"), Some("Connect"));
    assert_eq!(reply.field("X-RequestId"), Some("{E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456"));
    assert_eq!(reply.field("X-ClientInfo"), Some("{2EF33C39-49C8-421C-B876-CDF7F2AC3AA0}:123"));
    assert_eq!(reply.field("X-PendingPeriod"), Some("30000"));
    assert_eq!(reply.field("X-ExpirationInfo"), Some("900000"));
    let server = reply.field("X-ServerApplication").unwrap();
    let numbers: Vec<&str> = server.strip_prefix("Exchange/").unwrap().split('.').collect();
    let lengths: Vec<usize> = numbers.iter().map(|number| number.len()).collect();
    assert_eq!((numbers[0], lengths.as_slice()), ("15", [2, 2, 4, 3].as_slice()), "{server}");
    let cookie = reply.field("Set-Cookie").unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/mapi/emsmdb; HttpOnly; Secure");
    let secret = pair.strip_prefix("MapiContext=").unwrap();
    assert!(secret.len() == 64 && secret.bytes().all(|b| b.is_ascii_hexdigit()), "{secret}");
}

/// MS-OXCMAPIHTTP R2224
#[test]
fn connect_body_lies_as_specified() {
    let world = World::new();
    let body = world.line().ask(&Ask::new("Connect", CONNECT)).mapi();
    let mut expected = Vec::new();
    expected.extend(0_u32.to_le_bytes()); // StatusCode
    expected.extend(0_u32.to_le_bytes()); // ErrorCode
    expected.extend(60_000_u32.to_le_bytes()); // PollsMax
    expected.extend(6_u32.to_le_bytes()); // RetryCount
    expected.extend(10_000_u32.to_le_bytes()); // RetryDelay
    expected.extend(b"\0"); // DnPrefix
    expected.extend(b"A\0n\0n\0 \0<\0&\0 \0C\0o\0>\0\0\0"); // DisplayName
    expected.extend(36_u32.to_le_bytes()); // AuxiliaryBufferSize
    expected.extend(b"\0\0\x04\0\x1C\0\x1C\0"); // RPC_HEADER_EXT: Last, 28, 28
    expected.extend(b"\x08\0\x01\x17\0\0\0\0"); // AUX_EXORGINFO: none
    expected.extend(b"\x0C\0\x01\x0A\x04\0\0\0\x00\x84\x0C\x24"); // AUX_CLIENT_CONTROL: compression, 604,800,000 ms
    expected.extend(b"\x08\0\x01\x48\x01\0\0\0"); // AUX_ENDPOINT_CAPABILITIES: single
    assert_eq!(body, expected);
}

#[test]
fn connect_for_somebody_else_fails_in_the_body_and_opens_nothing() {
    let world = World::new();
    let body = [b"/o=none/cn=nobody\0".as_slice(), &[0; 20]].concat();
    let reply = world.line().ask(&Ask::new("Connect", &body));
    let body = reply.mapi();
    assert_eq!(body[..8], *b"\0\0\0\0\xEB\x03\0\0", "StatusCode 0, ErrorCode ecUnknownUser");
    assert!(body.len() > 20, "the other fields are there all the same");
    assert_eq!(reply.field("Set-Cookie"), None);
    assert!(world.site.mailboxes.is_empty());
}

#[test]
fn connect_passes_on_flags_and_client_version() {
    let world = World::new();
    let mut body = CONNECT.to_vec();
    let flags = CONNECT.len() - 20;
    body[flags] = 1;
    world.line().ask(&Ask::new("Connect", &body)).mapi();
    let connects = world.script.connects.lock().unwrap();
    assert_eq!((connects[0].flags, connects[0].client_version), (1, [16, 0, 15928]));
}

/// MS-OXCMAPIHTTP R35 R36 R1331
/// MS-OXNSPI R692 R693 (Basic over TLS), R1807 (credentials that the server knows), R1804 (and none of the server's towards the client)
#[test]
fn without_credentials_or_with_wrong_ones_401_and_the_connection_goes_on() {
    let world = World::new();
    let mut line = world.line();
    for authorization in [None, Some("Basic QW5uOndyb25n"), Some("Basic"), Some("Basic !!!!"), Some("Bearer abc")] {
        let reply = line.ask(&Ask { authorization, ..Ask::nspi("Bind", b"-") });
        assert_eq!((reply.status, reply.field("Set-Cookie")), (401, None));
        let reply = line.ask(&Ask { authorization, ..Ask::new("Connect", CONNECT) });
        assert_eq!(reply.status, 401);
        assert_eq!(reply.field("WWW-Authenticate"), Some("Basic realm=\"Mailstead\""));
        assert_eq!(reply.field("X-ResponseCode"), None);
        assert!(reply.body.len() < 200, "short");
    }
    line.ask(&Ask::new("Connect", CONNECT)).mapi();
    line.ask(&Ask::nspi("Bind", b"-")).mapi();
}

/// MS-OXCMAPIHTTP R138
#[test]
fn other_methods_are_code_2() {
    let world = World::new();
    let mut line = world.line();
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "FROB"] {
        let reply = raw(
            &mut line,
            &format!("{method} /mapi/emsmdb/ HTTP/1.1\r\n{MAPI}X-RequestType: Connect\r\nX-RequestId: a:1\r\n"),
        );
        is_refusal(&reply, 2);
    }
}

/// What failed, when, which request, and what to do: what one looks for in the log. Nothing of who asked,
/// of the server's inside, or that could be markup. MS-OXCMAPIHTTP R54 R56 R134 R2038
#[test]
fn the_page_of_a_failure_is_for_people_and_tells_no_secrets() {
    let world = World::new();
    let mut line = world.line();
    let page = |reply: &Reply| String::from_utf8(reply.body.clone()).unwrap();
    let gone = line.ask(&Ask::new("Execute", &execute(b"12345678")).cookie("MapiContext=0123456789abcdef"));
    for words in [
        "The request has an invalid session context cookie. (X-ResponseCode 6)",
        "Request {E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456 of Tue, 05 Nov 2013 23:27:08 GMT.",
        "Outlook connects anew by itself; if it does not, close it and start it again.",
    ] {
        assert!(page(&gone).contains(words), "{words}\n{}", page(&gone));
    }
    let ids = "X-RequestId: a:1\"'<script>alert(1)</script>&lt;\r\nX-ClientInfo: <b>\r\n";
    let reply =
        raw(&mut line, &format!("POST /mapi/emsmdb/?MailboxId=%3Ci%3E HTTP/1.1\r\n{MAPI}X-RequestType: <u>\r\n{ids}"));
    is_refusal(&reply, 5);
    let text = page(&reply);
    assert!(text.contains("Request a:1scriptalert1scriptlt of "), "{text}");
    for secret in
        ["ann", "example.org", "MapiContext", "0123456789abcdef", "<script", "<b>", "3Ci", "<u>", "src/", "/mapi"]
    {
        assert!(!text.contains(secret) && !page(&gone).contains(secret), "{secret}");
    }
    // Not in a header either: the log has the rest, under the same request id.
    assert!(reply.fields.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("x-failure")));
}

/// MS-OXCMAPIHTTP R139
#[test]
fn unknown_paths_below_mapi_are_code_3_and_others_404() {
    let world = World::new();
    let mut line = world.line();
    for path in ["/mapi", "/mapi/", "/mapi/nowhere/", "/mapi/emsmdb/x", "/MAPI/x?y=/mapi/emsmdb/"] {
        is_refusal(&line.ask(&Ask { path, ..Ask::new("Connect", CONNECT) }), 3);
    }
    for path in ["/", "/mapix", "/ews/exchange.asmx", "/autodiscover/", "/../mapi/emsmdb/"] {
        assert_eq!(line.ask(&Ask { path, ..Ask::new("Connect", CONNECT) }).status, 404, "{path}");
    }
}

#[test]
fn paths_are_compared_without_regard_to_case_slash_or_query() {
    let world = World::new();
    let mut line = world.line();
    for path in ["/mapi/emsmdb", "/MAPI/EMSMDB/", "/Mapi/Emsmdb/?MailboxId=%00", "/mapi/emsmdb?x"] {
        line.ask(&Ask { path, ..Ask::new("Connect", CONNECT) }).mapi();
    }
}

/// MS-OXCMAPIHTTP R143
#[test]
fn missing_headers_are_code_7() {
    let world = World::new();
    let mut line = world.line();
    let post = "POST /mapi/emsmdb/ HTTP/1.1\r\n";
    let (of_type, id) = ("X-RequestType: Connect\r\n", "X-RequestId: a:1\r\n");
    is_refusal(&raw(&mut line, &format!("{post}{MAPI}{id}")), 7);
    is_refusal(&raw(&mut line, &format!("{post}{MAPI}{of_type}")), 7);
    is_refusal(&raw(&mut line, &format!("{post}{of_type}{id}")), 7);
}

/// MS-OXCMAPIHTTP R140
#[test]
fn wrong_or_ambiguous_headers_are_code_4() {
    let world = World::new();
    let mut line = world.line();
    let post = "POST /mapi/emsmdb/ HTTP/1.1\r\nX-RequestId: a:1\r\n";
    let of_type = "X-RequestType: Connect\r\n";
    is_refusal(&raw(&mut line, &format!("{post}{of_type}Content-Type: text/plain\r\n")), 4);
    is_refusal(&raw(&mut line, &format!("{post}{of_type}{of_type}{MAPI}")), 4);
    is_refusal(&raw(&mut line, &format!("{post}{of_type}{MAPI}X-RequestId: a:2\r\n")), 4);
    is_refusal(&raw(&mut line, &format!("{post}X-RequestType: \u{e9}\r\n{MAPI}")), 4);
    let with_charset = "Content-Type: Application/MAPI-HTTP; charset=x\r\n";
    is_refusal(&raw(&mut line, &format!("{post}{of_type}{with_charset}")), 12);
}

/// MS-OXCMAPIHTTP R141
#[test]
fn unknown_request_types_are_code_5_and_come_back_as_sent() {
    let world = World::new();
    let mut line = world.line();
    for name in ["Frobnicate", "Bind", "QueryRows", "Connect2", " "] {
        let reply = line.ask(&Ask::new(name, b""));
        is_refusal(&reply, 5);
        assert_eq!(reply.field("X-RequestType").unwrap_or_default(), name.trim());
        assert_eq!(reply.field("X-RequestId"), Some("{E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456"));
    }
    is_refusal(&line.ask(&Ask::nspi("Connect", CONNECT)), 5);
    is_refusal(&line.ask(&Ask::nspi("Execute", &execute(b"12345678"))), 5);
}

#[test]
fn header_names_and_request_types_may_be_in_any_case() {
    let world = World::new();
    let mut line = world.line();
    let ask = Ask::new("cOnNeCt", CONNECT);
    line.send(ask.head().replace("X-Request", "x-rEQUEST").replace("Content-Type", "CONTENT-TYPE"));
    line.send(CONNECT);
    let reply = line.reply();
    reply.mapi();
    assert_eq!(reply.field("X-RequestType"), Some("cOnNeCt"));
}

/// MS-OXCMAPIHTTP R148
#[test]
fn every_truncated_body_and_every_longer_one_is_code_12() {
    let world = World::new();
    let mut line = world.line();
    for len in 0..CONNECT.len() {
        assert_eq!(line.ask(&Ask::new("Connect", &CONNECT[..len])).code(), 12, "{len} bytes of Connect");
    }
    assert_eq!(line.ask(&Ask::new("Connect", &[CONNECT, b"x"].concat())).code(), 12);
    assert!(world.site.mailboxes.is_empty());
    let cookie = line.connect();
    let body = execute(b"12345678");
    for len in 0..body.len() {
        let reply = line.ask(&Ask::new("Execute", &body[..len]).cookie(&cookie));
        is_refusal(&reply, 12);
        assert_eq!(reply.cookie(), cookie, "failures repeat the cookie too");
    }
    for len in 0..WAIT.len() {
        assert_eq!(line.ask(&Ask::new("NotificationWait", &WAIT[..len]).cookie(&cookie)).code(), 12);
    }
    assert_eq!(line.ask(&Ask::new("Disconnect", b"\x01\0\0\0").cookie(&cookie)).code(), 12);
    assert_eq!(line.run(&cookie, b"12345678"), "1#", "none of them ran");
}

#[test]
fn sizes_beyond_the_body_are_code_12() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    for size in [9_u32, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF] {
        let body = [b"\x03\0\0\0".as_slice(), &size.to_le_bytes(), b"12345678"].concat();
        assert_eq!(line.ask(&Ask::new("Execute", &body).cookie(&cookie)).code(), 12, "{size:#X}");
    }
}

/// MS-OXCMAPIHTTP R84 R456
#[test]
fn execute_carries_the_rop_buffer_both_ways() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    assert_eq!(line.run(&cookie, b"say args"), "3 10008");
    assert_eq!(line.run(&cookie, b"say name"), "ann@example.org");
    let body = line.ask(&Ask::new("Execute", &execute(b"bad rops")).cookie(&cookie)).mapi();
    assert_eq!(body, b"\0\0\0\0\xB6\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "ecRpcFormat, RopBufferSize 0");
    let large = line.ask(&Ask::new("Execute", &execute(b"be large")).cookie(&cookie)).mapi();
    assert_eq!(executed(&large), "x".repeat(0x40000));
}

#[test]
fn execute_keeps_the_bounds_of_its_rpc_method() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let mut ask = |rop_buffer: &[u8], max_rop_out: u32| {
        let size = u32::try_from(rop_buffer.len()).unwrap().to_le_bytes();
        let body = [&[3, 0, 0, 0], size.as_slice(), rop_buffer, &max_rop_out.to_le_bytes(), &[0; 4]].concat();
        line.ask(&Ask::new("Execute", &body).cookie(&cookie)).mapi()
    };
    let bad_stub_data = b"\xF7\x06\0\0\0\0\0\0".as_slice();
    assert_eq!(ask(&vec![0; 0x40001], 0x8000), bad_stub_data);
    assert_eq!(ask(b"12345678", 0x40001), bad_stub_data);
    let failed = b"\0\0\0\0\x15\x01\x04\x80\0\0\0\0\0\0\0\0\0\0\0\0".as_slice();
    assert_eq!(ask(b"1234567", 0x8000), failed);
    assert_eq!(ask(b"", 0x8000), failed);
    assert_eq!(ask(b"12345678", 7), failed);
    assert_eq!(executed(&ask(&vec![0; 0x40000], 0x40000)), "1#");
    assert_eq!(executed(&ask(b"say args", 8)), "3 8");
}

#[test]
fn auxiliary_buffers_never_matter() {
    let world = World::new();
    let mut line = world.line();
    let with_aux = |body: &[u8], aux: &[u8]| {
        let size = u32::try_from(aux.len()).unwrap().to_le_bytes();
        [&body[..body.len() - 4], size.as_slice(), aux].concat()
    };
    let junk = [0xFF; 5000];
    let reply = line.ask(&Ask::new("Connect", &with_aux(CONNECT, &junk)));
    reply.mapi();
    let cookie = reply.cookie();
    for aux in [b"x".as_slice(), b"\0\0\x04\0\x04\0\x04\0\x00\0\x01\x77", &junk] {
        let body = with_aux(&execute(b"12345678"), aux);
        line.ask(&Ask::new("Execute", &body).cookie(&cookie)).mapi();
    }
}

/// MS-OXCMAPIHTTP R145
#[test]
fn a_body_too_large_is_code_9() {
    let world = World::new();
    let reply = world.line().ask(&Ask::new("Connect", &vec![0; 0x50000]));
    is_refusal(&reply, 9);
    let mut line = world.line();
    let head = Ask::new("Connect", b"").head().replace("Content-Length: 0", "Content-Length: 99999999999999");
    line.send(head);
    line.half_close();
    assert!(line.try_reply().is_none_or(|reply| reply.code() == 9));
}

/// MS-OXCMAPIHTTP R1130 R1131 R1134 R1135 R1136 R168 R169 R170 R171 R1173 R1174 R1178 R1185 R1186 R1189 R1213 R1230
/// R1233 R1234 R1237 R1238 R1239 R1240 R1241 R1244 R2228
#[test]
fn processing_comes_at_once_pending_in_time_and_done_at_the_end() {
    let world = World::with(http::Settings { pending_period: Duration::from_millis(200), ..settings() });
    let mut line = world.line();
    let cookie = line.connect();
    let start = Instant::now();
    line.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    let head = line.reply_head().unwrap();
    assert_eq!((head.code(), head.field("X-PendingPeriod")), (0, Some("200")));
    assert_eq!(line.chunk().unwrap(), b"PROCESSING\r\n");
    for n in 1..=3 {
        assert_eq!(line.chunk().unwrap(), b"PENDING\r\n");
        assert!(start.elapsed() < Duration::from_millis(200 * n + 2000), "{n}: {:?}", start.elapsed());
        assert!(start.elapsed() >= Duration::from_millis(179 * n), "{n}: {:?}", start.elapsed());
    }
    world.script.released.store(true, Ordering::SeqCst);
    let last = loop {
        let chunk = line.chunk().unwrap();
        if chunk != b"PENDING\r\n" {
            break chunk;
        }
    };
    let text = String::from_utf8_lossy(&last).into_owned();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "DONE");
    let elapsed: u64 = lines[1].strip_prefix("X-ElapsedTime: ").unwrap().parse().unwrap();
    assert!((500..9000).contains(&elapsed), "{elapsed}");
    assert_eq!(lines[2], "X-StartTime: Tue, 05 Nov 2013 23:27:08 GMT");
    assert_eq!(lines[3], "");
    assert!(line.chunk().is_none());
}

/// MS-OXCMAPIHTTP R2230 R2231 R2232
#[test]
fn a_panic_is_a_late_failure_of_one_session_only() {
    let world = World::new();
    let mut line = world.line();
    let (cookie, other) = (line.connect(), line.connect());
    let reply = line.ask(&Ask::new("Execute", &execute(b"go wrong")).cookie(&cookie));
    assert_eq!((reply.status, reply.code(), reply.late_code()), (200, 0, Some(1)));
    let (lines, page) = reply.inner();
    assert_eq!(lines[1], "DONE");
    assert_eq!(lines[5], "Content-Type: text/html");
    assert!(!page.is_empty());
    assert_eq!(line.code(&cookie, b"12345678"), 10, "its objects may be in any state");
    assert_eq!(line.run(&other, b"12345678"), "1#");
}

/// MS-OXCMAPIHTTP R1304 R51
#[test]
fn a_panic_before_the_header_is_500_and_the_server_goes_on() {
    let world = World::new();
    let mut line = world.line();
    assert_eq!(line.ask(&Ask::new("Connect", CONNECT).by("Basic cGFuaWM=")).status, 500);
    world.line().connect();
}

#[test]
fn a_batch_that_cannot_be_committed_ends_its_session() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let reply = line.ask(&Ask::new("Execute", &execute(b"get lost")).cookie(&cookie));
    assert_eq!((reply.code(), reply.late_code()), (0, Some(10)));
    assert_eq!(line.code(&cookie, b"12345678"), 10);
    assert_eq!(world.script.alive.load(Ordering::SeqCst), 0);
}

/// MS-OXCMAPIHTTP R90 R1124 R1460 R1127 R1128 R1247 R1249
#[test]
fn ping_has_meta_tags_and_no_body_on_both_endpoints() {
    let world = World::new();
    let mut line = world.line();
    for ask in [Ask::new("PING", b""), Ask::nspi("PING", b"")] {
        let reply = line.ask(&ask);
        assert_eq!(reply.mapi(), b"");
        assert_eq!(reply.field("X-RequestType"), Some("PING"));
        assert!(reply.field("X-ExpirationInfo").is_some());
        assert_eq!(reply.field("Set-Cookie"), None);
    }
    let untyped = raw(&mut line, "POST /mapi/nspi HTTP/1.1\r\nX-RequestType: PING\r\nX-RequestId: a:1\r\n");
    assert_eq!(untyped.mapi(), b"");
    let cookie = line.connect();
    assert_eq!(line.ask(&Ask::new("PING", b"").cookie(&cookie)).cookie(), cookie);
    is_refusal(&line.ask(&Ask::nspi("PING", b"").cookie(&cookie)), 10);
}

#[test]
fn healthcheck_answers_without_credentials() {
    let world = World::new();
    let mut line = world.line();
    for path in ["/mapi/healthcheck.htm", "/MAPI/HealthCheck.htm"] {
        line.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!(line.reply().status, 200);
    }
}

/// MS-OXCMAPIHTTP R324 R353 R1446 R1441 R1438 R1250
/// MS-OXNSPI R419, R420
#[test]
fn address_book_sessions_are_opened_by_bind_and_closed_by_unbind() {
    let world = World::new();
    let mut line = world.line();
    let reply = line.ask(&Ask::nspi("Bind", b"-"));
    assert_eq!(reply.mapi(), b"\0\0\0\0\0\0\0\0\x01");
    let cookie = reply.cookie();
    assert!(reply.field("Set-Cookie").unwrap().ends_with("; Path=/mapi/nspi; HttpOnly; Secure"));
    let reply = line.ask(&Ask::nspi("QueryRows", b"-").cookie(&cookie));
    assert_eq!((reply.mapi().as_slice(), reply.cookie()), (b"\0\0\0\0\0\0\0\0\x02".as_slice(), cookie.clone()));
    is_refusal(&line.ask(&Ask::nspi("QueryRows", b"-")), 13);
    is_refusal(&line.ask(&Ask::nspi("Unbind", b"m").cookie(&cookie)), 12);
    let reply = line.ask(&Ask::nspi("Unbind", b"-").cookie(&cookie));
    assert_eq!((reply.mapi()[4], reply.cookie()), (1, cookie.clone()));
    is_refusal(&line.ask(&Ask::nspi("QueryRows", b"-").cookie(&cookie)), 10);
}

/// MS-OXCMAPIHTTP R137
#[test]
fn address_book_failures_have_their_codes() {
    let world = World::new();
    let mut line = world.line();
    is_refusal(&line.ask(&Ask::nspi("Bind", b"m")), 12);
    is_refusal(&line.ask(&Ask::nspi("Bind", b"u")), 1);
    is_refusal(&line.ask(&Ask::nspi("Bind", b"p")), 1);
    let refused = line.ask(&Ask::nspi("Bind", b"e"));
    assert_eq!((refused.mapi()[4], refused.field("Set-Cookie")), (0x11, None), "no session for a failed Bind");
    assert!(world.site.address_books.is_empty());
    let cookie = line.ask(&Ask::nspi("Bind", b"-")).cookie();
    is_refusal(&line.ask(&Ask::nspi("QueryRows", b"m").cookie(&cookie)), 12);
    line.ask(&Ask::nspi("QueryRows", b"-").cookie(&cookie)).mapi();
    // One that turns out malformed only after the header had to go.
    line.start(&Ask::nspi("QueryRows", b"h").cookie(&cookie));
    let mut other = world.line();
    std::thread::sleep(Duration::from_millis(100));
    is_refusal(&other.ask(&Ask::nspi("QueryRows", b"-").cookie(&cookie)), 15);
    std::thread::sleep(Duration::from_millis(600));
    world.script.released.store(true, Ordering::SeqCst);
    let late = line.reply();
    assert_eq!((late.code(), late.late_code()), (0, Some(12)));
    is_refusal(&line.ask(&Ask::nspi("QueryRows", b"p").cookie(&cookie)), 1);
    is_refusal(&line.ask(&Ask::nspi("QueryRows", b"-").cookie(&cookie)), 10);
}

/// AUX_PERF_CLIENTINFO of a client in cached mode, behind AUX_PERF_SESSIONINFO, put together by hand
/// from MS-OXCRPC 2.2.2.2; an odd block before it, or none, harms nothing.
#[test]
fn the_mode_of_a_client_is_read_from_its_auxiliary_buffer() {
    let session = hex("1800 01 04 0100 0000 00112233445566778899AABBCCDDEEFF");
    let info = hex("2400 01 02 00000000 0100 2000 0000 0000 0000 0000 0000 0000 0000 0000 0200 0000 4D00 0000");
    let packed = |blocks: &[&[u8]]| mailstead::wire::pack_buffers(&[blocks.concat()], false, false);
    assert_eq!(mailstead::mapihttp::client_mode(&packed(&[&session, &info])), 2);
    assert_eq!(mailstead::mapihttp::client_mode(&packed(&[&info])), 2);
    assert_eq!(mailstead::mapihttp::client_mode(&packed(&[&session])), 0);
    assert_eq!(mailstead::mapihttp::client_mode(&[]), 0);
    for odd in ["0000 01 02", "0300 01 02", "FFFF 01 02 00", "0400 01 02", "01"] {
        assert_eq!(mailstead::mapihttp::client_mode(&packed(&[&hex(odd), &info])), 0, "{odd}");
    }
    for end in 0..info.len() {
        assert_eq!(mailstead::mapihttp::client_mode(&packed(&[&info[..end]])), 0);
    }
}
