//! Which requirements of the specifications tests show: a table, printed with `--nocapture`.
//!
//! A comment of a test cites `MS-OXCTABL R123`, `R124, R125` after it, or `R123 to R130`: the rows
//! between the two, in the order of the list and of their numbers. `tests/data/requirements` has the
//! numbers of every list; `facts.tsv` and `layout.tsv`, and the structures of `tables/nspi.tsv`, name
//! rows that a test shows for many at once; `unmet.txt` those that are not met on purpose, each with
//! its reason.
//!
//! Counted are rows for the server or for both that are normative and not about some product. Two
//! further columns say what the share is without rows that no server of MAPI over HTTP can meet,
//! since they are about RPC, and without those that no test can fail for, either, since they leave
//! the server free.

use crate::golden::data;
use crate::mapihttp::layout as bodies;
use crate::rop::layout;
use crate::spec::{comments, sources};
use mailstead::mapi::{ErrorCode, PropertyTag, names};
use std::collections::{BTreeMap, BTreeSet};

const LISTS: [&str; 10] = [
    "MS-OXCSTOR",
    "MS-OXCFOLD",
    "MS-OXCMSG",
    "MS-OXCPRPT",
    "MS-OXCTABL",
    "MS-OXCNOTIF",
    "MS-OXCROPS",
    "MS-OXCPERM",
    "MS-OXNSPI",
    "MS-OXCMAPIHTTP",
];

/// One row of a list.
struct Row {
    section: String,
    /// Where it stands in its list.
    place: usize,
    counted: bool,
}

type List = BTreeMap<u32, Row>;
/// A specification and the number of a row.
type Id = (String, u32);

fn lines(name: &str) -> Vec<Vec<String>> {
    lines_of(&format!("requirements/{name}"))
}

fn lines_of(file: &str) -> Vec<Vec<String>> {
    let text = data(file);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn id(word: &str) -> Option<u32> {
    word.strip_prefix('R').filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))?.parse().ok()
}

fn list(name: &str) -> List {
    let rows = lines(&format!("{name}.tsv"));
    let row = |(place, row): (usize, &Vec<String>)| {
        let counted = matches!(row[2].as_str(), "S" | "B") && row[3] == "N" && row.get(4).is_none_or(|beh| beh != "P");
        (id(&row[0]).unwrap(), Row { section: row[1].clone(), place, counted })
    };
    rows.iter().enumerate().map(row).collect()
}

/// Words of a block that matter: specifications, numbers of rows, and "to" between two of those.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Spec(String),
    Row(u32),
    To,
}

fn words(block: &str) -> Vec<Word> {
    let word = |word: &str| {
        if word.strip_prefix("MS-").is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c.is_numeric())) {
            return Some(Word::Spec(word.to_owned()));
        }
        if word == "to" { Some(Word::To) } else { id(word).map(Word::Row) }
    };
    let apart = |c: char| !c.is_alphanumeric() && c != '-' && c != '_';
    let all: Vec<Option<Word>> = block.split(apart).filter(|w| !w.is_empty()).map(word).collect();
    let is_row = |at: Option<&Option<Word>>| matches!(at, Some(Some(Word::Row(_))));
    let mut kept = Vec::new();
    for (at, word) in all.iter().enumerate() {
        match word {
            Some(Word::To) if is_row(at.checked_sub(1).and_then(|at| all.get(at))) && is_row(all.get(at + 1)) => {
                kept.push(Word::To);
            }
            Some(Word::Spec(name)) => kept.push(Word::Spec(name.clone())),
            Some(Word::Row(number)) => kept.push(Word::Row(*number)),
            Some(Word::To) | None => {}
        }
    }
    kept
}

