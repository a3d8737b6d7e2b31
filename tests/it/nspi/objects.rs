//! Properties of objects: GetProps, GetPropList, QueryColumns; templates and changes, which are
//! refused.

use super::*;
use mailstead::mapi::PropertyType;
use mailstead::nspi::message::{
    AddressBookTaggedValue, GetPropListRequest, GetPropListResponse, GetPropsRequest, GetPropsResponse,
    ModLinkAttRequest, ModLinkAttResponse, ModPropsRequest, ModPropsResponse, QueryColumnsRequest,
    QueryColumnsResponse,
};

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const NAME_8: PropertyTag = PropertyTag(0x3001_001E);
const SKIP_OBJECTS: u32 = 1;
const EPHEMERAL: u32 = 2;

impl Client {
    fn get_props(&mut self, flags: u32, state: Stat, tags: Option<&[PropertyTag]>) -> GetPropsResponse {
        let property_tags = tags.map(<[_]>::to_vec);
        self.call("GetProps", GetPropsRequest { flags, state: Some(state), property_tags })
    }

    /// The value of one property.
    fn prop(&mut self, mid: MinimalId, tag: PropertyTag) -> Value {
        let rs = self.get_props(0, at(mid), Some(&[tag]));
        assert_eq!(rs.error_code, ErrorCode::Success, "{tag:?}");
        rs.property_values.unwrap().swap_remove(0).value.unwrap()
    }

    fn prop_list(&mut self, flags: u32, minimal_id: MinimalId, code_page: u32) -> GetPropListResponse {
        self.call("GetPropList", GetPropListRequest { flags, minimal_id, code_page })
    }

    fn columns(&mut self, map_flags: u32) -> Vec<PropertyTag> {
        let rs: QueryColumnsResponse = self.call("QueryColumns", QueryColumnsRequest { reserved: 3, map_flags });
        assert_eq!(rs.error_code, ErrorCode::Success);
        rs.columns.unwrap()
    }
}

fn not_found(tag: PropertyTag) -> AddressBookTaggedValue {
    AddressBookTaggedValue {
        tag: tag.with_type(PropertyType::ErrorCode),
        value: Some(Value::Error(ErrorCode::NotFound)),
    }
}

/// MS-OXNSPI R384, R431, R432
#[test]
fn a_user_has_the_properties_that_outlook_needs() {
    let mut client = Client::new();
    let dn = format!("{DN_PREFIX}bob");
    let mut entry_id = hex("00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00000000");
    entry_id.extend(format!("{dn}\0").bytes());
    let mdb = "/o=Home/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Configuration/cn=Servers/\
               cn=bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb@example.org/cn=Microsoft Private MDB";
    for (tag, value) in [
        (0x0FFF_0102, Value::Binary(entry_id.clone())),
        (0x0FF9_0102, Value::Binary(entry_id.clone())),
        (0x3902_0102, Value::Binary(entry_id)),
        (0x0FF6_0102, Value::Binary(hex("12000000"))),
        (0x300B_0102, Value::Binary(format!("EX:{}\0", dn.to_uppercase()).into_bytes())),
        (0x0FF8_0102, Value::Binary(hex("DCA740C8C042101AB4B908002B2FE182"))),
        (0x0FFE_0003, Value::Integer32(6)),
        (0x3900_0003, Value::Integer32(0)),
        (0x3905_0003, Value::Integer32(0x4000_0000)),
        (0xFFFD_0003, Value::Integer32(0)),
        (0x3F08_0003, Value::Integer32(0)),
        (0x3001_001F, text("bob Baker")),
        (0x3A20_001F, text("bob Baker")),
        (0x39FF_001F, text("bob Baker")),
        (0x3002_001F, text("EX")),
        (0x3003_001F, text(&dn)),
        (0x803C_001F, text(&dn)),
        (0x39FE_001F, text("bob@example.org")),
        (0x3A00_001F, text("bob")),
        (0x800F_101F, Value::MultipleString(vec!["SMTP:bob@example.org".to_owned()])),
        (0x800F_101E, Value::MultipleString8(vec![b"SMTP:bob@example.org".to_vec()])),
        (0x8006_001F, text(mdb)),
        (0x8006_001E, text8(mdb.as_bytes())),
        (0x8C6D_0102, Value::Binary(vec![2; 16])),
        (0x3A40_000B, Value::Boolean(true)),
    ] {
        assert_eq!(client.prop(BOB, PropertyTag(tag)), value, "{tag:#x}");
    }
}

#[test]
fn the_printable_name_has_seven_bits() {
    let mut client = Client::new();
    let tag = PropertyTag::PidTagAddressBookDisplayNamePrintable;
    assert_eq!(client.prop(DMITRI, tag), text("dmitri"));
}

