//! Operations that are declared and not yet served.

use super::{Context, Result};
use crate::mapi::ErrorCode;
use crate::rop::Handles;

/// Answers NotSupported for this operation alone; the batch goes on.
pub(super) fn not_supported<Rq, Rp>(_: &mut Context<'_, '_>, _: Handles, _: Rq) -> Result<Rp> {
    Err(ErrorCode::NotSupported.into())
}
