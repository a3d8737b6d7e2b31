//! Links: which messages a search folder shows. They are two lists, as those of a folder's own
//! messages are: by message, and by delivery time.

use super::Search;
use crate::limits;
use crate::mapi::{PropertyTag, Restriction};
use crate::sorted::SortedMap;
use crate::store::body::bytes_to_convert;
use crate::store::event::LinkChange;
use crate::store::key::{Key, last_u64, u64_bytes};
use crate::store::schema::Db;
use crate::store::{
    BodyView, IndexOrder, Kind, List, Location, MailboxIds, MessageHead, MessageView, RowChange, RowId, StoreError,
    Stored, Txn, What, matches,
};
use crate::wire::FileTime;

/// What a link keeps of its message: its place in the order of delivery, and what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Link {
    pub(in crate::store) time: u64,
    pub(in crate::store) read: bool,
}

impl Link {
    pub(in crate::store) fn of(head: &MessageHead) -> Self {
        Self { time: head.delivery_time(), read: head.read }
    }
}

/// A stored link.
pub(in crate::store) fn read_link(bytes: &[u8]) -> Option<Link> {
    let [time @ .., read] = bytes else { return None };
    Some(Link { time: last_u64(time)?, read: *read != 0 })
}

/// Which list of a search folder.
pub(in crate::store) fn links_prefix(mailbox: u32, folder: u64, order: IndexOrder) -> Key {
    Key::mailbox(mailbox).u64(folder).u8(u8::from(order == IndexOrder::Delivery))
}

/// A link that is to be there, or not.
pub(super) struct Change {
    pub(super) id: u64,
    /// The folder that the message lies in, or lay in.
    pub(super) home: u64,
    pub(super) link: Option<Link>,
}

/// What it costs to see whether a message matches: its parts, and large values for each part that
/// looks into them.
pub(super) fn cost(restriction: &Restriction, head: &MessageHead) -> u64 {
    /// Bytes of a large value that are read and compared in the time of one part.
    const BYTES: u64 = 4096;
    /// Recipients or attachments that are looked at.
    const SUBOBJECTS: u64 = 32;
    /// Making a form of a body costs so many times what comparing it does.
    const CONVERSION: u64 = 16;
    let made = |tag: &PropertyTag| (bytes_to_convert(head, *tag) / BYTES).saturating_mul(CONVERSION);
    let value = |tag: &PropertyTag| match head.properties.get(tag.id()) {
        Some(Stored::Blob(blob)) => blob.len / BYTES,
        _ => made(tag),
    };
    let inner = match restriction {
        Restriction::And(list) | Restriction::Or(list) => {
            list.iter().fold(0, |sum: u64, part| sum.saturating_add(cost(part, head)))
        }
        Restriction::Not(inner) | Restriction::Count { restriction: inner, .. } => cost(inner, head),
        Restriction::Comment { restriction, .. } => restriction.as_ref().map_or(0, |inner| cost(inner, head)),
        Restriction::SubObject { restriction, .. } => cost(restriction, head).saturating_mul(SUBOBJECTS),
        Restriction::CompareProperties { property_tag1, property_tag2, .. } => {
            value(property_tag1).saturating_add(value(property_tag2))
        }
        Restriction::Content { property_tag, .. }
        | Restriction::Property { property_tag, .. }
        | Restriction::BitMask { property_tag, .. } => value(property_tag),
        Restriction::Size { property_tag, .. } | Restriction::Exist { property_tag } => made(property_tag),
    };
    inner.saturating_add(1)
}

/// Folders above folders, looked up once.
pub(in crate::store) type Ways = SortedMap<u64, Vec<u64>>;

