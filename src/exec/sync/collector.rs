//! Synchronisation upload: contexts, deletions, moves and read states. MS-OXCFXICS 3.2.5.9.4

use super::{State, source_counter};
use crate::deliver::{self, Located};
use crate::exec::object::Object;
use crate::exec::read_state;
use crate::exec::transfer::{Transfer, transfer};
use crate::exec::{Context, Result, guard};
use crate::limits;
use crate::mapi::{ChangeList, ErrorCode, ObjectId, PropertyTag, Value, Xid};
use crate::rop::{
    Handles, SetLocalReplicaMidsetDeletedRequest, SetLocalReplicaMidsetDeletedResponse,
    SynchronizationImportDeletesRequest, SynchronizationImportDeletesResponse, SynchronizationImportMessageMoveRequest,
    SynchronizationImportMessageMoveResponse, SynchronizationImportReadStateChangesRequest,
    SynchronizationImportReadStateChangesResponse, SynchronizationOpenCollectorRequest,
    SynchronizationOpenCollectorResponse,
};
use crate::store::{
    DeleteDepth, FolderKind, Kind, Location, MailboxIds, MessageHead, Rights, Special, change_key, change_list,
    set_change,
};
use crate::wire::{Reader, Wire};
use serde::{Deserialize, Serialize};

/// A synchronisation upload context.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Collector {
    pub(super) folder: u64,
    /// Of messages, and not of folders.
    pub(super) contents: bool,
    pub(super) state: State,
}

impl Collector {
    pub(in crate::exec) fn folder(&self) -> u64 {
        self.folder
    }
}

/// The upload context at an index.
pub(super) fn collector<'a>(cx: &'a mut Context<'_, '_>, index: u8) -> Result<(MailboxIds, &'a mut Collector)> {
    match transfer(cx, index)? {
        (ids, Transfer::Collector(collector)) => Ok((ids, collector)),
        _ => Err(ErrorCode::NotSupported.into()),
    }
}

/// The upload context of messages at an index: mailbox and folder.
pub(super) fn contents_collector(cx: &mut Context<'_, '_>, index: u8) -> Result<(MailboxIds, u64)> {
    let (ids, collector) = collector(cx, index)?;
    if !collector.contents {
        return Err(ErrorCode::NotSupported.into());
    }
    let folder = collector.folder;
    let record = cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    if record.kind == FolderKind::Search { Err(ErrorCode::NotSupported.into()) } else { Ok((ids, folder)) }
}

/// RopSynchronizationOpenCollector. MS-OXCFXICS 3.2.5.9.4.1
pub(in crate::exec) fn synchronization_open_collector(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationOpenCollectorRequest,
) -> Result<SynchronizationOpenCollectorResponse> {
    let (ids, folder) = cx.folder(handles.input)?;
    cx.txn.folder(ids.mailbox, folder)?.ok_or(ErrorCode::ObjectDeleted)?;
    let collector = Collector { folder, contents: rq.is_contents_collector, state: State::default() };
    cx.create(ids, None, Object::Transfer(Box::new(Transfer::Collector(collector))))?;
    Ok(SynchronizationOpenCollectorResponse {})
}

