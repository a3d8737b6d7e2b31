//! Every message of the corpus, as it is and with LF and CRLF line ends, against its golden.

use super::{html, integer, mime, time};
use mailstead::limits::SUBJECT_MAX_UNITS;
use mailstead::mail::{self, Message};
use mailstead::mapi::{PropertyTag, RecipientType};
use ring::digest::{SHA256, digest};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where Python and Mailstead differ and both can be defended: message, fact, why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("constructed/uuencode-inline", "text", UUENCODED),
    ("constructed/uuencode-inline", "attachments", UUENCODED),
    ("horde-mime/uudecode", "text", UUENCODED),
    ("horde-mime/uudecode", "attachments", UUENCODED),
    ("enmime/part-similar-boundary", "html", ONE_BODY),
    ("mail-parser/rfc-007", "html", ONE_BODY),
    ("python-email/msg-10", "html", ONE_BODY),
    ("rspamd/gtube", "html", ONE_BODY),
    ("mail-parser-py/mail-test-14", "text", ONE_BODY),
    ("horde-mime/deeply-nested", "text", DEPTH),
    ("mailparse/nested", "text", DEPTH),
    ("notmuch/ph-smime-multipart-signed", "attachments", "MS-OXOSMIME 2.1: the signed entity is the one attachment"),
    ("mail-parser/malformed-019", "to", "'Fro :' is a field here (obsolete syntax), the end of the header for Python"),
    ("mail-parser/reg-readme-example", "from", "a comment after the address: mail-parser keeps it in the name"),
    ("mail-parser/rfc-001", "attachments", "a name with directories: only the last part is the file name"),
    ("mail-parser/third-005", "text", "UTF-16 that is not encoded: the test's own CRLF variant damages it"),
];
const UUENCODED: &str = "without MIME, uuencoded files in the text are attachments here";
const ONE_BODY: &str = "plain text and HTML beside each other, no alternatives: the first is the body (MS-OXCMAIL 2.2.3.3.2), the other a file";
const DEPTH: &str = "a hundred multiparts inside one another: MIME_DEPTH_MAX";

/// Lines of columns, unescaped; `None` is null.
pub(super) type Rows = Vec<Vec<Option<String>>>;

pub(super) fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mail")
}

/// Every message of the corpus with its name, `directory/file`.
pub(super) fn messages() -> Vec<(String, Vec<u8>)> {
    let mut list = Vec::new();
    for directory in fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "eml") {
                let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
                list.push((format!("{}/{}", stem(&directory), stem(&file)), fs::read(&file).unwrap()));
            }
        }
    }
    list.sort();
    list
}

pub(super) fn read_golden(name: &str) -> Rows {
    let text = fs::read_to_string(corpus().join(format!("{name}.golden"))).unwrap();
    text.strip_suffix('\n').unwrap_or(&text).split('\n').map(|l| l.split('\t').map(unescape).collect()).collect()
}

fn unescape(column: &str) -> Option<String> {
    if column == "\\-" {
        return None;
    }
    let mut text = String::new();
    let mut chars = column.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => match chars.next().unwrap() {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                other => other,
            },
            other => other,
        });
    }
    Some(text)
}

/// One golden, by fact.
struct Golden(BTreeMap<String, Rows>);

impl Golden {
    fn read(name: &str) -> Self {
        let mut facts: BTreeMap<String, Rows> = BTreeMap::new();
        for mut row in read_golden(name) {
            let fact = row.remove(0).unwrap();
            facts.entry(fact).or_default().push(row);
        }
        Self(facts)
    }

    fn one(&self, fact: &str) -> Option<&str> {
        self.0.get(fact)?[0][0].as_deref()
    }

    fn rows(&self, fact: &str) -> &[Vec<Option<String>>] {
        self.0.get(fact).map_or(&[], Vec::as_slice)
    }
}

/// Differences found in one message.
struct Check<'a> {
    golden: &'a Golden,
    message: &'a Message,
    /// The bytes are as Python saw them, line ends included.
    exact: bool,
    found: Vec<(&'static str, String)>,
}

