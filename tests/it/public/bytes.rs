//! Requests and responses whose bytes are others on a public logon, and every request there is, made by
//! somebody who may only read and post.

use super::Hall;
use super::reads::unread;
use crate::golden::hex;
use crate::isolation::requests::{Prey, all};
use mailstead::mapi::{LongTermId, ObjectId};
use mailstead::rop::{Handles, Request, RequestBuffer, RequestFrame, ResponseFrame};
use mailstead::wire::{Guid, Reader, Wire as _, Writer, pack_buffers};

/// A payload of a list of operations, with a table of two handles.
fn payload(list: &[u8]) -> Vec<u8> {
    let size = u16::try_from(list.len() + 2).unwrap();
    [&size.to_le_bytes()[..], list, &[1, 0, 0, 0, 2, 0, 0, 0]].concat()
}

const CLIENT_DATA: &str = "0102030405060708090A0B0C0D0E0F10 112233445566 0000";

/// MS-OXCROPS 2.2.6.11, 2.2.3.13.1; rops.md §2. The same bytes mean less on a private logon.
/// MS-OXCROPS R521 R522 R523
#[test]
fn some_requests_are_other_ones_on_a_public_logon() {
    // RopSetMessageReadFlag: LogonId 5, ReadFlags, ClientData. Then RopRelease of LogonId 6.
    let list = hex(&format!("11 05 00 01  01  {CLIENT_DATA}  01 06 01"));
    let read = RequestBuffer::read_for(&payload(&list), &|logon_id| logon_id == 5).unwrap();
    let [(0, set), (_, release)] = read.requests.as_slice() else { panic!("{read:?}") };
    let Request::SetMessageReadFlag(rq) = &set.request else { panic!("{set:?}") };
    let client_data = rq.client_data.unwrap();
    assert_eq!((rq.read_flags, client_data.counter()), (1, 0x1122_3344_5566));
    assert!(matches!(release.request, Request::Release(_)));
    assert!(RequestBuffer::read(&payload(&list)).is_err(), "of a private logon it is nothing");
    let private = hex("11 05 00 01  01  01 05 01");
    assert_eq!(RequestBuffer::read(&payload(&private)).unwrap().requests.len(), 2);
    // RopWritePerUserInformation: FolderId, HasFinished, DataOffset 0, DataSize 2, Data; no ReplGuid.
    let list = hex(&format!("64 05 00  {CLIENT_DATA}  01 00000000 0200 AABB"));
    let read = RequestBuffer::read_for(&payload(&list), &|_| true).unwrap();
    let Request::WritePerUserInformation(rq) = &read.requests[0].1.request else { panic!("{read:?}") };
    assert_eq!((rq.data.as_slice(), rq.repl_guid), ([0xAA, 0xBB].as_slice(), None));
    assert!(RequestBuffer::read(&payload(&list)).is_err());
    let mut w = Writer::new();
    read.requests[0].1.write(&mut w);
    assert_eq!(w.into_bytes(), list);
    // A logon of the same batch counts: RopLogon of LogonId 7 without Private.
    let logon = "FE 07 00  00 02000000 00000000 0000";
    let list = hex(&format!("{logon}  11 07 00 01  01  {CLIENT_DATA}"));
    assert_eq!(RequestBuffer::read(&payload(&list)).unwrap().requests.len(), 2);
    // The response, with a change and without one.
    for (bytes, changed) in [(format!("11 00 00000000 01 05 {CLIENT_DATA}"), true), ("11 00 00000000 00".into(), false)]
    {
        let bytes = hex(&bytes);
        let frame = ResponseFrame::read(0x11, false, &mut Reader::new(&bytes)).unwrap();
        let mailstead::rop::Response::SetMessageReadFlag(response) = frame.result.clone().unwrap() else { panic!() };
        assert_eq!(response.read_status_changed.map(|change| change.logon_id), changed.then_some(5));
        let mut w = Writer::new();
        frame.write(&mut w);
        assert_eq!(w.into_bytes(), bytes);
    }
}

/// Ann's every request, on every object of the public store: what is Bob's stays, his read state too, and
/// nothing panics.
#[test]
fn nothing_that_a_visitor_asks_for_does_harm() {
    let hall = Hall::new();
    let (mut ann, mut bob) = hall.two();
    let b = bob.folder(hall.folder);
    let posts = [bob.note(hall.folder, "read"), bob.note(hall.folder, "unread")];
    super::reads::mark(&mut bob, b, &posts[1..], super::reads::UNREAD);
    let private = [&hall.place.ann, &hall.place.bob].map(|user| hall.place.snapshot(user));
    let prey = Prey {
        legacy_dn: hall.place.bob.legacy_dn.clone(),
        folder: hall.folder,
        message: posts[0],
        inbox: ObjectId::own(5),
        mailbox_guid: Guid::NIL,
        repl_guid: ann.logon.private.repl_guid,
        named_id: 0x8001,
        handles: Vec::new(),
    };
    for request in all(&prey).into_iter().filter(|request| !matches!(request, Request::Logon(_) | Request::Release(_)))
    {
        let folder = ann.folder(hall.folder);
        let message = ann.open_message(hall.folder, posts[1]);
        let table = ann.contents(folder, &[mailstead::mapi::PropertyTag::PidTagMid]);
        let logon = ann.logon.handle;
        for on in [logon, folder, message, table] {
            let request = match request.clone() {
                Request::SetMessageReadFlag(mut rq) => {
                    rq.client_data = Some(LongTermId::new(prey.repl_guid, posts[1]));
                    Request::SetMessageReadFlag(rq)
                }
                Request::WritePerUserInformation(mut rq) => {
                    rq.repl_guid = None;
                    Request::WritePerUserInformation(rq)
                }
                other => other,
            };
            let name = mailstead::rop::name(request.id());
            let frame = RequestFrame { logon_id: 0, handles: Handles { input: 0, other: 1 }, request };
            let payload = RequestBuffer::pack(&[frame], &[on, folder]);
            let answer = ann.session.link.raw(&pack_buffers(&[payload], false, false));
            assert!(answer.is_ok(), "{name:?}: {answer:?}");
        }
        let objects = &mut ann.session.link.objects;
        assert!(objects.len() < 10_000);
        // Whatever was opened goes with the logon.
        ann = hall.desk(&hall.place.ann);
    }
    hall.place.check();
    let subjects: Vec<String> = {
        let table = bob.contents(b, &[mailstead::mapi::PropertyTag::PidTagSubject]);
        bob.texts(table)
    };
    for subject in ["read", "unread"] {
        assert!(subjects.iter().any(|found| found == subject), "{subjects:?}");
    }
    let state = |bob: &mut crate::client::Desk, id| {
        let message = bob.open_message(hall.folder, id);
        bob.get(message, mailstead::mapi::PropertyTag::PidTagRead)
    };
    assert_eq!(state(&mut bob, posts[0]), Ok(mailstead::mapi::Value::Boolean(true)));
    assert_eq!(state(&mut bob, posts[1]), Ok(mailstead::mapi::Value::Boolean(false)));
    assert!(unread(&mut bob, b) >= 1);
    let after = [&hall.place.ann, &hall.place.bob].map(|user| hall.place.snapshot(user));
    assert_eq!(after, private);
}
