//! GUID, MS-DTYP 2.3.4.2.

use super::{Flaw, Reader, Wire, WireError, Writer};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// 16 bytes as they lie on the wire: Data1 (LE4), Data2 (LE2), Data3 (LE2), Data4 (8 bytes).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// All zeros.
    pub const NIL: Self = Self([0; 16]);

    /// From the four parts in which specifications print a GUID.
    #[must_use]
    pub const fn new(data1: u32, data2: u16, data3: u16, data4: [u8; 8]) -> Self {
        let [a, b, c, d] = data1.to_le_bytes();
        let [e, f] = data2.to_le_bytes();
        let [g, h] = data3.to_le_bytes();
        let [i, j, k, l, m, n, o, p] = data4;
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// From random bytes, marked as version 4 (RFC 9562 section 5.4).
    #[must_use]
    pub const fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[7] = bytes[7] & 0x0F | 0x40;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Self(bytes)
    }

    /// True if every byte is zero.
    #[must_use]
    pub fn is_nil(self) -> bool {
        self == Self::NIL
    }
}

impl Wire for Guid {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(r.array("Guid")?))
    }
    fn write(&self, w: &mut Writer) {
        w.raw(&self.0);
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f_, g, h, rest @ ..] = self.0;
        write!(f, "{:08x}-", u32::from_le_bytes([a, b, c, d]))?;
        write!(f, "{:04x}-{:04x}-", u16::from_le_bytes([e, f_]), u16::from_le_bytes([g, h]))?;
        for (i, byte) in rest.iter().enumerate() {
            write!(f, "{}{byte:02x}", if i == 2 { "-" } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Guid {
    type Err = WireError;

    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, braces optional.
    fn from_str(text: &str) -> Result<Self, WireError> {
        let bad = || WireError::from(Flaw::Value { what: "Guid", at: 0 });
        let digits: String = text.trim_matches(['{', '}']).chars().filter(|c| *c != '-').collect();
        // `from_str_radix` alone would take a sign.
        if digits.len() != 32 || !digits.bytes().all(|c| c.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let number = |range| digits.get(range).and_then(|part| u64::from_str_radix(part, 16).ok()).ok_or_else(bad);
        let data1 = u32::try_from(number(0..8)?).map_err(|_| bad())?;
        let data2 = u16::try_from(number(8..12)?).map_err(|_| bad())?;
        let data3 = u16::try_from(number(12..16)?).map_err(|_| bad())?;
        // Data4 is printed in the order of its bytes.
        #[expect(clippy::big_endian_bytes, reason = "Data4 is printed first byte first")]
        let data4 = number(16..32)?.to_be_bytes();
        Ok(Self::new(data1, data2, data3, data4))
    }
}
