//! Logon to the public store, and what such a logon has not. MS-OXCSTOR 3.2.5.1.2 to 3.2.5.11

use super::{ADDRESS, Hall, on, top_folder};
use crate::client::{Desk, NOW, Place, new_folder};
use mailstead::client::Operation;
use mailstead::directory::{self, NewUser};
use mailstead::mapi::{AddressBookEntryId, ErrorCode, FolderEntryId, ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    AbortSubmitRequest, CopyToRequest, CreateFolderRequest, GetOwningServersRequest, GetPerUserGuidRequest,
    GetPerUserLongTermIdsRequest, GetReceiveFolderRequest, GetReceiveFolderTableRequest, GetSearchCriteriaRequest,
    GetStoreStateRequest, GetTransportFolderRequest, LogonRequest, LogonResponse, NO_HANDLE, OpenStreamRequest,
    PublicFolderIsGhostedRequest, PublicLogon, SetReceiveFolderRequest, SetSearchCriteriaRequest, SetSpoolerRequest,
    logon_flags, open_flags,
};
use mailstead::store::{PUBLIC_STORE, Special, StoreError};
use mailstead::wire::{Guid, Wire as _};
use smol::block_on;

fn request(logon_flags: u8, open_flags: u32) -> LogonRequest {
    LogonRequest { logon_flags, open_flags, store_state: 0, essdn: Vec::new() }
}

fn logon(place: &Place, request: LogonRequest) -> Result<(u8, PublicLogon), ErrorCode> {
    let mut session = Desk::bare(place, &place.ann, false);
    let done = block_on(session.attempt([NO_HANDLE, NO_HANDLE], request)).unwrap();
    match done.map_err(|failure| failure.code)?.response {
        LogonResponse::Public { logon_flags, logon } => Ok((logon_flags, *logon)),
        LogonResponse::Private { .. } => panic!("a private logon"),
    }
}

/// Off unless an administrator says so, and off again when he does: what is in it stays.
/// MS-OXCSTOR R59751, R59753, R832
#[test]
fn without_public_folders_a_logon_fails() {
    let place = Place::new();
    assert_eq!(logon(&place, request(0, open_flags::PUBLIC)).unwrap_err(), ErrorCode::LogonFailed);
    on(&place);
    let folder = top_folder(&place, "kept");
    let (_, first) = logon(&place, request(0, open_flags::PUBLIC)).unwrap();
    let set = |address: Option<&str>| {
        let mut txn = place.store.write().unwrap();
        directory::set_public_store(&mut txn, "Mailstead", address, NOW).unwrap();
        txn.commit().unwrap();
    };
    set(None);
    assert_eq!(logon(&place, request(0, open_flags::PUBLIC)).unwrap_err(), ErrorCode::LogonFailed);
    set(Some(ADDRESS));
    assert_eq!(logon(&place, request(0, open_flags::PUBLIC)).unwrap().1, first, "the same store");
    assert!(place.store.read().unwrap().folder(PUBLIC_STORE, folder.counter()).unwrap().is_some());
    place.check();
}

/// MS-OXCSTOR R146, R1071, R147, R59793, R148, R149, R153, R162, R163, R1530001, R3012, R56, R7202, R786, R841
/// MS-OXCSTOR R151, R94, R829
/// MS-OXCROPS R100 R101 R102 R103 R105 R106 R20002
/// MS-OXCSTOR R354, R3540, R825, R826, R827, R831, R107
#[test]
fn a_public_logon_tells_its_folders_and_identifiers() {
    let place = Place::new();
    on(&place);
    let flags = logon_flags::UNDERCOVER | logon_flags::GHOSTED;
    let (echoed, logon_) = logon(&place, request(flags, open_flags::PUBLIC)).unwrap();
    assert_eq!(echoed, flags);
    assert_eq!((logon_.repl_id, logon_.per_user_guid), (1, Guid::NIL));
    let txn = place.store.read().unwrap();
    let mailbox = txn.mailbox(PUBLIC_STORE).unwrap();
    assert_eq!(logon_.repl_guid, mailbox.repl_guid);
    assert_ne!(mailbox.repl_guid, txn.mailbox(place.ann.id).unwrap().repl_guid);
    let names = [
        "Root - Public",
        "IPM_SUBTREE",
        "NON_IPM_SUBTREE",
        "EFORMS REGISTRY",
        "SCHEDULE+ FREE BUSY",
        "OFFLINE ADDRESS BOOK",
        "Organization Forms",
        "Local Free Busy",
        "Local Offline Address Book",
        "NNTP Article Index",
    ];
    for (id, name) in logon_.folder_ids.iter().zip(names) {
        let folder = txn.folder(PUBLIC_STORE, id.counter()).unwrap().unwrap();
        assert_eq!(folder.name(), name);
        let root = logon_.folder_ids[0].counter();
        assert!(id.counter() == root || txn.ancestors(PUBLIC_STORE, id.counter()).unwrap().contains(&root));
    }
    assert_eq!(logon_.folder_ids[10..], [ObjectId::NONE; 3]);
    drop(txn);
    // The flag that private logons need is ignored, and so is what the Essdn names.
    let mapped = open_flags::PUBLIC | open_flags::USE_PER_MDB_REPLID_MAPPING;
    let named = LogonRequest { essdn: b"/o=Mailstead/cn=Servers/cn=x\0".to_vec(), ..request(flags, mapped) };
    assert_eq!(logon(&place, named).unwrap().1, logon_);
}

