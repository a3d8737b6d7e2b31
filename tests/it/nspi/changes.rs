//! ModProps and ModLinkAtt, MS-OXNSPI 3.1.4.1.14, 3.1.4.1.15: what is refused is refused whole, and
//! what a request leaves out is nothing.

use super::people::{ADA, ALL, BEN, CAR, FAMILY, HIDDEN, ROOM, UNCLE, household, mid};
use super::*;
use mailstead::limits::GROUP_MEMBERS_MAX;
use mailstead::mapi::AddressBookEntryId;
use mailstead::nspi::message::{
    AddressBookTaggedValue, EphemeralEntryId, ModLinkAttRequest, ModLinkAttResponse, ModPropsRequest, ModPropsResponse,
};

const PHONE: PropertyTag = PropertyTag::PidTagBusinessTelephoneNumber;
const MOBILE: PropertyTag = PropertyTag::PidTagMobileTelephoneNumber;
const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const MEMBER: PropertyTag = PropertyTag::PidTagAddressBookMember;
const DELEGATES: PropertyTag = PropertyTag::PidTagAddressBookPublicDelegates;

impl Client {
    fn modify(
        &mut self,
        state: Stat,
        remove: Option<Vec<PropertyTag>>,
        set: Option<Vec<AddressBookTaggedValue>>,
    ) -> u32 {
        let body = ModPropsRequest { reserved: 0, state: Some(state), property_tags: remove, property_values: set };
        let rs: ModPropsResponse = self.call("ModProps", body);
        assert_eq!(rs.error_code == ErrorCode::Success, self.change.is_some());
        rs.error_code.0
    }

    fn link(&mut self, flags: u32, tag: PropertyTag, id: u32, entry_ids: Option<Vec<Vec<u8>>>) -> ErrorCode {
        let body = ModLinkAttRequest { flags, property_tag: tag, minimal_id: mid(id), entry_ids };
        let rs: ModLinkAttResponse = self.call("ModLinkAtt", body);
        assert_eq!(rs.error_code == ErrorCode::Success, self.change.is_some());
        rs.error_code
    }

