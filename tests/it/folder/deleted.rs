//! Softly deleted folders and messages: out of sight, there for those who ask, back again, and gone
//! when their time is over. MS-OXCFOLD 2.2.1.1.1, 2.2.1.3, 2.2.1.13.1, 2.2.1.14.1, 3.1.1.1, 3.1.1.2

use super::{delete, hard_delete, move_copy, move_to, soft_delete};
use crate::client::{Desk, NOW, new_folder, string};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, PropertyType, Text, Value};
use mailstead::rop::{
    CopyFolderRequest, CreateMessageRequest, EmptyFolderRequest, GetContentsTableRequest, GetHierarchyTableRequest,
    NO_HANDLE, OpenFolderRequest, OpenMessageRequest, SaveChangesMessageRequest, SetMessageReadFlagRequest,
    SetMessageStatusRequest, SetReadFlagsRequest,
};
use mailstead::store::{Kind, Quota, Special};
use mailstead::wire::FileTime;
use smol::block_on;
use std::time::Duration;

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
/// DEL_MESSAGES, DEL_FOLDERS.
const ALL: u8 = 5;
const HARD: u8 = 0x10;
/// TableFlags and OpenModeFlags.
const SOFT_DELETES: u8 = 0x20;
const OPEN_SOFT_DELETED: u8 = 4;
const DAY: Duration = Duration::from_secs(86_400);

fn open(folder_id: ObjectId, open_mode_flags: u8) -> OpenFolderRequest {
    OpenFolderRequest { folder_id, open_mode_flags }
}

fn open_message(folder_id: ObjectId, message_id: ObjectId, open_mode_flags: u8) -> OpenMessageRequest {
    OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags, message_id }
}

fn number(id: u16) -> PropertyTag {
    PropertyTag::new(id, PropertyType::Integer32)
}

impl Desk {
    /// Subjects of the softly deleted messages of a folder.
    #[track_caller]
    fn deleted_subjects(&mut self, folder: u32) -> Vec<String> {
        let table = self.make(folder, GetContentsTableRequest { table_flags: SOFT_DELETES });
        block_on(self.session.set_columns(table, &[PropertyTag::PidTagSubject])).unwrap();
        let mut subjects = self.texts(table);
        subjects.sort();
        subjects
    }

    /// Names of the softly deleted folders directly below, or at any depth.
    #[track_caller]
    fn deleted_names(&mut self, folder: u32, flags: u8) -> Vec<String> {
        let request = GetHierarchyTableRequest { table_flags: SOFT_DELETES | flags };
        let done = self.attempt_on([folder, NO_HANDLE], request).unwrap();
        block_on(self.session.set_columns(done.handle, &[NAME])).unwrap();
        let mut names = self.texts(done.handle);
        assert_eq!(usize::try_from(done.response.row_count).unwrap(), names.len(), "RowCount");
        names.sort();
        names
    }

    fn purge(&mut self, days: u64) -> usize {
        let now = self.place.clock.now();
        let before = FileTime(now.0 - days * 86_400 * 10_000_000);
        self.place.store.purge_deleted(before, now).unwrap()
    }
}

/// A folder with two messages (one of them folder-associated), one more that was deleted a day
/// earlier, and a folder below it with a message.
fn full_folder(desk: &mut Desk) -> (u32, ObjectId, ObjectId) {
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Full");
    desk.note(id, "one");
    desk.associated(id, "settings");
    let earlier = desk.note(id, "earlier");
    desk.go(folder, soft_delete(vec![earlier]));
    let (_, below) = desk.create_folder(folder, "Below");
    desk.note(below, "two");
    desk.place.clock.advance(DAY);
    (folder, id, below)
}

