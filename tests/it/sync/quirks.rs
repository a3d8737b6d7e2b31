//! Every line of outlook.md §9 that a server can get wrong, named after what users saw.

use super::download::{edit, scene};
use super::reader::{USUAL, bytes, contents_request, get, hierarchy_request};
use super::transfer::copy_to;
use super::upload::{Version, folder_change, later, take_id, xid};
use crate::client::{Desk, NOW, string};
use mailstead::mapi::{ChangeList, PropertyTag, PropertyType, TaggedValue, Value, Xid};
use mailstead::rop::{GetPropertyIdsFromNamesRequest, SynchronizationConfigureRequest};
use mailstead::store::{Kind, Location, Recipient, Special};
use mailstead::transfer::meta;
use mailstead::wire::Wire;
use std::collections::BTreeMap;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const BODY: PropertyTag = PropertyTag::PidTagBody;
const HTML: PropertyTag = PropertyTag::PidTagHtml;
const RTF_IN_SYNC: PropertyTag = PropertyTag::PidTagRtfInSync;

fn none() -> BTreeMap<u32, Vec<u8>> {
    BTreeMap::new()
}

/// "The body of plain-text mails is lost": Outlook lists PidTagBody among the excluded tags.
#[test]
fn plain_text_mails_keep_their_body() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.message(folder_id, vec![string(SUBJECT, "plain"), string(BODY, "text")]);
    let html = TaggedValue::new(HTML, Value::Binary(b"<p>html</p>".to_vec()));
    desk.message(folder_id, vec![string(SUBJECT, "html"), html]);
    let request = SynchronizationConfigureRequest { property_tags: vec![BODY], ..contents_request() };
    let got = desk.sync_with(folder, request, &none());
    assert_eq!(got.changes[0].node.text(BODY), "text");
    assert_eq!((got.changes[1].node.get(BODY), got.changes[1].node.get(HTML).is_some()), (None, true));
    let bodies = vec![BODY, HTML, PropertyTag::PidTagRtfCompressed];
    let request = SynchronizationConfigureRequest { property_tags: bodies, ..contents_request() };
    assert_eq!(desk.sync_with(folder, request, &none()).changes[0].node.get(BODY), None, "all are excluded");
}

/// "The preview becomes the body."
#[test]
fn the_preview_does_not_become_the_body() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let preview = PropertyTag(0x3FD9_001F);
    desk.message(folder_id, vec![string(SUBJECT, "s"), string(preview, "preview")]);
    assert_eq!(desk.sync(folder, &none()).changes[0].node.get(preview), None);
}

/// "RTF is taken for the body although there is none": PidTagRtfInSync missing is read as true.
#[test]
fn without_rtf_the_message_says_so() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.message(folder_id, vec![string(SUBJECT, "s"), string(BODY, "text")]);
    assert_eq!(desk.sync(folder, &none()).changes[0].node.get(RTF_IN_SYNC), Some(Value::Boolean(false)));
}

/// PidTagReadReceiptRequested and PidTagNonReceiptNotificationRequested are always there; PidTagRead,
/// the change key and the status are not among the properties.
#[test]
fn the_properties_are_those_that_outlook_reads() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    desk.note(folder_id, "s");
    let change = desk.sync(folder, &none()).changes.remove(0);
    let node = &change.node;
    for tag in [PropertyTag::PidTagReadReceiptRequested, PropertyTag::PidTagNonReceiptNotificationRequested] {
        assert_eq!(node.get(tag), Some(Value::Boolean(false)));
    }
    assert!(node.get(PropertyTag::PidTagMessageFlags).is_some());
    for tag in [
        PropertyTag::PidTagRead,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagPredecessorChangeList,
        PropertyTag::PidTagMessageStatus,
        PropertyTag::PidTagLocalCommitTime,
    ] {
        assert_eq!(node.get(tag), None, "{tag:?}");
    }
}

