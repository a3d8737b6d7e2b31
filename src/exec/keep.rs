//! Keeping a session's objects over a restart of the server: written down after each batch that
//! changed them, before its answer is sent; read again by the next process.
//!
//! Objects are data, so an object's record is the object. What a table found out of its rows is not
//! written: it finds it again. Costs grow with the objects that a batch touched, not with those open.

use super::notification::Unsent;
use super::object::{Objects, Open};
use super::progress::Job;
use super::{Caller, Engine};
use crate::notify::KeptQueue;
use crate::store::{Commit, KeptSession, SessionChange, SessionStore, Txn};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Where a session is written down.
#[derive(Debug)]
pub(super) struct Keeping {
    store: Arc<SessionStore>,
    session: u64,
    /// The head that was written last, without the number before it.
    head: Vec<u8>,
}

/// What all objects of a session share. Written after the number of the newest transaction that the
/// session heard of, which alone is no reason to write it again.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Head {
    last_handle: u32,
    events: KeptQueue,
    unsent: VecDeque<Unsent>,
    job: Option<Job>,
}

/// Bytes of the number before a head.
const HEARD_LEN: usize = 8;

impl Objects {
    /// Writes everything down, and from now on what changes.
    pub fn keep_in(&mut self, store: Arc<SessionStore>, session: u64) {
        self.keeping = Some(Keeping { store, session, head: Vec::new() });
        self.touched = self.open.keys().copied().collect();
        self.save();
    }

    /// Nothing is written down any more.
    pub fn keep_nowhere(&mut self) {
        self.keeping = None;
    }

    fn head(&self) -> Vec<u8> {
        let (heard, events) = self.session.kept();
        let (unsent, job) = (self.unsent.clone(), self.job.clone());
        let head = Head { last_handle: self.last_handle, events, unsent, job };
        postcard::to_extend(&head, heard.to_le_bytes().to_vec()).unwrap_or_default()
    }

    fn change(&self, head: Vec<u8>) -> SessionChange {
        let object = |handle: &u32| (*handle, self.open.get(handle).and_then(|open| postcard::to_allocvec(open).ok()));
        SessionChange { head, objects: self.touched.iter().map(object).collect() }
    }

    /// Before a transaction commits: what the session will be if it does.
    pub(super) fn prepare(&self, txn: &Txn<'_>) {
        if let Some(Keeping { store, session, .. }) = self.keeping.as_ref().filter(|_| txn.is_write()) {
            store.prepare(*session, txn.number(), &self.change(self.head()));
        }
    }

    /// After a batch, before its answer. Writes nothing if nothing changed.
    pub fn save(&mut self) {
        if self.keeping.is_none() {
            return;
        }
        let head = self.head();
        let body = head.get(HEARD_LEN..).unwrap_or_default();
        if self.touched.is_empty() && self.keeping.as_ref().is_some_and(|keeping| keeping.head == body) {
            return;
        }
        let (body, change) = (body.to_vec(), self.change(head));
        self.touched.clear();
        if let Some(keeping) = &mut self.keeping {
            keeping.head = body;
            keeping.store.save(keeping.session, &change);
        }
    }

    /// The objects that were written down.
    fn read(kept: &KeptSession) -> Option<(Self, u64, KeptQueue)> {
        let (heard, head) = kept.head.split_first_chunk::<HEARD_LEN>()?;
        let head: Head = postcard::from_bytes(head).ok()?;
        let Head { last_handle, unsent, job, .. } = head;
        let mut objects = Self { last_handle, unsent, job, ..Self::default() };
        for (handle, object) in &kept.objects {
            let open: Open = postcard::from_bytes(object).ok()?;
            objects.open.insert(*handle, open);
        }
        Some((objects, u64::from_le_bytes(*heard), head.events))
    }
}

impl Engine {
    /// Goes on with a session that was written down; `None` if what is written makes no sense.
    #[must_use]
    pub fn resume(&self, store: &SessionStore, kept: &KeptSession) -> Option<Objects> {
        let (mut objects, heard, events) = Objects::read(kept)?;
        let watches = objects.watches().into_iter().map(|(_, watch)| watch).collect();
        // What cannot be read is not known.
        let since = || -> Option<Vec<Commit>> {
            let commits = store.commits_after(heard).ok()??;
            commits.iter().map(|bytes| postcard::from_bytes(bytes).ok()).collect()
        };
        objects.session.resume(&self.hub, events, watches, since);
        Some(objects)
    }
}

/// What a caller has that must outlive a restart; who the user is, the directory says again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct KeptCaller {
    admin: bool,
    client_version: [u16; 3],
    code_page: u16,
    locale: u32,
}

impl Caller {
    /// To be written down.
    #[must_use]
    pub fn kept(&self) -> KeptCaller {
        KeptCaller {
            admin: self.admin,
            client_version: self.client_version,
            code_page: self.code_page,
            locale: self.locale,
        }
    }

    /// As it was written down, for the user that the directory has now.
    #[must_use]
    pub fn resumed(user: crate::directory::User, kept: KeptCaller) -> Self {
        let KeptCaller { admin, client_version, code_page, locale } = kept;
        Self { admin: admin && user.admin, user, client_version, code_page, locale }
    }
}
