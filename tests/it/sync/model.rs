//! Two caches and a delivery agent: random changes on both sides, synchronised at random moments and
//! broken off at random buffers, sessions lost in between, and servers killed between any two requests
//! and started again. A third cache is that of somebody else, to whom folders are opened and closed. In
//! the end each cache is what the store is, and the third what is open of it. MAILSTEAD_SYNC_STEPS makes
//! it longer, MAILSTEAD_SEED repeats a run.

use super::download::{edit, hard, read};
use super::reader::{Change, Parser, Props, bytes, contents_request, counter, get, set_of, tokens_of};
use super::upload::{Version, folder_change, take_id};
use crate::client::{Desk, Dice, NOW, new_folder, string};
use crate::permission::{grant, visit};
use crate::store::Random;
use mailstead::directory::User;
use mailstead::mapi::{ChangeList, ErrorCode, GuidSet, ObjectId, PropertyTag, TaggedValue, Text, Value, Xid};
use mailstead::rop::{
    CreateAttachmentRequest, DeleteFolderRequest, DeleteMessagesRequest, MoveCopyMessagesRequest, MoveFolderRequest,
    NO_HANDLE, SaveChangesAttachmentRequest, SaveChangesMessageRequest, SynchronizationConfigureRequest,
    SynchronizationImportDeletesRequest, SynchronizationImportMessageMoveRequest,
    SynchronizationImportReadStateChangesRequest,
};
use mailstead::store::Special;
use mailstead::transfer::meta;
use mailstead::wire::{FileTime, Guid, Wire};
use smol::block_on;
use std::collections::{BTreeMap, BTreeSet};

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const BODY: PropertyTag = PropertyTag::PidTagBody;
const IMPORTANCE: PropertyTag = PropertyTag::PidTagImportance;
const FLAG: PropertyTag = PropertyTag::PidTagFlagStatus;
const DATA: PropertyTag = PropertyTag::PidTagAttachDataBinary;

type State = BTreeMap<u32, Vec<u8>>;

/// What is compared of a message.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Essence {
    subject: String,
    body: String,
    importance: i32,
    /// PidTagFlagStatus.
    flag: i32,
    attachments: Vec<String>,
    fai: bool,
}

impl std::fmt::Debug for Essence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { subject, body, importance, flag, attachments, fai } = self;
        write!(f, "{subject:?} body {} importance {importance} flag {flag} {attachments:?} fai {fai}", body.len())
    }
}

/// A message in a cache: one version, or those that are in conflict.
#[derive(Debug, Clone, Default, PartialEq)]
struct Message {
    versions: Vec<Essence>,
    list: ChangeList,
    read: bool,
    /// Everything that came, until it is changed here: what the server adds then, it does not send.
    whole: Vec<String>,
}

/// A change that is not uploaded yet.
#[derive(Debug, Clone, PartialEq)]
enum Pending {
    Save(u64),
    Delete(u64, bool),
    Read(u64, bool),
}

#[derive(Debug, Clone, Default)]
struct Folder {
    state: State,
    messages: BTreeMap<u64, Message>,
    pending: Vec<Pending>,
}

/// One Outlook.
struct Cache {
    desk: Desk,
    namespace: Guid,
    changes: u32,
    hierarchy: State,
    /// Parent (0 for the root of the sync) and name.
    tree: BTreeMap<u64, (u64, String)>,
    folders: BTreeMap<u64, Folder>,
    /// Whose it is, if not the owner's: he only reads.
    visitor: Option<User>,
    kills: usize,
}

/// A server is killed before one of so many requests.
const KILLED_ONE_IN: usize = 60;

fn text(props: &Props, tag: PropertyTag) -> String {
    match get(props, tag) {
        Some(Value::String(text)) => text,
        None => String::new(),
        other => panic!("{tag:?} is {other:?}"),
    }
}

