//! Folders: built-in ones that are missing, loose ones, names, links.

use super::{RECOVERED, Repairs};
use crate::mapi::{PropertyTag, Value};
use crate::sorted::{SortedMap, SortedSet};
use crate::store::check::{below_deleted, broken_links, default_link, message_place, unreachable};
use crate::store::key::{Key, TextKey, last_u64, u64_bytes};
use crate::store::record::Record;
use crate::store::{Folder, FolderKind, Mailbox, Special, StoreError, Txn, fold};
use crate::wire::FileTime;

/// The folders of a mailbox on their way to be a tree.
struct Tree<'a> {
    mailbox: u32,
    owner: &'a mut Mailbox,
    folders: SortedMap<u64, Folder>,
    now: FileTime,
}

impl Txn<'_> {
    pub(super) fn repair_tree(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        now: FileTime,
        done: &mut Repairs,
    ) -> Result<(), StoreError> {
        let before = self.readable_folders(mailbox)?;
        let mut with_messages = SortedSet::new();
        for key in self.keys(self.dbs.messages, &Key::mailbox(mailbox))? {
            with_messages.extend(message_place(&key).map(|(folder, ..)| folder));
        }
        let mut tree = Tree { mailbox, owner, folders: before.clone(), now };
        tree.complete(&with_messages, done)?;
        tree.hang_up(done)?;
        tree.bring_back(done);
        tree.name(done);
        tree.link(done);
        let Tree { folders, owner, .. } = tree;
        for (id, folder) in &folders {
            if before.get(id) != Some(folder) {
                let mut changed = folder.clone();
                owner.stamp_folder(&mut changed)?;
                changed.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
                self.put_folder(mailbox, *id, &changed)?;
            }
        }
        self.index_names(mailbox, &folders, done)
    }

    fn index_names(
        &mut self,
        mailbox: u32,
        folders: &SortedMap<u64, Folder>,
        done: &mut Repairs,
    ) -> Result<(), StoreError> {
        let below = folders.iter().filter(|(id, folder)| **id != folder.parent && folder.deleted_on.is_none());
        let wanted: Vec<(TextKey, [u8; 8])> = below
            .map(|(id, folder)| {
                (Key::mailbox(mailbox).u64(folder.parent).text(fold(folder.name()).as_bytes()), u64_bytes(*id))
            })
            .collect();
        let mut right = self.keys(self.dbs.children, &Key::mailbox(mailbox))?.len() == wanted.len();
        for (key, id) in &wanted {
            right &= self.get_raw(self.dbs.children, key)? == Some(id.as_slice());
        }
        if right {
            return Ok(());
        }
        self.delete_prefix(self.dbs.children, &Key::mailbox(mailbox))?;
        for (key, id) in &wanted {
            self.put_raw(self.dbs.children, key, id)?;
        }
        done.say(format!("mailbox {mailbox}: the names of folders were indexed again"));
        Ok(())
    }

    /// Folders whose records can be read; `remove_unreadable` has removed the others.
    pub(super) fn readable_folders(&self, mailbox: u32) -> Result<SortedMap<u64, Folder>, StoreError> {
        let mut folders = SortedMap::new();
        for entry in self.dbs.folders.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            folders.insert(last_u64(key).ok_or_else(|| StoreError::Corrupt(&"folder"))?, Folder::decode(value)?);
        }
        Ok(folders)
    }
}

