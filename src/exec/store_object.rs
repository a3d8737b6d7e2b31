//! Properties of the logon object: what a store says of itself. MS-OXCSTOR 2.2.2.1

use super::property::{Change, apply, problems};
use super::{Context, Result};
use crate::directory::{self, User};
use crate::limits;
use crate::mapi::{AddressBookEntryId, ErrorCode, PropertyTag, PropertyType, Value};
use crate::rop::PropertyProblem;
use crate::store::deleted_property as deleted;
use crate::store::{BlobRef, Folder, FolderKind, Mailbox, MailboxIds, Property, Source, Special, Stored, Txn};
use crate::wire::{Wire, Writer};
use std::borrow::Cow;

/// The store and what it says of itself.
pub(super) struct StoreView<'a> {
    txn: &'a Txn<'a>,
    ids: MailboxIds,
    mailbox: Mailbox,
    owner: User,
    user: User,
    code_page: u16,
    locale: Value,
}

/// What a client that says nothing of its language is taken to speak: English (United States).
const ENGLISH_US: u32 = 0x0409;

/// LocaleID of a logon: what was set, else the language that the client has named.
/// MS-OXCSTOR 2.2.2.1.1.12
pub(super) fn locale(cx: &Context<'_, '_>, mailbox: &Mailbox) -> Value {
    let said = if cx.caller.locale == 0 { ENGLISH_US } else { cx.caller.locale };
    let said = Value::Integer32(i32::try_from(said).unwrap_or_default());
    mailbox.properties.value(PidTagLocaleId).cloned().unwrap_or(said)
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        const $name: u16 = PropertyTag::$name.id();
    )*};
}
ids! {
    PidTagMailboxOwnerEntryId PidTagMailboxOwnerName PidTagMessageSize PidTagUserEntryId PidTagCodePageId
    PidTagStoreState PidTagMaximumSubmitMessageSize PidTagExtendedRuleSizeLimit PidTagSerializedReplidGuidMap
    PidTagComment PidTagDisplayName PidTagStoreRecordKey PidTagRecordKey PidTagEmailAddress PidTagContentCount
    PidTagDeleteAfterSubmit PidTagOutOfOfficeState PidTagSentMailSvrEID PidTagLocaleId PidTagSortLocaleId
    PidTagMappingSignature PidTagObjectType PidTagAccess PidTagAccessLevel PidTagProhibitSendQuota
    PidTagProhibitReceiveQuota
}
/// PR_QUOTA_WARNING_THRESHOLD's place in the store: PidTagStorageQuotaLimit has no row in the table.
const PidTagStorageQuotaLimit: u16 = 0x3FF5;
/// Asked by Outlook and answered by Exchange, without a name in MS-OXPROPS (storefolders.md §2).
mod unnamed {
    pub(super) const ROOT_ENTRYID: u16 = 0x35D8;
    pub(super) const IPM_INBOX_ENTRYID: u16 = 0x35E1;
    pub(super) const SPOOLER_QUEUE_ENTRYID: u16 = 0x35E8;
    pub(super) const TEST_LINE_SPEED: u16 = 0x662B;
}

