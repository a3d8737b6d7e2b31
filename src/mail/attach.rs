//! Attachments. MS-OXCMAIL 2.2.3.4, MS-OXCMSG 2.2.2.

use super::bag::{Bag, cut};
use super::entity::{Budget, Entity};
use super::import;
use super::transfer::{self, UuFile};
use super::{Attachment, Message};
use crate::limits::{ATTACH_FILENAME_MAX_UNITS, MIME_PARTS_MAX};
use crate::mapi::PropertyTag;
use crate::sorted::SortedSet;

/// afByValue and afEmbeddedMessage of PidTagAttachMethod. MS-OXCMSG 2.2.2.9
const BY_VALUE: i32 = 1;
const EMBEDDED_MESSAGE: i32 = 5;
/// attRenderedInBody of PidTagAttachFlags. MS-OXCMSG 2.2.2.18
const RENDERED_IN_BODY: i32 = 4;
/// PidTagRenderingPosition of what has no place in the text. MS-OXCMSG 2.2.2.16
const NO_POSITION: i32 = -1;

/// Extensions for parts without a file name.
const EXTENSIONS: &[(&str, &str)] = &[
    ("text/plain", "txt"),
    ("text/html", "htm"),
    ("text/calendar", "ics"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
    ("text/csv", "csv"),
    ("text/xml", "xml"),
    ("text/rfc822-headers", "txt"),
    ("image/jpeg", "jpg"),
    ("image/jpg", "jpg"),
    ("image/pjpeg", "jpg"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/bmp", "bmp"),
    ("image/tiff", "tif"),
    ("image/svg+xml", "svg"),
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("application/pgp-signature", "asc"),
    ("application/pgp-encrypted", "txt"),
    ("application/pkcs7-signature", "p7s"),
    ("application/x-pkcs7-signature", "p7s"),
    ("application/pkcs7-mime", "p7m"),
    ("application/x-pkcs7-mime", "p7m"),
    ("application/ms-tnef", "dat"),
    ("audio/mpeg", "mp3"),
    ("video/mp4", "mp4"),
    ("message/rfc822", "eml"),
    ("message/global", "eml"),
    ("message/delivery-status", "txt"),
    ("message/disposition-notification", "txt"),
];

/// Makes the attachment of a part; `number` counts the attachments, for parts without a name.
pub(super) fn from_part(part: &Entity<'_>, shown: &Shown, number: usize, budget: &mut Budget) -> Attachment {
    let message = part.is("message", "rfc822") || part.is("message", "global");
    if message && budget.depth > 0 && budget.parts > 0 {
        let content = part.content();
        // Some call a file of another kind so; what has no field is no message.
        if import::looks_like_message(&content) {
            budget.depth = budget.depth.saturating_sub(1);
            budget.parts = budget.parts.saturating_sub(1);
            let embedded = import::import_within(&content, None, budget);
            budget.depth = budget.depth.saturating_add(1);
            return embed(part, embedded);
        }
    }
    let mut bag = Bag::default();
    bag.integer(PropertyTag::PidTagAttachMethod, BY_VALUE);
    put_name(&mut bag, &file_name(part, number));
    put_common(&mut bag, part, shown);
    if let Some(charset) = part.parameter("charset").filter(|_| part.media.0 == "text") {
        bag.string(PropertyTag::PidTagTextAttachmentCharset, charset);
    }
    bag.binary(PropertyTag::PidTagAttachDataBinary, part.content().into_owned());
    Attachment { properties: bag.into_properties(), embedded: None }
}

/// An attachment that no part stands for.
pub(super) fn from_bytes(name: &str, mime_tag: &str, data: Vec<u8>) -> Attachment {
    let mut bag = Bag::default();
    bag.integer(PropertyTag::PidTagAttachMethod, BY_VALUE);
    put_name(&mut bag, &clean_name(name));
    bag.string(PropertyTag::PidTagAttachMimeTag, mime_tag);
    bag.integer(PropertyTag::PidTagRenderingPosition, NO_POSITION);
    bag.integer(PropertyTag::PidTagAttachFlags, 0);
    bag.binary(PropertyTag::PidTagAttachDataBinary, data);
    Attachment { properties: bag.into_properties(), embedded: None }
}

/// Takes uuencoded files out of a text: what attachments were before MIME.
pub(super) fn from_uuencoded(text: &[u8]) -> (Vec<u8>, Vec<Attachment>) {
    let mut kept = Vec::new();
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(UuFile { name, data, span }) = transfer::uudecode(text, at)
        && files.len() < MIME_PARTS_MAX
    {
        kept.extend_from_slice(text.get(at..span.start).unwrap_or_default());
        at = span.end;
        files.push(from_bytes(&name, "application/octet-stream", data));
    }
    kept.extend_from_slice(text.get(at..).unwrap_or_default());
    (kept, files)
}

/// MS-OXCMAIL 2.2.3.4.3
fn embed(part: &Entity<'_>, embedded: Message) -> Attachment {
    let mut bag = Bag::default();
    bag.integer(PropertyTag::PidTagAttachMethod, EMBEDDED_MESSAGE);
    let subject = embedded.text(PropertyTag::PidTagSubject).unwrap_or_default();
    let shown = if subject.is_empty() { part.file_name().unwrap_or_default() } else { subject };
    bag.string(PropertyTag::PidTagDisplayName, cut(shown, ATTACH_FILENAME_MAX_UNITS));
    if let Some(name) = part.file_name() {
        bag.string(PropertyTag::PidTagAttachLongFilename, clean_name(name));
    }
    put_common(&mut bag, part, &Shown::default());
    Attachment { properties: bag.into_properties(), embedded: Some(Box::new(embedded)) }
}

fn put_common(bag: &mut Bag, part: &Entity<'_>, shown: &Shown) {
    bag.string(PropertyTag::PidTagAttachMimeTag, part.mime_tag());
    bag.integer(PropertyTag::PidTagRenderingPosition, NO_POSITION);
    let id = part.content_id();
    let location = part.header.plain("content-location");
    let shown = shown.has(id.as_deref(), location.as_deref()) && !part.is_attachment();
    // MS-OXCMAIL 2.1.3.4.1.2, 2.2.3.4.1.4.1: hidden only if the HTML really shows it.
    bag.integer(PropertyTag::PidTagAttachFlags, if shown { RENDERED_IN_BODY } else { 0 });
    if shown {
        bag.boolean(PropertyTag::PidTagAttachmentHidden, true);
    }
    if let Some(id) = id {
        bag.string(PropertyTag::PidTagAttachContentId, id);
    }
    if let Some(location) = location {
        bag.string(PropertyTag::PidTagAttachContentLocation, location);
    }
}

/// What the HTML shows of other parts: found once, asked for each part.
#[derive(Debug, Default)]
pub(super) struct Shown {
    ids: SortedSet<String>,
    locations: SortedSet<String>,
}

impl Shown {
    /// Finds every `cid:` and every `src=`.
    pub(super) fn by(html: &str) -> Self {
        let lower = html.to_ascii_lowercase();
        let values = |mark: &'static str| {
            lower.match_indices(mark).filter_map(move |(at, _)| {
                let value = html.get(at.saturating_add(mark.len())..)?.trim_start_matches(['"', '\'']);
                value.split(|c: char| c.is_whitespace() || "\"'<>()".contains(c)).next()
            })
        };
        Self {
            ids: values("cid:").map(percent_decoded).collect(),
            locations: values("src=").map(str::to_owned).collect(),
        }
    }

    fn has(&self, id: Option<&str>, location: Option<&str>) -> bool {
        id.is_some_and(|id| self.ids.contains(id)) || location.is_some_and(|l| self.locations.contains(l))
    }
}

/// A `cid:` URL escapes what a URL may not have. RFC 2392 section 2
fn percent_decoded(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(decoded) if *byte == b'%' => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn put_name(bag: &mut Bag, name: &str) {
    bag.string(PropertyTag::PidTagAttachLongFilename, name);
    bag.string(PropertyTag::PidTagAttachFilename, short_name(name));
    bag.string(PropertyTag::PidTagDisplayName, name);
    if let Some((_, extension)) = name.rsplit_once('.').filter(|(stem, ext)| !stem.is_empty() && !ext.is_empty()) {
        bag.string(PropertyTag::PidTagAttachExtension, format!(".{extension}"));
    }
}

fn file_name(part: &Entity<'_>, number: usize) -> String {
    if let Some(name) = part.file_name() {
        let name = clean_name(name);
        if !name.is_empty() {
            return name;
        }
    }
    let tag = part.mime_tag();
    let extension = EXTENSIONS.iter().find(|(mime, _)| *mime == tag).map_or("dat", |(_, extension)| extension);
    format!("ATT{number:05}.{extension}")
}

/// A name that is a name: no directories, no control characters, as long as Windows allows.
fn clean_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    if name.encode_utf16().count() <= ATTACH_FILENAME_MAX_UNITS {
        return name.to_owned();
    }
    // The extension says what it is: cut before it.
    match name.rsplit_once('.').filter(|(_, extension)| extension.len() <= 16) {
        Some((stem, extension)) => {
            let room = ATTACH_FILENAME_MAX_UNITS.saturating_sub(extension.encode_utf16().count()).saturating_sub(1);
            format!("{}.{extension}", cut(stem, room))
        }
        None => cut(name, ATTACH_FILENAME_MAX_UNITS).to_owned(),
    }
}

/// The name in the 8.3 form of PidTagAttachFilename. MS-OXCMSG 2.2.2.11
fn short_name(name: &str) -> String {
    let clean = |text: &str, max: usize| -> String {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-~!#$%&'()@^`{}".contains(c);
        text.chars().filter(|c| !matches!(c, ' ' | '.')).map(|c| if allowed(c) { c } else { '_' }).take(max).collect()
    };
    let (stem, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
    let full = clean(stem, usize::MAX);
    let stem = if full.len() <= 8 && full == stem { full } else { format!("{}~1", clean(stem, 6)) };
    let extension = clean(extension, 3);
    if extension.is_empty() { stem } else { format!("{stem}.{extension}") }
}
