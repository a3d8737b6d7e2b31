//! `test`: what Outlook will do, step by step.
//!
//! First where Outlook looks for the server, then everything between the password and a mailbox in
//! cached mode (`profile`): outlook.md §1, §2, §6. Nothing in the mailbox is changed.

mod profile;

use super::args::{ADDRESS, Call, Command, Flag, PASSWORD_STDIN};
use super::steps::{Steps, wait};
use super::terminal::{password, say};
use super::{CliError, Outcome, place};
use crate::client::autodiscover::{self, Settings};
use crate::client::{ClientError, Dial as _, Http, Network, Request, Trouble, Trust, Url};
use crate::config::Config;
use std::sync::Arc;

pub(super) static TEST: Command = Command {
    name: "test",
    arguments: &[ADDRESS],
    flags: &[
        Flag { name: "url", value: Some("URL"), doc: "where the server is (default: the configuration's)" },
        PASSWORD_STDIN,
    ],
    summary: "do what Outlook will do, step by step",
    details: "Each step is ok, or FAIL with the reason. Nothing is changed. With --url it asks this\n\
              server and not where Outlook would look for it.",
    run: test,
};

fn test(call: &Call) -> Outcome {
    let address = call.address()?;
    let url = call.text("url")?;
    let config = match place::config(call) {
        Ok(config) => Some(config),
        // Somebody else's server can be tested without a configuration of one's own.
        Err(_) if url.is_some() && call.path("config").is_none() => None,
        Err(error) => return Err(error),
    };
    let base = match (url, &config) {
        (Some(url), _) => Url::parse(url).map_err(|error| CliError::usage(error.to_string()))?,
        (None, Some(config)) => Url::parse(&config.base_urls(None).0)?,
        (None, None) => return Err(CliError::usage("--url is missing")),
    };
    let password = password(call.has("password-stdin"), &format!("Password for {address}: "))?;
    let network = Arc::new(Network::new(&trust(config.as_ref())?)?);
    let tester = Tester { network, base, address, password: &password };
    let mut steps = Steps::default();
    if url.is_none() {
        tester.find(&mut steps);
    }
    tester.walk(&mut steps);
    if steps.failed == 0 {
        say("Outlook will open this mailbox.");
    }
    steps.outcome()
}

/// The authorities of this machine and the private CA of the configuration: each PC has to trust
/// that one as well.
pub(super) fn trust(config: Option<&Config>) -> Result<Trust, ClientError> {
    let trust = Trust::system();
    match config {
        Some(config) if config.tls_certificate.as_os_str().is_empty() => {
            let root = config.data.join("ca/root.pem");
            // Not readable for this user: then only what the machine trusts counts.
            if std::fs::File::open(&root).is_ok() { trust.and_file(&root) } else { Ok(trust) }
        }
        _ => Ok(trust),
    }
}

struct Tester<'a> {
    network: Arc<Network>,
    base: Url,
    address: &'a str,
    password: &'a str,
}

