//! Operations on many messages, slice by slice. MS-OXCFOLD 3.1.5.2, MS-OXCPRPT 2.2.23, 3.1.5, 3.2.5.20

use super::{hard_delete, move_copy, soft_delete};
use crate::client::{Desk, NOW};
use mailstead::client::{Batch, Operation};
use mailstead::limits;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, Value};
use mailstead::rop::{
    DeleteFolderRequest, DeleteMessagesRequest, DeleteMessagesResponse, EmptyFolderRequest, EmptyFolderResponse,
    GetContentsTableRequest, HardDeleteMessagesAndSubfoldersRequest, HardDeleteMessagesAndSubfoldersResponse,
    HardDeleteMessagesRequest, HardDeleteMessagesResponse, MoveCopyMessagesRequest, MoveCopyMessagesResponse,
    ProgressRequest, ProgressResponse, Reply, Response, ResponseFrame,
};
use mailstead::store::{Kind, Location, Message, SessionStore};
use std::sync::Arc;

const SLICE: usize = limits::PROGRESS_SLICE;
const GO_ON: ProgressRequest = ProgressRequest { want_cancel: false };
const CANCEL: ProgressRequest = ProgressRequest { want_cancel: true };

impl Desk {
    /// A folder with so many messages.
    fn crowd(&mut self, name: &str, count: usize) -> (u32, ObjectId, Vec<ObjectId>) {
        let top = self.top();
        let (folder, id) = self.create_folder(top, name);
        (folder, id, self.fill(id, count, false))
    }

    fn fill(&mut self, folder: ObjectId, count: usize, associated: bool) -> Vec<ObjectId> {
        let at = Location { folder: folder.counter(), kind: Kind::new(associated, false) };
        let mailbox = self.place.ann.id;
        let mut txn = self.place.store.write().unwrap();
        let mut ids = Vec::new();
        for _ in 0..count {
            let mut owner = txn.mailbox(mailbox).unwrap();
            let id = txn.take_message_id(mailbox, &mut owner, folder.counter()).unwrap();
            let mut message = Message::default();
            message
                .head
                .properties
                .set(PropertyTag::PidTagNormalizedSubject.id(), Value::String("one of many".to_owned()));
            txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
            ids.push(ObjectId::own(id));
        }
        txn.commit().unwrap();
        ids
    }

    /// The answer to a request, whichever operation answers.
    #[track_caller]
    fn ask(&mut self, on: [u32; 2], operation: impl Operation) -> ResponseFrame {
        let mut batch = Batch::default();
        let (input, other) = (batch.object(on[0]), batch.object(on[1]));
        batch.push(mailstead::rop::Handles { input, other }, operation.request());
        let replies = smol::block_on(self.session.batch(&batch)).unwrap().replies;
        match replies.into_iter().next() {
            Some(Reply::Response(frame)) => frame,
            other => panic!("{other:?}"),
        }
    }

    /// RopProgress, of so many.
    #[track_caller]
    fn goes_on(&mut self, frame: &ResponseFrame, completed: usize, total: usize) {
        let [completed, total] = [completed, total].map(|count| u32::try_from(count).unwrap());
        let expected = ProgressResponse { logon_id: 0, completed_task_count: completed, total_task_count: total };
        assert_eq!((frame.id, frame.index, &frame.result), (0x50, 0, &Ok(Response::Progress(expected))));
    }

    fn how_many(&mut self, folder: u32) -> usize {
        usize::try_from(self.go(folder, GetContentsTableRequest { table_flags: 0 }).row_count).unwrap()
    }
}

fn emptying(want_asynchronous: bool) -> EmptyFolderRequest {
    EmptyFolderRequest { want_asynchronous, want_delete_associated: false }
}

fn emptied(partial_completion: bool) -> (u8, Result<Response, mailstead::rop::Failure>) {
    (0x58, Ok(Response::EmptyFolder(EmptyFolderResponse { partial_completion })))
}

/// MS-OXCFOLD R447, R1057, R448, R44802 (3.1.5.2), R1132, R619 (3.2.5.9), R234 (2.2.1.9.1);
/// MS-OXCPRPT R353, R36601, R36801, R368, R37001, R37002, R370 (2.2.23), R792, R452 (3.1.5), R597, R814 (3.2.5.20)
#[test]
fn a_long_operation_is_answered_with_its_progress_until_it_is_done() {
    let total = 2 * SLICE + 7;
    let mut desk = Desk::new();
    let (folder, id, _) = desk.crowd("Crowd", total);
    let begun = desk.ask([folder, folder], emptying(true));
    desk.goes_on(&begun, SLICE, total);
    // Others work in between, and what comes stays.
    let late = desk.fill(id, 1, false);
    let second = desk.ask([folder, folder], GO_ON);
    desk.goes_on(&second, 2 * SLICE, total);
    let done = desk.ask([folder, folder], GO_ON);
    assert_eq!((done.id, done.result), emptied(false));
    assert_eq!(desk.how_many(folder), 1);
    assert_eq!(desk.text_of(id, late[0]), "one of many");
    assert_eq!(desk.fails(folder, GO_ON), ErrorCode::NotSupported, "there is nothing under way");
    // Whoever does not ask for it, or for little, gets the answer.
    desk.fill(id, SLICE, false);
    let (done, _) = (desk.ask([folder, folder], emptying(false)), ());
    assert_eq!((done.id, done.result), emptied(false));
    desk.fill(id, SLICE, false);
    let done = desk.ask([folder, folder], emptying(true));
    assert_eq!((done.id, done.result), emptied(false));
}

