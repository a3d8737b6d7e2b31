//! HTTP itself: odd but allowed requests are served, hostile ones cost nobody else anything.
//! RFC 9112.

use crate::edge::{ANN, Ask, CONNECT, Line, WAIT, World, execute, executed, settings};
use mailstead::http::{Deadlines, Network, Peer, Service, Settings};
use mailstead::limits;
use std::net::IpAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The header of a Connect without the fields that say how long it is.
fn connect_head(framing: &str) -> String {
    Ask::new("Connect", b"").head().replace("Content-Length: 0\r\n", framing)
}

/// After whatever was done to it, the server still serves.
fn serves(world: &World) {
    let mut line = world.line();
    let cookie = line.connect();
    assert_eq!(line.run(&cookie, b"12345678"), "1#");
}

#[test]
fn chunked_request_bodies_are_read() {
    let world = World::new();
    let mut line = world.line();
    line.send(connect_head("Transfer-Encoding: chunked\r\n"));
    for piece in CONNECT.chunks(7) {
        line.send(format!("{:x};ext=1\r\n", piece.len()));
        line.send(piece);
        line.send("\r\n");
    }
    line.send("0\r\nTrailer: x\r\n\r\n");
    line.reply().mapi();
    // One byte in each chunk, and the connection goes on.
    line.send(connect_head("Transfer-Encoding: chunked\r\n"));
    for byte in CONNECT {
        line.send(b"1\r\n");
        line.send([*byte]);
        line.send(b"\r\n");
    }
    line.send("0\r\n\r\n");
    line.reply().mapi();
}

#[test]
fn a_client_that_asks_whether_to_send_the_body_is_told_to() {
    let world = World::new();
    let mut line = world.line();
    line.send(connect_head(&format!("Content-Length: {}\r\nExpect: 100-continue\r\n", CONNECT.len())));
    let mut reply = line.reply_head().unwrap();
    assert_eq!(reply.status, 100);
    line.send(CONNECT);
    reply = line.reply();
    reply.mapi();
    // Without credentials it is not told to, but refused.
    let head = connect_head(&format!("Content-Length: {}\r\nExpect: 100-continue\r\n", CONNECT.len()));
    line.send(head.replace(ANN, "Basic QW5uOndyb25n"));
    assert_eq!(line.reply_head().unwrap().status, 401);
}

#[test]
fn requests_in_small_pieces_are_read() {
    let world = World::new();
    let request = [Ask::new("Connect", CONNECT).head().as_bytes(), CONNECT].concat();
    for step in [1, 7, 30] {
        let mut line = world.line();
        for piece in request.chunks(step) {
            line.send(piece);
            sleep(Duration::from_micros(200));
        }
        line.reply().mapi();
    }
}

/// MS-OXCMAPIHTTP R61
#[test]
fn pipelined_requests_are_answered_in_order() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let body = execute(b"12345678");
    for _ in 0..3 {
        line.start(&Ask::new("Execute", &body).cookie(&cookie));
    }
    for n in 1..=3 {
        assert_eq!(executed(&line.reply().mapi()), format!("{n}#"));
    }
}

#[test]
fn malformed_requests_end_their_connection_only() {
    let world = World::new();
    let garbage: [&[u8]; 14] = [
        b"\0\0\0\0\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"POST\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nNo colon here\r\n\r\n",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nBad\0Name: x\r\n\r\n",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /mapi/emsmdb/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked, gzip\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
    ];
    for bytes in garbage {
        let mut line = world.line();
        line.send(bytes);
        line.half_close();
        let reply = line.try_reply();
        let text = String::from_utf8_lossy(bytes);
        assert!(reply.as_ref().is_none_or(|reply| (400..506).contains(&reply.status)), "{text:?}: {reply:?}");
        assert!(line.is_closed(), "{text:?}");
    }
    serves(&world);
}

