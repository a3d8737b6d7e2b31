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

use crate::wire::{Bytes, Form, Reader, Wire, WireError, Writer};

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
    ($($name:ident $text:literal $($other:literal)*;)*) => {
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
        }
    };
}

request_types! {
    Bind "Bind";
    Unbind "Unbind";
    CompareMids "CompareMIds" "CompareMinIds";
    DnToMid "DNToMId" "DNToMinId";
    GetMatches "GetMatches";
    GetPropList "GetPropList";
    GetProps "GetProps";
    GetSpecialTable "GetSpecialTable";
    GetTemplateInfo "GetTemplateInfo";
    ModLinkAtt "ModLinkAtt";
    ModProps "ModProps";
    QueryColumns "QueryColumns";
    QueryRows "QueryRows";
    ResolveNames "ResolveNames";
    ResortRestriction "ResortRestriction";
    SeekEntries "SeekEntries";
    UpdateStat "UpdateStat";
    GetMailboxUrl "GetMailboxUrl";
    GetAddressBookUrl "GetAddressBookUrl";
}

/// True if the address book endpoint knows this X-RequestType (PING is the transport's own).
#[must_use]
pub fn is_request_type(text: &str) -> bool {
    RequestType::parse(text).is_some()
}
