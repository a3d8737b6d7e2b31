//! What a session watches, and which events concern it. MS-OXCNOTIF 2.2.1.2.1.1, 3.1.4.3

use crate::rop::event;
use crate::store::{Event, Kind, LinkChange, Location, What};
use serde::{Deserialize, Serialize};

/// Which objects events are wanted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// All of the mailbox.
    Store,
    /// A folder, what lies directly in it, and folders directly below it.
    Folder(u64),
    /// One message.
    Message(u64),
}

/// Something that a session watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Objects; `types` as in RopRegisterNotification.
    Objects {
        /// NotificationTypes. MS-OXCNOTIF 2.2.1.2.1.1
        types: u16,
        /// Of which objects.
        scope: Scope,
    },
    /// The rows of a contents table.
    Contents {
        /// Of which folder.
        folder: u64,
        /// Which of its lists.
        kind: Kind,
    },
    /// The rows of a hierarchy table.
    Hierarchy {
        /// Of which folder.
        folder: u64,
        /// At any depth. Then every folder may be one of its rows.
        deep: bool,
    },
}

/// A watch with its circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// The mailbox's number.
    pub mailbox: u32,
    /// See [`crate::store::MailboxIds::reader`].
    pub reader: u32,
    /// Whether the session's own changes count.
    pub own: bool,
    /// What.
    pub what: Watched,
}

impl Watch {
    /// Does an event concern it? `own`: the session itself caused it.
    #[must_use]
    pub fn matches(&self, event: &Event, own: bool) -> bool {
        let concerned = event.reader == 0 || event.reader == self.reader;
        event.mailbox == self.mailbox && concerned && (self.own || !own) && self.what.matches(&event.what)
    }
}

/// The NotificationType of an event; 0 for those that only tables show: the client was told that a
/// message is deleted when it went to the deleted ones.
#[must_use]
pub fn type_of(what: &What) -> u16 {
    let unless_deleted = |at: &Location, kind: u16| if at.kind.is_deleted() { 0 } else { kind };
    match what {
        What::MessageCreated { at, .. } => unless_deleted(at, event::CREATED),
        What::MessageModified { at, .. } => unless_deleted(at, event::MODIFIED),
        What::MessageDeleted { at, .. } => unless_deleted(at, event::DELETED),
        What::MessageMoved { .. } | What::FolderMoved { .. } => event::MOVED,
        What::MessageCopied { .. } | What::FolderCopied { .. } => event::COPIED,
        What::NewMail { .. } => event::NEW_MAIL,
        What::FolderCreated { .. } => event::CREATED,
        What::FolderDeleted { .. } => event::DELETED,
        What::FolderModified { .. } => event::MODIFIED,
        What::Linked { change: LinkChange::Made, .. } => event::CREATED,
        What::Linked { change: LinkChange::Changed { .. }, .. } => event::MODIFIED,
        What::Linked { change: LinkChange::Gone, .. } => event::DELETED,
        What::SearchComplete { .. } => event::SEARCH_COMPLETE,
        What::Many => 0,
    }
}

impl Scope {
    fn contains(self, what: &What) -> bool {
        match self {
            Self::Store => true,
            Self::Folder(folder) => folders_of(what).contains(&Some(folder)),
            Self::Message(message) => match what {
                What::MessageCreated { id, .. }
                | What::MessageModified { id, .. }
                | What::MessageDeleted { id, .. }
                | What::NewMail { id, .. } => *id == message,
                What::MessageMoved { old_id, id, .. } | What::MessageCopied { old_id, id, .. } => {
                    *id == message || *old_id == message
                }
                _ => false,
            },
        }
    }
}

/// The folders that an event happens in or to.
fn folders_of(what: &What) -> [Option<u64>; 4] {
    match what {
        What::MessageCreated { at, .. }
        | What::MessageModified { at, .. }
        | What::MessageDeleted { at, .. }
        | What::NewMail { at, .. } => [Some(at.folder), None, None, None],
        What::MessageMoved { from, at, .. } | What::MessageCopied { from, at, .. } => {
            [Some(at.folder), Some(from.folder), None, None]
        }
        What::FolderCreated { folder, parent } | What::FolderDeleted { folder, parent } => {
            [Some(*folder), Some(*parent), None, None]
        }
        What::FolderMoved { folder, parent, old_parent } => [Some(*folder), Some(*parent), Some(*old_parent), None],
        What::FolderCopied { folder, parent, old_folder, old_parent } => {
            [Some(*folder), Some(*parent), Some(*old_folder), Some(*old_parent)]
        }
        What::FolderModified { folder, .. } | What::SearchComplete { folder } | What::Linked { search: folder, .. } => {
            [Some(*folder), None, None, None]
        }
        What::Many => [None; 4],
    }
}

impl Watched {
    fn matches(&self, what: &What) -> bool {
        match self {
            Self::Objects { types, scope } => types & type_of(what) != 0 && scope.contains(what),
            Self::Contents { folder, kind } => {
                let here = |at: &Location| at.folder == *folder && at.kind == *kind;
                match what {
                    What::MessageCreated { at, .. }
                    | What::MessageModified { at, .. }
                    | What::MessageCopied { at, .. } => here(at),
                    What::MessageDeleted { at, to, .. } => here(at) || at.folder == *folder && *to == Some(*kind),
                    What::MessageMoved { from, at, .. } => here(from) || here(at),
                    What::Linked { search, .. } => *kind == Kind::Linked && search == folder,
                    What::Many => true,
                    _ => false,
                }
            }
            Self::Hierarchy { folder, deep } => {
                let here = |parent: &u64| *deep || parent == folder;
                match what {
                    What::FolderCreated { parent, .. }
                    | What::FolderDeleted { parent, .. }
                    | What::FolderCopied { parent, .. } => here(parent),
                    // The root is its own parent and nobody's row.
                    What::FolderModified { folder, parent, .. } => folder != parent && here(parent),
                    What::FolderMoved { parent, old_parent, .. } => here(parent) || here(old_parent),
                    What::Many => true,
                    _ => false,
                }
            }
        }
    }
}
