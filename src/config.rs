//! The configuration: one table of settings gives the parser, the defaults, the example file and
//! the hints for misspelt names (and, later, the manual page).
//!
//! The file is TOML. Relative paths in it start at the directory of the file, so that one file
//! names the same data from wherever a command is typed; `--data` on a command line starts at the
//! current directory like every other argument.
//!
//! Deliberately not here: reading secrets (there are none in the file) and reloading (only
//! certificates change while the server runs, and `tls` watches those).

mod edit;
mod name;
mod network;
mod redirect;
mod settings;

pub use edit::{Addition, add};
pub use name::{is_host_name, nearest};
pub use network::Network;
pub use redirect::{Redirect, Redirected};
pub use settings::{SETTINGS, Setting, example};

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Every setting, checked. Fields are named as in the file; sections are joined with `_`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// `data`
    pub data: PathBuf,
    /// `runtime`, resolved: never empty.
    pub runtime: PathBuf,
    /// `hostname`, lower case.
    pub hostname: String,
    /// `domains`, lower case.
    pub domains: Vec<String>,
    /// `organization`
    pub organization: String,
    /// `urls.internal`; empty: see [`Config::base_urls`].
    pub urls_internal: String,
    /// `urls.external`; empty: see [`Config::base_urls`].
    pub urls_external: String,
    /// `listen.https`
    pub listen_https: Vec<SocketAddr>,
    /// `listen.http`
    pub listen_http: Vec<SocketAddr>,
    /// `listen.plain`, loopback addresses only.
    pub listen_plain: Vec<SocketAddr>,
    /// `proxy.trusted`
    pub proxy_trusted: Vec<Network>,
    /// `network.internal`
    pub network_internal: Vec<Network>,
    /// `autodiscover.redirects`
    pub autodiscover_redirects: Vec<Redirect>,
    /// `tls.certificate`; empty: the built-in private CA.
    pub tls_certificate: PathBuf,
    /// `tls.key`; empty together with `tls_certificate`.
    pub tls_key: PathBuf,
    /// `session.expiry`
    pub session_expiry_s: u64,
    /// `session.pending_period`
    pub session_pending_period_s: u64,
    /// `session.notification_wait`
    pub session_notification_wait_s: u64,
    /// `retention.deleted_items`, in days.
    pub retention_deleted_items_days: u64,
    /// `backup.directory`; empty: no snapshots.
    pub backup_directory: PathBuf,
    /// `backup.every`
    pub backup_every_s: u64,
    /// `backup.keep`
    pub backup_keep: u64,
    /// `backup.with_secrets`
    pub backup_with_secrets: bool,
}

/// What is wrong with a configuration: one line, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Which file and line, and what is wrong there.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for ConfigError {}

/// What a configuration means beyond its text.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The file, for messages; relative paths start at its directory.
    pub file: &'a Path,
    /// `--data`, which overrides `data`.
    pub data: Option<&'a Path>,
    /// `$RUNTIME_DIRECTORY`, as systemd sets it.
    pub runtime_directory: Option<&'a str>,
}

impl Config {
    /// The configuration that `text` describes.
    ///
    /// # Errors
    /// Syntax, unknown keys, values out of range, `hostname` or `domains` missing.
    pub fn parse(text: &str, around: &Surroundings<'_>) -> Result<Self, ConfigError> {
        let source = Source { text, file: around.file };
        let mut config = Self::read(&source)?;
        if config.hostname.is_empty() || config.domains.is_empty() {
            let what = if config.hostname.is_empty() { "hostname" } else { "domains" };
            return Err(ConfigError {
                message: format!("{}: {what} is missing", around.file.display()),
                hint: Some("mailstead setup ADDRESS adds what is missing; mailstead config example shows all".into()),
            });
        }
        config.resolve(around);
        Ok(config)
    }

    /// Like [`Config::parse`], but `hostname` and `domains` may still be missing, as they may
    /// before `setup`.
    ///
    /// # Errors
    /// As [`Config::parse`], less the missing names.
    pub fn parse_partial(text: &str, around: &Surroundings<'_>) -> Result<Self, ConfigError> {
        let mut config = Self::read(&Source { text, file: around.file })?;
        config.resolve(around);
        Ok(config)
    }

    /// `https://HOST[:PORT]` for clients at home and elsewhere, without a slash at the end. The
    /// port that was really bound decides, for port 0 in the configuration is any free one.
    #[must_use]
    pub fn base_urls(&self, bound_https_port: Option<u16>) -> (String, String) {
        let configured = self.listen_https.first().map(SocketAddr::port);
        let port = bound_https_port.or(configured).unwrap_or(443);
        let own = if port == 443 {
            format!("https://{}", self.hostname)
        } else {
            format!("https://{}:{port}", self.hostname)
        };
        let or_own = |url: &String| if url.is_empty() { own.clone() } else { url.clone() };
        (or_own(&self.urls_internal), or_own(&self.urls_external))
    }

