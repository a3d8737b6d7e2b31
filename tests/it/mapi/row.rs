//! Property rows. MS-OXCDATA 2.8.1, 2.11.5, 2.11.6

use crate::golden::{both, hex, random};
use mailstead::mapi::{Cell, Dialect, ErrorCode, PropertyTag, Value, read_row, write_row};
use mailstead::wire::{Reader, Writer};
use proptest::collection::vec;
use proptest::prelude::*;

const SIZE: PropertyTag = PropertyTag::PidTagMessageSize; // 0E080003
const SUBJECT: PropertyTag = PropertyTag::PidTagSubject; // 0037001F
const ANY_SUBJECT: PropertyTag = PropertyTag(0x0037_0000);
const KEYWORD: PropertyTag = PropertyTag(0x8001_301F);

fn text(text: &str) -> Cell {
    Ok(Value::String(text.to_owned()))
}

fn row(columns: &[PropertyTag], cells: Vec<Cell>, d: Dialect, digits: &str) {
    both(&cells, &hex(digits), |r| read_row(r, columns, d), |cells, w| write_row(w, columns, cells, d));
}

#[test]
fn standard_rows_are_bare_values() {
    row(&[SIZE, SUBJECT], vec![Ok(Value::Integer32(7)), text("A")], Dialect::Rop, "00 07000000 4100 0000");
    row(&[], Vec::new(), Dialect::Rop, "00");
}

#[test]
fn flagged_rows_say_which_cells_have_values() {
    let cells = vec![Ok(Value::Integer32(7)), Err(ErrorCode::NotFound)];
    row(&[SIZE, SUBJECT], cells, Dialect::Rop, "01 00 07000000 0A 0F010480");
    let cells = vec![Err(ErrorCode::OutOfMemory), text("A")];
    row(&[SIZE, SUBJECT], cells, Dialect::Rop, "01 0A 0E000780 00 4100 0000");
}

#[test]
fn absent_cells_are_read_as_not_found() {
    let bytes = hex("01 01 00 4100 0000");
    let cells = read_row(&mut Reader::new(&bytes), &[SIZE, SUBJECT], Dialect::Rop).unwrap();
    assert_eq!(cells, [Err(ErrorCode::NotFound), text("A")]);
}

#[test]
fn columns_without_a_type_carry_it() {
    // TypedPropertyValue, FlaggedPropertyValueWithType.
    row(&[ANY_SUBJECT, SIZE], vec![text("A"), Ok(Value::Integer32(7))], Dialect::Rop, "00 1F00 4100 0000 07000000");
    let cells = vec![text("A"), Err(ErrorCode::NotFound)];
    row(&[ANY_SUBJECT, SIZE], cells, Dialect::Rop, "01 1F00 00 4100 0000 0A 0F010480");
    // An error has the type of errors.
    let cells = vec![Err(ErrorCode::NotFound), Ok(Value::Integer32(7))];
    row(&[ANY_SUBJECT, SIZE], cells, Dialect::Rop, "01 0A00 0A 0F010480 00 07000000");
}

#[test]
fn instance_columns_hold_one_value() {
    row(&[KEYWORD], vec![text("A")], Dialect::Rop, "00 4100 0000");
}

#[test]
fn objects_are_opened_not_shown() {
    // In ROP buffers an object has no inline form: OutOfMemory, "open it as a stream".
    let mut w = Writer::new();
    write_row(&mut w, &[PropertyTag(0x3701_000D)], &[Ok(Value::Object(0))], Dialect::Rop);
    assert_eq!(w.into_bytes(), hex("01 0A 0E000780"));
    // In the address book, four bytes.
    row(&[PropertyTag(0x8009_000D)], vec![Ok(Value::Object(0))], Dialect::Nspi, "00 00000000");
}

#[test]
fn address_book_rows_have_presence_bytes() {
    row(&[SIZE, SUBJECT], vec![Ok(Value::Integer32(7)), text("A")], Dialect::Nspi, "00 07000000 FF 4100 0000");
    let cells = vec![Err(ErrorCode::NotFound), text("A")];
    row(&[SIZE, SUBJECT], cells, Dialect::Nspi, "01 0A 0F010480 00 FF 4100 0000");
    row(&[ANY_SUBJECT], vec![text("A")], Dialect::Nspi, "00 1F00 FF 4100 0000");
    // A value that its presence byte takes back.
    let bytes = hex("00 00");
    assert_eq!(read_row(&mut Reader::new(&bytes), &[SUBJECT], Dialect::Nspi), Ok(vec![Err(ErrorCode::NotFound)]));
}

#[test]
fn unknown_flags_are_refused() {
    for digits in ["02 07000000", "0A 07000000", "01 02 07000000", "01 0B 07000000", "FF"] {
        assert!(read_row(&mut Reader::new(&hex(digits)), &[SIZE], Dialect::Rop).is_err(), "{digits}");
    }
}

proptest! {
    #![proptest_config(random(2048))]

    #[test]
    fn any_bytes_are_a_row_or_not(bytes in vec(any::<u8>(), 0..80), flag in 0_u8..2, tags in vec(any::<u32>(), 0..5)) {
        let bytes = [&[flag], &bytes[..]].concat();
        let tags: Vec<PropertyTag> = tags.into_iter().map(PropertyTag).collect();
        for columns in [&tags[..], &[SIZE, SUBJECT, ANY_SUBJECT, KEYWORD]] {
            for d in [Dialect::Rop, Dialect::Nspi] {
                let _ = read_row(&mut Reader::new(&bytes), columns, d);
            }
        }
    }
}