/// What a block cites, and what is wrong with that. `spec`: what the file is about.
fn citations(block: &str, mut spec: Option<String>, lists: &BTreeMap<&str, List>) -> (BTreeSet<Id>, Vec<String>) {
    let (mut cited, mut wrong) = (BTreeSet::new(), Vec::new());
    let mut range_from: Option<u32> = None;
    let mut last = None;
    for word in words(block) {
        match word {
            Word::Spec(name) => spec = Some(name),
            Word::To => range_from = last,
            Word::Row(number) => {
                let Some(name) = &spec else {
                    wrong.push(format!("R{number} without its specification"));
                    continue;
                };
                let Some(list) = lists.get(name.as_str()) else { continue };
                let Some(row) = list.get(&number) else {
                    wrong.push(format!("{name} has no R{number}"));
                    continue;
                };
                if let Some(from) = range_from.take().and_then(|from| Some((from, list.get(&from)?))) {
                    if from.0 >= number || from.1.place >= row.place {
                        wrong.push(format!("{name} R{} to R{number} is no range", from.0));
                        continue;
                    }
                    let between = list.range(from.0..=number);
                    let inside = between.filter(|(_, other)| (from.1.place..=row.place).contains(&other.place));
                    cited.extend(inside.map(|(number, _)| (name.clone(), *number)));
                }
                cited.insert((name.clone(), number));
                last = Some(number);
            }
        }
    }
    (cited, wrong)
}

