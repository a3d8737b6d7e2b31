//! `setup`: from nothing to a mailbox. What exists is honoured, what is missing is made, and what
//! was made is taken away again when a later step fails.

mod owner;
mod report;
mod undo;

use super::args::{ADDRESS, Call, Command, Flag, PASSWORD_STDIN, YES};
use super::desk::{self, Desk};
use super::terminal::{ask, can_ask, new_password, note, say};
use super::user::{hash, local_part};
use super::{CliError, Outcome, place};
use crate::admin::{Request, check_address};
use crate::clock::Clock;
use crate::config::{self, Addition, Config};
use crate::files;
use crate::store::FILE_NAME;
use crate::tls::Tls;
use std::path::PathBuf;
use undo::Undo;

pub(super) static SETUP: Command = Command {
    name: "setup",
    arguments: &[ADDRESS],
    flags: &[
        Flag { name: "name", value: Some("NAME"), doc: "the name shown (default: the part before the @)" },
        Flag {
            name: "hostname",
            value: Some("FQDN"),
            doc: "how clients reach this server (default: this machine's name, or mail.DOMAIN)",
        },
        PASSWORD_STDIN,
        YES,
    ],
    summary: "make configuration, certificate and the first mailbox",
    details: "What is there stays as it is: run it again after a change of the configuration, or for\n\
              the first mailbox of another domain.",
    run: setup,
};

fn setup(call: &Call) -> Outcome {
    let plan = Plan::make(call)?;
    let mut undo = Undo::default();
    let done = plan.carry_out(&mut undo);
    if done.is_ok() {
        undo.forget()
    } else {
        undo.run()
    }
    let report = done?;
    say(report.trim_end());
    // A log, for what was scrolled away; it holds nothing secret.
    let log = plan.config.data.join("setup.log");
    let before = std::fs::read_to_string(&log).unwrap_or_default();
    let now = Clock::system().now().http_date();
    if let Err(error) = files::write(&log, format!("{before}--- {now}\n{report}").as_bytes(), files::PRIVATE) {
        note(&format!("warning: {}", CliError::file(&log, &error)));
    }
    plan.hand_over();
    Ok(())
}

/// Everything that has to be known, before anything is touched.
struct Plan {
    address: String,
    file: PathBuf,
    /// The configuration as it is.
    old: Option<String>,
    /// As it will be.
    new: String,
    config: Config,
    /// `None`: the mailbox is there already.
    mailbox: Option<NewMailbox>,
    /// Who gets what root makes.
    owner: Option<owner::Owner>,
    /// What other commands need to find this configuration.
    config_flag: String,
}

struct NewMailbox {
    display_name: String,
    password_hash: String,
}

