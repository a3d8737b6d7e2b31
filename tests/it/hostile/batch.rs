//! Batches that are almost right, and the engine below them.

use crate::client::{Desk, Dice, string};
use mailstead::client::Operation;
use mailstead::exec::ExecuteError;
use mailstead::mapi::{
    Dialect, ErrorCode, FuzzyLow, Order, PropertyName, PropertyTag, RelOp, Restriction, SortOrder, SortOrderSet,
    TaggedValue, Value,
};
use mailstead::rop::{self, ByteCount, Handles, PropertyValues, RequestBuffer, RequestFrame};
use mailstead::store::Special;
use mailstead::wire::{Guid, Writer, pack_buffers};

/// Requests with their handle indexes, to be packed.
struct Script(Vec<RequestFrame>);

impl Script {
    fn add(&mut self, input: u8, other: u8, operation: impl Operation) {
        let handles = Handles { input, other };
        self.0.push(RequestFrame { logon_id: 0, handles, request: operation.request() });
    }
}

/// A day in the life of a mailbox in one batch: what an Outlook does, and more. The handle table
/// has twelve places; `handles` are the first of them.
pub(super) fn payload(handles: &[u32]) -> Vec<u8> {
    let mut script = Script(Vec::new());
    let inbox = Special::Inbox.id();
    script.add(0, 1, rop::OpenFolderRequest { folder_id: inbox, open_mode_flags: 0 });
    script.add(1, 2, rop::GetContentsTableRequest { table_flags: 0 });
    let columns = vec![PropertyTag::PidTagMid, PropertyTag::PidTagSubject, PropertyTag::PidTagMessageDeliveryTime];
    script.add(2, 0, rop::SetColumnsRequest { set_columns_flags: 0, property_tags: columns });
    let key = SortOrder { property_tag: PropertyTag::PidTagSubject, order: Order::Descending };
    let sort_orders = SortOrderSet { sort_orders: vec![key], ..SortOrderSet::default() };
    script.add(2, 0, rop::SortTableRequest { sort_table_flags: 0, sort_orders });
    script.add(2, 0, rop::RestrictRequest { restrict_flags: 0, restriction_data: restriction() });
    script.add(2, 0, rop::QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 10 });
    let find = restriction();
    script.add(2, 0, rop::FindRowRequest { find_row_flags: 0, restriction_data: find, origin: 0, bookmark: vec![] });
    script.add(2, 0, rop::SeekRowRequest { origin: 2, row_count: -3, want_row_moved_count: true });
    script.add(1, 3, crate::client::new_folder("Mangled"));
    search(&mut script);
    message(&mut script);
    script.add(
        1,
        3,
        rop::MoveCopyMessagesRequest { message_ids: vec![inbox], want_asynchronous: false, want_copy: true },
    );
    script.add(0, 0, rop::GetPropertyIdsFromNamesRequest { flags: 2, property_names: names() });
    script.add(0, 0, rop::LongTermIdFromIdRequest { object_id: inbox });
    script.add(
        1,
        0,
        rop::DeleteMessagesRequest { want_asynchronous: false, notify_non_read: true, message_ids: vec![inbox] },
    );
    script.add(1, 0, rop::SetReadFlagsRequest { want_asynchronous: false, read_flags: 4, message_ids: vec![inbox] });
    script.add(8, 0, rop::ReleaseRequest {});
    let mut table = handles.to_vec();
    table.resize(12, rop::NO_HANDLE);
    RequestBuffer::pack(&script.0, &table)
}

