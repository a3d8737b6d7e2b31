//! One message into one mailbox: what delivery adds to what the message itself says.
//!
//! Knows no SMTP and no MIME: `mail` has made properties of the bytes, or a user of this box has
//! written them; the store keeps them. Rules come later.

use crate::directory::{self, User};
use crate::limits;
use crate::mail;
use crate::mapi::{AddressBookEntryId, ObjectId, OneOffEntryId, PropertyTag, Value};
use crate::sorted::SortedMap;
use crate::store::{
    Attachment, Bag, Kind, Location, Message, MessageHead, MessageView, Recipient, RowId, Special, StoreError, Txn,
    What,
};
use crate::wire::{FileTime, Wire};

/// PidTagMessageFlags bits kept in a head. MS-OXCMSG 2.2.1.6
const MF_UNSENT: u32 = 0x8;
const MF_INTERNET: u32 = 0x2000;
const MF_FROM_ME: u32 = 0x20;
/// The sender wants to hear when the message is first read.
pub(crate) const MF_NOTIFY_READ: u32 = 0x100;
/// The sender wants to hear when it is deleted unread.
pub(crate) const MF_NOTIFY_UNREAD: u32 = 0x200;

/// How message classes of reports begin. MS-OXOMSG 2.2.2.1
const REPORT: &str = "REPORT.";

/// Puts an imported message into a folder; returns its identifier.
///
/// # Errors
/// [`StoreError::NotFound`]: no such mailbox or folder. [`StoreError::Full`].
pub fn import(
    txn: &mut Txn<'_>,
    mailbox: u32,
    folder: ObjectId,
    message: &mail::Message,
    now: FileTime,
) -> Result<ObjectId, StoreError> {
    let user = directory::by_id(txn, mailbox)?.ok_or_else(|| StoreError::NotFound)?;
    let folder = folder.counter();
    txn.folder(mailbox, folder)?.ok_or_else(|| StoreError::NotFound)?;
    let mut stored = convert(txn, mailbox, message, now)?;
    received_by(&mut stored, &user);
    // Every message says who changed it last (MS-OXCMSG 2.2.1.1): nobody has since it came to its owner.
    let bag = &mut stored.head.properties;
    default(bag, PropertyTag::PidTagLastModifierName, Value::String(user.display_name.clone()));
    let entry_id = AddressBookEntryId::new(0, &user.legacy_dn).to_bytes();
    default(bag, PropertyTag::PidTagLastModifierEntryId, Value::Binary(entry_id));
    stored.head.read = message.flags.read;
    // What was read elsewhere is no new mail.
    let is_new = !message.flags.read && !message.flags.draft;
    stored.head.flags = MF_INTERNET | if message.flags.draft { MF_UNSENT } else { 0 };
    stored.head.flags |= if is_new { receipts(&stored.head.properties) } else { 0 };
    let delivered = PropertyTag::PidTagMessageDeliveryTime.id();
    if stored.head.properties.get(delivered).is_none() {
        stored.head.properties.set(delivered, Value::Time(now));
    }
    arrive(txn, mailbox, folder, &mut stored, is_new, now)
}

/// The receipts that the sender of a message asks for. Who asks for one wants the other too
/// (MS-OXOMSG 2.2.1.29); reports have none, or there would be no end of them.
fn receipts(bag: &Bag) -> u32 {
    let asks = |tag: PropertyTag| bag.value(tag.id()) == Some(&Value::Boolean(true));
    let class = bag.text(PropertyTag::PidTagMessageClass.id()).unwrap_or_default();
    if class.get(..REPORT.len()).is_some_and(|start| start.eq_ignore_ascii_case(REPORT)) {
        return 0;
    }
    match (asks(PropertyTag::PidTagReadReceiptRequested), asks(PropertyTag::PidTagNonReceiptNotificationRequested)) {
        (true, _) => MF_NOTIFY_READ | MF_NOTIFY_UNREAD,
        (false, true) => MF_NOTIFY_UNREAD,
        (false, false) => 0,
    }
}

