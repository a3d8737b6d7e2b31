//! What a synchronisation costs: what it makes and sends, whatever the folder's size.

use super::download::scene;
use super::reader::{Contents, contents_request};
use crate::client::{Desk, NOW};
use mailstead::mapi::ObjectId;
use mailstead::rop::SynchronizationConfigureRequest;
use mailstead::store::{Kind, Location, looks};
use mailstead::transfer::meta;
use std::collections::BTreeMap;

type State = BTreeMap<u32, Vec<u8>>;

fn fill(desk: &Desk, folder: ObjectId, count: usize) {
    let mailbox = desk.place.ann.id;
    for chunk in 0..count / 1000 {
        let mut txn = desk.place.store.write().unwrap();
        for n in 0..1000 {
            let mut owner = txn.mailbox(mailbox).unwrap();
            let mut message = crate::store::message(&format!("{chunk} {n}"), 10, 0);
            owner.stamp_new(&mut message.head).unwrap();
            let id = owner.take_id().unwrap();
            let at = Location { folder: folder.counter(), kind: Kind::Normal };
            txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
        }
        txn.commit().unwrap();
    }
}

/// Records that a sync looks at.
fn cost(desk: &mut Desk, folder: u32, request: &SynchronizationConfigureRequest, state: &State) -> (u64, Contents) {
    let before = looks();
    let got = desk.sync_with(folder, request.clone(), state);
    (looks() - before, got)
}

/// An empty sync looks at the same few records at 1,000 and at 20,000 messages; with a few changes it
/// looks at those. In the order of numbers and in that of delivery.
#[test]
fn a_sync_looks_at_what_is_new() {
    let mut desk = Desk::new();
    let (small, small_id) = scene(&mut desk);
    let (large, large_id) = desk.create_folder(small, "large");
    fill(&desk, small_id, 1000);
    fill(&desk, large_id, 20_000);
    for extra in [7, 0x0F] {
        let request = SynchronizationConfigureRequest { synchronization_extra_flags: extra, ..contents_request() };
        let mut found = Vec::new();
        for (folder, folder_id) in [(small, small_id), (large, large_id)] {
            let first = desk.sync_with(folder, request.clone(), &State::new()).sync;
            assert!(first.state.values().all(|set| set.len() < 64), "one range each");
            // Something happens, somewhere else.
            desk.note(mailstead::store::Special::Inbox.id(), "elsewhere");
            let (empty, got) = cost(&mut desk, folder, &request, &first.state);
            assert_eq!(got.changes, []);
            let new: Vec<ObjectId> = (0..5).map(|n| desk.note(folder_id, &format!("new {n}"))).collect();
            let (few, got) = cost(&mut desk, folder, &request, &first.state);
            assert_eq!(got.changes.len(), 5);
            super::download::hard(&mut desk, folder, &new[..2]);
            super::download::read(&mut desk, folder, &new[2..4], false);
            let (gone, got) = cost(&mut desk, folder, &request, &got.sync.state);
            assert_eq!((got.changes.len(), got.sync.deleted.iter().count(), got.sync.unread.iter().count()), (0, 2, 2));
            found.push([empty, few, gone]);
        }
        println!("records looked at: {found:?}");
        assert!(found[0][0] > 0, "looks are counted");
        assert_eq!(found[0], found[1], "the size of the folder makes no difference");
        assert!(found[0][0] < 40 && found[0][1] < 120 && found[0][2] < 60, "{found:?}");
    }
    // The tree: nothing changed, and of all its folders only the mailbox is asked.
    let root = desk.folder(mailstead::store::Special::Root.id());
    let all = desk.sync_folders(root, &State::new()).sync.state;
    let before = looks();
    desk.sync_folders(root, &all);
    assert!(looks() - before < 40, "{}", looks() - before);
}

/// What arrives in turns in two folders is a few ranges in each one's set: clients send the set with
/// every synchronisation. ics.md §2
#[test]
fn turns_do_not_tear_the_sets_apart() {
    let mut desk = Desk::new();
    let (one, one_id) = scene(&mut desk);
    let (other, other_id) = desk.create_folder(one, "other");
    for n in 0..300 {
        desk.note(one_id, &format!("one {n}"));
        desk.note(other_id, &format!("other {n}"));
    }
    for folder in [one, other] {
        let first = desk.sync_with(folder, contents_request(), &State::new()).sync;
        let given = first.set(meta::IDSET_GIVEN);
        assert!(given.iter().count() >= 300, "{}", given.iter().count());
        assert!(given.ranges().len() <= 3, "{:?}", given.ranges());
    }
}
