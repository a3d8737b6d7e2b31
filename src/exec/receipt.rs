//! Receipts: that a message was read, or deleted unread. MS-OXCMSG 2.2.3.10.1, MS-OXOMSG 2.2.2.1
//!
//! Delivery notes in a message's flags what its sender asked for (`deliver.rs`); here the report is
//! made and put into the mailbox of whoever is to get it, once for each message. Nothing goes to the
//! world: what would is left out, and the flags say that nothing is pending any more.

use super::send::{RECIPIENT, REPRESENTED, SENDER, by_address, by_entry_id, identity, is_full, new_message_id};
use super::{Context, Result};
use crate::deliver;
use crate::directory::{self, User};
use crate::mapi::{PropertyTag, Value};
use crate::store::{Bag, Kind, Location, Message, MessageHead, Recipient, StoreError, Txn};

/// What a receipt says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipt {
    Read,
    NotRead,
}

impl Receipt {
    /// The end of the message class, the prefix of the subject, and what happened.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Read => ("IPNRN", "Read: ", "was read on"),
            Self::NotRead => ("IPNNRN", "Not read: ", "was deleted without being read on"),
        }
    }
}

/// Who gets the receipts of a message: those named for it, else the sender.
const RECEIVERS: [[PropertyTag; 4]; 2] = [
    [
        PropertyTag::PidTagReadReceiptEntryId,
        PropertyTag::PidTagReadReceiptAddressType,
        PropertyTag::PidTagReadReceiptEmailAddress,
        PropertyTag::PidTagReadReceiptSmtpAddress,
    ],
    [
        PropertyTag::PidTagSenderEntryId,
        PropertyTag::PidTagSenderAddressType,
        PropertyTag::PidTagSenderEmailAddress,
        PropertyTag::PidTagSenderSmtpAddress,
    ],
];

/// What a report has of its message, and as what.
const TAKEN: [(PropertyTag, PropertyTag); 9] = [
    (PropertyTag::PidTagClientSubmitTime, PropertyTag::PidTagOriginalSubmitTime),
    (PropertyTag::PidTagMessageDeliveryTime, PropertyTag::PidTagOriginalDeliveryTime),
    (PropertyTag::PidTagDisplayTo, PropertyTag::PidTagOriginalDisplayTo),
    (PropertyTag::PidTagDisplayCc, PropertyTag::PidTagOriginalDisplayCc),
    (PropertyTag::PidTagConversationIndex, PropertyTag::PidTagConversationIndex),
    (PropertyTag::PidTagConversationTopic, PropertyTag::PidTagConversationTopic),
    (PropertyTag::PidTagSearchKey, PropertyTag::PidTagParentKey),
    (PropertyTag::PidTagReportTag, PropertyTag::PidTagReportTag),
    (PropertyTag::PidTagInternetMessageId, PropertyTag::PidTagInReplyToId),
];

/// The user who gets the receipts of a message; `None`: somebody elsewhere.
fn receiver(txn: &Txn<'_>, bag: &Bag) -> Result<Option<User>> {
    let text = |tag: PropertyTag| bag.text(tag.id()).unwrap_or_default();
    for [entry_id, kind, email, smtp] in RECEIVERS {
        let entry_id = match bag.value(entry_id.id()) {
            Some(Value::Binary(bytes)) => bytes.as_slice(),
            _ => &[],
        };
        if entry_id.is_empty() && text(email).is_empty() && text(smtp).is_empty() {
            continue;
        }
        for found in [
            by_entry_id(txn, entry_id)?,
            by_address(txn, text(kind), text(email))?,
            by_address(txn, "SMTP", text(smtp))?,
        ] {
            if found.is_some() {
                return Ok(found);
            }
        }
        return Ok(None);
    }
    Ok(None)
}