/// Everything that comments below a directory cite.
fn cited_in(directory: &str, lists: &BTreeMap<&str, List>) -> BTreeSet<Id> {
    let (mut all, mut wrong) = (BTreeSet::new(), Vec::new());
    for (file, text) in sources(directory) {
        if file.ends_with("it/requirements.rs") {
            continue;
        }
        let blocks = comments(&text);
        let about = blocks.first().map(|(_, header)| words(header)).unwrap_or_default();
        let about = about.into_iter().find_map(|word| if let Word::Spec(name) = word { Some(name) } else { None });
        for (line, block) in blocks {
            let (cited, mistakes) = citations(&block, about.clone(), lists);
            all.extend(cited);
            wrong.extend(mistakes.into_iter().map(|mistake| format!("{}:{line}: {mistake}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    all
}

/// Rows that state the type of a property or the number of an error code: compared with the tables.
fn facts() -> BTreeSet<Id> {
    let tags: BTreeMap<&str, PropertyTag> = PropertyTag::named().map(|(tag, name)| (name, tag)).collect();
    let codes = data("tables/errorcodes.tsv");
    let is_code = |name: &str, number: u32| {
        let known = ErrorCode(number).name().is_some();
        let prefix = format!("0x{number:08x}\t");
        let line = codes.lines().find(|line| line.to_lowercase().starts_with(&prefix)).unwrap_or_default();
        let named = line.split(['\t', ';']).any(|alias| alias == name);
        known && (named || (name, number) == ("ecNone", 0))
    };
    let rows = lines("facts.tsv");
    for row in &rows {
        let [_, _, kind, name, value] = row.as_slice() else { panic!("{row:?}") };
        let holds = match kind.as_str() {
            "type" => tags.get(name.as_str()).and_then(|tag| tag.property_type().name()) == Some(value),
            "named" => {
                let known = names::CANONICAL.iter().find(|known| known.canonical == name);
                known.and_then(|known| known.property_type.name()) == Some(value)
            }
            _ => is_code(name, u32::from_str_radix(value, 16).unwrap()),
        };
        assert!(holds, "{row:?}");
    }
    rows.iter().map(|row| (row[0].clone(), id(&row[1]).unwrap())).collect()
}

/// Rows about the layout of buffers and bodies, which tests/it/rop.rs, tests/it/nspi/bodies.rs and
/// tests/it/mapihttp/bodies.rs show for all of them.
fn layouts(lists: &BTreeMap<&str, List>) -> BTreeSet<Id> {
    let bodies = bodies::layouts().into_iter().map(|body| format!("{}.{}", body.request_type, body.kind));
    let buffers: BTreeSet<String> = layout::rows().into_iter().map(|row| row.name).chain(bodies).collect();
    let mut all = BTreeSet::new();
    for row in lines("layout.tsv") {
        assert!(buffers.contains(&row[1]), "no buffer of {} is tested", row[1]);
        for number in row[2].split(' ').filter_map(id) {
            assert!(lists[row[0].as_str()].contains_key(&number), "{} R{number}", row[0]);
            all.insert((row[0].clone(), number));
        }
    }
    all
}

/// Rows about the structures of the address book, which tests/it/nspi/layout.rs compares field by field.
fn structures(lists: &BTreeMap<&str, List>) -> BTreeSet<Id> {
    let mut all = BTreeSet::new();
    for line in lines_of("tables/nspi.tsv") {
        for number in line[6].split(' ') {
            let number = id(number).filter(|number| lists["MS-OXNSPI"].contains_key(number));
            all.insert(("MS-OXNSPI".to_owned(), number.unwrap_or_else(|| panic!("{line:?}"))));
        }
    }
    all
}

/// Rows that are not met on purpose: all, those about RPC, and those that no test can fail for.
fn unmet(lists: &BTreeMap<&str, List>) -> [BTreeSet<Id>; 3] {
    let [mut all, mut rpc, mut free] = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    for line in lines("unmet.txt").into_iter().map(|line| line.join(" ")) {
        let (rows, reason) = line.split_once(": ").unwrap_or_else(|| panic!("{line}: say why"));
        assert!(reason.len() > 10, "{line}: say why");
        let (cited, wrong) = citations(rows, None, lists);
        assert!(wrong.is_empty() && !cited.is_empty(), "{line}: {wrong:?}");
        if reason.starts_with("no RPC: ") {
            rpc.extend(cited.clone());
        }
        if reason.starts_with("nothing to show: ") {
            free.extend(cited.clone());
        }
        all.extend(cited);
    }
    [all, rpc, free]
}

#[test]
fn the_table_of_requirements() {
    let lists: BTreeMap<&str, List> = LISTS.iter().map(|name| (*name, list(name))).collect();
    // What sources cite must exist too, but shows nothing.
    cited_in("src", &lists);
    let mut shown = cited_in("tests/it", &lists);
    let [unmet, rpc, free] = unmet(&lists);
    shown.extend(structures(&lists));
    let both: Vec<&Id> = unmet.intersection(&shown).collect();
    assert!(both.is_empty(), "cited by a test and in unmet.txt: {both:?}");
    shown.extend(facts());
    shown.extend(layouts(&lists));
    println!("list         counted  shown  unmet  neither  shown of counted  RPC  of the others  free  of the rest");
    for name in LISTS {
        let counted: Vec<u32> = lists[name].iter().filter(|(_, row)| row.counted).map(|(id, _)| *id).collect();
        let of = |set: &BTreeSet<Id>| counted.iter().filter(|id| set.contains(&(name.to_owned(), **id))).count();
        let (all, with, without) = (counted.len(), of(&shown), of(&unmet));
        let (neither, rpc, free) = (all - with - without, of(&rpc), of(&free));
        let share = |of: usize| format!("{}.{} %", with * 1000 / of / 10, with * 1000 / of % 10);
        let (honest, others, rest) = (share(all), share(all - rpc), share(all - rpc - free));
        print!("{name:<14} {all:>5} {with:>6} {without:>6} {neither:>8} {honest:>17}");
        println!(" {rpc:>4} {others:>14} {free:>5} {rest:>12}");
        // Which are left: MAILSTEAD_REQUIREMENTS=MS-OXCFOLD
        if std::env::var("MAILSTEAD_REQUIREMENTS").is_ok_and(|asked| asked == name) {
            let known =
                |id: &&u32| shown.contains(&(name.to_owned(), **id)) || unmet.contains(&(name.to_owned(), **id));
            counted.iter().filter(|id| !known(id)).for_each(|id| println!("{} R{id}", lists[name][id].section));
        }
    }
}

#[test]
fn citations_are_read() {
    let lists: BTreeMap<&str, List> = LISTS.iter().map(|name| (*name, list(name))).collect();
    let of = |block: &str| {
        let (cited, wrong) = citations(block, None, &lists);
        (cited.into_iter().map(|(spec, id)| format!("{}{id}", &spec[6..])).collect::<Vec<_>>(), wrong)
    };
    assert_eq!(
        of("MS-OXCTABL R20 to R23 (counts), R71 and MS-OXCFOLD R498.").0,
        ["FOLD498", "TABL20", "TABL21", "TABL22", "TABL23", "TABL71"]
    );
    assert_eq!(of("MS-OXCFOLD R1138 to R113805 (3.2.5.10)").0.len(), 5, "derived rows between");
    assert_eq!(of("MS-OXCRPC R7 is in no list that counts").0.len(), 0);
    assert_eq!(of("R7").1.len(), 1);
    assert_eq!(of("MS-OXCTABL R99999").1.len(), 1);
    assert_eq!(of("MS-OXCTABL R23 to R20").1.len(), 1);
    assert_eq!(of("plain words, RPC, R and MS-OXCTABL 3.2.5").0.len(), 0);
}
