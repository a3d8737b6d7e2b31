//! Answers to the requests of the address book endpoint. MS-OXNSPI 3.1.4.1
//!
//! Every call is a function of the address book, the session's code page, who asks and the request;
//! only Bind and Unbind change the session, and only ModProps and ModLinkAtt what is in the book. An error that the specification has a code for is an
//! answer with that ErrorCode; [`CallError`] is left for what the transport has to say.

mod change;
mod hierarchy;
mod matches;
mod names;
mod object;
mod position;
mod restriction;
mod rows;
mod session;
mod table;

use super::message::{
    BindResponse, CompareMidsResponse, GetMatchesResponse, GetPropListResponse, GetPropsResponse,
    GetSpecialTableResponse, GetTemplateInfoResponse, ModLinkAttResponse, ModPropsResponse, QueryRowsResponse, Request,
    RequestType, ResolveNamesResponse, ResortRestrictionResponse, Response, SeekEntriesResponse, Stat,
    UpdateStatResponse,
};
pub use change::Change;

use super::properties::Told;
use super::text::{CP_DEFAULT, CP_WINUNICODE, is_supported};
use super::view::{Cache, View};
use crate::directory;
use crate::mapi::ErrorCode;
use crate::store::{StoreError, Txn};
use crate::wire::{Flaw, Guid, Wire, WireError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What the address book has to know of the installation.
#[derive(Debug, Default)]
pub struct Settings {
    /// URL of the mailbox endpoint, for GetMailboxUrl.
    pub emsmdb_url: String,
    /// URL of the address book endpoint, for GetAddressBookUrl.
    pub nspi_url: String,
    /// Answer of Bind. Stays for ever: identifiers are valid as long as it is the same.
    pub server_guid: Guid,
    /// The o= of every distinguished name.
    pub organization: String,
    /// The address book of the newest directory; shared by all sessions, starts empty.
    pub cache: Cache,
}

impl Settings {
    /// With an empty cache.
    #[must_use]
    pub fn new(emsmdb_url: String, nspi_url: String, server_guid: Guid, organization: String) -> Self {
        Self { emsmdb_url, nspi_url, server_guid, organization, cache: Cache::default() }
    }
}

/// What Bind set and every later call of the session context may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    code_page: Option<u32>,
}

impl Session {
    /// True between a successful Bind and Unbind. A Bind that failed makes no session context.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.code_page.is_some()
    }
}

/// Why there is no response body.
#[derive(Debug)]
pub enum CallError {
    /// The body is not what its request type says: X-ResponseCode 12.
    Malformed(WireError),
    /// No request type of this endpoint: X-ResponseCode 5.
    UnknownRequestType,
    /// The directory cannot be read: nothing for the client, everything for the log.
    Store(StoreError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "malformed request body: {error}"),
            Self::UnknownRequestType => f.write_str("unknown request type"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}

impl From<WireError> for CallError {
    fn from(error: WireError) -> Self {
        Self::Malformed(error)
    }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What every handler is given.
struct Context<'a> {
    view: &'a View,
    settings: &'a Settings,
    session: &'a mut Session,
    /// Number of who asks.
    user: u32,
    /// What is kept apart.
    told: &'a Told<'a>,
    /// What is to be done in the directory.
    change: Option<Change>,
}

/// A handler's result; the code is for the ErrorCode field.
type Answer<T> = Result<T, ErrorCode>;

impl Context<'_> {
    /// The code page for strings: that of the table position if it is one of ours, else that of
    /// Bind. CP_WINUNICODE is refused by everything that does not allow for it itself.
    fn code_page(&self, state: &Stat) -> Answer<u32> {
        match state.code_page {
            CP_WINUNICODE => Err(ErrorCode::InvalidCodepage),
            code_page if is_supported(code_page) => Ok(code_page),
            _ => Ok(self.session.code_page.unwrap_or(CP_DEFAULT)),
        }
    }
}

