//! Bytes and types, both directions: the level below everything.
//!
//! A structure of the Open Specifications is declared once, with [`wire!`](crate::wire), and the
//! declaration yields the Rust type, its reader and its writer. Sizes are never written by hand:
//! the writer knows them. What is irregular implements [`Wire`] by hand, both directions on one
//! screen, under the same tests.
//!
//! All integers are little-endian (MS-DTYP 2.2, MS-OXCROPS 2.2); this module knows nothing of
//! MAPI, does no I/O and never panics on input.

mod filetime;
mod forms;
mod guid;
mod header_ext;
mod lzxpress;
mod macros;
mod reader;
mod text;
mod writer;

pub use filetime::FileTime;
pub use forms::{All, AsciiZ, Bytes, Counted, Flagged, Form, Framed, Present, Rest, Utf16Z};
pub use guid::Guid;
pub use header_ext::{ExtendedBuffers, HeaderExt, pack_buffers, unpack_buffers};
pub use lzxpress::{compress, decompress};
pub use reader::Reader;
pub use text::{decode_8bit, encode_8bit, encode_html};
pub use writer::{Mark, Writer};

use std::fmt;

/// A type with one form on the wire, both directions.
pub trait Wire: Sized {
    /// Takes one value from the front of the input.
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError>;
    /// Appends the value. A bounded [`Writer`] that is full swallows the rest and says so.
    fn write(&self, w: &mut Writer);

    /// Reads a value that must be the whole of `bytes`.
    fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut r = Reader::new(bytes);
        let value = Self::read(&mut r)?;
        r.finish(std::any::type_name::<Self>())?;
        Ok(value)
    }

    /// The value's bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.write(&mut w);
        w.into_bytes()
    }
}

/// Why bytes are not what they claim to be: a [`Flaw`] on the heap. Every field of every structure
/// is read with a `?`, so one word here instead of four is a good part of the program's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError(Box<Flaw>);

impl WireError {
    /// What is wrong, and where.
    #[must_use]
    pub fn flaw(&self) -> Flaw {
        *self.0
    }
}

impl From<Flaw> for WireError {
    #[cold]
    #[inline(never)]
    fn from(flaw: Flaw) -> Self {
        Self(Box::new(flaw))
    }
}

/// What is wrong with bytes. `what` names the structure or field, `at` the offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The input ends before the value does.
    Short {
        /// Structure or field.
        what: &'static str,
        /// Offset at which bytes were missing.
        at: usize,
    },
    /// Bytes are left after a value that had to fill its frame.
    Trailing {
        /// Structure or field.
        what: &'static str,
        /// Offset of the first byte too many.
        at: usize,
    },
    /// A field holds something that the specification does not allow.
    Value {
        /// Structure or field.
        what: &'static str,
        /// Offset after the field.
        at: usize,
    },
    /// Nested deeper, or more of it, than `limits.rs` allows.
    Limit {
        /// Structure or field.
        what: &'static str,
        /// Offset at which the limit was met.
        at: usize,
    },
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.flaw() {
            Flaw::Short { what, at } => write!(f, "{what}: input ends at byte {at}"),
            Flaw::Trailing { what, at } => write!(f, "{what}: bytes left over from byte {at}"),
            Flaw::Value { what, at } => write!(f, "{what}: value not allowed before byte {at}"),
            Flaw::Limit { what, at } => write!(f, "{what}: limit exceeded at byte {at}"),
        }
    }
}

impl std::error::Error for WireError {}

macro_rules! integers {
    ($($t:ty)*) => {$(
        impl Wire for $t {
            fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
                Ok(<$t>::from_le_bytes(r.array(stringify!($t))?))
            }
            fn write(&self, w: &mut Writer) {
                w.raw(&self.to_le_bytes());
            }
        }
    )*};
}
integers! { u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 }

/// Boolean fields are one byte; any byte but zero is true (MS-DTYP 2.2.3 as clients send it).
impl Wire for bool {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(u8::read(r)? != 0)
    }
    fn write(&self, w: &mut Writer) {
        u8::from(*self).write(w);
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        r.array("byte array")
    }
    fn write(&self, w: &mut Writer) {
        w.raw(self);
    }
}