/// MS-OXCFOLD R498, R814 (DELETE_HARD_DELETE not set: softly), R22, R21, R464, R471 (OpenSoftDeleted),
/// R806, R1219 (SoftDeletes in hierarchy tables), R381 to R383, R10348 (PidTagDeletedOn)
/// MS-OXCROPS R545 R546
#[test]
fn a_softly_deleted_folder_is_out_of_sight_and_there_for_those_who_ask() {
    let mut desk = Desk::new();
    let (handle, id, below) = full_folder(&mut desk);
    let top = desk.top();
    assert!(!desk.go(top, delete(id, ALL)).partial_completion);
    assert!(!desk.names_below(top).contains(&"Full".to_owned()));
    for gone in [id, below] {
        assert_eq!(desk.fails(desk.logon.handle, open(gone, 0)), ErrorCode::NotFound);
    }
    // A handle from before is good for nothing.
    assert_eq!(desk.fails(handle, GetContentsTableRequest { table_flags: 0 }), ErrorCode::ObjectDeleted);
    assert_eq!(desk.deleted_names(top, 0), ["Full"]);
    assert_eq!(desk.deleted_names(top, 4), ["Below", "Full"], "Depth");
    let deleted = desk.make(desk.logon.handle, open(id, OPEN_SOFT_DELETED));
    assert_eq!(desk.text(deleted, NAME), "Full");
    let when = desk.place.clock.now();
    assert_eq!(desk.get(deleted, PropertyTag::PidTagDeletedOn), Ok(Value::Time(when)));
    assert_eq!(desk.deleted_names(deleted, 0), ["Below"]);
    assert_eq!(desk.deleted_subjects(deleted), ["earlier", "one"]);
    // The same flag opens what is not deleted. MS-OXCFOLD R22
    let inbox = desk.make(desk.logon.handle, open(Special::Inbox.id(), OPEN_SOFT_DELETED));
    assert_eq!(desk.get(inbox, PropertyTag::PidTagDeletedOn), Err(ErrorCode::NotFound));
    assert_eq!(desk.go(inbox, new_folder("In the Inbox")).existing, None);
}

/// MS-OXCFOLD R1073 (3.2.5.2): nothing is made or changed in a softly deleted folder.
#[test]
fn a_softly_deleted_folder_stays_as_it_is() {
    let mut desk = Desk::new();
    let (_, id, below) = full_folder(&mut desk);
    let top = desk.top();
    let unsaved = desk.draft(id);
    desk.go(top, delete(id, ALL));
    let deleted = desk.make(desk.logon.handle, open(id, OPEN_SOFT_DELETED));
    assert_eq!(desk.fails(deleted, new_folder("New")), ErrorCode::NotFound);
    let new = CreateMessageRequest { code_page_id: 0x0FFF, folder_id: id, associated_flag: false };
    assert_eq!(desk.fails(desk.logon.handle, new), ErrorCode::NotFound);
    assert_eq!(desk.fails(unsaved, SaveChangesMessageRequest { save_flags: 0 }), ErrorCode::ObjectDeleted);
    let change = block_on(desk.session.set_properties(deleted, vec![string(PropertyTag::PidTagComment, "x")]));
    assert_eq!(change.unwrap_err().code(), Some(ErrorCode::AccessDenied));
    // Not deleted twice softly, and nothing is moved into it.
    assert_eq!(desk.fails(top, delete(id, ALL)), ErrorCode::NotFound);
    let inbox = desk.inbox();
    let note = desk.note(Special::Inbox.id(), "note");
    assert_eq!(desk.attempt_on([inbox, deleted], move_copy(vec![note], false)).unwrap_err(), ErrorCode::NotFound);
    assert_eq!(desk.subjects(inbox), ["note"]);
    // A folder of the same name can be made meanwhile.
    let (again, again_id) = desk.create_folder(top, "Full");
    assert_eq!(desk.deleted_names(top, 0), ["Full"]);
    // One of the same name can be deleted beside it; each keeps what is its own.
    desk.note(again_id, "of the second");
    desk.go(top, delete(again_id, ALL));
    assert_eq!(desk.deleted_names(top, 0), ["Full", "Full"]);
    assert_eq!(desk.fails(again, new_folder("x")), ErrorCode::ObjectDeleted, "a handle from before");
    assert!(!desk.go(deleted, delete(below, HARD)).partial_completion);
    assert_eq!(desk.deleted_names(deleted, 0), [""; 0]);
}

