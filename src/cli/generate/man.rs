//! Manual pages in the macros of man(7).

use crate::cli::args::{Command, Flag};
use crate::cli::help::{capital, spelled, usage};
use crate::cli::{COMMANDS, EVERYWHERE};
use crate::config::{SETTINGS, Setting};
use std::fmt::Write as _;

/// `mailstead.1`: the commands.
pub(super) fn commands() -> String {
    let mut page = Page::new("MAILSTEAD", 1);
    page.section("NAME");
    page.text("mailstead \u{2d} an Exchange server for classic Outlook, in one binary and one file");
    page.section("SYNOPSIS");
    page.line("\\fBmailstead\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR...] [\\fIFLAG\\fR...]");
    page.section("DESCRIPTION");
    page.text(
        "Mailstead serves mailboxes to Outlook over MAPI over HTTP, the protocol of Exchange 2013 SP1 and \
         later. \"mailstead setup you@example.org\" makes the configuration, a private certificate authority and \
         the first mailbox, and prints what is left to do; \"mailstead serve\" serves; \"mailstead test\" does what \
         Outlook will do. Where a server runs, the other commands ask it; otherwise they use the data file \
         themselves, as the user whose it is.",
    );
    page.section("COMMANDS");
    for command in COMMANDS {
        page.command(command);
    }
    page.section("OPTIONS");
    page.text("Every command takes these.");
    for flag in EVERYWHERE {
        page.flag(flag);
    }
    page.section("EXIT STATUS");
    page.item("0", "It is done.");
    page.item("1", "It failed; the error is one line, and a line that begins with \"hint:\" says what may help.");
    page.item("2", "It was typed wrong.");
    page.section("ENVIRONMENT");
    page.item("MAILSTEAD_LOG", "What serve logs: error, warn, info (the default), debug or trace.");
    page.item("RUNTIME_DIRECTORY", "Where the control socket is, unless the configuration says; systemd sets it.");
    page.item("SSL_CERT_FILE", "Whom test trusts besides the private certificate authority.");
    page.item("XDG_CONFIG_HOME, XDG_DATA_HOME", "Where configuration and data of one's own account are.");
    page.section("FILES");
    page.item("/etc/mailstead/mailstead.toml", "The system's configuration; see mailstead.toml(5).");
    page.item("/var/lib/mailstead", "The system's data: mailstead.mdb with all mail, and ca/ with the authority.");
    page.item("/run/mailstead/control", "Where the running server takes commands, from root and its own user.");
    page.section("SEE ALSO");
    page.line("\\fBmailstead.toml\\fR(5)");
    page.0
}

/// `mailstead.toml.5`: the configuration.
pub(super) fn configuration() -> String {
    let mut page = Page::new("MAILSTEAD.TOML", 5);
    page.section("NAME");
    page.text("mailstead.toml \u{2d} configuration of the mail server Mailstead");
    page.section("SYNOPSIS");
    page.line("\\fB/etc/mailstead/mailstead.toml\\fR");
    page.section("DESCRIPTION");
    page.text(
        "A TOML file. Relative paths in it start at its own directory. It is read at the start; only certificates \
         are read again when they change. \"mailstead config check\" says what is wrong with it, with the line; \
         \"mailstead config example\" prints one with everything; \"mailstead setup\" makes it.",
    );
    page.text("Settings without a section come first in the file.");
    let mut section = None;
    page.section("SETTINGS");
    for setting in SETTINGS {
        let of = setting.key.split_once('.').map(|(section, _)| section);
        if of != section {
            section = of;
            page.line(&format!(".SS [{}]", literal(of.unwrap_or_default())));
        }
        page.setting(setting);
    }
    page.section("FILES");
    page.item("/etc/mailstead/mailstead.toml", "The system's, if it is there.");
    page.item("$XDG_CONFIG_HOME/mailstead/mailstead.toml", "Otherwise one's own; ~/.config where it is not set.");
    page.section("SEE ALSO");
    page.line("\\fBmailstead\\fR(1)");
    page.0
}

struct Page(String);

impl Page {
    fn new(title: &str, section: u8) -> Self {
        let (date, version) = (env!("MAILSTEAD_DATE"), env!("CARGO_PKG_VERSION"));
        let mut page = Self(String::from(".\\\" Made by mailstead generate man.\n"));
        page.line(&format!(".TH {title} {section} {date} \"Mailstead {version}\" Mailstead"));
        // Names of files and flags are not to be divided, and lines need not be flush.
        page.line(".nh\n.ad l");
        page
    }

    /// A line that is markup already.
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    fn section(&mut self, name: &str) {
        self.line(&format!(".SH {name}"));
    }

    /// A paragraph.
    fn text(&mut self, text: &str) {
        if !self.0.trim_end().lines().next_back().is_some_and(|line| line.starts_with(".SH")) {
            self.line(".PP");
        }
        self.flow(text);
    }

    /// Text, one line for each of its lines, filled by the formatter; an empty line divides.
    fn flow(&mut self, text: &str) {
        for line in text.lines().map(str::trim) {
            match line {
                "" => self.line(".IP"),
                line => self.line(&prose(line)),
            }
        }
    }

    fn item(&mut self, term: &str, text: &str) {
        self.line(&format!(".TP\n\\fB{}\\fR", literal(term)));
        self.flow(text);
    }

    fn command(&mut self, command: &Command) {
        let usage = usage(command);
        let rest = usage.strip_prefix(command.name).unwrap_or_default();
        self.line(&format!(".TP\n\\fBmailstead {}\\fR{}", literal(command.name), literal(rest)));
        self.flow(&capital(command.summary));
        self.flow(command.details);
        if command.arguments.is_empty() && command.flags.is_empty() {
            return;
        }
        self.line(".RS");
        for argument in command.arguments {
            self.line(&format!(".TP\n\\fI{}\\fR", literal(argument.name)));
            self.flow(argument.doc);
        }
        for flag in command.flags {
            self.flag(flag);
        }
        self.line(".RE");
    }

    fn flag(&mut self, flag: &Flag) {
        self.item(&spelled(flag), flag.doc);
    }

    fn setting(&mut self, setting: &Setting) {
        let shown = if setting.default.is_empty() { setting.example } else { setting.default };
        let line = setting.line(shown);
        let rest = line.strip_prefix(setting.name()).unwrap_or_default();
        self.line(&format!(".TP\n\\fB{}\\fR{}", literal(setting.name()), literal(rest)));
        self.flow(setting.doc);
        self.line(if setting.default.is_empty() {
            "It must be given; this is an example."
        } else {
            "This is the default."
        });
    }
}

/// Text that stays as it is: a hyphen is a minus, so that it can be copied and searched for.
fn literal(text: &str) -> String {
    escaped(text, |text| text.replace('-', "\\-"))
}

/// Text whose hyphens are hyphens, but for flags.
fn prose(text: &str) -> String {
    escaped(text, |text| text.replace(" - ", " \\- ").replace("--", "\\-\\-"))
}

fn escaped(text: &str, hyphens: impl FnOnce(&str) -> String) -> String {
    let escaped: String = hyphens(&text.replace('\\', "\\e")).chars().map(roman).collect();
    // A line that begins with a full stop or an apostrophe would be a request.
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

/// What every formatter prints the same, whatever the encoding.
fn roman(c: char) -> String {
    match c {
        '…' => "...".into(),
        '\'' => "\\(aq".into(),
        '~' => "\\(ti".into(),
        '^' => "\\(ha".into(),
        '`' => "\\(ga".into(),
        c if c.is_ascii() => c.into(),
        c => format!("\\[u{:04X}]", u32::from(c)),
    }
}
