//! `demo`: a server with mail in it, in a temporary directory, and a client that uses it.

use super::args::{Call, Command, Flag};
use super::desk::{Desk, new_store};
use super::serve::Parts;
use super::steps::{Target, walk};
use super::terminal::say;
use super::user::hash;
use super::{CliError, Outcome, plain, serve};
use crate::admin::{Mail, Request};
use crate::clock::Clock;
use crate::config::{Config, Surroundings};
use crate::mail::Flags;
use crate::tls::Tls;
use crate::{files, random};
use rustls::RootCertStore;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

pub(super) static DEMO: Command = Command {
    name: "demo",
    arguments: &[],
    flags: &[Flag { name: "port", value: Some("N"), doc: "port on 127.0.0.1 (default: any free one)" }],
    summary: "show everything in a temporary directory",
    details: "Makes two mailboxes with sample mail, serves them on this machine and uses them as\n\
              Outlook would. On a terminal it stays up until Ctrl-C.",
    run: demo,
};

const ANN: &str = "ann@example.test";
const BOB: &str = "bob@example.test";

/// Mail for Ann, oldest first: plain, with pictures, with a file, in Japanese, forwarded, a reply.
const SAMPLES: [&[u8]; 6] = [
    include_bytes!("demo/welcome.eml"),
    include_bytes!("demo/pictures.eml"),
    include_bytes!("demo/invoice.eml"),
    include_bytes!("demo/japanese.eml"),
    include_bytes!("demo/forwarded.eml"),
    include_bytes!("demo/reply.eml"),
];

fn demo(call: &Call) -> Outcome {
    let port = call.text("port")?.map(str::parse::<u16>).transpose();
    let port = port.map_err(|_| CliError::usage("--port wants a number below 65536"))?.unwrap_or(0);
    serve::start_log("warn");
    let directory = Temporary::make()?;
    let told = directory.signals()?;
    let config = configuration(&directory.path, port)?;
    let clock = Clock::system();
    say(&format!("a temporary directory      {}", directory.path.display()));
    let tls = Arc::new(Tls::open(&config, &clock)?);
    let root = tls.root().ok_or_else(|| CliError::new("no private CA"))?.clone();
    say(&format!("a private CA               SHA-256 {}", root.fingerprint()));
    let store = new_store(&config.data)?;
    let password = fill(&mut Desk::own(&config, Arc::clone(&store)))?;
    let parts = Parts::assemble(&config, store, clock, Some(tls))?;
    let running = parts.start(&config)?;
    let port = running.addresses.first().map_or(0, |address| address.socket.port());
    for address in &running.addresses {
        say(&format!("listening on {address}"));
    }
    let mut roots = RootCertStore::empty();
    roots.add(root.der).map_err(|error| CliError::new(error.to_string()))?;
    let url = format!("https://localhost:{port}");
    walk(&Target { url, address: ANN.into(), password: password.clone(), roots, may_write: true })?;
    say(&farewell(&config.data.join("ca/root.crt"), &password, port));
    if io::stdout().is_terminal() {
        say("The server stays up until Ctrl-C.");
        let _ = told.recv();
    }
    running.stop();
    Ok(())
}

fn configuration(directory: &Path, port: u16) -> Result<Config, CliError> {
    let text = format!(
        "data = \"data\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n\
         [listen]\nhttps = [\"127.0.0.1:{port}\"]\nhttp = []\n"
    );
    let file = directory.join("mailstead.toml");
    files::write(&file, text.as_bytes(), files::PUBLIC).map_err(|error| CliError::file(&file, &error))?;
    Ok(Config::parse(&text, &Surroundings { file: &file, data: None, runtime_directory: None })?)
}

/// Two mailboxes, one with mail; they share a password that nobody else can guess.
fn fill(desk: &mut Desk) -> Result<String, CliError> {
    // No letters that look alike; five bits each, and a power of two leaves no bias.
    const LETTERS: [char; 32] = [
        'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y',
        'z', '2', '3', '4', '5', '6', '7', '8', '9', '+',
    ];
    let letter = |byte: u8| LETTERS.get(usize::from(byte & 31)).copied();
    let password: String = random::bytes::<16>().into_iter().filter_map(letter).collect();
    for (address, name) in [(ANN, "Ann Archer"), (BOB, "Bob Baker")] {
        desk.done(Request::UserAdd {
            address: address.into(),
            display_name: name.into(),
            password_hash: hash(&password)?,
            admin: false,
        })?;
    }
    say(&format!("two mailboxes              {ANN}, {BOB}"));
    let mail = SAMPLES.map(|raw| Mail { raw: raw.to_vec(), received: None, flags: Flags::default() });
    desk.done(Request::Import { address: ANN.into(), folder: None, mail: mail.to_vec() })?;
    say(&format!("{} messages imported        into Inbox of {ANN}", SAMPLES.len()));
    Ok(password)
}

fn farewell(root: &Path, password: &str, port: u16) -> String {
    let mut text = format!(
        "\nTo look at it in Outlook (classic) on this machine: trust {} and add an account with\n  \
         e-mail address  {ANN}\n  password        {password}",
        root.display()
    );
    if port != 443 {
        text += "\nOutlook asks on port 443 only: --port 443, with the right to listen there.";
    }
    text
}

/// A directory that goes when the demo ends, however it ends.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    fn make() -> Result<Self, CliError> {
        let unique = u64::from_le_bytes(random::bytes());
        let path = std::env::temp_dir().join(format!("mailstead-demo-{unique:016x}"));
        files::create_private_directory(&path).map_err(|error| CliError::file(&path, &error))?;
        Ok(Self { path })
    }

    /// Told of the first signal; a second one ends the process at once.
    fn signals(&self) -> Result<Receiver<()>, CliError> {
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| CliError::new(plain(&error)))?;
        let (tell, told) = channel();
        let path = self.path.clone();
        std::thread::spawn(move || {
            for (count, signal) in signals.forever().enumerate() {
                if count > 0 || tell.send(()).is_err() {
                    let _ = std::fs::remove_dir_all(&path);
                    std::process::exit(128_i32.saturating_add(signal));
                }
            }
        });
        Ok(told)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
