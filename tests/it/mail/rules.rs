//! One message for each rule.

use super::{html, integer, mime, time};
use mailstead::mail::{Flags, Message, import};
use mailstead::mapi::names::{PidNameKeywords, set};
use mailstead::mapi::{OneOffEntryId, PropertyName, PropertyTag, RecipientType, Value};
use mailstead::wire::{FileTime, Wire};

/// A message with these lines in its header and this body.
fn with(header: &str, body: &str) -> Message {
    import(format!("{}\n\n{body}", header.trim()).as_bytes(), None)
}

fn text(message: &Message, tag: PropertyTag) -> &str {
    message.text(tag).unwrap_or_else(|| panic!("{tag:?} is missing"))
}

fn binary(message: &Message, tag: PropertyTag) -> &[u8] {
    match message.get(tag) {
        Some(Value::Binary(bytes)) => bytes,
        other => panic!("{tag:?} is {other:?}"),
    }
}

fn boolean(message: &Message, tag: PropertyTag) -> bool {
    matches!(message.get(tag), Some(Value::Boolean(true)))
}

#[test]
fn a_plain_message_gets_every_property() {
    let message = with(
        "From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.org>\nTo: you@example.org, \"Doe, Jane\" <jane@example.org>\n\
         Cc: Friends: a@example.org, B <b@example.org>;\nBcc: hidden@example.org\nSubject: Re: Caf\u{e9}\n\
         Date: Tue, 7 Jan 2003 13:08:10 +0100\nMessage-ID: <1@example.org>\nIn-Reply-To: <0@example.org>\n\
         References: <0@example.org>\n <00@example.org>",
        "Hello\nworld\n",
    );
    assert_eq!(text(&message, PropertyTag::PidTagMessageClass), "IPM.Note");
    assert_eq!(text(&message, PropertyTag::PidTagSubject), "Re: Caf\u{e9}");
    assert_eq!(text(&message, PropertyTag::PidTagSubjectPrefix), "Re: ");
    assert_eq!(text(&message, PropertyTag::PidTagNormalizedSubject), "Caf\u{e9}");
    assert_eq!(text(&message, PropertyTag::PidTagConversationTopic), "Caf\u{e9}");
    assert_eq!(text(&message, PropertyTag::PidTagBody), "Hello\r\nworld\r\n");
    assert_eq!(integer(&message, PropertyTag::PidTagNativeBody), Some(1));
    assert_eq!(message.get(PropertyTag::PidTagHtml), None);
    for (name, address_type, email, smtp, entry_id, search_key) in [
        (
            PropertyTag::PidTagSenderName,
            PropertyTag::PidTagSenderAddressType,
            PropertyTag::PidTagSenderEmailAddress,
            PropertyTag::PidTagSenderSmtpAddress,
            PropertyTag::PidTagSenderEntryId,
            PropertyTag::PidTagSenderSearchKey,
        ),
        (
            PropertyTag::PidTagSentRepresentingName,
            PropertyTag::PidTagSentRepresentingAddressType,
            PropertyTag::PidTagSentRepresentingEmailAddress,
            PropertyTag::PidTagSentRepresentingSmtpAddress,
            PropertyTag::PidTagSentRepresentingEntryId,
            PropertyTag::PidTagSentRepresentingSearchKey,
        ),
    ] {
        assert_eq!(text(&message, name), "J\u{fc}rgen M\u{fc}ller");
        assert_eq!(text(&message, address_type), "SMTP");
        assert_eq!(text(&message, email), "juergen@example.org");
        assert_eq!(text(&message, smtp), "juergen@example.org");
        assert_eq!(binary(&message, search_key), b"SMTP:JUERGEN@EXAMPLE.ORG\0");
        let entry_id = OneOffEntryId::from_bytes(binary(&message, entry_id)).unwrap();
        assert_eq!(entry_id.email_address, "juergen@example.org");
        assert_eq!(entry_id.display_name, "J\u{fc}rgen M\u{fc}ller");
    }
    let recipients: Vec<(RecipientType, &str, &str)> =
        message.recipients.iter().map(|r| (r.recipient_type, r.display_name.as_str(), r.address.as_str())).collect();
    assert_eq!(
        recipients,
        [
            (RecipientType::To, "you@example.org", "you@example.org"),
            (RecipientType::To, "Doe, Jane", "jane@example.org"),
            (RecipientType::Cc, "a@example.org", "a@example.org"),
            (RecipientType::Cc, "B", "b@example.org"),
            (RecipientType::Bcc, "hidden@example.org", "hidden@example.org"),
        ]
    );
    assert_eq!(time(&message, PropertyTag::PidTagClientSubmitTime).unwrap(), "2003-01-07T12:08:10Z");
    assert_eq!(time(&message, PropertyTag::PidTagMessageDeliveryTime).unwrap(), "2003-01-07T12:08:10Z");
    assert_eq!(text(&message, PropertyTag::PidTagInternetMessageId), "<1@example.org>");
    assert_eq!(text(&message, PropertyTag::PidTagInReplyToId), "<0@example.org>");
    assert_eq!(text(&message, PropertyTag::PidTagInternetReferences), "<0@example.org> <00@example.org>");
    assert!(
        text(&message, PropertyTag::PidTagTransportMessageHeaders).contains("<0@example.org>\r\n <00@example.org>\r\n")
    );
    assert_eq!(integer(&message, PropertyTag::PidTagImportance), Some(1));
    assert_eq!(integer(&message, PropertyTag::PidTagPriority), Some(0));
    assert_eq!(integer(&message, PropertyTag::PidTagSensitivity), Some(0));
    // The store's business.
    for tag in [PropertyTag::PidTagDisplayTo, PropertyTag::PidTagCreationTime, PropertyTag::PidTagMessageFlags] {
        assert_eq!(message.get(tag), None);
    }
    let mut tags: Vec<u32> = message.properties.iter().map(|p| p.tag.0).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), message.properties.len(), "a tag occurs twice");
}

