//! Folders: records, the tree, counters. MS-OXCFOLD.

use super::key::{Key, TextKey, last_u64, u64_bytes};
use super::record::{Bag, Record};
use super::{Kind, Location, Mailbox, Permissions, Special, StoreError, Txn, What, fold};
use crate::limits;
use crate::mapi::{PropertyTag, Value};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// PidTagFolderType. MS-OXCFOLD 2.2.2.2.2.6
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FolderKind {
    /// The root of the mailbox.
    Root,
    /// Holds messages.
    Generic,
    /// Shows messages that live elsewhere.
    Search,
}

/// A folder's record, its counters included, so that asking for them costs one look-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Folder {
    /// Root, generic or search.
    pub kind: FolderKind,
    /// Counter of the parent; the root is its own.
    pub parent: u64,
    /// Number of the last change to the folder itself.
    pub change_number: u64,
    /// Properties that a client can set, and times.
    pub properties: Bag,
    /// PidTagContentCount.
    pub content_count: u32,
    /// PidTagContentUnreadCount.
    pub content_unread_count: u32,
    /// PidTagAssociatedContentCount.
    pub associated_content_count: u32,
    /// Messages deleted softly from the contents table.
    pub deleted_count: u32,
    /// Messages deleted softly from the associated table.
    pub deleted_associated_count: u32,
    /// Folders directly below that were deleted softly.
    pub deleted_folder_count: u32,
    /// Folders directly below.
    pub subfolder_count: u32,
    /// PidTagMessageSizeExtended: bytes of its messages but those deleted softly.
    pub size: u64,
    /// Bytes of messages deleted softly from the contents table.
    pub deleted_size: u64,
    /// Bytes of messages deleted softly from the associated table.
    pub deleted_associated_size: u64,
    /// Grows with every change of what the folder's tables show.
    pub content_version: u64,
    /// PidTagLocalCommitTimeMax.
    pub content_changed: FileTime,
    /// PidTagHierRev: when a folder below was made, changed or deleted.
    pub hierarchy_changed: FileTime,
    /// PidTagHierarchyChangeNumber: how often that was.
    pub hierarchy_version: u32,
    /// PidTagDeletedCountTotal: how many messages have ever left it.
    pub deleted_count_total: u32,
    /// PidTagDeletedOn: when it was deleted softly.
    pub deleted_on: Option<FileTime>,
    /// Deletions that are remembered.
    pub graves: u32,
    /// Number of the last deletion that is no longer remembered.
    pub graves_from: u64,
    /// The counters that its next messages get: the first, and the first beyond.
    pub(super) spare_ids: (u64, u64),
}

impl Record for Folder {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"folder";
}

/// What a new folder starts with.
#[derive(Debug, Clone)]
pub struct NewFolder<'a> {
    /// Display name.
    pub name: &'a str,
    /// PidTagComment; empty for none.
    pub comment: &'a str,
    /// Generic or search.
    pub kind: FolderKind,
}

/// How much a folder deletion may take with it. MS-OXCFOLD 2.2.1.3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteDepth {
    /// DEL_MESSAGES.
    pub messages: bool,
    /// DEL_FOLDERS.
    pub folders: bool,
}

impl Folder {
    pub(super) fn new(kind: FolderKind, parent: u64, change_number: u64, now: FileTime) -> Self {
        let mut properties = Bag::default();
        properties.set(PropertyTag::PidTagCreationTime.id(), Value::Time(now));
        properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
        Self {
            kind,
            parent,
            change_number,
            properties,
            content_count: 0,
            content_unread_count: 0,
            associated_content_count: 0,
            deleted_count: 0,
            deleted_associated_count: 0,
            deleted_folder_count: 0,
            subfolder_count: 0,
            size: 0,
            deleted_size: 0,
            deleted_associated_size: 0,
            content_version: 0,
            content_changed: now,
            hierarchy_changed: now,
            hierarchy_version: 0,
            deleted_count_total: 0,
            deleted_on: None,
            graves: 0,
            spare_ids: (0, 0),
            graves_from: 0,
        }
    }

