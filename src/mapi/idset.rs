//! Sets of identifiers and change numbers, MS-OXCFXICS 2.2.2.4 to 2.2.2.6: IDSET, CNSET and, inside
//! them, GLOBSET.
//!
//! Held as sorted ranges; all operations on whole sets are linear in the number of ranges.

use super::ids::{counter_bytes, counter_value};
use crate::limits;
use crate::sorted::{SortedMap, sort};
use crate::wire::{Flaw, Guid, Reader, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};

/// A set of 48-bit counters: ranges, both ends included, sorted, with gaps between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranges(Vec<(u64, u64)>);

/// Bytes of a GLOBCNT. MS-OXCFXICS 2.2.2.5
const LEN: usize = 6;

/// GLOBSET commands. MS-OXCFXICS 2.2.2.6
mod command {
    pub(super) const END: u8 = 0x00;
    pub(super) const BITMASK: u8 = 0x42;
    pub(super) const POP: u8 = 0x50;
    pub(super) const RANGE: u8 = 0x52;
}

impl Ranges {
    /// One range, both ends included; empty if they are the wrong way round.
    #[must_use]
    pub fn new(low: u64, high: u64) -> Self {
        Self(if low <= high { vec![(low, high)] } else { Vec::new() })
    }

    /// In any order, overlapping or not.
    #[must_use]
    pub fn from_unsorted(mut list: Vec<(u64, u64)>) -> Self {
        sort(&mut list);
        let mut out = Self::default();
        list.into_iter().for_each(|(low, high)| out.push(low, high));
        out
    }

    /// Appends a range that begins behind the beginning of the last one.
    fn push(&mut self, low: u64, high: u64) {
        match self.0.last_mut() {
            Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
            _ => self.0.push((low, high)),
        }
    }

