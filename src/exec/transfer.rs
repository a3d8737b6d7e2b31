//! Bulk transfer: the download side of FastTransfer contexts. MS-OXCFXICS 3.2.5.8
//!
//! A context is data: what is to be sent, how far it is, and the part of the stream that is made and
//! not yet given out. What is kept in memory of a stream is one message without its large values;
//! those are read from the store when their turn comes.

mod content;
mod copy;
pub(in crate::exec) mod destination;

pub(super) use content::{Content, Filter, Strings, send_options};
pub(super) use copy::{
    fast_transfer_source_copy_folder, fast_transfer_source_copy_messages, fast_transfer_source_copy_properties,
    fast_transfer_source_copy_to, folder_properties,
};
pub(super) use destination::{
    fast_transfer_destination_configure, fast_transfer_destination_put_buffer,
    fast_transfer_destination_put_buffer_extended,
};

use super::object::Object;
use super::sync::{Collector, ContentsSync, HierarchySync};
use super::{Context, Fault, Result, log_store};
use crate::mapi::ErrorCode;
use crate::rop::{BufferSize, FastTransferSourceGetBufferRequest, FastTransferSourceGetBufferResponse, Handles};
use crate::store::{BlobRef, MailboxIds, StoreError};
use crate::transfer::Outgoing;
use copy::{FolderCopy, MessageCopy};
use destination::Destination;
use serde::{Deserialize, Serialize};

/// Any context of a bulk transfer or synchronisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Transfer {
    /// Download.
    Source(Source),
    /// Synchronisation upload.
    Collector(Collector),
    /// FastTransfer upload.
    Destination(Destination),
}

/// A download context.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(super) job: Job,
    pub(super) strings: Strings,
    pub(super) out: Outgoing,
    /// Large values of `out`, by number.
    pub(super) blobs: Vec<BlobRef>,
    /// Errors stick.
    failed: Option<ErrorCode>,
    /// Progress: steps done, and in all.
    pub(super) done: u16,
    pub(super) total: u16,
}

/// What a download has still to send.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Everything is in the stream already.
    #[default]
    Nothing,
    Contents(Box<ContentsSync>),
    Hierarchy(Box<HierarchySync>),
    Messages(MessageCopy),
    Folder(FolderCopy),
}

impl Transfer {
    /// The folder whose content it is about.
    pub(super) fn folder(&self) -> Option<u64> {
        match self {
            Self::Collector(collector) => Some(collector.folder()),
            Self::Source(Source { job: Job::Contents(sync), .. }) => Some(sync.folder()),
            Self::Source(Source { job: Job::Folder(copy), .. }) => copy.folder(),
            Self::Source(Source { job: Job::Messages(copy), .. }) => Some(copy.folder),
            Self::Source(_) | Self::Destination(_) => None,
        }
    }

    /// Does it send messages of a folder?
    pub(super) fn reads_messages(&self) -> bool {
        matches!(self, Self::Source(Source { job: Job::Contents(_) | Job::Folder(_) | Job::Messages(_), .. }))
    }
}

impl Source {
    pub(super) fn new(job: Job, strings: Strings) -> Self {
        Self { job, strings, ..Self::default() }
    }

    /// Where the stream's properties are put.
    pub(super) fn content<'a>(&'a mut self, cx: &'a Context<'_, '_>, ids: MailboxIds) -> Content<'a> {
        Content { out: &mut self.out, blobs: &mut self.blobs, txn: &*cx.txn, ids, strings: self.strings }
    }

    /// Makes more of the stream; `Ok(false)`: there is no more.
    fn advance(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds) -> Result<bool> {
        self.blobs.clear();
        let mut job = std::mem::take(&mut self.job);
        let more = match &mut job {
            Job::Nothing => Ok(false),
            Job::Contents(sync) => sync.advance(cx, ids, self),
            Job::Hierarchy(sync) => sync.advance(cx, ids, self),
            Job::Messages(copy) => copy.advance(cx, ids, self),
            Job::Folder(copy) => copy.advance(cx, ids, self),
        };
        self.job = job;
        more
    }

