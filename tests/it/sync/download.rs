//! Downloads by specification. MS-OXCFXICS 2.2.4.3, 3.2.5.3, 3.2.5.9.1 to 3.2.5.9.3

use super::reader::{
    Change, Contents, FAI, NORMAL, Parser, Props, READ_STATE, USUAL, binary, bytes, contents_request, counter, get,
    hierarchy_request,
};
use crate::client::{Desk, NOW, new_folder, string};
use mailstead::limits;
use mailstead::mapi::{
    ChangeList, ErrorCode, ObjectId, PropertyTag, Ranges, RelOp, Restriction, TaggedValue, Value, Xid,
};
use mailstead::rop::{
    BufferSize, DeleteFolderRequest, DeleteMessagesRequest, FastTransferSourceGetBufferRequest,
    HardDeleteMessagesRequest, MoveCopyMessagesRequest, MoveFolderRequest, NO_HANDLE, OpenMessageRequest,
    SetReadFlagsRequest, SynchronizationConfigureRequest, SynchronizationUploadStateStreamBeginRequest,
    SynchronizationUploadStateStreamContinueRequest, SynchronizationUploadStateStreamEndRequest,
};
use mailstead::store::{Kind, Location, SessionStore, Special};
use mailstead::transfer::meta;
use mailstead::wire::{FileTime, Wire};
use std::collections::BTreeMap;
use std::sync::Arc;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const NO_DELETIONS: u16 = 0x02;

fn none() -> BTreeMap<u32, Vec<u8>> {
    BTreeMap::new()
}

pub(super) fn ids(list: &[ObjectId]) -> Ranges {
    Ranges::from_unsorted(list.iter().map(|id| (id.counter(), id.counter())).collect())
}

fn flagged(synchronization_flags: u16) -> SynchronizationConfigureRequest {
    SynchronizationConfigureRequest { synchronization_flags, ..contents_request() }
}

/// A folder of its own below the Inbox.
pub(super) fn scene(desk: &mut Desk) -> (u32, ObjectId) {
    let inbox = desk.inbox();
    desk.create_folder(inbox, "scene")
}

pub(super) fn edit(desk: &mut Desk, folder: ObjectId, id: ObjectId, values: Vec<TaggedValue>) {
    let request = OpenMessageRequest { code_page_id: 0x0FFF, folder_id: folder, open_mode_flags: 1, message_id: id };
    let message = desk.make(desk.logon.handle, request);
    desk.set(message, values);
    desk.save(message);
}

pub(super) fn read(desk: &mut Desk, folder: u32, list: &[ObjectId], read: bool) {
    let read_flags = if read { 1 } else { 4 };
    desk.go(folder, SetReadFlagsRequest { want_asynchronous: false, read_flags, message_ids: list.to_vec() });
}

pub(super) fn hard(desk: &mut Desk, folder: u32, list: &[ObjectId]) {
    let message_ids = list.to_vec();
    desk.go(folder, HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids });
}

fn moved(desk: &mut Desk, from: u32, to: u32, list: &[ObjectId]) {
    let request = MoveCopyMessagesRequest { message_ids: list.to_vec(), want_asynchronous: false, want_copy: false };
    desk.attempt_on([from, to], request).unwrap();
}

fn tags(props: &Props) -> Vec<u32> {
    props.iter().map(|(tag, ..)| tag.0).collect()
}

/// MS-OXCFXICS 2.2.4.3.14: five properties in their order, then those
/// asked for by extra flags.
/// MS-OXCROPS R3930
#[test]
fn a_change_has_the_header_that_was_asked_for() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let id = desk.note(folder_id, "hello");
    let first = desk.sync(folder, &none());
    let [change] = first.changes.as_slice() else { panic!("{first:?}") };
    let fixed = [0x65E0_0102, 0x3008_0040, 0x65E2_0102, 0x65E3_0102, 0x67AA_000B];
    let asked = [0x674A_0014, 0x0E08_0003, 0x67A4_0014];
    assert_eq!(tags(&change.header), [&fixed[..], &asked].concat());
    assert_eq!(bytes(get(&change.header, PropertyTag::PidTagSourceKey)), desk.source_key(id));
    assert_eq!(get(&change.header, PropertyTag::PidTagAssociated), Some(Value::Boolean(false)));
    let key = Xid::from_bytes(&bytes(get(&change.header, PropertyTag::PidTagChangeKey))).unwrap();
    let list = ChangeList::from_bytes(&bytes(get(&change.header, PropertyTag::PidTagPredecessorChangeList))).unwrap();
    assert!(list.includes(&ChangeList::of(key)), "a version descends from itself");
    assert_eq!(change.subject(), "hello");
    for tag in fixed.iter().chain(&asked) {
        assert!(!tags(&change.node.props).contains(tag), "{tag:08x} is in the header alone");
    }
    let bare = SynchronizationConfigureRequest { synchronization_extra_flags: 0, ..contents_request() };
    let bare = desk.sync_with(folder, bare, &none());
    assert_eq!(tags(&bare.changes[0].header), fixed);
}

