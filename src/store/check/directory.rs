//! The directory: users, groups, contacts, what is told of them, and how they are found.

use super::Violation;
use crate::sorted::{SortedMap, SortedSet};
use crate::store::key::last_u32;
use crate::store::listing::names;
use crate::store::record::Record;
use crate::store::{Facts, Invariant, Listed, StoreError, Txn, User};

impl Txn<'_> {
    /// The users, and the first number that no entry has.
    pub(super) fn check_directory(&self, violations: &mut Vec<Violation>) -> Result<(SortedSet<u32>, u32), StoreError> {
        let mut say = |invariant, what: String| violations.push(Violation { mailbox: None, invariant, what });
        let mut facts: SortedMap<u32, Facts> = self.readable(b"f", "facts of user", &mut say)?;
        let users: SortedMap<u32, User> = self.readable(b"u", "user", &mut say)?;
        let listed: SortedMap<u32, Listed> = self.readable(b"o", "entry", &mut say)?;
        let mut next = 1_u32;
        let mut expected = 0_usize;
        let mut found_by = |id: u32, address: &str, dn: &str, facts: &Facts| {
            for key in names(address, dn, facts) {
                expected = expected.saturating_add(1);
                if self.holder(&key).ok().flatten() != Some(id) {
                    let name = String::from_utf8_lossy(key.get(1..).unwrap_or_default()).into_owned();
                    say(Invariant::Directory, format!("entry {id} is not found by {name}"));
                }
            }
            let known = |other: &u32| users.contains_key(other) || listed.contains_key(other);
            let lists = [&facts.members, &facts.owners, &facts.delegates];
            for gone in lists.iter().flat_map(|list| list.iter()).chain(&facts.manager).filter(|other| !known(other)) {
                say(Invariant::Directory, format!("entry {id} refers to {gone}, which does not exist"));
            }
            next = next.max(id.saturating_add(1));
        };
        for user in users.values() {
            let told = facts.remove(&user.id).unwrap_or_default();
            found_by(user.id, &user.address, &user.legacy_dn, &told);
        }
        for entry in listed.values() {
            found_by(entry.id, &entry.address, &entry.legacy_dn, &entry.facts);
        }
        for id in facts.keys() {
            say(Invariant::Directory, format!("there are facts of a user {id}, who does not exist"));
        }
        let mut indexed = 0_usize;
        for index in [b"a", b"d"] {
            indexed = indexed.saturating_add(self.dbs.directory.prefix_iter(self.ro(), index)?.count());
        }
        if indexed > expected {
            say(Invariant::Directory, format!("{} names lead to nobody", indexed.saturating_sub(expected)));
        }
        Ok((users.into_keys().collect(), next))
    }

    fn readable<T: Record>(
        &self,
        prefix: &[u8],
        what: &str,
        say: &mut dyn FnMut(Invariant, String),
    ) -> Result<SortedMap<u32, T>, StoreError> {
        let mut records = SortedMap::new();
        for entry in self.dbs.directory.prefix_iter(self.ro(), prefix)? {
            let (key, value) = entry?;
            let id = last_u32(key).ok_or_else(|| StoreError::Corrupt(&"directory"))?;
            match T::decode(value) {
                Ok(record) => drop(records.insert(id, record)),
                Err(_) => say(Invariant::Record, format!("{what} {id} cannot be read")),
            }
        }
        Ok(records)
    }

    /// Whether the directory is as it must be.
    pub(in crate::store) fn directory_is_sound(&self) -> Result<bool, StoreError> {
        let mut violations = Vec::new();
        self.check_directory(&mut violations)?;
        Ok(violations.is_empty())
    }
}
