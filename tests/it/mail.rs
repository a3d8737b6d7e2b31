//! MS-OXCMAIL 2.2: mail into MAPI. A corpus of real mail against what Python's email package sees
//! (tests/data/mail/README.md), and one message for each rule.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod corpus;
mod hostile;
mod mailbox;
mod rules;

use mailstead::mail::{Attachment, Message};
use mailstead::mapi::{PropertyTag, Value};

/// An integer property.
fn integer(message: &Message, tag: PropertyTag) -> Option<i32> {
    match message.get(tag) {
        Some(Value::Integer32(number)) => Some(*number),
        _ => None,
    }
}

/// A time as `2003-01-07T12:08:10Z`.
fn time(message: &Message, tag: PropertyTag) -> Option<String> {
    let Some(Value::Time(time)) = message.get(tag) else { return None };
    let c = time.civil();
    Some(format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second))
}

/// PidTagHtml read in its code page.
fn html(message: &Message) -> Option<String> {
    let Some(Value::Binary(bytes)) = message.get(PropertyTag::PidTagHtml) else { return None };
    let page = integer(message, PropertyTag::PidTagInternetCodepage).unwrap();
    Some(mailstead::wire::decode_8bit(bytes, u16::try_from(page).unwrap()))
}

fn mime(attachment: &Attachment) -> &str {
    attachment.text(PropertyTag::PidTagAttachMimeTag).unwrap()
}
