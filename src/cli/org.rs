//! `org set`: what holds for everybody who has no setting of their own.

use super::args::{Call, Command, Flag};
use super::desk::Desk;
use super::terminal::{note, say};
use super::{Outcome, place};
use crate::admin::Request;
use crate::directory::MapiHttp;

pub(super) static SET: Command = Command {
    name: "org set",
    arguments: &[],
    flags: &[
        Flag {
            name: "mapi-http",
            value: Some("on|off"),
            doc: "whether Outlook is let in, for mailboxes without a word of their own (user set --mapi-http)",
        },
        Flag {
            name: "public-folders",
            value: Some("on|off"),
            doc: "whether there are public folders, which everybody reads and posts to; off keeps what is in them",
        },
    ],
    summary: "say what holds for all mailboxes, or show it",
    details: "It takes effect with the next request of every Outlook; that there are public folders, Outlook \
              learns when it starts. A mailbox's own setting wins.",
    run: set,
};

fn set(call: &Call) -> Outcome {
    let switch = call.switch("mapi-http")?.map(|on| if on { MapiHttp::On } else { MapiHttp::Off });
    let public = call.switch("public-folders")?;
    let mut desk = Desk::open(&place::config(call)?)?;
    if let Some(switch) = switch {
        desk.done(Request::OrganizationMapiHttp(switch))?;
    }
    if let Some(on) = public {
        desk.done(Request::PublicFolders(on))?;
    }
    let (switch, address, _) = desk.organization()?;
    say(&format!("mapi-http {}", switch.word()));
    say(&address.map_or_else(|| "public-folders off".to_owned(), |address| format!("public-folders on ({address})")));
    if public == Some(true) && !desk.users()?.iter().any(|user| user.admin) {
        note("hint: only administrators make public folders, and there is none: user set ADDRESS --admin on");
    }
    Ok(())
}
