//! Property rows, MS-OXCDATA 2.8: values without tags, in the order of the columns.

use super::{Dialect, ErrorCode, PropertyTag, PropertyType, Value};
use crate::wire::{Reader, Wire, WireError, Writer};

/// One cell: a value, or the reason why there is none.
pub type Cell = Result<Value, ErrorCode>;

const FLAG_VALUE: u8 = 0;
const FLAG_ABSENT: u8 = 1;
const FLAG_ERROR: u8 = 0x0A;

/// Appends a PropertyRow: StandardPropertyRow (2.8.1.1) if every cell has a value, else
/// FlaggedPropertyRow (2.8.1.2). Columns of type PtypUnspecified carry their type.
pub fn write_row(w: &mut Writer, columns: &[PropertyTag], cells: &[Cell], d: Dialect) {
    debug_assert_eq!(columns.len(), cells.len(), "a cell for each column");
    let flagged = cells.iter().any(|cell| !matches!(cell, Ok(value) if inline(value, d)));
    u8::from(flagged).write(w);
    for (column, cell) in columns.iter().zip(cells) {
        let cell = match cell {
            Ok(value) if !inline(value, d) => &Err(ErrorCode::OutOfMemory),
            other => other,
        };
        if column.property_type() == PropertyType::Unspecified {
            cell.as_ref().map_or(PropertyType::ErrorCode, Value::property_type).write(w);
        }
        match cell {
            Ok(value) => {
                if flagged {
                    FLAG_VALUE.write(w);
                }
                value.write(w, d);
            }
            Err(code) => {
                FLAG_ERROR.write(w);
                code.write(w);
            }
        }
    }
}

/// Objects have no inline form in ROP buffers: "open it as a stream".
fn inline(value: &Value, d: Dialect) -> bool {
    d != Dialect::Rop || !matches!(value, Value::Object(_))
}

/// Takes a PropertyRow with the given columns.
pub fn read_row(r: &mut Reader<'_>, columns: &[PropertyTag], d: Dialect) -> Result<Vec<Cell>, WireError> {
    let flagged = match u8::read(r)? {
        0 => false,
        1 => true,
        _ => return Err(r.invalid("PropertyRow Flag")),
    };
    columns.iter().map(|column| read_cell(r, *column, flagged, d)).collect()
}

fn read_cell(r: &mut Reader<'_>, column: PropertyTag, flagged: bool, d: Dialect) -> Result<Cell, WireError> {
    let mut ty = column.property_type();
    if ty == PropertyType::Unspecified {
        ty = PropertyType::read(r)?;
    }
    if ty.is_instance() {
        ty = ty.single();
    }
    if flagged {
        match u8::read(r)? {
            FLAG_VALUE => {}
            FLAG_ABSENT => return Ok(Err(ErrorCode::NotFound)),
            FLAG_ERROR => return Ok(Err(ErrorCode::read(r)?)),
            _ => return Err(r.invalid("FlaggedPropertyValue Flag")),
        }
    }
    Ok(Value::read_optional(r, ty, d)?.ok_or(ErrorCode::NotFound))
}
