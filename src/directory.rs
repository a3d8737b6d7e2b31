//! PLACEHOLDER on this branch: the directory is being written elsewhere. Only the type that the
//! edge passes around.

use crate::wire::{FileTime, Guid};

/// A user and the mailbox of the same number.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Mailbox number.
    pub id: u32,
    /// Primary SMTP address.
    pub address: String,
    /// As shown to others.
    pub display_name: String,
    /// Legacy distinguished name.
    pub legacy_dn: String,
    /// PHC string.
    pub password_hash: String,
    /// May ask for administrator rights.
    pub admin: bool,
    /// May not log on.
    pub disabled: bool,
    /// Object GUID.
    pub object_guid: Guid,
    /// Mailbox GUID.
    pub mailbox_guid: Guid,
    /// When.
    pub created: FileTime,
}
