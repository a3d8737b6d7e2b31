//! What a mailbox keeps of other databases: their numbers, read state of public folders, and the
//! language of the client. MS-OXCSTOR 3.2.5.8 to 3.2.5.13, 2.2.2.1.1

use crate::client::{Desk, string};
use mailstead::exec::{Caller, Engine};
use mailstead::mapi::{ErrorCode, LongTermId, ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    EmptyFolderRequest, GetOwningServersRequest, GetPerUserGuidRequest, GetPerUserLongTermIdsRequest,
    IdFromLongTermIdRequest, LongTermIdFromIdRequest, OptionsDataRequest, ProgressRequest,
    PublicFolderIsGhostedRequest, ReadPerUserInformationRequest, WritePerUserInformationRequest,
};
use mailstead::store::{Entry, Invariant, Special};
use mailstead::wire::Guid;
use std::sync::Arc;

const FOREIGN: Guid = Guid([0xA1; 16]);

fn long(database_guid: Guid, counter: u64) -> LongTermId {
    LongTermId::new(database_guid, ObjectId::own(counter))
}

/// MS-OXCSTOR R949, R950, R1246, R951, R952, R1252, R1253 (3.2.5.9), R944, R947, R1242, R1243
/// (3.2.5.8), R948, R4003004 (PidTagSerializedReplidGuidMap)
/// MS-OXCSTOR R1250, R1251, R4003005
#[test]
fn another_database_gets_one_number_for_ever() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let object_id = desk.go(store, IdFromLongTermIdRequest { long_term_id: long(FOREIGN, 0x55) }).object_id;
    assert_eq!((object_id.replica(), object_id.counter()), (2, 0x55));
    let other = desk.go(store, IdFromLongTermIdRequest { long_term_id: long(Guid([7; 16]), 0x55) }).object_id;
    assert_eq!(other.replica(), 3);
    for counter in [0x55, 0x56] {
        // In another session, and after others.
        let mut beside = desk.beside();
        let store = beside.logon.handle;
        let long_term_id = long(FOREIGN, counter);
        let object_id = beside.go(store, IdFromLongTermIdRequest { long_term_id }).object_id;
        assert_eq!(object_id, ObjectId::new(2, counter));
        assert_eq!(beside.go(store, LongTermIdFromIdRequest { object_id }).long_term_id, long_term_id);
    }
    let map = match desk.get(store, PropertyTag::PidTagSerializedReplidGuidMap) {
        Ok(Value::Binary(map)) => map,
        other => panic!("{other:?}"),
    };
    let own = desk.logon.private.repl_guid;
    let expected = [&[1, 0], &own.0[..], &[2, 0], &FOREIGN.0, &[3, 0], &[7; 16]].concat();
    assert_eq!(map, expected);
    // No counter, no object.
    let none = desk.go(store, IdFromLongTermIdRequest { long_term_id: long(FOREIGN, 0) }).object_id;
    assert_eq!(none, ObjectId::NONE);
    // A foreign identifier names no folder of the mailbox.
    let open = mailstead::rop::OpenFolderRequest { folder_id: ObjectId::new(2, 5), open_mode_flags: 0 };
    assert_eq!(desk.fails(store, open), ErrorCode::NotFound);
}

/// MS-OXCSTOR R1248, R1249: the numbers end.
/// MS-OXCSTOR R1123
#[test]
fn a_mailbox_has_so_many_numbers_and_no_more() {
    let mut desk = Desk::new();
    let mailbox = desk.place.ann.id;
    let mut txn = desk.place.store.write().unwrap();
    for n in 0..1024_u32 {
        let mut guid = [0x33; 16];
        guid[..4].copy_from_slice(&n.to_le_bytes());
        assert!(txn.create_replica(mailbox, Guid(guid)).unwrap().is_some());
    }
    txn.commit().unwrap();
    let store = desk.logon.handle;
    let code = desk.fails(store, IdFromLongTermIdRequest { long_term_id: long(FOREIGN, 1) });
    assert_eq!(code.0, 0x450, "ecParameterOverflow");
}

fn write(folder: LongTermId, data_offset: u32, data: &[u8], has_finished: bool) -> WritePerUserInformationRequest {
    let repl_guid = (data_offset == 0).then_some(FOREIGN);
    WritePerUserInformationRequest { folder_id: folder, has_finished, data_offset, data: data.to_vec(), repl_guid }
}

fn read(folder: LongTermId, data_offset: u32, max_data_size: u16) -> ReadPerUserInformationRequest {
    ReadPerUserInformationRequest { folder_id: folder, reserved: 0, data_offset, max_data_size }
}

