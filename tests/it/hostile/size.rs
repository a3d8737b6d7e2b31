//! Depths, counts and sizes beyond all measure: each has its bound, and says so.

use super::Bystander;
use crate::client::{Desk, World, string};
use mailstead::limits;
use mailstead::mapi::{ErrorCode, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    self, CreateAttachmentRequest, FindRowRequest, GetContentsTableRequest, OpenEmbeddedMessageRequest,
    OpenFolderRequest, OpenStreamRequest, RestrictRequest, SaveChangesAttachmentRequest, SeekStreamRequest,
    SetStreamSizeRequest,
};
use mailstead::store::Special;
use mailstead::wire::pack_buffers;
use smol::block_on;
use std::time::{Duration, Instant};

const RES_AND: u8 = 0x00;
const RES_NOT: u8 = 0x02;
const RES_SUBRESTRICTION: u8 = 0x09;

/// RestrictionData that goes down `depth` levels by this step and then simply ends.
fn nested(step: &[u8], depth: usize) -> Vec<u8> {
    // At the bottom: PidTagSubject exists.
    [step.repeat(depth).as_slice(), &[0x08, 0x1F, 0x00, 0x37, 0x00]].concat()
}

/// MS-OXCDATA 2.12: restrictions contain restrictions; nothing says how deep.
#[test]
fn a_restriction_nested_ten_thousand_deep_is_refused() {
    let world = World::new();
    let mut bob = Bystander::at(&world);
    let (mut session, logon) = world.session(&world.place.ann.clone());
    let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).unwrap();
    let (table, _) = block_on(session.open(inbox, GetContentsTableRequest { table_flags: 0 })).unwrap();
    block_on(session.set_columns(table, &[PropertyTag::PidTagSubject])).unwrap();
    let steps: [&[u8]; 4] = [
        &[RES_NOT],
        &[RES_AND, 1, 0],
        // RES_COMMENT without values, with a restriction.
        &[0x0A, 0, 1],
        // On PidTagMessageRecipients.
        &[RES_SUBRESTRICTION, 0x0D, 0x00, 0x12, 0x0E],
    ];
    for step in steps {
        let deep = nested(step, 10_000 / step.len().max(2));
        for restriction_data in [nested(step, 10_000), deep, nested(step, 65)] {
            if restriction_data.len() > 0x7F00 {
                continue;
            }
            let restrict = RestrictRequest { restrict_flags: 0, restriction_data: restriction_data.clone() };
            let failed = block_on(session.run(table, restrict)).unwrap_err();
            assert!(failed.code().is_some(), "{failed}");
            let find = FindRowRequest { find_row_flags: 0, restriction_data, origin: 0, bookmark: Vec::new() };
            let failed = block_on(session.run(table, find)).unwrap_err();
            assert!(failed.code().is_some(), "{failed}");
        }
        // What is deep enough for everybody is served.
        let restrict = RestrictRequest { restrict_flags: 0, restriction_data: nested(step, 20) };
        block_on(session.run(table, restrict)).unwrap();
        assert!(block_on(session.all_rows(table)).is_ok());
    }
    bob.is_served(&world.place);
}

/// A count is a number; only what follows it is data.
#[test]
fn a_count_of_65535_with_no_data_is_malformed() {
    let mut desk = Desk::new();
    let inbox = desk.inbox();
    let table = desk.make(inbox, GetContentsTableRequest { table_flags: 0 });
    let message = desk.draft(Special::Inbox.id());
    let count = [0xFF, 0xFF];
    // RopId, bytes before the count.
    let cases: [(u8, &[u8], u32); 14] = [
        (0x12, &[0], table),
        (0x13, &[0], table),
        (0x07, &[0, 0, 1, 0], message),
        (0x0A, &[0x02, 0], message),
        (0x0A, &count, message),
        (0x0B, &[], message),
        (0x0E, &[0, 0], message),
        (0x0E, &[], message),
        (0x1E, &[0, 0], inbox),
        (0x91, &[0, 0], inbox),
        (0x66, &[0, 0], inbox),
        (0x55, &[], inbox),
        (0x56, &[2], inbox),
        (0x2D, &[], message),
    ];
    for (id, before, on) in cases {
        let list = [&[id, 0, 0], before, &count].concat();
        let size = u16::try_from(list.len() + 2).unwrap().to_le_bytes();
        let payload = [size.as_slice(), &list, &on.to_le_bytes()].concat();
        let answer = desk.session.link.raw(&pack_buffers(&[payload], false, false));
        let refused = matches!(answer, Err(mailstead::exec::ExecuteError::Code(ErrorCode::RpcFormat)));
        assert!(refused, "{:?}: {answer:?}", rop::name(id));
    }
    // And all of them after one another: nothing was taken along.
    assert_eq!(desk.integer(message, PropertyTag::PidTagMessageFlags) & 8, 8);
}

