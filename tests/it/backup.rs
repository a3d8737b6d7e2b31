//! Backups, restores, dumps: the real binary, and what the day looks like when the Pi died.

use crate::cli::{Home, Server, fails};
use mailstead::archive::{Backup, SEAL_BYTES, Schedule};
use mailstead::clock::Clock;
use mailstead::config::Config;
use mailstead::directory::{self, NewUser};
use mailstead::files::Draft;
use mailstead::mapi::{PropertyTag, Value};
use mailstead::store::{FILE_NAME, Kind, Location, Message, OpenOptions, Special, Store, StoreError};
use mailstead::wire::FileTime;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

mod broken;
mod full;
mod selective;

/// A home with a server's configuration and some mail, one message of which has large parts.
fn with_mail() -> Home {
    let home = Home::with_ann();
    let config = fs::read_to_string(home.path("t.toml")).unwrap();
    home.write("t.toml", config + "[listen]\nhttps = [\"127.0.0.1:0\"]\nhttp = []\n");
    for n in 1..=3 {
        let year = 2022 + n;
        let body = "All work and no play.\n".repeat(if n == 2 { 20_000 } else { 3 });
        let date = format!("Mon, 2 Jan {year} 10:00:00 +0000");
        home.write(&format!("m/{n}.eml"), format!("From: a@b.example\nSubject: mail {n}\nDate: {date}\n\n{body}"));
    }
    ok(&home, "import ann@example.test m --folder Inbox");
    ok(&home, "import ann@example.test m/1.eml --folder Archive/2023");
    home
}

/// Another machine: the configuration, and nothing else.
fn fresh(config_of: &Home) -> Home {
    let home = Home::new();
    home.write("t.toml", fs::read(config_of.path("t.toml")).unwrap());
    home
}

#[track_caller]
fn ok(home: &Home, line: &str) -> String {
    let said = home.run(&format!("--config t.toml {line}"));
    assert_eq!(said.status, 0, "{line}: {said:?}");
    said.out
}

