//! Mailboxes: their identity, counters and the tree they are born with.
//! MS-OXCSTOR 2.2.1.1.3, MS-OXOSFLD 2.2.

use super::folder::{Folder, FolderKind};
use super::key::Key;
use super::record::{Bag, Record};
use super::{StoreError, Txn};
use crate::limits;
use crate::mapi::{FolderEntryId, LongTermId, MessageEntryId, ObjectId, PropertyTag, Value};
use crate::wire::{FileTime, Guid, Wire, Writer};
use serde::{Deserialize, Serialize};

/// A mailbox's own record. Written with every change in the mailbox: its counters are in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mailbox {
    /// MailboxGuid: ProviderUID of EntryIDs.
    pub guid: Guid,
    /// ReplGuid: the database GUID of every identifier in the mailbox.
    pub repl_guid: Guid,
    /// Next counter for folders, messages and identifiers given to clients. Never goes back.
    next_id: u64,
    /// Next change number. Never goes back.
    next_change: u64,
    next_blob: u64,
    pub(super) next_named: u16,
    /// Receive folder table. MS-OXCSTOR 2.2.1.2, 3.2.3
    pub receive_folders: Vec<ReceiveFolder>,
    /// Writable properties of the logon object.
    pub properties: Bag,
    /// Bytes of all messages but those deleted softly.
    pub size: u64,
    /// Bytes of the messages deleted softly.
    pub deleted_size: u64,
    /// Number of the last change to any folder: made, changed, moved, deleted.
    pub hierarchy_change: u64,
}

/// One row of the receive folder table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiveFolder {
    /// Message class prefix.
    pub message_class: String,
    /// Counter of the folder.
    pub folder: u64,
    /// When the row was last set.
    pub modified: FileTime,
}

impl Record for Mailbox {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"mailbox";
}

/// What identifiers of a mailbox's objects are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxIds {
    /// The mailbox's number on this box.
    pub mailbox: u32,
    /// MailboxGuid.
    pub guid: Guid,
    /// ReplGuid.
    pub repl_guid: Guid,
    /// On the public store the number of the user who is logged on, whose read state is shown; 0 on a
    /// private mailbox.
    pub reader: u32,
    /// The user whom the permissions lists of folders bind; `None`: the owner, or an administrator who
    /// asked for it.
    pub visitor: Option<u32>,
}

impl MailboxIds {
    /// The public store's?
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.mailbox == PUBLIC_STORE
    }

    /// Long-term form of one of the mailbox's own counters.
    #[must_use]
    pub fn long_term(&self, counter: u64) -> LongTermId {
        LongTermId::new(self.repl_guid, ObjectId::own(counter))
    }

    /// A folder's EntryID.
    #[must_use]
    pub fn folder_entry_id(&self, folder: u64) -> Vec<u8> {
        let folder = self.long_term(folder);
        let entry =
            if self.is_public() { FolderEntryId::public(folder) } else { FolderEntryId::private(self.guid, folder) };
        entry.to_bytes()
    }

    /// A message's EntryID.
    #[must_use]
    pub fn message_entry_id(&self, folder: u64, message: u64) -> Vec<u8> {
        let (folder, message) = (self.long_term(folder), self.long_term(message));
        let entry = match self.is_public() {
            true => MessageEntryId::public(folder, message),
            false => MessageEntryId::private(self.guid, folder, message),
        };
        entry.to_bytes()
    }
}

/// The number of the public store, the one mailbox that is nobody's: MS-OXCSTOR 1.3. Users' numbers
/// come from a counter that begins at 1. `public.rs` says what is different in it.
pub const PUBLIC_STORE: u32 = 0x8000_0000;

