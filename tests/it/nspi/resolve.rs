//! MS-OXNSPI 3.1.4.7: names that people type, against a search that looks at everybody.
//!
//! The protocol leaves the rules to the server; ours are in src/nspi/view/anr.rs. The index by
//! which it finds names must find what reading all of them finds.

use super::*;
use crate::client::Dice;
use mailstead::directory::EntryKind;
use mailstead::nspi::message::{ResolveNamesRequest, ResolveNamesResponse};

const KEY: PropertyTag = PropertyTag::PidTagInstanceKey;
const GIVEN: PropertyTag = PropertyTag::PidTagGivenName;
const SURNAME: PropertyTag = PropertyTag::PidTagSurname;
const PHONETIC: PropertyTag = PropertyTag::PidTagAddressBookPhoneticDisplayName;

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn addresses(one: &Listing) -> Vec<String> {
    std::iter::once(&one.address).chain(&one.facts.aliases).map(|address| address.to_lowercase()).collect()
}

/// Display names and the parts of addresses before the @.
fn whole_names(one: &Listing) -> Vec<String> {
    let local = |address: String| address.split('@').next().unwrap().to_owned();
    std::iter::once(one.display_name.to_lowercase()).chain(addresses(one).into_iter().map(local)).collect()
}

fn parts(one: &Listing) -> Vec<String> {
    let texts = [GIVEN, SURNAME, PHONETIC].into_iter().filter_map(|tag| one.facts.texts.get(&tag.id()));
    std::iter::once(&one.display_name).chain(texts).flat_map(|text| words(text)).collect()
}

/// Everybody whom `text` may mean, by reading everybody. The texts are of ASCII.
fn meant(people: &[Listing], text: &str) -> Vec<u32> {
    let text = text.to_lowercase();
    let shown = |hits: &dyn Fn(&Listing) -> bool| -> Vec<u32> {
        people.iter().filter(|one| !one.facts.hidden && hits(one)).map(|one| one.id).collect()
    };
    let exactly = |one: &&Listing| {
        let names = std::iter::once(&one.legacy_dn).chain(&one.facts.x500).map(|dn| dn.to_lowercase());
        names.chain(addresses(one)).any(|name| name == text)
    };
    if let Some(one) = people.iter().find(exactly) {
        return vec![one.id];
    }
    if text.is_empty() || text.starts_with('/') {
        return Vec::new();
    }
    if let Some((_, domain)) = text.split_once('@') {
        let possible = !domain.contains('.');
        return shown(&|one| possible && addresses(one).iter().any(|address| address.starts_with(&text)));
    }
    let exact = shown(&|one| whole_names(one).contains(&text));
    if !exact.is_empty() {
        return exact;
    }
    let wanted = words(&text);
    shown(&|one| {
        let begins = whole_names(one).iter().any(|name| name.starts_with(&text));
        let parts = parts(one);
        let has = |word: &String| parts.iter().any(|part| part.starts_with(word.as_str()));
        begins || (!wanted.is_empty() && wanted.iter().all(has))
    })
}

fn one_of<'a>(dice: &mut Dice, list: &[&'a str]) -> &'a str {
    list[dice.below(list.len())]
}

/// A household whose names are alike.
fn household(dice: &mut Dice) -> Vec<Listing> {
    let given = ["Ann", "Anna", "Anne", "Ben", "Benno", "Cy"];
    let family = ["Lee", "Leeson", "Abel", "Ann", "O Ben"];
    let people = 1..=u32::try_from(1 + dice.below(14)).unwrap();
    let one = |id: u32| {
        let (first, last) = (one_of(dice, &given), one_of(dice, &family));
        let local = format!("{}{id}", one_of(dice, &["ann", "b", "lee", "anna.lee"]));
        let mut names = vec![format!("{first} {last}"), format!("{last}, {first}"), first.to_owned()];
        let name = names.swap_remove(dice.below(3));
        let mut one = person(id, &format!("{local}@example.org"), &name);
        one.facts.hidden = dice.below(6) == 0;
        if dice.below(3) == 0 {
            one.facts.aliases = vec![format!("{}-{id}@example.org", one_of(dice, &["annie", "ben", "zed"]))];
        }
        if dice.below(3) == 0 {
            one.facts.x500 = vec![format!("/o=Old/cn={local}")];
        }
        for (tag, names) in [(GIVEN, &given[..]), (SURNAME, &family[..]), (PHONETIC, &["Zoom", "Leh"][..])] {
            if dice.below(3) == 0 {
                one.facts.texts.insert(tag.id(), one_of(dice, names).to_owned());
            }
        }
        if dice.below(5) == 0 {
            one.facts.kind = EntryKind::Group;
        }
        one
    };
    people.map(one).collect()
}

fn any_text(dice: &mut Dice, people: &[Listing]) -> String {
    let one = &people[dice.below(people.len())];
    let whole = match dice.below(7) {
        0 => one.address.clone(),
        1 => one.facts.aliases.first().unwrap_or(&one.address).clone(),
        2 => one.facts.x500.first().unwrap_or(&one.legacy_dn).clone(),
        3 => one.facts.texts.values().next().unwrap_or(&one.display_name).clone(),
        4 => {
            let mut parts = parts(one);
            let (a, b) = (dice.below(parts.len()), dice.below(parts.len()));
            parts.swap(a, b);
            parts.join(" ")
        }
        _ => one.display_name.clone(),
    };
    // All of it, or how it begins, in any case.
    let len = if dice.below(2) == 0 { whole.len() } else { dice.below(whole.len() + 1) };
    let text = whole[..len].trim();
    if dice.below(3) == 0 { text.to_uppercase() } else { text.to_owned() }
}

/// MS-OXNSPI R612, R614 (the rules are ours), R615, R618, R620, R622, R88, R89, R90
#[test]
fn the_index_finds_what_a_search_through_all_finds() {
    let mut dice = Dice::new();
    let mut seen = [0; 3];
    for _ in 0..150 {
        let people = household(&mut dice);
        let mut client = Client::of(people.clone());
        for _ in 0..40 {
            let name = any_text(&mut dice, &people);
            let body = ResolveNamesRequest {
                reserved: 0,
                state: Some(stat()),
                property_tags: Some(vec![KEY]),
                names: Some(vec![name.clone()]),
            };
            let rs: ResolveNamesResponse = client.call("ResolveNames", body);
            let expected = meant(&people, &name);
            let code = [MinimalId::MID_UNRESOLVED, MinimalId::MID_RESOLVED, MinimalId::MID_AMBIGUOUS];
            let code = code[expected.len().min(2)];
            assert_eq!(rs.minimal_ids, Some(vec![code]), "{name:?} means {expected:?} of {people:?}");
            seen[expected.len().min(2)] += 1;
            if let [id] = *expected {
                let key = MinimalId(id + 0x10).to_bytes();
                assert_eq!(column(rs.rows), [Ok(Value::Binary(key))], "{name:?}");
            }
        }
    }
    assert!(seen.iter().all(|times| *times > 50), "none, one and many: {seen:?}");
}
