//! MS-OXNSPI 3.1.4.6, 2.2.9: what identifies an object, in one session and in all; 3.1.4.2: what every
//! object has; 3.1.3: the GUID of the server.

use super::people::{ADA, ALL, BEN, CAR, FAMILY, HIDDEN, ROOM, UNCLE, household, mid};
use super::*;
use mailstead::mapi::{AddressBookEntryId, MUIDEMSAB, PropertyType};
use mailstead::nspi::message::{
    BindRequest, BindResponse, DnToMidRequest, DnToMidResponse, EphemeralEntryId, GetMatchesRequest,
    GetMatchesResponse, GetPropListRequest, GetPropListResponse, GetPropsRequest, GetPropsResponse, ModLinkAttRequest,
    ModLinkAttResponse,
};
use mailstead::store::{OpenOptions, Store};

const ENTRY_ID: PropertyTag = PropertyTag::PidTagEntryId;
const MEMBER: PropertyTag = PropertyTag::PidTagAddressBookMember;

impl Client {
    fn value(&mut self, flags: u32, of: MinimalId, tag: PropertyTag) -> Value {
        let body = GetPropsRequest { flags, state: Some(at(of)), property_tags: Some(vec![tag]) };
        let rs: GetPropsResponse = self.call("GetProps", body);
        rs.property_values.unwrap().swap_remove(0).value.unwrap()
    }

    fn bytes(&mut self, flags: u32, of: MinimalId, tag: PropertyTag) -> Vec<u8> {
        let Value::Binary(bytes) = self.value(flags, of, tag) else { panic!("{tag:?}") };
        bytes
    }

    fn mid_of(&mut self, dn: &str) -> MinimalId {
        let body = DnToMidRequest { reserved: 0, names: Some(vec![dn.to_owned()]) };
        let rs: DnToMidResponse = self.call("DNToMId", body);
        rs.minimal_ids.unwrap()[0]
    }

    /// Who is put into the family by an EntryID.
    fn added(&mut self, entry_id: Vec<u8>) -> (ErrorCode, Option<Change>) {
        let (property_tag, minimal_id) = (MEMBER, mid(FAMILY));
        let body = ModLinkAttRequest { flags: 0, property_tag, minimal_id, entry_ids: Some(vec![entry_id]) };
        let rs: ModLinkAttResponse = self.call("ModLinkAtt", body);
        (rs.error_code, self.change.take())
    }
}

fn added(number: u32) -> (ErrorCode, Option<Change>) {
    let change = Change::Links { id: FAMILY, members: true, add: true, numbers: vec![number] };
    (ErrorCode::Success, Some(change))
}

/// MS-OXNSPI R1721, R1722, R1723, R1724, R1725, R1726, R1727, R1728, R1729, R1730, R1731, R1732, R1733, R1734, R1735,
/// R1736 (all objects), R1737, R1738 (groups)
#[test]
fn every_object_has_what_it_must() {
    let mut client = household();
    for id in [ADA, BEN, FAMILY, ALL, UNCLE, ROOM, CAR] {
        let body = GetPropListRequest { flags: 0, minimal_id: mid(id), code_page: 1252 };
        let rs: GetPropListResponse = client.call("GetPropList", body);
        let listed = rs.property_tags.unwrap();
        let required = [
            0x0FFE_0003,
            0x3F08_0003,
            0x39FF_001E,
            0xFFFD_0003,
            0x0FFF_0102,
            0x0FF6_0102,
            0x300B_0102,
            0x0FF9_0102,
            0x3002_001E,
            0x3003_001E,
            0x3900_0003,
            0x3902_0102,
            0x3A20_001E,
            0x3001_001E,
            0x0FF8_0102,
            0x803C_001E,
        ];
        for tag in required.map(PropertyTag) {
            assert!(listed.contains(&tag), "{id}: {tag:?}");
            assert_eq!(client.value(0, mid(id), tag).property_type(), tag.property_type(), "{id}: {tag:?}");
        }
        let contents = PropertyTag(0x360F_000D);
        let group = matches!(id, FAMILY | ALL);
        assert_eq!(listed.contains(&contents), group, "{id}");
        let object_type = client.value(0, mid(id), PropertyTag::PidTagObjectType);
        assert_eq!(object_type, Value::Integer32(if group { 8 } else { 6 }));
        let flags = client.value(0, mid(id), PropertyTag::PidTagContainerFlags);
        assert_eq!(flags, if group { Value::Integer32(9) } else { Value::Error(ErrorCode::NotFound) }, "{id}");
    }
    // A group without members is a group, too.
    let mut group = person(1, "none@example.org", "None");
    group.facts.kind = mailstead::directory::EntryKind::Group;
    assert_eq!(Client::of([group]).value(0, mid(1), PropertyTag(0x360F_000D)), Value::Object(0));
}

