//! What lies at a path: a message, an mbox file, a Maildir, or a directory with any of them.

use super::super::{CliError, Outcome};
use crate::admin::Mail;
use crate::limits::{IMPORT_DIRECTORY_DEPTH_MAX, IMPORT_MESSAGE_MAX_BYTES};
use crate::mail::Flags;
use crate::mail::{maildir, mbox};
use crate::sorted::sort;
use crate::wire::FileTime;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// Takes one message after another.
type Take<'a> = dyn FnMut(Mail) -> Outcome + 'a;

/// What was not imported, and why.
#[derive(Default)]
pub(super) struct LeftOut {
    deleted: u64,
    empty: u64,
    subfolders: u64,
    too_long: Vec<PathBuf>,
}

impl LeftOut {
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (count, what) in [
            (self.deleted, "marked as deleted left out"),
            (self.empty, "empty files left out"),
            (self.subfolders, "subfolders of a Maildir left out; import each with --folder"),
        ] {
            if count > 0 {
                lines.push(format!("{count} {what}"));
            }
        }
        let limit = IMPORT_MESSAGE_MAX_BYTES >> 20;
        lines.extend(
            self.too_long.iter().map(|path| format!("{}: a message beyond {limit} MiB left out", path.display())),
        );
        lines
    }
}

/// Reads everything at `path`.
pub(super) fn read(path: &Path, left_out: &mut LeftOut, take: &mut Take<'_>) -> Outcome {
    if path.is_dir() { directory(path, 0, left_out, take) } else { file(path, left_out, take) }
}

fn directory(path: &Path, depth: usize, left_out: &mut LeftOut, take: &mut Take<'_>) -> Outcome {
    if path.join("cur").is_dir() && path.join("new").is_dir() {
        return mail_directory(path, left_out, take);
    }
    if depth >= IMPORT_DIRECTORY_DEPTH_MAX {
        return Err(CliError::new(format!("{}: too many directories inside each other", path.display())));
    }
    for (name, entry, is_directory) in entries(path)? {
        if is_directory {
            directory(&entry, depth.saturating_add(1), left_out, take)?;
        } else if looks_like_mail(&name, &entry) {
            file(&entry, left_out, take)?;
        }
    }
    Ok(())
}

/// In a directory of all sorts only what says that it is mail: by its name, or, for the mailboxes
/// of mail programs, which have no extension, by its first bytes.
fn looks_like_mail(name: &str, path: &Path) -> bool {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some(extension) => ["eml", "mbox"].iter().any(|known| extension.eq_ignore_ascii_case(known)),
        None => File::open(path).is_ok_and(|file| begins_like_mbox(&mut BufReader::new(file))),
    }
}

/// Visible entries by name; a link to a directory could lead in circles and is left out.
fn entries(path: &Path) -> Result<Vec<(String, PathBuf, bool)>, CliError> {
    let failed = |error: std::io::Error| CliError::file(path, &error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        let is_file = kind.is_file() || kind.is_symlink() && entry.path().is_file();
        if !name.starts_with('.') && (kind.is_dir() || is_file) {
            entries.push((name, entry.path(), kind.is_dir()));
        }
    }
    sort(&mut entries);
    Ok(entries)
}

fn mail_directory(path: &Path, left_out: &mut LeftOut, take: &mut Take<'_>) -> Outcome {
    // Maildir++ keeps folders beside the messages, with a dot in front.
    let hidden = std::fs::read_dir(path).map_err(|error| CliError::file(path, &error))?.flatten();
    let subfolders =
        hidden.filter(|it| it.file_name().to_string_lossy().starts_with('.') && it.path().join("cur").is_dir());
    left_out.subfolders = left_out.subfolders.saturating_add(u64::try_from(subfolders.count()).unwrap_or(0));
    let mut messages = entries(&path.join("cur"))?;
    messages.extend(entries(&path.join("new"))?);
    // Names begin with the time of delivery.
    sort(&mut messages);
    for (name, path, is_directory) in messages {
        let flags = maildir::flags(&name);
        if flags.deleted {
            left_out.deleted = left_out.deleted.saturating_add(1);
        } else if !is_directory {
            let seconds: Option<i64> = name.split('.').next().and_then(|first| first.parse().ok());
            message(&path, seconds.map(FileTime::from_unix), flags, left_out, take)?;
        }
    }
    Ok(())
}

fn file(path: &Path, left_out: &mut LeftOut, take: &mut Take<'_>) -> Outcome {
    let failed = |error: std::io::Error| CliError::file(path, &error);
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    if !begins_like_mbox(&mut reader) {
        return message(path, None, Flags::default(), left_out, take);
    }
    for entry in mbox::Messages::with_limit(reader, IMPORT_MESSAGE_MAX_BYTES) {
        let entry = entry.map_err(failed)?;
        if entry.flags.deleted {
            left_out.deleted = left_out.deleted.saturating_add(1);
        } else if entry.truncated {
            left_out.too_long.push(path.to_owned());
        } else {
            take(Mail { raw: entry.raw, received: None, flags: entry.flags })?;
        }
    }
    Ok(())
}

/// RFC 4155: an mbox file begins with its first `From ` line.
fn begins_like_mbox(reader: &mut BufReader<File>) -> bool {
    reader.fill_buf().is_ok_and(|bytes| bytes.starts_with(b"From "))
}

fn message(
    path: &Path,
    received: Option<FileTime>,
    flags: Flags,
    left_out: &mut LeftOut,
    take: &mut Take<'_>,
) -> Outcome {
    let failed = |error: std::io::Error| CliError::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    let limit = u64::try_from(IMPORT_MESSAGE_MAX_BYTES).unwrap_or(u64::MAX);
    if file.metadata().map_err(failed)?.len() > limit {
        left_out.too_long.push(path.to_owned());
        return Ok(());
    }
    let mut raw = Vec::new();
    file.take(limit).read_to_end(&mut raw).map_err(failed)?;
    if raw.is_empty() {
        left_out.empty = left_out.empty.saturating_add(1);
        return Ok(());
    }
    take(Mail { raw, received, flags })
}
