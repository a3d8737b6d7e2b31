//! What single fields say, where no test of another specification asks: bytes by hand. MS-OXCROPS 2.2

use crate::client::{Desk, string};
use mailstead::client::Recipient;
use mailstead::mapi::{ErrorCode, PropertyTag, PropertyType, RecipientType, TaggedValue, Text, Value};
use mailstead::rop::*;
use mailstead::store::Special;
use smol::block_on;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const INBOX: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 5];

/// Takes an answer apart from its beginning.
struct Parts(Vec<u8>);

impl Parts {
    fn take(&mut self, len: usize) -> Vec<u8> {
        self.0.drain(..len).collect()
    }
    fn number(&mut self, len: usize) -> usize {
        self.take(len).iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }
    /// TypedString. MS-OXCDATA 2.11.7
    fn text(&mut self) -> String {
        let end =
            |bytes: &[u8], unit: usize| bytes.chunks(unit).position(|c| c.iter().all(|b| *b == 0)).unwrap() * unit;
        match self.number(1) {
            0 | 1 => String::new(),
            2 | 3 => {
                let len = end(&self.0, 1);
                String::from_utf8(self.take(len + 1)[..len].to_vec()).unwrap()
            }
            4 => {
                let len = end(&self.0, 2);
                let bytes = self.take(len + 2);
                let units: Vec<u16> = bytes[..len].chunks(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
                String::from_utf16(&units).unwrap()
            }
            other => panic!("StringType {other}"),
        }
    }
    /// RecipientType, CodePageId, Reserved, RecipientRowSize, RecipientRow: type and row.
    fn recipient(&mut self) -> (usize, Vec<u8>) {
        let kind = self.number(1);
        let code_page = self.number(2);
        assert!(code_page == 1252 || code_page == 0x0FFF, "the session's: {code_page}");
        assert_eq!(self.take(2), [0, 0], "Reserved");
        let size = self.number(2);
        (kind, self.take(size))
    }
    /// From HasNamedProperties on: prefix, subject, recipients.
    fn summary(&mut self) -> (bool, String, String, Vec<(usize, Vec<u8>)>) {
        let named = self.number(1) != 0;
        let (prefix, subject) = (self.text(), self.text());
        let count = self.number(2);
        let columns = self.number(2);
        self.take(4 * columns);
        let rows = self.number(1);
        assert_eq!(count, rows, "all of them have room");
        (named, prefix, subject, (0..rows).map(|_| self.recipient()).collect())
    }
}

fn row_holds(row: &[u8], text: &str) -> bool {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    row.windows(wide.len()).any(|window| window == wide) || row.windows(text.len()).any(|w| w == text.as_bytes())
}

fn people() -> [Recipient; 3] {
    [(RecipientType::To, "Dora"), (RecipientType::Cc, "Emil"), (RecipientType::Bcc, "Fritz")].map(
        |(recipient_type, name)| Recipient {
            recipient_type,
            display_name: name.to_owned(),
            address: format!("{name}@example.org"),
        },
    )
}

/// MS-OXCROPS R1702, R1704, R1707, R1708, R1710, R1712, R1716, R1718, R1721, R1724, R1725, R1726, R1727, R1728, R1729,
/// R1730, R1731, R1732, R1733, R1734, R1735 (RopOpenMessage), R1966, R1969, R1972, R1974, R1978, R1980, R1983, R1984
/// (RopReloadCachedInformation), R2257, R2258, R2260, R2262, R2265, R2268, R2270, R2276, R2279, R2280, R2281
/// (RopOpenEmbeddedMessage), R1917, R1920, R1921, R1922, R1923, R1924, R1925, R1926, R1927, R1928, R1929, R1930, R1931,
/// R1932, R1933 (RopReadRecipients): subject and recipients, as each of them tells them.
#[test]
fn messages_tell_their_subject_and_recipients() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let attachment = desk.make(message, CreateAttachmentRequest {});
    desk.set(attachment, vec![TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(5))]);
    let inner = desk.make(attachment, OpenEmbeddedMessageRequest { code_page_id: 0x0FFF, open_mode_flags: 2 });
    for on in [inner, message] {
        desk.set(on, vec![string(SUBJECT, "RE: Tea ☃")]);
        block_on(desk.session.add_recipients(on, &people())).unwrap();
    }
    desk.attempt_on([inner, inner], SaveChangesMessageRequest { save_flags: 2 }).unwrap();
    desk.attempt_on([attachment, message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
    let id = desk.save(message);
    let open = [&[0x03, 0, 0, 1, 0xFF, 0x0F][..], &INBOX, &[0], &id.0.to_le_bytes()].concat();
    let told = desk.batch(&open, &[desk.logon.handle, NO_HANDLE]).0;
    let reload = desk.batch(&[0x10, 0, 0, 0, 0], &[message]).0;
    let embedded = desk.batch(&[0x46, 0, 0, 1, 0xFF, 0x0F, 0], &[attachment, NO_HANDLE]).0;
    for (answer, head) in [(told, 0), (reload, 0), (embedded, 9)] {
        let mut parts = Parts(answer);
        assert_eq!(parts.take(6)[2..], [0; 4], "ReturnValue");
        let own = parts.take(head);
        assert_eq!(own.first().copied().unwrap_or_default(), 0, "Reserved");
        let (named, prefix, subject, recipients) = parts.summary();
        assert_eq!((named, prefix.as_str(), subject.as_str()), (false, "RE: ", "Tea ☃"));
        assert_eq!(recipients.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(row_holds(&recipients[0].1, "Dora") && row_holds(&recipients[1].1, "Emil"));
        assert!(parts.0.is_empty(), "and nothing else");
    }
    let mut parts = Parts(desk.batch(&[0x0F, 0, 0, 0, 0, 0, 0, 0, 0], &[message]).0);
    assert_eq!(parts.take(7), [0x0F, 0, 0, 0, 0, 0, 3]);
    for (row_id, (kind, name)) in [(1, "Dora"), (2, "Emil"), (3, "Fritz")].into_iter().enumerate() {
        assert_eq!(parts.number(4), row_id);
        let (told, row) = parts.recipient();
        assert!(told == kind && row_holds(&row, name));
    }
    assert!(parts.0.is_empty());
}

/// MS-OXCROPS R1759, R2244: 8-bit text of a message is in the code page that it was made or opened with.
#[test]
fn a_message_is_made_in_a_code_page() {
    let mut desk = Desk::new();
    let narrow = SUBJECT.with_type(PropertyType::String8);
    let folder_id = Special::Inbox.id();
    for (code_page_id, bytes) in [(1251, b"\xC4\xE0".to_vec()), (20866, b"\xE4\xC1".to_vec())] {
        let create = CreateMessageRequest { code_page_id, folder_id, associated_flag: false };
        let message = desk.make(desk.logon.handle, create);
        let attachment = desk.make(message, CreateAttachmentRequest {});
        desk.set(attachment, vec![TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(5))]);
        let inner = desk.make(attachment, OpenEmbeddedMessageRequest { code_page_id, open_mode_flags: 2 });
        for on in [message, inner] {
            desk.set(on, vec![TaggedValue::new(narrow, Value::String8(bytes.clone()))]);
            assert_eq!(desk.text(on, SUBJECT), "Да");
            assert_eq!(desk.get(on, narrow), Ok(Value::String8(bytes.clone())));
        }
    }
}

/// MS-OXCROPS R1804, R1805, R2220, R2221, R2246: KeepOpenReadOnly 09, KeepOpenReadWrite 0A, ForceSave 0C;
/// embedded messages are
/// opened to be read, to be written, and made.
#[test]
fn saving_has_three_flags() {
    let mut desk = Desk::new();
    for save_flags in [0x09, 0x0A, 0x0C] {
        let message = desk.draft(Special::Inbox.id());
        let attachment = desk.make(message, CreateAttachmentRequest {});
        desk.set(attachment, vec![TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(5))]);
        let inner = desk.make(attachment, OpenEmbeddedMessageRequest { code_page_id: 0x0FFF, open_mode_flags: 2 });
        desk.set(inner, vec![string(SUBJECT, "inner")]);
        desk.attempt_on([inner, inner], SaveChangesMessageRequest { save_flags }).unwrap();
        desk.attempt_on([attachment, message], SaveChangesAttachmentRequest { save_flags }).unwrap();
        let id =
            desk.attempt_on([message, message], SaveChangesMessageRequest { save_flags }).unwrap().response.message_id;
        let other = desk.make(
            desk.logon.handle,
            OpenMessageRequest {
                code_page_id: 0x0FFF,
                folder_id: Special::Inbox.id(),
                open_mode_flags: 1,
                message_id: id,
            },
        );
        let attachment = desk.make(other, OpenAttachmentRequest { open_attachment_flags: 1, attachment_id: 0 });
        for open_mode_flags in [0, 1, 2] {
            let inner = desk.make(attachment, OpenEmbeddedMessageRequest { code_page_id: 0x0FFF, open_mode_flags });
            assert_eq!(desk.text(inner, SUBJECT), "inner");
        }
        // Somebody else was quicker: only ForceSave overwrites that.
        desk.set(other, vec![string(SUBJECT, "quicker")]);
        desk.save(other);
        desk.set(message, vec![string(SUBJECT, "slower")]);
        let saved = desk.attempt_on([message, message], SaveChangesMessageRequest { save_flags }).map(drop);
        assert_eq!(saved.is_ok(), save_flags == 0x0C, "{save_flags:#x}: {saved:?}");
    }
}

