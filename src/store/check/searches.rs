//! Search folders: what they search for exists, and they show what matches.

use super::Findings;
use crate::mapi::Restriction;
use crate::sorted::SortedMap;
use crate::store::key::{Key, last_u64};
use crate::store::record::Record;
use crate::store::search::{Budget, Link, Todo, Ways, criteria_prefix, links_prefix, read_link, restriction_prefix};
use crate::store::{Folder, FolderKind, IndexOrder, Invariant, Kind, List, Search, SearchState, StoreError, Txn};

/// Told of each violation: of which search folder, and what.
type Say<'a> = dyn FnMut(u64, Invariant, String) + 'a;

/// What a key of `links` says: search folder, and whether it is of the list by message.
pub(in crate::store) fn link_place(key: &[u8]) -> Option<(u64, bool)> {
    Some((key.get(4..12).and_then(last_u64)?, key.get(12) == Some(&0)))
}

impl Txn<'_> {
    pub(super) fn check_searches(&self, found: &mut Findings) -> Result<(), StoreError> {
        let mut list = Vec::new();
        self.search_damage(found.mailbox, &mut |_, invariant, what| list.push((invariant, what)))?;
        list.into_iter().for_each(|(invariant, what)| found.say(invariant, what));
        Ok(())
    }

    /// Everything that is wrong with the searches of a mailbox.
    pub(in crate::store) fn search_damage(&self, mailbox: u32, say: &mut Say<'_>) -> Result<(), StoreError> {
        let mut searches: SortedMap<u64, Search> = SortedMap::new();
        for entry in self.dbs.searches.prefix_iter(self.ro(), criteria_prefix(mailbox).bytes())? {
            let (key, value) = entry?;
            let folder = last_u64(key).ok_or_else(|| StoreError::Corrupt(&"searches"))?;
            match Search::decode(value) {
                Ok(search) => drop(searches.insert(folder, search)),
                Err(e) => say(folder, Invariant::Record, format!("search folder {folder:x}: {e}")),
            }
        }
        for entry in self.dbs.searches.prefix_iter(self.ro(), restriction_prefix(mailbox).bytes())? {
            let (key, value) = entry?;
            let folder = last_u64(key).ok_or_else(|| StoreError::Corrupt(&"searches"))?;
            if Restriction::decode(value).is_err() {
                say(folder, Invariant::Record, format!("the restriction of search folder {folder:x} cannot be read"));
            }
            if !searches.contains_key(&folder) {
                say(folder, Invariant::Shown, format!("a restriction of {folder:x}, which does not search"));
            }
        }
        for entry in self.dbs.searching.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let folder = last_u64(key).ok_or_else(|| StoreError::Corrupt(&"searching"))?;
            // Of a deleted one there may be links to remove.
            if !searches.contains_key(&folder) && self.folder(mailbox, folder).is_ok_and(|record| record.is_some()) {
                say(folder, Invariant::Shown, format!("something to do for {folder:x}, which does not search"));
            }
            if Todo::decode(value).is_err() {
                say(folder, Invariant::Record, format!("what is to do for search folder {folder:x} cannot be read"));
            }
        }
        for (folder, search) in &searches {
            self.criteria_damage(mailbox, *folder, search, say)?;
        }
        self.link_damage(mailbox, &searches, say)?;
        for (folder, search) in &searches {
            self.result_damage(mailbox, *folder, search, say)?;
        }
        Ok(())
    }

    fn criteria_damage(&self, mailbox: u32, folder: u64, search: &Search, say: &mut Say<'_>) -> Result<(), StoreError> {
        // Whether its record is there, whatever became of the folder otherwise.
        let record = |id: u64| self.get::<Folder>(self.dbs.folders, &Key::mailbox(mailbox).u64(id));
        let kind = |id: u64| record(id).ok().flatten().map(|record| record.kind);
        if kind(folder) != Some(FolderKind::Search) {
            say(folder, Invariant::Shown, format!("criteria of {folder:x}, which is no search folder"));
        }
        if self.search_restriction(mailbox, folder).is_ok_and(|restriction| restriction.is_none()) {
            say(folder, Invariant::Shown, format!("search folder {folder:x} has lost its restriction"));
        }
        if let Some(gone) = search.folders.iter().find(|named| kind(**named).is_none()) {
            say(
                folder,
                Invariant::Shown,
                format!("search folder {folder:x} searches in {gone:x}, which does not exist"),
            );
        }
        if search.state == SearchState::Running && self.todo(mailbox, folder).is_ok_and(|todo| todo.is_none()) {
            say(folder, Invariant::Shown, format!("the search of folder {folder:x} would never end"));
        }
        Ok(())
    }

    /// The two lists of links say the same, and of searches that exist.
    fn link_damage(
        &self,
        mailbox: u32,
        searches: &SortedMap<u64, Search>,
        say: &mut Say<'_>,
    ) -> Result<(), StoreError> {
        let mut lists: SortedMap<u64, (usize, usize)> = SortedMap::new();
        for entry in self.dbs.links.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, value) = entry?;
            let (folder, is_by_id) = link_place(key).ok_or_else(|| StoreError::Corrupt(&"links"))?;
            let (by_id, by_time) = lists.get_or_insert_with(folder, Default::default);
            if !is_by_id {
                *by_time = by_time.saturating_add(1);
                continue;
            }
            *by_id = by_id.saturating_add(1);
            let id = last_u64(key).ok_or_else(|| StoreError::Corrupt(&"links"))?;
            if !searches.contains_key(&folder) {
                continue;
            }
            let is_listed = read_link(value).is_some_and(|link| {
                let key = links_prefix(mailbox, folder, IndexOrder::Delivery).u64(link.time).u64(id);
                self.get_raw(self.dbs.links, &key).is_ok_and(|entry| entry.is_some())
            });
            if !is_listed {
                let what = format!("message {id:x} is missing in the order of delivery of search folder {folder:x}");
                say(folder, Invariant::Shown, what);
            }
        }
        for (folder, (by_id, by_time)) in lists {
            if !searches.contains_key(&folder) {
                if self.todo(mailbox, folder).is_ok_and(|todo| todo.is_some()) {
                    continue;
                }
                say(folder, Invariant::Shown, format!("messages are shown in {folder:x}, which does not search"));
            }
            if by_id != by_time {
                say(
                    folder,
                    Invariant::Shown,
                    format!("search folder {folder:x} has {by_id} links and {by_time} in order"),
                );
            }
        }
        Ok(())
    }

    /// What a search shows is what it would find now, as far as it has come; a static one only has
    /// its links right.
    fn result_damage(&self, mailbox: u32, folder: u64, search: &Search, say: &mut Say<'_>) -> Result<(), StoreError> {
        let (Ok(owner), Ok(Some(restriction)), Ok(todo)) =
            (self.mailbox(mailbox), self.search_restriction(mailbox, folder), self.todo(mailbox, folder))
        else {
            return Ok(());
        };
        let ids = owner.ids(mailbox);
        let (mut ways, mut budget) = (Ways::new(), Budget::unlimited());
        let mut lists = Vec::new();
        if todo.as_ref().is_none_or(|todo| !todo.prunes()) {
            lists.push(List { mailbox, folder, kind: Kind::Linked });
        }
        if todo.is_none() && search.state == SearchState::Complete && !search.is_static {
            for scope in self.scope_now(mailbox, search).unwrap_or_default() {
                let kind = if search.nested.contains(&scope) { Kind::Linked } else { Kind::Normal };
                lists.push(List { mailbox, folder: scope, kind });
            }
        }
        for list in lists {
            for id in self.message_ids(mailbox, list.folder, list.kind)? {
                // Messages that cannot be read are told of elsewhere.
                let is_wrong = if search.is_static {
                    let shown = self.shown(ids, id).ok().flatten().map(|(_, head)| Link::of(&head));
                    shown.is_some() && self.link(mailbox, folder, id).ok().flatten() != shown
                } else {
                    let with = (&mut ways, &mut budget);
                    let judged = self.judge(ids, (folder, search), &restriction, id, with).ok().flatten();
                    judged.is_some_and(|judgement| judgement.is_wrong)
                };
                if is_wrong {
                    let what = format!("search folder {folder:x} shows message {id:x} wrongly, or not at all");
                    say(folder, Invariant::Shown, what);
                }
            }
        }
        Ok(())
    }
}
