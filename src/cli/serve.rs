//! `serve`: the server.
//!
//! PLACEHOLDER: `serve::run` and the engine are being written elsewhere; [`serve`] composes what is
//! here and stops where they plug in.

use super::args::{Call, Command};
use super::desk::{become_owner, open_store, resolved};
use super::{CliError, Outcome, place};
use crate::admin::Admin;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{Listener, Serving};
use crate::directory;
use crate::store::Store;
use crate::tls::Tls;
use std::io;
use std::sync::Arc;

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
    let store = open_store(&config.data)?;
    let clock = Clock::system();
    let authenticator = authenticator(&store, &clock);
    let _control = answer_control(&config, &store, &clock, &authenticator)?;
    let _tls = Tls::open(&config, &clock)?;
    Err(CliError::new("this build cannot serve yet"))
}

/// Checks passwords against the store.
fn authenticator(store: &Arc<Store>, clock: &Clock) -> Authenticator {
    let users = Arc::clone(store);
    Authenticator::new(clock.clone(), move |login| {
        let look = || directory::by_login(&users.read()?, login);
        look().map_err(|error| error.to_string())
    })
}

/// Answers the command line while the server runs.
fn answer_control(
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
            CliError::new(error.to_string()).with_hint("stop it first; one server per data directory")
        }
        _ => CliError::file(&config.runtime, &error),
    })
}

/// One line for each event worth knowing, to the standard error; journald adds the time.
fn start_log() {
    let filter = env_logger::Env::new().filter_or("MAILSTEAD_LOG", "info");
    let _ = env_logger::Builder::from_env(filter).try_init();
}
