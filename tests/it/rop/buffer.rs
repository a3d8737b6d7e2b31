//! A whole payload: RopSize, RopsList, ServerObjectHandleTable. MS-OXCROPS 2.2.1

use crate::golden::hex;
use mailstead::mapi::{ErrorCode, ObjectId};
use mailstead::rop::{
    BufferTooSmallResponse, Failure, Handles, OpenFolderRequest, PendingResponse, ReleaseRequest, Reply, Request,
    RequestBuffer, RequestFrame, Response, ResponseFrame, SetColumnsResponse, read_responses,
};
use mailstead::wire::Wire;

/// RopOpenFolder, then RopRelease of what it opened, with a table of three handles.
const PAYLOAD: &str = "
    1200                                    # RopSize: 2 + 13 + 3 = 18, itself included
    02 00 00 01 0100 00000000000D 00        # RopOpenFolder
    01 00 01                                # RopRelease
    05000000 FFFFFFFF 78563412              # ServerObjectHandleTable";

fn requests() -> Vec<RequestFrame> {
    let open = OpenFolderRequest { folder_id: ObjectId::new(1, 13), open_mode_flags: 0 };
    vec![
        RequestFrame { logon_id: 0, handles: Handles { input: 0, other: 1 }, request: Request::OpenFolder(open) },
        RequestFrame {
            logon_id: 0,
            handles: Handles { input: 1, other: 0 },
            request: Request::Release(ReleaseRequest {}),
        },
    ]
}

const HANDLES: [u32; 3] = [5, 0xFFFF_FFFF, 0x1234_5678];

/// MS-OXCROPS R6 R7 R4669 R4673 R11 R4674 R4675
#[test]
fn a_batch_is_requests_and_handles() {
    let payload = hex(PAYLOAD);
    let buffer = RequestBuffer::read(&payload).unwrap();
    let expected: Vec<(usize, RequestFrame)> = [0, 13].into_iter().zip(requests()).collect();
    assert_eq!(buffer.requests, expected, "each with its offset in the list");
    assert_eq!(buffer.handles, HANDLES);
    assert_eq!(RequestBuffer::pack(&requests(), &HANDLES), payload);
}

#[test]
fn a_batch_may_be_empty() {
    // How a client collects notifications.
    let buffer = RequestBuffer::read(&hex("0200 05000000")).unwrap();
    assert_eq!((buffer.requests.len(), buffer.handles), (0, vec![5]));
    let buffer = RequestBuffer::read(&hex("0200")).unwrap();
    assert_eq!((buffer.requests.len(), buffer.handles.len()), (0, 0));
}

#[test]
fn broken_framing_is_refused() {
    for (payload, why) in [
        ("", "no RopSize"),
        ("02", "half a RopSize"),
        ("0000", "RopSize counts itself"),
        ("0100", "RopSize counts itself"),
        ("0300", "RopSize beyond the end"),
        ("FFFF 01 00 00", "RopSize beyond the end"),
        ("0200 05", "a quarter of a handle"),
        ("0200 05000000 050000", "three quarters of a handle"),
        ("0400 01 00", "RopRelease without its index"),
        ("0600 01 00 00 02", "a RopId and nothing more"),
        ("0500 28 00 00", "an unused RopId"),
        ("0500 2A 00 00", "RopNotify is no request"),
        ("0500 6E 00 00", "RopPending is no request"),
        ("0500 F9 00 00", "RopBackoff is no request"),
        ("0500 FF 00 00", "RopBufferTooSmall is no request"),
        ("0500 00 00 00", "RopId 0"),
    ] {
        assert!(RequestBuffer::read(&hex(payload)).is_err(), "{payload}: {why}");
    }
}

#[test]
fn every_prefix_of_a_batch_is_refused_or_has_fewer_handles() {
    let payload = hex(PAYLOAD);
    for len in 0..payload.len() {
        match RequestBuffer::read(&payload[..len]) {
            // Where the handle table ends is nowhere written but in the size of the payload.
            Ok(buffer) => {
                assert!(len >= 18 && (len - 18).is_multiple_of(4), "{len} bytes");
                assert_eq!(buffer.handles, HANDLES[..(len - 18) / 4]);
            }
            Err(_) => assert!(len < 18 || !(len - 18).is_multiple_of(4), "{len} bytes"),
        }
    }
}

/// MS-OXCROPS R4665
#[test]
fn responses_are_read_along_their_requests() {
    // RopRelease has no response; RopNotify and RopPending stand anywhere; RopBufferTooSmall ends the list.
    let list = hex("
        02 01 0F010480
        6E 0300
        12 00 00000000 00
        FF 0900 010001");
    let replies = read_responses(&list, &[requests(), vec![set_columns()]].concat(), &vec![Vec::new(); 3]).unwrap();
    let failed =
        |id, index, code| ResponseFrame { id, index, warning: ErrorCode::Success, result: Err(Failure::from(code)) };
    assert_eq!(
        replies,
        [
            Reply::Response(failed(0x02, 1, ErrorCode::NotFound)),
            Reply::Pending(PendingResponse { session_index: 3 }),
            Reply::Response(ResponseFrame {
                id: 0x12,
                index: 0,
                warning: ErrorCode::Success,
                result: Ok(Response::SetColumns(SetColumnsResponse { table_status: 0 })),
            }),
            Reply::BufferTooSmall(BufferTooSmallResponse { size_needed: 9, request_buffers: vec![1, 0, 1] }),
        ]
    );
    // More answers than questions.
    assert!(read_responses(&hex("12 00 00000000 00"), &requests(), &vec![Vec::new(); 2]).is_err());
}

fn set_columns() -> RequestFrame {
    RequestFrame::from_bytes(&hex("12 00 00 00 0000")).unwrap()
}
