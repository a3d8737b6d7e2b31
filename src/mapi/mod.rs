//! The vocabulary of MAPI: property tags, types and values, names, error codes, restrictions, sort
//! orders, rows, recipients and identifiers. MS-OXCDATA, MS-OXPROPS.
//!
//! Pure data with both directions of its wire form. What the data mean is the business of `exec`
//! and `store`.

mod entryid;
mod error;
mod ids;
mod idset;
pub mod names;
mod pcl;
mod property_name;
mod recipient;
mod restriction;
mod row;
mod sort;
mod tag;
mod value;

pub use entryid::{
    AddressBookEntryId, DISPLAY_TYPE_CONTAINER, FolderEntryId, MUIDEMSAB, MessageEntryId, OneOffEntryId,
};
pub use error::ErrorCode;
pub use ids::{LongTermId, ObjectId, REPLICA_OWN, Xid};
pub use idset::{GuidSet, Ranges, replid_set};
pub use pcl::ChangeList;
pub use property_name::PropertyName;
pub use recipient::{RecipientAddress, RecipientRow, RecipientType, Text};
pub use restriction::{BitmapRelOp, FuzzyLow, RelOp, Restriction, fuzzy_high};
pub use row::{Cell, read_row, write_row};
pub use sort::{Order, SortOrder, SortOrderSet};
pub use tag::{PropertyTag, PropertyType};
pub use value::{Dialect, TaggedValue, Value};
