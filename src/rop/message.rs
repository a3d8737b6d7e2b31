//! Message and attachment operations, MS-OXCROPS 2.2.6: what they look like. Meaning:
//! `exec/message.rs`, `exec/attachment.rs`.

use crate::mapi::{LongTermId, ObjectId, PropertyTag};
use crate::wire::{AsciiZ, Bytes, Counted, Form, Present, Reader, Utf16Z, Wire, WireError, Writer};

crate::wire! {
    /// RopOpenMessage request. MS-OXCROPS 2.2.6.1.1
    pub struct OpenMessageRequest { code_page_id: u16, folder_id: ObjectId, open_mode_flags: u8, message_id: ObjectId }
    /// RopOpenMessage success response. MS-OXCROPS 2.2.6.1.2
    pub struct OpenMessageResponse { summary: MessageSummary }
    /// RopCreateMessage request. MS-OXCROPS 2.2.6.2.1
    pub struct CreateMessageRequest { code_page_id: u16, folder_id: ObjectId, associated_flag: bool }
    /// RopCreateMessage success response. MS-OXCROPS 2.2.6.2.2
    pub struct CreateMessageResponse { message_id: Option<ObjectId> as Present }
    /// RopSaveChangesMessage request. MS-OXCROPS 2.2.6.3.1
    pub struct SaveChangesMessageRequest { save_flags: u8 }
    /// RopSaveChangesMessage success response. MS-OXCROPS 2.2.6.3.2
    pub struct SaveChangesMessageResponse { input_handle_index: u8, message_id: ObjectId }
    /// RopRemoveAllRecipients request. MS-OXCROPS 2.2.6.4.1
    pub struct RemoveAllRecipientsRequest { reserved: u32 }
    /// RopRemoveAllRecipients success response. MS-OXCROPS 2.2.6.4.2
    pub struct RemoveAllRecipientsResponse {  }
    /// RopModifyRecipients request. MS-OXCROPS 2.2.6.5.1
    pub struct ModifyRecipientsRequest { recipient_columns: Vec<PropertyTag> as Counted<u16>, recipient_rows: Vec<ModifyRecipientRow> as Counted<u16> }
    /// RopModifyRecipients success response. MS-OXCROPS 2.2.6.5.2
    pub struct ModifyRecipientsResponse {  }
    /// RopReadRecipients request. MS-OXCROPS 2.2.6.6.1
    pub struct ReadRecipientsRequest { row_id: u32, reserved: u16 }
    /// RopReadRecipients success response. MS-OXCROPS 2.2.6.6.2
    pub struct ReadRecipientsResponse { recipient_rows: Vec<ReadRecipientRow> as Counted<u8> }
    /// RopReloadCachedInformation request. MS-OXCROPS 2.2.6.7.1
    pub struct ReloadCachedInformationRequest { reserved: u16 }
    /// RopReloadCachedInformation success response. MS-OXCROPS 2.2.6.7.2
    pub struct ReloadCachedInformationResponse { summary: MessageSummary }
    /// RopSetMessageReadFlag success response; the fields after ReadStatusChanged come with a change
    /// on a public logon only. MS-OXCROPS 2.2.6.11.2
    pub struct SetMessageReadFlagResponse { read_status_changed: Option<ReadStatusChange> as Present }
    /// What of the request comes back in the response. MS-OXCROPS 2.2.6.11.2
    pub struct ReadStatusChange { logon_id: u8, client_data: LongTermId }
    /// What RopOpenMessage, RopOpenEmbeddedMessage and RopReloadCachedInformation say of a message.
    /// MS-OXCROPS 2.2.6.1.2
    pub struct MessageSummary {
        has_named_properties: bool,
        subject_prefix: TypedString,
        normalized_subject: TypedString,
        recipient_count: u16,
        recipient_columns: Vec<PropertyTag> as Counted<u16>,
        recipient_rows: Vec<OpenRecipientRow> as Counted<u8>,
    }
    /// OpenRecipientRow. MS-OXCMSG 2.2.3.1.2
    pub struct OpenRecipientRow {
        recipient_type: u8,
        code_page_id: u16,
        reserved: u16,
        recipient_row: Vec<u8> as Bytes<u16>,
    }
    /// ReadRecipientRow. MS-OXCMSG 2.2.3.6.2
    pub struct ReadRecipientRow {
        row_id: u32,
        recipient_type: u8,
        code_page_id: u16,
        reserved: u16,
        recipient_row: Vec<u8> as Bytes<u16>,
    }
    /// ModifyRecipientRow; without a row, the recipient is deleted. MS-OXCMSG 2.2.3.5.1
    pub struct ModifyRecipientRow { row_id: u32, recipient_type: u8, recipient_row: Vec<u8> as Bytes<u16> }
    /// RopGetMessageStatus request. MS-OXCROPS 2.2.6.9.1
    pub struct GetMessageStatusRequest { message_id: ObjectId }
    /// RopSetMessageStatus request. MS-OXCROPS 2.2.6.8.1
    pub struct SetMessageStatusRequest { message_id: ObjectId, message_status_flags: u32, message_status_mask: u32 }
    /// RopSetMessageStatus success response. MS-OXCROPS 2.2.6.8.2
    pub struct SetMessageStatusResponse { message_status_flags: u32 }
    /// RopGetAttachmentTable request. MS-OXCROPS 2.2.6.17.1
    pub struct GetAttachmentTableRequest { table_flags: u8 }
    /// RopGetAttachmentTable success response. MS-OXCROPS 2.2.6.17.2
    pub struct GetAttachmentTableResponse {  }
    /// RopGetValidAttachments request. MS-OXCROPS 2.2.6.18.1
    pub struct GetValidAttachmentsRequest {  }
    /// RopGetValidAttachments success response. MS-OXCROPS 2.2.6.18.2
    pub struct GetValidAttachmentsResponse { attachment_id_array: Vec<u32> as Counted<u32> }
    /// RopOpenAttachment request. MS-OXCROPS 2.2.6.12.1
    pub struct OpenAttachmentRequest { open_attachment_flags: u8, attachment_id: u32 }
    /// RopOpenAttachment success response. MS-OXCROPS 2.2.6.12.2
    pub struct OpenAttachmentResponse {  }
    /// RopCreateAttachment request. MS-OXCROPS 2.2.6.13.1
    pub struct CreateAttachmentRequest {  }
    /// RopCreateAttachment success response. MS-OXCROPS 2.2.6.13.2
    pub struct CreateAttachmentResponse { attachment_id: u32 }
    /// RopDeleteAttachment request. MS-OXCROPS 2.2.6.14.1
    pub struct DeleteAttachmentRequest { attachment_id: u32 }
    /// RopDeleteAttachment success response. MS-OXCROPS 2.2.6.14.2
    pub struct DeleteAttachmentResponse {  }
    /// RopSaveChangesAttachment request. MS-OXCROPS 2.2.6.15.1
    pub struct SaveChangesAttachmentRequest { save_flags: u8 }
    /// RopSaveChangesAttachment success response. MS-OXCROPS 2.2.6.15.2
    pub struct SaveChangesAttachmentResponse {  }
    /// RopOpenEmbeddedMessage request. MS-OXCROPS 2.2.6.16.1
    pub struct OpenEmbeddedMessageRequest { code_page_id: u16, open_mode_flags: u8 }
    /// RopOpenEmbeddedMessage success response. MS-OXCROPS 2.2.6.16.2
    pub struct OpenEmbeddedMessageResponse { reserved: u8, message_id: ObjectId, summary: MessageSummary }
    /// RopSetReadFlags request. MS-OXCROPS 2.2.6.10.1
    pub struct SetReadFlagsRequest { want_asynchronous: bool, read_flags: u8, message_ids: Vec<ObjectId> as Counted<u16> }
    /// RopSetReadFlags success response. MS-OXCROPS 2.2.6.10.2
    pub struct SetReadFlagsResponse { partial_completion: bool }
}

