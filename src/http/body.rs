//! Bodies: reading a request's within bounds, writing a response's whole or piece by piece.

use super::Deadlines;
use super::io::InUse;
use crate::limits;
use async_io::Timer;
use http_body_util::BodyExt;
use hyper::body::{Body as HyperBody, Bytes, Frame, Incoming, SizeHint};
use smol::future;
use smol::stream::Stream;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Why a request body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Longer than allowed, or announced so.
    TooLarge,
    /// The client took too long.
    Slow,
    /// It broke off, or its chunks are malformed.
    Broken,
}

/// Reads a whole body of `limit` bytes at most. Nothing is reserved for an announced length.
pub(super) async fn read(body: &mut Incoming, limit: usize, deadlines: &Deadlines) -> Result<Vec<u8>, BodyError> {
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(BodyError::TooLarge);
    }
    let all = async {
        // Copied piece by piece: a body of one-byte chunks would otherwise hold a buffer for each.
        let mut bytes = Vec::new();
        while let Some(piece) = next(body, deadlines).await? {
            if bytes.len().saturating_add(piece.len()) > limit {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    future::or(all, too_slow(deadlines.body)).await
}

/// Reads and forgets what comes, so that a client that is still sending gets to read the answer
/// instead of a reset connection.
pub(super) async fn discard(body: &mut Incoming, deadlines: &Deadlines) {
    let all = async {
        let mut read = 0_usize;
        while read < limits::DRAIN_MAX_BYTES {
            match next(body, deadlines).await {
                Ok(Some(piece)) => read = read.saturating_add(piece.len()),
                _ => break,
            }
        }
    };
    let enough = async {
        Timer::after(limits::DRAIN_TIME_MAX).await;
    };
    future::or(all, enough).await;
}

/// The next piece of a body, trailers skipped.
async fn next(body: &mut Incoming, deadlines: &Deadlines) -> Result<Option<Bytes>, BodyError> {
    loop {
        let frame = future::or(
            async { body.frame().await.transpose().map_err(|_| BodyError::Broken) },
            too_slow(deadlines.piece),
        );
        match frame.await? {
            None => return Ok(None),
            Some(frame) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

async fn too_slow<T>(limit: Duration) -> Result<T, BodyError> {
    Timer::after(limit).await;
    Err(BodyError::Slow)
}

/// A response body.
pub struct Body {
    content: Content,
    in_use: Option<InUse>,
}

enum Content {
    Whole(Bytes),
    Pieces(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl Body {
    /// All of it at once, with a Content-Length.
    #[must_use]
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Whole(bytes.into()), in_use: None }
    }

    /// Chunked, each piece sent as soon as it is there.
    #[must_use]
    pub fn pieces(pieces: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self { content: Content::Pieces(Box::pin(pieces)), in_use: None }
    }

    /// Keeps the connection marked as in use until the body is sent or dropped.
    pub(super) fn keep(mut self, in_use: InUse) -> Self {
        self.in_use = Some(in_use);
        self
    }
}

impl HyperBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match &mut self.content {
            Content::Whole(bytes) if bytes.is_empty() => None,
            Content::Whole(bytes) => Some(std::mem::take(bytes)),
            Content::Pieces(pieces) => std::task::ready!(pieces.as_mut().poll_next(cx)),
        };
        if piece.is_none() {
            self.in_use = None;
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.content, Content::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Content::Pieces(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Content::Pieces(_) => f.write_str("Body(pieces)"),
        }
    }
}