    /// Fills a buffer; true when nothing comes after it.
    fn fill(&mut self, cx: &mut Context<'_, '_>, ids: MailboxIds, room: usize) -> Result<(Vec<u8>, bool)> {
        let mut data = Vec::new();
        loop {
            let blobs = &self.blobs;
            let mut load = |number: u32, at: u64, len: usize| -> Result<Vec<u8>> {
                let blob = usize::try_from(number).ok().and_then(|number| blobs.get(number));
                let blob = blob.ok_or(ErrorCode::GeneralFailure)?;
                // The object changed while it was sent: the client starts again, and gets what is there then.
                let bytes = cx.txn.blob_range(ids.mailbox, *blob, at, len).map_err(|e| match e {
                    StoreError::NotFound => Fault::from(ErrorCode::ObjectDeleted),
                    e => e.into(),
                })?;
                if bytes.is_empty() && len > 0 { Err(ErrorCode::ObjectDeleted.into()) } else { Ok(bytes) }
            };
            self.out.take(room.saturating_sub(data.len()), &mut data, &mut load)?;
            if !self.out.is_empty() {
                if data.is_empty() {
                    return Err(ErrorCode::BufferTooSmall.into());
                }
                return Ok((data, false));
            }
            if !self.advance(cx, ids)? {
                return Ok((data, true));
            }
        }
    }
}

/// The context at an index.
pub(super) fn transfer<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<(MailboxIds, &'a mut Transfer)> {
    let open = cx.open_mut(index)?;
    match &mut open.object {
        Object::Transfer(transfer) => Ok((open.mailbox, transfer)),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// Registers a download context on behalf of the object at an index.
pub(super) fn open_source(cx: &mut Context<'_, '_>, ids: MailboxIds, source: Source) -> Result<()> {
    cx.create(ids, None, Object::Transfer(Box::new(Transfer::Source(source))))
}

/// RopFastTransferSourceGetBuffer. MS-OXCFXICS 3.2.5.8.1.5
pub(super) fn fast_transfer_source_get_buffer(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: FastTransferSourceGetBufferRequest,
) -> Result<FastTransferSourceGetBufferResponse> {
    const FIXED_LEN: usize = 9;
    const PARTIAL: u16 = 1;
    const DONE: u16 = 3;
    let room = cx.room.saturating_sub(FIXED_LEN);
    let wanted = match rq.buffer_size {
        // What is left of the response decides, as with a size that it has room for.
        BufferSize::Maximum(size) => usize::from(size).min(room),
        BufferSize::Exact(size) => usize::from(size),
    };
    let (ids, transfer) = transfer(cx, handles.input)?;
    let Transfer::Source(source) = transfer else { return Err(ErrorCode::NotSupported.into()) };
    if let Some(code) = source.failed {
        return Err(code.into());
    }
    // A size that was named is not cut down: what is more than there is room for, is not sent at all.
    let before = (wanted > room).then(|| source.clone());
    let mut source = std::mem::take(source);
    let mut filled = source.fill(cx, ids, wanted);
    if let (Ok((data, _)), Some(before)) = (&filled, before)
        && data.len() > room
    {
        source = before;
        filled = Err(ErrorCode::BufferTooSmall.into());
    }
    let filled = filled.map_err(|fault| {
        let code = match &fault {
            Fault::Failure(failure) => failure.code,
            Fault::Store(e) => log_store("transfer", e),
        };
        // What did not fit may fit the next time.
        source.failed = Some(code).filter(|code| *code != ErrorCode::BufferTooSmall);
        ErrorCode::into(code)
    });
    let (done, total) = (source.done, source.total);
    if let (_, Transfer::Source(place)) = self::transfer(cx, handles.input)? {
        *place = source;
    }
    let (transfer_buffer, is_done) = filled.map_err(|fault: Fault| fault)?;
    Ok(FastTransferSourceGetBufferResponse {
        transfer_status: if is_done { DONE } else { PARTIAL },
        in_progress_count: done,
        total_step_count: total,
        reserved: 0,
        transfer_buffer,
    })
}
