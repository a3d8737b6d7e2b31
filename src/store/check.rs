//! Every invariant of the store, checked one by one: what `check` runs, and every test at its end.
//!
//! A mailbox is read once from end to end; the cost is that of reading everything. In memory is
//! what tells one message from another, some hundred bytes of each, not the messages.

mod changes;
mod contents;
mod directory;
mod reads;
mod searches;

pub(super) use changes::{change_place, entries_of};
pub(super) use contents::{attachment_blobs, deletions, delivery_time, message_place};
pub(super) use searches::link_place;

use super::key::{Key, last_u32, last_u64};
use super::mailbox::links;
use super::record::Record;
use super::{BlobRef, Folder, Invariant, Kind, Mailbox, PUBLIC_STORE, Special, StoreError, Stored, Txn};
use crate::mapi::{FolderEntryId, PropertyTag, Value};
use crate::sorted::{SortedMap, SortedSet};
use crate::wire::{FileTime, Wire as _};
use std::fmt;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The mailbox, if it is in one.
    pub mailbox: Option<u32>,
    /// Of what.
    pub invariant: Invariant,
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

/// What is remembered of a message.
struct Seen {
    folder: u64,
    kind: Kind,
    time: u64,
    /// When it was deleted softly.
    deleted_on: Option<FileTime>,
}

/// What was found in one mailbox.
struct Findings {
    mailbox: u32,
    owner: Mailbox,
    folders: SortedMap<u64, Folder>,
    messages: SortedMap<u64, Seen>,
    /// Folder, list, number → message: what the index of changes should have. In the order of messages.
    changes: Vec<((u64, u8, u64), u64)>,
    /// With the message that refers to each, 0 for folders and the mailbox.
    blobs: Vec<(BlobRef, u64)>,
    violations: Vec<Violation>,
}

impl Findings {
    fn say(&mut self, invariant: Invariant, what: impl Into<String>) {
        self.violations.push(Violation { mailbox: Some(self.mailbox), invariant, what: what.into() });
    }

    fn same<T: PartialEq + fmt::Debug>(&mut self, invariant: Invariant, what: &str, recorded: T, counted: T) {
        if recorded != counted {
            self.say(invariant, format!("{what} is recorded as {recorded:?}, found {counted:?}"));
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
        let general = |invariant, what: String| Violation { mailbox: None, invariant, what };
        let (users, next) = self.check_directory(&mut violations)?;
        for id in self.bad_switches()? {
            violations.push(general(Invariant::Record, format!("the MAPI over HTTP switch of user {id} is void")));
        }
        for _ in self.bad_app_passwords()? {
            violations.push(general(Invariant::Record, "an app password, a photo or a certificate is void".to_owned()));
        }
        if next > self.next_user_id()? {
            let what = format!("user {} has a number that was never given out", next.saturating_sub(1));
            violations.push(general(Invariant::Counter, what));
        }
        for entry in self.dbs.mailboxes.iter(self.ro())? {
            let id = last_u32(entry?.0).ok_or_else(|| StoreError::Corrupt(&"mailbox"))?;
            if !users.contains(&id) && id != PUBLIC_STORE {
                violations.push(general(Invariant::Owner, format!("mailbox {id} belongs to nobody")));
            }
        }
        for mailbox in self.mailboxes().unwrap_or_else(|_| users.into_iter().collect()) {
            violations.extend(self.check_mailbox(mailbox)?);
        }
        self.check_reads(&mut violations)?;
        Ok(violations)
    }

    /// Checks one mailbox.
    ///
    /// # Errors
    /// As [`Txn::check`].
    pub fn check_mailbox(&self, mailbox: u32) -> Result<Vec<Violation>, StoreError> {
        let owner = match self.get::<Mailbox>(self.dbs.mailboxes, &Key::mailbox(mailbox)) {
            Ok(Some(owner)) => owner,
            Ok(None) | Err(StoreError::Corrupt(_)) => {
                let what = "there is no mailbox record that can be read".to_owned();
                return Ok(vec![Violation { mailbox: Some(mailbox), invariant: Invariant::Owner, what }]);
            }
            Err(other) => return Err(other),
        };
        let mut found = Findings {
            mailbox,
            owner,
            folders: SortedMap::new(),
            messages: SortedMap::new(),
            changes: Vec::new(),
            blobs: Vec::new(),
            violations: Vec::new(),
        };
        self.check_folders(&mut found)?;
        check_tree(&mut found);
        check_special(&mut found);
        self.check_messages(&mut found)?;
        self.check_indexes(&mut found)?;
        self.check_deleted(&mut found)?;
        self.check_changes(&mut found)?;
        self.check_parts(&mut found)?;
        self.check_blobs(&mut found)?;
        self.check_names(&mut found)?;
        let wrong = self.wrong_entries(mailbox, found.owner.repl_guid)?;
        for (name, _, _) in wrong {
            found.say(Invariant::Replica, format!("an entry of {name} is damaged, there twice, or of nothing"));
        }
        self.check_searches(&mut found)?;
        Ok(found.violations)
    }

    fn check_folders(&self, found: &mut Findings) -> Result<(), StoreError> {
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.folders.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let id = last_u64(key).ok_or_else(|| StoreError::Corrupt(&"folder"))?;
            match Folder::decode(value) {
                Ok(folder) => drop(found.folders.insert(id, folder)),
                Err(e) => found.say(Invariant::Record, format!("folder {id:x}: {e}")),
            }
        }
        let mut below: SortedMap<u64, u32> = SortedMap::new();
        let mut ordinary = 0_usize;
        let folders = std::mem::take(&mut found.folders);
        for (id, folder) in &folders {
            if *id >= found.owner.next_id() {
                found.say(Invariant::Counter, format!("folder {id:x} has an identifier that was never given out"));
            }
            if folder.change_number >= found.owner.next_change() {
                found.say(Invariant::Counter, format!("folder {id:x} has a change number that was never given out"));
            }
            found.blobs.extend(folder.properties.blobs().map(|blob| (blob, 0)));
            if *id == Special::Root.counter() || folder.deleted_on.is_some() {
                continue;
            }
            ordinary = ordinary.saturating_add(1);
            let count = below.get_or_insert_with(folder.parent, Default::default);
            *count = count.saturating_add(1);
            let named = self.subfolder_named(found.mailbox, folder.parent, folder.name());
            if named.ok().flatten() != Some(*id) {
                found.say(Invariant::Name, format!("folder {id:x} is not found by its name"));
            }
        }
        for (id, folder) in &folders {
            let counted = below.get(id).copied().unwrap_or(0);
            found.same(Invariant::Count, &format!("number of folders below {id:x}"), folder.subfolder_count, counted);
        }
        let listed = self.dbs.children.prefix_iter(self.ro(), prefix.bytes())?.count();
        found.same(Invariant::Name, "number of folder names", listed, ordinary);
        found.folders = folders;
        let of_owner: Vec<_> = found.owner.properties.blobs().map(|blob| (blob, 0)).collect();
        found.blobs.extend(of_owner);
        Ok(())
    }
}

