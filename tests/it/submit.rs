//! Sending to users of this box, and the transport operations around it. MS-OXOMSG 3.3.5.1.3,
//! MS-OXCROPS 2.2.7

mod receipt;

use crate::client::{Desk, Dice, Direct, Place, string};
use mailstead::client::{Recipient, Session, recipient_bytes};
use mailstead::directory::{self, EntryKind, User};
use mailstead::exec::{Caller, Engine};
use mailstead::mapi::{
    AddressBookEntryId, ErrorCode, ObjectId, PropertyName, PropertyTag, RecipientType, TaggedValue, Value,
};
use mailstead::rop::{
    AbortSubmitRequest, GetPropertyIdsFromNamesRequest, GetTransportFolderRequest, ModifyRecipientRow,
    ModifyRecipientsRequest, NO_HANDLE, OpenAttachmentRequest, SetReceiveFolderRequest, SetSpoolerRequest,
    SpoolerLockMessageRequest, SubmitMessageRequest, TransportNewMailRequest, TransportSendRequest,
};
use mailstead::store::{Commit, Observer, Quota, Special, What};
use mailstead::wire::{FileTime, Guid, Wire as _};
use smol::block_on;
use std::sync::{Arc, Mutex, Weak};

const TO: RecipientType = RecipientType(1);
const CC: RecipientType = RecipientType(2);
const BCC: RecipientType = RecipientType(3);
const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;

const SUBMIT: SubmitMessageRequest = SubmitMessageRequest { submit_flags: 0 };

/// A session of a user at a place where others have theirs.
fn desk_of(place: &Arc<Place>, user: &User) -> Desk {
    let engine = Arc::new(Engine::new(Arc::clone(&place.store), place.clock.clone()));
    let caller =
        Caller { user: user.clone(), admin: false, client_version: [16, 0, 15928], code_page: 1252, locale: 0x407 };
    let mut session = Session::new(Direct::new(engine, caller));
    let logon = block_on(session.logon(&user.legacy_dn)).unwrap();
    Desk { place: Arc::clone(place), session, logon }
}

/// Ann and Bob, who sit at the same box.
fn ann_and_bob() -> (Desk, Desk) {
    let place = Arc::new(Place::new());
    let (ann, bob) = (place.ann.clone(), place.bob.clone());
    (desk_of(&place, &ann), desk_of(&place, &bob))
}

fn to(recipient_type: RecipientType, address: &str) -> Recipient {
    let display_name = address.split('@').next().unwrap().to_owned();
    Recipient { recipient_type, display_name, address: address.to_owned() }
}

impl Desk {
    /// A message in the Outbox, saved.
    #[track_caller]
    fn letter(&mut self, recipients: &[Recipient], mut values: Vec<TaggedValue>) -> u32 {
        let message = self.draft(Special::Outbox.id());
        values.insert(0, string(PropertyTag::PidTagBody, "Hello there"));
        self.set(message, values);
        block_on(self.session.add_recipients(message, recipients)).unwrap();
        self.save(message);
        message
    }

    /// Subjects in one of the built-in folders.
    #[track_caller]
    fn in_folder(&mut self, special: Special) -> Vec<String> {
        let folder = self.folder(special.id());
        self.subjects(folder)
    }

    /// The only message of a folder, opened.
    #[track_caller]
    fn only(&mut self, special: Special) -> u32 {
        let folder = self.folder(special.id());
        let table = self.contents(folder, &[PropertyTag::PidTagMid]);
        let rows = self.rows(table);
        assert_eq!(rows.len(), 1, "{special:?}");
        match rows[0][0] {
            Ok(Value::Integer64(id)) => self.open_message(special.id(), ObjectId::from_i64(id)),
            ref other => panic!("{other:?}"),
        }
    }
}

/// Hears of every commit, as a notification would.
#[derive(Debug, Default)]
struct Ear(Mutex<Vec<What>>);

impl Observer for Ear {
    fn committed(&self, commit: Commit) {
        self.0.lock().unwrap().extend(commit.events.into_iter().map(|event| event.what));
    }
}

