//! Recipients: rows of the wire ↔ properties. MS-OXCMSG 3.2.5.4 to 3.2.5.6, MS-OXCDATA 2.8.3

use super::message::{message, message_mut};
use super::{Context, Result};
use crate::directory;
use crate::limits;
use crate::mapi::{Cell, ErrorCode, PropertyTag, RecipientAddress, RecipientRow, Text, Value};
use crate::rop::{
    Handles, ModifyRecipientsRequest, ModifyRecipientsResponse, OpenRecipientRow, ReadRecipientRow,
    ReadRecipientsRequest, ReadRecipientsResponse, RemoveAllRecipientsRequest, RemoveAllRecipientsResponse,
};
use crate::sorted::{SortedMap, SortedSet};
use crate::store::{Recipient, Txn};
use crate::wire::{Reader, Writer, decode_8bit};

/// Rows count in a byte; and a row without its frame takes 11 bytes at least.
const ROWS_MAX: usize = 255;
const FLAG_RESPONSIBLE: u8 = 1;
const FLAG_NO_RICH_TEXT: u8 = 2;

/// Properties that have fields of their own in a RecipientRow and so are no columns.
const IN_ROW: [PropertyTag; 5] = [
    PropertyTag::PidTagDisplayName,
    PropertyTag::PidTagAddressType,
    PropertyTag::PidTagEmailAddress,
    PropertyTag::PidTagTransmittableDisplayName,
    PropertyTag::PidTagRecipientType,
];

/// The columns that the rows of these recipients have: every property that one of them has.
pub(super) fn columns(recipients: &[Recipient]) -> Vec<PropertyTag> {
    let mut tags = SortedSet::new();
    for recipient in recipients {
        for (id, value) in &recipient.properties {
            if !IN_ROW.iter().any(|tag| tag.id() == *id) {
                tags.insert(PropertyTag::new(*id, value.property_type()));
            }
        }
    }
    tags.into_iter().collect()
}

fn row(recipient: &Recipient, columns: &[PropertyTag]) -> RecipientRow {
    let unicode = |tag: PropertyTag| recipient.text(tag).map(|text| Text::Unicode(text.to_owned()));
    let address_type = recipient.text(PropertyTag::PidTagAddressType).unwrap_or("SMTP");
    let email = recipient.text(PropertyTag::PidTagEmailAddress).unwrap_or_default();
    let (address, email_address) = if address_type.eq_ignore_ascii_case("EX") {
        let display_type = match recipient.properties.get(&PropertyTag::PidTagDisplayType.id()) {
            Some(Value::Integer32(n)) => u8::try_from(*n).unwrap_or(0),
            _ => 0,
        };
        let x500_dn = email.as_bytes().to_vec();
        (RecipientAddress::X500 { address_prefix_used: 0, display_type, x500_dn }, None)
    } else if address_type.eq_ignore_ascii_case("SMTP") {
        (RecipientAddress::SMTP, Some(Text::Unicode(email.to_owned())))
    } else {
        let address_type = Some(address_type.as_bytes().to_vec());
        (RecipientAddress::None { address_type }, Some(Text::Unicode(email.to_owned())))
    };
    let transmittable = unicode(PropertyTag::PidTagTransmittableDisplayName);
    let cell = |tag: &PropertyTag| -> Cell {
        let value = recipient.properties.get(&tag.id()).filter(|value| value.property_type() == tag.property_type());
        value.cloned().ok_or(ErrorCode::NotFound)
    };
    RecipientRow {
        address,
        responsible: recipient.flags & FLAG_RESPONSIBLE != 0,
        no_rich_text: recipient.flags & FLAG_NO_RICH_TEXT != 0,
        same_transmittable: transmittable.is_none(),
        unicode: true,
        email_address,
        display_name: unicode(PropertyTag::PidTagDisplayName),
        simple_display_name: None,
        transmittable_display_name: transmittable,
        cells: columns.iter().map(cell).collect(),
    }
}

