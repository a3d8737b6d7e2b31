//! What is in RTF, and RTF made of HTML and text. MS-OXRTFEX

use super::data;
use mailstead::mail::rtf::{Content, from_html, from_text, read};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn html(rtf: &str) -> String {
    match read(rtf.as_bytes()) {
        Some(Content::Html(html)) => html,
        other => panic!("{rtf}: {other:?}"),
    }
}

fn text(rtf: &str) -> String {
    match read(rtf.as_bytes()) {
        Some(Content::Text(text)) => text,
        other => panic!("{rtf}: {other:?}"),
    }
}

/// The text of RTF that was made from nothing.
fn own(rtf: &str) -> String {
    match read(rtf.as_bytes()) {
        Some(Content::Rtf(text)) => text,
        other => panic!("{rtf}: {other:?}"),
    }
}

/// A body in a document with fonts in three code pages.
fn in_html(body: &str) -> String {
    html(&format!(
        "{{\\rtf1\\ansi\\ansicpg1251\\fromhtml1 \\deff0{{\\fonttbl{{\\f0\\fswiss Arial;}}\
         {{\\f1\\fnil\\fcharset128 MS Mincho;}}{{\\f2\\fswiss\\fcharset0 Arial;}}{{\\f3\\cpg1253 Greek;}}}}{body}}}"
    ))
}

/// MS-OXRTFEX 3.1
#[test]
fn example_of_the_specification() {
    let Some(Content::Html(html)) = read(&data("encapsulated.rtf")) else { panic!("no HTML") };
    assert_eq!(html, String::from_utf8(data("encapsulated.html")).unwrap());
}

/// MS-OXRTFEX 2.2.3.1, 2.1.3.1.1, 2.1.3.1.2
#[test]
fn what_rtf_was_made_from_is_recognized() {
    assert_eq!(html("{\\rtf1\\ansi\\fromhtml1 x}"), "x");
    assert_eq!(html("\r\n{\\rtf1\\ansi\\fromhtml1 x}"), "x");
    assert_eq!(html("{\\ansi\\fromhtml1 x}"), "x");
    assert_eq!(text("{\\rtf1\\ansi\\fromtext x}"), "x");
    // The tenth token, and the one after it.
    assert_eq!(html("{\\rtf1\\a\\b\\c\\d\\e\\f\\g\\fromhtml1 x}"), "x");
    assert_eq!(own("{\\rtf1\\a\\b\\c\\d\\e\\f\\g\\h\\fromhtml1 x}"), "x");
    for other in [
        "{\\rtf1\\fromhtml x}",
        "{\\rtf1\\fromhtml0 x}",
        "{\\rtf1\\fromhtml2 x}",
        "{\\rtf1\\FROMHTML1 x}",
        "{\\rtf1\\fromtext1 x}",
        "{\\rtf1{}\\fromhtml1 x}",
        "{\\rtf1\\*\\fromhtml1 x}",
    ] {
        assert!(matches!(read(other.as_bytes()), Some(Content::Rtf(_))), "{other}");
    }
    assert_eq!(own(""), "");
    assert_eq!(own("no RTF at all"), "no RTF at all");
}

/// MS-OXRTFEX 2.1.3.1.4, 2.1.3.1.4.2
#[test]
fn tags_come_back_as_they_were() {
    for (rtf, tag) in [
        ("{\\*\\htmltag148 <FONT face=\"symbol\">}", "<FONT face=\"symbol\">"),
        ("{\\*\\htmltag <br>}", "<br>"),
        ("{\\*\\htmltag84<br>}", "<br>"),
        ("{\\*\\htmltag84  <br>}", " <br>"),
        ("{\\*\\htmltag64}", ""),
        ("{\\htmltag64 <p>}", "<p>"),
        ("{\\*\\htmltag0 a\\par b\\tab c}", "a\r\nb\tc"),
        ("{\\*\\htmltag0 \\{\\}\\\\}", "{}\\"),
        ("{\\*\\htmltag0 \\lquote\\rquote\\ldblquote\\rdblquote}", "\u{2018}\u{2019}\u{201C}\u{201D}"),
        ("{\\*\\htmltag0 \\bullet\\endash\\emdash\\~\\_}", "\u{2022}\u{2013}\u{2014}\u{A0}\u{AD}"),
        ("{\\*\\htmltag0 a\\line b\\cell c\\b d}", "abcd"),
        ("{\\*\\htmltag0 \\'cf\\u8364?\\u-10179?\\u-8694?}", "\u{41F}\u{20AC}\u{1F60A}"),
        // A tag is in the code page of the document, whatever the font.
        ("\\f1{\\*\\htmltag0 \\'cf}", "\u{41F}"),
        ("{\\*\\htmltag0 <a>{\\b <b>}}", "<a><b>"),
        ("{\\*\\mhtmltag84 <a href=\"other\">}{\\*\\htmltag84 <a href=\"here\">}", "<a href=\"here\">"),
    ] {
        assert_eq!(in_html(rtf), tag, "{rtf}");
    }
}

