//! The objects of a session, as data: ids and parameters, never a cursor or a transaction. So a
//! session can be written down and picked up after a restart (architecture.md §1, invariant 4).

use super::Result;
use super::keep::Keeping;
use super::message::MessageObject;
use super::notification::{Subscription, Unsent};
use super::per_user::Gathered;
use super::progress::Job;
use super::stream::StreamObject;
use super::table::TableObject;
use super::transfer::Transfer;
use crate::limits;
use crate::mapi::ErrorCode;
use crate::notify;
use crate::sorted::{SortedMap, SortedSet};
use crate::store::{Attachment, MailboxIds};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a handle names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Object {
    Logon(LogonObject),
    /// A folder, by its counter.
    Folder(u64),
    /// A folder that was deleted softly, opened to get at what is in it.
    DeletedFolder(u64),
    Message(Box<MessageObject>),
    Attachment(Box<AttachmentObject>),
    Table(Box<TableObject>),
    Stream(Box<StreamObject>),
    Subscription(Subscription),
    /// A bulk transfer or synchronisation.
    Transfer(Box<Transfer>),
}

impl Object {
    /// For whoever looks at the sessions.
    fn kind_name(&self) -> &'static str {
        match self {
            Self::Logon(_) => "logons",
            Self::Folder(_) | Self::DeletedFolder(_) => "folders",
            Self::Message(_) => "messages",
            Self::Attachment(_) => "attachments",
            Self::Table(_) => "tables",
            Self::Stream(_) => "streams",
            Self::Subscription(_) => "subscriptions",
            Self::Transfer(_) => "transfers",
        }
    }
}

/// A mailbox that is logged on to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogonObject {
    /// Administrator rights were used.
    pub(crate) admin: bool,
    /// Per-user information that is on its way.
    pub(crate) per_user: Option<Gathered>,
}

/// An attachment being read or edited; its message is the parent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AttachmentObject {
    /// PidTagAttachNumber.
    pub(crate) number: u32,
    /// Private until SaveChangesAttachment.
    pub(crate) attachment: Attachment,
    pub(crate) writable: bool,
}

/// An object with what every object has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) logon_id: u8,
    pub(crate) mailbox: MailboxIds,
    /// The handle of the object that this one lies in: the message of an attachment, the owner of
    /// a stream.
    pub(crate) parent: Option<u32>,
    /// Released by the client, kept while another object lies in it.
    pub(crate) closed: bool,
    pub(crate) object: Object,
}

/// The handle table of a session context.
#[derive(Debug, Default)]
pub struct Objects {
    pub(super) last_handle: u32,
    pub(super) open: SortedMap<u32, Open>,
    /// Handles of objects that may have changed since they were written down.
    pub(super) touched: SortedSet<u32>,
    /// Where they are written down.
    pub(super) keeping: Option<Keeping>,
    /// Hears of changes; the events that wait are its.
    pub(super) session: notify::Session,
    /// Made of an event, and did not fit into a response.
    pub(super) unsent: VecDeque<Unsent>,
    /// A long operation that is under way.
    pub(super) job: Option<Job>,
    /// The operations of the latest batch, and what became of each.
    pub(super) done: Vec<(u8, ErrorCode)>,
}

impl Objects {
    /// Notes that an object may change, or go.
    fn touch(&mut self, handle: u32) {
        if self.keeping.is_some() {
            self.touched.insert(handle);
        }
    }

    /// The operations of the latest batch, and the ReturnValue of each.
    #[must_use]
    pub fn done(&self) -> &[(u8, ErrorCode)] {
        &self.done
    }

    /// Handles in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// How many of each kind the client has open.
    #[must_use]
    pub fn kinds(&self) -> Vec<(&'static str, usize)> {
        let mut kinds: Vec<(&'static str, usize)> = Vec::new();
        for (_, open) in self.iter() {
            let name = open.object.kind_name();
            match kinds.iter_mut().find(|(kind, _)| *kind == name) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => kinds.push((name, 1)),
            }
        }
        kinds
    }

