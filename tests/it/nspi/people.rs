//! Groups, contacts, rooms, hidden entries, facts: what they tell, where they are listed, how they
//! are found, what a user may change of them, and what a call costs.

use super::*;
use mailstead::directory::{EntryKind, Facts};
use mailstead::mapi::{AddressBookEntryId, FuzzyLow, PropertyType, Restriction, TaggedValue};
use mailstead::nspi::message::{
    AddressBookTaggedValue, EphemeralEntryId, Filter, GetMatchesRequest, GetMatchesResponse, GetPropListRequest,
    GetPropListResponse, GetPropsRequest, GetPropsResponse, GetSpecialTableRequest, GetSpecialTableResponse,
    ModLinkAttRequest, ModLinkAttResponse, ModPropsRequest, ModPropsResponse, PropertyNameId, ResolveNamesRequest,
    ResolveNamesResponse, SeekEntriesRequest, SeekEntriesResponse, SortType, UpdateStatRequest, UpdateStatResponse,
};

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const MEMBER: PropertyTag = PropertyTag::PidTagAddressBookMember;
const DELEGATES: PropertyTag = PropertyTag::PidTagAddressBookPublicDelegates;
const PHONE: PropertyTag = PropertyTag::PidTagBusinessTelephoneNumber;

pub(super) const ADA: u32 = 1;
pub(super) const BEN: u32 = 2;
pub(super) const HIDDEN: u32 = 3;
pub(super) const FAMILY: u32 = 4;
pub(super) const ALL: u32 = 5;
pub(super) const UNCLE: u32 = 6;
pub(super) const ROOM: u32 = 7;
pub(super) const CAR: u32 = 8;

pub(super) fn mid(id: u32) -> MinimalId {
    MinimalId(id + 0x10)
}

fn entry(id: u32, kind: EntryKind, address: &str, name: &str) -> Listing {
    let mut entry = person(id, address, name);
    entry.facts.kind = kind;
    if matches!(kind, EntryKind::Group | EntryKind::Contact) {
        entry.mailbox_guid = None;
    }
    entry
}

/// A household: two people, one who is hidden, a group in a group, an uncle elsewhere, a room, a car.
pub(super) fn household() -> Client {
    let mut ada = entry(ADA, EntryKind::Person, "ada@example.org", "Lovelace, Ada");
    ada.facts.aliases = vec!["countess@example.org".to_owned()];
    ada.facts.x500 = vec!["/o=Old/cn=ada".to_owned()];
    ada.facts.manager = Some(BEN);
    for (tag, text) in [
        (PropertyTag::PidTagGivenName, "Augusta"),
        (PHONE, "+44 1"),
        (PropertyTag::PidTagTitle, "Enchantress of Numbers"),
        (PropertyTag::PidTagDepartmentName, "Engines"),
    ] {
        ada.facts.texts.insert(tag.id(), text.to_owned());
    }
    let ben = entry(BEN, EntryKind::Person, "ben@example.org", "Ben");
    let mut hidden = entry(HIDDEN, EntryKind::Person, "ghost@example.org", "A Ghost");
    hidden.facts.hidden = true;
    let mut family = entry(FAMILY, EntryKind::Group, "family@example.org", "Family");
    family.facts.members = [ADA, BEN, HIDDEN, UNCLE].into_iter().collect();
    family.facts.owners = [ADA].into_iter().collect();
    let mut all = entry(ALL, EntryKind::Group, "all@example.org", "Everybody");
    all.facts.members = [FAMILY].into_iter().collect();
    let uncle = entry(UNCLE, EntryKind::Contact, "uncle@elsewhere.example", "Uncle");
    let mut room = entry(ROOM, EntryKind::Room, "kitchen@example.org", "Kitchen");
    room.facts.capacity = Some(6);
    let car = entry(CAR, EntryKind::Equipment, "car@example.org", "Car");
    let mut client = Client::of([ada, ben, hidden, family, all, uncle, room, car]);
    client.user = ADA;
    client
}

