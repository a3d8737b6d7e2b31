//! What sessions are told of search folders. MS-OXCNOTIF 2.2.1.1, 2.2.1.4.1.2

use super::{criteria, set, subject_has};
use crate::notification::client::{Client, NOW, World, message, save};
use crate::store::Random;
use mailstead::mapi::{ObjectId, Order, PropertyTag, SortOrder, SortOrderSet, Value};
use mailstead::rop::{
    CreateFolderRequest, GetSearchCriteriaRequest, NO_HANDLE, Request, Response, SetSearchCriteriaRequest, event,
};
use mailstead::store::{FolderKind, IndexOrder, Kind, List, Location, NewFolder, Special};
use mailstead::wire::{FileTime, Wire};

const INBOX: u64 = 5;
const DRAFTS: u64 = 14;
const FINDER: u64 = 11;
const MID: &[PropertyTag] = &[PropertyTag::PidTagMid, PropertyTag::PidTagFolderId];

/// A new search folder: its handle and counter.
fn search_folder(client: &mut Client, name: &str) -> (u32, u64) {
    let finder = client.folder(FINDER);
    let create = CreateFolderRequest { folder_type: 2, ..crate::client::new_folder(name) };
    let (replies, handles) = client.run(&[Request::CreateFolder(create)], &[finder, NO_HANDLE], &[]);
    match crate::notification::client::answer(&replies).unwrap() {
        Response::CreateFolder(created) => (handles[1], created.folder_id.counter()),
        other => panic!("{other:?}"),
    }
}

fn search(client: &mut Client, folder: u32, part: &str, folders: &[u64], flags: u32) {
    let ids: Vec<ObjectId> = folders.iter().map(|folder| ObjectId::own(*folder)).collect();
    client.act(Request::SetSearchCriteria(criteria(&subject_has(part), &ids, flags)), folder);
}

fn search_all(world: &World) {
    let mut after = None;
    while world.store.search_slice(&mut after, NOW).unwrap() {}
}

