//! Bind and Unbind. MS-OXNSPI 3.1.4.1.1, 3.1.4.1.2

use super::{Answer, Context, Session};
use crate::mapi::ErrorCode;
use crate::nspi::message::{BindRequest, BindResponse, UnbindRequest, UnbindResponse};
use crate::nspi::text::{CP_DEFAULT, is_supported};

/// Starts a session. Flags (fAnonymousLogin) change nothing: the transport has authenticated the
/// user before. CP_WINUNICODE is no code page for a session, nor is any that cannot be converted.
pub(super) fn bind(cx: &mut Context<'_>, rq: &BindRequest) -> Answer<BindResponse> {
    let code_page = rq.state.map_or(CP_DEFAULT, |state| state.code_page);
    if !is_supported(code_page) {
        return Err(ErrorCode::InvalidCodepage);
    }
    cx.session.code_page = Some(code_page);
    Ok(BindResponse { error_code: ErrorCode::Success, server_guid: cx.settings.server_guid })
}

/// Ends a session.
pub(super) fn unbind(cx: &mut Context<'_>, _rq: &UnbindRequest) -> UnbindResponse {
    let was_bound = cx.session.is_bound();
    *cx.session = Session::default();
    UnbindResponse { error_code: if was_bound { ErrorCode::UnbindSuccess } else { ErrorCode::UnbindFailure } }
}