/// Every record of a data directory.
fn records(data: &Path) -> BTreeMap<(&'static str, Vec<u8>), Vec<u8>> {
    let store = Store::open(data, &OpenOptions { map_size_bytes: 1 << 30 }).unwrap();
    let mut all = BTreeMap::new();
    let txn = store.read().unwrap();
    txn.entries(&mut |entry| {
        all.insert((entry.database, entry.key.to_vec()), entry.value.to_vec());
        Ok(())
    })
    .unwrap();
    assert_eq!(txn.check().unwrap(), []);
    all
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_comes_back_as_it_was() {
    let home = with_mail();
    let before = records(&home.path("t"));
    for flags in ["", "--compact", "--with-secrets", "--compact --with-secrets"] {
        let said = ok(&home, &format!("backup b {flags}"));
        assert!(said.starts_with("backed up ") && said.ends_with(" MB to b\n"), "{said}");
        assert_eq!(fs::metadata(home.path("b")).unwrap().permissions().mode() & 0o777, 0o600);
        let check = ok(&home, "restore b --check");
        let secrets = if flags.contains("secrets") { "with the private CA" } else { "without the private CA" };
        assert!(check.contains(secrets) && check.contains("1 mailboxes") && check.ends_with("it is good\n"), "{check}");
        let other = fresh(&home);
        fs::copy(home.path("b"), other.path("b")).unwrap();
        ok(&other, "restore b");
        assert_eq!(records(&other.path("t")), before, "{flags}");
        assert_eq!(other.path("t/ca").exists(), flags.contains("secrets"));
        assert!(names_in(&other.path("t")).iter().all(|name| !name.starts_with(".restore")));
    }
    // Without secrets nothing of the key is in the file.
    let key = fs::read_to_string(home.path("t/ca/root.key")).unwrap();
    let line = key.lines().nth(1).unwrap().as_bytes().to_vec();
    let has_key = |file: &str| fs::read(home.path(file)).unwrap().windows(line.len()).any(|window| window == line);
    assert!(has_key("b"));
    ok(&home, "backup b");
    assert!(!has_key("b"));
    // A plain backup is a data file that LMDB opens, the seal behind it.
    let backup = Backup::open(&home.path("b")).unwrap();
    assert_eq!(backup.seal.data_bytes + SEAL_BYTES, fs::metadata(home.path("b")).unwrap().len());
}

#[test]
fn the_pi_died_and_outlook_goes_on() {
    let home = with_mail();
    ok(&home, "backup b --with-secrets");
    ok(&home, "dump d --with-secrets");
    let before = records(&home.path("t"));
    let root = fs::read(home.path("t/ca/root.crt")).unwrap();
    for (file, verb) in [("b", "restore"), ("d", "load")] {
        // A new card: setup has made another CA and another mailbox.
        let new = fresh(&home);
        let setup = "--config t.toml setup ann@example.test --hostname localhost --yes --password-stdin";
        assert_eq!(new.type_in(setup, "other").status, 0);
        fs::copy(home.path(file), new.path(file)).unwrap();
        fails(&new.run(&format!("--config t.toml {verb} {file}")), 1, "there is data in", "--force");
        let said = ok(&new, &format!("{verb} {file} --force"));
        assert!(said.contains("what was there before is"), "{said}");
        assert_eq!(fs::read(new.path("t/ca/root.crt")).unwrap(), root);
        assert_eq!(fs::metadata(new.path("t/ca/root.key")).unwrap().permissions().mode() & 0o777, 0o600);
        let kept = names_in(&new.path("t"));
        assert!(kept.iter().any(|name| name.starts_with("mailstead.mdb.before-")), "{kept:?}");
        assert!(kept.iter().any(|name| name.starts_with("ca.before-")), "{kept:?}");
        assert_eq!(records(&new.path("t")), before, "{verb}");
        // The client trusts the old root, knows the old password, and finds its mailbox.
        let server = Server::start(&new);
        assert_eq!(server.ask(&home, "ann@example.test:one"), "HTTP/1.1 200 OK", "the old root is trusted");
        let url = format!("https://localhost:{}", server.port);
        let said = home.type_in(&format!("--config t.toml test ann@example.test --url {url} --password-stdin"), "one");
        assert_eq!(said.status, 0, "{said:?}");
        fails(&new.run(&format!("--config t.toml {verb} {file} --force")), 1, "a server is running", "stop it first");
        assert_eq!(server.stop(), Some(0));
    }
}

#[test]
fn a_backup_under_write_load_holds_everything_acknowledged_before() {
    let home = with_mail();
    let server = Server::start(&home);
    let (acknowledged, over) = (AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                ok(&home, "import ann@example.test m --folder Load");
                acknowledged.fetch_add(3, Ordering::SeqCst);
            }
        });
        for (round, flags) in ["", "--compact"].into_iter().enumerate() {
            while acknowledged.load(Ordering::SeqCst) < 6 {
                std::thread::sleep(Duration::from_millis(10));
            }
            let least = acknowledged.load(Ordering::SeqCst);
            ok(&home, &format!("backup b{round} {flags}"));
            let new = fresh(&home);
            fs::copy(home.path(&format!("b{round}")), new.path("b")).unwrap();
            ok(&new, "restore b");
            let store = Store::open(&new.path("t"), &OpenOptions::default()).unwrap();
            let txn = store.read().unwrap();
            assert_eq!(txn.check().unwrap(), []);
            let folder = txn.subfolder_named(1, Special::IpmSubtree.counter(), "Load").unwrap().unwrap();
            let count = txn.folder(1, folder).unwrap().unwrap().content_count;
            assert!(count >= least, "{count} of {least}");
            let said = ok(&home, "check");
            assert!(said.starts_with("sound: 1 mailboxes"), "{said}");
        }
        over.store(true, Ordering::SeqCst);
    });
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_is_no_whole_backup_is_refused_and_nothing_overwritten() {
    let home = with_mail();
    ok(&home, "backup b --with-secrets");
    ok(&home, "dump d");
    let good = fs::read(home.path("b")).unwrap();
    let data = fs::read(home.path("t").join(FILE_NAME)).unwrap();
    let refused = |bytes: &[u8], error: &str, hint: &str| {
        home.write("x", bytes);
        for flags in ["--force", "--check", "--mailbox ann@example.test"] {
            fails(&home.run(&format!("--config t.toml restore x {flags}")), 1, error, hint);
        }
        assert_eq!(fs::read(home.path("t").join(FILE_NAME)).unwrap(), data);
        assert_eq!(names_in(&home.path("t")).iter().filter(|name| name.contains("restore")).count(), 0);
    };
    for len in [0, 79, 80, 4096, good.len() / 2, good.len() - 1] {
        refused(&good[..len], "is no backup, or cut off", "seal");
    }
    for at in [5000, good.len() / 2, good.len() - 40, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        refused(&bad, "is damaged", "another backup");
    }
    refused(b"From: a@b.example\n\nHello", "is no backup", "seal");
    refused(&data, "is no backup", "seal");
    let mut other_width = good.clone();
    let at = good.len() - 80 + 24;
    other_width[at..at + 4].copy_from_slice(&(96 - usize::BITS).to_le_bytes());
    refused(&other_width, "-bit machine", "dump and load");
    refused(&fs::read(home.path("d")).unwrap(), "is a dump, not a backup", "mailstead load");
    fails(&home.run("--config t.toml load b --force"), 1, "this is no dump", "restore reads backups");
    fails(&home.run("--config t.toml restore none"), 1, "no such file", "");
    fails(&home.run("--config t.toml restore b --folder Inbox"), 2, "want --mailbox", "");
    fails(&home.run("--config t.toml restore -"), 2, "not from the standard input", "");
}

