//! `import`: mail from files into a mailbox, a batch at a time.

mod source;

use super::args::{ADDRESS, Argument, Call, Command, Count, Flag};
use super::desk::Desk;
use super::terminal::{Progress, note, say};
use super::{CliError, Outcome, place};
use crate::admin::{Mail, Request};
use crate::limits::{IMPORT_BATCH_BYTES, IMPORT_BATCH_MAX};

pub(super) static IMPORT: Command = Command {
    name: "import",
    arguments: &[
        ADDRESS,
        Argument {
            name: "PATH",
            count: Count::Several,
            doc: "an .eml file, an mbox file, a Maildir, or a directory with such files",
        },
    ],
    flags: &[Flag {
        name: "folder",
        value: Some("NAME"),
        doc: "where to, / between levels, made when missing (default: Inbox)",
    }],
    summary: "put mail into a mailbox",
    details: "Messages keep their dates, and what a Maildir or mbox knows of them: read, answered,\n\
              flagged. Deleted ones are left out. Importing twice gives everything twice.",
    run: import,
};

fn import(call: &Call) -> Outcome {
    let address = call.address()?;
    let folder = call.text("folder")?;
    // A misspelt name shall not be found out after an hour's work.
    let paths: Vec<_> = call.paths().collect();
    for path in &paths {
        std::fs::metadata(path).map_err(|error| CliError::file(path, &error))?;
    }
    let mut sending = Sending {
        desk: Desk::open(&place::config(call)?)?,
        address,
        folder,
        batch: Vec::new(),
        batch_bytes: 0,
        sent: 0,
        progress: Progress::new("imported"),
    };
    // Whether the mailbox exists is known before the first file is read.
    sending.send()?;
    let mut left_out = source::LeftOut::default();
    let read = paths.iter().try_for_each(|path| source::read(path, &mut left_out, &mut |mail| sending.add(mail)));
    let outcome = read.and_then(|()| sending.send());
    let sent = sending.sent;
    drop(sending);
    for line in left_out.lines() {
        note(&format!("warning: {line}"));
    }
    let messages = if sent == 1 { "message" } else { "messages" };
    let place = format!("{} of {address}", folder.unwrap_or("Inbox"));
    match outcome {
        Ok(()) => {
            say(&format!("imported {sent} {messages} into {place}"));
            Ok(())
        }
        Err(error) if sent > 0 => {
            note(&format!("imported {sent} {messages} into {place} before it failed"));
            Err(error)
        }
        Err(error) => Err(error),
    }
}

struct Sending<'a> {
    desk: Desk,
    address: &'a str,
    folder: Option<&'a str>,
    batch: Vec<Mail>,
    batch_bytes: usize,
    sent: u64,
    progress: Progress,
}

impl Sending<'_> {
    fn add(&mut self, mail: Mail) -> Outcome {
        // Before, not after: a long message goes alone.
        let bytes = self.batch_bytes.saturating_add(mail.raw.len());
        if self.batch.len() >= IMPORT_BATCH_MAX || !self.batch.is_empty() && bytes > IMPORT_BATCH_BYTES {
            self.send()?;
        }
        self.batch_bytes = self.batch_bytes.saturating_add(mail.raw.len());
        self.batch.push(mail);
        Ok(())
    }

    fn send(&mut self) -> Outcome {
        let mail = std::mem::take(&mut self.batch);
        let count = u64::try_from(mail.len()).unwrap_or(u64::MAX);
        let (address, folder) = (self.address.to_owned(), self.folder.map(str::to_owned));
        self.desk.done(Request::Import { address, folder, mail })?;
        self.batch_bytes = 0;
        self.sent = self.sent.saturating_add(count);
        self.progress.at(self.sent);
        Ok(())
    }
}
