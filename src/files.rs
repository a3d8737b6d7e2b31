//! Files written whole or not at all, readable by whom they should be from their first byte on.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Only the owner.
pub const PRIVATE: u32 = 0o600;
/// Everybody may read.
pub const PUBLIC: u32 = 0o644;

/// Replaces `path` with `bytes`: a reader, or a power cut, meets the old file or the new one.
///
/// # Errors
/// What the file system says.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        File::open(directory_of(path))?.sync_all()
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&new)))
}

/// A file on its way: under a name of its own until [`Draft::keep`], gone if that is never called.
#[derive(Debug)]
pub struct Draft {
    /// To be written.
    pub file: File,
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl Draft {
    /// Begins a file for the owner alone. Drafts of `target` that a process left which is gone are
    /// removed.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let start = format!(".{name}.draft-");
        for entry in std::fs::read_dir(directory_of(target))?.flatten() {
            let left = entry.file_name().to_string_lossy().strip_prefix(&start).and_then(|pid| pid.parse::<u32>().ok());
            if left.is_some_and(|pid| pid != std::process::id() && !Path::new("/proc").join(pid.to_string()).exists()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let path = target.with_file_name(format!("{start}{}", std::process::id()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE).open(&path)?;
        Ok(Self { file, path, target: target.to_owned(), kept: false })
    }

    /// Where it is for now.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, whatever had it before.
    ///
    /// # Errors
    /// The disk refuses: nothing has the name that did not have it before.
    pub fn keep(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, &self.target)?;
        self.kept = true;
        File::open(directory_of(&self.target))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a directory for the owner alone, and its parents as usual. One that is there stays as it is.
///
/// # Errors
/// What the file system says.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(directory_of(path))?;
    DirBuilder::new().mode(0o700).create(path)
}

/// The directory that `path` is in.
#[must_use]
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
