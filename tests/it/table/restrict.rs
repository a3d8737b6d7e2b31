//! Every kind of restriction on a table. MS-OXCTABL 3.2.5.4, MS-OXCDATA 2.12

use super::{SUBJECT, bytes, restrict, subject_is};
use crate::client::{Desk, string};
use mailstead::client::Recipient;
use mailstead::mapi::{
    BitmapRelOp, ErrorCode, FuzzyLow, PropertyTag, PropertyType, RecipientType, RelOp, Restriction, TaggedValue, Value,
    fuzzy_high,
};
use mailstead::rop::{CreateAttachmentRequest, RestrictRequest, SaveChangesAttachmentRequest};
use mailstead::store::Special;
use mailstead::wire::FileTime;
use smol::block_on;

const SIZE: PropertyTag = PropertyTag(0x6901_0003);
const OTHER: PropertyTag = PropertyTag(0x6902_0003);
const WORDS: PropertyTag = PropertyTag(0x6903_101F);
const KEY: PropertyTag = PropertyTag(0x6904_0102);
const WHEN: PropertyTag = PropertyTag(0x6905_0040);

/// Five messages that restrictions can tell apart, in a table of their own.
struct Five {
    desk: Desk,
    table: u32,
}

impl Five {
    fn new() -> Self {
        let mut desk = Desk::new();
        let inbox = Special::Inbox.id();
        let words = |list: &[&str]| TaggedValue {
            tag: WORDS,
            value: Value::MultipleString(list.iter().map(|w| (*w).to_owned()).collect()),
        };
        let number = |tag, n| TaggedValue { tag, value: Value::Integer32(n) };
        let key = |bytes: &[u8]| TaggedValue { tag: KEY, value: Value::Binary(bytes.to_vec()) };
        let when = |n| TaggedValue { tag: WHEN, value: Value::Time(FileTime(n)) };
        desk.message(inbox, vec![string(SUBJECT, "Alpha"), number(SIZE, 1), number(OTHER, 1), when(100)]);
        desk.message(inbox, vec![string(SUBJECT, "beta"), number(SIZE, 2), number(OTHER, 1), when(200)]);
        desk.message(inbox, vec![string(SUBJECT, "Gamma ray"), number(SIZE, 4), words(&["red", "Blue"])]);
        desk.message(inbox, vec![string(SUBJECT, "Straße"), number(SIZE, 6), key(b"\x01\x02\x03"), words(&["green"])]);
        let message = desk.draft(inbox);
        desk.set(message, vec![string(SUBJECT, "with everything"), number(SIZE, -1), key(b"\x02")]);
        let to = |name: &str| Recipient {
            recipient_type: RecipientType::To,
            display_name: name.to_owned(),
            address: format!("{name}@example.org"),
        };
        block_on(desk.session.add_recipients(message, &[to("dora"), to("emil")])).unwrap();
        let attachment = desk.make(message, CreateAttachmentRequest {});
        desk.set(attachment, vec![string(PropertyTag::PidTagAttachLongFilename, "plan.pdf")]);
        desk.attempt_on([attachment, message], SaveChangesAttachmentRequest { save_flags: 2 }).unwrap();
        desk.save(message);
        let folder = desk.inbox();
        let table = desk.contents(folder, &[SUBJECT]);
        Self { desk, table }
    }

    /// First letters of the subjects that fit, sorted.
    #[track_caller]
    fn fit(&mut self, restriction: &Restriction) -> String {
        assert_eq!(self.desk.go(self.table, restrict(restriction)).table_status, 0);
        let mut letters: Vec<String> =
            self.desk.texts(self.table).iter().map(|subject| subject.chars().take(1).collect()).collect();
        letters.sort();
        letters.concat()
    }
}

fn property(rel_op: RelOp, tag: PropertyTag, value: Value) -> Restriction {
    Restriction::Property { rel_op, property_tag: tag, tagged_value: TaggedValue { tag, value } }
}

fn size(rel_op: RelOp, n: i32) -> Restriction {
    property(rel_op, SIZE, Value::Integer32(n))
}

fn content(low: FuzzyLow, high: u16, text: &str) -> Restriction {
    Restriction::Content {
        fuzzy_level_low: low,
        fuzzy_level_high: high,
        property_tag: SUBJECT,
        tagged_value: string(SUBJECT, text),
    }
}

