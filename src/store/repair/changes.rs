//! The index of changes, made again from the messages.

use super::{Repairs, message_place};
use crate::sorted::{SortedMap, sort_by};
use crate::store::change::Changes;
use crate::store::check::{change_place, entries_of};
use crate::store::key::{Key, last_u64, u64_bytes};
use crate::store::record::Record;
use crate::store::schema::Db;
use crate::store::{MessageHead, StoreError, Txn};

/// Keys and values of a database, in order.
type Entries = SortedMap<Vec<u8>, Vec<u8>>;

impl Txn<'_> {
    /// Indexes changes again; deletions are believed unless the message is there.
    pub(super) fn repair_changes(&mut self, mailbox: u32, done: &mut Repairs) -> Result<(), StoreError> {
        let (changes, graves) =
            (self.all_entries(self.dbs.changes, mailbox)?, self.all_entries(self.dbs.graves, mailbox)?);
        let mut wanted = Vec::new();
        for entry in self.dbs.messages.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let Some((folder, Some(kind), id)) = message_place(key) else { continue };
            for (list, number) in entries_of(kind, &MessageHead::decode(value)?) {
                let key = Key::mailbox(mailbox).u64(folder).u8(list as u8).u64(number);
                wanted.push((key.bytes().to_vec(), u64_bytes(id).to_vec()));
            }
        }
        let no_folder: Entries = graves.iter().filter(|(_, place)| last_u64(place) == Some(0)).map(copied).collect();
        let mut deletions = Vec::new();
        for (key, value) in &changes {
            let deleted = change_place(key).filter(|(_, list, _)| *list == Changes::Deleted as u8);
            let Some((folder, _, number)) = deleted else { continue };
            let id = last_u64(value).unwrap_or(0);
            let grave = Key::mailbox(mailbox).u64(id).bytes().to_vec();
            let lives = self.locate(mailbox, id)?.is_some_and(|at| !at.kind.is_deleted());
            if !lives && self.folder(mailbox, folder)?.is_some() && !no_folder.contains_key(&grave) {
                deletions.push((grave, (folder, number), copied((key, value))));
            }
        }
        // A message is deleted once.
        sort_by(&mut deletions, |(a, ..), (b, ..)| a.cmp(b));
        deletions.dedup_by(|(later, ..), (earlier, ..)| later == earlier);
        let mut counts: SortedMap<u64, u32> = SortedMap::new();
        let mut wanted_graves: Vec<_> = no_folder.into_iter().collect();
        for (grave, (folder, number), change) in deletions {
            wanted.push(change);
            wanted_graves.push((grave, [u64_bytes(folder), u64_bytes(number)].concat()));
            let count = counts.get_or_insert_with(folder, Default::default);
            *count = count.saturating_add(1);
        }
        let (wanted, wanted_graves): (Entries, Entries) =
            (wanted.into_iter().collect(), wanted_graves.into_iter().collect());
        if changes != wanted || graves != wanted_graves {
            for (db, entries) in [(self.dbs.changes, wanted), (self.dbs.graves, wanted_graves)] {
                self.delete_prefix(db, &Key::mailbox(mailbox))?;
                for (key, value) in entries {
                    db.put(self.rw()?, &key, &value)?;
                }
            }
            done.say(format!("mailbox {mailbox}: the index of changes was made again"));
        }
        self.recount_graves(mailbox, &counts, done)
    }

    fn all_entries(&self, db: Db, mailbox: u32) -> Result<Entries, StoreError> {
        let mut all = Entries::new();
        for entry in db.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            all.insert(key.to_vec(), value.to_vec());
        }
        Ok(all)
    }

    fn recount_graves(
        &mut self,
        mailbox: u32,
        counts: &SortedMap<u64, u32>,
        done: &mut Repairs,
    ) -> Result<(), StoreError> {
        let mut wrong = 0_usize;
        for key in self.keys(self.dbs.folders, &Key::mailbox(mailbox))? {
            let id = last_u64(&key).ok_or_else(|| StoreError::Corrupt(&"folder"))?;
            let Some(mut folder) = self.folder(mailbox, id)? else { continue };
            let counted = counts.get(&id).copied().unwrap_or(0);
            if folder.graves != counted {
                // Some may be lost: clients are told by comparing.
                folder.graves_from = self.mailbox(mailbox)?.last_change();
                folder.graves = counted;
                self.put_folder(mailbox, id, &folder)?;
                wrong = wrong.saturating_add(1);
            }
        }
        done.count(mailbox, wrong, "folders whose deletions were counted again");
        Ok(())
    }
}

fn copied((key, value): (&Vec<u8>, &Vec<u8>)) -> (Vec<u8>, Vec<u8>) {
    (key.clone(), value.clone())
}
