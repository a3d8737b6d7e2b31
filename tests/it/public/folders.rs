//! Operations on public folders that are what they are in private ones, and public folders as clients
//! find them. MS-OXCFOLD 2.2.1; autodiscover.md

use super::reads::{READ, mark};
use super::{ADDRESS, Hall, on};
use crate::client::{Desk, World, new_folder, string};
use crate::edge::Reply;
use crate::sync::reader::get;
use mailstead::directory::{self, User};
use mailstead::mapi::{ErrorCode, LongTermId, ObjectId, PropertyTag, Text, Value};
use mailstead::rop::{
    CopyFolderRequest, DeleteFolderRequest, DeleteMessagesRequest, EmptyFolderRequest, GetContentsTableRequest,
    GetHierarchyTableRequest, HardDeleteMessagesAndSubfoldersRequest, HardDeleteMessagesRequest, LogonRequest,
    MoveCopyMessagesRequest, MoveFolderRequest, OpenFolderRequest, OpenMessageRequest, ReadPerUserInformationRequest,
    open_flags,
};
use mailstead::store::{PUBLIC_STORE, Permissions, Rights, Special};
use smol::block_on;
use std::collections::BTreeMap;

fn counts(desk: &mut Desk, folder: u32) -> (i32, i32) {
    let count = |desk: &mut Desk, tag| desk.integer(folder, tag);
    (count(desk, PropertyTag::PidTagContentCount), count(desk, PropertyTag::PidTagContentUnreadCount))
}

/// MS-OXCFOLD R3802, R90002, R94402, R14502, R17102, R19702, R97501, R98301, R98801, R99401, R100001, R100501
/// MS-OXCFOLD R906, R29, R30, R68, R924, R927, R931
/// MS-OXCROPS R558 R628
#[test]
fn folders_and_messages_are_made_moved_copied_and_deleted() {
    let hall = Hall::new();
    let mut desk = hall.desk(&hall.admin());
    let mut bob = hall.desk(&hall.place.bob);
    let top = desk.folder(Special::IpmSubtree.id());
    let (from, from_id) = desk.create_folder(top, "from");
    let (to, to_id) = desk.create_folder(top, "to");
    let ids: Vec<ObjectId> = (0..6).map(|n| desk.note(from_id, &format!("post {n}"))).collect();
    let request = |ids: &[ObjectId], want_copy| MoveCopyMessagesRequest {
        message_ids: ids.to_vec(),
        want_asynchronous: false,
        want_copy,
    };
    desk.attempt_on([from, to], request(&ids[..2], false)).unwrap();
    desk.attempt_on([from, to], request(&ids[2..3], true)).unwrap();
    assert_eq!(counts(&mut desk, from), (4, 0));
    assert_eq!(counts(&mut desk, to), (3, 0));
    let seen = bob.folder(to_id);
    assert_eq!(counts(&mut bob, seen), (3, 3), "who did not move it has not read it");
    let message_ids = ids[2..3].to_vec();
    desk.go(from, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids });
    let message_ids = ids[3..4].to_vec();
    desk.go(from, HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids });
    assert_eq!(desk.go(from, GetContentsTableRequest { table_flags: 0 }).row_count, 2);
    let (below, below_id) = desk.create_folder(from, "below");
    desk.note(below_id, "deep");
    let copy = CopyFolderRequest {
        want_asynchronous: false,
        want_recursive: true,
        use_unicode: true,
        folder_id: from_id,
        new_folder_name: Text::Unicode("copy".to_owned()),
    };
    desk.attempt_on([top, to], copy).unwrap();
    let shift = MoveFolderRequest {
        want_asynchronous: false,
        use_unicode: true,
        folder_id: below_id,
        new_folder_name: Text::Unicode("below".to_owned()),
    };
    desk.attempt_on([from, to], shift).unwrap();
    assert_eq!(desk.go(to, GetHierarchyTableRequest { table_flags: 0 }).row_count, 2);
    desk.go(from, EmptyFolderRequest { want_asynchronous: false, want_delete_associated: true });
    assert_eq!(counts(&mut desk, from), (0, 0));
    desk.go(to, HardDeleteMessagesAndSubfoldersRequest { want_asynchronous: false, want_delete_associated: true });
    assert_eq!(desk.go(to, GetHierarchyTableRequest { table_flags: 0 }).row_count, 0);
    let logon = desk.logon.handle;
    let open = OpenFolderRequest { folder_id: from_id, open_mode_flags: 0 };
    let opened = desk.go(logon, open);
    assert!(!opened.has_rules && opened.ghosted.is_none());
    let again = mailstead::rop::CreateFolderRequest { open_existing: true, ..new_folder("from") };
    let existing = desk.go(top, again).existing.unwrap();
    assert!(!existing.has_rules && existing.ghosted.is_none());
    let delete = DeleteFolderRequest { delete_folder_flags: 5, folder_id: from_id };
    assert!(!desk.go(top, delete).partial_completion);
    block_on(desk.session.release(&[from, to, below])).unwrap();
}

