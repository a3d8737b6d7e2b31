//! An interpreter of `tests/data/tables/mapihttp.tsv`: it reads a body field by field, and shares nothing with the
//! codec under test. MS-OXCMAPIHTTP 2.2.1, 2.2.4, 2.2.5

use crate::golden::data;
use std::ops::Range;

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) request_type: String,
    /// `request`, `response` or `failure`.
    pub(crate) kind: String,
    fields: Vec<(String, String, Option<String>)>,
}

/// The table.
pub(crate) fn layouts() -> Vec<Layout> {
    let text = data("tables/mapihttp.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let layout = |line: &str| {
        let [request_type, kind, section, fields] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("four columns: {line}"));
        let number = ["request", "response", "failure"].iter().position(|known| *known == kind).unwrap() + 1;
        assert!(section.ends_with(&format!(".{number}")), "{line}");
        Layout { request_type: request_type.to_owned(), kind: kind.to_owned(), ..Layout::of(fields) }
    };
    lines.map(layout).collect()
}

pub(crate) fn layout(request_type: &str, kind: &str) -> Layout {
    let mut all = layouts().into_iter();
    all.find(|layout| layout.request_type == request_type && layout.kind == kind).unwrap()
}

/// A body that was read: its fields, those that are absent left out.
#[derive(Debug)]
pub(crate) struct Read<'a> {
    pub(crate) fields: Vec<(String, &'a [u8])>,
    /// Property types that were met in rows and lists.
    pub(crate) types: Vec<u16>,
}

impl Read<'_> {
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        self.fields.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}")).1
    }

    /// A field of one byte or four.
    pub(crate) fn number(&self, name: &str) -> u32 {
        self.bytes(name).iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }
}

impl Layout {
    /// Of these fields.
    pub(crate) fn of(fields: &str) -> Self {
        let field = |field: &str| {
            let (name, form) = field.split_once(':').unwrap();
            let (form, condition) = form.split_once('?').map_or((form, None), |(form, has)| (form, Some(has.into())));
            (name.to_owned(), form.to_owned(), condition)
        };
        Self { request_type: String::new(), kind: String::new(), fields: fields.split(' ').map(field).collect() }
    }

    /// Reads a body to its last byte; `None` if it is too short or too long, or a byte has an impossible value.
    pub(crate) fn read<'a>(&self, body: &'a [u8]) -> Option<Read<'a>> {
        let mut cursor = Cursor { bytes: body, at: 0, types: Vec::new() };
        let mut read = Read { fields: Vec::new(), types: Vec::new() };
        for (name, form, condition) in &self.fields {
            if condition.as_ref().is_some_and(|has| read.number(has) == 0) {
                continue;
            }
            let from = cursor.at;
            let (count, form) = form
                .split_once('*')
                .map_or((1, form.as_str()), |(count, form)| (usize::try_from(read.number(count)).unwrap(), form));
            let tags: Vec<u32> = match form.strip_prefix("row(") {
                Some(of) => read.bytes(of.trim_end_matches(')'))[4..].chunks(4).map(|tag| le(tag, 0..4)).collect(),
                None => Vec::new(),
            };
            for _ in 0..count {
                cursor.form(form, &tags)?;
            }
            read.fields.push((name.clone(), &body[from..cursor.at]));
        }
        read.types = cursor.types;
        (cursor.at == body.len()).then_some(read)
    }
}

fn le(bytes: &[u8], range: Range<usize>) -> u32 {
    bytes[range].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    types: Vec<u16>,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(bytes)
    }

    fn number(&mut self, len: usize) -> Option<usize> {
        self.take(len).map(|bytes| usize::try_from(le(bytes, 0..len)).unwrap())
    }

    /// TRUE is 0xFF, FALSE 0x00.
    fn boolean(&mut self) -> Option<bool> {
        match self.number(1)? {
            0xFF => Some(true),
            0 => Some(false),
            _ => None,
        }
    }

    fn terminated(&mut self, unit: usize) -> Option<()> {
        while self.number(unit)? != 0 {}
        Some(())
    }

    fn form(&mut self, form: &str, tags: &[u32]) -> Option<()> {
        match form {
            "ascii" => self.terminated(1),
            "utf16" => self.terminated(2),
            "binary" => self.number(4).and_then(|size| self.take(size)).map(drop),
            // MS-OXCMAPIHTTP 2.2.1.8
            "tags" => {
                let count = self.number(4).filter(|count| *count <= 100_000)?;
                self.take(4 * count).map(drop)
            }
            // 2.2.1.3
            "values" => (0..self.number(4)?).try_for_each(|_| self.form("tagged", &[])),
            // 2.2.1.2, and 2.2.1.4, which has no PropertyId
            "tagged" => {
                let property_type = self.number(2)?;
                self.take(2)?;
                self.value(property_type)
            }
            "restriction" => self.restriction(),
            _ if form.starts_with("row") => self.row(tags),
            size => self.take(size.parse().unwrap()).map(drop),
        }
    }

    /// AddressBookPropertyRow. 2.2.1.7
    fn row(&mut self, tags: &[u32]) -> Option<()> {
        let flags = self.number(1).filter(|flags| *flags <= 1)?;
        tags.iter().try_for_each(|tag| {
            let property_type = match usize::try_from(tag & 0xFFFF).unwrap() {
                0 => self.number(2)?, // 2.2.1.4, 2.2.1.6
                known => known,
            };
            // 2.2.1.5
            match if flags == 1 { self.number(1)? } else { 0 } {
                0 => self.value(property_type),
                1 => Some(()),
                0xA => self.take(4).map(drop),
                _ => None,
            }
        })
    }

    /// AddressBookPropertyValue. 2.2.1.1, MS-OXCDATA 2.11.1
    fn value(&mut self, property_type: usize) -> Option<()> {
        self.types.push(u16::try_from(property_type).unwrap());
        let fixed = |property_type: usize| match property_type {
            0x0B => 1,
            0x02 => 2,
            0x03 | 0x04 | 0x0A | 0x0D => 4,
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => 8,
            0x48 => 16,
            other => panic!("a value of type {other:#06X}"),
        };
        match property_type {
            0x1E | 0x1F | 0x102 if !self.boolean()? => Some(()),
            0x1E => self.terminated(1),
            0x1F => self.terminated(2),
            0x102 => self.form("binary", &[]),
            many if many & 0x1000 != 0 => {
                if !self.boolean()? {
                    return Some(());
                }
                (0..self.number(4)?).try_for_each(|_| match many & 0xFFF {
                    text @ (0x1E | 0x1F | 0x102) => {
                        self.types.pop();
                        self.value(text)
                    }
                    other => self.take(fixed(other)).map(drop),
                })?;
                self.types.push(u16::try_from(many).unwrap());
                Some(())
            }
            other => self.take(fixed(other)).map(drop),
        }
    }

    /// Those that the tests send. MS-OXCDATA 2.12
    fn restriction(&mut self) -> Option<()> {
        match self.number(1)? {
            0 | 1 => (0..self.number(4)?).try_for_each(|_| self.restriction()),
            3 => self.take(8).and_then(|_| self.form("tagged", &[])),
            4 => self.take(5).and_then(|_| self.form("tagged", &[])),
            8 => self.take(4).map(drop),
            other => panic!("a restriction of type {other}"),
        }
    }
}
