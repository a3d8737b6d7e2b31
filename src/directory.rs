//! PLACEHOLDER until the directory lands: the shape of a user, as agreed in the plan.

use crate::wire::{FileTime, Guid};

/// Somebody with a mailbox.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Mailbox number.
    pub id: u32,
    /// Primary SMTP address, as typed.
    pub address: String,
    /// As shown in the address book.
    pub display_name: String,
    /// Legacy DN.
    pub legacy_dn: String,
    /// PHC string.
    pub password_hash: String,
    /// May use administrative privilege.
    pub admin: bool,
    /// May not log on.
    pub disabled: bool,
    /// Object GUID.
    pub object_guid: Guid,
    /// Mailbox GUID.
    pub mailbox_guid: Guid,
    /// When made.
    pub created: FileTime,
}