/// A softly deleted folder moves back with all that was deleted with it, and nothing else.
#[test]
fn a_folder_comes_back_with_what_was_deleted_with_it() {
    let mut desk = Desk::new();
    let (_, id, _) = full_folder(&mut desk);
    let top = desk.top();
    let before = desk.go(top, GetHierarchyTableRequest { table_flags: 4 }).row_count;
    desk.go(top, delete(id, ALL));
    assert_eq!(desk.go(top, GetHierarchyTableRequest { table_flags: 4 }).row_count, before - 2);
    // The name is taken meanwhile.
    desk.create_folder(top, "full");
    assert_eq!(desk.attempt_on([top, top], move_to(id, "")).unwrap_err(), ErrorCode::CollidingNames);
    let inbox = desk.inbox();
    assert!(!desk.attempt_on([top, inbox], move_to(id, "Back")).unwrap().response.partial_completion);
    assert_eq!(desk.names_below(inbox), ["Back"]);
    assert_eq!(desk.deleted_names(top, 0), [""; 0]);
    let back = desk.folder(id);
    assert_eq!((desk.counts(back), desk.subjects(back)), ([1, 0, 1], vec!["one".to_owned()]));
    assert_eq!(desk.names_below(back), ["Below"]);
    assert_eq!(desk.deleted_subjects(back), ["earlier"], "what was deleted before stays deleted");
    assert_eq!(desk.get(back, PropertyTag::PidTagDeletedOn), Err(ErrorCode::NotFound));
    let first = desk.ids(back)[0];
    let message = desk.open_message(id, first);
    assert_eq!(desk.get(message, PropertyTag::PidTagDeletedOn), Err(ErrorCode::NotFound));
}

impl Desk {
    fn ids(&mut self, folder: u32) -> Vec<ObjectId> {
        let table = self.contents(folder, &[PropertyTag::PidTagMid]);
        let id = |row: &Vec<_>| match row.first() {
            Some(Ok(Value::Integer64(id))) => ObjectId::from_i64(*id),
            other => panic!("{other:?}"),
        };
        self.rows(table).iter().map(id).collect()
    }
}

/// The copy of a softly deleted folder is an ordinary one; the original stays deleted.
#[test]
fn a_softly_deleted_folder_can_be_copied() {
    let mut desk = Desk::new();
    let (_, id, _) = full_folder(&mut desk);
    let top = desk.top();
    desk.go(top, delete(id, ALL));
    let new_folder_name = Text::Unicode("Copy".to_owned());
    let request = CopyFolderRequest {
        want_asynchronous: false,
        want_recursive: true,
        use_unicode: true,
        folder_id: id,
        new_folder_name,
    };
    desk.attempt_on([top, top], request).unwrap();
    assert_eq!(desk.deleted_names(top, 4), ["Below", "Full"]);
    let copy = desk.child(top, "Copy");
    assert_eq!((desk.counts(copy), desk.subjects(copy)), ([1, 0, 1], vec!["one".to_owned()]));
    assert_eq!(desk.names_below(copy), ["Below"]);
    assert_eq!(desk.deleted_subjects(copy), [""; 0]);
}

impl Desk {
    #[track_caller]
    pub(super) fn child(&mut self, parent: u32, name: &str) -> u32 {
        let table = self.hierarchy(parent, 0, &[NAME, PropertyTag::PidTagFolderId]);
        let rows = self.rows(table);
        let row = rows.iter().find(|row| mailstead::client::text(row, 0) == name).unwrap();
        match row[1] {
            Ok(Value::Integer64(id)) => self.folder(ObjectId::from_i64(id)),
            ref other => panic!("{other:?}"),
        }
    }
}

/// MS-OXCFOLD R225, R1129 (RopEmptyFolder deletes softly), R262, R632, R1017, R665, R387, R391;
/// MoveCopyMessages out of the deleted ones brings them back.
#[test]
fn softly_deleted_messages_come_back_by_moving_or_copying() {
    let mut desk = Desk::new();
    let top = desk.top();
    let (folder, id) = desk.create_folder(top, "Full");
    let (one, two) = (desk.note(id, "one"), desk.note(id, "two"));
    desk.associated(id, "settings");
    desk.create_folder(folder, "Below");
    let everything = EmptyFolderRequest { want_asynchronous: false, want_delete_associated: true };
    assert!(!desk.go(folder, everything).partial_completion);
    assert_eq!((desk.counts(folder), desk.names_below(folder).len()), ([0, 0, 0], 0));
    assert_eq!(desk.deleted_subjects(folder), ["one", "two"]);
    assert_eq!(desk.deleted_names(folder, 0), ["Below"]);
    let associated = desk.make(folder, GetContentsTableRequest { table_flags: SOFT_DELETES | 2 });
    block_on(desk.session.set_columns(associated, &[PropertyTag::PidTagSubject])).unwrap();
    assert_eq!(desk.texts(associated), ["settings"]);
    let inbox = desk.inbox();
    let back = desk.attempt_on([folder, inbox], move_copy(vec![one], false)).unwrap();
    assert!(!back.response.partial_completion);
    let back = desk.attempt_on([folder, folder], move_copy(vec![two], true)).unwrap();
    assert!(!back.response.partial_completion);
    assert_eq!((desk.subjects(inbox), desk.subjects(folder)), (vec!["one".into()], vec!["two".into()]));
    assert_eq!(desk.deleted_subjects(folder), ["two"], "a copy leaves the original");
}

