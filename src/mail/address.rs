//! Address fields: mailboxes, the property groups that hold one address, and recipients. RFC 5322
//! section 3.4, MS-OXCMAIL 2.2.3.1 and 2.6.

use super::Recipient;
use super::bag::{Bag, cut, without_zeros};
use super::header::Header;
use crate::limits::MIME_RECIPIENTS_MAX;
use crate::mapi::{OneOffEntryId, PropertyTag, RecipientType};
use crate::wire::Wire;
use mail_parser::{Addr, Address, HeaderValue, parsers::MessageStream};

/// One mailbox of an address field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// Display name, or empty.
    pub(super) name: String,
    /// SMTP address, or empty: some fields hold only a name.
    pub(super) address: String,
}

impl Mailbox {
    fn new(addr: &Addr<'_>) -> Option<Self> {
        let tidy = |text: Option<&str>| {
            let text = text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
            without_zeros(text)
        };
        let mut name = tidy(addr.name.as_deref());
        let mut address = tidy(addr.address.as_deref()).trim_matches(['<', '>']).to_owned();
        if address.is_empty() && !name.contains(' ') {
            // A local name, as cron writes it.
            address = std::mem::take(&mut name);
        }
        (!name.is_empty() || !address.is_empty()).then_some(Self { name, address })
    }

    /// What is shown.
    fn display_name(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }

    fn entry_id(&self) -> Vec<u8> {
        OneOffEntryId::smtp(self.display_name(), &self.address).to_bytes()
    }
}

/// Every mailbox in the fields of this name, groups flattened.
pub(super) fn mailboxes(header: &Header<'_>, name: &str) -> Vec<Mailbox> {
    let mut all: Vec<Mailbox> = header.each(name, parse).into_iter().flatten().collect();
    all.truncate(MIME_RECIPIENTS_MAX);
    all
}

fn parse(line: &[u8]) -> Vec<Mailbox> {
    match MessageStream::new(line).parse_address() {
        HeaderValue::Address(Address::List(list)) => list.iter().filter_map(Mailbox::new).collect(),
        HeaderValue::Address(Address::Group(groups)) => {
            groups.iter().flat_map(|g| &g.addresses).filter_map(Mailbox::new).collect()
        }
        _ => Vec::new(),
    }
}

/// A property group: the properties that hold one address. MS-OXCMAIL 2.6
pub(super) struct Group {
    name: PropertyTag,
    address_type: PropertyTag,
    email_address: PropertyTag,
    smtp_address: PropertyTag,
    entry_id: PropertyTag,
    search_key: PropertyTag,
}

/// MS-OXCMAIL 2.6.4
pub(super) const SENDER: Group = Group {
    name: PropertyTag::PidTagSenderName,
    address_type: PropertyTag::PidTagSenderAddressType,
    email_address: PropertyTag::PidTagSenderEmailAddress,
    smtp_address: PropertyTag::PidTagSenderSmtpAddress,
    entry_id: PropertyTag::PidTagSenderEntryId,
    search_key: PropertyTag::PidTagSenderSearchKey,
};

/// MS-OXCMAIL 2.6.5
pub(super) const SENT_REPRESENTING: Group = Group {
    name: PropertyTag::PidTagSentRepresentingName,
    address_type: PropertyTag::PidTagSentRepresentingAddressType,
    email_address: PropertyTag::PidTagSentRepresentingEmailAddress,
    smtp_address: PropertyTag::PidTagSentRepresentingSmtpAddress,
    entry_id: PropertyTag::PidTagSentRepresentingEntryId,
    search_key: PropertyTag::PidTagSentRepresentingSearchKey,
};