/// MS-OXNSPI R650, R859, R866, R868, R885, R886, R905, R911, R912, R913, R915
#[test]
fn values_come_in_the_order_of_the_tags_repeated_as_often() {
    let tags = [NAME, PropertyTag::PidTagObjectType, NAME_8, NAME];
    let rs = Client::new().get_props(0, at(ANNA), Some(&tags));
    assert_eq!((rs.error_code, rs.code_page), (ErrorCode::Success, 1252));
    let want = [text("Anna"), Value::Integer32(6), text8(b"Anna"), text("Anna")];
    let values = rs.property_values.unwrap();
    assert_eq!(values.iter().map(|v| v.tag).collect::<Vec<_>>(), tags);
    assert_eq!(values.into_iter().map(|v| v.value.unwrap()).collect::<Vec<_>>(), want);
}

/// MS-OXNSPI R909, R910
#[test]
fn a_missing_value_is_an_error_in_its_place() {
    let tags = [
        PropertyTag::PidTagAttachDataBinary,
        NAME,
        PropertyTag::PidTagTitle,
        // Asked for as something that it is not.
        NAME.with_type(PropertyType::Binary),
        PropertyTag(0x8006_000D),
        PropertyTag(0x800F_301F),
    ];
    let rs = Client::new().get_props(0, at(ANNA), Some(&tags));
    assert_eq!(rs.error_code, ErrorCode::ErrorsReturned);
    let mut want: Vec<_> = tags.into_iter().map(not_found).collect();
    want[1] = AddressBookTaggedValue::new(NAME, text("Anna"));
    assert_eq!(rs.property_values, Some(want));
}

#[test]
fn a_type_left_open_is_chosen_by_the_server() {
    let tags = [0x3001_0000, 0x0FFE_0000].map(PropertyTag);
    let values = Client::new().get_props(0, at(ANNA), Some(&tags)).property_values.unwrap();
    assert_eq!(values[0], AddressBookTaggedValue::new(NAME, text("Anna")));
    assert_eq!(values[1].tag, PropertyTag::PidTagObjectType);
}

/// MS-OXNSPI R877, R894, R907, R1985
#[test]
fn no_object_has_no_values() {
    let mut client = Client::new();
    for mid in [NOBODY, MinimalId(0), MinimalId(1), MinimalId(2), MinimalId(0x0F)] {
        let rs = client.get_props(0, at(mid), Some(&[NAME]));
        let values = Some(vec![not_found(NAME)]);
        assert_eq!((rs.error_code, rs.property_values), (ErrorCode::ErrorsReturned, values));
        let rs = client.get_props(0, at(mid), None);
        assert_eq!((rs.error_code, rs.code_page, rs.property_values), (ErrorCode::InvalidObject, 0, None));
    }
}

/// MS-OXNSPI R105, R899, R901
#[test]
fn entry_ids_are_ephemeral_on_request_only() {
    let mut client = Client::new();
    let tag = PropertyTag::PidTagEntryId;
    let rs = client.get_props(EPHEMERAL, at(BOB), Some(&[tag, PropertyTag::PidTagRecordKey]));
    let values = rs.property_values.unwrap();
    let ephemeral = hex("87000000 A00102030405060708090A0B0C0D0E0F 01000000 00000000 12000000");
    assert_eq!(values[0].value, Some(Value::Binary(ephemeral)));
    assert_eq!(values[1].value, Some(client.prop(BOB, tag)), "only PidTagEntryId");
}

/// MS-OXNSPI R888, R1693
#[test]
fn without_tags_there_is_everything_the_object_has() {
    let mut client = Client::new();
    let list = client.prop_list(0, ANNA, 1252).property_tags.unwrap();
    let rs = client.get_props(0, at(ANNA), None);
    assert_eq!(rs.error_code, ErrorCode::Success);
    let tags: Vec<_> = rs.property_values.unwrap().iter().map(|value| value.tag).collect();
    assert_eq!(tags, list);
    // In the Unicode code page strings cannot be PtypString8.
    let state = Stat { code_page: 1200, ..at(ANNA) };
    let rs = client.get_props(0, state, None);
    assert_eq!((rs.error_code, rs.code_page), (ErrorCode::Success, 1200));
    assert!(rs.property_values.unwrap().iter().any(|value| value.tag == NAME));
}

/// MS-OXNSPI R873
#[test]
fn the_unicode_code_page_has_no_8_bit_strings() {
    let mut client = Client::new();
    let state = Stat { code_page: 1200, ..at(ANNA) };
    assert_eq!(client.get_props(0, state, Some(&[NAME])).error_code, ErrorCode::Success);
    let rs = client.get_props(0, state, Some(&[NAME, NAME_8]));
    assert_eq!((rs.error_code, rs.property_values), (ErrorCode::InvalidCodepage, None));
}

