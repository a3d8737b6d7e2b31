//! PLACEHOLDER until delivery lands: accepts a message and loses it.

use crate::mail::Message;
use crate::mapi::ObjectId;
use crate::store::{StoreError, Txn};
use crate::wire::FileTime;

/// One parsed message into one folder.
///
/// # Errors
/// None yet.
pub fn import(
    _txn: &mut Txn<'_>,
    _mailbox: u32,
    _folder: ObjectId,
    _message: &Message,
    _now: FileTime,
) -> Result<ObjectId, StoreError> {
    Ok(ObjectId::NONE)
}
