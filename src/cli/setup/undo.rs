//! What has been made so far, to be unmade.

use crate::files;
use std::io;
use std::path::{Path, PathBuf};

/// Steps back, the last one first.
#[derive(Default)]
pub(super) struct Undo {
    steps: Vec<Step>,
}

enum Step {
    /// A directory with everything in it: all of it is ours.
    RemoveTree(PathBuf),
    /// A directory, if nobody put anything into it.
    RemoveEmpty(PathBuf),
    RemoveFile(PathBuf),
    Restore(PathBuf, String),
}

impl Undo {
    /// Makes a directory and its parents, if they are missing.
    pub(super) fn created_directory(&mut self, path: &Path, private: bool) -> io::Result<()> {
        let mut missing: Vec<&Path> =
            path.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists()).collect();
        missing.reverse();
        for &directory in &missing {
            let is_last = directory == path;
            self.steps.push(match is_last && private {
                true => Step::RemoveTree(directory.into()),
                false => Step::RemoveEmpty(directory.into()),
            });
        }
        if private { files::create_private_directory(path) } else { std::fs::create_dir_all(path) }
    }

    /// `path` is about to be made, if it is not there.
    pub(super) fn later_remove(&mut self, path: &Path) {
        if !path.exists() {
            self.steps.push(Step::RemoveTree(path.into()));
        }
    }

    /// `path` is about to be written; this was in it.
    pub(super) fn later_restore(&mut self, path: &Path, old: Option<String>) {
        self.steps.push(match old {
            Some(text) => Step::Restore(path.into(), text),
            None => Step::RemoveFile(path.into()),
        });
    }

    /// All is well.
    pub(super) fn forget(&mut self) {
        self.steps.clear();
    }

    /// Back to the beginning. What cannot be undone is left: there is an error to report already.
    pub(super) fn run(&mut self) {
        while let Some(step) = self.steps.pop() {
            let _ = match step {
                Step::RemoveTree(path) if path.is_dir() => std::fs::remove_dir_all(path),
                Step::RemoveTree(path) | Step::RemoveFile(path) => std::fs::remove_file(path),
                Step::RemoveEmpty(path) => std::fs::remove_dir(path),
                Step::Restore(path, text) => files::write(&path, text.as_bytes(), files::PUBLIC),
            };
        }
    }
}
