//! PredecessorChangeList: which versions an object descends from. MS-OXCFXICS 2.2.2.3, 3.1.5.6.1

use super::Xid;
use crate::limits;
use crate::sorted::SortedMap;
use crate::wire::{Flaw, Guid, Reader, Wire, WireError, Writer};

/// By namespace, the highest LocalId of each, sorted as the wire form wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeList(SortedMap<Guid, Vec<u8>>);

impl ChangeList {
    /// A list of one change.
    #[must_use]
    pub fn of(xid: Xid) -> Self {
        let mut list = Self::default();
        list.add(xid);
        list
    }

    /// Adds a change; of two in a namespace the later one stays.
    pub fn add(&mut self, xid: Xid) {
        let known = self.0.get_or_insert_with(xid.namespace_guid, Vec::new);
        if is_older(known, &xid.local_id) {
            *known = xid.local_id;
        }
    }

    /// Adds every change of another list.
    pub fn merge(&mut self, other: &Self) {
        for (namespace_guid, local_id) in &other.0 {
            self.add(Xid { namespace_guid: *namespace_guid, local_id: local_id.clone() });
        }
    }

    /// The list without a change that is in it.
    #[must_use]
    pub fn without(&self, xid: &Xid) -> Self {
        let mut list = self.clone();
        list.0.retain(|guid, local_id| *guid != xid.namespace_guid || *local_id != xid.local_id);
        list
    }

    /// Does a version with this list know of every change in the other? MS-OXCFXICS 3.1.5.6.1
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        other.0.iter().all(|(guid, local_id)| self.0.get(guid).is_some_and(|own| !is_older(own, local_id)))
    }
}

/// LocalIds are big-endian numbers. MS-OXCFXICS 2.2.2.2
fn is_older(a: &[u8], b: &[u8]) -> bool {
    fn digits(id: &[u8]) -> &[u8] {
        let zeros = id.iter().take_while(|byte| **byte == 0).count();
        id.get(zeros..).unwrap_or_default()
    }
    if a.is_empty() {
        return !b.is_empty();
    }
    let (a, b) = (digits(a), digits(b));
    (a.len(), a) < (b.len(), b)
}

/// SizedXid structures in a row; fills its frame. MS-OXCFXICS 2.2.2.3.1
impl Wire for ChangeList {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut list = Self::default();
        while !r.is_empty() {
            let size = u8::read(r)?;
            let mut frame = r.sub(size.into(), "SizedXid")?;
            list.add(Xid::read(&mut frame)?);
            if list.0.len() > limits::CHANGE_LIST_XIDS_MAX {
                return Err(Flaw::Limit { what: "PredecessorChangeList", at: r.position() }.into());
            }
        }
        Ok(list)
    }
    fn write(&self, w: &mut Writer) {
        for (namespace_guid, local_id) in &self.0 {
            let xid = Xid { namespace_guid: *namespace_guid, local_id: local_id.clone() }.to_bytes();
            u8::try_from(xid.len()).unwrap_or(u8::MAX).write(w);
            w.raw(&xid);
        }
    }
}
