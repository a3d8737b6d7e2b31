//! Every request there is, made of what belongs to somebody else.

use mailstead::client::{AddressBook, Operation};
use mailstead::mapi::{
    ErrorCode, LongTermId, MessageEntryId, ObjectId, PropertyName, PropertyTag, RelOp, Restriction, SortOrderSet,
    TaggedValue, Text, Value,
};
use mailstead::mapihttp::message::ExecuteRequest;
use mailstead::nspi::message as nspi;
use mailstead::rop::{self, ByteCount, Handles, PropertyValues, Request, RequestBuffer, RequestFrame};
use mailstead::wire::{Guid, Reader, Wire, Writer, pack_buffers};
use smol::block_on;

/// What Ann knows of Bob.
pub(crate) struct Prey {
    pub(crate) legacy_dn: String,
    pub(crate) folder: ObjectId,
    pub(crate) message: ObjectId,
    pub(crate) inbox: ObjectId,
    pub(crate) mailbox_guid: Guid,
    pub(crate) repl_guid: Guid,
    pub(crate) named_id: u16,
    /// Of his session: folder, table, message, attachment, stream and the rest.
    pub(crate) handles: Vec<u32>,
}

impl Prey {
    pub(crate) fn long_term_message(&self) -> LongTermId {
        LongTermId::new(self.repl_guid, self.message)
    }

    pub(crate) fn message_entry_id(&self) -> Vec<u8> {
        let folder = LongTermId::new(self.repl_guid, self.inbox);
        MessageEntryId::private(self.mailbox_guid, folder, self.long_term_message()).to_bytes()
    }

    fn named_tag(&self) -> PropertyTag {
        PropertyTag::new(self.named_id, mailstead::mapi::PropertyType::String)
    }
}

pub(crate) fn create_folder(name: &str) -> rop::CreateFolderRequest {
    crate::client::new_folder(name)
}

/// Makes a request of its structure.
pub(crate) trait IntoRequest {
    fn into_request(self) -> Request;
}

impl<T: Operation> IntoRequest for T {
    fn into_request(self) -> Request {
        self.request()
    }
}

/// Requests of every operation, most of them with identifiers of the prey; several where several
/// fields could name something.
pub(crate) fn all(prey: &Prey) -> Vec<Request> {
    let mut requests = vec![logon(prey)];
    requests.extend(of_folders(prey));
    requests.extend(of_messages(prey));
    requests.extend(of_tables(prey));
    requests.extend(of_properties(prey));
    requests.extend(of_streams());
    requests.extend(of_stores(prey));
    let rest: Vec<Request> = rop::ALL
        .iter()
        .filter(|id| !requests.iter().any(|request| request.id() == **id))
        .filter_map(|id| made_of_ids(*id, prey))
        .collect();
    requests.extend(rest);
    for id in rop::ALL {
        assert!(requests.iter().any(|request| request.id() == *id), "no request for {:?}", rop::name(*id));
    }
    requests
}

fn logon(prey: &Prey) -> Request {
    let essdn = [prey.legacy_dn.as_bytes(), b"\0"].concat();
    let open_flags = rop::open_flags::USE_PER_MDB_REPLID_MAPPING;
    rop::LogonRequest { logon_flags: 1, open_flags, store_state: 0, essdn }.into_request()
}