impl Desk {
    fn text_of(&mut self, folder: ObjectId, id: ObjectId) -> String {
        let message = self.open_message(folder, id);
        self.text(message, PropertyTag::PidTagSubject)
    }
}

/// MS-OXCFOLD R1150, R633 (3.2.5.11), R1157, R640 (3.2.5.12), R1108, R584 (3.2.5.6), R1140, R1139 (3.2.5.10),
/// R1058 (3.1.5.2), R154, R250, R270, R292 (WantAsynchronous);
/// MS-OXCPRPT R788, R791, R79201, R79202 (3.1.5)
#[test]
fn each_of_them_ends_with_its_own_answer() {
    let total = SLICE + 10;
    let mut desk = Desk::new();
    let top = desk.top();
    let (other, other_id) = desk.create_folder(top, "Other");
    let (folder, id, ids) = desk.crowd("Crowd", total);
    let want_asynchronous = true;
    let copy = MoveCopyMessagesRequest { want_asynchronous, ..move_copy(ids.clone(), true) };
    let moved = |partial_completion| Ok(Response::MoveCopyMessages(MoveCopyMessagesResponse { partial_completion }));
    let begun = desk.ask([folder, other], copy);
    desk.goes_on(&begun, SLICE, total);
    let done = desk.ask([folder, other], GO_ON);
    assert_eq!((done.id, done.result), (0x33, moved(false)));
    assert_eq!((desk.how_many(folder), desk.how_many(other)), (total, total));
    let to_move = MoveCopyMessagesRequest { want_asynchronous, ..move_copy(ids.clone(), false) };
    let begun = desk.ask([folder, other], to_move.clone());
    desk.goes_on(&begun, SLICE, total);
    let done = desk.ask([folder, other], GO_ON);
    assert_eq!((done.id, done.result), (0x33, moved(false)));
    assert_eq!((desk.how_many(folder), desk.how_many(other)), (0, 2 * total));
    // What is not there makes it partial, as ever.
    let begun = desk.ask([folder, other], to_move);
    desk.goes_on(&begun, SLICE, total);
    let done = desk.ask([folder, other], GO_ON);
    assert_eq!((done.id, done.result), (0x33, moved(true)));
    let all = |desk: &Desk| {
        let txn = desk.place.store.read().unwrap();
        let ids = txn.message_ids(desk.place.ann.id, other_id.counter(), Kind::Normal).unwrap();
        ids.into_iter().take(total).map(ObjectId::own).collect::<Vec<_>>()
    };
    let soft = DeleteMessagesRequest { want_asynchronous, ..soft_delete(all(&desk)) };
    let begun = desk.ask([other, other], soft);
    desk.goes_on(&begun, SLICE, total);
    let done = desk.ask([other, other], GO_ON);
    let expected = DeleteMessagesResponse { partial_completion: false };
    assert_eq!((done.id, done.result), (0x1E, Ok(Response::DeleteMessages(expected))));
    let hard = HardDeleteMessagesRequest { want_asynchronous, ..hard_delete(all(&desk)) };
    let begun = desk.ask([other, other], hard);
    desk.goes_on(&begun, SLICE, total);
    let done = desk.ask([other, other], GO_ON);
    let expected = HardDeleteMessagesResponse { partial_completion: false };
    assert_eq!((done.id, done.result), (0x91, Ok(Response::HardDeleteMessages(expected))));
    assert_eq!(desk.how_many(other), 0);
    // With folders below and the associated messages.
    desk.fill(id, SLICE, false);
    desk.fill(id, 5, true);
    let (inner, inner_id) = desk.create_folder(folder, "Inner");
    desk.fill(inner_id, 3, false);
    desk.create_folder(inner, "Innermost");
    let everything = HardDeleteMessagesAndSubfoldersRequest { want_asynchronous, want_delete_associated: true };
    let begun = desk.ask([folder, folder], everything);
    desk.goes_on(&begun, SLICE, SLICE + 6);
    let done = desk.ask([folder, folder], GO_ON);
    let expected = HardDeleteMessagesAndSubfoldersResponse { partial_completion: false };
    assert_eq!((done.id, done.result), (0x92, Ok(Response::HardDeleteMessagesAndSubfolders(expected))));
    assert_eq!((desk.counts(folder), desk.names_below(folder).len()), ([0, 0, 0], 0));
}

