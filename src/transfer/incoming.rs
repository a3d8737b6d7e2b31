//! The stream on its way in, from buffers that end anywhere. MS-OXCFXICS 2.2.4.1
//!
//! Nothing is believed: a value that is longer than what is held in memory comes in parts, and what
//! comes in one piece is bounded.

use super::{marker, meta};
use crate::limits;
use crate::mapi::{Dialect, PropertyName, PropertyTag, PropertyType, Value};
use crate::wire::{Flaw, Form, Guid, Reader, Utf16Z, Wire, WireError};
use serde::{Deserialize, Serialize};

/// An element of a stream, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A marker.
    Marker(u32),
    /// A property and its value.
    Property {
        /// With the type as sent, which may be a code page.
        tag: PropertyTag,
        /// Of a named property.
        name: Option<PropertyName>,
        /// Strings of code pages as their bytes, objects as binaries, without the zero at the end.
        value: Value,
    },
    /// A large binary, string or object begins.
    Begin {
        /// With the type as sent.
        tag: PropertyTag,
        /// Of a named property.
        name: Option<PropertyName>,
    },
    /// Bytes of it, as they are.
    Part(Vec<u8>),
    /// That was all of it.
    End,
}

/// A stream being read: what has come and is not a whole element yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Incoming {
    held: Vec<u8>,
    /// How much of `held` is read.
    at: usize,
    /// Bytes that a large value still has.
    large: Option<u32>,
}

impl Incoming {
    /// True between two elements: a stream may end here.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.rest().is_empty() && self.large.is_none()
    }

    /// Adds a buffer.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.held.drain(..self.at.min(self.held.len()));
        self.at = 0;
        self.held.extend_from_slice(bytes);
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.at..).unwrap_or_default()
    }

    /// The next element; `Ok(None)`: more has to come first.
    ///
    /// # Errors
    /// The stream is malformed. What follows cannot be read.
    pub fn token(&mut self) -> Result<Option<Token>, WireError> {
        if let Some(left) = self.large {
            return Ok(self.next_part(left));
        }
        let mut r = Reader::new(self.rest());
        match read(&mut r) {
            Ok((token, large)) => {
                self.at = self.at.saturating_add(r.position());
                self.large = large;
                Ok(Some(token))
            }
            Err(e) => match e.flaw() {
                Flaw::Short { .. } if self.rest().len() <= limits::TRANSFER_VALUE_MAX_BYTES => Ok(None),
                _ => Err(e),
            },
        }
    }

    fn next_part(&mut self, left: u32) -> Option<Token> {
        if left == 0 {
            self.large = None;
            return Some(Token::End);
        }
        let rest = self.rest();
        let part = rest.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(rest).to_vec();
        if part.is_empty() {
            return None;
        }
        self.at = self.at.saturating_add(part.len());
        self.large = Some(left.saturating_sub(u32::try_from(part.len()).unwrap_or(left)));
        Some(Token::Part(part))
    }
}

/// One element from the front, and how many bytes follow if it begins a large value.
fn read(r: &mut Reader<'_>) -> Result<(Token, Option<u32>), WireError> {
    let tag = PropertyTag::read(r)?;
    if marker::ALL.contains(&tag.0) {
        return Ok((Token::Marker(tag.0), None));
    }
    let name = if tag.id() >= 0x8000 { Some(read_name(r)?) } else { None };
    let ty = tag.property_type();
    if ty.0 & 0x8000 == 0 && ty.is_multiple() && tag != meta::IDSET_GIVEN {
        return Ok((Token::Property { tag, name, value: read_many(r, ty)? }, None));
    }
    if !is_variable(tag) {
        return Ok((Token::Property { tag, name, value: read_fixed(r, ty)? }, None));
    }
    let len = u32::read(r)?;
    let size = usize::try_from(len).unwrap_or(usize::MAX);
    let may_be_large = matches!(ty, PropertyType::String | PropertyType::Binary | PropertyType::Object);
    if may_be_large && size > limits::TRANSFER_LARGE_BYTES {
        return Ok((Token::Begin { tag, name }, Some(len)));
    }
    if size > limits::TRANSFER_VALUE_MAX_BYTES {
        return Err(Flaw::Limit { what: "varSizeValue", at: r.position() }.into());
    }
    let bytes = r.take(size, "varSizeValue")?;
    Ok((Token::Property { tag, name, value: variable(ty, bytes) }, None))
}

