//! What Outlook does with the settings that it got: the address book, the mailbox, and the first
//! synchronisation of cached mode. outlook.md §6, §7, §9; nspi.md §2; MS-OXCFXICS 3.3.5
//!
//! Calls that are made for their code alone are written out as bytes, which is smaller than to
//! make their structures. That a wait ends with an event is not tried: an event takes a change.

use crate::cli::steps::{Steps, wait};
use crate::client::autodiscover::Settings;
use crate::client::{AddressBook, Batch, ClientError, Emsmdb, Http, Logon, Session, Trouble, Url};
use crate::limits;
use crate::mapi::{ErrorCode, FolderEntryId, ObjectId, PropertyTag, Value};
use crate::rop::{
    self, BufferSize, FastTransferSourceGetBufferRequest, GetAddressTypesRequest, GetReceiveFolderRequest, Handles,
    IdFromLongTermIdRequest, NO_HANDLE, OpenFolderRequest, RegisterNotificationRequest, Reply, Request, Response,
    SynchronizationConfigureRequest, SynchronizationUploadStateStreamBeginRequest,
    SynchronizationUploadStateStreamEndRequest,
};
use crate::store::Special;
use crate::transfer::{Incoming, Token, marker, meta};
use crate::wire::Wire as _;

type Seen = Result<String, ClientError>;
type Mailbox = Session<Emsmdb>;

fn strange(what: &'static str, how: &str) -> ClientError {
    Trouble::Malformed(what, how.to_owned()).into()
}

/// Bind to Unbind.
pub(super) fn address_book(http: Http, url: Url, settings: &Settings, steps: &mut Steps) -> Option<()> {
    let mut book = AddressBook::new(http, url);
    let bound = wait(book.bind());
    steps.told("Bind", bound.map(|guid| format!("the address book {guid}")))?;
    let lists = wait(book.special_table());
    steps.told("GetSpecialTable", lists.map(|lists| format!("{lists} address lists")));
    let own = own_entry(&mut book, settings);
    steps.told("DNToMId and GetProps", own);
    let people = wait(book.people());
    steps.told("QueryRows", people.map(|people| format!("the address book has {} entries", people.len())));
    let resolved = wait(book.resolve(&[&settings.address])).and_then(|found| match found.first() {
        Some(Some(entry)) => Ok(format!("{} means {}", settings.address, entry.display_name)),
        _ => Err(strange("ResolveNames", "the mailbox's own address is not resolved")),
    });
    steps.told("ResolveNames", resolved);
    for (request_type, body) in calls(&book, &settings.address) {
        // StatusCode and ErrorCode, then what is asked for.
        let seen = wait(book.channel.call(request_type, &body)).and_then(|answer| match answer.body.get(..8) {
            Some([0, 0, 0, 0, 0, 0, 0, 0]) => Ok(format!("{} bytes", answer.body.len())),
            Some([0, 0, 0, 0, a, b, c, d]) => {
                Err(Trouble::Refused("the call", ErrorCode(u32::from_le_bytes([*a, *b, *c, *d]))).into())
            }
            _ => Err(strange("the call", "no ErrorCode")),
        });
        steps.told(request_type, seen);
    }
    let ended = wait(book.unbind());
    steps.done("Unbind", ended)
}

/// What Outlook shows and keeps of the one whose mailbox it is.
fn own_entry(book: &mut AddressBook, settings: &Settings) -> Seen {
    let own = wait(book.dn_to_mid(&settings.legacy_dn))?;
    let own = own.ok_or_else(|| strange("DNToMId", "the mailbox's owner is not in it"))?;
    let needed = [
        PropertyTag::PidTagDisplayName,
        PropertyTag::PidTagSmtpAddress,
        PropertyTag::PidTagEntryId,
        PropertyTag::PidTagEmailAddress,
        PropertyTag::PidTagAddressBookHomeMessageDatabase,
    ];
    let values = wait(book.properties(own, &needed))?;
    if values.len() != needed.len() {
        return Err(strange("GetProps", "the owner's entry is not complete"));
    }
    Ok("the mailbox's owner is in it".to_owned())
}

