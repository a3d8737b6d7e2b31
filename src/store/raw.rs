//! Records as they lie: database, key, value. For dumps, which have to hold everything, and for
//! nothing else.
//!
//! Keys and values are the same on every machine: keys are big-endian numbers and text, values
//! postcard (`schema.rs`). Only the pages that LMDB lays them on depend on the word width.

use super::schema::{self, Databases};
use super::{Store, StoreError, Txn};
use std::io;

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Name in the table of databases.
    pub database: &'static str,
    /// Its key.
    pub key: &'a [u8],
    /// Its value.
    pub value: &'a [u8],
}

impl Store {
    /// This program's schema version, in which [`Txn::entries`] are.
    #[must_use]
    pub fn schema_version() -> u32 {
        schema::VERSION
    }
}

impl Txn<'_> {
    /// Calls `each` with every record, database by database, in the order of keys.
    ///
    /// # Errors
    /// LMDB refuses, or `each` does.
    pub fn entries(&self, each: &mut dyn FnMut(Entry<'_>) -> io::Result<()>) -> Result<(), StoreError> {
        for (database, db) in self.dbs.all() {
            for entry in db.iter(self.ro())? {
                let (key, value) = entry?;
                each(Entry { database, key, value }).map_err(StoreError::Io)?;
            }
        }
        Ok(())
    }

    /// The name of a database, if there is one of that name.
    #[must_use]
    pub fn database_named(&self, name: &str) -> Option<&'static str> {
        self.dbs.all().into_iter().map(|(known, _)| known).find(|known| *known == name)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// There is no such database, or the disk refuses.
    pub fn put_entry(&mut self, entry: Entry<'_>) -> Result<(), StoreError> {
        let dbs: &Databases = self.dbs;
        let found = dbs.all().into_iter().find(|(name, _)| *name == entry.database);
        let (_, db) = found.ok_or_else(|| StoreError::NotFound)?;
        Ok(db.put(self.rw()?, entry.key, entry.value)?)
    }

    /// Removes a record and nothing of what belongs to it: tests damage a store with it.
    ///
    /// # Errors
    /// There is no such database, or the disk refuses.
    pub fn remove_entry(&mut self, database: &str, key: &[u8]) -> Result<bool, StoreError> {
        let dbs: &Databases = self.dbs;
        let found = dbs.all().into_iter().find(|(name, _)| *name == database);
        let (_, db) = found.ok_or_else(|| StoreError::NotFound)?;
        Ok(db.delete(self.rw()?, key)?)
    }
}
