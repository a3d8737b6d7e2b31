//! What ends a context ends what is kept of it, and nobody fills the box with cookies.

use super::Host;
use mailstead::backend::{Backend as _, Mailbox};
use mailstead::session::{Client, Cookie, Presented, Refusal, Registry, Visitor};
use std::time::Duration;

const EXPIRY: Duration = Duration::from_secs(600);

fn visitor(host: &Host) -> Visitor {
    Visitor { address: [127, 0, 0, 1].into(), user: host.user().id, expiry_s: None }
}

/// A registry with a session of the real backend in it.
fn registry(host: &mut Host) -> (Registry<Box<dyn Mailbox>>, Cookie) {
    let registry = Registry::new("mailbox", host.place.clock.clone(), EXPIRY);
    let cookie = open(host, &registry);
    (registry, cookie)
}

fn open(host: &mut Host, registry: &Registry<Box<dyn Mailbox>>) -> Cookie {
    let mailbox = host.mailbox();
    registry.create(&visitor(host), Client::default(), mailbox).0
}

fn present(cookie: &Cookie) -> Presented {
    let value = cookie.set_cookie("/", false);
    present_text(value.split(';').next().unwrap())
}

fn present_text(text: &str) -> Presented {
    let mut headers = hyper::HeaderMap::new();
    headers.insert("cookie", text.parse().unwrap());
    Presented::from_headers(&headers)
}

/// The records in the session store.
fn kept(host: &Host) -> usize {
    host.kept_in.as_ref().unwrap().load().unwrap().len()
}

#[test]
fn an_expired_context_is_kept_no_longer() {
    let mut host = Host::new();
    let (registry, cookie) = registry(&mut host);
    assert_eq!(kept(&host), 1);
    host.place.clock.advance(EXPIRY - Duration::from_secs(1));
    registry.sweep();
    assert!(registry.find(&present(&cookie), &visitor(&host)).is_ok());
    host.place.clock.advance(EXPIRY + Duration::from_secs(1));
    registry.sweep();
    assert_eq!((registry.len(), kept(&host)), (0, 0));
}

/// Found expired by its own client before the sweep came by, or at the start of the next process.
#[test]
fn an_expired_context_is_not_resumed() {
    let mut host = Host::new();
    let (first, cookie) = registry(&mut host);
    host.place.clock.advance(EXPIRY + Duration::from_secs(1));
    assert_eq!(first.find(&present(&cookie), &visitor(&host)).unwrap_err(), Refusal::Unknown);
    assert_eq!(kept(&host), 0);
    let late = open(&mut host, &first);
    assert_eq!(kept(&host), 1);
    drop(first);
    host.live = None;
    host.kept_in = None;
    host.place.clock.advance(EXPIRY + Duration::from_secs(1));
    let live = host.restart();
    let again: Registry<Box<dyn Mailbox>> = Registry::new("mailbox", host.place.clock.clone(), EXPIRY);
    for one in live.resume() {
        let mailstead::backend::Content::Mailbox(mailbox) = one.content else { panic!("an address book") };
        assert!(again.resume(&one.about, mailbox).is_none());
    }
    host.live = Some(live);
    assert!(again.find(&present(&late), &visitor(&host)).is_err());
    assert_eq!(kept(&host), 0);
}

/// The same cookie finds the same context in the next process; the file does not hold it.
#[test]
fn the_cookie_goes_on_and_is_written_nowhere() {
    let mut host = Host::new();
    let (first, cookie) = registry(&mut host);
    drop(first);
    host.live = None;
    host.kept_in = None;
    let text = cookie.set_cookie("/", false);
    let secret = text.split(['=', ';']).nth(1).unwrap().as_bytes();
    let file = std::fs::read(host.runtime.path().join("sessions.mdb")).unwrap();
    assert!(!file.windows(secret.len()).any(|window| window == secret));
    let live = host.restart();
    let again: Registry<Box<dyn Mailbox>> = Registry::new("mailbox", host.place.clock.clone(), EXPIRY);
    for one in live.resume() {
        let mailstead::backend::Content::Mailbox(mailbox) = one.content else { panic!("an address book") };
        assert!(again.resume(&one.about, mailbox).is_some());
    }
    assert!(again.find(&present(&cookie), &visitor(&host)).is_ok());
    let thief = Visitor { user: host.place.bob.id, ..visitor(&host) };
    assert_eq!(again.find(&present(&cookie), &thief).unwrap_err(), Refusal::Unknown);
    again.end_presented(&present(&cookie), thief.user);
    assert!(again.find(&present(&cookie), &visitor(&host)).is_ok(), "he did not end it either");
    let new = open_in(&mut host, live, &again);
    assert_eq!(again.list().iter().map(|seen| seen.about.number).collect::<Vec<_>>(), [1, 2], "numbers go on");
    assert!(again.find(&present(&new), &visitor(&host)).is_ok());
}

fn open_in(host: &mut Host, live: mailstead::backend::Live, registry: &Registry<Box<dyn Mailbox>>) -> Cookie {
    host.live = Some(live);
    open(host, registry)
}

#[test]
fn invented_cookies_cost_nothing() {
    let mut host = Host::new();
    let (registry, cookie) = registry(&mut host);
    let written = host.sessions_written();
    for number in 0..100_000_u32 {
        let presented = present_text(&format!("MapiContext={number:064x}"));
        assert_eq!(registry.find(&presented, &visitor(&host)).unwrap_err(), Refusal::Unknown);
    }
    assert_eq!((registry.len(), host.sessions_written()), (1, written));
    assert!(registry.find(&present(&cookie), &visitor(&host)).is_ok());
}

/// Who has too many loses the one longest idle, on disk too.
#[test]
fn an_evicted_context_is_kept_no_longer() {
    let mut host = Host::new();
    let (registry, first) = registry(&mut host);
    let most = mailstead::limits::CONTEXTS_PER_USER_MAX;
    assert!(most >= 100);
    for _ in 1..most {
        host.place.clock.advance(Duration::from_secs(1));
        open(&mut host, &registry);
    }
    assert_eq!((registry.len(), kept(&host)), (most, most));
    assert!(registry.find(&present(&first), &visitor(&host)).is_ok());
    open(&mut host, &registry);
    assert_eq!((registry.len(), kept(&host)), (most, most));
    assert!(registry.find(&present(&first), &visitor(&host)).is_err());
}

/// "Also per mailbox": the user's own time counts, from the next request on.
#[test]
fn a_user_may_have_another_expiry() {
    let mut host = Host::new();
    let (registry, cookie) = registry(&mut host);
    let patient = Visitor { expiry_s: Some(7200), ..visitor(&host) };
    assert!(registry.find(&present(&cookie), &patient).is_ok());
    host.place.clock.advance(Duration::from_secs(7100));
    registry.sweep();
    let hasty = Visitor { expiry_s: Some(60), ..visitor(&host) };
    assert!(registry.find(&present(&cookie), &hasty).is_ok());
    host.place.clock.advance(Duration::from_secs(7200));
    registry.sweep();
    assert_eq!((registry.len(), kept(&host)), (0, 0));
}
