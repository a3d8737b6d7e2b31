//! What rights let a visitor do. MS-OXCPERM 2.2.7, 3.2.4.1

use super::{READ, VISIBLE, bob_in_contacts, grant, grant_all, list, visit};
use crate::client::{Desk, Direct, new_folder, string};
use mailstead::client::Session;
use mailstead::directory::{self, User};
use mailstead::exec::Caller;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    CreateFolderRequest, CreateMessageRequest, DeleteFolderRequest, DeleteMessagesRequest,
    FastTransferSourceCopyMessagesRequest, GetContentsTableRequest, MoveCopyMessagesRequest, OpenFolderRequest,
    OpenMessageRequest, PropertyValues, SaveChangesMessageRequest, SetPropertiesRequest, SetReadFlagsRequest,
    SubmitMessageRequest, SynchronizationImportDeletesRequest,
};
use mailstead::store::{EntryKind, Special};
use smol::block_on;
use std::sync::Arc;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const CONTACTS: Special = Special::Contacts;

/// What a visitor can do in a folder where one message is his and another is not.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Can {
    see: bool,
    list: bool,
    read_other: bool,
    read_own: bool,
    create: bool,
    edit_other: bool,
    edit_own: bool,
    delete_other: bool,
    delete_own: bool,
    subfolder: bool,
    own: bool,
}

fn open(folder_id: ObjectId, message_id: ObjectId, open_mode_flags: u8) -> OpenMessageRequest {
    OpenMessageRequest { code_page_id: 0x0FFF, folder_id, open_mode_flags, message_id }
}

/// Tries everything.
fn try_all(visitor: &mut Desk, folder_id: ObjectId, [other, own]: [ObjectId; 2]) -> Can {
    let logon = visitor.logon.handle;
    let allowed = |code: Result<(), ErrorCode>| match code {
        Ok(()) => true,
        Err(ErrorCode::AccessDenied | ErrorCode::NotFound) => false,
        Err(code) => panic!("{code:?}"),
    };
    let mut can = Can::default();
    let opened = visitor.attempt_on([logon, logon], OpenFolderRequest { folder_id, open_mode_flags: 0 });
    can.see = allowed(opened.as_ref().map(drop).map_err(|code| *code));
    let read = |visitor: &mut Desk, id, mode| visitor.attempt_on([logon, logon], open(folder_id, id, mode));
    can.read_other = allowed(read(visitor, other, 0).map(drop));
    can.read_own = allowed(read(visitor, own, 0).map(drop));
    let edit = |visitor: &mut Desk, id| -> bool {
        let Ok(done) = read(visitor, id, 1) else { return false };
        let values = vec![string(SUBJECT, "changed")];
        assert!(visitor.try_set(done.handle, values).is_empty());
        let save = SaveChangesMessageRequest { save_flags: 4 };
        allowed(visitor.attempt_on([done.handle, done.handle], save).map(drop))
    };
    can.edit_other = edit(visitor, other);
    can.edit_own = edit(visitor, own);
    let create = CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: false };
    let created = visitor.attempt_on([logon, logon], create);
    can.create = allowed(created.as_ref().map(drop).map_err(|code| *code));
    if let Ok(done) = created {
        visitor.save(done.handle);
    }
    let Ok(folder) = opened.map(|done| done.handle) else { return can };
    let table = visitor.attempt_on([folder, folder], GetContentsTableRequest { table_flags: 0 });
    can.list = allowed(table.map(drop));
    can.subfolder = allowed(visitor.attempt_on([folder, folder], new_folder("below")).map(drop));
    let comment = vec![string(PropertyTag::PidTagComment, "mine")];
    let set = SetPropertiesRequest { property_values: PropertyValues { values: comment } };
    can.own = allowed(visitor.attempt_on([folder, folder], set).map(drop));
    let delete = |visitor: &mut Desk, id| -> bool {
        let request = DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![id] };
        !visitor.go(folder, request).partial_completion
    };
    can.delete_other = delete(visitor, other);
    can.delete_own = delete(visitor, own);
    can
}

/// Ann's Contacts with a message of hers and one of Bob's, and Bob with these rights.
fn what_bob_can(bits: u32) -> Can {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    // So that he gets into the mailbox whatever the rights are.
    grant(&mut desk, Special::Notes.id(), &bob, VISIBLE);
    let mut visitor = bob_in_contacts(&mut desk, 0x402);
    let other = desk.note(CONTACTS.id(), "hers");
    let own = visitor.note(CONTACTS.id(), "his");
    grant(&mut desk, CONTACTS.id(), &bob, bits);
    let can = try_all(&mut visitor, CONTACTS.id(), [other, own]);
    desk.place.check();
    can
}

