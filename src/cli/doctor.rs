//! `doctor`: is everything ready for Outlook? Each line is ok, or FAIL with what to do.
//!
//! Seen from this machine; `test` looks at one mailbox from end to end. Nothing is changed.
//! Deliberately not here: MX and other mail records, which nothing uses while there is no SMTP.

use super::args::{Call, Command};
use super::desk::{Desk, read_store, usage};
use super::steps::{Steps, wait};
use super::terminal::say;
use super::test::trust;
use super::{CliError, Outcome, place, service};
use crate::archive::Schedule;
use crate::client::{Dial as _, Network, Origin, Url};
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::MapiHttp;
use crate::limits;
use crate::outlook;
use crate::sorted::sort;
use crate::tls;
use crate::wire::FileTime;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) static DOCTOR: Command = Command {
    name: "doctor",
    arguments: &[],
    flags: &[],
    summary: "look whether everything is ready for Outlook, and say what to do",
    details: "Names, ports, certificate, clock, room, file permissions, the mailboxes that are switched off,\n\
              and the clients that came, as seen from this machine.",
    run: doctor,
};

fn doctor(call: &Call) -> Outcome {
    let config = place::config(call)?;
    let mut steps = Steps::default();
    clock(&config, &mut steps);
    files(&config, &mut steps);
    room(&config, &mut steps);
    snapshots(&config, &place::file(call), &mut steps);
    certificate(&config, &mut steps);
    doors(&config, &mut steps)?;
    steps.ok("MX records: not used, for there is no mail from and to the world yet");
    people(&config, &service::how_to("start", &place::file(call), ""), &mut steps);
    if steps.failed == 0 {
        say("Everything is ready.");
    }
    steps.outcome()
}

/// Certificates and passwords depend on it. A Pi has no clock of its own: after a start without network
/// it says what it said before, or 1970. What was made or written must lie in the past.
fn clock(config: &Config, steps: &mut Steps) {
    const DAY: Duration = Duration::from_secs(86_400);
    let now = SystemTime::now();
    let written = config.data.join(crate::store::FILE_NAME).metadata().and_then(|file| file.modified());
    let what = if day(now + DAY).as_str() < env!("MAILSTEAD_DATE") && env!("MAILSTEAD_DATE") < "A" {
        concat!("it is behind: this program was made on ", env!("MAILSTEAD_DATE"))
    } else if written.is_ok_and(|written| written > now + DAY) {
        "it is behind, or was ahead: the data file was written in the future"
    } else {
        return steps.ok(&format!("the clock is plausible: {}", day(now)));
    };
    steps.fail("the clock", &CliError::new(what).with_hint("turn NTP on: timedatectl set-ntp true"));
}

/// `2026-11-22`
fn day(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let civil = FileTime::from_unix(seconds.cast_signed()).civil();
    format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
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

/// How much more the data file can take, and the disks that it and its snapshots are on.
fn room(config: &Config, steps: &mut Steps) {
    disk("data", &config.data, limits::DISK_WARN_BYTES, steps);
    let Some(store) = steps.done("the data file", read_store(&config.data)) else { return };
    let Some(usage) = steps.done("the server", usage(config, &store)) else { return };
    let (used, map) = (usage.used_bytes >> 20, usage.map_bytes >> 20);
    let what = format!("the data file has {used} MiB, {} % of the {map} that it can have", usage.percent());
    if !usage.is_nearly_full() {
        steps.ok(&what);
    } else {
        steps.fail(&what, &CliError::new("it is nearly full").with_hint("remove old mail, or move to 64 bits"));
    }
    if !config.backup_directory.as_os_str().is_empty() {
        disk("snapshots", &config.backup_directory, usage.used_bytes, steps);
    }
}

/// Free space where a directory is, or will be; less than `least` is too little.
fn disk(name: &str, directory: &Path, least: u64, steps: &mut Steps) {
    let whole = std::path::absolute(directory).unwrap_or_default();
    let there = whole.ancestors().find(|path| path.exists()).unwrap_or(directory);
    let free = rustix::fs::statvfs(there).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let what = format!("room for {name} in {}", directory.display());
    match free {
        Ok(free) if free >= least => steps.ok(&format!("{what}: {} MiB", free >> 20)),
        Ok(free) => {
            let error = format!("{} MiB, and {} are wanted", free >> 20, (least >> 20).max(1));
            steps.fail(&what, &CliError::new(error).with_hint("free some space on that disk, or take a larger one"));
        }
        Err(error) => steps.fail(&what, &CliError::file(directory, &error.into())),
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

/// The certificate in the files: for which names, and for how long. `doors` sees the one that is served.
fn certificate(config: &Config, steps: &mut Steps) {
    let Some(seen) = steps.done("the certificate", tls::look(config)) else { return };
    let (ours, file) = (config.tls_certificate.as_os_str().is_empty(), seen.file.display());
    for name in &seen.uncovered {
        let hint = if ours {
            "the next start of the server makes another, if the private CA was made for that name"
        } else {
            "have one issued that has this name too, or give Outlook only names that it has"
        };
        steps.fail(&format!("{file} for {name}"), &CliError::new("it does not have that name").with_hint(hint));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = seen.expires_s.saturating_sub(now) / 86_400;
    let until = day(UNIX_EPOCH + Duration::from_secs(seen.expires_s));
    let what = format!("{file} ends on {until}, in {days} days");
    if days >= limits::CERTIFICATE_WARN_DAYS {
        return steps.ok(&what);
    }
    let hint = if ours {
        "the running server renews it by itself; its log says why it did not"
    } else {
        "renew it: the server reads the files again when they change"
    };
    steps.fail(&what, &CliError::new("it has to be renewed").with_hint(hint));
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
        let reached = wait(network.dial(&origin)).map(drop);
        if steps.done(&what, reached).is_some() {
            steps.ok(&format!("{what} is reached, the certificate is good"));
        }
    }
    Ok(())
}

/// Mailboxes that no Outlook opens, and Outlooks that open none.
fn people(config: &Config, start: &str, steps: &mut Steps) {
    let Some(mut desk) = steps.done("the mailboxes", Desk::open(config)) else { return };
    let Some((organization, _, clients)) = steps.done("the organisation", desk.organization()) else { return };
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
    let seen = sessions.iter().map(|session| {
        let name = session.client.split(' ').next().unwrap_or_default();
        (outlook::application_version(name), session.user.clone())
    });
    let mut clients: Vec<_> = clients.into_iter().chain(seen).collect();
    sort(&mut clients);
    clients.dedup();
    steps.ok(&format!("{} sessions; who came since the start:", sessions.len()));
    for (version, user) in clients {
        let release = outlook::release_of(version);
        let [major, minor, build] = version;
        let what = format!("{user} with {} ({major}.{minor}.{build})", release.name);
        match release.too_old {
            None => steps.detail(&what),
            Some(advice) => {
                steps.fail(&what, &CliError::new("it does not speak MAPI over HTTP").with_hint(advice));
            }
        }
    }
}
