//! Watches the bytes of a connection for peers that dawdle.
//!
//! hyper knows one deadline for a request's header; it would have to serve for idle connections
//! too, and there is none for a peer that does not read. So: idle connections end after
//! `KEEP_ALIVE_IDLE`, a header must be complete `HEAD_TIME_MAX` after its first byte, and a stalled
//! write ends the connection after `WRITE_STALL_MAX`. Request bodies have their own deadlines in
//! `body.rs`. While a request is being answered nothing is demanded of the reader's side.

use super::Deadlines;
use async_io::Timer;
use smol::io::{AsyncRead, AsyncWrite};
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How many requests a connection has under way, and how many it has begun.
#[derive(Debug, Default)]
pub(super) struct Activity {
    under_way: AtomicUsize,
    begun: AtomicUsize,
    /// Whoever found nothing to read while a request was under way: hyper does not look again by
    /// itself when that ends, and the idle time could not begin.
    reader: Mutex<Option<Waker>>,
}

impl Activity {
    /// Counts a request until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InUse {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        InUse(Arc::clone(self))
    }
}

/// One request under way.
#[derive(Debug)]
pub(super) struct InUse(Arc<Activity>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

/// A connection with deadlines.
#[derive(Debug)]
pub(super) struct Watched<S> {
    inner: S,
    activity: Arc<Activity>,
    deadlines: Deadlines,
    /// `Activity::begun` when last looked at: a change means that a header was complete.
    begun_seen: usize,
    in_head: bool,
    read_deadline: Option<Timer>,
    write_deadline: Option<Timer>,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, activity: Arc<Activity>, deadlines: Deadlines) -> Self {
        Self { inner, activity, deadlines, begun_seen: 0, in_head: false, read_deadline: None, write_deadline: None }
    }

    /// Notices what happened since the last look.
    fn look(&mut self) {
        let begun = self.activity.begun.load(Ordering::SeqCst);
        if begun != self.begun_seen {
            self.begun_seen = begun;
            self.in_head = false;
            self.read_deadline = None;
        }
    }

    fn is_in_use(&self) -> bool {
        self.activity.under_way.load(Ordering::SeqCst) > 0
    }

    fn poll_read_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if self.is_in_use() {
            self.read_deadline = None;
            *self.activity.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
            // It may have ended in between, before there was anybody to wake.
            if self.is_in_use() {
                return Poll::Pending;
            }
        }
        let limit = if self.in_head { self.deadlines.head } else { self.deadlines.idle };
        poll_deadline(&mut self.read_deadline, limit, cx)
    }

    /// Passes on what a write said, minding how long writes have been stuck.
    fn mind_write<T>(&mut self, written: Poll<Result<T>>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        if written.is_ready() {
            self.write_deadline = None;
            return written;
        }
        poll_deadline(&mut self.write_deadline, self.deadlines.write, cx).map(Err)
    }
}

fn poll_deadline(deadline: &mut Option<Timer>, limit: Duration, cx: &mut Context<'_>) -> Poll<Error> {
    let timer = deadline.get_or_insert_with(|| Timer::after(limit));
    Pin::new(timer).poll(cx).map(|_| Error::from(ErrorKind::TimedOut))
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Result<usize>> {
        self.look();
        match Pin::new(&mut self.inner).poll_read(cx, buffer) {
            Poll::Ready(Ok(len)) => {
                if len > 0 && !self.in_head && !self.is_in_use() {
                    self.in_head = true;
                    self.read_deadline = None;
                }
                Poll::Ready(Ok(len))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_read_deadline(cx).map(Err),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.mind_write(written, cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, all: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, all);
        self.mind_write(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.mind_write(flushed, cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let closed = Pin::new(&mut self.inner).poll_close(cx);
        self.mind_write(closed, cx)
    }
}
