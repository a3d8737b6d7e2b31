//! What a client says of a message, a recipient, an attachment or a folder, and the server keeps without
//! judging it. MS-OXCMSG 2.2.1, 2.2.2

use crate::client::Desk;
use mailstead::client::recipient_bytes;
use mailstead::mapi::names::set::PSETID_ATTACHMENT;
use mailstead::mapi::{
    ErrorCode, PropertyName, PropertyTag, PropertyType, RecipientRow, RecipientType, TaggedValue, Value,
};
use mailstead::rop::{
    CreateAttachmentRequest, GetPropertyIdsFromNamesRequest, ModifyRecipientRow, ModifyRecipientsRequest,
    ReloadCachedInformationRequest,
};
use mailstead::store::Special;
use mailstead::wire::{FileTime, Reader, Writer};

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// MS-OXCMSG R1156 (PidLidClassification), R1158 (PidLidClassificationDescription), R1160 (PidLidClassified), R1166
/// (PidLidInfoPathFormName), R1188 (PidLidAgingDontAgeMe), R1191 (PidLidCurrentVersion), R1193
/// (PidLidCurrentVersionName), R1208 (PidNameContentBase), R1210 (PidNameAcceptLanguage), R1249 (PidNameContentClass),
/// R2038 (PidNameContentType), R218101, R218102 (PidNameMSIPLabels)
#[test]
fn what_has_a_name_is_kept() {
    let mut desk = Desk::new();
    let values = [
        ("PidLidClassification", text("Confidential")),
        ("PidLidClassificationDescription", text("Not for others")),
        ("PidLidClassified", Value::Boolean(true)),
        ("PidLidInfoPathFormName", text("InfoPathForm.Mine")),
        ("PidLidAgingDontAgeMe", Value::Boolean(true)),
        ("PidLidCurrentVersion", Value::Integer32(160_000)),
        ("PidLidCurrentVersionName", text("16.0")),
        ("PidNameContentBase", text("http://example.org/")),
        ("PidNameAcceptLanguage", text("de-AT, en")),
        ("PidNameContentClass", text("urn:content-classes:message")),
        ("PidNameContentType", text("multipart/mixed")),
        ("PidNameMSIPLabels", text("MSIP_Label_1_Enabled=true;")),
    ];
    for (name, value) in values {
        let tag = desk.tag_of(name);
        desk.keeps(tag, &value);
    }
}

/// MS-OXCMSG R70 (PidTagImportance), R76 (PidTagPriority), R82 (PidTagSensitivity), R1110 (PidTagAutoForwardComment),
/// R1169 (PidTagMimeSkeleton), R1177 (PidTagTnefCorrelationKey), R1180 (PidTagAddressBookDisplayNamePrintable), R1197
/// (PidTagResponsibility), R1214 (PidTagPurportedSenderDomain), R1796 (PidTagAlternateRecipientAllowed), R2072
/// (PidTagBodyContentId), R2076, R2077 (PidTagBodyContentLocation), R2064, R2082 (PidTagBodyHtml, PidTagHtml), R2070
/// (PidTagInternetCodepage), R2053 (PidTagBody), R243: whoever may read it reads what was said.
#[test]
fn what_has_a_number_is_kept() {
    let mut desk = Desk::new();
    let values = [
        (PropertyTag::PidTagImportance, Value::Integer32(2)),
        (PropertyTag::PidTagPriority, Value::Integer32(-1)),
        (PropertyTag::PidTagSensitivity, Value::Integer32(2)),
        (PropertyTag::PidTagAutoForwardComment, text("because")),
        (PropertyTag::PidTagMimeSkeleton, Value::Binary(b"Subject: x\r\n\r\n".to_vec())),
        (PropertyTag::PidTagTnefCorrelationKey, Value::Binary(b"<1@x>\0".to_vec())),
        (PropertyTag::PidTagAddressBookDisplayNamePrintable, text("Gruesse")),
        (PropertyTag::PidTagResponsibility, Value::Boolean(true)),
        (PropertyTag::PidTagPurportedSenderDomain, text("example.org")),
        (PropertyTag::PidTagAlternateRecipientAllowed, Value::Boolean(false)),
        (PropertyTag::PidTagBodyContentId, text("body@example.org")),
        (PropertyTag::PidTagBodyContentLocation, text("http://example.org/body.html")),
        (PropertyTag::PidTagBodyContentLocation, text("body.html")),
        (PropertyTag::PidTagBody, text("plain")),
        (PropertyTag::PidTagHtml, Value::Binary(b"<p>html</p>".to_vec())),
        (PropertyTag::PidTagHtml.with_type(PropertyType::String), text("<p>html</p>")),
        (PropertyTag::PidTagInternetCodepage, Value::Integer32(28591)),
        (PropertyTag::PidTagMessageClass, text("Third.Party.Thing")),
    ];
    for (tag, value) in values {
        desk.keeps(tag, &value);
    }
}

