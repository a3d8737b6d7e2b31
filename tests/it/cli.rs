//! The real binary, in conversations: what is typed, what is said, what is left on the disk.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mailstead::admin::{Admin, Request, Response};
use mailstead::auth::password;
use mailstead::clock::Clock;
use mailstead::control::{self, Client, Listener};
use mailstead::directory;
use mailstead::limits::{IMPORT_BATCH_BYTES, IMPORT_BATCH_MAX};
use mailstead::store::{OpenOptions, Store};
use mailstead::wire::FileTime;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A directory where commands are typed, without anybody's configuration.
pub(crate) struct Home(pub(crate) tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// One with the configuration of the acceptance checks and Ann's mailbox.
    pub(crate) fn with_ann() -> Self {
        let home = Self::new();
        home.write("t.toml", "data = \"./t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n");
        let said =
            home.type_in("--config t.toml setup ann@example.test --hostname localhost --yes --password-stdin", "one");
        assert_eq!(said.status, 0, "{said:?}");
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn run(&self, line: &str) -> Said {
        self.type_in(line, "")
    }

    pub(crate) fn type_in(&self, line: &str, input: &str) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailstead"))
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env_remove("RUNTIME_DIRECTORY")
            .env_remove("XDG_DATA_HOME")
            .env("XDG_CONFIG_HOME", self.path("xdg"))
            .env("HOME", self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input is gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn user(&self, address: &str) -> Option<directory::User> {
        let store = Store::open(&self.path("t"), &OpenOptions::default()).unwrap();
        let txn = store.read().unwrap();
        directory::by_address(&txn, address).unwrap()
    }
}

#[track_caller]
pub(crate) fn fails(said: &Said, status: i32, error: &str, hint: &str) {
    assert_eq!((said.status, said.out.as_str()), (status, ""), "{said:?}");
    let lines: Vec<_> = said.err.lines().collect();
    assert!(lines[0].starts_with("error: ") && lines[0].contains(error), "{said:?}");
    match lines.get(1) {
        Some(line) => assert!(line.starts_with("hint: ") && line.contains(hint) && !hint.is_empty(), "{said:?}"),
        None => assert_eq!(hint, "", "{said:?}"),
    }
    assert!(lines.len() <= 2, "{said:?}");
}

#[test]
fn what_is_typed_wrong_is_said_in_a_line_with_a_hint() {
    let home = Home::new();
    for (line, error, hint) in [
        ("", "what shall it do?", "mailstead help"),
        ("serv", "there is no command serv", "did you mean mailstead serve?"),
        ("xyzzy", "there is no command xyzzy", "mailstead help lists"),
        ("user", "user what?", "mailstead user add|list|passwd|set|remove"),
        ("user ad a@b.c", "there is no command user ad", "did you mean mailstead user add?"),
        ("usr add a@b.c", "there is no command usr", "did you mean mailstead user?"),
        ("user add", "ADDRESS is missing", "mailstead user add ADDRESS"),
        ("user add ann", "that is not an address", "you@example.org"),
        ("user add a@b.c d@e.f", "d@e.f is one argument too many", "mailstead user add ADDRESS"),
        ("user add a@b.c --nam Ann", "there is no flag --nam", "did you mean --name?"),
        ("user add a@b.c --password secret", "there is no flag --password", "did you mean --password-stdin?"),
        ("user set a@b.c", "nothing to set", "--quota SIZE"),
        ("user set a@b.c --quota 5X", "--quota wants a size such as 500M or 5G", ""),
        ("user set a@b.c --admin yes", "--admin wants on or off", ""),
        ("user list --config", "--config wants a value", ""),
        ("user list --config a --config b", "--config is there twice", ""),
        ("serve -x", "there is no flag -x", "mailstead help serve"),
        ("--name x", "there is no flag --name", "after its name"),
        ("import a@b.c", "PATH is missing", "mailstead import ADDRESS PATH..."),
        ("help nonsense", "there is no command nonsense", "mailstead help"),
        ("demo --port x", "--port wants a number", ""),
    ] {
        fails(&home.run(line), 2, error, hint);
    }
}

#[test]
fn help_and_version_come_from_the_table() {
    let home = Home::new();
    let overview = home.run("help");
    assert_eq!((overview.status, overview.err.as_str()), (0, ""));
    for line in [
        "mailstead setup ADDRESS [--name NAME] [--hostname FQDN] [--password-stdin] [--yes]",
        "mailstead serve",
        "mailstead user add ADDRESS [--name NAME] [--admin on|off] [--password-stdin]",
        "mailstead import ADDRESS PATH... [--folder NAME]",
        "mailstead test ADDRESS [--url URL] [--password-stdin]",
        "mailstead demo [--port N]",
        "mailstead help [COMMAND]",
        "  --config FILE",
    ] {
        assert!(overview.out.lines().any(|had| had.starts_with(line)), "{line}\n{}", overview.out);
    }
    assert_eq!(home.run("--help").out, overview.out);
    assert_eq!(home.run("-h").out, overview.out);
    for (line, same) in [("help user add", "user add --help"), ("help serve", "serve -h"), ("help user", "user --help")]
    {
        let said = home.run(line);
        assert_eq!((said.status, &said.out), (0, &home.run(same).out));
        assert!(said.out.starts_with(&format!("mailstead {}", line.trim_start_matches("help "))), "{said:?}");
    }
    let version = home.run("version").out;
    assert!(version.starts_with(&format!("mailstead {} (", env!("CARGO_PKG_VERSION"))), "{version}");
    assert_eq!((home.run("-V").out, home.run("--version").out), (version.clone(), version));
}

#[test]
fn without_a_configuration_setup_is_named() {
    let home = Home::new();
    // On a machine with Mailstead installed, the system's configuration would be found.
    if !Path::new("/etc/mailstead/mailstead.toml").exists() {
        let missing = home.path("xdg/mailstead/mailstead.toml");
        fails(
            &home.run("user list"),
            1,
            &format!("there is no configuration {}", missing.display()),
            "mailstead setup",
        );
    }
    fails(&home.run("--config x.toml serve"), 1, "there is no configuration x.toml", "mailstead setup");
    home.write("x.toml", "hostnam = 1");
    fails(&home.run("--config x.toml serve"), 1, "x.toml line 1: unknown setting hostnam", "did you mean hostname?");
    home.write("x.toml", "hostname = \"h.example\"\ndomains = [\"example.test\"]\ndata = \"none\"");
    fails(&home.run("--config x.toml serve"), 1, "there is no data in none", "mailstead setup");
    fails(&home.run("user list --config x.toml --data other"), 1, "there is no data in other", "mailstead setup");
}

#[test]
fn setup_makes_everything_and_asks_nothing() {
    let home = Home::new();
    let line = "setup ann@Example.test --name Ann --hostname mail.example.test --password-stdin --yes --config c/m.toml --data d";
    let said = home.type_in(line, "one\n");
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    for text in [
        "c/m.toml (new)",
        "ann@Example.test (new)",
        "mail.example.test.          A or AAAA  the address of this machine",
        "autodiscover.example.test.  CNAME      mail.example.test.",
        "certutil -addstore -f Root root.crt",
        "e-mail address  ann@Example.test",
    ] {
        assert!(said.out.contains(text), "{text}\n{}", said.out);
    }
    let file = fs::read_to_string(home.path("c/m.toml")).unwrap();
    assert!(file.contains(&format!("data = \"{}\"", home.path("d").display())), "{file}");
    assert!(file.contains("\nhostname = \"mail.example.test\"\n") && file.contains("\ndomains = [\"example.test\"]\n"));
    assert!(file.contains("\n#https = [\"[::]:443\"]\n"));
    let der = fs::read(home.path("d/ca/root.crt")).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, &der);
    let digest: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(said.out.contains(&digest.join(":")), "{}", said.out);
    assert_eq!(fs::metadata(home.path("d")).unwrap().permissions().mode() & 0o777, 0o700);
    let log = fs::read_to_string(home.path("d/setup.log")).unwrap();
    assert!(log.ends_with(&said.out) && !log.contains("one\n--"), "{log}");
    let list = home.run("user list --config c/m.toml");
    assert_eq!(list.out, "ann@Example.test  Ann\n");
    // Again: nothing changes.
    let files = || [file.clone(), fs::read_to_string(home.path("c/m.toml")).unwrap()];
    let again = home.type_in(line, "another");
    assert_eq!(again.status, 0, "{again:?}");
    assert!(again.out.contains("c/m.toml (as it was)") && again.out.contains("its password stays as it is"));
    assert_eq!(files()[0], files()[1]);
    assert!(again.out.contains(&digest.join(":")), "the root is kept");
    // A second domain, a second first mailbox.
    let more = home.type_in("setup bob@other.test --password-stdin --yes --config c/m.toml", "two");
    assert!(more.out.contains("c/m.toml (completed)"), "{more:?}");
    assert!(
        more.out.contains("the certificate does not cover autodiscover.other.test"),
        "the root was not made for it"
    );
    assert!(files()[1].contains("domains = [\"example.test\", \"other.test\"]"));
    assert_eq!(home.run("user list --config c/m.toml").out.lines().count(), 2);
}

#[test]
fn setup_completes_what_is_there() {
    let home = Home::new();
    home.write("t.toml", "# mine\ndata = \"./t\"\n[listen]\nhttps = [\"127.0.0.1:4433\"]\nhttp = []\n");
    let said = home.type_in("setup ann@example.test --config t.toml --hostname localhost --password-stdin", "one");
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains("on port 443 only; this server is https://localhost:4433"), "{said:?}");
    let file = fs::read_to_string(home.path("t.toml")).unwrap();
    assert_eq!(
        file,
        "# mine\ndomains = [\"example.test\"]\nhostname = \"localhost\"\ndata = \"./t\"\n\
         [listen]\nhttps = [\"127.0.0.1:4433\"]\nhttp = []\n"
    );
    let ann = home.user("ann@example.test").unwrap();
    assert!(password::verify(&ann.password_hash, b"one").unwrap());
    assert_eq!((ann.display_name.as_str(), ann.admin), ("ann", false));
    fails(
        &home.type_in("setup ann@example.test --config t.toml --hostname other.example --yes", ""),
        1,
        "says that this server is localhost, not other.example",
        "leave --hostname out",
    );
}