/// MS-OXCMAIL 2.2.3.2.6.1, MS-OXCMSG 2.2.1.9 and 2.2.1.46.
#[test]
fn subjects_are_split_after_at_most_three_letters() {
    for (subject, prefix, rest) in [
        ("Re: a", "Re: ", "a"),
        ("AW:   a", "AW: ", "a"),
        ("Fwd: Re: a", "Fwd: ", "Re: a"),
        ("R\u{e9}f: a", "R\u{e9}f: ", "a"),
        ("\u{56de}\u{590d}: a", "\u{56de}\u{590d}: ", "a"),
        ("Antw: a", "", "Antw: a"),
        ("R2: a", "", "R2: a"),
        ("a b: c", "", "a b: c"),
        ("10:30 we meet", "", "10:30 we meet"),
        ("c:temp", "", "c:temp"),
        (": a", "", ": a"),
        ("Re:", "Re: ", ""),
    ] {
        let message = with(&format!("Subject: {subject}"), "");
        assert_eq!(text(&message, PropertyTag::PidTagSubjectPrefix), prefix, "{subject}");
        assert_eq!(text(&message, PropertyTag::PidTagNormalizedSubject), rest, "{subject}");
        assert_eq!(text(&message, PropertyTag::PidTagSubject), format!("{prefix}{rest}"), "{subject}");
    }
    let none = with("From: a@b", "x");
    assert_eq!(text(&none, PropertyTag::PidTagSubject), "");
    let long = with(&format!("Subject: Re: {}", "\u{1F600}".repeat(300)), "");
    assert!(text(&long, PropertyTag::PidTagSubject).encode_utf16().count() < 254);
    assert!(text(&long, PropertyTag::PidTagTransportMessageHeaders).contains(&"\u{1F600}".repeat(300)));
}

#[test]
fn thread_topic_wins_over_the_subject() {
    let message = with("Subject: Re: something else\nThread-Topic: Re: the topic", "");
    assert_eq!(text(&message, PropertyTag::PidTagConversationTopic), "the topic");
}

#[test]
fn sender_and_from_differ_when_mail_is_sent_for_another() {
    let message = with("From: Boss <boss@example.org>, Other <o@example.org>\nSender: Aide <aide@example.org>", "");
    assert_eq!(text(&message, PropertyTag::PidTagSentRepresentingName), "Boss");
    assert_eq!(text(&message, PropertyTag::PidTagSenderName), "Aide");
    let from_nobody = with("Return-Path: <bounce@example.org>\nSubject: x", "");
    assert_eq!(text(&from_nobody, PropertyTag::PidTagSenderSmtpAddress), "bounce@example.org");
    let local = with("From: root (Cron Daemon)\nTo: root", "");
    assert_eq!(text(&local, PropertyTag::PidTagSenderEmailAddress), "root");
    assert_eq!(text(&local, PropertyTag::PidTagSenderName), "Cron Daemon");
    assert_eq!(local.recipients[0].address, "root");
    let undisclosed = with("To: undisclosed-recipients:;", "");
    assert!(undisclosed.recipients.is_empty());
    let named_only = with("To: The whole world", "");
    assert!(named_only.recipients.is_empty());
}

