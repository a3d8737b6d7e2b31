//! Recipients. MS-OXCMSG 3.2.5.4 to 3.2.5.6, MS-OXCDATA 2.8.3

use crate::client::Desk;
use mailstead::client::{Recipient, recipient_bytes};
use mailstead::mapi::{ErrorCode, PropertyTag, RecipientAddress, RecipientRow, RecipientType, Text, Value};
use mailstead::rop::{
    ModifyRecipientRow, ModifyRecipientsRequest, ReadRecipientRow, ReadRecipientsRequest,
    ReloadCachedInformationRequest, RemoveAllRecipientsRequest,
};
use mailstead::store::Special;
use mailstead::wire::{Reader, Writer};
use smol::block_on;

fn somebody(recipient_type: RecipientType, display_name: &str) -> Recipient {
    Recipient {
        recipient_type,
        display_name: display_name.to_owned(),
        address: format!("{}@example.org", display_name.to_lowercase()),
    }
}

fn row(row_id: u32, recipient: &Recipient) -> ModifyRecipientRow {
    ModifyRecipientRow { row_id, recipient_type: recipient.recipient_type.0, recipient_row: recipient_bytes(recipient) }
}

fn gone(row_id: u32) -> ModifyRecipientRow {
    ModifyRecipientRow { row_id, recipient_type: 0, recipient_row: Vec::new() }
}

impl Desk {
    #[track_caller]
    fn modify(&mut self, message: u32, recipient_rows: Vec<ModifyRecipientRow>) {
        self.go(message, ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows });
    }

    /// Row, type and name of every recipient, read page by page.
    #[track_caller]
    fn recipients(&mut self, message: u32) -> Vec<(u32, u8, String)> {
        let columns = self.recipient_columns(message);
        let mut all: Vec<(u32, u8, String)> = Vec::new();
        loop {
            let row_id = all.last().map_or(0, |(row_id, ..)| row_id + 1);
            let rows: Vec<ReadRecipientRow> =
                match self.attempt_on([message, u32::MAX], ReadRecipientsRequest { row_id, reserved: 0 }) {
                    Ok(done) => done.response.recipient_rows,
                    Err(ErrorCode::NotFound) => return all,
                    Err(other) => panic!("{other:?}"),
                };
            assert!(!rows.is_empty());
            for row in rows {
                let read = RecipientRow::read(&mut Reader::new(&row.recipient_row), &columns).unwrap();
                all.push((row.row_id, row.recipient_type, name(&read)));
            }
        }
    }

    fn recipient_columns(&mut self, message: u32) -> Vec<PropertyTag> {
        self.go(message, ReloadCachedInformationRequest { reserved: 0 }).summary.recipient_columns
    }
}

fn name(row: &RecipientRow) -> String {
    match &row.display_name {
        Some(Text::Unicode(text)) => text.clone(),
        Some(Text::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        None => String::new(),
    }
}

/// MS-OXCMSG R388 to R391, R393, R394 (3.2.5.5)
/// MS-OXCMSG R737, R268, R270, R271, R977, R978, R686, R1201, R1391
/// MS-OXCROPS R1850
#[test]
fn recipients_are_added_replaced_and_deleted_by_their_rows() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let [to, cc] = [RecipientType::To, RecipientType::Cc];
    desk.modify(message, vec![row(0, &somebody(to, "Dora")), row(5, &somebody(cc, "Emil"))]);
    assert_eq!(desk.recipients(message), [(0, 1, "Dora".to_owned()), (5, 2, "Emil".to_owned())]);
    desk.modify(message, vec![row(5, &somebody(to, "Fritz")), row(3, &somebody(to, "Gerda"))]);
    let expected = [(0, 1, "Dora".to_owned()), (3, 1, "Gerda".to_owned()), (5, 1, "Fritz".to_owned())];
    assert_eq!(desk.recipients(message), expected);
    desk.modify(message, vec![gone(0), gone(5)]);
    assert_eq!(desk.recipients(message), [(3, 1, "Gerda".to_owned())]);
    // Deleting one that is not there changes nothing.
    desk.modify(message, vec![gone(77)]);
    assert_eq!(desk.recipients(message).len(), 1);
}

/// MS-OXCMSG R395 (3.2.5.5), R382 (3.2.5.4): other handles see what is saved.
/// MS-OXCMSG R729, R379, R381, R266, R273, R1390
/// MS-OXCROPS R1829 R1841 R2005
#[test]
fn changes_of_recipients_are_the_handles_own_until_saved() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.modify(message, vec![row(0, &somebody(RecipientType::To, "Dora"))]);
    let id = desk.save(message);
    desk.modify(message, vec![row(1, &somebody(RecipientType::To, "Emil"))]);
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.recipients(other).len(), 1);
    desk.go(message, RemoveAllRecipientsRequest { reserved: 7 });
    assert_eq!(desk.recipients(message), []);
    assert_eq!(desk.recipients(other).len(), 1);
    desk.save(message);
    let other = desk.open_message(Special::Inbox.id(), id);
    assert_eq!(desk.recipients(other), []);
    // R1491: none to remove is no error.
    desk.go(message, RemoveAllRecipientsRequest { reserved: 0 });
}

