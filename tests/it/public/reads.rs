//! Each user's own read state in public folders: online, in tables, by events, as per-user information
//! and by synchronisation. MS-OXCSTOR 3.2.5.12, 3.2.5.13; MS-OXCFXICS 3.2.5.6

use super::Hall;
use crate::client::{Desk, string};
use mailstead::mapi::{ErrorCode, GuidSet, LongTermId, ObjectId, PropertyTag, Ranges, Restriction, TaggedValue, Value};
use mailstead::notify::{Scope, Session, Watch, Watched};
use mailstead::rop::{
    ReadPerUserInformationRequest, RestrictRequest, SaveChangesMessageRequest, SetMessageReadFlagRequest,
    SetReadFlagsRequest, SynchronizationImportReadStateChangesRequest, WritePerUserInformationRequest,
};
use mailstead::store::{PUBLIC_STORE, What, looks};
use mailstead::transfer::meta;
use mailstead::wire::{Guid, Wire as _};
use smol::block_on;
use std::collections::BTreeMap;

type State = BTreeMap<u32, Vec<u8>>;

pub(super) const READ: u8 = 1;
pub(super) const UNREAD: u8 = 4;

pub(super) fn mark(desk: &mut Desk, folder: u32, ids: &[ObjectId], read_flags: u8) {
    let request = SetReadFlagsRequest { want_asynchronous: false, read_flags, message_ids: ids.to_vec() };
    assert!(!desk.go(folder, request).partial_completion);
}

pub(super) fn unread(desk: &mut Desk, folder: u32) -> i32 {
    desk.integer(folder, PropertyTag::PidTagContentUnreadCount)
}

/// Whether messages are read, as a table and as the messages themselves say.
fn is_read(desk: &mut Desk, folder: u32, folder_id: ObjectId, ids: &[ObjectId]) -> Vec<bool> {
    let table = desk.contents(folder, &[PropertyTag::PidTagMid, PropertyTag::PidTagMessageFlags]);
    let rows = desk.rows(table);
    let in_table = |id: &ObjectId| {
        let row = rows.iter().find(|row| row[0] == Ok(Value::Integer64(id.to_i64()))).unwrap();
        matches!(row[1], Ok(Value::Integer32(flags)) if flags & 1 != 0)
    };
    let shown: Vec<bool> = ids.iter().map(in_table).collect();
    for (id, shown) in ids.iter().zip(&shown) {
        let message = desk.open_message(folder_id, *id);
        assert_eq!(desk.get(message, PropertyTag::PidTagRead), Ok(Value::Boolean(*shown)));
        block_on(desk.session.release(&[message])).unwrap();
    }
    block_on(desk.session.release(&[table])).unwrap();
    shown
}

/// MS-OXCSTOR R517, R3123, R3124
#[test]
fn what_one_has_read_the_other_has_not() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let (a, b) = (ann.folder(hall.folder), bob.folder(hall.folder));
    let ids: Vec<ObjectId> = (0..4).map(|n| ann.note(hall.folder, &format!("post {n}"))).collect();
    assert_eq!((unread(&mut ann, a), unread(&mut bob, b)), (0, 4), "who writes it has read it");
    mark(&mut bob, b, &ids[1..3], READ);
    mark(&mut ann, a, &ids[..1], UNREAD);
    assert_eq!(is_read(&mut ann, a, hall.folder, &ids), [false, true, true, true]);
    assert_eq!(is_read(&mut bob, b, hall.folder, &ids), [false, true, true, false]);
    assert_eq!((unread(&mut ann, a), unread(&mut bob, b)), (1, 2));
    // All of the folder, for one of them.
    mark(&mut bob, b, &[], READ);
    assert_eq!((unread(&mut ann, a), unread(&mut bob, b)), (1, 0));
    // A condition on it finds what the user has not read.
    let flags = PropertyTag::PidTagMessageFlags;
    let restriction =
        Restriction::BitMask { bitmap_rel_op: mailstead::mapi::BitmapRelOp(0), property_tag: flags, mask: 1 };
    for (desk, folder, found) in [(&mut ann, a, 1), (&mut bob, b, 0)] {
        let table = desk.contents(folder, &[flags]);
        desk.go(table, RestrictRequest { restrict_flags: 0, restriction_data: dialect(&restriction) });
        assert_eq!(desk.rows(table).len(), found);
    }
    // What changes is new to everybody but who changed it.
    let message = ann.open_message(hall.folder, ids[3]);
    block_on(ann.session.release(&[message])).unwrap();
    let open = mailstead::rop::OpenMessageRequest {
        code_page_id: 0x0FFF,
        folder_id: hall.folder,
        open_mode_flags: 1,
        message_id: ids[3],
    };
    let message = ann.make(ann.logon.handle, open);
    ann.set(message, vec![string(PropertyTag::PidTagSubject, "changed")]);
    ann.attempt_on([message, message], SaveChangesMessageRequest { save_flags: 0x0A }).unwrap();
    assert_eq!(is_read(&mut ann, a, hall.folder, &ids), [false, true, true, true]);
    assert_eq!(is_read(&mut bob, b, hall.folder, &ids), [true, true, true, false]);
    assert_eq!((unread(&mut ann, a), unread(&mut bob, b)), (1, 1));
}

