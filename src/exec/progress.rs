//! Operations on many messages: in one go, or, if the client wants that of a long one, in slices, one
//! with each RopProgress. MS-OXCFOLD 3.1.5.2, MS-OXCPRPT 3.1.5, 3.2.5.20
//!
//! What is left to do is data of the session, like its objects, and outlives the server with them. Each
//! slice is a transaction of its own, so that others write in between; what is done stays done when the
//! client cancels, or asks for anything else. What is not sliced: a folder below, with all that is in
//! it, goes at once, so that it can come back at once.

use super::{Context, Fault, Result, guard, log_store, receipt};
use crate::deliver::{self, Located};
use crate::limits;
use crate::mapi::ErrorCode;
use crate::rop::{
    DeleteMessagesResponse, EmptyFolderResponse, Handles, HardDeleteMessagesAndSubfoldersResponse,
    HardDeleteMessagesResponse, MoveCopyMessagesResponse, PROGRESS, ProgressRequest, ProgressResponse, Response,
};
use crate::store::{DeleteDepth, IndexOrder, Kind, List, Location, MailboxIds, Special};
use serde::{Deserialize, Serialize};

/// An operation on many messages, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// RopId of its request.
    rop_id: u8,
    pub(super) logon_id: u8,
    ids: MailboxIds,
    task: Task,
    done: u32,
    total: u32,
    /// Something could not be done.
    partial: bool,
}

/// What is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    /// Messages of a folder, by counter, the next one last.
    Messages { folder: u64, left: Vec<u64>, deed: Deed },
    /// Everything in a folder that was there at the beginning.
    Empty(Emptying),
}

/// What is done to each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Deed {
    Delete {
        hard: bool,
        notify: bool,
    },
    /// Into a folder, which may be in another mailbox.
    Move {
        mailbox: u32,
        target: u64,
    },
    Copy {
        mailbox: u32,
        target: u64,
    },
}

/// How far a folder is emptied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Emptying {
    pub(super) folder: u64,
    pub(super) hard: bool,
    /// The folder below that was the last, by counter.
    pub(super) below: u64,
    /// Lists that still have something, the next one last.
    pub(super) lists: Vec<Kind>,
    /// The message that was the last.
    pub(super) after: u64,
    /// The newest message at the beginning: what came later stays.
    pub(super) until: u64,
}

impl Job {
    pub(super) fn new(cx: &Context<'_, '_>, ids: MailboxIds, total: u32, task: Task) -> Self {
        let Context { rop_id, logon_id, .. } = *cx;
        Self { rop_id, logon_id, ids, task, done: 0, total, partial: false }
    }

    fn progress(&self) -> Response {
        let completed_task_count = self.done.min(self.total);
        let logon_id = self.logon_id;
        Response::Progress(ProgressResponse { logon_id, completed_task_count, total_task_count: self.total })
    }

    /// The answer to its request.
    fn answer(&self) -> Response {
        let partial_completion = self.partial;
        match &self.task {
            Task::Messages { deed: Deed::Delete { hard: false, .. }, .. } => {
                Response::DeleteMessages(DeleteMessagesResponse { partial_completion })
            }
            Task::Messages { deed: Deed::Delete { hard: true, .. }, .. } => {
                Response::HardDeleteMessages(HardDeleteMessagesResponse { partial_completion })
            }
            Task::Messages { deed: Deed::Move { .. } | Deed::Copy { .. }, .. } => {
                Response::MoveCopyMessages(MoveCopyMessagesResponse { partial_completion })
            }
            Task::Empty(Emptying { hard: false, .. }) => {
                Response::EmptyFolder(EmptyFolderResponse { partial_completion })
            }
            Task::Empty(Emptying { hard: true, .. }) => {
                let response = HardDeleteMessagesAndSubfoldersResponse { partial_completion };
                Response::HardDeleteMessagesAndSubfolders(response)
            }
        }
    }

    /// Does some of it; true when nothing is left.
    fn step(&mut self, cx: &mut Context<'_, '_>, room: usize) -> Result<bool> {
        let ids = self.ids;
        match &mut self.task {
            Task::Messages { folder, left, deed } => {
                for _ in 0..room {
                    let Some(id) = left.pop() else { break };
                    self.partial |= !do_deed(cx, ids, *folder, id, *deed)?;
                    self.done = self.done.saturating_add(1);
                }
                Ok(left.is_empty())
            }
            Task::Empty(emptying) => {
                let (done, partial) = emptying.step(cx, ids.mailbox, room)?;
                self.done = self.done.saturating_add(u32::try_from(done).unwrap_or(u32::MAX));
                self.partial |= partial;
                Ok(done < room)
            }
        }
    }
}

/// Does something to a message of a folder, or one that the search folder shows; false if it is not
/// there, or the caller may not.
fn do_deed(cx: &mut Context<'_, '_>, ids: MailboxIds, folder: u64, id: u64, deed: Deed) -> Result<bool> {
    let mailbox = ids.mailbox;
    let Some(at) = cx.txn.find_in(mailbox, folder, id)? else { return Ok(false) };
    let (reads, deletes) = match deed {
        Deed::Delete { .. } => (false, true),
        Deed::Move { .. } => (true, true),
        Deed::Copy { .. } => (true, false),
    };
    if reads && !guard::may(cx, ids, at, id, guard::READ)? || deletes && !guard::may(cx, ids, at, id, guard::DELETE)? {
        return Ok(false);
    }
    // What is moved out of the deleted items of a folder is restored.
    let to = |folder| Location { folder, kind: Kind::new(at.kind.is_associated(), false) };
    if let Deed::Delete { notify: true, .. } = deed {
        receipt::before_delete(cx, mailbox, at, id)?;
    }
    Ok(match deed {
        Deed::Delete { hard: true, .. } => cx.txn.delete_message(mailbox, at.folder, at.kind, id, cx.now)?,
        // What another client has deleted already is not deleted for good by mistake.
        Deed::Delete { .. } if at.kind.is_deleted() => false,
        Deed::Delete { .. } => cx.txn.soft_delete_message(mailbox, at.folder, at.kind, id, cx.now)?,
        Deed::Move { mailbox: there, target } if there != mailbox => {
            carry(cx, &Located { mailbox, at, id }, (there, to(target)), true)?
        }
        Deed::Copy { mailbox: there, target } if there != mailbox => {
            carry(cx, &Located { mailbox, at, id }, (there, to(target)), false)?
        }
        Deed::Move { target, .. } => cx.txn.move_message(mailbox, at, id, to(target), cx.now)?.is_some(),
        Deed::Copy { target, .. } => cx.txn.copy_message(mailbox, at, id, to(target), cx.now)?.is_some(),
    })
}

