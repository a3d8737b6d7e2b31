//! Logon and what can be asked of a mailbox as a whole. MS-OXCSTOR 3.2.5

mod foreign;
mod receive;
mod store;

use crate::client::{Desk, NOW, Place, string};
use mailstead::client::{ClientError, Operation, Session};
use mailstead::directory;
use mailstead::mapi::{
    AddressBookEntryId, ErrorCode, LongTermId, ObjectId, PropertyTag, PropertyType, TaggedValue, Value,
};
use mailstead::rop::{
    GetAddressTypesRequest, GetLocalReplicaIdsRequest, GetPerUserLongTermIdsRequest, GetReceiveFolderRequest,
    GetReceiveFolderTableRequest, GetStoreStateRequest, IdFromLongTermIdRequest, LogonRequest, LogonResponse,
    LongTermIdFromIdRequest, NO_HANDLE, SetReceiveFolderRequest, logon_flags, open_flags,
};
use mailstead::store::Special;
use mailstead::wire::{Guid, Wire as _};
use smol::block_on;
use std::time::Duration;

const MAPPED: u32 = open_flags::USE_PER_MDB_REPLID_MAPPING;

fn request(legacy_dn: &str, logon_flags: u8, open_flags: u32) -> LogonRequest {
    LogonRequest { logon_flags, open_flags, store_state: 0, essdn: [legacy_dn.as_bytes(), b"\0"].concat() }
}

/// What the server makes of a logon.
fn logon(place: &Place, request: LogonRequest) -> Result<LogonResponse, ErrorCode> {
    let mut session = Desk::bare(place, &place.ann, false);
    let done = block_on(session.attempt([NO_HANDLE, NO_HANDLE], request)).unwrap();
    done.map(|done| done.response).map_err(|failure| failure.code)
}

/// MS-OXCSTOR R119, R1062, R123, R125, R127, R131, R138, R141 (2.2.1.1.3)
/// MS-OXCSTOR R13, R117, R118, R120, R122, R124, R126, R785, R787, R106
/// MS-OXCROPS R20 R52 R56 R57 R58 R60 R63 R64 R70 R71 R77 R78 R79 R80 R81 R82 R83 R84 R85 R86 R87 R88 R89 R90 R4683
#[test]
fn a_logon_tells_folders_rights_identifiers_and_time() {
    let place = Place::new();
    let flags = logon_flags::PRIVATE | logon_flags::UNDERCOVER | logon_flags::GHOSTED;
    let response = logon(&place, request(&place.ann.legacy_dn, flags, MAPPED)).unwrap();
    let LogonResponse::Private { logon_flags, logon } = response else { panic!("{response:?}") };
    assert_eq!(logon_flags, flags, "echoed");
    assert_eq!(logon.response_flags, 0x07, "Reserved, OwnerRight, SendAsRight");
    assert_eq!(logon.mailbox_guid, place.ann.mailbox_guid);
    assert_eq!((logon.repl_id, logon.store_state), (1, 0));
    let time = logon.logon_time;
    let date = (time.year, time.month, time.day, time.day_of_week, time.hour, time.minutes, time.seconds);
    assert_eq!(date, (2013, 11, 5, 2, 23, 27, 8), "the clock's time, a Tuesday");
}

/// MS-OXCSTOR R119 (2.2.1.1.3): thirteen folders in this order, all below the first.
/// MS-OXCSTOR R767, R817, R821
/// MS-OXCROPS R53 R54
#[test]
fn the_thirteen_folders_of_a_logon_are_what_they_should_be() {
    let mut desk = Desk::new();
    let names = [
        None,
        Some("Deferred Action"),
        Some("Spooler Queue"),
        Some("Top of Information Store"),
        Some("Inbox"),
        Some("Outbox"),
        Some("Sent Items"),
        Some("Deleted Items"),
        Some("Common Views"),
        Some("Schedule"),
        Some("Finder"),
        Some("Views"),
        Some("Shortcuts"),
    ];
    let root = desk.logon.folder(0);
    for (place, name) in names.iter().enumerate() {
        let id = desk.logon.folder(place);
        assert_eq!(id.replica(), 1);
        let folder = desk.folder(id);
        if let Some(name) = name {
            assert_eq!(desk.text(folder, PropertyTag::PidTagDisplayName), *name);
        }
        let mut at = folder;
        for _ in 0..5 {
            let parent = desk.get(at, PropertyTag::PidTagParentFolderId);
            let Ok(Value::Integer64(parent)) = parent else { panic!("{parent:?}") };
            at = desk.folder(ObjectId::from_i64(parent));
            if ObjectId::from_i64(parent) == root {
                break;
            }
        }
        assert_eq!(desk.get(at, PropertyTag::PidTagFolderId), Ok(Value::Integer64(root.to_i64())));
    }
}

