//! Frames: a length and a postcard record.

use crate::limits::CONTROL_FRAME_MAX_BYTES;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// Writes one record.
pub(super) fn write<T: Serialize>(to: &mut impl Write, record: &T) -> io::Result<()> {
    let bytes = postcard::to_allocvec(record).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).ok().filter(|&length| length <= CONTROL_FRAME_MAX_BYTES);
    let length = length.ok_or_else(|| io::Error::other("too long for the control socket"))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&bytes)?;
    to.flush()
}

/// Reads one record; `None` when the peer has hung up between two.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read(&mut length)? {
        0 => return Ok(None),
        n => from.read_exact(length.get_mut(n..).unwrap_or_default())?,
    }
    let length = u32::from_le_bytes(length);
    if length > CONTROL_FRAME_MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame beyond the limit"));
    }
    // The buffer grows with what really arrives, not with what was announced.
    let mut bytes = Vec::new();
    let read = from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if u32::try_from(read) != Ok(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (record, rest) =
        postcard::take_from_bytes(&bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    if rest.is_empty() { Ok(Some(record)) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "bytes left over")) }
}
