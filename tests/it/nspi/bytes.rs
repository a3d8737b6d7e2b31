//! Every body of the address book endpoint, computed by hand from the layouts of
//! MS-OXCMAPIHTTP 2.2.5.

use super::hex;
use mailstead::mapi::{ErrorCode, FuzzyLow, PropertyTag, RelOp, Restriction, TaggedValue, Value};
use mailstead::nspi::message::*;
use mailstead::wire::{Guid, Wire};
use std::fmt::Debug;

/// Sorted by name, container 0, at MId 11, two rows back, row 3 of 7, Windows-1252, English.
const STAT: &str = "00000000 00000000 11000000 FEFFFFFF 03000000 07000000 E4040000 09040000 09040000";
const GUID: &str = "000102030405060708090A0B0C0D0E0F";

fn a_stat() -> Stat {
    Stat {
        sort_type: SortType::SortTypeDisplayName,
        container_id: 0,
        current_rec: MinimalId(0x11),
        delta: -2,
        num_pos: 3,
        total_recs: 7,
        code_page: 1252,
        template_locale: 0x409,
        sort_locale: 0x409,
    }
}

fn a_guid() -> Guid {
    Guid([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
}

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const NAME_8: PropertyTag = PropertyTag(0x3001_001E);
const OBJECT_TYPE: PropertyTag = PropertyTag::PidTagObjectType;

/// Encode = bytes, decode = value, every truncated prefix and every byte too many refused.
fn same<T: Wire + PartialEq + Debug>(value: &T, bytes: &[u8]) {
    assert_eq!(value.to_bytes(), bytes, "encoded");
    assert_eq!(&T::from_bytes(bytes).unwrap(), value, "decoded");
    for len in 0..bytes.len() {
        assert!(T::from_bytes(&bytes[..len]).is_err(), "the first {len} bytes are no {value:?}");
    }
    assert!(T::from_bytes(&[bytes, &[0]].concat()).is_err(), "one byte too many");
}

fn request<T: Wire + PartialEq + Debug>(body: T, digits: &str) {
    described(&body, "Request", true, &format!("{digits} 00000000"));
    let value = Request { body, auxiliary_buffer: Vec::new() };
    same(&value, &hex(&format!("{digits} 00000000")));
}

fn response<T: Wire + PartialEq + Debug>(body: T, digits: &str) {
    described(&body, "Response", false, &format!("00000000 {digits} 00000000"));
    let value = Response::Answer { body, auxiliary_buffer: Vec::new() };
    same(&value, &hex(&format!("00000000 {digits} 00000000")));
}

/// `mailstead decode` finds the structure by the name of the request type.
fn described<T: Debug>(body: &T, end: &str, is_request: bool, digits: &str) {
    let name = std::any::type_name::<T>().rsplit("::").next().unwrap().strip_suffix(end).unwrap();
    let request_type = RequestType::parse(name).unwrap_or_else(|| panic!("{name}"));
    let bytes = hex(digits);
    assert_eq!(request_type.describe(is_request, &bytes).unwrap(), format!("{body:?}"));
    for len in 0..bytes.len() {
        assert!(request_type.describe(is_request, &bytes[..len]).is_err(), "{name}: {len} bytes");
    }
    assert!(request_type.describe(is_request, &[bytes, vec![0]].concat()).is_err(), "one byte too many");
}

#[test]
fn auxiliary_buffers_follow_everything() {
    let body = UnbindRequest { reserved: 0 };
    same(&Request { body, auxiliary_buffer: vec![0xAA, 0xBB] }, &hex("00000000 02000000 AABB"));
    let body = UnbindResponse { error_code: ErrorCode::UnbindSuccess };
    same(&Response::Answer { body, auxiliary_buffer: vec![0xAA] }, &hex("00000000 01000000 01000000 AA"));
}

#[test]
fn a_status_code_stands_alone() {
    let failure = Response::<BindResponse>::Failure { status_code: 0x8004_0111, auxiliary_buffer: vec![0xCC] };
    same(&failure, &hex("11010480 01000000 CC"));
}

/// MS-OXNSPI R674, R676
#[test]
fn bind() {
    request(BindRequest { flags: 0x20, state: Some(a_stat()) }, &format!("20000000 FF {STAT}"));
    request(BindRequest { flags: 0, state: None }, "00000000 00");
    let body = BindResponse { error_code: ErrorCode::Success, server_guid: a_guid() };
    response(body, &format!("00000000 {GUID}"));
}

#[test]
fn any_nonzero_presence_byte_means_present() {
    let bytes = hex(&format!("00000000 01 {STAT} 00000000"));
    assert_eq!(Request::<BindRequest>::from_bytes(&bytes).unwrap().body.state, Some(a_stat()));
}

/// MS-OXNSPI R706
#[test]
fn unbind() {
    request(UnbindRequest { reserved: 0 }, "00000000");
    response(UnbindResponse { error_code: ErrorCode::UnbindSuccess }, "01000000");
}

/// MS-OXNSPI R1217, R1218, R1219
#[test]
fn compare_mids() {
    request(
        CompareMidsRequest {
            reserved: 0,
            state: Some(a_stat()),
            minimal_id1: MinimalId(0x11),
            minimal_id2: MinimalId::MID_END_OF_TABLE,
        },
        &format!("00000000 FF {STAT} 11000000 02000000"),
    );
    response(CompareMidsResponse { error_code: ErrorCode::Success, result: -1 }, "00000000 FFFFFFFF");
}

/// MS-OXNSPI R1249, R1251
#[test]
fn dn_to_mid() {
    request(
        DnToMidRequest { reserved: 0, names: Some(vec!["/o=A".to_owned(), String::new()]) },
        "00000000 FF 02000000 2F6F3D4100 00",
    );
    request(DnToMidRequest { reserved: 0, names: None }, "00000000 00");
    response(
        DnToMidResponse { error_code: ErrorCode::Success, minimal_ids: Some(vec![MinimalId(0x11), MinimalId(0)]) },
        "00000000 FF 02000000 11000000 00000000",
    );
}

/// MS-OXNSPI R1081, R1091, R1095, R1097
#[test]
fn get_matches() {
    let condition = Restriction::Property {
        rel_op: RelOp::Equal,
        property_tag: PropertyTag::PidTagAnr,
        tagged_value: TaggedValue::new(PropertyTag::PidTagAnr, Value::String("ab".to_owned())),
    };
    let body = |filter| GetMatchesRequest {
        reserved: 0,
        state: Some(a_stat()),
        minimal_ids: Some(vec![MinimalId(0x12)]),
        interface_option_flags: 0,
        filter,
        property_name: Some(PropertyNameId { guid: a_guid(), id: 0x8009 }),
        row_count: 50,
        columns: Some(vec![OBJECT_TYPE, NAME_8]),
    };
    // Without the presence byte inside the restriction, which is how we write it.
    let digits = |presence: &str| {
        format!(
            "00000000 FF {STAT} FF 01000000 12000000 00000000
             FF 04 04 1F000C36 {presence} 1F000C36 {presence} 6100 6200 0000
             FF {GUID} 09800000 32000000 FF 02000000 0300FE0F 1E000130"
        )
    };
    request(body(Some(Filter(condition.clone()))), &digits(""));
    // With it, which is how Outlook writes it.
    let bytes = hex(&format!("{} 00000000", digits("FF")));
    assert_eq!(Request::<GetMatchesRequest>::from_bytes(&bytes).unwrap().body, body(Some(Filter(condition))));
    request(
        GetMatchesRequest {
            reserved: 0,
            state: None,
            minimal_ids: None,
            interface_option_flags: 0,
            filter: None,
            property_name: None,
            row_count: 1,
            columns: None,
        },
        "00000000 00 00 00000000 00 00 01000000 00",
    );
    response(
        GetMatchesResponse {
            error_code: ErrorCode::Success,
            state: Some(a_stat()),
            minimal_ids: Some(vec![MinimalId(0x12)]),
            rows: Some(ColumnsAndRows { columns: vec![OBJECT_TYPE], rows: vec![vec![Ok(Value::Integer32(6))]] }),
        },
        &format!("00000000 FF {STAT} FF 01000000 12000000 FF 01000000 0300FE0F 01000000 00 06000000"),
    );
    response(GetMatchesResponse::refused(ErrorCode::TableTooBig, None), "03040480 00 00 00");
}

#[test]
fn conditions_have_wide_counts() {
    let content = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Prefix,
        fuzzy_level_high: 1,
        property_tag: PropertyTag::PidTagInstanceKey,
        tagged_value: TaggedValue::new(PropertyTag::PidTagInstanceKey, Value::Binary(vec![7])),
    };
    let filter = Filter(Restriction::And(vec![content, Restriction::Exist { property_tag: NAME }]));
    same(&filter, &hex("00 02000000 03 0200 0100 0201F60F 0201F60F 01000000 07 08 1F000130"));
}

/// MS-OXNSPI R834, R836
#[test]
fn get_prop_list() {
    let body = GetPropListRequest { flags: 1, minimal_id: MinimalId(0x11), code_page: 1252 };
    request(body, "01000000 11000000 E4040000");
    response(
        GetPropListResponse { error_code: ErrorCode::Success, property_tags: Some(vec![NAME_8]) },
        "00000000 FF 01000000 1E000130",
    );
    response(GetPropListResponse::refused(ErrorCode::InvalidObject), "08010480 00");
}

/// MS-OXNSPI R867, R869, R3
#[test]
fn get_props() {
    request(
        GetPropsRequest { flags: 2, state: Some(a_stat()), property_tags: Some(vec![NAME]) },
        &format!("02000000 FF {STAT} FF 01000000 1F000130"),
    );
    let list = vec![
        AddressBookTaggedValue::new(NAME, Value::String("A".to_owned())),
        AddressBookTaggedValue::new(NAME_8, Value::String8(b"A".to_vec())),
        AddressBookTaggedValue::new(PropertyTag::PidTagInstanceKey, Value::Binary(vec![1, 2])),
        AddressBookTaggedValue::new(PropertyTag::PidTagSendRichInfo, Value::Boolean(true)),
        AddressBookTaggedValue::new(
            PropertyTag::PidTagAddressBookProxyAddresses,
            Value::MultipleString(vec!["A".to_owned(), "B".to_owned()]),
        ),
        AddressBookTaggedValue::new(PropertyTag::PidTagTitle, Value::Error(ErrorCode::NotFound)),
        AddressBookTaggedValue { tag: PropertyTag::PidTagSurname, value: None },
    ];
    response(
        GetPropsResponse { error_code: ErrorCode::ErrorsReturned, code_page: 1252, property_values: Some(list) },
        "80030400 E4040000 FF 07000000
         1F000130 FF 4100 0000
         1E000130 FF 4100
         0201F60F FF 02000000 0102
         0B00403A 01
         1F100F80 FF 02000000 FF 4100 0000 FF 4200 0000
         0A00173A 0F010480
         1F00113A 00",
    );
}

/// MS-OXNSPI R724, R726, R728
#[test]
fn get_special_table() {
    request(
        GetSpecialTableRequest { flags: 4, state: Some(a_stat()), version: Some(9) },
        &format!("04000000 FF {STAT} FF 09000000"),
    );
    let row = vec![AddressBookTaggedValue::new(PropertyTag::PidTagDepth, Value::Integer32(1))];
    response(
        GetSpecialTableResponse {
            error_code: ErrorCode::Success,
            code_page: 1200,
            version: Some(9),
            rows: Some(vec![row, Vec::new()]),
        },
        "00000000 B0040000 FF 09000000 FF 02000000 01000000 03000530 01000000 00000000",
    );
}

/// MS-OXNSPI R1456, R1458
#[test]
fn get_template_info() {
    let body = |template_dn| GetTemplateInfoRequest {
        flags: 1,
        display_type: 0,
        template_dn,
        code_page: 1252,
        locale_id: 0x409,
    };
    request(body(Some("/x".to_owned())), "01000000 00000000 FF 2F7800 E4040000 09040000");
    request(body(None), "01000000 00000000 00 E4040000 09040000");
    let data = AddressBookTaggedValue::new(PropertyTag::PidTagTemplateData, Value::Binary(vec![1]));
    response(
        GetTemplateInfoResponse { error_code: ErrorCode::Success, code_page: 1252, row: Some(vec![data]) },
        "00000000 E4040000 FF 01000000 02010100 FF 01000000 01",
    );
    response(GetTemplateInfoResponse::refused(ErrorCode::InvalidLocale), "1F010480 00000000 00");
}

/// MS-OXNSPI R1313, R1317, R1315
#[test]
fn mod_link_att() {
    request(
        ModLinkAttRequest {
            flags: 1,
            property_tag: PropertyTag::PidTagAddressBookMember,
            minimal_id: MinimalId(0x11),
            entry_ids: Some(vec![vec![0xAA], Vec::new()]),
        },
        "01000000 0D000980 11000000 FF 02000000 01000000 AA 00000000",
    );
    response(ModLinkAttResponse { error_code: ErrorCode::AccessDenied }, "05000780");
}

/// MS-OXNSPI R1276
#[test]
fn mod_props() {
    let value = AddressBookTaggedValue::new(NAME_8, Value::String8(b"x".to_vec()));
    request(
        ModPropsRequest {
            reserved: 0,
            state: Some(a_stat()),
            property_tags: Some(vec![NAME_8]),
            property_values: Some(vec![value]),
        },
        &format!("00000000 FF {STAT} FF 01000000 1E000130 FF 01000000 1E000130 FF 7800"),
    );
    response(ModPropsResponse { error_code: ErrorCode::AccessDenied }, "05000780");
}

/// MS-OXNSPI R808, R810
#[test]
fn query_columns() {
    request(QueryColumnsRequest { reserved: 0, map_flags: 0x8000_0000 }, "00000000 00000080");
    response(
        QueryColumnsResponse { error_code: ErrorCode::Success, columns: Some(vec![NAME, OBJECT_TYPE]) },
        "00000000 FF 02000000 1F000130 0300FE0F",
    );
}

/// MS-OXNSPI R2, R922, R927, R928, R929, R931
#[test]
fn query_rows() {
    request(
        QueryRowsRequest {
            flags: 2,
            state: Some(a_stat()),
            explicit_table: vec![MinimalId(0x11), MinimalId(0x12)],
            row_count: 22,
            columns: Some(vec![NAME]),
        },
        &format!("02000000 FF {STAT} 02000000 11000000 12000000 16000000 FF 01000000 1F000130"),
    );
    let body = QueryRowsRequest { flags: 0, state: None, explicit_table: Vec::new(), row_count: 0x32, columns: None };
    request(body, "00000000 00 00000000 32000000 00");
    let unspecified = PropertyTag(0x39FE_0000);
    response(
        QueryRowsResponse {
            error_code: ErrorCode::Success,
            state: Some(a_stat()),
            rows: Some(ColumnsAndRows {
                columns: vec![OBJECT_TYPE, NAME, unspecified],
                rows: vec![
                    vec![Ok(Value::Integer32(6)), Ok(Value::String("A".to_owned())), Ok(Value::String8(b"a".to_vec()))],
                    vec![Ok(Value::Integer32(6)), Err(ErrorCode::NotFound), Ok(Value::String8(b"a".to_vec()))],
                ],
            }),
        },
        // A standard row, then a flagged one; columns without a type carry it.
        &format!(
            "00000000 FF {STAT} FF 03000000 0300FE0F 1F000130 0000FE39 02000000
             00 06000000 FF 4100 0000 1E00 FF 6100
             01 00 06000000 0A 0F010480 1E00 00 FF 6100"
        ),
    );
    response(QueryRowsResponse::refused(ErrorCode::InvalidBookmark, None), "05040480 00 00");
}

/// MS-OXNSPI R1399, R1403, R1404, R1406
#[test]
fn resolve_names() {
    request(
        ResolveNamesRequest {
            reserved: 0x8000_0000,
            state: Some(a_stat()),
            property_tags: Some(vec![NAME]),
            names: Some(vec!["Ab".to_owned(), String::new()]),
        },
        &format!("00000080 FF {STAT} FF 01000000 1F000130 FF 02000000 4100 6200 0000 0000"),
    );
    response(
        ResolveNamesResponse {
            error_code: ErrorCode::Success,
            code_page: 1252,
            minimal_ids: Some(vec![MinimalId::MID_RESOLVED, MinimalId::MID_UNRESOLVED]),
            rows: Some(ColumnsAndRows { columns: vec![OBJECT_TYPE], rows: vec![vec![Ok(Value::Integer32(6))]] }),
        },
        "00000000 E4040000 FF 02000000 02000000 00000000 FF 01000000 0300FE0F 01000000 00 06000000",
    );
}

/// MS-OXNSPI R1172, R1175, R1177
#[test]
fn resort_restriction() {
    request(
        ResortRestrictionRequest { reserved: 0, state: Some(a_stat()), minimal_ids: Some(vec![MinimalId(0x11)]) },
        &format!("00000000 FF {STAT} FF 01000000 11000000"),
    );
    response(
        ResortRestrictionResponse {
            error_code: ErrorCode::Success,
            state: Some(a_stat()),
            minimal_ids: Some(vec![MinimalId(0x11)]),
        },
        &format!("00000000 FF {STAT} FF 01000000 11000000"),
    );
}

/// MS-OXNSPI R1003, R1010, R1012
#[test]
fn seek_entries() {
    request(
        SeekEntriesRequest {
            reserved: 0,
            state: Some(a_stat()),
            target: Some(AddressBookTaggedValue::new(NAME, Value::String("b".to_owned()))),
            explicit_table: Some(vec![MinimalId(0x11)]),
            columns: Some(vec![NAME]),
        },
        &format!("00000000 FF {STAT} FF 1F000130 FF 6200 0000 FF 01000000 11000000 FF 01000000 1F000130"),
    );
    response(
        SeekEntriesResponse { error_code: ErrorCode::Success, state: Some(a_stat()), rows: None },
        &format!("00000000 FF {STAT} 00"),
    );
}

/// MS-OXNSPI R310
/// MS-OXNSPI R773, R775, R776
#[test]
fn update_stat() {
    request(
        UpdateStatRequest { reserved: 0, state: Some(a_stat()), delta_requested: true },
        &format!("00000000 FF {STAT} 01"),
    );
    response(
        UpdateStatResponse { error_code: ErrorCode::Success, state: Some(a_stat()), delta: Some(-2) },
        &format!("00000000 FF {STAT} FF FEFFFFFF"),
    );
}

#[test]
fn urls() {
    request(GetMailboxUrlRequest { flags: 0, server_dn: "/a".to_owned() }, "00000000 2F00 6100 0000");
    let body = GetMailboxUrlResponse { error_code: ErrorCode::Success, server_url: "h:".to_owned() };
    response(body, "00000000 6800 3A00 0000");
    request(GetAddressBookUrlRequest { flags: 0, user_dn: "/a".to_owned() }, "00000000 2F00 6100 0000");
    let body = GetAddressBookUrlResponse { error_code: ErrorCode::Success, server_url: "h:".to_owned() };
    response(body, "00000000 6800 3A00 0000");
}

#[test]
fn ephemeral_entry_id() {
    let id = EphemeralEntryId::new(a_guid(), 0, MinimalId(0x11));
    same(&id, &hex(&format!("87 000000 {GUID} 01000000 00000000 11000000")));
}
