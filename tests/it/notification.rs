//! MS-OXCNOTIF: who is told what, and when. Requirement numbers are those of the Interop test
//! suites' specification (`MS-OXCNOTIF Rnnn`).

mod bytes;
pub(crate) mod client;
mod race;
mod tables;
mod views;

use client::{Client, NOW, ROOMY, Told, World, message, save};
use mailstead::limits;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, SortOrderSet};
use mailstead::notify::{self, KeptQueue, Scope, Watch, Watched};
use mailstead::rop::{
    Access, DeleteMessagesRequest, MoveCopyMessagesRequest, NO_HANDLE, RegisterNotificationRequest, Request, event,
};
use mailstead::store::{DeleteDepth, FolderKind, Kind, Location, NewFolder, SessionStore, Special, What};
use std::sync::Arc;

const INBOX: u64 = 5;
const DRAFTS: u64 = 14;
const EVERYTHING: u16 = 0x00FE;

/// Types with their bits, message and folder of events under one handle.
fn told(events: &[Told], handle: u32) -> Vec<(u16, u64, u64)> {
    let counter = |id: Option<ObjectId>| id.map_or(0, ObjectId::counter);
    let own = events.iter().filter(|(h, _)| *h == handle);
    own.map(|(_, e)| (e.notification_flags, counter(e.folder_id), counter(e.message_id))).collect()
}

fn delete(client: &mut Client, folder: u64, id: u64) {
    let folder = client.folder(folder);
    let delete = DeleteMessagesRequest {
        want_asynchronous: false,
        notify_non_read: false,
        message_ids: vec![ObjectId::own(id)],
    };
    client.act(Request::DeleteMessages(delete), folder);
}

/// MS-OXCNOTIF R10, R13, R14, R15, R42, R43, R44, R52, R332: every session of the mailbox is told.
/// MS-OXCNOTIF R1 R6 R32 R34 R35 R36 R39 R287 R289 R351
/// MS-OXCROPS R4320 R4335
#[test]
fn two_sessions_hear_of_a_third_ones_changes() {
    let world = World::new();
    let (mut a, mut b, mut c) = (world.client(), world.client(), world.client());
    let (sa, sb) = (a.subscribe(EVERYTHING, None), b.subscribe(event::DELETED, None));
    let id = c.create_message(INBOX, "x").counter();
    c.change_message(INBOX, id, "y");
    delete(&mut c, INBOX, id);
    let m = event::MESSAGE;
    let (total, counters) = (event::MODIFIED | event::TOTAL, |_: u16| INBOX);
    let expected = [
        (event::CREATED | m, INBOX, id),
        (total, counters(0), 0),
        (event::MODIFIED | m, INBOX, id),
        (event::DELETED | m, INBOX, id),
        (total, counters(0), 0),
    ];
    assert_eq!(told(&a.poll(), sa), expected);
    assert_eq!(told(&b.poll(), sb), [(event::DELETED | m, INBOX, id)]);
    assert!(a.poll().is_empty() && b.poll().is_empty(), "told once");
    assert!(c.events.is_empty() && c.poll().is_empty(), "who did not ask is not told");
}

/// Own changes are told like others', in the very answer. MS-OXCNOTIF R332, R345
#[test]
fn a_session_hears_of_its_own_changes() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(event::CREATED, None);
    let id = a.create_message(INBOX, "x").counter();
    assert_eq!(told(&a.events, s), [(event::CREATED | event::MESSAGE, INBOX, id)]);
}

