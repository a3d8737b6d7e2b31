//! PLACEHOLDER
use super::args::{ADDRESS, Argument, Call, Command, Count, Flag};
use super::{CliError, Outcome};

pub(super) static IMPORT: Command = Command {
    name: "import",
    arguments: &[
        ADDRESS,
        Argument {
            name: "PATH",
            count: Count::Several,
            doc: "an .eml file, an mbox file, a Maildir, or a directory of such",
        },
    ],
    flags: &[Flag {
        name: "folder",
        value: Some("NAME"),
        doc: "folder, / between levels, made when missing (default: Inbox)",
    }],
    summary: "put mail into a mailbox",
    details: "",
    run: import,
};

fn import(call: &Call) -> Outcome {
    let _ = (call.address()?, call.paths().count());
    Err(CliError::new("not yet"))
}
