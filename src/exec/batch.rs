//! One Execute: a batch of operations in one transaction. MS-OXCROPS 3.2.5.1, MS-OXCRPC 3.1.4.2
//!
//! Read batches take a snapshot, batches with a writing operation the writer, and there is one
//! commit at the end. A batch that cannot commit answers with an error, never with the success it
//! had prepared.

use super::object::Object;
use super::stream::{grows_far, is_created, near};
use super::{Caller, Context, Engine, ExecuteError, Fault, Objects, chain, dispatch, guard, log_store};
use crate::limits;
use crate::mapi::ErrorCode;
use crate::rop::{
    Access, BUFFER_TOO_SMALL, BufferTooSmallResponse, Failure, NO_HANDLE, PROGRESS, Request, RequestBuffer,
    RequestFrame, Response, ResponseFrame, unpack_payload,
};
use crate::store::Txn;
use crate::wire::{HeaderExt, Wire, WireError, Writer, pack_buffers, unpack_buffers};

/// Bytes of a response before its body: RopId, handle index, ReturnValue.
const RESPONSE_HEAD_LEN: usize = 6;
/// Bytes of RopBufferTooSmall before RequestBuffers.
const TOO_SMALL_HEAD_LEN: usize = 3;
/// No operation that changes anything has a longer response, so that one which was executed is
/// never taken back for want of room.
const RESPONSE_ROOM_MIN: usize = 64;

impl Engine {
    /// Executes a RopBuffer; returns the RopBuffer of the response.
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub fn execute(
        &self,
        caller: &Caller,
        objects: &mut Objects,
        rop_buffer: &[u8],
        flags: u32,
        max_rop_out: u32,
    ) -> Result<Vec<u8>, ExecuteError> {
        objects.begin_batch(self);
        self.regions.touch(objects.session.number(), self.clock.now());
        objects.done.clear();
        let answer = self.execute_one(caller, objects, rop_buffer, flags, max_rop_out);
        // Whatever became of the batch: its session may wait again.
        objects.end_batch();
        objects.save();
        answer
    }

    fn execute_one(
        &self,
        caller: &Caller,
        objects: &mut Objects,
        rop_buffer: &[u8],
        flags: u32,
        max_rop_out: u32,
    ) -> Result<Vec<u8>, ExecuteError> {
        let malformed = |e: WireError| {
            log::debug!("{}: malformed batch: {e}; {}", caller.user.address, hex(rop_buffer));
            ExecuteError::Code(ErrorCode::RpcFormat)
        };
        let payloads = unpack_buffers(rop_buffer).map_err(malformed)?;
        // Packed requests are for servers that announce them (mapihttp.md §5); we do not.
        let [payload] = payloads.as_slice() else { return Err(ExecuteError::Code(ErrorCode::RpcFormat)) };
        let batch = RequestBuffer::read(payload).map_err(malformed)?;
        let (list, _) = unpack_payload(payload).map_err(malformed)?;
        let max_out = usize::try_from(max_rop_out).unwrap_or(usize::MAX).saturating_sub(HeaderExt::LEN);
        // The table reaches at least the highest index that a response names.
        let highest = batch.requests.iter().filter_map(|(_, request)| request.output_index()).max();
        let slots = highest.map_or(0, |index| usize::from(index).saturating_add(1)).max(batch.handles.len());
        let overhead = 2_usize.saturating_add(slots.saturating_mul(4));
        let limit = max_out.min(limits::ROP_PAYLOAD_MAX_BYTES).saturating_sub(overhead);
        let chain = flags & chain::CHAIN != 0 && chain::allowed(caller);
        let more = if chain { max_out } else { 0 };
        let run = Run { engine: self, caller, list, limit, overhead, more };
        let payloads = run.batch(objects, batch)?;
        Ok(pack_buffers(&payloads, false, false))
    }
}

/// The fixed circumstances of a batch.
struct Run<'a> {
    engine: &'a Engine,
    caller: &'a Caller,
    /// RopsList of the request.
    list: &'a [u8],
    /// Bytes that all responses of a payload together may have.
    limit: usize,
    /// Bytes of a payload beside its responses: RopSize and the handle table.
    overhead: usize,
    /// Bytes that all payloads together may have; 0: there is only one.
    more: usize,
}

/// How one operation ended.
struct Outcome {
    frame: ResponseFrame,
    created: Option<u32>,
}

