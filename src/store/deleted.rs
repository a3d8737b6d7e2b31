//! What was deleted softly: out of every ordinary view, kept for a time, and then gone for good.
//! MS-OXCFOLD 2.2.1.3, 2.2.1.11, 3.2.5.3, 3.2.5.11.
//!
//! A softly deleted message is in one of the two lists of deleted messages of its folder. A softly
//! deleted folder keeps its record and its parent, but has no name there; its messages, and the
//! folders below it, are deleted with it, at the same time, and come back with it. Search folders
//! hold nothing of their own and are always deleted for good.

use super::key::{Key, last_u64};
use super::record::Record;
use super::restrict::matches;
use super::{
    DeleteDepth, Folder, FolderKind, FolderView, Kind, Location, MailboxIds, Permissions, Store, StoreError, Txn, What,
};
use crate::limits;
use crate::mapi::{PropertyTag, Restriction, Value};
use crate::wire::FileTime;

/// An entry of `deletions`. Messages stand before folders of the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deleted {
    Message(u64),
    Folder(u64),
}

/// Key in `deletions`.
pub(super) fn deletion_key(mailbox: u32, when: Option<FileTime>, what: Deleted) -> Key {
    let key = Key::mailbox(mailbox).u64(when.unwrap_or_default().0);
    match what {
        Deleted::Message(id) => key.u8(0).u64(id),
        Deleted::Folder(id) => key.u8(1).u64(id),
    }
}

fn parse_deletion(key: &[u8]) -> Option<(u64, Deleted)> {
    let when = key.get(4..12).and_then(last_u64)?;
    let id = last_u64(key.get(13..21)?)?;
    Some((when, if *key.get(12)? == 0 { Deleted::Message(id) } else { Deleted::Folder(id) }))
}

/// Key in `deleted_folders`.
pub(super) fn deleted_folder_key(mailbox: u32, parent: u64, folder: u64) -> Key {
    Key::mailbox(mailbox).u64(parent).u64(folder)
}

