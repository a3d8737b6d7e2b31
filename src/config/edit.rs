//! Adding to a configuration file that somebody wrote by hand: what is there stays as it is,
//! comments and order included.

use super::ConfigError;
use std::path::Path;
use toml::de::DeTable;

/// Something for a file to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addition {
    /// A top-level setting, name and TOML value; left alone when it is there.
    Setting(&'static str, String),
    /// An entry of a top-level list of strings.
    Entry(&'static str, String),
}

/// `text` with the additions.
///
/// # Errors
/// When `text` is no TOML, or a list to be extended is something else.
pub fn add(text: &str, additions: &[Addition], file: &Path) -> Result<String, ConfigError> {
    let mut text = text.to_owned();
    for addition in additions {
        text = match addition {
            Addition::Setting(name, value) => with_setting(text, name, value, file)?,
            Addition::Entry(name, entry) => with_entry(text, name, entry, file)?,
        };
    }
    Ok(text)
}

fn with_setting(text: String, name: &str, value: &str, file: &Path) -> Result<String, ConfigError> {
    let there = parse(&text, file)?.get(name).is_some();
    Ok(if there { text } else { insert_line(&text, &format!("{name} = {value}")) })
}

fn with_entry(text: String, name: &str, entry: &str, file: &Path) -> Result<String, ConfigError> {
    let quoted = format!("\"{entry}\"");
    let table = parse(&text, file)?;
    let Some(list) = table.get(name) else {
        drop(table);
        return Ok(insert_line(&text, &format!("{name} = [{quoted}]")));
    };
    let Some(items) = list.get_ref().as_array() else {
        return Err(ConfigError { message: format!("{}: {name} is not a list", file.display()), hint: None });
    };
    if items.iter().any(|item| item.get_ref().as_str().is_some_and(|item| item.eq_ignore_ascii_case(entry))) {
        return Ok(text);
    }
    // After the last entry, so that a comma or comment behind it stays where it is.
    let (at, new) = match items.iter().next_back() {
        Some(last) => (last.span().end, format!(", {quoted}")),
        None => (list.span().start.saturating_add(1), quoted),
    };
    drop(table);
    let (before, after) = text.split_at_checked(at).unwrap_or((&text, ""));
    Ok(format!("{before}{new}{after}"))
}

fn parse<'a>(text: &'a str, file: &Path) -> Result<DeTable<'a>, ConfigError> {
    match DeTable::parse(text) {
        Ok(table) => Ok(table.into_inner()),
        Err(error) => Err(ConfigError {
            message: format!("{}: {}", file.display(), super::one_line(error.message())),
            hint: None,
        }),
    }
}

/// A top-level setting has to come before the first section: it goes under the opening comment.
fn insert_line(text: &str, line: &str) -> String {
    let opening = |line: &&str| line.trim_start().starts_with('#');
    let at: usize = text.split_inclusive('\n').take_while(opening).map(str::len).sum();
    let (before, after) = text.split_at_checked(at).unwrap_or(("", text));
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{gap}{line}\n{after}")
}
