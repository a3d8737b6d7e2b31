//! What the address book tells of an entry, and entries that have no mailbox; what they mean is
//! `directory.rs`.
//!
//! Everything with a number of the directory is found by its addresses and distinguished names in
//! one index each, so that no two have the same.

use super::key::{Key, TextKey};
use super::record::Record;
use super::{StoreError, Txn, User, fold};
use crate::sorted::{SortedMap, SortedSet};
use crate::wire::Guid;
use serde::{Deserialize, Serialize};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EntryKind {
    /// Somebody with a mailbox.
    #[default]
    Person,
    /// A mailbox that is a room.
    Room,
    /// A mailbox that is a projector, a car.
    Equipment,
    /// A distribution list.
    Group,
    /// Somebody whose mail lives elsewhere.
    Contact,
}

/// What the address book tells of an entry beside its name and its address.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// What it is.
    pub kind: EntryKind,
    /// In no list and found by no name, only by what is exactly its own.
    pub hidden: bool,
    /// Values of string properties of the address book, by identifier.
    pub texts: SortedMap<u16, String>,
    /// Other SMTP addresses, as typed.
    pub aliases: Vec<String>,
    /// Distinguished names under which it was known elsewhere: old mail is answered to them.
    pub x500: Vec<String>,
    /// Number of whom it reports to.
    pub manager: Option<u32>,
    /// How many people a room holds.
    pub capacity: Option<u32>,
    /// Numbers of a group's members.
    pub members: SortedSet<u32>,
    /// Numbers of those who may change the members.
    pub owners: SortedSet<u32>,
    /// Numbers of those who act for it.
    pub delegates: SortedSet<u32>,
}

/// An entry without a mailbox: a group, or a contact of the organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// From the same counter as users; never used again.
    pub id: u32,
    /// SMTP address; of a contact, elsewhere.
    pub address: String,
    /// Name shown.
    pub display_name: String,
    /// Distinguished name in the address book.
    pub legacy_dn: String,
    /// PidTagAddressBookObjectGuid.
    pub object_guid: Guid,
    /// Everything else.
    pub facts: Facts,
}

impl Record for Facts {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"facts";
}

impl Record for Listed {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"listed";
}

impl Facts {
    /// Takes the number of an entry that is gone out of every list; whether it was in one.
    pub(super) fn forget(&mut self, gone: &dyn Fn(u32) -> bool) -> bool {
        let before = (self.members.len(), self.owners.len(), self.delegates.len(), self.manager);
        for list in [&mut self.members, &mut self.owners, &mut self.delegates] {
            list.retain(|id| !gone(*id));
        }
        self.manager = self.manager.filter(|id| !gone(*id));
        before != (self.members.len(), self.owners.len(), self.delegates.len(), self.manager)
    }
}

/// Keys of the indexes under which an entry is found.
pub(super) fn names(address: &str, legacy_dn: &str, facts: &Facts) -> Vec<TextKey> {
    let key = |index: u8, text: &str| Key::new().u8(index).text(fold(text).as_bytes());
    let addresses = std::iter::once(address).chain(facts.aliases.iter().map(String::as_str));
    let dns = std::iter::once(legacy_dn).chain(facts.x500.iter().map(String::as_str));
    addresses.map(|text| key(b'a', text)).chain(dns.map(|text| key(b'd', text))).collect()
}

pub(super) fn facts_key(id: u32) -> Key {
    Key::new().u8(b'f').u32(id)
}

pub(super) fn listed_key(id: u32) -> Key {
    Key::new().u8(b'o').u32(id)
}