#[test]
fn a_dump_is_the_same_store_and_damage_in_it_has_a_place() {
    let home = with_mail();
    let said = ok(&home, "dump d");
    assert!(said.starts_with("dumped ") && said.contains(" records, "), "{said}");
    assert_eq!(fs::metadata(home.path("d")).unwrap().permissions().mode() & 0o777, 0o600);
    let good = fs::read(home.path("d")).unwrap();
    let new = fresh(&home);
    new.write("d", &good);
    ok(&new, "load d");
    assert_eq!(records(&new.path("t")), records(&home.path("t")));
    // What was loaded dumps to the same bytes, but for the time in the header and the checks.
    ok(&new, "dump again");
    assert_eq!(fs::read(new.path("again")).unwrap().len(), good.len());
    let cut = |bytes: &[u8], error: &str| {
        let other = fresh(&home);
        other.write("d", bytes);
        let said = other.run("--config t.toml load d");
        assert_eq!(said.status, 1, "{said:?}");
        assert!(said.err.contains(error) && said.err.contains("\nhint: "), "{error} in {said:?}");
        assert_eq!(names_in(&other.path("t")), Vec::<String>::new(), "nothing is left");
    };
    cut(&good[..10], "this is no dump");
    for len in [16, 40, good.len() / 3, good.len() - 20, good.len() - 1] {
        cut(&good[..len], &format!("the dump ends at byte {len}"));
    }
    for at in [30, good.len() / 2, good.len() - 3] {
        let mut bad = good.clone();
        bad[at] ^= 4;
        cut(&bad, "the dump is damaged at byte");
    }
    cut(&[good.as_slice(), b"x"].concat(), "something follows the end");
    let mut later = good.clone();
    later[16 + 5] = 9;
    cut(&later, "the dump is damaged at byte");
}

#[test]
fn the_standard_streams_carry_backups_and_dumps() {
    let home = with_mail();
    let shell = |home: &Home, line: &str| {
        let program = env!("CARGO_BIN_EXE_mailstead");
        let script = line.replace("mailstead", &format!("{program} --config t.toml"));
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(home.path("")).env_remove("RUNTIME_DIRECTORY");
        command.output().unwrap()
    };
    assert!(shell(&home, "mailstead backup - --with-secrets > b").status.success());
    assert!(shell(&home, "mailstead backup - --compact | cat > c").status.success());
    assert!(ok(&home, "restore b --check").contains("with the private CA"));
    assert!(ok(&home, "restore c --check").ends_with("it is good\n"));
    let new = fresh(&home);
    let piped = format!("mailstead dump - --data {} | mailstead load -", home.path("t").display());
    let said = shell(&new, &piped);
    assert!(said.status.success(), "{said:?}");
    assert_eq!(records(&new.path("t")), records(&home.path("t")));
    // A full disk, and a reader who goes away.
    for line in
        ["mailstead backup - > /dev/full", "mailstead backup - --compact > /dev/full", "mailstead dump - > /dev/full"]
    {
        let said = shell(&home, line);
        let err = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(1), "{line}: {err}");
        assert!(err.contains("standard output: no space left on device") && err.contains("hint: "), "{line}: {err}");
    }
    let said = shell(&home, "(mailstead backup -; echo $? > status) | head -c 10 > /dev/null; cat status");
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "1", "{said:?}");
    fails(&home.run("--config t.toml backup /nowhere/b"), 1, "/nowhere/b: no such file or directory", "");
}

