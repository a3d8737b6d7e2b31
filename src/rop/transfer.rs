//! FastTransfer operations, MS-OXCROPS 2.2.12: what they look like.

use crate::mapi::{ObjectId, PropertyTag};
use crate::wire::{Bytes, Counted, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopFastTransferSourceCopyMessages request. MS-OXCROPS 2.2.12.6.1
    pub struct FastTransferSourceCopyMessagesRequest { message_ids: Vec<ObjectId> as Counted<u16>, copy_flags: u8, send_options: u8 }
    /// RopFastTransferSourceCopyMessages success response. MS-OXCROPS 2.2.12.6.2
    pub struct FastTransferSourceCopyMessagesResponse {  }
    /// RopFastTransferSourceCopyFolder request. MS-OXCROPS 2.2.12.5.1
    pub struct FastTransferSourceCopyFolderRequest { copy_flags: u8, send_options: u8 }
    /// RopFastTransferSourceCopyFolder success response. MS-OXCROPS 2.2.12.5.2
    pub struct FastTransferSourceCopyFolderResponse {  }
    /// RopFastTransferSourceCopyTo request. MS-OXCROPS 2.2.12.7.1
    pub struct FastTransferSourceCopyToRequest { level: u8, copy_flags: u32, send_options: u8, property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopFastTransferSourceCopyTo success response. MS-OXCROPS 2.2.12.7.2
    pub struct FastTransferSourceCopyToResponse {  }
    /// RopFastTransferSourceGetBuffer request. MS-OXCROPS 2.2.12.4.1
    pub struct FastTransferSourceGetBufferRequest { buffer_size: BufferSize }
    /// RopFastTransferSourceGetBuffer success response. MS-OXCROPS 2.2.12.4.2
    pub struct FastTransferSourceGetBufferResponse {
        transfer_status: u16,
        in_progress_count: u16,
        total_step_count: u16,
        reserved: u8,
        transfer_buffer: Vec<u8> as Bytes<u16>,
    }
    /// RopFastTransferDestinationConfigure request. MS-OXCROPS 2.2.12.1.1
    pub struct FastTransferDestinationConfigureRequest { source_operation: u8, copy_flags: u8 }
    /// RopFastTransferDestinationConfigure success response. MS-OXCROPS 2.2.12.1.2
    pub struct FastTransferDestinationConfigureResponse {  }
    /// RopFastTransferDestinationPutBuffer request. MS-OXCROPS 2.2.12.2.1
    pub struct FastTransferDestinationPutBufferRequest { transfer_data: Vec<u8> as Bytes<u16> }
    /// RopFastTransferDestinationPutBuffer success response. MS-OXCROPS 2.2.12.2.2
    pub struct FastTransferDestinationPutBufferResponse { transfer_status: u16, in_progress_count: u16, total_step_count: u16, reserved: u8, buffer_used_size: u16 }
    /// RopFastTransferSourceCopyProperties request. MS-OXCROPS 2.2.12.8.1
    pub struct FastTransferSourceCopyPropertiesRequest { level: u8, copy_flags: u8, send_options: u8, property_tags: Vec<PropertyTag> as Counted<u16> }
    /// RopFastTransferSourceCopyProperties success response. MS-OXCROPS 2.2.12.8.2
    pub struct FastTransferSourceCopyPropertiesResponse {  }
    /// RopTellVersion request. MS-OXCROPS 2.2.12.9.1
    pub struct TellVersionRequest { version: [u8; 6] }
    /// RopTellVersion success response. MS-OXCROPS 2.2.12.9.2
    pub struct TellVersionResponse {  }
    /// RopFastTransferDestinationPutBufferExtended request. MS-OXCROPS 2.2.12.3.1
    pub struct FastTransferDestinationPutBufferExtendedRequest { transfer_data: Vec<u8> as Bytes<u16> }
    /// RopFastTransferDestinationPutBufferExtended success response. MS-OXCROPS 2.2.12.3.2
    pub struct FastTransferDestinationPutBufferExtendedResponse { transfer_status: u16, in_progress_count: u32, total_step_count: u32, reserved: u8, buffer_used_size: u16 }
}

/// BufferSize, and MaximumBufferSize if it is BABE. MS-OXCROPS 2.2.12.4.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BufferSize {
    /// This many bytes at most.
    Exact(u16),
    /// As many as fit, this many at most.
    Maximum(u16),
}

impl Wire for BufferSize {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match u16::read(r)? {
            0xBABE => Self::Maximum(u16::read(r)?),
            n => Self::Exact(n),
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Exact(n) => n.write(w),
            Self::Maximum(n) => {
                0xBABE_u16.write(w);
                n.write(w);
            }
        }
    }
}
