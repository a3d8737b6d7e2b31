//! Damage of every kind, done through the store's own functions: found, named, mended; and what was
//! whole stays what it was.

use crate::store::{Random, assert_sound, message, save, store_with_user};
use mailstead::directory::{self, EntryKind, NewUser};
use mailstead::mapi::{PropertyName, PropertyTag, Restriction, Value};
use mailstead::store::{
    Criteria, Entry, FolderKind, Invariant, Kind, Location, NewFolder, Special, Store, Stored, Txn,
};
use mailstead::wire::{FileTime, Guid};
use std::collections::BTreeSet;

const NOW: FileTime = FileTime(133_000_000_000_000_000);
const INBOX: u64 = 5;

/// A mailbox with something of everything.
struct Patient {
    _dir: tempfile::TempDir,
    store: Store,
    mailbox: u32,
    /// Below the Inbox, with a folder below it.
    folder: u64,
    below: u64,
    /// In `folder`: with body, recipients, attachments and blobs.
    message: u64,
    other: u64,
    /// Shows both.
    search: u64,
}

impl Patient {
    fn new() -> Self {
        let (dir, store, mailbox) = store_with_user();
        let mut txn = store.write().unwrap();
        let new = |name| NewFolder { name, comment: "", kind: FolderKind::Generic };
        let folder = txn.create_folder(mailbox, INBOX, &new("Projects"), NOW).unwrap();
        let below = txn.create_folder(mailbox, folder, &new("Garden"), NOW).unwrap();
        let first = save(&mut txn, mailbox, folder, &mut message("first", 70_000, 2));
        let other = save(&mut txn, mailbox, below, &mut message("other", 3000, 1));
        for lid in 1..4 {
            let name = PropertyName::Lid { guid: Guid([7; 16]), lid };
            txn.create_named_id(mailbox, &name).unwrap().unwrap();
        }
        let new = NewFolder { name: "All", comment: "", kind: FolderKind::Search };
        let search = txn.create_folder(mailbox, Special::Finder.counter(), &new, NOW).unwrap();
        let restriction = Restriction::Exist { property_tag: PropertyTag::PidTagNormalizedSubject };
        let criteria = Criteria { restriction, folders: vec![folder, below], recursive: false, is_static: false };
        txn.set_search(mailbox, search, &criteria, true, NOW).unwrap();
        txn.commit().unwrap();
        search_all(&store);
        assert_sound(&store);
        Self { _dir: dir, store, mailbox, folder, below, message: first, other, search }
    }

    fn subjects(&self) -> BTreeSet<String> {
        let txn = self.store.read().unwrap();
        let all = txn.subtree(self.mailbox, Special::Root.counter()).unwrap();
        let ids = all.into_iter().flat_map(|folder| {
            let ids = txn.message_ids(self.mailbox, folder, Kind::Normal).unwrap();
            ids.into_iter().map(move |id| (folder, id))
        });
        ids.map(|(folder, id)| {
            let head = txn.message_head(self.mailbox, folder, Kind::Normal, id).unwrap().unwrap();
            head.properties.text(PropertyTag::PidTagNormalizedSubject.id()).unwrap().to_owned()
        })
        .collect()
    }

    fn place(&self) -> Location {
        Location { folder: self.folder, kind: Kind::Normal }
    }
}

fn search_all(store: &Store) {
    let mut after = None;
    while store.search_slice(&mut after, NOW).unwrap() {}
}

