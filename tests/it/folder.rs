//! Folders: open, create, delete, move, empty; the messages in them as a whole; hierarchy and
//! contents tables as far as they belong to folders. MS-OXCFOLD 3.2.5

mod deleted;
mod progress;
mod rows;

use crate::client::{Desk, new_folder, string};
use mailstead::client::Operation;
use mailstead::mapi::{Cell, ErrorCode, ObjectId, PropertyTag, TaggedValue, Text, Value};
use mailstead::rop::{
    CopyFolderRequest, CreateFolderRequest, CreateMessageRequest, DeleteFolderRequest, DeleteMessagesRequest,
    EmptyFolderRequest, GetContentsTableRequest, GetHierarchyTableRequest, HardDeleteMessagesAndSubfoldersRequest,
    HardDeleteMessagesRequest, MoveCopyMessagesRequest, MoveFolderRequest, NO_HANDLE, OpenFolderRequest,
    OpenMessageRequest, SaveChangesMessageRequest,
};
use mailstead::store::Special;
use smol::block_on;
use std::time::Duration;

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;

fn delete(folder_id: ObjectId, delete_folder_flags: u8) -> DeleteFolderRequest {
    DeleteFolderRequest { delete_folder_flags, folder_id }
}

fn hard_delete(message_ids: Vec<ObjectId>) -> HardDeleteMessagesRequest {
    HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids }
}

fn soft_delete(message_ids: Vec<ObjectId>) -> DeleteMessagesRequest {
    DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids }
}

fn move_copy(message_ids: Vec<ObjectId>, want_copy: bool) -> MoveCopyMessagesRequest {
    MoveCopyMessagesRequest { message_ids, want_asynchronous: false, want_copy }
}

fn move_to(folder_id: ObjectId, name: &str) -> MoveFolderRequest {
    let new_folder_name = Text::Unicode(name.to_owned());
    MoveFolderRequest { want_asynchronous: false, use_unicode: true, folder_id, new_folder_name }
}

impl Desk {
    /// Total, unread and associated messages of a folder, as it says itself.
    #[track_caller]
    fn counts(&mut self, folder: u32) -> [i32; 3] {
        [
            PropertyTag::PidTagContentCount,
            PropertyTag::PidTagContentUnreadCount,
            PropertyTag::PidTagAssociatedContentCount,
        ]
        .map(|tag| self.integer(folder, tag))
    }

    /// A saved folder-associated message.
    fn associated(&mut self, folder_id: ObjectId, subject: &str) -> ObjectId {
        let request = CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: true };
        let message = self.make(self.logon.handle, request);
        self.set(message, vec![string(PropertyTag::PidTagSubject, subject)]);
        let id = self.save(message);
        block_on(self.session.release(&[message])).unwrap();
        id
    }

    pub(crate) fn subjects(&mut self, folder: u32) -> Vec<String> {
        let table = self.contents(folder, &[PropertyTag::PidTagSubject]);
        let mut subjects = self.texts(table);
        subjects.sort();
        subjects
    }

    fn names_below(&mut self, folder: u32) -> Vec<String> {
        let table = self.hierarchy(folder, 0, &[NAME]);
        self.texts(table)
    }

    fn top(&mut self) -> u32 {
        self.folder(Special::IpmSubtree.id())
    }
}

/// MS-OXCFOLD R462, R465, R469, R46202, R46501 to R46507, R473 (3.2.5.1), R9, R16, R17, R821, R90001
/// MS-OXCROPS R531 R543
#[test]
fn a_folder_is_opened_by_its_id_whatever_the_mode() {
    let mut desk = Desk::new();
    for open_mode_flags in [0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xFF] {
        let request = OpenFolderRequest { folder_id: Special::Inbox.id(), open_mode_flags };
        let folder = desk.make(desk.logon.handle, request);
        assert_eq!(desk.text(folder, NAME), "Inbox");
    }
    let inbox = desk.inbox();
    for folder_id in [ObjectId::own(0xFFFF), ObjectId::NONE, ObjectId::new(2, 5), ObjectId::new(0, 5)] {
        let request = || OpenFolderRequest { folder_id, open_mode_flags: 0 };
        assert_eq!(desk.fails(desk.logon.handle, request()), ErrorCode::NotFound, "{folder_id:?}");
        assert_eq!(desk.fails(inbox, request()), ErrorCode::NotFound, "{folder_id:?}");
    }
    let message = desk.draft(Special::Inbox.id());
    let request = OpenFolderRequest { folder_id: Special::Inbox.id(), open_mode_flags: 0 };
    assert_eq!(desk.fails(message, request), ErrorCode::NotSupported);
}

