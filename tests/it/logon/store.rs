//! Which store a logon opens, and what that store says of itself. MS-OXCSTOR 2.2.1.1, 2.2.2.1,
//! 3.2.3, 3.2.5.1, 3.2.5.12

use super::{MAPPED, logon, request};
use crate::client::{Desk, Direct, Place, string};
use mailstead::directory;
use mailstead::exec::{Caller, Engine};
use mailstead::mapi::{ErrorCode, LongTermId, ObjectId, PropertyTag, PropertyType, TaggedValue, Value};
use mailstead::rop::{
    DeletePropertiesRequest, GetPropertiesListRequest, LogonRequest, NO_HANDLE, ReadPerUserInformationRequest,
    SubmitMessageRequest, WritePerUserInformationRequest, open_flags,
};
use mailstead::store::{Entry, Special};
use mailstead::wire::{Guid, Wire as _};
use smol::block_on;
use std::sync::Arc;

const SENT_MAIL: PropertyTag = PropertyTag::PidTagSentMailSvrEID;
const DELETE: PropertyTag = PropertyTag::PidTagDeleteAfterSubmit;
const RECEIVE_QUOTA: PropertyTag = PropertyTag::PidTagProhibitReceiveQuota;
const SEND_QUOTA: PropertyTag = PropertyTag::PidTagProhibitSendQuota;

/// MS-OXCSTOR R56, R7202 (2.2.1.1.1): Private asks for a mailbox, PUBLIC for public folders, which are not here. R4
#[test]
fn a_logon_is_to_a_mailbox_or_to_public_folders() {
    let place = Place::new();
    let dn = &place.ann.legacy_dn;
    assert!(logon(&place, request(dn, 1, MAPPED)).is_ok());
    let public = MAPPED | open_flags::PUBLIC;
    for (flags, open) in [(0, MAPPED), (0, public), (1, public)] {
        assert_eq!(logon(&place, request(dn, flags, open)), Err(ErrorCode::LogonFailed), "{flags} {open:x}");
    }
}

/// MS-OXCSTOR R72 (USE_ADMIN_PRIVILEGE), R802, R3155 (USE_PER_MDB_REPLID_MAPPING), R815, R3905 (3.2.5.1.1): another's
/// mailbox, in the session of an administrator, with and without the flags.
#[test]
fn another_mailbox_is_opened_by_who_asks_for_it_and_may() {
    let place = Place::new();
    let mut carol = place.add("carol@example.test", "Carol");
    carol.admin = true;
    let mut txn = place.store.write().unwrap();
    directory::update(&mut txn, &carol).unwrap();
    txn.commit().unwrap();
    let mut session = Desk::bare(&place, &carol, true);
    let attempt = |session: &mut mailstead::client::Session<Direct>, request: LogonRequest| {
        let done = block_on(session.attempt([NO_HANDLE, NO_HANDLE], request)).unwrap();
        done.map(|done| match done.response {
            mailstead::rop::LogonResponse::Private { logon, .. } => logon.mailbox_guid,
            other => panic!("{other:?}"),
        })
        .map_err(|failure| failure.code)
    };
    let of = |dn: &str, open| request(dn, 1, open);
    assert_eq!(attempt(&mut session, of(&carol.legacy_dn, MAPPED)), Ok(carol.mailbox_guid));
    session.logon_id = 1;
    let admin = open_flags::USE_ADMIN_PRIVILEGE;
    for user in [&place.ann, &place.bob] {
        let dn = &user.legacy_dn;
        assert_eq!(attempt(&mut session, of(dn, admin)), Err(ErrorCode::InvalidParameter), "a second mailbox");
        assert_eq!(attempt(&mut session, of(dn, MAPPED)), Err(ErrorCode::LoginPermission));
        assert_eq!(attempt(&mut session, of(dn, MAPPED | admin)), Ok(user.mailbox_guid));
    }
    let mut ann = Desk::bare(&place, &place.ann, false);
    let his = of(&place.bob.legacy_dn, MAPPED | admin);
    assert_eq!(attempt(&mut ann, his), Err(ErrorCode::LoginPermission), "to ask is not enough");
}

