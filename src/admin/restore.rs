//! Messages from a backup into a mailbox that lives: as new messages, for their old identifiers may
//! be in use for others, and a client's cache must hear of them.

use super::{Admin, Refusal, find};
use crate::limits::{FOLDER_DEPTH_MAX, FOLDER_NAME_MAX_CHARS, IMPORT_BATCH_MAX};
use crate::mapi::{PropertyName, PropertyTag, Value};
use crate::sorted::SortedMap;
use crate::store::{FolderKind, Kind, Location, Message, NewFolder, Special, Txn};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// A message as it was, large values in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restored {
    /// Everything of it.
    pub message: Message,
    /// Names of its named properties, by the identifiers they had.
    pub names: Vec<(u16, PropertyName)>,
}

/// What says which message it was, and would be a lie about the new one.
const IDENTITY: [PropertyTag; 3] =
    [PropertyTag::PidTagSourceKey, PropertyTag::PidTagChangeKey, PropertyTag::PidTagPredecessorChangeList];

impl Admin {
    pub(super) fn restore(
        &self,
        address: &str,
        folder: &[String],
        container_class: Option<&str>,
        messages: Vec<Restored>,
    ) -> Result<(), Refusal> {
        let too_long = folder.iter().any(|name| name.chars().count() > FOLDER_NAME_MAX_CHARS);
        if folder.is_empty() || folder.len() >= FOLDER_DEPTH_MAX || too_long || messages.len() > IMPORT_BATCH_MAX {
            return Err(Refusal::new("this cannot be restored at once"));
        }
        let now = self.clock.now();
        let mut txn = self.store.write()?;
        let mailbox = find(&txn, address)?.id;
        let folder = find_or_make(&mut txn, mailbox, folder, container_class, now)?;
        for restored in messages {
            put(&mut txn, mailbox, folder, restored, now)?;
        }
        Ok(txn.commit()?)
    }
}

fn find_or_make(
    txn: &mut Txn<'_>,
    mailbox: u32,
    names: &[String],
    container_class: Option<&str>,
    now: FileTime,
) -> Result<u64, Refusal> {
    let mut folder = Special::IpmSubtree.counter();
    for (depth, name) in (1..).zip(names) {
        if let Some(found) = txn.subfolder_named(mailbox, folder, name)? {
            folder = found;
            continue;
        }
        let new = NewFolder { name, comment: "", kind: FolderKind::Generic };
        folder = txn.create_folder(mailbox, folder, &new, now)?;
        let class = container_class.filter(|_| depth == names.len());
        if let (Some(class), Some(mut record)) = (class, txn.folder(mailbox, folder)?) {
            record.properties.set(PropertyTag::PidTagContainerClass.id(), Value::String(class.to_owned()));
            txn.put_folder(mailbox, folder, &record)?;
        }
    }
    Ok(folder)
}

fn put(txn: &mut Txn<'_>, mailbox: u32, folder: u64, restored: Restored, now: FileTime) -> Result<(), Refusal> {
    let Restored { mut message, names } = restored;
    let mut numbers = SortedMap::new();
    for (old, name) in names {
        // A mailbox whose names are used up loses the property, not the message.
        if let Some(new) = txn.create_named_id(mailbox, &name.folded())? {
            numbers.insert(old, new);
        }
    }
    message.renumber(&numbers);
    for tag in IDENTITY {
        message.head.properties.remove(tag.id());
    }
    let mut owner = txn.mailbox(mailbox)?;
    let id = txn.take_message_id(mailbox, &mut owner, folder)?;
    owner.stamp_new(&mut message.head)?;
    message.head.deleted_on = None;
    let at = Location { folder, kind: Kind::Normal };
    Ok(txn.save_message(mailbox, &mut owner, at, id, &mut message, now)?)
}