/// RopSetMessageReadFlag request. MS-OXCROPS 2.2.6.11.1
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct SetMessageReadFlagRequest {
    pub read_flags: u8,
    /// Present on public logons: the message.
    pub client_data: Option<LongTermId>,
}

impl Wire for SetMessageReadFlagRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let read_flags = u8::read(r)?;
        let client_data = r.is_public().then(|| LongTermId::read(r)).transpose()?;
        Ok(Self { read_flags, client_data })
    }
    fn write(&self, w: &mut Writer) {
        self.read_flags.write(w);
        self.client_data.iter().for_each(|id| id.write(w));
    }
}

/// TypedString. MS-OXCDATA 2.11.7
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TypedString {
    /// StringType 0: there is no string.
    #[default]
    None,
    /// StringType 1: the string is empty.
    Empty,
    /// StringType 2: 8-bit characters.
    String8(Vec<u8>),
    /// StringType 3: the low bytes of UTF-16 units whose high bytes are zero.
    Reduced(Vec<u8>),
    /// StringType 4: UTF-16LE.
    Unicode(String),
}

impl TypedString {
    /// Text in its shortest full form.
    #[must_use]
    pub fn new(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Unicode(text.to_owned()) }
    }

    /// The text; 8-bit forms as Latin-1.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::None | Self::Empty => String::new(),
            Self::String8(bytes) | Self::Reduced(bytes) => bytes.iter().copied().map(char::from).collect(),
            Self::Unicode(text) => text.clone(),
        }
    }
}

impl Wire for TypedString {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(match u8::read(r)? {
            0 => Self::None,
            1 => Self::Empty,
            2 => Self::String8(AsciiZ::read(r)?),
            3 => Self::Reduced(AsciiZ::read(r)?),
            4 => Self::Unicode(Utf16Z::read(r)?),
            _ => return Err(r.invalid("StringType")),
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::None => 0_u8.write(w),
            Self::Empty => 1_u8.write(w),
            Self::String8(bytes) => {
                2_u8.write(w);
                AsciiZ::write(bytes, w);
            }
            Self::Reduced(bytes) => {
                3_u8.write(w);
                AsciiZ::write(bytes, w);
            }
            Self::Unicode(text) => {
                4_u8.write(w);
                Utf16Z::write(text, w);
            }
        }
    }
}
