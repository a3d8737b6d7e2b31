//! Operations that are declared and not yet served, or never have anything to serve.

use super::{Context, Result};
use crate::mapi::ErrorCode;
use crate::rop::{Handles, ProgressRequest, ProgressResponse};

/// Answers NotSupported for this operation alone; the batch goes on.
pub(super) fn not_supported<Rq, Rp>(_: &mut Context<'_, '_>, _: Handles, _: Rq) -> Result<Rp> {
    Err(ErrorCode::NotSupported.into())
}

/// RopProgress. Operations that may run asynchronously run in one go here, as they are allowed to,
/// and answer when they are done: there is never one to ask about or to cancel. MS-OXCPRPT 3.2.5.20.
/// UNVERIFIED: the specification has no code for this.
pub(super) fn progress(cx: &mut Context<'_, '_>, handles: Handles, _: ProgressRequest) -> Result<ProgressResponse> {
    cx.open(handles.input)?;
    Err(ErrorCode::NotSupported.into())
}
