//! Receive folders, byte by byte and class by class. MS-OXCSTOR 2.2.1.2 to 2.2.1.4, 3.2.5.2 to 3.2.5.4

use super::{get_receive_folder, set_receive_folder};
use crate::client::Desk;
use mailstead::rop::{GetReceiveFolderRequest, GetReceiveFolderTableRequest};
use mailstead::store::Special;
use mailstead::wire::{pack_buffers, unpack_buffers};
use smol::block_on;

/// A message class as the specification has it: printable ASCII, no empty part.
fn is_class(bytes: &[u8]) -> bool {
    let dots = bytes.starts_with(b".") || bytes.ends_with(b".") || bytes.windows(2).any(|two| two == b"..");
    bytes.iter().all(|byte| (32..=126).contains(byte)) && bytes.len() < 255 && !dots
}

impl Desk {
    /// RopGetReceiveFolderTable as bytes: RopId, index, ReturnValue, and what comes after.
    fn receive_folder_bytes(&mut self) -> Vec<u8> {
        let list = [0x68, 0, 0];
        let size = u16::try_from(list.len() + 2).unwrap();
        let payload = [&size.to_le_bytes()[..], &list, &self.logon.handle.to_le_bytes()].concat();
        let out = self.session.link.raw(&pack_buffers(&[payload], false, false)).unwrap();
        let answer = unpack_buffers(&out).unwrap().remove(0);
        assert_eq!(answer[2..8], [0x68, 0, 0, 0, 0, 0]);
        answer[8..].to_vec()
    }
}

/// MS-OXCSTOR R305, R307 to R313 (2.2.1.4.2): PidTagMessageClass of a row is 8-bit text with a zero at its end; R321
#[test]
fn the_classes_of_the_table_are_what_classes_may_be() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    let longest = format!("IPM.{}", "y".repeat(250));
    for class in ["IPM.Note.Mine", "Two Words ~!", &longest] {
        desk.go(store, set_receive_folder(class, Special::Drafts.id()));
    }
    let bytes = desk.receive_folder_bytes();
    let count = u32::from_le_bytes(bytes[..4].try_into().unwrap());
    assert_eq!(count, 7);
    let mut at = 4;
    let mut classes = Vec::new();
    for _ in 0..count {
        assert_eq!(bytes[at], 0, "a standard row");
        let start = at + 1 + 8;
        let len = bytes[start..].iter().position(|byte| *byte == 0).unwrap();
        let class = &bytes[start..start + len];
        assert!(is_class(class), "{class:?}");
        assert!((1..=255).contains(&(len + 1)), "with its zero");
        classes.push(String::from_utf8(class.to_vec()).unwrap());
        at = start + len + 1 + 8;
    }
    assert_eq!(&bytes[at..at + 4], &desk.logon.handle.to_le_bytes(), "then the handles");
    assert!(classes.contains(&longest));
}

/// MS-OXCSTOR R214 to R217 (2.2.1.2.2): ExplicitMessageClass, whatever is asked.
#[test]
fn the_class_that_is_told_is_one() {
    let mut desk = Desk::new();
    let store = desk.logon.handle;
    for class in ["IPM.Note.A B", "X", "X.y.Z~"] {
        desk.go(store, set_receive_folder(class, Special::Drafts.id()));
    }
    for class in ["", "IPM", "IPM.Note.A B.C", "x.Y.z~", "X.Y.Z", "Report.IPM.Note.NDR", "IPC", "Other.Thing"] {
        let (_, explicit) = get_receive_folder(&mut desk, class);
        assert!(is_class(explicit.as_bytes()), "{class}: {explicit}");
        assert!(class.to_lowercase().starts_with(&explicit.to_lowercase()), "{class}: {explicit}");
    }
}

/// MS-OXCSTOR R863 (3.2.5.3): the receive folders of one mailbox are not another's.
#[test]
fn each_mailbox_has_its_own_receive_folders() {
    let mut desk = Desk::new();
    desk.go(desk.logon.handle, set_receive_folder("IPM.Mine", Special::Drafts.id()));
    let mut bob = Desk::bare(&desk.place, &desk.place.bob, false);
    let logon = block_on(bob.logon(&desk.place.bob.legacy_dn)).unwrap();
    let request = GetReceiveFolderRequest { message_class: "IPM.Mine".to_owned() };
    let his = block_on(bob.run(logon.handle, request)).unwrap();
    assert_eq!((his.folder_id, his.explicit_message_class.as_str()), (Special::Inbox.id(), "IPM"));
    let rows = block_on(bob.run(logon.handle, GetReceiveFolderTableRequest {})).unwrap().rows;
    assert_eq!(rows.len(), 4);
}
