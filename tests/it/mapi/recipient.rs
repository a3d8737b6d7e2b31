//! RecipientRow with every kind of address and every flag. MS-OXCDATA 2.8.3.2

use crate::golden::{both, hex, random};
use mailstead::mapi::{ErrorCode, PropertyTag, RecipientAddress, RecipientRow, Text, Value};
use mailstead::wire::{Reader, Writer};
use proptest::collection::vec;
use proptest::prelude::*;

const COLUMNS: [PropertyTag; 2] = [PropertyTag::PidTagObjectType, PropertyTag::PidTagSmtpAddress];

fn bare(address: RecipientAddress) -> RecipientRow {
    RecipientRow {
        address,
        responsible: false,
        no_rich_text: false,
        same_transmittable: false,
        unicode: false,
        email_address: None,
        display_name: None,
        simple_display_name: None,
        transmittable_display_name: None,
        cells: Vec::new(),
    }
}

/// A row without cells may be cut before its empty PropertyRow: some clients do so (see
/// [`rows_without_cells_may_leave_the_row_out`]), so its last prefix is not refused.
fn row(row: &RecipientRow, digits: &str) {
    let bytes = hex(digits);
    if row.cells.is_empty() {
        let mut w = Writer::new();
        row.write(&mut w, &COLUMNS);
        assert_eq!(w.into_bytes(), bytes);
        let read = |bytes: &[u8]| {
            let mut r = Reader::new(bytes);
            RecipientRow::read(&mut r, &COLUMNS).and_then(|row| r.finish("row").map(|()| row))
        };
        assert_eq!(&read(&bytes).unwrap(), row);
        for len in 0..bytes.len() - 1 {
            assert!(read(&bytes[..len]).is_err(), "{len} bytes of {digits}");
        }
        assert!(read(&[&bytes[..], &[0]].concat()).is_err(), "a byte too many");
    } else {
        both(row, &bytes, |r| RecipientRow::read(r, &COLUMNS), |row, w| row.write(w, &COLUMNS));
    }
}

#[test]
fn kinds_of_addresses() {
    row(&bare(RecipientAddress::None { address_type: None }), "0000 0000 00");
    // Flag O: an AddressType.
    row(&bare(RecipientAddress::None { address_type: Some(b"X".to_vec()) }), "0080 58 00 0000 00");
    let x500 = RecipientAddress::X500 { address_prefix_used: 5, display_type: 1, x500_dn: b"cn=a".to_vec() };
    row(&bare(x500), "0100 05 01 636E3D61 00 0000 00");
    for (kind, digits) in [(2, "0200"), (3, "0300"), (4, "0400"), (5, "0500")] {
        row(&bare(RecipientAddress::Plain(kind)), &format!("{digits} 0000 00"));
    }
    assert_eq!(RecipientAddress::SMTP, RecipientAddress::Plain(3));
    for (kind, digits) in [(6, "0600"), (7, "0700")] {
        let list = RecipientAddress::List { kind, entry_id: vec![0xAA, 0xBB], search_key: vec![0xCC] };
        row(&bare(list), &format!("{digits} 0200 AABB 0100 CC 0000 00"));
    }
}

#[test]
fn texts_stand_in_the_order_of_the_specification() {
    // E 0008, D 0010, T 0020, U 0200, I 0400 and SMTP: 063B. EmailAddress, DisplayName,
    // SimpleDisplayName, TransmittableDisplayName.
    let text = |text: &str| Some(Text::Unicode(text.to_owned()));
    let unicode = RecipientRow {
        unicode: true,
        email_address: text("e"),
        display_name: text("d"),
        simple_display_name: text("i"),
        transmittable_display_name: text("t"),
        ..bare(RecipientAddress::SMTP)
    };
    row(&unicode, "3B06 6500 0000 6400 0000 6900 0000 7400 0000 0000 00");
    let text = |text: &[u8]| Some(Text::Bytes(text.to_vec()));
    let bytes = RecipientRow {
        unicode: false,
        email_address: text(b"e"),
        display_name: text(b"d\xE4"),
        simple_display_name: text(b"i"),
        transmittable_display_name: text(b"t"),
        ..bare(RecipientAddress::SMTP)
    };
    row(&bytes, "3B04 65 00 64E4 00 69 00 74 00 0000 00");
}

#[test]
fn flags_without_fields() {
    // S 0040, R 0080, N 0100
    let flags = RecipientRow { same_transmittable: true, ..bare(RecipientAddress::SMTP) };
    row(&flags, "4300 0000 00");
    let flags = RecipientRow { responsible: true, ..bare(RecipientAddress::SMTP) };
    row(&flags, "8300 0000 00");
    let flags = RecipientRow { no_rich_text: true, ..bare(RecipientAddress::SMTP) };
    row(&flags, "0301 0000 00");
}

#[test]
fn cells_belong_to_the_first_columns() {
    let one = RecipientRow { cells: vec![Ok(Value::Integer32(6))], ..bare(RecipientAddress::SMTP) };
    row(&one, "0300 0100 00 06000000");
    let cells = vec![Ok(Value::Integer32(6)), Ok(Value::String("a@b".to_owned()))];
    let two = RecipientRow { cells, ..bare(RecipientAddress::SMTP) };
    row(&two, "0300 0200 00 06000000 6100 4000 6200 0000");
    let cells = vec![Ok(Value::Integer32(6)), Err(ErrorCode::NotFound)];
    let flagged = RecipientRow { cells, ..bare(RecipientAddress::SMTP) };
    row(&flagged, "0300 0200 01 00 06000000 0A 0F010480");
    // More columns than were declared.
    let bytes = hex("0300 0300 00 06000000 6100 0000 00000000");
    assert!(RecipientRow::read(&mut Reader::new(&bytes), &COLUMNS).is_err());
}

#[test]
fn rows_without_cells_may_leave_the_row_out() {
    let bytes = hex("0300 0000");
    let read = RecipientRow::read(&mut Reader::new(&bytes), &COLUMNS).unwrap();
    assert_eq!(read, bare(RecipientAddress::SMTP));
}

#[test]
fn a_whole_row_as_outlook_sends_it() {
    // X500DN, EmailAddress, DisplayName, TransmittableDisplayName the same, Unicode: 0259.
    let text = |text: &str| Some(Text::Unicode(text.to_owned()));
    let x500_dn = b"/o=A/cn=b".to_vec();
    let value = RecipientRow {
        unicode: true,
        same_transmittable: true,
        email_address: text("b"),
        display_name: text("B"),
        cells: vec![Ok(Value::Integer32(6))],
        ..bare(RecipientAddress::X500 { address_prefix_used: 0, display_type: 0, x500_dn })
    };
    row(&value, "5902 00 00 2F6F3D412F636E3D62 00 6200 0000 4200 0000 0100 00 06000000");
}

proptest! {
    #![proptest_config(random(2048))]

    #[test]
    fn any_bytes_are_a_recipient_or_not(flags: u16, bytes in vec(any::<u8>(), 0..60)) {
        // The reserved bits, and O beside another type, say nothing and are not kept.
        let bytes = [&flags.to_le_bytes(), &bytes[..]].concat();
        if let Ok(row) = RecipientRow::read(&mut Reader::new(&bytes), &COLUMNS) {
            let mut w = Writer::new();
            row.write(&mut w, &COLUMNS);
            let again = RecipientRow::read(&mut Reader::new(w.as_bytes()), &COLUMNS).unwrap();
            prop_assert_eq!(again, row);
        }
    }
}
