//! Sending a message: to users of this box, at once and in one transaction, so that nothing is ever
//! half delivered. MS-OXOMSG 3.3.5.1.3.
//!
//! A group is taken apart, and the message goes on saying that it is to the group. There is no way
//! to the world yet: a message with a recipient who is no user of this box is refused as a whole,
//! before anything of it is delivered. Nor is there a queue: a message that is
//! to be sent later is refused too.

use super::message::{Place, message, message_mut, save};
use super::object::{Object, Open};
use super::{Context, Result};
use crate::deliver;
use crate::directory::{self, EntryKind, User};
use crate::limits;
use crate::mail;
use crate::mapi::{
    AddressBookEntryId, ErrorCode, FolderEntryId, ObjectId, OneOffEntryId, PropertyTag, REPLICA_OWN, Value,
};
use crate::store::{Bag, FolderKind, Location, Mailbox, MailboxIds, Message, Recipient, Special, Stored, Txn};
use crate::wire::Wire;

/// PidTagMessageFlags bits kept in a head. MS-OXCMSG 2.2.1.6
const MF_SUBMITTED: u32 = 0x4;
const MF_UNSENT: u32 = 0x8;
const MF_RESEND: u32 = 0x80;
/// PidTagRecipientType: of a message that is sent again, one who did not get it, and one who did.
const FAILED_BEFORE: u8 = 0x10;
const SENT_BEFORE: u8 = 0x80;
/// PidTagContentFilterSpamConfidenceLevel: who is logged on sends no spam.
const TRUSTED: (u16, Value) = (0x4076, Value::Integer32(-1));

/// Sends the open message at an index.
pub(super) fn send(cx: &mut Context<'_, '_>, index: u8) -> Result<()> {
    let handle = cx.handle(index)?;
    let place = message_mut(cx, index)?.place;
    let (ids, object) = message(cx, index)?;
    if place == Place::Embedded {
        return Err(ErrorCode::NotSupported.into());
    }
    let users = check(cx, ids, &object.message)?;
    let (before, base_change) = (object.message.clone(), object.base_change);
    let sent = stamp(cx, index, ids, &users).and_then(|()| deliver_all(cx, handle, ids, place, &users));
    if sent.is_err()
        && let Some(Open { object: Object::Message(object), .. }) = cx.objects.get_mut(handle)
    {
        // Nothing happened: the working copy is what it was.
        (object.place, object.base_change, object.message) = (place, base_change, before);
    }
    sent
}

/// Whoever gets the message, if it may be sent; nothing is changed.
fn check(cx: &Context<'_, '_>, ids: MailboxIds, message: &Message) -> Result<Vec<User>> {
    let sender = &cx.caller.user;
    if message.head.flags & MF_SUBMITTED != 0 {
        return Err(ErrorCode::AlreadySent.into());
    }
    if let Some(Value::Time(when)) = message.head.properties.value(PropertyTag::PidTagDeferredSendTime.id())
        && *when > cx.now
    {
        log::info!("{}: a message that is to be sent later is refused: there is no queue yet", sender.address);
        return Err(ErrorCode::NotSupported.into());
    }
    let users = recipients(cx.txn, sender, message)?;
    if message.total_size() > limits::SUBMIT_MAX_KIB.saturating_mul(1024) {
        return Err(ErrorCode::MaxSubmissionExceeded.into());
    }
    let own = cx.txn.mailbox(ids.mailbox)?;
    if over(own.quota().send_kib, own.size) {
        return Err(ErrorCode::QuotaExceeded.into());
    }
    for user in &users {
        if is_full(cx.txn, user, message.total_size())? {
            log::info!("{}: a message is refused: the mailbox of {} is full", sender.address, user.address);
            return Err(ErrorCode::ShutoffQuotaExceeded.into());
        }
    }
    represented(cx.txn, sender, &message.head.properties)?;
    Ok(users)
}

fn over(kib: Option<u32>, size: u64) -> bool {
    kib.is_some_and(|kib| size > u64::from(kib).saturating_mul(1024))
}

/// Has a user no room to receive so much?
pub(super) fn is_full(txn: &Txn<'_>, user: &User, size: u64) -> Result<bool> {
    let mailbox = txn.mailbox(user.id)?;
    Ok(over(mailbox.quota().receive_kib, mailbox.size.saturating_add(size)))
}

