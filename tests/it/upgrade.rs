//! A data file of every schema version opens, is migrated, and is sound.
//!
//! `MAILSTEAD_KEEP_SCHEMA=1 cargo test --test it upgrade` writes the one of the present version to
//! tests/data/schema/vN, which is done once, before a release that brings a new version.

use crate::crash::{Server, session, set_up};
use crate::store::{assert_sound, message, save};
use mailstead::archive;
use mailstead::directory::{self, NewUser};
use mailstead::mapi::{LongTermId, ObjectId, PropertyName, PropertyTag, Restriction};
use mailstead::store::{
    AppPassword, Criteria, DeleteDepth, Entry, EntryKind, FILE_NAME, FolderKind, Kind, MapiHttp, NewFolder,
    OpenOptions, PUBLIC_STORE, PerUser, Permissions, Rights, Sharing, Special, Store, StoreError, Txn,
};
use mailstead::wire::{FileTime, Guid};
use smol::block_on;
use std::collections::BTreeMap;
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

/// What a household has after some weeks: something in every database, a session that rests included.
fn household(home: &Path) {
    set_up(home);
    let data = home.join("t");
    let store = open(&data).unwrap();
    let mut txn = store.write().unwrap();
    let user = |txn: &Txn<'_>, address| directory::by_address(txn, address).unwrap().unwrap();
    let (ann, bob) = (user(&txn, "ann@example.test"), user(&txn, "bob@example.test"));
    let inbox = Special::Inbox.counter();
    txn.create_named_id(ann.id, &PropertyName::Lid { guid: Guid([1; 16]), lid: 0x8501 }).unwrap();
    save(&mut txn, ann.id, inbox, &mut message("one", 5000, 2));
    save(&mut txn, ann.id, inbox, &mut message("two", 10, 0));
    let gone = save(&mut txn, ann.id, inbox, &mut message("gone for good", 10, 0));
    txn.delete_message(ann.id, inbox, Kind::Normal, gone, NOW).unwrap();
    let hidden = save(&mut txn, ann.id, inbox, &mut message("can be recovered", 10, 0));
    txn.soft_delete_message(ann.id, inbox, Kind::Normal, hidden, NOW).unwrap();
    let new = |name, kind| NewFolder { name, comment: "", kind };
    let folder = txn.create_folder(ann.id, inbox, &new("Recoverable", FolderKind::Generic), NOW).unwrap();
    txn.soft_delete_folder(ann.id, folder, DeleteDepth { messages: true, folders: true }, NOW).unwrap();
    let found = txn.create_folder(ann.id, Special::Finder.counter(), &new("Found", FolderKind::Search), NOW).unwrap();
    let criteria = Criteria {
        restriction: Restriction::Exist { property_tag: PropertyTag::PidTagNormalizedSubject },
        folders: vec![inbox],
        recursive: false,
        is_static: false,
    };
    txn.set_search(ann.id, found, &criteria, true, NOW).unwrap();
    let other = Guid([2; 16]);
    txn.create_replica(ann.id, other).unwrap();
    let row = PerUser { repl_guid: other, data: vec![1, 2, 3], written: NOW };
    assert!(txn.put_per_user(ann.id, &LongTermId::new(other, ObjectId::own(7)), &row).unwrap());
    let phone = AppPassword { name: "phone".into(), created: NOW, used: None };
    txn.put_app_password(ann.id, &[3; 32], &phone).unwrap();
    txn.put_organization_mapi_http(MapiHttp::On).unwrap();
    let group =
        directory::create_listed(&mut txn, "Mailstead", EntryKind::Group, "family@example.test", "Family").unwrap();
    directory::create_listed(&mut txn, "Mailstead", EntryKind::Contact, "uncle@else.test", "Uncle").unwrap();
    let mut family = directory::listing(&txn, group).unwrap().unwrap();
    family.facts.members = [ann.id, bob.id].into_iter().collect();
    directory::update_listing(&mut txn, &family).unwrap();
    let mut facts = directory::listing(&txn, ann.id).unwrap().unwrap();
    facts.facts.aliases.push("annie@example.test".into());
    facts.facts.texts = [(PropertyTag::PidTagTitle.id(), "Boss".to_owned())].into_iter().collect();
    directory::update_listing(&mut txn, &facts).unwrap();
    let list = Permissions { members: [(bob.id, Rights::READ_ANY)].into_iter().collect(), ..Permissions::default() };
    txn.put_permissions(ann.id, inbox, &list).unwrap();
    // A post that Ann has read, and Bob has not.
    directory::set_public_store(&mut txn, "Mailstead", Some("public-folders@example.test"), NOW).unwrap();
    let posts = txn
        .create_folder(PUBLIC_STORE, Special::IpmSubtree.counter(), &new("Posts", FolderKind::Generic), NOW)
        .unwrap();
    txn.set_reader(ann.id);
    let mut post = message("post", 10, 0);
    post.head.read = true;
    save(&mut txn, PUBLIC_STORE, posts, &mut post);
    txn.commit().unwrap();
    drop(store);
    // And a server that was stopped while Ann wrote a letter.
    let mut server = Server::start(home);
    let (mut outlook, logon) = session(&server.url, &ann).unwrap();
    let draft = block_on(outlook.create_message(logon.handle, logon.inbox())).unwrap();
    block_on(outlook.write_stream(draft, PropertyTag::PidTagBody, &vec![b'd'; 100_000])).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&server.child), rustix::process::Signal::TERM)
        .unwrap();
    assert!(server.child.wait().unwrap().success());
    // An attachment that was on its way.
    let store = open(&data).unwrap();
    let mut txn = store.write().unwrap();
    let blob = txn.stage_blob(ann.id, PropertyTag::PidTagAttachDataBinary.property_type(), NOW).unwrap();
    txn.write_blob(ann.id, blob, 0, &[4; 1000]).unwrap();
    txn.commit().unwrap();
}

