//! Files written whole or not at all, readable by whom they should be from their first byte on.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

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
