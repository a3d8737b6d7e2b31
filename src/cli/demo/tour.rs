//! The tour of the demo: what Outlook does, from Autodiscover to a draft.

use crate::cli::steps::Steps;
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
pub(super) async fn tour(guest: &Guest<'_>, steps: &mut Steps) -> Option<()> {
    let settings = discover(guest, steps).await;
    let settings = steps.done("autodiscover", settings)?;
    let looked_up = address_book(guest, &settings, steps).await;
    steps.done("address book", looked_up)?;
    let opened = open(guest, &settings, steps).await;
    let (mut session, logon) = steps.done("opening the mailbox", opened)?;
    let listed = folders(&mut session, &logon, steps).await;
    steps.done("folder list", listed)?;
    let listed = newest(&mut session, &logon, steps).await;
    let messages = steps.done("newest messages", listed)?;
    let read = attachment(&mut session, &logon, &messages, steps).await;
    steps.done("a message with its attachment", read)?;
    let written = draft(guest, &mut session, &logon, steps).await;
    let (draft, subject) = steps.done("writing a draft", written)?;
    let went_on = go_on(&mut session, draft, &subject, steps).await;
    steps.done("going on over a new connection", went_on)?;
    let ended = session.link.disconnect().await;
    steps.done("Disconnect", ended)?;
    steps.ok("Disconnect: the session is over");
    Some(())
}

impl Guest<'_> {
    fn http(&self) -> Http {
        Http::new(Arc::clone(&self.dial)).with_basic(self.address, self.password)
    }
}

async fn discover(guest: &Guest<'_>, steps: &Steps) -> Result<autodiscover::Settings, ClientError> {
    let base = Url::parse(guest.url)?;
    let settings = autodiscover::discover(&mut guest.http(), &base, guest.address).await?;
    steps.ok(&format!("autodiscover: {} is {}", guest.address, settings.display_name));
    steps.detail(&settings.legacy_dn);
    for url in settings.mail_store.iter().take(1).chain(settings.address_book.iter().take(1)) {
        steps.detail(url);
    }
    Ok(settings)
}

async fn address_book(guest: &Guest<'_>, settings: &autodiscover::Settings, steps: &Steps) -> Result<(), ClientError> {
    let url = Url::parse(settings.address_book.first().map_or("", String::as_str))?;
    let mut book = AddressBook::new(guest.http(), url);
    book.bind().await?;
    let containers = book.special_table().await?;
    let people = book.people().await?;
    steps.ok(&format!("address book: {containers} lists, {} people", people.len()));
    for person in &people {
        steps.detail(&format!("{} <{}>", person.display_name, person.address));
    }
    let name = guest.other.split('@').next().unwrap_or_default();
    let resolved = book.resolve(&[name]).await?;
    let Some(Some(entry)) = resolved.first() else {
        return Err(Trouble::Malformed("ResolveNames", format!("nobody is called {name}")).into());
    };
    steps.detail(&format!("\"{name}\" means {}", entry.address));
    book.unbind().await
}

async fn open(
    guest: &Guest<'_>,
    settings: &autodiscover::Settings,
    steps: &Steps,
) -> Result<(Mailbox, Logon), ClientError> {
    let url = Url::parse(settings.mail_store.first().map_or("", String::as_str))?;
    let mut emsmdb = Emsmdb::new(guest.http(), url);
    let connected = emsmdb.connect(&settings.legacy_dn, 0).await?;
    steps.ok(&format!("Connect: a session for {}", connected.display_name));
    let mut session = Session::new(emsmdb);
    let logon = session.logon(&settings.legacy_dn).await?;
    steps.ok(&format!("Logon: mailbox {}", logon.private.mailbox_guid));
    Ok((session, logon))
}

async fn folders(session: &mut Mailbox, logon: &Logon, steps: &Steps) -> Result<(), ClientError> {
    let top = session.open_folder(logon.handle, logon.ipm_subtree()).await?;
    let folders = session.folders(top).await?;
    steps.ok(&format!("{} folders", folders.len()));
    let line = |folder: &FolderSummary| {
        let indent = usize::try_from(folder.depth).unwrap_or(0).saturating_sub(1).saturating_mul(2);
        let count =
            if folder.count > 0 { format!("  {} ({} unread)", folder.count, folder.unread) } else { String::new() };
        format!("{:indent$}{}{count}", "", folder.name)
    };
    folders.iter().for_each(|folder| steps.detail(&line(folder)));
    session.release(&[top]).await
}

async fn newest(session: &mut Mailbox, logon: &Logon, steps: &Steps) -> Result<Vec<MessageSummary>, ClientError> {
    let inbox = session.open_folder(logon.handle, logon.inbox()).await?;
    let messages = session.newest(inbox, 20).await?;
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
    session.release(&[inbox]).await?;
    Ok(messages)
}

