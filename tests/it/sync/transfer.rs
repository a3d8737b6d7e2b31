//! FastTransfer copies, there and back. MS-OXCFXICS 3.2.5.8

use super::download::scene;
use super::reader::{Node, Parser, binary, bytes, get, named, utf16};
use crate::client::{Desk, string};
use mailstead::client::Recipient;
use mailstead::mapi::{ErrorCode, ObjectId, PropertyName, PropertyTag, RecipientType, TaggedValue, Value};
use mailstead::rop::{
    CreateAttachmentRequest, FastTransferDestinationConfigureRequest, FastTransferDestinationPutBufferExtendedRequest,
    FastTransferDestinationPutBufferRequest, FastTransferSourceCopyFolderRequest,
    FastTransferSourceCopyMessagesRequest, FastTransferSourceCopyPropertiesRequest, FastTransferSourceCopyToRequest,
    GetPropertyIdsFromNamesRequest, OpenAttachmentRequest, OpenEmbeddedMessageRequest, SaveChangesAttachmentRequest,
    SaveChangesMessageRequest, TellVersionRequest,
};
use mailstead::store::Special;
use mailstead::transfer::{Outgoing, marker};
use mailstead::wire::Guid;
use smol::block_on;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;
const BODY: PropertyTag = PropertyTag::PidTagBody;
const DATA: PropertyTag = PropertyTag::PidTagAttachDataBinary;
const SET: Guid = Guid::new(0x1111_2222, 3, 4, [5; 8]);

pub(crate) fn copy_to() -> FastTransferSourceCopyToRequest {
    FastTransferSourceCopyToRequest { level: 0, copy_flags: 0, send_options: 1, property_tags: Vec::new() }
}

fn name() -> PropertyName {
    PropertyName::Named { guid: SET, name: "colour".to_owned() }
}

/// A message with everything that a message can hold: recipients, named properties, a large body, a
/// file, and a message with a file of its own.
fn rich(desk: &mut Desk, folder: ObjectId) -> (u32, ObjectId) {
    let request = GetPropertyIdsFromNamesRequest { flags: 2, property_names: vec![name()] };
    let id = desk.go(desk.logon.handle, request).property_ids[0];
    let message = desk.draft(folder);
    let many = TaggedValue::new(PropertyTag::new(id, mailstead::mapi::PropertyType::MultipleString), {
        Value::MultipleString(vec!["red".to_owned(), "grün".to_owned()])
    });
    desk.set(message, vec![string(SUBJECT, "RE: rich ☃"), many]);
    desk.write_large(message, BODY, &utf16(&"long text ☃ ".repeat(20_000)));
    let recipient = |recipient_type: RecipientType, name: &str| Recipient {
        recipient_type,
        display_name: name.to_owned(),
        address: format!("{name}@x.test"),
    };
    let list = [recipient(RecipientType(1), "to"), recipient(RecipientType(2), "cc")];
    block_on(desk.session.add_recipients(message, &list)).unwrap();
    let file = desk.make(message, CreateAttachmentRequest {});
    let data: Vec<u8> = (0..150_000_u32).map(|n| (n % 251) as u8).collect();
    desk.write_large(file, DATA, &data);
    desk.set(
        file,
        vec![
            TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(1)),
            string(PropertyTag::PidTagAttachLongFilename, "f.bin"),
        ],
    );
    desk.attempt_on([file, message], SaveChangesAttachmentRequest { save_flags: 0 }).unwrap();
    let holder = desk.make(message, CreateAttachmentRequest {});
    desk.set(holder, vec![TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(5))]);
    let inner = desk.make(holder, OpenEmbeddedMessageRequest { code_page_id: 0x0FFF, open_mode_flags: 2 });
    desk.set(inner, vec![string(SUBJECT, "inner")]);
    let file = desk.make(inner, CreateAttachmentRequest {});
    desk.set(
        file,
        vec![
            TaggedValue::new(PropertyTag::PidTagAttachMethod, Value::Integer32(1)),
            binary(DATA, b"inner file".to_vec()),
        ],
    );
    desk.attempt_on([file, inner], SaveChangesAttachmentRequest { save_flags: 0 }).unwrap();
    desk.attempt_on([inner, inner], SaveChangesMessageRequest { save_flags: 0 }).unwrap();
    desk.attempt_on([holder, message], SaveChangesAttachmentRequest { save_flags: 0 }).unwrap();
    let id = desk.save(message);
    (message, id)
}

