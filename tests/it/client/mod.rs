//! What the tests of the whole server stand on: a real store with two users, and scripted Outlooks
//! that reach it over the real transport in memory, or straight through the engine.

mod desk;
mod dice;
mod world;

pub(crate) use desk::{Desk, Direct, new_folder};
pub(crate) use dice::Dice;
pub(crate) use world::{Trap, World};

use mailstead::clock::Clock;
use mailstead::deliver;
use mailstead::directory::{self, NewUser, User};
use mailstead::mail;
use mailstead::mapi::{ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::store::{Kind, OpenOptions, Special, Store, Txn};
use mailstead::wire::FileTime;
use std::fmt::Write as _;
use std::sync::Arc;

/// Tue, 05 Nov 2013 23:27:08 GMT.
pub(crate) const NOW: FileTime = FileTime(130_281_676_280_000_000);
/// Everybody's password.
pub(crate) const PASSWORD: &str = "secret";

/// A data file in a directory of its own, with Ann and Bob in it.
pub(crate) struct Place {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) ann: User,
    pub(crate) bob: User,
    directory: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path(), &OpenOptions::default()).unwrap());
        let mut txn = store.write().unwrap();
        let ann = add(&mut txn, "ann@example.test", "Ann");
        let bob = add(&mut txn, "bob@example.test", "Bob");
        txn.commit().unwrap();
        Self { store, clock: Clock::test(NOW), ann, bob, directory }
    }

    pub(crate) fn add(&self, address: &str, display_name: &str) -> User {
        let mut txn = self.store.write().unwrap();
        let user = add(&mut txn, address, display_name);
        txn.commit().unwrap();
        user
    }

    /// The same data, GUIDs and all, in another file.
    pub(crate) fn twin(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let name = mailstead::store::FILE_NAME;
        std::fs::copy(self.directory.path().join(name), directory.path().join(name)).unwrap();
        let store = Arc::new(Store::open(directory.path(), &OpenOptions::default()).unwrap());
        Self { store, clock: Clock::test(NOW), ann: self.ann.clone(), bob: self.bob.clone(), directory }
    }

    /// Where the data file is.
    pub(crate) fn path(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// Puts a message into an Inbox.
    pub(crate) fn deliver(&self, to: &User, raw: &[u8]) -> ObjectId {
        let mut txn = self.store.write().unwrap();
        let message = mail::import(raw, None);
        let id = deliver::import(&mut txn, to.id, Special::Inbox.id(), &message, self.clock.now()).unwrap();
        txn.commit().unwrap();
        id
    }

    /// Everything that is stored of a mailbox, in words: equal if and only if nothing changed.
    pub(crate) fn snapshot(&self, user: &User) -> String {
        let txn = self.store.read().unwrap();
        let mut text = String::new();
        writeln!(text, "{:?}", directory::by_id(&txn, user.id).unwrap()).unwrap();
        writeln!(text, "{:?}", txn.mailbox(user.id).unwrap()).unwrap();
        writeln!(text, "{:?}", txn.named_all(user.id).unwrap()).unwrap();
        let mut folders = txn.subtree(user.id, Special::Root.counter()).unwrap();
        folders.push(Special::Root.counter());
        folders.sort_unstable();
        for folder in folders {
            writeln!(text, "{folder} {:?}", txn.folder(user.id, folder).unwrap()).unwrap();
            writeln!(text, "  {:?}", txn.permissions(user.id, folder).unwrap()).unwrap();
            let search = (txn.search(user.id, folder).unwrap(), txn.search_restriction(user.id, folder).unwrap());
            if let (Some(search), restriction) = search {
                let shown = txn.message_ids(user.id, folder, Kind::Linked).unwrap();
                writeln!(text, "  {search:?} {restriction:?} {shown:?}").unwrap();
            }
            for kind in [(false, false), (true, false), (false, true), (true, true)].map(|(a, d)| Kind::new(a, d)) {
                for id in txn.message_ids(user.id, folder, kind).unwrap() {
                    let at = txn.locate(user.id, id).unwrap().unwrap();
                    let mut message = txn.message(user.id, at, id).unwrap().unwrap();
                    txn.load_message(user.id, &mut message).unwrap();
                    writeln!(text, "  {id} {message:?}").unwrap();
                }
            }
        }
        text
    }

    /// Every invariant of the store holds.
    pub(crate) fn check(&self) {
        let violations = self.store.read().unwrap().check().unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }
}

fn add(txn: &mut Txn<'_>, address: &str, display_name: &str) -> User {
    let new = NewUser { address, display_name, password_hash: "", admin: false };
    directory::create(txn, "Mailstead", &new, NOW).unwrap()
}

/// A text property.
pub(crate) fn string(tag: PropertyTag, text: &str) -> TaggedValue {
    TaggedValue::new(tag, Value::String(text.to_owned()))
}
