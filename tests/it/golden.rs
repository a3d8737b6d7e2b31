//! What the golden tests share: hex with comments, files of `tests/data`, and the one check that
//! every wire structure must pass.
//!
//! The bytes never come from our own encoder: they are computed by hand from the layouts in the
//! specifications, taken from their examples, or made by other programs (`golden/vectors.rs`).

mod body;
mod entry;
mod vectors;

use mailstead::wire::{Reader, Wire, WireError, Writer};
use proptest::test_runner::{Config, RngSeed};
use std::fmt::Debug;
use std::path::PathBuf;

/// Bytes from hexadecimal digits; blanks are free, `#` starts a comment that ends with the line.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().chars())
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).unwrap_or_else(|| panic!("{c:?} is no hexadecimal digit"))).unwrap())
        .collect();
    assert!(digits.len().is_multiple_of(2), "an odd number of hexadecimal digits: {text}");
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Hexadecimal digits in pairs, for messages.
pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// A file or directory of `tests/data`.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The text of a file of `tests/data`.
pub(crate) fn data(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("tests/data/{name}: {error}"))
}

/// Encode = bytes, decode = value, every truncated prefix refused, a byte too many refused.
pub(crate) fn same<T: Wire + PartialEq + Debug>(value: &T, bytes: &[u8]) {
    both(value, bytes, T::read, T::write);
}

/// [`same`] for a structure whose functions need to be told something.
pub(crate) fn both<T: PartialEq + Debug>(
    value: &T,
    bytes: &[u8],
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, WireError>,
    write: impl FnOnce(&T, &mut Writer),
) {
    let mut w = Writer::new();
    write(value, &mut w);
    assert_eq!(digits(w.as_bytes()), digits(bytes), "encoded: {value:?}");
    let mut whole = |bytes: &[u8]| {
        let mut r = Reader::new(bytes);
        read(&mut r).and_then(|value| r.finish("golden").map(|()| value))
    };
    assert_eq!(&whole(bytes).unwrap(), value, "decoded: {}", digits(bytes));
    for len in 0..bytes.len() {
        assert!(whole(&bytes[..len]).is_err(), "the first {len} bytes of {} are no {value:?}", digits(bytes));
    }
    assert!(whole(&[bytes, &[0]].concat()).is_err(), "a byte too many after {value:?}");
}

/// Property tests leave no files behind; the seed is printed and `MAILSTEAD_SEED` repeats a run.
pub(crate) fn random(cases: u32) -> Config {
    let seed = std::env::var("MAILSTEAD_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_le_bytes(mailstead::random::bytes()));
    println!("seed {seed}: MAILSTEAD_SEED={seed} repeats this run");
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..Config::default() }
}

#[test]
fn hexadecimal_digits_are_read() {
    assert_eq!(hex("01 aB # no\nFF"), [1, 0xAB, 0xFF]);
    assert_eq!(digits(&[1, 0xAB]), "01 AB");
}