fn of_folders(prey: &Prey) -> Vec<Request> {
    let Prey { folder, message, .. } = *prey;
    let message_ids = vec![message, folder];
    let mut requests = vec![
        rop::OpenFolderRequest { folder_id: folder, open_mode_flags: 0 }.into_request(),
        rop::OpenFolderRequest { folder_id: folder, open_mode_flags: 4 }.into_request(),
        rop::OpenFolderRequest { folder_id: ObjectId::new(2, folder.counter()), open_mode_flags: 0 }.into_request(),
        rop::GetHierarchyTableRequest { table_flags: 4 }.into_request(),
        rop::GetContentsTableRequest { table_flags: 0 }.into_request(),
        rop::GetContentsTableRequest { table_flags: 2 }.into_request(),
        create_folder("Ann's").into_request(),
        rop::DeleteMessagesRequest {
            want_asynchronous: false,
            notify_non_read: false,
            message_ids: message_ids.clone(),
        }
        .into_request(),
        rop::HardDeleteMessagesRequest {
            want_asynchronous: false,
            notify_non_read: false,
            message_ids: message_ids.clone(),
        }
        .into_request(),
        rop::EmptyFolderRequest { want_asynchronous: false, want_delete_associated: true }.into_request(),
        rop::HardDeleteMessagesAndSubfoldersRequest { want_asynchronous: false, want_delete_associated: true }
            .into_request(),
    ];
    for delete_folder_flags in [0, 5, 0x15] {
        requests.push(rop::DeleteFolderRequest { delete_folder_flags, folder_id: folder }.into_request());
    }
    for want_copy in [true, false] {
        let message_ids = message_ids.clone();
        requests.push(rop::MoveCopyMessagesRequest { message_ids, want_asynchronous: false, want_copy }.into_request());
    }
    let name = || Text::Unicode("Taken".to_owned());
    requests.push(
        rop::MoveFolderRequest {
            want_asynchronous: false,
            use_unicode: true,
            folder_id: folder,
            new_folder_name: name(),
        }
        .into_request(),
    );
    requests.push(
        rop::CopyFolderRequest {
            want_asynchronous: false,
            want_recursive: true,
            use_unicode: true,
            folder_id: folder,
            new_folder_name: name(),
        }
        .into_request(),
    );
    requests
}

fn of_messages(prey: &Prey) -> Vec<Request> {
    let Prey { folder, message, inbox, .. } = *prey;
    let mut requests = Vec::new();
    for folder_id in [folder, inbox, ObjectId::NONE] {
        for open_mode_flags in [0, 1, 3, 4] {
            let open = rop::OpenMessageRequest { code_page_id: 0xFFF, folder_id, open_mode_flags, message_id: message };
            requests.push(open.into_request());
        }
    }
    requests.extend([
        rop::CreateMessageRequest { code_page_id: 0xFFF, folder_id: folder, associated_flag: false }.into_request(),
        rop::SaveChangesMessageRequest { save_flags: 4 }.into_request(),
        rop::RemoveAllRecipientsRequest { reserved: 0 }.into_request(),
        rop::ModifyRecipientsRequest { recipient_columns: Vec::new(), recipient_rows: Vec::new() }.into_request(),
        rop::ReadRecipientsRequest { row_id: 0, reserved: 0 }.into_request(),
        rop::ReloadCachedInformationRequest { reserved: 0 }.into_request(),
        rop::SetMessageReadFlagRequest { read_flags: 0, client_data: None }.into_request(),
        rop::SetReadFlagsRequest { want_asynchronous: false, read_flags: 0, message_ids: vec![message] }.into_request(),
        rop::GetMessageStatusRequest { message_id: message }.into_request(),
        rop::SetMessageStatusRequest { message_id: message, message_status_flags: 8, message_status_mask: 8 }
            .into_request(),
        rop::GetAttachmentTableRequest { table_flags: 0 }.into_request(),
        rop::OpenAttachmentRequest { open_attachment_flags: 3, attachment_id: 0 }.into_request(),
        rop::CreateAttachmentRequest {}.into_request(),
        rop::SaveChangesAttachmentRequest { save_flags: 2 }.into_request(),
        rop::DeleteAttachmentRequest { attachment_id: 0 }.into_request(),
        rop::OpenEmbeddedMessageRequest { code_page_id: 0xFFF, open_mode_flags: 2 }.into_request(),
    ]);
    requests
}

