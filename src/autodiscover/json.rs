//! Autodiscover V2, the JSON form: `GET …/autodiscover.json?Email=…&Protocol=AutodiscoverV1`.
//!
//! Not in the open specifications; known from servers that Outlook works with. UNVERIFIED: the
//! texts of errors. The answer does not depend on the address, so it tells nobody who is here.

use hyper::StatusCode;
use hyper::http::Uri;

const PATH: &str = "/autodiscover/autodiscover.json";

/// True for both forms of the path, given in lower case: with the address in the query, or after
/// `/v1.0/`.
pub(crate) fn is_path(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn answer(uri: &Uri, base_url: &str) -> (StatusCode, String) {
    let query = uri.query().unwrap_or_default();
    // The address itself does not matter, only that the client names one.
    let has_address = address_in_path(uri.path()) || parameter(query, "email").is_some_and(|value| !value.is_empty());
    let Some(protocol) = parameter(query, "protocol").filter(|value| !value.is_empty()) else {
        return error("MandatoryParameterMissing", "The parameter Protocol is missing.");
    };
    if !has_address {
        return error("MandatoryParameterMissing", "The parameter Email is missing.");
    }
    if protocol.eq_ignore_ascii_case("AutodiscoverV1") {
        let url = format!("{base_url}{}", super::POX_PATH);
        (StatusCode::OK, format!(r#"{{"Protocol":"AutodiscoverV1","Url":"{}"}}"#, escape(&url)))
    } else {
        error("ProtocolNotSupported", "The only protocol here is AutodiscoverV1.")
    }
}

/// `/autodiscover/autodiscover.json/v1.0/user%40example.org`
fn address_in_path(path: &str) -> bool {
    path.split('/').filter(|segment| !segment.is_empty()).nth(3).is_some()
}

/// A parameter of the query, as it is: values compared here have no escapes.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn error(code: &str, message: &str) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, format!(r#"{{"ErrorCode":"{code}","ErrorMessage":"{message}"}}"#))
}

/// A URL inside a JSON string.
fn escape(url: &str) -> String {
    url.replace('\\', "\\\\").replace('"', "\\\"")
}
