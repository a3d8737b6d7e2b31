//! The structures of MS-OXCDATA: names, strings, sort orders, identifiers, entries.

mod recipient;
mod row;
mod value;

use crate::golden::{both, hex, random, same};
use mailstead::mapi::{
    AddressBookEntryId, ChangeList, ErrorCode, FolderEntryId, LongTermId, MUIDEMSAB, MessageEntryId, ObjectId,
    OneOffEntryId, Order, PropertyName, PropertyTag, PropertyType, REPLICA_OWN, SortOrder, SortOrderSet, Text, Xid,
    names,
};
use mailstead::rop::{PropertyProblem, TypedString};
use mailstead::wire::{Guid, Wire};
use proptest::collection::vec;
use proptest::prelude::*;

/// 00112233-4455-6677-8899-AABBCCDDEEFF as it lies on the wire.
const GUID: &str = "33221100 5544 7766 8899AABBCCDDEEFF";

fn guid() -> Guid {
    "00112233-4455-6677-8899-AABBCCDDEEFF".parse().unwrap()
}

#[test]
fn tags_are_type_and_identifier() {
    same(&PropertyTag::PidTagSubject, &hex("1F003700"));
    assert_eq!(PropertyTag::PidTagSubject.0, 0x0037_001F);
    assert_eq!(PropertyTag::PidTagSubject.id(), 0x0037);
    assert_eq!(PropertyTag::PidTagSubject.property_type(), PropertyType::String);
    assert_eq!(PropertyTag::new(0x0037, PropertyType::String8).0, 0x0037_001E);
    assert_eq!(PropertyTag::PidTagSubject.with_type(PropertyType::Unspecified).0, 0x0037_0000);
    assert!(!PropertyTag(0x7FFF_0003).is_named() && PropertyTag(0x8000_0003).is_named());
    same(&PropertyType::Binary, &hex("0201"));
    let instance = PropertyType(0x301F);
    assert!(instance.is_instance() && instance.is_multiple());
    assert_eq!(
        (instance.single(), PropertyType::MultipleBinary.single()),
        (PropertyType::String, PropertyType::Binary)
    );
    assert_eq!(PropertyType::String8.unicode(), PropertyType::String);
    assert_eq!(PropertyType::MultipleString8.unicode(), PropertyType::MultipleString);
    assert_eq!(PropertyType::Binary.unicode(), PropertyType::Binary);
}

#[test]
fn warnings_are_successes() {
    // MS-OXCDATA 2.4.2: 0004xxxx; oxcdata.md section 8 names three.
    for code in [0, 0x0004_0380, 0x0004_0680, 0x0004_0821] {
        assert!(ErrorCode(code).is_success(), "{code:#X}");
    }
    for code in [0x8004_010F, 0x0000_03EB, 0x0000_0503, 0x8007_000E, 0x0000_047D, 0x0004_B600 << 4] {
        assert!(!ErrorCode(code).is_success(), "{code:#X}");
    }
    same(&ErrorCode::NotFound, &hex("0F010480"));
}

#[test]
fn property_names_have_three_kinds() {
    same(&PropertyName::Lid { guid: guid(), lid: 0x8503 }, &hex(&format!("00 {GUID} 03850000")));
    let keywords = PropertyName::Named { guid: guid(), name: "Key".to_owned() };
    same(&keywords, &hex(&format!("01 {GUID} 08 4B00 6500 7900 0000")));
    same(&PropertyName::Named { guid: guid(), name: String::new() }, &hex(&format!("01 {GUID} 02 0000")));
    // A single byte, nothing else (MS-OXCPRPT R524).
    same(&PropertyName::Unnamed, &hex("FF"));
    assert!(PropertyName::from_bytes(&hex(&format!("02 {GUID} 00000000"))).is_err(), "Kind 02");
    // The longest: 126 characters and the zero are 254 bytes.
    let longest = PropertyName::Named { guid: guid(), name: "n".repeat(126) };
    same(&longest, &hex(&format!("01 {GUID} FE {} 0000", "6E00".repeat(126))));
    // NameSize counts the zero, and nothing may follow it inside.
    assert!(PropertyName::from_bytes(&hex(&format!("01 {GUID} 02 4B00"))).is_err(), "no zero");
    assert!(PropertyName::from_bytes(&hex(&format!("01 {GUID} 06 4B00 0000 4B00"))).is_err(), "text after the zero");
    assert!(PropertyName::from_bytes(&hex(&format!("01 {GUID} 00"))).is_err(), "not even a zero");
}

