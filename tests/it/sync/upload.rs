//! Uploads by specification: imports, conflicts, what comes back and what does not.
//! MS-OXCFXICS 2.2.3.2.4, 3.1.5.6, 3.2.5.9.4

use super::download::{edit, ids, scene};
use super::reader::{binary, bytes, get, set_of};
use crate::client::{Desk, NOW, string};
use mailstead::mapi::{ChangeList, ErrorCode, LongTermId, ObjectId, PropertyTag, TaggedValue, Value, Xid};
use mailstead::rop::{
    GetLocalReplicaIdsRequest, LongTermIdRange, LongTermIdRanges, NO_HANDLE, SaveChangesMessageRequest,
    SetLocalReplicaMidsetDeletedRequest, SynchronizationImportDeletesRequest,
    SynchronizationImportHierarchyChangeRequest, SynchronizationImportMessageChangeRequest,
    SynchronizationImportMessageMoveRequest, SynchronizationImportReadStateChangesRequest,
};
use mailstead::store::Special;
use mailstead::transfer::meta;
use mailstead::wire::{FileTime, Guid, Wire};
use std::collections::BTreeMap;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
/// Where this client's changes are made.
const CLIENT: Guid = Guid::new(0xC11E_4700, 1, 2, [3; 8]);

/// A change made by the client.
pub(crate) fn xid(n: u8) -> Xid {
    Xid { namespace_guid: CLIENT, local_id: vec![0, 0, 0, n] }
}

/// An identifier that the client may use.
pub(crate) fn take_id(desk: &mut Desk) -> ObjectId {
    let got = desk.go(desk.logon.handle, GetLocalReplicaIdsRequest { id_count: 1 });
    let counter = got.global_count.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    ObjectId::own(counter)
}

pub(crate) fn later(seconds: u64) -> FileTime {
    FileTime(NOW.0 + seconds * 10_000_000)
}

/// What an import says of a version.
#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) key: Vec<u8>,
    pub(crate) modified: FileTime,
    pub(crate) change: Xid,
    pub(crate) list: ChangeList,
    pub(crate) import_flag: u8,
}

impl Version {
    pub(crate) fn new(key: Vec<u8>, change: Xid, modified: FileTime) -> Self {
        Self { key, modified, list: ChangeList::of(change.clone()), change, import_flag: 0 }
    }

    pub(crate) fn request(&self) -> SynchronizationImportMessageChangeRequest {
        SynchronizationImportMessageChangeRequest {
            import_flag: self.import_flag,
            property_values: vec![
                binary(PropertyTag::PidTagSourceKey, self.key.clone()),
                TaggedValue::new(PropertyTag::PidTagLastModificationTime, Value::Time(self.modified)),
                binary(PropertyTag::PidTagChangeKey, self.change.to_bytes()),
                binary(PropertyTag::PidTagPredecessorChangeList, self.list.to_bytes()),
            ],
        }
    }
}

impl Desk {
    /// Imports a version with a subject; what save says.
    fn import(&mut self, collector: u32, version: &Version, subject: &str) -> Result<u32, ErrorCode> {
        let done = self.attempt_on([collector, NO_HANDLE], version.request())?;
        assert_eq!(done.response.message_id, ObjectId::NONE, "MS-OXCFXICS 2.2.3.2.4.2.2: zero");
        self.set(done.handle, vec![string(SUBJECT, subject)]);
        self.save_import(done.handle).map(|()| done.handle)
    }

    fn save_import(&mut self, message: u32) -> Result<(), ErrorCode> {
        let request = SaveChangesMessageRequest { save_flags: 0x0A };
        self.attempt_on([message, message], request).map(drop)
    }

    fn titles(&mut self, folder: u32) -> Vec<String> {
        let table = self.contents(folder, &[SUBJECT]);
        self.texts(table)
    }
}

fn none() -> BTreeMap<u32, Vec<u8>> {
    BTreeMap::new()
}

