//! The address book endpoint, as Outlook uses it when it makes a profile. MS-OXCMAPIHTTP 2.2.5,
//! MS-OXNSPI 3.1.4.1

use super::channel::Channel;
use super::error::{ClientError, Trouble, malformed};
use super::http::Http;
use super::url::Url;
use crate::mapi::{Cell, ErrorCode, PropertyTag, Value};
use crate::nspi::message::{
    AddressBookTaggedValue, BindRequest, BindResponse, ColumnsAndRows, DnToMidRequest, DnToMidResponse,
    GetPropsRequest, GetPropsResponse, GetSpecialTableRequest, GetSpecialTableResponse, MinimalId, QueryRowsRequest,
    QueryRowsResponse, Request, ResolveNamesRequest, ResolveNamesResponse, Response, Stat, UnbindRequest,
    UnbindResponse,
};
use crate::wire::{Guid, Wire};

/// Western European and English, as Connect says.
const CODE_PAGE: u32 = 1252;
const LCID: u32 = 1033;
/// NspiUnicodeStrings of GetSpecialTable. MS-OXNSPI 2.2.1.12
const UNICODE_STRINGS: u32 = 4;

/// A session with the address book.
#[derive(Debug)]
pub struct AddressBook {
    /// The endpoint.
    pub channel: Channel,
    /// The position that goes to and fro.
    pub stat: Stat,
}

/// A person of the address book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// PidTagDisplayName
    pub display_name: String,
    /// PidTagSmtpAddress
    pub address: String,
    /// PidTagEmailAddress: the legacy distinguished name.
    pub legacy_dn: String,
}

impl AddressBook {
    /// Not bound yet.
    #[must_use]
    pub fn new(http: Http, url: Url) -> Self {
        let stat = Stat { code_page: CODE_PAGE, template_locale: LCID, sort_locale: LCID, ..Stat::default() };
        Self { channel: Channel::new(http, url), stat }
    }

    /// Makes any call: `body` out, the body of the answer back.
    ///
    /// # Errors
    /// What went wrong on the way, and a StatusCode; an ErrorCode is the caller's business.
    pub async fn call<Q: Wire, A: Wire>(&mut self, request_type: &'static str, body: Q) -> Result<A, ClientError> {
        let request = Request { body, auxiliary_buffer: Vec::new() };
        let answer = self.channel.call(request_type, &request.to_bytes()).await?;
        match Response::<A>::from_bytes(&answer.body).map_err(malformed(request_type))? {
            Response::Answer { body, .. } => Ok(body),
            Response::Failure { status_code, .. } => Err(Trouble::Refused(request_type, ErrorCode(status_code)).into()),
        }
    }

    /// Opens the session; returns the GUID that identifiers are good for.
    ///
    /// # Errors
    /// The server's refusal, or what went wrong on the way.
    pub async fn bind(&mut self) -> Result<Guid, ClientError> {
        let request = BindRequest { flags: 0, state: Some(self.stat) };
        let response: BindResponse = self.call("Bind", request).await?;
        refuse("Bind", response.error_code)?;
        Ok(response.server_guid)
    }

    /// The containers of the address book: how many.
    ///
    /// # Errors
    /// As [`AddressBook::bind`].
    pub async fn special_table(&mut self) -> Result<usize, ClientError> {
        let request = GetSpecialTableRequest { flags: UNICODE_STRINGS, state: Some(self.stat), version: Some(0) };
        let response: GetSpecialTableResponse = self.call("GetSpecialTable", request).await?;
        refuse("GetSpecialTable", response.error_code)?;
        Ok(response.rows.map_or(0, |rows| rows.len()))
    }

    /// The identifier of the one with this distinguished name, if there is one.
    ///
    /// # Errors
    /// As [`AddressBook::bind`].
    pub async fn dn_to_mid(&mut self, legacy_dn: &str) -> Result<Option<MinimalId>, ClientError> {
        let request = DnToMidRequest { reserved: 0, names: Some(vec![legacy_dn.to_owned()]) };
        let response: DnToMidResponse = self.call("DNToMId", request).await?;
        refuse("DNToMId", response.error_code)?;
        let found = response.minimal_ids.unwrap_or_default().first().copied();
        Ok(found.filter(|mid| *mid != MinimalId::MID_UNRESOLVED))
    }