/// MS-OXNSPI R882, R896
#[test]
fn get_props_refuses_what_it_must() {
    let mut client = Client::new();
    let state = Stat { container_id: 9, ..at(ANNA) };
    assert_eq!(client.get_props(0, state, Some(&[NAME])).error_code, ErrorCode::InvalidBookmark);
    assert_eq!(client.get_props(0, at(ANNA), Some(&[NAME; 4097])).error_code, ErrorCode::TableTooBig);
    let body = GetPropsRequest { flags: 0, state: None, property_tags: None };
    let rs: GetPropsResponse = client.call("GetProps", body);
    assert_eq!(rs.error_code, ErrorCode::InvalidParameter);
}

/// MS-OXNSPI R649, R828, R835, R840, R852, R858
#[test]
fn the_property_list_has_strings_in_8_bits_and_no_duplicates() {
    let mut client = Client::new();
    for flags in [0, SKIP_OBJECTS] {
        let list = client.prop_list(flags, ANNA, 1252).property_tags.unwrap();
        assert!(list.contains(&NAME_8) && list.contains(&PropertyTag(0x800F_101E)));
        let mut ids: Vec<u16> = list.iter().map(|tag| tag.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), list.len());
        for tag in list {
            let bad = [PropertyType::String, PropertyType::MultipleString, PropertyType::Object];
            assert!(!bad.contains(&tag.property_type()), "{tag:?}");
        }
    }
    assert_eq!(client.prop_list(0, NOBODY, 1252).error_code, ErrorCode::InvalidObject);
    assert_eq!(client.prop_list(0, ANNA, 1200).error_code, ErrorCode::InvalidCodepage);
}

/// MS-OXNSPI R115, R116, R801, R802, R809, R820, R822, R824, R827, R1862
#[test]
fn query_columns_tells_what_the_server_knows() {
    let mut client = Client::new();
    let (narrow, wide) = (client.columns(0), client.columns(0x8000_0000));
    assert!(narrow.contains(&NAME_8) && !narrow.contains(&NAME));
    assert!(wide.contains(&NAME) && !wide.contains(&NAME_8));
    assert!(wide.contains(&PropertyTag::PidTagAddressBookMember), "links are columns, too");
    let ids = |tags: &[PropertyTag]| tags.iter().map(|tag| tag.id()).collect::<Vec<_>>();
    assert_eq!(ids(&narrow), ids(&wide));
    for tag in client.prop_list(0, ANNA, 1252).property_tags.unwrap() {
        assert!(narrow.contains(&tag), "{tag:?}");
    }
}

#[test]
fn nobody_changes_anything() {
    let mut client = Client::new();
    let mut change = |state, tags: Option<Vec<PropertyTag>>| {
        let value = AddressBookTaggedValue::new(NAME, text("Changed by a stranger"));
        let body = ModPropsRequest { reserved: 0, state, property_tags: tags, property_values: Some(vec![value]) };
        let rs: ModPropsResponse = client.call("ModProps", body);
        rs.error_code
    };
    assert_eq!(change(Some(at(BOB)), Some(vec![NAME])), ErrorCode::AccessDenied);
    assert_eq!(change(Some(at(BOB)), None), ErrorCode::InvalidParameter);
    assert_eq!(change(Some(at(NOBODY)), Some(vec![NAME])), ErrorCode::InvalidParameter);
    assert_eq!(change(None, Some(vec![NAME])), ErrorCode::InvalidParameter);
    assert_eq!(client.prop(BOB, NAME), text("bob Baker"));
}

#[test]
fn nobody_changes_links() {
    let mut client = Client::new();
    let mut change = |property_tag, minimal_id| {
        let body = ModLinkAttRequest { flags: 0, property_tag, minimal_id, entry_ids: Some(vec![vec![1]]) };
        let rs: ModLinkAttResponse = client.call("ModLinkAtt", body);
        rs.error_code
    };
    assert_eq!(change(PropertyTag::PidTagAddressBookMember, BOB), ErrorCode::AccessDenied);
    assert_eq!(change(PropertyTag::PidTagAddressBookPublicDelegates, NOBODY), ErrorCode::InvalidParameter);
    assert_eq!(change(NAME, BOB), ErrorCode::NotFound);
}

#[test]
fn a_zero_in_a_name_does_not_end_it() {
    let mut client = Client::of([person(1, "a@example.org", "A\0B")]);
    assert_eq!(client.prop(MinimalId(0x11), NAME), text("AB"));
}