#[test]
fn setup_wants_what_it_cannot_guess() {
    let home = Home::new();
    fails(&home.run("setup ann@example.test --config t.toml"), 2, "the name of this server is missing", "--hostname");
    let line = "setup ann@example.test --config t.toml --yes";
    fails(&home.run(line), 2, "the password is missing", "--password-stdin");
    fails(&home.run(&format!("{line} --password-stdin")), 1, "an empty password is none", "");
    fails(
        &home.type_in("setup ann@example.test --config t.toml --hostname 192.0.2.1 --password-stdin", "one"),
        1,
        "is an address",
        "for example",
    );
    for name in ["con", "AUX", "nul.x", "com1", "lpt9"] {
        let said = home.type_in(&format!("setup {name}@example.test --config t.toml --yes --password-stdin"), "one");
        fails(&said, 1, "begins with the name of a DOS device", "another name");
    }
    for address in ["a..b@example.test", "ä@example.test", ".a@example.test", "@example.test"] {
        fails(
            &home.type_in(&format!("setup {address} --config t.toml --yes"), ""),
            1,
            "is not an address",
            "dots and hyphens",
        );
    }
    assert_eq!(fs::read_dir(home.0.path()).unwrap().count(), 0, "nothing was touched");
}

#[test]
fn a_setup_that_fails_takes_everything_back() {
    let home = Home::new();
    let line = "setup ann@example.test --yes --password-stdin --config c/d/m.toml --data";
    // A file where the CA's directory belongs.
    home.write("data/ca", "mine");
    let said = home.type_in(&format!("{line} data"), "one");
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.err.contains("data/ca"), "{said:?}");
    assert!(!home.path("c").exists());
    assert_eq!(fs::read_dir(home.path("data")).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(home.path("data/ca")).unwrap(), "mine");
    // A file where the data file belongs: the CA was made before, and goes as well.
    fs::remove_file(home.path("data/ca")).unwrap();
    home.write("data/mailstead.mdb", "not LMDB");
    home.write("c/d/m.toml", "hostname = \"h.example\"\n");
    let said = home.type_in(&format!("{line} data"), "one");
    assert_eq!(said.status, 1, "{said:?}");
    assert!(!home.path("data/ca").exists());
    assert_eq!(fs::read_to_string(home.path("data/mailstead.mdb")).unwrap(), "not LMDB");
    assert_eq!(fs::read_to_string(home.path("c/d/m.toml")).unwrap(), "hostname = \"h.example\"\n");
}