fn row_bytes(recipient: &Recipient, columns: &[PropertyTag]) -> Vec<u8> {
    let mut w = Writer::new();
    row(recipient, columns).write(&mut w, columns);
    w.into_bytes()
}

/// As many OpenRecipientRow structures as fit.
pub(super) fn open_rows(
    recipients: &[Recipient],
    columns: &[PropertyTag],
    code_page: u16,
    room: usize,
) -> Vec<OpenRecipientRow> {
    const FRAME_LEN: usize = 7;
    let mut left = room;
    let mut rows = Vec::new();
    for recipient in recipients.iter().take(ROWS_MAX) {
        let recipient_row = row_bytes(recipient, columns);
        let Some(rest) = left.checked_sub(recipient_row.len().saturating_add(FRAME_LEN)) else { break };
        left = rest;
        rows.push(OpenRecipientRow {
            recipient_type: recipient.recipient_type,
            code_page_id: code_page,
            reserved: 0,
            recipient_row,
        });
    }
    rows
}

/// RopReadRecipients: from RowId on, as many as fit.
pub(super) fn read_recipients(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: ReadRecipientsRequest,
) -> Result<ReadRecipientsResponse> {
    const FRAME_LEN: usize = 11;
    let (_, object) = message(cx, handles.input)?;
    let columns = columns(&object.message.recipients);
    let mut left = cx.room.saturating_sub(1);
    let mut rows = Vec::new();
    for recipient in object.message.recipients.iter().filter(|r| r.row_id >= rq.row_id).take(ROWS_MAX) {
        let recipient_row = row_bytes(recipient, &columns);
        let Some(rest) = left.checked_sub(recipient_row.len().saturating_add(FRAME_LEN)) else { break };
        left = rest;
        rows.push(ReadRecipientRow {
            row_id: recipient.row_id,
            recipient_type: recipient.recipient_type,
            code_page_id: object.code_page,
            reserved: 0,
            recipient_row,
        });
    }
    if rows.is_empty() {
        let any = object.message.recipients.iter().any(|r| r.row_id >= rq.row_id);
        return Err(if any { ErrorCode::BufferTooSmall } else { ErrorCode::NotFound }.into());
    }
    Ok(ReadRecipientsResponse { recipient_rows: rows })
}

/// RopRemoveAllRecipients
pub(super) fn remove_all_recipients(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    _: RemoveAllRecipientsRequest,
) -> Result<RemoveAllRecipientsResponse> {
    let object = message_mut(cx, handles.input)?;
    object.message.recipients.clear();
    object.message.refresh();
    Ok(RemoveAllRecipientsResponse {})
}

/// RopModifyRecipients
pub(super) fn modify_recipients(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: ModifyRecipientsRequest,
) -> Result<ModifyRecipientsResponse> {
    let object = message_mut(cx, handles.input)?;
    let code_page = object.code_page;
    let mut changed: SortedMap<u32, Recipient> =
        object.message.recipients.iter().map(|recipient| (recipient.row_id, recipient.clone())).collect();
    for modify in rq.recipient_rows {
        if modify.recipient_row.is_empty() {
            changed.remove(&modify.row_id);
            continue;
        }
        let mut r = Reader::new(&modify.recipient_row);
        let row =
            RecipientRow::read(&mut r, &rq.recipient_columns).and_then(|row| r.finish("RecipientRow").map(|()| row));
        let row = row.map_err(|_| ErrorCode::InvalidParameter)?;
        let recipient = from_row(modify.row_id, modify.recipient_type, row, &rq.recipient_columns, code_page);
        changed.insert(modify.row_id, recipient);
        if changed.len() > limits::RECIPIENTS_MAX {
            return Err(ErrorCode::TooManyRecips.into());
        }
    }
    let mut recipients: Vec<Recipient> = changed.into_values().collect();
    complete(cx.txn, &mut recipients)?;
    let object = message_mut(cx, handles.input)?;
    object.message.recipients = recipients;
    object.message.refresh();
    Ok(ModifyRecipientsResponse {})
}

