//! What users have read in the public store, put in order again.

use super::Repairs;
use crate::mapi::Ranges;
use crate::store::{PUBLIC_STORE, StoreError, Txn};

impl Txn<'_> {
    /// What can be read of the sets is believed; what users have changed lately is forgotten, so that
    /// clients have what they know compared.
    pub(super) fn repair_reads(&mut self, done: &mut Repairs) -> Result<(), StoreError> {
        let mut violations = Vec::new();
        self.check_reads(&mut violations)?;
        if violations.is_empty() {
            return Ok(());
        }
        let (found, strange) = self.found_reads()?;
        for key in strange {
            self.dbs.reads.delete(self.rw()?, &key)?;
        }
        let last = self.mailbox(PUBLIC_STORE).map_or(0, |owner| owner.last_change());
        for (whose, reads) in found {
            let (folder, user) = whose;
            let keep = self.user(user)?.is_some() && self.any_folder(PUBLIC_STORE, folder)?.is_some();
            let set = if keep { Ranges::from_unsorted(reads.ranges) } else { Ranges::default() };
            let set = set.minus(&Ranges::new(last.saturating_add(1), u64::MAX));
            self.remake_reads(whose, &set, last)?;
            if !keep {
                self.forget_reads_of(whose)?;
            }
        }
        done.say("what users have read in public folders was put in order");
        Ok(())
    }
}
