//! Transport operations, MS-OXCROPS 2.2.7: what they look like.

use crate::mapi::{ObjectId, TaggedValue};
use crate::wire::{AsciiZ, Bytes, Counted, Form, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopSubmitMessage request. MS-OXCROPS 2.2.7.1.1
    pub struct SubmitMessageRequest { submit_flags: u8 }
    /// RopSubmitMessage success response. MS-OXCROPS 2.2.7.1.2
    pub struct SubmitMessageResponse {  }
    /// RopAbortSubmit request. MS-OXCROPS 2.2.7.2.1
    pub struct AbortSubmitRequest { folder_id: ObjectId, message_id: ObjectId }
    /// RopAbortSubmit success response. MS-OXCROPS 2.2.7.2.2
    pub struct AbortSubmitResponse {  }
    /// RopSetSpooler request. MS-OXCROPS 2.2.7.4.1
    pub struct SetSpoolerRequest {  }
    /// RopSetSpooler success response. MS-OXCROPS 2.2.7.4.2
    pub struct SetSpoolerResponse {  }
    /// RopSpoolerLockMessage request. MS-OXCROPS 2.2.7.5.1
    pub struct SpoolerLockMessageRequest { message_id: ObjectId, lock_state: u8 }
    /// RopSpoolerLockMessage success response. MS-OXCROPS 2.2.7.5.2
    pub struct SpoolerLockMessageResponse {  }
    /// RopGetAddressTypes request. MS-OXCROPS 2.2.7.3.1
    pub struct GetAddressTypesRequest {  }
    /// RopGetAddressTypes success response. MS-OXCROPS 2.2.7.3.2
    pub struct GetAddressTypesResponse { address_types: AddressTypes }
    /// RopTransportSend request. MS-OXCROPS 2.2.7.6.1
    pub struct TransportSendRequest {  }
    /// RopTransportSend success response. MS-OXCROPS 2.2.7.6.2
    pub struct TransportSendResponse { property_values: Option<Vec<TaggedValue>> as Returned }
    /// RopTransportNewMail request. MS-OXCROPS 2.2.7.7.1
    pub struct TransportNewMailRequest { message_id: ObjectId, folder_id: ObjectId, message_class: String as AsciiZ, message_flags: u32 }
    /// RopTransportNewMail success response. MS-OXCROPS 2.2.7.7.2
    pub struct TransportNewMailResponse {  }
    /// RopGetTransportFolder request. MS-OXCROPS 2.2.7.8.1
    pub struct GetTransportFolderRequest {  }
    /// RopGetTransportFolder success response. MS-OXCROPS 2.2.7.8.2
    pub struct GetTransportFolderResponse { folder_id: ObjectId }
    /// RopOptionsData request. MS-OXCROPS 2.2.7.9.1
    pub struct OptionsDataRequest { address_type: String as AsciiZ, want_win32: bool }
    /// RopOptionsData success response. MS-OXCROPS 2.2.7.9.2
    pub struct OptionsDataResponse { reserved: u8, options_info: Vec<u8> as Bytes<u16>, help_file: HelpFile }
}

/// AddressTypeCount, AddressTypeSize, AddressTypes. MS-OXCROPS 2.2.7.3.2
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressTypes(pub Vec<String>);

impl Wire for AddressTypes {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let count = u16::read(r)?;
        let size = u16::read(r)?;
        let mut types = r.sub(size.into(), "AddressTypes")?;
        let list = (0..count).map(|_| AsciiZ::read(&mut types)).collect::<Result<_, _>>()?;
        types.finish("AddressTypes")?;
        Ok(Self(list))
    }
    fn write(&self, w: &mut Writer) {
        let mut types = Writer::new();
        self.0.iter().for_each(|name| AsciiZ::write(name, &mut types));
        u16::try_from(self.0.len()).unwrap_or(u16::MAX).write(w);
        u16::try_from(types.len()).unwrap_or(u16::MAX).write(w);
        w.raw(types.as_bytes());
    }
}

/// NoPropertiesReturned, then properties if it is zero. MS-OXCROPS 2.2.7.6.2
#[derive(Debug)]
pub struct Returned;

impl Form<Option<Vec<TaggedValue>>> for Returned {
    fn read(r: &mut Reader<'_>) -> Result<Option<Vec<TaggedValue>>, WireError> {
        Ok(if bool::read(r)? { None } else { Some(Counted::<u16>::read(r)?) })
    }
    fn write(value: &Option<Vec<TaggedValue>>, w: &mut Writer) {
        value.is_none().write(w);
        value.iter().for_each(|values| Counted::<u16>::write(values, w));
    }
}

/// HelpFileSize, HelpFile, and HelpFileName if there is a help file. MS-OXCROPS 2.2.7.9.2
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpFile {
    /// Contents.
    pub help_file: Vec<u8>,
    /// File name; not sent without contents.
    pub help_file_name: String,
}

impl Wire for HelpFile {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let help_file = <Bytes<u16> as Form<Vec<u8>>>::read(r)?;
        let help_file_name = if help_file.is_empty() { String::new() } else { AsciiZ::read(r)? };
        Ok(Self { help_file, help_file_name })
    }
    fn write(&self, w: &mut Writer) {
        Bytes::<u16>::write(&self.help_file, w);
        if !self.help_file.is_empty() {
            AsciiZ::write(&self.help_file_name, w);
        }
    }
}
