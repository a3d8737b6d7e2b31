//! A data file of every schema version opens, is migrated, and is sound.
//!
//! `MAILSTEAD_KEEP_SCHEMA=1 cargo test --test it upgrade` writes the one of the present version to
//! tests/data/schema/vN, which is done once, before a release that brings a new version.

use crate::store::{assert_sound, message, save};
use mailstead::directory::{self, NewUser};
use mailstead::mapi::{PropertyName, PropertyTag};
use mailstead::store::{Entry, FILE_NAME, Kind, OpenOptions, Sharing, Special, Store, StoreError};
use mailstead::wire::{FileTime, Guid};
use std::fs;
use std::path::{Path, PathBuf};

const NOW: FileTime = FileTime(133_000_000_000_000_000);

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema")
}

fn open(dir: &Path) -> Result<Store, StoreError> {
    Store::open(dir, &OpenOptions { map_size_bytes: 64 << 20 })
}

/// One user, one folder, two messages: one with everything beside it.
fn sample(dir: &Path) -> Store {
    let store = open(dir).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.test", display_name: "Ann", password_hash: "", admin: true };
    let id = directory::create(&mut txn, "Mailstead", &new, NOW).unwrap().id;
    txn.create_named_id(id, &PropertyName::Lid { guid: Guid([1; 16]), lid: 0x8501 }).unwrap();
    save(&mut txn, id, Special::Inbox.counter(), &mut message("one", 5000, 2));
    save(&mut txn, id, Special::Inbox.counter(), &mut message("two", 10, 0));
    txn.commit().unwrap();
    store
}

#[test]
fn the_data_of_every_release_opens_migrates_and_is_sound() {
    let of_now = kept().join(format!("v{}", Store::schema_version()));
    if std::env::var_os("MAILSTEAD_KEEP_SCHEMA").is_some() {
        let dir = tempfile::tempdir().unwrap();
        let store = sample(dir.path());
        fs::create_dir_all(&of_now).unwrap();
        let mut out = fs::File::create(of_now.join(FILE_NAME)).unwrap();
        store.copy_to(&mut out, true).unwrap();
    }
    assert!(of_now.join(FILE_NAME).exists(), "no data file of this schema version is kept in {}", of_now.display());
    let mut seen = 0;
    for version in fs::read_dir(kept()).unwrap() {
        if usize::BITS != 64 {
            println!("SKIPPED: the files kept are of a 64-bit machine; LMDB's pages differ");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        fs::copy(version.unwrap().path().join(FILE_NAME), dir.path().join(FILE_NAME)).unwrap();
        let store = open(dir.path()).unwrap();
        assert_sound(&store);
        let mut txn = store.write().unwrap();
        let ann = directory::by_address(&txn, "ann@example.test").unwrap().unwrap();
        let inbox = Special::Inbox.counter();
        let ids = txn.message_ids(ann.id, inbox, Kind::Normal).unwrap();
        let subjects = ids.iter().map(|id| {
            let head = txn.message_head(ann.id, inbox, Kind::Normal, *id).unwrap().unwrap();
            head.properties.text(PropertyTag::PidTagNormalizedSubject.id()).unwrap().to_owned()
        });
        assert_eq!(subjects.collect::<Vec<_>>(), ["one", "two"]);
        save(&mut txn, ann.id, inbox, &mut message("three", 10, 0));
        txn.commit().unwrap();
        assert_sound(&store);
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn the_data_of_a_later_release_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let store = sample(dir.path());
    let later = Store::schema_version() + 1;
    let mut txn = store.write().unwrap();
    let (database, key) = ("meta", b"schema_version".as_slice());
    txn.put_entry(Entry { database, key, value: &later.to_le_bytes() }).unwrap();
    txn.commit().unwrap();
    drop(store);
    assert!(matches!(open(dir.path()), Err(StoreError::Version(found)) if found == later.into()));
    let file = dir.path().join(FILE_NAME);
    assert!(
        matches!(Store::open_read_only(&file, Sharing::Alone), Err(StoreError::Version(found)) if found == later.into())
    );
}

#[test]
fn what_is_no_data_file_is_called_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x");
    for bytes in [Vec::new(), b"hello".to_vec(), vec![0; 20_000], b"x".repeat(20_000)] {
        fs::write(&file, &bytes).unwrap();
        let opened = Store::open_read_only(&file, Sharing::Alone);
        assert!(opened.is_err(), "{} bytes", bytes.len());
        assert_eq!(fs::read(&file).unwrap(), bytes, "untouched");
    }
}