/// MS-OXCFOLD R476, R480, R1065, R481, R482, R483, R487, R493 (3.2.5.2), R37, R3801, R43, R50, R51, R54, R59, R1197,
/// R1039 (2.2.2.2.2.5)
/// MS-OXCROPS R580 R594 R598 R618
#[test]
fn a_folder_is_created_once_under_a_name() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Plans");
    assert_eq!(desk.text(folder, NAME), "Plans");
    // Names are compared without case, as Outlook shows them.
    for name in ["Plans", "PLANS"] {
        assert_eq!(desk.fails(top, new_folder(name)), ErrorCode::CollidingNames);
        let open = CreateFolderRequest { open_existing: true, ..new_folder(name) };
        let response = desk.go(top, open);
        assert_eq!(response.folder_id, id);
        assert!(response.existing.is_none(), "zero in a private mailbox. MS-OXCFOLD 2.2.1.2.2");
    }
    let fresh = CreateFolderRequest { open_existing: true, ..new_folder("Other") };
    assert_ne!(desk.go(top, fresh).folder_id, id);
    // The same name below another folder is another folder.
    desk.create_folder(folder, "Plans");
    for folder_type in [0, 3, 0xFF] {
        let request = CreateFolderRequest { folder_type, ..new_folder("Odd") };
        assert_eq!(desk.fails(top, request), ErrorCode::InvalidParameter);
    }
}

/// MS-OXCFOLD R477, R478 (3.2.5.2), R46, R48, R49, R56, R10359, R10362, R811: a name is needed, a comment is not; both in either form.
/// MS-OXCROPS R596 R602 R606
#[test]
fn names_and_comments_come_in_8_bit_and_in_unicode() {
    let mut desk = Desk::new();
    let top = desk.top();
    assert!(!desk.fails(top, new_folder("")).is_success());
    let request = CreateFolderRequest {
        use_unicode_strings: false,
        // Windows-1252, the session's code page.
        display_name: Text::Bytes(b"Gr\xFC\xDFe".to_vec()),
        comment: Text::Bytes(b"\x80 5".to_vec()),
        ..new_folder("")
    };
    let folder = desk.make(top, request);
    assert_eq!(desk.text(folder, NAME), "Grüße");
    assert_eq!(desk.text(folder, PropertyTag::PidTagComment), "€ 5");
    let request = CreateFolderRequest { comment: Text::Unicode("日程".to_owned()), ..new_folder("日本") };
    let folder = desk.make(top, request);
    assert_eq!(desk.text(folder, NAME), "日本");
    assert_eq!(desk.text(folder, PropertyTag::PidTagComment), "日程");
    assert_eq!(desk.get(folder, PropertyTag::PidTagFolderType), Ok(Value::Integer32(1)));
}

/// MS-OXCFOLD R495 (3.2.5.2), R509, R590, R602, R625, R630, R638, R645, R658, R672
#[test]
fn what_is_no_folder_is_not_supported() {
    fn refused<O: Operation>(desk: &mut Desk, handles: [u32; 2], operation: O) {
        let outcome = desk.attempt_on(handles, operation).map(drop);
        assert_eq!(outcome, Err(ErrorCode::NotSupported), "{}", O::NAME);
    }
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let message = desk.draft(Special::Inbox.id());
    let table = desk.contents(inbox, &[NAME]);
    let id = Special::Drafts.id();
    for on in [message, table] {
        let one = [on, NO_HANDLE];
        refused(&mut desk, one, new_folder("X"));
        refused(&mut desk, one, delete(id, 0));
        refused(&mut desk, one, EmptyFolderRequest { want_asynchronous: false, want_delete_associated: false });
        refused(
            &mut desk,
            one,
            HardDeleteMessagesAndSubfoldersRequest { want_asynchronous: false, want_delete_associated: false },
        );
        refused(&mut desk, one, soft_delete(vec![]));
        refused(&mut desk, one, hard_delete(vec![]));
        refused(&mut desk, one, GetHierarchyTableRequest { table_flags: 0 });
        refused(&mut desk, one, GetContentsTableRequest { table_flags: 0 });
        refused(&mut desk, [on, inbox], move_copy(vec![], false));
        refused(&mut desk, [inbox, on], move_copy(vec![], false));
        refused(&mut desk, [on, inbox], move_to(id, "X"));
        refused(&mut desk, [inbox, on], move_to(id, "X"));
    }
    let store = desk.logon.handle;
    refused(&mut desk, [store, NO_HANDLE], new_folder("X"));
}

