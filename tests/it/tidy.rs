//! House rules that a compiler does not check: which module may use which, how long files and
//! functions may be, words that must not be committed. Each message says what to do.

mod code;

use crate::spec::sources;
use code::{Function, code_of, functions, references};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules by level, lowest first: a module uses those of lower levels and, of its own level, those
/// named with it. Each entry: level, module, friends of its own level.
const LEVELS: &[(u8, &str, &[&str])] = &[
    (0, "wire", &["limits"]),
    (0, "limits", &[]),
    (0, "sorted", &[]),
    (0, "outlook", &["limits"]),
    (1, "mapi", &[]),
    (2, "rop", &[]),
    (2, "transfer", &[]),
    (2, "nspi::message", &[]),
    (2, "mail", &["mail::html", "mail::rtf"]),
    // Forms of a body, which the store makes for conditions; how mail comes is nothing to it.
    (2, "mail::html", &["mail"]),
    (2, "mail::rtf", &["mail::html"]),
    (3, "store", &["random"]),
    (3, "clock", &[]),
    (3, "random", &[]),
    (4, "directory", &[]),
    (4, "notify", &[]),
    (4, "deliver", &["directory"]),
    (4, "exec", &["deliver", "directory", "notify"]),
    (4, "nspi", &["directory"]),
    (5, "admin", EDGE),
    (5, "archive", EDGE),
    (5, "archive", EDGE),
    (5, "auth", EDGE),
    (5, "autodiscover", EDGE),
    (5, "backend", EDGE),
    (5, "cli", EDGE),
    (5, "client", EDGE),
    (5, "config", EDGE),
    (5, "control", EDGE),
    (5, "files", EDGE),
    (5, "http", EDGE),
    (5, "lib", EDGE),
    (5, "main", EDGE),
    (5, "mapihttp", EDGE),
    (5, "searcher", EDGE),
    (5, "serve", EDGE),
    (5, "session", EDGE),
    (5, "smtp", EDGE),
    (5, "tls", EDGE),
    (5, "upkeep", EDGE),
    (5, "welcome", EDGE),
    (5, "workers", EDGE),
];
/// The edge: one level, any with any.
const EDGE: &[&str] = &["*"];

/// Pairs that the levels would allow and the architecture does not.
const APART: &[(&str, &str)] =
    &[("store", "rop"), ("store", "transfer"), ("store", "mail"), ("store", "nspi::message")];

/// Modules that do no I/O, take no lock, read no clock and draw no randomness.
const PURE: &[&str] = &["wire", "mapi", "rop", "transfer", "nspi::message", "mail", "mail::html", "mail::rtf"];

/// Longer than [`FILE_LINES_MAX`] because they are one table each, and their headers say so.
const TABLES: &[&str] = &["src/mapi/tag.rs", "src/mapi/error.rs", "src/mapi/names.rs", "src/rop/mod.rs"];

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

/// EXCEPTIONS, each until somebody has time: (file, what the message would begin with). Keep empty.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Fails with all messages that no exception covers.
fn expect_none(rule: &str, found: Vec<(PathBuf, String)>) {
    let mut left = Vec::new();
    for (file, message) in found {
        let name = file.to_string_lossy();
        if !EXCEPTIONS.iter().any(|(file, begin)| name == *file && message.starts_with(begin)) {
            left.push(format!("{name}: {message}"));
        }
    }
    assert!(left.is_empty(), "{rule}:\n{}", left.join("\n"));
}

/// The longest entry of [`LEVELS`] that a path is in.
fn unit(path: &[String]) -> Option<(u8, &'static str, &'static [&'static str])> {
    let inside =
        |module: &str| module.split("::").zip(path).filter(|(a, b)| a == b).count() == module.split("::").count();
    LEVELS.iter().copied().filter(|(_, module, _)| inside(module)).max_by_key(|(_, module, _)| module.len())
}

/// The module that a file is.
fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if let Some(last) = parts.pop() {
        let stem = last.trim_end_matches(".rs");
        if stem != "mod" {
            parts.push(stem.to_owned());
        }
    }
    parts
}

#[test]
fn layers_point_one_way() {
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        let module = module_of(&file);
        let Some((level, name, friends)) = unit(&module) else {
            found.push((file, "is in no level: add its module to LEVELS in tests/it/tidy.rs".to_owned()));
            continue;
        };
        for (line, path) in references(&code_of(&text), &module) {
            let Some((other_level, other, _)) = unit(&path) else { continue };
            let same = other == name || friends.contains(&"*") || friends.contains(&other);
            let allowed = other_level < level || other_level == level && same;
            if !allowed || APART.contains(&(name, other)) {
                let path = path.join("::");
                found.push((
                    file.clone(),
                    format!(
                        "line {line}: {name} (level {level}) may not use {path} (level {other_level}): move what both \
                         need below both, or hand it in as a parameter"
                    ),
                ));
            }
        }
    }
    expect_none("Layers point one way (architecture section 1)", found);
}

#[test]
fn only_the_edge_is_async() {
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        let Some((level, name, _)) = unit(&module_of(&file)) else { continue };
        let code = code_of(&text);
        for (at, line) in code.lines().enumerate().filter(|_| level < 5) {
            if line.contains("async ") || line.contains(".await") {
                let message =
                    format!("line {}: {name} is synchronous: let the edge wait, and call this on a worker", at + 1);
                found.push((file.clone(), message));
            }
        }
    }
    expect_none("Nothing below the edge is async", found);
}

