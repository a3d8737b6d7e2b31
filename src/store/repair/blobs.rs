//! Large values and named properties.

use super::Repairs;
use crate::limits;
use crate::mapi::PropertyName;
use crate::mapi::names::set;
use crate::sorted::{SortedMap, SortedSet};
use crate::store::check::message_place;
use crate::store::key::{Key, TEXT_MAX, last_u32, last_u64};
use crate::store::message::{attachments_key, message_key};
use crate::store::named::name_key;
use crate::store::{Bag, Location, Mailbox, StoreError, Stored, Txn};
use crate::wire::Wire as _;

/// What is known of a mailbox's blobs while its objects are gone through.
struct Blobs {
    stored: SortedMap<u64, Stock>,
    mended: usize,
}

/// What is known of one blob.
#[derive(Default)]
struct Stock {
    /// Bytes that are there without a gap from the start.
    len: u64,
    /// Something refers to it.
    is_used: bool,
}

impl Txn<'_> {
    pub(super) fn repair_blobs(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        done: &mut Repairs,
    ) -> Result<(), StoreError> {
        let mut blobs = Blobs { stored: self.whole_blobs(mailbox, done)?, mended: 0 };
        let mut of_owner = std::mem::take(&mut owner.properties);
        self.mend_bag(mailbox, owner, &mut blobs, &mut of_owner)?;
        owner.properties = of_owner;
        for key in self.keys(self.dbs.folders, &Key::mailbox(mailbox))? {
            let id = last_u64(&key).ok_or_else(|| StoreError::Corrupt(&"folder"))?;
            let mut folder = self.any_folder(mailbox, id)?.ok_or_else(|| StoreError::NotFound)?;
            if self.mend_bag(mailbox, owner, &mut blobs, &mut folder.properties)? {
                self.put_folder(mailbox, id, &folder)?;
            }
        }
        for key in self.keys(self.dbs.messages, &Key::mailbox(mailbox))? {
            let Some((folder, Some(kind), id)) = message_place(&key) else { continue };
            self.mend_message(mailbox, owner, &mut blobs, Location { folder, kind }, id)?;
        }
        done.count(mailbox, blobs.mended, "large values that were mended");
        let staged: SortedSet<u64> = self.staged_blobs(mailbox)?.into_iter().collect();
        let mut loose = Vec::new();
        for (id, stock) in &blobs.stored {
            match (staged.contains(id), stock.is_used) {
                (true, true) => drop(self.delete(self.dbs.staged, &Key::mailbox(mailbox).u64(*id))?),
                (false, false) => loose.push(*id),
                _ => {}
            }
        }
        done.count(mailbox, loose.len(), "large values that belonged to nothing");
        for id in loose {
            self.delete_prefix(self.dbs.blobs, &Key::mailbox(mailbox).u64(id))?;
        }
        Ok(())
    }

    /// Lengths of blobs up to their first gap; what lies behind one is removed.
    fn whole_blobs(&mut self, mailbox: u32, done: &mut Repairs) -> Result<SortedMap<u64, Stock>, StoreError> {
        let (mut stored, mut beyond) = (SortedMap::<u64, Stock>::new(), Vec::new());
        for entry in self.dbs.blobs.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, chunk) = entry?;
            let id = key.get(4..12).and_then(last_u64).ok_or_else(|| StoreError::Corrupt(&"blobs"))?;
            let number = key.get(12..16).and_then(last_u32).ok_or_else(|| StoreError::Corrupt(&"blobs"))?;
            let len = &mut stored.get_or_insert_with(id, Default::default).len;
            if *len == u64::from(number).saturating_mul(limits::BLOB_CHUNK_BYTES) {
                *len = len.saturating_add(u64::try_from(chunk.len()).unwrap_or(0));
            } else {
                beyond.push(key.to_vec());
            }
        }
        done.count(mailbox, beyond.len(), "pieces of large values behind a gap");
        for key in beyond {
            self.dbs.blobs.delete(self.rw()?, &key)?;
        }
        Ok(stored)
    }

    fn mend_message(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        blobs: &mut Blobs,
        at: Location,
        id: u64,
    ) -> Result<(), StoreError> {
        let Some(mut message) = self.message(mailbox, at, id)? else { return Ok(()) };
        let mut changed = false;
        for bag in message.bags() {
            changed |= self.mend_bag(mailbox, owner, blobs, bag)?;
        }
        if !changed {
            return Ok(());
        }
        message.refresh();
        let before = message.head.clone();
        owner.stamp(&mut message.head)?;
        self.index_change(mailbox, at, id, Some(&before), Some(&message.head))?;
        self.put(self.dbs.messages, &message_key(mailbox, at.folder, at.kind, id), &message.head)?;
        for (number, attachment) in &message.attachments {
            self.put(self.dbs.parts, &attachments_key(mailbox, id).u32(*number), attachment)?;
        }
        Ok(())
    }

    /// Makes every blob of a bag its own and as long as it is. True when the bag changed.
    fn mend_bag(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        blobs: &mut Blobs,
        bag: &mut Bag,
    ) -> Result<bool, StoreError> {
        let (mut changed, mut lost) = (false, Vec::new());
        for (property, stored) in &mut bag.0 {
            let Stored::Blob(blob) = stored else { continue };
            let len = blobs.stored.get(&blob.id).map_or(0, |stock| stock.len);
            if len == 0 && blob.len > 0 {
                lost.push(*property);
                continue;
            }
            if len < blob.len {
                blob.len = len;
                changed = true;
            } else if len > blob.len {
                let mut long = *blob;
                long.len = len;
                self.resize_blob(mailbox, long, blob.len)?;
                blobs.mended = blobs.mended.saturating_add(1);
            }
            let stock = blobs.stored.get_or_insert_with(blob.id, Default::default);
            stock.len = blob.len;
            if std::mem::replace(&mut stock.is_used, true) {
                *blob = self.copy_blob(mailbox, *blob, owner.take_blob())?;
                // The numbers that are given out come after all others.
                blobs.stored.insert(blob.id, Stock { len: blob.len, is_used: true });
                changed = true;
            }
        }
        changed |= !lost.is_empty();
        blobs.mended = blobs.mended.saturating_add(usize::from(changed));
        for property in lost {
            bag.remove(property);
        }
        Ok(changed)
    }

    /// Makes the map of named properties lead both ways, without gaps.
    pub(super) fn repair_names(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        done: &mut Repairs,
    ) -> Result<(), StoreError> {
        // A number whose name is lost may still be named by the other half.
        let mut by_name: SortedMap<u16, PropertyName> = SortedMap::new();
        let prefix = Key::mailbox(mailbox).u8(b'n');
        for entry in self.dbs.names.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let name =
                key.get(5..).filter(|name| name.len() < TEXT_MAX).and_then(|name| PropertyName::from_bytes(name).ok());
            let id = <[u8; 2]>::try_from(value).map(u16::from_le_bytes);
            if let (Some(name), Ok(id)) = (name, id) {
                by_name.insert(id, name);
            }
        }
        let named: SortedMap<u16, PropertyName> = self.named_all(mailbox)?.into_iter().collect();
        let before = self.keys(self.dbs.names, &Key::mailbox(mailbox))?.len();
        let last = named.keys().chain(by_name.keys()).copied().max().unwrap_or(limits::NAMED_ID_MIN.saturating_sub(1));
        let next = last.saturating_add(1).max(owner.next_named);
        let mut wrong = 0_usize;
        let mut whole = SortedMap::new();
        for id in limits::NAMED_ID_MIN..next {
            let name = named.get(&id).or_else(|| by_name.get(&id)).cloned();
            // Numbers are in use in messages: a lost name is replaced, the number stays.
            let name = name.unwrap_or_else(|| PropertyName::Named {
                guid: set::PS_PUBLIC_STRINGS,
                name: format!("Mailstead.Lost.{id:x}"),
            });
            wrong = wrong.saturating_add(usize::from(self.named_id(mailbox, &name).ok().flatten() != Some(id)));
            wrong = wrong.saturating_add(usize::from(!named.contains_key(&id)));
            whole.insert(id, name);
        }
        owner.next_named = next;
        if wrong == 0 && before == whole.len().saturating_mul(2) {
            return Ok(());
        }
        self.delete_prefix(self.dbs.names, &Key::mailbox(mailbox))?;
        for (id, name) in &whole {
            self.put(self.dbs.names, &Key::mailbox(mailbox).u8(b'i').u16(*id), name)?;
            self.put_raw(self.dbs.names, &name_key(mailbox, name), &id.to_le_bytes())?;
        }
        done.say(format!("mailbox {mailbox}: the map of named properties was made again"));
        Ok(())
    }
}