impl<'a> StoreView<'a> {
    pub(super) const COMPUTED: &'static [PropertyTag] = &[
        PropertyTag::PidTagMailboxOwnerEntryId,
        PropertyTag::PidTagMailboxOwnerName,
        PropertyTag::PidTagUserEntryId,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagCodePageId,
        PropertyTag::PidTagStoreState,
        PropertyTag::PidTagMaximumSubmitMessageSize,
        PropertyTag::PidTagExtendedRuleSizeLimit,
        PropertyTag::PidTagSerializedReplidGuidMap,
        PropertyTag::PidTagDisplayName,
        PropertyTag::PidTagStoreRecordKey,
        PropertyTag::PidTagRecordKey,
        PropertyTag::PidTagMappingSignature,
        PropertyTag::PidTagEmailAddress,
        PropertyTag::PidTagContentCount,
        PropertyTag::PidTagObjectType,
        PropertyTag::PidTagLocaleId,
        PropertyTag::PidTagOutOfOfficeState,
        PropertyTag::PidTagDeleteAfterSubmit,
    ];

    /// What a client may set.
    const WRITABLE: [u16; 5] =
        [PidTagDeleteAfterSubmit, PidTagOutOfOfficeState, PidTagSentMailSvrEID, PidTagLocaleId, PidTagSortLocaleId];

    pub(super) fn new(cx: &'a Context<'_, '_>, ids: MailboxIds) -> Result<Self> {
        let mailbox = cx.txn.mailbox(ids.mailbox)?;
        Ok(Self {
            txn: &*cx.txn,
            ids,
            locale: locale(cx, &mailbox),
            mailbox,
            owner: directory::by_id(cx.txn, ids.mailbox)?.ok_or(ErrorCode::NotFound)?,
            user: cx.caller.user.clone(),
            code_page: cx.caller.code_page,
        })
    }

    fn kept_or(&self, id: u16, default: Value) -> Value {
        self.mailbox.properties.value(id).cloned().unwrap_or(default)
    }

    fn value(&self, tag: PropertyTag) -> Option<Value> {
        let user_entry = |user: &User| Value::Binary(AddressBookEntryId::new(0, &user.legacy_dn).to_bytes());
        let folder_entry = |special: Special| Value::Binary(self.ids.folder_entry_id(special.counter()));
        let number = |n: u64| Value::Integer32(i32::try_from(n).unwrap_or(i32::MAX));
        let size = |n: u64| match tag.property_type() {
            PropertyType::Integer64 => Value::Integer64(i64::try_from(n).unwrap_or(i64::MAX)),
            _ => number(n),
        };
        Some(match tag.id() {
            PidTagMailboxOwnerEntryId => user_entry(&self.owner),
            PidTagMailboxOwnerName | PidTagDisplayName => Value::String(self.owner.display_name.clone()),
            PidTagUserEntryId => user_entry(&self.user),
            PidTagEmailAddress => Value::String(self.owner.legacy_dn.clone()),
            PidTagMessageSize => size(self.mailbox.size),
            PidTagContentCount => number(self.content_count()?),
            PidTagCodePageId => Value::Integer32(self.code_page.into()),
            PidTagStoreState => {
                const STORE_HAS_SEARCHES: i32 = 0x0100_0000;
                let has_searches = self.txn.search_count(self.ids.mailbox).is_ok_and(|count| count > 0);
                Value::Integer32(if has_searches { STORE_HAS_SEARCHES } else { 0 })
            }
            PidTagMaximumSubmitMessageSize => number(limits::SUBMIT_MAX_KIB),
            PidTagExtendedRuleSizeLimit => number(limits::EXTENDED_RULE_MAX_BYTES),
            PidTagSerializedReplidGuidMap => Value::Binary(self.replid_map()),
            PidTagStoreRecordKey | PidTagRecordKey => Value::Binary(self.ids.guid.0.to_vec()),
            PidTagMappingSignature => Value::Binary(self.ids.repl_guid.0.to_vec()),
            PidTagObjectType => Value::Integer32(1),
            PidTagAccess => Value::Integer32(if self.ids.visitor.is_some() { 0x02 } else { 0x3F }),
            PidTagAccessLevel => Value::Integer32(1),
            PidTagLocaleId => self.locale.clone(),
            PidTagOutOfOfficeState | PidTagDeleteAfterSubmit => self.kept_or(tag.id(), Value::Boolean(false)),
            unnamed::ROOT_ENTRYID => folder_entry(Special::Root),
            unnamed::IPM_INBOX_ENTRYID => folder_entry(Special::Inbox),
            unnamed::SPOOLER_QUEUE_ENTRYID => folder_entry(Special::SpoolerQueue),
            deleted::MSG_COUNT => number(self.deleted()?.deleted_count.into()),
            deleted::FOLDER_COUNT => number(self.deleted()?.deleted_folder_count.into()),
            deleted::ASSOC_MSG_COUNT => number(self.deleted()?.deleted_associated_count.into()),
            deleted::MESSAGE_SIZE => size(self.mailbox.deleted_size),
            deleted::NORMAL_MESSAGE_SIZE => size(self.deleted()?.deleted_size),
            deleted::ASSOC_MESSAGE_SIZE => size(self.deleted()?.deleted_associated_size),
            unnamed::TEST_LINE_SPEED => Value::Binary(vec![0; 256]),
            _ => return None,
        })
    }

    /// Messages in all folders but the folder-associated ones. MS-OXCSTOR 2.2.2.1.1.6. Counted when
    /// asked for, which is seldom: a count in the mailbox's record would be written with every change.
    fn content_count(&self) -> Option<u64> {
        let mailbox = self.ids.mailbox;
        let folders = self.txn.subtree(mailbox, Special::Root.counter()).ok()?;
        let counts = folders.into_iter().filter_map(|folder| self.txn.folder(mailbox, folder).ok().flatten());
        // What a search folder shows lies in another folder.
        let counts = counts.filter(|folder| folder.kind != FolderKind::Search);
        Some(counts.map(|folder| u64::from(folder.content_count)).sum())
    }

    /// Counted when asked for, as [`StoreView::content_count`].
    fn deleted(&self) -> Option<Folder> {
        self.txn.deleted_totals(self.ids.mailbox).ok()
    }

    /// PidTagSerializedReplidGuidMap: pairs of replica number and GUID. MS-OXCSTOR 2.2.2.1.1.13.
    /// The same truth as RopLongTermIdFromId (outlook.md §6).
    fn replid_map(&self) -> Vec<u8> {
        let mut w = Writer::new();
        crate::mapi::REPLICA_OWN.write(&mut w);
        self.ids.repl_guid.write(&mut w);
        for (number, guid) in self.txn.replicas(self.ids.mailbox).unwrap_or_default() {
            number.write(&mut w);
            guid.write(&mut w);
        }
        w.into_bytes()
    }
}