/// MS-OXCSTOR R59, R2001002, R79, R84, R96, R1059 (2.2.1.1.1)
/// MS-OXCSTOR R2001
/// MS-OXCROPS R67 R68
#[test]
fn flags_that_mean_nothing_here_are_ignored() {
    let place = Place::new();
    for open in [4, 8, 0x100, 0x200, 0x400, 0x2000_0000, 0x2000_070C] {
        for flags in [1, 3, 5, 7] {
            assert!(logon(&place, request(&place.ann.legacy_dn, flags, MAPPED | open)).is_ok(), "{flags} {open:x}");
        }
    }
}

/// MS-OXCSTOR R788, R794, R174, R803, R786, R1202 (3.2.5.1.1)
/// MS-OXCSTOR R165 to R168, R1820001, R59753
/// MS-OXCROPS R33 R35 R42
#[test]
fn a_logon_that_cannot_be_says_why() {
    let place = Place::new();
    let dn = place.ann.legacy_dn.clone();
    let code = |request| logon(&place, request).unwrap_err();
    assert_eq!(code(request("/o=Mailstead/cn=Nobody", 1, MAPPED)), ErrorCode::UnknownUser);
    assert_eq!(code(request("", 1, MAPPED)), ErrorCode::UnknownUser);
    assert_eq!(code(request(&dn, 1, 0)), ErrorCode::InvalidParameter, "the mapping has to be asked for");
    assert_eq!(code(request(&dn, 0, MAPPED | open_flags::PUBLIC)), ErrorCode::LogonFailed, "no public folders");
    assert_eq!(code(request(&dn, 0x10 | 1, MAPPED)), ErrorCode::GeneralFailure, "an undefined flag");
    // Names are compared without case, as directory names are.
    assert!(logon(&place, request(&dn.to_uppercase(), 1, MAPPED)).is_ok());
    let mut ann = place.ann.clone();
    ann.disabled = true;
    let mut txn = place.store.write().unwrap();
    directory::update(&mut txn, &ann).unwrap();
    txn.commit().unwrap();
    assert!(logon(&place, request(&dn, 1, MAPPED)).is_err());
}

/// MS-OXCROPS 3.1.5.1 and 2.2.3.1: the new logon takes the place of the old.
/// MS-OXCROPS R28 R29 R4536
#[test]
fn a_logon_id_in_use_is_given_to_the_new_logon() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let dn = desk.place.ann.legacy_dn.clone();
    let again = block_on(desk.session.logon(&dn)).unwrap();
    let failed = block_on(desk.session.property(inbox, PropertyTag::PidTagDisplayName)).unwrap_err();
    assert_eq!(failed.code(), Some(ErrorCode::NullObject));
    assert!(block_on(desk.session.open_folder(again.handle, Special::Inbox.id())).is_ok());
    // Another LogonId stands beside it.
    desk.session.logon_id = 7;
    let other = block_on(desk.session.logon(&dn)).unwrap();
    assert!(block_on(desk.session.open_folder(other.handle, Special::Inbox.id())).is_ok());
    let failed = block_on(desk.session.open_folder(again.handle, Special::Inbox.id())).unwrap_err();
    assert_eq!(failed.code(), Some(ErrorCode::AccessDenied), "a handle of another logon");
    desk.session.logon_id = 0;
    assert!(block_on(desk.session.open_folder(again.handle, Special::Inbox.id())).is_ok());
}