/// Saves a message as another one of its folder. `is_new`: it is new mail where its class is received.
fn arrive(
    txn: &mut Txn<'_>,
    mailbox: u32,
    folder: u64,
    stored: &mut Message,
    is_new: bool,
    now: FileTime,
) -> Result<ObjectId, StoreError> {
    let mut owner = txn.mailbox(mailbox)?;
    let id = txn.take_message_id(mailbox, &mut owner, folder)?;
    owner.stamp_new(&mut stored.head)?;
    let at = Location { folder, kind: Kind::Normal };
    txn.save_message(mailbox, &mut owner, at, id, stored, now)?;
    let class = stored.head.properties.text(PropertyTag::PidTagMessageClass.id()).unwrap_or_default();
    let is_received = owner.receive_folder(class).is_some_and(|row| row.folder == folder);
    if is_received && is_new {
        let row = RowId { message: id, instance: 0 };
        let flags = MessageView::row(txn, owner.ids(mailbox), folder, Kind::Normal, row, &stored.head).flags();
        let class = class.chars().take(limits::MESSAGE_CLASS_MAX_CHARS).collect();
        txn.note(mailbox, What::NewMail { at, id, flags, class });
    }
    Ok(ObjectId::own(id))
}

/// What concerns the sender's own copy only, or says who received it before.
const NOT_FOR_OTHERS: [PropertyTag; 22] = [
    PropertyTag::PidTagSentMailSvrEID,
    PropertyTag::PidTagSentMailEntryId,
    PropertyTag::PidTagDeleteAfterSubmit,
    PropertyTag::PidTagTargetEntryId,
    PropertyTag::PidTagDeferredSendTime,
    PropertyTag::PidTagDeferredSendNumber,
    PropertyTag::PidTagDeferredSendUnits,
    PropertyTag::PidTagSourceKey,
    PropertyTag::PidTagPredecessorChangeList,
    PropertyTag::PidTagReceivedByName,
    PropertyTag::PidTagReceivedByAddressType,
    PropertyTag::PidTagReceivedByEmailAddress,
    PropertyTag::PidTagReceivedBySmtpAddress,
    PropertyTag::PidTagReceivedByEntryId,
    PropertyTag::PidTagReceivedBySearchKey,
    PropertyTag::PidTagReceivedRepresentingName,
    PropertyTag::PidTagReceivedRepresentingAddressType,
    PropertyTag::PidTagReceivedRepresentingEmailAddress,
    PropertyTag::PidTagReceivedRepresentingEntryId,
    PropertyTag::PidTagReceivedRepresentingSearchKey,
    PropertyTag::PidTagMessageToMe,
    PropertyTag::PidTagMessageCcMe,
];

/// Puts a copy of a message that lies in the mailbox `from` into the receive folder of `to`. Those
/// who get it blindly are not named in it.
///
/// # Errors
/// [`StoreError::NotFound`]: no such mailbox. [`StoreError::Quota`], [`StoreError::Full`].
pub fn local(
    txn: &mut Txn<'_>,
    from: u32,
    message: &Message,
    to: &User,
    now: FileTime,
) -> Result<ObjectId, StoreError> {
    const BCC: u8 = 3;
    let mut copy = message.clone();
    copy.recipients.retain(|recipient| recipient.recipient_type & 0x0F != BCC);
    translate(txn, from, to.id, &mut copy)?;
    txn.stage_copy(from, to.id, &mut copy, now)?;
    let bag = &mut copy.head.properties;
    for tag in NOT_FOR_OTHERS {
        bag.remove(tag.id());
    }
    for tag in [
        PropertyTag::PidTagMessageDeliveryTime,
        PropertyTag::PidTagCreationTime,
        PropertyTag::PidTagLastModificationTime,
    ] {
        bag.set(tag.id(), Value::Time(now));
    }
    received_by(&mut copy, to);
    copy.head.flags = receipts(&copy.head.properties) | if from == to.id { MF_FROM_ME } else { 0 };
    (copy.head.read, copy.head.read_change_number, copy.head.status) = (false, 0, 0);
    let class = copy.head.properties.text(PropertyTag::PidTagMessageClass.id()).unwrap_or_default();
    let folder = txn.mailbox(to.id)?.receive_folder(class).map_or_else(|| Special::Inbox.counter(), |row| row.folder);
    let folder = if txn.folder(to.id, folder)?.is_some() { folder } else { Special::Inbox.counter() };
    arrive(txn, to.id, folder, &mut copy, true, now)
}