fn from_row(row_id: u32, recipient_type: u8, row: RecipientRow, columns: &[PropertyTag], code_page: u16) -> Recipient {
    let text = |text: Text| match text {
        Text::Unicode(text) => text,
        Text::Bytes(bytes) => decode_8bit(&bytes, code_page),
    };
    let mut properties = SortedMap::new();
    for (tag, cell) in columns.iter().zip(row.cells) {
        if let Ok(value) = cell {
            properties.insert(tag.id(), super::property::to_unicode(value, code_page));
        }
    }
    let mut set = |tag: PropertyTag, value: String| {
        properties.insert(tag.id(), Value::String(value));
    };
    match row.address {
        RecipientAddress::X500 { display_type, x500_dn, .. } => {
            // DnPrefix of Connect is empty: nothing was left out.
            set(PropertyTag::PidTagAddressType, "EX".to_owned());
            set(PropertyTag::PidTagEmailAddress, decode_8bit(&x500_dn, code_page));
            properties.insert(PropertyTag::PidTagDisplayType.id(), Value::Integer32(display_type.into()));
        }
        RecipientAddress::None { address_type } => {
            address_type.into_iter().for_each(|t| set(PropertyTag::PidTagAddressType, decode_8bit(&t, code_page)));
        }
        RecipientAddress::Plain(kind) => {
            let name = match kind {
                2 => "MSMAIL",
                4 => "FAX",
                5 => "PROFS",
                _ => "SMTP",
            };
            set(PropertyTag::PidTagAddressType, name.to_owned());
        }
        RecipientAddress::List { entry_id, search_key, .. } => {
            set(PropertyTag::PidTagAddressType, "MAPIPDL".to_owned());
            properties.insert(PropertyTag::PidTagEntryId.id(), Value::Binary(entry_id));
            properties.insert(PropertyTag::PidTagSearchKey.id(), Value::Binary(search_key));
        }
    }
    for (tag, value) in [
        (PropertyTag::PidTagEmailAddress, row.email_address),
        (PropertyTag::PidTagDisplayName, row.display_name),
        (PropertyTag::PidTagAddressBookDisplayNamePrintable, row.simple_display_name),
        (PropertyTag::PidTagTransmittableDisplayName, row.transmittable_display_name),
    ] {
        if let Some(value) = value {
            properties.insert(tag.id(), Value::String(text(value)));
        }
    }
    let flags = u8::from(row.responsible) | if row.no_rich_text { FLAG_NO_RICH_TEXT } else { 0 };
    Recipient { row_id, recipient_type, flags, properties }
}

/// Gives recipients what others need to answer them: an SMTP address and a name.
pub(super) fn complete(txn: &Txn<'_>, recipients: &mut [Recipient]) -> Result<()> {
    for recipient in recipients {
        let email = recipient.text(PropertyTag::PidTagEmailAddress).unwrap_or_default().to_owned();
        let is_ex = recipient.text(PropertyTag::PidTagAddressType).is_some_and(|t| t.eq_ignore_ascii_case("EX"));
        let (smtp, name) = if is_ex {
            match directory::by_dn(txn, &email)? {
                Some(user) => (user.address, user.display_name),
                None => continue,
            }
        } else {
            (email.clone(), email)
        };
        let mut default = |tag: PropertyTag, text: String| {
            let known = recipient.text(tag).is_some_and(|text| !text.is_empty());
            if !known && !text.is_empty() {
                recipient.properties.insert(tag.id(), Value::String(text));
            }
        };
        default(PropertyTag::PidTagSmtpAddress, smtp);
        default(PropertyTag::PidTagDisplayName, name);
    }
    Ok(())
}
