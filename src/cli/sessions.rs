//! `sessions`, `sessions end`: who is connected to the running server.

use super::args::{Argument, Call, Command, Count, Flag};
use super::desk::Desk;
use super::terminal::say;
use super::{Outcome, place};
use crate::admin::{Request, SessionSummary};
use std::thread;
use std::time::Duration;

const WATCH: Flag = Flag { name: "watch", value: None, doc: "show them again every two seconds, until Ctrl-C" };
const ID: Argument = Argument { name: "ID", count: Count::One, doc: "as mailstead sessions shows it" };

pub(super) static SESSIONS: Command = Command {
    name: "sessions",
    arguments: &[],
    flags: &[WATCH],
    summary: "show who is connected",
    details: "A session is what an Outlook has open here. It outlives its connections, and the server's\n\
              restart. Times are minutes and seconds, longer ones hours; FROM is where the last request\n\
              came from; RESUMED counts the restarts it went through.",
    run: sessions,
};

pub(super) static END: Command = Command {
    name: "sessions end",
    arguments: &[ID],
    flags: &[],
    summary: "end a session",
    details: "Its Outlook connects anew by itself. What was not saved in it is lost.",
    run: end,
};

const PERIOD: Duration = Duration::from_secs(2);

fn sessions(call: &Call) -> Outcome {
    let config = place::config(call)?;
    let mut desk = Desk::open(&config)?;
    loop {
        let sessions = desk.sessions()?;
        if call.has("watch") {
            // Home, and clear the screen.
            say("\x1b[H\x1b[2J");
        }
        table(&sessions).iter().for_each(|line| say(line));
        if !call.has("watch") {
            return Ok(());
        }
        thread::sleep(PERIOD);
    }
}

fn end(call: &Call) -> Outcome {
    let id = call.words().first().copied().unwrap_or_default().to_owned();
    let config = place::config(call)?;
    Desk::open(&config)?.done(Request::SessionEnd { id: id.clone() })?;
    say(&format!("ended session {id}"));
    Ok(())
}

/// Columns as wide as their widest value.
fn table(sessions: &[SessionSummary]) -> Vec<String> {
    if sessions.is_empty() {
        return vec!["nobody is connected".to_owned()];
    }
    let head = ["ID", "USER", "CLIENT", "FROM", "OPENED", "IDLE", "EXPIRES IN", "RESUMED", "OBJECTS"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(sessions.iter().map(|session| {
        let opened = session.created.civil();
        [
            session.id.clone(),
            session.user.clone(),
            // What others say does not reach a terminal as it is.
            session.client.escape_debug().to_string(),
            session.address.clone(),
            format!("{:02}-{:02} {:02}:{:02}", opened.month, opened.day, opened.hour, opened.minute),
            session.idle_s.map_or_else(|| "busy".to_owned(), clock),
            clock(session.expires_s),
            session.resumed.to_string(),
            session.objects.clone(),
        ]
    }));
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..head.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &[String; 9]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// `4:07`, or `11:03:20`.
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
