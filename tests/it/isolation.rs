//! Ann tries to reach into Bob's mailbox with everything she could get hold of: his distinguished
//! name, the identifiers of his folders and messages, his handles, his cookies. Nothing of his is
//! read or changed, and his own sessions go on.
//!
//! "Nothing is read" is tested by a word that is in everything of Bob's and in nothing of Ann's: it
//! must not be in any byte that Ann gets. "Nothing is changed" by a snapshot of all that is stored.

mod requests;

use crate::client::{Place, World, string};
use crate::edge::{Ask, Reply};
use mailstead::client::{ClientError, Emsmdb, Logon, Rops, Session};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyName, PropertyTag, RelOp, Restriction, TaggedValue, Value};
use mailstead::nspi::message::{MinimalId, RequestType};
use mailstead::rop::{
    self, CreateAttachmentRequest, GetContentsTableRequest, GetPropertyIdsFromNamesRequest, LogonRequest, NO_HANDLE,
    OpenStreamRequest, Request, SaveChangesAttachmentRequest, logon_flags, open_flags,
};
use mailstead::store::{Permissions, Rights, Special};
use mailstead::wire::Guid;
use requests::{IntoRequest as _, Prey};
use smol::block_on;

/// In everything of Bob's.
const MARK: &str = "Quetzalcoatl";
const MAIL: &[u8] = b"From: Quetzalcoatl <q@example.org>\r\nTo: bob@example.test\r\nSubject: About Quetzalcoatl\r\n\
    Date: Mon, 4 Nov 2013 10:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nQuetzalcoatl\r\n\
    --b\r\nContent-Type: application/octet-stream; name=Quetzalcoatl.bin\r\nContent-Disposition: attachment\r\n\r\n\
    Quetzalcoatl\r\n--b--\r\n";
const NAMES: Guid = Guid([7; 16]);

/// A connection of Ann's that remembers every byte of every answer.
struct Spy {
    inner: Emsmdb,
    seen: Vec<u8>,
}

impl Rops for Spy {
    async fn execute(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, ClientError> {
        let answer = Rops::execute(&mut self.inner, payload).await?;
        self.seen.extend_from_slice(&answer);
        Ok(answer)
    }
}

/// Is the word in these bytes, in any way text is sent?
fn tells(bytes: &[u8]) -> bool {
    let wide: Vec<u8> = MARK.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let has = |mark: &[u8]| {
        let lower = bytes.to_ascii_lowercase();
        lower.windows(mark.len()).any(|window| window == mark.to_ascii_lowercase())
    };
    has(MARK.as_bytes()) || has(&wide)
}

/// Bob with a full mailbox and a session in the middle of things.
struct Bob {
    session: Session<Emsmdb>,
    /// A message being written, not saved.
    draft: u32,
    prey: Prey,
}

impl Bob {
    fn at(world: &World) -> Self {
        let place = &world.place;
        // So that his identifiers are nobody else's.
        let mut txn = place.store.write().unwrap();
        let mut mailbox = txn.mailbox(place.bob.id).unwrap();
        mailbox.take_ids(100_000).unwrap();
        txn.put_mailbox(place.bob.id, &mailbox).unwrap();
        txn.commit().unwrap();
        let message = place.deliver(&place.bob, MAIL);
        let (mut session, logon) = world.session(&place.bob);
        let bob = logon.handle;
        let name = PropertyName::Named { guid: NAMES, name: MARK.to_owned() };
        let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names: vec![name] };
        let named_id = block_on(session.run(bob, request)).unwrap().property_ids[0];
        // Many objects, so that his handles are nobody else's either.
        for _ in 0..200 {
            block_on(session.open_folder(bob, logon.inbox())).unwrap();
        }
        let top = block_on(session.open_folder(bob, logon.ipm_subtree())).unwrap();
        let (folder, made) = block_on(session.open(top, requests::create_folder(MARK))).unwrap();
        let inbox = block_on(session.open_folder(bob, logon.inbox())).unwrap();
        let (table, _) = block_on(session.open(inbox, GetContentsTableRequest { table_flags: 0 })).unwrap();
        let open = block_on(session.open_message(bob, logon.inbox(), message)).unwrap();
        let attachment = block_on(session.open_attachment(open, 0)).unwrap();
        let stream = OpenStreamRequest { property_tag: PropertyTag::PidTagAttachDataBinary, open_mode_flags: 0 };
        let (stream, _) = block_on(session.open(attachment, stream)).unwrap();
        let draft = block_on(session.create_message(bob, logon.inbox())).unwrap();
        block_on(session.set_properties(draft, vec![string(PropertyTag::PidTagSubject, MARK)])).unwrap();
        let prey = Prey {
            legacy_dn: place.bob.legacy_dn.clone(),
            folder: made.folder_id,
            message,
            inbox: Special::Inbox.id(),
            mailbox_guid: logon.private.mailbox_guid,
            repl_guid: logon.private.repl_guid,
            named_id,
            handles: vec![inbox, folder, table, open, attachment, stream, draft],
        };
        assert!(prey.handles.iter().all(|handle| *handle > 200));
        Self { session, draft, prey }
    }