impl Tree<'_> {
    /// Makes built-in folders that are missing, and folders for messages that have none.
    fn complete(&mut self, with_messages: &SortedSet<u64>, done: &mut Repairs) -> Result<(), StoreError> {
        for (special, _, parent, ..) in Special::TREE {
            match self.folders.get_mut(&special.counter()) {
                Some(folder) if folder.parent == parent.counter() => {}
                // Outlook shows them only where they belong; the root is its own parent.
                Some(folder) if *special == Special::Root => folder.parent = parent.counter(),
                Some(_) => {}
                None => {
                    self.folders.insert(special.counter(), self.owner.built_in(*special, self.now)?);
                    done.say(format!("mailbox {}: folder {special:?} was made again", self.mailbox));
                }
            }
        }
        for id in with_messages.iter() {
            if !self.folders.contains_key(id) {
                let mut folder = Folder::new(FolderKind::Generic, 0, self.owner.take_folder_change()?, self.now);
                folder.set_name(&format!("Folder {id:x}"));
                self.folders.insert(*id, folder);
                done.say(format!("mailbox {}: folder {id:x} had messages and no record; it is new", self.mailbox));
            }
        }
        let (folders, mailbox) = (&self.folders, self.mailbox);
        self.owner.receive_folders.retain(|row| {
            let exists = folders.contains_key(&row.folder);
            if !exists {
                done.say(format!("mailbox {mailbox}: {:?} is received in the Inbox again", row.message_class));
            }
            exists
        });
        let bare = Mailbox::bare(self.owner.guid, self.owner.repl_guid, self.now);
        if !self.owner.receive_folders.iter().any(|row| row.message_class.is_empty()) {
            self.owner
                .receive_folders
                .extend(bare.receive_folders.into_iter().filter(|row| row.message_class.is_empty()));
        }
        Ok(())
    }

    /// Hangs what is loose below a folder of its own.
    fn hang_up(&mut self, done: &mut Repairs) -> Result<(), StoreError> {
        let mut recovered = None;
        // Each turn frees one folder with all that is below it.
        while let Some(top) = self.top_of_loose() {
            let parent = match recovered {
                Some(id) => id,
                None => *recovered.insert(self.recovered()?),
            };
            if let Some(folder) = self.folders.get_mut(&top) {
                folder.parent = if Special::is_special(top) { Special::IpmSubtree.counter() } else { parent };
                done.say(format!("mailbox {}: folder {:?} hung loose", self.mailbox, folder.name()));
            }
        }
        Ok(())
    }

    /// A loose folder whose parent is missing, or one of a ring.
    fn top_of_loose(&self) -> Option<u64> {
        let loose = unreachable(&self.folders);
        let orphan = |id: &&u64| self.folders.get(id).is_some_and(|f| !self.folders.contains_key(&f.parent));
        loose.iter().find(orphan).or_else(|| loose.first()).copied()
    }

    fn recovered(&mut self) -> Result<u64, StoreError> {
        let top = Special::IpmSubtree.counter();
        let known = |(id, folder): (&u64, &Folder)| {
            (folder.parent == top && fold(folder.name()) == fold(RECOVERED)).then_some(*id)
        };
        if let Some(id) = self.folders.iter().find_map(known) {
            return Ok(id);
        }
        let id = self.owner.take_id()?;
        let mut folder = Folder::new(FolderKind::Generic, top, self.owner.take_folder_change()?, self.now);
        folder.set_name(RECOVERED);
        folder.properties.set(PropertyTag::PidTagContainerClass.id(), Value::String("IPF.Note".to_owned()));
        self.folders.insert(id, folder);
        Ok(id)
    }

    /// A softly deleted folder that holds ordinary ones, or is built in, is no deleted one.
    fn bring_back(&mut self, done: &mut Repairs) {
        loop {
            let parents = below_deleted(&self.folders).into_iter().filter_map(|id| Some(self.folders.get(&id)?.parent));
            let built_in = Special::TREE.iter().map(|(special, ..)| special.counter());
            let is_deleted = |id: &u64| self.folders.get(id).is_some_and(|folder| folder.deleted_on.is_some());
            let Some(wrong) = parents.chain(built_in).find(is_deleted) else { return };
            if let Some(folder) = self.folders.get_mut(&wrong) {
                folder.deleted_on = None;
                done.say(format!("mailbox {}: folder {:?} is no deleted one any more", self.mailbox, folder.name()));
            }
        }
    }

    /// Gives siblings different names; built-in folders, which come first, keep theirs.
    fn name(&mut self, done: &mut Repairs) {
        let mut taken: SortedSet<(u64, String)> = SortedSet::new();
        for (id, folder) in self.folders.iter_mut().filter(|(_, folder)| folder.deleted_on.is_none()) {
            let old = folder.name().to_owned();
            let base = if old.is_empty() { format!("Folder {id:x}") } else { old.clone() };
            let mut name = base.clone();
            let mut number = 1_u32;
            while !taken.insert((folder.parent, fold(&name))) {
                number = number.saturating_add(1);
                name = format!("{base} ({number})");
            }
            if name != old {
                folder.set_name(&name);
                done.say(format!("mailbox {}: folder {old:?} is {name:?} now", self.mailbox));
            }
        }
    }

    fn link(&mut self, done: &mut Repairs) {
        for holder in [Special::Root, Special::Inbox] {
            let Some(folder) = self.folders.get(&holder.counter()) else { continue };
            for tag in broken_links(self.owner, &self.folders, folder) {
                let default = default_link(self.owner, tag);
                if let (Some(folder), Some(value)) = (self.folders.get_mut(&holder.counter()), default) {
                    folder.properties.set(tag.id(), value);
                    done.say(format!(
                        "mailbox {}: property {:04x} of {holder:?} was set again",
                        self.mailbox,
                        tag.id()
                    ));
                }
            }
        }
    }
}
