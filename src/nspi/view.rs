//! The address book in its order: people by display name, and the ways to find one.
//! MS-OXNSPI 3.1.4.4.1 (tables), 3.1.4.6 (identity), 3.1.4.7 (names)
//!
//! Built once for each version of the directory and shared. Names compare without regard to case,
//! by code point; the collation of a locale (MS-UCODEREF, which MS-OXNSPI 3.1.4.3.5.1 asks for)
//! is left out, SortLocale is not looked at.

use super::message::MinimalId;
use super::text::fold;
use crate::directory::User;
use crate::sorted::SortedSet;
use crate::wire::Guid;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What everyone may know of a user. Deliberately not the directory's record: what is not here
/// (the password hash above all) cannot leak through the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Number of the user and the mailbox.
    pub id: u32,
    /// Primary SMTP address.
    pub address: String,
    /// Name shown.
    pub display_name: String,
    /// PidTagEmailAddress, the distinguished name.
    pub legacy_dn: String,
    /// Identity in the directory.
    pub object_guid: Guid,
    /// Identity of the mailbox, in the name of its server.
    pub mailbox_guid: Guid,
}

impl Person {
    /// What a user of the directory shows to others; nothing if the user is not to be seen.
    #[must_use]
    pub fn listed(user: User) -> Option<Self> {
        (!user.disabled).then_some(Self {
            id: user.id,
            address: user.address,
            display_name: user.display_name,
            legacy_dn: user.legacy_dn,
            object_guid: user.object_guid,
            mailbox_guid: user.mailbox_guid,
        })
    }
}

/// A row of the address book.
#[derive(Debug)]
pub struct Entry {
    /// Identifier; the same in every session.
    pub mid: MinimalId,
    /// Whose row it is.
    pub person: Person,
    /// Display name as it is compared.
    sort_key: String,
    /// Its words as they are compared.
    words: Vec<String>,
}

/// Why a key is in the index of names; exact names come before parts of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Whole display name, or local part of the address.
    Name,
    /// Address.
    Address,
    /// A word of the display name.
    Word,
}

/// The whole address book, sorted.
#[derive(Debug, Default)]
pub struct View {
    entries: Vec<Entry>,
    row_of_mid: HashMap<MinimalId, usize>,
    row_of_dn: HashMap<String, usize>,
    row_of_address: HashMap<String, usize>,
    /// Sorted, so that the names with a prefix lie together.
    names: Vec<(String, Kind, usize)>,
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

impl Entry {
    /// MIds below 10 have a meaning of their own (MS-OXNSPI 2.2.9.1); user numbers are never
    /// reused, so an MId names one object for all time.
    const FIRST_MID: u32 = 0x10;

    fn new(mut person: Person) -> Option<Self> {
        let mid = MinimalId(person.id.checked_add(Self::FIRST_MID)?);
        for text in [&mut person.address, &mut person.display_name, &mut person.legacy_dn] {
            // A zero would end the string on the wire early.
            text.retain(|c| c != '\0');
        }
        let sort_key = fold(&person.display_name);
        let words = words(&sort_key).map(str::to_owned).collect();
        Some(Self { mid, person, sort_key, words })
    }

    /// The part of the address before the @.
    #[must_use]
    pub fn local_part(&self) -> &str {
        local_part(&self.person.address)
    }
}

impl View {
    /// The address book of these people; whoever must not appear is not among them.
    #[must_use]
    pub fn new(people: impl IntoIterator<Item = Person>) -> Self {
        let mut entries: Vec<Entry> = people.into_iter().filter_map(Entry::new).collect();
        entries.sort_by(|a, b| (&a.sort_key, a.mid).cmp(&(&b.sort_key, b.mid)));
        let mut view = Self::default();
        for (row, entry) in entries.iter().enumerate() {
            let address = fold(&entry.person.address);
            view.row_of_mid.insert(entry.mid, row);
            view.row_of_dn.insert(fold(&entry.person.legacy_dn), row);
            view.names.push((entry.sort_key.clone(), Kind::Name, row));
            view.names.push((local_part(&address).to_owned(), Kind::Name, row));
            view.names.push((address.clone(), Kind::Address, row));
            view.names.extend(entry.words.iter().map(|word| (word.clone(), Kind::Word, row)));
            view.row_of_address.insert(address, row);
        }
        view.names.sort();
        view.entries = entries;
        view
    }