/// MS-OXCROPS R992, R1024: every TableFlag of a hierarchy and of a contents table is taken.
#[test]
fn tables_have_their_flags() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    for table_flags in [0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x48] {
        desk.make(inbox, GetHierarchyTableRequest { table_flags });
    }
    for table_flags in [0x02, 0x08, 0x10, 0x20, 0x40, 0x48] {
        desk.make(inbox, GetContentsTableRequest { table_flags });
    }
}

/// MS-OXCROPS R4677, R4678, R473, R474: the answer is the same, whatever stands in fields that are not used.
#[test]
fn unused_fields_are_not_read() {
    let mut desk = Desk::new();
    let dn = desk.place.ann.legacy_dn.clone() + "\0";
    let mut logon = |store_state: u32| {
        let size = u16::try_from(dn.len()).unwrap().to_le_bytes();
        let head = [&[0xFE, 0, 0, 1, 0, 0, 0, 1][..], &store_state.to_le_bytes()].concat();
        desk.batch(&[&head[..], &size, dn.as_bytes()].concat(), &[NO_HANDLE])
    };
    let (usual, _) = logon(0);
    assert_eq!((usual.len(), &usual[..6]), (166, &[0xFE, 0, 0, 0, 0, 0][..]));
    let (again, handles) = logon(u32::MAX);
    assert_eq!(again, usual);
    let mut read = |reserved: u8| {
        let request = [&[0x63, 0, 0][..], &[7; 24], &[reserved, 0, 0, 0, 0, 0, 0]].concat();
        desk.batch(&request, &handles).0
    };
    let nothing = [0x63, 0, 0, 0, 0, 0, 1, 0, 0];
    assert_eq!([read(0), read(0xFF)], [nothing; 2]);
}