    /// His session is where he left it.
    #[track_caller]
    fn goes_on(&mut self) {
        let subject = block_on(self.session.property(self.draft, PropertyTag::PidTagSubject)).unwrap();
        assert_eq!(subject, Ok(Value::String(MARK.to_owned())));
    }
}

/// Ann's session with one object of each kind, its handles beginning with the logon's.
fn ann(world: &World) -> (Session<Spy>, Logon, Vec<u32>) {
    let mut inner = world.emsmdb(&world.place.ann);
    block_on(inner.connect(&world.place.ann.legacy_dn, 0)).unwrap();
    let mut session = Session::new(Spy { inner, seen: Vec::new() });
    let logon = block_on(session.logon(&world.place.ann.legacy_dn)).unwrap();
    let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).unwrap();
    let message = block_on(session.create_message(logon.handle, logon.inbox())).unwrap();
    let (attachment, _) = block_on(session.open(message, CreateAttachmentRequest {})).unwrap();
    block_on(session.write_stream(attachment, PropertyTag::PidTagAttachDataBinary, b"Ann's")).unwrap();
    block_on(session.one([attachment, message], SaveChangesAttachmentRequest { save_flags: 2 })).unwrap();
    block_on(session.save_message(message)).unwrap();
    let (table, _) = block_on(session.open(inbox, GetContentsTableRequest { table_flags: 0 })).unwrap();
    block_on(session.set_columns(table, &[PropertyTag::PidTagMid, PropertyTag::PidTagSubject])).unwrap();
    let stream = OpenStreamRequest { property_tag: PropertyTag::PidTagAttachDataBinary, open_mode_flags: 1 };
    let (stream, _) = block_on(session.open(attachment, stream)).unwrap();
    let handles = vec![logon.handle, inbox, message, attachment, table, stream];
    (session, logon, handles)
}

/// A request, whichever, on two handles; only its code counts.
fn fire(session: &mut Session<Spy>, handles: [u32; 2], request: &Request) -> Option<ErrorCode> {
    let mut batch = mailstead::client::Batch { requests: Vec::new(), handles: handles.to_vec() };
    batch.push(rop::Handles { input: 0, other: 1 }, request.clone());
    let replies = block_on(session.batch(&batch)).unwrap_or_else(|error| panic!("{request:?}: {error}"));
    replies.replies.first().map(|reply| match reply {
        rop::Reply::Response(frame) => frame.result.as_ref().map_or_else(|failure| failure.code, |_| frame.warning),
        other => panic!("{request:?}: {other:?}"),
    })
}

/// The test of the tests: what Ann must not get, Bob does.
#[test]
fn the_word_is_in_what_its_owner_reads() {
    let world = World::new();
    let bob = Bob::at(&world);
    let mut inner = world.emsmdb(&world.place.bob);
    block_on(inner.connect(&world.place.bob.legacy_dn, 0)).unwrap();
    let mut session = Session::new(Spy { inner, seen: Vec::new() });
    let logon = block_on(session.logon(&world.place.bob.legacy_dn)).unwrap();
    assert!(!tells(&session.link.seen));
    block_on(session.open_message(logon.handle, bob.prey.inbox, bob.prey.message)).unwrap();
    assert!(tells(&session.link.seen));
}