/// MS-OXCROPS 2.2.4.6.3 and the five others: a destination that is none has an error of its own.
#[test]
fn a_missing_destination_is_named_as_such() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    for handle in [NO_HANDLE, 0x7654_3210] {
        let outcome = block_on(desk.session.attempt([inbox, handle], move_copy(vec![], true))).unwrap();
        let failure = outcome.unwrap_err();
        assert_eq!((failure.code.0, failure.dest_handle_index), (0x503, Some(1)));
        let outcome = block_on(desk.session.attempt([inbox, handle], move_to(ObjectId::own(5), ""))).unwrap();
        assert_eq!(outcome.unwrap_err().code.0, 0x503);
    }
}

/// MS-OXCFOLD R371, R816, R817, R1079 to R1081, R497, R507 (3.2.5.3), R75, R76, R82, R93, R97, R762 to R764, R947, R948,
/// R94401, R81, R406, R408
/// MS-OXCROPS R664 R666 R675
/// MS-OXCROPS R653 R663
#[test]
fn a_folder_that_is_not_empty_is_deleted_only_when_asked() {
    const MESSAGES: u8 = 1;
    const FOLDERS: u8 = 4;
    const HARD: u8 = 0x10;
    let mut desk = Desk::new();
    let top = desk.top();
    let (outer, outer_id) = desk.create_folder(top, "Outer");
    desk.note(outer_id, "inside");
    assert!(desk.go(top, delete(outer_id, HARD)).partial_completion, "a message is in it");
    assert!(desk.go(top, delete(outer_id, HARD | FOLDERS)).partial_completion);
    let (_, inner_id) = desk.create_folder(outer, "Inner");
    assert!(desk.go(top, delete(outer_id, HARD | MESSAGES)).partial_completion, "a folder is in it");
    assert_eq!(desk.subjects(outer), ["inside"], "and nothing was taken");
    assert_eq!(desk.names_below(outer), ["Inner"]);
    assert!(!desk.go(top, delete(outer_id, HARD | MESSAGES | FOLDERS)).partial_completion);
    for folder_id in [outer_id, inner_id] {
        let gone = OpenFolderRequest { folder_id, open_mode_flags: 0 };
        assert_eq!(desk.fails(desk.logon.handle, gone), ErrorCode::NotFound);
    }
    assert_eq!(desk.fails(top, delete(outer_id, HARD)), ErrorCode::NotFound);
    // A handle to what is gone is good for nothing, and harms nothing.
    assert!(desk.get_or_code(outer, NAME).is_err());
    let (_, empty) = desk.create_folder(top, "Empty");
    assert!(!desk.go(top, delete(empty, 0)).partial_completion);
}

impl Desk {
    fn get_or_code(&mut self, on: u32, tag: PropertyTag) -> Result<Cell, ErrorCode> {
        block_on(self.session.property(on, tag)).map_err(|error| error.code().unwrap())
    }
}

/// MS-OXCFOLD R1234, R1236, R2509 (3.2.5.3); folders of every mailbox are not for deleting.
#[test]
fn what_may_not_be_deleted_stays() {
    let mut desk = Desk::new();
    let top = desk.top();
    let root = desk.folder(Special::Root.id());
    let (_, id) = desk.create_folder(top, "Mine");
    for flags in [2, 8, 0x20, 0x40, 0x80] {
        assert_eq!(desk.fails(top, delete(id, flags)), ErrorCode::InvalidParameter, "{flags:x}");
    }
    assert_eq!(desk.fails(root, delete(Special::Root.id(), 0x15)), ErrorCode::NotSupported);
    for special in [Special::Inbox, Special::DeletedItems, Special::Calendar] {
        assert_eq!(desk.fails(top, delete(special.id(), 0x15)), ErrorCode::AccessDenied);
    }
    // A folder is deleted from where it is.
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, delete(id, 0x15)), ErrorCode::NotFound);
    assert!(desk.names_below(top).contains(&"Mine".to_owned()));
}