impl Client {
    fn names_in(&mut self, container_id: u32) -> Vec<String> {
        let rs = self.query_rows(Stat { container_id, ..stat() }, 100, &[NAME]);
        assert_eq!(rs.error_code, ErrorCode::Success);
        column(rs.rows).into_iter().map(|cell| cell.unwrap().as_str().unwrap().to_owned()).collect()
    }

    fn values(&mut self, id: u32, tags: &[PropertyTag]) -> Vec<Option<Value>> {
        let body = GetPropsRequest { flags: 0, state: Some(at(mid(id))), property_tags: Some(tags.to_vec()) };
        let rs: GetPropsResponse = self.call("GetProps", body);
        let missing = Value::Error(ErrorCode::NotFound);
        rs.property_values.unwrap().into_iter().map(|value| value.value.filter(|value| *value != missing)).collect()
    }

    fn resolve_in(&mut self, name: &str, container_id: u32) -> (u32, Vec<Cell>) {
        let body = ResolveNamesRequest {
            reserved: 0x8000_0000,
            state: Some(Stat { container_id, ..stat() }),
            property_tags: Some(vec![NAME]),
            names: Some(vec![name.to_owned()]),
        };
        let rs: ResolveNamesResponse = self.call("ResolveNames", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        (rs.minimal_ids.unwrap()[0].0, column(rs.rows))
    }

    fn linked(&mut self, id: u32, tag: PropertyTag, row_count: u32) -> GetMatchesResponse {
        let state = Stat { container_id: tag.0, current_rec: mid(id), ..stat() };
        self.call("GetMatches", matches(state, None, row_count))
    }

    fn linked_ids(&mut self, id: u32, tag: PropertyTag) -> Vec<u32> {
        let rs = self.linked(id, tag, 100);
        assert_eq!(rs.error_code, ErrorCode::Success, "{tag:?}");
        assert_eq!(rs.state.unwrap().container_id, mid(id).0, "MS-OXNSPI R1146");
        rs.minimal_ids.unwrap().into_iter().map(|mid| mid.0 - 0x10).collect()
    }

    fn mod_props(&mut self, id: u32, remove: &[PropertyTag], set: &[(PropertyTag, Value)]) -> ErrorCode {
        let values = set.iter().map(|(tag, value)| AddressBookTaggedValue::new(*tag, value.clone()));
        let body = ModPropsRequest {
            reserved: 7,
            state: Some(at(mid(id))),
            property_tags: Some(remove.to_vec()),
            property_values: Some(values.collect()),
        };
        let rs: ModPropsResponse = self.call("ModProps", body);
        assert_eq!(rs.error_code == ErrorCode::Success, self.change.is_some(), "MS-OXNSPI R1284");
        rs.error_code
    }

    fn mod_link(&mut self, flags: u32, tag: PropertyTag, id: u32, entry_ids: Vec<Vec<u8>>) -> ErrorCode {
        let body = ModLinkAttRequest { flags, property_tag: tag, minimal_id: mid(id), entry_ids: Some(entry_ids) };
        let rs: ModLinkAttResponse = self.call("ModLinkAtt", body);
        assert_eq!(rs.error_code == ErrorCode::Success, self.change.is_some(), "MS-OXNSPI R1321");
        rs.error_code
    }
}

pub(super) fn matches(state: Stat, filter: Option<Restriction>, row_count: u32) -> GetMatchesRequest {
    GetMatchesRequest {
        reserved: 0,
        state: Some(state),
        minimal_ids: None,
        interface_option_flags: 0,
        filter: filter.map(Filter),
        property_name: None,
        row_count,
        columns: Some(vec![NAME]),
    }
}

fn permanent(local: &str) -> Vec<u8> {
    AddressBookEntryId::new(0, &format!("{DN_PREFIX}{local}")).to_bytes()
}

/// MS-OXNSPI R499
/// MS-OXNSPI R1864, R1865, R1866, R56, R1998, R500, R501
/// Every kind of entry has a list of its own, hidden ones are in none.
#[test]
fn each_kind_has_its_container() {
    let mut client = household();
    assert_eq!(client.names_in(0), ["Ben", "Car", "Everybody", "Family", "Kitchen", "Lovelace, Ada", "Uncle"]);
    assert_eq!(client.names_in(1), ["Ben", "Lovelace, Ada"]);
    assert_eq!(client.names_in(2), ["Everybody", "Family"]);
    assert_eq!(client.names_in(3), ["Uncle"]);
    assert_eq!(client.names_in(4), ["Car", "Kitchen"]);
    let rs = client.query_rows(Stat { container_id: 5, ..stat() }, 1, &[NAME]);
    assert_eq!(rs.error_code, ErrorCode::InvalidBookmark);
    let body = GetSpecialTableRequest { flags: 4, state: Some(stat()), version: None };
    let rs: GetSpecialTableResponse = client.call("GetSpecialTable", body);
    let rows = rs.rows.unwrap();
    let cell = |row: usize, at: usize| rows[row][at].value.clone().unwrap();
    let shown: Vec<Value> = (0..rows.len()).map(|row| cell(row, 4)).collect();
    assert_eq!(shown, ["", "All Users", "All Groups", "All Contacts", "Rooms"].map(text));
    for row in 0..rows.len() {
        assert_eq!(cell(row, 3), Value::Integer32(i32::try_from(row).unwrap()), "containers of the tables above");
        let Value::Binary(entry_id) = cell(row, 0) else { panic!("EntryID") };
        let dn = AddressBookEntryId::from_bytes(&entry_id).unwrap().x500_dn;
        assert!(dn == "/" || (dn.len() == 38 && dn.starts_with("/guid=")), "{dn}");
    }
}

/// MS-OXNSPI R544, R502, R315, R523
/// Positions count the rows of the container, not those of the whole address book.
#[test]
fn positions_are_those_of_the_container() {
    let mut client = household();
    let mut state = Stat { container_id: 4, delta: 1, ..stat() };
    let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: true };
    let rs: UpdateStatResponse = client.call("UpdateStat", body);
    let got = rs.state.unwrap();
    assert_eq!((got.current_rec, got.num_pos, got.total_recs, rs.delta), (mid(ROOM), 1, 2, Some(1)));
    state = Stat { container_id: 4, current_rec: MinimalId::MID_CURRENT, num_pos: 50, total_recs: 100, ..stat() };
    let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: false };
    let rs: UpdateStatResponse = client.call("UpdateStat", body);
    assert_eq!(rs.state.unwrap().num_pos, 1, "half of two rows");
    // Somebody who is not in the container has no place in it.
    let state = Stat { container_id: 4, current_rec: mid(BEN), ..stat() };
    let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: false };
    let rs: UpdateStatResponse = client.call("UpdateStat", body);
    assert_eq!(rs.error_code, ErrorCode::NotFound);
    let target = AddressBookTaggedValue::new(NAME, text("D"));
    let state = Some(Stat { container_id: 2, ..stat() });
    let body = SeekEntriesRequest { reserved: 0, state, target: Some(target), explicit_table: None, columns: None };
    let rs: SeekEntriesResponse = client.call("SeekEntries", body);
    let got = rs.state.unwrap();
    assert_eq!((got.current_rec, got.num_pos, got.total_recs), (mid(ALL), 0, 2));
}

