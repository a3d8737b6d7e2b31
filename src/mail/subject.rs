//! The subject and what is derived from it. MS-OXCMSG 2.2.1.9, 2.2.1.10, 2.2.1.46; MS-OXCMAIL
//! 2.2.3.2.6.1, 2.2.3.2.7.

use super::bag::{Bag, cut};
use super::header::Header;
use crate::limits::SUBJECT_MAX_UNITS;
use crate::mapi::PropertyTag;

/// PidTagSubject, its two parts, and PidTagConversationTopic, which is returned.
///
/// A subject longer than MAPI allows is cut; all of it stays in PidTagTransportMessageHeaders.
pub(super) fn put(bag: &mut Bag, header: &Header<'_>) -> String {
    let subject = header.text("subject").unwrap_or_default().replace('\0', "");
    let (prefix, normalized) = split(&subject);
    let room = SUBJECT_MAX_UNITS.saturating_sub(prefix.encode_utf16().count());
    let normalized = cut(normalized, room);
    bag.string(PropertyTag::PidTagSubject, format!("{prefix}{normalized}"));
    bag.string(PropertyTag::PidTagSubjectPrefix, prefix);
    bag.string(PropertyTag::PidTagNormalizedSubject, normalized);
    let topic = header.text("thread-topic").filter(|topic| !topic.is_empty());
    let topic = match &topic {
        // "Re: " again in front of the topic: some clients copy the whole subject.
        Some(topic) => cut(split(topic).1, SUBJECT_MAX_UNITS),
        None => normalized,
    };
    bag.string(PropertyTag::PidTagConversationTopic, topic);
    topic.to_owned()
}

/// Prefix (with colon and one blank) and the rest: one to three letters, then a colon and blanks.
/// Without a blank it is no prefix, because the subject would no longer be the two parts joined.
fn split(subject: &str) -> (String, &str) {
    let none = (String::new(), subject);
    let Some((start, rest)) = subject.split_once(':') else { return none };
    let proper = (1..=3).contains(&start.chars().count())
        && start.chars().all(|c| c.is_alphabetic())
        && (rest.starts_with(' ') || rest.is_empty());
    if proper { (format!("{start}: "), rest.trim_start_matches(' ')) } else { none }
}
