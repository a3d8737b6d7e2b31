//! What folder operations do with their response, with which codes they fail, and what folders say of
//! themselves. MS-OXCFOLD 2.2.1, 2.2.2, 3.2.5

use super::{NAME, copy_of, delete, hard_delete, move_copy, move_to, soft_delete};
use crate::client::{Desk, new_folder};
use mailstead::client::Operation;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, PropertyType, TaggedValue, Text, Value};
use mailstead::rop::{
    CopyFolderRequest, CreateFolderRequest, EmptyFolderRequest, GetContentsTableRequest, GetHierarchyTableRequest,
    HardDeleteMessagesAndSubfoldersRequest, MoveFolderRequest, NO_HANDLE, OpenFolderRequest,
};
use mailstead::store::Special;
use mailstead::wire::FileTime;
use smol::block_on;

const ID: PropertyTag = PropertyTag::PidTagFolderId;
const EMPTY: EmptyFolderRequest = EmptyFolderRequest { want_asynchronous: false, want_delete_associated: true };
const EMPTY_HARD: HardDeleteMessagesAndSubfoldersRequest =
    HardDeleteMessagesAndSubfoldersRequest { want_asynchronous: false, want_delete_associated: true };
/// TableFlags. MS-OXCFOLD 2.2.1.13.1
const SOFT_DELETES: u8 = 0x20;
const USE_UNICODE: u8 = 0x40;

impl Desk {
    /// Names of the folders below a folder that were deleted softly.
    fn deleted_below(&mut self, folder: u32) -> Vec<String> {
        let table = self.hierarchy(folder, SOFT_DELETES, &[NAME]);
        self.texts(table)
    }
}

/// MS-OXCFOLD R155 (RopMoveCopyMessages), R180 (RopMoveFolder), R207 (RopCopyFolder), R235 (RopEmptyFolder), R251
/// (RopHardDeleteMessagesAndSubfolders), R271 (RopDeleteMessages), R293 (RopHardDeleteMessages): WantAsynchronous is
/// zero, and all is done when the response is there.
#[test]
fn what_is_not_to_take_its_time_is_done_with_its_response() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Busy");
    let (other, _) = desk.create_folder(top, "Other");
    let ids: Vec<ObjectId> = ["a", "b", "c"].iter().map(|subject| desk.note(id, subject)).collect();
    desk.attempt_on([folder, other], move_copy(ids[..1].to_vec(), false)).unwrap();
    assert_eq!((desk.subjects(folder), desk.subjects(other).len()), (vec!["b".to_owned(), "c".to_owned()], 1));
    desk.go(folder, soft_delete(ids[1..2].to_vec()));
    assert_eq!(desk.subjects(folder), ["c"]);
    desk.go(folder, hard_delete(ids[2..].to_vec()));
    assert_eq!(desk.subjects(folder), [""; 0]);
    let copy = CopyFolderRequest { want_asynchronous: false, ..copy_of(id, "Copy", false) };
    desk.attempt_on([top, other], copy).unwrap();
    assert_eq!(desk.names_below(other), ["Copy"]);
    desk.attempt_on([top, other], move_to(id, "Moved")).unwrap();
    assert_eq!(desk.names_below(other), ["Copy", "Moved"]);
    desk.go(other, EMPTY);
    assert_eq!((desk.names_below(other).len(), desk.subjects(other).len()), (0, 0));
    desk.create_folder(other, "Again");
    desk.go(other, EMPTY_HARD);
    assert_eq!(desk.names_below(other), [""; 0]);
}

/// MS-OXCFOLD R183, R184 (RopMoveFolder), R212, R213 (RopCopyFolder): NewFolderName in either form.
#[test]
fn new_names_come_in_8_bit_and_in_unicode() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (_, id) = desk.create_folder(top, "Old");
    let forms = [
        (false, Text::Bytes(b"Gr\xFC\xDFe \x80".to_vec()), "Grüße €"),
        (true, Text::Unicode("日本 Grüße".to_owned()), "日本 Grüße"),
    ];
    for (use_unicode, name, expected) in forms {
        let (into, _) = desk.create_folder(top, &format!("Into {use_unicode}"));
        let copy = CopyFolderRequest { use_unicode, new_folder_name: name.clone(), ..copy_of(id, "", true) };
        desk.attempt_on([top, into], copy).unwrap();
        assert_eq!(desk.names_below(into), [expected]);
        let request = MoveFolderRequest { use_unicode, new_folder_name: name, ..move_to(id, "") };
        desk.attempt_on([top, top], request).unwrap();
        let named = desk.folder(id);
        assert_eq!(desk.text(named, NAME), expected);
    }
}

