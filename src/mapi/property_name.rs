//! PropertyName, MS-OXCDATA 2.6.1.

use super::names::set;
use crate::wire::{Form, Framed, Guid, Reader, Utf16Z, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};

/// The name behind a property identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub enum PropertyName {
    /// Kind 00: a number in a property set.
    Lid { guid: Guid, lid: u32 },
    /// Kind 01: a string in a property set.
    Named { guid: Guid, name: String },
    /// Kind FF: the identifier has no name; nothing follows (MS-OXCPRPT R524).
    Unnamed,
}

/// UTF-16 text that fills its frame, the zero at its end included.
#[derive(Debug, Clone, PartialEq)]
struct Text(String);

impl Wire for Text {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(Utf16Z::read(r)?))
    }
    fn write(&self, w: &mut Writer) {
        Utf16Z::write(&self.0, w);
    }
}

impl PropertyName {
    /// The property set, if there is a name.
    #[must_use]
    pub fn guid(&self) -> Option<Guid> {
        match self {
            Self::Lid { guid, .. } | Self::Named { guid, .. } => Some(*guid),
            Self::Unnamed => None,
        }
    }

    /// As it is looked up: names in PS_INTERNET_HEADERS are lower-cased (MS-OXCPRPT R529), all
    /// others compare as they are.
    #[must_use]
    pub fn folded(self) -> Self {
        match self {
            Self::Named { guid, name } if guid == set::PS_INTERNET_HEADERS => {
                Self::Named { guid, name: name.to_lowercase() }
            }
            other => other,
        }
    }
}

impl Wire for PropertyName {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match u8::read(r)? {
            0x00 => Self::Lid { guid: Guid::read(r)?, lid: u32::read(r)? },
            0x01 => {
                let guid = Guid::read(r)?;
                let Text(name) = Framed::<u8>::read(r)?;
                Self::Named { guid, name }
            }
            0xFF => Self::Unnamed,
            _ => return Err(r.invalid("PropertyName Kind")),
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Lid { guid, lid } => {
                0x00_u8.write(w);
                guid.write(w);
                lid.write(w);
            }
            Self::Named { guid, name } => {
                0x01_u8.write(w);
                guid.write(w);
                Framed::<u8>::write(&Text(name.clone()), w);
            }
            Self::Unnamed => 0xFF_u8.write(w),
        }
    }
}