/// MS-OXCSTOR R1205, R133: the same database, the same mapping, in every session.
/// MS-OXCSTOR R132, R778, R779, R1200
/// MS-OXCROPS R61 R62
#[test]
fn every_logon_to_a_mailbox_has_the_same_replica_guid() {
    let desk = Desk::new();
    let beside = desk.beside();
    assert_eq!(desk.logon.private.repl_guid, beside.logon.private.repl_guid);
    assert!(!desk.logon.private.repl_guid.is_nil());
    let mut bob = Desk::bare(&desk.place, &desk.place.bob, false);
    let bob = block_on(bob.logon(&desk.place.bob.legacy_dn)).unwrap();
    assert_ne!(bob.private.repl_guid, desk.logon.private.repl_guid, "another mailbox, another database");
}

/// MS-OXCSTOR R129 (2.2.1.1.3), R3068004 (2.2.2.1.2)
/// MS-OXCSTOR R128, R661, R3068
/// MS-OXCROPS R71
#[test]
fn out_of_office_is_set_on_the_store_and_told_at_logon() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    assert_eq!(desk.get(store, PropertyTag::PidTagOutOfOfficeState), Ok(Value::Boolean(false)));
    desk.set(store, vec![TaggedValue::new(PropertyTag::PidTagOutOfOfficeState, Value::Boolean(true))]);
    assert_eq!(desk.get(store, PropertyTag::PidTagOutOfOfficeState), Ok(Value::Boolean(true)));
    assert_eq!(desk.beside().logon.private.response_flags & 0x10, 0x10);
}

/// MS-OXCSTOR R656, R657, R664, R643, R644, R660, R1141, R4003004 (2.2.2.1.1)
/// MS-OXCSTOR R658, R59737, R3055
#[test]
fn a_store_says_whose_it_is_and_how_large() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let entry = AddressBookEntryId::new(0, &desk.place.ann.legacy_dn).to_bytes();
    assert_eq!(desk.text(store, PropertyTag::PidTagMailboxOwnerName), "Ann");
    assert_eq!(desk.get(store, PropertyTag::PidTagMailboxOwnerEntryId), Ok(Value::Binary(entry.clone())));
    assert_eq!(desk.get(store, PropertyTag::PidTagUserEntryId), Ok(Value::Binary(entry)));
    assert!(desk.integer(store, PropertyTag::PidTagMaximumSubmitMessageSize) > 0);
    assert!(desk.integer(store, PropertyTag::PidTagExtendedRuleSizeLimit) > 0);
    assert_eq!(desk.integer(store, PropertyTag::PidTagStoreState), 0, "no search folders");
    let map = [&1_u16.to_le_bytes()[..], &desk.logon.private.repl_guid.0].concat();
    assert_eq!(desk.get(store, PropertyTag::PidTagSerializedReplidGuidMap), Ok(Value::Binary(map)));
    let size = PropertyTag::PidTagMessageSize;
    let before = desk.integer(store, size);
    desk.message(Special::Inbox.id(), vec![string(PropertyTag::PidTagBody, &"x".repeat(1000))]);
    assert!(desk.integer(store, size) >= before + 1000);
    let large = desk.get(store, size.with_type(PropertyType::Integer64));
    assert_eq!(large, Ok(Value::Integer64(desk.integer(store, size).into())));
}

/// MS-OXCSTOR R651 (2.2.2.1.1.6): all messages in the mailbox but the folder-associated ones.
#[test]
fn the_content_count_of_a_store_counts_the_messages_of_every_folder() {
    let mut desk = Desk::new();
    desk.note(Special::Inbox.id(), "one");
    desk.note(Special::Inbox.id(), "two");
    desk.note(Special::Drafts.id(), "three");
    let store = desk.logon.handle;
    assert_eq!(desk.integer(store, PropertyTag::PidTagContentCount), 3);
}