/// MS-OXCFOLD R10345, R346, R10347, R10355, R1029, R1030 (2.2.2.2.1.12): what a folder says of what is in it.
#[test]
fn a_folder_counts_what_is_in_it() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Counted");
    assert_eq!(desk.counts(folder), [0, 0, 0]);
    assert_eq!(desk.get(folder, PropertyTag::PidTagSubfolders), Ok(Value::Boolean(false)));
    desk.note(id, "one");
    let two = desk.note(id, "two");
    desk.associated(id, "settings");
    // What one writes oneself is read: MS-OXCMSG R1480.
    assert_eq!(desk.counts(folder), [2, 0, 1]);
    desk.place.deliver(&desk.place.ann.clone(), b"Subject: new\r\n\r\nx");
    let inbox = desk.inbox();
    assert_eq!(desk.counts(inbox), [1, 1, 0]);
    desk.create_folder(folder, "Below");
    assert_eq!(desk.get(folder, PropertyTag::PidTagSubfolders), Ok(Value::Boolean(true)));
    desk.go(folder, soft_delete(vec![two]));
    assert_eq!(desk.counts(folder), [1, 0, 1]);
}

/// MS-OXCFOLD R632, R1147 (3.2.5.11), R1156, R115602 (3.2.5.12), R2991, R991, R282, R283, R2303, R997, R304, R98802,
/// R99402, R436, R437; MS-OXCMSG R325, R326: softly deleted messages
/// can still be opened by those who ask for them.
/// MS-OXCROPS R926 R943 R952 R953 R970 R979
#[test]
fn softly_deleted_messages_are_out_of_sight_and_hard_deleted_ones_gone() {
    let mut desk = Desk::new();
    let folder_id = Special::Inbox.id();
    let inbox = desk.inbox();
    let soft = desk.note(folder_id, "soft");
    let hard = desk.note(folder_id, "hard");
    assert!(!desk.go(inbox, soft_delete(vec![soft])).partial_completion);
    assert!(!desk.go(inbox, hard_delete(vec![hard])).partial_completion);
    assert_eq!(desk.subjects(inbox), [""; 0]);
    let open = |message_id, open_mode_flags| OpenMessageRequest {
        code_page_id: 0x0FFF,
        folder_id,
        open_mode_flags,
        message_id,
    };
    assert_eq!(desk.fails(inbox, open(soft, 0)), ErrorCode::NotFound);
    assert_eq!(desk.fails(inbox, open(hard, 4)), ErrorCode::NotFound);
    let message = desk.make(inbox, open(soft, 4));
    assert_eq!(desk.text(message, PropertyTag::PidTagSubject), "soft");
    // TableFlags SoftDeletes. MS-OXCFOLD 2.2.1.14.1
    let table = desk.make(inbox, GetContentsTableRequest { table_flags: 0x20 });
    block_on(desk.session.set_columns(table, &[PropertyTag::PidTagSubject])).unwrap();
    assert_eq!(desk.texts(table), ["soft"]);
    // Deleting what is not there completes in part. MS-OXCFOLD R1147
    assert!(desk.go(inbox, soft_delete(vec![hard])).partial_completion);
    assert!(desk.go(inbox, hard_delete(vec![hard, ObjectId::own(0xFFFF)])).partial_completion);
    // Away for good.
    assert!(!desk.go(inbox, hard_delete(vec![soft])).partial_completion);
    assert_eq!(desk.fails(inbox, open(soft, 4)), ErrorCode::NotFound);
}

/// MS-OXCFOLD R1129, R617, R618 (3.2.5.9), R1138 to R113805 (3.2.5.10), R97502, R98302, R238, R239, R243, R244, R256, R257,
/// R261, R979, R2720
/// MS-OXCROPS R882 R894 R904 R916
#[test]
fn emptying_a_folder_takes_what_is_asked_and_leaves_the_folder() {
    for hard in [false, true] {
        for associated in [false, true] {
            let mut desk = Desk::new();
            let top = desk.top();
            let (folder, id) = desk.create_folder(top, "Full");
            desk.note(id, "message");
            desk.associated(id, "settings");
            let (below, _) = desk.create_folder(folder, "Below");
            desk.create_folder(below, "Deeper");
            let partial = if hard {
                let request = HardDeleteMessagesAndSubfoldersRequest {
                    want_asynchronous: false,
                    want_delete_associated: associated,
                };
                desk.go(folder, request).partial_completion
            } else {
                let request = EmptyFolderRequest { want_asynchronous: false, want_delete_associated: associated };
                desk.go(folder, request).partial_completion
            };
            assert!(!partial);
            assert_eq!(desk.counts(folder), [0, 0, i32::from(!associated)]);
            assert_eq!(desk.names_below(folder), [""; 0]);
            assert!(desk.names_below(top).contains(&"Full".to_owned()));
        }
    }
}