/// The contents of a group as a container are its members.
#[test]
fn what_is_in_a_group_are_its_members() {
    let mut client = household();
    let mut members = |tag: PropertyTag| {
        let body = GetMatchesRequest {
            reserved: 0,
            state: Some(Stat { container_id: tag.0, ..at(mid(FAMILY)) }),
            minimal_ids: None,
            interface_option_flags: 0,
            filter: None,
            property_name: None,
            row_count: 9,
            columns: None,
        };
        let rs: GetMatchesResponse = client.call("GetMatches", body);
        rs.minimal_ids
    };
    assert_eq!(members(PropertyTag::PidTagContainerContents), members(MEMBER));
    assert_eq!(members(MEMBER), Some(vec![mid(BEN), mid(ADA), mid(UNCLE)]));
}

/// MS-OXNSPI R603, R2001, R357, R1994, R605, R607, R1995, R608, R609, R610, R1706, R611, R345, R347, R351, R602, R616:
/// the same in every session of a server with this GUID, while others come and go.
#[test]
fn identifiers_stay_the_same() {
    let (entry, ephemeral) = (0, 2);
    let mut client = Client::new();
    let dn = format!("{DN_PREFIX}bob");
    let mut seen = Vec::new();
    for round in 0..4 {
        session::bind(&mut client, 1252);
        let minimal = client.mid_of(&dn);
        let ids = (minimal, client.bytes(entry, minimal, ENTRY_ID), client.bytes(ephemeral, minimal, ENTRY_ID));
        assert_eq!(ids.2[28..], minimal.to_bytes(), "the MId of the ephemeral one");
        assert_eq!(ids.2[4..20], SERVER_GUID.0);
        seen.push(ids);
        match round {
            0 => {}
            // Another session, then another directory: Bob is renamed, a person goes, others come.
            1 => client.session = Session::default(),
            _ => {
                let mut bob = person(2, "bob@example.org", "Robert Baker");
                bob.facts.texts.insert(PropertyTag::PidTagTitle.id(), "Baker".to_owned());
                client.view =
                    View::new([bob, person(3, "carol@example.org", "Carol"), person(9, "x@example.org", "A")]);
            }
        }
    }
    assert!(seen.iter().all(|ids| *ids == seen[0]), "{seen:?}");
}

/// MS-OXNSPI R355, R356, R376, R378, R606 (ephemeral), R382, R383, R409, R604 (permanent): whose it is, by whom, and of what
/// type.
#[test]
fn entry_ids_say_what_to_show() {
    let mut client = household();
    for (id, display_type) in [(ADA, 0), (FAMILY, 1), (UNCLE, 6), (ROOM, 0)] {
        let ephemeral = EphemeralEntryId::from_bytes(&client.bytes(2, mid(id), ENTRY_ID)).unwrap();
        let expected = (SERVER_GUID, display_type, mid(id));
        assert_eq!((ephemeral.provider_uid, ephemeral.display_type, ephemeral.mid), expected);
        let permanent = AddressBookEntryId::from_bytes(&client.bytes(0, mid(id), ENTRY_ID)).unwrap();
        let Value::String(dn) = client.value(0, mid(id), PropertyTag::PidTagEmailAddress) else { panic!("DN") };
        let expected = (MUIDEMSAB, display_type, dn.as_str());
        assert_eq!((permanent.provider_uid, permanent.display_type, permanent.x500_dn.as_str()), expected);
    }
}

