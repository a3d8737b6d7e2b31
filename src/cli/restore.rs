//! `restore`: a backup into its place, or what is wanted of it into a mailbox.

mod selective;

use super::args::{Argument, Call, Command, Count, Flag};
use super::backup::size;
use super::desk::{give_to_owner, without_server};
use super::interrupt::Unmade;
use super::terminal::{Progress, note, say};
use super::{CliError, Outcome, place};
use crate::archive::{Backup, Secret, Staging};
use crate::clock::Clock;
use crate::directory;
use crate::store::{FILE_NAME, Store, Violation};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

pub(super) const FORCE: Flag =
    Flag { name: "force", value: None, doc: "even if there is data; it is kept beside the new one" };

pub(super) static RESTORE: Command = Command {
    name: "restore",
    arguments: &[Argument { name: "FILE", count: Count::One, doc: "what mailstead backup made" }],
    flags: &[
        Flag { name: "check", value: None, doc: "only say whether FILE is good, and what is in it" },
        FORCE,
        Flag { name: "mailbox", value: Some("ADDRESS"), doc: "only messages of this mailbox, into a new folder of it" },
        Flag { name: "folder", value: Some("NAME"), doc: "only this folder and those below, / between levels" },
        Flag { name: "since", value: Some("DATE"), doc: "only messages from this day on, like 2026-01-31" },
    ],
    summary: "put a backup back, or some mail of it",
    details: "The whole: stop the server first. Identifiers stay what they were, so that Outlook goes on\n\
              with its cached mailbox; with the private CA in the backup it also goes on trusting.\n\
              With --mailbox, while the server runs or not: messages are added to the mailbox in a folder\n\
              named Restored and the time; nothing in it is changed.",
    run: restore,
};

fn restore(call: &Call) -> Outcome {
    let Some(path) = call.file() else {
        return Err(CliError::usage("a backup is read from a file, not from the standard input"));
    };
    let mut backup = Backup::open(path)?;
    let mut progress = Progress::new("verified, MB:");
    backup.verify(&mut |done| progress.at_bytes(done))?;
    drop(progress);
    if call.has("check") {
        return describe(path, &mut backup);
    }
    if let Some(address) = call.text("mailbox")? {
        return selective::restore(call, &backup, address);
    }
    if call.text("folder")?.or(call.text("since")?).is_some() {
        return Err(CliError::usage("--folder and --since want --mailbox ADDRESS"));
    }
    whole(call, path, &mut backup)
}

fn whole(call: &Call, path: &Path, backup: &mut Backup) -> Outcome {
    let config = place::config(call)?;
    without_server(&config)?;
    refuse_overwriting(call, &config.data)?;
    let secrets = backup.secrets()?;
    let staging = Staging::new(&config.data)?;
    let unmade = Unmade::on_signal(staging.directory(), "nothing was restored");
    let target = staging.file();
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target);
    let mut file = created.map_err(|error| CliError::file(&target, &error))?;
    let mut progress = Progress::new("restored, MB:");
    backup.extract(&mut file, &mut |done| progress.at_bytes(done))?;
    drop(progress);
    file.sync_all().map_err(|error| CliError::file(&target, &error))?;
    let violations = staging.check()?;
    drop(unmade);
    install(
        staging,
        &secrets,
        &config.data,
        &format!("restored {} of {}", size(backup.seal.data_bytes), path.display()),
    )?;
    damaged(&violations)
}

pub(super) fn refuse_overwriting(call: &Call, data: &Path) -> Outcome {
    if data.join(FILE_NAME).exists() && !call.has(FORCE.name) {
        return Err(CliError::new(format!("there is data in {}", data.display()))
            .with_hint("--force replaces it and keeps it beside the new one"));
    }
    Ok(())
}

/// Moves what was prepared to its place and says so.
pub(super) fn install(staging: Staging, secrets: &[Secret], data: &Path, done: &str) -> Outcome {
    let aside = staging.install(secrets, Clock::system().now())?;
    give_to_owner(data);
    say(done);
    if let Some(aside) = aside {
        say(&format!("what was there before is {}; remove it when all is well", aside.display()));
    }
    if secrets.is_empty() {
        note(
            "warning: no private CA came with it; unless it is in place, every PC has to import a new root certificate",
        );
    }
    Ok(())
}

/// Says that what was put back is not sound.
pub(super) fn damaged(violations: &[Violation]) -> Outcome {
    let Some(first) = violations.first() else { return Ok(()) };
    Err(CliError::new(format!("it is in place, but damaged: {first} ({} in all)", violations.len()))
        .with_hint("mailstead check says what it means, check --repair mends it"))
}

fn describe(path: &Path, backup: &mut Backup) -> Outcome {
    let seal = backup.seal;
    let secrets = if backup.secrets()?.is_empty() { "without" } else { "with" };
    let made = seal.made.http_date();
    let head = format!("{}: {}, made {made}, {secrets} the private CA", path.display(), size(seal.data_bytes));
    if seal.schema_version != Store::schema_version() {
        say(&format!(
            "{head}: its bytes are good; an earlier release made it, its data is checked when it is restored"
        ));
        return Ok(());
    }
    let violations = backup.check()?;
    let store = backup.store()?;
    let users = directory::all(&store.read()?)?.len();
    say(&format!("{head}, {users} mailboxes"));
    match violations.first() {
        None => {
            say("it is good");
            Ok(())
        }
        Some(first) => Err(CliError::new(format!("the data in it is damaged: {first} ({} in all)", violations.len()))
            .with_hint("it can be restored; mailstead check --repair mends it then")),
    }
}