fn key(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A number as it is in a key.
fn big<const N: usize>(n: u64) -> [u8; N] {
    let mut bytes: Vec<u8> = n.to_le_bytes()[..N].to_vec();
    bytes.reverse();
    bytes.try_into().unwrap()
}

/// Damages, expects the invariant to be named, repairs, expects all to be sound; the repair's lines.
#[track_caller]
fn cure(patient: &Patient, invariant: Invariant, damage: impl FnOnce(&mut Txn<'_>)) -> Vec<String> {
    let mut txn = patient.store.write().unwrap();
    damage(&mut txn);
    txn.commit().unwrap();
    let found = patient.store.read().unwrap().check().unwrap();
    assert!(found.iter().any(|violation| violation.invariant == invariant), "{invariant:?} in {found:?}");
    let mut txn = patient.store.write().unwrap();
    let done = txn.repair(NOW).unwrap();
    txn.commit().unwrap();
    assert_sound(&patient.store);
    assert!(!done.lines.is_empty());
    // A second repair has nothing to do.
    let mut txn = patient.store.write().unwrap();
    assert_eq!(txn.repair(NOW).unwrap().lines, Vec::<String>::new());
    done.lines
}

#[test]
fn counts_and_sizes() {
    let patient = Patient::new();
    cure(&patient, Invariant::Count, |txn| {
        let mut folder = txn.folder(patient.mailbox, patient.folder).unwrap().unwrap();
        (folder.content_count, folder.content_unread_count, folder.size) = (9, 9, 9);
        (folder.deleted_count, folder.associated_content_count, folder.subfolder_count) = (9, 9, 9);
        (folder.deleted_size, folder.deleted_associated_count, folder.deleted_folder_count) = (9, 9, 9);
        txn.put_folder(patient.mailbox, patient.folder, &folder).unwrap();
        let mut owner = txn.mailbox(patient.mailbox).unwrap();
        (owner.size, owner.deleted_size) = (1, 1);
        txn.put_mailbox(patient.mailbox, &owner).unwrap();
    });
    assert_eq!(patient.subjects().len(), 2);
}

/// A list of what was deleted that lacks something, or has something too much; a folder that is
/// deleted with one below it that is not.
#[test]
fn what_was_deleted_softly() {
    let patient = Patient::new();
    let (mailbox, folder, below) = (patient.mailbox, patient.folder, patient.below);
    let all = mailstead::store::DeleteDepth { messages: true, folders: true };
    let mut txn = patient.store.write().unwrap();
    assert!(txn.soft_delete_folder(mailbox, below, all, NOW).unwrap());
    assert!(txn.soft_delete_message(mailbox, folder, Kind::Normal, patient.message, NOW).unwrap());
    txn.commit().unwrap();
    assert_sound(&patient.store);
    let number = big::<4>(mailbox.into());
    cure(&patient, Invariant::Deleted, |txn| {
        let key = key(&[&number, &big::<8>(folder), &big::<8>(below)]);
        assert!(txn.remove_entry("deleted_folders", &key).unwrap());
    });
    cure(&patient, Invariant::Deleted, |txn| {
        let key = key(&[&number, &big::<8>(NOW.0), &[0], &big::<8>(patient.message)]);
        assert!(txn.remove_entry("deletions", &key).unwrap());
    });
    cure(&patient, Invariant::Deleted, |txn| {
        let wrong = key(&[&number, &big::<8>(1), &[1], &big::<8>(77)]);
        txn.put_entry(Entry { database: "deletions", key: &wrong, value: &[] }).unwrap();
    });
    let mut txn = patient.store.write().unwrap();
    txn.restore_folder(mailbox, below, folder, "Back", NOW).unwrap();
    txn.commit().unwrap();
    assert!(patient.subjects().contains("other"));
    cure(&patient, Invariant::Deleted, |txn| {
        let mut record = txn.folder(mailbox, folder).unwrap().unwrap();
        record.deleted_on = Some(NOW);
        txn.put_folder(mailbox, folder, &record).unwrap();
    });
    let txn = patient.store.read().unwrap();
    assert_eq!(txn.folder(mailbox, folder).unwrap().unwrap().name(), "Projects");
    assert_eq!(txn.folder(mailbox, below).unwrap().unwrap().parent, folder);
}

#[test]
fn indexes_of_messages() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    cure(&patient, Invariant::Place, |txn| {
        assert!(txn.remove_entry("locations", &key(&[&mailbox, &big::<8>(patient.message)])).unwrap());
    });
    cure(&patient, Invariant::Place, |txn| {
        let wrong = key(&[&mailbox, &big::<8>(INBOX), &[0], &big::<8>(77), &big::<8>(88)]);
        txn.put_entry(Entry { database: "deliveries", key: &wrong, value: &[] }).unwrap();
    });
    let txn = patient.store.read().unwrap();
    assert_eq!(txn.locate(patient.mailbox, patient.message).unwrap(), Some(patient.place()));
}

#[test]
fn the_index_of_changes() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    let head = || {
        let txn = patient.store.read().unwrap();
        txn.message_head(patient.mailbox, patient.folder, Kind::Normal, patient.message).unwrap().unwrap()
    };
    let number = big::<8>(head().change_number);
    let entry = key(&[&mailbox, &big::<8>(patient.folder), &[0], &number]);
    cure(&patient, Invariant::Change, |txn| {
        assert!(txn.remove_entry("changes", &entry).unwrap());
    });
    // A number of nobody, a deletion of what is there, a deletion without its grave.
    cure(&patient, Invariant::Change, |txn| {
        let wrong = key(&[&mailbox, &big::<8>(patient.folder), &[2], &big::<8>(1)]);
        let value = big::<8>(patient.message);
        txn.put_entry(Entry { database: "changes", key: &wrong, value: &value }).unwrap();
    });
    cure(&patient, Invariant::Change, |txn| {
        let wrong = key(&[&mailbox, &big::<8>(patient.folder), &[3], &big::<8>(2)]);
        let value = big::<8>(patient.message);
        txn.put_entry(Entry { database: "changes", key: &wrong, value: &value }).unwrap();
    });
    let mut txn = patient.store.write().unwrap();
    let gone = save(&mut txn, patient.mailbox, patient.folder, &mut message("gone", 10, 0));
    txn.delete_message(patient.mailbox, patient.folder, Kind::Normal, gone, NOW).unwrap();
    txn.commit().unwrap();
    assert_sound(&patient.store);
    cure(&patient, Invariant::Change, |txn| {
        assert!(txn.remove_entry("graves", &key(&[&mailbox, &big::<8>(gone)])).unwrap());
    });
    assert!(patient.store.read().unwrap().is_buried(patient.mailbox, gone).unwrap());
    cure(&patient, Invariant::Change, |txn| {
        let mut folder = txn.folder(patient.mailbox, patient.folder).unwrap().unwrap();
        folder.graves = 7;
        txn.put_folder(patient.mailbox, patient.folder, &folder).unwrap();
    });
    assert_eq!(patient.subjects().len(), 2);
}

