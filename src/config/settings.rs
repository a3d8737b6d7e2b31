//! The table of settings. A setting's name, default, description and reader are defined here and
//! nowhere else.

use super::{Config, Network, is_host_name};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::de::DeValue;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// `name` or `section.name`.
    pub key: &'static str,
    /// The default as TOML; empty when the setting must be given.
    pub default: &'static str,
    /// What a setting without a default may look like, as TOML.
    pub example: &'static str,
    /// What it does, in lines for a comment.
    pub doc: &'static str,
    /// Checks a value and stores it; the error completes the sentence `KEY: …`.
    pub(super) set: fn(&mut Config, &DeValue<'_>) -> Result<(), String>,
}

impl Setting {
    /// The name without its section.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }

    /// `name = value`.
    #[must_use]
    pub fn line(&self, value: &str) -> String {
        format!("{} = {value}", self.name())
    }

    fn section(&self) -> Option<&'static str> {
        self.key.split_once('.').map(|(section, _)| section)
    }
}

/// Every setting, in the order of the example file.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "data",
        default: r#""/var/lib/mailstead""#,
        example: "",
        doc: "Holds mailstead.mdb, the one file, and the key of the private CA.\n\
              A relative path starts at the directory of this file.",
        set: |config, value| put(&mut config.data, given_path(value)),
    },
    Setting {
        key: "runtime",
        default: r#""""#,
        example: "",
        doc: "Control socket and session store. Empty: $RUNTIME_DIRECTORY, else DATA/run.",
        set: |config, value| put(&mut config.runtime, path(value)),
    },
    Setting {
        key: "hostname",
        default: "",
        example: r#""mail.example.org""#,
        doc: "The name of this server, as clients reach it.",
        set: |config, value| put(&mut config.hostname, host_name(text(value)?)),
    },
    Setting {
        key: "domains",
        default: "",
        example: r#"["example.org"]"#,
        doc: "The domains whose mail lives here.",
        set: |config, value| put(&mut config.domains, domains(value)),
    },
    Setting {
        key: "organization",
        default: r#""Mailstead""#,
        example: "",
        doc: "The o= of every legacy DN. Never change it after setup: old mail refers to it.",
        set: |config, value| put(&mut config.organization, organization(text(value)?)),
    },
    Setting {
        key: "urls.internal",
        default: r#""""#,
        example: "",
        doc: "Where clients at home find the server. Empty: https://HOSTNAME, with the port if it is not 443.",
        set: |config, value| put(&mut config.urls_internal, url(text(value)?)),
    },
    Setting {
        key: "urls.external",
        default: r#""""#,
        example: "",
        doc: "Where clients elsewhere find it. Empty: https://HOSTNAME, with the port if it is not 443.",
        set: |config, value| put(&mut config.urls_external, url(text(value)?)),
    },
    Setting {
        key: "listen.https",
        default: r#"["[::]:443"]"#,
        example: "",
        doc: "Addresses for TLS. Port 0 is any free port, printed at the start.",
        set: |config, value| put(&mut config.listen_https, addresses(value)),
    },
    Setting {
        key: "listen.http",
        default: r#"["[::]:80"]"#,
        example: "",
        doc: "Addresses that only redirect autodiscover to https.",
        set: |config, value| put(&mut config.listen_http, addresses(value)),
    },
    Setting {
        key: "listen.plain",
        default: "[]",
        example: "",
        doc: "Addresses without TLS, loopback only: behind a reverse proxy that does TLS itself.",
        set: |config, value| put(&mut config.listen_plain, loopback_addresses(value)),
    },
    Setting {
        key: "proxy.trusted",
        default: "[]",
        example: "",
        doc: "Networks whose X-Forwarded-For is believed (the rightmost untrusted hop is the client).",
        set: |config, value| put(&mut config.proxy_trusted, networks(value)),
    },
    Setting {
        key: "network.internal",
        default: r#"["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1", "fc00::/7", "fe80::/10"]"#,
        example: "",
        doc: "The networks at home, for mailboxes that are open to clients there only. Default: the\n\
              private ranges; if PCs at home have public IPv6 addresses, add their prefix.",
        set: |config, value| put(&mut config.network_internal, networks(value)),
    },
    Setting {
        key: "autodiscover.redirects",
        default: "[]",
        example: "",
        doc: "Where to send Outlooks that ask for a domain whose mail is not here:\n\
              \"example.net=@example.org\" (the same person there), \"example.net=ann@example.org\", or\n\
              \"example.net=https://HOST/PATH\" (what Outlook shall ask instead).",
        set: |config, value| {
            let redirects = list(value)?.into_iter().map(str::parse).collect();
            put(&mut config.autodiscover_redirects, redirects)
        },
    },
    Setting {
        key: "tls.certificate",
        default: r#""""#,
        example: "",
        doc: "PEM file with the certificate and its chain; read again when it changes.\n\
              Empty: the built-in private CA.",
        set: |config, value| put(&mut config.tls_certificate, path(value)),
    },
    Setting {
        key: "tls.key",
        default: r#""""#,
        example: "",
        doc: "PEM file with the key of that certificate.",
        set: |config, value| put(&mut config.tls_key, path(value)),
    },
    Setting {
        key: "session.expiry",
        default: "43200",
        example: "",
        doc: "Seconds a session context lives without a request: a night's hibernation.",
        set: |config, value| put(&mut config.session_expiry_s, seconds(value, 1, 30 * 86_400)),
    },
    Setting {
        key: "session.pending_period",
        default: "30",
        example: "",
        doc: "Seconds between PENDING lines of a long answer.",
        set: |config, value| put(&mut config.session_pending_period_s, seconds(value, 1, 300)),
    },
    Setting {
        key: "session.notification_wait",
        default: "300",
        example: "",
        doc: "Seconds a NotificationWait is held while nothing happens.",
        set: |config, value| put(&mut config.session_notification_wait_s, seconds(value, 1, 3600)),
    },
    Setting {
        key: "retention.deleted_items",
        default: "14",
        example: "",
        doc: "Days after which a deleted message or folder can no longer be recovered. Emptying the\n\
              Deleted Items folder deletes; moving something there does not. 0: it cannot be recovered.",
        set: |config, value| put(&mut config.retention_deleted_items_days, number(value, "days", 0, 3650)),
    },
    Setting {
        key: "backup.directory",
        default: r#""""#,
        example: "",
        doc: "Where the server puts snapshots of its data; better another disk. Empty: none are made.\n\
              The service of a package may write there only with a line ReadWritePaths= of its unit, which\n\
              mailstead config check spells out.",
        set: |config, value| put(&mut config.backup_directory, path(value)),
    },
    Setting {
        key: "backup.every",
        default: "86400",
        example: "",
        doc: "Seconds between two snapshots.",
        set: |config, value| put(&mut config.backup_every_s, seconds(value, 60, 30 * 86_400)),
    },
    Setting {
        key: "backup.keep",
        default: "7",
        example: "",
        doc: "How many snapshots stay; the oldest go.",
        set: |config, value| put(&mut config.backup_keep, number(value, "snapshots", 1, 1000)),
    },
    Setting {
        key: "backup.with_secrets",
        default: "false",
        example: "",
        doc: "Whether the key of the private CA is in them: without it every PC has to import a new\n\
              root certificate after a restore; with it whoever holds a snapshot can be this server.",
        set: |config, value| put(&mut config.backup_with_secrets, switch(value)),
    },
];

