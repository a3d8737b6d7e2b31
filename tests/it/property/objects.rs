//! The same operations on a message, a folder, an attachment and a store; what all of them have in
//! common. MS-OXCPRPT 2.2.1, 2.2.2 to 2.2.13, 3.2.5.1 to 3.2.5.10

use super::{SUBJECT, ids_of, lid, named};
use crate::client::{Desk, NOW, string};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, PropertyType, TaggedValue, Value};
use mailstead::rop::{ByteCount, PropertyProblem, PropertyValues};
use mailstead::rop::{
    CopyPropertiesRequest, CopyToRequest, CreateAttachmentRequest, DeletePropertiesNoReplicateRequest,
    DeletePropertiesRequest, GetNamesFromPropertyIdsRequest, GetPropertiesAllRequest, GetPropertiesListRequest,
    NO_HANDLE, OpenAttachmentRequest, OpenMessageRequest, OpenStreamRequest, QueryNamedPropertiesRequest,
    ReadStreamRequest, SaveChangesAttachmentRequest, SetPropertiesNoReplicateRequest,
};
use mailstead::store::Special;
use mailstead::wire::FileTime;
use smol::block_on;

const ONE: PropertyTag = PropertyTag(0x6811_001F);
const TWO: PropertyTag = PropertyTag(0x6812_001F);
/// As WantUnicode is set.
const OPEN_ONE: PropertyTag = ONE.with_type(PropertyType::Unspecified);

/// What a client can set properties of.
struct Objects {
    id: ObjectId,
    message: u32,
    attachment: u32,
    folder: u32,
    store: u32,
}