#[test]
fn users_are_managed_without_a_server() {
    let home = Home::with_ann();
    let ok = |line: &str, input: &str, out: &str| {
        let said = home.type_in(&format!("--config t.toml {line}"), input);
        assert_eq!((said.status, said.out.as_str(), said.err.as_str()), (0, out, ""), "{line}");
    };
    ok("user add bob@example.test --password-stdin", "two\r\nrest", "added bob@example.test\n");
    let bob = home.user("bob@example.test").unwrap();
    assert!(password::verify(&bob.password_hash, b"two").unwrap());
    ok("user set BOB@example.test --name Robert --admin on", "", "changed BOB@example.test\n");
    ok("user list", "", "ann@example.test  ann\nbob@example.test  Robert  admin\n");
    ok("user set bob@example.test --admin off", "", "changed bob@example.test\n");
    ok("user passwd bob@example.test --password-stdin", "three", "changed the password of bob@example.test\n");
    let bob = home.user("bob@example.test").unwrap();
    assert!(password::verify(&bob.password_hash, b"three").unwrap());
    assert_eq!((bob.display_name.as_str(), bob.admin), ("Robert", false));
    let said = home.type_in("--config t.toml user passwd bob@example.test --password-stdin", "gr\u{fc}n");
    assert!(said.status == 0 && said.err.starts_with("warning: Windows sends such a password"), "{said:?}");
    ok("user remove bob@example.test", "", "removed bob@example.test\n");
    ok("user list", "", "ann@example.test  ann\n");
    let no = |line: &str, error: &str, hint: &str| {
        fails(&home.type_in(&format!("--config t.toml {line}"), "x"), 1, error, hint)
    };
    no("user add ann@example.test --password-stdin", "ann@example.test exists already", "user passwd");
    no("user add ann@example.org --password-stdin", "is not in a domain of this server", "example.test");
    no("user add aux@example.test --password-stdin", "DOS device", "another name");
    no("user passwd bob@example.test --password-stdin", "there is no user bob@example.test", "user list");
    no("user set bob@example.test --admin on", "there is no user bob@example.test", "user list");
    no("user remove bob@example.test", "there is no user bob@example.test", "user list");
    let said = home.run("--config t.toml user add bob@example.test");
    fails(&said, 2, "there is no terminal to ask for the password", "--password-stdin");
}

