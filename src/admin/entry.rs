//! The address book: what is told of entries, and groups, contacts, rooms and aliases.

use super::{Admin, Refusal, Response, check_address};
use crate::auth::password;
use crate::directory::{self, EntryKind, Facts, Listing, NewUser};
use crate::limits::{DIRECTORY_TEXT_MAX, TOLD_MAX_BYTES};
use crate::mapi::PropertyTag;
use crate::store::{StoreError, Txn};
use serde::{Deserialize, Serialize};

/// Changes to an entry; what is `None` or not there is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EntryChange {
    /// Name shown.
    pub display_name: Option<String>,
    /// In no list.
    pub hidden: Option<bool>,
    /// Address of whom it reports to; nothing takes it away.
    pub manager: Option<String>,
    /// How many people a room holds.
    pub capacity: Option<u32>,
    /// Facts by property identifier; nothing takes one away.
    pub texts: Vec<(u16, String)>,
}

/// What is done to a list of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryList {
    /// Who is in a group.
    Members,
    /// Who may change who is in it.
    Owners,
    /// Other addresses, and those that begin with `/`, which are X500.
    Aliases,
}

/// One entry in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntrySummary {
    /// What it is.
    pub kind: EntryKind,
    /// Primary SMTP address.
    pub address: String,
    /// Name shown.
    pub display_name: String,
    /// In no list.
    pub hidden: bool,
    /// How many people a room holds.
    pub capacity: Option<u32>,
    /// Addresses of its members.
    pub members: Vec<String>,
    /// Addresses of its owners.
    pub owners: Vec<String>,
    /// Its other addresses, X500 ones last.
    pub aliases: Vec<String>,
}

impl Admin {
    pub(super) fn set_photo(&self, address: &str, photo: Vec<u8>) -> Result<(), Refusal> {
        let tag = PropertyTag::PidTagThumbnailPhoto.id();
        let photos = if photo.is_empty() { Vec::new() } else { vec![photo] };
        if !directory::may_be_told(tag, &photos) {
            let most = TOLD_MAX_BYTES >> 10;
            return Err(Refusal::new(format!("a photo is a JPEG of {most} KiB at most"))
                .with_hint("Outlook shows 96 pixels: make it smaller, and save it as JPEG"));
        }
        let mut txn = self.store.write()?;
        let user = super::find(&txn, address)?;
        txn.put_told(user.id, tag, &photos)?;
        Ok(txn.commit()?)
    }

    pub(super) fn entries(&self) -> Result<Response, Refusal> {
        let all = directory::listings(&self.store.read()?)?;
        let addresses = |numbers: &mut dyn Iterator<Item = &u32>| -> Vec<String> {
            numbers
                .filter_map(|id| all.iter().find(|entry| entry.id == *id))
                .map(|entry| entry.address.clone())
                .collect()
        };
        let summary = |entry: &Listing| EntrySummary {
            kind: entry.facts.kind,
            address: entry.address.clone(),
            display_name: entry.display_name.clone(),
            hidden: entry.facts.hidden,
            capacity: entry.facts.capacity,
            members: addresses(&mut entry.facts.members.iter()),
            owners: addresses(&mut entry.facts.owners.iter()),
            aliases: entry.facts.aliases.iter().chain(&entry.facts.x500).cloned().collect(),
        };
        Ok(Response::Entries(all.iter().map(summary).collect()))
    }

    pub(super) fn add_entry(&self, kind: EntryKind, address: &str, change: EntryChange) -> Result<(), Refusal> {
        let domains = if kind == EntryKind::Contact { foreign(address, &self.domains)? } else { self.domains.clone() };
        check_address(address, &domains)?;
        let mut txn = self.store.write()?;
        let name = change.display_name.as_deref().unwrap_or(address);
        let made = match kind {
            EntryKind::Group | EntryKind::Contact => {
                directory::create_listed(&mut txn, &self.organization, kind, address, name)
            }
            _ => {
                // A room opens to those who are allowed in, never with a password.
                let new = NewUser { address, display_name: name, password_hash: password::NOBODY, admin: false };
                let facts = Facts { kind, ..Facts::default() };
                directory::create_resource(&mut txn, &self.organization, &new, &facts, self.clock.now())
            }
        };
        let id = made.map_err(|error| taken(error, address))?;
        let mut entry = directory::listing(&txn, id)?.ok_or_else(|| StoreError::NotFound)?;
        apply(&txn, &mut entry, change)?;
        directory::update_listing(&mut txn, &entry)?;
        Ok(txn.commit()?)
    }

    pub(super) fn remove_entry(&self, kind: EntryKind, address: &str) -> Result<(), Refusal> {
        let mut txn = self.store.write()?;
        let entry = find_entry(&txn, address)?;
        let resource = |kind| matches!(kind, EntryKind::Room | EntryKind::Equipment);
        if entry.facts.kind != kind && !(resource(kind) && resource(entry.facts.kind)) {
            return Err(Refusal::new(format!("{} is {}", entry.address, article(entry.facts.kind))));
        }
        match kind {
            EntryKind::Group | EntryKind::Contact => directory::remove_listed(&mut txn, entry.id)?,
            _ => directory::remove(&mut txn, entry.id)?,
        }
        txn.commit()?;
        (self.changed)(entry.id);
        Ok(())
    }

