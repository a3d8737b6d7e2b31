//! Photos and certificates: who may set them, how they are told, and that nobody reads them who does not
//! ask. MS-OXOABK 2.2.3.28, 2.2.4.37, MS-OXNSPI 3.1.4.1.14

use super::people::{ADA, BEN, FAMILY, household, matches, mid};
use super::*;
use mailstead::limits::{CERTIFICATES_MAX, TOLD_MAX_BYTES};
use mailstead::mapi::{FuzzyLow, Restriction, TaggedValue};
use mailstead::nspi::message::{
    AddressBookTaggedValue, Filter, GetMatchesResponse, GetPropListRequest, GetPropListResponse, GetPropsRequest,
    GetPropsResponse, ModPropsRequest, ModPropsResponse, ResolveNamesRequest, ResolveNamesResponse,
};

const PHOTO: PropertyTag = PropertyTag(0x8C9E_0102);
const USER_CERTIFICATES: PropertyTag = PropertyTag(0x3A70_1102);
const X509: PropertyTag = PropertyTag(0x8C6A_1102);
const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

/// Ada has a photo and two certificates.
fn told() -> Client {
    let mut client = household();
    client.told.insert((ADA, PHOTO.id()), vec![JPEG.to_vec()]);
    client.told.insert((ADA, X509.id()), vec![vec![0x30, 1], vec![0x30, 2]]);
    client
}

impl Client {
    fn cells(&mut self, id: u32, tags: &[PropertyTag]) -> Vec<Option<Value>> {
        let body = GetPropsRequest { flags: 0, state: Some(at(mid(id))), property_tags: Some(tags.to_vec()) };
        let rs: GetPropsResponse = self.call("GetProps", body);
        rs.property_values.unwrap().into_iter().map(|value| value.value).collect()
    }

    fn set(&mut self, id: u32, values: &[(PropertyTag, Value)]) -> ErrorCode {
        let values = values.iter().map(|(tag, value)| AddressBookTaggedValue::new(*tag, value.clone()));
        let body = ModPropsRequest {
            reserved: 0,
            state: Some(at(mid(id))),
            property_tags: Some(vec![]),
            property_values: Some(values.collect()),
        };
        let rs: ModPropsResponse = self.call("ModProps", body);
        rs.error_code
    }
}

#[test]
fn they_are_told_to_who_asks() {
    let mut client = told();
    let missing = Some(Value::Error(ErrorCode::NotFound));
    let photo = Some(Value::Binary(JPEG.to_vec()));
    let certificates = Some(Value::MultipleBinary(vec![vec![0x30, 1], vec![0x30, 2]]));
    let expected = [photo.clone(), certificates.clone(), missing.clone()];
    assert_eq!(client.cells(ADA, &[PHOTO, X509, USER_CERTIFICATES]), expected);
    // Of an open type, the property's own; of another type there is nothing.
    let open = PropertyTag(0x8C9E_0000);
    assert_eq!(client.cells(ADA, &[open, PropertyTag(0x8C9E_001F)]), [photo, missing.clone()]);
    assert_eq!(client.cells(BEN, &[PHOTO, X509]), [missing.clone(), missing]);
    let body = GetPropListRequest { flags: 0, minimal_id: mid(ADA), code_page: 1252 };
    let list: GetPropListResponse = client.call("GetPropList", body);
    let list = list.property_tags.unwrap();
    assert!(list.contains(&PHOTO) && list.contains(&X509) && !list.contains(&USER_CERTIFICATES), "{list:?}");
    // Rows of QueryRows and GetMatches alike.
    let rows = client.query_rows(stat(), 100, &[NAME, PHOTO]).rows.unwrap().rows;
    let with: Vec<&Cell> = rows.iter().filter(|row| row[1].is_ok()).map(|row| &row[0]).collect();
    assert_eq!(with, [&Ok(text("Lovelace, Ada"))]);
    let value = TaggedValue::new(NAME, text("lovelace"));
    let filter = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Prefix,
        fuzzy_level_high: 1,
        property_tag: NAME,
        tagged_value: value,
    };
    let mut request = matches(stat(), Some(filter), 10);
    request.columns = Some(vec![PHOTO]);
    let found: GetMatchesResponse = client.call("GetMatches", request);
    assert_eq!(found.rows.unwrap().rows, [[Ok(Value::Binary(JPEG.to_vec()))]]);
}

