//! What `test` and `demo` print: one line for each step, `ok` or `FAIL`, and what was seen below it.

use super::CliError;
use super::terminal::say;
use crate::client::{ClientError, Trouble};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

/// Waits for one thing that the client does. They come one after the other: one future of them all would be
/// the client once more in the program, and each type of future that is waited for here some kilobytes.
pub(super) fn wait<T>(step: impl Future<Output = T>) -> T {
    fn on(step: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>) {
        smol::block_on(poll_fn(step));
    }
    let mut step = pin!(step);
    let mut done = None;
    loop {
        on(&mut |context| step.as_mut().poll(context).map(|output| done = Some(output)));
        if let Some(output) = done.take() {
            return output;
        }
    }
}

/// Prints steps and counts those that failed.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) failed: u32,
}

impl Steps {
    /// A step that went well.
    pub(super) fn ok(&self, what: &str) {
        line("ok   ", what);
    }

    /// Something seen in the step before.
    pub(super) fn detail(&self, what: &str) {
        line("     ", what);
    }

    /// A step that did not.
    pub(super) fn fail(&mut self, what: &str, error: &CliError) {
        self.failed = self.failed.saturating_add(1);
        line("FAIL ", &format!("{what}: {}", error.0.message));
        for hint in error.0.hint.iter().flat_map(|hint| hint.lines()) {
            line("     ", &format!("hint: {hint}"));
        }
    }

    /// What is left to be said when a step could not be done and nothing can follow it.
    pub(super) fn done<T, E: Into<CliError>>(&mut self, what: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(what, &error.into());
                None
            }
        }
    }

    /// A step that says what it saw, or why it did not go well.
    pub(super) fn told(&mut self, what: &str, result: Result<String, ClientError>) -> Option<()> {
        let seen = self.done(what, result)?;
        self.ok(&format!("{what}: {seen}"));
        Some(())
    }

    /// The end of the command.
    pub(super) fn outcome(&self) -> Result<(), CliError> {
        match self.failed {
            0 => Ok(()),
            1 => Err(CliError::new("one step failed")),
            failed => Err(CliError::new(format!("{failed} steps failed"))),
        }
    }
}

/// What comes from a server or out of mail does not get to play with the terminal.
fn line(mark: &str, what: &str) {
    let what: String = what.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    say(&format!("{mark} {what}"));
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let plain = Self::new(error.to_string());
        match hint(&error) {
            Some(hint) => plain.with_hint(hint),
            None => plain,
        }
    }
}

/// What usually helps.
fn hint(error: &ClientError) -> Option<&'static str> {
    Some(match error.trouble() {
        Trouble::Name { .. } => "create the DNS records that mailstead setup printed, or a line in the hosts file",
        Trouble::Connect { .. } => "is the server running, and does the firewall let the port through?",
        Trouble::Tls { .. } => {
            "the certificate must hold this name and come from an authority that this computer trusts\n\
             --config FILE names the configuration whose private CA is to be believed"
        }
        Trouble::Status { status: 401, .. } => "is that the password? mailstead user passwd sets another",
        Trouble::Status { status: 404, .. } => "another web server answers there",
        Trouble::Status { status: 502..=504, .. } => "the proxy in front does not reach the server",
        Trouble::Autodiscover { code, .. } if code == "500" => "mailstead user list shows whose mail lives there",
        Trouble::Timeout(_) => "a firewall that drops packets, or a proxy that holds answers back",
        Trouble::ResponseCode(..) | Trouble::Refused(..) => "the server's log may say why",
        Trouble::Malformed("meta-tags" | "X-ResponseCode" | "Autodiscover", _) => {
            "a proxy may have changed the answer, or this is another server"
        }
        _ => return None,
    })
}