    /// True without any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges, in order.
    #[must_use]
    pub fn ranges(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// Is the counter in the set?
    #[must_use]
    pub fn contains(&self, n: u64) -> bool {
        let at = self.0.partition_point(|(low, _)| *low <= n);
        at.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, high)| n <= *high)
    }

    /// Adds one counter. At the end, or next to what is there, this costs a look-up.
    pub fn insert(&mut self, n: u64) {
        if self.contains(n) {
            return;
        }
        let at = self.0.partition_point(|(low, _)| *low < n);
        let before = at.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|r| r.1.saturating_add(1) == n);
        let after = self.0.get(at).is_some_and(|r| r.0 == n.saturating_add(1));
        match (before, after) {
            (true, true) => {
                let (_, high) = self.0.remove(at);
                if let Some(range) = at.checked_sub(1).and_then(|at| self.0.get_mut(at)) {
                    range.1 = high;
                }
            }
            (true, false) => {
                if let Some(range) = at.checked_sub(1).and_then(|at| self.0.get_mut(at)) {
                    range.1 = n;
                }
            }
            (false, true) => {
                if let Some(range) = self.0.get_mut(at) {
                    range.0 = n;
                }
            }
            (false, false) => self.0.insert(at, (n, n)),
        }
    }

    /// What is in one of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut out = Self::default();
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.0 <= y.0 => a.next(),
                (Some(_), None) => a.next(),
                _ => b.next(),
            };
            let Some((low, high)) = next else { return out };
            out.push(*low, *high);
        }
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut out = Self::default();
        let mut cuts = other.0.iter().copied().peekable();
        for (low, high) in &self.0 {
            let mut at = *low;
            while cuts.next_if(|(_, end)| *end < at).is_some() {}
            let mut ended = false;
            while let Some((begin, end)) = cuts.peek().copied().filter(|(begin, _)| begin <= high) {
                if begin > at {
                    out.push(at, begin.saturating_sub(1));
                }
                at = end.saturating_add(1);
                if end >= *high {
                    ended = true;
                    break;
                }
                cuts.next();
            }
            if !ended && at <= *high {
                out.push(at, *high);
            }
        }
        out
    }

    /// Every counter, in order. Only for sets whose size something else bounds.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flat_map(|(low, high)| *low..=*high)
    }

    /// Takes a GLOBSET, whatever form its writer chose. MS-OXCFXICS 2.2.2.6, 3.1.5.4.3.2
    pub fn read_globset(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut list: Vec<(u64, u64)> = Vec::new();
        let mut stack: Vec<u8> = Vec::new();
        let mut pushes: Vec<usize> = Vec::new();
        let rest = |r: &mut Reader<'_>, stack: &[u8]| -> Result<u64, WireError> {
            let mut bytes = stack.to_vec();
            bytes.extend_from_slice(r.take(LEN.saturating_sub(stack.len()), "GLOBCNT")?);
            Ok(counter_value(bytes.try_into().map_err(|_| r.invalid("GLOBCNT"))?))
        };
        loop {
            match u8::read(r)? {
                command::END if stack.is_empty() => return Ok(Self::from_unsorted(list)),
                n @ 1..=6 if stack.len().saturating_add(n.into()) <= LEN => {
                    stack.extend_from_slice(r.take(n.into(), "GLOBSET push")?);
                    if stack.len() == LEN {
                        let single = rest(r, &stack)?;
                        list.push((single, single));
                        // Undone at once, without a pop. MS-OXCFXICS 2.2.2.6.1
                        stack.truncate(LEN.saturating_sub(n.into()));
                    } else {
                        pushes.push(n.into());
                    }
                }
                command::POP => {
                    let n = pushes.pop().ok_or_else(|| r.invalid("GLOBSET pop"))?;
                    stack.truncate(stack.len().saturating_sub(n));
                }
                command::RANGE => {
                    let (low, high) = (rest(r, &stack)?, rest(r, &stack)?);
                    if low > high {
                        return Err(r.invalid("GLOBSET range"));
                    }
                    list.push((low, high));
                }
                command::BITMASK if stack.len() == LEN.saturating_sub(1) => {
                    let start = rest(r, &stack)?;
                    let mask = u8::read(r)?;
                    read_bitmask(r, start, mask, &mut list)?;
                }
                _ => return Err(r.invalid("GLOBSET command")),
            }
            if list.len() > limits::IDSET_RANGES_MAX {
                return Err(Flaw::Limit { what: "GLOBSET", at: r.position() }.into());
            }
        }
    }

    /// Appends the set as a GLOBSET: common beginnings once, neighbours as bit masks.
    pub fn write_globset(&self, w: &mut Writer) {
        let list: Vec<([u8; LEN], [u8; LEN])> =
            self.0.iter().map(|(low, high)| (counter_bytes(*low), counter_bytes(*high))).collect();
        write_group(w, &list, 0);
        command::END.write(w);
    }
}

fn read_bitmask(r: &Reader<'_>, start: u64, mask: u8, list: &mut Vec<(u64, u64)>) -> Result<(), WireError> {
    list.push((start, start));
    for bit in (0..8_u64).filter(|bit| mask >> bit & 1 == 1) {
        let n = start.saturating_add(bit).saturating_add(1);
        if n >> 8 != start >> 8 {
            return Err(r.invalid("GLOBSET bitmask"));
        }
        list.push((n, n));
    }
    Ok(())
}

fn byte_of(counter: &[u8; LEN], at: usize) -> u8 {
    counter.get(at).copied().unwrap_or(0)
}

