//! Which configuration a command means.

use super::CliError;
use super::args::Call;
use crate::config::{Config, Surroundings};
use std::path::{Path, PathBuf};

/// Where packages and administrators put it.
pub(super) const SYSTEM: &str = "/etc/mailstead/mailstead.toml";

/// The configuration file of a call: `--config`, else the system's if it is there, else the
/// person's own.
pub(super) fn file(call: &Call) -> PathBuf {
    if let Some(given) = call.path("config") {
        return given.to_owned();
    }
    let system = Path::new(SYSTEM);
    if system.exists() { system.to_owned() } else { own_file().unwrap_or_else(|| system.to_owned()) }
}

/// Where `setup` makes a new one: root sets up the system.
pub(super) fn new_file(call: &Call) -> PathBuf {
    match call.path("config") {
        Some(given) => given.to_owned(),
        None if rustix::process::geteuid().is_root() => SYSTEM.into(),
        None => file(call),
    }
}

/// The data directory for a new configuration file: the system's for the system's, the person's
/// for the person's, and one beside a file that was put elsewhere.
pub(super) fn new_data(file: &Path) -> PathBuf {
    if file == Path::new(SYSTEM) {
        "/var/lib/mailstead".into()
    } else if Some(file) == own_file().as_deref() {
        xdg("XDG_DATA_HOME", ".local/share").unwrap_or_default().join("mailstead")
    } else {
        "mailstead-data".into()
    }
}

fn own_file() -> Option<PathBuf> {
    Some(xdg("XDG_CONFIG_HOME", ".config")?.join("mailstead/mailstead.toml"))
}

/// A directory of the XDG base directory specification; relative paths are to be ignored.
fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    set.or_else(|| std::env::home_dir().map(|home| home.join(below_home)))
}

/// Runs `read` with what surrounds the file.
fn with_surroundings<T>(call: &Call, file: &Path, read: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let runtime = std::env::var("RUNTIME_DIRECTORY").ok();
    read(&Surroundings { file, data: call.path("data"), runtime_directory: runtime.as_deref() })
}

/// The configuration, complete and checked.
pub(super) fn config(call: &Call) -> Result<Config, CliError> {
    let file = file(call);
    let text = std::fs::read_to_string(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CliError::new(format!("there is no configuration {}", file.display()))
            .with_hint("mailstead setup you@example.org makes one; --config FILE names another"),
        _ => CliError::file(&file, &error),
    })?;
    parse(call, &text, &file)
}

/// The configuration that `text` would be.
pub(super) fn parse(call: &Call, text: &str, file: &Path) -> Result<Config, CliError> {
    Ok(with_surroundings(call, file, |around| Config::parse(text, around))?)
}

/// As [`parse`], while names may be missing.
pub(super) fn parse_partial(call: &Call, text: &str, file: &Path) -> Result<Config, CliError> {
    Ok(with_surroundings(call, file, |around| Config::parse_partial(text, around))?)
}