impl Source for StoreView<'_> {
    fn property(&self, tag: PropertyTag) -> Property<'_> {
        match self.value(tag) {
            Some(value) => Some(Cow::Owned(Stored::Value(value))),
            // What clients have put there is their owner's.
            None if self.ids.visitor.is_some() => None,
            None => self.mailbox.properties.get(tag.id()).map(Cow::Borrowed),
        }
    }
    fn load(&self, _: BlobRef) -> Option<Value> {
        None
    }
}

/// True while the owner is out of office.
pub(super) fn out_of_office(mailbox: &Mailbox) -> bool {
    mailbox.properties.value(PidTagOutOfOfficeState) == Some(&Value::Boolean(true))
}

/// Sets or removes properties of the store. PidTagComment and PidTagDisplayName are read-only, as
/// in Exchange (exchange.md).
pub(super) fn set(cx: &mut Context<'_, '_>, ids: MailboxIds, changes: Vec<Change>) -> Result<Vec<PropertyProblem>> {
    let mut mailbox = cx.txn.mailbox(ids.mailbox)?;
    let mut size = mailbox.properties.size();
    let problems = problems(changes, |tag, value| {
        let id = tag.id();
        let computed = StoreView::COMPUTED.iter().any(|computed| computed.id() == id);
        let quota = [PidTagStorageQuotaLimit, PidTagProhibitSendQuota, PidTagProhibitReceiveQuota].contains(&id);
        let counted = [deleted::MSG_COUNT, deleted::FOLDER_COUNT, deleted::ASSOC_MSG_COUNT, deleted::MESSAGE_SIZE];
        let counted =
            counted.contains(&id) || [deleted::NORMAL_MESSAGE_SIZE, deleted::ASSOC_MESSAGE_SIZE].contains(&id);
        if (computed || quota || counted || id == PidTagComment) && !StoreView::WRITABLE.contains(&id) {
            return Err(ErrorCode::AccessDenied);
        }
        // They lie in the mailbox's own record, which every change writes.
        let added = value.as_ref().map_or(0, |value| Stored::Value(value.clone()).size());
        if size.saturating_add(added) > limits::STORE_PROPERTIES_MAX_BYTES {
            return Err(ErrorCode::TooBig);
        }
        size = size.saturating_add(added);
        apply(&mut mailbox.properties, tag, value);
        Ok(())
    });
    cx.txn.put_mailbox(ids.mailbox, &mailbox)?;
    Ok(problems)
}
