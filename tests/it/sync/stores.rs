//! Moves and copies between two mailboxes of one session: an administrator's own, and the one that
//! she has logged on to with USE_ADMIN_PRIVILEGE.

use super::reader::{binary, contents_request};
use super::upload::{take_id, xid};
use crate::client::{Desk, NOW, string};
use mailstead::client::Batch;
use mailstead::directory::{self, User};
use mailstead::limits;
use mailstead::mapi::{ChangeList, ErrorCode, ObjectId, PropertyName, PropertyTag, PropertyType, TaggedValue, Value};
use mailstead::rop::{
    GetPropertyIdsFromNamesRequest, Handles, MoveCopyMessagesRequest, MoveCopyMessagesResponse, ProgressRequest, Reply,
    Request, RequestFrame, Response, SynchronizationImportMessageMoveRequest,
};
use mailstead::store::{Kind, Location, Message, Special};
use mailstead::wire::{Guid, Wire};
use smol::block_on;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
/// RopLogon, OpenFlags. MS-OXCSTOR 2.2.1.1.1
const USE_ADMIN_PRIVILEGE: u32 = 1;
/// Too long for a record: it is kept as a blob.
const LONG: usize = 30_000;

fn name() -> PropertyName {
    PropertyName::Named { guid: Guid::new(7, 7, 7, [7; 8]), name: "of-a-mailbox".to_owned() }
}

/// The number of a name in a mailbox, made if need be.
fn number(desk: &mut Desk, logon: Option<u32>, name: PropertyName) -> u16 {
    let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names: vec![name] };
    desk.go(logon.unwrap_or(desk.logon.handle), request).property_ids[0]
}

/// Ann's mailbox and Bob's, in one session of hers; a message of Bob's with a named property and a
/// large value.
struct Two {
    desk: Desk,
    /// Bob's Inbox, its handle.
    his: u32,
    message: ObjectId,
    repl_guid: Guid,
}

impl Two {
    fn new() -> Self {
        let mut desk = Desk::new();
        let bob = desk.place.bob.clone();
        let ann = User { admin: true, ..desk.place.ann.clone() };
        let mut txn = desk.place.store.write().unwrap();
        directory::update(&mut txn, &ann).unwrap();
        txn.commit().unwrap();
        desk.session = Desk::bare(&desk.place, &ann, true);
        desk.logon = block_on(desk.session.logon(&ann.legacy_dn)).unwrap();
        // Numbers of names are not the same in both.
        let own = PropertyName::Named { guid: Guid::new(7, 7, 7, [7; 8]), name: "hers alone".to_owned() };
        number(&mut desk, None, own);
        desk.session.logon_id = 1;
        let logon = block_on(desk.session.logon_with(&bob.legacy_dn, USE_ADMIN_PRIVILEGE)).unwrap();
        let id = number(&mut desk, Some(logon.handle), name());
        let draft = block_on(desk.session.create_message(logon.handle, Special::Inbox.id())).unwrap();
        let named = PropertyTag::new(id, PropertyType::String);
        let long = binary(PropertyTag::PidTagRtfCompressed, vec![7; LONG]);
        desk.set(draft, vec![string(SUBJECT, "his"), TaggedValue::new(named, Value::String("kept".into())), long]);
        let message = desk.save(draft);
        let his = block_on(desk.session.open_folder(logon.handle, Special::Inbox.id())).unwrap();
        desk.session.logon_id = 0;
        Self { desk, his, message, repl_guid: logon.private.repl_guid }
    }

    /// Is the message in Ann's folder, whole?
    fn arrived(&mut self, folder: ObjectId, id: ObjectId) {
        let desk = &mut self.desk;
        let named = number(desk, None, name());
        let message = desk.open_message(folder, id);
        assert_eq!(desk.text(message, SUBJECT), "his");
        assert_eq!(desk.text(message, PropertyTag::new(named, PropertyType::String)), "kept");
        let long = block_on(desk.session.read_stream(message, PropertyTag::PidTagRtfCompressed)).unwrap();
        assert_eq!(long, vec![7; LONG]);
    }

    fn his_titles(&mut self) -> Vec<String> {
        self.desk.session.logon_id = 1;
        let table = self.desk.contents(self.his, &[SUBJECT]);
        let titles = self.desk.texts(table);
        self.desk.session.logon_id = 0;
        titles
    }
}