/// MS-OXCMSG R2051: body properties are good on a message of a user, on one of a view, on one in an attachment. R2050
#[test]
fn every_message_may_have_a_body() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let folder_id = Special::Inbox.id();
    let associated = mailstead::rop::CreateMessageRequest { code_page_id: 0xFFF, folder_id, associated_flag: true };
    let normal = desk.draft(folder_id);
    let associated = desk.make(inbox, associated);
    let attachment = desk.make(normal, CreateAttachmentRequest {});
    desk.set(attachment, vec![TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(5))]);
    let embedded = mailstead::rop::OpenEmbeddedMessageRequest { code_page_id: 0xFFF, open_mode_flags: 2 };
    let embedded = desk.make(attachment, embedded);
    for message in [normal, associated, embedded] {
        let values = [
            (PropertyTag::PidTagBody, text("plain")),
            (PropertyTag::PidTagHtml, Value::Binary(b"<p>html</p>".to_vec())),
            (PropertyTag::PidTagInternetCodepage, Value::Integer32(1252)),
            (PropertyTag::PidTagBodyContentId, text("1@x")),
            (PropertyTag::PidTagBodyContentLocation, text("x")),
        ];
        for (tag, value) in &values {
            desk.set(message, vec![TaggedValue { tag: *tag, value: value.clone() }]);
        }
        for (tag, value) in values {
            assert_eq!(desk.get(message, tag), Ok(value), "{tag:?}");
        }
        assert_eq!(desk.get(message, PropertyTag::PidTagNativeBody), Ok(Value::Integer32(3)));
        assert!(desk.get(message, PropertyTag::PidTagRtfCompressed).is_ok());
        assert_eq!(desk.get(message, PropertyTag::PidTagRtfInSync), Ok(Value::Boolean(false)));
        assert!(desk.get(message, PropertyTag::PidTagHtml.with_type(PropertyType::String)).is_ok(), "PidTagBodyHtml");
    }
}

/// MS-OXCMSG R91 (PidLidSmartNoAttach), R1108 (PidTagAutoForwarded), R621 (PidTagAttachFlags), R627
/// (PidTagAttachEncoding): what nobody has set is not there, so that the default counts.
#[test]
fn what_nobody_said_has_its_default() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let attachment = desk.make(message, CreateAttachmentRequest {});
    let none = Err(ErrorCode::NotFound);
    let smart = desk.tag_of("PidLidSmartNoAttach");
    for (on, tag) in [
        (message, smart),
        (message, PropertyTag::PidTagAutoForwarded),
        (attachment, PropertyTag::PidTagAttachFlags),
        (attachment, PropertyTag::PidTagAttachEncoding),
    ] {
        assert_eq!(desk.get(on, tag), none, "{tag:?}");
    }
}

