//! Conditions on objects of the address book. MS-OXNSPI 2.2.5, MS-OXCDATA 2.12
//!
//! A restriction is prepared once (strings collated and converted, names resolved) and then tried
//! on each row. Strings compare as everywhere in the address book, whatever the fuzzy level says.

use super::Answer;
use crate::limits::NSPI_MATCH_STEPS_MAX;
use crate::mapi::{BitmapRelOp, ErrorCode, FuzzyLow, PropertyTag, RelOp, Restriction, Value};
use crate::nspi::properties::{has_object, is_case_sensitive_8bit, value};
use crate::nspi::text::{CP_TELETEX, collate, decode, encode};
use crate::nspi::view::{Entry, Table, View};
use crate::wire::{Form, Utf16Z, Writer};
use std::cmp::Ordering;

/// A restriction made ready. Depth is that of the restriction, which the reader has bounded.
pub(super) struct Condition(Test);

enum Test {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// Rows that name resolution finds, in order.
    Anr(Vec<usize>),
    Content {
        fuzzy_level_low: FuzzyLow,
        id: u16,
        operand: Value,
    },
    Property {
        rel_op: RelOp,
        id: u16,
        operand: Value,
    },
    CompareProperties {
        rel_op: RelOp,
        id1: u16,
        id2: u16,
    },
    BitMask {
        bitmap_rel_op: BitmapRelOp,
        id: u16,
        mask: u32,
    },
    Size {
        rel_op: RelOp,
        id: u16,
        size: u32,
    },
    Exist {
        id: u16,
    },
    Count {
        left: u32,
        inner: Box<Self>,
    },
    Always,
    Never,
}

impl Condition {
    /// Prepares a restriction; TooComplex if trying it on every row would take too long.
    pub(super) fn new(restriction: &Restriction, table: Table<'_>, code_page: u32) -> Answer<Self> {
        if nodes(restriction).saturating_mul(table.len()) > NSPI_MATCH_STEPS_MAX {
            return Err(ErrorCode::TooComplex);
        }
        Ok(Self(prepare(restriction, table, code_page)))
    }

    /// The rows that meet the condition, in order; `None` if there are more than `most`.
    pub(super) fn rows(mut self, view: &View, table: Table<'_>, most: usize) -> Option<Vec<usize>> {
        let mut rows = Vec::new();
        // Name resolution knows where to look; other conditions are tried on every row.
        let candidates = if let Test::Anr(found) = &self.0 { found.clone() } else { table.rows().to_vec() };
        for at in candidates {
            if view.entry(at).is_some_and(|entry| self.0.holds(view, at, entry)) {
                if rows.len() >= most {
                    return None;
                }
                rows.push(at);
            }
        }
        Some(rows)
    }
}

fn nodes(restriction: &Restriction) -> usize {
    let inner = match restriction {
        Restriction::And(list) | Restriction::Or(list) => list.iter().map(nodes).fold(0, usize::saturating_add),
        Restriction::Not(inner)
        | Restriction::SubObject { restriction: inner, .. }
        | Restriction::Count { restriction: inner, .. }
        | Restriction::Comment { restriction: Some(inner), .. } => nodes(inner),
        _ => 0,
    };
    inner.saturating_add(1)
}