/// FlatEntryList, MS-OXCDATA 2.3: laid out by hand.
#[test]
fn reply_to_is_a_flat_entry_list() {
    let message = with("Reply-To: \"A; B\" <a@x>, <b@x>", "");
    assert_eq!(text(&message, PropertyTag::PidTagReplyRecipientNames), "A, B;b@x");
    let list = binary(&message, PropertyTag::PidTagReplyRecipientEntries);
    let number = |at: usize| usize::try_from(u32::from_le_bytes(list[at..at + 4].try_into().unwrap())).unwrap();
    assert_eq!((number(0), number(4)), (2, list.len() - 8));
    let first = number(8);
    let entry = OneOffEntryId::from_bytes(&list[12..12 + first]).unwrap();
    assert_eq!((entry.display_name.as_str(), entry.email_address.as_str()), ("A; B", "a@x"));
    let second_at = 12 + first.next_multiple_of(4);
    let second = number(second_at);
    let entry = OneOffEntryId::from_bytes(&list[second_at + 4..second_at + 4 + second]).unwrap();
    assert_eq!(entry.email_address, "b@x");
    assert_eq!(second_at + 4 + second.next_multiple_of(4), list.len());
}

#[test]
fn dates_of_many_shapes() {
    for (date, want) in [
        ("Tue, 7 Jan 2003 13:08:10 +0100", "2003-01-07T12:08:10Z"),
        ("7 Jan 2003 13:08 +0100 (CET)", "2003-01-07T12:08:00Z"),
        ("Tue, 07 Jan 03 12:08:10 GMT", "2003-01-07T12:08:10Z"),
        ("Tue, 07 Jan 103 12:08:10 GMT", "2003-01-07T12:08:10Z"),
        ("Thu, 07 Jan 99 12:08:10 EST", "1999-01-07T17:08:10Z"),
        ("Tue Jan  7 12:08:10 2003", "2003-01-07T12:08:10Z"),
        ("Tue Jan  7 12:08:10 PST 2003", "2003-01-07T20:08:10Z"),
        ("2003-01-07 12:08:10 +0000", "2003-01-07T12:08:10Z"),
        ("2003-01-07T12:08:10Z", "2003-01-07T12:08:10Z"),
        ("2003-01-07T12:08:10.5-07:00", "2003-01-07T19:08:10Z"),
        ("07-Jan-2003 12:08:10 +0000", "2003-01-07T12:08:10Z"),
        ("Tuesday, 7 January 2003 12:08:10", "2003-01-07T12:08:10Z"),
        ("Tue, 7 Jan 2003 01:08:10 PM", "2003-01-07T13:08:10Z"),
        ("Tue, (comment (nested)) 7 Jan 2003 12:08:10 -0000", "2003-01-07T12:08:10Z"),
        ("Sat, 31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"),
        ("Thu, 29 Feb 2024 23:30:00 -0100", "2024-03-01T00:30:00Z"),
    ] {
        let message = with(&format!("Date: {date}"), "");
        assert_eq!(time(&message, PropertyTag::PidTagClientSubmitTime).as_deref(), Some(want), "{date}");
    }
    for date in ["", "yesterday", "Tue, 32 Jan 2003 12:08:10 +0000", "7 Foo 2003 12:00:00", "1 Jan 9999 00:00:00 +0000"]
    {
        let message = with(&format!("Date: {date}\nSubject: x"), "");
        assert_eq!(message.get(PropertyTag::PidTagClientSubmitTime), None, "{date}");
    }
}

#[test]
fn delivery_time_is_the_topmost_received() {
    let now = FileTime::from_unix(1_700_000_000);
    let header = "Received: from a by b; Tue, 7 Jan 2003 13:08:10 +0100\n\
                  Received: from c by a; Tue, 7 Jan 2003 13:00:00 +0100\nDate: Mon, 6 Jan 2003 00:00:00 +0000\n\n";
    let delivered =
        |raw: &str, received| time(&import(raw.as_bytes(), received), PropertyTag::PidTagMessageDeliveryTime);
    assert_eq!(delivered(header, Some(now)).unwrap(), "2003-01-07T12:08:10Z");
    assert_eq!(delivered("Date: Mon, 6 Jan 2003 00:00:00 +0000\n\n", Some(now)).unwrap(), "2023-11-14T22:13:20Z");
    assert_eq!(delivered("Date: Mon, 6 Jan 2003 00:00:00 +0000\n\n", None).unwrap(), "2003-01-06T00:00:00Z");
    assert_eq!(delivered("Subject: x\n\n", None), None);
}

/// MS-OXCMAIL 2.2.3.2.5: Importance first, then the others.
#[test]
fn importance_priority_and_sensitivity() {
    for (header, importance, priority) in [
        ("Importance: high", 2, 1),
        ("Importance: Low\nX-Priority: 1", 0, -1),
        ("Priority: urgent", 2, 1),
        ("Priority: non-urgent\nImportance: normal", 1, -1),
        ("X-Priority: 1 (Highest)", 2, 1),
        ("X-Priority: 5", 0, -1),
        ("X-MSMail-Priority: High", 2, 1),
        ("Importance: whatever", 1, 0),
    ] {
        let message = with(header, "");
        assert_eq!(integer(&message, PropertyTag::PidTagImportance), Some(importance), "{header}");
        assert_eq!(integer(&message, PropertyTag::PidTagPriority), Some(priority), "{header}");
    }
    for (value, want) in [("Personal", 1), ("private", 2), ("Company-Confidential", 3), ("x", 0)] {
        let message = with(&format!("Sensitivity: {value}"), "");
        assert_eq!(integer(&message, PropertyTag::PidTagSensitivity), Some(want));
    }
}