#[test]
fn the_address_book_is_managed_without_a_server() {
    let home = Home::with_ann();
    let ok = |line: &str, out: &str| {
        let said = home.run(&format!("--config t.toml {line}"));
        assert_eq!((said.status, said.out.as_str(), said.err.as_str()), (0, out, ""), "{line}");
    };
    let no = |line: &str, status: i32, error: &str, hint: &str| {
        fails(&home.run(&format!("--config t.toml {line}")), status, error, hint);
    };
    ok("user set ann@example.test --phone +44-1 --given-name Ann --title Boss", "changed ann@example.test\n");
    ok("group add family@example.test --name Family", "added family@example.test\n");
    ok("contact add uncle@elsewhere.org --company Elsewhere", "added uncle@elsewhere.org\n");
    ok("contact set uncle@elsewhere.org --name Uncle --manager ann@example.test", "changed uncle@elsewhere.org\n");
    ok("room add kitchen@example.test --name Kitchen --capacity 6", "added kitchen@example.test\n");
    ok("room add car@example.test --equipment --hidden on", "added car@example.test\n");
    let family = "family@example.test";
    ok(&format!("group member add {family} ann@example.test uncle@elsewhere.org"), "changed family@example.test\n");
    ok(&format!("group member add {family} ann@example.test --owner"), "changed family@example.test\n");
    let listed = "family@example.test  Family\n  owner   ann@example.test\n  member  ann@example.test\n\
                  \x20 member  uncle@elsewhere.org\n";
    ok("group list", listed);
    ok(&format!("group member remove {family} uncle@elsewhere.org"), "changed family@example.test\n");
    ok("group list", &listed.replace("  member  uncle@elsewhere.org\n", ""));
    ok("contact list", "uncle@elsewhere.org  Uncle\n");
    ok("room list", "kitchen@example.test  Kitchen  for 6\ncar@example.test      car  equipment hidden\n");
    let users =
        "ann@example.test      ann\nkitchen@example.test  Kitchen  room\ncar@example.test      car  equipment\n";
    ok("user list", users);
    ok("alias add ann@example.test annie@example.test X500:/o=Old/cn=ann", "changed ann@example.test\n");
    ok("alias list", "ann@example.test\n  annie@example.test\n  /o=Old/cn=ann\n");
    assert_eq!(home.user("annie@example.test").unwrap().address, "ann@example.test");
    no("group add annie@example.test", 1, "annie@example.test is taken already", "alias list");
    no("alias add family@example.test Annie@example.test", 1, "Annie@example.test is taken already", "alias list");
    no("alias add ann@example.test ann@example.org", 1, "is not in a domain of this server", "example.test");
    ok("alias remove ann@example.test ANNIE@example.test", "changed ann@example.test\n");
    no("contact add uncle@example.test", 1, "is in a domain of this server", "user add");
    no("group member add family@example.test who@example.test", 1, "there is no entry who@example.test", "group list");
    no("group member add family@example.test family@example.test", 1, "a group is no member of itself", "");
    no("group member add ann@example.test ann@example.test", 1, "ann@example.test is no group", "");
    no("group remove ann@example.test --yes", 1, "ann@example.test is a mailbox", "");
    no("group set family@example.test", 2, "nothing to set", "help group set");
    no("group", 2, "group what?", "add|set|remove");
    no("room add hall@example.test --capacity many", 2, "--capacity wants a number", "");
    ok("room remove car@example.test --yes", "removed car@example.test\n");
    ok("contact remove uncle@elsewhere.org --yes", "removed uncle@elsewhere.org\n");
    ok("group remove family@example.test --yes", "removed family@example.test\n");
    ok("group list", "");
}

