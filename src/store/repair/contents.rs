//! Messages: what cannot be read, places, counts.

use super::{Repairs, delivery_time};
use crate::mapi::{PropertyName, Restriction};
use crate::sorted::{SortedMap, sort_by};
use crate::store::check::{deletions, message_place};
use crate::store::key::{Key, last_u64, u64_bytes};
use crate::store::message::message_key;
use crate::store::record::Record;
use crate::store::search::Todo;
use crate::store::{Attachment, Folder, Kind, Mailbox, MessageHead, Recipient, Search, StoreError, Txn};

/// Whether a value can be read.
type Readable = fn(key: &[u8], value: &[u8]) -> bool;
/// Folder, list and time of delivery.
type Place = (u64, Kind, u64);

impl Txn<'_> {
    /// Removes records that cannot be read.
    pub(super) fn remove_unreadable(&mut self, mailbox: u32, done: &mut Repairs) -> Result<(), StoreError> {
        let readable: [(&str, crate::store::schema::Db, Readable); 6] = [
            ("folders that could not be read", self.dbs.folders, |_, value| Folder::decode(value).is_ok()),
            ("messages that could not be read", self.dbs.messages, |key, value| {
                message_place(key).is_some_and(|(_, kind, _)| kind.is_some()) && MessageHead::decode(value).is_ok()
            }),
            ("recipients and attachments that could not be read", self.dbs.parts, |key, value| match key.get(12) {
                Some(0) => <Vec<Recipient>>::decode(value).is_ok(),
                _ => Attachment::decode(value).is_ok(),
            }),
            ("names of properties that could not be read", self.dbs.names, |key, value| {
                key.get(4) != Some(&b'i') || PropertyName::decode(value).is_ok()
            }),
            ("searches that could not be read", self.dbs.searches, |key, value| match key.get(4) {
                Some(b'c') => Search::decode(value).is_ok(),
                _ => Restriction::decode(value).is_ok(),
            }),
            ("searches under way that could not be read", self.dbs.searching, |_, value| Todo::decode(value).is_ok()),
        ];
        for (what, db, is_readable) in readable {
            let mut bad = Vec::new();
            for entry in db.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
                let (key, value) = entry?;
                if !is_readable(key, value) {
                    bad.push(key.to_vec());
                }
            }
            done.count(mailbox, bad.len(), what);
            for key in bad {
                db.delete(self.rw()?, &key)?;
            }
        }
        Ok(())
    }

    /// Makes the indexes of messages again and removes parts of no message.
    pub(super) fn repair_places(&mut self, mailbox: u32, done: &mut Repairs) -> Result<(), StoreError> {
        let mut all = Vec::new();
        for key in self.keys(self.dbs.messages, &Key::mailbox(mailbox))? {
            let Some((folder, Some(kind), id)) = message_place(&key) else { continue };
            let Some(head) = self.message_head(mailbox, folder, kind, id)? else { continue };
            all.push((id, (folder, kind, delivery_time(&head))));
        }
        sort_by(&mut all, |(a, _), (b, _)| a.cmp(b));
        let mut places: SortedMap<u64, Place> = SortedMap::new();
        let mut twice = 0_usize;
        for (id, here) in all {
            let Some(other) = places.insert(id, here) else { continue };
            // Where the index says, it is; else in the first place.
            twice = twice.saturating_add(1);
            let indexed = self.locate(mailbox, id).ok().flatten().map(|at| (at.folder, at.kind));
            let gone = if indexed == Some((here.0, here.1)) { other } else { here };
            let kept = if gone == here { other } else { here };
            places.insert(id, kept);
            self.delete(self.dbs.messages, &message_key(mailbox, gone.0, gone.1, id))?;
        }
        done.count(mailbox, twice, "messages that were in two places");
        let mut wrong = self.keys(self.dbs.locations, &Key::mailbox(mailbox))?.len() != places.len()
            || self.keys(self.dbs.deliveries, &Key::mailbox(mailbox))?.len() != places.len();
        for (id, (folder, kind, time)) in &places {
            let located = self.locate(mailbox, *id).ok().flatten().map(|at| (at.folder, at.kind));
            let key = Key::mailbox(mailbox).u64(*folder).u8(*kind as u8).u64(*time).u64(*id);
            wrong |= located != Some((*folder, *kind)) || self.get_raw(self.dbs.deliveries, &key)?.is_none();
        }
        if wrong {
            self.index_again(mailbox, &places)?;
            done.say(format!("mailbox {mailbox}: the indexes of messages were made again"));
        }
        let mut loose = 0_usize;
        for key in self.keys(self.dbs.parts, &Key::mailbox(mailbox))? {
            let id = key.get(4..12).and_then(last_u64).ok_or_else(|| StoreError::Corrupt(&"parts"))?;
            if !places.contains_key(&id) {
                self.dbs.parts.delete(self.rw()?, &key)?;
                loose = loose.saturating_add(1);
            }
        }
        done.count(mailbox, loose, "recipients and attachments of no message");
        Ok(())
    }

    fn index_again(&mut self, mailbox: u32, places: &SortedMap<u64, Place>) -> Result<(), StoreError> {
        for db in [self.dbs.locations, self.dbs.deliveries] {
            self.delete_prefix(db, &Key::mailbox(mailbox))?;
        }
        for (id, (folder, kind, time)) in places {
            let mut place = u64_bytes(*folder).to_vec();
            place.push(*kind as u8);
            self.put_raw(self.dbs.locations, &Key::mailbox(mailbox).u64(*id), &place)?;
            let key = Key::mailbox(mailbox).u64(*folder).u8(*kind as u8).u64(*time).u64(*id);
            self.put_raw(self.dbs.deliveries, &key, &[])?;
        }
        Ok(())
    }

    /// Makes the lists of what was deleted softly again.
    pub(super) fn repair_deleted(&mut self, mailbox: u32, done: &mut Repairs) -> Result<(), StoreError> {
        let folders = self.readable_folders(mailbox)?;
        let mut messages = Vec::new();
        for key in self.keys(self.dbs.messages, &Key::mailbox(mailbox))? {
            let Some((folder, Some(kind), id)) = message_place(&key) else { continue };
            let head = self.message_head(mailbox, folder, kind, id)?;
            messages.push((id, kind, head.and_then(|head| head.deleted_on)));
        }
        let lists = deletions(mailbox, &folders, messages.into_iter());
        for (db, keys) in [(self.dbs.deleted_folders, lists.folders), (self.dbs.deletions, lists.by_time)] {
            let mut wrong = self.keys(db, &Key::mailbox(mailbox))?.len() != keys.len();
            for key in &keys {
                wrong |= self.get_raw(db, key)?.is_none();
            }
            if wrong {
                self.delete_prefix(db, &Key::mailbox(mailbox))?;
                keys.iter().try_for_each(|key| self.put_raw(db, key, &[]))?;
                done.say(format!("mailbox {mailbox}: what was deleted softly was listed again"));
            }
        }
        Ok(())
    }

    /// Counts folders and messages again.
    pub(super) fn recount(&mut self, mailbox: u32, owner: &mut Mailbox, done: &mut Repairs) -> Result<(), StoreError> {
        let mut folders: SortedMap<u64, Folder> = SortedMap::new();
        for entry in self.dbs.folders.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            folders.insert(last_u64(key).ok_or_else(|| StoreError::Corrupt(&"folder"))?, Folder::decode(value)?);
        }
        let before = folders.clone();
        for folder in folders.values_mut() {
            (folder.content_count, folder.content_unread_count, folder.associated_content_count) = (0, 0, 0);
            (folder.deleted_count, folder.deleted_associated_count) = (0, 0);
            (folder.deleted_folder_count, folder.subfolder_count) = (0, 0);
            (folder.size, folder.deleted_size, folder.deleted_associated_size) = (0, 0, 0);
        }
        for (_, below) in before.iter().filter(|(id, folder)| **id != folder.parent) {
            let Some(parent) = folders.get_mut(&below.parent) else { continue };
            let is_deleted = below.deleted_on.is_some();
            let count = if is_deleted { &mut parent.deleted_folder_count } else { &mut parent.subfolder_count };
            *count = count.saturating_add(1);
        }
        (owner.size, owner.deleted_size) = (0, 0);
        for entry in self.dbs.messages.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let Some((folder, Some(kind), _)) = message_place(key) else { continue };
            let (head, Some(folder)) = (MessageHead::decode(value)?, folders.get_mut(&folder)) else { continue };
            let (count, size, all) = match kind {
                Kind::Normal => (&mut folder.content_count, &mut folder.size, &mut owner.size),
                Kind::Associated => (&mut folder.associated_content_count, &mut folder.size, &mut owner.size),
                Kind::Deleted => (&mut folder.deleted_count, &mut folder.deleted_size, &mut owner.deleted_size),
                Kind::DeletedAssociated => {
                    (&mut folder.deleted_associated_count, &mut folder.deleted_associated_size, &mut owner.deleted_size)
                }
                Kind::Linked => continue,
            };
            *count = count.saturating_add(1);
            *size = size.saturating_add(head.size);
            *all = all.saturating_add(head.size);
            let unread = u32::from(kind == Kind::Normal && !head.read);
            folder.content_unread_count = folder.content_unread_count.saturating_add(unread);
        }
        self.recount_links(mailbox, &mut folders)?;
        let mut wrong = 0_usize;
        for (id, folder) in &mut folders {
            if before.get(id) != Some(&*folder) {
                wrong = wrong.saturating_add(1);
                folder.content_version = folder.content_version.saturating_add(1);
                self.put_folder(mailbox, *id, folder)?;
            }
        }
        done.count(mailbox, wrong, "folders that were counted again");
        Ok(())
    }
}
