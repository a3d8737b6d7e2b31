//! FastTransfer streams: what bulk copies and synchronisation downloads are made of.
//! MS-OXCFXICS 2.2.4
//!
//! A stream is a row of markers and property values. [`Outgoing`] makes one and gives it out in
//! buffers that end only where one may end; [`Incoming`] reads one from buffers that end anywhere.
//! What the elements mean, and in which order they have to be, is `exec`'s business.

mod incoming;
mod outgoing;

pub use incoming::{Incoming, Token};
pub use outgoing::Outgoing;

use crate::mapi::{PropertyTag, PropertyType};

/// Elements without a value. MS-OXCFXICS 2.2.4.1.4
#[allow(missing_docs, clippy::allow_attributes, reason = "the names are the specification's")]
pub mod marker {
    pub const NEW_ATTACH: u32 = 0x4000_0003;
    pub const START_EMBED: u32 = 0x4001_0003;
    pub const END_EMBED: u32 = 0x4002_0003;
    pub const START_RECIP: u32 = 0x4003_0003;
    pub const END_TO_RECIP: u32 = 0x4004_0003;
    pub const START_TOP_FLD: u32 = 0x4009_0003;
    pub const START_SUB_FLD: u32 = 0x400A_0003;
    pub const END_FOLDER: u32 = 0x400B_0003;
    pub const START_MESSAGE: u32 = 0x400C_0003;
    pub const END_MESSAGE: u32 = 0x400D_0003;
    pub const END_ATTACH: u32 = 0x400E_0003;
    pub const START_FAI_MSG: u32 = 0x4010_0003;
    pub const INCR_SYNC_CHG: u32 = 0x4012_0003;
    pub const INCR_SYNC_DEL: u32 = 0x4013_0003;
    pub const INCR_SYNC_END: u32 = 0x4014_0003;
    pub const INCR_SYNC_MESSAGE: u32 = 0x4015_0003;
    pub const FX_ERROR_INFO: u32 = 0x4018_0003;
    pub const INCR_SYNC_READ: u32 = 0x402F_0003;
    pub const INCR_SYNC_STATE_BEGIN: u32 = 0x403A_0003;
    pub const INCR_SYNC_STATE_END: u32 = 0x403B_0003;
    pub const INCR_SYNC_PROGRESS_MODE: u32 = 0x4074_000B;
    pub const INCR_SYNC_PROGRESS_PER_MSG: u32 = 0x4075_000B;
    pub const INCR_SYNC_GROUP_INFO: u32 = 0x407B_0102;
    pub const INCR_SYNC_CHG_PARTIAL: u32 = 0x407D_0003;

    /// All of them.
    pub const ALL: &[u32] = &[
        NEW_ATTACH,
        START_EMBED,
        END_EMBED,
        START_RECIP,
        END_TO_RECIP,
        START_TOP_FLD,
        START_SUB_FLD,
        END_FOLDER,
        START_MESSAGE,
        END_MESSAGE,
        END_ATTACH,
        START_FAI_MSG,
        INCR_SYNC_CHG,
        INCR_SYNC_DEL,
        INCR_SYNC_END,
        INCR_SYNC_MESSAGE,
        FX_ERROR_INFO,
        INCR_SYNC_READ,
        INCR_SYNC_STATE_BEGIN,
        INCR_SYNC_STATE_END,
        INCR_SYNC_PROGRESS_MODE,
        INCR_SYNC_PROGRESS_PER_MSG,
        INCR_SYNC_GROUP_INFO,
        INCR_SYNC_CHG_PARTIAL,
    ];
}

/// Properties of the stream itself. MS-OXCFXICS 2.2.1, 2.2.4.1.5
#[allow(missing_docs, clippy::allow_attributes, reason = "the names are the specification's")]
pub mod meta {
    use super::PropertyTag;
    pub const DN_PREFIX: PropertyTag = PropertyTag(0x4008_001E);
    pub const EC_WARNING: PropertyTag = PropertyTag(0x400F_0003);
    pub const NEW_FX_FOLDER: PropertyTag = PropertyTag(0x4011_0102);
    pub const FX_DEL_PROP: PropertyTag = PropertyTag(0x4016_0003);
    /// PtypInteger32 by its tag, and bytes by its value. MS-OXCFXICS 2.2.1.1.1
    pub const IDSET_GIVEN: PropertyTag = PropertyTag(0x4017_0003);
    pub const CNSET_SEEN: PropertyTag = PropertyTag(0x6796_0102);
    pub const CNSET_SEEN_FAI: PropertyTag = PropertyTag(0x67DA_0102);
    pub const CNSET_READ: PropertyTag = PropertyTag(0x67D2_0102);
    pub const IDSET_DELETED: PropertyTag = PropertyTag(0x67E5_0102);
    pub const IDSET_NO_LONGER_IN_SCOPE: PropertyTag = PropertyTag(0x4021_0102);
    pub const IDSET_READ: PropertyTag = PropertyTag(0x402D_0102);
    pub const IDSET_UNREAD: PropertyTag = PropertyTag(0x402E_0102);
}

/// A string in a code page of its own: 8000 and the code page. MS-OXCFXICS 2.2.4.1.1.1
#[must_use]
pub fn code_page_type(code_page: u16) -> PropertyType {
    PropertyType(0x8000 | code_page)
}

/// UTF-16 as a code page.
pub const CODE_PAGE_UTF16: u16 = 1200;