/// MS-OXCNOTIF R52, R53; MS-OXCROPS R4339: the mailbox, a folder, or a message.
#[test]
fn scopes() {
    let world = World::new();
    let mut a = world.client();
    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let store = a.subscribe(event::MODIFIED | event::DELETED | event::CREATED, None);
    let inbox = a.subscribe(event::MODIFIED | event::DELETED | event::CREATED, Some((INBOX, 0)));
    let one = a.subscribe(event::MODIFIED | event::DELETED | event::CREATED, Some((INBOX, id)));
    let (other, elsewhere) = world.write(|txn, mailbox| {
        (save(txn, mailbox, INBOX, &mut message("b", 2)), save(txn, mailbox, DRAFTS, &mut message("c", 3)))
    });
    let mut b = world.client();
    b.change_message(INBOX, id, "new");
    let events = a.poll();
    let m = event::MESSAGE;
    let of = |handle| told(&events, handle).into_iter().filter(|(flags, ..)| flags & m != 0).collect::<Vec<_>>();
    let all =
        [(event::CREATED | m, INBOX, other), (event::CREATED | m, DRAFTS, elsewhere), (event::MODIFIED | m, INBOX, id)];
    assert_eq!(of(store), all);
    assert_eq!(of(inbox), [all[0], all[2]]);
    assert_eq!(of(one), [all[2]]);
    let counters = |handle| told(&events, handle).into_iter().filter(|(flags, ..)| flags & m == 0).collect::<Vec<_>>();
    let f = event::MODIFIED | event::TOTAL | event::UNREAD;
    assert_eq!(counters(store), [(f, INBOX, 0), (f, DRAFTS, 0)], "once for each commit");
    assert_eq!(counters(inbox), [(f, INBOX, 0)]);
    assert!(counters(one).is_empty());
}

/// A move is told to who watches either folder. MS-OXCNOTIF R16, R12, R45, R46
#[test]
fn moves_concern_both_folders() {
    let world = World::new();
    let mut a = world.client();
    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let (from, to) =
        (a.subscribe(event::MOVED, Some((INBOX, 0))), a.subscribe(event::MOVED | event::COPIED, Some((DRAFTS, 0))));
    let mut b = world.client();
    let (inbox, drafts) = (b.folder(INBOX), b.folder(DRAFTS));
    for want_copy in [true, false] {
        let message_ids = vec![ObjectId::own(id)];
        let request = MoveCopyMessagesRequest { message_ids, want_asynchronous: false, want_copy };
        b.run(&[Request::MoveCopyMessages(request)], &[inbox, drafts], &[]);
    }
    let events = a.poll();
    let kinds = |handle| events.iter().filter(|(h, _)| *h == handle).map(|(_, e)| e.clone()).collect::<Vec<_>>();
    assert_eq!((kinds(from).len(), kinds(to).len()), (1, 2));
    let moved = &kinds(from)[0];
    assert_eq!(moved.old_message_id, Some(ObjectId::own(id)));
    assert_ne!(moved.message_id, Some(ObjectId::own(id)));
    assert_eq!((moved.folder_id, moved.old_folder_id), (Some(ObjectId::own(DRAFTS)), Some(ObjectId::own(INBOX))));
    assert_eq!((moved.parent_folder_id, moved.old_parent_folder_id), (None, None));
}

/// MS-OXCNOTIF R13, R14, R16: folders too.
#[test]
fn folders() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(event::CREATED | event::DELETED | event::MOVED | event::MODIFIED, Some((INBOX, 0)));
    let new = |name| NewFolder { name, comment: "", kind: FolderKind::Generic };
    let f = world.write(|txn, mailbox| {
        let f = txn.create_folder(mailbox, INBOX, &new("f"), NOW).unwrap();
        txn.create_folder(mailbox, f, &new("deeper"), NOW).unwrap();
        f
    });
    assert_eq!(told(&a.poll(), s), [(event::CREATED, f, 0), (event::MODIFIED, INBOX, 0)], "a child, but no grandchild");
    world.write(|txn, mailbox| txn.place_folder(mailbox, f, INBOX, "g", NOW).unwrap());
    assert_eq!(told(&a.poll(), s), [(event::MODIFIED, INBOX, 0)], "a child's name is the child's");
    world.write(|txn, mailbox| txn.place_folder(mailbox, f, DRAFTS, "g", NOW).unwrap());
    assert_eq!(told(&a.poll(), s), [(event::MOVED, f, 0), (event::MODIFIED, INBOX, 0)]);
    world.write(|txn, mailbox| txn.place_folder(mailbox, f, INBOX, "g", NOW).unwrap());
    a.poll();
    let all = DeleteDepth { messages: true, folders: true };
    world.write(|txn, mailbox| assert!(txn.delete_folder(mailbox, f, all, NOW).unwrap()));
    assert_eq!(told(&a.poll(), s), [(event::DELETED, f, 0), (event::MODIFIED, INBOX, 0)]);
}

