//! Transactions: a snapshot to read, the one writer, or a child of the writer.

use super::StoreError;
use super::event::{Events, Watch};
use super::key::Key;
use super::record::Record;
use super::schema::{Databases, Db};
use crate::limits;
use crate::wire::Guid;
use heed::{Env, RoTxn, RwTxn, WithoutTls};
use std::cell::Cell;

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// Counts a record that is looked at; in debug builds, for tests of what things cost.
pub(super) fn look() {
    if cfg!(debug_assertions) {
        LOOKS.set(LOOKS.get().saturating_add(1));
    }
}

/// How many records this thread has looked at; 0 in release builds.
#[must_use]
pub fn looks() -> u64 {
    LOOKS.get()
}

/// A transaction. Dropped without [`Txn::commit`], it leaves nothing behind.
pub struct Txn<'s> {
    env: &'s Env<WithoutTls>,
    pub(super) dbs: &'s Databases,
    inner: Inner<'s>,
    pub(super) events: Events,
    /// Of a child: the events of its parent.
    up: Option<&'s mut Events>,
    /// Of the writer: who is told.
    watch: Option<&'s Watch>,
}

enum Inner<'s> {
    Read(RoTxn<'s, WithoutTls>),
    Write(RwTxn<'s>),
}

impl std::fmt::Debug for Txn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_write() { "Txn(write)" } else { "Txn(read)" })
    }
}

impl<'s> Txn<'s> {
    pub(super) fn begin_read(env: &'s Env<WithoutTls>, dbs: &'s Databases) -> Result<Self, StoreError> {
        let inner = Inner::Read(env.read_txn()?);
        Ok(Self { env, dbs, inner, events: Events::default(), up: None, watch: None })
    }

    pub(super) fn begin_write(
        env: &'s Env<WithoutTls>,
        dbs: &'s Databases,
        watch: Option<&'s Watch>,
    ) -> Result<Self, StoreError> {
        let inner = Inner::Write(env.write_txn()?);
        let events = Events::new(watch.is_some_and(Watch::is_on));
        Ok(Self { env, dbs, inner, events, up: None, watch })
    }

