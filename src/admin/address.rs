//! Which addresses a mailbox may have.

use super::Refusal;

/// Checks the address of a new mailbox: RFC 5321 4.1.2's dot-string in one of our domains, and a
/// local part that Windows can make a file name of.
///
/// # Errors
/// What is wrong with it.
pub fn check_address(address: &str, domains: &[String]) -> Result<(), Refusal> {
    let shown = address.escape_debug();
    let wrong = |why: &str| Refusal::new(format!("{shown} {why}"));
    let (local, domain) = address
        .rsplit_once('@')
        .ok_or_else(|| wrong("is not an address").with_hint("an address looks like you@example.org"))?;
    // RFC 5322 3.2.3, atext.
    let atom = |part: &str| {
        let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !part.is_empty() && part.chars().all(atext)
    };
    // RFC 5321 4.5.3.1.1
    if local.len() > 64 || !local.split('.').all(atom) {
        return Err(wrong("is not an address").with_hint("letters, digits, dots and hyphens before the @ are safe"));
    }
    if is_device_name(local) {
        return Err(wrong("begins with the name of a DOS device, so Outlook on Windows could not store its mail")
            .with_hint("choose another name before the @"));
    }
    if !domains.iter().any(|ours| ours.eq_ignore_ascii_case(domain)) {
        return Err(wrong("is not in a domain of this server")
            .with_hint(format!("domains in the configuration is {}", domains.join(", "))));
    }
    Ok(())
}

/// Whether Windows takes a file that begins like this for a device: Outlook names its files after
/// the address (a known error, "the set of folders cannot be opened").
#[must_use]
pub fn is_device_name(local: &str) -> bool {
    let stem = local.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |port: &str| {
        stem.strip_prefix(port).is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    ["con", "prn", "aux", "nul"].contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}