/// MS-OXCMSG R513 (mfUnsent is cleared); MS-OXOMSG 3.3.5.1.3 (PidTagClientSubmitTime, PidTagMessageLocaleId,
/// spam confidence); new mail for whoever gets it.
/// MS-OXCROPS R2348
#[test]
fn a_message_reaches_another_user_and_sent_items() {
    let (mut ann, mut bob) = ann_and_bob();
    let ear = Arc::new(Ear::default());
    let weak: Weak<Ear> = Arc::downgrade(&ear);
    ann.place.store.observe(weak);
    let message = ann.letter(&[to(TO, "bob@example.test")], vec![string(SUBJECT, "RE: Tea")]);
    ann.place.clock.advance(std::time::Duration::from_secs(5));
    let now = ann.place.clock.now();
    ann.go(message, SUBMIT);
    assert_eq!(ann.in_folder(Special::Outbox), [""; 0]);
    assert_eq!(ann.in_folder(Special::SentItems), ["RE: Tea"]);
    assert_eq!(bob.in_folder(Special::Inbox), ["RE: Tea"]);
    let mine = ann.only(Special::SentItems);
    assert_eq!(ann.integer(mine, PropertyTag::PidTagMessageFlags) & 0xD, 0x1, "read, not unsent, not waiting");
    let his = bob.only(Special::Inbox);
    assert_eq!(bob.integer(his, PropertyTag::PidTagMessageFlags) & 0x2D, 0, "unread, not unsent, not from him");
    let user = ann.place.ann.clone();
    for (desk, message) in [(&mut ann, mine), (&mut bob, his)] {
        assert_eq!(desk.text(message, PropertyTag::PidTagBody), "Hello there");
        assert_eq!(desk.text(message, PropertyTag::PidTagConversationTopic), "Tea");
        for (name, kind, address, smtp) in [
            (
                PropertyTag::PidTagSenderName,
                PropertyTag::PidTagSenderAddressType,
                PropertyTag::PidTagSenderEmailAddress,
                PropertyTag::PidTagSenderSmtpAddress,
            ),
            (
                PropertyTag::PidTagSentRepresentingName,
                PropertyTag::PidTagSentRepresentingAddressType,
                PropertyTag::PidTagSentRepresentingEmailAddress,
                PropertyTag::PidTagSentRepresentingSmtpAddress,
            ),
        ] {
            let who = [name, kind, address, smtp].map(|tag| desk.text(message, tag));
            assert_eq!(who, ["Ann", "EX", &user.legacy_dn, &user.address]);
        }
        assert_eq!(desk.get(message, PropertyTag::PidTagClientSubmitTime), Ok(Value::Time(now)));
        assert_eq!(desk.integer(message, PropertyTag::PidTagMessageLocaleId), 0x407);
        let index = desk.get(message, PropertyTag::PidTagConversationIndex);
        assert!(matches!(&index, Ok(Value::Binary(bytes)) if bytes.len() == 22 && bytes[0] == 1), "{index:?}");
        let id = desk.text(message, PropertyTag::PidTagInternetMessageId);
        assert!(id.starts_with('<') && id.ends_with("@example.test>"), "{id}");
        assert_eq!(desk.text(message, PropertyTag::PidTagDisplayTo), "Bob", "as the address book has it");
    }
    assert_eq!(bob.get(his, PropertyTag::PidTagMessageDeliveryTime), Ok(Value::Time(now)));
    assert_eq!(bob.text(his, PropertyTag::PidTagReceivedByName), "Bob");
    assert_eq!(bob.get(his, PropertyTag::PidTagMessageToMe), Ok(Value::Boolean(true)));
    let heard = ear.0.lock().unwrap();
    let news: Vec<_> = heard.iter().filter(|what| matches!(what, What::NewMail { .. })).collect();
    let [What::NewMail { at, class, .. }] = news[..] else { panic!("{news:?}") };
    assert_eq!((at.folder, class.as_str()), (Special::Inbox.counter(), "IPM.Note"));
}