/// MS-OXCROPS R808, R814, R853, R857, R858, R859: names of moved and copied folders in 8 bits and in Unicode.
#[test]
fn folders_are_moved_and_copied_under_names_of_both_kinds() {
    let mut desk = Desk::new();
    let top = desk.folder(Special::IpmSubtree.id());
    let (target, _) = desk.create_folder(top, "Target");
    let (_, id) = desk.create_folder(top, "Source");
    let names = [(false, Text::Bytes(b"Gr\xFC\xDFe".to_vec())), (true, Text::Unicode("日本".to_owned()))];
    for (use_unicode, new_folder_name) in names.clone() {
        let (want_asynchronous, want_recursive, folder_id) = (false, false, id);
        let copy = CopyFolderRequest { want_asynchronous, want_recursive, use_unicode, folder_id, new_folder_name };
        desk.attempt_on([top, target], copy).unwrap();
    }
    let shown = |desk: &mut Desk, folder: u32| {
        let table = desk.hierarchy(folder, 0, &[PropertyTag::PidTagDisplayName]);
        let mut names = desk.texts(table);
        names.sort();
        names
    };
    assert_eq!(shown(&mut desk, target), ["Grüße", "日本"]);
    let (other, _) = desk.create_folder(top, "Other");
    let (mut from, mut to) = (top, other);
    for (use_unicode, new_folder_name) in names {
        let request = MoveFolderRequest { want_asynchronous: false, use_unicode, folder_id: id, new_folder_name };
        desk.attempt_on([from, to], request).unwrap();
        let expected = if use_unicode { "日本" } else { "Grüße" };
        assert!(shown(&mut desk, to).contains(&expected.to_owned()), "{expected}");
        (from, to) = (to, from);
    }
}

