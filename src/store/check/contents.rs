//! Messages, their indexes, parts, large values and named properties.

use super::{Findings, Seen, entries_of, link_place};
use crate::limits;
use crate::mapi::{PropertyName, PropertyTag, Value};
use crate::sorted::{SortedMap, sort_by};
use crate::store::deleted::{Deleted, deleted_folder_key, deletion_key};
use crate::store::key::{Key, last_u64};
use crate::store::record::Record;
use crate::store::{Attachment, BlobRef, Folder, Invariant, Kind, MessageHead, Recipient, StoreError, Txn};
use crate::wire::FileTime;

/// The time by which a message is in the order of delivery.
pub(in crate::store) fn delivery_time(head: &MessageHead) -> u64 {
    match head.properties.value(PropertyTag::PidTagMessageDeliveryTime.id()) {
        Some(Value::Time(time)) => time.0,
        _ => 0,
    }
}

/// Blobs of an attachment, those of the message in it included.
pub(in crate::store) fn attachment_blobs(attachment: &Attachment, blobs: &mut Vec<BlobRef>) {
    blobs.extend(attachment.properties.blobs());
    if let Some(embedded) = &attachment.embedded {
        blobs.extend(embedded.head.properties.blobs());
        embedded.attachments.values().for_each(|attachment| attachment_blobs(attachment, blobs));
    }
}

/// What a key of `messages` says: folder, list, message.
pub(in crate::store) fn message_place(key: &[u8]) -> Option<(u64, Option<Kind>, u64)> {
    let folder = key.get(4..12).and_then(last_u64)?;
    let kind = *key.get(12)?;
    let kind = Kind::ALL.into_iter().find(|known| *known as u8 == kind);
    Some((folder, kind, last_u64(key.get(13..21)?)?))
}

/// Keys that the lists of what was deleted softly must have.
pub(in crate::store) struct Deletions {
    pub(in crate::store) folders: Vec<Key>,
    pub(in crate::store) by_time: Vec<Key>,
}

/// The lists as folders and messages (number, list, when deleted) want them.
pub(in crate::store) fn deletions(
    mailbox: u32,
    folders: &SortedMap<u64, Folder>,
    messages: impl Iterator<Item = (u64, Kind, Option<FileTime>)>,
) -> Deletions {
    let mut lists = Deletions { folders: Vec::new(), by_time: Vec::new() };
    for (id, folder) in folders.iter().filter(|(_, folder)| folder.deleted_on.is_some()) {
        lists.folders.push(deleted_folder_key(mailbox, folder.parent, *id));
        lists.by_time.push(deletion_key(mailbox, folder.deleted_on, Deleted::Folder(*id)));
    }
    for (id, _, when) in messages.filter(|(_, kind, _)| kind.is_deleted()) {
        lists.by_time.push(deletion_key(mailbox, when, Deleted::Message(id)));
    }
    lists
}

#[derive(Default)]
struct Counts {
    of_kind: [u32; 4],
    unread: u32,
    size: u64,
    deleted_size: u64,
    deleted_associated_size: u64,
}