/// MS-OXCPRPT R46, R48: PidTagObjectType of people and groups.
/// MS-OXNSPI R48, R49, R55, R604
#[test]
fn entries_say_what_they_are() {
    let mut client = household();
    let kinds = [
        (ADA, 6, 0, 0x4000_0000),
        (FAMILY, 8, 1, 1),
        (UNCLE, 6, 6, 6),
        (ROOM, 6, 0, 0x4000_0007),
        (CAR, 6, 0, 0x4000_0008),
    ];
    for (id, object_type, display_type, display_type_ex) in kinds {
        let tags = [0x0FFE_0003, 0x3900_0003, 0x3905_0003, 0x0FFF_0102].map(PropertyTag);
        let values = client.values(id, &tags);
        let want = [object_type, display_type, display_type_ex].map(|n| Some(Value::Integer32(n)));
        assert_eq!(values[..3], want, "{id}");
        let Some(Value::Binary(entry_id)) = &values[3] else { panic!("EntryID") };
        let of_entry = AddressBookEntryId::from_bytes(entry_id).unwrap();
        assert_eq!(i32::try_from(of_entry.display_type).unwrap(), display_type, "{id}");
    }
    let member_counts = client.values(FAMILY, &[PropertyTag(0x8CE2_0003), PropertyTag(0x8CE3_0003)]);
    assert_eq!(member_counts, [Some(Value::Integer32(4)), Some(Value::Integer32(1))]);
    assert_eq!(client.values(ROOM, &[PropertyTag(0x0807_0003)]), [Some(Value::Integer32(6))]);
    let of_uncle = client.values(UNCLE, &[PropertyTag(0x8011_001F), PropertyTag(0x8006_001F)]);
    assert_eq!(of_uncle, [Some(text("SMTP:uncle@elsewhere.example")), None], "a target and no mailbox");
}