    /// Every row in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The row's entry.
    #[must_use]
    pub fn entry(&self, row: usize) -> Option<&Entry> {
        self.entries.get(row)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if nobody is in the address book.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The row of an object; MIds that name a position are no objects.
    #[must_use]
    pub fn row(&self, mid: MinimalId) -> Option<usize> {
        self.row_of_mid.get(&mid).copied()
    }

    /// The object with this MId.
    #[must_use]
    pub fn by_mid(&self, mid: MinimalId) -> Option<&Entry> {
        self.entry(self.row(mid)?)
    }

    /// The object with this distinguished name, in whatever case.
    #[must_use]
    pub fn by_dn(&self, dn: &str) -> Option<&Entry> {
        self.entry(*self.row_of_dn.get(&fold(dn))?)
    }

    /// MId of a row, or that of the end of the table behind the last row.
    #[must_use]
    pub fn mid_at(&self, row: usize) -> MinimalId {
        self.entry(row).map_or(MinimalId::MID_END_OF_TABLE, |entry| entry.mid)
    }

    /// First row whose display name is not before `name`; the number of rows if there is none.
    #[must_use]
    pub fn seek(&self, name: &str) -> usize {
        let name = fold(name);
        self.entries.partition_point(|entry| entry.sort_key < name)
    }

    /// True if the object's display name is not before `name`.
    #[must_use]
    pub fn is_at_or_after(&self, mid: MinimalId, name: &str) -> bool {
        self.by_mid(mid).is_some_and(|entry| entry.sort_key >= fold(name))
    }

    /// Ambiguous name resolution: rows that a person may have meant by `text`, in order, `most`
    /// of them at most. MS-OXNSPI 3.1.4.7 leaves the rules to the server; ours, first match wins:
    ///
    /// - nothing for nothing;
    /// - a distinguished name, a whole address (`SMTP:` before it or not): that object;
    /// - other text with an @: the beginning of an address, as long as the domain is not yet
    ///   written out; a foreign address is never taken for the beginning of one of ours;
    /// - a whole display name or local part: those objects, however many begin likewise;
    /// - the beginning of a display name or local part, or every word the beginning of a word of
    ///   the display name. `=` before the text rules this one out.
    #[must_use]
    pub fn resolve(&self, text: &str, most: usize) -> Vec<usize> {
        let text = fold(text.trim());
        let (whole, text) = text.strip_prefix('=').map_or((false, text.as_str()), |rest| (true, rest.trim()));
        if let Some(dn) = text.strip_prefix("ex:").or_else(|| text.starts_with('/').then_some(text)) {
            return self.row_of_dn.get(dn).copied().into_iter().take(most).collect();
        }
        let (is_address, text) = text.strip_prefix("smtp:").map_or((false, text), |rest| (true, rest.trim()));
        if let Some(row) = self.row_of_address.get(text) {
            return std::iter::once(*row).take(most).collect();
        }
        if text.is_empty() || is_address {
            return Vec::new();
        }
        if let Some((_, domain)) = text.rsplit_once('@') {
            let possible = !whole && !domain.contains('.');
            return if possible { self.beginning_with(text, Kind::Address, most) } else { Vec::new() };
        }
        let exact = self.named(text, most);
        if whole || !exact.is_empty() { exact } else { self.beginning(text, most) }
    }

    fn named(&self, name: &str, most: usize) -> Vec<usize> {
        let rows: SortedSet<usize> = self
            .prefixed(name)
            .take_while(|(key, _, _)| key == name)
            .filter(|(_, kind, _)| *kind == Kind::Name)
            .map(|(_, _, row)| *row)
            .collect();
        rows.into_iter().take(most).collect()
    }

    fn beginning(&self, text: &str, most: usize) -> Vec<usize> {
        let mut rows: SortedSet<usize> = self.beginning_with(text, Kind::Name, most).into_iter().collect();
        let wanted: Vec<&str> = words(text).collect();
        // The longest word leaves the fewest candidates.
        if let Some(longest) = wanted.iter().max_by_key(|word| word.len()) {
            for (_, kind, row) in self.prefixed(longest) {
                if rows.len() >= most {
                    break;
                }
                if *kind == Kind::Word && self.entry(*row).is_some_and(|entry| entry.has_words(&wanted)) {
                    rows.insert(*row);
                }
            }
        }
        rows.into_iter().take(most).collect()
    }

    fn beginning_with(&self, prefix: &str, kind: Kind, most: usize) -> Vec<usize> {
        let mut rows = SortedSet::new();
        for (_, _, row) in self.prefixed(prefix).filter(|(_, k, _)| *k == kind) {
            if rows.len() >= most {
                break;
            }
            rows.insert(*row);
        }
        rows.into_iter().collect()
    }

    fn prefixed<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a (String, Kind, usize)> {
        let first = self.names.partition_point(|(key, _, _)| key.as_str() < prefix);
        self.names.iter().skip(first).take_while(move |(key, _, _)| key.starts_with(prefix))
    }
}

impl Entry {
    fn has_words(&self, wanted: &[&str]) -> bool {
        wanted.iter().all(|begin| self.words.iter().any(|word| word.starts_with(begin)))
    }
}

/// The view of the newest directory that was asked for, shared by every session.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<(u64, Arc<View>)>>);

impl Cache {
    /// The view of this version of the directory, built with `people` if it is not at hand.
    pub fn get<E>(&self, version: u64, people: impl FnOnce() -> Result<Vec<Person>, E>) -> Result<Arc<View>, E> {
        if let Some((held, view)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && *held == version
        {
            return Ok(Arc::clone(view));
        }
        // Built without the lock: others are served meanwhile, at worst two build the same.
        let view = Arc::new(View::new(people()?));
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader with an old snapshot must not displace what newer readers share.
        if held.as_ref().is_none_or(|(held, _)| *held < version) {
            *held = Some((version, Arc::clone(&view)));
        }
        Ok(view)
    }
}
