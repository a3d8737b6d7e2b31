//! The tour of the demo: what Outlook does, from Autodiscover to a draft.

use crate::cli::steps::{Steps, wait};
use crate::client::{
    AddressBook, ClientError, Dial, Emsmdb, FolderSummary, Http, Logon, MessageSummary, Recipient, Session, Trouble,
    Url, autodiscover,
};
use crate::mapi::{FolderEntryId, ObjectId, PropertyTag, RecipientType, TaggedValue, Value};
use crate::rop::IdFromLongTermIdRequest;
use crate::wire::Wire as _;
use std::sync::Arc;

/// Who takes the tour.
pub(super) struct Guest<'a> {
    pub(super) dial: Arc<dyn Dial>,
    pub(super) url: &'a str,
    pub(super) address: &'a str,
    pub(super) password: &'a str,
    /// Whom the draft is for.
    pub(super) other: &'a str,
}

type Mailbox = Session<Emsmdb>;

/// Shows every step. `None`: one failed, and the rest cannot follow.
pub(super) fn tour(guest: &Guest<'_>, steps: &mut Steps) -> Option<()> {
    let settings = discover(guest, steps);
    let settings = steps.done("autodiscover", settings)?;
    let looked_up = address_book(guest, &settings, steps);
    steps.done("address book", looked_up)?;
    let opened = open(guest, &settings, steps);
    let (mut session, logon) = steps.done("opening the mailbox", opened)?;
    let listed = folders(&mut session, &logon, steps);
    steps.done("folder list", listed)?;
    let listed = newest(&mut session, &logon, steps);
    let messages = steps.done("newest messages", listed)?;
    let read = attachment(&mut session, &logon, &messages, steps);
    steps.done("a message with its attachment", read)?;
    let written = draft(guest, &mut session, &logon, steps);
    let (draft, subject) = steps.done("writing a draft", written)?;
    let went_on = go_on(&mut session, draft, &subject, steps);
    steps.done("going on over a new connection", went_on)?;
    let ended = wait(session.link.disconnect());
    steps.done("Disconnect", ended)?;
    steps.ok("Disconnect: the session is over");
    Some(())
}

impl Guest<'_> {
    fn http(&self) -> Http {
        Http::new(Arc::clone(&self.dial)).with_basic(self.address, self.password)
    }
}

fn discover(guest: &Guest<'_>, steps: &Steps) -> Result<autodiscover::Settings, ClientError> {
    let base = Url::parse(guest.url)?;
    let settings = wait(autodiscover::discover(&mut guest.http(), &base, guest.address))?;
    steps.ok(&format!("autodiscover: {} is {}", guest.address, settings.display_name));
    steps.detail(&settings.legacy_dn);
    for url in settings.mail_store.iter().take(1).chain(settings.address_book.iter().take(1)) {
        steps.detail(url);
    }
    Ok(settings)
}

fn address_book(guest: &Guest<'_>, settings: &autodiscover::Settings, steps: &Steps) -> Result<(), ClientError> {
    let url = Url::parse(settings.address_book.first().map_or("", String::as_str))?;
    let mut book = AddressBook::new(guest.http(), url);
    wait(book.bind())?;
    let containers = wait(book.special_table())?;
    let people = wait(book.people())?;
    steps.ok(&format!("address book: {containers} lists, {} people", people.len()));
    for person in &people {
        steps.detail(&format!("{} <{}>", person.display_name, person.address));
    }
    let name = guest.other.split('@').next().unwrap_or_default();
    let resolved = wait(book.resolve(&[name]))?;
    let Some(Some(entry)) = resolved.first() else {
        return Err(Trouble::Malformed("ResolveNames", format!("nobody is called {name}")).into());
    };
    steps.detail(&format!("\"{name}\" means {}", entry.address));
    wait(book.unbind())
}

fn open(guest: &Guest<'_>, settings: &autodiscover::Settings, steps: &Steps) -> Result<(Mailbox, Logon), ClientError> {
    let url = Url::parse(settings.mail_store.first().map_or("", String::as_str))?;
    let mut emsmdb = Emsmdb::new(guest.http(), url);
    let connected = wait(emsmdb.connect(&settings.legacy_dn, 0))?;
    steps.ok(&format!("Connect: a session for {}", connected.display_name));
    let mut session = Session::new(emsmdb);
    let logon = wait(session.logon(&settings.legacy_dn))?;
    steps.ok(&format!("Logon: mailbox {}", logon.private.mailbox_guid));
    Ok((session, logon))
}

fn folders(session: &mut Mailbox, logon: &Logon, steps: &Steps) -> Result<(), ClientError> {
    let top = wait(session.open_folder(logon.handle, logon.ipm_subtree()))?;
    let folders = wait(session.folders(top))?;
    steps.ok(&format!("{} folders", folders.len()));
    let line = |folder: &FolderSummary| {
        let indent = usize::try_from(folder.depth).unwrap_or(0).saturating_sub(1).saturating_mul(2);
        let count =
            if folder.count > 0 { format!("  {} ({} unread)", folder.count, folder.unread) } else { String::new() };
        format!("{:indent$}{}{count}", "", folder.name)
    };
    folders.iter().for_each(|folder| steps.detail(&line(folder)));
    wait(session.release(&[top]))
}

