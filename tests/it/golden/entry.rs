//! Blobs that the import of mail makes: lists of entries, conversation indexes. MS-OXCDATA 2.3,
//! MS-OXOMSG 2.2.1.3

use super::vectors::{input, output};
use super::{digits, hex};
use mailstead::mail;
use mailstead::mapi::{PropertyTag, Value};
use mailstead::wire::Reader;

fn binary(mail: &str, tag: PropertyTag) -> Vec<u8> {
    let message = mail::import(mail.as_bytes(), None);
    let value = message.properties.into_iter().find(|value| value.tag == tag).map(|value| value.value);
    match value {
        Some(Value::Binary(bytes)) => bytes,
        other => panic!("{tag:?} is {other:?}"),
    }
}

/// Count, Size, then each entry with its length, padded to four bytes. Size counts the padding, that
/// after the last entry too (FLATENTRYLIST-1: 348 is three times 4 + 109 + 3).
#[test]
fn reply_to_is_a_flat_entry_list() {
    let list = binary("Reply-To: a@b, Cd <c@d>\r\n\r\n", PropertyTag::PidTagReplyRecipientEntries);
    let head = "00000000 812B1FA4BEA310199D6E00DD010F5402 0000 0180";
    let smtp = "5300 4D00 5400 5000 0000";
    let expected = hex(&format!(
        "02000000 6C000000      # two entries: 4 + 50 + 2, 4 + 48
         32000000 {head} 6100 4000 6200 0000 {smtp} 6100 4000 6200 0000 0000
         30000000 {head} 4300 6400 0000 {smtp} 6300 4000 6400 0000"
    ));
    assert_eq!(digits(&list), digits(&expected));
}

#[test]
fn sample_flat_entry_lists_have_that_form() {
    let bytes = input("FLATENTRYLIST-1");
    let text = output("FLATENTRYLIST-1");
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(
        text.contains(&format!("cEntries = {}", number(0)))
            && text.contains(&format!("cbEntries = {:#010X}", number(4)))
    );
    let mut r = Reader::new(&bytes[8..]);
    assert_eq!(r.remaining().len(), usize::try_from(number(4)).unwrap());
    for _ in 0..number(0) {
        let len = usize::try_from(u32::from_le_bytes(r.array("cb").unwrap())).unwrap();
        r.take(len.next_multiple_of(4), "entry").unwrap();
    }
    r.finish("FlatEntryList").unwrap();
}

/// PidTagConversationIndex is kept as its sender made it.
#[test]
fn sent_conversation_indexes_are_kept() {
    for n in 1..=4 {
        let bytes = input(&format!("CONVERSATIONINDEX-{n}"));
        let header = format!("Thread-Index: {}\r\n\r\n", base64(&bytes));
        assert_eq!(digits(&binary(&header, PropertyTag::PidTagConversationIndex)), digits(&bytes), "{n}");
    }
}

/// 01, the five bytes of the FILETIME below its highest, a GUID: as mfcmapi reads it.
#[test]
fn new_conversation_indexes_begin_with_a_time() {
    let text = output("CONVERSATIONINDEX-1");
    assert!(text.contains("LowDateTime = 0x20E5") && text.contains("HighDateTime = 0x01CAE55B"), "{text}");
    assert_eq!(input("CONVERSATIONINDEX-1")[..6], hex("01 CAE55B20E5"));
    // 2010-04-26 16:10:33 UTC is 0x01CAE55AFF81E280, of which 16 bits are not kept.
    let mail = "Date: Mon, 26 Apr 2010 16:10:33 +0000\r\nMessage-ID: <a@b>\r\n\r\n";
    let index = binary(mail, PropertyTag::PidTagConversationIndex);
    assert_eq!(digits(&index[..6]), "01 CA E5 5A FF 81");
    assert_eq!(index.len(), 22);
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().chain([0; 2].iter()).take(3).fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = if at <= chunk.len() { ALPHABET[word >> shift & 63] } else { b'=' };
            text.push(char::from(letter));
        }
    }
    text
}
