//! Compressed RTF. MS-OXRTFCP

use super::{data, hex};
use mailstead::mail::rtf::{decode, encode};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const EXAMPLES: [&str; 2] = ["simple", "crossing"];

fn header(contents: &[u8], raw_size: u32, kind: [u8; 4], crc: u32) -> Vec<u8> {
    let size = u32::try_from(contents.len()).unwrap() + 12;
    let mut bytes = Vec::new();
    bytes.extend(size.to_le_bytes());
    bytes.extend(raw_size.to_le_bytes());
    bytes.extend(kind);
    bytes.extend(crc.to_le_bytes());
    bytes.extend(contents);
    bytes
}

/// The checksum as MS-OXRTFCP 2.1.3.2 has it, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

/// MS-OXRTFCP 3.1.1, 3.1.2
#[test]
fn examples_of_the_specification_are_read() {
    for name in EXAMPLES {
        let rtf = decode(&hex(&format!("{name}.hex"))).unwrap();
        assert_eq!(rtf, data(&format!("{name}.rtf")), "{name}");
    }
}

/// MS-OXRTFCP 3.2.1, 3.2.2
#[test]
fn examples_of_the_specification_are_written() {
    for name in EXAMPLES {
        assert_eq!(encode(&data(&format!("{name}.rtf"))), hex(&format!("{name}.hex")), "{name}");
    }
}

/// MS-OXRTFCP 3.3.1: the checksum of the first example.
#[test]
fn checksum_of_the_example() {
    assert_eq!(crc(&hex("simple.hex")[16..]), 0xA7C7_C5F1);
    assert_eq!(crc(&[3]), 0x9909_51BA);
    assert_eq!(crc(&[3, 0]), 0x2B2D_53C3);
}

/// MS-OXRTFCP 2.1.2.1: references to all of the preset text, and nothing else.
#[test]
fn the_ring_starts_with_207_known_bytes() {
    let mut references: Vec<u16> = (0..204).step_by(17).map(|at| at << 4 | 15).collect();
    references.push(204 << 4 | 1);
    references.push(414 << 4);
    let mut contents = Vec::new();
    for group in references.chunks(8) {
        contents.push(u8::try_from((1_u32 << group.len()) - 1).unwrap());
        group.iter().for_each(|reference| contents.extend(reference.swap_bytes().to_le_bytes()));
    }
    let rtf = decode(&header(&contents, 207, *b"LZFu", crc(&contents))).unwrap();
    assert_eq!(rtf.len(), 207);
    assert!(rtf.starts_with(b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman "), "{rtf:?}");
    assert!(
        rtf.ends_with(b"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"),
        "{rtf:?}"
    );
}

/// MS-OXRTFCP 2.2.3.1: the CRC of uncompressed RTF is not looked at.
#[test]
fn uncompressed_rtf_is_taken_as_it_is() {
    let rtf = b"{\\rtf1 plain}";
    for crc in [0, 0xDEAD_BEEF] {
        assert_eq!(decode(&header(rtf, 13, *b"MELA", crc)).unwrap(), rtf);
    }
    // What follows the text is not part of it; less than announced is damage.
    assert_eq!(decode(&header(b"{\\rtf1}\0\0", 7, *b"MELA", 0)).unwrap(), b"{\\rtf1}");
    assert!(decode(&header(rtf, 14, *b"MELA", 0)).is_err());
}

/// MS-OXRTFCP 2.2.2.1, 2.2.3.2
#[test]
fn damage_is_refused() {
    let good = hex("simple.hex");
    for len in 0..good.len() {
        assert!(decode(&good[..len]).is_err(), "the first {len} bytes");
        // Cut off, with a header that says so.
        if len > 16 {
            let contents = &good[16..len];
            assert!(decode(&header(contents, 43, *b"LZFu", crc(contents))).is_err(), "contents up to {len}");
        }
    }
    for at in 8..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(decode(&bad).is_err(), "byte {at} changed");
    }
    // What follows COMPSIZE belongs to somebody else.
    let mut more = good.clone();
    more.extend(b"more");
    assert_eq!(decode(&more).unwrap(), data("simple.rtf"));
    // A reference to a place that nobody has written.
    let nothing = [1, 0xFF, 0xF0, 0, 0];
    assert!(decode(&header(&nothing, 9, *b"LZFu", crc(&nothing))).is_err());
}

#[test]
fn announced_sizes_are_not_believed() {
    for kind in [*b"LZFu", *b"MELA"] {
        let contents = [2, b'a', 0x0D, 0x00];
        let started = Instant::now();
        let _ = decode(&header(&contents, 0x7FFF_FFFF, kind, crc(&contents)));
        assert!(started.elapsed() < Duration::from_millis(100));
    }
    // Thirty-two bytes for each four, until it is too much.
    let mut bomb = vec![0xFE, b'a'];
    let mut at = 208_u16;
    for n in 0..2_100_000_u32 {
        let reference = (at.wrapping_sub(1) & 0xFFF) << 4 | 15;
        bomb.extend(reference.swap_bytes().to_le_bytes());
        at = at.wrapping_add(17) & 0xFFF;
        if n % 8 == 6 {
            bomb.push(0xFF);
        }
    }
    assert!(decode(&header(&bomb, 0x7FFF_FFFF, *b"LZFu", crc(&bomb))).is_err());
}

/// The worst inputs for whoever looks for matches.
#[test]
fn compressing_costs_by_length() {
    for pattern in [&b"a"[..], b"ab", b"abababababababac", b"\\par "] {
        let rtf: Vec<u8> = pattern.iter().copied().cycle().take(1 << 18).collect();
        let started = Instant::now();
        let compressed = encode(&rtf);
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert!(compressed.len() < rtf.len() / 4);
        assert_eq!(decode(&compressed).unwrap(), rtf);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_can_be_read(rtf in proptest::collection::vec(any::<u8>(), 0..6000)) {
        prop_assert_eq!(decode(&encode(&rtf)).unwrap(), rtf);
    }

    #[test]
    fn repetitive_text_too(words in proptest::collection::vec("[ab\\\\]{1,5}", 0..400)) {
        let rtf = words.concat().into_bytes();
        prop_assert_eq!(decode(&encode(&rtf)).unwrap(), rtf);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        contents in proptest::collection::vec(any::<u8>(), 0..2000),
        raw_size in any::<u32>(),
    ) {
        let _ = decode(&contents);
        let _ = decode(&header(&contents, raw_size, *b"LZFu", crc(&contents)));
        let _ = decode(&header(&contents, raw_size, *b"MELA", 0));
    }
}
