//! What an object of the address book tells of itself. MS-OXOABK 2.2, MS-OXNSPI 3.1.4.2
//!
//! Only what the directory holds. Photos and certificates lie apart from the rest and are read for the
//! cell that asks for them; conditions do not see them.

use super::message::EphemeralEntryId;
use super::text::{CP_TELETEX, encode};
use super::view::{Entry, View};
use crate::directory::{EntryKind, Listing, may_be_told};
use crate::mapi::{AddressBookEntryId, Cell, ErrorCode, MUIDEMSAB, PropertyTag, PropertyType, Value};
use crate::wire::{Guid, Wire};

/// MAILUSER and DISTLIST of PidTagObjectType. MS-OXOABK 2.2.3.10
const OBJECT_TYPE_MAIL_USER: i32 = 6;
const OBJECT_TYPE_DISTRIBUTION_LIST: i32 = 8;
/// DTE_FLAG_ACL_CAPABLE: permissions can be given to it. MS-OXOABK 2.2.3.12
const ACL_CAPABLE: i32 = 0x4000_0000;

/// DT_MAILUSER, DT_DISTLIST, DT_REMOTE_MAILUSER. MS-OXNSPI 2.2.1.3
pub(super) fn display_type(entry: &Entry) -> u32 {
    match entry.listing.facts.kind {
        EntryKind::Person | EntryKind::Room | EntryKind::Equipment => 0,
        EntryKind::Group => 1,
        EntryKind::Contact => 6,
    }
}

/// The same with DT_ROOM and DT_EQUIPMENT. MS-OXOABK 2.2.3.12
fn display_type_ex(entry: &Entry) -> i32 {
    match entry.listing.facts.kind {
        EntryKind::Person => ACL_CAPABLE,
        EntryKind::Group => 1,
        EntryKind::Contact => 6,
        EntryKind::Room => ACL_CAPABLE | 7,
        EntryKind::Equipment => ACL_CAPABLE | 8,
    }
}

/// Objects lie in the Global Address List, the container 0. MS-OXOABK 2.2.2.3
const CONTAINER_GAL: i32 = 0;

/// AB_RECIPIENTS and AB_UNMODIFIABLE, both of which MUST be set. MS-OXOABK 2.2.2.1
pub(super) const CONTAINER_FLAGS: i32 = 1 | 8;