/// The other calls of a profile's creation: columns, the template of people's contact cards, the
/// search for who has this address, a position. MS-OXCMAPIHTTP 2.2.5.5.1, .9.1, .11.1, .17.1
fn calls(book: &AddressBook, address: &str) -> [(&'static str, Vec<u8>); 4] {
    const ANR: [u8; 4] = [0x1F, 0, 0x0C, 0x36];
    // TI_TEMPLATE, DT_MAILUSER, no DN, code page 1252, locale 1033.
    let state = [&[0xFF], book.stat.to_bytes().as_slice()].concat();
    let name: Vec<u8> = address.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let filter = [&[0xFF, 4, 4], ANR.as_slice(), &ANR, &[0xFF], &name].concat();
    const TEMPLATE: [u8; 21] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0xE4, 4, 0, 0, 9, 4, 0, 0, 0, 0, 0, 0];
    [
        ("QueryColumns", vec![0; 12]),
        ("GetTemplateInfo", TEMPLATE.to_vec()),
        ("GetMatches", [&[0; 4], state.as_slice(), &[0; 5], &filter, &[0, 50, 0, 0, 0, 0], &[0; 4]].concat()),
        ("UpdateStat", [&[0; 4], state.as_slice(), &[1, 0, 0, 0, 0]].concat()),
    ]
}

/// Connect to Disconnect.
pub(super) fn mailbox(http: Http, url: Url, settings: &Settings, steps: &mut Steps) -> Option<()> {
    let mut emsmdb = Emsmdb::new(http, url);
    let connected = wait(emsmdb.connect(&settings.legacy_dn, 0));
    steps.told("Connect", connected.map(|connected| format!("a session of {}", connected.display_name)))?;
    let mut session = Session::new(emsmdb);
    let logon = wait(session.logon(&settings.legacy_dn));
    let logon = steps.done("Logon", logon)?;
    steps.ok("Logon: the mailbox is open");
    let folders = folders(&mut session, &logon);
    let inbox = steps.done("the folders", folders)?;
    steps.ok("the receive folder, the special folders and what the Inbox tells of others are there");
    let newest = wait(session.newest(inbox, 1));
    let newest = newest.map(|newest| {
        newest.first().map_or_else(|| "it is empty".to_owned(), |message| format!("newest: {}", message.subject))
    });
    steps.told("the Inbox", newest);
    let top = wait(session.open_folder(logon.handle, logon.ipm_subtree()));
    let top = steps.done("the top of the folders", top)?;
    let hierarchy = synchronize(&mut session, top, true);
    steps.told("cached mode, the folders", hierarchy);
    let contents = synchronize(&mut session, inbox, false);
    steps.told("cached mode, the Inbox", contents);
    let waits = parked(&mut session);
    steps.told("NotificationWait", waits);
    session.link.channel.hang_up();
    let on = wait(session.properties(inbox, &[PropertyTag::PidTagDisplayName]));
    steps.done("a new connection", on)?;
    steps.ok("the session goes on over a new connection");
    let ended = match wait(session.link.ping()) {
        Ok(_) => wait(session.link.disconnect()),
        Err(error) => Err(error),
    };
    steps.done("PING and Disconnect", ended)?;
    steps.ok("PING and Disconnect");
    Some(())
}

/// Runs operations on one object, all of which have to succeed: their responses and new objects.
fn all(session: &mut Mailbox, on: u32, requests: Vec<Request>) -> Result<Vec<(Response, u32)>, ClientError> {
    let mut batch = Batch::default();
    let input = batch.object(on);
    for request in requests {
        let other = batch.object(NO_HANDLE);
        batch.push(Handles { input, other }, request);
    }
    let replies = wait(session.batch(&batch))?;
    let mut handles = replies.handles.into_iter().skip(1);
    let mut done = Vec::new();
    for (reply, request) in replies.replies.into_iter().zip(&batch.requests) {
        let name = rop::name(request.request.id()).unwrap_or("a batch");
        match reply {
            Reply::Response(frame) => match frame.result {
                Ok(response) => done.push((response, handles.next().unwrap_or(NO_HANDLE))),
                Err(failure) => return Err(Trouble::Refused(name, failure.code).into()),
            },
            other => return Err(Trouble::Malformed(name, format!("{other:?}")).into()),
        }
    }
    Ok(done)
}

