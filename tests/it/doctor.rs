//! `doctor`: what it sees, and what it says to do.

use crate::cli::{Home, Said};
use crate::edge::{ANN, World};
use mailstead::admin::{Admin, Request, Response};
use mailstead::outlook::Clients;
use rcgen::{CertificateParams, KeyPair};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

#[track_caller]
fn says(said: &Said, line: &str) {
    assert!(said.out.lines().any(|seen| seen.starts_with(line)), "{line}\n{}", said.out);
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let home = Home::with_ann();
    home.write(
        "t.toml",
        "data = \"./t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n[listen]\nhttps = [\"127.0.0.1:1\"]\n",
    );
    assert_eq!(home.run("--config t.toml user set ann@example.test --mapi-http off").status, 0);
    let said = home.run("--config t.toml doctor");
    assert_eq!(said.status, 1);
    for line in [
        "ok    the clock is plausible: 2",
        "ok    room for data in ",
        "ok    MX records: not used",
        "ok    nobody else reads the data and the keys",
        "ok    the data file has ",
        "FAIL  https://localhost:1",
        "FAIL  https://autodiscover.example.test:443",
        "      ann@example.test is switched off (user set --mapi-http)",
        "ok    1 mailboxes, 1 of them closed to Outlook",
        "FAIL  the server: it does not run",
        "      hint: mailstead serve starts it",
    ] {
        says(&said, line);
    }
    let certificate = said.out.lines().find(|line| line.contains("ca/server.crt ends on ")).unwrap();
    assert!(certificate.starts_with("ok ") && certificate.ends_with(" in 395 days"), "{certificate}");
    fs::set_permissions(home.path("t"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(home.path("t/mailstead.mdb"), fs::Permissions::from_mode(0o644)).unwrap();
    let said = home.run("--config t.toml doctor");
    assert!(said.out.contains("mailstead.mdb: others can read it\n      hint: chmod go= "), "{}", said.out);
}

/// Own files: their end, and the names they have; `[backup]` wants room as well.
#[test]
fn certificates_and_disks_are_looked_at() {
    let home = Home::with_ann();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let end = SystemTime::now() + days(5) + Duration::from_secs(60);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + end.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    home.write("own.crt", params.self_signed(&key).unwrap().pem());
    home.write("own.key", key.serialize_pem());
    home.write(
        "t.toml",
        "data = \"./t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n[listen]\nhttps = [\"127.0.0.1:1\"]\n\
         [tls]\ncertificate = \"own.crt\"\nkey = \"own.key\"\n[backup]\ndirectory = \"not/there\"\n",
    );
    let said = home.run("--config t.toml doctor");
    let own = "own.crt";
    for line in [
        &format!("FAIL  {own} for autodiscover.example.test: it does not have that name"),
        "      hint: have one issued that has this name too",
        "      hint: renew it: the server reads the files again when they change",
        "ok    room for snapshots in not/there: ",
    ] {
        says(&said, line);
    }
    let ends = said.out.lines().find(|line| line.starts_with(&format!("FAIL  {own} ends on "))).unwrap();
    assert!(ends.ends_with(", in 5 days: it has to be renewed"), "{ends}");
    home.write("own.key", KeyPair::generate().unwrap().serialize_pem());
    says(&home.run("--config t.toml doctor"), "FAIL  the certificate: ");
}

/// A clock that is behind what was written: the data file is from the day after tomorrow.
#[test]
fn a_clock_behind_the_data_is_seen() {
    let home = Home::with_ann();
    let file = fs::File::options().append(true).open(home.path("t/mailstead.mdb")).unwrap();
    file.set_modified(SystemTime::now() + days(2)).unwrap();
    let said = home.run("--config t.toml doctor");
    says(&said, "FAIL  the clock: it is behind, or was ahead");
    says(&said, "      hint: turn NTP on");
    assert!(!said.out.contains("plausible"), "{}", said.out);
}

/// Who came is remembered, an Outlook that is too old as well: it never gets so far as a session.
#[test]
fn clients_that_came_are_known() {
    let world = World::new();
    let mut line = world.line();
    line.connect();
    line.send(
        "POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\nAuthorization: ".to_owned()
            + ANN
            + "\r\nUser-Agent: Microsoft Office/14.0 (Windows NT 6.1; Microsoft Outlook 14.0.4734; Pro)\r\n"
            + &{
                let body = mailstead::client::autodiscover::request_body("ann@example.org");
                format!("Content-Length: {}\r\n\r\n{body}", body.len())
            },
    );
    assert!(String::from_utf8(line.reply().body).unwrap().contains("<ErrorCode>601<"));
    let (new, old) = (([16, 0, 15928], ANN_ADDRESS.to_owned()), ([14, 0, 4734], ANN_ADDRESS.to_owned()));
    assert_eq!(world.site.clients.list(), [new.clone(), old.clone()]);
    // The control socket tells it.
    let home = Home::with_ann();
    let config = mailstead::config::Config::parse(
        "hostname = \"localhost\"\ndomains = [\"example.test\"]",
        &mailstead::config::Surroundings {
            file: &home.path("t.toml"),
            data: Some(&home.path("t")),
            runtime_directory: None,
        },
    );
    let store = mailstead::store::Store::open(&home.path("t"), &mailstead::store::OpenOptions::default()).unwrap();
    let clock = mailstead::clock::Clock::system();
    let admin = Admin::new(&config.unwrap(), std::sync::Arc::new(store), clock, Box::new(|_| ()));
    let _ = admin.site.set(world.site.clone());
    let Response::Organization { clients, .. } = admin.answer(Request::Organization) else { panic!() };
    assert_eq!(clients, [new, old]);
}

const ANN_ADDRESS: &str = "ann@example.org";

#[test]
fn so_many_clients_are_remembered_and_no_more() {
    let clients = Clients::default();
    clients.note([0; 3], "ann@example.org");
    for n in 0..1000 {
        clients.note([16, 0, n], "ann@example.org");
        clients.note([16, 0, n], "ann@example.org");
    }
    assert_eq!(clients.list().len(), mailstead::limits::CLIENTS_SEEN_MAX);
}
