//! Messages: what is kept of them, saving, moving, deleting. MS-OXCMSG.
//!
//! A message is read and written whole, but for large values, which are blobs: head (all that a
//! table row shows), recipients and attachments. Embedded messages lie inside their attachment.

use super::deleted::{Deleted, deletion_key};
use super::key::{Key, last_u64, u64_bytes};
use super::record::{Bag, Record, Stored, value_size};
use super::{BlobRef, FolderKind, IndexOrder, List, Mailbox, RowChange, StoreError, Txn, What};
use crate::limits;
use crate::mapi::{PropertyTag, PropertyType, Value};
use crate::sorted::{SortedMap, SortedSet};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// Which of a folder's lists a message is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// The contents table.
    Normal = 0,
    /// Folder associated information.
    Associated = 1,
    /// Deleted softly from the contents table.
    Deleted = 2,
    /// Deleted softly from the associated table.
    DeletedAssociated = 3,
    /// What a search folder shows: messages of other folders. No message is in such a list; see
    /// [`Txn::row_location`].
    Linked = 4,
}

impl Kind {
    /// All that messages can be in.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Associated, Self::Deleted, Self::DeletedAssociated];

    /// From the associated and deleted properties.
    #[must_use]
    pub fn new(associated: bool, deleted: bool) -> Self {
        match (associated, deleted) {
            (false, false) => Self::Normal,
            (true, false) => Self::Associated,
            (false, true) => Self::Deleted,
            (true, true) => Self::DeletedAssociated,
        }
    }

    /// FAI?
    #[must_use]
    pub fn is_associated(self) -> bool {
        matches!(self, Self::Associated | Self::DeletedAssociated)
    }

    /// Deleted softly?
    #[must_use]
    pub fn is_deleted(self) -> bool {
        matches!(self, Self::Deleted | Self::DeletedAssociated)
    }
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Counter of the folder.
    pub folder: u64,
    /// List within the folder.
    pub kind: Kind,
}

/// All that a row of a contents table shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MessageHead {
    /// Every property that is stored.
    pub properties: Bag,
    /// Number of the last change, read state apart.
    pub change_number: u64,
    /// Number of the last change of the read state.
    pub read_change_number: u64,
    /// mfRead.
    pub read: bool,
    /// PidTagMessageFlags without the bits that are computed. MS-OXCMSG 2.2.1.6
    pub flags: u32,
    /// PidTagMessageStatus. MS-OXCMSG 2.2.1.8
    pub status: u32,
    /// Bytes of the whole message, attachments included.
    pub size: u64,
    /// PidTagHasAttachments.
    pub has_attachments: bool,
    /// When it was deleted softly.
    pub deleted_on: Option<FileTime>,
}

impl MessageHead {
    /// PidTagMessageDeliveryTime, by which rows are sorted; 0 without one.
    pub(super) fn delivery_time(&self) -> u64 {
        match self.properties.value(PropertyTag::PidTagMessageDeliveryTime.id()) {
            Some(Value::Time(time)) => time.0,
            _ => 0,
        }
    }
}

impl Record for MessageHead {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"message";
}

/// A recipient: the parts of its RecipientRow (MS-OXCDATA 2.8.3.2) as properties.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipient {
    /// Identifies the row within its message.
    pub row_id: u32,
    /// To, Cc, Bcc and the bits 10 and 80. MS-OXCMSG 2.2.3.1.2
    pub recipient_type: u8,
    /// Flags R (1) and N (2) of the row.
    pub flags: u8,
    /// PidTagDisplayName, PidTagAddressType, PidTagEmailAddress and whatever the columns brought.
    pub properties: SortedMap<u16, Value>,
}

impl Record for Vec<Recipient> {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"recipients";
}

impl Recipient {
    /// The text with this identifier.
    #[must_use]
    pub fn text(&self, tag: PropertyTag) -> Option<&str> {
        self.properties.get(&tag.id()).and_then(Value::as_str)
    }
}