/// MS-OXRTFEX 2.1.3.1.3, 2.2.3.2
#[test]
fn what_is_only_rtf_is_left_out() {
    assert_eq!(in_html("a\\htmlrtf b\\htmlrtf0 c\\htmlrtf1 d\\htmlrtf0 e"), "ace");
    // The state goes into groups and comes back at their end.
    assert_eq!(in_html("{\\htmlrtf hidden}shown"), "shown");
    assert_eq!(in_html("\\htmlrtf{\\htmlrtf0 shown}hidden\\htmlrtf0 shown"), "shownshown");
    // Fonts count also there.
    assert_eq!(in_html("\\htmlrtf\\f1\\htmlrtf0 \\'82\\'a0"), "\u{3042}");
    for rtf in [
        "{\\colortbl;\\red0\\green0;}",
        "{\\stylesheet{\\s0 Normal;}}",
        "{\\info{\\title Secret}}",
        "{\\pict\\pngblip 8950}",
        "{\\pict\\pngblip\\bin4 {}{}}",
        "{\\*\\generator Writer;}",
        "{\\*\\unknown{\\b x}\\u8364?}",
        "{\\*{\\b x}}",
        "{\\*\\htmlbase x}",
    ] {
        assert_eq!(in_html(&format!("a{rtf}b")), "ab", "{rtf}");
    }
}

/// Text outside tags is text: it does not become markup.
#[test]
fn text_is_no_markup() {
    assert_eq!(in_html("a<b>&\\'3c\\u60?"), "a&lt;b&gt;&amp;&lt;&lt;");
    assert_eq!(in_html("a\\par b\\line c\\tab d"), "a\r\nb\r\nc\td");
}

/// Rich Text Format 1.9.1, "Unicode RTF", "Font Table"
#[test]
fn characters_beyond_ascii() {
    for (rtf, expected) in [
        ("\\'cf", "\u{41F}"),
        ("{\\f2\\'e4}\\'e4", "\u{E4}\u{434}"),
        ("{\\f3\\'e1}", "\u{3B1}"),
        ("{\\f9\\'e4}", "\u{434}"),
        ("\\f2\\plain\\'e4", "\u{434}"),
        // Two bytes: escaped, half escaped, and with other things in between.
        ("{\\f1\\'82\\'a0}", "\u{3042}"),
        ("{\\f1\\'83A}", "\u{30A2}"),
        ("{\\f1\\'82\r\n\\'a0}", "\u{3042}"),
        ("\\u8364?x", "\u{20AC}x"),
        ("\\u8364 ?x", "\u{20AC}x"),
        ("\\u-10179?\\u-8694?x", "\u{1F60A}x"),
        ("\\u-10179\\u-8694 x", "\u{1F60A}"),
        ("\\u55357?\\u56842?x", "\u{1F60A}x"),
        ("\\u128522?x", "\u{1F60A}x"),
        ("\\u-10179?x", "\u{FFFD}x"),
        ("\\u-8694?x", "\u{FFFD}x"),
        ("\\uc0\\u8364x", "\u{20AC}x"),
        ("\\uc2\\u12354\\'82\\'a0x", "\u{3042}x"),
        ("{\\uc2\\u8364??x}\\u8364?x", "\u{20AC}x\u{20AC}x"),
        ("\\uc3\\u8364 a\\b\\{x", "\u{20AC}x"),
        ("{\\uc9\\u8364?}x", "\u{20AC}x"),
        ("\\u8364\\bin3 {{{x", "\u{20AC}x"),
        ("\\u99999999?x", "\u{FFFD}x"),
        ("\\u-99999999?x", "\u{FFFD}x"),
    ] {
        assert_eq!(in_html(rtf), expected, "{rtf}");
    }
}

