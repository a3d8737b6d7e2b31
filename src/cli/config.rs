//! `config check` and `config example`.

use super::args::{Call, Command};
use super::terminal::{note, say};
use super::{Outcome, place, service};
use crate::clock::Clock;
use crate::config::example as example_text;
use crate::tls::Tls;
use std::path::Path;

pub(super) static CHECK: Command = Command {
    name: "config check",
    arguments: &[],
    flags: &[],
    summary: "say whether the configuration is right",
    details: "",
    run: check,
};

pub(super) static EXAMPLE: Command = Command {
    name: "config example",
    arguments: &[],
    flags: &[],
    summary: "print a configuration with every setting explained",
    details: "",
    run: example,
};

fn check(call: &Call) -> Outcome {
    let config = place::config(call)?;
    // Somebody's own files can be looked at; the private CA is not made by looking.
    if !config.tls_certificate.as_os_str().is_empty() {
        let tls = Tls::open(&config, &Clock::system())?;
        for name in tls.uncovered_names() {
            note(&format!("warning: {} does not cover {name}", config.tls_certificate.display()));
        }
    }
    if config.listen_https.is_empty() && config.listen_plain.is_empty() {
        note("warning: listen.https and listen.plain are both empty: no client can connect");
    }
    snapshots(&config.backup_directory, &place::file(call));
    let (internal, external) = config.base_urls(None);
    say(&format!("{}: ok", place::file(call).display()));
    say(&format!("data      {}", config.data.display()));
    say(&format!("runtime   {}", config.runtime.display()));
    say(&format!("internal  {internal}"));
    say(&format!("external  {external}"));
    Ok(())
}

/// What the directory of the snapshots wants before the server can write there.
fn snapshots(directory: &Path, file: &Path) {
    if directory.as_os_str().is_empty() {
        return;
    }
    if !directory.is_dir() {
        note(&format!("warning: backup.directory {} is not there; the server makes it if it may", directory.display()));
    }
    if let Some(what) = service::locked_out(directory).filter(|_| service::runs(file)) {
        note(&format!("warning: the service may not write to backup.directory {}", directory.display()));
        note(&format!("hint: {what}"));
    }
}

fn example(_: &Call) -> Outcome {
    say(example_text(&[]).trim_end());
    Ok(())
}
