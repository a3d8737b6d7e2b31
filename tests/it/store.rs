//! The store: a model test, the cost of what it does, the bytes of its records.

use mailstead::directory::{self, NewUser};
use mailstead::mapi::{PropertyTag, Value};
use mailstead::store::{
    Attachment, DeleteDepth, FolderKind, IndexOrder, Kind, List, Location, Message, NewFolder, OpenOptions, Recipient,
    Special, Store, StoreError, Stored, Txn,
};
use mailstead::wire::FileTime;
use std::collections::BTreeMap;

const NOW: FileTime = FileTime(133_000_000_000_000_000);

/// A store in a directory of its own, with one user.
pub(crate) fn store_with_user() -> (tempfile::TempDir, Store, u32) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &OpenOptions { map_size_bytes: 1 << 30 }).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.test", display_name: "Ann", password_hash: "", admin: false };
    let id = directory::create(&mut txn, "Mailstead", &new, NOW).unwrap().id;
    txn.commit().unwrap();
    (dir, store, id)
}

/// xorshift64*: a test's own numbers, the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn from_env(what: &str) -> Self {
        let given = std::env::var("MAILSTEAD_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from_le_bytes(mailstead::random::bytes()) | 1);
        println!("{what}: MAILSTEAD_SEED={seed}");
        Self(seed)
    }
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % n
    }
}

pub(crate) fn message(subject: &str, body_len: usize, attachments: usize) -> Message {
    let mut message = Message::default();
    let bag = &mut message.head.properties;
    bag.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(subject.into()));
    bag.set(PropertyTag::PidTagBody.id(), Value::String("b".repeat(body_len)));
    for n in 0..attachments {
        let mut attachment = Attachment::default();
        attachment.properties.set(PropertyTag::PidTagAttachDataBinary.id(), Value::Binary(vec![7; body_len * 3]));
        if n == 1 {
            attachment.embedded = Some(Box::new(self::message("inner", body_len * 2, 0)));
        }
        message.attachments.insert(u32::try_from(n).unwrap(), attachment);
    }
    let name = (PropertyTag::PidTagDisplayName.id(), Value::String("To Me".into()));
    let properties = [name].into_iter().collect();
    message.recipients.push(Recipient { row_id: 0, recipient_type: 1, flags: 0, properties });
    message
}

pub(crate) fn save(txn: &mut Txn<'_>, mailbox: u32, folder: u64, message: &mut Message) -> u64 {
    let mut owner = txn.mailbox(mailbox).unwrap();
    let id = owner.take_id().unwrap();
    message.head.change_number = owner.take_change().unwrap();
    let at = Location { folder, kind: Kind::Normal };
    txn.save_message(mailbox, &mut owner, at, id, message, NOW).unwrap();
    id
}

pub(crate) fn assert_sound(store: &Store) {
    let violations = store.read().unwrap().check().unwrap();
    assert!(violations.is_empty(), "the store is damaged: {violations:#?}");
}

/// What the test believes is in the mailbox: folder → message → (subject, read).
type Model = BTreeMap<u64, BTreeMap<u64, (String, bool)>>;
/// Softly deleted folders with what was deleted with each.
type Graves = BTreeMap<u64, Model>;

