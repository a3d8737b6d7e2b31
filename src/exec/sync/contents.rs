//! Synchronisation of a folder's messages, download. MS-OXCFXICS 2.2.4.3.2, 3.2.5.3
//!
//! Found through the index of changes; a sync with nothing new costs a look-up for each list. With a
//! restriction every message is looked at, for any may have left the scope; what is out of scope
//! stays out of the final state, so that it is sent when the scope grows.

use super::{State, extra, flags, resolve, up_to};
use crate::exec::transfer::{Content, Filter, Source};
use crate::exec::{Context, Result};
use crate::limits;
use crate::mapi::{ErrorCode, ObjectId, PropertyTag, REPLICA_OWN, Ranges, Restriction, Value, replid_set};
use crate::rop::SynchronizationConfigureRequest;
use crate::sorted::sort_by;
use crate::store::{
    BodyView, Changes, Kind, Location, MailboxIds, Message, MessageHead, MessageView, RowId, StoreError, change_key,
    change_list, matches,
};
use crate::transfer::{marker, meta};
use crate::wire::{FileTime, Wire, Writer};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A contents download.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContentsSync {
    folder: u64,
    flags: u16,
    extra: u32,
    tags: Vec<PropertyTag>,
    restriction: Option<Restriction>,
    /// Last change number of the snapshot.
    last: u64,
    /// As uploaded; IdsetGiven grows as messages are sent.
    state: State,
    stage: Stage,
    scans: Vec<Scan>,
    /// What is being sent: number and message.
    current: Option<(u64, u64)>,
    /// Deletions that the client has not heard of, by number.
    graves: Ranges,
    /// What is to be reported as deleted.
    deleted: Ranges,
    /// What is to be reported as out of scope.
    out_of_scope: Ranges,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Stage {
    /// The state may still be uploaded.
    Start,
    /// The scan at this place sends changes.
    Changes(usize),
    Deletions,
    ReadStates,
    State,
    Done,
}

/// How far the changes of one list are sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Scan {
    kind: Kind,
    /// Number and message, found and not yet sent.
    found: VecDeque<(u64, u64)>,
    order: Order,
    exhausted: bool,
    /// In the order of numbers: everything up to here is sent.
    done: u64,
    /// In another order: what is sent.
    sent: Ranges,
    /// Numbers of messages that are out of scope.
    outside: Ranges,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Order {
    /// By change number: looked at up to here.
    Number(u64),
    /// All are found, and stand in the order of delivery.
    Sorted,
    /// By delivery, latest first: looked at down to here.
    Delivery(u64, u64),
}

impl Scan {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            found: VecDeque::new(),
            order: Order::Number(0),
            exhausted: false,
            done: 0,
            sent: Ranges::default(),
            outside: Ranges::default(),
        }
    }

    fn is_done(&self) -> bool {
        self.exhausted && self.found.is_empty()
    }

    /// What the state may say is seen, with what was seen before.
    fn covered(&self, seen: &Ranges, last: u64, is_current: bool) -> Ranges {
        let own = if self.is_done() && !is_current {
            up_to(last)
        } else if let Order::Number(_) = self.order {
            up_to(self.done)
        } else {
            self.sent.clone()
        };
        seen.union(&own).minus(&self.outside)
    }
}

impl ContentsSync {
    pub(in crate::exec) fn folder(&self) -> u64 {
        self.folder
    }

    pub(super) fn new(
        folder: u64,
        last: u64,
        rq: &SynchronizationConfigureRequest,
        restriction: Option<Restriction>,
    ) -> Self {
        Self {
            folder,
            flags: rq.synchronization_flags,
            extra: rq.synchronization_extra_flags,
            tags: rq.property_tags.clone(),
            restriction,
            last,
            state: State::default(),
            stage: Stage::Start,
            scans: Vec::new(),
            current: None,
            graves: Ranges::default(),
            deleted: Ranges::default(),
            out_of_scope: Ranges::default(),
        }
    }