/// A photo is taken from a file, if it can be one, and shown by the address book; `none` takes it away.
#[test]
fn a_photo_is_set_and_taken_away() {
    let home = Home::with_ann();
    let run = |line: &str| home.run(&format!("--config t.toml user set ann@example.test --photo {line}"));
    let told = || {
        let user = home.user("ann@example.test").unwrap();
        let store = Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
        let txn = store.read().unwrap();
        txn.told(user.id, mailstead::mapi::PropertyTag::PidTagThumbnailPhoto.id()).unwrap()
    };
    let jpeg = [&[0xFF, 0xD8, 0xFF, 0xE0], [7; 9000].as_slice()].concat();
    home.write("ann.jpg", &jpeg);
    let said = run("ann.jpg");
    assert_eq!((said.status, said.out.as_str()), (0, "changed ann@example.test\n"), "{said:?}");
    assert_eq!(told(), std::slice::from_ref(&jpeg));
    home.write("ann.png", b"\x89PNG");
    home.write("empty.jpg", b"");
    home.write("large.jpg", [&[0xFF, 0xD8, 0xFF, 0xE0], vec![0; 64 << 10].as_slice()].concat());
    for bad in ["ann.png", "empty.jpg", "large.jpg"] {
        fails(&run(bad), 1, "a photo is a JPEG of 64 KiB at most", "make it smaller");
    }
    fails(&run("missing.jpg"), 1, "missing.jpg: no such file", "");
    assert_eq!(told(), [jpeg]);
    assert_eq!(run("none").status, 0);
    assert!(told().is_empty());
}

/// Something that answers in a server's place.
fn serve(home: &Home, handler: impl Fn(Request) -> Response + Send + Sync + 'static) -> control::Serving {
    Listener::bind(&home.path("t/run")).unwrap().serve(Arc::new(handler)).unwrap()
}

pub(crate) fn data_of(home: &Home) -> String {
    fs::canonicalize(home.path("t")).unwrap().to_string_lossy().into_owned()
}