/// Softly deleted folders come back or go for good.
fn step_among_graves(
    txn: &mut Txn<'_>,
    mailbox: u32,
    (model, graves): (&mut Model, &mut Graves),
    random: &mut Random,
    now: FileTime,
) {
    match (random.below(5), graves.pop_first()) {
        // Its own parent may have been deleted for good, and it with that.
        (_, Some((top, _))) if txn.any_folder(mailbox, top).unwrap().is_none() => {}
        (0 | 1, Some((top, back))) => {
            let parents: Vec<u64> = model.keys().copied().collect();
            let parent = parents[random.below(parents.len())];
            txn.restore_folder(mailbox, top, parent, &format!("restored {}", now.0), now).unwrap();
            // The messages have new identifiers.
            for (folder, messages) in back {
                let ids = txn.message_ids(mailbox, folder, Kind::Normal).unwrap();
                assert_eq!(ids.len(), messages.len());
                model.insert(folder, ids.into_iter().zip(messages.into_values()).collect());
            }
        }
        (2, Some((top, _))) => txn.purge_folder(mailbox, top, now).unwrap(),
        (3, grave) => {
            graves.extend(grave);
            txn.purge_deleted(mailbox, now, 3, now).unwrap();
            graves.retain(|top, grave| {
                // A part of what was deleted at once may be left.
                let whole = grave.iter().all(|(folder, messages)| {
                    let left = txn.message_ids(mailbox, *folder, Kind::Deleted).unwrap();
                    txn.any_folder(mailbox, *folder).unwrap().is_some() && messages.keys().all(|id| left.contains(id))
                });
                if !whole && txn.any_folder(mailbox, *top).unwrap().is_some() {
                    txn.purge_folder(mailbox, *top, now).unwrap();
                }
                whole
            });
        }
        (_, grave) => graves.extend(grave),
    }
}

fn step(txn: &mut Txn<'_>, mailbox: u32, (model, graves): (&mut Model, &mut Graves), random: &mut Random, n: usize) {
    // Deletions have times of their own, as they do in life.
    let now = FileTime(NOW.0 + u64::try_from(n).unwrap());
    if random.below(8) == 0 {
        return step_among_graves(txn, mailbox, (model, graves), random, now);
    }
    let folders: Vec<u64> = model.keys().copied().collect();
    let folder = folders[random.below(folders.len())];
    let messages: Vec<u64> = model[&folder].keys().copied().collect();
    let picked = (!messages.is_empty()).then(|| messages[random.below(messages.len().max(1))]);
    let at = Location { folder, kind: Kind::Normal };
    match (random.below(11), picked) {
        (0, _) => {
            let name = format!("f{}", random.below(40));
            let new = NewFolder { name: &name, comment: "", kind: FolderKind::Generic };
            match txn.create_folder(mailbox, folder, &new, NOW) {
                Ok(id) => drop(model.insert(id, BTreeMap::new())),
                Err(StoreError::Exists) => {}
                Err(e) => panic!("{e}"),
            }
        }
        (1, _) if folder >= 0x100 => {
            let gone: Vec<u64> = txn.subtree(mailbox, folder).unwrap().into_iter().chain([folder]).collect();
            let all = DeleteDepth { messages: true, folders: true };
            let dead: Model = gone.iter().filter_map(|id| model.remove_entry(id)).collect();
            if random.below(2) == 0 {
                assert!(txn.delete_folder(mailbox, folder, all, now).unwrap());
            } else {
                assert!(txn.soft_delete_folder(mailbox, folder, all, now).unwrap());
                graves.insert(folder, dead);
            }
        }
        (2, Some(id)) => {
            assert!(txn.delete_message(mailbox, folder, Kind::Normal, id, NOW).unwrap());
            model.get_mut(&folder).unwrap().remove(&id);
        }
        (3, Some(id)) => {
            assert!(txn.soft_delete_message(mailbox, folder, Kind::Normal, id, now).unwrap());
            model.get_mut(&folder).unwrap().remove(&id);
        }
        (4, Some(id)) => {
            let target = folders[random.below(folders.len())];
            let to = Location { folder: target, kind: Kind::Normal };
            let new = txn.move_message(mailbox, at, id, to, NOW).unwrap().unwrap();
            let what = model.get_mut(&folder).unwrap().remove(&id).unwrap();
            model.get_mut(&target).unwrap().insert(new, what);
        }
        (5, Some(id)) => {
            let target = folders[random.below(folders.len())];
            let to = Location { folder: target, kind: Kind::Normal };
            let new = txn.copy_message(mailbox, at, id, to, NOW).unwrap().unwrap();
            let what = model[&folder][&id].clone();
            model.get_mut(&target).unwrap().insert(new, what);
        }
        (6, Some(id)) => {
            let mut head = txn.message_head(mailbox, folder, Kind::Normal, id).unwrap().unwrap();
            head.read = !head.read;
            txn.update_head(mailbox, at, id, &head, NOW).unwrap();
            model.get_mut(&folder).unwrap().get_mut(&id).unwrap().1 ^= true;
        }
        (7, Some(id)) => {
            let mut stored = txn.message(mailbox, at, id).unwrap().unwrap();
            let subject = format!("changed {n}");
            let bag = &mut stored.head.properties;
            bag.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(subject.clone()));
            bag.set(PropertyTag::PidTagBody.id(), Value::String("c".repeat(random.below(3000))));
            let time = u64::try_from(random.below(1000)).unwrap();
            bag.set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(FileTime(time)));
            let first = stored.attachments.keys().next().copied();
            first.and_then(|number| stored.attachments.remove(&number));
            let mut owner = txn.mailbox(mailbox).unwrap();
            txn.save_message(mailbox, &mut owner, at, id, &mut stored, NOW).unwrap();
            model.get_mut(&folder).unwrap().get_mut(&id).unwrap().0 = subject;
        }
        _ => {
            let subject = format!("message {n}");
            let mut new = message(&subject, random.below(2000), random.below(3));
            let id = save(txn, mailbox, folder, &mut new);
            model.get_mut(&folder).unwrap().insert(id, (subject, false));
        }
    }
}