/// MS-OXCFXICS 3.2.5.9.4.2: new under the key that the client chose; nothing before it is saved, and
/// not told to who made it.
/// MS-OXCROPS R3945 R3968 R4588 R4694
/// MS-OXCROPS R4145 R4159 R4168
#[test]
fn a_new_message_is_there_when_it_is_saved() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let id = take_id(&mut desk);
    let key = desk.source_key(id);
    let collector = desk.collector(folder, true);
    let before = desk.place.snapshot(&desk.place.ann);
    let imported = desk.make(collector, Version::new(key.clone(), xid(1), later(5)).request());
    desk.set(imported, vec![string(SUBJECT, "mine")]);
    assert_eq!(desk.place.snapshot(&desk.place.ann), before, "nothing is in the store yet");
    desk.save(imported);
    let message = desk.open_message(folder_id, id);
    assert_eq!(desk.get(message, PropertyTag::PidTagChangeKey), Ok(Value::Binary(xid(1).to_bytes())));
    assert_eq!(
        desk.get(message, PropertyTag::PidTagPredecessorChangeList),
        Ok(Value::Binary(ChangeList::of(xid(1)).to_bytes()))
    );
    assert_eq!(desk.get(message, PropertyTag::PidTagLastModificationTime), Ok(Value::Time(later(5))));
    assert_eq!(desk.get(message, PropertyTag::PidTagSourceKey), Ok(Value::Binary(key)));
    // Its author does not get it back; others do.
    let state = desk.transfer_state(collector);
    assert!(!state.contains_key(&meta::IDSET_GIVEN.0), "what an upload knows nothing of");
    let mut own = state.clone();
    own.insert(meta::IDSET_GIVEN.0, Vec::new());
    assert_eq!(desk.sync(folder, &own).changes, []);
    let other = desk.sync(folder, &none());
    assert_eq!(other.subjects(), ["mine"]);
    assert_eq!(bytes(get(&other.changes[0].header, PropertyTag::PidTagChangeKey)), xid(1).to_bytes());
    // A change made here is a descendant of it.
    edit(&mut desk, folder_id, id, vec![string(SUBJECT, "theirs")]);
    let next = desk.sync(folder, &own);
    let list = bytes(get(&next.changes[0].header, PropertyTag::PidTagPredecessorChangeList));
    assert!(ChangeList::from_bytes(&list).unwrap().includes(&ChangeList::of(xid(1))));
}

/// A folder puts numbers by for its next messages. A client that takes one of them, which it was never
/// given, takes nothing from anyone: the folder's next message gets another.
#[test]
fn a_number_put_by_is_not_given_twice() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let first = desk.note(folder_id, "first").counter();
    let put_by = ObjectId::own(first + 1);
    let collector = desk.collector(folder, true);
    let version = Version::new(desk.source_key(put_by), xid(1), later(5));
    desk.import(collector, &version, "the client's").unwrap();
    assert_eq!(desk.note(folder_id, "next").counter(), first + 2);
    let mut titles = desk.titles(folder);
    titles.sort();
    assert_eq!(titles, ["first", "next", "the client's"]);
}

/// A message that the server made and both have, and the version that the client bases its own on.
fn shared(desk: &mut Desk, folder: u32, folder_id: ObjectId) -> (ObjectId, Version, BTreeMap<u32, Vec<u8>>) {
    let id = desk.note(folder_id, "v1");
    let first = desk.sync(folder, &none());
    let header = &first.changes.iter().find(|change| change.id() == id.counter()).unwrap().header;
    let list = ChangeList::from_bytes(&bytes(get(header, PropertyTag::PidTagPredecessorChangeList))).unwrap();
    let mut version = Version::new(desk.source_key(id), xid(1), later(10));
    version.list.merge(&list);
    (id, version, first.sync.state)
}

/// MS-OXCFXICS 3.2.5.9.4.2: the whole message is the client's; what it does not bring is gone.
#[test]
fn a_later_version_replaces_the_message() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (id, version, state) = shared(&mut desk, folder, folder_id);
    edit(&mut desk, folder_id, id, vec![string(PropertyTag::PidTagBody, "body")]);
    let (state, version) = {
        let now = desk.sync(folder, &state);
        let list = bytes(get(&now.changes[0].header, PropertyTag::PidTagPredecessorChangeList));
        let mut version = version;
        version.list.merge(&ChangeList::from_bytes(&list).unwrap());
        (now.sync.state, version)
    };
    super::download::read(&mut desk, folder, &[id], false);
    let collector = desk.collector(folder, true);
    desk.upload_state(collector, &state);
    desk.import(collector, &version, "v2").unwrap();
    let message = desk.open_message(folder_id, id);
    assert_eq!(desk.text(message, SUBJECT), "v2");
    assert_eq!(desk.get(message, PropertyTag::PidTagBody), Err(ErrorCode::NotFound));
    assert_eq!(desk.integer(message, PropertyTag::PidTagMessageFlags) & 1, 0, "read state is synchronised apart");
    // The upload's state has what was seen before, and this.
    let mut after = desk.transfer_state(collector);
    let seen = set_of(&state, meta::CNSET_SEEN);
    assert!(seen.minus(&set_of(&after, meta::CNSET_SEEN)).is_empty());
    after.insert(meta::IDSET_GIVEN.0, state[&meta::IDSET_GIVEN.0].clone());
    let back = desk.sync(folder, &after);
    assert_eq!((back.changes.len(), back.sync.unread), (0, ids(&[id])));
    // The same once more is nothing new, and an error that the client ignores.
    assert_eq!(desk.import(collector, &version, "v2 again"), Err(ErrorCode::IgnoreFailure));
    assert_eq!(desk.titles(folder), ["v2"]);
}

