//! `restore --mailbox`: messages of a backup, read where they lie, into the mailbox as it is today.

use super::super::args::Call;
use super::super::desk::Desk;
use super::super::terminal::{Progress, note, say};
use super::super::{CliError, Outcome, place};
use crate::admin::{Request, Restored};
use crate::archive::{Backup, stamp};
use crate::clock::Clock;
use crate::directory;
use crate::limits::{IMPORT_BATCH_BYTES, IMPORT_BATCH_MAX, IMPORT_MESSAGE_MAX_BYTES};
use crate::mapi::{PropertyName, PropertyTag, Value};
use crate::sorted::SortedMap;
use crate::store::{Folder, FolderKind, Kind, Location, MessageHead, Special, Txn};
use crate::wire::FileTime;

/// The way of one folder.
struct Sending<'a> {
    desk: &'a mut Desk,
    address: &'a str,
    folder: Vec<String>,
    container_class: Option<String>,
    batch: Vec<Restored>,
    batch_bytes: usize,
}

/// What came of it.
struct Told {
    sent: u64,
    too_large: u64,
    progress: Progress,
}

pub(super) fn restore(call: &Call, backup: &Backup, address: &str) -> Outcome {
    let since = call.text("since")?.map(day).transpose()?;
    let store = backup.store()?;
    let txn = store.read()?;
    let user = directory::by_address(&txn, address)?.ok_or_else(|| {
        CliError::new(format!("there is no mailbox {} in the backup", address.escape_debug()))
            .with_hint("mailstead restore FILE --check says how many there are")
    })?;
    let top = match call.text("folder")? {
        None => Special::IpmSubtree.counter(),
        Some(path) => find(&txn, user.id, path)?,
    };
    let names: SortedMap<u16, PropertyName> = txn.named_all(user.id)?.into_iter().collect();
    let mut desk = Desk::open(&place::config(call)?)?;
    let root = format!("Restored {}", stamp(Clock::system().now()));
    let mut told = Told { sent: 0, too_large: 0, progress: Progress::new("restored") };
    let mut folders = txn.subtree(user.id, top)?;
    if top != Special::IpmSubtree.counter() {
        folders.insert(0, top);
    }
    for folder in folders {
        let Some(record) = txn.folder(user.id, folder)?.filter(|record| record.kind == FolderKind::Generic) else {
            continue;
        };
        let way = std::iter::once(Ok(root.clone())).chain(way(&txn, user.id, folder)?.into_iter().map(Ok));
        let mut sending = Sending {
            desk: &mut desk,
            address,
            folder: way.collect::<Result<_, CliError>>()?,
            container_class: class_of(&record),
            batch: Vec::new(),
            batch_bytes: 0,
        };
        sending.messages(&txn, user.id, folder, since, &names, &mut told)?;
    }
    let Told { sent, too_large, progress } = told;
    drop(progress);
    if too_large > 0 {
        note(&format!(
            "warning: {too_large} messages are too large to be restored one by one; restore the whole elsewhere"
        ));
    }
    let messages = if sent == 1 { "message" } else { "messages" };
    match sent {
        0 => say("nothing in the backup is what was asked for"),
        _ => say(&format!("restored {sent} {messages} into {root} of {address}")),
    }
    Ok(())
}