#[test]
fn a_message_in_two_places_stays_where_its_index_says() {
    let patient = Patient::new();
    cure(&patient, Invariant::Place, |txn| {
        let mut copy = None;
        txn.entries(&mut |entry| {
            if entry.database == "messages" && entry.key.ends_with(&big::<8>(patient.message)) {
                copy = Some((entry.key.to_vec(), entry.value.to_vec()));
            }
            Ok(())
        })
        .unwrap();
        let (mut at, value) = copy.unwrap();
        at[4..12].copy_from_slice(&big::<8>(INBOX));
        txn.put_entry(Entry { database: "messages", key: &at, value: &value }).unwrap();
    });
    let txn = patient.store.read().unwrap();
    assert!(txn.message_ids(patient.mailbox, INBOX, Kind::Normal).unwrap().is_empty());
    assert!(txn.message(patient.mailbox, patient.place(), patient.message).unwrap().is_some());
}

#[test]
fn parts_of_no_message() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    cure(&patient, Invariant::Part, |txn| {
        let nobody = key(&[&mailbox, &big::<8>(0xFFFF), &[0]]);
        txn.put_entry(Entry { database: "parts", key: &nobody, value: &[1, 0] }).unwrap();
    });
    assert_eq!(patient.subjects().len(), 2);
}

/// The number of a blob that the message uses.
fn a_blob(txn: &Txn<'_>, patient: &Patient) -> u64 {
    let message = txn.message(patient.mailbox, patient.place(), patient.message).unwrap().unwrap();
    message.head.properties.blobs().map(|blob| blob.id).next().unwrap()
}

#[test]
fn large_values() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    // One that belongs to nothing.
    let orphan = key(&[&mailbox, &big::<8>(2), &big::<4>(7)]);
    cure(&patient, Invariant::Blob, |txn| {
        txn.put_entry(Entry { database: "blobs", key: &orphan, value: b"x" }).unwrap();
    });
    // One that two messages use.
    cure(&patient, Invariant::Blob, |txn| {
        let at = Location { folder: patient.below, kind: Kind::Normal };
        let mine = txn.message(patient.mailbox, patient.place(), patient.message).unwrap().unwrap();
        let mut head = txn.message_head(patient.mailbox, at.folder, at.kind, patient.other).unwrap().unwrap();
        let shared = mine.head.properties.blobs().next().unwrap();
        head.properties.0.insert(0x1009, Stored::Blob(shared));
        txn.update_head(patient.mailbox, at, patient.other, &head, NOW).unwrap();
    });
    // One whose second chunk is gone: the first is still to be read.
    let body = cure(&patient, Invariant::Blob, |txn| {
        let blob = a_blob(txn, &patient);
        assert!(txn.remove_entry("blobs", &key(&[&mailbox, &big::<8>(blob), &big::<4>(1)])).unwrap());
    });
    assert!(body.iter().any(|line| line.contains("large values that were mended")), "{body:?}");
    let txn = patient.store.read().unwrap();
    let mut whole = txn.message(patient.mailbox, patient.place(), patient.message).unwrap().unwrap();
    txn.load_message(patient.mailbox, &mut whole).unwrap();
    assert!(matches!(
        whole.head.properties.value(PropertyTag::PidTagBody.id()),
        Some(Value::String(text)) if text.len() > 30_000
    ));
}

