//! Properties that no client sets: identifiers, counters, flags. MS-OXCFOLD 2.2.2, MS-OXCMSG 2.2.1,
//! MS-OXCTABL 2.2.1
//!
//! A view is an object's record together with what it needs to say of itself; asked for a
//! property, it computes or looks into the bag. The same views serve table rows, open objects and
//! restrictions.

use super::change::{change_key, change_list};
use super::record::{Bag, Stored};
use super::restrict::Source;
use super::{
    Attachment, BlobRef, Folder, FolderKind, Kind, MailboxIds, Message, MessageHead, Recipient, Rights, RowId, Special,
    Txn,
};
use crate::mapi::{ObjectId, PropertyTag, PropertyType, Value};
use crate::wire::Wire;
use std::borrow::Cow;

/// A property as [`Source::property`] gives it.
pub type Property<'a> = Option<Cow<'a, Stored>>;

macro_rules! ids {
    ($($name:ident)*) => {$(
        const $name: u16 = PropertyTag::$name.id();
    )*};
}

ids! {
    PidTagAccess PidTagAccessLevel PidTagAssociated PidTagAssociatedContentCount PidTagAttachNumber PidTagAttachSize
    PidTagChangeKey PidTagContentCount PidTagContentUnreadCount PidTagConversationTopic PidTagDeletedCountTotal
    PidTagDeletedOn PidTagDepth PidTagEntryId PidTagFolderFlags PidTagFolderId PidTagFolderType PidTagHasAttachments
    PidTagHasNamedProperties PidTagHierRev PidTagInstID PidTagInstanceKey PidTagInstanceNum
    PidTagLocalCommitTime PidTagLocalCommitTimeMax PidTagMappingSignature PidTagMessageFlags PidTagMessageSize
    PidTagMessageStatus PidTagMid PidTagNormalizedSubject PidTagObjectType PidTagParentEntryId PidTagParentFolderId
    PidTagParentSourceKey PidTagPredecessorChangeList PidTagRead PidTagRecordKey PidTagRights PidTagRowType
    PidTagSourceKey PidTagStoreRecordKey PidTagSubfolders PidTagSubject PidTagSubjectPrefix PidTagRecipientType
    PidTagRowid PidTagHierarchyChangeNumber
}
/// PidTagChangeNumber. MS-OXCFXICS 2.2.1.2.3
const CHANGE_NUMBER: u16 = 0x67A4;

/// What a folder and the store say of what was deleted softly. MS-OXPROPS has no names for them;
/// Outlook asks the store (outlook.md §7).
pub(crate) mod deleted {
    pub(crate) const MSG_COUNT: u16 = 0x6640;
    pub(crate) const FOLDER_COUNT: u16 = 0x6641;
    pub(crate) const ASSOC_MSG_COUNT: u16 = 0x6643;
    pub(crate) const MESSAGE_SIZE: u16 = 0x669B;
    pub(crate) const NORMAL_MESSAGE_SIZE: u16 = 0x669C;
    pub(crate) const ASSOC_MESSAGE_SIZE: u16 = 0x669D;
}

/// PidTagAccess. MS-OXCPRPT 2.2.1.1
mod access {
    pub(super) const MODIFY: u32 = 0x01;
    pub(super) const READ: u32 = 0x02;
    pub(super) const DELETE: u32 = 0x04;
    pub(super) const CREATE_HIERARCHY: u32 = 0x08;
    pub(super) const CREATE_CONTENTS: u32 = 0x10;
    pub(super) const CREATE_ASSOCIATED: u32 = 0x20;
}

/// PidTagMessageFlags bits. MS-OXCMSG 2.2.1.6
mod message_flag {
    pub(super) const READ: u32 = 0x1;
    pub(super) const HAS_ATTACH: u32 = 0x10;
    pub(super) const FAI: u32 = 0x40;
    pub(super) const EVER_READ: u32 = 0x400;
}

fn owned(value: Value) -> Property<'static> {
    Some(Cow::Owned(Stored::Value(value)))
}

fn binary(bytes: Vec<u8>) -> Property<'static> {
    owned(Value::Binary(bytes))
}

fn count(n: u32) -> Property<'static> {
    owned(Value::Integer32(i32::try_from(n).unwrap_or(i32::MAX)))
}

fn bits(n: u32) -> Property<'static> {
    owned(Value::Integer32(i32::from_le_bytes(n.to_le_bytes())))
}