/// MS-OXCMSG R2103, R2110, R2195 (PidTagArchiveTag), R2112, R2114 (PidTagPolicyTag), R2117, R2120, R2124
/// (PidTagRetentionPeriod), R2126, R2127, R2131 (PidTagStartDateEtc), R2133, R2135 to R2137 (PidTagRetentionDate), R2148, R2150, R2153 to
/// R2162 (PidTagRetentionFlags), R2164, R2166, R2171 (PidTagArchivePeriod), R2173 to R2175 (PidTagArchiveDate): on messages and
/// folders.
#[test]
fn what_is_to_be_kept_how_long_is_kept() {
    let mut desk = Desk::new();
    let time = Value::Time(FileTime(132_000_000_000_000_000));
    // Four bytes of days, eight of a date.
    let start = [&90_u32.to_le_bytes()[..], &132_000_000_000_000_000_u64.to_le_bytes()].concat();
    assert_eq!(start.len(), 12);
    let mut both = vec![
        (PropertyTag::PidTagArchiveTag, Value::Binary(vec![4; 16])),
        (PropertyTag::PidTagPolicyTag, Value::Binary(vec![3; 16])),
        (PropertyTag::PidTagRetentionPeriod, Value::Integer32(90)),
        (PropertyTag::PidTagArchivePeriod, Value::Integer32(365)),
    ];
    let flags = [0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x1FF];
    both.extend(flags.map(|bits| (PropertyTag::PidTagRetentionFlags, Value::Integer32(bits))));
    for (tag, value) in &both {
        desk.keeps(*tag, value);
    }
    let top = desk.folder(Special::IpmSubtree.id());
    let (folder, id) = desk.create_folder(top, "Kept");
    for (tag, value) in [
        (PropertyTag::PidTagStartDateEtc, Value::Binary(start)),
        (PropertyTag::PidTagRetentionDate, time.clone()),
        (PropertyTag::PidTagArchiveDate, time),
    ] {
        desk.keeps(tag, &value);
        assert_eq!(desk.try_set(folder, vec![TaggedValue { tag, value }]).len(), 1, "{tag:?}");
        assert_eq!(desk.get(folder, tag), Err(ErrorCode::NotFound), "{tag:?}: not on folders");
    }
    for (tag, value) in both {
        desk.set(folder, vec![TaggedValue { tag, value: value.clone() }]);
        let mut beside = desk.beside();
        let same = beside.folder(id);
        assert_eq!(beside.get(same, tag), Ok(value), "{tag:?}");
    }
}

/// MS-OXCMSG R2047 (PidTagRecipientDisplayName), R1206 (PidTagRecipientOrder), R984, R1298 (RecipientType: sent already,
/// failed before)
#[test]
fn what_is_said_of_a_recipient_is_kept() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let columns = vec![PropertyTag::PidTagRecipientDisplayName, PropertyTag::PidTagRecipientOrder];
    let dora = |row_id: i32, recipient_type| {
        let recipient = mailstead::client::Recipient {
            recipient_type: RecipientType(recipient_type),
            display_name: "Dora".to_owned(),
            address: "dora@example.org".to_owned(),
        };
        let mut row = RecipientRow::read(&mut Reader::new(&recipient_bytes(&recipient)), &[]).unwrap();
        row.cells = vec![Ok(text("Dora D.")), Ok(Value::Integer32(row_id))];
        let mut w = Writer::new();
        row.write(&mut w, &columns);
        ModifyRecipientRow { row_id: row_id.cast_unsigned(), recipient_type, recipient_row: w.into_bytes() }
    };
    let rows = vec![dora(0, 0x01), dora(1, 0x11), dora(2, 0x82), dora(3, 0x13)];
    desk.go(message, ModifyRecipientsRequest { recipient_columns: columns.clone(), recipient_rows: rows });
    let id = desk.save(message);
    let message = desk.open_message(Special::Inbox.id(), id);
    let summary = desk.go(message, ReloadCachedInformationRequest { reserved: 0 }).summary;
    let types: Vec<u8> = summary.recipient_rows.iter().map(|row| row.recipient_type).collect();
    assert_eq!(types, [0x01, 0x11, 0x82, 0x13]);
    for (order, row) in (0..).zip(&summary.recipient_rows) {
        let read = RecipientRow::read(&mut Reader::new(&row.recipient_row), &summary.recipient_columns).unwrap();
        for (tag, value) in [(columns[0], text("Dora D.")), (columns[1], Value::Integer32(order))] {
            let at = summary.recipient_columns.iter().position(|column| *column == tag).unwrap();
            assert_eq!(read.cells[at], Ok(value));
        }
    }
}

