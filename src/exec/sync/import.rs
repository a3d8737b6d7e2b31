//! A message that a client's copy has changed: imported, filled by its client, saved.
//! MS-OXCFXICS 2.2.3.2.4.2, 3.2.5.9.4.2
//!
//! Nothing is in the store until SaveChangesMessage; so what the import finds is looked at again
//! then, for others may have written meanwhile.

use super::collector::contents_collector;
use super::{resolve, source_counter};
use crate::exec::body::Written;
use crate::exec::message::{MessageObject, Place, new_message};
use crate::exec::object::Object;
use crate::exec::transfer::Transfer;
use crate::exec::{Context, Result, guard};
use crate::mapi::{ChangeList, ErrorCode, ObjectId, PropertyTag, Value, Xid};
use crate::rop::{Handles, SynchronizationImportMessageChangeRequest, SynchronizationImportMessageChangeResponse};
use crate::store::{Kind, Location, MailboxIds, Message, Rights, change_list, set_change};
use crate::wire::{FileTime, Wire};
use serde::{Deserialize, Serialize};

/// What the import said of a message that is not saved yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Import {
    /// Handle of the upload context.
    collector: u32,
    at: Location,
    id: u64,
    pub(super) change_key: Vec<u8>,
    /// PidTagPredecessorChangeList.
    list: Vec<u8>,
    pub(super) modified: FileTime,
    fail_on_conflict: bool,
}

impl Import {
    pub(super) fn folder(&self) -> u64 {
        self.at.folder
    }

    pub(super) fn is_associated(&self) -> bool {
        self.at.kind.is_associated()
    }

    pub(super) fn list(&self) -> ChangeList {
        ChangeList::from_bytes(&self.list).unwrap_or_default()
    }
}

/// How a version from a client stands to the one that is here. MS-OXCFXICS 3.1.5.6.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// There is none here.
    New,
    /// It descends from the one here.
    Later,
    /// The one here descends from it, or is the same.
    Earlier,
    Conflict,
}

/// A change key is an XID.
pub(super) fn check_change_key(bytes: &[u8]) -> Result<()> {
    Xid::from_bytes(bytes).map(drop).map_err(|_| ErrorCode::InvalidParameter.into())
}

/// An identifier for a new message must have been given out, and be nobody's.
pub(super) fn check_new(cx: &Context<'_, '_>, ids: MailboxIds, id: u64) -> Result<()> {
    if cx.txn.is_buried(ids.mailbox, id)? {
        return Err(ErrorCode::SyncObjectDeleted.into());
    }
    let given = cx.txn.mailbox(ids.mailbox)?.has_given(id);
    let taken = cx.txn.locate(ids.mailbox, id)?.is_some() || cx.txn.folder(ids.mailbox, id)?.is_some();
    if given && !taken { Ok(()) } else { Err(ErrorCode::InvalidParameter.into()) }
}

fn standing(cx: &Context<'_, '_>, ids: MailboxIds, import: &Import) -> Result<Standing> {
    match cx.txn.locate(ids.mailbox, import.id)? {
        None => {
            guard::folder(cx, ids, import.at.folder, Rights::CREATE)?;
            check_new(cx, ids, import.id).map(|()| Standing::New)
        }
        Some(at) if at == import.at => {
            guard::message(cx, ids, at, import.id, guard::EDIT)?;
            let head = cx.txn.message_head(ids.mailbox, at.folder, at.kind, import.id)?;
            let head = head.ok_or(ErrorCode::SyncObjectDeleted)?;
            let stored = change_list(&head.properties, ids.repl_guid, head.change_number);
            let imported = import.list();
            Ok(match (imported.includes(&stored), stored.includes(&imported)) {
                (_, true) => Standing::Earlier,
                (true, false) => Standing::Later,
                (false, false) => Standing::Conflict,
            })
        }
        // Softly deleted, or somewhere else.
        Some(at) if at.kind.is_deleted() => Err(ErrorCode::SyncObjectDeleted.into()),
        Some(_) => Err(ErrorCode::InvalidParameter.into()),
    }
}

fn checked(cx: &Context<'_, '_>, ids: MailboxIds, import: &Import) -> Result<Standing> {
    match standing(cx, ids, import)? {
        Standing::Earlier => Err(ErrorCode::IgnoreFailure.into()),
        Standing::Conflict if import.fail_on_conflict => Err(ErrorCode::SyncConflict.into()),
        standing => Ok(standing),
    }
}