/// An IDSET by GUID: REPLGUID, ranges as Range commands, End. MS-OXCFXICS 2.2.2.4.2, 2.2.2.6
fn idset(ranges: u64) -> Vec<u8> {
    let number = |n: u64| n.to_le_bytes()[..6].iter().rev().copied().collect::<Vec<u8>>();
    let range = |n: u64| [&[0x52][..], &number(n * 10), &number(n * 10 + 5)].concat();
    [&FOREIGN.0[..], &(1..=ranges).flat_map(range).collect::<Vec<u8>>(), &[0]].concat()
}

/// MS-OXCSTOR R966, R967, R1255 (3.2.5.12.2), R975, R982, R984, R992, R998, R1000, R1001, R1004, R1005,
/// R1010, R1011, R1260 (3.2.5.12.1), R1013, R1014, R1023 to R1025 (3.2.5.13), R956 to R958 (3.2.5.10),
/// R963, R964, R1254 (3.2.5.11)
/// MS-OXCSTOR R468, R472, R474, R475, R959, R481 (RopGetPerUserLongTermIds), R484, R490, R497, R1135
/// (RopGetPerUserGuid), R502, R516, R539, R540, R1284, R542, R543, R545, R59729, R546, R965, R974, R976, R977, R979
/// to R981, R986 to R988, R990, R991, R996, R1002, R1003, R1008, R1009, R553, R557 (RopReadPerUserInformation),
/// R560, R569, R598, R1022 (RopWritePerUserInformation)
/// MS-OXCROPS R389 R399 R410 R413 R422 R434 R443 R444 R453 R463 R468 R470 R485 R490 R499 R509 R512 R514
#[test]
fn read_state_of_public_folders_is_kept_as_it_came() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let (folder, other) = (long(FOREIGN, 1), long(FOREIGN, 2));
    let nothing = desk.go(store, read(folder, 0, 0));
    assert!(nothing.has_finished && nothing.data.is_empty());
    assert_eq!(desk.fails(store, GetPerUserGuidRequest { long_term_id: folder }), ErrorCode::NotFound);
    let data = idset(400);
    assert!(data.len() > 5000);
    // In parts, as a client sends what is long.
    let mut at = 0;
    for part in data.chunks(2000) {
        let is_last = at + part.len() == data.len();
        desk.go(store, write(folder, u32::try_from(at).unwrap(), part, is_last));
        at += part.len();
    }
    desk.go(store, write(other, 0, &idset(1), true));
    assert_eq!(desk.go(store, GetPerUserGuidRequest { long_term_id: folder }).database_guid, FOREIGN);
    let ids = desk.go(store, GetPerUserLongTermIdsRequest { database_guid: FOREIGN }).long_term_ids;
    assert_eq!(ids, [folder, other]);
    assert!(desk.go(store, GetPerUserLongTermIdsRequest { database_guid: Guid([9; 16]) }).long_term_ids.is_empty());
    // It is read by another session, in parts of at most 4,096 bytes.
    let mut beside = desk.beside();
    let store = beside.logon.handle;
    for max in [0, 100, 4096, 5000] {
        let mut all = Vec::new();
        loop {
            let part = beside.go(store, read(folder, u32::try_from(all.len()).unwrap(), max));
            let most = if max == 0 { 4096 } else { usize::from(max.min(4096)) };
            assert_eq!(part.data.len(), most.min(data.len() - all.len()));
            all.extend(part.data);
            if part.has_finished {
                break;
            }
        }
        assert_eq!(all, data);
    }
    let beyond = u32::try_from(data.len() + 1).unwrap();
    assert_eq!(beside.fails(store, read(folder, beyond, 0)).0, 0x8000_4005, "ecError");
    // What is written again replaces what was there.
    beside.go(store, write(folder, 0, &idset(1), true));
    assert_eq!(beside.go(store, read(folder, 0, 0)).data, idset(1));
}

/// MS-OXCSTOR R1016 to R1021, R600 to R602 (3.2.5.13.1): nothing is kept of what is not whole.
/// MS-OXCSTOR R1015, R1033, R1034, R601
#[test]
fn half_of_a_read_state_is_none() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let (folder, other) = (long(FOREIGN, 1), long(FOREIGN, 2));
    let data = idset(4);
    let (first, rest) = data.split_at(20);
    assert_eq!(desk.fails(store, write(folder, 20, rest, true)).0, 0x8000_4005, "nothing came before");
    desk.go(store, write(folder, 0, first, false));
    assert_eq!(desk.fails(store, write(folder, 21, rest, true)).0, 0x8000_4005, "a gap");
    desk.go(store, write(folder, 0, first, false));
    desk.go(store, write(other, 0, &idset(1), true));
    assert_eq!(desk.fails(store, write(folder, 20, rest, true)).0, 0x8000_4005, "another folder came between");
    for bad in [&data[..30], &[&data[..], &[1]].concat(), b"nonsense"] {
        assert_eq!(desk.fails(store, write(folder, 0, bad, true)).0, 0x8004_011B, "ecCorruptData");
    }
    assert!(desk.go(store, read(folder, 0, 0)).data.is_empty());
    desk.go(store, write(folder, 0, &[0; 60_000], false));
    assert_eq!(desk.fails(store, write(folder, 60_000, &[0; 60_000], false)), ErrorCode::TooBig);
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, read(folder, 0, 0)), ErrorCode::NotSupported);
    assert_eq!(desk.fails(inbox, write(folder, 0, &[], true)), ErrorCode::NotSupported);
    assert_eq!(desk.fails(inbox, GetPerUserGuidRequest { long_term_id: folder }), ErrorCode::NotSupported);
}

