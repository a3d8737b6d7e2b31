//! Stored records: one version byte, then a postcard body.
//!
//! postcard has no schema evolution: a struct that changes gets a new version and the old struct
//! stays, to be migrated from. Golden bytes in `tests/it/store.rs` notice a change by accident.

use super::{BlobRef, StoreError};
use crate::mapi::{PropertyType, Value};
use crate::sorted::SortedMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A type that is stored.
pub(super) trait Record: Serialize + DeserializeOwned {
    /// Version of the struct's layout.
    const VERSION: u8;
    /// For messages about damage.
    const NAME: &'static &'static str;

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
pub struct Bag(pub SortedMap<u16, Stored>);

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

#[cfg(test)]
mod tests {
    //! Bytes computed by hand from postcard's specification: a change of a stored struct is noticed.

    use super::{Bag, Record, Stored};
    use crate::mapi::{ErrorCode, Value};
    use crate::store::{BlobRef, MessageHead};
    use crate::wire::{FileTime, Guid};

    #[test]
    fn a_message_head_is_what_version_1_says() {
        assert_eq!(MessageHead::default().encode().unwrap(), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let mut head = MessageHead { change_number: 300, read: true, flags: 8, size: 1, ..MessageHead::default() };
        head.properties.set(0x0037, Value::String("hi".to_owned()));
        head.deleted_on = Some(FileTime(5));
        let bytes = [
            1, // version
            1, 0x37, 0, 10, 2, b'h', b'i', // one property: 0037, Stored::Value, Value::String, 2 bytes
            0xAC, 0x02, // change_number 300 as a varint
            0,    // read_change_number
            1,    // read
            8,    // flags
            0,    // status
            1,    // size
            0,    // has_attachments
            1, 5, // Some(5)
        ];
        assert_eq!(head.encode().unwrap(), bytes);
        assert_eq!(MessageHead::decode(&bytes).unwrap(), head);
        assert!(MessageHead::decode(&[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_err(), "a version of the future");
        for cut in 0..bytes.len() {
            assert!(MessageHead::decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_blob_reference_is_what_version_1_says() {
        let blob = BlobRef::for_tests(7, 65_521, 0x0102);
        let mut bag = Bag::default();
        bag.0.insert(0x1013, Stored::Blob(blob));
        let bytes = postcard::to_extend(&bag, Vec::new()).unwrap();
        // 1013, Stored::Blob, id 7, length 65,521, type 0102
        assert_eq!(bytes, [1, 0x93, 0x20, 1, 7, 0xF1, 0xFF, 0x03, 0x82, 0x02]);
    }

    #[test]
    fn the_variants_of_a_stored_value_keep_their_numbers() {
        let variants = [
            Value::Integer16(0),
            Value::Integer32(0),
            Value::Floating32(0.0),
            Value::Floating64(0.0),
            Value::Currency(0),
            Value::FloatingTime(0.0),
            Value::Error(ErrorCode::Success),
            Value::Boolean(false),
            Value::Integer64(0),
            Value::String8(Vec::new()),
            Value::String(String::new()),
            Value::Time(FileTime(0)),
            Value::Guid(Guid::NIL),
            Value::ServerId(Vec::new()),
            Value::Binary(Vec::new()),
            Value::MultipleInteger16(Vec::new()),
            Value::MultipleInteger32(Vec::new()),
            Value::MultipleFloating32(Vec::new()),
            Value::MultipleFloating64(Vec::new()),
            Value::MultipleCurrency(Vec::new()),
            Value::MultipleFloatingTime(Vec::new()),
            Value::MultipleInteger64(Vec::new()),
            Value::MultipleString8(Vec::new()),
            Value::MultipleString(Vec::new()),
            Value::MultipleTime(Vec::new()),
            Value::MultipleGuid(Vec::new()),
            Value::MultipleBinary(Vec::new()),
        ];
        for (number, value) in (0_u8..).zip(&variants) {
            let bytes = postcard::to_extend(value, Vec::new()).unwrap();
            assert_eq!(bytes.first(), Some(&number), "{value:?}");
        }
    }
}
