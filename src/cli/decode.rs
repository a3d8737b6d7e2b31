//! `decode`: captured bodies as readable operations, requests and responses alike.
//!
//! A response cannot be read without its request: rows do not say their columns. So a request is
//! given before its response, in one file or two; the rest of what stays unreadable is shown as it is.

use super::args::{Argument, Call, Command, Count};
use super::terminal::say;
use super::{CliError, Outcome};
use crate::client::Columns;
use crate::limits;
use crate::mapi::{Dialect, PropertyTag, read_row};
use crate::mapihttp::message::{
    ConnectRequest, ConnectResponse, ExecuteRequest, ExecuteResponse, FailureResponse, NotificationWaitResponse,
};
use crate::nspi::message::RequestType;
use crate::rop::{
    ExpandRowResponse, FindRowResponse, QueryRowsResponse, RELEASE, Reply, RequestBuffer, RequestFrame, Response,
    ResponseFrame, read_responses, read_some, unpack_payload,
};
use crate::wire::{Reader, Wire, unpack_buffers};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fmt::Debug;
use std::io::Read as _;

pub(super) static DECODE: Command = Command {
    name: "decode",
    arguments: &[Argument {
        name: "FILE",
        count: Count::Several,
        doc: "bodies, or a file of mailstead capture; - is the standard input",
    }],
    flags: &[],
    summary: "show what captured MAPI over HTTP bodies say",
    details: "A body is hex, base64 or bytes, of a request or a response, whole or only its RopBuffer. Give\n\
              a request before its response: rows cannot be read without the columns asked for. Bodies of the\n\
              address book need a line before them that names the request type, as in a capture: > Bind for a\n\
              request, < Bind for a response.",
    run: decode,
};

fn decode(call: &Call) -> Outcome {
    let mut decoder = Decoder::default();
    for name in call.words() {
        let bytes = read(name)?;
        for section in sections(&bytes) {
            say(&section.title);
            if !address_book(&section) {
                decoder.body(&section.body);
            }
        }
    }
    Ok(())
}

fn read(name: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    let failed = |error: std::io::Error| CliError::file(std::path::Path::new(name), &error);
    let limit = limits::CAPTURE_MAX_BYTES.saturating_mul(3);
    match name {
        "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        _ => std::fs::File::open(name).map_err(failed)?.take(limit).read_to_end(&mut bytes),
    }
    .map_err(failed)?;
    Ok(bytes)
}

struct Section {
    title: String,
    body: Vec<u8>,
}

/// A capture has a title line, `>` or `<`, before each body; anything else is one body.
fn sections(bytes: &[u8]) -> Vec<Section> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.lines().any(is_title)) else {
        return vec![Section { title: format!("{} bytes", bytes.len()), body: plain(bytes) }];
    };
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match found.last_mut() {
            _ if is_title(line) => found.push((line.to_owned(), String::new())),
            Some((_, body)) => body.push_str(line),
            None => {}
        }
    }
    found.into_iter().map(|(title, body)| Section { title, body: plain(body.as_bytes()) }).collect()
}

fn is_title(line: &str) -> bool {
    line.starts_with("> ") || line.starts_with("< ")
}

/// Hex, else base64, else what it is.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = dense.strip_prefix("0x").unwrap_or(&dense);
    let nibbles: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(16)).collect();
    if let Some(nibbles) = nibbles.filter(|nibbles| nibbles.len() % 2 == 0) {
        let byte = |pair: &[u32]| u8::try_from(pair.iter().fold(0, |n, digit| n << 4 | digit)).unwrap_or(0);
        return nibbles.chunks(2).map(byte).collect();
    }
    BASE64_STANDARD.decode(&dense).unwrap_or_else(|_| bytes.to_vec())
}

/// A body of the address book endpoint, whose title says the request type. Rows name their columns, so
/// that no request is needed.
fn address_book(section: &Section) -> bool {
    let name = section.title.split_whitespace().nth(1).unwrap_or_default();
    let Some(request_type) = RequestType::parse(name.trim_matches('"')) else { return false };
    let body = inner(&section.body);
    let told = request_type.describe(section.title.starts_with('>'), body);
    let text = told.unwrap_or_else(|_| format!("not read: {}", hex(body)));
    say(&format!("  {}", if body.is_empty() { "nothing" } else { &text }));
    true
}

#[derive(Default)]
struct Decoder {
    columns: Columns,
    /// The batch that the next response answers.
    batch: Option<(Vec<RequestFrame>, Vec<u32>)>,
}