/// The names in the table of the schema.
fn databases() -> impl Iterator<Item = &'static str> {
    let (_, table) = include_str!("../../src/store/schema.rs").split_once("\ndatabases! {\n").unwrap();
    table.lines().filter_map(|line| line.trim().strip_suffix(';'))
}

/// How many records each database has.
fn counts(store: &Store) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let count = &mut |entry: Entry<'_>| {
        *counts.entry(entry.database).or_insert(0) += 1;
        Ok(())
    };
    store.read().unwrap().entries(count).unwrap();
    counts
}

/// Everything that [`household`] left, by what people would miss.
fn assert_nothing_is_missing(store: &Store) {
    let mut txn = store.write().unwrap();
    let ann = directory::by_address(&txn, "ann@example.test").unwrap().unwrap();
    let inbox = Special::Inbox.counter();
    let subjects = |txn: &Txn<'_>, folder, kind| -> Vec<String> {
        let ids = txn.message_ids(ann.id, folder, kind).unwrap();
        let subject = |id| {
            let head = txn.message_head(ann.id, inbox, kind, id).unwrap().unwrap();
            head.properties.text(PropertyTag::PidTagNormalizedSubject.id()).unwrap().to_owned()
        };
        ids.into_iter().map(subject).collect()
    };
    assert_eq!(subjects(&txn, inbox, Kind::Normal), ["one", "two"]);
    assert_eq!(subjects(&txn, inbox, Kind::Deleted), ["can be recovered"]);
    assert_eq!(txn.deleted_subfolders(ann.id, inbox).unwrap().len(), 1);
    let found = txn.subfolder_named(ann.id, Special::Finder.counter(), "Found").unwrap().unwrap();
    assert_eq!(txn.folder(ann.id, found).unwrap().unwrap().content_count, 2);
    assert_eq!(txn.named_all(ann.id).unwrap().len(), 1);
    assert_eq!(txn.replicas(ann.id).unwrap().len(), 1);
    assert_eq!(txn.app_passwords(ann.id).unwrap()[0].1.name, "phone");
    let by = |address| directory::listing_by_address(&txn, address).unwrap().unwrap();
    assert_eq!(directory::expand(&txn, by("family@example.test").id).unwrap().len(), 2);
    assert_eq!(by("annie@example.test").facts.texts.values().collect::<Vec<_>>(), ["Boss"]);
    assert_eq!(by("uncle@else.test").display_name, "Uncle");
    let posts = txn.subfolder_named(PUBLIC_STORE, Special::IpmSubtree.counter(), "posts").unwrap().unwrap();
    let bob = directory::by_address(&txn, "bob@example.test").unwrap().unwrap();
    for (user, unread) in [(ann.id, 0), (bob.id, 1)] {
        txn.set_reader(user);
        assert_eq!(txn.folder(PUBLIC_STORE, posts).unwrap().unwrap().content_unread_count, unread);
    }
    assert!(txn.permissions(ann.id, inbox).unwrap().members.contains_key(&bob.id));
    // What a session left unsaved: nobody's in another place, and swept away.
    assert_eq!(txn.check().unwrap(), []);
    save(&mut txn, ann.id, inbox, &mut message("three", 10, 0));
    assert_eq!(txn.folder(ann.id, found).unwrap().unwrap().content_count, 3, "the search goes on");
    txn.commit().unwrap();
    assert_eq!(store.sweep_staged(FileTime(u64::MAX)).unwrap(), 1);
    assert_sound(store);
}

#[test]
fn the_data_of_every_release_opens_migrates_and_is_sound() {
    let of_now = kept().join(format!("v{}", Store::schema_version()));
    if std::env::var_os("MAILSTEAD_KEEP_SCHEMA").is_some() {
        let home = tempfile::tempdir().unwrap();
        household(home.path());
        let store = open(&home.path().join("t")).unwrap();
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
        let version = version.unwrap().path();
        let dir = tempfile::tempdir().unwrap();
        fs::copy(version.join(FILE_NAME), dir.path().join(FILE_NAME)).unwrap();
        let store = open(dir.path()).unwrap();
        assert_sound(&store);
        if version == of_now {
            let counts = counts(&store);
            let empty: Vec<_> = databases().filter(|name| !counts.contains_key(name)).collect();
            // A search that is done has nothing to do.
            assert_eq!(empty, ["searching"], "the file has something of everything: {counts:?}");
        }
        assert_nothing_is_missing(&store);
        // And the same by way of a dump, which knows no pages.
        let (mut dump, progress) = (Vec::new(), &mut |_| ());
        archive::dump(&store, &mut dump, &[], NOW, progress).unwrap();
        let loaded = tempfile::tempdir().unwrap();
        archive::load(&open(loaded.path()).unwrap(), &mut dump.as_slice(), &mut |_| ()).unwrap();
        let loaded = open(loaded.path()).unwrap();
        assert_sound(&loaded);
        assert_eq!(counts(&loaded), counts(&store));
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
