//! Stored records: one version byte, then a postcard body.
//!
//! postcard has no schema evolution: a struct that changes gets a new version and the old struct
//! stays, to be migrated from. Golden bytes in `tests/it/store.rs` notice a change by accident.

use super::{BlobRef, StoreError};
use crate::mapi::{PropertyType, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A type that is stored.
pub(super) trait Record: Serialize + DeserializeOwned {
    /// Version of the struct's layout.
    const VERSION: u8;
    /// For messages about damage.
    const NAME: &'static str;

    fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let body = postcard::to_extend(self, vec![Self::VERSION]);
        body.map_err(|_| StoreError::Corrupt(Self::NAME))
    }

    fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        match bytes.split_first() {
            Some((version, body)) if *version == Self::VERSION => {
                postcard::from_bytes(body).map_err(|_| StoreError::Corrupt(Self::NAME))
            }
            _ => Err(StoreError::Corrupt(Self::NAME)),
        }
    }
}

/// A property value as it is kept: small ones beside their object, large ones as blobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stored {
    /// The value itself.
    Value(Value),
    /// Where the bytes of a PtypBinary or PtypString (as UTF-16LE without the zero) lie.
    Blob(BlobRef),
}

impl Stored {
    /// The property's type.
    #[must_use]
    pub fn property_type(&self) -> PropertyType {
        match self {
            Self::Value(value) => value.property_type(),
            Self::Blob(blob) => blob.property_type(),
        }
    }

    /// Bytes the value takes, for sizes of messages.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Value(value) => value_size(value),
            Self::Blob(blob) => blob.len,
        }
    }
}

/// Bytes of a value as MS-OXCDATA 2.11.2.1 counts them: strings as UTF-16 with their zero.
pub(super) fn value_size(value: &Value) -> u64 {
    let utf16 = |text: &str| text.encode_utf16().count().saturating_mul(2).saturating_add(2);
    let size = match value {
        Value::Integer16(_) | Value::Boolean(_) => 2,
        Value::Integer32(_) | Value::Floating32(_) | Value::Error(_) | Value::Object(_) => 4,
        Value::Floating64(_) | Value::Currency(_) | Value::FloatingTime(_) | Value::Integer64(_) | Value::Time(_) => 8,
        Value::Guid(_) => 16,
        Value::String8(b) | Value::ServerId(b) | Value::Binary(b) | Value::RuleAction(b) => b.len(),
        Value::String(text) => utf16(text),
        Value::MultipleInteger16(v) => v.len().saturating_mul(2),
        Value::MultipleInteger32(v) => v.len().saturating_mul(4),
        Value::MultipleFloating32(v) => v.len().saturating_mul(4),
        Value::MultipleFloating64(v) | Value::MultipleFloatingTime(v) => v.len().saturating_mul(8),
        Value::MultipleCurrency(v) | Value::MultipleInteger64(v) => v.len().saturating_mul(8),
        Value::MultipleTime(v) => v.len().saturating_mul(8),
        Value::MultipleGuid(v) => v.len().saturating_mul(16),
        Value::MultipleString(v) => v.iter().map(|text| utf16(text)).sum(),
        Value::MultipleString8(v) | Value::MultipleBinary(v) => v.iter().map(Vec::len).sum(),
        Value::Restriction(_) => 64,
    };
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// The properties of an object, by identifier: an identifier has one value, whatever its type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Bag(pub BTreeMap<u16, Stored>);

impl Bag {
    /// The property with this identifier.
    #[must_use]
    pub fn get(&self, id: u16) -> Option<&Stored> {
        self.0.get(&id)
    }

    /// The value with this identifier, if it is kept here.
    #[must_use]
    pub fn value(&self, id: u16) -> Option<&Value> {
        match self.0.get(&id) {
            Some(Stored::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// The text with this identifier.
    #[must_use]
    pub fn text(&self, id: u16) -> Option<&str> {
        self.value(id).and_then(Value::as_str)
    }

    /// Sets a value, replacing one of any type.
    pub fn set(&mut self, id: u16, value: Value) {
        self.0.insert(id, Stored::Value(value));
    }

    /// Removes a property.
    pub fn remove(&mut self, id: u16) -> Option<Stored> {
        self.0.remove(&id)
    }

    /// Blobs that the bag refers to.
    pub fn blobs(&self) -> impl Iterator<Item = BlobRef> + '_ {
        self.0.values().filter_map(|stored| match stored {
            Stored::Blob(blob) => Some(*blob),
            Stored::Value(_) => None,
        })
    }

    /// Bytes of all values.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.values().map(Stored::size).fold(0, u64::saturating_add)
    }
}