/// MS-OXCMSG R227 (PidTagDisplayName), R238 (PidTagAttachDataObject), R240 (PidTagAttachMethod), R614
/// (PidTagRenderingPosition), R619, R971 to R973 (PidTagAttachFlags), R625 (PidTagAttachEncoding), R1287, R1288, R1837 (MIME
/// properties), R59802, R128001 to R128007, R128009 to R128015, R128017 to R128022 (web references)
#[test]
fn what_is_said_of_an_attachment_is_kept() {
    let mut desk = Desk::new();
    let mut values = vec![
        (PropertyTag::PidTagDisplayName, text("A plan")),
        (PropertyTag::PidTagAttachMethod, Value::Integer32(7)),
        (PropertyTag::PidTagRenderingPosition, Value::Integer32(12)),
        (PropertyTag::PidTagAttachFlags, Value::Integer32(1)),
        (PropertyTag::PidTagAttachFlags, Value::Integer32(2)),
        (PropertyTag::PidTagAttachFlags, Value::Integer32(4)),
        (PropertyTag::PidTagAttachEncoding, Value::Binary(vec![0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0B, 0x01])),
        (PropertyTag::PidTagAttachMimeTag, text("image/png")),
        (PropertyTag::PidTagAttachContentId, text("1@x")),
        (PropertyTag::PidTagAttachContentLocation, text("http://x/")),
        (PropertyTag::PidTagAttachContentBase, text("http://x/")),
        (PropertyTag::PidTagAttachPayloadClass, text("Vendor.Class")),
        (PropertyTag::PidTagAttachPayloadProviderGuidString, text("{1}")),
    ];
    values.push((desk.tag_of("PidNameAttachmentMacContentType"), text("application/x-mac")));
    values.push((desk.tag_of("PidNameAttachmentMacInfo"), Value::Binary(vec![1, 2, 3])));
    let mut named = |name: &str, value: Value| {
        let property_names = vec![PropertyName::Named { guid: PSETID_ATTACHMENT, name: name.to_owned() }];
        let ids = desk.go(desk.logon.handle, GetPropertyIdsFromNamesRequest { flags: 2, property_names }).property_ids;
        values.push((PropertyTag::new(ids[0], value.property_type()), value));
    };
    named("AttachmentProviderType", text("OneDrivePro"));
    named("AttachmentProviderType", text("OneDriveConsumer"));
    for name in ["AttachmentOriginalPermissionType", "AttachmentPermissionType"] {
        (0..3).for_each(|permission| named(name, Value::Integer32(permission)));
    }
    for (tag, value) in values {
        assert_eq!(desk.attachment_with(tag, value.clone()), Ok(value), "{tag:?}");
    }
    let message = desk.draft(Special::Drafts.id());
    let attachment = desk.make(message, CreateAttachmentRequest {});
    let property_tag = PropertyTag::PidTagAttachDataObject;
    let open = |open_mode_flags| mailstead::rop::OpenStreamRequest { property_tag, open_mode_flags };
    let stream = desk.make(attachment, open(2));
    let storage = b"\xD0\xCF\x11\xE0 a storage".to_vec();
    desk.go(stream, mailstead::rop::WriteAndCommitStreamRequest { data: storage.clone() });
    let stream = desk.make(attachment, open(0));
    let read = mailstead::rop::ReadStreamRequest { byte_count: mailstead::rop::ByteCount::Exact(99) };
    assert_eq!(desk.go(stream, read).data, storage);
}

/// MS-OXCMSG R228 (PidTagDisplayName), R1280 (PidTagTextAttachmentCharset), R2058 (PidTagNativeBody), R533 (mfInternet): what the server itself says of mail that comes in.
#[test]
fn delivered_mail_is_described() {
    let mut desk = Desk::new();
    let mail = b"Subject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=koi8-r; name=plan.txt\r\n\
        Content-Disposition: attachment; filename=plan.txt\r\n\r\nx\r\n--b--\r\n";
    let id = desk.place.deliver(&desk.place.ann.clone(), mail);
    let message = desk.open_message(Special::Inbox.id(), id);
    let table = desk.make(message, mailstead::rop::GetAttachmentTableRequest { table_flags: 0 });
    let columns = [
        PropertyTag::PidTagDisplayName,
        PropertyTag::PidTagAttachLongFilename,
        PropertyTag::PidTagTextAttachmentCharset,
    ];
    smol::block_on(desk.session.set_columns(table, &columns)).unwrap();
    let rows = desk.rows(table);
    assert_eq!(rows, [["plan.txt", "plan.txt", "koi8-r"].map(|value| Ok(text(value))).to_vec()]);
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[PropertyTag::PidTagNativeBody]);
    assert_eq!(desk.rows(table), [vec![Ok(Value::Integer32(0))]], "no body, and that is said");
    assert_eq!(desk.integer(message, PropertyTag::PidTagMessageFlags) & 0x2000, 0x2000);
    let own = desk.note(Special::Drafts.id(), "own");
    let own = desk.open_message(Special::Drafts.id(), own);
    assert_eq!(desk.integer(own, PropertyTag::PidTagMessageFlags) & 0x2000, 0);
}