/// MS-OXCPERM R143, R144, R139, R140, R141, R130, R131, R132, R126, R127, R128, R123, R124, R125, R120, R121, R122,
/// R117, R118, R119, R114, R115, R116, R3003, R87, R103, R1120, R173, R1192: each right by itself.
#[test]
fn each_right_lets_do_what_it_says_and_nothing_else() {
    let see = Can { see: true, read_own: true, ..Can::default() };
    assert_eq!(what_bob_can(0), Can::default());
    assert_eq!(what_bob_can(0x400), see, "FolderVisible");
    assert_eq!(what_bob_can(0x401), Can { list: true, read_other: true, ..see }, "ReadAny");
    assert_eq!(what_bob_can(0x402), Can { create: true, ..see }, "Create");
    assert_eq!(what_bob_can(0x408), Can { edit_own: true, ..see }, "EditOwned");
    assert_eq!(what_bob_can(0x410), Can { delete_own: true, ..see }, "DeleteOwned");
    assert_eq!(what_bob_can(0x480), Can { subfolder: true, ..see }, "CreateSubFolder");
    assert_eq!(what_bob_can(0x500), Can { own: true, ..see }, "FolderOwner");
    assert_eq!(what_bob_can(0x600), see, "FolderContact");
    // Both are for his own, too.
    assert_eq!(what_bob_can(0x421), Can { list: true, read_other: true, edit_other: true, edit_own: true, ..see });
    assert_eq!(what_bob_can(0x440), Can { delete_other: true, delete_own: true, ..see }, "DeleteAny");
    let all = Can {
        see: true,
        list: true,
        read_other: true,
        read_own: true,
        create: true,
        edit_other: true,
        edit_own: true,
        delete_other: true,
        delete_own: true,
        subfolder: true,
        own: true,
    };
    assert_eq!(what_bob_can(0x7FB), all);
}

/// MS-OXCPERM R2016, R175, R176, R2010, R2005: the user's own entry, else that of groups, also of groups in groups,
/// else the default; the anonymous entry is nobody's.
#[test]
fn the_nearest_entry_counts() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut txn = desk.place.store.write().unwrap();
    let mut group = |address: &str, member: u32| {
        let id = directory::create_listed(&mut txn, "Mailstead", EntryKind::Group, address, address).unwrap();
        let mut listing = directory::listing(&txn, id).unwrap().unwrap();
        listing.facts.members.insert(member);
        directory::update_listing(&mut txn, &listing).unwrap();
        User { id, legacy_dn: listing.legacy_dn, ..bob.clone() }
    };
    let inner = group("inner@example.test", bob.id);
    let outer = group("outer@example.test", inner.id);
    txn.commit().unwrap();
    let may_read = |desk: &Desk| match visit(&desk.place, &bob) {
        Ok(mut visitor) => {
            let handle = visitor.folder(CONTACTS.id());
            visitor.attempt_on([handle, handle], GetContentsTableRequest { table_flags: 0 }).is_ok()
        }
        Err(code) => {
            assert_eq!(code, ErrorCode::LoginPermission);
            false
        }
    };
    assert!(!may_read(&desk));
    desk_anonymous(&mut desk, READ);
    assert!(!may_read(&desk), "nobody is anonymous");
    grant_all(&mut desk, CONTACTS.id(), READ);
    assert!(may_read(&desk));
    grant(&mut desk, CONTACTS.id(), &outer, VISIBLE);
    assert!(!may_read(&desk), "the group's entry is nearer than the default");
    grant(&mut desk, CONTACTS.id(), &inner, READ);
    assert!(may_read(&desk), "of several groups, all that they have");
    grant(&mut desk, CONTACTS.id(), &bob, VISIBLE);
    assert!(!may_read(&desk), "his own entry is nearest");
    let contacts = desk.folder(CONTACTS.id());
    assert_eq!(list(&mut desk, contacts, 0).len(), 5);
}

fn desk_anonymous(desk: &mut Desk, bits: u32) {
    let contacts = desk.folder(CONTACTS.id());
    let row = super::data(super::MODIFY, vec![super::id(-1), super::rights(bits)]);
    desk.go(contacts, super::change(0, vec![row]));
}

