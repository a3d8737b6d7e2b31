//! What properties are not: read-only ones not set, others not larger or more than there is room for,
//! none where it does not apply; and what a copy has of its own. MS-OXCPRPT 2.2.1 to 2.2.14, 3.2.5

use super::{SUBJECT, ids_of, lid, specific};
use crate::client::{Desk, NOW, string};
use mailstead::mapi::names::set::PS_MAPI;
use mailstead::mapi::{ErrorCode, PropertyName, PropertyTag, PropertyType, TaggedValue, Value};
use mailstead::rop::{
    ByteCount, CopyFolderRequest, CopyPropertiesRequest, CopyToRequest, CreateAttachmentRequest, CreateFolderRequest,
    CreateMessageRequest, DeletePropertiesRequest, GetPropertiesAllRequest, MoveCopyMessagesRequest, NO_HANDLE,
    OpenAttachmentRequest, OpenMessageRequest, OpenStreamRequest, ReadStreamRequest, SaveChangesAttachmentRequest,
    WriteAndCommitStreamRequest, WriteStreamExtendedRequest, WriteStreamRequest,
};
use mailstead::store::Special;
use mailstead::wire::FileTime;
use smol::block_on;

const ACCESS: PropertyTag = PropertyTag::PidTagAccess;
const CREATED: PropertyTag = PropertyTag::PidTagCreationTime;
const SEARCH_KEY: PropertyTag = PropertyTag::PidTagSearchKey;
const RECORD_KEY: PropertyTag = PropertyTag::PidTagRecordKey;
const MINE: PropertyTag = PropertyTag(0x6814_0102);

impl Desk {
    /// A message of the Inbox, open to be changed.
    fn opened(&mut self) -> u32 {
        let message_id = self.note(Special::Inbox.id(), "opened");
        let folder_id = Special::Inbox.id();
        let request = OpenMessageRequest { code_page_id: 0xFFF, folder_id, open_mode_flags: 1, message_id };
        self.make(self.logon.handle, request)
    }
}

/// MS-OXCPRPT R85, R8201, R644 (RopGetPropertiesAll: PropertySizeLimit), R90701 (RopGetPropertiesSpecific ignores it).
#[test]
fn a_client_can_bound_what_all_properties_are() {
    let mut desk = Desk::new();
    let message = desk.opened();
    let bytes = |len| Value::Binary(vec![7; len]);
    desk.set(message, vec![TaggedValue { tag: MINE, value: bytes(1000) }, string(SUBJECT, "short")]);
    let mut all = |property_size_limit| {
        let request = GetPropertiesAllRequest { property_size_limit, want_unicode: 1 };
        let values = desk.go(message, request).property_values;
        let of = |tag: PropertyTag| values.iter().find(|had| had.tag.id() == tag.id()).unwrap().clone();
        (of(MINE), of(SUBJECT))
    };
    let short = string(SUBJECT, "short");
    assert_eq!(all(0), (TaggedValue { tag: MINE, value: bytes(1000) }, short.clone()), "no bound");
    assert_eq!(all(0xFFFF), all(0));
    let (large, others) = all(500);
    assert_eq!(
        (large.tag.property_type(), large.value),
        (PropertyType::ErrorCode, Value::Error(ErrorCode::OutOfMemory))
    );
    assert_eq!(others, short);
    for property_size_limit in [0, 1, 500, 0xFFFF] {
        let request = mailstead::rop::GetPropertiesSpecificRequest { property_size_limit, ..specific(vec![MINE], 1) };
        let row = desk.go(message, request).row_data;
        assert_eq!(row.0.len(), 1 + 2 + 1000, "{property_size_limit}");
    }
}