/// A size: PidTagMessageSizeExtended shares its identifier with PidTagMessageSize.
fn size(tag: PropertyTag, n: u64) -> Property<'static> {
    owned(match tag.property_type() {
        PropertyType::Integer64 => Value::Integer64(i64::try_from(n).unwrap_or(i64::MAX)),
        _ => Value::Integer32(i32::try_from(n).unwrap_or(i32::MAX)),
    })
}

fn kept(bag: &Bag, id: u16) -> Property<'_> {
    bag.get(id).map(Cow::Borrowed)
}

/// Loads a blob of a mailbox, or its beginning, as the value it is.
fn load(txn: &Txn<'_>, mailbox: u32, blob: BlobRef, len: usize) -> Option<Value> {
    txn.blob_value(mailbox, blob, len).ok()
}

/// A folder and what it says of itself.
pub struct FolderView<'a> {
    /// For blobs.
    pub txn: &'a Txn<'a>,
    /// The mailbox's.
    pub ids: MailboxIds,
    /// The folder's counter.
    pub folder: u64,
    /// The folder's record.
    pub record: &'a Folder,
    /// Depth in a hierarchy table; `None` outside one.
    pub depth: Option<u32>,
}

impl FolderView<'_> {
    /// Identifiers that are computed, for GetPropertiesList. The first [`Self::IDENTIFYING`] say what the folder
    /// is and where it is, and nothing of what is in it.
    pub const COMPUTED: &'static [PropertyTag] = &[
        PropertyTag::PidTagEntryId,
        PropertyTag::PidTagRecordKey,
        PropertyTag::PidTagStoreRecordKey,
        PropertyTag::PidTagMappingSignature,
        PropertyTag::PidTagParentEntryId,
        PropertyTag::PidTagObjectType,
        PropertyTag::PidTagAccess,
        PropertyTag::PidTagRights,
        PropertyTag::PidTagFolderId,
        PropertyTag::PidTagParentFolderId,
        PropertyTag::PidTagSourceKey,
        PropertyTag::PidTagFolderType,
        PropertyTag::PidTagParentSourceKey,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagPredecessorChangeList,
        PropertyTag::PidTagFolderFlags,
        PropertyTag::PidTagContentCount,
        PropertyTag::PidTagContentUnreadCount,
        PropertyTag::PidTagAssociatedContentCount,
        PropertyTag::PidTagSubfolders,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagDeletedCountTotal,
        PropertyTag::PidTagDeletedOn,
        PropertyTag::new(deleted::MSG_COUNT, PropertyType::Integer32),
        PropertyTag::new(deleted::FOLDER_COUNT, PropertyType::Integer32),
        PropertyTag::new(deleted::ASSOC_MSG_COUNT, PropertyType::Integer32),
        PropertyTag::new(deleted::MESSAGE_SIZE, PropertyType::Integer64),
        PropertyTag::new(deleted::NORMAL_MESSAGE_SIZE, PropertyType::Integer64),
        PropertyTag::new(deleted::ASSOC_MESSAGE_SIZE, PropertyType::Integer64),
        PropertyTag::PidTagHierRev,
        PropertyTag::PidTagLocalCommitTime,
        PropertyTag::PidTagLocalCommitTimeMax,
    ];

    const IDENTIFYING: usize = 12;

    fn is_root(&self) -> bool {
        self.folder == Special::Root.counter()
    }

    /// 1 FOLDER_IPM, 2 FOLDER_SEARCH, 4 FOLDER_NORMAL. MS-OXCFOLD 2.2.2.2.1.5
    fn flags(&self) -> u32 {
        let ipm = Special::IpmSubtree.counter();
        let in_ipm =
            self.folder == ipm || self.txn.ancestors(self.ids.mailbox, self.folder).is_ok_and(|up| up.contains(&ipm));
        u32::from(in_ipm) | if self.record.kind == FolderKind::Search { 2 } else { 4 }
    }

    fn rights(&self) -> Rights {
        self.txn.rights(self.ids, self.folder).unwrap_or_default()
    }

    /// PidTagAccess, of what may be done.
    fn access(&self) -> u32 {
        let rights = self.rights();
        let mut bits = 0;
        for (needed, allowed) in [
            (Rights::FOLDER_OWNER, access::MODIFY | access::DELETE),
            (Rights::READ_ANY.and(Rights::FOLDER_VISIBLE), access::READ),
            (Rights::CREATE_SUBFOLDER, access::CREATE_HIERARCHY),
            (Rights::CREATE, access::CREATE_CONTENTS | access::CREATE_ASSOCIATED),
        ] {
            bits |= if rights.any(needed) { allowed } else { 0 };
        }
        // Nothing is put into a search folder.
        let puts = access::CREATE_HIERARCHY | access::CREATE_CONTENTS | access::CREATE_ASSOCIATED;
        if self.record.kind == FolderKind::Search { bits & !puts } else { bits }
    }

    /// A visitor who may not see the folder learns what it is, and where the built-in folders are: some
    /// of those may be open to him. UNVERIFIED: what Exchange lets such a visitor know.
    fn hides(&self, tag: PropertyTag) -> bool {
        let mut shown = Self::COMPUTED.iter().take(Self::IDENTIFYING).chain(&Special::LINKS);
        self.ids.visitor.is_some() && !shown.any(|shown| shown.id() == tag.id()) && !self.rights().any(Rights::SEES)
    }

    /// The parent's SourceKey; empty for a folder directly below the root of the tree.
    fn parent_source_key(&self) -> Vec<u8> {
        if self.is_root() { Vec::new() } else { self.ids.long_term(self.record.parent).gid() }
    }

    fn computed(&self, tag: PropertyTag) -> Property<'static> {
        let record = self.record;
        match tag.id() {
            PidTagFolderId => owned(Value::Integer64(ObjectId::own(self.folder).to_i64())),
            PidTagParentFolderId => owned(Value::Integer64(ObjectId::own(record.parent).to_i64())),
            PidTagEntryId | PidTagRecordKey => binary(self.ids.folder_entry_id(self.folder)),
            PidTagParentEntryId => binary(self.ids.folder_entry_id(record.parent)),
            PidTagSourceKey => binary(self.ids.long_term(self.folder).gid()),
            PidTagParentSourceKey => binary(self.parent_source_key()),
            PidTagStoreRecordKey => binary(self.ids.guid.0.to_vec()),
            PidTagMappingSignature => binary(self.ids.repl_guid.0.to_vec()),
            PidTagChangeKey => binary(change_key(&record.properties, self.ids.repl_guid, record.change_number)),
            PidTagPredecessorChangeList => {
                binary(change_list(&record.properties, self.ids.repl_guid, record.change_number).to_bytes())
            }
            CHANGE_NUMBER => owned(Value::Integer64(ObjectId::own(record.change_number).to_i64())),
            PidTagHierarchyChangeNumber => count(record.hierarchy_version),
            PidTagContentCount => count(record.content_count),
            PidTagContentUnreadCount => count(record.content_unread_count),
            PidTagAssociatedContentCount => count(record.associated_content_count),
            PidTagDeletedCountTotal => count(record.deleted_count_total),
            PidTagDeletedOn => record.deleted_on.and_then(|time| owned(Value::Time(time))),
            deleted::MSG_COUNT => count(record.deleted_count),
            deleted::FOLDER_COUNT => count(record.deleted_folder_count),
            deleted::ASSOC_MSG_COUNT => count(record.deleted_associated_count),
            deleted::MESSAGE_SIZE => size(tag, record.deleted_size.saturating_add(record.deleted_associated_size)),
            deleted::NORMAL_MESSAGE_SIZE => size(tag, record.deleted_size),
            deleted::ASSOC_MESSAGE_SIZE => size(tag, record.deleted_associated_size),
            PidTagSubfolders => owned(Value::Boolean(record.subfolder_count > 0)),
            PidTagFolderType => count(match record.kind {
                FolderKind::Root => 0,
                FolderKind::Generic => 1,
                FolderKind::Search => 2,
            }),
            PidTagFolderFlags => bits(self.flags()),
            PidTagObjectType => count(3),
            PidTagAccess => bits(self.access()),
            // Availability is no right in a folder.
            PidTagRights => bits(self.rights().but(Rights::FREE_BUSY).0),
            PidTagMessageSize => size(tag, record.size),
            PidTagHierRev => owned(Value::Time(record.hierarchy_changed)),
            PidTagLocalCommitTimeMax => owned(Value::Time(record.content_changed)),
            PidTagLocalCommitTime => kept(&record.properties, PropertyTag::PidTagLastModificationTime.id())
                .map(|c| Cow::Owned(c.into_owned())),
            PidTagInstanceKey => binary(ObjectId::own(self.folder).to_bytes()),
            PidTagDepth => self.depth.and_then(count),
            PidTagRowType => self.depth.and_then(|_| count(1)),
            _ => None,
        }
    }
}

