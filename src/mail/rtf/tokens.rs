//! RTF as tokens. Rich Text Format 1.9.1, "RTF Syntax".
//!
//! Whatever the bytes are, they are some tokens; each byte is looked at once. Bare line ends and
//! zeros mean nothing in RTF and are left out.

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\name` with its number, if it has one.
    Word(&'a [u8], Option<i32>),
    /// `\` and a character that is no letter.
    Symbol(u8),
    /// `\'hh`: a byte in the code page of the place.
    Hex(u8),
    /// Bytes in the code page of the place.
    Text(&'a [u8]),
    /// `\binN` with its bytes, which are never text.
    Binary,
}

/// Reads tokens.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(rtf: &'a [u8]) -> Self {
        Self { rest: rtf }
    }

    /// Takes the bytes for which `test` holds.
    fn take_while(&mut self, test: impl Fn(u8) -> bool) -> &'a [u8] {
        let len = self.rest.iter().take_while(|byte| test(**byte)).count();
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn take_byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn take_if(&mut self, wanted: u8) -> bool {
        let is = self.rest.first() == Some(&wanted);
        if is {
            self.take_byte();
        }
        is
    }

    /// After the backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.first()?;
        if first.is_ascii_alphabetic() {
            return Some(self.word());
        }
        self.take_byte();
        match first {
            b'\'' => {
                let mut rest = self.rest.iter().copied().map(digit);
                let (Some(Some(high)), Some(Some(low))) = (rest.next(), rest.next()) else {
                    return Some(Token::Symbol(first));
                };
                self.rest = self.rest.get(2..).unwrap_or_default();
                Some(Token::Hex(high << 4 | low))
            }
            b'\r' | b'\n' => Some(Token::Word(b"par", None)),
            b'\t' => Some(Token::Word(b"tab", None)),
            other => Some(Token::Symbol(other)),
        }
    }

    fn word(&mut self) -> Token<'a> {
        let name = self.take_while(|byte| byte.is_ascii_alphabetic());
        let signed = match self.rest {
            [b'-', next, ..] if next.is_ascii_digit() => self.take_if(b'-'),
            _ => false,
        };
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        self.take_if(b' ');
        let number = digits
            .iter()
            .fold(0_i32, |n, byte| n.saturating_mul(10).saturating_add(i32::from(byte.wrapping_sub(b'0'))));
        let number = if signed { number.saturating_neg() } else { number };
        if name == b"bin" {
            let len = usize::try_from(number).unwrap_or(0);
            self.rest = self.rest.get(len..).unwrap_or_default();
            return Token::Binary;
        }
        Token::Word(name, (!digits.is_empty()).then_some(number))
    }
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.take_while(|byte| matches!(byte, b'\r' | b'\n' | 0));
        match *self.rest.first()? {
            b'{' => self.take_byte().map(|_| Token::Open),
            b'}' => self.take_byte().map(|_| Token::Close),
            b'\\' => {
                self.take_byte();
                self.control()
            }
            _ => Some(Token::Text(self.take_while(|byte| !matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0)))),
        }
    }
}
