//! `serve`: the server, composed of its parts.

use super::args::{Call, Command};
use super::desk::{become_owner, open_store};
use super::terminal::say;
use super::{CliError, Outcome, place, plain};
use crate::admin::Admin;
use crate::archive::Schedule;
use crate::auth::Authenticator;
use crate::backend::Live;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Listener, Serving};
use crate::directory;
use crate::files;
use crate::http::Site;
use crate::searcher::Searcher;
use crate::serve::{self, Running, Settings};
use crate::store::{AppPassword, PasswordDigest, SessionStore, Store, StoreError};
use crate::tls::{Acceptor, Tls};
use crate::upkeep::Upkeep;
use crate::welcome::Welcome;
use crate::wire::FileTime;
use crate::workers;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub(super) static SERVE: Command = Command {
    name: "serve",
    arguments: &[],
    flags: &[],
    summary: "serve until SIGTERM or Ctrl-C",
    details: "Prints one line for each address when it is ready. MAILSTEAD_LOG=debug says more;\n\
              the log goes to the standard error. A service manager is told when it is ready, and\n\
              as often as its watchdog wants (sd_notify).",
    run: serve,
};

fn serve(call: &Call) -> Outcome {
    let config = place::config(call)?;
    become_owner(&config.data)?;
    start_log("info");
    let clock = Clock::system();
    let store = open_store(&config.data)?;
    // First of all, for it finds out whether another server has the data.
    let control = ControlSocket::bind(&config)?;
    let tls = match config.listen_https.is_empty() {
        true => None,
        false => Some(Arc::new(Tls::open(&config, &clock)?)),
    };
    let parts = Parts::assemble(&config, store, clock, tls)?;
    let _answered = control.answer(&config, &parts)?;
    parts.run(&config)
}

/// A server before it listens.
pub(super) struct Parts {
    store: Arc<Store>,
    clock: Clock,
    authenticator: Authenticator,
    backend: Arc<Live>,
    tls: Option<Arc<Tls>>,
    /// For the control socket, once it is served.
    site: Arc<OnceLock<Site>>,
    _upkeep: Upkeep,
    _searcher: Searcher,
    _snapshots: Option<Snapshots>,
}

impl Parts {
    pub(super) fn assemble(
        config: &Config,
        store: Arc<Store>,
        clock: Clock,
        tls: Option<Arc<Tls>>,
    ) -> Result<Self, CliError> {
        let authenticator = authenticator(&store, &clock);
        let backend = Arc::new(Live::new(Arc::clone(&store), clock.clone(), config.organization.clone()));
        if !keep_sessions(config, &store, &backend) {
            // Nobody goes on: what the last process's sessions had not saved is nobody's.
            sweep(&store, clock.now());
        }
        let upkeep = upkeep(&store, tls.clone(), &clock, config);
        let upkeep = upkeep.map_err(|error| CliError::new(plain(&error)))?;
        let searcher = Searcher::start(Arc::clone(&store), clock.clone());
        let searcher = searcher.map_err(|error| CliError::new(plain(&error)))?;
        let snapshots = Snapshots::start(config, &store, &clock).map_err(|error| CliError::new(plain(&error)))?;
        Ok(Self {
            store,
            clock,
            authenticator,
            backend,
            tls,
            site: Arc::default(),
            _upkeep: upkeep,
            _searcher: searcher,
            _snapshots: snapshots,
        })
    }

    /// Serves until a signal says otherwise.
    fn run(&self, config: &Config) -> Outcome {
        let gatekeeper = Arc::new(self.authenticator.clone());
        let backend = Arc::<Live>::clone(&self.backend);
        let mut started = |running: &Running| {
            let _ = self.site.set(running.site.clone());
            running.addresses.iter().for_each(|address| say(&format!("listening on {address}")));
        };
        serve::run(
            &settings(config, self.tls.as_deref()),
            self.clock.clone(),
            gatekeeper,
            backend,
            self.acceptor(),
            &mut started,
        )
        .map_err(|error| cannot_listen(&error))
    }