/// On a terminal a backup counts what is done, and leaves no trace of that; elsewhere it says nothing of it.
#[test]
fn progress_is_for_who_looks() {
    let home = with_mail();
    let command = format!("{} --config t.toml backup seen.backup", env!("CARGO_BIN_EXE_mailstead"));
    // It runs a command on a terminal of its own, and hands on what is written there.
    let script = Command::new("script").args(["-qec", &command, "/dev/null"]).current_dir(home.path(".")).output();
    let Ok(seen) = script else {
        println!("NOT CHECKED: there is no script(1) here");
        return;
    };
    assert!(seen.status.success(), "{seen:?}");
    let seen = String::from_utf8(seen.stdout).unwrap();
    let last = |text: &str| seen.rfind(text).unwrap_or_else(|| panic!("no {text:?} in {seen:?}"));
    for what in ["\rcopied, MB: ", "\rverified, MB: "] {
        assert!(last(what) < last("\r\u{1b}[K"), "{seen:?}");
    }
    let unseen = home.run("--config t.toml backup unseen.backup");
    assert_eq!(unseen.status, 0, "{unseen:?}");
    assert!(!unseen.err.contains("MB:") && !unseen.out.contains("MB:"), "{unseen:?}");
}

#[test]
fn an_interrupted_backup_leaves_the_old_one() {
    let home = with_mail();
    home.write("b", "the old one");
    let path = home.path("b");
    let mut draft = Draft::create(&path).unwrap();
    std::io::Write::write_all(&mut draft.file, b"half").unwrap();
    drop(draft);
    assert_eq!(fs::read(&path).unwrap(), b"the old one");
    // Of a process that was killed.
    let mut gone = Command::new("true").stdout(Stdio::null()).spawn().unwrap();
    gone.wait().unwrap();
    let left = format!(".b.draft-{}", gone.id());
    home.write(&left, "half");
    home.write(".b.draft-1", "init lives");
    ok(&home, "backup b");
    assert!(!home.path(&left).exists() && home.path(".b.draft-1").exists());
    assert!(ok(&home, "restore b --check").ends_with("it is good\n"));
}

#[test]
fn check_says_what_is_wrong_and_repair_mends_it() {
    let home = with_mail();
    assert!(ok(&home, "check").starts_with("sound: 1 mailboxes, "));
    assert_eq!(ok(&home, "check --repair"), ok(&home, "check"), "nothing to do");
    let damage = || {
        let store = Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
        let mut txn = store.write().unwrap();
        let mut inbox = txn.folder(1, 5).unwrap().unwrap();
        inbox.content_count = 99;
        txn.put_folder(1, 5, &inbox).unwrap();
        txn.commit().unwrap();
    };
    damage();
    let said = home.run("--config t.toml check");
    assert_eq!(said.status, 1);
    for line in [
        "violated: counts and sizes of folders and mailboxes are true\n",
        "  mailbox 1: content count of folder 5 is recorded as 99, found 3\n",
        "  it means: ",
        "  --repair: they are counted again\n",
    ] {
        assert!(said.out.contains(line), "{line}: {said:?}");
    }
    assert!(said.err.contains("in 1 places") && said.err.contains("check --repair"), "{said:?}");
    // Damaged data is backed up all the same, and said to be damaged.
    let said = home.run("--config t.toml backup b");
    assert!(said.status == 1 && said.out.contains("backed up") && said.err.contains("the copy is true"), "{said:?}");
    let server = Server::start(&home);
    fails(&home.run("--config t.toml check --repair"), 1, "a server is running", "stop it first");
    assert_eq!(home.run("--config t.toml check").status, 1, "beside the server");
    assert_eq!(server.stop(), Some(0));
    let said = ok(&home, "check --repair");
    assert!(said.contains("folders that were counted again: 1") && said.contains("before-repair-"), "{said}");
    assert!(ok(&home, "check").starts_with("sound"));
    let before = names_in(&home.path("t")).into_iter().find(|name| name.starts_with("before-repair-")).unwrap();
    let said = home.run(&format!("--config t.toml restore t/{before} --check"));
    assert!(said.err.contains("recorded as 99"), "the snapshot is of before: {said:?}");
}