#[test]
fn folders_that_hang_loose_are_recovered_with_their_messages() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    // The record of the parent is gone: its own messages and the folder below are still there.
    let lines = cure(&patient, Invariant::Tree, |txn| {
        assert!(txn.remove_entry("folders", &key(&[&mailbox, &big::<8>(patient.folder)])).unwrap());
    });
    assert!(lines.iter().any(|line| line.contains("had messages and no record")), "{lines:?}");
    let txn = patient.store.read().unwrap();
    let top = Special::IpmSubtree.counter();
    let recovered = txn.subfolder_named(patient.mailbox, top, "Recovered").unwrap().unwrap();
    assert_eq!(txn.subfolders(patient.mailbox, recovered).unwrap(), [patient.folder]);
    assert_eq!(patient.subjects(), ["first".to_owned(), "other".to_owned()].into());
    drop(txn);
    // A ring.
    cure(&patient, Invariant::Tree, |txn| {
        let mut folder = txn.folder(patient.mailbox, patient.folder).unwrap().unwrap();
        folder.parent = patient.below;
        txn.put_folder(patient.mailbox, patient.folder, &folder).unwrap();
    });
    assert_eq!(patient.subjects().len(), 2);
}

#[test]
fn names_of_folders() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    cure(&patient, Invariant::Name, |txn| {
        let gone = key(&[&mailbox, &big::<8>(INBOX), b"projects"]);
        assert!(txn.remove_entry("children", &gone).unwrap());
    });
    // Two of one name.
    cure(&patient, Invariant::Name, |txn| {
        let new = NewFolder { name: "Second", comment: "", kind: FolderKind::Generic };
        let second = txn.create_folder(patient.mailbox, INBOX, &new, NOW).unwrap();
        let mut record = txn.folder(patient.mailbox, second).unwrap().unwrap();
        record.properties.set(PropertyTag::PidTagDisplayName.id(), Value::String("PROJECTS".into()));
        txn.put_folder(patient.mailbox, second, &record).unwrap();
    });
    let txn = patient.store.read().unwrap();
    assert!(txn.subfolder_named(patient.mailbox, INBOX, "projects (2)").unwrap().is_some());
    assert_eq!(txn.subfolder_named(patient.mailbox, INBOX, "Projects").unwrap(), Some(patient.folder));
}

#[test]
fn built_in_folders_links_and_receive_folders() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    cure(&patient, Invariant::Special, |txn| {
        let calendar = big::<8>(Special::Calendar.counter());
        assert!(txn.remove_entry("folders", &key(&[&mailbox, &calendar])).unwrap());
    });
    cure(&patient, Invariant::Special, |txn| {
        let mut owner = txn.mailbox(patient.mailbox).unwrap();
        owner.receive_folders[0].folder = 0xFFFF;
        txn.put_mailbox(patient.mailbox, &owner).unwrap();
    });
    cure(&patient, Invariant::Link, |txn| {
        let mut inbox = txn.folder(patient.mailbox, INBOX).unwrap().unwrap();
        inbox.properties.remove(PropertyTag::PidTagIpmAppointmentEntryId.id());
        txn.put_folder(patient.mailbox, INBOX, &inbox).unwrap();
    });
    let txn = patient.store.read().unwrap();
    let owner = txn.mailbox(patient.mailbox).unwrap();
    assert_eq!(owner.receive_folder("IPM.Note").unwrap().folder, INBOX);
    let link = owner.ids(patient.mailbox).folder_entry_id(Special::Calendar.counter());
    let inbox = txn.folder(patient.mailbox, INBOX).unwrap().unwrap();
    assert_eq!(inbox.properties.value(PropertyTag::PidTagIpmAppointmentEntryId.id()), Some(&Value::Binary(link)));
}

