//! `group`, `contact`, `room` and `alias`: the address book beside the mailboxes of people.

use super::args::{ADDRESS, Argument, Call, Command, Count, Flag, YES};
use super::desk::Desk;
use super::terminal::{can_ask, confirm, say};
use super::user::{NAME, name};
use super::{CliError, Outcome, place};
use crate::admin::{EntryChange, EntryList, EntrySummary, Request};
use crate::directory::{EntryKind, FACTS};

const HIDDEN: Flag = Flag {
    name: "hidden",
    value: Some("on|off"),
    doc: "in no list of the address book, found by nothing but the whole address",
};
const MANAGER: Flag = Flag { name: "manager", value: Some("ADDRESS"), doc: "who is reported to (\"\" takes it away)" };
const CAPACITY: Flag = Flag { name: "capacity", value: Some("NUMBER"), doc: "how many people the room holds" };
const EQUIPMENT: Flag = Flag { name: "equipment", value: None, doc: "it is a projector or a car, not a room" };
const OWNER: Flag =
    Flag { name: "owner", value: None, doc: "as owners, who may change the members in Outlook, not as members" };
const GROUP: Argument = Argument { name: "GROUP", count: Count::One, doc: "family@example.org" };
const MEMBERS: Argument =
    Argument { name: "MEMBER", count: Count::Several, doc: "addresses of mailboxes, contacts, rooms or groups" };
const ALIASES: Argument = Argument {
    name: "ALIAS",
    count: Count::Several,
    doc: "another address in a domain of this server, or X500:/o=... under which old mail knows it",
};
const OF: Argument = Argument { name: "ADDRESS", count: Count::Any, doc: "whose; of all, without" };

/// Flags of a command, and behind them one for each fact.
#[expect(clippy::indexing_slicing, reason = "in constants only: the compiler does it, and stops where it is wrong")]
pub(super) const fn with_facts<const OWN: usize, const ALL: usize>(own: [Flag; OWN]) -> [Flag; ALL] {
    let mut flags = [HIDDEN; ALL];
    let mut at = 0;
    while at < OWN {
        flags[at] = own[at];
        at += 1;
    }
    flags[at] = HIDDEN;
    flags[at + 1] = MANAGER;
    let mut fact = 0;
    while fact < FACTS.len() {
        flags[at + 2 + fact] = Flag { name: FACTS[fact].name, value: Some("TEXT"), doc: FACTS[fact].doc };
        fact += 1;
    }
    flags
}

