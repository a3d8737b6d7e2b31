//! The forms of an open message's body. MS-OXCMSG 3.2.4.1, MS-OXBBODY 2.1.3.1

use super::engine::Client;
use super::{data, hex};
use mailstead::limits;
use mailstead::mail::rtf;
use mailstead::mapi::{Cell, ErrorCode, PropertyTag, PropertyType, Value};
use std::time::{Duration, Instant};

const BODY: PropertyTag = PropertyTag::PidTagBody;
const HTML: PropertyTag = PropertyTag::PidTagHtml;
const BODY_HTML: PropertyTag = PropertyTag::PidTagBodyHtml;
const RTF: PropertyTag = PropertyTag::PidTagRtfCompressed;
const IN_SYNC: PropertyTag = PropertyTag::PidTagRtfInSync;
const NATIVE: PropertyTag = PropertyTag::PidTagNativeBody;
const PAGE: PropertyTag = PropertyTag::PidTagInternetCodepage;
const MISSING: Cell = Err(ErrorCode::NotFound);

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn binary(bytes: &[u8]) -> Value {
    Value::Binary(bytes.to_vec())
}

fn text_of(cell: Cell) -> String {
    match cell {
        Ok(Value::String(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn bytes_of(cell: Cell) -> Vec<u8> {
    match cell {
        Ok(Value::Binary(bytes)) => bytes,
        other => panic!("{other:?}"),
    }
}

fn rtf_of(cell: Cell) -> Vec<u8> {
    rtf::decode(&bytes_of(cell)).unwrap()
}

/// A message without a body has none in any form.
#[test]
fn no_body_is_none() {
    let mut client = Client::new();
    let message = client.create();
    let tags = [BODY, HTML, BODY_HTML, RTF, IN_SYNC, NATIVE, PAGE];
    assert!(client.get(message, &tags).iter().all(|cell| *cell == MISSING));
    assert_eq!(client.read_stream(message, HTML), Err(ErrorCode::NotFound));
    assert!(!client.list(message).iter().any(|tag| tags.contains(tag)));
}

/// MS-OXCMSG R1463, MS-OXCMSG R1464
#[test]
fn html_is_read_as_text_and_rtf() {
    let html = b"<html><head><style>p {}</style></head><body><p>Gr\xFC\xDFe</p><p>&amp; Co</p></body></html>";
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(PAGE, Value::Integer32(1252)), (HTML, binary(html))]);
    for saved in [false, true] {
        let message = if saved {
            let id = client.save(message);
            client.open(id)
        } else {
            message
        };
        assert_eq!(client.one(message, BODY), Ok(string("Gr\u{FC}\u{DF}e\r\n& Co\r\n")));
        assert_eq!(client.one(message, HTML), Ok(binary(html)));
        assert!(text_of(client.one(message, BODY_HTML)).contains("<p>Gr\u{FC}\u{DF}e</p>"));
        let rtf = rtf_of(client.one(message, RTF));
        assert!(rtf.starts_with(b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 "));
        let rest = client.get(message, &[IN_SYNC, NATIVE, PAGE]);
        assert_eq!(rest, [Ok(Value::Boolean(false)), Ok(Value::Integer32(3)), Ok(Value::Integer32(1252))]);
        // 8-bit, in the code page of the session.
        let body8 = PropertyTag::new(BODY.id(), PropertyType::String8);
        assert_eq!(client.one(message, body8), Ok(Value::String8(b"Gr\xFC\xDFe\r\n& Co\r\n".to_vec())));
    }
}

#[test]
fn html_comes_back_out_of_rtf() {
    let mut client = Client::new();
    for (page, html) in [
        (65001, "<p>Gr\u{FC}\u{DF}e {\\} \u{1F600}</p>\n".as_bytes()),
        (1251, b"<html>\r\n<body>\xCF\xF0\xE8\xE2\xE5\xF2\t<br>\r\n</body></html>".as_slice()),
        (932, b"<b>\x83A\x82\xA0</b>".as_slice()),
    ] {
        let one = client.create();
        client.set(one, &[(HTML, binary(html)), (PAGE, Value::Integer32(page))]);
        let rtf = client.one(one, RTF).unwrap();
        let two = client.create();
        client.set(two, &[(RTF, rtf), (PAGE, Value::Integer32(page))]);
        assert_eq!(client.one(two, HTML), Ok(binary(html)), "code page {page}");
        let rest = client.get(two, &[IN_SYNC, NATIVE]);
        assert_eq!(rest, [Ok(Value::Boolean(true)), Ok(Value::Integer32(2))]);
    }
}

/// The example of MS-OXRTFEX 3.1, uncompressed.
#[test]
fn rtf_with_html_is_read_as_html_and_text() {
    let rtf = data("encapsulated.rtf");
    let size = u32::try_from(rtf.len()).unwrap();
    let mut mela = [size + 12, size, 0x414C_454D, 0].map(u32::to_le_bytes).concat();
    mela.extend(rtf);
    let mut client = Client::new();
    let message = client.create();
    client.write_stream(message, RTF, &mela);
    assert_eq!(client.one(message, HTML), Ok(binary(&data("encapsulated.html"))));
    assert_eq!(client.read_stream(message, HTML), Ok(data("encapsulated.html")));
    let body = text_of(client.one(message, BODY));
    assert!(body.starts_with("Note the line break inside a P tag. This is a bold text\r\n"), "{body}");
    assert_eq!(client.read_stream(message, RTF), Ok(mela));
}

/// The example of MS-OXRTFCP 3.1.1: RTF made from nothing. MS-OXCMSG R2066, MS-OXCMSG R2068
#[test]
fn rtf_is_read_as_text_and_html() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(RTF, binary(&hex("simple.hex")))]);
    assert_eq!(client.one(message, BODY), Ok(string("hello world")));
    assert!(text_of(client.one(message, BODY_HTML)).contains("<div>hello world</div>"));
    assert_eq!(client.one(message, PAGE), Ok(Value::Integer32(65001)));
    // Damaged: there as it is, and nothing can be made of it.
    let mut bad = hex("simple.hex");
    bad[20] ^= 1;
    client.set(message, &[(RTF, binary(&bad))]);
    assert_eq!(client.get(message, &[BODY, HTML, RTF]), [MISSING, MISSING, Ok(binary(&bad))]);
}

#[test]
fn text_is_read_as_html_and_rtf() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(BODY, string("1 < 2\r\n\u{1F600}"))]);
    let html = String::from_utf8(bytes_of(client.one(message, HTML))).unwrap();
    assert!(html.contains("charset=utf-8") && html.contains("<div>1 &lt; 2<br>\r\n\u{1F600}</div>"), "{html}");
    assert_eq!(client.one(message, PAGE), Ok(Value::Integer32(65001)));
    let rtf = rtf_of(client.one(message, RTF));
    assert_eq!(rtf::read(&rtf), Some(rtf::Content::Text("1 < 2\r\n\u{1F600}".to_owned())));
    assert_eq!(client.get(message, &[NATIVE, IN_SYNC]), [Ok(Value::Integer32(1)), Ok(Value::Boolean(false))]);
    // HTML in a code page that lacks a character names it.
    client.set(message, &[(PAGE, Value::Integer32(1252))]);
    let html = String::from_utf8(bytes_of(client.one(message, HTML))).unwrap();
    assert!(html.contains("charset=windows-1252") && html.contains("&#128512;"), "{html}");
}

