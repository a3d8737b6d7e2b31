//! Snapshots by themselves: `[backup]` in the configuration. Looked at every minute while the server
//! runs; the newest file in the directory tells when the next is due, so that a restart loses
//! nothing and makes none too many.

use super::{ArchiveError, Options, Secret, backup};
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Draft;
use crate::sorted::sort;
use crate::store::Store;
use crate::wire::FileTime;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io};

/// After a failure: a disk that is full or gone is not there again a minute later.
const RETRY: Duration = Duration::from_secs(3600);
/// 2023-01-01: before NTP a Pi may believe in 1970.
const EARLIEST: FileTime = FileTime(133_170_048_000_000_000);
const PREFIX: &str = "mailstead-";
const SUFFIX: &str = ".backup";

/// When snapshots are made and which stay.
#[derive(Debug)]
pub struct Schedule {
    directory: PathBuf,
    data: PathBuf,
    every: Duration,
    keep: usize,
    with_secrets: bool,
    clock: Clock,
    not_before: Option<Duration>,
    /// Set when the server stops: a snapshot under way is given up.
    over: Arc<AtomicBool>,
}

/// `mailstead-20261122T130500Z.backup`
fn name(at: FileTime) -> String {
    format!("{PREFIX}{}{SUFFIX}", super::stamp(at))
}

fn ago(now: FileTime, time: Duration) -> FileTime {
    FileTime(now.0.saturating_sub(u64::try_from(time.as_nanos() / 100).unwrap_or(u64::MAX)))
}

/// Whether a file is a snapshot of ours: only those are ever removed.
fn is_ours(name: &str) -> bool {
    let stamp = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)).unwrap_or_default();
    let shape: String = stamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "00000000T000000Z"
}

impl Schedule {
    /// The schedule of a configuration; `None` when it asks for none.
    #[must_use]
    pub fn new(config: &Config, clock: Clock, over: Arc<AtomicBool>) -> Option<Self> {
        if config.backup_directory.as_os_str().is_empty() {
            return None;
        }
        Some(Self {
            directory: config.backup_directory.clone(),
            data: config.data.clone(),
            every: Duration::from_secs(config.backup_every_s),
            keep: usize::try_from(config.backup_keep).unwrap_or(usize::MAX),
            with_secrets: config.backup_with_secrets,
            clock,
            not_before: None,
            over,
        })
    }

    /// Makes a snapshot if one is due, and removes those that are too many. The new file, if any.
    ///
    /// # Errors
    /// It cannot be made: the next attempt is an hour later, and all older ones stay.
    pub fn tick(&mut self, store: &Store) -> Result<Option<PathBuf>, ArchiveError> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        if now < EARLIEST || self.not_before.is_some_and(|then| monotonic < then) || !self.is_due(now) {
            return Ok(None);
        }
        match self.make(store, now) {
            Ok(path) => {
                self.remove_old(&path)?;
                Ok(Some(path))
            }
            // A copy of damaged data is better than none, but takes the place of no other.
            Err(error) => {
                self.not_before = Some(monotonic.saturating_add(RETRY));
                Err(error)
            }
        }
    }

    /// Name of the newest snapshot, and whether one is overdue: nothing came in the time for two.
    #[must_use]
    pub fn newest(&self) -> (Option<String>, bool) {
        let now = self.clock.now();
        let newest = self.snapshots().into_iter().rfind(|made| *made <= name(now));
        let late = newest.as_ref().is_none_or(|newest| *newest < name(ago(now, self.every.saturating_mul(2))));
        (newest, late)
    }

    /// Whether the newest snapshot is old enough; those from the future say nothing.
    fn is_due(&self, now: FileTime) -> bool {
        let due = name(ago(now, self.every));
        self.snapshots().into_iter().rfind(|made| *made <= name(now)).is_none_or(|newest| newest <= due)
    }

    /// Names of our snapshots, oldest first.
    fn snapshots(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| is_ours(name))
            .collect();
        sort(&mut names);
        names
    }

    fn make(&self, store: &Store, now: FileTime) -> Result<PathBuf, ArchiveError> {
        fs::create_dir_all(&self.directory).map_err(|error| not_there(error, &self.directory))?;
        let path = self.directory.join(name(now));
        let secrets = if self.with_secrets { Secret::collect(&self.data)? } else { Vec::new() };
        let options = Options { compact: true, secrets, now };
        snapshot(store, &path, &options, &self.over)?;
        Ok(path)
    }

    /// Removes what is too many, but never the one just made: others may be from the future.
    fn remove_old(&self, made: &Path) -> io::Result<()> {
        let names = self.snapshots();
        let many = names.len().saturating_sub(self.keep);
        let others = names.iter().filter(|name| made.file_name().is_none_or(|made| made != name.as_str()));
        others.take(many).try_for_each(|name| fs::remove_file(self.directory.join(name)))
    }
}

/// A place where nothing may be made.
fn not_there(error: io::Error, path: &Path) -> ArchiveError {
    let kind = error.kind();
    let what = ArchiveError::from(error).at(path);
    match kind {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound => {
            what.with_hint("mailstead config check says what the directory of the snapshots wants")
        }
        _ => what,
    }
}

/// Writes a backup under another name, checks it and gives it its own.
fn snapshot(store: &Store, path: &Path, options: &Options, over: &AtomicBool) -> Result<(), ArchiveError> {
    let mut draft = Draft::create(path).map_err(|error| not_there(error, path))?;
    let mut file = Giving { file: &mut draft.file, up: over };
    backup::write(store, &mut file, options, &mut |_| ()).map_err(|error| error.at(path))?;
    draft.file.sync_all().map_err(|error| ArchiveError::from(error).at(path))?;
    let mut made = backup::Backup::open(draft.path())?;
    made.verify(&mut |_| ())?;
    let violations = made.check()?;
    draft.keep()?;
    match violations.first() {
        None => Ok(()),
        Some(violation) => Err(ArchiveError::new(format!("the data in the snapshot is damaged: {violation}"))
            .with_hint("mailstead check looks at it; mailstead check --repair mends it")),
    }
}

/// A file that ends with the server.
struct Giving<'a> {
    file: &'a mut fs::File,
    up: &'a AtomicBool,
}

impl io::Write for Giving<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.up.load(Ordering::SeqCst) {
            return Err(io::Error::other("the server stops"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
