//! Locked regions of streams: RopLockRegionStream, RopUnlockRegionStream. MS-OXCPRPT 2.2.24, 2.2.25,
//! 3.2.5.21, 3.2.5.22. Exchange 2010 and later have neither.
//!
//! A lock keeps other sessions off the bytes of one property of one object. Locks lie in memory: they
//! are gone when the server starts again, and others may have them when their session has been silent
//! for half a minute.

use super::message::Place;
use super::object::Object;
use super::{Context, Result};
use crate::limits;
use crate::mapi::ErrorCode;
use crate::rop::{
    Handles, LockRegionStreamRequest, LockRegionStreamResponse, UnlockRegionStreamRequest, UnlockRegionStreamResponse,
};
use crate::wire::FileTime;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Others may read what is locked. Any other LockFlags: they may not. MS-OXCPRPT 2.2.24.1
const OTHERS_READ: u32 = 1;

/// What streams of one property of one object have in common: mailbox, numbers of the objects from the
/// inside out, property.
type Name = Vec<u64>;

/// A locked region.
#[derive(Debug)]
struct Region {
    name: Name,
    bytes: Range<u64>,
    /// Number of the session that has it.
    owner: u64,
    others_read: bool,
    /// When its owner last did anything.
    active: FileTime,
    /// Somebody else has locked it since: the owner is still to hear of that.
    expired: bool,
}

impl Region {
    fn meets(&self, name: &[u64], bytes: &Range<u64>) -> bool {
        self.name == name && self.bytes.start < bytes.end && bytes.start < self.bytes.end
    }

    fn is_silent(&self, now: FileTime) -> bool {
        now.0.saturating_sub(self.active.0) > limits::REGION_SILENCE_MAX_S.saturating_mul(10_000_000)
    }
}

/// Every locked region.
#[derive(Debug, Default)]
pub(crate) struct Regions(Mutex<Vec<Region>>);

impl Regions {
    fn held(&self) -> MutexGuard<'_, Vec<Region>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session does something.
    pub(super) fn touch(&self, session: u64, now: FileTime) {
        self.held().iter_mut().filter(|region| region.owner == session).for_each(|region| region.active = now);
    }

    fn lock(&self, new: Region) -> Result<()> {
        let mut held = self.held();
        let now = new.active;
        let others = |region: &&mut Region| region.owner != new.owner && region.meets(&new.name, &new.bytes);
        for region in held.iter_mut().filter(others) {
            if !region.expired && !region.is_silent(now) {
                return Err(ErrorCode::AccessDenied.into());
            }
            region.expired = true;
        }
        if held.len() >= limits::REGIONS_MAX {
            held.retain(|region| !region.is_silent(now));
        }
        if held.len() >= limits::REGIONS_MAX {
            return Err(ErrorCode::TooManyOpenObjects.into());
        }
        held.push(new);
        Ok(())
    }

    fn unlock(&self, session: u64, name: &[u64], bytes: &Range<u64>) {
        self.held().retain(|region| region.owner != session || !region.meets(name, bytes));
    }

    /// May a session touch these bytes?
    fn check(&self, session: u64, name: &[u64], bytes: &Range<u64>, writes: bool, now: FileTime) -> Result<()> {
        for region in self.held().iter().filter(|region| region.meets(name, bytes)) {
            if region.owner == session {
                if region.expired {
                    return Err(ErrorCode::NetworkError.into());
                }
            } else if !region.expired && !region.is_silent(now) && (writes || !region.others_read) {
                return Err(ErrorCode::AccessDenied.into());
            }
        }
        Ok(())
    }

    /// Has a session lost a region of these streams to another one?
    fn is_lost(&self, session: u64, name: &[u64]) -> bool {
        self.held().iter().any(|region| region.owner == session && region.expired && region.name == name)
    }

    fn is_empty(&self) -> bool {
        self.held().is_empty()
    }
}

/// What the streams of a stream's property have in common.
fn name(cx: &Context<'_, '_>, handle: u32) -> Name {
    let mut name = Vec::new();
    let mut at = Some(handle);
    while let Some((handle, open)) = at.and_then(|handle| cx.objects.parent(handle).map(|open| (handle, open))) {
        at = open.parent;
        match &open.object {
            Object::Stream(stream) => name.push(stream.tag.id().into()),
            Object::Attachment(attachment) => name.push(attachment.number.into()),
            Object::Message(message) if matches!(message.place, Place::Embedded) => {}
            outermost => {
                name.push(open.mailbox.mailbox.into());
                match outermost {
                    Object::Message(message) => match message.place {
                        Place::Stored { id, .. } => name.push(id),
                        // Nobody else's yet.
                        _ => name.extend([cx.objects.session.number(), handle.into()]),
                    },
                    Object::Folder(folder) => name.push(*folder),
                    _ => {}
                }
                break;
            }
        }
    }
    name
}

/// Those that operations on streams ask.
impl Context<'_, '_> {
    /// May this session touch bytes of a stream?
    pub(super) fn check_region(&self, stream: u32, at: u64, len: u64, writes: bool) -> Result<()> {
        if self.regions.is_empty() {
            return Ok(());
        }
        let (name, session) = (name(self, stream), self.objects.session.number());
        self.regions.check(session, &name, &(at..at.saturating_add(len)), writes, self.now)
    }

    /// Nothing of a stream is locked by this session any more.
    pub(super) fn forget_regions(&self, stream: u32) {
        if !self.regions.is_empty() {
            self.regions.unlock(self.objects.session.number(), &name(self, stream), &(0..u64::MAX));
        }
    }

    /// Has this session lost a region of a stream, so that its changes are void?
    pub(super) fn has_lost(&self, stream: u32) -> bool {
        !self.regions.is_empty() && self.regions.is_lost(self.objects.session.number(), &name(self, stream))
    }
}

/// RopLockRegionStream
pub(super) fn lock_region_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: LockRegionStreamRequest,
) -> Result<LockRegionStreamResponse> {
    let (stream, _) = super::stream::stream(cx, handles.input)?;
    let bytes = rq.region_offset..rq.region_offset.saturating_add(rq.region_size);
    let others_read = rq.lock_flags == OTHERS_READ;
    let (name, owner) = (name(cx, stream), cx.objects.session.number());
    cx.regions.lock(Region { name, bytes, owner, others_read, active: cx.now, expired: false })?;
    Ok(LockRegionStreamResponse {})
}

/// RopUnlockRegionStream: those of the session that meet the region; others stay.
pub(super) fn unlock_region_stream(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: UnlockRegionStreamRequest,
) -> Result<UnlockRegionStreamResponse> {
    let (stream, _) = super::stream::stream(cx, handles.input)?;
    let bytes = rq.region_offset..rq.region_offset.saturating_add(rq.region_size);
    cx.regions.unlock(cx.objects.session.number(), &name(cx, stream), &bytes);
    Ok(UnlockRegionStreamResponse {})
}