impl Source for FolderView<'_> {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        if self.hides(tag) {
            return None;
        }
        self.computed(tag).or_else(|| kept(&self.record.properties, tag.id()))
    }
    fn load(&self, blob: BlobRef) -> Option<Value> {
        load(self.txn, self.ids.mailbox, blob, usize::MAX)
    }
    fn load_start(&self, blob: BlobRef, len: usize) -> Option<Value> {
        load(self.txn, self.ids.mailbox, blob, len)
    }
}

/// A message and what it says of itself: a row of a table, or an open message.
#[derive(Clone, Copy)]
pub struct MessageView<'a> {
    /// For blobs and parts.
    pub txn: &'a Txn<'a>,
    /// The mailbox's.
    pub ids: MailboxIds,
    /// Folder and list; `None` for an embedded message.
    pub folder: Option<u64>,
    /// The message's counter; `None` before it is saved.
    pub message: Option<u64>,
    /// FAI?
    pub associated: bool,
    /// The record of a row, or of the open message.
    pub head: &'a MessageHead,
    /// Recipients and attachments of an open message; a row's are read when asked for.
    pub open: Option<&'a Message>,
    /// Which instance of a multivalue property the row shows, from 1; 0 for none.
    pub instance: u32,
    /// True in a table.
    pub in_table: bool,
    /// Opened to be read only.
    pub read_only: bool,
    /// PidTagDepth in a table: how many categories the row is in.
    pub depth: u32,
}

