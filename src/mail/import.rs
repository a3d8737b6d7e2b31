//! One message of the outside world as properties. MS-OXCMAIL 2.2.

use super::address;
use super::attach::{self, Shown};
use super::bag::{Bag, without_zeros};
use super::body::Plan;
use super::class::{self, Smime};
use super::date;
use super::entity::{Budget, Entity};
use super::header::Header;
use super::subject;
use super::thread;
use super::{Attachment, Flags, Message};
use crate::limits::KEYWORDS_MAX;
use crate::mapi::names::{PidNameKeywords, set};
use crate::mapi::{PropertyName, PropertyTag, Value};
use crate::wire::FileTime;
use std::borrow::Cow;

/// Header fields kept as named properties in PS_INTERNET_HEADERS. The list is short and fixed: a
/// mailbox has some thirty thousand identifiers for names and never gives one back, so a sender
/// must not choose them. All other fields are in PidTagTransportMessageHeaders.
const NAMED_HEADERS: &[&str] = &[
    "accept-language",
    "auto-submitted",
    "content-class",
    "list-archive",
    "list-id",
    "list-post",
    "precedence",
    "user-agent",
    "x-mailer",
    "x-spam-flag",
    "x-spam-level",
    "x-spam-status",
];

/// Turns a message into properties; whatever the bytes are, a message comes out.
///
/// `received` is when this server got it; a Received field in the message is believed before that,
/// so that old mail keeps its place.
#[must_use]
pub fn import(raw: &[u8], received: Option<FileTime>) -> Message {
    import_within(raw, received, &mut Budget::default())
}

/// A message that may be embedded in another.
pub(super) fn import_within(raw: &[u8], received: Option<FileTime>, budget: &mut Budget) -> Message {
    let raw = with_line_feeds(raw);
    let raw = without_blank_lines(&raw);
    let mut root = Entity::message(raw, budget);
    // Before MIME, files were uuencoded in the text.
    let (text, uuencoded) =
        if root.header.has("content-type") { (Vec::new(), Vec::new()) } else { attach::from_uuencoded(root.body) };
    if !uuencoded.is_empty() {
        root.body = &text;
    }
    let mut message = put_header(&root.header, root.header_block, received);
    message.string(PropertyTag::PidTagMessageClass, class::of(&root));
    let mut attachments = match class::smime(&root) {
        Some(Smime::Opaque) => opaque(&mut message, &root, budget),
        Some(Smime::ClearSigned) => clear_signed(&mut message, &root),
        None => body_and_attachments(&mut message, &root, budget),
    };
    attachments.extend(uuencoded);
    Message {
        properties: message.into_properties(),
        named: named(&root.header),
        recipients: address::recipients(&root.header),
        attachments,
        flags: Flags::default(),
    }
}

/// Does this begin like a message?
pub(super) fn looks_like_message(raw: &[u8]) -> bool {
    let raw = with_line_feeds(raw);
    !Header::split(without_blank_lines(&raw)).0.is_empty()
}

/// Very old files end their lines with CR alone.
fn with_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\r') && !raw.contains(&b'\n') {
        Cow::Owned(raw.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect())
    } else {
        Cow::Borrowed(raw)
    }
}

/// Empty lines before the header, as some forwarders leave them.
fn without_blank_lines(raw: &[u8]) -> &[u8] {
    let start = raw.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(0);
    let rest = raw.get(start..).unwrap_or(raw);
    if start > 0 && Header::split(rest).0.is_empty() { raw } else { rest }
}

/// Everything that the header of the message tells.
fn put_header(header: &Header<'_>, block: &[u8], received: Option<FileTime>) -> Bag {
    let mut bag = Bag::default();
    let topic = subject::put(&mut bag, header);
    address::put_senders(&mut bag, header);
    address::put_reply_to(&mut bag, header);
    let submitted = date::submitted(header);
    let delivered = date::received(header).or(received).or(submitted);
    // MS-OXCMAIL takes the current time if Date is missing; here no clock is read.
    if let Some(time) = submitted.or(delivered) {
        bag.time(PropertyTag::PidTagClientSubmitTime, time);
    }
    if let Some(time) = delivered {
        bag.time(PropertyTag::PidTagMessageDeliveryTime, time);
    }
    thread::put(&mut bag, header, &topic, submitted.or(delivered));
    put_urgency(&mut bag, header);
    put_receipts(&mut bag, header);
    for (name, tag) in [
        ("list-help", PropertyTag::PidTagListHelp),
        ("list-subscribe", PropertyTag::PidTagListSubscribe),
        ("list-unsubscribe", PropertyTag::PidTagListUnsubscribe),
    ] {
        if let Some(value) = header.plain(name) {
            bag.string(tag, value);
        }
    }
    bag.string(PropertyTag::PidTagTransportMessageHeaders, header.transport(block));
    bag
}

