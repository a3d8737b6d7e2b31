//! Writing a POX response. MS-OXDSCLI.

use crate::config::Redirected;
use crate::directory::User;
use crate::random;
use crate::wire::{FileTime, Guid};
use quick_xml::escape::escape;
use std::fmt::Write;

const COMMON: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
const OUTLOOK: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// Why there are no settings. MS-OXDSCLI.
/// UNVERIFIED: 500 for an unknown address is on the list of the specification, but which code
/// Exchange chooses there was never seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoxError {
    /// No such mailbox.
    AddressNotFound,
    /// Not a request of this schema.
    InvalidRequest,
    /// Nothing to offer in the schema, or to the client, that asks.
    ProviderNotAvailable,
    /// The store does not answer.
    ServerError,
}

impl PoxError {
    fn code_and_message(self) -> (u16, &'static str) {
        match self {
            Self::AddressNotFound => (500, "The email address can't be found."),
            Self::InvalidRequest => (600, "Invalid Request"),
            Self::ProviderNotAvailable => (601, "Provider is not available"),
            Self::ServerError => (603, "Server Error"),
        }
    }
}

/// The two servers behind the mapiHttp protocol and their paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// EMSMDB.
    MailStore,
    /// NSPI.
    AddressBook,
}

impl Protocol {
    /// The URL of a user's server below a base URL. MailboxId is for proxies and people who read
    /// logs; the server goes by the password.
    #[must_use]
    pub fn url(self, base: &str, user: &User) -> String {
        let server = match self {
            Self::MailStore => "emsmdb",
            Self::AddressBook => "nspi",
        };
        let domain = user.address.rsplit('@').next().unwrap_or_default();
        format!("{base}/mapi/{server}/?MailboxId={}@{domain}", user.mailbox_guid)
    }
}

/// The settings of a user, for a client inside (first base URL) and outside (second); `public`: the
/// address of the public store, if there is one.
#[must_use]
pub fn settings(user: &User, deployment_id: Guid, bases: [Option<&str>; 2], public: Option<&str>) -> String {
    let public = public.map_or_else(String::new, |address| {
        let address = xml(address);
        format!(
            "\n      <PublicFolderInformation>\n        <SmtpAddress>{address}</SmtpAddress>\n      \
             </PublicFolderInformation>"
        )
    });
    let urls = |protocol: Protocol| {
        let elements = ["InternalUrl", "ExternalUrl"].into_iter().zip(bases);
        elements.fold(String::new(), |text, (name, base)| match base {
            Some(base) => format!("{text}<{name}>{}</{name}>", escape(protocol.url(base, user).as_str())),
            None => text,
        })
    };
    // The mapiHttp protocol has attributes where older ones have a Type element; with an element
    // Outlook never comes. Version 1 is the only format there is, also for those who ask for 2.
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="{COMMON}">
  <Response xmlns="{OUTLOOK}">
    <User>
      <DisplayName>{}</DisplayName>
      <LegacyDN>{}</LegacyDN>
      <AutoDiscoverSMTPAddress>{}</AutoDiscoverSMTPAddress>
      <DeploymentId>{deployment_id}</DeploymentId>
    </User>
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
      <MicrosoftOnline>False</MicrosoftOnline>
      <ConsumerMailbox>False</ConsumerMailbox>
      <Protocol Type="mapiHttp" Version="1">
        <MailStore>{}</MailStore>
        <AddressBook>{}</AddressBook>
      </Protocol>{public}
    </Account>
  </Response>
</Autodiscover>
"#,
        xml(&user.display_name),
        xml(&user.legacy_dn),
        xml(&user.address),
        urls(Protocol::MailStore),
        urls(Protocol::AddressBook),
    )
}

/// Sends the client on. MS-OXDSCLI, autodiscover.md §4
pub(super) fn redirect(to: &Redirected) -> String {
    let (action, element, value) = match to {
        Redirected::Address(address) => ("redirectAddr", "RedirectAddr", address),
        Redirected::Url(url) => ("redirectUrl", "RedirectUrl", url),
    };
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="{COMMON}">
  <Response xmlns="{OUTLOOK}">
    <Account>
      <AccountType>email</AccountType>
      <Action>{action}</Action>
      <{element}>{}</{element}>
    </Account>
  </Response>
</Autodiscover>
"#,
        xml(value),
    )
}

/// An error. It names nobody and repeats nothing of the request.
pub(super) fn error(error: PoxError, now: FileTime) -> String {
    let (code, message) = error.code_and_message();
    let id = u32::from_le_bytes(random::bytes());
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="{COMMON}">
  <Response>
    <Error Time="{}" Id="{id}">
      <ErrorCode>{code}</ErrorCode>
      <Message>{}</Message>
      <DebugData />
    </Error>
  </Response>
</Autodiscover>
"#,
        time_of_day(now),
        xml(message),
    )
}

/// `hh:mm:ss.fffffff`, the form of the Time attribute.
fn time_of_day(now: FileTime) -> String {
    let civil = now.civil();
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(text, "{:02}:{:02}:{:02}.{:07}", civil.hour, civil.minute, civil.second, now.0 % 10_000_000);
    text
}

/// Text for an element. Control characters have no form in XML 1.0, not even escaped.
fn xml(text: &str) -> String {
    let allowed: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect();
    escape(allowed.as_str()).into_owned()
}