fn essence(change: &Change) -> Essence {
    let node = &change.node;
    let attachment = |(props, inner): &(Props, Option<super::reader::Node>)| match inner {
        Some(inner) => format!("message {}", inner.text(SUBJECT)),
        None => String::from_utf8(bytes(get(props, DATA))).unwrap(),
    };
    Essence {
        subject: text(&node.props, SUBJECT),
        body: text(&node.props, BODY),
        importance: match node.get(IMPORTANCE) {
            Some(Value::Integer32(n)) => n,
            other => panic!("{other:?}"),
        },
        flag: match node.get(FLAG) {
            Some(Value::Integer32(n)) => n,
            None => 0,
            other => panic!("{other:?}"),
        },
        attachments: node.attachments.iter().map(attachment).collect(),
        fai: get(&change.header, PropertyTag::PidTagAssociated) == Some(Value::Boolean(true)),
    }
}

/// A message property for property, recipients and attachments with all of theirs; but for the read state, of
/// which one hears apart.
fn whole(change: &Change) -> String {
    let mut node = change.node.clone();
    node.props.retain(|(tag, ..)| tag.id() != PropertyTag::PidTagMessageFlags.id());
    format!("{:?} {node:?}", change.header)
}

/// What changes make of messages: those of one key are versions of it.
fn messages(changes: &[Change]) -> BTreeMap<u64, Message> {
    let mut all: BTreeMap<u64, Message> = BTreeMap::new();
    for change in changes {
        let message = all.entry(change.id()).or_default();
        message.versions.push(essence(change));
        message.whole.push(whole(change));
        let list = bytes(get(&change.header, PropertyTag::PidTagPredecessorChangeList));
        message.list.merge(&ChangeList::from_bytes(&list).unwrap());
        message.read = match change.node.get(PropertyTag::PidTagMessageFlags) {
            Some(Value::Integer32(flags)) => flags & 1 != 0,
            other => panic!("{other:?}"),
        };
    }
    all
}

fn with_given(state: &mut State, replica: Guid, change: &mut dyn FnMut(&mut mailstead::mapi::Ranges)) {
    let mut own = set_of(state, meta::IDSET_GIVEN);
    change(&mut own);
    let mut given = GuidSet::default();
    given.set(replica, own);
    state.insert(meta::IDSET_GIVEN.0, given.to_bytes());
}

fn pick<T: Clone>(random: &mut Random, list: &[T]) -> Option<T> {
    if list.is_empty() { None } else { Some(list[random.below(list.len())].clone()) }
}

impl Cache {
    fn new(desk: Desk, n: u8) -> Self {
        let namespace = Guid([n; 16]);
        let (hierarchy, tree, folders) = (State::new(), BTreeMap::new(), BTreeMap::new());
        Self { desk, namespace, changes: 0, hierarchy, tree, folders, visitor: None, kills: 0 }
    }

    /// The cache of somebody who visits the mailbox of the desk.
    fn visiting(desk: &Desk, user: &User) -> Self {
        Self { visitor: Some(user.clone()), ..Self::new(visit(&desk.place, user).unwrap(), 0xC3) }
    }

    fn replica(&self) -> Guid {
        self.desk.logon.private.repl_guid
    }

    fn key(&self, id: u64) -> Vec<u8> {
        self.desk.source_key(ObjectId::own(id))
    }

    fn xid(&mut self) -> Xid {
        self.changes += 1;
        let local_id = self.changes.to_le_bytes().iter().rev().copied().collect();
        Xid { namespace_guid: self.namespace, local_id }
    }

    /// The same cache in a new session: what was under way is gone.
    fn restart(&mut self, random: &mut Random) {
        self.kills += self.desk.kills();
        self.desk = match &self.visitor {
            None => self.desk.beside(),
            Some(user) => visit(&self.desk.place, user).unwrap(),
        };
        let seed = u64::try_from(random.below(1 << 30)).unwrap();
        self.desk.perishes(KILLED_ONE_IN, Dice::seeded(seed));
    }

