//! Every section of an Open Specification that a comment in `src` names exists.
//!
//! `tests/data/sections/<SPEC>.txt` lists known sections and says where the list comes from.
//! `tests/data/sections/cited.txt` adds single ones, each with the page on which it was seen. A
//! section is known if it is listed, if one within it is, or if a later one beside it is: sections
//! are numbered without gaps. Those marked UNVERIFIED there are printed, not refused.

use crate::golden::path;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file below a directory of the package.
pub(crate) fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, files: &mut Vec<(PathBuf, String)>) {
        let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join(directory), &mut files);
    files.sort();
    let relative = |(path, text): (PathBuf, String)| (path.strip_prefix(root).unwrap().to_owned(), text);
    files.into_iter().map(relative).collect()
}

/// A citation: file, line of the block of comments it is in, specification, section.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Citation {
    place: String,
    spec: String,
    section: String,
}

/// Blocks of consecutive comment lines, each as one line, with the number of its first.
pub(crate) fn comments(text: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        let whole = line.trim_start().starts_with("//");
        if let Some((_, comment)) = line.split_once("//") {
            let comment = comment.trim_start_matches(['/', '!']).trim();
            match blocks.last_mut().filter(|_| inside && whole) {
                Some((_, block)) => {
                    block.push(' ');
                    block.push_str(comment);
                }
                None => blocks.push((at + 1, comment.to_owned())),
            }
        }
        inside = whole;
    }
    blocks
}

/// The section number at the front of `text`, and what follows it. `n` stands for any number.
fn number(text: &str) -> Option<(String, &str)> {
    let len = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != 'n').unwrap_or(text.len());
    let (digits, _) = text.split_at(len);
    let digits = digits.trim_end_matches('.');
    let section = digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('.');
    let parts = digits.split('.').all(|part| part == "n" || part.parse::<u32>().is_ok());
    (section && parts).then(|| (digits.to_owned(), &text[digits.len()..]))
}

/// The citations in a block: `MS-SPEC 1.2.3, 1.2.4 and 1.2.5 to 1.2.7`.
fn citations(block: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = block;
    while let Some(at) = rest.find("MS-") {
        let name = &rest[at..];
        let len =
            3 + name[3..].find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit()).unwrap_or(name.len() - 3);
        let (spec, mut after) = name.split_at(len);
        rest = after;
        after = after.trim_start_matches([']', ')']).trim_start();
        after = after.strip_prefix("sections ").or_else(|| after.strip_prefix("section ")).unwrap_or(after);
        while let Some((section, next)) = number(after) {
            found.push((spec.to_owned(), section));
            let separators = [", ", " and ", " to ", " or "];
            let Some(next) = separators.iter().find_map(|separator| next.strip_prefix(separator)) else { break };
            after = next;
        }
    }
    found
}

fn all_citations() -> Vec<Citation> {
    let mut all = Vec::new();
    for (file, text) in sources("src") {
        for (line, block) in comments(&text) {
            let place = format!("{}:{line}", file.display());
            let cited = citations(&block);
            all.extend(cited.into_iter().map(|(spec, section)| Citation { place: place.clone(), spec, section }));
        }
    }
    all
}

type Section = Vec<u32>;

fn parse(section: &str) -> Section {
    // `n`: as much as is there.
    section.split('.').map_while(|part| part.parse().ok()).collect()
}

/// Known sections by specification.
fn known() -> BTreeMap<String, BTreeSet<Section>> {
    let mut known: BTreeMap<String, BTreeSet<Section>> = BTreeMap::new();
    for entry in fs::read_dir(path("sections")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (spec, section) = if name == "cited" {
                let mut words = line.split_whitespace();
                let cited = (words.next().unwrap().to_owned(), words.next().unwrap());
                assert!(words.next().is_some(), "cited.txt: where was it seen? {line}");
                cited
            } else {
                (name.clone(), line)
            };
            assert!(number(&format!("{section}.0")).is_some(), "{name}.txt: {section} is no section");
            known.entry(spec).or_default().insert(parse(section));
        }
    }
    known
}

fn is_known(sections: &BTreeSet<Section>, section: &Section) -> bool {
    let Some((last, parent)) = section.split_last() else { return false };
    sections.iter().any(|other| other.starts_with(parent) && other.get(parent.len()).is_some_and(|n| n >= last))
}