/// MS-OXCNOTIF 3.2.5: events are of one's own mailbox, whatever identifiers one names.
#[test]
fn nobody_hears_of_changes_in_the_mailbox_of_another() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let (mut session, logon, _) = ann(&world);
    let scopes = [None, Some((bob.prey.inbox, ObjectId::NONE)), Some((bob.prey.inbox, bob.prey.message))];
    for scope in scopes {
        let request = rop::RegisterNotificationRequest { notification_types: 0x1FE, scope };
        let _ = block_on(session.open(logon.handle, request));
    }
    world.place.deliver(&world.place.bob, MAIL);
    block_on(bob.session.save_message(bob.draft)).unwrap();
    let replies = block_on(session.batch(&mailstead::client::Batch::default())).unwrap().replies;
    assert_eq!(replies, []);
    assert!(!tells(&session.link.seen));
    bob.goes_on();
}

#[test]
fn nobody_logs_on_to_the_mailbox_of_another() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let before = world.place.snapshot(&world.place.bob);
    let (mut session, _, _) = ann(&world);
    let dn = world.place.bob.legacy_dn.clone();
    let spellings = [dn.clone(), dn.to_uppercase(), dn.to_lowercase(), format!("{dn}\0"), format!("{dn}\0\0/o=x")];
    let mut open = vec![0, open_flags::USE_ADMIN_PRIVILEGE, 4, 8, 0x100, 0x200, 0x400, 0x2000_0000, 0x0000_0C0D];
    open.extend(open.clone().iter().map(|flags| flags | open_flags::USE_PER_MDB_REPLID_MAPPING));
    for spelling in spellings {
        for open_flags in &open {
            for flags in 0..=15 {
                let mut essdn = spelling.clone().into_bytes();
                essdn.push(0);
                let request =
                    LogonRequest { logon_flags: flags, open_flags: *open_flags, store_state: 0, essdn }.into_request();
                let code = fire(&mut session, [NO_HANDLE, NO_HANDLE], &request).unwrap();
                assert!(!code.is_success(), "{request:?}");
                if flags == logon_flags::PRIVATE && *open_flags == open_flags::USE_PER_MDB_REPLID_MAPPING {
                    // MS-OXCSTOR 3.2.5.1.1: ecLoginPerm, or ecUnknownUser for what is no name.
                    assert!(matches!(code, ErrorCode::LoginPermission | ErrorCode::UnknownUser), "{code:?}");
                }
            }
        }
    }
    assert!(!tells(&session.link.seen));
    bob.goes_on();
    assert_eq!(world.place.snapshot(&world.place.bob), before);
}

#[test]
fn nobody_connects_as_another() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let dn = world.place.bob.legacy_dn.clone();
    for user_dn in [dn.clone(), dn.to_uppercase(), world.place.bob.address.clone()] {
        for flags in [0, 1, 2, 0xFFFF_FFFF] {
            let mut emsmdb = world.emsmdb(&world.place.ann);
            let refused = block_on(emsmdb.connect(&user_dn, flags)).unwrap_err();
            assert!(refused.code().is_some(), "{refused}");
            let code = refused.code().unwrap();
            assert!(matches!(code, ErrorCode::LoginPermission | ErrorCode::UnknownUser), "{code:?}");
            assert_eq!(emsmdb.channel.cookies(), "");
        }
    }
    // Administrator rights are not had by asking for them.
    let own = world.place.ann.legacy_dn.clone();
    let refused = block_on(world.emsmdb(&world.place.ann).connect(&own, 1)).unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::LoginPermission));
    bob.goes_on();
}

