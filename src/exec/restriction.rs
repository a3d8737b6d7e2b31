//! Restrictions as clients send and get them: with 8-bit or Unicode strings. MS-OXCDATA 2.12. Kept
//! and evaluated they have Unicode strings only.

use super::property::{string8, to_unicode};
use crate::mapi::{ErrorCode, PropertyTag, PropertyType, Restriction, TaggedValue, Value};
use crate::wire::{Flaw, Wire};

/// Bytes of a restriction as a tree with Unicode strings.
pub(super) fn parse(bytes: &[u8], code_page: u16) -> Result<Option<Restriction>, ErrorCode> {
    if bytes.is_empty() {
        return Ok(None);
    }
    match Restriction::from_bytes(bytes) {
        Ok(mut restriction) => {
            Form { unicode: true, code_page }.apply(&mut restriction);
            Ok(Some(restriction))
        }
        Err(e) if matches!(e.flaw(), Flaw::Limit { .. }) => Err(ErrorCode::TooComplex),
        Err(_) => Err(ErrorCode::InvalidParameter),
    }
}

/// The bytes of a restriction, its strings in the form asked for.
pub(super) fn write(mut restriction: Restriction, unicode: bool, code_page: u16) -> Vec<u8> {
    Form { unicode, code_page }.apply(&mut restriction);
    restriction.to_bytes()
}

/// A form of strings.
struct Form {
    unicode: bool,
    code_page: u16,
}

impl Form {
    fn apply(&self, restriction: &mut Restriction) {
        match restriction {
            Restriction::And(list) | Restriction::Or(list) => list.iter_mut().for_each(|r| self.apply(r)),
            Restriction::Not(inner)
            | Restriction::SubObject { restriction: inner, .. }
            | Restriction::Count { restriction: inner, .. } => self.apply(inner),
            Restriction::Comment { tagged_values, restriction } => {
                tagged_values.iter_mut().for_each(|tagged| self.value(tagged));
                restriction.iter_mut().for_each(|inner| self.apply(inner));
            }
            Restriction::Content { property_tag, tagged_value, .. }
            | Restriction::Property { property_tag, tagged_value, .. } => {
                self.tag(property_tag);
                self.value(tagged_value);
            }
            Restriction::CompareProperties { property_tag1, property_tag2, .. } => {
                self.tag(property_tag1);
                self.tag(property_tag2);
            }
            Restriction::BitMask { property_tag, .. }
            | Restriction::Size { property_tag, .. }
            | Restriction::Exist { property_tag } => self.tag(property_tag),
        }
    }

    fn tag(&self, tag: &mut PropertyTag) {
        const EIGHT_BIT: [PropertyType; 2] = [PropertyType::String8, PropertyType::MultipleString8];
        const UNICODE: [PropertyType; 2] = [PropertyType::String, PropertyType::MultipleString];
        let (from, to) = if self.unicode { (EIGHT_BIT, UNICODE) } else { (UNICODE, EIGHT_BIT) };
        for (from, to) in from.into_iter().zip(to) {
            if tag.property_type() == from {
                *tag = tag.with_type(to);
                return;
            }
        }
    }

    fn value(&self, tagged: &mut TaggedValue) {
        self.tag(&mut tagged.tag);
        let value = std::mem::replace(&mut tagged.value, Value::Boolean(false));
        tagged.value = if self.unicode { to_unicode(value, self.code_page) } else { string8(value, self.code_page) };
    }
}
