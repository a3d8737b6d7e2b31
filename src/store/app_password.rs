//! App passwords: one for each device, found by its digest.
//!
//! They are made by us, of a hundred random bits, so that a plain SHA-256 keeps them as well as a
//! slow hash keeps what people think of.

use super::key::{Key, TextKey};
use super::record::Record;
use super::told::{TOLD, TOLD_KEY_BYTES};
use super::{StoreError, Txn};
use crate::sorted::sort_by;
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// A password of one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPassword {
    /// What the person calls the device.
    pub name: String,
    /// When it was made.
    pub created: FileTime,
    /// When it was last used, to the hour; `None`: never.
    pub used: Option<FileTime>,
}

impl Record for AppPassword {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"app password";
}

/// SHA-256 of a password.
pub type PasswordDigest = [u8; 32];

const APP_PASSWORD: u8 = b'k';

fn key(user: u32, digest: &PasswordDigest) -> TextKey {
    Key::new().u8(APP_PASSWORD).u32(user).text(digest)
}

impl Txn<'_> {
    /// A user's app password, by its digest.
    ///
    /// # Errors
    /// The data file is damaged.
    pub fn app_password(&self, user: u32, digest: &PasswordDigest) -> Result<Option<AppPassword>, StoreError> {
        self.get(self.dbs.directory, &key(user, digest))
    }

    /// Writes one.
    ///
    /// # Errors
    /// The data file refuses.
    pub fn put_app_password(
        &mut self,
        user: u32,
        digest: &PasswordDigest,
        password: &AppPassword,
    ) -> Result<(), StoreError> {
        self.put(self.dbs.directory, &key(user, digest), password)
    }

    /// All of a user, the oldest first.
    ///
    /// # Errors
    /// The data file is damaged.
    pub fn app_passwords(&self, user: u32) -> Result<Vec<(PasswordDigest, AppPassword)>, StoreError> {
        let prefix = Key::new().u8(APP_PASSWORD).u32(user);
        let mut found = Vec::new();
        for entry in self.dbs.directory.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let digest = key.last_chunk().copied().ok_or_else(|| StoreError::Corrupt(AppPassword::NAME))?;
            found.push((digest, AppPassword::decode(value)?));
        }
        sort_by(&mut found, |(_, a), (_, b)| a.created.cmp(&b.created));
        Ok(found)
    }

    /// Away with one.
    ///
    /// # Errors
    /// The data file refuses.
    pub fn delete_app_password(&mut self, user: u32, digest: &PasswordDigest) -> Result<(), StoreError> {
        self.delete(self.dbs.directory, &key(user, digest)).map(drop)
    }

    /// Away with all of a user.
    pub(super) fn delete_app_passwords(&mut self, user: u32) -> Result<(), StoreError> {
        self.delete_prefix(self.dbs.directory, &Key::new().u8(APP_PASSWORD).u32(user))
    }

    /// Keys of those that cannot be read or belong to nobody, and of what is told of nobody.
    pub(super) fn bad_app_passwords(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut bad = Vec::new();
        for (kind, len) in [(APP_PASSWORD, 37), (TOLD, TOLD_KEY_BYTES)] {
            for entry in self.dbs.directory.prefix_iter(self.ro(), &[kind])? {
                let (key, value) = entry?;
                let user = key.get(1..5).and_then(super::key::last_u32);
                // An unreadable user is found elsewhere.
                let nobody = user.is_none_or(|user| matches!(self.user(user), Ok(None)));
                let unreadable = kind == APP_PASSWORD && AppPassword::decode(value).is_err();
                if nobody || unreadable || key.len() != len {
                    bad.push(key.to_vec());
                }
            }
        }
        Ok(bad)
    }
}