#[test]
fn receipts_that_the_sender_wants() {
    let message = with("Disposition-Notification-To: Me <me@example.org>\nReturn-Receipt-To: me@example.org", "");
    assert!(boolean(&message, PropertyTag::PidTagReadReceiptRequested));
    assert!(boolean(&message, PropertyTag::PidTagOriginatorDeliveryReportRequested));
    assert_eq!(text(&message, PropertyTag::PidTagReadReceiptSmtpAddress), "me@example.org");
    let message = with("Subject: x", "");
    assert_eq!(message.get(PropertyTag::PidTagReadReceiptRequested), None);
}

#[test]
fn conversation_index_is_taken_or_made() {
    // 22 bytes: 01, five bytes of time, GUID; and one reply of five bytes.
    let sent = "AcQjXv0jBaJ0J3aXSyGHyKx0JZyCAwAAAAAA";
    let message = with(&format!("Thread-Index: {sent}"), "");
    let index = binary(&message, PropertyTag::PidTagConversationIndex);
    assert_eq!((index.len(), &index[..6]), (27, &[1, 0xC4, 0x23, 0x5E, 0xFD, 0x23][..]));
    for damaged in ["AcQj", "!!!", "AsQjXv0jBaJ0J3aXSyGHyKx0JZyC", "AcQjXv0jBaJ0J3aXSyGHyKx0JZyCAA=="] {
        let message = with(&format!("Thread-Index: {damaged}\nMessage-ID: <a@b>"), "");
        assert_eq!(binary(&message, PropertyTag::PidTagConversationIndex).len(), 22, "{damaged}");
    }
    // The first message, a reply by References and one by In-Reply-To have the same GUID.
    let first = with("Message-ID: <root@x>\nDate: Tue, 7 Jan 2003 12:08:10 +0000", "");
    let second = with("Message-ID: <2@x>\nReferences: <root@x> <1@x>", "");
    let third = with("Message-ID: <3@x>\nIn-Reply-To: Your message <root@x> of Tuesday", "");
    let other = with("Message-ID: <other@x>", "");
    let guid = |message: &Message| binary(message, PropertyTag::PidTagConversationIndex)[6..].to_vec();
    assert_eq!(guid(&first), guid(&second));
    assert_eq!(guid(&first), guid(&third));
    assert_ne!(guid(&first), guid(&other));
    // The FILETIME of that date is (1041941290 + 11644473600) * 10,000,000 = 01C2B64571EAB100: the
    // five bytes after the highest.
    assert_eq!(binary(&first, PropertyTag::PidTagConversationIndex)[..6], [1, 0xC2, 0xB6, 0x45, 0x71, 0xEA]);
}

#[test]
fn only_a_short_list_of_fields_becomes_named_properties() {
    let message = with(
        "List-Id: The list <list.example.org>\nX-Mailer: Mutt\nX-Whatever-123: x\nKeywords: red, =?utf-8?Q?gr=C3=BCn?=,, blue\n\
         List-Unsubscribe: <mailto:leave@example.org>,\n <https://example.org/leave>",
        "",
    );
    let header = |name: &str| PropertyName::Named { guid: set::PS_INTERNET_HEADERS, name: name.to_owned() };
    assert_eq!(
        message.named,
        [
            (header("list-id"), Value::String("The list <list.example.org>".into())),
            (header("x-mailer"), Value::String("Mutt".into())),
            (
                PidNameKeywords.property_name(),
                Value::MultipleString(vec!["red".into(), "gr\u{fc}n".into(), "blue".into()])
            ),
        ]
    );
    assert_eq!(
        text(&message, PropertyTag::PidTagListUnsubscribe),
        "<mailto:leave@example.org>, <https://example.org/leave>"
    );
    assert!(text(&message, PropertyTag::PidTagTransportMessageHeaders).contains("X-Whatever-123: x\r\n"));
}

