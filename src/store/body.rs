//! The forms of a body: what is stored, and what is made of it when asked for. MS-OXCMSG 3.2.4.1,
//! MS-OXBBODY 2.1.3.1
//!
//! A message keeps what its client or its mail brought. Reading another form makes it, each time;
//! nothing made is kept. Open messages and restrictions have every form; rows of tables, and the
//! order of rows, those that are stored.

use super::restrict::Source;
use super::{BlobRef, MessageHead, MessageView, Stored};
use crate::limits;
use crate::mail::{html, rtf};
use crate::mapi::{PropertyTag, PropertyType, Value};
use std::borrow::Cow;
use std::cell::OnceCell;

const UTF_8: u16 = 65001;

const BODY: u16 = PropertyTag::PidTagBody.id();
const HTML: u16 = PropertyTag::PidTagHtml.id();
const RTF: u16 = PropertyTag::PidTagRtfCompressed.id();
const RTF_IN_SYNC: u16 = PropertyTag::PidTagRtfInSync.id();
const NATIVE_BODY: u16 = PropertyTag::PidTagNativeBody.id();
const CODE_PAGE: u16 = PropertyTag::PidTagInternetCodepage.id();

/// What is made if it is not stored.
const MADE: [u16; 6] = [BODY, HTML, RTF, RTF_IN_SYNC, NATIVE_BODY, CODE_PAGE];

/// A form of a body; the numbers are values of PidTagNativeBody. MS-OXCMSG 2.2.1.58.2
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PidTagBody
    Plain = 1,
    /// PidTagRtfCompressed
    Rtf = 2,
    /// PidTagHtml
    Html = 3,
}

impl Format {
    /// Best first.
    pub const ALL: [Self; 3] = [Self::Html, Self::Rtf, Self::Plain];

    /// The property it is in.
    #[must_use]
    pub fn id(self) -> u16 {
        match self {
            Self::Plain => BODY,
            Self::Rtf => RTF,
            Self::Html => HTML,
        }
    }

    /// The form that is in a property.
    #[must_use]
    pub fn of_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// The form that a PidTagNativeBody names.
    #[must_use]
    pub fn of_native_body(value: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|format| *format as i32 == value)
    }
}

/// How many bytes have to be turned into another form for a property of a message, which a
/// restriction asks for; 0: it is stored, or there never is such a form.
pub(super) fn bytes_to_convert(head: &MessageHead, tag: PropertyTag) -> u64 {
    if !MADE.contains(&tag.id()) || head.properties.get(tag.id()).is_some() {
        return 0;
    }
    let sizes = Format::ALL.into_iter().filter_map(|format| head.properties.get(format.id())).map(Stored::size);
    sizes.max().unwrap_or(0).min(limits::BODY_CONVERSION_MAX_BYTES)
}

/// A message whose body can be had in every form.
pub struct BodyView<'a> {
    inner: MessageView<'a>,
    /// PidTagBody once it was made: a restriction looks for several words.
    plain: OnceCell<Option<Stored>>,
}

impl<'a> BodyView<'a> {
    /// Of a message.
    #[must_use]
    pub fn new(inner: MessageView<'a>) -> Self {
        Self { inner, plain: OnceCell::new() }
    }

    fn stored(&self, id: u16) -> Option<&Stored> {
        self.inner.head.properties.get(id)
    }

    fn has(&self, format: Format) -> bool {
        self.stored(format.id()).is_some()
    }

    fn integer(&self, id: u16) -> Option<i32> {
        match self.inner.head.properties.value(id) {
            Some(Value::Integer32(n)) => Some(*n),
            _ => None,
        }
    }

    /// The stored form that the others are made of. MS-OXBBODY 2.1.3.1
    fn native(&self) -> Option<Format> {
        let stated = self.integer(NATIVE_BODY).and_then(Format::of_native_body);
        if let Some(stated) = stated.filter(|stated| self.has(*stated)) {
            return Some(stated);
        }
        // Outlook takes PidTagRtfInSync for true if it is not there (outlook.md §9).
        let in_sync = self.inner.head.properties.value(RTF_IN_SYNC) != Some(&Value::Boolean(false));
        if in_sync && self.has(Format::Rtf) {
            return Some(Format::Rtf);
        }
        // Without it plain text is better than stale RTF.
        [Format::Html, Format::Plain, Format::Rtf].into_iter().find(|format| self.has(*format))
    }

    /// A stored form, if it is short enough to be converted.
    fn source(&self, format: Format) -> Option<Value> {
        match self.stored(format.id())? {
            stored if stored.size() > limits::BODY_CONVERSION_MAX_BYTES => None,
            Stored::Value(value) => Some(value.clone()),
            Stored::Blob(blob) => self.inner.load(*blob),
        }
    }

    fn stored_code_page(&self) -> Option<u16> {
        self.integer(CODE_PAGE).and_then(|page| u16::try_from(page).ok()).filter(|page| *page != 0)
    }