/// MS-OXCFXICS R2065, R2066 (3.2.5.3): what has been sent is in the state, and nothing
/// comes twice.
/// MS-OXCROPS R3900 R4189 R4211 R4225 R4234
/// MS-OXCROPS R4200 R4202
#[test]
fn what_was_sent_does_not_come_again() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list: Vec<ObjectId> = (0..5).map(|n| desk.note(folder_id, &format!("m{n}"))).collect();
    let first = desk.sync(folder, &none());
    assert_eq!(first.subjects(), ["m0", "m1", "m2", "m3", "m4"]);
    assert_eq!(first.sync.set(meta::IDSET_GIVEN), ids(&list));
    assert_eq!(first.sync.set(meta::CNSET_SEEN).ranges().len(), 1, "one range in an ordinary mailbox");
    let second = desk.sync(folder, &first.sync.state);
    assert_eq!(second.changes, []);
    assert_eq!(second.sync.state, first.sync.state);
    // New, changed, deleted, and nothing of others.
    let new = desk.note(folder_id, "new");
    edit(&mut desk, folder_id, list[1], vec![string(SUBJECT, "changed")]);
    hard(&mut desk, folder, &[list[2]]);
    desk.go(
        folder,
        DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![list[4]] },
    );
    let third = desk.sync(folder, &first.sync.state);
    assert_eq!(third.subjects(), ["new", "changed"]);
    assert_eq!(third.sync.deleted, ids(&[list[2], list[4]]), "hard and soft deletions are deletions");
    assert_eq!(third.sync.set(meta::IDSET_GIVEN), ids(&[list[0], list[1], list[3], new]));
    let fourth = desk.sync(folder, &third.sync.state);
    assert_eq!((fourth.changes, fourth.sync.deleted), (vec![], Ranges::default()));
}

/// MS-OXCFXICS R1891, R1892 (3.1.5.3): identifiers do not change when a message is saved; a move makes another.
#[test]
fn a_moved_message_is_deleted_here_and_new_there() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (other, _) = desk.create_folder(folder, "other");
    let id = desk.note(folder_id, "mover");
    let (here, there) = (desk.sync(folder, &none()), desk.sync(other, &none()));
    moved(&mut desk, folder, other, &[id]);
    let (here, there) = (desk.sync(folder, &here.sync.state), desk.sync(other, &there.sync.state));
    assert_eq!((here.changes.len(), here.sync.deleted), (0, ids(&[id])));
    assert_eq!(there.subjects(), ["mover"]);
    assert_ne!(there.changes[0].id(), id.counter());
}

/// MS-OXCFXICS 3.2.5.3: a snapshot is taken when the context is configured.
#[test]
fn what_changes_during_a_download_comes_with_the_next() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list: Vec<ObjectId> = (0..4).map(|n| desk.note(folder_id, &format!("m{n}"))).collect();
    let context = desk.make(folder, contents_request());
    edit(&mut desk, folder_id, list[0], vec![string(SUBJECT, "m0 again")]);
    hard(&mut desk, folder, &[list[1]]);
    read(&mut desk, folder, &[list[2]], false);
    desk.note(folder_id, "m4");
    let stream = desk.pull(context);
    let first = Parser::new(&stream).contents(0);
    assert_eq!(first.subjects(), ["m2", "m3"], "what is as it was");
    assert_eq!(first.sync.set(meta::IDSET_GIVEN), ids(&list[2..]));
    let second = desk.sync(folder, &first.sync.state);
    assert_eq!(second.subjects(), ["m0 again", "m4"]);
    assert_eq!((second.sync.deleted, second.sync.unread), (Ranges::default(), ids(&[list[2]])));
}