#[test]
fn html_keeps_its_bytes_if_its_code_page_gives_the_same_text() {
    let html_of = |header: &str, body: &[u8]| {
        let mut raw = format!("Content-Type: text/html{header}\n\n").into_bytes();
        raw.extend_from_slice(body);
        let message = import(&raw, None);
        let bytes = binary(&message, PropertyTag::PidTagHtml).to_vec();
        (integer(&message, PropertyTag::PidTagInternetCodepage).unwrap(), bytes, html(&message).unwrap(), message)
    };
    let (page, bytes, text_, message) = html_of("; charset=koi8-r", b"<p>\xF0\xD2\xC9</p>");
    assert_eq!(
        (page, bytes.as_slice(), text_.as_str()),
        (20866, &b"<p>\xF0\xD2\xC9</p>"[..], "<p>\u{41f}\u{440}\u{438}</p>")
    );
    assert_eq!(integer(&message, PropertyTag::PidTagNativeBody), Some(3));
    assert_eq!(text(&message, PropertyTag::PidTagBody).trim(), "\u{41f}\u{440}\u{438}");
    // No code page is known to the reader for this one: UTF-8.
    let (page, bytes, ..) = html_of("; charset=iso-8859-3", b"<p>\xB1</p>");
    assert_eq!((page, bytes.as_slice()), (65001, "<p>\u{127}</p>".as_bytes()));
    let (page, _, text_, _) = html_of("", b"<meta charset=\"windows-1251\"><p>\xCF</p>");
    assert_eq!((page, text_.as_str()), (1251, "<meta charset=\"windows-1251\"><p>\u{41f}</p>"));
    let (page, _, text_, _) = html_of("", "<p>\u{e9}</p>".as_bytes());
    assert_eq!((page, text_.as_str()), (65001, "<p>\u{e9}</p>"));
    let (page, _, text_, _) = html_of("", b"<p>\xE9</p>");
    assert_eq!((page, text_.as_str()), (1252, "<p>\u{e9}</p>"));
}

#[test]
fn html_alone_gets_a_plain_text_too() {
    let message = with(
        "Content-Type: text/html",
        "<html><head><title>t</title><style>p{}</style></head><body><div><div>Hello&nbsp;you</div></div><div>line two</div>\
         <ul><li>a<li>b</ul><table><tr><td>x</td><td>y</td></tr></table><p>one</p><p>two</p><script>no()</script></body></html>",
    );
    let lines: Vec<&str> = text(&message, PropertyTag::PidTagBody).split("\r\n").filter(|l| !l.is_empty()).collect();
    assert_eq!(lines, ["Hello\u{a0}you", "line two", "a", "b", "x y", "one", "two"]);
}

#[test]
fn character_sets_of_text() {
    let body_of = |charset: &str, body: &[u8]| {
        let mut raw = format!("Content-Type: text/plain; charset={charset}\n\n").into_bytes();
        raw.extend_from_slice(body);
        import(&raw, None).text(PropertyTag::PidTagBody).unwrap().to_owned()
    };
    assert_eq!(body_of("utf-7", b"Hi +AKM. 1 +- 1 +2D3eAA-!"), "Hi \u{a3}. 1 + 1 \u{1F600}!");
    assert_eq!(body_of("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f!"), "\u{c548}\u{b155}!");
    assert_eq!(body_of("us-ascii", "\u{e9}".as_bytes()), "\u{e9}");
    assert_eq!(body_of("us-ascii", b"\xE9"), "\u{e9}");
    assert_eq!(body_of("utf-8", b"\xE9t\xE9"), "\u{e9}t\u{e9}");
    assert_eq!(body_of("utf-8", b"\xC3\xA9 \xFF"), "\u{e9} \u{FFFD}");
    assert_eq!(body_of("no-such-charset", b"\xE9"), "\u{e9}");
    assert_eq!(body_of("shift_jis", b"\x83\x6E\x83\x8D\x81\x5B"), "\u{30cf}\u{30ed}\u{30fc}");
    assert_eq!(body_of("utf-8", b"\xEF\xBB\xBFa\0b"), "ab");
}

#[test]
fn raw_eight_bit_fields_are_read() {
    let subject = |raw: &[u8]| import(raw, None).text(PropertyTag::PidTagSubject).unwrap().to_owned();
    assert_eq!(subject("Subject: \u{e9}t\u{e9}\n\n".as_bytes()), "\u{e9}t\u{e9}");
    assert_eq!(subject(b"Subject: \xE9t\xE9\n\n"), "\u{e9}t\u{e9}");
    assert_eq!(
        subject(b"Subject: \xF0\xD2\xC9\nContent-Type: text/plain; charset=koi8-r\n\n"),
        "\u{41f}\u{440}\u{438}"
    );
    // Cut in the middle of a character, and neighbours of another kind.
    assert_eq!(
        subject(b"Subject: =?utf-8?B?5pel56g=?=\n =?UTF-8?b?i+WkieabtA==?=\n\n"),
        "\u{65e5}\u{7a0b}\u{5909}\u{66f4}"
    );
    assert_eq!(subject(b"Subject: =?utf-8?Q?a=C3?= =?utf-8?Q?=A9?= =?iso-8859-1?Q?=E9?= b\n\n"), "a\u{e9}\u{e9} b");
    assert_eq!(subject(b"Subject: a =?broken b =?utf-8?Q?c?=\n\n"), "a =?broken b c");
}

