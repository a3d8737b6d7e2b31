//! How texts compare: names of folders, addresses, sort keys.

use std::cmp::Ordering;

/// Folded for comparison: without case. Two names that fold alike are the same name.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Compares as [`fold`] would have them, without folding: a table that is sorted compares each of its
/// texts many times, and mostly the first letters decide.
#[must_use]
pub(super) fn compare_folded(a: &str, b: &str) -> Ordering {
    let both = a.bytes().zip(b.bytes());
    let Some(at) = both.into_iter().position(|(x, y)| !x.eq_ignore_ascii_case(&y) || !x.is_ascii()) else {
        return a.len().cmp(&b.len());
    };
    // Before the first byte that differs, or is not ASCII, all are characters of their own.
    let rest = |text: &str| text.get(at..).unwrap_or_default().chars().flat_map(char::to_lowercase).collect::<String>();
    match (a.as_bytes().get(at), b.as_bytes().get(at)) {
        (Some(x), Some(y)) if x.is_ascii() && y.is_ascii() => x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase()),
        _ => rest(a).cmp(&rest(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::{compare_folded, fold};

    #[test]
    fn comparing_is_comparing_what_is_folded() {
        let texts =
            ["", "a", "A", "ab", "aB", "b", "[", "Ä", "ä", "aÄ", "aä", "AÄb", "İ", "i", "ß", "ẞ", "ss", "日本", "a日"];
        for a in texts {
            for b in texts {
                assert_eq!(compare_folded(a, b), fold(a).cmp(&fold(b)), "{a} {b}");
            }
        }
    }
}
