//! Messages, recipients and attachments as elements of a stream. MS-OXCFXICS 2.2.4.3, 3.2.5.12,
//! outlook.md §9
//!
//! What a stream must not hold, for clients that fail at it, is left out here, in one place.

use crate::limits;
use crate::mapi::{AddressBookEntryId, OneOffEntryId, PropertyName, PropertyTag, PropertyType, Value};
use crate::store::{
    Attachment, AttachmentView, Bag, BlobRef, MailboxIds, Message, MessageView, Recipient, Source as _, StoreError,
    Stored, Txn,
};
use crate::transfer::{CODE_PAGE_UTF16, Outgoing, code_page_type, marker, meta};
use crate::wire::{Wire, encode_8bit};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// In which form strings are sent. MS-OXCFXICS 2.2.3.1.1.1.1
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::exec) enum Strings {
    /// PtypString.
    #[default]
    Unicode,
    /// As a code page, which for what is kept as Unicode is 1200.
    CodePage,
    /// PtypString8 in the connection's code page.
    EightBit(u16),
}

/// SendOptions. MS-OXCFXICS 2.2.3.1.1.1.1
pub(in crate::exec) mod send_options {
    pub(in crate::exec) const UNICODE: u8 = 0x01;
    pub(in crate::exec) const USE_CPID: u8 = 0x02;
    pub(in crate::exec) const FORCE_UNICODE: u8 = 0x08;
    /// RecoverMode and PartialItem change nothing here: what is sent is whole.
    pub(in crate::exec) const KNOWN: u8 = UNICODE | USE_CPID | 0x04 | FORCE_UNICODE | 0x10;
}

impl Strings {
    pub(in crate::exec) fn new(options: u8, code_page: u16) -> Self {
        let is = |bit: u8| options & bit != 0;
        match (is(send_options::USE_CPID), is(send_options::UNICODE | send_options::FORCE_UNICODE)) {
            (true, _) => Self::CodePage,
            (false, true) => Self::Unicode,
            (false, false) => Self::EightBit(code_page),
        }
    }
}

/// Which properties of the object at the top are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::exec) enum Filter {
    AllBut(Vec<PropertyTag>),
    Only(Vec<PropertyTag>),
}

impl Filter {
    pub(in crate::exec) fn takes(&self, tag: PropertyTag) -> bool {
        let named = |tags: &[PropertyTag]| tags.iter().any(|named| named.id() == tag.id());
        match self {
            Self::AllBut(tags) => !named(tags),
            Self::Only(tags) => named(tags),
        }
    }
}

pub(super) const RECIPIENTS: PropertyTag = PropertyTag::PidTagMessageRecipients;
pub(super) const ATTACHMENTS: PropertyTag = PropertyTag::PidTagMessageAttachments;
const BODY: PropertyTag = PropertyTag::PidTagBody;
const HTML: PropertyTag = PropertyTag::PidTagHtml;
const RTF: PropertyTag = PropertyTag::PidTagRtfCompressed;
const BODIES: [PropertyTag; 3] = [BODY, HTML, RTF];
/// PidTagPreview: in a stream it becomes the body (outlook.md §9).
const PREVIEW: u16 = 0x3FD9;

/// Never among the properties of a message: what its header says, what each store says for itself,
/// and what this file sends by itself.
fn is_left_out(id: u16) -> bool {
    [
        PropertyTag::PidTagSourceKey,
        PropertyTag::PidTagParentSourceKey,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagPredecessorChangeList,
        PropertyTag::PidTagChangeNumber,
        PropertyTag::PidTagAssociated,
        PropertyTag::PidTagMid,
        PropertyTag::PidTagMessageSize,
        PropertyTag::PidTagMessageStatus,
        PropertyTag::PidTagRead,
        PropertyTag::PidTagLocalCommitTime,
        PropertyTag::PidTagNativeBody,
        PropertyTag::PidTagRtfInSync,
    ]
    .iter()
    .chain(&BODIES)
    .any(|tag| tag.id() == id)
        || id == PREVIEW
}

/// A stream being written, with what it is written from.
pub(in crate::exec) struct Content<'a> {
    pub(in crate::exec) out: &'a mut Outgoing,
    pub(in crate::exec) blobs: &'a mut Vec<BlobRef>,
    pub(in crate::exec) txn: &'a Txn<'a>,
    pub(in crate::exec) ids: MailboxIds,
    pub(in crate::exec) strings: Strings,
}

type Result<T> = std::result::Result<T, StoreError>;

