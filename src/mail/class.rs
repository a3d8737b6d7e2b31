//! PidTagMessageClass: what kind of message the structure makes. MS-OXCMAIL 2.2.3.7, MS-OXOSMIME
//! 2.1.
//!
//! Meetings (text/calendar) stay IPM.Note until iCalendar is read; a report of delay stays IPM.Note
//! too, because its text says it all. Of reports only the class is made: the per-recipient fields
//! of a delivery report stay in its attachment.

use super::entity::Entity;

/// How S/MIME wraps a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Smime {
    /// multipart/signed with a PKCS #7 signature: readable without S/MIME.
    ClearSigned,
    /// One CMS structure: encrypted or opaque-signed.
    Opaque,
}

/// S/MIME, if it is that. A multipart/signed of OpenPGP is not: Outlook would refuse to open it.
pub(super) fn smime(root: &Entity<'_>) -> Option<Smime> {
    let pkcs7 = |text: &str| {
        let text = text.to_ascii_lowercase();
        text == "application/pkcs7-signature" || text == "application/x-pkcs7-signature"
    };
    let file_p7m = || root.file_name().is_some_and(|name| name.to_ascii_lowercase().ends_with(".p7m"));
    if root.is("multipart", "signed") && root.parts.len() == 2 && root.parameter("protocol").is_some_and(pkcs7) {
        return Some(Smime::ClearSigned);
    }
    let opaque = root.is("application", "pkcs7-mime")
        || root.is("application", "x-pkcs7-mime")
        || root.is("application", "octet-stream") && file_p7m();
    opaque.then_some(Smime::Opaque)
}

/// The message class.
pub(super) fn of(root: &Entity<'_>) -> &'static str {
    match smime(root) {
        Some(Smime::ClearSigned) => return "IPM.Note.SMIME.MultipartSigned",
        Some(Smime::Opaque) => return "IPM.Note.SMIME",
        None => {}
    }
    if root.is("multipart", "report") {
        let delivery = root.parts.iter().find(|p| p.is("message", "delivery-status"));
        let disposition = root.parts.iter().find(|p| p.is("message", "disposition-notification"));
        if let Some(status) = delivery {
            return delivery_class(&String::from_utf8_lossy(&status.content()));
        }
        if let Some(disposition) = disposition {
            return disposition_class(&String::from_utf8_lossy(&disposition.content()));
        }
    }
    "IPM.Note"
}

/// Values of a field in the body of a report.
fn values<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| {
        let (field, value) = line.split_once(':')?;
        field.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The gravest Action decides. MS-OXCMAIL 2.2.3.7.1, RFC 3464 section 2.3.3
fn delivery_class(status: &str) -> &'static str {
    let has = |action: &str| values(status, "action").any(|value| value.eq_ignore_ascii_case(action));
    if has("failed") {
        "REPORT.IPM.Note.NDR"
    } else if has("delayed") {
        "IPM.Note"
    } else if has("delivered") || has("relayed") || has("expanded") {
        "REPORT.IPM.Note.DR"
    } else {
        "IPM.Note"
    }
}

/// Disposition: `mode; type`. RFC 8098 section 3.2.6
fn disposition_class(report: &str) -> &'static str {
    let value = values(report, "disposition").next().unwrap_or_default();
    let kind = value.rsplit(';').next().unwrap_or_default();
    let kind = kind.split('/').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("deleted") { "REPORT.IPM.Note.IPNNRN" } else { "REPORT.IPM.Note.IPNRN" }
}