/// MS-OXCSTOR R3109, R3110001, R833, R835, R838, R838001, R1218, R1219, R1221, R93
#[test]
fn flags_of_a_public_logon_that_cannot_be_served_are_refused() {
    let place = Place::new();
    on(&place);
    const ALTERNATE_SERVER: u32 = 0x100;
    const IGNORE_HOME_MDB: u32 = 0x200;
    let refused = |logon_flags, open_flags| logon(&place, request(logon_flags, open_flags)).unwrap_err();
    assert_eq!(refused(0, 0), ErrorCode::LogonFailed, "PUBLIC is missing");
    assert_eq!(refused(0, open_flags::PUBLIC | ALTERNATE_SERVER), ErrorCode::LogonFailed, "there is no other");
    assert_eq!(refused(logon_flags::GHOSTED, open_flags::PUBLIC | ALTERNATE_SERVER), ErrorCode::LogonFailed);
    assert_eq!(refused(0, open_flags::PUBLIC | 0x10), ErrorCode::GeneralFailure, "an unknown OpenFlag");
    assert_eq!(refused(0x10, open_flags::PUBLIC), ErrorCode::GeneralFailure, "an unknown LogonFlag");
    assert_eq!(refused(logon_flags::PRIVATE, open_flags::PUBLIC), ErrorCode::LogonFailed, "it cannot be both");
    for logon_flags in [0, logon_flags::GHOSTED] {
        logon(&place, request(logon_flags, open_flags::PUBLIC | IGNORE_HOME_MDB)).unwrap();
    }
}

/// Its address is nobody's: no user can take it, have it, or log on with it.
#[test]
fn the_public_store_is_nobody() {
    let place = Place::new();
    on(&place);
    let mut txn = place.store.write().unwrap();
    let new = NewUser { address: ADDRESS, display_name: "Eve", password_hash: "", admin: false };
    assert!(matches!(directory::create(&mut txn, "Mailstead", &new, NOW), Err(StoreError::Exists)));
    let taken = directory::set_public_store(&mut txn, "Mailstead", Some("ann@example.test"), NOW);
    assert!(matches!(taken, Err(StoreError::Exists)));
    assert!(directory::by_login(&txn, ADDRESS).unwrap().is_none());
    assert!(directory::by_address(&txn, ADDRESS).unwrap().is_none());
    assert!(directory::listing_by_address(&txn, ADDRESS).unwrap().is_none(), "no mail is sent to it");
    assert!(directory::all(&txn).unwrap().iter().all(|user| user.id != PUBLIC_STORE));
    let public = directory::by_mailbox_name(&txn, Some("Public-Folders@Example.test"), None).unwrap().unwrap();
    assert_eq!(directory::by_mailbox_name(&txn, None, Some(&public.legacy_dn)).unwrap(), Some(public));
}

fn refused<O: Operation>(desk: &mut Desk, on: u32, operation: O) {
    assert_eq!(desk.fails(on, operation), ErrorCode::NotSupported, "{}", O::NAME);
}

/// MS-OXCSTOR R198, R249, R287, R469, R488, R59782, R59783, R855, R856, R874, R875, R888, R342, R59770, R59771, R483, R961, R962, R499
/// MS-OXCFOLD R49601, R575
/// MS-OXCPRPT R5070512, R88501
#[test]
fn what_a_public_logon_has_not_is_not_supported() {
    let hall = Hall::new();
    let mut desk = hall.desk(&hall.admin());
    let logon = desk.logon.handle;
    let class = || "IPM".to_owned();
    refused(&mut desk, logon, GetReceiveFolderRequest { message_class: class() });
    let set = SetReceiveFolderRequest { folder_id: hall.folder, message_class: "IPM.X".to_owned() };
    refused(&mut desk, logon, set);
    refused(&mut desk, logon, GetReceiveFolderTableRequest {});
    refused(&mut desk, logon, GetStoreStateRequest {});
    refused(&mut desk, logon, GetTransportFolderRequest {});
    refused(&mut desk, logon, SetSpoolerRequest {});
    refused(&mut desk, logon, AbortSubmitRequest { folder_id: hall.folder, message_id: ObjectId::own(0x500) });
    refused(&mut desk, logon, GetPerUserLongTermIdsRequest { database_guid: Guid::NIL });
    let long_term_id = mailstead::mapi::LongTermId::new(desk.logon.private.repl_guid, hall.folder);
    refused(&mut desk, logon, GetPerUserGuidRequest { long_term_id });
    let folder = desk.folder(hall.folder);
    refused(&mut desk, folder, CreateFolderRequest { folder_type: 2, ..new_folder("found") });
    let search =
        SetSearchCriteriaRequest { restriction_data: Vec::new(), folder_ids: vec![hall.folder], search_flags: 2 | 4 };
    refused(&mut desk, folder, search);
    let get = GetSearchCriteriaRequest { use_unicode: true, include_restriction: true, include_folders: true };
    refused(&mut desk, folder, get);
    let open = OpenStreamRequest { property_tag: PropertyTag::PidTagComment, open_mode_flags: 1 };
    refused(&mut desk, folder, open);
    let copy =
        CopyToRequest { want_asynchronous: false, want_sub_objects: false, copy_flags: 0, excluded_tags: Vec::new() };
    let done = desk.attempt_on([folder, folder], copy);
    assert_eq!(done.map(drop).unwrap_err(), ErrorCode::NotSupported);
}