/// Everybody reads, posts, changes and deletes what is his own; folders are the administrators', and what
/// they say of one counts. Whoever may read may mark as read. MS-OXCPERM 2.2.7
#[test]
fn everybody_is_an_author() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let (a, b) = (ann.folder(hall.folder), bob.folder(hall.folder));
    assert_eq!(ann.integer(a, PropertyTag::PidTagRights), 0x41B);
    let (hers, his) = (ann.note(hall.folder, "hers"), bob.note(hall.folder, "his"));
    mark(&mut ann, a, &[his], READ);
    let open =
        |id| OpenMessageRequest { code_page_id: 0x0FFF, folder_id: hall.folder, open_mode_flags: 1, message_id: id };
    let logon = ann.logon.handle;
    assert_eq!(ann.fails(logon, open(his)), ErrorCode::AccessDenied);
    let own = ann.make(logon, open(hers));
    ann.set(own, vec![string(PropertyTag::PidTagSubject, "hers, changed")]);
    ann.save(own);
    let delete = |id| DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![id] };
    assert!(ann.go(a, delete(his)).partial_completion);
    assert!(!ann.go(a, delete(hers)).partial_completion);
    assert_eq!(counts(&mut bob, b), (1, 0));
    assert_eq!(ann.fails(a, new_folder("mine")), ErrorCode::AccessDenied);
    let top = ann.folder(Special::IpmSubtree.id());
    assert_eq!(ann.fails(top, new_folder("mine")), ErrorCode::AccessDenied);
    let delete = DeleteFolderRequest { delete_folder_flags: 5, folder_id: hall.folder };
    assert_eq!(ann.fails(top, delete), ErrorCode::AccessDenied);
    let empty = EmptyFolderRequest { want_asynchronous: false, want_delete_associated: false };
    assert_eq!(ann.fails(a, empty), ErrorCode::AccessDenied);
    // Named properties of posts can be named by everybody.
    let mut root = hall.desk(&hall.admin());
    let r = root.folder(hall.folder);
    assert_eq!(root.integer(r, PropertyTag::PidTagRights), 0x7FB);
    // A folder that is closed to all but Bob.
    let mut txn = hall.place.store.write().unwrap();
    let members = [(hall.place.bob.id, Rights::AUTHOR)].into_iter().collect();
    let list = Permissions { members, ..Permissions::default() };
    txn.put_permissions(PUBLIC_STORE, hall.folder.counter(), &list).unwrap();
    txn.commit().unwrap();
    let request =
        mailstead::rop::SetReadFlagsRequest { want_asynchronous: false, read_flags: READ, message_ids: vec![his] };
    assert!(ann.go(a, request).partial_completion);
    let folder_id = LongTermId::new(ann.logon.private.repl_guid, hall.folder);
    let request = ReadPerUserInformationRequest { folder_id, reserved: 0, data_offset: 0, max_data_size: 0 };
    assert_eq!(ann.fails(logon, request), ErrorCode::AccessDenied);
    let open = OpenFolderRequest { folder_id: hall.folder, open_mode_flags: 0 };
    assert_eq!(ann.fails(logon, open), ErrorCode::NotFound);
    mark(&mut bob, b, &[his], READ);
    assert_eq!(counts(&mut bob, b), (1, 0));
}

