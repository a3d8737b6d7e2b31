//! Stream operations, MS-OXCROPS 2.2.9: what they look like. Meaning: `exec/stream.rs`.

use crate::mapi::PropertyTag;
use crate::wire::{Bytes, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopOpenStream request. MS-OXCROPS 2.2.9.1.1
    pub struct OpenStreamRequest { property_tag: PropertyTag, open_mode_flags: u8 }
    /// RopOpenStream success response. MS-OXCROPS 2.2.9.1.2
    pub struct OpenStreamResponse { stream_size: u32 }
    /// RopReadStream request. MS-OXCROPS 2.2.9.2.1
    pub struct ReadStreamRequest { byte_count: ByteCount }
    /// RopReadStream success response. MS-OXCROPS 2.2.9.2.2
    pub struct ReadStreamResponse { data: Vec<u8> as Bytes<u16> }
    /// RopWriteStream request. MS-OXCROPS 2.2.9.3.1
    pub struct WriteStreamRequest { data: Vec<u8> as Bytes<u16> }
    /// RopWriteStream success response. MS-OXCROPS 2.2.9.3.2
    pub struct WriteStreamResponse { written_size: u16 }
    /// RopSeekStream request. MS-OXCROPS 2.2.9.8.1
    pub struct SeekStreamRequest { origin: u8, offset: i64 }
    /// RopSeekStream success response. MS-OXCROPS 2.2.9.8.2
    pub struct SeekStreamResponse { new_position: u64 }
    /// RopSetStreamSize request. MS-OXCROPS 2.2.9.7.1
    pub struct SetStreamSizeRequest { stream_size: u64 }
    /// RopSetStreamSize success response. MS-OXCROPS 2.2.9.7.2
    pub struct SetStreamSizeResponse {  }
    /// RopCopyToStream request. MS-OXCROPS 2.2.9.9.1
    pub struct CopyToStreamRequest { byte_count: u64 }
    /// RopCopyToStream success response. MS-OXCROPS 2.2.9.9.2
    pub struct CopyToStreamResponse { read_byte_count: u64, written_byte_count: u64 }
    /// RopCloneStream request. MS-OXCROPS 2.2.9.13.1
    pub struct CloneStreamRequest {  }
    /// RopCloneStream success response. MS-OXCROPS 2.2.9.13.2
    pub struct CloneStreamResponse {  }
    /// RopLockRegionStream request. MS-OXCROPS 2.2.9.10.1
    pub struct LockRegionStreamRequest { region_offset: u64, region_size: u64, lock_flags: u32 }
    /// RopLockRegionStream success response. MS-OXCROPS 2.2.9.10.2
    pub struct LockRegionStreamResponse {  }
    /// RopUnlockRegionStream request. MS-OXCROPS 2.2.9.11.1
    pub struct UnlockRegionStreamRequest { region_offset: u64, region_size: u64, lock_flags: u32 }
    /// RopUnlockRegionStream success response. MS-OXCROPS 2.2.9.11.2
    pub struct UnlockRegionStreamResponse {  }
    /// RopCommitStream request. MS-OXCROPS 2.2.9.5.1
    pub struct CommitStreamRequest {  }
    /// RopCommitStream success response. MS-OXCROPS 2.2.9.5.2
    pub struct CommitStreamResponse {  }
    /// RopGetStreamSize request. MS-OXCROPS 2.2.9.6.1
    pub struct GetStreamSizeRequest {  }
    /// RopGetStreamSize success response. MS-OXCROPS 2.2.9.6.2
    pub struct GetStreamSizeResponse { stream_size: u32 }
    /// RopWriteAndCommitStream request. MS-OXCROPS 2.2.9.12.1
    pub struct WriteAndCommitStreamRequest { data: Vec<u8> as Bytes<u16> }
    /// RopWriteStreamExtended request. MS-OXCROPS 2.2.9.4.1
    pub struct WriteStreamExtendedRequest { data: Vec<u8> as Bytes<u16> }
    /// RopWriteStreamExtended success response. MS-OXCROPS 2.2.9.4.2
    pub struct WriteStreamExtendedResponse { written_size: u32 }
}

/// ByteCount, and MaximumByteCount if it is BABE. MS-OXCROPS 2.2.9.2.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteCount {
    /// This many bytes at most.
    Exact(u16),
    /// As many as fit, this many at most.
    Maximum(u32),
}

const BABE: u16 = 0xBABE;

impl ByteCount {
    /// Bytes asked for.
    #[must_use]
    pub fn wanted(self) -> u32 {
        match self {
            Self::Exact(n) => n.into(),
            Self::Maximum(n) => n,
        }
    }
}

impl Wire for ByteCount {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match u16::read(r)? {
            // A larger MaximumByteCount fails the whole buffer. MS-OXCROPS R3215, exchange.md
            BABE => match u32::read(r)? {
                n if n <= 0x8000_0000 => Self::Maximum(n),
                _ => return Err(r.invalid("MaximumByteCount")),
            },
            n => Self::Exact(n),
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Exact(n) => n.write(w),
            Self::Maximum(n) => {
                BABE.write(w);
                n.write(w);
            }
        }
    }
}
