//! HTML in pieces: tags, text, and what is neither. HTML 4.01, section 3.
//!
//! Only as much of HTML as is needed to say which bytes are text. All pieces together are the
//! document again, whatever it is; each byte is looked at a bounded number of times.

/// A piece of an HTML document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What is shown, with character references.
    Text(&'a str),
    /// A tag: its name as written, whether it ends an element, and all of it.
    Tag { name: &'a str, ends: bool, source: &'a str },
    /// Comments, declarations, the contents of scripts and style sheets.
    Hidden(&'a str),
}

/// Elements whose contents are no markup, or not shown in the text.
const OPAQUE: &[&str] = &["script", "style", "textarea", "title", "xmp"];

/// Reads pieces.
#[derive(Debug, Clone)]
pub(super) struct Pieces<'a> {
    rest: &'a str,
    /// The opaque element that the rest is in.
    inside: Option<&'a str>,
    /// A quote in a tag was not closed: from here on quotes are ignored, so that no second one is
    /// looked for in vain.
    quotes_broken: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html, inside: None, quotes_broken: false }
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Up to and with `end`, or all.
    fn through(&mut self, end: &str) -> &'a str {
        let len = self.rest.find(end).map_or(self.rest.len(), |at| at.saturating_add(end.len()));
        self.take(len)
    }

    /// Bytes of the tag that the rest begins with.
    fn tag_len(&mut self) -> usize {
        let mut quote = None;
        let mut first_end = None;
        for (at, byte) in self.rest.bytes().enumerate() {
            match (quote, byte) {
                (_, b'>') if quote.is_none() || self.quotes_broken => return at.saturating_add(1),
                (Some(open), _) if open == byte => quote = None,
                (Some(_), b'>') => first_end = first_end.or_else(|| Some(at.saturating_add(1))),
                (None, b'"' | b'\'') => quote = Some(byte),
                _ => {}
            }
        }
        self.quotes_broken = true;
        first_end.unwrap_or(self.rest.len())
    }

    /// A tag, if the rest begins with one.
    fn tag(&mut self) -> Option<Piece<'a>> {
        let after = self.rest.strip_prefix('<')?;
        let (ends, after) = after.strip_prefix('/').map_or((false, after), |after| (true, after));
        if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let len = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(after.len());
        let name = after.get(..len).unwrap_or_default();
        let len = self.tag_len();
        let source = self.take(len);
        if !ends {
            self.inside = OPAQUE.iter().any(|opaque| opaque.eq_ignore_ascii_case(name)).then_some(name);
        }
        Some(Piece::Tag { name, ends, source })
    }

    /// The contents of an opaque element, up to its end tag.
    fn opaque(&mut self, element: &str) -> &'a str {
        let is_end = |at: usize| {
            let name = self.rest.get(at.saturating_add(2)..)?.get(..element.len())?;
            name.eq_ignore_ascii_case(element).then_some(at)
        };
        let end = self.rest.match_indices("</").find_map(|(at, _)| is_end(at)).unwrap_or(self.rest.len());
        self.take(end)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(element) = self.inside.take() {
            let hidden = self.opaque(element);
            if !hidden.is_empty() {
                return Some(Piece::Hidden(hidden));
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.starts_with("<!--") {
            return Some(Piece::Hidden(self.through("-->")));
        }
        if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
            return Some(Piece::Hidden(self.through(">")));
        }
        if let Some(tag) = self.tag() {
            return Some(tag);
        }
        // A lone `<` is text.
        let start = usize::from(self.rest.starts_with('<'));
        let more = self.rest.get(start..).unwrap_or_default();
        let len = more.find('<').map_or(self.rest.len(), |at| at.saturating_add(start));
        Some(Piece::Text(self.take(len)))
    }
}