/// MS-OXCMSG R668, R325, R326, R335: what is deleted softly is gone for whoever does not ask.
#[test]
fn a_softly_deleted_message_is_gone_for_ordinary_operations() {
    let mut desk = Desk::new();
    let id = Special::Inbox.id();
    let inbox = desk.inbox();
    let note = desk.note(id, "note");
    desk.go(inbox, soft_delete(vec![note]));
    assert_eq!(desk.fails(inbox, open_message(id, note, 3)), ErrorCode::NotFound);
    let read = SetReadFlagsRequest { want_asynchronous: false, read_flags: 4, message_ids: vec![note] };
    assert!(desk.go(inbox, read).partial_completion);
    let status = SetMessageStatusRequest { message_id: note, message_status_flags: 1, message_status_mask: 1 };
    assert_eq!(desk.fails(inbox, status), ErrorCode::NotFound);
    // A second client that deletes it too does not delete it for good.
    assert!(desk.go(inbox, soft_delete(vec![note])).partial_completion);
    assert_eq!(desk.deleted_subjects(inbox), ["note"]);
    let message = desk.make(inbox, open_message(id, note, OPEN_SOFT_DELETED));
    desk.go(message, SetMessageReadFlagRequest { read_flags: 4, client_data: None });
    assert_eq!(desk.get(message, PropertyTag::PidTagDeletedOn), Ok(Value::Time(NOW)));
    assert!(!desk.go(inbox, hard_delete(vec![note])).partial_completion);
    assert_eq!(desk.deleted_subjects(inbox), [""; 0]);
}

/// MS-OXCFOLD R3006 (PidTagDeletedCountTotal), and what a folder and the store say of what is deleted.
#[test]
fn deleted_things_are_counted_apart() {
    let mut desk = Desk::new();
    let (folder, id, _) = full_folder(&mut desk);
    let top = desk.top();
    let size = PropertyTag::new(PropertyTag::PidTagMessageSize.id(), PropertyType::Integer64);
    let deleted_size = PropertyTag::new(0x669B, PropertyType::Integer64);
    let sizes = |desk: &mut Desk, on| [size, deleted_size].map(|tag| desk.get(on, tag).unwrap());
    let [Value::Integer64(alive), Value::Integer64(dead)] = sizes(&mut desk, folder) else { panic!() };
    assert!(alive > 0 && dead > 0);
    assert_eq!([0x6640, 0x6641, 0x6643].map(|id| desk.integer(folder, number(id))), [1, 0, 0]);
    assert_eq!(desk.integer(folder, PropertyTag::PidTagDeletedCountTotal), 1);
    let logon = desk.logon.handle;
    let before = desk.get(logon, size).unwrap();
    desk.go(top, delete(id, ALL));
    assert_eq!([0x6640, 0x6641, 0x6643].map(|id| desk.integer(logon, number(id))), [3, 2, 1]);
    let deleted = desk.make(logon, open(id, OPEN_SOFT_DELETED));
    assert_eq!([0x6640, 0x6641, 0x6643].map(|id| desk.integer(deleted, number(id))), [2, 1, 1]);
    assert_eq!(desk.integer(deleted, PropertyTag::PidTagDeletedCountTotal), 3);
    assert_eq!(sizes(&mut desk, deleted), [Value::Integer64(0), Value::Integer64(alive + dead)]);
    assert_eq!(desk.integer(top, number(0x6641)), 1);
    // The store is smaller by what was deleted.
    let [Value::Integer64(all), Value::Integer64(all_dead)] = sizes(&mut desk, logon) else { panic!() };
    assert!(all_dead > alive + dead, "the message of the folder below is in it");
    assert_eq!(before, Value::Integer64(all + all_dead - dead));
    let problems = desk.try_set(logon, vec![mailstead::mapi::TaggedValue::new(deleted_size, Value::Integer64(1))]);
    assert_eq!(problems[0].error_code, ErrorCode::AccessDenied);
}

