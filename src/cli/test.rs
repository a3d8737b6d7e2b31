//! `test`: what Outlook will do, step by step.
//!
//! First where Outlook looks for the server, then everything between the password and an open
//! Inbox. Nothing in the mailbox is changed.

use super::args::{ADDRESS, Call, Command, Flag, PASSWORD_STDIN};
use super::steps::Steps;
use super::terminal::{password, say};
use super::{CliError, Outcome, place};
use crate::client::autodiscover::{self, Settings};
use crate::client::{AddressBook, ClientError, Dial as _, Emsmdb, Http, Network, Session, Trouble, Trust, Url};
use crate::config::Config;
use crate::mapi::PropertyTag;
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
    smol::block_on(async {
        if url.is_none() {
            tester.find(&mut steps).await;
        }
        tester.walk(&mut steps).await
    });
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
    async fn find(&self, steps: &mut Steps) {
        let domain = self.address.rsplit('@').next().unwrap_or_default();
        for candidate in autodiscover::candidates(self.address) {
            let Ok(url) = Url::parse(&candidate) else { continue };
            let is_domain = url.origin.host == domain;
            let what = format!("looking at {candidate}");
            match autodiscover::challenges(&mut self.stranger(), &url).await {
                Ok(_) => return steps.ok(&format!("{candidate} answers and asks for a password")),
                Err(error) if is_domain && matches!(error.trouble(), Trouble::Tls { .. }) => {
                    steps.fail(&what, &CliError::from(error).with_hint(BARE_DOMAIN));
                }
                Err(error) if is_domain => steps.ok(&format!("{candidate} is not it: {error}")),
                Err(error) => steps.fail(&what, &error.into()),
            }
        }
    }

    async fn walk(&self, steps: &mut Steps) -> Option<()> {
        let connected = self.network.dial(&self.base.origin).await.map(drop);
        steps.done("connecting", connected)?;
        let tls = if self.base.origin.is_https { "a TLS connection, the certificate is good" } else { "a connection" };
        steps.ok(&format!("{}: {tls}", self.base.origin));
        let challenges = autodiscover::challenges(&mut self.stranger(), &self.base).await;
        let challenges = steps.done("asking without a password", challenges)?;
        self.check_challenges(&challenges, steps);
        let json = autodiscover::json(&mut self.stranger(), &self.base, self.address).await;
        if let Some(url) = steps.done("autodiscover.json", json) {
            steps.ok(&format!("autodiscover.json leads to {url}"));
        }
        let settings = autodiscover::discover(&mut self.http(), &self.base, self.address).await;
        let settings = steps.done("autodiscover.xml", settings)?;
        steps.ok(&format!("autodiscover.xml: the password is right, the mailbox is that of {}", settings.display_name));
        let urls = settings.mail_store.iter().chain(&settings.address_book);
        urls.for_each(|url| steps.detail(url));
        let book = self.address_book(&settings).await;
        if let Some(people) = steps.done("address book", book) {
            steps.ok(&format!("address book: the mailbox's owner is among {people}"));
        }
        let opened = self.mailbox(&settings, steps).await;
        steps.done("mailbox", opened)
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

    async fn address_book(&self, settings: &Settings) -> Result<usize, ClientError> {
        let url = Url::parse(settings.address_book.first().map_or("", String::as_str))?;
        let mut book = AddressBook::new(self.http(), url);
        book.bind().await?;
        book.special_table().await?;
        let own = book.dn_to_mid(&settings.legacy_dn).await?;
        let own = own.ok_or_else(|| Trouble::Malformed("DNToMId", "the mailbox's owner is not in it".to_owned()))?;
        let needed = [PropertyTag::PidTagDisplayName, PropertyTag::PidTagSmtpAddress, PropertyTag::PidTagEntryId];
        let values = book.properties(own, &needed).await?;
        if values.len() != needed.len() {
            return Err(Trouble::Malformed("GetProps", "the owner's entry is not complete".to_owned()).into());
        }
        let people = book.people().await?.len();
        book.unbind().await?;
        Ok(people)
    }

    async fn mailbox(&self, settings: &Settings, steps: &Steps) -> Result<(), ClientError> {
        let url = Url::parse(settings.mail_store.first().map_or("", String::as_str))?;
        let mut emsmdb = Emsmdb::new(self.http(), url);
        emsmdb.connect(&settings.legacy_dn, 0).await?;
        steps.ok("Connect: a session");
        let mut session = Session::new(emsmdb);
        let logon = session.logon(&settings.legacy_dn).await?;
        steps.ok("Logon: the mailbox is open");
        let top = session.open_folder(logon.handle, logon.ipm_subtree()).await?;
        let folders = session.folders(top).await?;
        steps.ok(&format!("{} folders", folders.len()));
        let inbox = session.open_folder(logon.handle, logon.inbox()).await?;
        let newest = session.newest(inbox, 1).await?;
        let newest =
            newest.first().map_or_else(|| "it is empty".to_owned(), |message| format!("newest: {}", message.subject));
        steps.ok(&format!("the Inbox, {newest}"));
        session.link.channel.hang_up();
        session.properties(inbox, &[PropertyTag::PidTagDisplayName]).await?;
        steps.ok("the session goes on over a new connection");
        session.link.ping().await?;
        session.link.disconnect().await?;
        steps.ok("Disconnect");
        Ok(())
    }
}

const BARE_DOMAIN: &str = "Outlook looks there first and shows a warning for this certificate; either the web\n\
                           server of the domain gets a good one, or on each PC the registry value\n\
                           HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover ExcludeHttpsRootDomain = 1";