impl Txn<'_> {
    /// A folder's record, also when it was deleted softly.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn any_folder(&self, mailbox: u32, folder: u64) -> Result<Option<Folder>, StoreError> {
        self.get(self.dbs.folders, &Key::mailbox(mailbox).u64(folder))
    }

    /// Folders directly below that were deleted softly.
    ///
    /// # Errors
    /// LMDB refuses.
    pub fn deleted_subfolders(&self, mailbox: u32, parent: u64) -> Result<Vec<u64>, StoreError> {
        let prefix = Key::mailbox(mailbox).u64(parent);
        let mut folders = Vec::new();
        for entry in self.dbs.deleted_folders.prefix_iter(self.ro(), prefix.bytes())? {
            folders.extend(last_u64(entry?.0));
        }
        Ok(folders)
    }

    /// Softly deleted folders directly below that were deleted together with their parent.
    pub(super) fn deleted_with(&self, mailbox: u32, parent: u64, since: FileTime) -> Result<Vec<u64>, StoreError> {
        let mut folders = Vec::new();
        for id in self.deleted_subfolders(mailbox, parent)? {
            let record = self.any_folder(mailbox, id)?.ok_or_else(|| StoreError::Corrupt(&"deleted folders"))?;
            folders.extend(record.deleted_on.is_some_and(|when| when >= since).then_some(id));
        }
        Ok(folders)
    }

    /// Messages of a list; with a time, those deleted then or later.
    pub(super) fn messages_since(
        &self,
        mailbox: u32,
        at: Location,
        since: Option<FileTime>,
    ) -> Result<Vec<u64>, StoreError> {
        let mut ids = self.message_ids(mailbox, at.folder, at.kind)?;
        if let Some(since) = since {
            let mut kept = Vec::new();
            for id in ids {
                let head = self.message_head(mailbox, at.folder, at.kind, id)?;
                let is_since = head.and_then(|head| head.deleted_on).is_some_and(|when| when >= since);
                kept.extend(is_since.then_some(id));
            }
            ids = kept;
        }
        Ok(ids)
    }

    /// What all folders of a mailbox say together of what was deleted softly, as one folder would.
    ///
    /// # Errors
    /// A record is damaged.
    pub fn deleted_totals(&self, mailbox: u32) -> Result<Folder, StoreError> {
        let mut all = Folder::new(FolderKind::Root, 0, 0, FileTime::default());
        for entry in self.dbs.folders.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let one = Folder::decode(entry?.1)?;
            for (sum, count) in [
                (&mut all.deleted_count, one.deleted_count),
                (&mut all.deleted_associated_count, one.deleted_associated_count),
                (&mut all.deleted_folder_count, one.deleted_folder_count),
            ] {
                *sum = sum.saturating_add(count);
            }
            all.deleted_size = all.deleted_size.saturating_add(one.deleted_size);
            all.deleted_associated_size = all.deleted_associated_size.saturating_add(one.deleted_associated_size);
        }
        Ok(all)
    }

    fn change_deleted_folder_count(&mut self, mailbox: u32, folder: u64, by: i32) -> Result<(), StoreError> {
        let mut record = self.any_folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        record.deleted_folder_count = record.deleted_folder_count.saturating_add_signed(by);
        self.put_folder(mailbox, folder, &record)
    }

    /// Deletes a folder softly, with all that is in it. `Ok(false)`: it holds something that `depth`
    /// does not allow to go, and everything is as it was.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such folder.
    pub fn soft_delete_folder(
        &mut self,
        mailbox: u32,
        folder: u64,
        depth: DeleteDepth,
        now: FileTime,
    ) -> Result<bool, StoreError> {
        self.delete_tree(mailbox, folder, depth, now, Self::hide_folder)
    }

    fn hide_folder(&mut self, mailbox: u32, folder: u64, now: FileTime) -> Result<(), StoreError> {
        let record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        if record.kind == FolderKind::Search {
            return self.remove_folder(mailbox, folder, now);
        }
        for kind in [Kind::Normal, Kind::Associated] {
            for message in self.message_ids(mailbox, folder, kind)? {
                self.soft_delete_message(mailbox, folder, kind, message, now)?;
            }
        }
        let mut record = self.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        self.delete(self.dbs.children, &super::folder::child_key(mailbox, record.parent, record.name()))?;
        self.change_subfolder_count(mailbox, record.parent, -1)?;
        self.put_raw(self.dbs.deleted_folders, &deleted_folder_key(mailbox, record.parent, folder), &[])?;
        self.change_deleted_folder_count(mailbox, record.parent, 1)?;
        self.put_raw(self.dbs.deletions, &deletion_key(mailbox, Some(now), Deleted::Folder(folder)), &[])?;
        let owner = self.mailbox(mailbox)?;
        // Whoever knows it from before it was deleted is told by comparing, should it come back.
        (record.graves, record.graves_from) = (0, owner.last_change());
        self.end_searches_in(mailbox, folder, &record)?;
        record.deleted_on = Some(now);
        self.put_folder(mailbox, folder, &record)?;
        self.note(mailbox, What::FolderDeleted { folder, parent: record.parent });
        self.forget_folder(mailbox, folder)
    }

    /// Puts a softly deleted folder below `parent`, with all that was deleted together with it.
    ///
    /// # Errors
    /// [`StoreError::Exists`]: a sibling has the name. [`StoreError::NotFound`]: no such folder.
    /// [`StoreError::Quota`].
    pub fn restore_folder(
        &mut self,
        mailbox: u32,
        folder: u64,
        parent: u64,
        name: &str,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let record = self.any_folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        let since = record.deleted_on.ok_or_else(|| StoreError::NotFound)?;
        self.show_folder(mailbox, folder, (parent, name), since, now)?;
        self.touch_hierarchy(mailbox, parent, now)
    }

    fn show_folder(
        &mut self,
        mailbox: u32,
        folder: u64,
        (parent, name): (u64, &str),
        since: FileTime,
        now: FileTime,
    ) -> Result<(), StoreError> {
        if self.subfolder_named(mailbox, parent, name)?.is_some() {
            return Err(StoreError::Exists);
        }
        let mut record = self.any_folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        self.unlist_deleted(mailbox, folder, &record)?;
        let mut owner = self.mailbox(mailbox)?;
        owner.stamp_folder(&mut record)?;
        self.put_mailbox(mailbox, &owner)?;
        self.delete(self.dbs.graves, &Key::mailbox(mailbox).u64(folder))?;
        (record.deleted_on, record.parent) = (None, parent);
        record.set_name(name);
        record.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
        self.insert_folder(mailbox, folder, &record)?;
        self.note(mailbox, What::FolderCreated { folder, parent });
        for kind in [Kind::Deleted, Kind::DeletedAssociated] {
            let at = Location { folder, kind };
            for message in self.messages_since(mailbox, at, Some(since))? {
                // An identifier that was deleted never comes back: clients have forgotten it.
                let to = Location { folder, kind: Kind::new(kind.is_associated(), false) };
                self.move_message(mailbox, at, message, to, now)?;
            }
        }
        for below in self.deleted_with(mailbox, folder, since)? {
            let inner = self.any_folder(mailbox, below)?.ok_or_else(|| StoreError::Corrupt(&"deleted folders"))?;
            match self.show_folder(mailbox, below, (folder, inner.name()), since, now) {
                // Two of one name that were deleted in the same instant: the second stays where it is.
                Ok(()) | Err(StoreError::Exists) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Takes a softly deleted folder out of the lists of what is deleted.
    fn unlist_deleted(&mut self, mailbox: u32, folder: u64, record: &Folder) -> Result<(), StoreError> {
        self.delete(self.dbs.deleted_folders, &deleted_folder_key(mailbox, record.parent, folder))?;
        self.delete(self.dbs.deletions, &deletion_key(mailbox, record.deleted_on, Deleted::Folder(folder)))?;
        self.change_deleted_folder_count(mailbox, record.parent, -1)
    }

    /// Deletes a softly deleted folder for good, with all that is in it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such folder among the deleted ones.
    pub fn purge_folder(&mut self, mailbox: u32, folder: u64, now: FileTime) -> Result<(), StoreError> {
        let found = self.any_folder(mailbox, folder)?;
        found.filter(|record| record.deleted_on.is_some()).ok_or_else(|| StoreError::NotFound)?;
        self.purge_contents(mailbox, folder, now)?;
        let record = self.any_folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
        self.unlist_deleted(mailbox, folder, &record)?;
        self.delete(self.dbs.folders, &Key::mailbox(mailbox).u64(folder))?;
        self.put_permissions(mailbox, folder, &Permissions::initial(folder))
    }

    /// Deletes for good what is in a folder: its messages, and the softly deleted folders below it.
    pub(super) fn purge_contents(&mut self, mailbox: u32, folder: u64, now: FileTime) -> Result<(), StoreError> {
        for below in self.deleted_subfolders(mailbox, folder)? {
            self.purge_folder(mailbox, below, now)?;
        }
        for kind in Kind::ALL {
            for message in self.message_ids(mailbox, folder, kind)? {
                self.delete_message(mailbox, folder, kind, message, now)?;
            }
        }
        Ok(())
    }

    /// What is to go for good next: the oldest, if it was deleted before a time or takes room that
    /// others need.
    fn next_to_purge(&self, mailbox: u32, before: FileTime) -> Result<Option<(u64, Deleted)>, StoreError> {
        let db = self.dbs.deletions.remap_data_type::<heed::types::DecodeIgnore>();
        let Some(first) = db.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())?.next() else { return Ok(None) };
        let (when, what) = parse_deletion(first?.0).ok_or_else(|| StoreError::Corrupt(&"deletions"))?;
        Ok((when < before.0 || !self.mailbox(mailbox)?.allows_deleted()).then_some((when, what)))
    }

    /// Deletes for good, oldest first, what was deleted softly before a time, and beyond that what is
    /// more than may be kept; `limit` objects at most. Returns how many.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn purge_deleted(
        &mut self,
        mailbox: u32,
        before: FileTime,
        limit: usize,
        now: FileTime,
    ) -> Result<usize, StoreError> {
        let mut purged = 0_usize;
        while purged < limit {
            let Some((when, what)) = self.next_to_purge(mailbox, before)? else { break };
            match what {
                Deleted::Message(id) => {
                    if let Some(at) = self.locate(mailbox, id)?.filter(|at| at.kind.is_deleted()) {
                        self.delete_message(mailbox, at.folder, at.kind, id, now)?;
                    }
                }
                Deleted::Folder(id) => match self.purge_folder(mailbox, id, now) {
                    Ok(()) | Err(StoreError::NotFound) => {}
                    Err(other) => return Err(other),
                },
            }
            // It is gone with its object; an entry that names nothing must not stop the rest.
            self.delete(self.dbs.deletions, &deletion_key(mailbox, Some(FileTime(when)), what))?;
            purged = purged.saturating_add(1);
        }
        Ok(purged)
    }
}

