//! Session contexts: cookies, the busy rule, waits, reconnecting, expiry, limits.
//! MS-OXCMAPIHTTP 3.1.7, 3.2.5.1, 3.2.5.6, 3.2.6.

use crate::edge::{Ask, BOB, CONNECT, CONNECT_BOB, WAIT, World, execute, executed, settings};
use mailstead::http::{self, Peer, Service};
use mailstead::limits;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

const MOMENT: Duration = Duration::from_millis(100);

/// MS-OXCSTOR R7841: a RopLogon needs a session that Connect has made, as every Execute does.
/// MS-OXCMAPIHTTP R142 R146 R149
#[test]
fn cookies_missing_malformed_or_unknown_have_their_codes() {
    let world = World::new();
    let mut line = world.line();
    let body = execute(b"12345678");
    assert_eq!(line.ask(&Ask::new("Execute", &body)).code(), 13);
    assert_eq!(line.code("Other=1; MapiContextX=2; xMapiContext=3", b"12345678"), 13);
    assert_eq!(line.code("MapiContext=", b"12345678"), 6);
    assert_eq!(line.code("MapiContext=xyz", b"12345678"), 6);
    assert_eq!(line.code(&format!("MapiContext={}", "0".repeat(65)), b"12345678"), 6);
    assert_eq!(line.code(&format!("MapiContext={}", "0".repeat(64)), b"12345678"), 10);
    for name in ["Disconnect", "NotificationWait"] {
        assert_eq!(line.ask(&Ask::new(name, WAIT)).code(), 13, "{name}");
    }
}

#[test]
fn other_cookies_beside_ours_do_not_matter() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    assert_eq!(line.run(&format!("a=b; {cookie}"), b"12345678"), "1#");
    assert_eq!(line.run(&format!("{cookie};c"), b"12345678"), "2#");
    // One jar for both endpoints, or an old cookie that was never thrown away.
    assert_eq!(line.run(&format!("MapiContext={}; {cookie}", "0".repeat(64)), b"12345678"), "3#");
    let head = Ask::new("Execute", &execute(b"12345678")).cookie("x=y").head();
    line.send(head.replace("Cookie: x=y", &format!("Cookie: x=y\r\nCookie: {cookie}")));
    line.send(execute(b"12345678"));
    assert_eq!(executed(&line.reply().mapi()), "4#");
}

/// MS-OXCMAPIHTTP R1236
#[test]
fn every_response_repeats_the_cookie() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    for _ in 0..3 {
        assert_eq!(line.ask(&Ask::new("Execute", &execute(b"12345678")).cookie(&cookie)).cookie(), cookie);
    }
    world.site.stop.say();
    let mut line = world.line();
    // Said or not, a request that was sent is answered.
    if let Some(reply) = {
        line.start(&Ask::new("PING", b"").cookie(&cookie));
        line.try_reply()
    } {
        assert_eq!(reply.cookie(), cookie);
    }
}

#[test]
fn without_tls_the_cookie_is_not_secure() {
    let world = World::new();
    let mut line = world.line_from(Peer::new([127, 0, 0, 1].into(), false), Service::Full);
    let reply = line.ask(&Ask::new("Connect", CONNECT));
    assert!(reply.field("Set-Cookie").unwrap().ends_with("; Path=/mapi/emsmdb; HttpOnly"));
}

/// MS-OXCMAPIHTTP R1223 R1224 R1225
#[test]
fn another_users_cookie_is_code_10_and_harms_nothing() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let body = execute(b"12345678");
    assert_eq!(line.ask(&Ask::new("Execute", &body).cookie(&cookie).by(BOB)).code(), 10);
    assert_eq!(line.ask(&Ask::new("NotificationWait", WAIT).cookie(&cookie).by(BOB)).code(), 10);
    assert_eq!(line.ask(&Ask::new("PING", b"").cookie(&cookie).by(BOB)).code(), 10);
    assert_eq!(line.ask(&Ask::new("Disconnect", b"").cookie(&cookie).by(BOB)).code(), 10);
    let connected = line.ask(&Ask::new("Connect", CONNECT_BOB).cookie(&cookie).by(BOB));
    connected.mapi();
    assert_ne!(connected.cookie(), cookie);
    assert_eq!(line.run(&cookie, b"12345678"), "1#");
}