/// MS-OXCNOTIF R17, R47, R109: told once, when all results are there.
#[test]
fn a_search_that_is_complete_is_told() {
    let world = World::new();
    let (mut a, mut b) = (world.client(), world.client());
    world.write(|txn, mailbox| {
        for n in 0..700 {
            save(txn, mailbox, INBOX, &mut message("m", n));
        }
    });
    let (folder, id) = search_folder(&mut a, "S");
    let (own, other, store) = (
        a.subscribe(event::SEARCH_COMPLETE, Some((id, 0))),
        b.subscribe(event::SEARCH_COMPLETE, Some((id, 0))),
        b.subscribe(event::SEARCH_COMPLETE, None),
    );
    let elsewhere = b.subscribe(event::SEARCH_COMPLETE, Some((INBOX, 0)));
    search(&mut a, folder, "m", &[INBOX], set::RESTART);
    assert!(a.poll().is_empty() && b.poll().is_empty(), "not yet");
    search_all(&world);
    let told = |client: &mut Client| {
        let events = client.poll();
        events
            .into_iter()
            .map(|(handle, e)| (handle, e.notification_flags, e.folder_id.unwrap().counter()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&mut a), [(own, event::SEARCH_COMPLETE, id)]);
    assert_eq!(told(&mut b), [(other, event::SEARCH_COMPLETE, id), (store, event::SEARCH_COMPLETE, id)]);
    assert_ne!(elsewhere, other);
    // The same criteria again are nothing new; a small search is done within its request, and told.
    search(&mut a, folder, "m", &[INBOX], set::RESTART);
    search_all(&world);
    assert!(a.poll().is_empty());
    search(&mut a, folder, "m", &[DRAFTS], set::RESTART);
    search_all(&world);
    assert_eq!(told(&mut b).len(), 2);
}

/// MS-OXCNOTIF R119, R120, R122, R179, R17901, R17902; MS-OXCFOLD R1097: a message in a search folder has
/// events of its own: bits S and M, the search folder, the message, and the folder that it lies in.
/// MS-OXCNOTIF R118
#[test]
fn messages_come_change_and_go() {
    let world = World::new();
    let mut a = world.client();
    let (folder, id) = search_folder(&mut a, "S");
    search(&mut a, folder, "a", &[INBOX], 0);
    search_all(&world);
    let s = a.subscribe(event::CREATED | event::MODIFIED | event::DELETED, Some((id, 0)));
    let bytes = |client: &mut Client| {
        client.poll();
        client.last_list.clone()
    };
    let own = |counter: u64| ObjectId::own(counter).to_bytes();
    let with = |parts: &[&[u8]]| parts.concat();
    let notify = with(&[&[0x2A], &s.to_le_bytes(), &[0]]);
    let message_id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let counters = |total: u32, unread: u32| {
        with(&[&notify, &[0x10, 0x30], &own(id), &[0, 0], &total.to_le_bytes(), &unread.to_le_bytes()])
    };
    let created = with(&[&notify, &[0x04, 0xC0], &own(id), &own(message_id), &own(INBOX), &[0, 0]]);
    assert_eq!(bytes(&mut a), with(&[&created, &counters(1, 1)]));
    let at = Location { folder: INBOX, kind: Kind::Normal };
    world.write(|txn, mailbox| {
        let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, message_id).unwrap().unwrap();
        head.read = true;
        txn.update_head(mailbox, at, message_id, &head, NOW).unwrap();
    });
    let modified = with(&[&notify, &[0x10, 0xC0], &own(id), &own(message_id), &[0, 0]]);
    let unread = with(&[&notify, &[0x10, 0x20], &own(id), &[0, 0], &[0; 4]]);
    assert_eq!(bytes(&mut a), with(&[&modified, &unread]));
    world.write(|txn, mailbox| {
        let to = Location { folder: DRAFTS, kind: Kind::Normal };
        txn.move_message(mailbox, at, message_id, to, NOW).unwrap();
    });
    let deleted = with(&[&notify, &[0x08, 0xC0], &own(id), &own(message_id), &own(INBOX)]);
    let total = with(&[&notify, &[0x10, 0x10], &own(id), &[0, 0], &[0; 4]]);
    assert_eq!(bytes(&mut a), with(&[&deleted, &total]));
}

/// outlook.md §8: rows are told while the folder is filled. They name the folder that their message
/// is in, as their PidTagFolderId does, and so do those they stand after.
#[test]
fn rows_come_while_it_is_filled() {
    let world = World::new();
    let mut a = world.client();
    let first = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("m", 1)));
    let second = world.write(|txn, mailbox| save(txn, mailbox, DRAFTS, &mut message("m", 2)));
    let (folder, id) = search_folder(&mut a, "S");
    let table = a.contents(id, 0, MID, &SortOrderSet::default());
    search(&mut a, folder, "m", &[INBOX, DRAFTS], 0);
    search_all(&world);
    let mut events = std::mem::take(&mut a.events);
    events.extend(a.poll());
    let rows: Vec<_> = events.iter().filter(|(handle, _)| *handle == table).map(|(_, e)| e.clone()).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    let ids = |row: mailstead::rop::TableRowIds| (row.folder_id.counter(), row.message.unwrap().0.counter());
    assert_eq!(rows.iter().map(|row| row.table_event_type).collect::<Vec<_>>(), [Some(3), Some(3)]);
    assert_eq!(ids(rows[0].table_row.unwrap()), (INBOX, first));
    assert_eq!(rows[0].insert_after.unwrap().folder_id, ObjectId::NONE);
    assert_eq!(ids(rows[1].table_row.unwrap()), (DRAFTS, second));
    assert_eq!(ids(rows[1].insert_after.unwrap()), (INBOX, first));
    world.write(|txn, mailbox| txn.delete_message(mailbox, INBOX, Kind::Normal, first, NOW)).unwrap();
    let gone = a.poll();
    assert_eq!((gone[0].1.table_event_type, ids(gone[0].1.table_row.unwrap())), (Some(4), (INBOX, first)));
}