    pub(super) fn initial_state(&mut self) -> Option<&mut State> {
        (self.stage == Stage::Start).then_some(&mut self.state)
    }

    fn is(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    fn reports_deletions(&self) -> bool {
        !self.is(flags::NO_DELETIONS)
    }

    fn reports_scope(&self) -> bool {
        self.reports_deletions() && !self.is(flags::IGNORE_NO_LONGER_IN_SCOPE)
    }

    fn seen(&self, kind: Kind) -> &Ranges {
        if kind.is_associated() { &self.state.seen_fai.own } else { &self.state.seen.own }
    }

    /// The state as far as everything is given out; `all`: and nothing is left.
    /// MS-OXCFXICS 3.2.5.9.3.1
    pub(super) fn state(&self, all: bool) -> State {
        let all = all && self.stage == Stage::Done;
        let mut state = self.state.clone();
        let at = match self.stage {
            Stage::Changes(at) => Some(at),
            _ => None,
        };
        for (place, scan) in self.scans.iter().enumerate() {
            let is_current = at == Some(place) && self.current.is_some();
            let covered = scan.covered(self.seen(scan.kind), self.last, is_current);
            match scan.kind {
                Kind::Associated => state.seen_fai.own = covered,
                _ => state.seen.own = covered,
            }
        }
        // Deletions that were not told to their end are told the next time.
        if all && self.reports_deletions() {
            state.given.own = state.given.own.minus(&self.deleted).minus(&self.out_of_scope);
        } else {
            state.seen.own = state.seen.own.minus(&self.graves);
        }
        if all && self.is(flags::READ_STATE) {
            state.read.own = state.read.own.union(&up_to(self.last));
        }
        state
    }

    pub(in crate::exec) fn advance(
        &mut self,
        cx: &mut Context<'_, '_>,
        ids: MailboxIds,
        source: &mut Source,
    ) -> Result<bool> {
        match self.stage {
            Stage::Start => {
                self.start(cx, ids, source)?;
                self.stage = Stage::Changes(0);
            }
            Stage::Changes(at) => {
                self.finish_current(at, source);
                match self.next(cx, ids, at)? {
                    Some((number, id, _)) => self.change(cx, ids, source, at, (number, id))?,
                    None if at.saturating_add(1) < self.scans.len() => {
                        self.stage = Stage::Changes(at.saturating_add(1));
                    }
                    None => self.stage = Stage::Deletions,
                }
            }
            Stage::Deletions => {
                if self.reports_deletions() {
                    let deleted = (meta::IDSET_DELETED, &self.deleted);
                    let outside = (meta::IDSET_NO_LONGER_IN_SCOPE, &self.out_of_scope);
                    write_sets(source, marker::INCR_SYNC_DEL, &[deleted, outside]);
                }
                self.stage = Stage::ReadStates;
            }
            Stage::ReadStates => {
                if self.is(flags::READ_STATE) {
                    self.read_states(cx, ids, source)?;
                }
                self.stage = Stage::State;
            }
            Stage::State => {
                self.stage = Stage::Done;
                self.state(true).write(&mut source.out, ids.repl_guid, true, true);
                source.out.marker(marker::INCR_SYNC_END);
            }
            Stage::Done => return Ok(false),
        }
        Ok(true)
    }

    fn start(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, source: &mut Source) -> Result<()> {
        for (flag, kind) in [(flags::FAI, Kind::Associated), (flags::NORMAL, Kind::Normal)] {
            if self.is(flag) {
                self.scans.push(Scan::new(kind));
            }
        }
        self.find_deletions(cx, ids)?;
        if self.extra & extra::ORDER_BY_DELIVERY_TIME != 0 {
            for at in 0..self.scans.len() {
                self.sort(cx, ids, at)?;
            }
        }
        if self.is(flags::PROGRESS) {
            self.progress(cx, ids, source)?;
        }
        Ok(())
    }

    /// What is gone of what the client has. MS-OXCFXICS 3.2.5.3
    fn find_deletions(&mut self, cx: &Context<'_, '_>, ids: MailboxIds) -> Result<()> {
        let record = cx.txn.folder(ids.mailbox, self.folder)?.ok_or(ErrorCode::ObjectDeleted)?;
        let given = &self.state.given.own;
        let unheard = up_to(self.last).minus(&self.state.seen.own);
        let mut numbers = Vec::new();
        let mut gone = Vec::new();
        for range in unheard.ranges() {
            for (number, id) in cx.txn.changes(ids.mailbox, self.folder, Changes::Deleted, *range, usize::MAX)? {
                numbers.push((number, number));
                if given.contains(id) {
                    gone.push((id, id));
                }
            }
        }
        if record.graves_from > 0 && unheard.contains(record.graves_from) {
            // Too far behind for what the folder remembers.
            numbers.push((record.graves_from, record.graves_from));
            let mut there = Vec::new();
            for kind in [Kind::Normal, Kind::Associated] {
                there.extend(cx.txn.message_ids(ids.mailbox, self.folder, kind)?.into_iter().map(|id| (id, id)));
            }
            self.deleted = given.minus(&Ranges::from_unsorted(there));
        } else {
            self.deleted = Ranges::from_unsorted(gone);
        }
        self.graves = Ranges::from_unsorted(numbers);
        Ok(())
    }

    /// Is a message in the scope? If not, that is noted.
    fn in_scope(
        &mut self,
        cx: &Context<'_, '_>,
        ids: MailboxIds,
        at: usize,
        id: u64,
        head: &MessageHead,
    ) -> Result<bool> {
        let Some(restriction) = &self.restriction else { return Ok(true) };
        let kind = self.scans.get(at).map_or(Kind::Normal, |scan| scan.kind);
        let row = RowId { message: id, instance: 0 };
        if matches(restriction, &BodyView::new(MessageView::row(cx.txn, ids, self.folder, kind, row, head))) {
            return Ok(true);
        }
        let told = self.reports_scope();
        if told && self.state.given.own.contains(id) {
            self.out_of_scope.insert(id);
        }
        let forgotten = told || !self.seen(kind).contains(head.change_number);
        if let Some(scan) = self.scans.get_mut(at).filter(|_| forgotten) {
            scan.outside.insert(head.change_number);
        }
        Ok(false)
    }

    /// The head of a message, if it is still what it was in the snapshot.
    fn head(
        &self,
        cx: &Context<'_, '_>,
        ids: MailboxIds,
        kind: Kind,
        id: u64,
        number: u64,
    ) -> Result<Option<MessageHead>> {
        match cx.txn.message_head(ids.mailbox, self.folder, kind, id) {
            Ok(head) => Ok(head.filter(|head| head.change_number == number)),
            Err(StoreError::Corrupt(what)) => {
                log::error!("mailbox {}: message {id:x} is not synchronised: damaged {what}", ids.mailbox);
                Ok(None)
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Looks for more changes.
    fn find(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, at: usize) -> Result<()> {
        let Some(scan) = self.scans.get(at) else { return Ok(()) };
        let kind = scan.kind;
        match scan.order {
            Order::Sorted => self.exhaust(at),
            Order::Number(after) => {
                let list = Changes::of(kind).unwrap_or(Changes::Normal);
                let mut open = Ranges::new(after.saturating_add(1), self.last);
                if self.restriction.is_none() {
                    open = open.minus(self.seen(kind));
                }
                let mut found = Vec::new();
                for range in open.ranges() {
                    let limit = limits::SYNC_SCAN_MAX.saturating_sub(found.len());
                    if limit == 0 {
                        break;
                    }
                    found.extend(cx.txn.changes(ids.mailbox, self.folder, list, *range, limit)?);
                }
                match found.last() {
                    Some((number, _)) => self.set_order(at, Order::Number(*number)),
                    None => self.exhaust(at),
                }
                for (number, id) in found {
                    self.consider(cx, ids, at, number, id)?;
                }
            }
            Order::Delivery(time, id) => {
                let place = Location { folder: self.folder, kind };
                let found = cx.txn.delivered_before(ids.mailbox, place, (time, id), limits::SYNC_SCAN_MAX)?;
                match found.last() {
                    Some((time, id)) => self.set_order(at, Order::Delivery(*time, *id)),
                    None => self.exhaust(at),
                }
                for (_, id) in found {
                    let head = cx.txn.message_head(ids.mailbox, self.folder, kind, id)?;
                    if let Some(head) = head.filter(|head| head.change_number <= self.last) {
                        self.consider(cx, ids, at, head.change_number, id)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn exhaust(&mut self, at: usize) {
        if let Some(scan) = self.scans.get_mut(at) {
            scan.exhausted = true;
        }
    }

    fn set_order(&mut self, at: usize, order: Order) {
        if let Some(scan) = self.scans.get_mut(at) {
            scan.order = order;
        }
    }

    /// A message that stands in the list: is it one to send?
    fn consider(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, at: usize, number: u64, id: u64) -> Result<()> {
        let kind = self.scans.get(at).map_or(Kind::Normal, |scan| scan.kind);
        if self.restriction.is_some() {
            let Some(head) = self.head(cx, ids, kind, id, number)? else { return Ok(()) };
            if !self.in_scope(cx, ids, at, id, &head)? {
                return Ok(());
            }
        }
        if !self.seen(kind).contains(number)
            && let Some(scan) = self.scans.get_mut(at)
        {
            scan.found.push_back((number, id));
        }
        Ok(())
    }

    /// OrderByDeliveryTime: a few changes are sorted, for many the index of deliveries is gone
    /// through. MS-OXCFXICS 2.2.3.2.1.1.1
    fn sort(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, at: usize) -> Result<()> {
        let is_few = |sync: &Self| {
            sync.scans.get(at).is_some_and(|scan| !scan.exhausted && scan.found.len() <= limits::SYNC_SORT_MAX)
        };
        while is_few(self) {
            self.find(cx, ids, at)?;
        }
        let Some(scan) = self.scans.get_mut(at) else { return Ok(()) };
        if scan.found.len() > limits::SYNC_SORT_MAX {
            scan.found.clear();
            scan.exhausted = false;
            scan.order = Order::Delivery(u64::MAX, u64::MAX);
            return Ok(());
        }
        let kind = scan.kind;
        let mut found = Vec::new();
        for (number, id) in std::mem::take(&mut scan.found) {
            if let Some(head) = self.head(cx, ids, kind, id, number)? {
                let time = match head.properties.value(PropertyTag::PidTagMessageDeliveryTime.id()) {
                    Some(Value::Time(time)) => *time,
                    _ => FileTime(0),
                };
                found.push((time, id, number));
            }
        }
        sort_by(&mut found, |a, b| b.cmp(a));
        if let Some(scan) = self.scans.get_mut(at) {
            scan.found = found.into_iter().map(|(_, id, number)| (number, id)).collect();
            scan.order = Order::Sorted;
        }
        Ok(())
    }

    /// The next message to send.
    fn next(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, at: usize) -> Result<Option<(u64, u64, MessageHead)>> {
        loop {
            let Some(scan) = self.scans.get_mut(at) else { return Ok(None) };
            let kind = scan.kind;
            match scan.found.pop_front() {
                Some((number, id)) => {
                    // What changed since the snapshot comes with the next one.
                    if let Some(head) = self.head(cx, ids, kind, id, number)? {
                        return Ok(Some((number, id, head)));
                    }
                }
                None if scan.exhausted => return Ok(None),
                None => self.find(cx, ids, at)?,
            }
        }
    }

    /// The message that was under way is given out to its end.
    fn finish_current(&mut self, at: usize, source: &mut Source) {
        let Some((number, id)) = self.current.take() else { return };
        self.state.given.own.insert(id);
        source.done = source.done.saturating_add(1);
        if let Some(scan) = self.scans.get_mut(at) {
            match scan.order {
                Order::Number(_) => scan.done = number,
                Order::Sorted | Order::Delivery(..) => scan.sent.insert(number),
            }
        }
    }

    fn filter(&self, associated: bool) -> Filter {
        match self.is(flags::ONLY_SPECIFIED_PROPERTIES) {
            true if associated && self.is(flags::IGNORE_SPECIFIED_ON_FAI) => Filter::AllBut(Vec::new()),
            true => Filter::Only(self.tags.clone()),
            // The time of the change is in the header.
            false => {
                let header = [PropertyTag::PidTagLastModificationTime];
                Filter::AllBut(self.tags.iter().copied().chain(header).collect())
            }
        }
    }

    /// Sends a message; of one in conflict its versions, as if they were messages, the winner last.
    /// MS-OXCFXICS 3.1.5.6.2.1
    fn change(
        &mut self,
        cx: &Context<'_, '_>,
        ids: MailboxIds,
        source: &mut Source,
        at: usize,
        (number, id): (u64, u64),
    ) -> Result<()> {
        let kind = self.scans.get(at).map_or(Kind::Normal, |scan| scan.kind);
        let place = Location { folder: self.folder, kind };
        let message = match cx.txn.message(ids.mailbox, place, id) {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(()),
            // One bad message must not keep the others from coming (outlook.md §9).
            Err(StoreError::Corrupt(what)) => {
                log::error!("mailbox {}: message {id:x} is not synchronised: damaged {what}", ids.mailbox);
                if self.state.given.own.contains(id) {
                    self.deleted.insert(id);
                }
                return Ok(());
            }
            Err(e) => return Err(e.into()),
        };
        self.current = Some((number, id));
        let row = RowId { message: id, instance: 0 };
        let versions = resolve::versions(&message);
        let mut all: Vec<Message> = versions.into_iter().cloned().collect();
        // Read state is the message's.
        all.iter_mut().for_each(|version| version.head.read = message.head.read);
        if all.is_empty() {
            all.push(message);
        }
        for version in &all {
            let view = MessageView::row(cx.txn, ids, self.folder, kind, row, &version.head);
            self.message_change(source.content(cx, ids), &view, version, (number, id))?;
        }
        Ok(())
    }

    /// messageChangeFull. MS-OXCFXICS 2.2.4.3.13
    fn message_change(
        &self,
        mut content: Content<'_>,
        view: &MessageView<'_>,
        message: &Message,
        (number, id): (u64, u64),
    ) -> Result<()> {
        let (head, ids) = (&message.head, content.ids);
        if self.is(flags::PROGRESS) {
            content.marker(marker::INCR_SYNC_PROGRESS_PER_MSG);
            content.value(PropertyTag(0x0000_0003), size(head))?;
            content.value(PropertyTag(0x0000_000B), Value::Boolean(view.associated))?;
        }
        let bag = &head.properties;
        let modified = match bag.value(PropertyTag::PidTagLastModificationTime.id()) {
            Some(Value::Time(time)) => *time,
            _ => FileTime(0),
        };
        content.marker(marker::INCR_SYNC_CHG);
        for (tag, value) in [
            (PropertyTag::PidTagSourceKey, Value::Binary(ids.long_term(id).gid())),
            (PropertyTag::PidTagLastModificationTime, Value::Time(modified)),
            (PropertyTag::PidTagChangeKey, Value::Binary(change_key(bag, ids.repl_guid, number))),
            (
                PropertyTag::PidTagPredecessorChangeList,
                Value::Binary(change_list(bag, ids.repl_guid, number).to_bytes()),
            ),
            (PropertyTag::PidTagAssociated, Value::Boolean(view.associated)),
        ] {
            content.value(tag, value)?;
        }
        let id_value = |counter: u64| Value::Integer64(ObjectId::own(counter).to_i64());
        for (flag, tag, value) in [
            (extra::EID, PropertyTag::PidTagMid, id_value(id)),
            (extra::MESSAGE_SIZE, PropertyTag::PidTagMessageSize, size(head)),
            (extra::CHANGE_NUMBER, PropertyTag::PidTagChangeNumber, id_value(number)),
        ] {
            if self.extra & flag != 0 {
                content.value(tag, value)?;
            }
        }
        content.marker(marker::INCR_SYNC_MESSAGE);
        let filter = self.filter(view.associated);
        content.properties(view, &filter, self.is(flags::BEST_BODY))?;
        content.children(message, &filter)?;
        Ok(())
    }

    /// progressTotal: how much there will be. MS-OXCFXICS 2.2.4.3.19, 2.2.2.7
    fn progress(&self, cx: &Context<'_, '_>, ids: MailboxIds, source: &mut Source) -> Result<()> {
        let mut sums = [(0_u32, 0_u64); 2];
        let mut trial = self.clone();
        for at in 0..trial.scans.len() {
            let associated = trial.scans.get(at).is_some_and(|scan| scan.kind.is_associated());
            while let Some((_, _, head)) = trial.next(cx, ids, at)? {
                if let Some((count, bytes)) = sums.get_mut(usize::from(!associated)) {
                    *count = count.saturating_add(1);
                    *bytes = bytes.saturating_add(head.size);
                }
            }
        }
        let [(fai_count, fai_bytes), (count, bytes)] = sums;
        source.total = u16::try_from(fai_count.saturating_add(count)).unwrap_or(u16::MAX);
        let mut w = Writer::new();
        // Version and its padding.
        0_u32.write(&mut w);
        fai_count.write(&mut w);
        fai_bytes.write(&mut w);
        count.write(&mut w);
        0_u32.write(&mut w);
        bytes.write(&mut w);
        source.out.marker(marker::INCR_SYNC_PROGRESS_MODE);
        source.out.property(PropertyTag(0x0000_0102), None, &Value::Binary(w.into_bytes()));
        Ok(())
    }

    /// readStateChanges. MS-OXCFXICS 2.2.4.3.22, 3.2.5.6
    fn read_states(&mut self, cx: &Context<'_, '_>, ids: MailboxIds, source: &mut Source) -> Result<()> {
        let (mut read, mut unread) = (Vec::new(), Vec::new());
        let open = up_to(self.last).minus(&self.state.read.own);
        for range in open.ranges() {
            for (_, id) in cx.txn.changes(ids.mailbox, self.folder, Changes::Read, *range, usize::MAX)? {
                let Some(head) = cx.txn.message_head(ids.mailbox, self.folder, Kind::Normal, id)? else { continue };
                let number = head.change_number;
                let sent = self.is(flags::NORMAL) && number <= self.last && !self.state.seen.own.contains(number);
                if self.state.given.own.contains(id) && !self.out_of_scope.contains(id) && !sent {
                    if head.read { read.push((id, id)) } else { unread.push((id, id)) }
                }
            }
        }
        let (read, unread) = (Ranges::from_unsorted(read), Ranges::from_unsorted(unread));
        let sets = [(meta::IDSET_READ, &read), (meta::IDSET_UNREAD, &unread)];
        write_sets(source, marker::INCR_SYNC_READ, &sets);
        Ok(())
    }
}

fn size(head: &MessageHead) -> Value {
    Value::Integer32(i32::try_from(head.size).unwrap_or(i32::MAX))
}

/// The sets that are not empty, after their marker if there is one.
pub(super) fn write_sets(source: &mut Source, marker: u32, sets: &[(PropertyTag, &Ranges)]) {
    let mut begun = false;
    for (tag, set) in sets.iter().filter(|(_, set)| !set.is_empty()) {
        if !std::mem::replace(&mut begun, true) {
            source.out.marker(marker);
        }
        source.out.property(*tag, None, &Value::Binary(replid_set(REPLICA_OWN, set)));
    }
}