impl Check<'_> {
    fn differs(&mut self, fact: &'static str, got: impl std::fmt::Debug, want: impl std::fmt::Debug) {
        self.found.push((fact, format!("got {got:.300?}, want {want:.300?}")));
    }

    fn text_fact(&mut self, fact: &'static str, got: Option<String>) {
        let Some(want) = self.golden.one(fact) else { return };
        if got.as_deref() != Some(want) {
            self.differs(fact, got, want.to_owned());
        }
    }

    fn all(mut self) -> Vec<(&'static str, String)> {
        self.header();
        self.addresses("to", RecipientType::To);
        self.addresses("cc", RecipientType::Cc);
        self.bodies();
        self.attachments();
        let nested = nested(self.message).to_string();
        self.text_fact("nested", Some(nested));
        self.found
    }

    fn header(&mut self) {
        let subject = fold(self.message.text(PropertyTag::PidTagSubject).unwrap());
        if let Some(want) = self.golden.one("subject") {
            let units: Vec<u16> = want.encode_utf16().take(SUBJECT_MAX_UNITS).collect();
            let want = fold(&String::from_utf16_lossy(&units));
            if subject != want {
                self.differs("subject", subject, want);
            }
        }
        self.text_fact("date_utc", time(self.message, PropertyTag::PidTagClientSubmitTime));
        self.text_fact("message_id", self.message.text(PropertyTag::PidTagInternetMessageId).map(str::to_owned));
        // MAPI has room for one author.
        if let Some(from) = self.golden.rows("from.at").first() {
            let name = self.message.text(PropertyTag::PidTagSentRepresentingName).unwrap_or_default();
            let address = self.message.text(PropertyTag::PidTagSentRepresentingSmtpAddress).unwrap_or_default();
            if !same_mailbox(name, address, from) {
                self.differs("from", (name.to_owned(), address.to_owned()), from.clone());
            }
        }
    }

    fn addresses(&mut self, fact: &'static str, kind: RecipientType) {
        if self.golden.one(fact).is_none() {
            return;
        }
        // Python lists only what has an @.
        let list: Vec<(&str, &str)> = self
            .message
            .recipients
            .iter()
            .filter(|r| r.recipient_type == kind && r.address.contains('@'))
            .map(|r| (r.display_name.as_str(), r.address.as_str()))
            .collect();
        let want = self.golden.rows(&format!("{fact}.at"));
        let same = list.len() == want.len()
            && list.iter().zip(want).all(|((name, address), want)| same_mailbox(name, address, want));
        if !same {
            self.differs(fact, list, want.to_vec());
        }
    }

    fn bodies(&mut self) {
        let native = integer(self.message, PropertyTag::PidTagNativeBody).unwrap();
        for (fact, cut, got) in [
            ("text", "text_truncated", self.message.text(PropertyTag::PidTagBody).map(str::to_owned)),
            ("html", "html_truncated", html(self.message)),
        ] {
            let Some(want) = self.golden.one(fact) else { continue };
            let got = got.unwrap_or_default().replace("\r\n", "\n");
            let got = got.trim_start_matches('\u{FEFF}').trim_end_matches([' ', '\t', '\n']);
            // Python takes the first such part; here further parts continue it.
            let continued =
                got.strip_prefix(want).is_some_and(|rest| rest.starts_with('\n') || rest.starts_with("<br>"));
            let same = match self.golden.one(cut) {
                Some(_) => got.starts_with(want),
                None => got == want || continued,
            };
            if !same {
                self.differs(fact, (native, got.to_owned()), want.to_owned());
            }
        }
    }

    fn attachments(&mut self) {
        if self.golden.one("attachments").is_none() {
            return;
        }
        let mut mine = self.message.attachments.iter();
        for row in self.golden.rows("attachment") {
            let [name, media, size, sha256, cid, _inline, cte] = row.as_slice() else { panic!("bad golden") };
            // Python leaves out nameless text that is not the first; here it is kept as a file.
            let next = mine.find(|a| {
                let nameless = a.text(PropertyTag::PidTagDisplayName).is_some_and(|n| n.starts_with("ATT0"));
                !(nameless && matches!(mime(a), "text/plain" | "text/html") && media.as_deref() != Some(mime(a)))
            });
            let Some(attachment) = next else {
                self.differs("attachments", "none left", row.clone());
                return;
            };
            let mut wrong = Vec::new();
            let shown = attachment.text(PropertyTag::PidTagAttachLongFilename);
            if name.is_some() && name.as_deref() != shown {
                wrong.push(format!("name {shown:?}"));
            }
            if media.is_some() && media.as_deref() != Some(mime(attachment)) {
                wrong.push(format!("type {}", mime(attachment)));
            }
            if cid.is_some() && cid.as_deref() != attachment.text(PropertyTag::PidTagAttachContentId) {
                wrong.push(format!("cid {:?}", attachment.text(PropertyTag::PidTagAttachContentId)));
            }
            // Line ends are part of the content of what is not encoded.
            let binary = cte.as_deref().is_some_and(|c| c == "base64" || c.contains("uu"));
            if let (true, Some(size), Some(sha256)) = (self.exact || binary, size, sha256) {
                let data = attachment.data().unwrap_or_default();
                let hash: String = digest(&SHA256, data).as_ref().iter().map(|b| format!("{b:02x}")).collect();
                if *size != data.len().to_string() || *sha256 != hash {
                    wrong.push(format!("{} bytes {:.80?}", data.len(), String::from_utf8_lossy(data)));
                }
            }
            if !wrong.is_empty() {
                self.differs("attachments", wrong, row.clone());
            }
        }
        let rest: Vec<&str> = mine.map(mime).filter(|media| !matches!(*media, "text/plain" | "text/html")).collect();
        if !rest.is_empty() {
            self.differs("attachments", rest, "no more");
        }
    }
}