/// MS-OXCDATA 2.11.1: a multivalue has a 32-bit count, a binary in NSPI a 32-bit length.
#[test]
fn a_property_of_two_gigabytes_is_only_a_number() {
    let begun = Instant::now();
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    for count in [0x7FFF_FFFF_u32, 0x8000_0000, 0xFFFF_FFFF] {
        for property_type in [0x1002_u16, 0x1003, 0x1014, 0x101E, 0x101F, 0x1040, 0x1048, 0x1102] {
            let mut value = property_type.to_le_bytes().to_vec();
            value.extend(0x8000_u16.to_le_bytes());
            value.extend(count.to_le_bytes());
            let size = u16::try_from(value.len() + 2).unwrap().to_le_bytes();
            let list = [&[0x0A, 0, 0], size.as_slice(), &[1, 0], &value].concat();
            let size = u16::try_from(list.len() + 2).unwrap().to_le_bytes();
            let payload = [size.as_slice(), &list, &message.to_le_bytes()].concat();
            let answer = desk.session.link.raw(&pack_buffers(&[payload], false, false));
            assert!(answer.is_err(), "{property_type:x}: {answer:?}");
        }
    }
    // MS-OXCPRPT 2.2.19: a stream is at most 2^31 bytes, and here much less.
    let open = OpenStreamRequest { property_tag: PropertyTag::PidTagBody, open_mode_flags: 2 };
    let stream = desk.make(message, open);
    for stream_size in [limits::STREAM_MAX_BYTES + 1, 0x7FFF_FFFF, 0x8000_0000, 0x1_0000_0000, u64::MAX] {
        let code = desk.fails(stream, SetStreamSizeRequest { stream_size });
        assert!(!code.is_success());
    }
    for offset in [i64::MAX, i64::MIN, -1, 0x8000_0000] {
        let _ = desk.attempt_on([stream, rop::NO_HANDLE], SeekStreamRequest { origin: 0, offset });
        let _ = desk.attempt_on([stream, rop::NO_HANDLE], SeekStreamRequest { origin: 1, offset });
        let _ = desk.attempt_on([stream, rop::NO_HANDLE], rop::WriteStreamRequest { data: vec![1; 100] });
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

/// outlook.md §5: a leak of handles hits a wall, and only that session's.
#[test]
fn a_session_that_opens_for_ever_hits_a_wall_of_its_own() {
    let mut desk = Desk::new();
    let mut beside = desk.beside();
    let open = || OpenFolderRequest { folder_id: Special::Inbox.id(), open_mode_flags: 0 };
    let mut refused = None;
    'all: for _ in 0..limits::OBJECTS_PER_SESSION_MAX {
        let mut batch = mailstead::client::Batch::default();
        let place = batch.object(desk.logon.handle);
        for _ in 0..100 {
            batch.open(place, open());
        }
        for reply in block_on(desk.session.batch(&batch)).unwrap().replies {
            if let rop::Reply::Response(frame) = reply
                && let Err(failure) = frame.result
            {
                refused = Some(failure.code);
                break 'all;
            }
        }
    }
    assert_eq!(refused, Some(ErrorCode::OutOfMemory));
    assert!(desk.session.link.objects.len() <= limits::OBJECTS_PER_SESSION_MAX);
    beside.inbox();
    // Releasing the logon releases everything. MS-OXCROPS 3.2.5.3
    let handle = desk.logon.handle;
    block_on(desk.session.release(&[handle])).unwrap();
    assert!(desk.session.link.objects.is_empty());
}

#[test]
fn folders_below_folders_end_somewhere() {
    let mut desk = Desk::new();
    let mut parent = desk.folder(Special::IpmSubtree.id());
    let mut refused = None;
    for depth in 0..limits::FOLDER_DEPTH_MAX + 10 {
        let name = format!("Level {depth}");
        match desk.attempt_on([parent, rop::NO_HANDLE], crate::client::new_folder(&name)) {
            Ok(done) => parent = done.handle,
            Err(code) => {
                refused = Some((depth, code));
                break;
            }
        }
    }
    let (depth, code) = refused.expect("an end");
    assert!(depth > 20 && !code.is_success(), "{depth}: {code:?}");
    // A folder that goes all the way down can still be seen and thrown away.
    let top = desk.folder(Special::IpmSubtree.id());
    let table = desk.hierarchy(top, 4, &[PropertyTag::PidTagDisplayName]);
    assert!(desk.rows(table).len() > depth);
}

#[test]
fn messages_within_messages_end_somewhere() {
    let mut desk = Desk::new();
    let mut message = desk.draft(Special::Inbox.id());
    let mut depth = 0;
    let code = loop {
        let attachment = desk.make(message, CreateAttachmentRequest {});
        desk.set(attachment, vec![TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(5))]);
        let embedded = OpenEmbeddedMessageRequest { code_page_id: 0xFFF, open_mode_flags: 2 };
        match desk.attempt_on([attachment, rop::NO_HANDLE], embedded) {
            Ok(done) => message = done.handle,
            Err(code) => break code,
        }
        depth += 1;
        assert!(depth < 200, "no end");
    };
    assert!(depth >= 8 && !code.is_success(), "{depth}: {code:?}");
}