    /// Properties of one object; those that it does not have are left out.
    ///
    /// # Errors
    /// As [`AddressBook::bind`].
    pub async fn properties(
        &mut self,
        mid: MinimalId,
        tags: &[PropertyTag],
    ) -> Result<Vec<AddressBookTaggedValue>, ClientError> {
        let state = Stat { current_rec: mid, ..self.stat };
        let request = GetPropsRequest { flags: 0, state: Some(state), property_tags: Some(tags.to_vec()) };
        let response: GetPropsResponse = self.call("GetProps", request).await?;
        if response.error_code != ErrorCode::ErrorsReturned {
            refuse("GetProps", response.error_code)?;
        }
        let values = response.property_values.unwrap_or_default();
        Ok(values.into_iter().filter(|value| !matches!(value.value, None | Some(Value::Error(_)))).collect())
    }

    /// Everybody in the global address list, in its order.
    ///
    /// # Errors
    /// As [`AddressBook::bind`].
    pub async fn people(&mut self) -> Result<Vec<Entry>, ClientError> {
        let mut people = Vec::new();
        let mut state = Stat { current_rec: MinimalId::MID_BEGINNING_OF_TABLE, ..self.stat };
        while state.current_rec != MinimalId::MID_END_OF_TABLE {
            let request = QueryRowsRequest {
                flags: 0,
                state: Some(state),
                explicit_table: Vec::new(),
                row_count: 50,
                columns: Some(entry_columns()),
            };
            let response: QueryRowsResponse = self.call("QueryRows", request).await?;
            refuse("QueryRows", response.error_code)?;
            let page = entries(response.rows);
            if page.is_empty() {
                break;
            }
            people.extend(page);
            state = response.state.unwrap_or(Stat { current_rec: MinimalId::MID_END_OF_TABLE, ..state });
        }
        Ok(people)
    }

    /// Those whom the names mean without doubt, each at the place of its name.
    ///
    /// # Errors
    /// As [`AddressBook::bind`].
    pub async fn resolve(&mut self, names: &[&str]) -> Result<Vec<Option<Entry>>, ClientError> {
        let request = ResolveNamesRequest {
            reserved: 0,
            state: Some(self.stat),
            property_tags: Some(entry_columns()),
            names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        };
        let response: ResolveNamesResponse = self.call("ResolveNames", request).await?;
        refuse("ResolveNames", response.error_code)?;
        // Only what is resolved has a row.
        let mut rows = entries(response.rows).into_iter();
        let codes = response.minimal_ids.unwrap_or_default();
        Ok(codes.into_iter().map(|code| if code == MinimalId::MID_RESOLVED { rows.next() } else { None }).collect())
    }

    /// Ends the session.
    ///
    /// # Errors
    /// As [`AddressBook::bind`].
    pub async fn unbind(&mut self) -> Result<(), ClientError> {
        let response: UnbindResponse = self.call("Unbind", UnbindRequest { reserved: 0 }).await?;
        match response.error_code {
            ErrorCode::UnbindSuccess => Ok(()),
            code => Err(Trouble::Refused("Unbind", code).into()),
        }
    }
}

fn entry_columns() -> Vec<PropertyTag> {
    vec![PropertyTag::PidTagDisplayName, PropertyTag::PidTagSmtpAddress, PropertyTag::PidTagEmailAddress]
}

fn entries(rows: Option<ColumnsAndRows>) -> Vec<Entry> {
    let text = |cell: Option<&Cell>| match cell {
        Some(Ok(Value::String(text))) => text.clone(),
        _ => String::new(),
    };
    let entry = |row: Vec<Cell>| Entry {
        display_name: text(row.first()),
        address: text(row.get(1)),
        legacy_dn: text(row.get(2)),
    };
    rows.map_or_else(Vec::new, |rows| rows.rows.into_iter().map(entry).collect())
}

fn refuse(what: &'static str, code: ErrorCode) -> Result<(), ClientError> {
    if code == ErrorCode::Success { Ok(()) } else { Err(Trouble::Refused(what, code).into()) }
}