#[test]
fn a_mailbox_without_its_record_keeps_its_identity() {
    let patient = Patient::new();
    let before = patient.store.read().unwrap().mailbox(patient.mailbox).unwrap();
    cure(&patient, Invariant::Owner, |txn| {
        assert!(txn.remove_entry("mailboxes", &big::<4>(patient.mailbox.into())).unwrap());
    });
    let mut txn = patient.store.write().unwrap();
    let after = txn.mailbox(patient.mailbox).unwrap();
    assert_eq!((after.guid, after.repl_guid, after.size), (before.guid, before.repl_guid, before.size));
    let new = save(&mut txn, patient.mailbox, INBOX, &mut message("new", 10, 0));
    assert!(new > patient.other, "no number is given out twice");
    txn.commit().unwrap();
    assert_sound(&patient.store);
}

#[test]
fn users() {
    let patient = Patient::new();
    let mut txn = patient.store.write().unwrap();
    let new = NewUser { address: "bob@example.test", display_name: "Bob", password_hash: "", admin: false };
    directory::create(&mut txn, "Mailstead", &new, NOW).unwrap();
    txn.commit().unwrap();
    cure(&patient, Invariant::Directory, |txn| {
        assert!(txn.remove_entry("directory", b"aann@example.test").unwrap());
    });
    let by = |address: &str| directory::by_address(&patient.store.read().unwrap(), address).unwrap();
    assert_eq!(by("Ann@example.test").unwrap().id, patient.mailbox);
    cure(&patient, Invariant::Counter, |txn| {
        txn.put_entry(Entry { database: "directory", key: b"n", value: &1_u32.to_le_bytes() }).unwrap();
    });
    // A user record that cannot be read: the mailbox gets somebody, who is disabled.
    let user = key(&[b"u", &big::<4>(patient.mailbox.into())]);
    cure(&patient, Invariant::Record, |txn| {
        txn.put_entry(Entry { database: "directory", key: &user, value: b"\x09rubbish" }).unwrap();
    });
    let recovered = by("recovered-1@example.test").unwrap();
    assert!(recovered.disabled && recovered.id == patient.mailbox);
    assert_eq!(patient.subjects().len(), 2);
}

