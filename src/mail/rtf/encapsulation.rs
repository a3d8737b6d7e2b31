//! What RTF says: the HTML or the text it was made from, or else its own text. MS-OXRTFEX 2.2.
//!
//! One pass over the tokens. Formatting, pictures and objects are not looked at; where attachments
//! stand in the text (`\objattph`, MS-OXRTFEX 2.1.3.1.8) is lost.

use super::fonts::Fonts;
use super::output::Output;
use super::tokens::{Token, Tokens};
use crate::limits;

/// What RTF was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// HTML, as it was before.
    Html(String),
    /// Plain text, as it was before.
    Text(String),
    /// Nothing: this is the text that the RTF shows.
    Rtf(String),
}

/// Which of them. MS-OXRTFEX 2.2.3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Html,
    Text,
    Rtf,
}

/// What the text of a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    /// Shown.
    Body,
    /// A piece of the original HTML. MS-OXRTFEX 2.1.3.1.4
    HtmlTag,
    /// Names of fonts, with their character sets.
    FontTable,
    /// Something else that is not text.
    Skipped,
}

/// Groups that show no text, although their words come without `\*`. MS-OXRTFEX 2.2.3.2;
/// `mhtmltag` repeats an `htmltag` with other links (2.1.3.1.5).
const SKIPPED: &[&[u8]] = &[
    b"colortbl",
    b"filetbl",
    b"footer",
    b"footerf",
    b"footerl",
    b"footerr",
    b"header",
    b"headerf",
    b"headerl",
    b"headerr",
    b"info",
    b"listoverridetable",
    b"listtable",
    b"mhtmltag",
    b"pict",
    b"revtbl",
    b"rsidtbl",
    b"stylesheet",
    b"tc",
    b"xe",
];

/// Words that are characters. MS-OXRTFEX 2.1.3.1.4.2, Rich Text Format 1.9.1 "Special Characters"
const CHARACTERS: &[(&[u8], char)] = &[
    (b"bullet", '\u{2022}'),
    (b"emdash", '\u{2014}'),
    (b"emspace", '\u{2003}'),
    (b"endash", '\u{2013}'),
    (b"enspace", '\u{2002}'),
    (b"ldblquote", '\u{201C}'),
    (b"lquote", '\u{2018}'),
    (b"rdblquote", '\u{201D}'),
    (b"rquote", '\u{2019}'),
    (b"zwj", '\u{200D}'),
    (b"zwnj", '\u{200C}'),
];

/// What a group begins with and gets back when a group inside it ends.
#[derive(Debug, Clone, Copy)]
struct Group {
    destination: Destination,
    /// `\fN`
    font: Option<i32>,
    /// `\ucN`: characters that stand for a `\uN` in older readers.
    fallback: usize,
    /// `\htmlrtf`: not part of the original. Restored at the end of a group. MS-OXRTFEX 2.1.3.1.3
    rtf_only: bool,
    /// No token of the group was read yet.
    begins: bool,
    /// It began with `\*`: to be skipped by whoever does not know its word.
    ignorable: bool,
}

/// What RTF was made from, and that. `None` if groups are nested deeper than
/// [`limits::RTF_GROUPS_MAX`] or the text is longer than [`limits::RTF_MAX_BYTES`].
#[must_use]
pub fn read(rtf: &[u8]) -> Option<Content> {
    let kind = recognize(rtf);
    let mut reader = Reader::new(kind);
    for token in Tokens::new(rtf) {
        reader.token(token)?;
    }
    let text = reader.output.finish();
    Some(match kind {
        Kind::Html => Content::Html(text),
        Kind::Text => Content::Text(text),
        Kind::Rtf => Content::Rtf(text),
    })
}

/// Looks for \fromhtml1 and \fromtext among the first 10 tokens, which must be opening braces and
/// words. A missing `{\rtf1` does not matter to Outlook and Exchange. MS-OXRTFEX 2.2.3.1 and note 13
fn recognize(rtf: &[u8]) -> Kind {
    const TOKENS_MAX: usize = 10;
    for token in Tokens::new(rtf).take(TOKENS_MAX) {
        match token {
            Token::Word(b"fromhtml", Some(1)) => return Kind::Html,
            Token::Word(b"fromtext", None) => return Kind::Text,
            Token::Open | Token::Word(..) => {}
            Token::Text(text) if text.iter().all(|byte| *byte == b' ') => {}
            _ => break,
        }
    }
    Kind::Rtf
}

struct Reader {
    kind: Kind,
    group: Group,
    outer: Vec<Group>,
    fonts: Fonts,
    /// The font whose entry in the font table is being read.
    table_font: i32,
    /// Characters still to be left out after a `\uN`.
    skip: usize,
    output: Output,
}

impl Reader {
    fn new(kind: Kind) -> Self {
        let group = Group {
            destination: Destination::Body,
            font: None,
            fallback: 1,
            rtf_only: false,
            begins: false,
            ignorable: false,
        };
        let (outer, fonts) = (Vec::new(), Fonts::default());
        Self { kind, group, outer, fonts, table_font: 0, skip: 0, output: Output::default() }
    }

