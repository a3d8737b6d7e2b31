//! A PC that changes networks: the client in a network namespace of its own, whose address changes in the
//! middle of a session, over real TLS. Needs root and `ip`; says so and does nothing where it may not.

use super::process::{draft, set, subject};
use crate::crash::{Server, mailstead, set_up};
use mailstead::client::{Emsmdb, Http, Network, Session, Trust, Url};
use mailstead::directory;
use mailstead::store::{Sharing, Store};
use smol::block_on;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const HOST: &str = "mail.example.test";

fn ip(line: &str) -> bool {
    let output = Command::new("ip").args(line.split(' ')).output();
    output.is_ok_and(|output| output.status.success())
}

/// A namespace with one cable to this one; both go when it is dropped.
struct Namespace {
    name: String,
    hosts: PathBuf,
    net: String,
}

impl Namespace {
    fn new() -> Option<Self> {
        let number = std::process::id() % 200 + 20;
        let (name, net) = (format!("mailstead{number}"), format!("10.213.{number}"));
        if !ip(&format!("netns add {name}")) {
            return None;
        }
        let own = Self { hosts: Path::new("/etc/netns").join(&name), name, net };
        let made = ip(&format!("link add ms{number} type veth peer name msin{number} netns {}", own.name))
            && ip(&format!("addr add {}.1/24 dev ms{number}", own.net))
            && ip(&format!("link set ms{number} up"))
            && ip(&format!("-n {} addr add {}.2/24 dev msin{number}", own.name, own.net))
            && ip(&format!("-n {} link set msin{number} up", own.name));
        std::fs::create_dir_all(&own.hosts).ok()?;
        std::fs::write(own.hosts.join("hosts"), format!("{}.1 {HOST}\n", own.net)).ok()?;
        made.then_some(own)
    }

    /// Another address for the only one that it has.
    fn move_to(&self, last: u8) {
        let device = format!("msin{}", self.net.rsplit('.').next().unwrap());
        assert!(ip(&format!("-n {} addr flush dev {device}", self.name)));
        assert!(ip(&format!("-n {} addr add {}.{last}/24 dev {device}", self.name, self.net)));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.name));
        let _ = std::fs::remove_dir_all(&self.hosts);
    }
}

fn wait_for(file: &Path) {
    let begun = Instant::now();
    while !file.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} did not come", file.display());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_session_goes_on_from_another_network() {
    let Some(namespace) = Namespace::new() else {
        println!("NOT TESTED: no network namespaces here (they take root and ip)");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    set_up(home.path());
    let config = home.path().join("t.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace("\"localhost\"", &format!("\"{HOST}\"")).replace("plain = [\"127.0.0.1:0\"]", "plain = []");
    let text = text.replace("https = []", &format!("https = [\"{}.1:0\"]", namespace.net));
    std::fs::write(&config, text).unwrap();
    let server = Server::start(home.path());
    let inner = std::env::current_exe().unwrap();
    let mut client = Command::new("ip")
        .args(["netns", "exec", &namespace.name])
        .arg(inner)
        .args(["resume::namespace::the_client_in_there", "--exact", "--ignored", "--nocapture"])
        .env("MAILSTEAD_HOME", home.path())
        .env("MAILSTEAD_PORT", server.url.origin.port.to_string())
        .spawn()
        .unwrap();
    wait_for(&home.path().join("ready"));
    let seen = || String::from_utf8(mailstead(home.path(), "sessions").output().unwrap().stdout).unwrap();
    let text = seen();
    assert!(text.contains(&format!("  {}.2  ", namespace.net)), "{text}");
    namespace.move_to(77);
    std::fs::write(home.path().join("moved"), "").unwrap();
    assert!(client.wait().unwrap().success());
    let text = seen();
    assert!(text.contains(&format!("  {0}.77 (before {0}.2)  ", namespace.net)), "{text}");
}

/// The other side, run by the test above.
#[test]
#[ignore = "runs inside a network namespace"]
fn the_client_in_there() {
    let home = PathBuf::from(std::env::var("MAILSTEAD_HOME").unwrap());
    let url = format!("https://{HOST}:{}/mapi/emsmdb/", std::env::var("MAILSTEAD_PORT").unwrap());
    let user = {
        let store = Store::open_read_only(&home.join("t/mailstead.mdb"), Sharing::Live).unwrap();
        directory::all(&store.read().unwrap()).unwrap().remove(0)
    };
    let trust = Trust::default().and_file(&home.join("t/ca/root.pem")).unwrap();
    let network = Arc::new(Network::new(&trust).unwrap());
    let mut emsmdb = Emsmdb::new(Http::new(network).with_basic(&user.address, "one"), Url::parse(&url).unwrap());
    block_on(emsmdb.connect(&user.legacy_dn, 0)).unwrap();
    let mut session = Session::new(emsmdb);
    let logon = block_on(session.logon(&user.legacy_dn)).unwrap();
    let message = draft(&mut session, &logon);
    assert!(set(&mut session, message, "from here"));
    std::fs::write(home.join("ready"), "").unwrap();
    wait_for(&home.join("moved"));
    // The connection from the address that is gone leads nowhere; Windows tells a program so.
    session.link.channel.hang_up();
    assert_eq!(subject(&mut session, message), "from here");
    assert!(set(&mut session, message, "from there"));
    assert_eq!(subject(&mut session, message), "from there");
}
