//! `check`: every invariant of the data, and mending what is violated.

use super::args::{Call, Command, Flag};
use super::backup::{size, to_file};
use super::desk::{become_owner, open_store, read_store, usage, without_server};
use super::terminal::{note, say};
use super::{CliError, Outcome, place};
use crate::archive::{Options, stamp};
use crate::clock::Clock;
use crate::config::Config;
use crate::directory;
use crate::limits::{REPAIR_ROUNDS_MAX, VIOLATIONS_SHOWN};
use crate::store::{Invariant, Store, Violation};

pub(super) static CHECK: Command = Command {
    name: "check",
    arguments: &[],
    flags: &[Flag { name: "repair", value: None, doc: "mend it; stop the server first. A backup is made before" }],
    summary: "look whether the data is sound, while the server runs",
    details: "Reads everything and says what is wrong, what it means and what --repair does about it.\n\
              The exit status is 1 when something is wrong.",
    run: check,
};

fn check(call: &Call) -> Outcome {
    let config = place::config(call)?;
    if call.has("repair") {
        return repair(&config);
    }
    let store = read_store(&config.data)?;
    let violations = look(&config, &store)?;
    if violations.is_empty() {
        return Ok(());
    }
    say_violations(&violations);
    Err(CliError::new(format!("the data violates its rules in {} places", violations.len()))
        .with_hint("make a backup, stop the server, then mailstead check --repair"))
}

/// Checks, and says how it is.
fn look(config: &Config, store: &Store) -> Result<Vec<Violation>, CliError> {
    let txn = store.read()?;
    let violations = txn.check()?;
    let usage = usage(config, store)?;
    if violations.is_empty() {
        say(&format!("sound: {} mailboxes, {}", directory::all(&txn)?.len(), size(usage.used_bytes)));
    }
    if usage.is_nearly_full() {
        let (used, most) = (size(usage.used_bytes), size(usage.map_bytes));
        note(&format!("warning: the data file is full: {used} of at most {most}; nothing more can be saved soon"));
    }
    Ok(violations)
}

/// By rule, with what it means.
fn say_violations(violations: &[Violation]) {
    for invariant in Invariant::ALL {
        let of_it: Vec<_> = violations.iter().filter(|violation| violation.invariant == *invariant).collect();
        if of_it.is_empty() {
            continue;
        }
        say(&format!("violated: {}", invariant.rule()));
        for violation in of_it.iter().take(VIOLATIONS_SHOWN) {
            say(&format!("  {violation}"));
        }
        if let Some(more) = of_it.len().checked_sub(VIOLATIONS_SHOWN).filter(|more| *more > 0) {
            say(&format!("  and {more} more"));
        }
        say(&format!("  it means: {}", invariant.meaning()));
        say(&format!("  --repair: {}", invariant.repair()));
    }
}

fn repair(config: &Config) -> Outcome {
    without_server(config)?;
    become_owner(&config.data)?;
    let store = open_store(&config.data)?;
    if look(config, &store)?.is_empty() {
        return Ok(());
    }
    let now = Clock::system().now();
    let snapshot = config.data.join(format!("before-repair-{}.backup", stamp(now)));
    to_file(&store, &snapshot, &Options { compact: false, secrets: Vec::new(), now })?;
    say(&format!("the data as it was is in {}; mailstead restore puts it back", snapshot.display()));
    let mut left = Vec::new();
    for _ in 0..REPAIR_ROUNDS_MAX {
        let mut txn = store.write()?;
        let done = txn.repair(now)?;
        txn.commit()?;
        done.lines.iter().for_each(|line| say(line));
        left = store.read()?.check()?;
        if left.is_empty() {
            return look(config, &store).map(drop);
        }
    }
    say_violations(&left);
    Err(CliError::new(format!("{} violations are left", left.len()))
        .with_hint("restore a backup, or send the output of mailstead check to the developers"))
}