/// Copies or moves a message into a folder of another mailbox that is open in the session; false if it is
/// not there.
fn carry(cx: &mut Context<'_, '_>, from: &Located, (mailbox, at): (u32, Location), moves: bool) -> Result<bool> {
    let mut owner = cx.txn.mailbox(mailbox)?;
    let id = cx.txn.take_message_id(mailbox, &mut owner, at.folder)?;
    cx.txn.put_mailbox(mailbox, &owner)?;
    let carried = deliver::carry(cx.txn, from, &Located { mailbox, at, id }, cx.now, &mut |_| {})?.is_some();
    if moves && carried {
        cx.txn.delete_message(from.mailbox, from.at.folder, from.at.kind, from.id, cx.now)?;
    }
    Ok(carried)
}

impl Emptying {
    /// Takes up to `room` folders and messages out; how many that were, less only at the end, and whether
    /// something had to stay.
    fn step(&mut self, cx: &mut Context<'_, '_>, mailbox: u32, room: usize) -> Result<(usize, bool)> {
        let (mut done, mut partial) = (0_usize, false);
        let mut folders = cx.txn.subfolders(mailbox, self.folder)?;
        folders.retain(|id| *id > self.below);
        crate::sorted::sort(&mut folders);
        for below in folders.into_iter().take(room) {
            let all = DeleteDepth { messages: true, folders: true };
            let gone = match (Special::is_special(below), self.hard) {
                (true, _) => false,
                (false, true) => cx.txn.delete_folder(mailbox, below, all, cx.now)?,
                (false, false) => cx.txn.soft_delete_folder(mailbox, below, all, cx.now)?,
            };
            partial |= !gone;
            self.below = below;
            done = done.saturating_add(1);
        }
        while done < room
            && let Some(kind) = self.lists.last().copied()
        {
            let list = List { mailbox, folder: self.folder, kind };
            let rest = room.saturating_sub(done);
            let mut rows = cx.txn.index_rows(list, IndexOrder::Id, Some((0, self.after)), true, rest)?;
            rows.retain(|(_, id)| *id <= self.until);
            for (_, id) in &rows {
                if self.hard {
                    cx.txn.delete_message(mailbox, self.folder, kind, *id, cx.now)?;
                } else {
                    cx.txn.soft_delete_message(mailbox, self.folder, kind, *id, cx.now)?;
                }
                self.after = *id;
            }
            done = done.saturating_add(rows.len());
            if rows.len() < rest {
                self.lists.pop();
                self.after = 0;
            }
        }
        Ok((done, partial))
    }
}

/// Does a job, or begins with it: whether something could not be done.
pub(super) fn run(cx: &mut Context<'_, '_>, mut job: Job, want_asynchronous: bool) -> Result<bool> {
    let is_long = usize::try_from(job.total).unwrap_or(usize::MAX) > limits::PROGRESS_SLICE;
    if want_asynchronous && is_long && cx.objects.job.is_none() {
        job.step(cx, limits::PROGRESS_SLICE)?;
        let response = job.progress();
        cx.objects.job = Some(job);
        return Err(cx.instead(PROGRESS, Ok(response)));
    }
    while !job.step(cx, usize::MAX)? {}
    Ok(job.partial)
}

/// RopProgress: the next slice, or the answer to the request that began. MS-OXCPRPT 3.2.5.20.
/// UNVERIFIED: the specification has no code for when nothing is under way.
pub(super) fn progress(cx: &mut Context<'_, '_>, handles: Handles, rq: ProgressRequest) -> Result<ProgressResponse> {
    cx.open(handles.input)?;
    let Some(mut job) = cx.objects.job.take_if(|job| job.logon_id == cx.logon_id) else {
        return Err(ErrorCode::NotSupported.into());
    };
    let rop_id = job.rop_id;
    // The destination may have been closed meanwhile.
    let reaches = |mailbox| cx.objects.iter().any(|(_, open)| open.mailbox.mailbox == mailbox);
    let is_cut_off = match &job.task {
        Task::Messages { deed: Deed::Move { mailbox, .. } | Deed::Copy { mailbox, .. }, .. } => !reaches(*mailbox),
        _ => false,
    };
    if rq.want_cancel || is_cut_off {
        job.partial = true;
        return Err(cx.instead(rop_id, Ok(job.answer())));
    }
    let result = match job.step(cx, limits::PROGRESS_SLICE) {
        Ok(true) => Ok(job.answer()),
        Ok(false) => {
            let response = job.progress();
            cx.objects.job = Some(job);
            return Err(cx.instead(PROGRESS, Ok(response)));
        }
        Err(Fault::Failure(failure)) => Err(*failure),
        Err(Fault::Store(e)) => Err(log_store("a long operation", &e).into()),
    };
    Err(cx.instead(rop_id, result))
}