/// What was there before says something else.
#[test]
fn a_form_that_is_written_takes_the_others_away() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(HTML, binary(b"<p>old</p>")), (BODY, string("old")), (NATIVE, Value::Integer32(3))]);
    let id = client.save(message);
    // On the same handle, and on another.
    for message in [message, client.open(id)] {
        client.set(message, &[(BODY, string("new"))]);
        assert_eq!(client.get(message, &[BODY, NATIVE]), [Ok(string("new")), Ok(Value::Integer32(1))]);
        assert!(text_of(client.one(message, BODY_HTML)).contains("<div>new</div>"));
        let rtf = rtf_of(client.one(message, RTF));
        assert_eq!(rtf::read(&rtf), Some(rtf::Content::Text("new".to_owned())));
    }
    client.write_stream(message, RTF, &hex("simple.hex"));
    client.save(message);
    client.write_stream(message, HTML, b"<p>newest</p>");
    assert_eq!(client.get(message, &[BODY, IN_SYNC]), [Ok(string("newest\r\n")), Ok(Value::Boolean(false))]);
    let kept: Vec<u16> = client.list(message).iter().map(|tag| tag.id()).collect();
    assert!(kept.contains(&HTML.id()) && !kept.contains(&RTF.id()) && !kept.contains(&BODY.id()), "{kept:X?}");
}

/// A client that writes several forms before it saves means them all.
#[test]
fn forms_written_together_stay_together() {
    let mut client = Client::new();
    let message = client.create();
    client.write_stream(message, HTML, b"<p>as HTML</p>");
    client.set(message, &[(BODY, string("as text"))]);
    let id = client.save(message);
    let message = client.open(id);
    assert_eq!(client.get(message, &[BODY, HTML]), [Ok(string("as text")), Ok(binary(b"<p>as HTML</p>"))]);
    assert_eq!(client.one(message, NATIVE), Ok(Value::Integer32(3)));
    assert!(rtf_of(client.one(message, RTF)).windows(7).any(|part| part == b"as HTML"));
}