/// Properties of which this server knows; those with values come first, then those that the
/// default columns and Outlook's contact card ask for. Strings are listed as PtypString.
pub(super) const KNOWN: &[PropertyTag] = &[
    PropertyTag::PidTagEntryId,
    PropertyTag::PidTagObjectType,
    PropertyTag::PidTagDisplayType,
    PropertyTag::PidTagDisplayTypeEx,
    PropertyTag::PidTagDisplayName,
    PropertyTag::PidTagAddressType,
    PropertyTag::PidTagEmailAddress,
    PropertyTag::PidTagSmtpAddress,
    PropertyTag::PidTagAccount,
    PropertyTag::PidTagAddressBookDisplayNamePrintable,
    PropertyTag::PidTagTransmittableDisplayName,
    PropertyTag::PidTagInstanceKey,
    PropertyTag::PidTagRecordKey,
    PropertyTag::PidTagSearchKey,
    PropertyTag::PidTagMappingSignature,
    PropertyTag::PidTagTemplateid,
    PropertyTag::PidTagInitialDetailsPane,
    PropertyTag::PidTagSendRichInfo,
    PropertyTag::PidTagAddressBookContainerId,
    PropertyTag::PidTagAddressBookObjectDistinguishedName,
    PropertyTag::PidTagAddressBookProxyAddresses,
    PropertyTag::PidTagAddressBookObjectGuid,
    PropertyTag::PidTagAddressBookHomeMessageDatabase,
    PropertyTag::PidTagGivenName,
    PropertyTag::PidTagSurname,
    PropertyTag::PidTagInitials,
    PropertyTag::PidTagTitle,
    PropertyTag::PidTagCompanyName,
    PropertyTag::PidTagDepartmentName,
    PropertyTag::PidTagOfficeLocation,
    PropertyTag::PidTagAssistant,
    PropertyTag::PidTagPrimaryTelephoneNumber,
    PropertyTag::PidTagBusinessTelephoneNumber,
    PropertyTag::PidTagMobileTelephoneNumber,
    PropertyTag::PidTagHomeTelephoneNumber,
    PropertyTag::PidTagPagerTelephoneNumber,
    PropertyTag::PidTagPrimaryFaxNumber,
    PropertyTag::PidTagStreetAddress,
    PropertyTag::PidTagLocality,
    PropertyTag::PidTagStateOrProvince,
    PropertyTag::PidTagPostalCode,
    PropertyTag::PidTagCountry,
    PropertyTag::PidTagComment,
    PropertyTag::PidTagAddressBookPhoneticDisplayName,
    PropertyTag::PidTagAddressBookNetworkAddress,
    PropertyTag::PidTagAddressBookX509Certificate,
    PropertyTag::PidTagUserX509Certificate,
    PropertyTag::PidTagThumbnailPhoto,
    PropertyTag::PidTagAddressBookTargetAddress,
    PropertyTag::PidTagAddressBookRoomCapacity,
    PropertyTag::PidTagAddressBookDistributionListMemberCount,
    PropertyTag::PidTagAddressBookDistributionListExternalMemberCount,
    PropertyTag::PidTagContainerFlags,
    PropertyTag::PidTagAddressBookManagerDistinguishedName,
    PropertyTag::PidTagContainerContents,
    PropertyTag::PidTagAddressBookManager,
    PropertyTag::PidTagAddressBookReports,
    PropertyTag::PidTagAddressBookMember,
    PropertyTag::new(PropertyTag::PidTagAddressBookIsMemberOfDistributionList.id(), PropertyType::Object),
    PropertyTag::PidTagAddressBookOwner,
    PropertyTag::PidTagAddressBookOwnerBackLink,
    PropertyTag::PidTagAddressBookPublicDelegates,
];

/// True if values of the property are objects of the address book. GetMatches reads them, and
/// ModLinkAtt would change them.
pub(super) fn is_link(id: u16) -> bool {
    KNOWN.iter().any(|tag| tag.id() == id && tag.property_type() == PropertyType::Object)
}

/// True if an object has such values. A group is a container even of nobody.
pub(super) fn has_object(view: &View, entry: &Entry, id: u16) -> bool {
    let container = id == PropertyTag::PidTagContainerContents.id() && entry.listing.facts.kind == EntryKind::Group;
    container || (is_link(id) && !view.linked(entry, id).is_empty())
}

/// True if the native type of a property is PtypString8, its case counting; all other strings are
/// PtypString. MS-OXNSPI 3.1.4.3.1
pub(super) fn is_case_sensitive_8bit(id: u16) -> bool {
    id == PropertyTag::PidTagAddressBookDisplayNamePrintable.id()
}

/// The tag as QueryColumns and GetPropList report it: strings in Unicode or as PtypString8.
pub(super) fn reported(tag: PropertyTag, unicode: bool) -> PropertyTag {
    let property_type = tag.property_type().unicode();
    tag.with_type(match property_type {
        PropertyType::String if !unicode => PropertyType::String8,
        PropertyType::MultipleString if !unicode => PropertyType::MultipleString8,
        other => other,
    })
}

/// Reads the values of a property that are kept apart: of whom, and which.
pub type Told<'a> = dyn Fn(u32, u16) -> Vec<Vec<u8>> + 'a;

/// How values are to be expressed.
#[derive(Clone, Copy)]
pub(super) struct Format<'a> {
    /// What is kept apart.
    pub(super) told: &'a Told<'a>,
    /// Code page of PtypString8.
    pub(super) code_page: u32,
    /// The server's GUID, if PidTagEntryId is to be ephemeral.
    pub(super) ephemeral: Option<Guid>,
}

