//! The composition root of the server: threads, listeners, signals, the end.
//!
//! [`start`] serves until told otherwise, also inside a test or the demo; [`run`] is what the
//! command does: it says where it listens, waits for a signal and drains.

mod gate;
mod listen;
mod service;

use crate::backend::{Backend, Gatekeeper};
use crate::clock::Clock;
use crate::config::Redirect;
use crate::http::{Network, Service, Site};
use crate::tls::Acceptor;
use crate::welcome::Welcome;
use crate::workers::{self, Workers};
use crate::{http, limits, mapihttp};
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
use std::thread::{JoinHandle, available_parallelism};
use std::time::Duration;

/// What the server is told by the configuration; plain values, so that tests need no file.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Listeners with TLS. Port 0 is any free one.
    pub https: Vec<SocketAddr>,
    /// Listeners that only redirect Autodiscover to HTTPS.
    pub http: Vec<SocketAddr>,
    /// Listeners without TLS, for a proxy on this machine; loopback addresses only.
    pub plain: Vec<SocketAddr>,
    /// The name that clients know.
    pub hostname: String,
    /// Base URL for clients inside; empty: made of `hostname` and the first listener's port.
    pub internal_url: String,
    /// Base URL for clients outside; empty: the same.
    pub external_url: String,
    /// Networks whose X-Forwarded-For is believed.
    pub trusted: Vec<Network>,
    /// The networks at home.
    pub internal: Vec<Network>,
    /// Where Autodiscover sends those who ask for other domains.
    pub redirects: Vec<Redirect>,
    /// What the page for people is about.
    pub welcome: Welcome,
    /// How long a session context lives without a request.
    pub expiry: Duration,
    /// Announced time between PENDING lines.
    pub pending_period: Duration,
    /// How long a NotificationWait without an event lasts.
    pub notification_wait: Duration,
}

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

/// A server at work.
#[derive(Debug)]
pub struct Running {
    /// Where, in the order of the configuration: TLS, redirects, plain.
    pub addresses: Vec<Address>,
    /// What it serves.
    pub site: Site,
    executor: Arc<Executor<'static>>,
    workers: Workers,
    gate: Gate,
    end: channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts serving. Returns when every listener listens.
pub fn start(
    settings: &Settings,
    clock: Clock,
    gatekeeper: Arc<dyn Gatekeeper>,
    backend: Arc<dyn Backend>,
    acceptor: Option<Acceptor>,
) -> io::Result<Running> {
    let listeners = listen::open(settings)?;
    let addresses: Vec<Address> = listeners.iter().map(Listener::address).collect();
    let executor = Arc::new(Executor::new());
    let workers = Workers::new(Arc::clone(&executor));
    let site_settings = site_settings(settings, &addresses);
    backend.reached_at(&site_settings.internal_url);
    let site = Site::new(site_settings, clock, gatekeeper, backend, workers.clone());
    match mapihttp::resume(&site) {
        0 => {}
        count => info!("{count} sessions of before go on"),
    }
    let gate = Gate::new(settings.trusted.clone());
    let acceptor = acceptor.map(Arc::new);
    for listener in listeners {
        let serving = listen::serve(listener, site.clone(), gate.clone(), acceptor.clone(), Arc::clone(&executor));
        workers::spawn(&executor, Box::pin(serving));
    }
    workers::spawn(&executor, Box::pin(sweep(site.clone())));
    let (end, ended) = channel::bounded(1);
    let threads = threads(&executor, &ended)?;
    Ok(Running { addresses, site, executor, workers, gate, end, threads })
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
        mapihttp::rest(&self.site);
        drop(self.end);
        for thread in self.threads {
            if thread.join().is_err() {
                error!("a server thread panicked");
            }
        }
    }
}

/// Serves until SIGTERM or SIGINT, then drains. A second signal ends the process at once.
/// `started` is told once it listens.
pub fn run(
    settings: &Settings,
    clock: Clock,
    gatekeeper: Arc<dyn Gatekeeper>,
    backend: Arc<dyn Backend>,
    acceptor: Option<Acceptor>,
    started: &mut dyn FnMut(&Running),
) -> io::Result<()> {
    let impatient = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&impatient))?;
    }
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let running = start(settings, clock, gatekeeper, backend, acceptor)?;
    started(&running);
    service::ready(&running.executor);
    if let Some(signal) = signals.forever().next() {
        info!("signal {signal}: stopping");
    }
    impatient.store(true, Ordering::SeqCst);
    service::stopping();
    running.stop();
    Ok(())
}

/// URLs that the configuration leaves out are those of the first listener under our name.
fn site_settings(settings: &Settings, addresses: &[Address]) -> http::Settings {
    let https = addresses.iter().find(|address| address.scheme == "https");
    let port = https.map_or(443, |address| address.socket.port());
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let own = format!("https://{}{port}", settings.hostname);
    let or = |url: &str, other: &str| {
        let url = url.trim_end_matches('/');
        if url.is_empty() { other.to_owned() } else { url.to_owned() }
    };
    let internal_url = or(&settings.internal_url, &own);
    http::Settings {
        external_url: or(&settings.external_url, &internal_url),
        internal_url,
        trusted: settings.trusted.clone(),
        internal: settings.internal.clone(),
        redirects: settings.redirects.clone(),
        welcome: settings.welcome.clone(),
        expiry: settings.expiry,
        pending_period: settings.pending_period,
        notification_wait: settings.notification_wait,
        deadlines: http::Deadlines::default(),
    }
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
        workers::thread("serve", Box::new(run))
    };
    (0..count).map(spawn).collect()
}

/// Frees the memory of expired sessions.
async fn sweep(site: Site) {
    const PERIOD: Duration = Duration::from_secs(30);
    loop {
        let over = future::or(
            async {
                Timer::after(PERIOD).await;
                false
            },
            async {
                site.stop.said().await;
                true
            },
        );
        if over.await {
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