#[test]
fn random_edits_leave_the_store_as_the_model_says_and_sound() {
    let (_dir, store, mailbox) = store_with_user();
    let mut random = Random::from_env("store model");
    let mut model: Model = BTreeMap::from([(Special::Inbox.counter(), BTreeMap::new())]);
    let mut graves = Graves::new();
    for round in 0..30 {
        let mut txn = store.write().unwrap();
        let before = graves.clone();
        for n in 0..20 {
            step(&mut txn, mailbox, (&mut model, &mut graves), &mut random, round * 100 + n);
        }
        // Every third transaction is dropped: nothing of it may remain.
        if round % 3 == 2 {
            drop(txn);
            model = read_model(&store, mailbox);
            graves = before;
        } else {
            txn.commit().unwrap();
        }
        assert_eq!(read_model(&store, mailbox), model, "round {round}");
        assert_sound(&store);
    }
    // A removed mailbox leaves nothing.
    let mut txn = store.write().unwrap();
    directory::remove(&mut txn, mailbox).unwrap();
    txn.commit().unwrap();
    assert_sound(&store);
}

/// The mailbox as the model would say it: the Inbox and all folders that the test made.
fn read_model(store: &Store, mailbox: u32) -> Model {
    let txn = store.read().unwrap();
    let inbox = Special::Inbox.counter();
    let folders: Vec<u64> = txn.subtree(mailbox, inbox).unwrap().into_iter().chain([inbox]).collect();
    let mut model = Model::new();
    for folder in folders {
        let mut list = BTreeMap::new();
        for id in txn.message_ids(mailbox, folder, Kind::Normal).unwrap() {
            let head = txn.message_head(mailbox, folder, Kind::Normal, id).unwrap().unwrap();
            let subject = head.properties.text(PropertyTag::PidTagNormalizedSubject.id()).unwrap().to_owned();
            list.insert(id, (subject, head.read));
        }
        model.insert(folder, list);
    }
    model
}

#[test]
fn a_child_that_is_dropped_leaves_its_parent_as_it_was() {
    let (_dir, store, mailbox) = store_with_user();
    let mut txn = store.write().unwrap();
    let inbox = Special::Inbox.counter();
    save(&mut txn, mailbox, inbox, &mut message("kept", 10, 0));
    {
        let mut child = txn.child().unwrap();
        save(&mut child, mailbox, inbox, &mut message("dropped", 5000, 1));
    }
    {
        let mut child = txn.child().unwrap();
        save(&mut child, mailbox, inbox, &mut message("kept too", 5000, 1));
        child.commit().unwrap();
    }
    txn.commit().unwrap();
    let model = read_model(&store, mailbox);
    let subjects: Vec<&str> = model[&inbox].values().map(|(subject, _)| subject.as_str()).collect();
    assert_eq!(subjects, ["kept", "kept too"]);
    assert_sound(&store);
}

