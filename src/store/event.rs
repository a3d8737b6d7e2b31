//! What a transaction has changed, for whoever waits to hear of it. MS-OXCNOTIF 2.2.1.1
//!
//! Every change of a message or folder is noted where it is made, in the [`Txn`] that makes it;
//! after the commit, and only then, the store's [`Observer`] gets the list. Lists come in the order
//! of the commits. Where nobody observes, nothing is noted.
//!
//! Events are data: identifiers and counters, to be looked up by whoever tells a client about them.

use super::folder::Folder;
use super::message::{Kind, Location};
use super::search::Bell;
use super::{IndexKey, List, StoreError, Txn};
use crate::limits;
use crate::sorted::{SortedMap, SortedSet};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, Weak};

/// Something that happened in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The mailbox's number.
    pub mailbox: u32,
    /// Whom it concerns alone: the user whose read state in the public store it is. 0: everybody.
    pub reader: u32,
    /// What happened there.
    pub what: What,
}

/// What happened; objects are named by their counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A message is there that was not.
    MessageCreated {
        /// Where.
        at: Location,
        /// Which.
        id: u64,
    },
    /// A message was saved again, or its read state or status changed.
    MessageModified {
        /// Where.
        at: Location,
        /// Which.
        id: u64,
        /// Whether its delivery time, and with it its place among the others, is another one.
        moved: bool,
    },
    /// A message is gone from where it was.
    MessageDeleted {
        /// Where it was.
        at: Location,
        /// Which.
        id: u64,
        /// The folder's list of deleted messages that it is in now, if it was deleted softly.
        to: Option<Kind>,
    },
    /// A message is somewhere else, under another identifier.
    MessageMoved {
        /// Where it was.
        from: Location,
        /// Its identifier there.
        old_id: u64,
        /// Where it is.
        at: Location,
        /// Its identifier now.
        id: u64,
    },
    /// A message was copied.
    MessageCopied {
        /// Where the original is.
        from: Location,
        /// The original.
        old_id: u64,
        /// Where the copy is.
        at: Location,
        /// The copy.
        id: u64,
    },
    /// A message was delivered. It is also told as created.
    NewMail {
        /// Where.
        at: Location,
        /// Which.
        id: u64,
        /// PidTagMessageFlags.
        flags: u32,
        /// PidTagMessageClass.
        class: String,
    },
    /// A folder is there that was not.
    FolderCreated {
        /// Which.
        folder: u64,
        /// Below which.
        parent: u64,
    },
    /// A folder is gone.
    FolderDeleted {
        /// Which.
        folder: u64,
        /// Below which it was.
        parent: u64,
    },
    /// A folder is below another one.
    FolderMoved {
        /// Which.
        folder: u64,
        /// Below which it is.
        parent: u64,
        /// Below which it was.
        old_parent: u64,
    },
    /// A folder was copied.
    FolderCopied {
        /// The copy.
        folder: u64,
        /// Below which it is.
        parent: u64,
        /// The original.
        old_folder: u64,
        /// Below which that is.
        old_parent: u64,
    },
    /// A folder's properties or counters changed.
    FolderModified {
        /// Which.
        folder: u64,
        /// Below which.
        parent: u64,
        /// PidTagContentCount, if that changed.
        total: Option<u32>,
        /// PidTagContentUnreadCount, if that changed.
        unread: Option<u32>,
        /// Whether it has another name, and with it another place among its siblings.
        renamed: bool,
    },
    /// A search folder shows a message that it did not show, no longer shows one, or shows it changed.
    Linked {
        /// The search folder.
        search: u64,
        /// The folder that the message lies in, or lay in.
        home: u64,
        /// Which.
        id: u64,
        /// What of it.
        change: LinkChange,
    },
    /// A search folder has all its results.
    SearchComplete {
        /// Which.
        folder: u64,
    },
    /// So much that it is not told one by one.
    Many,
}

/// What happened to a message in a search folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkChange {
    /// It came.
    Made,
    /// It went.
    Gone,
    /// It changed.
    Changed {
        /// Its delivery time too, and with it its place.
        moved: bool,
    },
}