/// MS-OXCPRPT R855 (PidTagCreationTime), R863 (PidTagSearchKey): disregarded, as R47510 has it; on folders too.
#[test]
fn when_an_object_was_made_no_client_says() {
    let mut desk = Desk::new();
    let message = desk.opened();
    let inbox = desk.inbox();
    for on in [message, inbox] {
        let before = [desk.get(on, CREATED), desk.get(on, SEARCH_KEY)];
        assert_eq!(before[0], Ok(Value::Time(NOW)));
        let values = vec![
            TaggedValue::new(CREATED, Value::Time(FileTime(1))),
            TaggedValue::new(SEARCH_KEY, Value::Binary(vec![1; 16])),
        ];
        desk.set(on, values);
        assert_eq!([desk.get(on, CREATED), desk.get(on, SEARCH_KEY)], before);
        let done = desk.go(on, DeletePropertiesRequest { property_tags: vec![CREATED] });
        assert_eq!(done.property_problems.len(), 1);
        assert_eq!(desk.get(on, CREATED), before[0]);
    }
    let key = desk.get(message, SEARCH_KEY);
    let stream = desk.make(message, OpenStreamRequest { property_tag: SEARCH_KEY, open_mode_flags: 2 });
    desk.go(stream, WriteStreamRequest { data: vec![2; 16] });
    block_on(desk.session.release(&[stream])).unwrap();
    let id = desk.save(message);
    let message = desk.open_message(Special::Inbox.id(), id);
    assert_eq!([desk.get(message, CREATED), desk.get(message, SEARCH_KEY)], [Ok(Value::Time(NOW)), key]);
}

/// MS-OXCPRPT R51 (PidTagRecordKey), R55 (PidTagSearchKey): a copy of a message, alone or with its folder.
#[test]
fn a_copy_is_another_object_with_the_same_search_key() {
    let mut desk = Desk::new();
    let (inbox, drafts) = (desk.inbox(), desk.folder(Special::Drafts.id()));
    let (folder, folder_id) = desk.create_folder(inbox, "From");
    let id = desk.note(folder_id, "copied");
    let message = desk.open_message(folder_id, id);
    let keys = [desk.get(message, RECORD_KEY), desk.get(message, SEARCH_KEY)];
    let copy = MoveCopyMessagesRequest { message_ids: vec![id], want_asynchronous: false, want_copy: true };
    desk.attempt_on([folder, drafts], copy).unwrap();
    let copy = CopyFolderRequest {
        want_asynchronous: false,
        want_recursive: true,
        use_unicode: true,
        folder_id,
        new_folder_name: mailstead::mapi::Text::Unicode("To".to_owned()),
    };
    desk.attempt_on([inbox, drafts], copy).unwrap();
    let table = desk.hierarchy(drafts, 0, &[PropertyTag::PidTagFolderId]);
    let Ok(Value::Integer64(to)) = desk.rows(table)[0][0] else { panic!() };
    let to = desk.folder(mailstead::mapi::ObjectId::from_i64(to));
    for folder in [drafts, to] {
        let table = desk.contents(folder, &[RECORD_KEY, SEARCH_KEY]);
        let rows = desk.rows(table);
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_ne!(row[0], keys[0]);
        assert_eq!(row[1], keys[1]);
    }
}

/// MS-OXCPRPT R40, R41, R47 (PidTagObjectType), R2401 (PidTagAccessLevel), R3401, R3402 (PidTagLastModifierName), R5501,
/// R5502 (PidTagSearchKey): what each kind of object has.
#[test]
fn some_properties_are_of_some_objects() {
    let mut desk = Desk::new();
    let message = desk.opened();
    let attachment = desk.make(message, CreateAttachmentRequest {});
    let (folder, store) = (desk.inbox(), desk.logon.handle);
    for (on, kind) in [(store, 1), (message, 5), (attachment, 7)] {
        assert_eq!(desk.integer(on, PropertyTag::PidTagObjectType), kind);
    }
    let none = Err(ErrorCode::NotFound);
    assert_eq!(desk.get(folder, PropertyTag::PidTagAccessLevel), none);
    for on in [folder, store] {
        assert_eq!(desk.get(on, PropertyTag::PidTagLastModifierName), none);
        assert_eq!(desk.get(on, SEARCH_KEY), none);
    }
}

/// MS-OXCPRPT R19, R20, R21 (PidTagAccess): who has the bit of a folder can put a folder, a message, an associated
/// message into it; who has it not cannot.
#[test]
fn the_access_to_a_folder_says_what_can_be_made_in_it() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let search = CreateFolderRequest { folder_type: 2, ..crate::client::new_folder("Found") };
    let found = desk.attempt_on([inbox, NO_HANDLE], search).unwrap();
    for (folder, folder_id, access) in
        [(inbox, Special::Inbox.id(), 0x3F), (found.handle, found.response.folder_id, 0x07)]
    {
        assert_eq!(desk.integer(folder, ACCESS), access);
        let made = desk.attempt_on([folder, NO_HANDLE], crate::client::new_folder("Below")).is_ok();
        assert_eq!(made, access & 0x08 != 0, "a folder");
        for (associated_flag, bit) in [(false, 0x10), (true, 0x20)] {
            let request = CreateMessageRequest { code_page_id: 0xFFF, folder_id, associated_flag };
            assert_eq!(desk.attempt_on([folder, NO_HANDLE], request).is_ok(), access & bit != 0, "{associated_flag}");
        }
    }
    let message = desk.opened();
    assert_eq!(desk.integer(message, ACCESS) & 0x38, 0, "in a message nothing is made");
}