/// MS-OXCFOLD R226, R433, R434, R43201, R43202: RopEmptyFolder leaves what it takes recoverable,
/// RopHardDeleteMessagesAndSubfolders does not. R2721: what may not go stays, and that is said.
#[test]
fn emptying_is_soft_or_hard() {
    let mut desk = Desk::new();
    let top = desk.top();
    for hard in [false, true] {
        let (folder, id) = desk.create_folder(top, &format!("Full {hard}"));
        desk.note(id, "message");
        desk.create_folder(folder, "below");
        let partial = if hard {
            desk.go(folder, EMPTY_HARD).partial_completion
        } else {
            desk.go(folder, EMPTY).partial_completion
        };
        assert!(!partial);
        assert_eq!((desk.names_below(folder), desk.subjects(folder)), (vec![], vec![]));
        let deleted = desk.make(folder, GetContentsTableRequest { table_flags: SOFT_DELETES });
        block_on(desk.session.set_columns(deleted, &[PropertyTag::PidTagSubject])).unwrap();
        assert_eq!(desk.texts(deleted).len(), usize::from(!hard), "{hard}");
        assert_eq!(desk.deleted_below(folder).len(), usize::from(!hard), "{hard}");
        assert!(desk.names_below(top).contains(&format!("Full {hard}")), "the folder itself stays");
    }
    assert!(desk.go(top, EMPTY_HARD).partial_completion, "special folders lie in it");
    assert!(desk.names_below(top).contains(&"Inbox".to_owned()));
}

/// MS-OXCFOLD R1249 (3.2.5.9): a search folder is not emptied.
#[test]
fn what_was_found_is_not_emptied() {
    let mut desk = Desk::new();
    let finder = desk.folder(Special::Finder.id());
    let search = desk.make(finder, CreateFolderRequest { folder_type: 2, ..new_folder("Search") });
    assert_eq!(desk.fails(search, EMPTY), ErrorCode::NotSupported);
    assert_eq!(desk.integer(search, PropertyTag::PidTagFolderFlags) & 2, 2, "SEARCH");
}

fn failed<O: Operation>(desk: &mut Desk, handles: [u32; 2], operation: O) -> ErrorCode {
    match desk.attempt_on(handles, operation) {
        Err(code) => code,
        Ok(_) => panic!("{} went well", O::NAME),
    }
}

/// MS-OXCFOLD R466 (RopOpenFolder), R587 (RopMoveCopyMessages), R597 (RopMoveFolder), R609 (RopCopyFolder), R622
/// (RopEmptyFolder), R627 (RopHardDeleteMessagesAndSubfolders), R635 (RopDeleteMessages), R642 (RopHardDeleteMessages),
/// R655 (RopGetHierarchyTable), R669 (RopGetContentsTable), R1068 (RopCreateFolder), R1083 (RopDeleteFolder): the codes
/// that belong to each. R46201, R405: what is not there is neither opened nor deleted.
#[test]
fn operations_fail_with_their_codes() {
    use ErrorCode as E;
    let mut desk = Desk::new();
    let (top, store) = (desk.top(), desk.logon.handle);
    let finder = desk.folder(Special::Finder.id());
    let search = desk.make(finder, CreateFolderRequest { folder_type: 2, ..new_folder("Search") });
    let message = desk.draft(Special::Inbox.id());
    let nowhere = ObjectId::own(0xFFFF);
    let open = |folder_id| OpenFolderRequest { folder_id, open_mode_flags: 0 };
    let one = |on| [on, NO_HANDLE];
    let wrong_type = CreateFolderRequest { folder_type: 9, ..new_folder("X") };
    let codes = [
        (failed(&mut desk, one(store), open(nowhere)), E::NotFound),
        (failed(&mut desk, one(message), open(Special::Inbox.id())), E::NotSupported),
        (failed(&mut desk, one(top), wrong_type), E::InvalidParameter),
        (failed(&mut desk, one(top), new_folder("Inbox")), E::CollidingNames),
        (failed(&mut desk, one(message), new_folder("X")), E::NotSupported),
        (failed(&mut desk, one(search), new_folder("X")), E::NotSupported),
        (failed(&mut desk, one(top), delete(Special::Inbox.id(), 0x15)), E::AccessDenied),
        (failed(&mut desk, one(top), delete(nowhere, 0x15)), E::NotFound),
        (failed(&mut desk, one(top), delete(nowhere, 0x42)), E::InvalidParameter),
        (failed(&mut desk, one(message), delete(nowhere, 0)), E::NotSupported),
        (failed(&mut desk, [message, top], move_copy(vec![], true)), E::NotSupported),
        (failed(&mut desk, [top, search], move_copy(vec![], true)), E::SearchFolder),
        (failed(&mut desk, [top, finder], move_to(nowhere, "")), E::NotFound),
        (failed(&mut desk, [top, message], move_to(nowhere, "")), E::NotSupported),
        (failed(&mut desk, [top, finder], copy_of(nowhere, "", true)), E::NotFound),
        (failed(&mut desk, [message, top], copy_of(nowhere, "", true)), E::NotSupported),
        (failed(&mut desk, one(message), EMPTY), E::NotSupported),
        (failed(&mut desk, one(message), EMPTY_HARD), E::NotSupported),
        (failed(&mut desk, one(message), soft_delete(vec![])), E::NotSupported),
        (failed(&mut desk, one(message), hard_delete(vec![])), E::NotSupported),
        (failed(&mut desk, one(message), GetHierarchyTableRequest { table_flags: 0 }), E::NotSupported),
        (failed(&mut desk, one(top), GetHierarchyTableRequest { table_flags: 1 }), E::NotSupported),
        (failed(&mut desk, one(message), GetContentsTableRequest { table_flags: 0 }), E::NotSupported),
        (failed(&mut desk, one(top), GetContentsTableRequest { table_flags: 1 }), E::InvalidParameter),
    ];
    for (n, (code, expected)) in codes.into_iter().enumerate() {
        assert_eq!(code, expected, "{n}");
    }
}

