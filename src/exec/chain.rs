//! Response packing: after the last operation of a batch, more of the same in further payloads, as
//! if the client had asked again. MS-OXCRPC 3.1.4.2.1.2, mapihttp.md §5

use super::Caller;
use crate::outlook;
use crate::rop::{
    BufferSize, ByteCount, FastTransferSourceGetBufferRequest, FastTransferSourceGetBufferResponse, QueryRowsRequest,
    QueryRowsResponse, ReadStreamRequest, ReadStreamResponse, Request, RequestFrame, Response, ResponseFrame, origin,
};

/// Flags of Execute: the client takes packed responses. MS-OXCMAPIHTTP 2.2.4.2.1
pub(super) const CHAIN: u32 = 0x04;

/// Bytes that must be left before another payload is tried. MS-OXCRPC 3.1.4.2.1.2.1 to .3
const QUERY_ROWS_ROOM_MIN: usize = 0x8000;
const READ_STREAM_ROOM_MIN: usize = 0x2000;
const GET_BUFFER_ROOM_MIN: usize = 0x2000;

/// May this client get packed responses? Some releases lose data with them. A client that does not
/// say what it is gets what it asks for.
pub(super) fn allowed(caller: &Caller) -> bool {
    outlook::release_of(caller.client_version).chains
}

/// The request once more, if it is one that further payloads can continue. Others need not be kept for
/// it: a copy of any request would be ten times the code.
pub(super) fn again(request: &RequestFrame) -> Option<RequestFrame> {
    let body = match &request.request {
        Request::QueryRows(asked) => Request::QueryRows(asked.clone()),
        Request::ReadStream(asked) => Request::ReadStream(asked.clone()),
        Request::FastTransferSourceGetBuffer(asked) => Request::FastTransferSourceGetBuffer(asked.clone()),
        _ => return None,
    };
    Some(RequestFrame { request: body, ..*request })
}

/// What the client would ask for next, and the room it takes; `None`: it has all it asked for.
pub(super) fn next(request: &RequestFrame, response: &ResponseFrame) -> Option<(RequestFrame, usize)> {
    let (body, room) = match (&request.request, response.result.as_ref().ok()?) {
        (Request::QueryRows(asked), Response::QueryRows(got)) => (query_rows(asked, got)?, QUERY_ROWS_ROOM_MIN),
        (Request::ReadStream(asked), Response::ReadStream(got)) => (read_stream(asked, got)?, READ_STREAM_ROOM_MIN),
        (Request::FastTransferSourceGetBuffer(asked), Response::FastTransferSourceGetBuffer(got)) => {
            (get_buffer(asked, got)?, GET_BUFFER_ROOM_MIN)
        }
        _ => return None,
    };
    Some((RequestFrame { request: body, ..*request }, room))
}

fn query_rows(asked: &QueryRowsRequest, got: &QueryRowsResponse) -> Option<Request> {
    // NoAdvance would give the same rows again; EnablePackedBuffers packs by itself.
    let end = if asked.forward_read { origin::END } else { origin::BEGINNING };
    if asked.query_rows_flags != 0 || got.rows.count == 0 || got.origin == end {
        return None;
    }
    let row_count = asked.row_count.checked_sub(got.rows.count).filter(|left| *left > 0)?;
    Some(Request::QueryRows(QueryRowsRequest { row_count, ..asked.clone() }))
}

fn read_stream(asked: &ReadStreamRequest, got: &ReadStreamResponse) -> Option<Request> {
    let read = u32::try_from(got.data.len()).ok().filter(|read| *read > 0)?;
    let left = asked.byte_count.wanted().checked_sub(read).filter(|left| *left > 0)?;
    let byte_count = match asked.byte_count {
        ByteCount::Exact(_) => ByteCount::Exact(u16::try_from(left).ok()?),
        ByteCount::Maximum(_) => ByteCount::Maximum(left),
    };
    Some(Request::ReadStream(ReadStreamRequest { byte_count }))
}

/// Whoever leaves the size to the server gets buffers until the end.
fn get_buffer(
    asked: &FastTransferSourceGetBufferRequest,
    got: &FastTransferSourceGetBufferResponse,
) -> Option<Request> {
    const DONE: u16 = 3;
    let open_ended = matches!(asked.buffer_size, BufferSize::Maximum(_));
    (open_ended && got.transfer_status != DONE).then(|| Request::FastTransferSourceGetBuffer(asked.clone()))
}

/// True for a further payload that has something in it: an error or an end is left for the client
/// to find by asking.
pub(super) fn is_worth_sending(response: &ResponseFrame) -> bool {
    match &response.result {
        Ok(Response::QueryRows(got)) => got.rows.count > 0,
        Ok(Response::ReadStream(got)) => !got.data.is_empty(),
        // What was taken out of the stream has to be sent.
        Ok(Response::FastTransferSourceGetBuffer(_)) => true,
        _ => false,
    }
}
