//! Property values, MS-OXCDATA 2.11: one type for all, read and written side by side.

use super::{ErrorCode, PropertyTag, PropertyType, Restriction};
use crate::limits::{NSPI_BINARY_MAX, NSPI_LIST_MAX};
use crate::wire::{AsciiZ, FileTime, Flaw, Form, Guid, Reader, Utf16Z, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};

/// Where a value travels decides the width of its counts and whether a presence byte precedes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// ROP buffers: COUNT of PtypBinary 16 bits, of PtypMultiple 32 bits. MS-OXCDATA 2.11.1.1
    Rop,
    /// AddressBookPropertyValue: HasValue byte before strings, binaries and multivalues, COUNT 32
    /// bits. MS-OXCMAPIHTTP 2.2.1.1
    Nspi,
    /// Values inside a restriction that travels in an NSPI request: 32-bit counts, HasValue byte
    /// accepted but not required (sources disagree, see tests/it/restriction.rs).
    NspiRestriction,
}

/// A property value. The order of the variants is part of the format of stored records: append
/// only (see store/schema.rs).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// PtypInteger16.
    Integer16(i16),
    /// PtypInteger32.
    Integer32(i32),
    /// PtypFloating32.
    Floating32(f32),
    /// PtypFloating64.
    Floating64(f64),
    /// PtypCurrency: ten-thousandths.
    Currency(i64),
    /// PtypFloatingTime: days since 1899-12-30.
    FloatingTime(f64),
    /// PtypErrorCode.
    Error(ErrorCode),
    /// PtypBoolean.
    Boolean(bool),
    /// PtypInteger64.
    Integer64(i64),
    /// PtypString8: bytes in a code page that the context knows. Never stored.
    String8(Vec<u8>),
    /// PtypString.
    String(String),
    /// PtypTime.
    Time(FileTime),
    /// PtypGuid.
    Guid(Guid),
    /// PtypServerId: the bytes after its count.
    ServerId(Vec<u8>),
    /// PtypBinary.
    Binary(Vec<u8>),
    /// PtypMultipleInteger16.
    MultipleInteger16(Vec<i16>),
    /// PtypMultipleInteger32.
    MultipleInteger32(Vec<i32>),
    /// PtypMultipleFloating32.
    MultipleFloating32(Vec<f32>),
    /// PtypMultipleFloating64.
    MultipleFloating64(Vec<f64>),
    /// PtypMultipleCurrency.
    MultipleCurrency(Vec<i64>),
    /// PtypMultipleFloatingTime.
    MultipleFloatingTime(Vec<f64>),
    /// PtypMultipleInteger64.
    MultipleInteger64(Vec<i64>),
    /// PtypMultipleString8. Never stored.
    MultipleString8(Vec<Vec<u8>>),
    /// PtypMultipleString.
    MultipleString(Vec<String>),
    /// PtypMultipleTime.
    MultipleTime(Vec<FileTime>),
    /// PtypMultipleGuid.
    MultipleGuid(Vec<Guid>),
    /// PtypMultipleBinary.
    MultipleBinary(Vec<Vec<u8>>),
    /// PtypRestriction.
    Restriction(Box<Restriction>),
    /// PtypRuleAction: the bytes of a RuleAction structure (MS-OXORULE 2.2.5), not interpreted here.
    RuleAction(Vec<u8>),
    /// PtypObject or PtypEmbeddedTable: no value in a row; in NSPI four bytes of no meaning.
    Object(u32),
}

/// TaggedPropertyValue: a tag and its value. MS-OXCDATA 2.11.4
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaggedValue {
    /// The tag, with the value's type.
    pub tag: PropertyTag,
    /// The value.
    pub value: Value,
}

impl Dialect {
    fn has_value(self) -> bool {
        self == Self::Nspi
    }

    fn read_len(self, r: &mut Reader<'_>) -> Result<usize, WireError> {
        Ok(match self {
            Self::Rop => usize::from(u16::read(r)?),
            Self::Nspi | Self::NspiRestriction => usize::try_from(u32::read(r)?).unwrap_or(usize::MAX),
        })
    }

    fn write_len(self, len: usize, w: &mut Writer) {
        match self {
            Self::Rop => u16::try_from(len).unwrap_or(u16::MAX).write(w),
            Self::Nspi | Self::NspiRestriction => u32::try_from(len).unwrap_or(u32::MAX).write(w),
        }
    }

