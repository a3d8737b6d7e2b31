//! The index of changes, made again from the messages.

use super::{Repairs, message_place};
use crate::store::change::Changes;
use crate::store::check::{change_place, entries_of};
use crate::store::key::{Key, last_u64, u64_bytes};
use crate::store::record::Record;
use crate::store::{MessageHead, StoreError, Txn};
use std::collections::BTreeMap;

/// Keys and values of a database.
type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

impl Txn<'_> {
    /// Indexes changes again; deletions are believed unless the message is there.
    pub(super) fn repair_changes(&mut self, mailbox: u32, done: &mut Repairs) -> Result<(), StoreError> {
        let all = |db: crate::store::schema::Db| -> Result<Entries, StoreError> {
            let entries = db.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())?;
            entries.map(|entry| entry.map(|(k, v)| (k.to_vec(), v.to_vec())).map_err(StoreError::from)).collect()
        };
        let (changes, graves) = (all(self.dbs.changes)?, all(self.dbs.graves)?);
        let mut wanted = Entries::new();
        for entry in self.dbs.messages.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let Some((folder, Some(kind), id)) = message_place(key) else { continue };
            for (list, number) in entries_of(kind, &MessageHead::decode(value)?) {
                let key = Key::mailbox(mailbox).u64(folder).u8(list as u8).u64(number);
                wanted.insert(key.bytes().to_vec(), u64_bytes(id).to_vec());
            }
        }
        let no_folder = |place: &[u8]| last_u64(place) == Some(0);
        let mut wanted_graves: Entries =
            graves.iter().filter(|(_, place)| no_folder(place)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        for (key, value) in &changes {
            let deleted = change_place(key).filter(|(_, list, _)| *list == Changes::Deleted as u8);
            let Some((folder, _, number)) = deleted else { continue };
            let id = last_u64(value).unwrap_or(0);
            let lives = self.locate(mailbox, id)?.is_some_and(|at| !at.kind.is_deleted());
            let grave = Key::mailbox(mailbox).u64(id).bytes().to_vec();
            if lives || self.folder(mailbox, folder)?.is_none() || wanted_graves.contains_key(&grave) {
                continue;
            }
            wanted.insert(key.clone(), value.clone());
            wanted_graves.insert(grave, [u64_bytes(folder), u64_bytes(number)].concat());
            let count = counts.entry(folder).or_default();
            *count = count.saturating_add(1);
        }
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

    fn recount_graves(
        &mut self,
        mailbox: u32,
        counts: &BTreeMap<u64, u32>,
        done: &mut Repairs,
    ) -> Result<(), StoreError> {
        let mut wrong = 0_usize;
        for key in self.keys(self.dbs.folders, &Key::mailbox(mailbox))? {
            let id = last_u64(&key).ok_or(StoreError::Corrupt(&"folder"))?;
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