/// MS-OXCNOTIF R11, R103: delivery raises NewMail beside ObjectCreated; mail that was read elsewhere
/// or is put into any folder does not.
#[test]
fn new_mail() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(event::NEW_MAIL | event::CREATED, None);
    let raw = b"From: x@y.test\r\nTo: ann@example.test\r\nSubject: s\r\n\r\nbody\r\n";
    let import = |special: Special, read: bool| {
        let mut mail = mailstead::mail::import(raw, None);
        mail.flags.read = read;
        world
            .write(|txn, mailbox| mailstead::deliver::import(txn, mailbox, special.id(), &mail, NOW).unwrap())
            .counter()
    };
    let id = import(Special::Inbox, false);
    let m = event::MESSAGE;
    assert_eq!(told(&a.poll(), s), [(event::CREATED | m, INBOX, id), (event::NEW_MAIL | m, INBOX, id)]);
    let (read, draft) = (import(Special::Inbox, true), import(Special::Drafts, false));
    assert_eq!(told(&a.poll(), s), [(event::CREATED | m, INBOX, read), (event::CREATED | m, DRAFTS, draft)]);
}

/// Deleted softly is deleted; what happens to it after that is told to nobody but its tables.
#[test]
fn what_is_deleted_is_deleted_once() {
    let world = World::new();
    let mut a = world.client();
    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let s = a.subscribe(event::DELETED | event::CREATED, None);
    world.write(|txn, mailbox| assert!(txn.soft_delete_message(mailbox, INBOX, Kind::Normal, id, NOW).unwrap()));
    assert_eq!(told(&a.poll(), s), [(event::DELETED | event::MESSAGE, INBOX, id)]);
    world.write(|txn, mailbox| assert!(txn.delete_message(mailbox, INBOX, Kind::Deleted, id, NOW).unwrap()));
    assert!(a.poll().is_empty());
}

/// What did not commit did not happen.
#[test]
fn only_commits_are_told() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(EVERYTHING, None);
    let mut txn = world.store.write().unwrap();
    save(&mut txn, world.user.id, INBOX, &mut message("aborted", 1));
    drop(txn);
    let kept = world.write(|txn, mailbox| {
        let mut child = txn.child().unwrap();
        save(&mut child, mailbox, INBOX, &mut message("aborted child", 1));
        drop(child);
        let mut child = txn.child().unwrap();
        let id = save(&mut child, mailbox, INBOX, &mut message("committed child", 1));
        child.commit().unwrap();
        id
    });
    let counters = event::MODIFIED | event::TOTAL | event::UNREAD;
    assert_eq!(told(&a.poll(), s), [(event::CREATED | event::MESSAGE, INBOX, kept), (counters, INBOX, 0)]);
}

/// Releasing the subscription or the logon ends it; what waits under it is dropped too.
/// MS-OXCNOTIF R291
#[test]
fn release_ends_a_subscription() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(event::CREATED, None);
    let kept = a.subscribe(event::CREATED, None);
    let create = || world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    create();
    a.release(s);
    assert!(told(&a.events, s).is_empty(), "released in the batch that fetched the event");
    assert_eq!(told(&a.events, kept).len(), 1, "MS-OXCNOTIF R291: the other one goes on");
    a.events.clear();
    create();
    a.release(a.logon);
    create();
    assert!(a.events.is_empty() && a.poll().is_empty());
    assert!(world.engine.hub.is_empty(), "nothing is kept for who watches nothing");
}

