//! The command line: a table of commands gives the parser and the help; one file per verb says what
//! it does.
//!
//! An error is one line and, where there is a way out, a `hint:` line; exit status 1 means that it
//! failed, 2 that it was typed wrong. No error shows a Rust type.

mod app_password;
mod args;
mod backup;
mod capture;
mod check;
mod config;
mod decode;
mod demo;
mod desk;
mod doctor;
mod dump;
mod entry;
mod generate;
mod help;
mod import;
mod interrupt;
mod org;
mod place;
mod restore;
mod serve;
mod service;
mod sessions;
mod setup;
mod steps;
mod terminal;
mod test;
mod user;

use crate::admin::Refusal;
use crate::archive::ArchiveError;
use crate::config::ConfigError;
use crate::store::StoreError;
use crate::tls::TlsError;
use args::{Command, Flag};
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Every command, in the order of the help.
static COMMANDS: &[&Command] = &[
    &setup::SETUP,
    &serve::SERVE,
    &user::ADD,
    &user::LIST,
    &user::PASSWD,
    &user::SET,
    &user::REMOVE,
    &app_password::ADD,
    &app_password::LIST,
    &app_password::REVOKE,
    &org::SET,
    &entry::GROUP_ADD,
    &entry::GROUP_SET,
    &entry::GROUP_REMOVE,
    &entry::MEMBER_ADD,
    &entry::MEMBER_REMOVE,
    &entry::GROUP_LIST,
    &entry::ALIAS_ADD,
    &entry::ALIAS_REMOVE,
    &entry::ALIAS_LIST,
    &entry::CONTACT_ADD,
    &entry::CONTACT_SET,
    &entry::CONTACT_REMOVE,
    &entry::CONTACT_LIST,
    &entry::ROOM_ADD,
    &entry::ROOM_SET,
    &entry::ROOM_REMOVE,
    &entry::ROOM_LIST,
    &sessions::SESSIONS,
    &sessions::END,
    &import::IMPORT,
    &backup::BACKUP,
    &restore::RESTORE,
    &dump::DUMP,
    &dump::LOAD,
    &check::CHECK,
    &test::TEST,
    &doctor::DOCTOR,
    &capture::CAPTURE,
    &decode::DECODE,
    &demo::DEMO,
    &config::CHECK,
    &config::EXAMPLE,
    &generate::MAN,
    &generate::COMPLETION,
    &help::VERSION,
    &help::HELP,
];

/// Flags that every command takes.
static EVERYWHERE: &[Flag] = &[
    Flag {
        name: "config",
        value: Some("FILE"),
        doc: "configuration (default: /etc/mailstead/mailstead.toml if it exists, else $XDG_CONFIG_HOME/mailstead/mailstead.toml)",
    },
    Flag { name: "data", value: Some("DIR"), doc: "data directory, instead of the configuration's" },
    Flag { name: "help", value: None, doc: "this text" },
];

/// Arguments in, exit status out.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = args::parse(std::env::args_os().skip(1)).and_then(|call| (call.command.run)(&call));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::from(error.0.status)
        }
    }
}

/// What ends a command: a word that every step can pass on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CliError(Box<Complaint>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Complaint {
    /// One line, lower case.
    message: String,
    hint: Option<String>,
    /// 1 failed, 2 usage.
    status: u8,
}

type Outcome = Result<(), CliError>;

impl CliError {
    fn new(message: impl Into<String>) -> Self {
        Self::told(message.into(), None)
    }

    fn told(message: String, hint: Option<String>) -> Self {
        Self(Box::new(Complaint { message, hint, status: 1 }))
    }

    fn usage(message: impl Into<String>) -> Self {
        let mut complaint = Self::new(message);
        complaint.0.status = 2;
        complaint
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same with the file in question.
    fn at(mut self, path: &Path) -> Self {
        self.0.message = format!("{}: {}", path.display(), self.0.message);
        self
    }

    /// A file that could not be dealt with.
    fn file(path: &Path, error: &io::Error) -> Self {
        let what = Self::new(format!("{}: {}", path.display(), plain(error)));
        match error.kind() {
            io::ErrorKind::PermissionDenied => what.with_hint("it belongs to another user; sudo may help"),
            _ => what,
        }
    }
}

/// What the system says, without the number it says it by.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut plain = text.get(..end).unwrap_or_default().to_owned();
    if let Some(first) = plain.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    plain
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::told(error.message, error.hint)
    }
}

impl From<ArchiveError> for CliError {
    fn from(error: ArchiveError) -> Self {
        Self::told(error.message, error.hint.map(str::to_owned))
    }
}

impl From<TlsError> for CliError {
    fn from(error: TlsError) -> Self {
        Self::told(error.message, error.hint)
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        Self::told(refusal.message, refusal.hint)
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}