/// namedPropInfo. MS-OXCFXICS 2.2.4.1
fn read_name(r: &mut Reader<'_>) -> Result<PropertyName, WireError> {
    let guid = Guid::read(r)?;
    match u8::read(r)? {
        0 => Ok(PropertyName::Lid { guid, lid: u32::read(r)? }),
        1 => Ok(PropertyName::Named { guid, name: Utf16Z::read(r)? }),
        _ => Err(r.invalid("namedPropInfo")),
    }
}

fn is_variable(tag: PropertyTag) -> bool {
    let ty = tag.property_type();
    tag == meta::IDSET_GIVEN
        || ty.0 & 0x8000 != 0
        || matches!(
            ty,
            PropertyType::String
                | PropertyType::String8
                | PropertyType::Binary
                | PropertyType::Object
                | PropertyType::ServerId
        )
}

fn variable(ty: PropertyType, bytes: &[u8]) -> Value {
    match ty {
        PropertyType::String => Value::String(utf16(bytes)),
        ty if ty == super::code_page_type(super::CODE_PAGE_UTF16) => Value::String(utf16(bytes)),
        PropertyType::ServerId => Value::ServerId(bytes.to_vec()),
        ty if ty == PropertyType::String8 || ty.0 & 0x8000 != 0 => {
            Value::String8(bytes.strip_suffix(&[0]).unwrap_or(bytes).to_vec())
        }
        _ => Value::Binary(bytes.to_vec()),
    }
}

/// Text, with or without its zero.
fn utf16(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(&[0, 0]).filter(|bytes| bytes.len() % 2 == 0).unwrap_or(bytes);
    let units = bytes.chunks_exact(2).map(|unit| unit.iter().rev().fold(0, |n, b| n << 8 | u16::from(*b)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn read_fixed(r: &mut Reader<'_>, ty: PropertyType) -> Result<Value, WireError> {
    match ty {
        PropertyType::Boolean => Ok(Value::Boolean(u16::read(r)? != 0)),
        PropertyType::Integer16
        | PropertyType::Integer32
        | PropertyType::Floating32
        | PropertyType::Floating64
        | PropertyType::Currency
        | PropertyType::FloatingTime
        | PropertyType::ErrorCode
        | PropertyType::Integer64
        | PropertyType::Time
        | PropertyType::Guid => Value::read(r, ty, Dialect::Rop),
        _ => Err(r.invalid("propType")),
    }
}

fn read_many(r: &mut Reader<'_>, ty: PropertyType) -> Result<Value, WireError> {
    let variable = |r: &mut Reader<'_>| -> Result<Vec<Vec<u8>>, WireError> {
        let count = u32::read(r)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let len = usize::try_from(u32::read(r)?).unwrap_or(usize::MAX);
            list.push(r.take(len, "PtypMultiple")?.to_vec());
        }
        Ok(list)
    };
    Ok(match ty {
        PropertyType::MultipleString => Value::MultipleString(variable(r)?.iter().map(|bytes| utf16(bytes)).collect()),
        PropertyType::MultipleString8 => {
            let strip = |bytes: Vec<u8>| bytes.strip_suffix(&[0]).map(<[u8]>::to_vec).unwrap_or(bytes);
            Value::MultipleString8(variable(r)?.into_iter().map(strip).collect())
        }
        PropertyType::MultipleBinary => Value::MultipleBinary(variable(r)?),
        PropertyType::MultipleInteger16
        | PropertyType::MultipleInteger32
        | PropertyType::MultipleFloating32
        | PropertyType::MultipleFloating64
        | PropertyType::MultipleCurrency
        | PropertyType::MultipleFloatingTime
        | PropertyType::MultipleInteger64
        | PropertyType::MultipleTime
        | PropertyType::MultipleGuid => Value::read(r, ty, Dialect::Rop)?,
        _ => return Err(r.invalid("propType")),
    })
}
