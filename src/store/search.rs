//! Search folders: what each searches for, and where. MS-OXCFOLD 2.2.1.4, 3.2.5.4
//!
//! A search folder has criteria and links; a link says that a message is shown there, with what the
//! folder's counters and its order by delivery time need of the message (`links.rs`). While a
//! search is dynamic, every change of a message puts its links right in the transaction that makes
//! the change. What concerns many messages at once (new criteria, a folder that moves into the
//! scope or out of it) is work to do: it is written down and done in slices (`slice.rs`).
//!
//! The scope is the folders that were named and, in a recursive search, whatever lies below them
//! now. A search folder that is named stands for what it shows; one below a folder that is named
//! does not count.
//!
//! A static search is filled once. Its links stay when their messages are deleted (MS-OXCFOLD
//! R1094); the rows of such links are not shown.
//!
//! Deliberately not here: an index of words. Every search reads the messages of its scope.

mod links;
mod slice;

pub(super) use links::{Link, Ways, links_prefix, read_link};
pub(super) use slice::{Bell, Budget, Todo};

use super::key::{Key, last_u64};
use super::record::Record;
use super::{Folder, FolderKind, StoreError, Txn};
use crate::limits;
use crate::mapi::Restriction;
use crate::sorted::SortedSet;
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchState {
    /// It is being filled for the first time.
    Running,
    /// It shows all results.
    Complete,
    /// It was stopped before it had all results.
    Stopped,
}

/// What is asked of a search folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Criteria {
    /// Which messages; strings are Unicode.
    pub restriction: Restriction,
    /// In which folders, by counter.
    pub folders: Vec<u64>,
    /// And in those below them.
    pub recursive: bool,
    /// Filled once, then left alone.
    pub is_static: bool,
}

/// The record of a search folder that has criteria; the restriction has its own, which is read
/// only for messages in the scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// As they were named, but for those deleted since.
    pub folders: Vec<u64>,
    /// And those below them.
    pub recursive: bool,
    /// Filled once, then left alone.
    pub is_static: bool,
    /// How far it is.
    pub state: SearchState,
    /// Those of `folders` that are search folders.
    pub(super) nested: Vec<u64>,
}

impl Record for Search {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"search";
}

impl Record for Restriction {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"restriction";
}

pub(super) fn criteria_prefix(mailbox: u32) -> Key {
    Key::mailbox(mailbox).u8(b'c')
}

pub(super) fn restriction_prefix(mailbox: u32) -> Key {
    Key::mailbox(mailbox).u8(b'r')
}

