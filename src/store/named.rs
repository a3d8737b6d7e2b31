//! Named properties: names and the identifiers a mailbox gave them. MS-OXCPRPT 3.2.5.8, 3.2.5.9

use super::key::{Key, TextKey, last_u16};
use super::record::Record;
use super::{Message, StoreError, Txn};
use crate::limits;
use crate::mapi::PropertyName;
use crate::sorted::{SortedMap, SortedSet};
use crate::wire::Wire;

impl Record for PropertyName {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"property name";
}

pub(super) fn name_key(mailbox: u32, name: &PropertyName) -> TextKey {
    Key::mailbox(mailbox).u8(b'n').text(&name.to_bytes())
}

impl Txn<'_> {
    /// The identifier of a name, if it has one. `name` is folded ([`PropertyName::folded`]).
    ///
    /// # Errors
    /// The map is damaged.
    pub fn named_id(&self, mailbox: u32, name: &PropertyName) -> Result<Option<u16>, StoreError> {
        let found = self.get_raw(self.dbs.names, &name_key(mailbox, name))?;
        found.map(|b| b.try_into().map(u16::from_le_bytes).map_err(|_| StoreError::Corrupt(&"names"))).transpose()
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
            let id = last_u16(key).ok_or_else(|| StoreError::Corrupt(&"names"))?;
            all.push((id, PropertyName::decode(bytes)?));
        }
        Ok(all)
    }
}

/// Identifiers from here on have names, which differ from mailbox to mailbox.
const FIRST_NAMED: u16 = 0x8000;

impl Message {
    /// Identifiers of the message's named properties, those of attachments, embedded messages and
    /// recipients included.
    #[must_use]
    pub fn named_ids(&self) -> SortedSet<u16> {
        let of_bag = self.head.properties.0.keys();
        let of_recipients = self.recipients.iter().flat_map(|recipient| recipient.properties.keys());
        let mut ids: SortedSet<u16> = of_bag.chain(of_recipients).copied().collect();
        for attachment in self.attachments.values() {
            ids.extend(attachment.properties.0.keys().copied());
            ids.extend(attachment.embedded.iter().flat_map(|embedded| embedded.named_ids()));
        }
        ids.retain(|id| *id >= FIRST_NAMED);
        ids
    }

    /// Gives the named properties other identifiers; those without one are left out.
    pub fn renumber(&mut self, numbers: &SortedMap<u16, u16>) {
        let new = |id: u16| if id < FIRST_NAMED { Some(id) } else { numbers.get(&id).copied() };
        let mut bags = vec![&mut self.head.properties];
        for attachment in self.attachments.values_mut() {
            bags.push(&mut attachment.properties);
            if let Some(embedded) = &mut attachment.embedded {
                embedded.renumber(numbers);
            }
        }
        for bag in bags {
            let old = std::mem::take(&mut bag.0);
            bag.0 = old.into_iter().filter_map(|(id, stored)| Some((new(id)?, stored))).collect();
        }
        for recipient in &mut self.recipients {
            let old = std::mem::take(&mut recipient.properties);
            recipient.properties = old.into_iter().filter_map(|(id, value)| Some((new(id)?, value))).collect();
        }
    }
}