#[test]
fn a_small_address_space_gets_a_small_map() {
    let home = with_mail();
    let whole = Store::open(&home.path("t"), &OpenOptions::default()).unwrap().usage().map_bytes;
    assert_eq!(whole, if usize::BITS == 64 { 64 << 30 } else { 1 << 30 });
    // 64 GiB do not fit into 6.
    for line in ["user list", "check", "backup b"] {
        let script = format!("ulimit -v 6000000; {} --config t.toml {line}", env!("CARGO_BIN_EXE_mailstead"));
        let said = Command::new("sh").args(["-c", &script]).current_dir(home.path("")).output().unwrap();
        assert!(said.status.success(), "{line}: {said:?}");
    }
}

#[test]
fn a_full_map_is_said_and_reading_goes_on() {
    let home = fresh(&with_mail());
    // The size with which a file is made is written in it.
    let store = Store::open(&home.path("t"), &OpenOptions { map_size_bytes: 4 << 20 }).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.test", display_name: "Ann", password_hash: "", admin: false };
    directory::create(&mut txn, "Mailstead", &new, FileTime(1)).unwrap();
    txn.commit().unwrap();
    let fill = || -> Result<(), StoreError> {
        let mut txn = store.write()?;
        let mut owner = txn.mailbox(1)?;
        let mut message = Message::default();
        message.head.properties.set(PropertyTag::PidTagHtml.id(), Value::Binary(vec![1; 100_000]));
        let (id, at) = (owner.take_id()?, Location { folder: 5, kind: Kind::Normal });
        txn.save_message(1, &mut owner, at, id, &mut message, FileTime(1))?;
        txn.commit()
    };
    let mut saved = 0;
    let error = loop {
        match fill() {
            Ok(()) => saved += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full), "{error}");
    assert!(saved > 10);
    let txn = store.read().unwrap();
    assert_eq!(txn.folder(1, 5).unwrap().unwrap().content_count, saved);
    assert_eq!(txn.check().unwrap(), []);
    drop(txn);
    let usage = store.usage();
    assert!(usage.used_bytes > 3 << 20 && usage.map_bytes == 4 << 20, "{usage:?}");
    let said = home.run("--config t.toml check");
    assert!(said.status == 0 && said.out.starts_with("sound"), "{said:?}");
    assert!(said.err.contains("warning: the data file is full"), "{said:?}");
    // A backup can still be made, and opened with room again.
    ok(&home, "backup b");
    drop(store);
    ok(&home, "restore b --force");
    home.write("m/1.eml", "Subject: more\n\nHello.\n");
    ok(&home, "import ann@example.test m");
}