#[test]
fn facts_are_properties() {
    let mut client = household();
    let tags = [0x3A06_001F, 0x3A17_001E, 0x3A08_001F, 0x3A1A_001F, 0x3A18_001F, 0x3A1C_001F].map(PropertyTag);
    let values = client.values(ADA, &tags);
    let want = [text("Augusta"), text8(b"Enchantress of Numbers"), text("+44 1"), text("+44 1"), text("Engines")];
    assert_eq!(values[..5], want.map(Some));
    assert_eq!(values[5], None);
    let dn = format!("{DN_PREFIX}ben");
    assert_eq!(client.values(ADA, &[PropertyTag(0x8005_001F)]), [Some(text(&dn))], "the manager by name");
    let proxies = ["SMTP:ada@example.org", "smtp:countess@example.org", "X500:/o=Old/cn=ada"];
    let proxies = Value::MultipleString(proxies.map(str::to_owned).to_vec());
    assert_eq!(client.values(ADA, &[PropertyTag(0x800F_101F)]), [Some(proxies)]);
}

/// MS-OXNSPI R104 MS-OXNSPI R848 MS-OXNSPI R31
#[test]
fn links_are_listed_unless_they_are_to_be_skipped() {
    let mut client = household();
    let mut links = |flags| -> Vec<u32> {
        let body = GetPropListRequest { flags, minimal_id: mid(ADA), code_page: 1252 };
        let rs: GetPropListResponse = client.call("GetPropList", body);
        let tags = rs.property_tags.unwrap().into_iter();
        tags.filter(|tag| tag.property_type() == PropertyType::Object).map(|tag| tag.0).collect()
    };
    assert_eq!(links(0), [0x8005_000D, 0x8008_000D, 0x8024_000D], "manager, groups, groups owned");
    assert!(links(1).is_empty());
    assert_eq!(client.values(ADA, &[PropertyTag(0x8005_000D)]), [Some(Value::Object(0))]);
}

/// MS-OXNSPI R1078, R513, R508
/// MS-OXNSPI R1130 MS-OXNSPI R1131 MS-OXNSPI R1132 MS-OXNSPI R1135 MS-OXNSPI R1143 MS-OXNSPI R1144
/// MS-OXNSPI R1145: objects to which a property refers, in order of names, hidden ones left out.
#[test]
fn properties_lead_to_objects() {
    let mut client = household();
    assert_eq!(client.linked_ids(FAMILY, MEMBER), [BEN, ADA, UNCLE]);
    assert_eq!(client.linked_ids(ALL, MEMBER), [FAMILY], "a group in a group");
    assert_eq!(client.linked_ids(FAMILY, PropertyTag::PidTagAddressBookOwner), [ADA]);
    assert_eq!(client.linked_ids(ADA, PropertyTag::PidTagAddressBookOwnerBackLink), [FAMILY]);
    assert_eq!(client.linked_ids(ADA, PropertyTag(0x8008_000D)), [FAMILY], "the groups it is in");
    assert_eq!(client.linked_ids(FAMILY, PropertyTag(0x8008_000D)), [ALL]);
    assert_eq!(client.linked_ids(ADA, PropertyTag::PidTagAddressBookManager), [BEN]);
    assert_eq!(client.linked_ids(BEN, PropertyTag::PidTagAddressBookReports), [ADA]);
    assert_eq!(client.linked_ids(BEN, MEMBER), [0; 0]);
    // By name instead of tag: MS-OXNSPI R1134.
    let mut body = matches(at(mid(ALL)), None, 9);
    body.property_name = Some(PropertyNameId { guid: Guid::NIL, id: 0x8009 });
    let rs: GetMatchesResponse = client.call("GetMatches", body);
    assert_eq!((rs.error_code, rs.minimal_ids), (ErrorCode::Success, Some(vec![mid(FAMILY)])));
}