/// MS-OXCFXICS R2216 (3.2.5.9.3.1), R3417 (3.2.5.3): a client that breaks off goes on from the state it asked for,
/// wherever that was.
#[test]
fn a_download_that_breaks_off_is_resumed_from_its_checkpoint() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let gone = desk.note(folder_id, "gone");
    let start = desk.sync(folder, &none());
    let mut all: Vec<u64> = Vec::new();
    for n in 0..12 {
        let body = "body ".repeat(200 * (n % 4));
        let values = vec![string(SUBJECT, &format!("m{n}")), string(PropertyTag::PidTagBody, &body)];
        all.push(desk.message(folder_id, values).counter());
    }
    hard(&mut desk, folder, &[gone]);
    for order in [7, 0x0F] {
        let request = SynchronizationConfigureRequest { synchronization_extra_flags: order, ..contents_request() };
        for buffers in 0..40 {
            let context = desk.make(folder, request.clone());
            desk.upload_state(context, &start.sync.state);
            let mut part = Vec::new();
            let mut finished = false;
            for _ in 0..buffers {
                let (more, done) = desk.buffer(context, 700).unwrap();
                part.extend(more);
                finished |= done;
            }
            let state = desk.transfer_state(context);
            let rest = desk.sync(folder, &state);
            // What the checkpoint says is given and what follows is everything, once.
            let given = super::reader::set_of(&state, meta::IDSET_GIVEN);
            let mut seen: Vec<u64> = all.iter().copied().filter(|id| given.contains(*id)).collect();
            assert!(finished || rest.changes.len() + seen.len() == all.len());
            seen.extend(rest.changes.iter().map(Change::id));
            seen.sort_unstable();
            assert_eq!(seen, all, "after {buffers} buffers");
            if !finished {
                assert_eq!(rest.sync.deleted, ids(&[gone]), "a deletion that was not heard of is told again");
            }
            assert_eq!(desk.sync(folder, &rest.sync.state).changes, []);
        }
    }
}

/// MS-OXCFXICS R2083 to R2085 (3.2.5.6), R2076 (3.2.5.3): read states travel apart from other changes.
#[test]
fn read_states_come_without_their_messages() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list: Vec<ObjectId> = (0..4).map(|n| desk.note(folder_id, &format!("m{n}"))).collect();
    read(&mut desk, folder, &list, false);
    let first = desk.sync(folder, &none());
    assert_eq!((first.sync.read.is_empty(), first.sync.unread.is_empty()), (true, true), "messages bring theirs");
    read(&mut desk, folder, &list[..2], true);
    edit(&mut desk, folder_id, list[1], vec![string(SUBJECT, "both")]);
    let second = desk.sync(folder, &first.sync.state);
    assert_eq!(second.subjects(), ["both"]);
    assert_eq!((second.sync.read, second.sync.unread), (ids(&list[..1]), Ranges::default()));
    read(&mut desk, folder, &list[..1], false);
    let silent = desk.sync_with(folder, flagged(USUAL & !READ_STATE), &second.sync.state);
    assert!(silent.sync.unread.is_empty(), "not asked for");
    let third = desk.sync(folder, &silent.sync.state);
    assert_eq!((third.changes.len(), third.sync.unread), (0, ids(&list[..1])), "and not forgotten");
    assert!(desk.sync(folder, &third.sync.state).sync.unread.is_empty());
}

/// MS-OXCFXICS R690, R693 (2.2.3.2.1.1.1): Normal and FAI say what is synchronised.
/// MS-OXCROPS R3921
#[test]
fn normal_and_associated_messages_are_asked_for_apart() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.note(folder_id, "normal");
    let request = mailstead::rop::CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: true };
    let fai = desk.make(desk.logon.handle, request);
    desk.set(fai, vec![string(SUBJECT, "fai")]);
    desk.save(fai);
    let of = |flags: u16, desk: &mut Desk| desk.sync_with(folder, flagged(flags), &none());
    assert_eq!(of(NORMAL, &mut desk).subjects(), ["normal"]);
    assert_eq!(of(FAI, &mut desk).subjects(), ["fai"]);
    assert_eq!(of(0, &mut desk).subjects(), Vec::<String>::new());
    let both = of(NORMAL | FAI, &mut desk);
    assert_eq!(both.subjects(), ["fai", "normal"]);
    assert_eq!(get(&both.changes[0].header, PropertyTag::PidTagAssociated), Some(Value::Boolean(true)));
    // What was seen of one kind says nothing of the other.
    let fai_only = of(FAI, &mut desk);
    assert_eq!(desk.sync_with(folder, flagged(NORMAL | FAI), &fai_only.sync.state).subjects(), ["normal"]);
}