const RELATED: &str = "--r\nContent-Type: text/html\n\n<img src=\"cid:logo%40x\"><img src=pic.png>\n\
    --r\nContent-Type: image/png; name=logo.png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\nAAEC\n\
    --r\nContent-Type: image/png\nContent-Location: pic.png\n\nx\n\
    --r\nContent-Type: image/gif\nContent-ID: <unused@x>\n\ny\n--r--\n";

/// MS-OXCMAIL 2.1.3.4.1.2, 2.2.3.4.1.4: hidden only if the HTML shows it.
#[test]
fn pictures_in_the_html_are_hidden() {
    let message = with("Content-Type: multipart/related; boundary=r", RELATED);
    let facts: Vec<(Option<&str>, &str, i32, bool)> = message
        .attachments
        .iter()
        .map(|a| {
            let Some(Value::Integer32(flags)) = a.get(PropertyTag::PidTagAttachFlags) else { panic!("no flags") };
            let hidden = a.get(PropertyTag::PidTagAttachmentHidden) == Some(&Value::Boolean(true));
            let id = a.text(PropertyTag::PidTagAttachContentId);
            (id, a.text(PropertyTag::PidTagAttachLongFilename).unwrap(), *flags, hidden)
        })
        .collect();
    assert_eq!(
        facts,
        [
            (Some("logo@x"), "logo.png", 4, true),
            (None, "ATT00002.png", 4, true),
            (Some("unused@x"), "ATT00003.gif", 0, false),
        ]
    );
    let logo = &message.attachments[0];
    assert_eq!(logo.data(), Some(&[0, 1, 2][..]));
    assert_eq!(logo.text(PropertyTag::PidTagAttachExtension), Some(".png"));
    assert_eq!(logo.text(PropertyTag::PidTagAttachFilename), Some("logo.png"));
    assert_eq!(logo.get(PropertyTag::PidTagAttachMethod), Some(&Value::Integer32(1)));
    assert_eq!(logo.get(PropertyTag::PidTagRenderingPosition), Some(&Value::Integer32(-1)));
    assert_eq!(mime(logo), "image/png");
}

#[test]
fn file_names() {
    for (field, long, short, extension) in [
        ("filename=\"a.txt\"", "a.txt", "a.txt", Some(".txt")),
        ("filename=\"A long name.html\"", "A long name.html", "Alongn~1.htm", Some(".html")),
        ("filename=\"archive.tar.gz\"", "archive.tar.gz", "archiv~1.gz", Some(".gz")),
        ("filename=\"C:\\\\dir\\\\b.txt\"", "b.txt", "b.txt", Some(".txt")),
        ("filename=\"../../etc/passwd\"", "passwd", "passwd", None),
        ("filename*=utf-8''%E2%82%AC%20rates.txt", "\u{20ac} rates.txt", "_rates~1.txt", Some(".txt")),
        ("filename=\"=?utf-8?Q?=C3=A9.txt?=\"", "\u{e9}.txt", "_~1.txt", Some(".txt")),
        ("filename*0=\"long\"; filename*1=\"er.bin\"", "longer.bin", "longer.bin", Some(".bin")),
        ("filename=\".profile\"", ".profile", "profil~1", None),
    ] {
        let header = format!("Content-Type: application/octet-stream\nContent-Disposition: attachment; {field}");
        let message = with(&header, "x");
        let attachment = &message.attachments[0];
        assert_eq!(attachment.text(PropertyTag::PidTagAttachLongFilename), Some(long), "{field}");
        assert_eq!(attachment.text(PropertyTag::PidTagDisplayName), Some(long), "{field}");
        assert_eq!(attachment.text(PropertyTag::PidTagAttachFilename), Some(short), "{field}");
        assert_eq!(attachment.text(PropertyTag::PidTagAttachExtension), extension, "{field}");
    }
    let long = format!("Content-Disposition: attachment; filename=\"{}.pdf\"", "n".repeat(400));
    let message = with(&long, "x");
    let name = message.attachments[0].text(PropertyTag::PidTagAttachLongFilename).unwrap();
    assert_eq!((name.len(), name.ends_with("n.pdf")), (255, true));
}

