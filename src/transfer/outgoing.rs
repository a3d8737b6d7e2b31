//! The stream on its way out: what is made and not yet given out. MS-OXCFXICS 2.2.4.1
//!
//! A buffer may end between two elements of a property, and anywhere inside a value of variable
//! size, but not inside a marker, a tag with its name, a length or a value of fixed size. Large
//! values are not held here: the stream says where they are, and they are read when their turn
//! comes.

use crate::mapi::{PropertyName, PropertyTag, Value};
use crate::wire::{Wire, Writer};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The part of a stream that waits to be given out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outgoing {
    bytes: Vec<u8>,
    /// How much of `bytes` is given out.
    at: usize,
    pieces: VecDeque<Piece>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Piece {
    /// So many of the bytes, in one buffer.
    Solid(u32),
    /// So many of the bytes, which may be cut anywhere.
    Fluid(u32),
    /// From `at` to `end` of a value that the owner of the stream knows by this number.
    Elsewhere { number: u32, at: u64, end: u64 },
}

impl Outgoing {
    /// True when all of it is given out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn solid(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.pieces.push_back(Piece::Solid(len32(bytes)));
    }

    fn fluid(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            self.pieces.push_back(Piece::Fluid(len32(bytes)));
        }
    }

    /// A marker.
    pub fn marker(&mut self, marker: u32) {
        self.solid(&marker.to_le_bytes());
    }

    /// propValue, with the name if it has one. MS-OXCFXICS 2.2.4.1.3
    pub fn property(&mut self, tag: PropertyTag, name: Option<&PropertyName>, value: &Value) {
        let mut head = head(tag, name);
        match value {
            Value::String8(bytes) => self.variable(head, &terminated(bytes)),
            Value::String(text) => self.variable(head, &utf16z(text)),
            Value::Binary(bytes) | Value::ServerId(bytes) | Value::RuleAction(bytes) => self.variable(head, bytes),
            Value::MultipleString8(list) => {
                self.many(head, &list.iter().map(|bytes| terminated(bytes)).collect::<Vec<_>>());
            }
            Value::MultipleString(list) => {
                self.many(head, &list.iter().map(|text| utf16z(text)).collect::<Vec<_>>());
            }
            Value::MultipleBinary(list) => self.many(head, list),
            value => match value.elements() {
                Some(elements) => {
                    u32::try_from(elements.len()).unwrap_or(u32::MAX).write(&mut head);
                    self.solid(head.as_bytes());
                    elements.iter().for_each(|element| {
                        let mut w = Writer::new();
                        fixed(&mut w, element);
                        self.solid(w.as_bytes());
                    });
                }
                None => {
                    fixed(&mut head, value);
                    self.solid(head.as_bytes());
                }
            },
        }
    }

    /// A binary, string or object of `len` bytes that is kept elsewhere under a number; `end` comes
    /// after it, as the zero of a string.
    pub fn property_elsewhere(
        &mut self,
        tag: PropertyTag,
        name: Option<&PropertyName>,
        (number, len): (u32, u64),
        end: &[u8],
    ) {
        let mut w = head(tag, name);
        let all = len.saturating_add(u64::try_from(end.len()).unwrap_or(0));
        u32::try_from(all).unwrap_or(u32::MAX).write(&mut w);
        self.solid(w.as_bytes());
        if len > 0 {
            self.pieces.push_back(Piece::Elsewhere { number, at: 0, end: len });
        }
        self.fluid(end);
    }

    fn variable(&mut self, mut head: Writer, bytes: &[u8]) {
        len32(bytes).write(&mut head);
        self.solid(head.as_bytes());
        self.fluid(bytes);
    }

    fn many(&mut self, mut head: Writer, list: &[Vec<u8>]) {
        u32::try_from(list.len()).unwrap_or(u32::MAX).write(&mut head);
        self.solid(head.as_bytes());
        for bytes in list {
            self.variable(Writer::new(), bytes);
        }
    }

    /// Gives out as much as fits into `room` bytes. `load` reads from a value that is elsewhere:
    /// number, offset, how much.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn take<E>(
        &mut self,
        mut room: usize,
        out: &mut Vec<u8>,
        load: &mut dyn FnMut(u32, u64, usize) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        while let Some(piece) = self.pieces.front_mut() {
            let given = match piece {
                Piece::Solid(len) if size(*len) > room => break,
                Piece::Solid(len) | Piece::Fluid(len) => {
                    let count = size(*len).min(room);
                    let end = self.at.saturating_add(count);
                    out.extend_from_slice(self.bytes.get(self.at..end).unwrap_or_default());
                    self.at = end;
                    *len = len.saturating_sub(u32::try_from(count).unwrap_or(0));
                    count
                }
                Piece::Elsewhere { number, at, end } => {
                    let left = usize::try_from(end.saturating_sub(*at)).unwrap_or(usize::MAX);
                    let bytes = load(*number, *at, left.min(room))?;
                    out.extend_from_slice(&bytes);
                    *at = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
                    bytes.len()
                }
            };
            room = room.saturating_sub(given);
            let done = match self.pieces.front() {
                Some(Piece::Solid(len) | Piece::Fluid(len)) => *len == 0,
                Some(Piece::Elsewhere { at, end, .. }) => at >= end,
                None => true,
            };
            if !done {
                break;
            }
            self.pieces.pop_front();
        }
        if self.pieces.is_empty() {
            self.bytes.clear();
            self.at = 0;
        }
        Ok(())
    }
}

fn size(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

fn len32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn terminated(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.push(0);
    bytes
}

fn utf16z(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// propDef: tag and namedPropInfo. MS-OXCFXICS 2.2.4.1
fn head(tag: PropertyTag, name: Option<&PropertyName>) -> Writer {
    let mut w = Writer::new();
    tag.write(&mut w);
    match name {
        Some(PropertyName::Lid { guid, lid }) => {
            guid.write(&mut w);
            0_u8.write(&mut w);
            lid.write(&mut w);
        }
        Some(PropertyName::Named { guid, name }) => {
            guid.write(&mut w);
            1_u8.write(&mut w);
            w.raw(&utf16z(name));
        }
        Some(PropertyName::Unnamed) | None => {}
    }
    w
}

/// fixedSizeValue: as in a ROP buffer, but for PtypBoolean, which takes two bytes.
/// MS-OXCFXICS 2.2.4.1.3
fn fixed(w: &mut Writer, value: &Value) {
    match value {
        Value::Boolean(is) => u16::from(*is).write(w),
        value => value.write(w, crate::mapi::Dialect::Rop),
    }
}