/// MS-OXCFXICS 3.1.5.6.1: an ancestor of what is here is ignored.
#[test]
fn an_earlier_version_is_ignored() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (id, _, state) = shared(&mut desk, folder, folder_id);
    let first = desk.sync(folder, &none());
    let header = first.changes[0].header.clone();
    edit(&mut desk, folder_id, id, vec![string(SUBJECT, "v2")]);
    let collector = desk.collector(folder, true);
    desk.upload_state(collector, &state);
    let change = Xid::from_bytes(&bytes(get(&header, PropertyTag::PidTagChangeKey))).unwrap();
    let old = Version::new(desk.source_key(id), change, later(100));
    assert_eq!(desk.import(collector, &old, "v1 again"), Err(ErrorCode::IgnoreFailure));
    assert_eq!(desk.titles(folder), ["v2"]);
}

/// MS-OXCFXICS R2231 (2.2.3.2.4.2.1): FailOnConflict leaves the message as it is.
#[test]
fn a_conflict_fails_if_the_client_wants_it_to() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (id, mut version, _) = shared(&mut desk, folder, folder_id);
    edit(&mut desk, folder_id, id, vec![string(SUBJECT, "server")]);
    let collector = desk.collector(folder, true);
    version.import_flag = 0x40;
    assert_eq!(desk.import(collector, &version, "client"), Err(ErrorCode::SyncConflict));
    assert_eq!(desk.titles(folder), ["server"]);
}

/// MS-OXCFXICS R1811 to R1821 (3.1.5.6.2.1): both versions stay, the later one on top; they are sent
/// as messages of their own.
#[test]
fn a_conflict_keeps_both_versions() {
    for client_is_later in [false, true] {
        let mut desk = Desk::new();
        let (folder, folder_id) = scene(&mut desk);
        let (id, mut version, state) = shared(&mut desk, folder, folder_id);
        edit(&mut desk, folder_id, id, vec![string(SUBJECT, "server")]);
        let server = desk.sync(folder, &state).changes[0].header.clone();
        let server = bytes(get(&server, PropertyTag::PidTagPredecessorChangeList));
        version.modified = if client_is_later { later(100) } else { FileTime(NOW.0 - 1) };
        let collector = desk.collector(folder, true);
        desk.upload_state(collector, &state);
        desk.import(collector, &version, "client").unwrap();
        let (winner, loser) = if client_is_later { ("client", "server") } else { ("server", "client") };
        let message = desk.open_message(folder_id, id);
        assert_eq!(desk.text(message, SUBJECT), winner);
        assert_eq!(desk.integer(message, PropertyTag::PidTagMessageStatus) & 0x800, 0x800);
        let table = desk.make(message, mailstead::rop::GetAttachmentTableRequest { table_flags: 0 });
        smol::block_on(desk.session.set_columns(table, &[PropertyTag::PidTagInConflict])).unwrap();
        assert_eq!(desk.rows(table), vec![vec![Ok(Value::Boolean(true))]; 2]);
        // MS-OXCFXICS R1815: its list is that of both.
        let Ok(Value::Binary(list)) = desk.get(message, PropertyTag::PidTagPredecessorChangeList) else { panic!() };
        let list = ChangeList::from_bytes(&list).unwrap();
        assert!(list.includes(&version.list) && list.includes(&ChangeList::from_bytes(&server).unwrap()));
        // The author gets the other version, and what it has itself.
        let state = desk.transfer_state(collector);
        let back = desk.sync(folder, &state);
        assert_eq!(back.subjects(), [loser, winner]);
        assert!(back.changes.iter().all(|change| change.id() == id.counter() && change.node.attachments.is_empty()));
        let lists: Vec<ChangeList> = back
            .changes
            .iter()
            .map(|c| ChangeList::from_bytes(&bytes(get(&c.header, PropertyTag::PidTagPredecessorChangeList))).unwrap())
            .collect();
        assert!(!lists[0].includes(&lists[1]) && !lists[1].includes(&lists[0]), "so that the client sees the conflict");
        // Whoever resolves it makes a descendant, which is a message like others.
        let mut resolved = Version::new(desk.source_key(id), xid(9), later(200));
        resolved.list.merge(&list);
        desk.import(collector, &resolved, "resolved").unwrap();
        assert_eq!(desk.titles(folder), ["resolved"]);
    }
}