/// MS-OXCFXICS R680 (2.2.3.2.1.1.1): NoDeletions keeps them for a client that asks.
#[test]
fn deletions_that_are_not_asked_for_are_kept_for_later() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let id = desk.note(folder_id, "gone");
    let first = desk.sync(folder, &none());
    hard(&mut desk, folder, &[id]);
    desk.note(folder_id, "new");
    let silent = desk.sync_with(folder, flagged(USUAL | NO_DELETIONS), &first.sync.state);
    assert_eq!((silent.subjects(), silent.sync.deleted.is_empty()), (vec!["new".to_owned()], true));
    let told = desk.sync(folder, &silent.sync.state);
    assert_eq!((told.changes.len(), told.sync.deleted), (0, ids(&[id])));
}

/// MS-OXCFXICS R2045 (3.2.5.3): what a client never had is not reported as deleted.
#[test]
fn a_deletion_of_what_was_never_given_is_not_told() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let first = desk.sync(folder, &none());
    let short_lived = desk.note(folder_id, "short life");
    hard(&mut desk, folder, &[short_lived]);
    let second = desk.sync(folder, &first.sync.state);
    assert_eq!((second.changes.len(), second.sync.deleted), (0, Ranges::default()));
}

/// A folder remembers so many deletions; a client that missed more is told by comparing.
#[test]
fn a_client_that_is_far_behind_hears_of_every_deletion() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list: Vec<ObjectId> = (0..4).map(|n| desk.note(folder_id, &format!("m{n}"))).collect();
    let first = desk.sync(folder, &none());
    hard(&mut desk, folder, &list[..2]);
    let mailbox = desk.place.ann.id;
    let mut txn = desk.place.store.write().unwrap();
    let mut owner = txn.mailbox(mailbox).unwrap();
    let count = limits::GRAVES_PER_FOLDER_MAX;
    let unborn = owner.take_ids(count).unwrap();
    txn.put_mailbox(mailbox, &owner).unwrap();
    for id in unborn..unborn + u64::from(count) {
        txn.bury_unborn(mailbox, folder_id.counter(), id).unwrap();
    }
    let record = txn.folder(mailbox, folder_id.counter()).unwrap().unwrap();
    assert_eq!(record.graves, count, "no more than that");
    txn.commit().unwrap();
    hard(&mut desk, folder, &list[2..3]);
    let second = desk.sync(folder, &first.sync.state);
    assert_eq!((second.changes.len(), &second.sync.deleted), (0, &ids(&list[..3])));
    assert_eq!(desk.sync(folder, &second.sync.state).sync.deleted, Ranges::default());
}

fn important() -> Restriction {
    let property_tag = PropertyTag::PidTagImportance;
    let tagged_value = TaggedValue::new(property_tag, Value::Integer32(2));
    Restriction::Property { rel_op: RelOp::Equal, property_tag, tagged_value }
}

/// MS-OXCFXICS R2047 (3.2.5.3), R75, R76 (2.2.1.3.2): what leaves the scope is reported, and comes when
/// the scope grows.
/// MS-OXCROPS R3926 R3927
#[test]
fn a_restriction_is_the_scope() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let importance = |n: i32| TaggedValue::new(PropertyTag::PidTagImportance, Value::Integer32(n));
    let mut list = Vec::new();
    for n in 0..6 {
        list.push(desk.message(folder_id, vec![string(SUBJECT, &format!("m{n}")), importance(n % 2 * 2)]));
    }
    let scoped = SynchronizationConfigureRequest { restriction_data: important().to_bytes(), ..contents_request() };
    for extra in [7, 0x0F] {
        let scoped = SynchronizationConfigureRequest { synchronization_extra_flags: extra, ..scoped.clone() };
        let first = desk.sync_with(folder, scoped.clone(), &none());
        assert_eq!(first.sync.set(meta::IDSET_GIVEN), ids(&[list[1], list[3], list[5]]));
        edit(&mut desk, folder_id, list[1], vec![importance(0)]);
        edit(&mut desk, folder_id, list[0], vec![importance(2)]);
        let second = desk.sync_with(folder, scoped.clone(), &first.sync.state);
        assert_eq!((second.subjects(), &second.sync.outside), (vec!["m0".to_owned()], &ids(&[list[1]])));
        let third = desk.sync_with(folder, scoped.clone(), &second.sync.state);
        assert_eq!((third.changes.len(), third.sync.outside.is_empty()), (0, true));
        // IgnoreNoLongerInScope: nothing is said, and nothing forgotten.
        let ignored = SynchronizationConfigureRequest { synchronization_flags: USUAL | 0x04, ..scoped.clone() };
        assert!(desk.sync_with(folder, ignored, &first.sync.state).sync.outside.is_empty());
        // Without the restriction, what was out of scope comes, once.
        let mut wide = desk.sync(folder, &third.sync.state);
        wide.changes.sort_by_key(Change::id);
        assert_eq!(wide.changes.iter().map(Change::id).collect::<Vec<_>>(), [1, 2, 4].map(|n| list[n].counter()));
        assert_eq!(desk.sync(folder, &wide.sync.state).changes, []);
        edit(&mut desk, folder_id, list[1], vec![importance(2)]);
        edit(&mut desk, folder_id, list[0], vec![importance(0)]);
    }
}

