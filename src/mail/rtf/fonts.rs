//! Code pages in RTF: of the document and of its fonts. Rich Text Format 1.9.1, "Font Table".

use crate::sorted::SortedMap;

/// The code page of RTF that names none.
pub(super) const WINDOWS_1252: u16 = 1252;

/// Code pages by `\fcharsetN`; the default code page where there is none.
const CHARSETS: &[(i32, u16)] = &[
    (0, WINDOWS_1252),
    (77, 10000),
    (128, 932),
    (129, 949),
    (134, 936),
    (136, 950),
    (161, 1253),
    (162, 1254),
    (163, 1258),
    (177, 1255),
    (178, 1256),
    (186, 1257),
    (204, 1251),
    (222, 874),
    (238, 1250),
];

/// Which font has which code page, and which font is the default one.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    /// `\ansicpgN`
    document: Option<u16>,
    /// `\deffN`
    pub(super) default_font: Option<i32>,
    pages: SortedMap<i32, u16>,
}

impl Fonts {
    /// `\ansicpgN`; the first one counts.
    pub(super) fn set_document(&mut self, page: i32) {
        let page = u16::try_from(page).ok().filter(|page| *page != 0);
        self.document = self.document.or(page);
    }

    /// `\mac`, which names a code page like `\ansicpg10000`. `\pc` and `\pca` are pages that no mail
    /// program writes any more.
    pub(super) fn set_mac(&mut self) {
        self.document = self.document.or(Some(10000));
    }

    /// The code page of text in no font, and of encapsulated tags.
    pub(super) fn document(&self) -> u16 {
        self.document.unwrap_or(WINDOWS_1252)
    }

    /// `\fcharsetN` of a font.
    pub(super) fn set_charset(&mut self, font: i32, charset: i32) {
        if let Some((_, page)) = CHARSETS.iter().find(|(number, _)| *number == charset) {
            self.pages.get_or_insert_with(font, || *page);
        }
    }

    /// `\cpgN` of a font, which overrules its character set.
    pub(super) fn set_page(&mut self, font: i32, page: i32) {
        if let Ok(page) = u16::try_from(page) {
            self.pages.insert(font, page);
        }
    }

    /// The code page of text in a font.
    pub(super) fn page(&self, font: Option<i32>) -> u16 {
        let page = font.or(self.default_font).and_then(|font| self.pages.get(&font));
        page.copied().unwrap_or_else(|| self.document())
    }
}
