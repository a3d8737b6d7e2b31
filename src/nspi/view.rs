//! The address book in its order: entries by display name, the tables that containers are, and the
//! ways to find one. MS-OXNSPI 3.1.4.4.1 (tables), 3.1.4.6 (identity); `anr.rs`: names.
//!
//! Built once for each version of the directory and shared. Names are in the order of
//! `text::collate` in every locale: SortLocale is not looked at.

mod anr;

use super::message::{MinimalId, SortType};
use super::text::{collate, fold};
use crate::directory::{EntryKind, Listing};
use crate::mapi::PropertyTag;
use crate::sorted::{SortedMap, SortedSet, sort, sort_by};
use anr::Names;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A row of the address book.
#[derive(Debug)]
pub struct Entry {
    /// Identifier; the same in every session.
    pub mid: MinimalId,
    /// Whose row it is.
    pub listing: Listing,
    /// Distinguished name of whom it reports to.
    pub manager_dn: Option<String>,
    /// Members of a group, and those of them whose mail lives elsewhere.
    pub members: usize,
    /// See `members`.
    pub external_members: usize,
    /// Display name, or phonetic one, as it is compared.
    sort_key: String,
}

/// The tables of the address book, in the order of the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressList {
    /// The Global Address List.
    Everyone,
    /// People with a mailbox.
    Users,
    /// Distribution lists.
    Groups,
    /// People with a mailbox elsewhere.
    Contacts,
    /// Rooms and equipment.
    Rooms,
}

impl AddressList {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Everyone, Self::Users, Self::Groups, Self::Contacts, Self::Rooms];

    fn holds(self, kind: EntryKind) -> bool {
        match self {
            Self::Everyone => true,
            Self::Users => kind == EntryKind::Person,
            Self::Groups => kind == EntryKind::Group,
            Self::Contacts => kind == EntryKind::Contact,
            Self::Rooms => matches!(kind, EntryKind::Room | EntryKind::Equipment),
        }
    }
}

/// The whole address book, sorted.
#[derive(Debug, Default)]
pub struct View {
    /// In order of names, hidden ones behind all others.
    entries: Vec<Entry>,
    visible: usize,
    /// Entries of each list, ascending.
    lists: Vec<Vec<usize>>,
    entry_of_mid: SortedMap<MinimalId, usize>,
    entry_of_dn: SortedMap<String, usize>,
    names: Names,
    /// A property, the number of an entry, and a visible one that refers to it by that, ascending.
    referring: Vec<((u16, u32), usize)>,
    looks: AtomicUsize,
    /// The same in the order of phonetic names, if there are any.
    phonetic: Option<Box<Self>>,
}

impl Entry {
    /// MIds below 10 have a meaning of their own (MS-OXNSPI 2.2.9.1); numbers of the directory are
    /// never reused, so an MId names one object for all time.
    const FIRST_MID: u32 = 0x10;

    /// `phonetic`: sorted by its phonetic name, if it has one.
    fn new(mut listing: Listing, phonetic: bool) -> Option<Self> {
        let mid = MinimalId(listing.id.checked_add(Self::FIRST_MID)?);
        for text in [&mut listing.address, &mut listing.display_name, &mut listing.legacy_dn] {
            // A zero would end the string on the wire early.
            text.retain(|c| c != '\0');
        }
        let sound = phonetic_name(&listing).filter(|_| phonetic);
        let sort_key = collate(sound.unwrap_or(&listing.display_name));
        Some(Self { mid, listing, manager_dn: None, members: 0, external_members: 0, sort_key })
    }

    /// The part of the address before the @.
    #[must_use]
    pub fn local_part(&self) -> &str {
        anr::local_part(&self.listing.address)
    }
}

impl View {
    /// The address book of these entries; users who may not log on are not in it.
    #[must_use]
    pub fn new(listings: impl IntoIterator<Item = Listing>) -> Self {
        let listed: Vec<Listing> = listings.into_iter().filter(|listing| !listing.disabled).collect();
        let phonetic = listed.iter().any(|listing| phonetic_name(listing).is_some());
        let sounds = phonetic.then(|| Box::new(Self::sorted(listed.clone(), true)));
        Self { phonetic: sounds, ..Self::sorted(listed, false) }
    }

    /// In the order of a sort type: that of display names, or of phonetic names.
    #[must_use]
    pub fn in_order(&self, sort_type: SortType) -> &Self {
        let phonetic = self.phonetic.as_deref().filter(|_| sort_type == SortType::SortTypePhoneticDisplayName);
        phonetic.unwrap_or(self)
    }

