//! TableModified: once there is a view, the rows a client keeps by the events are the table's rows.

use super::client::{Client, NOW, ROOMY, World, message, save};
use super::{DRAFTS, INBOX};
use crate::store::Random;
use mailstead::limits;
use mailstead::mapi::{ObjectId, Order, PropertyTag, SortOrder, SortOrderSet, TaggedValue, Value};
use mailstead::rop::{
    Access, FindRowRequest, GetContentsTableRequest, NO_HANDLE, NotificationData, PropertyValues,
    QueryColumnsAllRequest, QueryPositionRequest, QueryRowsRequest, RegisterNotificationRequest, Request,
    ResetTableRequest, SeekRowFractionalRequest, SeekRowRequest, SetPropertiesRequest, event, origin,
};
use mailstead::store::{FolderKind, IndexOrder, Kind, List, Location, NewFolder, StoreError};

const MID: &[PropertyTag] = &[PropertyTag::PidTagMid];

fn by_delivery(order: Order) -> SortOrderSet {
    let property_tag = PropertyTag::PidTagMessageDeliveryTime;
    SortOrderSet { sort_orders: vec![SortOrder { property_tag, order }], ..SortOrderSet::default() }
}

fn kinds(client: &mut Client, table: u32) -> Vec<u16> {
    let events = client.poll();
    events.iter().filter(|(handle, _)| *handle == table).filter_map(|(_, e)| e.table_event_type).collect()
}

fn add(world: &World) {
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
}

/// MS-OXCNOTIF R243, R249 to R254, R256, R272 to R285: a view is made by one of these operations; without
/// one, or after RopResetTable, nothing is told.
#[test]
fn a_view_comes_first() {
    let world = World::new();
    let mut a = world.client();
    let folder = a.folder(INBOX);
    let table = a.open(Request::GetContentsTable(GetContentsTableRequest { table_flags: 0 }), folder);
    add(&world);
    assert!(kinds(&mut a, table).is_empty(), "no columns");
    a.set_columns(table, MID);
    add(&world);
    assert!(kinds(&mut a, table).is_empty(), "no view");
    let any = mailstead::mapi::Restriction::Exist { property_tag: PropertyTag::PidTagMid };
    let restriction_data = mailstead::wire::Wire::to_bytes(&any);
    let find = FindRowRequest { find_row_flags: 0, restriction_data, origin: origin::BEGINNING, bookmark: Vec::new() };
    let seek = SeekRowRequest { origin: origin::BEGINNING, row_count: 1, want_row_moved_count: false };
    for viewing in [
        Request::QueryRows(QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 1 }),
        Request::FindRow(find),
        Request::QueryColumnsAll(QueryColumnsAllRequest {}),
        Request::QueryPosition(QueryPositionRequest {}),
        Request::SeekRow(seek),
        Request::SeekRowFractional(SeekRowFractionalRequest { numerator: 0, denominator: 1 }),
    ] {
        assert_eq!(viewing.access(), Access::Reads);
        let tags: Vec<u32> = MID.iter().map(|tag| tag.0).collect();
        a.run(std::slice::from_ref(&viewing), &[table], &tags);
        add(&world);
        assert_eq!(kinds(&mut a, table), [3], "{viewing:?}");
        add(&world);
        a.act(Request::ResetTable(ResetTableRequest {}), table);
        add(&world);
        assert!(kinds(&mut a, table).is_empty() && a.events.is_empty(), "reset");
        a.set_columns(table, MID);
    }
}

/// MS-OXCNOTIF R258; MS-OXCFOLD R805, R1014
/// MS-OXCNOTIF R21 R40001 R259 R266
#[test]
fn no_notifications() {
    let world = World::new();
    let mut a = world.client();
    let silent = a.contents(INBOX, 0x10, MID, &SortOrderSet::default());
    let folders = a.hierarchy(INBOX, 0x10, &[PropertyTag::PidTagFolderId]);
    assert!(world.engine.hub.is_empty());
    add(&world);
    a.create_folder(INBOX, "f");
    assert!(a.events.is_empty() && kinds(&mut a, silent).is_empty() && kinds(&mut a, folders).is_empty());
    // Asked for by name, they come, under the handle of the subscription (MS-OXCNOTIF R96).
    let register = RegisterNotificationRequest { notification_types: event::TABLE_MODIFIED, scope: None };
    let s = a.open(Request::RegisterNotification(register), silent);
    add(&world);
    assert_eq!(kinds(&mut a, s), [3]);
}