/// MS-OXCFXICS R723 (2.2.3.2.1.1.1): the latest first, be they few or many.
#[test]
fn messages_come_in_the_order_of_delivery() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let mailbox = desk.place.ann.id;
    let by_time = SynchronizationConfigureRequest { synchronization_extra_flags: 0x0F, ..contents_request() };
    let deliver = |desk: &Desk, count: u64, first: u64| {
        let mut txn = desk.place.store.write().unwrap();
        for n in first..first + count {
            let mut owner = txn.mailbox(mailbox).unwrap();
            let mut message = crate::store::message(&format!("{n:05}"), 10, 0);
            // Scattered, so that neither identifiers nor change numbers are in this order.
            let time = FileTime(NOW.0 + n * 7919 % 4001);
            message.head.properties.set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(time));
            owner.stamp_new(&mut message.head).unwrap();
            let id = owner.take_id().unwrap();
            let at = Location { folder: folder_id.counter(), kind: Kind::Normal };
            txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
        }
        txn.commit().unwrap();
    };
    let ordered = |contents: &Contents| {
        let time = |change: &Change| match change.node.get(PropertyTag::PidTagMessageDeliveryTime) {
            Some(Value::Time(time)) => time,
            other => panic!("{other:?}"),
        };
        assert!(contents.changes.is_sorted_by_key(|change| std::cmp::Reverse(time(change))));
    };
    deliver(&desk, 20, 0);
    let few = desk.sync_with(folder, by_time.clone(), &none());
    assert_eq!(few.changes.len(), 20);
    ordered(&few);
    let many = limits::SYNC_SORT_MAX as u64 + 100;
    deliver(&desk, many, 20);
    let rest = desk.sync_with(folder, by_time.clone(), &few.sync.state);
    assert_eq!(rest.changes.len() as u64, many);
    ordered(&rest);
    assert_eq!(rest.sync.set(meta::CNSET_SEEN).ranges().len(), 1);
    assert_eq!(desk.sync_with(folder, by_time, &rest.sync.state).changes, []);
}

/// MS-OXCFXICS R1174, R1176 (2.2.4.3.19): how much there will be, and of what.
#[test]
fn progress_is_told_beforehand() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    for n in 0..3 {
        desk.note(folder_id, &format!("m{n}"));
    }
    let told = desk.sync_with(folder, flagged(USUAL | 0x8000), &none());
    let total = told.total.unwrap();
    assert_eq!(total.len(), 32);
    assert_eq!(total[..16], [0; 16], "version, no FAI messages, no bytes of them");
    assert_eq!(total[16..24], [3, 0, 0, 0, 0, 0, 0, 0]);
    let size: i32 = told
        .changes
        .iter()
        .map(|change| {
            let per = change.progress.as_ref().unwrap();
            assert_eq!(tags(per), [0x0000_0003, 0x0000_000B]);
            match (&per[0].2, get(&change.header, PropertyTag::PidTagMessageSize)) {
                (Value::Integer32(size), Some(Value::Integer32(same))) if *size == same => same,
                other => panic!("{other:?}"),
            }
        })
        .sum();
    assert_eq!(u64::from_le_bytes(total[24..].try_into().unwrap()), u64::try_from(size).unwrap());
}

