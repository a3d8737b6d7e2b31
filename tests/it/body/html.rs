//! Plain text as HTML.

use mailstead::mail::html::{decode, from_text, to_body, to_text};
use proptest::prelude::*;

#[test]
fn text_becomes_a_document() {
    let html = from_text("Hi <Ann> & \"Bob\",\r\n\r\n  two  spaces\tx\n", 65001);
    assert!(html.contains("charset=utf-8\""), "{html}");
    let body = html.split_once("<div>").unwrap().1.split_once("</div>").unwrap().0;
    assert_eq!(
        body,
        "Hi &lt;Ann&gt; &amp; &quot;Bob&quot;,<br>\r\n<br>\r\n&nbsp;&nbsp;two &nbsp;spaces&nbsp;&nbsp;&nbsp; x<br>\r\n"
    );
    // Of a code page without a label, none is named.
    assert!(!from_text("x", 12345).contains("charset"));
    assert!(from_text("x", 1251).contains("charset=windows-1251"));
}

#[test]
fn html_bytes_are_read_in_the_right_code_page() {
    let page = |html: &[u8], known| decode(html, known);
    assert_eq!(page(b"\xE4", Some(1251)), ("\u{434}".to_owned(), 1251));
    assert_eq!(page(b"<meta charset=windows-1251>\xE4", None).0, "<meta charset=windows-1251>\u{434}");
    assert_eq!(page(b"<meta charset=windows-1251>\xE4", None).1, 1251);
    assert_eq!(page("\u{E4}".as_bytes(), None), ("\u{E4}".to_owned(), 65001));
    assert_eq!(page(b"\xE4", None), ("\u{E4}".to_owned(), 1252));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_survive_both_ways(words in proptest::collection::vec("[a-z<>&\"\u{FC}\u{20AC}]{1,6}", 1..20)) {
        let html = from_text(&words.join(" "), 65001);
        let text = to_text(&html);
        prop_assert_eq!(text.trim(), words.join(" "));
        prop_assert!(to_body(&html).ends_with("\r\n") || !to_body(&html).contains('\n'));
    }
}