#[test]
fn a_cookie_of_one_endpoint_means_nothing_to_the_other() {
    let world = World::new();
    let mut line = world.line();
    let mailbox = line.connect();
    let book = line.ask(&Ask::nspi("Bind", b"-")).cookie();
    assert_eq!(line.ask(&Ask::nspi("QueryRows", b"-").cookie(&mailbox)).code(), 10);
    assert_eq!(line.code(&book, b"12345678"), 10);
    assert_eq!(line.run(&format!("{book}; {mailbox}"), b"12345678"), "1#");
}

#[test]
fn the_session_goes_on_over_a_new_connection() {
    let world = World::new();
    let cookie = world.line().connect();
    for n in 1..5 {
        assert_eq!(world.line().run(&cookie, b"12345678"), format!("{n}#"));
    }
}

#[test]
fn a_batch_ends_properly_though_its_client_is_gone() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    line.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    assert_eq!(line.reply_head().unwrap().code(), 0);
    drop(line);
    // The specification's client connects anew now; one that just goes on is served too, after
    // what it left behind.
    let mut line = world.line();
    line.start(&Ask::new("Execute", &execute(b"12345678")).cookie(&cookie));
    assert!(line.is_silent(3 * MOMENT), "it is still at work");
    assert_eq!(world.script.executed.load(Ordering::SeqCst), 0);
    world.script.released.store(true, Ordering::SeqCst);
    assert_eq!(executed(&line.reply().mapi()), "2#");
    assert_eq!(line.run(&cookie, b"12345678"), "3#");
}

#[test]
fn of_two_requests_that_come_back_for_a_lost_one_the_second_is_code_15() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    line.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    line.reply_head();
    drop(line);
    let mut lines = [world.line(), world.line()];
    for line in &mut lines {
        line.start(&Ask::new("Execute", &execute(b"be a bit")).cookie(&cookie));
    }
    sleep(3 * MOMENT);
    world.script.released.store(true, Ordering::SeqCst);
    let mut codes = lines.map(|mut line| line.reply().code());
    codes.sort_unstable();
    assert_eq!(codes, [0, 15]);
    assert_eq!(world.script.begun.load(Ordering::SeqCst), 2);
}

#[test]
fn a_client_that_does_not_read_its_answer_blocks_nobody() {
    let world = World::new();
    let mut stuck = world.line();
    let cookie = stuck.connect();
    stuck.start(&Ask::new("Execute", &execute(b"be large")).cookie(&cookie));
    world.eventually("the batch begins", || world.script.begun.load(Ordering::SeqCst) == 1);
    sleep(MOMENT);
    assert_eq!(world.line().run(&cookie, b"12345678"), "2#");
    assert_eq!(executed(&stuck.reply().mapi()).len(), 0x40000);
}

/// MS-OXCMAPIHTTP R151 R1227 R1228
/// MS-OXCROPS R4549
#[test]
fn a_second_request_at_once_is_code_15_and_not_queued() {
    let world = World::new();
    let mut first = world.line();
    let cookie = first.connect();
    first.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    world.eventually("the batch begins", || world.script.begun.load(Ordering::SeqCst) == 1);
    let mut second = world.line();
    let start = Instant::now();
    for _ in 0..3 {
        let reply = second.ask(&Ask::new("Execute", &execute(b"12345678")).cookie(&cookie));
        assert_eq!((reply.code(), reply.cookie()), (15, cookie.clone()));
    }
    assert_eq!(second.ask(&Ask::new("Disconnect", b"").cookie(&cookie)).code(), 15);
    second.ask(&Ask::new("PING", b"").cookie(&cookie)).mapi();
    assert!(start.elapsed() < Duration::from_secs(5));
    world.script.released.store(true, Ordering::SeqCst);
    assert_eq!(executed(&first.reply().mapi()), "1#");
    assert_eq!(second.run(&cookie, b"12345678"), "2#");
}

