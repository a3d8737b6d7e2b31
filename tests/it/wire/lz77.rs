//! Plain LZ77. MS-XCA 2.3, 2.4; vectors of MS-XCA and by hand (mapihttp.md section 5).

use crate::golden::{hex, random};
use mailstead::wire::{compress, decompress};
use proptest::collection::vec;
use proptest::prelude::*;

/// Compressed bytes and what they expand to.
fn vectors() -> Vec<(&'static str, Vec<u8>)> {
    let a = |count: usize| vec![b'a'; count];
    vec![
        // The two of MS-XCA.
        ("3F000000 6162636465666768696A6B6C6D6E6F707172737475767778797A", (b'a'..=b'z').collect()),
        ("FFFFFF1F 616263 1700 0F FF 2601", b"abc".repeat(100)),
        // Literals only, the flag word padded with ones: 0001...
        ("FFFFFF1F 616263", b"abc".to_vec()),
        // Nothing at all, and a flag word for nothing.
        ("", Vec::new()),
        ("FFFFFFFF", Vec::new()),
        // A literal, then distance 1 with length 3 (low bits 0), 4 and 9 (low bits 6).
        ("FFFFFF7F 61 0000", a(4)),
        ("FFFFFF7F 61 0100", a(5)),
        ("FFFFFF7F 61 0600", a(10)),
        // Length 10: low bits 7 and a nibble 0; 24: nibble 14.
        ("FFFFFF7F 61 0700 00", a(11)),
        ("FFFFFF7F 61 0700 0E", a(25)),
        // Length 25: nibble 15 and a byte 0; 279: a byte 254.
        ("FFFFFF7F 61 0700 0F 00", a(26)),
        ("FFFFFF7F 61 0700 0F FE", a(280)),
        // Length 280: a byte 255 and 277 in 16 bits; the same in 32 bits after a zero.
        ("FFFFFF7F 61 0700 0F FF 1501", a(281)),
        ("FFFFFF7F 61 0700 0F FF 0000 15010000", a(281)),
        // Two long matches share a byte of nibbles, a literal between them: 0101...
        ("FFFFFF5F 61 0700 52 62 0700", [a(13), vec![b'b'; 16]].concat()),
        // Three: the third has a byte of its own. Flags 01111...
        ("FFFFFF7F 61 0700 10 0700 0700 02", a(1 + 10 + 11 + 12)),
        // Distance 2 and 3: overlapping copies. Flags 001, 0001.
        ("FFFFFF3F 6162 0A00", b"abababa".to_vec()),
        ("FFFFFF1F 616263 1300", b"abcabcabc".to_vec()),
    ]
}

#[test]
fn vectors_expand() {
    for (compressed, expanded) in vectors() {
        assert_eq!(decompress(&hex(compressed), expanded.len()).as_ref(), Ok(&expanded), "{compressed}");
    }
}

#[test]
fn vectors_of_the_specification_are_made() {
    // An encoder may choose; ours chooses as the specification's examples do.
    for (compressed, expanded) in &vectors()[..2] {
        assert_eq!(compress(expanded), hex(compressed));
    }
}

#[test]
fn the_32nd_flag_ends_a_word() {
    // 31 literals and a match fill a flag word; what follows has a new one: 0...01, then 01...
    let literals = "41".repeat(31);
    let compressed = hex(&format!("01000000 {literals} 0000 FFFFFF7F 42 0000"));
    let expanded = [vec![b'A'; 34], vec![b'B'; 4]].concat();
    assert_eq!(decompress(&compressed, 38).unwrap(), expanded);
    // Exactly 32 literals need no second word.
    let compressed = hex(&format!("00000000 {}", "43".repeat(32)));
    assert_eq!(decompress(&compressed, 32).unwrap(), vec![b'C'; 32]);
}

#[test]
fn the_window_is_8192_bytes() {
    // A literal "x", 8,190 times "y" as one match, "z"; then distance 8,192 finds the "x".
    // Flags 001 01...: x, y, match, z, match
    let compressed = hex("FFFFFF2F 78 79 0700 0F FF FA1F 7A F8FF");
    let expanded = [vec![b'x'], vec![b'y'; 1 + 0x1FFA + 3], vec![b'z']].concat();
    assert_eq!(expanded.len(), 8192, "0x1FFA and 3 are 8,189");
    let whole = [&expanded[..], b"xyy"].concat();
    assert_eq!(decompress(&compressed, whole.len()).unwrap(), whole);
}

#[test]
fn broken_data_is_refused() {
    for (compressed, size, why) in [
        ("FFFF", 1, "half a flag word"),
        ("FFFFFF7F 61 00", 4, "half a token"),
        ("FFFFFFFF 0000", 3, "nothing to copy from"),
        ("FFFFFF7F 61 0800", 4, "distance 2 after one byte"),
        ("FFFFFF7F 61 0700", 11, "no nibble"),
        ("FFFFFF7F 61 0700 0F", 26, "no byte"),
        ("FFFFFF7F 61 0700 0F FF", 281, "no 16 bits"),
        ("FFFFFF7F 61 0700 0F FF 00", 281, "half of 16 bits"),
        ("FFFFFF7F 61 0700 0F FF 0000 150100", 281, "three quarters of 32 bits"),
        ("FFFFFF7F 61 0700 0F FF 1500", 25, "21 in 16 bits is below the least, 22"),
        ("FFFFFF7F 61 0700 0F FF 0000 15000000", 25, "the same in 32 bits"),
        ("FFFFFF7F 61 0700 0F FF 0000 FFFFFFFF", 0x8000, "four thousand million bytes"),
        ("FFFFFF7F 61 0000", 3, "longer than announced"),
        ("FFFFFF7F 61 0000", 5, "shorter than announced"),
        ("FFFFFF1F 616263", 2, "a literal too many"),
        ("", 1, "nothing"),
    ] {
        assert!(decompress(&hex(compressed), size).is_err(), "{compressed}: {why}");
    }
}

proptest! {
    #![proptest_config(random(1024))]

    #[test]
    fn what_is_compressed_expands(words in vec(prop_oneof!["[a-c]{1,40}", ".{0,8}", Just("x".repeat(700))], 0..60)) {
        let input = words.concat().into_bytes();
        prop_assert_eq!(decompress(&compress(&input), input.len()).unwrap(), input);
    }

    #[test]
    fn any_bytes_expand_or_not(bytes in vec(any::<u8>(), 0..80), size in 0_usize..0x1_0000) {
        if let Ok(expanded) = decompress(&bytes, size) {
            prop_assert_eq!(expanded.len(), size);
        }
    }
}
