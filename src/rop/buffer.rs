//! A batch: requests or responses with their table of handles. MS-OXCROPS 2.2.1.

use super::{
    ASYNCHRONOUS, BACKOFF, BUFFER_TOO_SMALL, BackoffResponse, BufferTooSmallResponse, LogonRedirect, NOTIFY,
    NotifyResponse, PENDING, PROGRESS, PendingResponse, RELEASE, Request, Response, Shape, failure_len, logon_flags,
    response_id, shape,
};
use crate::mapi::ErrorCode;
use crate::wire::{Reader, Wire, WireError, Writer};

/// Handle indexes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Handles {
    /// InputHandleIndex or SourceHandleIndex.
    pub input: u8,
    /// OutputHandleIndex, DestHandleIndex or ResponseHandleIndex.
    pub other: u8,
}

/// A request with its header.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestFrame {
    /// Which logon it is for.
    pub logon_id: u8,
    /// Indexes into the batch's handle table.
    pub handles: Handles,
    /// The operation.
    pub request: Request,
}

impl RequestFrame {
    /// The index that the response echoes.
    #[must_use]
    pub fn response_index(&self) -> u8 {
        match shape(self.request.id()) {
            Some(Shape::Act | Shape::Copy) => self.handles.input,
            _ => self.handles.other,
        }
    }

    /// The index at which a new object's handle goes; `None` if the operation makes none.
    #[must_use]
    pub fn output_index(&self) -> Option<u8> {
        matches!(shape(self.request.id()), Some(Shape::Open | Shape::Logon)).then_some(self.handles.other)
    }

    /// True for operations with a SourceHandleIndex and a DestHandleIndex.
    #[must_use]
    pub fn has_destination(&self) -> bool {
        shape(self.request.id()) == Some(Shape::Copy)
    }
}

impl Wire for RequestFrame {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let id = u8::read(r)?;
        let shape = shape(id).ok_or_else(|| r.invalid("RopId"))?;
        let logon_id = u8::read(r)?;
        let first = u8::read(r)?;
        let handles = match shape {
            Shape::Act => Handles { input: first, other: 0 },
            Shape::Open | Shape::Copy => Handles { input: first, other: u8::read(r)? },
            Shape::Save => Handles { other: first, input: u8::read(r)? },
            Shape::Logon => Handles { input: 0, other: first },
        };
        Ok(Self { logon_id, handles, request: Request::read_body(id, r)? })
    }
    fn write(&self, w: &mut Writer) {
        let id = self.request.id();
        id.write(w);
        self.logon_id.write(w);
        let Handles { input, other } = self.handles;
        match shape(id) {
            Some(Shape::Open | Shape::Copy) => w.raw(&[input, other]),
            Some(Shape::Save) => w.raw(&[other, input]),
            Some(Shape::Logon) => other.write(w),
            Some(Shape::Act) | None => input.write(w),
        }
        self.request.write_body(w);
    }
}

/// Splits a payload into RopsList and ServerObjectHandleTable. MS-OXCROPS 2.2.1
pub fn unpack_payload(payload: &[u8]) -> Result<(&[u8], Vec<u32>), WireError> {
    let mut r = Reader::new(payload);
    let size = usize::from(u16::read(&mut r)?);
    let rops = r.take(size.checked_sub(2).ok_or_else(|| r.invalid("RopSize"))?, "RopsList")?;
    let table = r.rest();
    let handles = table.chunks_exact(4);
    if !handles.remainder().is_empty() {
        return Err(r.invalid("ServerObjectHandleTable"));
    }
    let handles = handles.map(|bytes| bytes.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b))).collect();
    Ok((rops, handles))
}

/// Requests in order, each with the bytes from it to the end of the list (what
/// RopBufferTooSmall gives back), and the handle table.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestBuffer {
    /// Request and its offset in the list.
    pub requests: Vec<(usize, RequestFrame)>,
    /// ServerObjectHandleTable.
    pub handles: Vec<u32>,
}

