//! What a package is made of: manual pages and completions name everything that the tables name, and
//! the service manager is told what sd_notify(3) wants.

use mailstead::config::SETTINGS;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn mailstead(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mailstead")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?} {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Lines of `mailstead help`, which come from the table of commands.
fn usages() -> Vec<String> {
    let help = mailstead(&["help"]);
    help.lines().filter_map(|line| line.strip_prefix("mailstead ")).map(str::to_owned).collect()
}

/// `user add`: the words before the arguments.
fn name(usage: &str) -> String {
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    usage.split(' ').take_while(plain).collect::<Vec<_>>().join(" ")
}

/// Every `--flag` of every command.
fn flags() -> BTreeSet<String> {
    let mut flags: BTreeSet<String> = ["--config", "--data", "--help"].map(str::to_owned).into();
    for usage in usages() {
        let words = usage.split([' ', '[', ']']).filter(|word| word.starts_with("--"));
        flags.extend(words.map(str::to_owned));
    }
    flags
}

/// A page without its escapes.
fn page(name: &str) -> String {
    mailstead(&["generate", "man", name])
        .replace("\\fB", "")
        .replace("\\fI", "")
        .replace("\\fR", "")
        .replace("\\-", "-")
        .replace("\\(aq", "'")
}

#[test]
fn the_page_of_commands_names_every_command_and_flag() {
    let page = page("mailstead.1");
    let usages = usages();
    assert!(usages.len() > 10 && usages.iter().any(|usage| name(usage) == "generate completion"), "{usages:?}");
    for usage in usages {
        assert!(page.lines().any(|line| line == format!("mailstead {usage}")), "{usage}\n{page}");
    }
    for flag in flags() {
        assert!(page.lines().any(|line| line.starts_with(&flag)), "{flag}");
    }
}

#[test]
fn the_page_of_the_configuration_names_every_setting() {
    let page = page("mailstead.toml.5");
    for setting in SETTINGS {
        let shown = if setting.default.is_empty() { setting.example } else { setting.default };
        assert!(page.lines().any(|line| line == setting.line(shown)), "{}\n{page}", setting.key);
        if let Some((section, _)) = setting.key.split_once('.') {
            assert!(page.contains(&format!(".SS [{section}]\n")), "{section}");
        }
        for line in setting.doc.lines() {
            assert!(page.contains(line), "{line}");
        }
    }
}

/// Runs a program on a text, where it is installed; its complaints.
fn read_by(program: &str, arguments: &[&str], text: &str) -> Option<String> {
    let spawned = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .env("MANROFFSEQ", "")
        .env("MANWIDTH", "80")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        println!("NOT CHECKED: there is no {program}");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { said } else { format!("{} {said}", output.status) })
}

#[test]
fn the_formatter_has_nothing_to_say_of_the_pages() {
    for name in ["mailstead.1", "mailstead.toml.5"] {
        let text = mailstead(&["generate", "man", name]);
        assert!(text.is_ascii(), "{name}");
        let said =
            read_by("man", &["--warnings", "--encoding=UTF-8", "--troff-device=utf8", "--local-file", "-"], &text);
        assert_eq!(said.unwrap_or_default(), "", "{name}");
    }
}

#[test]
fn completions_name_everything_and_are_understood_by_their_shells() {
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let text = mailstead(&["generate", "completion", shell]);
        for usage in usages() {
            assert!(text.contains(&format!("'{}'", name(&usage))), "{shell}: {usage}");
        }
        for flag in flags() {
            let written = if shell == "fish" { flag.replace("--", "-l ") } else { flag };
            assert!(text.contains(&written), "{shell}: {written}");
        }
        assert_eq!(read_by(shell, &[check], &text).unwrap_or_default(), "", "{shell}");
    }
}

/// What bash offers for a line whose last word is being typed.
fn offered(line: &str) -> Vec<String> {
    let script = mailstead(&["generate", "completion", "bash"]);
    let ask = format!(
        "{script}\ncompopt() {{ :; }}\nCOMP_WORDS=({line})\n[[ '{line}' != *' ' ]] || COMP_WORDS+=('')\n\
         COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_mailstead\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    );
    let output = Command::new("bash").args(["--norc", "-uc", &ask]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    String::from_utf8(output.stdout).unwrap().lines().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes() {
    assert_eq!(offered("mailstead se"), ["setup", "serve", "sessions"]);
    assert_eq!(offered("mailstead sessions "), ["end"]);
    assert_eq!(offered("mailstead user p"), ["passwd"]);
    assert_eq!(offered("mailstead --config /x user set ann@example.org --ad"), ["--admin"]);
    assert_eq!(offered("mailstead user set ann@example.org --admin "), ["on", "off"]);
    assert_eq!(offered("mailstead generate completion "), ["bash", "zsh", "fish"]);
    assert_eq!(offered("mailstead --co"), ["--config"]);
    assert!(offered("mailstead help ").contains(&"user".to_owned()));
    assert!(offered("mailstead import a@example.org /et").contains(&"/etc".to_owned()));
    assert_eq!(offered("mailstead user add "), Vec::<String>::new());
}

#[test]
fn the_service_manager_is_told() {
    let home = tempfile::tempdir().unwrap();
    let config = "data = \"./t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n\
                  [listen]\nhttps = []\nhttp = []\nplain = [\"127.0.0.1:0\"]\n";
    fs::write(home.path().join("t.toml"), config).unwrap();
    let mut setup = command(home.path(), &["setup", "ann@example.test", "--yes", "--password-stdin"]);
    let mut child = setup.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"one\n").unwrap();
    assert!(child.wait().unwrap().success());

    let socket = home.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let told = || {
        let mut buffer = [0; 256];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let mut server = command(home.path(), &["serve"]);
    server.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "100000").env_remove("WATCHDOG_PID");
    let mut child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(told().trim(), "READY=1");
    for _ in 0..3 {
        assert_eq!(told().trim(), "WATCHDOG=1");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let mut last = told();
    while last.trim() == "WATCHDOG=1" {
        last = told();
    }
    assert_eq!(last.trim(), "STOPPING=1");
    assert!(child.wait().unwrap().success());
}

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailstead"));
    command.args(["--config", "t.toml"]).args(arguments).current_dir(home).env_remove("RUNTIME_DIRECTORY");
    command
}