/// An attachment, with the message in it if it is one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Attachment {
    /// Its properties.
    pub properties: Bag,
    /// What PidTagAttachDataObject holds when PidTagAttachMethod is afEmbeddedMessage.
    pub embedded: Option<Box<Message>>,
}

impl Record for Attachment {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"attachment";
}

impl Attachment {
    /// PidTagAttachSize. MS-OXCMSG 2.2.2.5
    #[must_use]
    pub fn size(&self) -> u64 {
        self.properties.size().saturating_add(self.embedded.as_ref().map_or(0, |m| m.total_size()))
    }
}

/// A whole message, large values apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Message {
    /// What rows show.
    pub head: MessageHead,
    /// In the order of their rows.
    pub recipients: Vec<Recipient>,
    /// By PidTagAttachNumber.
    pub attachments: SortedMap<u32, Attachment>,
}

impl Message {
    /// Bytes of everything.
    #[must_use]
    pub fn total_size(&self) -> u64 {
        let recipients = self.recipients.iter().flat_map(|r| r.properties.values()).map(value_size);
        let attachments = self.attachments.values().map(Attachment::size);
        recipients.chain(attachments).fold(self.head.properties.size(), u64::saturating_add)
    }

    /// Brings the computed parts of the head up to date: recipients' names, attachments, size.
    pub fn refresh(&mut self) {
        for (tag, kind) in
            [(PropertyTag::PidTagDisplayTo, 1), (PropertyTag::PidTagDisplayCc, 2), (PropertyTag::PidTagDisplayBcc, 3)]
        {
            let of_kind = self.recipients.iter().filter(|r| r.recipient_type & 0x0F == kind);
            let names: Vec<&str> = of_kind.filter_map(|r| r.text(PropertyTag::PidTagDisplayName)).collect();
            let text = names.join("; ");
            self.head.properties.set(tag.id(), Value::String(text));
        }
        // Hidden attachments (inline images) make no paper clip. MS-OXCMSG 2.2.1.2
        self.head.has_attachments = self.attachments.values().any(|attachment| {
            attachment.properties.value(PropertyTag::PidTagAttachmentHidden.id()) != Some(&Value::Boolean(true))
        });
        self.head.size = self.total_size();
    }

    /// Every blob that the message refers to, those of embedded messages included.
    fn blobs(&self) -> SortedSet<BlobRef> {
        let mut all: SortedSet<BlobRef> = self.head.properties.blobs().collect();
        for attachment in self.attachments.values() {
            all.extend(attachment.properties.blobs());
            if let Some(embedded) = &attachment.embedded {
                all.extend(embedded.blobs());
            }
        }
        all
    }

    /// Every bag of the message, those of attachments and embedded messages included.
    pub(super) fn bags(&mut self) -> Vec<&mut Bag> {
        let mut all = vec![&mut self.head.properties];
        for attachment in self.attachments.values_mut() {
            all.push(&mut attachment.properties);
            if let Some(embedded) = &mut attachment.embedded {
                all.extend(embedded.bags());
            }
        }
        all
    }
}

pub(super) fn message_key(mailbox: u32, folder: u64, kind: Kind, message: u64) -> Key {
    Key::mailbox(mailbox).u64(folder).u8(kind as u8).u64(message)
}

fn delivery_key(mailbox: u32, at: Location, head: &MessageHead, message: u64) -> Key {
    Key::mailbox(mailbox).u64(at.folder).u8(at.kind as u8).u64(head.delivery_time()).u64(message)
}

pub(super) fn recipients_key(mailbox: u32, message: u64) -> Key {
    Key::mailbox(mailbox).u64(message).u8(0)
}

pub(super) fn attachments_key(mailbox: u32, message: u64) -> Key {
    Key::mailbox(mailbox).u64(message).u8(1)
}