impl Txn<'_> {
    /// The index with a list's rows, and what its keys start with.
    pub(in crate::store) fn list_index(&self, list: List, order: IndexOrder) -> (Db, Key) {
        let List { mailbox, folder, kind } = list;
        match (kind, order) {
            (Kind::Linked, order) => (self.dbs.links, links_prefix(mailbox, folder, order)),
            (kind, IndexOrder::Id) => (self.dbs.messages, Key::mailbox(mailbox).u64(folder).u8(kind as u8)),
            (kind, IndexOrder::Delivery) => (self.dbs.deliveries, Key::mailbox(mailbox).u64(folder).u8(kind as u8)),
        }
    }

    /// A link; one that cannot be read is none, for damage to a search must not keep mail out.
    pub(in crate::store) fn link(&self, mailbox: u32, folder: u64, id: u64) -> Result<Option<Link>, StoreError> {
        let bytes = self.get_raw(self.dbs.links, &links_prefix(mailbox, folder, IndexOrder::Id).u64(id))?;
        Ok(bytes.and_then(read_link))
    }

    /// Where a message is that lies in a folder, or is shown there by a search.
    ///
    /// # Errors
    /// An index is damaged.
    pub fn find_in(&self, mailbox: u32, folder: u64, id: u64) -> Result<Option<Location>, StoreError> {
        match self.locate(mailbox, id)? {
            Some(at) if at.folder == folder => Ok(Some(at)),
            // A link of a static search may have outlived its message, also one deleted softly.
            Some(at) if at.kind == Kind::Normal && self.link(mailbox, folder, id)?.is_some() => Ok(Some(at)),
            _ => Ok(None),
        }
    }

    /// Where the message of a row is; a link may have outlived its message.
    ///
    /// # Errors
    /// An index is damaged.
    pub fn row_location(&self, list: List, id: u64) -> Result<Option<Location>, StoreError> {
        match list.kind {
            Kind::Linked => self.find_in(list.mailbox, list.folder, id),
            kind => Ok(Some(Location { folder: list.folder, kind })),
        }
    }

    /// Puts the links of a message right that was written, or is gone (`head` is `None`) from where
    /// it was. Costs one look where the mailbox has no searches, and never more than
    /// [`limits::SEARCH_LIVE_COST_MAX`] in a transaction: what would cost more is looked at later.
    pub(in crate::store) fn relink(
        &mut self,
        ids: MailboxIds,
        at: Location,
        id: u64,
        head: Option<&MessageHead>,
        now: FileTime,
    ) -> Result<(), StoreError> {
        self.relink_as(ids, at, id, (head, true), now)
    }

    /// As [`Txn::relink`]; whether the message itself changed decides about a link that stays.
    pub(super) fn relink_as(
        &mut self,
        ids: MailboxIds,
        at: Location,
        id: u64,
        (head, is_change): (Option<&MessageHead>, bool),
        now: FileTime,
    ) -> Result<(), StoreError> {
        let mailbox = ids.mailbox;
        let searches = if at.kind == Kind::Normal { self.searches(mailbox)? } else { Vec::new() };
        // A search in what another one shows hears of it in the next round.
        let has_nested = searches.iter().any(|(_, search)| !search.nested.is_empty());
        let rounds = if has_nested { limits::SEARCH_NESTING_MAX.saturating_add(1) } else { 1 };
        let mut ways = Ways::new();
        for round in 0..rounds {
            let mut changed = false;
            for (folder, search) in &searches {
                let old = self.link(mailbox, *folder, id)?;
                let link = match head {
                    None if search.is_static => continue,
                    None => None,
                    Some(head) if search.is_static => old.map(|_| Link::of(head)),
                    Some(_) if !self.covers(mailbox, search, at.folder, id, &mut ways)? => None,
                    Some(head) => self.live_link(ids, (*folder, search), (at, id, head), old)?,
                };
                if old != link || old.is_some() && is_change && round == 0 {
                    changed |= old.is_some() != link.is_some();
                    self.change_links(mailbox, *folder, vec![Change { id, home: at.folder, link }], now)?;
                }
            }
            if !changed {
                break;
            }
        }
        Ok(())
    }

    /// The link that a message in the scope of a dynamic search has from now on.
    fn live_link(
        &mut self,
        ids: MailboxIds,
        (folder, search): (u64, &Search),
        (at, id, head): (Location, u64, &MessageHead),
        old: Option<Link>,
    ) -> Result<Option<Link>, StoreError> {
        // Nothing matches what cannot be read.
        let Some(restriction) = self.search_restriction(ids.mailbox, folder).ok().flatten() else { return Ok(None) };
        if self.events.spend(cost(&restriction, head)) {
            return Ok(self.does_match(ids, &restriction, (at, id, head)).then(|| Link::of(head)));
        }
        self.look_later(ids.mailbox, folder, search, id)?;
        Ok(old.map(|_| Link::of(head)))
    }

    pub(super) fn does_match(
        &self,
        ids: MailboxIds,
        restriction: &Restriction,
        (at, id, head): (Location, u64, &MessageHead),
    ) -> bool {
        let row = RowId { message: id, instance: 0 };
        matches(restriction, &BodyView::new(MessageView::row(self, ids, at.folder, at.kind, row, head)))
    }

    /// Is a message in the scope of a search?
    pub(super) fn covers(
        &self,
        mailbox: u32,
        search: &Search,
        home: u64,
        id: u64,
        ways: &mut Ways,
    ) -> Result<bool, StoreError> {
        if search.folders.contains(&home) {
            return Ok(true);
        }
        if search.recursive {
            if !ways.contains_key(&home) {
                // A folder that hangs loose is below nothing.
                ways.insert(home, self.ancestors(mailbox, home).unwrap_or_default());
            }
            if ways.get(&home).is_some_and(|way| way.iter().any(|folder| search.folders.contains(folder))) {
                return Ok(true);
            }
        }
        for shown_in in &search.nested {
            if self.link(mailbox, *shown_in, id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes, changes and removes links of a search folder, with its counters and events.
    pub(super) fn change_links(
        &mut self,
        mailbox: u32,
        folder: u64,
        changes: Vec<Change>,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let (Some(before), false) = (self.folder(mailbox, folder)?, changes.is_empty()) else { return Ok(()) };
        let mut record = before.clone();
        record.content_version = record.content_version.saturating_add(1);
        let list = List { mailbox, folder, kind: Kind::Linked };
        for Change { id, home, link } in changes {
            let old = self.link(mailbox, folder, id)?;
            let change = match (old, link) {
                (None, None) => continue,
                (None, Some(_)) => LinkChange::Made,
                (Some(_), None) => LinkChange::Gone,
                (Some(old), Some(new)) => LinkChange::Changed { moved: old.time != new.time },
            };
            self.put_link(mailbox, folder, id, (old, link))?;
            let place = |link: Link| (link.time, id);
            let (was, is) = (old.map(place), link.map(place));
            self.note_row(RowChange { list, version: record.content_version, old: was, new: is });
            let step = |count: &mut u32, was: bool, is: bool| {
                *count = count.saturating_add(u32::from(is)).saturating_sub(u32::from(was));
            };
            step(&mut record.content_count, old.is_some(), link.is_some());
            let unread = |link: Option<Link>| link.is_some_and(|link| !link.read);
            step(&mut record.content_unread_count, unread(old), unread(link));
            self.note(mailbox, What::Linked { search: folder, home, id, change });
        }
        record.content_changed = now;
        self.note_counters(mailbox, folder, &before, &record);
        self.put_folder(mailbox, folder, &record)
    }

    fn put_link(
        &mut self,
        mailbox: u32,
        folder: u64,
        id: u64,
        (old, new): (Option<Link>, Option<Link>),
    ) -> Result<(), StoreError> {
        if old == new {
            return Ok(());
        }
        let by_id = links_prefix(mailbox, folder, IndexOrder::Id).u64(id);
        let by_time = |link: Link| links_prefix(mailbox, folder, IndexOrder::Delivery).u64(link.time).u64(id);
        if let Some(old) = old.filter(|old| new.is_none_or(|new| new.time != old.time)) {
            self.delete(self.dbs.links, &by_time(old))?;
        }
        match new {
            Some(link) => {
                let mut value = u64_bytes(link.time).to_vec();
                value.push(u8::from(link.read));
                self.put_raw(self.dbs.links, &by_id, &value)?;
                self.put_raw(self.dbs.links, &by_time(link), &[])
            }
            None => self.delete(self.dbs.links, &by_id).map(drop),
        }
    }
}