/// MS-OXNSPI R1149 MS-OXNSPI R1138 MS-OXNSPI R1139
#[test]
fn member_tables_are_refused_where_they_must_be() {
    let mut client = household();
    let rs = client.linked(FAMILY, MEMBER, 2);
    assert_eq!((rs.error_code, rs.minimal_ids, rs.rows), (ErrorCode::TableTooBig, None, None));
    assert_eq!(client.linked(FAMILY, MEMBER, 3).error_code, ErrorCode::Success);
    assert_eq!(client.linked(99, MEMBER, 3).error_code, ErrorCode::GeneralFailure);
    let mut to_write = |id: u32, user: u32| {
        client.user = user;
        let state = Stat { container_id: MEMBER.0, current_rec: mid(id), ..stat() };
        let state = Stat { sort_type: SortType::SortTypeDisplayName_W, ..state };
        let rs: GetMatchesResponse = client.call("GetMatches", matches(state, None, 9));
        rs.error_code
    };
    assert_eq!(to_write(FAMILY, ADA), ErrorCode::Success, "the owner may write");
    assert_eq!(to_write(FAMILY, BEN), ErrorCode::NotSupported);
    assert_eq!(to_write(ALL, ADA), ErrorCode::NotSupported);
}

/// MS-OXNSPI R1127 MS-OXNSPI R1128: a condition is tried on the rows of its container.
#[test]
fn conditions_hold_in_their_container() {
    let mut client = household();
    let exist = Restriction::Exist { property_tag: NAME };
    let mut ids = |container_id, filter| -> Vec<u32> {
        let rs: GetMatchesResponse =
            client.call("GetMatches", matches(Stat { container_id, ..stat() }, Some(filter), 9));
        rs.minimal_ids.unwrap_or_default().into_iter().map(|mid| mid.0 - 0x10).collect()
    };
    assert_eq!(ids(2, exist.clone()), [ALL, FAMILY]);
    assert_eq!(ids(0, exist).len(), 7, "hidden ones are in no list");
    let anr = |name: &str| Restriction::Content {
        fuzzy_level_low: FuzzyLow::Prefix,
        fuzzy_level_high: 0,
        property_tag: PropertyTag::PidTagAnr,
        tagged_value: TaggedValue { tag: PropertyTag::PidTagAnr, value: text(name) },
    };
    assert_eq!(ids(0, anr("aug")), [ADA]);
    assert_eq!(ids(2, anr("aug")), [0; 0], "no group has that name");
}

/// MS-OXNSPI R615
/// Any part of a name, an address or an alias, by its beginning; hidden entries only exactly.
#[test]
fn names_in_parts_and_aliases_are_found() {
    let mut client = household();
    let ada = || vec![Ok(text("Lovelace, Ada"))];
    for name in [
        "lovelace",
        "love",
        "ada",
        "augusta",
        "aug",
        "ada lov",
        "love aug",
        "count",
        "countess@example.org",
        "countess@exam",
        "ADA@example.org",
        "=SMTP:countess@example.org",
        "/o=old/CN=ADA",
        "EX:/o=Old/cn=ada",
        "X500:/o=Old/cn=ada",
    ] {
        assert_eq!(client.resolve_in(name, 0), (2, ada()), "{name}");
    }
    for nothing in ["", "enchantress", "elace", "ghost", "a ghost", "=count", "countess@elsewhere.example"] {
        assert_eq!(client.resolve_in(nothing, 0).0, 0, "{nothing}");
    }
    assert_eq!(client.resolve_in("ghost@example.org", 0), (2, vec![Ok(text("A Ghost"))]), "who knows the address");
    assert_eq!(client.resolve_in(&format!("{DN_PREFIX}ghost"), 0).0, 2);
    assert_eq!(client.resolve_in("ghost@example.org", 1).0, 0, "not in a list");
    assert_eq!(client.resolve_in("ada", 2).0, 0, "no group");
    assert_eq!(client.resolve_in("fam", 2).0, 2);
}