#[test]
fn users_are_managed_through_the_running_server() {
    let home = Home::with_ann();
    let changed = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&changed);
    let admin = Admin {
        store: Arc::new(Store::open(&home.path("t"), &OpenOptions::default()).unwrap()),
        organization: "Mailstead".into(),
        domains: vec!["example.test".into()],
        data: data_of(&home),
        clock: Clock::system(),
        changed: Box::new(move |user| told.lock().unwrap().push(user)),
        site: Arc::default(),
    };
    let store = Arc::clone(&admin.store);
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    let serving = serve(&home, move |request| {
        *counted.lock().unwrap() += 1;
        admin.answer(request)
    });
    let run = |line: &str, input: &str| home.type_in(&format!("--config t.toml {line}"), input);
    assert_eq!(run("user add bob@example.test --password-stdin", "two").out, "added bob@example.test\n");
    assert_eq!(*asked.lock().unwrap(), 3, "ping, list, add");
    let id = directory::by_login(&store.read().unwrap(), "bob").unwrap().unwrap().id;
    assert_eq!(run("user passwd bob@example.test --password-stdin", "three").status, 0);
    assert_eq!(run("user set bob@example.test --admin on", "").status, 0);
    assert_eq!(run("user list", "").out, "ann@example.test  ann\nbob@example.test  bob  admin\n");
    assert_eq!(run("user remove bob@example.test", "").status, 0);
    assert_eq!(*changed.lock().unwrap(), [id, id, id], "told about each change, at once");
    fails(&run("user remove bob@example.test", ""), 1, "there is no user", "user list");
    // Setup finds the server too, and says that it has to hear of the new domain.
    let said = run("setup cleo@other.test --yes --password-stdin", "x");
    fails(&said, 1, "cleo@other.test is not in a domain of this server", "example.test");
    assert!(!fs::read_to_string(home.path("t.toml")).unwrap().contains("other.test"), "and was undone");
    drop(serving);
    assert!(!control::path(&home.path("t/run")).exists());
    assert_eq!(run("user list", "").out, "ann@example.test  ann\n", "and without it as before");
}

#[test]
fn the_control_socket_is_ours_alone_and_survives_nonsense() {
    let home = Home::with_ann();
    let runtime = home.path("t/run");
    let socket = control::path(&runtime);
    let pong = Response::Pong { version: "0".into(), data: data_of(&home), map_bytes: 1 << 40 };
    let answer = pong.clone();
    let serving = serve(&home, move |_| answer.clone());
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&runtime).unwrap().permissions().mode() & 0o777, 0o700);
    let taken = Listener::bind(&runtime).unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
    for nonsense in
        [&b"\xff\xff\xff\xff"[..], b"\x04\0\0\0\xff\xff\xff\xff", b"\x01\0\0\0", b"\x02\0\0\0\0\0", b"\0\0\0\0", b"GET"]
    {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(nonsense).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"", "{}", nonsense.escape_ascii());
    }
    let mut client = Client::connect(&socket).unwrap().unwrap();
    assert_eq!(client.ask(&Request::Ping).unwrap(), pong);
    drop(serving);
    assert!(Client::connect(&socket).unwrap().is_none());
    // What a killed server leaves behind is in nobody's way.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists() && Client::connect(&socket).unwrap().is_none());
    assert_eq!(home.run("--config t.toml user list").status, 0);
    drop(serve(&home, |_| Response::Done));
    // A server for other data, whose socket we happened to find, is not asked.
    let serving =
        serve(&home, |_| Response::Pong { version: "0".into(), data: "/elsewhere".into(), map_bytes: 1 << 40 });
    assert_eq!(home.run("--config t.toml user list").out, "ann@example.test  ann\n");
    drop(serving);
    let _serving = serve(&home, |_| Response::Done);
    fails(&home.run("--config t.toml user list"), 1, "an answer that does not fit", "another release");
}

#[test]
fn only_one_server_for_one_directory() {
    let home = Home::with_ann();
    let data = data_of(&home);
    let _serving =
        serve(&home, move |_| Response::Pong { version: "0".into(), data: data.clone(), map_bytes: 1 << 40 });
    fails(&home.run("--config t.toml serve"), 1, "a server is running already", "stop it first");
}

fn mail(subject: &str) -> String {
    format!("From: a@b.example\nSubject: {subject}\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nHello.\n")
}