/// RopSynchronizationImportDeletes: what is gone already is no error. MS-OXCFXICS 3.2.5.9.4.5
pub(in crate::exec) fn synchronization_import_deletes(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationImportDeletesRequest,
) -> Result<SynchronizationImportDeletesResponse> {
    const HIERARCHY: u8 = 1;
    const HARD_DELETE: u8 = 2;
    /// A PtypMultipleBinary of no property. MS-OXCFXICS 2.2.3.2.4.5.1
    const SOURCE_KEYS: PropertyTag = PropertyTag(0x0000_1102);
    let (ids, collector) = collector(cx, handles.input)?;
    let (folder, contents) = (collector.folder, collector.contents);
    let hierarchy = rq.import_delete_flags & HIERARCHY != 0;
    if rq.import_delete_flags & !(HIERARCHY | HARD_DELETE) != 0 || hierarchy == contents {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let [values] = rq.property_values.as_slice() else { return Err(ErrorCode::InvalidParameter.into()) };
    let Value::MultipleBinary(keys) = &values.value else { return Err(ErrorCode::InvalidParameter.into()) };
    if values.tag != SOURCE_KEYS {
        return Err(ErrorCode::InvalidParameter.into());
    }
    // All are read before any is deleted; keys of other replicas are of nothing here.
    let keys: Vec<Option<u64>> = keys.iter().map(|key| source_counter(ids, key)).collect::<Result<_>>()?;
    let hard = rq.import_delete_flags & HARD_DELETE != 0;
    for id in keys.into_iter().flatten() {
        if hierarchy {
            delete_folder(cx, ids, folder, id, hard)?;
        } else {
            delete_message(cx, ids, folder, id, hard)?;
        }
    }
    Ok(SynchronizationImportDeletesResponse {})
}

fn delete_message(cx: &mut Context<'_, '_>, ids: MailboxIds, folder: u64, id: u64, hard: bool) -> Result<()> {
    let mailbox = ids.mailbox;
    match cx.txn.locate(mailbox, id)? {
        Some(at) if at.folder != folder => {}
        Some(at) if !guard::may(cx, ids, at, id, guard::DELETE)? => return Err(ErrorCode::AccessDenied.into()),
        Some(at) if hard => drop(cx.txn.delete_message(mailbox, folder, at.kind, id, cx.now)?),
        Some(at) if at.kind.is_deleted() => {}
        Some(at) => drop(cx.txn.soft_delete_message(mailbox, folder, at.kind, id, cx.now)?),
        None => {
            let unborn = cx.txn.mailbox(mailbox)?.has_given(id)
                && !cx.txn.is_buried(mailbox, id)?
                && cx.txn.folder(mailbox, id)?.is_none();
            guard::folder(cx, ids, folder, Rights::CHANGES)?;
            if unborn && cx.txn.folder(mailbox, folder)?.is_some() {
                cx.txn.bury_unborn(mailbox, folder, id)?;
            }
        }
    }
    Ok(())
}

fn delete_folder(cx: &mut Context<'_, '_>, ids: MailboxIds, root: u64, id: u64, hard: bool) -> Result<()> {
    if cx.txn.folder(ids.mailbox, id)?.is_none() {
        return Ok(());
    }
    if Special::is_special(id) || !cx.txn.ancestors(ids.mailbox, id)?.contains(&root) {
        return Err(ErrorCode::AccessDenied.into());
    }
    if !guard::may_all(cx, ids, id, Rights::FOLDER_OWNER)? {
        return Err(ErrorCode::AccessDenied.into());
    }
    let all = DeleteDepth { messages: true, folders: true };
    if hard {
        cx.txn.delete_folder(ids.mailbox, id, all, cx.now)?;
    } else {
        cx.txn.soft_delete_folder(ids.mailbox, id, all, cx.now)?;
    }
    Ok(())
}

/// RopSynchronizationImportReadStateChanges. MS-OXCFXICS 2.2.3.2.4.6.1, 3.2.5.9.4.6
pub(in crate::exec) fn synchronization_import_read_state_changes(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationImportReadStateChangesRequest,
) -> Result<SynchronizationImportReadStateChangesResponse> {
    let (ids, folder) = contents_collector(cx, handles.input)?;
    let mut states = Vec::new();
    let mut r = Reader::new(&rq.message_read_states);
    while !r.is_empty() {
        let entry = |r: &mut Reader<'_>| -> std::result::Result<(Vec<u8>, bool), crate::wire::WireError> {
            let size = u16::read(r)?;
            let key = r.take(size.into(), "MessageId")?.to_vec();
            Ok((key, bool::read(r)?))
        };
        let (key, read) = entry(&mut r).map_err(|_| ErrorCode::InvalidParameter)?;
        states.extend(source_counter(ids, &key)?.map(|id| (id, read)));
    }
    let mut numbers = Vec::new();
    for (id, read) in states {
        let at = Location { folder, kind: Kind::Normal };
        if cx.txn.locate(ids.mailbox, id)? == Some(at)
            && guard::may(cx, ids, at, id, guard::EDIT)?
            && let Some(number) = read_state::import(cx, ids.mailbox, at, id, read)?
        {
            numbers.push(number);
        }
    }
    let (_, collector) = collector(cx, handles.input)?;
    numbers.into_iter().for_each(|number| collector.state.read.own.insert(number));
    Ok(SynchronizationImportReadStateChangesResponse {})
}

/// The mailbox that a SourceKey is of: the collector's, or another one that the session has opened.
fn source(cx: &Context<'_, '_>, ids: MailboxIds, key: &[u8]) -> Result<(MailboxIds, u64)> {
    let opened = cx.objects.iter().map(|(_, open)| open.mailbox);
    for ids in std::iter::once(ids).chain(opened) {
        if let Some(counter) = source_counter(ids, key)? {
            return Ok((ids, counter));
        }
    }
    Err(ErrorCode::NotFound.into())
}

