//! The two commands that are clients: `demo` and `test`, as they are typed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn mailstead(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailstead"));
    command.args(arguments).current_dir(home).env_remove("RUNTIME_DIRECTORY").env_remove("SSL_CERT_FILE");
    command.env("XDG_CONFIG_HOME", home.join("xdg")).env("HOME", home).env("TMPDIR", home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn typed(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = mailstead(home, arguments).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_demo_shows_every_step_and_cleans_up() {
    let home = tempfile::tempdir().unwrap();
    let output = typed(home.path(), &["demo"], "");
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}\n{}", text(&output.stderr));
    assert!(!out.contains("FAIL"), "{out}");
    for shown in [
        "ok    listening on https://127.0.0.1:",
        "ok    autodiscover: ann@demo.example is Ann Example",
        "ok    address book: 5 lists, 2 people",
        "ok    Connect: a session for Ann Example",
        "ok    Logon: mailbox ",
        "Inbox  12 (12 unread)",
        "דוד כהן: הזמנה לפגישה",
        "an embedded message: Exporting my book about coffee tables",
        "attachment Book about ☕ tables.gif: 42 bytes read",
        "ok    wrote a draft to bob@demo.example",
        "ok    dropped the TCP connection",
        "ok    went on in the same session over a new one",
        "ok    Disconnect: the session is over",
    ] {
        assert!(out.contains(shown), "{shown:?} is not in\n{out}");
    }
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_demo_whose_port_is_taken_says_so() {
    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = typed(home.path(), &["demo", "--port", &port], "");
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("FAIL  making a server: cannot listen on"), "{out}");
    assert!(out.contains("hint: --port names another port"), "{out}");
    let usage = typed(home.path(), &["demo", "--port", "65536"], "");
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
}

/// A server with a private CA and Ann's mailbox.
pub(crate) struct Server {
    pub(crate) home: tempfile::TempDir,
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// With more configuration.
    fn with(more: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let toml = "data = \"t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n\
                    [listen]\nhttps = [\"127.0.0.1:0\"]\nhttp = []\n";
        fs::write(home.path().join("t.toml"), format!("{toml}{more}")).unwrap();
        let setup = ["--config", "t.toml", "setup", "ann@example.test", "--yes", "--password-stdin"];
        let done = typed(home.path(), &setup, "one");
        assert!(done.status.success(), "{done:?}");
        let mut child = mailstead(home.path(), &["--config", "t.toml", "serve"]).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap();
        Self { url: format!("https://localhost:{port}"), home, child }
    }

    /// A command that has to succeed.
    pub(crate) fn command(&self, arguments: &[&str]) {
        let output = typed(self.home.path(), &[["--config", "t.toml"].as_slice(), arguments].concat(), "");
        assert!(output.status.success(), "{output:?}");
    }

    fn test(&self, arguments: &[&str], password: &str) -> (Option<i32>, String) {
        let all = [["test"].as_slice(), arguments, &["--password-stdin"]].concat();
        let output = typed(self.home.path(), &all, password);
        (output.status.code(), text(&output.stdout))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_is_tested_step_by_step() {
    let server = Server::start();
    let config = ["--config", "t.toml", "--url", &server.url];
    let ann = [["ann@example.test"].as_slice(), &config].concat();
    let (status, out) = server.test(&ann, "one");
    assert_eq!(status, Some(0), "{out}");
    for shown in [
        "a TLS connection, the certificate is good",
        "asks for name and password",
        "autodiscover.json leads to https://localhost:",
        "the password is right, the mailbox is that of ann",
        "ok    the servers that it names are there and well",
        "ok    Bind: the address book ",
        "ok    GetSpecialTable: 5 address lists",
        "ok    DNToMId and GetProps: the mailbox's owner is in it",
        "ok    QueryRows: the address book has 1 entries",
        "ok    ResolveNames: ann@example.test means ann",
        "ok    QueryColumns: ",
        "ok    GetTemplateInfo: ",
        "ok    GetMatches: ",
        "ok    UpdateStat: ",
        "ok    Connect: a session of ann",
        "ok    Logon: the mailbox is open",
        "ok    the receive folder, the special folders",
        "ok    cached mode, the folders: ",
        "ok    cached mode, the Inbox: 0 changes in ",
        "ok    NotificationWait: it is parked, and says so at once",
        "ok    PING and Disconnect",
        "ok    the Inbox: it is empty",
        "ok    the session goes on over a new connection",
        "Outlook will open this mailbox.",
    ] {
        assert!(out.contains(shown), "{shown:?} is not in\n{out}");
    }
    // What goes wrong is said where it goes wrong, with a way out, and nothing is said to follow.
    let (status, out) = server.test(&ann, "two");
    assert_eq!(status, Some(1), "{out}");
    assert!(out.contains("FAIL  autodiscover.xml: HTTP status 401"), "{out}");
    assert!(out.contains("hint: is that the password?") && !out.contains("Logon"), "{out}");
    let stranger = [["carol@example.test"].as_slice(), &config].concat();
    let (status, out) = server.test(&stranger, "one");
    assert_eq!(status, Some(1), "{out}");
    // Without the configuration nobody vouches for the private CA.
    let (status, out) = server.test(&["ann@example.test", "--url", &server.url], "one");
    assert_eq!(status, Some(1), "{out}");
    assert!(out.contains("FAIL  connecting: no TLS with localhost:"), "{out}");
    // The certificate is for the name, not for the address.
    let by_address = server.url.replace("localhost", "127.0.0.1");
    let (status, out) = server.test(&["ann@example.test", "--config", "t.toml", "--url", &by_address], "one");
    assert_eq!(status, Some(1), "{out}");
    assert!(out.contains("not valid for name \"127.0.0.1\""), "{out}");
    // Where Outlook looks there is nothing: .test is nobody's. RFC 2606
    let (status, out) = server.test(&["ann@example.test", "--config", "t.toml"], "one");
    assert_eq!(status, Some(1), "{out}");
    assert!(out.contains("FAIL  looking at https://autodiscover.example.test/"), "{out}");
    assert!(out.contains("FAIL  http://autodiscover.example.test/autodiscover/autodiscover.xml leads to: "), "{out}");
}

#[test]
fn nobody_there_is_a_failed_step_and_not_a_wait() {
    let home = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let output = typed(home.path(), &["test", "ann@example.test", "--url", &url, "--password-stdin"], "one");
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("FAIL  connecting: no connection to 127.0.0.1:"), "{out}");
    for url in ["ftp://localhost", "localhost", "https://"] {
        let output = typed(home.path(), &["test", "ann@example.test", "--url", url, "--password-stdin"], "one");
        assert_eq!(output.status.code(), Some(2), "{url}: {output:?}");
    }
}

/// One of the servers that autodiscover names cannot be reached: that is said, with a way out, and the
/// rest is looked at over the other.
#[test]
fn a_server_that_is_not_reached_is_named() {
    let server = Server::with("[urls]\nexternal = \"https://localhost:1\"\n");
    let (status, out) = server.test(&["ann@example.test", "--config", "t.toml", "--url", &server.url], "one");
    assert_eq!(status, Some(1), "{out}");
    assert_eq!(out.matches("FAIL  reaching localhost:1: no connection to localhost:1").count(), 2, "{out}");
    assert!(out.contains("hint: is the name in the DNS, and the port forwarded?"), "{out}");
    assert!(out.contains("ok    PING and Disconnect") && !out.contains("will open this mailbox"), "{out}");
}
