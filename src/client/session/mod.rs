//! Operations on a mailbox, over whatever carries a payload of ROPs: the network, or an engine in
//! the same process.
//!
//! Any operation can be run by its request structure ([`Session::run`], [`Session::open`],
//! [`Session::copy`], [`Session::batch`]); `folder` and `message` have what a person does.

mod columns;
mod folder;
mod message;

pub use columns::Columns;
pub use folder::{FolderSummary, Logon, MessageSummary};
pub use message::{AttachmentSummary, Recipient, recipient_bytes};

use super::error::{ClientError, Trouble, malformed};
use crate::mapi::{Cell, ErrorCode, PropertyTag, Value};
use crate::rop::{
    Failure, Handles, NO_HANDLE, Reply, Request, RequestBuffer, RequestFrame, Response, read_responses, unpack_payload,
};
use crate::wire::unpack_buffers;

/// Carries payloads of ROPs to a server.
pub trait Rops {
    /// One payload (RopSize, RopsList, ServerObjectHandleTable) there, the RopBuffer of the answer
    /// back.
    fn execute(&mut self, payload: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, ClientError>>;
}

/// A request of an operation: which one, and what comes back.
pub trait Operation: Clone {
    /// The body of its success response.
    type Response;
    /// Its name in the specification, without "Rop".
    const NAME: &'static str;
    /// As one of all requests.
    fn request(self) -> Request;
    /// Out of all responses.
    fn response(response: Response) -> Option<Self::Response>;
}

macro_rules! operations {
    ($($id:literal $name:ident $shape:ident $access:ident $module:ident :: $handler:ident ($request:ident) -> $response:ident $(fail $fail:literal)?;)*) => {$(
        impl Operation for crate::rop::$request {
            type Response = crate::rop::$response;
            const NAME: &'static str = stringify!($name);
            fn request(self) -> Request {
                Request::$name(self)
            }
            fn response(response: Response) -> Option<Self::Response> {
                if let Response::$name(body) = response { Some(body) } else { None }
            }
        }
    )*};
}
crate::rops! { operations }

/// What came of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<T> {
    /// The body of the response.
    pub response: T,
    /// The new object, if the operation makes one.
    pub handle: u32,
    /// ReturnValue: 0 or a warning.
    pub warning: ErrorCode,
}

/// Several operations in one Execute.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// In their order.
    pub requests: Vec<RequestFrame>,
    /// ServerObjectHandleTable.
    pub handles: Vec<u32>,
}

/// The answer to a [`Batch`].
#[derive(Debug, Clone, PartialEq)]
pub struct Replies {
    /// Responses and events.
    pub replies: Vec<Reply>,
    /// ServerObjectHandleTable.
    pub handles: Vec<u32>,
}

