//! How a Rust type lies on the wire where its type alone does not say it: counts, frames, strings.

use super::{Reader, Wire, WireError, Writer, text};
use std::marker::PhantomData;

/// A form on the wire for values of type `T`; used as `field: T as Form` in `wire!`.
pub trait Form<T> {
    /// Takes one value.
    fn read(r: &mut Reader<'_>) -> Result<T, WireError>;
    /// Appends one value.
    fn write(value: &T, w: &mut Writer);
}

/// An unsigned integer that announces a length.
pub trait Length: Wire + Copy {
    /// As a size in memory.
    fn size(self) -> usize;
    /// From a size in memory; too large a size becomes the largest value, and the structure is
    /// then refused by whoever reads it rather than read wrongly.
    fn from_size(size: usize) -> Self;
}

macro_rules! lengths {
    ($($t:ty)*) => {$(
        impl Length for $t {
            fn size(self) -> usize {
                usize::try_from(self).unwrap_or(usize::MAX)
            }
            fn from_size(size: usize) -> Self {
                debug_assert!(<$t>::try_from(size).is_ok(), "length {size} does not fit its field");
                <$t>::try_from(size).unwrap_or(<$t>::MAX)
            }
        }
    )*};
}
lengths! { u8 u16 u32 }

/// A count of type `L`, then that many elements.
#[derive(Debug)]
pub struct Counted<L>(PhantomData<L>);

impl<L: Length, T: Wire> Form<Vec<T>> for Counted<L> {
    fn read(r: &mut Reader<'_>) -> Result<Vec<T>, WireError> {
        let count = L::read(r)?.size();
        let count = r.plausible(count, 1, "count")?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(T::read(r)?);
        }
        Ok(items)
    }
    fn write(value: &Vec<T>, w: &mut Writer) {
        L::from_size(value.len()).write(w);
        for item in value {
            item.write(w);
        }
    }
}

/// A byte count of type `L`, then that many bytes.
#[derive(Debug)]
pub struct Bytes<L>(PhantomData<L>);

impl<L: Length> Form<Vec<u8>> for Bytes<L> {
    fn read(r: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
        let len = L::read(r)?.size();
        Ok(r.take(len, "bytes")?.to_vec())
    }
    fn write(value: &Vec<u8>, w: &mut Writer) {
        L::from_size(value.len()).write(w);
        w.raw(value);
    }
}

/// A byte length of type `L`, then one value that must fill it.
#[derive(Debug)]
pub struct Framed<L>(PhantomData<L>);

impl<L: Length, T: Wire> Form<T> for Framed<L> {
    fn read(r: &mut Reader<'_>) -> Result<T, WireError> {
        let len = L::read(r)?.size();
        let mut inner = r.sub(len, "frame")?;
        let value = T::read(&mut inner)?;
        inner.finish("frame")?;
        Ok(value)
    }
    fn write(value: &T, w: &mut Writer) {
        let mark = w.mark();
        L::from_size(0).write(w);
        let start = w.mark();
        value.write(w);
        let size = L::from_size(w.since(start).len()).to_bytes();
        w.patch(mark, &size);
    }
}

/// One byte, zero or not, then the value if not. Written as FF, as NSPI servers do
/// (MS-OXCMAPIHTTP 2.2.5, every `HasX` field).
#[derive(Debug)]
pub struct Flagged;

impl<T: Wire> Form<Option<T>> for Flagged {
    fn read(r: &mut Reader<'_>) -> Result<Option<T>, WireError> {
        Ok(if u8::read(r)? != 0 { Some(T::read(r)?) } else { None })
    }
    fn write(value: &Option<T>, w: &mut Writer) {
        match value {
            Some(value) => {
                0xFF_u8.write(w);
                value.write(w);
            }
            None => 0_u8.write(w),
        }
    }
}

/// One byte, zero or one, then the value if not zero: the conditional fields of ROPs.
#[derive(Debug)]
pub struct Present;

impl<T: Wire> Form<Option<T>> for Present {
    fn read(r: &mut Reader<'_>) -> Result<Option<T>, WireError> {
        Ok(if bool::read(r)? { Some(T::read(r)?) } else { None })
    }
    fn write(value: &Option<T>, w: &mut Writer) {
        value.is_some().write(w);
        value.iter().for_each(|value| value.write(w));
    }
}

/// UTF-16LE, ended by a zero code unit.
#[derive(Debug)]
pub struct Utf16Z;

impl Form<String> for Utf16Z {
    fn read(r: &mut Reader<'_>) -> Result<String, WireError> {
        Ok(text::utf16_to_string(r.until_zero16("UTF-16 string")?))
    }
    fn write(value: &String, w: &mut Writer) {
        w.raw(&text::string_to_utf16z(value));
    }
}

/// Bytes ended by a zero byte. The code page is the reader's business.
#[derive(Debug)]
pub struct AsciiZ;

impl Form<Vec<u8>> for AsciiZ {
    fn read(r: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
        Ok(r.until_zero("zero-terminated string")?.to_vec())
    }
    fn write(value: &Vec<u8>, w: &mut Writer) {
        w.raw(value.split(|b| *b == 0).next().unwrap_or_default());
        w.raw(&[0]);
    }
}

/// For fields the specification restricts to ASCII (distinguished names, message classes); bytes
/// above 7F are taken as UTF-8 and replaced where they are not.
impl Form<String> for AsciiZ {
    fn read(r: &mut Reader<'_>) -> Result<String, WireError> {
        Ok(String::from_utf8_lossy(r.until_zero("zero-terminated string")?).into_owned())
    }
    fn write(value: &String, w: &mut Writer) {
        <Self as Form<Vec<u8>>>::write(&value.as_bytes().to_vec(), w);
    }
}

/// Everything up to the end of the frame.
#[derive(Debug)]
pub struct Rest;

impl Form<Vec<u8>> for Rest {
    fn read(r: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
        Ok(r.rest().to_vec())
    }
    fn write(value: &Vec<u8>, w: &mut Writer) {
        w.raw(value);
    }
}

impl<T: Wire> Form<Vec<T>> for All {
    fn read(r: &mut Reader<'_>) -> Result<Vec<T>, WireError> {
        let mut items = Vec::new();
        while !r.is_empty() {
            items.push(T::read(r)?);
        }
        Ok(items)
    }
    fn write(value: &Vec<T>, w: &mut Writer) {
        for item in value {
            item.write(w);
        }
    }
}

/// Elements up to the end of the frame.
#[derive(Debug)]
pub struct All;