/// "One bad message and the folder never completes."
#[test]
fn one_bad_message_does_not_stop_the_folder() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let bad = desk.note(folder_id, "bad");
    desk.note(folder_id, "good");
    let first = desk.sync(folder, &none());
    edit(&mut desk, folder_id, bad, vec![string(SUBJECT, "bad again")]);
    let mailbox = desk.place.ann.id;
    let mut txn = desk.place.store.write().unwrap();
    // Its recipients cannot be read any more.
    let mailbox_bytes = mailbox.to_le_bytes().into_iter().rev();
    let key: Vec<u8> = mailbox_bytes.chain(bad.counter().to_le_bytes().into_iter().rev()).chain([0]).collect();
    let entry = mailstead::store::Entry { database: "parts", key: &key, value: &[0xFF] };
    txn.put_entry(entry).unwrap();
    txn.commit().unwrap();
    let got = desk.sync(folder, &none());
    assert_eq!(got.subjects(), ["good"]);
    let next = desk.sync(folder, &first.sync.state);
    assert_eq!((next.changes.len(), next.sync.deleted), (0, super::download::ids(&[bad])));
    let mut txn = desk.place.store.write().unwrap();
    txn.repair(NOW).unwrap();
    txn.commit().unwrap();
}

/// "MAPI_E_INVALID_PARAMETER in Sync Issues": the change list of every object has its change key.
#[test]
fn every_change_list_has_its_change_key() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let id = take_id(&mut desk);
    let collector = desk.collector(folder, true);
    let mut version = Version::new(desk.source_key(id), xid(7), later(1));
    version.list = ChangeList::of(Xid::own(desk.logon.private.repl_guid, 1));
    let imported = desk.make(collector, version.request());
    desk.save(imported);
    desk.note(folder_id, "other");
    for change in desk.sync(folder, &none()).changes {
        let key = Xid::from_bytes(&bytes(get(&change.header, PropertyTag::PidTagChangeKey))).unwrap();
        let list = bytes(get(&change.header, PropertyTag::PidTagPredecessorChangeList));
        assert!(ChangeList::from_bytes(&list).unwrap().includes(&ChangeList::of(key)));
    }
    let root = desk.folder(Special::Root.id());
    for props in desk.sync_folders(root, &none()).changes {
        let key = Xid::from_bytes(&bytes(get(&props, PropertyTag::PidTagChangeKey))).unwrap();
        let list = bytes(get(&props, PropertyTag::PidTagPredecessorChangeList));
        assert!(ChangeList::from_bytes(&list).unwrap().includes(&ChangeList::of(key)));
    }
}

/// "Terminated in error [80040102-501-80040102-940]": named properties on folders.
#[test]
fn folders_bring_no_named_properties() {
    let mut desk = Desk::new();
    let (root, _) = scene(&mut desk);
    let (folder, _) = desk.create_folder(root, "f");
    let name = mailstead::mapi::PropertyName::Named { guid: mailstead::wire::Guid::NIL, name: "n".into() };
    let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names: vec![name] };
    let id = desk.go(desk.logon.handle, request).property_ids[0];
    let tag = PropertyTag::new(id, PropertyType::Integer32);
    desk.set(folder, vec![TaggedValue::new(tag, Value::Integer32(1))]);
    let all = desk.sync_folders(root, &none());
    assert!(all.changes[0].iter().all(|(tag, ..)| tag.id() < 0x8000));
}

/// What Outlook wants to know of a folder, and what it stumbles over.
#[test]
fn folders_bring_what_outlook_reads() {
    let mut desk = Desk::new();
    let root = desk.folder(Special::Root.id());
    let all = desk.sync_folders(root, &none());
    for props in &all.changes {
        for tag in [0x10F4_000B, 0x10F5_000B, 0x10F6_000B, 0x0E58_0102] {
            assert!(props.iter().any(|(known, ..)| known.0 == tag), "{tag:08x}");
        }
        // Path, counts, sizes, article number, flags.
        for id in [0x66B5, 0x3602, 0x3603, 0x3617, 0x3638, 0x670B, 0x0E08, 0x6751, 0x66A8, 0x360A] {
            assert!(!props.iter().any(|(known, ..)| known.id() == id), "{id:04x}");
        }
    }
    // The Inbox says where the default folders are.
    let inbox = all
        .changes
        .iter()
        .find(|props| bytes(get(props, PropertyTag::PidTagSourceKey)) == desk.source_key(Special::Inbox.id()));
    assert!(get(inbox.unwrap(), PropertyTag::PidTagIpmAppointmentEntryId).is_some());
}