/// RopSynchronizationImportMessageMove. NewerClientChange: it is moved, and the client's version is
/// still to come. MS-OXCFXICS 2.2.3.2.4.4.2, 3.2.5.9.4.4
pub(in crate::exec) fn synchronization_import_message_move(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationImportMessageMoveRequest,
) -> Result<SynchronizationImportMessageMoveResponse> {
    let (ids, folder) = contents_collector(cx, handles.input)?;
    let (source_ids, from) = source(cx, ids, &rq.source_folder_id)?;
    let id = source_counter(source_ids, &rq.source_message_id)?.ok_or(ErrorCode::NotFound)?;
    let new_id = source_counter(ids, &rq.destination_message_id)?.ok_or(ErrorCode::InvalidParameter)?;
    let list = ChangeList::from_bytes(&rq.predecessor_change_list).map_err(|_| ErrorCode::InvalidParameter)?;
    super::import::check_change_key(&rq.change_number)?;
    let at = cx.txn.locate(source_ids.mailbox, id)?.filter(|at| at.folder == from && !at.kind.is_deleted());
    let at = at.ok_or(ErrorCode::SyncObjectDeleted)?;
    guard::message(cx, source_ids, at, id, guard::READ)?;
    guard::message(cx, source_ids, at, id, guard::DELETE)?;
    guard::folder(cx, ids, folder, Rights::CREATE)?;
    super::import::check_new(cx, ids, new_id)?;
    let head = cx.txn.message_head(source_ids.mailbox, at.folder, at.kind, id)?.ok_or(ErrorCode::SyncObjectDeleted)?;
    let stored = change_list(&head.properties, source_ids.repl_guid, head.change_number);
    // What the client changed itself and has not uploaded: the move is no change of that version, or
    // the upload would be taken for known.
    let change = Xid::from_bytes(&rq.change_number).map_err(|_| ErrorCode::InvalidParameter)?;
    let newer = !stored.includes(&list.without(&change));
    let (key, kept) = if newer {
        (change_key(&head.properties, source_ids.repl_guid, head.change_number), stored.clone())
    } else {
        // What was changed here meanwhile goes along, as a change that the client has not seen.
        let mut merged = list.clone();
        merged.add(change);
        merged.merge(&stored);
        (rq.change_number.clone(), merged)
    };
    let from = Located { mailbox: source_ids.mailbox, at, id };
    let to = Located { mailbox: ids.mailbox, at: Location { folder, kind: at.kind }, id: new_id };
    let number = shift(cx, &from, &to, &mut |head| set_change(&mut head.properties, key.clone(), &kept))?;
    if newer {
        return Err(ErrorCode::NewerClientChange.into());
    }
    let (_, collector) = collector(cx, handles.input)?;
    if list.includes(&stored) {
        let seen = if at.kind.is_associated() { &mut collector.state.seen_fai } else { &mut collector.state.seen };
        seen.own.insert(number);
    }
    Ok(SynchronizationImportMessageMoveResponse { message_id: ObjectId::NONE })
}

/// Moves a message, also from another mailbox; the number of the change.
fn shift(
    cx: &mut Context<'_, '_>,
    from: &Located,
    to: &Located,
    change: &mut dyn FnMut(&mut MessageHead),
) -> Result<u64> {
    if from.mailbox == to.mailbox {
        return Ok(cx.txn.move_message_as(to.mailbox, (from.at, from.id), (to.at, to.id), cx.now, change)?);
    }
    let number = deliver::carry(cx.txn, from, to, cx.now, change)?.ok_or(ErrorCode::SyncObjectDeleted)?;
    cx.txn.delete_message(from.mailbox, from.at.folder, from.at.kind, from.id, cx.now)?;
    Ok(number)
}

/// RopSetLocalReplicaMidsetDeleted: identifiers that a client gives back. They are never given out
/// again, so there is nothing to remember. MS-OXCFXICS 3.2.5.9.4.8
pub(in crate::exec) fn set_local_replica_midset_deleted(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SetLocalReplicaMidsetDeletedRequest,
) -> Result<SetLocalReplicaMidsetDeletedResponse> {
    let (ids, _) = cx.folder(handles.input)?;
    let ranges = &rq.long_term_id_ranges.ranges;
    let is_fine = |range: &crate::rop::LongTermIdRange| {
        let (min, max) = (&range.min_long_term_id, &range.max_long_term_id);
        min.database_guid == max.database_guid && min.counter() <= max.counter()
    };
    let own = ranges.iter().all(|range| range.min_long_term_id.database_guid == ids.repl_guid);
    if ranges.len() > limits::IDSET_RANGES_MAX || !ranges.iter().all(is_fine) || !own {
        return Err(ErrorCode::InvalidParameter.into());
    }
    Ok(SetLocalReplicaMidsetDeletedResponse {})
}
