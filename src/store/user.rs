//! Records of the directory; what they mean is `directory.rs`.

use super::key::Key;
use super::listing::{facts_key, names};
use super::record::Record;
use super::{StoreError, Txn, fold};
use crate::wire::{FileTime, Guid};
use serde::{Deserialize, Serialize};

/// A user with a mailbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Number of the mailbox; never used again.
    pub id: u32,
    /// Primary SMTP address, as typed.
    pub address: String,
    /// Name shown.
    pub display_name: String,
    /// Distinguished name in the address book (ESSDN).
    pub legacy_dn: String,
    /// Password hash, a PHC string.
    pub password_hash: String,
    /// May connect with administrator rights.
    pub admin: bool,
    /// May not log on.
    pub disabled: bool,
    /// PidTagAddressBookObjectGuid.
    pub object_guid: Guid,
    /// MailboxGuid of the mailbox.
    pub mailbox_guid: Guid,
    /// When the user was made.
    pub created: FileTime,
    /// Seconds that a session lives without a request; `None`: what the configuration says.
    pub session_expiry_s: Option<u32>,
}

impl Record for User {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"user";
}

pub(super) fn user_key(id: u32) -> Key {
    Key::new().u8(b'u').u32(id)
}

fn number(bytes: &[u8]) -> Result<u32, StoreError> {
    bytes.try_into().map(u32::from_le_bytes).map_err(|_| StoreError::Corrupt(&"directory"))
}

impl Txn<'_> {
    pub(crate) fn user(&self, id: u32) -> Result<Option<User>, StoreError> {
        self.get(self.dbs.directory, &user_key(id))
    }

    pub(crate) fn user_by(&self, index: u8, folded: &str) -> Result<Option<User>, StoreError> {
        match self.entry_by(index, folded)? {
            Some(id) => self.user(id),
            None => Ok(None),
        }
    }

    pub(crate) fn users(&self) -> Result<Vec<User>, StoreError> {
        let prefix = Key::new().u8(b'u');
        let entries = self.dbs.directory.prefix_iter(self.ro(), prefix.bytes())?;
        entries.map(|entry| User::decode(entry?.1)).collect()
    }

    pub(crate) fn directory_version(&self) -> Result<u64, StoreError> {
        match self.get_raw(self.dbs.directory, &Key::new().u8(b'v'))? {
            Some(bytes) => bytes.try_into().map(u64::from_le_bytes).map_err(|_| StoreError::Corrupt(&"directory")),
            None => Ok(0),
        }
    }

    pub(super) fn bump_directory(&mut self) -> Result<(), StoreError> {
        let next = self.directory_version()?.saturating_add(1);
        self.put_raw(self.dbs.directory, &Key::new().u8(b'v'), &next.to_le_bytes())
    }

    /// A user number that was never used.
    pub(crate) fn take_user_id(&mut self) -> Result<u32, StoreError> {
        self.want_room(0)?;
        let id = self.next_user_id()?;
        self.put_next_user_id(id.checked_add(1).ok_or_else(|| StoreError::Full)?)?;
        Ok(id)
    }

    pub(super) fn next_user_id(&self) -> Result<u32, StoreError> {
        Ok(self.get_raw(self.dbs.directory, &Key::new().u8(b'n'))?.map(number).transpose()?.unwrap_or(1))
    }

    pub(super) fn put_next_user_id(&mut self, next: u32) -> Result<(), StoreError> {
        self.put_raw(self.dbs.directory, &Key::new().u8(b'n'), &next.to_le_bytes())
    }

    pub(crate) fn put_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.put(self.dbs.directory, &user_key(user.id), user)?;
        for (index, text) in [(b'a', &user.address), (b'd', &user.legacy_dn)] {
            let key = Key::new().u8(index).text(fold(text).as_bytes());
            self.put_raw(self.dbs.directory, &key, &user.id.to_le_bytes())?;
        }
        self.bump_directory()
    }

    pub(crate) fn delete_user(&mut self, id: u32) -> Result<(), StoreError> {
        let user = self.user(id)?.ok_or_else(|| StoreError::NotFound)?;
        for key in names(&user.address, &user.legacy_dn, &self.facts(id)?) {
            self.delete(self.dbs.directory, &key)?;
        }
        self.delete(self.dbs.directory, &user_key(id))?;
        self.put_user_mapi_http(id, None)?;
        self.delete_app_passwords(id)?;
        self.forget_reader(id)?;
        self.delete_told(id)?;
        self.delete(self.dbs.directory, &facts_key(id))?;
        self.forget_entries(&|gone| gone == id)?;
        self.bump_directory()
    }
}
