//! `demo`: everything in a temporary directory.
//!
//! Makes two mailboxes and a private CA, imports the mail in `demo/mail`, serves on loopback, and
//! goes through it as Outlook would (`demo/tour.rs`). On a terminal it then stays up.

mod tour;

use super::args::{Call, Command, Flag};
use super::desk::Desk;
use super::serve::Parts;
use super::steps::Steps;
use super::terminal::say;
use super::user::hash;
use super::{CliError, Outcome, plain};
use crate::admin::{Mail, Request};
use crate::client::{ClientError, Network, Trust};
use crate::clock::Clock;
use crate::config::{Config, Surroundings};
use crate::files;
use crate::mail::Flags;
use crate::random;
use crate::serve::Running;
use crate::store::{OpenOptions, Store};
use crate::tls::{Root, Tls};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) static DEMO: Command = Command {
    name: "demo",
    arguments: &[],
    flags: &[Flag { name: "port", value: Some("N"), doc: "port on 127.0.0.1 (default: any free one)" }],
    summary: "show everything in a temporary directory",
    details: "Makes two mailboxes with sample mail, serves them on this machine and uses them as\n\
              Outlook would. On a terminal it stays up until Ctrl-C.",
    run: demo,
};

const DOMAIN: &str = "demo.example";
const ANN: &str = "ann@demo.example";
const BOB: &str = "bob@demo.example";

/// Freely licensed mail; `demo/mail/README.md` says from where.
const MAIL: &[&[u8]] = &[
    include_bytes!("demo/mail/01-html-with-nested-message.eml"),
    include_bytes!("demo/mail/02-html-with-inline-image.eml"),
    include_bytes!("demo/mail/03-html-and-plain-with-images.eml"),
    include_bytes!("demo/mail/04-quoted-printable.eml"),
    include_bytes!("demo/mail/05-nested-message.eml"),
    include_bytes!("demo/mail/06-text-attachment.eml"),
    include_bytes!("demo/mail/07-image-attachment.eml"),
    include_bytes!("demo/mail/08-japanese.eml"),
    include_bytes!("demo/mail/09-hebrew.eml"),
    include_bytes!("demo/mail/10-russian.eml"),
    include_bytes!("demo/mail/11-attachments-with-foreign-names.eml"),
    include_bytes!("demo/mail/12-greek.eml"),
];

fn demo(call: &Call) -> Outcome {
    let port = call.text("port")?.map(str::parse::<u16>).transpose();
    let port = port.map_err(|_| CliError::usage("--port wants a number below 65536"))?.unwrap_or(0);
    // From here on a signal waits for the end of the tour, and the directory goes away in any case.
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| CliError::new(plain(&error)))?;
    let place = Place::make()?;
    let mut steps = Steps::default();
    say(&format!("Everything is in {} and goes away at the end.", place.0.display()));
    let Some(up) = steps.done("making a server", Up::start(&place.0, port, &steps)) else { return steps.outcome() };
    let _ = up.tour(&mut steps);
    if steps.failed == 0 && io::stdout().is_terminal() {
        match up.for_outlook(&place.0) {
            Ok(text) => say(&text),
            Err(error) => steps.fail("writing autodiscover.xml", &error),
        }
        let _ = signals.forever().next();
    }
    up.running.stop();
    drop(place);
    steps.outcome()
}

/// A directory that goes away.
struct Place(PathBuf);

