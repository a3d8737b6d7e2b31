//! The server's end.

use super::{Client, frame, path};
use crate::admin::{Refusal, Request, Response};
use crate::files;
use crate::limits::{CONTROL_CONNECTIONS_MAX, CONTROL_IDLE_S};
use crate::workers;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What answers; see [`crate::admin::Admin::answer`].
type Handler = dyn Fn(Request) -> Response + Send + Sync;

/// The socket, not yet answered.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Makes `runtime` and the socket in it.
    ///
    /// # Errors
    /// [`io::ErrorKind::AddrInUse`] when a server answers there already.
    pub fn bind(runtime: &Path) -> io::Result<Self> {
        files::create_private_directory(runtime)?;
        let path = path(runtime);
        if Client::connect(&path)?.is_some() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "a server is running already"));
        }
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let socket = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, Permissions::from_mode(files::PRIVATE))?;
        Ok(Self { socket, path })
    }

    /// Answers on a thread of its own until the result is dropped.
    ///
    /// # Errors
    /// No thread to be had.
    pub fn serve(self, handler: Arc<Handler>) -> io::Result<Serving> {
        let over = Arc::new(AtomicBool::new(false));
        let (path, told) = (self.path.clone(), Arc::clone(&over));
        let thread = workers::thread("control", Box::new(move || self.accept(&handler, &told)))?;
        Ok(Serving { path, over, thread: Some(thread) })
    }

    fn accept(self, handler: &Arc<Handler>, over: &AtomicBool) {
        let connections = Arc::new(AtomicUsize::new(0));
        loop {
            let accepted = self.socket.accept();
            if over.load(Ordering::SeqCst) {
                return;
            }
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    log::warn!("control socket: {error}");
                    thread::sleep(Duration::from_millis(100));
                    continue;
                }
            };
            let guard = Counted::new(&connections);
            if guard.number > CONTROL_CONNECTIONS_MAX {
                log::warn!("control socket: too many connections");
                continue;
            }
            let handler = Arc::clone(handler);
            let answer = move || {
                let _guard = guard;
                if let Err(error) = talk(stream, &handler) {
                    log::warn!("control socket: {error}");
                }
            };
            if let Err(error) = workers::thread("control", Box::new(answer)) {
                log::warn!("control socket: {error}");
            }
        }
    }
}

/// A socket that is answered. Dropping it ends that and removes the socket.
#[derive(Debug)]
pub struct Serving {
    path: PathBuf,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // The thread waits in accept: one more connection wakes it.
        let woken = UnixStream::connect(&self.path).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

struct Counted {
    count: Arc<AtomicUsize>,
    number: usize,
}

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        let number = count.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        Self { count: Arc::clone(count), number }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}

fn talk(mut stream: UnixStream, handler: &Arc<Handler>) -> io::Result<()> {
    let peer = rustix::net::sockopt::socket_peercred(&stream)?.uid;
    if !peer.is_root() && peer != rustix::process::geteuid() {
        let refusal = Refusal::new("only root and the server's own user may do this");
        return frame::write(&mut stream, &Response::Refused(refusal));
    }
    stream.set_read_timeout(Some(Duration::from_secs(CONTROL_IDLE_S)))?;
    while let Some(request) = frame::read(&mut stream)? {
        frame::write(&mut stream, &handler(request))?;
    }
    Ok(())
}
