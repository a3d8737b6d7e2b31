//! A password for each device: shown once, works at once, is gone at once.

use crate::cli::{Home, fails};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mailstead::auth::{Authenticator, Rejected, app_password, password};
use mailstead::clock::Clock;
use mailstead::directory::{self, NewUser};
use mailstead::store::{AppPassword, Entry, OpenOptions, Store};
use mailstead::wire::FileTime;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn header(name: &str, password: &str) -> Vec<u8> {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}"))).into_bytes()
}

#[test]
fn they_are_ascii_and_never_the_same() {
    let (first, digest) = app_password::new();
    assert_ne!(first, app_password::new().0);
    assert_eq!(first.len(), 24);
    assert!(first.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{first}");
    for typed in [first.clone(), first.replace('-', ""), first.replace('-', " "), first.to_uppercase()] {
        assert_eq!(app_password::typed(&typed), Some(digest), "{typed}");
    }
    for other in ["", "one", &first[1..], &format!("{first}a"), &first.replace('-', "_"), "l1o0-l1o0-l1o0-l1o0-l1o0"] {
        assert_eq!(app_password::typed(other), None, "{other}");
    }
}

/// It costs no hash, is asked for with every request, and does not open a disabled account.
#[test]
fn one_opens_the_account_until_it_is_revoked() {
    let mut user = crate::edge::ann_with(&password::hash("one").unwrap());
    let (shown, digest) = app_password::new();
    let valid = Arc::new(AtomicBool::new(true));
    let account = Arc::new(Mutex::new(user.clone()));
    let (is_valid, users) = (Arc::clone(&valid), Arc::clone(&account));
    let auth = Authenticator::with_app_passwords(
        Clock::test(FileTime(1)),
        move |_| Ok(Some(users.lock().unwrap().clone())),
        move |id, tried| Ok(id == 1 && *tried == digest && is_valid.load(Ordering::SeqCst)),
    );
    let ask = |password: &str| smol::block_on(auth.basic(Some(&header("ann", password)), PEER)).map(|user| user.id);
    assert_eq!((ask(&shown), auth.hashes()), (Ok(1), 0));
    assert_eq!((ask("one"), auth.hashes()), (Ok(1), 1), "the own password works still");
    user.disabled = true;
    *account.lock().unwrap() = user.clone();
    assert_eq!(ask(&shown), Err(Rejected::WrongCredentials));
    user.disabled = false;
    *account.lock().unwrap() = user;
    assert_eq!(ask(&shown), Ok(1));
    valid.store(false, Ordering::SeqCst);
    assert_eq!(ask(&shown), Err(Rejected::WrongCredentials));
    let hashes = auth.hashes();
    assert_eq!((ask(&shown), auth.hashes()), (Err(Rejected::WrongCredentials), hashes), "repeated: one failure");
}

#[test]
fn they_are_made_listed_and_revoked() {
    let home = Home::with_ann();
    let run = |line: &str| home.run(&format!("--config t.toml user app-password {line}"));
    let shown = run("add ann@example.test desk-pc").out.trim().to_owned();
    assert!(app_password::typed(&shown).is_some(), "{shown}");
    fails(&run("add ann@example.test DESK-PC"), 1, "has an app password for DESK-PC already", "revoke");
    assert_eq!(run("add ann@example.test laptop").status, 0);
    let list = run("list ann@example.test").out;
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("desk-pc  made 20") && lines[0].ends_with("never used"), "{list}");
    assert!(!list.contains(&shown));
    let bytes = std::fs::read(home.path("t/mailstead.mdb")).unwrap();
    for secret in [shown.clone(), shown.replace('-', "")] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "it is nowhere on the disk");
    }
    let revoked = "revoked the app password of ann@example.test for laptop\n";
    assert_eq!(run("revoke ann@example.test laptop").out, revoked);
    fails(&run("revoke ann@example.test laptop"), 1, "no app password for laptop", "list");
    assert_eq!(run("list ann@example.test").out.lines().count(), 1);
    fails(&run("list bob@example.test"), 1, "there is no user", "user list");
}

#[test]
fn they_go_with_their_user_and_damage_is_mended() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path(), &OpenOptions::default()).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.org", display_name: "Ann", password_hash: "", admin: false };
    let ann = directory::create(&mut txn, "Mailstead", &new, FileTime(1)).unwrap().id;
    let made = AppPassword { name: "pc".into(), created: FileTime(5), used: None };
    txn.put_app_password(ann, &[7; 32], &made).unwrap();
    assert_eq!(txn.app_password(ann, &[7; 32]).unwrap(), Some(made.clone()));
    assert_eq!(txn.app_password(ann, &[8; 32]).unwrap(), None);
    assert_eq!(txn.check().unwrap(), []);
    let key = |user: u8, digest: u8| [b"k\0\0\0".as_slice(), &[user], &[digest; 32]].concat();
    txn.put_entry(Entry { database: "directory", key: &key(1, 9), value: b"?" }).unwrap();
    txn.put_entry(Entry { database: "directory", key: &key(9, 1), value: b"?" }).unwrap();
    assert_eq!(txn.check().unwrap().len(), 2);
    txn.repair(FileTime(2)).unwrap();
    assert_eq!((txn.check().unwrap(), txn.app_passwords(ann).unwrap()), (vec![], vec![([7; 32], made)]));
    directory::remove(&mut txn, ann).unwrap();
    assert_eq!(txn.app_passwords(ann).unwrap(), []);
}
