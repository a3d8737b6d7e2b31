//! Locked regions of streams. MS-OXCPRPT 2.2.24, 2.2.25, 3.2.5.21, 3.2.5.22

use super::{BEGINNING, END, HTML, READ_ONLY, READ_WRITE, open, read, seek, write};
use crate::client::{Desk, string};
use mailstead::limits;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag, Value};
use mailstead::rop::{CommitStreamRequest, LockRegionStreamRequest, SetStreamSizeRequest, UnlockRegionStreamRequest};
use mailstead::store::Special;
use smol::block_on;
use std::sync::Arc;
use std::time::Duration;

/// LockFlags: others may read.
const OTHERS_READ: u32 = 1;
const EXCLUSIVE: u32 = 0;

fn lock(region_offset: u64, region_size: u64, lock_flags: u32) -> LockRegionStreamRequest {
    LockRegionStreamRequest { region_offset, region_size, lock_flags }
}

fn unlock(region_offset: u64, region_size: u64) -> UnlockRegionStreamRequest {
    UnlockRegionStreamRequest { region_offset, region_size, lock_flags: 0 }
}

/// Two sessions of one server, and a message with ten bytes that each has a stream on.
struct Two {
    one: Desk,
    other: Desk,
    message: ObjectId,
    /// The message and the stream of each.
    ours: (u32, u32),
    theirs: (u32, u32),
}

impl Two {
    fn new() -> Self {
        let mut one = Desk::new();
        let mut other = one.beside();
        other.session = Desk::bare(&one.place, &one.place.ann, false);
        other.session.link.engine = Arc::clone(&one.session.link.engine);
        other.logon = block_on(other.session.logon(&one.place.ann.legacy_dn)).unwrap();
        let (message, stream) = one.stream(b"0123456789");
        one.set(message, vec![string(PropertyTag::PidTagSubject, "locked")]);
        one.go(stream, CommitStreamRequest {});
        let id = one.save(message);
        block_on(one.session.release(&[stream, message])).unwrap();
        let streams = |desk: &mut Desk| {
            let request = mailstead::rop::OpenMessageRequest {
                code_page_id: 0x0FFF,
                folder_id: Special::Inbox.id(),
                open_mode_flags: 1,
                message_id: id,
            };
            let message = desk.make(desk.logon.handle, request);
            (message, desk.make(message, open(HTML, READ_WRITE)))
        };
        let (ours, theirs) = (streams(&mut one), streams(&mut other));
        Self { one, other, message: id, ours, theirs }
    }

    /// What the other one may do to two bytes at an offset: read them, write them.
    fn may(&mut self, at: i64) -> [bool; 2] {
        let stream = self.theirs.1;
        self.other.go(stream, seek(BEGINNING, at));
        let reads = self.other.attempt_on([stream, 0], read(2)).map(drop);
        self.other.go(stream, seek(BEGINNING, at));
        let writes = self.other.attempt_on([stream, 0], write(b"xx")).map(drop);
        [reads, writes].map(|done| match done {
            Ok(()) => true,
            Err(code) => {
                assert_eq!(code, ErrorCode::AccessDenied);
                false
            }
        })
    }

    fn pass(&self, seconds: u64) {
        self.one.place.clock.advance(Duration::from_secs(seconds));
    }
}

/// MS-OXCPRPT R373, R607, R620, R37401, R37601, R37701, R379, R380, R60703, R60706, R610, R888; MS-OXCROPS R3416, R3427, R3429,
/// R3431, R3432
#[test]
fn a_lock_keeps_other_sessions_off() {
    let mut two = Two::new();
    assert_eq!(two.may(4), [true, true]);
    two.one.go(two.ours.1, lock(4, 2, OTHERS_READ));
    for (at, may) in [(2, true), (3, false), (4, false), (5, false), (6, true)] {
        assert_eq!(two.may(at), [true, may], "{at}");
    }
    two.one.go(two.ours.1, seek(BEGINNING, 4));
    two.one.go(two.ours.1, write(b"ab"));
    two.one.go(two.ours.1, lock(6, 2, EXCLUSIVE));
    for (at, may) in [(2, [true; 2]), (4, [true, false]), (5, [false; 2]), (6, [false; 2]), (8, [true; 2])] {
        assert_eq!(two.may(at), may, "{at}");
    }
    let size = SetStreamSizeRequest { stream_size: 5 };
    assert_eq!(two.other.fails(two.theirs.1, size.clone()), ErrorCode::AccessDenied);
    two.one.go(two.ours.1, size);
    // Another property of the same message is another stream, and another message, too.
    let body = two.other.make(two.theirs.0, open(PropertyTag::PidTagBody, super::CREATE));
    two.other.go(body, write(b"a\0b\0c\0d\0"));
    let (_, elsewhere) = two.other.stream(b"0123456789");
    two.other.go(elsewhere, seek(BEGINNING, 5));
    two.other.go(elsewhere, write(b"xx"));
    // MS-OXCPRPT R374, R38102: of streams alone.
    for handle in [two.ours.0, two.one.logon.handle] {
        assert_eq!(two.one.fails(handle, lock(0, 1, 0)), ErrorCode::NotSupported);
        assert_eq!(two.one.fails(handle, unlock(0, 1)), ErrorCode::NotSupported);
    }
}