    fn texts(&self) -> Vec<(u16, &str)> {
        match &self.change {
            Some(Change::Facts(ADA, texts, _)) => texts.iter().map(|(id, text)| (*id, text.as_str())).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn numbers(&self) -> Vec<u32> {
        match &self.change {
            Some(Change::Links { numbers, .. }) => numbers.clone(),
            other => panic!("{other:?}"),
        }
    }
}

fn value(tag: PropertyTag, value: Value) -> AddressBookTaggedValue {
    AddressBookTaggedValue::new(tag, value)
}

fn ephemeral(id: u32) -> Vec<u8> {
    EphemeralEntryId::new(SERVER_GUID, 0, mid(id)).to_bytes()
}

/// MS-OXNSPI R1284: one thing that is refused, and nothing is done. R1303, R464 (the code page of the client)
#[test]
fn properties_are_changed_all_or_none() {
    let mut client = household();
    let own = at(mid(ADA));
    let good = || value(PHONE, text("1"));
    for bad in [
        value(NAME, text("Queen")),
        value(PropertyTag::PidTagTitle, text("Queen")),
        value(PropertyTag::PidTagSmtpAddress, text("queen@example.org")),
        value(MOBILE, Value::Binary(vec![1])),
        value(MOBILE, Value::MultipleString(vec!["1".to_owned()])),
        value(MOBILE, text("1\u{7}")),
        value(PropertyTag(0x6789_001F), text("1")),
    ] {
        assert_eq!(client.modify(own, Some(vec![]), Some(vec![good(), bad.clone()])), ErrorCode::AccessDenied.0);
        assert_eq!(client.modify(own, Some(vec![PHONE]), Some(vec![bad])), ErrorCode::AccessDenied.0);
    }
    assert_eq!(client.modify(own, Some(vec![PHONE, NAME]), Some(vec![good()])), ErrorCode::AccessDenied.0);
    // Neither lists of values nor values in them have to be there.
    assert_eq!(client.modify(own, Some(vec![PHONE]), None), 0);
    assert_eq!(client.texts(), [(PHONE.id(), "")]);
    let absent = AddressBookTaggedValue { tag: MOBILE, value: None };
    assert_eq!(client.modify(own, Some(vec![]), Some(vec![good(), absent])), 0);
    assert_eq!(client.texts(), [(PHONE.id(), "1"), (MOBILE.id(), "")]);
    let cyrillic = Stat { code_page: 1251, ..own };
    assert_eq!(client.modify(cyrillic, Some(vec![]), Some(vec![value(PHONE, text8(b"\xE4\xEE\xEC 1"))])), 0);
    assert_eq!(client.texts(), [(PHONE.id(), "дом 1")]);
}

/// MS-OXNSPI R1321, R1338: one EntryID that means nobody, and nobody is added.
#[test]
fn members_are_added_all_or_none() {
    let mut client = household();
    let none = ErrorCode::AccessDenied;
    for bad in [
        Vec::new(),
        vec![0x87],
        ephemeral(99),
        ephemeral(FAMILY),
        AddressBookEntryId::new(0, "").to_bytes(),
        AddressBookEntryId::new(0x100, "/").to_bytes(),
        [ephemeral(CAR), vec![0]].concat(),
    ] {
        assert_eq!(client.link(0, MEMBER, FAMILY, Some(vec![ephemeral(CAR), bad.clone(), ephemeral(ROOM)])), none);
        // Who is not there is none of them.
        if bad != ephemeral(FAMILY) {
            assert_eq!(client.link(1, MEMBER, FAMILY, Some(vec![bad, ephemeral(BEN)])), ErrorCode::Success);
            assert_eq!(client.numbers(), [BEN]);
        }
    }
    assert_eq!(client.link(0, MEMBER, FAMILY, None), ErrorCode::Success);
    assert_eq!(client.numbers(), [0; 0]);
    // A hidden one can be a member, for who knows it; so can groups, contacts and rooms.
    let all = [HIDDEN, ALL, UNCLE, ROOM].map(ephemeral).to_vec();
    assert_eq!(client.link(0, MEMBER, FAMILY, Some(all)), ErrorCode::Success);
    assert_eq!(client.numbers(), [HIDDEN, ALL, UNCLE, ROOM]);
    // Who acts for somebody must be able to log on.
    for (id, code) in [(BEN, ErrorCode::Success), (UNCLE, none), (ROOM, none), (ALL, none), (ADA, none)] {
        assert_eq!(client.link(0, DELEGATES, ADA, Some(vec![ephemeral(id)])), code, "{id}");
    }
    assert_eq!(client.link(0, DELEGATES, FAMILY, Some(vec![ephemeral(BEN)])), none, "a group has no delegates");
    // Other objects that a property refers to cannot be changed by anyone.
    for tag in [
        PropertyTag::PidTagAddressBookManager,
        PropertyTag::PidTagAddressBookReports,
        PropertyTag::PidTagAddressBookOwner,
        PropertyTag::PidTagContainerContents,
    ] {
        assert_eq!(client.link(0, tag, FAMILY, Some(vec![ephemeral(BEN)])), none, "{tag:?}");
        assert_eq!(client.link(0, tag, ADA, Some(vec![ephemeral(BEN)])), none, "{tag:?}");
    }
}

/// A group has its bound; who is in it already, or is named twice, does not count.
#[test]
fn a_group_can_be_filled_and_not_more() {
    let most = u32::try_from(GROUP_MEMBERS_MAX).unwrap();
    let mut group = person(1, "group@example.org", "Group");
    group.facts.kind = mailstead::directory::EntryKind::Group;
    group.facts.members = (10..most + 9).collect();
    group.facts.owners = std::iter::once(10).collect();
    let people = (10..most + 12).map(|id| person(id, &format!("p{id}@example.org"), "P"));
    let mut client = Client::of(people.chain(std::iter::once(group)));
    client.user = 10;
    assert_eq!(client.view.by_mid(mid(1)).unwrap().listing.facts.members.len() + 1, GROUP_MEMBERS_MAX);
    let last = most + 9;
    let mut add = |ids: &[u32]| client.link(0, MEMBER, 1, Some(ids.iter().copied().map(ephemeral).collect()));
    assert_eq!(add(&[last]), ErrorCode::Success);
    assert_eq!(add(&[last, 10, last, 11, last]), ErrorCode::Success);
    assert_eq!(add(&[last, last + 1]), ErrorCode::AccessDenied);
}
