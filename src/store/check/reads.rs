//! What users have read in the public store: sets are ranges with gaps between them, and counts are true.

use super::Violation;
use crate::mapi::Ranges;
use crate::store::{Invariant, PUBLIC_STORE, StoreError, Txn};

impl Txn<'_> {
    pub(in crate::store) fn check_reads(&self, violations: &mut Vec<Violation>) -> Result<(), StoreError> {
        let (found, strange) = self.found_reads()?;
        let mut say = |what: String| {
            violations.push(Violation { mailbox: Some(PUBLIC_STORE), invariant: Invariant::Read, what });
        };
        if !strange.is_empty() {
            say(format!("{} entries of what users have read cannot be read", strange.len()));
        }
        let next = self.mailbox(PUBLIC_STORE).map_or(0, |owner| owner.next_change());
        for ((folder, user), reads) in found {
            let whose = format!("what user {user} has read in folder {folder:x}");
            let set = Ranges::from_unsorted(reads.ranges.clone());
            let last = reads.ranges.iter().map(|(_, high)| *high).chain(reads.log.iter().copied()).max();
            if reads.damaged || set.ranges() != reads.ranges || last.is_some_and(|last| last >= next) {
                say(format!("{whose} is damaged"));
                continue;
            }
            // An unreadable user is found elsewhere.
            if matches!(self.user(user), Ok(None)) || matches!(self.any_folder(PUBLIC_STORE, folder), Ok(None)) {
                say(format!("{whose} is of something that does not exist"));
                continue;
            }
            let logged = u64::try_from(reads.log.len()).unwrap_or(u64::MAX);
            if reads.head.read != self.count_read(folder, &set)? || reads.head.logged != logged {
                say(format!("{whose} is counted wrongly"));
            }
        }
        Ok(())
    }
}
