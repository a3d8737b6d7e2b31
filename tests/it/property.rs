//! Properties and their names. MS-OXCPRPT 3.2.5.1 to 3.2.5.10

mod folder_copy;
mod limits;
mod objects;

use crate::client::{Desk, string};
use mailstead::mapi::{
    Cell, Dialect, ErrorCode, PropertyName, PropertyTag, PropertyType, TaggedValue, Value, read_row,
};
use mailstead::rop::{
    CopyPropertiesRequest, CopyToRequest, DeletePropertiesRequest, GetNamesFromPropertyIdsRequest,
    GetPropertiesAllRequest, GetPropertiesListRequest, GetPropertiesSpecificRequest, GetPropertyIdsFromNamesRequest,
    NO_HANDLE, OpenMessageRequest, QueryNamedPropertiesRequest, SetPropertiesRequest,
};
use mailstead::rop::{PropertyProblem, PropertyValues};
use mailstead::store::Special;
use mailstead::wire::{FileTime, Guid, Reader};
use smol::block_on;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const SET: Guid = Guid([7; 16]);

fn named(name: &str) -> PropertyName {
    PropertyName::Named { guid: SET, name: name.to_owned() }
}

fn lid(lid: u32) -> PropertyName {
    PropertyName::Lid { guid: SET, lid }
}

fn ids_of(flags: u8, property_names: Vec<PropertyName>) -> GetPropertyIdsFromNamesRequest {
    GetPropertyIdsFromNamesRequest { flags, property_names }
}

fn specific(property_tags: Vec<PropertyTag>, want_unicode: u16) -> GetPropertiesSpecificRequest {
    GetPropertiesSpecificRequest { property_size_limit: 0, want_unicode, property_tags }
}

impl Desk {
    #[track_caller]
    fn cells(&mut self, on: u32, tags: &[PropertyTag], want_unicode: u16) -> Vec<Cell> {
        let row = self.go(on, specific(tags.to_vec(), want_unicode)).row_data;
        let mut reader = Reader::new(&row.0);
        let cells = read_row(&mut reader, tags, Dialect::Rop).unwrap();
        assert!(reader.is_empty());
        cells
    }

    #[track_caller]
    fn name_ids(&mut self, names: &[PropertyName]) -> Vec<u16> {
        self.go(self.logon.handle, ids_of(2, names.to_vec())).property_ids
    }
}

fn all_types() -> Vec<TaggedValue> {
    let tag = |id: u16, property_type: PropertyType| PropertyTag::new(id, property_type);
    let guid = Guid([9; 16]);
    let time = FileTime(130_000_000_000_000_000);
    let values = [
        Value::Integer16(-2),
        Value::Integer32(i32::MIN),
        Value::Floating32(1.5),
        Value::Floating64(-2.25),
        Value::Currency(123_456),
        Value::FloatingTime(41_000.5),
        Value::Boolean(true),
        Value::Integer64(i64::MAX),
        Value::String("Zürich 東京 \u{1F600}".to_owned()),
        Value::Time(time),
        Value::Guid(guid),
        Value::Binary(vec![0, 1, 0xFF]),
        Value::MultipleInteger16(vec![1, -1]),
        Value::MultipleInteger32(vec![1, -1]),
        Value::MultipleFloating64(vec![0.5]),
        Value::MultipleCurrency(vec![7]),
        Value::MultipleInteger64(vec![i64::MIN]),
        Value::MultipleString(vec!["a".to_owned(), String::new(), "ß".to_owned()]),
        Value::MultipleTime(vec![time]),
        Value::MultipleGuid(vec![guid, Guid::NIL]),
        Value::MultipleBinary(vec![vec![], vec![1]]),
    ];
    (0x6900..).zip(values).map(|(id, value)| TaggedValue { tag: tag(id, value.property_type()), value }).collect()
}

