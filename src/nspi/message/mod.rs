//! Bodies of the address book endpoint, both directions. MS-OXCMAPIHTTP 2.2.5
//!
//! Each request ends with an auxiliary buffer and each response starts with a StatusCode: these
//! are in [`Request`] and [`Response`], once. Pure: what the fields mean is the business of
//! `nspi::exec`.

mod form;
mod object;
mod session;
mod table;

pub use form::{
    AddressBookTaggedValue, ColumnsAndRows, DnList, EntryIdList, EphemeralEntryId, Filter, List, MidList, MinimalId,
    NameList, Optional, Plain, PropertyNameId, RowLists, SortType, Stat, TagList, ValueList,
};
pub use object::{
    GetPropListRequest, GetPropListResponse, GetPropsRequest, GetPropsResponse, GetTemplateInfoRequest,
    GetTemplateInfoResponse, ModLinkAttRequest, ModLinkAttResponse, ModPropsRequest, ModPropsResponse,
    QueryColumnsRequest, QueryColumnsResponse,
};
pub use session::{
    BindRequest, BindResponse, DnToMidRequest, DnToMidResponse, GetAddressBookUrlRequest, GetAddressBookUrlResponse,
    GetMailboxUrlRequest, GetMailboxUrlResponse, ResolveNamesRequest, ResolveNamesResponse, UnbindRequest,
    UnbindResponse,
};
pub use table::{
    CompareMidsRequest, CompareMidsResponse, GetMatchesRequest, GetMatchesResponse, GetSpecialTableRequest,
    GetSpecialTableResponse, QueryRowsRequest, QueryRowsResponse, ResortRestrictionRequest, ResortRestrictionResponse,
    SeekEntriesRequest, SeekEntriesResponse, UpdateStatRequest, UpdateStatResponse,
};

use crate::mapi::ErrorCode;
use crate::wire::{Bytes, Form, Reader, Wire, WireError, Writer};
use std::fmt;

/// A request body with its tail. MS-OXCMAPIHTTP 2.2.5.n.1
#[derive(Debug, Clone, PartialEq)]
pub struct Request<T> {
    /// The fields of the request type.
    pub body: T,
    /// AuxiliaryBuffer after its size: data for the server's own statistics, not looked at.
    pub auxiliary_buffer: Vec<u8>,
}

impl<T: Wire> Wire for Request<T> {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self { body: T::read(r)?, auxiliary_buffer: Bytes::<u32>::read(r)? })
    }
    fn write(&self, w: &mut Writer) {
        self.body.write(w);
        Bytes::<u32>::write(&self.auxiliary_buffer, w);
    }
}

/// A response body with its head and tail. MS-OXCMAPIHTTP 2.2.5.n.2 and 2.2.5.n.3
#[derive(Debug, Clone, PartialEq)]
pub enum Response<T> {
    /// StatusCode 0: the call was made, and its own ErrorCode is among the fields.
    Answer {
        /// The fields of the request type.
        body: T,
        /// AuxiliaryBuffer after its size.
        auxiliary_buffer: Vec<u8>,
    },
    /// Another StatusCode: no field follows but the auxiliary buffer.
    Failure {
        /// Not zero.
        status_code: u32,
        /// AuxiliaryBuffer after its size.
        auxiliary_buffer: Vec<u8>,
    },
}

impl<T: Wire> Wire for Response<T> {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match u32::read(r)? {
            0 => Self::Answer { body: T::read(r)?, auxiliary_buffer: Bytes::<u32>::read(r)? },
            status_code => Self::Failure { status_code, auxiliary_buffer: Bytes::<u32>::read(r)? },
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Answer { body, auxiliary_buffer } => {
                0_u32.write(w);
                body.write(w);
                Bytes::<u32>::write(auxiliary_buffer, w);
            }
            Self::Failure { status_code, auxiliary_buffer } => {
                status_code.write(w);
                Bytes::<u32>::write(auxiliary_buffer, w);
            }
        }
    }
}

