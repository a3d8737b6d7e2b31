//! A server whose data file cannot grow: what it says to Outlook, to the log and to the administrator,
//! and what goes on. The address space is what limits it here, as it does on a 32-bit Pi.

use crate::client::string;
use crate::crash::{mailstead, session, set_up};
use mailstead::client::{Emsmdb, Logon, Session, Url};
use mailstead::directory;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag};
use mailstead::rop;
use mailstead::store::{OpenOptions, Store};
use smol::block_on;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server that goes when the test does.
struct Small {
    child: Child,
    url: Url,
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server in so many MiB of address space; `None`: it does not start.
fn start_in(home: &Path, limit_mib: u32) -> Option<Small> {
    let script =
        format!("ulimit -v {}; exec {} --config t.toml serve", limit_mib * 1024, env!("CARGO_BIN_EXE_mailstead"));
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(home)
        .env_remove("RUNTIME_DIRECTORY")
        .stdout(Stdio::piped())
        .stderr(fs::File::create(home.join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let Some(url) = line.trim().strip_prefix("listening on ") else {
        child.wait().unwrap();
        return None;
    };
    Some(Small { child, url: Url::parse(&format!("{url}/mapi/emsmdb/")).unwrap() })
}

/// One with the smallest map: in the least address space that it starts in the map was halved as far
/// as it goes. The next larger one takes 64 MiB more, of which it gets 44 to work with.
fn start_small(home: &Path) -> Small {
    let least = (64..2048).step_by(12).find(|limit| start_in(home, *limit).is_some());
    let least = least.unwrap_or_else(|| panic!("it never starts: {:?}", fs::read_to_string(home.join("log"))));
    println!("the server starts in {least} MiB of address space");
    start_in(home, least + 44).unwrap()
}

/// Saves a message with a body; the code it is refused with.
fn letter(session: &mut Session<Emsmdb>, logon: &Logon, subject: &str, units: usize) -> Result<ObjectId, ErrorCode> {
    let mut write = || {
        let message = block_on(session.create_message(logon.handle, logon.inbox()))?;
        block_on(session.set_properties(message, vec![string(PropertyTag::PidTagSubject, subject)]))?;
        let body: Vec<u8> = "x".repeat(units).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let saved = block_on(session.write_stream(message, PropertyTag::PidTagBody, &body))
            .and_then(|()| block_on(session.save_message(message)));
        block_on(session.release(&[message]))?;
        saved
    };
    write().map_err(|error| error.code().unwrap_or_else(|| panic!("{error}")))
}

#[test]
fn a_full_map_is_told_to_outlook_to_the_log_and_to_check_and_reading_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    set_up(home);
    let ann = {
        let store = Store::open(&home.join("t"), &OpenOptions::default()).unwrap();
        directory::by_address(&store.read().unwrap(), "ann@example.test").unwrap().unwrap()
    };
    let server = start_small(home);
    let said = |line: &str| {
        let output = mailstead(home, line).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code(), text)
    };
    let (mut outlook, logon) = session(&server.url, &ann).unwrap();
    let first = letter(&mut outlook, &logon, "the first", 100).unwrap();
    let (status, text) = said("check");
    assert!(status == Some(0) && !text.contains("full"), "{text}");
    // Mail by the administrator until no more of that size goes in.
    let mail = format!("Subject: big\n\n{}", "All work and no play.\n".repeat(180_000));
    fs::write(home.join("big.eml"), mail).unwrap();
    let mut imported = 0;
    let refused = loop {
        match said("import ann@example.test big.eml") {
            (Some(0), _) => imported += 1,
            (status, text) => break (status, text),
        }
        assert!(imported < 100, "the map is at least as large as it should be");
    };
    println!("{imported} large messages went in");
    assert!(imported >= 3, "{refused:?}");
    assert!(refused.0 == Some(1) && refused.1.contains("the data file is full\nhint: "), "{refused:?}");
    // And by Outlook until nothing goes in.
    let mut saved = vec![(first, "the first".to_owned())];
    let code = 'full: {
        for units in [200_000, 20_000, 600] {
            for n in 0..2000 {
                let subject = format!("{units} {n}");
                match letter(&mut outlook, &logon, &subject, units) {
                    Ok(id) => saved.push((id, subject)),
                    Err(code) if units == 600 => break 'full code,
                    Err(code) => {
                        assert_eq!(code, ErrorCode::StoreFull);
                        break;
                    }
                }
            }
        }
        panic!("it never was full");
    };
    assert_eq!(code, ErrorCode::StoreFull);
    // Reading goes on, in this session and in a new one.
    let again = session(&server.url, &ann).expect("logging on writes nothing that it needs");
    for (mut session, logon) in [(outlook, logon), again] {
        for (id, subject) in [&saved[0], saved.last().unwrap()] {
            let message = block_on(session.open_message(logon.handle, logon.inbox(), *id)).unwrap();
            let shown = block_on(session.property(message, PropertyTag::PidTagSubject)).unwrap();
            assert_eq!(shown, Ok(mailstead::mapi::Value::String(subject.clone())));
            assert!(block_on(session.body(message)).unwrap().starts_with("xx"));
        }
        let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).unwrap();
        let shown = block_on(session.newest(inbox, u16::MAX)).unwrap().len();
        assert_eq!(shown, saved.len() + imported);
        assert_eq!(letter(&mut session, &logon, "one more", 200_000), Err(ErrorCode::StoreFull));
    }
    let log = fs::read_to_string(home.join("log")).unwrap();
    assert!(log.contains("the data file is full"), "{log}");
    let (status, text) = said("check");
    assert!(status == Some(0) && text.starts_with("sound: 2 mailboxes"), "{text}");
    assert!(text.contains("warning: the data file is full: ") && text.contains(" of at most 67.1 MB"), "{text}");
    let (_, text) = said("doctor");
    assert!(text.contains("it is nearly full"), "{text}");
    // What is deleted for good makes room again: the last pages were kept for that.
    let (mut outlook, logon) = session(&server.url, &ann).unwrap();
    let inbox = block_on(outlook.open_folder(logon.handle, logon.inbox())).unwrap();
    let (first, others) = saved.split_first().unwrap();
    for ids in others.chunks(50) {
        let message_ids = ids.iter().map(|(id, _)| *id).collect();
        let gone = rop::HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids };
        assert!(!block_on(outlook.run(inbox, gone)).unwrap().partial_completion);
    }
    letter(&mut outlook, &logon, "there is room again", 200_000).unwrap();
    assert_eq!(block_on(outlook.newest(inbox, u16::MAX)).unwrap().len(), imported + 2);
    block_on(outlook.open_message(logon.handle, logon.inbox(), first.0)).unwrap();
    // A backup can still be made, and there is room for it elsewhere.
    let (status, text) = said("backup b");
    assert_eq!(status, Some(0), "{text}");
    drop(server);
    let (status, text) = said("restore b --force");
    assert_eq!(status, Some(0), "{text}");
    let (status, text) = said("import ann@example.test big.eml");
    assert_eq!(status, Some(0), "{text}");
}