/// MS-OXCMAIL 2.6.1
pub(super) const READ_RECEIPT: Group = Group {
    name: PropertyTag::PidTagReadReceiptName,
    address_type: PropertyTag::PidTagReadReceiptAddressType,
    email_address: PropertyTag::PidTagReadReceiptEmailAddress,
    smtp_address: PropertyTag::PidTagReadReceiptSmtpAddress,
    entry_id: PropertyTag::PidTagReadReceiptEntryId,
    search_key: PropertyTag::PidTagReadReceiptSearchKey,
};

impl Group {
    pub(super) fn put(&self, bag: &mut Bag, mailbox: &Mailbox) {
        bag.string(self.name, mailbox.display_name());
        bag.string(self.address_type, "SMTP");
        bag.string(self.email_address, mailbox.address.clone());
        bag.string(self.smtp_address, mailbox.address.clone());
        bag.binary(self.entry_id, mailbox.entry_id());
        bag.binary(self.search_key, search_key(&mailbox.address));
    }
}

/// Search key of an SMTP address: `SMTP:` and the address, upper case, with a zero at the end.
fn search_key(address: &str) -> Vec<u8> {
    let mut key = format!("SMTP:{}", address.to_uppercase()).into_bytes();
    key.push(0);
    key
}

/// From and Sender. A message without From gets what comes nearest: a message with no sender at
/// all looks damaged to Outlook. MS-OXCMAIL 2.2.3.1.3
pub(super) fn put_senders(bag: &mut Bag, header: &Header<'_>) {
    let first = |name| mailboxes(header, name).into_iter().next();
    let from = first("from").or_else(|| first("sender")).or_else(|| first("resent-from"));
    let Some(from) = from.or_else(|| first("return-path")) else { return };
    let sender = first("sender").unwrap_or_else(|| from.clone());
    SENT_REPRESENTING.put(bag, &from);
    SENDER.put(bag, &sender);
}

/// Reply-To: PidTagReplyRecipientNames and PidTagReplyRecipientEntries. MS-OXCMAIL 2.2.3.1.6
///
/// Names are joined by semicolons, one for each entry, so a name has none of its own.
pub(super) fn put_reply_to(bag: &mut Bag, header: &Header<'_>) {
    let list: Vec<Mailbox> =
        mailboxes(header, "reply-to").into_iter().filter(|mailbox| !mailbox.address.is_empty()).collect();
    if list.is_empty() {
        return;
    }
    let names: Vec<String> = list.iter().map(|mailbox| mailbox.display_name().replace(';', ",")).collect();
    bag.string(PropertyTag::PidTagReplyRecipientNames, names.join(";"));
    let entries: Vec<Vec<u8>> = list.iter().map(Mailbox::entry_id).collect();
    bag.binary(PropertyTag::PidTagReplyRecipientEntries, flat_entry_list(&entries));
}

/// FlatEntryList, MS-OXCDATA 2.3: count, size, then each entry with its length, padded to four.
fn flat_entry_list(entries: &[Vec<u8>]) -> Vec<u8> {
    let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let mut body = Vec::new();
    for entry in entries {
        body.extend_from_slice(&length(entry.len()));
        body.extend_from_slice(entry);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut list = length(entries.len()).to_vec();
    list.extend_from_slice(&length(body.len()));
    list.append(&mut body);
    list
}

/// To, Cc and Bcc. Names without an address are for reading only: they stay in the header text.
pub(super) fn recipients(header: &Header<'_>) -> Vec<Recipient> {
    let kinds = [("to", RecipientType::To), ("cc", RecipientType::Cc), ("bcc", RecipientType::Bcc)];
    let mut list = Vec::new();
    for (name, recipient_type) in kinds {
        for mailbox in mailboxes(header, name) {
            if mailbox.address.is_empty() {
                continue;
            }
            // As long as PidTagDisplayName of an address book entry may be.
            let display_name = cut(mailbox.display_name(), 256).to_owned();
            list.push(Recipient { recipient_type, display_name, address: mailbox.address });
        }
    }
    list.truncate(MIME_RECIPIENTS_MAX);
    list
}
