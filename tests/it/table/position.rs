//! Where the cursor of a table stands after others have changed its folder. MS-OXCTABL 3.2.5.7; the
//! position follows the row by what changed, and costs nothing that grows with the folder.

use super::{BEGINNING, CURRENT, sort};
use crate::client::{Desk, Dice, NOW, string};
use mailstead::mapi::{Cell, FuzzyLow, ObjectId, Order, PropertyTag, PropertyType, Restriction, Value};
use mailstead::rop::{
    CreateFolderRequest, DeleteMessagesRequest, QueryPositionRequest, QueryRowsRequest, RestrictRequest,
    SeekRowRequest, SetSearchCriteriaRequest,
};
use mailstead::store::{Kind, Location, Message, Special, looks};
use mailstead::wire::{FileTime, Wire as _};

const MID: PropertyTag = PropertyTag::PidTagMid;
const TIME: PropertyTag = PropertyTag::PidTagMessageDeliveryTime;
/// A text with several values.
const COLOURS: PropertyTag = PropertyTag(0x7001_101F);

fn inbox() -> Location {
    Location { folder: Special::Inbox.counter(), kind: Kind::Normal }
}

/// What orders a row: delivery time (0 where that does not count) and identifier.
type Key = (u64, u64);

fn letter(time: u64) -> Message {
    let mut message = Message::default();
    let words = ["a letter", "One letter", "two letters", "letter"][usize::try_from(time % 4).unwrap()];
    message.head.properties.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(words.to_owned()));
    if !time.is_multiple_of(5) {
        let colours = ["red", "green", "blue", "white"].iter().take(usize::try_from(time % 5).unwrap());
        let colours = Value::MultipleString(colours.map(|&colour| colour.to_owned()).collect());
        message.head.properties.set(COLOURS.id(), colours);
    }
    if time > 0 {
        message.head.properties.set(TIME.id(), Value::Time(FileTime(time)));
    }
    message
}

impl Desk {
    /// Changes the mailbox beside the session, in one transaction.
    fn beside_it(&self, change: impl FnOnce(&mut mailstead::store::Txn<'_>, u32)) {
        let mut txn = self.place.store.write().unwrap();
        change(&mut txn, self.place.ann.id);
        txn.commit().unwrap();
    }

    fn arrive(&self, times: impl IntoIterator<Item = u64>) {
        self.beside_it(|txn, mailbox| {
            for time in times {
                let mut owner = txn.mailbox(mailbox).unwrap();
                let id = owner.take_id().unwrap();
                txn.save_message(mailbox, &mut owner, inbox(), id, &mut letter(time), NOW).unwrap();
            }
        });
    }

    fn rows_before(&mut self, table: u32) -> u32 {
        self.go(table, QueryPositionRequest {}).numerator
    }

    fn seek(&mut self, table: u32, origin: u8, row_count: i32) {
        self.go(table, SeekRowRequest { origin, row_count, want_row_moved_count: false });
    }

    /// The row at the cursor.
    fn row_at(&mut self, table: u32, by_time: bool) -> Option<Key> {
        let rows = QueryRowsRequest { query_rows_flags: 1, forward_read: true, row_count: 1 };
        let columns = [MID, TIME];
        let response = self.go(table, rows);
        let mut reader = mailstead::wire::Reader::new(&response.rows.data);
        (response.rows.count == 1).then(|| {
            key(&mailstead::mapi::read_row(&mut reader, &columns, mailstead::mapi::Dialect::Rop).unwrap(), by_time)
        })
    }

    fn view(&mut self, folder: u32, order: Option<Order>) -> u32 {
        let table = self.contents(folder, &[MID, TIME]);
        if let Some(order) = order {
            self.go(table, sort(&[(TIME, order)]));
        }
        table
    }
}

fn key(row: &[Cell], by_time: bool) -> Key {
    let Ok(Value::Integer64(id)) = row[0] else { panic!("{row:?}") };
    let time = match row[1] {
        Ok(Value::Time(time)) if by_time => time.0,
        _ => 0,
    };
    (time, ObjectId::from_i64(id).counter())
}

/// A table under test: its handle, its folder, its order, and the row that the cursor was put at.
struct Watched {
    table: u32,
    folder: u32,
    order: Option<Order>,
    cursor: Option<Key>,
}

impl Watched {
    /// Its rows as a table opened now has them.
    fn rows(&self, desk: &mut Desk) -> Vec<Key> {
        let fresh = desk.view(self.folder, self.order);
        let rows = desk.rows(fresh);
        smol::block_on(desk.session.release(&[fresh])).unwrap();
        rows.iter().map(|row| key(row, self.order.is_some())).collect()
    }