/// Whoever applies every event to the rows has the rows of the search folder.
#[test]
fn rows_kept_by_events_are_what_is_shown() {
    let mut random = Random::from_env("rows of search folders");
    for _ in 0..6 {
        let world = World::new();
        let mut a = world.client();
        let (folder, id) = search_folder(&mut a, "S");
        let by_time = SortOrder { property_tag: PropertyTag::PidTagMessageDeliveryTime, order: Order::Descending };
        let orders = [
            (SortOrderSet::default(), IndexOrder::Id, true),
            (SortOrderSet { sort_orders: vec![by_time], ..SortOrderSet::default() }, IndexOrder::Delivery, false),
        ];
        let tables = orders.clone().map(|(sort, ..)| a.contents(id, 0, MID, &sort));
        // A table of a folder in the scope beside it: the same messages, other events.
        let inbox = a.contents(INBOX, 0, MID, &SortOrderSet::default());
        let mut rows: [Vec<u64>; 2] = [Vec::new(), Vec::new()];
        let mut inbox_rows: Vec<u64> = Vec::new();
        search(&mut a, folder, "a", &[INBOX, DRAFTS], 0);
        for _ in 0..40 {
            for _ in 0..random.below(4) {
                change(&world, &mut random);
            }
            let mut after = None;
            world.store.search_slice(&mut after, NOW).unwrap();
            let mut events = std::mem::take(&mut a.events);
            events.extend(a.poll());
            while a.pending {
                events.extend(a.poll());
            }
            for (handle, data) in &events {
                let kept = match tables.iter().position(|table| table == handle) {
                    Some(at) => &mut rows[at],
                    None if *handle == inbox => &mut inbox_rows,
                    None => panic!("an event of something else"),
                };
                let kind = data.table_event_type.unwrap();
                assert_ne!(kind, 1, "an index order is told row by row");
                let row = data.table_row.unwrap().message.unwrap().0.counter();
                kept.retain(|other| *other != row);
                if let Some(before) = data.insert_after {
                    let at = match before.message.unwrap().0 {
                        ObjectId::NONE => 0,
                        before => {
                            1 + kept.iter().position(|row| *row == before.counter()).expect("a row that is there")
                        }
                    };
                    kept.insert(at, row);
                }
            }
            let txn = world.store.read().unwrap();
            let shown = |folder, kind, order, forward| {
                let list = List { mailbox: world.user.id, folder, kind };
                let rows = txn.index_rows(list, order, None, forward, usize::MAX).unwrap();
                rows.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
            };
            for (rows, (_, order, forward)) in rows.iter().zip(&orders) {
                assert_eq!(*rows, shown(id, Kind::Linked, *order, *forward));
            }
            assert_eq!(inbox_rows, shown(INBOX, Kind::Normal, IndexOrder::Id, true));
        }
    }
}

/// One random change of messages that begin to match, cease to, and move about.
fn change(world: &World, random: &mut Random) {
    world.write(|txn, mailbox| {
        let folder = [INBOX, DRAFTS, Special::SentItems.counter()][random.below(3)];
        let to =
            Location { folder: [INBOX, DRAFTS, Special::SentItems.counter()][random.below(3)], kind: Kind::Normal };
        let at = Location { folder, kind: Kind::Normal };
        let ids = txn.message_ids(mailbox, folder, Kind::Normal).unwrap();
        let picked = (!ids.is_empty()).then(|| ids[random.below(ids.len().max(1))]);
        let time = u64::try_from(random.below(8)).unwrap();
        let subject = ["a", "b"][random.below(2)];
        match (random.below(7), picked) {
            (0, Some(id)) => drop(txn.delete_message(mailbox, folder, Kind::Normal, id, NOW).unwrap()),
            (1, Some(id)) => {
                txn.move_message(mailbox, at, id, to, NOW).unwrap();
            }
            (2 | 3, Some(id)) => {
                let mut head = txn.message_head(mailbox, folder, Kind::Normal, id).unwrap().unwrap();
                head.properties.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(subject.into()));
                head.properties.set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(FileTime(time)));
                txn.update_head(mailbox, at, id, &head, NOW).unwrap();
            }
            _ => drop(save(txn, mailbox, folder, &mut message(subject, time))),
        }
    });
}