#[test]
fn an_embedded_message_is_a_message() {
    let inner = "From: in@x\nSubject: inner\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\ntext\n--i\n\
                 Content-Disposition: attachment; filename=f.bin\n\nfile\n--i--\n";
    let outer = format!("--o\n\nouter\n--o\nContent-Type: message/rfc822\n\n{inner}--o--\n");
    let message = with("Subject: outer\nContent-Type: multipart/mixed; boundary=o", &outer);
    assert_eq!(text(&message, PropertyTag::PidTagBody), "outer");
    let [attachment] = message.attachments.as_slice() else { panic!("{} attachments", message.attachments.len()) };
    assert_eq!(attachment.get(PropertyTag::PidTagAttachMethod), Some(&Value::Integer32(5)));
    assert_eq!(attachment.text(PropertyTag::PidTagDisplayName), Some("inner"));
    assert_eq!(attachment.data(), None);
    let embedded = attachment.embedded.as_deref().unwrap();
    assert_eq!(text(embedded, PropertyTag::PidTagSubject), "inner");
    assert_eq!(text(embedded, PropertyTag::PidTagBody), "text");
    assert_eq!(embedded.attachments[0].data(), Some(&b"file"[..]));
    // In base64, which RFC 2046 forbids and some send.
    let message = with("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", "U3ViamVjdDogeAoKaGkK");
    let embedded = message.attachments[0].embedded.as_deref().unwrap();
    assert_eq!(text(embedded, PropertyTag::PidTagSubject), "x");
    // What has no field is no message.
    let message = with("Content-Type: message/rfc822", "just text");
    assert_eq!(message.attachments[0].data(), Some(&b"just text"[..]));
    assert!(message.attachments[0].embedded.is_none());
}