fn of_tables(prey: &Prey) -> Vec<Request> {
    let property_tag = PropertyTag::PidTagMid;
    let value = TaggedValue::new(property_tag, Value::Integer64(prey.message.to_i64()));
    let restriction = Restriction::Property { rel_op: RelOp::Equal, property_tag, tagged_value: value };
    let mut w = Writer::new();
    restriction.write_as(&mut w, mailstead::mapi::Dialect::Rop);
    let data = w.into_bytes();
    let columns = vec![property_tag, PropertyTag::PidTagSubject, prey.named_tag(), PropertyTag::PidTagEntryId];
    vec![
        rop::SetColumnsRequest { set_columns_flags: 0, property_tags: columns }.into_request(),
        rop::SortTableRequest { sort_table_flags: 0, sort_orders: SortOrderSet::default() }.into_request(),
        rop::FindRowRequest { find_row_flags: 0, restriction_data: data.clone(), origin: 0, bookmark: Vec::new() }
            .into_request(),
        rop::RestrictRequest { restrict_flags: 0, restriction_data: data }.into_request(),
        rop::QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: 50 }.into_request(),
        rop::QueryPositionRequest {}.into_request(),
        rop::SeekRowRequest { origin: 0, row_count: 0, want_row_moved_count: true }.into_request(),
        rop::QueryColumnsAllRequest {}.into_request(),
        rop::ResetTableRequest {}.into_request(),
    ]
}

fn of_properties(prey: &Prey) -> Vec<Request> {
    let tags = vec![PropertyTag::PidTagDisplayName, PropertyTag::PidTagSubject, prey.named_tag()];
    let values = || PropertyValues { values: vec![crate::client::string(PropertyTag::PidTagComment, "Ann was here")] };
    vec![
        rop::GetPropertiesSpecificRequest { property_size_limit: 0, want_unicode: 1, property_tags: tags.clone() }
            .into_request(),
        rop::GetPropertiesAllRequest { property_size_limit: 0, want_unicode: 1 }.into_request(),
        rop::GetPropertiesListRequest {}.into_request(),
        rop::SetPropertiesRequest { property_values: values() }.into_request(),
        rop::SetPropertiesNoReplicateRequest { property_values: values() }.into_request(),
        rop::DeletePropertiesRequest { property_tags: tags.clone() }.into_request(),
        rop::DeletePropertiesNoReplicateRequest { property_tags: tags.clone() }.into_request(),
        rop::CopyToRequest {
            want_asynchronous: false,
            want_sub_objects: true,
            copy_flags: 0,
            excluded_tags: Vec::new(),
        }
        .into_request(),
        rop::CopyPropertiesRequest { want_asynchronous: false, copy_flags: 1, property_tags: tags }.into_request(),
        rop::GetNamesFromPropertyIdsRequest { property_ids: vec![prey.named_id] }.into_request(),
        rop::QueryNamedPropertiesRequest { query_flags: 0, property_guid: None }.into_request(),
        rop::GetPropertyIdsFromNamesRequest {
            flags: 0,
            property_names: vec![PropertyName::Lid { guid: Guid([9; 16]), lid: 1 }],
        }
        .into_request(),
    ]
}

fn of_streams() -> Vec<Request> {
    let open = |property_tag, open_mode_flags| rop::OpenStreamRequest { property_tag, open_mode_flags }.into_request();
    vec![
        open(PropertyTag::PidTagBody, 0),
        open(PropertyTag::PidTagAttachDataBinary, 2),
        rop::ReadStreamRequest { byte_count: ByteCount::Exact(0x1000) }.into_request(),
        rop::ReadStreamRequest { byte_count: ByteCount::Maximum(0x1000) }.into_request(),
        rop::WriteStreamRequest { data: b"Ann was here".to_vec() }.into_request(),
        rop::SeekStreamRequest { origin: 0, offset: 0 }.into_request(),
        rop::SetStreamSizeRequest { stream_size: 0 }.into_request(),
        rop::GetStreamSizeRequest {}.into_request(),
        rop::CopyToStreamRequest { byte_count: 100 }.into_request(),
        rop::CommitStreamRequest {}.into_request(),
    ]
}

