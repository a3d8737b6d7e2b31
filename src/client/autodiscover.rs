//! Autodiscover: from an address to URLs. MS-OXDSCLI (the POX form) and the JSON form that newer
//! Outlooks ask first.

use super::error::{ClientError, Trouble};
use super::http::{Http, Request};
use super::url::Url;
use crate::limits;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

const POX_PATH: &str = "/autodiscover/autodiscover.xml";
const JSON_PATH: &str = "/autodiscover/autodiscover.json";
const OUTLOOK: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
const REQUEST: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const USER_AGENT: &str = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.15928; Pro)";

/// What the server says of a mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// DisplayName
    pub display_name: String,
    /// LegacyDN
    pub legacy_dn: String,
    /// AutoDiscoverSMTPAddress
    pub address: String,
    /// The mailbox server's URLs, inside and outside.
    pub mail_store: Vec<String>,
    /// The address book server's URLs, inside and outside.
    pub address_book: Vec<String>,
}

/// Where Outlook asks for the settings of an address, in its order. autodiscover.md §1
#[must_use]
pub fn candidates(address: &str) -> Vec<String> {
    let domain = address.rsplit('@').next().unwrap_or_default();
    vec![format!("https://{domain}{POX_PATH}"), format!("https://autodiscover.{domain}{POX_PATH}")]
}

/// The request for the settings of an address.
#[must_use]
pub fn request_body(address: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Autodiscover xmlns=\"{REQUEST}\"><Request>\
         <EMailAddress>{}</EMailAddress><AcceptableResponseSchema>{OUTLOOK}</AcceptableResponseSchema>\
         </Request></Autodiscover>",
        escape(address)
    )
}

/// Asks the server at `base` for the settings of an address.
///
/// # Errors
/// The server's refusal, or what went wrong on the way.
pub async fn discover(http: &mut Http, base: &Url, address: &str) -> Result<Settings, ClientError> {
    let mut url = base.at(POX_PATH);
    let body = request_body(address);
    for _ in 0..limits::CLIENT_REDIRECTS_MAX {
        let fields = vec![
            ("Content-Type", "text/xml; charset=utf-8".to_owned()),
            ("User-Agent", USER_AGENT.to_owned()),
            ("X-MapiHttpCapability", "1".to_owned()),
            ("X-AnchorMailbox", address.to_owned()),
        ];
        let request = Request { method: "POST", url: &url, fields, body: body.as_bytes() };
        let received = http.send(&request).await?;
        match received.head.status {
            200 => return parse(&received.body),
            301 | 302 | 307 | 308 => {
                let place = received.head.field("Location").unwrap_or_default();
                let next = Url::parse(place)?;
                // Name and password go nowhere without TLS.
                if url.origin.is_https && !next.origin.is_https {
                    return Err(Trouble::Url(place.to_owned()).into());
                }
                url = next;
            }
            status => return Err(Trouble::Status { status, url: url.to_string() }.into()),
        }
    }
    Err(Trouble::Malformed("Autodiscover", "redirects without end".to_owned()).into())
}

/// Asks, without a password, where the POX form is.
///
/// # Errors
/// As [`discover`].
pub async fn json(http: &mut Http, base: &Url, address: &str) -> Result<String, ClientError> {
    let address = address.replace('%', "%25").replace('@', "%40").replace('+', "%2B").replace('&', "%26");
    let url = base.at(&format!("{JSON_PATH}?Email={address}&Protocol=AutodiscoverV1&RedirectCount=1"));
    let fields = vec![("User-Agent", USER_AGENT.to_owned())];
    let received = http.send(&Request { method: "GET", url: &url, fields, body: &[] }).await?;
    if received.head.status != 200 {
        return Err(Trouble::Status { status: received.head.status, url: url.to_string() }.into());
    }
    let text = String::from_utf8_lossy(&received.body).into_owned();
    let found = text.split_once("\"Url\":\"").and_then(|(_, rest)| rest.split('"').next());
    found.map(str::to_owned).ok_or_else(|| Trouble::Malformed("Autodiscover JSON", text).into())
}

/// How the server greets a request without a password: the ways of authentication it names.
///
/// # Errors
/// Anything but 401.
pub async fn challenges(http: &mut Http, base: &Url) -> Result<Vec<String>, ClientError> {
    let url = base.at(POX_PATH);
    let fields = vec![("Content-Type", "text/xml; charset=utf-8".to_owned()), ("User-Agent", USER_AGENT.to_owned())];
    let received = http.send(&Request { method: "POST", url: &url, fields, body: &[] }).await?;
    match received.head.status {
        401 => Ok(received.head.all("WWW-Authenticate").map(str::to_owned).collect()),
        status => Err(Trouble::Status { status, url: url.to_string() }.into()),
    }
}

/// Reads a POX response.
fn parse(body: &[u8]) -> Result<Settings, ClientError> {
    let malformed = |how: String| Trouble::Malformed("Autodiscover", how);
    let text = std::str::from_utf8(body).map_err(|e| malformed(e.to_string()))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
    let mut found = Found::default();
    let mut path: Vec<String> = Vec::new();
    loop {
        match reader.read_event().map_err(|e| malformed(e.to_string()))? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                if name == "Protocol" {
                    let kind = start.try_get_attribute("Type").ok().flatten();
                    found.in_mapi_http = kind.is_some_and(|kind| kind.value.as_ref() == "mapiHttp");
                }
                path.push(name);
                found.text.clear();
                if path.len() > usize::try_from(limits::XML_DEPTH_MAX).unwrap_or(16) {
                    return Err(malformed("elements too deep".to_owned()).into());
                }
            }
            Event::Text(text) => found.text.push_str(&text.xml10_content()),
            Event::CData(text) => found.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => found.text.push_str(&resolve(&reference)),
            Event::End(_) => {
                found.close(&path);
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    found.finish()
}

/// The characters that XML has entities for; others are kept as they are written.
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.xml10_content().into_owned();
    let known = [("lt", "<"), ("gt", ">"), ("amp", "&"), ("quot", "\""), ("apos", "'")];
    known.iter().find(|(entity, _)| *entity == name).map_or(name, |(_, text)| (*text).to_owned())
}

#[derive(Default)]
struct Found {
    settings: Settings,
    error_code: Option<String>,
    message: String,
    text: String,
    in_mapi_http: bool,
}

impl Found {
    /// The element at the end of the path ends.
    fn close(&mut self, path: &[String]) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let mut last = path.iter().rev().map(String::as_str);
        let (name, parent) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
        let settings = &mut self.settings;
        match (parent, name) {
            ("User", "DisplayName") => settings.display_name = text,
            ("User", "LegacyDN") => settings.legacy_dn = text,
            ("User", "AutoDiscoverSMTPAddress") => settings.address = text,
            ("MailStore", "InternalUrl" | "ExternalUrl") if self.in_mapi_http => settings.mail_store.push(text),
            ("AddressBook", "InternalUrl" | "ExternalUrl") if self.in_mapi_http => settings.address_book.push(text),
            ("Error", "ErrorCode") => self.error_code = Some(text),
            ("Error", "Message") => self.message = text,
            _ => {}
        }
    }

    fn finish(self) -> Result<Settings, ClientError> {
        if let Some(code) = self.error_code {
            return Err(Trouble::Autodiscover { code, message: self.message }.into());
        }
        let settings = self.settings;
        if settings.legacy_dn.is_empty() || settings.mail_store.is_empty() || settings.address_book.is_empty() {
            let how = "no settings for MAPI over HTTP in the answer".to_owned();
            return Err(Trouble::Malformed("Autodiscover", how).into());
        }
        Ok(settings)
    }
}