/// The users whom the message is to reach, each once.
fn recipients(txn: &Txn<'_>, sender: &User, message: &Message) -> Result<Vec<User>> {
    let again = message.head.flags & MF_RESEND != 0;
    let wanted = |recipient: &&Recipient| {
        let kind = recipient.recipient_type;
        !again || kind & FAILED_BEFORE != 0 && kind & SENT_BEFORE == 0
    };
    let mut users: Vec<User> = Vec::new();
    for recipient in message.recipients.iter().filter(wanted) {
        let reached = match user_of(txn, recipient)? {
            Some(user) => Some(vec![user]),
            None => members(txn, recipient)?,
        };
        let Some(reached) = reached else {
            let name = [PropertyTag::PidTagSmtpAddress, PropertyTag::PidTagEmailAddress];
            let name = name.into_iter().find_map(|tag| recipient.text(tag)).unwrap_or_default();
            log::info!(
                "{}: a message is refused, for {} is no user of this box, and mail to the world is not sent yet",
                sender.address,
                name.escape_debug()
            );
            return Err(ErrorCode::AmbiguousRecipient.into());
        };
        for user in reached {
            if !users.iter().any(|known| known.id == user.id) {
                users.push(user);
            }
        }
    }
    if users.is_empty() { Err(ErrorCode::NoRecipients.into()) } else { Ok(users) }
}

/// The user of an address: `EX` names by DN, everything else by SMTP address.
pub(super) fn by_address(txn: &Txn<'_>, kind: &str, address: &str) -> Result<Option<User>> {
    if address.is_empty() {
        return Ok(None);
    }
    let by_dn = kind.eq_ignore_ascii_case("EX");
    Ok(if by_dn { directory::by_dn(txn, address)? } else { directory::by_address(txn, address)? })
}

/// The user of an EntryID of an address book or of a single address.
pub(super) fn by_entry_id(txn: &Txn<'_>, entry_id: &[u8]) -> Result<Option<User>> {
    if let Ok(entry) = AddressBookEntryId::from_bytes(entry_id) {
        return by_address(txn, "EX", &entry.x500_dn);
    }
    match OneOffEntryId::from_bytes(entry_id) {
        Ok(one) => by_address(txn, &one.address_type, &one.email_address),
        Err(_) => Ok(None),
    }
}

fn user_of(txn: &Txn<'_>, recipient: &Recipient) -> Result<Option<User>> {
    let text = |tag: PropertyTag| recipient.text(tag).unwrap_or_default();
    let kind = text(PropertyTag::PidTagAddressType);
    if let Some(user) = by_address(txn, kind, text(PropertyTag::PidTagEmailAddress))? {
        return Ok(Some(user));
    }
    if let Some(user) = by_address(txn, "SMTP", text(PropertyTag::PidTagSmtpAddress))? {
        return Ok(Some(user));
    }
    match recipient.properties.get(&PropertyTag::PidTagEntryId.id()) {
        Some(Value::Binary(entry_id)) => by_entry_id(txn, entry_id),
        _ => Ok(None),
    }
}

/// The users in a group, if the recipient is one; `None` also if somebody in it is elsewhere.
fn members(txn: &Txn<'_>, recipient: &Recipient) -> Result<Option<Vec<User>>> {
    let text = |tag: PropertyTag| recipient.text(tag).unwrap_or_default();
    let dn = match recipient.properties.get(&PropertyTag::PidTagEntryId.id()) {
        Some(Value::Binary(entry_id)) => AddressBookEntryId::from_bytes(entry_id).map(|entry| entry.x500_dn),
        _ => Ok(String::new()),
    };
    let email = text(PropertyTag::PidTagEmailAddress);
    let mut found = None;
    for dn in [email, dn.as_deref().unwrap_or_default()].into_iter().filter(|dn| dn.starts_with('/')) {
        found = found.or(directory::listing_by_dn(txn, dn)?);
    }
    for address in [email, text(PropertyTag::PidTagSmtpAddress)].into_iter().filter(|text| text.contains('@')) {
        found = found.or(directory::listing_by_address(txn, address)?);
    }
    let Some(group) = found.filter(|entry| entry.facts.kind == EntryKind::Group) else { return Ok(None) };
    let mut users = Vec::new();
    for entry in directory::expand(txn, group.id)? {
        match directory::by_id(txn, entry.id)? {
            Some(user) => users.push(user),
            None => return Ok(None),
        }
    }
    Ok(Some(users))
}