/// MS-OXCFOLD R1248, R3012, R1131 (3.2.5.9), R980
#[test]
fn the_root_is_not_emptied_and_special_folders_stay() {
    let mut desk = Desk::new();
    let root = desk.folder(Special::Root.id());
    let request = || EmptyFolderRequest { want_asynchronous: false, want_delete_associated: true };
    assert_eq!(desk.fails(root, request()), ErrorCode::NotSupported);
    let top = desk.top();
    assert!(desk.go(top, request()).partial_completion, "what cannot go stays, and that is said");
    assert!(desk.names_below(top).contains(&"Inbox".to_owned()));
}

/// MS-OXCFOLD R586 (3.2.5.6), R144, R14501, R159, R160, R10706, R10163, R163, R420, R427, R14901,
/// R14902, R15101, R15102; MS-OXCFXICS 3.1.5.3: what is moved is a new object with a new identifier.
/// MS-OXCROPS R751 R766 R770 R780
#[test]
fn messages_are_moved_and_copied() {
    let mut desk = Desk::new();
    let (from, to) = (desk.inbox(), desk.folder(Special::Drafts.id()));
    let ids = ["a", "b"].map(|subject| desk.note(Special::Inbox.id(), subject)).to_vec();
    let copied = desk.attempt_on([from, to], move_copy(ids.clone(), true)).unwrap();
    assert!(!copied.response.partial_completion);
    assert_eq!(desk.subjects(from), ["a", "b"]);
    assert_eq!(desk.subjects(to), ["a", "b"]);
    let moved = desk.attempt_on([from, to], move_copy(vec![ids[0]], false)).unwrap();
    assert!(!moved.response.partial_completion);
    assert_eq!(desk.subjects(from), ["b"]);
    assert_eq!(desk.subjects(to), ["a", "a", "b"]);
    assert_eq!((desk.counts(from), desk.counts(to)), ([1, 0, 0], [3, 0, 0]));
    let table = desk.contents(to, &[PropertyTag::PidTagMid]);
    for row in desk.rows(table) {
        let Ok(Value::Integer64(id)) = row[0] else { panic!("{row:?}") };
        assert!(!ids.contains(&ObjectId::from_i64(id)), "an old identifier");
    }
    // What is not there is left out, and that is said.
    let done = desk.attempt_on([from, to], move_copy(vec![ids[0], ids[1]], false)).unwrap();
    assert!(done.response.partial_completion);
    assert_eq!(desk.subjects(from), [""; 0]);
    // Copying into the same folder makes a second one.
    let mut beside = desk.beside();
    let id = beside.note(Special::Outbox.id(), "twice");
    let outbox = beside.folder(Special::Outbox.id());
    beside.attempt_on([outbox, outbox], move_copy(vec![id], true)).unwrap();
    assert_eq!(beside.subjects(outbox), ["twice", "twice"]);
}

/// MS-OXCFOLD R1246 (3.2.5.6), R47, R812 (2.2.2.2.2.7), R121802
/// MS-OXCROPS R593
#[test]
fn nothing_is_moved_into_a_search_folder() {
    let mut desk = Desk::new();
    let finder = desk.folder(Special::Finder.id());
    let search = desk.make(finder, CreateFolderRequest { folder_type: 2, ..new_folder("Search") });
    assert_eq!(desk.get(search, PropertyTag::PidTagFolderType), Ok(Value::Integer32(2)));
    let inbox = desk.inbox();
    let id = desk.note(Special::Inbox.id(), "stays");
    for want_copy in [true, false] {
        let refused = desk.attempt_on([inbox, search], move_copy(vec![id], want_copy)).map(drop);
        assert_eq!(refused, Err(ErrorCode::SearchFolder));
    }
    assert_eq!(desk.subjects(inbox), ["stays"]);
    assert!(!desk.fails(search, new_folder("Below")).is_success());
}

