//! Users, their indexes, and mailboxes that lost their record or their user.

use super::Repairs;
use crate::mapi::{FolderEntryId, PropertyTag, Value};
use crate::store::key::{Key, last_u32};
use crate::store::record::Record;
use crate::store::switch::ORGANIZATION;
use crate::store::user::user_key;
use crate::store::{Folder, Mailbox, MapiHttp, Special, StoreError, Txn, User, fold};
use crate::wire::{FileTime, Guid, Wire as _};

impl Txn<'_> {
    pub(super) fn repair_directory(&mut self, done: &mut Repairs, now: FileTime) -> Result<(), StoreError> {
        let mut last = 0;
        for key in self.keys(self.dbs.directory, &Key::new().u8(b'u'))? {
            let id = last_u32(&key).ok_or(StoreError::Corrupt(&"directory"))?;
            last = last.max(id);
            let readable = self.dbs.directory.get(self.ro(), &key)?.is_some_and(|value| User::decode(value).is_ok());
            if !readable {
                self.delete(self.dbs.directory, &user_key(id))?;
                done.say(format!("user {id} could not be read and was removed"));
            }
        }
        // LMDB looks for no empty prefix.
        let mailboxes = self.dbs.mailboxes.iter(self.ro())?.map(|entry| Ok(entry?.0.to_vec()));
        for key in mailboxes.collect::<Result<Vec<_>, StoreError>>()? {
            let id = last_u32(&key).ok_or(StoreError::Corrupt(&"mailbox"))?;
            last = last.max(id);
            if self.user(id)?.is_none() {
                let user = self.recovered_user(id, now)?;
                self.put_user(&user)?;
                done.say(format!("mailbox {id} belonged to nobody; now to {}, who is disabled", user.address));
            }
        }
        for id in self.bad_switches()? {
            // Off rather than on: somebody may have had a reason.
            match self.user(id)? {
                None if id != ORGANIZATION => self.put_user_mapi_http(id, None)?,
                None => self.put_organization_mapi_http(MapiHttp::Off)?,
                Some(_) => self.put_user_mapi_http(id, Some(MapiHttp::Off))?,
            }
            done.say(format!("the MAPI over HTTP switch of user {id} was void and is off"));
        }
        for key in self.bad_app_passwords()? {
            self.delete(self.dbs.directory, &Key::new().text(&key))?;
            done.say("an app password was void and was removed".to_owned());
        }
        if self.next_user_id()? <= last {
            self.put_next_user_id(last.saturating_add(1))?;
            done.say("the counter of users was behind");
        }
        let users = self.users()?;
        let found = |txn: &Self, user: &User, index, text: &str| {
            txn.user_by(index, &fold(text)).ok().flatten().map(|found| found.id) == Some(user.id)
        };
        let all_found =
            users.iter().all(|user| found(self, user, b'a', &user.address) && found(self, user, b'd', &user.legacy_dn));
        if !all_found {
            for index in [b'a', b'd'] {
                self.delete_prefix(self.dbs.directory, &Key::new().u8(index))?;
            }
            users.iter().try_for_each(|user| self.put_user(user))?;
            done.say("the indexes of users were made again");
        }
        for user in users {
            if self.mailbox(user.id).is_err() {
                let owner = Mailbox::bare(user.mailbox_guid, self.repl_guid_of(user.id), now);
                self.put_mailbox(user.id, &owner)?;
                done.say(format!("mailbox {} had lost its record", user.id));
            }
        }
        Ok(())
    }

    /// Somebody for a mailbox that belongs to nobody. The administrator gives a password, or
    /// restores from it what is wanted.
    fn recovered_user(&self, id: u32, now: FileTime) -> Result<User, StoreError> {
        let users = self.users()?;
        let domain = users.first().and_then(|user| user.address.split_once('@')).map_or("invalid", |(_, d)| d);
        let organization =
            users.first().and_then(|user| user.legacy_dn.split_once("/cn=")).map_or("/o=Mailstead", |(o, _)| o);
        let mailbox_guid =
            self.mailbox(id).map_or_else(|_| Guid::from_random(crate::random::bytes()), |owner| owner.guid);
        Ok(User {
            id,
            address: format!("recovered-{id}@{domain}"),
            display_name: format!("Recovered mailbox {id}"),
            legacy_dn: format!("{organization}/cn=Recipients/cn=recovered-{id}"),
            password_hash: String::new(),
            admin: false,
            disabled: true,
            object_guid: Guid::from_random(crate::random::bytes()),
            mailbox_guid,
            created: now,
            session_expiry_s: None,
        })
    }

    /// The ReplGuid stands in the EntryIDs on the root; with it cached mailboxes stay valid.
    fn repl_guid_of(&self, mailbox: u32) -> Guid {
        let root: Option<Folder> = self.folder(mailbox, Special::Root.counter()).ok().flatten();
        let link = root.and_then(|root| match root.properties.value(PropertyTag::PidTagIpmDraftsEntryId.id()) {
            Some(Value::Binary(bytes)) => FolderEntryId::from_bytes(bytes).ok(),
            _ => None,
        });
        link.map_or_else(|| Guid::from_random(crate::random::bytes()), |entry| entry.folder.database_guid)
    }
}
