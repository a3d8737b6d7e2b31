//! `decode`: bytes written out by hand become readable, in both directions.

use crate::cli::{Home, fails};
use crate::edge::{ANN, Ask, BOB, CONNECT, CONNECT_BOB, World, execute};
use mailstead::directory::{self, NewUser};
use mailstead::store::{OpenOptions, Store};
use mailstead::wire::FileTime;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

/// Execute: RopGetPropertiesSpecific for PidTagSubject. MS-OXCMAPIHTTP 2.2.4.2.1, MS-OXCRPC 2.2.2.1,
/// MS-OXCROPS 2.2.1, 2.2.8.3.1
const REQUEST: &str = "03000000 1b000000 0000 0400 1300 1300 0f00 07 00 00 0000 0100 0100 1f003700 01000000 \
                       08800100 00000000";
/// Its response: the subject is "Hi". MS-OXCMAPIHTTP 2.2.4.2.2, MS-OXCROPS 2.2.8.3.2
const RESPONSE: &str = "00000000 00000000 00000000 1b000000 0000 0400 1300 1300 0f00 07 00 00000000 00 480069000000 \
                        01000000 00000000";

#[test]
fn a_request_and_its_response_are_read() {
    let home = Home::new();
    home.write("request", REQUEST);
    home.write("response", RESPONSE);
    let said = home.run("decode request response");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    for word in ["Execute request: flags 3, at most 98312 bytes back", "GetPropertiesSpecific", "PidTagSubject", "Hi"] {
        assert!(said.out.contains(word), "{word} in {}", said.out);
    }
    assert!(!said.out.contains("not read"), "{}", said.out);
}

