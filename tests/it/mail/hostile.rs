//! Odd and hostile input: some message always comes out, and soon.

use super::corpus::messages;
use mailstead::limits::MIME_DEPTH_MAX;
use mailstead::mail::{Message, import};
use mailstead::mapi::PropertyTag;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A small generator: tests print its seed, and the same seed makes the same mutations.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides.max(1)).unwrap()).unwrap()
    }
}

/// Imports and looks at what must always hold.
fn check(raw: &[u8]) -> Message {
    let message = import(raw, None);
    assert!(message.text(PropertyTag::PidTagMessageClass).is_some());
    message
}

fn depth(message: &Message) -> usize {
    1 + message.attachments.iter().filter_map(|a| a.embedded.as_deref()).map(depth).max().unwrap_or(0)
}

#[test]
fn every_prefix_of_a_message_is_a_message() {
    for (name, raw) in messages() {
        // A few of every kind; all prefixes of all messages would take minutes.
        if raw.len() < 6000 && (name.starts_with("constructed/") || name.starts_with("enmime/")) {
            for end in 0..raw.len() {
                check(&raw[..end]);
            }
        }
    }
}

#[test]
fn mutated_messages_are_messages() {
    let seed = std::env::var("MAILSTEAD_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| {
        u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() & 0xFFFF_FFFF).unwrap() | 1
    });
    println!("seed {seed}: MAILSTEAD_SEED={seed} repeats this run");
    let mut dice = Dice(seed);
    let corpus = messages();
    let pieces: [&[u8]; 12] = [
        b"\r\n\r\n",
        b"\n",
        b"=?utf-8?Q?",
        b"?=",
        b"--",
        b"\"",
        b"(",
        b"<",
        b"%ZZ",
        b"\xFF\xFE",
        b"=\r\n",
        b"\nContent-Type: message/rfc822\n\n",
    ];
    for (name, raw) in &corpus {
        for round in 0..12 {
            let mut bytes = raw.get(..raw.len().min(20_000)).unwrap().to_vec();
            for _ in 0..=dice.roll(8) {
                let at = dice.roll(bytes.len() + 1);
                match dice.roll(4) {
                    0 if at < bytes.len() => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
                    1 if at < bytes.len() => {
                        let end = (at + 1 + dice.roll(200)).min(bytes.len());
                        bytes.drain(at..end);
                    }
                    2 => {
                        let piece = pieces[dice.roll(pieces.len())];
                        bytes.splice(at..at, piece.iter().copied());
                    }
                    _ => {
                        let from = dice.roll(bytes.len() + 1);
                        let copy = bytes[from..(from + dice.roll(300)).min(bytes.len())].to_vec();
                        bytes.splice(at..at, copy);
                    }
                }
            }
            let result = std::panic::catch_unwind(|| check(&bytes));
            assert!(result.is_ok(), "seed {seed}, {name}, round {round}:\n{}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn arbitrary_bytes_are_a_message() {
    let mut dice = Dice(88_172_645_463_325_252);
    for length in 0..600 {
        let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect();
        check(&bytes);
    }
}

/// Runs in a thread with the stack of a worker and must end soon: every one of these took minutes
/// or the whole process with a parser that does not count.
fn soon(what: &'static str, raw: Vec<u8>) -> Message {
    let start = std::time::Instant::now();
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || check(&raw)).unwrap();
    let message = thread.join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "{what}: {:?}", start.elapsed());
    message
}

#[test]
fn depth_is_bounded() {
    let message = soon("embedded", "Content-Type: message/rfc822\n\n".repeat(100_000).into_bytes());
    assert!(depth(&message) <= MIME_DEPTH_MAX + 1);
    let nest = |kind: &str| -> Vec<u8> {
        (0..50_000)
            .map(|i| format!("Content-Type: multipart/{kind}; boundary=b{i}\n\n--b{i}\n"))
            .collect::<String>()
            .into()
    };
    for kind in ["mixed", "alternative", "related", "digest", "signed"] {
        soon("multiparts", nest(kind));
    }
    let both: String = (0..20_000)
        .map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\nContent-Type: message/rfc822\n\n"))
        .collect();
    soon("both", both.into_bytes());
    soon("comments", format!("To: {}\nDate: {}\n\n", "(".repeat(200_000), "(".repeat(200_000)).into_bytes());
}

#[test]
fn cost_is_bounded() {
    let parts: String = (0..20_000).map(|i| format!("--o\nContent-Type: multipart/mixed; boundary=x{i}\n\n")).collect();
    soon("boundaries that never come", format!("Content-Type: multipart/mixed; boundary=o\n\n{parts}").into_bytes());
    soon(
        "empty parts",
        format!("Content-Type: multipart/mixed; boundary=o\n\n{}", "--o\n".repeat(300_000)).into_bytes(),
    );
    for field in ["Subject", "To", "Content-Type", "Keywords"] {
        soon("words without an end", format!("{field}: {}\n\n", "=?a?b?c".repeat(100_000)).into_bytes());
        soon("words in words", format!("{field}: {}?=\n\n", "=?a?q?=".repeat(100_000)).into_bytes());
        soon("pieces", format!("{field}: a/b{}\n\n", ";a*0=b".repeat(100_000)).into_bytes());
        soon("folds", format!("{field}: {}\n\n", "x\n ".repeat(100_000)).into_bytes());
    }
    soon("fields", "A: b\n".repeat(200_000).into_bytes());
    soon("begins", "begin 644 a\n".repeat(100_000).into_bytes());
    soon("files", "begin 644 a\n`\nend\n".repeat(50_000).into_bytes());
    soon("recipients", format!("To: {}\n\n", "a@b,".repeat(200_000)).into_bytes());
    let pictures: String =
        (0..4000).map(|i| format!("--r\nContent-Type: image/png\nContent-ID: <{i}>\n\nx\n")).collect();
    let html = "<img src=\"cid:1\">".repeat(50_000);
    let related = format!(
        "Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n{html}\n{pictures}--r--\n"
    );
    let message = soon("pictures", related.into_bytes());
    assert!(message.attachments.len() >= 3999);
}
