//! Which Outlook is this: the releases that may come, what each can do, and what to avoid with it.
//! One table, asked by whoever has to treat one differently.
//!
//! 2016, 2019, 2021, LTSC 2024 and 365 all call themselves 16.0; only the build tells them apart, and
//! 365 may have any. UNVERIFIED: the builds of the updates of April 2015 for 2010 and of Service Pack
//! 1 for 2013; that both need them is in outlook.md §0. The names of later releases are for people.

use crate::limits;
use std::sync::{Mutex, PoisonError};

/// The version of a client, and the address of whose it is.
pub type Client = ([u16; 3], String);

/// Who came with what since the server started.
#[derive(Debug, Default)]
pub struct Clients(Mutex<Vec<Client>>);

impl Clients {
    /// The client of the user with this address said that it is of this version; zeros say nothing.
    pub fn note(&self, version: [u16; 3], address: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.iter().any(|(its, whose)| *its == version && whose == address);
        if version != [0; 3] && !known && seen.len() < limits::CLIENTS_SEEN_MAX {
            seen.push((version, address.to_owned()));
        }
    }

    /// All of them.
    #[must_use]
    pub fn list(&self) -> Vec<Client> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One release and its successors up to the next line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// Major, minor and build of its first version.
    pub from: [u16; 3],
    /// For people.
    pub name: &'static str,
    /// What to install where it does not know MAPI over HTTP.
    pub too_old: Option<&'static str>,
    /// Takes packed answers without losing data (outlook.md §5).
    pub chains: bool,
}

const fn release(from: [u16; 3], name: &'static str, too_old: Option<&'static str>, chains: bool) -> Release {
    Release { from, name, too_old, chains }
}

/// Oldest first.
pub const RELEASES: &[Release] = &[
    release([0, 0, 0], "a client of unknown release", None, true),
    release([1, 0, 0], "Outlook 2007 or older", Some("it needs Outlook 2010 with updates, better 2016 or later"), true),
    release([14, 0, 0], "Outlook 2010 without updates", Some("install KB2956191 and KB2965295 (April 2015)"), true),
    release([14, 0, 7147], "Outlook 2010", None, true),
    release([15, 0, 0], "Outlook 2013 without Service Pack 1", Some("install Service Pack 1"), false),
    release([15, 0, 4569], "Outlook 2013", None, false),
    release([16, 0, 0], "Outlook 2016", None, false),
    release([16, 0, 10_000], "Outlook 2019 or 365", None, true),
    release([16, 0, 14_000], "Outlook 2021 or 365", None, true),
    release([16, 0, 17_000], "Outlook LTSC 2024 or 365", None, true),
    release([17, 0, 0], "an Outlook newer than this server", None, true),
];

/// The release that a version is of.
#[must_use]
pub fn release_of(version: [u16; 3]) -> &'static Release {
    const UNKNOWN: Release = release([0, 0, 0], "a client of unknown release", None, true);
    RELEASES.iter().rev().find(|release| release.from <= version).unwrap_or(&UNKNOWN)
}

/// The version in an X-ClientApplication, `Outlook/16.0.15928.20006`; zeros for what is missing or
/// unreadable.
#[must_use]
pub fn application_version(field: &str) -> [u16; 3] {
    numbers(field.rsplit('/').next().unwrap_or_default())
}

/// The version in a User-Agent, `Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.15928;
/// Pro)`; other parts of Outlook call themselves MAPI or MAPICPL there (outlook.md §5).
#[must_use]
pub fn agent_version(field: &str) -> [u16; 3] {
    let named = ["Microsoft Outlook ", "MAPICPL ", "MAPI ", "Microsoft Office/"];
    let rest = named.iter().find_map(|name| field.split_once(name)).map(|(_, rest)| rest);
    numbers(rest.unwrap_or_default())
}

fn numbers(text: &str) -> [u16; 3] {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut numbers = text.get(..end).unwrap_or_default().split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}
