//! Properties whose meaning is the client's: every value that the specification gives them is kept,
//! on the message or attachment and in tables. MS-OXCMSG 2.2.1, 2.2.2

use crate::client::Desk;
use mailstead::mapi::{Cell, PropertyName, PropertyTag, TaggedValue, Value, names};
use mailstead::rop::{
    CreateAttachmentRequest, GetPropertyIdsFromNamesRequest, OpenAttachmentRequest, SaveChangesAttachmentRequest,
};
use mailstead::store::Special;
use mailstead::wire::FileTime;

impl Desk {
    /// Saves a message with the value, and reads it from the store and in a row.
    #[track_caller]
    pub(super) fn keeps(&mut self, tag: PropertyTag, value: &Value) {
        let tag = tag.with_type(value.property_type());
        let id = self.message(Special::Inbox.id(), vec![TaggedValue { tag, value: value.clone() }]);
        let message = self.open_message(Special::Inbox.id(), id);
        assert_eq!(self.get(message, tag), Ok(value.clone()), "{tag:?}");
        let inbox = self.inbox();
        let table = self.contents(inbox, &[tag]);
        assert!(self.rows(table).contains(&vec![Ok(value.clone())]), "{tag:?} in a row");
    }

    /// The number of a property that has a name.
    #[track_caller]
    pub(super) fn tag_of(&mut self, canonical: &str) -> PropertyTag {
        let known = names::CANONICAL.iter().find(|known| known.canonical == canonical).unwrap();
        let property_names: Vec<PropertyName> = vec![known.property_name()];
        let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names };
        let id = self.go(self.logon.handle, request).property_ids[0];
        PropertyTag::new(id, known.property_type)
    }

    /// Saves an attachment with the value, and reads it from the store.
    #[track_caller]
    pub(super) fn attachment_with(&mut self, tag: PropertyTag, value: Value) -> Cell {
        let message = self.draft(Special::Drafts.id());
        let attachment = self.make(message, CreateAttachmentRequest {});
        self.set(attachment, vec![TaggedValue { tag, value }]);
        self.attempt_on([attachment, message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
        let id = self.save(message);
        let message = self.open_message(Special::Drafts.id(), id);
        let attachment = self.make(message, OpenAttachmentRequest { open_attachment_flags: 0, attachment_id: 0 });
        self.get(attachment, tag)
    }
}

/// MS-OXCMSG R71 to R74 (PidTagImportance), R77 to R80 (PidTagPriority), R83 to R88 (PidTagSensitivity)
#[test]
fn levels_are_kept() {
    let mut desk = Desk::new();
    let levels = [
        (PropertyTag::PidTagImportance, &[0, 1, 2][..]),
        (PropertyTag::PidTagPriority, &[1, 0, -1]),
        (PropertyTag::PidTagSensitivity, &[0, 1, 2, 3]),
    ];
    for (tag, values) in levels {
        for value in values {
            desk.keeps(tag, &Value::Integer32(*value));
        }
    }
}

/// MS-OXCMSG R1076, R2008 to R2018 (PidLidSideEffects), R109, R110 (PidNameKeywords), R112, R114, R116, R121
/// (PidLidCommonStart, PidLidCommonEnd), R1154 (PidLidCategories), R1654, R1655 (PidLidAgingDontAgeMe), R8, R242, R95
#[test]
fn properties_with_names_are_kept() {
    let mut desk = Desk::new();
    let effects = desk.tag_of("PidLidSideEffects");
    for flag in [1, 8, 0x10, 0x20, 0x40, 0x100, 0x400, 0x800, 0x1000, 0x2000, 0x4000, 0x7D79] {
        desk.keeps(effects, &Value::Integer32(flag));
    }
    let words = |words: &[&str]| Value::MultipleString(words.iter().map(|word| (*word).to_owned()).collect());
    for name in ["PidNameKeywords", "PidLidCategories"] {
        let tag = desk.tag_of(name);
        desk.keeps(tag, &words(&["Red", "Grün", &"x".repeat(255)]));
    }
    for name in ["PidLidCommonStart", "PidLidCommonEnd"] {
        let tag = desk.tag_of(name);
        desk.keeps(tag, &Value::Time(FileTime(132_000_000_000_000_000)));
    }
    for value in [true, false] {
        let tag = desk.tag_of("PidLidAgingDontAgeMe");
        desk.keeps(tag, &Value::Boolean(value));
    }
}

/// MS-OXCMSG R1107 (PidTagAutoForwarded), R1162 (PidTagInternetReferences), R1176 (PidTagTnefCorrelationKey), R1797
/// (PidTagAlternateRecipientAllowed), R1198, R1199 (PidTagResponsibility), R2113, R2194, R2119, R2149, R2165
/// (retention and archive properties), R500 (PidTagMessageClass)
#[test]
fn what_else_a_client_says_is_kept() {
    let mut desk = Desk::new();
    let text = |text: &str| Value::String(text.to_owned());
    let time = Value::Time(FileTime(132_000_000_000_000_000));
    let values = [
        (PropertyTag::PidTagAutoForwarded, Value::Boolean(true)),
        (PropertyTag::PidTagInternetReferences, text("<1@x> <2@x>")),
        (PropertyTag::PidTagTnefCorrelationKey, Value::Binary(b"<1@x>\0".to_vec())),
        (PropertyTag::PidTagAlternateRecipientAllowed, Value::Boolean(true)),
        (PropertyTag::PidTagResponsibility, Value::Boolean(true)),
        (PropertyTag::PidTagResponsibility, Value::Boolean(false)),
        (PropertyTag::PidTagPolicyTag, Value::Binary(vec![3; 16])),
        (PropertyTag::PidTagArchiveTag, Value::Binary(vec![4; 16])),
        (PropertyTag::PidTagRetentionPeriod, Value::Integer32(30)),
        (PropertyTag::PidTagRetentionFlags, Value::Integer32(0x20)),
        (PropertyTag::PidTagArchivePeriod, Value::Integer32(365)),
        (PropertyTag::PidTagStartDateEtc, Value::Binary(vec![5; 12])),
        (PropertyTag::PidTagRetentionDate, time.clone()),
        (PropertyTag::PidTagArchiveDate, time),
        (PropertyTag::PidTagMessageClass, text("IPM.Note.Mine.And.Nobody.Else")),
    ];
    for (tag, value) in values {
        desk.keeps(tag, &value);
    }
}

/// MS-OXCMSG R120, R2029, R544, R2030, R547 (PidTagMessageStatus), R1421: bits of a contents table too.
#[test]
fn states_of_messages_are_columns() {
    let mut desk = Desk::new();
    let id = desk.note(Special::Inbox.id(), "marked");
    let inbox = desk.inbox();
    for bits in [0x1000, 0x2000, 0x3000] {
        let request = mailstead::rop::SetMessageStatusRequest {
            message_id: id,
            message_status_flags: bits,
            message_status_mask: 0x3000,
        };
        desk.go(inbox, request);
        let table = desk.contents(inbox, &[PropertyTag::PidTagMessageStatus]);
        assert_eq!(desk.rows(table), [vec![Ok(Value::Integer32(i32::try_from(bits).unwrap()))]]);
    }
}

/// MS-OXCMSG R241, R588, R590, R592, R594, R598, R59801 (PidTagAttachMethod), R620, R2031 to R2033 (PidTagAttachFlags),
/// R612, R953 to R955 (PidTagAttachTag), R626 (PidTagAttachEncoding), R602, R604, R606, R608, R610, R617, R623, R633,
/// R636, R1279, R641, R963 to R965, R1283, R1284, R1286 (what an attachment says of itself)
#[test]
fn values_of_attachments_are_kept() {
    let mut desk = Desk::new();
    let oid = |end: &[u8]| Value::Binary([&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0A][..], end].concat());
    let text = |text: &str| Value::String(text.to_owned());
    let mut values = vec![
        (PropertyTag::PidTagAttachTag, oid(&[1])),
        (PropertyTag::PidTagAttachTag, oid(&[3, 2, 1])),
        (PropertyTag::PidTagAttachTag, oid(&[4])),
        (PropertyTag::PidTagAttachEncoding, Value::Binary(vec![0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0B, 0x01])),
        (PropertyTag::PidTagAttachRendering, Value::Binary(vec![0xD7; 100])),
        (PropertyTag::PidTagAttachmentLinkId, Value::Integer32(0)),
        (PropertyTag::PidTagAttachmentFlags, Value::Integer32(0)),
    ];
    values.extend([0, 1, 2, 4, 6, 7].map(|method| (PropertyTag::PidTagAttachMethod, Value::Integer32(method))));
    values.extend([0, 1, 2, 4, 7].map(|flags| (PropertyTag::PidTagAttachFlags, Value::Integer32(flags))));
    let texts = [
        PropertyTag::PidTagAttachFilename,
        PropertyTag::PidTagAttachExtension,
        PropertyTag::PidTagAttachLongPathname,
        PropertyTag::PidTagAttachPathname,
        PropertyTag::PidTagAttachTransportName,
        PropertyTag::PidTagTextAttachmentCharset,
        PropertyTag::PidTagAttachMimeTag,
        PropertyTag::PidTagAttachContentId,
        PropertyTag::PidTagAttachContentLocation,
        PropertyTag::PidTagAttachContentBase,
        PropertyTag::PidTagAttachPayloadClass,
        PropertyTag::PidTagAttachPayloadProviderGuidString,
    ];
    values.extend(texts.map(|tag| (tag, text("Wert"))));
    for (tag, value) in values {
        assert_eq!(desk.attachment_with(tag, value.clone()), Ok(value), "{tag:?}");
    }
}

