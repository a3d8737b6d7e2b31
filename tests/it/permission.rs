//! Permissions lists: their table, their changes, and what they let others do. MS-OXCPERM.
//!
//! Ann is the owner; Bob visits her mailbox.

mod list;
mod rights;

use crate::client::{Desk, Place};
use mailstead::client::Session;
use mailstead::directory::User;
use mailstead::mapi::{AddressBookEntryId, ErrorCode, ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{GetPermissionsTableRequest, ModifyPermissionsRequest, PermissionData};
use mailstead::store::{Rights, Special};
use mailstead::wire::Wire as _;
use smol::block_on;
use std::sync::Arc;

const MEMBER_ID: PropertyTag = PropertyTag::PidTagMemberId;
const MEMBER_NAME: PropertyTag = PropertyTag::PidTagMemberName;
const MEMBER_RIGHTS: PropertyTag = PropertyTag::PidTagMemberRights;
const ENTRY_ID: PropertyTag = PropertyTag::PidTagEntryId;

const ADD: u8 = 1;
const MODIFY: u8 = 2;
const REMOVE: u8 = 4;
const REPLACE_ROWS: u8 = 1;
const FREE_BUSY: u8 = 2;

fn rights(bits: u32) -> TaggedValue {
    TaggedValue::new(MEMBER_RIGHTS, Value::Integer32(i32::try_from(bits).unwrap()))
}

fn entry(user: &User) -> TaggedValue {
    TaggedValue::new(ENTRY_ID, Value::Binary(AddressBookEntryId::new(0, &user.legacy_dn).to_bytes()))
}

fn id(member: i64) -> TaggedValue {
    TaggedValue::new(MEMBER_ID, Value::Integer64(member))
}

fn data(permission_data_flags: u8, property_values: Vec<TaggedValue>) -> PermissionData {
    PermissionData { permission_data_flags, property_values }
}

fn change(modify_flags: u8, permissions_data: Vec<PermissionData>) -> ModifyPermissionsRequest {
    ModifyPermissionsRequest { modify_flags, permissions_data }
}

/// What the columns identifier, name, rights and length of the entry id have in each row.
fn list(desk: &mut Desk, folder: u32, table_flags: u8) -> Vec<(i64, String, u32, usize)> {
    let table = desk.make(folder, GetPermissionsTableRequest { table_flags });
    block_on(desk.session.set_columns(table, &[MEMBER_ID, MEMBER_NAME, MEMBER_RIGHTS, ENTRY_ID])).unwrap();
    let rows = desk.rows(table);
    rows.into_iter()
        .map(|row| match <[_; 4]>::try_from(row).unwrap() {
            [
                Ok(Value::Integer64(member)),
                Ok(Value::String(name)),
                Ok(Value::Integer32(rights)),
                Ok(Value::Binary(entry_id)),
            ] => (member, name, u32::try_from(rights).unwrap(), entry_id.len()),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Lets somebody into one of Ann's folders, or out.
#[track_caller]
pub(crate) fn grant(desk: &mut Desk, folder: ObjectId, user: &User, bits: u32) {
    let folder = desk.folder(folder);
    desk.go(folder, change(0, vec![data(ADD, vec![entry(user), rights(bits)])]));
}

/// What everybody may do in one of Ann's folders.
#[track_caller]
fn grant_all(desk: &mut Desk, folder: ObjectId, bits: u32) {
    let folder = desk.folder(folder);
    desk.go(folder, change(0, vec![data(MODIFY, vec![id(0), rights(bits)])]));
}

/// A session of somebody's on Ann's mailbox.
pub(crate) fn visit(place: &Arc<Place>, user: &User) -> Result<Desk, ErrorCode> {
    let mut session: Session<_> = Desk::bare(place, user, false);
    let logon = block_on(session.logon(&place.ann.legacy_dn)).map_err(|e| e.code().unwrap())?;
    Ok(Desk { place: Arc::clone(place), session, logon })
}

/// Bob on Ann's mailbox, with some rights in her Contacts.
fn bob_in_contacts(desk: &mut Desk, bits: u32) -> Desk {
    let bob = desk.place.bob.clone();
    grant(desk, Special::Contacts.id(), &bob, bits);
    visit(&desk.place, &bob).unwrap()
}

const VISIBLE: u32 = Rights::FOLDER_VISIBLE.0;
const READ: u32 = Rights::READ_ANY.0 | VISIBLE;