/// Everybody gets one copy, and nobody sees who got one blindly.
/// MS-OXCMSG R525 (mfFromMe)
#[test]
fn blind_copies_stay_blind_and_everybody_gets_one() {
    let (mut ann, mut bob) = ann_and_bob();
    let eve = ann.place.add("eve@example.test", "Eve");
    let mut eve = desk_of(&ann.place, &eve);
    let all = [
        to(TO, "bob@example.test"),
        to(CC, "BOB@example.test"),
        to(CC, "ann@example.test"),
        to(BCC, "eve@example.test"),
    ];
    let message = ann.letter(&all, vec![string(SUBJECT, "all")]);
    ann.go(message, SUBMIT);
    let (mine, his, hers, sent) =
        (ann.only(Special::Inbox), bob.only(Special::Inbox), eve.only(Special::Inbox), ann.only(Special::SentItems));
    assert_eq!(ann.integer(mine, PropertyTag::PidTagMessageFlags) & 0x20, 0x20, "mfFromMe");
    for (desk, message) in [(&mut ann, mine), (&mut bob, his), (&mut eve, hers)] {
        assert_eq!(desk.text(message, PropertyTag::PidTagDisplayCc), "Bob; Ann");
        assert_eq!(desk.text(message, PropertyTag::PidTagDisplayBcc), "");
        assert_eq!(desk.open(message).recipients, 3);
    }
    assert_eq!(eve.get(hers, PropertyTag::PidTagMessageToMe), Ok(Value::Boolean(false)));
    assert_eq!(ann.text(sent, PropertyTag::PidTagDisplayBcc), "Eve", "the sender knows");
}

struct Opened {
    recipients: usize,
}

impl Desk {
    #[track_caller]
    fn open(&mut self, message: u32) -> Opened {
        let request = mailstead::rop::ReadRecipientsRequest { row_id: 0, reserved: 0 };
        Opened { recipients: self.go(message, request).recipient_rows.len() }
    }
}

/// What cannot be sent is not sent at all: nothing changes in any mailbox, and the message can be
/// mended and sent.
#[test]
fn what_cannot_reach_all_reaches_nobody() {
    let (mut ann, mut bob) = ann_and_bob();
    let nowhere = [to(TO, "bob@example.test"), to(CC, "someone@elsewhere.test")];
    for recipients in [&nowhere[..], &[to(TO, "nobody@example.test")], &[]] {
        let message = ann.letter(recipients, vec![string(SUBJECT, "x")]);
        let users = [ann.place.ann.clone(), ann.place.bob.clone()];
        let before = users.each_ref().map(|user| ann.place.snapshot(user));
        let code = ann.fails(message, SUBMIT);
        let expected = if recipients.is_empty() { ErrorCode::NoRecipients } else { ErrorCode::AmbiguousRecipient };
        assert_eq!(code, expected);
        assert_eq!(users.each_ref().map(|user| ann.place.snapshot(user)), before);
        assert_eq!(ann.integer(message, PropertyTag::PidTagMessageFlags) & 0x8, 0x8, "still a draft");
        // Mended, it goes.
        let rows = vec![
            ModifyRecipientRow {
                row_id: 0,
                recipient_type: 1,
                recipient_row: recipient_bytes(&to(TO, "bob@example.test")),
            },
            ModifyRecipientRow { row_id: 1, recipient_type: 0, recipient_row: Vec::new() },
        ];
        ann.go(message, ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows: rows });
        ann.go(message, SUBMIT);
    }
    assert_eq!(bob.in_folder(Special::Inbox).len(), 3);
    let message = ann.letter(&[to(TO, "bob@example.test")], vec![]);
    assert_eq!(ann.fails(message, SubmitMessageRequest { submit_flags: 4 }), ErrorCode::InvalidParameter);
    let inbox = ann.inbox();
    assert_eq!(ann.fails(inbox, SUBMIT), ErrorCode::NullObject);
    let later = TaggedValue::new(PropertyTag::PidTagDeferredSendTime, Value::Time(FileTime(u64::MAX)));
    ann.set(message, vec![later]);
    assert_eq!(ann.fails(message, SUBMIT), ErrorCode::NotSupported, "there is no queue");
}