#[test]
fn import_finds_mail_in_all_its_shapes() {
    let home = Home::with_ann();
    home.write("one.eml", mail("eml"));
    home.write(
        "box",
        format!(
            "From a Mon Jan  1 10:00:00 2024\nStatus: RO\n{}\nFrom b Mon Jan  1 10:00:00 2024\n{}",
            mail("mbox1"),
            mail("mbox2")
        ),
    );
    home.write("md/cur/1700000001.x:2,FRS", mail("cur"));
    home.write("md/cur/1700000000.x:2,T", mail("deleted"));
    home.write("md/new/1700000002.y", mail("new"));
    home.write("md/tmp/1700000003.z", mail("half written"));
    home.write("md/.Sub/cur/1700000004.z", mail("in a subfolder"));
    home.write("tree/a/x.EML", mail("deep"));
    home.write("tree/a/readme.txt", "From here on");
    home.write("tree/a/.hidden.eml", mail("hidden"));
    home.write("tree/b/Inbox", format!("From a Mon Jan  1 10:00:00 2024\n{}", mail("mozilla")));
    home.write("tree/b/empty.eml", "");
    let batches = Arc::new(Mutex::new(Vec::new()));
    let (data, seen) = (data_of(&home), Arc::clone(&batches));
    let _serving = serve(&home, move |request| match request {
        Request::Import { address, folder, mail } => {
            assert_eq!((address.as_str(), folder.as_deref()), ("ann@example.test", Some("Old/2024")));
            seen.lock().unwrap().extend(mail);
            Response::Done
        }
        _ => Response::Pong { version: "0".into(), data: data.clone(), map_bytes: 1 << 40 },
    });
    let said = home.run("--config t.toml import ann@example.test --folder Old/2024 one.eml box md tree");
    assert_eq!(
        (said.status, said.out.as_str()),
        (0, "imported 7 messages into Old/2024 of ann@example.test\n"),
        "{said:?}"
    );
    assert_eq!(
        said.err.lines().collect::<Vec<_>>(),
        [
            "warning: 1 marked as deleted left out",
            "warning: 1 empty files left out",
            "warning: 1 subfolders of a Maildir left out; import each with --folder",
        ]
    );
    let mail = batches.lock().unwrap();
    let subjects: Vec<String> = mail
        .iter()
        .map(|one| {
            let text = String::from_utf8_lossy(&one.raw).into_owned();
            text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned()
        })
        .collect();
    assert_eq!(subjects, ["eml", "mbox1", "mbox2", "cur", "new", "deep", "mozilla"]);
    assert!(mail[1].flags.read && !mail[2].flags.read);
    let cur = &mail[3];
    assert!(cur.flags.flagged && cur.flags.replied && cur.flags.read && !cur.flags.draft);
    assert_eq!((cur.received, mail[0].received), (Some(FileTime::from_unix(1_700_000_001)), None));
}

#[test]
fn import_goes_in_batches_and_says_how_far_it_came() {
    let home = Home::with_ann();
    let many: String =
        (0..250).map(|n| format!("From a Mon Jan  1 10:00:00 2024\n{}\n", mail(&n.to_string()))).collect();
    home.write("many", many);
    home.write("big.eml", mail("big") + &"x".repeat(IMPORT_BATCH_BYTES));
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let (data, seen) = (data_of(&home), Arc::clone(&sizes));
    let full = Arc::new(Mutex::new(false));
    let is_full = Arc::clone(&full);
    let _serving = serve(&home, move |request| match request {
        Request::Import { mail, .. } => {
            let mut sizes = seen.lock().unwrap();
            sizes.push(mail.len());
            if *is_full.lock().unwrap() && sizes.len() == 3 {
                return Response::Refused(mailstead::store::StoreError::Full.into());
            }
            Response::Done
        }
        _ => Response::Pong { version: "0".into(), data: data.clone(), map_bytes: 1 << 40 },
    });
    let said = home.run("--config t.toml import ann@example.test many big.eml");
    assert_eq!(said.out, "imported 251 messages into Inbox of ann@example.test\n", "{said:?}");
    assert_eq!(*sizes.lock().unwrap(), [0, IMPORT_BATCH_MAX, IMPORT_BATCH_MAX, 50, 1]);
    sizes.lock().unwrap().clear();
    *full.lock().unwrap() = true;
    let said = home.run("--config t.toml import ann@example.test many");
    assert_eq!((said.status, said.out.as_str()), (1, ""));
    assert_eq!(
        said.err.lines().collect::<Vec<_>>(),
        [
            "imported 100 messages into Inbox of ann@example.test before it failed",
            "error: the data file is full",
            "hint: free some space on the disk, or remove a mailbox",
        ]
    );
    fails(&home.run("--config t.toml import ann@example.test nowhere.eml"), 1, "nowhere.eml: no such file", "");
}

#[test]
fn import_opens_the_store_when_no_server_runs() {
    let home = Home::with_ann();
    home.write("one.eml", mail("eml"));
    let said = home.run("--config t.toml import ann@example.test one.eml --folder Archive/2024");
    assert_eq!(said.out, "imported 1 message into Archive/2024 of ann@example.test\n", "{said:?}");
    fails(
        &home.run("--config t.toml import bob@example.test one.eml"),
        1,
        "there is no user bob@example.test",
        "user list",
    );
    fails(
        &home.run("--config t.toml import ann@example.test one.eml --folder //"),
        1,
        "is not the name of a folder",
        "Inbox/2024",
    );
}