/// What two copies of a message have in common: all but what is each one's own.
fn essence(node: &Node) -> Node {
    const OWN: [u16; 9] = [
        PropertyTag::PidTagAttachSize.id(),
        PropertyTag::PidTagCreationTime.id(),
        PropertyTag::PidTagLastModificationTime.id(),
        PropertyTag::PidTagSearchKey.id(),
        PropertyTag::PidTagCreatorEntryId.id(),
        PropertyTag::PidTagCreatorName.id(),
        PropertyTag::PidTagLastModifierEntryId.id(),
        PropertyTag::PidTagLastModifierName.id(),
        PropertyTag::PidTagRecordKey.id(),
    ];
    let sorted = |props: &super::Props| {
        let mut props: super::Props = props.iter().filter(|(tag, ..)| !OWN.contains(&tag.id())).cloned().collect();
        // Numbers of named properties are each mailbox's own.
        props.iter_mut().filter(|(tag, ..)| tag.id() >= 0x8000).for_each(|p| p.0 = PropertyTag(p.0.0 | 0x7FFF_0000));
        props.sort_by_key(|(tag, ..)| tag.0);
        props
    };
    Node {
        props: sorted(&node.props),
        recipients: node.recipients.iter().map(sorted).collect(),
        attachments: node.attachments.iter().map(|(p, inner)| (sorted(p), inner.as_ref().map(essence))).collect(),
        deleted_first: node.deleted_first.clone(),
        fai: node.fai,
    }
}

/// Says which property differs, and not what megabytes are in it.
#[track_caller]
fn same(a: &Node, b: &Node, what: &str) {
    let list = |a: &super::Props, b: &super::Props| {
        let tags = |props: &super::Props| props.iter().map(|(tag, ..)| *tag).collect::<Vec<_>>();
        assert_eq!(tags(a), tags(b), "{what}");
        for (a, b) in a.iter().zip(b) {
            assert!(a == b, "{what}: {:?}", a.0);
        }
    };
    list(&a.props, &b.props);
    assert_eq!((a.recipients.len(), a.attachments.len()), (b.recipients.len(), b.attachments.len()), "{what}");
    a.recipients.iter().zip(&b.recipients).for_each(|(a, b)| list(a, b));
    for ((a, inner), (b, other)) in a.attachments.iter().zip(&b.attachments) {
        list(a, b);
        match (inner, other) {
            (Some(inner), Some(other)) => same(inner, other, what),
            (inner, other) => assert!(inner.is_none() && other.is_none(), "{what}"),
        }
    }
}

fn content(desk: &mut Desk, object: u32) -> Node {
    let context = desk.make(object, copy_to());
    let stream = desk.pull(context);
    let mut parser = Parser::new(&stream);
    let node = parser.content();
    parser.end();
    node
}

