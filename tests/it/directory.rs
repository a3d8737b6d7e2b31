//! Entries of the directory in the store: groups, contacts, rooms, aliases, and what changes them.

use crate::store::{assert_sound, store_with_user};
use mailstead::backend::{Backend, Who};
use mailstead::clock::Clock;
use mailstead::directory::{self, EntryKind, Facts, NewUser};
use mailstead::limits::{DIRECTORY_NAMES_MAX, DIRECTORY_TEXT_MAX};
use mailstead::mapi::{AddressBookEntryId, ErrorCode, PropertyTag, Value};
use mailstead::nspi::message::{
    AddressBookTaggedValue, GetPropsRequest, GetPropsResponse, MinimalId, ModLinkAttRequest, ModLinkAttResponse,
    ModPropsRequest, ModPropsResponse, Request, Response, Stat,
};
use mailstead::nspi::{Session, Settings, exec};
use mailstead::store::{OpenOptions, Store, StoreError, Txn};
use mailstead::wire::{FileTime, Wire};
use std::sync::Arc;

const NOW: FileTime = FileTime(133_000_000_000_000_000);

fn user(txn: &mut Txn<'_>, address: &str) -> u32 {
    let new = NewUser { address, display_name: address, password_hash: "", admin: false };
    directory::create(txn, "Mailstead", &new, NOW).unwrap().id
}

fn group(txn: &mut Txn<'_>, address: &str, members: &[u32]) -> u32 {
    let id = directory::create_listed(txn, "Mailstead", EntryKind::Group, address, address).unwrap();
    change(txn, id, |facts| facts.members = members.iter().copied().collect()).unwrap();
    id
}

fn change(txn: &mut Txn<'_>, id: u32, change: impl FnOnce(&mut Facts)) -> Result<(), StoreError> {
    let mut listing = directory::listing(txn, id)?.unwrap();
    change(&mut listing.facts);
    directory::update_listing(txn, &listing)
}

#[test]
fn an_alias_leads_to_the_user_and_a_former_name_too() {
    let (_dir, store, ann) = store_with_user();
    let mut txn = store.write().unwrap();
    change(&mut txn, ann, |facts| {
        facts.aliases = vec!["Annie@example.test".to_owned()];
        facts.x500 = vec!["/o=Old/cn=ann".to_owned()];
    })
    .unwrap();
    txn.commit().unwrap();
    assert_sound(&store);
    let store = Arc::new(store);
    let live = mailstead::backend::Live::new(Arc::clone(&store), Clock::system(), "Mailstead".to_owned());
    for who in [Who::Address("ANNIE@example.test".to_owned()), Who::LegacyDn("/O=old/CN=Ann".to_owned())] {
        let found = live.find(&who).unwrap().unwrap();
        assert_eq!((found.id, found.address.as_str()), (ann, "ann@example.test"), "the primary address answers");
    }
    let mut txn = store.write().unwrap();
    // What is somebody's is nobody else's.
    let new = NewUser { address: "annie@example.test", display_name: "", password_hash: "", admin: false };
    assert!(matches!(directory::create(&mut txn, "Mailstead", &new, NOW), Err(StoreError::Exists)));
    let taken = directory::create_listed(&mut txn, "Mailstead", EntryKind::Group, "annie@example.test", "");
    assert!(matches!(taken, Err(StoreError::Exists)));
    let bob = user(&mut txn, "bob@example.test");
    let steal = |name: &str| [name.to_owned()].to_vec();
    let taken = change(&mut txn, bob, |facts| facts.aliases = steal("ann@example.test"));
    assert!(matches!(taken, Err(StoreError::Exists)));
    let taken = change(&mut txn, bob, |facts| facts.x500 = steal("/o=OLD/cn=ann"));
    assert!(matches!(taken, Err(StoreError::Exists)));
    // Taken away it leads nowhere.
    change(&mut txn, ann, |facts| *facts = Facts::default()).unwrap();
    assert_eq!(directory::by_address(&txn, "annie@example.test").unwrap(), None);
    assert_eq!(directory::by_dn(&txn, "/o=Old/cn=ann").unwrap(), None);
    txn.commit().unwrap();
    assert_sound(&store);
}