    fn is_before(&self, a: Key, b: Key) -> bool {
        if self.order == Some(Order::Descending) { a > b } else { a < b }
    }
}

/// Something happens to the Inbox.
fn change(desk: &mut Desk, dice: &mut Dice) {
    let ids = desk.place.store.read().unwrap().message_ids(desk.place.ann.id, inbox().folder, inbox().kind).unwrap();
    let id = ids.get(dice.below(ids.len())).copied();
    let time = u64::try_from(dice.below(40)).unwrap();
    match (dice.below(7), id) {
        (0, Some(id)) => desk.beside_it(|txn, mailbox| {
            txn.delete_message(mailbox, inbox().folder, inbox().kind, id, NOW).unwrap();
        }),
        (1, Some(id)) => desk.beside_it(|txn, mailbox| {
            txn.soft_delete_message(mailbox, inbox().folder, inbox().kind, id, NOW).unwrap();
        }),
        // Another place in the order of delivery.
        (2, Some(id)) => desk.beside_it(|txn, mailbox| {
            let mut owner = txn.mailbox(mailbox).unwrap();
            txn.save_message(mailbox, &mut owner, inbox(), id, &mut letter(time), NOW).unwrap();
        }),
        (3, Some(id)) => desk.beside_it(|txn, mailbox| {
            let mut head = txn.message_head(mailbox, inbox().folder, inbox().kind, id).unwrap().unwrap();
            head.read = !head.read;
            txn.update_head(mailbox, inbox(), id, &head, NOW).unwrap();
        }),
        // The session itself.
        (4, Some(id)) => {
            let inbox = desk.inbox();
            let message_ids = vec![ObjectId::own(id)];
            desk.go(inbox, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids });
        }
        _ => {
            let many = 1 + dice.below(3);
            let times: Vec<u64> = (0..many).map(|_| u64::try_from(dice.below(40)).unwrap()).collect();
            desk.arrive(times);
        }
    }
}