/// MS-OXRTFEX 2.2.3.3
#[test]
fn plain_text_comes_back() {
    let rtf = "{\\rtf1\\ansi\\ansicpg1252\\fromtext{\\fonttbl{\\f0 Arial;}}\r\n\
               \\pard Gr\\'fc\\'dfe\\{\\}\\par\r\nb\\line c\\tab d \\b bold\\b0\\lquote x\\par}";
    assert_eq!(text(rtf), "Gr\u{FC}\u{DF}e{}\r\nb\r\nc\td bold\u{2018}x\r\n");
    // Not special here.
    assert_eq!(text("{\\rtf1\\fromtext a<b>&}"), "a<b>&");
}

#[test]
fn text_of_other_rtf_is_read() {
    let rtf = "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0\\fnil Calibri;}}{\\*\\generator Riched20;}\r\n\
               \\pard One\\par Two\\row a\\cell b\\cell\\row{\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt link}}}";
    assert_eq!(own(rtf), "One\r\nTwo\r\na\tb\t\r\nlink");
}

fn back(html: &str) -> String {
    match read(&from_html(html).unwrap()) {
        Some(Content::Html(back)) => back,
        other => panic!("{other:?}"),
    }
}

/// Documents of every kind of disorder.
const DOCUMENTS: &[&str] = &[
    "",
    "text only",
    "  a  b \r\n c\t\td \n e \r f  ",
    "<p>One<p>Two &amp; three &euro; &#8364; &x; & &amp",
    "<!DOCTYPE html>\r\n<html><head><title>T &amp; {t}</title><style>p { color: \\red }</style>\r\n</head>\
     <body lang=\"de\">\r\n<p>Gr\u{FC}\u{DF}e \u{1F600} \u{2014}</p>\r\n<ul><li>a<li>b</ul>\r\n</body></html>\r\n",
    "<script>if (a < b && c > d) { alert('</p>') }</script>x",
    "<style>never ended { }",
    "a < b > c << d <",
    "<a href=\"a>b\">x</a> <a href='never closed>y",
    "<a href=\"never closed>y<b \">z",
    "<!-- comment -- > --> <!-- never ended",
    "<?xml version='1.0'?><o:p>&nbsp;</o:p><b><i>x</b></i>",
    "\u{0}\u{1}\u{7f}\u{80}\u{a0}\u{feff}\u{fffd}\u{10ffff}",
    "</html></body></head>tail<head>x</head>y<body>z",
    "<pre>  two\r\n    four\r\n</pre>",
    "{\\rtf1\\fromhtml1 {\\*\\htmltag <b>}}",
];

#[test]
fn html_comes_back_character_for_character() {
    for document in DOCUMENTS {
        assert_eq!(back(document), *document);
    }
}

/// The other half: what readers show that know nothing of this.
#[test]
fn html_is_shown_as_text() {
    let shown = |html: &str| {
        let rtf = String::from_utf8(from_html(html).unwrap()).unwrap();
        own(&rtf.replace("\\fromhtml1 ", ""))
    };
    assert_eq!(
        shown(
            "<html><head><title>T</title>\r\n<style>p {}</style></head>\r\n<body>\r\n<p>One\r\n two</p>\r\n<p>Three</p></body></html>"
        ),
        "One two\r\nThree\r\n"
    );
    assert_eq!(shown("a &lt;b&gt; &amp; &euro;&nbsp;1<br>c"), "a <b> & \u{20AC}\u{A0}1\r\nc");
    assert_eq!(shown("<table><tr><td>a</td><td>b</td></tr></table>"), "a\tb\t\r\n");
}

#[test]
fn encapsulated_html_is_7_bit_and_begins_as_it_must() {
    let rtf = String::from_utf8(from_html("<p>\u{FC} \u{1F600}</p>").unwrap()).unwrap();
    assert!(rtf.is_ascii());
    assert!(rtf.starts_with("{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 "), "{rtf}");
    // MS-OXRTFEX 2.1.4.1: before any text.
    assert!(rtf.find("{\\*\\htmltag64}").unwrap() < rtf.find("\\u252?").unwrap(), "{rtf}");
    assert!(rtf.contains("\\u-10179?\\u-8704?"), "{rtf}");
}

#[test]
fn text_comes_back_with_its_lines() {
    for (before, after) in [
        ("", ""),
        ("one\r\ntwo\r\n\r\n", "one\r\ntwo\r\n\r\n"),
        ("one\ntwo", "one\r\ntwo"),
        ("{\\rtf1} \\par \t  x ", "{\\rtf1} \\par \t  x "),
        ("\u{FC}\u{20AC}\u{1F600}\u{1}", "\u{FC}\u{20AC}\u{1F600}\u{1}"),
    ] {
        let rtf = String::from_utf8(from_text(before).unwrap()).unwrap();
        assert_eq!(text(&rtf), after);
    }
}