    fn sorted(listed: Vec<Listing>, phonetic: bool) -> Self {
        let mut entries: Vec<Entry> = listed.into_iter().filter_map(|listing| Entry::new(listing, phonetic)).collect();
        sort_by(&mut entries, |a, b| {
            let hidden = a.listing.facts.hidden.cmp(&b.listing.facts.hidden);
            hidden.then_with(|| a.sort_key.cmp(&b.sort_key)).then(a.mid.cmp(&b.mid))
        });
        let visible = entries.partition_point(|entry| !entry.listing.facts.hidden);
        let mut view = Self { visible, ..Self::default() };
        for (at, entry) in entries.iter().enumerate() {
            view.names.add(at, entry);
            if at < visible {
                view.refer(at, &entry.listing);
            }
        }
        view.entry_of_mid = entries.iter().enumerate().map(|(at, entry)| (entry.mid, at)).collect();
        // The last of those with one name has it: another's former name does not hide a present one.
        let numbered = || entries.iter().enumerate().map(|(at, entry)| (at, &entry.listing));
        let former = numbered().rev().flat_map(|(at, listing)| listing.facts.x500.iter().map(move |dn| (fold(dn), at)));
        view.entry_of_dn = former.chain(numbered().map(|(at, listing)| (fold(&listing.legacy_dn), at))).collect();
        sort(&mut view.referring);
        let of = |list: &AddressList| (0..visible).filter(|at| holds(&entries, *list, *at)).collect();
        view.lists = AddressList::ALL.iter().map(of).collect();
        view.names.sort();
        let manager = |listing: &Listing| {
            let mid = MinimalId(listing.facts.manager?.checked_add(Entry::FIRST_MID)?);
            entries.get(*view.entry_of_mid.get(&mid)?).map(|entry| entry.listing.legacy_dn.clone())
        };
        let all: SortedSet<u32> = entries.iter().map(|entry| entry.listing.id).collect();
        let contacts: SortedSet<u32> = entries.iter().filter_map(contact).collect();
        let told: Vec<_> = entries.iter().map(|entry| manager(&entry.listing)).collect();
        for (entry, manager_dn) in entries.iter_mut().zip(told) {
            entry.manager_dn = manager_dn;
            let count = |of: &SortedSet<u32>| entry.listing.facts.members.iter().filter(|id| of.contains(*id)).count();
            // Who is disabled is not there, and is not counted.
            (entry.members, entry.external_members) = (count(&all), count(&contacts));
        }
        view.entries = entries;
        view
    }

    fn refer(&mut self, at: usize, listing: &Listing) {
        let facts = &listing.facts;
        let mut refer = |tag: PropertyTag, id: u32| self.referring.push(((tag.id(), id), at));
        facts.manager.iter().for_each(|id| refer(PropertyTag::PidTagAddressBookReports, *id));
        facts.owners.iter().for_each(|id| refer(PropertyTag::PidTagAddressBookOwnerBackLink, *id));
        let member_of = PropertyTag::PidTagAddressBookIsMemberOfDistributionList;
        facts.members.iter().for_each(|id| refer(member_of, *id));
    }

    /// The objects to which a property of an object refers, in order; hidden ones are not told of.
    /// MS-OXOABK 2.2.5, 2.2.6
    #[must_use]
    pub fn linked(&self, entry: &Entry, id: u16) -> Vec<usize> {
        let facts = &entry.listing.facts;
        let manager = facts.manager;
        let numbers: Vec<u32> = match id {
            _ if id == PropertyTag::PidTagAddressBookManager.id() => manager.into_iter().collect(),
            _ if id == PropertyTag::PidTagAddressBookMember.id() => facts.members.iter().copied().collect(),
            // What is in a group as a container. MS-OXOABK 2.2.6.3
            _ if id == PropertyTag::PidTagContainerContents.id() => facts.members.iter().copied().collect(),
            _ if id == PropertyTag::PidTagAddressBookOwner.id() => facts.owners.iter().copied().collect(),
            _ if id == PropertyTag::PidTagAddressBookPublicDelegates.id() => facts.delegates.iter().copied().collect(),
            _ => {
                let key = (id, entry.listing.id);
                let first = self.referring.partition_point(|(other, _)| *other < key);
                let rest = self.referring.get(first..).unwrap_or_default().iter();
                return rest.take_while(|(other, _)| *other == key).map(|(_, at)| *at).collect();
            }
        };
        let mid = |id: &u32| id.checked_add(Entry::FIRST_MID).map(MinimalId);
        let mut rows: Vec<usize> = numbers.iter().filter_map(mid).filter_map(|mid| self.index(mid)).collect();
        rows.retain(|at| *at < self.visible);
        sort(&mut rows);
        rows
    }