    fn open(&mut self, id: u64) -> Option<u32> {
        let open = mailstead::rop::OpenFolderRequest { folder_id: ObjectId::own(id), open_mode_flags: 0 };
        let logon = self.desk.logon.handle;
        self.desk.attempt_on([logon, NO_HANDLE], open).ok().map(|done| done.handle)
    }

    fn sync_hierarchy(&mut self, root: u64) {
        let Some(root) = self.open(root) else { return };
        let got = self.desk.sync_folders(root, &self.hierarchy.clone());
        for props in &got.changes {
            let id = counter(&bytes(get(props, PropertyTag::PidTagSourceKey)));
            let parent = match bytes(get(props, PropertyTag::PidTagParentSourceKey)) {
                gid if gid.is_empty() => 0,
                gid => counter(&gid),
            };
            assert!(parent == 0 || self.tree.contains_key(&parent), "parents come first");
            self.tree.insert(id, (parent, text(props, PropertyTag::PidTagDisplayName)));
        }
        for id in got.sync.deleted.iter() {
            self.tree.remove(&id);
            self.folders.remove(&id);
        }
        self.hierarchy = got.sync.state;
        for id in self.tree.keys() {
            self.folders.entry(*id).or_default();
        }
    }

    /// Sends what is pending in a folder.
    fn upload(&mut self, id: u64) {
        let Some(mut folder) = self.folders.remove(&id) else { return };
        if !folder.pending.is_empty()
            && let Some(handle) = self.open(id)
        {
            let collector = self.desk.collector(handle, true);
            self.desk.upload_state(collector, &folder.state);
            let mut given = Vec::new();
            for pending in std::mem::take(&mut folder.pending) {
                match pending {
                    Pending::Save(message) => self.upload_message(collector, &mut folder, message, &mut given),
                    Pending::Delete(message, hard) => {
                        let value = TaggedValue {
                            tag: PropertyTag(0x0000_1102),
                            value: Value::MultipleBinary(vec![self.key(message)]),
                        };
                        let request = SynchronizationImportDeletesRequest {
                            import_delete_flags: if hard { 2 } else { 0 },
                            property_values: vec![value],
                        };
                        self.desk.go(collector, request);
                    }
                    Pending::Read(message, read) => {
                        let mut states = 22_u16.to_le_bytes().to_vec();
                        states.extend(self.key(message));
                        states.push(u8::from(read));
                        let request = SynchronizationImportReadStateChangesRequest { message_read_states: states };
                        self.desk.go(collector, request);
                    }
                }
            }
            let own = folder.state.remove(&meta::IDSET_GIVEN.0);
            folder.state = self.desk.transfer_state(collector);
            folder.state.extend(own.map(|own| (meta::IDSET_GIVEN.0, own)));
            with_given(&mut folder.state, self.replica(), &mut |set| given.iter().for_each(|id| set.insert(*id)));
            block_on(self.desk.session.release(&[collector, handle])).unwrap();
        }
        self.folders.insert(id, folder);
    }

