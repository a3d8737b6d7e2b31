//! Answers to the requests of the address book endpoint. MS-OXNSPI 3.1.4.1
//!
//! Every call is a function of the address book, the session's code page and the request; only
//! Bind and Unbind change the session. An error that the specification has a code for is an
//! answer with that ErrorCode; [`CallError`] is left for what the transport has to say.

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
    GetSpecialTableResponse, GetTemplateInfoResponse, QueryRowsResponse, Request, RequestType, ResolveNamesResponse,
    ResortRestrictionResponse, Response, SeekEntriesResponse, Stat, UpdateStatResponse,
};
use super::text::{CP_DEFAULT, CP_WINUNICODE, is_supported};
use super::view::{Cache, Person, View};
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

/// Answers one request of an authenticated user: the whole response body, from StatusCode on.
///
/// Every user sees the same address book, so the answer does not depend on who asks; `_user` is
/// for what a user may change, once something can be changed.
///
/// # Errors
/// See [`CallError`].
pub fn call(
    txn: &Txn<'_>,
    settings: &Settings,
    _user: &directory::User,
    session: &mut Session,
    request_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, CallError> {
    let view = view(txn, &settings.cache)?;
    answer(&view, settings, session, request_type, body)
}

/// The address book as the transaction sees it.
fn view(txn: &Txn<'_>, cache: &Cache) -> Result<Arc<View>, StoreError> {
    let people = || -> Result<Vec<Person>, StoreError> {
        Ok(directory::all(txn)?.into_iter().filter_map(Person::listed).collect())
    };
    if txn.is_write() {
        // What is not committed must not be shared under a version that another commit will have.
        return Ok(Arc::new(View::new(people()?)));
    }
    cache.get(directory::version(txn)?, people)
}

/// Answers one request over a given address book.
///
/// # Errors
/// See [`CallError`].
pub fn answer(
    view: &View,
    settings: &Settings,
    session: &mut Session,
    request_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, CallError> {
    let cx = &mut Context { view, settings, session };
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
            reply(body, |rq| object::get_template_info(rq).unwrap_or_else(GetTemplateInfoResponse::refused))
        }
        RequestType::ModLinkAtt => reply(body, |rq| object::mod_link_att(cx, rq)),
        RequestType::ModProps => reply(body, |rq| object::mod_props(cx, rq)),
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