#[test]
fn no_operation_reaches_another_mailbox_by_its_handles() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let before = world.place.snapshot(&world.place.bob);
    let (mut session, mut logon, mut own) = ann(&world);
    let mut seen = Vec::new();
    for request in requests::all(&bob.prey) {
        let is_release = matches!(request, Request::Release(_));
        let is_logon = matches!(request, Request::Logon(_));
        for handle in bob.prey.handles.clone() {
            let code = fire(&mut session, [handle, handle], &request);
            assert!(is_release && code.is_none() || !code.unwrap().is_success(), "{request:?}");
            // From her object to his, and from his to hers.
            for mixed in [[own[1], handle], [handle, own[1]]] {
                if !is_release && !is_logon {
                    fire(&mut session, mixed, &request);
                }
            }
        }
        assert_eq!(world.place.snapshot(&world.place.bob), before, "{request:?}");
        if is_release || session_is_gone(&mut session, &logon) {
            seen.append(&mut session.link.seen);
            (session, logon, own) = ann(&world);
        }
    }
    seen.append(&mut session.link.seen);
    assert!(!tells(&seen));
    bob.goes_on();
}

fn session_is_gone(session: &mut Session<Spy>, logon: &Logon) -> bool {
    block_on(session.property(logon.handle, PropertyTag::PidTagDisplayName)).is_err()
}

#[test]
fn no_operation_reaches_another_mailbox_by_its_identifiers() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let before = world.place.snapshot(&world.place.bob);
    for request in requests::all(&bob.prey) {
        let (mut session, _, own) = ann(&world);
        for handle in &own {
            fire(&mut session, [*handle, own[1]], &request);
        }
        // And once more on what the last round left, the other way round.
        for handle in own.iter().rev() {
            fire(&mut session, [own[1], *handle], &request);
        }
        assert!(!tells(&session.link.seen), "{request:?}");
        assert_eq!(world.place.snapshot(&world.place.bob), before, "{request:?}");
    }
    bob.goes_on();
}

/// MS-OXCPERM R1192, R173: Ann is let into Bob's mailbox, to see that there is a Journal. Whatever she asks for there,
/// and whatever she asks to be moved or copied there, nothing of his is read and nothing changes but what she is
/// let do: to see the names of his properties, which tell her what numbers mean.
#[test]
fn a_visitor_gets_at_nothing_but_what_is_open() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let mut txn = world.place.store.write().unwrap();
    let mut list = Permissions::default();
    list.members.insert(world.place.ann.id, Rights::FOLDER_VISIBLE);
    txn.put_permissions(world.place.bob.id, Special::Journal.counter(), &list).unwrap();
    txn.commit().unwrap();
    let before = world.place.snapshot(&world.place.bob);
    for request in requests::all(&bob.prey) {
        let (mut session, _, own) = ann(&world);
        session.logon_id = 1;
        let visit = block_on(session.logon(&bob.prey.legacy_dn)).unwrap();
        let mut his = vec![visit.handle];
        for folder in [Special::Root, Special::IpmSubtree, Special::Inbox, Special::Journal] {
            his.push(block_on(session.open_folder(visit.handle, folder.id())).unwrap());
        }
        let (root, inbox) = (his[1], his[3]);
        let (table, _) = block_on(session.open(root, rop::GetHierarchyTableRequest { table_flags: 4 })).unwrap();
        block_on(session.set_columns(table, &[PropertyTag::PidTagDisplayName])).unwrap();
        for is_contents_collector in [true, false] {
            let collector = rop::SynchronizationOpenCollectorRequest { is_contents_collector };
            his.push(block_on(session.open(inbox, collector)).unwrap().0);
        }
        let (permissions, _) =
            block_on(session.open(inbox, rop::GetPermissionsTableRequest { table_flags: 0 })).unwrap();
        his.extend([table, permissions]);
        for handle in his.clone() {
            fire(&mut session, [handle, his[4]], &request);
            fire(&mut session, [his[4], handle], &request);
            session.logon_id = 0;
            fire(&mut session, [own[1], handle], &request);
            session.logon_id = 1;
        }
        let names = matches!(request, Request::GetNamesFromPropertyIds(_) | Request::QueryNamedProperties(_));
        assert!(names || !tells(&session.link.seen), "{request:?}");
        assert_eq!(world.place.snapshot(&world.place.bob), before, "{request:?}");
    }
    bob.goes_on();
}

