//! Containers: GetSpecialTable. MS-OXNSPI 3.1.4.1.3, MS-OXOABK 2.2.2

use super::{Answer, Context};
use crate::mapi::{AddressBookEntryId, DISPLAY_TYPE_CONTAINER, ErrorCode, PropertyTag, Value};
use crate::nspi::message::{AddressBookTaggedValue, GetSpecialTableRequest, GetSpecialTableResponse, Stat};
use crate::nspi::properties::CONTAINER_FLAGS;
use crate::nspi::text::{CP_DEFAULT, CP_WINUNICODE, encode};
use crate::nspi::view::{AddressList, Table, View};
use crate::wire::Wire;

/// A container of the hierarchy table.
#[derive(Debug)]
struct Container {
    /// PidTagAddressBookContainerId, the ContainerID of a STAT. No MId of an object.
    id: i32,
    /// gal-addrlist-dn or addresslist-dn. MS-OXOABK 2.2.1.1
    dn: &'static str,
    display_name: &'static str,
    list: AddressList,
}

/// The containers there are, in the order of the hierarchy table. A change to this list needs
/// another [`VERSION`]; identifiers and names stay for ever, clients keep them.
const CONTAINERS: &[Container] = &[
    // UNVERIFIED: the empty name, for which Outlook shows "Global Address List" in its language.
    Container { id: 0, dn: "/", display_name: "", list: AddressList::Everyone },
    Container {
        id: 1,
        dn: "/guid=6D61696C737465616400000000000001",
        display_name: "All Users",
        list: AddressList::Users,
    },
    Container {
        id: 2,
        dn: "/guid=6D61696C737465616400000000000002",
        display_name: "All Groups",
        list: AddressList::Groups,
    },
    Container {
        id: 3,
        dn: "/guid=6D61696C737465616400000000000003",
        display_name: "All Contacts",
        list: AddressList::Contacts,
    },
    Container { id: 4, dn: "/guid=6D61696C737465616400000000000004", display_name: "Rooms", list: AddressList::Rooms },
];

/// Version of the hierarchy table: a client that holds it is told of no rows.
const VERSION: u32 = 2;

/// NspiAddressCreationTemplates. MS-OXNSPI 2.2.1.12
const ADDRESS_CREATION_TEMPLATES: u32 = 2;
/// NspiUnicodeStrings. MS-OXNSPI 2.2.1.12
const UNICODE_STRINGS: u32 = 4;

/// The table of the container that a STAT names, in its order; InvalidBookmark if there is none.
pub(super) fn table_of<'a>(view: &'a View, state: &Stat) -> Answer<Table<'a>> {
    let id = state.container_id;
    let container = CONTAINERS.iter().find(|container| container.id.cast_unsigned() == id);
    let view = view.in_order(state.sort_type);
    container.map(|container| view.table(container.list)).ok_or(ErrorCode::InvalidBookmark)
}

pub(super) fn get_special_table(cx: &Context<'_>, rq: &GetSpecialTableRequest) -> Answer<GetSpecialTableResponse> {
    let state = rq.state.unwrap_or_else(|| Stat { code_page: CP_DEFAULT, ..Stat::default() });
    let creation = rq.flags & ADDRESS_CREATION_TEMPLATES != 0;
    let unicode = rq.flags & UNICODE_STRINGS != 0;
    let code_page = match cx.code_page(&state) {
        Err(_) if creation || unicode => CP_WINUNICODE,
        other => other?,
    };
    if creation {
        // A table without rows is right for a locale without templates (constraint 11).
        return Ok(GetSpecialTableResponse {
            error_code: ErrorCode::Success,
            code_page,
            version: None,
            rows: Some(Vec::new()),
        });
    }
    let string = |text: &str| match unicode {
        true => Value::String(text.to_owned()),
        false => Value::String8(encode(text, code_page)),
    };
    let rows = match rq.version {
        Some(VERSION) => Vec::new(),
        _ => CONTAINERS.iter().map(|container| row(container, &string)).collect(),
    };
    Ok(GetSpecialTableResponse { error_code: ErrorCode::Success, code_page, version: Some(VERSION), rows: Some(rows) })
}

/// The properties of a container in the order that constraint 14 prescribes.
fn row(container: &Container, string: &impl Fn(&str) -> Value) -> Vec<AddressBookTaggedValue> {
    let entry_id = AddressBookEntryId::new(DISPLAY_TYPE_CONTAINER, container.dn);
    vec![
        AddressBookTaggedValue::new(PropertyTag::PidTagEntryId, Value::Binary(entry_id.to_bytes())),
        AddressBookTaggedValue::new(PropertyTag::PidTagContainerFlags, Value::Integer32(CONTAINER_FLAGS)),
        AddressBookTaggedValue::new(PropertyTag::PidTagDepth, Value::Integer32(0)),
        AddressBookTaggedValue::new(PropertyTag::PidTagAddressBookContainerId, Value::Integer32(container.id)),
        AddressBookTaggedValue::new(PropertyTag::PidTagDisplayName, string(container.display_name)),
        AddressBookTaggedValue::new(PropertyTag::PidTagAddressBookIsMaster, Value::Boolean(false)),
    ]
}