#[test]
fn a_body_that_is_still_coming_does_not_make_the_context_busy() {
    let world = World::new();
    let mut slow = world.line();
    let cookie = slow.connect();
    let body = execute(b"12345678");
    slow.send(Ask::new("Execute", &body).cookie(&cookie).head());
    slow.send(&body[..5]);
    sleep(MOMENT);
    let mut line = world.line();
    assert_eq!(line.run(&cookie, b"12345678"), "1#");
    slow.send(&body[5..]);
    assert_eq!(executed(&slow.reply().mapi()), "2#");
    // Broken off in the middle, the request never was; it is sent again as it is.
    slow.send(Ask::new("Execute", &body).cookie(&cookie).head());
    slow.send(&body[..5]);
    drop(slow);
    assert_eq!(line.run(&cookie, b"12345678"), "3#");
}

/// MS-OXCMAPIHTTP R308 R1171 R1371
#[test]
fn a_wait_runs_beside_batches_and_ends_with_an_event() {
    let world = World::new();
    let mut waiting = world.line();
    let cookie = waiting.connect();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    assert_eq!(waiting.reply_head().unwrap().code(), 0);
    assert_eq!(waiting.chunk().unwrap(), b"PROCESSING\r\n");
    let mut line = world.line();
    for n in 1..4 {
        assert_eq!(line.run(&cookie, b"12345678"), format!("{n}#"));
    }
    assert!(waiting.is_silent(MOMENT));
    signal(&world, &cookie);
    let last = waiting.chunk().unwrap();
    assert!(last.starts_with(b"DONE\r\n"));
    assert!(last.ends_with(b"\r\n\r\n\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"), "EventPending 1");
    // Not fetched yet: the next wait need not wait.
    let body = waiting_line(&world, &cookie);
    assert_eq!(body[8], 1);
    line.run(&cookie, b"12345678");
    let mut again = world.line();
    again.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    again.reply_head().unwrap();
    assert_eq!(again.chunk().unwrap(), b"PROCESSING\r\n");
    assert!(again.is_silent(MOMENT), "fetched by the batch");
}

/// An event in the session that a cookie names, as the store will report it.
fn signal(world: &World, cookie: &str) {
    let mut headers = hyper::HeaderMap::new();
    headers.insert("cookie", cookie.parse().unwrap());
    let presented = mailstead::session::Presented::from_headers(&headers);
    let visitor = mailstead::session::Visitor { address: [127, 0, 0, 1].into(), user: 1, expiry_s: None };
    world.site.mailboxes.find(&presented, &visitor).unwrap().1.signal();
}

fn waiting_line(world: &World, cookie: &str) -> Vec<u8> {
    world.line().ask(&Ask::new("NotificationWait", WAIT).cookie(cookie)).mapi()
}

