//! How texts compare: names of folders, addresses, sort keys.

/// Folded for comparison: without case. Two names that fold alike are the same name.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