/// PidTagImportance, PidTagPriority, PidTagSensitivity: always set, because Outlook's views behave
/// oddly without the last. MS-OXCMAIL 2.2.3.2.5; MS-OXCMSG 2.2.1.11, 2.2.1.12, 2.2.1.13
fn put_urgency(bag: &mut Bag, header: &Header<'_>) {
    let value = |name: &str| header.plain(name).map(|value| value.to_ascii_lowercase());
    let named = |text: &str| match text {
        "low" => Some(0),
        "normal" => Some(1),
        "high" => Some(2),
        _ => None,
    };
    let priority = value("priority").and_then(|text| match text.as_str() {
        "non-urgent" => Some(0),
        "normal" => Some(1),
        "urgent" => Some(2),
        _ => None,
    });
    // "1", "1 (Highest)"
    let x_priority = value("x-priority").and_then(|text| match text.as_bytes().first() {
        Some(b'4' | b'5') => Some(0),
        Some(b'3') => Some(1),
        Some(b'1' | b'2') => Some(2),
        _ => None,
    });
    let x_ms_priority = value("x-msmail-priority").and_then(|text| named(&text));
    let importance = value("importance").and_then(|text| named(&text));
    let importance = importance.or(priority).or(x_priority).or(x_ms_priority).unwrap_or(1);
    bag.integer(PropertyTag::PidTagImportance, importance);
    // Urgent 1, normal 0, not urgent -1.
    bag.integer(PropertyTag::PidTagPriority, priority.unwrap_or(importance).saturating_sub(1));
    let sensitivity = match value("sensitivity").as_deref() {
        Some("personal") => 1,
        Some("private") => 2,
        Some("company-confidential") => 3,
        _ => 0,
    };
    bag.integer(PropertyTag::PidTagSensitivity, sensitivity);
}

/// Receipts that the sender asks for. MS-OXCMAIL 2.1.3.1.5, 2.6.1
fn put_receipts(bag: &mut Bag, header: &Header<'_>) {
    if let Some(to) = address::mailboxes(header, "disposition-notification-to").first() {
        bag.boolean(PropertyTag::PidTagReadReceiptRequested, true);
        address::READ_RECEIPT.put(bag, to);
    }
    if header.has("return-receipt-to") {
        bag.boolean(PropertyTag::PidTagOriginatorDeliveryReportRequested, true);
    }
}

fn named(header: &Header<'_>) -> Vec<(PropertyName, Value)> {
    let mut list = Vec::new();
    for name in NAMED_HEADERS {
        if let Some(value) = header.text(name) {
            let name = PropertyName::Named { guid: set::PS_INTERNET_HEADERS, name: (*name).to_owned() };
            list.push((name, Value::String(without_zeros(value))));
        }
    }
    if let Some(keywords) = header.text("keywords") {
        let words: Vec<String> = keywords
            .split([',', ';'])
            .map(|word| without_zeros(word.trim().to_owned()))
            .filter(|word| !word.is_empty())
            .take(KEYWORDS_MAX)
            .collect();
        if !words.is_empty() {
            list.push((PidNameKeywords.property_name(), Value::MultipleString(words)));
        }
    }
    list
}

fn body_and_attachments(message: &mut Bag, root: &Entity<'_>, budget: &mut Budget) -> Vec<Attachment> {
    let plan = Plan::of(root);
    let html = plan.put_body(message);
    let shown = Shown::by(&html);
    let numbered = plan.attachments.iter().zip(1..);
    numbered.map(|(part, number)| attach::from_part(part, &shown, number, budget)).collect()
}

/// An encrypted or opaque-signed message: no body, one attachment. MS-OXOSMIME 2.1
fn opaque(message: &mut Bag, root: &Entity<'_>, budget: &mut Budget) -> Vec<Attachment> {
    message.integer(PropertyTag::PidTagNativeBody, 0);
    if root.file_name().is_some() {
        return vec![attach::from_part(root, &Shown::default(), 1, budget)];
    }
    vec![attach::from_bytes("smime.p7m", &root.mime_tag(), root.content().into_owned())]
}

/// A clear-signed message: the body of the signed part, and the whole multipart/signed, byte for
/// byte, as the one attachment. MS-OXOSMIME 2.1
///
/// UNVERIFIED: which header lines the attachment begins with; here the Content-Type field alone.
fn clear_signed(message: &mut Bag, root: &Entity<'_>) -> Vec<Attachment> {
    if let Some(signed) = root.parts.first() {
        Plan::of(signed).put_body(message);
    }
    let mut entity = b"Content-Type:".to_vec();
    entity.extend(root.header.raw("content-type").unwrap_or_default());
    entity.extend_from_slice(b"\r\n\r\n");
    entity.extend_from_slice(root.body);
    vec![attach::from_bytes("SMIME.p7m", "multipart/signed", entity)]
}
