//! Filling search folders, slice by slice. What is still to do of a search is a record, so that it
//! goes on after a restart; a slice looks at messages in a snapshot, which keeps nobody waiting,
//! and then, in a short transaction of its own, changes the links that are not as they should be.
//!
//! Nothing is lost between the two: a message that changes after the snapshot has its links put
//! right by its own transaction, and the slice leaves it alone. So nothing is searched while others
//! wait for the writer.

use super::links::{Change, Link, Ways, cost};
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
    /// Another one whenever something was added: what was looked at before may have to be looked at
    /// again, so a slice from before does not count. Messages at the end of the list are the
    /// exception.
    turn: u64,
    /// Messages that it would have cost too much to look at when they changed.
    messages: Vec<u64>,
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

fn new_turn() -> u64 {
    u64::from_le_bytes(crate::random::bytes())
}

impl Todo {
    /// Everything, in the order of `folders`.
    pub(in crate::store) fn new(mut folders: Vec<u64>) -> Self {
        folders.reverse();
        Self { turn: new_turn(), messages: Vec::new(), prune: Some(0), fill: folders, after: 0 }
    }

    pub(super) fn without_fill(self) -> Self {
        Self { fill: Vec::new(), after: 0, ..self }
    }

    /// Whether links may be there that should not be.
    pub(in crate::store) fn prunes(&self) -> bool {
        self.prune.is_some() || !self.messages.is_empty()
    }