/// The value of a column on an object; on no object every value is missing.
pub(super) fn cell(view: &View, entry: Option<&Entry>, column: PropertyTag, format: &Format<'_>) -> Cell {
    let entry = entry.ok_or(ErrorCode::NotFound)?;
    if column.property_type() == PropertyType::Object {
        // The value is told by GetMatches; here is only that there is one.
        return if has_object(view, entry, column.id()) { Ok(Value::Object(0)) } else { Err(ErrorCode::NotFound) };
    }
    let value = match format.ephemeral {
        Some(server_guid) if column.id() == PropertyTag::PidTagEntryId.id() => {
            Value::Binary(EphemeralEntryId::new(server_guid, display_type(entry), entry.mid).to_bytes())
        }
        _ if may_be_told(column.id(), &[]) => told(entry, column.id(), format.told).ok_or(ErrorCode::NotFound)?,
        _ => value(entry, column.id()).ok_or(ErrorCode::NotFound)?,
    };
    match (column.property_type(), value) {
        (PropertyType::Unspecified, Value::String(text)) if is_case_sensitive_8bit(column.id()) => {
            Ok(Value::String8(encode(&text, CP_TELETEX)))
        }
        (PropertyType::Unspecified, value) => Ok(value),
        (PropertyType::String8, Value::String(text)) => Ok(Value::String8(encode(&text, format.code_page))),
        (PropertyType::MultipleString8, Value::MultipleString(texts)) => {
            Ok(Value::MultipleString8(texts.iter().map(|text| encode(text, format.code_page)).collect()))
        }
        (asked, value) if asked == value.property_type() => Ok(value),
        _ => Err(ErrorCode::NotFound),
    }
}

/// The value of a property that is kept apart: a photo, or a list of certificates.
pub(super) fn told(entry: &Entry, id: u16, read: &Told<'_>) -> Option<Value> {
    let mut values = read(entry.listing.id, id);
    match values.len() {
        0 => None,
        _ if id == PropertyTag::PidTagThumbnailPhoto.id() => values.pop().map(Value::Binary),
        _ => Some(Value::MultipleBinary(values)),
    }
}

/// The value of a property in its own type, strings as PtypString.
pub(super) fn value(entry: &Entry, id: u16) -> Option<Value> {
    let listing = &entry.listing;
    let text = |text: &str| Value::String(text.to_owned());
    Some(match *KNOWN.iter().find(|tag| tag.id() == id && tag.property_type() != PropertyType::Object)? {
        PropertyTag::PidTagEntryId | PropertyTag::PidTagRecordKey | PropertyTag::PidTagTemplateid => {
            Value::Binary(AddressBookEntryId::new(display_type(entry), &listing.legacy_dn).to_bytes())
        }
        PropertyTag::PidTagObjectType => Value::Integer32(match listing.facts.kind {
            EntryKind::Group => OBJECT_TYPE_DISTRIBUTION_LIST,
            _ => OBJECT_TYPE_MAIL_USER,
        }),
        PropertyTag::PidTagDisplayType => Value::Integer32(display_type(entry).cast_signed()),
        PropertyTag::PidTagDisplayTypeEx => Value::Integer32(display_type_ex(entry)),
        PropertyTag::PidTagDisplayName | PropertyTag::PidTagTransmittableDisplayName => text(&listing.display_name),
        PropertyTag::PidTagAddressBookDisplayNamePrintable => text(printable(entry)),
        PropertyTag::PidTagAddressType => text("EX"),
        PropertyTag::PidTagEmailAddress | PropertyTag::PidTagAddressBookObjectDistinguishedName => {
            text(&listing.legacy_dn)
        }
        PropertyTag::PidTagSmtpAddress => text(&listing.address),
        PropertyTag::PidTagAccount => text(entry.local_part()),
        PropertyTag::PidTagAddressBookProxyAddresses => Value::MultipleString(proxy_addresses(listing)),
        PropertyTag::PidTagInstanceKey => Value::Binary(entry.mid.to_bytes()),
        PropertyTag::PidTagSearchKey => Value::Binary(search_key(&listing.legacy_dn)),
        PropertyTag::PidTagMappingSignature => Value::Binary(MUIDEMSAB.to_bytes()),
        PropertyTag::PidTagInitialDetailsPane => Value::Integer32(0),
        PropertyTag::PidTagSendRichInfo => Value::Boolean(listing.facts.kind != EntryKind::Contact),
        PropertyTag::PidTagAddressBookContainerId => Value::Integer32(CONTAINER_GAL),
        PropertyTag::PidTagAddressBookObjectGuid => Value::Binary(listing.object_guid.to_bytes()),
        PropertyTag::PidTagAddressBookHomeMessageDatabase => text(&home_message_database(listing)?),
        other => return fact(entry, other),
    })
}