    /// One of the lists.
    #[must_use]
    pub fn table(&self, list: AddressList) -> Table<'_> {
        let position = AddressList::ALL.iter().position(|one| *one == list);
        let rows = position.and_then(|at| self.lists.get(at)).map_or(&[][..], Vec::as_slice);
        Table { view: self, rows }
    }

    /// Entries by their place in the whole order.
    #[must_use]
    pub fn entry(&self, at: usize) -> Option<&Entry> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.entries.get(at)
    }

    /// Place of an object in the whole order; MIds that name a position are no objects.
    #[must_use]
    pub fn index(&self, mid: MinimalId) -> Option<usize> {
        self.entry_of_mid.get(&mid).copied()
    }

    /// The object with this MId.
    #[must_use]
    pub fn by_mid(&self, mid: MinimalId) -> Option<&Entry> {
        self.entry(self.index(mid)?)
    }

    /// The object with this distinguished name, present or former, in whatever case.
    #[must_use]
    pub fn by_dn(&self, dn: &str) -> Option<&Entry> {
        self.entry(*self.entry_of_dn.get(&fold(dn))?)
    }

    /// True if the object's display name is not before `name`.
    #[must_use]
    pub fn is_at_or_after(&self, mid: MinimalId, name: &str) -> bool {
        self.by_mid(mid).is_some_and(|entry| entry.sort_key >= collate(name))
    }

    /// How many entries and names were looked at so far: the cost of a call is what it adds.
    #[must_use]
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::Relaxed)
    }
}

fn phonetic_name(listing: &Listing) -> Option<&str> {
    listing.facts.texts.get(&PropertyTag::PidTagAddressBookPhoneticDisplayName.id()).map(String::as_str)
}

fn contact(entry: &Entry) -> Option<u32> {
    (entry.listing.facts.kind == EntryKind::Contact).then_some(entry.listing.id)
}

fn holds(entries: &[Entry], list: AddressList, at: usize) -> bool {
    entries.get(at).is_some_and(|entry| list.holds(entry.listing.facts.kind))
}

/// A list with its rows counted from 0.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    view: &'a View,
    /// Places in the whole order, ascending.
    rows: &'a [usize],
}

impl<'a> Table<'a> {
    /// How many rows there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.rows.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.rows.is_empty()
    }

    /// Places in the whole order.
    #[must_use]
    pub fn rows(self) -> &'a [usize] {
        self.rows
    }

    /// The row of an object, if it is in the list.
    #[must_use]
    pub fn row(self, mid: MinimalId) -> Option<usize> {
        self.rows.binary_search(&self.view.index(mid)?).ok()
    }

    /// The entries from a row on.
    pub fn starting_at(self, row: usize) -> impl Iterator<Item = Option<&'a Entry>> {
        self.rows.iter().skip(row).map(move |at| self.view.entry(*at))
    }

    /// MId of a row, or that of the end of the table behind the last row.
    #[must_use]
    pub fn mid_at(self, row: usize) -> MinimalId {
        let entry = self.rows.get(row).and_then(|at| self.view.entries.get(*at));
        entry.map_or(MinimalId::MID_END_OF_TABLE, |entry| entry.mid)
    }

    /// First row whose display name is not before `name`; the number of rows if there is none.
    #[must_use]
    pub fn seek(self, name: &str) -> usize {
        let name = collate(name);
        self.rows.partition_point(|at| self.view.entry(*at).is_some_and(|entry| entry.sort_key < name))
    }

    /// Ambiguous name resolution in this list; see [`View::resolve`].
    #[must_use]
    pub fn resolve(self, text: &str, most: usize) -> Vec<usize> {
        self.view.resolve(self, text, most)
    }

    /// Whether an entry may be told of here: it is in the list, or, in the list of everyone, it
    /// is hidden and was named exactly.
    fn admits(self, at: usize, exactly: bool) -> bool {
        let whole = self.rows.len() == self.view.visible;
        self.rows.binary_search(&at).is_ok() || (exactly && whole && at >= self.view.visible)
    }
}

/// The view of the newest directory that was asked for, shared by every session.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<(u64, Arc<View>)>>);

impl Cache {
    /// The view of this version of the directory, built with `listings` if it is not at hand.
    pub fn get<E>(&self, version: u64, listings: impl FnOnce() -> Result<Vec<Listing>, E>) -> Result<Arc<View>, E> {
        if let Some((held, view)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && *held == version
        {
            return Ok(Arc::clone(view));
        }
        // Built without the lock: others are served meanwhile, at worst two build the same.
        let view = Arc::new(View::new(listings()?));
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader with an old snapshot must not displace what newer readers share.
        if held.as_ref().is_none_or(|(held, _)| *held < version) {
            *held = Some((version, Arc::clone(&view)));
        }
        Ok(view)
    }
}