/// MS-OXCSTOR R3100, R3108 (3.2.5.1.1): what cannot be looked up is no unknown user.
#[test]
fn a_mailbox_that_cannot_be_read_is_a_failed_logon() {
    let place = Place::new();
    let dn = place.ann.legacy_dn.clone();
    let attempt = || logon(&place, request(&dn, 1, MAPPED)).map(drop);
    assert_eq!(attempt(), Ok(()));
    let mut damaged = Vec::new();
    place
        .store
        .read()
        .unwrap()
        .entries(&mut |entry| {
            let key = u32::from(entry.key.last().copied().unwrap_or_default());
            if entry.database == "mailboxes" && key == place.ann.id {
                damaged = entry.key.to_vec();
            }
            Ok(())
        })
        .unwrap();
    let mut txn = place.store.write().unwrap();
    txn.put_entry(Entry { database: "mailboxes", key: &damaged, value: &[0xFF] }).unwrap();
    txn.commit().unwrap();
    assert_eq!(attempt(), Err(ErrorCode::LogonFailed));
}

/// MS-OXCSTOR R780, R781 (3.2.3): a GUID that was given out after a backup was made is not given out again by
/// whoever restores it.
#[test]
fn a_restored_file_gives_out_other_guids() {
    let place = Place::new();
    let restored = place.twin();
    let guid = |place: &Place, address: &str| {
        let user = place.add(address, "New");
        let txn = place.store.read().unwrap();
        txn.mailbox(user.id).unwrap().repl_guid
    };
    let mut guids = vec![];
    for n in 0..4 {
        guids.push(guid(&place, &format!("n{n}@example.test")));
        guids.push(guid(&restored, &format!("n{n}@example.test")));
    }
    for user in [&place.ann, &place.bob] {
        guids.push(place.store.read().unwrap().mailbox(user.id).unwrap().repl_guid);
    }
    let count = guids.len();
    guids.sort();
    guids.dedup();
    assert_eq!(guids.len(), count);
}

/// MS-OXCSTOR R655 (PidTagDisplayName), R667 (PidTagCodePageId): 8-bit text of a session is in its code page.
#[test]
fn a_session_has_a_code_page() {
    let place = Arc::new(Place::new());
    let user = place.add("dora@example.test", "Дора");
    for (code_page, bytes) in [(1251, &b"\xC4\xEE\xF0\xE0"[..]), (20866, b"\xE4\xCF\xD2\xC1")] {
        let engine = Arc::new(Engine::new(Arc::clone(&place.store), place.clock.clone()));
        let caller =
            Caller { user: user.clone(), admin: false, client_version: [16, 0, 15928], code_page, locale: 0x0419 };
        let direct = Direct::new(engine, caller);
        let mut session = mailstead::client::Session::new(direct);
        let store = block_on(session.logon(&user.legacy_dn)).unwrap().handle;
        let mut get = |tag| block_on(session.property(store, tag)).unwrap();
        assert_eq!(get(PropertyTag::PidTagCodePageId), Ok(Value::Integer32(code_page.into())));
        let name = PropertyTag::PidTagDisplayName;
        assert_eq!(get(name), Ok(Value::String("Дора".to_owned())));
        assert_eq!(get(name.with_type(PropertyType::String8)), Ok(Value::String8(bytes.to_vec())));
    }
}

/// MS-OXCSTOR R665, R59734, R3068005 (PidTagSentMailSvrEID), R654001, R3068001 (PidTagDeleteAfterSubmit), R3068007,
/// R3104, R3105 (PidTagSortLocaleId): read, set, read by others, deleted.
#[test]
fn properties_of_a_store_are_set_and_deleted() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let folder = Special::SentItems.id();
    let sent = Value::ServerId([&[1], &folder.0.to_le_bytes()[..], &[0; 12]].concat());
    let sort = PropertyTag::PidTagSortLocaleId;
    let none = Err(ErrorCode::NotFound);
    for (tag, value, unset) in [
        (SENT_MAIL, sent, none.clone()),
        (DELETE, Value::Boolean(true), Ok(Value::Boolean(false))),
        (sort, Value::Integer32(0x0407), none),
    ] {
        assert_eq!(desk.get(store, tag), unset, "{tag:?}");
        desk.set(store, vec![TaggedValue { tag, value: value.clone() }]);
        let mut beside = desk.beside();
        let same = beside.logon.handle;
        assert_eq!(beside.get(same, tag), Ok(value), "{tag:?}");
        assert!(beside.go(same, GetPropertiesListRequest {}).property_tags.contains(&tag));
        let done = desk.go(store, DeletePropertiesRequest { property_tags: vec![tag] });
        assert!(done.property_problems.is_empty());
        assert_eq!(beside.get(same, tag), unset, "{tag:?}");
    }
}

