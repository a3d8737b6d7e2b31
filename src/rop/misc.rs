//! Operations of no specification but MS-OXCROPS 2.2.15 itself: what they look like.

use crate::wire::{Bytes, Counted, Rest};

crate::wire! {
    /// RopRelease request. MS-OXCROPS 2.2.15.3.1
    pub struct ReleaseRequest {  }
    /// What RopRelease never gets: it has no response. MS-OXCROPS 2.2.15.3
    pub struct ReleaseResponse {}
    /// RopBackoff response. MS-OXCROPS 2.2.15.2.1
    pub struct BackoffResponse {
        logon_id: u8,
        duration: u32,
        backoff_rop_data: Vec<BackoffRop> as Counted<u8>,
        additional_data: Vec<u8> as Bytes<u16>,
    }
    /// BackoffRop. MS-OXCROPS 2.2.15.2.1.1
    pub struct BackoffRop { rop_id_backoff: u8, duration: u32 }
    /// RopBufferTooSmall response: always the last. MS-OXCROPS 2.2.15.1.1
    pub struct BufferTooSmallResponse { size_needed: u16, request_buffers: Vec<u8> as Rest }
}