/// MS-OXCFXICS R3402, R3403 (3.1.5.6.2.1), R1826 to R1828 (3.1.5.6.2.2).
/// MS-OXCROPS R3961 R3962
#[test]
fn of_associated_messages_the_last_writer_wins() {
    for (seconds, client_namespace, winner) in
        [(5, 0xFF, "client"), (-5, 0xFF, "server"), (0, 0xFF, "client"), (0, 0, "server")]
    {
        let mut desk = Desk::new();
        let (folder, folder_id) = scene(&mut desk);
        let request = mailstead::rop::CreateMessageRequest { code_page_id: 0x0FFF, folder_id, associated_flag: true };
        let fai = desk.make(desk.logon.handle, request);
        desk.set(fai, vec![string(SUBJECT, "server")]);
        let id = desk.save(fai);
        let change = Xid { namespace_guid: Guid([client_namespace; 16]), local_id: vec![0, 0, 0, 1] };
        let time = FileTime(NOW.0.checked_add_signed(seconds).unwrap());
        let mut version = Version::new(desk.source_key(id), change, time);
        version.import_flag = 0x10;
        let collector = desk.collector(folder, true);
        desk.import(collector, &version, "client").unwrap();
        let message = desk.open_message(folder_id, id);
        assert_eq!(desk.text(message, SUBJECT), winner, "{seconds} {client_namespace}");
        assert_eq!(desk.integer(message, PropertyTag::PidTagMessageStatus), 0);
        let Ok(Value::Binary(list)) = desk.get(message, PropertyTag::PidTagPredecessorChangeList) else { panic!() };
        assert!(ChangeList::from_bytes(&list).unwrap().includes(&version.list));
        // Whose version lost gets the other.
        let state = desk.transfer_state(collector);
        let back = desk.sync(folder, &state).changes.len();
        assert_eq!(back, usize::from(winner == "server"));
    }
}

/// MS-OXCFXICS R1290 (2.2.1.4.1): RESOLVE_METHOD_LAST_WRITER_WINS.
#[test]
fn a_folder_may_do_without_conflicts() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.set(folder, vec![TaggedValue::new(PropertyTag::PidTagResolveMethod, Value::Integer32(1))]);
    let (id, version, _) = shared(&mut desk, folder, folder_id);
    edit(&mut desk, folder_id, id, vec![string(SUBJECT, "server")]);
    let collector = desk.collector(folder, true);
    desk.import(collector, &version, "client").unwrap();
    assert_eq!(desk.titles(folder), ["client"]);
    let message = desk.open_message(folder_id, id);
    assert_eq!(desk.integer(message, PropertyTag::PidTagMessageStatus), 0);
}

/// A version that came meanwhile is found at the save.
#[test]
fn a_conflict_between_import_and_save_is_one() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (id, mut version, _) = shared(&mut desk, folder, folder_id);
    let collector = desk.collector(folder, true);
    version.import_flag = 0x40;
    let imported = desk.make(collector, version.request());
    desk.set(imported, vec![string(SUBJECT, "client")]);
    edit(&mut desk, folder_id, id, vec![string(SUBJECT, "server")]);
    assert_eq!(desk.save_import(imported), Err(ErrorCode::SyncConflict));
    super::download::hard(&mut desk, folder, &[id]);
    assert_eq!(desk.save_import(imported), Err(ErrorCode::SyncObjectDeleted));
    assert_eq!(desk.titles(folder), Vec::<String>::new());
}

