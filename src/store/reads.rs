//! What each user has read in the public store. MS-OXCSTOR 3.2.5.12.1, MS-OXCFXICS 3.2.5.6
//!
//! A user has read a message when its change number is in the user's set for the folder: so a changed
//! message is unread again for all but who changed it, and a record of a message says nothing of who
//! has read it. In the record the flag is always clear and the folder's unread count is its content
//! count; [`Txn::message_head`] and [`Txn::any_folder`] put in what the transaction's reader
//! ([`Txn::set_reader`]) sees, and the writing side takes it out again.
//!
//! For each folder and user there are, under keys of their own, so that nothing is read or written whole:
//! - the set, as ranges (first → last). Numbers that no message of the folder has now, and none will
//!   have, are taken in: who has read everything has one range, whatever happens elsewhere;
//! - the latest changes of the read state (number → message), which synchronisation finds as it finds
//!   those of a private mailbox. Beyond a bound the oldest are dropped; a client that is further
//!   behind has every message that it knows compared;
//! - a head: how many messages of the folder are in the set, how many changes are kept, and the number
//!   of the last one that was dropped.

use super::change::Changes;
use super::key::{Key, last_u32, last_u64, u64_bytes};
use super::{Folder, Kind, List, Location, MessageHead, PUBLIC_STORE, RowChange, StoreError, Txn, What};
use crate::limits;
use crate::mapi::Ranges;
use std::ops::Bound;

/// The parts of what is kept.
const HEAD: u8 = 0;
const SET: u8 = 1;
const LOG: u8 = 2;

/// Folder and user.
type Whose = (u64, u32);

fn part((folder, user): Whose, part: u8) -> Key {
    Key::mailbox(PUBLIC_STORE).u64(folder).u32(user).u8(part)
}

/// What is kept beside the set.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadsHead {
    /// Messages of the contents table that are in the set.
    pub(super) read: u64,
    /// Changes that are kept.
    pub(super) logged: u64,
    /// Number of the last change that is not kept any more.
    pub(super) dropped: u64,
}

impl ReadsHead {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at.saturating_add(8)).and_then(last_u64);
        (bytes.len() == 24).then_some(())?;
        Some(Self { read: number(0)?, logged: number(8)?, dropped: number(16)? })
    }
}

/// A record of the database, taken apart: folder, user, part and the number after it.
pub(super) fn reads_place(key: &[u8]) -> Option<(u64, u32, u8, u64)> {
    let folder = key.get(4..12).and_then(last_u64)?;
    let user = key.get(12..16).and_then(last_u32)?;
    match (*key.get(16)?, key.len()) {
        (HEAD, 17) => Some((folder, user, HEAD, 0)),
        (kind @ (SET | LOG), 25) => Some((folder, user, kind, last_u64(key)?)),
        _ => None,
    }
}

/// Everything in the database, and keys that are none.
pub(super) type AllReads = (Vec<(Whose, FoundReads)>, Vec<Vec<u8>>);

/// What is found in the database of one folder and user.
#[derive(Debug, Default)]
pub(super) struct FoundReads {
    pub(super) head: ReadsHead,
    pub(super) ranges: Vec<(u64, u64)>,
    pub(super) log: Vec<u64>,
    /// Something could not be read.
    pub(super) damaged: bool,
}

