//! Search folders: criteria set and told. MS-OXCFOLD 3.2.5.4, 3.2.5.5

use super::logon::own_counter;
use super::object::Object;
use super::{Context, Result, restriction};
use crate::limits;
use crate::mapi::{ErrorCode, ObjectId};
use crate::rop::{
    GetSearchCriteriaRequest, GetSearchCriteriaResponse, Handles, SetSearchCriteriaRequest, SetSearchCriteriaResponse,
};
use crate::store::{Criteria, FolderKind, MailboxIds, Search, SearchState, Special};
use crate::wire::Wire;

/// SearchFlags of the request. MS-OXCFOLD 2.2.1.4.1
mod search_flags {
    pub(super) const STOP_SEARCH: u32 = 0x0000_0001;
    pub(super) const RESTART_SEARCH: u32 = 0x0000_0002;
    pub(super) const RECURSIVE_SEARCH: u32 = 0x0000_0004;
    pub(super) const SHALLOW_SEARCH: u32 = 0x0000_0008;
    pub(super) const FOREGROUND_SEARCH: u32 = 0x0000_0010;
    pub(super) const BACKGROUND_SEARCH: u32 = 0x0000_0020;
    pub(super) const CONTENT_INDEXED_SEARCH: u32 = 0x0001_0000;
    pub(super) const NON_CONTENT_INDEXED_SEARCH: u32 = 0x0002_0000;
    pub(super) const STATIC_SEARCH: u32 = 0x0004_0000;
    /// Bits that contradict each other.
    pub(super) const PAIRS: [u32; 4] = [
        STOP_SEARCH | RESTART_SEARCH,
        RECURSIVE_SEARCH | SHALLOW_SEARCH,
        FOREGROUND_SEARCH | BACKGROUND_SEARCH,
        CONTENT_INDEXED_SEARCH | NON_CONTENT_INDEXED_SEARCH,
    ];
    pub(super) const KNOWN: u32 = PAIRS[0] | PAIRS[1] | PAIRS[2] | PAIRS[3] | STATIC_SEARCH;
}

/// SearchFlags of the response. MS-OXCFOLD 2.2.1.5.2
mod search_state {
    pub(super) const RUNNING: u32 = 0x0000_0001;
    pub(super) const REBUILD: u32 = 0x0000_0002;
    pub(super) const RECURSIVE: u32 = 0x0000_0004;
    pub(super) const COMPLETE: u32 = 0x0000_1000;
    pub(super) const STATIC: u32 = 0x0001_0000;
    /// TWIR_TOTALLY: without an index of words.
    pub(super) const WITHOUT_INDEX: u32 = 0x0800_0000;
}

