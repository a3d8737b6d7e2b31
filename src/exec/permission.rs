//! Permissions lists of folders: the table and its changes. MS-OXCPERM 3.2.5. Who may see or change
//! them, and what they mean for everything else: `guard.rs`.

use super::object::Object;
use super::property::put_folder;
use super::table::TableObject;
use super::{Context, Result};
use crate::directory;
use crate::limits;
use crate::mapi::{AddressBookEntryId, ErrorCode, PropertyTag, TaggedValue, Value};
use crate::rop::{
    GetPermissionsTableRequest, GetPermissionsTableResponse, Handles, ModifyPermissionsRequest,
    ModifyPermissionsResponse, PermissionData,
};
use crate::store::{
    BlobRef, EntryKind, MailboxIds, Permissions, Property, Rights, Source, Special, StoreError, Stored, Txn,
};
use crate::wire::Wire;
use std::borrow::Cow;

/// PidTagMemberId of the default user entry. MS-OXCPERM 2.2.5
const DEFAULT: i64 = 0;
/// PidTagMemberId of the anonymous user entry. MS-OXCPERM 2.2.5
const ANONYMOUS: i64 = -1;

/// RopGetPermissionsTable. MS-OXCPERM 3.2.5.1
pub(super) fn get_permissions_table(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetPermissionsTableRequest,
) -> Result<GetPermissionsTableResponse> {
    const INCLUDE_FREE_BUSY: u8 = 0x02;
    if rq.table_flags & !INCLUDE_FREE_BUSY != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let (ids, folder) = cx.folder(handles.input)?;
    cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    let table = TableObject::permissions(folder, rq.table_flags & INCLUDE_FREE_BUSY != 0);
    cx.create(ids, None, Object::Table(Box::new(table)))?;
    Ok(GetPermissionsTableResponse {})
}

/// The members of a list in the order of the table, which is that of their identifiers but that the two
/// that are always there come first.
pub(super) fn members(list: &Permissions) -> impl Iterator<Item = i64> {
    [DEFAULT, ANONYMOUS].into_iter().chain(list.members.keys().map(|member| i64::from(*member)))
}

/// The number in the directory of a member that is no reserved one.
fn number(member: i64) -> Option<u32> {
    u32::try_from(member).ok().filter(|member| *member > 0)
}

fn rights_of(list: &Permissions, member: i64) -> Option<Rights> {
    match member {
        DEFAULT => Some(list.default),
        ANONYMOUS => Some(list.anonymous),
        member => number(member).and_then(|member| list.members.get(&member)).copied(),
    }
}

/// A row of the table.
pub(super) struct MemberView {
    member: i64,
    name: String,
    entry_id: Vec<u8>,
    rights: Rights,
}

impl MemberView {
    /// `None`: the member is not in the list, or nobody any more.
    pub(super) fn new(
        txn: &Txn<'_>,
        list: &Permissions,
        member: i64,
        free_busy: bool,
    ) -> std::result::Result<Option<Self>, StoreError> {
        let Some(rights) = rights_of(list, member) else { return Ok(None) };
        let rights = if free_busy { rights } else { rights.but(Rights::FREE_BUSY) };
        let reserved = |name: &str| Some(Self { member, name: name.to_owned(), entry_id: Vec::new(), rights });
        let Some(entry) = number(member) else {
            return Ok(reserved(if member == ANONYMOUS { "Anonymous" } else { "" }));
        };
        Ok(directory::listing(txn, entry)?.map(|listing| {
            let display_type = u32::from(listing.facts.kind == EntryKind::Group);
            let entry_id = AddressBookEntryId::new(display_type, &listing.legacy_dn).to_bytes();
            Self { member, name: listing.display_name, entry_id, rights }
        }))
    }

    /// What a row has.
    pub(super) const COLUMNS: &'static [PropertyTag] = &[
        PropertyTag::PidTagMemberId,
        PropertyTag::PidTagMemberName,
        PropertyTag::PidTagMemberRights,
        PropertyTag::PidTagEntryId,
    ];
}

impl Source for MemberView {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        let value = match tag.with_type(crate::mapi::PropertyType::Unspecified).id() {
            id if id == PropertyTag::PidTagMemberId.id() => Value::Integer64(self.member),
            id if id == PropertyTag::PidTagMemberName.id() => Value::String(self.name.clone()),
            id if id == PropertyTag::PidTagMemberRights.id() => {
                Value::Integer32(i32::try_from(self.rights.0).unwrap_or(i32::MAX))
            }
            id if id == PropertyTag::PidTagEntryId.id() => Value::Binary(self.entry_id.clone()),
            _ => return None,
        };
        Some(Cow::Owned(Stored::Value(value)))
    }
    fn load(&self, _: BlobRef) -> Option<Value> {
        None
    }
}

/// Whoever makes a folder in a mailbox that he visits owns it.
pub(super) fn own(cx: &mut Context<'_, '_>, ids: MailboxIds, folder: u64) -> Result<()> {
    let Some(user) = ids.visitor else { return Ok(()) };
    let mut list = cx.txn.permissions(ids.mailbox, folder)?;
    list.members.insert(user, Rights::ALL);
    Ok(cx.txn.put_permissions(ids.mailbox, folder, &list)?)
}

fn value(data: &PermissionData, tag: PropertyTag) -> Option<&Value> {
    data.property_values.iter().find(|TaggedValue { tag: other, .. }| *other == tag).map(|found| &found.value)
}

fn member_id(data: &PermissionData) -> Option<i64> {
    match value(data, PropertyTag::PidTagMemberId) {
        Some(Value::Integer64(member)) => Some(*member),
        _ => None,
    }
}

