//! Entries of the address book: users, rooms, groups and contacts alike, with what is told of them.

use super::{FACTS, NewUser, User, legacy_dn};
use crate::limits::{DIRECTORY_NAMES_MAX, DIRECTORY_TEXT_MAX, GROUP_MEMBERS_MAX};
use crate::sorted::SortedSet;
use crate::store::{EntryKind, Facts, Listed, StoreError, Txn, fold};
use crate::wire::{FileTime, Guid};

/// An entry of the address book. Deliberately without what only the server may know of a user: the
/// password hash cannot leak from here.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Its number; of a user, that of the mailbox too.
    pub id: u32,
    /// Primary SMTP address.
    pub address: String,
    /// Name shown.
    pub display_name: String,
    /// Distinguished name in the address book.
    pub legacy_dn: String,
    /// PidTagAddressBookObjectGuid.
    pub object_guid: Guid,
    /// MailboxGuid of who has a mailbox.
    pub mailbox_guid: Option<Guid>,
    /// A user who may not log on.
    pub disabled: bool,
    /// Everything else.
    pub facts: Facts,
}

impl Listing {
    fn of_user(user: User, facts: Facts) -> Self {
        Self {
            id: user.id,
            address: user.address,
            display_name: user.display_name,
            legacy_dn: user.legacy_dn,
            object_guid: user.object_guid,
            mailbox_guid: Some(user.mailbox_guid),
            disabled: user.disabled,
            facts,
        }
    }
}

impl From<Listed> for Listing {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            address: listed.address,
            display_name: listed.display_name,
            legacy_dn: listed.legacy_dn,
            object_guid: listed.object_guid,
            mailbox_guid: None,
            disabled: false,
            facts: listed.facts,
        }
    }
}

/// All entries, those with a mailbox first.
///
/// # Errors
/// The data file is damaged.
pub fn listings(txn: &Txn<'_>) -> Result<Vec<Listing>, StoreError> {
    let mut all = Vec::new();
    for user in txn.users()? {
        let facts = txn.facts(user.id)?;
        all.push(Listing::of_user(user, facts));
    }
    all.extend(txn.all_listed()?.into_iter().map(Listing::from));
    Ok(all)
}

/// The entry with this number.
///
/// # Errors
/// The data file is damaged.
pub fn listing(txn: &Txn<'_>, id: u32) -> Result<Option<Listing>, StoreError> {
    if let Some(user) = txn.user(id)? {
        let facts = txn.facts(id)?;
        return Ok(Some(Listing::of_user(user, facts)));
    }
    Ok(txn.listed(id)?.map(Listing::from))
}

/// The entry with this address or alias, whatever its case.
///
/// # Errors
/// The data file is damaged.
pub fn listing_by_address(txn: &Txn<'_>, address: &str) -> Result<Option<Listing>, StoreError> {
    match txn.entry_by(b'a', &fold(address.trim()))? {
        Some(id) => listing(txn, id),
        None => Ok(None),
    }
}

/// The entry with this distinguished name, present or former, whatever its case.
///
/// # Errors
/// The data file is damaged.
pub fn listing_by_dn(txn: &Txn<'_>, dn: &str) -> Result<Option<Listing>, StoreError> {
    match txn.entry_by(b'd', &fold(dn))? {
        Some(id) => listing(txn, id),
        None => Ok(None),
    }
}

/// Makes a room or a piece of equipment: a mailbox that nobody logs on to.
///
/// # Errors
/// [`StoreError::Exists`]: the address is taken.
pub fn create_resource(
    txn: &mut Txn<'_>,
    organization: &str,
    new: &NewUser<'_>,
    facts: &Facts,
    now: FileTime,
) -> Result<u32, StoreError> {
    let user = super::create(txn, organization, new, now)?;
    txn.put_facts(&user, facts)?;
    Ok(user.id)
}

/// Makes a group or a contact.
///
/// # Errors
/// [`StoreError::Exists`]: the address is taken.
pub fn create_listed(
    txn: &mut Txn<'_>,
    organization: &str,
    kind: EntryKind,
    address: &str,
    display_name: &str,
) -> Result<u32, StoreError> {
    let object_guid = Guid::from_random(crate::random::bytes());
    let address = address.trim().to_owned();
    let listed = Listed {
        id: txn.take_user_id()?,
        legacy_dn: legacy_dn(organization, &address, object_guid),
        address,
        display_name: display_name.to_owned(),
        object_guid,
        facts: Facts { kind, ..Facts::default() },
    };
    txn.put_listed(&listed)?;
    Ok(listed.id)
}

/// Removes a group or a contact, also from every group. Its number and its distinguished name are
/// never given to another.
///
/// # Errors
/// [`StoreError::NotFound`]: there is no such entry, or it is a user.
pub fn remove_listed(txn: &mut Txn<'_>, id: u32) -> Result<(), StoreError> {
    txn.delete_listed(id)
}

/// Writes a changed entry back: name and facts. Address, distinguished name and kind stay.
///
/// # Errors
/// [`StoreError::NotFound`]: there is no such entry. [`StoreError::Exists`]: an alias or a former
/// name is another's. [`StoreError::Full`]: see [`bounded`].
pub fn update_listing(txn: &mut Txn<'_>, changed: &Listing) -> Result<(), StoreError> {
    if !bounded(&changed.facts) {
        return Err(StoreError::Full);
    }
    if let Some(mut user) = txn.user(changed.id)? {
        if user.display_name != changed.display_name {
            user.display_name.clone_from(&changed.display_name);
            txn.put_user(&user)?;
        }
        return txn.put_facts(&user, &changed.facts);
    }
    let mut listed = txn.listed(changed.id)?.ok_or_else(|| StoreError::NotFound)?;
    listed.display_name.clone_from(&changed.display_name);
    listed.facts.clone_from(&changed.facts);
    txn.put_listed(&listed)
}

/// Whether facts are within bounds: texts of known properties, and lists.
#[must_use]
pub fn bounded(facts: &Facts) -> bool {
    let short = |text: &String| text.chars().count() <= DIRECTORY_TEXT_MAX;
    facts.texts.iter().all(|(id, text)| FACTS.iter().any(|fact| fact.tag.id() == *id) && short(text))
        && facts.aliases.iter().chain(&facts.x500).all(short)
        && facts.aliases.len() <= DIRECTORY_NAMES_MAX
        && facts.x500.len() <= DIRECTORY_NAMES_MAX
        && [&facts.members, &facts.owners, &facts.delegates].iter().all(|list| list.len() <= GROUP_MEMBERS_MAX)
}

/// Everyone in a group, groups in it taken apart: entries that are no groups, each once. Groups
/// that contain each other end, too.
///
/// # Errors
/// The data file is damaged.
pub fn expand(txn: &Txn<'_>, group: u32) -> Result<Vec<Listing>, StoreError> {
    let mut seen = SortedSet::new();
    let mut waiting = vec![group];
    let mut found = Vec::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(entry) = listing(txn, id)? else { continue };
        if entry.facts.kind == EntryKind::Group {
            waiting.extend(entry.facts.members.iter().rev());
        } else {
            found.push(entry);
        }
    }
    Ok(found)
}