macro_rules! special {
    ($($(#[$doc:meta])* $counter:literal $name:ident $text:literal $parent:ident $class:literal $kind:ident $hidden:literal;)*) => {
        /// Folders that every mailbox has, with the same counters everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Special { $($(#[$doc])* $name = $counter,)* }

        impl Special {
            /// Name, parent, container class, kind, hidden: parents before children.
            pub(super) const TREE: &'static [SpecialRow] =
                &[$((Self::$name, $text, Self::$parent, $class, FolderKind::$kind, $hidden)),*];
        }
    };
}

special! {
    /// The root of all, not shown.
    1 Root "Root - Mailbox" Root "" Root false;
    /// Deferred actions of rules.
    2 DeferredAction "Deferred Action" Root "" Generic false;
    /// Messages on their way out.
    3 SpoolerQueue "Spooler Queue" Root "" Search false;
    /// What the user sees.
    4 IpmSubtree "Top of Information Store" Root "" Generic false;
    /// New mail.
    5 Inbox "Inbox" IpmSubtree "IPF.Note" Generic false;
    /// Waiting to be sent.
    6 Outbox "Outbox" IpmSubtree "IPF.Note" Generic false;
    /// Sent.
    7 SentItems "Sent Items" IpmSubtree "IPF.Note" Generic false;
    /// Waste basket.
    8 DeletedItems "Deleted Items" IpmSubtree "IPF.Note" Generic false;
    /// Views shared by folders; navigation shortcuts.
    9 CommonViews "Common Views" Root "" Generic false;
    /// Schedule.
    10 Schedule "Schedule" Root "" Generic false;
    /// Parent of search folders.
    11 Finder "Finder" Root "" Generic false;
    /// Personal views.
    12 Views "Views" Root "" Generic false;
    /// Shortcuts.
    13 Shortcuts "Shortcuts" Root "" Generic false;
    /// Unsent.
    14 Drafts "Drafts" IpmSubtree "IPF.Note" Generic false;
    /// Calendar.
    15 Calendar "Calendar" IpmSubtree "IPF.Appointment" Generic false;
    /// Contacts.
    16 Contacts "Contacts" IpmSubtree "IPF.Contact" Generic false;
    /// Tasks.
    17 Tasks "Tasks" IpmSubtree "IPF.Task" Generic false;
    /// Sticky notes.
    18 Notes "Notes" IpmSubtree "IPF.StickyNote" Generic false;
    /// Journal.
    19 Journal "Journal" IpmSubtree "IPF.Journal" Generic false;
    /// Spam.
    20 JunkEmail "Junk Email" IpmSubtree "IPF.Note" Generic false;
    /// Delegate information.
    21 FreebusyData "Freebusy Data" Root "" Generic false;
    /// What synchronisation has to say.
    22 SyncIssues "Sync Issues" IpmSubtree "IPF.Note" Generic false;
    /// Conflicting versions.
    23 Conflicts "Conflicts" SyncIssues "IPF.Note" Generic false;
    /// Changes that could not be sent.
    24 LocalFailures "Local Failures" SyncIssues "IPF.Note" Generic false;
    /// Changes that could not be received.
    25 ServerFailures "Server Failures" SyncIssues "IPF.Note" Generic false;
    /// Conversation actions.
    26 ConversationActionSettings "Conversation Action Settings" IpmSubtree "IPF.Configuration" Generic true;
    /// Quick contacts.
    27 QuickContacts "Quick Contacts" Contacts "IPF.Contact.MOC.QuickContacts" Generic true;
    /// Instant messaging contacts.
    28 ImContactList "IM Contact List" Contacts "IPF.Contact.MOC.ImContactList" Generic true;
    /// Contacts from the address book.
    29 GalContacts "GAL Contacts" Contacts "IPF.Contact.GalContacts" Generic true;
    /// Of the public store: what nobody sees.
    0x20 NonIpmSubtree "NON_IPM_SUBTREE" Root "" Generic false;
    /// Of the public store: forms of the organisation.
    0x21 EFormsRegistry "EFORMS REGISTRY" NonIpmSubtree "" Generic false;
    /// Of the public store: when people are free, as clients before Outlook 2007 published it.
    0x22 FreeBusy "SCHEDULE+ FREE BUSY" NonIpmSubtree "" Generic false;
    /// Of the public store: the address book, as the same clients downloaded it.
    0x23 OfflineAddressBook "OFFLINE ADDRESS BOOK" NonIpmSubtree "" Generic false;
    /// Of the public store: forms in the language of the organisation.
    0x24 LocalEForms "Organization Forms" EFormsRegistry "" Generic false;
    /// Of the public store: of the one site there is.
    0x25 LocalFreeBusy "Local Free Busy" FreeBusy "" Generic false;
    /// Of the public store: of the one site there is.
    0x26 LocalOfflineAddressBook "Local Offline Address Book" OfflineAddressBook "" Generic false;
    /// Of the public store: no news here.
    0x27 NntpArticleIndex "NNTP Article Index" NonIpmSubtree "" Generic false;
}

/// A line of the table of built-in folders.
pub(super) type SpecialRow = (Special, &'static str, Special, &'static str, FolderKind, bool);

/// The first counter that is not one of the built-in folders.
const FIRST_FREE_ID: u64 = 0x100;

impl Special {
    /// The folder's counter.
    #[must_use]
    pub fn counter(self) -> u64 {
        u64::from(self as u8)
    }

    /// The folder's identifier.
    #[must_use]
    pub fn id(self) -> ObjectId {
        ObjectId::own(self.counter())
    }

    /// FolderIds of the RopLogon response, in its order. MS-OXCSTOR 2.2.1.1.3
    pub const LOGON: [Self; 13] = [
        Self::Root,
        Self::DeferredAction,
        Self::SpoolerQueue,
        Self::IpmSubtree,
        Self::Inbox,
        Self::Outbox,
        Self::SentItems,
        Self::DeletedItems,
        Self::CommonViews,
        Self::Schedule,
        Self::Finder,
        Self::Views,
        Self::Shortcuts,
    ];

    /// FolderIds of the RopLogon response of a public store, the empty ones at the end left out.
    /// MS-OXCSTOR 2.2.1.1.4
    pub const PUBLIC_LOGON: [Self; 10] = [
        Self::Root,
        Self::IpmSubtree,
        Self::NonIpmSubtree,
        Self::EFormsRegistry,
        Self::FreeBusy,
        Self::OfflineAddressBook,
        Self::LocalEForms,
        Self::LocalFreeBusy,
        Self::LocalOfflineAddressBook,
        Self::NntpArticleIndex,
    ];

    /// The built-in folders of a mailbox, parents before children.
    pub(super) fn tree(mailbox: u32) -> impl Iterator<Item = &'static SpecialRow> {
        let public = mailbox == PUBLIC_STORE;
        Self::TREE.iter().filter(move |(special, ..)| match special {
            Self::Root | Self::IpmSubtree => true,
            _ => public == (special.counter() >= Self::NonIpmSubtree.counter()),
        })
    }

    /// True for counters of folders that may not be deleted or moved.
    #[must_use]
    pub fn is_special(counter: u64) -> bool {
        Self::TREE.iter().any(|(special, ..)| special.counter() == counter)
    }

    /// The properties that name one folder each, as far as every mailbox has them.
    pub const SINGLE_LINKS: [PropertyTag; 6] = [
        PropertyTag::PidTagIpmAppointmentEntryId,
        PropertyTag::PidTagIpmContactEntryId,
        PropertyTag::PidTagIpmJournalEntryId,
        PropertyTag::PidTagIpmNoteEntryId,
        PropertyTag::PidTagIpmTaskEntryId,
        PropertyTag::PidTagIpmDraftsEntryId,
    ];

    /// Properties that name special folders and stand on the root and on the Inbox, with the same
    /// value. MS-OXOSFLD 2.2.2
    pub const LINKS: [PropertyTag; 10] = [
        PropertyTag::PidTagIpmAppointmentEntryId,
        PropertyTag::PidTagIpmContactEntryId,
        PropertyTag::PidTagIpmJournalEntryId,
        PropertyTag::PidTagIpmNoteEntryId,
        PropertyTag::PidTagIpmTaskEntryId,
        PropertyTag::PidTagRemindersOnlineEntryId,
        PropertyTag::PidTagIpmDraftsEntryId,
        PropertyTag::PidTagAdditionalRenEntryIds,
        PropertyTag::PidTagAdditionalRenEntryIdsEx,
        PropertyTag::PidTagFreeBusyEntryIds,
    ];
}

/// The links of a new mailbox.
pub(super) fn links(ids: &MailboxIds) -> Vec<(PropertyTag, Value)> {
    let entry = |special: Special| ids.folder_entry_id(special.counter());
    vec![
        (PropertyTag::PidTagIpmAppointmentEntryId, Value::Binary(entry(Special::Calendar))),
        (PropertyTag::PidTagIpmContactEntryId, Value::Binary(entry(Special::Contacts))),
        (PropertyTag::PidTagIpmJournalEntryId, Value::Binary(entry(Special::Journal))),
        (PropertyTag::PidTagIpmNoteEntryId, Value::Binary(entry(Special::Notes))),
        (PropertyTag::PidTagIpmTaskEntryId, Value::Binary(entry(Special::Tasks))),
        (PropertyTag::PidTagIpmDraftsEntryId, Value::Binary(entry(Special::Drafts))),
        (
            PropertyTag::PidTagAdditionalRenEntryIds,
            Value::MultipleBinary(
                [
                    Special::Conflicts,
                    Special::SyncIssues,
                    Special::LocalFailures,
                    Special::ServerFailures,
                    Special::JunkEmail,
                ]
                .map(entry)
                .to_vec(),
            ),
        ),
        (PropertyTag::PidTagAdditionalRenEntryIdsEx, Value::Binary(persist_data(&entry))),
        (
            PropertyTag::PidTagFreeBusyEntryIds,
            Value::MultipleBinary(vec![Vec::new(), Vec::new(), Vec::new(), entry(Special::FreebusyData)]),
        ),
    ]
}

/// PersistData blocks. MS-OXOSFLD 2.2.4
fn persist_data(entry: &dyn Fn(Special) -> Vec<u8>) -> Vec<u8> {
    const RSF_PID_CONVERSATION_ACTION_SETTINGS: u16 = 0x8006;
    const RSF_PID_BUDDYLIST_PDLS: u16 = 0x800A;
    const RSF_PID_BUDDYLIST_CONTACTS: u16 = 0x800B;
    const RSF_ELID_ENTRYID: u16 = 1;
    let mut w = Writer::new();
    for (id, special) in [
        (RSF_PID_CONVERSATION_ACTION_SETTINGS, Special::ConversationActionSettings),
        (RSF_PID_BUDDYLIST_PDLS, Special::ImContactList),
        (RSF_PID_BUDDYLIST_CONTACTS, Special::QuickContacts),
    ] {
        let data = entry(special);
        let size = u16::try_from(data.len()).unwrap_or(u16::MAX);
        id.write(&mut w);
        size.saturating_add(4).write(&mut w);
        RSF_ELID_ENTRYID.write(&mut w);
        size.write(&mut w);
        w.raw(&data);
    }
    w.into_bytes()
}

/// How large a mailbox may become, in KiB, the unit of the properties that hold it.
/// MS-OXCSTOR 2.2.2.1.1.4, 2.2.2.1.1.5
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// From here on the user is warned.
    pub warn_kib: Option<u32>,
    /// From here on nothing can be sent.
    pub send_kib: Option<u32>,
    /// From here on nothing can be saved or received.
    pub receive_kib: Option<u32>,
}

