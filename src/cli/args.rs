//! From arguments to a call: the table of commands decides what is understood.

use super::{COMMANDS, CliError, EVERYWHERE, Outcome};
use crate::config::nearest;
use lexopt::Arg;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// One command.
#[derive(Debug)]
pub(super) struct Command {
    /// `serve`, `user add`.
    pub(super) name: &'static str,
    pub(super) arguments: &'static [Argument],
    pub(super) flags: &'static [Flag],
    /// One line, for the list.
    pub(super) summary: &'static str,
    /// More, for its own help; may be empty.
    pub(super) details: &'static str,
    pub(super) run: fn(&Call) -> Outcome,
}

/// An argument that is known by its place.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) count: Count,
    pub(super) doc: &'static str,
}

/// How many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    One,
    Several,
    Any,
}

/// An argument that is known by its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag {
    pub(super) name: &'static str,
    /// What stands for its value, if it has one.
    pub(super) value: Option<&'static str>,
    pub(super) doc: &'static str,
}

pub(super) const PASSWORD_STDIN: Flag =
    Flag { name: "password-stdin", value: None, doc: "read the password from the first line of the standard input" };
pub(super) const YES: Flag = Flag { name: "yes", value: None, doc: "ask nothing" };
pub(super) const ADDRESS: Argument = Argument { name: "ADDRESS", count: Count::One, doc: "you@example.org" };

/// What was typed, checked against the table.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) command: &'static Command,
    flags: Vec<(&'static str, OsString)>,
    arguments: Vec<OsString>,
}

impl Call {
    /// Whether a flag without value was given.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| *name == flag)
    }

    /// The value of a flag as a path.
    pub(super) fn path(&self, flag: &str) -> Option<&Path> {
        self.flags.iter().find(|(name, _)| *name == flag).map(|(_, value)| Path::new(value))
    }

    /// The value of a flag as text.
    pub(super) fn text(&self, flag: &str) -> Result<Option<&str>, CliError> {
        let Some((_, value)) = self.flags.iter().find(|(name, _)| *name == flag) else { return Ok(None) };
        let text = value.to_str().filter(|text| !text.chars().any(char::is_control));
        text.map(Some).ok_or_else(|| CliError::usage(format!("--{flag} wants text in UTF-8")))
    }

    /// `on` or `off`.
    pub(super) fn switch(&self, flag: &str) -> Result<Option<bool>, CliError> {
        match self.text(flag)? {
            None => Ok(None),
            Some("on") => Ok(Some(true)),
            Some("off") => Ok(Some(false)),
            Some(_) => Err(CliError::usage(format!("--{flag} wants on or off"))),
        }
    }

    /// The first argument, which the table says is there.
    pub(super) fn address(&self) -> Result<&str, CliError> {
        let address = self.arguments.first().and_then(|address| address.to_str());
        let address = address.map(str::trim).filter(|text| text.contains('@'));
        address
            .ok_or_else(|| CliError::usage("that is not an address").with_hint("an address looks like you@example.org"))
    }

    /// The first argument as a path; `None` for `-`, the standard input or output.
    pub(super) fn file(&self) -> Option<&Path> {
        self.arguments.first().map(Path::new).filter(|path| *path != Path::new("-"))
    }

    /// Arguments after the address, as paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.arguments.iter().skip(1).map(PathBuf::from)
    }

    /// Arguments as text, as far as they are.
    pub(super) fn words(&self) -> Vec<&str> {
        self.arguments.iter().filter_map(|word| word.to_str()).collect()
    }
}

/// Reads a command line.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Call, CliError> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut words = Vec::<OsString>::new();
    let mut command = None;
    let mut flags = Vec::new();
    loop {
        let next = parser.next().map_err(|error| CliError::usage(error.to_string()))?;
        match next {
            None => break,
            Some(Arg::Value(word)) => {
                // `sessions` is a command, and so is `sessions end`.
                if let Some(longer) = command.and_then(|command| longer(command, &word)).filter(|_| words.is_empty()) {
                    command = Some(longer);
                    continue;
                }
                words.push(word);
                if command.is_none() {
                    command = find(&words)?;
                    if command.is_some() {
                        words.clear();
                    }
                }
            }
            Some(Arg::Short('h')) => flags.push(("help", OsString::new())),
            Some(Arg::Short('V')) => words.push("version".into()),
            Some(Arg::Short(letter)) => return Err(unknown_flag(command, &format!("-{letter}"))),
            Some(Arg::Long(name)) => {
                if name == "version" && command.is_none() {
                    words.push("version".into());
                    command = find(&words)?;
                    words.clear();
                    continue;
                }
                let own = command.map_or(&[][..], |command: &Command| command.flags);
                let Some(flag) = EVERYWHERE.iter().chain(own).find(|flag| flag.name == name) else {
                    return Err(unknown_flag(command, &format!("--{name}")));
                };
                let value = match flag.value {
                    Some(_) => parser.value().map_err(|_| CliError::usage(format!("--{} wants a value", flag.name)))?,
                    None => OsString::new(),
                };
                if flags.iter().any(|(name, _)| *name == flag.name) {
                    return Err(CliError::usage(format!("--{} is there twice", flag.name)));
                }
                flags.push((flag.name, value));
            }
        }
    }
    let asks_for_help = flags.iter().any(|(name, _)| *name == "help");
    let Some(command) = command else {
        return unfinished(&words, asks_for_help);
    };
    let call = Call { command, flags, arguments: words };
    if asks_for_help {
        let arguments = command.name.split(' ').map(OsString::from).collect();
        return Ok(Call { command: &super::help::HELP, flags: Vec::new(), arguments });
    }
    check_count(&call)?;
    Ok(call)
}