impl Txn<'_> {
    pub(super) fn check_messages(&self, found: &mut Findings) -> Result<(), StoreError> {
        let mut folders: SortedMap<u64, Counts> = SortedMap::new();
        let mut messages = Vec::new();
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.messages.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let (folder, kind, id) = message_place(key).ok_or_else(|| StoreError::Corrupt(&"messages"))?;
            let (Some(kind), Ok(head)) = (kind, MessageHead::decode(value)) else {
                found.say(Invariant::Record, format!("message {id:x} cannot be read"));
                continue;
            };
            let counts = folders.get_or_insert_with(folder, Default::default);
            if let Some(count) = counts.of_kind.get_mut(kind as usize) {
                *count = count.saturating_add(1);
            }
            counts.unread = counts.unread.saturating_add(u32::from(kind == Kind::Normal && !head.read));
            let size = match kind {
                Kind::Normal | Kind::Associated => &mut counts.size,
                Kind::Deleted => &mut counts.deleted_size,
                Kind::DeletedAssociated => &mut counts.deleted_associated_size,
                Kind::Linked => continue,
            };
            *size = size.saturating_add(head.size);
            let change = head.change_number.max(head.read_change_number);
            if id >= found.owner.next_id() || change >= found.owner.next_change() {
                found.say(Invariant::Counter, format!("message {id:x} has a number that was never given out"));
            }
            found.blobs.extend(head.properties.blobs().map(|blob| (blob, id)));
            let entries = entries_of(kind, &head).map(|(list, number)| ((folder, list as u8, number), id));
            found.changes.extend(entries);
            messages.push((id, Seen { folder, kind, time: delivery_time(&head), deleted_on: head.deleted_on }));
        }
        sort_by(&mut messages, |(a, _), (b, _)| a.cmp(b));
        for (id, seen) in messages {
            if found.messages.insert(id, seen).is_some() {
                found.say(Invariant::Place, format!("message {id:x} is in two places"));
            }
        }
        for entry in self.dbs.links.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            // Those of a deleted search folder are on their way out.
            let Some((folder, true)) = link_place(key).filter(|(id, _)| found.folders.contains_key(id)) else {
                continue;
            };
            let counts = folders.get_or_insert_with(folder, Default::default);
            let [shown, ..] = &mut counts.of_kind;
            *shown = shown.saturating_add(1);
            counts.unread = counts.unread.saturating_add(u32::from(value.last() == Some(&0)));
        }
        check_counts(found, &folders);
        Ok(())
    }

    pub(super) fn check_indexes(&self, found: &mut Findings) -> Result<(), StoreError> {
        let messages = std::mem::take(&mut found.messages);
        for (id, seen) in &messages {
            let at = self.locate(found.mailbox, *id).ok().flatten();
            if at.map(|at| (at.folder, at.kind)) != Some((seen.folder, seen.kind)) {
                found.say(Invariant::Place, format!("message {id:x} is not found where it is"));
            }
            let key = Key::mailbox(found.mailbox).u64(seen.folder).u8(seen.kind as u8).u64(seen.time).u64(*id);
            if self.get_raw(self.dbs.deliveries, &key)?.is_none() {
                found.say(Invariant::Place, format!("message {id:x} is missing in the order of delivery"));
            }
        }
        let prefix = Key::mailbox(found.mailbox);
        for (name, db) in [("locations", self.dbs.locations), ("deliveries", self.dbs.deliveries)] {
            let entries = db.prefix_iter(self.ro(), prefix.bytes())?.count();
            found.same(Invariant::Place, &format!("number of {name}"), entries, messages.len());
        }
        found.messages = messages;
        Ok(())
    }

    /// What was deleted softly is in its lists, and nothing else is.
    pub(super) fn check_deleted(&self, found: &mut Findings) -> Result<(), StoreError> {
        let wanted = deletions(
            found.mailbox,
            &found.folders,
            found.messages.iter().map(|(id, seen)| (*id, seen.kind, seen.deleted_on)),
        );
        for (name, db, keys) in [
            ("deleted folders", self.dbs.deleted_folders, &wanted.folders),
            ("deletions", self.dbs.deletions, &wanted.by_time),
        ] {
            for key in keys {
                if self.get_raw(db, key)?.is_none() {
                    found.say(
                        Invariant::Deleted,
                        format!("{:x} is missing among the {name}", last_u64(key.bytes()).unwrap_or(0)),
                    );
                }
            }
            let entries = db.prefix_iter(self.ro(), Key::mailbox(found.mailbox).bytes())?.count();
            found.same(Invariant::Deleted, &format!("number of {name}"), entries, keys.len());
        }
        let mut below: SortedMap<u64, u32> = SortedMap::new();
        for folder in found.folders.values().filter(|folder| folder.deleted_on.is_some()) {
            let count = below.get_or_insert_with(folder.parent, Default::default);
            *count = count.saturating_add(1);
        }
        let counts: Vec<_> = found.folders.iter().map(|(id, folder)| (*id, folder.deleted_folder_count)).collect();
        for (id, recorded) in counts {
            let counted = below.get(&id).copied().unwrap_or(0);
            found.same(Invariant::Count, &format!("number of deleted folders below {id:x}"), recorded, counted);
        }
        Ok(())
    }

    pub(super) fn check_parts(&self, found: &mut Findings) -> Result<(), StoreError> {
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.parts.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let id = key.get(4..12).and_then(last_u64).ok_or_else(|| StoreError::Corrupt(&"parts"))?;
            if !found.messages.contains_key(&id) {
                found.say(Invariant::Part, format!("a part of message {id:x}, which does not exist"));
            }
            let readable = match key.get(12) {
                Some(0) => <Vec<Recipient>>::decode(value).is_ok(),
                _ => Attachment::decode(value).is_ok_and(|attachment| {
                    let mut blobs = Vec::new();
                    attachment_blobs(&attachment, &mut blobs);
                    found.blobs.extend(blobs.into_iter().map(|blob| (blob, id)));
                    true
                }),
            };
            if !readable {
                found.say(Invariant::Record, format!("a part of message {id:x} cannot be read"));
            }
        }
        Ok(())
    }

    pub(super) fn check_blobs(&self, found: &mut Findings) -> Result<(), StoreError> {
        let mut stored = self.stored_blobs(found)?;
        let mut users: SortedMap<u64, u64> = SortedMap::new();
        for (blob, user) in std::mem::take(&mut found.blobs) {
            if let Some(other) = users.insert(blob.id, user) {
                let what = format!("blob {} is used twice, by messages {other:x} and {user:x}", blob.id);
                found.say(Invariant::Blob, what);
                continue;
            }
            if blob.id >= found.owner.next_blob() {
                found.say(Invariant::Counter, format!("blob {} has a number that was never given out", blob.id));
            }
            let len = stored.remove(&blob.id).unwrap_or(0);
            found.same(Invariant::Blob, &format!("length of blob {}", blob.id), blob.len, len);
        }
        // Blobs of objects that are not saved yet may have any length.
        for id in self.staged_blobs(found.mailbox)? {
            stored.remove(&id);
            if users.contains_key(&id) {
                found.say(Invariant::Blob, format!("blob {id} is saved and waits to be saved"));
            }
        }
        for (id, len) in stored {
            found.say(Invariant::Blob, format!("blob {id} of {len} bytes belongs to nothing"));
        }
        Ok(())
    }

    /// Number and length of what is there.
    fn stored_blobs(&self, found: &mut Findings) -> Result<SortedMap<u64, u64>, StoreError> {
        let mut stored: SortedMap<u64, u64> = SortedMap::new();
        let prefix = Key::mailbox(found.mailbox);
        for entry in self.dbs.blobs.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, chunk) = entry?;
            let id = key.get(4..12).and_then(last_u64).ok_or_else(|| StoreError::Corrupt(&"blobs"))?;
            let number =
                key.get(12..16).and_then(crate::store::key::last_u32).ok_or_else(|| StoreError::Corrupt(&"blobs"))?;
            let len = stored.get_or_insert_with(id, Default::default);
            if *len != u64::from(number).saturating_mul(limits::BLOB_CHUNK_BYTES) {
                found.say(Invariant::Blob, format!("blob {id} lacks what comes before chunk {number}"));
            }
            *len = len.saturating_add(u64::try_from(chunk.len()).unwrap_or(0));
        }
        Ok(stored)
    }

    pub(super) fn check_names(&self, found: &mut Findings) -> Result<(), StoreError> {
        let prefix = Key::mailbox(found.mailbox).u8(b'i');
        let mut expected = limits::NAMED_ID_MIN;
        for entry in self.dbs.names.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, value) = entry?;
            let id = crate::store::key::last_u16(key).ok_or_else(|| StoreError::Corrupt(&"names"))?;
            if id != expected {
                found.say(Invariant::Named, format!("named properties {expected:x} to {id:x} have no name"));
            }
            expected = id.saturating_add(1);
            let Ok(name) = PropertyName::decode(value) else {
                found.say(Invariant::Record, format!("the name of property {id:x} cannot be read"));
                continue;
            };
            if self.named_id(found.mailbox, &name).ok().flatten() != Some(id) {
                found.say(Invariant::Named, format!("named property {id:x} is not found by its name"));
            }
        }
        let next = found.owner.next_named;
        found.same(Invariant::Named, "number of the next named property", next, expected);
        let by_name = self.dbs.names.prefix_iter(self.ro(), Key::mailbox(found.mailbox).u8(b'n').bytes())?.count();
        let by_id = usize::from(expected.saturating_sub(limits::NAMED_ID_MIN));
        found.same(Invariant::Named, "number of names", by_name, by_id);
        Ok(())
    }
}