/// MS-OXCFXICS 2.2.3.2.4.2.2, 3.3.4.3.3: what is deleted does not come back, and a key that was never
/// given out is none.
#[test]
fn keys_of_deleted_and_unknown_messages_are_refused() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let collector = desk.collector(folder, true);
    let (gone, version, _) = shared(&mut desk, folder, folder_id);
    super::download::hard(&mut desk, folder, &[gone]);
    assert_eq!(desk.import(collector, &version, "back"), Err(ErrorCode::SyncObjectDeleted));
    let unknown = Version::new(desk.source_key(ObjectId::own(0xFFFF_FFFF)), xid(1), NOW);
    assert_eq!(desk.import(collector, &unknown, "x"), Err(ErrorCode::InvalidParameter));
    let foreign = Version::new(LongTermId::new(CLIENT, ObjectId::own(5)).gid(), xid(1), NOW);
    assert_eq!(desk.import(collector, &foreign, "x"), Err(ErrorCode::InvalidParameter));
    let folder_key = Version::new(desk.source_key(folder_id), xid(1), NOW);
    assert_eq!(desk.import(collector, &folder_key, "x"), Err(ErrorCode::InvalidParameter));
    // Four properties in their order, and nothing else.
    let id = take_id(&mut desk);
    let good = Version::new(desk.source_key(id), xid(1), NOW).request();
    for cut in 0..4 {
        let mut request = good.clone();
        request.property_values.remove(cut);
        assert_eq!(desk.fails(collector, request), ErrorCode::InvalidParameter);
        let mut request = good.clone();
        request.property_values.swap(cut, (cut + 1) % 4);
        assert_eq!(desk.fails(collector, request), ErrorCode::InvalidParameter);
    }
    let mut request = good.clone();
    request.property_values[3] = binary(PropertyTag::PidTagPredecessorChangeList, vec![9, 9]);
    assert_eq!(desk.fails(collector, request), ErrorCode::InvalidParameter);
    let mut request = good;
    request.import_flag = 0x80;
    assert_eq!(desk.fails(collector, request), ErrorCode::InvalidParameter);
}

fn deletes(import_delete_flags: u8, keys: Vec<Vec<u8>>) -> SynchronizationImportDeletesRequest {
    let value = TaggedValue { tag: PropertyTag(0x0000_1102), value: Value::MultipleBinary(keys) };
    SynchronizationImportDeletesRequest { import_delete_flags, property_values: vec![value] }
}

/// MS-OXCFXICS 3.2.5.9.4.5: what is gone already is no error, and what never was does not come.
/// MS-OXCROPS R4063 R407402 R407403 R4082
/// MS-OXCROPS R4585
#[test]
fn deletions_are_imported() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list: Vec<ObjectId> = (0..3).map(|n| desk.note(folder_id, &format!("m{n}"))).collect();
    let first = desk.sync(folder, &none());
    let collector = desk.collector(folder, true);
    desk.upload_state(collector, &first.sync.state);
    desk.go(collector, deletes(0, vec![desk.source_key(list[0])]));
    desk.go(collector, deletes(2, vec![desk.source_key(list[1]), desk.source_key(list[1])]));
    desk.go(collector, deletes(0, Vec::new()));
    let unborn = take_id(&mut desk);
    let foreign = LongTermId::new(CLIENT, ObjectId::own(5)).gid();
    desk.go(collector, deletes(2, vec![desk.source_key(unborn), foreign]));
    assert_eq!(desk.titles(folder), ["m2"]);
    assert_eq!(desk.sync(folder, &first.sync.state).sync.deleted, ids(&list[..2]));
    let version = Version::new(desk.source_key(unborn), xid(1), NOW);
    assert_eq!(desk.import(collector, &version, "late"), Err(ErrorCode::SyncObjectDeleted));
    // All keys are read before one is used.
    let bad = deletes(0, vec![desk.source_key(list[2]), vec![1, 2, 3]]);
    assert_eq!(desk.fails(collector, bad), ErrorCode::InvalidParameter);
    assert_eq!(desk.titles(folder), ["m2"]);
    for bad in [deletes(1, vec![]), deletes(8, vec![])] {
        assert_eq!(desk.fails(collector, bad), ErrorCode::InvalidParameter);
    }
}