/// MS-OXCFXICS 3.2.5.8.1.1, 3.2.5.8.2.2: as source and destination, in buffers of any size.
/// MS-OXCROPS R3648 R3675 R3689 R3709 R3809 R3879
#[test]
fn a_message_comes_back_as_it_went() {
    let mut desk = Desk::new();
    let (_, folder_id) = scene(&mut desk);
    let (message, _) = rich(&mut desk, folder_id);
    let context = desk.make(message, copy_to());
    let stream = desk.pull(context);
    let sent = content(&mut desk, message);
    assert_eq!(sent.text(SUBJECT), "RE: rich ☃");
    assert_eq!(sent.text(BODY).len(), "long text ☃ ".len() * 20_000);
    assert_eq!(named(&sent.props, &name()), Some(Value::MultipleString(vec!["red".into(), "grün".into()])));
    assert_eq!((sent.recipients.len(), sent.attachments.len()), (2, 2));
    assert_eq!(bytes(get(&sent.attachments[0].0, DATA)).len(), 150_000);
    let inner = sent.attachments[1].1.as_ref().unwrap();
    assert_eq!(bytes(get(&inner.attachments[0].0, DATA)), b"inner file");
    for size in [97, 0x1000, 0x7000] {
        let copy = desk.draft(folder_id);
        desk.set(copy, vec![string(PropertyTag::PidTagBody, "what was there before")]);
        let upload = desk.destination(copy, 1);
        desk.go(upload, TellVersionRequest { version: [0; 6] });
        desk.push(upload, &stream, size).unwrap();
        block_on(desk.session.release(&[upload])).unwrap();
        let id = desk.save(copy);
        let again = desk.open_message(folder_id, id);
        let got = content(&mut desk, again);
        same(&essence(&got), &essence(&sent), &format!("buffers of {size} bytes"));
    }
}

/// MS-OXCFXICS 2.2.3.1.1.1.1, 2.2.3.1.1.2.1: what is named, what is not, and what lies below.
/// MS-OXCROPS R3823 R3835 R3844 R3858 R3870
/// MS-OXCROPS R3861
#[test]
fn a_copy_takes_what_it_is_told_to() {
    let mut desk = Desk::new();
    let (_, folder_id) = scene(&mut desk);
    let (message, _) = rich(&mut desk, folder_id);
    let pull = |desk: &mut Desk, context: u32| Parser::new(&desk.pull(context)).content();
    let but = FastTransferSourceCopyToRequest {
        property_tags: vec![SUBJECT, PropertyTag::PidTagMessageAttachments],
        ..copy_to()
    };
    let context = desk.make(message, but);
    let node = pull(&mut desk, context);
    assert_eq!((node.get(SUBJECT), node.recipients.len(), node.attachments.len()), (None, 2, 0));
    let context = desk.make(message, FastTransferSourceCopyToRequest { level: 1, ..copy_to() });
    let node = pull(&mut desk, context);
    assert_eq!((node.recipients.len(), node.attachments.len(), node.deleted_first.len()), (0, 0, 0));
    let only = |level, property_tags| FastTransferSourceCopyPropertiesRequest {
        level,
        copy_flags: 0,
        send_options: 1,
        property_tags,
    };
    let recipients = PropertyTag::PidTagMessageRecipients;
    let context = desk.make(message, only(0, vec![SUBJECT, recipients]));
    let node = pull(&mut desk, context);
    assert_eq!((node.props.len(), node.recipients.len(), node.attachments.len()), (1, 2, 0));
    let context = desk.make(message, only(1, vec![SUBJECT, recipients]));
    assert_eq!(pull(&mut desk, context).recipients.len(), 0);
    for bad in [
        FastTransferSourceCopyToRequest { copy_flags: 0x8000_0000, ..copy_to() },
        FastTransferSourceCopyToRequest { send_options: 0x40, ..copy_to() },
    ] {
        assert_eq!(desk.fails(message, bad), ErrorCode::InvalidParameter);
    }
    assert_eq!(desk.fails(desk.logon.handle, copy_to()), ErrorCode::NotSupported);
}

