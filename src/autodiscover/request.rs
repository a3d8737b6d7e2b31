//! Reading a POX request. MS-OXDSCLI.
//!
//! Prefixes, order and unknown elements do not matter; UTF-8 and UTF-16 are read. A document type
//! or an entity of its own is refused, so nothing is ever expanded.

use crate::backend::Who;
use crate::limits;
use encoding_rs::{UTF_16BE, UTF_16LE};
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use std::borrow::Cow;
use std::fmt;

const REQUEST_NAMESPACE: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const OUTLOOK_SCHEMA: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoxRequest {
    /// About whom; a LegacyDN counts more than an EMailAddress.
    pub who: Who,
    /// The schema that the answer shall have.
    pub acceptable_response_schema: String,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestError(&'static str);

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PoxRequest {
    /// Reads a request body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let text = text(body)?;
        let mut reader = NsReader::from_str(&text);
        let mut fields = Fields::default();
        let mut path: Vec<String> = Vec::new();
        let mut complete = false;
        loop {
            let (namespace, event) =
                reader.read_resolved_event().map_err(|_| RequestError("the request is not well-formed XML"))?;
            let ours = matches!(namespace, ResolveResult::Bound(Namespace(name)) if name == REQUEST_NAMESPACE);
            match event {
                Event::Start(start) => {
                    path.push(name_in(ours, start.local_name().as_ref()));
                    check_depth(&path)?;
                }
                Event::End(_) => {
                    path.pop();
                    complete = path.is_empty();
                }
                Event::Text(text) => fields.append(&path, &text.xml10_content()),
                Event::CData(text) => fields.append(&path, &text.xml10_content()),
                Event::GeneralRef(reference) => fields.append(&path, &resolve(&reference)?),
                Event::DocType(_) => return Err(RequestError("a document type is not allowed")),
                Event::Eof => break,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        if !complete {
            return Err(RequestError("the request ends early"));
        }
        fields.into_request()
    }

    /// True for the schema that Outlook reads; phones ask for another.
    #[must_use]
    pub fn wants_outlook(&self) -> bool {
        self.acceptable_response_schema.eq_ignore_ascii_case(OUTLOOK_SCHEMA)
    }
}

/// The request as text, whichever Unicode form it has. The XML declaration is not asked: clients
/// keep a wrong one when they recode.
fn text(body: &[u8]) -> Result<Cow<'_, str>, RequestError> {
    let bad = RequestError("the request is neither UTF-8 nor UTF-16");
    let utf16 = match body {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    };
    if let Some(encoding) = utf16 {
        let (text, malformed) = encoding.decode_with_bom_removal(body);
        return if malformed { Err(bad) } else { Ok(text) };
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| bad)
}

/// An element's name; elements of other schemas keep a mark that matches nothing.
fn name_in(ours: bool, local: &str) -> String {
    if ours { local.to_owned() } else { format!("?{local}") }
}

fn check_depth(path: &[String]) -> Result<(), RequestError> {
    let limit = usize::try_from(limits::XML_DEPTH_MAX).unwrap_or(usize::MAX);
    if path.len() > limit { Err(RequestError("elements are nested too deep")) } else { Ok(()) }
}

/// The five references of XML itself and characters by number; there can be no others without a
/// document type.
fn resolve(reference: &BytesRef<'_>) -> Result<String, RequestError> {
    let bad = RequestError("an entity is not defined");
    if let Some(c) = reference.resolve_char_ref().map_err(|_| bad)? {
        return Ok(c.to_string());
    }
    let text = match reference.xml10_content().as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _ => return Err(bad),
    };
    Ok(text.to_owned())
}

#[derive(Debug, Default)]
struct Fields {
    e_mail_address: String,
    legacy_dn: String,
    acceptable_response_schema: String,
}

impl Fields {
    fn append(&mut self, path: &[String], text: &str) {
        let [root, request, field] = path else { return };
        if root != "Autodiscover" || request != "Request" {
            return;
        }
        match field.as_str() {
            "EMailAddress" => self.e_mail_address.push_str(text),
            "LegacyDN" => self.legacy_dn.push_str(text),
            "AcceptableResponseSchema" => self.acceptable_response_schema.push_str(text),
            _ => {}
        }
    }

    fn into_request(self) -> Result<PoxRequest, RequestError> {
        let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let who =
            trimmed(&self.legacy_dn).map(Who::LegacyDn).or_else(|| trimmed(&self.e_mail_address).map(Who::Address));
        Ok(PoxRequest {
            who: who.ok_or(RequestError("neither EMailAddress nor LegacyDN"))?,
            acceptable_response_schema: trimmed(&self.acceptable_response_schema)
                .ok_or(RequestError("no AcceptableResponseSchema"))?,
        })
    }
}
