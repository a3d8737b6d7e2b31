//! Filling search folders, slice by slice. What is still to do of a search is a record, so that it
//! goes on after a restart; a slice looks at messages in a snapshot, which keeps nobody waiting,
//! and then, in a short transaction of its own, changes the links that are not as they should be.
//!
//! Nothing is lost between the two: a message that changes after the snapshot has its links put
//! right by its own transaction, and the slice decides again about what it found.

use super::links::{Change, Ways};
use super::{Search, SearchState};
use crate::limits;
use crate::mapi::Restriction;
use crate::store::key::{Key, last_u64};
use crate::store::record::Record;
use crate::store::{IndexOrder, Kind, List, Location, MailboxIds, MessageHead, Store, StoreError, Txn, What};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};
use std::ops::Bound;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is to do of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Todo {
    /// Of the criteria that it is about.
    revision: u64,
    /// Links of messages after this one may be wrong.
    prune: Option<u64>,
    /// Folders whose messages may lack links; the last comes first.
    fill: Vec<u64>,
    /// The last message looked at in that one.
    after: u64,
}

impl Record for Todo {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"search under way";
}

impl Todo {
    /// Everything, in the order of `folders`.
    pub(in crate::store) fn new(revision: u64, mut folders: Vec<u64>) -> Self {
        folders.reverse();
        Self { revision, prune: Some(0), fill: folders, after: 0 }
    }

    pub(super) fn without_fill(self) -> Self {
        Self { fill: Vec::new(), after: 0, ..self }
    }

    /// Whether links may be there that should not be.
    pub(in crate::store) fn prunes(&self) -> bool {
        self.prune.is_some()
    }

    fn is_done(&self) -> bool {
        self.prune.is_none() && self.fill.is_empty()
    }

    /// The list to look through next, and after which message.
    fn next(&self, mailbox: u32, folder: u64, search: &Search) -> Option<(List, u64)> {
        if let Some(after) = self.prune {
            return Some((List { mailbox, folder, kind: Kind::Linked }, after));
        }
        let next = *self.fill.last()?;
        let kind = if search.nested.contains(&next) { Kind::Linked } else { Kind::Normal };
        Some((List { mailbox, folder: next, kind }, self.after))
    }

    /// Everything up to this message was looked at.
    fn advance(&mut self, id: u64) {
        match &mut self.prune {
            Some(after) => *after = id,
            None => self.after = id,
        }
    }

    /// The list has no more.
    fn end_list(&mut self) {
        if self.prune.take().is_none() {
            self.fill.pop();
            self.after = 0;
        }
    }
}

/// What may be spent on a slice.
struct Budget {
    messages: usize,
    until: Instant,
}

impl Budget {
    fn new(messages: usize, time: Duration) -> Self {
        let now = Instant::now();
        Self { messages, until: now.checked_add(time).unwrap_or(now) }
    }

    /// Takes a message from it; false if that was the last.
    fn spend(&mut self) -> bool {
        self.messages = self.messages.saturating_sub(1);
        self.messages > 0 && Instant::now() < self.until
    }
}

/// What a look at messages found.
struct Slice {
    before: Todo,
    after: Todo,
    /// Messages whose link is there and should not be, or the other way round.
    wrong: Vec<u64>,
}

