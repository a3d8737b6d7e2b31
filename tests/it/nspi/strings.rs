//! MS-OXNSPI 3.1.4.3: strings in Unicode and in code pages, in both directions, and how they compare.

use super::*;
use mailstead::mapi::{FuzzyLow, PropertyType, RelOp, Restriction, TaggedValue};
use mailstead::nspi::message::{
    AddressBookTaggedValue, Filter, GetMatchesRequest, GetMatchesResponse, GetPropsRequest, GetPropsResponse,
    GetSpecialTableRequest, GetSpecialTableResponse, ResolveNamesRequest, ResolveNamesResponse, SeekEntriesRequest,
    SeekEntriesResponse, UpdateStatRequest, UpdateStatResponse,
};

const NAME: PropertyTag = PropertyTag::PidTagDisplayName;
const PHONETIC: PropertyTag = PropertyTag::PidTagAddressBookPhoneticDisplayName;
const PRINTABLE: PropertyTag = PropertyTag::PidTagAddressBookDisplayNamePrintable;
const KEY: PropertyTag = PropertyTag::PidTagInstanceKey;

const METHODS: [&str; 5] = ["GetProps", "QueryRows", "GetMatches", "SeekEntries", "ResolveNames"];

fn string8(tag: PropertyTag) -> PropertyTag {
    tag.with_type(PropertyType::String8)
}

fn equal(tag: PropertyTag, value: Value) -> Restriction {
    Restriction::Property { rel_op: RelOp::Equal, property_tag: tag, tagged_value: TaggedValue::new(tag, value) }
}

impl Client {
    /// Values of Ève, by one of the methods that tell of values.
    fn told(&mut self, method: &str, code_page: u32, columns: &[PropertyTag]) -> Vec<Cell> {
        if method == "QueryRows" {
            let rows = self.query_rows(Stat { code_page, ..at(EVE) }, 1, columns).rows;
            return rows.unwrap().rows.swap_remove(0);
        }
        let state = Some(Stat { code_page, ..at(EVE) });
        let columns = Some(columns.to_vec());
        let rows = match method {
            "GetProps" => {
                let rs: GetPropsResponse =
                    self.call(method, GetPropsRequest { flags: 0, state, property_tags: columns });
                let values = rs.property_values.unwrap();
                return values.into_iter().map(|value| Ok(value.value.unwrap())).collect();
            }
            "GetMatches" => {
                let filter = Some(Filter(equal(KEY, Value::Binary(EVE.to_bytes()))));
                let rs: GetMatchesResponse = self.call(
                    method,
                    GetMatchesRequest {
                        reserved: 0,
                        state,
                        minimal_ids: None,
                        interface_option_flags: 0,
                        filter,
                        property_name: None,
                        row_count: 5,
                        columns,
                    },
                );
                rs.rows
            }
            "SeekEntries" => {
                let target = Some(AddressBookTaggedValue::new(NAME, text("Ève")));
                let body = SeekEntriesRequest { reserved: 0, state, target, explicit_table: None, columns };
                let rs: SeekEntriesResponse = self.call(method, body);
                rs.rows
            }
            _ => {
                let names = Some(vec!["eve@example.org".to_owned()]);
                let body = ResolveNamesRequest { reserved: 0, state, property_tags: columns, names };
                let rs: ResolveNamesResponse = self.call(method, body);
                rs.rows
            }
        };
        rows.unwrap().rows.swap_remove(0)
    }