/// Writes ranges whose first `depth` bytes are the same, and on the stack.
fn write_group(w: &mut Writer, list: &[([u8; LEN], [u8; LEN])], depth: usize) {
    let mut rest = list;
    while let Some(((low, high), _)) = rest.split_first() {
        let byte = byte_of(low, depth);
        if depth.saturating_add(1) == LEN {
            rest = write_last(w, rest);
            continue;
        }
        if byte != byte_of(high, depth) {
            command::RANGE.write(w);
            w.raw(low.get(depth..).unwrap_or_default());
            w.raw(high.get(depth..).unwrap_or_default());
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let same = |(a, b): &([u8; LEN], [u8; LEN])| byte_of(a, depth) == byte && byte_of(b, depth) == byte;
        let count = rest.iter().take_while(|range| same(range)).count();
        let (group, later) = rest.split_at(count);
        rest = later;
        // As much as all of them have in common, but for the last byte, which says which.
        let common =
            |at: usize| group.iter().all(|(a, b)| byte_of(a, at) == byte_of(low, at) && a.get(at) == b.get(at));
        let mut end = depth.saturating_add(1);
        while end.saturating_add(1) < LEN && common(end) {
            end = end.saturating_add(1);
        }
        if let [(a, b)] = group
            && a == b
        {
            push(w, a.get(depth..).unwrap_or_default());
            continue;
        }
        push(w, low.get(depth..end).unwrap_or_default());
        write_group(w, group, end);
        command::POP.write(w);
    }
}

fn push(w: &mut Writer, bytes: &[u8]) {
    u8::try_from(bytes.len()).unwrap_or(0).write(w);
    w.raw(bytes);
}

/// Writes the first of ranges that differ in the last byte only, or as many as one bit mask holds;
/// returns those that are left.
fn write_last<'a>(w: &mut Writer, list: &'a [([u8; LEN], [u8; LEN])]) -> &'a [([u8; LEN], [u8; LEN])] {
    let last = |counter: &[u8; LEN]| byte_of(counter, LEN.saturating_sub(1));
    let Some(((low, high), later)) = list.split_first() else { return &[] };
    let start = last(low);
    let fits = |high: u8| high.saturating_sub(start) <= 8;
    let count = list.iter().take_while(|(_, high)| fits(last(high))).count();
    if count > 1 {
        let (group, later) = list.split_at(count);
        let bits = group.iter().flat_map(|(low, high)| last(low)..=last(high)).filter(|n| *n > start);
        let mask = bits.fold(0_u8, |mask, n| mask | 1 << n.saturating_sub(start).saturating_sub(1));
        [command::BITMASK, start, mask].iter().for_each(|byte| byte.write(w));
        return later;
    }
    if low == high {
        push(w, &[start]);
    } else {
        [command::RANGE, start, last(high)].iter().for_each(|byte| byte.write(w));
    }
    later
}

/// An IDSET or CNSET by replica GUID, the form of the ICS state. MS-OXCFXICS 2.2.2.4.2
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidSet(pub SortedMap<Guid, Ranges>);

impl GuidSet {
    /// What the set has of one replica.
    #[must_use]
    pub fn of(&self, replica: Guid) -> Ranges {
        self.0.get(&replica).cloned().unwrap_or_default()
    }

    /// Replaces what the set has of one replica.
    pub fn set(&mut self, replica: Guid, ranges: Ranges) {
        self.0.insert(replica, ranges);
    }
}

/// Fills its frame; an empty set is no bytes.
impl Wire for GuidSet {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut out = Self::default();
        let mut count = 0_usize;
        while !r.is_empty() {
            let replica = Guid::read(r)?;
            let ranges = Ranges::read_globset(r)?;
            count = count.saturating_add(ranges.ranges().len());
            if out.0.len() >= limits::IDSET_REPLICAS_MAX || count > limits::IDSET_RANGES_MAX {
                return Err(Flaw::Limit { what: "IDSET", at: r.position() }.into());
            }
            let whole = out.0.remove(&replica).unwrap_or_default().union(&ranges);
            out.0.insert(replica, whole);
        }
        Ok(out)
    }
    fn write(&self, w: &mut Writer) {
        for (replica, ranges) in self.0.iter().filter(|(_, ranges)| !ranges.is_empty()) {
            replica.write(w);
            ranges.write_globset(w);
        }
    }
}

/// An IDSET by replica number, the form of deletions and read states, of one replica.
/// MS-OXCFXICS 2.2.2.4.1
#[must_use]
pub fn replid_set(replica: u16, ranges: &Ranges) -> Vec<u8> {
    let mut w = Writer::new();
    if !ranges.is_empty() {
        replica.write(&mut w);
        ranges.write_globset(&mut w);
    }
    w.into_bytes()
}
