//! Messages, streams, attachments: MS-OXCMSG, MS-OXCPRPT as a client sees them.

use super::{Rops, Session, cell, text};
use crate::client::error::{ClientError, Trouble};
use crate::limits;
use crate::mapi::{Cell, ErrorCode, ObjectId, PropertyTag, RecipientAddress, RecipientRow, RecipientType, Text, Value};
use crate::rop::{
    ByteCount, CommitStreamRequest, CreateMessageRequest, GetAttachmentTableRequest, ModifyRecipientRow,
    ModifyRecipientsRequest, OpenAttachmentRequest, OpenEmbeddedMessageRequest, OpenMessageRequest, OpenStreamRequest,
    ReadStreamRequest, SaveChangesMessageRequest, WriteStreamRequest,
};
use crate::wire::Writer;

/// CodePageId that stands for the logon's. MS-OXCMSG 2.2.3.1.1
const CODE_PAGE_OF_LOGON: u16 = 0x0FFF;
/// OpenModeFlags of messages and streams. MS-OXCMSG 2.2.3.1.1, MS-OXCPRPT 2.2.14.1
const READ_ONLY: u8 = 0;
const CREATE: u8 = 2;
/// Bytes in one RopReadStream or RopWriteStream: what fits beside the rest of a payload.
const PIECE: u16 = 16 << 10;

/// Somebody a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// To, Cc or Bcc.
    pub recipient_type: RecipientType,
    /// The name shown.
    pub display_name: String,
    /// SMTP address.
    pub address: String,
}

/// An attachment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentSummary {
    /// PidTagAttachNumber
    pub number: i32,
    /// PidTagAttachLongFilename, else PidTagDisplayName
    pub name: String,
    /// PidTagAttachMethod: 1 a file, 5 a message. MS-OXCMSG 2.2.2.9
    pub method: i32,
    /// PidTagAttachSize
    pub size: i32,
}