/// PidTagStorageQuotaLimit, PidTagProhibitSendQuota, PidTagProhibitReceiveQuota.
const QUOTAS: [u16; 3] =
    [0x3FF5, PropertyTag::PidTagProhibitSendQuota.id(), PropertyTag::PidTagProhibitReceiveQuota.id()];

impl Mailbox {
    /// The quotas that are set.
    #[must_use]
    pub fn quota(&self) -> Quota {
        let [warn_kib, send_kib, receive_kib] = QUOTAS.map(|id| match self.properties.value(id) {
            Some(Value::Integer32(kib)) => u32::try_from(*kib).ok(),
            _ => None,
        });
        Quota { warn_kib, send_kib, receive_kib }
    }

    /// Sets the quotas; `None` removes one.
    pub fn set_quota(&mut self, quota: Quota) {
        for (id, kib) in QUOTAS.into_iter().zip([quota.warn_kib, quota.send_kib, quota.receive_kib]) {
            match kib {
                Some(kib) => self.properties.set(id, Value::Integer32(i32::try_from(kib).unwrap_or(i32::MAX))),
                None => drop(self.properties.remove(id)),
            }
        }
    }

    /// May the mailbox grow to this many bytes?
    pub(super) fn allows(&self, size: u64) -> bool {
        self.quota().receive_kib.is_none_or(|kib| size <= u64::from(kib).saturating_mul(1024))
    }

