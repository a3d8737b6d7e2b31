//! Object identifiers, MS-OXCDATA 2.2.1: folders, messages and changes.

use crate::wire::{Guid, Reader, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The replica number of a mailbox's own objects: the same everywhere, always mapped to the
/// mailbox's ReplGuid.
pub const REPLICA_OWN: u16 = 1;

/// FolderID, MessageID or change number in its short form: ReplicaId, then GlobalCounter in
/// big-endian order (MS-OXCDATA 2.2.1.1, 2.2.1.2). Held as the 64-bit property value it is in
/// tables (PidTagFolderId, PidTagMid).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ObjectId(pub u64);

impl ObjectId {
    /// No object.
    pub const NONE: Self = Self(0);

    /// An object of the mailbox itself.
    #[must_use]
    pub fn own(counter: u64) -> Self {
        Self::new(REPLICA_OWN, counter)
    }

    /// From replica number and 48-bit counter.
    #[must_use]
    pub fn new(replica: u16, counter: u64) -> Self {
        let [r0, r1] = replica.to_le_bytes();
        let [a, b, c, d, e, f] = counter_bytes(counter);
        Self(u64::from_le_bytes([r0, r1, a, b, c, d, e, f]))
    }

    /// The replica number.
    #[must_use]
    pub fn replica(self) -> u16 {
        let [a, b, ..] = self.0.to_le_bytes();
        u16::from_le_bytes([a, b])
    }

    /// The 48-bit counter.
    #[must_use]
    pub fn counter(self) -> u64 {
        let [_, _, counter @ ..] = self.0.to_le_bytes();
        counter_value(counter)
    }

    /// As a PtypInteger64 value.
    #[must_use]
    pub fn to_i64(self) -> i64 {
        i64::from_le_bytes(self.0.to_le_bytes())
    }

    /// From a PtypInteger64 value.
    #[must_use]
    pub fn from_i64(value: i64) -> Self {
        Self(u64::from_le_bytes(value.to_le_bytes()))
    }
}

/// GlobalCounter bytes. MS-OXCDATA 2.2.1.1
#[expect(clippy::big_endian_bytes, reason = "GLOBCNT is the one big-endian field of MAPI")]
pub(crate) fn counter_bytes(counter: u64) -> [u8; 6] {
    let [_, _, bytes @ ..] = counter.to_be_bytes();
    bytes
}

/// The number in GlobalCounter bytes.
#[expect(clippy::big_endian_bytes, reason = "GLOBCNT is the one big-endian field of MAPI")]
pub(crate) fn counter_value([a, b, c, d, e, f]: [u8; 6]) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}", self.replica(), self.counter())
    }
}

impl Wire for ObjectId {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(u64::read(r)?))
    }
    fn write(&self, w: &mut Writer) {
        self.0.write(w);
    }
}

crate::wire! {
    /// LongTermID: DatabaseGuid, GlobalCounter, Pad. MS-OXCDATA 2.2.1.3.1
    #[derive(Copy, Eq)]
    pub struct LongTermId { database_guid: Guid, global_counter: [u8; 6], pad: [u8; 2] }
}

impl LongTermId {
    /// An object of the database.
    #[must_use]
    pub fn new(database_guid: Guid, id: ObjectId) -> Self {
        Self { database_guid, global_counter: counter_bytes(id.counter()), pad: [0; 2] }
    }

    /// The 48-bit counter.
    #[must_use]
    pub fn counter(&self) -> u64 {
        counter_value(self.global_counter)
    }

    /// GID: the first 22 bytes, as in PidTagSourceKey. MS-OXCDATA 2.2.1.3
    #[must_use]
    pub fn gid(&self) -> Vec<u8> {
        let mut bytes = self.to_bytes();
        bytes.truncate(22);
        bytes
    }
}

/// XID: namespace and local identifier, as in PidTagChangeKey. MS-OXCFXICS 2.2.2.2
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xid {
    /// NamespaceGuid.
    pub namespace_guid: Guid,
    /// LocalId, 1 to 8 bytes; 6 in a change of ours.
    pub local_id: Vec<u8>,
}

impl Xid {
    /// The change with this number in the mailbox whose ReplGuid is given.
    #[must_use]
    pub fn own(namespace_guid: Guid, change_number: u64) -> Self {
        Self { namespace_guid, local_id: counter_bytes(change_number).to_vec() }
    }
}

/// Fills its frame: the length of LocalId is what is left.
impl Wire for Xid {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let namespace_guid = Guid::read(r)?;
        let local_id = r.rest().to_vec();
        if !(1..=8).contains(&local_id.len()) {
            return Err(r.invalid("XID LocalId"));
        }
        Ok(Self { namespace_guid, local_id })
    }
    fn write(&self, w: &mut Writer) {
        self.namespace_guid.write(w);
        w.raw(&self.local_id);
    }
}
