//! The auxiliary buffers of Connect. MS-OXCRPC 2.2.2.2, 3.1.4.1.2
//!
//! Of what clients send only their mode is read; the rest are performance figures, and a server may
//! ignore them all.

use crate::wire::{Reader, Wire, Writer, pack_buffers, unpack_buffers};

crate::wire! {
    /// AUX_HEADER with the data of AUX_EXORGINFO. MS-OXCRPC 2.2.2.2, 2.2.2.2.17
    pub struct ExOrgInfo { size: u16, version: u8, block_type: u8, org_flags: u32 }
    /// AUX_HEADER with the data of AUX_CLIENT_CONTROL. MS-OXCRPC 2.2.2.2, 2.2.2.2.15
    pub struct ClientControl { size: u16, version: u8, block_type: u8, enable_flags: u32, expiry_time_ms: u32 }
    /// AUX_HEADER with the data of AUX_ENDPOINT_CAPABILITIES. MS-OXCRPC 2.2.2.2, 2.2.2.2.20
    pub struct EndpointCapabilities { size: u16, version: u8, block_type: u8, endpoint_capability_flag: u32 }
}

crate::wire! {
    /// AUX_PERF_CLIENTINFO after its AUX_HEADER. Offsets count from the header. MS-OXCRPC 2.2.2.2.4
    pub struct ClientInfo {
        adapter_speed: u32,
        client_id: u16,
        machine_name_offset: u16,
        user_name_offset: u16,
        client_ip_size: u16,
        client_ip_offset: u16,
        client_ip_mask_size: u16,
        client_ip_mask_offset: u16,
        adapter_name_offset: u16,
        mac_address_size: u16,
        mac_address_offset: u16,
        client_mode: u16,
        reserved: u16
    }
}

/// AUX_VERSION_1 and AUX_TYPE_PERF_CLIENTINFO. MS-OXCRPC 2.2.2.2
const CLIENT_INFO: (u8, u8) = (1, 2);

/// ClientMode of a Connect request: 1 is online, 2 cached, 0 what nobody said or can be read.
#[must_use]
pub fn client_mode(auxiliary_buffer: &[u8]) -> u16 {
    let payloads = unpack_buffers(auxiliary_buffer).unwrap_or_default();
    payloads.iter().find_map(|payload| mode_in(&mut Reader::new(payload))).unwrap_or(0)
}

fn mode_in(r: &mut Reader<'_>) -> Option<u16> {
    loop {
        let size = usize::from(u16::read(r).ok()?);
        let kind = (u8::read(r).ok()?, u8::read(r).ok()?);
        // AUX_HEADER's four bytes count.
        let mut block = r.sub(size.checked_sub(4)?, "AUX_HEADER").ok()?;
        if kind == CLIENT_INFO {
            return ClientInfo::read(&mut block).ok().map(|info| info.client_mode);
        }
    }
}

/// Clients may compress what they send; they need not send performance figures.
const ENABLE_COMPRESSION: u32 = 4;
/// A week, as other servers that Outlook works with say.
const CLIENT_CONTROL_EXPIRY_MS: u32 = 604_800_000;
const SINGLE_ENDPOINT: u32 = 1;

/// PUBLIC_FOLDERS_ENABLED and USE_AUTODISCOVER_FOR_PUBLIC_FOLDER_CONFIGURATION. MS-OXCRPC 2.2.2.2.17
const PUBLIC_FOLDERS_BY_AUTODISCOVER: u32 = 3;

/// What the server tells every client that connects; `public`: that there are public folders.
#[must_use]
pub fn connect_response(public: bool) -> Vec<u8> {
    let mut w = Writer::new();
    // UNVERIFIED: that Outlook takes OrgFlags 0 for "no public folders"; the bits are from the
    // specification, the effect of none was never seen.
    let org_flags = if public { PUBLIC_FOLDERS_BY_AUTODISCOVER } else { 0 };
    ExOrgInfo { size: 8, version: 1, block_type: 0x17, org_flags }.write(&mut w);
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