#[test]
fn header_names_are_folded() {
    // MS-OXCPRPT R529: in PS_INTERNET_HEADERS names are lower case; elsewhere case matters.
    let named = |guid, name: &str| PropertyName::Named { guid, name: name.to_owned() };
    let headers = names::set::PS_INTERNET_HEADERS;
    assert_eq!(named(headers, "X-Mailer").folded(), named(headers, "x-mailer"));
    let strings = names::set::PS_PUBLIC_STRINGS;
    assert_eq!(named(strings, "Keywords").folded(), named(strings, "Keywords"));
}

#[test]
fn typed_strings_have_five_kinds() {
    same(&TypedString::None, &hex("00"));
    same(&TypedString::Empty, &hex("01"));
    same(&TypedString::String8(b"Hi\xE4".to_vec()), &hex("02 4869E4 00"));
    same(&TypedString::Reduced(b"Hi".to_vec()), &hex("03 4869 00"));
    same(&TypedString::Unicode("Hi\u{20AC}".to_owned()), &hex("04 4800 6900 AC20 0000"));
    assert!(TypedString::from_bytes(&hex("05")).is_err());
    assert_eq!(TypedString::new(""), TypedString::Empty);
    assert_eq!(TypedString::Reduced(b"\xE4".to_vec()).text(), "\u{E4}", "low bytes of UTF-16");
}

#[test]
fn texts_follow_a_flag_elsewhere() {
    both(&Text::Unicode("A".to_owned()), &hex("4100 0000"), |r| Text::read(r, true), Text::write);
    both(&Text::Bytes(vec![0xE4]), &hex("E4 00"), |r| Text::read(r, false), Text::write);
}

#[test]
fn sort_orders_are_counted_by_three_numbers() {
    let key = |property_tag, order| SortOrder { property_tag, order };
    same(&key(PropertyTag::PidTagSubject, Order::Ascending), &hex("1F003700 00"));
    let set = SortOrderSet {
        categorized_count: 2,
        expanded_count: 1,
        sort_orders: vec![
            // One row for each of the values: PtypMultipleString with the instance bits.
            key(PropertyTag(0x8001_301F), Order::Ascending),
            key(PropertyTag::PidTagImportance, Order::Descending),
            key(PropertyTag::PidTagMessageDeliveryTime, Order::MaximumCategory),
        ],
    };
    same(&set, &hex("0300 0200 0100  1F300180 00  03001700 01  4000060E 04"));
    same(&SortOrderSet::default(), &hex("0000 0000 0000"));
    assert!(SortOrderSet::from_bytes(&hex("FFFF 0000 0000")).is_err(), "65,535 keys and no data");
}

#[test]
fn problems_are_ten_bytes() {
    let problem =
        PropertyProblem { index: 3, property_tag: PropertyTag::PidTagSubject, error_code: ErrorCode::NotFound };
    same(&problem, &hex("0300 1F003700 0F010480"));
}

#[test]
fn identifiers_count_from_the_top() {
    // ReplicaId little-endian, GlobalCounter big-endian (oxcdata.md section 3).
    let id = ObjectId::new(0x0102, 0x1122_3344_5566);
    same(&id, &hex("0201 112233445566"));
    assert_eq!((id.replica(), id.counter()), (0x0102, 0x1122_3344_5566));
    // As a 64-bit property the counter sits in the upper 48 bits, byte-reversed (ics.md section 1).
    assert_eq!(id.0, 0x6655_4433_2211_0102);
    assert_eq!(ObjectId::from_i64(id.to_i64()), id);
    assert_eq!(ObjectId::own(13), ObjectId::new(REPLICA_OWN, 13));
    assert_eq!(ObjectId::own((1 << 48) + 5).counter(), 5, "48 bits and no more");
    same(&ObjectId::NONE, &[0; 8]);

    let long = LongTermId::new(guid(), id);
    same(&long, &hex(&format!("{GUID} 112233445566 0000")));
    assert_eq!(long.counter(), 0x1122_3344_5566);
    // GID: without the two bytes of padding.
    assert_eq!(long.gid(), hex(&format!("{GUID} 112233445566")));
}

