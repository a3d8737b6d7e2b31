//! The forms of a body: MS-OXRTFCP, MS-OXRTFEX, MS-OXBBODY, MS-OXCMSG 3.2.4.1.

mod compressed;
mod encapsulated;
mod engine;
mod html;
mod message;

/// A file of tests/data/rtf.
fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/rtf/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A file of hexadecimal digits.
fn hex(name: &str) -> Vec<u8> {
    let digits: Vec<u32> = data(name).iter().filter_map(|byte| char::from(*byte).to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}