    /// True without any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Registers an object. No handle is given out twice while it is open, and none above
    /// INT32_MAX (outlook.md §5).
    pub(crate) fn insert(&mut self, open: Open) -> Result<u32> {
        if self.open.len() >= limits::OBJECTS_PER_SESSION_MAX {
            log::warn!("a session holds {} objects; no more are opened", self.open.len());
            return Err(ErrorCode::OutOfMemory.into());
        }
        loop {
            self.last_handle =
                if self.last_handle >= limits::HANDLE_MAX { 1 } else { self.last_handle.saturating_add(1) };
            if !self.open.contains_key(&self.last_handle) {
                break;
            }
        }
        self.open.insert(self.last_handle, open);
        self.touch(self.last_handle);
        Ok(self.last_handle)
    }

    pub(crate) fn get(&self, handle: u32) -> Option<&Open> {
        self.open.get(&handle).filter(|open| !open.closed)
    }

    pub(crate) fn get_mut(&mut self, handle: u32) -> Option<&mut Open> {
        self.touch(handle);
        self.open.get_mut(&handle).filter(|open| !open.closed)
    }

    /// The object that another lies in, also when the client has released it.
    pub(crate) fn parent_mut(&mut self, handle: u32) -> Option<&mut Open> {
        self.touch(handle);
        self.open.get_mut(&handle)
    }

    /// The object that another lies in, also when the client has released it.
    pub(crate) fn parent(&self, handle: u32) -> Option<&Open> {
        self.open.get(&handle)
    }

    /// Is this the LogonId of a public logon?
    pub(crate) fn is_public(&self, logon_id: u8) -> bool {
        self.open.values().find(|open| open.logon_id == logon_id).is_some_and(|open| open.mailbox.is_public())
    }

    /// Everything that is open, by handle.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Open)> {
        self.open.iter().filter(|(_, open)| !open.closed).map(|(handle, open)| (*handle, open))
    }

    /// Numbers of the attachments of a message that are open.
    pub(crate) fn attachments_of(&self, message: u32) -> impl Iterator<Item = u32> + '_ {
        self.open.values().filter(move |open| open.parent == Some(message)).filter_map(|open| match &open.object {
            Object::Attachment(attachment) => Some(attachment.number),
            _ => None,
        })
    }

    /// Does the object lie in the other, at any depth?
    pub(crate) fn lies_in(&self, handle: u32, other: u32) -> bool {
        let mut at = self.open.get(&handle).and_then(|open| open.parent);
        while let Some(parent) = at {
            if parent == other {
                return true;
            }
            at = self.open.get(&parent).and_then(|open| open.parent);
        }
        false
    }

    /// How many messages an object lies in.
    pub(crate) fn embedded_depth(&self, handle: u32) -> usize {
        let mut depth = 0_usize;
        let mut at = Some(handle);
        while let Some(open) = at.and_then(|handle| self.open.get(&handle)) {
            depth = depth.saturating_add(usize::from(matches!(open.object, Object::Message(_))));
            at = open.parent;
        }
        depth
    }

    /// Forgets an object that was made for a response which did not fit.
    pub(crate) fn forget(&mut self, handle: u32) {
        self.touch(handle);
        self.open.remove(&handle);
    }

    /// Releases a handle; with a logon, everything opened through it. MS-OXCROPS 3.2.5.3
    pub(crate) fn release(&mut self, handle: u32) {
        self.touch(handle);
        let Some(open) = self.open.get_mut(&handle) else { return };
        if matches!(open.object, Object::Logon(_)) {
            let logon_id = open.logon_id;
            self.release_logon(logon_id);
            return;
        }
        open.closed = true;
        self.sweep(handle);
    }

    /// Releases a logon and everything opened through it.
    pub(crate) fn release_logon(&mut self, logon_id: u8) {
        let gone: Vec<u32> =
            self.open.iter().filter(|(_, open)| open.logon_id == logon_id).map(|(handle, _)| *handle).collect();
        gone.iter().for_each(|handle| self.touch(*handle));
        self.open.retain(|_, open| open.logon_id != logon_id);
    }

    /// Removes a closed object that no other lies in, and then its parent if that was waiting.
    fn sweep(&mut self, mut handle: u32) {
        while self.open.get(&handle).is_some_and(|open| open.closed)
            && !self.open.values().any(|open| open.parent == Some(handle))
        {
            self.touch(handle);
            let Some(open) = self.open.remove(&handle) else { return };
            let Some(parent) = open.parent else { return };
            handle = parent;
        }
    }
}