    /// `None` ends the reading.
    fn token(&mut self, token: Token<'_>) -> Option<()> {
        match token {
            Token::Symbol(b'*') if self.group.begins => {
                self.group.ignorable = true;
                return Some(());
            }
            Token::Word(..) => {}
            _ => self.begun(),
        }
        match token {
            Token::Open => {
                if self.outer.len() >= limits::RTF_GROUPS_MAX {
                    return None;
                }
                self.outer.push(self.group);
                self.group.begins = true;
                self.group.ignorable = false;
                self.skip = 0;
            }
            Token::Close => {
                self.group = self.outer.pop().unwrap_or(self.group);
                self.skip = 0;
            }
            Token::Word(name, number) => {
                let named = std::mem::take(&mut self.group.begins) && self.destination(name);
                if !named {
                    self.word(name, number);
                }
            }
            Token::Symbol(symbol) => {
                if !self.left_out() && self.is_text() {
                    self.symbol(symbol);
                }
            }
            Token::Hex(byte) => {
                if !self.left_out() {
                    self.bytes(&[byte]);
                }
            }
            Token::Text(text) => {
                let skip = self.skip.min(text.len());
                self.skip = self.skip.saturating_sub(skip);
                self.bytes(text.get(skip..).unwrap_or_default());
            }
            Token::Binary => {
                self.left_out();
            }
        }
        (self.output.len() <= limits::RTF_MAX_BYTES).then_some(())
    }

    /// A group that starts with `\*` and then with anything but a word is to be skipped too.
    fn begun(&mut self) {
        if std::mem::take(&mut self.group.begins) && self.group.ignorable {
            self.group.destination = Destination::Skipped;
        }
    }

    /// The first word of a group: true if it says what the group is.
    fn destination(&mut self, name: &[u8]) -> bool {
        let known = match name {
            _ if self.group.destination == Destination::Skipped => return true,
            b"htmltag" if self.kind == Kind::Html => Destination::HtmlTag,
            b"fonttbl" => Destination::FontTable,
            _ if self.group.ignorable || SKIPPED.contains(&name) => Destination::Skipped,
            _ => return false,
        };
        self.group.destination = known;
        true
    }

    /// Takes one character from those that a `\uN` replaces.
    fn left_out(&mut self) -> bool {
        let is = self.skip > 0;
        self.skip = self.skip.saturating_sub(1);
        is
    }

    fn is_text(&self) -> bool {
        matches!(self.group.destination, Destination::Body | Destination::HtmlTag)
            && !(self.group.rtf_only && self.kind == Kind::Html)
    }

    /// `<` in text that an HTML document is made of is that character, not a tag: those are in
    /// groups of their own.
    fn escapes(&self) -> bool {
        self.kind == Kind::Html && self.group.destination == Destination::Body
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.is_text() {
            let page = match self.group.destination {
                Destination::HtmlTag => self.fonts.document(),
                _ => self.fonts.page(self.group.font),
            };
            let escape = self.escapes();
            self.output.bytes(bytes, page, escape);
        }
    }

    fn char(&mut self, c: char) {
        let escape = self.escapes();
        self.output.char(c, escape);
    }

    /// A word: first what it changes, also where nothing is shown, then what it shows.
    fn word(&mut self, name: &[u8], number: Option<i32>) {
        match (name, number) {
            (b"ansicpg", Some(page)) => self.fonts.set_document(page),
            (b"mac", _) => self.fonts.set_mac(),
            (b"deff", Some(font)) => self.fonts.default_font = Some(font),
            (b"f", Some(font)) if self.group.destination == Destination::FontTable => self.table_font = font,
            (b"f", font) => self.group.font = font,
            (b"plain", _) => self.group.font = None,
            (b"fcharset", Some(charset)) if self.group.destination == Destination::FontTable => {
                self.fonts.set_charset(self.table_font, charset);
            }
            (b"cpg", Some(page)) if self.group.destination == Destination::FontTable => {
                self.fonts.set_page(self.table_font, page);
            }
            (b"uc", Some(count)) => self.group.fallback = usize::try_from(count).unwrap_or(0),
            (b"htmlrtf", number) => self.group.rtf_only = number != Some(0),
            (b"u", Some(number)) => {
                self.unicode(number);
                return;
            }
            _ => {}
        }
        if !self.left_out() && self.is_text() {
            self.shown(name);
        }
    }

    /// `\uN`: a UTF-16 unit, negative above 7FFF. It ends what the one before it left out: halves of
    /// a pair often come without a character for older readers between them.
    fn unicode(&mut self, number: i32) {
        self.skip = self.group.fallback;
        if self.is_text() {
            let unit = if number < 0 { number.saturating_add(0x1_0000) } else { number };
            let escape = self.escapes();
            self.output.unit(u32::try_from(unit).unwrap_or(0xFFFD), escape);
        }
    }

    fn shown(&mut self, name: &[u8]) {
        if let Some((_, c)) = CHARACTERS.iter().find(|(word, _)| *word == name) {
            self.char(*c);
            return;
        }
        match name {
            b"par" => self.output.text("\r\n"),
            b"tab" => self.output.text("\t"),
            b"line" if self.group.destination == Destination::Body => self.output.text("\r\n"),
            b"sect" | b"page" | b"row" if self.kind == Kind::Rtf => self.output.text("\r\n"),
            b"cell" if self.kind == Kind::Rtf => self.output.text("\t"),
            _ => {}
        }
    }

    fn symbol(&mut self, symbol: u8) {
        let in_tag = self.group.destination == Destination::HtmlTag;
        match symbol {
            b'{' | b'}' | b'\\' => self.bytes(&[symbol]),
            b'~' => self.char('\u{A0}'),
            // MS-OXRTFEX 2.1.3.1.4.2 has the soft hyphen here, Rich Text Format the hard one.
            b'_' => self.char(if in_tag { '\u{AD}' } else { '\u{2011}' }),
            b'-' => self.char('\u{AD}'),
            _ => {}
        }
    }
}
