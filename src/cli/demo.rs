//! `demo`: everything in a temporary directory.
//!
//! PLACEHOLDER: the scripted client is being written elsewhere; [`demo`] is where it plugs in.

use super::args::{Call, Command, Flag};
use super::{CliError, Outcome};

pub(super) static DEMO: Command = Command {
    name: "demo",
    arguments: &[],
    flags: &[Flag { name: "port", value: Some("N"), doc: "port on 127.0.0.1 (default: any free one)" }],
    summary: "show everything in a temporary directory",
    details: "Makes two mailboxes with sample mail, serves them on this machine and uses them as\n\
              Outlook would. On a terminal it stays up until Ctrl-C.",
    run: demo,
};

fn demo(call: &Call) -> Outcome {
    let port = call.text("port")?.map(str::parse::<u16>).transpose();
    let _port = port.map_err(|_| CliError::usage("--port wants a number below 65536"))?.unwrap_or(0);
    Err(CliError::new("this build has no demo yet"))
}