#[test]
fn malformed_chunks_never_become_a_request() {
    let world = World::new();
    for chunks in ["zz\r\nabc\r\n0\r\n\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "3\r\nabcdef\r\n0\r\n\r\n", "\r\n\r\n"]
    {
        let mut line = world.line();
        line.send(connect_head("Transfer-Encoding: chunked\r\n"));
        line.send(chunks);
        let reply = line.try_reply();
        assert!(reply.as_ref().is_none_or(|reply| reply.status == 400), "{chunks:?}: {reply:?}");
        assert!(line.is_closed(), "{chunks:?}");
    }
    assert!(world.site.mailboxes.is_empty());
    serves(&world);
}

#[test]
fn two_lengths_for_one_body_are_never_read_in_two_ways() {
    let world = World::new();
    let mut line = world.line();
    // Read by Content-Length, the second request would be hidden in the first.
    line.send(connect_head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"));
    line.send("0\r\n\r\n");
    line.send(Ask::new("PING", b"").head());
    if let Some(reply) = line.try_reply() {
        assert!(reply.status == 400 || reply.code() == 12, "{reply:?}");
    }
    serves(&world);
}

#[test]
fn huge_announced_sizes_reserve_nothing_and_are_code_9() {
    let world = World::new();
    for framing in ["Content-Length: 18446744073709551615\r\n", "Content-Length: 4000000000\r\n"] {
        let mut line = world.line();
        line.send(connect_head(framing));
        line.half_close();
        let reply = line.try_reply();
        assert!(reply.as_ref().is_none_or(|reply| reply.status >= 400 || reply.code() == 9), "{reply:?}");
    }
    // An endless chunked body is cut off when it is too long.
    let mut line = world.line();
    line.send(connect_head("Transfer-Encoding: chunked\r\n"));
    let piece = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    for _ in 0..40 {
        line.send(&piece);
    }
    let reply = line.try_reply();
    assert!(reply.as_ref().is_none_or(|reply| reply.code() == 9), "{reply:?}");
    assert!(line.is_closed());
    serves(&world);
}

#[test]
fn headers_too_long_or_too_many_are_431() {
    let world = World::new();
    let long = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(limits::HEAD_MAX_BYTES));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(101));
    let endless = "GET / HTTP/1.1\r\nX: ".to_owned() + &"x".repeat(2 * limits::HEAD_MAX_BYTES);
    for head in [long, many, endless] {
        let mut line = world.line();
        line.send(&head);
        assert!(line.try_reply().is_none_or(|reply| reply.status == 431));
        assert!(line.is_closed());
    }
    let cookies = format!("x=y; {}", "MapiContext=0; ".repeat(1000));
    assert_eq!(world.line().code(&cookies, b"12345678"), 6);
    serves(&world);
}

#[test]
fn connections_that_break_off_anywhere_cost_nothing() {
    let world = World::new();
    let request = [Ask::new("Connect", CONNECT).head().as_bytes(), CONNECT].concat();
    for end in (0..request.len()).step_by(5) {
        world.line().send(&request[..end]);
        let mut line = world.line();
        line.send(&request[..end]);
        line.half_close();
        assert!(line.is_closed(), "cut at {end}");
    }
    assert!(world.site.mailboxes.is_empty());
    serves(&world);
}

#[test]
fn old_http_is_answered() {
    let world = World::new();
    let mut line = world.line();
    line.send("GET /mapi/healthcheck.htm HTTP/1.0\r\n\r\n");
    assert_eq!(line.reply().status, 200);
    assert!(line.is_closed());
    let mut line = world.line();
    line.send("HEAD /mapi/healthcheck.htm HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(line.reply_head().unwrap().status, 200);
    line.send("GET /mapi/healthcheck.htm HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_eq!(line.reply().status, 200);
    assert!(line.is_closed());
}

#[test]
fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
    let world = World::new();
    let seen = |from: &str, forwarded: &[&str]| {
        let mut line = world.line_from(Peer::new(from.parse().unwrap(), false), Service::Full);
        let fields: String = forwarded.iter().map(|value| format!("X-Forwarded-For: {value}\r\n")).collect();
        line.send(connect_head(&format!("{fields}Content-Length: 0\r\n")));
        line.reply();
        world.script.peers.lock().unwrap().last().unwrap().to_string()
    };
    assert_eq!(seen("192.0.2.9", &["203.0.113.5"]), "192.0.2.9", "not a proxy of ours");
    assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    assert_eq!(seen("10.0.0.1", &["203.0.113.5"]), "203.0.113.5");
    assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.5"]), "203.0.113.5");
    assert_eq!(seen("10.0.0.1", &["1.1.1.1, 203.0.113.5, 10.0.0.2"]), "203.0.113.5", "rightmost untrusted");
    assert_eq!(seen("10.0.0.1", &["1.1.1.1", "203.0.113.5"]), "203.0.113.5");
    assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    assert_eq!(seen("10.0.0.1", &["203.0.113.5, nonsense"]), "10.0.0.1");
    assert_eq!(seen("10.0.0.1", &["203.0.113.5:4711"]), "203.0.113.5");
    assert_eq!(seen("10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
    assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
}

#[test]
fn networks_contain_what_they_say() {
    let contains =
        |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse::<IpAddr>().unwrap());
    for (network, address, expected) in [
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false),
        ("192.168.7.9/16", "192.168.200.1", true),
        ("192.168.0.0/16", "192.169.0.1", false),
        ("192.168.0.0/16", "::ffff:192.168.0.1", true),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "2001:db8::1", true),
        ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe00::1", false),
        ("::1/128", "::1", true),
    ] {
        assert_eq!(contains(network, address), expected, "{network} {address}");
    }
    for bad in ["", "x", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/-1"] {
        assert!(bad.parse::<Network>().is_err(), "{bad:?}");
    }
}