/// MS-OXCDATA 2.12.5
/// MS-OXCROPS R1123 R1140 R1150 R1151
#[test]
fn values_are_compared_in_six_ways() {
    let mut five = Five::new();
    for (rel_op, fits) in [
        (RelOp::LessThan, "Aw"),
        (RelOp::LessThanOrEqual, "Abw"),
        (RelOp::GreaterThan, "GS"),
        (RelOp::GreaterThanOrEqual, "GSb"),
        (RelOp::Equal, "b"),
        (RelOp::NotEqual, "AGSw"),
    ] {
        assert_eq!(five.fit(&size(rel_op, 2)), fits, "{rel_op:?}");
    }
    assert_eq!(five.fit(&subject_is(RelOp::Equal, "alpha")), "A", "text without case, as MAPI clients expect");
    assert_eq!(five.fit(&subject_is(RelOp::Equal, "alph")), "");
    assert_eq!(five.fit(&property(RelOp::GreaterThan, WHEN, Value::Time(FileTime(150)))), "b");
    assert_eq!(five.fit(&property(RelOp::Equal, KEY, Value::Binary(vec![2]))), "w");
    assert_eq!(five.fit(&property(RelOp::GreaterThan, KEY, Value::Binary(vec![1, 2]))), "Sw");
    // Of NotEqual with what has no value nothing is said; all others fit nothing then.
    assert_eq!(five.fit(&property(RelOp::LessThan, WHEN, Value::Time(FileTime(150)))), "A");
}

/// MS-OXCDATA 2.12.4
#[test]
fn text_is_found_whole_within_and_at_the_beginning() {
    let mut five = Five::new();
    let ignore = fuzzy_high::IGNORE_CASE;
    for (low, high, text, fits) in [
        (FuzzyLow::FullString, ignore, "GAMMA RAY", "G"),
        (FuzzyLow::FullString, ignore, "Gamma", ""),
        (FuzzyLow::Substring, ignore, "RAY", "G"),
        (FuzzyLow::Substring, ignore, "A", "AGSb"),
        (FuzzyLow::Prefix, ignore, "gam", "G"),
        (FuzzyLow::Prefix, ignore, "ray", ""),
        (FuzzyLow::Substring, 0, "Alp", "A"),
        (FuzzyLow::Substring, 0, "alp", ""),
        (FuzzyLow::Substring, ignore, "STRASSE", ""),
        (FuzzyLow::Substring, ignore, "straße", "S"),
        (FuzzyLow::Substring, fuzzy_high::LOOSE, "GAMMA", "G"),
    ] {
        assert_eq!(five.fit(&content(low, high, text)), fits, "{low:?} {high} {text}");
    }
    // In 8-bit form it is the same question.
    let narrow = SUBJECT.with_type(PropertyType::String8);
    let restriction = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: ignore,
        property_tag: narrow,
        tagged_value: TaggedValue { tag: narrow, value: Value::String8(b"stra\xDFe".to_vec()) },
    };
    assert_eq!(five.fit(&restriction), "S");
    // Bytes too.
    let restriction = Restriction::Content {
        fuzzy_level_low: FuzzyLow::Prefix,
        fuzzy_level_high: 0,
        property_tag: KEY,
        tagged_value: TaggedValue { tag: KEY, value: Value::Binary(vec![1, 2]) },
    };
    assert_eq!(five.fit(&restriction), "S");
}

/// MS-OXCDATA 2.12.1 to 2.12.3: with their neutral elements.
#[test]
fn conditions_are_joined_and_turned_round() {
    let mut five = Five::new();
    let small = size(RelOp::LessThan, 3);
    let positive = size(RelOp::GreaterThan, 0);
    assert_eq!(five.fit(&Restriction::And(vec![small.clone(), positive.clone()])), "Ab");
    assert_eq!(five.fit(&Restriction::Or(vec![subject_is(RelOp::Equal, "beta"), size(RelOp::Equal, 6)])), "Sb");
    assert_eq!(five.fit(&Restriction::Not(Box::new(small.clone()))), "GS");
    assert_eq!(five.fit(&Restriction::Not(Box::new(Restriction::Not(Box::new(small))))), "Abw");
    assert_eq!(five.fit(&Restriction::And(Vec::new())), "AGSbw");
    assert_eq!(five.fit(&Restriction::Or(Vec::new())), "");
    let _ = positive;
}

/// MS-OXCDATA 2.12.6, 2.12.7, 2.12.8, 2.12.9
#[test]
fn properties_bits_sizes_and_presence() {
    let mut five = Five::new();
    let compare = |rel_op| Restriction::CompareProperties { rel_op, property_tag1: SIZE, property_tag2: OTHER };
    assert_eq!(five.fit(&compare(RelOp::Equal)), "A");
    assert_eq!(five.fit(&compare(RelOp::GreaterThan)), "b");
    let mask = |bitmap_rel_op, mask| Restriction::BitMask { bitmap_rel_op, property_tag: SIZE, mask };
    assert_eq!(five.fit(&mask(BitmapRelOp::NotEqualToZero, 2)), "Sbw");
    assert_eq!(five.fit(&mask(BitmapRelOp::EqualToZero, 2)), "AG");
    assert_eq!(five.fit(&mask(BitmapRelOp::NotEqualToZero, 0x8000_0000)), "w");
    let large = |rel_op, size| Restriction::Size { rel_op, property_tag: KEY, size };
    assert_eq!(five.fit(&large(RelOp::Equal, 3)), "S");
    assert_eq!(five.fit(&large(RelOp::LessThan, 3)), "w");
    assert_eq!(five.fit(&Restriction::Exist { property_tag: KEY }), "Sw");
    assert_eq!(five.fit(&Restriction::Not(Box::new(Restriction::Exist { property_tag: OTHER }))), "GSw");
    assert_eq!(five.fit(&Restriction::Exist { property_tag: PropertyTag(0x69FF_0003) }), "");
}

