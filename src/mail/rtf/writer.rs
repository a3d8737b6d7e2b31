//! RTF being written: what must be escaped is, and it does not grow without end.

use crate::limits;

/// Writes RTF in 7-bit characters.
#[derive(Debug, Default)]
pub(super) struct RtfWriter {
    out: Vec<u8>,
}

impl RtfWriter {
    /// RTF as it stands.
    pub(super) fn control(&mut self, rtf: &str) {
        self.out.extend_from_slice(rtf.as_bytes());
    }

    fn char(&mut self, c: char) {
        match u8::try_from(c) {
            Ok(byte @ (b'\\' | b'{' | b'}')) => self.out.extend([b'\\', byte]),
            Ok(b'\t') => self.control("\\tab "),
            Ok(byte @ b' '..=b'~') => self.out.push(byte),
            Ok(byte @ ..=0x7F) => self.control(&format!("\\'{byte:02x}")),
            // For readers that know no `\uN` there is a `?` (`\uc1`).
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let number = i16::from_le_bytes(unit.to_le_bytes());
                    self.control(&format!("\\u{number}?"));
                }
            }
        }
    }

    /// Text that is shown and is part of the original.
    pub(super) fn text(&mut self, text: &str) {
        for c in text.chars() {
            if self.check().is_none() {
                return;
            }
            self.char(c);
        }
    }

    /// A piece of the original that is not shown. MS-OXRTFEX 2.1.3.1.4
    pub(super) fn tag(&mut self, parameter: u16, source: &str) {
        self.control(&format!("{{\\*\\htmltag{parameter} "));
        let mut rest = source;
        while let Some((line, after)) = rest.split_once("\r\n") {
            self.text(line);
            self.control("\\par ");
            rest = after;
        }
        self.text(rest);
        self.control("}");
    }

    /// Control words that are not part of the original. MS-OXRTFEX 2.1.3.1.3
    pub(super) fn shown(&mut self, words: &str) {
        self.control("\\htmlrtf");
        self.control(words);
        self.control("\\htmlrtf0 ");
    }

    /// Text that is shown, but is not part of the original as it stands.
    pub(super) fn shown_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.control("\\htmlrtf ");
            self.text(text);
            self.control("\\htmlrtf0 ");
        }
    }

    /// `None` once it is too long.
    pub(super) fn check(&self) -> Option<()> {
        (self.out.len() <= limits::RTF_MAX_BYTES).then_some(())
    }

    /// All of it.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        self.check()?;
        Some(self.out)
    }
}