/// MS-OXCFOLD R343, R1225 (2.2.2.1): what only the server sets.
#[test]
fn general_properties_are_the_servers() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, _) = desk.create_folder(top, "Mine");
    let values = [
        (PropertyTag::PidTagAccess, Value::Integer32(0)),
        (PropertyTag::PidTagChangeKey, Value::Binary(vec![1; 22])),
        (PropertyTag::PidTagCreationTime, Value::Time(FileTime(1))),
        (PropertyTag::PidTagLastModificationTime, Value::Time(FileTime(1))),
    ];
    for (tag, value) in values {
        let before = desk.get(folder, tag);
        assert!(before.is_ok(), "{tag:?}");
        desk.try_set(folder, vec![TaggedValue { tag, value: value.clone() }]);
        let after = desk.get(folder, tag);
        assert_ne!(after, Ok(value), "{tag:?}");
        if tag != PropertyTag::PidTagChangeKey {
            assert_eq!(after, before, "{tag:?}");
        }
    }
}

/// MS-OXCFOLD R810 (FOLDER_ROOT), R1035105 (SEARCH), R1038, R10036 (PidTagContainerClass), R1032, R1033, R10356
/// (PidTagAttributeHidden), R10360 (PidTagDisplayName), R378, R397: the folders of a mailbox, as the hierarchy table and
/// each of them tells.
#[test]
fn the_folders_of_a_mailbox_say_what_they_are() {
    let mut desk = Desk::new();
    let root = desk.folder(Special::Root.id());
    assert_eq!(desk.integer(root, PropertyTag::PidTagFolderType), 0);
    let (class, hidden) = (PropertyTag::PidTagContainerClass, PropertyTag::PidTagAttributeHidden);
    let table = desk.hierarchy(root, 4, &[ID, NAME, class, hidden, PropertyTag::PidTagFolderType]);
    let rows = desk.rows(table);
    let classes =
        [("Calendar", "IPF.Appointment"), ("Contacts", "IPF.Contact"), ("Tasks", "IPF.Task"), ("Inbox", "IPF.Note")];
    let mut seen = Vec::new();
    for row in &rows {
        let Ok(Value::Integer64(id)) = row[0] else { panic!("{row:?}") };
        let folder = desk.folder(ObjectId::from_i64(id));
        let name = desk.text(folder, NAME);
        assert_eq!(Ok(Value::String(name.clone())), row[1], "found by the identifier of its row");
        if let Ok(Value::String(class)) = &row[2] {
            assert!(class.starts_with("IPF."), "{name}: {class}");
            seen.push((name.clone(), class.clone()));
        }
        assert_ne!(row[4], Ok(Value::Integer32(0)), "{name}: one root");
        let is_hidden = row[3] == Ok(Value::Boolean(true));
        assert_eq!(
            is_hidden,
            name == "Conversation Action Settings" || name.contains("Contact") && name != "Contacts",
            "{name}"
        );
    }
    for (name, class) in classes {
        assert!(seen.contains(&(name.to_owned(), class.to_owned())), "{name}");
    }
    let top = desk.top();
    let (folder, _) = desk.create_folder(top, "Shown");
    for value in [true, false] {
        desk.set(folder, vec![TaggedValue::new(hidden, Value::Boolean(value))]);
        assert_eq!(desk.get(folder, hidden), Ok(Value::Boolean(value)));
    }
}