/// MS-OXCFXICS R696, R708 (2.2.3.2.1.1.1): lists of properties, for FAI messages or not.
/// MS-OXCROPS R3936
#[test]
fn properties_are_listed_to_be_sent_or_left_out() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.message(folder_id, vec![string(SUBJECT, "s"), string(PropertyTag::PidTagBody, "b")]);
    let tags_of = vec![SUBJECT, PropertyTag::PidTagMessageRecipients];
    let only = SynchronizationConfigureRequest {
        synchronization_flags: USUAL | 0x80,
        property_tags: tags_of.clone(),
        ..contents_request()
    };
    let only = desk.sync_with(folder, only, &none());
    assert_eq!(tags(&only.changes[0].node.props), [SUBJECT.0]);
    assert_eq!(only.changes[0].node.deleted_first, [PropertyTag::PidTagMessageRecipients.0]);
    let but = SynchronizationConfigureRequest { property_tags: tags_of, ..contents_request() };
    let but = desk.sync_with(folder, but, &none());
    assert_eq!(but.changes[0].node.get(SUBJECT), None);
    assert_eq!(but.changes[0].node.text(PropertyTag::PidTagBody), "b");
    assert_eq!(but.changes[0].node.deleted_first, [PropertyTag::PidTagMessageAttachments.0]);
}

/// A session can be written down in the middle of a download and goes on: contexts are data, and of
/// a bounded size (1 MB), whatever the attachment's.
#[test]
fn a_context_is_small_and_survives_being_written_down() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let mailbox = desk.place.ann.id;
    let data: Vec<u8> = (0..6_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut txn = desk.place.store.write().unwrap();
    let mut owner = txn.mailbox(mailbox).unwrap();
    let mut message = crate::store::message("large", 10, 1);
    let attachment = message.attachments.get_mut(&0).unwrap();
    attachment.properties.set(PropertyTag::PidTagAttachDataBinary.id(), Value::Binary(data.clone()));
    owner.stamp_new(&mut message.head).unwrap();
    let id = owner.take_id().unwrap();
    let at = Location { folder: folder_id.counter(), kind: Kind::Normal };
    txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
    txn.commit().unwrap();
    let runtime = tempfile::tempdir().unwrap();
    let store = Arc::clone(&desk.place.store);
    let sessions = Arc::new(SessionStore::open(runtime.path(), store, desk.place.path(), "boot").unwrap());
    sessions.begin(1, b"context");
    desk.session.link.objects.keep_in(Arc::clone(&sessions), 1);
    let context = desk.make(folder, contents_request());
    let mut stream = Vec::new();
    loop {
        let (part, done) = desk.buffer(context, 0x7BC0).unwrap();
        stream.extend(part);
        if done {
            break;
        }
        desk.session.link.objects.save();
        let kept = sessions.load().unwrap().remove(0);
        let written: usize = kept.objects.iter().map(|(_, object)| object.len()).sum();
        assert!(written < 1 << 20, "{written} bytes");
        let mut objects = desk.session.link.engine.resume(&sessions, &kept).unwrap();
        objects.keep_in(Arc::clone(&sessions), 1);
        desk.session.link.objects = objects;
    }
    let contents = Parser::new(&stream).contents(0);
    let (props, _) = &contents.changes[0].node.attachments[0];
    assert_eq!(bytes(get(props, PropertyTag::PidTagAttachDataBinary)), data);
}

/// Its large value is gone with it: the client starts again, and gets what is there then.
#[test]
fn a_message_deleted_while_it_is_sent_ends_the_download() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let message = desk.draft(folder_id);
    desk.write_large(message, PropertyTag::PidTagBody, &super::reader::utf16(&"long ".repeat(50_000)));
    let id = desk.save(message);
    let context = desk.make(folder, contents_request());
    assert!(!desk.buffer(context, 0x4000).unwrap().1);
    hard(&mut desk, folder, &[id]);
    assert_eq!(desk.buffer(context, 0x4000), Err(ErrorCode::ObjectDeleted));
    assert_eq!(desk.buffer(context, 0x4000), Err(ErrorCode::ObjectDeleted), "errors stick");
    assert_eq!(desk.sync(folder, &none()).changes, []);
}

/// MS-OXCFXICS R536 (2.2.3.1.1.5.1): sizes that are asked for, and those that are too small.
#[test]
fn a_buffer_has_the_size_that_was_asked_for() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.note(folder_id, "m");
    let whole = {
        let context = desk.make(folder, contents_request());
        desk.pull(context)
    };
    let context = desk.make(folder, contents_request());
    let mut again = Vec::new();
    let get = |size| FastTransferSourceGetBufferRequest { buffer_size: BufferSize::Exact(size) };
    assert_eq!(desk.attempt_on([context, NO_HANDLE], get(3)).map(drop), Err(ErrorCode::BufferTooSmall));
    loop {
        let got = desk.go(context, get(100));
        assert!(got.transfer_buffer.len() <= 100 && !got.transfer_buffer.is_empty());
        again.extend(got.transfer_buffer);
        if got.transfer_status == 3 {
            break;
        }
    }
    assert_eq!(again, whole);
    let end = desk.go(context, get(100));
    assert_eq!((end.transfer_status, end.transfer_buffer.len()), (3, 0), "after the end is the end");
    assert_eq!(desk.fails(folder, get(100)), ErrorCode::NotSupported);
}

