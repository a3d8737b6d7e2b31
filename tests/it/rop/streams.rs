//! What the flags of transfers and downloads do, seen in the bytes that come. MS-OXCROPS 2.2.12, 2.2.13

use crate::client::{Desk, string};
use mailstead::mapi::{ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::NO_HANDLE;
use mailstead::store::Special;

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

impl Desk {
    /// Everything that a context gives which is opened so.
    #[track_caller]
    fn drain_of(&mut self, list: &[u8], on: u32) -> Vec<u8> {
        let (answer, handles) = self.batch(list, &[on, NO_HANDLE]);
        assert_eq!(answer[2..6], [0; 4], "{list:02X?}");
        let mut all = Vec::new();
        loop {
            let answer = self.batch(&[0x4E, 0, 0, 0, 0x40], &[handles[1]]).0;
            assert_eq!(answer[2..6], [0; 4]);
            all.extend(&answer[15..]);
            if answer[6] == 3 {
                return all;
            }
        }
    }

    /// CopyFolder, CopyMessages, CopyTo, CopyProperties and Configure of a folder with one message.
    fn streams(&mut self, folder: u32, id: ObjectId, send_options: u8) -> [Vec<u8>; 5] {
        let message = self.open_message(Special::Inbox.id(), id);
        let messages = [&[0x4B, 0, 0, 1, 1, 0][..], &id.0.to_le_bytes(), &[0, send_options]].concat();
        [
            self.drain_of(&[0x4C, 0, 0, 1, 0, send_options], folder),
            self.drain_of(&messages, folder),
            self.drain_of(&[0x4D, 0, 0, 1, 0, 0, 0, 0, 0, send_options, 0, 0], message),
            self.drain_of(&[0x69, 0, 0, 1, 0, 0, send_options, 1, 0, 0x1F, 0, 0x37, 0], message),
            self.drain_of(&[0x70, 0, 0, 1, 1, send_options, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0], folder),
        ]
    }
}

/// MS-OXCROPS R3768, R3800, R3829, R3864, R3918: SendOptions say in which form text comes, Unicode or 8 bits.
#[test]
fn text_comes_as_each_operation_asks() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let id = desk.note(Special::Inbox.id(), "Grüße");
    let wide: Vec<u8> = "Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (send_options, is_wide) in [(0, false), (1, true), (8, true)] {
        for (n, stream) in desk.streams(inbox, id, send_options).iter().enumerate() {
            assert_eq!(holds(stream, &wide), is_wide, "{n}, SendOptions {send_options}");
            assert_eq!(holds(stream, b"Gr\xFC\xDFe"), !is_wide, "{n}, SendOptions {send_options}");
        }
    }
}

/// MS-OXCROPS R3765, R3826, R3797: CopyFlags say whether folders below come along, and whether the body comes in its
/// best form only.
#[test]
fn copies_bring_what_their_flags_ask_for() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    desk.create_folder(inbox, "Below");
    let name: Vec<u8> = "Below".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (copy_flags, is_there) in [(0x00, false), (0x10, true)] {
        assert_eq!(holds(&desk.drain_of(&[0x4C, 0, 0, 1, copy_flags, 1], inbox), &name), is_there, "{copy_flags:#x}");
    }
    let html = TaggedValue::new(PropertyTag::PidTagHtml, Value::Binary(b"<b>bold</b>".to_vec()));
    let id = desk.message(Special::Inbox.id(), vec![string(PropertyTag::PidTagBody, "bold"), html]);
    let message = desk.open_message(Special::Inbox.id(), id);
    // PidTagHtml, PidTagBody.
    let (html, text) = ([0x02, 0x01, 0x13, 0x10], [0x1F, 0x00, 0x00, 0x10]);
    for best_body in [false, true] {
        let flags = if best_body { 0x2000_u32 } else { 0 };
        let of_message = desk.drain_of(&[&[0x4D, 0, 0, 1, 0][..], &flags.to_le_bytes(), &[1, 0, 0]].concat(), message);
        let flags = if best_body { 0x10 } else { 0 };
        let list = [&[0x4B, 0, 0, 1, 1, 0][..], &id.0.to_le_bytes(), &[flags, 1]].concat();
        for stream in [of_message, desk.drain_of(&list, inbox)] {
            assert_eq!((holds(&stream, &html), holds(&stream, &text)), (true, !best_body), "BestBody {best_body}");
        }
    }
}
