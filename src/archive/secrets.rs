//! What lies beside the data file: the private CA and the server's key. With them whoever holds the
//! backup can be this server; without them every PC has to import a new root certificate.
//!
//! On disk, in a backup and in a dump alike: name length (1 byte), name, mode (4 bytes), length
//! (4 bytes), bytes; numbers little-endian.

use super::{ArchiveError, number};
use crate::files;
use crate::limits::SECRET_MAX_BYTES;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The directory below the data directory, and every file of it that is taken along.
const DIRECTORY: &str = "ca";
const NAMES: [&str; 5] = ["root.key", "root.pem", "root.crt", "server.key", "server.crt"];

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// One of the names that the private CA gives its files.
    pub name: &'static str,
    /// Permission bits.
    pub mode: u32,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Secret {
    /// Those of a data directory, as many as there are.
    ///
    /// # Errors
    /// One is there and cannot be read.
    pub fn collect(data: &Path) -> Result<Vec<Self>, ArchiveError> {
        let mut found = Vec::new();
        for name in NAMES {
            let path = data.join(DIRECTORY).join(name);
            let named = |error: &io::Error| ArchiveError::new(format!("{}: {error}", path.display()));
            let mode = match std::fs::metadata(&path) {
                Ok(metadata) => metadata.permissions().mode() & 0o777,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(named(&error)),
            };
            found.push(Self { name, mode, bytes: std::fs::read(&path).map_err(|error| named(&error))? });
        }
        Ok(found)
    }

    /// Puts secrets into a data directory. What is there and differs is kept aside with `suffix`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_back(all: &[Self], data: &Path, suffix: &str) -> io::Result<()> {
        if all.is_empty() {
            return Ok(());
        }
        let directory = data.join(DIRECTORY);
        let same = |secret: &Self| std::fs::read(directory.join(secret.name)).is_ok_and(|there| there == secret.bytes);
        if directory.exists() && !all.iter().all(same) {
            std::fs::rename(&directory, data.join(format!("{DIRECTORY}.{suffix}")))?;
        }
        files::create_private_directory(&directory)?;
        all.iter().try_for_each(|secret| files::write(&directory.join(secret.name), &secret.bytes, secret.mode))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![u8::try_from(self.name.len()).unwrap_or(0)];
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&self.mode.to_le_bytes());
        out.extend_from_slice(&u32::try_from(self.bytes.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&self.bytes);
        out
    }

    /// The first secret in `bytes` and what follows. `None` for what cannot be one: a name with a
    /// path in it would be written anywhere.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (len, rest) = bytes.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*len))?;
        let name = NAMES.into_iter().find(|known| known.as_bytes() == name)?;
        let (head, rest) = rest.split_at_checked(8)?;
        let len = u32::from_le_bytes(number(head, 4));
        let (bytes, rest) = rest.split_at_checked(usize::try_from(len).ok().filter(|_| len <= SECRET_MAX_BYTES)?)?;
        let mode = u32::from_le_bytes(number(head, 0)) & 0o600;
        let mode = if name.ends_with(".key") { mode } else { mode | (u32::from_le_bytes(number(head, 0)) & 0o044) };
        Some((Self { name, mode, bytes: bytes.to_vec() }, rest))
    }
}