    fn is_done(&self) -> bool {
        !self.prunes() && self.fill.is_empty()
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
        if self.messages.first() == Some(&id) {
            self.messages.remove(0);
            return;
        }
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

/// What may be spent on a look.
pub(in crate::store) struct Budget {
    messages: usize,
    cost: u64,
    until: Option<Instant>,
    /// Nothing was looked at yet, so that the next message is, whatever it costs.
    is_whole: bool,
}

impl Budget {
    fn new(messages: usize, cost: u64, time: Duration) -> Self {
        Self { messages, cost, until: Instant::now().checked_add(time), is_whole: true }
    }

    /// For a look at everything.
    pub(in crate::store) fn unlimited() -> Self {
        Self { messages: usize::MAX, cost: u64::MAX, until: None, is_whole: true }
    }

    /// Takes a message, or the end of a list, from it.
    fn spend(&mut self) {
        self.messages = self.messages.saturating_sub(1);
    }

    /// Takes a cost from it; false if there is not so much.
    fn afford(&mut self, cost: u64) -> bool {
        let is_enough = cost <= self.cost || self.is_whole;
        self.cost = self.cost.saturating_sub(cost);
        self.is_whole = false;
        is_enough
    }

    fn is_spent(&self) -> bool {
        self.messages == 0 || self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// What a look at a message found.
pub(in crate::store) struct Judgement {
    id: u64,
    /// Where it was and what it was, if a search could show it.
    seen: Option<(Location, MessageHead)>,
    /// Whether it matches, if it was in the scope.
    does_match: Option<bool>,
    /// Its link is there and should not be, or the other way round, or says something else.
    pub(in crate::store) is_wrong: bool,
}

/// What a look at messages found.
struct Slice {
    before: Todo,
    after: Todo,
    wrong: Vec<Judgement>,
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

    fn todo_or_none(&self, mailbox: u32, folder: u64) -> Todo {
        // What cannot be read is found by a check; it must not keep mail out.
        let found = self.todo(mailbox, folder).ok().flatten();
        found.unwrap_or_else(|| Todo { prune: None, ..Todo::new(Vec::new()) })
    }

    /// Adds to what is to do; what is under way goes on where it is.
    pub(super) fn add_todo(&mut self, mailbox: u32, folder: u64, prune: bool, fill: &[u64]) -> Result<(), StoreError> {
        let mut todo = self.todo_or_none(mailbox, folder);
        todo.turn = new_turn();
        if prune {
            todo.prune = Some(0);
        }
        todo.fill.splice(0..0, fill.iter().copied());
        self.put_todo(mailbox, folder, &todo)
    }

    /// Adds a message to what is to do; when that are very many, everything.
    pub(super) fn look_later(&mut self, mailbox: u32, folder: u64, search: &Search, id: u64) -> Result<(), StoreError> {
        let mut todo = self.todo_or_none(mailbox, folder);
        if todo.messages.contains(&id) {
            todo.turn = new_turn();
        } else if todo.messages.len() < limits::SEARCH_LATER_MESSAGES_MAX {
            todo.messages.push(id);
        } else {
            todo = Todo::new(self.scope_now(mailbox, search)?);
        }
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

    /// Looks at a message; `None` if that costs more than the budget has.
    pub(in crate::store) fn judge(
        &self,
        ids: MailboxIds,
        (folder, search): (u64, &Search),
        restriction: &Restriction,
        id: u64,
        (ways, budget): (&mut Ways, &mut Budget),
    ) -> Result<Option<Judgement>, StoreError> {
        let seen = self.shown(ids, id)?;
        let mut does_match = None;
        let mut link = None;
        if let Some((at, head)) = &seen
            && self.covers(ids.mailbox, search, at.folder, id, ways)?
        {
            if !budget.afford(cost(restriction, head)) {
                return Ok(None);
            }
            let fits = self.does_match(ids, restriction, (*at, id, head));
            does_match = Some(fits);
            link = fits.then(|| Link::of(head));
        }
        let is_wrong = self.link(ids.mailbox, folder, id)? != link;
        Ok(Some(Judgement { id, seen, does_match, is_wrong }))
    }

    /// Looks at messages; `None` if nothing is to do.
    fn look(&self, mailbox: u32, folder: u64, budget: &mut Budget) -> Result<Option<Slice>, StoreError> {
        const STEP: usize = 64;
        let Some(before) = self.todo(mailbox, folder)? else { return Ok(None) };
        let ids = self.mailbox(mailbox)?.ids(mailbox);
        let mut slice = Slice { after: before.clone(), before, wrong: Vec::new() };
        let Some(search) = self.search(mailbox, folder)? else { return Ok(Some(slice)) };
        // Nothing matches what is lost.
        let restriction = self.search_restriction(mailbox, folder)?.unwrap_or(Restriction::Or(Vec::new()));
        let mut ways = Ways::new();
        while !slice.after.is_done() {
            let mut messages = slice.after.messages.clone();
            if let (true, Some((list, after))) = (messages.is_empty(), slice.after.next(mailbox, folder, &search)) {
                let rows = self.index_rows(list, IndexOrder::Id, Some((0, after)), true, STEP)?;
                messages.extend(rows.into_iter().map(|(_, id)| id));
                if messages.is_empty() {
                    slice.after.end_list();
                    budget.spend();
                }
            }
            for id in messages {
                let of = (folder, &search);
                let judged = self.judge(ids, of, &restriction, id, (&mut ways, budget))?;
                let Some(judgement) = judged else { return Ok(Some(slice)) };
                slice.wrong.extend(judgement.is_wrong.then_some(judgement));
                slice.after.advance(id);
                budget.spend();
                if budget.is_spent() || slice.wrong.len() >= limits::SEARCH_SLICE_CHANGES_MAX {
                    return Ok(Some(slice));
                }
            }
            if budget.is_spent() {
                break;
            }
        }
        Ok(Some(slice))
    }

    /// Does what a look found to be done, unless what is to do is another thing by now.
    fn apply(&mut self, mailbox: u32, folder: u64, mut slice: Slice, now: FileTime) -> Result<(), StoreError> {
        let Some(mut todo) = self.todo(mailbox, folder)? else { return Ok(()) };
        // Messages that were added since stay to be looked at.
        let known = slice.before.messages.len().min(todo.messages.len());
        let added = todo.messages.split_off(known);
        if todo != slice.before {
            return Ok(());
        }
        slice.after.messages.extend(added);
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
        (folder, search): (u64, &Search),
        wrong: Vec<Judgement>,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let ids = self.mailbox(mailbox)?.ids(mailbox);
        let mut ways = Ways::new();
        let mut changes = Vec::new();
        for judgement in wrong {
            changes.extend(self.change_for(ids, (folder, search), judgement, &mut ways)?);
        }
        let changed: Vec<u64> = changes.iter().map(|change| change.id).collect();
        self.change_links(mailbox, folder, changes, now)?;
        if self.searches(mailbox)?.iter().any(|(_, search)| search.nested.contains(&folder)) {
            for id in changed {
                if let Some((at, head)) = self.shown(ids, id)? {
                    self.relink_as(ids, at, id, (Some(&head), false), now)?;
                }
            }
        }
        Ok(())
    }

    /// What becomes of a link after a look at its message, which may have changed since: then, in a
    /// dynamic search, the change has put the link right.
    fn change_for(
        &self,
        ids: MailboxIds,
        (folder, search): (u64, &Search),
        judgement: Judgement,
        ways: &mut Ways,
    ) -> Result<Option<Change>, StoreError> {
        let Judgement { id, seen, does_match, .. } = judgement;
        let is = self.shown(ids, id)?;
        if is != seen && !search.is_static {
            return Ok(None);
        }
        let Some((at, head)) = is else {
            let home = seen.map_or(folder, |(at, _)| at.folder);
            return Ok(Some(Change { id, home, link: None }));
        };
        let change = |link| Ok(Some(Change { id, home: at.folder, link }));
        match (self.covers(ids.mailbox, search, at.folder, id, ways)?, does_match) {
            (true, Some(does_match)) => change(does_match.then(|| Link::of(&head))),
            // It came into the scope since, and what brought it there has looked at it.
            (true, None) => Ok(None),
            (false, _) => change(None),
        }
    }

    /// Does at once what is little.
    pub(super) fn search_now(&mut self, mailbox: u32, folder: u64, now: FileTime) -> Result<(), StoreError> {
        let (messages, time) = (limits::SEARCH_AT_ONCE_MESSAGES_MAX, limits::SEARCH_AT_ONCE_TIME_MAX);
        let mut budget = Budget::new(messages, limits::SEARCH_LIVE_COST_MAX, time);
        // Others wait: not even one message that costs much.
        budget.is_whole = false;
        while !budget.is_spent() {
            let Some(slice) = self.look(mailbox, folder, &mut budget)? else { break };
            let is_stuck = slice.after == slice.before && self.search(mailbox, folder)?.is_some();
            self.apply(mailbox, folder, slice, now)?;
            if is_stuck {
                break;
            }
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
        keys.first(self.ro())?.map(|(key, _)| place(key).ok_or_else(|| StoreError::Corrupt(&"searching"))).transpose()
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
        let (messages, time) = (limits::SEARCH_SLICE_MESSAGES_MAX, limits::SEARCH_SLICE_TIME_MAX);
        let mut budget = Budget::new(messages, limits::SEARCH_SLICE_COST_MAX, time);
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
