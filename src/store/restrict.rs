//! Does an object satisfy a restriction? MS-OXCDATA 2.12, MS-OXCTABL 3.2.5.4

use super::record::Stored;
use super::text::compare_folded;
use super::{BlobRef, fold};
use crate::mapi::{BitmapRelOp, FuzzyLow, PropertyTag, RelOp, Restriction, Value, fuzzy_high};
use std::borrow::Cow;
use std::cmp::Ordering;

/// An object whose properties can be asked for.
pub trait Source {
    /// A property, whatever its type; `None` if the object has none.
    fn property(&self, tag: PropertyTag) -> Option<Cow<'_, Stored>>;
    /// The value in a blob of the object; `None` if it is gone.
    fn load(&self, blob: BlobRef) -> Option<Value>;
    /// The beginning of that value: up to `len` bytes.
    fn load_start(&self, blob: BlobRef, len: usize) -> Option<Value> {
        let _ = len;
        self.load(blob)
    }
    /// Recipients (0E12) or attachments (0E13), for sub-object restrictions; most objects have none.
    fn subobjects(&self, _subobject: PropertyTag) -> Vec<Box<dyn Source + '_>> {
        Vec::new()
    }
}

/// Tests an object. Strings in the restriction are Unicode.
#[must_use]
pub fn matches(restriction: &Restriction, object: &dyn Source) -> bool {
    match restriction {
        Restriction::And(list) => list.iter().all(|r| matches(r, object)),
        Restriction::Or(list) => list.iter().any(|r| matches(r, object)),
        Restriction::Not(inner) => !matches(inner, object),
        Restriction::Content { fuzzy_level_low, fuzzy_level_high, property_tag, tagged_value } => {
            any_value(object, *property_tag, |value| {
                content_matches(value, &tagged_value.value, *fuzzy_level_low, *fuzzy_level_high)
            })
        }
        Restriction::Property { rel_op, property_tag, tagged_value } => {
            property_matches(object, *rel_op, *property_tag, &tagged_value.value)
        }
        Restriction::CompareProperties { rel_op, property_tag1, property_tag2 } => {
            match (value_of(object, *property_tag1), value_of(object, *property_tag2)) {
                (Some(a), Some(b)) => rel_op_holds(*rel_op, compare(&a, &b)),
                _ => false,
            }
        }
        Restriction::BitMask { bitmap_rel_op, property_tag, mask } => match value_of(object, *property_tag) {
            Some(Value::Integer32(n)) => {
                let set = u32::from_le_bytes(n.to_le_bytes()) & mask != 0;
                set == (*bitmap_rel_op == BitmapRelOp::NotEqualToZero)
            }
            // Flags that were never set are zero.
            None => *bitmap_rel_op == BitmapRelOp::EqualToZero,
            Some(_) => false,
        },
        Restriction::Size { rel_op, property_tag, size } => match object.property(*property_tag) {
            Some(stored) => rel_op_holds(*rel_op, Some(stored.size().cmp(&u64::from(*size)))),
            None => false,
        },
        Restriction::Exist { property_tag } => object.property(*property_tag).is_some(),
        Restriction::SubObject { subobject, restriction } => {
            object.subobjects(*subobject).iter().any(|sub| matches(restriction, sub.as_ref()))
        }
        Restriction::Comment { restriction, .. } => restriction.as_ref().is_none_or(|inner| matches(inner, object)),
        // The count itself bounds the table, not the object: see `view.rs`.
        Restriction::Count { restriction, .. } => matches(restriction, object),
    }
}

fn value_of(object: &dyn Source, tag: PropertyTag) -> Option<Value> {
    match object.property(tag)?.into_owned() {
        Stored::Value(value) => Some(value),
        Stored::Blob(blob) => object.load(blob),
    }
}

/// A multivalue property satisfies a condition if one of its values does.
fn any_value(object: &dyn Source, tag: PropertyTag, test: impl Fn(&Value) -> bool) -> bool {
    match value_of(object, tag) {
        Some(value) => match value.elements() {
            Some(elements) => elements.iter().any(test),
            None => test(&value),
        },
        None => false,
    }
}

fn property_matches(object: &dyn Source, rel_op: RelOp, tag: PropertyTag, wanted: &Value) -> bool {
    // "Not equal" is the opposite of "equal": true for what is absent, false if any value is equal.
    if rel_op == RelOp::NotEqual {
        return !property_matches(object, RelOp::Equal, tag, wanted);
    }
    if wanted.elements().is_some() {
        return value_of(object, tag).is_some_and(|value| rel_op == RelOp::Equal && value == *wanted);
    }
    any_value(object, tag, |value| rel_op_holds(rel_op, compare(value, wanted)))
}

fn rel_op_holds(rel_op: RelOp, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else { return rel_op == RelOp::NotEqual };
    match rel_op {
        RelOp::LessThan => ordering.is_lt(),
        RelOp::LessThanOrEqual => ordering.is_le(),
        RelOp::GreaterThan => ordering.is_gt(),
        RelOp::GreaterThanOrEqual => ordering.is_ge(),
        RelOp::Equal => ordering.is_eq(),
        RelOp::NotEqual => ordering.is_ne(),
        _ => false,
    }
}

fn content_matches(value: &Value, wanted: &Value, low: FuzzyLow, high: u16) -> bool {
    match (value, wanted) {
        (Value::String(text), Value::String(part)) => {
            let loose = fuzzy_high::IGNORE_CASE | fuzzy_high::IGNORE_NONSPACE | fuzzy_high::LOOSE;
            if high & loose != 0 { fuzzy(&fold(text), &fold(part), low) } else { fuzzy(text, part, low) }
        }
        (Value::Binary(bytes), Value::Binary(part)) => match low {
            FuzzyLow::Prefix => bytes.starts_with(part),
            FuzzyLow::Substring => part.is_empty() || bytes.windows(part.len()).any(|window| window == part),
            _ => bytes == part,
        },
        _ => false,
    }
}

fn fuzzy(text: &str, part: &str, low: FuzzyLow) -> bool {
    match low {
        FuzzyLow::Prefix => text.starts_with(part),
        FuzzyLow::Substring => text.contains(part),
        _ => text == part,
    }
}

/// Orders two values of like type; strings without case. `None`: the types do not compare.
#[must_use]
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Some(a.cmp(&b));
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(compare_folded(a, b)),
        (Value::Binary(a), Value::Binary(b)) | (Value::ServerId(a), Value::ServerId(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Guid(a), Value::Guid(b)) => Some(a.0.cmp(&b.0)),
        (Value::Currency(a), Value::Currency(b)) => Some(a.cmp(b)),
        (Value::Floating32(a), Value::Floating32(b)) => a.partial_cmp(b),
        (Value::Floating64(a), Value::Floating64(b)) | (Value::FloatingTime(a), Value::FloatingTime(b)) => {
            a.partial_cmp(b)
        }
        _ => {
            let (a, b) = (a.elements()?, b.elements()?);
            let by_element = a.iter().zip(&b).find_map(|(a, b)| compare(a, b).filter(|o| o.is_ne()));
            Some(by_element.unwrap_or_else(|| a.len().cmp(&b.len())))
        }
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer16(n) => Some((*n).into()),
        Value::Integer32(n) => Some((*n).into()),
        Value::Integer64(n) => Some(*n),
        _ => None,
    }
}