/// Whom a message is from: its sender, or somebody who made the sender a delegate (MS-OXOABK 2.2.5.5,
/// MS-OXODLGT 3.1.4.3.1). Nobody else's name may be in it.
/// A meeting that is forwarded names its organiser, and stays as it is (outlook.md §11).
fn represented(txn: &Txn<'_>, sender: &User, bag: &Bag) -> Result<User> {
    if represents_organizer(bag) {
        return Ok(sender.clone());
    }
    let text = |tag: PropertyTag| bag.text(tag.id()).unwrap_or_default();
    let kind = text(PropertyTag::PidTagSentRepresentingAddressType);
    let mut named = Vec::new();
    for (kind, tag) in [
        (kind, PropertyTag::PidTagSentRepresentingEmailAddress),
        ("SMTP", PropertyTag::PidTagSentRepresentingSmtpAddress),
    ] {
        if !text(tag).is_empty() {
            named.push(by_address(txn, kind, text(tag))?);
        }
    }
    if let Some(Value::Binary(entry_id)) = bag.value(PropertyTag::PidTagSentRepresentingEntryId.id())
        && !entry_id.is_empty()
    {
        named.push(by_entry_id(txn, entry_id)?);
    }
    let Some(first) = named.pop() else { return Ok(sender.clone()) };
    if let Some(user) = first
        && named.iter().all(|other| other.as_ref().is_some_and(|other| other.id == user.id))
        && (user.id == sender.id
            || directory::listing(txn, user.id)?.is_some_and(|entry| entry.facts.delegates.contains(&sender.id)))
    {
        return Ok(user);
    }
    log::info!("{}: a message in the name of another is refused", sender.address);
    Err(ErrorCode::SendAsDenied.into())
}

fn represents_organizer(bag: &Bag) -> bool {
    const MEETING: &str = "ipm.schedule.meeting";
    let class = bag.text(PropertyTag::PidTagMessageClass.id()).unwrap_or_default().to_ascii_lowercase();
    let is_meeting = class.strip_prefix(MEETING).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    is_meeting && bag.get(PropertyTag::PidTagSentRepresentingEntryId.id()).is_some()
}

/// Name, address and identifiers of a user, in the order of the tags below.
pub(super) fn identity(user: &User) -> [Value; 6] {
    let mut search_key = format!("EX:{}", user.legacy_dn.to_uppercase()).into_bytes();
    search_key.push(0);
    [
        Value::String(user.display_name.clone()),
        Value::String("EX".to_owned()),
        Value::String(user.legacy_dn.clone()),
        Value::String(user.address.clone()),
        Value::Binary(AddressBookEntryId::new(0, &user.legacy_dn).to_bytes()),
        Value::Binary(search_key),
    ]
}

pub(super) const SENDER: [PropertyTag; 6] = [
    PropertyTag::PidTagSenderName,
    PropertyTag::PidTagSenderAddressType,
    PropertyTag::PidTagSenderEmailAddress,
    PropertyTag::PidTagSenderSmtpAddress,
    PropertyTag::PidTagSenderEntryId,
    PropertyTag::PidTagSenderSearchKey,
];
pub(super) const REPRESENTED: [PropertyTag; 6] = [
    PropertyTag::PidTagSentRepresentingName,
    PropertyTag::PidTagSentRepresentingAddressType,
    PropertyTag::PidTagSentRepresentingEmailAddress,
    PropertyTag::PidTagSentRepresentingSmtpAddress,
    PropertyTag::PidTagSentRepresentingEntryId,
    PropertyTag::PidTagSentRepresentingSearchKey,
];
pub(super) const RECIPIENT: [PropertyTag; 6] = [
    PropertyTag::PidTagDisplayName,
    PropertyTag::PidTagAddressType,
    PropertyTag::PidTagEmailAddress,
    PropertyTag::PidTagSmtpAddress,
    PropertyTag::PidTagEntryId,
    PropertyTag::PidTagSearchKey,
];

/// A Message-ID that nothing else has.
pub(super) fn new_message_id(sender: &User) -> String {
    let domain = sender.address.rsplit('@').next().unwrap_or_default();
    let unique: String = crate::random::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{unique}@{domain}>")
}