impl Txn<'_> {
    /// What rows show of a message.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn message_head(
        &self,
        mailbox: u32,
        folder: u64,
        kind: Kind,
        message: u64,
    ) -> Result<Option<MessageHead>, StoreError> {
        self.get(self.dbs.messages, &message_key(mailbox, folder, kind, message))
    }

    /// A message's folder and list.
    ///
    /// # Errors
    /// The index is damaged.
    pub fn locate(&self, mailbox: u32, message: u64) -> Result<Option<Location>, StoreError> {
        let Some(bytes) = self.get_raw(self.dbs.locations, &Key::mailbox(mailbox).u64(message))? else {
            return Ok(None);
        };
        let damaged = StoreError::Corrupt(&"locations");
        let [folder @ .., kind] = bytes else { return Err(damaged) };
        let kind =
            Kind::ALL.into_iter().find(|k| *k as u8 == *kind).ok_or_else(|| StoreError::Corrupt(&"locations"))?;
        Ok(Some(Location { folder: last_u64(folder).ok_or(damaged)?, kind }))
    }

    /// A whole message.
    ///
    /// # Errors
    /// A record is damaged.
    pub fn message(&self, mailbox: u32, at: Location, message: u64) -> Result<Option<Message>, StoreError> {
        let Some(head) = self.message_head(mailbox, at.folder, at.kind, message)? else { return Ok(None) };
        Ok(Some(Message {
            head,
            recipients: self.message_recipients(mailbox, message)?,
            attachments: self.message_attachments(mailbox, message)?,
        }))
    }

    /// A message's recipients.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn message_recipients(&self, mailbox: u32, message: u64) -> Result<Vec<Recipient>, StoreError> {
        Ok(self.get(self.dbs.parts, &recipients_key(mailbox, message))?.unwrap_or_default())
    }

    /// A message's attachments.
    ///
    /// # Errors
    /// A record is damaged.
    pub fn message_attachments(&self, mailbox: u32, message: u64) -> Result<SortedMap<u32, Attachment>, StoreError> {
        let mut attachments = SortedMap::new();
        let prefix = attachments_key(mailbox, message);
        for entry in self.dbs.parts.prefix_iter(self.ro(), prefix.bytes())? {
            let (key, bytes) = entry?;
            let number = super::key::last_u32(key).ok_or_else(|| StoreError::Corrupt(&"attachment"))?;
            attachments.insert(number, Attachment::decode(bytes)?);
        }
        Ok(attachments)
    }

    /// Counters of a folder's messages of one kind, in order.
    ///
    /// # Errors
    /// LMDB refuses.
    pub fn message_ids(&self, mailbox: u32, folder: u64, kind: Kind) -> Result<Vec<u64>, StoreError> {
        let (db, prefix) = self.list_index(List { mailbox, folder, kind }, IndexOrder::Id);
        let iter = db.remap_data_type::<heed::types::DecodeIgnore>();
        let mut ids = Vec::new();
        for entry in iter.prefix_iter(self.ro(), prefix.bytes())? {
            super::txn::look();
            ids.extend(last_u64(entry?.0));
        }
        Ok(ids)
    }

    /// Writes a message, new or changed, with everything that hangs on it: indexes, counters,
    /// blobs. Large values in `message` become blobs there too. `owner` is the mailbox's record;
    /// the caller has taken identifiers from it and this writes it.
    ///
    /// # Errors
    /// The folder is gone or the disk refuses.
    pub fn save_message(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        at: Location,
        id: u64,
        message: &mut Message,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let what = self.write_message(mailbox, owner, at, id, message, now)?;
        self.note(mailbox, what);
        Ok(())
    }

    /// As [`Txn::save_message`], but only returns what is to be noted.
    fn write_message(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        at: Location,
        id: u64,
        message: &mut Message,
        now: FileTime,
    ) -> Result<What, StoreError> {
        let old = self.message(mailbox, at, id)?;
        message.head.properties.set(PropertyTag::PidTagLocalCommitTime.id(), Value::Time(now));
        message.refresh();
        let old_size = old.as_ref().map_or(0, |old| old.head.size);
        if message.head.size > old_size {
            self.want_room(message.head.size.saturating_sub(old_size).min(limits::INLINE_VALUE_MAX_BYTES))?;
        }
        let grown = owner.size.saturating_add(message.head.size).saturating_sub(old_size);
        if message.head.size > old_size && !at.kind.is_deleted() && !owner.allows(grown) {
            return Err(StoreError::Quota);
        }
        for bag in message.bags() {
            self.spill(mailbox, owner, bag)?;
        }
        let kept = message.blobs();
        let before = old.as_ref().map(Message::blobs).unwrap_or_default();
        for blob in before.difference(&kept) {
            self.delete_blob(mailbox, *blob)?;
        }
        for blob in kept.difference(&before) {
            self.unstage_blob(mailbox, *blob)?;
        }
        let same_recipients = old.as_ref().is_some_and(|old| old.recipients == message.recipients);
        if !same_recipients {
            self.put(self.dbs.parts, &recipients_key(mailbox, id), &message.recipients)?;
        }
        if old.as_ref().map(|old| &old.attachments) != Some(&message.attachments) {
            self.delete_prefix(self.dbs.parts, &attachments_key(mailbox, id))?;
            for (number, attachment) in &message.attachments {
                self.put(self.dbs.parts, &attachments_key(mailbox, id).u32(*number), attachment)?;
            }
        }
        let moved = self.put_head(mailbox, owner, at, id, old.as_ref().map(|old| &old.head), &message.head, now)?;
        self.put_mailbox(mailbox, owner)?;
        Ok(if old.is_none() { What::MessageCreated { at, id } } else { What::MessageModified { at, id, moved } })
    }

    /// Moves values too large for the record into blobs.
    fn spill(&mut self, mailbox: u32, owner: &mut Mailbox, bag: &mut Bag) -> Result<(), StoreError> {
        for stored in bag.0.values_mut() {
            let Stored::Value(value) = stored else { continue };
            if value_size(value) <= limits::INLINE_VALUE_MAX_BYTES {
                continue;
            }
            let blob = match value {
                Value::Binary(bytes) => self.put_blob(mailbox, owner.take_blob(), PropertyType::Binary, bytes)?,
                Value::String(text) => {
                    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    self.put_blob(mailbox, owner.take_blob(), PropertyType::String, &units)?
                }
                _ => continue,
            };
            *stored = Stored::Blob(blob);
        }
        Ok(())
    }

    /// Writes a head with its indexes and the folder's counters; true if its place by delivery time
    /// is another one than before.
    #[expect(clippy::too_many_arguments, reason = "what a row is, before and after")]
    fn put_head(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        at: Location,
        id: u64,
        old: Option<&MessageHead>,
        new: &MessageHead,
        now: FileTime,
    ) -> Result<bool, StoreError> {
        let delivery = delivery_key(mailbox, at, new, id);
        let moved = match old.map(|old| delivery_key(mailbox, at, old, id)) {
            Some(before) if before.bytes() == delivery.bytes() => false,
            before => {
                if let Some(before) = before {
                    self.delete(self.dbs.deliveries, &before)?;
                }
                self.put_raw(self.dbs.deliveries, &delivery, &[])?;
                true
            }
        };
        if old.is_none() {
            let mut place = u64_bytes(at.folder).to_vec();
            place.push(at.kind as u8);
            self.put_raw(self.dbs.locations, &Key::mailbox(mailbox).u64(id), &place)?;
            if at.kind.is_deleted() {
                self.put_raw(self.dbs.deletions, &deletion_key(mailbox, new.deleted_on, Deleted::Message(id)), &[])?;
            }
        }
        self.put(self.dbs.messages, &message_key(mailbox, at.folder, at.kind, id), new)?;
        self.index_change(mailbox, at, id, old, Some(new))?;
        self.count(mailbox, owner, (at, id), old, Some(new), now)?;
        self.relink(owner.ids(mailbox), at, id, Some(new), now)?;
        Ok(moved)
    }

    /// Keeps the folder's counters and sizes true.
    fn count(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        (at, id): (Location, u64),
        old: Option<&MessageHead>,
        new: Option<&MessageHead>,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let before = self.any_folder(mailbox, at.folder)?.ok_or_else(|| StoreError::NotFound)?;
        let mut folder = before.clone();
        let step = |count: &mut u32, was: bool, is: bool| {
            *count = count.saturating_add(u32::from(is)).saturating_sub(u32::from(was));
        };
        let (was, is) = (old.is_some(), new.is_some());
        match at.kind {
            Kind::Normal => {
                step(&mut folder.content_count, was, is);
                let unread = |head: Option<&MessageHead>| head.is_some_and(|head| !head.read);
                step(&mut folder.content_unread_count, unread(old), unread(new));
            }
            Kind::Associated => step(&mut folder.associated_content_count, was, is),
            Kind::Deleted => step(&mut folder.deleted_count, was, is),
            Kind::DeletedAssociated => step(&mut folder.deleted_associated_count, was, is),
            Kind::Linked => {}
        }
        if folder.kind == FolderKind::Search && !was {
            return Err(StoreError::NotFound);
        }
        let (of_folder, of_owner) = match at.kind {
            Kind::Normal | Kind::Associated => (&mut folder.size, &mut owner.size),
            Kind::Deleted => (&mut folder.deleted_size, &mut owner.deleted_size),
            Kind::DeletedAssociated => (&mut folder.deleted_associated_size, &mut owner.deleted_size),
            Kind::Linked => return Err(StoreError::NotFound),
        };
        let size = |head: Option<&MessageHead>| head.map_or(0, |head| head.size);
        for sum in [of_folder, of_owner] {
            *sum = sum.saturating_add(size(new)).saturating_sub(size(old));
        }
        folder.content_version = folder.content_version.saturating_add(1);
        if !at.kind.is_deleted() {
            folder.content_changed = now;
            folder.deleted_count_total = folder.deleted_count_total.saturating_add(u32::from(was && !is));
        }
        let place = |head: &MessageHead| (head.delivery_time(), id);
        self.note_row(RowChange {
            list: List { mailbox, folder: at.folder, kind: at.kind },
            version: folder.content_version,
            old: old.map(place),
            new: new.map(place),
        });
        self.note_counters(mailbox, at.folder, &before, &folder);
        self.put_folder(mailbox, at.folder, &folder)
    }

    /// Writes what rows show of a message whose parts stay as they are: read state, status.
    ///
    /// # Errors
    /// There is no such message, or the disk refuses.
    pub fn update_head(
        &mut self,
        mailbox: u32,
        at: Location,
        id: u64,
        head: &MessageHead,
        now: FileTime,
    ) -> Result<(), StoreError> {
        let old = self.message_head(mailbox, at.folder, at.kind, id)?.ok_or_else(|| StoreError::NotFound)?;
        let mut owner = self.mailbox(mailbox)?;
        let mut head = head.clone();
        // A change of the read state counts too. MS-OXCMSG 2.2.1.49
        head.properties.set(PropertyTag::PidTagLocalCommitTime.id(), Value::Time(now));
        let moved = self.put_head(mailbox, &mut owner, at, id, Some(&old), &head, now)?;
        self.note(mailbox, What::MessageModified { at, id, moved });
        self.put_mailbox(mailbox, &owner)
    }

    /// Takes a message out of its folder's lists, its parts and blobs left where they are.
    fn unlink(
        &mut self,
        mailbox: u32,
        owner: &mut Mailbox,
        at: Location,
        id: u64,
        head: &MessageHead,
        now: FileTime,
    ) -> Result<(), StoreError> {
        self.delete(self.dbs.messages, &message_key(mailbox, at.folder, at.kind, id))?;
        self.delete(self.dbs.deliveries, &delivery_key(mailbox, at, head, id))?;
        self.delete(self.dbs.locations, &Key::mailbox(mailbox).u64(id))?;
        self.index_change(mailbox, at, id, Some(head), None)?;
        if at.kind.is_deleted() {
            self.delete(self.dbs.deletions, &deletion_key(mailbox, head.deleted_on, Deleted::Message(id)))?;
        } else {
            self.bury(mailbox, owner, at.folder, id)?;
        }
        self.count(mailbox, owner, (at, id), Some(head), None, now)?;
        self.relink(owner.ids(mailbox), at, id, None, now)
    }

    /// Deletes a message for good. `Ok(false)`: there was none.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn delete_message(
        &mut self,
        mailbox: u32,
        folder: u64,
        kind: Kind,
        id: u64,
        now: FileTime,
    ) -> Result<bool, StoreError> {
        let at = Location { folder, kind };
        let Some(message) = self.message(mailbox, at, id)? else { return Ok(false) };
        let mut owner = self.mailbox(mailbox)?;
        for blob in message.blobs() {
            self.delete_blob(mailbox, blob)?;
        }
        self.delete_prefix(self.dbs.parts, &Key::mailbox(mailbox).u64(id))?;
        self.unlink(mailbox, &mut owner, at, id, &message.head, now)?;
        self.note(mailbox, What::MessageDeleted { at, id, to: None });
        self.put_mailbox(mailbox, &owner)?;
        Ok(true)
    }

    /// Deletes a message softly: it moves to the folder's list of deleted messages. `Ok(false)`:
    /// there was none.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn soft_delete_message(
        &mut self,
        mailbox: u32,
        folder: u64,
        kind: Kind,
        id: u64,
        now: FileTime,
    ) -> Result<bool, StoreError> {
        let at = Location { folder, kind };
        let Some(mut head) = self.message_head(mailbox, folder, kind, id)? else { return Ok(false) };
        let mut owner = self.mailbox(mailbox)?;
        self.unlink(mailbox, &mut owner, at, id, &head, now)?;
        head.deleted_on = Some(now);
        owner.stamp(&mut head)?;
        let to = Location { folder, kind: Kind::new(kind.is_associated(), true) };
        self.put_head(mailbox, &mut owner, to, id, None, &head, now)?;
        self.note(mailbox, What::MessageDeleted { at, id, to: Some(to.kind) });
        self.put_mailbox(mailbox, &owner)?;
        Ok(true)
    }

    /// Moves a message; it gets a new identifier, as MS-OXCFOLD 3.2.5.6 has it. `Ok(None)`: there
    /// was none.
    ///
    /// # Errors
    /// The destination is gone, or the disk refuses.
    pub fn move_message(
        &mut self,
        mailbox: u32,
        from: Location,
        id: u64,
        to: Location,
        now: FileTime,
    ) -> Result<Option<u64>, StoreError> {
        if self.message_head(mailbox, from.folder, from.kind, id)?.is_none() {
            return Ok(None);
        }
        let mut owner = self.mailbox(mailbox)?;
        let new_id = self.take_message_id(mailbox, &mut owner, to.folder)?;
        self.put_mailbox(mailbox, &owner)?;
        self.move_message_as(mailbox, (from, id), (to, new_id), now, &mut |_| {})?;
        Ok(Some(new_id))
    }

    /// As [`Txn::move_message`], to an identifier that was given to a client, which may say more of
    /// the change. Returns the change number.
    ///
    /// # Errors
    /// There is no such message, or the disk refuses.
    pub fn move_message_as(
        &mut self,
        mailbox: u32,
        (from, id): (Location, u64),
        (to, new_id): (Location, u64),
        now: FileTime,
        change: &mut dyn FnMut(&mut MessageHead),
    ) -> Result<u64, StoreError> {
        let mut message = self.message(mailbox, from, id)?.ok_or_else(|| StoreError::NotFound)?;
        let mut owner = self.mailbox(mailbox)?;
        self.delete_prefix(self.dbs.parts, &Key::mailbox(mailbox).u64(id))?;
        self.unlink(mailbox, &mut owner, from, id, &message.head, now)?;
        let was_read_or_unread = message.head.read_change_number > 0;
        owner.stamp_new(&mut message.head)?;
        if was_read_or_unread {
            // A client that moved it may not have heard of that.
            message.head.read_change_number = owner.take_change()?;
        }
        message.head.deleted_on = None;
        change(&mut message.head);
        let number = message.head.change_number;
        let created = self.write_message(mailbox, &mut owner, to, new_id, &mut message, now)?;
        if from.kind.is_deleted() {
            // Its deletion was told when it happened: what comes back is there anew.
            self.note(mailbox, What::MessageDeleted { at: from, id, to: None });
            self.note(mailbox, created);
        } else {
            self.note(mailbox, What::MessageMoved { from, old_id: id, at: to, id: new_id });
        }
        Ok(number)
    }

    /// Copies a message, its blobs included. `Ok(None)`: there was none.
    ///
    /// # Errors
    /// The destination is gone, or the disk refuses.
    pub fn copy_message(
        &mut self,
        mailbox: u32,
        from: Location,
        id: u64,
        to: Location,
        now: FileTime,
    ) -> Result<Option<u64>, StoreError> {
        let Some(mut message) = self.message(mailbox, from, id)? else { return Ok(None) };
        let mut owner = self.mailbox(mailbox)?;
        self.copy_blobs(mailbox, &mut owner, &mut message)?;
        let new_id = self.take_message_id(mailbox, &mut owner, to.folder)?;
        owner.stamp_new(&mut message.head)?;
        message.head.properties.set(PropertyTag::PidTagCreationTime.id(), Value::Time(now));
        message.head.deleted_on = None;
        let created = self.write_message(mailbox, &mut owner, to, new_id, &mut message, now)?;
        let copied = What::MessageCopied { from, old_id: id, at: to, id: new_id };
        self.note(mailbox, if from.kind.is_deleted() { created } else { copied });
        Ok(Some(new_id))
    }

    /// Loads every large value of a message into it, embedded messages included.
    ///
    /// # Errors
    /// A blob is gone.
    pub fn load_message(&self, mailbox: u32, message: &mut Message) -> Result<(), StoreError> {
        for bag in message.bags() {
            for stored in bag.0.values_mut() {
                if let Stored::Blob(blob) = stored {
                    *stored = Stored::Value(self.blob_value(mailbox, *blob, usize::MAX)?);
                }
            }
        }
        Ok(())
    }

    /// Gives a copy of a message, or of an attachment, blobs of its own in another mailbox or the
    /// same; staged, since the copy is not saved yet.
    ///
    /// # Errors
    /// A blob is gone, or the disk refuses.
    pub fn stage_copy(&mut self, from: u32, to: u32, message: &mut Message, now: FileTime) -> Result<(), StoreError> {
        for bag in message.bags() {
            self.stage_bag(from, to, bag, now)?;
        }
        Ok(())
    }

    /// As [`Txn::stage_copy`], for one bag.
    ///
    /// # Errors
    /// A blob is gone, or the disk refuses.
    pub fn stage_bag(&mut self, from: u32, to: u32, bag: &mut Bag, now: FileTime) -> Result<(), StoreError> {
        for stored in bag.0.values_mut() {
            if let Stored::Blob(blob) = stored {
                let staged = self.stage_blob(to, blob.property_type(), now)?;
                *blob = self.copy_blob_between(from, *blob, to, staged.id)?;
            }
        }
        Ok(())
    }

    /// Gives a copy of a message blobs of its own.
    ///
    /// # Errors
    /// A blob is gone, or the disk refuses.
    pub fn copy_blobs(&mut self, mailbox: u32, owner: &mut Mailbox, message: &mut Message) -> Result<(), StoreError> {
        for bag in message.bags() {
            for stored in bag.0.values_mut() {
                if let Stored::Blob(blob) = stored {
                    *blob = self.copy_blob(mailbox, *blob, owner.take_blob())?;
                }
            }
        }
        Ok(())
    }
}
