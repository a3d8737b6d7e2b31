//! Mending what `check` finds, in one transaction: what is derived is made again from what it is
//! derived from; what hangs loose gets a place; what cannot be read is removed and named.
//!
//! Records are believed before indexes, and folders, messages and values that can be read are never
//! removed. The caller has taken a snapshot, for a repair may be wrong about what is damage.
//!
//! `directory.rs`: users and mailboxes; `tree.rs`: folders; `contents.rs`: messages and counts;
//! `changes.rs`: what changed when; `blobs.rs`: large values and named properties; `searches.rs`:
//! search folders.

mod blobs;
mod changes;
mod contents;
mod directory;
mod searches;
mod tree;

use super::check::{attachment_blobs, delivery_time, message_place};
use super::key::{Key, last_u16, last_u64};
use super::record::Record;
use super::{Folder, Mailbox, MessageHead, StoreError, Txn};
use crate::wire::FileTime;

/// The folder for what hung loose.
const RECOVERED: &str = "Recovered";

/// What a repair did, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repairs {
    /// In order.
    pub lines: Vec<String>,
}

impl Repairs {
    fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn count(&mut self, mailbox: u32, count: usize, what: &str) {
        if count > 0 {
            self.say(format!("mailbox {mailbox}: {what}: {count}"));
        }
    }
}

impl Txn<'_> {
    /// Mends everything that [`Txn::check`] finds.
    ///
    /// # Errors
    /// The file cannot be read at all, or the disk refuses: nothing of it happened.
    pub fn repair(&mut self, now: FileTime) -> Result<Repairs, StoreError> {
        let mut done = Repairs::default();
        self.repair_directory(&mut done, now)?;
        for user in self.users()? {
            if self.check_mailbox(user.id)?.is_empty() {
                continue;
            }
            let mut owner = self.mailbox(user.id)?;
            self.remove_unreadable(user.id, &mut done)?;
            let before = owner.clone();
            self.raise_counters(user.id, &mut owner)?;
            if owner != before {
                done.say(format!("mailbox {}: the counters were behind what is in use", user.id));
            }
            self.repair_tree(user.id, &mut owner, now, &mut done)?;
            self.repair_places(user.id, &mut done)?;
            self.repair_deleted(user.id, &mut done)?;
            self.repair_blobs(user.id, &mut owner, &mut done)?;
            self.repair_names(user.id, &mut owner, &mut done)?;
            for (name, db, key) in self.wrong_entries(user.id, owner.repl_guid)? {
                db.delete(self.rw()?, &key)?;
                done.say(format!("mailbox {}: an entry of {name} was removed", user.id));
            }
            self.repair_changes(user.id, &mut done)?;
            self.repair_searches(user.id, &mut done)?;
            self.recount(user.id, &mut owner, &mut done)?;
            self.put_mailbox(user.id, &owner)?;
        }
        Ok(done)
    }

    /// Moves the mailbox's counters behind all numbers in use.
    fn raise_counters(&self, mailbox: u32, owner: &mut Mailbox) -> Result<(), StoreError> {
        let prefix = Key::mailbox(mailbox);
        let (mut id, mut change, mut blob, mut named) = (0, 0, 0, 0x7FFF);
        for entry in self.dbs.folders.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            id = id.max(last_u64(key).unwrap_or(0));
            change = change.max(Folder::decode(value).map_or(0, |folder| folder.change_number));
        }
        for entry in self.dbs.messages.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let (folder, _, message) = message_place(key).ok_or_else(|| StoreError::Corrupt(&"messages"))?;
            id = id.max(folder).max(message);
            if let Ok(head) = MessageHead::decode(value) {
                change = change.max(head.change_number).max(head.read_change_number);
                blob = head.properties.blobs().map(|blob| blob.id).fold(blob, u64::max);
            }
        }
        for key in self.keys(self.dbs.changes, &prefix)? {
            change = change.max(last_u64(&key).unwrap_or(0));
        }
        for key in self.keys(self.dbs.blobs, &prefix)? {
            blob = blob.max(key.get(4..12).and_then(last_u64).unwrap_or(0));
        }
        for key in self.keys(self.dbs.names, &Key::mailbox(mailbox).u8(b'i'))? {
            named = named.max(last_u16(&key).unwrap_or(0));
        }
        let attachments = self.keys(self.dbs.parts, &prefix)?;
        for key in attachments.iter().filter(|key| key.get(12) == Some(&1)) {
            let mut blobs = Vec::new();
            if let Some(Ok(attachment)) = self.dbs.parts.get(self.ro(), key)?.map(super::Attachment::decode) {
                attachment_blobs(&attachment, &mut blobs);
            }
            blob = blobs.iter().map(|blob| blob.id).fold(blob, u64::max);
        }
        owner.raise(id, change, blob, named);
        Ok(())
    }
}