/// MS-OXCSTOR R3055001 to R3055012 (2.2.2.1.1); exchange.md: PidTagComment and PidTagDisplayName too
#[test]
fn read_only_properties_of_a_store_stay_as_they_are() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    for tag in [
        PropertyTag::PidTagMailboxOwnerName,
        PropertyTag::PidTagDisplayName,
        PropertyTag::PidTagComment,
        PropertyTag::PidTagUserEntryId,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagContentCount,
        PropertyTag::PidTagCodePageId,
        PropertyTag::PidTagProhibitSendQuota,
    ] {
        let before = desk.get(store, tag);
        let value = match tag.property_type() {
            PropertyType::String => Value::String("Mine".to_owned()),
            PropertyType::Binary => Value::Binary(vec![1]),
            _ => Value::Integer32(1),
        };
        let problems = desk.try_set(store, vec![TaggedValue::new(tag, value)]);
        let [problem] = problems.as_slice() else { panic!("{tag:?}: {problems:?}") };
        assert_eq!((problem.index, problem.error_code), (0, ErrorCode::AccessDenied), "{tag:?}");
        assert_eq!(desk.get(store, tag), before);
    }
    // What a client makes up is its own, and is there at once. MS-OXCPRPT R847
    desk.set(store, vec![string(PropertyTag(0x6801_001F), "kept")]);
    let mut beside = desk.beside();
    let other = beside.logon.handle;
    assert_eq!(beside.text(other, PropertyTag(0x6801_001F)), "kept");
}

fn get_receive_folder(desk: &mut Desk, class: &str) -> (ObjectId, String) {
    let request = GetReceiveFolderRequest { message_class: class.to_owned() };
    let response = desk.go(desk.logon.handle, request);
    (response.folder_id, response.explicit_message_class)
}

fn set_receive_folder(class: &str, folder_id: ObjectId) -> SetReceiveFolderRequest {
    SetReceiveFolderRequest { folder_id, message_class: class.to_owned() }
}

/// MS-OXCSTOR R782 (3.2.3), R876, R879 (3.2.5.4)
/// MS-OXCSTOR R59786, R282, R294, R296, R297, R299, R301, R303, R304, R59795, R306, R314, R877, R817
/// MS-OXCROPS R188 R208 R210
#[test]
fn a_new_mailbox_has_its_receive_folders() {
    let mut desk = Desk::new();
    let rows = desk.go(desk.logon.handle, GetReceiveFolderTableRequest {}).rows;
    let mut found: Vec<(String, ObjectId)> =
        rows.iter().map(|row| (row.message_class.to_uppercase(), row.folder_id)).collect();
    found.sort();
    let inbox = Special::Inbox.id();
    let expected = [("", inbox), ("IPC", Special::Root.id()), ("IPM", inbox), ("REPORT.IPM", inbox)];
    assert_eq!(found, expected.map(|(class, id)| (class.to_owned(), id)));
    assert!(rows.iter().all(|row| row.flag == 0 && row.last_modification_time == NOW));
}

/// MS-OXCSTOR R847, R1224, R852, R1223 (3.2.5.2), R201
/// MS-OXCSTOR R195 to R197, R208 to R210, R59801, R212, R850, R851, R1225, R233; MS-OXCMSG R18, R22, R23, R1476, R1605
/// (PidTagMessageClass): group by group, and without case.
/// MS-OXCROPS R137 R147 R157 R159
#[test]
fn the_longest_class_that_fits_decides_where_a_message_arrives() {
    let mut desk = Desk::new();
    let (drafts, inbox) = (Special::Drafts.id(), Special::Inbox.id());
    desk.go(desk.logon.handle, set_receive_folder("IPM.Note.Special", drafts));
    for (class, folder, found) in [
        ("IPM.Note.Special", drafts, "IPM.NOTE.SPECIAL"),
        ("ipm.note.SPECIAL.Form", drafts, "IPM.NOTE.SPECIAL"),
        ("IPM.Note", inbox, "IPM"),
        ("IPM.Note.Speciality", inbox, "IPM"),
        ("Report.IPM.Note", inbox, "REPORT.IPM"),
        ("Other", inbox, ""),
        ("", inbox, ""),
        ("IPC.Something", Special::Root.id(), "IPC"),
    ] {
        let (id, explicit) = get_receive_folder(&mut desk, class);
        assert_eq!((id, explicit.to_uppercase().as_str()), (folder, found), "{class}");
    }
}

