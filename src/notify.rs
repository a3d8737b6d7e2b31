//! Committed changes → the sessions that wait for them. MS-OXCNOTIF 3.1.1, 3.1.7
//!
//! The [`Hub`] is the store's observer. It keeps for every session that listens a list of what it
//! watches and a bounded queue of [`Event`]s, nothing more: what a client is told of an event is
//! made when the client fetches it, from the store as it then is (`exec/notification.rs`). So a
//! commit costs a comparison with each watch of the sessions that listen, and a session that
//! watches nothing costs nothing.
//!
//! No event falls between two stools. While a batch runs, its session is sent everything, since
//! only at its end is known what it watches; then what does not concern it is dropped. Whether
//! something waits is said to the session's [`Waker`] under the same lock under which events are
//! queued and taken, so the flag and the queue cannot disagree.
//!
//! Where sessions are kept over a restart, so is what each commit changed, for a while: a session
//! writes its queue down when it has run a batch, and what it hears later it hears again after a crash.
//!
//! Events of search folders are events of their own beside those of the messages in them.

mod rows;
mod watch;

pub use watch::{Scope, Watch, Watched, type_of};

use crate::limits;
use crate::sorted::{SortedMap, SortedSet};
use crate::store::{Commit, Event, List, Observer, RowChange, SessionStore, What};
use rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// Told whether events wait. Called with locks held: it may take its own, but must not come back.
pub type Waker = Box<dyn Fn(bool) + Send + Sync>;

/// An event on its way to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// What happened.
    pub event: Event,
    /// The session itself caused it.
    pub own: bool,
}

/// Where all sessions are known that listen.
#[derive(Debug, Default)]
pub struct Hub {
    last_number: AtomicU64,
    /// The newest transaction that was told.
    last_commit: AtomicU64,
    listening: Mutex<SortedMap<u64, Weak<Shared>>>,
    rows: Mutex<Rows>,
    /// Where sessions are kept over a restart.
    journal: OnceLock<Arc<SessionStore>>,
}

impl Hub {
    /// A hub without sessions.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Says which transaction is the newest before any is told.
    pub fn starts_at(&self, at: u64) {
        self.last_commit.store(at, Ordering::SeqCst);
    }

    /// Has what commits change kept too, from now on.
    pub fn keep_in(&self, journal: Arc<SessionStore>) {
        let _ = self.journal.set(journal);
    }

    /// What became of a list's rows between two versions of its folder's content; `None` if not all of
    /// it is known. `own`: what the asking transaction has changed itself.
    #[must_use]
    pub fn row_changes(&self, list: List, from: u64, to: u64, own: &[RowChange]) -> Option<Vec<RowChange>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).between(list, from, to, own)
    }

    fn listening(&self) -> MutexGuard<'_, SortedMap<u64, Weak<Shared>>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many sessions listen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.listening().len()
    }

    /// True when nobody listens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Observer for Hub {
    fn committed(&self, mut commit: Commit) {
        let rows = std::mem::take(&mut commit.rows);
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).add(rows);
        let commit = Arc::new(commit);
        let mut listening = self.listening();
        self.last_commit.store(commit.at, Ordering::SeqCst);
        listening.retain(|number, shared| {
            let Some(shared) = shared.upgrade() else { return false };
            shared.state().hear(*number, &commit);
            true
        });
        if let Some(journal) = self.journal.get().filter(|_| !listening.is_empty()) {
            journal.committed(commit.at, kept(&commit).as_deref());
        }
    }
}

/// A commit as it is kept; `None` if nobody hears of it.
fn kept(commit: &Commit) -> Option<Vec<u8>> {
    if commit.events.is_empty() {
        return None;
    }
    let bytes = postcard::to_allocvec(commit).ok()?;
    if bytes.len() <= limits::COMMIT_KEPT_MAX_BYTES {
        return Some(bytes);
    }
    let mailboxes: SortedSet<u32> = commit.events.iter().map(|event| event.mailbox).collect();
    let events = mailboxes.into_iter().map(|mailbox| Event { mailbox, reader: 0, what: What::Many }).collect();
    postcard::to_allocvec(&Commit { at: commit.at, author: commit.author, events, rows: Vec::new() }).ok()
}