/// A search by name and rows of other columns read none, a row that asks reads that of its own entry.
#[test]
fn nobody_reads_them_who_does_not_ask() {
    let mut client = told();
    let people = client.query_rows(stat(), 100, &[NAME]).rows.unwrap().rows.len();
    let body = ResolveNamesRequest {
        reserved: 0,
        state: Some(stat()),
        property_tags: None,
        names: Some(vec!["lovelace".to_owned(), "e".to_owned()]),
    };
    let _: ResolveNamesResponse = client.call("ResolveNames", body);
    let anr = PropertyTag::PidTagAnr;
    let filter = Restriction::Property {
        rel_op: mailstead::mapi::RelOp::Equal,
        property_tag: anr,
        tagged_value: TaggedValue::new(anr, text("love")),
    };
    let found: GetMatchesResponse = client.call("GetMatches", matches(stat(), Some(filter), 10));
    assert_eq!(found.minimal_ids.unwrap(), [mid(ADA)]);
    let exists = Restriction::Exist { property_tag: PHOTO };
    let found: GetMatchesResponse = client.call("GetMatches", matches(stat(), Some(exists), 10));
    assert_eq!(found.minimal_ids.unwrap(), [], "conditions do not see them");
    let _ = Filter(Restriction::Exist { property_tag: PHOTO });
    client.cells(ADA, &[NAME]);
    assert_eq!(client.reads.get(), 0);
    client.query_rows(stat(), 100, &[NAME, PHOTO]);
    assert_eq!(client.reads.get(), people);
}

/// MS-OXNSPI R1268 R1301 R1299: one's own, whole lists, in place of those before. R1303: within bounds.
#[test]
fn people_set_their_own() {
    let mut client = told();
    let one = |bytes: &[u8]| Value::MultipleBinary(vec![bytes.to_vec()]);
    let photo = |bytes: &[u8]| Value::Binary(bytes.to_vec());
    for tag in [X509, USER_CERTIFICATES] {
        assert_eq!(client.set(ADA, &[(tag, one(&[0x30, 7]))]), ErrorCode::Success);
        assert_eq!(client.change, Some(Change::Facts(ADA, vec![], vec![(tag.id(), vec![vec![0x30, 7]])])));
    }
    assert_eq!(client.set(ADA, &[(PHOTO, photo(JPEG))]), ErrorCode::Success);
    let large = |bytes: usize| [JPEG, &vec![0; bytes - JPEG.len()]].concat();
    assert_eq!(client.set(ADA, &[(PHOTO, photo(&large(TOLD_MAX_BYTES)))]), ErrorCode::Success);
    let many = |n: usize| Value::MultipleBinary(vec![vec![0x30]; n]);
    assert_eq!(client.set(ADA, &[(X509, many(CERTIFICATES_MAX))]), ErrorCode::Success);
    for (id, tag, value) in [
        (BEN, PHOTO, photo(JPEG)),
        (ADA, PHOTO, photo(b"GIF89a")),
        (ADA, PHOTO, photo(b"")),
        (ADA, PHOTO, photo(&large(TOLD_MAX_BYTES + 1))),
        (ADA, PHOTO, Value::MultipleBinary(vec![JPEG.to_vec(); 2])),
        (ADA, PHOTO, text("a photo")),
        (ADA, X509, many(CERTIFICATES_MAX + 1)),
        (ADA, X509, one(&vec![0x30; TOLD_MAX_BYTES + 1])),
        (ADA, X509, one(b"")),
        (ADA, PropertyTag::PidTagEntryId, photo(JPEG)),
        (ADA, PropertyTag::PidTagAddressBookObjectGuid, photo(&[0; 16])),
    ] {
        assert_eq!(client.set(id, &[(tag, value)]), ErrorCode::AccessDenied, "{tag:?}");
        assert_eq!(client.change, None);
    }
    assert_eq!(client.set(FAMILY, &[(PHOTO, photo(JPEG))]), ErrorCode::InvalidObject);
    // All or nothing, also with a telephone number beside.
    let phone = (PropertyTag::PidTagBusinessTelephoneNumber, text("1"));
    assert_eq!(client.set(ADA, &[phone.clone(), (PHOTO, photo(b"no"))]), ErrorCode::AccessDenied);
    assert_eq!(client.set(ADA, &[phone, (PHOTO, photo(JPEG))]), ErrorCode::Success);
}