#[test]
fn a_group_is_taken_apart() {
    let (mut ann, mut bob) = ann_and_bob();
    let place = Arc::clone(&ann.place);
    let group = |address: &str, members: &[u32]| {
        let mut txn = place.store.write().unwrap();
        let id = directory::create_listed(&mut txn, "Mailstead", EntryKind::Group, address, address).unwrap();
        let mut listing = directory::listing(&txn, id).unwrap().unwrap();
        listing.facts.members = members.iter().copied().collect();
        directory::update_listing(&mut txn, &listing).unwrap();
        txn.commit().unwrap();
        id
    };
    let inner = group("inner@example.test", &[place.bob.id]);
    group("family@example.test", &[inner, place.ann.id, place.bob.id]);
    let letter = ann.letter(&[to(TO, "family@example.test")], vec![string(SUBJECT, "To all")]);
    ann.go(letter, SUBMIT);
    assert_eq!(ann.in_folder(Special::Inbox), ["To all"]);
    assert_eq!(bob.in_folder(Special::Inbox), ["To all"], "once, though he is in it twice");
    // Somebody in it is elsewhere: nobody gets it.
    let mut txn = place.store.write().unwrap();
    let uncle = directory::create_listed(&mut txn, "Mailstead", EntryKind::Contact, "uncle@elsewhere.test", "Uncle");
    let uncle = uncle.unwrap();
    txn.commit().unwrap();
    group("far@example.test", &[place.bob.id, uncle]);
    let letter = ann.letter(&[to(TO, "far@example.test")], vec![string(SUBJECT, "To some")]);
    assert_eq!(ann.fails(letter, SUBMIT), ErrorCode::AmbiguousRecipient);
    assert_eq!(bob.in_folder(Special::Inbox), ["To all"]);
}

/// A message that was never saved is saved by sending it; one that failed to be sent was not.
#[test]
fn a_message_need_not_be_saved_to_be_sent() {
    let (mut ann, mut bob) = ann_and_bob();
    let message = ann.draft(Special::Drafts.id());
    ann.set(message, vec![string(SUBJECT, "new")]);
    assert_eq!(ann.fails(message, SUBMIT), ErrorCode::NoRecipients);
    assert_eq!(ann.in_folder(Special::Drafts), [""; 0]);
    block_on(ann.session.add_recipients(message, &[to(TO, "bob@example.test")])).unwrap();
    ann.go(message, SUBMIT);
    assert_eq!((ann.in_folder(Special::Drafts).len(), ann.in_folder(Special::SentItems).len()), (0, 1));
    assert_eq!(bob.in_folder(Special::Inbox), ["new"]);
    // What it was is somewhere else now.
    assert_eq!(ann.fails(message, SUBMIT), ErrorCode::ObjectDeleted);
    assert_eq!(bob.in_folder(Special::Inbox), ["new"], "and it is not sent again");
}