/// MS-OXCFOLD R470, R394, MS-OXCSTOR R3146: who is let into no folder is not let into the mailbox; who is let into
/// one sees that one, and what Outlook needs to find it.
#[test]
fn a_visitor_sees_what_is_open_and_finds_it() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    assert_eq!(visit(&desk.place, &bob).err(), Some(ErrorCode::LoginPermission));
    let contacts = desk.folder(CONTACTS.id());
    let (_, family) = desk.create_folder(contacts, "Family");
    let (_, secret) = desk.create_folder(contacts, "Secret");
    grant(&mut desk, family, &bob, READ);
    let mut visitor = visit(&desk.place, &bob).unwrap();
    // Below a folder that he does not see, it is not shown; opened by its number, it is.
    let root = visitor.folder(Special::Root.id());
    let everything = visitor.hierarchy(root, 4, &[PropertyTag::PidTagDisplayName]);
    assert!(visitor.texts(everything).is_empty());
    visitor.folder(family);
    grant(&mut desk, Special::IpmSubtree.id(), &bob, VISIBLE);
    grant(&mut desk, CONTACTS.id(), &bob, VISIBLE);
    let names: Vec<String> = {
        let table = visitor.hierarchy(root, 4, &[PropertyTag::PidTagDisplayName]);
        assert_eq!(visitor.go(table, mailstead::rop::QueryPositionRequest {}).denominator, 3);
        visitor.texts(table)
    };
    assert_eq!(names[1..], ["Contacts", "Family"]);
    let failed = visitor.attempt_on([root, root], OpenFolderRequest { folder_id: secret, open_mode_flags: 0 });
    assert_eq!(failed.map(drop), Err(ErrorCode::NotFound));
    // The Inbox is not open to him; it says where the Contacts are, and nothing of what is in it.
    let inbox = visitor.folder(Special::Inbox.id());
    assert!(matches!(visitor.get(inbox, PropertyTag::PidTagIpmContactEntryId), Ok(Value::Binary(_))));
    assert_eq!(visitor.integer(inbox, PropertyTag::PidTagRights), 0);
    for tag in [PropertyTag::PidTagContentCount, PropertyTag::PidTagDisplayName, PropertyTag::PidTagComment] {
        assert_eq!(visitor.get(inbox, tag), Err(ErrorCode::NotFound), "{tag:?}");
    }
    let handle = visitor.folder(family);
    assert_eq!(visitor.integer(handle, PropertyTag::PidTagRights), 0x401);
    assert_eq!(visitor.integer(handle, PropertyTag::PidTagAccess), 2);
    assert_eq!(visitor.integer(visitor.logon.handle, PropertyTag::PidTagAccess), 2);
    // The logon says that it is not an owner's.
    assert_eq!(visitor.logon.private.response_flags & 0x06, 0);
    assert_eq!(desk.logon.private.response_flags & 0x06, 0x06);
}

/// MS-OXCMSG R324, R2184, R666 (BestAccess): what may only be read is opened to be read.
#[test]
fn a_message_that_may_not_be_changed_opens_to_be_read() {
    let mut desk = Desk::new();
    let mut visitor = bob_in_contacts(&mut desk, READ);
    let id = desk.note(CONTACTS.id(), "hers");
    let logon = visitor.logon.handle;
    let best = visitor.make(logon, open(CONTACTS.id(), id, 3));
    assert_eq!(visitor.integer(best, PropertyTag::PidTagAccessLevel), 0);
    assert_eq!(visitor.integer(best, PropertyTag::PidTagAccess), 2);
    assert_eq!(visitor.text(best, SUBJECT), "hers");
    assert_eq!(visitor.fails(logon, open(CONTACTS.id(), id, 1)), ErrorCode::AccessDenied);
    let bob = desk.place.bob.clone();
    grant(&mut desk, CONTACTS.id(), &bob, 0x421);
    let best = visitor.make(logon, open(CONTACTS.id(), id, 3));
    assert_eq!(visitor.integer(best, PropertyTag::PidTagAccessLevel), 1);
}

