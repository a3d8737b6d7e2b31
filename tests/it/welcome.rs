//! The page for the person with a Windows PC.

use crate::edge::{Reply, World, settings};
use mailstead::http::{Peer, Service, Settings};
use mailstead::welcome::Welcome;

fn get(world: &World, peer: Peer, path: &str) -> Reply {
    let mut line = world.line_from(peer, Service::Full);
    line.send(format!("GET {path} HTTP/1.1\r\nHost: evil.example.net\r\n\r\n"));
    line.reply()
}

fn stranger() -> Peer {
    Peer::new("192.168.7.7".parse().unwrap(), true).at(Some("192.168.7.1".parse().unwrap()))
}

#[test]
fn anybody_reads_the_page_and_it_has_no_scripts() {
    let world = World::new();
    let reply = get(&world, stranger(), "/");
    assert_eq!((reply.status, reply.field("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(reply.field("Content-Security-Policy"), Some("default-src 'none'; style-src 'unsafe-inline'"));
    let page = String::from_utf8(reply.body).unwrap();
    for words in [
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "href=\"/mailstead-root.crt\"",
        "href=\"/mailstead.reg\"",
        "certutil -hashfile",
        "certutil -addstore -f Root",
        "<td><code>autodiscover.example.net</code></td><td>CNAME</td><td><code>mail.example.org</code></td>",
        "<pre>192.168.7.1 mail.example.org autodiscover.example.org autodiscover.example.net</pre>",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    for word in ["<script", "evil.example.net", "http:", "ann@", "onclick", "javascript"] {
        assert!(!page.contains(word), "{word}");
    }
    // Every element that is opened is closed.
    let mut open = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if ["!DOCTYPE", "meta"].contains(&tag) => {}
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn behind_a_proxy_the_address_is_left_to_the_person() {
    let world = World::new();
    let peer = Peer::new("127.0.0.1".parse().unwrap(), false);
    let page = String::from_utf8(get(&world, peer, "/").body).unwrap();
    assert!(page.contains("<pre>ADDRESS-OF-THE-SERVER mail.example.org"), "{page}");
}

#[test]
fn the_root_is_to_be_downloaded() {
    let world = World::new();
    let reply = get(&world, stranger(), "/mailstead-root.crt");
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"a root".as_slice()));
    assert_eq!(reply.field("Content-Type"), Some("application/x-x509-ca-cert"));
    assert_eq!(reply.field("Content-Disposition"), Some("attachment; filename=\"mailstead-root.crt\""));
    // With somebody else's certificate there is none.
    let world = World::with(Settings { welcome: Welcome { root: None, ..settings().welcome }, ..settings() });
    assert_eq!(get(&world, stranger(), "/mailstead-root.crt").status, 404);
    let page = String::from_utf8(get(&world, stranger(), "/").body).unwrap();
    assert!(!page.contains("certutil") && page.contains("Nothing to do"), "{page}");
}

/// The values are those of outlook.md §1; the form is regedit's: UTF-16, lines end in CR LF.
#[test]
fn the_registry_file_is_one() {
    let world = World::new();
    let reply = get(&world, stranger(), "/mailstead.reg");
    assert_eq!(reply.field("Content-Disposition"), Some("attachment; filename=\"mailstead.reg\""));
    let units: Vec<u16> = reply.body.chunks(2).map(|pair| u16::from_le_bytes(pair.try_into().unwrap())).collect();
    let text = String::from_utf16(&units).unwrap();
    assert!(text.starts_with("\u{FEFF}Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\"));
    assert_eq!(text.matches("\"ExcludeExplicitO365Endpoint\"=dword:00000001\r\n").count(), 2);
    assert_eq!(text.matches("\"EnableOffice365ConfigService\"=dword:00000000\r\n").count(), 2);
    assert_eq!(text.matches("Policies").count(), 1);
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn the_listener_on_port_80_has_no_page() {
    let world = World::new();
    let mut line = world.line_from(stranger(), Service::Redirect);
    line.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(line.reply().status, 404);
}
