//! Synchronisation: contexts, the state that clients upload and get back. MS-OXCFXICS 3.2.5.3,
//! 3.2.5.9
//!
//! The server remembers nothing of a client: what it has is in the state that it sends. Numbers of
//! changes only grow, and each object stands under its last one only, so "everything up to the
//! number that was the last when the context was made" is a snapshot that costs nothing to keep.

mod collector;
mod contents;
mod hierarchy;
mod import;
mod resolve;

pub(super) use collector::{
    Collector, set_local_replica_midset_deleted, synchronization_import_deletes, synchronization_import_message_move,
    synchronization_import_read_state_changes, synchronization_open_collector,
};
pub(super) use contents::ContentsSync;
pub(super) use hierarchy::{HierarchySync, synchronization_import_hierarchy_change};
pub(super) use import::{Import, save as save_import, synchronization_import_message_change};

use super::transfer::{Job, Source, Strings, Transfer, open_source, transfer};
use super::{Context, Result};
use crate::limits;
use crate::mapi::{ErrorCode, GuidSet, LongTermId, PropertyTag, Ranges, Value};
use crate::rop::{
    Handles, SynchronizationConfigureRequest, SynchronizationConfigureResponse, SynchronizationGetTransferStateRequest,
    SynchronizationGetTransferStateResponse, SynchronizationUploadStateStreamBeginRequest,
    SynchronizationUploadStateStreamBeginResponse, SynchronizationUploadStateStreamContinueRequest,
    SynchronizationUploadStateStreamContinueResponse, SynchronizationUploadStateStreamEndRequest,
    SynchronizationUploadStateStreamEndResponse,
};
use crate::store::MailboxIds;
use crate::transfer::{Outgoing, marker, meta};
use crate::wire::{Guid, Wire};
use serde::{Deserialize, Serialize};

/// SynchronizationFlags. MS-OXCFXICS 2.2.3.2.1.1.1
pub(super) mod flags {
    pub(in crate::exec) const NO_DELETIONS: u16 = 0x0002;
    pub(in crate::exec) const IGNORE_NO_LONGER_IN_SCOPE: u16 = 0x0004;
    pub(in crate::exec) const READ_STATE: u16 = 0x0008;
    pub(in crate::exec) const FAI: u16 = 0x0010;
    pub(in crate::exec) const NORMAL: u16 = 0x0020;
    pub(in crate::exec) const ONLY_SPECIFIED_PROPERTIES: u16 = 0x0080;
    pub(in crate::exec) const NO_FOREIGN_IDENTIFIERS: u16 = 0x0100;
    pub(in crate::exec) const BEST_BODY: u16 = 0x2000;
    pub(in crate::exec) const IGNORE_SPECIFIED_ON_FAI: u16 = 0x4000;
    pub(in crate::exec) const PROGRESS: u16 = 0x8000;
}

/// SynchronizationExtraFlags. MS-OXCFXICS 2.2.3.2.1.1.1
pub(super) mod extra {
    pub(in crate::exec) const EID: u32 = 0x01;
    pub(in crate::exec) const MESSAGE_SIZE: u32 = 0x02;
    pub(in crate::exec) const CHANGE_NUMBER: u32 = 0x04;
    pub(in crate::exec) const ORDER_BY_DELIVERY_TIME: u32 = 0x08;
}

/// One property of the ICS state: what is of this mailbox, and what came along from others.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StateSet {
    pub(super) own: Ranges,
    foreign: GuidSet,
}

/// The ICS state. MS-OXCFXICS 2.2.1.1
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) given: StateSet,
    pub(super) seen: StateSet,
    pub(super) seen_fai: StateSet,
    pub(super) read: StateSet,
    /// A property on its way.
    upload: Option<(PropertyTag, Vec<u8>)>,
}

impl State {
    fn set(&mut self, tag: PropertyTag) -> Option<&mut StateSet> {
        match tag.id() {
            id if id == meta::IDSET_GIVEN.id() => Some(&mut self.given),
            id if id == meta::CNSET_SEEN.id() => Some(&mut self.seen),
            id if id == meta::CNSET_SEEN_FAI.id() => Some(&mut self.seen_fai),
            id if id == meta::CNSET_READ.id() => Some(&mut self.read),
            _ => None,
        }
    }

    /// state: the properties that this kind of context has. MS-OXCFXICS 2.2.4.3.25
    pub(super) fn write(&self, out: &mut Outgoing, replica: Guid, contents: bool, download: bool) {
        out.marker(marker::INCR_SYNC_STATE_BEGIN);
        for (tag, set, is_there) in [
            (meta::IDSET_GIVEN, &self.given, download),
            (meta::CNSET_SEEN, &self.seen, true),
            (meta::CNSET_SEEN_FAI, &self.seen_fai, contents),
            (meta::CNSET_READ, &self.read, contents),
        ] {
            if is_there {
                let mut all = set.foreign.clone();
                all.set(replica, set.own.clone());
                out.property(tag, None, &Value::Binary(all.to_bytes()));
            }
        }
        out.marker(marker::INCR_SYNC_STATE_END);
    }

    fn begin(&mut self, tag: PropertyTag, size: u32) -> Result<()> {
        let too_long = usize::try_from(size).unwrap_or(usize::MAX) > limits::STATE_STREAM_MAX_BYTES;
        if self.set(tag).is_none() || self.upload.is_some() || too_long {
            return Err(ErrorCode::InvalidParameter.into());
        }
        self.upload = Some((tag, Vec::new()));
        Ok(())
    }

    fn add(&mut self, data: &[u8]) -> Result<()> {
        let (_, bytes) = self.upload.as_mut().ok_or(ErrorCode::InvalidParameter)?;
        if bytes.len().saturating_add(data.len()) > limits::STATE_STREAM_MAX_BYTES {
            return Err(ErrorCode::InvalidParameter.into());
        }
        bytes.extend_from_slice(data);
        Ok(())
    }