/// Rights are asked for with every operation: what is taken away is gone at once, whatever is open.
#[test]
fn what_is_taken_away_is_gone_at_once() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    grant(&mut desk, Special::Notes.id(), &bob, VISIBLE);
    let mut visitor = bob_in_contacts(&mut desk, 0x7FB);
    let hers = desk.note(CONTACTS.id(), "hers");
    let contacts = visitor.folder(CONTACTS.id());
    let table = visitor.contacts_table(contacts);
    let logon = visitor.logon.handle;
    let message = visitor.make(logon, open(CONTACTS.id(), hers, 1));
    visitor.set(message, vec![string(SUBJECT, "changed")]);
    let draft = visitor.draft(CONTACTS.id());
    grant(&mut desk, CONTACTS.id(), &bob, 0);
    let denied = Err(ErrorCode::AccessDenied);
    let query = mailstead::rop::QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 9 };
    assert_eq!(visitor.attempt_on([table, table], query).map(drop), denied);
    let save = SaveChangesMessageRequest { save_flags: 4 };
    for handle in [message, draft] {
        assert_eq!(visitor.attempt_on([handle, handle], save.clone()).map(drop), denied);
    }
    let get = mailstead::rop::GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 1 };
    assert_eq!(visitor.attempt_on([message, message], get).map(drop), denied);
    let message = desk.open_message(CONTACTS.id(), hers);
    assert_eq!(desk.text(message, SUBJECT), "hers");
}

impl Desk {
    fn contacts_table(&mut self, folder: u32) -> u32 {
        let table = self.contents(folder, &[SUBJECT]);
        self.rows(table);
        table
    }
}

/// MS-OXCFOLD R489, R1066, R503, R508: who makes a folder in another's mailbox owns it. Others he does not delete,
/// and those that he does not see are not there; nor does he make folders where he may not.
#[test]
fn a_visitors_folder_is_his() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut visitor = bob_in_contacts(&mut desk, 0x480);
    let contacts = visitor.folder(CONTACTS.id());
    let (made, id) = visitor.create_folder(contacts, "his");
    assert_eq!(visitor.integer(made, PropertyTag::PidTagRights), 0x7FB);
    visitor.note(id, "in it");
    let delete = |folder_id| DeleteFolderRequest { delete_folder_flags: 5, folder_id };
    visitor.go(contacts, delete(id));
    let hers = desk.folder(CONTACTS.id());
    let (_, other) = desk.create_folder(hers, "hers");
    assert_eq!(visitor.fails(contacts, delete(other)), ErrorCode::AccessDenied);
    grant(&mut desk, other, &bob, 0);
    assert_eq!(visitor.fails(contacts, delete(other)), ErrorCode::NotFound);
    grant(&mut desk, CONTACTS.id(), &bob, READ);
    assert_eq!(visitor.fails(contacts, new_folder("no")), ErrorCode::AccessDenied);
}

/// A visitor does not send, search, or touch what is the mailbox's own; what he moves in or out, he must be
/// allowed to at both ends.
#[test]
fn the_mailbox_itself_is_its_owners() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut visitor = bob_in_contacts(&mut desk, 0x7FB);
    let before = desk.place.snapshot(&desk.place.ann);
    let logon = visitor.logon.handle;
    let draft = visitor.draft(CONTACTS.id());
    let submit = SubmitMessageRequest { submit_flags: 0 };
    assert_eq!(visitor.fails(draft, submit), ErrorCode::AccessDenied);
    let comment = vec![string(PropertyTag::PidTagComment, "mine")];
    let set = SetPropertiesRequest { property_values: PropertyValues { values: comment } };
    assert_eq!(visitor.fails(logon, set), ErrorCode::AccessDenied);
    assert_eq!(desk.place.snapshot(&desk.place.ann), before);
    // From where he may not delete, he moves nothing; to where he may not create, he copies nothing.
    let hers = desk.note(Special::Notes.id(), "hers");
    grant(&mut desk, Special::Notes.id(), &bob, READ);
    let (notes, contacts) = (visitor.folder(Special::Notes.id()), visitor.folder(CONTACTS.id()));
    let request = |want_copy| MoveCopyMessagesRequest { message_ids: vec![hers], want_asynchronous: false, want_copy };
    let moved = visitor.attempt_on([notes, contacts], request(false)).unwrap();
    assert!(moved.response.partial_completion);
    let copied = visitor.attempt_on([notes, contacts], request(true)).unwrap();
    assert!(!copied.response.partial_completion);
    assert_eq!(visitor.attempt_on([contacts, notes], request(true)).map(drop), Err(ErrorCode::AccessDenied));
    let read = SetReadFlagsRequest { want_asynchronous: false, read_flags: 4, message_ids: vec![hers] };
    assert!(visitor.go(notes, read).partial_completion, "read state is a change");
    let subjects = {
        let contacts = desk.folder(CONTACTS.id());
        let table = desk.contents(contacts, &[SUBJECT]);
        desk.texts(table)
    };
    assert_eq!(subjects, ["hers"]);
}

