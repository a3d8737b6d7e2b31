//! What changed when: the index that synchronisation finds changes by. MS-OXCFXICS 3.1.5.3, 3.2.5.3
//!
//! For each folder: messages by the number of their last change, by that of their last change of the
//! read state, and what is gone by the number of its deletion. A message stands in each list once,
//! so the lists themselves are a snapshot: what changes later stands behind the number that was the
//! last one when the snapshot was taken.
//!
//! Deletions are remembered up to a bound for each folder; a client that is further behind has its
//! set compared with the messages that are there.

use super::key::{Key, last_u64, u64_bytes};
use super::message::Kind;
use super::record::Bag;
use super::txn::look;
use super::{Folder, Location, Mailbox, MessageHead, StoreError, Txn};
use crate::limits;
use crate::mapi::{ChangeList, PropertyTag, Value, Xid};
use crate::wire::{Guid, Wire};
use std::ops::Bound;

/// The lists of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Changes {
    /// Messages, by their change.
    Normal = 0,
    /// FAI messages, by their change.
    Associated = 1,
    /// Messages, by the change of their read state.
    Read = 2,
    /// Messages that are gone, by their deletion.
    Deleted = 3,
}

impl Changes {
    /// The list of changes that messages of this kind stand in; those deleted softly stand in none,
    /// nor does what a search folder shows.
    #[must_use]
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Normal => Some(Self::Normal),
            Kind::Associated => Some(Self::Associated),
            Kind::Deleted | Kind::DeletedAssociated | Kind::Linked => None,
        }
    }
}

/// PidTagMessageStatus of a message in conflict. MS-OXCMSG 2.2.1.8
pub const MS_IN_CONFLICT: u32 = 0x800;

const CHANGE_KEY: u16 = PropertyTag::PidTagChangeKey.id();
const CHANGE_LIST: u16 = PropertyTag::PidTagPredecessorChangeList.id();

/// PidTagPredecessorChangeList of an object: what came with an import, else the last change of ours.
#[must_use]
pub fn change_list(bag: &Bag, repl_guid: Guid, change_number: u64) -> ChangeList {
    match bag.value(CHANGE_LIST) {
        Some(Value::Binary(bytes)) => ChangeList::from_bytes(bytes).unwrap_or_default(),
        _ => ChangeList::of(Xid::own(repl_guid, change_number)),
    }
}

/// PidTagChangeKey of an object: what came with an import, else the last change of ours.
#[must_use]
pub fn change_key(bag: &Bag, repl_guid: Guid, change_number: u64) -> Vec<u8> {
    match bag.value(CHANGE_KEY) {
        Some(Value::Binary(bytes)) => bytes.clone(),
        _ => Xid::own(repl_guid, change_number).to_bytes(),
    }
}

/// Sets both as an import brought them.
pub fn set_change(bag: &mut Bag, change_key: Vec<u8>, list: &ChangeList) {
    bag.set(CHANGE_KEY, Value::Binary(change_key));
    bag.set(CHANGE_LIST, Value::Binary(list.to_bytes()));
}

/// What is left of an object's history in a copy, which is an object of its own.
fn forget(bag: &mut Bag) {
    bag.remove(CHANGE_KEY);
    bag.remove(CHANGE_LIST);
}

/// A change made here: its number is the change key, and a list from elsewhere gets it added.
fn renew(bag: &mut Bag, repl_guid: Guid, change_number: u64) {
    bag.remove(CHANGE_KEY);
    if bag.get(CHANGE_LIST).is_some() {
        let mut list = change_list(bag, repl_guid, change_number);
        list.add(Xid::own(repl_guid, change_number));
        bag.set(CHANGE_LIST, Value::Binary(list.to_bytes()));
    }
}

impl Mailbox {
    /// Marks a message as changed now, by the server.
    ///
    /// # Errors
    /// All numbers are used.
    pub fn stamp(&mut self, head: &mut MessageHead) -> Result<(), StoreError> {
        head.change_number = self.take_change()?;
        // A conflict is settled by whoever writes next; its versions are attachments like others.
        head.status &= !MS_IN_CONFLICT;
        renew(&mut head.properties, self.repl_guid, head.change_number);
        Ok(())
    }