pub(super) fn is_section(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.section() == Some(name))
}

/// A commented file with every setting: those in `given` (key and TOML value) as written, the
/// others commented out with their defaults. With nothing given, the settings that have no default
/// show their examples.
#[must_use]
pub fn example(given: &[(&str, String)]) -> String {
    let mut text = String::from(
        "# Configuration of Mailstead. Lines that begin with # and a name show the defaults.\n\
         # mailstead config check says what is wrong.\n",
    );
    let mut section = None;
    for setting in SETTINGS {
        if setting.section() != section {
            section = setting.section();
            let _ = write!(text, "\n[{}]\n", section.unwrap_or_default());
        } else if section.is_none() {
            text.push('\n');
        }
        for line in setting.doc.lines() {
            let _ = writeln!(text, "# {line}");
        }
        let _ = match given.iter().find(|(key, _)| *key == setting.key) {
            Some((_, value)) => writeln!(text, "{}", setting.line(value)),
            None if setting.default.is_empty() => writeln!(text, "{}", setting.line(setting.example)),
            None => writeln!(text, "#{}", setting.line(setting.default)),
        };
    }
    text
}

fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("is {}, not a string", value.type_str()))
}

fn list<'a>(value: &'a DeValue<'_>) -> Result<Vec<&'a str>, String> {
    let items = value.as_array().ok_or_else(|| format!("is {}, not a list of strings", value.type_str()))?;
    items.iter().map(|item| text(item.get_ref())).collect()
}