/// A session without subscriptions and views is unknown to the hub; one that is gone, too.
#[test]
fn silent_sessions_cost_nothing() {
    let world = World::new();
    let mut a = world.client();
    let b = world.client();
    assert_eq!(world.engine.hub.len(), 0);
    a.subscribe(event::CREATED, None);
    assert_eq!(world.engine.hub.len(), 1);
    drop(a);
    assert_eq!(world.engine.hub.len(), 0);
    drop(b);
}

/// MS-OXCNOTIF R334, R347, R349; MS-OXCROPS R452202, R453902: as many as fit, then RopPending, and the
/// rest in order with the next answers.
/// MS-OXCNOTIF R81 R236 R338
/// MS-OXCROPS R4432 R4438
#[test]
fn what_does_not_fit_is_pending() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(event::CREATED, None);
    let ids: Vec<u64> =
        (0..40).map(|n| world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", n)))).collect();
    // RPC_HEADER_EXT 8, RopSize 2, three events of 26 bytes, RopPending 3.
    a.max_out = 8 + 2 + 3 * 26 + 3;
    let mut got = Vec::new();
    for round in 1..=14 {
        let events = a.poll();
        let left = 40_usize.saturating_sub(3 * round);
        assert_eq!((events.len(), a.pending), (if left == 0 { 1 } else { 3 }, left > 0), "round {round}");
        got.extend(told(&events, s).into_iter().map(|(.., id)| id));
    }
    assert_eq!(got, ids);
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 0)));
    a.max_out = 8 + 2 + 25;
    assert!(a.poll().is_empty() && a.pending, "too little room is no reason to lose it");
    a.max_out = 8 + 2 + 26;
    assert!(a.poll().len() == 1 && !a.pending, "the last one needs no room for RopPending");
}

/// A queue that nobody fetches is bounded: tables are read anew, new mail and counters are kept.
#[test]
fn the_queue_is_bounded() {
    let world = World::new();
    let mut a = world.client();
    let s = a.subscribe(EVERYTHING, None);
    let table = a.contents(INBOX, 0, &[PropertyTag::PidTagMid], &SortOrderSet::default());
    let raw = b"From: x@y.test\r\nTo: ann@example.test\r\nSubject: s\r\n\r\nbody\r\n";
    let mail = mailstead::mail::import(raw, None);
    let new = world.write(|txn, mailbox| {
        mailstead::deliver::import(txn, mailbox, Special::Inbox.id(), &mail, NOW).unwrap().counter()
    });
    let at = Location { folder: INBOX, kind: Kind::Normal };
    let rounds = limits::SESSION_EVENTS_MAX / 100 + 2;
    for _ in 0..rounds {
        world.write(|txn, mailbox| {
            let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, new).unwrap().unwrap();
            for _ in 0..100 {
                head.status ^= 1;
                txn.update_head(mailbox, at, new, &head, NOW).unwrap();
            }
        });
    }
    a.events.clear();
    let mut events = a.poll();
    while a.pending {
        events.extend(a.poll());
    }
    assert!(events.len() < limits::SESSION_EVENTS_MAX, "{} events", events.len());
    let flags = told(&events, s);
    assert!(flags.contains(&(event::NEW_MAIL | event::MESSAGE, INBOX, new)), "new mail is told");
    assert!(flags.contains(&(event::MODIFIED | event::TOTAL | event::UNREAD, INBOX, 0)), "counters are told");
    let row: Vec<_> = events.iter().filter(|(h, _)| *h == table).map(|(_, e)| e.table_event_type).collect();
    assert_eq!(row, [Some(1)], "the table is to be read anew");
}

