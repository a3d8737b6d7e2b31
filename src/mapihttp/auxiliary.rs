//! The auxiliary buffer of the Connect response. MS-OXCRPC 2.2.2.2, 3.1.4.1.2
//!
//! Requests' auxiliary buffers are not read: they carry performance figures of the client, and a
//! server may ignore them all.

use crate::wire::{Wire, Writer, pack_buffers};

crate::wire! {
    /// AUX_HEADER with the data of AUX_EXORGINFO. MS-OXCRPC 2.2.2.2, 2.2.2.2.17
    pub struct ExOrgInfo { size: u16, version: u8, block_type: u8, org_flags: u32 }
    /// AUX_HEADER with the data of AUX_CLIENT_CONTROL. MS-OXCRPC 2.2.2.2, 2.2.2.2.15
    pub struct ClientControl { size: u16, version: u8, block_type: u8, enable_flags: u32, expiry_time_ms: u32 }
    /// AUX_HEADER with the data of AUX_ENDPOINT_CAPABILITIES. MS-OXCRPC 2.2.2.2, 2.2.2.2.20
    pub struct EndpointCapabilities { size: u16, version: u8, block_type: u8, endpoint_capability_flag: u32 }
}

/// Clients may compress what they send; they need not send performance figures.
const ENABLE_COMPRESSION: u32 = 4;
/// A week, as other servers that Outlook works with say.
const CLIENT_CONTROL_EXPIRY_MS: u32 = 604_800_000;
const SINGLE_ENDPOINT: u32 = 1;

/// What the server tells every client that connects.
#[must_use]
pub fn connect_response() -> Vec<u8> {
    let mut w = Writer::new();
    // UNVERIFIED: that Outlook takes OrgFlags 0 for "no public folders"; the bits are from the
    // specification, the effect of none was never seen.
    ExOrgInfo { size: 8, version: 1, block_type: 0x17, org_flags: 0 }.write(&mut w);
    let control = ClientControl {
        size: 12,
        version: 1,
        block_type: 0x0A,
        enable_flags: ENABLE_COMPRESSION,
        expiry_time_ms: CLIENT_CONTROL_EXPIRY_MS,
    };
    control.write(&mut w);
    EndpointCapabilities { size: 8, version: 1, block_type: 0x48, endpoint_capability_flag: SINGLE_ENDPOINT }
        .write(&mut w);
    pack_buffers(&[w.into_bytes()], false, false)
}
