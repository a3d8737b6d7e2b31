//! Bind and Unbind, the containers, and what the directory's users become.

use super::*;
use mailstead::directory::{self, NewUser};
use mailstead::mapi::{AddressBookEntryId, PropertyType};
use mailstead::nspi::exec::call;
use mailstead::nspi::message::{
    BindRequest, BindResponse, DnToMidRequest, DnToMidResponse, GetAddressBookUrlRequest, GetAddressBookUrlResponse,
    GetMailboxUrlRequest, GetMailboxUrlResponse, GetSpecialTableRequest, GetSpecialTableResponse, UnbindRequest,
    UnbindResponse,
};
use mailstead::nspi::{Cache, RequestType, is_request_type};
use mailstead::store::{OpenOptions, Store};
use mailstead::wire::FileTime;
use std::sync::Arc;

pub(super) fn bind(client: &mut Client, code_page: u32) -> BindResponse {
    client.call("Bind", BindRequest { flags: 0, state: Some(Stat { code_page, ..stat() }) })
}

fn special_table(client: &mut Client, flags: u32, code_page: u32, version: Option<u32>) -> GetSpecialTableResponse {
    let state = Some(Stat { code_page, ..stat() });
    client.call("GetSpecialTable", GetSpecialTableRequest { flags, state, version })
}

/// MS-OXNSPI R641, R668, R697, R700, R627
#[test]
fn bind_answers_with_the_guid_of_the_server() {
    let mut client = Client::new();
    assert!(!client.session.is_bound());
    let rs = bind(&mut client, 1252);
    assert_eq!((rs.error_code, rs.server_guid), (ErrorCode::Success, SERVER_GUID));
    assert!(client.session.is_bound());
}

/// MS-OXNSPI R702
/// MS-OXNSPI R642, R701, R712, R714
#[test]
fn unbind_ends_the_session_once() {
    let mut client = Client::new();
    bind(&mut client, 1252);
    let everyone = |client: &mut Client| client.query_rows(stat(), 50, &[PropertyTag::PidTagEntryId]);
    let before = everyone(&mut client);
    let rs: UnbindResponse = client.call("Unbind", UnbindRequest { reserved: 7 });
    assert_eq!((rs.error_code, client.session.is_bound()), (ErrorCode::UnbindSuccess, false));
    assert_eq!(everyone(&mut client), before, "nothing else is done");
    let rs: UnbindResponse = client.call("Unbind", UnbindRequest { reserved: 0 });
    assert_eq!(rs.error_code, ErrorCode::UnbindFailure);
}

/// MS-OXNSPI R680, R696, R1812
#[test]
fn bind_takes_code_pages_it_can_convert() {
    let mut client = Client::new();
    // UTF-8 is what Windows reports with "use Unicode UTF-8 for worldwide language support".
    for code_page in [1252, 932, 0x4F25, 65001] {
        assert_eq!(bind(&mut client, code_page).error_code, ErrorCode::Success, "{code_page}");
    }
    client.session = Session::default();
    for code_page in [1200, 0, 99_999, 1252 + 0x1_0000, u32::MAX] {
        let rs = bind(&mut client, code_page);
        assert_eq!((rs.error_code, rs.server_guid), (ErrorCode::InvalidCodepage, Guid::NIL), "{code_page}");
        assert!(!client.session.is_bound());
    }
}

/// MS-OXNSPI R690
#[test]
fn bind_without_a_position_is_a_session_too() {
    let mut client = Client::new();
    let rs: BindResponse = client.call("Bind", BindRequest { flags: 0x20, state: None });
    assert_eq!((rs.error_code, client.session.is_bound()), (ErrorCode::Success, true));
}

#[test]
fn request_types_are_known_by_both_spellings_in_any_case() {
    for (_, name) in RequestType::ALL {
        assert!(is_request_type(name));
    }
    assert_eq!(RequestType::ALL.len(), 19);
    assert_eq!(RequestType::parse("dntominid"), RequestType::parse("DNToMId"));
    assert_eq!(RequestType::parse("CompareMinIds"), RequestType::parse("CompareMIds"));
    for other in ["PING", "Connect", "", "Bind "] {
        assert!(!is_request_type(other), "{other:?}");
        assert!(matches!(Client::new().raw(other, &[]), Err(CallError::UnknownRequestType)));
    }
}

