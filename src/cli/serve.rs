//! `serve`: the server, composed of its parts.

use super::args::{Call, Command};
use super::desk::{become_owner, open_store, resolved};
use super::terminal::say;
use super::{CliError, Outcome, place, plain};
use crate::admin::Admin;
use crate::auth::Authenticator;
use crate::backend::Live;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Listener, Serving};
use crate::directory;
use crate::serve::{Settings, run};
use crate::store::Store;
use crate::tls::Tls;
use crate::upkeep::Upkeep;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub(super) static SERVE: Command = Command {
    name: "serve",
    arguments: &[],
    flags: &[],
    summary: "serve until SIGTERM or Ctrl-C",
    details: "Prints one line for each address when it is ready. MAILSTEAD_LOG=debug says more;\n\
              the log goes to the standard error.",
    run: serve,
};

fn serve(call: &Call) -> Outcome {
    let config = place::config(call)?;
    become_owner(&config.data)?;
    start_log();
    let clock = Clock::system();
    let store = open_store(&config.data)?;
    let authenticator = authenticator(&store, &clock);
    let _control = answer_control(&config, &store, &clock, &authenticator)?;
    let tls = match config.listen_https.is_empty() {
        true => None,
        false => Some(Arc::new(Tls::open(&config, &clock)?)),
    };
    let _upkeep = upkeep(&store, tls.clone()).map_err(|error| CliError::new(plain(&error)))?;
    let backend = Arc::new(Live::new(Arc::clone(&store), clock.clone(), config.organization.clone()));
    let acceptor = tls.map(|tls| tls.acceptor());
    run(&settings(&config), clock, Arc::new(authenticator), backend, acceptor, &mut say).map_err(|e| cannot_listen(&e))
}

/// What the edge is told of the configuration.
pub(super) fn settings(config: &Config) -> Settings {
    Settings {
        https: config.listen_https.clone(),
        http: config.listen_http.clone(),
        plain: config.listen_plain.clone(),
        hostname: config.hostname.clone(),
        internal_url: config.urls_internal.clone(),
        external_url: config.urls_external.clone(),
        trusted: config.proxy_trusted.clone(),
        expiry: Duration::from_secs(config.session_expiry_s),
        pending_period: Duration::from_secs(config.session_pending_period_s),
        notification_wait: Duration::from_secs(config.session_notification_wait_s),
    }
}

/// Checks passwords against the store.
pub(super) fn authenticator(store: &Arc<Store>, clock: &Clock) -> Authenticator {
    let users = Arc::clone(store);
    Authenticator::new(clock.clone(), move |login| {
        let look = || directory::by_login(&users.read()?, login);
        look().map_err(|error| error.to_string())
    })
}

/// Answers the command line while the server runs.
pub(super) fn answer_control(
    config: &Config,
    store: &Arc<Store>,
    clock: &Clock,
    authenticator: &Authenticator,
) -> Result<Serving, CliError> {
    let authenticator = authenticator.clone();
    let admin = Admin {
        store: Arc::clone(store),
        organization: config.organization.clone(),
        domains: config.domains.clone(),
        data: resolved(&config.data),
        clock: clock.clone(),
        changed: Box::new(move |user| authenticator.forget(user)),
    };
    let bound = Listener::bind(&config.runtime).and_then(|it| it.serve(Arc::new(move |request| admin.answer(request))));
    bound.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            CliError::new(plain(&error)).with_hint("stop it first; there is one server for a data directory")
        }
        // A path beyond the 108 bytes of sockaddr_un.
        io::ErrorKind::InvalidInput => CliError::new(format!("{}: {}", config.runtime.display(), plain(&error)))
            .with_hint("set runtime in the configuration to a shorter path"),
        _ => CliError::file(&config.runtime, &error),
    })
}

/// Certificates that change or expire, readers that died.
fn upkeep(store: &Arc<Store>, tls: Option<Arc<Tls>>) -> io::Result<Upkeep> {
    let store = Arc::clone(store);
    Upkeep::start(move || {
        match tls.as_ref().map(|tls| tls.refresh()) {
            Some(Ok(true)) => log::info!("new connections get a new certificate"),
            Some(Err(error)) => log::error!("the certificate stays as it was: {error}"),
            Some(Ok(false)) | None => {}
        }
        match store.clear_stale_readers() {
            Ok(0) => {}
            Ok(count) => log::info!("cleared {count} readers that had died"),
            Err(error) => log::error!("{error}"),
        }
    })
}

fn cannot_listen(error: &io::Error) -> CliError {
    let what = CliError::new(plain(error));
    match error.kind() {
        io::ErrorKind::PermissionDenied => what.with_hint(
            "ports below 1024 are root's: start it as a service, or give it the right with \
             setcap cap_net_bind_service=+ep",
        ),
        io::ErrorKind::AddrInUse => what.with_hint("another program listens there; set listen in the configuration"),
        _ => what,
    }
}

/// One line for each event worth knowing, to the standard error; journald adds the time.
pub(super) fn start_log() {
    let filter = env_logger::Env::new().filter_or("MAILSTEAD_LOG", "info");
    let _ = env_logger::Builder::from_env(filter).try_init();
}