/// "Outlook retries for ever [80040604-516-80040604-733]": a folder of a name that there is.
#[test]
fn a_folder_whose_name_is_taken_is_no_error() {
    let mut desk = Desk::new();
    let (root, _) = scene(&mut desk);
    let first = desk.sync_folders(root, &none());
    let (_, there) = desk.create_folder(root, "Conversation Action Settings");
    let id = take_id(&mut desk);
    let collector = desk.collector(root, false);
    desk.upload_state(collector, &first.sync.state);
    let version = Version::new(desk.source_key(id), xid(1), NOW);
    let request = folder_change(Vec::new(), &version, "conversation action SETTINGS", vec![]);
    assert_eq!(desk.go(collector, request).folder_id, mailstead::mapi::ObjectId::NONE);
    // The one that is there comes down, and the client's own is said to be gone.
    let mut own = desk.transfer_state(collector);
    own.insert(meta::IDSET_GIVEN.0, {
        let mut given = mailstead::mapi::GuidSet::default();
        given.set(desk.logon.private.repl_guid, super::download::ids(&[id]));
        given.to_bytes()
    });
    let next = desk.sync_folders(root, &own);
    assert_eq!(next.names(), ["Conversation Action Settings"]);
    assert_eq!(next.sync.deleted, super::download::ids(&[id]));
    let _ = there;
}

/// "Both extremes crashed or killed the sync": EntryIDs of recipients, and what else they need.
#[test]
fn recipients_have_what_outlook_needs() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let mailbox = desk.place.ann.id;
    let mut txn = desk.place.store.write().unwrap();
    let mut owner = txn.mailbox(mailbox).unwrap();
    let mut message = crate::store::message("s", 1, 0);
    // A recipient with as good as nothing, one with an empty EntryID, and one of a report.
    message.recipients = vec![Recipient { row_id: 0, recipient_type: 1, ..Recipient::default() }];
    let mut empty = Recipient { row_id: 1, recipient_type: 2, ..Recipient::default() };
    empty.properties.insert(PropertyTag::PidTagEntryId.id(), Value::Binary(Vec::new()));
    message.recipients.push(empty);
    for class in ["IPM.Note", "REPORT.IPM.Note.NDR"] {
        let mut message = message.clone();
        message.head.properties.set(PropertyTag::PidTagMessageClass.id(), Value::String(class.into()));
        owner.stamp_new(&mut message.head).unwrap();
        let id = owner.take_id().unwrap();
        let at = Location { folder: folder_id.counter(), kind: Kind::Normal };
        txn.save_message(mailbox, &mut owner, at, id, &mut message, NOW).unwrap();
    }
    txn.commit().unwrap();
    let got = desk.sync(folder, &none());
    assert_eq!(got.changes[0].node.recipients.len(), 2);
    for recipient in &got.changes[0].node.recipients {
        assert_eq!(recipient[0].0, PropertyTag::PidTagRowid, "the first property");
        for tag in [
            PropertyTag::PidTagRecipientType,
            PropertyTag::PidTagDisplayName,
            PropertyTag::PidTagAddressType,
            PropertyTag::PidTagEmailAddress,
        ] {
            assert!(get(recipient, tag).is_some(), "{tag:?}");
        }
        assert!(!bytes(get(recipient, PropertyTag::PidTagEntryId)).is_empty());
        let mut ids: Vec<u16> = recipient.iter().map(|(tag, ..)| tag.id()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "no property twice, as String8 and as String");
    }
    assert_eq!(got.changes[1].node.recipients.len(), 0, "those of a report are left out");
}