/// A change of one row of a list: who knows where a row stood before it can tell where it stands
/// after it, without a look at the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowChange {
    /// The list.
    pub list: List,
    /// The folder's content version with the change.
    pub version: u64,
    /// The row as it was: delivery time and message.
    pub old: Option<IndexKey>,
    /// The row as it is.
    pub new: Option<IndexKey>,
}

/// What one transaction changed.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Number of the transaction.
    pub at: u64,
    /// Who changed it, as [`Txn::set_author`] said; 0 is nobody in particular.
    pub author: u64,
    /// In order; there may be none.
    pub events: Vec<Event>,
    /// In order; not all of them if they are many. Nothing that outlives the process needs them.
    #[serde(skip)]
    pub rows: Vec<RowChange>,
}

/// Told about commits, in their order. It must be quick and must not use the store: the next commit
/// waits for it.
pub trait Observer: Send + Sync + Debug {
    /// This is in the store now.
    fn committed(&self, commit: Commit);
}

/// Who observes a store.
#[derive(Debug, Default)]
pub(super) struct Watch {
    is_on: AtomicBool,
    observer: Mutex<Option<Weak<dyn Observer>>>,
    /// Rung when a commit leaves searches something to do.
    pub(super) bell: Bell,
}

impl Watch {
    pub(super) fn set(&self, observer: Weak<dyn Observer>) {
        *self.observer.lock().unwrap_or_else(PoisonError::into_inner) = Some(observer);
        self.is_on.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::SeqCst)
    }

    /// Commits and tells, with no other commit in between.
    pub(super) fn commit(
        &self,
        events: Events,
        commit: impl FnOnce() -> Result<u64, StoreError>,
    ) -> Result<(), StoreError> {
        let observer = self.observer.lock().unwrap_or_else(PoisonError::into_inner);
        let at = commit()?;
        if events.rings {
            self.bell.ring();
        }
        if let Some(observer) = observer.as_ref().and_then(Weak::upgrade) {
            observer.committed(events.finish(at));
        }
        Ok(())
    }
}

/// What changed of a folder, and its parent.
#[derive(Debug, Default, Clone, Copy)]
struct FolderChange {
    parent: u64,
    total: Option<u32>,
    unread: Option<u32>,
    renamed: bool,
}

/// The events of a transaction under way.
#[derive(Debug, Default)]
pub(super) struct Events {
    is_on: bool,
    author: u64,
    list: Vec<Event>,
    rows: Vec<RowChange>,
    /// Folders that changed, told once and last: their counters change with every message.
    folders: SortedMap<(u32, u64, u32), FolderChange>,
    /// Mailboxes of which nothing is told one by one any more.
    many: SortedSet<u32>,
    /// Searches have something to do.
    rings: bool,
    /// What looking at messages for searches has cost so far.
    search_cost: u64,
}