/// What is deleted softly goes for good when its time is over, oldest first, in small transactions.
#[test]
fn what_was_deleted_goes_when_its_time_is_over() {
    let mut desk = Desk::new();
    let (_, id, _) = full_folder(&mut desk);
    let top = desk.top();
    desk.go(top, delete(id, ALL));
    desk.place.clock.advance(DAY * 13 + Duration::from_secs(1));
    assert_eq!(desk.purge(14), 1, "the message of the day before");
    let deleted = desk.make(desk.logon.handle, open(id, OPEN_SOFT_DELETED));
    assert_eq!(desk.deleted_subjects(deleted), ["one"]);
    desk.place.clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(desk.purge(14), 0, "not before the time is over");
    desk.place.clock.advance(Duration::from_secs(1));
    assert_eq!(desk.purge(14), 4, "three messages and a folder, with the one below");
    assert_eq!(desk.deleted_names(top, 4), [""; 0]);
    assert_eq!(desk.fails(desk.logon.handle, open(id, OPEN_SOFT_DELETED)), ErrorCode::NotFound);
    assert_eq!(desk.purge(14), 0);
    // Many at once take more than one transaction.
    let inbox = desk.inbox();
    let many: Vec<_> = (0..200).map(|n| desk.note(Special::Inbox.id(), &n.to_string())).collect();
    desk.go(inbox, soft_delete(many));
    desk.place.clock.advance(Duration::from_secs(1));
    assert_eq!(desk.purge(0), 200);
}

/// Deleting makes room under a quota; what is deleted may take as much again, and the oldest of it
/// goes when it is more. What comes back counts again.
#[test]
fn deleted_things_do_not_count_but_have_a_bound() {
    let mut desk = Desk::new();
    let mut txn = desk.place.store.write().unwrap();
    let mut mailbox = txn.mailbox(desk.place.ann.id).unwrap();
    mailbox.set_quota(Quota { receive_kib: Some(100), ..Quota::default() });
    txn.put_mailbox(desk.place.ann.id, &mailbox).unwrap();
    txn.commit().unwrap();
    let inbox = desk.inbox();
    let large = |desk: &mut Desk, subject: &str| {
        let text = string(PropertyTag::PidTagBody, &"x".repeat(30_000));
        desk.message(Special::Inbox.id(), vec![string(PropertyTag::PidTagSubject, subject), text])
    };
    let first = large(&mut desk, "first");
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(PropertyTag::PidTagBody, &"x".repeat(30_000))]);
    assert_eq!(desk.fails(message, SaveChangesMessageRequest { save_flags: 0 }), ErrorCode::StoreFull);
    desk.go(inbox, soft_delete(vec![first]));
    desk.place.clock.advance(DAY);
    let second = large(&mut desk, "second");
    let back = desk.attempt_on([inbox, inbox], move_copy(vec![first], false));
    assert_eq!(back.unwrap_err(), ErrorCode::StoreFull, "there is no room for both");
    assert_eq!(desk.deleted_subjects(inbox), ["first"]);
    assert_eq!(desk.purge(14), 0);
    desk.go(inbox, soft_delete(vec![second]));
    assert_eq!(desk.purge(14), 1, "both are more than the quota");
    assert_eq!(desk.deleted_subjects(inbox), ["second"]);
}

/// A deletion for good takes what was deleted softly in the folder along. MS-OXCFOLD R407
#[test]
fn a_hard_deletion_leaves_nothing_to_recover() {
    let mut desk = Desk::new();
    let (folder, id, below) = full_folder(&mut desk);
    let top = desk.top();
    desk.go(folder, delete(below, ALL));
    assert!(!desk.go(top, delete(id, ALL | HARD)).partial_completion);
    assert_eq!(desk.deleted_names(top, 4), [""; 0]);
    for gone in [id, below] {
        assert_eq!(desk.fails(desk.logon.handle, open(gone, OPEN_SOFT_DELETED)), ErrorCode::NotFound);
    }
    let txn = desk.place.store.read().unwrap();
    let mailbox = desk.place.ann.id;
    assert_eq!(txn.mailbox(mailbox).unwrap().deleted_size, 0);
    assert!(txn.message_ids(mailbox, id.counter(), Kind::Deleted).unwrap().is_empty());
}
