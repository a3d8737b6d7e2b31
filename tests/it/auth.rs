//! Who gets in, what it costs, and whom failures slow down.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mailstead::auth::{Authenticator, Rejected, basic, password};
use mailstead::clock::Clock;
use mailstead::directory::User;
use mailstead::wire::{FileTime, Guid};
use proptest::prelude::*;
use smol::future::FutureExt as _;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn user(id: u32, address: &str, secret: &str) -> User {
    User {
        id,
        address: address.into(),
        display_name: "Ann".into(),
        legacy_dn: "/o=Mailstead/cn=ann".into(),
        password_hash: password::hash(secret).unwrap(),
        admin: false,
        disabled: false,
        object_guid: Guid::default(),
        mailbox_guid: Guid::default(),
        created: FileTime(0),
        session_expiry_s: None,
    }
}

/// One user `ann@example.test` under her three names, whom the test may change.
struct Household {
    users: Arc<Mutex<HashMap<String, User>>>,
    clock: Clock,
    auth: Authenticator,
}

impl Household {
    fn new(secret: &str) -> Self {
        let ann = user(1, "ann@example.test", secret);
        let names = ["ann@example.test", "EXAMPLE\\ann", "ann"];
        let users = Arc::new(Mutex::new(names.map(|name| (name.to_owned(), ann.clone())).into()));
        let clock = Clock::test(FileTime::from_unix(1_700_000_000));
        let found = Arc::clone(&users);
        let auth = Authenticator::new(clock.clone(), move |name| {
            if name == "broken" {
                return Err("the store is gone".into());
            }
            let users: std::sync::MutexGuard<'_, HashMap<String, User>> = found.lock().unwrap();
            Ok(users.get(name).cloned())
        });
        Self { users, clock, auth }
    }

    fn change(&self, change: impl Fn(&mut User)) {
        self.users.lock().unwrap().values_mut().for_each(change);
    }

    fn ask(&self, name_and_password: &[u8], from: &str) -> Result<u32, Rejected> {
        smol::block_on(self.auth.basic(Some(&header(name_and_password)), address(from))).map(|user| user.id)
    }
}