/// MS-OXCFOLD R600, R1114 (3.2.5.7), R169, R170, R17101, R185, R186, R190, R424, R423, R2190
/// MS-OXCROPS R794 R810 R814 R824
#[test]
fn a_folder_is_moved_with_all_that_is_in_it_and_may_get_a_new_name() {
    let mut desk = Desk::new();
    let top = desk.top();
    let inbox = desk.inbox();
    let (folder, id) = desk.create_folder(top, "Wanderer");
    let (inner, inner_id) = desk.create_folder(folder, "Inner");
    desk.note(inner_id, "deep");
    assert!(!desk.attempt_on([top, inbox], move_to(id, "Settled")).unwrap().response.partial_completion);
    assert!(!desk.names_below(top).contains(&"Wanderer".to_owned()));
    assert_eq!(desk.names_below(inbox), ["Settled"]);
    assert_eq!(desk.subjects(inner), ["deep"], "a handle follows its folder");
    // Without a new name the old one stays.
    desk.attempt_on([inbox, top], move_to(id, "")).unwrap();
    assert!(desk.names_below(top).contains(&"Settled".to_owned()));
    desk.create_folder(inbox, "Settled");
    let refused = desk.attempt_on([top, inbox], move_to(id, "")).map(drop);
    assert_eq!(refused, Err(ErrorCode::CollidingNames));
    let refused = desk.attempt_on([top, inbox], move_to(ObjectId::own(0xFFFF), "")).map(drop);
    assert_eq!(refused, Err(ErrorCode::NotFound));
    let refused = desk.attempt_on([inbox, top], move_to(id, "")).map(drop);
    assert_eq!(refused, Err(ErrorCode::NotFound), "it is not there");
}

/// MS-OXCDATA 2.4.2 ecFolderCycle; special folders stay where clients look for them.
#[test]
fn a_folder_is_not_moved_into_itself() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Ring");
    let (inner, _) = desk.create_folder(folder, "Inner");
    for target in [folder, inner] {
        let refused = desk.attempt_on([top, target], move_to(id, "")).map(drop);
        assert_eq!(refused, Err(ErrorCode::FolderCycle));
    }
    let refused = desk.attempt_on([top, folder], move_to(Special::Inbox.id(), "")).map(drop);
    assert_eq!(refused, Err(ErrorCode::AccessDenied));
}

/// MS-OXCFOLD R648, R1163 (3.2.5.13), R314, R305, R306, R311, R318, R801, R802, R100002, R3007, R3008 (3.1.1.1)
/// MS-OXCROPS R980 R1002
#[test]
fn the_hierarchy_table_shows_folders_below_or_all_of_them() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (outer, _) = desk.create_folder(top, "Outer");
    let (inner, _) = desk.create_folder(outer, "Inner");
    desk.create_folder(inner, "Innermost");
    assert_eq!(desk.go(outer, GetHierarchyTableRequest { table_flags: 0 }).row_count, 1);
    assert_eq!(desk.go(outer, GetHierarchyTableRequest { table_flags: 4 }).row_count, 2);
    let table = desk.hierarchy(outer, 4, &[NAME, PropertyTag::PidTagDepth]);
    let rows = desk.rows(table);
    let expected = [("Inner", 1), ("Innermost", 2)];
    let shown: Vec<_> = rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let expected = expected.map(|(name, depth)| (Ok(Value::String(name.to_owned())), Ok(Value::Integer32(depth))));
    assert_eq!(shown, expected);
    for table_flags in [1, 2] {
        let request = GetHierarchyTableRequest { table_flags };
        assert_eq!(desk.fails(outer, request), ErrorCode::NotSupported, "{table_flags}");
    }
}

/// MS-OXCFOLD R1170, R1179 (3.2.5.14), R320, R321, R326, R330, R333, R661, R662, R663, R100502, R388, R389, R3009,
/// R3010, R385 (3.1.1.2)
/// MS-OXCROPS R1012 R1035
/// MS-OXCROPS R1763
#[test]
fn the_contents_table_shows_messages_or_what_is_associated() {
    let mut desk = Desk::new();
    let folder_id = Special::Inbox.id();
    let inbox = desk.inbox();
    desk.note(folder_id, "seen");
    desk.associated(folder_id, "settings");
    assert_eq!(desk.go(inbox, GetContentsTableRequest { table_flags: 0 }).row_count, 1);
    let table = desk.make(inbox, GetContentsTableRequest { table_flags: 2 });
    block_on(desk.session.set_columns(table, &[PropertyTag::PidTagSubject])).unwrap();
    assert_eq!(desk.texts(table), ["settings"]);
    for table_flags in [1, 4] {
        let request = GetContentsTableRequest { table_flags };
        assert_eq!(desk.fails(inbox, request), ErrorCode::InvalidParameter, "{table_flags}");
    }
}