#[test]
fn hex_base64_bytes_and_the_inner_stream_are_the_same() {
    use base64::Engine as _;
    let home = Home::new();
    let bytes = crate::golden::hex(&REQUEST.replace(' ', ""));
    home.write("bytes", &bytes);
    home.write("hex", REQUEST);
    home.write("base64", base64::prelude::BASE64_STANDARD.encode(&bytes));
    let whole = [b"PROCESSING\r\nPENDING\r\nDONE\r\nX-ElapsedTime: 1\r\n\r\n".as_slice(), &bytes].concat();
    home.write("stream", whole);
    let body = |name: &str| home.run(&format!("decode {name}")).out.lines().skip(1).collect::<Vec<_>>().join("\n");
    let expected = body("hex");
    assert!(expected.contains("GetPropertiesSpecific"), "{expected}");
    for name in ["bytes", "base64", "stream"] {
        assert_eq!(body(name), expected, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_shown_as_it_is() {
    let home = Home::new();
    home.write("response", RESPONSE);
    // Without the request nobody knows that the six bytes are a subject.
    assert!(home.run("decode response").out.contains("480069000000"));
    home.write("noise", [0xFF; 40]);
    assert!(home.run("decode noise").out.contains("not read: ffff"));
    home.write("nothing", "");
    assert_eq!(home.run("decode nothing").out, "0 bytes\n  nothing\n");
    fails(&home.run("decode missing"), 1, "missing: no such file", "");
}

/// The bodies of the address book, by the layouts of MS-OXCMAPIHTTP 2.2.5.1, 2.2.5.12: two columns,
/// one row that has both and one that has the first only. The bytes of every other request type are in
/// nspi/bytes.rs, where `describe` is asked for each.
#[test]
fn bodies_of_the_address_book_are_read() {
    const STAT: &str = "00000000 00000000 00000000 00000000 00000000 00000000 e4040000 09040000 09040000";
    const COLUMNS: &str = "02000000 1f000130 0300fe0f";
    let home = Home::new();
    let capture = format!(
        "# a remark\n> \"Bind\" \"{{1}}:1\"\n00000000 ff {STAT} 00000000\n\
         < \"Bind\" \"{{1}}:1\" code 0\n00000000 00000000 00112233445566778899aabbccddeeff 00000000\n\
         > QueryRows\n00000000 ff {STAT} 00000000 32000000 ff {COLUMNS} 00000000\n\
         < queryrows\n00000000 00000000 ff {STAT} ff {COLUMNS} 02000000 \
         00 ff 41006e006e000000 06000000 01 00 ff 420065006e000000 0a 0f010480 00000000\n\
         < GetProps\n57000780 00000000\n\
         > Bind\n0000\n> Bind\n"
    );
    home.write("capture", capture);
    let said = home.run("decode capture");
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    for (line, has) in [
        (1, "  BindRequest { flags: 0, state: Some(Stat { sort_type: SortTypeDisplayName, "),
        (3, "  BindResponse { error_code: Success, server_guid: "),
        (5, "row_count: 50, columns: Some([PidTagDisplayName, PidTagObjectType]) }"),
        (7, "  QueryRowsResponse { error_code: Success, "),
        (8, "    PidTagDisplayName=String(\"Ann\") PidTagObjectType=Integer32(6)"),
        (9, "    PidTagDisplayName=String(\"Ben\") PidTagObjectType:NotFound"),
        (11, "  StatusCode InvalidParameter"),
        (13, "  not read: 0000"),
        (15, "  nothing"),
    ] {
        assert!(lines[line].contains(has), "line {line}: {has}\n{}", said.out);
    }
    assert_eq!(lines[4], "> QueryRows");
}

#[test]
fn every_prefix_and_every_flipped_byte_is_survived() {
    let home = Home::new();
    let bytes = crate::golden::hex(&RESPONSE.replace(' ', ""));
    let mut sections = String::new();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0xFF;
        for body in [&bytes[..at], &flipped] {
            sections += &format!("< {at}\n{}\n", body.iter().map(|b| format!("{b:02x}")).collect::<String>());
        }
    }
    home.write("all", sections);
    let said = home.run("decode all");
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
}

/// A capture holds what one user says and hears, no cookie and no password, and ends by itself.
#[test]
fn a_capture_is_of_one_user_and_holds_no_secret() {
    let home = Home::new();
    let world = World::new();
    let store = Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
    let mut txn = store.write().unwrap();
    let new = NewUser { address: "ann@example.org", display_name: "Ann", password_hash: "", admin: false };
    let ann = directory::create(&mut txn, "Mailstead", &new, FileTime(1)).unwrap();
    txn.commit().unwrap();
    let path = home.path("capture.txt");
    let end = world.clock.monotonic() + Duration::from_secs(60);
    world.site.captures.begin(&ann, &path, end).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    world.site.captures.begin(&ann, &path, end).unwrap_err();
    let mut line = world.line();
    let cookie = line.connect();
    let secret = cookie.split_once('=').unwrap().1.to_owned();
    line.ask(&Ask::new("Execute", &execute(b"anything")).cookie(&cookie)).mapi();
    line.ask(&Ask::new("Connect", CONNECT_BOB).by(BOB)).mapi();
    assert_eq!(line.ask(&Ask::new("Execute", &execute(b"anything"))).code(), 13);
    let text = std::fs::read_to_string(&path).unwrap();
    let titles: Vec<&str> = text.lines().filter(|line| line.starts_with(['>', '<'])).collect();
    let id = "\"{E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456\"";
    let title = |direction: char, what: &str, code: &str| format!("{direction} \"{what}\" {id}{code}");
    assert_eq!(
        titles,
        [
            title('>', "Connect", ""),
            title('<', "Connect", " code 0"),
            title('>', "Execute", ""),
            title('<', "Execute", " code 0"),
            title('>', "Execute", ""),
            title('<', "Execute", " code 13"),
        ]
    );
    assert!(!text.contains(&secret) && !text.contains(ANN) && !text.contains("b25l"), "{text}");
    let hex: String = CONNECT.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(text.replace('\n', "").contains(&hex), "the body as it came");
    assert!(home.run("decode capture.txt").out.contains("ConnectRequest"));
    world.clock.advance(Duration::from_secs(61));
    line.run(&cookie, b"anything");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "it has ended");
}

#[test]
fn a_capture_needs_a_server() {
    let home = Home::with_ann();
    fails(&home.run("--config t.toml capture ann@example.test"), 1, "no server runs", "mailstead serve");
    let said = home.run("--config t.toml capture ann@example.test --minutes 0");
    fails(&said, 1, "a capture takes 1 to 1440 minutes", "");
    fails(&home.run("--config t.toml capture ann@example.test --minutes x"), 2, "--minutes wants a number", "");
}
