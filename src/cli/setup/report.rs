//! What `setup` prints: what there is now, and what is left for the person to do.

use super::super::service;
use super::Plan;
use crate::admin::resolved;
use crate::tls::Tls;
use std::fmt::Write as _;

pub(super) struct Report<'a> {
    pub(super) plan: &'a Plan,
    pub(super) tls: &'a Tls,
    /// What happened to the configuration file.
    pub(super) file_is: &'static str,
    /// A server runs that does not know of the change.
    pub(super) restart: bool,
    /// A server runs.
    pub(super) is_served: bool,
}

impl Report<'_> {
    pub(super) fn text(&self) -> String {
        let config = &self.plan.config;
        let mut text = String::new();
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(text, "{name:13}  {value}");
        };
        row("configuration", &format!("{} ({})", self.plan.file.display(), self.file_is));
        row("data", &resolved(&config.data));
        let mailbox = if self.plan.mailbox.is_some() { "new" } else { "exists; its password stays as it is" };
        row("mailbox", &format!("{} ({mailbox})", self.plan.address));
        if self.tls.root().is_none() {
            row("certificate", &config.tls_certificate.display().to_string());
        }
        for name in self.tls.uncovered_names() {
            row("warning", &format!("the certificate does not cover {name}"));
        }
        if self.restart {
            row("warning", "the server runs with the old configuration; restart it");
        }
        self.dns(&mut text);
        self.trust(&mut text);
        self.outlook(&mut text);
        text
    }

    fn dns(&self, text: &mut String) {
        let config = &self.plan.config;
        let names = config.domains.iter().map(|domain| format!("autodiscover.{domain}."));
        let names: Vec<_> = names.collect();
        let host = format!("{}.", config.hostname);
        let width = names.iter().chain([&host]).map(String::len).max().unwrap_or(0);
        *text += "\nDNS records to create, at your provider or in your router:\n";
        let _ = writeln!(text, "  {host:width$}  A or AAAA  the address of this machine");
        for name in &names {
            let _ = writeln!(text, "  {name:width$}  CNAME      {host}");
        }
        let hosts: Vec<_> = names.iter().map(|name| name.trim_end_matches('.')).collect();
        let _ = writeln!(
            text,
            "Without DNS, for one PC: a line in C:\\Windows\\System32\\drivers\\etc\\hosts\n  \
             THE.ADDRESS  {}  {}",
            config.hostname,
            hosts.join("  ")
        );
        let (internal, _) = config.base_urls(None);
        if !config.listen_https.iter().any(|address| address.port() == 443) {
            let _ = writeln!(text, "Outlook looks for autodiscover on port 443 only; this server is {internal}.");
        }
    }

    fn trust(&self, text: &mut String) {
        let Some(root) = self.tls.root() else { return };
        let file = std::path::Path::new(&resolved(&self.plan.config.data)).join("ca/root.crt");
        let _ = writeln!(
            text,
            "\nEach PC has to trust this server's own certificate authority, which may sign for these\n\
             names only. Copy {} to the PC; its SHA-256 is\n  {}\n\
             There, in a command prompt opened as administrator, compare it with what this says:\n  \
             certutil -hashfile root.crt SHA256\n\
             and only if it is the same:\n  \
             certutil -addstore -f Root root.crt",
            file.display(),
            root.fingerprint()
        );
    }

    fn next(&self) -> String {
        let how = |verb| service::how_to(verb, &self.plan.file, &self.plan.config_flag);
        match (self.is_served, self.restart) {
            (true, true) => format!("Restart the server: {}", how("restart")),
            (true, false) => "The server runs.".to_owned(),
            (false, _) => format!("Start the server: {}", how("start")),
        }
    }

    fn outlook(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\nIn Outlook (classic, 2013 SP1 or later; the new Outlook and the phone apps cannot do this),\n\
             add an account:\n  \
             e-mail address  {0}\n  \
             password        the one you set\n  \
             user name       {0}, if it asks\n\
             If it asks for a Microsoft 365 password instead, set the registry value\n  \
             HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook\\AutoDiscover  ExcludeExplicitO365Endpoint = 1 (DWORD)\n\
             \n{1}",
            self.plan.address,
            self.next()
        );
    }
}