impl Place {
    fn make() -> Result<Self, CliError> {
        let name = random::bytes::<6>().iter().fold("mailstead-demo-".to_owned(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        });
        let path = std::env::temp_dir().join(name);
        files::create_private_directory(&path).map_err(|error| CliError::file(&path, &error))?;
        Ok(Self(path))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server that is up.
struct Up {
    running: Running,
    /// What works beside the listeners, for as long as they listen.
    _parts: Parts,
    root: Root,
    url: String,
    password: String,
}

impl Up {
    fn start(data: &Path, port: u16, steps: &Steps) -> Result<Self, CliError> {
        let config = config(data, port)?;
        let clock = Clock::system();
        let store = Arc::new(Store::open(data, &OpenOptions::default())?);
        let password = password();
        fill(&config, &store, &password)?;
        steps.ok(&format!("mailboxes {ANN} and {BOB}, {} messages imported", MAIL.len()));
        let tls = Tls::open(&config, &clock)?;
        let root = tls.root().cloned().ok_or_else(|| CliError::new("there is no private CA"))?;
        steps.ok("a private certificate authority, and a certificate for localhost");
        let parts = Parts::assemble(&config, store, clock, Some(Arc::new(tls)))?;
        let running = parts
            .start(&config)
            .map_err(|error| error.with_hint("--port names another port; without it any free one is taken"))?;
        let port = running.addresses.first().map(|address| address.socket.port());
        let (url, _) = config.base_urls(port);
        for address in &running.addresses {
            steps.ok(&format!("listening on {address}"));
        }
        Ok(Self { running, _parts: parts, root, url, password })
    }

    /// `None`: a step failed, and has been told.
    fn tour(&self, steps: &mut Steps) -> Option<()> {
        let client = || -> Result<_, ClientError> { Network::new(&Trust::root(&self.root.der)?) };
        let network = steps.done("TLS", client())?;
        let guest =
            tour::Guest { dial: Arc::new(network), url: &self.url, address: ANN, password: &self.password, other: BOB };
        tour::tour(&guest, steps)
    }

    /// What to type. The way over a local file is the one for a port other than 443.
    /// UNVERIFIED: nobody has tried these lines with an Outlook yet (outlook.md §1, step 7).
    fn for_outlook(&self, data: &Path) -> Result<String, CliError> {
        let file = data.join("autodiscover.xml");
        let redirect = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
             <Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">\n\
             <Response xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\">\n\
             <Account><AccountType>email</AccountType><Action>redirectUrl</Action>\n\
             <RedirectUrl>{}/autodiscover/autodiscover.xml</RedirectUrl></Account>\n\
             </Response></Autodiscover>\n",
            self.url
        );
        files::write(&file, redirect.as_bytes(), files::PRIVATE).map_err(|error| CliError::file(&file, &error))?;
        Ok(format!(
            "\nNow with Outlook (classic) on this machine; in a command prompt on Windows, PATH being {data}\n\
             as Windows sees it:\n  \
             certutil -user -addstore Root PATH\\ca\\root.crt\n  \
             reg add HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover /v {DOMAIN} /d PATH\\autodiscover.xml\n\
             The certificate's SHA-256 is\n  {fingerprint}\n\
             In Outlook add an account:\n  \
             e-mail address  {ANN} (or {BOB})\n  \
             password        {password}\n\
             Afterwards take both away again: certutil -user -delstore Root \"Mailstead CA\", reg delete … /v {DOMAIN}\n\
             \nServing {url} until Ctrl-C.",
            data = data.display(),
            fingerprint = self.root.fingerprint(),
            password = self.password,
            url = self.url,
        ))
    }
}

fn config(data: &Path, port: u16) -> Result<Config, CliError> {
    let text = format!(
        "data = \".\"\nhostname = \"localhost\"\ndomains = [\"{DOMAIN}\"]\n\
         [listen]\nhttps = [\"127.0.0.1:{port}\"]\nhttp = []\n"
    );
    let file = data.join("mailstead.toml");
    Ok(Config::parse(&text, &Surroundings { file: &file, data: Some(data), runtime_directory: None })?)
}

/// Nobody else on this machine shall read along, so it is another one each time.
fn password() -> String {
    let letters = random::bytes::<10>().map(|byte| char::from(b'a'.saturating_add(byte % 26)));
    letters.iter().collect()
}

fn fill(config: &Config, store: &Arc<Store>, password: &str) -> Outcome {
    let mut desk = Desk::own(config, Arc::clone(store));
    let password_hash = hash(password)?;
    for (address, name) in [(ANN, "Ann Example"), (BOB, "Bob Example")] {
        desk.done(Request::UserAdd {
            address: address.to_owned(),
            display_name: name.to_owned(),
            password_hash: password_hash.clone(),
            admin: false,
        })?;
    }
    let mail = MAIL.iter().map(|raw| Mail { raw: raw.to_vec(), received: None, flags: Flags::default() }).collect();
    desk.done(Request::Import { address: ANN.to_owned(), folder: None, mail })
}