impl Decoder {
    fn body(&mut self, body: &[u8]) {
        let body = inner(body);
        if body.is_empty() {
            return say("  nothing");
        }
        if let Ok(request) = ExecuteRequest::from_bytes(body)
            && unpack_buffers(&request.rop_buffer).is_ok()
        {
            say(&format!("  Execute request: flags {:x}, at most {} bytes back", request.flags, request.max_rop_out));
            return self.buffers(&request.rop_buffer, Some(true));
        }
        if let Ok(response) = ExecuteResponse::from_bytes(body)
            && (response.rop_buffer.is_empty() || unpack_buffers(&response.rop_buffer).is_ok())
        {
            say(&format!("  Execute response: {:?}", response.error_code));
            return self.buffers(&response.rop_buffer, Some(false));
        }
        if unpack_buffers(body).is_ok() {
            return self.buffers(body, None);
        }
        let known = show::<ConnectRequest>(body).filter(|_| body.starts_with(b"/"));
        let known = known
            .or_else(|| show::<ConnectResponse>(body))
            .or_else(|| show::<NotificationWaitResponse>(body))
            .or_else(|| show::<FailureResponse>(body));
        say(&format!("  {}", known.unwrap_or_else(|| format!("not read: {}", hex(body)))));
    }

    /// The payloads of a RopBuffer, of a request or a response if that is known.
    fn buffers(&mut self, buffer: &[u8], is_request: Option<bool>) {
        for payload in unpack_buffers(buffer).unwrap_or_default() {
            // Which logons are public, bytes do not say.
            let read = match RequestBuffer::read(&payload) {
                Err(_) if is_request == Some(true) => RequestBuffer::read_for(&payload, &|_| true),
                read => read,
            };
            match read {
                Ok(batch) if is_request != Some(false) => {
                    let requests: Vec<RequestFrame> = batch.requests.into_iter().map(|(_, frame)| frame).collect();
                    requests.iter().for_each(|frame| say(&format!("  {frame:?}")));
                    say(&format!("  handles {:x?}", batch.handles));
                    self.batch = Some((requests, batch.handles));
                }
                _ => self.responses(&payload),
            }
        }
    }

    fn responses(&mut self, payload: &[u8]) {
        let Ok((list, handles)) = unpack_payload(payload) else {
            return say(&format!("  not read: {}", hex(payload)));
        };
        let whole = self.batch.take().and_then(|(requests, before)| {
            let tags = self.columns.tags(&requests, &before);
            let replies = read_responses(list, &requests, &tags).ok()?;
            self.columns.remember(&requests, &handles);
            let answered = requests.iter().zip(tags).filter(|(request, _)| request.request.id() != RELEASE);
            Some((replies, answered.map(|(_, tags)| tags).collect()))
        });
        let ((replies, tags), rest): ((Vec<Reply>, Vec<Vec<u32>>), _) = match whole {
            Some(whole) => (whole, &[][..]),
            None => {
                let (replies, rest) = read_some(list);
                ((replies, Vec::new()), rest)
            }
        };
        let mut tags = tags.into_iter();
        for reply in replies {
            match reply {
                Reply::Response(frame) => {
                    let columns: Vec<PropertyTag> =
                        tags.next().unwrap_or_default().into_iter().map(PropertyTag).collect();
                    say(&format!("  {frame:?}"));
                    rows(&frame, &columns).iter().for_each(|row| say(&format!("    {row}")));
                }
                other => say(&format!("  {other:?}")),
            }
        }
        if !rest.is_empty() {
            say(&format!("  not read without the request: {}", hex(rest)));
        }
        say(&format!("  handles {handles:x?}"));
    }
}

/// The rows of a response, each property by its name.
fn rows(frame: &ResponseFrame, columns: &[PropertyTag]) -> Vec<String> {
    let (count, data) = match &frame.result {
        Ok(
            Response::QueryRows(QueryRowsResponse { rows, .. }) | Response::ExpandRow(ExpandRowResponse { rows, .. }),
        ) => (rows.count, &rows.data),
        Ok(Response::FindRow(FindRowResponse { row_data: Some(row), .. })) => (1, &row.0),
        Ok(Response::GetPropertiesSpecific(response)) => (1, &response.row_data.0),
        _ => return Vec::new(),
    };
    let mut reader = Reader::new(data);
    let mut shown = Vec::new();
    for _ in 0..count {
        let Ok(cells) = read_row(&mut reader, columns, Dialect::Rop) else { break };
        let named = columns.iter().zip(&cells).map(|(column, cell)| match cell {
            Ok(value) => format!("{column:?}={value:?}"),
            Err(code) => format!("{column:?}:{code:?}"),
        });
        shown.push(named.collect::<Vec<_>>().join(" "));
    }
    shown
}

/// What follows PROCESSING, PENDING, DONE and the additional headers. MS-OXCMAPIHTTP 2.2.2.2
fn inner(body: &[u8]) -> &[u8] {
    if !body.starts_with(b"PROCESSING") {
        return body;
    }
    let end = body.windows(4).position(|window| window == b"\r\n\r\n");
    end.and_then(|end| body.get(end.saturating_add(4)..)).unwrap_or(body)
}

fn show<T: Wire + Debug>(body: &[u8]) -> Option<String> {
    T::from_bytes(body).ok().map(|value| format!("{value:?}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
