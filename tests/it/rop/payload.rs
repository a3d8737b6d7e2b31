//! What the server does with a payload and makes of it, every byte by hand. MS-OXCROPS 2.2.1, 2.2.15, 3.1.4, 3.1.5,
//! 3.2.3 to 3.2.5

use crate::client::{Desk, string};
use mailstead::exec::ExecuteError;
use mailstead::mapi::{ErrorCode, PropertyTag};
use mailstead::rop::NO_HANDLE;
use mailstead::store::Special;
use mailstead::wire::{pack_buffers, unpack_buffers};
use smol::block_on;

/// Identifier of the Inbox: replica 1, counter 5.
const INBOX: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 5];
/// ReturnValues.
const OK: [u8; 4] = [0; 4];
const NULL_OBJECT: [u8; 4] = [0xB9, 4, 0, 0];
const ACCESS_DENIED: [u8; 4] = [0x05, 0x00, 0x07, 0x80];

/// RopOpenFolder of the Inbox.
fn open_folder(logon_id: u8, input: u8, output: u8) -> Vec<u8> {
    [&[0x02, logon_id, input, output], &INBOX[..], &[0]].concat()
}

/// RopGetPropertiesSpecific of one property.
fn get(logon_id: u8, input: u8, tag: u32) -> Vec<u8> {
    [&[0x07, logon_id, input, 0, 0, 1, 0, 1, 0], &tag.to_le_bytes()[..]].concat()
}

/// RopCreateFolder of an ordinary folder.
fn create_folder(input: u8, output: u8, name: &str) -> Vec<u8> {
    [&[0x1C, 0, input, output, 1, 0, 0, 0], name.as_bytes(), b"\0\0"].concat()
}

fn payload(list: &[u8], handles: &[u32]) -> Vec<u8> {
    let size = u16::try_from(list.len() + 2).unwrap();
    [&size.to_le_bytes(), list, &handles.iter().flat_map(|handle| handle.to_le_bytes()).collect::<Vec<u8>>()].concat()
}

impl Desk {
    fn send(&mut self, list: &[u8], handles: &[u32]) -> Result<(Vec<u8>, Vec<u32>), ExecuteError> {
        let answer = self.session.link.raw(&pack_buffers(&[payload(list, handles)], false, false))?;
        let answer = unpack_buffers(&answer).unwrap().remove(0);
        let size = usize::from(u16::from_le_bytes([answer[0], answer[1]]));
        let handles = answer[size..].chunks(4).map(|handle| u32::from_le_bytes(handle.try_into().unwrap()));
        Ok((answer[2..size].to_vec(), handles.collect()))
    }

    /// RopsList and ServerObjectHandleTable of the answer to a batch.
    #[track_caller]
    pub(super) fn batch(&mut self, list: &[u8], handles: &[u32]) -> (Vec<u8>, Vec<u32>) {
        self.send(list, handles).unwrap()
    }
}