#[test]
fn a_group_is_no_user_and_is_taken_apart() {
    let (_dir, store, ann) = store_with_user();
    let mut txn = store.write().unwrap();
    let bob = user(&mut txn, "bob@example.test");
    let uncle =
        directory::create_listed(&mut txn, "Mailstead", EntryKind::Contact, "uncle@elsewhere.test", "Uncle").unwrap();
    let inner = group(&mut txn, "inner@example.test", &[bob, uncle]);
    let outer = group(&mut txn, "outer@example.test", &[ann, inner, bob]);
    assert_eq!(directory::by_address(&txn, "outer@example.test").unwrap(), None);
    let expanded = |txn: &Txn<'_>, id| -> Vec<u32> {
        let mut ids: Vec<u32> = directory::expand(txn, id).unwrap().iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(expanded(&txn, outer), [ann, bob, uncle], "each once");
    // Groups in each other.
    change(&mut txn, inner, |facts| assert!(facts.members.insert(outer))).unwrap();
    assert_eq!(expanded(&txn, outer), [ann, bob, uncle]);
    // Who goes is in no list any more, and the number is nobody's.
    change(&mut txn, ann, |facts| facts.manager = Some(bob)).unwrap();
    directory::remove(&mut txn, bob).unwrap();
    directory::remove_listed(&mut txn, uncle).unwrap();
    assert_eq!(expanded(&txn, outer), [ann]);
    assert_eq!(directory::listing(&txn, ann).unwrap().unwrap().facts.manager, None);
    let again = user(&mut txn, "bob@example.test");
    assert!(again > outer);
    txn.commit().unwrap();
    assert_sound(&store);
}

#[test]
fn names_and_numbers_stay_whatever_is_changed() {
    let (_dir, store, ann) = store_with_user();
    let mut txn = store.write().unwrap();
    let family = group(&mut txn, "family@example.test", &[ann]);
    let before = directory::listing(&txn, family).unwrap().unwrap();
    let mut changed = before.clone();
    changed.display_name = "The Family".to_owned();
    (changed.address, changed.legacy_dn) = ("other@example.test".to_owned(), "/o=Other".to_owned());
    directory::update_listing(&mut txn, &changed).unwrap();
    let after = directory::listing_by_address(&txn, "FAMILY@example.test").unwrap().unwrap();
    assert_eq!(after.display_name, "The Family");
    assert_eq!((&after.address, &after.legacy_dn), (&before.address, &before.legacy_dn));
    assert_eq!((after.id, after.object_guid), (before.id, before.object_guid));
    assert_eq!(directory::listing_by_dn(&txn, &before.legacy_dn).unwrap(), Some(after));
}

#[test]
fn facts_have_bounds() {
    let (_dir, store, ann) = store_with_user();
    let mut txn = store.write().unwrap();
    let mut refused = |change_facts: &dyn Fn(&mut Facts)| {
        let result = change(&mut txn, ann, |facts| change_facts(facts));
        assert!(matches!(result, Err(StoreError::Full)));
    };
    let title = PropertyTag::PidTagTitle.id();
    refused(&|facts| drop(facts.texts.insert(title, "x".repeat(DIRECTORY_TEXT_MAX + 1))));
    refused(&|facts| drop(facts.texts.insert(PropertyTag::PidTagDisplayName.id(), "no fact".to_owned())));
    let alias = |n: usize| format!("a{n}@example.test");
    refused(&|facts| facts.aliases = (0..=DIRECTORY_NAMES_MAX).map(alias).collect());
    change(&mut txn, ann, |facts| facts.aliases = (0..DIRECTORY_NAMES_MAX).map(alias).collect()).unwrap();
}

/// A change through the address book, as the server makes it.
fn call<Rq: Wire, Rs: Wire>(store: &Store, settings: &Settings, user: u32, request_type: &str, body: Rq) -> Rs {
    let user = directory::by_id(&store.read().unwrap(), user).unwrap().unwrap();
    let body = Request { body, auxiliary_buffer: Vec::new() }.to_bytes();
    let session = &mut Session::default();
    assert!(exec::is_change(request_type));
    let bytes = exec::change(store.write().unwrap(), settings, &user, session, request_type, &body).unwrap();
    let Response::Answer { body, .. } = Response::<Rs>::from_bytes(&bytes).unwrap() else { panic!() };
    body
}