/// MS-OXOMSG 3.3.5.1.3: PidTagSentMailSvrEID, PidTagDeleteAfterSubmit. MS-OXCSTOR R653: what the store says
/// goes for messages that say nothing.
/// MS-OXCSTOR R3068002, R654 (2.2.2.1.2)
#[test]
fn a_sent_message_goes_where_it_says() {
    let (mut ann, bob) = ann_and_bob();
    let server_id = |folder: ObjectId| {
        let bytes = [&[1], &folder.0.to_le_bytes()[..], &[0; 12]].concat();
        TaggedValue::new(PropertyTag::PidTagSentMailSvrEID, Value::ServerId(bytes))
    };
    let delete = TaggedValue::new(PropertyTag::PidTagDeleteAfterSubmit, Value::Boolean(true));
    let top = ann.folder(Special::IpmSubtree.id());
    let (folder, folder_id) = ann.create_folder(top, "Mine");
    let ids = ann.logon.private.clone();
    let entry_id = mailstead::mapi::FolderEntryId::private(
        ids.mailbox_guid,
        mailstead::mapi::LongTermId::new(ids.repl_guid, folder_id),
    );
    let entry_id = TaggedValue::new(PropertyTag::PidTagSentMailEntryId, Value::Binary(entry_id.to_bytes()));
    let send = |ann: &mut Desk, values: Vec<TaggedValue>| {
        let message = ann.letter(&[to(TO, "bob@example.test")], values);
        ann.go(message, SUBMIT);
        let sent = ann.in_folder(Special::SentItems).len();
        (ann.in_folder(Special::Outbox).len(), sent, ann.counts_of(folder))
    };
    assert_eq!(send(&mut ann, vec![server_id(folder_id)]), (0, 0, 1));
    assert_eq!(send(&mut ann, vec![entry_id]), (0, 0, 2));
    assert_eq!(send(&mut ann, vec![delete.clone()]), (0, 0, 2), "nowhere");
    assert_eq!(send(&mut ann, vec![server_id(Special::Outbox.id())]), (1, 0, 2), "it stays where it is");
    assert_eq!(send(&mut ann, vec![server_id(ObjectId::own(0xFFFF))]), (1, 1, 2), "no such folder");
    let store = ann.logon.handle;
    ann.set(store, vec![delete]);
    assert_eq!(send(&mut ann, vec![]), (1, 1, 2), "the store says to delete it");
    assert_eq!(send(&mut ann, vec![server_id(folder_id)]), (1, 1, 3), "the message knows better");
    drop(bob);
}

impl Desk {
    #[track_caller]
    fn counts_of(&mut self, folder: u32) -> usize {
        self.subjects(folder).len()
    }
}

/// Nobody sends in the name of another; who names himself is himself, whatever name he gives.
#[test]
fn nobody_sends_as_another() {
    let (mut ann, mut bob) = ann_and_bob();
    let bob_dn = ann.place.bob.legacy_dn.clone();
    let ann_dn = ann.place.ann.legacy_dn.clone();
    let entry = |dn: &str| Value::Binary(AddressBookEntryId::new(0, dn).to_bytes());
    let kind = string(PropertyTag::PidTagSentRepresentingAddressType, "EX");
    let email = |dn: &str| string(PropertyTag::PidTagSentRepresentingEmailAddress, dn);
    for forged in [
        vec![TaggedValue::new(PropertyTag::PidTagSentRepresentingEntryId, entry(&bob_dn))],
        vec![kind.clone(), email(&bob_dn)],
        vec![string(PropertyTag::PidTagSentRepresentingEmailAddress, "bob@example.test")],
        vec![string(PropertyTag::PidTagSentRepresentingSmtpAddress, "chief@elsewhere.test")],
        vec![
            TaggedValue::new(PropertyTag::PidTagSentRepresentingEntryId, entry(&ann_dn)),
            kind.clone(),
            email(&bob_dn),
        ],
    ] {
        let message = ann.letter(&[to(TO, "bob@example.test")], forged);
        assert_eq!(ann.fails(message, SUBMIT), ErrorCode::SendAsDenied);
    }
    assert_eq!(bob.in_folder(Special::Inbox), [""; 0]);
    let myself = vec![
        string(PropertyTag::PidTagSentRepresentingName, "The Chief"),
        string(PropertyTag::PidTagSenderName, "The Chief"),
        kind,
        email(&ann_dn),
        TaggedValue::new(PropertyTag::PidTagSentRepresentingEntryId, entry(&ann_dn)),
    ];
    let message = ann.letter(&[to(TO, "bob@example.test")], myself);
    ann.go(message, SUBMIT);
    let his = bob.only(Special::Inbox);
    for tag in [PropertyTag::PidTagSenderName, PropertyTag::PidTagSentRepresentingName] {
        assert_eq!(bob.text(his, tag), "Ann");
    }
}