/// MS-OXCFXICS 2.2.3.1.1.1.1: SendOptions.
#[test]
fn strings_are_sent_as_asked_for() {
    let mut desk = Desk::new();
    let (_, folder_id) = scene(&mut desk);
    let id = desk.message(folder_id, vec![string(SUBJECT, "é☃")]);
    let message = desk.open_message(folder_id, id);
    for (send_options, ty, expected) in [
        (0, 0x001E, Value::String8(vec![0xE9, b'?'])),
        (1, 0x001F, Value::String("é☃".into())),
        (8, 0x001F, Value::String("é☃".into())),
        (2, 0x84B0, Value::String("é☃".into())),
        (3, 0x84B0, Value::String("é☃".into())),
        (10, 0x84B0, Value::String("é☃".into())),
    ] {
        let context = desk.make(message, FastTransferSourceCopyToRequest { send_options, ..copy_to() });
        let stream = desk.pull(context);
        let node = Parser::new(&stream).content();
        let found = node.props.iter().find(|(tag, ..)| tag.id() == SUBJECT.id()).unwrap();
        assert_eq!((found.0.property_type().0, &found.2), (ty, &expected), "SendOptions {send_options}");
        let copy = desk.draft(folder_id);
        let upload = desk.destination(copy, 1);
        desk.push(upload, &stream, 0x7000).unwrap();
        let text = if send_options == 0 { "é?" } else { "é☃" };
        assert_eq!(desk.text(copy, SUBJECT), text, "and back");
    }
}

/// MS-OXCFXICS 3.2.5.8.1.3: messageList; FAI messages are marked.
/// MS-OXCROPS R3777 R3794
#[test]
fn messages_are_copied_from_folder_to_folder() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let (_, first) = rich(&mut desk, folder_id);
    let second = desk.note(folder_id, "second");
    let request =
        FastTransferSourceCopyMessagesRequest { message_ids: vec![second, first], copy_flags: 0, send_options: 1 };
    let context = desk.make(folder, request.clone());
    let stream = desk.pull(context);
    let sent = Parser::new(&stream).messages();
    assert_eq!(sent.iter().map(|node| node.text(SUBJECT)).collect::<Vec<_>>(), ["second", "RE: rich ☃"]);
    let (other, other_id) = desk.create_folder(folder, "other");
    let upload = desk.destination(other, 3);
    desk.push(upload, &stream, 1000).unwrap();
    let got = desk.sync(other, &Default::default());
    assert_eq!(got.changes.len(), 2);
    assert_eq!(got.changes[1].node.attachments.len(), 2);
    // Half a message is none.
    let upload = desk.destination(other, 3);
    let cut = &stream[..stream.len() - 10];
    desk.push(upload, cut, 0x7000).unwrap();
    block_on(desk.session.release(&[upload])).unwrap();
    assert_eq!(desk.sync(other, &Default::default()).changes.len(), 3, "the first one is whole");
    let gone = FastTransferSourceCopyMessagesRequest { message_ids: vec![ObjectId::own(0xFFFF)], ..request };
    assert_eq!(desk.fails(folder, gone), ErrorCode::NotFound);
    let _ = other_id;
}

/// MS-OXCFXICS R3131 to R3134, R3474, R3475 (SendEntryId): with the flag a message brings along what identifies it and
/// its last change, without it nothing of that.
#[test]
fn messages_are_identified_if_the_client_wants_it() {
    const IDENTIFYING: [PropertyTag; 5] = [
        PropertyTag::PidTagSourceKey,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagLastModificationTime,
        PropertyTag::PidTagPredecessorChangeList,
        PropertyTag::PidTagOriginalEntryId,
    ];
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let id = desk.note(folder_id, "identified");
    let message = desk.open_message(folder_id, id);
    let of_message = desk.get_all(message, &IDENTIFYING[..4]);
    let entry_id = desk.get(message, PropertyTag::PidTagEntryId).unwrap();
    let mut streams = [false, true].map(|identified| {
        let copy_flags = if identified { 0x20 } else { 0 };
        let request = FastTransferSourceCopyMessagesRequest { message_ids: vec![id], copy_flags, send_options: 1 };
        let context = desk.make(folder, request);
        let stream = desk.pull(context);
        let node = Parser::new(&stream).messages().remove(0);
        assert_eq!(node.text(SUBJECT), "identified");
        (stream, IDENTIFYING.map(|tag| node.get(tag)))
    });
    assert_eq!(streams[0].1, [const { None }; 5]);
    let (stream, sent) = std::mem::take(&mut streams[1]);
    assert_eq!(sent[..4], of_message.into_iter().map(Result::ok).collect::<Vec<_>>());
    assert_eq!(sent[4], Some(entry_id.clone()));
    // Where it arrives it is a message of its own, which knows where it comes from.
    let (other, other_id) = desk.create_folder(folder, "other");
    let upload = desk.destination(other, 3);
    desk.push(upload, &stream, 1000).unwrap();
    let arrived = ObjectId::own(desk.sync(other, &Default::default()).changes[0].id());
    assert_ne!(arrived, id);
    let message = desk.open_message(other_id, arrived);
    assert_eq!(desk.get(message, PropertyTag::PidTagOriginalEntryId), Ok(entry_id));
    assert_ne!(desk.get(message, PropertyTag::PidTagSourceKey).ok(), sent[0]);
}