impl Sending<'_> {
    fn messages(
        &mut self,
        txn: &Txn<'_>,
        mailbox: u32,
        folder: u64,
        since: Option<FileTime>,
        names: &SortedMap<u16, PropertyName>,
        told: &mut Told,
    ) -> Outcome {
        let at = Location { folder, kind: Kind::Normal };
        for id in txn.message_ids(mailbox, folder, Kind::Normal)? {
            let Some(mut message) = txn.message(mailbox, at, id)? else { continue };
            if since.is_some_and(|since| time_of(&message.head) < since) {
                continue;
            }
            let bytes = usize::try_from(message.head.size).unwrap_or(usize::MAX);
            if bytes > IMPORT_MESSAGE_MAX_BYTES {
                told.too_large = told.too_large.saturating_add(1);
                continue;
            }
            if !self.batch.is_empty() && self.batch_bytes.saturating_add(bytes) > IMPORT_BATCH_BYTES
                || self.batch.len() >= IMPORT_BATCH_MAX
            {
                self.send(told)?;
            }
            txn.load_message(mailbox, &mut message)?;
            let used = message.named_ids();
            let names = used.into_iter().filter_map(|id| Some((id, names.get(&id)?.clone()))).collect();
            self.batch.push(Restored { message, names });
            self.batch_bytes = self.batch_bytes.saturating_add(bytes);
        }
        self.send(told)
    }

    fn send(&mut self, told: &mut Told) -> Outcome {
        let messages = std::mem::take(&mut self.batch);
        if messages.is_empty() {
            return Ok(());
        }
        let count = u64::try_from(messages.len()).unwrap_or(u64::MAX);
        let (address, folder) = (self.address.to_owned(), self.folder.clone());
        let container_class = self.container_class.clone();
        let sent = self.desk.done(Request::Restore { address, folder, container_class, messages });
        sent.inspect_err(|_| note(&format!("restored {} messages before it failed", told.sent)))?;
        self.batch_bytes = 0;
        told.sent = told.sent.saturating_add(count);
        told.progress.at(told.sent);
        Ok(())
    }
}

/// When a message came; when it was last changed, for those that never came.
fn time_of(head: &MessageHead) -> FileTime {
    let time = |tag: PropertyTag| match head.properties.value(tag.id()) {
        Some(Value::Time(time)) => Some(*time),
        _ => None,
    };
    time(PropertyTag::PidTagMessageDeliveryTime)
        .or_else(|| time(PropertyTag::PidTagLastModificationTime))
        .unwrap_or_default()
}

fn class_of(folder: &Folder) -> Option<String> {
    folder.properties.text(PropertyTag::PidTagContainerClass.id()).map(str::to_owned)
}

/// Names from below the top of the mailbox down to a folder.
fn way(txn: &Txn<'_>, mailbox: u32, folder: u64) -> Result<Vec<String>, CliError> {
    let top = Special::IpmSubtree.counter();
    let mut way = vec![folder];
    way.extend(txn.ancestors(mailbox, folder)?.into_iter().take_while(|id| *id != top));
    let name = |id: &u64| Ok(txn.folder(mailbox, *id)?.map(|record| record.name().to_owned()).unwrap_or_default());
    way.iter().rev().map(name).collect()
}

/// The folder that a person means by `Inbox/2024`.
fn find(txn: &Txn<'_>, mailbox: u32, path: &str) -> Result<u64, CliError> {
    let mut folder = Special::IpmSubtree.counter();
    for name in path.split('/').map(str::trim).filter(|name| !name.is_empty()) {
        folder = txn.subfolder_named(mailbox, folder, name)?.ok_or_else(|| {
            CliError::new(format!("there is no folder {} in that mailbox of the backup", path.escape_debug()))
                .with_hint("for example --folder Inbox, or --folder Archive/2024")
        })?;
    }
    Ok(folder)
}

/// Midnight UTC of `2026-01-31`.
fn day(text: &str) -> Result<FileTime, CliError> {
    let wrong = || CliError::usage("--since wants a day like 2026-01-31");
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (Some(Some(y)), Some(Some(m)), Some(Some(d)), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    if !(1601..=9999).contains(&y) || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return Err(wrong());
    }
    // Days from 1970 by Howard Hinnant's algorithm, the way back from `FileTime::civil`.
    let y = if m <= 2 { y.saturating_sub(1) } else { y };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let month = if m > 2 { m.saturating_sub(3) } else { m.saturating_add(9) };
    let day_of_year = month.saturating_mul(153).saturating_add(2) / 5 + d - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    let time = FileTime::from_unix(days.saturating_mul(86_400));
    let c = time.civil();
    // 31 February is no day.
    if (i64::from(c.month), i64::from(c.day)) == (m, d) { Ok(time) } else { Err(wrong()) }
}