#[test]
fn large_values_come_back_from_their_chunks_at_every_boundary() {
    let (_dir, store, mailbox) = store_with_user();
    let inbox = Special::Inbox.counter();
    let id = PropertyTag::PidTagHtml.id();
    for len in [1024, 1025, 65_519, 65_520, 65_521, 131_040, 200_001] {
        let bytes: Vec<u8> = (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut txn = store.write().unwrap();
        let mut new = message("large", 0, 0);
        new.head.properties.set(id, Value::Binary(bytes.clone()));
        let message = save(&mut txn, mailbox, inbox, &mut new);
        txn.commit().unwrap();
        let txn = store.read().unwrap();
        let head = txn.message_head(mailbox, inbox, Kind::Normal, message).unwrap().unwrap();
        match head.properties.blobs().find(|blob| blob.property_type() == PropertyTag::PidTagHtml.property_type()) {
            Some(blob) => {
                assert!(len > 1024, "{len} bytes belong in the record");
                assert_eq!(txn.blob(mailbox, blob).unwrap(), bytes, "{len}");
                let (from, count) = (len / 3, len / 2);
                let part = txn.blob_range(mailbox, blob, u64::try_from(from).unwrap(), count).unwrap();
                assert_eq!(part, bytes[from..from + count], "the middle of {len}");
                assert!(txn.blob_range(mailbox, blob, blob.len + 5, 10).unwrap().is_empty(), "beyond the end of {len}");
            }
            None => assert!(len <= 1024, "{len} bytes do not belong in the record"),
        }
    }
    assert_sound(&store);
}

#[test]
fn damage_is_reported_with_its_place() {
    let (_dir, store, mailbox) = store_with_user();
    let inbox = Special::Inbox.counter();
    let mut txn = store.write().unwrap();
    save(&mut txn, mailbox, inbox, &mut message("x", 10, 0));
    let mut folder = txn.folder(mailbox, inbox).unwrap().unwrap();
    folder.content_count = 5;
    txn.put_folder(mailbox, inbox, &folder).unwrap();
    let said: Vec<String> = txn.check().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(said, ["mailbox 1: content count of folder 5 is recorded as 5, found 1"]);
}

#[test]
fn two_mailboxes_share_no_identifier_but_those_of_the_built_in_folders() {
    let (_dir, store, one) = store_with_user();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "bob@example.test", display_name: "Bob", password_hash: "", admin: false };
    let two = directory::create(&mut txn, "Mailstead", &new, NOW).unwrap().id;
    let (a, b) = (txn.mailbox(one).unwrap(), txn.mailbox(two).unwrap());
    assert_ne!(a.guid, b.guid);
    assert_ne!(a.repl_guid, b.repl_guid);
    assert_ne!(a.guid, a.repl_guid);
    assert_eq!(txn.check().unwrap(), []);
}

#[test]
fn numbers_survive_deletion_and_reopening_and_are_never_given_out_again() {
    let (dir, store, mailbox) = store_with_user();
    let inbox = Special::Inbox.counter();
    let mut txn = store.write().unwrap();
    let id = save(&mut txn, mailbox, inbox, &mut message("x", 10, 0));
    txn.delete_message(mailbox, inbox, Kind::Normal, id, NOW).unwrap();
    txn.commit().unwrap();
    drop(store);
    let store = Store::open(dir.path(), &OpenOptions { map_size_bytes: 1 << 30 }).unwrap();
    let mut txn = store.write().unwrap();
    assert!(save(&mut txn, mailbox, inbox, &mut message("y", 10, 0)) > id);
    let removed = directory::by_id(&txn, mailbox).unwrap().unwrap();
    directory::remove(&mut txn, mailbox).unwrap();
    let new = NewUser { address: "ann@example.test", display_name: "Ann", password_hash: "", admin: false };
    let again = directory::create(&mut txn, "Mailstead", &new, NOW).unwrap();
    assert!(again.id > removed.id, "a mailbox number is used again");
    assert_ne!(again.legacy_dn, removed.legacy_dn, "a distinguished name is used again");
}