    /// Every name under which a client may come, for the server's certificate: the host name,
    /// `autodiscover.DOMAIN` for each domain (where MS-OXDISCO has clients ask), and the
    /// hosts of the URLs.
    #[must_use]
    pub fn certificate_names(&self) -> Vec<String> {
        let mut names = vec![self.hostname.clone()];
        names.extend(self.domains.iter().map(|domain| format!("autodiscover.{domain}")));
        names.extend([&self.urls_internal, &self.urls_external].into_iter().filter_map(|url| host_of(url)));
        let mut seen = Vec::<String>::new();
        for name in names {
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        seen
    }

    fn read(source: &Source<'_>) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for setting in SETTINGS {
            config.set_default(setting)?;
        }
        let table = DeTable::parse(source.text)
            .map_err(|error| source.error(error.span().unwrap_or(0..0), one_line(error.message()), None))?;
        for (key, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::Table(section) if settings::is_section(key.get_ref()) => {
                    for (name, value) in section {
                        config.apply(source, &format!("{}.{}", key.get_ref(), name.get_ref()), name.span(), value)?;
                    }
                }
                _ => config.apply(source, key.get_ref(), key.span(), value)?,
            }
        }
        config.check_together(source)?;
        Ok(config)
    }

    fn set_default(&mut self, setting: &Setting) -> Result<(), ConfigError> {
        if setting.default.is_empty() {
            return Ok(());
        }
        let text = setting.line(setting.default);
        let source = Source { text: &text, file: Path::new("defaults") };
        let table = DeTable::parse(&text).map_err(|error| source.error(0..0, one_line(error.message()), None))?;
        table
            .get_ref()
            .values()
            .try_for_each(|value| (setting.set)(self, value.get_ref()).map_err(|why| source.error(0..0, why, None)))
    }

    fn apply(
        &mut self,
        source: &Source<'_>,
        key: &str,
        key_span: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), ConfigError> {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            let hint = match nearest(key, SETTINGS.iter().map(|setting| setting.key)) {
                Some(known) => format!("did you mean {known}?"),
                None => "mailstead config example lists every setting".to_owned(),
            };
            return Err(source.error(key_span, format!("unknown setting {}", key.escape_debug()), Some(hint)));
        };
        (setting.set)(self, value.get_ref()).map_err(|why| {
            let default = if setting.default.is_empty() { setting.example } else { setting.default };
            source.error(value.span(), format!("{key}: {why}"), Some(format!("for example {}", setting.line(default))))
        })
    }

    /// What no single setting can know.
    fn check_together(&self, source: &Source<'_>) -> Result<(), ConfigError> {
        if self.tls_certificate.as_os_str().is_empty() == self.tls_key.as_os_str().is_empty() {
            return Ok(());
        }
        let hint = "give both, or neither for the built-in private CA";
        Err(source.error(0..0, "tls.certificate and tls.key belong together".into(), Some(hint.into())))
    }

    fn resolve(&mut self, around: &Surroundings<'_>) {
        let base = around.file.parent().unwrap_or_else(|| Path::new(""));
        self.data = around.data.map_or_else(|| base.join(&self.data), Path::to_path_buf);
        for path in [&mut self.tls_certificate, &mut self.tls_key, &mut self.backup_directory] {
            if !path.as_os_str().is_empty() {
                *path = base.join(&*path);
            }
        }
        self.runtime = if !self.runtime.as_os_str().is_empty() {
            base.join(&self.runtime)
        } else if let Some(first) =
            around.runtime_directory.and_then(|list| list.split(':').find(|one| !one.is_empty()))
        {
            PathBuf::from(first)
        } else {
            self.data.join("run")
        };
    }
}

/// The host of `https://HOST[:PORT]`.
fn host_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
    is_host_name(host).then(|| host.to_ascii_lowercase())
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

/// A text with its file name, to say where something is wrong.
struct Source<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Source<'_> {
    fn error(&self, span: Range<usize>, what: String, hint: Option<String>) -> ConfigError {
        let file = self.file.display();
        let before = self.text.as_bytes().get(..span.start.min(self.text.len())).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count().saturating_add(1);
        let message = if span == (0..0) { format!("{file}: {what}") } else { format!("{file} line {line}: {what}") };
        ConfigError { message, hint }
    }
}
