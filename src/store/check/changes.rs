//! The index of changes: every message stands where its change number says, and nothing else does.

use super::Findings;
use crate::sorted::SortedMap;
use crate::store::change::Changes;
use crate::store::key::{Key, last_u64};
use crate::store::{Invariant, Kind, MessageHead, StoreError, Txn};

/// What a key of `changes` says: folder, list, number.
pub(in crate::store) fn change_place(key: &[u8]) -> Option<(u64, u8, u64)> {
    let folder = key.get(4..12).and_then(last_u64)?;
    Some((folder, *key.get(12)?, last_u64(key.get(13..21)?)?))
}

/// The lists and numbers that a message stands under.
pub(in crate::store) fn entries_of(kind: Kind, head: &MessageHead) -> impl Iterator<Item = (Changes, u64)> {
    let list = Changes::of(kind);
    let read = if kind == Kind::Normal { head.read_change_number } else { 0 };
    let change = list.map(|list| (list, head.change_number));
    change.into_iter().chain(Some((Changes::Read, read))).filter(|(_, number)| *number > 0)
}

impl Txn<'_> {
    pub(super) fn check_changes(&self, found: &mut Findings) -> Result<(), StoreError> {
        // What is found is taken out of it.
        let expected = std::mem::take(&mut found.changes).into_iter().map(|(place, id)| (place, Some(id)));
        let mut expected: SortedMap<(u64, u8, u64), Option<u64>> = expected.collect();
        let mut buried: SortedMap<u64, u32> = SortedMap::new();
        let mut graves = 0_usize;
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.changes.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let (folder, list, number) = change_place(key).ok_or_else(|| StoreError::Corrupt(&"changes"))?;
            let id = last_u64(value).ok_or_else(|| StoreError::Corrupt(&"changes"))?;
            if number >= found.owner.next_change() {
                found.say(Invariant::Counter, format!("change {number:x} has a number that was never given out"));
            }
            if list != Changes::Deleted as u8 {
                if expected.get_mut(&(folder, list, number)).and_then(Option::take) != Some(id) {
                    found.say(Invariant::Change, format!("change {number:x} of folder {folder:x} is of no message"));
                }
                continue;
            }
            graves = graves.saturating_add(1);
            let count = buried.get_or_insert_with(folder, Default::default);
            *count = count.saturating_add(1);
            let lives = found.messages.get(&id).is_some_and(|seen| !seen.kind.is_deleted());
            let grave = self.get_raw(self.dbs.graves, &Key::mailbox(found.mailbox).u64(id))?;
            let place = grave.and_then(|place| Some((place.get(..8).and_then(last_u64)?, last_u64(place)?)));
            if lives || place != Some((folder, number)) {
                found.say(Invariant::Change, format!("message {id:x} is said to be deleted from folder {folder:x}"));
            }
        }
        for ((folder, _, number), id) in expected {
            let Some(id) = id else { continue };
            let what = format!("change {number:x} of folder {folder:x}, message {id:x}, is not indexed");
            found.say(Invariant::Change, what);
        }
        let kept = self.dbs.graves.prefix_iter(self.ro(), prefix.bytes())?;
        let kept = kept.filter(|entry| entry.as_ref().is_ok_and(|(_, place)| last_u64(place) != Some(0))).count();
        found.same(Invariant::Change, "number of graves", kept, graves);
        let folders = found.folders.iter().map(|(id, folder)| (*id, folder.graves)).collect::<Vec<_>>();
        for (id, recorded) in folders {
            let counted = buried.remove(&id).unwrap_or(0);
            found.same(Invariant::Change, &format!("deletions of folder {id:x}"), recorded, counted);
        }
        for folder in buried.into_keys() {
            found.say(Invariant::Change, format!("folder {folder:x} has deletions and no record"));
        }
        Ok(())
    }
}