impl Batch {
    /// A place in the handle table for an object that is there.
    pub fn object(&mut self, handle: u32) -> u8 {
        self.handles.push(handle);
        u8::try_from(self.handles.len().saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// An operation on the object at `input`.
    pub fn run(&mut self, input: u8, operation: impl Operation) -> &mut Self {
        self.push(Handles { input, other: input }, operation.request())
    }

    /// An operation that makes an object; its place is returned.
    pub fn open(&mut self, input: u8, operation: impl Operation) -> u8 {
        let other = self.object(NO_HANDLE);
        self.push(Handles { input, other }, operation.request());
        other
    }

    /// Any request with its handle indexes, for logon 0.
    pub fn push(&mut self, handles: Handles, request: Request) -> &mut Self {
        self.requests.push(RequestFrame { logon_id: 0, handles, request });
        self
    }
}

/// A session and what it remembers of its tables.
#[derive(Debug)]
pub struct Session<T> {
    /// What carries the payloads.
    pub link: T,
    /// LogonId of every request made here.
    pub logon_id: u8,
    /// Columns by table: rows do not say theirs.
    columns: Columns,
}

impl<T: Rops> Session<T> {
    /// A session without a logon.
    #[must_use]
    pub fn new(link: T) -> Self {
        Self { link, logon_id: 0, columns: Columns::default() }
    }

    /// Executes a batch.
    ///
    /// # Errors
    /// The batch as a whole failed, or its answer cannot be read. That an operation failed is in
    /// its reply.
    pub async fn batch(&mut self, batch: &Batch) -> Result<Replies, ClientError> {
        let mut requests = batch.requests.clone();
        requests.iter_mut().for_each(|request| request.logon_id = self.logon_id);
        let tags = self.columns.tags(&requests, &batch.handles);
        let answer = self.link.execute(RequestBuffer::pack(&requests, &batch.handles)).await?;
        let payloads = unpack_buffers(&answer).map_err(malformed("RopBuffer"))?;
        let [payload] = payloads.as_slice() else {
            return Err(Trouble::Malformed("RopBuffer", format!("{} payloads for one", payloads.len())).into());
        };
        let (list, handles) = unpack_payload(payload).map_err(malformed("RopBuffer"))?;
        let replies = read_responses(list, &requests, &tags).map_err(malformed("RopsList"))?;
        self.columns.remember(&requests, &handles);
        Ok(Replies { replies, handles })
    }

    /// The columns of a table, if they were set here.
    #[must_use]
    pub fn columns(&self, table: u32) -> &[PropertyTag] {
        self.columns.of(table)
    }

    /// Runs an operation on an object.
    ///
    /// # Errors
    /// [`Trouble::Refused`] with its ReturnValue, or as [`Session::batch`].
    pub async fn run<O: Operation>(&mut self, on: u32, operation: O) -> Result<O::Response, ClientError> {
        Ok(self.one([on, NO_HANDLE], operation).await?.response)
    }

    /// Runs an operation that makes an object; returns its handle too.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn open<O: Operation>(&mut self, on: u32, operation: O) -> Result<(u32, O::Response), ClientError> {
        let done = self.one([on, NO_HANDLE], operation).await?;
        Ok((done.handle, done.response))
    }

    /// Runs an operation from one object to another.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn copy<O: Operation>(&mut self, from: u32, to: u32, operation: O) -> Result<O::Response, ClientError> {
        Ok(self.one([from, to], operation).await?.response)
    }

    /// Runs an operation, and says everything of what came of it.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn one<O: Operation>(
        &mut self,
        handles: [u32; 2],
        operation: O,
    ) -> Result<Done<O::Response>, ClientError> {
        let refused = |failure: Failure| Trouble::Refused(O::NAME, failure.code);
        Ok(self.attempt(handles, operation).await?.map_err(refused)?)
    }

    /// The same; that the operation failed is no error of this call.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn attempt<O: Operation>(
        &mut self,
        handles: [u32; 2],
        operation: O,
    ) -> Result<Result<Done<O::Response>, Failure>, ClientError> {
        match Box::pin(self.answered(handles, O::NAME, operation.request())).await? {
            Ok(Done { response, handle, warning }) => match O::response(response) {
                Some(response) => Ok(Ok(Done { response, handle, warning })),
                None => Err(Trouble::Malformed(O::NAME, "the response of another operation".to_owned()).into()),
            },
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// What is the same for every operation, and in the program once.
    async fn answered(
        &mut self,
        handles: [u32; 2],
        name: &'static str,
        request: Request,
    ) -> Result<Result<Done<Response>, Failure>, ClientError> {
        let mut batch = Batch { requests: Vec::new(), handles: handles.to_vec() };
        batch.push(Handles { input: 0, other: 1 }, request);
        let replies = self.batch(&batch).await?;
        let frame = match replies.replies.into_iter().next() {
            Some(Reply::Response(frame)) => frame,
            Some(Reply::BufferTooSmall(_)) => return Err(Trouble::Refused(name, ErrorCode::BufferTooSmall).into()),
            other => return Err(Trouble::Malformed(name, format!("{other:?}")).into()),
        };
        let handle = replies.handles.get(1).copied().unwrap_or(NO_HANDLE);
        Ok(frame.result.map(|response| Done { response, handle, warning: frame.warning }))
    }

    /// Gives objects back. There is no answer to that.
    ///
    /// # Errors
    /// As [`Session::batch`].
    pub async fn release(&mut self, handles: &[u32]) -> Result<(), ClientError> {
        let mut batch = Batch::default();
        for handle in handles {
            let place = batch.object(*handle);
            batch.run(place, crate::rop::ReleaseRequest {});
        }
        self.batch(&batch).await.map(drop)
    }
}

/// The value of a cell, if it has one.
#[must_use]
pub fn cell(row: &[Cell], n: usize) -> Option<&Value> {
    row.get(n).and_then(|cell| cell.as_ref().ok())
}

/// The text of a cell; empty if it has none.
#[must_use]
pub fn text(row: &[Cell], n: usize) -> String {
    cell(row, n).and_then(Value::as_str).unwrap_or_default().to_owned()
}