macro_rules! commands {
    ($($(#[$doc:meta])* $id:ident $name:literal [$($argument:expr),*] $flags:expr, $summary:literal $details:literal $run:expr;)*) => {
        $($(#[$doc])* pub(super) static $id: Command = Command {
            name: $name,
            arguments: &[$($argument),*],
            flags: $flags,
            summary: $summary,
            details: $details,
            run: $run,
        };)*
    };
}

commands! {
    GROUP_ADD "group add" [ADDRESS] &[NAME, HIDDEN], "make a group: mail to it goes to its members"
        "" |call| add(call, EntryKind::Group);
    GROUP_SET "group set" [ADDRESS] &[NAME, HIDDEN], "change what the address book tells of a group" "" set;
    GROUP_REMOVE "group remove" [ADDRESS] &[YES], "remove a group, not its members"
        "" |call| remove(call, EntryKind::Group);
    MEMBER_ADD "group member add" [GROUP, MEMBERS] &[OWNER], "put members into a group"
        "Groups may be members of groups." |call| change_members(call, true);
    MEMBER_REMOVE "group member remove" [GROUP, MEMBERS] &[OWNER], "take members out of a group"
        "" |call| change_members(call, false);
    GROUP_LIST "group list" [] &[], "list the groups and their members"
        "" |call| list(call, &[EntryKind::Group]);
    CONTACT_ADD "contact add" [ADDRESS] &with_facts::<1, { 3 + FACTS.len() }>([NAME]),
        "put somebody with a mailbox elsewhere into the address book" "" |call| add(call, EntryKind::Contact);
    CONTACT_SET "contact set" [ADDRESS] &with_facts::<1, { 3 + FACTS.len() }>([NAME]),
        "change what the address book tells of a contact" "An empty text takes a fact away." set;
    CONTACT_REMOVE "contact remove" [ADDRESS] &[YES], "take a contact out of the address book"
        "" |call| remove(call, EntryKind::Contact);
    CONTACT_LIST "contact list" [] &[], "list the contacts" "" |call| list(call, &[EntryKind::Contact]);
    ROOM_ADD "room add" [ADDRESS] &with_facts::<3, { 5 + FACTS.len() }>([NAME, CAPACITY, EQUIPMENT]),
        "make the mailbox of a room or of equipment" "Nobody can log on to it; its calendar opens for those who may see it."
        |call| add(call, if call.has("equipment") { EntryKind::Equipment } else { EntryKind::Room });
    ROOM_SET "room set" [ADDRESS] &with_facts::<2, { 4 + FACTS.len() }>([NAME, CAPACITY]),
        "change what the address book tells of a room" "An empty text takes a fact away." set;
    ROOM_REMOVE "room remove" [ADDRESS] &[YES], "remove a room, its mailbox and its calendar"
        "On a terminal it asks first. There is no way back but a backup." |call| remove(call, EntryKind::Room);
    ROOM_LIST "room list" [] &[], "list rooms and equipment"
        "" |call| list(call, &[EntryKind::Room, EntryKind::Equipment]);
    ALIAS_ADD "alias add" [ADDRESS, ALIASES] &[], "give a mailbox, room or group another address"
        "" |call| change_aliases(call, true);
    ALIAS_REMOVE "alias remove" [ADDRESS, ALIASES] &[], "take another address away" "" |call| change_aliases(call, false);
    ALIAS_LIST "alias list" [OF] &[], "list the other addresses" "" list_aliases;
}

/// What the flags of a call say of an entry.
pub(super) fn change(call: &Call) -> Result<EntryChange, CliError> {
    let mut texts = Vec::new();
    for fact in FACTS {
        if let Some(text) = call.text(fact.name)? {
            texts.push((fact.tag.id(), text.trim().to_owned()));
        }
    }
    let number = |text: &str| text.parse().map_err(|_| CliError::usage("--capacity wants a number"));
    Ok(EntryChange {
        display_name: name(call)?.map(str::to_owned),
        hidden: call.switch("hidden")?,
        manager: call.text("manager")?.map(|text| text.trim().to_owned()),
        capacity: call.text("capacity")?.map(number).transpose()?,
        texts,
    })
}

fn desk(call: &Call) -> Result<Desk, CliError> {
    Desk::open(&place::config(call)?)
}

fn add(call: &Call, kind: EntryKind) -> Outcome {
    let address = call.address()?.to_owned();
    let mut change = change(call)?;
    if change.display_name.is_none() {
        change.display_name = Some(super::user::local_part(&address).to_owned());
    }
    desk(call)?.done(Request::EntryAdd { kind, address: address.clone(), change })?;
    say(&format!("added {address}"));
    Ok(())
}

fn set(call: &Call) -> Outcome {
    let address = call.address()?.to_owned();
    let change = change(call)?;
    if change == EntryChange::default() {
        return Err(
            CliError::usage("nothing to set").with_hint(format!("mailstead help {} lists it", call.command.name))
        );
    }
    desk(call)?.done(Request::EntrySet { address: address.clone(), change })?;
    say(&format!("changed {address}"));
    Ok(())
}

fn remove(call: &Call, kind: EntryKind) -> Outcome {
    let address = call.address()?.to_owned();
    let question = match kind {
        EntryKind::Room => format!("Remove {address} and everything in its mailbox?"),
        _ => format!("Remove {address}?"),
    };
    if !call.has("yes") && can_ask() && !confirm(&question)? {
        return Err(CliError::new("nothing was removed"));
    }
    desk(call)?.done(Request::EntryRemove { kind, address: address.clone() })?;
    say(&format!("removed {address}"));
    Ok(())
}

fn change_members(call: &Call, add: bool) -> Outcome {
    change_list(call, if call.has("owner") { EntryList::Owners } else { EntryList::Members }, add)
}

fn change_aliases(call: &Call, add: bool) -> Outcome {
    change_list(call, EntryList::Aliases, add)
}

fn change_list(call: &Call, list: EntryList, add: bool) -> Outcome {
    let address = call.address()?.to_owned();
    let names = call.words().into_iter().skip(1).map(str::to_owned).collect();
    desk(call)?.done(Request::EntryList { address: address.clone(), list, add, names })?;
    say(&format!("changed {address}"));
    Ok(())
}

fn list(call: &Call, kinds: &[EntryKind]) -> Outcome {
    let mut entries = desk(call)?.entries()?;
    entries.retain(|entry| kinds.contains(&entry.kind));
    let width = entries.iter().map(|entry| entry.address.chars().count()).max().unwrap_or(0);
    for entry in &entries {
        let capacity = entry.capacity.map(|people| format!("for {people}"));
        let marks = [
            capacity.as_deref(),
            (entry.kind == EntryKind::Equipment).then_some("equipment"),
            entry.hidden.then_some("hidden"),
        ];
        let marks: Vec<_> = marks.into_iter().flatten().collect();
        say(format!("{:width$}  {}  {}", entry.address, entry.display_name, marks.join(" ")).trim_end());
        entry.owners.iter().for_each(|owner| say(&format!("  owner   {owner}")));
        entry.members.iter().for_each(|member| say(&format!("  member  {member}")));
    }
    Ok(())
}

fn list_aliases(call: &Call) -> Outcome {
    let wanted = call.words();
    let meant = |entry: &&EntrySummary| {
        let own = |name: &&str| entry.address.eq_ignore_ascii_case(name);
        wanted.is_empty() && !entry.aliases.is_empty() || wanted.iter().any(own)
    };
    for entry in desk(call)?.entries()?.iter().filter(meant) {
        say(&entry.address);
        entry.aliases.iter().for_each(|alias| say(&format!("  {alias}")));
    }
    Ok(())
}
