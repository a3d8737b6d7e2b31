//! Conflicts: two versions of a message that do not know of each other. MS-OXCFXICS 3.1.5.6.2
//!
//! The later one wins. A normal message keeps the other as well: the winner gets both versions as
//! attachments, and says that it is in conflict, so that its owner decides. FAI messages, and those
//! whose PidTagResolveMethod says so, do without.

use super::import::Import;
use crate::exec::{Context, Result};
use crate::mapi::{ErrorCode, PropertyTag, Value, Xid};
use crate::sorted::sort_by;
use crate::store::{Attachment, MS_IN_CONFLICT, MailboxIds, Message, change_key, change_list, set_change};
use crate::wire::{FileTime, Guid, Wire};

/// PidTagAttachMethod afEmbeddedMessage. MS-OXCMSG 2.2.2.9
const EMBEDDED_MESSAGE: i32 = 5;
/// PidTagResolveMethod RESOLVE_METHOD_LAST_WRITER_WINS. MS-OXCFXICS 2.2.1.4.1
const LAST_WRITER_WINS: Value = Value::Integer32(1);

/// What came of a conflict.
pub(super) struct Resolved {
    /// PidTagChangeKey of the outcome.
    pub(super) key: Vec<u8>,
    /// The outcome is what the client has.
    pub(super) as_imported: bool,
}

fn modified(message: &Message) -> FileTime {
    match message.head.properties.value(PropertyTag::PidTagLastModificationTime.id()) {
        Some(Value::Time(time)) => *time,
        _ => FileTime(0),
    }
}

/// Decides between the imported version and the one that is here; `message` becomes the outcome.
pub(super) fn resolve(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    import: &Import,
    message: &mut Message,
    stored: Message,
) -> Result<Resolved> {
    let stored_key = change_key(&stored.head.properties, ids.repl_guid, stored.head.change_number);
    let imported_wins = (import.modified, &import.change_key) > (modified(&stored), &stored_key);
    let method = PropertyTag::PidTagResolveMethod.id();
    let winner = if imported_wins { &*message } else { &stored };
    let folder = cx.txn.folder(ids.mailbox, import.folder())?.ok_or(ErrorCode::ObjectDeleted)?;
    let says_so = [&winner.head.properties, &folder.properties];
    let quiet = import.is_associated() || says_so.iter().any(|bag| bag.value(method) == Some(&LAST_WRITER_WINS));
    if quiet {
        if !imported_wins {
            *message = stored;
        }
        let key = if imported_wins { import.change_key.clone() } else { stored_key };
        return Ok(Resolved { key, as_imported: imported_wins });
    }
    let imported = std::mem::take(message);
    let stored_list = change_list(&stored.head.properties, ids.repl_guid, stored.head.change_number);
    let versions = [(&imported, import.change_key.clone(), import.list()), (&stored, stored_key, stored_list)];
    let mut outcome = if imported_wins { imported.clone() } else { stored.clone() };
    cx.txn.stage_copy(ids.mailbox, ids.mailbox, &mut outcome, cx.now)?;
    for (version, key, list) in versions {
        let mut copy = version.clone();
        set_change(&mut copy.head.properties, key, &list);
        cx.txn.stage_copy(ids.mailbox, ids.mailbox, &mut copy, cx.now)?;
        copy.attachments.retain(|_, attachment| !is_version(attachment));
        let number = outcome.attachments.last_key_value().map_or(0, |(number, _)| number.saturating_add(1));
        outcome.attachments.insert(number, version_of(copy));
    }
    outcome.head.read = stored.head.read;
    outcome.head.read_change_number = stored.head.read_change_number;
    outcome.head.status = stored.head.status | MS_IN_CONFLICT;
    if outcome.attachments.len() > crate::limits::ATTACHMENTS_MAX {
        return Err(ErrorCode::MaxAttachmentExceeded.into());
    }
    *message = outcome;
    // A version of its own, whose number is the next.
    let owner = cx.txn.mailbox(ids.mailbox)?;
    let key = Xid::own(ids.repl_guid, owner.last_change().saturating_add(1));
    Ok(Resolved { key: key.to_bytes(), as_imported: false })
}

/// The versions of a message in conflict, the winner last; none of any other message.
pub(super) fn versions(message: &Message) -> Vec<&Message> {
    if message.head.status & MS_IN_CONFLICT == 0 {
        return Vec::new();
    }
    let attachments = message.attachments.values().filter(|attachment| is_version(attachment));
    let mut versions: Vec<&Message> = attachments.filter_map(|attachment| attachment.embedded.as_deref()).collect();
    let age = |version: &Message| (modified(version), change_key(&version.head.properties, Guid::NIL, 0));
    sort_by(&mut versions, |a, b| age(a).cmp(&age(b)));
    versions
}

/// Is the attachment a version of a message in conflict?
fn is_version(attachment: &Attachment) -> bool {
    attachment.properties.value(PropertyTag::PidTagInConflict.id()) == Some(&Value::Boolean(true))
}

/// A version of a message in conflict, as an attachment. MS-OXCFXICS 3.1.5.6.2.1
fn version_of(message: Message) -> Attachment {
    let mut attachment = Attachment { embedded: Some(Box::new(message)), ..Attachment::default() };
    let bag = &mut attachment.properties;
    bag.set(PropertyTag::PidTagAttachMethod.id(), Value::Integer32(EMBEDDED_MESSAGE));
    bag.set(PropertyTag::PidTagInConflict.id(), Value::Boolean(true));
    bag.set(PropertyTag::PidTagRenderingPosition.id(), Value::Integer32(-1));
    attachment
}
