//! RecipientRow, MS-OXCDATA 2.8.3.

use super::{Cell, Dialect, PropertyTag, read_row, write_row};
use crate::wire::{AsciiZ, Bytes, Form, Reader, Utf16Z, Wire, WireError, Writer};

crate::codes! {
    /// RecipientType: the low nibble of the field in recipient rows. MS-OXCMSG 2.2.3.1.2
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct RecipientType(u8);
    0 Originator;
    1 To;
    2 Cc;
    3 Bcc;
}

/// What identifies the recipient: the Type bits of RecipientFlags and the fields they bring.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub enum RecipientAddress {
    /// Type 0; AddressType present with flag O.
    None { address_type: Option<Vec<u8>> },
    /// Type 1: an X.500 name of which `address_prefix_used` characters were left out.
    X500 { address_prefix_used: u8, display_type: u8, x500_dn: Vec<u8> },
    /// Types 2, 3, 4, 5: MsMail, SMTP, Fax, ProfessionalOfficeSystem.
    Plain(u16),
    /// Types 6 and 7: personal distribution lists.
    List { kind: u16, entry_id: Vec<u8>, search_key: Vec<u8> },
}

impl RecipientAddress {
    /// Type 3.
    pub const SMTP: Self = Self::Plain(3);
}

/// RecipientRow. MS-OXCDATA 2.8.3.2
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct RecipientRow {
    pub address: RecipientAddress,
    /// Flag R: a different transport is responsible for delivery.
    pub responsible: bool,
    /// Flag N: the recipient does not take rich text.
    pub no_rich_text: bool,
    /// Flag S: TransmittableDisplayName is the same as DisplayName.
    pub same_transmittable: bool,
    /// Flag U: the texts below are UTF-16 on the wire, else 8-bit in the message's code page.
    pub unicode: bool,
    pub email_address: Option<Text>,
    pub display_name: Option<Text>,
    pub simple_display_name: Option<Text>,
    pub transmittable_display_name: Option<Text>,
    /// Values of the first columns of the list that the row belongs to.
    pub cells: Vec<Cell>,
}

/// A string whose form flag U decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// UTF-16 on the wire.
    Unicode(String),
    /// 8-bit on the wire, in a code page that the message knows.
    Bytes(Vec<u8>),
}

mod flag {
    pub(super) const TYPE: u16 = 0x0007;
    pub(super) const EMAIL: u16 = 0x0008;
    pub(super) const DISPLAY: u16 = 0x0010;
    pub(super) const TRANSMITTABLE: u16 = 0x0020;
    pub(super) const SAME: u16 = 0x0040;
    pub(super) const RESPONSIBLE: u16 = 0x0080;
    pub(super) const NO_RICH_TEXT: u16 = 0x0100;
    pub(super) const UNICODE: u16 = 0x0200;
    pub(super) const SIMPLE: u16 = 0x0400;
    pub(super) const OTHER: u16 = 0x8000;
}

impl Text {
    /// Takes one; `unicode` is a flag elsewhere in the structure.
    pub fn read(r: &mut Reader<'_>, unicode: bool) -> Result<Self, WireError> {
        Ok(if unicode { Self::Unicode(Utf16Z::read(r)?) } else { Self::Bytes(AsciiZ::read(r)?) })
    }
    /// Appends it.
    pub fn write(&self, w: &mut Writer) {
        match self {
            Self::Unicode(text) => Utf16Z::write(text, w),
            Self::Bytes(bytes) => AsciiZ::write(bytes, w),
        }
    }
}

impl RecipientRow {
    /// Takes a row; `columns` are the RecipientColumns of the structure around it.
    pub fn read(r: &mut Reader<'_>, columns: &[PropertyTag]) -> Result<Self, WireError> {
        let flags = u16::read(r)?;
        let address = match flags & flag::TYPE {
            0 => {
                let other = flags & flag::OTHER != 0;
                RecipientAddress::None { address_type: other.then(|| AsciiZ::read(r)).transpose()? }
            }
            1 => RecipientAddress::X500 {
                address_prefix_used: u8::read(r)?,
                display_type: u8::read(r)?,
                x500_dn: AsciiZ::read(r)?,
            },
            kind @ 2..=5 => RecipientAddress::Plain(kind),
            kind => {
                RecipientAddress::List { kind, entry_id: Bytes::<u16>::read(r)?, search_key: Bytes::<u16>::read(r)? }
            }
        };
        let unicode = flags & flag::UNICODE != 0;
        let mut text = |bit: u16| (flags & bit != 0).then(|| Text::read(r, unicode)).transpose();
        let email_address = text(flag::EMAIL)?;
        let display_name = text(flag::DISPLAY)?;
        let simple_display_name = text(flag::SIMPLE)?;
        let transmittable_display_name = text(flag::TRANSMITTABLE)?;
        let count = usize::from(u16::read(r)?);
        let columns = columns.get(..count).ok_or_else(|| r.invalid("RecipientColumnCount"))?;
        // A row without columns may end here: MS-OXCDATA gives it a PropertyRow of no cells, some
        // clients leave that byte out.
        let cells = if count == 0 && r.is_empty() { Vec::new() } else { read_row(r, columns, Dialect::Rop)? };
        Ok(Self {
            address,
            responsible: flags & flag::RESPONSIBLE != 0,
            no_rich_text: flags & flag::NO_RICH_TEXT != 0,
            same_transmittable: flags & flag::SAME != 0,
            unicode,
            email_address,
            display_name,
            simple_display_name,
            transmittable_display_name,
            cells,
        })
    }

    /// Appends the row; it has a cell for each of `columns`.
    pub fn write(&self, w: &mut Writer, columns: &[PropertyTag]) {
        let mut flags = match &self.address {
            RecipientAddress::None { address_type: None } => 0,
            RecipientAddress::None { address_type: Some(_) } => flag::OTHER,
            RecipientAddress::X500 { .. } => 1,
            RecipientAddress::Plain(kind) | RecipientAddress::List { kind, .. } => *kind & flag::TYPE,
        };
        for (bit, set) in [
            (flag::EMAIL, self.email_address.is_some()),
            (flag::DISPLAY, self.display_name.is_some()),
            (flag::SIMPLE, self.simple_display_name.is_some()),
            (flag::TRANSMITTABLE, self.transmittable_display_name.is_some()),
            (flag::SAME, self.same_transmittable),
            (flag::RESPONSIBLE, self.responsible),
            (flag::NO_RICH_TEXT, self.no_rich_text),
            (flag::UNICODE, self.unicode),
        ] {
            if set {
                flags |= bit;
            }
        }
        flags.write(w);
        match &self.address {
            RecipientAddress::None { address_type } => address_type.iter().for_each(|t| AsciiZ::write(t, w)),
            RecipientAddress::X500 { address_prefix_used, display_type, x500_dn } => {
                address_prefix_used.write(w);
                display_type.write(w);
                AsciiZ::write(x500_dn, w);
            }
            RecipientAddress::Plain(_) => {}
            RecipientAddress::List { entry_id, search_key, .. } => {
                Bytes::<u16>::write(entry_id, w);
                Bytes::<u16>::write(search_key, w);
            }
        }
        let texts =
            [&self.email_address, &self.display_name, &self.simple_display_name, &self.transmittable_display_name];
        texts.into_iter().flatten().for_each(|text| text.write(w));
        let columns = columns.get(..self.cells.len()).unwrap_or(columns);
        u16::try_from(columns.len()).unwrap_or(u16::MAX).write(w);
        write_row(w, columns, &self.cells, Dialect::Rop);
    }
}