/// MS-OXCSTOR R203 to R207 (2.2.1.2.1), R235, R858
/// MS-OXCSTOR R202, R59784, R59785, R845, R274, R213
#[test]
fn a_message_class_that_is_none_is_refused() {
    let mut desk = Desk::new();
    let longest = format!("IPM.{}", "x".repeat(250));
    let too_long = format!("{longest}x");
    for class in [".IPM", "IPM.", "IPM..Note", "IPM.\u{7f}", "IPM.\u{1}", "IPM.é", &too_long] {
        let get = GetReceiveFolderRequest { message_class: class.to_owned() };
        assert_eq!(desk.fails(desk.logon.handle, get), ErrorCode::InvalidParameter, "{class}");
        let set = set_receive_folder(class, Special::Inbox.id());
        assert_eq!(desk.fails(desk.logon.handle, set), ErrorCode::InvalidParameter, "{class}");
    }
    assert_eq!(longest.len() + 1, 255, "with its terminating zero");
    desk.go(desk.logon.handle, GetReceiveFolderRequest { message_class: longest });
}

/// MS-OXCSTOR R859, R272, R860, R1235, R864, R867, R871 (3.2.5.3)
/// MS-OXCSTOR R241, R243, R247, R250, R862, R59754, R59757, R1030, R868, R870, R872, R873, R277, R314
/// MS-OXCROPS R168 R178 R180
#[test]
fn receive_folders_are_set_replaced_and_taken_away() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let drafts = Special::Drafts.id();
    for class in ["IPM", "ipm", "Report.IPM", "REPORT.ipm"] {
        assert_eq!(desk.fails(store, set_receive_folder(class, drafts)), ErrorCode::AccessDenied, "{class}");
    }
    assert_eq!(desk.fails(store, set_receive_folder("", ObjectId::NONE)), ErrorCode::GeneralFailure);
    let nowhere = ObjectId::own(0xFFFF);
    assert!(!desk.fails(store, set_receive_folder("IPM.Mine", nowhere)).is_success(), "not a folder of the mailbox");
    desk.place.clock.advance(Duration::from_secs(60));
    desk.go(store, set_receive_folder("IPM.Mine", drafts));
    assert_eq!(get_receive_folder(&mut desk, "IPM.Mine").0, drafts);
    desk.go(store, set_receive_folder("ipm.mine", Special::Outbox.id()));
    assert_eq!(get_receive_folder(&mut desk, "IPM.Mine").0, Special::Outbox.id());
    let rows = desk.go(store, GetReceiveFolderTableRequest {}).rows;
    assert_eq!(rows.len(), 5, "replaced, not added");
    let row = rows.iter().find(|row| row.message_class.eq_ignore_ascii_case("IPM.Mine")).unwrap();
    assert_eq!(row.last_modification_time.0 - NOW.0, 600_000_000, "a minute later");
    desk.go(store, set_receive_folder("IPM.Mine", ObjectId::NONE));
    assert_eq!(get_receive_folder(&mut desk, "IPM.Mine").0, Special::Inbox.id());
}

/// MS-OXCSTOR R882, R1091 (3.2.5.5)
/// MS-OXCSTOR R881, R1092
#[test]
fn the_store_state_is_not_implemented() {
    let mut desk = Desk::new();
    let code = desk.fails(desk.logon.handle, GetStoreStateRequest {});
    assert_eq!(code.0, 0x8004_0FFF);
}

/// MS-OXCSTOR R1243, R1244, R945, R946, R451 (3.2.5.8), R953, R1253 (3.2.5.9)
/// MS-OXCSTOR R69742, R440, R442, R59718, R59799, R59721, R454, R59724, R458, R459, R1245, R450, R452, R467
/// MS-OXCROPS R329 R339 R348 R349 R359 R369 R379 R380
#[test]
fn identifiers_have_a_long_form_and_come_back() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    // The server does not ask whether there is such an object.
    for object_id in [Special::Inbox.id(), ObjectId::own(0x1234_5678_9ABC)] {
        let long = desk.go(store, LongTermIdFromIdRequest { object_id }).long_term_id;
        assert_eq!(long.database_guid, desk.logon.private.repl_guid);
        assert_eq!(long.pad, [0, 0]);
        let padded = LongTermId { pad: [7, 7], ..long };
        assert_eq!(desk.go(store, IdFromLongTermIdRequest { long_term_id: padded }).object_id, object_id);
    }
    let long = desk.go(store, LongTermIdFromIdRequest { object_id: ObjectId::own(0x0102_0304_0506) }).long_term_id;
    assert_eq!(long.global_counter, [1, 2, 3, 4, 5, 6], "big-endian. MS-OXCDATA 2.2.1.3.1");
    let unknown = ObjectId::new(0x7777, 5);
    assert_eq!(desk.fails(store, LongTermIdFromIdRequest { object_id: unknown }), ErrorCode::NotFound);
}