/// Operations run in their order, each on what the one before made; what they answer stands in that order, and the
/// table keeps its places. MS-OXCROPS R4488, R4665, R4671, R4707, R4548, R4550, R4552, R4553, R4554, R4556, R4557,
/// R4558, R4559, R4560, R4563, R4565, R4716, R4717, R4718, R4719, R14; R4571, R4572, R4581 (RopRelease has no
/// answer), R4537, R4538
#[test]
fn a_batch_is_answered_in_order() {
    let mut desk = Desk::new();
    let logon = desk.logon.handle;
    desk.note(Special::Inbox.id(), "a");
    let contents_table = [0x05, 0, 1, 3, 0];
    let long_term_id = [&[0x43, 0, 0], &INBOX[..]].concat();
    let (release, get_status) = ([0x01, 0, 1], [0x16, 0, 3]);
    let list = [&open_folder(0, 0, 1)[..], &contents_table, &long_term_id, &release, &get_status].concat();
    let unused = 0x1234_5678;
    let (answer, handles) = desk.batch(&list, &[logon, NO_HANDLE, unused, NO_HANDLE, NO_HANDLE]);
    let guid = desk.logon.private.repl_guid.0;
    let expected = [
        &[0x02, 1, 0, 0, 0, 0, 0, 0][..],
        &[0x05, 3, 0, 0, 0, 0, 1, 0, 0, 0],
        &[0x43, 0, 0, 0, 0, 0],
        &guid,
        &[0, 0, 0, 0, 0, 5, 0, 0],
        &[0x16, 3, 0, 0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(answer, expected);
    assert!(handles.len() >= 4, "as far as an answer names it");
    assert_eq!((handles[0], handles[2]), (logon, unused), "what was there stays there");
    let (folder, table) = (handles[1], handles[3]);
    let all = [logon, folder, table];
    assert!(!all.contains(&NO_HANDLE) && all.iter().all(|one| all.iter().filter(|other| *other == one).count() == 1));
    // A table that is too short reaches as far as it must.
    let (answer, handles) = desk.batch(&open_folder(0, 0, 4), &[logon]);
    assert_eq!((answer[..6].to_vec(), handles.len()), (vec![0x02, 4, 0, 0, 0, 0], 5));
    assert_eq!((handles[0], handles[4] == NO_HANDLE), (logon, false));
}

/// What fails makes nothing and stops nobody. MS-OXCROPS R4712, R4573: releasing nothing is no error.
#[test]
fn what_fails_leaves_the_others_alone() {
    let mut desk = Desk::new();
    let logon = desk.logon.handle;
    let name = PropertyTag::PidTagDisplayName.0;
    let nowhere = [&[0x02, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 0xFF, 0xFF][..], &[0]].concat();
    let list = [&nowhere[..], &get(0, 1, name), &get(0, 9, name), &open_folder(0, 0, 2), &[0x01, 0, 9, 0x01, 0, 1]];
    let (answer, handles) = desk.batch(&list.concat(), &[logon, NO_HANDLE, NO_HANDLE]);
    let expected = [
        &[0x02, 1, 0x0F, 1, 4, 0x80][..],
        &[&[0x07, 1], &NULL_OBJECT[..]].concat(),
        &[&[0x07, 9], &NULL_OBJECT[..]].concat(),
        &[0x02, 2, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    assert_eq!(answer, expected);
    assert_eq!((handles[1], handles[2] == NO_HANDLE), (NO_HANDLE, false));
    let (answer, _) = desk.batch(&[0x01, 0, 0x77, 0x01, 5, 0], &[NO_HANDLE]);
    assert_eq!(answer, [0; 0], "nobody's handle, nobody's logon");
}

/// MS-OXCROPS R4555, R457302, R457303: never given out, of another logon; released ones are as never given out. R4568, R4569, R4570, R4580,
/// R4472: what is released is gone, a logon with all that came of it.
#[test]
fn an_object_that_is_not_there_has_two_codes() {
    let mut desk = Desk::new();
    let logon = desk.logon.handle;
    let name = PropertyTag::PidTagDisplayName.0;
    let (inbox, other) = (desk.inbox(), desk.inbox());
    let mut code = |handle: u32, logon_id: u8| {
        let (answer, _) = desk.batch(&get(logon_id, 0, name), &[handle]);
        assert_eq!(answer[..2], [0x07, 0]);
        <[u8; 4]>::try_from(&answer[2..6]).unwrap()
    };
    assert_eq!([code(inbox, 0), code(other, 0)], [OK; 2]);
    assert_eq!([code(0, 0), code(0x7654_3210, 0), code(NO_HANDLE, 0)], [NULL_OBJECT; 3]);
    assert_eq!(code(inbox, 7), ACCESS_DENIED);
    assert_eq!(desk.batch(&[0x01, 0, 0], &[inbox]).0, [0; 0]);
    let mut code = |handle: u32| desk.batch(&get(0, 0, name), &[handle]).0[2..6].to_vec();
    assert_eq!([code(inbox), code(other)], [NULL_OBJECT.to_vec(), OK.to_vec()]);
    assert_eq!(desk.batch(&[0x01, 0, 0], &[logon]).0, [0; 0]);
    let mut code = |handle: u32| desk.batch(&get(0, 0, name), &[handle]).0[2..6].to_vec();
    assert_eq!([code(logon), code(other), code(other + 1)], [NULL_OBJECT; 3].map(|c| c.to_vec()));
    assert!(desk.session.link.objects.is_empty());
}

/// MS-OXCROPS R4540: a new session has no object, whatever others have. R4536, R29, R28: a LogonId names one logon.
#[test]
fn a_session_begins_with_nothing() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let mut bare = Desk::bare(&desk.place, &desk.place.ann.clone(), false);
    for handle in [desk.logon.handle, inbox] {
        let list = get(0, 0, PropertyTag::PidTagDisplayName.0);
        let answer = bare.link.raw(&pack_buffers(&[payload(&list, &[handle])], false, false)).unwrap();
        assert_eq!(unpack_buffers(&answer).unwrap()[0][4..8], NULL_OBJECT);
    }
    let dn = desk.place.ann.legacy_dn.clone();
    let again = block_on(desk.session.logon(&dn)).unwrap();
    let name = get(0, 0, PropertyTag::PidTagDisplayName.0);
    assert_eq!(desk.batch(&name, &[inbox]).0[2..6], NULL_OBJECT, "the new logon took the place of the old");
    assert_eq!(desk.batch(&open_folder(0, 0, 1), &[again.handle]).0[2..6], OK);
}

/// MS-OXCROPS R16, R180001, R4551: what has a reserved RopId, or cannot be read to its end, fails as a whole, and
/// nothing of it is done.
#[test]
fn a_batch_that_is_none_is_not_begun() {
    let mut desk = Desk::new();
    let (logon, top) = (desk.logon.handle, desk.folder(Special::IpmSubtree.id()));
    let before = desk.place.snapshot(&desk.place.ann);
    let reserved = [0x00, 0x28, 0x3C, 0x3D, 0x62, 0x65, 0x71, 0x88, 0x8F, 0x94, 0xF8, 0xFA, 0xFD];
    for id in reserved {
        let list = [&create_folder(1, 2, "never")[..], &[id, 0, 0]].concat();
        let answer = desk.send(&list, &[logon, top]);
        assert_eq!(answer, Err(ExecuteError::Code(ErrorCode(0x4B6))), "{id:#x}");
    }
    let cut = create_folder(1, 2, "never");
    let whole = create_folder(1, 2, "never");
    let list = [&whole[..], &cut[..cut.len() - 1]].concat();
    assert_eq!(desk.send(&list, &[logon, top]), Err(ExecuteError::Code(ErrorCode(0x4B6))));
    assert_eq!(desk.place.snapshot(&desk.place.ann), before);
}

/// MS-OXCROPS R4439, R4444, R4446, R4447, R4517, R4518, R4545, R454502, R454507, R454508: what has no room is not done
/// but given back, behind everything else; sent again, it is done.
#[test]
fn what_has_no_room_is_given_back() {
    let mut desk = Desk::new();
    let top = desk.folder(Special::IpmSubtree.id());
    let message = desk.draft(Special::Inbox.id());
    let subject = "s".repeat(200);
    desk.set(message, vec![string(PropertyTag::PidTagSubject, &subject)]);
    let tag = PropertyTag::PidTagSubject.0;
    let rest = [get(0, 0, tag), create_folder(1, 2, "later")].concat();
    let list = [get(0, 0, tag), rest.clone()].concat();
    let text: Vec<u8> = subject.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let got = [&[0x07, 0, 0, 0, 0, 0, 0][..], &text].concat();
    // The first fits, the second does not: RPC_HEADER_EXT 8, RopSize 2, three handles.
    desk.session.link.max_rop_out = u32::try_from(8 + 2 + 12 + got.len() + 100 + rest.len()).unwrap();
    let before = desk.place.snapshot(&desk.place.ann);
    let (answer, handles) = desk.batch(&list, &[message, top]);
    let (head, tail) = answer.split_at(got.len());
    assert_eq!(head, got);
    assert_eq!(tail[0], 0xFF);
    assert!(usize::from(u16::from_le_bytes([tail[1], tail[2]])) >= got.len(), "SizeNeeded");
    assert_eq!(tail[3..], rest, "and nothing behind it");
    assert_eq!(handles[..2], [message, top]);
    assert_eq!(desk.place.snapshot(&desk.place.ann), before, "no folder yet");
    desk.session.link.max_rop_out = 0x8008;
    let (answer, _) = desk.batch(&rest, &[message, top]);
    assert_eq!((&answer[..got.len()], &answer[got.len()..got.len() + 6]), (&got[..], &[0x1C, 2, 0, 0, 0, 0][..]));
    // Rows are as many as there is room for; where not one has room, they are given back like everything else.
    for _ in 0..3 {
        desk.note(Special::Inbox.id(), &subject);
    }
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[PropertyTag::PidTagSubject]);
    let rows = [0x15, 0, 1, 0, 1, 10, 0];
    let list = [&get(0, 0, tag)[..], &rows].concat();
    let row = 1 + text.len();
    let room = |more: usize| u32::try_from(8 + 2 + 8 + got.len() + more).unwrap();
    desk.session.link.max_rop_out = room(9 + 2 * row + 20);
    let (answer, _) = desk.batch(&list, &[message, table]);
    assert_eq!(answer[got.len()..got.len() + 9], [0x15, 1, 0, 0, 0, 0, 1, 2, 0], "two of three");
    desk.batch(&[0x18, 0, 0, 0, 0, 0, 0, 0, 0], &[table]);
    desk.session.link.max_rop_out = room(9 + row - 5);
    let (answer, _) = desk.batch(&list, &[message, table]);
    assert_eq!((answer[got.len()], &answer[got.len() + 3..]), (0xFF, &rows[..]));
}

/// A destination that is none: the index of the request as four bytes, and nothing done. MS-OXCROPS R793, R825, R828,
/// R836, R881, R3109, R3402, R3410, R3414
#[test]
fn a_missing_destination_has_a_form_of_its_own() {
    let mut desk = Desk::new();
    let (inbox, id) = (desk.inbox(), INBOX);
    let message = desk.draft(Special::Inbox.id());
    let stream = [0x2B, 0, 0, 1, 2, 1, 0x13, 0x10, 2];
    let (_, handles) = desk.batch(&stream, &[message, NO_HANDLE]);
    let stream = handles[1];
    let none = [&[0x03, 5, 0, 0][..], &[1, 0, 0, 0]].concat();
    let cases: [(u32, Vec<u8>, &[u8]); 6] = [
        (inbox, [&[0x33, 0, 0, 1, 1, 0][..], &id, &[0, 1]].concat(), &[0]),
        (inbox, [&[0x35, 0, 0, 1, 0, 0][..], &id, &[0]].concat(), &[0]),
        (inbox, [&[0x36, 0, 0, 1, 0, 0, 0][..], &id, &[0]].concat(), &[0]),
        (message, vec![0x39, 0, 0, 1, 0, 1, 0, 0, 0], &[]),
        (message, vec![0x67, 0, 0, 1, 0, 0, 0, 0], &[]),
        (stream, [&[0x3A, 0, 0, 1][..], &[9, 0, 0, 0, 0, 0, 0, 0]].concat(), &[0; 16]),
    ];
    for (on, request, rest) in cases {
        let (answer, _) = desk.batch(&request, &[on, 0x7654_3210]);
        assert_eq!(answer, [&[request[0], 0][..], &none, rest].concat(), "{:#x}", request[0]);
    }
}

/// Events stand behind the answers, or alone. MS-OXCROPS R4506
#[test]
fn events_have_no_request() {
    let mut desk = Desk::new();
    let logon = desk.logon.handle;
    let register = [0x29, 0, 0, 1, 0x04, 0, 1];
    let (answer, handles) = desk.batch(&register, &[logon, NO_HANDLE]);
    assert_eq!(answer, [0x29, 1, 0, 0, 0, 0]);
    let subscription = handles[1].to_le_bytes();
    let list = [&create_folder(1, 2, "news")[..], &[0x43, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5]].concat();
    let top = desk.folder(Special::IpmSubtree.id());
    let (answer, _) = desk.batch(&list, &[logon, top]);
    // RopCreateFolder, 15 bytes; RopLongTermIdFromId, 30.
    assert_eq!([answer[0], answer[15], answer[45]], [0x1C, 0x43, 0x2A], "the answers, then the event");
    assert_eq!(answer[46..50], subscription);
}
