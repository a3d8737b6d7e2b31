//! Named properties: names and the identifiers a mailbox gave them. MS-OXCPRPT 3.2.5.8, 3.2.5.9

use super::key::{Key, last_u16};
use super::record::Record;
use super::{StoreError, Txn};
use crate::limits;
use crate::mapi::PropertyName;
use crate::wire::Wire;

impl Record for PropertyName {
    const VERSION: u8 = 1;
    const NAME: &'static str = "property name";
}

pub(super) fn name_key(mailbox: u32, name: &PropertyName) -> Key {
    Key::mailbox(mailbox).u8(b'n').text(&name.to_bytes())
}

impl Txn<'_> {
    /// The identifier of a name, if it has one. `name` is folded ([`PropertyName::folded`]).
    ///
    /// # Errors
    /// The map is damaged.
    pub fn named_id(&self, mailbox: u32, name: &PropertyName) -> Result<Option<u16>, StoreError> {
        let found = self.get_raw(self.dbs.names, &name_key(mailbox, name))?;
        found.map(|b| b.try_into().map(u16::from_le_bytes).map_err(|_| StoreError::Corrupt("names"))).transpose()
    }

    /// The identifier of a name, given to it now if it has none. `Ok(None)`: none is left.
    ///
    /// # Errors
    /// The map is damaged or the disk refuses.
    pub fn create_named_id(&mut self, mailbox: u32, name: &PropertyName) -> Result<Option<u16>, StoreError> {
        if let Some(id) = self.named_id(mailbox, name)? {
            return Ok(Some(id));
        }
        let mut owner = self.mailbox(mailbox)?;
        let id = owner.next_named;
        if id > limits::NAMED_ID_MAX {
            return Ok(None);
        }
        owner.next_named = id.saturating_add(1);
        self.put_mailbox(mailbox, &owner)?;
        self.put_raw(self.dbs.names, &name_key(mailbox, name), &id.to_le_bytes())?;
        self.put(self.dbs.names, &Key::mailbox(mailbox).u8(b'i').u16(id), name)?;
        Ok(Some(id))
    }

    /// The name behind an identifier.
    ///
    /// # Errors
    /// The map is damaged.
    pub fn named_name(&self, mailbox: u32, id: u16) -> Result<Option<PropertyName>, StoreError> {
        self.get(self.dbs.names, &Key::mailbox(mailbox).u8(b'i').u16(id))
    }

    /// Every identifier given out, with its name.
    ///
    /// # Errors
    /// The map is damaged.
    pub fn named_all(&self, mailbox: u32) -> Result<Vec<(u16, PropertyName)>, StoreError> {
        let prefix = Key::mailbox(mailbox).u8(b'i');
        let mut all = Vec::new();
        for entry in self.dbs.names.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, bytes) = entry?;
            let id = last_u16(key).ok_or(StoreError::Corrupt("names"))?;
            all.push((id, PropertyName::decode(bytes)?));
        }
        Ok(all)
    }
}