/// MS-OXCFOLD R44801; MS-OXCPRPT R367 (2.2.23.1), R598, R815 (3.2.5.20): what is done stays done.
#[test]
fn a_client_may_cancel() {
    let total = 2 * SLICE + 7;
    let mut desk = Desk::new();
    let (folder, ..) = desk.crowd("Crowd", total);
    let begun = desk.ask([folder, folder], emptying(true));
    desk.goes_on(&begun, SLICE, total);
    let done = desk.ask([folder, folder], CANCEL);
    assert_eq!((done.id, done.result), emptied(true));
    assert_eq!(desk.how_many(folder), total - SLICE);
    assert_eq!(desk.fails(folder, GO_ON), ErrorCode::NotSupported);
}

/// MS-OXCPRPT R453 (3.1.5): anything else of the same logon ends it; another logon's does not.
#[test]
fn whatever_else_is_asked_ends_it() {
    let total = 3 * SLICE - 1;
    let mut desk = Desk::new();
    let (folder, ..) = desk.crowd("Crowd", total);
    let begun = desk.ask([folder, folder], emptying(true));
    desk.goes_on(&begun, SLICE, total);
    assert_eq!(desk.how_many(folder), total - SLICE, "the new operation is answered");
    assert_eq!(desk.fails(folder, GO_ON), ErrorCode::NotSupported);
    assert_eq!(desk.how_many(folder), total - SLICE);
    let begun = desk.ask([folder, folder], emptying(true));
    desk.goes_on(&begun, SLICE, total - SLICE);
    desk.session.logon_id = 1;
    let user = desk.place.ann.legacy_dn.clone();
    let logon = smol::block_on(desk.session.logon(&user)).unwrap();
    assert_eq!(desk.fails(logon.handle, GO_ON), ErrorCode::NotSupported, "not this logon's");
    desk.session.logon_id = 0;
    let done = desk.ask([folder, folder], GO_ON);
    assert_eq!((done.id, done.result), emptied(false));
}

/// MS-OXCFOLD R1109 (3.2.5.6): it fails in the middle.
#[test]
fn a_failure_on_the_way_is_the_answer() {
    let total = SLICE + 10;
    let mut desk = Desk::new();
    let top = desk.top();
    let (other, other_id) = desk.create_folder(top, "Other");
    let (folder, _, ids) = desk.crowd("Crowd", total);
    let begun = desk.ask([folder, other], MoveCopyMessagesRequest { want_asynchronous: true, ..move_copy(ids, false) });
    desk.goes_on(&begun, SLICE, total);
    // Somebody else deletes the destination for good.
    let mut colleague = desk.beside();
    let top = colleague.top();
    colleague.go(top, DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: other_id });
    let done = desk.ask([folder, other], GO_ON);
    assert_eq!(done.id, 0x33);
    assert_eq!(done.result.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(desk.how_many(folder), 10, "the slice that failed is as it was");
}

/// The folder is deleted while it is emptied: there is nothing left to do.
#[test]
fn the_folder_goes_while_it_is_emptied() {
    let total = 2 * SLICE + 7;
    let mut desk = Desk::new();
    let (folder, id, _) = desk.crowd("Crowd", total);
    let begun = desk.ask([folder, folder], emptying(true));
    desk.goes_on(&begun, SLICE, total);
    let mut colleague = desk.beside();
    let top = colleague.top();
    colleague.go(top, DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: id });
    let done = desk.ask([folder, folder], GO_ON);
    assert_eq!((done.id, done.result), emptied(false));
}

/// Sessions outlive the server, and so does what is under way in them.
#[test]
fn it_goes_on_after_a_restart() {
    let total = 2 * SLICE + 7;
    let mut desk = Desk::new();
    let (folder, ..) = desk.crowd("Crowd", total);
    let runtime = tempfile::tempdir().unwrap();
    let store = SessionStore::open(runtime.path(), Arc::clone(&desk.place.store), desk.place.path(), "boot").unwrap();
    let store = Arc::new(store);
    store.begin(1, b"about");
    desk.session.link.objects.keep_in(Arc::clone(&store), 1);
    let begun = desk.ask([folder, folder], emptying(true));
    desk.goes_on(&begun, SLICE, total);
    let kept = store.load().unwrap().remove(0);
    desk.session.link.objects = desk.session.link.engine.resume(&store, &kept).unwrap();
    let second = desk.ask([folder, folder], GO_ON);
    desk.goes_on(&second, 2 * SLICE, total);
    let done = desk.ask([folder, folder], GO_ON);
    assert_eq!((done.id, done.result), emptied(false));
    assert_eq!(desk.how_many(folder), 0);
}