/// A delegate sends on behalf of who made her one, by whichever name he is named: the message is from him,
/// sent by her. Not the other way round, not for a third, and no longer when she is none. MS-OXOABK 2.2.5.5
#[test]
fn delegates_send_on_behalf() {
    let (mut ann, mut bob) = ann_and_bob();
    let (bob_dn, ann_dn) = (ann.place.bob.legacy_dn.clone(), ann.place.ann.legacy_dn.clone());
    let (bob_id, ann_id) = (ann.place.bob.id, ann.place.ann.id);
    let delegate = |desk: &Desk, is: bool| {
        let mut txn = desk.place.store.write().unwrap();
        let mut listing = directory::listing(&txn, bob_id).unwrap().unwrap();
        if is {
            listing.facts.delegates.insert(ann_id)
        } else {
            listing.facts.delegates.remove(&ann_id)
        };
        directory::update_listing(&mut txn, &listing).unwrap();
        txn.commit().unwrap();
    };
    let entry = |dn: &str| {
        let bytes = AddressBookEntryId::new(0, dn).to_bytes();
        TaggedValue::new(PropertyTag::PidTagSentRepresentingEntryId, Value::Binary(bytes))
    };
    let smtp = |address: &str| string(PropertyTag::PidTagSentRepresentingSmtpAddress, address);
    let names = [vec![entry(&bob_dn)], vec![smtp("bob@example.test")], vec![entry(&bob_dn), smtp("bob@example.test")]];
    for (n, named) in names.into_iter().enumerate() {
        delegate(&ann, false);
        let message = ann.letter(&[to(TO, "bob@example.test")], named.clone());
        assert_eq!(ann.fails(message, SUBMIT), ErrorCode::SendAsDenied);
        delegate(&ann, true);
        ann.go(message, SUBMIT);
        assert_eq!(bob.in_folder(Special::Inbox).len(), n + 1);
    }
    let ids = {
        let txn = bob.place.store.read().unwrap();
        txn.message_ids(bob_id, Special::Inbox.counter(), mailstead::store::Kind::Normal).unwrap()
    };
    let txn = bob.place.store.read().unwrap();
    for id in ids {
        let head =
            txn.message_head(bob_id, Special::Inbox.counter(), mailstead::store::Kind::Normal, id).unwrap().unwrap();
        let text = |tag: PropertyTag| head.properties.text(tag.id()).unwrap().to_owned();
        assert_eq!(text(PropertyTag::PidTagSentRepresentingEmailAddress), bob_dn);
        assert_eq!(text(PropertyTag::PidTagSenderEmailAddress), ann_dn);
        assert_eq!(text(PropertyTag::PidTagSentRepresentingName), "Bob");
    }
    drop(txn);
    // Two that are named must be one, and Bob is no delegate of Ann's.
    let message = ann.letter(&[to(TO, "bob@example.test")], vec![entry(&bob_dn), smtp("ann@example.test")]);
    assert_eq!(ann.fails(message, SUBMIT), ErrorCode::SendAsDenied);
    let message = bob.letter(&[to(TO, "bob@example.test")], vec![entry(&ann_dn)]);
    assert_eq!(bob.fails(message, SUBMIT), ErrorCode::SendAsDenied);
}

/// Full mailboxes: of the sender, and of whoever is to get it.
#[test]
fn quotas_stop_a_message_before_it_is_sent() {
    let (mut ann, mut bob) = ann_and_bob();
    let quota = |desk: &Desk, user: u32, quota: Quota| {
        let mut txn = desk.place.store.write().unwrap();
        let mut mailbox = txn.mailbox(user).unwrap();
        mailbox.set_quota(quota);
        txn.put_mailbox(user, &mailbox).unwrap();
        txn.commit().unwrap();
    };
    let body = string(PropertyTag::PidTagBody, &"x".repeat(20_000));
    let message = ann.letter(&[to(TO, "bob@example.test"), to(TO, "ann@example.test")], vec![body]);
    let (me, him) = (ann.place.ann.id, ann.place.bob.id);
    quota(&ann, him, Quota { receive_kib: Some(10), ..Quota::default() });
    assert_eq!(ann.fails(message, SUBMIT), ErrorCode::ShutoffQuotaExceeded);
    quota(&ann, him, Quota::default());
    quota(&ann, me, Quota { send_kib: Some(10), ..Quota::default() });
    assert_eq!(ann.fails(message, SUBMIT), ErrorCode::QuotaExceeded);
    assert_eq!((bob.in_folder(Special::Inbox).len(), ann.in_folder(Special::Inbox).len()), (0, 0));
    quota(&ann, me, Quota::default());
    ann.go(message, SUBMIT);
    assert_eq!((bob.in_folder(Special::Inbox).len(), ann.in_folder(Special::Inbox).len()), (1, 1));
}