impl Outcome {
    /// Is it to be undone? A move whose message the client has a newer version of is done, although
    /// its answer has the form of a failure. MS-OXCFXICS 2.2.3.2.4.4.2
    fn failed(&self) -> bool {
        self.frame.result.as_ref().is_err_and(|failure| failure.code != ErrorCode::NewerClientChange)
    }

    /// Did it find room for nothing? Alone it may have enough.
    fn found_no_room(&self) -> bool {
        self.frame.result.as_ref().is_err_and(|failure| failure.code == ErrorCode::BufferTooSmall)
    }

    /// Bytes that the response would have had.
    fn needs(&self) -> usize {
        if self.found_no_room() {
            return limits::ROP_PAYLOAD_MAX_BYTES;
        }
        let mut alone = Writer::new();
        self.frame.write(&mut alone);
        alone.len()
    }
}

impl Run<'_> {
    fn batch(&self, objects: &mut Objects, batch: RequestBuffer) -> Result<Vec<Vec<u8>>, ExecuteError> {
        let writers = count_writers(objects, &batch);
        let tells = !batch.requests.iter().any(|(_, request)| is_upload(&request.request));
        let store = &self.engine.store;
        let begun = if writers > 0 { store.write() } else { store.read() };
        let mut txn = begun.map_err(|e| ExecuteError::Code(log_store("begin", &e)))?;
        txn.set_author(objects.session.number());
        let mut out = Writer::bounded(self.limit);
        let mut handles = batch.handles;
        let mut keep = true;
        let mut next = None;
        let mut requests = batch.requests.into_iter().enumerate().peekable();
        while let Some((i, (at, request))) = requests.next() {
            let rest = self.list.get(at..).unwrap_or_default();
            let following = requests.peek().map(|(_, (at, _))| self.list.len().saturating_sub(*at));
            let reserve = following.unwrap_or(0).saturating_add(TOO_SMALL_HEAD_LEN);
            // Room to give the rest back is kept, unless the client left no room for that at all.
            let reserve = if following.is_none() || reserve > self.limit { 0 } else { reserve };
            let room = out.room().saturating_sub(reserve);
            let mark = out.mark();
            if i > 0 && room < RESPONSE_ROOM_MIN {
                // Not even tried, so that nothing is done twice when the client sends it again.
                let payload = self.too_small(out, rest, &handles, limits::ROP_PAYLOAD_MAX_BYTES, true)?;
                finish(txn, objects)?;
                return Ok(vec![payload]);
            }
            let output = request.output_index();
            let packs = following.is_none() && self.more > 0;
            let again = if packs { chain::again(&request) } else { None };
            let writes = may_write(objects, &handles, &request, 0);
            let outcome = if writes && writers > 1 {
                self.one_in_child(&mut txn, objects, &mut handles, request, room)?
            } else {
                self.one(&mut txn, objects, &mut handles, request, room)
            };
            // Where one operation alone writes, dropping the whole transaction undoes it.
            keep &= !(writes && writers == 1 && outcome.failed());
            outcome.frame.write(&mut out);
            // Others took the room of its least answer. MS-OXCROPS 3.2.4.3
            let crowded = i > 0 && !writes && outcome.found_no_room();
            if crowded || out.is_full() || out.room() < reserve {
                out.cut(mark);
                outcome.created.into_iter().for_each(|handle| objects.forget(handle));
                let payload = self.too_small(out, rest, &handles, outcome.needs(), i > 0)?;
                finish(txn, objects)?;
                return Ok(vec![payload]);
            }
            next = again.and_then(|request| chain::next(&request, &outcome.frame));
            if let Some(index) = output.map(usize::from) {
                handles.resize(handles.len().max(index.saturating_add(1)), NO_HANDLE);
                if let Some(slot) = handles.get_mut(index) {
                    *slot = outcome.created.unwrap_or(NO_HANDLE);
                }
            }
        }
        let mut payloads = Vec::new();
        if let Some(next) = next {
            let first = assemble(out.as_bytes(), &handles).len();
            self.chain(&mut txn, objects, &mut handles, (next, first), &mut payloads);
        }
        if keep {
            finish(txn, objects)?;
        }
        if tells && payloads.is_empty() {
            self.engine.append_events(self.caller, objects, &mut out, self.limit);
        }
        payloads.insert(0, assemble(out.as_bytes(), &handles));
        Ok(payloads)
    }

    /// Further payloads with more of what the last operation gave.
    fn chain(
        &self,
        txn: &mut Txn<'_>,
        objects: &mut Objects,
        handles: &mut Vec<u32>,
        (mut next, first_len): ((RequestFrame, usize), usize),
        payloads: &mut Vec<Vec<u8>>,
    ) {
        // Counting the first, which is not among them yet.
        while payloads.len().saturating_add(1) < limits::EXTENDED_BUFFERS_MAX {
            let (request, room_min) = next;
            let first = first_len.saturating_add(HeaderExt::LEN);
            let used = first.saturating_add(
                payloads.iter().map(|payload| payload.len().saturating_add(HeaderExt::LEN)).sum::<usize>(),
            );
            let left = self.more.saturating_sub(used);
            if left < room_min {
                return;
            }
            let limit = left.min(limits::ROP_PAYLOAD_MAX_BYTES).saturating_sub(self.overhead);
            let run = Run { limit, ..*self };
            let mut out = Writer::bounded(limit);
            let Some(asked) = chain::again(&request) else { return };
            let outcome = run.one(txn, objects, handles, request, limit);
            if !chain::is_worth_sending(&outcome.frame) {
                return;
            }
            outcome.frame.write(&mut out);
            payloads.push(assemble(out.as_bytes(), handles));
            next = match chain::next(&asked, &outcome.frame) {
                Some(next) => next,
                None => return,
            };
        }
    }

    /// The response does not fit: what was done stays done, the client sends the rest again.
    fn too_small(
        &self,
        mut out: Writer,
        rest: &[u8],
        handles: &[u32],
        needed: usize,
        progress: bool,
    ) -> Result<Vec<u8>, ExecuteError> {
        BUFFER_TOO_SMALL.write(&mut out);
        let size_needed = u16::try_from(needed.min(limits::ROP_PAYLOAD_MAX_BYTES)).unwrap_or(0x8000);
        BufferTooSmallResponse { size_needed, request_buffers: rest.to_vec() }.write(&mut out);
        let as_large_as_can_be = self.limit >= limits::ROP_PAYLOAD_MAX_BYTES.saturating_sub(1024);
        if out.is_full() || !progress && as_large_as_can_be {
            // Nothing is committed, so the client may send it all again, with more room.
            return Err(ExecuteError::Code(ErrorCode::BufferTooSmall));
        }
        Ok(assemble(out.as_bytes(), handles))
    }

    fn one_in_child(
        &self,
        txn: &mut Txn<'_>,
        objects: &mut Objects,
        handles: &mut Vec<u32>,
        request: RequestFrame,
        room: usize,
    ) -> Result<Outcome, ExecuteError> {
        let mut child = txn.child().map_err(|e| ExecuteError::Code(log_store("child", &e)))?;
        let outcome = self.one(&mut child, objects, handles, request, room);
        if !outcome.failed() {
            child.commit().map_err(|e| ExecuteError::Code(log_store("child", &e)))?;
        }
        Ok(outcome)
    }

    /// Runs one operation.
    fn one(
        &self,
        txn: &mut Txn<'_>,
        objects: &mut Objects,
        handles: &mut Vec<u32>,
        request: RequestFrame,
        room: usize,
    ) -> Outcome {
        let id = request.request.id();
        let index = request.response_index();
        let room = room.saturating_sub(RESPONSE_HEAD_LEN);
        let mut cx = Context {
            txn,
            objects,
            caller: self.caller,
            hub: &self.engine.hub,
            regions: &self.engine.regions,
            rop_id: id,
            now: self.engine.clock.now(),
            table: handles,
            logon_id: request.logon_id,
            room,
            full_room: self.limit.saturating_sub(RESPONSE_HEAD_LEN),
            warning: ErrorCode::Success,
            created: None,
            instead: None,
        };
        // Anything else ends what is under way. MS-OXCPRPT 3.1.5
        if id != PROGRESS {
            cx.objects.job.take_if(|job| job.logon_id == request.logon_id);
        }
        let result = guard::check(&cx, request.handles, &request.request);
        let result = result.and_then(|()| dispatch(&mut cx, request.handles, request.request));
        let (warning, created, instead) = (cx.warning, cx.created, cx.instead);
        log::trace!("{}: {} {}", self.caller.user.address, crate::rop::name(id).unwrap_or("?"), told(&result));
        let result = result.map_err(|fault| match fault {
            Fault::Failure(failure) => *failure,
            Fault::Store(e) => Failure::from(log_store(crate::rop::name(id).unwrap_or("?"), &e)),
        });
        let (rop_id, result) = instead.unwrap_or((id, result));
        objects.done.push((id, result.as_ref().map_or_else(|failure| failure.code, |_| warning)));
        Outcome { frame: ResponseFrame { id: rop_id, index, warning, result }, created }
    }
}

