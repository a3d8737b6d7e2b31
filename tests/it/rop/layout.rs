//! Every buffer of MS-OXCROPS, made from the table of layouts alone: an interpreter that shares
//! nothing with the codec under test.
//!
//! `tests/data/tables/rops.tsv` names the fields of each buffer and their sizes.
//! `tests/data/golden/rop_fields.txt` says what is in the fields for which that is not enough.
//! All other fields are filled with bytes that occur nowhere else in the buffer, so that fields
//! exchanged or of the wrong size are seen.

use crate::golden::{data, hex};
use std::collections::HashMap;

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: u8,
    /// Without "Rop".
    pub(crate) name: String,
    /// `req`, `resp`, `fail`, `resp_nulldest`, `resp_public`, `redirect`.
    pub(crate) kind: String,
    pub(crate) section: String,
    /// Name and size; `None`: variable.
    pub(crate) fields: Vec<(String, Option<usize>)>,
}

impl Row {
    pub(crate) fn label(&self) -> String {
        format!("{}.{}", self.name, self.kind)
    }

    /// Bytes of a buffer in which every field has its size; `None` if one is variable.
    pub(crate) fn fixed_size(&self) -> Option<usize> {
        self.fields.iter().map(|(_, size)| *size).sum()
    }
}

/// One field of a buffer.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// The bytes are the interpreter's own: nobody gave them a meaning.
    pub(crate) free: bool,
}

/// One buffer.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) row: Row,
    pub(crate) fields: Vec<Field>,
    /// Columns of the rows in it.
    pub(crate) tags: Vec<u32>,
}

impl Case {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.fields.iter().flat_map(|field| field.bytes.clone()).collect()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The table.
pub(crate) fn rows() -> Vec<Row> {
    let text = data("tables/rops.tsv");
    let lines = text.lines().filter(|line| line.starts_with("0x"));
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let field = |field: &str| {
            let (name, size) = field.split_once(':').expect("name:size");
            (name.to_owned(), size.parse().ok())
        };
        Row {
            id: u8::from_str_radix(&columns[0][2..], 16).unwrap(),
            name: columns[1].trim_start_matches("Rop").to_owned(),
            kind: columns[2].to_owned(),
            section: columns[3].to_owned(),
            fields: columns[4].split(' ').map(field).collect(),
        }
    };
    lines.map(row).collect()
}

type Values = HashMap<String, Option<Vec<u8>>>;

/// The second file: defaults by field, and forms by buffer.
struct Rules {
    defaults: HashMap<String, Vec<u8>>,
    forms: HashMap<String, Vec<Values>>,
}

fn rules() -> Rules {
    let mut rules = Rules { defaults: HashMap::new(), forms: HashMap::new() };
    let text = data("golden/rop_fields.txt");
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
        if what == "*" {
            let (name, value) = rest.split_once(' ').expect("* Field hex");
            rules.defaults.entry(name.to_owned()).or_default().extend(hex(value));
        } else {
            let value = |text: &str| {
                let (name, value) = text.split_once('=').unwrap_or_else(|| panic!("no Field=hex: {line}"));
                (name.to_owned(), (value != "-").then(|| hex(value)))
            };
            rules.forms.entry(what.to_owned()).or_default().push(rest.split_whitespace().map(value).collect());
        }
    }
    rules
}

fn return_value(kind: &str) -> Vec<u8> {
    match kind {
        "fail" => hex("0F010480"),          // NotFound
        "resp_nulldest" => hex("03050000"), // NullDestinationObject
        "redirect" => hex("78040000"),      // WrongServer
        _ => vec![0; 4],
    }
}

/// Bytes in order, none of them 0 (a Boolean), 1 (another) or FF (no value).
struct Distinct(u8);

impl Distinct {
    fn take(&mut self, len: usize) -> Vec<u8> {
        let mut next = || {
            self.0 = if self.0 == 0xFE { 2 } else { self.0 + 1 };
            self.0
        };
        (0..len).map(|_| next()).collect()
    }
}

/// The fields of one form of one buffer. What the codec writes as zeros on failure is zero.
fn fill(row: &Row, form: &Values, defaults: &HashMap<String, Vec<u8>>, zero: bool) -> Case {
    let mut distinct = Distinct(0x10);
    let mut case = Case { row: row.clone(), fields: Vec::new(), tags: Vec::new() };
    for (name, size) in &row.fields {
        let free = distinct.take(size.unwrap_or(0));
        let after_code = case.field("ReturnValue").is_some();
        let (bytes, is_free) = match (name.as_str(), form.get(name)) {
            ("RopId", _) => (vec![row.id], false),
            ("ReturnValue", _) => (return_value(&row.kind), false),
            (_, Some(None)) => continue,
            (_, Some(Some(bytes))) => (bytes.clone(), false),
            (_, None) if zero && after_code => (vec![0; size.unwrap_or(0)], false),
            (_, None) => match defaults.get(name) {
                // The same name may be a list here and a number there.
                Some(bytes) if size.is_none_or(|size| size == bytes.len()) => (bytes.clone(), false),
                _ => (free, true),
            },
        };
        let label = row.label();
        assert!(size.is_none_or(|size| size == bytes.len()), "{label} {name}: {} bytes in rop_fields.txt", bytes.len());
        assert!(size.is_some() || !is_free, "{label} {name} is variable: say in rop_fields.txt what is in it");
        case.fields.push(Field { name: name.clone(), bytes, free: is_free });
    }
    if let Some(Some(tags)) = form.get("@tags") {
        case.tags = tags.chunks_exact(4).map(|tag| u32::from_le_bytes(tag.try_into().unwrap())).collect();
    }
    case
}

/// Every form of every buffer.
pub(crate) fn cases() -> Vec<Case> {
    let rules = rules();
    let rows = rows();
    let mut cases = Vec::new();
    for row in &rows {
        let forms = rules.forms.get(&row.label()).cloned().unwrap_or_else(|| vec![Values::new()]);
        let zero = row.kind == "resp_nulldest";
        cases.extend(forms.iter().map(|form| fill(row, form, &rules.defaults, zero)));
        if row.kind == "resp" && row.fields[1].0.ends_with("HandleIndex") {
            // Without a failure form of its own, the failure has the fields of the success, which
            // say nothing (rops.md section 3: R gives one common form).
            let alone = !rows.iter().any(|other| other.id == row.id && other.kind == "fail");
            if alone {
                let fail = Row { kind: "fail".to_owned(), ..row.clone() };
                let absent = |name: &String| (name == "BackoffTime").then(|| (name.clone(), None));
                let form = row.fields.iter().filter_map(|(name, _)| absent(name)).collect();
                cases.push(fill(&fail, &form, &rules.defaults, true));
            }
        }
    }
    for label in rules.forms.keys() {
        assert!(rows.iter().any(|row| row.label() == *label), "rop_fields.txt: there is no {label}");
    }
    cases
}