    /// Does what was deleted softly take no more room than it may? With a quota it may take as much
    /// again; without one only time ends it.
    pub(super) fn allows_deleted(&self) -> bool {
        self.quota().receive_kib.is_none_or(|kib| self.deleted_size <= u64::from(kib).saturating_mul(1024))
    }

    /// A counter for a new folder or message.
    ///
    /// # Errors
    /// All 2^48 are used.
    pub fn take_id(&mut self) -> Result<u64, StoreError> {
        self.take_ids(1)
    }

    /// The first of `count` counters in a row.
    ///
    /// # Errors
    /// All 2^48 are used.
    pub fn take_ids(&mut self, count: u32) -> Result<u64, StoreError> {
        let first = self.next_id;
        let next = first.saturating_add(count.into());
        if next > limits::COUNTER_MAX {
            return Err(StoreError::Full);
        }
        self.next_id = next;
        Ok(first)
    }

    /// A change number for a change made now.
    ///
    /// # Errors
    /// All 2^48 are used.
    pub fn take_change(&mut self) -> Result<u64, StoreError> {
        let change = self.next_change;
        if change >= limits::COUNTER_MAX {
            return Err(StoreError::Full);
        }
        self.next_change = change.saturating_add(1);
        Ok(change)
    }

    /// As [`Mailbox::take_change`], for a change in the hierarchy.
    ///
    /// # Errors
    /// All 2^48 are used.
    pub fn take_folder_change(&mut self) -> Result<u64, StoreError> {
        self.hierarchy_change = self.take_change()?;
        Ok(self.hierarchy_change)
    }