/// MS-OXCFXICS R2141001 (3.2.5.8.1.5): a size that was named is not cut down to what the client has room for; and
/// nothing of what was not sent is lost.
#[test]
fn a_named_size_that_has_no_room_is_refused() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.message(folder_id, vec![string(PropertyTag::PidTagBody, &"long ".repeat(2000))]);
    let context = desk.make(folder, contents_request());
    let whole = desk.pull(context);
    assert!(whole.len() > 0x2000);
    let context = desk.make(folder, contents_request());
    let get = |buffer_size| FastTransferSourceGetBufferRequest { buffer_size };
    desk.session.link.max_rop_out = 0x1000;
    assert_eq!(desk.fails(context, get(BufferSize::Exact(0x2000))), ErrorCode::BufferTooSmall);
    let some = desk.go(context, get(BufferSize::Maximum(0x2000))).transfer_buffer;
    assert!(some.len() < 0x1000, "the server chooses");
    desk.session.link.max_rop_out = 0x1_0008;
    let rest = desk.pull(context);
    assert_eq!([some, rest].concat(), whole);
}

/// MS-OXCFXICS R3391 (3.1.5.4.3.2): what cannot be understood is refused.
#[test]
fn a_request_that_makes_no_sense_is_refused() {
    let mut desk = Desk::new();
    let (folder, _) = scene(&mut desk);
    let base = contents_request();
    let bad = [
        SynchronizationConfigureRequest { synchronization_type: 3, ..base.clone() },
        SynchronizationConfigureRequest { send_options: 0x80, ..base.clone() },
        SynchronizationConfigureRequest { restriction_data: vec![0x99], ..base.clone() },
        SynchronizationConfigureRequest { restriction_data: important().to_bytes(), ..hierarchy_request() },
    ];
    for request in bad {
        assert_eq!(desk.fails(folder, request), ErrorCode::InvalidParameter);
    }
    assert_eq!(desk.fails(desk.logon.handle, base.clone()), ErrorCode::NotSupported);
    // A state that is none: an error for that context, and the others go on.
    let context = desk.make(folder, base.clone());
    let begin =
        |tag, size| SynchronizationUploadStateStreamBeginRequest { state_property: tag, transfer_buffer_size: size };
    assert_eq!(desk.fails(context, begin(SUBJECT, 4)), ErrorCode::InvalidParameter);
    assert_eq!(desk.fails(context, begin(meta::CNSET_SEEN, u32::MAX)), ErrorCode::InvalidParameter);
    let end = SynchronizationUploadStateStreamEndRequest {};
    assert_eq!(desk.fails(context, end.clone()), ErrorCode::InvalidParameter);
    desk.go(context, begin(meta::CNSET_SEEN, 4));
    desk.go(context, SynchronizationUploadStateStreamContinueRequest { stream_data: vec![1, 2, 3, 4] });
    assert_eq!(desk.fails(context, end), ErrorCode::RpcFormat);
    // IdsetGiven comes under both of its types. MS-OXCFXICS R3657
    desk.go(context, begin(meta::IDSET_GIVEN.with_type(mailstead::mapi::PropertyType::Binary), 0));
    desk.go(context, SynchronizationUploadStateStreamEndRequest {});
    desk.pull(context);
    assert_eq!(desk.fails(context, begin(meta::IDSET_GIVEN, 0)), ErrorCode::NotSupported, "too late");
}

// ---- folders --------------------------------------------------------------------------------

