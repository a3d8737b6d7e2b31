//! `backup`: a copy of everything, while the server runs or not.

use super::args::{Argument, Call, Command, Count, Flag};
use super::desk::read_store;
use super::interrupt::Unmade;
use super::terminal::{Progress, note, say};
use super::{CliError, Outcome, place};
use crate::archive::{self, Backup, Options, Secret};
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Draft;
use crate::store::{Store, Violation};
use std::io::{self, IsTerminal as _};
use std::path::Path;

pub(super) const WITH_SECRETS: Flag = Flag {
    name: "with-secrets",
    value: None,
    doc: "with the key of the private CA: whoever has the file can be this server",
};

pub(super) static BACKUP: Command = Command {
    name: "backup",
    arguments: &[Argument { name: "FILE", count: Count::One, doc: "where to; - is the standard output" }],
    flags: &[Flag { name: "compact", value: None, doc: "leave out free pages: smaller, slower" }, WITH_SECRETS],
    summary: "copy everything into a file, while the server runs",
    details: "The copy is of one moment. It is opened and checked before it gets its name, and only the\n\
              owner may read it: mail and password hashes are in it. Without --with-secrets every PC has\n\
              to import a new root certificate after a restore to an empty machine. What goes to the\n\
              standard output is not checked; mailstead restore FILE --check does that.",
    run: backup,
};

fn backup(call: &Call) -> Outcome {
    let config = place::config(call)?;
    let store = read_store(&config.data)?;
    let options =
        Options { compact: call.has("compact"), secrets: secrets(call, &config)?, now: Clock::system().now() };
    match call.file() {
        Some(path) => {
            let violations = to_file(&store, path, &options)?;
            let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            say(&format!("backed up {} to {}", size(bytes), path.display()));
            report(&violations)
        }
        None => {
            refuse_terminal()?;
            let mut progress = Progress::new("copied, MB:");
            archive::write(&store, &mut io::stdout().lock(), &options, &mut |done| progress.at_bytes(done))
                .map_err(|error| CliError::from(error).at(Path::new("standard output")))?;
            Ok(())
        }
    }
}

/// Writes a verified backup; what is wrong with the data itself is no reason to have none.
pub(super) fn to_file(store: &Store, path: &Path, options: &Options) -> Result<Vec<Violation>, CliError> {
    let mut draft = Draft::create(path).map_err(|error| CliError::file(path, &error))?;
    let unmade = Unmade::on_signal(draft.path(), &format!("{} is as it was", path.display()));
    let mut progress = Progress::new("copied, MB:");
    let written = archive::write(store, &mut draft.file, options, &mut |done| progress.at_bytes(done));
    written.map_err(|error| CliError::from(error).at(path))?;
    drop(progress);
    draft.file.sync_all().map_err(|error| CliError::file(path, &error))?;
    let mut made = Backup::open(draft.path())?;
    let mut progress = Progress::new("verified, MB:");
    made.verify(&mut |done| progress.at_bytes(done))?;
    let violations = made.check()?;
    drop(progress);
    drop(unmade);
    draft.keep().map_err(|error| CliError::file(path, &error))?;
    Ok(violations)
}

/// What is beside the data, when it was asked for.
pub(super) fn secrets(call: &Call, config: &Config) -> Result<Vec<Secret>, CliError> {
    if !call.has(WITH_SECRETS.name) {
        return Ok(Vec::new());
    }
    let secrets = Secret::collect(&config.data)?;
    if secrets.is_empty() {
        note("warning: there is no private CA in the data directory; certificates of your own are not taken along");
    }
    Ok(secrets)
}

/// Says what is wrong with the data that was copied.
pub(super) fn report(violations: &[Violation]) -> Outcome {
    let Some(first) = violations.first() else { return Ok(()) };
    let more = violations.len().saturating_sub(1);
    let what = if more > 0 { format!("{first}; and {more} more") } else { first.to_string() };
    Err(CliError::new(format!("the copy is true, but the data is damaged: {what}"))
        .with_hint("mailstead check says all of it and what it means; keep your older backups"))
}

pub(super) fn refuse_terminal() -> Outcome {
    if io::stdout().is_terminal() {
        return Err(CliError::usage("that would be many strange characters on your terminal")
            .with_hint("name a file, or send the output to one"));
    }
    Ok(())
}

/// `12.3 MB`
pub(super) fn size(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