#[test]
fn growth_and_depth_have_an_end() {
    // Forty bytes for one.
    assert_eq!(from_html(&"&".repeat(2 << 20)), None);
    assert_eq!(from_text(&"\u{FC}".repeat(8 << 20)), None);
    let deep = |depth: usize| format!("{{\\rtf1\\fromhtml1 {}x", "{".repeat(depth));
    assert_eq!(html(&deep(1000)), "x");
    assert_eq!(read(deep(2000).as_bytes()), None);
    assert_eq!(own(&"}".repeat(5000)), "");
    assert_eq!(own("{\\rtf1\\bin999999999999 x}"), "");
    assert_eq!(own("{\\rtf1\\bin-5 x}"), "x");
}

#[test]
fn conversions_cost_by_length() {
    const LEN: usize = 1 << 20;
    for pattern in
        ["{", "{}", "\\", "\\u1", "\\'", "\\'82", "{\\*", "{\\f1", "\\uc99999999\\u1 ", "x", "<!--{\\htmlrtf "]
    {
        let rtf = format!("{{\\rtf1\\fromhtml1 {}", pattern.repeat(LEN / pattern.len()));
        let started = Instant::now();
        let _ = read(rtf.as_bytes());
        assert!(started.elapsed() < Duration::from_secs(10), "{pattern}: {:?}", started.elapsed());
    }
    for pattern in ["<", "<a", "<a ", "<a \"", "<a '>", "</", "<!--", "<!", "<style>", "</style", "  \n", "& ", "x "] {
        let html = pattern.repeat(LEN / pattern.len());
        let started = Instant::now();
        let _ = from_html(&html);
        assert!(started.elapsed() < Duration::from_secs(10), "{pattern}: {:?}", started.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(rtf in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = read(&rtf);
    }

    #[test]
    fn any_rtf_is_read(tokens in proptest::collection::vec(
        prop_oneof![
            Just("{"), Just("}"), Just("{\\*"), Just("\\htmltag84 "), Just("\\htmlrtf "), Just("\\htmlrtf0 "),
            Just("\\u-10179?"), Just("\\u8364"), Just("\\uc2 "), Just("\\'82"), Just("\\f1 "), Just("{\\fonttbl"),
            Just("\\fcharset128 "), Just("\\bin3 "), Just("<b>"), Just("\\par "), Just("\\"), Just("\\ansicpg932 "),
        ], 0..200))
    {
        let _ = read(format!("{{\\rtf1\\fromhtml1 {}", tokens.concat()).as_bytes());
        let _ = read(format!("{{\\rtf1\\fromtext {}", tokens.concat()).as_bytes());
        let _ = read(tokens.concat().as_bytes());
    }

    #[test]
    fn every_document_comes_back(html in any::<String>()) {
        prop_assert_eq!(back(&html), html);
    }

    #[test]
    fn every_disorder_comes_back(pieces in proptest::collection::vec(
        prop_oneof![
            Just("<p>"), Just("</p>"), Just("<br>"), Just("<style>"), Just("</style>"), Just("<!--"), Just("-->"),
            Just("<a href=\""), Just("\">"), Just("'"), Just(" "), Just("\r\n"), Just("\n"), Just("\t"), Just("&"),
            Just("&amp;"), Just("<"), Just(">"), Just("text"), Just("<body>"), Just("</body>"), Just("<head>"),
            Just("</head>"), Just("{"), Just("\\"), Just("\u{1F600}"), Just("<title>"), Just("<b>"), Just("<li>"),
        ], 0..60))
    {
        let html = pieces.concat();
        prop_assert_eq!(back(&html), html);
    }

    #[test]
    fn every_text_comes_back(before in any::<String>()) {
        let rtf = String::from_utf8(from_text(&before).unwrap()).unwrap();
        let lines: Vec<&str> = before.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        prop_assert_eq!(text(&rtf), lines.join("\r\n"));
    }
}

/// Every prefix of what real writers write.
#[test]
fn cut_off_rtf_is_read() {
    let whole = data("encapsulated.rtf");
    for len in 0..whole.len() {
        let _ = read(&whole[..len]);
    }
}