/// MS-OXCTABL R491 (3.2.5.8): wherever the cursors of several tables stand, they stay at their rows.
#[test]
fn the_position_follows_its_row() {
    let mut dice = Dice::new();
    let mut desk = Desk::new();
    desk.arrive((0..60).map(|n| n % 40));
    let (folder, finder) = (desk.inbox(), desk.folder(Special::Finder.id()));
    let search = desk.make(finder, CreateFolderRequest { folder_type: 2, ..crate::client::new_folder("letters") });
    let restriction_data = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: 0,
        property_tag: PropertyTag::PidTagSubject,
        tagged_value: string(PropertyTag::PidTagSubject, "letter"),
    };
    let criteria = SetSearchCriteriaRequest {
        restriction_data: restriction_data.to_bytes(),
        folder_ids: vec![Special::Inbox.id()],
        search_flags: 2,
    };
    desk.go(search, criteria);
    let orders = [None, Some(Order::Ascending), Some(Order::Descending)];
    let mut tables = Vec::new();
    for folder in [folder, search] {
        for order in orders {
            tables.push(Watched { table: desk.view(folder, order), folder, order, cursor: None });
        }
    }
    for _ in 0..120 {
        let mut before = Vec::new();
        for watched in &mut tables {
            let rows = watched.rows(&mut desk);
            if dice.below(3) == 0 {
                desk.seek(watched.table, BEGINNING, i32::try_from(dice.below(70)).unwrap());
                let at = usize::try_from(desk.rows_before(watched.table)).unwrap();
                // At the start it is before whatever comes first.
                watched.cursor = rows.get(at).copied().filter(|_| at > 0);
            }
            before.push(usize::try_from(desk.rows_before(watched.table)).unwrap());
        }
        (0..=dice.below(3)).for_each(|_| change(&mut desk, &mut dice));
        for (watched, was) in tables.iter().zip(before) {
            let rows = watched.rows(&mut desk);
            let expected = match watched.cursor {
                // It stands there even when the row is gone.
                Some(row) => rows.iter().filter(|other| watched.is_before(**other, row)).count(),
                None => rows.len().min(was),
            };
            let position = usize::try_from(desk.rows_before(watched.table)).unwrap();
            assert_eq!(position, expected, "{:?} {:?}", watched.order, watched.cursor);
            let next = desk.row_at(watched.table, watched.order.is_some());
            assert_eq!(next, rows.get(expected).copied(), "{:?} {:?}", watched.order, watched.cursor);
        }
    }
}

/// The rows of tables that are no index: sorted by subject, restricted, one row for each colour.
fn lists(desk: &mut Desk, folder: u32) -> Vec<u32> {
    let instance = COLOURS.with_type(PropertyType(COLOURS.property_type().0 | PropertyType::INSTANCE));
    let by_subject = sort(&[(PropertyTag::PidTagSubject, Order::Descending), (TIME, Order::Ascending)]);
    let by_colour = sort(&[(instance, Order::Ascending), (PropertyTag::PidTagSubject, Order::Descending)]);
    let restriction = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Prefix,
        fuzzy_level_high: 0,
        property_tag: PropertyTag::PidTagSubject,
        tagged_value: string(PropertyTag::PidTagSubject, "One"),
    };
    let restricted = RestrictRequest { restrict_flags: 0, restriction_data: restriction.to_bytes() };
    let mut tables = Vec::new();
    for (order, is_restricted) in
        [(Some(&by_subject), false), (Some(&by_subject), true), (None, true), (Some(&by_colour), false)]
    {
        let columns = [PropertyTag::PidTagMid, PropertyTag::PidTagInstanceNum, PropertyTag::PidTagSubject];
        let table = desk.contents(folder, &columns);
        if let Some(order) = order {
            desk.go(table, order.clone());
        }
        if is_restricted {
            desk.go(table, restricted.clone());
        }
        tables.push(table);
    }
    tables
}

/// A list of rows that changes are put into is the list that is made anew, and its cursor stays at its row.
#[test]
fn rows_that_change_are_put_into_their_places() {
    let mut dice = Dice::new();
    let mut desk = Desk::new();
    desk.arrive((0..60).map(|n| n % 40));
    let folder = desk.inbox();
    let tables = lists(&mut desk, folder);
    let whole = |desk: &mut Desk, table: u32| {
        desk.seek(table, BEGINNING, 0);
        desk.rows(table)
    };
    for _ in 0..120 {
        let mut cursors = Vec::new();
        for table in &tables {
            let rows = whole(&mut desk, *table);
            desk.seek(*table, BEGINNING, i32::try_from(1 + dice.below(70)).unwrap());
            let at = usize::try_from(desk.rows_before(*table)).unwrap();
            cursors.push((rows.get(at).cloned(), at == rows.len()));
        }
        (0..=dice.below(3)).for_each(|_| change(&mut desk, &mut dice));
        let fresh = lists(&mut desk, folder);
        for ((table, fresh), (row, was_end)) in tables.iter().zip(&fresh).zip(cursors) {
            let rows = whole(&mut desk, *fresh);
            let position = usize::try_from(desk.rows_before(*table)).unwrap();
            let same = |a: &[Cell], b: &[Cell]| a[..2] == b[..2];
            match row.and_then(|row| rows.iter().position(|other| same(other, &row))) {
                Some(expected) => assert_eq!(position, expected),
                None => assert!(position <= rows.len() && (was_end || position < 70)),
            }
            assert_eq!(whole(&mut desk, *table), rows);
        }
        smol::block_on(desk.session.release(&fresh)).unwrap();
    }
}

