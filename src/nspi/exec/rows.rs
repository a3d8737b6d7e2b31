//! Rows of property values. MS-OXNSPI 3.1.4.1.8 constraint 14

use super::Answer;
use crate::limits::{NSPI_COLUMNS_MAX, NSPI_ROWS_MAX_BYTES};
use crate::mapi::{Cell, Dialect, ErrorCode, PropertyTag, PropertyType, write_row};
use crate::nspi::message::ColumnsAndRows;
use crate::nspi::properties::{Format, cell};
use crate::nspi::view::{Entry, View};
use crate::wire::Writer;

/// Columns where the client names none; MS-OXNSPI 3.1.4.1.8 constraint 6 has them as PtypString8,
/// NspiResolveNamesW (3.1.4.1.17) in Unicode.
pub(super) fn default_columns(string: PropertyType) -> Vec<PropertyTag> {
    vec![
        PropertyTag::PidTagAddressBookContainerId,
        PropertyTag::PidTagObjectType,
        PropertyTag::PidTagDisplayType,
        PropertyTag::PidTagDisplayName.with_type(string),
        PropertyTag::PidTagPrimaryTelephoneNumber.with_type(string),
        PropertyTag::PidTagDepartmentName.with_type(string),
        PropertyTag::PidTagOfficeLocation.with_type(string),
    ]
}

/// An "excessive" list of tags is refused. MS-OXNSPI 3.1.4.1.7 constraint 6
pub(super) fn check_columns(columns: &[PropertyTag]) -> Answer<()> {
    if columns.len() > NSPI_COLUMNS_MAX { Err(ErrorCode::TableTooBig) } else { Ok(()) }
}

/// The row of an object; no object, no values.
pub(super) fn row(view: &View, entry: Option<&Entry>, columns: &[PropertyTag], format: &Format<'_>) -> Vec<Cell> {
    columns.iter().map(|column| cell(view, entry, *column, format)).collect()
}

/// The rows of these objects, in their order, as many as an answer can hold and one at least.
pub(super) fn rows<'a>(
    view: &View,
    entries: impl Iterator<Item = Option<&'a Entry>>,
    columns: Vec<PropertyTag>,
    format: &Format<'_>,
) -> ColumnsAndRows {
    let mut rows = Vec::new();
    let mut scratch = Writer::new();
    let start = scratch.mark();
    let mut room = NSPI_ROWS_MAX_BYTES;
    for entry in entries {
        let row = row(view, entry, &columns, format);
        scratch.cut(start);
        write_row(&mut scratch, &columns, &row, Dialect::Nspi);
        match room.checked_sub(scratch.len()) {
            Some(left) => room = left,
            None if rows.is_empty() => room = 0,
            None => break,
        }
        rows.push(row);
    }
    ColumnsAndRows { columns, rows }
}