/// One server has everything, under the name that autodiscover knows too.
/// MS-OXCSTOR R343, R351, R352, R367, R368, R369, R370, R371, R349, R1232, R395, R394, R900, R903, R905, R909
/// MS-OXCSTOR R912, R913, R914, R915, R916, R390, R391, R396, R400, R405, R3085, R1236, R1239, R930, R436, R437
/// MS-OXCROPS R251 R261 R273 R276
/// MS-OXCSTOR R893, R894, R895, R902, R904, R918, R919, R920, R59758, R926, R43402
/// MS-OXCSTOR R1101, R59712, R1098, R1100, R431, R432
#[test]
fn this_server_has_every_public_folder() {
    let hall = Hall::new();
    let (mut desk, _) = hall.two();
    let logon = desk.logon.handle;
    let dn = hall.place.store.read().unwrap().public_store().unwrap().unwrap().legacy_dn;
    for folder_id in [hall.folder, Special::IpmSubtree.id(), Special::NonIpmSubtree.id()] {
        let owning = desk.go(logon, GetOwningServersRequest { folder_id }).owning_servers;
        assert_eq!((owning.cheap_server_count, owning.servers), (1, vec![dn.clone()]));
        assert_eq!(desk.go(logon, PublicFolderIsGhostedRequest { folder_id }).ghosted, None);
    }
    let folder_id = ObjectId::own(0x7777);
    assert_eq!(desk.fails(logon, GetOwningServersRequest { folder_id }), ErrorCode::NotFound);
    assert_eq!(desk.fails(logon, PublicFolderIsGhostedRequest { folder_id }), ErrorCode::NotFound);
}

/// MS-OXCSTOR R673, R3093, R3093001, R3093002, R59738: who is logged on; there is no offline address book in it.
#[test]
fn properties_of_a_public_logon() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    for (desk, user) in [(&mut ann, &hall.place.ann), (&mut bob, &hall.place.bob)] {
        let logon = desk.logon.handle;
        let entry = Value::Binary(AddressBookEntryId::new(0, &user.legacy_dn).to_bytes());
        assert_eq!(desk.get(logon, PropertyTag::PidTagUserEntryId), Ok(entry));
        assert_eq!(desk.get(logon, PropertyTag::PidTagAddressBookMessageId), Err(ErrorCode::NotFound));
        assert_eq!(desk.get(logon, PropertyTag::PidTagMailboxOwnerEntryId), Err(ErrorCode::NotFound));
    }
    let mut root = hall.desk(&hall.admin());
    for tag in [PropertyTag::PidTagUserEntryId, PropertyTag::PidTagAddressBookMessageId] {
        let value =
            if tag == PropertyTag::PidTagAddressBookMessageId { Value::Integer64(1) } else { Value::Binary(vec![1]) };
        let problems = root.try_set(root.logon.handle, vec![TaggedValue::new(tag, value)]);
        assert_eq!(problems[0].error_code, ErrorCode::AccessDenied, "{tag:?}");
    }
    // MS-OXCDATA 2.2.4.1: EntryIDs say that they are of public folders. oxcdata.md
    let folder = ann.folder(hall.folder);
    let Ok(Value::Binary(entry)) = ann.get(folder, PropertyTag::PidTagEntryId) else { panic!("no EntryID") };
    let entry = FolderEntryId::from_bytes(&entry).unwrap();
    let provider = "1A447390AA6611CD9BC800AA002FC45A";
    let hex: String = entry.provider_uid.0.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!((hex.as_str(), entry.folder_type), (provider, 3));
    assert_eq!(entry.folder.counter(), hall.folder.counter());
}

/// MS-OXCFOLD R60, R61: that a folder was there already is told.
#[test]
fn creating_a_public_folder_that_exists_tells_so() {
    let hall = Hall::new();
    let mut desk = hall.desk(&hall.admin());
    let top = desk.folder(Special::IpmSubtree.id());
    let open = CreateFolderRequest { open_existing: true, ..new_folder("Posts") };
    let done = desk.go(top, open);
    assert_eq!(done.folder_id, hall.folder);
    assert!(done.existing.is_some());
    assert!(desk.go(top, new_folder("other")).existing.is_none());
    assert_eq!(desk.fails(top, new_folder("other")), ErrorCode::CollidingNames);
}