/// The command of one word more.
fn longer(command: &Command, word: &OsString) -> Option<&'static Command> {
    let name = format!("{} {}", command.name, word.to_str()?);
    COMMANDS.iter().copied().find(|command| command.name == name)
}

/// The command that the words name; `None` while one more word is needed.
fn find(words: &[OsString]) -> Result<Option<&'static Command>, CliError> {
    let typed = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    if let Some(command) = COMMANDS.iter().find(|command| command.name == typed) {
        return Ok(Some(command));
    }
    if COMMANDS.iter().any(|command| command.name.starts_with(&format!("{typed} "))) {
        return Ok(None);
    }
    Err(unknown_command(&typed))
}

/// An error for a name that no command has.
pub(super) fn unknown_command(typed: &str) -> CliError {
    // Of two words the first may be the misspelt one.
    let groups = COMMANDS.iter().filter_map(|command| command.name.split_once(' ')).map(|(group, _)| group);
    let hint = match nearest(typed, COMMANDS.iter().map(|command| command.name).chain(groups)) {
        Some(known) => format!("did you mean mailstead {known}?"),
        None => "mailstead help lists the commands".to_owned(),
    };
    CliError::usage(format!("there is no command {}", typed.escape_debug())).with_hint(hint)
}

/// No words at all, or the first of two.
fn unfinished(words: &[OsString], asks_for_help: bool) -> Result<Call, CliError> {
    if words.is_empty() && !asks_for_help {
        return Err(CliError::usage("what shall it do?").with_hint("mailstead help lists the commands"));
    }
    if asks_for_help {
        return Ok(Call { command: &super::help::HELP, flags: Vec::new(), arguments: words.to_vec() });
    }
    let typed = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    if typed == "version" {
        return Ok(Call { command: &super::help::VERSION, flags: Vec::new(), arguments: Vec::new() });
    }
    let verbs: Vec<_> = COMMANDS
        .iter()
        .filter_map(|command| command.name.strip_prefix(&typed).and_then(|rest| rest.strip_prefix(' ')))
        .collect();
    Err(CliError::usage(format!("{typed} what?")).with_hint(format!("mailstead {typed} {}", verbs.join("|"))))
}

fn unknown_flag(command: Option<&'static Command>, typed: &str) -> CliError {
    let own = command.map_or(&[][..], |command| command.flags);
    let known = EVERYWHERE.iter().chain(own).map(|flag| flag.name);
    let hint = match (nearest(typed.trim_start_matches('-'), known), command) {
        (Some(known), _) => format!("did you mean --{known}?"),
        (None, Some(command)) => format!("mailstead help {} lists its flags", command.name),
        (None, None) => "flags of a command come after its name; mailstead help lists the commands".to_owned(),
    };
    CliError::usage(format!("there is no flag {}", typed.escape_debug())).with_hint(hint)
}

fn check_count(call: &Call) -> Outcome {
    let usage = || format!("mailstead {}", super::help::usage(call.command));
    let wanted = call.command.arguments;
    let least = wanted.iter().filter(|argument| matches!(argument.count, Count::One | Count::Several)).count();
    if let Some(missing) = wanted.get(call.arguments.len()).filter(|_| call.arguments.len() < least) {
        return Err(CliError::usage(format!("{} is missing", missing.name)).with_hint(usage()));
    }
    let open_end = wanted.last().is_some_and(|last| matches!(last.count, Count::Several | Count::Any));
    match call.arguments.get(wanted.len()) {
        Some(extra) if !open_end => {
            let extra = extra.to_string_lossy();
            Err(CliError::usage(format!("{} is one argument too many", extra.escape_debug())).with_hint(usage()))
        }
        _ => Ok(()),
    }
}