impl Objects {
    fn of(desk: &mut Desk) -> Self {
        let id = {
            let message = desk.draft(Special::Inbox.id());
            desk.set(message, vec![string(SUBJECT, "objects")]);
            let attachment = desk.make(message, CreateAttachmentRequest {});
            let method = TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(1));
            desk.set(attachment, vec![method]);
            desk.attempt_on([attachment, message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
            desk.save(message)
        };
        Self::again(desk, id)
    }

    /// Opened anew: what is in the store.
    fn again(desk: &mut Desk, id: ObjectId) -> Self {
        let (store, folder_id) = (desk.logon.handle, Special::Inbox.id());
        let request = OpenMessageRequest { code_page_id: 0xFFF, folder_id, open_mode_flags: 1, message_id: id };
        let message = desk.make(store, request);
        let attachment = desk.make(message, OpenAttachmentRequest { open_attachment_flags: 1, attachment_id: 0 });
        Self { id, message, attachment, folder: desk.inbox(), store }
    }

    fn all(&self) -> [u32; 4] {
        [self.message, self.folder, self.attachment, self.store]
    }

    fn save(&self, desk: &mut Desk) {
        desk.attempt_on([self.attachment, self.message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
        desk.save(self.message);
    }
}

impl Desk {
    /// What the store has, asked from beside.
    fn stored(&mut self, id: ObjectId, tag: PropertyTag) -> [bool; 4] {
        let mut beside = self.beside();
        let objects = Objects::again(&mut beside, id);
        objects.all().map(|on| match beside.get(on, tag) {
            Ok(_) => true,
            Err(code) => {
                assert_eq!(code, ErrorCode::NotFound);
                false
            }
        })
    }

    fn set_quietly(&mut self, on: u32, value: TaggedValue) -> Vec<PropertyProblem> {
        let property_values = PropertyValues { values: vec![value] };
        self.go(on, SetPropertiesNoReplicateRequest { property_values }).property_problems
    }

    /// By every way of asking.
    #[track_caller]
    fn finds(&mut self, on: u32, tag: PropertyTag, value: Option<&Value>) {
        assert_eq!(self.get(on, tag).ok().as_ref(), value);
        let all = self.go(on, GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 1 }).property_values;
        assert_eq!(all.iter().find(|had| had.tag == tag).map(|had| &had.value), value);
        let list = self.go(on, GetPropertiesListRequest {}).property_tags;
        assert_eq!(list.contains(&tag), value.is_some());
    }
}

/// MS-OXCPRPT R56, R5801 to R5804, R6401, R65, R76 (RopGetPropertiesSpecific), R457001, R45702, R78, R8001 to
/// R8004, R8502, R8702, R9201, R93 (RopGetPropertiesAll), R95, R9701 to R9704, R9903, R100, R10001
/// (RopGetPropertiesList), R101, R10201 to R10204, R107, R10701 (RopSetProperties), R110, R112, R822 to R824, R82401,
/// R825, R82501, R82502, R826, R828, R830, R832, R83306, R83308 (RopSetPropertiesNoReplicate), R477 to R480 (3.2.5.4)
/// MS-OXCROPS R2714 R2727 R2741 R2752 R2786 R2804 R2828 R2846
#[test]
fn properties_of_every_object_are_set() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let value = Value::String("Grüße".to_owned());
    for on in objects.all() {
        desk.finds(on, ONE, None);
        assert!(desk.try_set(on, vec![string(ONE, "Grüße")]).is_empty());
        assert!(desk.set_quietly(on, string(TWO, "Grüße")).is_empty());
        desk.finds(on, ONE, Some(&value));
        desk.finds(on, TWO, Some(&value));
        let narrow = Value::String8(b"Gr\xFC\xDFe".to_vec());
        assert_eq!(desk.cells(on, &[OPEN_ONE], 1), [Ok(value.clone())]);
        assert_eq!(desk.cells(on, &[OPEN_ONE], 0), [Ok(narrow.clone())]);
        let all = desk.go(on, GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 0 }).property_values;
        assert!(all.iter().any(|had| had.tag.id() == ONE.id() && had.value == narrow));
    }
    for tag in [ONE, TWO] {
        assert_eq!(desk.stored(objects.id, tag), [false, true, false, true], "messages are saved, others at once");
    }
    desk.attempt_on([objects.attachment, objects.message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
    assert!(!desk.stored(objects.id, ONE)[2], "nor is an attachment before its message is");
    desk.save(objects.message);
    assert_eq!(desk.stored(objects.id, ONE), [true; 4]);
    assert_eq!(desk.stored(objects.id, TWO), [true; 4]);
}

/// MS-OXCPRPT R113, R11401 to R11404, R119, R11901 (RopDeleteProperties), R122, R124, R835 to R83609, R8360501, R837, R839, R841,
/// R843, R84404, R84406 (RopDeletePropertiesNoReplicate), R486, R490, R491 (3.2.5.5)
/// MS-OXCROPS R2870 R2885 R2909 R2924
#[test]
fn properties_of_every_object_are_deleted() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    for on in objects.all() {
        desk.set(on, vec![string(ONE, "x"), string(TWO, "x")]);
    }
    objects.save(&mut desk);
    let mut desk = desk.beside();
    let objects = Objects::again(&mut desk, objects.id);
    for on in objects.all() {
        let done = desk.go(on, DeletePropertiesRequest { property_tags: vec![ONE] });
        assert!(done.property_problems.is_empty());
        let done = desk.go(on, DeletePropertiesNoReplicateRequest { property_tags: vec![TWO] });
        assert!(done.property_problems.is_empty());
        desk.finds(on, ONE, None);
        desk.finds(on, TWO, None);
    }
    for tag in [ONE, TWO] {
        assert_eq!(desk.stored(objects.id, tag), [true, false, true, false]);
    }
    objects.save(&mut desk);
    assert_eq!(desk.stored(objects.id, ONE), [false; 4]);
    assert_eq!(desk.stored(objects.id, TWO), [false; 4]);
}

/// MS-OXCPRPT R125, R126, R12901 to R12903, R14101, R143 (RopQueryNamedProperties), R198, R20701 to R20704, R628
/// (RopGetPropertyIdsFromNames), R230, R23701 to R23704, R249, R25001 (RopGetNamesFromPropertyIds), R41404, R41405
/// MS-OXCROPS R4627
#[test]
fn names_are_asked_of_every_object() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let mut had: Option<Vec<u16>> = None;
    for on in objects.all() {
        let ids = desk.go(on, ids_of(2, vec![named("Any"), lid(77)])).property_ids;
        assert!(ids.iter().all(|id| id & 0x8000 != 0));
        assert_eq!(*had.get_or_insert_with(|| ids.clone()), ids, "one table for the mailbox");
        let request = GetNamesFromPropertyIdsRequest { property_ids: ids.clone() };
        assert_eq!(desk.go(on, request).property_names, [named("Any"), lid(77)]);
        if on != objects.store {
            // MS-OXCPRPT R495: those that are set on it.
            desk.set(on, vec![string(PropertyTag::new(ids[0], PropertyType::String), "x")]);
        }
        let request = QueryNamedPropertiesRequest { query_flags: 0, property_guid: None };
        let told = desk.go(on, request).properties;
        assert!(told.contains(&(ids[0], named("Any"))));
    }
}