/// The search folder at an index.
fn search_folder(cx: &Context<'_, '_>, index: u8) -> Result<(MailboxIds, u64)> {
    let open = cx.open(index)?;
    let Object::Folder(folder) = open.object else { return Err(ErrorCode::NotSupported.into()) };
    let record = cx.txn.folder(open.mailbox.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind == FolderKind::Search { Ok((open.mailbox, folder)) } else { Err(ErrorCode::NotSearchFolder.into()) }
}

/// What a request asks for; where it says nothing, what was asked before.
fn criteria(
    cx: &Context<'_, '_>,
    (ids, folder): (MailboxIds, u64),
    rq: &SetSearchCriteriaRequest,
    old: Option<&Search>,
) -> Result<Criteria> {
    let mailbox = ids.mailbox;
    let restriction = match restriction::parse(&rq.restriction_data, cx.caller.code_page)? {
        Some(restriction) => restriction,
        None => cx.txn.search_restriction(mailbox, folder)?.ok_or(ErrorCode::NotInitialized)?,
    };
    let folders = if rq.folder_ids.is_empty() {
        old.ok_or(ErrorCode::NotInitialized)?.folders.clone()
    } else {
        let mut folders = Vec::with_capacity(rq.folder_ids.len());
        for id in &rq.folder_ids {
            let named = own_counter(*id)?;
            cx.txn.folder(mailbox, named)?.ok_or(ErrorCode::NotFound)?;
            folders.push(named);
        }
        folders
    };
    if cx.txn.search_reaches(mailbox, &folders, folder)? {
        return Err(ErrorCode::SearchFolderScopeViolation.into());
    }
    let size = restriction.to_bytes().len().saturating_add(folders.len().saturating_mul(size_of::<u64>()));
    if size > limits::SEARCH_CRITERIA_MAX_BYTES {
        return Err(ErrorCode::TooComplex.into());
    }
    let flag = |bit: u32| rq.search_flags & bit != 0;
    let recursive = flag(search_flags::RECURSIVE_SEARCH);
    Ok(Criteria { restriction, folders, recursive, is_static: flag(search_flags::STATIC_SEARCH) })
}

/// RopSetSearchCriteria. How a search is done (foreground, content-indexed) is up to the server: all
/// are done without an index, in the background when they take long.
pub(super) fn set_search_criteria(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetSearchCriteriaRequest,
) -> Result<SetSearchCriteriaResponse> {
    let (ids, folder) = search_folder(cx, handles.input)?;
    let contradicts = search_flags::PAIRS.iter().any(|pair| rq.search_flags & pair == *pair);
    if rq.search_flags & !search_flags::KNOWN != 0 || contradicts {
        return Err(ErrorCode::InvalidParameter.into());
    }
    if Special::is_special(folder) {
        return Err(ErrorCode::AccessDenied.into());
    }
    let mailbox = ids.mailbox;
    let old = cx.txn.search(mailbox, folder)?;
    let criteria = criteria(cx, (ids, folder), &rq, old.as_ref())?;
    let run = rq.search_flags & search_flags::STOP_SEARCH == 0;
    let says_nothing = rq.restriction_data.is_empty() && rq.folder_ids.is_empty();
    match &old {
        None if cx.txn.search_count(mailbox)? >= limits::SEARCHES_MAX => return Err(ErrorCode::OutOfMemory.into()),
        None => {}
        Some(old) => {
            let is_same = criteria.folders == old.folders
                && criteria.recursive == old.recursive
                && criteria.is_static == old.is_static
                && cx.txn.search_restriction(mailbox, folder)?.as_ref() == Some(&criteria.restriction);
            if !run && (is_same || says_nothing) {
                cx.txn.stop_search(mailbox, folder)?;
                return Ok(SetSearchCriteriaResponse {});
            }
            // Outlook sends the same criteria again while it waits; a search that began anew each
            // time would never end (outlook.md §10). A dynamic one that is complete has its results.
            let is_there = match old.state {
                SearchState::Running => true,
                SearchState::Complete => !old.is_static,
                SearchState::Stopped => false,
            };
            if run && is_same && is_there {
                return Ok(SetSearchCriteriaResponse {});
            }
        }
    }
    cx.txn.set_search(mailbox, folder, &criteria, run, cx.now)?;
    Ok(SetSearchCriteriaResponse {})
}

/// RopGetSearchCriteria
pub(super) fn get_search_criteria(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: GetSearchCriteriaRequest,
) -> Result<GetSearchCriteriaResponse> {
    let (ids, folder) = search_folder(cx, handles.input)?;
    let search = cx.txn.search(ids.mailbox, folder)?.ok_or(ErrorCode::NotInitialized)?;
    let restriction_data = if rq.include_restriction {
        let restriction = cx.txn.search_restriction(ids.mailbox, folder)?.ok_or(ErrorCode::NotInitialized)?;
        restriction::write(restriction, rq.use_unicode, cx.caller.code_page)
    } else {
        Vec::new()
    };
    let named = search.folders.iter().map(|folder| ObjectId::own(*folder));
    let folder_ids = if rq.include_folders { named.collect() } else { Vec::new() };
    let state = match search.state {
        SearchState::Running => search_state::RUNNING | search_state::REBUILD,
        SearchState::Complete => search_state::COMPLETE,
        SearchState::Stopped => 0,
    };
    let bit = |is: bool, bit: u32| if is { bit } else { 0 };
    let search_flags = state
        | bit(search.recursive, search_state::RECURSIVE)
        | bit(search.is_static, search_state::STATIC)
        | search_state::WITHOUT_INDEX;
    Ok(GetSearchCriteriaResponse { restriction_data, logon_id: cx.logon_id, folder_ids, search_flags })
}