/// A message with everything, written and saved.
fn message(script: &mut Script) {
    let folder_id = Special::Inbox.id();
    script.add(0, 4, rop::CreateMessageRequest { code_page_id: 0xFFF, folder_id, associated_flag: false });
    let values = vec![
        string(PropertyTag::PidTagSubject, "Mangled"),
        TaggedValue::new(PropertyTag::PidTagSearchKey, Value::Binary(vec![7; 16])),
        TaggedValue::new(PropertyTag(0x8000_101F), Value::MultipleString(vec!["a".to_owned(), "b".to_owned()])),
    ];
    script.add(4, 0, rop::SetPropertiesRequest { property_values: PropertyValues { values } });
    let row = rop::ModifyRecipientRow { row_id: 0, recipient_type: 1, recipient_row: recipient() };
    let columns = vec![PropertyTag::PidTagObjectType, PropertyTag::PidTagDisplayType];
    script.add(4, 0, rop::ModifyRecipientsRequest { recipient_columns: columns, recipient_rows: vec![row] });
    script.add(4, 5, rop::CreateAttachmentRequest {});
    let open = rop::OpenStreamRequest { property_tag: PropertyTag::PidTagAttachDataBinary, open_mode_flags: 2 };
    script.add(5, 6, open);
    script.add(6, 0, rop::WriteStreamRequest { data: b"some bytes".to_vec() });
    script.add(6, 0, rop::SeekStreamRequest { origin: 0, offset: 2 });
    script.add(6, 0, rop::ReadStreamRequest { byte_count: ByteCount::Maximum(5) });
    script.add(6, 0, rop::SetStreamSizeRequest { stream_size: 20 });
    script.add(6, 0, rop::CommitStreamRequest {});
    script.add(5, 4, rop::SaveChangesAttachmentRequest { save_flags: 2 });
    script.add(4, 7, rop::GetAttachmentTableRequest { table_flags: 0 });
    script.add(4, 4, rop::SaveChangesMessageRequest { save_flags: 2 });
    let property_tags = vec![PropertyTag::PidTagSubject, PropertyTag::PidTagBody];
    let get = rop::GetPropertiesSpecificRequest { property_size_limit: 0, want_unicode: 1, property_tags };
    script.add(4, 0, get);
    script.add(4, 0, rop::GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 0 });
    script.add(
        4,
        8,
        rop::OpenMessageRequest { code_page_id: 0xFFF, folder_id, open_mode_flags: 1, message_id: folder_id },
    );
}

/// A RecipientRow: SMTP, Unicode, e-mail address and display name, two columns.
fn recipient() -> Vec<u8> {
    let text = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut row = vec![0x1B, 0x02];
    row.extend(text("a@example.org"));
    row.extend(text("A"));
    row.extend([2, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]);
    row
}

/// A search folder below the first folder, with criteria set and asked for.
fn search(script: &mut Script) {
    script.add(1, 9, rop::CreateFolderRequest { folder_type: 2, ..crate::client::new_folder("Found") });
    let folder_ids = vec![Special::Inbox.id(), Special::IpmSubtree.id()];
    let set = |search_flags| rop::SetSearchCriteriaRequest {
        restriction_data: restriction(),
        folder_ids: folder_ids.clone(),
        search_flags,
    };
    script.add(9, 0, set(6));
    let get = rop::GetSearchCriteriaRequest { use_unicode: true, include_restriction: true, include_folders: true };
    script.add(9, 0, get);
    script.add(9, 0, set(0x4_0001));
    script.add(9, 10, rop::GetContentsTableRequest { table_flags: 0 });
}

fn names() -> Vec<PropertyName> {
    vec![
        PropertyName::Lid { guid: Guid([1; 16]), lid: 0x8005 },
        PropertyName::Named { guid: Guid([2; 16]), name: "Mangled".to_owned() },
    ]
}

fn restriction() -> Vec<u8> {
    let property_tag = PropertyTag::PidTagSubject;
    let content = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: 1,
        property_tag,
        tagged_value: string(property_tag, "e"),
    };
    let number = TaggedValue::new(PropertyTag::PidTagMessageFlags, Value::Integer32(1));
    let property = Restriction::Property {
        rel_op: RelOp::NotEqual,
        property_tag: PropertyTag::PidTagMessageFlags,
        tagged_value: number,
    };
    let mut w = Writer::new();
    Restriction::And(vec![content, Restriction::Not(Box::new(property))]).write_as(&mut w, Dialect::Rop);
    w.into_bytes()
}

