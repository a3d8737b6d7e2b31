//! RPC_HEADER_EXT and the extended buffers around ROP payloads and auxiliary data.
//! MS-OXCRPC 2.2.2.1.

use super::{Flaw, Reader, Wire, WireError, Writer, compress, decompress};
use crate::limits;

crate::wire! {
    /// RPC_HEADER_EXT. MS-OXCRPC 2.2.2.1
    pub struct HeaderExt { version: u16, flags: u16, size: u16, size_actual: u16 }
}

impl HeaderExt {
    /// The payload is compressed.
    pub const COMPRESSED: u16 = 1;
    /// Every payload byte is XORed with A5.
    pub const XOR_MAGIC: u16 = 2;
    /// No other extended buffer follows.
    pub const LAST: u16 = 4;
    /// Bytes of the header itself.
    pub const LEN: usize = 8;
}

const MAGIC: u8 = 0xA5;

/// The payloads of one RopBuffer, in order.
pub type ExtendedBuffers = Vec<Vec<u8>>;

/// Splits a RopBuffer into its payloads, undoing XOR, then compression.
pub fn unpack_buffers(bytes: &[u8]) -> Result<ExtendedBuffers, WireError> {
    const WHAT: &str = "RPC_HEADER_EXT";
    let mut r = Reader::new(bytes);
    let mut payloads = Vec::new();
    loop {
        let header = HeaderExt::read(&mut r)?;
        let known = HeaderExt::COMPRESSED | HeaderExt::XOR_MAGIC | HeaderExt::LAST;
        if header.version != 0 || header.flags & !known != 0 {
            return Err(r.invalid(WHAT));
        }
        if payloads.len() >= limits::EXTENDED_BUFFERS_MAX {
            return Err(Flaw::Limit { what: WHAT, at: r.position() }.into());
        }
        let mut payload = r.take(header.size.into(), WHAT)?.to_vec();
        if header.flags & HeaderExt::XOR_MAGIC != 0 {
            payload.iter_mut().for_each(|byte| *byte ^= MAGIC);
        }
        if header.flags & HeaderExt::COMPRESSED != 0 {
            payload = decompress(&payload, header.size_actual.into())?;
        } else if header.size != header.size_actual {
            return Err(r.invalid(WHAT));
        }
        payloads.push(payload);
        if header.flags & HeaderExt::LAST != 0 {
            r.finish(WHAT)?;
            return Ok(payloads);
        }
    }
}

/// Frames payloads, each at most [`limits::ROP_PAYLOAD_MAX_BYTES`]. `squeeze` and `xor` are the
/// sender's choice; a payload that does not shrink goes out as it is.
#[must_use]
pub fn pack_buffers(payloads: &[Vec<u8>], squeeze: bool, xor: bool) -> Vec<u8> {
    let mut w = Writer::new();
    for (i, payload) in payloads.iter().enumerate() {
        let mut flags = if i.saturating_add(1) == payloads.len() { HeaderExt::LAST } else { 0 };
        let mut body = payload.clone();
        if squeeze {
            let small = compress(payload);
            if small.len() < payload.len() {
                body = small;
                flags |= HeaderExt::COMPRESSED;
            }
        }
        if xor {
            body.iter_mut().for_each(|byte| *byte ^= MAGIC);
            flags |= HeaderExt::XOR_MAGIC;
        }
        let size = |len: usize| u16::try_from(len).unwrap_or(u16::MAX);
        HeaderExt { version: 0, flags, size: size(body.len()), size_actual: size(payload.len()) }.write(&mut w);
        w.raw(&body);
    }
    w.into_bytes()
}