impl Store {
    /// Deletes for good, in every mailbox, what was deleted softly before a time; in pieces, so that
    /// writers need not wait. Writes nothing when there is nothing.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn purge_deleted(&self, before: FileTime, now: FileTime) -> Result<usize, StoreError> {
        let mut purged = 0_usize;
        let users = self.read()?.users()?;
        for user in users {
            // A user may have been removed meanwhile, and the mailbox with him.
            while self.read()?.next_to_purge(user.id, before)?.is_some() {
                let mut txn = self.write()?;
                let count = txn.purge_deleted(user.id, before, limits::PURGE_OBJECTS_MAX, now)?;
                txn.commit()?;
                purged = purged.saturating_add(count);
            }
        }
        Ok(purged)
    }
}

/// Rows of a hierarchy table of softly deleted folders, with their depth: those directly below, or
/// all at any depth.
///
/// # Errors
/// The tree is damaged.
pub fn deleted_hierarchy(
    txn: &Txn<'_>,
    ids: MailboxIds,
    folder: u64,
    deep: bool,
    restriction: Option<&Restriction>,
) -> Result<Vec<(u64, u32)>, StoreError> {
    let mut rows = Vec::new();
    let mut stack = vec![(folder, 0_u32)];
    while let Some((at, depth)) = stack.pop() {
        let below = depth.saturating_add(1);
        if usize::try_from(depth).unwrap_or(usize::MAX) > limits::FOLDER_DEPTH_MAX {
            return Err(StoreError::Corrupt(&"deleted folders"));
        }
        for id in txn.deleted_subfolders(ids.mailbox, at)? {
            let record = txn.any_folder(ids.mailbox, id)?.ok_or_else(|| StoreError::Corrupt(&"deleted folders"))?;
            let view = FolderView { txn, ids, folder: id, record: &record, depth: Some(below) };
            if restriction.is_none_or(|r| matches(r, &view)) {
                rows.push((id, below));
            }
            stack.extend(deep.then_some((id, below)));
        }
        if deep {
            stack.extend(txn.subfolders(ids.mailbox, at)?.into_iter().map(|id| (id, below)));
        }
    }
    Ok(rows)
}
