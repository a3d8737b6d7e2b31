//! `capture`: writes down what one user's Outlook and the server say to each other.

use super::args::{ADDRESS, Call, Command, Flag};
use super::desk::Desk;
use super::terminal::say;
use super::{CliError, Outcome, place};

pub(super) static CAPTURE: Command = Command {
    name: "capture",
    arguments: &[ADDRESS],
    flags: &[Flag { name: "minutes", value: Some("N"), doc: "how long (default: 10, at most a day)" }],
    summary: "write down one user's traffic, for support",
    details: "The running server writes it into its data directory, in a file that only the service user and\n\
              root can read: bodies without cookies and passwords, 64 MB at most. They hold mail. It ends by\n\
              itself, and with the server. mailstead decode FILE reads it.",
    run: capture,
};

fn capture(call: &Call) -> Outcome {
    let address = call.address()?.to_owned();
    let minutes = match call.text("minutes")? {
        Some(text) => text.parse().map_err(|_| CliError::usage("--minutes wants a number"))?,
        None => 10,
    };
    let path = Desk::open(&place::config(call)?)?.capture(address, minutes)?;
    say(&format!("writing {path} for {minutes} minutes. It holds mail: remove it when it has served."));
    Ok(())
}
