//! Search folders: criteria that lead nowhere go; what a search shows is searched for again.

use super::Repairs;
use crate::sorted::SortedMap;
use crate::sorted::SortedSet;
use crate::store::check::link_place;
use crate::store::key::Key;
use crate::store::search::{Todo, criteria_prefix, restriction_prefix};
use crate::store::{Folder, FolderKind, SearchState, StoreError, Txn};

impl Txn<'_> {
    pub(super) fn repair_searches(&mut self, mailbox: u32, done: &mut Repairs) -> Result<(), StoreError> {
        let mut damaged = SortedSet::new();
        self.search_damage(mailbox, &mut |folder, _, _| {
            damaged.insert(folder);
        })?;
        let (mut again, mut removed) = (0_usize, 0_usize);
        for folder in damaged {
            self.delete_prefix(self.dbs.links, &Key::mailbox(mailbox).u64(folder))?;
            let kind = self.folder(mailbox, folder)?.map(|record| record.kind);
            let search = self.search(mailbox, folder)?.filter(|_| kind == Some(FolderKind::Search));
            match search.filter(|_| self.search_restriction(mailbox, folder).is_ok_and(|r| r.is_some())) {
                Some(mut search) => {
                    let mut folders = Vec::new();
                    for named in &search.folders {
                        if self.folder(mailbox, *named)?.is_some() {
                            folders.push(*named);
                        }
                    }
                    search.nested.retain(|named| folders.contains(named));
                    search.folders = folders;
                    search.state = SearchState::Running;
                    self.put_search(mailbox, folder, &search)?;
                    let scope = self.scope_now(mailbox, &search)?;
                    self.put_todo(mailbox, folder, &Todo::new(scope))?;
                    again = again.saturating_add(1);
                }
                None => {
                    self.delete(self.dbs.searches, &criteria_prefix(mailbox).u64(folder))?;
                    self.delete(self.dbs.searches, &restriction_prefix(mailbox).u64(folder))?;
                    self.delete(self.dbs.searching, &Key::mailbox(mailbox).u64(folder))?;
                    removed = removed.saturating_add(1);
                }
            }
        }
        done.count(mailbox, again, "search folders that search again");
        done.count(mailbox, removed, "searches that were removed");
        Ok(())
    }

    /// Counts what search folders show.
    pub(super) fn recount_links(&self, mailbox: u32, folders: &mut SortedMap<u64, Folder>) -> Result<(), StoreError> {
        for entry in self.dbs.links.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let Some((folder, true)) = link_place(key) else { continue };
            let Some(folder) = folders.get_mut(&folder) else { continue };
            let unread = value.last() == Some(&0);
            folder.content_count = folder.content_count.saturating_add(1);
            folder.content_unread_count = folder.content_unread_count.saturating_add(u32::from(unread));
        }
        Ok(())
    }
}
