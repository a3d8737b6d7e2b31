//! What a synchronisation costs: what it makes and sends, whatever the folder's size.

use super::download::scene;
use crate::client::{Desk, NOW};
use mailstead::mapi::ObjectId;
use mailstead::store::{Kind, Location};
use std::time::{Duration, Instant};

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

/// An empty sync at 1,000 and at 20,000 messages: the same answer, and the same work. Records that
/// are looked at cannot be counted from here, time can: at 20,000 messages anything that looked at
/// each would take twenty times as long.
#[test]
fn a_sync_with_nothing_new_costs_the_same_in_every_folder() {
    let mut desk = Desk::new();
    let (small, small_id) = scene(&mut desk);
    let (large, large_id) = desk.create_folder(small, "large");
    fill(&desk, small_id, 1000);
    fill(&desk, large_id, 20_000);
    let mut best = Vec::new();
    let mut answers = Vec::new();
    for folder in [small, large] {
        let first = desk.sync(folder, &Default::default());
        assert_eq!(first.sync.state.values().map(Vec::len).max().unwrap() / 64, 0, "one range each");
        let mut shortest = Duration::MAX;
        for _ in 0..20 {
            let start = Instant::now();
            let again = desk.sync(folder, &first.sync.state);
            shortest = shortest.min(start.elapsed());
            assert_eq!(again.changes, []);
            answers.push(again.sync.bytes);
        }
        best.push(shortest);
    }
    assert!(answers.iter().all(|bytes| bytes.abs_diff(answers[0]) < 16), "{answers:?}");
    assert!(best[1] < best[0] * 4 + Duration::from_millis(2), "{best:?}");
}
