//! `dump` and `load`: everything in a form that any machine reads.

use super::args::{Argument, Call, Command, Count, Flag};
use super::backup::{WITH_SECRETS, refuse_terminal, secrets, size};
use super::desk::{read_store, without_server};
use super::interrupt::Unmade;
use super::restore::{FORCE, damaged, install, refuse_overwriting};
use super::terminal::{Progress, say};
use super::{CliError, Outcome, place};
use crate::archive::{self, Staging};
use crate::clock::Clock;
use crate::files::Draft;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::path::Path;

pub(super) static DUMP: Command = Command {
    name: "dump",
    arguments: &[Argument { name: "FILE", count: Count::One, doc: "where to; - is the standard output" }],
    flags: &[WITH_SECRETS],
    summary: "write everything in a form for any machine, while the server runs",
    details: "For moving between 32 and 64 bits, and for the day when no program opens the data file any\n\
              more: the form is written down in src/archive/dump.rs. mailstead load reads it. A backup is\n\
              faster and can be looked into.",
    run: dump,
};

pub(super) static LOAD: Command = Command {
    name: "load",
    arguments: &[Argument {
        name: "FILE",
        count: Count::One,
        doc: "what mailstead dump wrote; - is the standard input",
    }],
    flags: &[Flag { ..FORCE }],
    summary: "read a dump into an empty data directory",
    details: "Identifiers stay what they were, so that Outlook goes on with its cached mailbox. A dump\n\
              that is damaged or cut off is refused as a whole.",
    run: load,
};

fn dump(call: &Call) -> Outcome {
    let config = place::config(call)?;
    let store = read_store(&config.data)?;
    let (secrets, now) = (secrets(call, &config)?, Clock::system().now());
    let mut progress = Progress::new("dumped, MB:");
    let Some(path) = call.file() else {
        refuse_terminal()?;
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        archive::dump(&store, &mut out, &secrets, now, &mut |done| progress.at_bytes(done))
            .map_err(|error| CliError::from(error).at(Path::new("standard output")))?;
        return Ok(());
    };
    let failed = |error: &io::Error| CliError::file(path, error);
    let mut draft = Draft::create(path).map_err(|error| failed(&error))?;
    let unmade = Unmade::on_signal(draft.path(), &format!("{} is as it was", path.display()));
    let mut out = BufWriter::with_capacity(1 << 16, &mut draft.file);
    let dumped = archive::dump(&store, &mut out, &secrets, now, &mut |done| progress.at_bytes(done))
        .map_err(|error| CliError::from(error).at(path))?;
    out.flush().map_err(|error| failed(&error))?;
    drop(out);
    drop(progress);
    draft.file.sync_all().and_then(|()| draft.file.rewind()).map_err(|error| failed(&error))?;
    let mut progress = Progress::new("verified, MB:");
    archive::verify(&mut BufReader::new(&mut draft.file), &mut |done| progress.at_bytes(done))?;
    drop(progress);
    drop(unmade);
    draft.keep().map_err(|error| failed(&error))?;
    say(&format!("dumped {} records, {}, to {}", dumped.records, size(dumped.bytes), path.display()));
    Ok(())
}

fn load(call: &Call) -> Outcome {
    let mut from: Box<dyn Read> = match call.file() {
        Some(path) => Box::new(File::open(path).map_err(|error| CliError::file(path, &error))?),
        None => Box::new(io::stdin().lock()),
    };
    let config = place::config(call)?;
    without_server(&config)?;
    refuse_overwriting(call, &config.data)?;
    let staging = Staging::new(&config.data)?;
    let unmade = Unmade::on_signal(staging.directory(), "nothing was loaded");
    let mut progress = Progress::new("loaded, MB:");
    let store = staging.store()?;
    let mut buffered = BufReader::with_capacity(1 << 16, &mut from);
    let (loaded, secrets) = archive::load(&store, &mut buffered, &mut |done| progress.at_bytes(done))?;
    drop(progress);
    // Opened again: only now the schema version is that of the dump.
    drop(store);
    let violations = staging.check()?;
    drop(unmade);
    install(staging, &secrets, &config.data, &format!("loaded {} records, {}", loaded.records, size(loaded.bytes)))?;
    damaged(&violations)
}