#[test]
fn the_configuration_is_checked_and_explained() {
    let home = Home::with_ann();
    let said = home.run("config check --config t.toml");
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.starts_with("t.toml: ok\n") && said.out.contains("internal  https://localhost\n"), "{said:?}");
    let example = home.run("config example").out;
    home.write("example.toml", &example);
    assert_eq!(home.run("config check --config example.toml").status, 0);
    home.write(
        "own.toml",
        "hostname = \"h.example\"\ndomains = [\"a.example\"]\n[tls]\ncertificate = \"c\"\nkey = \"k\"\n",
    );
    fails(&home.run("config check --config own.toml"), 1, "c: ", "");
    home.write("none.toml", "hostname = \"h.example\"\ndomains = [\"a.example\"]\n[listen]\nhttps = []\n");
    let said = home.run("config check --config none.toml");
    assert!(said.status == 0 && said.err.contains("no client can connect"), "{said:?}");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailstead"))
        .arg("help")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    child.wait().unwrap();
}

/// `mailstead serve` on a free port.
pub(crate) struct Server {
    child: std::process::Child,
    pub(crate) port: u16,
    pub(crate) log: PathBuf,
}

impl Server {
    pub(crate) fn start(home: &Home) -> Self {
        let log = home.path("serve.log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailstead"))
            .args(["--config", "t.toml", "serve"])
            .current_dir(home.0.path())
            .env_remove("RUNTIME_DIRECTORY")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on https://127.0.0.1:");
        let port = address.unwrap_or_else(|| panic!("{line:?} {:?}", fs::read_to_string(&log)));
        Self { child, port: port.parse().unwrap(), log }
    }

    /// The status line of an autodiscover request with these credentials.
    pub(crate) fn ask(&self, home: &Home, credentials: &str) -> String {
        use rustls::pki_types::pem::PemObject as _;
        let root = rustls::pki_types::CertificateDer::from_pem_file(home.path("t/ca/root.pem")).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(root).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        let tcp = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut stream = rustls::StreamOwned::new(client, tcp);
        let basic = BASE64_STANDARD.encode(credentials);
        let request = format!(
            "POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Basic {basic}\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Asks the process to end; its exit status.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_takes_changes_at_once_and_ends_when_told() {
    let home = Home::with_ann();
    let listen = "[listen]\nhttps = [\"127.0.0.1:0\"]\nhttp = []\n";
    let config = fs::read_to_string(home.path("t.toml")).unwrap();
    home.write("t.toml", config + listen);
    let server = Server::start(&home);
    let unauthorized = "HTTP/1.1 401 Unauthorized";
    assert_eq!(server.ask(&home, "ann@example.test:one"), "HTTP/1.1 200 OK");
    assert_eq!(server.ask(&home, "ann@example.test:two"), unauthorized);
    fails(&home.run("--config t.toml serve"), 1, "a server is running already", "stop it first");
    let passwd = home.type_in("--config t.toml user passwd ann@example.test --password-stdin", "two");
    assert_eq!(passwd.status, 0, "{passwd:?}");
    assert_eq!(server.ask(&home, "ann@example.test:one"), unauthorized, "though the verdict was remembered");
    assert_eq!(server.ask(&home, "ann@example.test:two"), "HTTP/1.1 200 OK", "though it was known as wrong");
    assert_eq!(home.type_in("--config t.toml user add bob@example.test --password-stdin", "b").status, 0);
    assert_eq!(server.ask(&home, "bob:b"), "HTTP/1.1 200 OK");
    home.write("one.eml", mail("eml"));
    assert_eq!(home.run("--config t.toml import bob@example.test one.eml").status, 0);
    assert_eq!(home.run("--config t.toml user remove bob@example.test").status, 0);
    assert_eq!(server.ask(&home, "bob:b"), unauthorized);
    let log = fs::read_to_string(&server.log).unwrap();
    assert!(log.contains("account=\"ann@example.test\" reason=wrong password") && !log.contains("two"), "{log}");
    assert_eq!(server.stop(), Some(0));
    assert!(!control::path(&home.path("t/run")).exists());
    assert_eq!(home.run("--config t.toml user list").out, "ann@example.test  ann\n");
}