/// MS-OXCPRPT R457, R475, R476 (3.2.5.4); MS-OXCDATA 2.11.1: every type comes back as it was set,
/// from the handle and from the store.
/// MS-OXCPRPT R478
#[test]
fn a_value_of_every_type_is_kept() {
    let mut desk = Desk::new();
    let values = all_types();
    let tags: Vec<PropertyTag> = values.iter().map(|value| value.tag).collect();
    let expected: Vec<Cell> = values.iter().map(|value| Ok(value.value.clone())).collect();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, values);
    assert_eq!(desk.cells(message, &tags, 1), expected);
    let id = desk.save(message);
    let message = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.cells(message, &tags, 1), expected);
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &tags);
    assert_eq!(desk.rows(table), [expected]);
}

/// MS-OXCPRPT R45701 (3.2.5.1), R874: in the order asked for, with an error where there is none.
/// MS-OXCPRPT R457001 to R457003, R45702
/// MS-OXCROPS R2673 R2692 R2702 R2704
#[test]
fn a_row_has_a_cell_for_each_tag_in_its_order() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(SUBJECT, "s")]);
    let missing = PropertyTag::PidTagInternetMessageId;
    let tags = [missing, SUBJECT, PropertyTag::PidTagImportance, SUBJECT, missing];
    let subject = Ok(Value::String("s".to_owned()));
    let none = Err(ErrorCode::NotFound);
    let expected = [none.clone(), subject.clone(), Ok(Value::Integer32(1)), subject, none];
    assert_eq!(desk.cells(message, &tags, 1), expected);
    assert_eq!(desk.cells(message, &[], 1), []);
    // A tag of another type than the value's finds nothing: values are not converted but for text.
    let wrong = PropertyTag::PidTagImportance.with_type(PropertyType::Binary);
    assert!(desk.cells(message, &[wrong], 1)[0].is_err());
}

/// MS-OXCPRPT R458, R459, R460 (3.2.5.1)
/// MS-OXCROPS R2686
#[test]
fn text_without_a_type_comes_as_was_wished() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(SUBJECT, "Grüße"), string(PropertyTag::PidTagBody, "€")]);
    let open = SUBJECT.with_type(PropertyType::Unspecified);
    let narrow = SUBJECT.with_type(PropertyType::String8);
    let wide = Ok(Value::String("Grüße".to_owned()));
    let bytes = Ok(Value::String8(b"Gr\xFC\xDFe".to_vec()));
    assert_eq!(desk.cells(message, &[open, SUBJECT, narrow], 1), [wide.clone(), wide.clone(), bytes.clone()]);
    assert_eq!(desk.cells(message, &[open, SUBJECT, narrow], 0), [bytes.clone(), wide, bytes]);
}

/// MS-OXCPRPT R461 to R465 (3.2.5.1): the message's code page, else the logon's.
/// MS-OXCROPS R1684
#[test]
fn eight_bit_text_is_in_the_code_page_of_its_message() {
    let mut desk = Desk::new();
    let narrow = SUBJECT.with_type(PropertyType::String8);
    let id = desk.note(Special::Inbox.id(), "Счёт");
    let open = |code_page_id| OpenMessageRequest {
        code_page_id,
        folder_id: Special::Inbox.id(),
        open_mode_flags: 1,
        message_id: id,
    };
    let cyrillic = desk.make(desk.logon.handle, open(1251));
    assert_eq!(desk.cells(cyrillic, &[narrow], 0), [Ok(Value::String8(b"\xD1\xF7\xB8\xF2".to_vec()))]);
    let koi = desk.make(desk.logon.handle, open(20866));
    assert_eq!(desk.cells(koi, &[narrow], 0), [Ok(Value::String8(b"\xF3\xDE\xA3\xD4".to_vec()))]);
    // And what is set in it is read in it.
    desk.set(cyrillic, vec![TaggedValue::new(narrow, Value::String8(b"\xC4\xE0".to_vec()))]);
    assert_eq!(desk.text(cyrillic, SUBJECT), "Да");
    let all = desk.go(cyrillic, GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 0 });
    let subject = all.property_values.iter().find(|value| value.tag.id() == SUBJECT.id()).unwrap();
    assert_eq!(subject.value, Value::String8(b"\xC4\xE0".to_vec()));
}