/// MS-OXCMSG R401, R403, R1055, R1495 (3.2.5.6)
/// MS-OXCMSG R753, R762, R765, R1323, R277, R1392
/// MS-OXCROPS R1891
#[test]
fn recipients_are_read_from_a_row_on() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let read = |row_id| ReadRecipientsRequest { row_id, reserved: 0 };
    assert_eq!(desk.fails(message, read(0)), ErrorCode::NotFound, "there are none");
    let rows = (0..3).map(|n| row(n, &somebody(RecipientType::To, ["Dora", "Emil", "Fritz"][n as usize]))).collect();
    desk.modify(message, rows);
    assert_eq!(desk.go(message, read(0)).recipient_rows.len(), 3);
    let from = desk.go(message, read(1)).recipient_rows;
    assert_eq!(from.iter().map(|row| row.row_id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(desk.fails(message, read(3)), ErrorCode::NotFound);
}

/// MS-OXCMSG R400, R1054 (3.2.5.6), R327, R328, R684: as many as fit, and the rest when asked.
/// MS-OXCMSG R679, R683, R685, R763, R330
#[test]
fn hundreds_of_recipients_are_told_in_pages() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for start in (0..600).step_by(100) {
        let rows = (start..start + 100).map(|n| row(n, &somebody(RecipientType::To, &format!("Number{n}"))));
        desk.modify(message, rows.collect());
    }
    let id = desk.save(message);
    let all = desk.recipients(message);
    assert_eq!(all.len(), 600);
    assert_eq!(all[599], (599, 1, "Number599".to_owned()));
    let message = desk.open_message(Special::Inbox.id(), id);
    let summary = desk.go(message, ReloadCachedInformationRequest { reserved: 0 }).summary;
    assert_eq!(summary.recipient_count, 600);
    assert!(!summary.recipient_rows.is_empty() && summary.recipient_rows.len() < 256);
}

/// MS-OXCMSG 2.2.1.44 to 2.2.1.46 (PidTagDisplayTo, Cc, Bcc)
/// MS-OXCMSG R977 to R979
/// MS-OXCROPS R1874
#[test]
fn the_names_of_recipients_are_shown_in_rows_of_messages() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let [to, cc, bcc] = [RecipientType::To, RecipientType::Cc, RecipientType::Bcc];
    let people = [(to, "Dora"), (to, "Emil"), (cc, "Fritz"), (bcc, "Gerda")];
    let rows = (0..).zip(people).map(|(n, (kind, name))| row(n, &somebody(kind, name))).collect();
    desk.modify(message, rows);
    desk.save(message);
    assert_eq!(desk.text(message, PropertyTag::PidTagDisplayTo), "Dora; Emil");
    assert_eq!(desk.text(message, PropertyTag::PidTagDisplayCc), "Fritz");
    assert_eq!(desk.text(message, PropertyTag::PidTagDisplayBcc), "Gerda");
}

/// MS-OXCDATA 2.8.3.2: columns beyond the fixed fields, 8-bit texts, an X.500 name.
/// MS-OXCMSG R680, R681, R682, R329
/// MS-OXCROPS R1865
#[test]
fn a_recipient_keeps_what_it_came_with() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let columns = vec![PropertyTag::PidTagObjectType, PropertyTag::PidTagRecipientTrackStatus];
    let dn = desk.place.bob.legacy_dn.clone();
    let bob = RecipientRow {
        address: RecipientAddress::X500 { address_prefix_used: 0, display_type: 0, x500_dn: dn.clone().into_bytes() },
        responsible: false,
        no_rich_text: false,
        same_transmittable: true,
        unicode: false,
        email_address: None,
        display_name: Some(Text::Bytes(b"B\xF6b".to_vec())),
        simple_display_name: None,
        transmittable_display_name: None,
        cells: vec![Ok(Value::Integer32(6)), Ok(Value::Integer32(3))],
    };
    let mut w = Writer::new();
    bob.write(&mut w, &columns);
    let rows = vec![ModifyRecipientRow { row_id: 0, recipient_type: 1, recipient_row: w.into_bytes() }];
    desk.go(message, ModifyRecipientsRequest { recipient_columns: columns, recipient_rows: rows });
    let id = desk.save(message);
    let message = desk.open_message(Special::Inbox.id(), id);
    let summary = desk.go(message, ReloadCachedInformationRequest { reserved: 0 }).summary;
    let row = &summary.recipient_rows[0];
    let read = RecipientRow::read(&mut Reader::new(&row.recipient_row), &summary.recipient_columns).unwrap();
    assert_eq!(name(&read), "Böb");
    let RecipientAddress::X500 { x500_dn, .. } = &read.address else { panic!("{:?}", read.address) };
    assert!(dn.as_bytes().ends_with(x500_dn) && !x500_dn.is_empty());
    let cell = |tag: PropertyTag| {
        let place = summary.recipient_columns.iter().position(|column| column.id() == tag.id());
        place.map(|place| read.cells[place].clone())
    };
    assert_eq!(cell(PropertyTag::PidTagRecipientTrackStatus), Some(Ok(Value::Integer32(3))));
    assert_eq!(cell(PropertyTag::PidTagObjectType), Some(Ok(Value::Integer32(6))));
}

/// MS-OXCMSG R1493, R1982, R1057
#[test]
fn a_folder_has_no_recipients() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, RemoveAllRecipientsRequest { reserved: 0 }), ErrorCode::NullObject);
    assert_eq!(desk.fails(inbox, ReadRecipientsRequest { row_id: 0, reserved: 0 }), ErrorCode::NullObject);
    let modify = ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows: Vec::new() };
    assert_eq!(desk.fails(inbox, modify), ErrorCode::NullObject);
    assert!(block_on(desk.session.property(inbox, PropertyTag::PidTagDisplayName)).is_ok());
}