fn states(list: &[(Vec<u8>, bool)]) -> SynchronizationImportReadStateChangesRequest {
    let mut message_read_states = Vec::new();
    for (key, read) in list {
        message_read_states.extend(u16::try_from(key.len()).unwrap().to_le_bytes());
        message_read_states.extend(key);
        message_read_states.push(u8::from(*read));
    }
    SynchronizationImportReadStateChangesRequest { message_read_states }
}

/// MS-OXCFXICS 3.2.5.9.4.6: each change gets a number that the upload's state has.
/// MS-OXCROPS R3989 R4004 R4010 R4012
#[test]
fn read_states_are_imported() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list: Vec<ObjectId> = (0..3).map(|n| desk.note(folder_id, &format!("m{n}"))).collect();
    super::download::read(&mut desk, folder, &list, false);
    let first = desk.sync(folder, &none());
    let collector = desk.collector(folder, true);
    desk.upload_state(collector, &first.sync.state);
    let key = |n: usize| desk.source_key(list[n]);
    let request = states(&[(key(0), true), (key(1), false), (key(2), true)]);
    let broken = SynchronizationImportReadStateChangesRequest {
        message_read_states: request.message_read_states[..30].to_vec(),
    };
    assert_eq!(desk.fails(collector, broken), ErrorCode::InvalidParameter);
    desk.go(collector, request);
    desk.go(collector, states(&[]));
    let mut own = desk.transfer_state(collector);
    own.insert(meta::IDSET_GIVEN.0, first.sync.state[&meta::IDSET_GIVEN.0].clone());
    let back = desk.sync(folder, &own);
    assert_eq!((back.changes.len(), back.sync.read, back.sync.unread), (0, ids(&[]), ids(&[])));
    let other = desk.sync(folder, &first.sync.state);
    assert_eq!((other.changes.len(), other.sync.read), (0, ids(&[list[0], list[2]])));
}

/// MS-OXCFXICS R839, R875 (2.2.3.2.4.4), 3.2.5.9.4.4
/// MS-OXCROPS R4091 R4124 R4696
#[test]
fn a_move_is_imported_under_the_key_of_the_client() {
    let mut desk = Desk::new();
    let (from, from_id) = scene(&mut desk);
    let (to, to_id) = desk.create_folder(from, "to");
    let (id, version, state) = shared(&mut desk, from, from_id);
    let there = desk.sync(to, &none());
    let new_id = take_id(&mut desk);
    let collector = desk.collector(to, true);
    desk.upload_state(collector, &there.sync.state);
    let request = SynchronizationImportMessageMoveRequest {
        source_folder_id: desk.source_key(from_id),
        source_message_id: desk.source_key(id),
        predecessor_change_list: version.list.to_bytes(),
        destination_message_id: desk.source_key(new_id),
        change_number: version.change.to_bytes(),
    };
    let got = desk.go(collector, request.clone());
    assert_eq!(got.message_id, ObjectId::NONE);
    let message = desk.open_message(to_id, new_id);
    assert_eq!(desk.text(message, SUBJECT), "v1");
    assert_eq!(desk.get(message, PropertyTag::PidTagChangeKey), Ok(Value::Binary(version.change.to_bytes())));
    assert_eq!(desk.sync(from, &state).sync.deleted, ids(&[id]));
    let mut own = desk.transfer_state(collector);
    own.insert(meta::IDSET_GIVEN.0, Vec::new());
    assert_eq!(desk.sync(to, &own).changes, [], "not told to who moved it");
    assert_eq!(desk.fails(collector, request), ErrorCode::SyncObjectDeleted, "it is there no more");
    // What was changed here meanwhile comes down.
    let (second, version, _) = shared(&mut desk, from, from_id);
    edit(&mut desk, from_id, second, vec![string(SUBJECT, "changed here")]);
    let new_id = take_id(&mut desk);
    let request = SynchronizationImportMessageMoveRequest {
        source_folder_id: desk.source_key(from_id),
        source_message_id: desk.source_key(second),
        predecessor_change_list: version.list.to_bytes(),
        destination_message_id: desk.source_key(new_id),
        change_number: version.change.to_bytes(),
    };
    desk.go(collector, request);
    let mut own = desk.transfer_state(collector);
    own.insert(meta::IDSET_GIVEN.0, Vec::new());
    assert_eq!(desk.sync(to, &own).subjects(), ["changed here"]);
}