/// MS-OXCROPS R2060, R2092 (ReadFlags), R2010, R2024, R2009, R2012, R2023 (MessageStatusFlags), R20004, R2034
/// (RopGetMessageStatus is answered under the RopId of RopSetMessageStatus)
#[test]
fn flags_of_messages() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let id = desk.note(Special::Inbox.id(), "marked");
    let message = desk.open_message(Special::Inbox.id(), id);
    let own = id.0.to_le_bytes();
    for flags in [0x00, 0x01, 0x0A, 0x04, 0x10, 0x20, 0x40] {
        let set_many = [&[0x66, 0, 0, 0, flags, 1, 0][..], &own].concat();
        assert_eq!(desk.batch(&set_many, &[inbox]).0, [0x66, 0, 0, 0, 0, 0, 0], "{flags:#x}");
        assert_eq!(desk.batch(&[0x11, 0, 1, 0, flags], &[message, inbox]).0, [0x11, 1, 0, 0, 0, 0, 0], "{flags:#x}");
    }
    let set = |flag: u32, mask: u32| [&[0x20, 0, 0][..], &own, &flag.to_le_bytes(), &mask.to_le_bytes()].concat();
    let told = |flags: u32| [&[0x20, 0, 0, 0, 0, 0][..], &flags.to_le_bytes()].concat();
    let mut before = 0_u32;
    for flag in [0x0000_1000_u32, 0x0000_2000] {
        assert_eq!(desk.batch(&set(flag, flag), &[inbox]).0, told(before), "what was before");
        before |= flag;
        let get = [&[0x1F, 0, 0][..], &own].concat();
        assert_eq!(desk.batch(&get, &[inbox]).0, told(before), "answered as 0x20");
    }
    // What is not in the mask stays; msInConflict is taken, whoever may set it.
    assert_eq!(desk.batch(&set(0, 0x2000), &[inbox]).0, told(before));
    assert_eq!(desk.batch(&set(0x0800, 0x0800), &[inbox]).0, told(0x1000));
}

/// MS-OXCROPS R2360: SubmitFlags None, PreProcess, NeedsSpooler; others are refused.
#[test]
fn submitting_has_its_flags() {
    let mut desk = Desk::new();
    for flags in [0, 1, 2] {
        let message = desk.draft(Special::Outbox.id());
        desk.set(message, vec![string(SUBJECT, "x")]);
        let to = Recipient {
            recipient_type: RecipientType::To,
            display_name: "Bob".to_owned(),
            address: desk.place.bob.address.clone(),
        };
        block_on(desk.session.add_recipients(message, &[to])).unwrap();
        desk.save(message);
        assert_eq!(desk.batch(&[0x32, 0, 0, flags], &[message]).0, [0x32, 0, 0, 0, 0, 0], "{flags}");
    }
    let message = desk.draft(Special::Outbox.id());
    assert_eq!(desk.fails(message, SubmitMessageRequest { submit_flags: 0x80 }), ErrorCode::InvalidParameter);
}

/// MS-OXCROPS R925, R903, R675, R979, R952: what could not be done in full says so.
#[test]
fn what_is_done_in_part_says_so() {
    let mut desk = Desk::new();
    let top = desk.folder(Special::IpmSubtree.id());
    let inbox = desk.inbox();
    let gone = [1, 0, 0, 0, 0, 0, 0xFF, 0xFF];
    let one = [&[0, 0, 1, 0][..], &gone].concat();
    for list in [vec![0x58, 0, 0, 0, 1], vec![0x92, 0, 0, 0, 1], [&[0x1E, 0, 1][..], &one].concat()] {
        let answer = desk.batch(&list, &[top, inbox]).0;
        assert_eq!(answer[2..], [0, 0, 0, 0, 1], "{:#x}", answer[0]);
    }
    let answer = desk.batch(&[&[0x91, 0, 1][..], &one].concat(), &[top, inbox]).0;
    assert_eq!(answer[2..], [0, 0, 0, 0, 1]);
    let (_, id) = desk.create_folder(top, "Full");
    desk.note(id, "x");
    let delete = [&[0x1D, 0, 0, 0x10][..], &id.0.to_le_bytes()].concat();
    assert_eq!(desk.batch(&delete, &[top]).0, [0x1D, 0, 0, 0, 0, 0, 1]);
    let all = [&[0x1D, 0, 0, 0x15][..], &id.0.to_le_bytes()].concat();
    assert_eq!(desk.batch(&all, &[top]).0, [0x1D, 0, 0, 0, 0, 0, 0]);
}