/// MS-OXCSTOR R646, R647 (PidTagProhibitReceiveQuota), R648, R649 (PidTagProhibitSendQuota): kilobytes; unset, or -1,
/// there is no limit.
#[test]
fn a_mailbox_grows_as_far_as_its_quotas() {
    let mut desk = Desk::new();
    let (store, user) = (desk.logon.handle, desk.place.ann.id);
    let quota = |desk: &Desk, tag: PropertyTag, kib: Option<i32>| {
        let mut txn = desk.place.store.write().unwrap();
        let mut mailbox = txn.mailbox(user).unwrap();
        match kib {
            Some(kib) => mailbox.properties.set(tag.id(), Value::Integer32(kib)),
            None => drop(mailbox.properties.remove(tag.id())),
        }
        txn.put_mailbox(user, &mailbox).unwrap();
        txn.commit().unwrap();
    };
    let large = || vec![string(PropertyTag::PidTagBody, &"x".repeat(10 << 10))];
    let saves = |desk: &mut Desk| {
        let message = desk.draft(Special::Inbox.id());
        desk.set(message, large());
        let request = mailstead::rop::SaveChangesMessageRequest { save_flags: 0 };
        desk.attempt_on([message, message], request).is_ok()
    };
    let sends = |desk: &mut Desk| {
        let message = desk.draft(Special::Outbox.id());
        let to = mailstead::client::Recipient {
            recipient_type: mailstead::mapi::RecipientType::To,
            display_name: "Bob".to_owned(),
            address: "bob@example.test".to_owned(),
        };
        block_on(desk.session.add_recipients(message, &[to])).unwrap();
        desk.attempt_on([message, NO_HANDLE], SubmitMessageRequest { submit_flags: 0 }).map(drop)
    };
    assert_eq!(
        [desk.get(store, RECEIVE_QUOTA), desk.get(store, SEND_QUOTA)],
        [Err(ErrorCode::NotFound), Err(ErrorCode::NotFound)]
    );
    assert!(saves(&mut desk) && saves(&mut desk));
    let size = desk.integer(store, PropertyTag::PidTagMessageSize) / 1024;
    assert!(size >= 40, "{size} KiB");
    for tag in [RECEIVE_QUOTA, SEND_QUOTA] {
        quota(&desk, tag, Some(-1));
        assert!(saves(&mut desk), "-1 is no limit");
        assert_eq!(sends(&mut desk), Ok(()));
        quota(&desk, tag, None);
    }
    quota(&desk, RECEIVE_QUOTA, Some(size + 100));
    assert_eq!(desk.integer(store, RECEIVE_QUOTA), size + 100);
    let saved = (0..10).filter(|_| saves(&mut desk)).count();
    assert!(saved > 0 && saved < 4, "{saved} of 20 KiB in what 100 had room for, less two before");
    quota(&desk, RECEIVE_QUOTA, None);
    quota(&desk, SEND_QUOTA, Some(size));
    assert_eq!(desk.integer(store, SEND_QUOTA), size);
    assert_eq!(sends(&mut desk), Err(ErrorCode::QuotaExceeded));
    quota(&desk, SEND_QUOTA, Some(size * 100));
    assert_eq!(sends(&mut desk), Ok(()));
}

/// MS-OXCSTOR R527, R1259 (2.2.1.12.1, 3.2.5.12.1): Reserved means nothing; an offset below zero is an error.
/// MS-OXCSTOR R3114 (3.2.5.8): no database has the number zero.
#[test]
fn what_is_read_begins_where_it_is_asked_to() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let guid = Guid([0xB2; 16]);
    let folder_id = LongTermId::new(guid, ObjectId::own(9));
    // An IDSET of one range. MS-OXCFXICS 2.2.2.4.2
    let data = [&guid.0[..], &[0x52, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9, 0]].concat();
    let write = WritePerUserInformationRequest {
        folder_id,
        has_finished: true,
        data_offset: 0,
        data: data.clone(),
        repl_guid: Some(guid),
    };
    desk.go(store, write);
    let read =
        |reserved, data_offset| ReadPerUserInformationRequest { folder_id, reserved, data_offset, max_data_size: 0 };
    for reserved in [0, 1, 0xFF] {
        assert_eq!(desk.go(store, read(reserved, 0)).data, data);
    }
    for offset in [-1_i32, i32::MIN] {
        assert_eq!(desk.fails(store, read(0, offset.cast_unsigned())).0, 0x8000_4005);
    }
    for n in 1..=3 {
        let long_term_id = LongTermId::new(Guid([n; 16]), ObjectId::own(1));
        let id = desk.go(store, mailstead::rop::IdFromLongTermIdRequest { long_term_id }).object_id;
        assert_ne!(id.replica(), 0);
        assert_eq!(id.to_bytes().len(), 8);
    }
    assert_ne!(desk.logon.private.repl_id, 0);
}