fn prepare(restriction: &Restriction, table: Table<'_>, code_page: u32) -> Test {
    let prepare = |inner: &Restriction| prepare(inner, table, code_page);
    match restriction {
        Restriction::And(list) => Test::And(list.iter().map(prepare).collect()),
        Restriction::Or(list) => Test::Or(list.iter().map(prepare).collect()),
        Restriction::Not(inner) => Test::Not(Box::new(prepare(inner))),
        Restriction::Content { fuzzy_level_low, property_tag, tagged_value, .. } => {
            let operand = unicode(&tagged_value.value, code_page);
            anr(*property_tag, &operand, table).unwrap_or_else(|| Test::Content {
                fuzzy_level_low: *fuzzy_level_low,
                id: property_tag.id(),
                operand,
            })
        }
        Restriction::Property { rel_op, property_tag, tagged_value } => {
            let operand = operand(property_tag.id(), &tagged_value.value, code_page);
            let test = Test::Property { rel_op: *rel_op, id: property_tag.id(), operand: operand.clone() };
            anr(*property_tag, &operand, table).unwrap_or(test)
        }
        Restriction::CompareProperties { rel_op, property_tag1, property_tag2 } => {
            Test::CompareProperties { rel_op: *rel_op, id1: property_tag1.id(), id2: property_tag2.id() }
        }
        Restriction::BitMask { bitmap_rel_op, property_tag, mask } => {
            Test::BitMask { bitmap_rel_op: *bitmap_rel_op, id: property_tag.id(), mask: *mask }
        }
        Restriction::Size { rel_op, property_tag, size } => {
            Test::Size { rel_op: *rel_op, id: property_tag.id(), size: *size }
        }
        Restriction::Exist { property_tag } => Test::Exist { id: property_tag.id() },
        Restriction::Comment { restriction: Some(inner), .. } => prepare(inner),
        Restriction::Comment { restriction: None, .. } => Test::Always,
        Restriction::Count { count, restriction } => {
            Test::Count { left: *count, inner: Box::new(prepare(restriction)) }
        }
        // Objects of the address book have neither recipients nor attachments.
        Restriction::SubObject { .. } => Test::Never,
    }
}

/// PidTagAnr is no property: the condition is that name resolution finds the object, by the same
/// rules as ResolveNames, after which Outlook tries GetMatches.
fn anr(tag: PropertyTag, operand: &Value, table: Table<'_>) -> Option<Test> {
    let text = operand.as_str().filter(|_| tag.id() == PropertyTag::PidTagAnr.id())?;
    Some(Test::Anr(table.resolve(text, usize::MAX)))
}

/// A value as the comparison with a property wants it: in the property's native type, Unicode
/// collated. MS-OXNSPI 3.1.4.3.4
fn operand(id: u16, value: &Value, code_page: u32) -> Value {
    match value {
        Value::String(text) if is_case_sensitive_8bit(id) => Value::String8(encode(text, code_page)),
        Value::String8(_) if is_case_sensitive_8bit(id) => value.clone(),
        _ => unicode(value, code_page),
    }
}

/// A value in Unicode, collated.
fn unicode(value: &Value, code_page: u32) -> Value {
    match value {
        Value::String8(bytes) => Value::String(collate(&decode(bytes, code_page))),
        Value::MultipleString8(list) => {
            Value::MultipleString(list.iter().map(|bytes| collate(&decode(bytes, code_page))).collect())
        }
        other => collated(other.clone()),
    }
}

fn collated(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(collate(&text)),
        Value::MultipleString(list) => Value::MultipleString(list.iter().map(|text| collate(text)).collect()),
        other => other,
    }
}

/// What an object has, for comparison with an operand.
fn comparable(entry: &Entry, id: u16) -> Option<Value> {
    value(entry, id).map(|value| match value {
        // In CP_TELETEX: MS-OXNSPI 3.1.4.3.3.
        Value::String(text) if is_case_sensitive_8bit(id) => Value::String8(encode(&text, CP_TELETEX)),
        other => collated(other),
    })
}

