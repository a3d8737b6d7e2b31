//! What several address book bodies share: the table position, identifiers, bounded lists, tagged
//! values and rows. MS-OXNSPI 2.2, MS-OXCMAPIHTTP 2.2.1

use crate::limits::NSPI_LIST_MAX;
use crate::mapi::{Cell, Dialect, PropertyTag, Restriction, Value, read_row, write_row};
use crate::wire::{AsciiZ, Bytes, Flaw, Form, Guid, Reader, Utf16Z, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::marker::PhantomData;

crate::codes! {
    /// MinimalEntryID: an object of the address book; values below 10 have a meaning of their own.
    /// MS-OXNSPI 2.2.9.1, 2.2.1.8
    #[derive(Default, Serialize, Deserialize)]
    pub struct MinimalId(u32);
    0 MID_BEGINNING_OF_TABLE;
    1 MID_CURRENT;
    2 MID_END_OF_TABLE;
}

/// The results of name resolution have the form of a MinimalEntryID. MS-OXNSPI 2.2.1.9
impl MinimalId {
    /// No object has this name.
    pub const MID_UNRESOLVED: Self = Self(0);
    /// More than one object has this name.
    pub const MID_AMBIGUOUS: Self = Self(1);
    /// Exactly one object has this name; which one, its row tells.
    pub const MID_RESOLVED: Self = Self(2);
}

crate::codes! {
    /// Order of a table. MS-OXNSPI 2.2.1.10
    #[derive(Default)]
    pub struct SortType(u32);
    0x0000 SortTypeDisplayName;
    0x0003 SortTypePhoneticDisplayName;
    0x03E8 SortTypeDisplayName_RO;
    0x03E9 SortTypeDisplayName_W;
}

crate::wire! {
    /// STAT: a table and a position in it, carried to and fro. MS-OXNSPI 2.2.8
    #[derive(Copy, Eq, Default)]
    pub struct Stat {
        sort_type: SortType,
        container_id: u32,
        current_rec: MinimalId,
        delta: i32,
        num_pos: u32,
        total_recs: u32,
        code_page: u32,
        template_locale: u32,
        sort_locale: u32,
    }

    /// EphemeralEntryID: an object for as long as the server's GUID stays. MS-OXNSPI 2.2.9.2
    pub struct EphemeralEntryId {
        id_type: u8,
        r1_to_r3: [u8; 3],
        provider_uid: Guid,
        r4: u32,
        display_type: u32,
        mid: MinimalId,
    }

    /// PropertyName_r of a GetMatches request. MS-OXCMAPIHTTP 2.2.5.5.1
    pub struct PropertyNameId { guid: Guid, id: u32 }
}

impl EphemeralEntryId {
    /// The identifier that a server with this GUID gives an object.
    #[must_use]
    pub fn new(server_guid: Guid, display_type: u32, mid: MinimalId) -> Self {
        Self { id_type: 0x87, r1_to_r3: [0; 3], provider_uid: server_guid, r4: 1, display_type, mid }
    }
}

/// A HasX byte, FF or 0, then the field in form `F` if not 0. MS-OXCMAPIHTTP 2.2.5, every `HasX`
#[derive(Debug)]
pub struct Optional<F>(PhantomData<F>);

impl<T, F: Form<T>> Form<Option<T>> for Optional<F> {
    fn read(r: &mut Reader<'_>) -> Result<Option<T>, WireError> {
        Ok(if u8::read(r)? != 0 { Some(F::read(r)?) } else { None })
    }
    fn write(value: &Option<T>, w: &mut Writer) {
        match value {
            Some(value) => {
                0xFF_u8.write(w);
                F::write(value, w);
            }
            None => 0_u8.write(w),
        }
    }
}

/// The form that the type itself has.
#[derive(Debug)]
pub struct Plain;

impl<T: Wire> Form<T> for Plain {
    fn read(r: &mut Reader<'_>) -> Result<T, WireError> {
        T::read(r)
    }
    fn write(value: &T, w: &mut Writer) {
        value.write(w);
    }
}

/// A 32-bit count of [`NSPI_LIST_MAX`] at most, then that many elements of form `F`.
#[derive(Debug)]
pub struct List<F>(PhantomData<F>);

impl<T, F: Form<T>> Form<Vec<T>> for List<F> {
    fn read(r: &mut Reader<'_>) -> Result<Vec<T>, WireError> {
        let count = read_count(r)?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(F::read(r)?);
        }
        Ok(items)
    }
    fn write(value: &Vec<T>, w: &mut Writer) {
        u32::try_from(value.len()).unwrap_or(u32::MAX).write(w);
        for item in value {
            F::write(item, w);
        }
    }
}

