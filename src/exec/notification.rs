//! Subscriptions, and what a response tells of events. MS-OXCNOTIF 3.1.4, 3.1.5
//!
//! `notify` queues what happened; here it becomes RopNotify, when the session's next response has
//! room for it: once for each subscription, and for each table with a view, that it concerns. The
//! session's own changes are told like others' (only a hierarchy table can be opened without them).
//!
//! UnicodeFlag of NewMail is always TRUE: that a client is in cached mode (R220) is said in an
//! auxiliary buffer that is not read.

use super::logon::own_counter;
use super::object::{Object, Objects, Open};
use super::row_event::{Teller, Told, changed};
use super::table::TableObject;
use super::{Caller, Context, Engine, Result, guard};
use crate::mapi::{ErrorCode, ObjectId};
use crate::notify::{Queued, Scope, Watch, Watched, type_of};
use crate::rop::{
    Handles, NOTIFY, NotificationData, NotifyResponse, PENDING, PendingResponse, RegisterNotificationRequest,
    RegisterNotificationResponse, event,
};
use crate::store::{LinkChange, MailboxIds, Rights, What};
use crate::wire::{Wire, Writer};
use serde::{Deserialize, Serialize};

/// Bytes of RopPending: RopId and SessionIndex.
const PENDING_LEN: usize = 3;

/// What RopRegisterNotification asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subscription {
    types: u16,
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Target {
    Objects(Scope),
    /// The table with this handle.
    Table(u32),
}

/// A RopNotify that waits for room in a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unsent {
    /// NotificationHandle: void once that is released.
    handle: u32,
    logon_id: u8,
    /// RopNotify with its RopId.
    bytes: Vec<u8>,
    is_table: bool,
}

/// RopRegisterNotification
pub(super) fn register_notification(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: RegisterNotificationRequest,
) -> Result<RegisterNotificationResponse> {
    let open = cx.open(handles.input)?;
    let mailbox = open.mailbox;
    let target = match (&open.object, rq.scope) {
        (Object::Table(_), _) => Target::Table(cx.handle(handles.input)?),
        (Object::Logon(_) | Object::Folder(_) | Object::Message(_), None) => Target::Objects(Scope::Store),
        (Object::Logon(_) | Object::Folder(_) | Object::Message(_), Some((folder, ObjectId::NONE))) => {
            Target::Objects(Scope::Folder(own_counter(folder)?))
        }
        (Object::Logon(_) | Object::Folder(_) | Object::Message(_), Some((_, message))) => {
            Target::Objects(Scope::Message(own_counter(message)?))
        }
        _ => return Err(ErrorCode::NotSupported.into()),
    };
    let subscription = Subscription { types: rq.notification_types, target };
    cx.create(mailbox, None, Object::Subscription(subscription))?;
    Ok(RegisterNotificationResponse {})
}