/// MS-OXCFOLD R809: a hierarchy table without what the session does itself.
#[test]
fn own_changes_can_be_left_out() {
    let world = World::new();
    let (mut a, mut b) = (world.client(), world.client());
    let columns = &[PropertyTag::PidTagFolderId];
    let (without, with) = (a.hierarchy(INBOX, 0x80, columns), a.hierarchy(INBOX, 0, columns));
    a.create_folder(INBOX, "own");
    let events = std::mem::take(&mut a.events);
    assert!(events.iter().all(|(handle, _)| *handle == with) && events.len() == 1, "{events:?}");
    b.create_folder(INBOX, "other's");
    let events = a.poll();
    assert_eq!(events.iter().map(|(handle, _)| *handle).collect::<Vec<_>>(), [without, with]);
}

/// Counters are columns of hierarchy tables: how Outlook knows what is unread.
#[test]
fn counters_change_a_folders_row() {
    let world = World::new();
    let mut a = world.client();
    let table = a.hierarchy(4, 0, &[PropertyTag::PidTagContentUnreadCount]);
    add(&world);
    add(&world);
    let events = a.poll();
    assert_eq!(events.len(), 1, "told once, as it is");
    let (handle, event) = &events[0];
    assert_eq!((*handle, event.table_event_type), (table, Some(5)));
    assert_eq!(event.table_row.unwrap().folder_id, ObjectId::own(INBOX));
    assert_eq!(event.table_row_data.as_deref(), Some(&[0, 2, 0, 0, 0][..]));
}

/// A row too large for an event, and one that no answer of this client has room for.
#[test]
fn large_rows_are_read_from_the_table() {
    let world = World::new();
    let mut a = world.client();
    // A text is cut at 510 bytes: it takes many of them.
    const LONG: usize = limits::EVENT_ROW_MAX_BYTES / limits::CELL_MAX_BYTES + 1;
    let mut columns = vec![PropertyTag::PidTagMid];
    columns.extend([PropertyTag::PidTagNormalizedSubject; LONG]);
    let table = a.contents(INBOX, 0, &columns, &SortOrderSet::default());
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message(&"s".repeat(limits::EVENT_ROW_MAX_BYTES), 1)));
    let events = a.poll();
    let data = events[0].1.table_row_data.as_deref().unwrap();
    // A flagged row (01) whose long values are the error that asks for a stream (0A, 8007000E).
    assert_eq!((data.len(), data[0], &data[data.len() - 5..]), (1 + 9 + 5 * LONG, 1, &[0x0A, 0x0E, 0, 7, 0x80][..]));
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message(&"s".repeat(100), 1)));
    a.max_out = 100;
    assert_eq!(kinds(&mut a, table), [1]);
    a.max_out = ROOMY;
    assert!(a.poll().is_empty());
}

/// What a client keeps of a table by its events.
struct Mirror {
    table: u32,
    rows: Vec<u64>,
    stale: bool,
}

impl Mirror {
    fn apply(&mut self, data: &NotificationData, is_message: bool) {
        let row_of = |row: mailstead::rop::TableRowIds| match row.message {
            Some((id, instance)) => {
                assert_eq!(instance, 0);
                id.counter()
            }
            None => row.folder_id.counter(),
        };
        let kind = data.table_event_type.unwrap();
        assert_eq!(data.notification_flags & event::MESSAGE != 0, is_message && kind != 1);
        if kind == 1 || self.stale {
            self.stale = true;
            return;
        }
        let row = row_of(data.table_row.unwrap());
        self.rows.retain(|other| *other != row);
        if kind == 4 {
            return;
        }
        let place = match row_of(data.insert_after.unwrap()) {
            0 => 0,
            after => 1 + self.rows.iter().position(|other| *other == after).expect("after a row that is there"),
        };
        self.rows.insert(place, row);
    }
}