fn dialect(restriction: &Restriction) -> Vec<u8> {
    let mut w = mailstead::wire::Writer::new();
    restriction.write(&mut w);
    w.into_bytes()
}

/// MS-OXCROPS R2094 R2096 R2107 R2109 R2111 R2113 R2115
/// MS-OXCMSG R837, R842, R848, R849, R851, R852, R921, R1841, R1517, R1518, R846, R920
#[test]
fn set_message_read_flag_names_the_message_and_tells_whether_it_changed() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let id = ann.note(hall.folder, "post");
    let b = bob.folder(hall.folder);
    let message = bob.open_message(hall.folder, id);
    let client_data = LongTermId::new(bob.logon.private.repl_guid, id);
    let request = |read_flags| SetMessageReadFlagRequest { read_flags, client_data: Some(client_data) };
    let logon_id = bob.session.logon_id;
    for (read_flags, changes, left) in [(READ, true, 0), (READ, false, 0), (UNREAD, true, 1), (UNREAD, false, 1)] {
        let done = bob.attempt_on([message, b], request(read_flags)).unwrap().response.read_status_changed;
        let told = done.map(|change| (change.logon_id, change.client_data));
        assert_eq!(told, changes.then_some((logon_id, client_data)));
        assert_eq!(unread(&mut bob, b), left);
    }
    let a = ann.folder(hall.folder);
    assert_eq!(unread(&mut ann, a), 0, "nothing of it is Ann's");
    let elsewhere = LongTermId::new(Guid::NIL, id);
    let strange = SetMessageReadFlagRequest { read_flags: READ, client_data: Some(elsewhere) };
    assert_eq!(bob.attempt_on([message, b], strange).map(drop).unwrap_err(), ErrorCode::NotFound);
}

/// Whoever reads is told that the message changed, and how much is left; nobody else hears of it.
#[test]
fn events_of_reading_are_the_readers_own() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let id = ann.note(hall.folder, "post");
    let b = bob.folder(hall.folder);
    let listen = |reader: u32| {
        let mut session = Session::default();
        session.attach(&hall.engine.hub);
        session.begin();
        let what = Watched::Objects { types: 0x00FE, scope: Scope::Store };
        session.watch(vec![Watch { mailbox: PUBLIC_STORE, reader, own: true, what }]);
        session.end(false);
        session
    };
    let (of_ann, of_bob) = (listen(hall.place.ann.id), listen(hall.place.bob.id));
    mark(&mut bob, b, &[id], READ);
    assert_eq!(of_ann.len(), 0, "{:?}", of_ann.pop());
    let heard: Vec<What> = std::iter::from_fn(|| of_bob.pop()).map(|queued| queued.event.what).collect();
    assert!(matches!(heard[0], What::MessageModified { .. }), "{heard:?}");
    assert!(matches!(heard[1], What::FolderModified { unread: Some(0), total: None, .. }), "{heard:?}");
    assert_eq!(heard.len(), 2);
    ann.note(hall.folder, "another");
    assert!(!of_ann.is_empty() && !of_bob.is_empty(), "a post is everybody's");
}

/// Reads the whole of the per-user information in parts.
fn per_user(desk: &mut Desk, folder_id: LongTermId, max_data_size: u16) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let data_offset = u32::try_from(all.len()).unwrap();
        let request = ReadPerUserInformationRequest { folder_id, reserved: 0, data_offset, max_data_size };
        let part = desk.go(desk.logon.handle, request);
        assert!(max_data_size == 0 || part.data.len() <= max_data_size.into());
        all.extend(part.data);
        if part.has_finished {
            return all;
        }
    }
}

fn change_number(desk: &mut Desk, folder: ObjectId, id: ObjectId) -> u64 {
    let message = desk.open_message(folder, id);
    let Ok(Value::Integer64(number)) = desk.get(message, PropertyTag::PidTagChangeNumber) else { panic!("no CN") };
    block_on(desk.session.release(&[message])).unwrap();
    ObjectId::from_i64(number).counter()
}