    pub(super) fn change_entry(&self, address: &str, change: EntryChange) -> Result<(), Refusal> {
        let mut txn = self.store.write()?;
        let mut entry = find_entry(&txn, address)?;
        apply(&txn, &mut entry, change)?;
        directory::update_listing(&mut txn, &entry)?;
        txn.commit()?;
        (self.changed)(entry.id);
        Ok(())
    }

    /// Puts what is named into a list of an entry, or takes it out; all of it or nothing.
    pub(super) fn change_list(
        &self,
        address: &str,
        list: EntryList,
        add: bool,
        names: &[String],
    ) -> Result<(), Refusal> {
        let mut txn = self.store.write()?;
        let mut entry = find_entry(&txn, address)?;
        if list != EntryList::Aliases && entry.facts.kind != EntryKind::Group {
            return Err(Refusal::new(format!("{} is no group", entry.address)));
        }
        for name in names {
            match list {
                EntryList::Aliases => alias(&mut entry, name, add, &self.domains)?,
                EntryList::Members | EntryList::Owners => member(&txn, &mut entry, list, name, add)?,
            }
        }
        match directory::update_listing(&mut txn, &entry) {
            Err(StoreError::Full) => return Err(Refusal::new("that is too much for one entry")),
            other => other.map_err(|error| taken(error, &names.join(", ")))?,
        }
        Ok(txn.commit()?)
    }
}

fn member(txn: &Txn<'_>, group: &mut Listing, list: EntryList, name: &str, add: bool) -> Result<(), Refusal> {
    let one = find_entry(txn, name)?;
    let numbers = if list == EntryList::Members { &mut group.facts.members } else { &mut group.facts.owners };
    if add {
        if one.id == group.id {
            return Err(Refusal::new("a group is no member of itself"));
        }
        numbers.insert(one.id);
    } else if !numbers.remove(&one.id) {
        return Err(Refusal::new(format!("{} is not among them", one.address)));
    }
    Ok(())
}

fn alias(entry: &mut Listing, name: &str, add: bool, domains: &[String]) -> Result<(), Refusal> {
    let name = name.trim();
    let name = name.strip_prefix("x500:").or_else(|| name.strip_prefix("X500:")).unwrap_or(name);
    let x500 = name.starts_with('/');
    let list = if x500 { &mut entry.facts.x500 } else { &mut entry.facts.aliases };
    let at = list.iter().position(|known| known.eq_ignore_ascii_case(name));
    match (add, at) {
        (true, None) => {
            if !x500 {
                check_address(name, domains)?;
            } else if name.trim_end() != name || name.chars().any(char::is_control) {
                return Err(Refusal::new(
                    "an X500 address is a distinguished name such as /o=Org/cn=Recipients/cn=you",
                ));
            }
            list.push(name.to_owned());
        }
        (true, Some(_)) => {}
        (false, Some(at)) => drop(list.remove(at)),
        (false, None) => return Err(Refusal::new(format!("{} is no alias of {}", name.escape_debug(), entry.address))),
    }
    Ok(())
}

fn apply(txn: &Txn<'_>, entry: &mut Listing, change: EntryChange) -> Result<(), Refusal> {
    if let Some(name) = change.display_name {
        entry.display_name = name;
    }
    let facts = &mut entry.facts;
    facts.hidden = change.hidden.unwrap_or(facts.hidden);
    facts.capacity = change.capacity.or(facts.capacity);
    match change.manager.as_deref() {
        None => {}
        Some("") => facts.manager = None,
        Some(address) => {
            let manager = find_entry(txn, address)?.id;
            if manager == entry.id {
                return Err(Refusal::new("nobody reports to oneself"));
            }
            facts.manager = Some(manager);
        }
    }
    for (id, text) in change.texts {
        if text.chars().count() > DIRECTORY_TEXT_MAX {
            return Err(Refusal::new(format!("a fact has at most {DIRECTORY_TEXT_MAX} characters")));
        }
        if text.is_empty() {
            facts.texts.remove(&id);
        } else {
            facts.texts.insert(id, text);
        }
    }
    Ok(())
}

/// The domain of a contact, which is none of ours: a name here would be a mailbox or a group.
fn foreign(address: &str, ours: &[String]) -> Result<Vec<String>, Refusal> {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    if ours.iter().any(|our| our.eq_ignore_ascii_case(domain)) {
        return Err(Refusal::new(format!("{} is in a domain of this server", address.escape_debug()))
            .with_hint("mailstead user add makes a mailbox, mailstead alias add another address of one"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if !domain.contains('.') || !domain.chars().all(plain) {
        return Err(Refusal::new(format!("{} is not an address", address.escape_debug()))
            .with_hint("an address looks like you@example.org"));
    }
    Ok(vec![domain.to_owned()])
}

fn find_entry(txn: &Txn<'_>, address: &str) -> Result<Listing, Refusal> {
    directory::listing_by_address(txn, address)?.ok_or_else(|| {
        let unknown = Refusal::new(format!("there is no entry {}", address.escape_debug()));
        unknown.with_hint("mailstead user list, group list, contact list and room list show what there is")
    })
}

fn taken(error: StoreError, address: &str) -> Refusal {
    match error {
        StoreError::Exists => Refusal::new(format!("{} is taken already", address.escape_debug()))
            .with_hint("mailstead alias list shows whose other addresses there are"),
        other => other.into(),
    }
}

fn article(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Person => "a mailbox",
        EntryKind::Room => "a room",
        EntryKind::Equipment => "equipment",
        EntryKind::Group => "a group",
        EntryKind::Contact => "a contact",
    }
}
