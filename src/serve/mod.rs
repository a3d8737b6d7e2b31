//! The composition root of the server: threads, listeners, signals, the end.
//!
//! [`open`] opens the listeners, so that the URLs are known; [`Listening::start`] serves until told
//! otherwise, also inside a test or the demo; [`run`] is what the command does: it says where it
//! listens, waits for a signal and drains.

mod gate;
mod listen;

use crate::backend::{Backend, Gatekeeper};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{Deadlines, Service, Settings, Site};
use crate::limits;
use crate::tls::Acceptor;
use crate::workers::Workers;
use async_io::Timer;
use gate::Gate;
use listen::Listener;
use log::{error, info, warn};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use smol::{Executor, channel, future};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, available_parallelism};
use std::time::Duration;

/// Where the server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// `https` or `http`.
    pub scheme: &'static str,
    /// With the port that it really has.
    pub socket: SocketAddr,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.socket)
    }
}

/// What the server serves with.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Checks passwords.
    pub gatekeeper: Arc<dyn Gatekeeper>,
    /// Mailboxes and address book.
    pub backend: Arc<dyn Backend>,
    /// TLS; without it the listeners for HTTPS turn everybody away.
    pub acceptor: Option<Acceptor>,
}

/// Open listeners that nobody serves yet.
#[derive(Debug)]
pub struct Listening {
    /// Where, in the order of the configuration: TLS, redirects, plain.
    pub addresses: Vec<Address>,
    /// What connections are served with. Its URLs have the ports that were really bound.
    pub settings: Settings,
    listeners: Vec<Listener>,
}

/// Opens every listener of the configuration, or none.
pub fn open(config: &Config) -> io::Result<Listening> {
    let listeners = listen::open(config)?;
    let addresses: Vec<Address> = listeners.iter().map(Listener::address).collect();
    let https = addresses.iter().find(|address| address.scheme == "https");
    let (internal_url, external_url) = config.base_urls(https.map(|address| address.socket.port()));
    let settings = Settings {
        internal_url,
        external_url,
        trusted: config.proxy_trusted.clone(),
        expiry: Duration::from_secs(config.session_expiry_s),
        pending_period: Duration::from_secs(config.session_pending_period_s),
        notification_wait: Duration::from_secs(config.session_notification_wait_s),
        deadlines: Deadlines::default(),
    };
    Ok(Listening { addresses, settings, listeners })
}

/// A server at work.
#[derive(Debug)]
pub struct Running {
    /// Where, in the order of the configuration: TLS, redirects, plain.
    pub addresses: Vec<Address>,
    /// What it serves.
    pub site: Site,
    workers: Workers,
    gate: Gate,
    end: channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Listening {
    /// Starts serving, on threads of its own.
    pub fn start(self, parts: Parts) -> io::Result<Running> {
        let executor = Arc::new(Executor::new());
        let workers = Workers::new(Arc::clone(&executor));
        let gate = Gate::new(self.settings.trusted.clone());
        let site = Site::new(self.settings, parts.clock, parts.gatekeeper, parts.backend, workers.clone());
        for listener in self.listeners {
            let (site, gate, acceptor) = (site.clone(), gate.clone(), parts.acceptor.clone());
            executor.spawn(listen::serve(listener, site, gate, acceptor, Arc::clone(&executor))).detach();
        }
        executor.spawn(sweep(site.clone())).detach();
        let (end, ended) = channel::bounded(1);
        let threads = threads(&executor, &ended)?;
        Ok(Running { addresses: self.addresses, site, workers, gate, end, threads })
    }
}

impl Running {
    /// Stops accepting, answers what runs, ends waits, and returns when that is done or has taken
    /// too long.
    pub fn stop(self) {
        self.site.stop.say();
        let drained = async {
            self.workers.finish().await;
            self.gate.empty().await;
            true
        };
        let too_long = async {
            Timer::after(limits::STOP_TIME_MAX).await;
            false
        };
        if !smol::block_on(future::or(drained, too_long)) {
            warn!("stopping with {} connections that did not end", self.gate.connections());
        }
        drop(self.end);
        for thread in self.threads {
            if thread.join().is_err() {
                error!("a server thread panicked");
            }
        }
    }
}

/// Serves until SIGTERM or SIGINT, then drains. A second signal ends the process at once.
/// `announce` gets one line for each listener.
pub fn run(listening: Listening, parts: Parts, announce: &mut dyn FnMut(&str)) -> io::Result<()> {
    let impatient = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&impatient))?;
    }
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let running = listening.start(parts)?;
    for address in &running.addresses {
        announce(&format!("listening on {address}"));
    }
    if let Some(signal) = signals.forever().next() {
        info!("signal {signal}: stopping");
    }
    impatient.store(true, Ordering::SeqCst);
    running.stop();
    Ok(())
}

/// One thread for each core: TLS for many clients wants them all.
fn threads(executor: &Arc<Executor<'static>>, ended: &channel::Receiver<()>) -> io::Result<Vec<JoinHandle<()>>> {
    let count = available_parallelism().map_or(1, usize::from);
    let spawn = |_| {
        let (executor, ended) = (Arc::clone(executor), ended.clone());
        // The channel closes when `Running` is dropped; nothing is ever sent.
        let run = move || {
            smol::block_on(future::or(executor.run(future::pending::<()>()), async {
                let _ = ended.recv().await;
            }));
        };
        thread::Builder::new().name("serve".into()).spawn(run)
    };
    (0..count).map(spawn).collect()
}

/// Frees the memory of expired sessions.
async fn sweep(site: Site) {
    const PERIOD: Duration = Duration::from_secs(30);
    loop {
        let stopped = future::or(
            async {
                Timer::after(PERIOD).await;
                false
            },
            async {
                site.stop.said().await;
                true
            },
        );
        if stopped.await {
            return;
        }
        site.sweep();
    }
}

/// What a [`Service`] is reached by.
fn scheme(service: Service, tls: bool) -> &'static str {
    match (service, tls) {
        (Service::Full, true) => "https",
        _ => "http",
    }
}