    fn end(&mut self, replica: Guid) -> Result<()> {
        let (tag, bytes) = self.upload.take().ok_or(ErrorCode::InvalidParameter)?;
        let mut foreign = GuidSet::from_bytes(&bytes).map_err(|_| ErrorCode::RpcFormat)?;
        let own = foreign.0.remove(&replica).unwrap_or_default();
        *self.set(tag).ok_or(ErrorCode::InvalidParameter)? = StateSet { own, foreign };
        Ok(())
    }
}

/// Every number up to one.
pub(super) fn up_to(last: u64) -> Ranges {
    Ranges::new(1, last)
}

/// RopSynchronizationConfigure. MS-OXCFXICS 3.2.5.9.1.1
pub(super) fn synchronization_configure(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationConfigureRequest,
) -> Result<SynchronizationConfigureResponse> {
    const CONTENTS: u8 = 1;
    const HIERARCHY: u8 = 2;
    let known = rq.send_options & !super::transfer::send_options::KNOWN == 0;
    let (ids, folder) = cx.folder(handles.input)?;
    cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    // The Unicode flag of both fields says the same. MS-OXCFXICS 2.2.3.2.1.1.1
    let unicode = u8::from(rq.synchronization_flags & 1 != 0);
    let strings = Strings::new(rq.send_options | unicode, cx.caller.code_page);
    let last = cx.txn.mailbox(ids.mailbox)?.last_change();
    let job = match rq.synchronization_type {
        CONTENTS if known => {
            let restriction = super::restriction::parse(&rq.restriction_data, cx.caller.code_page)?;
            Job::Contents(Box::new(ContentsSync::new(folder, last, &rq, restriction)))
        }
        HIERARCHY if known && rq.restriction_data.is_empty() => {
            Job::Hierarchy(Box::new(HierarchySync::new(folder, last, &rq)))
        }
        _ => return Err(ErrorCode::InvalidParameter.into()),
    };
    open_source(cx, ids, Source::new(job, strings))?;
    Ok(SynchronizationConfigureResponse {})
}

/// The state of the context at an index, to be uploaded to.
fn state<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<(MailboxIds, &'a mut State)> {
    let (ids, transfer) = transfer(cx, index)?;
    let state = match transfer {
        Transfer::Collector(collector) => Some(&mut collector.state),
        Transfer::Source(Source { job: Job::Contents(sync), .. }) => sync.initial_state(),
        Transfer::Source(Source { job: Job::Hierarchy(sync), .. }) => sync.initial_state(),
        Transfer::Source(_) | Transfer::Destination(_) => None,
    };
    Ok((ids, state.ok_or(ErrorCode::NotSupported)?))
}

/// RopSynchronizationUploadStateStreamBegin. MS-OXCFXICS 3.2.5.9.2.1
pub(super) fn synchronization_upload_state_stream_begin(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationUploadStateStreamBeginRequest,
) -> Result<SynchronizationUploadStateStreamBeginResponse> {
    state(cx, handles.input)?.1.begin(rq.state_property, rq.transfer_buffer_size)?;
    Ok(SynchronizationUploadStateStreamBeginResponse {})
}

/// RopSynchronizationUploadStateStreamContinue. MS-OXCFXICS 3.2.5.9.2.2
pub(super) fn synchronization_upload_state_stream_continue(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationUploadStateStreamContinueRequest,
) -> Result<SynchronizationUploadStateStreamContinueResponse> {
    state(cx, handles.input)?.1.add(&rq.stream_data)?;
    Ok(SynchronizationUploadStateStreamContinueResponse {})
}

/// RopSynchronizationUploadStateStreamEnd. MS-OXCFXICS 3.2.5.9.2.3
pub(super) fn synchronization_upload_state_stream_end(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: SynchronizationUploadStateStreamEndRequest,
) -> Result<SynchronizationUploadStateStreamEndResponse> {
    let (ids, state) = state(cx, handles.input)?;
    state.end(ids.repl_guid)?;
    Ok(SynchronizationUploadStateStreamEndResponse {})
}

/// RopSynchronizationGetTransferState: a download of the state as it is now. MS-OXCFXICS 3.2.5.9.3.1
pub(super) fn synchronization_get_transfer_state(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: SynchronizationGetTransferStateRequest,
) -> Result<SynchronizationGetTransferStateResponse> {
    let (ids, transfer) = transfer(cx, handles.input)?;
    let (state, contents, download) = match transfer {
        Transfer::Collector(collector) => (collector.state.clone(), collector.contents, false),
        Transfer::Source(Source { job: Job::Contents(sync), out, .. }) => (sync.state(out.is_empty()), true, true),
        Transfer::Source(Source { job: Job::Hierarchy(sync), out, .. }) => (sync.state(out.is_empty()), false, true),
        Transfer::Source(_) | Transfer::Destination(_) => return Err(ErrorCode::NotSupported.into()),
    };
    let mut source = Source::default();
    state.write(&mut source.out, ids.repl_guid, contents, download);
    open_source(cx, ids, source)?;
    Ok(SynchronizationGetTransferStateResponse {})
}

/// The counter in a SourceKey of this mailbox. `None`: it is of another.
pub(super) fn source_counter(ids: MailboxIds, gid: &[u8]) -> Result<Option<u64>> {
    let mut long = gid.to_vec();
    long.extend([0, 0]);
    let long = LongTermId::from_bytes(&long).map_err(|_| ErrorCode::InvalidParameter)?;
    Ok(Some(long.counter()).filter(|counter| long.database_guid == ids.repl_guid && *counter > 0))
}
