//! RFC 5322 and MIME to MAPI: what mail becomes in a mailbox. MS-OXCMAIL 2.2, MS-OXOSMIME 2.1.
//!
//! Pure: bytes in, properties out; whatever the bytes are, some message comes out. Fields, encoded
//! words, addresses, character sets and transfer encodings are read by mail-parser. The structure
//! of a message is split here (`entity`), because a nesting depth and a cost that the sender
//! chooses must be bounded before anything is built.
//!
//! It knows no folders, no store and no users: display names of recipients, PidTagMessageSize, the
//! PidTagDisplayTo family, PidTagHasAttachments and PidTagAttachSize are the store's, ReceivedBy is
//! delivery's. Meetings stay IPM.Note with their text/calendar part attached; winmail.dat stays a
//! file; the way back (properties to MIME) is another module.

mod address;
mod attach;
mod bag;
mod body;
mod charset;
mod class;
mod date;
mod entity;
mod header;
pub mod html;
mod import;
pub mod maildir;
pub mod mbox;
pub mod rtf;
mod subject;
mod thread;
mod transfer;
mod word;

pub(crate) use bag::cut;
pub use import::import;
pub use thread::new_index;

use crate::mapi::{PropertyName, PropertyTag, RecipientType, TaggedValue, Value};
use serde::{Deserialize, Serialize};

/// One message, ready to be stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Properties of the Message object; every string is Unicode, no tag occurs twice.
    pub properties: Vec<TaggedValue>,
    /// Named properties.
    pub named: Vec<(PropertyName, Value)>,
    /// To, Cc, Bcc in the order of the header.
    pub recipients: Vec<Recipient>,
    /// Attachments in the order of the parts.
    pub attachments: Vec<Attachment>,
    /// What a mailbox file knew about the message; all false after [`import`].
    pub flags: Flags,
}

/// State of a message that is not in the message: from Maildir names and mbox Status fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts")]
pub struct Flags {
    /// Seen by the user: mfRead of PidTagMessageFlags, which the store keeps.
    pub read: bool,
    /// Marked for attention.
    pub flagged: bool,
    /// Answered.
    pub replied: bool,
    /// Passed on.
    pub forwarded: bool,
    /// Not yet sent: mfUnsent.
    pub draft: bool,
    /// Deleted, but not yet removed: an importer leaves these out.
    pub deleted: bool,
}

/// One recipient, with an SMTP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// To, Cc or Bcc.
    pub recipient_type: RecipientType,
    /// The name of the header; the address if there is none.
    pub display_name: String,
    /// SMTP address.
    pub address: String,
}

/// One attachment: bytes (PidTagAttachDataBinary) or a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Properties of the Attachment object.
    pub properties: Vec<TaggedValue>,
    /// The embedded message, if PidTagAttachMethod is afEmbeddedMessage.
    pub embedded: Option<Box<Message>>,
}

/// The value of a property in a list.
fn find(properties: &[TaggedValue], tag: PropertyTag) -> Option<&Value> {
    properties.iter().find(|p| p.tag == tag).map(|p| &p.value)
}

impl Message {
    /// The value of a property.
    #[must_use]
    pub fn get(&self, tag: PropertyTag) -> Option<&Value> {
        find(&self.properties, tag)
    }

    /// The value of a string property.
    #[must_use]
    pub fn text(&self, tag: PropertyTag) -> Option<&str> {
        match self.get(tag) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes over what the mailbox file knew, with the properties by which Outlook shows it.
    pub fn set_flags(&mut self, flags: Flags) {
        /// followupFlagged of PidTagFlagStatus. MS-OXOFLAG 2.2.1
        const FOLLOWUP_FLAGGED: i32 = 2;
        /// Red. MS-OXOFLAG 2.2.1.2
        const RED: i32 = 6;
        /// Icons of an answered and of a forwarded message: values of PidTagIconIndex in MS-OXOMSG.
        const ICON_REPLIED: i32 = 0x105;
        const ICON_FORWARDED: i32 = 0x106;
        /// UNVERIFIED: verbs of PidTagLastVerbExecuted; the client documentation lists icons there.
        const REPLY_TO_SENDER: i32 = 102;
        const FORWARD: i32 = 104;

        self.flags = flags;
        let mut put = |tag, value| {
            self.properties.retain(|p| p.tag != tag);
            self.properties.push(TaggedValue { tag, value: Value::Integer32(value) });
        };
        if flags.flagged {
            put(PropertyTag::PidTagFlagStatus, FOLLOWUP_FLAGGED);
            put(PropertyTag::PidTagFollowupIcon, RED);
        }
        let done = match (flags.replied, flags.forwarded) {
            (true, _) => Some((ICON_REPLIED, REPLY_TO_SENDER)),
            (false, true) => Some((ICON_FORWARDED, FORWARD)),
            (false, false) => None,
        };
        if let Some((icon, verb)) = done {
            put(PropertyTag::PidTagIconIndex, icon);
            put(PropertyTag::PidTagLastVerbExecuted, verb);
        }
    }
}

impl Attachment {
    /// The value of a property.
    #[must_use]
    pub fn get(&self, tag: PropertyTag) -> Option<&Value> {
        find(&self.properties, tag)
    }

    /// The value of a string property.
    #[must_use]
    pub fn text(&self, tag: PropertyTag) -> Option<&str> {
        match self.get(tag) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// PidTagAttachDataBinary.
    #[must_use]
    pub fn data(&self) -> Option<&[u8]> {
        match self.get(PropertyTag::PidTagAttachDataBinary) {
            Some(Value::Binary(bytes)) => Some(bytes),
            _ => None,
        }
    }
}
