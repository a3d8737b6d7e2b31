//! Reading a response off a connection. RFC 9112

use super::{Head, Stream};
use crate::client::error::{ClientError, Trouble};
use crate::client::url::Origin;
use crate::limits;
use async_io::Timer;
use smol::future;
use smol::io::AsyncReadExt as _;
use std::io;
use std::time::Duration;

/// A connection and what of the response is still to come.
pub(super) struct Line {
    pub(super) origin: Origin,
    pub(super) stream: Box<dyn Stream>,
    pub(super) buffer: Vec<u8>,
    pub(super) rest: Rest,
    /// Says that the server hangs up after this response.
    pub(super) closes: bool,
}

/// What of a body is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    Bytes(usize),
    Chunks,
    UntilEnd,
}

/// `work`, unless it takes too long.
pub(super) async fn within<T>(
    patience: Duration,
    what: &'static str,
    work: impl Future<Output = T>,
) -> Result<T, ClientError> {
    future::or(async { Ok(work.await) }, async {
        Timer::after(patience).await;
        Err(Trouble::Timeout(what).into())
    })
    .await
}

pub(super) fn broken(kind: io::ErrorKind) -> ClientError {
    Trouble::Broken(kind.into()).into()
}

fn unreadable(how: &str) -> ClientError {
    Trouble::Malformed("HTTP", how.to_owned()).into()
}

impl Line {
    /// More bytes; false at the end of the connection.
    async fn fill(&mut self, patience: Duration) -> Result<bool, ClientError> {
        let mut bytes = vec![0; 16 << 10];
        let read = within(patience, "response", self.stream.read(&mut bytes)).await?;
        let len = match read {
            Ok(len) => len,
            // rustls wants a goodbye, which servers forget.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(Trouble::Broken(error).into()),
        };
        self.buffer.extend_from_slice(bytes.get(..len).unwrap_or_default());
        Ok(len > 0)
    }

    /// The next line without its end; `None` where the connection ends before it begins.
    async fn text(&mut self, patience: Duration) -> Result<Option<String>, ClientError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                return Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()));
            }
            if self.buffer.len() > limits::HEAD_MAX_BYTES {
                return Err(unreadable("a line without end"));
            }
            if !self.fill(patience).await? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(broken(io::ErrorKind::UnexpectedEof)) };
            }
        }
    }

    pub(super) async fn head(&mut self, patience: Duration, method: &str) -> Result<Option<Head>, ClientError> {
        loop {
            let Some(status) = self.text(patience).await? else { return Ok(None) };
            let number = status.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
            let status = number.and_then(|number| number.parse().ok()).ok_or_else(|| unreadable(&status))?;
            let mut head = Head { status, fields: Vec::new() };
            loop {
                let line = self.text(patience).await?.ok_or_else(|| broken(io::ErrorKind::UnexpectedEof))?;
                if line.is_empty() {
                    break;
                }
                let (name, value) = line.split_once(':').ok_or_else(|| unreadable(&line))?;
                head.fields.push((name.to_owned(), value.trim().to_owned()));
                if head.fields.len() > limits::CLIENT_FIELDS_MAX {
                    return Err(unreadable("more fields than any response has"));
                }
            }
            if status >= 200 {
                self.rest = rest(&head, method)?;
                self.closes = self.rest == Rest::UntilEnd
                    || head.field("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
                return Ok(Some(head));
            }
        }
    }

    pub(super) async fn piece(&mut self, patience: Duration) -> Result<Option<Vec<u8>>, ClientError> {
        match self.rest {
            Rest::Nothing => Ok(None),
            Rest::Chunks => {
                let line = self.text(patience).await?.ok_or_else(|| broken(io::ErrorKind::UnexpectedEof))?;
                let size = line.split(';').next().unwrap_or_default().trim();
                let size = usize::from_str_radix(size, 16).map_err(|_| unreadable("chunk size"))?;
                if size > limits::CLIENT_BODY_MAX_BYTES {
                    return Err(unreadable("chunk size"));
                }
                let chunk = self.exactly(size, patience).await?;
                // The line end after a chunk; after the last, trailers and an empty line.
                while self.text(patience).await?.is_some_and(|line| !line.is_empty()) {}
                if size == 0 {
                    self.rest = Rest::Nothing;
                }
                Ok((size > 0).then_some(chunk))
            }
            Rest::Bytes(left) => {
                if self.buffer.is_empty() && !self.fill(patience).await? {
                    return Err(broken(io::ErrorKind::UnexpectedEof));
                }
                let piece: Vec<u8> = self.buffer.drain(..left.min(self.buffer.len())).collect();
                let left = left.saturating_sub(piece.len());
                self.rest = if left == 0 { Rest::Nothing } else { Rest::Bytes(left) };
                Ok(Some(piece))
            }
            Rest::UntilEnd => {
                if self.buffer.is_empty() && !self.fill(patience).await? {
                    self.rest = Rest::Nothing;
                    return Ok(None);
                }
                Ok(Some(std::mem::take(&mut self.buffer)))
            }
        }
    }

    async fn exactly(&mut self, len: usize, patience: Duration) -> Result<Vec<u8>, ClientError> {
        while self.buffer.len() < len {
            if !self.fill(patience).await? {
                return Err(broken(io::ErrorKind::UnexpectedEof));
            }
        }
        Ok(self.buffer.drain(..len).collect())
    }
}

/// How long the body is. RFC 9112 6.3
fn rest(head: &Head, method: &str) -> Result<Rest, ClientError> {
    if method == "HEAD" || matches!(head.status, 204 | 304) {
        return Ok(Rest::Nothing);
    }
    if head.field("Transfer-Encoding").is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked")) {
        return Ok(Rest::Chunks);
    }
    match head.field("Content-Length").map(str::parse) {
        None => Ok(Rest::UntilEnd),
        Some(Ok(0)) => Ok(Rest::Nothing),
        Some(Ok(len)) if len <= limits::CLIENT_BODY_MAX_BYTES => Ok(Rest::Bytes(len)),
        Some(_) => Err(unreadable("Content-Length")),
    }
}