/// What was told of the entry.
fn fact(entry: &Entry, tag: PropertyTag) -> Option<Value> {
    let facts = &entry.listing.facts;
    let group = facts.kind == EntryKind::Group;
    let count = |count: usize| i32::try_from(count).map(Value::Integer32).ok();
    match tag {
        PropertyTag::PidTagAddressBookTargetAddress if facts.kind == EntryKind::Contact => {
            Some(Value::String(format!("SMTP:{}", entry.listing.address)))
        }
        PropertyTag::PidTagAddressBookRoomCapacity => {
            facts.capacity.and_then(|people| i32::try_from(people).ok()).map(Value::Integer32)
        }
        PropertyTag::PidTagContainerFlags if group => Some(Value::Integer32(CONTAINER_FLAGS)),
        PropertyTag::PidTagAddressBookDistributionListMemberCount if group => count(entry.members),
        PropertyTag::PidTagAddressBookDistributionListExternalMemberCount if group => count(entry.external_members),
        PropertyTag::PidTagAddressBookManagerDistinguishedName => entry.manager_dn.clone().map(Value::String),
        // The business telephone is the primary one.
        PropertyTag::PidTagPrimaryTelephoneNumber => {
            let phone = facts.texts.get(&PropertyTag::PidTagBusinessTelephoneNumber.id());
            phone.cloned().map(Value::String)
        }
        other => facts.texts.get(&other.id()).cloned().map(Value::String),
    }
}

/// Upper case marks the primary address. MS-OXOABK 2.2.3.23
fn proxy_addresses(listing: &Listing) -> Vec<String> {
    let primary = std::iter::once(format!("SMTP:{}", listing.address));
    let aliases = listing.facts.aliases.iter().map(|alias| format!("smtp:{alias}"));
    primary.chain(aliases).chain(listing.facts.x500.iter().map(|dn| format!("X500:{dn}"))).collect()
}

/// "EX:", the distinguished name in upper case, a zero. MS-OXOABK 2.2.3.5
fn search_key(legacy_dn: &str) -> Vec<u8> {
    let mut key = format!("EX:{}", legacy_dn.to_uppercase()).into_bytes();
    key.push(0);
    key
}

/// A name in 7 bits for systems that know no more. MS-OXOABK 2.2.3.7
fn printable(entry: &Entry) -> &str {
    let name = entry.listing.display_name.as_str();
    if name.is_ascii() { name } else { entry.local_part() }
}

/// The DN of the mailbox database under that of its server. MS-OXOABK 2.2.4.37
/// UNVERIFIED: that the server is named by mailbox GUID and domain, as Exchange does since 2013;
/// Outlook finds the mailbox by autodiscover and has not been seen to take the name apart.
fn home_message_database(listing: &Listing) -> Option<String> {
    let mailbox_guid = listing.mailbox_guid?;
    let group = listing
        .legacy_dn
        .to_ascii_lowercase()
        .find("/cn=")
        .and_then(|end| listing.legacy_dn.get(..end))
        .unwrap_or_default();
    let domain = listing.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let server = format!("{mailbox_guid}@{domain}");
    Some(format!("{group}/cn=Configuration/cn=Servers/cn={server}/cn=Microsoft Private MDB"))
}