/// MS-OXCSTOR R502, R517, R545, R59729, R539, R540, R1284, R542, R543, R546, R971, R974, R975, R3123, R3124, R965
/// MS-OXCSTOR R970
/// MS-OXCSTOR R560, R570, R1012, R1013, R1014, R1017, R1018, R1019, R1020, R1021, R1026, R1027, R1028, R969, R1257
#[test]
fn per_user_information_is_the_read_state() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let b = bob.folder(hall.folder);
    let ids: Vec<ObjectId> = (0..8).map(|n| ann.note(hall.folder, &format!("post {n}"))).collect();
    let replica = bob.logon.private.repl_guid;
    let folder_id = LongTermId::new(replica, hall.folder);
    assert_eq!(per_user(&mut bob, folder_id, 0), [], "nothing read, nothing kept");
    let every_second: Vec<ObjectId> = ids.iter().step_by(2).copied().collect();
    mark(&mut bob, b, &every_second, READ);
    let data = per_user(&mut bob, folder_id, 5);
    assert_eq!(per_user(&mut bob, folder_id, 0), data);
    let set = GuidSet::from_bytes(&data).unwrap().0.remove(&replica).unwrap();
    for id in &ids {
        let number = change_number(&mut bob, hall.folder, *id);
        assert_eq!(set.contains(number), every_second.contains(id));
    }
    assert_ne!(per_user(&mut ann, folder_id, 0), data, "hers is another");
    // Another set in its place, in two parts; numbers that are nobody's yet are not believed.
    let number = change_number(&mut bob, hall.folder, ids[1]);
    let mut all = GuidSet::default();
    all.set(replica, Ranges::new(number, number).union(&Ranges::new(0x1000_0000, 0x1000_0010)));
    let bytes = all.to_bytes();
    let (first, second) = bytes.split_at(5);
    let request = |data: &[u8], data_offset, has_finished| WritePerUserInformationRequest {
        folder_id,
        has_finished,
        data_offset,
        data: data.to_vec(),
        repl_guid: None,
    };
    let logon = bob.logon.handle;
    bob.go(logon, request(first, 0, false));
    bob.go(logon, request(second, 5, true));
    assert_eq!(unread(&mut bob, b), 7);
    let mut expected = vec![false; 8];
    expected[1] = true;
    assert_eq!(is_read(&mut bob, b, hall.folder, &ids), expected);
    let a = ann.folder(hall.folder);
    assert_eq!(unread(&mut ann, a), 0);
    let kept = GuidSet::from_bytes(&per_user(&mut bob, folder_id, 0)).unwrap().0.remove(&replica).unwrap();
    assert!(!kept.contains(0x1000_0000));
    assert_eq!(bob.fails(logon, request(b"\x01\x02", 0, true)), ErrorCode::CorruptData);
    assert_eq!(unread(&mut bob, b), 7, "and nothing changed");
    let elsewhere = WritePerUserInformationRequest {
        folder_id: LongTermId::new(replica, ObjectId::own(0x9999)),
        ..request(&bytes, 0, true)
    };
    assert_eq!(bob.fails(logon, elsewhere), ErrorCode::NotFound);
}

fn import(desk: &mut Desk, collector: u32, id: ObjectId, read: bool) {
    let mut states = 22_u16.to_le_bytes().to_vec();
    states.extend(desk.source_key(id));
    states.push(u8::from(read));
    desk.go(collector, SynchronizationImportReadStateChangesRequest { message_read_states: states });
}

/// MS-OXCFXICS R84, R87: what a user has read on one machine comes to the user's other one, and to
/// nobody else's; what a client has told itself does not come back to it.
#[test]
fn read_states_are_synchronised_for_each_user_alone() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let (a, b) = (ann.folder(hall.folder), bob.folder(hall.folder));
    let ids: Vec<ObjectId> = (0..6).map(|n| ann.note(hall.folder, &format!("post {n}"))).collect();
    let of_ann = ann.sync(a, &State::new()).sync.state;
    let of_bob = bob.sync(b, &State::new()).sync.state;
    mark(&mut bob, b, &ids[..2], READ);
    assert_eq!(ann.sync(a, &of_ann).sync.read, Ranges::default(), "not hers");
    let got = bob.sync(b, &of_bob);
    assert_eq!((got.changes.len(), got.sync.read.iter().count()), (0, 2));
    // An upload from Bob's laptop: his phone hears of it, the laptop does not.
    let laptop = got.sync.state.clone();
    let collector = bob.collector(b, true);
    bob.upload_state(collector, &laptop);
    import(&mut bob, collector, ids[4], true);
    import(&mut bob, collector, ids[0], false);
    let mut uploaded = bob.transfer_state(collector);
    uploaded.insert(meta::IDSET_GIVEN.0, laptop[&meta::IDSET_GIVEN.0].clone());
    let nothing = bob.sync(b, &uploaded).sync;
    assert_eq!((nothing.read, nothing.unread), (Ranges::default(), Ranges::default()));
    let phone = bob.sync(b, &got.sync.state).sync;
    assert!(phone.read.contains(ids[4].counter()) && phone.unread.contains(ids[0].counter()));
    let hers = ann.sync(a, &of_ann);
    assert_eq!((hers.changes.len(), hers.sync.read, hers.sync.unread), (0, Ranges::default(), Ranges::default()));
    assert_eq!((unread(&mut ann, a), unread(&mut bob, b)), (0, 4));
}