/// MS-OXCFXICS 3.2.5.8.1.4, 2.2.4.2: topFolder, and folderContent for CopyTo.
/// MS-OXCROPS R3663 R3750
#[test]
fn folders_are_copied_with_everything_below() {
    let mut desk = Desk::new();
    let (top, top_id) = scene(&mut desk);
    let (below, below_id) = desk.create_folder(top, "below");
    desk.set(below, vec![string(PropertyTag::PidTagComment, "a comment")]);
    desk.note(top_id, "in top");
    desk.note(below_id, "in below");
    let request =
        mailstead::rop::CreateMessageRequest { code_page_id: 0x0FFF, folder_id: below_id, associated_flag: true };
    let fai = desk.make(desk.logon.handle, request);
    desk.set(fai, vec![string(SUBJECT, "fai")]);
    desk.save(fai);
    let inbox = desk.inbox();
    let (target, _) = desk.create_folder(inbox, "target");
    let copy = FastTransferSourceCopyFolderRequest { copy_flags: 0x10, send_options: 1 };
    let context = desk.make(top, copy);
    let stream = desk.pull(context);
    let upload = desk.destination(target, 4);
    desk.push(upload, &stream, 50).unwrap();
    let tree = desk.sync_folders(target, &Default::default());
    assert_eq!(tree.names(), ["scene", "below"]);
    assert_eq!(get(&tree.changes[1], PropertyTag::PidTagComment), Some(Value::String("a comment".into())));
    let counter = |n: usize| match get(&tree.changes[n], PropertyTag::PidTagFolderId) {
        Some(Value::Integer64(id)) => ObjectId::from_i64(id),
        other => panic!("{other:?}"),
    };
    let copied = desk.folder(counter(1));
    let inside = desk.sync(copied, &Default::default());
    assert_eq!(inside.subjects(), ["fai", "in below"]);
    assert_eq!(get(&inside.changes[0].header, PropertyTag::PidTagAssociated), Some(Value::Boolean(true)));
    // CopyTo of a folder into another: its content, not itself.
    let context = desk.make(top, copy_to());
    let stream = desk.pull(context);
    let (second, _) = desk.create_folder(inbox, "second");
    let upload = desk.destination(second, 1);
    desk.push(upload, &stream, 0x7000).unwrap();
    assert_eq!(desk.sync_folders(second, &Default::default()).names(), ["below"]);
    assert_eq!(desk.sync(second, &Default::default()).subjects(), ["in top"]);
    assert_eq!(desk.text(second, PropertyTag::PidTagDisplayName), "second", "a name is changed by renaming only");
}

