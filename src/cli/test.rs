//! `test`: what Outlook will do, step by step.

use super::args::{ADDRESS, Call, Command, Flag, PASSWORD_STDIN};
use super::steps::{Target, walk};
use super::terminal::password;
use super::{CliError, Outcome, place};
use crate::config::Config;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::PathBuf;

pub(super) static TEST: Command = Command {
    name: "test",
    arguments: &[ADDRESS],
    flags: &[
        Flag {
            name: "url",
            value: Some("URL"),
            doc: "where the server is (default: the configuration's urls.internal)",
        },
        PASSWORD_STDIN,
    ],
    summary: "do what Outlook will do, step by step",
    details: "Each step is ok, or FAIL with the reason. Nothing is changed.",
    run: test,
};

fn test(call: &Call) -> Outcome {
    let address = call.address()?;
    // From another machine there is a URL and no configuration.
    let (url, config) = match call.text("url")? {
        Some(url) => (checked(url)?, place::config(call).ok()),
        None => place::config(call).map(|config| (config.base_urls(None).0, Some(config)))?,
    };
    let password = password(call.has("password-stdin"), &format!("Password for {address}: "))?;
    let target = Target { url, address: address.to_owned(), password, roots: roots(config.as_ref()), may_write: false };
    walk(&target)
}

fn checked(url: &str) -> Result<String, CliError> {
    let url = url.trim_end_matches('/');
    match url.strip_prefix("https://") {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(url.to_owned()),
        _ => Err(CliError::usage("--url wants https://HOST or https://HOST:PORT")),
    }
}

/// Who may sign: the private CA of the configuration, and whom this machine trusts.
fn roots(config: Option<&Config>) -> RootCertStore {
    let system = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let system = named.or_else(|| system.iter().map(PathBuf::from).find(|path| path.exists()));
    let own = config.map(|config| config.data.join("ca/root.pem"));
    let mut roots = RootCertStore::empty();
    for path in own.into_iter().chain(system) {
        if let Ok(certificates) = CertificateDer::pem_file_iter(&path) {
            roots.add_parsable_certificates(certificates.flatten());
        }
    }
    roots
}