impl<T: Rops> Session<T> {
    /// Opens a message to read it.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn open_message(
        &mut self,
        on: u32,
        folder_id: ObjectId,
        message_id: ObjectId,
    ) -> Result<u32, ClientError> {
        let code_page_id = CODE_PAGE_OF_LOGON;
        let request = OpenMessageRequest { code_page_id, folder_id, open_mode_flags: READ_ONLY, message_id };
        Ok(self.open(on, request).await?.0)
    }

    /// Begins a message.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn create_message(&mut self, on: u32, folder_id: ObjectId) -> Result<u32, ClientError> {
        let request = CreateMessageRequest { code_page_id: CODE_PAGE_OF_LOGON, folder_id, associated_flag: false };
        Ok(self.open(on, request).await?.0)
    }

    /// Saves a message and keeps it open; returns its id.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn save_message(&mut self, message: u32) -> Result<ObjectId, ClientError> {
        const KEEP_OPEN_READ_WRITE: u8 = 2;
        let request = SaveChangesMessageRequest { save_flags: KEEP_OPEN_READ_WRITE };
        // Both handles of the request may be the message. MS-OXCROPS 2.2.6.3.1
        let done = self.one([message, message], request).await?;
        Ok(done.response.message_id)
    }

    /// Adds recipients to a message.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn add_recipients(&mut self, message: u32, recipients: &[Recipient]) -> Result<(), ClientError> {
        let row = |(row_id, recipient): (u32, &Recipient)| ModifyRecipientRow {
            row_id,
            recipient_type: recipient.recipient_type.0,
            recipient_row: recipient_bytes(recipient),
        };
        let recipient_rows = (0_u32..).zip(recipients).map(row).collect();
        let request = ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows };
        self.run(message, request).await.map(drop)
    }

    /// The attachments of a message.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn attachments(&mut self, message: u32) -> Result<Vec<AttachmentSummary>, ClientError> {
        let (table, _) = self.open(message, GetAttachmentTableRequest { table_flags: 0 }).await?;
        let columns = [
            PropertyTag::PidTagAttachNumber,
            PropertyTag::PidTagAttachLongFilename,
            PropertyTag::PidTagDisplayName,
            PropertyTag::PidTagAttachMethod,
            PropertyTag::PidTagAttachSize,
        ];
        self.set_columns(table, &columns).await?;
        let rows = self.all_rows(table).await?;
        self.release(&[table]).await?;
        let number =
            |row: &[Cell], n: usize| if let Some(Value::Integer32(number)) = cell(row, n) { *number } else { 0 };
        let summary = |row: &Vec<Cell>| AttachmentSummary {
            number: number(row, 0),
            name: Some(text(row, 1)).filter(|name| !name.is_empty()).unwrap_or_else(|| text(row, 2)),
            method: number(row, 3),
            size: number(row, 4),
        };
        Ok(rows.iter().map(summary).collect())
    }

    /// Opens an attachment to read it.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn open_attachment(&mut self, message: u32, number: i32) -> Result<u32, ClientError> {
        let attachment_id = u32::try_from(number).unwrap_or(u32::MAX);
        Ok(self.open(message, OpenAttachmentRequest { open_attachment_flags: READ_ONLY, attachment_id }).await?.0)
    }

    /// Opens the message in an attachment to read it; returns its subject too.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn open_embedded(&mut self, attachment: u32) -> Result<(u32, String), ClientError> {
        let request = OpenEmbeddedMessageRequest { code_page_id: CODE_PAGE_OF_LOGON, open_mode_flags: READ_ONLY };
        let (message, response) = self.open(attachment, request).await?;
        let summary = response.summary;
        Ok((message, format!("{}{}", summary.subject_prefix.text(), summary.normalized_subject.text())))
    }

    /// Reads a property through a stream, however large.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn read_stream(&mut self, on: u32, property_tag: PropertyTag) -> Result<Vec<u8>, ClientError> {
        let (stream, _) = self.open(on, OpenStreamRequest { property_tag, open_mode_flags: READ_ONLY }).await?;
        let mut bytes = Vec::new();
        loop {
            let piece = self.run(stream, ReadStreamRequest { byte_count: ByteCount::Exact(PIECE) }).await?.data;
            if piece.is_empty() {
                break;
            }
            bytes.extend(piece);
            if bytes.len() > limits::CLIENT_STREAM_MAX_BYTES {
                return Err(Trouble::Malformed("ReadStream", "a stream without end".to_owned()).into());
            }
        }
        self.release(&[stream]).await?;
        Ok(bytes)
    }

    /// Writes a property through a stream, however large.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn write_stream(&mut self, on: u32, property_tag: PropertyTag, bytes: &[u8]) -> Result<(), ClientError> {
        let (stream, _) = self.open(on, OpenStreamRequest { property_tag, open_mode_flags: CREATE }).await?;
        for piece in bytes.chunks(usize::from(PIECE)) {
            let written = self.run(stream, WriteStreamRequest { data: piece.to_vec() }).await?.written_size;
            if usize::from(written) != piece.len() {
                return Err(Trouble::Refused("WriteStream", ErrorCode::TooBig).into());
            }
        }
        self.run(stream, CommitStreamRequest {}).await?;
        self.release(&[stream]).await
    }

    /// The text of a message, from the property or, if it is long, from its stream.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn body(&mut self, message: u32) -> Result<String, ClientError> {
        match self.property(message, PropertyTag::PidTagBody).await? {
            Ok(Value::String(text)) => Ok(text),
            Ok(_) | Err(ErrorCode::NotFound) => Ok(String::new()),
            Err(_) => {
                let bytes = self.read_stream(message, PropertyTag::PidTagBody).await?;
                let units = bytes.chunks_exact(2).filter_map(|unit| Some(u16::from_le_bytes(*unit.first_chunk()?)));
                let units: Vec<u16> = units.collect();
                Ok(String::from_utf16_lossy(&units))
            }
        }
    }
}

/// A RecipientRow without columns, as it goes into ModifyRecipients.
#[must_use]
pub fn recipient_bytes(recipient: &Recipient) -> Vec<u8> {
    let row = RecipientRow {
        address: RecipientAddress::SMTP,
        responsible: false,
        no_rich_text: true,
        same_transmittable: true,
        unicode: true,
        email_address: Some(Text::Unicode(recipient.address.clone())),
        display_name: Some(Text::Unicode(recipient.display_name.clone())),
        simple_display_name: None,
        transmittable_display_name: None,
        cells: Vec::new(),
    };
    let mut w = Writer::new();
    row.write(&mut w, &[]);
    w.into_bytes()
}
