//! Completions for three shells. Each finds out which command stands before the cursor, and offers
//! its flags and what may follow.
//!
//! Not offered: addresses of mailboxes, for only root and the server's user may list them.

use super::Kind;
use crate::cli::args::{Command, Count, Flag};
use crate::cli::{COMMANDS, EVERYWHERE};
use std::fmt::Write as _;

/// Flags of a command and those of every command.
fn flags(command: &Command) -> impl Iterator<Item = &'static Flag> {
    command.flags.iter().chain(EVERYWHERE)
}

/// `user`, `config`: first words of commands of two, each once, that are no commands themselves.
fn groups() -> Vec<&'static str> {
    let mut groups = Vec::new();
    for (group, _) in COMMANDS.iter().filter_map(|command| command.name.split_once(' ')) {
        if !groups.contains(&group) && COMMANDS.iter().all(|command| command.name != group) {
            groups.push(group);
        }
    }
    groups
}

/// What may follow a group or, with an empty one, the program's name, each with its explanation.
fn next_words(group: &str) -> Vec<(&'static str, &'static str)> {
    let single = COMMANDS.iter().filter_map(|command| {
        let rest = if group.is_empty() {
            Some(command.name)
        } else {
            command.name.strip_prefix(group).and_then(|rest| rest.strip_prefix(' '))
        };
        rest.filter(|rest| !rest.contains(' ')).map(|rest| (rest, command.summary))
    });
    let mut words: Vec<_> = single.collect();
    if group.is_empty() {
        words.extend(groups().into_iter().map(|group| (group, "more commands")));
    }
    words
}

fn names(words: &[(&str, &str)]) -> String {
    words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ")
}

/// Patterns of the flags of all commands that take a value, `--config|--data`.
fn valued() -> String {
    let mut names = Vec::new();
    for flag in EVERYWHERE.iter().chain(COMMANDS.iter().flat_map(|command| command.flags)) {
        let name = format!("--{}", flag.name);
        if flag.value.is_some() && !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("|")
}

/// Patterns of all complete commands.
fn complete() -> String {
    COMMANDS.iter().map(|command| format!("'{}'", command.name)).collect::<Vec<_>>().join("|")
}

/// Between apostrophes.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

/// For bash.
pub(super) fn bash() -> String {
    let mut text = format!(
        "# bash completion for mailstead; made by mailstead generate completion bash.\n\n\
         _mailstead() {{\n    \
         local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command='' word i=1\n    \
         COMPREPLY=()\n    \
         while [ $i -lt $COMP_CWORD ]; do\n        \
         word=${{COMP_WORDS[i]}}\n        \
         case $word in\n            \
         {}) i=$((i + 1)) ;;\n            \
         -*) ;;\n            \
         *)\n                \
         command=${{command:+$command }}$word\n                \
         case $command in {}) break ;; esac\n                \
         ;;\n        \
         esac\n        \
         i=$((i + 1))\n    \
         done\n    \
         case $command in\n",
        valued(),
        complete()
    );
    for group in [""].into_iter().chain(groups()) {
        let _ = writeln!(text, "        '{group}') bash_words='{}' ;;", names(&next_words(group)));
    }
    for command in COMMANDS {
        let own: Vec<_> = flags(command).map(|flag| format!("--{}", flag.name)).collect();
        let _ = writeln!(text, "        '{}')\n            case $prev in", command.name);
        for flag in flags(command) {
            if let Some(value) = flag.value {
                let _ = writeln!(text, "                --{}) {}; return ;;", flag.name, bash_reply(Kind::of(value)));
            }
        }
        let _ = writeln!(text, "            esac\n            bash_flags='{}'", own.join(" "));
        let last = command.arguments.last().map_or(Kind::Free, |argument| Kind::of(argument.name));
        let more = next_words(command.name);
        let reply = if more.is_empty() {
            bash_reply(last)
        } else {
            format!("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", names(&more))
        };
        let _ = writeln!(text, "            case $cur in -*) ;; *) {reply}; return ;; esac\n            ;;");
    }
    text += "    esac\n    \
             case $cur in\n        \
             -*) COMPREPLY=($(compgen -W \"${bash_flags:---config --data --help}\" -- \"$cur\")) ;;\n        \
             *) COMPREPLY=($(compgen -W \"$bash_words\" -- \"$cur\")) ;;\n    \
             esac\n}\n\ncomplete -F _mailstead mailstead\n";
    text.replace("word i=1", "word i=1 bash_words='' bash_flags=''")
}

fn bash_reply(kind: Kind) -> String {
    match kind {
        Kind::File => "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))".into(),
        Kind::Directory => "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))".into(),
        Kind::Choice(of) => format!("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", of.replace('|', " ")),
        Kind::Command => format!("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", names(&next_words(""))),
        Kind::Free => ":".into(),
    }
}

/// For zsh.
pub(super) fn zsh() -> String {
    let mut text = format!(
        "#compdef mailstead\n# Made by mailstead generate completion zsh.\n\n\
         _mailstead() {{\n    \
         local command='' word\n    \
         local -a offered\n    \
         local -i i=2\n    \
         while (( i < CURRENT )); do\n        \
         word=$words[i]\n        \
         case $word in\n            \
         ({}) (( i++ )) ;;\n            \
         (-*) ;;\n            \
         (*)\n                \
         command=${{command:+$command }}$word\n                \
         case $command in ({}) break ;; esac\n                \
         ;;\n        \
         esac\n        \
         (( i++ ))\n    \
         done\n    \
         case $command in\n",
        valued(),
        complete()
    );
    for group in [""].into_iter().chain(groups()) {
        let offered = next_words(group).into_iter();
        let offered: Vec<_> = offered.map(|(word, doc)| format!("'{}'", quoted(&format!("{word}:{doc}")))).collect();
        let _ = writeln!(
            text,
            "        ('{group}')\n            offered=({})\n            _describe command offered\n            ;;",
            offered.join(" ")
        );
    }
    for command in COMMANDS {
        let _ = write!(
            text,
            "        ('{}')\n            words=(mailstead \"${{(@)words[i+1,-1]}}\")\n            (( CURRENT -= i - 1 ))\n            _arguments",
            command.name
        );
        for flag in flags(command) {
            let doc = quoted(&zsh_escaped(flag.doc));
            let _ = match flag.value {
                None => write!(text, " \\\n                '--{}[{doc}]'", flag.name),
                Some(value) => {
                    write!(text, " \\\n                '--{}[{doc}]{}'", flag.name, zsh_value(value))
                }
            };
        }
        for argument in command.arguments {
            let many = if argument.count == Count::One { "" } else { "*" };
            let _ = write!(text, " \\\n                '{many}{}'", zsh_value(argument.name));
        }
        text += "\n            ;;\n";
    }
    text += "    esac\n}\n\n_mailstead \"$@\"\n";
    text
}

/// `:NAME:action`
fn zsh_value(name: &'static str) -> String {
    let action = match Kind::of(name) {
        Kind::File => "_files".into(),
        Kind::Directory => "_files -/".into(),
        Kind::Choice(of) => format!("({})", of.replace('|', " ")),
        Kind::Command => format!("({})", names(&next_words(""))),
        Kind::Free => " ".into(),
    };
    format!(":{name}:{action}")
}

/// Brackets and colons divide a specification of _arguments.
fn zsh_escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace(':', "\\:")
}

