//! Restrictions, MS-OXCDATA 2.12.

use super::value::skip_presence;
use super::{Dialect, PropertyTag, TaggedValue};
use crate::limits::{RESTRICTION_DEPTH_MAX, RESTRICTION_NODES_MAX};
use crate::wire::{Flaw, Reader, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// RelOp: comparison of a property with a value. MS-OXCDATA 2.12.5.1
    #[derive(Serialize, Deserialize)]
    pub struct RelOp(u8);
    0x00 LessThan;
    0x01 LessThanOrEqual;
    0x02 GreaterThan;
    0x03 GreaterThanOrEqual;
    0x04 Equal;
    0x05 NotEqual;
    0x64 MemberOfDL;
}

crate::codes! {
    /// FuzzyLevelLow: how much of the value must match. MS-OXCDATA 2.12.4.1
    #[derive(Serialize, Deserialize)]
    pub struct FuzzyLow(u16);
    0x0000 FullString;
    0x0001 Substring;
    0x0002 Prefix;
}

/// FuzzyLevelHigh: bits. MS-OXCDATA 2.12.4.1
pub mod fuzzy_high {
    /// FL_IGNORECASE
    pub const IGNORE_CASE: u16 = 1;
    /// FL_IGNORENONSPACE
    pub const IGNORE_NONSPACE: u16 = 2;
    /// FL_LOOSE
    pub const LOOSE: u16 = 4;
}

crate::codes! {
    /// BitmapRelOp. MS-OXCDATA 2.12.7.1
    #[derive(Serialize, Deserialize)]
    pub struct BitmapRelOp(u8);
    0 EqualToZero;
    1 NotEqualToZero;
}

/// A condition on an object's properties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub enum Restriction {
    /// MS-OXCDATA 2.12.1
    And(Vec<Self>),
    /// MS-OXCDATA 2.12.2
    Or(Vec<Self>),
    /// MS-OXCDATA 2.12.3
    Not(Box<Self>),
    /// MS-OXCDATA 2.12.4
    Content { fuzzy_level_low: FuzzyLow, fuzzy_level_high: u16, property_tag: PropertyTag, tagged_value: TaggedValue },
    /// MS-OXCDATA 2.12.5
    Property { rel_op: RelOp, property_tag: PropertyTag, tagged_value: TaggedValue },
    /// MS-OXCDATA 2.12.6
    CompareProperties { rel_op: RelOp, property_tag1: PropertyTag, property_tag2: PropertyTag },
    /// MS-OXCDATA 2.12.7
    BitMask { bitmap_rel_op: BitmapRelOp, property_tag: PropertyTag, mask: u32 },
    /// MS-OXCDATA 2.12.8
    Size { rel_op: RelOp, property_tag: PropertyTag, size: u32 },
    /// MS-OXCDATA 2.12.9
    Exist { property_tag: PropertyTag },
    /// MS-OXCDATA 2.12.10
    SubObject { subobject: PropertyTag, restriction: Box<Self> },
    /// MS-OXCDATA 2.12.11
    Comment { tagged_values: Vec<TaggedValue>, restriction: Option<Box<Self>> },
    /// MS-OXCDATA 2.12.12
    Count { count: u32, restriction: Box<Self> },
}

impl Restriction {
    /// Takes one; refuses nesting and size beyond `limits.rs`.
    pub fn read_as(r: &mut Reader<'_>, d: Dialect) -> Result<Self, WireError> {
        let mut nodes = RESTRICTION_NODES_MAX;
        Self::read_node(r, restriction_dialect(d), &mut nodes)
    }

    fn read_node(r: &mut Reader<'_>, d: Dialect, nodes: &mut usize) -> Result<Self, WireError> {
        let limit = Flaw::Limit { what: "Restriction", at: r.position() };
        *nodes = nodes.checked_sub(1).ok_or(limit)?;
        r.nested(RESTRICTION_DEPTH_MAX, "Restriction", |r| Self::read_body(r, d, nodes))
    }