/// MS-OXNSPI R653, R717, R727, R743, R765, R767, R1863, R520
#[test]
fn the_hierarchy_has_the_global_address_list_first() {
    let rs = special_table(&mut Client::new(), 4, 1252, None);
    assert_eq!((rs.error_code, rs.version), (ErrorCode::Success, Some(2)));
    let rows = rs.rows.unwrap();
    let tags: Vec<u32> = rows[0].iter().map(|value| value.tag.0).collect();
    // MS-OXNSPI 3.1.4.1.3 constraint 14, in this order.
    assert_eq!(tags, [0x0FFF_0102, 0x3600_0003, 0x3005_0003, 0xFFFD_0003, 0x3001_001F, 0xFFFB_000B]);
    let values: Vec<Value> = rows[0].iter().map(|value| value.value.clone().unwrap()).collect();
    // Flags 0, MUIDEMSAB, version 1, DT_CONTAINER, "/".
    let entry_id = hex("00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00010000 2F00");
    assert_eq!(values[0], Value::Binary(entry_id));
    assert_eq!(values[1], Value::Integer32(9), "AB_RECIPIENTS and AB_UNMODIFIABLE");
    assert_eq!(values[2..4], [Value::Integer32(0), Value::Integer32(0)]);
    assert_eq!(values[5], Value::Boolean(false));
}

/// MS-OXNSPI R762
#[test]
fn the_hierarchy_in_8_bit_strings_has_no_unicode() {
    let mut client = Client::new();
    let rs = special_table(&mut client, 0, 1252, None);
    assert_eq!(rs.code_page, 1252);
    let types: Vec<PropertyType> = rs.rows.unwrap()[0].iter().map(|value| value.tag.property_type()).collect();
    assert!(types.contains(&PropertyType::String8) && !types.contains(&PropertyType::String));
}

/// MS-OXNSPI R732, R736
#[test]
fn the_unicode_code_page_needs_unicode_strings() {
    let mut client = Client::new();
    let rs = special_table(&mut client, 0, 1200, None);
    let refused = (ErrorCode::InvalidCodepage, 0, None, None);
    assert_eq!((rs.error_code, rs.code_page, rs.version, rs.rows), refused);
    assert_eq!(special_table(&mut client, 4, 1200, None).error_code, ErrorCode::Success);
}

/// MS-OXNSPI R748, R750
#[test]
fn a_client_that_has_the_hierarchy_is_not_told_again() {
    let mut client = Client::new();
    let rs = special_table(&mut client, 4, 1252, Some(2));
    assert_eq!((rs.version, rs.rows), (Some(2), Some(vec![])));
    for version in [0, 1, 3] {
        assert_eq!(special_table(&mut client, 4, 1252, Some(version)).rows.unwrap().len(), 5);
    }
}

/// MS-OXNSPI R518
/// MS-OXNSPI R109, R110, R718, R741, R752, R757, R758, R521
#[test]
fn there_are_no_templates_to_make_addresses_from() {
    let mut client = Client::new();
    for (flags, code_page) in [(2, 1252), (6, 1252), (2, 1200)] {
        let rs = special_table(&mut client, flags, code_page, None);
        assert_eq!((rs.error_code, rs.version, rs.rows), (ErrorCode::Success, None, Some(vec![])));
    }
    assert_eq!(special_table(&mut client, 4, 1252, None).rows.unwrap().len(), 5, "and the other special table");
}

#[test]
fn urls_are_those_of_the_settings() {
    let mut client = Client::new();
    let server_dn = "/o=Home/cn=server".to_owned();
    let rs: GetMailboxUrlResponse = client.call("GetMailboxUrl", GetMailboxUrlRequest { flags: 0, server_dn });
    assert_eq!((rs.error_code, rs.server_url.as_str()), (ErrorCode::Success, "https://mail.example.org/mapi/emsmdb/"));
    let user_dn = format!("{DN_PREFIX}bob");
    let rs: GetAddressBookUrlResponse =
        client.call("GetAddressBookUrl", GetAddressBookUrlRequest { flags: 0, user_dn });
    assert_eq!((rs.error_code, rs.server_url.as_str()), (ErrorCode::Success, "https://mail.example.org/mapi/nspi/"));
}