    /// The last change number that was given out.
    #[must_use]
    pub fn last_change(&self) -> u64 {
        self.next_change.saturating_sub(1)
    }

    /// Has this counter been given out, to an object or a client?
    #[must_use]
    pub fn has_given(&self, id: u64) -> bool {
        id > 0 && id < self.next_id
    }

    /// The first counter that was never given out.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(super) fn next_change(&self) -> u64 {
        self.next_change
    }

    pub(super) fn next_blob(&self) -> u64 {
        self.next_blob
    }

    pub(super) fn take_blob(&mut self) -> u64 {
        let blob = self.next_blob;
        self.next_blob = blob.saturating_add(1);
        blob
    }

    /// A mailbox whose own record is lost, to be put around the folders that are left.
    pub(super) fn bare(mailbox: u32, guid: Guid, repl_guid: Guid, now: FileTime) -> Self {
        let row = |class: &str, special: Special| ReceiveFolder {
            message_class: class.to_owned(),
            folder: special.counter(),
            modified: now,
        };
        Self {
            guid,
            repl_guid,
            next_id: FIRST_FREE_ID,
            next_change: 1,
            next_blob: 1,
            next_named: limits::NAMED_ID_MIN,
            // Nothing is received in the public store.
            receive_folders: match mailbox {
                PUBLIC_STORE => Vec::new(),
                _ => vec![
                    row("", Special::Inbox),
                    row("IPM", Special::Inbox),
                    row("REPORT.IPM", Special::Inbox),
                    row("IPC", Special::Root),
                ],
            },
            properties: Bag::default(),
            size: 0,
            deleted_size: 0,
            hierarchy_change: 0,
        }
    }

    /// A built-in folder as it is in a new mailbox.
    pub(super) fn built_in(&mut self, mailbox: u32, special: Special, now: FileTime) -> Result<Folder, StoreError> {
        let found = Special::TREE.iter().find(|(known, ..)| *known == special).ok_or_else(|| StoreError::NotFound)?;
        let (_, name, parent, class, kind, hidden) = found;
        let mut folder = Folder::new(*kind, parent.counter(), self.take_folder_change()?, now);
        folder.set_name(match special {
            Special::Root if mailbox == PUBLIC_STORE => "Root - Public",
            Special::IpmSubtree if mailbox == PUBLIC_STORE => "IPM_SUBTREE",
            _ => name,
        });
        if !class.is_empty() {
            folder.properties.set(PropertyTag::PidTagContainerClass.id(), Value::String((*class).to_owned()));
        }
        if *hidden {
            folder.properties.set(PropertyTag::PidTagAttributeHidden.id(), Value::Boolean(true));
        }
        if matches!(special, Special::Root | Special::Inbox) && mailbox != PUBLIC_STORE {
            // The mailbox's number is not part of them.
            for (tag, value) in links(&self.ids(0)) {
                folder.properties.set(tag.id(), value);
            }
        }
        Ok(folder)
    }

    /// Moves the counters behind everything that is in use.
    pub(super) fn raise(&mut self, id: u64, change: u64, blob: u64, named: u16) {
        self.next_id = self.next_id.max(id.saturating_add(1));
        self.next_change = self.next_change.max(change.saturating_add(1));
        self.next_blob = self.next_blob.max(blob.saturating_add(1));
        self.next_named = self.next_named.max(named.saturating_add(1));
    }

    /// What identifiers in this mailbox are made of.
    #[must_use]
    pub fn ids(&self, mailbox: u32) -> MailboxIds {
        MailboxIds { mailbox, guid: self.guid, repl_guid: self.repl_guid, reader: 0, visitor: None }
    }

    /// The receive folder for a message class: the row whose class is the longest prefix on whole
    /// components; "" matches all. MS-OXCSTOR 3.2.5.8
    #[must_use]
    pub fn receive_folder(&self, message_class: &str) -> Option<&ReceiveFolder> {
        let class = super::fold(message_class);
        let fits = |row: &&ReceiveFolder| {
            let prefix = super::fold(&row.message_class);
            prefix.is_empty()
                || class.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.receive_folders.iter().filter(fits).max_by_key(|row| row.message_class.len())
    }
}