impl Objects {
    /// What an open object watches. TableModified events of a mailbox or folder come with its
    /// tables, which watch by themselves (R256).
    fn watch_of(&self, open: &Open) -> Option<Watch> {
        let (what, own) = match &open.object {
            Object::Table(table) => table.automatic_watch()?,
            Object::Subscription(Subscription { types, target: Target::Objects(scope) }) => {
                (Watched::Objects { types: *types, scope: *scope }, true)
            }
            Object::Subscription(Subscription { types, target: Target::Table(handle) })
                if types & event::TABLE_MODIFIED != 0 =>
            {
                match &self.get(*handle)?.object {
                    Object::Table(table) => (table.watched()?, true),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Watch { mailbox: open.mailbox.mailbox, own, what })
    }

    pub(super) fn watches(&self) -> Vec<(u32, Watch)> {
        self.iter().filter_map(|(handle, open)| Some((handle, self.watch_of(open)?))).collect()
    }

    /// A batch begins. See [`crate::notify::Session::begin`].
    pub(super) fn begin_batch(&mut self, engine: &Engine) {
        self.session.attach(&engine.hub);
        self.session.begin();
    }

    /// What is watched from now on, whatever became of the batch.
    fn watch(&self) {
        self.session.watch(self.watches().into_iter().map(|(_, watch)| watch).collect());
    }

    /// The response is ready.
    pub(super) fn end_batch(&self) {
        self.watch();
        self.session.end(!self.unsent.is_empty());
    }
}

impl Engine {
    /// Appends RopNotify for what waits, as much as fits, and RopPending if that is not all.
    /// MS-OXCNOTIF 3.1.5.5; `limit`: room of a response that has nothing else.
    pub(super) fn append_events(&self, caller: &Caller, objects: &mut Objects, out: &mut Writer, limit: usize) {
        objects.watch();
        if objects.unsent.is_empty() && objects.session.is_empty() {
            return;
        }
        // A snapshot that is at least as new as the events.
        let mut txn = match self.store.read() {
            Ok(txn) => txn,
            Err(e) => {
                super::log_store("events", &e);
                return;
            }
        };
        let cx = Context {
            txn: &mut txn,
            objects,
            caller,
            hub: &self.hub,
            regions: &self.regions,
            rop_id: NOTIFY,
            now: self.clock.now(),
            table: &mut Vec::new(),
            logon_id: 0,
            room: limit,
            full_room: limit,
            warning: ErrorCode::Success,
            created: None,
            instead: None,
        };
        let watches = cx.objects.watches();
        let mut told = Told::default();
        cx.objects.session.each(|event| told.expect(event));
        loop {
            if !send(cx.objects, out, limit) {
                write_pending(out);
                return;
            }
            let Some(queued) = cx.objects.session.pop() else { return };
            told.reach(&queued.event);
            let unsent = expand(&cx, &watches, &mut told, &queued);
            cx.objects.unsent.extend(unsent);
        }
    }
}

/// Writes what waits for room; false if something still does.
fn send(objects: &mut Objects, out: &mut Writer, limit: usize) -> bool {
    while let Some(mut unsent) = objects.unsent.pop_front() {
        if unsent.is_void(objects) {
            continue;
        }
        if unsent.is_table && unsent.bytes.len().saturating_add(PENDING_LEN) > limit {
            // It would not fit into any response that this client allows.
            unsent = Unsent::new(unsent.handle, unsent.logon_id, changed());
        }
        let is_last = objects.unsent.is_empty() && objects.session.is_empty();
        let after = if is_last { 0 } else { PENDING_LEN };
        if unsent.bytes.len().saturating_add(after) > out.room() {
            objects.unsent.push_front(unsent);
            return false;
        }
        out.raw(&unsent.bytes);
    }
    true
}

/// RopPending, if there is room for it; the session's flag says the same. SessionIndex: the one
/// session there is.
fn write_pending(out: &mut Writer) {
    if out.room() >= PENDING_LEN {
        PENDING.write(out);
        PendingResponse { session_index: 0 }.write(out);
    }
}

impl Unsent {
    fn new(handle: u32, logon_id: u8, data: NotificationData) -> Self {
        let is_table = data.notification_flags & event::TYPE == event::TABLE_MODIFIED;
        let mut w = Writer::new();
        NOTIFY.write(&mut w);
        NotifyResponse { notification_handle: handle, logon_id, notification_data: data }.write(&mut w);
        Self { handle, logon_id, bytes: w.into_bytes(), is_table }
    }

    /// Whether nobody wants it any more: its handle is released, or its table was reset.
    fn is_void(&self, objects: &Objects) -> bool {
        match objects.get(self.handle).map(|open| &open.object) {
            Some(Object::Table(table)) => table.watched().is_none(),
            Some(_) => false,
            None => true,
        }
    }
}

/// What the client is told of an event: under each handle that it concerns.
fn expand(cx: &Context<'_, '_>, watches: &[(u32, Watch)], told: &mut Told, queued: &Queued) -> Vec<Unsent> {
    let Queued { event, own } = queued;
    let mut unsent = Vec::new();
    for (handle, watch) in watches.iter().filter(|(_, watch)| watch.matches(event, *own)) {
        let Some(open) = cx.objects.get(*handle) else { continue };
        let data = match (watch.what, table_of(cx.objects, open)) {
            (Watched::Objects { .. }, _) if hears(cx, open.mailbox, &event.what) => vec![object_event(&event.what)],
            (Watched::Objects { .. }, _) => Vec::new(),
            (_, Some(table)) => Teller { handle: *handle, ids: open.mailbox, table }.tell(cx, told, &event.what),
            (_, None) => Vec::new(),
        };
        unsent.extend(data.into_iter().map(|data| Unsent::new(*handle, open.logon_id, data)));
    }
    unsent
}

/// Is it for the ears of whoever looks at the mailbox? Visitors hear of messages that they may read, and of
/// folders that they may see.
fn hears(cx: &Context<'_, '_>, ids: MailboxIds, what: &What) -> bool {
    let (place, rights) = match what {
        What::MessageCreated { at, .. }
        | What::MessageModified { at, .. }
        | What::MessageDeleted { at, .. }
        | What::NewMail { at, .. }
        | What::MessageMoved { at, .. }
        | What::MessageCopied { at, .. } => (at.folder, Rights::READ_ANY),
        What::Linked { home, .. } => (*home, Rights::READ_ANY),
        What::FolderCreated { folder, .. }
        | What::FolderDeleted { folder, .. }
        | What::FolderMoved { folder, .. }
        | What::FolderCopied { folder, .. }
        | What::FolderModified { folder, .. }
        | What::SearchComplete { folder } => (*folder, Rights::SEES),
        What::Many => return true,
    };
    guard::folder(cx, ids, place, rights).is_ok()
}

/// The table that an object is, or that it subscribes to.
fn table_of<'a>(objects: &'a Objects, open: &'a Open) -> Option<&'a TableObject> {
    match &open.object {
        Object::Table(table) => Some(table),
        Object::Subscription(Subscription { target: Target::Table(handle), .. }) => {
            match &objects.get(*handle)?.object {
                Object::Table(table) => Some(table),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a subscription to objects is told. MS-OXCNOTIF 2.2.1.4.1.2
fn object_event(what: &What) -> NotificationData {
    let id = |counter: u64| Some(ObjectId::own(counter));
    let mut data = NotificationData { notification_flags: type_of(what), ..NotificationData::default() };
    match what {
        What::MessageCreated { at, id: message }
        | What::MessageModified { at, id: message, .. }
        | What::MessageDeleted { at, id: message, .. }
        | What::NewMail { at, id: message, .. }
        | What::MessageMoved { at, id: message, .. }
        | What::MessageCopied { at, id: message, .. } => {
            data.notification_flags |= event::MESSAGE;
            data.folder_id = id(at.folder);
            data.message_id = id(*message);
        }
        What::FolderCreated { folder, parent }
        | What::FolderDeleted { folder, parent }
        | What::FolderMoved { folder, parent, .. }
        | What::FolderCopied { folder, parent, .. } => {
            data.folder_id = id(*folder);
            data.parent_folder_id = id(*parent);
        }
        What::FolderModified { folder, .. } | What::SearchComplete { folder } => data.folder_id = id(*folder),
        What::Linked { search, home, id: message, change } => {
            data.notification_flags |= event::MESSAGE | event::SEARCH;
            data.folder_id = id(*search);
            data.message_id = id(*message);
            // An ObjectModified event has no parent (R179).
            data.parent_folder_id = if matches!(change, LinkChange::Changed { .. }) { None } else { id(*home) };
        }
        What::Many => {}
    }
    match what {
        What::MessageMoved { from, old_id, .. } | What::MessageCopied { from, old_id, .. } => {
            data.old_folder_id = id(from.folder);
            data.old_message_id = id(*old_id);
        }
        What::FolderMoved { folder: old_folder, old_parent, .. }
        | What::FolderCopied { old_folder, old_parent, .. } => {
            data.old_folder_id = id(*old_folder);
            data.old_parent_folder_id = id(*old_parent);
        }
        What::NewMail { flags, class, .. } => data.new_mail = Some((*flags, class.clone())),
        What::FolderModified { total, unread, .. } => {
            data.notification_flags |= total.map_or(0, |_| event::TOTAL) | unread.map_or(0, |_| event::UNREAD);
            data.total_message_count = *total;
            data.unread_message_count = *unread;
        }
        _ => {}
    }
    if data.notification_flags & (event::CREATED | event::MODIFIED) != 0 {
        // TagCount 0: which properties changed is not told, as in Exchange 2013 (R199).
        data.tags = Some(Vec::new());
    }
    data
}
