//! `user add|list|passwd|set|remove`: with a running server, or without one.

use super::args::{ADDRESS, Call, Command, Flag, PASSWORD_STDIN, YES};
use super::desk::Desk;
use super::terminal::{can_ask, confirm, new_password, say};
use super::{CliError, Outcome, entry, place};
use crate::admin::{EntryChange, Request, check_address};
use crate::auth::password;
use crate::directory::{EntryKind, FACTS, MapiHttp};
use crate::limits;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub(super) const NAME: Flag =
    Flag { name: "name", value: Some("NAME"), doc: "the name shown (default: the part before the @)" };
const ADMIN: Flag = Flag {
    name: "admin",
    value: Some("on|off"),
    doc: "administrator rights: Connect with Flags 1 and Logon with USE_ADMIN_PRIVILEGE, each use logged",
};

const QUOTA: Flag = Flag {
    name: "quota",
    value: Some("SIZE|none"),
    doc: "how large the mailbox may become, for example 500M or 5G; Outlook warns at nine tenths of it",
};

const SESSION_EXPIRY: Flag = Flag {
    name: "session-expiry",
    value: Some("SECONDS|default"),
    doc: "how long this user's sessions live without a request (default: session.expiry of the configuration)",
};

const MAPI_HTTP: Flag = Flag {
    name: "mapi-http",
    value: Some("on|off|internal|default"),
    doc: "whether Outlook is let in: everywhere, nowhere, from the home network only (network.internal of the configuration), or as org set says",
};

const PHOTO: Flag = Flag {
    name: "photo",
    value: Some("FILE|none"),
    doc: "a photo for the address book, JPEG of 64 KiB at most: Outlook shows it with 96 pixels",
};

pub(super) static ADD: Command = Command {
    name: "user add",
    arguments: &[ADDRESS],
    flags: &[NAME, ADMIN, PASSWORD_STDIN],
    summary: "make a mailbox",
    details: "",
    run: add,
};

pub(super) static LIST: Command =
    Command { name: "user list", arguments: &[], flags: &[], summary: "list the mailboxes", details: "", run: list };

pub(super) static PASSWD: Command = Command {
    name: "user passwd",
    arguments: &[ADDRESS],
    flags: &[PASSWORD_STDIN],
    summary: "set another password",
    details: "It takes effect at once; the old one stops working everywhere.",
    run: passwd,
};

pub(super) static SET: Command = Command {
    name: "user set",
    arguments: &[ADDRESS],
    flags: &entry::with_facts::<6, { 8 + FACTS.len() }>([NAME, ADMIN, QUOTA, SESSION_EXPIRY, MAPI_HTTP, PHOTO]),
    summary: "change the name, the rights, the quota, who is let in, or what the address book tells",
    details: "",
    run: set,
};

pub(super) static REMOVE: Command = Command {
    name: "user remove",
    arguments: &[ADDRESS],
    flags: &[YES],
    summary: "remove a mailbox and everything in it",
    details: "On a terminal it asks first. There is no way back but a backup.",
    run: remove,
};

fn add(call: &Call) -> Outcome {
    let address = call.address()?;
    let admin = call.switch("admin")?.unwrap_or(false);
    let display_name = name(call)?.unwrap_or_else(|| local_part(address)).to_owned();
    let config = place::config(call)?;
    // Before anybody types a password.
    check_address(address, &config.domains)?;
    let mut desk = Desk::open(&config)?;
    if desk.users()?.iter().any(|user| user.address.eq_ignore_ascii_case(address)) {
        return Err(CliError::new(format!("{address} exists already"))
            .with_hint("mailstead user passwd sets another password, user set another name"));
    }
    let password_hash = hash(&new_password(call.has("password-stdin"), address)?)?;
    desk.done(Request::UserAdd { address: address.to_owned(), display_name, password_hash, admin })?;
    say(&format!("added {address}"));
    Ok(())
}

fn list(call: &Call) -> Outcome {
    let users = Desk::open(&place::config(call)?)?.users()?;
    let width = users.iter().map(|user| user.address.chars().count()).max().unwrap_or(0);
    for user in users {
        let (room, equipment) = (user.kind == EntryKind::Room, user.kind == EntryKind::Equipment);
        let marks = [(user.admin, "admin"), (user.disabled, "disabled"), (room, "room"), (equipment, "equipment")];
        let mut marks: Vec<_> = marks.into_iter().filter_map(|(is, mark)| is.then_some(mark.to_owned())).collect();
        marks.extend(user.mapi_http.map(|switch| format!("mapi-http={}", switch.word())));
        say(format!("{:width$}  {}  {}", user.address, user.display_name, marks.join(" ")).trim_end());
    }
    Ok(())
}

fn passwd(call: &Call) -> Outcome {
    let address = call.address()?;
    let config = place::config(call)?;
    let mut desk = Desk::open(&config)?;
    let known = desk.users()?.iter().any(|user| user.address.eq_ignore_ascii_case(address));
    if !known {
        return Err(CliError::new(format!("there is no user {}", address.escape_debug()))
            .with_hint("mailstead user list shows who there is"));
    }
    let password_hash = hash(&new_password(call.has("password-stdin"), address)?)?;
    desk.done(Request::UserPasswd { address: address.to_owned(), password_hash })?;
    say(&format!("changed the password of {address}"));
    Ok(())
}

