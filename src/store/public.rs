//! The public store: the one mailbox of the organisation that is nobody's. MS-OXCSTOR 1.3, 3.2.5.1.2
//!
//! It is a mailbox as others are, in the same databases, under the number [`PUBLIC_STORE`], with GUIDs,
//! counters and named properties of its own. What is different: its built-in folders
//! ([`super::Special::PUBLIC_LOGON`]), that nothing is received in it and no search folders are, the
//! EntryIDs, and that what is read is each user's own (`reads.rs`). It is made when an administrator
//! switches it on; a file without it has no record of it at all.
//!
//! It has an address and a distinguished name, under which autodiscover and RopLogon find it, and a
//! record as users have, but under a key of its own: so nobody can be it, log on as it or send to it.
//! Switched off (`disabled`) it keeps its names and all that is in it.

use super::key::Key;
use super::listing::names;
use super::{Facts, PUBLIC_STORE, StoreError, Txn, User};

pub(super) fn public_key() -> Key {
    Key::new().u8(b'p').u32(PUBLIC_STORE)
}

impl Txn<'_> {
    /// What the directory says of the public store, if there ever was one.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn public_store(&self) -> Result<Option<User>, StoreError> {
        self.get(self.dbs.directory, &public_key())
    }

    /// Writes that. [`StoreError::Exists`]: the address is another's.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_public_store(&mut self, public: &User) -> Result<(), StoreError> {
        let of = |public: &User| names(&public.address, &public.legacy_dn, &Facts::default());
        let old = self.public_store()?.map(|old| of(&old)).unwrap_or_default();
        self.put_names(PUBLIC_STORE, &old, &of(public))?;
        self.put(self.dbs.directory, &public_key(), public)?;
        self.bump_directory()
    }

    /// Numbers of all mailboxes: those of users, and the public store's.
    pub(super) fn mailboxes(&self) -> Result<Vec<u32>, StoreError> {
        let mut all: Vec<u32> = self.users()?.iter().map(|user| user.id).collect();
        all.extend(self.public_store()?.map(|_| PUBLIC_STORE));
        Ok(all)
    }
}