/// MS-OXCMAPIHTTP R724 R1333 R740 R746 R763 R786
/// MS-OXNSPI R1284, R1297, R1299, R1301 (ModProps), R1321, R1332, R1335, R1336 (ModLinkAtt): what was answered with Success is
/// in the directory, and nothing else.
#[test]
fn changes_through_the_address_book_are_kept() {
    let (_dir, store, ann) = store_with_user();
    let mut txn = store.write().unwrap();
    let bob = user(&mut txn, "bob@example.test");
    let family = group(&mut txn, "family@example.test", &[]);
    change(&mut txn, family, |facts| assert!(facts.owners.insert(ann))).unwrap();
    let dn = directory::by_id(&txn, bob).unwrap().unwrap().legacy_dn;
    txn.commit().unwrap();
    let settings = Settings::default();
    let phone = PropertyTag::PidTagBusinessTelephoneNumber;
    let set = |user: u32, id: u32, texts: &[&str]| -> ErrorCode {
        let value = |text: &&str| AddressBookTaggedValue::new(phone, Value::String((*text).to_owned()));
        let state = Some(Stat { code_page: 1252, current_rec: MinimalId(id + 0x10), ..Stat::default() });
        let body = ModPropsRequest {
            reserved: 0,
            state,
            property_tags: Some(vec![phone]),
            property_values: Some(texts.iter().map(value).collect()),
        };
        let rs: ModPropsResponse = call(&store, &settings, user, "ModProps", body);
        rs.error_code
    };
    let phone_of = |id: u32| {
        let entry = directory::listing(&store.read().unwrap(), id).unwrap().unwrap();
        entry.facts.texts.get(&phone.id()).cloned()
    };
    assert_eq!(set(bob, ann, &["+1"]), ErrorCode::AccessDenied);
    assert_eq!(phone_of(ann), None);
    assert_eq!(set(ann, ann, &["+1"]), ErrorCode::Success);
    assert_eq!(phone_of(ann).as_deref(), Some("+1"));
    assert_eq!(set(ann, ann, &["+2"]), ErrorCode::Success);
    assert_eq!(phone_of(ann).as_deref(), Some("+2"), "in place of the one before");
    assert_eq!(set(bob, ann, &[]), ErrorCode::AccessDenied);
    assert_eq!(phone_of(ann).as_deref(), Some("+2"));
    assert_eq!(set(ann, ann, &[]), ErrorCode::Success);
    assert_eq!(phone_of(ann), None, "removed");
    let link = |user: u32, flags: u32| -> ErrorCode {
        let entry_ids = Some(vec![AddressBookEntryId::new(0, &dn).to_bytes()]);
        let (property_tag, minimal_id) = (PropertyTag::PidTagAddressBookMember, MinimalId(family + 0x10));
        let body = ModLinkAttRequest { flags, property_tag, minimal_id, entry_ids };
        let rs: ModLinkAttResponse = call(&store, &settings, user, "ModLinkAtt", body);
        rs.error_code
    };
    let members = || -> Vec<u32> {
        let entry = directory::listing(&store.read().unwrap(), family).unwrap().unwrap();
        entry.facts.members.iter().copied().collect()
    };
    assert_eq!((link(bob, 0), members()), (ErrorCode::AccessDenied, vec![]));
    assert_eq!((link(ann, 0), members()), (ErrorCode::Success, vec![bob]));
    assert_eq!((link(ann, 0), members()), (ErrorCode::Success, vec![bob]), "MS-OXNSPI R1336");
    assert_eq!((link(ann, 1), members()), (ErrorCode::Success, vec![]));
    assert_sound(&store);
}

