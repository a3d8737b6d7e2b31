//! Dialogs that show an entry: what Outlook's "Outlook properties" of a contact card is made of.
//! MS-OXOABKT 2.2.2.1
//!
//! One set, in English, for every locale; nothing can be edited in it. Left out: templates to make
//! one-off addresses, and scripts, which only those need.

use super::text::encode;
use crate::mapi::PropertyTag;
use crate::wire::{Wire, Writer};

/// ControlType. MS-OXOABKT 2.2.2.1.2
const LABEL: u32 = 0;
const EDIT: u32 = 1;
const LIST_BOX: u32 = 2;
const PAGE: u32 = 8;
const MULTI_VALUED_LIST_BOX: u32 = 0xB;
/// ControlFlags: several lines; characters of two bytes are accepted. MS-OXOABKT 2.2.2.1.2
const MULTI_LINE: u32 = 1;
const DBCS: u32 = 0x20;
/// Type of a TRowSet. MS-OXOABKT 2.2.2.1.1
const TYPE: u32 = 1;

/// TRow, its string beside it. MS-OXOABKT 2.2.2.1.2
struct Row {
    /// XPos, DeltaX, YPos, DeltaY.
    place: [u32; 4],
    control_type: u32,
    control_flags: u32,
    /// dwType and ulSize of CNTRL. MS-OXOABKT 2.2.2.1.3
    tag: u32,
    size: u32,
    text: &'static str,
}

/// A line of a page: what is shown beside its label.
enum Line {
    Page(&'static str),
    Text(&'static str, PropertyTag),
    Notes(&'static str, PropertyTag),
    /// Objects of the address book, in a box so high.
    Objects(&'static str, PropertyTag, u32),
    Values(&'static str, PropertyTag),
}

/// DT_MAILUSER and DT_REMOTE_MAILUSER.
const PERSON: &[Line] = &[
    Line::Page("General"),
    Line::Text("First:", PropertyTag::PidTagGivenName),
    Line::Text("Last:", PropertyTag::PidTagSurname),
    Line::Text("Display:", PropertyTag::PidTagDisplayName),
    Line::Text("Alias:", PropertyTag::PidTagAccount),
    Line::Text("E-mail:", PropertyTag::PidTagSmtpAddress),
    Line::Text("Title:", PropertyTag::PidTagTitle),
    Line::Text("Company:", PropertyTag::PidTagCompanyName),
    Line::Text("Department:", PropertyTag::PidTagDepartmentName),
    Line::Text("Office:", PropertyTag::PidTagOfficeLocation),
    Line::Text("Assistant:", PropertyTag::PidTagAssistant),
    Line::Text("Phone:", PropertyTag::PidTagBusinessTelephoneNumber),
    Line::Page("Organization"),
    Line::Objects("Manager:", PropertyTag::PidTagAddressBookManager, 24),
    Line::Objects("Direct reports:", PropertyTag::PidTagAddressBookReports, 120),
    Line::Page("Phone/Notes"),
    Line::Text("Business:", PropertyTag::PidTagBusinessTelephoneNumber),
    Line::Text("Mobile:", PropertyTag::PidTagMobileTelephoneNumber),
    Line::Text("Home:", PropertyTag::PidTagHomeTelephoneNumber),
    Line::Text("Pager:", PropertyTag::PidTagPagerTelephoneNumber),
    Line::Text("Fax:", PropertyTag::PidTagPrimaryFaxNumber),
    Line::Text("Street:", PropertyTag::PidTagStreetAddress),
    Line::Text("City:", PropertyTag::PidTagLocality),
    Line::Notes("Notes:", PropertyTag::PidTagComment),
    Line::Page("Member Of"),
    Line::Objects("Group membership:", MEMBER_OF, 150),
    Line::Page("E-mail Addresses"),
    Line::Values("Addresses:", PropertyTag::PidTagAddressBookProxyAddresses),
];

/// DT_DISTLIST.
const GROUP: &[Line] = &[
    Line::Page("General"),
    Line::Text("Display:", PropertyTag::PidTagDisplayName),
    Line::Text("Alias:", PropertyTag::PidTagAccount),
    Line::Text("E-mail:", PropertyTag::PidTagSmtpAddress),
    Line::Objects("Owners:", PropertyTag::PidTagAddressBookOwner, 24),
    Line::Objects("Members:", PropertyTag::PidTagAddressBookMember, 80),
    Line::Page("Member Of"),
    Line::Objects("Group membership:", MEMBER_OF, 150),
    Line::Page("E-mail Addresses"),
    Line::Values("Addresses:", PropertyTag::PidTagAddressBookProxyAddresses),
];

const MEMBER_OF: PropertyTag = PropertyTag(0x8008_000D);

/// PidTagTemplateData for a display type, strings in a code page; `None` if there is no such dialog.
pub(super) fn data(display_type: u32, code_page: u32) -> Option<Vec<u8>> {
    let lines = match display_type {
        0 | 6 => PERSON,
        1 => GROUP,
        _ => return None,
    };
    let mut rows = Vec::new();
    let mut y = 0;
    for line in lines {
        y = place(line, y, &mut rows);
    }
    let mut w = Writer::new();
    TYPE.write(&mut w);
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    count.write(&mut w);
    // Offsets count from the beginning of the TRowSet: its head, then rows of 36 bytes.
    let mut offset = count.saturating_mul(36).saturating_add(8);
    let mut pool = Vec::new();
    for row in &rows {
        row.place
            .iter()
            .chain(&[row.control_type, row.control_flags, row.tag, row.size, offset])
            .for_each(|n| n.write(&mut w));
        let text = encode(row.text, code_page);
        offset = offset.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)).saturating_add(1);
        pool.extend(text);
        pool.push(0);
    }
    w.raw(&pool);
    Some(w.into_bytes())
}

/// Adds the controls of a line below `y`; where the next one goes.
fn place(line: &Line, y: u32, rows: &mut Vec<Row>) -> u32 {
    let label = |text, y| Row { place: [8, 58, y, 8], control_type: LABEL, control_flags: 0, tag: 0, size: 0, text };
    let mut add = |text, tag: u32, height: u32, control_type, control_flags, size| {
        rows.push(label(text, y.saturating_add(2)));
        rows.push(Row { place: [70, 250, y, height], control_type, control_flags, tag, size, text: "*" });
        y.saturating_add(height).saturating_add(3)
    };
    match line {
        Line::Page(text) => {
            let page = Row { place: [0; 4], control_type: PAGE, control_flags: 0, tag: 0, size: 0, text };
            rows.push(page);
            8
        }
        // Display tables name strings in 8 bits; the client asks for them as it likes.
        Line::Text(text, tag) => add(text, string8(*tag), 12, EDIT, DBCS, 256),
        Line::Notes(text, tag) => add(text, string8(*tag), 40, EDIT, DBCS | MULTI_LINE, 1024),
        Line::Objects(text, tag, height) => add(text, tag.0, *height, LIST_BOX, 0, 0),
        Line::Values(text, tag) => add(text, tag.0 & 0xFFFF_0000 | 0x101E, 150, MULTI_VALUED_LIST_BOX, 0, 0),
    }
}

fn string8(tag: PropertyTag) -> u32 {
    tag.0 & 0xFFFF_0000 | 0x1E
}
