//! `generate`: manual pages and completions, from the tables that also make the parser and the help.
//! So they name every command, flag and setting, and nothing that is not there.

mod completion;
mod man;

use super::args::{Argument, Call, Command, Count};
use super::terminal::say;
use super::{CliError, Outcome};

pub(super) static MAN: Command = Command {
    name: "generate man",
    arguments: &[Argument { name: "mailstead.1|mailstead.toml.5", count: Count::One, doc: "which manual page" }],
    flags: &[],
    summary: "print a manual page: of the commands, or of the configuration",
    details: "For makers of packages; man -l reads it.",
    run: man,
};

pub(super) static COMPLETION: Command = Command {
    name: "generate completion",
    arguments: &[Argument { name: "bash|zsh|fish", count: Count::One, doc: "which shell" }],
    flags: &[],
    summary: "print what a shell needs to complete commands and flags",
    details: "Packages install it. By hand: in bash,\n\
              source <(mailstead generate completion bash); in zsh, put it as _mailstead into a\n\
              directory of $fpath; in fish, mailstead generate completion fish | source.",
    run: completion,
};

fn man(call: &Call) -> Outcome {
    let text = match call.words().as_slice() {
        ["mailstead.1"] => man::commands(),
        ["mailstead.toml.5"] => man::configuration(),
        _ => return Err(CliError::usage("there is no such page").with_hint("mailstead.1 or mailstead.toml.5")),
    };
    say(text.trim_end());
    Ok(())
}

fn completion(call: &Call) -> Outcome {
    let text = match call.words().as_slice() {
        ["bash"] => completion::bash(),
        ["zsh"] => completion::zsh(),
        ["fish"] => completion::fish(),
        _ => return Err(CliError::usage("that shell is not known").with_hint("bash, zsh or fish")),
    };
    say(text.trim_end());
    Ok(())
}

/// What may stand in a place, told by what the tables call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    /// `on|off`
    Choice(&'static str),
    Command,
    /// Whatever: a name, a number.
    Free,
}

impl Kind {
    fn of(name: &'static str) -> Self {
        match name {
            "FILE" | "PATH" => Self::File,
            "DIR" => Self::Directory,
            "COMMAND" => Self::Command,
            _ if name.contains('|') => Self::Choice(name),
            _ => Self::Free,
        }
    }
}