/// MS-OXCFXICS 2.2.4.3.1: attachmentContent
#[test]
fn attachments_are_copied() {
    let mut desk = Desk::new();
    let (_, folder_id) = scene(&mut desk);
    let (message, _) = rich(&mut desk, folder_id);
    let file = desk.make(message, OpenAttachmentRequest { open_attachment_flags: 0, attachment_id: 0 });
    let context = desk.make(file, copy_to());
    let stream = desk.pull(context);
    let other = desk.draft(folder_id);
    let copy = desk.make(other, CreateAttachmentRequest {});
    let upload = desk.destination(copy, 1);
    desk.push(upload, &stream, 0x7000).unwrap();
    desk.attempt_on([copy, other], SaveChangesAttachmentRequest { save_flags: 0 }).unwrap();
    let node = content(&mut desk, other);
    assert_eq!(bytes(get(&node.attachments[0].0, DATA)).len(), 150_000);
    assert_eq!(get(&node.attachments[0].0, PropertyTag::PidTagAttachLongFilename), Some(Value::String("f.bin".into())));
    assert_eq!(desk.fails(file, FastTransferDestinationConfigureRequest { source_operation: 1, copy_flags: 0 }), {
        ErrorCode::AccessDenied
    });
}

/// What cannot be understood is an error of that upload alone, and sticks; nothing half is left.
/// MS-OXCROPS R3666
#[test]
fn a_malformed_stream_is_refused() {
    let mut desk = Desk::new();
    let (folder, folder_id) = scene(&mut desk);
    let stream = |make: &dyn Fn(&mut Outgoing)| {
        let mut out = Outgoing::default();
        make(&mut out);
        let mut bytes = Vec::new();
        out.take::<()>(usize::MAX, &mut bytes, &mut |_, _, _| Err(())).unwrap();
        bytes
    };
    let bad = [
        vec![0xFF; 64],
        stream(&|out| out.marker(marker::END_ATTACH)),
        stream(&|out| {
            out.marker(marker::START_RECIP);
            out.marker(marker::END_ATTACH);
        }),
        stream(&|out| {
            out.marker(marker::NEW_ATTACH);
            out.marker(marker::START_EMBED);
            out.marker(marker::END_ATTACH);
        }),
        stream(&|out| out.marker(marker::START_MESSAGE)),
        stream(&|out| out.marker(marker::END_FOLDER)),
        stream(&|out| out.marker(marker::INCR_SYNC_END)),
        stream(&|out| out.marker(marker::START_EMBED)),
    ];
    for stream in &bad {
        let message = desk.draft(folder_id);
        let upload = desk.destination(message, 1);
        let put = FastTransferDestinationPutBufferRequest { transfer_data: stream.clone() };
        assert_eq!(desk.fails(upload, put), ErrorCode::InvalidParameter, "{stream:02x?}");
        let put = FastTransferDestinationPutBufferExtendedRequest { transfer_data: Vec::new() };
        assert_eq!(desk.fails(upload, put), ErrorCode::InvalidParameter, "errors stick");
    }
    // Messages in one another without end.
    let nested = stream(&|out| {
        for _ in 0..100 {
            out.marker(marker::NEW_ATTACH);
            out.marker(marker::START_EMBED);
        }
    });
    let message = desk.draft(folder_id);
    let upload = desk.destination(message, 1);
    assert_eq!(desk.push(upload, &nested, 0x7000), Err(ErrorCode::TooComplex));
    for (operation, flags) in [(0, 0), (5, 0), (1, 2)] {
        let request = FastTransferDestinationConfigureRequest { source_operation: operation, copy_flags: flags };
        assert_eq!(desk.fails(folder, request), ErrorCode::InvalidParameter);
    }
    let before = desk.place.snapshot(&desk.place.ann);
    let upload = desk.destination(folder, 3);
    let half = stream(&|out| {
        out.marker(marker::START_MESSAGE);
        out.property(SUBJECT, None, &Value::String("half".into()));
        out.marker(marker::END_ATTACH);
    });
    assert_eq!(desk.push(upload, &half, 0x7000), Err(ErrorCode::InvalidParameter));
    assert_eq!(desk.place.snapshot(&desk.place.ann), before);
    let _ = Special::Inbox;
}