/// The listening part of a session: its queue, and what it watches. Lives in the session's objects;
/// what is written down of it is [`KeptQueue`].
#[derive(Debug, Default)]
pub struct Session {
    number: u64,
    hub: Weak<Hub>,
    shared: Arc<Shared>,
}

/// What is written down of the events of a session.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptQueue {
    number: u64,
    /// How many were ever queued: with the queue as empty as before, it is not the same.
    count: u64,
    queue: VecDeque<Queued>,
}

#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    /// A batch is at work in the session.
    is_busy: bool,
    /// What was committed meanwhile; too much of it is not kept.
    meanwhile: Vec<Arc<Commit>>,
    has_missed: bool,
    watches: Vec<Watch>,
    queue: VecDeque<Queued>,
    /// How many were ever queued.
    count: u64,
    /// The newest transaction that was heard of.
    heard: u64,
    waker: Option<Waker>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events", self.state().queue.len())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hear(&mut self, number: u64, commit: &Arc<Commit>) {
        if self.is_busy {
            if self.meanwhile.len() >= limits::COMMITS_MEANWHILE_MAX {
                self.meanwhile.clear();
                self.has_missed = true;
            }
            self.meanwhile.push(Arc::clone(commit));
            return;
        }
        let had_none = self.queue.is_empty();
        self.enqueue(number, commit);
        if had_none && !self.queue.is_empty() {
            self.wake(true);
        }
    }

    fn enqueue(&mut self, number: u64, commit: &Commit) {
        self.heard = commit.at;
        let own = commit.author == number;
        for event in &commit.events {
            if self.watches.iter().any(|watch| watch.matches(event, own)) {
                if self.queue.len() >= limits::SESSION_EVENTS_MAX {
                    self.compact();
                }
                self.queue.push_back(Queued { event: event.clone(), own });
                self.count = self.count.saturating_add(1);
            }
        }
    }

    fn take_meanwhile(&mut self, number: u64) {
        if std::mem::take(&mut self.has_missed) {
            self.hear_of_many();
        }
        for commit in std::mem::take(&mut self.meanwhile) {
            self.enqueue(number, &commit);
        }
    }

    /// Something was missed: everything may have changed.
    fn hear_of_many(&mut self) {
        let mailboxes: SortedSet<u32> = self.watches.iter().map(|watch| watch.mailbox).collect();
        let many = mailboxes.into_iter().map(|mailbox| Event { mailbox, reader: 0, what: What::Many });
        self.queue.extend(many.map(|event| Queued { event, own: false }));
        self.count = self.count.saturating_add(1);
    }

    /// Makes room: tables are to be read anew, counters are told once, new mail is kept while it can.
    fn compact(&mut self) {
        let mut folders = SortedSet::new();
        let mut mailboxes = SortedSet::new();
        let mut kept: Vec<Queued> = Vec::new();
        // From the end, so that the last of each is what stays.
        for queued in std::mem::take(&mut self.queue).into_iter().rev() {
            let mailbox = queued.event.mailbox;
            mailboxes.insert(mailbox);
            let keep = match queued.event.what {
                What::NewMail { .. } => true,
                What::FolderModified { folder, total, unread, .. } => {
                    folders.insert((mailbox, folder, total.is_some(), unread.is_some()))
                }
                What::SearchComplete { folder } => folders.insert((mailbox, folder, false, false)),
                _ => false,
            };
            if keep && kept.len() < limits::SESSION_EVENTS_MAX / 2 {
                kept.push(queued);
            }
        }
        log::debug!("a session did not fetch its events: {} of them are kept", kept.len());
        let many = mailboxes.into_iter().map(|mailbox| Event { mailbox, reader: 0, what: What::Many });
        self.queue.extend(many.map(|event| Queued { event, own: false }));
        self.queue.extend(kept.into_iter().rev());
    }

    fn wake(&self, waits: bool) {
        if let Some(waker) = &self.waker {
            waker(waits);
        }
    }
}