/// MS-OXCROPS R3733, R3734, R3737, R3739, R3740, R3741, R3745, R3746, R3956, R3957, R3720, R3723
/// (RopFastTransferSourceGetBuffer), R3699, R3700, R3705, R3706, R3708, R3689 (…PutBuffer), R3708026,
/// R3708001, R3708027, R3708032, R3708033, R3708035 (…PutBufferExtended): Partial until it is Done.
#[test]
fn transfers_tell_how_far_they_are() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    desk.set(message, vec![string(PropertyTag::PidTagBody, &"b".repeat(3000))]);
    let copy_to = [0x4D, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0];
    let (_, handles) = desk.batch(&copy_to, &[message, NO_HANDLE]);
    let context = handles[1];
    let (mut stream, mut statuses) = (Vec::new(), Vec::new());
    loop {
        let answer = desk.batch(&[0x4E, 0, 0, 0xE8, 0x03], &[context]).0;
        let mut parts = Parts(answer);
        assert_eq!(parts.take(6), [0x4E, 0, 0, 0, 0, 0]);
        let (status, done, total) = (parts.number(2), parts.number(2), parts.number(2));
        assert!(done <= total, "{done} of {total}");
        assert_eq!(parts.take(1), [0], "Reserved");
        let size = parts.number(2);
        assert!(size <= 1000 && size == parts.0.len(), "BufferSize, and no BackoffTime behind it");
        stream.extend(parts.take(size));
        statuses.push(status);
        if status != 1 {
            break;
        }
    }
    assert!(statuses.len() > 3 && statuses.iter().rev().skip(1).all(|status| *status == 1) && statuses.ends_with(&[3]));
    // Of three messages, each is a step.
    let ids: Vec<[u8; 8]> = ["a", "b", "c"].iter().map(|s| desk.note(Special::Inbox.id(), s).0.to_le_bytes()).collect();
    let inbox = desk.inbox();
    let (_, handles) = desk.batch(&[&[0x4B, 0, 0, 1, 3, 0][..], &ids.concat(), &[0, 1]].concat(), &[inbox, NO_HANDLE]);
    let answer = desk.batch(&[0x4E, 0, 0, 0, 0x40], &[handles[1]]).0;
    assert_eq!(answer[6..12], [3, 0, 3, 0, 3, 0], "Done, three of three");
    // BufferSize BABE: the server decides, within MaximumBufferSize.
    let (_, handles) = desk.batch(&copy_to, &[message, NO_HANDLE]);
    let answer = desk.batch(&[0x4E, 0, 0, 0xBE, 0xBA, 0xD0, 0x07], &[handles[1]]).0;
    assert!((1000..=2000).contains(&(answer.len() - 15)), "{}", answer.len());
    for extended in [false, true] {
        let copy = desk.draft(Special::Inbox.id());
        let (_, handles) = desk.batch(&[0x53, 0, 0, 1, 1, 0], &[copy, NO_HANDLE]);
        for part in stream.chunks(1000) {
            let size = u16::try_from(part.len()).unwrap().to_le_bytes();
            let id = if extended { 0x9D } else { 0x54 };
            let mut parts = Parts(desk.batch(&[&[id, 0, 0][..], &size, part].concat(), &[handles[1]]).0);
            assert_eq!(parts.take(6), [id, 0, 0, 0, 0, 0]);
            let steps = if extended { 4 } else { 2 };
            let (status, done, total) = (parts.number(2), parts.number(steps), parts.number(steps));
            assert!([0, 1, 3].contains(&status), "{status}");
            assert_eq!((done, total), (0, 0), "steps of uploads are not counted");
            assert_eq!(parts.take(1), [0], "Reserved");
            assert_eq!(parts.take(2), size, "BufferUsedSize");
            assert!(parts.0.is_empty());
        }
        assert_eq!(desk.text(copy, PropertyTag::PidTagBody), "b".repeat(3000));
    }
}

