//! What ties messages together: identifiers, references, the conversation index. MS-OXCMAIL
//! 2.2.3.2, MS-OXOMSG (PidTagConversationIndex).

use super::bag::Bag;
use super::header::Header;
use super::transfer;
use crate::limits::CONVERSATION_INDEX_MAX_BYTES;
use crate::mapi::PropertyTag;
use crate::wire::FileTime;
use ring::digest::{SHA256, digest};

/// Bytes of the header block of a conversation index.
const INDEX_HEADER_BYTES: usize = 22;

/// Message-ID, In-Reply-To, References and PidTagConversationIndex.
pub(super) fn put(bag: &mut Bag, header: &Header<'_>, topic: &str, time: Option<FileTime>) {
    let id = header.plain("message-id");
    let references = header.plain("references");
    let reply_to = header.plain("in-reply-to");
    if let Some(id) = &id {
        bag.string(PropertyTag::PidTagInternetMessageId, id.clone());
    }
    if let Some(reply_to) = &reply_to {
        // Old clients wrote a sentence around the identifier.
        bag.string(PropertyTag::PidTagInReplyToId, first_id(reply_to).unwrap_or(reply_to).to_owned());
    }
    if let Some(references) = &references {
        bag.string(PropertyTag::PidTagInternetReferences, references.clone());
    }
    let root = references.as_deref().and_then(first_id).or_else(|| reply_to.as_deref().and_then(first_id));
    let root = root.or(id.as_deref()).unwrap_or(topic);
    let index = header.plain("thread-index").and_then(|value| sent_index(&value));
    bag.binary(PropertyTag::PidTagConversationIndex, index.unwrap_or_else(|| new_index(root, time)));
}

/// The first `<identifier>` of a field.
fn first_id(field: &str) -> Option<&str> {
    let from = field.get(field.find('<')?..)?;
    from.get(..from.find('>')?.saturating_add(1))
}

/// The index that the sender made (Thread-Index), if it is one.
fn sent_index(value: &str) -> Option<Vec<u8>> {
    let bytes = transfer::base64(value.as_bytes());
    let proper = bytes.len() >= INDEX_HEADER_BYTES
        && bytes.len() <= CONVERSATION_INDEX_MAX_BYTES
        && bytes.len().saturating_sub(INDEX_HEADER_BYTES).is_multiple_of(5)
        && bytes.first() == Some(&1);
    proper.then_some(bytes)
}

/// A header block: 01, the five bytes of the FILETIME after its highest, a GUID. The GUID is a hash
/// of the identifier of the first message, so that all messages of a thread have the same.
#[must_use]
pub fn new_index(root: &str, time: Option<FileTime>) -> Vec<u8> {
    let [low @ .., _] = time.unwrap_or_default().0.to_le_bytes();
    let mut index = vec![1];
    index.extend(low.iter().rev().take(5));
    index.extend_from_slice(digest(&SHA256, root.as_bytes()).as_ref().get(..16).unwrap_or_default());
    index
}
