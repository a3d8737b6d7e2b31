//! Who is let in from where: the switches of MAPI over HTTP, and which client is at home.

use crate::cli::{Home, fails};
use crate::edge::{ANN, Ask, CONNECT, World};
use mailstead::directory::{self, MapiHttp, NewUser};
use mailstead::http::{Peer, Service};
use mailstead::store::{Entry, OpenOptions, Store};
use mailstead::wire::FileTime;

/// The X-ResponseCode of a Connect and the ErrorCode of Autodiscover, if any, of a client.
fn tried(world: &World, from: &str, secure: bool, forwarded: Option<&str>) -> (u32, Option<u32>, bool) {
    let peer = Peer::new(from.parse().unwrap(), secure);
    let field = forwarded.map_or_else(String::new, |value| format!("X-Forwarded-For: {value}\r\n"));
    let mut line = world.line_from(peer, Service::Full);
    let ask = Ask::new("Connect", CONNECT);
    let head = ask.head();
    line.send(format!("{}{field}\r\n", head.strip_suffix("\r\n").unwrap()));
    line.send(ask.body);
    let code = line.reply().code();
    let body = "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
        <Request><EMailAddress>ann@example.org</EMailAddress><AcceptableResponseSchema>\
        http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>\
        </Request></Autodiscover>";
    line.send(format!(
        "POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\nAuthorization: {ANN}\r\n{field}\
         X-MapiHttpCapability: 1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let text = String::from_utf8(line.reply().body).unwrap();
    let error = text.split("<ErrorCode>").nth(1).map(|rest| rest[..3].parse().unwrap());
    (code, error, text.contains("<ExternalUrl>"))
}

/// MS-OXCMAPIHTTP R152: a mailbox that is switched off gets 16, and 601 from Autodiscover.
#[test]
fn a_mailbox_that_is_off_gets_16_and_601() {
    let world = World::new();
    *world.script.switch.lock().unwrap() = Some(MapiHttp::Off);
    assert_eq!(tried(&world, "127.0.0.1", true, None), (16, Some(601), false));
    *world.script.switch.lock().unwrap() = Some(MapiHttp::On);
    assert_eq!(tried(&world, "203.0.113.9", true, None), (0, None, true));
}

#[test]
fn a_switch_counts_at_once_in_a_session_that_is_open() {
    let world = World::new();
    let mut line = world.line();
    let cookie = line.connect();
    *world.script.switch.lock().unwrap() = Some(MapiHttp::Off);
    assert_eq!(line.code(&cookie, b"anything"), 16);
    *world.script.switch.lock().unwrap() = Some(MapiHttp::On);
    assert_eq!(line.code(&cookie, b"anything"), 0, "the session is there still");
}

/// Home is where the configuration says; what a proxy passes on is from outside unless the proxy is
/// trusted (10.0.0.0/8 in these tests) and says otherwise.
#[test]
fn internal_admits_clients_at_home_only() {
    let world = World::new();
    *world.script.switch.lock().unwrap() = Some(MapiHttp::Internal);
    let (inside, outside) = ((0, None, false), (16, Some(601), false));
    for (from, secure, forwarded, expected) in [
        ("192.168.7.7", true, None, inside),
        ("::ffff:192.168.7.7", true, None, inside),
        ("203.0.113.9", true, None, outside),
        ("203.0.113.9", true, Some("192.168.7.7"), outside),
        ("127.0.0.1", false, None, outside),
        ("127.0.0.1", false, Some("192.168.7.7"), outside),
        ("10.0.0.1", false, Some("192.168.7.7"), inside),
        ("10.0.0.1", true, Some("192.168.7.7, 10.0.0.2"), inside),
        ("10.0.0.1", true, Some("192.168.7.7, 203.0.113.9"), outside),
        ("10.0.0.1", true, Some("192.168.7.7, nonsense"), outside),
        ("10.0.0.1", true, None, outside),
    ] {
        assert_eq!(tried(&world, from, secure, forwarded), expected, "{from} {secure} {forwarded:?}");
    }
}

#[test]
fn the_mailbox_setting_wins_and_is_gone_with_the_user() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path(), &OpenOptions::default()).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.org", display_name: "Ann", password_hash: "", admin: false };
    let ann = directory::create(&mut txn, "Mailstead", &new, FileTime(1)).unwrap().id;
    let seen = |txn: &mailstead::store::Txn<'_>| directory::mapi_http(txn, ann).unwrap();
    assert_eq!(seen(&txn), MapiHttp::On);
    txn.put_organization_mapi_http(MapiHttp::Off).unwrap();
    assert_eq!(seen(&txn), MapiHttp::Off);
    txn.put_user_mapi_http(ann, Some(MapiHttp::Internal)).unwrap();
    assert_eq!(seen(&txn), MapiHttp::Internal);
    txn.put_organization_mapi_http(MapiHttp::On).unwrap();
    txn.put_user_mapi_http(ann, None).unwrap();
    assert_eq!(seen(&txn), MapiHttp::On);
    txn.put_user_mapi_http(ann, Some(MapiHttp::Off)).unwrap();
    assert_eq!(txn.check().unwrap(), []);
    txn.put_entry(Entry { database: "directory", key: b"h\0\0\0\x01", value: b"?" }).unwrap();
    txn.put_entry(Entry { database: "directory", key: b"h\0\0\0\x09", value: &[2] }).unwrap();
    assert_eq!(txn.check().unwrap().len(), 2, "one void, one nobody's");
    txn.repair(FileTime(2)).unwrap();
    assert_eq!((txn.check().unwrap(), seen(&txn)), (vec![], MapiHttp::Off), "off rather than on");
    directory::remove(&mut txn, ann).unwrap();
    assert_eq!(txn.user_mapi_http(ann).unwrap(), None);
}

#[test]
fn switches_are_typed() {
    let home = Home::with_ann();
    let run = |line: &str| home.run(&format!("--config t.toml {line}"));
    assert_eq!(run("org set").out, "mapi-http on\npublic-folders off\n");
    assert_eq!(run("org set --mapi-http off").out, "mapi-http off\npublic-folders off\n");
    assert_eq!(run("user set ann@example.test --mapi-http internal").out, "changed ann@example.test\n");
    assert_eq!(run("user list").out, "ann@example.test  ann  mapi-http=internal\n");
    assert_eq!(run("user set ann@example.test --mapi-http default").status, 0);
    assert_eq!(run("user list").out, "ann@example.test  ann\n");
    fails(&run("user set ann@example.test --mapi-http maybe"), 2, "wants on, off, internal or default", "");
    fails(&run("org set --mapi-http internal"), 2, "--mapi-http wants on or off", "");
    let public = "mapi-http off\npublic-folders on (public-folders@example.test)\n";
    let said = run("org set --public-folders on");
    assert_eq!(said.out, public);
    assert!(said.err.starts_with("hint: only administrators make public folders"), "{said:?}");
    assert_eq!(run("org set").out, public);
    assert_eq!(run("org set --public-folders off").out, "mapi-http off\npublic-folders off\n");
    assert_eq!(run("user list").out, "ann@example.test  ann\n", "they are nobody");
    let taken = home.type_in("--config t.toml user add public-folders@example.test --password-stdin", "one");
    fails(&taken, 1, "exists already", "sets another password");
    assert_eq!(run("check").status, 0);
}
