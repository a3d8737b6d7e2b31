//! What users may change through the address book: their own telephone numbers, photo, certificates
//! and delegates, and the members of groups that they own. ModProps, ModLinkAtt. MS-OXNSPI 3.1.4.1.14, 3.1.4.1.15
//!
//! A handler decides and says what is to be done; [`Change::apply`] does it, all of it or nothing.

use super::{Answer, Context, required};
use crate::directory::{self, EntryKind, Listing, fact_of, may_be_told};
use crate::limits::{DIRECTORY_TEXT_MAX, GROUP_MEMBERS_MAX};
use crate::mapi::{AddressBookEntryId, ErrorCode, MUIDEMSAB, PropertyTag, Value};
use crate::nspi::message::{EphemeralEntryId, ModLinkAttRequest, ModPropsRequest};
use crate::nspi::properties::{display_type, is_link};
use crate::nspi::text::decode;
use crate::nspi::view::Entry;
use crate::sorted::sort;
use crate::store::{StoreError, Txn};
use crate::wire::Wire;

/// fDelete. MS-OXNSPI 2.2.1.15
const F_DELETE: u32 = 1;

/// A change that was allowed.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// Facts of an entry by property identifier, and what is kept apart of them; nothing takes one away.
    Facts(u32, Vec<(u16, String)>, Vec<(u16, Vec<Vec<u8>>)>),
    /// Members or delegates of an entry come or go.
    Links {
        /// Whose.
        id: u32,
        /// They are members, not delegates.
        members: bool,
        /// They come.
        add: bool,
        /// Who.
        numbers: Vec<u32>,
    },
}

impl Change {
    /// Does it.
    ///
    /// # Errors
    /// See [`directory::update_listing`].
    pub fn apply(self, txn: &mut Txn<'_>) -> Result<(), StoreError> {
        let (Self::Facts(id, ..) | Self::Links { id, .. }) = &self;
        let mut listing = directory::listing(txn, *id)?.ok_or_else(|| StoreError::NotFound)?;
        match self {
            Self::Facts(user, texts, told) => {
                for (id, values) in told {
                    txn.put_told(user, id, &values)?;
                }
                if texts.is_empty() {
                    return Ok(());
                }
                for (id, text) in texts {
                    if text.is_empty() {
                        listing.facts.texts.remove(&id);
                    } else {
                        listing.facts.texts.insert(id, text);
                    }
                }
            }
            Self::Links { members, add, numbers, .. } => {
                let list = if members { &mut listing.facts.members } else { &mut listing.facts.delegates };
                for number in numbers {
                    if add {
                        list.insert(number);
                    } else {
                        list.remove(&number);
                    }
                }
            }
        }
        directory::update_listing(txn, &listing)
    }
}

/// Whether a user may change which objects a property of an entry refers to.
pub(super) fn may_change_link(user: u32, listing: &Listing, id: u16) -> bool {
    let members = id == PropertyTag::PidTagAddressBookMember.id();
    let delegates = id == PropertyTag::PidTagAddressBookPublicDelegates.id();
    (members && listing.facts.kind == EntryKind::Group && listing.facts.owners.contains(&user))
        || (delegates && listing.id == user)
}

pub(super) fn mod_props(cx: &mut Context<'_>, rq: &ModPropsRequest) -> Answer<()> {
    let state = required(rq.state)?;
    let code_page = cx.code_page(&state)?;
    let removed = required(rq.property_tags.as_ref())?;
    let entry = required(cx.view.by_mid(state.current_rec))?;
    if display_type(entry) != 0 {
        return Err(ErrorCode::InvalidObject);
    }
    if entry.listing.id != cx.user {
        return Err(ErrorCode::AccessDenied);
    }
    let (mut texts, mut told) = (Vec::new(), Vec::new());
    let removed = removed.iter().map(|tag| (tag.id(), &None));
    let given = rq.property_values.iter().flatten().map(|value| (value.tag.id(), &value.value));
    for (id, value) in removed.chain(given) {
        match value {
            None if may_be_told(id, &[]) => told.push((id, Vec::new())),
            Some(Value::Binary(bytes)) => told.push((id, vec![bytes.clone()])),
            Some(Value::MultipleBinary(values)) => told.push((id, values.clone())),
            None => texts.push((id, String::new())),
            Some(Value::String(text)) => texts.push((id, text.clone())),
            Some(Value::String8(bytes)) => texts.push((id, decode(bytes, code_page))),
            Some(_) => return Err(ErrorCode::AccessDenied),
        }
    }
    let allowed = |(id, text): &(u16, String)| {
        let plain = text.chars().count() <= DIRECTORY_TEXT_MAX && !text.chars().any(char::is_control);
        plain && fact_of(*id).is_some_and(|fact| fact.own)
    };
    if !texts.iter().all(allowed) || !told.iter().all(|(id, values)| may_be_told(*id, values)) {
        return Err(ErrorCode::AccessDenied);
    }
    cx.change = Some(Change::Facts(entry.listing.id, texts, told));
    Ok(())
}

pub(super) fn mod_link_att(cx: &mut Context<'_>, rq: &ModLinkAttRequest) -> Answer<()> {
    let property = rq.property_tag.id();
    if !is_link(property) {
        return Err(ErrorCode::NotFound);
    }
    let entry = required(cx.view.by_mid(rq.minimal_id))?;
    if !may_change_link(cx.user, &entry.listing, property) {
        return Err(ErrorCode::AccessDenied);
    }
    let members = property == PropertyTag::PidTagAddressBookMember.id();
    let add = rq.flags & F_DELETE == 0;
    let mut numbers = Vec::new();
    for bytes in rq.entry_ids.iter().flatten() {
        match located(cx, bytes) {
            // What is not there cannot be in the list: nothing to remove.
            None if !add => {}
            Some(other) if !add || fits(entry, other, members) => numbers.push(other.listing.id),
            _ => return Err(ErrorCode::AccessDenied),
        }
    }
    // Named twice is once.
    sort(&mut numbers);
    numbers.dedup();
    let held = if members { &entry.listing.facts.members } else { &entry.listing.facts.delegates };
    let new = numbers.iter().filter(|number| !held.contains(number)).count();
    if add && held.len().saturating_add(new) > GROUP_MEMBERS_MAX {
        return Err(ErrorCode::AccessDenied);
    }
    cx.change = Some(Change::Links { id: entry.listing.id, members, add, numbers });
    Ok(())
}

/// Nobody is a member of itself or acts for itself, and only who can log on acts for another.
fn fits(entry: &Entry, other: &Entry, members: bool) -> bool {
    other.listing.id != entry.listing.id && (members || other.listing.facts.kind == EntryKind::Person)
}

/// The object of a permanent or an ephemeral EntryID. MS-OXNSPI 2.2.9.2, 2.2.9.3
fn located<'a>(cx: &Context<'a>, bytes: &[u8]) -> Option<&'a Entry> {
    if let Ok(entry_id) = EphemeralEntryId::from_bytes(bytes)
        && entry_id.id_type == 0x87
    {
        let ours = entry_id.provider_uid == cx.settings.server_guid;
        return if ours { cx.view.by_mid(entry_id.mid) } else { None };
    }
    let entry_id = AddressBookEntryId::from_bytes(bytes).ok().filter(|id| id.provider_uid == MUIDEMSAB)?;
    cx.view.by_dn(&entry_id.x500_dn)
}