/// MS-OXCFXICS R875, R876 (2.2.3.2.4.4.2): what the client changed before it moved the message is
/// not lost: it is asked for.
#[test]
fn a_message_that_was_changed_and_moved_is_asked_for() {
    let mut desk = Desk::new();
    let (from, from_id) = scene(&mut desk);
    let (to, to_id) = desk.create_folder(from, "to");
    let (id, mut version, state) = shared(&mut desk, from, from_id);
    let new_id = take_id(&mut desk);
    let collector = desk.collector(to, true);
    // The list has the change of the content; the move is another.
    let request = SynchronizationImportMessageMoveRequest {
        source_folder_id: desk.source_key(from_id),
        source_message_id: desk.source_key(id),
        predecessor_change_list: version.list.to_bytes(),
        destination_message_id: desk.source_key(new_id),
        change_number: xid(2).to_bytes(),
    };
    assert_eq!(desk.fails(collector, request), ErrorCode::NewerClientChange);
    assert_eq!(desk.sync(from, &state).sync.deleted, ids(&[id]), "it is moved");
    assert_eq!(desk.titles(to), ["v1"]);
    version.key = desk.source_key(new_id);
    version.change = xid(2);
    version.list.add(xid(2));
    desk.import(collector, &version, "changed by the client").unwrap();
    let message = desk.open_message(to_id, new_id);
    assert_eq!(desk.text(message, SUBJECT), "changed by the client");
    assert_eq!(desk.integer(message, PropertyTag::PidTagMessageStatus), 0, "no conflict");
}

pub(crate) fn folder_change(
    parent: Vec<u8>,
    version: &Version,
    name: &str,
    property_values: Vec<TaggedValue>,
) -> SynchronizationImportHierarchyChangeRequest {
    let mut hierarchy_values = vec![binary(PropertyTag::PidTagParentSourceKey, parent)];
    hierarchy_values.extend(version.request().property_values);
    hierarchy_values.push(string(PropertyTag::PidTagDisplayName, name));
    SynchronizationImportHierarchyChangeRequest { hierarchy_values, property_values }
}

/// MS-OXCFXICS 3.2.5.9.4.3: made, renamed, moved, deleted; and not told to who did it.
/// MS-OXCROPS R4021 R4036 R4589 R4695
#[test]
fn folders_are_imported() {
    let mut desk = Desk::new();
    let (root, _) = scene(&mut desk);
    let first = desk.sync_folders(root, &none());
    let collector = desk.collector(root, false);
    desk.upload_state(collector, &first.sync.state);
    let (a, b) = (take_id(&mut desk), take_id(&mut desk));
    let class = string(PropertyTag::PidTagContainerClass, "IPF.Note");
    let version = |desk: &Desk, id: ObjectId, n: u8| Version::new(desk.source_key(id), xid(n), later(n.into()));
    let request = folder_change(Vec::new(), &version(&desk, a, 1), "a", vec![class.clone()]);
    assert_eq!(desk.go(collector, request).folder_id, ObjectId::NONE);
    let request = folder_change(desk.source_key(a), &version(&desk, b, 2), "b", vec![]);
    desk.go(collector, request);
    let all = desk.sync_folders(root, &first.sync.state);
    assert_eq!(all.names(), ["a", "b"]);
    assert_eq!(get(&all.changes[0], PropertyTag::PidTagContainerClass), Some(class.value));
    assert_eq!(bytes(get(&all.changes[0], PropertyTag::PidTagChangeKey)), xid(1).to_bytes());
    // Renamed and moved at once.
    let mut next = version(&desk, b, 3);
    next.list.merge(&ChangeList::of(xid(2)));
    desk.go(collector, folder_change(Vec::new(), &next, "b renamed", vec![]));
    let all = desk.sync_folders(root, &all.sync.state);
    assert_eq!(all.names(), ["b renamed"]);
    assert_eq!(bytes(get(&all.changes[0], PropertyTag::PidTagParentSourceKey)), []);
    let mut own = desk.transfer_state(collector);
    assert!(!own.contains_key(&meta::CNSET_READ.0));
    own.insert(meta::IDSET_GIVEN.0, all.sync.state[&meta::IDSET_GIVEN.0].clone());
    assert_eq!(desk.sync_folders(root, &own).changes.len(), 0);
    desk.go(collector, deletes(1, vec![desk.source_key(a), desk.source_key(a), desk.source_key(b)]));
    assert_eq!(desk.sync_folders(root, &own).sync.deleted, ids(&[a, b]));
    // What is deleted stays so.
    let request = folder_change(Vec::new(), &version(&desk, a, 9), "a", vec![]);
    assert_eq!(desk.fails(collector, request), ErrorCode::SyncObjectDeleted);
    let special = deletes(1, vec![desk.source_key(Special::Inbox.id())]);
    assert_eq!(desk.fails(collector, special), ErrorCode::AccessDenied);
}