/// Attachments, large bodies, named properties and the class arrive as they are; the class decides
/// where.
#[test]
fn everything_of_a_message_arrives() {
    let (mut ann, mut bob) = ann_and_bob();
    let name = PropertyName::Named { guid: Guid([5; 16]), name: "Color".to_owned() };
    let ids = |desk: &mut Desk, name: PropertyName| {
        let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names: vec![name] };
        desk.go(desk.logon.handle, request).property_ids[0]
    };
    // Another name first, so that the numbers differ.
    ids(&mut bob, PropertyName::Lid { guid: Guid([6; 16]), lid: 1 });
    let (mine, his) = (ids(&mut ann, name.clone()), ids(&mut bob, name));
    assert_ne!(mine, his);
    let top = bob.folder(Special::IpmSubtree.id());
    let (folder, folder_id) = bob.create_folder(top, "Colors");
    let class = "IPM.Note.Color";
    bob.go(bob.logon.handle, SetReceiveFolderRequest { folder_id, message_class: class.to_owned() });
    let color = |id: u16| PropertyTag::new(id, mailstead::mapi::PropertyType::String);
    let message = ann.draft(Special::Outbox.id());
    let values = vec![string(PropertyTag::PidTagMessageClass, class), string(color(mine), "green")];
    ann.set(message, values);
    let mut dice = Dice::seeded(7);
    let data: Vec<u8> = (0..3_000_000).map(|_| dice.byte()).collect();
    let made = ann.attempt_on([message, NO_HANDLE], mailstead::rop::CreateAttachmentRequest {}).unwrap();
    let attachment = made.handle;
    block_on(ann.session.write_stream(attachment, PropertyTag::PidTagAttachDataBinary, &data)).unwrap();
    let request = mailstead::rop::SaveChangesAttachmentRequest { save_flags: 0x0A };
    ann.attempt_on([attachment, message], request).unwrap();
    let html = [&b"<html>"[..], &[b'y'; 100_000], b"</html>"].concat();
    block_on(ann.session.write_stream(message, PropertyTag::PidTagHtml, &html)).unwrap();
    block_on(ann.session.add_recipients(message, &[to(TO, "bob@example.test")])).unwrap();
    ann.go(message, SUBMIT);
    assert_eq!(bob.in_folder(Special::Inbox), [""; 0]);
    let table = bob.contents(folder, &[PropertyTag::PidTagMid]);
    let rows = bob.rows(table);
    let Ok(Value::Integer64(id)) = rows[0][0] else { panic!("{rows:?}") };
    let got = bob.open_message(folder_id, ObjectId::from_i64(id));
    assert_eq!(bob.text(got, color(his)), "green");
    assert_eq!(bob.text(got, PropertyTag::PidTagMessageClass), class);
    assert!(block_on(bob.session.read_stream(got, PropertyTag::PidTagHtml)).unwrap() == html);
    let attachment = bob.make(got, OpenAttachmentRequest { open_attachment_flags: 0, attachment_id: 0 });
    assert!(block_on(bob.session.read_stream(attachment, PropertyTag::PidTagAttachDataBinary)).unwrap() == data);
    // The copies have nothing in common: each is deleted alone (checked at the end of the test).
    let folder_handle = bob.folder(folder_id);
    let request = mailstead::rop::HardDeleteMessagesRequest {
        want_asynchronous: false,
        notify_non_read: false,
        message_ids: vec![ObjectId::from_i64(id)],
    };
    bob.go(folder_handle, request);
    let sent = ann.only(Special::SentItems);
    assert!(block_on(ann.session.read_stream(sent, PropertyTag::PidTagHtml)).unwrap() == html);
}