/// MS-OXNSPI R652, R1267
/// MS-OXNSPI R1273 MS-OXNSPI R1289 MS-OXNSPI R1297 MS-OXNSPI R1299 MS-OXNSPI R1301 MS-OXNSPI R1305
/// MS-OXCMAPIHTTP R783
#[test]
fn people_change_their_own_numbers() {
    let mut client = household();
    let mobile = PropertyTag::PidTagMobileTelephoneNumber;
    let set = [(mobile, text("+44 2")), (PHONE, text8(b"+44 3"))];
    assert_eq!(client.mod_props(ADA, &[PropertyTag::PidTagPagerTelephoneNumber], &set), ErrorCode::Success);
    let texts = [(0x3A21, ""), (0x3A1C, "+44 2"), (0x3A08, "+44 3")].map(|(id, text)| (id, text.to_owned()));
    assert_eq!(client.change, Some(Change::Facts(ADA, texts.to_vec(), vec![])));
}

/// MS-OXNSPI R1284, R18
/// MS-OXNSPI R1291 MS-OXNSPI R1293 MS-OXNSPI R1295 MS-OXNSPI R1303
#[test]
fn what_people_may_not_change_is_refused() {
    let mut client = household();
    let phone = [(PHONE, text("1"))];
    assert_eq!(client.mod_props(BEN, &[PHONE], &phone), ErrorCode::AccessDenied, "another's");
    assert_eq!(client.mod_props(ADA, &[NAME], &[]), ErrorCode::AccessDenied, "not a number");
    assert_eq!(client.mod_props(ADA, &[PHONE], &[(NAME, text("Queen"))]), ErrorCode::AccessDenied);
    assert_eq!(client.mod_props(ADA, &[], &[(PHONE, Value::Integer32(1))]), ErrorCode::AccessDenied);
    assert_eq!(client.mod_props(ADA, &[], &[(PHONE, text(&"1".repeat(2000)))]), ErrorCode::AccessDenied);
    assert_eq!(client.mod_props(ADA, &[], &[(PHONE, text("1\n2"))]), ErrorCode::AccessDenied);
    assert_eq!(client.mod_props(FAMILY, &[PHONE], &phone), ErrorCode::InvalidObject, "a group");
    assert_eq!(client.mod_props(99, &[PHONE], &phone), ErrorCode::InvalidParameter);
}

/// MS-OXNSPI R655, R1306, R1307, R128, R129, R1312, R363, R394
/// MS-OXNSPI R1893 MS-OXNSPI R2002 MS-OXNSPI R1310 MS-OXNSPI R1927 MS-OXNSPI R1316 MS-OXNSPI R1332
/// MS-OXNSPI R1333 MS-OXNSPI R1335 MS-OXNSPI R1336 MS-OXNSPI R1340
/// MS-OXCMAPIHTTP R1335 R738
#[test]
fn owners_change_members_and_people_their_delegates() {
    let mut client = household();
    let ephemeral = EphemeralEntryId::new(SERVER_GUID, 0, mid(ROOM)).to_bytes();
    let both = vec![permanent("ALL"), ephemeral];
    assert_eq!(client.mod_link(0, MEMBER, FAMILY, both.clone()), ErrorCode::Success);
    let links = |members, add, numbers: &[u32]| {
        let id = if members { FAMILY } else { ADA };
        Some(Change::Links { id, members, add, numbers: numbers.to_vec() })
    };
    assert_eq!(client.change, links(true, true, &[ALL, ROOM]));
    assert_eq!(client.mod_link(0xFFFF_FFFE, MEMBER, FAMILY, both), ErrorCode::Success, "other flags are ignored");
    assert_eq!(client.change, links(true, true, &[ALL, ROOM]));
    let gone = vec![permanent("ben"), permanent("nobody"), permanent("car")];
    assert_eq!(client.mod_link(1, MEMBER, FAMILY, gone), ErrorCode::Success);
    assert_eq!(client.change, links(true, false, &[BEN, CAR]));
    assert_eq!(client.mod_link(0, DELEGATES, ADA, vec![permanent("ben")]), ErrorCode::Success);
    assert_eq!(client.change, links(false, true, &[BEN]));
}