/// MS-OXCPRPT R15, R25, R853, R857, R859, R39, R52 (2.2.1), R47510 (3.2.5.4), R10801, R108
#[test]
fn what_the_server_says_no_client_sets() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let number = |tag: PropertyTag| TaggedValue::new(tag, Value::Integer32(0));
    let bytes = |tag: PropertyTag| TaggedValue::new(tag, Value::Binary(vec![1; 22]));
    let values = [
        number(PropertyTag::PidTagAccess),
        number(PropertyTag::PidTagAccessLevel),
        number(PropertyTag::PidTagObjectType),
        bytes(PropertyTag::PidTagChangeKey),
        bytes(PropertyTag::PidTagRecordKey),
    ];
    for value in values {
        let tag = value.tag;
        let before = desk.get(objects.message, tag);
        let problems = desk.try_set(objects.message, vec![value]);
        let [PropertyProblem { index: 0, property_tag, error_code }] = problems.as_slice() else {
            panic!("{tag:?} {problems:?}")
        };
        assert_eq!(property_tag.id(), tag.id());
        assert!(!error_code.is_success());
        assert_eq!(desk.get(objects.message, tag), before);
    }
    // Who changed it last, and when, is known when it is saved.
    let time = TaggedValue::new(PropertyTag::PidTagLastModificationTime, Value::Time(FileTime(1)));
    desk.try_set(objects.message, vec![string(PropertyTag::PidTagLastModifierName, "nobody"), time]);
    desk.save(objects.message);
    let message = desk.open_message(Special::Inbox.id(), objects.id);
    assert_eq!(desk.text(message, PropertyTag::PidTagLastModifierName), desk.place.ann.display_name);
    assert_eq!(desk.get(message, PropertyTag::PidTagLastModificationTime), Ok(Value::Time(NOW)));
}

/// MS-OXCPRPT R14, R16 to R18, R26 to R28, R30, R32, R34, R36, R316, R45, R50, R54, R457002, R457003
#[test]
fn every_message_says_what_it_is() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let of = |desk: &mut Desk, tag| desk.get(objects.message, tag).unwrap();
    assert_eq!(of(&mut desk, PropertyTag::PidTagObjectType), Value::Integer32(5));
    assert_eq!(of(&mut desk, PropertyTag::PidTagAccess), Value::Integer32(1 | 2 | 4));
    assert_eq!(of(&mut desk, PropertyTag::PidTagAccessLevel), Value::Integer32(1));
    let read_only = desk.open_message(Special::Inbox.id(), objects.id);
    assert_eq!(desk.get(read_only, PropertyTag::PidTagAccessLevel), Ok(Value::Integer32(0)));
    assert_eq!(of(&mut desk, PropertyTag::PidTagCreationTime), Value::Time(NOW));
    assert_eq!(of(&mut desk, PropertyTag::PidTagLastModificationTime), Value::Time(NOW));
    assert_eq!(of(&mut desk, PropertyTag::PidTagLastModifierName), Value::String(desk.place.ann.display_name.clone()));
    let other = desk.note(Special::Inbox.id(), "another");
    let other = desk.open_message(Special::Inbox.id(), other);
    for tag in [PropertyTag::PidTagRecordKey, PropertyTag::PidTagSearchKey, PropertyTag::PidTagChangeKey] {
        let key = of(&mut desk, tag);
        assert!(matches!(&key, Value::Binary(bytes) if !bytes.is_empty()));
        assert_ne!(desk.get(other, tag), Ok(key), "{tag:?} is its own");
    }
}

