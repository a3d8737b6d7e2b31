//! Importing: messages into a folder, one commit for a batch.

use super::{Admin, Mail, Refusal, find};
use crate::limits::{FOLDER_NAME_MAX_CHARS, IMPORT_BATCH_MAX, IMPORT_FOLDER_DEPTH_MAX};
use crate::mapi::ObjectId;
use crate::store::{FolderKind, NewFolder, Special, Txn};
use crate::wire::FileTime;
use crate::{deliver, mail};

impl Admin {
    pub(super) fn import(&self, address: &str, folder: Option<&str>, mail: Vec<Mail>) -> Result<(), Refusal> {
        if mail.len() > IMPORT_BATCH_MAX {
            return Err(Refusal::new(format!("more than {IMPORT_BATCH_MAX} messages at once")));
        }
        if mail.is_empty() {
            // Asked before an import begins: whether it could.
            return find(&self.store.read()?, address).map(drop);
        }
        // Parsing first: the writer's lock is held only to write.
        let parse = |one: Mail| {
            let mut message = mail::import(&one.raw, one.received);
            message.set_flags(one.flags);
            message
        };
        let messages: Vec<_> = mail.into_iter().map(parse).collect();
        let mut txn = self.store.write()?;
        let user = find(&txn, address)?;
        let now = self.clock.now();
        let folder = find_or_make(&mut txn, user.id, folder, now)?;
        for message in &messages {
            deliver::import(&mut txn, user.id, folder, message, now)?;
        }
        Ok(txn.commit()?)
    }
}

/// The folder that a person means by `Inbox/2024`.
fn find_or_make(txn: &mut Txn<'_>, mailbox: u32, path: Option<&str>, now: FileTime) -> Result<ObjectId, Refusal> {
    let Some(path) = path else { return Ok(Special::Inbox.id()) };
    let names: Vec<&str> = path.split('/').map(str::trim).filter(|name| !name.is_empty()).collect();
    let too_long = names.iter().any(|name| name.chars().count() > FOLDER_NAME_MAX_CHARS);
    if names.is_empty() || names.len() > IMPORT_FOLDER_DEPTH_MAX || too_long || path.chars().any(char::is_control) {
        return Err(Refusal::new(format!("{} is not the name of a folder", path.escape_debug()))
            .with_hint("for example --folder Inbox/2024"));
    }
    let mut folder = Special::IpmSubtree.counter();
    for name in names {
        folder = match txn.subfolder_named(mailbox, folder, name)? {
            Some(found) => found,
            None => {
                let new = NewFolder { name, comment: "", kind: FolderKind::Generic };
                txn.create_folder(mailbox, folder, &new, now)?
            }
        };
    }
    Ok(ObjectId::own(folder))
}