/// One transaction that changes very much is not told one by one.
#[test]
fn a_very_large_commit_is_told_as_a_whole() {
    let world = World::new();
    let mut a = world.client();
    let table = a.contents(INBOX, 0, &[PropertyTag::PidTagMid], &SortOrderSet::default());
    let at = Location { folder: INBOX, kind: Kind::Normal };
    world.write(|txn, mailbox| {
        let id = save(txn, mailbox, INBOX, &mut message("a", 1));
        let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, id).unwrap().unwrap();
        for _ in 0..limits::COMMIT_EVENTS_MAX {
            head.status ^= 1;
            txn.update_head(mailbox, at, id, &head, NOW).unwrap();
        }
    });
    let events = a.poll();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0, events[0].1.table_event_type), (table, Some(1)));
}

/// A session is data: written down and picked up, it has the same events, those too that it had not
/// written down itself.
#[test]
fn events_outlive_the_process() {
    let mut world = World::new();
    let (runtime, store, data) = (tempfile::tempdir().unwrap(), Arc::clone(&world.store), world.path().to_owned());
    let open = || Arc::new(SessionStore::open(runtime.path(), Arc::clone(&store), &data, "this boot").unwrap());
    let sessions = open();
    world.engine.hub.keep_in(Arc::clone(&sessions));
    let mut a = world.client();
    sessions.begin(1, b"context");
    a.objects.keep_in(Arc::clone(&sessions), 1);
    let s = a.subscribe(event::CREATED, None);
    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    world.restart();
    drop((a, sessions));
    let mut again = world.client();
    let sessions = open();
    let kept = sessions.load().unwrap();
    assert_eq!((kept.len(), kept[0].number, kept[0].context.as_slice()), (1, 1, &b"context"[..]));
    again.objects = world.engine.resume(&sessions, &kept[0]).unwrap();
    assert_eq!(told(&again.poll(), s), [(event::CREATED | event::MESSAGE, INBOX, id)]);
    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    assert_eq!(told(&again.poll(), s), [(event::CREATED | event::MESSAGE, INBOX, id)], "and hears of more");
}

/// Something else in the server may commit while a session is being resumed: it falls neither between what
/// the records know and what the session hears, nor does it stop anything.
#[test]
fn a_commit_during_the_resumption_is_not_lost() {
    let world = World::new();
    let mut session = notify::Session::default();
    let watched = Watched::Objects { types: EVERYTHING, scope: Scope::Store };
    let watch = Watch { mailbox: world.user.id, reader: 0, own: true, what: watched };
    let before = world.store.last_transaction();
    std::thread::scope(|scope| {
        session.resume(&world.engine.hub, KeptQueue::default(), vec![watch], || {
            let known = Some(Vec::new());
            // In the data file at once, told when the session listens.
            scope.spawn(|| world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1))));
            while world.store.last_transaction() == before {
                std::thread::yield_now();
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            known
        });
    });
    let heard: Vec<_> = std::iter::from_fn(|| session.pop()).map(|queued| queued.event.what).collect();
    assert!(heard.iter().any(|what| matches!(what, What::MessageCreated { .. })), "{heard:?}");
}

/// Where a subscription can be made, and on what.
#[test]
fn registration_is_checked() {
    let world = World::new();
    let mut a = world.client();
    let register = |scope| {
        Request::RegisterNotification(RegisterNotificationRequest { notification_types: event::CREATED, scope })
    };
    assert_eq!(register(None).access(), Access::Reads);
    let foreign = ObjectId::new(7, 5);
    assert_eq!(a.try_act(register(Some((foreign, ObjectId::NONE))), a.logon), Err(ErrorCode::NotFound));
    assert_eq!(a.try_act(register(None), NO_HANDLE), Err(ErrorCode::NullObject));
    let s = a.subscribe(event::CREATED, None);
    assert_eq!(a.try_act(register(None), s), Err(ErrorCode::NotSupported));
    let folder = a.folder(INBOX);
    assert!(a.try_act(register(None), folder).is_ok(), "the scope is what the request says");
    // The reserved bit 0400 brings a byte along and means nothing (R111001).
    assert!(a.subscribe(event::EXTENDED | event::CREATED, None) > 0);
    a.max_out = ROOMY;
}