impl Events {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, ..Self::default() }
    }

    /// For a transaction inside this one.
    pub(super) fn child(&self) -> Self {
        let Self { is_on, author, search_cost, .. } = *self;
        Self { is_on, author, search_cost, ..Self::default() }
    }

    fn add(&mut self, event: Event) {
        if !self.is_on || self.many.contains(&event.mailbox) {
            return;
        }
        if self.list.len() >= limits::COMMIT_EVENTS_MAX {
            self.many.extend(self.list.drain(..).map(|event| event.mailbox));
            self.many.insert(event.mailbox);
            return;
        }
        if let What::FolderDeleted { folder, .. } = event.what {
            self.folders.retain(|(mailbox, changed, _), _| (*mailbox, *changed) != (event.mailbox, folder));
        }
        self.list.push(event);
    }

    fn add_row(&mut self, row: RowChange) {
        if self.is_on && self.rows.len() < limits::COMMIT_EVENTS_MAX {
            self.rows.push(row);
        }
    }

    /// Has whoever fills search folders told of the commit.
    pub(super) fn ring(&mut self) {
        self.rings = true;
    }

    /// Takes from what looking at messages for searches may cost in a transaction; false if that
    /// would be too much.
    pub(super) fn spend(&mut self, cost: u64) -> bool {
        let sum = self.search_cost.saturating_add(cost);
        let is_enough = sum <= limits::SEARCH_LIVE_COST_MAX;
        if is_enough {
            self.search_cost = sum;
        }
        is_enough
    }

    fn add_folder(&mut self, key: (u32, u64, u32), new: FolderChange) {
        if self.is_on {
            let counters = self.folders.get_or_insert_with(key, FolderChange::default);
            counters.parent = new.parent;
            counters.total = new.total.or(counters.total);
            counters.unread = new.unread.or(counters.unread);
            counters.renamed |= new.renamed;
        }
    }

    /// Takes over what a child transaction did.
    pub(super) fn append(&mut self, child: Self) {
        self.many.extend(child.many);
        self.rings |= child.rings;
        self.search_cost = child.search_cost;
        child.list.into_iter().for_each(|event| self.add(event));
        child.rows.into_iter().for_each(|row| self.add_row(row));
        child.folders.into_iter().for_each(|(key, counters)| self.add_folder(key, counters));
    }

    fn finish(self, at: u64) -> Commit {
        let many = self.many.into_iter().map(|mailbox| Event { mailbox, reader: 0, what: What::Many });
        let folders = self.folders.into_iter().map(|((mailbox, folder, reader), changed)| {
            let FolderChange { parent, total, unread, renamed } = changed;
            Event { mailbox, reader, what: What::FolderModified { folder, parent, total, unread, renamed } }
        });
        let events = self.list.into_iter().chain(many).chain(folders).collect();
        Commit { at, author: self.author, events, rows: self.rows }
    }
}

impl Txn<'_> {
    /// Says who makes the changes, for observers that tell their own from others'.
    pub fn set_author(&mut self, author: u64) {
        self.events.author = author;
    }

    /// Notes something that happens with this transaction and that the store does not see by
    /// itself: new mail, a search that is complete.
    pub fn note(&mut self, mailbox: u32, what: What) {
        self.events.add(Event { mailbox, reader: 0, what });
    }

    /// Notes something that is only there for the user whose read state in the public store it is.
    pub(super) fn note_for(&mut self, mailbox: u32, reader: u32, what: What) {
        self.events.add(Event { mailbox, reader, what });
    }

    /// Notes how many messages of a public folder a user has not read now.
    pub(super) fn note_unread(&mut self, mailbox: u32, folder: &Folder, id: u64, reader: u32) {
        let unread = Some(folder.content_unread_count);
        let change = FolderChange { parent: folder.parent, unread, ..FolderChange::default() };
        self.events.add_folder((mailbox, id, reader), change);
    }

    /// Notes what becomes of a row.
    pub(super) fn note_row(&mut self, row: RowChange) {
        self.events.add_row(row);
    }

    /// Rows that changed so far, those before a child transaction began left out.
    #[must_use]
    pub fn row_changes(&self) -> &[RowChange] {
        &self.events.rows
    }

    /// Notes that a folder's own properties change, or what is below it.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn note_folder(&mut self, mailbox: u32, folder: u64) -> Result<(), StoreError> {
        if self.events.is_on
            && let Some(record) = self.folder(mailbox, folder)?
        {
            self.events
                .add_folder((mailbox, folder, 0), FolderChange { parent: record.parent, ..FolderChange::default() });
        }
        Ok(())
    }

    /// Notes that a folder has another name.
    pub(super) fn note_renamed(&mut self, mailbox: u32, folder: u64, parent: u64) {
        self.events.add_folder((mailbox, folder, 0), FolderChange { parent, renamed: true, ..FolderChange::default() });
    }

    /// Notes what changes of a folder's counters.
    pub(super) fn note_counters(&mut self, mailbox: u32, folder: u64, old: &Folder, new: &Folder) {
        let changed = |old: u32, new: u32| (old != new).then_some(new);
        let changes = FolderChange {
            parent: new.parent,
            total: changed(old.content_count, new.content_count),
            unread: changed(old.content_unread_count, new.content_unread_count),
            renamed: false,
        };
        let associated = changed(old.associated_content_count, new.associated_content_count);
        if changes.total.or(changes.unread).or(associated).is_some() {
            self.events.add_folder((mailbox, folder, 0), changes);
        }
    }
}
