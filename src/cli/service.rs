//! The service of a package: whether systemd runs the server of a configuration, and where its unit
//! lets it write.
//!
//! Read from unit files, not asked of systemd: for advice, never for a decision.

use std::path::Path;

const UNIT: &str = "mailstead.service";
/// Where units are, administrators' first.
const DIRECTORIES: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];
/// Its state directory, the one place that the unit opens for writing.
const STATE: &str = "/var/lib/mailstead";

/// Whether the unit is installed that serves the system's configuration.
pub(super) fn runs(configuration: &Path) -> bool {
    configuration == Path::new(super::place::SYSTEM) && DIRECTORIES.iter().any(|at| Path::new(at).join(UNIT).exists())
}

/// How to do something with the server: `start`, `restart`, `stop`.
pub(super) fn how_to(verb: &str, configuration: &Path, config_flag: &str) -> String {
    match (runs(configuration), verb) {
        (true, _) => format!("sudo systemctl {verb} mailstead"),
        (false, _) => format!("mailstead {config_flag}serve"),
    }
}

/// What has to be done before the service may write to a directory; `None`: nothing.
pub(super) fn locked_out(directory: &Path) -> Option<String> {
    if directory.starts_with(STATE) || opened().iter().any(|open| directory.starts_with(open)) {
        return None;
    }
    Some(format!(
        "systemctl edit mailstead, and there, below [Service], ReadWritePaths={0}; then systemctl restart mailstead. \
         {0} has to belong to the user mailstead",
        directory.display()
    ))
}

/// Every path of a `ReadWritePaths=` in the unit and its drop-ins.
fn opened() -> Vec<String> {
    let mut texts = Vec::new();
    for at in DIRECTORIES {
        let at = Path::new(at);
        texts.extend(std::fs::read_to_string(at.join(UNIT)));
        for entry in std::fs::read_dir(at.join(format!("{UNIT}.d"))).into_iter().flatten().flatten() {
            texts.extend(std::fs::read_to_string(entry.path()));
        }
    }
    let values =
        texts.iter().flat_map(|text| text.lines()).filter_map(|line| line.trim().strip_prefix("ReadWritePaths="));
    let words = values.flat_map(str::split_whitespace).map(|word| word.trim_start_matches(['-', '+', '"']));
    words.filter(|word| word.starts_with('/')).map(|word| word.trim_end_matches('"').to_owned()).collect()
}