fn told(result: &super::Result<Response>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(Fault::Failure(failure)) => format!("{:?}", failure.code),
        Err(Fault::Store(e)) => e.to_string(),
    }
}

/// Commits. The session's objects already say what the batch did, so a failure ends the session.
fn finish(txn: Txn<'_>, objects: &Objects) -> Result<(), ExecuteError> {
    objects.prepare(&txn);
    txn.commit().map_err(|e| {
        log_store("commit", &e);
        ExecuteError::ContextLost
    })
}

/// RopSize, RopsList, ServerObjectHandleTable.
fn assemble(list: &[u8], handles: &[u32]) -> Vec<u8> {
    let mut w = Writer::new();
    u16::try_from(list.len().saturating_add(2)).unwrap_or(u16::MAX).write(&mut w);
    w.raw(list);
    handles.iter().for_each(|handle| handle.write(&mut w));
    w.into_bytes()
}

/// Does the operation bring a change of a client's copy? Events are told in no answer to one
/// (rops.md §1, outlook.md §8).
fn is_upload(request: &Request) -> bool {
    matches!(
        request,
        Request::SynchronizationImportMessageChange(_)
            | Request::SynchronizationImportHierarchyChange(_)
            | Request::SynchronizationImportDeletes(_)
            | Request::SynchronizationImportMessageMove(_)
            | Request::SynchronizationImportReadStateChanges(_)
    )
}