impl<'a> MessageView<'a> {
    /// Identifiers that are computed, for GetPropertiesList.
    pub const COMPUTED: &'static [PropertyTag] = &[
        PropertyTag::PidTagEntryId,
        PropertyTag::PidTagRecordKey,
        PropertyTag::PidTagStoreRecordKey,
        PropertyTag::PidTagMappingSignature,
        PropertyTag::PidTagParentEntryId,
        PropertyTag::PidTagObjectType,
        PropertyTag::PidTagAccess,
        PropertyTag::PidTagAccessLevel,
        PropertyTag::PidTagMid,
        PropertyTag::PidTagFolderId,
        PropertyTag::PidTagSourceKey,
        PropertyTag::PidTagParentSourceKey,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagPredecessorChangeList,
        PropertyTag::PidTagMessageFlags,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagMessageStatus,
        PropertyTag::PidTagHasAttachments,
        PropertyTag::PidTagHasNamedProperties,
        PropertyTag::PidTagAssociated,
        PropertyTag::PidTagRead,
        PropertyTag::PidTagSubject,
        PropertyTag::PidTagConversationTopic,
        PropertyTag::PidTagLocalCommitTime,
        PropertyTag::PidTagDeletedOn,
    ];

    /// A row of a contents table.
    #[must_use]
    pub fn row(txn: &'a Txn<'a>, ids: MailboxIds, folder: u64, kind: Kind, row: RowId, head: &'a MessageHead) -> Self {
        Self {
            txn,
            ids,
            folder: Some(folder),
            message: Some(row.message),
            associated: kind.is_associated(),
            head,
            open: None,
            instance: row.instance,
            in_table: true,
            read_only: false,
            depth: 0,
        }
    }

    /// A message that lies in an attachment.
    #[must_use]
    pub fn embedded(txn: &'a Txn<'a>, ids: MailboxIds, message: &'a Message) -> Self {
        Self {
            txn,
            ids,
            folder: None,
            message: None,
            associated: false,
            head: &message.head,
            open: Some(message),
            instance: 0,
            in_table: false,
            read_only: true,
            depth: 0,
        }
    }

    fn text(&self, id: u16) -> &str {
        self.head.properties.text(id).unwrap_or_default()
    }

    /// PidTagMessageFlags. MS-OXCMSG 2.2.1.6
    #[must_use]
    pub fn flags(&self) -> u32 {
        let mut flags = self.head.flags & !(message_flag::READ | message_flag::HAS_ATTACH | message_flag::FAI);
        if self.head.read {
            flags |= message_flag::READ | message_flag::EVER_READ;
        }
        if self.head.has_attachments {
            flags |= message_flag::HAS_ATTACH;
        }
        if self.associated {
            flags |= message_flag::FAI;
        }
        flags
    }

    fn entry_id(&self) -> Property<'static> {
        let (folder, message) = (self.folder?, self.message?);
        binary(self.ids.message_entry_id(folder, message))
    }

    fn computed(&self, tag: PropertyTag) -> Property<'static> {
        let head = self.head;
        let id_value = |counter: u64| owned(Value::Integer64(ObjectId::own(counter).to_i64()));
        match tag.id() {
            PidTagMid | PidTagInstID => self.message.and_then(id_value),
            PidTagFolderId => self.folder.and_then(id_value),
            PidTagInstanceNum if self.in_table => count(self.instance),
            PidTagEntryId => self.entry_id(),
            PidTagRecordKey => self.entry_id(),
            PidTagParentEntryId => self.folder.and_then(|folder| binary(self.ids.folder_entry_id(folder))),
            PidTagSourceKey => self.message.and_then(|message| binary(self.ids.long_term(message).gid())),
            PidTagParentSourceKey => self.folder.and_then(|folder| binary(self.ids.long_term(folder).gid())),
            PidTagStoreRecordKey => binary(self.ids.guid.0.to_vec()),
            PidTagMappingSignature => binary(self.ids.repl_guid.0.to_vec()),
            PidTagChangeKey if head.change_number > 0 => {
                binary(change_key(&head.properties, self.ids.repl_guid, head.change_number))
            }
            PidTagPredecessorChangeList if head.change_number > 0 => {
                binary(change_list(&head.properties, self.ids.repl_guid, head.change_number).to_bytes())
            }
            CHANGE_NUMBER if head.change_number > 0 => id_value(head.change_number),
            PidTagInstanceKey => {
                let message = self.message?;
                let mut key = ObjectId::own(message).to_bytes();
                key.extend(self.instance.to_le_bytes());
                binary(key)
            }
            PidTagObjectType => count(5),
            PidTagRowType if self.in_table => count(1),
            PidTagDepth if self.in_table => count(self.depth),
            PidTagMessageFlags => bits(self.flags()),
            PidTagMessageSize => size(tag, head.size),
            PidTagMessageStatus => bits(head.status),
            PidTagHasAttachments => owned(Value::Boolean(head.has_attachments)),
            PidTagHasNamedProperties => owned(Value::Boolean(self.has_named())),
            PidTagRead => owned(Value::Boolean(head.read)),
            PidTagAccess => bits(self.access()),
            PidTagAccessLevel => count(u32::from(!self.read_only)),
            PidTagAssociated => owned(Value::Boolean(self.associated)),
            PidTagDeletedOn => head.deleted_on.and_then(|time| owned(Value::Time(time))),
            PidTagSubject => self.subject().and_then(|subject| owned(Value::String(subject))),
            PidTagConversationTopic if head.properties.get(tag.id()).is_none() => {
                let topic = head.properties.text(PidTagNormalizedSubject)?;
                owned(Value::String(topic.to_owned()))
            }
            _ => None,
        }
    }

    /// PidTagAccess, of what may be done. MS-OXCMSG 2.2.1.5
    fn access(&self) -> u32 {
        let rights = match self.folder {
            Some(folder) => self.txn.rights(self.ids, folder).unwrap_or_default(),
            None => Rights::ALL,
        };
        let own = self.txn.is_own(self.ids, self.head).unwrap_or(false);
        let may = |any: Rights, owned: Rights| rights.any(any) || own && rights.any(owned);
        let modify = if may(Rights::EDIT_ANY, Rights::EDIT_OWNED) { access::MODIFY } else { 0 };
        let delete = if may(Rights::DELETE_ANY, Rights::DELETE_OWNED) { access::DELETE } else { 0 };
        modify | access::READ | delete
    }

    /// True if a named property is set.
    #[must_use]
    pub fn has_named(&self) -> bool {
        self.head.properties.0.from_key(&0x8000).next().is_some()
    }

    /// PidTagSubject: prefix and normalized subject together. MS-OXCMSG 2.2.1.46
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        let normalized = self.head.properties.text(PidTagNormalizedSubject)?;
        Some(format!("{}{normalized}", self.text(PidTagSubjectPrefix)))
    }
}