#[test]
fn what_is_told_of_nobody() {
    let patient = Patient::new();
    let lines = cure(&patient, Invariant::Record, |txn| {
        let mailbox: [u8; 4] = big(u64::from(patient.mailbox));
        let photo = PropertyTag::PidTagThumbnailPhoto.id();
        txn.put_told(patient.mailbox, photo, &[vec![1]]).unwrap();
        txn.put_entry(Entry { database: "directory", key: &key(&[b"b", &[0, 0, 0, 99], &[0, 1, 0]]), value: b"x" })
            .unwrap();
        txn.put_entry(Entry { database: "directory", key: &key(&[b"b", &mailbox]), value: b"x" }).unwrap();
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    let txn = patient.store.read().unwrap();
    let photo = PropertyTag::PidTagThumbnailPhoto.id();
    assert_eq!(txn.told(patient.mailbox, photo).unwrap(), [[1]], "what was whole stays");
}

#[test]
fn entries() {
    let patient = Patient::new();
    let mut txn = patient.store.write().unwrap();
    let family =
        directory::create_listed(&mut txn, "Mailstead", EntryKind::Group, "family@example.test", "Family").unwrap();
    let mut group = directory::listing(&txn, family).unwrap().unwrap();
    group.facts.members.insert(patient.mailbox);
    group.facts.aliases.push("all@example.test".to_owned());
    directory::update_listing(&mut txn, &group).unwrap();
    let mut ann = directory::listing(&txn, patient.mailbox).unwrap().unwrap();
    ann.facts.aliases.push("annie@example.test".to_owned());
    directory::update_listing(&mut txn, &ann).unwrap();
    txn.commit().unwrap();
    assert_sound(&patient.store);
    cure(&patient, Invariant::Directory, |txn| {
        assert!(txn.remove_entry("directory", b"aall@example.test").unwrap());
    });
    let by = |address: &str| directory::listing_by_address(&patient.store.read().unwrap(), address).unwrap();
    assert_eq!(by("all@example.test").unwrap(), group);
    // A name that leads to nobody.
    cure(&patient, Invariant::Directory, |txn| {
        txn.put_entry(Entry { database: "directory", key: b"aghost@example.test", value: &99_u32.to_le_bytes() })
            .unwrap();
    });
    // What was told of a user cannot be read: the user stays, and so does the group.
    let facts = key(&[b"f", &big::<4>(patient.mailbox.into())]);
    cure(&patient, Invariant::Record, |txn| {
        txn.put_entry(Entry { database: "directory", key: &facts, value: b"\x09rubbish" }).unwrap();
    });
    assert!(by("annie@example.test").is_none() && by("ann@example.test").is_some());
    assert_eq!(by("family@example.test").unwrap(), group);
    // A group that cannot be read is gone, with its names.
    let record = key(&[b"o", &big::<4>(family.into())]);
    cure(&patient, Invariant::Record, |txn| {
        txn.put_entry(Entry { database: "directory", key: &record, value: b"\x09rubbish" }).unwrap();
    });
    assert!(by("family@example.test").is_none() && by("all@example.test").is_none());
    // Facts of a user who does not exist, and a member who does not.
    cure(&patient, Invariant::Directory, |txn| {
        let stray = key(&[b"f", &big::<4>(77)]);
        txn.put_entry(Entry { database: "directory", key: &stray, value: &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }).unwrap();
    });
    let mut txn = patient.store.write().unwrap();
    let mut ann = directory::listing(&txn, patient.mailbox).unwrap().unwrap();
    ann.facts.manager = Some(4711);
    directory::update_listing(&mut txn, &ann).unwrap();
    txn.commit().unwrap();
    cure(&patient, Invariant::Directory, |_| ());
    assert_eq!(by("ann@example.test").unwrap().facts.manager, None);
}

#[test]
fn counters() {
    let patient = Patient::new();
    cure(&patient, Invariant::Counter, |txn| {
        let mut folder = txn.folder(patient.mailbox, patient.folder).unwrap().unwrap();
        folder.change_number = 0x1_0000;
        txn.put_folder(patient.mailbox, patient.folder, &folder).unwrap();
    });
    let txn = patient.store.read().unwrap();
    assert!(txn.mailbox(patient.mailbox).unwrap().take_change().unwrap() > 0x1_0000);
    let at = patient.place();
    let head = txn.message_head(patient.mailbox, at.folder, at.kind, patient.message).unwrap().unwrap();
    assert!(head.change_number < 0x1_0000, "messages that are whole stay untouched");
}

#[test]
fn records_that_cannot_be_read() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    let message = key(&[&mailbox, &big::<8>(patient.below), &[0], &big::<8>(patient.other)]);
    let lines = cure(&patient, Invariant::Record, |txn| {
        txn.put_entry(Entry { database: "messages", key: &message, value: &[9, 9, 9] }).unwrap();
    });
    assert!(lines.iter().any(|line| line.contains("messages that could not be read: 1")), "{lines:?}");
    assert_eq!(patient.subjects(), ["first".to_owned()].into());
    let recipients = key(&[&mailbox, &big::<8>(patient.message), &[0]]);
    cure(&patient, Invariant::Record, |txn| {
        txn.put_entry(Entry { database: "parts", key: &recipients, value: &[9] }).unwrap();
    });
    let folder = key(&[&mailbox, &big::<8>(patient.folder)]);
    cure(&patient, Invariant::Record, |txn| {
        txn.put_entry(Entry { database: "folders", key: &folder, value: &[] }).unwrap();
    });
    assert_eq!(patient.subjects(), ["first".to_owned()].into(), "the message outlives its folder's record");
}

#[test]
fn named_properties() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    let name = |lid| PropertyName::Lid { guid: Guid([7; 16]), lid };
    // One half: the other half knows.
    cure(&patient, Invariant::Named, |txn| {
        assert!(txn.remove_entry("names", &key(&[&mailbox, b"i", &big::<2>(0x8002)])).unwrap());
    });
    let id = |lid| patient.store.read().unwrap().named_id(patient.mailbox, &name(lid)).unwrap();
    assert_eq!((id(1), id(2), id(3)), (Some(0x8001), Some(0x8002), Some(0x8003)));
    // Both halves: the number stays taken.
    cure(&patient, Invariant::Named, |txn| {
        let mut gone = Vec::new();
        txn.entries(&mut |entry| {
            let is_it = entry.key.ends_with(&big::<2>(0x8002)) || entry.value == 0x8002_u16.to_le_bytes();
            if entry.database == "names" && is_it {
                gone.push(entry.key.to_vec());
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(gone.len(), 2);
        gone.iter().for_each(|key| assert!(txn.remove_entry("names", key).unwrap()));
    });
    assert_eq!((id(1), id(2), id(3)), (Some(0x8001), None, Some(0x8003)));
}

/// Links that are missing, too many or wrong, criteria that lead nowhere: searched again, or removed.
#[test]
fn search_folders() {
    let patient = Patient::new();
    let mailbox = big::<4>(patient.mailbox.into());
    let search = big::<8>(patient.search);
    let by_id = |id: u64| key(&[&mailbox, &search, &[0], &big::<8>(id)]);
    let shown = || patient.store.read().unwrap().message_ids(patient.mailbox, patient.search, Kind::Linked).unwrap();
    assert_eq!(shown(), [patient.message, patient.other]);
    let damages: [&dyn Fn(&mut Txn<'_>); 5] = [
        &|txn| assert!(txn.remove_entry("links", &by_id(patient.other)).unwrap()),
        &|txn| {
            let (at, value) = (by_id(0xFFF), [0; 9]);
            txn.put_entry(Entry { database: "links", key: &at, value: &value }).unwrap();
        },
        &|txn| {
            let wrong = [[0; 8], big::<8>(1)].concat();
            let value = [&wrong[8..], &[1]].concat();
            txn.put_entry(Entry { database: "links", key: &by_id(patient.other), value: &value }).unwrap();
        },
        &|txn| {
            let nobody = key(&[&mailbox, &big::<8>(INBOX), &[0], &big::<8>(patient.other)]);
            txn.put_entry(Entry { database: "links", key: &nobody, value: &[0; 9] }).unwrap();
        },
        &|txn| {
            let at = key(&[&mailbox, &big::<8>(INBOX)]);
            txn.put_entry(Entry { database: "searching", key: &at, value: &[1, 0, 0, 0, 0] }).unwrap();
        },
    ];
    for damage in damages {
        cure(&patient, Invariant::Shown, damage);
        search_all(&patient.store);
        assert_eq!(shown(), [patient.message, patient.other]);
        assert_sound(&patient.store);
    }
    // A folder of the scope that vanished, the restriction, the search folder itself.
    cure(&patient, Invariant::Shown, |txn| {
        let at = key(&[&mailbox, b"r", &search]);
        assert!(txn.remove_entry("searches", &at).unwrap());
    });
    assert!(shown().is_empty());
    let patient = Patient::new();
    cure(&patient, Invariant::Shown, |txn| {
        assert!(txn.remove_entry("folders", &key(&[&mailbox, &big::<8>(patient.search)])).unwrap());
    });
    let txn = patient.store.read().unwrap();
    assert!(txn.search(patient.mailbox, patient.search).unwrap().is_none());
    drop(txn);
    let patient = Patient::new();
    cure(&patient, Invariant::Record, |txn| {
        let at = key(&[&mailbox, b"c", &big::<8>(patient.search)]);
        txn.put_entry(Entry { database: "searches", key: &at, value: &[9] }).unwrap();
    });
    assert_eq!(patient.subjects().len(), 2);
}

#[test]
fn records_that_vanish_at_random_are_no_reason_to_lose_the_rest() {
    let mut random = Random::from_env("repair");
    for _ in 0..20 {
        let patient = Patient::new();
        let mut txn = patient.store.write().unwrap();
        let mut all = Vec::new();
        txn.entries(&mut |entry| {
            if entry.database != "meta" {
                all.push((entry.database, entry.key.to_vec()));
            }
            Ok(())
        })
        .unwrap();
        for _ in 0..1 + random.below(8) {
            let (database, key) = &all[random.below(all.len())];
            txn.remove_entry(database, key).unwrap();
        }
        txn.commit().unwrap();
        let mut txn = patient.store.write().unwrap();
        txn.repair(NOW).unwrap();
        txn.commit().unwrap();
        assert_sound(&patient.store);
    }
}