impl RequestBuffer {
    /// Reads a whole payload of private logons: every request must be known and complete.
    pub fn read(payload: &[u8]) -> Result<Self, WireError> {
        Self::read_for(payload, &|_| false)
    }

    /// The same of a session that knows which of its logons are public; those of the payload itself count.
    pub fn read_for(payload: &[u8], is_public: &dyn Fn(u8) -> bool) -> Result<Self, WireError> {
        let (rops, handles) = unpack_payload(payload)?;
        let mut r = Reader::new(rops);
        let mut requests = Vec::new();
        let mut logons: Vec<(u8, bool)> = Vec::new();
        while !r.is_empty() {
            let at = r.position();
            let logon_id = r.remaining().get(1).copied().unwrap_or(0);
            let made = logons.iter().rev().find(|(id, _)| *id == logon_id).map(|(_, public)| *public);
            r.set_public(made.unwrap_or_else(|| is_public(logon_id)));
            let frame = RequestFrame::read(&mut r)?;
            if let Request::Logon(rq) = &frame.request {
                logons.push((logon_id, rq.logon_flags & logon_flags::PRIVATE == 0));
            }
            requests.push((at, frame));
        }
        Ok(Self { requests, handles })
    }

    /// A payload of requests.
    #[must_use]
    pub fn pack(requests: &[RequestFrame], handles: &[u32]) -> Vec<u8> {
        let mut w = Writer::new();
        let mark = w.mark();
        0_u16.write(&mut w);
        requests.iter().for_each(|request| request.write(&mut w));
        let size = u16::try_from(w.len()).unwrap_or(u16::MAX);
        w.patch(mark, &size.to_le_bytes());
        handles.iter().for_each(|handle| handle.write(&mut w));
        w.into_bytes()
    }
}

/// Why an operation failed, and what its response carries beside the code.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// ReturnValue.
    pub code: ErrorCode,
    /// DestHandleIndex, with NullDestinationObject only. MS-OXCROPS 2.2.4.6.3 and the five others
    pub dest_handle_index: Option<u32>,
    /// ecWrongServer of RopLogon only.
    pub redirect: Option<LogonRedirect>,
    /// PartialCompletion, where the operation has it.
    pub partial: bool,
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self { code, dest_handle_index: None, redirect: None, partial: false }
    }
}

/// A response with its header.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseFrame {
    /// RopId of the request, or of the operation that answers instead of it.
    pub id: u8,
    /// The handle index that is echoed.
    pub index: u8,
    /// ReturnValue when it is no failure: 0 or a warning.
    pub warning: ErrorCode,
    /// What came of it.
    pub result: Result<Response, Failure>,
}

impl ResponseFrame {
    /// Appends the response.
    pub fn write(&self, w: &mut Writer) {
        if self.id == RELEASE {
            return;
        }
        response_id(self.id).write(w);
        self.index.write(w);
        match &self.result {
            Ok(response) => {
                self.warning.write(w);
                response.write_body(w);
            }
            Err(failure) => {
                failure.code.write(w);
                failure.dest_handle_index.iter().for_each(|index| index.write(w));
                failure.redirect.iter().for_each(|redirect| redirect.write(w));
                let mut tail = vec![0; failure_len(self.id)];
                if let ([byte], true) = (tail.as_mut_slice(), failure.partial) {
                    *byte = 1;
                }
                w.raw(&tail);
            }
        }
    }

