//! Bytes that no client sends: refused, quickly, without a panic.

use super::{declared, decode, layout::Case};
use crate::golden::{digits, hex, random};
use mailstead::rop::{RequestBuffer, RequestFrame, read_responses};
use mailstead::wire::Wire;
use proptest::collection::vec;
use proptest::prelude::*;

/// Counts at their greatest with nothing behind them, in every place of every buffer.
#[test]
fn counts_without_data_are_refused() {
    // On failure, sizes are fixed fields that we write as zero.
    let cases = declared().into_iter().filter(|case| case.row.kind != "fail");
    for case in cases {
        for (at, field) in case.fields.iter().enumerate() {
            let counts = field.name.ends_with("Count") || field.name.ends_with("Size");
            let list = case
                .fields
                .get(at + 1)
                .is_some_and(|next| case.row.fields.iter().any(|(name, size)| *name == next.name && size.is_none()));
            if counts && list {
                let before: Vec<u8> = case.fields[..at].iter().flat_map(|field| field.bytes.clone()).collect();
                let bytes = [before, vec![0xFF; field.bytes.len()]].concat();
                assert!(decode(&case, &bytes).is_err(), "{} {}: {}", case.row.label(), field.name, digits(&bytes));
            }
        }
    }
}

#[test]
fn a_property_of_two_gigabytes_is_refused() {
    for request in [
        "76 00 00 FFFFFF7F AABB",               // RopSynchronizationUploadStateStreamContinue
        "78 00 00 FFFFFF7F AABB",               // RopSynchronizationImportMessageMove
        "0A 00 00 0A00 0100 02110080 FFFFFF7F", // RopSetProperties: a PtypMultipleBinary
        "0A 00 00 0A00 0100 03100080 FFFFFFFF", // PtypMultipleInteger32
    ] {
        assert!(RequestFrame::from_bytes(&hex(request)).is_err(), "{request}");
    }
}

/// MS-OXCROPS R3215: a MaximumByteCount above 0x80000000 fails the whole buffer.
#[test]
fn a_stream_is_not_read_beyond_two_gigabytes() {
    assert!(RequestFrame::from_bytes(&hex("2C 00 00 BEBA 00000080")).is_ok());
    assert!(RequestFrame::from_bytes(&hex("2C 00 00 BEBA 01000080")).is_err());
}

/// A buffer with some of its bytes changed.
fn damaged() -> impl Strategy<Value = (Case, Vec<u8>)> {
    let cases = declared();
    (0..cases.len(), vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), any::<prop::sample::Index>()).prop_map(
        move |(case, changes, end)| {
            let case = cases[case].clone();
            let mut bytes = case.bytes();
            for (at, byte) in changes {
                let len = bytes.len();
                bytes[at.index(len)] = byte;
            }
            let keep = end.index(bytes.len() * 4) + 1;
            bytes.truncate(keep);
            (case, bytes)
        },
    )
}

proptest! {
    #![proptest_config(random(4096))]

    #[test]
    fn damaged_buffers_do_no_harm((case, bytes) in damaged()) {
        // What is read and written again reads the same: no two values share their bytes.
        if let Ok((shown, again)) = decode(&case, &bytes)
            && let Ok((second, _)) = decode(&case, &again)
        {
            prop_assert_eq!(shown, second);
        }
    }

    #[test]
    fn any_bytes_are_a_batch_or_not(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(buffer) = RequestBuffer::read(&bytes) {
            let requests: Vec<RequestFrame> = buffer.requests.into_iter().map(|(_, request)| request).collect();
            let _ = read_responses(&bytes, &requests, &vec![Vec::new(); requests.len()]);
        }
    }

    #[test]
    fn any_bytes_behind_any_rop_id_are_a_request_or_not(id in any::<u8>(), bytes in vec(any::<u8>(), 0..120)) {
        let _ = RequestFrame::from_bytes(&[&[id], &bytes[..]].concat());
    }
}