/// message/rfc822 parts at any depth.
fn nested(message: &Message) -> usize {
    message
        .attachments
        .iter()
        .map(|a| usize::from(mime(a) == "message/rfc822") + a.embedded.as_deref().map_or(0, nested))
        .sum()
}

fn same_mailbox(name: &str, address: &str, want: &[Option<String>]) -> bool {
    let [want_name, Some(want_address)] = want else { return false };
    let name_same = match want_name.as_deref() {
        None => true,
        // Without a name the address is shown.
        Some("") => fold(name) == *want_address,
        Some(want) => fold(name) == want,
    };
    name_same && address == want_address
}

fn fold(text: &str) -> String {
    text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The same bytes with LF and with CRLF at every line end.
fn variants(raw: &[u8]) -> [Vec<u8>; 2] {
    let mut lf = Vec::new();
    for (i, byte) in raw.iter().enumerate() {
        if !(*byte == b'\r' && raw.get(i + 1) == Some(&b'\n')) {
            lf.push(*byte);
        }
    }
    let mut crlf = Vec::new();
    for byte in &lf {
        if *byte == b'\n' {
            crlf.push(b'\r');
        }
        crlf.push(*byte);
    }
    [lf, crlf]
}

#[test]
fn every_message_agrees_with_its_golden() {
    let messages = messages();
    assert!(messages.len() >= 100, "only {} messages", messages.len());
    let mut unused: BTreeSet<(&str, &str)> = EXCEPTIONS.iter().map(|(name, fact, _)| (*name, *fact)).collect();
    assert_eq!(unused.len(), EXCEPTIONS.len(), "an exception is listed twice");
    let mut failures = Vec::new();
    for (name, raw) in &messages {
        let golden = Golden::read(name);
        let [lf, crlf] = variants(raw);
        for (ends, bytes) in [("as it is", raw), ("LF", &lf), ("CRLF", &crlf)] {
            let message = mail::import(bytes, None);
            let check = Check { golden: &golden, message: &message, exact: bytes == raw, found: Vec::new() };
            for (fact, difference) in check.all() {
                if EXCEPTIONS.iter().any(|(n, f, _)| n == name && *f == fact) {
                    unused.remove(&(name.as_str(), fact));
                } else {
                    failures.push(format!("{name} ({ends}): {fact}: {difference}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(unused.is_empty(), "exceptions that no longer differ: {unused:?}");
}