fn read_count(r: &mut Reader<'_>) -> Result<usize, WireError> {
    let count = usize::try_from(u32::read(r)?).unwrap_or(usize::MAX);
    if count > NSPI_LIST_MAX {
        return Err(Flaw::Limit { what: "count", at: r.position() }.into());
    }
    r.plausible(count, 1, "count")
}

/// LargePropertyTagArray. MS-OXCMAPIHTTP 2.2.1.8
pub type TagList = List<Plain>;
/// MinimalIdCount and MinimalIds: an explicit table. MS-OXNSPI 3.1.4.4.2
pub type MidList = List<Plain>;
/// NameCount and NameValues of DNToMId. MS-OXCMAPIHTTP 2.2.5.4.1
pub type DnList = List<AsciiZ>;
/// WStringsArray_r of ResolveNames. MS-OXCMAPIHTTP 2.2.5.14.1
pub type NameList = List<Utf16Z>;
/// EntryIdCount and EntryIds of ModLinkAtt. MS-OXCMAPIHTTP 2.2.5.10.1
pub type EntryIdList = List<Bytes<u32>>;
/// AddressBookPropertyValueList. MS-OXCMAPIHTTP 2.2.1.3
pub type ValueList = List<Plain>;
/// RowsCount and Rows of GetSpecialTable. MS-OXCMAPIHTTP 2.2.5.8.2
pub type RowLists = List<ValueList>;

/// AddressBookTaggedPropertyValue. MS-OXCMAPIHTTP 2.2.1.2
#[derive(Clone, PartialEq)]
pub struct AddressBookTaggedValue {
    /// PropertyType and PropertyId.
    pub tag: PropertyTag,
    /// The value; `None` if its HasValue byte is 0.
    pub value: Option<Value>,
}

impl AddressBookTaggedValue {
    /// A value under the tag's identifier, with the type that it has.
    #[must_use]
    pub fn new(tag: PropertyTag, value: Value) -> Self {
        Self { tag: tag.with_type(value.property_type()), value: Some(value) }
    }
}

impl fmt::Debug for AddressBookTaggedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}={:?}", self.tag, self.value)
    }
}

impl Wire for AddressBookTaggedValue {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let tag = PropertyTag::read(r)?;
        Ok(Self { tag, value: Value::read_optional(r, tag.property_type(), Dialect::Nspi)? })
    }
    fn write(&self, w: &mut Writer) {
        self.tag.write(w);
        match &self.value {
            Some(value) => value.write(w, Dialect::Nspi),
            None => 0_u8.write(w),
        }
    }
}

/// Columns, RowCount and RowData: AddressBookPropertyRow structures under their columns.
/// MS-OXCMAPIHTTP 2.2.1.7, 2.2.5.12.2
#[derive(Clone, PartialEq)]
pub struct ColumnsAndRows {
    /// Tags of the cells of each row.
    pub columns: Vec<PropertyTag>,
    /// As many cells as columns in each.
    pub rows: Vec<Vec<Cell>>,
}

/// Each row with the names of its columns.
impl fmt::Debug for ColumnsAndRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} columns", self.columns.len())?;
        for row in &self.rows {
            f.write_str("\n   ")?;
            self.columns.iter().zip(row).try_for_each(|(column, cell)| match cell {
                Ok(value) => write!(f, " {column:?}={value:?}"),
                Err(code) => write!(f, " {column:?}:{code:?}"),
            })?;
        }
        Ok(())
    }
}

impl Wire for ColumnsAndRows {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let columns: Vec<PropertyTag> = TagList::read(r)?;
        let count = read_count(r)?;
        let rows = (0..count).map(|_| read_row(r, &columns, Dialect::Nspi)).collect::<Result<_, _>>()?;
        Ok(Self { columns, rows })
    }
    fn write(&self, w: &mut Writer) {
        TagList::write(&self.columns, w);
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX).write(w);
        for row in &self.rows {
            write_row(w, &self.columns, row, Dialect::Nspi);
        }
    }
}

/// A restriction in the dialect of the address book. MS-OXCMAPIHTTP 2.2.5.5.1
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(
    /// The condition.
    pub Restriction,
);

impl Wire for Filter {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Restriction::read_as(r, Dialect::Nspi).map(Self)
    }
    fn write(&self, w: &mut Writer) {
        self.0.write_as(w, Dialect::Nspi);
    }
}
