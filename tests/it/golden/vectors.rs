//! Blobs that Outlook and Exchange made, and what mfcmapi says of them: `tests/data/testvectors`.
//! Decode = what it says, encode = the bytes.

use super::{hex, path};
use mailstead::mapi::{
    AddressBookEntryId, ChangeList, Dialect, FolderEntryId, LongTermId, MessageEntryId, OneOffEntryId, PropertyName,
    Restriction, TaggedValue, Value, Xid,
};
use mailstead::nspi::message::EphemeralEntryId;
use mailstead::wire::{FileTime, Guid, Reader, Wire, Writer};
use std::fmt::Debug;

/// The blob.
pub(super) fn input(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(path("testvectors/In").join(format!("{name}.dat"))).unwrap();
    hex(&text.chars().filter(char::is_ascii_hexdigit).collect::<String>())
}

/// What mfcmapi says of it: UTF-16 with a byte order mark, or Latin-1.
pub(super) fn output(name: &str) -> String {
    let name = name.replacen('-', "-out-", 1);
    let bytes = std::fs::read(path("testvectors/Out").join(format!("{name}.dat"))).unwrap();
    match bytes.strip_prefix(&[0xFF, 0xFE]) {
        Some(units) => {
            let units: Vec<u16> = units.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            String::from_utf16(&units).unwrap()
        }
        None => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The facts in it: `name = value` without explanations, and the bytes of `cb: n lpb: bytes`.
fn said(name: &str) -> Vec<String> {
    let fact = |line: &str| {
        let line = line.trim_matches(['\t', '|', '\r', ' ']);
        if let Some((_, bytes)) = line.split_once(" lpb: ") {
            return Some(bytes.to_owned());
        }
        let mut parts = line.splitn(3, " = ");
        let (name, value) = (parts.next()?, parts.next()?);
        Some(if name.starts_with("dwBitmask") { name.to_owned() } else { format!("{name} = {value}") })
    };
    output(name).lines().filter_map(fact).collect()
}

fn upper(guid: Guid) -> String {
    format!("{{{}}}", guid.to_string().to_uppercase())
}

fn packed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Decodes the blob, encodes it again, and says the same of it.
fn check<T: Wire + Debug>(name: &str, say: impl Fn(&T) -> Vec<String>) {
    let bytes = input(name);
    let value = T::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(packed(&value.to_bytes()), packed(&bytes), "{name}: {value:?}");
    assert_eq!(say(&value), said(name), "{name}: {value:?}");
}

fn head(flags: u32, provider: Guid) -> Vec<String> {
    vec![format!("abFlags = {flags:#010x}"), format!("Provider GUID = {}", upper(provider))]
}

fn long_term(id: &LongTermId, before: &str) -> Vec<String> {
    vec![format!("{before}Database GUID = {}", upper(id.database_guid)), packed(&id.global_counter), packed(&id.pad)]
}

#[test]
fn folder_entries() {
    for n in 8..=12 {
        check::<FolderEntryId>(&format!("ENTRYID-{n}"), |entry| {
            let kind = vec![format!("Folder Type = {:#06x}", entry.folder_type)];
            [head(entry.flags, entry.provider_uid), kind, long_term(&entry.folder, "")].concat()
        });
    }
}

#[test]
fn message_entries() {
    for n in 13..=15 {
        check::<MessageEntryId>(&format!("ENTRYID-{n}"), |entry| {
            let kind = vec![format!("Message Type = {:#06x}", entry.message_type)];
            let ids = [long_term(&entry.folder, "Folder "), long_term(&entry.message, "Message ")].concat();
            [head(entry.flags, entry.provider_uid), kind, ids].concat()
        });
    }
}

#[test]
fn address_book_entries() {
    for n in [16, 21, 22, 23] {
        check::<AddressBookEntryId>(&format!("ENTRYID-{n}"), |entry| {
            let rest = vec![
                format!("Version = {:#010x}", entry.version),
                format!("Type = {:#010x}", entry.display_type),
                format!("X500DN = {}", entry.x500_dn),
            ];
            [head(entry.flags, entry.provider_uid), rest].concat()
        });
    }
}

#[test]
fn ephemeral_entries() {
    for n in [25, 26] {
        check::<EphemeralEntryId>(&format!("ENTRYID-{n}"), |entry| {
            vec![
                format!("abFlags[0] = {:#x}= EPHEMERAL", entry.id_type),
                format!("abFlags[1..3] = 0x{}", packed(&entry.r1_to_r3)),
                format!("Provider GUID = {}", upper(entry.provider_uid)),
                format!("Version = {:#010x}", entry.r4),
                format!("Type = {:#010x}", entry.display_type),
                "Unparsed data size = 0x00000004".to_owned(),
                packed(&entry.mid.to_bytes()),
            ]
        });
    }
}

#[test]
fn one_off_entries() {
    let say = |entry: &OneOffEntryId, unicode: u32| {
        let provider: Guid = "A41F2B81-A3BE-1910-9D6E-00DD010F5402".parse().unwrap();
        let mask = u32::from(entry.control_flags) << 16 | unicode;
        let rest = vec![
            format!("dwBitmask: {mask:#010x}"),
            format!("szDisplayName = {}", entry.display_name),
            format!("szAddressType = {}", entry.address_type),
            format!("szEmailAddress = {}", entry.email_address),
        ];
        [head(0, provider), rest].concat()
    };
    check::<OneOffEntryId>("ENTRYID-40", |entry| say(entry, 0x8000_0000));
    // 8-bit strings are read; we write Unicode.
    let entry = OneOffEntryId::from_bytes(&input("ENTRYID-17")).unwrap();
    assert_eq!(say(&entry, 0), said("ENTRYID-17"));
    assert_eq!(OneOffEntryId::from_bytes(&entry.to_bytes()).unwrap(), entry);
}

#[test]
fn damaged_entries_are_refused() {
    assert!(AddressBookEntryId::from_bytes(&input("ENTRYID-24")).is_err(), "a name with a zero in its middle");
    for (bytes, what) in [(input("ENTRYID-39"), "three bytes"), (input("ENTRYID-40"), "another kind")] {
        assert!(FolderEntryId::from_bytes(&bytes).is_err(), "{what}");
        assert!(MessageEntryId::from_bytes(&bytes).is_err(), "{what}");
    }
    assert!(OneOffEntryId::from_bytes(&input("ENTRYID-16")).is_err(), "an address book entry");
}

fn say_xid(xid: &Xid) -> String {
    format!("NamespaceGuid = {}", upper(xid.namespace_guid))
}

#[test]
fn changes() {
    for n in 1..=3 {
        check::<Xid>(&format!("XID-{n}"), |xid| vec![say_xid(xid), packed(&xid.local_id)]);
    }
    assert!(Xid::from_bytes(&input("XID-4")).is_err(), "a LocalId of 7,533 bytes");
}

#[test]
fn predecessors() {
    for n in 1..=3 {
        let name = format!("PCL-{n}");
        let bytes = input(&name);
        let mut r = Reader::new(&bytes);
        let mut facts = Vec::new();
        while !r.is_empty() {
            let size = u8::read(&mut r).unwrap();
            let mut inner = r.sub(size.into(), "XID").unwrap();
            let xid = Xid::read(&mut inner).unwrap();
            facts.extend([format!("XidSize = {:#010x}", u32::from(size)), say_xid(&xid), packed(&xid.local_id)]);
        }
        facts.insert(0, format!("Count = {}", facts.len() / 3));
        assert_eq!(facts, said(&name), "{name}");
        assert_eq!(packed(&ChangeList::from_bytes(&bytes).unwrap().to_bytes()), packed(&bytes), "{name}");
    }
}

/// What mfcmapi says of a property's value.
fn say_value(value: &Value) -> String {
    match value {
        Value::Integer32(n) => format!("{n}"),
        Value::Boolean(true) => "True".to_owned(),
        Value::Boolean(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Binary(bytes) => packed(bytes),
        Value::Time(FileTime(ticks)) => format!("Low: {:#010X} High: {:#010X}", *ticks & 0xFFFF_FFFF, ticks >> 32),
        other => panic!("mfcmapi has not shown {other:?} so far"),
    }
}

fn say_tagged(value: &TaggedValue) -> Vec<String> {
    let mut facts = vec![format!("PropTag {:#010X}", value.tag.0)];
    // An empty string is not shown.
    facts
        .extend(Some(say_value(&value.value)).filter(|said| !said.is_empty()).map(|said| format!("PropString {said}")));
    facts
}

/// What mfcmapi says of a restriction, line by line.
fn say(restriction: &Restriction) -> Vec<String> {
    let list = |kind: u8, list: &[Restriction]| {
        let inner: Vec<String> = list.iter().flat_map(say).collect();
        [vec![format!("rt {kind:#X}"), format!("cRes {:#X}", list.len())], inner].concat()
    };
    match restriction {
        Restriction::And(inner) => list(0, inner),
        Restriction::Or(inner) => list(1, inner),
        Restriction::Not(inner) => [vec!["rt 0x2".to_owned()], say(inner)].concat(),
        Restriction::Content { fuzzy_level_low, fuzzy_level_high, property_tag, tagged_value } => {
            let level = u32::from(*fuzzy_level_high) << 16 | u32::from(fuzzy_level_low.0);
            let first =
                ["rt 0x3".to_owned(), format!("FuzzyLevel {level:#X}"), format!("PropTag {:#010X}", property_tag.0)];
            [first.to_vec(), say_tagged(tagged_value)].concat()
        }
        Restriction::Property { rel_op, property_tag, tagged_value } => {
            let first =
                ["rt 0x4".to_owned(), format!("relop {:#X}", rel_op.0), format!("PropTag {:#010X}", property_tag.0)];
            [first.to_vec(), say_tagged(tagged_value)].concat()
        }
        Restriction::BitMask { bitmap_rel_op, property_tag, mask } => vec![
            "rt 0x6".to_owned(),
            format!("relBMR {:#X}", bitmap_rel_op.0),
            format!("PropTag {:#010X}", property_tag.0),
            format!("Mask {mask:#X}"),
        ],
        Restriction::Exist { property_tag } => vec!["rt 0x8".to_owned(), format!("PropTag {:#010X}", property_tag.0)],
        Restriction::SubObject { subobject, restriction } => {
            let first = ["rt 0x9".to_owned(), format!("SubObject {:#010X}", subobject.0)];
            [first.to_vec(), say(restriction)].concat()
        }
        Restriction::Comment { tagged_values, restriction } => {
            let first = vec!["rt 0xA".to_owned(), format!("cValues {:#X}", tagged_values.len())];
            let values = tagged_values.iter().flat_map(say_tagged).collect();
            [first, values, restriction.iter().flat_map(|inner| say(inner)).collect()].concat()
        }
        other => panic!("mfcmapi has not shown {other:?} so far"),
    }
}

/// The same lines from the file: names and numbers, without the names of numbers.
fn said_of_restriction(name: &str) -> Vec<String> {
    let number = |text: &str| {
        let digits: String = text.trim_start_matches("0x").chars().take_while(char::is_ascii_hexdigit).collect();
        u32::from_str_radix(&digits, 16).unwrap_or_else(|_| panic!("{text} is no number"))
    };
    let mut facts: Vec<String> = Vec::new();
    for line in output(name).lines() {
        let line = line.trim_matches(['\t', '|', '\r', ' ']);
        let Some((key, rest)) = line.split_once(" = ") else { continue };
        match key {
            "rt" | "cRes" | "cValues" => facts.push(format!("{key} {:#X}", number(rest))),
            "relop" | "FuzzyLevel" | "relBMR" | "Mask" => {
                facts.push(format!("{key} {:#X}", number(rest.rsplit(" = ").next().unwrap())));
            }
            "PropTag" | "SubObject" => facts.push(format!("{key} {:#010X}", number(rest))),
            "PropString" => {
                let value = rest.split_once(" lpb: ").map_or(rest, |(_, bytes)| bytes);
                facts.push(format!("{key} {value}"));
            }
            // Times are clearer there.
            "AltPropString" if rest.starts_with("Low: ") => {
                *facts.last_mut().unwrap() = format!("PropString {rest}");
            }
            _ => {}
        }
    }
    facts
}

/// NamedPropertyInformation, then a restriction. blobs.md section 6
fn condition(name: &str, d: Dialect) {
    let bytes = input(name);
    let mut r = Reader::new(&bytes);
    let mut w = Writer::new();
    let count = u16::read(&mut r).unwrap();
    count.write(&mut w);
    let mut names = Vec::new();
    if count > 0 {
        let ids: Vec<u16> = (0..count).map(|_| u16::read(&mut r).unwrap()).collect();
        ids.iter().for_each(|id| id.write(&mut w));
        u32::read(&mut r).unwrap().write(&mut w);
        names = ids.into_iter().map(|id| (id, PropertyName::read(&mut r).unwrap())).collect();
        names.iter().for_each(|(_, name)| name.write(&mut w));
    }
    let text = output(name);
    for (id, property) in &names {
        let said = |what: &str| assert!(text.contains(what), "{name}: {what}");
        said(&format!("PropID = {id:#06X}"));
        match property {
            PropertyName::Lid { guid, lid } => {
                said(&format!("Guid = {}", upper(*guid)));
                said(&format!("LID = {lid:#X}"));
            }
            PropertyName::Named { guid, name } => {
                said(&format!("Guid = {}", upper(*guid)));
                said(&format!("Name = {name}"));
            }
            PropertyName::Unnamed => panic!("{name}: a name without a name"),
        }
    }
    let restriction = Restriction::read_as(&mut r, d).unwrap_or_else(|error| panic!("{name}: {error}"));
    r.finish("condition").unwrap();
    assert_eq!(say(&restriction), said_of_restriction(name), "{name}");
    restriction.write_as(&mut w, d);
    assert_eq!(packed(w.as_bytes()), packed(&bytes), "{name}");
}

#[test]
fn conditions_of_rules() {
    condition("RULECONDITION-2", Dialect::Rop);
    // 32-bit counts and no presence bytes: the form that address book requests have too.
    for n in 1..=4 {
        condition(&format!("EXTENDEDRULECONDITION-{n}"), Dialect::NspiRestriction);
    }
}