/// What has to be there before Outlook shows anything (outlook.md §7); the Inbox is returned.
fn folders(session: &mut Mailbox, logon: &Logon) -> Result<u32, ClientError> {
    const ALL_EVENTS: u16 = 0x007E;
    let receive = GetReceiveFolderRequest { message_class: "IPM.Note".to_owned() };
    let first = vec![
        Request::GetReceiveFolder(receive),
        Request::GetAddressTypes(GetAddressTypesRequest {}),
        Request::RegisterNotification(RegisterNotificationRequest { notification_types: ALL_EVENTS, scope: None }),
    ];
    let done = all(session, logon.handle, first)?;
    if !matches!(done.first(), Some((Response::GetReceiveFolder(folder), _)) if folder.folder_id == logon.inbox()) {
        return Err(strange("GetReceiveFolder", "it is not the Inbox"));
    }
    let inbox = wait(session.open_folder(logon.handle, logon.inbox()))?;
    let named = Special::SINGLE_LINKS;
    let mut identify = Vec::new();
    for (tag, cell) in named.iter().zip(wait(session.properties(inbox, &named))?) {
        let entry_id = if let Ok(Value::Binary(bytes)) = &cell { FolderEntryId::from_bytes(bytes).ok() } else { None };
        let Some(entry_id) = entry_id else { return Err(strange("the Inbox", &format!("{tag:?} is {cell:?}"))) };
        identify.push(Request::IdFromLongTermId(IdFromLongTermIdRequest { long_term_id: entry_id.folder }));
    }
    let mut open = Vec::new();
    for (response, _) in all(session, logon.handle, identify)? {
        let Response::IdFromLongTermId(response) = response else { continue };
        open.push(response.object_id);
    }
    open.extend(logon.private.folder_ids.iter().filter(|id| **id != ObjectId::NONE));
    let open = open.into_iter().map(|folder_id| OpenFolderRequest { folder_id, open_mode_flags: 0 });
    let opened = all(session, logon.handle, open.map(Request::OpenFolder).collect())?;
    wait(session.release(&opened.into_iter().map(|(_, handle)| handle).collect::<Vec<_>>()))?;
    Ok(inbox)
}

/// The first download of cached mode, from an empty state: of the folders below one, or of the
/// messages in one. MS-OXCFXICS 2.2.3.2.1.1, 3.3.5.8
fn synchronize(session: &mut Mailbox, folder: u32, hierarchy: bool) -> Seen {
    const DONE: u16 = 3;
    const STATE: [PropertyTag; 4] = [meta::IDSET_GIVEN, meta::CNSET_SEEN, meta::CNSET_SEEN_FAI, meta::CNSET_READ];
    // Unicode; for messages also the read states, associated and normal ones. Eid, MessageSize, Cn.
    let (synchronization_type, synchronization_flags, synchronization_extra_flags) =
        if hierarchy { (2, 0x0001, 5) } else { (1, 0x0039, 7) };
    let configure = SynchronizationConfigureRequest {
        synchronization_type,
        send_options: 1,
        synchronization_flags,
        restriction_data: Vec::new(),
        synchronization_extra_flags,
        property_tags: Vec::new(),
    };
    let made = all(session, folder, vec![Request::SynchronizationConfigure(configure)])?;
    let context = made.first().map_or(NO_HANDLE, |(_, handle)| *handle);
    let mut state = Vec::new();
    for state_property in STATE.into_iter().take(if hierarchy { 2 } else { 4 }) {
        let begin = SynchronizationUploadStateStreamBeginRequest { state_property, transfer_buffer_size: 0 };
        state.push(Request::SynchronizationUploadStateStreamBegin(begin));
        state.push(Request::SynchronizationUploadStateStreamEnd(SynchronizationUploadStateStreamEndRequest {}));
    }
    all(session, context, state)?;
    let (mut stream, mut bytes, mut changes, mut last) = (Incoming::default(), 0_usize, 0_u32, None);
    loop {
        let request = FastTransferSourceGetBufferRequest { buffer_size: BufferSize::Maximum(u16::MAX) };
        let got = all(session, context, vec![Request::FastTransferSourceGetBuffer(request)])?.pop();
        let Some((Response::FastTransferSourceGetBuffer(buffer), _)) = got else {
            return Err(strange("FastTransferSourceGetBuffer", "no buffer"));
        };
        bytes = bytes.saturating_add(buffer.transfer_buffer.len());
        stream.feed(&buffer.transfer_buffer);
        while let Some(token) = stream.token().map_err(|error| strange("FastTransfer", &error.to_string()))? {
            changes = changes.saturating_add(u32::from(token == Token::Marker(marker::INCR_SYNC_CHG)));
            last = Some(token);
        }
        let over = bytes > limits::TEST_SYNC_MAX_BYTES;
        if over || buffer.transfer_status == DONE {
            wait(session.release(&[context]))?;
            let ended = over || last == Some(Token::Marker(marker::INCR_SYNC_END)) && stream.is_between();
            let seen = format!("{changes} changes in {bytes} bytes{}", if over { ", and there are more" } else { "" });
            return if ended { Ok(seen) } else { Err(strange("FastTransfer", "the stream does not end")) };
        }
    }
}

/// A parked wait: that it was heard has to come at once, through whatever lies between.
/// MS-OXCMAPIHTTP 2.2.4.4, 3.2.5.2
fn parked(session: &mut Mailbox) -> Seen {
    let mut beside = session.link.channel.beside();
    wait(beside.begin("NotificationWait", &[0; 8]))?;
    let first = wait(beside.http().piece())?.unwrap_or_default();
    beside.hang_up();
    if first.starts_with(b"PROCESSING") {
        return Ok("it is parked, and says so at once".to_owned());
    }
    Err(strange("meta-tags", &String::from_utf8_lossy(&first)))
}