impl Test {
    fn holds(&mut self, view: &View, row: usize, entry: &Entry) -> bool {
        match self {
            Self::And(list) => list.iter_mut().all(|test| test.holds(view, row, entry)),
            Self::Or(list) => list.iter_mut().any(|test| test.holds(view, row, entry)),
            Self::Not(test) => !test.holds(view, row, entry),
            Self::Anr(rows) => rows.binary_search(&row).is_ok(),
            Self::Content { fuzzy_level_low, id, operand } => value(entry, *id)
                .map(collated)
                .is_some_and(|value| any(value, |value| contains(value, *fuzzy_level_low, operand))),
            Self::Property { rel_op, id, operand } => {
                comparable(entry, *id).is_some_and(|value| related(value, *rel_op, operand))
            }
            Self::CompareProperties { rel_op, id1, id2 } => {
                let values = value(entry, *id1).zip(value(entry, *id2)).map(|(a, b)| (collated(a), collated(b)));
                values.is_some_and(|(a, b)| compare(&a, &b).is_some_and(|order| is(order, *rel_op)))
            }
            Self::BitMask { bitmap_rel_op, id, mask } => match value(entry, *id) {
                Some(Value::Integer32(bits)) => {
                    let any = bits.cast_unsigned() & *mask != 0;
                    match *bitmap_rel_op {
                        BitmapRelOp::EqualToZero => !any,
                        BitmapRelOp::NotEqualToZero => any,
                        _ => false,
                    }
                }
                _ => false,
            },
            Self::Size { rel_op, id, size } => {
                value(entry, *id).is_some_and(|value| is(size_of(&value).cmp(&u64::from(*size)), *rel_op))
            }
            Self::Exist { id } => value(entry, *id).is_some() || has_object(view, entry, *id),
            Self::Count { left, inner } => {
                // The first so many objects that meet the condition. MS-OXCDATA 2.12.12
                let holds = *left > 0 && inner.holds(view, row, entry);
                *left = left.saturating_sub(u32::from(holds));
                holds
            }
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// A multivalue meets a condition if one of its values does. MS-OXCDATA 2.12.4, 2.12.5
fn any(value: Value, mut test: impl FnMut(&Value) -> bool) -> bool {
    match value.elements() {
        Some(elements) => elements.iter().any(test),
        None => test(&value),
    }
}

fn contains(value: &Value, fuzzy_level_low: FuzzyLow, operand: &Value) -> bool {
    match (value, operand) {
        (Value::String(value), Value::String(operand)) => match fuzzy_level_low {
            FuzzyLow::FullString => value == operand,
            FuzzyLow::Substring => value.contains(operand),
            FuzzyLow::Prefix => value.starts_with(operand),
            _ => false,
        },
        (Value::Binary(value), Value::Binary(operand)) => match fuzzy_level_low {
            FuzzyLow::FullString => value == operand,
            FuzzyLow::Substring => {
                operand.is_empty() || value.windows(operand.len()).any(|window| window == operand.as_slice())
            }
            FuzzyLow::Prefix => value.starts_with(operand),
            _ => false,
        },
        _ => false,
    }
}

fn related(value: Value, rel_op: RelOp, operand: &Value) -> bool {
    if compare(&value, operand).is_some_and(|order| is(order, rel_op)) {
        return true;
    }
    value.elements().is_some_and(|_| any(value, |value| compare(value, operand).is_some_and(|o| is(o, rel_op))))
}

/// `None` if the types differ: no relation holds between such values.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        // The shorter is the lesser one. MS-OXNSPI 3.1.4.3.5.2
        (Value::String8(a), Value::String8(b)) => Some(a.len().cmp(&b.len()).then_with(|| a.cmp(b))),
        (Value::Integer32(a), Value::Integer32(b)) => Some(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Binary(a), Value::Binary(b)) => Some(a.cmp(b)),
        (Value::MultipleString(a), Value::MultipleString(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn is(order: Ordering, rel_op: RelOp) -> bool {
    match rel_op {
        RelOp::LessThan => order.is_lt(),
        RelOp::LessThanOrEqual => order.is_le(),
        RelOp::GreaterThan => order.is_gt(),
        RelOp::GreaterThanOrEqual => order.is_ge(),
        RelOp::Equal => order.is_eq(),
        RelOp::NotEqual => order.is_ne(),
        // Regular expressions, and lists of which nobody is a member.
        _ => false,
    }
}

/// Bytes of a value, MS-OXCDATA 2.12.8.
/// UNVERIFIED: that strings count in UTF-16 with their zero, and multivalues as the sum.
fn size_of(value: &Value) -> u64 {
    let bytes = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    match value {
        Value::String(text) => {
            let mut w = Writer::new();
            Utf16Z::write(text, &mut w);
            bytes(w.len())
        }
        Value::Binary(value) => bytes(value.len()),
        Value::Boolean(_) => 1,
        Value::Integer32(_) => 4,
        other => other.elements().into_iter().flatten().map(|value| size_of(&value)).fold(0, u64::saturating_add),
    }
}
