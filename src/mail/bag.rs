//! A property list under construction.

use crate::mapi::{PropertyTag, TaggedValue, Value};
use crate::wire::FileTime;

/// Properties in the order of their making; a tag is set once, later values are dropped.
#[derive(Debug, Default)]
pub(super) struct Bag(Vec<TaggedValue>);

impl Bag {
    pub(super) fn put(&mut self, tag: PropertyTag, value: Value) {
        if super::find(&self.0, tag).is_none() {
            self.0.push(TaggedValue { tag, value });
        }
    }

    /// A string; a zero would end it on the wire, so there is none.
    pub(super) fn string(&mut self, tag: PropertyTag, text: impl Into<String>) {
        self.put(tag, Value::String(without_zeros(text.into())));
    }

    pub(super) fn integer(&mut self, tag: PropertyTag, number: i32) {
        self.put(tag, Value::Integer32(number));
    }

    pub(super) fn boolean(&mut self, tag: PropertyTag, yes: bool) {
        self.put(tag, Value::Boolean(yes));
    }

    pub(super) fn time(&mut self, tag: PropertyTag, time: FileTime) {
        self.put(tag, Value::Time(time));
    }

    pub(super) fn binary(&mut self, tag: PropertyTag, bytes: Vec<u8>) {
        self.put(tag, Value::Binary(bytes));
    }

    pub(super) fn into_properties(self) -> Vec<TaggedValue> {
        self.0
    }
}

/// Text as a property may hold it.
pub(super) fn without_zeros(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

/// The start of a text, at most so many UTF-16 units long, cut between characters.
pub(crate) fn cut(text: &str, max_units: usize) -> &str {
    let mut units = 0_usize;
    for (at, c) in text.char_indices() {
        units = units.saturating_add(c.len_utf16());
        if units > max_units {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}