/// MS-OXCFOLD 2.2.2.2.2.5; MS-OXCPRPT R846, R492: properties of a folder are there at once.
#[test]
fn a_folder_is_renamed_and_annotated_by_its_properties() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Before");
    desk.create_folder(top, "Taken");
    desk.place.clock.advance(Duration::from_secs(1));
    desk.set(folder, vec![string(NAME, "After"), string(PropertyTag::PidTagComment, "Why not")]);
    let mut beside = desk.beside();
    let same = beside.folder(id);
    assert_eq!(beside.text(same, NAME), "After");
    assert_eq!(beside.text(same, PropertyTag::PidTagComment), "Why not");
    let problems = desk.try_set(folder, vec![string(NAME, "Taken")]);
    assert_eq!(problems.first().map(|problem| problem.error_code), Some(ErrorCode::CollidingNames));
    assert_eq!(desk.text(folder, NAME), "After");
    for (tag, value) in [
        (PropertyTag::PidTagContentCount, Value::Integer32(7)),
        (PropertyTag::PidTagFolderId, Value::Integer64(7)),
        (PropertyTag::PidTagSubfolders, Value::Boolean(true)),
    ] {
        let before = desk.get(folder, tag);
        assert_eq!(desk.try_set(folder, vec![TaggedValue::new(tag, value)]).len(), 1, "{tag:?} is read-only");
        assert_eq!(desk.get(folder, tag), before);
    }
}

/// MS-OXCFXICS 3.1.5.3, PidTagChangeNumber: every change has a number, and numbers only grow.
#[test]
fn every_change_of_a_folder_and_its_messages_has_a_new_change_number() {
    let mut desk = Desk::new();
    let change = |desk: &mut Desk, on: u32| match desk.get(on, PropertyTag::PidTagChangeNumber) {
        Ok(Value::Integer64(number)) => ObjectId::from_i64(number).counter(),
        other => panic!("{other:?}"),
    };
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Changing");
    let first = change(&mut desk, folder);
    desk.set(folder, vec![string(PropertyTag::PidTagComment, "x")]);
    let second = change(&mut desk, folder);
    assert!(second > first);
    let message = desk.draft(id);
    desk.save(message);
    let third = change(&mut desk, message);
    assert!(third > second);
    desk.set(message, vec![string(PropertyTag::PidTagSubject, "y")]);
    desk.go_save(message, 2);
    assert!(change(&mut desk, message) > third);
}

impl Desk {
    #[track_caller]
    fn go_save(&mut self, message: u32, save_flags: u8) {
        self.attempt_on([message, message], SaveChangesMessageRequest { save_flags }).unwrap();
    }
}

/// MS-OXCFOLD R230, R248, R267, R289, R173, R200, R701: asked to run on in the background, operations say that
/// they have been done; MS-OXCPRPT R50402, R50802 the same of copies.
#[test]
fn what_may_take_its_time_is_done_at_once() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Busy");
    let (other, _) = desk.create_folder(top, "Other");
    let ids: Vec<ObjectId> = ["a", "b", "c"].iter().map(|subject| desk.note(id, subject)).collect();
    let moved = MoveCopyMessagesRequest { want_asynchronous: true, ..move_copy(ids[..1].to_vec(), false) };
    desk.attempt_on([folder, other], moved).unwrap();
    assert_eq!((desk.subjects(folder).len(), desk.subjects(other).len()), (2, 1));
    desk.go(folder, DeleteMessagesRequest { want_asynchronous: true, ..soft_delete(ids[1..2].to_vec()) });
    desk.go(folder, HardDeleteMessagesRequest { want_asynchronous: true, ..hard_delete(ids[2..].to_vec()) });
    assert_eq!(desk.subjects(folder), [""; 0]);
    desk.attempt_on([top, other], copy_of(id, "Copy", false)).unwrap();
    desk.attempt_on([top, other], MoveFolderRequest { want_asynchronous: true, ..move_to(id, "Moved") }).unwrap();
    assert_eq!(desk.names_below(other), ["Copy", "Moved"]);
    desk.go(other, EmptyFolderRequest { want_asynchronous: true, want_delete_associated: false });
    assert_eq!((desk.names_below(other).len(), desk.subjects(other).len()), (0, 0));
    desk.create_folder(other, "Again");
    desk.go(other, HardDeleteMessagesAndSubfoldersRequest { want_asynchronous: true, want_delete_associated: false });
    assert_eq!(desk.names_below(other), [""; 0]);
}

