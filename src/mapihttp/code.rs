//! X-ResponseCode. MS-OXCMAPIHTTP 2.2.3.3.3

use crate::session::Refusal;

macro_rules! response_codes {
    ($($number:literal $name:ident $text:literal;)*) => {
        /// What became of a request, from the transport's point of view.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ResponseCode { $(#[doc = $text] $name = $number,)* }

        impl ResponseCode {
            /// The number in the header.
            #[must_use]
            pub fn number(self) -> &'static str {
                match self { $(Self::$name => stringify!($number),)* }
            }

            /// For people who read the diagnostic page.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

response_codes! {
    0 Success "The request was properly formatted and accepted.";
    1 UnknownFailure "The request produced an unknown failure.";
    2 InvalidVerb "The request has an invalid verb.";
    3 InvalidPath "The request has an invalid path.";
    4 InvalidHeader "The request has an invalid header.";
    5 InvalidRequestType "The request has an invalid X-RequestType header.";
    6 InvalidContextCookie "The request has an invalid session context cookie.";
    7 MissingHeader "The request has a missing required header.";
    9 TooLarge "The request is too large.";
    10 ContextNotFound "The Session Context is not found.";
    12 InvalidRequestBody "The request body is invalid.";
    13 MissingCookie "The request is missing a required cookie.";
    15 InvalidSequence "The request has violated the sequencing requirement of one request at a time per Session Context.";
    16 EndpointDisabled "The endpoint is disabled for this mailbox, or for clients outside the home network.";
}

impl ResponseCode {
    /// What to do about it, for the same people.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Success => "",
            Self::UnknownFailure => "The log of the server has the reason.",
            Self::ContextNotFound | Self::MissingCookie | Self::InvalidContextCookie => {
                "Outlook connects anew by itself; if it does not, close it and start it again."
            }
            Self::EndpointDisabled => {
                "Whoever runs the server can change it: mailstead user set ADDRESS --mapi-http, mailstead org set."
            }
            Self::TooLarge => "Something between Outlook and the server may have changed the request.",
            _ => "A program other than Outlook sent it, or a proxy changed it on the way.",
        }
    }
}

impl From<Refusal> for ResponseCode {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::MissingCookie,
            Refusal::Malformed => Self::InvalidContextCookie,
            Refusal::Unknown => Self::ContextNotFound,
            Refusal::Busy => Self::InvalidSequence,
        }
    }
}