/// MS-OXNSPI R1268 R1297 R1301: a certificate that was answered with Success is there for others, and gone
/// with who had it.
#[test]
fn photos_and_certificates_are_kept_apart() {
    let (_dir, store, ann) = store_with_user();
    let mut txn = store.write().unwrap();
    let bob = user(&mut txn, "bob@example.test");
    txn.commit().unwrap();
    let settings = Settings::default();
    let x509 = PropertyTag::PidTagAddressBookX509Certificate;
    let version = || directory::version(&store.read().unwrap()).unwrap();
    let state = Some(Stat { code_page: 1252, current_rec: MinimalId(ann + 0x10), ..Stat::default() });
    let set = |remove: Vec<PropertyTag>, values: Vec<Vec<u8>>| -> ErrorCode {
        let value = AddressBookTaggedValue::new(x509, Value::MultipleBinary(values.clone()));
        let body = ModPropsRequest {
            reserved: 0,
            state,
            property_tags: Some(remove),
            property_values: (!values.is_empty()).then(|| vec![value]),
        };
        let rs: ModPropsResponse = call(&store, &settings, ann, "ModProps", body);
        rs.error_code
    };
    let seen = || -> Option<Value> {
        let bob = directory::by_id(&store.read().unwrap(), bob).unwrap().unwrap();
        let body = GetPropsRequest { flags: 0, state, property_tags: Some(vec![x509]) };
        let body = Request { body, auxiliary_buffer: Vec::new() }.to_bytes();
        let txn = store.read().unwrap();
        let bytes = exec::call(&txn, &settings, &bob, &mut Session::default(), "GetProps", &body).unwrap();
        let Response::<GetPropsResponse>::Answer { body, .. } = Response::from_bytes(&bytes).unwrap() else { panic!() };
        body.property_values.unwrap().remove(0).value.filter(|value| !matches!(value, Value::Error(_)))
    };
    let before = version();
    let values = [vec![vec![0x30; 2000], vec![0x30, 1], vec![0x30, 2]], vec![vec![0x30, 9]]];
    for values in values {
        assert_eq!(set(vec![], values.clone()), ErrorCode::Success);
        assert_eq!(seen(), Some(Value::MultipleBinary(values)));
    }
    assert_eq!(version(), before, "the address book that is shared has nothing of it");
    assert_eq!(set(vec![x509], vec![]), ErrorCode::Success);
    assert_eq!(seen(), None);
    assert_eq!(set(vec![x509], vec![vec![0x30, 5]]), ErrorCode::Success);
    assert_sound(&store);
    let mut txn = store.write().unwrap();
    assert_eq!(txn.told(ann, x509.id()).unwrap(), [[0x30, 5]]);
    directory::remove(&mut txn, ann).unwrap();
    assert!(txn.told(ann, x509.id()).unwrap().is_empty());
    txn.commit().unwrap();
    assert_sound(&store);
}

/// MS-OXNSPI R663: there is no room for the change, and nothing is changed.
#[test]
fn a_full_disk_is_no_want_of_rights() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &OpenOptions { map_size_bytes: 2 << 20 }).unwrap();
    let mut txn = store.write().unwrap();
    let ann = user(&mut txn, "ann@example.test");
    txn.commit().unwrap();
    let settings = Settings::default();
    let phone = PropertyTag::PidTagBusinessTelephoneNumber;
    let set = |text: &str| -> ErrorCode {
        let body = ModPropsRequest {
            reserved: 0,
            state: Some(Stat { code_page: 1252, current_rec: MinimalId(ann + 0x10), ..Stat::default() }),
            property_tags: Some(vec![]),
            property_values: Some(vec![AddressBookTaggedValue::new(phone, Value::String(text.to_owned()))]),
        };
        let rs: ModPropsResponse = call(&store, &settings, ann, "ModProps", body);
        rs.error_code
    };
    let held =
        || directory::listing(&store.read().unwrap(), ann).unwrap().unwrap().facts.texts.get(&phone.id()).cloned();
    // As long as somebody reads what was there, no page of the file can be used again.
    let reader = store.read().unwrap();
    let mut number = 0;
    let code = loop {
        match set(&number.to_string()) {
            ErrorCode::Success => number += 1,
            code => break code,
        }
        assert!(number < 10_000);
    };
    assert_eq!(code, ErrorCode::OutOfResources);
    assert!(number > 0);
    assert_eq!(held(), Some((number - 1).to_string()));
    drop(reader);
    assert_eq!((set("again"), held().as_deref()), (ErrorCode::Success, Some("again")));
}
