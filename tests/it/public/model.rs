//! Two users, each with a cache, post, read, change and delete at random; what each sees, online and in
//! the cache, is what a plain model says. MAILSTEAD_SEED repeats a run.

use super::Hall;
use super::reads::{READ, UNREAD, mark, unread};
use crate::client::{Desk, Dice, string};
use crate::sync::reader::{bytes, counter, get};
use mailstead::mapi::{ObjectId, PropertyTag, Value};
use mailstead::rop::{
    HardDeleteMessagesRequest, OpenMessageRequest, SaveChangesMessageRequest,
    SynchronizationImportReadStateChangesRequest,
};
use mailstead::transfer::meta;
use smol::block_on;
use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 600;

/// A post as it should be: who has read it, and who may change it.
#[derive(Debug, Clone, Default)]
struct Post {
    subject: String,
    author: usize,
    readers: BTreeSet<usize>,
}

struct User {
    desk: Desk,
    folder: u32,
    state: BTreeMap<u32, Vec<u8>>,
    /// Message → subject, read.
    cache: BTreeMap<u64, (String, bool)>,
    /// Read states that the cache has and the server does not know.
    pending: BTreeMap<u64, bool>,
}

impl User {
    fn upload(&mut self, posts: &mut BTreeMap<u64, Post>, who: usize) {
        if self.pending.is_empty() {
            return;
        }
        let collector = self.desk.collector(self.folder, true);
        self.desk.upload_state(collector, &self.state);
        let mut states = Vec::new();
        for (id, read) in std::mem::take(&mut self.pending) {
            states.extend(22_u16.to_le_bytes());
            states.extend(self.desk.source_key(ObjectId::own(id)));
            states.push(u8::from(read));
            if let Some(post) = posts.get_mut(&id) {
                set(post, who, read);
            }
        }
        self.desk.go(collector, SynchronizationImportReadStateChangesRequest { message_read_states: states });
        let given = self.state.remove(&meta::IDSET_GIVEN.0);
        self.state = self.desk.transfer_state(collector);
        self.state.extend(given.map(|given| (meta::IDSET_GIVEN.0, given)));
        block_on(self.desk.session.release(&[collector])).unwrap();
    }

    fn download(&mut self) {
        let got = self.desk.sync(self.folder, &self.state.clone());
        for change in &got.changes {
            let id = counter(&bytes(get(&change.header, PropertyTag::PidTagSourceKey)));
            let read = match change.node.get(PropertyTag::PidTagMessageFlags) {
                Some(Value::Integer32(flags)) => flags & 1 != 0,
                other => panic!("{other:?}"),
            };
            self.cache.insert(id, (change.subject(), read));
        }
        for id in got.sync.deleted.iter() {
            self.cache.remove(&id);
        }
        for (set, read) in [(&got.sync.read, true), (&got.sync.unread, false)] {
            for id in set.iter() {
                self.cache.get_mut(&id).expect("what the cache has").1 = read;
            }
        }
        self.state = got.sync.state;
    }