/// MS-OXCROPS R3764, R3767, R3796, R3799, R3828, R3860, R3863 (fast transfer; MS-OXCFXICS R397, R398, R399,
/// R400, R401, R469, R470, R471, R496, R497: unused flags are ignored); MS-OXCROPS R3917, R3920, R3929
/// (RopSynchronizationConfigure), R3662, R3665 (destinations): values that are taken.
#[test]
fn transfers_and_downloads_have_their_flags() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let id = desk.note(Special::Inbox.id(), "x");
    let message = desk.open_message(Special::Inbox.id(), id);
    let mut taken = |list: &[u8], on: u32| {
        let (answer, handles) = desk.batch(list, &[on, NO_HANDLE]);
        assert_eq!(answer[2..6], [0; 4], "{list:02X?}");
        desk.batch(&[0x01, 0, 1], &handles);
    };
    for send_options in [0x01, 0x02, 0x03, 0x04, 0x08, 0x10] {
        taken(&[0x4C, 0, 0, 1, 0, send_options], inbox);
        taken(&[&[0x4B, 0, 0, 1, 1, 0][..], &id.0.to_le_bytes(), &[0, send_options]].concat(), inbox);
        taken(&[0x4D, 0, 0, 1, 0, 0, 0, 0, 0, send_options, 0, 0], message);
        taken(&[0x69, 0, 0, 1, 0, 0, send_options, 1, 0, 0x1F, 0, 0x37, 0], message);
        taken(&[&[0x70, 0, 0, 1, 1, send_options, 0x20, 0, 0, 0][..], &[0; 4], &[0, 0]].concat(), inbox);
    }
    for copy_flags in [0x00, 0x10] {
        taken(&[0x4C, 0, 0, 1, copy_flags, 1], inbox);
    }
    for copy_flags in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20] {
        taken(&[&[0x4B, 0, 0, 1, 1, 0][..], &id.0.to_le_bytes(), &[copy_flags, 1]].concat(), inbox);
    }
    for copy_flags in [0x01_u32, 0x02, 0x04, 0x08, 0x200, 0x400, 0x2000] {
        taken(&[&[0x4D, 0, 0, 1, 0][..], &copy_flags.to_le_bytes(), &[1, 0, 0]].concat(), message);
    }
    for copy_flags in [0x01, 0x02, 0x04, 0x08] {
        taken(&[0x69, 0, 0, 1, 0, copy_flags, 1, 1, 0, 0x1F, 0, 0x37, 0], message);
    }
    for flags in [0x0001_u16, 0x0002, 0x0004, 0x0008, 0x0010, 0x0020, 0x0080, 0x0100, 0x1000, 0x2000, 0x4000, 0x8000] {
        let flags = (flags | 0x20).to_le_bytes();
        taken(&[&[0x70, 0, 0, 1, 1, 1][..], &flags, &[0, 0], &[0; 4], &[0, 0]].concat(), inbox);
    }
    for extra in [1_u8, 2, 4, 8, 15] {
        taken(&[0x70, 0, 0, 1, 1, 1, 0x20, 0, 0, 0, extra, 0, 0, 0, 0, 0], inbox);
    }
    for source_operation in [1, 2, 3, 4] {
        for copy_flags in [0, 1] {
            taken(&[0x53, 0, 0, 1, source_operation, copy_flags], inbox);
        }
    }
}

/// MS-OXCROPS R1170: rows are read with Advance, NoAdvance and EnablePackedBuffers.
#[test]
fn rows_are_read_with_three_flags() {
    let mut desk = Desk::new();
    for subject in ["a", "b"] {
        desk.note(Special::Inbox.id(), subject);
    }
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[PropertyTag::PidTagInstanceNum]);
    let row = [0, 0, 0, 0, 0];
    for (flags, origin) in [(0x01, 1), (0x02, 1), (0x00, 2)] {
        let answer = desk.batch(&[0x15, 0, 0, flags, 1, 1, 0], &[table]).0;
        assert_eq!(answer, [&[0x15, 0, 0, 0, 0, 0, origin, 1, 0][..], &row].concat(), "{flags}");
    }
}