/// MS-OXCFXICS 3.3.5.2.4.7: a block is the client's own for ever.
#[test]
fn blocks_of_identifiers_are_never_given_twice() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let counter = |bytes: [u8; 6]| bytes.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let mut end = 0;
    for id_count in [1, 1000, 0x1_0000] {
        let block = desk.go(store, GetLocalReplicaIdsRequest { id_count });
        assert_eq!(block.repl_guid, desk.logon.private.repl_guid);
        let start = counter(block.global_count);
        assert!(start >= end, "{start} is in the block before");
        end = start + u64::from(id_count);
        // The store takes numbers for a folder in blocks of its own, some of them before the client's.
        let own = desk.note(Special::Inbox.id(), "takes an identifier");
        assert!(!(start..end).contains(&own.counter()), "{own:?} is in the client's block");
        end = end.max(own.counter() + 1);
    }
    assert!(!desk.fails(store, GetLocalReplicaIdsRequest { id_count: 0 }).is_success());
}

/// MS-OXCSTOR R960, R473 (3.2.5.10); MS-OXOMSG 2.2.3.6.2
/// MS-OXCROPS R2391
#[test]
fn small_questions_have_small_answers() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let request = GetPerUserLongTermIdsRequest { database_guid: Guid([1; 16]) };
    assert!(desk.go(store, request).long_term_ids.is_empty());
    let types = desk.go(store, GetAddressTypesRequest {}).address_types.0;
    assert!(types.iter().any(|kind| kind == "EX") && types.iter().any(|kind| kind == "SMTP"), "{types:?}");
}

/// MS-OXCSTOR R239, R280, R325, R342: these are asked of a logon, not of what is in it.
/// MS-OXCSTOR R331
#[test]
fn a_folder_is_no_store() {
    fn refused(desk: &mut Desk, on: u32, operation: impl Operation) {
        assert_eq!(desk.fails(on, operation), ErrorCode::NotSupported);
    }
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    refused(&mut desk, inbox, GetReceiveFolderRequest { message_class: "IPM".to_owned() });
    refused(&mut desk, inbox, set_receive_folder("IPM.X", Special::Inbox.id()));
    refused(&mut desk, inbox, GetReceiveFolderTableRequest {});
    refused(&mut desk, inbox, GetStoreStateRequest {});
    refused(&mut desk, inbox, LongTermIdFromIdRequest { object_id: Special::Inbox.id() });
    refused(&mut desk, inbox, GetLocalReplicaIdsRequest { id_count: 1 });
    refused(&mut desk, inbox, GetPerUserLongTermIdsRequest { database_guid: Guid::NIL });
}

/// MS-OXCROPS 3.2.5.3: what is released is gone, with everything opened through a logon.
/// MS-OXCROPS R4472 R4568 R4580 R4570
#[test]
fn a_released_handle_is_nobodys() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    block_on(desk.session.release(&[inbox])).unwrap();
    let failed = block_on(desk.session.property(inbox, PropertyTag::PidTagDisplayName)).unwrap_err();
    assert_eq!(failed.code(), Some(ErrorCode::NullObject));
    let inbox = desk.inbox();
    let store = desk.logon.handle;
    block_on(desk.session.release(&[store])).unwrap();
    for handle in [inbox, store] {
        let failed = block_on(desk.session.property(handle, PropertyTag::PidTagDisplayName)).unwrap_err();
        assert_eq!(failed.code(), Some(ErrorCode::NullObject));
    }
    let dn = desk.place.ann.legacy_dn.clone();
    let again: Result<_, ClientError> = block_on(Session::logon(&mut desk.session, &dn));
    assert!(again.is_ok());
}