#[test]
fn every_cited_section_exists() {
    let known = known();
    let mut unknown = BTreeSet::new();
    let mut cited: BTreeMap<String, BTreeSet<Section>> = BTreeMap::new();
    for citation in all_citations() {
        let section = parse(&citation.section);
        let exists = known.get(&citation.spec).is_some_and(|sections| is_known(sections, &section));
        if !exists {
            unknown.insert(format!("{}: {} {}", citation.place, citation.spec, citation.section));
        }
        cited.entry(citation.spec).or_default().insert(section);
    }
    println!("{:<16} {:>6} {:>6}", "specification", "cited", "known");
    for (spec, sections) in &cited {
        println!("{spec:<16} {:>6} {:>6}", sections.len(), known.get(spec).map_or(0, BTreeSet::len));
    }
    for line in crate::golden::data("sections/cited.txt").lines().filter(|line| line.ends_with(" UNVERIFIED")) {
        println!("nobody has looked up {}", line.trim_end_matches(" UNVERIFIED"));
    }
    let unknown: Vec<String> = unknown.into_iter().collect();
    assert!(
        unknown.is_empty(),
        "{}\nCorrect the number; or, having seen the section, add it to tests/data/sections/cited.txt with where",
        unknown.join("\n")
    );
    assert!(cited.len() > 10, "{cited:?}");
}

#[test]
fn citations_are_found() {
    let cited =
        |text: &str| citations(text).into_iter().map(|(spec, section)| format!("{spec} {section}")).collect::<Vec<_>>();
    assert_eq!(cited("RopX. MS-OXCROPS 2.2.4.1.2, 2.2.3.6.2"), ["MS-OXCROPS 2.2.4.1.2", "MS-OXCROPS 2.2.3.6.2"]);
    assert_eq!(cited("MS-XCA 2.3 and 2.4: x"), ["MS-XCA 2.3", "MS-XCA 2.4"]);
    assert_eq!(
        cited("MS-OXCMSG 3.2.5.1 to 3.2.5.3, 3.2.5.7."),
        ["MS-OXCMSG 3.2.5.1", "MS-OXCMSG 3.2.5.3", "MS-OXCMSG 3.2.5.7"]
    );
    assert_eq!(cited("MS-OXCMAPIHTTP 2.2.5.n.1"), ["MS-OXCMAPIHTTP 2.2.5.n.1"]);
    assert_eq!(cited("[MS-OXNSPI] section 3.1.4.1, and 5 more"), ["MS-OXNSPI 3.1.4.1"]);
    assert_eq!(cited("MS-OXCPRPT R524 and MS-OXPROPS alone"), Vec::<String>::new());
    let text = "code(); // one\n//! MS-OXCMAIL\n//! 2.2.3\nlet x = 1;\n/// MS-OXOMSG 2.2";
    let blocks: Vec<String> = comments(text).into_iter().map(|(line, block)| format!("{line} {block}")).collect();
    assert_eq!(blocks, ["1 one", "2 MS-OXCMAIL 2.2.3", "5 MS-OXOMSG 2.2"]);
}

#[test]
fn later_sections_prove_earlier_ones() {
    let listed: BTreeSet<Section> = ["2.2.3.1", "3.1"].into_iter().map(parse).collect();
    for section in ["2.2.3.1", "2.2.3", "2.2.2", "2.2", "2.1", "3.1", "1.9"] {
        let first = section == "1.9";
        assert_eq!(is_known(&listed, &parse(section)), !first, "{section}");
    }
    for section in ["2.2.3.2", "2.2.4", "2.3", "3.2", "3.1.1", "4"] {
        assert!(!is_known(&listed, &parse(section)), "{section}");
    }
}

/// `RopX request. MS-OXCROPS n` cites the section that the table of layouts has for it.
#[test]
fn operations_cite_their_own_sections() {
    let rows = crate::rop::layout::rows();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (file, text) in sources("src/rop") {
        for (line, block) in comments(&text) {
            let mut words = block.split(' ');
            let Some(name) = words.next().and_then(|word| word.strip_prefix("Rop")) else { continue };
            let kinds: &[&str] = match words.next() {
                Some("request.") => &["req"],
                Some("success") => &["resp", "resp_public"],
                Some("response." | "response,") => &["resp"],
                _ => continue,
            };
            let sections: Vec<&str> = rows
                .iter()
                .filter(|row| row.name == name && kinds.contains(&row.kind.as_str()))
                .map(|row| row.section.as_str())
                .collect();
            let cited = citations(&block);
            let known =
                cited.iter().any(|(spec, section)| spec == "MS-OXCROPS" && sections.contains(&section.as_str()));
            count += 1;
            if !known {
                wrong.push(format!("{}:{line}: Rop{name} is MS-OXCROPS {sections:?}, not {cited:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 200, "{count} operations cite a section");
}
