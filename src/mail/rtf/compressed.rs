//! Compressed RTF, the bytes of PidTagRtfCompressed. MS-OXRTFCP.
//!
//! A ring of 4096 bytes that starts with 207 known ones. A control byte, least significant bit
//! first, says literal (0) or reference (1) for what follows. A reference is 16 bits, big-endian:
//! a place in the ring in the upper 12, length - 2 in the lower 4. A reference to the place that
//! is written next ends the stream. Here the ring is the end of all that was written: a place is
//! turned into a distance back from there.

use crate::limits;
use crate::wire::{Reader, Wire, WireError};

const WHAT: &str = "compressed RTF";
/// COMPTYPE "LZFu". MS-OXRTFCP 2.1.3.1.1
const COMPRESSED: u32 = 0x7546_5A4C;
/// COMPTYPE "MELA".
const UNCOMPRESSED: u32 = 0x414C_454D;
/// Bytes of the header that COMPSIZE counts: RAWSIZE, COMPTYPE, CRC.
const COUNTED_HEAD: usize = 12;
/// What the ring starts with. MS-OXRTFCP 2.1.2.1
const PRESET: &[u8; 207] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const RING: usize = 4096;
const MATCH_MIN: usize = 2;
const MATCH_MAX: usize = 17;
/// References never reach so far back that reading and writing the ring could meet.
const DISTANCE_MAX: usize = RING - MATCH_MAX - 1;

/// The RTF in the bytes of PidTagRtfCompressed. RAWSIZE is not believed: what the references make
/// is counted.
///
/// # Errors
/// Cut off, of another type, with another checksum, with a reference to nothing, or larger than
/// [`limits::RTF_MAX_BYTES`].
pub fn decode(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    let mut r = Reader::new(bytes);
    let comp_size = u32::read(&mut r)?;
    let raw_size = u32::read(&mut r)?;
    let comp_type = u32::read(&mut r)?;
    let checksum = u32::read(&mut r)?;
    let len = usize::try_from(comp_size).ok().and_then(|size| size.checked_sub(COUNTED_HEAD));
    let contents = r.take(len.ok_or_else(|| r.invalid(WHAT))?, WHAT)?;
    match comp_type {
        // Its CRC must not be looked at. MS-OXRTFCP 2.2.3.1
        UNCOMPRESSED if contents.len() <= limits::RTF_MAX_BYTES => {
            let raw = usize::try_from(raw_size).ok().and_then(|size| contents.get(..size));
            Ok(raw.ok_or_else(|| r.invalid(WHAT))?.to_vec())
        }
        COMPRESSED if crc(contents) == checksum => expand(contents),
        _ => Err(r.invalid(WHAT)),
    }
}

fn expand(contents: &[u8]) -> Result<Vec<u8>, WireError> {
    let mut r = Reader::new(contents);
    let mut all = PRESET.to_vec();
    loop {
        let control = u8::read(&mut r)?;
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                all.push(u8::read(&mut r)?);
            } else {
                let [high, low] = r.array(WHAT)?;
                let reference = usize::from(u16::from(high) << 8 | u16::from(low));
                let distance = all.len().wrapping_sub(reference >> 4) % RING;
                if distance == 0 {
                    return Ok(all.split_off(PRESET.len()));
                }
                let start = all.len().checked_sub(distance).ok_or_else(|| r.invalid(WHAT))?;
                // The ranges may overlap: bytes written now are read again.
                for at in (start..).take((reference & 0xF).saturating_add(MATCH_MIN)) {
                    let byte = *all.get(at).ok_or_else(|| r.invalid(WHAT))?;
                    all.push(byte);
                }
            }
            if all.len() > limits::RTF_MAX_BYTES.saturating_add(PRESET.len()) {
                return Err(r.invalid(WHAT));
            }
        }
    }
}