fn copy_of(folder_id: ObjectId, name: &str, want_recursive: bool) -> CopyFolderRequest {
    let new_folder_name = Text::Unicode(name.to_owned());
    CopyFolderRequest { want_asynchronous: true, want_recursive, use_unicode: true, folder_id, new_folder_name }
}

/// MS-OXCFOLD R605, R1122, R612, R614 (3.2.5.8), R196, R198, R19701, R210, R211, R214, R219, R428, R429, R1048,
/// R2714
/// MS-OXCROPS R837 R851 R855 R859 R869
#[test]
fn a_folder_is_copied_with_its_messages_and_if_asked_with_folders() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Plans");
    let (inner, inner_id) = desk.create_folder(folder, "Inner");
    desk.note(id, "one");
    desk.associated(id, "settings");
    desk.note(inner_id, "two");
    let inbox = desk.inbox();
    for (name, recursive) in [("Deep", true), ("Flat", false)] {
        let done = desk.attempt_on([top, inbox], copy_of(id, name, recursive)).unwrap();
        assert!(!done.response.partial_completion);
        let copy = desk.child(inbox, name);
        assert_eq!((desk.subjects(copy), desk.counts(copy)), (vec!["one".to_owned()], [1, 0, 1]));
        assert_eq!(desk.names_below(copy).len(), usize::from(recursive));
    }
    assert_eq!((desk.subjects(folder), desk.subjects(inner)), (vec!["one".to_owned()], vec!["two".to_owned()]));
    let nowhere = desk.attempt_on([top, inbox], copy_of(ObjectId::own(0xFFFF), "X", true)).map(drop);
    assert_eq!(nowhere, Err(ErrorCode::NotFound));
    let message = desk.draft(Special::Inbox.id());
    for handles in [[message, inbox], [top, message]] {
        let outcome = desk.attempt_on(handles, copy_of(id, "X", true)).map(drop);
        assert_eq!(outcome, Err(ErrorCode::NotSupported));
    }
}

/// MS-OXCFOLD R10028, R352 (2.2.2.2.1.8), R10353, R10354, R10027, R10351, R1035103, R1035107, R1035110, R1035111, R3001,
/// R3003, R3004, R352002: what a folder says of itself.
#[test]
fn a_folder_says_where_it_is_how_large_and_how_old() {
    const CHANGES: PropertyTag = PropertyTag::PidTagHierarchyChangeNumber;
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Plans");
    let made = desk.place.clock.now();
    assert_eq!(desk.get(folder, PropertyTag::PidTagFolderId), Ok(Value::Integer64(id.to_i64())));
    assert_eq!(desk.get(folder, PropertyTag::PidTagParentEntryId), desk.get(top, PropertyTag::PidTagEntryId));
    let flags = |desk: &mut Desk, on| desk.integer(on, PropertyTag::PidTagFolderFlags);
    let views = desk.folder(Special::Views.id());
    assert_eq!((flags(&mut desk, folder), flags(&mut desk, views)), (5, 4), "IPM and NORMAL");
    let before = desk.integer(folder, CHANGES);
    let (_, below) = desk.create_folder(folder, "Below");
    let added = desk.integer(folder, CHANGES);
    desk.go(folder, delete(below, 0x15));
    assert!(before < added && added < desk.integer(folder, CHANGES));
    desk.place.clock.advance(Duration::from_secs(60));
    let later = desk.place.clock.now();
    desk.note(id, "one");
    assert_eq!(desk.get(folder, PropertyTag::PidTagLocalCommitTimeMax), Ok(Value::Time(later)));
    assert_eq!(desk.get(folder, PropertyTag::PidTagLocalCommitTime), Ok(Value::Time(made)));
    assert_eq!(desk.get(folder, PropertyTag::PidTagHierRev), Ok(Value::Time(made)));
    let one = desk.integer(folder, PropertyTag::PidTagMessageSize);
    let extended = PropertyTag::new(PropertyTag::PidTagMessageSize.id(), mailstead::mapi::PropertyType::Integer64);
    assert_eq!(desk.get(folder, extended), Ok(Value::Integer64(one.into())));
    desk.note(id, "one");
    assert_eq!(desk.integer(folder, PropertyTag::PidTagMessageSize), 2 * one);
}
