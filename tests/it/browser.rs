//! The page for people in a real browser: Chromium, told what to do over its debugging pipe. Without
//! one on this machine a line says so, and nothing is shown.
//!
//! Pictures of what it saw are left in the target directory, for people.

use crate::demo::Server;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{KeyPair, PublicKeyData as _};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<String>,
    session: String,
    number: u32,
}

impl Browser {
    /// Believes the certificate with this key, and no other that the machine does not.
    fn start(profile: &Path, key: &str) -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let program = names.iter().find(|name| Command::new(name).arg("--version").output().is_ok())?;
        // The pipe is descriptors 3 and 4.
        let command = format!(
            "exec {program} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
             --user-data-dir='{}' --ignore-certificate-errors-spki-list='{key}' --remote-debugging-pipe \
             3<&0 4>&1 </dev/null >/dev/null 2>&1",
            profile.display()
        );
        let mut child =
            Command::new("sh").args(["-c", &command]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, messages) = channel();
        let answers = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for message in answers.split(0) {
                let Ok(message) = message else { break };
                let _ = sender.send(String::from_utf8(message).unwrap());
            }
        });
        let commands = child.stdin.take().unwrap();
        let mut browser = Self { child, commands, messages, session: String::new(), number: 0 };
        let target = field(&browser.call("Target.createTarget", r#"{"url":"about:blank"}"#), "targetId");
        let attach = format!(r#"{{"targetId":"{target}","flatten":true}}"#);
        browser.session = field(&browser.call("Target.attachToTarget", &attach), "sessionId");
        Some(browser)
    }

    /// A command of the DevTools protocol, and its answer.
    fn call(&mut self, method: &str, params: &str) -> String {
        self.number += 1;
        let of_page = !self.session.is_empty() && !method.starts_with("Browser.");
        let session = if of_page { format!(r#","sessionId":"{}""#, self.session) } else { String::new() };
        let number = self.number;
        write!(self.commands, r#"{{"id":{number},"method":"{method}","params":{params}{session}}}"#).unwrap();
        self.commands.write_all(&[0]).unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            let answer =
                self.messages.recv_timeout(end - Instant::now()).unwrap_or_else(|_| panic!("{method}: nothing"));
            if answer.starts_with(&format!(r#"{{"id":{number},"#)) {
                assert!(!answer.contains(r#""error":{"#), "{method}: {answer}");
                return answer;
            }
        }
    }

    /// The text that an expression has.
    fn ask(&mut self, expression: &str) -> String {
        let params = format!(r#"{{"expression":"String({})"}}"#, expression.replace('"', "'"));
        field(&self.call("Runtime.evaluate", &params), "value")
    }

    fn open(&mut self, url: &str) {
        let answer = self.call("Page.navigate", &format!(r#"{{"url":"{url}"}}"#));
        assert!(!answer.contains("errorText"), "{answer}");
        let end = Instant::now() + PATIENCE;
        while self.ask("location.href + document.readyState") != format!("{url}complete") {
            assert!(Instant::now() < end, "{url} does not load");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn width(&mut self, width: u32, mobile: bool) {
        let params = format!(r#"{{"width":{width},"height":740,"deviceScaleFactor":1,"mobile":{mobile}}}"#);
        self.call("Emulation.setDeviceMetricsOverride", &params);
    }

    /// The whole page.
    fn picture(&mut self, width: u32, path: &Path) {
        let height = self.ask("document.documentElement.scrollHeight");
        let clip = format!(
            r#"{{"captureBeyondViewport":true,"clip":{{"x":0,"y":0,"width":{width},"height":{height},"scale":1}}}}"#
        );
        let data = field(&self.call("Page.captureScreenshot", &clip), "data");
        fs::write(path, BASE64_STANDARD.decode(data).unwrap()).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text of a field; those asked for here have nothing that is escaped.
fn field(answer: &str, name: &str) -> String {
    let (_, rest) = answer.split_once(&format!(r#""{name}":""#)).unwrap_or_else(|| panic!("no {name} in {answer}"));
    rest.split('"').next().unwrap().to_owned()
}

/// What `--ignore-certificate-errors-spki-list` wants: SHA-256 of the public key.
fn key_of(server: &Server) -> String {
    let pem = fs::read_to_string(server.home.path().join("t/ca/server.key")).unwrap();
    let key = KeyPair::from_pem(&pem).unwrap();
    BASE64_STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, &key.subject_public_key_info()))
}

fn appears(path: &Path) -> Vec<u8> {
    let end = Instant::now() + PATIENCE;
    while !path.exists() {
        assert!(Instant::now() < end, "{} is not downloaded", path.display());
        thread::sleep(Duration::from_millis(20));
    }
    fs::read(path).unwrap()
}

#[test]
fn the_page_is_read_on_a_phone_and_on_a_desk() {
    let server = Server::start();
    let profile = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(&profile.path().join("profile"), &key_of(&server)) else {
        println!("NOT CHECKED: there is no Chromium");
        return;
    };
    for (width, mobile) in [(320, true), (360, true), (768, false), (1280, false)] {
        browser.width(width, mobile);
        browser.open(&format!("{}/", server.url));
        browser.picture(width, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{width}.png")));
        let wide = browser.ask("document.documentElement.scrollWidth");
        assert!(wide.parse::<u32>().unwrap() <= width, "{wide} pixels on a screen of {width}");
        // Nothing sticks out of the page to be cut off either, and fingers find what they are to touch.
        let inside = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 \
                      || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map(e => e.tagName)";
        assert_eq!(browser.ask(inside), "", "at {width}");
        let small = "[...document.querySelectorAll('a.file')].filter(e => e.getBoundingClientRect().height < 40)";
        assert_eq!(browser.ask(small), "", "at {width}");
        // A kind of record is one word on one line.
        let broken = "[...document.querySelectorAll('td:nth-child(2)')].filter(e => { const r = document.createRange(); \
                      r.selectNodeContents(e); return r.getClientRects().length != 1 }).length";
        assert_eq!(browser.ask(broken), "0", "at {width}");
        let letters = browser.ask("parseFloat(getComputedStyle(document.body).fontSize)");
        assert!(letters.parse::<f32>().unwrap() >= 16.0, "{letters}");
    }
    assert_eq!(browser.ask("document.scripts.length + document.images.length"), "0");
    assert_eq!(browser.ask("document.querySelectorAll('h1, h2').length"), "5");
    assert_eq!(browser.ask("document.documentElement.lang"), "en");
    // The page asks for the comparison and does not name the fingerprint: it cannot vouch for itself.
    assert_eq!(
        browser.ask(
            "document.body.innerText.includes('-hashfile') && /stop if it is another/.test(document.body.innerText)"
        ),
        "true"
    );
    // Its own rule for itself holds in the browser, too: no script would run.
    let policy = "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; \
                  document.body.append(s); return window.ran })()";
    assert_eq!(browser.ask(policy), "undefined");
}

#[test]
fn the_files_of_the_page_are_downloaded() {
    let server = Server::start();
    let profile = tempfile::tempdir().unwrap();
    let Some(mut browser) = Browser::start(&profile.path().join("profile"), &key_of(&server)) else {
        println!("NOT CHECKED: there is no Chromium");
        return;
    };
    let folder = profile.path().join("downloads");
    let allow = format!(r#"{{"behavior":"allow","downloadPath":"{}"}}"#, folder.display());
    browser.call("Browser.setDownloadBehavior", &allow);
    browser.open(&format!("{}/", server.url));
    browser.ask("document.querySelector('a[href$=crt]').click()");
    let root = appears(&folder.join("mailstead-root.crt"));
    assert_eq!(root, fs::read(server.home.path().join("t/ca/root.crt")).unwrap());
    browser.ask("document.querySelector('a[href$=reg]').click()");
    assert!(appears(&folder.join("mailstead.reg")).starts_with(&[0xFF, 0xFE, b'W', 0]), "UTF-16 with its mark");
}