/// Operations of a batch that may change the store, as far as can be told before it starts.
fn count_writers(objects: &Objects, batch: &RequestBuffer) -> usize {
    // What earlier operations of the batch will put at an index: true for folders and logons, and
    // for streams that may go to the store.
    let mut made: Vec<(u8, bool)> = Vec::new();
    let mut sought = 0_u64;
    let mut count = 0_usize;
    for (_, request) in &batch.requests {
        let input = request.handles.input;
        let earlier = made.iter().rev().find(|(index, _)| *index == input).map(|(_, stored)| *stored);
        if let Request::SeekStream(rq) = &request.request {
            sought = sought.saturating_add(rq.offset.unsigned_abs());
        }
        let writes = match (request.request.access(), earlier) {
            (Access::Edits, Some(stored)) => {
                let far = grows_far(&request.request) || near(sought);
                (stored || far) && !matches!(request.request, Request::Release(_))
            }
            _ => may_write(objects, &batch.handles, request, sought),
        };
        count = count.saturating_add(usize::from(writes));
        if let Some(index) = request.output_index() {
            let stored = match &request.request {
                Request::OpenFolder(_) | Request::CreateFolder(_) | Request::Logon(_) => true,
                // A stream is of what its owner is, and what it begins with may be large.
                Request::OpenStream(rq) => earlier.unwrap_or(true) || !is_created(rq),
                Request::CloneStream(_) => earlier.unwrap_or(true),
                _ => false,
            };
            made.push((index, stored));
        }
    }
    count
}

/// Editing a message or attachment is session state; editing a folder or the store is a write.
/// `sought`: see [`Objects::stream_writes_store`].
fn may_write(objects: &Objects, handles: &[u32], request: &RequestFrame, sought: u64) -> bool {
    match request.request.access() {
        Access::Reads => false,
        Access::Writes => true,
        Access::Edits => {
            let Some(handle) = handles.get(usize::from(request.handles.input)) else { return false };
            // A database gets its number when it is first named; the mailbox's own has one.
            if let (Request::IdFromLongTermId(rq), Some(open)) = (&request.request, objects.get(*handle)) {
                let guid = rq.long_term_id.database_guid;
                return guid != open.mailbox.repl_guid && !guid.is_nil();
            }
            match objects.get(*handle).map(|open| &open.object) {
                Some(Object::Folder(_) | Object::Logon(_)) => !matches!(request.request, Request::Release(_)),
                Some(Object::Stream(_)) => objects.stream_writes_store(*handle, &request.request, sought),
                Some(_) => false,
                None => !matches!(request.request, Request::Release(_)),
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().take(512).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