    /// Display name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.properties.text(PropertyTag::PidTagDisplayName.id()).unwrap_or_default()
    }

    /// How many messages are in one of its lists.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Normal | Kind::Linked => self.content_count,
            Kind::Associated => self.associated_content_count,
            Kind::Deleted => self.deleted_count,
            Kind::DeletedAssociated => self.deleted_associated_count,
        }
    }

    /// Whether deleting it deletes messages: what a search folder shows lies elsewhere.
    fn has_messages(&self) -> bool {
        self.kind != FolderKind::Search && self.content_count > 0 || self.associated_content_count > 0
    }

    pub(super) fn set_name(&mut self, name: &str) {
        self.properties.set(PropertyTag::PidTagDisplayName.id(), Value::String(name.to_owned()));
    }
}

pub(super) fn child_key(mailbox: u32, parent: u64, name: &str) -> TextKey {
    Key::mailbox(mailbox).u64(parent).text(fold(name).as_bytes())
}

impl Txn<'_> {
    /// A folder's record. A folder that was deleted softly is gone for whoever does not ask for it:
    /// see [`Txn::any_folder`].
    ///
    /// # Errors
    /// The record is damaged.
    pub fn folder(&self, mailbox: u32, folder: u64) -> Result<Option<Folder>, StoreError> {
        Ok(self.any_folder(mailbox, folder)?.filter(|record| record.deleted_on.is_none()))
    }

    /// Writes a folder's record back; name and place in the tree as they were.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_folder(&mut self, mailbox: u32, folder: u64, record: &Folder) -> Result<(), StoreError> {
        self.put(self.dbs.folders, &Key::mailbox(mailbox).u64(folder), record)
    }

    /// The counter of a new message of a folder. A folder takes them in blocks, so that its messages make
    /// few ranges whatever arrives elsewhere in between: a client in cached mode holds the set of them and
    /// sends it with every synchronisation.
    ///
    /// # Errors
    /// All 2^48 are used, or the disk refuses.
    pub fn take_message_id(&mut self, mailbox: u32, owner: &mut Mailbox, folder: u64) -> Result<u64, StoreError> {
        let Some(mut record) = self.any_folder(mailbox, folder)? else { return owner.take_id() };
        loop {
            let (next, end) = record.spare_ids;
            if next >= end || !owner.has_given(end.saturating_sub(1)) {
                let first = owner.take_ids(limits::MESSAGE_ID_BLOCK)?;
                record.spare_ids = (first, first.saturating_add(limits::MESSAGE_ID_BLOCK.into()));
                continue;
            }
            record.spare_ids.0 = next.saturating_add(1);
            // A client may have made an object of a number that it was never given.
            if self.locate(mailbox, next)?.is_none() && self.any_folder(mailbox, next)?.is_none() {
                self.put_folder(mailbox, folder, &record)?;
                return Ok(next);
            }
        }
    }

    pub(super) fn insert_folder(&mut self, mailbox: u32, folder: u64, record: &Folder) -> Result<(), StoreError> {
        if record.parent != folder {
            let key = child_key(mailbox, record.parent, record.name());
            self.put_raw(self.dbs.children, &key, &u64_bytes(folder))?;
            let mut parent = self.folder(mailbox, record.parent)?.ok_or_else(|| StoreError::NotFound)?;
            parent.subfolder_count = parent.subfolder_count.saturating_add(1);
            self.put_folder(mailbox, record.parent, &parent)?;
        }
        self.put_folder(mailbox, folder, record)
    }

    /// Folders directly below, by folded name.
    ///
    /// # Errors
    /// The index is damaged.
    pub fn subfolders(&self, mailbox: u32, parent: u64) -> Result<Vec<u64>, StoreError> {
        let prefix = Key::mailbox(mailbox).u64(parent);
        let mut folders = Vec::new();
        for entry in self.dbs.children.prefix_iter(self.ro(), prefix.bytes())? {
            super::txn::look();
            let (_, folder) = entry?;
            folders.push(last_u64(folder).ok_or_else(|| StoreError::Corrupt(&"children"))?);
        }
        Ok(folders)
    }

    /// The folder below `parent` with this name, whatever its case.
    ///
    /// # Errors
    /// The index is damaged.
    pub fn subfolder_named(&self, mailbox: u32, parent: u64, name: &str) -> Result<Option<u64>, StoreError> {
        let found = self.get_raw(self.dbs.children, &child_key(mailbox, parent, name))?;
        found.map(|bytes| last_u64(bytes).ok_or_else(|| StoreError::Corrupt(&"children"))).transpose()
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`StoreError::Exists`]: a sibling has the name. [`StoreError::NotFound`]: no such parent.
    pub fn create_folder(
        &mut self,
        mailbox: u32,
        parent: u64,
        new: &NewFolder<'_>,
        now: FileTime,
    ) -> Result<u64, StoreError> {
        let folder = self.make_folder(mailbox, parent, new, now)?;
        self.note(mailbox, What::FolderCreated { folder, parent });
        Ok(folder)
    }

    /// As [`Txn::create_folder`], under an identifier that was given to a client.
    ///
    /// # Errors
    /// As [`Txn::create_folder`].
    pub fn create_folder_as(
        &mut self,
        mailbox: u32,
        parent: u64,
        new: &NewFolder<'_>,
        id: u64,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let owner = self.mailbox(mailbox)?;
        let folder = self.make_folder_as(mailbox, parent, new, (id, owner), now)?;
        self.note(mailbox, What::FolderCreated { folder, parent });
        Ok(())
    }

    /// As [`Txn::create_folder`], but notes nothing of the folder itself.
    fn make_folder(
        &mut self,
        mailbox: u32,
        parent: u64,
        new: &NewFolder<'_>,
        now: FileTime,
    ) -> Result<u64, StoreError> {
        let mut owner = self.mailbox(mailbox)?;
        let id = owner.take_id()?;
        self.make_folder_as(mailbox, parent, new, (id, owner), now)
    }

    fn make_folder_as(
        &mut self,
        mailbox: u32,
        parent: u64,
        new: &NewFolder<'_>,
        (id, mut owner): (u64, Mailbox),
        now: FileTime,
    ) -> Result<u64, StoreError> {
        self.want_room(0)?;
        if self.subfolder_named(mailbox, parent, new.name)?.is_some() {
            return Err(StoreError::Exists);
        }
        let mut folder = Folder::new(new.kind, parent, owner.take_folder_change()?, now);
        folder.set_name(new.name);
        if !new.comment.is_empty() {
            folder.properties.set(PropertyTag::PidTagComment.id(), Value::String(new.comment.to_owned()));
        }
        self.put_mailbox(mailbox, &owner)?;
        self.insert_folder(mailbox, id, &folder)?;
        self.inherit_permissions(mailbox, parent, id)?;
        self.touch_hierarchy(mailbox, parent, now)?;
        Ok(id)
    }

    /// Gives a folder a new name, a new parent, or both.
    ///
    /// # Errors
    /// [`StoreError::Exists`]: a sibling has the name. [`StoreError::NotFound`]: no such folder.
    pub fn place_folder(
        &mut self,
        mailbox: u32,
        folder: u64,
        parent: u64,
        name: &str,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let mut record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        match self.subfolder_named(mailbox, parent, name)? {
            Some(other) if other != folder => return Err(StoreError::Exists),
            _ => {}
        }
        self.delete(self.dbs.children, &child_key(mailbox, record.parent, record.name()))?;
        let old_parent = record.parent;
        self.change_subfolder_count(mailbox, old_parent, -1)?;
        record.parent = parent;
        record.set_name(name);
        let mut owner = self.mailbox(mailbox)?;
        owner.stamp_folder(&mut record)?;
        record.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
        self.put_mailbox(mailbox, &owner)?;
        self.insert_folder(mailbox, folder, &record)?;
        if parent == old_parent {
            self.note_renamed(mailbox, folder, parent);
        } else {
            self.note(mailbox, What::FolderMoved { folder, parent, old_parent });
            self.move_in_scopes(mailbox, folder, (old_parent, parent), now)?;
        }
        self.touch_hierarchy(mailbox, old_parent, now)?;
        self.touch_hierarchy(mailbox, parent, now)
    }

    pub(super) fn change_subfolder_count(&mut self, mailbox: u32, folder: u64, by: i32) -> Result<(), StoreError> {
        let mut record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        record.subfolder_count = record.subfolder_count.saturating_add_signed(by);
        self.put_folder(mailbox, folder, &record)
    }

    pub(super) fn touch_hierarchy(&mut self, mailbox: u32, parent: u64, now: FileTime) -> Result<(), StoreError> {
        let mut record = self.folder(mailbox, parent)?.ok_or_else(|| StoreError::NotFound)?;
        record.hierarchy_changed = now;
        record.hierarchy_version = record.hierarchy_version.saturating_add(1);
        self.put_folder(mailbox, parent, &record)?;
        self.note_folder(mailbox, parent)
    }

    /// Copies a folder with its messages and, if asked, the folders below it.
    ///
    /// # Errors
    /// [`StoreError::Exists`]: a sibling has the name. [`StoreError::Full`].
    pub fn copy_folder(
        &mut self,
        mailbox: u32,
        from: u64,
        parent: u64,
        new: &NewFolder<'_>,
        recursive: bool,
        now: FileTime,
    ) -> Result<u64, StoreError> {
        let source = self.any_folder(mailbox, from)?.ok_or_else(|| StoreError::NotFound)?;
        // The tree as it is before the copy, which may lie in it.
        let below = match source.deleted_on {
            _ if !recursive => Vec::new(),
            None => self.subfolders(mailbox, from)?,
            Some(since) => self.deleted_with(mailbox, from, since)?,
        };
        let id = self.make_folder(mailbox, parent, new, now)?;
        let (old_folder, old_parent) = (from, source.parent);
        self.note(mailbox, What::FolderCopied { folder: id, parent, old_folder, old_parent });
        let mut copy = self.folder(mailbox, id)?.ok_or_else(|| StoreError::NotFound)?;
        for (property, stored) in &source.properties.0 {
            let own = copy.properties.0.contains_key(property);
            if !own && !Special::LINKS.iter().any(|link| link.id() == *property) {
                copy.properties.0.insert(*property, stored.clone());
            }
        }
        self.put_folder(mailbox, id, &copy)?;
        self.copy_search(mailbox, from, id, now)?;
        for kind in [Kind::Normal, Kind::Associated] {
            // What was deleted with the folder comes back with it.
            let at = Location { folder: from, kind: Kind::new(kind.is_associated(), source.deleted_on.is_some()) };
            for message in self.messages_since(mailbox, at, source.deleted_on)? {
                self.copy_message(mailbox, at, message, Location { folder: id, kind }, now)?;
            }
        }
        for folder in below {
            let record = self.any_folder(mailbox, folder)?.ok_or_else(|| StoreError::Corrupt(&"children"))?;
            let new = NewFolder { name: record.name(), comment: "", kind: record.kind };
            self.copy_folder(mailbox, folder, id, &new, true, now)?;
        }
        Ok(id)
    }

    /// Deletes a folder for good. `Ok(false)`: it holds something that `depth` does not allow to
    /// go, and everything is as it was.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such folder.
    pub fn delete_folder(
        &mut self,
        mailbox: u32,
        folder: u64,
        depth: DeleteDepth,
        now: FileTime,
    ) -> Result<bool, StoreError> {
        self.delete_tree(mailbox, folder, depth, now, Self::remove_folder)
    }

    /// Has `delete` take away a folder and all below it, from the leaves up, if `depth` allows it.
    pub(super) fn delete_tree(
        &mut self,
        mailbox: u32,
        folder: u64,
        depth: DeleteDepth,
        now: FileTime,
        delete: fn(&mut Self, u32, u64, FileTime) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        if !self.may_delete_folder(mailbox, folder, depth)? {
            return Ok(false);
        }
        let record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        for id in self.subtree(mailbox, folder)?.iter().rev().chain([&folder]) {
            delete(self, mailbox, *id, now)?;
        }
        self.touch_hierarchy(mailbox, record.parent, now)?;
        Ok(true)
    }

    /// Does `depth` allow everything to go that a folder holds?
    fn may_delete_folder(&self, mailbox: u32, folder: u64, depth: DeleteDepth) -> Result<bool, StoreError> {
        let record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        if record.has_messages() && !depth.messages || record.subfolder_count > 0 && !depth.folders {
            return Ok(false);
        }
        if !depth.messages {
            for id in self.subtree(mailbox, folder)? {
                let inner = self.folder(mailbox, id)?.ok_or_else(|| StoreError::Corrupt(&"children"))?;
                if inner.has_messages() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Removes a folder that has none below it but softly deleted ones.
    pub(super) fn remove_folder(&mut self, mailbox: u32, folder: u64, now: FileTime) -> Result<(), StoreError> {
        self.purge_contents(mailbox, folder, now)?;
        let record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        self.delete(self.dbs.children, &child_key(mailbox, record.parent, record.name()))?;
        self.change_subfolder_count(mailbox, record.parent, -1)?;
        self.end_searches_in(mailbox, folder, &record)?;
        self.delete(self.dbs.folders, &Key::mailbox(mailbox).u64(folder))?;
        self.put_permissions(mailbox, folder, &Permissions::initial(folder))?;
        self.note(mailbox, What::FolderDeleted { folder, parent: record.parent });
        self.forget_folder(mailbox, folder)
    }

    /// A receive folder that is gone is no receive folder: the class falls back to the Inbox. Its changes
    /// are forgotten, but that it is gone.
    pub(super) fn forget_folder(&mut self, mailbox: u32, folder: u64) -> Result<(), StoreError> {
        let mut owner = self.mailbox(mailbox)?;
        owner.receive_folders.retain(|row| row.folder != folder);
        owner.take_folder_change()?;
        self.put_mailbox(mailbox, &owner)?;
        self.forget_changes(mailbox, folder)
    }

    /// Folders at any depth below, parents before children.
    ///
    /// # Errors
    /// The tree is damaged.
    pub fn subtree(&self, mailbox: u32, folder: u64) -> Result<Vec<u64>, StoreError> {
        Ok(self.subtree_with_depth(mailbox, folder)?.into_iter().map(|(id, _)| id).collect())
    }

    /// Folders at any depth below with their depth (1: directly below), parents before children.
    ///
    /// # Errors
    /// The tree is damaged.
    pub fn subtree_with_depth(&self, mailbox: u32, folder: u64) -> Result<Vec<(u64, u32)>, StoreError> {
        let mut out = Vec::new();
        let mut stack: Vec<(u64, u32)> = Vec::new();
        let push = |stack: &mut Vec<(u64, u32)>, below: Vec<u64>, depth: u32| {
            stack.extend(below.into_iter().rev().map(|id| (id, depth)));
        };
        push(&mut stack, self.subfolders(mailbox, folder)?, 1);
        while let Some((id, depth)) = stack.pop() {
            if usize::try_from(depth).unwrap_or(usize::MAX) > limits::FOLDER_DEPTH_MAX {
                return Err(StoreError::Corrupt(&"children"));
            }
            out.push((id, depth));
            push(&mut stack, self.subfolders(mailbox, id)?, depth.saturating_add(1));
        }
        Ok(out)
    }

    /// How many folders stand between this one and the root.
    ///
    /// # Errors
    /// The tree is damaged.
    pub fn folder_depth(&self, mailbox: u32, folder: u64) -> Result<usize, StoreError> {
        Ok(self.ancestors(mailbox, folder)?.len())
    }

    /// Parent, grandparent, … up to the root.
    ///
    /// # Errors
    /// The tree is damaged.
    pub fn ancestors(&self, mailbox: u32, folder: u64) -> Result<Vec<u64>, StoreError> {
        let mut out = Vec::new();
        let mut at = folder;
        while at != Special::Root.counter() {
            at = self.any_folder(mailbox, at)?.ok_or_else(|| StoreError::NotFound)?.parent;
            out.push(at);
            if out.len() > limits::FOLDER_DEPTH_MAX.saturating_add(1) {
                return Err(StoreError::Corrupt(&"folder tree"));
            }
        }
        Ok(out)
    }
}
