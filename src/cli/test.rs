//! `test`: what Outlook will do, step by step.
//!
//! PLACEHOLDER: the scripted client is being written elsewhere; [`test`] is where it plugs in.

use super::args::{ADDRESS, Call, Command, Flag, PASSWORD_STDIN};
use super::terminal::password;
use super::{CliError, Outcome};

pub(super) static TEST: Command = Command {
    name: "test",
    arguments: &[ADDRESS],
    flags: &[
        Flag { name: "url", value: Some("URL"), doc: "where the server is (default: the configuration's)" },
        PASSWORD_STDIN,
    ],
    summary: "do what Outlook will do, step by step",
    details: "Each step is ok, or FAIL with the reason. Nothing is changed.",
    run: test,
};

fn test(call: &Call) -> Outcome {
    let address = call.address()?;
    let _url = call.text("url")?;
    let _password = password(call.has("password-stdin"), &format!("Password for {address}: "))?;
    Err(CliError::new("this build has no client yet"))
}