/// Whom a row that is added is about: a user or a group of the address book.
fn added(txn: &Txn<'_>, data: &PermissionData) -> Result<i64> {
    match value(data, PropertyTag::PidTagEntryId) {
        Some(Value::Binary(entry_id)) if !entry_id.is_empty() => {
            let entry = AddressBookEntryId::from_bytes(entry_id).map_err(|_| ErrorCode::InvalidParameter)?;
            let listing = directory::listing_by_dn(txn, &entry.x500_dn)?.ok_or(ErrorCode::UnknownUser)?;
            if listing.facts.kind == EntryKind::Contact {
                return Err(ErrorCode::InvalidParameter.into());
            }
            Ok(i64::from(listing.id))
        }
        // UNVERIFIED: the reserved entries have no PermanentEntryID, so they can only be named so.
        _ => {
            member_id(data).filter(|member| number(*member).is_none()).ok_or_else(|| ErrorCode::InvalidParameter.into())
        }
    }
}

/// How the rights of a row become those that are kept.
struct Writing {
    is_calendar: bool,
    include_free_busy: bool,
}

impl Writing {
    /// Free/busy rights are of the Calendar alone, and set only if that is asked for: otherwise they stay
    /// as they are, and new members get those of MS-OXCPERM 6, <5>.
    fn rights(&self, data: &PermissionData, before: Option<Rights>) -> Result<Rights> {
        let Some(Value::Integer32(bits)) = value(data, PropertyTag::PidTagMemberRights) else {
            return Err(ErrorCode::InvalidParameter.into());
        };
        let rights = Rights(u32::try_from(*bits).map_err(|_| ErrorCode::InvalidParameter)?);
        if rights.but(Rights::ALL.and(Rights::FREE_BUSY)) != Rights::default() {
            return Err(ErrorCode::InvalidParameter.into());
        }
        let plain = rights.but(Rights::FREE_BUSY);
        let detailed = if rights.any(Rights::READ_ANY) { Rights::FREE_BUSY_DETAILED } else { Rights::default() };
        Ok(match (self.is_calendar, self.include_free_busy, before) {
            (false, ..) => plain,
            (true, true, _) => rights,
            (true, false, Some(before)) => plain.and(before.but(Rights::ALL)),
            (true, false, None) => plain.and(Rights::FREE_BUSY_SIMPLE).and(detailed),
        })
    }

    fn row(&self, txn: &Txn<'_>, list: &mut Permissions, data: &PermissionData, replaces: bool) -> Result<()> {
        const ADD_ROW: u8 = 0x01;
        const MODIFY_ROW: u8 = 0x02;
        const REMOVE_ROW: u8 = 0x04;
        let member = match data.permission_data_flags {
            ADD_ROW => added(txn, data)?,
            MODIFY_ROW | REMOVE_ROW if !replaces => member_id(data).ok_or(ErrorCode::InvalidParameter)?,
            _ => return Err(ErrorCode::InvalidParameter.into()),
        };
        let before = rights_of(list, member);
        if data.permission_data_flags == REMOVE_ROW {
            match (member, number(member)) {
                // The two reserved entries are always there: removed, they grant nothing.
                (ANONYMOUS, _) => list.anonymous = Rights::default(),
                (DEFAULT, _) => list.default = Rights::default(),
                (_, number) => drop(number.and_then(|number| list.members.remove(&number))),
            }
            return Ok(());
        }
        // Of somebody who is not in the list, nothing can be changed. MS-OXCPERM 3.2.5.2
        if data.permission_data_flags == MODIFY_ROW && before.is_none() {
            return Ok(());
        }
        let rights = self.rights(data, before)?;
        match (member, number(member)) {
            (DEFAULT, _) => list.default = rights,
            (ANONYMOUS, _) => list.anonymous = rights,
            (_, Some(number)) => drop(list.members.insert(number, rights)),
            (_, None) => return Err(ErrorCode::InvalidParameter.into()),
        }
        Ok(())
    }
}

/// RopModifyPermissions. MS-OXCPERM 3.2.5.2. The folder counts as changed, so that the caches of those
/// who see it from now on get it, and others lose it.
pub(super) fn modify_permissions(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: ModifyPermissionsRequest,
) -> Result<ModifyPermissionsResponse> {
    const REPLACE_ROWS: u8 = 0x01;
    const INCLUDE_FREE_BUSY: u8 = 0x02;
    if rq.modify_flags & !(REPLACE_ROWS | INCLUDE_FREE_BUSY) != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let (ids, folder) = cx.folder(handles.input)?;
    let mut record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    let writing = Writing {
        is_calendar: folder == Special::Calendar.counter(),
        include_free_busy: rq.modify_flags & INCLUDE_FREE_BUSY != 0,
    };
    let before = cx.txn.permissions(ids.mailbox, folder)?;
    let replaces = rq.modify_flags & REPLACE_ROWS != 0;
    let mut list = before.clone();
    if replaces {
        list = Permissions { default: before.default, ..Permissions::default() };
    }
    for data in &rq.permissions_data {
        writing.row(cx.txn, &mut list, data, replaces)?;
    }
    if list.members.len() > limits::PERMISSIONS_MAX {
        return Err(ErrorCode::OutOfMemory.into());
    }
    if list != before {
        cx.txn.put_permissions(ids.mailbox, folder, &list)?;
        put_folder(cx, ids, folder, &mut record)?;
    }
    Ok(ModifyPermissionsResponse {})
}