    /// The stored HTML as text, with its code page.
    fn stored_html(&self) -> Option<(String, u16)> {
        match self.source(Format::Html)? {
            Value::Binary(bytes) => Some(html::decode(&bytes, self.stored_code_page())),
            Value::String(text) => {
                let page = self.html_code_page(&text);
                Some((text, page))
            }
            _ => None,
        }
    }

    fn html_code_page(&self, text: &str) -> u16 {
        self.stored_code_page().or_else(|| html::declared_code_page(text)).unwrap_or(UTF_8)
    }

    fn stored_plain(&self) -> Option<String> {
        match self.source(Format::Plain)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn stored_rtf(&self) -> Option<rtf::Content> {
        let Value::Binary(bytes) = self.source(Format::Rtf)? else { return None };
        let decoded = rtf::decode(&bytes);
        let decoded = decoded.map_err(|e| log::debug!("an RTF body cannot be read: {e}")).ok()?;
        rtf::read(&decoded)
    }

    /// The body as HTML text, with the code page for its bytes.
    fn html(&self) -> Option<(String, u16)> {
        let text_page = self.stored_code_page().unwrap_or(UTF_8);
        match self.native()? {
            Format::Html => self.stored_html(),
            Format::Plain => self.stored_plain().map(|text| (html::from_text(&text, text_page), text_page)),
            Format::Rtf => match self.stored_rtf()? {
                rtf::Content::Html(text) => {
                    let page = self.html_code_page(&text);
                    Some((text, page))
                }
                rtf::Content::Text(text) | rtf::Content::Rtf(text) => {
                    Some((html::from_text(&text, text_page), text_page))
                }
            },
        }
    }

    fn plain(&self) -> Option<String> {
        match self.native()? {
            Format::Plain => self.stored_plain(),
            Format::Html => self.stored_html().map(|(text, _)| html::to_body(&text)),
            Format::Rtf => match self.stored_rtf()? {
                rtf::Content::Html(text) => Some(html::to_body(&text)),
                rtf::Content::Text(text) | rtf::Content::Rtf(text) => Some(text),
            },
        }
    }

    fn rtf(&self) -> Option<Vec<u8>> {
        let rtf = match self.native()? {
            // What is stored and damaged stays so.
            Format::Rtf => return None,
            Format::Html => rtf::from_html(&self.stored_html()?.0)?,
            Format::Plain => rtf::from_text(&self.stored_plain()?)?,
        };
        Some(rtf::encode(&rtf))
    }

    fn made(&self, tag: PropertyTag) -> Option<Value> {
        let wanted = tag.property_type();
        let is_string = matches!(wanted, PropertyType::String | PropertyType::String8);
        let any = wanted == PropertyType::Unspecified;
        match tag.id() {
            HTML if is_string => self.html().map(|(text, _)| Value::String(text)),
            HTML if any || wanted == PropertyType::Binary => {
                let (text, page) = self.html()?;
                Some(Value::Binary(crate::wire::encode_html(&text, page)))
            }
            RTF if any || wanted == PropertyType::Binary => self.rtf().map(Value::Binary),
            NATIVE_BODY => self.native().map(|native| Value::Integer32(native as i32)),
            RTF_IN_SYNC => self.native().map(|native| Value::Boolean(native == Format::Rtf)),
            CODE_PAGE => {
                let page = match self.native()? {
                    Format::Plain => UTF_8,
                    Format::Html | Format::Rtf => self.html()?.1,
                };
                Some(Value::Integer32(page.into()))
            }
            _ => None,
        }
    }
}

impl Source for BodyView<'_> {
    fn property(&self, tag: PropertyTag) -> Option<Cow<'_, Stored>> {
        /// MS-OXCMSG 2.2.1.58.2: what only the client knows of.
        const CLEAR_SIGNED: i32 = 4;
        let stored = self.inner.property(tag);
        let fits = match (tag.id(), &stored) {
            (BODY | RTF | CODE_PAGE, Some(_)) => true,
            (HTML, Some(stored)) => {
                let text = stored.property_type() == PropertyType::String;
                let wanted = tag.property_type();
                wanted == PropertyType::Unspecified || text != (wanted == PropertyType::Binary)
            }
            // Of what is stored, and not of what was once.
            (NATIVE_BODY, Some(_)) => self.integer(NATIVE_BODY) == Some(CLEAR_SIGNED),
            (RTF_IN_SYNC, Some(_)) => self.has(Format::Rtf),
            (id, None) => !MADE.contains(&id),
            _ => true,
        };
        let wanted = tag.property_type();
        let is_text = matches!(wanted, PropertyType::String | PropertyType::String8 | PropertyType::Unspecified);
        if !fits && tag.id() == BODY && is_text {
            let made = self.plain.get_or_init(|| Some(Stored::Value(Value::String(self.plain()?))));
            return made.as_ref().map(Cow::Borrowed);
        }
        if fits { stored } else { self.made(tag).map(|value| Cow::Owned(Stored::Value(value))) }
    }

    fn load(&self, blob: BlobRef) -> Option<Value> {
        self.inner.load(blob)
    }

    fn subobjects(&self, subobject: PropertyTag) -> Vec<Box<dyn Source + '_>> {
        self.inner.subobjects(subobject)
    }
}
