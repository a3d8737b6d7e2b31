//! EntryIDs, MS-OXCDATA 2.2.4 and 2.2.5.

use super::LongTermId;
use crate::wire::{AsciiZ, Form, Guid, Reader, Utf16Z, Wire, WireError, Writer};

/// MUIDEMSAB, the ProviderUID of address book EntryIDs: DCA740C8-C042-101A-B4B9-08002B2FE182 in
/// wire order. MS-OXCDATA 2.2.5.2
pub const MUIDEMSAB: Guid =
    Guid([0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82]);
/// The ProviderUID of one-off EntryIDs. MS-OXCDATA 2.2.5.1
const MUIDOOP: Guid =
    Guid([0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
/// Type of an address book EntryID that names a container.
pub const DISPLAY_TYPE_CONTAINER: u32 = 0x100;

crate::wire! {
    /// Folder EntryID, 46 bytes. MS-OXCDATA 2.2.4.1
    pub struct FolderEntryId { flags: u32, provider_uid: Guid, folder_type: u16, folder: LongTermId }

    /// Message EntryID, 70 bytes. MS-OXCDATA 2.2.4.2
    pub struct MessageEntryId {
        flags: u32,
        provider_uid: Guid,
        message_type: u16,
        folder: LongTermId,
        message: LongTermId,
    }

    /// Address book EntryID, also the PermanentEntryID of NSPI. MS-OXCDATA 2.2.5.2, MS-OXNSPI 2.2.9.3
    pub struct AddressBookEntryId {
        flags: u32,
        provider_uid: Guid,
        version: u32,
        display_type: u32,
        x500_dn: String as AsciiZ,
    }
}

/// The ProviderUID of EntryIDs of public folders and of what is in them. MS-OXCDATA 2.2.4.1
const PUBLIC_PROVIDER: Guid =
    Guid([0x1A, 0x44, 0x73, 0x90, 0xAA, 0x66, 0x11, 0xCD, 0x9B, 0xC8, 0x00, 0xAA, 0x00, 0x2F, 0xC4, 0x5A]);

impl FolderEntryId {
    /// FolderType of a private mailbox.
    pub const PRIVATE: u16 = 1;

    /// The EntryID of a folder in the mailbox with this MailboxGuid.
    #[must_use]
    pub fn private(mailbox_guid: Guid, folder: LongTermId) -> Self {
        Self { flags: 0, provider_uid: mailbox_guid, folder_type: Self::PRIVATE, folder }
    }

    /// The EntryID of a public folder.
    #[must_use]
    pub fn public(folder: LongTermId) -> Self {
        Self { flags: 0, provider_uid: PUBLIC_PROVIDER, folder_type: 3, folder }
    }
}

impl MessageEntryId {
    /// MessageType of a private mailbox.
    pub const PRIVATE: u16 = 7;

    /// The EntryID of a message in the mailbox with this MailboxGuid.
    #[must_use]
    pub fn private(mailbox_guid: Guid, folder: LongTermId, message: LongTermId) -> Self {
        Self { flags: 0, provider_uid: mailbox_guid, message_type: Self::PRIVATE, folder, message }
    }

    /// The EntryID of a message in a public folder.
    #[must_use]
    pub fn public(folder: LongTermId, message: LongTermId) -> Self {
        Self { flags: 0, provider_uid: PUBLIC_PROVIDER, message_type: 9, folder, message }
    }
}

impl AddressBookEntryId {
    /// The permanent EntryID of the object with this distinguished name.
    #[must_use]
    pub fn new(display_type: u32, x500_dn: &str) -> Self {
        Self { flags: 0, provider_uid: MUIDEMSAB, version: 1, display_type, x500_dn: x500_dn.to_owned() }
    }
}

/// One-Off EntryID: an address that is in no address book. MS-OXCDATA 2.2.5.1
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOffEntryId {
    /// Bits beside 8000 (Unicode); 0001 means no rich text.
    pub control_flags: u16,
    /// Name shown.
    pub display_name: String,
    /// For example SMTP.
    pub address_type: String,
    /// The address.
    pub email_address: String,
}

impl OneOffEntryId {
    const UNICODE: u16 = 0x8000;
    /// The recipient gets plain MIME, no TNEF.
    pub const NO_RICH_TEXT: u16 = 1;

    /// An SMTP address.
    #[must_use]
    pub fn smtp(display_name: &str, email_address: &str) -> Self {
        Self {
            control_flags: Self::NO_RICH_TEXT,
            display_name: display_name.to_owned(),
            address_type: "SMTP".to_owned(),
            email_address: email_address.to_owned(),
        }
    }
}

impl Wire for OneOffEntryId {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let _flags = u32::read(r)?;
        if Guid::read(r)? != MUIDOOP {
            return Err(r.invalid("One-Off EntryID ProviderUID"));
        }
        let _version = u16::read(r)?;
        let control_flags = u16::read(r)?;
        let text: fn(&mut Reader<'_>) -> Result<String, WireError> =
            if control_flags & Self::UNICODE == 0 { <AsciiZ as Form<String>>::read } else { Utf16Z::read };
        Ok(Self {
            control_flags: control_flags & !Self::UNICODE,
            display_name: text(r)?,
            address_type: text(r)?,
            email_address: text(r)?,
        })
    }
    /// Always in Unicode.
    fn write(&self, w: &mut Writer) {
        0_u32.write(w);
        MUIDOOP.write(w);
        0_u16.write(w);
        (self.control_flags | Self::UNICODE).write(w);
        Utf16Z::write(&self.display_name, w);
        Utf16Z::write(&self.address_type, w);
        Utf16Z::write(&self.email_address, w);
    }
}