fn of_stores(prey: &Prey) -> Vec<Request> {
    vec![
        rop::LongTermIdFromIdRequest { object_id: prey.message }.into_request(),
        rop::IdFromLongTermIdRequest { long_term_id: prey.long_term_message() }.into_request(),
        rop::GetReceiveFolderRequest { message_class: "IPM.Note".to_owned() }.into_request(),
        rop::SetReceiveFolderRequest { folder_id: prey.folder, message_class: "IPM.Ann".to_owned() }.into_request(),
        rop::GetReceiveFolderTableRequest {}.into_request(),
        rop::GetStoreStateRequest {}.into_request(),
        rop::GetLocalReplicaIdsRequest { id_count: 1 }.into_request(),
        rop::GetAddressTypesRequest {}.into_request(),
        rop::GetPerUserLongTermIdsRequest { database_guid: prey.repl_guid }.into_request(),
        rop::SetLocalReplicaMidsetDeletedRequest {
            long_term_id_ranges: rop::LongTermIdRanges {
                ranges: vec![rop::LongTermIdRange {
                    min_long_term_id: LongTermId::new(prey.repl_guid, ObjectId::own(1)),
                    max_long_term_id: prey.long_term_message(),
                }],
            },
        }
        .into_request(),
        rop::GetOwningServersRequest { folder_id: prey.folder }.into_request(),
        rop::ReleaseRequest {}.into_request(),
    ]
}

/// Any other operation: a body of nothing but identifiers, which its fields cut as they like.
fn made_of_ids(id: u8, prey: &Prey) -> Option<Request> {
    let patterns: [Vec<u8>; 3] = [[0; 8].to_vec(), prey.message.to_bytes(), prey.long_term_message().to_bytes()];
    let read = |pattern: &Vec<u8>| {
        let bytes = [[id, 0, 0].as_slice(), &pattern.repeat(0x3000)].concat();
        RequestFrame::read(&mut Reader::new(&bytes)).ok().map(|frame| frame.request)
    };
    // The longest that still fits a payload.
    let fits = |request: &Request| {
        let frame = RequestFrame { logon_id: 0, handles: Handles::default(), request: request.clone() };
        frame.to_bytes().len() < 0x7000
    };
    patterns.iter().rev().filter_map(read).find(fits)
}

/// Execute that opens the prey's message by one of the prey's handles.
pub(super) fn execute_body(prey: &Prey) -> Vec<u8> {
    let open = rop::OpenMessageRequest {
        code_page_id: 0xFFF,
        folder_id: prey.inbox,
        open_mode_flags: 0,
        message_id: prey.message,
    };
    let frame = RequestFrame { logon_id: 0, handles: Handles { input: 0, other: 1 }, request: open.into_request() };
    let payload = RequestBuffer::pack(&[frame], &[prey.handles[0], rop::NO_HANDLE]);
    let rop_buffer = pack_buffers(&[payload], false, false);
    ExecuteRequest { flags: 0, rop_buffer, max_rop_out: 0x8000, auxiliary_buffer: Vec::new() }.to_bytes()
}

fn body(body: impl Wire) -> Vec<u8> {
    nspi::Request { body, auxiliary_buffer: Vec::new() }.to_bytes()
}