/// FastTransfer values that Outlook stumbles over: the class as 8-bit text, no empty lists, no
/// PtypServerId, no sizes in copies.
#[test]
fn values_are_those_that_outlook_can_read() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let list = PropertyTag(0x6001_101F);
    let server_id = PropertyTag(0x6002_00FB);
    let id = desk.message(
        folder_id,
        vec![
            string(SUBJECT, "s"),
            TaggedValue::new(list, Value::MultipleString(Vec::new())),
            TaggedValue::new(server_id, Value::ServerId(vec![1; 21])),
        ],
    );
    let change = desk.sync(folder, &none()).changes.remove(0);
    let class = change.node.props.iter().find(|(tag, ..)| tag.id() == 0x001A).unwrap();
    assert_eq!((class.0.0, &class.2), (0x001A_001E, &Value::String8(b"IPM.Note".to_vec())));
    assert_eq!((change.node.get(list), change.node.get(server_id)), (None, None));
    let message = desk.open_message(folder_id, id);
    let context = desk.make(message, copy_to());
    let stream = desk.pull(context);
    let node = super::reader::Parser::new(&stream).content();
    assert_eq!(node.get(PropertyTag::PidTagMessageSize), None);
}

/// "A shared calendar shows its appointments, then empties [80040803-30141506-0-533]."
#[test]
fn a_calendar_does_not_list_its_parent() {
    let mut desk = Desk::new();
    let has = |desk: &mut Desk, special: Special| {
        let folder = desk.folder(special.id());
        let list = desk.go(folder, mailstead::rop::GetPropertiesListRequest {});
        list.property_tags.contains(&PropertyTag::PidTagParentSourceKey)
    };
    assert!(!has(&mut desk, Special::Calendar));
    assert!(has(&mut desk, Special::Inbox));
}

/// "Infinite wake-up loop": events are withheld in the very answer to an upload, and in no other.
#[test]
fn events_wait_for_the_upload_and_no_longer() {
    use mailstead::client::Batch;
    use mailstead::rop::{RegisterNotificationRequest, Reply, SynchronizationImportDeletesRequest};
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let id = desk.note(folder_id, "m");
    let collector = desk.collector(folder, true);
    let watch = RegisterNotificationRequest { notification_types: 0x08, scope: None };
    desk.make(desk.logon.handle, watch);
    let value = TaggedValue { tag: PropertyTag(0x0000_1102), value: Value::MultipleBinary(vec![desk.source_key(id)]) };
    let mut batch = Batch::default();
    let at = batch.object(collector);
    batch.run(at, SynchronizationImportDeletesRequest { import_delete_flags: 2, property_values: vec![value] });
    let answer = smol::block_on(desk.session.batch(&batch)).unwrap();
    assert!(!answer.replies.iter().any(|reply| matches!(reply, Reply::Notify(_))));
    let answer = smol::block_on(desk.session.batch(&Batch::default())).unwrap();
    assert!(answer.replies.iter().any(|reply| matches!(reply, Reply::Notify(_))));
}

/// "GetLocalReplicaIds refused, and Outlook does not start": see upload.rs for the count; here that
/// a mailbox compacts to one range although clients hold blocks of numbers.
#[test]
fn numbers_given_to_clients_do_not_scatter_the_state() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    for n in 0..20 {
        take_id(&mut desk);
        desk.note(folder_id, &format!("m{n}"));
    }
    let first = desk.sync(folder, &none());
    for tag in [meta::CNSET_SEEN, meta::CNSET_SEEN_FAI, meta::CNSET_READ] {
        assert_eq!(first.sync.set(tag).ranges().len(), 1, "{tag:?}");
    }
}

/// "Empty buffers for ever": a folder without anything ends at once.
#[test]
fn an_empty_folder_is_one_buffer() {
    let mut desk = Desk::new();
    let (folder, _) = scene(&mut desk);
    for request in [contents_request(), hierarchy_request()] {
        let context = desk.make(folder, request);
        assert!(desk.buffer(context, 0x7BC0).unwrap().1);
    }
    let _ = USUAL;
}