fn newest(session: &mut Mailbox, logon: &Logon, steps: &Steps) -> Result<Vec<MessageSummary>, ClientError> {
    let inbox = wait(session.open_folder(logon.handle, logon.inbox()))?;
    let messages = wait(session.newest(inbox, 20))?;
    if messages.is_empty() {
        return Err(Trouble::Malformed("QueryRows", "the Inbox is empty".to_owned()).into());
    }
    steps.ok("the newest messages of the Inbox");
    for message in &messages {
        let when = message.delivered.civil();
        let clip = if message.has_attachments { "@" } else { " " };
        steps.detail(&format!(
            "{:04}-{:02}-{:02} {clip} {}: {}",
            when.year, when.month, when.day, message.sender, message.subject
        ));
    }
    wait(session.release(&[inbox]))?;
    Ok(messages)
}

fn attachment(
    session: &mut Mailbox,
    logon: &Logon,
    messages: &[MessageSummary],
    steps: &Steps,
) -> Result<(), ClientError> {
    let nothing = || Trouble::Malformed("GetAttachmentTable", "no message has an attachment".to_owned());
    let chosen = messages.iter().find(|message| message.has_attachments).ok_or_else(nothing)?;
    let message = wait(session.open_message(logon.handle, logon.inbox(), chosen.id))?;
    steps.ok(&format!("opened \"{}\"", chosen.subject));
    let body = wait(session.body(message))?;
    for line in body.lines().filter(|line| !line.trim().is_empty()).take(3) {
        steps.detail(&format!("| {line}"));
    }
    attachments(session, message, steps)?;
    wait(session.release(&[message]))
}

/// Reads every attachment; of an embedded message those that it has in turn.
fn attachments(session: &mut Mailbox, message: u32, steps: &Steps) -> Result<(), ClientError> {
    const EMBEDDED_MESSAGE: i32 = 5;
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        for summary in wait(session.attachments(message))? {
            let attachment = wait(session.open_attachment(message, summary.number))?;
            if summary.method == EMBEDDED_MESSAGE {
                let (embedded, subject) = wait(session.open_embedded(attachment))?;
                steps.detail(&format!("an embedded message: {subject}"));
                messages.push(embedded);
            } else {
                let bytes = wait(session.read_stream(attachment, PropertyTag::PidTagAttachDataBinary))?;
                steps.detail(&format!("attachment {}: {} bytes read", summary.name, bytes.len()));
                wait(session.release(&[attachment]))?;
            }
        }
    }
    Ok(())
}

/// Drafts, as a client finds it: by PidTagIpmDraftsEntryId of the Inbox. MS-OXOSFLD 2.2.3
fn drafts(session: &mut Mailbox, logon: &Logon) -> Result<ObjectId, ClientError> {
    let inbox = wait(session.open_folder(logon.handle, logon.inbox()))?;
    let cell = wait(session.property(inbox, PropertyTag::PidTagIpmDraftsEntryId))?;
    wait(session.release(&[inbox]))?;
    let unreadable = || Trouble::Malformed("PidTagIpmDraftsEntryId", format!("{cell:?}"));
    let Ok(Value::Binary(bytes)) = &cell else { return Err(unreadable().into()) };
    let entry_id = FolderEntryId::from_bytes(bytes).map_err(|_| unreadable())?;
    let request = IdFromLongTermIdRequest { long_term_id: entry_id.folder };
    Ok(wait(session.run(logon.handle, request))?.object_id)
}

fn draft(guest: &Guest<'_>, session: &mut Mailbox, logon: &Logon, steps: &Steps) -> Result<(u32, String), ClientError> {
    let folder = drafts(session, logon)?;
    let message = wait(session.create_message(logon.handle, folder))?;
    let subject = "A draft from the demo".to_owned();
    let body = "Written over MAPI/HTTP: grüße, здравствуйте, こんにちは.\r\n";
    let text = |tag: PropertyTag, text: &str| TaggedValue::new(tag, Value::String(text.to_owned()));
    let values = vec![
        text(PropertyTag::PidTagMessageClass, "IPM.Note"),
        text(PropertyTag::PidTagSubject, &subject),
        text(PropertyTag::PidTagBody, body),
    ];
    let problems = wait(session.set_properties(message, values))?;
    if let Some(problem) = problems.first() {
        return Err(Trouble::Refused("SetProperties", problem.error_code).into());
    }
    let recipient = Recipient {
        recipient_type: RecipientType::To,
        display_name: guest.other.to_owned(),
        address: guest.other.to_owned(),
    };
    wait(session.add_recipients(message, &[recipient]))?;
    let id = wait(session.save_message(message))?;
    steps.ok(&format!("wrote a draft to {}: \"{subject}\" is message {id:?}", guest.other));
    Ok((message, subject))
}

/// Without its TCP connection a session is still the session: the draft is still open.
fn go_on(session: &mut Mailbox, draft: u32, subject: &str, steps: &Steps) -> Result<(), ClientError> {
    session.link.channel.hang_up();
    steps.ok("dropped the TCP connection");
    match wait(session.property(draft, PropertyTag::PidTagSubject))? {
        Ok(Value::String(there)) if there == subject => {
            steps.ok("went on in the same session over a new one: the draft is still open");
            wait(session.release(&[draft]))
        }
        other => Err(Trouble::Malformed("GetPropertiesSpecific", format!("the draft's subject is {other:?}")).into()),
    }
}