#[test]
fn recipients_and_attachments_end_somewhere() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let recipient = |n: usize| mailstead::client::Recipient {
        recipient_type: mailstead::mapi::RecipientType::To,
        display_name: format!("Number {n}"),
        address: format!("n{n}@example.org"),
    };
    // Row numbers begin at 0 in each call of the client, so they are given here.
    let mut refused = None;
    for start in (0..limits::RECIPIENTS_MAX + 200).step_by(200) {
        let rows = (start..start + 200).map(|n| rop::ModifyRecipientRow {
            row_id: u32::try_from(n).unwrap(),
            recipient_type: 1,
            recipient_row: mailstead::client::recipient_bytes(&recipient(n)),
        });
        let request = rop::ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows: rows.collect() };
        if let Err(code) = desk.attempt_on([message, rop::NO_HANDLE], request) {
            refused = Some(code);
            break;
        }
    }
    assert!(refused.is_some_and(|code| !code.is_success()));
    let message = desk.draft(Special::Inbox.id());
    let mut refused = None;
    for _ in 0..limits::ATTACHMENTS_MAX + 10 {
        match desk.attempt_on([message, rop::NO_HANDLE], CreateAttachmentRequest {}) {
            Ok(done) => {
                let saved = SaveChangesAttachmentRequest { save_flags: 1 };
                desk.attempt_on([done.handle, message], saved).unwrap();
                block_on(desk.session.release(&[done.handle])).unwrap();
            }
            Err(code) => {
                refused = Some(code);
                break;
            }
        }
    }
    assert!(refused.is_some_and(|code| !code.is_success()));
    desk.save(message);
}

/// Values that do not fit a response are told as such, not sent in pieces or not at all.
/// MS-OXCPRPT 2.2.2, exchange.md
#[test]
fn large_values_are_stored_and_told_to_be_large() {
    let mut desk = Desk::new();
    let message = desk.draft(Special::Inbox.id());
    let body = "Ä".repeat(300_000);
    let bytes: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    block_on(desk.session.write_stream(message, PropertyTag::PidTagBody, &bytes)).unwrap();
    desk.save(message);
    assert_eq!(desk.get(message, PropertyTag::PidTagBody), Err(ErrorCode::OutOfMemory));
    assert_eq!(block_on(desk.session.body(message)).unwrap(), body);
    let value = TaggedValue::new(PropertyTag(0x6001_0102), Value::Binary(vec![1; 20_000]));
    desk.set(message, vec![value, string(PropertyTag::PidTagSubject, &"s".repeat(5000))]);
    desk.save(message);
    let all = rop::GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 1 };
    match block_on(desk.session.run(message, all)) {
        Ok(response) => assert!(response.property_values.len() > 5),
        Err(other) => panic!("{other}"),
    }
}
