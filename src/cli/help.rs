//! `help` and `version`.

use super::args::{Argument, Call, Command, Count, Flag, unknown_command};
use super::terminal::say;
use super::{COMMANDS, EVERYWHERE, Outcome};
use std::fmt::Write as _;

pub(super) static HELP: Command = Command {
    name: "help",
    arguments: &[Argument { name: "COMMAND", count: Count::Any, doc: "what to explain" }],
    flags: &[],
    summary: "explain a command, or list them",
    details: "",
    run: help,
};

pub(super) static VERSION: Command = Command {
    name: "version",
    arguments: &[],
    flags: &[],
    summary: "say which release this is",
    details: "",
    run: version,
};

fn version(_: &Call) -> Outcome {
    let (version, revision) = (env!("CARGO_PKG_VERSION"), env!("MAILSTEAD_REVISION"));
    say(&format!("mailstead {version} ({revision} {})", env!("MAILSTEAD_DATE")));
    Ok(())
}

fn help(call: &Call) -> Outcome {
    let name = call.words().join(" ");
    if name.is_empty() {
        say(overview().trim_end());
        return Ok(());
    }
    let of_group = |command: &&&Command| command.name == name || command.name.starts_with(&format!("{name} "));
    let found: Vec<_> = COMMANDS.iter().filter(of_group).collect();
    match found.as_slice() {
        [] => return Err(unknown_command(&name)),
        [command] => say(details(command).trim_end()),
        several => say(list(several.iter().map(|command| **command)).trim_end()),
    }
    Ok(())
}

/// `user add ADDRESS [--name NAME]`: a command as it is typed.
pub(super) fn usage(command: &Command) -> String {
    let mut text = command.name.to_owned();
    for argument in command.arguments {
        let _ = match argument.count {
            Count::One => write!(text, " {}", argument.name),
            Count::Any => write!(text, " [{}]", argument.name),
            Count::Several => write!(text, " {}...", argument.name),
        };
    }
    for flag in command.flags {
        let _ = write!(text, " [{}]", spelled(flag));
    }
    text
}

/// `--name NAME`: a flag as it is typed.
pub(super) fn spelled(flag: &Flag) -> String {
    match flag.value {
        Some(value) => format!("--{} {value}", flag.name),
        None => format!("--{}", flag.name),
    }
}

fn list<'a>(commands: impl Iterator<Item = &'a Command>) -> String {
    commands.fold(String::new(), |mut text, command| {
        let _ = writeln!(text, "mailstead {}\n      {}", usage(command), command.summary);
        text
    })
}

fn overview() -> String {
    let mut text = String::from("Mailstead: your own Exchange server for classic Outlook\n\n");
    text += &list(COMMANDS.iter().copied());
    text += "\nEvery command takes:\n";
    text += &rows(EVERYWHERE.iter().map(|flag| (spelled(flag), flag.doc)));
    text
}

fn details(command: &Command) -> String {
    let mut text = format!("mailstead {}\n\n{}\n", usage(command), capital(command.summary));
    if !command.details.is_empty() {
        let _ = write!(text, "\n{}\n", command.details);
    }
    let arguments = command.arguments.iter().map(|argument| (argument.name.to_owned(), argument.doc));
    let flags = command.flags.iter().chain(EVERYWHERE).map(|flag| (spelled(flag), flag.doc));
    let _ = write!(text, "\n{}", rows(arguments.chain(flags)));
    text
}

fn rows<'a>(rows: impl Iterator<Item = (String, &'a str)>) -> String {
    rows.fold(String::new(), |mut text, (name, doc)| {
        let _ = if name.len() <= 20 {
            writeln!(text, "  {name:20}  {doc}")
        } else {
            writeln!(text, "  {name}\n  {:20}  {doc}", "")
        };
        text
    })
}

/// A sentence with its capital and full stop.
pub(super) fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect::<String>() + "."
}
