//! What the server writes to its log: one line for each request, nothing secret in it.

use crate::edge::{ANN, Ask, CONNECT, World, execute};
use log::{Level, LevelFilter, Log, Metadata, Record};
use std::sync::{Mutex, Once};

/// Remembers the lines of the whole test process; a test finds its own by a word that only it has.
struct Memory(Mutex<Vec<String>>);

static MEMORY: Memory = Memory(Mutex::new(Vec::new()));
static BEGIN: Once = Once::new();

impl Log for Memory {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Info || metadata.target() == "request"
    }
    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = format!("{} {} {}", record.level(), record.target(), record.args());
            self.0.lock().unwrap().push(line);
        }
    }
    fn flush(&self) {}
}

/// From here on lines are remembered.
pub(crate) fn begin() {
    BEGIN.call_once(|| {
        log::set_logger(&MEMORY).unwrap();
        log::set_max_level(LevelFilter::Debug);
    });
}

/// The lines so far that hold a word.
pub(crate) fn lines_with(word: &str) -> Vec<String> {
    MEMORY.0.lock().unwrap().iter().filter(|line| line.contains(word)).cloned().collect()
}

/// Sends a request whose X-RequestId is `id`.
fn send(world: &World, ask: &Ask<'_>, id: &str) -> crate::edge::Reply {
    let mut line = world.line();
    line.send(ask.head().replace("{E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456", id));
    line.send(ask.body);
    line.reply()
}

#[test]
fn one_line_tells_of_each_request() {
    begin();
    let world = World::new();
    let cookie = send(&world, &Ask::new("Connect", CONNECT), "{LOG}:1").cookie();
    send(&world, &Ask::new("Execute", &execute(b"anything")).cookie(&cookie), "{LOG}:2").mapi();
    let refused = send(&world, &Ask::new("Execute", &execute(b"anything")), "{LOG}:3<script>");
    for (id, level, words) in [
        ("{LOG}:1", "DEBUG request ", &["user=ann@example.org", "from=127.0.0.1", "type=\"Connect\"", "code=0"][..]),
        (
            "{LOG}:2",
            "DEBUG request ",
            &["type=\"Execute\"", "in=24 ", "error=Success", "ms=", "rops=Release,Logon:NotFound"],
        ),
        ("{LOG}:3", "INFO request ", &["code=13", "why=MissingCookie", "client=\"Outlook/16.0.15928.20006\""]),
    ] {
        world.eventually(id, || lines_with(id).len() == 1);
        let line = lines_with(id).remove(0);
        assert!(line.starts_with(level), "{line}");
        words.iter().for_each(|word| assert!(line.contains(word), "{word} in {line}"));
        let secret = cookie.split_once('=').unwrap().1;
        assert!(!line.contains(secret) && !line.contains(ANN) && !line.contains("b25l"), "{line}");
    }
    // The page of the refusal names the request, as text and not as markup.
    let page = String::from_utf8(refused.body).unwrap();
    assert!(page.contains("{LOG}:3script") && !page.contains("<script"), "{page}");
    assert!(page.contains("X-ResponseCode 13") && page.contains("Tue, 05 Nov 2013"), "{page}");
}