/// Sets what the server says of a message that is sent.
fn stamp(cx: &mut Context<'_, '_>, index: u8, ids: MailboxIds, users: &[User]) -> Result<()> {
    let (now, sender) = (cx.now, cx.caller.user.clone());
    let locale = super::store_object::locale(cx, &cx.txn.mailbox(ids.mailbox)?);
    let (_, object) = message(cx, index)?;
    let represented = represented(cx.txn, &sender, &object.message.head.properties)?;
    let mut resolved = object.message.recipients.clone();
    for recipient in &mut resolved {
        let Some(user) = user_of(cx.txn, recipient)?.filter(|user| users.iter().any(|u| u.id == user.id)) else {
            continue;
        };
        for (tag, value) in RECIPIENT.into_iter().zip(identity(&user)) {
            recipient.properties.insert(tag.id(), value);
        }
    }
    let message = &mut message_mut(cx, index)?.message;
    message.recipients = resolved;
    let organizer = represents_organizer(&message.head.properties);
    let bag = &mut message.head.properties;
    for (tag, value) in SENDER.into_iter().zip(identity(&sender)) {
        bag.set(tag.id(), value);
    }
    for (tag, value) in REPRESENTED.into_iter().zip(identity(&represented)).filter(|_| !organizer) {
        bag.set(tag.id(), value);
    }
    bag.set(PropertyTag::PidTagClientSubmitTime.id(), Value::Time(now));
    bag.set(PropertyTag::PidTagMessageLocaleId.id(), locale);
    bag.set(TRUSTED.0, TRUSTED.1);
    if bag.get(PropertyTag::PidTagInternetMessageId.id()).is_none() {
        bag.set(PropertyTag::PidTagInternetMessageId.id(), Value::String(new_message_id(&sender)));
    }
    if bag.get(PropertyTag::PidTagConversationIndex.id()).is_none() {
        let root = bag.text(PropertyTag::PidTagInternetMessageId.id()).unwrap_or_default();
        let index = mail::new_index(root, Some(now));
        bag.set(PropertyTag::PidTagConversationIndex.id(), Value::Binary(index));
    }
    message.head.flags &= !(MF_UNSENT | MF_SUBMITTED);
    message.refresh();
    Ok(())
}

/// Saves the message, puts a copy into every mailbox, and puts it where sent ones go.
fn deliver_all(cx: &mut Context<'_, '_>, handle: u32, ids: MailboxIds, place: Place, users: &[User]) -> Result<()> {
    let id = save(cx, handle, place, false)?;
    let at = cx.txn.locate(ids.mailbox, id)?.ok_or(ErrorCode::NotFound)?;
    let mut message = cx.txn.message(ids.mailbox, at, id)?.ok_or(ErrorCode::NotFound)?;
    for user in users {
        deliver::local(cx.txn, ids.mailbox, &message, user, cx.now)?;
    }
    log::info!("{} sends a message to {} users of this box", cx.caller.user.address, users.len());
    match goes_to(cx, ids, &message.head.properties)? {
        None => {
            cx.txn.delete_message(ids.mailbox, at.folder, at.kind, id, cx.now)?;
        }
        Some(folder) => {
            message.head.read = true;
            cx.txn.update_head(ids.mailbox, at, id, &message.head, cx.now)?;
            if folder != at.folder {
                cx.txn.move_message(ids.mailbox, at, id, Location { folder, ..at }, cx.now)?;
            }
        }
    }
    Ok(())
}

/// Where a message goes that was sent; nowhere, if it is to be deleted. The message says it, or the
/// store, or it is Sent Items.
fn goes_to(cx: &Context<'_, '_>, ids: MailboxIds, bag: &Bag) -> Result<Option<u64>> {
    let mailbox: Mailbox = cx.txn.mailbox(ids.mailbox)?;
    let is_folder = |folder: &u64| -> Result<bool> {
        let record = cx.txn.folder(ids.mailbox, *folder)?;
        Ok(record.is_some_and(|record| record.kind == FolderKind::Generic))
    };
    for bag in [bag, &mailbox.properties] {
        for folder in [server_id(bag), entry_id(bag, ids)].into_iter().flatten() {
            if is_folder(&folder)? {
                return Ok(Some(folder));
            }
        }
        if bag.value(PropertyTag::PidTagDeleteAfterSubmit.id()) == Some(&Value::Boolean(true)) {
            return Ok(None);
        }
    }
    Ok(Some(Special::SentItems.counter()))
}

/// PidTagSentMailSvrEID: 1 for a folder of ours, FolderId, and zeros. MS-OXCDATA 2.11.1.4
fn server_id(bag: &Bag) -> Option<u64> {
    let Some(Stored::Value(Value::ServerId(bytes))) = bag.get(PropertyTag::PidTagSentMailSvrEID.id()) else {
        return None;
    };
    let (ours, rest) = bytes.split_first()?;
    let id = ObjectId(u64::from_le_bytes(*rest.first_chunk::<8>()?));
    (*ours == 1 && id.replica() == REPLICA_OWN).then(|| id.counter())
}

/// PidTagSentMailEntryId, if it is of this mailbox.
fn entry_id(bag: &Bag, ids: MailboxIds) -> Option<u64> {
    let Some(Value::Binary(bytes)) = bag.value(PropertyTag::PidTagSentMailEntryId.id()) else { return None };
    let entry = FolderEntryId::from_bytes(bytes).ok()?;
    (entry.folder.database_guid == ids.repl_guid).then(|| entry.folder.counter())
}