/// What was deleted softly is for the folder's owners, by its number too; and whoever may read the folder does not
/// get it out by moving or copying it.
#[test]
fn what_was_deleted_is_not_for_every_reader() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut visitor = bob_in_contacts(&mut desk, 0x7FB & !0x100);
    let id = desk.note(CONTACTS.id(), "hers");
    let hers = desk.folder(CONTACTS.id());
    let delete = DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![id] };
    desk.go(hers, delete);
    let (logon, contacts) = (visitor.logon.handle, visitor.folder(CONTACTS.id()));
    assert_eq!(visitor.fails(logon, open(CONTACTS.id(), id, 4)), ErrorCode::AccessDenied);
    let restore = MoveCopyMessagesRequest { message_ids: vec![id], want_asynchronous: false, want_copy: true };
    assert!(visitor.attempt_on([contacts, contacts], restore).unwrap().response.partial_completion);
    assert_eq!(visitor.fails(contacts, GetContentsTableRequest { table_flags: 0x20 }), ErrorCode::AccessDenied);
    grant(&mut desk, CONTACTS.id(), &bob, 0x7FB);
    visitor.make(logon, open(CONTACTS.id(), id, 4));
}

/// MS-OXCFXICS 3.2.5.8.2.1: who may create, uploads messages; folders and their properties only who may make and
/// change those, also where the stream names a folder that is there and closed to him.
#[test]
fn an_upload_is_bound_by_each_folder_that_it_reaches() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut visitor = bob_in_contacts(&mut desk, 0x402);
    let source = desk.inbox();
    let id = desk.note(Special::Inbox.id(), "copied");
    desk.create_folder(source, "Secret");
    let request = FastTransferSourceCopyMessagesRequest { message_ids: vec![id], copy_flags: 0, send_options: 1 };
    let context = desk.make(source, request);
    let messages = desk.pull(context);
    let context = desk.make(source, crate::sync::transfer::copy_to());
    let folders = desk.pull(context);
    let contacts = visitor.folder(CONTACTS.id());
    let upload = visitor.destination(contacts, 3);
    visitor.push(upload, &messages, 1000).unwrap();
    // The same way does not make folders, or change the one that it leads to.
    let upload = visitor.destination(contacts, 3);
    assert_eq!(visitor.push(upload, &folders, 1000), Err(ErrorCode::AccessDenied));
    // An owner of the folder above does not get into one below that is closed to him.
    let hers = desk.folder(CONTACTS.id());
    let (_, secret) = desk.create_folder(hers, "Secret");
    grant(&mut desk, secret, &bob, 0);
    desk.note(secret, "kept");
    grant(&mut desk, CONTACTS.id(), &bob, 0x7FB);
    let inner = desk.inbox();
    let inner = desk.hierarchy(inner, 0, &[PropertyTag::PidTagFolderId]);
    let Some(Ok(Value::Integer64(number))) = desk.rows(inner).remove(0).pop() else { panic!() };
    let named = ObjectId::from_i64(number);
    desk.note(named, "intruder");
    let context = desk.make(source, crate::sync::transfer::copy_to());
    let folders = desk.pull(context);
    let upload = visitor.destination(contacts, 1);
    assert_eq!(visitor.push(upload, &folders, 1000), Err(ErrorCode::AccessDenied));
    let handle = desk.folder(secret);
    let table = desk.contents(handle, &[SUBJECT]);
    assert_eq!(desk.texts(table), ["kept"]);
}

/// What a search folder shows lies in folders that may be closed: it opens to nobody else, whatever its list says.
#[test]
fn a_search_folder_is_its_owners() {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let contacts = desk.folder(CONTACTS.id());
    let search = CreateFolderRequest { folder_type: 2, ..new_folder("found") };
    let made = desk.attempt_on([contacts, contacts], search).unwrap().response.folder_id;
    for folder in [CONTACTS.id(), made] {
        grant(&mut desk, folder, &bob, 0x7FB);
    }
    let mut visitor = visit(&desk.place, &bob).unwrap();
    let found = visitor.folder(made);
    assert_eq!(visitor.fails(found, GetContentsTableRequest { table_flags: 0 }), ErrorCode::AccessDenied);
    assert_eq!(visitor.fails(found, crate::sync::reader::contents_request()), ErrorCode::AccessDenied);
}