/// A reply stays in its conversation.
#[test]
fn a_conversation_goes_on() {
    let (mut ann, mut bob) = ann_and_bob();
    let message = ann.letter(&[to(TO, "bob@example.test")], vec![string(SUBJECT, "Tea")]);
    ann.go(message, SUBMIT);
    let his = bob.only(Special::Inbox);
    let Ok(Value::Binary(mut index)) = bob.get(his, PropertyTag::PidTagConversationIndex) else { panic!() };
    index.extend([0, 0, 0, 0, 1]);
    let values = vec![
        string(SUBJECT, "RE: Tea"),
        TaggedValue::new(PropertyTag::PidTagConversationIndex, Value::Binary(index.clone())),
    ];
    let reply = bob.letter(&[to(TO, "ann@example.test")], values);
    bob.go(reply, SUBMIT);
    let back = ann.only(Special::Inbox);
    assert_eq!(ann.get(back, PropertyTag::PidTagConversationIndex), Ok(Value::Binary(index)));
    assert_eq!(ann.text(back, PropertyTag::PidTagConversationTopic), "Tea");
}

/// RopTransportSend does what RopSubmitMessage does. MS-OXCROPS R2467 (2.2.7.6): what cached mode sends with.
/// MS-OXCROPS R2466 R2485 R2519 R2538
#[test]
fn transport_send_sends_too() {
    let (mut ann, mut bob) = ann_and_bob();
    let store = ann.logon.handle;
    let folder = ann.go(store, GetTransportFolderRequest {}).folder_id;
    assert_eq!(folder, Special::Outbox.id());
    let message = ann.letter(&[to(TO, "bob@example.test")], vec![string(SUBJECT, "cached")]);
    assert_eq!(ann.go(message, TransportSendRequest {}).property_values, None);
    assert_eq!(bob.in_folder(Special::Inbox), ["cached"]);
    assert_eq!(ann.in_folder(Special::SentItems), ["cached"]);
}

/// RopAbortSubmit, RopSetSpooler, RopSpoolerLockMessage: there is never anything in the queue.
/// RopTransportNewMail tells others of new mail.
/// MS-OXCROPS R2426 R2457 R2492 R2503 R2505
/// MS-OXCROPS R2507 R2509 R2510
#[test]
fn the_queue_is_always_empty() {
    let (mut ann, bob) = ann_and_bob();
    let store = ann.logon.handle;
    let folder_id = Special::Outbox.id();
    let message_id = ann.note(folder_id, "draft");
    ann.go(store, SetSpoolerRequest {});
    assert_eq!(ann.fails(store, AbortSubmitRequest { folder_id, message_id }), ErrorCode::NotInQueue);
    let elsewhere = AbortSubmitRequest { folder_id: Special::Inbox.id(), message_id };
    assert_eq!(ann.fails(store, elsewhere), ErrorCode::NotFound);
    for lock_state in 0..3 {
        let lock = SpoolerLockMessageRequest { message_id, lock_state };
        assert_eq!(ann.fails(store, lock), ErrorCode::NotInQueue);
    }
    let lock = SpoolerLockMessageRequest { message_id, lock_state: 3 };
    assert_eq!(ann.fails(store, lock), ErrorCode::InvalidParameter);
    let ear = Arc::new(Ear::default());
    let weak: Weak<Ear> = Arc::downgrade(&ear);
    ann.place.store.observe(weak);
    let message_class = "IPM.Note".to_owned();
    for message_flags in [0, 0x1, 0x8, 0x80] {
        let message_class = message_class.clone();
        ann.go(store, TransportNewMailRequest { message_id, folder_id, message_class, message_flags });
        let heard = std::mem::take(&mut *ear.0.lock().unwrap());
        let [What::NewMail { at, id, flags, class }] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!((at.folder, *id), (folder_id.counter(), message_id.counter()));
        assert_eq!((*flags, class.as_str()), (message_flags, "IPM.Note"));
    }
    drop(bob);
}