/// MS-OXCPRPT R381, R38103, R38401, R38501, R38602, R62003, R62006, R622, R611; MS-OXCROPS R3441, R3452, R3454, R3456,
/// R3457
#[test]
fn a_session_gives_back_its_own_locks_alone() {
    let mut two = Two::new();
    two.one.go(two.ours.1, lock(0, 4, EXCLUSIVE));
    assert_eq!(two.other.fails(two.theirs.1, lock(3, 4, OTHERS_READ)), ErrorCode::AccessDenied);
    two.other.go(two.theirs.1, lock(4, 4, OTHERS_READ));
    two.other.go(two.theirs.1, unlock(0, 4));
    assert_eq!(two.may(0), [false; 2], "not theirs to give back");
    two.one.go(two.ours.1, unlock(0, 4));
    assert_eq!(two.may(0), [true; 2]);
    two.one.go(two.ours.1, seek(BEGINNING, 4));
    assert_eq!(two.one.fails(two.ours.1, write(b"xx")), ErrorCode::AccessDenied);
    // A stream takes its session's locks along.
    block_on(two.other.session.release(&[two.theirs.1])).unwrap();
    two.one.go(two.ours.1, write(b"xx"));
}

/// MS-OXCPRPT R608, R609, R612: who is silent for more than half a minute loses what was not committed.
#[test]
fn a_lock_expires_when_its_session_is_silent() {
    let mut two = Two::new();
    two.one.go(two.ours.1, lock(0, 4, EXCLUSIVE));
    two.one.go(two.ours.1, write(b"ours"));
    two.pass(29);
    assert_eq!(two.other.fails(two.theirs.1, lock(0, 2, EXCLUSIVE)), ErrorCode::AccessDenied);
    // Anything is activity.
    two.one.go(two.ours.1, seek(END, 0));
    two.pass(29);
    assert_eq!(two.other.fails(two.theirs.1, lock(0, 2, EXCLUSIVE)), ErrorCode::AccessDenied);
    two.pass(2);
    two.other.go(two.theirs.1, lock(0, 2, EXCLUSIVE));
    two.other.go(two.theirs.1, write(b"theirs"));
    two.one.go(two.ours.1, seek(BEGINNING, 0));
    assert_eq!(two.one.fails(two.ours.1, read(1)), ErrorCode::NetworkError);
    assert_eq!(two.one.fails(two.ours.1, write(b"!")), ErrorCode::NetworkError);
    assert_eq!(two.one.fails(two.ours.1, CommitStreamRequest {}), ErrorCode::NetworkError);
    block_on(two.one.session.release(&[two.ours.1])).unwrap();
    two.other.go(two.theirs.1, CommitStreamRequest {});
    two.other.save(two.theirs.0);
    assert_eq!(
        two.one.get(two.ours.0, HTML),
        Ok(Value::Binary(b"0123456789".to_vec())),
        "what was not committed is void"
    );
    let mut reader = two.one.beside();
    let message = reader.open_message(Special::Inbox.id(), two.message);
    let stream = reader.make(message, open(HTML, READ_ONLY));
    assert_eq!(reader.whole(stream), b"theirs6789");
}

/// There is a bound, and silent sessions do not keep it reached.
#[test]
fn locks_are_bounded() {
    let mut two = Two::new();
    for n in 0..limits::REGIONS_MAX as u64 {
        two.one.go(two.ours.1, lock(n, 1, OTHERS_READ));
    }
    assert_eq!(two.one.fails(two.ours.1, lock(5000, 1, 0)), ErrorCode::TooManyOpenObjects);
    assert_eq!(two.other.fails(two.theirs.1, lock(5000, 1, 0)), ErrorCode::TooManyOpenObjects);
    two.pass(31);
    two.other.go(two.theirs.1, lock(5000, u64::MAX, 0));
}