    /// Marks a message as made now, a copy of another or not.
    ///
    /// # Errors
    /// All numbers are used.
    pub fn stamp_new(&mut self, head: &mut MessageHead) -> Result<(), StoreError> {
        forget(&mut head.properties);
        head.read_change_number = 0;
        self.stamp(head)
    }

    /// Marks a folder as changed now, by the server.
    ///
    /// # Errors
    /// All numbers are used.
    pub fn stamp_folder(&mut self, folder: &mut Folder) -> Result<(), StoreError> {
        folder.change_number = self.take_folder_change()?;
        renew(&mut folder.properties, self.repl_guid, folder.change_number);
        Ok(())
    }
}

fn list_key(mailbox: u32, folder: u64, list: Changes) -> Key {
    Key::mailbox(mailbox).u64(folder).u8(list as u8)
}

impl Txn<'_> {
    /// Keeps a message's entries true: what it was, what it is.
    pub(super) fn index_change(
        &mut self,
        mailbox: u32,
        at: Location,
        id: u64,
        old: Option<&MessageHead>,
        new: Option<&MessageHead>,
    ) -> Result<(), StoreError> {
        let Some(list) = Changes::of(at.kind) else { return Ok(()) };
        if old.is_none() && new.is_some() {
            self.exhume(mailbox, id)?;
        }
        let change = |head: Option<&MessageHead>| head.map_or(0, |head| head.change_number);
        self.put_change(mailbox, at.folder, list, id, (change(old), change(new)))?;
        if list == Changes::Normal {
            let read = |head: Option<&MessageHead>| head.map_or(0, |head| head.read_change_number);
            self.put_change(mailbox, at.folder, Changes::Read, id, (read(old), read(new)))?;
        }
        Ok(())
    }

    /// From one number to another; 0 is none.
    pub(super) fn put_change(
        &mut self,
        mailbox: u32,
        folder: u64,
        list: Changes,
        id: u64,
        (from, to): (u64, u64),
    ) -> Result<(), StoreError> {
        let key = |number: u64| list_key(mailbox, folder, list).u64(number);
        if from != to && from != 0 {
            self.delete(self.dbs.changes, &key(from))?;
        }
        if from != to && to != 0 {
            self.put_raw(self.dbs.changes, &key(to), &u64_bytes(id))?;
        }
        Ok(())
    }

    /// Remembers that a message is gone from its folder.
    pub(super) fn bury(&mut self, mailbox: u32, owner: &mut Mailbox, folder: u64, id: u64) -> Result<(), StoreError> {
        let number = owner.take_change()?;
        self.put_change(mailbox, folder, Changes::Deleted, id, (0, number))?;
        let place = [u64_bytes(folder), u64_bytes(number)].concat();
        self.put_raw(self.dbs.graves, &Key::mailbox(mailbox).u64(id), &place)?;
        let mut record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        record.graves = record.graves.saturating_add(1);
        if record.graves > limits::GRAVES_PER_FOLDER_MAX
            && let Some((oldest, buried)) = self.changes(mailbox, folder, Changes::Deleted, (1, u64::MAX), 1)?.first()
        {
            self.put_change(mailbox, folder, Changes::Deleted, *buried, (*oldest, 0))?;
            self.delete(self.dbs.graves, &Key::mailbox(mailbox).u64(*buried))?;
            record.graves = record.graves.saturating_sub(1);
            record.graves_from = *oldest;
        }
        self.put_folder(mailbox, folder, &record)
    }

    /// A message that was deleted is there again.
    fn exhume(&mut self, mailbox: u32, id: u64) -> Result<(), StoreError> {
        let key = Key::mailbox(mailbox).u64(id);
        let place = self.get_raw(self.dbs.graves, &key)?;
        let place = place.and_then(|place| Some((place.get(..8).and_then(last_u64)?, last_u64(place)?)));
        let Some((folder, number)) = place else { return Ok(()) };
        self.delete(self.dbs.graves, &key)?;
        self.put_change(mailbox, folder, Changes::Deleted, id, (number, 0))?;
        if let Some(mut record) = self.folder(mailbox, folder)? {
            record.graves = record.graves.saturating_sub(1);
            self.put_folder(mailbox, folder, &record)?;
        }
        Ok(())
    }

    /// Remembers a message as deleted that never was here, so that it will not come.
    /// MS-OXCFXICS 3.2.5.9.4.5
    ///
    /// # Errors
    /// The disk refuses.
    pub fn bury_unborn(&mut self, mailbox: u32, folder: u64, id: u64) -> Result<(), StoreError> {
        let mut owner = self.mailbox(mailbox)?;
        self.bury(mailbox, &mut owner, folder, id)?;
        self.put_mailbox(mailbox, &owner)
    }

    /// Was there a message or folder of this number that is gone?
    ///
    /// # Errors
    /// LMDB refuses.
    pub fn is_buried(&self, mailbox: u32, id: u64) -> Result<bool, StoreError> {
        Ok(self.get_raw(self.dbs.graves, &Key::mailbox(mailbox).u64(id))?.is_some())
    }

    /// Forgets what a folder that is gone remembered.
    pub(super) fn forget_changes(&mut self, mailbox: u32, folder: u64) -> Result<(), StoreError> {
        for (_, id) in self.changes(mailbox, folder, Changes::Deleted, (1, u64::MAX), usize::MAX)? {
            self.delete(self.dbs.graves, &Key::mailbox(mailbox).u64(id))?;
        }
        self.delete_prefix(self.dbs.changes, &Key::mailbox(mailbox).u64(folder))?;
        self.put_raw(self.dbs.graves, &Key::mailbox(mailbox).u64(folder), &[0; 16])
    }

    /// Numbers and messages of a list, from a number to another, both included; at most `limit`.
    ///
    /// # Errors
    /// The index is damaged.
    pub fn changes(
        &self,
        mailbox: u32,
        folder: u64,
        list: Changes,
        (from, to): (u64, u64),
        limit: usize,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        if from > to {
            return Ok(Vec::new());
        }
        let (from, to) = (list_key(mailbox, folder, list).u64(from), list_key(mailbox, folder, list).u64(to));
        let range = (Bound::Included(from.bytes()), Bound::Included(to.bytes()));
        let mut out = Vec::new();
        look();
        for entry in self.dbs.changes.range(self.ro(), &range)?.take(limit) {
            look();
            let (key, id) = entry?;
            let damaged = StoreError::Corrupt(&"changes");
            out.push((last_u64(key).ok_or(damaged)?, last_u64(id).ok_or_else(|| StoreError::Corrupt(&"changes"))?));
        }
        Ok(out)
    }

    /// The message of a kind that stands behind another in the order of numbers.
    ///
    /// # Errors
    /// LMDB refuses.
    pub fn message_after(&self, mailbox: u32, at: Location, after: u64) -> Result<Option<u64>, StoreError> {
        let key = |id: u64| super::message::message_key(mailbox, at.folder, at.kind, id);
        let (from, to) = (key(after), key(u64::MAX));
        let range = (Bound::Excluded(from.bytes()), Bound::Included(to.bytes()));
        let keys = self.dbs.messages.remap_data_type::<heed::types::DecodeIgnore>();
        let next = keys.range(self.ro(), &range)?.next().transpose()?;
        Ok(next.and_then(|(key, ())| last_u64(key)))
    }

    /// Delivery times and messages, latest first, before a place in that order; at most `limit`.
    ///
    /// # Errors
    /// The index is damaged.
    pub fn delivered_before(
        &self,
        mailbox: u32,
        at: Location,
        (time, id): (u64, u64),
        limit: usize,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        let key = |time: u64, id: u64| Key::mailbox(mailbox).u64(at.folder).u8(at.kind as u8).u64(time).u64(id);
        let (from, to) = (key(0, 0), key(time, id));
        let range = (Bound::Included(from.bytes()), Bound::Excluded(to.bytes()));
        let mut out = Vec::new();
        for entry in self.dbs.deliveries.rev_range(self.ro(), &range)?.take(limit) {
            look();
            let (key, _) = entry?;
            let time = key.get(13..21).and_then(last_u64).ok_or_else(|| StoreError::Corrupt(&"deliveries"))?;
            out.push((time, last_u64(key).ok_or_else(|| StoreError::Corrupt(&"deliveries"))?));
        }
        Ok(out)
    }
}