impl Content<'_> {
    pub(in crate::exec) fn marker(&mut self, marker: u32) {
        self.out.marker(marker);
    }

    /// A value of our making.
    pub(in crate::exec) fn value(&mut self, tag: PropertyTag, value: Value) -> Result<()> {
        self.stored(tag, &Stored::Value(value))
    }

    /// A property as it is kept; the type is the value's, but for objects.
    pub(in crate::exec) fn stored(&mut self, tag: PropertyTag, stored: &Stored) -> Result<()> {
        let name = match tag.id() {
            id if id < 0x8000 => None,
            id => match self.txn.named_name(self.ids.mailbox, id)? {
                Some(PropertyName::Unnamed) | None => return Ok(()),
                name => name,
            },
        };
        match stored {
            Stored::Value(value) => {
                if let Some((ty, value)) = self.sendable(tag, value) {
                    self.out.property(tag.with_type(ty), name.as_ref(), &value);
                }
            }
            Stored::Blob(blob) => self.large(tag, name.as_ref(), *blob)?,
        }
        Ok(())
    }

    /// The form in which a value goes into the stream; `None`: in none.
    fn sendable<'v>(&self, tag: PropertyTag, value: &'v Value) -> Option<(PropertyType, Cow<'v, Value>)> {
        let object = tag.property_type() == PropertyType::Object;
        match value {
            // Neither are errors sent, nor what Outlook stumbles over (outlook.md §9).
            Value::Error(_) | Value::Object(_) | Value::ServerId(_) => None,
            Value::Restriction(_) | Value::RuleAction(_) => None,
            value if value.elements().is_some_and(|elements| elements.is_empty()) => None,
            Value::String(text) => {
                let eight_bit = |page| Value::String8(encode_8bit(text, page));
                match self.strings {
                    // Always as 8-bit text (outlook.md §9).
                    _ if tag.id() == PropertyTag::PidTagMessageClass.id() && text.is_ascii() => {
                        Some((PropertyType::String8, Cow::Owned(eight_bit(1252))))
                    }
                    Strings::Unicode => Some((PropertyType::String, Cow::Borrowed(value))),
                    Strings::CodePage => Some((code_page_type(CODE_PAGE_UTF16), Cow::Borrowed(value))),
                    Strings::EightBit(page) => Some((PropertyType::String8, Cow::Owned(eight_bit(page)))),
                }
            }
            Value::MultipleString(list) => match self.strings {
                Strings::EightBit(page) => {
                    let list = list.iter().map(|text| encode_8bit(text, page)).collect();
                    Some((PropertyType::MultipleString8, Cow::Owned(Value::MultipleString8(list))))
                }
                Strings::Unicode | Strings::CodePage => Some((PropertyType::MultipleString, Cow::Borrowed(value))),
            },
            Value::Binary(_) if object => Some((PropertyType::Object, Cow::Borrowed(value))),
            value => Some((value.property_type(), Cow::Borrowed(value))),
        }
    }

    /// A value that is read from the store when its turn comes.
    fn large(&mut self, tag: PropertyTag, name: Option<&PropertyName>, blob: BlobRef) -> Result<()> {
        let held = u64::try_from(limits::TRANSFER_VALUE_MAX_BYTES).unwrap_or(u64::MAX);
        let is_text = blob.property_type() == PropertyType::String;
        let (ty, end): (PropertyType, &[u8]) = match self.strings {
            _ if !is_text && tag.property_type() == PropertyType::Object => (PropertyType::Object, &[]),
            _ if !is_text => (PropertyType::Binary, &[]),
            // What is too long to be converted here stays Unicode.
            Strings::EightBit(page) if blob.len <= held => {
                if let Value::String(text) = self.txn.blob_value(self.ids.mailbox, blob, usize::MAX)? {
                    let value = Value::String8(encode_8bit(&text, page));
                    self.out.property(tag.with_type(PropertyType::String8), name, &value);
                }
                return Ok(());
            }
            Strings::CodePage => (code_page_type(CODE_PAGE_UTF16), &[0, 0]),
            Strings::Unicode | Strings::EightBit(_) => (PropertyType::String, &[0, 0]),
        };
        let number = u32::try_from(self.blobs.len()).unwrap_or(u32::MAX);
        self.blobs.push(blob);
        self.out.property_elsewhere(tag.with_type(ty), name, (number, blob.len), end);
        Ok(())
    }

    fn bag(&mut self, bag: &Bag, takes: &dyn Fn(PropertyTag) -> bool) -> Result<()> {
        for (id, stored) in &bag.0 {
            let tag = PropertyTag::new(*id, stored.property_type());
            if takes(tag) {
                self.stored(tag, stored)?;
            }
        }
        Ok(())
    }

    /// propList of a message: everything but its header. `view` is the message's own.
    pub(in crate::exec) fn properties(
        &mut self,
        view: &MessageView<'_>,
        filter: &Filter,
        best_body: bool,
    ) -> Result<()> {
        let bag = &view.head.properties;
        self.bag(bag, &|tag| !is_left_out(tag.id()) && filter.takes(tag))?;
        let computed = [PropertyTag::PidTagSubject, PropertyTag::PidTagMessageFlags, PropertyTag::PidTagHasAttachments];
        for tag in computed.into_iter().filter(|tag| filter.takes(*tag)) {
            if let Some(stored) = view.property(tag) {
                self.stored(tag, &stored)?;
            }
        }
        // A conflict shows in the status; clients ask for no other (outlook.md §9 leaves it out).
        if view.head.status != 0 && filter.takes(PropertyTag::PidTagMessageStatus) {
            let status = i32::from_le_bytes(view.head.status.to_le_bytes());
            self.value(PropertyTag::PidTagMessageStatus, Value::Integer32(status))?;
        }
        for tag in [PropertyTag::PidTagReadReceiptRequested, PropertyTag::PidTagNonReceiptNotificationRequested] {
            if bag.get(tag.id()).is_none() && filter.takes(tag) {
                self.value(tag, Value::Boolean(false))?;
            }
        }
        self.bodies(bag, filter, best_body)
    }

    /// The stored forms of the body; with `best_body` the one that the others are made of.
    fn bodies(&mut self, bag: &Bag, filter: &Filter, best_body: bool) -> Result<()> {
        let has = |tag: PropertyTag| bag.get(tag.id()).is_some();
        let mut send: Vec<PropertyTag> = BODIES.into_iter().filter(|tag| has(*tag) && filter.takes(*tag)).collect();
        // Outlook excludes PidTagBody, and shows nothing if that is all there is (outlook.md §9).
        let others = [HTML, RTF].iter().any(|tag| filter.takes(*tag));
        if send.is_empty() && has(BODY) && others && matches!(filter, Filter::AllBut(_)) {
            send.push(BODY);
        }
        if best_body {
            let native = match bag.value(PropertyTag::PidTagNativeBody.id()) {
                Some(Value::Integer32(1)) => BODY,
                Some(Value::Integer32(2)) => RTF,
                _ => HTML,
            };
            let best = [native, HTML, RTF, BODY].into_iter().find(|tag| send.contains(tag));
            send.retain(|tag| Some(*tag) == best);
        }
        for tag in &send {
            if let Some(stored) = bag.get(tag.id()) {
                self.stored(PropertyTag::new(tag.id(), stored.property_type()), stored)?;
            }
        }
        let in_sync = bag.value(PropertyTag::PidTagRtfInSync.id()) != Some(&Value::Boolean(false));
        if filter.takes(PropertyTag::PidTagRtfInSync) {
            // Outlook takes it for true if it is not there (outlook.md §9).
            self.value(PropertyTag::PidTagRtfInSync, Value::Boolean(in_sync && send.contains(&RTF)))?;
        }
        Ok(())
    }

    /// messageChildren: recipients and attachments. MS-OXCFXICS 2.2.4.3.12
    pub(in crate::exec) fn children(&mut self, message: &Message, filter: &Filter) -> Result<()> {
        if filter.takes(RECIPIENTS) {
            self.delete_first(RECIPIENTS);
            // Recipients of a report are not the ones it is for (outlook.md §9).
            let class = message.head.properties.text(PropertyTag::PidTagMessageClass.id()).unwrap_or_default();
            let is_report = class.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case("REPORT.IPM.Note"));
            for recipient in message.recipients.iter().filter(|_| !is_report) {
                self.recipient(recipient)?;
            }
        }
        if filter.takes(ATTACHMENTS) {
            self.delete_first(ATTACHMENTS);
            for (number, attachment) in &message.attachments {
                self.marker(marker::NEW_ATTACH);
                let tag = PropertyTag::PidTagAttachNumber;
                self.value(tag, Value::Integer32(i32::try_from(*number).unwrap_or(i32::MAX)))?;
                self.attachment(*number, attachment, &Filter::AllBut(Vec::new()))?;
                self.marker(marker::END_ATTACH);
            }
        }
        Ok(())
    }

    /// MetaTagFXDelProp: what the receiver has of it goes first. MS-OXCFXICS 2.2.4.1.5.1
    pub(super) fn delete_first(&mut self, tag: PropertyTag) {
        let value = Value::Integer32(i32::from_le_bytes(tag.0.to_le_bytes()));
        self.out.property(meta::FX_DEL_PROP, None, &value);
    }

    fn recipient(&mut self, recipient: &Recipient) -> Result<()> {
        let number = |n: u32| Value::Integer32(i32::try_from(n).unwrap_or(i32::MAX));
        self.marker(marker::START_RECIP);
        self.value(PropertyTag::PidTagRowid, number(recipient.row_id))?;
        self.value(PropertyTag::PidTagRecipientType, number(recipient.recipient_type.into()))?;
        for tag in [PropertyTag::PidTagDisplayName, PropertyTag::PidTagAddressType, PropertyTag::PidTagEmailAddress] {
            let default = if tag == PropertyTag::PidTagAddressType { "SMTP" } else { "" };
            let text = recipient.text(tag).unwrap_or(default);
            self.value(tag, Value::String(text.to_owned()))?;
        }
        self.value(PropertyTag::PidTagEntryId, Value::Binary(entry_id(recipient)))?;
        const SENT: [PropertyTag; 6] = [
            PropertyTag::PidTagRowid,
            PropertyTag::PidTagRecipientType,
            PropertyTag::PidTagDisplayName,
            PropertyTag::PidTagAddressType,
            PropertyTag::PidTagEmailAddress,
            PropertyTag::PidTagEntryId,
        ];
        for (id, value) in &recipient.properties {
            if !SENT.iter().any(|tag| tag.id() == *id) {
                let tag = PropertyTag::new(*id, value.property_type());
                self.stored(tag, &Stored::Value(value.clone()))?;
            }
        }
        self.marker(marker::END_TO_RECIP);
        Ok(())
    }

    /// attachmentContent, without PidTagAttachNumber. MS-OXCFXICS 2.2.4.3.1
    pub(in crate::exec) fn attachment(&mut self, number: u32, attachment: &Attachment, filter: &Filter) -> Result<()> {
        const OBJECT: u16 = PropertyTag::PidTagAttachDataObject.id();
        /// afStorage. MS-OXCMSG 2.2.2.9
        const STORAGE: Value = Value::Integer32(6);
        let bag = &attachment.properties;
        let is_storage = bag.value(PropertyTag::PidTagAttachMethod.id()) == Some(&STORAGE);
        self.bag(bag, &|tag| {
            tag.id() != OBJECT && tag.id() != PropertyTag::PidTagAttachNumber.id() && filter.takes(tag)
        })?;
        let view = AttachmentView { txn: self.txn, ids: self.ids, number, attachment: Cow::Borrowed(attachment) };
        let size = view.property(PropertyTag::PidTagAttachSize).map(Cow::into_owned);
        if let Some(size) = size.filter(|_| filter.takes(PropertyTag::PidTagAttachSize)) {
            self.stored(PropertyTag::PidTagAttachSize, &size)?;
        }
        if !filter.takes(PropertyTag::PidTagAttachDataObject) {
            return Ok(());
        }
        match (&attachment.embedded, bag.get(OBJECT)) {
            (Some(embedded), _) => {
                self.marker(marker::START_EMBED);
                let view = MessageView::embedded(self.txn, self.ids, embedded);
                let all = Filter::AllBut(Vec::new());
                self.properties(&view, &all, false)?;
                self.children(embedded, &all)?;
                self.marker(marker::END_EMBED);
                Ok(())
            }
            (None, Some(stored)) => {
                let ty = if is_storage { PropertyType::Object } else { PropertyType::Binary };
                self.stored(PropertyTag::new(OBJECT, ty), stored)
            }
            (None, None) => Ok(()),
        }
    }
}

/// A recipient's EntryID: Outlook wants one, of any length but zero (outlook.md §9).
fn entry_id(recipient: &Recipient) -> Vec<u8> {
    let text = |tag: PropertyTag| recipient.text(tag).unwrap_or_default();
    match recipient.properties.get(&PropertyTag::PidTagEntryId.id()) {
        Some(Value::Binary(bytes)) if !bytes.is_empty() => bytes.clone(),
        _ if text(PropertyTag::PidTagAddressType).eq_ignore_ascii_case("EX") => {
            AddressBookEntryId::new(0, text(PropertyTag::PidTagEmailAddress)).to_bytes()
        }
        _ => {
            OneOffEntryId::smtp(text(PropertyTag::PidTagDisplayName), text(PropertyTag::PidTagEmailAddress)).to_bytes()
        }
    }
}