impl Txn<'_> {
    pub(in crate::store) fn todo(&self, mailbox: u32, folder: u64) -> Result<Option<Todo>, StoreError> {
        self.get(self.dbs.searching, &Key::mailbox(mailbox).u64(folder))
    }

    /// Writes down what is to do; whoever does it is told after the commit.
    pub(in crate::store) fn put_todo(&mut self, mailbox: u32, folder: u64, todo: &Todo) -> Result<(), StoreError> {
        self.events.ring();
        self.put(self.dbs.searching, &Key::mailbox(mailbox).u64(folder), todo)
    }

    /// Adds to what is to do; what is under way goes on where it is.
    pub(super) fn add_todo(
        &mut self,
        mailbox: u32,
        folder: u64,
        search: &Search,
        prune: bool,
        fill: &[u64],
    ) -> Result<(), StoreError> {
        let none = Todo { revision: search.revision, prune: None, fill: Vec::new(), after: 0 };
        let mut todo = self.todo(mailbox, folder)?.unwrap_or(none);
        if prune {
            todo.prune = Some(0);
        }
        todo.fill.splice(0..0, fill.iter().copied());
        self.put_todo(mailbox, folder, &todo)
    }

    /// A message where it is, if a search could show it.
    pub(in crate::store) fn shown(
        &self,
        ids: MailboxIds,
        id: u64,
    ) -> Result<Option<(Location, MessageHead)>, StoreError> {
        let Some(at) = self.locate(ids.mailbox, id)?.filter(|at| at.kind == Kind::Normal) else { return Ok(None) };
        Ok(self.message_head(ids.mailbox, at.folder, at.kind, id)?.map(|head| (at, head)))
    }

    /// Decides about a message: how its link must change, if it must.
    pub(in crate::store) fn judge(
        &self,
        ids: MailboxIds,
        of: (u64, &Search),
        restriction: Option<&Restriction>,
        id: u64,
        ways: &mut Ways,
    ) -> Result<Option<Change>, StoreError> {
        let old = self.link(ids.mailbox, of.0, id)?;
        let (home, link) = match self.shown(ids, id)? {
            Some((at, head)) => (at.folder, self.wanted_link(ids, of, restriction, (at, id, &head), ways)?),
            None => (of.0, None),
        };
        Ok((old != link).then_some(Change { id, home, link }))
    }

    /// Looks at messages; `None` if nothing is to do.
    fn look(&self, mailbox: u32, folder: u64, budget: &mut Budget) -> Result<Option<Slice>, StoreError> {
        const STEP: usize = 64;
        let Some(before) = self.todo(mailbox, folder)? else { return Ok(None) };
        let ids = self.mailbox(mailbox)?.ids(mailbox);
        let mut slice = Slice { after: before.clone(), before, wrong: Vec::new() };
        let Some(search) = self.search(mailbox, folder)? else { return Ok(Some(slice)) };
        let restriction = self.search_restriction(mailbox, folder)?;
        let mut ways = Ways::new();
        while let Some((list, after)) = slice.after.next(mailbox, folder, &search) {
            let rows = self.index_rows(list, IndexOrder::Id, Some((0, after)), true, STEP)?;
            if rows.is_empty() {
                slice.after.end_list();
                if !budget.spend() {
                    break;
                }
            }
            for (_, id) in rows {
                if self.judge(ids, (folder, &search), restriction.as_ref(), id, &mut ways)?.is_some() {
                    slice.wrong.push(id);
                }
                slice.after.advance(id);
                if !budget.spend() || slice.wrong.len() >= limits::SEARCH_SLICE_CHANGES_MAX {
                    return Ok(Some(slice));
                }
            }
        }
        Ok(Some(slice))
    }

    /// Does what a look found to be done, unless what is to do is another thing by now.
    fn apply(&mut self, mailbox: u32, folder: u64, slice: Slice, now: FileTime) -> Result<(), StoreError> {
        if self.todo(mailbox, folder)?.as_ref() != Some(&slice.before) {
            return Ok(());
        }
        let Some(mut search) = self.search(mailbox, folder)? else { return self.sweep_links(mailbox, folder) };
        self.correct(mailbox, (folder, &search), slice.wrong, now)?;
        if !slice.after.is_done() {
            return self.put_todo(mailbox, folder, &slice.after);
        }
        self.delete(self.dbs.searching, &Key::mailbox(mailbox).u64(folder))?;
        if search.state == SearchState::Running {
            search.state = SearchState::Complete;
            self.put_search(mailbox, folder, &search)?;
            self.note(mailbox, What::SearchComplete { folder });
        }
        Ok(())
    }

    /// Removes links that a deleted search folder left behind.
    fn sweep_links(&mut self, mailbox: u32, folder: u64) -> Result<(), StoreError> {
        let of_folder = Key::mailbox(mailbox).u64(folder);
        let entries = self.dbs.links.remap_data_type::<heed::types::DecodeIgnore>();
        let entries = entries.prefix_iter(self.ro(), of_folder.bytes())?.take(limits::SEARCH_SWEEP_LINKS_MAX);
        let keys: Vec<Vec<u8>> = entries.map(|entry| Ok(entry?.0.to_vec())).collect::<Result<_, StoreError>>()?;
        for key in &keys {
            self.dbs.links.delete(self.rw()?, key)?;
        }
        if keys.len() < limits::SEARCH_SWEEP_LINKS_MAX {
            self.delete(self.dbs.searching, &of_folder)?;
        }
        Ok(())
    }

    /// Puts the links of messages right, in a search and in those that search in it.
    fn correct(
        &mut self,
        mailbox: u32,
        of: (u64, &Search),
        messages: Vec<u64>,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let ids = self.mailbox(mailbox)?.ids(mailbox);
        let restriction = self.search_restriction(mailbox, of.0)?;
        let mut ways = Ways::new();
        let mut changes = Vec::new();
        for id in messages {
            changes.extend(self.judge(ids, of, restriction.as_ref(), id, &mut ways)?);
        }
        let changed: Vec<u64> = changes.iter().map(|change| change.id).collect();
        self.change_links(mailbox, of.0, changes, now)?;
        if self.searches(mailbox)?.iter().any(|(_, search)| search.nested.contains(&of.0)) {
            for id in changed {
                if let Some((at, head)) = self.shown(ids, id)? {
                    self.relink_as(ids, at, id, (Some(&head), false), now)?;
                }
            }
        }
        Ok(())
    }

    /// Does at once what is little.
    pub(super) fn search_now(&mut self, mailbox: u32, folder: u64, now: FileTime) -> Result<(), StoreError> {
        let mut budget = Budget::new(limits::SEARCH_AT_ONCE_MESSAGES_MAX, limits::SEARCH_AT_ONCE_TIME_MAX);
        while budget.messages > 0 && Instant::now() < budget.until {
            let Some(slice) = self.look(mailbox, folder, &mut budget)? else { break };
            self.apply(mailbox, folder, slice, now)?;
        }
        Ok(())
    }

    /// The search with something to do that comes after a place, or the first of all.
    fn next_searching(&self, after: Option<(u32, u64)>) -> Result<Option<(u32, u64)>, StoreError> {
        let place = |key: &[u8]| {
            let (mailbox, folder) = key.split_first_chunk::<4>()?;
            Some((crate::store::key::last_u32(mailbox)?, last_u64(folder)?))
        };
        let keys = self.dbs.searching.remap_data_type::<heed::types::DecodeIgnore>();
        if let Some((mailbox, folder)) = after {
            let from = Key::mailbox(mailbox).u64(folder);
            let range = (Bound::Excluded(from.bytes()), Bound::Unbounded);
            if let Some(entry) = keys.range(self.ro(), &range)?.next() {
                return Ok(place(entry?.0));
            }
        }
        keys.first(self.ro())?.map(|(key, _)| place(key).ok_or(StoreError::Corrupt(&"searching"))).transpose()
    }
}

