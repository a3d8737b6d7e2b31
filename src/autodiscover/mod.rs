//! Autodiscover: how Outlook finds its mailbox. MS-OXDSCLI, MS-OXDISCO.
//!
//! The POX form says everything and needs a password; the JSON form only says where the POX form
//! is and answers anybody the same. URLs are built from the configuration, never from what a
//! request says about itself. The SOAP form is for clients of Exchange Web Services, which are not
//! here; for the same reason no EXHTTP protocol is offered: an element without URLs is worse than
//! none.

mod json;
mod request;
mod response;

pub(crate) use json::is_path as is_json_path;
pub use request::{PoxRequest, RequestError};
pub use response::{PoxError, Protocol, settings};

use crate::backend::{Unavailable, Who};
use crate::config::Redirected;
use crate::directory::{MapiHttp, User};
use crate::http::{Body, Peer, Site, moved, not_found};
use crate::outlook;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::http::Uri;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Response, StatusCode};
use log::{debug, info, warn};

/// Where the POX form is, below a base URL.
const POX_PATH: &str = "/autodiscover/autodiscover.xml";

/// The redirect of the listener on port 80: Autodiscover to HTTPS, nothing else. Outlook
/// wants 302 there.
pub(crate) fn redirect(site: &Site, path: &str) -> Response<Body> {
    if path.trim_end_matches('/').eq_ignore_ascii_case(POX_PATH) {
        moved(&format!("{}{POX_PATH}", site.settings.external_url))
    } else {
        not_found()
    }
}

/// The JSON form, for anybody.
pub(crate) fn json(site: &Site, uri: &Uri) -> Response<Body> {
    let (status, text) = json::answer(uri, &site.settings.external_url);
    respond(status, "application/json; charset=utf-8", text)
}

/// The POX form, for an authenticated user. Any user may ask about any mailbox of the box: Outlook
/// does for shared mailboxes, and the answer opens nothing.
pub(crate) async fn pox(site: &Site, peer: Peer, head: &Parts, body: Vec<u8>) -> Response<Body> {
    let answer = match lookup(site, peer, head, &body).await {
        Ok(Found::Elsewhere(redirected)) => {
            debug!("autodiscover: redirected to {redirected:?}");
            response::redirect(&redirected)
        }
        Ok(Found::Here(user, switch, public)) => {
            info!("autodiscover: settings of {}", user.address);
            let settings = &site.settings;
            // Where clients elsewhere are not let in, none is sent to the door.
            let external = (switch == MapiHttp::On).then_some(settings.external_url.as_str());
            let urls = [Some(settings.internal_url.as_str()), external];
            response::settings(&user, site.backend.deployment_id(), urls, public.as_deref())
        }
        Err(error) => {
            debug!("autodiscover: {error:?}");
            response::error(error, site.clock.now())
        }
    };
    respond(StatusCode::OK, "text/xml; charset=utf-8", answer)
}

/// What is known of an address.
enum Found {
    /// With the address of the public store, which the client will ask about next.
    Here(Box<User>, MapiHttp, Option<String>),
    Elsewhere(Redirected),
}

async fn lookup(site: &Site, peer: Peer, head: &Parts, body: &[u8]) -> Result<Found, PoxError> {
    if head.method != Method::POST {
        return Err(PoxError::InvalidRequest);
    }
    let request = PoxRequest::parse(body).map_err(|error| {
        debug!("autodiscover: {error}");
        PoxError::InvalidRequest
    })?;
    if !request.wants_outlook() {
        return Err(PoxError::ProviderNotAvailable);
    }
    let who: Who = request.who;
    let redirected = match &who {
        Who::Address(address) => site.settings.redirects.iter().find_map(|redirect| redirect.of(address)),
        Who::LegacyDn(_) => None,
    };
    let backend = std::sync::Arc::clone(&site.backend);
    let found = site.workers.run(move || {
        let Some(user) = backend.find(&who)?.filter(|user| !user.disabled) else { return Ok(None) };
        let switch = backend.mapi_http(user.id)?;
        let public = backend.public_folders();
        Ok::<_, Unavailable>(Some((user, switch, public)))
    });
    let (user, switch, public) = match found.await {
        Ok(Ok(Some(found))) => found,
        // Who is here is found here, whatever the rest of the domain does.
        Ok(Ok(None)) => return redirected.map(Found::Elsewhere).ok_or(PoxError::AddressNotFound),
        _ => return Err(PoxError::ServerError),
    };
    // Without RPC there is nothing to offer to a client that does not know MAPI over HTTP, or may not use it.
    if !switch.admits(peer.is_at_home(&site.settings.internal)) {
        info!("autodiscover: {} is not for {}: mapi-http is {}", user.address, peer.address, switch.word());
        return Err(PoxError::ProviderNotAvailable);
    }
    let agent = head.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let version = outlook::agent_version(agent);
    site.clients.note(version, &user.address);
    if !understands_mapi_http(&head.headers) {
        complain(&user, peer, version);
        return Err(PoxError::ProviderNotAvailable);
    }
    Ok(Found::Here(Box::new(user), switch, public))
}

/// Says in the log why an Outlook gets no settings: it is too old, or told not to.
fn complain(user: &User, peer: Peer, version: [u16; 3]) {
    let release = outlook::release_of(version);
    let advice = release.too_old.unwrap_or(
        "if it is an Outlook, its registry value HKCU\\Software\\Microsoft\\Exchange MapiHttpDisabled must not be 1",
    );
    warn!(
        "autodiscover: {} from {}: {} {version:?} does not speak MAPI over HTTP: {advice}",
        user.address, peer.address, release.name
    );
}

/// X-MapiHttpCapability: the highest format of the answer that the client knows; there is one so
/// far. What is no number above zero counts as absent.
fn understands_mapi_http(headers: &HeaderMap) -> bool {
    let value = headers.get("x-mapihttpcapability").and_then(|value| value.to_str().ok());
    value.and_then(|value| value.trim().parse::<u32>().ok()).is_some_and(|version| version > 0)
}

fn respond(status: StatusCode, content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::whole(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private"));
    response
}