#[test]
fn his_entry_ids_and_names_find_nothing() {
    let world = World::new();
    let bob = Bob::at(&world);
    let (mut session, logon, own) = ann(&world);
    let before = world.place.snapshot(&world.place.bob);
    // Long-term identifiers of his database have a short form in hers, as any foreign one has (MS-OXCSTOR
    // 3.2.5.9), and nothing is found by it.
    let request = rop::IdFromLongTermIdRequest { long_term_id: bob.prey.long_term_message() };
    let id = block_on(session.run(logon.handle, request)).unwrap().object_id;
    assert_eq!(id.replica(), 2);
    for folder in [id, Special::Inbox.id()] {
        let failed = block_on(session.open_message(logon.handle, folder, id)).unwrap_err();
        assert_eq!(failed.code(), Some(ErrorCode::NotFound));
    }
    // Rows are not found by his entry ids.
    let table = own[4];
    for tag in [PropertyTag::PidTagEntryId, PropertyTag::PidTagInstanceKey, PropertyTag::PidTagSourceKey] {
        let value = TaggedValue::new(tag, Value::Binary(bob.prey.message_entry_id()));
        let restriction = Restriction::Property { rel_op: RelOp::Equal, property_tag: tag, tagged_value: value };
        block_on(session.restrict(table, Some(&restriction))).unwrap();
        assert_eq!(block_on(session.all_rows(table)).unwrap(), Vec::<Vec<_>>::new());
    }
    // The name behind his identifier is not hers to learn.
    let request = rop::GetNamesFromPropertyIdsRequest { property_ids: vec![bob.prey.named_id] };
    let names = block_on(session.run(logon.handle, request)).unwrap().property_names;
    assert_eq!(names, [PropertyName::Unnamed]);
    let all = rop::QueryNamedPropertiesRequest { query_flags: 0, property_guid: None };
    block_on(session.run(logon.handle, all)).unwrap();
    assert!(!tells(&session.link.seen));
    assert_eq!(world.place.snapshot(&world.place.bob), before);
}

/// MS-OXCMAPIHTTP 3.2.5.1 (R1225): a cookie with another identity is answered with code 10, or
/// ignored where a new context is made.
#[test]
fn his_cookies_open_nothing_at_either_endpoint() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let mut his_book = world.book(&world.place.bob);
    block_on(his_book.bind()).unwrap();
    let before = world.place.snapshot(&world.place.bob);
    let cookie = bob.session.link.channel.cookies();
    let authorization = World::authorization(&world.place.ann);
    let ask = |ask: Ask<'_>| -> Reply { world.line().ask(&ask) };
    let execute = requests::execute_body(&bob.prey);
    for (request_type, body) in
        [("Execute", execute.as_slice()), ("NotificationWait", &[0; 8]), ("Disconnect", &[0; 4]), ("PING", &[])]
    {
        let reply = ask(Ask::new(request_type, body).cookie(&cookie).by(&authorization));
        assert_eq!((reply.status, reply.code()), (200, 10), "{request_type}");
        assert!(!tells(&reply.body), "{request_type}");
        bob.goes_on();
    }
    let book_cookie = his_book.channel.cookies();
    for (_, name) in RequestType::ALL.iter().filter(|(kind, _)| *kind != RequestType::Bind) {
        let body = requests::nspi_body(name, &bob.prey);
        let reply = ask(Ask::nspi(name, &body).cookie(&book_cookie).by(&authorization));
        assert_eq!((reply.status, reply.code()), (200, 10), "{name}");
        assert!(block_on(his_book.special_table()).is_ok(), "{name}");
    }
    // A cookie of one endpoint is none at the other, not even to its owner.
    let his = World::authorization(&world.place.bob);
    let reply = ask(Ask::nspi("QueryRows", &requests::nspi_body("QueryRows", &bob.prey)).cookie(&cookie).by(&his));
    assert_eq!(reply.code(), 10);
    let reply = ask(Ask::new("Execute", &execute).cookie(&book_cookie).by(&his));
    assert_eq!(reply.code(), 10);
    assert!(block_on(his_book.special_table()).is_ok());
    bob.goes_on();
    assert_eq!(world.place.snapshot(&world.place.bob), before);
}

