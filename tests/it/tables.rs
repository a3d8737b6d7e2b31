//! The tables in `src` against the files in `tests/data/tables`, where each row names its sources.

use crate::golden::data;
use crate::rop::layout;
use mailstead::mapi::names::{self, Name};
use mailstead::mapi::{ErrorCode, PropertyTag, PropertyType};
use mailstead::rop::{self, RequestFrame, ResponseFrame};
use mailstead::wire::{Guid, Reader, Wire, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a file without comments and without the line of column names.
fn rows(name: &str, header: bool) -> Vec<Vec<String>> {
    let text = data(&format!("tables/{name}"));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.skip(usize::from(header)).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn number(digits: &str) -> u32 {
    u32::from_str_radix(digits.trim_start_matches("0x"), 16).unwrap_or_else(|_| panic!("{digits:?} is no number"))
}

/// No name stands twice, and no number unless the file has it twice.
fn no_duplicates(named: &[(u32, &str)], expected: &[(u32, String)], file: &str) {
    let mut names = BTreeSet::new();
    for (_, name) in named {
        assert!(names.insert(name), "{name} is declared twice");
    }
    let count = |number: u32| expected.iter().filter(|(other, _)| *other == number).count();
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    for (number, _) in named {
        *numbers.entry(*number).or_default() += 1;
    }
    for (number, times) in numbers {
        assert!(times <= count(number), "{number:#X} is declared {times} times, {file} has it {} times", count(number));
    }
}

/// Each side has what the other has.
fn same(named: &[(u32, &str)], expected: &[(u32, String)], file: &str) {
    let declared: BTreeMap<&str, u32> = named.iter().map(|(number, name)| (*name, *number)).collect();
    let mut wrong = Vec::new();
    for (number, name) in expected {
        if declared.get(name.as_str()) != Some(number) {
            let found = declared.get(name.as_str());
            wrong.push(format!("{name}: {file} says {number:#X}, the table in src {found:X?}"));
        }
    }
    for (number, name) in named {
        if !expected.iter().any(|(_, other)| other == name) {
            wrong.push(format!("{name} {number:#X} is not in {file}: add it there with its source"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    no_duplicates(named, expected, file);
}

#[test]
fn property_tags_are_those_of_the_table() {
    let rows = rows("proptags_canonical.tsv", true);
    let expected: Vec<(u32, String)> = rows.iter().map(|row| (number(&row[0]), row[2].clone())).collect();
    let named: Vec<(u32, &str)> = PropertyTag::named().map(|(tag, name)| (tag.0, name)).collect();
    assert!(expected.len() > 860);
    same(&named, &expected, "proptags_canonical.tsv");
    for row in &rows {
        let tag = PropertyTag(number(&row[0]));
        assert_eq!(tag.property_type().name(), Some(row[1].as_str()), "{}", row[2]);
        assert_eq!(u32::from(tag.id()), number(&row[0]) >> 16, "{}", row[2]);
    }
}

#[test]
fn property_types_are_those_of_the_specification() {
    // oxcdata.md section 1; MS-OXCDATA 2.11.1
    let expected = "0 Unspecified 1 Null 2 Integer16 3 Integer32 4 Floating32 5 Floating64 6 Currency 7 FloatingTime
        A ErrorCode B Boolean D Object 14 Integer64 1E String8 1F String 40 Time 48 Guid FB ServerId FD Restriction
        FE RuleAction 102 Binary 1002 MultipleInteger16 1003 MultipleInteger32 1004 MultipleFloating32
        1005 MultipleFloating64 1006 MultipleCurrency 1007 MultipleFloatingTime 1014 MultipleInteger64
        101E MultipleString8 101F MultipleString 1040 MultipleTime 1048 MultipleGuid 1102 MultipleBinary";
    let words: Vec<&str> = expected.split_whitespace().collect();
    let expected: Vec<(u32, String)> = words.chunks(2).map(|pair| (number(pair[0]), pair[1].to_owned())).collect();
    let named: Vec<(u32, &str)> = PropertyType::named().map(|(ty, name)| (ty.0.into(), name)).collect();
    same(&named, &expected, "this list");
}

#[test]
fn error_codes_are_those_of_the_table() {
    // A code may have several names: the first is ours.
    let rows = rows("errorcodes.tsv", true);
    let expected: Vec<(u32, String)> =
        rows.iter().map(|row| (number(&row[0]), row[2].split(';').next().unwrap_or_default().to_owned())).collect();
    let named: Vec<(u32, &str)> = ErrorCode::named().map(|(code, name)| (code.0, name)).collect();
    assert_eq!(expected.len(), 650);
    let numbers = |list: Vec<u32>| list.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(
        numbers(named.iter().map(|(number, _)| *number).collect()),
        numbers(expected.iter().map(|(number, _)| *number).collect())
    );
    let mut wrong = Vec::new();
    for (row, (number, _)) in rows.iter().zip(&expected) {
        let name = ErrorCode(*number).name().unwrap_or_default();
        let aliases = row[2].split(';').chain(row[3].split(';'));
        if !aliases.clone().any(|alias| is_spelling(alias, name, *number)) {
            wrong.push(format!("{number:#010X} {name} is none of {:?}", aliases.collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    no_duplicates(&named, &expected, "errorcodes.tsv");
}

/// `name` is `alias`, in the spelling of the table in src: MAPI_E_NOT_ME becomes NotMe, and where
/// that name is taken by another number, the number follows.
fn is_spelling(alias: &str, name: &str, number: u32) -> bool {
    let alias = alias.trim_start_matches("MAPI_E_").trim_start_matches("MAPI_W_").replace('_', "");
    let suffix = format!("{number:08X}");
    alias.eq_ignore_ascii_case(name.trim_end_matches(&suffix))
}

#[test]
fn property_sets_are_those_of_the_table() {
    use names::set;
    let declared = [
        ("PSETID_Address", set::PSETID_ADDRESS),
        ("PSETID_AirSync", set::PSETID_AIRSYNC),
        ("PSETID_Appointment", set::PSETID_APPOINTMENT),
        ("PSETID_Attachment", set::PSETID_ATTACHMENT),
        ("PSETID_CalendarAssistant", set::PSETID_CALENDARASSISTANT),
        ("PSETID_Common", set::PSETID_COMMON),
        ("PSETID_Log", set::PSETID_LOG),
        ("PSETID_Meeting", set::PSETID_MEETING),
        ("PSETID_Note", set::PSETID_NOTE),
        ("PSETID_PostRss", set::PSETID_POSTRSS),
        ("PSETID_Remote", set::PSETID_REMOTE),
        ("PSETID_Report", set::PSETID_REPORT),
        ("PSETID_Sharing", set::PSETID_SHARING),
        ("PSETID_Task", set::PSETID_TASK),
        ("PSETID_UnifiedMessaging", set::PSETID_UNIFIEDMESSAGING),
        ("PSETID_XmlExtractedEntities", set::PSETID_XMLEXTRACTEDENTITIES),
        ("PSUNKNOWN", set::PSUNKNOWN),
        ("PS_INTERNET_HEADERS", set::PS_INTERNET_HEADERS),
        ("PS_MAPI", set::PS_MAPI),
        ("PS_PUBLIC_STRINGS", set::PS_PUBLIC_STRINGS),
    ];
    let rows = rows("propsets.tsv", false);
    assert_eq!(rows.len(), declared.len());
    for (row, (name, guid)) in rows.iter().zip(declared) {
        assert_eq!(row[0], name);
        assert_eq!(guid.to_string(), row[1], "{name}");
        assert_eq!(row[1].parse::<Guid>().unwrap(), guid, "{name}");
    }
}

#[test]
fn named_properties_are_those_of_the_table() {
    // Rows without a canonical name are left out of the table in src.
    let rows: Vec<Vec<String>> =
        rows("namedprops.tsv", true).into_iter().filter(|row| row[0].starts_with("Pid")).collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &rows {
        // Of several names, the first.
        let (canonical, guid) = (row[0].split(';').next().unwrap(), row[3].parse::<Guid>().unwrap());
        let name = names::CANONICAL.iter().find(|known| known.canonical == canonical);
        let matches = name.is_some_and(|known| {
            let same_name = match known.name {
                Name::Lid(lid) => row[1] == "L" && lid == number(&row[4]),
                Name::Str(text) => row[1] == "S" && text == row[4],
            };
            same_name && known.set == guid && known.property_type.name() == Some(row[6].as_str())
        });
        if !matches {
            wrong.push(format!("{row:?}: the table in src says {name:?}"));
        }
        seen.insert(canonical);
    }
    for known in names::CANONICAL {
        if !seen.contains(known.canonical) {
            wrong.push(format!("{} is not in namedprops.tsv: add it there with its source", known.canonical));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(names::CANONICAL.len(), rows.len(), "one stands twice");
    assert!(rows.len() > 400, "{}", rows.len());
}

#[test]
fn operations_are_those_of_the_table() {
    let rows = layout::rows();
    let named: Vec<(u32, &str)> = rop::ALL.iter().map(|id| (u32::from(*id), rop::name(*id).unwrap())).collect();
    let requests = rows.iter().filter(|row| row.kind == "req").map(|row| (u32::from(row.id), row.name.clone()));
    let requests: Vec<(u32, String)> = requests.collect();
    assert_eq!(requests.len(), 128, "requests in rops.tsv");
    same(&named, &requests, "rops.tsv");
    for row in &rows {
        let asked = requests.iter().any(|(id, _)| *id == u32::from(row.id));
        assert_eq!(rop::name(row.id).is_some(), asked, "{}", row.label());
    }
}

/// Buffers with fields of fixed size only: as many bytes as the layout adds up to, no more, no less.
#[test]
fn fixed_buffers_have_the_sizes_of_the_table() {
    let mut count = 0;
    for case in &layout::cases() {
        let whole = case.fields.len() == case.row.fields.len();
        let Some(size) = case.row.fixed_size().filter(|_| whole) else { continue };
        let bytes = case.bytes();
        assert_eq!(bytes.len(), size, "{}", case.row.label());
        let read = |bytes: &[u8]| {
            if case.row.kind == "req" {
                return RequestFrame::from_bytes(bytes).map(|frame| frame.to_bytes());
            }
            let mut r = Reader::new(bytes);
            let frame = ResponseFrame::read(case.row.id, case.row.kind == "resp_nulldest", &mut r)?;
            r.finish("response")?;
            let mut w = Writer::new();
            frame.write(&mut w);
            Ok(w.into_bytes())
        };
        let unasked = ["Pending"].contains(&case.row.name.as_str());
        if !unasked {
            assert_eq!(read(&bytes).unwrap_or_else(|e| panic!("{}: {e}", case.row.label())).len(), size);
            assert!(read(&bytes[..size - 1]).is_err(), "{}: a byte is missing", case.row.label());
            count += 1;
        }
    }
    assert!(count > 200, "{count} buffers of fixed size");
}