/// MS-OXCMAIL 2.2.3.3.2: what is body and what is not; nothing is lost.
#[test]
fn bodies_are_chosen() {
    let part = |kind: &str, content: &str| format!("Content-Type: {kind}\n\n{content}\n");
    let multi = |kind: &str, mark: &str, parts: &[String]| {
        let parts: String = parts.iter().map(|part| format!("--{mark}\n{part}")).collect();
        format!("Content-Type: multipart/{kind}; boundary={mark}\n\n{parts}--{mark}--\n")
    };
    let files = |m: &Message| -> Vec<String> {
        m.attachments.iter().map(|a| a.text(PropertyTag::PidTagAttachLongFilename).unwrap().to_owned()).collect()
    };
    let body = |m: &Message| m.text(PropertyTag::PidTagBody).unwrap_or_default().trim().to_owned();
    let (plain, html_part) = (part("text/plain", "plain"), part("text/html", "<b>html</b>"));
    let picture = part("image/png", "png");

    let both = import(multi("alternative", "a", &[plain.clone(), html_part.clone()]).as_bytes(), None);
    assert_eq!((body(&both).as_str(), html(&both).as_deref()), ("plain", Some("<b>html</b>")));
    assert!(both.attachments.is_empty());

    let related = multi("related", "r", &[html_part.clone(), picture.clone()]);
    let nested = import(multi("alternative", "a", &[plain.clone(), related]).as_bytes(), None);
    assert_eq!((body(&nested).as_str(), files(&nested)), ("plain", vec!["ATT00001.png".to_owned()]));
    assert!(html(&nested).is_some());

    let only_html = import(html_part.as_bytes(), None);
    assert_eq!((body(&only_html).as_str(), integer(&only_html, PropertyTag::PidTagNativeBody)), ("html", Some(3)));

    let more = part("text/plain", "more");
    let interleaved = import(multi("mixed", "m", &[plain.clone(), picture.clone(), more.clone()]).as_bytes(), None);
    assert_eq!(body(&interleaved), "plain\r\nmore");

    let beside = import(multi("mixed", "m", &[plain.clone(), html_part.clone()]).as_bytes(), None);
    assert_eq!((body(&beside).as_str(), files(&beside)), ("plain", vec!["ATT00001.htm".to_owned()]));
    assert_eq!(beside.attachments[0].data(), Some(&b"<b>html</b>"[..]));

    let alternative = multi("alternative", "a", &[plain.clone(), html_part.clone()]);
    let footer = import(multi("mixed", "m", &[alternative, more]).as_bytes(), None);
    assert_eq!((body(&footer).as_str(), files(&footer)), ("plain", vec!["ATT00001.txt".to_owned()]));

    let meeting = part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR");
    let meeting = import(multi("alternative", "a", &[plain.clone(), meeting]).as_bytes(), None);
    assert_eq!(
        (text(&meeting, PropertyTag::PidTagMessageClass), files(&meeting)),
        ("IPM.Note", vec!["ATT00001.ics".to_owned()])
    );

    let attached = import(b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx", None);
    assert_eq!((body(&attached).as_str(), integer(&attached, PropertyTag::PidTagNativeBody)), ("", Some(0)));
    assert_eq!(attached.attachments[0].data(), Some(&b"x"[..]));
}

#[test]
fn files_in_the_text_of_old_mail() {
    let message = with("Subject: x", "see\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n");
    assert_eq!(text(&message, PropertyTag::PidTagBody), "see\r\nbye\r\n");
    assert_eq!(message.attachments[0].data(), Some(&b"Cat"[..]));
    assert_eq!(message.attachments[0].text(PropertyTag::PidTagAttachLongFilename), Some("cat.txt"));
    let not_a_file = with("Subject: x", "begin 644 the day\nwith coffee\n");
    assert!(not_a_file.attachments.is_empty());
    let part = with(
        "Content-Type: application/octet-stream; name=cat.txt\nContent-Transfer-Encoding: x-uuencode",
        "begin 644 cat.txt\n#0V%T\n`\nend\n",
    );
    assert_eq!(part.attachments[0].data(), Some(&b"Cat"[..]));
}

#[test]
fn reports_and_smime_have_their_classes() {
    let report = |kind: &str, fields: &str| {
        let body = format!("--b\n\ntext\n--b\nContent-Type: message/{kind}\n\n{fields}\n--b--\n");
        let message = with("Content-Type: multipart/report; boundary=b", &body);
        text(&message, PropertyTag::PidTagMessageClass).to_owned()
    };
    let status = "delivery-status";
    assert_eq!(report(status, "Reporting-MTA: dns; a\n\nAction: delivered\n\nAction: FAILED"), "REPORT.IPM.Note.NDR");
    assert_eq!(report(status, "Action: delivered"), "REPORT.IPM.Note.DR");
    assert_eq!(report(status, "Action: relayed"), "REPORT.IPM.Note.DR");
    assert_eq!(report(status, "Action: delayed"), "IPM.Note");
    assert_eq!(report(status, "nothing"), "IPM.Note");
    let notification = "disposition-notification";
    assert_eq!(
        report(notification, "Disposition: manual-action/MDN-sent-manually; displayed"),
        "REPORT.IPM.Note.IPNRN"
    );
    assert_eq!(report(notification, "Disposition: automatic-action; deleted/error"), "REPORT.IPM.Note.IPNNRN");

    let opaque = with(
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64",
        "AAEC",
    );
    assert_eq!(text(&opaque, PropertyTag::PidTagMessageClass), "IPM.Note.SMIME");
    assert_eq!(opaque.get(PropertyTag::PidTagBody), None);
    assert_eq!(opaque.attachments[0].text(PropertyTag::PidTagAttachLongFilename), Some("smime.p7m"));
    assert_eq!(opaque.attachments[0].data(), Some(&[0, 1, 2][..]));

    let body = "--s\n\nsigned text\n--s\nContent-Type: application/pkcs7-signature\n\nsig\n--s--\n";
    let clear = with("Content-Type: multipart/signed; boundary=s;\n protocol=\"application/pkcs7-signature\"", body);
    assert_eq!(text(&clear, PropertyTag::PidTagMessageClass), "IPM.Note.SMIME.MultipartSigned");
    assert_eq!(text(&clear, PropertyTag::PidTagBody), "signed text");
    let [whole] = clear.attachments.as_slice() else { panic!("one attachment") };
    assert_eq!(mime(whole), "multipart/signed");
    let want =
        format!("Content-Type: multipart/signed; boundary=s;\n protocol=\"application/pkcs7-signature\"\r\n\r\n{body}");
    assert_eq!(String::from_utf8_lossy(whole.data().unwrap()), want);

    let pgp = with("Content-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"", body);
    assert_eq!(text(&pgp, PropertyTag::PidTagMessageClass), "IPM.Note");
    assert_eq!(pgp.attachments.len(), 1);
}

#[test]
fn flags_of_the_mailbox_become_properties() {
    let mut message = with("Subject: x", "");
    assert_eq!(message.flags, Flags::default());
    message.set_flags(Flags { read: true, flagged: true, replied: true, ..Flags::default() });
    assert!(message.flags.read);
    assert_eq!(integer(&message, PropertyTag::PidTagFlagStatus), Some(2));
    assert_eq!(integer(&message, PropertyTag::PidTagIconIndex), Some(0x105));
    assert_eq!(integer(&message, PropertyTag::PidTagLastVerbExecuted), Some(102));
    message.set_flags(Flags { forwarded: true, ..Flags::default() });
    assert_eq!(integer(&message, PropertyTag::PidTagLastVerbExecuted), Some(104));
}

#[test]
fn headers_that_are_none() {
    let body = |raw: &str| import(raw.as_bytes(), None).text(PropertyTag::PidTagBody).unwrap_or_default().to_owned();
    assert_eq!(body("just text\nand more\n"), "just text\r\nand more\r\n");
    assert_eq!(body("Subject: x\nno field\nstill none\n"), "no field\r\nstill none\r\n");
    assert_eq!(body("Subject: x\ngarbage\nTo: a@b\n\ntext"), "text");
    assert_eq!(body("From a@b Tue Jan  7 12:08:10 2003\nSubject: x\n\ntext"), "text");
    assert_eq!(body("\n\nSubject: x\n\ntext"), "text");
    assert_eq!(body("Subject: x\r\rtext\rmore"), "text\r\nmore");
    assert_eq!(body("\u{FEFF}Subject: x\n\ntext"), "text");
    let message = import(b"Subject : x\nDate:\n\n", None);
    assert_eq!(text(&message, PropertyTag::PidTagSubject), "x");
    let empty = import(b"", None);
    assert_eq!(text(&empty, PropertyTag::PidTagMessageClass), "IPM.Note");
}