    /// A transaction inside this one, to be undone alone. Costs megabytes of bookkeeping in LMDB:
    /// only for a batch with several writers.
    ///
    /// # Errors
    /// This is a snapshot, or LMDB refuses.
    pub fn child(&mut self) -> Result<Txn<'_>, StoreError> {
        match &mut self.inner {
            Inner::Read(_) => Err(StoreError::Corrupt(&"a child of a read transaction")),
            Inner::Write(parent) => {
                let inner = Inner::Write(self.env.nested_write_txn(parent)?);
                let events = self.events.child();
                Ok(Txn { env: self.env, dbs: self.dbs, inner, events, up: Some(&mut self.events), watch: None })
            }
        }
    }

    /// True for the writer.
    #[must_use]
    pub fn is_write(&self) -> bool {
        matches!(self.inner, Inner::Write(_))
    }

    /// Its number: that of the snapshot, or the one that its commit will make.
    #[must_use]
    pub fn number(&self) -> u64 {
        u64::try_from(self.ro().id()).unwrap_or(u64::MAX)
    }

    /// Makes all of it durable, or, for a child, part of its parent.
    ///
    /// # Errors
    /// The disk refuses or is full: nothing of it happened.
    pub fn commit(self) -> Result<(), StoreError> {
        let Self { env, inner, events, up, watch, .. } = self;
        let Inner::Write(txn) = inner else { return Ok(()) };
        match (up, watch) {
            (Some(up), _) => {
                txn.commit()?;
                up.append(events);
                Ok(())
            }
            (None, Some(watch)) => watch.commit(events, || {
                txn.commit()?;
                Ok(u64::try_from(env.info().last_txn_id).unwrap_or(u64::MAX))
            }),
            (None, None) => Ok(txn.commit()?),
        }
    }

    pub(super) fn ro(&self) -> &RoTxn<'s> {
        match &self.inner {
            Inner::Read(txn) => txn,
            Inner::Write(txn) => txn,
        }
    }

    pub(super) fn rw(&mut self) -> Result<&mut RwTxn<'s>, StoreError> {
        match &mut self.inner {
            Inner::Read(_) => Err(StoreError::Corrupt(&"a write in a read transaction")),
            Inner::Write(txn) => Ok(txn),
        }
    }

    pub(super) fn get<T: Record>(&self, db: Db, key: &[u8]) -> Result<Option<T>, StoreError> {
        look();
        db.get(self.ro(), key)?.map(T::decode).transpose()
    }

    pub(super) fn put<T: Record>(&mut self, db: Db, key: &[u8], value: &T) -> Result<(), StoreError> {
        let bytes = value.encode()?;
        self.put_raw(db, key, &bytes)
    }

    pub(super) fn get_raw(&self, db: Db, key: &[u8]) -> Result<Option<&[u8]>, StoreError> {
        look();
        Ok(db.get(self.ro(), key)?)
    }

    pub(super) fn put_raw(&mut self, db: Db, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        Ok(db.put(self.rw()?, key, value)?)
    }

    pub(super) fn delete(&mut self, db: Db, key: &[u8]) -> Result<bool, StoreError> {
        Ok(db.delete(self.rw()?, key)?)
    }

    /// Refuses what would add so many bytes to a file that is nearly full. The last pages of the map are
    /// for deleting: LMDB writes what it deletes from, and where a commit finds no page any more, all that
    /// the batch has answered is lost.
    pub(super) fn want_room(&self, bytes: u64) -> Result<(), StoreError> {
        let info = self.env.info();
        let map = u64::try_from(info.map_size).unwrap_or(u64::MAX);
        let keep = (map / limits::MAP_KEPT_FOR_DELETING).min(limits::MAP_KEPT_MAX_BYTES);
        let full = |used: u64| used.saturating_add(bytes).saturating_add(keep) > map;
        // As far as the file ever reached, 4 KiB a page or more: with much beyond that there is nothing to count.
        let reached = u64::try_from(info.last_page_number).unwrap_or(u64::MAX).saturating_mul(4096);
        if !full(reached.saturating_mul(2)) {
            return Ok(());
        }
        let mut used = 0_u64;
        for (_, db) in self.dbs.all() {
            let stat = db.stat(self.ro())?;
            let pages = stat.branch_pages.saturating_add(stat.leaf_pages).saturating_add(stat.overflow_pages);
            let bytes = u64::try_from(pages).unwrap_or(u64::MAX).saturating_mul(stat.page_size.into());
            used = used.saturating_add(bytes);
        }
        if full(used) { Err(StoreError::Full) } else { Ok(()) }
    }

    /// Keys that start with `prefix`; the caller changes the database while it goes through.
    pub(super) fn keys(&self, db: Db, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
        let keys = db.remap_data_type::<heed::types::DecodeIgnore>();
        let mut found = Vec::new();
        for entry in keys.prefix_iter(self.ro(), prefix)? {
            found.push(entry?.0.to_vec());
        }
        Ok(found)
    }

    /// Removes every record whose key starts with `prefix`.
    pub(super) fn delete_prefix(&mut self, db: Db, prefix: &[u8]) -> Result<(), StoreError> {
        let keys = self.keys(db, prefix)?;
        let txn = self.rw()?;
        for key in keys {
            db.delete(txn, &key)?;
        }
        Ok(())
    }

    /// A GUID of the box, made at first use.
    pub(super) fn meta_guid(&mut self, name: &str) -> Result<Guid, StoreError> {
        let key = Key::new().text(name.as_bytes());
        if let Some(bytes) = self.get_raw(self.dbs.meta, &key)? {
            return Ok(Guid(bytes.try_into().map_err(|_| StoreError::Corrupt(&"meta"))?));
        }
        let guid = Guid::from_random(crate::random::bytes());
        self.put_raw(self.dbs.meta, &key, &guid.0)?;
        Ok(guid)
    }
}