/// Sends the receipt of a message in a mailbox. What keeps it from arriving is no concern of whoever
/// reads or deletes the message.
pub(super) fn send(cx: &mut Context<'_, '_>, mailbox: u32, head: &MessageHead, receipt: Receipt) -> Result<()> {
    let Some(reader) = directory::by_id(cx.txn, mailbox)? else { return Ok(()) };
    let Some(user) = receiver(cx.txn, &head.properties)? else {
        log::info!("{}: a receipt is not sent, for it would go to the world", reader.address);
        return Ok(());
    };
    let report = report(cx, &head.properties, &reader, &user, receipt);
    if is_full(cx.txn, &user, report.total_size())? {
        log::info!("{}: a receipt is not sent: the mailbox of {} is full", reader.address, user.address);
        return Ok(());
    }
    match deliver::local(cx.txn, mailbox, &report, &user, cx.now) {
        Ok(_) | Err(StoreError::Quota) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// The report. Its properties are those that clients expect of one.
fn report(cx: &Context<'_, '_>, of: &Bag, reader: &User, user: &User, receipt: Receipt) -> Message {
    let (kind, prefix, happened) = receipt.words();
    let mut message = Message::default();
    let bag = &mut message.head.properties;
    for (from, to) in TAKEN {
        if let Some(value) = of.value(from.id()) {
            bag.set(to.id(), value.clone());
        }
    }
    let text = |tag: PropertyTag| of.text(tag.id()).unwrap_or_default();
    let subject = text(PropertyTag::PidTagNormalizedSubject);
    let original = format!("{}{subject}", text(PropertyTag::PidTagSubjectPrefix));
    let now = cx.now.http_date();
    let body = format!(
        "Your message\r\n\r\n    To: {}\r\n    Subject: {original}\r\n\r\n{happened} {now}.\r\n",
        text(PropertyTag::PidTagDisplayTo)
    );
    for (tag, value) in [
        (PropertyTag::PidTagMessageClass, format!("REPORT.{}.{kind}", text(PropertyTag::PidTagMessageClass))),
        (PropertyTag::PidTagSubjectPrefix, prefix.to_owned()),
        (PropertyTag::PidTagNormalizedSubject, subject.to_owned()),
        (PropertyTag::PidTagOriginalSubject, original),
        (PropertyTag::PidTagReportText, body.clone()),
        (PropertyTag::PidTagBody, body),
        (PropertyTag::PidTagInternetMessageId, new_message_id(reader)),
    ] {
        bag.set(tag.id(), Value::String(value));
    }
    for tag in [PropertyTag::PidTagReportTime, PropertyTag::PidTagReceiptTime, PropertyTag::PidTagClientSubmitTime] {
        bag.set(tag.id(), Value::Time(cx.now));
    }
    bag.set(PropertyTag::PidTagImportance.id(), Value::Integer32(1));
    bag.set(PropertyTag::PidTagSensitivity.id(), Value::Integer32(0));
    bag.set(PropertyTag::PidTagSearchKey.id(), Value::Binary(crate::random::bytes::<16>().to_vec()));
    for tags in [SENDER, REPRESENTED] {
        tags.into_iter().zip(identity(reader)).for_each(|(tag, value)| bag.set(tag.id(), value));
    }
    let properties = RECIPIENT.into_iter().map(|tag| tag.id()).zip(identity(user)).collect();
    message.recipients = vec![Recipient { row_id: 0, recipient_type: 1, flags: 0, properties }];
    message.refresh();
    message
}

/// Before a message is deleted: if its sender asked for it and it is unread, that is told.
pub(super) fn before_delete(cx: &mut Context<'_, '_>, mailbox: u32, at: Location, id: u64) -> Result<()> {
    if at.kind != Kind::Normal {
        return Ok(());
    }
    let Some(mut head) = cx.txn.message_head(mailbox, at.folder, at.kind, id)? else { return Ok(()) };
    if head.read || head.flags & deliver::MF_NOTIFY_UNREAD == 0 {
        return Ok(());
    }
    head.flags &= !(deliver::MF_NOTIFY_READ | deliver::MF_NOTIFY_UNREAD);
    cx.txn.update_head(mailbox, at, id, &head, cx.now)?;
    send(cx, mailbox, &head, Receipt::NotRead)
}
