//! Where synchronous work runs: a bounded number of blocking calls, and tasks that outlive the
//! connection that asked for them.
//!
//! Calls, tasks and what threads do are boxed here: the machinery around one is some 2 kB for each type.

use event_listener::Event;
use log::error;
use smol::lock::Semaphore;
use smol::{Executor, Task};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, available_parallelism};
use std::{fmt, io};

/// Writers wait for each other inside their calls; with fewer places than this two of them would
/// keep every reader out on a small machine.
const PLACES_MIN: usize = 4;

/// A task of any kind.
pub type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The executor of the server and the places for blocking calls. Clones share them.
#[derive(Clone)]
pub struct Workers(Arc<Shared>);

struct Shared {
    executor: Arc<Executor<'static>>,
    places: Semaphore,
    tasks: AtomicUsize,
    task_ended: Event,
}

/// The call panicked. It was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

impl Workers {
    /// Places for as many calls at once as there are cores.
    #[must_use]
    pub fn new(executor: Arc<Executor<'static>>) -> Self {
        let places = available_parallelism().map_or(1, usize::from).max(PLACES_MIN);
        let shared =
            Shared { executor, places: Semaphore::new(places), tasks: AtomicUsize::new(0), task_ended: Event::new() };
        Self(Arc::new(shared))
    }

    /// Runs a blocking call as soon as there is a place. A panic in it is caught and logged.
    pub async fn run<T: Send + 'static>(&self, call: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
        let place = self.0.places.acquire().await;
        let result = unblock(call).await;
        drop(place);
        result
    }

    /// Starts a task that nobody needs to wait for, except [`Workers::finish`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_boxed(Box::pin(task));
    }

    fn spawn_boxed(&self, task: Boxed) {
        let running = Running::new(Arc::clone(&self.0));
        let task = async move {
            task.await;
            drop(running);
        };
        spawn(&self.0.executor, Box::pin(task));
    }

    /// Until every spawned task has ended.
    pub async fn finish(&self) {
        loop {
            let ended = self.0.task_ended.listen();
            if self.0.tasks.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workers({} tasks)", self.0.tasks.load(Ordering::SeqCst))
    }
}

/// Starts a task that nobody waits for.
pub fn spawn(executor: &Executor<'static>, task: Boxed) {
    executor.spawn(task).detach();
}

/// Runs a blocking call on a thread for such. A panic in it is caught and logged.
///
/// # Errors
/// It panicked.
pub async fn unblock<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    start(Box::new(move || {
        let result = call();
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }))
    .await;
    slot.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Panicked)
}

/// Starts a blocking call, which is given up with the task if it has not begun by then.
pub fn start(call: Box<dyn FnOnce() + Send>) -> Task<()> {
    smol::unblock(move || {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
            error!("a request panicked: {}", message(&*payload));
        }
    })
}

/// Starts a thread of this name.
///
/// # Errors
/// No thread to be had.
pub fn thread(name: &str, run: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// Counts a task, also one that panics.
struct Running(Arc<Shared>);

impl Running {
    fn new(shared: Arc<Shared>) -> Self {
        shared.tasks.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.tasks.fetch_sub(1, Ordering::SeqCst);
        self.0.task_ended.notify(usize::MAX);
    }
}

/// What a panic said.
pub fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
