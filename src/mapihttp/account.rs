//! One line of the log for each request: who asked for what, and what became of it.
//!
//! Quiet unless something is refused; `MAILSTEAD_LOG=info,request=debug` shows every line. What a
//! client chose is escaped, and nothing secret is in it: no cookie, no credentials, no content.

use super::ResponseCode;
use super::headers::Echo;
use crate::http::Site;
use crate::mapi::ErrorCode;
use crate::rop;
use crate::wire::{Reader, Wire};
use log::Level;
use std::fmt::Write as _;
use std::time::Instant;

/// The target of the lines, to ask for them by.
const TARGET: &str = "request";
/// Operations that are named in a line; Outlook's longest batches at a start have some dozens.
const NAMES_MAX: usize = 48;

/// The account of one request, until it is closed.
#[derive(Debug)]
pub(super) struct Account {
    subject: String,
    started: Instant,
    open: bool,
    /// Somebody wants the bodies too: of which user, and which request it is.
    captured: Option<(Site, u32, String)>,
}

impl Account {
    pub(super) fn of(site: &Site, request: &super::Request, echo: &Echo) -> Self {
        let mut subject = String::with_capacity(256);
        let bytes = request.body.as_ref().map_or(0, Vec::len);
        // Writing to a string does not fail. Debug of a field value quotes and escapes it.
        let _ = write!(
            subject,
            "id={} info={} client=\"{}\" user={} from={} path={:?} type={} in={bytes}",
            echo.field(super::headers::X_REQUEST_ID),
            echo.field(super::headers::X_CLIENT_INFO),
            super::headers::client(&request.head.headers).escape_debug(),
            request.user.address,
            request.peer.address,
            request.head.uri.path(),
            echo.request_type(),
        );
        let captured = site.captures.has(request.user.id).then(|| {
            let title = format!("{} {}", echo.request_type(), echo.field(super::headers::X_REQUEST_ID));
            (site.clone(), request.user.id, title)
        });
        let account = Self { subject, started: Instant::now(), open: true, captured };
        account.capture('>', "", request.body.as_deref().unwrap_or_default());
        account
    }

    fn capture(&self, direction: char, code: &str, body: &[u8]) {
        if let Some((site, user, title)) = &self.captured {
            site.captures.note(*user, site.clock.monotonic(), &format!("{direction} {title}{code}"), body);
        }
    }

    /// A refusal, early or late.
    pub(super) fn refused(mut self, code: ResponseCode) {
        self.capture('<', &format!(" code {}", code.number()), &[]);
        self.line(Level::Info, format_args!("code={} why={code:?}", code.number()));
    }

    /// A response body.
    pub(super) fn answered(mut self, body: &[u8], rops: &str) {
        self.capture('<', " code 0", body);
        let mut reader = Reader::new(body);
        let status = u32::read(&mut reader).unwrap_or(0);
        let error = ErrorCode::read(&mut reader).unwrap_or(ErrorCode::Success);
        let rops = if rops.is_empty() { String::new() } else { format!(" rops={rops}") };
        let out = body.len();
        self.line(Level::Debug, format_args!("code=0 status={status:x} error={error:?} out={out}{rops}"));
    }

    fn line(&mut self, level: Level, end: std::fmt::Arguments<'_>) {
        self.open = false;
        let ms = self.started.elapsed().as_millis();
        log::log!(target: TARGET, level, "{} {end} ms={ms}", self.subject);
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if self.open {
            self.line(Level::Debug, format_args!("the client hung up"));
        }
    }
}

/// `Logon,OpenFolder,QueryRows:NotFound`, if somebody wants to know.
pub(super) fn operations(done: &[(u8, ErrorCode)]) -> String {
    if !log::log_enabled!(target: TARGET, Level::Debug) {
        return String::new();
    }
    let mut text = String::new();
    for (at, (id, code)) in done.iter().take(NAMES_MAX).enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(text, "{comma}{}", rop::name(*id).unwrap_or("?"));
        if *code != ErrorCode::Success {
            let _ = write!(text, ":{code:?}");
        }
    }
    match done.len().saturating_sub(NAMES_MAX) {
        0 => {}
        more => {
            let _ = write!(text, ",+{more}");
        }
    }
    text
}
