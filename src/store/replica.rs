//! What a mailbox keeps of other databases: the numbers it gave their GUIDs, and which messages of
//! public folders its user has read. MS-OXCSTOR 3.2.1, 3.2.5.8 to 3.2.5.13.
//!
//! Both are few, so they have one key each and are looked through where another is asked for.

use super::key::{Key, TextKey, last_u16};
use super::record::Record;
use super::schema::Db;
use super::{StoreError, Txn};
use crate::limits;
use crate::mapi::{LongTermId, REPLICA_OWN};
use crate::sorted::SortedSet;
use crate::wire::{FileTime, Guid};
use serde::{Deserialize, Serialize};

/// A row of the per-user data table. MS-OXCSTOR 3.2.1
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerUser {
    /// The public folder database that the data came from.
    pub repl_guid: Guid,
    /// Change numbers of what was read, as the client gave them.
    pub data: Vec<u8>,
    /// When it was written.
    pub written: FileTime,
}

impl Record for PerUser {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"per-user data";
}

/// Name of the database, the database, and the key of an entry.
pub(super) type WrongEntry = (&'static str, Db, Vec<u8>);

fn per_user_key(mailbox: u32, folder: &LongTermId) -> TextKey {
    Key::mailbox(mailbox).text(&folder.gid())
}

impl Txn<'_> {
    /// Numbers of other databases with their GUIDs.
    ///
    /// # Errors
    /// The map is damaged.
    pub fn replicas(&self, mailbox: u32) -> Result<Vec<(u16, Guid)>, StoreError> {
        let mut all = Vec::new();
        for entry in self.dbs.replicas.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let number = last_u16(key).ok_or_else(|| StoreError::Corrupt(&"replicas"))?;
            all.push((number, Guid(value.try_into().map_err(|_| StoreError::Corrupt(&"replicas"))?)));
        }
        Ok(all)
    }

    /// The number of another database, given to it now if it has none. `Ok(None)`: none is left.
    ///
    /// # Errors
    /// The map is damaged or the disk refuses.
    pub fn create_replica(&mut self, mailbox: u32, guid: Guid) -> Result<Option<u16>, StoreError> {
        let all = self.replicas(mailbox)?;
        if let Some((number, _)) = all.iter().find(|(_, known)| *known == guid) {
            return Ok(Some(*number));
        }
        if all.len() >= limits::REPLICAS_MAX {
            return Ok(None);
        }
        let number = all.last().map_or(REPLICA_OWN, |(number, _)| *number).saturating_add(1);
        self.put_raw(self.dbs.replicas, &Key::mailbox(mailbox).u16(number), &guid.0)?;
        Ok(Some(number))
    }

    /// Entries that cannot be what they should: name of the database, database, key.
    pub(super) fn wrong_entries(&self, mailbox: u32, own: Guid) -> Result<Vec<WrongEntry>, StoreError> {
        let (mut wrong, mut seen): (Vec<WrongEntry>, SortedSet<Vec<u8>>) = (Vec::new(), SortedSet::new());
        seen.insert(own.0.to_vec());
        for entry in self.dbs.replicas.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, guid) = entry?;
            let is_number = key.len() == 6 && last_u16(key).is_some_and(|number| number > REPLICA_OWN);
            if !is_number || guid.len() != 16 || !seen.insert(guid.to_vec()) {
                wrong.push(("replicas", self.dbs.replicas, key.to_vec()));
            }
        }
        for entry in self.dbs.per_user.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, row) = entry?;
            if key.len() != 26 || PerUser::decode(row).is_err() {
                wrong.push(("per_user", self.dbs.per_user, key.to_vec()));
            }
        }
        self.wrong_permissions(mailbox, &mut wrong)?;
        Ok(wrong)
    }

    /// What was kept of a public folder.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn per_user(&self, mailbox: u32, folder: &LongTermId) -> Result<Option<PerUser>, StoreError> {
        self.get(self.dbs.per_user, &per_user_key(mailbox, folder))
    }

    /// Keeps it, instead of what was kept before. `Ok(false)`: there is no room for another folder.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_per_user(&mut self, mailbox: u32, folder: &LongTermId, row: &PerUser) -> Result<bool, StoreError> {
        let rows = self.dbs.per_user.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())?.count();
        if rows >= limits::PER_USER_ROWS_MAX && self.per_user(mailbox, folder)?.is_none() {
            return Ok(false);
        }
        self.put(self.dbs.per_user, &per_user_key(mailbox, folder), row)?;
        Ok(true)
    }

    /// Public folders of which something was kept from a database.
    ///
    /// # Errors
    /// A record is damaged.
    pub fn per_user_folders(&self, mailbox: u32, repl_guid: Guid) -> Result<Vec<LongTermId>, StoreError> {
        let mut folders = Vec::new();
        for entry in self.dbs.per_user.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let gid = key.get(4..).and_then(|gid| gid.split_first_chunk::<16>());
            let (guid, counter) = gid.ok_or_else(|| StoreError::Corrupt(&"per-user data"))?;
            let global_counter = counter.try_into().map_err(|_| StoreError::Corrupt(&"per-user data"))?;
            if PerUser::decode(value)?.repl_guid == repl_guid {
                folders.push(LongTermId { database_guid: Guid(*guid), global_counter, pad: [0; 2] });
            }
        }
        Ok(folders)
    }
}
