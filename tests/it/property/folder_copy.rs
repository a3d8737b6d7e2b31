//! RopCopyTo and RopCopyProperties between folders: what lies in a folder is its sub-objects.
//! MS-OXCPRPT 2.2.11, 3.2.5.8; MS-OXCFOLD 2.2.2.2.2

use super::SUBJECT;
use crate::client::{Desk, string};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, PropertyType};
use mailstead::rop::{CopyPropertiesRequest, CopyToRequest, CreateMessageRequest};
use mailstead::store::Special;
use smol::block_on;

const SUBFOLDERS: PropertyTag = PropertyTag::PidTagContainerHierarchy;
const MESSAGES: PropertyTag = PropertyTag::PidTagContainerContents;
const ASSOCIATED: PropertyTag = PropertyTag::PidTagFolderAssociatedContents;
const NAME: PropertyTag = PropertyTag::PidTagDisplayName;

fn copy(want_sub_objects: bool, excluded_tags: Vec<PropertyTag>) -> CopyToRequest {
    CopyToRequest { want_asynchronous: false, want_sub_objects, copy_flags: 0, excluded_tags }
}

impl Desk {
    /// A folder with a message, an associated message, and a folder with a message in it.
    fn full_folder(&mut self, name: &str) -> (u32, ObjectId) {
        let top = self.folder(Special::IpmSubtree.id());
        let (folder, folder_id) = self.create_folder(top, name);
        self.note(folder_id, "message");
        let request = CreateMessageRequest { code_page_id: 0xFFF, folder_id, associated_flag: true };
        let message = self.make(folder, request);
        self.set(message, vec![string(SUBJECT, "associated")]);
        self.save(message);
        let (_, below) = self.create_folder(folder, "below");
        self.note(below, "deeper");
        (folder, folder_id)
    }

    /// Messages, associated messages and folders in a folder, and messages in its first folder.
    fn held(&mut self, folder: u32) -> (i32, i32, Vec<String>, i32) {
        let table = self.hierarchy(folder, 0, &[NAME, PropertyTag::PidTagContentCount]);
        let rows = self.rows(table);
        let names = rows.iter().map(|row| mailstead::client::text(row, 0)).collect();
        let below = rows.first().map_or(0, |row| match row[1] {
            Ok(mailstead::mapi::Value::Integer32(n)) => n,
            ref other => panic!("{other:?}"),
        });
        let count = self.integer(folder, PropertyTag::PidTagContentCount);
        (count, self.integer(folder, PropertyTag::PidTagAssociatedContentCount), names, below)
    }
}

/// MS-OXCPRPT R181, R182 (WantSubObjects); MS-OXCFOLD R1228 (PidTagContainerHierarchy), R1231
/// (PidTagFolderAssociatedContents): each of the three stands for what lies in a folder.
#[test]
fn folders_are_copied_with_what_is_in_them() {
    let mut desk = Desk::new();
    let (from, _) = desk.full_folder("From");
    let comment = string(PropertyTag::PidTagComment, "a comment");
    desk.set(from, vec![comment]);
    let below = || vec!["below".to_owned()];
    let cases = [
        (copy(true, vec![]), (1, 1, below(), 1)),
        (copy(false, vec![]), (0, 0, vec![], 0)),
        (copy(true, vec![SUBFOLDERS]), (1, 1, vec![], 0)),
        (copy(true, vec![MESSAGES]), (0, 1, below(), 1)),
        (copy(true, vec![ASSOCIATED]), (1, 0, below(), 1)),
        (copy(true, vec![SUBFOLDERS, MESSAGES, ASSOCIATED]), (0, 0, vec![], 0)),
    ];
    for (n, (request, expected)) in cases.into_iter().enumerate() {
        let top = desk.folder(Special::IpmSubtree.id());
        let (to, _) = desk.create_folder(top, &format!("To {n}"));
        let done = desk.attempt_on([from, to], request).unwrap().response;
        assert!(done.property_problems.is_empty());
        assert_eq!(desk.held(to), expected, "{n}");
        assert_eq!(desk.text(to, PropertyTag::PidTagComment), "a comment");
        assert_eq!(desk.text(to, NAME), format!("To {n}"), "the name is its own");
    }
    assert_eq!(desk.held(from), (1, 1, below(), 1), "nothing is moved");
    let top = desk.folder(Special::IpmSubtree.id());
    let (to, _) = desk.create_folder(top, "To the last");
    let property_tags = vec![MESSAGES];
    let some = CopyPropertiesRequest { want_asynchronous: false, copy_flags: 0, property_tags };
    desk.attempt_on([from, to], some).unwrap();
    assert_eq!(desk.held(to), (1, 0, vec![], 0));
    assert_eq!(MESSAGES.property_type(), PropertyType::Object);
}

/// MS-OXCPRPT R897 (CollidingNames), R89602 (FolderCycle): and then nothing is copied.
#[test]
fn folders_are_not_copied_over_others_or_into_themselves() {
    let mut desk = Desk::new();
    let (from, _) = desk.full_folder("From");
    let (to, _) = desk.full_folder("To");
    let before = desk.held(to);
    assert_eq!(desk.attempt_on([from, to], copy(true, vec![])).map(drop), Err(ErrorCode::CollidingNames));
    assert_eq!(desk.held(to), before);
    desk.attempt_on([from, to], copy(true, vec![SUBFOLDERS])).unwrap();
    assert_eq!(desk.held(to), (2, 2, before.2, before.3));
    let (inner, _) = desk.create_folder(from, "inner");
    let (deeper, _) = desk.create_folder(inner, "deeper");
    for to in [inner, deeper] {
        assert_eq!(desk.attempt_on([from, to], copy(true, vec![])).map(drop), Err(ErrorCode::FolderCycle));
        assert_eq!(desk.integer(to, PropertyTag::PidTagContentCount), 0);
    }
    desk.attempt_on([from, inner], copy(false, vec![])).unwrap();
    let mut bob = Desk::bare(&desk.place, &desk.place.bob, false);
    block_on(bob.logon(&desk.place.bob.legacy_dn)).unwrap();
}