/// The tree of the public store is synchronised as that of a mailbox; built-in folders stay.
#[test]
fn the_tree_is_synchronised() {
    let hall = Hall::new();
    let (mut ann, _) = hall.two();
    let root = ann.folder(Special::Root.id());
    let got = ann.sync_folders(root, &BTreeMap::new());
    assert!(got.names().contains(&"posts".to_owned()) && got.names().contains(&"IPM_SUBTREE".to_owned()));
    let count = got.changes.iter().filter(|props| get(props, PropertyTag::PidTagSourceKey).is_some()).count();
    assert_eq!(count, 10, "nine built-in ones and one other");
    assert_eq!(ann.sync_folders(root, &got.sync.state).changes.len(), 0);
    let mut root = hall.desk(&hall.admin());
    let top = root.folder(Special::Root.id());
    let delete = DeleteFolderRequest { delete_folder_flags: 5, folder_id: Special::NonIpmSubtree.id() };
    assert_eq!(root.fails(top, delete), ErrorCode::AccessDenied);
}

/// A message goes from a private mailbox into a public folder and back; it is read for who did it.
#[test]
fn messages_go_between_a_mailbox_and_public_folders() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let id = {
        let mut txn = hall.place.store.write().unwrap();
        let mut message = crate::store::message("mail", 100, 1);
        message.head.read = true;
        let id = crate::store::save(&mut txn, hall.place.ann.id, Special::Inbox.counter(), &mut message);
        txn.commit().unwrap();
        ObjectId::own(id)
    };
    ann.session.logon_id = 1;
    let private = block_on(ann.session.logon(&hall.place.ann.legacy_dn)).unwrap();
    let inbox = block_on(ann.session.open_folder(private.handle, Special::Inbox.id())).unwrap();
    ann.session.logon_id = 0;
    let posts = ann.folder(hall.folder);
    ann.session.logon_id = 1;
    let request = MoveCopyMessagesRequest { message_ids: vec![id], want_asynchronous: false, want_copy: true };
    assert!(!ann.attempt_on([inbox, posts], request).unwrap().response.partial_completion);
    ann.session.logon_id = 0;
    assert_eq!(counts(&mut ann, posts).0, 1);
    let seen = bob.folder(hall.folder);
    assert_eq!(counts(&mut bob, seen), (1, 1));
}

fn autodiscover(world: &World, user: &User, address: &str) -> String {
    let body = format!(
        "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\"><Request>\
         <EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/\
         autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
    );
    let mut line = world.line();
    line.send(format!("POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", body.len()));
    line.send(format!("Authorization: {}\r\nX-MapiHttpCapability: 1\r\n\r\n", World::authorization(user)));
    line.send(body);
    let reply: Reply = line.reply();
    String::from_utf8(reply.body).unwrap()
}

/// What Outlook does: autodiscover names the public folders' address; asked about that, it says where
/// they are and under which name; a session of the user's own logs on to them.
/// MS-OXCSTOR R832, R841, R8320001
#[test]
fn autodiscover_leads_to_the_public_folders() {
    let world = World::new();
    let ann = world.place.ann.clone();
    assert!(!autodiscover(&world, &ann, &ann.address).contains("PublicFolder"), "there are none");
    on(&world.place);
    let settings = autodiscover(&world, &ann, &ann.address);
    let information = format!(
        "      </Protocol>\n      <PublicFolderInformation>\n        <SmtpAddress>{ADDRESS}</SmtpAddress>\n      \
         </PublicFolderInformation>\n    </Account>"
    );
    assert!(settings.contains(&information), "{settings}");
    let of_public = autodiscover(&world, &ann, ADDRESS);
    let public = directory::public_store(&world.place.store.read().unwrap()).unwrap().unwrap();
    assert!(of_public.contains(&format!("<LegacyDN>{}</LegacyDN>", public.legacy_dn)), "{of_public}");
    assert!(of_public.contains(&format!("/mapi/emsmdb/?MailboxId={}@example.test", public.mailbox_guid)));
    let (mut session, _) = world.session(&ann);
    session.logon_id = 1;
    let essdn = [public.legacy_dn.as_bytes(), b"\0"].concat();
    let request = LogonRequest { logon_flags: 0, open_flags: open_flags::PUBLIC, store_state: 0, essdn };
    let done = block_on(session.attempt([mailstead::rop::NO_HANDLE; 2], request)).unwrap().unwrap();
    let name = block_on(session.property(done.handle, PropertyTag::PidTagDisplayName)).unwrap();
    assert_eq!(name, Ok(Value::String("Public Folders".to_owned())));
    assert_eq!(world.place.store.read().unwrap().mailbox(PUBLIC_STORE).unwrap().guid, public.mailbox_guid);
}
