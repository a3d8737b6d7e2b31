//! Which facts an entry can have as text. A table: its name on the command line, the property of
//! the address book (MS-OXOABK 2.2.4), and whether people may change their own.

use crate::mapi::PropertyTag;

/// One fact.
#[derive(Debug)]
pub struct Fact {
    /// What the command line calls it.
    pub name: &'static str,
    /// The property; always a PtypString.
    pub tag: PropertyTag,
    /// People may change their own through the address book.
    pub own: bool,
    /// What it is.
    pub doc: &'static str,
}

const fn fact(name: &'static str, tag: PropertyTag, own: bool, doc: &'static str) -> Fact {
    Fact { name, tag, own, doc }
}

/// All of them.
pub const FACTS: &[Fact] = &[
    fact("given-name", PropertyTag::PidTagGivenName, false, "given name"),
    fact("surname", PropertyTag::PidTagSurname, false, "surname"),
    fact("initials", PropertyTag::PidTagInitials, false, "initials"),
    fact("title", PropertyTag::PidTagTitle, false, "job title"),
    fact("department", PropertyTag::PidTagDepartmentName, false, "department"),
    fact("company", PropertyTag::PidTagCompanyName, false, "company"),
    fact("office", PropertyTag::PidTagOfficeLocation, false, "office: building and room"),
    fact("assistant", PropertyTag::PidTagAssistant, false, "name of the assistant"),
    fact("phone", PropertyTag::PidTagBusinessTelephoneNumber, true, "business telephone"),
    fact("mobile", PropertyTag::PidTagMobileTelephoneNumber, true, "mobile telephone"),
    fact("home-phone", PropertyTag::PidTagHomeTelephoneNumber, true, "telephone at home"),
    fact("pager", PropertyTag::PidTagPagerTelephoneNumber, true, "pager"),
    fact("fax", PropertyTag::PidTagPrimaryFaxNumber, true, "fax"),
    fact("street", PropertyTag::PidTagStreetAddress, false, "street and number"),
    fact("city", PropertyTag::PidTagLocality, false, "city"),
    fact("state", PropertyTag::PidTagStateOrProvince, false, "state or province"),
    fact("postal-code", PropertyTag::PidTagPostalCode, false, "postal code"),
    fact("country", PropertyTag::PidTagCountry, false, "country"),
    fact("notes", PropertyTag::PidTagComment, false, "notes that everybody may read"),
    fact("phonetic-name", PropertyTag::PidTagAddressBookPhoneticDisplayName, false, "the name as it is pronounced"),
];

/// The fact with this property identifier.
#[must_use]
pub fn fact_of(id: u16) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.tag.id() == id)
}