/// A mailbox without search folders pays one look for a change: nothing of searches is written, and
/// no event is made.
#[test]
fn without_searches_there_are_no_events() {
    let world = World::new();
    let mut a = world.client();
    world.write(|txn, mailbox| {
        let new = NewFolder { name: "S", comment: "", kind: FolderKind::Search };
        txn.create_folder(mailbox, FINDER, &new, NOW).unwrap()
    });
    let s = a.subscribe(event::CREATED, None);
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let events = a.poll();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0, events[0].1.notification_flags), (s, event::CREATED | event::MESSAGE));
}

/// MS-OXCROPS R676, R684, R698 to R705, R713, R715, R717, R719 to R731, R734 to R750, R74201; MS-OXCFOLD R98, R102,
/// R118, R120, R121, R125, R127, R133, R134, R138, R496, R512, R576, R957 to R959, R1100, R2140, R2141: the two
/// operations byte by byte, written down from rops.md and oxcdata.md.
#[test]
fn bytes_of_the_operations() {
    let world = World::new();
    let mut a = world.client();
    let (folder, _) = search_folder(&mut a, "S");
    let answer = |client: &mut Client, request: Request, handle: u32| {
        client.run(std::slice::from_ref(&request), &[handle], &[]);
        client.last_list.clone()
    };
    let get = |unicode, restriction, folders| {
        Request::GetSearchCriteria(GetSearchCriteriaRequest {
            use_unicode: unicode,
            include_restriction: restriction,
            include_folders: folders,
        })
    };
    // Failures: ecNotInitialized, ecNotSearchFolder; nothing follows.
    assert_eq!(answer(&mut a, get(true, true, true), folder), [0x31, 0, 0x05, 0x06, 0x04, 0x80]);
    let inbox = a.folder(INBOX);
    assert_eq!(answer(&mut a, get(true, true, true), inbox), [0x31, 0, 0x61, 0x04, 0, 0]);
    // Content restriction: substring, IGNORECASE, PidTagSubject, and the value with its tag again.
    let restriction =
        [&[0x03, 0x01, 0, 0x01, 0][..], &[0x1F, 0, 0x37, 0], &[0x1F, 0, 0x37, 0], &[b'h', 0, 0xE9, 0, 0, 0]].concat();
    let set = SetSearchCriteriaRequest {
        restriction_data: restriction.clone(),
        folder_ids: vec![ObjectId::own(DRAFTS), ObjectId::own(INBOX)],
        search_flags: 6,
    };
    let set = Request::SetSearchCriteria(set);
    assert_eq!(answer(&mut a, set.clone(), inbox), [0x30, 0, 0x61, 0x04, 0, 0]);
    assert_eq!(answer(&mut a, set, folder), [0x30, 0, 0, 0, 0, 0]);
    search_all(&world);
    // SEARCH_RECURSIVE, SEARCH_COMPLETE, TWIR_TOTALLY.
    let flags = [0x04, 0x10, 0, 0x08];
    let ids = [[1, 0, 0, 0, 0, 0, 0, 14], [1, 0, 0, 0, 0, 0, 0, 5]].concat();
    let head = [0x31, 0, 0, 0, 0, 0];
    let all = [&head[..], &[19, 0], &restriction, &[0], &[2, 0], &ids, &flags].concat();
    assert_eq!(answer(&mut a, get(true, true, true), folder), all);
    let eight_bit =
        [&[0x03, 0x01, 0, 0x01, 0][..], &[0x1E, 0, 0x37, 0], &[0x1E, 0, 0x37, 0], &[b'h', 0xE9, 0]].concat();
    let some = [&head[..], &[16, 0], &eight_bit, &[0], &[0, 0], &flags].concat();
    assert_eq!(answer(&mut a, get(false, true, false), folder), some);
    let others = [&head[..], &[0, 0], &[0], &[2, 0], &ids, &flags].concat();
    assert_eq!(answer(&mut a, get(false, false, true), folder), others);
}
