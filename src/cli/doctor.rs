//! `doctor`: is everything ready for Outlook? Each line is ok, or FAIL with what to do.
//!
//! Seen from this machine; `test` looks at one mailbox from end to end. Nothing is changed.
//! Deliberately not here: the free space of the disk, MX and other mail records.

use super::args::{Call, Command};
use super::desk::{Desk, read_store, usage};
use super::steps::Steps;
use super::terminal::say;
use super::test::trust;
use super::{CliError, Outcome, place, service};
use crate::archive::Schedule;
use crate::client::{Dial as _, Network, Origin, Url};
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::MapiHttp;
use crate::outlook;
use crate::sorted::sort;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) static DOCTOR: Command = Command {
    name: "doctor",
    arguments: &[],
    flags: &[],
    summary: "look whether everything is ready for Outlook, and say what to do",
    details: "Names, ports, certificate, clock, room, file permissions, and the mailboxes that are switched\n\
              off, as seen from this machine.",
    run: doctor,
};

fn doctor(call: &Call) -> Outcome {
    let config = place::config(call)?;
    let mut steps = Steps::default();
    clock(&mut steps);
    files(&config, &mut steps);
    room(&config, &mut steps);
    snapshots(&config, &place::file(call), &mut steps);
    doors(&config, &mut steps)?;
    people(&config, &service::how_to("start", &place::file(call), ""), &mut steps);
    if steps.failed == 0 {
        say("Everything is ready.");
    }
    steps.outcome()
}

/// Certificates and passwords depend on it. A Pi has no clock of its own.
fn clock(steps: &mut Steps) {
    /// 2026-01-01, before the first release.
    const PLAUSIBLE_S: u64 = 1_767_225_600;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if now >= PLAUSIBLE_S {
        steps.ok("the clock is plausible");
    } else {
        let error = CliError::new("it is behind").with_hint("turn NTP on: timedatectl set-ntp true");
        steps.fail("the clock", &error);
    }
}

/// What others could read.
fn files(config: &Config, steps: &mut Steps) {
    let secrets = [crate::store::FILE_NAME, "ca/root.key", "ca/server.key"].map(|name| config.data.join(name));
    let mut open = 0;
    for path in secrets.iter().filter(|path| is_open(path)) {
        open += 1;
        let error = CliError::new("others can read it").with_hint(format!("chmod go= {}", path.display()));
        steps.fail(&path.display().to_string(), &error);
    }
    if open == 0 {
        steps.ok("nobody else reads the data and the keys");
    }
}

fn is_open(path: &Path) -> bool {
    // Behind a directory that lets nobody in, a file may be what it likes.
    let lets_in = path.parent().and_then(|parent| parent.metadata().ok());
    let lets_in = lets_in.is_none_or(|metadata| metadata.permissions().mode() & 0o011 != 0);
    lets_in && path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

/// How much more the data file can take.
fn room(config: &Config, steps: &mut Steps) {
    let Some(store) = steps.done("the data file", read_store(&config.data)) else { return };
    let Some(usage) = steps.done("the server", usage(config, &store)) else { return };
    let percent = usage.percent();
    let what = format!("the data file has {} MiB, {percent} % of what it can have", usage.used_bytes >> 20);
    if !usage.is_nearly_full() {
        steps.ok(&what);
    } else {
        steps.fail(&what, &CliError::new("it is nearly full").with_hint("remove old mail, or move to 64 bits"));
    }
}

/// Whether there is something to restore, if snapshots are wanted.
fn snapshots(config: &Config, file: &Path, steps: &mut Steps) {
    let Some(schedule) = Schedule::new(config, Clock::system(), Arc::default()) else { return };
    let directory = config.backup_directory.display();
    let what = match schedule.newest() {
        (Some(newest), false) => return steps.ok(&format!("the newest snapshot is {newest}")),
        (Some(newest), true) => format!("the newest in {directory} is {newest}, which is too old"),
        (None, _) => format!("there is none in {directory}"),
    };
    let closed = Some(config.backup_directory.as_path()).filter(|_| service::runs(file)).and_then(service::locked_out);
    let hint =
        closed.unwrap_or_else(|| "the log of the server says why; the first comes a minute after its start".into());
    steps.fail("snapshots", &CliError::new(what).with_hint(hint));
}

/// Each name under which Outlook comes: known, reached, with a certificate that is good for it.
fn doors(config: &Config, steps: &mut Steps) -> Outcome {
    let network = Network::new(&trust(Some(config))?)?;
    let (internal, external) = config.base_urls(None);
    let mut doors: Vec<Origin> = Vec::new();
    let bases = [internal, external].into_iter().filter_map(|url| Url::parse(&url).ok()).map(|url| url.origin);
    // Outlook looks for autodiscover on port 443 only.
    let names = config.domains.iter().map(|domain| format!("autodiscover.{domain}"));
    let names = names.map(|host| Origin { is_https: true, host, port: 443 });
    for origin in bases.chain(names) {
        if !doors.contains(&origin) {
            doors.push(origin);
        }
    }
    for origin in doors {
        let what = format!("https://{}:{}", origin.host, origin.port);
        let reached = smol::block_on(network.dial(&origin)).map(drop);
        if steps.done(&what, reached).is_some() {
            steps.ok(&format!("{what} is reached, the certificate is good"));
        }
    }
    Ok(())
}

/// Mailboxes that no Outlook opens, and Outlooks that open none.
fn people(config: &Config, start: &str, steps: &mut Steps) {
    let Some(mut desk) = steps.done("the mailboxes", Desk::open(config)) else { return };
    let Some((organization, _)) = steps.done("the organisation", desk.organization()) else { return };
    let Some(users) = steps.done("the mailboxes", desk.users()) else { return };
    let mut shut = 0;
    for user in &users {
        let switch = user.mapi_http.unwrap_or(organization);
        if user.disabled || switch == MapiHttp::Off {
            shut += 1;
            let why = if user.disabled { "is disabled" } else { "is switched off (user set --mapi-http)" };
            steps.detail(&format!("{} {why}", user.address));
        }
    }
    steps.ok(&format!("{} mailboxes, {shut} of them closed to Outlook", users.len()));
    if !desk.is_server() {
        return steps.fail("the server", &CliError::new("it does not run").with_hint(format!("{start} starts it")));
    }
    let Some(sessions) = steps.done("the sessions", desk.sessions()) else { return };
    let mut clients: Vec<String> = sessions
        .iter()
        .map(|session| {
            let name = session.client.split(' ').next().unwrap_or_default();
            format!("{name} ({})", outlook::release_of(outlook::application_version(name)).name)
        })
        .collect();
    sort(&mut clients);
    clients.dedup();
    steps.ok(&format!("{} sessions", sessions.len()));
    clients.iter().for_each(|client| steps.detail(client));
}
