//! The page for the person with a Windows PC, at `https://HOST/`: the root certificate, the registry
//! file, the names to make known, and what to type in Outlook (outlook.md §0, §1, §3).
//!
//! Plain HTML without scripts. It says nothing that the certificate does not say too: whoever asks is
//! a stranger. Deliberately not on it: the root's fingerprint, for a page cannot vouch for itself.

use crate::http::{Body, Peer, Site, not_found};
use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response};
use std::fmt::Write as _;

/// What the page is about.
#[derive(Debug, Clone, Default)]
pub struct Welcome {
    /// `hostname` of the configuration.
    pub hostname: String,
    /// `domains` of the configuration.
    pub domains: Vec<String>,
    /// The private CA's root, DER; `None` with a certificate of somebody whom Windows knows.
    pub root: Option<Vec<u8>>,
}

const ROOT: &str = "/mailstead-root.crt";
const REG: &str = "/mailstead.reg";

/// Whether a path, in lower case, is one of these.
pub(crate) fn is_path(path: &str) -> bool {
    path.is_empty() || path == ROOT || path == REG
}

/// Answers a request for one of them.
pub(crate) fn answer(site: &Site, peer: Peer, method: &Method, path: &str) -> Response<Body> {
    if *method != Method::GET && *method != Method::HEAD {
        return not_found();
    }
    let welcome = &site.settings.welcome;
    match (path, &welcome.root) {
        ("", _) => file("text/html; charset=utf-8", None, page(site, peer).into_bytes()),
        (ROOT, Some(root)) => file("application/x-x509-ca-cert", Some("mailstead-root.crt"), root.clone()),
        (REG, _) => file("application/octet-stream", Some("mailstead.reg"), reg()),
        _ => not_found(),
    }
}

