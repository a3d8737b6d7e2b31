//! The public store. MS-OXCSTOR 2.2.1.1.4, 3.2.5
//!
//! `bytes`: what is read and written in another form; `folders`: what is as in a mailbox, and the way there; `logon`: what a logon to it gives and has not; `reads`: each user's own read state, online and by
//! synchronisation; `model`: the same against a plain model; `store`: what lies in the data file.

mod bytes;
mod folders;
mod logon;
mod model;
mod reads;
mod store;

use crate::client::{Desk, NOW, Place};
use mailstead::clock::Clock;
use mailstead::directory::{self, User};
use mailstead::exec::Engine;
use mailstead::mapi::ObjectId;
use mailstead::store::{FolderKind, NewFolder, PUBLIC_STORE, Special};
use std::sync::Arc;

pub(crate) const ADDRESS: &str = "public-folders@example.test";

/// Switches the public store of a place on.
pub(crate) fn on(place: &Place) {
    let mut txn = place.store.write().unwrap();
    directory::set_public_store(&mut txn, "Mailstead", Some(ADDRESS), NOW).unwrap();
    txn.commit().unwrap();
}

/// A folder below the top, as an administrator makes it.
fn top_folder(place: &Place, name: &str) -> ObjectId {
    let mut txn = place.store.write().unwrap();
    let new = NewFolder { name, comment: "", kind: FolderKind::Generic };
    let id = txn.create_folder(PUBLIC_STORE, Special::IpmSubtree.counter(), &new, NOW).unwrap();
    txn.commit().unwrap();
    ObjectId::own(id)
}

/// Ann and Bob, both at the public store of one server, and a folder there.
struct Hall {
    place: Arc<Place>,
    engine: Arc<Engine>,
    folder: ObjectId,
}

impl Hall {
    fn new() -> Self {
        let place = Arc::new(Place::new());
        on(&place);
        let folder = top_folder(&place, "posts");
        let engine = Arc::new(Engine::new(Arc::clone(&place.store), Clock::test(NOW)));
        Self { place, engine, folder }
    }

    /// Somebody whom no permissions bind.
    fn admin(&self) -> User {
        let admin = User { admin: true, ..self.place.add("root@example.test", "Root") };
        let mut txn = self.place.store.write().unwrap();
        directory::update(&mut txn, &admin).unwrap();
        txn.commit().unwrap();
        admin
    }

    fn desk(&self, user: &User) -> Desk {
        Desk::public(&self.place, &self.engine, user)
    }

    fn two(&self) -> (Desk, Desk) {
        (self.desk(&self.place.ann), self.desk(&self.place.bob))
    }
}
