//! A data file into its place: prepared in a directory beside it, opened, migrated and checked
//! there, then moved. What was there before is kept aside.

use super::{ArchiveError, Secret};
use crate::files::{self, directory_of};
use crate::store::{FILE_NAME, OpenOptions, Store, Violation};
use crate::wire::FileTime;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const PREFIX: &str = ".restore-";

/// A data directory in the making. Dropped before [`Staging::install`], it leaves nothing.
#[derive(Debug)]
pub struct Staging {
    directory: PathBuf,
    data: PathBuf,
}

impl Staging {
    /// Begins one beside the data, on the same disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn new(data: &Path) -> Result<Self, ArchiveError> {
        files::create_private_directory(data)?;
        for entry in fs::read_dir(data)?.flatten() {
            let left = entry.file_name().to_string_lossy().strip_prefix(PREFIX).and_then(|pid| pid.parse::<u32>().ok());
            if left.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let directory = data.join(format!("{PREFIX}{}", std::process::id()));
        files::create_private_directory(&directory)?;
        Ok(Self { directory, data: data.to_owned() })
    }

    /// Where everything is for now.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The data file in the making.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.directory.join(FILE_NAME)
    }

    /// Opens it, or makes it, and migrates it.
    ///
    /// # Errors
    /// It is not what it should be.
    pub fn store(&self) -> Result<Store, ArchiveError> {
        Ok(Store::open(&self.directory, &OpenOptions::default())?)
    }

    /// Opens, migrates and checks it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn check(&self) -> Result<Vec<Violation>, ArchiveError> {
        let store = self.store()?;
        let txn = store.read()?;
        Ok(txn.check()?)
    }

    /// Moves it to its place with the secrets that came with it. The file that was there before is
    /// kept; returns where.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn install(self, secrets: &[Secret], now: FileTime) -> Result<Option<PathBuf>, ArchiveError> {
        let target = self.data.join(FILE_NAME);
        File::open(self.file())?.sync_all()?;
        let suffix = format!("before-{}", stamp(now));
        let aside = self.data.join(format!("{FILE_NAME}.{suffix}"));
        let had = target.exists();
        // With a second name for the old file there is a whole one under the first at any moment, a
        // power cut included. Not every file system has second names.
        let linked = had && fs::hard_link(&target, &aside).is_ok();
        if had && !linked {
            fs::rename(&target, &aside)?;
        }
        if let Err(error) = fs::rename(self.file(), &target) {
            if linked {
                fs::remove_file(&aside)?;
            } else if had {
                fs::rename(&aside, &target)?;
            }
            return Err(error.into());
        }
        // The lock file speaks of readers of the other file; nobody has it open.
        match fs::remove_file(self.data.join(format!("{FILE_NAME}-lock"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        Secret::put_back(secrets, &self.data, &suffix)?;
        File::open(directory_of(&target))?.sync_all()?;
        Ok(had.then_some(aside))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// `20261122T130500Z`
#[must_use]
pub fn stamp(at: FileTime) -> String {
    let c = at.civil();
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
}