/// A message of one mailbox: where it lies, and its identifier.
pub struct Located {
    /// The mailbox.
    pub mailbox: u32,
    /// Where in it.
    pub at: Location,
    /// Which message there.
    pub id: u64,
}

/// Puts a copy of a message into another mailbox, as it is: nothing is delivered. `change` has the last
/// word about its head. Returns the number of the change; `None`: there is no such message.
///
/// # Errors
/// [`StoreError::Quota`], [`StoreError::Full`]; the destination is gone.
pub fn carry(
    txn: &mut Txn<'_>,
    from: &Located,
    to: &Located,
    now: FileTime,
    change: &mut dyn FnMut(&mut MessageHead),
) -> Result<Option<u64>, StoreError> {
    let Some(mut message) = txn.message(from.mailbox, from.at, from.id)? else { return Ok(None) };
    translate(txn, from.mailbox, to.mailbox, &mut message)?;
    txn.stage_copy(from.mailbox, to.mailbox, &mut message, now)?;
    let mut owner = txn.mailbox(to.mailbox)?;
    owner.stamp_new(&mut message.head)?;
    message.head.read_change_number = 0;
    message.head.deleted_on = None;
    change(&mut message.head);
    let number = message.head.change_number;
    txn.save_message(to.mailbox, &mut owner, to.at, to.id, &mut message, now)?;
    Ok(Some(number))
}

/// Gives named properties the numbers that they have in another mailbox.
fn translate(txn: &mut Txn<'_>, from: u32, to: u32, message: &mut Message) -> Result<(), StoreError> {
    if from == to {
        return Ok(());
    }
    let mut numbers = SortedMap::new();
    for old in message.named_ids() {
        // A mailbox whose names are used up loses the property, not the message.
        if let Some(name) = txn.named_name(from, old)?
            && let Some(new) = txn.create_named_id(to, &name)?
        {
            numbers.insert(old, new);
        }
    }
    message.renumber(&numbers);
    Ok(())
}

/// The stored form of an imported message, embedded messages included.
fn convert(txn: &mut Txn<'_>, mailbox: u32, message: &mail::Message, now: FileTime) -> Result<Message, StoreError> {
    let mut out = Message::default();
    let bag = &mut out.head.properties;
    for property in &message.properties {
        bag.set(property.tag.id(), property.value.clone());
    }
    for (name, value) in &message.named {
        // A mailbox whose 32,766 names are used up loses the property, not the message.
        if let Some(id) = txn.create_named_id(mailbox, &name.clone().folded())? {
            bag.set(id, value.clone());
        }
    }
    default(bag, PropertyTag::PidTagMessageClass, Value::String("IPM.Note".to_owned()));
    default(bag, PropertyTag::PidTagImportance, Value::Integer32(1));
    default(bag, PropertyTag::PidTagSensitivity, Value::Integer32(0));
    default(bag, PropertyTag::PidTagNormalizedSubject, Value::String(String::new()));
    default(bag, PropertyTag::PidTagClientSubmitTime, Value::Time(now));
    default(bag, PropertyTag::PidTagSearchKey, Value::Binary(crate::random::bytes::<16>().to_vec()));
    bag.set(PropertyTag::PidTagCreationTime.id(), Value::Time(now));
    bag.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(now));
    // Subject is computed from its prefix and the rest.
    bag.remove(PropertyTag::PidTagSubject.id());
    out.recipients = (0_u32..).zip(&message.recipients).map(|(row_id, r)| recipient(row_id, r)).collect();
    for (number, attachment) in (0_u32..).zip(&message.attachments) {
        let mut stored = Attachment::default();
        for property in &attachment.properties {
            stored.properties.set(property.tag.id(), property.value.clone());
        }
        default(&mut stored.properties, PropertyTag::PidTagCreationTime, Value::Time(now));
        default(&mut stored.properties, PropertyTag::PidTagLastModificationTime, Value::Time(now));
        stored.embedded = match &attachment.embedded {
            Some(embedded) => Some(Box::new(convert(txn, mailbox, embedded, now)?)),
            None => None,
        };
        out.attachments.insert(number, stored);
    }
    out.head.read = true;
    out.refresh();
    Ok(out)
}