/// MS-OXCFOLD R1034 (PidTagComment): only if the client gave one. R26 (HasRules), R61, R1196 (IsExistingFolder): zero,
/// here where there are neither rules nor public folders.
#[test]
fn what_nobody_set_is_not_there() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, folder_id) = desk.create_folder(top, "Silent");
    assert_eq!(desk.get(folder, PropertyTag::PidTagComment), Err(ErrorCode::NotFound));
    let comment = Text::Unicode("Said".to_owned());
    let spoken = desk.make(top, CreateFolderRequest { comment, ..new_folder("Spoken") });
    assert_eq!(desk.text(spoken, PropertyTag::PidTagComment), "Said");
    let opened = desk.go(top, OpenFolderRequest { folder_id, open_mode_flags: 0 });
    assert!(!opened.has_rules && opened.ghosted.is_none());
    let again = desk.go(top, CreateFolderRequest { open_existing: true, ..new_folder("Silent") });
    assert_eq!((again.folder_id, again.existing), (folder_id, None));
    let new = desk.go(top, CreateFolderRequest { open_existing: true, ..new_folder("Fresh") });
    assert_eq!(new.existing, None);
}

/// MS-OXCFOLD R1055 (3.1.5.1): what is not released stays open. R2 (2.1)
#[test]
fn what_is_not_released_stays_open() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Open");
    let table = desk.contents(folder, &[PropertyTag::PidTagSubject]);
    for n in 0..300 {
        let other = desk.inbox();
        desk.contents(other, &[NAME]);
        if n % 100 == 0 {
            desk.note(id, "more");
        }
    }
    assert_eq!(desk.text(folder, NAME), "Open");
    assert_eq!(desk.texts(table).len(), 3);
    block_on(desk.session.release(&[table, folder])).unwrap();
    for handle in [table, folder] {
        let failed = block_on(desk.session.property(handle, NAME)).unwrap_err();
        assert_eq!(failed.code(), Some(ErrorCode::NullObject));
    }
}

/// MS-OXCFOLD R807 (RopGetHierarchyTable), R1020 (RopGetContentsTable): UseUnicode, and text is Unicode.
#[test]
fn tables_that_are_to_be_unicode_are() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "日本");
    desk.create_folder(folder, "東京");
    desk.note(id, "Счёт");
    let names = desk.hierarchy(folder, USE_UNICODE, &[NAME]);
    assert_eq!(desk.rows(names), [vec![Ok(Value::String("東京".to_owned()))]]);
    let subjects = desk.make(folder, GetContentsTableRequest { table_flags: USE_UNICODE });
    block_on(desk.session.set_columns(subjects, &[PropertyTag::PidTagSubject])).unwrap();
    assert_eq!(desk.rows(subjects), [vec![Ok(Value::String("Счёт".to_owned()))]]);
    assert_eq!(NAME.property_type(), PropertyType::String);
}

/// MS-OXCFOLD R298 (RopHardDeleteMessages), R727 (RopDeleteMessages): NotifyNonRead is zero, and whoever wanted to know
/// of it is not told that mail was deleted unread.
#[test]
fn deleting_unread_mail_is_nobodys_business() {
    let mut desk = Desk::new();
    let mut bob = Desk::bare(&desk.place, &desk.place.bob, false);
    let store = block_on(bob.logon(&desk.place.bob.legacy_dn)).unwrap().handle;
    let ann = mailstead::client::Recipient {
        recipient_type: mailstead::mapi::RecipientType::To,
        display_name: "Ann".to_owned(),
        address: "ann@example.test".to_owned(),
    };
    for hard in [false, true] {
        let message = block_on(bob.create_message(store, Special::Outbox.id())).unwrap();
        let wanted = [
            PropertyTag::PidTagReadReceiptRequested,
            PropertyTag::PidTagNonReceiptNotificationRequested,
            PropertyTag::PidTagOriginatorDeliveryReportRequested,
        ];
        let values = wanted.map(|tag| TaggedValue::new(tag, Value::Boolean(true))).to_vec();
        block_on(bob.set_properties(message, values)).unwrap();
        block_on(bob.add_recipients(message, std::slice::from_ref(&ann))).unwrap();
        block_on(bob.run(message, mailstead::rop::SubmitMessageRequest { submit_flags: 0 })).unwrap();
        let inbox = desk.inbox();
        let table = desk.contents(inbox, &[PropertyTag::PidTagMid]);
        let Ok(Value::Integer64(id)) = desk.rows(table)[0][0] else { panic!() };
        let ids = vec![ObjectId::from_i64(id)];
        if hard {
            desk.go(inbox, hard_delete(ids));
        } else {
            desk.go(inbox, soft_delete(ids));
        }
        assert_eq!(desk.integer(inbox, PropertyTag::PidTagContentCount), 0);
        let his = block_on(bob.open_folder(store, Special::Inbox.id())).unwrap();
        let count = block_on(bob.property(his, PropertyTag::PidTagContentCount)).unwrap();
        assert_eq!(count, Ok(Value::Integer32(0)));
    }
}
