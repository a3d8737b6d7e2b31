//! From the schema of an earlier release to this one's: one step for each version, all in the
//! transaction that opens the file, so that a power cut leaves the old file or the new one.
//!
//! `tests/data/schema` keeps a data file of every released version, and `tests/it/upgrade.rs` takes
//! each of them here and checks what comes out.

use super::key::Key;
use super::schema::VERSION;
use super::{StoreError, Txn};

/// Leads from one version to the next.
type Step = fn(&mut Txn<'_>) -> Result<(), StoreError>;

/// The step at place n leads from version n + 1 to n + 2. Records that change keep their old struct
/// for it (`record.rs`); new databases are made when the file is opened and need no step.
const STEPS: &[Step] = &[];

const _: () = assert!(STEPS.len() + 1 == VERSION as usize, "a version without its step");

const KEY: &[u8] = b"schema_version";

impl Txn<'_> {
    /// The schema version of the file; `None` for one that was just made.
    pub(super) fn schema_version(&self) -> Result<Option<u32>, StoreError> {
        let bytes = self.get_raw(self.dbs.meta, &Key::new().text(KEY))?;
        bytes.map(|b| b.try_into().map(u32::from_le_bytes).map_err(|_| StoreError::Corrupt(&"meta"))).transpose()
    }

    /// Brings the file to this program's version; refuses that of a later release.
    pub(super) fn migrate(&mut self) -> Result<(), StoreError> {
        let found = match self.schema_version()? {
            Some(VERSION) => return Ok(()),
            Some(found) => found,
            None => VERSION,
        };
        let done = usize::try_from(found).ok().and_then(|found| found.checked_sub(1));
        let steps = done.and_then(|done| STEPS.get(done..)).ok_or_else(|| StoreError::Version(found.into()))?;
        for step in steps {
            step(self)?;
        }
        self.put_raw(self.dbs.meta, &Key::new().text(KEY), &VERSION.to_le_bytes())
    }
}