fn check_counts(found: &mut Findings, counted: &SortedMap<u64, Counts>) {
    let none = Counts::default();
    let (mut total, mut deleted_total, mut wrong) = (0_u64, 0_u64, Vec::new());
    for (id, folder) in &found.folders {
        let counts = counted.get(id).unwrap_or(&none);
        let [normal, associated, deleted, deleted_associated] = counts.of_kind;
        for (what, recorded, counted) in [
            ("content count", u64::from(folder.content_count), u64::from(normal)),
            ("unread count", u64::from(folder.content_unread_count), u64::from(counts.unread)),
            ("associated count", u64::from(folder.associated_content_count), u64::from(associated)),
            ("deleted count", u64::from(folder.deleted_count), u64::from(deleted)),
            ("deleted associated count", folder.deleted_associated_count.into(), deleted_associated.into()),
            ("size", folder.size, counts.size),
            ("deleted size", folder.deleted_size, counts.deleted_size),
            ("deleted associated size", folder.deleted_associated_size, counts.deleted_associated_size),
        ] {
            wrong.push((format!("{what} of folder {id:x}"), recorded, counted));
        }
        total = total.saturating_add(counts.size);
        deleted_total =
            deleted_total.saturating_add(counts.deleted_size).saturating_add(counts.deleted_associated_size);
    }
    wrong.push(("size of the mailbox".to_owned(), found.owner.size, total));
    wrong.push(("deleted size of the mailbox".to_owned(), found.owner.deleted_size, deleted_total));
    for (what, recorded, counted) in wrong {
        found.same(Invariant::Count, &what, recorded, counted);
    }
    for folder in counted.keys().filter(|id| !found.folders.contains_key(id)).copied().collect::<Vec<_>>() {
        found.say(Invariant::Tree, format!("folder {folder:x} has messages and no record"));
    }
}
