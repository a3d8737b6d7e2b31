//! App passwords: making, listing, revoking. The password itself never comes here, only its digest.

use super::{Admin, Refusal, Response, find};
use crate::limits;
use crate::store::{AppPassword, PasswordDigest};

impl Admin {
    pub(super) fn add_app_password(&self, address: &str, name: &str, digest: &PasswordDigest) -> Result<(), Refusal> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(Refusal::new("the name of a device has 1 to 64 characters"));
        }
        let mut txn = self.store.write()?;
        let user = find(&txn, address)?;
        let known = txn.app_passwords(user.id)?;
        if known.iter().any(|(_, password)| password.name.eq_ignore_ascii_case(name)) {
            return Err(Refusal::new(format!("{address} has an app password for {} already", name.escape_debug()))
                .with_hint("mailstead user app-password revoke takes it away"));
        }
        if known.len() >= limits::APP_PASSWORDS_MAX {
            return Err(Refusal::new(format!("{address} has {} app passwords", known.len()))
                .with_hint("mailstead user app-password list shows which are not used any more"));
        }
        let password = AppPassword { name: name.to_owned(), created: self.clock.now(), used: None };
        txn.put_app_password(user.id, digest, &password)?;
        Ok(txn.commit()?)
    }

    pub(super) fn list_app_passwords(&self, address: &str) -> Result<Response, Refusal> {
        let txn = self.store.read()?;
        let user = find(&txn, address)?;
        Ok(Response::AppPasswords(txn.app_passwords(user.id)?.into_iter().map(|(_, password)| password).collect()))
    }

    pub(super) fn revoke_app_password(&self, address: &str, name: &str) -> Result<(), Refusal> {
        let mut txn = self.store.write()?;
        let user = find(&txn, address)?;
        let known = txn.app_passwords(user.id)?;
        let found = known.iter().find(|(_, password)| password.name.eq_ignore_ascii_case(name.trim()));
        let (digest, _) = found.ok_or_else(|| {
            Refusal::new(format!("{address} has no app password for {}", name.escape_debug()))
                .with_hint("mailstead user app-password list shows which there are")
        })?;
        txn.delete_app_password(user.id, digest)?;
        Ok(txn.commit()?)
    }
}
