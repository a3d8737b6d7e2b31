//! Plain LZ77 ("DIRECT2"), MS-XCA 2.3 and 2.4: the compression of extended ROP buffers.
//!
//! A flag word of 32 bits, most significant first, says literal (0) or match (1) for what follows.
//! A match is 16 bits: distance - 1 in the upper 13, length - 3 in the lower 3, with longer
//! lengths in a nibble shared by two matches, then a byte, then 16 or 32 bits.

use super::{Reader, Wire, WireError};

const WHAT: &str = "LZ77 data";
const MATCH_MIN: usize = 3;
const WINDOW: usize = 8192;

/// Expands `input` to exactly `size` bytes (SizeActual of RPC_HEADER_EXT).
pub fn decompress(input: &[u8], size: usize) -> Result<Vec<u8>, WireError> {
    let mut r = Reader::new(input);
    let mut out = Vec::with_capacity(size.min(crate::limits::ROP_PAYLOAD_MAX_BYTES));
    let mut flags = 0_u32;
    let mut left = 0_u32;
    let mut nibble: Option<u8> = None;
    while !r.is_empty() {
        if left == 0 {
            flags = u32::read(&mut r)?;
            left = 32;
            continue;
        }
        left = left.saturating_sub(1);
        let is_match = flags & 0x8000_0000 != 0;
        flags = flags.wrapping_shl(1);
        if is_match {
            copy_match(&mut r, &mut out, size, &mut nibble)?;
        } else {
            out.push(u8::read(&mut r)?);
        }
        if out.len() > size {
            return Err(r.invalid(WHAT));
        }
    }
    if out.len() == size { Ok(out) } else { Err(r.invalid(WHAT)) }
}

fn copy_match(r: &mut Reader<'_>, out: &mut Vec<u8>, size: usize, nibble: &mut Option<u8>) -> Result<(), WireError> {
    let token = u16::read(r)?;
    let distance = usize::from(token >> 3).saturating_add(1);
    let len = match_length(r, token & 7, nibble)?.saturating_add(MATCH_MIN);
    let start = out.len().checked_sub(distance).ok_or_else(|| r.invalid(WHAT))?;
    if len > size.saturating_sub(out.len()) {
        return Err(r.invalid(WHAT));
    }
    // The ranges may overlap: bytes written now are read again.
    for at in (start..).take(len) {
        let byte = *out.get(at).ok_or_else(|| r.invalid(WHAT))?;
        out.push(byte);
    }
    Ok(())
}

/// Length - 3, from the token's three bits and whatever follows.
fn match_length(r: &mut Reader<'_>, low: u16, nibble: &mut Option<u8>) -> Result<usize, WireError> {
    if low != 7 {
        return Ok(usize::from(low));
    }
    let half = match nibble.take() {
        Some(upper) => upper,
        None => {
            let byte = u8::read(r)?;
            *nibble = Some(byte >> 4);
            byte & 15
        }
    };
    if half != 15 {
        return Ok(usize::from(half).saturating_add(7));
    }
    let byte = u8::read(r)?;
    if byte != 255 {
        return Ok(usize::from(byte).saturating_add(22));
    }
    let mut long = u32::from(u16::read(r)?);
    if long == 0 {
        long = u32::read(r)?;
    }
    if long < 22 {
        return Err(r.invalid(WHAT));
    }
    usize::try_from(long).map_err(|_| r.invalid(WHAT))
}

/// Compresses; greedy, with one remembered position for each three-byte prefix hash. The result
/// may be longer than the input: the caller then sends the input as it is.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "positions are below input.len(), which is bounded by a ROP payload"
)]
pub fn compress(input: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 4];
    let mut state = Encoder { flags: 0, count: 0, at: 0, nibble: None };
    let mut table = vec![usize::MAX; 1 << 12];
    let mut at = 0;
    while at < input.len() {
        let candidate = if at + MATCH_MIN <= input.len() {
            let hash =
                (usize::from(input[at]) << 8 ^ usize::from(input[at + 1]) << 4 ^ usize::from(input[at + 2])) & 0xFFF;
            std::mem::replace(&mut table[hash], at)
        } else {
            usize::MAX
        };
        let len = if candidate != usize::MAX && at - candidate <= WINDOW {
            input[at..].iter().zip(&input[candidate..]).take_while(|(a, b)| a == b).count()
        } else {
            0
        };
        if len >= MATCH_MIN {
            state.flag(&mut out, true);
            state.token(&mut out, at - candidate, len - MATCH_MIN);
            at += len;
        } else {
            state.flag(&mut out, false);
            out.push(input[at]);
            at += 1;
        }
    }
    // The last flag word is filled with ones.
    let unused = 32 - state.count;
    let word = if unused == 32 { u32::MAX } else { state.flags << unused | ((1 << unused) - 1) };
    out[state.at..state.at + 4].copy_from_slice(&word.to_le_bytes());
    out
}

struct Encoder {
    flags: u32,
    count: u32,
    /// Where the current flag word goes.
    at: usize,
    /// Where a length nibble with a free upper half lies.
    nibble: Option<usize>,
}

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "offsets into what was written before")]
impl Encoder {
    fn flag(&mut self, out: &mut Vec<u8>, is_match: bool) {
        if self.count == 32 {
            out[self.at..self.at + 4].copy_from_slice(&self.flags.to_le_bytes());
            self.at = out.len();
            out.extend_from_slice(&[0; 4]);
            self.flags = 0;
            self.count = 0;
        }
        self.flags = self.flags << 1 | u32::from(is_match);
        self.count += 1;
    }

    /// `len` is the length - 3.
    fn token(&mut self, out: &mut Vec<u8>, distance: usize, len: usize) {
        let low = u16::try_from(len.min(7)).unwrap_or(7);
        let high = u16::try_from(distance - 1).unwrap_or(0);
        out.extend_from_slice(&(high << 3 | low).to_le_bytes());
        if len < 7 {
            return;
        }
        let half = u8::try_from((len - 7).min(15)).unwrap_or(15);
        match self.nibble.take() {
            Some(place) => out[place] |= half << 4,
            None => {
                self.nibble = Some(out.len());
                out.push(half);
            }
        }
        if half < 15 {
            return;
        }
        match u8::try_from(len - 22) {
            Ok(byte) if byte < 255 => out.push(byte),
            _ => {
                out.push(255);
                match u16::try_from(len) {
                    Ok(short) => out.extend_from_slice(&short.to_le_bytes()),
                    Err(_) => {
                        out.extend_from_slice(&[0, 0]);
                        out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
                    }
                }
            }
        }
    }
}
