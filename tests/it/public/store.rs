//! What of the public store lies in the data file: damage is found and mended, users go with what they
//! have read, the rest comes through a dump.

use super::{Hall, on};
use crate::client::{NOW, Place};
use crate::store::{assert_sound, message, save};
use mailstead::archive;
use mailstead::directory;
use mailstead::store::{Entry, Kind, Location, OpenOptions, PUBLIC_STORE, Store};

/// Changes a key and a value; false if it is none that it would change.
type Damage = fn(&mut Vec<u8>, &mut Vec<u8>) -> bool;

/// As keys have it.
fn number(n: u32) -> [u8; 4] {
    let mut bytes = n.to_le_bytes();
    bytes.reverse();
    bytes
}

fn open(dir: &std::path::Path) -> Store {
    Store::open(dir, &OpenOptions { map_size_bytes: 64 << 20 }).unwrap()
}

/// What is in the database of who has read what.
fn reads(store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let each = &mut |entry: Entry<'_>| {
        if entry.database == "reads" {
            found.push((entry.key.to_vec(), entry.value.to_vec()));
        }
        Ok(())
    };
    store.read().unwrap().entries(each).unwrap();
    found
}

/// Ten posts, of which Ann has read every second one and Bob all.
fn filled() -> (Hall, Vec<u64>) {
    let hall = Hall::new();
    let folder = hall.folder.counter();
    let mut txn = hall.place.store.write().unwrap();
    let ids: Vec<u64> =
        (0..10).map(|n| save(&mut txn, PUBLIC_STORE, folder, &mut message(&format!("{n}"), 10, 0))).collect();
    let at = Location { folder, kind: Kind::Normal };
    for (n, id) in ids.iter().enumerate() {
        for (user, reads) in [(hall.place.ann.id, n % 2 == 0), (hall.place.bob.id, true)] {
            txn.set_reader(user);
            let mut owner = txn.mailbox(PUBLIC_STORE).unwrap();
            let mut head = txn.message_head(PUBLIC_STORE, folder, Kind::Normal, *id).unwrap().unwrap();
            head.read = reads;
            head.read_change_number = owner.take_change().unwrap();
            txn.put_mailbox(PUBLIC_STORE, &owner).unwrap();
            txn.update_head(PUBLIC_STORE, at, *id, &head, NOW).unwrap();
        }
    }
    txn.commit().unwrap();
    (hall, ids)
}

fn unread(store: &Store, folder: u64, user: u32) -> u32 {
    let mut txn = store.read().unwrap();
    txn.set_reader(user);
    txn.folder(PUBLIC_STORE, folder).unwrap().unwrap().content_unread_count
}

#[test]
fn what_users_have_read_is_kept_compactly() {
    let (hall, _) = filled();
    assert_sound(&hall.place.store);
    let folder = hall.folder.counter();
    assert_eq!(unread(&hall.place.store, folder, hall.place.ann.id), 5);
    assert_eq!(unread(&hall.place.store, folder, hall.place.bob.id), 0);
    assert_eq!(unread(&hall.place.store, folder, 0), 10, "nobody has read anything");
    let ranges = |user: u32| {
        let own = |key: &[u8]| key[12..16] == number(user) && key[16] == 1;
        reads(&hall.place.store).iter().filter(|(key, _)| own(key)).count()
    };
    assert_eq!(ranges(hall.place.bob.id), 1, "who has read all has one range");
    assert_eq!(ranges(hall.place.ann.id), 5);
}