/// MS-OXCFXICS R1829, R1831 (3.1.5.6.2.2): of folders the last writer wins, and of two at once the
/// server's version.
#[test]
fn of_folders_the_last_writer_wins() {
    for (seconds, expected) in [(-1_i64, "server"), (0, "server"), (1, "client")] {
        let mut desk = Desk::new();
        let (root, _) = scene(&mut desk);
        let (folder, id) = desk.create_folder(root, "v1");
        desk.set(folder, vec![string(PropertyTag::PidTagDisplayName, "server")]);
        let time = FileTime(NOW.0.checked_add_signed(seconds).unwrap());
        let version = Version::new(desk.source_key(id), xid(1), time);
        let collector = desk.collector(root, false);
        desk.go(collector, folder_change(Vec::new(), &version, "client", vec![]));
        assert_eq!(desk.text(folder, PropertyTag::PidTagDisplayName), expected);
        let Ok(Value::Binary(list)) = desk.get(folder, PropertyTag::PidTagPredecessorChangeList) else { panic!() };
        assert!(ChangeList::from_bytes(&list).unwrap().includes(&version.list));
    }
}

/// MS-OXCFXICS 3.2.5.9.4.3, outlook.md §9: codes that clients know.
#[test]
fn folders_that_cannot_be_are_answered_with_codes_that_clients_know() {
    let mut desk = Desk::new();
    let (root, _) = scene(&mut desk);
    let (_, a) = desk.create_folder(root, "a");
    let collector = desk.collector(root, false);
    let id = take_id(&mut desk);
    let version = Version::new(desk.source_key(id), xid(1), NOW);
    let orphan = folder_change(desk.source_key(ObjectId::own(0xFF_FFFF)), &version, "x", vec![]);
    assert_eq!(desk.fails(collector, orphan), ErrorCode::NoParentFolder);
    let mut cycle = Version::new(desk.source_key(a), xid(1), later(9));
    cycle.import_flag = 0;
    let cycle = folder_change(desk.source_key(a), &cycle, "a", vec![]);
    assert_eq!(desk.fails(collector, cycle), ErrorCode::IgnoreFailure);
    let contents = desk.collector(root, true);
    assert_eq!(desk.fails(contents, folder_change(vec![], &version, "x", vec![])), ErrorCode::NotSupported);
    let mut short = folder_change(vec![], &version, "x", vec![]);
    short.hierarchy_values.pop();
    assert_eq!(desk.fails(collector, short), ErrorCode::InvalidParameter);
}

/// MS-OXCFXICS 3.2.5.9.4.7, 3.2.5.9.4.8
/// MS-OXCROPS R4252 R4269 R4284 R4295 R4308 R4310
#[test]
fn identifiers_are_given_out_for_ever_and_taken_back() {
    let mut desk = Desk::new();
    let (folder, _) = scene(&mut desk);
    let mut last = 0;
    for _ in 0..40 {
        let got = desk.go(desk.logon.handle, GetLocalReplicaIdsRequest { id_count: 65_536 });
        let first = got.global_count.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        assert!(first > last, "never twice");
        last = first + 65_535;
    }
    let long = |counter: u64| LongTermId::new(desk.logon.private.repl_guid, ObjectId::own(counter));
    let range = |min: u64, max: u64| LongTermIdRange { min_long_term_id: long(min), max_long_term_id: long(max) };
    let request = |ranges: Vec<LongTermIdRange>| SetLocalReplicaMidsetDeletedRequest {
        long_term_id_ranges: LongTermIdRanges { ranges },
    };
    let (good, none, bad) =
        (request(vec![range(last - 9, last)]), request(vec![]), request(vec![range(last, last - 9)]));
    desk.go(folder, good);
    desk.go(folder, none);
    assert_eq!(desk.fails(folder, bad), ErrorCode::InvalidParameter);
}