/// MS-OXCMAPIHTTP R1259 R1372
#[test]
fn a_wait_without_an_event_ends_in_time_and_has_pending_lines() {
    let world = World::with(http::Settings {
        pending_period: Duration::from_millis(100),
        notification_wait: Duration::from_millis(350),
        ..settings()
    });
    let cookie = world.line().connect();
    let start = Instant::now();
    let reply = world.line().ask(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    assert_eq!(reply.mapi(), b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert!((Duration::from_millis(350)..Duration::from_secs(2)).contains(&start.elapsed()));
    assert!(reply.inner().0.iter().filter(|line| *line == "PENDING").count() >= 3);
}

#[test]
fn waits_hold_no_thread() {
    let world = World::new();
    let mut lines: Vec<_> = (0..40).map(|_| world.line()).collect();
    let cookies: Vec<String> = lines.iter_mut().map(|line| line.connect()).collect();
    for (line, cookie) in lines.iter_mut().zip(&cookies) {
        line.start(&Ask::new("NotificationWait", WAIT).cookie(cookie));
        line.reply_head().unwrap();
    }
    let mut line = world.line();
    for cookie in &cookies {
        assert_eq!(line.run(cookie, b"12345678"), "1#");
    }
}

#[test]
fn one_wait_too_many_ends_the_oldest() {
    let world = World::new();
    let cookie = world.line().connect();
    let mut waits: Vec<_> = (0..=limits::NOTIFICATION_WAITS_MAX).map(|_| world.line()).collect();
    for line in &mut waits {
        line.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
        line.reply_head().unwrap();
        line.chunk().unwrap();
    }
    let oldest = waits.first_mut().unwrap().chunk().unwrap();
    assert!(oldest.ends_with(b"\0\0\0\0\0\0\0\0"), "EventPending 0");
    for line in waits.iter_mut().skip(1) {
        assert!(line.is_silent(Duration::from_millis(20)));
    }
}

/// MS-OXCMAPIHTTP R304 R2233 R2234 R2236 R1253 R1255
/// MS-OXCROPS R4574
#[test]
fn disconnect_ends_the_session_and_its_waits() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let mut waiting = world.line();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    waiting.reply_head().unwrap();
    let reply = line.ask(&Ask::new("Disconnect", b"\0\0\0\0").cookie(&cookie));
    assert_eq!(reply.mapi(), [0; 12]);
    assert_eq!(reply.cookie(), cookie, "repeated though worth nothing");
    let mut chunk = Vec::new();
    while !chunk.starts_with(b"DONE") {
        chunk = waiting.chunk().unwrap();
    }
    assert!(String::from_utf8_lossy(&chunk).contains("X-ResponseCode: 10\r\n"));
    for name in ["Execute", "Disconnect", "NotificationWait", "PING"] {
        assert_eq!(line.ask(&Ask::new(name, &execute(b"12345678")).cookie(&cookie)).code(), 10, "{name}");
    }
    assert!(world.site.mailboxes.is_empty());
    assert_eq!(world.script.alive.load(Ordering::SeqCst), 0);
    let cookie = line.connect();
    line.ask(&Ask::new("Disconnect", b"").cookie(&cookie)).mapi();
}

/// MS-OXCMAPIHTTP R1195 R1219 R1277 R1278
#[test]
fn reconnecting_ends_the_old_session_first() {
    let world = World::new();
    let mut line = world.line();
    let old = line.connect();
    line.run(&old, b"12345678");
    let reply = world.line().ask(&Ask::new("Connect", CONNECT).cookie(&old));
    reply.mapi();
    let new = reply.cookie();
    assert_ne!(new, old);
    assert_eq!(line.code(&old, b"12345678"), 10);
    assert_eq!(line.run(&new, b"12345678"), "1#", "nothing is left of the old one");
    assert_eq!(world.site.mailboxes.len(), 1);
    assert_eq!(world.script.alive.load(Ordering::SeqCst), 1);
    // Dead, malformed and foreign cookies do not keep anybody from connecting.
    for cookie in [old.as_str(), "MapiContext=zzz"] {
        line.ask(&Ask::new("Connect", CONNECT).cookie(cookie)).mapi();
    }
}

#[test]
fn a_connect_that_fails_leaves_the_old_session_alone() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    line.ask(&Ask::new("Connect", CONNECT_BOB).cookie(&cookie)).mapi();
    assert_eq!(line.ask(&Ask::new("Connect", b"").cookie(&cookie)).code(), 12);
    assert_eq!(line.run(&cookie, b"12345678"), "1#");
}

#[test]
fn reconnecting_over_a_batch_at_work_lets_it_end() {
    let world = World::new();
    let mut first = world.line();
    let old = first.connect();
    first.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&old));
    world.eventually("the batch begins", || world.script.begun.load(Ordering::SeqCst) == 1);
    let mut line = world.line();
    let new = line.ask(&Ask::new("Connect", CONNECT).cookie(&old)).cookie();
    assert_eq!(line.run(&new, b"12345678"), "1#");
    world.script.released.store(true, Ordering::SeqCst);
    assert_eq!(executed(&first.reply().mapi()), "1#");
    world.eventually("the old session goes", || world.script.alive.load(Ordering::SeqCst) == 1);
    assert_eq!(line.code(&old, b"12345678"), 10);
}