#[test]
fn the_core_is_pure() {
    const IMPURE: &[&str] = &[
        "std::fs",
        "std::net",
        "std::thread",
        "std::env",
        "std::process",
        "std::sync",
        "std::time",
        "std::cell",
        "SystemTime",
        "Instant::",
        "Mutex",
        "RwLock",
        "Atomic",
        "OnceLock",
        "thread_local!",
        "ring::rand",
        "smol::",
        "crate::clock",
        "crate::random",
        "println!",
        "log::",
        "debug!(",
        "info!(",
        "warn!(",
        "error!(",
    ];
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        let Some((_, name, _)) = unit(&module_of(&file)).filter(|(_, name, _)| PURE.contains(name)) else { continue };
        for (at, line) in code_of(&text).lines().enumerate() {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                let message = format!("line {}: {name} is pure, {word} is not: take the value as a parameter", at + 1);
                found.push((file.clone(), message));
            }
        }
    }
    expect_none("The core is pure (architecture section 1)", found);
}

#[test]
fn files_are_short() {
    let mut found = Vec::new();
    for (file, text) in sources("src").into_iter().chain(sources("tests/it")) {
        let lines = text.lines().count();
        let header: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let table = TABLES.contains(&&*file.to_string_lossy()) && header.contains("table");
        if lines > FILE_LINES_MAX && !table {
            found.push((file, format!("{lines} lines are two rooms in one: split it, {FILE_LINES_MAX} at most")));
        }
    }
    expect_none("Files are short", found);
}

#[test]
fn functions_are_short() {
    let mut found = Vec::new();
    for (file, text) in sources("src") {
        for Function { name, line, lines } in functions(&text) {
            if lines > FUNCTION_LINES_MAX {
                found.push((
                    file.clone(),
                    format!(
                        "line {line}: {name} has {lines} lines: give its parts names, {FUNCTION_LINES_MAX} at most"
                    ),
                ));
            }
        }
    }
    expect_none("Functions are short", found);
}

#[test]
fn every_file_says_what_it_is() {
    let missing = sources("src").into_iter().filter(|(_, text)| !text.starts_with("//!"));
    let message = "open with //!: what it is, which specification, what it deliberately does not do";
    expect_none("Every file says what it is", missing.map(|(file, _)| (file, message.to_owned())).collect());
}

/// Text files that are committed, but for test data and the lock file.
fn committed() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<(PathBuf, String)> = sources("src").into_iter().chain(sources("tests/it")).collect();
    let mut directories = vec![PathBuf::from(".ci"), PathBuf::from("cross"), PathBuf::from("packaging")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root.join(&directory)).into_iter().flatten() {
            let name = directory.join(entry.unwrap().file_name());
            match fs::read_to_string(root.join(&name)) {
                Ok(text) => files.push((name, text)),
                Err(_) => directories.push(name),
            }
        }
    }
    let single = ["build.rs", "Cargo.toml", "clippy.toml", "deny.toml", "rustfmt.toml", "README.md", "CHANGELOG.md"];
    let read = |name: &str| Some((PathBuf::from(name), fs::read_to_string(root.join(name)).ok()?));
    files.extend(single.into_iter().filter_map(read));
    files
}

#[test]
fn nothing_is_left_behind() {
    // In two halves each, so that this file is clean too.
    let words: &[(&str, &str, &str)] = &[
        ("to", "do!(", "write it, or answer NotSupported"),
        ("unimple", "mented!(", "write it, or answer NotSupported"),
        ("FIX", "ME", "do it, or write an issue"),
        ("XX", "X", "do it, or write an issue"),
        ("HA", "CK", "do it properly, or say in a comment why this is right"),
        ("db", "g!(", "log it, or take it out"),
        ("crates", ".io", "name no package registry"),
        ("reg", "istry.npm", "name no package registry"),
        ("/wo", "rk/", "name no path of a machine"),
        ("/ho", "me/", "name no path of a machine"),
        ("/ro", "ot/", "name no path of a machine"),
        ("/Us", "ers/", "name no path of a machine"),
    ];
    let mut found = Vec::new();
    for (file, text) in committed() {
        for (at, line) in text.lines().enumerate() {
            for (first, second, advice) in words {
                if line.contains(&format!("{first}{second}")) {
                    found.push((file.clone(), format!("line {}: {first}{second}: {advice}", at + 1)));
                }
            }
        }
    }
    expect_none("Nothing is left behind", found);
}

#[test]
fn one_place_is_unsafe() {
    let elsewhere = sources("src").into_iter().filter(|(file, text)| {
        file != Path::new("src/store/mod.rs")
            && code_of(text).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
    });
    let message = "only src/store/mod.rs may be unsafe, where the map is opened: find a safe way";
    expect_none("One place is unsafe", elsewhere.map(|(file, _)| (file, message.to_owned())).collect());
}

#[test]
fn every_limit_has_a_reason() {
    let file = PathBuf::from("src/limits.rs");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("pub const ")) {
        let before = lines[..at].iter().rev().find(|line| !line.starts_with("#["));
        if !before.is_some_and(|line| line.starts_with("///")) {
            found.push((file.clone(), format!("line {}: say why it is so much and not more: {line}", at + 1)));
        }
    }
    expect_none("Every limit has a reason", found);
}

#[test]
fn the_levels_name_what_there_is() {
    let modules: BTreeMap<String, ()> =
        sources("src").into_iter().map(|(file, _)| (module_of(&file).join("::"), ())).collect();
    // Named in the architecture, not written yet.
    let later = ["smtp"];
    for (_, module, _) in LEVELS {
        let there = modules.keys().any(|known| known == module || known.starts_with(&format!("{module}::")));
        assert!(there || later.contains(module), "LEVELS in tests/it/tidy.rs names {module}, which is not there");
    }
}
