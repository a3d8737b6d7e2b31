//! `user app-password add|list|revoke`: a password for each device, so that one can be taken away.

use super::args::{ADDRESS, Argument, Call, Command, Count};
use super::desk::Desk;
use super::terminal::say;
use super::{Outcome, place};
use crate::admin::Request;
use crate::auth::app_password;
use crate::wire::FileTime;

const DEVICE: Argument = Argument { name: "DEVICE", count: Count::One, doc: "what to call it, for example desk-pc" };

pub(super) static ADD: Command = Command {
    name: "user app-password add",
    arguments: &[ADDRESS, DEVICE],
    flags: &[],
    summary: "make a password for one device",
    details: "It is shown once. Type it in Outlook instead of the mailbox's own password; hyphens may be\n\
              left out.",
    run: add,
};

pub(super) static LIST: Command = Command {
    name: "user app-password list",
    arguments: &[ADDRESS],
    flags: &[],
    summary: "list the devices with a password of their own, and when each was last used",
    details: "",
    run: list,
};

pub(super) static REVOKE: Command = Command {
    name: "user app-password revoke",
    arguments: &[ADDRESS, DEVICE],
    flags: &[],
    summary: "take a device's password away",
    details: "It stops working at once.",
    run: revoke,
};

fn device(call: &Call) -> String {
    call.words().get(1).copied().unwrap_or_default().to_owned()
}

fn add(call: &Call) -> Outcome {
    let (address, name) = (call.address()?.to_owned(), device(call));
    let (password, digest) = app_password::new();
    Desk::open(&place::config(call)?)?.done(Request::AppPasswordAdd { address, name, digest })?;
    say(&password);
    Ok(())
}

fn list(call: &Call) -> Outcome {
    let address = call.address()?.to_owned();
    let passwords = Desk::open(&place::config(call)?)?.app_passwords(address)?;
    let width = passwords.iter().map(|password| password.name.chars().count()).max().unwrap_or(0);
    for password in passwords {
        let used = password.used.map_or_else(|| "never used".to_owned(), |used| format!("last used {}", day(used)));
        say(&format!("{:width$}  made {}  {used}", password.name, day(password.created)));
    }
    Ok(())
}

fn revoke(call: &Call) -> Outcome {
    let (address, name) = (call.address()?.to_owned(), device(call));
    let done = format!("revoked the app password of {address} for {name}");
    Desk::open(&place::config(call)?)?.done(Request::AppPasswordRevoke { address, name })?;
    say(&done);
    Ok(())
}

fn day(time: FileTime) -> String {
    let civil = time.civil();
    format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
}