    fn upload_message(&mut self, collector: u32, folder: &mut Folder, id: u64, given: &mut Vec<u64>) {
        let Some(message) = folder.messages.get(&id).cloned() else { return };
        let change = self.xid();
        let time = FileTime(NOW.0 + u64::from(self.changes) * 10_000_000);
        let mut version = Version::new(self.key(id), change.clone(), time);
        version.list.merge(&message.list);
        let what = &message.versions[0];
        version.import_flag = if what.fai { 0x10 } else { 0 };
        match self.desk.attempt_on([collector, NO_HANDLE], version.request()) {
            Ok(done) => {
                let handle = done.handle;
                let number = |tag, n| TaggedValue::new(tag, Value::Integer32(n));
                let numbers = [number(IMPORTANCE, what.importance), number(FLAG, what.flag)];
                let texts = [string(SUBJECT, &what.subject), string(BODY, &what.body)];
                self.desk.set(handle, texts.into_iter().chain(numbers).collect());
                for data in &what.attachments {
                    let attachment = self.desk.make(handle, CreateAttachmentRequest {});
                    self.desk.set(
                        attachment,
                        vec![
                            TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(1)),
                            super::reader::binary(DATA, data.clone().into_bytes()),
                        ],
                    );
                    let save = SaveChangesAttachmentRequest { save_flags: 0 };
                    self.desk.attempt_on([attachment, handle], save).unwrap();
                    block_on(self.desk.session.release(&[attachment])).unwrap();
                }
                let save = SaveChangesMessageRequest { save_flags: 0x0A };
                self.desk.attempt_on([handle, handle], save).unwrap();
                block_on(self.desk.session.release(&[handle])).unwrap();
                given.push(id);
                let message = folder.messages.get_mut(&id).unwrap();
                message.list.merge(&ChangeList::of(change));
            }
            // Gone here: gone there.
            Err(ErrorCode::SyncObjectDeleted) => drop(folder.messages.remove(&id)),
            Err(ErrorCode::IgnoreFailure) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Takes what is new of a folder, to the end or to a random buffer.
    fn download(&mut self, id: u64, random: &mut Random, whole: bool) {
        let Some(handle) = self.open(id) else { return };
        let Some(mut folder) = self.folders.remove(&id) else { return };
        let extra = if random.below(2) == 0 { 7 } else { 0x0F };
        let request = SynchronizationConfigureRequest { synchronization_extra_flags: extra, ..contents_request() };
        let context = match self.desk.attempt_on([handle, NO_HANDLE], request) {
            Ok(done) => done.handle,
            Err(ErrorCode::AccessDenied) if self.visitor.is_some() => {
                // Seen, but not open: what was read of it before, is not said to be gone.
                self.folders.insert(id, folder);
                return;
            }
            Err(other) => panic!("{other:?}"),
        };
        self.desk.upload_state(context, &folder.state);
        let stop = if whole { usize::MAX } else { random.below(6) };
        let size = u16::try_from([0x7BC0, 700, 300, 2000][random.below(4)]).unwrap();
        let mut stream = Vec::new();
        let mut finished = false;
        let mut count = 0;
        while count < stop && !finished {
            let (part, done) = self.desk.buffer(context, size).unwrap();
            stream.extend(part);
            finished = done;
            count += 1;
        }
        if finished {
            let got = Parser::new(&stream).contents(0);
            folder.messages.extend(messages(&got.changes));
            for id in got.sync.deleted.iter() {
                folder.messages.remove(&id);
            }
            assert!(got.sync.outside.is_empty());
            for (set, read) in [(&got.sync.read, true), (&got.sync.unread, false)] {
                for id in set.iter() {
                    if let Some(message) = folder.messages.get_mut(&id) {
                        message.read = read;
                    }
                }
            }
            folder.state = got.sync.state;
        } else {
            let state = self.desk.transfer_state(context);
            let (changes, deleted) = Parser::of(tokens_of(&stream)).changes_in(&state);
            folder.messages.extend(messages(&changes));
            let given = set_of(&state, meta::IDSET_GIVEN);
            for id in deleted.iter().filter(|id| !given.contains(*id)) {
                folder.messages.remove(&id);
            }
            folder.state = state;
        }
        block_on(self.desk.session.release(&[context, handle])).unwrap();
        self.folders.insert(id, folder);
    }

    fn sync_folder(&mut self, id: u64, random: &mut Random, whole: bool) {
        self.upload(id);
        self.download(id, random, whole);
    }

    fn some_folder(&self, random: &mut Random) -> Option<u64> {
        pick(random, &self.folders.keys().copied().collect::<Vec<_>>())
    }

    fn some_message(&self, random: &mut Random, folder: u64) -> Option<u64> {
        pick(random, &self.folders[&folder].messages.keys().copied().collect::<Vec<_>>())
    }

    /// A change in the cache, to be uploaded later.
    fn change(&mut self, random: &mut Random, step: usize) {
        let Some(at) = self.some_folder(random) else { return };
        let some = self.some_message(random, at);
        let made = match random.below(4) {
            0 => Some(take_id(&mut self.desk).counter()),
            _ => None,
        };
        let folder = self.folders.get_mut(&at).unwrap();
        match (random.below(6), some, made) {
            (_, _, Some(id)) => {
                let versions = vec![Essence {
                    subject: format!("made {step}"),
                    body: "cached ".repeat(random.below(3) * 100),
                    importance: 1,
                    flag: 0,
                    attachments: Vec::new(),
                    fai: random.below(5) == 0,
                }];
                folder.messages.insert(id, Message { versions, read: true, ..Message::default() });
                folder.pending.push(Pending::Save(id));
            }
            (0 | 1, Some(id), _) => {
                let message = folder.messages.get_mut(&id).unwrap();
                message.versions.truncate(1);
                let version = &mut message.versions[0];
                version.subject = format!("edited {step}");
                version.importance = i32::try_from(random.below(3)).unwrap();
                version.flag = i32::try_from(random.below(3)).unwrap();
                message.whole.clear();
                if random.below(3) == 0 {
                    version.attachments.push(format!("file {step}"));
                }
                folder.pending.push(Pending::Save(id));
            }
            (2, Some(id), _) => {
                folder.messages.remove(&id);
                folder.pending.push(Pending::Delete(id, random.below(2) == 0));
            }
            (3 | 4, Some(id), _) => {
                let message = folder.messages.get_mut(&id).unwrap();
                let unsaved = folder.pending.contains(&Pending::Save(id));
                if !message.versions[0].fai && !unsaved {
                    message.read = !message.read;
                    folder.pending.push(Pending::Read(id, message.read));
                }
            }
            _ => {}
        }
    }

    /// A move, uploaded at once.
    fn shift(&mut self, random: &mut Random) {
        let (Some(from), Some(to)) = (self.some_folder(random), self.some_folder(random)) else { return };
        self.upload(from);
        self.upload(to);
        let Some(id) = self.some_message(random, from).filter(|_| from != to) else { return };
        let Some(handle) = self.open(to) else { return };
        let new_id = take_id(&mut self.desk).counter();
        let collector = self.desk.collector(handle, true);
        let state = self.folders[&to].state.clone();
        self.desk.upload_state(collector, &state);
        let change = self.xid();
        let mut list = self.folders[&from].messages[&id].list.clone();
        list.merge(&ChangeList::of(change.clone()));
        let request = SynchronizationImportMessageMoveRequest {
            source_folder_id: self.key(from),
            source_message_id: self.key(id),
            predecessor_change_list: list.to_bytes(),
            destination_message_id: self.key(new_id),
            change_number: change.to_bytes(),
        };
        let moved = self.desk.attempt_on([collector, NO_HANDLE], request);
        let mut state = self.desk.transfer_state(collector);
        block_on(self.desk.session.release(&[collector, handle])).unwrap();
        let replica = self.replica();
        let mut message = self.folders.get_mut(&from).unwrap().messages.remove(&id).unwrap();
        match moved {
            Ok(_) => {
                with_given(&mut self.folders.get_mut(&from).unwrap().state, replica, &mut |set| {
                    *set = set.minus(&mailstead::mapi::Ranges::new(id, id));
                });
                let target = self.folders.get_mut(&to).unwrap();
                state.extend(target.state.remove(&meta::IDSET_GIVEN.0).map(|own| (meta::IDSET_GIVEN.0, own)));
                with_given(&mut state, replica, &mut |set| set.insert(new_id));
                target.state = state;
                // Of a message in conflict the server keeps the winner on top.
                if message.versions.len() > 1 {
                    target.state.remove(&meta::CNSET_SEEN.0);
                }
                message.list = list;
                message.whole.clear();
                target.messages.insert(new_id, message);
            }
            Err(ErrorCode::SyncObjectDeleted) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// A change of the tree, uploaded at once.
    fn change_tree(&mut self, random: &mut Random, root: u64, step: usize) {
        let Some(handle) = self.open(root) else { return };
        let collector = self.desk.collector(handle, false);
        self.desk.upload_state(collector, &self.hierarchy.clone());
        let some = pick(random, &self.tree.keys().copied().collect::<Vec<_>>());
        let parent = pick(random, &self.tree.keys().copied().chain([0]).collect::<Vec<_>>()).unwrap();
        let mut given = None;
        let mut gone = None;
        let parent_key = |cache: &Self, parent: u64| if parent == 0 { Vec::new() } else { cache.key(parent) };
        let change = self.xid();
        let time = FileTime(NOW.0 + u64::from(self.changes) * 10_000_000);
        match (random.below(4), some) {
            (0, Some(id)) => {
                let value =
                    TaggedValue { tag: PropertyTag(0x0000_1102), value: Value::MultipleBinary(vec![self.key(id)]) };
                let request =
                    SynchronizationImportDeletesRequest { import_delete_flags: 1, property_values: vec![value] };
                // Gone already, or moved out of the scope: no matter.
                let _ = self.desk.attempt_on([collector, NO_HANDLE], request);
                gone = Some(id);
            }
            (1, Some(id)) => {
                // Renamed and moved, from whatever version the cache has.
                let version = Version::new(self.key(id), change, time);
                let name = format!("folder {step}");
                let request = folder_change(parent_key(self, parent), &version, &name, vec![]);
                match self.desk.attempt_on([collector, NO_HANDLE], request) {
                    Ok(_) => {}
                    Err(ErrorCode::IgnoreFailure | ErrorCode::SyncObjectDeleted | ErrorCode::NoParentFolder) => {}
                    Err(other) => panic!("{other:?}"),
                }
                // What became of it comes down.
                gone = Some(id);
            }
            _ => {
                let id = take_id(&mut self.desk).counter();
                let version = Version::new(self.key(id), change, time);
                let name = format!("folder {}", random.below(30));
                let request = folder_change(parent_key(self, parent), &version, &name, vec![]);
                match self.desk.attempt_on([collector, NO_HANDLE], request) {
                    Ok(_) => {
                        self.tree.insert(id, (parent, name));
                        self.folders.insert(id, Folder::default());
                        given = Some(id);
                    }
                    Err(ErrorCode::NoParentFolder) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
        let own = self.hierarchy.remove(&meta::IDSET_GIVEN.0);
        self.hierarchy = self.desk.transfer_state(collector);
        self.hierarchy.extend(own.map(|own| (meta::IDSET_GIVEN.0, own)));
        let replica = self.replica();
        with_given(&mut self.hierarchy, replica, &mut |set| {
            given.into_iter().for_each(|id| set.insert(id));
            // As if the cache did not have it: it comes again, if it is there.
            gone.into_iter().for_each(|id| *set = set.minus(&mailstead::mapi::Ranges::new(id, id)));
        });
        if let Some(id) = gone {
            self.hierarchy.remove(&meta::CNSET_SEEN.0);
            self.tree.remove(&id);
            // Its children come again as well, or are said to be gone.
            self.tree.retain(|_, (parent, _)| Some(*parent) != gone);
        }
        block_on(self.desk.session.release(&[collector, handle])).unwrap();
        self.sync_hierarchy(root);
    }

    /// Everything, up and down, until nothing is left.
    fn settle(&mut self, root: u64, random: &mut Random) {
        self.sync_hierarchy(root);
        for id in self.folders.keys().copied().collect::<Vec<_>>() {
            self.sync_folder(id, random, true);
        }
    }

    fn contents(&self) -> BTreeMap<u64, BTreeMap<u64, (Vec<Essence>, bool)>> {
        let of = |folder: &Folder| {
            let one = |(id, message): (&u64, &Message)| {
                let mut versions = message.versions.clone();
                versions.sort();
                (*id, (versions.clone(), message.read || versions[0].fai))
            };
            folder.messages.iter().map(one).collect()
        };
        self.folders.iter().map(|(id, folder)| (*id, of(folder))).collect()
    }
}

/// Somebody online, and the delivery of mail: changes straight in the store.
fn online(desk: &mut Desk, random: &mut Random, root: u32, step: usize) {
    let tree = desk.sync_folders(root, &State::new());
    let ids: Vec<ObjectId> = tree
        .changes
        .iter()
        .map(|props| ObjectId::own(counter(&bytes(get(props, PropertyTag::PidTagSourceKey)))))
        .collect();
    let Some(folder_id) = pick(random, &ids) else {
        desk.create_folder(root, &format!("online {step}"));
        return;
    };
    let folder = desk.folder(folder_id);
    let some = desk.sync(folder, &State::new()).changes;
    let some: Vec<ObjectId> = some.iter().map(|change| ObjectId::own(change.id())).collect();
    let some = pick(random, &some);
    let what = random.below(13);
    if what == 12 {
        let bits = [0, 0x400, 0x401, 0x401, 0x7FB][random.below(5)];
        let bob = desk.place.bob.clone();
        grant(desk, folder_id, &bob, bits);
        block_on(desk.session.release(&[folder])).unwrap();
        return;
    }
    match (what, some) {
        (0..=2, _) | (_, None) => {
            let body = string(BODY, &"online ".repeat(random.below(3) * 90));
            desk.message(folder_id, vec![string(SUBJECT, &format!("online {step}")), body]);
        }
        (3 | 4, Some(id)) => {
            let flag = TaggedValue::new(FLAG, Value::Integer32(i32::try_from(random.below(3)).unwrap()));
            edit(desk, folder_id, id, vec![string(SUBJECT, &format!("online edit {step}")), flag]);
        }
        (5, Some(id)) => hard(desk, folder, &[id]),
        (6, Some(id)) => {
            let request =
                DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![id] };
            desk.go(folder, request);
        }
        (7, Some(id)) => read(desk, folder, &[id], random.below(2) == 0),
        (8, Some(id)) => {
            let to = desk.folder(pick(random, &ids).unwrap());
            let want_copy = random.below(2) == 0;
            let request = MoveCopyMessagesRequest { message_ids: vec![id], want_asynchronous: false, want_copy };
            desk.attempt_on([folder, to], request).unwrap();
        }
        (9, _) => {
            let parent = if random.below(2) == 0 { root } else { folder };
            let _ = desk.attempt_on([parent, NO_HANDLE], new_folder(&format!("folder {}", random.below(30))));
        }
        (10, _) => {
            let to = pick(random, &ids).unwrap();
            let to = desk.folder(to);
            let request = MoveFolderRequest {
                want_asynchronous: false,
                use_unicode: true,
                folder_id,
                new_folder_name: Text::Unicode(format!("moved {step}")),
            };
            // Only where it lies directly below the root; and not into itself.
            let _ = desk.attempt_on([root, to], request);
        }
        _ if random.below(3) == 0 => {
            let _ = desk.attempt_on([root, NO_HANDLE], DeleteFolderRequest { delete_folder_flags: 5, folder_id });
        }
        _ => {}
    }
    block_on(desk.session.release(&[folder])).unwrap();
}

/// Steps with one mailbox: what has piled up slows the later ones.
const ROUND: usize = 1500;

#[test]
fn caches_and_the_store_end_up_the_same() {
    let steps = std::env::var("MAILSTEAD_SYNC_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(7 * ROUND);
    let mut random = Random::from_env("sync model");
    for round in 0..steps / ROUND {
        println!("round {round}");
        play(&mut random, ROUND);
    }
}

/// Messages of a cache of one folder are those of another.
fn assert_same(got: &Cache, expected: &Cache, folders: &mut dyn Iterator<Item = u64>) {
    assert_eq!(got.tree, expected.tree);
    let (of_got, of_expected) = (&got.folders, &expected.folders);
    let (got, expected) = (got.contents(), expected.contents());
    let mut compared_whole = 0;
    for folder in folders {
        for (id, message) in &of_got[&folder].messages {
            if !message.whole.is_empty() {
                let (mut got, mut expected) = (message.whole.clone(), of_expected[&folder].messages[id].whole.clone());
                got.sort();
                expected.sort();
                assert_eq!(got, expected, "message {id:x} of folder {folder:x}");
                compared_whole += 1;
            }
        }
        let (got, expected) = (&got[&folder], &expected[&folder]);
        let ids = |map: &BTreeMap<u64, (Vec<Essence>, bool)>| map.keys().copied().collect::<BTreeSet<_>>();
        assert_eq!(ids(got), ids(expected), "messages of folder {folder:x}");
        for (id, expected) in expected {
            assert_eq!(&got[id], expected, "message {id:x} of folder {folder:x}");
        }
    }
    println!("{compared_whole} messages compared property for property");
}

/// Folders of which a visitor may read.
fn readable(cache: &mut Cache) -> Vec<u64> {
    let folders: Vec<u64> = cache.folders.keys().copied().collect();
    let reads = |cache: &mut Cache, folder: u64| {
        let handle = cache.open(folder).unwrap();
        let rights = cache.desk.integer(handle, PropertyTag::PidTagRights);
        rights & 1 != 0
    };
    folders.into_iter().filter(|folder| reads(cache, *folder)).collect()
}

fn play(random: &mut Random, steps: usize) {
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let ipm = desk.folder(Special::IpmSubtree.id());
    let (root, root_id) = desk.create_folder(ipm, "model");
    let root_id = root_id.counter();
    let (first, _) = desk.create_folder(root, "first");
    desk.create_folder(root, "second");
    let _ = first;
    grant(&mut desk, ObjectId::own(root_id), &bob, 0x400);
    let visiting = Cache::visiting(&desk, &bob);
    let mut caches = [Cache::new(desk.beside(), 0xA1), Cache::new(desk.beside(), 0xB2), visiting];
    caches.iter_mut().for_each(|cache| cache.restart(random));
    for step in 0..steps {
        let which = [0, 1, 0, 1, 0, 1, 2][random.below(7)];
        let cache = &mut caches[which];
        match random.below(20) {
            0..=6 => online(&mut desk, random, root, step),
            14 => cache.restart(random),
            15 => cache.sync_hierarchy(root_id),
            7..=13 if cache.visitor.is_some() => cache.sync_hierarchy(root_id),
            7..=11 => cache.change(random, step),
            12 => cache.shift(random),
            13 if random.below(3) == 0 => cache.change_tree(random, root_id, step),
            _ => {
                if let Some(id) = cache.some_folder(random) {
                    let whole = random.below(2) == 0;
                    cache.sync_folder(id, random, whole);
                }
            }
        }
    }
    for _ in 0..2 {
        caches.iter_mut().for_each(|cache| cache.settle(root_id, random));
    }
    let mut fresh = Cache::new(desk.beside(), 0xF0);
    fresh.settle(root_id, random);
    let [first, second, visiting] = &mut caches;
    for cache in [first, second] {
        assert_same(cache, &fresh, &mut fresh.folders.keys().copied());
        cache.restart(random);
        assert!(steps < ROUND || cache.kills > 10, "killed {} times", cache.kills);
    }
    let mut fresh = Cache::visiting(&desk, &bob);
    fresh.settle(root_id, random);
    let readable = readable(&mut fresh);
    println!("{} of {} folders that the visitor sees are open to him", readable.len(), fresh.tree.len());
    assert_same(visiting, &fresh, &mut readable.into_iter());
}