/// MS-OXCFXICS R1085 to R1092 (2.2.4.3.5), 2.2.4.3.9: parents before children, and changes of folders only.
/// MS-OXCROPS R3914 R3915
#[test]
fn folders_come_parents_first_and_when_they_change() {
    let mut desk = Desk::new();
    let (root, root_id) = scene(&mut desk);
    let (b, _) = desk.create_folder(root, "b");
    let (_, a) = desk.create_folder(b, "a");
    let (c, c_id) = desk.create_folder(root, "c");
    let first = desk.sync_folders(root, &none());
    assert_eq!(first.names(), ["b", "a", "c"]);
    let header = [0x65E1_0102, 0x65E0_0102, 0x3008_0040, 0x65E2_0102, 0x65E3_0102, 0x3001_001F, 0x6748_0014];
    assert_eq!(tags(&first.changes[0])[..7], header);
    assert_eq!(bytes(get(&first.changes[0], PropertyTag::PidTagParentSourceKey)), [], "a child of the sync root");
    assert_eq!(counter(&bytes(get(&first.changes[1], PropertyTag::PidTagSourceKey))), a.counter());
    assert_eq!(desk.sync_folders(root, &first.sync.state).changes, [] as [Props; 0]);
    // Messages change no folder.
    desk.note(c_id, "m");
    assert_eq!(desk.sync_folders(root, &first.sync.state).changes, [] as [Props; 0]);
    desk.set(c, vec![string(PropertyTag::PidTagDisplayName, "c renamed")]);
    desk.create_folder(c, "d");
    let delete = DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: a };
    desk.go(b, delete);
    let second = desk.sync_folders(root, &first.sync.state);
    assert_eq!(second.names(), ["c renamed", "d"]);
    assert_eq!(second.sync.deleted, ids(&[a]));
    assert_eq!(second.sync.set(meta::CNSET_SEEN).ranges().len(), 1);
    let third = desk.sync_folders(root, &second.sync.state);
    assert_eq!((third.changes.len(), third.sync.deleted), (0, Ranges::default()));
    let _ = root_id;
}

/// A folder that moves into the scope brings what is below it; one that leaves takes it along.
#[test]
fn a_folder_moves_with_everything_below() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let (root, _) = scene(&mut desk);
    let (outside, _) = desk.create_folder(inbox, "outside");
    let (mover, mover_id) = desk.create_folder(outside, "mover");
    let (below, below_id) = desk.create_folder(mover, "below");
    let (_, deep_id) = desk.create_folder(below, "deep");
    let first = desk.sync_folders(root, &none());
    let shift = |desk: &mut Desk, from: u32, to: u32| {
        let name = mailstead::mapi::Text::Unicode("mover".to_owned());
        let request = MoveFolderRequest {
            want_asynchronous: false,
            use_unicode: true,
            folder_id: mover_id,
            new_folder_name: name,
        };
        desk.attempt_on([from, to], request).unwrap();
    };
    shift(&mut desk, outside, root);
    let second = desk.sync_folders(root, &first.sync.state);
    assert_eq!(second.names(), ["mover", "below", "deep"]);
    shift(&mut desk, root, outside);
    let third = desk.sync_folders(root, &second.sync.state);
    assert_eq!((third.changes.len(), third.sync.deleted), (0, ids(&[mover_id, below_id, deep_id])));
}

/// Search folders show what lies elsewhere.
#[test]
fn search_folders_are_not_synchronised() {
    let mut desk = Desk::new();
    let (root, _) = scene(&mut desk);
    let mut search = new_folder("search");
    search.folder_type = 2;
    desk.make(root, search);
    desk.create_folder(root, "plain");
    assert_eq!(desk.sync_folders(root, &none()).names(), ["plain"]);
}

/// MS-OXCFXICS R2065 (3.2.5.3), for the hierarchy.
#[test]
fn a_hierarchy_download_that_breaks_off_is_resumed() {
    let mut desk = Desk::new();
    let (root, _) = scene(&mut desk);
    for n in 0..8 {
        desk.create_folder(root, &format!("folder {n}"));
    }
    for buffers in 0..6 {
        let context = desk.make(root, hierarchy_request());
        for _ in 0..buffers {
            desk.buffer(context, 600).unwrap();
        }
        let state = desk.transfer_state(context);
        let given = super::reader::set_of(&state, meta::IDSET_GIVEN).iter().count();
        let rest = desk.sync_folders(root, &state);
        assert_eq!(rest.changes.len() + given, 8);
        assert!(buffers < 3 || given > 0);
    }
}

/// The whole mailbox, from its root: what Outlook asks for first.
#[test]
fn the_whole_tree_comes_from_the_root() {
    let mut desk = Desk::new();
    let root = desk.folder(Special::Root.id());
    let all = desk.sync_folders(root, &none());
    let mut known = vec![Vec::new()];
    for props in &all.changes {
        assert!(known.contains(&bytes(get(props, PropertyTag::PidTagParentSourceKey))), "parents first");
        known.push(bytes(get(props, PropertyTag::PidTagSourceKey)));
    }
    for special in [Special::Inbox, Special::Calendar, Special::Conflicts] {
        assert!(known.contains(&desk.source_key(special.id())));
    }
    let _ = binary;
}
