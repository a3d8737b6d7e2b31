//! What is deleted softly leaves every search, and is found again when it is back.

use super::{hard_delete, move_copy, move_folder, set, subject_has};
use crate::client::Desk;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, Value};
use mailstead::rop::{
    DeleteFolderRequest, DeleteMessagesRequest, GetContentsTableRequest, GetHierarchyTableRequest, OpenFolderRequest,
    OpenMessageRequest,
};
use mailstead::store::Special;

/// DEL_MESSAGES, DEL_FOLDERS.
const ALL: u8 = 5;
/// TableFlags, OpenModeFlags.
const SOFT_DELETES: u8 = 0x20;
const OPEN_SOFT_DELETED: u8 = 4;

impl Desk {
    fn is_sound(&self) {
        assert_eq!(self.place.store.read().unwrap().check().unwrap(), []);
    }
}

fn soft_delete(message_ids: Vec<ObjectId>) -> DeleteMessagesRequest {
    DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids }
}

/// MS-OXCFOLD R1095, R1097 (3.2.5.4)
#[test]
fn softly_deleted_messages_are_found_by_no_search() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let inbox = desk.inbox();
    let ids = ["green tea", "green paint"].map(|subject| desk.note(inbox_id, subject));
    let (live, live_id) = desk.found("Live", &subject_has("green"), &[inbox_id], set::RESTART);
    let (still, still_id) = desk.found("Still", &subject_has("green"), &[inbox_id], set::RESTART | set::STATIC);
    // Deleted from where it is shown, it is deleted where it is.
    assert!(!desk.go(live, soft_delete(vec![ids[0]])).partial_completion);
    assert_eq!(desk.shown(live), ["green paint"]);
    assert_eq!(desk.shown(inbox), ["green paint"]);
    let deleted = desk.go(inbox, GetContentsTableRequest { table_flags: SOFT_DELETES }).row_count;
    assert_eq!(deleted, 1);
    for search in [live, still] {
        let request = GetContentsTableRequest { table_flags: SOFT_DELETES };
        assert_eq!(desk.go(search, request).row_count, 0, "a search folder has no deleted items");
        assert!(desk.go(search, soft_delete(vec![ids[0]])).partial_completion, "it is not there any more");
    }
    for folder_id in [live_id, still_id] {
        for open_mode_flags in [0, OPEN_SOFT_DELETED] {
            let request = OpenMessageRequest { code_page_id: 0xFFF, folder_id, open_mode_flags, message_id: ids[0] };
            assert_eq!(desk.fails(desk.logon.handle, request), ErrorCode::NotFound);
        }
    }
    // A search that begins now does not find it either; and it comes back.
    let (later, _) = desk.found("Later", &subject_has("green"), &[inbox_id], set::RESTART);
    assert_eq!(desk.shown(later), ["green paint"]);
    desk.attempt_on([inbox, inbox], move_copy(vec![ids[0]], false)).unwrap();
    assert_eq!(desk.shown(live), ["green paint", "green tea"]);
    assert_eq!(desk.shown(later), ["green paint", "green tea"]);
    desk.is_sound();
    assert!(desk.go(inbox, hard_delete(vec![ids[0]])).partial_completion, "under another identifier");
}

/// MS-OXCFOLD R1095, R1096 (3.2.5.4)
#[test]
fn softly_deleted_folders_are_in_no_scope() {
    let mut desk = Desk::new();
    let top = desk.folder(Special::IpmSubtree.id());
    let (outer, outer_id) = desk.create_folder(top, "Outer");
    let (_, inner_id) = desk.create_folder(outer, "Inner");
    desk.note(outer_id, "green outside");
    desk.note(inner_id, "green inside");
    let all = Special::IpmSubtree.id();
    let (deep, _) = desk.found("Deep", &subject_has("green"), &[all], set::RESTART | set::RECURSIVE);
    let (flat, _) = desk.found("Flat", &subject_has("green"), &[inner_id], set::RESTART);
    assert_eq!(desk.shown(deep), ["green inside", "green outside"]);
    assert_eq!(desk.shown(flat), ["green inside"]);
    let folder_id = outer_id;
    desk.go(top, DeleteFolderRequest { delete_folder_flags: ALL, folder_id });
    desk.search_all();
    assert_eq!(desk.shown(deep), [""; 0]);
    assert_eq!(desk.shown(flat), [""; 0]);
    assert_eq!(desk.criteria_of(flat).folder_ids, [], "a folder that is deleted leaves the scope");
    desk.is_sound();
    // With its parent it comes back, to whoever searches below; whoever named it has forgotten it.
    desk.attempt_on([top, top], move_folder(outer_id, "Outer again")).unwrap();
    desk.search_all();
    assert_eq!(desk.shown(deep), ["green inside", "green outside"]);
    assert_eq!(desk.shown(flat), [""; 0]);
    desk.is_sound();
}

/// A search folder is deleted for good at once: it holds nothing that could be lost.
#[test]
fn a_search_folder_is_never_deleted_softly() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let id = desk.note(inbox_id, "green tea");
    let (_, search_id) = desk.found("S", &subject_has("green"), &[inbox_id], set::RESTART);
    let finder = desk.folder(Special::Finder.id());
    // No DEL_MESSAGES: what it shows is not deleted with it.
    let done = desk.go(finder, DeleteFolderRequest { delete_folder_flags: 0, folder_id: search_id });
    assert!(!done.partial_completion);
    assert_eq!(desk.go(finder, GetHierarchyTableRequest { table_flags: SOFT_DELETES }).row_count, 0);
    let request = OpenFolderRequest { folder_id: search_id, open_mode_flags: OPEN_SOFT_DELETED };
    assert_eq!(desk.fails(desk.logon.handle, request), ErrorCode::NotFound);
    let message = desk.open_message(inbox_id, id);
    assert_eq!(desk.get(message, PropertyTag::PidTagSubject), Ok(Value::String("green tea".to_owned())));
    desk.is_sound();
}