/// A map that names a database twice, or something unreadable, is found and mended.
#[test]
fn a_damaged_map_is_mended() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    desk.go(store, IdFromLongTermIdRequest { long_term_id: long(FOREIGN, 1) });
    let mut txn = desk.place.store.write().unwrap();
    let key = |tail: &[u8]| [&[0, 0, 0, u8::try_from(desk.place.ann.id).unwrap()], tail].concat();
    for (database, key, value) in [
        ("replicas", key(&[0, 9]), &FOREIGN.0[..]),
        ("replicas", key(&[0, 10]), &[1, 2]),
        ("per_user", key(&[1; 22]), &[0xFF]),
    ] {
        txn.put_entry(Entry { database, key: &key, value }).unwrap();
    }
    let found = txn.check().unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|violation| violation.invariant == Invariant::Replica), "{found:?}");
    assert_eq!(txn.repair(desk.place.clock.now()).unwrap().lines.len(), 3);
    txn.commit().unwrap();
    let again = desk.go(store, IdFromLongTermIdRequest { long_term_id: long(FOREIGN, 1) }).object_id;
    assert_eq!(again.replica(), 2);
}

/// MS-OXCMSG R506 (2.2.1.5), R359, R365 (3.2.5.2); MS-OXCSTOR R3068006 (2.2.2.1.2): what a user writes is
/// in the user's language, which the client names in Connect, or sets on the store.
/// MS-OXCSTOR R4003
#[test]
fn messages_are_in_the_language_of_the_client() {
    const GERMAN: i32 = 0x0407;
    const FRENCH: i32 = 0x040C;
    let mut desk = Desk::new();
    let engine = Arc::new(Engine::new(Arc::clone(&desk.place.store), desk.place.clock.clone()));
    let caller = Caller {
        user: desk.place.ann.clone(),
        admin: false,
        client_version: [16, 0, 15928],
        code_page: 1252,
        locale: GERMAN.unsigned_abs(),
    };
    let direct = crate::client::Direct::new(engine, caller);
    desk.session = mailstead::client::Session::new(direct);
    let dn = desk.place.ann.legacy_dn.clone();
    desk.logon = smol::block_on(desk.session.logon(&dn)).unwrap();
    let store = desk.logon.handle;
    let tags = [PropertyTag::PidTagMessageLocaleId, PropertyTag::PidTagLocaleId];
    let locales = |desk: &mut Desk| {
        let message = desk.draft(Special::Inbox.id());
        tags.map(|tag| desk.integer(message, tag))
    };
    assert_eq!(locales(&mut desk), [GERMAN, GERMAN]);
    assert_eq!(desk.integer(store, PropertyTag::PidTagLocaleId), GERMAN);
    desk.set(store, vec![TaggedValue::new(PropertyTag::PidTagLocaleId, Value::Integer32(FRENCH))]);
    assert_eq!(locales(&mut desk), [FRENCH, FRENCH]);
    assert_eq!(locales(&mut desk.beside()), [FRENCH, FRENCH]);
}

/// MS-OXCSTOR R892 (3.2.5.6), R917, R1237 (3.2.5.7): what a store without replicas says of them;
/// MS-OXCROPS R2571, R2577 (2.2.7.9.2); MS-OXCPRPT R65001 (2.2.23): operations that could run on run in one go.
/// MS-OXCROPS R285 R295 R305
/// MS-OXCROPS R2589
#[test]
fn what_this_server_is_not_it_says() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let folder_id = Special::Inbox.id();
    assert_eq!(desk.fails(store, GetOwningServersRequest { folder_id }), ErrorCode::NotSupported);
    assert_eq!(desk.go(store, PublicFolderIsGhostedRequest { folder_id }).ghosted, None);
    let options = desk.go(store, OptionsDataRequest { address_type: "SMTP".to_owned(), want_win32: true });
    assert_eq!((options.reserved, options.options_info.len()), (1, 0));
    let inbox = desk.inbox();
    desk.message(folder_id, vec![string(PropertyTag::PidTagSubject, "x")]);
    let all = EmptyFolderRequest { want_asynchronous: true, want_delete_associated: false };
    assert!(!desk.go(inbox, all).partial_completion, "done at once");
    assert_eq!(desk.fails(inbox, ProgressRequest { want_cancel: false }), ErrorCode::NotSupported);
}
