//! Names: what a person may type to mean an entry. MS-OXNSPI 3.1.4.7
//!
//! Each kind of name is a sorted list of its own, so that those with a prefix lie together and a
//! search looks at those only.

use super::{Entry, Table, View};
use crate::mapi::PropertyTag;
use crate::nspi::text::{collate, fold};
use crate::sorted::{SortedMap, SortedSet, sort};
use std::sync::atomic::Ordering;

/// Names of a kind with the entries that have them.
type Sorted = Vec<(String, usize)>;

/// Under what entries are found.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Whole display names, local parts of addresses and aliases.
    whole: Sorted,
    /// Addresses and aliases.
    addresses: Sorted,
    /// Words of display names and of names in parts.
    words: Sorted,
    /// Addresses and aliases, of hidden entries too.
    entry_of_address: SortedMap<String, usize>,
    /// The same before it is sorted.
    every_address: Sorted,
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

pub(super) fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

/// Texts that have parts of a name.
fn name_texts(entry: &Entry) -> impl Iterator<Item = &str> {
    let parts =
        [PropertyTag::PidTagGivenName, PropertyTag::PidTagSurname, PropertyTag::PidTagAddressBookPhoneticDisplayName];
    let texts = &entry.listing.facts.texts;
    let parts = parts.into_iter().filter_map(|tag| texts.get(&tag.id()).map(String::as_str));
    std::iter::once(entry.listing.display_name.as_str()).chain(parts)
}

impl Names {
    pub(super) fn add(&mut self, at: usize, entry: &Entry) {
        let listing = &entry.listing;
        for address in std::iter::once(&listing.address).chain(&listing.facts.aliases) {
            let address = fold(address);
            if !listing.facts.hidden {
                self.whole.push((collate(local_part(&address)), at));
                self.addresses.push((address.clone(), at));
            }
            self.every_address.push((address, at));
        }
        if listing.facts.hidden {
            return;
        }
        self.whole.push((collate(&listing.display_name), at));
        for text in name_texts(entry) {
            self.words.extend(words(&collate(text)).map(|word| (word.to_owned(), at)));
        }
    }

    pub(super) fn sort(&mut self) {
        for list in [&mut self.whole, &mut self.addresses, &mut self.words] {
            sort(list);
            list.dedup();
        }
        self.entry_of_address = std::mem::take(&mut self.every_address).into_iter().collect();
    }
}

/// The names that begin like this.
fn beginning<'a>(list: &'a Sorted, prefix: &str) -> &'a [(String, usize)] {
    let first = list.partition_point(|(name, _)| name.as_str() < prefix);
    let rest = list.get(first..).unwrap_or_default();
    let end = rest.partition_point(|(name, _)| name.starts_with(prefix));
    rest.get(..end).unwrap_or_default()
}

impl View {
    /// Ambiguous name resolution: entries of a list that a person may have meant by `text`, in
    /// order, `most` of them at most. MS-OXNSPI 3.1.4.7 leaves the rules to the server; ours,
    /// first match wins:
    ///
    /// - nothing for nothing;
    /// - a distinguished name, a whole address (`SMTP:` before it or not): that object, even if
    ///   it is hidden;
    /// - other text with an @: the beginning of an address, as long as the domain is not yet
    ///   written out; a foreign address is never taken for the beginning of one of ours;
    /// - a whole display name or local part: those objects, however many begin likewise;
    /// - the beginning of a display name or local part, or every word the beginning of a part of
    ///   the name. `=` before the text rules this one out.
    pub(super) fn resolve(&self, table: Table<'_>, text: &str, most: usize) -> Vec<usize> {
        let text = fold(text.trim());
        let (whole, text) = text.strip_prefix('=').map_or((false, text.as_str()), |rest| (true, rest.trim()));
        let one = |at: Option<&usize>| -> Vec<usize> {
            at.copied().into_iter().filter(|at| table.admits(*at, true)).take(most).collect()
        };
        let dn = ["ex:", "x500:"].into_iter().find_map(|prefix| text.strip_prefix(prefix));
        if let Some(dn) = dn.or_else(|| text.starts_with('/').then_some(text)) {
            return one(self.entry_of_dn.get(dn));
        }
        let (is_address, text) = text.strip_prefix("smtp:").map_or((false, text), |rest| (true, rest.trim()));
        if let Some(at) = self.names.entry_of_address.get(text) {
            return one(Some(at));
        }
        if text.is_empty() || is_address {
            return Vec::new();
        }
        if let Some((_, domain)) = text.rsplit_once('@') {
            let possible = !whole && !domain.contains('.');
            let addresses = if possible { beginning(&self.names.addresses, text) } else { &[] };
            return self.first(table, addresses, most, &|_| true).into_iter().collect();
        }
        let text = &collate(text);
        if text.is_empty() {
            return Vec::new();
        }
        // The names that are exactly this one come first of those that begin with it.
        let named = beginning(&self.names.whole, text);
        let exact = named.get(..named.partition_point(|(name, _)| name == text)).unwrap_or_default();
        let exact = self.first(table, exact, most, &|_| true);
        if whole || !exact.is_empty() {
            return exact.into_iter().collect();
        }
        let mut found = self.first(table, named, most, &|_| true);
        let wanted: Vec<&str> = words(text).collect();
        let fewest = wanted.iter().map(|word| beginning(&self.names.words, word)).min_by_key(|list| list.len());
        let has_all = |entry: &Entry| {
            let folded: Vec<String> = name_texts(entry).map(collate).collect();
            let has = |begin: &&str| folded.iter().any(|text| words(text).any(|word| word.starts_with(*begin)));
            wanted.iter().all(has)
        };
        found.extend(self.first(table, fewest.unwrap_or_default(), most, &has_all));
        found.into_iter().take(most).collect()
    }

    /// The entries of a list behind the first names for which `holds`, until there are `most`.
    fn first(
        &self,
        table: Table<'_>,
        names: &[(String, usize)],
        most: usize,
        holds: &dyn Fn(&Entry) -> bool,
    ) -> SortedSet<usize> {
        let mut found = SortedSet::new();
        for (_, at) in names {
            if found.len() >= most {
                break;
            }
            self.looks.fetch_add(1, Ordering::Relaxed);
            if table.admits(*at, false) && self.entries.get(*at).is_some_and(holds) {
                found.insert(*at);
            }
        }
        found
    }
}