impl Store {
    /// Does one slice of the search that comes after a place; false if no search has anything to
    /// do. `after` goes on, so that searches take turns.
    ///
    /// # Errors
    /// A record is damaged, or the disk refuses.
    pub fn search_slice(&self, after: &mut Option<(u32, u64)>, now: FileTime) -> Result<bool, StoreError> {
        let txn = self.read()?;
        *after = txn.next_searching(*after)?;
        let Some((mailbox, folder)) = *after else { return Ok(false) };
        let mut budget = Budget::new(limits::SEARCH_SLICE_MESSAGES_MAX, limits::SEARCH_SLICE_TIME_MAX);
        let slice = txn.look(mailbox, folder, &mut budget)?;
        drop(txn);
        if let Some(slice) = slice {
            let mut txn = self.write()?;
            txn.apply(mailbox, folder, slice, now)?;
            txn.commit()?;
        }
        Ok(true)
    }

    /// Waits until a search has something to do, or somebody says so.
    pub fn wait_for_search(&self, timeout: Duration) {
        self.watch.bell.wait(timeout);
    }

    /// Ends [`Store::wait_for_search`].
    pub fn wake_search(&self) {
        self.watch.bell.ring();
    }
}

/// Rung when a search has something to do.
#[derive(Debug, Default)]
pub(in crate::store) struct Bell {
    is_rung: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    pub(in crate::store) fn ring(&self) {
        *self.is_rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_all();
    }

    fn wait(&self, timeout: Duration) {
        let is_rung = self.is_rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wait_timeout_while(is_rung, timeout, |is_rung| !*is_rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}
