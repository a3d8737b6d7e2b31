//! Backups that do not come to their end: killed, interrupted, on a full disk. Nothing that was there
//! before is lost, nothing half-made bears a name that somebody may trust, and the next one works.

use super::{names_in, ok, with_mail};
use crate::cli::{Home, Server, fails};
use mailstead::archive::Schedule;
use mailstead::clock::Clock;
use mailstead::config::Config;
use mailstead::store::{OpenOptions, Store};
use mailstead::wire::FileTime;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mailstead");

/// Mail that takes a moment to be copied.
fn with_much_mail() -> Home {
    let home = with_mail();
    home.write("big.eml", format!("Subject: big\n\n{}", "All work and no play.\n".repeat(1 << 20)));
    ok(&home, "import ann@example.test big.eml");
    home
}

fn start(home: &Home, line: &str) -> Child {
    Command::new(PROGRAM)
        .args(["--config", "t.toml"])
        .args(line.split(' '))
        .current_dir(home.path(""))
        .env_remove("RUNTIME_DIRECTORY")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts a command and holds it when `draft`, for its process, has grown to a megabyte.
fn caught(home: &Home, line: &str, draft: &str) -> Child {
    for _ in 0..20 {
        let mut child = start(home, line);
        let path = home.path(&draft.replace("PID", &child.id().to_string()));
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60) {
            if fs::metadata(&path).is_ok_and(|there| there.len() > 1 << 20) {
                kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
                if path.exists() {
                    return child;
                }
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("{line} was never caught at work");
}

fn end(child: Child, signals: &[Signal]) -> (Option<i32>, String) {
    for signal in signals {
        kill_process(Pid::from_child(&child), *signal).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_live_backup_that_is_killed_leaves_nothing_that_looks_like_one() {
    let home = with_much_mail();
    ok(&home, "backup b");
    let old = fs::read(home.path("b")).unwrap();
    let server = Server::start(&home);
    let child = caught(&home, "backup b", ".b.draft-PID");
    let draft = home.path(&format!(".b.draft-{}", child.id()));
    // Held in the middle of its snapshot, it keeps nobody from writing.
    ok(&home, "import ann@example.test m --folder Meanwhile");
    assert_eq!(end(child, &[Signal::KILL]), (None, String::new()));
    assert!(draft.exists(), "nobody was there to take it away");
    assert_eq!(fs::read(home.path("b")).unwrap(), old);
    home.write("half", fs::read(&draft).unwrap());
    fails(&home.run("--config t.toml restore half --check"), 1, "is no backup, or cut off", "seal");
    // A name that was never there does not come into being either.
    let child = caught(&home, "backup never --compact", ".never.draft-PID");
    end(child, &[Signal::KILL]);
    assert!(!home.path("never").exists());
    let said = ok(&home, "backup b");
    assert!(said.starts_with("backed up"), "{said}");
    ok(&home, "backup never");
    assert!(ok(&home, "restore b --check").ends_with("it is good\n"));
    let left: Vec<_> = names_in(&home.path("")).into_iter().filter(|name| name.contains("draft")).collect();
    assert_eq!(left, Vec::<String>::new(), "the next one took the drafts away");
    assert!(ok(&home, "check").starts_with("sound"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_interrupts_is_told_and_finds_everything_as_it_was() {
    let home = with_much_mail();
    ok(&home, "backup b");
    ok(&home, "dump d");
    let before = ["b", "d", "t/mailstead.mdb"].map(|name| fs::read(home.path(name)).unwrap());
    for (line, draft, what) in [
        ("backup b", ".b.draft-PID", "b is as it was"),
        ("backup b --compact", ".b.draft-PID", "b is as it was"),
        ("dump d", ".d.draft-PID", "d is as it was"),
        ("restore b --force", "t/.restore-PID/mailstead.mdb", "nothing was restored"),
        ("load d --force", "t/.restore-PID/mailstead.mdb", "nothing was loaded"),
    ] {
        for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let child = caught(&home, line, draft);
            let (code, err) = end(child, &[signal, Signal::CONT]);
            assert_eq!(
                (code, err.as_str()),
                (Some(status), format!("error: interrupted: {what}\n").as_str()),
                "{line}"
            );
            let names = [names_in(&home.path("")), names_in(&home.path("t"))].concat();
            let left: Vec<_> = names.iter().filter(|name| name.contains("draft") || name.contains("restore")).collect();
            assert_eq!(left, Vec::<&String>::new(), "{line}");
        }
    }
    assert_eq!(["b", "d", "t/mailstead.mdb"].map(|name| fs::read(home.path(name)).unwrap()), before);
}

/// Runs a script where `small` is a disk of 300 KB; `None` where none can be had.
fn on_a_small_disk(home: &Home, script: &str) -> Option<String> {
    fs::create_dir_all(home.path("small")).unwrap();
    let mounts = "mount -t tmpfs -o size=300k,mode=700 small small";
    let run = |script: String| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).current_dir(home.path(""));
        unshare.env_remove("RUNTIME_DIRECTORY").output().ok()
    };
    if !run(mounts.to_owned()).is_some_and(|output| output.status.success()) {
        println!("NOT TESTED: nothing can be mounted here (it takes root or user namespaces)");
        return None;
    }
    let output = run(format!("{mounts} && {script}")).unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success(), "{said}");
    Some(said)
}

#[test]
fn a_full_disk_keeps_the_old_file_under_the_name() {
    let home = with_much_mail();
    for verb in ["backup", "backup --compact", "dump"] {
        let script = format!(
            "echo the old one > small/b; {PROGRAM} --config t.toml {verb} small/b; echo status $?; cat small/b; ls -A small"
        );
        let Some(said) = on_a_small_disk(&home, &script) else { return };
        for line in [
            "status 1\nthe old one\nb\n",
            "error: small/b: no space left on device\nhint: free some space, or choose another place\n",
        ] {
            assert!(said.contains(line), "{verb}: {line} in {said}");
        }
    }
    // And the disk of the data itself: what is restored has no room, what is there stays.
    ok(&home, "backup b");
    let script = format!("{PROGRAM} --config t.toml --data small/d restore b; echo status $?; ls -A small/d");
    let Some(said) = on_a_small_disk(&home, &script) else { return };
    assert!(said.starts_with("status 1\nerror: ") && said.contains("no space left on device\nhint: "), "{said}");
}

/// In a process of its own, for a disk is mounted for a whole process.
#[test]
#[ignore = "run by the test below, on a disk that is small"]
fn snapshots_on_a_full_disk() {
    let Some(home) = std::env::var_os("MAILSTEAD_TEST_HOME") else { return };
    let home = Path::new(&home);
    let directory = home.join("small");
    let config = Config {
        data: home.join("t"),
        backup_directory: directory.clone(),
        backup_every_s: 3600,
        backup_keep: 1,
        ..Config::default()
    };
    let clock = Clock::test(FileTime(133_800_000_000_000_000));
    let mut schedule = Schedule::new(&config, clock.clone(), Arc::default()).unwrap();
    let store = Store::open(&home.join("t"), &OpenOptions::default()).unwrap();
    let old = "mailstead-20240101T000000Z.backup";
    fs::write(directory.join(old), "the old one").unwrap();
    assert!(schedule.newest().1, "it is overdue");
    for _ in 0..2 {
        let error = schedule.tick(&store).unwrap_err();
        assert!(error.message.contains("no space left on device"), "{error}");
        assert!(error.message.contains("small/mailstead-20241"), "{error}");
        assert_eq!(error.hint, Some("free some space, or choose another place"));
        assert_eq!(names_in(&directory), [old], "the old one stays, and nothing of the new one");
        // Peace for an hour, then the next attempt.
        assert_eq!(schedule.tick(&store).unwrap(), None);
        clock.advance(Duration::from_secs(3601));
    }
    // With room again.
    fs::remove_dir_all(&directory).unwrap_err();
    let roomy = home.join("roomy");
    let config = Config { backup_directory: roomy.clone(), ..config };
    let mut schedule = Schedule::new(&config, clock, Arc::default()).unwrap();
    assert!(schedule.tick(&store).unwrap().is_some());
    assert!(!schedule.newest().1);
    println!("snapshots on a full disk: as they should");
}

#[test]
fn a_full_disk_under_the_snapshots_keeps_the_older_ones() {
    let home = with_much_mail();
    let test = std::env::current_exe().unwrap();
    let script = format!(
        "MAILSTEAD_TEST_HOME={} {} --ignored --exact --nocapture backup::broken::snapshots_on_a_full_disk",
        home.path("").display(),
        test.display()
    );
    let Some(said) = on_a_small_disk(&home, &script) else { return };
    assert!(said.contains("as they should"), "{said}");
}

#[test]
fn a_snapshot_that_may_not_be_written_is_said_where_it_is_looked_for() {
    let home = with_mail();
    let config = fs::read_to_string(home.path("t.toml")).unwrap();
    home.write("t.toml", format!("{config}[backup]\ndirectory = \"elsewhere\"\n"));
    let said = home.run("--config t.toml config check");
    assert!(said.status == 0 && said.err.contains("elsewhere is not there; the server makes it"), "{said:?}");
    let said = home.run("--config t.toml doctor");
    assert!(
        said.out.contains("FAIL  snapshots: there is none in ") && said.out.contains("log of the server"),
        "{said:?}"
    );
    // A file where the directory should be.
    home.write("elsewhere", "");
    let config = Config {
        data: home.path("t"),
        backup_directory: home.path("elsewhere/below"),
        backup_every_s: 3600,
        backup_keep: 2,
        ..Config::default()
    };
    let store = Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
    let error = Schedule::new(&config, Clock::system(), Arc::default()).unwrap().tick(&store).unwrap_err();
    assert!(error.message.contains("elsewhere/below: not a directory"), "{error}");
    fs::remove_file(home.path("elsewhere")).unwrap();
    let config = Config { backup_directory: home.path("elsewhere"), ..config };
    Schedule::new(&config, Clock::system(), Arc::default()).unwrap().tick(&store).unwrap().unwrap();
    let said = home.run("--config t.toml doctor");
    assert!(said.out.contains("ok    the newest snapshot is mailstead-2"), "{said:?}");
    // Two days later, were it not for today.
    for name in names_in(&home.path("elsewhere")) {
        let old = home.path("elsewhere/mailstead-20240101T000000Z.backup");
        fs::rename(home.path("elsewhere").join(name), old).unwrap();
    }
    let said = home.run("--config t.toml doctor");
    assert!(said.out.contains("is mailstead-20240101T000000Z.backup, which is too old"), "{said:?}");
}