#[test]
fn connecting_with_his_cookies_leaves_his_contexts_alone() {
    let world = World::new();
    let mut bob = Bob::at(&world);
    let mut his_book = world.book(&world.place.bob);
    block_on(his_book.bind()).unwrap();
    let mut emsmdb = world.emsmdb(&world.place.ann);
    emsmdb.channel.set_cookies(&bob.session.link.channel.cookies());
    block_on(emsmdb.connect(&world.place.ann.legacy_dn, 0)).unwrap();
    assert_ne!(emsmdb.channel.cookies(), bob.session.link.channel.cookies());
    let mut book = world.book(&world.place.ann);
    book.channel.set_cookies(&his_book.channel.cookies());
    block_on(book.bind()).unwrap();
    bob.goes_on();
    assert!(block_on(his_book.special_table()).is_ok());
    // What she got is hers: his handles are not in it.
    let mut session = Session::new(emsmdb);
    let found = block_on(session.property(bob.prey.handles[3], PropertyTag::PidTagSubject));
    assert!(found.is_err(), "{found:?}");
}

/// MS-OXNSPI 3.1.4.1.15, 3.1.4.1.16: the address book of all cannot be changed by one.
#[test]
fn the_address_book_entry_of_another_cannot_be_changed() {
    let world = World::new();
    let bob = Bob::at(&world);
    let before = world.place.snapshot(&world.place.bob);
    let mut book = world.book(&world.place.ann);
    block_on(book.bind()).unwrap();
    let mid = block_on(book.dn_to_mid(&bob.prey.legacy_dn)).unwrap().unwrap();
    assert_ne!(mid, MinimalId::MID_UNRESOLVED);
    for code in requests::change_entry(&mut book, mid) {
        assert_eq!(code, ErrorCode::AccessDenied);
    }
    assert_eq!(world.place.snapshot(&world.place.bob), before);
}

/// Handles of one logon are not for another, in the session of somebody who may open both.
/// MS-OXCROPS 2.2.1, MS-OXCSTOR 2.2.1.1
#[test]
fn an_administrators_two_logons_do_not_mix() {
    let place = Place::new();
    let bob = place.bob.clone();
    let message = place.deliver(&bob, MAIL);
    let mut carol = place.add("carol@example.test", "Carol");
    carol.admin = true;
    let mut txn = place.store.write().unwrap();
    mailstead::directory::update(&mut txn, &carol).unwrap();
    txn.commit().unwrap();
    let mut session = crate::client::Desk::bare(&place, &carol, true);
    let own = block_on(session.logon(&carol.legacy_dn)).unwrap();
    session.logon_id = 1;
    let plain = block_on(session.logon(&bob.legacy_dn)).unwrap_err();
    assert_eq!(plain.code(), Some(ErrorCode::LoginPermission), "rights have to be asked for");
    let other = block_on(session.logon_with(&bob.legacy_dn, open_flags::USE_ADMIN_PRIVILEGE)).unwrap();
    let his = block_on(session.open_message(other.handle, Special::Inbox.id(), message)).unwrap();
    session.logon_id = 0;
    for handle in [his, other.handle] {
        let failed = block_on(session.property(handle, PropertyTag::PidTagDisplayName)).unwrap_err();
        assert_eq!(failed.code(), Some(ErrorCode::AccessDenied));
    }
    let failed = block_on(session.open_message(own.handle, Special::Inbox.id(), message)).unwrap_err();
    assert_eq!(failed.code(), Some(ErrorCode::NotFound), "his message is not in her mailbox");
    // Releasing one logon leaves the other.
    block_on(session.release(&[own.handle])).unwrap();
    session.logon_id = 1;
    assert!(block_on(session.property(his, PropertyTag::PidTagSubject)).unwrap().is_ok());
}
