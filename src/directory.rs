//! Who exists: users, their addresses and distinguished names, and what else the address book
//! lists: rooms, groups, contacts. Asked by authentication, autodiscover, the address book and
//! delivery.
//!
//! A distinguished name never changes and is never given to another user: replies in the wild
//! carry it (outlook.md §2).

mod facts;
mod listing;

pub use crate::store::{EntryKind, Facts, MapiHttp, User};
pub use facts::{FACTS, Fact, fact_of};
pub use listing::{
    Listing, bounded, create_listed, create_resource, expand, listing, listing_by_address, listing_by_dn, listings,
    remove_listed, update_listing,
};

use crate::limits;
use crate::mapi::PropertyTag;
use crate::store::{PUBLIC_STORE, StoreError, Txn, fold};
use crate::wire::{FileTime, Guid};

/// What a new user starts with.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// Primary SMTP address.
    pub address: &'a str,
    /// Name shown.
    pub display_name: &'a str,
    /// A PHC string.
    pub password_hash: &'a str,
    /// May connect with administrator rights.
    pub admin: bool,
}

/// The distinguished name of a user: the last part is unique by the object's GUID, so that a user
/// made again under an old address is somebody else.
fn legacy_dn(organization: &str, address: &str, object_guid: Guid) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '-' }).collect()
    };
    let local = address.split('@').next().unwrap_or_default();
    let mut local = plain(local);
    // PidTagEmailAddress of type EX is limited to 128 characters (outlook.md §2).
    local.truncate(20);
    let mut organization = plain(organization.trim());
    organization.truncate(24);
    let unique: String = object_guid.to_string().chars().take(8).collect();
    format!(
        "/o={}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={unique}-{}",
        organization.trim(),
        local.trim()
    )
}

/// The user with this address or alias, whatever its case.
///
/// # Errors
/// The data file is damaged.
pub fn by_address(txn: &Txn<'_>, address: &str) -> Result<Option<User>, StoreError> {
    txn.user_by(b'a', &fold(address.trim()))
}

/// The user with this distinguished name, present or former (X500), whatever its case.
///
/// # Errors
/// The data file is damaged.
pub fn by_dn(txn: &Txn<'_>, dn: &str) -> Result<Option<User>, StoreError> {
    txn.user_by(b'd', &fold(dn))
}

/// The user who types this to log on: `user@domain`, `DOMAIN\user`, or `user` if only one address
/// has that local part. The part before the backslash may be a domain or its first label.
///
/// # Errors
/// The data file is damaged.
pub fn by_login(txn: &Txn<'_>, login: &str) -> Result<Option<User>, StoreError> {
    if let Some(user) = by_address(txn, login)? {
        return Ok(Some(user));
    }
    let (domain, local) = match login.split_once('\\') {
        Some((domain, local)) => (Some(fold(domain)), local),
        None => (None, login),
    };
    if local.contains('@') {
        return by_address(txn, local);
    }
    let local = fold(local.trim());
    let mut found = None;
    for user in all(txn)? {
        let address = fold(&user.address);
        let Some((its_local, its_domain)) = address.split_once('@') else { continue };
        let in_domain = domain.as_ref().is_none_or(|d| {
            d.is_empty() || d == "." || its_domain == d || its_domain.split('.').next() == Some(d.as_str())
        });
        if its_local == local && in_domain {
            if found.is_some() {
                return Ok(None);
            }
            found = Some(user);
        }
    }
    Ok(found)
}

/// The user with this number.
///
/// # Errors
/// The data file is damaged.
pub fn by_id(txn: &Txn<'_>, id: u32) -> Result<Option<User>, StoreError> {
    txn.user(id)
}

/// All users, by number.
///
/// # Errors
/// The data file is damaged.
pub fn all(txn: &Txn<'_>) -> Result<Vec<User>, StoreError> {
    txn.users()
}

/// From where a user may come by MAPI over HTTP: the user's own switch, else the organisation's.
///
/// # Errors
/// The data file is damaged.
pub fn mapi_http(txn: &Txn<'_>, user: u32) -> Result<MapiHttp, StoreError> {
    txn.user_mapi_http(user)?.map_or_else(|| txn.organization_mapi_http(), Ok)
}

/// The public store, if it is switched on: it looks like a user, and is none.
///
/// # Errors
/// The data file is damaged.
pub fn public_store(txn: &Txn<'_>) -> Result<Option<User>, StoreError> {
    Ok(txn.public_store()?.filter(|public| !public.disabled))
}