fn path(value: &DeValue<'_>) -> Result<PathBuf, String> {
    text(value).map(PathBuf::from)
}

fn given_path(value: &DeValue<'_>) -> Result<PathBuf, String> {
    let path = path(value)?;
    if path.as_os_str().is_empty() { Err("is empty".into()) } else { Ok(path) }
}

fn host_name(name: &str) -> Result<String, String> {
    if is_host_name(name) {
        Ok(name.to_ascii_lowercase())
    } else if name.parse::<std::net::IpAddr>().is_ok() {
        Err(format!("{name} is an address; certificates and Outlook want a name"))
    } else if name.is_ascii() {
        Err(format!("{} is not a host name", name.escape_debug()))
    } else {
        Err(format!("{name} must be in its ASCII form (xn--…)"))
    }
}

fn domains(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let mut domains = Vec::new();
    for name in list(value)? {
        let name = host_name(name)?;
        if domains.contains(&name) {
            return Err(format!("{name} is there twice"));
        }
        domains.push(name);
    }
    if domains.is_empty() { Err("is empty".into()) } else { Ok(domains) }
}

/// The organization becomes part of every legacy DN, where slashes and equal signs separate. A space
/// at an end is known to break Outlook, which compares DNs as text.
fn organization(name: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
    if name.is_empty() || name.len() > 64 || name.trim() != name || !name.chars().all(allowed) {
        return Err("wants 1 to 64 ASCII letters, digits, spaces, hyphens, underscores and full stops".into());
    }
    Ok(name.to_owned())
}

fn url(url: &str) -> Result<String, String> {
    let Some(rest) = url.strip_prefix("https://") else {
        return if url.is_empty() { Ok(String::new()) } else { Err("must begin with https://".into()) };
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    if !is_host_name(host) || port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return Err("wants https://HOST or https://HOST:PORT, without a path".into());
    }
    Ok(format!("https://{rest}"))
}

fn addresses(value: &DeValue<'_>) -> Result<Vec<SocketAddr>, String> {
    let parse = |text: &str| text.parse().map_err(|_| format!("{} is not an address with a port", text.escape_debug()));
    list(value)?.into_iter().map(parse).collect()
}

fn loopback_addresses(value: &DeValue<'_>) -> Result<Vec<SocketAddr>, String> {
    let addresses = addresses(value)?;
    match addresses.iter().find(|address| !address.ip().to_canonical().is_loopback()) {
        Some(open) => Err(format!("{open} is not a loopback address, and passwords would cross the network readable")),
        None => Ok(addresses),
    }
}

fn networks(value: &DeValue<'_>) -> Result<Vec<Network>, String> {
    let network = |text: &str| {
        let network: Network = text.parse()?;
        let typed = text.split('/').next().and_then(|address| address.trim().parse::<std::net::IpAddr>().ok());
        // 192.168.1.7/24 is more often a slip than a wish.
        if typed.is_some_and(|typed| typed.to_canonical() != network.first()) {
            return Err(format!("{text} has bits beyond its prefix; {network} is the network"));
        }
        Ok(network)
    };
    list(value)?.into_iter().map(network).collect()
}

fn seconds(value: &DeValue<'_>, least: u64, most: u64) -> Result<u64, String> {
    number(value, "seconds", least, most)
}

fn number(value: &DeValue<'_>, of: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = value.as_integer().ok_or_else(|| format!("is {}, not a number of {of}", value.type_str()))?;
    let number = u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok();
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| format!("must be {least} to {most}"))
}

fn switch(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("is {}, not true or false", value.type_str()))
}