/// RTF as the bytes of PidTagRtfCompressed.
#[must_use]
pub fn encode(rtf: &[u8]) -> Vec<u8> {
    let mut history = History::new(rtf);
    let mut contents = Vec::with_capacity(rtf.len() / 2);
    let mut group = Vec::with_capacity(MATCH_MAX);
    let (mut control, mut tokens) = (0_u8, 0_u32);
    loop {
        let place = history.at % RING;
        let left = history.all.get(history.at).copied();
        let found = left.and_then(|_| history.longest_match());
        let (reference, len) = match (left, found) {
            (None, _) => (Some(place << 4), 0),
            (_, Some((len, at))) => (Some((at % RING) << 4 | len.saturating_sub(MATCH_MIN)), len),
            (Some(byte), None) => {
                group.push(byte);
                (None, 1)
            }
        };
        if let Some(reference) = reference.and_then(|reference| u16::try_from(reference).ok()) {
            control |= 1 << tokens;
            let [low, high] = reference.to_le_bytes();
            group.extend([high, low]);
        }
        tokens = tokens.saturating_add(1);
        if tokens == 8 || left.is_none() {
            contents.push(control);
            contents.append(&mut group);
            (control, tokens) = (0, 0);
        }
        if left.is_none() {
            break;
        }
        history.advance(len);
    }
    framed(&contents, rtf.len())
}

fn framed(contents: &[u8], raw_len: usize) -> Vec<u8> {
    let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let head = [size(contents.len().saturating_add(COUNTED_HEAD)), size(raw_len), COMPRESSED, crc(contents)];
    let mut out = Vec::with_capacity(contents.len().saturating_add(16));
    head.iter().for_each(|field| out.extend(field.to_le_bytes()));
    out.extend_from_slice(contents);
    out
}

/// What the ring holds and held, and where in it each pair of bytes was seen last.
struct History {
    all: Vec<u8>,
    at: usize,
    heads: Vec<usize>,
    chain: Vec<usize>,
}

impl History {
    const NONE: usize = usize::MAX;

    fn new(rtf: &[u8]) -> Self {
        let mut all = PRESET.to_vec();
        all.extend_from_slice(rtf);
        let mut history = Self { all, at: 0, heads: vec![Self::NONE; 1 << 16], chain: vec![Self::NONE; RING] };
        history.advance(PRESET.len());
        history
    }

    fn pair(&self, at: usize) -> Option<usize> {
        let pair = self.all.get(at..at.saturating_add(2))?;
        Some(pair.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)))
    }

    /// Goes on, remembering the pairs that were passed.
    fn advance(&mut self, len: usize) {
        for at in (self.at..).take(len) {
            if let Some(pair) = self.pair(at)
                && let (Some(head), Some(link)) = (self.heads.get_mut(pair), self.chain.get_mut(at % RING))
            {
                *link = std::mem::replace(head, at);
            }
        }
        self.at = self.at.saturating_add(len);
    }

    /// Length and place of the longest match, the oldest of equal ones.
    fn longest_match(&self) -> Option<(usize, usize)> {
        let here = self.all.get(self.at..)?;
        let mut at = self.heads.get(self.pair(self.at)?).copied()?;
        let mut best: Option<(usize, usize)> = None;
        for _ in 0..limits::RTF_MATCHES_MAX {
            if at >= self.at || self.at.saturating_sub(at) > DISTANCE_MAX {
                break;
            }
            let there = self.all.get(at..)?;
            let len = here.iter().zip(there).take(MATCH_MAX).take_while(|(a, b)| a == b).count();
            if best.is_none_or(|(most, _)| len >= most) {
                best = Some((len, at));
            }
            if len == MATCH_MAX {
                break;
            }
            // A link that was overwritten leads forward, which ends the walk.
            let next = self.chain.get(at % RING).copied()?;
            at = if next < at { next } else { Self::NONE };
        }
        best.filter(|(len, _)| *len >= MATCH_MIN)
    }
}

/// CRC of MS-OXRTFCP 2.1.3.2: CRC-32 that starts with zero and is not inverted.
fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    bytes.iter().fold(0, |crc: u32, byte| {
        let [low, ..] = crc.to_le_bytes();
        crc >> 8 ^ TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let mut n: u32 = 0;
    let mut at = 0;
    while at < table.len() {
        let mut value = n;
        let mut bit = 0;
        while bit < 8 {
            value = value >> 1 ^ if value & 1 == 1 { 0xEDB8_8320 } else { 0 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
        n += 1;
    }
    table
}