/// MS-OXCMSG R219, R1077, R1078, R231 (2.2.2.1, 2.2.2.5): what the server says of an attachment.
#[test]
fn what_the_server_says_of_an_attachment_no_client_sets() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let attachment = desk.make(message, CreateAttachmentRequest {});
    for tag in [PropertyTag::PidTagAccessLevel, PropertyTag::PidTagObjectType, PropertyTag::PidTagAttachSize] {
        let before = desk.get(attachment, tag);
        let problems = desk.try_set(attachment, vec![TaggedValue::new(tag, Value::Integer32(77))]);
        assert_eq!(problems.len(), 1, "{tag:?}");
        assert_eq!(desk.get(attachment, tag), before);
    }
    let key = desk.get(attachment, PropertyTag::PidTagRecordKey);
    let value = TaggedValue::new(PropertyTag::PidTagRecordKey, Value::Binary(vec![7; 16]));
    assert_eq!(desk.try_set(attachment, vec![value]).len(), 1);
    assert_eq!(desk.get(attachment, PropertyTag::PidTagRecordKey), key);
}

/// MS-OXCMSG R527 (mfFAI), R988, R987 (2.2.3.2.1)
#[test]
fn associated_messages_say_so() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    for (associated_flag, bit) in [(false, 0), (true, 0x40)] {
        let request = mailstead::rop::CreateMessageRequest {
            code_page_id: 0x0FFF,
            folder_id: Special::Inbox.id(),
            associated_flag,
        };
        let message = desk.make(inbox, request);
        desk.save(message);
        assert_eq!(desk.integer(message, PropertyTag::PidTagMessageFlags) & 0x40, bit);
    }
    for tag in [PropertyTag::PidTagContentCount, PropertyTag::PidTagAssociatedContentCount] {
        assert_eq!(desk.integer(inbox, tag), 1);
    }
}