/// MS-OXCMAPIHTTP R1141 R1217 R1248 R1283 R1285
#[test]
fn idle_sessions_expire_and_requests_keep_them() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    world.clock.advance(Duration::from_secs(900));
    assert_eq!(line.run(&cookie, b"12345678"), "1#");
    world.clock.advance(Duration::from_secs(800));
    line.ask(&Ask::new("PING", b"").cookie(&cookie)).mapi();
    world.clock.advance(Duration::from_secs(800));
    assert_eq!(line.run(&cookie, b"12345678"), "2#");
    // A request that is refused is no use of the session.
    world.clock.advance(Duration::from_secs(901));
    assert_eq!(line.code(&cookie, b"12345678"), 10);
    assert_eq!(world.script.alive.load(Ordering::SeqCst), 0);
}

/// MS-OXCMAPIHTTP R1260
#[test]
fn the_sweeper_frees_expired_sessions() {
    let world = World::new();
    let mut line = world.line();
    let (_, kept) = (line.connect(), line.connect());
    let mut waiting = world.line();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&kept));
    waiting.reply_head().unwrap();
    world.clock.advance(Duration::from_secs(901));
    world.site.sweep();
    assert_eq!(world.script.alive.load(Ordering::SeqCst), 1, "a wait keeps its session (R1260)");
    assert_eq!(line.run(&kept, b"12345678"), "1#");
}

/// MS-OXCMAPIHTTP R1260 R1284
#[test]
fn a_wait_or_a_batch_at_work_keeps_its_session_and_its_end_starts_the_idle_time() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    line.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    world.eventually("the batch begins", || world.script.begun.load(Ordering::SeqCst) == 1);
    world.clock.advance(Duration::from_secs(5000));
    world.script.released.store(true, Ordering::SeqCst);
    line.reply().mapi();
    let mut waiting = world.line();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    waiting.reply_head().unwrap();
    world.clock.advance(Duration::from_secs(5000));
    signal(&world, &cookie);
    while waiting.chunk().is_some() {}
    world.clock.advance(Duration::from_secs(899));
    assert_eq!(line.run(&cookie, b"12345678"), "2#");
}

#[test]
fn one_session_too_many_ends_the_one_longest_idle() {
    let world = World::new();
    let mut line = world.line();
    let mut cookies = Vec::new();
    for _ in 0..limits::CONTEXTS_PER_USER_MAX {
        cookies.push(line.connect());
        world.clock.advance(Duration::from_secs(1));
    }
    let bobs = line.ask(&Ask::new("Connect", CONNECT_BOB).by(BOB)).cookie();
    // The first is used again, so the second is now longest idle; the third has a wait.
    line.run(&cookies[0], b"12345678");
    let extra = line.connect();
    assert_eq!(line.code(&cookies[1], b"12345678"), 10);
    for cookie in [&cookies[0], &cookies[2], &extra] {
        line.run(cookie, b"12345678");
    }
    let bob = line.ask(&Ask::new("Execute", &execute(b"say name")).cookie(&bobs).by(BOB));
    assert_eq!(executed(&bob.mapi()), "bob@example.org");
    assert_eq!(world.site.mailboxes.len(), limits::CONTEXTS_PER_USER_MAX + 1);
}

#[test]
fn stopping_ends_waits_and_answers_what_runs() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    let mut waiting = world.line();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    waiting.reply_head().unwrap();
    let mut working = world.line();
    working.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    working.reply_head().unwrap();
    world.site.stop.say();
    while waiting.chunk().is_some() {}
    assert!(waiting.is_closed());
    assert!(line.is_closed(), "an idle connection");
    world.script.released.store(true, Ordering::SeqCst);
    let mut body = Vec::new();
    while let Some(chunk) = working.chunk() {
        body.extend(chunk);
    }
    assert!(body.windows(4).any(|window| window == b"DONE"));
    assert!(working.is_closed());
}

#[test]
fn a_wait_ends_with_its_connection() {
    let world = World::new();
    let cookie = world.line().connect();
    let mut waiting = world.line();
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    waiting.reply_head().unwrap();
    world.clock.advance(Duration::from_secs(2000));
    drop(waiting);
    sleep(MOMENT);
    assert_eq!(world.line().run(&cookie, b"12345678"), "1#", "its end started the idle time anew");
    world.clock.advance(Duration::from_secs(901));
    assert_eq!(world.line().code(&cookie, b"12345678"), 10, "and nothing keeps the session now");
}
