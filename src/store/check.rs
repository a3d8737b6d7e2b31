//! Every invariant of the store, checked one by one: what `check` runs, and every test at its end.
//!
//! A mailbox is read once from end to end; the cost is that of reading everything.

use super::key::{Key, last_u32, last_u64};
use super::record::Record;
use super::{
    Attachment, Bag, BlobRef, Folder, Kind, Mailbox, Message, MessageHead, Recipient, Special, StoreError, Stored, Txn,
    User, fold,
};
use crate::limits;
use crate::mapi::{PropertyTag, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The mailbox, if it is in one.
    pub mailbox: Option<u32>,
    /// What is wrong and where.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mailbox {
            Some(mailbox) => write!(f, "mailbox {mailbox}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What was found in one mailbox.
struct Findings {
    mailbox: u32,
    violations: Vec<Violation>,
}

impl Findings {
    fn say(&mut self, what: impl Into<String>) {
        self.violations.push(Violation { mailbox: Some(self.mailbox), what: what.into() });
    }

    fn same<T: PartialEq + fmt::Debug>(&mut self, what: &str, recorded: T, counted: T) {
        if recorded != counted {
            self.say(format!("{what} is recorded as {recorded:?}, found {counted:?}"));
        }
    }
}

impl Txn<'_> {
    /// Checks the directory and every mailbox.
    ///
    /// # Errors
    /// The file cannot be read at all; damage to single records is a violation.
    pub fn check(&self) -> Result<Vec<Violation>, StoreError> {
        let mut violations = Vec::new();
        let users = self.users()?;
        let general = |what: String| Violation { mailbox: None, what };
        for user in &users {
            for (index, text) in [(b'a', &user.address), (b'd', &user.legacy_dn)] {
                let found: Option<User> = self.user_by(index, &fold(text))?;
                if found.as_ref().map(|found| found.id) != Some(user.id) {
                    violations.push(general(format!("user {} is not found by {text}", user.id)));
                }
            }
            violations.extend(self.check_mailbox(user.id)?);
        }
        for entry in self.dbs.mailboxes.iter(self.ro())? {
            let id = last_u32(entry?.0).ok_or(StoreError::Corrupt("mailbox"))?;
            if !users.iter().any(|user| user.id == id) {
                violations.push(general(format!("mailbox {id} belongs to nobody")));
            }
        }
        Ok(violations)
    }

    /// Checks one mailbox.
    ///
    /// # Errors
    /// As [`Txn::check`].
    pub fn check_mailbox(&self, mailbox: u32) -> Result<Vec<Violation>, StoreError> {
        let mut found = Findings { mailbox, violations: Vec::new() };
        let Some(owner) = self.get::<Mailbox>(self.dbs.mailboxes, &Key::mailbox(mailbox))? else {
            found.say("there is no mailbox record");
            return Ok(found.violations);
        };
        let folders = self.check_folders(&mut found, &owner)?;
        let messages = self.check_messages(&mut found, &owner, &folders)?;
        self.check_indexes(&mut found, &messages)?;
        self.check_parts(&mut found, &messages)?;
        self.check_blobs(&mut found, &owner, &folders, &messages)?;
        self.check_names(&mut found, &owner)?;
        Ok(found.violations)
    }

    fn check_folders(&self, found: &mut Findings, owner: &Mailbox) -> Result<BTreeMap<u64, Folder>, StoreError> {
        let prefix = Key::mailbox(found.mailbox);
        let mut folders = BTreeMap::new();
        for entry in self.dbs.folders.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let id = last_u64(key).ok_or(StoreError::Corrupt("folder"))?;
            match Folder::decode(value) {
                Ok(folder) => drop(folders.insert(id, folder)),
                Err(e) => found.say(format!("folder {id:x}: {e}")),
            }
        }
        let mut below: BTreeMap<u64, u32> = BTreeMap::new();
        for (id, folder) in &folders {
            if *id >= owner.next_id() {
                found.say(format!("folder {id:x} has an identifier that was never given out"));
            }
            if folder.change_number >= owner.next_change() {
                found.say(format!("folder {id:x} has a change number that was never given out"));
            }
            if *id == Special::Root.counter() {
                continue;
            }
            let count = below.entry(folder.parent).or_default();
            *count = count.saturating_add(1);
            if !folders.contains_key(&folder.parent) {
                found.say(format!("folder {id:x} has no parent"));
            }
            if self.subfolder_named(found.mailbox, folder.parent, folder.name())? != Some(*id) {
                found.say(format!("folder {id:x} is not found by its name"));
            }
        }
        for (id, folder) in &folders {
            let counted = below.get(id).copied().unwrap_or(0);
            found.same(&format!("number of folders below {id:x}"), folder.subfolder_count, counted);
        }
        let listed = self.dbs.children.prefix_iter(self.ro(), prefix.bytes())?.count();
        found.same("number of folder names", listed, folders.len().saturating_sub(1));
        for special in Special::LOGON {
            if !folders.contains_key(&special.counter()) {
                found.say(format!("special folder {special:?} is missing"));
            }
        }
        for row in &owner.receive_folders {
            if !folders.contains_key(&row.folder) {
                found.say(format!("the receive folder of {:?} is missing", row.message_class));
            }
        }
        Ok(folders)
    }

    fn check_messages(
        &self,
        found: &mut Findings,
        owner: &Mailbox,
        folders: &BTreeMap<u64, Folder>,
    ) -> Result<BTreeMap<u64, (u64, Kind, MessageHead)>, StoreError> {
        let mut messages = BTreeMap::new();
        let mut total = 0_u64;
        for (folder_id, folder) in folders {
            let (mut counts, mut unread, mut size) = ([0_u32; 4], 0_u32, 0_u64);
            for kind in Kind::ALL {
                for id in self.message_ids(found.mailbox, *folder_id, kind)? {
                    let Ok(Some(head)) = self.message_head(found.mailbox, *folder_id, kind, id) else {
                        found.say(format!("message {id:x} cannot be read"));
                        continue;
                    };
                    if let Some(count) = counts.get_mut(kind as usize) {
                        *count = count.saturating_add(1);
                    }
                    unread = unread.saturating_add(u32::from(kind == Kind::Normal && !head.read));
                    size = size.saturating_add(head.size);
                    if id >= owner.next_id() || head.change_number >= owner.next_change() {
                        found.say(format!("message {id:x} has a number that was never given out"));
                    }
                    if messages.insert(id, (*folder_id, kind, head)).is_some() {
                        found.say(format!("message {id:x} is in two places"));
                    }
                }
            }
            let [normal, associated, deleted, deleted_associated] = counts;
            let name = |what: &str| format!("{what} of folder {folder_id:x}");
            found.same(&name("content count"), folder.content_count, normal);
            found.same(&name("unread count"), folder.content_unread_count, unread);
            found.same(&name("associated count"), folder.associated_content_count, associated);
            found.same(&name("deleted count"), folder.deleted_count, deleted.saturating_add(deleted_associated));
            found.same(&name("size"), folder.size, size);
            total = total.saturating_add(size);
        }
        found.same("size of the mailbox", owner.size, total);
        let prefix = Key::mailbox(found.mailbox);
        let stored = self.dbs.messages.prefix_iter(self.ro(), prefix.bytes())?.count();
        found.same("number of messages in folders", messages.len(), stored);
        Ok(messages)
    }

    fn check_indexes(
        &self,
        found: &mut Findings,
        messages: &BTreeMap<u64, (u64, Kind, MessageHead)>,
    ) -> Result<(), StoreError> {
        for (id, (folder, kind, head)) in messages {
            let at = self.locate(found.mailbox, *id)?;
            if at.map(|at| (at.folder, at.kind)) != Some((*folder, *kind)) {
                found.say(format!("message {id:x} is not found where it is"));
            }
            let time = match head.properties.value(PropertyTag::PidTagMessageDeliveryTime.id()) {
                Some(Value::Time(time)) => time.0,
                _ => 0,
            };
            let key = Key::mailbox(found.mailbox).u64(*folder).u8(*kind as u8).u64(time).u64(*id);
            if self.get_raw(self.dbs.deliveries, &key)?.is_none() {
                found.say(format!("message {id:x} is missing in the order of delivery"));
            }
        }
        let prefix = Key::mailbox(found.mailbox);
        for (name, db) in [("locations", self.dbs.locations), ("deliveries", self.dbs.deliveries)] {
            let entries = db.prefix_iter(self.ro(), prefix.bytes())?.count();
            found.same(&format!("number of {name}"), entries, messages.len());
        }
        Ok(())
    }

    fn check_parts(
        &self,
        found: &mut Findings,
        messages: &BTreeMap<u64, (u64, Kind, MessageHead)>,
    ) -> Result<(), StoreError> {
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.parts.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let id = key.get(4..12).and_then(last_u64).ok_or(StoreError::Corrupt("parts"))?;
            if !messages.contains_key(&id) {
                found.say(format!("a part of message {id:x}, which does not exist"));
            }
            let readable = match key.get(12) {
                Some(0) => <Vec<Recipient>>::decode(value).is_ok(),
                _ => Attachment::decode(value).is_ok(),
            };
            if !readable {
                found.say(format!("a part of message {id:x} cannot be read"));
            }
        }
        Ok(())
    }

    fn check_blobs(
        &self,
        found: &mut Findings,
        owner: &Mailbox,
        folders: &BTreeMap<u64, Folder>,
        messages: &BTreeMap<u64, (u64, Kind, MessageHead)>,
    ) -> Result<(), StoreError> {
        let mut referred: BTreeSet<BlobRef> = owner.properties.blobs().collect();
        folders.values().for_each(|folder| referred.extend(folder.properties.blobs()));
        for (id, (.., head)) in messages {
            let mut of_message: Vec<BlobRef> = head.properties.blobs().collect();
            for attachment in self.message_attachments(found.mailbox, *id)?.values() {
                attachment_blobs(attachment, &mut of_message);
            }
            for blob in of_message {
                if !referred.insert(blob) {
                    found.say(format!("blob {} is used twice, by message {id:x} too", blob.id));
                }
            }
        }
        let mut stored: BTreeMap<u64, u64> = BTreeMap::new();
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.blobs.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, chunk) = entry?;
            let id = key.get(4..12).and_then(last_u64).ok_or(StoreError::Corrupt("blobs"))?;
            let len = stored.entry(id).or_default();
            if !len.is_multiple_of(limits::BLOB_CHUNK_BYTES) {
                found.say(format!("blob {id} has a short chunk that is not its last"));
            }
            *len = len.saturating_add(u64::try_from(chunk.len()).unwrap_or(0));
        }
        for blob in &referred {
            if blob.id >= owner.next_blob() {
                found.say(format!("blob {} has a number that was never given out", blob.id));
            }
            found.same(&format!("length of blob {}", blob.id), blob.len, stored.remove(&blob.id).unwrap_or(0));
        }
        // Blobs of objects that are not saved yet may have any length.
        for id in self.staged_blobs(found.mailbox)? {
            stored.remove(&id);
            if referred.iter().any(|blob| blob.id == id) {
                found.say(format!("blob {id} is saved and waits to be saved"));
            }
        }
        for (id, len) in stored {
            found.say(format!("blob {id} of {len} bytes belongs to nothing"));
        }
        Ok(())
    }

    fn check_names(&self, found: &mut Findings, owner: &Mailbox) -> Result<(), StoreError> {
        let all = self.named_all(found.mailbox)?;
        let given = usize::from(owner.next_named.saturating_sub(0x8000));
        found.same("number of named properties", given, all.len());
        for (id, name) in all {
            if self.named_id(found.mailbox, &name)? != Some(id) {
                found.say(format!("named property {id:x} is not found by its name"));
            }
        }
        Ok(())
    }
}

fn attachment_blobs(attachment: &Attachment, blobs: &mut Vec<BlobRef>) {
    blobs.extend(attachment.properties.blobs());
    if let Some(embedded) = &attachment.embedded {
        message_blobs(embedded, blobs);
    }
}

fn message_blobs(message: &Message, blobs: &mut Vec<BlobRef>) {
    let bag: &Bag = &message.head.properties;
    blobs.extend(bag.0.values().filter_map(|stored| match stored {
        Stored::Blob(blob) => Some(*blob),
        Stored::Value(_) => None,
    }));
    message.attachments.values().for_each(|attachment| attachment_blobs(attachment, blobs));
}