fn copy(copy_flags: u8, property_tags: Vec<PropertyTag>) -> CopyPropertiesRequest {
    CopyPropertiesRequest { want_asynchronous: true, copy_flags, property_tags }
}

fn copy_to(copy_flags: u8, want_sub_objects: bool, excluded_tags: Vec<PropertyTag>) -> CopyToRequest {
    CopyToRequest { want_asynchronous: true, want_sub_objects, copy_flags, excluded_tags }
}

/// MS-OXCPRPT R146, R14901 to R14903, R153, R264, R265, R15901, R16502 (RopCopyProperties), R171, R17201 to R17203,
/// R178, R18501, R624, R625, R191, R19201 (RopCopyTo), R848, R503, R5070501, R5070504, R5070505, R5070507 to R5070509
#[test]
fn properties_are_copied_between_objects_of_each_kind() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let (message, attachment) = {
        let message = desk.draft(Special::Inbox.id());
        (message, desk.make(message, CreateAttachmentRequest {}))
    };
    let top = desk.folder(Special::IpmSubtree.id());
    let (folder, _) = desk.create_folder(top, "To");
    for (from, to) in [(objects.message, message), (objects.folder, folder), (objects.attachment, attachment)] {
        let want = |text: &str| Ok(Value::String(text.to_owned()));
        desk.set(from, vec![string(ONE, "1"), string(TWO, "2")]);
        desk.set(to, vec![string(TWO, "old")]);
        assert!(desk.attempt_on([from, to], copy(2, vec![ONE, TWO])).unwrap().response.property_problems.is_empty());
        assert_eq!([desk.get(to, ONE), desk.get(to, TWO)], [want("1"), want("old")]);
        desk.attempt_on([from, to], copy(0, vec![TWO])).unwrap();
        assert_eq!([desk.get(to, TWO), desk.get(from, TWO)], [want("2"), want("2")], "copied, not moved");
        desk.set(from, vec![string(ONE, "1+"), string(TWO, "2+")]);
        assert!(desk.attempt_on([from, to], copy_to(2, true, vec![])).unwrap().response.property_problems.is_empty());
        assert_eq!([desk.get(to, ONE), desk.get(to, TWO)], [want("1"), want("2")]);
        desk.attempt_on([from, to], copy_to(0, true, vec![TWO])).unwrap();
        assert_eq!([desk.get(to, ONE), desk.get(to, TWO)], [want("1+"), want("2")]);
        for flags in [4, 0x80] {
            let refused = desk.attempt_on([from, to], copy_to(flags, true, vec![])).map(drop);
            assert_eq!(refused, Err(ErrorCode::InvalidParameter));
        }
    }
    let mut beside = desk.beside();
    let top = beside.folder(Special::IpmSubtree.id());
    let table = beside.hierarchy(top, 0, &[PropertyTag::PidTagDisplayName, ONE]);
    let made = beside.rows(table).into_iter().find(|row| mailstead::client::text(row, 0) == "To").unwrap()[1].clone();
    assert_eq!(made, Ok(Value::String("1+".to_owned())), "folders have it at once");
    let inbox = beside.inbox();
    let table = beside.contents(inbox, &[SUBJECT]);
    assert_eq!(beside.rows(table).len(), 1, "messages when they are saved");
}

