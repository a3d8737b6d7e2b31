//! Users and other entries, their indexes, and mailboxes that lost their record or their user.

use super::Repairs;
use crate::mapi::{FolderEntryId, PropertyTag, Value};
use crate::sorted::SortedSet;
use crate::store::key::{Key, last_u32};
use crate::store::listing::{facts_key, listed_key};
use crate::store::public::public_key;
use crate::store::record::Record;
use crate::store::switch::ORGANIZATION;
use crate::store::{Facts, Folder, Listed, Mailbox, MapiHttp, PUBLIC_STORE, Special, StoreError, Txn, User, fold};
use crate::wire::{FileTime, Guid, Wire as _};

impl Txn<'_> {
    pub(super) fn repair_directory(&mut self, done: &mut Repairs, now: FileTime) -> Result<(), StoreError> {
        let mut last = self.remove_unreadable_entries(done)?;
        // LMDB looks for no empty prefix.
        let mailboxes = self.dbs.mailboxes.iter(self.ro())?.map(|entry| Ok(entry?.0.to_vec()));
        for key in mailboxes.collect::<Result<Vec<_>, StoreError>>()? {
            let id = last_u32(&key).ok_or_else(|| StoreError::Corrupt(&"mailbox"))?;
            if id == PUBLIC_STORE {
                self.repair_public_store(now, done)?;
                continue;
            }
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
            self.delete(self.dbs.directory, &key)?;
            done.say("an app password, a photo or a certificate was void and was removed".to_owned());
        }
        if self.next_user_id()? <= last {
            self.put_next_user_id(last.saturating_add(1))?;
            done.say("the counter of users was behind");
        }
        if !self.directory_is_sound()? {
            self.mend_names(done)?;
        }
        let public = self.public_store()?;
        for user in self.users()?.into_iter().chain(public) {
            if self.mailbox(user.id).is_err() {
                let owner = Mailbox::bare(user.id, user.mailbox_guid, self.repl_guid_of(user.id), now);
                self.put_mailbox(user.id, &owner)?;
                done.say(format!("mailbox {} had lost its record", user.id));
            }
        }
        Ok(())
    }

    /// Makes the indexes again, and drops what leads to nobody.
    fn mend_names(&mut self, done: &mut Repairs) -> Result<(), StoreError> {
        for index in [b'a', b'd'] {
            self.delete_prefix(self.dbs.directory, &Key::new().u8(index))?;
        }
        let users = self.users()?;
        users.iter().try_for_each(|user| self.put_user(user))?;
        if let Some(public) = self.public_store()? {
            match self.put_public_store(&public) {
                Err(StoreError::Exists) => {
                    let other = self.recovered_user(PUBLIC_STORE, public.created)?;
                    self.put_public_store(&other)?;
                    done.say(format!("the public store's name was another's; it is {} now", other.address));
                }
                other => other?,
            }
        }
        for key in self.keys(self.dbs.directory, &Key::new().u8(b'f'))? {
            let id = last_u32(&key).ok_or_else(|| StoreError::Corrupt(&"directory"))?;
            if !users.iter().any(|user| user.id == id) {
                self.delete(self.dbs.directory, &facts_key(id))?;
            }
        }
        for user in &users {
            let mut facts = self.facts(user.id)?;
            self.keep_own_names(user.id, &mut facts)?;
            if facts != Facts::default() {
                self.put_facts(user, &facts)?;
            }
        }
        for mut listed in self.all_listed()? {
            self.keep_own_names(listed.id, &mut listed.facts)?;
            match self.put_listed(&listed) {
                Err(StoreError::Exists) => {
                    self.delete(self.dbs.directory, &listed_key(listed.id))?;
                    done.say(format!("{} was there twice, and entry {} is removed", listed.address, listed.id));
                }
                other => other?,
            }
        }
        let mut known: SortedSet<u32> = users.iter().map(|user| user.id).collect();
        known.extend(self.all_listed()?.iter().map(|listed| listed.id));
        self.forget_entries(&|id| !known.contains(&id))?;
        done.say("the indexes of users were made again");
        Ok(())
    }

    /// Of a name that two have, the first keeps it.
    fn keep_own_names(&self, id: u32, facts: &mut Facts) -> Result<(), StoreError> {
        for (index, list) in [(b'a', &mut facts.aliases), (b'd', &mut facts.x500)] {
            let mut kept = Vec::new();
            for name in list.drain(..) {
                if self.entry_by(index, &fold(&name))?.is_none_or(|holder| holder == id) {
                    kept.push(name);
                }
            }
            *list = kept;
        }
        Ok(())
    }

    /// Takes out records that cannot be read; the largest number seen.
    fn remove_unreadable_entries(&mut self, done: &mut Repairs) -> Result<u32, StoreError> {
        let mut last = 0;
        for (kind, what) in
            [(b'u', "user"), (b'f', "what was told of user"), (b'o', "entry"), (b'p', "names of the public store")]
        {
            for key in self.keys(self.dbs.directory, &Key::new().u8(kind))? {
                let id = last_u32(&key).ok_or_else(|| StoreError::Corrupt(&"directory"))?;
                last = if id == PUBLIC_STORE { last } else { last.max(id) };
                let readable = self.dbs.directory.get(self.ro(), &key)?.is_some_and(|value| match kind {
                    b'u' | b'p' => User::decode(value).is_ok(),
                    b'f' => Facts::decode(value).is_ok(),
                    _ => Listed::decode(value).is_ok(),
                });
                if !readable {
                    self.delete(self.dbs.directory, &Key::new().u8(kind).u32(id))?;
                    done.say(format!("{what} {id} could not be read and was removed"));
                }
            }
        }
        Ok(last)
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

    /// A public store that nobody finds gets names again, and stays off until an administrator says so.
    fn repair_public_store(&mut self, now: FileTime, done: &mut Repairs) -> Result<(), StoreError> {
        if self.public_store().is_ok_and(|found| found.is_some()) {
            return Ok(());
        }
        let public = self.recovered_user(PUBLIC_STORE, now)?;
        self.put(self.dbs.directory, &public_key(), &public)?;
        done.say(format!("the public store had lost its names; it is {} now, and off", public.address));
        Ok(())
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