/// MS-OXCPRPT R225, R642 (RopGetPropertyIdsFromNames): PS_MAPI has identifiers below 8000, and no names in letters.
#[test]
fn names_of_the_mapi_set_are_their_own_identifiers() {
    let mut desk = Desk::new();
    let known = PropertyName::Lid { guid: PS_MAPI, lid: 0x37 };
    let name = PropertyName::Named { guid: PS_MAPI, name: "Subject".to_owned() };
    let high = PropertyName::Lid { guid: PS_MAPI, lid: 0x8037 };
    for flags in [0, 2] {
        let request = ids_of(flags, vec![known.clone(), name.clone(), high.clone()]);
        let done = desk.attempt_on([desk.logon.handle, NO_HANDLE], request).unwrap();
        assert_eq!(done.response.property_ids, [0x37, 0, 0]);
        assert_eq!(done.warning, ErrorCode::ErrorsReturned);
    }
}

/// MS-OXCPRPT R53501, R53502, R229 (3.2.5.10), R535: 32,766 names from 8001 to FFFE, and then no more.
#[test]
fn a_mailbox_has_a_last_name() {
    const NAMES: u32 = 0xFFFE - 0x8000;
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let mut last = 0x8000;
    for first in (0..NAMES).step_by(1500) {
        let names = (first..NAMES.min(first + 1500)).map(lid).collect();
        for id in desk.go(store, ids_of(2, names)).property_ids {
            assert!(id > last, "{id:x} after {last:x}");
            last = id;
        }
    }
    assert_eq!(last, 0xFFFE);
    assert_eq!(desk.fails(store, ids_of(2, vec![lid(0), lid(NAMES)])), ErrorCode::OutOfMemory);
    let done = desk.attempt_on([store, NO_HANDLE], ids_of(0, vec![lid(0), lid(NAMES)])).unwrap();
    assert_eq!((done.response.property_ids, done.warning), (vec![0x8001, 0], ErrorCode::ErrorsReturned));
}