impl Source for MessageView<'_> {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        if let Some(value) = self.computed(tag) {
            return Some(value);
        }
        let stored = kept(&self.head.properties, tag.id())?;
        if tag.property_type().is_instance() && self.instance > 0 {
            let Stored::Value(value) = stored.as_ref() else { return None };
            let at = usize::try_from(self.instance.saturating_sub(1)).ok()?;
            return value.elements()?.get(at).cloned().and_then(owned);
        }
        Some(stored)
    }
    fn load(&self, blob: BlobRef) -> Option<Value> {
        load(self.txn, self.ids.mailbox, blob, usize::MAX)
    }
    fn load_start(&self, blob: BlobRef, len: usize) -> Option<Value> {
        load(self.txn, self.ids.mailbox, blob, len)
    }
    fn subobjects(&self, subobject: PropertyTag) -> Vec<Box<dyn Source + '_>> {
        let (txn, ids) = (self.txn, self.ids);
        match subobject.id() {
            0x0E12 => {
                let list: Vec<Recipient> = match (self.open, self.message) {
                    (Some(open), _) => open.recipients.clone(),
                    (None, Some(message)) => txn.message_recipients(ids.mailbox, message).unwrap_or_default(),
                    (None, None) => Vec::new(),
                };
                list.into_iter().map(|recipient| Box::new(RecipientView { recipient }) as Box<dyn Source>).collect()
            }
            0x0E13 => {
                let all = match (self.open, self.message) {
                    (Some(open), _) => open.attachments.clone(),
                    (None, Some(message)) => txn.message_attachments(ids.mailbox, message).unwrap_or_default(),
                    (None, None) => Default::default(),
                };
                all.into_iter()
                    .map(|(number, attachment)| {
                        Box::new(AttachmentView { txn, ids, number, attachment: Cow::Owned(attachment) })
                            as Box<dyn Source>
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A recipient as an object with properties.
struct RecipientView {
    recipient: Recipient,
}

impl Source for RecipientView {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        match tag.id() {
            PidTagRecipientType => count(self.recipient.recipient_type.into()),
            PidTagRowid => count(self.recipient.row_id),
            id => self.recipient.properties.get(&id).map(|value| Cow::Owned(Stored::Value(value.clone()))),
        }
    }
    fn load(&self, _: BlobRef) -> Option<Value> {
        None
    }
}

/// An attachment and what it says of itself.
pub struct AttachmentView<'a> {
    /// For blobs.
    pub txn: &'a Txn<'a>,
    /// The mailbox's.
    pub ids: MailboxIds,
    /// PidTagAttachNumber.
    pub number: u32,
    /// The attachment.
    pub attachment: Cow<'a, Attachment>,
}

impl AttachmentView<'_> {
    /// Identifiers that are computed, for GetPropertiesList.
    pub const COMPUTED: &'static [PropertyTag] = &[
        PropertyTag::PidTagAttachNumber,
        PropertyTag::PidTagAttachSize,
        PropertyTag::PidTagObjectType,
        PropertyTag::PidTagAccessLevel,
        PropertyTag::PidTagRecordKey,
        PropertyTag::PidTagStoreRecordKey,
        PropertyTag::PidTagMappingSignature,
    ];

    fn computed(&self, tag: PropertyTag) -> Property<'static> {
        match tag.id() {
            PidTagAttachNumber => count(self.number),
            PidTagAttachSize => size(tag, self.attachment.size()),
            PidTagObjectType => count(7),
            // Read-only until changed through its message. MS-OXCMSG 3.2.5.15
            PidTagAccessLevel => count(0),
            PidTagRecordKey | PidTagInstanceKey => binary(self.number.to_le_bytes().to_vec()),
            PidTagStoreRecordKey => binary(self.ids.guid.0.to_vec()),
            PidTagMappingSignature => binary(self.ids.repl_guid.0.to_vec()),
            PidTagRowType => count(1),
            _ if tag == PropertyTag::PidTagAttachDataObject && self.attachment.embedded.is_some() => {
                owned(Value::Object(0))
            }
            _ => None,
        }
    }
}

impl Source for AttachmentView<'_> {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        self.computed(tag).or_else(|| kept(&self.attachment.properties, tag.id()))
    }
    fn load(&self, blob: BlobRef) -> Option<Value> {
        load(self.txn, self.ids.mailbox, blob, usize::MAX)
    }
    fn load_start(&self, blob: BlobRef, len: usize) -> Option<Value> {
        load(self.txn, self.ids.mailbox, blob, len)
    }
}