/// MS-OXCPRPT R159, R185, R501, R5070502, R881, R5070510 (CopyFlags), R181, R182 (WantSubObjects), R150, R508, R821,
/// R896, R593, R168, R196 (NullDestinationObject)
/// MS-OXCROPS R3075 R3077 R3078
#[test]
fn some_copies_move_and_some_are_refused() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let (from, to) = (desk.draft(Special::Inbox.id()), desk.draft(Special::Inbox.id()));
    desk.set(from, vec![string(ONE, "1"), string(TWO, "2")]);
    desk.attempt_on([from, to], copy(1, vec![ONE])).unwrap();
    assert_eq!((desk.text(to, ONE), desk.get(from, ONE)), ("1".to_owned(), Err(ErrorCode::NotFound)));
    desk.attempt_on([from, to], copy_to(1, true, vec![])).unwrap();
    assert_eq!((desk.text(to, TWO), desk.get(from, TWO)), ("2".to_owned(), Err(ErrorCode::NotFound)));
    for (sub_objects, expected) in [(false, false), (true, true)] {
        desk.attempt_on([objects.message, to], copy_to(0, sub_objects, vec![])).unwrap();
        assert_eq!(desk.get(to, PropertyTag::PidTagHasAttachments), Ok(Value::Boolean(expected)));
    }
    let inbox = desk.inbox();
    let (folder, _) = desk.create_folder(inbox, "To");
    for request in [copy_to(1, true, vec![]), copy_to(1, false, vec![SUBJECT])] {
        let refused = desk.attempt_on([inbox, folder], request).map(drop);
        assert_eq!(refused, Err(ErrorCode::NotSupported), "folders are not moved so");
    }
    let kinds = [objects.message, objects.attachment, inbox];
    for from in kinds {
        for to in kinds.into_iter().filter(|to| *to != from && [from, *to] != [objects.message, objects.attachment]) {
            let refused = desk.attempt_on([from, to], copy(0, vec![ONE])).map(drop);
            assert_eq!(refused, Err(ErrorCode::NotSupported));
            let refused = desk.attempt_on([from, to], copy_to(0, true, vec![])).map(drop);
            assert_eq!(refused, Err(ErrorCode::NotSupported));
        }
    }
    let round = desk.attempt_on([objects.message, objects.message], copy_to(0, true, vec![])).map(drop);
    assert_eq!(round, Err(ErrorCode::MessageCycle));
    let lost = block_on(desk.session.attempt([from, NO_HANDLE], copy(0, vec![ONE]))).unwrap().unwrap_err();
    assert_eq!((lost.code, lost.dest_handle_index), (ErrorCode::NullDestinationObject, Some(1)));
    let lost = block_on(desk.session.attempt([from, NO_HANDLE], copy_to(0, true, vec![]))).unwrap().unwrap_err();
    assert_eq!((lost.code, lost.dest_handle_index), (ErrorCode::NullDestinationObject, Some(1)));
}

/// MS-OXCPRPT R25301 to R25303, R25502, R25505, R25504, R25506, R25509, R25508, R256 (RopOpenStream)
#[test]
fn streams_are_of_messages_attachments_and_folders() {
    let mut desk = Desk::new();
    let objects = Objects::of(&mut desk);
    let tag = |property_type| PropertyTag::new(0x6813, property_type);
    for on in [objects.message, objects.attachment, objects.folder] {
        desk.set(on, vec![TaggedValue::new(tag(PropertyType::Binary), Value::Binary(vec![7; 9]))]);
        desk.set(on, vec![string(ONE, "ab")]);
        let mut types = vec![(tag(PropertyType::Binary), vec![7; 9])];
        if on != objects.folder {
            types.push((ONE, b"a\0b\0".to_vec()));
            types.push((ONE.with_type(PropertyType::String8), b"ab".to_vec()));
        }
        for (property_tag, bytes) in types {
            let stream = desk.make(on, OpenStreamRequest { property_tag, open_mode_flags: 0 });
            let read = desk.go(stream, ReadStreamRequest { byte_count: ByteCount::Exact(100) }).data;
            assert!(read.starts_with(&bytes), "{property_tag:?}");
        }
    }
}