/// Folders from which no way leads to the root.
pub(super) fn unreachable(folders: &SortedMap<u64, Folder>) -> Vec<u64> {
    let root = Special::Root.counter();
    let mut reached: SortedSet<u64> = [root].into_iter().collect();
    let mut lost: SortedSet<u64> = SortedSet::new();
    for start in folders.keys() {
        let mut way = Vec::new();
        let mut at = *start;
        let arrived = loop {
            if reached.contains(&at) {
                break true;
            }
            if lost.contains(&at) || way.contains(&at) {
                break false;
            }
            way.push(at);
            match folders.get(&at) {
                Some(folder) => at = folder.parent,
                None => break false,
            }
        };
        if arrived { reached.extend(way) } else { lost.extend(way) }
    }
    lost.into_iter().filter(|id| folders.contains_key(id)).collect()
}

/// Ordinary folders below one that was deleted softly: nobody could reach them.
pub(super) fn below_deleted(folders: &SortedMap<u64, Folder>) -> Vec<u64> {
    let is_deleted = |id: &u64| folders.get(id).is_some_and(|folder| folder.deleted_on.is_some());
    folders.iter().filter(|(_, f)| f.deleted_on.is_none() && is_deleted(&f.parent)).map(|(id, _)| *id).collect()
}

fn check_tree(found: &mut Findings) {
    for id in below_deleted(&found.folders) {
        found.say(Invariant::Deleted, format!("folder {id:x} is below one that was deleted"));
    }
    for id in unreachable(&found.folders) {
        let parent = found.folders.get(&id).map_or(0, |folder| folder.parent);
        let what = if found.folders.contains_key(&parent) { "no way leads to it" } else { "has no parent" };
        found.say(Invariant::Tree, format!("folder {id:x}: {what}"));
    }
}

/// The links of a folder that are missing, or name a folder of the mailbox that does not exist.
pub(super) fn broken_links(owner: &Mailbox, folders: &SortedMap<u64, Folder>, holder: &Folder) -> Vec<PropertyTag> {
    let is_broken = |tag: &PropertyTag| match holder.properties.get(tag.id()) {
        Some(Stored::Value(Value::Binary(bytes))) => FolderEntryId::from_bytes(bytes).is_ok_and(|entry| {
            entry.folder.database_guid == owner.repl_guid && !folders.contains_key(&entry.folder.counter())
        }),
        Some(_) => false,
        None => true,
    };
    Special::SINGLE_LINKS.into_iter().filter(is_broken).collect()
}

fn check_special(found: &mut Findings) {
    for (special, ..) in Special::tree(found.mailbox) {
        if found.folders.get(&special.counter()).is_none_or(|folder| folder.deleted_on.is_some()) {
            found.say(Invariant::Special, format!("special folder {special:?} is missing"));
        }
    }
    let rows: Vec<_> = found.owner.receive_folders.iter().map(|row| (row.folder, row.message_class.clone())).collect();
    for (folder, class) in &rows {
        if !found.folders.contains_key(folder) {
            found.say(Invariant::Special, format!("the receive folder of {class:?} is missing"));
        }
    }
    if found.mailbox == PUBLIC_STORE {
        return;
    }
    if !rows.iter().any(|(_, class)| class.is_empty()) {
        found.say(Invariant::Special, "there is no receive folder for every class");
    }
    for holder in [Special::Root, Special::Inbox] {
        let Some(folder) = found.folders.get(&holder.counter()) else { continue };
        for tag in broken_links(&found.owner, &found.folders, folder) {
            found.say(Invariant::Link, format!("property {:04x} of {holder:?} names no folder", tag.id()));
        }
    }
}

/// The value that a link has in a new mailbox.
pub(super) fn default_link(owner: &Mailbox, tag: PropertyTag) -> Option<Value> {
    links(&owner.ids(0)).into_iter().find(|(known, _)| *known == tag).map(|(_, value)| value)
}