/// RopSynchronizationImportMessageChange. MS-OXCFXICS 3.2.5.9.4.2
pub(in crate::exec) fn synchronization_import_message_change(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationImportMessageChangeRequest,
) -> Result<SynchronizationImportMessageChangeResponse> {
    const ASSOCIATED: u8 = 0x10;
    const FAIL_ON_CONFLICT: u8 = 0x40;
    const ORDER: [PropertyTag; 4] = [
        PropertyTag::PidTagSourceKey,
        PropertyTag::PidTagLastModificationTime,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagPredecessorChangeList,
    ];
    let (ids, folder) = contents_collector(cx, handles.input)?;
    let values = &rq.property_values;
    let in_order = values.iter().zip(ORDER).all(|(value, tag)| value.tag.id() == tag.id());
    let [key, modified, change_key, list] = values.as_slice() else {
        return Err(ErrorCode::InvalidParameter.into());
    };
    let (Value::Binary(key), Value::Time(modified), Value::Binary(change_key), Value::Binary(list), true) =
        (&key.value, &modified.value, &change_key.value, &list.value, in_order)
    else {
        return Err(ErrorCode::InvalidParameter.into());
    };
    if rq.import_flag & !(ASSOCIATED | FAIL_ON_CONFLICT) != 0 {
        return Err(ErrorCode::InvalidParameter.into());
    }
    let mut change_list = ChangeList::from_bytes(list).map_err(|_| ErrorCode::InvalidParameter)?;
    check_change_key(change_key)?;
    // A version descends from itself (outlook.md §9).
    change_list.add(Xid::from_bytes(change_key).map_err(|_| ErrorCode::InvalidParameter)?);
    let kind = Kind::new(rq.import_flag & ASSOCIATED != 0, false);
    let import = Import {
        collector: cx.handle(handles.input)?,
        at: Location { folder, kind },
        id: source_counter(ids, key)?.ok_or(ErrorCode::InvalidParameter)?,
        change_key: change_key.clone(),
        list: change_list.to_bytes(),
        modified: *modified,
        fail_on_conflict: rq.import_flag & FAIL_ON_CONFLICT != 0,
    };
    let new = checked(cx, ids, &import)? == Standing::New;
    let place = if new {
        Place::New { folder, associated: kind.is_associated() }
    } else {
        Place::Stored { at: import.at, id: import.id }
    };
    let object = MessageObject {
        place,
        // Whatever was there: the client brings the whole message. MS-OXCFXICS 3.2.5.9.4.2
        message: new_message(cx, ids.mailbox)?,
        writable: true,
        code_page: cx.caller.code_page,
        base_change: 0,
        bodies: Written::default(),
        import: Some(Box::new(import)),
    };
    cx.create(ids, None, Object::Message(Box::new(object)))?;
    Ok(SynchronizationImportMessageChangeResponse { message_id: ObjectId::NONE })
}

/// Saves an imported message: as new, over the version it descends from, or in conflict with it.
/// `message` is then as it is in the store.
pub(in crate::exec) fn save(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    import: &Import,
    message: &mut Message,
) -> Result<(Location, u64)> {
    let Import { at, id, .. } = *import;
    let standing = checked(cx, ids, import)?;
    message.head.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(import.modified));
    let mut seen = true;
    let mut list = import.list();
    let mut key = import.change_key.clone();
    if standing != Standing::New {
        let stored = cx.txn.message(ids.mailbox, at, id)?.ok_or(ErrorCode::SyncObjectDeleted)?;
        let head = &mut message.head;
        // Read state is synchronised apart; and who made it when stays.
        (head.read, head.read_change_number) = (stored.head.read, stored.head.read_change_number);
        head.status = stored.head.status;
        let made = PropertyTag::PidTagCreationTime.id();
        if let Some(time) = stored.head.properties.get(made) {
            head.properties.0.insert(made, time.clone());
        }
        if standing == Standing::Conflict {
            list.merge(&change_list(&stored.head.properties, ids.repl_guid, stored.head.change_number));
            let resolved = resolve::resolve(cx, ids, import, message, stored)?;
            key = resolved.key;
            seen = resolved.as_imported;
        }
    }
    let mut owner = cx.txn.mailbox(ids.mailbox)?;
    message.head.change_number = owner.take_change()?;
    set_change(&mut message.head.properties, key, &list);
    cx.txn.save_message(ids.mailbox, &mut owner, at, id, message, cx.now)?;
    // What the client has is what is here: it need not come back.
    let context = cx.objects.get_mut(import.collector).map(|open| &mut open.object);
    if let (true, Some(Object::Transfer(transfer))) = (seen, context)
        && let Transfer::Collector(collector) = transfer.as_mut()
    {
        let state = &mut collector.state;
        let set = if at.kind.is_associated() { &mut state.seen_fai } else { &mut state.seen };
        set.own.insert(message.head.change_number);
    }
    Ok((at, id))
}