/// MS-OXCDATA 2.12.5: one of many values fits.
#[test]
fn one_value_of_many_is_enough() {
    let mut five = Five::new();
    let single = PropertyTag::new(WORDS.id(), PropertyType::String);
    let word = |tag: PropertyTag, text: &str| Restriction::Property {
        rel_op: RelOp::Equal,
        property_tag: tag,
        tagged_value: TaggedValue { tag: single, value: Value::String(text.to_owned()) },
    };
    assert_eq!(five.fit(&word(WORDS, "blue")), "G");
    assert_eq!(five.fit(&word(WORDS, "green")), "S");
    assert_eq!(five.fit(&word(WORDS, "yellow")), "");
}

/// MS-OXCDATA 2.12.10: recipients and attachments. MS-OXCMSG R1245, R1246 (PidTagMessageRecipients), R2043
/// (PidTagMessageAttachments)
#[test]
fn what_a_message_holds_is_looked_into() {
    let mut five = Five::new();
    let within = |subobject: PropertyTag, tag: PropertyTag, text: &str| Restriction::SubObject {
        subobject,
        restriction: Box::new(Restriction::Content {
            fuzzy_level_low: FuzzyLow::Substring,
            fuzzy_level_high: fuzzy_high::IGNORE_CASE,
            property_tag: tag,
            tagged_value: string(tag, text),
        }),
    };
    let recipients = PropertyTag::PidTagMessageRecipients;
    assert_eq!(five.fit(&within(recipients, PropertyTag::PidTagDisplayName, "EMIL")), "w");
    assert_eq!(five.fit(&within(recipients, PropertyTag::PidTagDisplayName, "fritz")), "");
    let attachments = PropertyTag::PidTagMessageAttachments;
    assert_eq!(five.fit(&within(attachments, PropertyTag::PidTagAttachLongFilename, "plan")), "w");
    assert_eq!(five.fit(&within(attachments, PropertyTag::PidTagAttachLongFilename, "other")), "");
}

/// MS-OXCDATA 2.12.11, 2.12.12
#[test]
fn comments_say_nothing_and_counts_limit() {
    let mut five = Five::new();
    let tagged_values = vec![string(PropertyTag::PidTagComment, "for the client")];
    let restriction = Some(Box::new(size(RelOp::Equal, 4)));
    assert_eq!(five.fit(&Restriction::Comment { tagged_values: tagged_values.clone(), restriction }), "G");
    let empty = Restriction::Comment { tagged_values, restriction: None };
    assert_eq!(five.fit(&empty), "AGSbw");
    let two = Restriction::Count { count: 2, restriction: Box::new(size(RelOp::GreaterThan, 0)) };
    assert_eq!(five.fit(&two).len(), 2);
}

/// MS-OXCTABL R451 to R454, R832 to R834 (3.2.5.4)
/// MS-OXCTABL R85 to R87, R117
#[test]
fn a_restricted_table_is_a_smaller_one_until_all_is_wanted_again() {
    let mut five = Five::new();
    let (table, restriction) = (five.table, size(RelOp::GreaterThan, 2));
    assert_eq!(five.fit(&restriction), "GS");
    assert_eq!(five.desk.standing(table), (2, 2));
    five.desk.go(table, restrict(&size(RelOp::Equal, 1)));
    assert_eq!(five.desk.standing(table), (0, 1), "the new one takes the place of the old, from the beginning");
    five.desk.go(table, RestrictRequest { restrict_flags: 0, restriction_data: Vec::new() });
    assert_eq!(five.desk.standing(table), (0, 5));
    // R455, exchange.md: after a failing one the table is unusable until one succeeds.
    for rubbish in [vec![0x77], vec![0x00, 5, 0], [bytes(&restriction), vec![0]].concat()] {
        let code = five.desk.fails(table, RestrictRequest { restrict_flags: 0, restriction_data: rubbish });
        assert!(!code.is_success());
    }
    assert_eq!(five.desk.fails(table, super::query(0, true, 1)), ErrorCode::NullObject);
    assert_eq!(five.fit(&restriction), "GS");
    let top = five.desk.folder(Special::IpmSubtree.id());
    let hierarchy = five.desk.hierarchy(top, 0, &[PropertyTag::PidTagDisplayName]);
    let name = PropertyTag::PidTagDisplayName;
    five.desk.go(hierarchy, restrict(&property(RelOp::Equal, name, Value::String("inbox".to_owned()))));
    assert_eq!(five.desk.texts(hierarchy), ["Inbox"]);
}