    /// Serves until it is stopped.
    pub(super) fn start(&self, config: &Config) -> Result<Running, CliError> {
        let gatekeeper = Arc::new(self.authenticator.clone());
        let backend = Arc::<Live>::clone(&self.backend);
        serve::start(&settings(config, self.tls.as_deref()), self.clock.clone(), gatekeeper, backend, self.acceptor())
            .map_err(|error| cannot_listen(&error))
    }

    fn acceptor(&self) -> Option<Acceptor> {
        self.tls.as_ref().map(|tls| tls.acceptor())
    }
}

/// What the edge is told of the configuration.
fn settings(config: &Config, tls: Option<&Tls>) -> Settings {
    Settings {
        https: config.listen_https.clone(),
        http: config.listen_http.clone(),
        plain: config.listen_plain.clone(),
        hostname: config.hostname.clone(),
        internal_url: config.urls_internal.clone(),
        external_url: config.urls_external.clone(),
        trusted: config.proxy_trusted.clone(),
        internal: config.network_internal.clone(),
        redirects: config.autodiscover_redirects.clone(),
        welcome: Welcome {
            hostname: config.hostname.clone(),
            domains: config.domains.clone(),
            root: tls.and_then(Tls::root).map(|root| root.der.to_vec()),
        },
        expiry: Duration::from_secs(config.session_expiry_s),
        pending_period: Duration::from_secs(config.session_pending_period_s),
        notification_wait: Duration::from_secs(config.session_notification_wait_s),
    }
}

/// Checks passwords against the store.
fn authenticator(store: &Arc<Store>, clock: &Clock) -> Authenticator {
    let users = Arc::clone(store);
    let lookup = move |login: &str| {
        let look = || directory::by_login(&users.read()?, login);
        look().map_err(|error: StoreError| error.to_string())
    };
    let (store, now) = (Arc::clone(store), clock.clone());
    Authenticator::with_app_passwords(clock.clone(), lookup, move |user, digest| {
        let look = || store.read()?.app_password(user, digest);
        let Some(found) = look().map_err(|error: StoreError| error.to_string())? else { return Ok(false) };
        let now = now.now();
        // To the hour, so that flash does not see a write for each request.
        if found.used.is_none_or(|used| now.0.saturating_sub(used.0) > 36_000_000_000 || now < used) {
            let (store, digest) = (Arc::clone(&store), *digest);
            workers::start(Box::new(move || note_use(&store, user, &digest, now))).detach();
        }
        Ok(true)
    })
}

/// Writes down when an app password was used, unless it is gone by now.
fn note_use(store: &Store, user: u32, digest: &PasswordDigest, now: FileTime) {
    let note = || {
        let mut txn = store.write()?;
        if let Some(found) = txn.app_password(user, digest)? {
            txn.put_app_password(user, digest, &AppPassword { used: Some(now), ..found })?;
            txn.commit()?;
        }
        Ok::<_, StoreError>(())
    };
    if let Err(error) = note() {
        log::error!("app password: {error}");
    }
}

/// The socket of this data directory's one server.
struct ControlSocket(Listener);

impl ControlSocket {
    fn bind(config: &Config) -> Result<Self, CliError> {
        Listener::bind(&config.runtime).map(Self).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                CliError::new(plain(&error)).with_hint("stop it first; there is one server for a data directory")
            }
            // A path beyond the 108 bytes of sockaddr_un.
            io::ErrorKind::InvalidInput => CliError::new(format!("{}: {}", config.runtime.display(), plain(&error)))
                .with_hint("set runtime in the configuration to a shorter path"),
            _ => CliError::file(&config.runtime, &error),
        })
    }

    /// Answers the command line while the server runs.
    fn answer(self, config: &Config, parts: &Parts) -> Result<Serving, CliError> {
        let authenticator = parts.authenticator.clone();
        let changed = Box::new(move |user| authenticator.forget(user));
        let mut admin = Admin::new(config, Arc::clone(&parts.store), parts.clock.clone(), changed);
        admin.site = Arc::clone(&parts.site);
        let answered = self.0.serve(Arc::new(move |request| admin.answer(request)));
        answered.map_err(|error| CliError::file(&config.runtime, &error))
    }
}