/// MS-OXCPRPT R255, R25501, R25503, R25507 (RopOpenStream): streams of objects too, and of nothing with many values or
/// of a few bytes. R633: RopWriteAndCommitStream is not for folders.
#[test]
fn streams_are_of_long_single_values() {
    let mut desk = Desk::new();
    let message = desk.opened();
    let attachment = desk.make(message, CreateAttachmentRequest {});
    let tag = |property_type| PropertyTag::new(0x6815, property_type);
    let open = |property_type, open_mode_flags| OpenStreamRequest { property_tag: tag(property_type), open_mode_flags };
    for on in [message, attachment] {
        for ty in [
            PropertyType::MultipleBinary,
            PropertyType::MultipleString,
            PropertyType::Integer32,
            PropertyType::Integer64,
            PropertyType::Boolean,
            PropertyType::Time,
            PropertyType::Guid,
            PropertyType::Floating64,
        ] {
            assert_eq!(desk.fails(on, open(ty, 2)), ErrorCode::NotSupported, "{ty:?}");
        }
        let stream = desk.make(on, open(PropertyType::Object, 2));
        desk.go(stream, WriteAndCommitStreamRequest { data: b"storage".to_vec() });
        let stream = desk.make(on, open(PropertyType::Object, 0));
        assert_eq!(desk.go(stream, ReadStreamRequest { byte_count: ByteCount::Exact(99) }).data, b"storage");
    }
    desk.attempt_on([attachment, message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
    let id = desk.save(message);
    let message = desk.open_message(Special::Inbox.id(), id);
    let attachment = desk.make(message, OpenAttachmentRequest { open_attachment_flags: 0, attachment_id: 0 });
    for on in [message, attachment] {
        let stream = desk.make(on, open(PropertyType::Object, 0));
        assert_eq!(desk.go(stream, ReadStreamRequest { byte_count: ByteCount::Exact(99) }).data, b"storage");
    }
    let inbox = desk.inbox();
    let stream = desk.make(inbox, open(PropertyType::Binary, 2));
    assert_eq!(desk.fails(stream, WriteAndCommitStreamRequest { data: b"x".to_vec() }), ErrorCode::NotSupported);
    desk.go(stream, WriteStreamRequest { data: b"y".to_vec() });
    block_on(desk.session.release(&[stream])).unwrap();
    assert_eq!(desk.get(inbox, tag(PropertyType::Binary)), Ok(Value::Binary(b"y".to_vec())));
}

/// MS-OXCPRPT R55706 (3.2.5.13): what is not written whole is too big. R343: only streams are copied to streams.
#[test]
fn a_stream_has_an_end() {
    let mut desk = Desk::new();
    let message = desk.opened();
    let stream = desk.make(message, OpenStreamRequest { property_tag: MINE, open_mode_flags: 2 });
    let end = i64::try_from(mailstead::limits::STREAM_MAX_BYTES).unwrap();
    let at_end = mailstead::rop::SeekStreamRequest { origin: 0, offset: end - 3 };
    desk.go(stream, at_end);
    assert_eq!(desk.fails(stream, WriteStreamRequest { data: b"four".to_vec() }), ErrorCode::TooBig);
    assert_eq!(desk.fails(stream, WriteStreamExtendedRequest { data: b"four".to_vec() }), ErrorCode::TooBig);
    assert_eq!(desk.go(stream, mailstead::rop::GetStreamSizeRequest {}).stream_size, 0, "nor anything else");
    let copy = mailstead::rop::CopyToStreamRequest { byte_count: 1 };
    for pair in [[stream, message], [message, stream], [message, desk.logon.handle]] {
        assert_eq!(desk.attempt_on(pair, copy.clone()).map(drop), Err(ErrorCode::NotSupported));
    }
}

/// MS-OXCPRPT R166 (RopCopyProperties): a problem for each property that was not copied. R18401, R86501: to move and
/// not to overwrite at once is refused.
#[test]
fn what_is_not_copied_is_a_problem() {
    let mut desk = Desk::new();
    let (from, to) = (desk.opened(), desk.draft(Special::Inbox.id()));
    desk.set(from, vec![string(SUBJECT, "copied")]);
    let missing = PropertyTag::PidTagInternetMessageId;
    let property_tags = vec![missing, SUBJECT, PropertyTag::PidTagMessageSize];
    let copy = CopyPropertiesRequest { want_asynchronous: false, copy_flags: 0, property_tags };
    let problems = desk.attempt_on([from, to], copy.clone()).unwrap().response.property_problems;
    let told: Vec<(u16, PropertyTag)> = problems.iter().map(|problem| (problem.index, problem.property_tag)).collect();
    assert_eq!(told, [(0, missing), (2, PropertyTag::PidTagMessageSize)]);
    assert!(problems.iter().all(|problem| !problem.error_code.is_success()));
    assert_eq!(desk.text(to, SUBJECT), "copied");
    let both = CopyPropertiesRequest { copy_flags: 3, ..copy };
    assert_eq!(desk.attempt_on([from, to], both).map(drop), Err(ErrorCode::InvalidParameter));
    let both = CopyToRequest { want_asynchronous: false, want_sub_objects: true, copy_flags: 3, excluded_tags: vec![] };
    assert_eq!(desk.attempt_on([from, to], both).map(drop), Err(ErrorCode::InvalidParameter));
}

/// MS-OXCPRPT R15204 (RopCopyProperties), R177 (RopCopyTo): not asked for later, it is done with the response.
#[test]
fn a_copy_is_there_with_its_response() {
    let mut desk = Desk::new();
    let (from, to) = (desk.opened(), desk.draft(Special::Inbox.id()));
    desk.set(from, vec![string(SUBJECT, "one"), TaggedValue { tag: MINE, value: Value::Binary(vec![1]) }]);
    let property_tags = vec![SUBJECT];
    desk.attempt_on([from, to], CopyPropertiesRequest { want_asynchronous: false, copy_flags: 0, property_tags })
        .unwrap();
    assert_eq!((desk.text(to, SUBJECT), desk.get(to, MINE)), ("one".to_owned(), Err(ErrorCode::NotFound)));
    let whole =
        CopyToRequest { want_asynchronous: false, want_sub_objects: true, copy_flags: 0, excluded_tags: vec![] };
    desk.attempt_on([from, to], whole).unwrap();
    assert_eq!(desk.get(to, MINE), Ok(Value::Binary(vec![1])));
}