/// One random change of messages in the two folders.
fn change_messages(world: &World, random: &mut Random) {
    world.write(|txn, mailbox| {
        for _ in 0..=random.below(4) {
            let folder = [INBOX, DRAFTS][random.below(2)];
            let at = Location { folder, kind: Kind::Normal };
            let to = Location { folder: [INBOX, DRAFTS][random.below(2)], kind: Kind::Normal };
            let ids = txn.message_ids(mailbox, folder, Kind::Normal).unwrap();
            let picked = (!ids.is_empty()).then(|| ids[random.below(ids.len().max(1))]);
            let time = u64::try_from(random.below(12)).unwrap();
            match (random.below(8), picked) {
                (0, Some(id)) => drop(txn.delete_message(mailbox, folder, Kind::Normal, id, NOW).unwrap()),
                (1, Some(id)) => drop(txn.soft_delete_message(mailbox, folder, Kind::Normal, id, NOW).unwrap()),
                (2, Some(id)) => drop(txn.move_message(mailbox, at, id, to, NOW).unwrap()),
                (3, Some(id)) => drop(txn.copy_message(mailbox, at, id, to, NOW).unwrap()),
                (4 | 5, Some(id)) => {
                    let mut head = txn.message_head(mailbox, folder, Kind::Normal, id).unwrap().unwrap();
                    head.read = !head.read;
                    let delivered = PropertyTag::PidTagMessageDeliveryTime.id();
                    if random.below(2) == 0 {
                        head.properties.set(delivered, Value::Time(mailstead::wire::FileTime(time)));
                    }
                    txn.update_head(mailbox, at, id, &head, NOW).unwrap();
                }
                _ => drop(save(txn, mailbox, folder, &mut message("m", time))),
            }
        }
    });
}

fn message_rows(world: &World, order: IndexOrder, descending: bool) -> Vec<u64> {
    let txn = world.store.read().unwrap();
    let list = List { mailbox: world.user.id, folder: INBOX, kind: Kind::Normal };
    let rows = txn.index_rows(list, order, None, !descending, usize::MAX).unwrap();
    rows.into_iter().map(|(_, id)| id).collect()
}

/// Whoever applies every event has the rows, however the answers cut them up. MS-OXCTABL R415
#[test]
fn rows_kept_by_events_are_the_rows() {
    let mut random = Random::from_env("rows kept by events");
    for _ in 0..6 {
        let world = World::new();
        for _ in 0..random.below(20) {
            change_messages(&world, &mut random);
        }
        let mut a = world.client();
        let orders = [
            (SortOrderSet::default(), IndexOrder::Id, false),
            (by_delivery(Order::Ascending), IndexOrder::Delivery, false),
            (by_delivery(Order::Descending), IndexOrder::Delivery, true),
        ];
        let mut mirrors = orders.clone().map(|(sort, order, descending)| Mirror {
            table: a.contents(INBOX, 0, MID, &sort),
            rows: message_rows(&world, order, descending),
            stale: false,
        });
        for step in 0..60 {
            for _ in 0..random.below(5) {
                change_messages(&world, &mut random);
            }
            a.max_out = [ROOMY, 300][random.below(2)];
            a.poll().iter().for_each(|event| apply(&mut mirrors, event, true));
            if step % 10 == 9 {
                a.max_out = ROOMY;
                while !a.events.is_empty() || a.pending || step % 10 == 9 {
                    let events = a.poll();
                    events.iter().for_each(|event| apply(&mut mirrors, event, true));
                    if !a.pending {
                        break;
                    }
                }
                for (mirror, (_, order, descending)) in mirrors.iter_mut().zip(&orders) {
                    let rows = message_rows(&world, *order, *descending);
                    assert!(!mirror.stale, "an index order is told row by row");
                    assert_eq!(mirror.rows, rows, "{order:?}, descending {descending}");
                }
            }
        }
    }
}

fn apply(mirrors: &mut [Mirror], (handle, data): &(u32, NotificationData), is_message: bool) {
    let mirror = mirrors.iter_mut().find(|mirror| mirror.table == *handle).expect("a table");
    mirror.apply(data, is_message);
}