/// A good body for each request type of the address book.
pub(super) fn nspi_body(request_type: &str, prey: &Prey) -> Vec<u8> {
    let state = Some(nspi::Stat { code_page: 1252, ..nspi::Stat::default() });
    let mids = || Some(vec![nspi::MinimalId(0x11)]);
    let tags = || Some(vec![PropertyTag::PidTagDisplayName]);
    let dn = || prey.legacy_dn.clone();
    match request_type {
        "Unbind" => body(nspi::UnbindRequest { reserved: 0 }),
        "CompareMIds" => body(nspi::CompareMidsRequest {
            reserved: 0,
            state,
            minimal_id1: nspi::MinimalId(0x10),
            minimal_id2: nspi::MinimalId(0x11),
        }),
        "DNToMId" => body(nspi::DnToMidRequest { reserved: 0, names: Some(vec![dn()]) }),
        "GetMatches" => body(nspi::GetMatchesRequest {
            reserved: 0,
            state,
            minimal_ids: None,
            interface_option_flags: 0,
            filter: Some(nspi::Filter(Restriction::Exist { property_tag: PropertyTag::PidTagDisplayName })),
            property_name: None,
            row_count: 10,
            columns: tags(),
        }),
        "GetPropList" => {
            body(nspi::GetPropListRequest { flags: 0, minimal_id: nspi::MinimalId(0x11), code_page: 1252 })
        }
        "GetProps" => body(nspi::GetPropsRequest { flags: 0, state, property_tags: tags() }),
        "GetSpecialTable" => body(nspi::GetSpecialTableRequest { flags: 4, state, version: None }),
        "GetTemplateInfo" => body(nspi::GetTemplateInfoRequest {
            flags: 1,
            display_type: 0,
            template_dn: None,
            code_page: 1252,
            locale_id: 1033,
        }),
        "ModLinkAtt" => body(mod_link_att(nspi::MinimalId(0x11))),
        "ModProps" => body(mod_props(nspi::MinimalId(0x11))),
        "QueryColumns" => body(nspi::QueryColumnsRequest { reserved: 0, map_flags: 0 }),
        "QueryRows" => {
            let explicit_table = Vec::new();
            body(nspi::QueryRowsRequest { flags: 0, state, explicit_table, row_count: 10, columns: tags() })
        }
        "ResolveNames" => body(nspi::ResolveNamesRequest {
            reserved: 0,
            state,
            property_tags: tags(),
            names: Some(vec!["bob".to_owned()]),
        }),
        "ResortRestriction" => body(nspi::ResortRestrictionRequest { reserved: 0, state, minimal_ids: mids() }),
        "SeekEntries" => body(nspi::SeekEntriesRequest {
            reserved: 0,
            state,
            target: Some(nspi::AddressBookTaggedValue::new(
                PropertyTag::PidTagDisplayName,
                Value::String("B".to_owned()),
            )),
            explicit_table: None,
            columns: tags(),
        }),
        "UpdateStat" => body(nspi::UpdateStatRequest { reserved: 0, state, delta_requested: true }),
        "GetMailboxUrl" => body(nspi::GetMailboxUrlRequest { flags: 0, server_dn: dn() }),
        "GetAddressBookUrl" => body(nspi::GetAddressBookUrlRequest { flags: 0, user_dn: dn() }),
        other => panic!("no body for {other}"),
    }
}

fn mod_props(mid: nspi::MinimalId) -> nspi::ModPropsRequest {
    let value = Value::String("Ann was here".to_owned());
    nspi::ModPropsRequest {
        reserved: 0,
        state: Some(nspi::Stat { code_page: 1252, current_rec: mid, ..nspi::Stat::default() }),
        property_tags: Some(vec![PropertyTag::PidTagDisplayName]),
        property_values: Some(vec![nspi::AddressBookTaggedValue::new(PropertyTag::PidTagDisplayName, value)]),
    }
}

fn mod_link_att(minimal_id: nspi::MinimalId) -> nspi::ModLinkAttRequest {
    // PidTagAddressBookMember. MS-OXNSPI 3.1.4.1.16
    let property_tag = PropertyTag(0x8009_000D);
    nspi::ModLinkAttRequest { flags: 0, property_tag, minimal_id, entry_ids: Some(vec![vec![0; 32]]) }
}

/// Tries to change an entry in both ways there are.
pub(super) fn change_entry(book: &mut AddressBook, mid: nspi::MinimalId) -> Vec<ErrorCode> {
    let props: nspi::ModPropsResponse = block_on(book.call("ModProps", mod_props(mid))).unwrap();
    let links: nspi::ModLinkAttResponse = block_on(book.call("ModLinkAtt", mod_link_att(mid))).unwrap();
    vec![props.error_code, links.error_code]
}