    /// HasValue before a string, a binary or a multivalue; `false`: there is no value.
    fn read_presence(self, r: &mut Reader<'_>) -> Result<bool, WireError> {
        match self {
            Self::Rop => Ok(true),
            Self::Nspi => Ok(u8::read(r)? != 0),
            Self::NspiRestriction => {
                skip_presence(r)?;
                Ok(true)
            }
        }
    }

    fn write_presence(self, w: &mut Writer) {
        if self.has_value() {
            0xFF_u8.write(w);
        }
    }

    fn read_binary(self, r: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
        let len = self.read_len(r)?;
        if self != Self::Rop && len > NSPI_BINARY_MAX {
            return Err(Flaw::Limit { what: "PtypBinary", at: r.position() }.into());
        }
        Ok(r.take(len, "PtypBinary")?.to_vec())
    }

    fn write_binary(self, bytes: &[u8], w: &mut Writer) {
        self.write_len(bytes.len(), w);
        w.raw(bytes);
    }

    fn read_many<T>(
        self,
        r: &mut Reader<'_>,
        least: usize,
        mut one: impl FnMut(&mut Reader<'_>) -> Result<T, WireError>,
    ) -> Result<Vec<T>, WireError> {
        let count = usize::try_from(u32::read(r)?).unwrap_or(usize::MAX);
        if self != Self::Rop && count > NSPI_LIST_MAX {
            return Err(Flaw::Limit { what: "PtypMultiple count", at: r.position() }.into());
        }
        let count = r.plausible(count, least, "PtypMultiple count")?;
        (0..count).map(|_| one(r)).collect()
    }

    /// An element of a multivalue has a presence byte of its own if its type has variable size.
    fn read_element<T: Default>(
        self,
        r: &mut Reader<'_>,
        one: impl FnOnce(&mut Reader<'_>) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        if self.has_value() && u8::read(r)? == 0 { Ok(T::default()) } else { one(r) }
    }

    fn write_many<T>(self, items: &[T], w: &mut Writer, mut one: impl FnMut(&T, &mut Writer)) {
        u32::try_from(items.len()).unwrap_or(u32::MAX).write(w);
        for item in items {
            one(item, w);
        }
    }
}

/// Skips a presence byte FF where one may or may not stand.
pub(super) fn skip_presence(r: &mut Reader<'_>) -> Result<(), WireError> {
    if r.remaining().first() == Some(&0xFF) {
        r.take(1, "HasValue")?;
    }
    Ok(())
}

impl Value {
    /// Takes a value of the given type; `None` if an NSPI presence byte says that there is none.
    pub fn read_optional(r: &mut Reader<'_>, ty: PropertyType, d: Dialect) -> Result<Option<Self>, WireError> {
        let variable = matches!(ty, PropertyType::String | PropertyType::String8 | PropertyType::Binary);
        if (variable || ty.is_multiple()) && !d.read_presence(r)? {
            return Ok(None);
        }
        let value = match ty {
            PropertyType::Integer16 => Self::Integer16(i16::read(r)?),
            PropertyType::Integer32 => Self::Integer32(i32::read(r)?),
            PropertyType::Floating32 => Self::Floating32(f32::read(r)?),
            PropertyType::Floating64 => Self::Floating64(f64::read(r)?),
            PropertyType::Currency => Self::Currency(i64::read(r)?),
            PropertyType::FloatingTime => Self::FloatingTime(f64::read(r)?),
            PropertyType::ErrorCode => Self::Error(ErrorCode::read(r)?),
            PropertyType::Boolean => Self::Boolean(bool::read(r)?),
            PropertyType::Integer64 => Self::Integer64(i64::read(r)?),
            PropertyType::String8 => Self::String8(AsciiZ::read(r)?),
            PropertyType::String => Self::String(Utf16Z::read(r)?),
            PropertyType::Time => Self::Time(FileTime::read(r)?),
            PropertyType::Guid => Self::Guid(Guid::read(r)?),
            PropertyType::ServerId => Self::ServerId(Dialect::Rop.read_binary(r)?),
            PropertyType::Binary => Self::Binary(d.read_binary(r)?),
            PropertyType::Restriction => Self::Restriction(Box::new(Restriction::read_as(r, d)?)),
            PropertyType::RuleAction => Self::RuleAction(read_rule_action(r)?),
            PropertyType::Object if d != Dialect::Rop => Self::Object(u32::read(r)?),
            PropertyType::Object => Self::Object(0),
            PropertyType::MultipleInteger16 => Self::MultipleInteger16(d.read_many(r, 2, i16::read)?),
            PropertyType::MultipleInteger32 => Self::MultipleInteger32(d.read_many(r, 4, i32::read)?),
            PropertyType::MultipleFloating32 => Self::MultipleFloating32(d.read_many(r, 4, f32::read)?),
            PropertyType::MultipleFloating64 => Self::MultipleFloating64(d.read_many(r, 8, f64::read)?),
            PropertyType::MultipleCurrency => Self::MultipleCurrency(d.read_many(r, 8, i64::read)?),
            PropertyType::MultipleFloatingTime => Self::MultipleFloatingTime(d.read_many(r, 8, f64::read)?),
            PropertyType::MultipleInteger64 => Self::MultipleInteger64(d.read_many(r, 8, i64::read)?),
            PropertyType::MultipleString8 => {
                Self::MultipleString8(d.read_many(r, 1, |r| d.read_element(r, <AsciiZ as Form<Vec<u8>>>::read))?)
            }
            PropertyType::MultipleString => {
                Self::MultipleString(d.read_many(r, 1, |r| d.read_element(r, Utf16Z::read))?)
            }
            PropertyType::MultipleTime => Self::MultipleTime(d.read_many(r, 8, FileTime::read)?),
            PropertyType::MultipleGuid => Self::MultipleGuid(d.read_many(r, 16, Guid::read)?),
            PropertyType::MultipleBinary => {
                Self::MultipleBinary(d.read_many(r, 1, |r| d.read_element(r, |r| d.read_binary(r)))?)
            }
            _ => return Err(r.invalid("PropertyType")),
        };
        Ok(Some(value))
    }

    /// Takes a value of the given type; an absent NSPI value is an error.
    pub fn read(r: &mut Reader<'_>, ty: PropertyType, d: Dialect) -> Result<Self, WireError> {
        Self::read_optional(r, ty, d)?.ok_or_else(|| r.invalid("HasValue"))
    }

    /// Appends the value.
    pub fn write(&self, w: &mut Writer, d: Dialect) {
        let ty = self.property_type();
        if matches!(ty, PropertyType::String | PropertyType::String8 | PropertyType::Binary) || ty.is_multiple() {
            d.write_presence(w);
        }
        match self {
            Self::Integer16(v) => v.write(w),
            Self::Integer32(v) => v.write(w),
            Self::Floating32(v) => v.write(w),
            Self::Floating64(v) | Self::FloatingTime(v) => v.write(w),
            Self::Currency(v) | Self::Integer64(v) => v.write(w),
            Self::Error(v) => v.write(w),
            Self::Boolean(v) => v.write(w),
            Self::String8(v) => AsciiZ::write(v, w),
            Self::String(v) => Utf16Z::write(v, w),
            Self::Time(v) => v.write(w),
            Self::Guid(v) => v.write(w),
            Self::ServerId(v) => Dialect::Rop.write_binary(v, w),
            Self::Binary(v) => d.write_binary(v, w),
            Self::Restriction(v) => v.write_as(w, d),
            Self::RuleAction(v) => w.raw(v),
            Self::Object(v) if d != Dialect::Rop => v.write(w),
            Self::Object(_) => {}
            Self::MultipleInteger16(v) => d.write_many(v, w, Wire::write),
            Self::MultipleInteger32(v) => d.write_many(v, w, Wire::write),
            Self::MultipleFloating32(v) => d.write_many(v, w, Wire::write),
            Self::MultipleFloating64(v) | Self::MultipleFloatingTime(v) => d.write_many(v, w, Wire::write),
            Self::MultipleCurrency(v) | Self::MultipleInteger64(v) => d.write_many(v, w, Wire::write),
            Self::MultipleTime(v) => d.write_many(v, w, Wire::write),
            Self::MultipleGuid(v) => d.write_many(v, w, Wire::write),
            Self::MultipleString8(v) => d.write_many(v, w, |item, w| {
                d.write_presence(w);
                AsciiZ::write(item, w);
            }),
            Self::MultipleString(v) => d.write_many(v, w, |item, w| {
                d.write_presence(w);
                Utf16Z::write(item, w);
            }),
            Self::MultipleBinary(v) => d.write_many(v, w, |item, w| {
                d.write_presence(w);
                d.write_binary(item, w);
            }),
        }
    }

    /// The type this value has.
    #[must_use]
    pub fn property_type(&self) -> PropertyType {
        match self {
            Self::Integer16(_) => PropertyType::Integer16,
            Self::Integer32(_) => PropertyType::Integer32,
            Self::Floating32(_) => PropertyType::Floating32,
            Self::Floating64(_) => PropertyType::Floating64,
            Self::Currency(_) => PropertyType::Currency,
            Self::FloatingTime(_) => PropertyType::FloatingTime,
            Self::Error(_) => PropertyType::ErrorCode,
            Self::Boolean(_) => PropertyType::Boolean,
            Self::Integer64(_) => PropertyType::Integer64,
            Self::String8(_) => PropertyType::String8,
            Self::String(_) => PropertyType::String,
            Self::Time(_) => PropertyType::Time,
            Self::Guid(_) => PropertyType::Guid,
            Self::ServerId(_) => PropertyType::ServerId,
            Self::Binary(_) => PropertyType::Binary,
            Self::MultipleInteger16(_) => PropertyType::MultipleInteger16,
            Self::MultipleInteger32(_) => PropertyType::MultipleInteger32,
            Self::MultipleFloating32(_) => PropertyType::MultipleFloating32,
            Self::MultipleFloating64(_) => PropertyType::MultipleFloating64,
            Self::MultipleCurrency(_) => PropertyType::MultipleCurrency,
            Self::MultipleFloatingTime(_) => PropertyType::MultipleFloatingTime,
            Self::MultipleInteger64(_) => PropertyType::MultipleInteger64,
            Self::MultipleString8(_) => PropertyType::MultipleString8,
            Self::MultipleString(_) => PropertyType::MultipleString,
            Self::MultipleTime(_) => PropertyType::MultipleTime,
            Self::MultipleGuid(_) => PropertyType::MultipleGuid,
            Self::MultipleBinary(_) => PropertyType::MultipleBinary,
            Self::Restriction(_) => PropertyType::Restriction,
            Self::RuleAction(_) => PropertyType::RuleAction,
            Self::Object(_) => PropertyType::Object,
        }
    }

    /// The elements of a multivalue as single values; `None` for a single value.
    #[must_use]
    pub fn elements(&self) -> Option<Vec<Self>> {
        Some(match self {
            Self::MultipleInteger16(v) => v.iter().copied().map(Self::Integer16).collect(),
            Self::MultipleInteger32(v) => v.iter().copied().map(Self::Integer32).collect(),
            Self::MultipleFloating32(v) => v.iter().copied().map(Self::Floating32).collect(),
            Self::MultipleFloating64(v) => v.iter().copied().map(Self::Floating64).collect(),
            Self::MultipleCurrency(v) => v.iter().copied().map(Self::Currency).collect(),
            Self::MultipleFloatingTime(v) => v.iter().copied().map(Self::FloatingTime).collect(),
            Self::MultipleInteger64(v) => v.iter().copied().map(Self::Integer64).collect(),
            Self::MultipleString8(v) => v.iter().cloned().map(Self::String8).collect(),
            Self::MultipleString(v) => v.iter().cloned().map(Self::String).collect(),
            Self::MultipleTime(v) => v.iter().copied().map(Self::Time).collect(),
            Self::MultipleGuid(v) => v.iter().copied().map(Self::Guid).collect(),
            Self::MultipleBinary(v) => v.iter().cloned().map(Self::Binary).collect(),
            _ => return None,
        })
    }

    /// Text, if this is a PtypString.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }
}

/// RuleAction is a 16-bit count of blocks, each with a 16-bit length (MS-OXORULE 2.2.5.1); kept as
/// bytes, the framing included.
fn read_rule_action(r: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
    let mut copy = r.clone();
    let start = r.position();
    for _ in 0..u16::read(&mut copy)? {
        let len = u16::read(&mut copy)?;
        copy.take(len.into(), "RuleAction")?;
    }
    Ok(r.take(copy.position().saturating_sub(start), "RuleAction")?.to_vec())
}

impl TaggedValue {
    /// A value under a tag whose type it has.
    #[must_use]
    pub fn new(tag: PropertyTag, value: Value) -> Self {
        Self { tag: tag.with_type(value.property_type()), value }
    }

    /// Takes one.
    pub fn read_as(r: &mut Reader<'_>, d: Dialect) -> Result<Self, WireError> {
        let tag = PropertyTag::read(r)?;
        // PtypMultiple with the instance bit (3xxx) holds one value, as in the row it restricts.
        let ty = tag.property_type();
        let ty = if ty.is_instance() { ty.single() } else { ty };
        Ok(Self { tag, value: Value::read(r, ty, d)? })
    }

    /// Appends one.
    pub fn write_as(&self, w: &mut Writer, d: Dialect) {
        self.tag.write(w);
        self.value.write(w, d);
    }
}

/// In a ROP buffer.
impl Wire for TaggedValue {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::read_as(r, Dialect::Rop)
    }
    fn write(&self, w: &mut Writer) {
        self.write_as(w, Dialect::Rop);
    }
}