fn set(call: &Call) -> Outcome {
    let address = call.address()?.to_owned();
    let (display_name, admin) = (name(call)?.map(str::to_owned), call.switch("admin")?);
    let quota = call.text("quota")?.map(kib).transpose()?;
    let facts = display_name.is_some() || admin.is_some();
    let told = entry::change(call)?;
    let told =
        (told != EntryChange { display_name: told.display_name.clone(), ..EntryChange::default() }).then_some(told);
    let expiry = call.text("session-expiry")?.map(session_expiry).transpose()?;
    let switch = call.text("mapi-http")?.map(switch).transpose()?;
    let photo = call.path("photo").map(photo).transpose()?;
    if !facts && photo.is_none() && quota.is_none() && expiry.is_none() && told.is_none() && switch.is_none() {
        let hint = "--name NAME, --admin on|off, --quota SIZE, --mapi-http on|off|internal, --phone NUMBER and so on";
        return Err(CliError::usage("nothing to set").with_hint(hint));
    }
    let mut desk = Desk::open(&place::config(call)?)?;
    if facts {
        desk.done(Request::UserSet { address: address.clone(), display_name, admin })?;
    }
    if let Some(change) = told {
        desk.done(Request::EntrySet { address: address.clone(), change })?;
    }
    if let Some(seconds) = expiry {
        desk.done(Request::UserSessionExpiry { address: address.clone(), seconds })?;
    }
    if let Some(switch) = switch {
        desk.done(Request::UserMapiHttp { address: address.clone(), switch })?;
    }
    if let Some(photo) = photo {
        desk.done(Request::UserPhoto { address: address.clone(), photo })?;
    }
    if let Some(kib) = quota {
        desk.done(Request::UserQuota { address: address.clone(), kib })?;
    }
    say(&format!("changed {address}"));
    Ok(())
}

fn remove(call: &Call) -> Outcome {
    let address = call.address()?;
    let config = place::config(call)?;
    if !call.has("yes") && can_ask() && !confirm(&format!("Remove {address} and all mail in the mailbox?"))? {
        return Err(CliError::new("nothing was removed"));
    }
    Desk::open(&config)?.done(Request::UserRemove { address: address.to_owned() })?;
    say(&format!("removed {address}"));
    Ok(())
}

/// A photo, as far as one may be long; empty for none.
fn photo(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut photo = Vec::new();
    if path.as_os_str() != "none" {
        let most = u64::try_from(limits::TOLD_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut photo));
        read.map_err(|error| CliError::file(path, &error))?;
        // Nothing is no photo, and would take one away.
        photo.extend(photo.is_empty().then_some(0));
    }
    Ok(photo)
}

/// A size as people write it, in KiB; 0 for none. The property that holds it ends at 2 TiB.
fn kib(text: &str) -> Result<u32, CliError> {
    let bad = || CliError::usage("--quota wants a size such as 500M or 5G, or none");
    if text.eq_ignore_ascii_case("none") {
        return Ok(0);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: u64 = match text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase().as_str() {
        "K" | "KB" => 1,
        "M" | "MB" => 1 << 10,
        "G" | "GB" => 1 << 20,
        "T" | "TB" => 1 << 30,
        _ => return Err(bad()),
    };
    let kib = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(bad)?;
    let kib = i32::try_from(kib).ok().and_then(|kib| u32::try_from(kib).ok());
    kib.filter(|kib| *kib > 0).ok_or_else(bad)
}

/// Seconds, at most a month as in the configuration; `None` for the default.
fn session_expiry(text: &str) -> Result<Option<u32>, CliError> {
    if text.eq_ignore_ascii_case("default") {
        return Ok(None);
    }
    let seconds = text.parse().ok().filter(|seconds| (1..=30 * 86_400).contains(seconds));
    seconds.map(Some).ok_or_else(|| CliError::usage("--session-expiry wants seconds, 1 to 2592000, or default"))
}

/// From where Outlook may come; `None` for the organisation's word.
fn switch(text: &str) -> Result<Option<MapiHttp>, CliError> {
    let known = [MapiHttp::On, MapiHttp::Off, MapiHttp::Internal].into_iter().find(|switch| switch.word() == text);
    if known.is_none() && text != "default" {
        return Err(CliError::usage("--mapi-http wants on, off, internal or default"));
    }
    Ok(known)
}

pub(super) fn name(call: &Call) -> Result<Option<&str>, CliError> {
    match call.text("name")?.map(str::trim) {
        Some(name) if name.is_empty() || name.chars().count() > 256 => {
            Err(CliError::usage("--name wants 1 to 256 characters"))
        }
        name => Ok(name),
    }
}

/// What stands before the @.
pub(super) fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

/// The PHC string of a new password.
pub(super) fn hash(password: &str) -> Result<String, CliError> {
    password::hash(password).map_err(|error| CliError::new(error.to_string()))
}