impl Txn<'_> {
    /// The number to which a key of an index leads.
    pub(super) fn holder(&self, key: &[u8]) -> Result<Option<u32>, StoreError> {
        let bytes = self.get_raw(self.dbs.directory, key)?;
        bytes
            .map(|bytes| bytes.try_into().map(u32::from_le_bytes).map_err(|_| StoreError::Corrupt(&"directory")))
            .transpose()
    }

    /// The number of the entry with this address (index `a`) or distinguished name (`d`).
    pub(crate) fn entry_by(&self, index: u8, folded: &str) -> Result<Option<u32>, StoreError> {
        self.holder(&Key::new().u8(index).text(folded.as_bytes()))
    }

    /// What is told of a user; nothing, until something is set.
    pub(crate) fn facts(&self, user: u32) -> Result<Facts, StoreError> {
        Ok(self.get(self.dbs.directory, &facts_key(user))?.unwrap_or_default())
    }

    /// Sets what is told of a user. [`StoreError::Exists`]: an alias or a name is another's.
    pub(crate) fn put_facts(&mut self, user: &User, facts: &Facts) -> Result<(), StoreError> {
        let old = names(&user.address, &user.legacy_dn, &self.facts(user.id)?);
        self.put_names(user.id, &old, &names(&user.address, &user.legacy_dn, facts))?;
        self.put(self.dbs.directory, &facts_key(user.id), facts)?;
        self.bump_directory()
    }

    /// The entry without a mailbox that has this number.
    pub(crate) fn listed(&self, id: u32) -> Result<Option<Listed>, StoreError> {
        self.get(self.dbs.directory, &listed_key(id))
    }

    /// All entries without a mailbox, by number.
    pub(crate) fn all_listed(&self) -> Result<Vec<Listed>, StoreError> {
        let entries = self.dbs.directory.prefix_iter(self.ro(), b"o")?;
        entries.map(|entry| Listed::decode(entry?.1)).collect()
    }

    /// Writes an entry without a mailbox, new or changed. [`StoreError::Exists`]: a name of it is another's.
    pub(crate) fn put_listed(&mut self, listed: &Listed) -> Result<(), StoreError> {
        let of = |listed: &Listed| names(&listed.address, &listed.legacy_dn, &listed.facts);
        let old = self.listed(listed.id)?.map(|old| of(&old)).unwrap_or_default();
        self.put_names(listed.id, &old, &of(listed))?;
        self.put(self.dbs.directory, &listed_key(listed.id), listed)?;
        self.bump_directory()
    }

    /// Away with an entry without a mailbox.
    pub(crate) fn delete_listed(&mut self, id: u32) -> Result<(), StoreError> {
        let listed = self.listed(id)?.ok_or_else(|| StoreError::NotFound)?;
        self.put_names(id, &names(&listed.address, &listed.legacy_dn, &listed.facts), &[])?;
        self.delete(self.dbs.directory, &listed_key(id))?;
        self.forget_entries(&|gone| gone == id)?;
        self.bump_directory()
    }

    /// Takes entries that are gone out of the lists of all others, and of folders; how many lists of others
    /// changed.
    pub(super) fn forget_entries(&mut self, gone: &dyn Fn(u32) -> bool) -> Result<usize, StoreError> {
        let mut changed = 0_usize;
        self.forget_members(gone)?;
        for mut listed in self.all_listed()? {
            if listed.facts.forget(gone) {
                self.put(self.dbs.directory, &listed_key(listed.id), &listed)?;
                changed = changed.saturating_add(1);
            }
        }
        for user in self.users()? {
            let mut facts = self.facts(user.id)?;
            if facts.forget(gone) {
                self.put(self.dbs.directory, &facts_key(user.id), &facts)?;
                changed = changed.saturating_add(1);
            }
        }
        Ok(changed)
    }

    fn put_names(&mut self, id: u32, old: &[TextKey], new: &[TextKey]) -> Result<(), StoreError> {
        for key in new {
            if self.holder(key)?.is_some_and(|holder| holder != id) {
                return Err(StoreError::Exists);
            }
        }
        for key in old {
            self.delete(self.dbs.directory, key)?;
        }
        new.iter().try_for_each(|key| self.put_raw(self.dbs.directory, key, &id.to_le_bytes()))
    }
}