impl Txn<'_> {
    /// A mailbox's record.
    ///
    /// # Errors
    /// There is none: [`StoreError::NotFound`].
    pub fn mailbox(&self, mailbox: u32) -> Result<Mailbox, StoreError> {
        self.get(self.dbs.mailboxes, &Key::mailbox(mailbox))?.ok_or_else(|| StoreError::NotFound)
    }

    /// Writes a mailbox's record back.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_mailbox(&mut self, mailbox: u32, record: &Mailbox) -> Result<(), StoreError> {
        self.put(self.dbs.mailboxes, &Key::mailbox(mailbox), record)
    }

    /// Makes a mailbox with its whole tree. Its GUIDs are its own, so that SourceKeys of two
    /// mailboxes never collide.
    ///
    /// # Errors
    /// The number is taken, or the disk refuses.
    pub fn create_mailbox(&mut self, mailbox: u32, now: FileTime) -> Result<Mailbox, StoreError> {
        if self.get::<Mailbox>(self.dbs.mailboxes, &Key::mailbox(mailbox))?.is_some() {
            return Err(StoreError::Exists);
        }
        let (guid, repl_guid) = (crate::random::bytes(), crate::random::bytes());
        let mut record = Mailbox::bare(mailbox, Guid::from_random(guid), Guid::from_random(repl_guid), now);
        for (special, ..) in Special::tree(mailbox) {
            let folder = record.built_in(mailbox, *special, now)?;
            self.insert_folder(mailbox, special.counter(), &folder)?;
        }
        self.put_mailbox(mailbox, &record)?;
        Ok(record)
    }

    /// Removes a mailbox and everything in it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn delete_mailbox(&mut self, mailbox: u32) -> Result<(), StoreError> {
        let dbs = self.dbs;
        for db in [
            dbs.mailboxes,
            dbs.folders,
            dbs.children,
            dbs.deleted_folders,
            dbs.deletions,
            dbs.messages,
            dbs.locations,
            dbs.deliveries,
            dbs.changes,
            dbs.graves,
            dbs.parts,
            dbs.blobs,
            dbs.staged,
            dbs.names,
            dbs.replicas,
            dbs.per_user,
            dbs.reads,
            dbs.permissions,
            dbs.searches,
            dbs.searching,
            dbs.links,
        ] {
            self.delete_prefix(db, &Key::mailbox(mailbox))?;
        }
        Ok(())
    }
}