/// Two users in a store, the second of whom is disabled if so wished.
fn store_with_two(dir: &std::path::Path) -> Store {
    let store = Store::open(dir, &OpenOptions::default()).unwrap();
    let mut txn = store.write().unwrap();
    for (address, display_name) in [("ada@example.org", "Ada"), ("ben@example.org", "Ben")] {
        let new = NewUser { address, display_name, password_hash: "$argon2id$SECRET", admin: true };
        directory::create(&mut txn, "Home", &new, FileTime(1)).unwrap();
    }
    txn.commit().unwrap();
    store
}

fn call_in<Rq: Wire, Rs: Wire>(store: &Store, settings: &Settings, request_type: &str, body: Rq) -> (Rs, Vec<u8>) {
    let txn = store.read().unwrap();
    let user = directory::by_address(&txn, "ada@example.org").unwrap().unwrap();
    let body = Request { body, auxiliary_buffer: Vec::new() }.to_bytes();
    let bytes = call(&txn, settings, &user, &mut Session::default(), request_type, &body).unwrap();
    let Response::Answer { body, .. } = Response::from_bytes(&bytes).unwrap() else { panic!("StatusCode") };
    (body, bytes)
}

fn listed(store: &Store, settings: &Settings) -> Vec<Cell> {
    let columns = Some(vec![PropertyTag::PidTagSmtpAddress]);
    let explicit_table = Vec::new();
    let body = QueryRowsRequest { flags: 0, state: Some(stat()), explicit_table, row_count: 50, columns };
    column(call_in::<_, QueryRowsResponse>(store, settings, "QueryRows", body).0.rows)
}

/// MS-OXNSPI R633 R634: the data set is the directory, from the start on.
#[test]
fn the_address_book_follows_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (store_with_two(dir.path()), Settings::default());
    assert_eq!(listed(&store, &settings), [Ok(text("ada@example.org")), Ok(text("ben@example.org"))]);
    let mut txn = store.write().unwrap();
    let mut ada = directory::by_address(&txn, "ada@example.org").unwrap().unwrap();
    ada.display_name = "Zada".to_owned();
    directory::update(&mut txn, &ada).unwrap();
    txn.commit().unwrap();
    assert_eq!(listed(&store, &settings), [Ok(text("ben@example.org")), Ok(text("ada@example.org"))]);
}

#[test]
fn disabled_users_are_not_there_in_any_way() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (store_with_two(dir.path()), Settings::default());
    let mut txn = store.write().unwrap();
    let mut ben = directory::by_address(&txn, "ben@example.org").unwrap().unwrap();
    ben.disabled = true;
    directory::update(&mut txn, &ben).unwrap();
    txn.commit().unwrap();
    assert_eq!(listed(&store, &settings), [Ok(text("ada@example.org"))]);
    let body = DnToMidRequest { reserved: 0, names: Some(vec![ben.legacy_dn]) };
    let (rs, _): (DnToMidResponse, _) = call_in(&store, &settings, "DNToMId", body);
    assert_eq!(rs.minimal_ids, Some(vec![MinimalId(0)]));
}

#[test]
fn nothing_of_a_user_that_is_not_public_leaves_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (store_with_two(dir.path()), Settings::default());
    let mut client = Client::new();
    let rs: mailstead::nspi::message::QueryColumnsResponse = client
        .call("QueryColumns", mailstead::nspi::message::QueryColumnsRequest { reserved: 0, map_flags: 0x8000_0000 });
    // Every property there could be, by its identifier.
    let every = (0..=u16::MAX).map(|id| PropertyTag::new(id, PropertyType::Unspecified));
    let known: Vec<u16> = rs.columns.unwrap().iter().map(|tag| tag.id()).collect();
    for columns in every.collect::<Vec<_>>().chunks(4096) {
        let body = QueryRowsRequest {
            flags: 0,
            state: Some(stat()),
            explicit_table: Vec::new(),
            row_count: 10,
            columns: Some(columns.to_vec()),
        };
        let (rs, bytes): (QueryRowsResponse, _) = call_in(&store, &settings, "QueryRows", body);
        for row in rs.rows.unwrap().rows {
            for (tag, cell) in columns.iter().zip(row) {
                assert!(cell.is_err() || known.contains(&tag.id()), "{tag:?} is not listed by QueryColumns");
            }
        }
        for secret in ["SECRET".as_bytes(), &"SECRET".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "the password hash");
        }
    }
}

