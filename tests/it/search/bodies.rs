//! Conditions on a form of the body that a message does not have: it is made for them.
//! MS-OXBBODY 2.1.3.1, MS-OXCDATA 2.12.4

use super::{SUBJECT, set};
use crate::client::{Desk, string};
use mailstead::mail::rtf;
use mailstead::mapi::{FuzzyLow, PropertyTag, Restriction, TaggedValue, Value, fuzzy_high};
use mailstead::rop::{FindRowRequest, RestrictRequest, origin};
use mailstead::store::Special;
use mailstead::wire::Wire;

const BODY: PropertyTag = PropertyTag::PidTagBody;
const HTML: PropertyTag = PropertyTag::PidTagHtml;
const RTF: PropertyTag = PropertyTag::PidTagRtfCompressed;

fn body_has(part: &str) -> Restriction {
    Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: fuzzy_high::IGNORE_CASE,
        property_tag: BODY,
        tagged_value: string(BODY, part),
    }
}

fn html_has(part: &str) -> Restriction {
    Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: 0,
        property_tag: HTML,
        tagged_value: TaggedValue::new(HTML, Value::Binary(part.as_bytes().to_vec())),
    }
}

/// An Inbox with a body of each kind; those of `long` are large values.
fn kinds(long: bool) -> Desk {
    let fill = if long { "lorem ipsum ".repeat(500) } else { String::new() };
    let html = format!("<html><body><p>{fill}</p><p>a bro<b>wn f</b>ox &amp; co</p></body></html>");
    let in_rtf = rtf::encode(&rtf::from_text(&format!("{fill} a brown fox")).unwrap());
    let encapsulated = rtf::encode(&rtf::from_html(&html).unwrap());
    let mut desk = Desk::new();
    for (subject, value) in [
        ("html", TaggedValue::new(HTML, Value::Binary(html.into_bytes()))),
        ("rtf", TaggedValue::new(RTF, Value::Binary(in_rtf))),
        ("html in rtf", TaggedValue::new(RTF, Value::Binary(encapsulated))),
        ("text", string(BODY, &format!("{fill} a brown fox"))),
        ("none", string(PropertyTag::PidTagComment, "a brown fox")),
        ("damaged", TaggedValue::new(RTF, Value::Binary(b"a brown fox".to_vec()))),
        ("other", string(BODY, "a red fox")),
    ] {
        desk.message(Special::Inbox.id(), vec![string(SUBJECT, subject), value]);
    }
    desk
}

impl Desk {
    /// The subjects that a contents table of the Inbox has with a restriction, sorted.
    fn restricted(&mut self, restriction: &Restriction) -> Vec<String> {
        let inbox = self.inbox();
        let table = self.contents(inbox, &[SUBJECT]);
        self.go(table, RestrictRequest { restrict_flags: 0, restriction_data: restriction.to_bytes() });
        let mut subjects = self.texts(table);
        subjects.sort();
        subjects
    }
}

/// MS-OXCTABL R451 (3.2.5.4): restrictions of tables and of search folders see every form.
#[test]
fn a_condition_on_the_text_finds_it_in_every_form() {
    for long in [false, true] {
        let mut desk = kinds(long);
        let all = ["html", "html in rtf", "rtf", "text"];
        assert_eq!(desk.restricted(&body_has("BROWN FOX")), all, "{long}");
        let (search, _) = desk.found("Fox", &body_has("brown fox"), &[Special::Inbox.id()], set::RESTART);
        assert_eq!(desk.shown(search), all, "{long}");
        // And it hears of one that comes.
        let value = TaggedValue::new(HTML, Value::Binary(b"<p>the brown&nbsp;fox<p>brown <i>fox</i>".to_vec()));
        desk.message(Special::Inbox.id(), vec![string(SUBJECT, "another"), value]);
        desk.search_all();
        assert_eq!(desk.shown(search), ["another", "html", "html in rtf", "rtf", "text"], "{long}");
    }
}

#[test]
fn conditions_see_the_forms_that_an_open_message_has() {
    let mut desk = kinds(false);
    assert_eq!(desk.restricted(&html_has("brown fox")), ["rtf", "text"], "the markup is between");
    assert_eq!(desk.restricted(&html_has("bro<b>wn")), ["html", "html in rtf"]);
    let there = |property_tag| Restriction::Exist { property_tag };
    assert_eq!(desk.restricted(&there(BODY)), ["html", "html in rtf", "other", "rtf", "text"]);
    assert_eq!(desk.restricted(&there(HTML)), ["html", "html in rtf", "other", "rtf", "text"]);
    let both = Restriction::And(vec![there(BODY), Restriction::Not(Box::new(body_has("fox")))]);
    assert_eq!(desk.restricted(&both), [""; 0]);
    let native = Restriction::Property {
        rel_op: mailstead::mapi::RelOp::Equal,
        property_tag: PropertyTag::PidTagNativeBody,
        tagged_value: TaggedValue::new(PropertyTag::PidTagNativeBody, Value::Integer32(3)),
    };
    assert_eq!(desk.restricted(&native), ["html"]);
}

/// RopFindRow does too. MS-OXCTABL 3.2.5.14
#[test]
fn a_row_is_found_by_a_text_that_is_made() {
    let mut desk = kinds(false);
    let inbox = desk.inbox();
    let table = desk.contents(inbox, &[SUBJECT]);
    let found = desk.go(
        table,
        FindRowRequest {
            find_row_flags: 0,
            restriction_data: body_has("fox & co").to_bytes(),
            origin: origin::BEGINNING,
            bookmark: Vec::new(),
        },
    );
    assert!(found.row_data.is_some());
    assert_eq!(desk.texts(table)[0], "html");
}

/// A long search of bodies that are made is cut into slices, and a body too long to be made matches
/// nothing, at once.
#[test]
fn making_bodies_costs() {
    let mut desk = Desk::new();
    let html = format!("<p>{}</p><p>needle</p>", "hay ".repeat(200_000));
    let message = desk.draft(Special::Inbox.id());
    smol::block_on(desk.session.write_stream(message, HTML, html.as_bytes())).unwrap();
    desk.set(message, vec![string(SUBJECT, "haystack")]);
    desk.save(message);
    let many =
        Restriction::Or((0..200).map(|n| body_has(&format!("needle {n}"))).chain([body_has("needle")]).collect());
    let (search, _) = desk.search_folder("Needle");
    desk.go(search, super::criteria(&many, &[Special::Inbox.id()], set::RESTART));
    assert_eq!(desk.shown(search), [""; 0], "others would wait for it: left to the slices");
    desk.search_all();
    assert_eq!(desk.shown(search), ["haystack"]);
}