/// One random change of folders.
fn change_folders(world: &World, random: &mut Random) {
    world.write(|txn, mailbox| {
        let mut all = txn.subtree(mailbox, INBOX).unwrap();
        all.push(INBOX);
        let folder = all[random.below(all.len())];
        let name = format!("{}", random.below(30));
        let taken = |e: StoreError| assert!(matches!(e, StoreError::Exists), "{e}");
        match random.below(7) {
            0 if folder != INBOX => {
                let depth = mailstead::store::DeleteDepth { messages: true, folders: true };
                txn.delete_folder(mailbox, folder, depth, NOW).unwrap();
            }
            1 if folder != INBOX => {
                let parent = txn.folder(mailbox, folder).unwrap().unwrap().parent;
                txn.place_folder(mailbox, folder, parent, &name, NOW).unwrap_or_else(taken);
            }
            2 if folder != INBOX => {
                let target = all[random.below(all.len())];
                if target != folder && !txn.ancestors(mailbox, target).unwrap().contains(&folder) {
                    txn.place_folder(mailbox, folder, target, &name, NOW).unwrap_or_else(taken);
                }
            }
            3 if folder != INBOX && all.len() < 100 => {
                let new = NewFolder { name: &name, comment: "", kind: FolderKind::Generic };
                txn.copy_folder(mailbox, folder, INBOX, &new, true, NOW).map(drop).unwrap_or_else(taken);
            }
            4 => drop(save(txn, mailbox, folder, &mut message("m", 1))),
            _ => {
                let new = NewFolder { name: &name, comment: "", kind: FolderKind::Generic };
                txn.create_folder(mailbox, folder, &new, NOW).map(drop).unwrap_or_else(taken);
            }
        }
    });
}

/// The same for hierarchy tables; a deep one may be told to read anew when folders move.
#[test]
fn folders_kept_by_events_are_the_folders() {
    const DEPTH: u8 = 0x04;
    let mut random = Random::from_env("folders kept by events");
    for _ in 0..6 {
        let world = World::new();
        let mut a = world.client();
        let columns = &[PropertyTag::PidTagFolderId];
        let tables = [a.hierarchy(INBOX, 0, columns), a.hierarchy(INBOX, DEPTH, columns)];
        let mut mirrors = tables.map(|table| Mirror { table, rows: Vec::new(), stale: false });
        for _ in 0..60 {
            for _ in 0..random.below(6) {
                change_folders(&world, &mut random);
            }
            a.max_out = [ROOMY, 200][random.below(2)];
            let mut events = a.poll();
            a.max_out = ROOMY;
            while a.pending {
                events.extend(a.poll());
            }
            events.iter().for_each(|event| apply(&mut mirrors, event, false));
            let txn = world.store.read().unwrap();
            let rows = [txn.subfolders(world.user.id, INBOX).unwrap(), txn.subtree(world.user.id, INBOX).unwrap()];
            assert!(!mirrors[0].stale, "a flat table is told row by row");
            for (mirror, rows) in mirrors.iter_mut().zip(rows) {
                if std::mem::take(&mut mirror.stale) {
                    mirror.rows = rows;
                } else {
                    assert_eq!(mirror.rows, rows);
                }
            }
        }
    }
}

/// Properties of a folder that a client sets change its row.
#[test]
fn properties_change_a_folders_row() {
    let world = World::new();
    let mut a = world.client();
    let table = a.hierarchy(4, 0, &[PropertyTag::PidTagComment]);
    let folder = a.folder(INBOX);
    let values = vec![TaggedValue { tag: PropertyTag::PidTagComment, value: Value::String("c".into()) }];
    a.act(Request::SetProperties(SetPropertiesRequest { property_values: PropertyValues { values } }), folder);
    let events = std::mem::take(&mut a.events);
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((events[0].0, events[0].1.table_row_data.as_deref()), (table, Some(&[0, b'c', 0, 0, 0][..])));
    assert_ne!(table, NO_HANDLE);
}

/// In tables with categories or restrictions a row's coming and going may concern others: read anew.
/// MS-OXCNOTIF R267
#[test]
fn other_tables_are_read_anew() {
    let world = World::new();
    let mut a = world.client();
    let by_subject = SortOrder { property_tag: PropertyTag::PidTagSubject, order: Order::Ascending };
    let sorted = SortOrderSet { sort_orders: vec![by_subject], ..SortOrderSet::default() };
    let grouped = SortOrderSet { categorized_count: 1, expanded_count: 1, ..sorted.clone() };
    let tables = [a.contents(INBOX, 0, MID, &sorted), a.contents(INBOX, 0, MID, &grouped)];
    let id = world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    a.poll();
    world.write(|txn, mailbox| txn.delete_message(mailbox, INBOX, Kind::Normal, id, NOW)).unwrap();
    let events = a.poll();
    let told = events.iter().map(|(handle, e)| (*handle, e.table_event_type.unwrap())).collect::<Vec<_>>();
    assert_eq!(told, [(tables[0], 4), (tables[1], 1)], "a deleted row needs no place");
}