/// MS-OXCFXICS 2.2.3.2.4.4, from another store: the message is under the client's key here, and gone
/// there.
#[test]
fn a_move_from_another_store_is_imported() {
    let mut two = Two::new();
    let inbox = two.desk.inbox();
    let (to, to_id) = two.desk.create_folder(inbox, "to");
    let new_id = take_id(&mut two.desk);
    let collector = two.desk.collector(to, true);
    let key = |id: ObjectId| mailstead::mapi::LongTermId::new(two.repl_guid, id).gid();
    let request = SynchronizationImportMessageMoveRequest {
        source_folder_id: key(Special::Inbox.id()),
        source_message_id: key(two.message),
        predecessor_change_list: ChangeList::of(xid(1)).to_bytes(),
        destination_message_id: two.desk.source_key(new_id),
        change_number: xid(1).to_bytes(),
    };
    two.desk.go(collector, request.clone());
    two.arrived(to_id, new_id);
    assert!(two.his_titles().is_empty());
    assert_eq!(two.desk.fails(collector, request.clone()), ErrorCode::SyncObjectDeleted, "it is there no more");
    let got = two.desk.sync_with(to, contents_request(), &std::collections::BTreeMap::new());
    assert_eq!(got.subjects(), ["his"]);
    // A store that the session has not opened.
    let mut elsewhere = Desk::new();
    let inbox = elsewhere.inbox();
    let collector = elsewhere.collector(inbox, true);
    let new_id = take_id(&mut elsewhere);
    let request =
        SynchronizationImportMessageMoveRequest { destination_message_id: elsewhere.source_key(new_id), ..request };
    assert_eq!(elsewhere.fails(collector, request), ErrorCode::NotFound);
}

/// MS-OXCFOLD 2.2.1.6: the destination may be a folder of another store.
#[test]
fn messages_are_copied_and_moved_between_stores() {
    let mut two = Two::new();
    let inbox = two.desk.inbox();
    let (to, to_id) = two.desk.create_folder(inbox, "to");
    for want_copy in [true, false] {
        two.desk.session.logon_id = 1;
        let request = MoveCopyMessagesRequest { message_ids: vec![two.message], want_asynchronous: false, want_copy };
        let done = two.desk.attempt_on([two.his, to], request).unwrap();
        assert!(!done.response.partial_completion);
        two.desk.session.logon_id = 0;
        assert_eq!(two.his_titles().len(), usize::from(want_copy));
        let got = two.desk.sync_with(to, contents_request(), &std::collections::BTreeMap::new());
        assert_eq!(got.changes.len(), if want_copy { 1 } else { 2 });
        for change in &got.changes {
            two.arrived(to_id, ObjectId::own(change.id()));
        }
    }
}

/// A long move goes on as long as the session has the other store open. MS-OXCFOLD 3.1.5.2
#[test]
fn a_long_move_ends_with_the_store_that_it_goes_to() {
    let mut two = Two::new();
    let (bob, slice) = (two.desk.place.bob.id, limits::PROGRESS_SLICE);
    let at = Location { folder: Special::Inbox.counter(), kind: Kind::Normal };
    let mut txn = two.desk.place.store.write().unwrap();
    for _ in 0..slice + 9 {
        let mut owner = txn.mailbox(bob).unwrap();
        let id = txn.take_message_id(bob, &mut owner, at.folder).unwrap();
        txn.save_message(bob, &mut owner, at, id, &mut Message::default(), NOW).unwrap();
    }
    let message_ids: Vec<ObjectId> =
        txn.message_ids(bob, at.folder, at.kind).unwrap().into_iter().map(ObjectId::own).collect();
    txn.commit().unwrap();
    let inbox = two.desk.inbox();
    let hers = two.desk.logon.handle;
    two.desk.session.logon_id = 1;
    let ask = |desk: &mut Desk, on: [u32; 2], request: Request| {
        let mut batch = Batch::default();
        let (input, other) = (batch.object(on[0]), batch.object(on[1]));
        batch.requests.push(RequestFrame { logon_id: 1, handles: Handles { input, other }, request });
        match block_on(desk.session.batch(&batch)).unwrap().replies.remove(0) {
            Reply::Response(frame) => frame.result.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let request = MoveCopyMessagesRequest { message_ids, want_asynchronous: true, want_copy: false };
    let begun = ask(&mut two.desk, [two.his, inbox], Request::MoveCopyMessages(request));
    assert!(matches!(begun, Response::Progress(_)), "{begun:?}");
    two.desk.session.logon_id = 0;
    block_on(two.desk.session.release(&[hers])).unwrap();
    two.desk.session.logon_id = 1;
    let on = [two.his, two.his];
    let ended = ask(&mut two.desk, on, Request::Progress(ProgressRequest { want_cancel: false }));
    assert_eq!(ended, Response::MoveCopyMessages(MoveCopyMessagesResponse { partial_completion: true }));
    assert_eq!(two.his_titles().len(), 10);
}