/// Most calls are about a table; one without a position is not served.
fn required<T>(field: Option<T>) -> Answer<T> {
    field.ok_or(ErrorCode::InvalidParameter)
}

/// True for the request types that may change the directory: these are for [`change`].
#[must_use]
pub fn is_change(request_type: &str) -> bool {
    matches!(RequestType::parse(request_type), Some(RequestType::ModProps | RequestType::ModLinkAtt))
}

/// Answers one request of an authenticated user: the whole response body, from StatusCode on. What
/// would change the directory is refused.
///
/// # Errors
/// See [`CallError`].
pub fn call(
    txn: &Txn<'_>,
    settings: &Settings,
    user: &directory::User,
    session: &mut Session,
    request_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, CallError> {
    let view = view(txn, &settings.cache)?;
    let (bytes, change) = answer(&view, settings, session, user.id, &told(txn), request_type, body)?;
    Ok(if change.is_some() { refused(ErrorCode::AccessDenied) } else { bytes })
}

/// The same for a request that may change the directory, in a write transaction that has done
/// nothing yet. It is committed if there was a change.
///
/// # Errors
/// See [`CallError`].
pub fn change(
    mut txn: Txn<'_>,
    settings: &Settings,
    user: &directory::User,
    session: &mut Session,
    request_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, CallError> {
    // Nothing is changed yet, so this is the directory as it was committed.
    let view = settings.cache.get(directory::version(&txn)?, || directory::listings(&txn))?;
    let (bytes, change) = answer(&view, settings, session, user.id, &told(&txn), request_type, body)?;
    let Some(change) = change else { return Ok(bytes) };
    match change.apply(&mut txn).and_then(|()| txn.commit()) {
        Ok(()) => Ok(bytes),
        Err(StoreError::Exists | StoreError::NotFound) => Ok(refused(ErrorCode::AccessDenied)),
        // A handler has seen to the bounds of entries: it is the disk that is full. MS-OXNSPI 3.1.4
        Err(StoreError::Full) => Ok(refused(ErrorCode::OutOfResources)),
        Err(other) => Err(other.into()),
    }
}

/// The form of ModProps and ModLinkAtt: nothing but the code.
fn refused(error_code: ErrorCode) -> Vec<u8> {
    encode(ModPropsResponse { error_code })
}

/// The address book as the transaction sees it.
fn view(txn: &Txn<'_>, cache: &Cache) -> Result<Arc<View>, StoreError> {
    if txn.is_write() {
        // What is not committed must not be shared under a version that another commit will have.
        return Ok(Arc::new(View::new(directory::listings(txn)?)));
    }
    cache.get(directory::version(txn)?, || directory::listings(txn))
}

/// What is kept apart, as a transaction sees it. What cannot be read is not there for the client.
fn told(txn: &Txn<'_>) -> impl Fn(u32, u16) -> Vec<Vec<u8>> {
    |user, property| {
        txn.told(user, property).unwrap_or_else(|error| {
            log::error!("address book: {error}");
            Vec::new()
        })
    }
}

/// Answers one request over a given address book, and says what is to be changed in the directory.
///
/// # Errors
/// See [`CallError`].
pub fn answer(
    view: &View,
    settings: &Settings,
    session: &mut Session,
    user: u32,
    told: &Told<'_>,
    request_type: &str,
    body: &[u8],
) -> Result<(Vec<u8>, Option<Change>), CallError> {
    let cx = &mut Context { view, settings, session, user, told, change: None };
    let bytes = dispatch(cx, request_type, body)?;
    Ok((bytes, cx.change.take()))
}

fn dispatch(cx: &mut Context<'_>, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallError> {
    match RequestType::parse(request_type).ok_or(CallError::UnknownRequestType)? {
        RequestType::Bind => reply(body, |rq| session::bind(cx, rq).unwrap_or_else(BindResponse::refused)),
        RequestType::Unbind => reply(body, |rq| session::unbind(cx, rq)),
        RequestType::CompareMids => {
            reply(body, |rq| table::compare_mids(cx, rq).unwrap_or_else(CompareMidsResponse::refused))
        }
        RequestType::DnToMid => reply(body, |rq| names::dn_to_mid(cx, rq)),
        RequestType::GetMatches => get_matches(cx, body),
        RequestType::GetPropList => {
            reply(body, |rq| object::get_prop_list(cx, rq).unwrap_or_else(GetPropListResponse::refused))
        }
        RequestType::GetProps => reply(body, |rq| object::get_props(cx, rq).unwrap_or_else(GetPropsResponse::refused)),
        RequestType::GetSpecialTable => {
            reply(body, |rq| hierarchy::get_special_table(cx, rq).unwrap_or_else(GetSpecialTableResponse::refused))
        }
        RequestType::GetTemplateInfo => {
            reply(body, |rq| object::get_template_info(cx, rq).unwrap_or_else(GetTemplateInfoResponse::refused))
        }
        RequestType::ModLinkAtt => {
            reply(body, |rq| ModLinkAttResponse { error_code: code(change::mod_link_att(cx, rq)) })
        }
        RequestType::ModProps => reply(body, |rq| ModPropsResponse { error_code: code(change::mod_props(cx, rq)) }),
        RequestType::QueryColumns => reply(body, object::query_columns),
        RequestType::QueryRows => reply(body, |rq| {
            table::query_rows(cx, rq).unwrap_or_else(|code| QueryRowsResponse::refused(code, rq.state))
        }),
        RequestType::ResolveNames => {
            reply(body, |rq| names::resolve_names(cx, rq).unwrap_or_else(ResolveNamesResponse::refused))
        }
        RequestType::ResortRestriction => reply(body, |rq| {
            table::resort_restriction(cx, rq).unwrap_or_else(|code| ResortRestrictionResponse::refused(code, rq.state))
        }),
        RequestType::SeekEntries => reply(body, |rq| {
            table::seek_entries(cx, rq).unwrap_or_else(|code| SeekEntriesResponse::refused(code, rq.state))
        }),
        RequestType::UpdateStat => reply(body, |rq| {
            table::update_stat(cx, rq).unwrap_or_else(|code| UpdateStatResponse::refused(code, rq.state))
        }),
        RequestType::GetMailboxUrl => reply(body, |rq| names::get_mailbox_url(cx, rq)),
        RequestType::GetAddressBookUrl => reply(body, |rq| names::get_address_book_url(cx, rq)),
    }
}

fn code(done: Answer<()>) -> ErrorCode {
    done.err().unwrap_or(ErrorCode::Success)
}

/// A restriction beyond our limits is well-formed for all we know: it is the search that is "too
/// complex" (MS-OXNSPI 3.1.4.1.10), not a malformed body.
fn get_matches(cx: &Context<'_>, body: &[u8]) -> Result<Vec<u8>, CallError> {
    let result = reply(body, |rq| {
        matches::get_matches(cx, rq).unwrap_or_else(|code| GetMatchesResponse::refused(code, rq.state))
    });
    match result {
        Err(CallError::Malformed(e)) if matches!(e.flaw(), Flaw::Limit { what: "Restriction", .. }) => {
            Ok(encode(GetMatchesResponse::refused(ErrorCode::TooComplex, None)))
        }
        other => other,
    }
}

fn reply<Rq: Wire, Rs: Wire + PartialEq + fmt::Debug>(
    body: &[u8],
    handler: impl FnOnce(&Rq) -> Rs,
) -> Result<Vec<u8>, CallError> {
    let request = Request::<Rq>::from_bytes(body)?;
    Ok(encode(handler(&request.body)))
}

fn encode<Rs: Wire + PartialEq + fmt::Debug>(body: Rs) -> Vec<u8> {
    let response = Response::Answer { body, auxiliary_buffer: Vec::new() };
    let bytes = response.to_bytes();
    debug_assert_eq!(Response::from_bytes(&bytes), Ok(response), "what is written reads back the same");
    bytes
}