async fn attachment(
    session: &mut Mailbox,
    logon: &Logon,
    messages: &[MessageSummary],
    steps: &Steps,
) -> Result<(), ClientError> {
    let nothing = || Trouble::Malformed("GetAttachmentTable", "no message has an attachment".to_owned());
    let chosen = messages.iter().find(|message| message.has_attachments).ok_or_else(nothing)?;
    let message = session.open_message(logon.handle, logon.inbox(), chosen.id).await?;
    steps.ok(&format!("opened \"{}\"", chosen.subject));
    let body = session.body(message).await?;
    for line in body.lines().filter(|line| !line.trim().is_empty()).take(3) {
        steps.detail(&format!("| {line}"));
    }
    attachments(session, message, steps).await?;
    session.release(&[message]).await
}

/// Reads every attachment; of an embedded message those that it has in turn.
async fn attachments(session: &mut Mailbox, message: u32, steps: &Steps) -> Result<(), ClientError> {
    const EMBEDDED_MESSAGE: i32 = 5;
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        for summary in session.attachments(message).await? {
            let attachment = session.open_attachment(message, summary.number).await?;
            if summary.method == EMBEDDED_MESSAGE {
                let (embedded, subject) = session.open_embedded(attachment).await?;
                steps.detail(&format!("an embedded message: {subject}"));
                messages.push(embedded);
            } else {
                let bytes = session.read_stream(attachment, PropertyTag::PidTagAttachDataBinary).await?;
                steps.detail(&format!("attachment {}: {} bytes read", summary.name, bytes.len()));
                session.release(&[attachment]).await?;
            }
        }
    }
    Ok(())
}

/// Drafts, as a client finds it: by PidTagIpmDraftsEntryId of the Inbox. MS-OXOSFLD 2.2.3
async fn drafts(session: &mut Mailbox, logon: &Logon) -> Result<ObjectId, ClientError> {
    let inbox = session.open_folder(logon.handle, logon.inbox()).await?;
    let cell = session.property(inbox, PropertyTag::PidTagIpmDraftsEntryId).await?;
    session.release(&[inbox]).await?;
    let unreadable = || Trouble::Malformed("PidTagIpmDraftsEntryId", format!("{cell:?}"));
    let Ok(Value::Binary(bytes)) = &cell else { return Err(unreadable().into()) };
    let entry_id = FolderEntryId::from_bytes(bytes).map_err(|_| unreadable())?;
    let request = IdFromLongTermIdRequest { long_term_id: entry_id.folder };
    Ok(session.run(logon.handle, request).await?.object_id)
}

async fn draft(
    guest: &Guest<'_>,
    session: &mut Mailbox,
    logon: &Logon,
    steps: &Steps,
) -> Result<(u32, String), ClientError> {
    let folder = drafts(session, logon).await?;
    let message = session.create_message(logon.handle, folder).await?;
    let subject = "A draft from the demo".to_owned();
    let body = "Written over MAPI/HTTP: grüße, здравствуйте, こんにちは.\r\n";
    let text = |tag: PropertyTag, text: &str| TaggedValue::new(tag, Value::String(text.to_owned()));
    let values = vec![
        text(PropertyTag::PidTagMessageClass, "IPM.Note"),
        text(PropertyTag::PidTagSubject, &subject),
        text(PropertyTag::PidTagBody, body),
    ];
    let problems = session.set_properties(message, values).await?;
    if let Some(problem) = problems.first() {
        return Err(Trouble::Refused("SetProperties", problem.error_code).into());
    }
    let recipient = Recipient {
        recipient_type: RecipientType::To,
        display_name: guest.other.to_owned(),
        address: guest.other.to_owned(),
    };
    session.add_recipients(message, &[recipient]).await?;
    let id = session.save_message(message).await?;
    steps.ok(&format!("wrote a draft to {}: \"{subject}\" is message {id:?}", guest.other));
    Ok((message, subject))
}

/// Without its TCP connection a session is still the session: the draft is still open.
async fn go_on(session: &mut Mailbox, draft: u32, subject: &str, steps: &Steps) -> Result<(), ClientError> {
    session.link.channel.hang_up();
    steps.ok("dropped the TCP connection");
    match session.property(draft, PropertyTag::PidTagSubject).await? {
        Ok(Value::String(there)) if there == subject => {
            steps.ok("went on in the same session over a new one: the draft is still open");
            session.release(&[draft]).await
        }
        other => Err(Trouble::Malformed("GetPropertiesSpecific", format!("the draft's subject is {other:?}")).into()),
    }
}