/// Beyond what is remembered of a user's reading, a client has all that it knows compared: nothing is
/// lost, also where the newest numbers were its own.
#[test]
fn a_client_that_is_far_behind_is_told_everything() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let b = bob.folder(hall.folder);
    let ids: Vec<ObjectId> = (0..5).map(|n| ann.note(hall.folder, &format!("post {n}"))).collect();
    let old = bob.sync(b, &State::new()).sync.state;
    mark(&mut bob, b, &ids[..1], READ);
    let kept = usize::try_from(mailstead::limits::READ_CHANGES_KEPT_MAX).unwrap();
    for n in 0..=kept {
        mark(&mut bob, b, &ids[4..], if n % 2 == 0 { READ } else { UNREAD });
    }
    let collector = bob.collector(b, true);
    bob.upload_state(collector, &old);
    import(&mut bob, collector, ids[2], true);
    let mut state = bob.transfer_state(collector);
    state.insert(meta::IDSET_GIVEN.0, old[&meta::IDSET_GIVEN.0].clone());
    let got = bob.sync(b, &state).sync;
    for (n, read) in [(0, true), (1, false), (2, true), (3, false), (4, true)] {
        let id = ids[n].counter();
        assert_eq!((got.read.contains(id), got.unread.contains(id)), (read, !read), "post {n}");
    }
    let next = bob.sync(b, &got.state).sync;
    assert_eq!((next.read, next.unread), (Ranges::default(), Ranges::default()));
}

/// Marking, asking and synchronising look at a few records, whatever the folder's size.
#[test]
fn costs_do_not_grow_with_the_folder() {
    let mut found = Vec::new();
    for size in [100, 3000] {
        let hall = Hall::new();
        let mut txn = hall.place.store.write().unwrap();
        let post = |txn: &mut _, n: usize| {
            let mut message = crate::store::message(&format!("{n}"), 10, 0);
            ObjectId::own(crate::store::save(txn, PUBLIC_STORE, hall.folder.counter(), &mut message))
        };
        let ids: Vec<ObjectId> = (0..size).map(|n| post(&mut txn, n)).collect();
        txn.commit().unwrap();
        let mut bob = hall.desk(&hall.place.bob);
        let b = bob.folder(hall.folder);
        mark(&mut bob, b, &ids[..size - 20], READ);
        let state = bob.sync(b, &State::new()).sync.state;
        let before = looks();
        mark(&mut bob, b, &ids[size - 10..size - 5], READ);
        mark(&mut bob, b, &ids[5..8], UNREAD);
        let marked = looks() - before;
        assert_eq!(unread(&mut bob, b), 20 - 5 + 3);
        let got = bob.sync(b, &state).sync;
        assert_eq!((got.read.iter().count(), got.unread.iter().count()), (5, 3));
        found.push([marked, looks() - before - marked]);
    }
    println!("records looked at: {found:?}");
    assert!(found[0][0] > 0);
    assert_eq!(found[0], found[1]);
}

/// What somebody has to do with a post in a private mailbox: a copy is read or not as its maker saw it.
#[test]
fn what_is_unread_can_be_asked_for_in_any_way() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let b = bob.folder(hall.folder);
    let id = ann.note(hall.folder, "post");
    let table = bob.contents(b, &[PropertyTag::PidTagRead]);
    let restriction = Restriction::Property {
        rel_op: mailstead::mapi::RelOp(4),
        property_tag: PropertyTag::PidTagRead,
        tagged_value: TaggedValue::new(PropertyTag::PidTagRead, Value::Boolean(false)),
    };
    bob.go(table, RestrictRequest { restrict_flags: 0, restriction_data: dialect(&restriction) });
    assert_eq!(bob.rows(table).len(), 1);
    mark(&mut bob, b, &[id], READ);
    bob.go(table, RestrictRequest { restrict_flags: 0, restriction_data: dialect(&restriction) });
    assert_eq!(bob.rows(table).len(), 0);
}