#[test]
fn identifiers_are_the_numbers_of_the_users() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (store_with_two(dir.path()), Settings::default());
    let txn = store.read().unwrap();
    let ben = directory::by_address(&txn, "ben@example.org").unwrap().unwrap();
    let body = DnToMidRequest { reserved: 0, names: Some(vec![ben.legacy_dn.to_uppercase()]) };
    let (rs, _): (DnToMidResponse, _) = call_in(&store, &settings, "DNToMId", body);
    assert_eq!(rs.minimal_ids, Some(vec![MinimalId(ben.id + 0x10)]));
    let columns = Some(vec![PropertyTag::PidTagEntryId]);
    let explicit_table = vec![MinimalId(ben.id + 0x10)];
    let body = QueryRowsRequest { flags: 0, state: Some(stat()), explicit_table, row_count: 1, columns };
    let (rs, _): (QueryRowsResponse, _) = call_in(&store, &settings, "QueryRows", body);
    let entry_id = AddressBookEntryId::new(0, &ben.legacy_dn).to_bytes();
    assert_eq!(column(rs.rows), [Ok(Value::Binary(entry_id))]);
}

#[test]
fn one_view_serves_every_session_until_the_directory_changes() {
    let everyone = |view: &View| view.table(AddressList::Everyone).len();
    let cache = Cache::default();
    let people = |names: &[&str]| -> Result<Vec<Listing>, ()> {
        Ok((1..).zip(names).map(|(id, name)| person(id, &format!("{name}@example.org"), name)).collect())
    };
    let first = cache.get(5, || people(&["a"])).unwrap();
    let again = cache.get(5, || Err(())).unwrap();
    assert!(Arc::ptr_eq(&first, &again), "nothing is read again");
    assert_eq!(cache.get(6, || Err(())).unwrap_err(), (), "another version is");
    let newer = cache.get(6, || people(&["a", "b"])).unwrap();
    assert_eq!((everyone(&first), everyone(&newer)), (1, 2));
    // A reader of an old snapshot sees that, and leaves the newer one to the others.
    assert_eq!(everyone(&cache.get(5, || people(&["a"])).unwrap()), 1);
    assert!(Arc::ptr_eq(&newer, &cache.get(6, || Err(())).unwrap()));
}

#[test]
fn what_is_not_committed_is_not_shared() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (store_with_two(dir.path()), Settings::default());
    let mut txn = store.write().unwrap();
    let mut ada = directory::by_address(&txn, "ada@example.org").unwrap().unwrap();
    ada.disabled = true;
    directory::update(&mut txn, &ada).unwrap();
    let body = Request {
        body: DnToMidRequest { reserved: 0, names: Some(vec![ada.legacy_dn.clone()]) },
        auxiliary_buffer: Vec::new(),
    };
    let bytes = call(&txn, &settings, &ada, &mut Session::default(), "DNToMId", &body.to_bytes()).unwrap();
    let Response::Answer { body, .. } = Response::<DnToMidResponse>::from_bytes(&bytes).unwrap() else { panic!() };
    assert_eq!(body.minimal_ids, Some(vec![MinimalId(0)]));
    drop(txn);
    // Another change gets the version that the dropped one would have had.
    let mut txn = store.write().unwrap();
    let mut ben = directory::by_address(&txn, "ben@example.org").unwrap().unwrap();
    ben.display_name = "Benjamin".to_owned();
    directory::update(&mut txn, &ben).unwrap();
    txn.commit().unwrap();
    assert_eq!(listed(&store, &settings).len(), 2);
}