impl Tester<'_> {
    fn http(&self) -> Http {
        Http::new(Arc::<Network>::clone(&self.network)).with_basic(self.address, self.password)
    }

    /// Without a password: what anybody sees.
    fn stranger(&self) -> Http {
        Http::new(Arc::<Network>::clone(&self.network))
    }

    /// Where Outlook looks, in its order: the domain itself, which may be silent but must not be
    /// wrong, and the name that is made for it. autodiscover.md §1
    fn find(&self, steps: &mut Steps) {
        let domain = self.address.rsplit('@').next().unwrap_or_default();
        for candidate in autodiscover::candidates(self.address) {
            let Ok(url) = Url::parse(&candidate) else { continue };
            let is_domain = url.origin.host == domain;
            let what = format!("looking at {candidate}");
            match wait(autodiscover::challenges(&mut self.stranger(), &url)) {
                Ok(_) => return steps.ok(&format!("{candidate} answers and asks for a password")),
                Err(error) if is_domain && matches!(error.trouble(), Trouble::Tls { .. }) => {
                    steps.fail(&what, &CliError::from(error).with_hint(BARE_DOMAIN));
                }
                Err(error) if is_domain => steps.ok(&format!("{candidate} is not it: {error}")),
                Err(error) => steps.fail(&what, &error.into()),
            }
        }
        // The last resort, and the only thing for which it speaks without TLS.
        let redirect = format!("http://autodiscover.{domain}/autodiscover/autodiscover.xml");
        let Ok(url) = Url::parse(&redirect) else { return };
        let answer = wait(self.stranger().send(&Request { method: "GET", url: &url, fields: Vec::new(), body: &[] }));
        let place = answer.and_then(|answer| match answer.head.field("Location") {
            Some(place) if answer.head.status == 302 && place.starts_with("https://") => Ok(place.to_owned()),
            _ => Err(Trouble::Status { status: answer.head.status, url: redirect.clone() }.into()),
        });
        steps.told(&format!("{redirect} leads to"), place);
    }

    /// What the settings name: every host that Outlook may go to has to be there. The first URLs of
    /// servers that are.
    fn reach(&self, settings: &Settings, steps: &mut Steps) -> Option<[Url; 2]> {
        let mut usable = [None, None];
        for (urls, usable) in [&settings.mail_store, &settings.address_book].into_iter().zip(&mut usable) {
            for (n, text) in urls.iter().enumerate() {
                steps.detail(text);
                // Inside and outside are often the same.
                if n > 0 && urls.first() == Some(text) {
                    continue;
                }
                let Some(url) = steps.done(text, Url::parse(text)) else { continue };
                let health = url.at("/mapi/healthcheck.htm");
                let request = Request { method: "GET", url: &health, fields: Vec::new(), body: &[] };
                let status = match wait(self.stranger().send(&request)) {
                    Ok(answer) if answer.head.status == 200 => {
                        usable.get_or_insert(url);
                        continue;
                    }
                    Ok(answer) => Trouble::Status { status: answer.head.status, url: health.to_string() }.into(),
                    Err(error) => error,
                };
                steps.fail(&format!("reaching {}", url.origin), &CliError::from(status).with_hint(HAIRPIN));
            }
        }
        let [Some(mailbox), Some(book)] = usable else { return None };
        steps.ok("the servers that it names are there and well");
        Some([mailbox, book])
    }

    fn walk(&self, steps: &mut Steps) -> Option<()> {
        let connected = wait(self.network.dial(&self.base.origin)).map(drop);
        steps.done("connecting", connected)?;
        let tls = if self.base.origin.is_https { "a TLS connection, the certificate is good" } else { "a connection" };
        steps.ok(&format!("{}: {tls}", self.base.origin));
        let challenges = wait(autodiscover::challenges(&mut self.stranger(), &self.base));
        let challenges = steps.done("asking without a password", challenges)?;
        self.check_challenges(&challenges, steps);
        let json = wait(autodiscover::json(&mut self.stranger(), &self.base, self.address));
        if let Some(url) = steps.done("autodiscover.json", json) {
            steps.ok(&format!("autodiscover.json leads to {url}"));
        }
        let settings = wait(autodiscover::discover(&mut self.http(), &self.base, self.address));
        let settings = steps.done("autodiscover.xml", settings)?;
        steps.ok(&format!("autodiscover.xml: the password is right, the mailbox is that of {}", settings.display_name));
        let [mailbox, book] = self.reach(&settings, steps)?;
        profile::address_book(self.http(), book, &settings, steps);
        profile::mailbox(self.http(), mailbox, &settings, steps)
    }

    fn check_challenges(&self, challenges: &[String], steps: &mut Steps) {
        let has = |scheme: &str| {
            challenges.iter().any(|challenge| challenge.to_ascii_lowercase().starts_with(&scheme.to_ascii_lowercase()))
        };
        if has("Basic") {
            steps.ok("asks for name and password");
        } else {
            let offers = format!("offers {}, not Basic", challenges.join(", "));
            steps.fail("asking for name and password", &CliError::new(offers));
        }
        if has("Negotiate") {
            let error = CliError::new("offers Negotiate, which a PC outside a Windows domain fails at");
            steps.fail("asking for name and password", &error.with_hint("is there a proxy that adds it?"));
        }
    }
}

const HAIRPIN: &str = "is the name in the DNS, and the port forwarded? Some routers do not let you reach\n\
                       your own outside address from inside: then a PC elsewhere has to try";
const BARE_DOMAIN: &str = "Outlook looks there first and shows a warning for this certificate; either the web\n\
                           server of the domain gets a good one, or on each PC the registry value\n\
                           HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover ExcludeHttpsRootDomain = 1";