impl Txn<'_> {
    /// A search folder's criteria, restriction apart; `None` before there are any.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn search(&self, mailbox: u32, folder: u64) -> Result<Option<Search>, StoreError> {
        self.get(self.dbs.searches, &criteria_prefix(mailbox).u64(folder))
    }

    /// A search folder's restriction.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn search_restriction(&self, mailbox: u32, folder: u64) -> Result<Option<Restriction>, StoreError> {
        self.get(self.dbs.searches, &restriction_prefix(mailbox).u64(folder))
    }

    /// How many search folders of a mailbox have criteria.
    ///
    /// # Errors
    /// LMDB refuses.
    pub fn search_count(&self, mailbox: u32) -> Result<usize, StoreError> {
        Ok(self.dbs.searches.prefix_iter(self.ro(), criteria_prefix(mailbox).bytes())?.count())
    }

    /// Every search of a mailbox that can be read: a damaged one must not keep mail out.
    pub(super) fn searches(&self, mailbox: u32) -> Result<Vec<(u64, Search)>, StoreError> {
        let mut all = Vec::new();
        for entry in self.dbs.searches.prefix_iter(self.ro(), criteria_prefix(mailbox).bytes())? {
            let (key, value) = entry?;
            if let (Some(folder), Ok(search)) = (last_u64(key), Search::decode(value)) {
                all.push((folder, search));
            }
        }
        Ok(all)
    }

    pub(super) fn put_search(&mut self, mailbox: u32, folder: u64, search: &Search) -> Result<(), StoreError> {
        self.put(self.dbs.searches, &criteria_prefix(mailbox).u64(folder), search)
    }

    /// Whether a search of `folders` would show what `search` shows: then `search` cannot search
    /// there. Deeper than any sensible nesting counts as yes.
    ///
    /// # Errors
    /// A record is damaged.
    pub fn search_reaches(&self, mailbox: u32, folders: &[u64], search: u64) -> Result<bool, StoreError> {
        let mut level: SortedSet<u64> = folders.iter().copied().collect();
        for _ in 0..=limits::SEARCH_NESTING_MAX {
            if level.contains(&search) {
                return Ok(true);
            }
            let mut next = SortedSet::new();
            for folder in level.iter() {
                next.extend(self.search(mailbox, *folder)?.into_iter().flat_map(|inner| inner.nested));
            }
            if next.is_empty() {
                return Ok(false);
            }
            level = next;
        }
        Ok(true)
    }

    /// Gives a search folder new criteria. What it shows and still matches stays; with `run` the
    /// scope is searched, without it the search is stopped before it starts. A little of the work
    /// is done at once: all of it, in a small scope.
    ///
    /// # Errors
    /// A record is damaged, or the disk refuses.
    pub fn set_search(
        &mut self,
        mailbox: u32,
        folder: u64,
        criteria: &Criteria,
        run: bool,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let mut nested = Vec::new();
        for inner in &criteria.folders {
            if self.folder(mailbox, *inner)?.is_some_and(|record| record.kind == FolderKind::Search) {
                nested.push(*inner);
            }
        }
        let search = Search {
            folders: criteria.folders.clone(),
            recursive: criteria.recursive,
            is_static: criteria.is_static,
            state: if run { SearchState::Running } else { SearchState::Stopped },
            nested,
        };
        self.put_search(mailbox, folder, &search)?;
        self.put(self.dbs.searches, &restriction_prefix(mailbox).u64(folder), &criteria.restriction)?;
        let fill = if run { self.scope_now(mailbox, &search)? } else { Vec::new() };
        self.put_todo(mailbox, folder, &Todo::new(fill))?;
        self.search_now(mailbox, folder, now)
    }

    /// Has a search that is being filled stay as it is; a dynamic one still hears of changes.
    ///
    /// # Errors
    /// A record is damaged, or the disk refuses.
    pub fn stop_search(&mut self, mailbox: u32, folder: u64) -> Result<(), StoreError> {
        let Some(mut search) = self.search(mailbox, folder)? else { return Ok(()) };
        if search.state == SearchState::Running {
            search.state = SearchState::Stopped;
            self.put_search(mailbox, folder, &search)?;
            if let Some(todo) = self.todo(mailbox, folder)? {
                self.put_todo(mailbox, folder, &todo.without_fill())?;
            }
        }
        Ok(())
    }

    /// The folders whose messages a search looks at, each once.
    pub(super) fn scope_now(&self, mailbox: u32, search: &Search) -> Result<Vec<u64>, StoreError> {
        let mut seen = SortedSet::new();
        let mut scope = Vec::new();
        for named in &search.folders {
            let below = if search.recursive { self.subtree(mailbox, *named)? } else { Vec::new() };
            scope.extend(std::iter::once(*named).chain(below).filter(|folder| seen.insert(*folder)));
        }
        Ok(scope)
    }

    /// Gives a copy of a search folder the criteria of the original.
    pub(super) fn copy_search(&mut self, mailbox: u32, from: u64, to: u64, now: FileTime) -> Result<(), StoreError> {
        let (Some(search), Some(restriction)) = (self.search(mailbox, from)?, self.search_restriction(mailbox, from)?)
        else {
            return Ok(());
        };
        let Search { folders, recursive, is_static, state, .. } = search;
        let criteria = Criteria { restriction, folders, recursive, is_static };
        self.set_search(mailbox, to, &criteria, state != SearchState::Stopped, now)
    }

    /// A folder is gone: it leaves every scope, and its own search ends. Messages that it held are
    /// gone one by one; those that it showed leave the searches in it.
    pub(super) fn end_searches_in(&mut self, mailbox: u32, folder: u64, record: &Folder) -> Result<(), StoreError> {
        for (outer, mut search) in self.searches(mailbox)? {
            if search.folders.contains(&folder) {
                search.folders.retain(|named| *named != folder);
                let was_nested = search.nested.contains(&folder);
                search.nested.retain(|named| *named != folder);
                self.put_search(mailbox, outer, &search)?;
                if was_nested && !search.is_static {
                    self.add_todo(mailbox, outer, true, &[])?;
                }
            }
        }
        if record.kind == FolderKind::Search {
            self.delete(self.dbs.searches, &criteria_prefix(mailbox).u64(folder))?;
            self.delete(self.dbs.searches, &restriction_prefix(mailbox).u64(folder))?;
            if usize::try_from(record.content_count).is_ok_and(|count| count <= limits::SEARCH_SLICE_CHANGES_MAX) {
                self.delete(self.dbs.searching, &Key::mailbox(mailbox).u64(folder))?;
                self.delete_prefix(self.dbs.links, &Key::mailbox(mailbox).u64(folder))?;
            } else {
                // Nobody sees them any more: they go in slices.
                self.put_todo(mailbox, folder, &Todo::new(Vec::new()))?;
            }
        }
        Ok(())
    }

    /// A folder stands below another one: with all that is below it, it may have come into a scope
    /// or left it.
    pub(super) fn move_in_scopes(
        &mut self,
        mailbox: u32,
        folder: u64,
        (old_parent, parent): (u64, u64),
        now: FileTime,
    ) -> Result<(), StoreError> {
        let searches = self.searches(mailbox)?;
        if !searches.iter().any(|(_, search)| search.recursive && !search.is_static) {
            return Ok(());
        }
        let (was_below, is_below) = (self.way_up(mailbox, old_parent)?, self.way_up(mailbox, parent)?);
        for (outer, search) in searches.iter().filter(|(_, search)| search.recursive && !search.is_static) {
            let covered = |way: &[u64]| way.iter().any(|folder| search.folders.contains(folder));
            match (covered(&was_below), covered(&is_below)) {
                (true, false) => self.add_todo(mailbox, *outer, true, &[])?,
                (false, true) => {
                    let mut fill = self.subtree(mailbox, folder)?;
                    fill.push(folder);
                    self.add_todo(mailbox, *outer, false, &fill)?;
                }
                _ => continue,
            }
            self.search_now(mailbox, *outer, now)?;
        }
        Ok(())
    }

    /// A folder and those above it.
    fn way_up(&self, mailbox: u32, folder: u64) -> Result<Vec<u64>, StoreError> {
        let mut way = self.ancestors(mailbox, folder)?;
        way.push(folder);
        Ok(way)
    }
}