/// MS-OXNSPI R656, R1321
/// MS-OXNSPI R1326 MS-OXNSPI R1328 MS-OXNSPI R1646 MS-OXNSPI R1647 MS-OXNSPI R1338
/// MS-OXCMAPIHTTP R738
/// MS-OXCMAPIHTTP R737
#[test]
fn others_change_no_members() {
    let mut client = household();
    let ben = || vec![permanent("ben")];
    assert_eq!(client.mod_link(0, NAME, FAMILY, ben()), ErrorCode::NotFound);
    assert_eq!(client.mod_link(0, MEMBER, 99, ben()), ErrorCode::InvalidParameter);
    assert_eq!(client.mod_link(0, MEMBER, ALL, ben()), ErrorCode::AccessDenied, "owned by nobody");
    assert_eq!(client.mod_link(0, MEMBER, ADA, ben()), ErrorCode::AccessDenied, "no group");
    assert_eq!(client.mod_link(0, DELEGATES, BEN, ben()), ErrorCode::AccessDenied);
    assert_eq!(client.mod_link(0, DELEGATES, FAMILY, ben()), ErrorCode::AccessDenied, "a group has none");
    assert_eq!(client.mod_link(0, DELEGATES, ADA, vec![permanent("all")]), ErrorCode::AccessDenied, "no person");
    assert_eq!(client.mod_link(0, MEMBER, FAMILY, vec![permanent("family")]), ErrorCode::AccessDenied, "itself");
    for strange in [vec![1, 2, 3], permanent("nobody"), EphemeralEntryId::new(Guid::NIL, 0, mid(BEN)).to_bytes()] {
        assert_eq!(client.mod_link(0, MEMBER, FAMILY, vec![strange]), ErrorCode::AccessDenied);
    }
    client.user = BEN;
    assert_eq!(client.mod_link(0, MEMBER, FAMILY, ben()), ErrorCode::AccessDenied, "not the owner");
}

/// 10,000 entries: a call looks at what it returns and not at the rest.
#[test]
fn calls_touch_what_they_return() {
    let facts = |n: u32| {
        let mut facts = Facts::default();
        facts.texts.insert(PropertyTag::PidTagSurname.id(), format!("Clan{}", n % 10));
        facts.aliases = vec![format!("alias{n}@example.org")];
        facts
    };
    let people = (1..=10_000).map(|n| Listing {
        facts: facts(n),
        ..person(n, &format!("user{n}@example.org"), &format!("Person Number{n:05} Smith"))
    });
    let mut client = Client::of(people);
    let mut cost = |what: &str, most: usize, call: &mut dyn FnMut(&mut Client)| {
        let before = client.view.looks();
        call(&mut client);
        let looks = client.view.looks() - before;
        assert!(looks <= most, "{what}: {looks} looks");
    };
    let state = Stat { delta: 5000, ..stat() };
    cost("a page in the middle", 30, &mut |client| {
        assert_eq!(client.query_rows(state, 22, &[NAME]).rows.unwrap().rows.len(), 22);
    });
    for (name, code) in [
        ("user777@example.org", 2),
        ("user9999", 2),
        ("alias42", 2),
        ("number00042", 2),
        ("person smith number00042", 2),
        ("smith", 1),
        ("person", 1),
        ("clan7", 1),
        ("clan7 number00007", 2),
        ("nobody", 0),
        ("person nobody", 0),
    ] {
        cost(name, 12, &mut |client| assert_eq!(client.resolve_in(name, 0).0, code, "{name}"));
    }
    cost("seek", 70, &mut |client| {
        let target = Some(AddressBookTaggedValue::new(NAME, text("Person Number07000")));
        let columns = Some(vec![NAME]);
        let body = SeekEntriesRequest { reserved: 0, state: Some(stat()), target, explicit_table: None, columns };
        let rs: SeekEntriesResponse = client.call("SeekEntries", body);
        assert_eq!((rs.state.unwrap().num_pos, rs.rows.unwrap().rows.len()), (6999, 50));
    });
}