impl Plan {
    fn make(call: &Call) -> Result<Self, CliError> {
        let address = call.address()?.to_owned();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        check_address(&address, std::slice::from_ref(&domain))?;
        let file = place::new_file(call);
        let old = match std::fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(CliError::file(&file, &error)),
        };
        let new = match &old {
            Some(text) => {
                let partial = place::parse_partial(call, text, &file)?;
                let hostname = hostname(call, &partial.hostname, &domain)?;
                let additions = [Addition::Setting("hostname", quoted(&hostname)), Addition::Entry("domains", domain)];
                config::add(text, &additions, &file)?
            }
            None => {
                let hostname = hostname(call, "", &domain)?;
                let data = match call.path("data") {
                    Some(given) => std::path::absolute(given).map_err(|error| CliError::file(given, &error))?,
                    None => place::new_data(&file),
                };
                let given = [
                    ("data", quoted(&data.to_string_lossy())),
                    ("hostname", quoted(&hostname)),
                    ("domains", format!("[{}]", quoted(&domain))),
                ];
                config::example(&given)
            }
        };
        let config = place::parse(call, &new, &file)?;
        let mailbox = if has_mailbox(&config, &address)? { None } else { Some(new_mailbox(call, &address)?) };
        let owner = owner::Owner::of_new_files(&config.data, &file);
        let config_flag = call.path("config").map_or_else(String::new, |it| format!("--config {} ", it.display()));
        Ok(Self { address, file, old, new, config, mailbox, owner, config_flag })
    }

    /// Does it, and says what there is now.
    fn carry_out(&self, undo: &mut Undo) -> Result<String, CliError> {
        let file_is = self.write_configuration(undo)?;
        let data = &self.config.data;
        undo.created_directory(data, true).map_err(|error| CliError::file(data, &error))?;
        undo.later_remove(&data.join("ca"));
        let tls = Tls::open(&self.config, &Clock::system())?;
        for name in [FILE_NAME.to_owned(), format!("{FILE_NAME}-lock")] {
            undo.later_remove(&data.join(name));
        }
        let mut desk = match desk::server(&self.config)? {
            Some(client) => Desk::Server(client),
            None => Desk::own(&self.config, desk::new_store(data)?),
        };
        if let Some(new) = &self.mailbox {
            desk.done(Request::UserAdd {
                address: self.address.clone(),
                display_name: new.display_name.clone(),
                password_hash: new.password_hash.clone(),
                admin: false,
            })?;
        }
        let restart = desk.is_server() && self.old.as_ref() != Some(&self.new);
        Ok(report::Report { plan: self, tls: &tls, file_is, restart, is_served: desk.is_server() }.text())
    }

    fn write_configuration(&self, undo: &mut Undo) -> Result<&'static str, CliError> {
        let failed = |error: std::io::Error| CliError::file(&self.file, &error);
        if self.old.as_ref() == Some(&self.new) {
            return Ok("as it was");
        }
        undo.created_directory(files::directory_of(&self.file), false).map_err(failed)?;
        undo.later_restore(&self.file, self.old.clone());
        files::write(&self.file, self.new.as_bytes(), files::PUBLIC).map_err(failed)?;
        Ok(if self.old.is_some() { "completed" } else { "new" })
    }

    fn hand_over(&self) {
        let Some(owner) = &self.owner else { return };
        if let Err(error) = owner.take(&self.config.data) {
            note(&format!("warning: {}", CliError::file(&self.config.data, &error)));
        }
    }
}

/// The host name: the configuration's, the flag's, or what the person says.
fn hostname(call: &Call, configured: &str, domain: &str) -> Result<String, CliError> {
    let given = call.text("hostname")?.map(str::to_ascii_lowercase);
    match given {
        Some(given) if configured.is_empty() || configured == given => return Ok(given),
        Some(given) => {
            return Err(CliError::new(format!("the configuration says that this server is {configured}, not {given}"))
                .with_hint("change it there, or leave --hostname out"));
        }
        None if !configured.is_empty() => return Ok(configured.to_owned()),
        None => {}
    }
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = machine.trim().to_ascii_lowercase();
    let is_full = machine.contains('.') && config::is_host_name(&machine) && !machine.ends_with(".localdomain");
    let likely = if is_full { machine } else { format!("mail.{domain}") };
    if call.has("yes") {
        return Ok(likely);
    }
    if !can_ask() {
        return Err(CliError::usage("the name of this server is missing")
            .with_hint(format!("--hostname {likely}, or --yes for what seems likely")));
    }
    ask("Name of this server, as clients reach it", &likely)
}

fn has_mailbox(config: &Config, address: &str) -> Result<bool, CliError> {
    let mut desk = match desk::server(config)? {
        Some(client) => Desk::Server(client),
        None if config.data.join(FILE_NAME).exists() => Desk::own(config, desk::new_store(&config.data)?),
        None => return Ok(false),
    };
    Ok(desk.users()?.iter().any(|user| user.address.eq_ignore_ascii_case(address)))
}

fn new_mailbox(call: &Call, address: &str) -> Result<NewMailbox, CliError> {
    let asks = can_ask() && !call.has("yes");
    let display_name = match call.text("name")? {
        Some(name) => name.to_owned(),
        None if asks => ask("Name shown to others", local_part(address))?,
        None => local_part(address).to_owned(),
    };
    if call.has("yes") && !call.has("password-stdin") {
        return Err(CliError::usage("--yes asks nothing, and the password is missing")
            .with_hint("--password-stdin reads it from the standard input"));
    }
    let password = new_password(call.has("password-stdin"), address)?;
    Ok(NewMailbox { display_name, password_hash: hash(&password)? })
}

/// A TOML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
