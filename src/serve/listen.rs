//! Listeners: opening them, taking connections, TLS.

use super::gate::{COMPLAIN_EVERY, Entered, Gate};
use super::{Address, Settings, scheme};
use crate::http::{self, Peer, Service, Site};
use crate::tls::Acceptor;
use crate::workers;
use async_io::Timer;
use listenfd::ListenFd;
use log::{debug, warn};
use smol::{Async, Executor, future};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// After a failed accept, usually for want of file descriptors: trying again at once would only
/// burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener and what it is for.
#[derive(Debug)]
pub(super) struct Listener {
    socket: Async<TcpListener>,
    address: SocketAddr,
    service: Service,
    tls: bool,
}

impl Listener {
    fn open(address: SocketAddr, service: Service, tls: bool, given: &mut Vec<TcpListener>) -> io::Result<Self> {
        let socket = take(address, given).map_or_else(|| bind(address), Ok).map_err(|error| {
            let scheme = scheme(service, tls);
            io::Error::new(error.kind(), format!("cannot listen on {scheme}://{address}: {error}"))
        })?;
        let address = socket.local_addr()?;
        Ok(Self { socket: Async::new(socket)?, address, service, tls })
    }

    pub(super) fn address(&self) -> Address {
        Address { scheme: scheme(self.service, self.tls), socket: self.address }
    }
}

/// Sockets that the service manager opened for this process: they stay open while it is restarted, so
/// that no client is refused. sd_listen_fds(3)
fn given() -> Vec<TcpListener> {
    let mut fds = ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..fds.len() {
        match fds.take_tcp_listener(index) {
            Ok(socket) => sockets.extend(socket),
            Err(error) => warn!("socket {index} of the service manager is not for TCP: {error}"),
        }
    }
    sockets
}

/// Takes the given socket for a configured address: the same, or the same port of all addresses.
fn take(address: SocketAddr, given: &mut Vec<TcpListener>) -> Option<TcpListener> {
    let fits = |socket: &TcpListener| {
        socket.local_addr().is_ok_and(|own| {
            let all = own.ip().is_unspecified() && address.ip().is_unspecified();
            own.port() == address.port() && (all || own.ip().to_canonical() == address.ip().to_canonical())
        })
    };
    let at = given.iter().position(fits)?;
    Some(given.remove(at))
}

/// Binds; where the machine has no IPv6, "all addresses" means those of IPv4.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let bound = TcpListener::bind(address);
    // A taken port or a missing right is what it says.
    let no_ipv6 =
        bound.as_ref().is_err_and(|error| !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied));
    if no_ipv6 && address.is_ipv6() && address.ip().is_unspecified() {
        return TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).or(bound);
    }
    bound
}

/// Opens all listeners of the configuration, or none.
pub(super) fn open(settings: &Settings) -> io::Result<Vec<Listener>> {
    if let Some(address) = settings.plain.iter().find(|address| !address.ip().to_canonical().is_loopback()) {
        let text = format!("listen.plain: {address} is not a loopback address; passwords would cross the network");
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    let mut given = given();
    let https = settings.https.iter().map(|address| (*address, Service::Full, true));
    let http = settings.http.iter().map(|address| (*address, Service::Redirect, false));
    let plain = settings.plain.iter().map(|address| (*address, Service::Full, false));
    let opened = https
        .chain(http)
        .chain(plain)
        .map(|(address, service, tls)| Listener::open(address, service, tls, &mut given))
        .collect::<io::Result<Vec<_>>>()?;
    for socket in given {
        if let Ok(address) = socket.local_addr() {
            warn!("the service manager listens on {address}, the configuration does not: nobody answers there");
        }
    }
    Ok(opened)
}

/// Takes connections until the stop is said.
pub(super) async fn serve(
    listener: Listener,
    site: Site,
    gate: Gate,
    acceptor: Option<Arc<Acceptor>>,
    executor: Arc<Executor<'static>>,
) {
    let mut complained: Option<Instant> = None;
    loop {
        let accepted = future::or(async { Some(listener.socket.accept().await) }, async {
            site.stop.said().await;
            None
        });
        let (stream, address) = match accepted.await {
            None => return,
            Some(Ok(accepted)) => accepted,
            Some(Err(error)) => {
                if complained.is_none_or(|when| when.elapsed() > COMPLAIN_EVERY) {
                    complained = Some(Instant::now());
                    warn!("{}: {error}", listener.address());
                }
                Timer::after(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Dropping the stream is all the answer a crowd gets.
        let Some(entered) = gate.enter(address.ip()) else { continue };
        let local = stream.get_ref().local_addr().ok().filter(|_| listener.tls);
        let peer = Peer::new(address.ip(), listener.tls).at(local.map(|address| address.ip()));
        let acceptor = if listener.tls { Some(acceptor.clone()) } else { None };
        let connection = connection(stream, peer, listener.service, acceptor, site.clone(), entered);
        workers::spawn(&executor, Box::pin(connection));
    }
}

/// One connection. `acceptor` is `Some` where there must be TLS.
async fn connection(
    stream: Async<TcpStream>,
    peer: Peer,
    service: Service,
    acceptor: Option<Option<Arc<Acceptor>>>,
    site: Site,
    entered: Entered,
) {
    // PROCESSING must not wait for more bytes to keep it company (MS-OXCMAPIHTTP R2227).
    if let Err(error) = stream.get_ref().set_nodelay(true) {
        debug!("{}: {error}", peer.address);
    }
    match acceptor {
        None => http::serve_connection(site, service, peer, Box::new(stream)).await,
        Some(None) => warn!("there is no certificate for {}", peer.address),
        Some(Some(acceptor)) => {
            let stopped = async {
                site.stop.said().await;
                Err(io::Error::from(ErrorKind::ConnectionAborted))
            };
            match future::or(acceptor.accept(stream), stopped).await {
                Ok(stream) => http::serve_connection(site, service, peer, Box::new(stream)).await,
                Err(error) => debug!("{}: TLS: {error}", peer.address),
            }
        }
    }
    drop(entered);
}
