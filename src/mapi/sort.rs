//! Sort orders, MS-OXCDATA 2.13.

use super::PropertyTag;
use crate::wire::{Reader, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// Order: direction of one key. MS-OXCDATA 2.13.1
    #[derive(Serialize, Deserialize)]
    pub struct Order(u8);
    0x00 Ascending;
    0x01 Descending;
    0x04 MaximumCategory;
}

crate::wire! {
    /// SortOrder: one key. MS-OXCDATA 2.13.1
    #[derive(Copy, Eq, Serialize, Deserialize)]
    pub struct SortOrder { property_tag: PropertyTag, order: Order }
}

/// SortOrderSet. MS-OXCDATA 2.13.2
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SortOrderSet {
    /// How many of the leading keys make categories.
    pub categorized_count: u16,
    /// How many of the categories start expanded.
    pub expanded_count: u16,
    /// The keys, most significant first.
    pub sort_orders: Vec<SortOrder>,
}

impl Wire for SortOrderSet {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let count = usize::from(u16::read(r)?);
        let categorized_count = u16::read(r)?;
        let expanded_count = u16::read(r)?;
        let count = r.plausible(count, 5, "SortOrderCount")?;
        let sort_orders = (0..count).map(|_| SortOrder::read(r)).collect::<Result<_, _>>()?;
        Ok(Self { categorized_count, expanded_count, sort_orders })
    }
    fn write(&self, w: &mut Writer) {
        u16::try_from(self.sort_orders.len()).unwrap_or(u16::MAX).write(w);
        self.categorized_count.write(w);
        self.expanded_count.write(w);
        self.sort_orders.iter().for_each(|order| order.write(w));
    }
}