    /// Takes the response to a request with this RopId, as a client does: RopProgress may answer what
    /// takes long, and is answered in the end by that.
    pub fn read(request_id: u8, has_destination: bool, r: &mut Reader<'_>) -> Result<Self, WireError> {
        let found = u8::read(r)?;
        let request_id = match found {
            _ if found == response_id(request_id) => request_id,
            PROGRESS if ASYNCHRONOUS.contains(&request_id) => found,
            _ if request_id == PROGRESS && ASYNCHRONOUS.contains(&found) => found,
            _ => return Err(r.invalid("RopId")),
        };
        let index = u8::read(r)?;
        let code = ErrorCode::read(r)?;
        // The one warning without a body. MS-OXCFXICS 2.2.3.2.4.4.2
        if code.is_success() && code != ErrorCode::NewerClientChange {
            let response = Response::read_body(request_id, r)?;
            return Ok(Self { id: request_id, index, warning: code, result: Ok(response) });
        }
        let mut failure = Failure::from(code);
        if has_destination && code == ErrorCode::NullDestinationObject {
            failure.dest_handle_index = Some(u32::read(r)?);
        }
        if code == ErrorCode::WrongServer && request_id == 0xFE {
            failure.redirect = Some(LogonRedirect::read(r)?);
        }
        let tail = r.take(failure_len(request_id), "failure response")?;
        failure.partial = matches!(tail, [n] if *n != 0);
        Ok(Self { id: request_id, index, warning: ErrorCode::Success, result: Err(failure) })
    }
}

/// One item of a response list.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The answer to a request.
    Response(ResponseFrame),
    /// An event.
    Notify(NotifyResponse),
    /// More events wait.
    Pending(PendingResponse),
    /// The server asks for patience.
    Backoff(BackoffResponse),
    /// The answers from here on did not fit.
    BufferTooSmall(BufferTooSmallResponse),
}

/// Reads the responses to `requests`, as a client does. `tags` are the columns of rows for each
/// request: what it asked for, or what its table was told.
pub fn read_responses(rops: &[u8], requests: &[RequestFrame], tags: &[Vec<u32>]) -> Result<Vec<Reply>, WireError> {
    let mut r = Reader::new(rops);
    let mut replies = Vec::new();
    let mut expected = requests.iter().zip(tags).filter(|(request, _)| request.request.id() != RELEASE);
    while let Some(id) = r.remaining().first().copied() {
        if let Some(reply) = unasked(id, &mut r)? {
            replies.push(reply);
            continue;
        }
        let (request, tags) = expected.next().ok_or_else(|| r.invalid("RopId"))?;
        r.set_tags(tags);
        let frame = ResponseFrame::read(request.request.id(), request.has_destination(), &mut r)?;
        replies.push(Reply::Response(frame));
    }
    Ok(replies)
}

/// An item that answers no request.
fn unasked(id: u8, r: &mut Reader<'_>) -> Result<Option<Reply>, WireError> {
    if ![NOTIFY, PENDING, BACKOFF, BUFFER_TOO_SMALL].contains(&id) {
        return Ok(None);
    }
    r.take(1, "RopId")?;
    Ok(Some(match id {
        NOTIFY => Reply::Notify(NotifyResponse::read(r)?),
        PENDING => Reply::Pending(PendingResponse::read(r)?),
        BACKOFF => Reply::Backoff(BackoffResponse::read(r)?),
        _ => Reply::BufferTooSmall(BufferTooSmallResponse::read(r)?),
    }))
}

fn has_rows(reply: &Reply) -> bool {
    let Reply::Response(ResponseFrame { result: Ok(response), .. }) = reply else { return false };
    matches!(
        response,
        Response::GetPropertiesSpecific(_) | Response::QueryRows(_) | Response::FindRow(_) | Response::ExpandRow(_)
    )
}

/// Reads as much of a response list as can be read without its requests, for people: the items and
/// the bytes from the first that needs more. An answer to GetMessageStatus is taken for one to
/// SetMessageStatus, whose number it has.
#[must_use]
pub fn read_some(rops: &[u8]) -> (Vec<Reply>, &[u8]) {
    let mut r = Reader::new(rops);
    let mut replies = Vec::new();
    loop {
        let rest = r.remaining();
        let Some(id) = rest.first().copied() else { return (replies, rest) };
        let item = unasked(id, &mut r).and_then(|item| match item {
            Some(item) => Ok(item),
            None => ResponseFrame::read(id, shape(id) == Some(Shape::Copy), &mut r).map(Reply::Response),
        });
        match item {
            Ok(item) if !has_rows(&item) => replies.push(item),
            _ => return (replies, rest),
        }
    }
}