/// MS-OXBBODY 2.1.3.1, MS-OXCMSG R2056, MS-OXCMSG R2059, MS-OXCMSG R2060, MS-OXCMSG R2061, MS-OXCMSG R2062,
/// MS-OXCMSG R2057
#[test]
fn the_best_form_is_named() {
    let mut client = Client::new();
    let rtf = (RTF, binary(&hex("simple.hex")));
    let html = (HTML, binary(b"<p>h</p>"));
    let plain = (BODY, string("t"));
    let in_sync = |is| (IN_SYNC, Value::Boolean(is));
    for (values, native) in [
        (vec![plain.clone()], 1),
        (vec![rtf.clone()], 2),
        (vec![html.clone()], 3),
        (vec![plain.clone(), html.clone()], 3),
        (vec![plain.clone(), rtf.clone()], 2),
        (vec![in_sync(false), plain.clone(), rtf.clone()], 1),
        (vec![in_sync(false), rtf.clone()], 2),
        (vec![in_sync(true), plain.clone(), rtf.clone(), html.clone()], 2),
        (vec![in_sync(false), plain.clone(), rtf.clone(), html.clone()], 3),
        (vec![(NATIVE, Value::Integer32(1)), plain.clone(), html.clone()], 1),
        // Named, but not there.
        (vec![(NATIVE, Value::Integer32(2)), html.clone()], 3),
        (vec![(NATIVE, Value::Integer32(0)), html.clone()], 3),
        (vec![(NATIVE, Value::Integer32(4)), html.clone()], 4),
        // No value of it.
        (vec![(NATIVE, Value::Integer32(9)), html.clone()], 3),
        (vec![(NATIVE, Value::Integer32(-1)), plain.clone()], 1),
    ] {
        let message = client.create();
        client.set(message, &values);
        assert_eq!(client.one(message, NATIVE), Ok(Value::Integer32(native)), "{values:?}");
    }
}

/// MS-OXBBODY 2.1.3.1, of the forms that were asked for.
#[test]
fn the_best_form_is_one_of_those_asked_for() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(HTML, binary(b"<p>h</p>"))]);
    for (tags, native) in [
        (vec![NATIVE], 3),
        (vec![NATIVE, BODY, HTML, RTF], 3),
        (vec![NATIVE, BODY], 1),
        (vec![BODY, RTF, NATIVE], 2),
        (vec![BODY_HTML, BODY, NATIVE], 3),
    ] {
        let cells = client.get(message, &tags);
        let at = tags.iter().position(|tag| *tag == NATIVE).unwrap();
        assert_eq!(cells[at], Ok(Value::Integer32(native)), "{tags:?}");
    }
}

#[test]
fn only_what_is_stored_is_listed_and_shown_in_tables() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(HTML, binary(b"<p>h</p>"))]);
    let id = client.save(message);
    let message = client.open(id);
    let listed = client.list(message);
    assert!(listed.contains(&HTML) && listed.contains(&NATIVE), "{listed:?}");
    assert!(![BODY, RTF, IN_SYNC, PAGE].iter().any(|tag| listed.contains(tag)), "{listed:?}");
    let row = client.row(&[HTML, BODY, RTF, NATIVE]);
    assert_eq!(row, [Ok(binary(b"<p>h</p>")), MISSING, MISSING, MISSING]);
}

#[test]
fn a_form_that_is_deleted_is_made_of_what_is_left() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(HTML, binary(b"<p>h</p>")), (BODY, string("t"))]);
    client.delete(message, BODY);
    assert_eq!(client.one(message, BODY), Ok(string("h\r\n")));
    client.delete(message, HTML);
    assert_eq!(client.get(message, &[BODY, HTML, NATIVE]), [MISSING, MISSING, MISSING]);
}

/// PidTagBodyHtml is PidTagHtml as text. MS-OXCMSG 2.2.1.58.3, 2.2.1.58.9
#[test]
fn html_that_was_written_as_text() {
    let mut client = Client::new();
    let message = client.create();
    client.set(message, &[(BODY_HTML, string("<p>\u{434}</p>")), (PAGE, Value::Integer32(1251))]);
    assert_eq!(client.one(message, HTML), Ok(binary(b"<p>\xE4</p>")));
    assert_eq!(client.one(message, BODY), Ok(string("\u{434}\r\n")));
    assert_eq!(client.read_stream(message, BODY_HTML).unwrap().len(), 16);
    let wrong = PropertyTag::new(BODY.id(), PropertyType::Binary);
    assert_eq!(client.one(message, wrong), MISSING);
}

#[test]
fn large_bodies_are_streams_and_huge_ones_are_not_converted() {
    let mut client = Client::new();
    let message = client.create();
    let html = format!("<p>{}</p>", "word ".repeat(20_000));
    client.write_stream(message, HTML, html.as_bytes());
    let id = client.save(message);
    let message = client.open(id);
    assert_eq!(client.one(message, BODY), Err(ErrorCode::OutOfMemory));
    let body = client.read_stream(message, BODY).unwrap();
    assert_eq!(body.len(), (20_000 * 5 + 1) * 2);
    let compressed = client.read_stream(message, RTF).unwrap();
    assert_eq!(rtf::read(&rtf::decode(&compressed).unwrap()), Some(rtf::Content::Html(html)));
    let huge = vec![b'x'; usize::try_from(limits::BODY_CONVERSION_MAX_BYTES).unwrap() + 1];
    client.write_stream(message, HTML, &huge);
    let started = Instant::now();
    assert_eq!(client.get(message, &[BODY, RTF, NATIVE]), [MISSING, MISSING, Ok(Value::Integer32(3))]);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
