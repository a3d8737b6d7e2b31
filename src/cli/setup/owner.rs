//! Who owns what root makes: the user that the service runs as, or `serve` could not open it.

use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

/// A user and a group by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// The owner for new files in `data`: whoever owns the directory, or the user `mailstead` that
    /// the package made, when it is the system's configuration. `None`: us.
    pub(super) fn of_new_files(data: &Path, configuration: &Path) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        match std::fs::metadata(data) {
            Ok(there) if there.uid() == 0 => None,
            Ok(there) => Some(Self { user: there.uid(), group: there.gid() }),
            Err(_) if configuration.starts_with("/etc/mailstead") => {
                Self::named("mailstead", &std::fs::read_to_string("/etc/passwd").ok()?)
            }
            Err(_) => None,
        }
    }

    /// The user of a line of passwd(5).
    fn named(name: &str, passwd: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next() == Some(name);
            let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            found.then_some(Self { user, group })
        })
    }

    /// Takes over the directory and what root made in it.
    pub(super) fn take(&self, path: &Path) -> io::Result<()> {
        let metadata = std::fs::symlink_metadata(path)?;
        // A link may lead anywhere, and what belongs to others already is theirs.
        if metadata.is_symlink() {
            return Ok(());
        }
        if metadata.uid() == 0 {
            chown(path, Some(self.user), Some(self.group))?;
        }
        if metadata.is_dir() {
            for entry in std::fs::read_dir(path)? {
                self.take(&entry?.path())?;
            }
        }
        Ok(())
    }
}
