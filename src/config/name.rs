//! Host names, and the nearest of several known names to a misspelt one.

/// Whether `name` is a host name as certificates and URLs take it (RFC 1123 2.1): ASCII labels of
/// 1 to 63 letters, digits and inner hyphens, 253 bytes in all, and not an address.
#[must_use]
pub fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric_end = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 253 && !numeric_end && name.split('.').all(label)
}

/// The known name that `typed` most probably means, or none that is near enough to be a help.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    // A right name in the wrong section is as near as one wrong letter.
    let distance = |name: &str| {
        let whole = edits(typed, name);
        let leaf = edits(&last(typed), &last(name)).saturating_add(1);
        // So is one typed only in part.
        let part = if typed.len() >= 3 && name.starts_with(typed) { 2 } else { usize::MAX };
        whole.min(leaf).min(part)
    };
    known
        .into_iter()
        .map(|name| (distance(name), name))
        .min()
        .filter(|&(distance, name)| distance <= (name.len() / 3).max(2))
        .map(|(_, name)| name)
}

/// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
#[expect(clippy::indexing_slicing, reason = "rows and columns run over the table's own lengths")]
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut table = vec![vec![0_usize; b.len().saturating_add(1)]; a.len().saturating_add(1)];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let replaced = table[i - 1][j - 1].saturating_add(usize::from(a[i - 1] != b[j - 1]));
                    let moved = table[i - 1][j].min(table[i][j - 1]).saturating_add(1);
                    let swapped = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        table[i - 2][j - 2].saturating_add(1)
                    } else {
                        usize::MAX
                    };
                    replaced.min(moved).min(swapped)
                }
            };
        }
    }
    table[a.len()][b.len()]
}