/// MS-OXNSPI R377, R379, R1665 (ephemeral), R408, R410, R1666 (permanent), R363, R394 (which is which)
#[test]
fn the_display_type_of_an_entry_id_that_comes_is_not_looked_at() {
    let mut client = household();
    let dn = format!("{DN_PREFIX}car");
    for display_type in [0, 1, 6, 0x100, 0xFFFF_FFFF] {
        let ephemeral = EphemeralEntryId::new(SERVER_GUID, display_type, mid(CAR));
        assert_eq!(client.added(ephemeral.to_bytes()), added(CAR), "{display_type:#x}");
        let permanent = AddressBookEntryId::new(display_type, &dn);
        assert_eq!(client.added(permanent.to_bytes()), added(CAR), "{display_type:#x}");
    }
    // The type of the identifier is looked at.
    let mut neither = EphemeralEntryId::new(SERVER_GUID, 0, mid(CAR)).to_bytes();
    neither[0] = 0;
    assert_eq!(client.added(neither), (ErrorCode::AccessDenied, None));
}

/// MS-OXNSPI R385, R386, R387: Ada had another distinguished name.
#[test]
fn a_former_distinguished_name_still_means_the_object() {
    let mut client = household();
    assert_eq!(client.mid_of("/O=OLD/CN=ADA"), mid(ADA));
    assert_eq!(client.mid_of(&format!("{DN_PREFIX}ada")), mid(ADA));
    let former = AddressBookEntryId::new(0, "/o=Old/cn=ada").to_bytes();
    assert_eq!(client.added(former), added(ADA));
    let now = AddressBookEntryId::new(0, &format!("{DN_PREFIX}ada")).to_bytes();
    assert_eq!(client.bytes(0, mid(ADA), ENTRY_ID), now);
}

/// MS-OXNSPI R57
/// MS-OXNSPI R1999, R1997, R53001, R59, R61, R63, R64, R1663: of the display types there are, objects have those of users,
/// groups and contacts; that of containers is in the hierarchy only.
#[test]
fn objects_are_no_containers() {
    let mut client = household();
    for id in [ADA, BEN, HIDDEN, FAMILY, ALL, UNCLE, ROOM, CAR] {
        let Value::Integer32(own) = client.value(0, mid(id), PropertyTag::PidTagDisplayType) else { panic!("type") };
        assert!([0, 1, 6].contains(&own), "{id}: {own}");
        for tag in [ENTRY_ID, PropertyTag::PidTagRecordKey, PropertyTag::PidTagTemplateid] {
            let permanent = AddressBookEntryId::from_bytes(&client.bytes(0, mid(id), tag)).unwrap();
            assert_eq!(permanent.display_type, own.cast_unsigned(), "{id}: {tag:?}");
        }
        let ephemeral = EphemeralEntryId::from_bytes(&client.bytes(2, mid(id), ENTRY_ID)).unwrap();
        assert_eq!(ephemeral.display_type, own.cast_unsigned(), "{id}");
    }
}

/// MS-OXNSPI R38, R1658: every column there is has one of the types of 2.2.1.1.
#[test]
fn no_column_has_another_type() {
    let mut client = household();
    for map_flags in [0, 0x8000_0000] {
        let body = mailstead::nspi::message::QueryColumnsRequest { reserved: 0, map_flags };
        let rs: mailstead::nspi::message::QueryColumnsResponse = client.call("QueryColumns", body);
        for tag in rs.columns.unwrap() {
            let types = [
                PropertyType::Integer32,
                PropertyType::Boolean,
                PropertyType::String8,
                PropertyType::Binary,
                PropertyType::String,
                PropertyType::Time,
                PropertyType::ErrorCode,
                PropertyType::MultipleString8,
                PropertyType::MultipleBinary,
                PropertyType::MultipleString,
                PropertyType::Object,
            ];
            assert!(types.contains(&tag.property_type()), "{tag:?}");
        }
    }
}

/// MS-OXNSPI R628, R630, R1993, R631, R699: a server has a GUID of its own before it answers, and keeps it.
#[test]
fn a_server_keeps_its_guid() {
    let guid = |dir: &std::path::Path| {
        let server_guid = Store::open(dir, &OpenOptions::default()).unwrap().server_guid();
        let mut client = Client { settings: Settings { server_guid, ..Settings::default() }, ..Client::new() };
        let mut told = || -> Guid {
            let rs: BindResponse = client.call("Bind", BindRequest { flags: 0, state: Some(stat()) });
            rs.server_guid
        };
        assert_eq!((told(), told()), (server_guid, server_guid));
        server_guid
    };
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = guid(one.path());
    assert_eq!(guid(one.path()), first, "after a restart");
    assert_ne!(guid(other.path()), first, "another server");
    assert_ne!(first, Guid::NIL);
}