#[test]
fn changes_are_xids() {
    let own = Xid::own(guid(), 0x0000_0A0B_0C0D);
    same_framed(&own, &format!("{GUID} 00000A0B0C0D"));
    let foreign = Xid { namespace_guid: Guid::NIL, local_id: vec![1, 2, 3, 4] };
    same_framed(&foreign, "00000000000000000000000000000000 01020304");
    let mut list = ChangeList::of(own);
    list.add(foreign);
    let bytes = hex(&format!("14 00000000000000000000000000000000 01020304  16 {GUID} 00000A0B0C0D"));
    assert_eq!(list.to_bytes(), bytes);
    assert_eq!(ChangeList::from_bytes(&bytes).unwrap(), list);
    // LocalId is 1 to 8 bytes long.
    assert!(Xid::from_bytes(&hex(GUID)).is_err());
    assert!(Xid::from_bytes(&hex(&format!("{GUID} 010203040506070809"))).is_err());
}

/// A XID fills its frame: a prefix with at least a byte of LocalId is another XID.
fn same_framed(xid: &Xid, digits: &str) {
    let bytes = hex(digits);
    assert_eq!(xid.to_bytes(), bytes);
    assert_eq!(&Xid::from_bytes(&bytes).unwrap(), xid);
    for len in 0..=16 {
        assert!(Xid::from_bytes(&bytes[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn entries_of_the_store_are_46_and_70_bytes() {
    let mailbox: Guid = "A0A1A2A3-B0B1-C0C1-D0D1-D2D3D4D5D6D7".parse().unwrap();
    let wire = "A3A2A1A0 B1B0 C1C0 D0D1D2D3D4D5D6D7";
    let long = |counter| LongTermId::new(guid(), ObjectId::own(counter));
    let folder = FolderEntryId::private(mailbox, long(13));
    let bytes = hex(&format!("00000000 {wire} 0100 {GUID} 00000000000D 0000"));
    same(&folder, &bytes);
    assert_eq!(bytes.len(), 46);
    let message = MessageEntryId::private(mailbox, long(13), long(0x101));
    let bytes = hex(&format!("00000000 {wire} 0700 {GUID} 00000000000D 0000 {GUID} 000000000101 0000"));
    same(&message, &bytes);
    assert_eq!(bytes.len(), 70);
}

#[test]
fn entries_of_the_address_book_end_with_their_name() {
    let entry = AddressBookEntryId::new(0x100, "/o=A");
    same(&entry, &hex("00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00010000 2F6F3D41 00"));
    assert_eq!(entry.provider_uid, MUIDEMSAB);
}

#[test]
fn one_off_entries_carry_their_address() {
    let entry = OneOffEntryId::smtp("A", "a@b");
    let head = "00000000 812B1FA4BEA310199D6E00DD010F5402 0000";
    same(&entry, &hex(&format!("{head} 0180 4100 0000 5300 4D00 5400 5000 0000 6100 4000 6200 0000")));
    // 8-bit strings are read too.
    let narrow = hex(&format!("{head} 0100 41 00 534D5450 00 614062 00"));
    assert_eq!(OneOffEntryId::from_bytes(&narrow).unwrap(), entry);
    for len in 0..narrow.len() {
        assert!(OneOffEntryId::from_bytes(&narrow[..len]).is_err(), "{len} bytes");
    }
    // Another provider is another kind of entry.
    assert!(OneOffEntryId::from_bytes(&hex(&format!("00000000 {GUID} 0000 0180 0000 0000 0000"))).is_err());
}

proptest! {
    #![proptest_config(random(1024))]

    #[test]
    fn any_bytes_are_structures_or_not(bytes in vec(any::<u8>(), 0..90)) {
        fn stable<T: Wire + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
            if let Ok(value) = T::from_bytes(bytes) {
                assert_eq!(T::from_bytes(&value.to_bytes()).unwrap(), value);
            }
        }
        stable::<PropertyName>(&bytes);
        stable::<TypedString>(&bytes);
        stable::<SortOrderSet>(&bytes);
        stable::<Xid>(&bytes);
        stable::<FolderEntryId>(&bytes);
        stable::<MessageEntryId>(&bytes);
        stable::<AddressBookEntryId>(&bytes);
        stable::<OneOffEntryId>(&bytes);
        let head = hex("00000000 812B1FA4BEA310199D6E00DD010F5402");
        stable::<OneOffEntryId>(&[head, bytes].concat());
    }
}