fn default(bag: &mut Bag, tag: PropertyTag, value: Value) {
    if bag.get(tag.id()).is_none() {
        bag.set(tag.id(), value);
    }
}

fn recipient(row_id: u32, r: &mail::Recipient) -> Recipient {
    const MAIL_USER: i32 = 6;
    let text = |text: &str| Value::String(text.to_owned());
    let mut search_key = format!("SMTP:{}", r.address.to_uppercase()).into_bytes();
    search_key.push(0);
    let properties: SortedMap<u16, Value> = [
        (PropertyTag::PidTagDisplayName, text(&r.display_name)),
        (PropertyTag::PidTagAddressType, text("SMTP")),
        (PropertyTag::PidTagEmailAddress, text(&r.address)),
        (PropertyTag::PidTagSmtpAddress, text(&r.address)),
        (PropertyTag::PidTagObjectType, Value::Integer32(MAIL_USER)),
        (PropertyTag::PidTagDisplayType, Value::Integer32(0)),
        (PropertyTag::PidTagEntryId, Value::Binary(OneOffEntryId::smtp(&r.display_name, &r.address).to_bytes())),
        (PropertyTag::PidTagSearchKey, Value::Binary(search_key)),
    ]
    .into_iter()
    .map(|(tag, value)| (tag.id(), value))
    .collect();
    Recipient { row_id, recipient_type: r.recipient_type.0, flags: 0, properties }
}

/// Who received it. MS-OXOMSG 2.2.1.22 to 2.2.1.38
fn received_by(message: &mut Message, user: &User) {
    let entry_id = AddressBookEntryId::new(0, &user.legacy_dn).to_bytes();
    let mut search_key = format!("EX:{}", user.legacy_dn.to_uppercase()).into_bytes();
    search_key.push(0);
    let of_kind = |kind: u8| {
        message.recipients.iter().any(|r| {
            let address = r.text(PropertyTag::PidTagSmtpAddress).unwrap_or_default();
            r.recipient_type == kind && address.eq_ignore_ascii_case(&user.address)
        })
    };
    let (to_me, cc_me) = (of_kind(1), of_kind(2));
    let bag = &mut message.head.properties;
    for (tag, value) in [
        (PropertyTag::PidTagReceivedByName, Value::String(user.display_name.clone())),
        (PropertyTag::PidTagReceivedByAddressType, Value::String("EX".to_owned())),
        (PropertyTag::PidTagReceivedByEmailAddress, Value::String(user.legacy_dn.clone())),
        (PropertyTag::PidTagReceivedBySmtpAddress, Value::String(user.address.clone())),
        (PropertyTag::PidTagReceivedByEntryId, Value::Binary(entry_id.clone())),
        (PropertyTag::PidTagReceivedBySearchKey, Value::Binary(search_key.clone())),
        (PropertyTag::PidTagReceivedRepresentingName, Value::String(user.display_name.clone())),
        (PropertyTag::PidTagReceivedRepresentingAddressType, Value::String("EX".to_owned())),
        (PropertyTag::PidTagReceivedRepresentingEmailAddress, Value::String(user.legacy_dn.clone())),
        (PropertyTag::PidTagReceivedRepresentingEntryId, Value::Binary(entry_id)),
        (PropertyTag::PidTagReceivedRepresentingSearchKey, Value::Binary(search_key)),
        (PropertyTag::PidTagMessageToMe, Value::Boolean(to_me)),
        (PropertyTag::PidTagMessageCcMe, Value::Boolean(cc_me)),
    ] {
        default(bag, tag, value);
    }
}