/// MS-OXCPRPT R471 (3.2.5.2), R472 (3.2.5.3): the list and the values are the same properties.
/// MS-OXCROPS R2776
#[test]
fn everything_that_is_set_is_in_the_list_and_in_all() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let values = all_types();
    let mine: Vec<PropertyTag> = values.iter().map(|value| value.tag).collect();
    desk.set(message, values.clone());
    desk.set(message, vec![string(SUBJECT, "all")]);
    let mut list = desk.go(message, GetPropertiesListRequest {}).property_tags;
    let all = desk.go(message, GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 1 }).property_values;
    let mut tags: Vec<PropertyTag> = all.iter().map(|value| value.tag).collect();
    for tag in mine {
        assert!(list.contains(&tag), "{tag:?} is not listed");
    }
    for value in values {
        assert!(all.contains(&value), "{value:?}");
    }
    list.sort();
    tags.sort();
    assert_eq!(list, tags);
    list.dedup_by_key(|tag| tag.id());
    assert_eq!(list.len(), tags.len(), "a property is listed once");
    assert!(list.contains(&SUBJECT) && list.contains(&PropertyTag::PidTagMessageFlags), "computed ones too");
    let inbox = desk.inbox();
    let list = desk.go(inbox, GetPropertiesListRequest {}).property_tags;
    assert!(list.contains(&PropertyTag::PidTagDisplayName) && list.contains(&PropertyTag::PidTagContentCount));
}

/// MS-OXCPRPT 2.2.3.2: what does not fit is there as an error.
/// MS-OXCPRPT R643, R90705, R62, R84
#[test]
fn a_value_too_large_for_all_is_told_to_be() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    block_on(desk.session.write_stream(message, PropertyTag::PidTagHtml, &vec![b'x'; 100_000])).unwrap();
    let all = desk.go(message, GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 1 }).property_values;
    let html = all.iter().find(|value| value.tag.id() == PropertyTag::PidTagHtml.id()).unwrap();
    assert_eq!(html.tag.property_type(), PropertyType::ErrorCode);
    assert_eq!(html.value, Value::Error(ErrorCode::OutOfMemory));
    assert_eq!(desk.get(message, PropertyTag::PidTagHtml), Err(ErrorCode::OutOfMemory));
    let list = desk.go(message, GetPropertiesListRequest {}).property_tags;
    assert!(list.contains(&PropertyTag::PidTagHtml));
}

/// MS-OXCPRPT R47505 (3.2.5.4): the others are set; the problem says which and why.
/// MS-OXCPRPT R11, R10701, R10801
#[test]
fn a_property_that_cannot_be_set_is_a_problem_of_its_own() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let values = vec![
        string(SUBJECT, "set"),
        TaggedValue::new(PropertyTag::PidTagMessageSize, Value::Integer32(1)),
        string(PropertyTag::PidTagInternetMessageId, "<1@x>"),
    ];
    let problems = desk.try_set(message, values);
    let [PropertyProblem { index: 1, property_tag, error_code }] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(property_tag.id(), PropertyTag::PidTagMessageSize.id());
    assert!(!error_code.is_success());
    assert_eq!(desk.text(message, SUBJECT), "set");
    assert_eq!(desk.text(message, PropertyTag::PidTagInternetMessageId), "<1@x>");
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[SUBJECT]);
    let request = SetPropertiesRequest { property_values: PropertyValues { values: vec![string(SUBJECT, "x")] } };
    assert_eq!(desk.fails(table, request), ErrorCode::NotSupported);
}

/// MS-OXCPRPT R492, R49201 (3.2.5.5): on folders and stores at once.
/// MS-OXCPRPT R121, R11901
#[test]
fn deleted_properties_of_folders_and_stores_are_gone_at_once() {
    let mut desk = Desk::new();
    let tag = PropertyTag(0x6803_001F);
    let inbox = desk.inbox();
    let store = desk.logon.handle;
    for on in [inbox, store] {
        desk.set(on, vec![string(tag, "x")]);
        let done = desk.go(on, DeletePropertiesRequest { property_tags: vec![tag] });
        assert!(done.property_problems.is_empty());
        assert_eq!(desk.get(on, tag), Err(ErrorCode::NotFound));
    }
    let mut beside = desk.beside();
    let same = beside.inbox();
    assert_eq!(beside.get(same, tag), Err(ErrorCode::NotFound));
    // What a folder cannot be without stays. MS-OXCPRPT R48405
    let done = desk.go(inbox, DeletePropertiesRequest { property_tags: vec![PropertyTag::PidTagFolderId] });
    assert_eq!(done.property_problems.len(), 1);
    assert!(desk.get(inbox, PropertyTag::PidTagFolderId).is_ok());
}

