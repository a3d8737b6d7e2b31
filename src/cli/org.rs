//! `org set`: what holds for everybody who has no setting of their own.

use super::args::{Call, Command, Flag};
use super::desk::Desk;
use super::terminal::say;
use super::{Outcome, place};
use crate::admin::Request;
use crate::directory::MapiHttp;

pub(super) static SET: Command = Command {
    name: "org set",
    arguments: &[],
    flags: &[Flag {
        name: "mapi-http",
        value: Some("on|off"),
        doc: "whether Outlook is let in, for mailboxes without a word of their own (user set --mapi-http)",
    }],
    summary: "say what holds for all mailboxes, or show it",
    details: "It takes effect with the next request of every Outlook. A mailbox's own setting wins.",
    run: set,
};

fn set(call: &Call) -> Outcome {
    let switch = call.switch("mapi-http")?.map(|on| if on { MapiHttp::On } else { MapiHttp::Off });
    let mut desk = Desk::open(&place::config(call)?)?;
    if let Some(switch) = switch {
        desk.done(Request::OrganizationMapiHttp(switch))?;
    }
    say(&format!("mapi-http {}", desk.organization()?.0.word()));
    Ok(())
}