#[test]
fn limits_see_one_customer_in_a_64() {
    use mailstead::http::limited_as;
    let limited = |text: &str| limited_as(text.parse().unwrap());
    assert_eq!(limited("2001:db8:1:2:3::4"), limited("2001:db8:1:2:ffff::1"));
    assert_ne!(limited("2001:db8:1:2::1"), limited("2001:db8:1:3::1"));
    assert_eq!(limited("::ffff:1.2.3.4"), limited("1.2.3.4"));
    assert_ne!(limited("1.2.3.4"), limited("1.2.3.5"));
}

#[test]
fn random_bytes_never_stop_the_server() {
    let world = World::new();
    let request = [Ask::new("Connect", CONNECT).head().as_bytes(), CONNECT].concat();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap()
    };
    for _ in 0..300 {
        let mut bytes = request.clone();
        for _ in 0..=random() % 6 {
            let at = random() % bytes.len();
            match random() % 3 {
                0 => bytes[at] = u8::try_from(random() % 256).unwrap(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b'\n'),
            }
        }
        let mut line: Line = world.line();
        line.send(&bytes);
        line.half_close();
        line.try_reply();
    }
    serves(&world);
}

const SHORT: Duration = Duration::from_millis(300);

/// A world with one short deadline; a machine under load may be late for it, never early.
fn impatient(set: impl FnOnce(&mut Deadlines)) -> World {
    let mut deadlines = Deadlines::default();
    set(&mut deadlines);
    World::with(Settings { deadlines, ..settings() })
}

#[test]
fn idle_connections_are_hung_up_on_but_not_while_they_wait_for_an_answer() {
    let world = impatient(|deadlines| deadlines.idle = SHORT);
    let start = Instant::now();
    assert!(world.line().is_closed(), "never said anything");
    assert!(start.elapsed() >= SHORT);
    let mut line = world.line();
    let cookie = line.connect();
    let mut waiting = world.line();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    waiting.reply_head();
    waiting.chunk();
    let start = Instant::now();
    assert!(line.is_closed(), "said no more");
    assert!(start.elapsed() >= SHORT / 2);
    sleep(2 * SHORT);
    assert_eq!(world.line().run(&cookie, b"12345678"), "1#");
    world.site.stop.say();
    assert!(waiting.chunk().is_some());
}

#[test]
fn a_header_must_come_in_time_however_often_a_byte_comes() {
    let world = impatient(|deadlines| deadlines.head = SHORT);
    let mut line = world.line();
    let start = Instant::now();
    line.send("POST /mapi/emsmdb/ HTTP/1.1\r\n");
    for _ in 0..5 {
        sleep(SHORT / 10);
        line.send("X: y\r\n");
    }
    assert!(line.is_closed());
    assert!(start.elapsed() >= SHORT);
    serves(&world);
}

#[test]
fn a_body_must_come_in_time_and_every_piece_of_it() {
    let body = execute(b"12345678");
    let world = impatient(|deadlines| deadlines.piece = SHORT);
    let mut line = world.line();
    let cookie = line.connect();
    line.send(Ask::new("Execute", &body).cookie(&cookie).head());
    assert_eq!(line.reply().status, 408);
    let world = impatient(|deadlines| deadlines.body = SHORT);
    let mut line = world.line();
    line.send(Ask::new("Execute", &body).cookie(&cookie).head());
    for byte in &body[..10] {
        sleep(SHORT / 8);
        line.send([*byte]);
    }
    assert_eq!(line.reply().status, 408);
    serves(&world);
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let world = impatient(|deadlines| deadlines.write = SHORT);
    let mut line = world.line();
    let cookie = line.connect();
    // More than any socket buffer holds.
    for _ in 0..8 {
        line.start(&Ask::new("Execute", &execute(b"be large")).cookie(&cookie));
    }
    sleep(4 * SHORT);
    let mut answers = 0;
    while line.try_reply().is_some() {
        answers += 1;
    }
    assert!(answers < 8, "{answers}");
    assert_ne!(world.line().run(&cookie, b"12345678"), "");
}