/// MS-OXCPRPT R530 to R535 (3.2.5.10), 2.2.12.1: names get numbers above 8000, the same for ever.
/// MS-OXCPRPT R41404, R41405, R21502, R216, R21801, R222, R628, R238
/// MS-OXCROPS R2590 R2608 R2620 R4611
#[test]
fn a_name_has_one_number_in_a_mailbox() {
    let mut desk = Desk::new();
    let names = [named("First"), lid(5), named("Second"), named("First")];
    let ids = desk.name_ids(&names);
    assert!(ids.iter().all(|id| (0x8001..=0xFFFE).contains(id)), "{ids:x?}");
    assert_eq!(ids[0], ids[3]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    let mut beside = desk.beside();
    assert_eq!(beside.name_ids(&names), ids);
    // MS-OXCPRPT R529: names are compared exactly, but for those of Internet headers.
    assert_ne!(desk.name_ids(&[named("FIRST")])[0], ids[0]);
    let header = |name: &str| PropertyName::Named {
        guid: mailstead::mapi::names::set::PS_INTERNET_HEADERS,
        name: name.to_owned(),
    };
    let headers = desk.name_ids(&[header("X-Mailer"), header("x-mailer")]);
    assert_eq!(headers[0], headers[1]);
}

/// MS-OXCPRPT R531 (3.2.5.10): without Create an unknown name is 0, with a warning.
/// MS-OXCPRPT R62801, R220, R222, R226, R20902
/// MS-OXCROPS R2601 R2602
#[test]
fn an_unknown_name_is_zero_unless_it_may_be_made() {
    let mut desk = Desk::new();
    let known = desk.name_ids(&[named("Known")])[0];
    let request = ids_of(0, vec![named("Known"), named("Unknown")]);
    let done = desk.attempt_on([desk.logon.handle, NO_HANDLE], request).unwrap();
    assert_eq!(done.response.property_ids, [known, 0]);
    assert_eq!(done.warning, ErrorCode::ErrorsReturned);
    let done = desk.attempt_on([desk.logon.handle, NO_HANDLE], ids_of(0, vec![named("Known")])).unwrap();
    assert_eq!(done.warning, ErrorCode::Success);
}

/// MS-OXCPRPT R526 (3.2.5.10), R495 (3.2.5.6), R876 to R87802
/// MS-OXCPRPT R213, R217, R132, R134, R138, R14101, R14202, R14203, R143, R145
/// MS-OXCROPS R2953 R2964 R2965 R2967 R2971 R2990
#[test]
fn all_names_are_told_to_those_who_ask() {
    let mut desk = Desk::new();
    let ids = desk.name_ids(&[named("A"), lid(1), PropertyName::Lid { guid: Guid([8; 16]), lid: 2 }]);
    let all = desk.go(desk.logon.handle, ids_of(0, Vec::new())).property_ids;
    assert!(ids.iter().all(|id| all.contains(id)), "{all:x?}");
    let query = |query_flags, property_guid| QueryNamedPropertiesRequest { query_flags, property_guid };
    let mut told = |flags, guid| -> Vec<u16> {
        let response = desk.go(desk.logon.handle, query(flags, guid));
        response.properties.into_iter().map(|(id, _)| id).filter(|id| ids.contains(id)).collect()
    };
    assert_eq!(told(0, None), ids);
    assert_eq!(told(1, None), ids[1..], "NoStrings");
    assert_eq!(told(2, None), ids[..1], "NoIds");
    assert_eq!(told(0, Some(SET)), ids[..2]);
    assert_eq!(told(0xFC, None), ids, "other bits mean nothing");
}

/// MS-OXCPRPT R518 to R524 (3.2.5.9)
/// MS-OXCPRPT R230, R24802, R249, R25001
/// MS-OXCROPS R2633 R4625 R2660 R2663
#[test]
fn a_number_has_its_name() {
    let mut desk = Desk::new();
    let names = [named("A"), lid(1)];
    let ids = desk.name_ids(&names);
    let unknown = ids.iter().max().unwrap() + 1000;
    let property_ids = vec![ids[1], 0x0037, ids[0], unknown];
    let request = GetNamesFromPropertyIdsRequest { property_ids };
    let told = desk.go(desk.logon.handle, request).property_names;
    let mapi = PropertyName::Lid { guid: mailstead::mapi::names::set::PS_MAPI, lid: 0x37 };
    assert_eq!(told, [names[1].clone(), mapi, names[0].clone(), PropertyName::Unnamed]);
}

/// MS-OXCPRPT 2.2.12: named properties are properties like others; each mailbox has its own numbers.
/// MS-OXCPRPT R198
#[test]
fn values_are_kept_under_their_names() {
    let mut desk = Desk::new();
    let id = desk.name_ids(&[named("Mine")])[0];
    let tag = PropertyTag::new(id, PropertyType::String);
    let message = desk.message(Special::Inbox.id(), vec![string(tag, "kept")]);
    let message = desk.open_message(Special::Inbox.id(), message);
    assert_eq!(desk.text(message, tag), "kept");
    assert_eq!(desk.get(message, PropertyTag::PidTagHasNamedProperties), Ok(Value::Boolean(true)));
    let list = desk.go(message, GetPropertiesListRequest {}).property_tags;
    assert!(list.contains(&tag));
    let mut bob = Desk::bare(&desk.place, &desk.place.bob, false);
    let logon = block_on(bob.logon(&desk.place.bob.legacy_dn)).unwrap();
    let request = GetNamesFromPropertyIdsRequest { property_ids: vec![id] };
    let told = block_on(bob.run(logon.handle, request)).unwrap().property_names;
    assert_eq!(told, [PropertyName::Unnamed]);
}

/// MS-OXCPRPT R500, R50006, R879, R880, R849 (3.2.5.7)
/// MS-OXCPRPT R171, R191
/// MS-OXCROPS R3000 R3016 R3017 R3023 R3059 R3084
#[test]
fn properties_are_copied_by_name_or_but_for_some() {
    let mut desk = Desk::new();
    let (keyword, comment) = (PropertyTag::PidTagInternetMessageId, PropertyTag::PidTagInternetReferences);
    let from = desk.draft(Special::Inbox.id());
    desk.set(from, vec![string(SUBJECT, "RE: source"), string(keyword, "<1@x>"), string(comment, "<2@x>")]);
    let to = desk.draft(Special::Inbox.id());
    desk.set(to, vec![string(comment, "<3@x>")]);
    let copy =
        |copy_flags, property_tags| CopyPropertiesRequest { want_asynchronous: false, copy_flags, property_tags };
    let done = desk.attempt_on([from, to], copy(2, vec![keyword, comment])).unwrap().response;
    assert!(done.property_problems.is_empty(), "{:?}", done.property_problems);
    assert_eq!(desk.text(to, keyword), "<1@x>");
    assert_eq!(desk.text(to, comment), "<3@x>", "NoOverwrite");
    desk.attempt_on([from, to], copy(0, vec![comment])).unwrap();
    assert_eq!(desk.text(to, comment), "<2@x>");
    let refused = desk.attempt_on([from, to], copy(4, vec![keyword])).map(drop);
    assert_eq!(refused, Err(ErrorCode::InvalidParameter));
    let excluded_tags = vec![comment];
    let whole = CopyToRequest { want_asynchronous: false, want_sub_objects: true, copy_flags: 0, excluded_tags };
    let other = desk.draft(Special::Inbox.id());
    desk.attempt_on([from, other], whole).unwrap();
    assert_eq!(desk.text(other, SUBJECT), "RE: source");
    assert_eq!(desk.text(other, keyword), "<1@x>");
    assert_eq!(desk.get(other, comment), Err(ErrorCode::NotFound), "excluded");
}