    fn read_body(r: &mut Reader<'_>, d: Dialect, nodes: &mut usize) -> Result<Self, WireError> {
        Ok(match u8::read(r)? {
            0x00 => Self::And(Self::read_list(r, d, nodes)?),
            0x01 => Self::Or(Self::read_list(r, d, nodes)?),
            0x02 => Self::Not(Box::new(Self::read_node(r, d, nodes)?)),
            0x03 => Self::Content {
                fuzzy_level_low: FuzzyLow::read(r)?,
                fuzzy_level_high: u16::read(r)?,
                property_tag: PropertyTag::read(r)?,
                tagged_value: read_tagged(r, d)?,
            },
            0x04 => Self::Property {
                rel_op: RelOp::read(r)?,
                property_tag: PropertyTag::read(r)?,
                tagged_value: read_tagged(r, d)?,
            },
            0x05 => Self::CompareProperties {
                rel_op: RelOp::read(r)?,
                property_tag1: PropertyTag::read(r)?,
                property_tag2: PropertyTag::read(r)?,
            },
            0x06 => Self::BitMask {
                bitmap_rel_op: BitmapRelOp::read(r)?,
                property_tag: PropertyTag::read(r)?,
                mask: u32::read(r)?,
            },
            0x07 => Self::Size { rel_op: RelOp::read(r)?, property_tag: PropertyTag::read(r)?, size: u32::read(r)? },
            0x08 => Self::Exist { property_tag: PropertyTag::read(r)? },
            0x09 => Self::SubObject {
                subobject: PropertyTag::read(r)?,
                restriction: Box::new(Self::read_node(r, d, nodes)?),
            },
            0x0A => {
                let count = u8::read(r)?;
                let tagged_values = (0..count).map(|_| read_tagged(r, d)).collect::<Result<_, _>>()?;
                let present = u8::read(r)? != 0;
                let restriction = present.then(|| Self::read_node(r, d, nodes).map(Box::new)).transpose()?;
                Self::Comment { tagged_values, restriction }
            }
            0x0B => Self::Count { count: u32::read(r)?, restriction: Box::new(Self::read_node(r, d, nodes)?) },
            _ => return Err(r.invalid("RestrictType")),
        })
    }

    fn read_list(r: &mut Reader<'_>, d: Dialect, nodes: &mut usize) -> Result<Vec<Self>, WireError> {
        let count = match d {
            Dialect::Rop => usize::from(u16::read(r)?),
            Dialect::Nspi | Dialect::NspiRestriction => usize::try_from(u32::read(r)?).unwrap_or(usize::MAX),
        };
        let count = r.plausible(count, 1, "RestrictCount")?;
        (0..count).map(|_| Self::read_node(r, d, nodes)).collect()
    }

    /// Appends it.
    pub fn write_as(&self, w: &mut Writer, d: Dialect) {
        let d = restriction_dialect(d);
        match self {
            Self::And(list) => write_list(0x00, list, w, d),
            Self::Or(list) => write_list(0x01, list, w, d),
            Self::Not(inner) => {
                0x02_u8.write(w);
                inner.write_as(w, d);
            }
            Self::Content { fuzzy_level_low, fuzzy_level_high, property_tag, tagged_value } => {
                0x03_u8.write(w);
                fuzzy_level_low.write(w);
                fuzzy_level_high.write(w);
                property_tag.write(w);
                tagged_value.write_as(w, d);
            }
            Self::Property { rel_op, property_tag, tagged_value } => {
                0x04_u8.write(w);
                rel_op.write(w);
                property_tag.write(w);
                tagged_value.write_as(w, d);
            }
            Self::CompareProperties { rel_op, property_tag1, property_tag2 } => {
                0x05_u8.write(w);
                rel_op.write(w);
                property_tag1.write(w);
                property_tag2.write(w);
            }
            Self::BitMask { bitmap_rel_op, property_tag, mask } => {
                0x06_u8.write(w);
                bitmap_rel_op.write(w);
                property_tag.write(w);
                mask.write(w);
            }
            Self::Size { rel_op, property_tag, size } => {
                0x07_u8.write(w);
                rel_op.write(w);
                property_tag.write(w);
                size.write(w);
            }
            Self::Exist { property_tag } => {
                0x08_u8.write(w);
                property_tag.write(w);
            }
            Self::SubObject { subobject, restriction } => {
                0x09_u8.write(w);
                subobject.write(w);
                restriction.write_as(w, d);
            }
            Self::Comment { tagged_values, restriction } => {
                0x0A_u8.write(w);
                u8::try_from(tagged_values.len()).unwrap_or(u8::MAX).write(w);
                tagged_values.iter().for_each(|value| value.write_as(w, d));
                restriction.is_some().write(w);
                restriction.iter().for_each(|inner| inner.write_as(w, d));
            }
            Self::Count { count, restriction } => {
                0x0B_u8.write(w);
                count.write(w);
                restriction.write_as(w, d);
            }
        }
    }
}

fn restriction_dialect(d: Dialect) -> Dialect {
    if d == Dialect::Rop { d } else { Dialect::NspiRestriction }
}

fn read_tagged(r: &mut Reader<'_>, d: Dialect) -> Result<TaggedValue, WireError> {
    if d != Dialect::Rop {
        // No property type has FF in its low byte, so the byte cannot be the tag's.
        skip_presence(r)?;
    }
    TaggedValue::read_as(r, d)
}

fn write_list(kind: u8, list: &[Restriction], w: &mut Writer, d: Dialect) {
    kind.write(w);
    match d {
        Dialect::Rop => u16::try_from(list.len()).unwrap_or(u16::MAX).write(w),
        Dialect::Nspi | Dialect::NspiRestriction => u32::try_from(list.len()).unwrap_or(u32::MAX).write(w),
    }
    list.iter().for_each(|restriction| restriction.write_as(w, d));
}

/// In a ROP buffer.
impl Wire for Restriction {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::read_as(r, Dialect::Rop)
    }
    fn write(&self, w: &mut Writer) {
        self.write_as(w, Dialect::Rop);
    }
}
