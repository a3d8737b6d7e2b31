//! One endpoint of MAPI over HTTP: headers, cookies, the meta-tags around every body.
//! MS-OXCMAPIHTTP 2.2.2, 2.2.3, 3.1.5
//!
//! The channel outlives its TCP connection, as a session context does.

use super::error::{ClientError, Trouble};
use super::http::{Head, Http, Request};
use super::url::Url;
use crate::random;
use crate::wire::Guid;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a version of Outlook says of itself; servers read it as a client version.
const CLIENT_APPLICATION: &str = "Outlook/16.0.15928.20006";
const MAPI_HTTP: &str = "application/mapi-http";

/// A response that was accepted: what was around the body, and the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Status line and fields.
    pub head: Head,
    /// PROCESSING, PENDING, DONE, in their order. MS-OXCMAPIHTTP 2.2.7
    pub meta_tags: Vec<String>,
    /// Fields between DONE and the body. MS-OXCMAPIHTTP 2.2.2.2
    pub additional: Vec<(String, String)>,
    /// The response body of the request type.
    pub body: Vec<u8>,
}

/// Cookies by name. Servers may renew them in any response; the newest counts.
type Jar = Arc<Mutex<Vec<(String, String)>>>;

/// One endpoint and its session context.
#[derive(Debug)]
pub struct Channel {
    http: Http,
    /// Where it is. Set to another way to the same server, cookies go along.
    pub url: Url,
    jar: Jar,
    client: Guid,
    counter: Arc<AtomicU64>,
    /// Said in X-ClientApplication.
    pub application: String,
}

impl Channel {
    /// An endpoint, without a context yet.
    #[must_use]
    pub fn new(http: Http, url: Url) -> Self {
        Self {
            http,
            url,
            jar: Jar::default(),
            client: Guid::from_random(random::bytes()),
            counter: Arc::default(),
            application: CLIENT_APPLICATION.to_owned(),
        }
    }

    /// The same context over another connection: how NotificationWait runs beside Execute.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            http: self.http.beside(),
            url: self.url.clone(),
            jar: Arc::clone(&self.jar),
            client: self.client,
            counter: Arc::clone(&self.counter),
            application: self.application.clone(),
        }
    }

    /// Drops the TCP connection; the context goes on.
    pub fn hang_up(&mut self) {
        self.http.hang_up();
    }

    /// The connection below.
    pub fn http(&mut self) -> &mut Http {
        &mut self.http
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    fn jar(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The Cookie field as it would be sent now; empty without cookies.
    #[must_use]
    pub fn cookies(&self) -> String {
        let pairs: Vec<String> = self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Sends other cookies from now on.
    pub fn set_cookies(&mut self, cookies: &str) {
        let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        *self.jar() = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }

    fn keep_cookies(&self, head: &Head) {
        let mut jar = self.jar();
        for set in head.all("Set-Cookie") {
            let pair = set.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            jar.retain(|(known, _)| known != name.trim());
            jar.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }

    /// Sends a request of this type and reads its answer.
    ///
    /// # Errors
    /// No answer, or one with another X-ResponseCode than 0, early or late.
    pub async fn call(&mut self, request_type: &str, body: &[u8]) -> Result<Answer, ClientError> {
        let head = self.begin(request_type, body).await?;
        let code = head.field("X-ResponseCode").and_then(|code| code.trim().parse().ok());
        let body = self.http.body().await?;
        match code {
            Some(0) => parse(head, &body),
            Some(code) => Err(Trouble::ResponseCode(code, String::from_utf8_lossy(&body).into_owned()).into()),
            None => Err(Trouble::Malformed("X-ResponseCode", format!("{:?}", head.field("X-ResponseCode"))).into()),
        }
    }

    /// The same up to the head of the answer; the rest comes out of [`Channel::http`].
    ///
    /// # Errors
    /// No answer, or another status than 200.
    pub async fn begin(&mut self, request_type: &str, body: &[u8]) -> Result<Head, ClientError> {
        let number = self.counter.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let id = format!("{{{}}}:{number}", self.client);
        let mut fields = vec![
            ("Content-Type", MAPI_HTTP.to_owned()),
            ("X-RequestType", request_type.to_owned()),
            ("X-RequestId", id.clone()),
            ("X-ClientInfo", id),
            ("X-ClientApplication", self.application.clone()),
        ];
        let cookies = self.cookies();
        if !cookies.is_empty() {
            fields.push(("Cookie", cookies));
        }
        let url = self.url.clone();
        let request = Request { method: "POST", url: &url, fields, body };
        let head = self.http.begin(&request).await?;
        self.keep_cookies(&head);
        if head.status != 200 {
            let status = head.status;
            self.http.hang_up();
            return Err(Trouble::Status { status, url: url.to_string() }.into());
        }
        Ok(head)
    }
}

/// Takes meta-tags and additional fields off the body.
fn parse(head: Head, body: &[u8]) -> Result<Answer, ClientError> {
    let malformed = |how: &str| Trouble::Malformed("meta-tags", how.to_owned());
    let mut rest = body;
    let mut line = || -> Option<String> {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = rest.get(..end)?;
        rest = rest.get(end.saturating_add(2)..)?;
        Some(String::from_utf8_lossy(line).into_owned())
    };
    let mut meta_tags = Vec::new();
    // PING may have no body at all. MS-OXCMAPIHTTP 2.2.6
    if body.is_empty() {
        return Ok(Answer { head, ..Answer::default() });
    }
    loop {
        let tag = line().ok_or_else(|| malformed("DONE is missing"))?;
        let known = matches!(tag.as_str(), "PROCESSING" | "PENDING" | "DONE");
        if !known {
            return Err(malformed(&tag).into());
        }
        meta_tags.push(tag);
        if meta_tags.last().is_some_and(|tag| tag == "DONE") {
            break;
        }
    }
    let mut additional = Vec::new();
    loop {
        let field = line().ok_or_else(|| malformed("no empty line after DONE"))?;
        if field.is_empty() {
            break;
        }
        let (name, value) = field.split_once(':').ok_or_else(|| malformed(&field))?;
        additional.push((name.to_owned(), value.trim().to_owned()));
    }
    let late = additional.iter().find(|(name, _)| name.eq_ignore_ascii_case("X-ResponseCode"));
    match late.map(|(_, value)| value.parse::<u32>()) {
        None | Some(Ok(0)) => Ok(Answer { head, meta_tags, additional, body: rest.to_vec() }),
        Some(Ok(code)) => Err(Trouble::ResponseCode(code, String::from_utf8_lossy(rest).into_owned()).into()),
        Some(Err(_)) => Err(malformed("X-ResponseCode").into()),
    }
}