    fn online(&mut self) -> BTreeMap<u64, (String, bool)> {
        let columns = [PropertyTag::PidTagMid, PropertyTag::PidTagSubject, PropertyTag::PidTagRead];
        let table = self.desk.contents(self.folder, &columns);
        let rows = self.desk.rows(table);
        block_on(self.desk.session.release(&[table])).unwrap();
        rows.into_iter()
            .map(|row| match row.as_slice() {
                [Ok(Value::Integer64(id)), Ok(Value::String(subject)), Ok(Value::Boolean(read))] => {
                    (ObjectId::from_i64(*id).counter(), (subject.clone(), *read))
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }
}

fn set(post: &mut Post, who: usize, read: bool) {
    if read {
        post.readers.insert(who);
    } else {
        post.readers.remove(&who);
    }
}

fn compare(users: &mut [User], posts: &BTreeMap<u64, Post>, cached: bool) {
    for (who, user) in users.iter_mut().enumerate() {
        let expected: BTreeMap<u64, (String, bool)> =
            posts.iter().map(|(id, post)| (*id, (post.subject.clone(), post.readers.contains(&who)))).collect();
        assert_eq!(user.online(), expected, "user {who} online");
        let left = expected.values().filter(|(_, read)| !read).count();
        assert_eq!(unread(&mut user.desk, user.folder), i32::try_from(left).unwrap());
        if cached {
            assert_eq!(user.cache, expected, "the cache of user {who}");
        }
    }
}

#[test]
fn each_user_sees_what_the_model_says() {
    let mut dice = Dice::new();
    let hall = Hall::new();
    let mut users: Vec<User> = [&hall.place.ann, &hall.place.bob]
        .into_iter()
        .map(|user| {
            let mut desk = hall.desk(user);
            let folder = desk.folder(hall.folder);
            User { desk, folder, state: BTreeMap::new(), cache: BTreeMap::new(), pending: BTreeMap::new() }
        })
        .collect();
    let mut posts: BTreeMap<u64, Post> = BTreeMap::new();
    for step in 0..STEPS {
        let who = dice.below(2);
        let user = &mut users[who];
        let some = posts.keys().nth(dice.below(posts.len())).copied();
        if dice.below(20) == 0 {
            // A new session; what the cache has stays.
            user.desk = hall.desk([&hall.place.ann, &hall.place.bob][who]);
            user.folder = user.desk.folder(hall.folder);
        }
        match (dice.below(12), some) {
            (0..=2, _) => {
                let subject = format!("post {step}");
                let id = user.desk.note(hall.folder, &subject).counter();
                posts.insert(id, Post { subject, author: who, readers: [who].into() });
            }
            (3..=6, Some(id)) => {
                let read = dice.below(2) == 0;
                mark(&mut user.desk, user.folder, &[ObjectId::own(id)], if read { READ } else { UNREAD });
                set(posts.get_mut(&id).unwrap(), who, read);
            }
            (7, Some(id)) if posts[&id].author == who => {
                let open = OpenMessageRequest {
                    code_page_id: 0x0FFF,
                    folder_id: hall.folder,
                    open_mode_flags: 1,
                    message_id: ObjectId::own(id),
                };
                let message = user.desk.make(user.desk.logon.handle, open);
                let post = posts.get_mut(&id).unwrap();
                post.subject = format!("changed {step}");
                user.desk.set(message, vec![string(PropertyTag::PidTagSubject, &post.subject)]);
                let save = SaveChangesMessageRequest { save_flags: 0x0A };
                user.desk.attempt_on([message, message], save).unwrap();
                block_on(user.desk.session.release(&[message])).unwrap();
                post.readers.retain(|reader| *reader == who);
            }
            (8, Some(id)) if posts[&id].author == who => {
                let request = HardDeleteMessagesRequest {
                    want_asynchronous: false,
                    notify_non_read: false,
                    message_ids: vec![ObjectId::own(id)],
                };
                assert!(!user.desk.go(user.folder, request).partial_completion);
                posts.remove(&id);
            }
            (9, _) => {
                // In the cache, to be told later.
                if let Some(id) = user.cache.keys().nth(dice.below(user.cache.len())).copied() {
                    let read = dice.below(2) == 0;
                    user.cache.get_mut(&id).unwrap().1 = read;
                    user.pending.insert(id, read);
                }
            }
            (10, _) => {
                mark(&mut user.desk, user.folder, &[], READ);
                posts.values_mut().for_each(|post| set(post, who, true));
            }
            _ => {
                user.upload(&mut posts, who);
                user.download();
            }
        }
        if step % 50 == 0 {
            compare(&mut users, &posts, false);
            hall.place.check();
        }
    }
    for (who, user) in users.iter_mut().enumerate() {
        user.upload(&mut posts, who);
        user.download();
    }
    compare(&mut users, &posts, true);
}