/// Issue 3: QueryPosition adjusts by what happened, and pages in the middle cost what they show.
#[test]
fn the_position_costs_nothing_that_grows() {
    const COUNT: u64 = 1500;
    const CHEAP: u64 = 120;
    for order in [None, Some(Order::Ascending), Some(Order::Descending)] {
        let mut desk = Desk::new();
        desk.arrive((0..COUNT).map(|n| 1000 + n));
        let inbox = desk.inbox();
        let table = desk.view(inbox, order);
        desk.seek(table, BEGINNING, i32::try_from(COUNT / 2).unwrap());
        let mut expected = u32::try_from(COUNT / 2).unwrap();
        for n in 0..20 {
            // Now before the row, now after it.
            desk.arrive([if n % 2 == 0 { 500 } else { 5000 }]);
            expected += u32::from(match order {
                None => false,
                Some(Order::Descending) => n % 2 == 1,
                Some(_) => n % 2 == 0,
            });
            let start = looks();
            assert_eq!(desk.rows_before(table), expected);
            assert!(looks() - start < CHEAP, "{order:?}: {}", looks() - start);
        }
        for forward_read in [true, false, true, true] {
            let start = looks();
            let rows = QueryRowsRequest { query_rows_flags: 0, forward_read, row_count: 5 };
            assert_eq!(desk.go(table, rows).rows.count, 5);
            assert!(looks() - start < CHEAP, "{order:?}: {}", looks() - start);
            desk.arrive([500]);
        }
        let start = looks();
        desk.seek(table, CURRENT, -3);
        assert!(looks() - start < CHEAP, "{order:?}: {}", looks() - start);
        let by_subject = desk.contents(inbox, &[MID]);
        desk.go(by_subject, sort(&[(PropertyTag::PidTagSubject, Order::Ascending)]));
        desk.rows_before(by_subject);
        desk.arrive([500, 501]);
        let start = looks();
        desk.rows_before(by_subject);
        // Two events for each of two tables are told with it.
        assert!(looks() - start < 2 * CHEAP, "by subject: {}", looks() - start);
    }
}

/// More than is remembered, and changes in one transaction with the question: counted again.
#[test]
fn what_is_not_known_is_counted() {
    let mut desk = Desk::new();
    desk.arrive((0..50).map(|n| 1000 + n));
    let folder = desk.inbox();
    let table = desk.view(folder, Some(Order::Ascending));
    desk.seek(table, BEGINNING, 20);
    let many = u64::try_from(mailstead::limits::CHANGED_ROWS_KEPT_MAX).unwrap() + 10;
    desk.arrive((0..many).map(|n| 1 + n));
    assert_eq!(u64::from(desk.rows_before(table)), 20 + many);
    let id = desk.place.store.read().unwrap().message_ids(desk.place.ann.id, inbox().folder, inbox().kind).unwrap()[0];
    let mut batch = mailstead::client::Batch::default();
    let (place, on) = (batch.object(folder), batch.object(table));
    let message_ids = vec![ObjectId::own(id)];
    batch.run(place, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids });
    batch.run(on, QueryPositionRequest {});
    smol::block_on(desk.session.batch(&batch)).unwrap();
    let position = u64::from(desk.rows_before(table));
    assert!(position == 20 + many || position == 19 + many, "{position}");
    desk.seek(table, BEGINNING, 0);
    let rows = desk.rows(table);
    assert_eq!(rows.len(), usize::try_from(49 + many).unwrap());
}
