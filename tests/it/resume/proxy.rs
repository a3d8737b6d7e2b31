//! A session behind a proxy that cuts connections at any byte of requests and answers, dawdles, leaves
//! connections open and silent, and comes from another address each time.

use super::process::{draft, settle};
use crate::client::{Dice, string};
use crate::crash::{Server, mailstead, session};
use mailstead::client::{Emsmdb, Session, Url};
use mailstead::mapi::PropertyTag;
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use smol::block_on;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Where the proxy listens; it ends with the process.
fn proxy(upstream: SocketAddr, seed: u64, cuts: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut dice = Dice::seeded(seed);
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let Ok(near) = stream else { return };
            let from = Ipv4Addr::new(127, 0, 0, u8::try_from(2 + dice.below(200)).unwrap());
            let Ok(far) = reach(from, upstream) else { return };
            for stream in [&near, &far] {
                stream.set_nodelay(true).unwrap();
            }
            // Most connections live for some requests, some are cut in the first one.
            let most = [300, 1_500, 6_000][dice.below(3)];
            let (up, down) = (dice.below(most), dice.below(most));
            // Now and then a second connection, with the beginning of the same request, open and silent.
            let double = (dice.below(6) == 0).then(|| reach(from, upstream).unwrap());
            silent.extend(double.as_ref().map(|double| double.try_clone().unwrap()));
            pipe(&near, &far, double, up, dice.next(), &cuts);
            pipe(&far, &near, None, down, dice.next(), &cuts);
        }
    });
    at
}

/// A connection from one of the addresses of this machine.
fn reach(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddrV4::new(from, 0))?;
    connect(&socket, &to)?;
    Ok(TcpStream::from(socket))
}

/// Passes so many bytes, in pieces or held back for a while, and cuts both ways then.
fn pipe(
    from: &TcpStream,
    to: &TcpStream,
    mut double: Option<TcpStream>,
    mut most: usize,
    seed: u64,
    cuts: &Arc<AtomicUsize>,
) {
    let (mut from, mut to, cuts) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(cuts));
    thread::spawn(move || {
        let mut dice = Dice::seeded(seed);
        let mut buffer = [0; 700];
        loop {
            let piece = 1 + dice.below(buffer.len());
            let Ok(count @ 1..) = from.read(&mut buffer[..piece]) else { break };
            let passed = count.min(most);
            if to.write_all(&buffer[..passed]).is_err() {
                break;
            }
            if let Some(mut double) = double.take() {
                let _ = double.write_all(&buffer[..passed.min(60)]);
            }
            most -= passed;
            if most == 0 {
                cuts.fetch_add(1, Ordering::SeqCst);
                break;
            }
            if dice.below(20) == 0 {
                thread::sleep(Duration::from_millis(u64::try_from(dice.below(8)).unwrap()));
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// Something that may be as long as one likes.
const LONG: PropertyTag = PropertyTag::PidTagInternetReferences;

fn set_long(session: &mut Session<Emsmdb>, message: u32, text: &str) -> bool {
    block_on(session.set_properties(message, vec![string(LONG, text)])).is_ok()
}

#[test]
fn a_session_outlives_its_connections() {
    let mut dice = Dice::new();
    let home = tempfile::tempdir().unwrap();
    let user = settle(home.path());
    let server = Server::start(home.path());
    let upstream: SocketAddr = format!("{}:{}", server.url.origin.host, server.url.origin.port).parse().unwrap();
    let cuts = Arc::new(AtomicUsize::new(0));
    let at = proxy(upstream, dice.next(), Arc::clone(&cuts));
    let (mut own, logon) = session(&server.url, &user).unwrap();
    let message = draft(&mut own, &logon);
    assert!(set_long(&mut own, message, "start"));
    // From here on only through the proxy.
    own.link.channel.url = Url::parse(&format!("http://{at}/mapi/emsmdb/")).unwrap();
    own.link.channel.hang_up();
    let mut known = "start".to_owned();
    let (mut doubts, mut done) = (0, 0);
    for number in 0..300 {
        let text = format!("subject {number} {}", "x".repeat(dice.below(2000)));
        if set_long(&mut own, message, &text) {
            known = text;
            done += 1;
            continue;
        }
        // Cut: it is done or not, and the session is there either way.
        doubts += 1;
        let found = loop {
            match block_on(own.property(message, LONG)) {
                Ok(Ok(mailstead::mapi::Value::String(found))) => break found,
                Ok(other) => panic!("{other:?}"),
                Err(error) => assert_eq!(error.response_code(), None, "{error}"),
            }
        };
        assert!(found == known || found == text, "{number}: {found:.20}, not {known:.20} or {text:.20}");
        known = found;
    }
    println!("{done} done, {doubts} cut, {} connections cut", cuts.load(Ordering::SeqCst));
    assert!(doubts > 5 && done > 20, "the proxy cut {doubts} of {}", done + doubts);
    own.link.channel.url = server.url.clone();
    own.link.channel.hang_up();
    let kept = block_on(own.property(message, LONG)).unwrap();
    assert_eq!(kept, Ok(mailstead::mapi::Value::String(known)));
    let seen = String::from_utf8(mailstead(home.path(), "sessions").output().unwrap().stdout).unwrap();
    assert!(seen.contains("127.0.0.1 (before 127.0.0."), "{seen}");
}