fn header(name_and_password: &[u8]) -> Vec<u8> {
    format!("Basic {}", BASE64_STANDARD.encode(name_and_password)).into_bytes()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

const HOME: &str = "192.0.2.1";

#[test]
fn the_header_is_read_as_windows_sends_it() {
    let read =
        |bytes: &[u8]| basic::parse(bytes).map(|all| all.into_iter().map(|one| (one.name, one.password)).collect());
    let one = |name: &str, password: &str| Ok(vec![(name.to_owned(), password.to_owned())]);
    // RFC 7617 section 2: the example of the specification.
    assert_eq!(read(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), one("Aladdin", "open sesame"));
    assert_eq!(read(b"bAsIc   QWxhZGRpbjpvcGVuIHNlc2FtZQ "), one("Aladdin", "open sesame"));
    // RFC 7617 section 2.1: "test" and "123£", in UTF-8; Windows-1252 would read two characters.
    let both = vec![("test".to_owned(), "123£".to_owned()), ("test".to_owned(), "123Â£".to_owned())];
    assert_eq!(read(b"Basic dGVzdDoxMjPCow=="), Ok(both));
    assert_eq!(read(&header(b"m\xfcller:gr\xfc\x80n")), one("müller", "grü€n"));
    assert_eq!(read(&header(b"D\\u:a:b:")), one("D\\u", "a:b:"));
    assert_eq!(read(&header(b"u:")), one("u", ""));
    for (bad, why) in [
        (b"".as_slice(), Rejected::OtherScheme),
        (b"Negotiate abcd", Rejected::OtherScheme),
        (b"Basicabcd", Rejected::OtherScheme),
        (b"Basic", Rejected::Malformed),
        (b"Basic !!!!", Rejected::Malformed),
        (b"Basic dGVzdA==", Rejected::Malformed),
    ] {
        assert_eq!(read(bad), Err::<Vec<(String, String)>, _>(why), "{}", bad.escape_ascii());
    }
    for bad in [b":p".as_slice(), b"a\nb:p", b"a:p\0", b"a\x9d:p"] {
        assert_eq!(read(&header(bad)), Err::<Vec<(String, String)>, _>(Rejected::Malformed));
    }
    assert_eq!(read(&header(&[b'a'; 5000])), Err::<Vec<(String, String)>, _>(Rejected::Malformed));
    assert!(!format!("{:?}", basic::parse(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap()).contains("sesame"));
}

proptest! {
    #[test]
    fn no_header_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = basic::parse(&bytes);
        let _ = basic::parse(&header(&bytes));
    }
}

#[test]
fn passwords_are_argon2id_strings() {
    let hash = password::hash("päss").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_ne!(hash, password::hash("päss").unwrap(), "every hash has its own salt");
    assert!(password::verify(&hash, "päss".as_bytes()).unwrap());
    assert!(!password::verify(&hash, b"pass").unwrap());
    assert!(!password::verify("", b"").unwrap() && !password::verify("*", b"*").unwrap());
    // Nobody's hash must cost what the others cost.
    assert!(password::NOBODY.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let parsed = argon2::password_hash::phc::PasswordHash::new(password::NOBODY).unwrap();
    assert_eq!(parsed.hash.unwrap().len(), 32);
    assert_eq!(parsed.to_string().len(), hash.len());
}

#[test]
fn a_verdict_is_kept_for_a_quarter_of_an_hour() {
    let house = Household::new("one");
    assert_eq!(smol::block_on(house.auth.basic(None, address(HOME))), Err(Rejected::NoCredentials));
    for name in ["ann@example.test", "EXAMPLE\\ann", "ann"] {
        assert_eq!(house.ask(format!("{name}:one").as_bytes(), HOME), Ok(1));
    }
    assert_eq!(house.ask(b"ann:one", "2001:db8::1"), Ok(1), "from anywhere");
    assert_eq!(house.auth.hashes(), 1);
    house.clock.advance(Duration::from_secs(899));
    assert_eq!((house.ask(b"ann:one", HOME), house.auth.hashes()), (Ok(1), 1));
    house.clock.advance(Duration::from_secs(1));
    assert_eq!((house.ask(b"ann:one", HOME), house.auth.hashes()), (Ok(1), 2));
    house.auth.forget(1);
    assert_eq!((house.ask(b"ann:one", HOME), house.auth.hashes()), (Ok(1), 3));
    // A new password takes effect at once, without anybody being told.
    house.change(|user| user.password_hash = password::hash("two").unwrap());
    assert_eq!(house.ask(b"ann:one", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.ask(b"ann:two", HOME), Ok(1));
    house.users.lock().unwrap().clear();
    assert_eq!(house.ask(b"ann:two", HOME), Err(Rejected::WrongCredentials));
}

#[test]
fn a_password_beyond_ascii_works_in_both_encodings() {
    let house = Household::new("gr\u{fc}n\u{20ac}");
    assert_eq!(house.ask("ann:grün€".as_bytes(), HOME), Ok(1));
    assert_eq!(house.auth.hashes(), 1);
    assert_eq!(house.ask(b"ann:gr\xfcn\x80", HOME), Ok(1), "WinHTTP in Western Europe");
    assert_eq!(house.auth.hashes(), 1, "it is the same password");
    // A wrong one costs both readings, known or unknown alike.
    assert_eq!(house.ask("ann:blau€".as_bytes(), HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.auth.hashes(), 3);
    assert_eq!(house.ask("bob:blau€".as_bytes(), HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.auth.hashes(), 5);
}

#[test]
fn an_unknown_account_costs_what_a_wrong_password_costs() {
    let house = Household::new("one");
    assert_eq!(house.ask(b"ann:wrong", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.auth.hashes(), 1);
    assert_eq!(house.ask(b"nobody:wrong", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.auth.hashes(), 2);
    assert_eq!(house.ask(b"broken:x", HOME), Err(Rejected::Unavailable));
    assert_eq!(house.auth.hashes(), 2);
}

#[test]
fn a_stale_password_repeated_is_one_failure() {
    let house = Household::new("one");
    for _ in 0..50 {
        assert_eq!(house.ask(b"ann:old", HOME), Err(Rejected::WrongCredentials));
    }
    assert_eq!(house.auth.hashes(), 1);
    assert_eq!(house.ask(b"ann:one", HOME), Ok(1), "and nobody waits for it");
    assert_eq!(house.ask(b"ann:old", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.auth.hashes(), 2);
    // What was wrong may become right.
    house.change(|user| user.password_hash = password::hash("old").unwrap());
    assert_eq!(house.ask(b"ann:old", HOME), Ok(1));
}

#[test]
fn guessing_is_slowed_down_where_it_happens_and_only_there() {
    let house = Household::new("one");
    for guess in 0..8 {
        assert_eq!(house.ask(format!("ann:{guess}").as_bytes(), HOME), Err(Rejected::WrongCredentials));
        house.clock.advance(Duration::from_secs(100));
    }
    assert_eq!(house.ask(b"ann:8", HOME), Err(Rejected::WrongCredentials));
    let hashes = house.auth.hashes();
    // Nine failures: 32 seconds to the next attempt, too long to hold a connection.
    let refused = house.ask(b"ann:9", HOME).unwrap_err();
    assert!(matches!(refused, Rejected::TooManyFailures(wait) if wait == Duration::from_secs(32)), "{refused:?}");
    assert_eq!(refused.retry_after_s(), Some(33));
    assert_eq!(Rejected::WrongCredentials.retry_after_s(), None);
    assert!(matches!(house.ask(b"EXAMPLE\\ann:9", HOME), Err(Rejected::TooManyFailures(_))), "under any name");
    assert_eq!(house.auth.hashes(), hashes, "and nothing is computed meanwhile");
    // The same address may try another account, another address this one, at once.
    assert_eq!(house.ask(b"bob:1", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.ask(b"ann:one", "192.0.2.2"), Ok(1));
    // The verdict being known, the right password passes the throttle even here.
    assert_eq!(house.ask(b"ann:one", HOME), Ok(1));
    // A peaceful hour, and all is forgotten.
    house.clock.advance(Duration::from_secs(3700));
    assert_eq!(house.ask(b"ann:10", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.ask(b"ann:11", HOME), Err(Rejected::WrongCredentials));
}

#[test]
fn a_short_delay_is_waited_out() {
    let house = Household::new("one");
    for guess in 0..4 {
        let _ = house.ask(format!("ann:{guess}").as_bytes(), HOME);
    }
    let asked = std::time::Instant::now();
    assert_eq!(house.ask(b"ann:one", HOME), Ok(1));
    assert!(asked.elapsed() >= Duration::from_millis(990), "{:?}", asked.elapsed());
}

#[test]
fn one_network_of_ipv6_is_one_address() {
    let house = Household::new("one");
    for guess in 0..9 {
        let from = format!("2001:db8:0:1::{guess}");
        assert_eq!(house.ask(format!("ann:{guess}").as_bytes(), &from), Err(Rejected::WrongCredentials));
        house.clock.advance(Duration::from_secs(if guess < 8 { 100 } else { 0 }));
    }
    assert!(matches!(house.ask(b"ann:x", "2001:db8:0:1:ffff::"), Err(Rejected::TooManyFailures(_))));
    assert_eq!(house.ask(b"ann:one", "2001:db8:0:2::"), Ok(1));
}

#[test]
fn a_thousand_names_do_not_buy_a_thousand_beginnings() {
    let house = Household::new("one");
    for name in 0..60 {
        let _ = house.ask(format!("nobody{name}:x{name}").as_bytes(), HOME);
        house.clock.advance(Duration::from_secs(70));
    }
    house.clock.advance(Duration::ZERO);
    let _ = house.ask(b"nobody-a:x", HOME);
    assert!(matches!(house.ask(b"nobody-b:x", HOME), Err(Rejected::TooManyFailures(_))));
    // The person at the same address does not notice.
    assert_eq!(house.ask(b"ann:typo", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.ask(b"ann:one", HOME), Ok(1));
}

#[test]
fn connections_opened_at_once_share_one_hash() {
    let house = Household::new("one");
    let ask = header(b"ann:one");
    smol::block_on(async {
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let (auth, ask) = (house.auth.clone(), ask.clone());
                smol::spawn(async move { auth.basic(Some(&ask), address(HOME)).await.map(|user| user.id) })
            })
            .collect();
        for answer in asked {
            assert_eq!(answer.await, Ok(1));
        }
    });
    // No address has more than its share of the hashes that may run at once.
    assert!(house.auth.hashes() <= 2, "{}", house.auth.hashes());
}

#[test]
fn a_flood_from_one_address_leaves_room_for_another() {
    let house = Household::new("one");
    smol::block_on(async {
        let flood: Vec<_> = (0..60)
            .map(|guess| {
                let (auth, ask) = (house.auth.clone(), header(format!("ann:{guess}").as_bytes()));
                smol::spawn(async move { auth.basic(Some(&ask), address("203.0.113.7")).await.map(|user| user.id) })
            })
            .collect();
        smol::Timer::after(Duration::from_millis(20)).await;
        let begun = std::time::Instant::now();
        let answer = house.auth.basic(Some(&header(b"ann:one")), address(HOME)).await.map(|user| user.id);
        assert_eq!(answer, Ok(1));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        let mut turned_away = 0;
        for answer in flood {
            let in_time = async { Some(answer.await) }.or(async {
                smol::Timer::after(Duration::from_secs(5)).await;
                None
            });
            turned_away += usize::from(matches!(in_time.await, Some(Err(Rejected::Busy))));
        }
        assert!(turned_away > 30, "{turned_away}");
    });
}

#[test]
fn a_disabled_account_gets_in_again_when_it_is_enabled() {
    let house = Household::new("one");
    assert_eq!(house.ask(b"ann:one", HOME), Ok(1));
    house.change(|user| user.disabled = true);
    assert_eq!(house.ask(b"ann:one", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.ask(b"ann:one", HOME), Err(Rejected::WrongCredentials));
    assert_eq!(house.auth.hashes(), 2);
    house.change(|user| user.disabled = false);
    assert_eq!(house.ask(b"ann:one", HOME), Ok(1));
}

#[test]
fn a_failure_is_one_line_with_the_address_and_the_escaped_name() {
    crate::logged::begin();
    let house = Household::new("one");
    let about = |what: &str| -> Vec<String> {
        let lines = crate::logged::lines_with(what);
        lines.into_iter().map(|line| line.replace(" mailstead::auth", "")).collect()
    };
    let _ = house.ask("evil\u{202e}\"name:s3cret".as_bytes(), "198.51.100.77");
    let lines = about("198.51.100.77");
    assert_eq!(
        lines,
        [r#"WARN authentication failed: address=198.51.100.77 account="evil\u{202e}\"name" reason=unknown account"#]
    );
    let _ = house.ask(b"ann@example.test:s3cret", "198.51.100.78");
    let _ = house.ask(b"ann@example.test:s3cret", "198.51.100.78");
    let lines = about("198.51.100.78");
    assert_eq!(lines.len(), 2);
    assert_eq!(
        lines[0],
        r#"WARN authentication failed: address=198.51.100.78 account="ann@example.test" reason=wrong password"#
    );
    assert!(lines[1].starts_with("INFO ") && lines[1].ends_with("reason=the same as before"));
    assert!(about("s3cret").is_empty());
}