/// Has sessions kept over restarts; true if there are some. Without their store the server serves on.
fn keep_sessions(config: &Config, store: &Arc<Store>, backend: &Live) -> bool {
    let made = files::create_private_directory(&config.runtime).map_err(StoreError::Io);
    match made.and_then(|()| SessionStore::open(&config.runtime, Arc::clone(store), &config.data, &boot_id())) {
        Ok(sessions) => {
            let has_some = !sessions.is_empty();
            backend.keep_in(Arc::new(sessions));
            has_some
        }
        Err(error) => {
            log::error!("{}: sessions will not outlive a restart: {error}", config.runtime.display());
            false
        }
    }
}

/// Names the time since the machine was started; empty where the kernel does not say.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Removes what unsaved objects left in the data file.
fn sweep(store: &Store, before: FileTime) {
    match store.sweep_staged(before) {
        Ok(0) => {}
        Ok(count) => log::info!("removed {count} pieces of attachments that were never saved"),
        Err(error) => log::error!("{error}"),
    }
}

/// Deletes for good what was deleted softly long enough ago.
fn purge(store: &Store, before: FileTime, now: FileTime) {
    match store.purge_deleted(before, now) {
        Ok(0) => {}
        Ok(count) => log::info!("{count} deleted messages and folders are gone for good"),
        Err(error) => log::error!("{error}"),
    }
}

/// Says once that the data file is nearly full, and again after it was not.
fn warn_when_full(store: &Store, warned: &mut bool) {
    let usage = store.usage();
    let full = usage.is_nearly_full();
    if full && !*warned {
        let (used, most) = (usage.used_bytes >> 20, usage.map_bytes >> 20);
        log::warn!("the data file is nearly full: {used} of at most {most} MiB; soon nothing more can be saved");
    }
    *warned = full;
}

/// Certificates that change or expire, readers that died, what nobody saved, what was deleted.
fn upkeep(store: &Arc<Store>, tls: Option<Arc<Tls>>, clock: &Clock, config: &Config) -> io::Result<Upkeep> {
    let (expiry_s, retention_s) = (config.session_expiry_s, config.retention_deleted_items_days.saturating_mul(86_400));
    let store = Arc::clone(store);
    let clock = clock.clone();
    // Twice the life of an idle session, and a day for one that is busy all along.
    let unsaved_s = expiry_s.saturating_mul(2).saturating_add(86_400);
    let mut warned = false;
    warn_when_full(&store, &mut warned);
    Upkeep::start(Box::new(move || {
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
        warn_when_full(&store, &mut warned);
        let now = clock.now();
        let ago = |seconds: u64| FileTime(now.0.saturating_sub(seconds.saturating_mul(10_000_000)));
        sweep(&store, ago(unsaved_s));
        purge(&store, ago(retention_s), now);
    }))
}

/// Backups by themselves, on a thread of their own: checking one takes its time.
struct Snapshots {
    over: Arc<AtomicBool>,
    upkeep: Option<Upkeep>,
}

impl Snapshots {
    fn start(config: &Config, store: &Arc<Store>, clock: &Clock) -> io::Result<Option<Self>> {
        let over = Arc::new(AtomicBool::new(false));
        let Some(mut schedule) = Schedule::new(config, clock.clone(), Arc::clone(&over)) else { return Ok(None) };
        let store = Arc::clone(store);
        let upkeep = Upkeep::start(Box::new(move || match schedule.tick(&store) {
            Ok(Some(path)) => log::info!("snapshot {}", path.display()),
            Ok(None) => {}
            Err(error) => {
                let hint = error.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                log::error!("snapshot: {error}{hint}");
            }
        }))?;
        Ok(Some(Self { over, upkeep: Some(upkeep) }))
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        drop(self.upkeep.take());
    }
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
pub(super) fn start_log(unless_asked: &str) {
    let filter = env_logger::Env::new().filter_or("MAILSTEAD_LOG", unless_asked);
    let _ = env_logger::Builder::from_env(filter).try_init();
}