impl Txn<'_> {
    pub(super) fn reads_head(&self, whose: Whose) -> Result<ReadsHead, StoreError> {
        let Some(bytes) = self.get_raw(self.dbs.reads, &part(whose, HEAD))? else { return Ok(ReadsHead::default()) };
        ReadsHead::parse(bytes).ok_or_else(|| StoreError::Corrupt(&"reads"))
    }

    fn put_reads_head(&mut self, whose: Whose, head: ReadsHead) -> Result<(), StoreError> {
        let bytes = [head.read, head.logged, head.dropped].map(u64_bytes).concat();
        self.put_raw(self.dbs.reads, &part(whose, HEAD), &bytes)
    }

    /// The last range that begins at a number or before it.
    fn read_range(&self, whose: Whose, number: u64) -> Result<Option<(u64, u64)>, StoreError> {
        super::txn::look();
        let (prefix, key) = (part(whose, SET), part(whose, SET).u64(number));
        let found = self.dbs.reads.get_lower_than_or_equal_to(self.ro(), key.bytes())?;
        let found = found.filter(|(key, _)| key.starts_with(prefix.bytes()));
        found
            .map(|(key, end)| last_u64(key).zip(last_u64(end)).ok_or_else(|| StoreError::Corrupt(&"reads")))
            .transpose()
    }

    fn has_read(&self, whose: Whose, number: u64) -> Result<bool, StoreError> {
        Ok(self.read_range(whose, number)?.is_some_and(|(_, end)| number <= end))
    }

    /// Puts what the reader sees into a head.
    pub(super) fn show_read(&self, folder: u64, head: &mut MessageHead) -> Result<(), StoreError> {
        head.read = self.reader() != 0 && self.has_read((folder, self.reader()), head.change_number)?;
        Ok(())
    }

    /// Puts what the reader sees into a folder.
    pub(super) fn show_unread(&self, id: u64, folder: &mut Folder) -> Result<(), StoreError> {
        let read = if self.reader() == 0 { 0 } else { self.reads_head((id, self.reader()))?.read };
        folder.content_unread_count = folder.content_count.saturating_sub(u32::try_from(read).unwrap_or(u32::MAX));
        Ok(())
    }

    /// The users of whom something is kept in a folder.
    pub(super) fn readers(&self, folder: u64) -> Result<Vec<u32>, StoreError> {
        let prefix = Key::mailbox(PUBLIC_STORE).u64(folder);
        let mut users = Vec::new();
        let mut from = Some(part((folder, 0), HEAD));
        while let Some(at) = from {
            super::txn::look();
            let found = self.dbs.reads.get_greater_than_or_equal_to(self.ro(), at.bytes())?;
            let user = found.filter(|(key, _)| key.starts_with(prefix.bytes())).and_then(|(key, _)| key.get(12..16));
            let user = user.and_then(last_u32);
            users.extend(user);
            from = user.and_then(|user| user.checked_add(1)).map(|next| part((folder, next), HEAD));
        }
        Ok(users)
    }

    /// The numbers around one that no message of the folder has.
    fn free_around(&self, folder: u64, number: u64) -> Result<(u64, u64), StoreError> {
        let (mut low, mut high) = (1, None::<u64>);
        for list in [Changes::Normal, Changes::Associated] {
            let prefix = Key::mailbox(PUBLIC_STORE).u64(folder).u8(list as u8);
            let (key, db) = (prefix.u64(number), self.dbs.changes);
            let here = |found: Option<(&[u8], &[u8])>| {
                found.filter(|(key, _)| key.starts_with(prefix.bytes())).and_then(|(key, _)| last_u64(key))
            };
            if let Some(before) = here(db.get_lower_than(self.ro(), key.bytes())?) {
                low = low.max(before.saturating_add(1));
            }
            if let Some(after) = here(db.get_greater_than(self.ro(), key.bytes())?) {
                high = Some(high.map_or(after, |high| high.min(after)));
            }
        }
        // Behind the last message are numbers that new ones will have.
        Ok((low, high.map_or(number, |high| high.saturating_sub(1))))
    }

    /// Ranges that begin in an interval.
    fn ranges_in(&self, whose: Whose, (low, high): (u64, u64)) -> Result<Vec<(u64, u64)>, StoreError> {
        let (from, to) = (part(whose, SET).u64(low), part(whose, SET).u64(high));
        let bounds = (Bound::Included(from.bytes()), Bound::Included(to.bytes()));
        let mut ranges = Vec::new();
        for entry in self.dbs.reads.range(self.ro(), &bounds)? {
            let (key, end) = entry?;
            ranges.extend(last_u64(key).zip(last_u64(end)));
        }
        Ok(ranges)
    }

    /// Takes a number into the set, or out of it; false if it was as it shall be.
    fn set_read(&mut self, whose: Whose, number: u64, read: bool) -> Result<bool, StoreError> {
        let found = self.read_range(whose, number)?.filter(|(_, end)| number <= *end);
        if found.is_some() == read {
            return Ok(false);
        }
        let key = |start: u64| part(whose, SET).u64(start);
        if let Some((start, end)) = found {
            self.delete(self.dbs.reads, &key(start))?;
            if start < number {
                self.put_raw(self.dbs.reads, &key(start), &u64_bytes(number.saturating_sub(1)))?;
            }
            if end > number {
                self.put_raw(self.dbs.reads, &key(number.saturating_add(1)), &u64_bytes(end))?;
            }
            return Ok(true);
        }
        let (low, high) = self.free_around(whose.0, number)?;
        let (mut start, mut end) = (low, high);
        if let Some((before, last)) = self.read_range(whose, low)?
            && last.saturating_add(1) >= low
        {
            start = start.min(before);
            end = end.max(last);
        }
        for (inner, last) in self.ranges_in(whose, (start, high.saturating_add(1)))? {
            self.delete(self.dbs.reads, &key(inner))?;
            end = end.max(last);
        }
        self.put_raw(self.dbs.reads, &key(start), &u64_bytes(end))?;
        Ok(true)
    }

    /// Keeps every user's count true while a message of the contents table comes, goes, or gets another
    /// change number.
    pub(super) fn renumber_reads(
        &mut self,
        at: Location,
        old: Option<u64>,
        new: Option<u64>,
    ) -> Result<(), StoreError> {
        if at.kind != Kind::Normal || old == new {
            return Ok(());
        }
        for user in self.readers(at.folder)? {
            let whose = (at.folder, user);
            let has = |number: Option<u64>| number.map_or(Ok(false), |number| self.has_read(whose, number));
            let (was, is) = (has(old)?, has(new)?);
            if was != is {
                let mut head = self.reads_head(whose)?;
                head.read = head.read.saturating_add(is.into()).saturating_sub(was.into());
                self.put_reads_head(whose, head)?;
            }
        }
        Ok(())
    }

    /// Marks a message as the reader has it; `at_number`: the number of this change, 0 where a change of
    /// the message itself tells it. False if it was so already.
    pub(super) fn mark_read(
        &mut self,
        at: Location,
        id: u64,
        change_number: u64,
        read: bool,
        at_number: u64,
    ) -> Result<bool, StoreError> {
        let whose = (at.folder, self.reader());
        if whose.1 == 0 || at.kind.is_deleted() || !self.set_read(whose, change_number, read)? {
            return Ok(false);
        }
        let mut head = self.reads_head(whose)?;
        if at.kind == Kind::Normal {
            head.read = if read { head.read.saturating_add(1) } else { head.read.saturating_sub(1) };
            if at_number > 0 {
                self.put_raw(self.dbs.reads, &part(whose, LOG).u64(at_number), &u64_bytes(id))?;
                head.logged = head.logged.saturating_add(1);
            }
        }
        if head.logged > limits::READ_CHANGES_KEPT_MAX {
            let prefix = part(whose, LOG);
            let oldest = self.dbs.reads.get_greater_than_or_equal_to(self.ro(), prefix.bytes())?;
            let oldest = oldest.filter(|(key, _)| key.starts_with(prefix.bytes())).and_then(|(key, _)| last_u64(key));
            let oldest = oldest.ok_or_else(|| StoreError::Corrupt(&"reads"))?;
            self.delete(self.dbs.reads, &part(whose, LOG).u64(oldest))?;
            (head.logged, head.dropped) = (head.logged.saturating_sub(1), oldest);
        }
        self.put_reads_head(whose, head)?;
        Ok(true)
    }

    /// A change of nothing but the reader's read state: others see nothing of it, not even a time.
    pub(super) fn change_read(&mut self, at: Location, id: u64, head: &MessageHead) -> Result<(), StoreError> {
        if !self.mark_read(at, id, head.change_number, head.read, head.read_change_number)? {
            return Ok(());
        }
        let reader = self.reader();
        let mut folder = self.any_folder(PUBLIC_STORE, at.folder)?.ok_or_else(|| StoreError::NotFound)?;
        folder.content_version = folder.content_version.saturating_add(1);
        let place = Some((head.delivery_time(), id));
        let list = List { mailbox: PUBLIC_STORE, folder: at.folder, kind: at.kind };
        self.note_row(RowChange { list, version: folder.content_version, old: place, new: place });
        self.note_for(PUBLIC_STORE, reader, What::MessageModified { at, id, moved: false });
        if at.kind == Kind::Normal {
            self.note_unread(PUBLIC_STORE, &folder, at.folder, reader);
        }
        self.put_folder(PUBLIC_STORE, at.folder, &folder)
    }

    /// The reader's changes of the read state, by number. See [`Txn::changes`].
    pub(super) fn read_changes(
        &self,
        folder: u64,
        (from, to): (u64, u64),
        limit: usize,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        let log = part((folder, self.reader()), LOG);
        let (from, to) = (log.u64(from), log.u64(to));
        let bounds = (Bound::Included(from.bytes()), Bound::Included(to.bytes()));
        let mut out = Vec::new();
        super::txn::look();
        for entry in self.dbs.reads.range(self.ro(), &bounds)?.take(limit) {
            super::txn::look();
            let (key, id) = entry?;
            out.push(last_u64(key).zip(last_u64(id)).ok_or_else(|| StoreError::Corrupt(&"reads"))?);
        }
        Ok(out)
    }

    /// The number of the last change of the reader's read state that is not kept any more: who has not
    /// everything up to it cannot be told what changed. 0 where everything is known.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn read_changes_dropped(&self, mailbox: u32, folder: u64) -> Result<u64, StoreError> {
        if mailbox == PUBLIC_STORE { Ok(self.reads_head((folder, self.reader()))?.dropped) } else { Ok(0) }
    }

    /// The change numbers of what the reader has read in a public folder.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn read_set(&self, folder: u64) -> Result<Ranges, StoreError> {
        Ok(Ranges::from_unsorted(self.ranges_in((folder, self.reader()), (0, u64::MAX))?))
    }

    /// Puts another set in the place of the reader's. Numbers that were never given out are left out.
    /// MS-OXCSTOR 3.2.5.13.3
    ///
    /// # Errors
    /// The disk refuses.
    pub fn replace_read_set(&mut self, folder: u64, set: &Ranges) -> Result<(), StoreError> {
        let whose = (folder, self.reader());
        let mut owner = self.mailbox(PUBLIC_STORE)?;
        let last = owner.last_change();
        let number = owner.take_change()?;
        self.put_mailbox(PUBLIC_STORE, &owner)?;
        let given = Ranges::new(1, last);
        let set = set.minus(&set.minus(&given));
        self.remake_reads(whose, &set, number)?;
        self.note_for(PUBLIC_STORE, whose.1, What::Many);
        let mut record = self.any_folder(PUBLIC_STORE, folder)?.ok_or_else(|| StoreError::NotFound)?;
        record.content_version = record.content_version.saturating_add(1);
        self.note_unread(PUBLIC_STORE, &record, folder, whose.1);
        self.put_folder(PUBLIC_STORE, folder, &record)
    }

    /// Nothing is known of who has read what in a folder.
    pub(super) fn forget_reads(&mut self, folder: u64) -> Result<(), StoreError> {
        self.delete_prefix(self.dbs.reads, &Key::mailbox(PUBLIC_STORE).u64(folder))
    }

    /// The same of one user.
    pub(super) fn forget_reads_of(&mut self, (folder, user): Whose) -> Result<(), StoreError> {
        self.delete_prefix(self.dbs.reads, &Key::mailbox(PUBLIC_STORE).u64(folder).u32(user))
    }

    /// Nothing is known any more of what a user has read.
    pub(super) fn forget_reader(&mut self, user: u32) -> Result<(), StoreError> {
        let mut folders = Vec::new();
        let db = self.dbs.folders.remap_data_type::<heed::types::DecodeIgnore>();
        for entry in db.prefix_iter(self.ro(), Key::mailbox(PUBLIC_STORE).bytes())? {
            folders.extend(last_u64(entry?.0));
        }
        for folder in folders {
            self.forget_reads_of((folder, user))?;
        }
        Ok(())
    }

    /// Everything in the database, by folder and user; and keys that are none.
    pub(super) fn found_reads(&self) -> Result<AllReads, StoreError> {
        let (mut found, mut strange) = (Vec::<(Whose, FoundReads)>::new(), Vec::new());
        for entry in self.dbs.reads.iter(self.ro())? {
            let (key, value) = entry?;
            let place = reads_place(key).filter(|_| key.starts_with(Key::mailbox(PUBLIC_STORE).bytes()));
            let Some((folder, user, kind, number)) = place else {
                strange.push(key.to_vec());
                continue;
            };
            if found.last().is_none_or(|(whose, _)| *whose != (folder, user)) {
                found.push(((folder, user), FoundReads::default()));
            }
            let Some((_, reads)) = found.last_mut() else { continue };
            match (kind, ReadsHead::parse(value), last_u64(value).filter(|_| value.len() == 8)) {
                (HEAD, Some(head), _) => reads.head = head,
                (SET, _, Some(end)) if end >= number => reads.ranges.push((number, end)),
                (LOG, _, Some(_)) => reads.log.push(number),
                _ => reads.damaged = true,
            }
        }
        Ok((found, strange))
    }

    /// How many messages of a folder's contents table have these change numbers.
    pub(super) fn count_read(&self, folder: u64, set: &Ranges) -> Result<u64, StoreError> {
        let mut read = 0_usize;
        for range in set.ranges() {
            let there = self.changes(PUBLIC_STORE, folder, Changes::Normal, *range, usize::MAX)?;
            read = read.saturating_add(there.len());
        }
        Ok(u64::try_from(read).unwrap_or(u64::MAX))
    }

    /// Writes the set and the head of a folder and user again; its changes are no longer known up to a
    /// number.
    pub(super) fn remake_reads(&mut self, whose: Whose, set: &Ranges, dropped: u64) -> Result<(), StoreError> {
        self.forget_reads_of(whose)?;
        for (low, high) in set.ranges() {
            self.put_raw(self.dbs.reads, &part(whose, SET).u64(*low), &u64_bytes(*high))?;
        }
        let read = self.count_read(whose.0, set)?;
        self.put_reads_head(whose, ReadsHead { read, logged: 0, dropped })
    }
}