    fn filtered_in(&mut self, code_page: u32, filter: Restriction) -> Vec<MinimalId> {
        let body = GetMatchesRequest {
            reserved: 0,
            state: Some(Stat { code_page, ..stat() }),
            minimal_ids: None,
            interface_option_flags: 0,
            filter: Some(Filter(filter)),
            property_name: None,
            row_count: 50,
            columns: None,
        };
        let rs: GetMatchesResponse = self.call("GetMatches", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        rs.minimal_ids.unwrap()
    }

    fn names(&mut self, sort_locale: u32) -> Vec<String> {
        let rows = self.query_rows(Stat { sort_locale, ..stat() }, 100, &[NAME]).rows;
        column(rows).into_iter().map(|cell| cell.unwrap().as_str().unwrap().to_owned()).collect()
    }

    fn sought(&mut self, name: &str) -> MinimalId {
        let target = Some(AddressBookTaggedValue::new(NAME, text(name)));
        let body = SeekEntriesRequest { reserved: 0, state: Some(stat()), target, explicit_table: None, columns: None };
        let rs: SeekEntriesResponse = self.call("SeekEntries", body);
        rs.state.unwrap().current_rec
    }
}

/// MS-OXNSPI R433, R445, R446, R1934, R1935, R1936, R1937, R1939 (Unicode to 8 bits in the code page), R447, R1942,
/// R1943, R1944, R1945, R1947 (Unicode unmodified), R452, R455, R456, R457, R458, R460, R903, R1968, R1969, R1970,
/// R1971, R1972, R1973, R1974, R1975, R1978, R1979 (where strings are returned), R439
#[test]
fn unicode_properties_are_converted_for_who_asks_for_8_bits() {
    let mut client = Client::new();
    for method in METHODS {
        for (code_page, bytes) in [
            (1252, &b"\xC8ve Muller"[..]),
            (65001, "Ève Muller".as_bytes()),
            (1254, b"\xC8ve Muller"),
            (20127, b"?ve Muller"),
            (0x4F25, b"?ve Muller"),
        ] {
            let got = client.told(method, code_page, &[string8(NAME), NAME]);
            assert_eq!(got, [Ok(text8(bytes)), Ok(text("Ève Muller"))], "{method} in {code_page}");
        }
    }
}

/// MS-OXNSPI R448, R1950, R1951, R1952, R1953, R1955 (8 bits to Unicode), R449, R450, R1958, R1959, R1960, R1961, R1963
/// (8 bits unmodified), R1601: the printable name is natively of 8 bits, whatever code page is asked for.
#[test]
fn properties_of_8_bits_are_as_they_are() {
    let mut client = Client::new();
    let open = PRINTABLE.with_type(PropertyType::Unspecified);
    for method in METHODS {
        for code_page in [1252, 932, 65001, 0x4F25] {
            let got = client.told(method, code_page, &[string8(PRINTABLE), PRINTABLE, open]);
            assert_eq!(got, [Ok(text8(b"eve")), Ok(text("eve")), Ok(text8(b"eve"))], "{method} in {code_page}");
        }
    }
}

/// MS-OXNSPI R1933, R1941, R454, R1966, R1967, R111, R760, R762
#[test]
fn the_hierarchy_has_its_strings_in_either_form() {
    let mut client = Client::new();
    let mut names = |flags, code_page| {
        let state = Some(Stat { code_page, ..stat() });
        let body = GetSpecialTableRequest { flags, state, version: None };
        let rs: GetSpecialTableResponse = client.call("GetSpecialTable", body);
        assert_eq!(rs.error_code, ErrorCode::Success);
        let rows = rs.rows.unwrap();
        let is_string = |value: &&Value| matches!(value, Value::String(_) | Value::String8(_));
        let strings = |row: &Vec<AddressBookTaggedValue>| -> Vec<Value> {
            row.iter().filter_map(|value| value.value.as_ref()).filter(is_string).cloned().collect()
        };
        rows.iter().flat_map(strings).collect::<Vec<Value>>()
    };
    let shown = ["", "All Users", "All Groups", "All Contacts", "Rooms"];
    for code_page in [1252, 932] {
        assert_eq!(names(0, code_page), shown.map(|name| text8(name.as_bytes())));
        assert_eq!(names(4, code_page), shown.map(text));
    }
    assert_eq!(names(4, 1200), shown.map(text), "where there are no 8 bits");
}

/// MS-OXNSPI R1599, R1600: no code page has all of these characters, and none is lost.
#[test]
fn names_are_natively_unicode() {
    let name = "Ж é 山 \u{1F600} א";
    let mut one = person(1, "a@example.org", name);
    one.facts.texts.insert(PHONETIC.id(), "ヤマ Ж".to_owned());
    let mut client = Client::of([one]);
    for code_page in [1252, 0x4F25] {
        let open = [NAME, PHONETIC].map(|tag| tag.with_type(PropertyType::Unspecified));
        let got = client.query_rows(Stat { code_page, ..stat() }, 1, &open).rows.unwrap();
        assert_eq!(got.rows, [[Ok(text(name)), Ok(text("ヤマ Ж"))]]);
    }
}

/// MS-OXNSPI R461, R464, R465 (8 bits in the code page to Unicode), R466 (Unicode unmodified), R71, R440, R613,
/// R1402
#[test]
fn strings_of_the_client_are_read_in_its_code_page() {
    let mut client = Client::new();
    for (code_page, bytes) in
        [(1252, &b"\xC8VE"[..]), (65001, "ÈVE".as_bytes()), (1251, b"\xC4\xEC\xE8"), (0x4F25, b"carol")]
    {
        let who = match code_page {
            1251 => DMITRI,
            0x4F25 => CAROL,
            _ => EVE,
        };
        let target = Some(AddressBookTaggedValue::new(NAME, text8(bytes)));
        let state = Some(Stat { code_page, ..stat() });
        let body = SeekEntriesRequest { reserved: 0, state, target, explicit_table: None, columns: None };
        let rs: SeekEntriesResponse = client.call("SeekEntries", body);
        assert_eq!(rs.state.unwrap().current_rec, who, "{code_page}");
        // Unicode is Unicode in every code page.
        let filter = equal(NAME, text("ève muller"));
        assert_eq!(client.filtered_in(code_page, filter), [EVE]);
        let names = Some(vec!["Дмитрий".to_owned()]);
        let body = ResolveNamesRequest { reserved: 0, state, property_tags: Some(vec![KEY]), names };
        let rs: ResolveNamesResponse = client.call("ResolveNames", body);
        assert_eq!(column(rs.rows), [Ok(Value::Binary(DMITRI.to_bytes()))], "{code_page}");
    }
}

/// MS-OXNSPI R435, R484 (case counts), R488, R489 (a shorter one is less, whatever is in it), R490, R491, R492, R493
/// (the same length), R462, R463 (what the client gives, in 8 bits)
#[test]
fn strings_of_8_bits_compare_by_length_and_then_by_their_bytes() {
    let mut client = Client::new();
    let mut related = |rel_op, code_page, value: Value| {
        let filter =
            Restriction::Property { rel_op, property_tag: PRINTABLE, tagged_value: TaggedValue::new(PRINTABLE, value) };
        client.filtered_in(code_page, filter)
    };
    // Anna, Anna Schmidt, bob Baker, Carol Baker, eve, dmitri.
    assert_eq!(related(RelOp::Equal, 1252, text("bob Baker")), [BOB]);
    assert_eq!(related(RelOp::Equal, 1252, text8(b"bob Baker")), [BOB]);
    assert_eq!(related(RelOp::Equal, 1252, text8(b"Bob Baker")), [], "another case");
    assert_eq!(related(RelOp::LessThan, 1252, text8(b"AAAA")), [EVE], "three bytes are less than four");
    assert_eq!(related(RelOp::LessThan, 1252, text8(b"bob Baker")), [ANNA, EVE, DMITRI]);
    assert_eq!(related(RelOp::GreaterThan, 1252, text8(b"bob Baker")), [ANNA_SCHMIDT, CAROL]);
    assert_eq!(related(RelOp::LessThan, 1252, text8(b"bob baker")), [ANNA, BOB, EVE, DMITRI], "B before b");
    assert_eq!(related(RelOp::GreaterThan, 1252, text8(b"bob AAAAA")), [ANNA_SCHMIDT, BOB, CAROL]);
    // Five letters of Unicode: as many bytes in one code page, ten in the other.
    assert_eq!(related(RelOp::LessThan, 1252, text("ééééé")), [ANNA, EVE]);
    assert_eq!(related(RelOp::LessThan, 65001, text("ééééé")), [ANNA, BOB, EVE, DMITRI]);
}

/// A part of a text is looked for without regard to case, whatever the type of the property.
#[test]
fn parts_of_strings_of_8_bits_are_found_in_any_case() {
    let mut client = Client::new();
    for value in [text("BOB b"), text8(b"boB B")] {
        let filter = Restriction::Content {
            fuzzy_level_low: FuzzyLow::Prefix,
            fuzzy_level_high: 1,
            property_tag: PRINTABLE,
            tagged_value: TaggedValue::new(PRINTABLE, value),
        };
        assert_eq!(client.filtered_in(1252, filter), [BOB]);
    }
    let filter = Restriction::CompareProperties { rel_op: RelOp::Equal, property_tag1: NAME, property_tag2: PRINTABLE };
    assert_eq!(client.filtered_in(1252, filter), [ANNA, ANNA_SCHMIDT, BOB, CAROL]);
}

/// MS-OXNSPI R1817, R1819, R1820, R1821, R481 (the flags of the default locale), R1828 (case), R1829 (non-spacing), R1844,
/// R1845 (kana), R1846 (width)
#[test]
fn what_the_default_locale_ignores_is_ignored() {
    for (held, asked) in [
        ("Özlem Straße", "OZLEM STRASSE"),
        ("Zoë", "zoe"),
        ("Zoe\u{308}", "ZOË"),
        ("Łukasz Dvořák", "lukasz dvorak"),
        ("Nguyễn", "nguyen"),
        ("Ἰάσων Αλέξης", "Ἰάσων αλεξησ"),
        ("Алёна", "АЛЕНА"),
        ("やまだ", "ヤマダ"),
        ("ヤマダ", "ﾔﾏﾀﾞ"),
        ("パン", "はﾟﾝ"),
        ("Ａｎｎａ", "anna"),
    ] {
        let mut client = Client::of([person(1, "a@example.org", held), person(2, "b@example.org", "\u{FFEE}")]);
        assert_eq!(client.filtered_in(1252, equal(NAME, text(asked))), [MinimalId(0x11)], "{held} is {asked}");
        assert_eq!(client.sought(asked), MinimalId(0x11), "{held} is {asked}");
        let body = ResolveNamesRequest {
            reserved: 0,
            state: Some(stat()),
            property_tags: Some(vec![NAME]),
            names: Some(vec![asked.to_owned()]),
        };
        let rs: ResolveNamesResponse = client.call("ResolveNames", body);
        assert_eq!(column(rs.rows), [Ok(text(held))], "{asked} means {held}, and is told as it is written");
    }
    // Sounds, letters and marks that make another letter are not ignored.
    for (held, asked) in [("かき", "がき"), ("йод", "иод"), ("ハ", "パ"), ("a b", "ab")] {
        let mut client = Client::of([person(1, "a@example.org", held)]);
        assert_eq!(client.filtered_in(1252, equal(NAME, text(asked))), [], "{held} is not {asked}");
    }
}

/// MS-OXNSPI R1840: punctuation sorts as symbols do, before digits and letters, and is not ignored. R477, R480, R532, R569:
/// the order is that of the default locale, the closest there is, whatever SortLocale says.
#[test]
fn names_are_in_one_order_for_every_locale() {
    let sorted = ["1st", "a-b", "a1", "ab", "Äbc", "abd", "eva", "Ève", "Özil", "oznur", "Zoë", "Ада", "ヤマ"];
    let people = (1..).zip(sorted.iter().rev()).map(|(id, name)| person(id, &format!("p{id}@example.org"), name));
    let mut client = Client::of(people);
    for sort_locale in [0x409, 0x407, 0x411, 0, 0xFFFF_FFFF] {
        assert_eq!(client.names(sort_locale), sorted, "{sort_locale:#x}");
        let state = Stat { sort_locale, delta: 6, ..stat() };
        let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: false };
        let rs: UpdateStatResponse = client.call("UpdateStat", body);
        assert_eq!(rs.state.unwrap().sort_locale, sort_locale, "as the client has it");
    }
}

/// An address or a distinguished name is that one only: what names ignore counts in it.
#[test]
fn addresses_are_compared_to_the_letter() {
    let mut client = Client::of([person(1, "zoe@example.org", "One"), person(2, "zoë@example.org", "Two")]);
    for (name, mid) in [("zoe@example.org", 0x11), ("ZOË@example.org", 0x12)] {
        let body = ResolveNamesRequest {
            reserved: 0,
            state: Some(stat()),
            property_tags: Some(vec![KEY]),
            names: Some(vec![name.to_owned()]),
        };
        let rs: ResolveNamesResponse = client.call("ResolveNames", body);
        assert_eq!(column(rs.rows), [Ok(Value::Binary(MinimalId(mid).to_bytes()))], "{name}");
    }
}