#[test]
fn snapshots_come_when_they_are_due_and_the_oldest_go() {
    let home = with_mail();
    let directory = home.path("snapshots");
    fs::create_dir(&directory).unwrap();
    home.write("snapshots/mailstead-notes.backup", "mine");
    let config = Config {
        data: home.path("t"),
        backup_directory: directory.clone(),
        backup_every_s: 3600,
        backup_keep: 2,
        backup_with_secrets: true,
        ..Config::default()
    };
    let clock = Clock::test(FileTime(133_800_000_000_000_000));
    let over = Arc::new(AtomicBool::new(false));
    let mut schedule = Schedule::new(&config, clock.clone(), Arc::clone(&over)).unwrap();
    let store = Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
    let first = schedule.tick(&store).unwrap().expect("none yet, so it is due");
    assert_eq!(schedule.tick(&store).unwrap(), None);
    clock.advance(Duration::from_secs(3540));
    assert_eq!(schedule.tick(&store).unwrap(), None);
    // A restart changes nothing.
    let mut schedule = Schedule::new(&config, clock.clone(), Arc::clone(&over)).unwrap();
    assert_eq!(schedule.tick(&store).unwrap(), None);
    clock.advance(Duration::from_secs(60));
    let second = schedule.tick(&store).unwrap().unwrap();
    clock.advance(Duration::from_secs(3600));
    let third = schedule.tick(&store).unwrap().unwrap();
    assert!(!first.exists() && second.exists() && third.exists());
    assert_eq!(names_in(&directory).len(), 3, "what is not ours stays");
    let mut backup = Backup::open(&third).unwrap();
    backup.verify(&mut |_| ()).unwrap();
    assert_eq!(backup.secrets().unwrap().len(), 5);
    // The server stops meanwhile: nothing is left of it, and the older ones stay.
    over.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(3600));
    assert!(schedule.tick(&store).unwrap_err().to_string().contains("the server stops"));
    assert_eq!(names_in(&directory).len(), 3);
    // After a failure an hour of peace.
    over.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_secs(3500));
    assert_eq!(schedule.tick(&store).unwrap(), None);
    clock.advance(Duration::from_secs(200));
    assert!(schedule.tick(&store).unwrap().is_some());
    // A clock that was wrong once: snapshots of the future are no reason to make one each minute.
    for year in [2098, 2099] {
        home.write(&format!("snapshots/mailstead-{year}0101T000000Z.backup"), "");
    }
    clock.advance(Duration::from_secs(3600));
    let made = schedule.tick(&store).unwrap().unwrap();
    clock.advance(Duration::from_secs(60));
    assert_eq!(schedule.tick(&store).unwrap(), None);
    assert!(made.exists());
    for name in names_in(&directory).iter().filter(|name| name.contains("-209")) {
        fs::remove_file(directory.join(name)).unwrap();
    }
    let kept = names_in(&directory).len();
    // Damaged data is copied, said to be damaged, and takes no place of a good copy.
    let mut txn = store.write().unwrap();
    let mut inbox = txn.folder(1, 5).unwrap().unwrap();
    inbox.content_count = 99;
    txn.put_folder(1, 5, &inbox).unwrap();
    txn.commit().unwrap();
    clock.advance(Duration::from_secs(3600));
    let error = schedule.tick(&store).unwrap_err().to_string();
    assert!(error.contains("the data in the snapshot is damaged"), "{error}");
    assert_eq!(names_in(&directory).len(), kept + 1);
}

#[test]
fn a_dump_moves_to_32_bits_and_back() {
    let Some(other) = std::env::var_os("MAILSTEAD_32BIT") else {
        println!("SKIPPED: MAILSTEAD_32BIT names no 32-bit build to load the dump with");
        return;
    };
    let home = with_mail();
    ok(&home, "dump d --with-secrets");
    let new = fresh(&home);
    fs::copy(home.path("d"), new.path("d")).unwrap();
    for arguments in [["load", "d"], ["dump", "e"]] {
        let said = Command::new(&other)
            .args(["--config", "t.toml"])
            .args(arguments)
            .current_dir(new.path(""))
            .output()
            .unwrap();
        assert!(said.status.success(), "{said:?}");
    }
    let back = fresh(&home);
    fs::copy(new.path("e"), back.path("e")).unwrap();
    ok(&back, "load e");
    assert_eq!(records(&back.path("t")), records(&home.path("t")));
}

/// Subjects of the messages in a folder, by its way from the top.
fn subjects(home: &Home, way: &[&str]) -> Vec<String> {
    let store = Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
    let txn = store.read().unwrap();
    assert_eq!(txn.check().unwrap(), []);
    let ann = directory::by_address(&txn, "ann@example.test").unwrap().unwrap().id;
    let mut folder = Special::IpmSubtree.counter();
    for name in way {
        let Some(found) = txn.subfolder_named(ann, folder, name).unwrap() else { return Vec::new() };
        folder = found;
    }
    let ids = txn.message_ids(ann, folder, Kind::Normal).unwrap();
    let subject = |id| {
        let head = txn.message_head(ann, folder, Kind::Normal, id).unwrap().unwrap();
        head.properties.text(PropertyTag::PidTagNormalizedSubject.id()).unwrap().to_owned()
    };
    ids.into_iter().map(subject).collect()
}