/// Groups and users of the box, and events: a visitor hears of what he may read.
#[test]
fn a_visitor_hears_of_what_is_open_to_him() {
    use mailstead::rop::{RegisterNotificationRequest, Reply};
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    grant(&mut desk, CONTACTS.id(), &bob, READ);
    // At the same engine: the latest one made hears of changes.
    let Direct { engine, caller, .. } = &desk.session.link;
    let caller = Caller { user: bob.clone(), ..caller.clone() };
    let mut session = Session::new(Direct::new(Arc::clone(engine), caller));
    let logon = block_on(session.logon(&desk.place.ann.legacy_dn)).unwrap();
    let mut visitor = Desk { place: Arc::clone(&desk.place), session, logon };
    let logon = visitor.logon.handle;
    let all = RegisterNotificationRequest { notification_types: 0x1FE, scope: None };
    block_on(visitor.session.open(logon, all)).unwrap();
    block_on(visitor.session.batch(&mailstead::client::Batch::default())).unwrap();
    desk.note(Special::Inbox.id(), "not for him");
    let heard = |visitor: &mut Desk| -> Vec<ObjectId> {
        let replies = block_on(visitor.session.batch(&mailstead::client::Batch::default())).unwrap().replies;
        let folder = |reply: &Reply| match reply {
            Reply::Notify(notify) => notify.notification_data.folder_id,
            _ => None,
        };
        replies.iter().filter_map(folder).collect()
    };
    assert_eq!(heard(&mut visitor), []);
    desk.note(CONTACTS.id(), "for him");
    let folders = heard(&mut visitor);
    assert!(!folders.is_empty() && folders.iter().all(|folder| *folder == CONTACTS.id()), "{folders:?}");
    grant(&mut desk, CONTACTS.id(), &bob, 0);
    desk.note(CONTACTS.id(), "not any more");
    assert_eq!(heard(&mut visitor), []);
}

/// MS-OXCFXICS 3.2.5.9.1.1 for visitors: a cache has the folders that are open, and gets and loses them as they are
/// opened and closed, with nothing else changing. What may not be read, is not downloaded; what may not be
/// changed, not uploaded.
#[test]
fn a_visitors_cache_gets_and_loses_folders() {
    use crate::sync::reader::contents_request;
    use std::collections::BTreeMap;
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let mut visitor = bob_in_contacts(&mut desk, READ);
    let ipm = visitor.folder(Special::IpmSubtree.id());
    let mut got = visitor.sync_folders(ipm, &BTreeMap::new());
    assert_eq!(got.names(), ["Contacts"]);
    got = visitor.sync_folders(ipm, &got.sync.state);
    assert!(got.names().is_empty());
    grant(&mut desk, Special::Notes.id(), &bob, VISIBLE);
    got = visitor.sync_folders(ipm, &got.sync.state);
    assert_eq!(got.names(), ["Notes"]);
    grant(&mut desk, CONTACTS.id(), &bob, 0);
    got = visitor.sync_folders(ipm, &got.sync.state);
    assert!(got.names().is_empty());
    assert_eq!(got.sync.deleted.iter().collect::<Vec<_>>(), [CONTACTS.counter()]);
    let notes = visitor.folder(Special::Notes.id());
    assert_eq!(visitor.fails(notes, contents_request()), ErrorCode::AccessDenied);
    grant(&mut desk, Special::Notes.id(), &bob, READ);
    let note = desk.note(Special::Notes.id(), "hers");
    let state = visitor.sync(notes, &BTreeMap::new());
    assert_eq!(state.subjects(), ["hers"]);
    let collector = visitor.collector(notes, true);
    let value = Value::MultipleBinary(vec![visitor.source_key(note)]);
    let property_values = vec![TaggedValue { tag: PropertyTag(0x0000_1102), value }];
    let delete = SynchronizationImportDeletesRequest { import_delete_flags: 0, property_values };
    assert_eq!(visitor.fails(collector, delete), ErrorCode::AccessDenied);
    assert_eq!(visitor.sync(notes, &BTreeMap::new()).subjects(), ["hers"]);
    // Closed while it is downloaded: there is no more of it.
    let context = visitor.make(notes, contents_request());
    grant(&mut desk, Special::Notes.id(), &bob, VISIBLE);
    assert_eq!(visitor.buffer(context, 0x7000).map(drop), Err(ErrorCode::AccessDenied));
}