#[test]
fn an_index_is_walked_from_any_row_in_both_directions() {
    let (_dir, store, mailbox) = store_with_user();
    let inbox = Special::Inbox.counter();
    let mut txn = store.write().unwrap();
    let times = [5_u64, 1, 9, 5, 3];
    let mut keys = Vec::new();
    for time in times {
        let mut new = message("t", 1, 0);
        new.head.properties.set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(FileTime(time)));
        keys.push((time, save(&mut txn, mailbox, inbox, &mut new)));
    }
    keys.sort_unstable();
    let list = List { mailbox, folder: inbox, kind: Kind::Normal };
    let rows = |after, forward, limit| txn.index_rows(list, IndexOrder::Delivery, after, forward, limit).unwrap();
    assert_eq!(rows(None, true, 10), keys);
    assert_eq!(rows(Some(keys[1]), true, 2), keys[2..4]);
    assert_eq!(rows(Some(keys[3]), false, 2), [keys[2], keys[1]]);
    assert_eq!(rows(None, false, 1), [keys[4]]);
    for (rank, key) in keys.iter().enumerate() {
        assert_eq!(rows(Some(*key), false, 10).len(), rank);
    }
}

#[test]
fn a_staged_blob_is_written_anywhere_cut_and_swept_unless_a_message_takes_it() {
    let (_dir, store, mailbox) = store_with_user();
    let ty = PropertyTag::PidTagAttachDataBinary.property_type();
    let mut txn = store.write().unwrap();
    let mut blob = txn.stage_blob(mailbox, ty, NOW).unwrap();
    let mut model: Vec<u8> = Vec::new();
    // Over chunk boundaries, over what is there, and past the end.
    for (at, len, byte) in [(0, 70_000, 1_u8), (65_000, 2_000, 2), (200_000, 10, 3), (100, 5, 4)] {
        blob = txn.write_blob(mailbox, blob, u64::try_from(at).unwrap(), &vec![byte; len]).unwrap();
        model.resize(model.len().max(at + len), 0);
        model[at..at + len].fill(byte);
        assert_eq!(txn.blob(mailbox, blob).unwrap(), model, "written at {at}");
    }
    for len in [150_000, 65_520, 65_519, 131_040, 0, 3] {
        blob = txn.resize_blob(mailbox, blob, u64::try_from(len).unwrap()).unwrap();
        model.resize(len, 0);
        assert_eq!(txn.blob(mailbox, blob).unwrap(), model, "cut to {len}");
    }
    let kept = txn.stage_blob(mailbox, ty, NOW).unwrap();
    let kept = txn.write_blob(mailbox, kept, 0, &[9; 100_000]).unwrap();
    let mut new = message("with a staged attachment", 1, 0);
    let mut attachment = Attachment::default();
    attachment.properties.0.insert(PropertyTag::PidTagAttachDataBinary.id(), Stored::Blob(kept));
    new.attachments.insert(0, attachment);
    save(&mut txn, mailbox, Special::Inbox.counter(), &mut new);
    txn.commit().unwrap();
    assert_sound(&store);
    assert_eq!(store.sweep_staged(NOW).unwrap(), 0, "not older than itself");
    assert_eq!(store.sweep_staged(FileTime(NOW.0 + 1)).unwrap(), 1, "the one that nobody took");
    assert_eq!(store.read().unwrap().blob(mailbox, kept).unwrap(), [9; 100_000]);
    assert_sound(&store);
}
