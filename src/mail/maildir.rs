//! Maildir: what a file name tells. The files themselves are read elsewhere.

use super::Flags;

/// Flags of a message file: the letters after `:2,` in its name. File systems that know no colon
/// have `;` or `!` instead. A file in `new` has none.
#[must_use]
pub fn flags(file_name: &str) -> Flags {
    let mut flags = Flags::default();
    let info = [":2,", ";2,", "!2,"].iter().find_map(|mark| file_name.rsplit_once(mark));
    for letter in info.map(|(_, letters)| letters).unwrap_or_default().chars() {
        match letter {
            'D' => flags.draft = true,
            'F' => flags.flagged = true,
            'P' => flags.forwarded = true,
            'R' => flags.replied = true,
            'S' => flags.read = true,
            'T' => flags.deleted = true,
            _ => {}
        }
    }
    flags
}
