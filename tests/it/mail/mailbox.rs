//! mbox files and Maildir names, against Python's mailbox module and by hand.

use super::corpus::{corpus, read_golden};
use super::time;
use mailstead::mail::mbox::{Entry, Messages, messages};
use mailstead::mail::{Flags, import, maildir};
use mailstead::mapi::PropertyTag;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};

fn entries(bytes: &[u8]) -> Vec<Entry> {
    messages(bytes).map(Result::unwrap).collect()
}

fn raws(text: &str) -> Vec<String> {
    entries(text.as_bytes()).into_iter().map(|e| String::from_utf8(e.raw).unwrap()).collect()
}

#[test]
fn mailboxes_of_the_corpus() {
    for name in ["sample", "substring", "testmbox"] {
        let bytes = fs::read(corpus().join(format!("mbox/{name}.mbox"))).unwrap();
        let golden = read_golden(&format!("mbox/{name}"));
        let list = entries(&bytes);
        assert_eq!(list.len(), golden.len(), "{name}");
        for (entry, row) in list.iter().zip(&golden) {
            let message = import(&entry.raw, None);
            let [_, subject, date, id] = row.as_slice() else { panic!("bad golden") };
            for (want, got) in [
                (subject, message.text(PropertyTag::PidTagSubject).map(str::to_owned)),
                (date, time(&message, PropertyTag::PidTagClientSubmitTime)),
                (id, message.text(PropertyTag::PidTagInternetMessageId).map(str::to_owned)),
            ] {
                assert!(want.is_none() || *want == got, "{name}: got {got:?}, want {want:?}");
            }
        }
        // However small the pieces are in which it is read.
        let slow: Vec<Entry> = messages(BufReader::with_capacity(3, bytes.as_slice())).map(Result::unwrap).collect();
        assert_eq!(slow, list, "{name}");
    }
}

#[test]
fn a_maildir_of_the_corpus() {
    let golden = read_golden("maildir");
    assert!(!golden.is_empty());
    for row in golden {
        let [_, subject, date, id, key, subdirectory, letters] = row.as_slice() else { panic!("bad golden") };
        let (key, letters) = (key.as_deref().unwrap(), letters.as_deref().unwrap());
        let directory = corpus().join("maildir").join(subdirectory.as_deref().unwrap());
        let mut files = fs::read_dir(directory).unwrap().map(|f| f.unwrap().path());
        let path = files.find(|p| p.file_name().unwrap().to_str().unwrap().split(':').next() == Some(key)).unwrap();
        let flags = maildir::flags(path.file_name().unwrap().to_str().unwrap());
        let message = import(&fs::read(&path).unwrap(), None);
        let want = |letter| letters.contains(letter);
        assert_eq!((flags.read, flags.replied, flags.flagged), (want('S'), want('R'), want('F')), "{key}");
        assert_eq!((flags.deleted, flags.draft, flags.forwarded), (want('T'), want('D'), want('P')), "{key}");
        assert_eq!(message.text(PropertyTag::PidTagSubject), subject.as_deref());
        assert_eq!(message.text(PropertyTag::PidTagInternetMessageId), id.as_deref());
        assert_eq!(time(&message, PropertyTag::PidTagClientSubmitTime), *date);
    }
}

#[test]
fn maildir_names() {
    let all = Flags { read: true, flagged: true, replied: true, forwarded: true, draft: true, deleted: true };
    assert_eq!(maildir::flags("1.2.host:2,DFPRST"), all);
    assert!(maildir::flags("1.2.host;2,S").read);
    assert!(maildir::flags("1.2.host!2,Sab").read);
    for name in ["1.2.host", "1.2.host:2,", "1.2.host:1,S", "", "S"] {
        assert_eq!(maildir::flags(name), Flags::default(), "{name}");
    }
}

#[test]
fn where_messages_begin() {
    let date = "Tue Jan  7 12:08:10 2003";
    assert_eq!(
        raws(&format!("From a@b {date}\nA: 1\n\nx\n\nFrom c {date}\nB: 2\n\ny\n")),
        ["A: 1\n\nx\n", "B: 2\n\ny\n"]
    );
    // Quoted, once and twice, and a sentence.
    let text = format!("From a {date}\nA: 1\n\n>From here\n>>From there\n>Fro\n\nFrom now on\nit is so\n");
    assert_eq!(raws(&text), ["A: 1\n\nFrom here\n>From there\n>Fro\n\nFrom now on\nit is so\n"]);
    // No empty line before, but a date; no date, but an empty line before and a header after.
    assert_eq!(raws(&format!("From a {date}\nA: 1\n\nx\nFrom b {date}\nB: 2\n\ny\n")).len(), 2);
    assert_eq!(raws(&format!("From a {date}\nA: 1\n\nx\n\nFrom nobody\nB: 2\n\ny\n")).len(), 2);
    assert_eq!(raws(&format!("From a {date}\nA: 1\n\nx\nFrom nobody\nB: 2\n\ny\n")).len(), 1);
    // CRLF, no line end at the end, empty lines at the end, an empty message.
    assert_eq!(raws(&format!("From a {date}\r\nA: 1\r\n\r\nx")), ["A: 1\r\n\r\nx"]);
    assert_eq!(raws(&format!("From a {date}\nA: 1\n\nx\n\n\n")), ["A: 1\n\nx\n\n\n"]);
    assert_eq!(raws(&format!("From a {date}\nFrom b {date}\nA: 1\n")), ["", "A: 1\n"]);
    // A file that does not begin with a From line is one message.
    assert_eq!(raws("A: 1\n\nx\n"), ["A: 1\n\nx\n"]);
    assert!(raws("").is_empty());
}

#[test]
fn status_fields() {
    let flags = |fields: &str| entries(format!("From a Tue Jan  7 12:08:10 2003\n{fields}\n\nx\n").as_bytes())[0].flags;
    assert_eq!(flags("Status: RO"), Flags { read: true, ..Flags::default() });
    assert_eq!(flags("Status: O"), Flags::default());
    let x = Flags { replied: true, flagged: true, draft: true, deleted: true, ..Flags::default() };
    assert_eq!(flags("X-Status: AFTD"), x);
    assert_eq!(
        flags("X-Mozilla-Status: 1007"),
        Flags { read: true, replied: true, flagged: true, forwarded: true, ..Flags::default() }
    );
    assert_eq!(flags("Subject: Status: R"), Flags::default());
}

#[test]
fn a_huge_message_is_cut_and_the_next_one_is_whole() {
    let date = "Tue Jan  7 12:08:10 2003";
    let text =
        format!("From a {date}\nA: 1\n\n{}\n{}\n\nFrom b {date}\nB: 2\n\ny\n", "x".repeat(500), "line\n".repeat(100));
    let list: Vec<Entry> = Messages::with_limit(text.as_bytes(), 100).map(Result::unwrap).collect();
    assert_eq!(list.len(), 2);
    assert_eq!((list[0].raw.len(), list[0].truncated), (100, true));
    assert_eq!((list[1].raw.as_slice(), list[1].truncated), (&b"B: 2\n\ny\n"[..], false));
}

#[test]
fn an_error_of_the_file_ends_the_reading() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    impl BufRead for Broken {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            Err(io::Error::other("gone"))
        }
        fn consume(&mut self, _: usize) {}
    }
    let mut list = messages(Broken);
    assert!(list.next().unwrap().is_err());
    assert!(list.next().is_none());
}