/// For fish.
pub(super) fn fish() -> String {
    let mut text = format!(
        "# fish completion for mailstead; made by mailstead generate completion fish.\n\n\
         function __mailstead_command\n    \
         set -l command\n    \
         set -l skip 0\n    \
         for word in (commandline -opc)[2..-1]\n        \
         if test $skip = 1\n            \
         set skip 0\n            \
         continue\n        \
         end\n        \
         switch $word\n            \
         case {}\n                \
         set skip 1\n            \
         case '-*'\n            \
         case '*'\n                \
         set command $command $word\n                \
         switch \"$command\"\n                    \
         case {}\n                        \
         break\n                \
         end\n        \
         end\n    \
         end\n    \
         echo \"$command\"\nend\n\ncomplete -c mailstead -f\n",
        valued().replace('|', " "),
        complete().replace('|', " ")
    );
    for group in [""].into_iter().chain(groups()) {
        for (word, doc) in next_words(group) {
            let _ = writeln!(text, "complete -c mailstead -n {} -a {word} -d '{}'", fish_when(group), fish_quoted(doc));
        }
    }
    for command in COMMANDS {
        let when = fish_when(command.name);
        for flag in flags(command) {
            let value = flag.value.map_or_else(String::new, |value| fish_value(" -r", value));
            let _ = writeln!(
                text,
                "complete -c mailstead -n {when} -l {}{value} -d '{}'",
                flag.name,
                fish_quoted(flag.doc)
            );
        }
        for argument in command.arguments {
            if Kind::of(argument.name) != Kind::Free {
                let _ = writeln!(text, "complete -c mailstead -n {when}{}", fish_value("", argument.name));
            }
        }
    }
    text
}

/// Double quotes, for the condition has apostrophes of its own.
fn fish_when(command: &str) -> String {
    format!("\"test (__mailstead_command) = '{command}'\"")
}

fn fish_value(required: &str, name: &'static str) -> String {
    match Kind::of(name) {
        Kind::File => format!("{required} -F"),
        Kind::Directory => format!("{required} -a '(__fish_complete_directories)'"),
        Kind::Choice(of) => format!("{required} -a '{}'", of.replace('|', " ")),
        Kind::Command => format!("{required} -a '{}'", names(&next_words(""))),
        Kind::Free => required.into(),
    }
}

fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