macro_rules! request_types {
    ($($name:ident $request:ident $response:ident $text:literal $($other:literal)*;)*) => {
        /// The request types of the address book endpoint. MS-OXCMAPIHTTP 2.2.3.3.1
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, clippy::allow_attributes, reason = "the specification's own names")]
        pub enum RequestType { $($name),* }

        impl RequestType {
            /// Every request type with its name in the X-RequestType header.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text)),*];

            /// From an X-RequestType header. Upper and lower case are the same: the
            /// specification itself spells some names in two ways.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                $(if [$text $(, $other)*].iter().any(|name| name.eq_ignore_ascii_case(text)) {
                    return Some(Self::$name);
                })*
                None
            }

            fn read(self, is_request: bool, r: &mut Reader<'_>) -> Result<Box<dyn fmt::Debug>, WireError> {
                match (self, is_request) {
                    $((Self::$name, true) => boxed::<$request>(r),
                    (Self::$name, false) => boxed::<$response>(r),)*
                }
            }
        }
    };
}

fn boxed<T: Wire + fmt::Debug + 'static>(r: &mut Reader<'_>) -> Result<Box<dyn fmt::Debug>, WireError> {
    Ok(Box::new(T::read(r)?))
}

impl RequestType {
    /// What a whole body of this type says, for people.
    ///
    /// # Errors
    /// It is no such body.
    pub fn describe(self, is_request: bool, body: &[u8]) -> Result<String, WireError> {
        let mut r = Reader::new(body);
        let status = if is_request { 0 } else { u32::read(&mut r)? };
        let text = match status {
            0 => format!("{:?}", self.read(is_request, &mut r)?),
            _ => format!("StatusCode {:?}", ErrorCode(status)),
        };
        Bytes::<u32>::read(&mut r)?;
        r.finish("body")?;
        Ok(text)
    }
}

request_types! {
    Bind BindRequest BindResponse "Bind";
    Unbind UnbindRequest UnbindResponse "Unbind";
    CompareMids CompareMidsRequest CompareMidsResponse "CompareMIds" "CompareMinIds";
    DnToMid DnToMidRequest DnToMidResponse "DNToMId" "DNToMinId";
    GetMatches GetMatchesRequest GetMatchesResponse "GetMatches";
    GetPropList GetPropListRequest GetPropListResponse "GetPropList";
    GetProps GetPropsRequest GetPropsResponse "GetProps";
    GetSpecialTable GetSpecialTableRequest GetSpecialTableResponse "GetSpecialTable";
    GetTemplateInfo GetTemplateInfoRequest GetTemplateInfoResponse "GetTemplateInfo";
    ModLinkAtt ModLinkAttRequest ModLinkAttResponse "ModLinkAtt";
    ModProps ModPropsRequest ModPropsResponse "ModProps";
    QueryColumns QueryColumnsRequest QueryColumnsResponse "QueryColumns";
    QueryRows QueryRowsRequest QueryRowsResponse "QueryRows";
    ResolveNames ResolveNamesRequest ResolveNamesResponse "ResolveNames";
    ResortRestriction ResortRestrictionRequest ResortRestrictionResponse "ResortRestriction";
    SeekEntries SeekEntriesRequest SeekEntriesResponse "SeekEntries";
    UpdateStat UpdateStatRequest UpdateStatResponse "UpdateStat";
    GetMailboxUrl GetMailboxUrlRequest GetMailboxUrlResponse "GetMailboxUrl";
    GetAddressBookUrl GetAddressBookUrlRequest GetAddressBookUrlResponse "GetAddressBookUrl";
}

/// True if the address book endpoint knows this X-RequestType (PING is the transport's own).
#[must_use]
pub fn is_request_type(text: &str) -> bool {
    RequestType::parse(text).is_some()
}