/// Switches the public store on, under an address, or off; it is made when that is first asked for.
///
/// # Errors
/// [`StoreError::Exists`]: the address is somebody's.
pub fn set_public_store(
    txn: &mut Txn<'_>,
    organization: &str,
    address: Option<&str>,
    now: FileTime,
) -> Result<(), StoreError> {
    let (public, address) = match (txn.public_store()?, address.map(str::trim)) {
        (None, None) => return Ok(()),
        (Some(public), None) => (User { disabled: true, ..public }, None),
        (Some(public), Some(address)) => (User { disabled: false, ..public }, Some(address)),
        (None, Some(address)) => {
            let object_guid = Guid::from_random(crate::random::bytes());
            let mailbox = txn.create_mailbox(PUBLIC_STORE, now)?;
            let public = User {
                id: PUBLIC_STORE,
                address: String::new(),
                display_name: "Public Folders".to_owned(),
                legacy_dn: legacy_dn(organization, address, object_guid),
                password_hash: String::new(),
                admin: false,
                disabled: false,
                object_guid,
                mailbox_guid: mailbox.guid,
                created: now,
                session_expiry_s: None,
            };
            (public, Some(address))
        }
    };
    let address = address.map_or_else(|| public.address.clone(), str::to_owned);
    txn.put_public_store(&User { address, ..public })
}

/// Who has a mailbox under this address, or distinguished name: a user, or the public store.
///
/// # Errors
/// The data file is damaged.
pub fn by_mailbox_name(txn: &Txn<'_>, address: Option<&str>, dn: Option<&str>) -> Result<Option<User>, StoreError> {
    for (index, name) in [(b'a', address), (b'd', dn)] {
        let Some(name) = name else { continue };
        match txn.entry_by(index, &fold(name.trim()))? {
            Some(PUBLIC_STORE) => return public_store(txn),
            Some(id) => return txn.user(id),
            None => {}
        }
    }
    Ok(None)
}
/// Whether these may be the values of a property that is kept apart from the others, [`Txn::told`]: a
/// photo is one JPEG, certificates are what the client makes of them. None of any other property.
#[must_use]
pub fn may_be_told(property: u16, values: &[Vec<u8>]) -> bool {
    const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF];
    let (most, begin): (usize, &[u8]) = match property {
        id if id == PropertyTag::PidTagThumbnailPhoto.id() => (1, JPEG),
        id if CERTIFICATES.iter().any(|tag| tag.id() == id) => (limits::CERTIFICATES_MAX, &[]),
        _ => return false,
    };
    let fits = |value: &Vec<u8>| value.len() <= limits::TOLD_MAX_BYTES && !value.is_empty() && value.starts_with(begin);
    values.len() <= most && values.iter().all(fits)
}

/// Certificates for encrypted mail: lists.
const CERTIFICATES: [PropertyTag; 2] =
    [PropertyTag::PidTagUserX509Certificate, PropertyTag::PidTagAddressBookX509Certificate];

/// Grows with every change of the directory.
///
/// # Errors
/// The data file is damaged.
pub fn version(txn: &Txn<'_>) -> Result<u64, StoreError> {
    txn.directory_version()
}

/// Makes a user and the mailbox.
///
/// # Errors
/// [`StoreError::Exists`]: the address is taken.
pub fn create(txn: &mut Txn<'_>, organization: &str, new: &NewUser<'_>, now: FileTime) -> Result<User, StoreError> {
    let address = new.address.trim();
    if txn.entry_by(b'a', &fold(address))?.is_some() {
        return Err(StoreError::Exists);
    }
    let object_guid = Guid::from_random(crate::random::bytes());
    let id = txn.take_user_id()?;
    let mailbox = txn.create_mailbox(id, now)?;
    let user = User {
        id,
        address: address.to_owned(),
        display_name: new.display_name.to_owned(),
        legacy_dn: legacy_dn(organization, address, object_guid),
        password_hash: new.password_hash.to_owned(),
        admin: new.admin,
        disabled: false,
        object_guid,
        mailbox_guid: mailbox.guid,
        created: now,
        session_expiry_s: None,
    };
    txn.put_user(&user)?;
    Ok(user)
}

/// Writes a changed user back. Address and distinguished name stay.
///
/// # Errors
/// [`StoreError::NotFound`]: there is no such user.
pub fn update(txn: &mut Txn<'_>, user: &User) -> Result<(), StoreError> {
    let old = txn.user(user.id)?.ok_or_else(|| StoreError::NotFound)?;
    if old.address != user.address || old.legacy_dn != user.legacy_dn {
        return Err(StoreError::Exists);
    }
    txn.put_user(user)
}

/// Removes a user and the mailbox with everything in it.
///
/// # Errors
/// [`StoreError::NotFound`]: there is no such user.
pub fn remove(txn: &mut Txn<'_>, id: u32) -> Result<(), StoreError> {
    txn.delete_user(id)?;
    txn.delete_mailbox(id)
}