fn file(content_type: &'static str, name: Option<&'static str>, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::whole(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Some(Ok(value)) = name.map(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Values that keep Outlook from asking Microsoft 365 first (outlook.md §1), in the form that regedit
/// writes: UTF-16 with a byte order mark. What lies under Policies takes an administrator, so it comes last.
fn reg() -> Vec<u8> {
    let mut text = String::from("\u{FEFF}Windows Registry Editor Version 5.00\r\n");
    for policies in ["", "Policies\\"] {
        let _ = write!(
            text,
            "\r\n[HKEY_CURRENT_USER\\Software\\{policies}Microsoft\\Office\\16.0\\Outlook\\AutoDiscover]\r\n\
             \"ExcludeExplicitO365Endpoint\"=dword:00000001\r\n\
             \"EnableOffice365ConfigService\"=dword:00000000\r\n"
        );
    }
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Mailstead</title>\n<style>\n\
    body { max-width: 42rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 sans-serif; color: #222; background: #fff }\n\
    h2 { margin-top: 2rem } code, pre { font-family: monospace; background: #f2f2f2 }\n\
    code { overflow-wrap: anywhere } pre { padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere }\n\
    table { border-collapse: collapse; width: 100% } td { padding: .2rem .5rem .2rem 0 }\n\
    td:nth-child(2) { white-space: nowrap }\n\
    a.file { display: inline-block; padding: .6rem 1rem; border: 1px solid #225; color: #225 }\n</style>\n</head>\n<body>\n";

/// Names are host names, checked by the configuration: nothing in them needs escaping.
fn page(site: &Site, peer: Peer) -> String {
    let welcome = &site.settings.welcome;
    let mut text = String::from(HEAD);
    let _ = write!(
        text,
        "<h1>Mail for Outlook</h1>\n<p>This is the Mailstead server <code>{}</code>. Four steps make an Outlook on Windows \
         use it. It must be the classic Outlook, 2013 with Service Pack 1 or later; the new Outlook and the phone apps \
         cannot do this.</p>\n",
        welcome.hostname
    );
    trust(welcome, &mut text);
    names(welcome, peer, &mut text);
    let _ = write!(
        text,
        "<h2>3. Keep Outlook from asking Microsoft first</h2>\n<p>Outlook asks Microsoft 365 before it asks your own server, \
         and may show a sign-in window of theirs.</p>\n<p><a class=\"file\" href=\"{REG}\">Registry file</a></p>\n<p>Open it \
         on the PC and agree. It sets <code>ExcludeExplicitO365Endpoint</code> to 1 and \
         <code>EnableOffice365ConfigService</code> to 0 for your own user. Without administrator rights a part of it is \
         refused; the other part is enough.</p>\n\
         <h2>4. Add the account</h2>\n<ol>\n<li>Control Panel, Mail (Microsoft Outlook), Show Profiles, Add; or in \
         Outlook: File, Add Account.</li>\n<li>Type your e-mail address and the password of your mailbox.</li>\n\
         <li>If a window asks for a user name, it is the whole e-mail address.</li>\n</ol>\n\
         <p>It finds the server but nothing arrives? The registry value <code>MapiHttpDisabled</code> in \
         <code>HKCU\\Software\\Microsoft\\Exchange</code> must not be 1. To see what Outlook tries, hold Ctrl, right-click \
         its icon beside the clock, and choose Test E-mail AutoConfiguration.</p>\n</body>\n</html>\n"
    );
    text
}

fn trust(welcome: &Welcome, text: &mut String) {
    text.push_str("<h2>1. Trust this server</h2>\n");
    if welcome.root.is_none() {
        text.push_str("<p>Nothing to do: its certificate comes from an authority that Windows knows.</p>\n");
        return;
    }
    let _ = write!(
        text,
        "<p>The server has its own certificate authority, which can vouch for the names on this page only.</p>\n\
         <p><a class=\"file\" href=\"{ROOT}\">Root certificate</a></p>\n<ol>\n<li>Download it on the PC.</li>\n\
         <li>Press the Windows key, type <code>cmd</code>, and choose <em>Run as administrator</em>.</li>\n\
         <li>Compare. This must show the SHA-256 that <code>mailstead setup</code> printed (colons and capitals aside); ask whoever runs the server, \
         and <strong>stop if it is another</strong>: then somebody is in between.\n\
         <pre>certutil -hashfile \"%USERPROFILE%\\Downloads\\mailstead-root.crt\" SHA256</pre></li>\n\
         <li>Only if it is the same:\n\
         <pre>certutil -addstore -f Root \"%USERPROFILE%\\Downloads\\mailstead-root.crt\"</pre></li>\n</ol>\n"
    );
}

fn names(welcome: &Welcome, peer: Peer, text: &mut String) {
    let host = &welcome.hostname;
    text.push_str(
        "<h2>2. Make its names known</h2>\n<p>Outlook looks for <code>autodiscover</code> and your domain. Once for all, in \
         the DNS at your provider or in your router:</p>\n<table>\n",
    );
    let _ = writeln!(text, "<tr><td><code>{host}</code></td><td>A or AAAA</td><td>the address of the server</td></tr>");
    for domain in &welcome.domains {
        let _ = writeln!(
            text,
            "<tr><td><code>autodiscover.{domain}</code></td><td>CNAME</td><td><code>{host}</code></td></tr>"
        );
    }
    let address = peer.local.filter(|address| !address.is_loopback() && !address.is_unspecified());
    let address = address.map_or_else(|| "ADDRESS-OF-THE-SERVER".to_owned(), |address| address.to_string());
    let aliases: String = welcome.domains.iter().map(|domain| format!(" autodiscover.{domain}")).collect();
    let _ = write!(
        text,
        "</table>\n<p>Or without DNS, on each PC: one line at the end of \
         <code>C:\\Windows\\System32\\drivers\\etc\\hosts</code>, in an editor that runs as administrator.</p>\n\
         <pre>{address} {host}{aliases}</pre>\n"
    );
}
