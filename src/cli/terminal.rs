//! The person in front: lines, questions, passwords, progress.

use super::CliError;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest password: what a person can paste, and far below the header's limit.
const PASSWORD_MAX_CHARS: usize = 256;

/// A line for the standard output. A reader who has seen enough and closed the pipe is no error.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// A line beside the output: what is going on, what to beware of.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The error and its hint.
pub(super) fn complain(error: &CliError) {
    note(&format!("error: {}", error.0.message));
    if let Some(hint) = &error.0.hint {
        note(&format!("hint: {hint}"));
    }
}

/// Whether there is somebody to ask.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; an empty answer is the default.
pub(super) fn ask(question: &str, default: &str) -> Result<String, CliError> {
    let _ = write!(io::stderr(), "{question} [{default}]: ");
    let answer = read_line()?;
    let answer = answer.trim();
    Ok(if answer.is_empty() { default.to_owned() } else { answer.to_owned() })
}

/// Asks for a yes; everything else is a no.
pub(super) fn confirm(question: &str) -> Result<bool, CliError> {
    let _ = write!(io::stderr(), "{question} [y/N]: ");
    Ok(matches!(read_line()?.trim(), "y" | "Y" | "yes"))
}

/// A new password: from the standard input, or asked for twice.
pub(super) fn new_password(from_stdin: bool, whose: &str) -> Result<String, CliError> {
    let password = password(from_stdin, &format!("New password for {whose}: "))?;
    if !from_stdin && hidden("The same again: ")? != password {
        return Err(CliError::new("that was not the same twice"));
    }
    if !password.is_ascii() {
        note(
            "warning: Windows sends such a password in its own encoding; if Outlook refuses it, \
             choose one of ASCII characters",
        );
    }
    Ok(password)
}

/// A password that exists: from the standard input, or asked for.
pub(super) fn password(from_stdin: bool, question: &str) -> Result<String, CliError> {
    let password = if from_stdin {
        first_line()?
    } else if can_ask() {
        hidden(question)?
    } else {
        return Err(CliError::usage("there is no terminal to ask for the password")
            .with_hint("--password-stdin reads it from the standard input"));
    };
    if password.is_empty() {
        return Err(CliError::new("an empty password is none"));
    }
    if password.chars().count() > PASSWORD_MAX_CHARS || password.chars().any(char::is_control) {
        return Err(CliError::new(format!(
            "a password has at most {PASSWORD_MAX_CHARS} characters, and none for control"
        )));
    }
    Ok(password)
}

/// The first line of the standard input, whatever follows.
fn first_line() -> Result<String, CliError> {
    let failed = |error: &io::Error| CliError::new(format!("standard input: {}", super::plain(error)));
    let mut line = Vec::new();
    let mut limited = io::stdin().lock().take(8192);
    limited.read_until(b'\n', &mut line).map_err(|e| failed(&e))?;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line);
    Ok(text.map_err(|_| CliError::new("standard input: the password is not UTF-8"))?.to_owned())
}

fn read_line() -> Result<String, CliError> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(CliError::new("nobody answered")),
        Ok(_) => Ok(line),
        Err(error) => Err(CliError::new(format!("standard input: {}", super::plain(&error)))),
    }
}

/// A line that is not shown. Ctrl-C leaves the terminal as it was.
fn hidden(question: &str) -> Result<String, CliError> {
    let failed = |error: io::Error| CliError::new(format!("terminal: {}", super::plain(&error)));
    let shown = tcgetattr(io::stdin()).map_err(|e| failed(e.into()))?;
    let mut quiet = shown.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    // While asking, a signal first restores the terminal; afterwards it ends the process as ever.
    let over = signals_are_default().map_err(failed)?;
    over.store(false, Ordering::SeqCst);
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (handle, restore) = (signals.handle(), shown.clone());
    let watch = std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &restore);
            note("");
            std::process::exit(128_i32.saturating_add(signal));
        }
    });
    let _ = write!(io::stderr(), "{question}");
    let line = match tcsetattr(io::stdin(), OptionalActions::Flush, &quiet) {
        Ok(()) => read_line(),
        Err(error) => Err(failed(error.into())),
    };
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, &shown);
    note("");
    handle.close();
    let _ = watch.join();
    over.store(true, Ordering::SeqCst);
    line.map(|line| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Whether signals do what they do by default; one switch, for a registration is for ever.
fn signals_are_default() -> io::Result<Arc<AtomicBool>> {
    static SWITCH: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);
    let mut switch = SWITCH.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(switch) = &*switch {
        return Ok(Arc::clone(switch));
    }
    let new = Arc::new(AtomicBool::new(true));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&new))?;
    }
    Ok(Arc::clone(switch.insert(new)))
}

/// A line on a terminal that counts; nothing elsewhere.
pub(super) struct Progress {
    what: String,
    shown: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new(what: &str) -> Self {
        Self { what: what.to_owned(), shown: None, is_terminal: io::stderr().is_terminal() }
    }

    /// So many bytes are done.
    pub(super) fn at_bytes(&mut self, done: u64) {
        self.at(done >> 20);
    }

    /// So many are done.
    pub(super) fn at(&mut self, done: u64) {
        let due = self.shown.is_none_or(|shown| shown.elapsed() > Duration::from_millis(100));
        if self.is_terminal && due {
            let _ = write!(io::stderr(), "\r{} {done}", self.what);
            self.shown = Some(Instant::now());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            // Erases the line, so that what follows stands alone.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