impl Session {
    /// Makes the session known to a hub; once is enough.
    pub fn attach(&mut self, hub: &Arc<Hub>) {
        if self.hub.strong_count() == 0 {
            self.hub = Arc::downgrade(hub);
            if self.number == 0 {
                self.number = hub.last_number.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            }
        }
    }

    /// Goes on with what was written down, of a session that watches this: with what happened `since`
    /// then, or, where not all of that is known, with everything having changed. `since` is asked while
    /// no commit is told, so that none falls between what it knows and what the session hears.
    pub fn resume(
        &mut self,
        hub: &Arc<Hub>,
        kept: KeptQueue,
        watches: Vec<Watch>,
        since: impl FnOnce() -> Option<Vec<Commit>>,
    ) {
        self.number = kept.number;
        hub.last_number.fetch_max(kept.number, Ordering::Relaxed);
        self.attach(hub);
        let mut listening = hub.listening();
        let mut state = self.shared.state();
        state.watches = watches;
        (state.count, state.queue) = (kept.count, kept.queue);
        match since() {
            Some(commits) => commits.iter().for_each(|commit| state.enqueue(self.number, commit)),
            None => state.hear_of_many(),
        }
        state.heard = hub.last_commit.load(Ordering::SeqCst);
        if !state.watches.is_empty() {
            listening.insert(self.number, Arc::downgrade(&self.shared));
        }
    }

    /// What is to be written down, and the newest transaction that is in it.
    #[must_use]
    pub fn kept(&self) -> (u64, KeptQueue) {
        let state = self.shared.state();
        (state.heard, KeptQueue { number: self.number, count: state.count, queue: state.queue.clone() })
    }

    /// What tells the session's changes from others'. Not 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Says whom to wake.
    pub fn set_waker(&self, waker: Waker) {
        let mut state = self.shared.state();
        state.waker = Some(waker);
        if !state.queue.is_empty() {
            state.wake(true);
        }
    }

    /// A batch begins: from here on, before it looks at the store, nothing is missed.
    pub fn begin(&self) {
        let Some(hub) = self.hub.upgrade() else { return };
        let mut listening = hub.listening();
        let mut state = self.shared.state();
        state.is_busy = true;
        if !listening.contains_key(&self.number) {
            state.heard = hub.last_commit.load(Ordering::SeqCst);
            listening.insert(self.number, Arc::downgrade(&self.shared));
        }
    }

    /// The batch is done and watches this from now on: its own events are queued too.
    pub fn watch(&self, watches: Vec<Watch>) {
        let mut state = self.shared.state();
        state.watches = watches;
        state.take_meanwhile(self.number);
    }

    /// The next event.
    #[must_use]
    pub fn pop(&self) -> Option<Queued> {
        self.shared.state().queue.pop_front()
    }

    /// Looks at every event that waits.
    pub fn each(&self, mut f: impl FnMut(&Event)) {
        self.shared.state().queue.iter().for_each(|queued| f(&queued.event));
    }

    /// How many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.state().queue.len()
    }

    /// True if none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The response is ready; `unsent`: something did not fit into it.
    pub fn end(&self, unsent: bool) {
        let Some(hub) = self.hub.upgrade() else { return };
        let mut listening = hub.listening();
        let mut state = self.shared.state();
        state.is_busy = false;
        state.take_meanwhile(self.number);
        if state.watches.is_empty() {
            listening.remove(&self.number);
            state.queue.clear();
        }
        state.wake(unsent || !state.queue.is_empty());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Not when the hub is at work, perhaps in this very thread: it notices by itself then.
        if let Some(hub) = self.hub.upgrade()
            && let Ok(mut listening) = hub.listening.try_lock()
        {
            listening.remove(&self.number);
        }
    }
}