/// RopSize of a payload made right again, so that what comes after is reached.
fn mend(payload: &mut [u8], handles_len: usize) {
    if let (Some(size), Ok(len)) = (payload.len().checked_sub(handles_len), u16::try_from(payload.len())) {
        let size = u16::try_from(size).unwrap_or(len);
        if let Some(head) = payload.first_chunk_mut::<2>() {
            *head = size.to_le_bytes();
        }
    }
}

#[test]
fn the_batch_that_the_others_are_made_of_is_good() {
    let mut desk = Desk::new();
    let payload = payload(&[desk.logon.handle]);
    let answer = desk.session.link.raw(&pack_buffers(&[payload], false, false)).unwrap();
    assert!(answer.len() > 500, "{}", answer.len());
    let text = desk.place.snapshot(&desk.place.ann.clone());
    // The folder, the message, the name.
    assert_eq!(text.matches("Mangled").count(), 3);
}

/// MS-OXCROPS 3.2.5.1: a batch that cannot be parsed to its end is not begun.
#[test]
fn no_prefix_of_a_batch_does_anything() {
    let mut desk = Desk::new();
    let ann = desk.place.ann.clone();
    let before = desk.place.snapshot(&ann);
    let good = payload(&[desk.logon.handle]);
    let list = usize::from(u16::from_le_bytes([good[0], good[1]]));
    let handles = good[list..].to_vec();
    // Between two requests it is a batch, and a shorter one.
    let between: Vec<usize> = RequestBuffer::read(&good).unwrap().requests.iter().map(|(at, _)| at + 2).collect();
    for len in (2..list).filter(|len| !between.contains(len)) {
        let size = u16::try_from(len).unwrap().to_le_bytes();
        let cut = [size.as_slice(), &good[2..len], &handles].concat();
        let refused = desk.session.link.raw(&pack_buffers(&[cut], false, false));
        assert_eq!(refused, Err(ExecuteError::Code(ErrorCode::RpcFormat)), "{len}");
    }
    assert_eq!(desk.place.snapshot(&ann), before);
}

/// Whatever is done to a batch: an answer or an error, and a store in order. No panic: the engine
/// runs on this thread.
#[test]
fn mangled_batches_leave_the_store_in_order() {
    let mut dice = Dice::new();
    let mut desk = Desk::new();
    let bob = desk.place.bob.clone();
    let before = desk.place.snapshot(&bob);
    let mut done = 0;
    for round in 0..1500 {
        let mut payload = payload(&[desk.logon.handle]);
        dice.mangle(&mut payload);
        if dice.below(4) > 0 {
            mend(&mut payload, 48);
        }
        let squeeze = dice.below(4) == 0;
        let mut buffer = pack_buffers(&[payload], squeeze, squeeze);
        if dice.below(8) == 0 {
            dice.mangle(&mut buffer);
        }
        match desk.session.link.raw(&buffer) {
            Ok(_) => done += 1,
            Err(ExecuteError::Code(_)) => {}
            Err(ExecuteError::ContextLost) => panic!("round {round}: the context is lost"),
        }
        if round % 100 == 0 {
            desk.place.check();
            desk = desk.beside();
        }
    }
    println!("{done} of 1500 batches were executed");
    assert_eq!(desk.place.snapshot(&bob), before);
}

#[test]
fn random_batches_are_refused_or_answered() {
    let mut dice = Dice::new();
    let mut desk = Desk::new();
    let ids: Vec<u8> = rop::ALL.to_vec();
    for _ in 0..20_000 {
        // Operations that exist, with bodies of chance.
        let mut list = Vec::new();
        for _ in 0..=dice.below(3) {
            list.extend([ids[dice.below(ids.len())], 0]);
            let len = dice.below(40);
            list.extend((0..len).map(|_| if dice.below(2) == 0 { 0 } else { dice.byte() }));
        }
        let size = u16::try_from(list.len() + 2).unwrap().to_le_bytes();
        let payload = [size.as_slice(), &list, &desk.logon.handle.to_le_bytes(), &2_u32.to_le_bytes()].concat();
        let _ = desk.session.link.raw(&pack_buffers(&[payload], false, false));
    }
}