#[test]
fn damage_of_what_was_read_is_found_and_mended() {
    let damages: [Damage; 5] = [
        // A count that is wrong; a range that ends before it begins, or reaches into the next; a key that
        // is none; a user who does not exist.
        |key, value| key[16] == 0 && std::mem::replace(&mut value[7], 9) != 9,
        |key, value| key[16] == 1 && std::mem::replace(&mut value[7], 0) != 0,
        |key, value| key[16] == 1 && std::mem::replace(&mut value[0], 1) != 1,
        |key, _| key[16] == 2 && std::mem::replace(&mut key[16], 7) != 7,
        |key, _| key[16] == 1 && std::mem::replace(&mut key[13], 7) != 7,
    ];
    for (n, damage) in damages.iter().enumerate() {
        let (hall, _) = filled();
        let store = &hall.place.store;
        let mut entries = reads(store).into_iter();
        let (old, key, value) = entries
            .find_map(|(key, value)| {
                let (mut new, mut other) = (key.clone(), value);
                damage(&mut new, &mut other).then_some((key, new, other))
            })
            .unwrap();
        let mut txn = store.write().unwrap();
        txn.remove_entry("reads", &old).unwrap();
        txn.put_entry(Entry { database: "reads", key: &key, value: &value }).unwrap();
        txn.commit().unwrap();
        let found = store.read().unwrap().check().unwrap();
        assert!(found.iter().any(|violation| violation.mailbox == Some(PUBLIC_STORE)), "damage {n}: {found:?}");
        let mut txn = store.write().unwrap();
        let repairs = txn.repair(NOW).unwrap();
        txn.commit().unwrap();
        assert!(!repairs.lines.is_empty());
        assert_sound(store);
    }
}

/// A public store that lost its names gets some again; one that lost built-in folders gets those.
#[test]
fn damage_of_the_public_store_itself_is_mended() {
    let (hall, _) = filled();
    let store = &hall.place.store;
    let mut txn = store.write().unwrap();
    let key = [b"p".as_slice(), &number(PUBLIC_STORE)].concat();
    assert!(txn.remove_entry("directory", &key).unwrap());
    let forms = [&number(PUBLIC_STORE)[..], &[0; 7], &[0x24]].concat();
    assert!(txn.remove_entry("folders", &forms).unwrap());
    txn.commit().unwrap();
    assert!(!store.read().unwrap().check().unwrap().is_empty());
    let mut txn = store.write().unwrap();
    println!("{:#?}", txn.repair(NOW).unwrap());
    txn.commit().unwrap();
    assert_sound(store);
    assert!(directory::public_store(&store.read().unwrap()).unwrap().is_none(), "off until somebody says so");
    on(&hall.place);
    assert_eq!(unread(store, hall.folder.counter(), hall.place.ann.id), 5);
}

#[test]
fn a_user_who_goes_takes_along_what_was_read() {
    let (hall, _) = filled();
    let store = &hall.place.store;
    let mut txn = store.write().unwrap();
    directory::remove(&mut txn, hall.place.bob.id).unwrap();
    txn.commit().unwrap();
    assert_sound(store);
    assert!(reads(store).iter().all(|(key, _)| key[12..16] == number(hall.place.ann.id)));
}

#[test]
fn a_folder_that_goes_takes_along_what_was_read() {
    for hard in [true, false] {
        let (hall, _) = filled();
        let store = &hall.place.store;
        let mut txn = store.write().unwrap();
        let depth = mailstead::store::DeleteDepth { messages: true, folders: true };
        let folder = hall.folder.counter();
        match hard {
            true => txn.delete_folder(PUBLIC_STORE, folder, depth, NOW).unwrap(),
            false => txn.soft_delete_folder(PUBLIC_STORE, folder, depth, NOW).unwrap(),
        };
        txn.commit().unwrap();
        assert_sound(store);
        assert_eq!(reads(store), []);
    }
}

#[test]
fn a_dump_has_the_public_store_too() {
    let (hall, _) = filled();
    let (mut dump, progress) = (Vec::new(), &mut |_| ());
    archive::dump(&hall.place.store, &mut dump, &[], NOW, progress).unwrap();
    let dir = tempfile::tempdir().unwrap();
    archive::load(&open(dir.path()), &mut dump.as_slice(), &mut |_| ()).unwrap();
    let loaded = open(dir.path());
    assert_sound(&loaded);
    assert_eq!(reads(&loaded), reads(&hall.place.store));
    assert_eq!(unread(&loaded, hall.folder.counter(), hall.place.ann.id), 5);
}

/// A place without a public store has no record of one.
#[test]
fn nothing_is_made_before_it_is_asked_for() {
    let place = Place::new();
    let mut found = 0;
    let each = &mut |entry: Entry<'_>| {
        found += usize::from(entry.database != "meta" && entry.key.starts_with(&number(PUBLIC_STORE)));
        Ok(())
    };
    place.store.read().unwrap().entries(each).unwrap();
    assert_eq!(found, 0);
}
