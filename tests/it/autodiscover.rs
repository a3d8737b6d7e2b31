//! Autodiscover: the POX form, the JSON form, the redirect. MS-OXDSCLI.

use crate::demo::Server;
use crate::edge::{ANN, BOB, Line, Reply, World};
use mailstead::autodiscover::PoxRequest;
use mailstead::backend::Who;
use mailstead::client::{Dial, Http, Network, Request, Trust, Url};
use mailstead::http::{Peer, Service};
use std::sync::Arc;

const REQUEST: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const OUTLOOK: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

fn request(who: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"{REQUEST}\"><Request>{who}\
         <AcceptableResponseSchema>{OUTLOOK}</AcceptableResponseSchema></Request></Autodiscover>"
    )
}

fn by_address(address: &str) -> String {
    request(&format!("<EMailAddress>{address}</EMailAddress>"))
}

fn send(line: &mut Line, path: &str, fields: &str, body: &[u8]) -> Reply {
    line.send(format!("POST {path} HTTP/1.1\r\nHost: evil.example.net\r\nContent-Length: {}\r\n", body.len()));
    line.send(format!("Content-Type: text/xml\r\n{fields}\r\n"));
    line.send(body);
    line.reply()
}

fn ask(line: &mut Line, body: impl AsRef<[u8]>) -> Reply {
    let fields = format!("Authorization: {ANN}\r\nX-MapiHttpCapability: 1\r\n");
    send(line, "/autodiscover/autodiscover.xml", &fields, body.as_ref())
}

fn text(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.field("Content-Type"), Some("text/xml; charset=utf-8"));
    String::from_utf8(reply.body.clone()).unwrap()
}

fn is_error(reply: &Reply, code: u32) {
    let text = text(reply);
    assert!(text.contains(&format!("<ErrorCode>{code}</ErrorCode>")), "{text}");
    assert!(!text.contains("mapiHttp") && !text.contains("LegacyDN"));
}

/// MS-OXCMAPIHTTP R1 R28 R29 R459 R1436 R1437
#[test]
fn settings_are_what_outlook_reads() {
    let world = World::new();
    let reply = ask(&mut world.line(), by_address("ann@example.org"));
    assert_eq!(
        text(&reply),
        r#"<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
    <User>
      <DisplayName>Ann &lt;&amp; Co&gt;</DisplayName>
      <LegacyDN>/o=Mailstead/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=ann</LegacyDN>
      <AutoDiscoverSMTPAddress>ann@example.org</AutoDiscoverSMTPAddress>
      <DeploymentId>deadbeef-0001-0002-0303-030303030303</DeploymentId>
    </User>
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
      <MicrosoftOnline>False</MicrosoftOnline>
      <ConsumerMailbox>False</ConsumerMailbox>
      <Protocol Type="mapiHttp" Version="1">
        <MailStore><InternalUrl>https://mail.example.org/mapi/emsmdb/?MailboxId=12345678-9abc-def0-0102-030405060701@example.org</InternalUrl><ExternalUrl>https://outside.example.org:8443/mapi/emsmdb/?MailboxId=12345678-9abc-def0-0102-030405060701@example.org</ExternalUrl></MailStore>
        <AddressBook><InternalUrl>https://mail.example.org/mapi/nspi/?MailboxId=12345678-9abc-def0-0102-030405060701@example.org</InternalUrl><ExternalUrl>https://outside.example.org:8443/mapi/nspi/?MailboxId=12345678-9abc-def0-0102-030405060701@example.org</ExternalUrl></AddressBook>
      </Protocol>
    </Account>
  </Response>
</Autodiscover>
"#
    );
}

#[test]
fn without_credentials_401_and_the_path_in_any_case() {
    let world = World::new();
    let mut line = world.line();
    for path in ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml", "/AUTODISCOVER/AUTODISCOVER.XML"] {
        let body = by_address("ann@example.org");
        let reply = send(&mut line, path, "X-MapiHttpCapability: 1\r\n", body.as_bytes());
        assert_eq!((reply.status, reply.field("WWW-Authenticate")), (401, Some("Basic realm=\"Mailstead\"")));
        let fields = format!("Authorization: {ANN}\r\nX-MapiHttpCapability: 1\r\n");
        assert!(text(&send(&mut line, path, &fields, body.as_bytes())).contains("mapiHttp"));
    }
}

#[test]
fn any_user_may_ask_about_any_mailbox() {
    let world = World::new();
    let mut line = world.line();
    let fields = format!("Authorization: {BOB}\r\nX-MapiHttpCapability: 1\r\n");
    let body = by_address("ANN@Example.ORG");
    let reply = send(&mut line, "/autodiscover/autodiscover.xml", &fields, body.as_bytes());
    assert!(text(&reply).contains("<AutoDiscoverSMTPAddress>ann@example.org<"));
}

#[test]
fn a_legacy_dn_counts_more_than_an_address() {
    let world = World::new();
    let dn = "/O=mailstead/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=BOB";
    let both = request(&format!("<EMailAddress>ann@example.org</EMailAddress><LegacyDN>{dn}</LegacyDN>"));
    assert!(text(&ask(&mut world.line(), both)).contains("<AutoDiscoverSMTPAddress>bob@example.org<"));
}

/// Over the real server and its directory: an alias, a distinguished name that somebody had elsewhere
/// (X500), and logging on by alias, lead to the one mailbox, which is named by its own address and name.
/// A group, a contact and an alias that was taken away lead nowhere. autodiscover.md §2, outlook.md §2
#[test]
fn aliases_and_former_names_lead_to_the_mailbox() {
    let server = Server::start();
    let network = Network::new(&Trust::default().and_file(&server.home.path().join("t/ca/root.pem")).unwrap()).unwrap();
    let network: Arc<dyn Dial> = Arc::new(network);
    let url = Url::parse(&format!("{}/autodiscover/autodiscover.xml", server.url)).unwrap();
    let ask = |login: &str, who: &str| -> String {
        let mut http = Http::new(Arc::clone(&network)).with_basic(login, "one");
        let fields = vec![("Content-Type", "text/xml".to_owned()), ("X-MapiHttpCapability", "1".to_owned())];
        let body = request(who);
        let request = Request { method: "POST", url: &url, fields, body: body.as_bytes() };
        let received = smol::block_on(http.send(&request)).unwrap();
        assert_eq!(received.head.status, 200, "{login} {who}");
        String::from_utf8(received.body).unwrap()
    };
    server.command(&[
        "alias",
        "add",
        "ann@example.test",
        "annie@example.test",
        "old@example.test",
        "X500:/o=Old & Co/cn=Ann",
    ]);
    server.command(&["alias", "remove", "ann@example.test", "old@example.test"]);
    server.command(&["group", "add", "family@example.test"]);
    server.command(&["contact", "add", "uncle@elsewhere.test"]);
    let own = ask("ann@example.test", "<EMailAddress>ann@example.test</EMailAddress>");
    assert!(own.contains("<AutoDiscoverSMTPAddress>ann@example.test<") && own.contains("mapiHttp"), "{own}");
    for who in [
        "<EMailAddress>Annie@Example.Test</EMailAddress>",
        "<LegacyDN>/O=OLD &amp; CO/CN=ANN</LegacyDN>",
        "<EMailAddress>nobody@example.test</EMailAddress><LegacyDN>/o=Old &amp; Co/cn=Ann</LegacyDN>",
    ] {
        assert_eq!(ask("ann@example.test", who), own, "{who}");
    }
    assert_eq!(ask("annie@example.test", "<EMailAddress>annie@example.test</EMailAddress>"), own);
    for who in ["old@example.test", "family@example.test", "uncle@elsewhere.test", "/o=Old &amp; Co/cn=Ann"] {
        let answer = ask("ann@example.test", &format!("<EMailAddress>{who}</EMailAddress>"));
        assert!(answer.contains("<ErrorCode>500</ErrorCode>"), "{who}: {answer}");
    }
    let nobody = ask("ann@example.test", "<LegacyDN>/o=Old/cn=Ann</LegacyDN>");
    assert!(nobody.contains("<ErrorCode>500</ErrorCode>"), "{nobody}");
}

#[test]
fn unknown_and_disabled_mailboxes_are_error_500_and_a_broken_store_603() {
    let world = World::new();
    let mut line = world.line();
    is_error(&ask(&mut line, by_address("nobody@example.org")), 500);
    is_error(&ask(&mut line, by_address("gone@example.org")), 500);
    is_error(&ask(&mut line, by_address("broken@example.org")), 603);
}

#[test]
fn clients_that_do_not_know_mapi_http_are_error_601() {
    let world = World::new();
    let mut line = world.line();
    let body = by_address("ann@example.org");
    for value in ["", "X-MapiHttpCapability: 0\r\n", "X-MapiHttpCapability: x\r\n", "X-MapiHttpCapability: -1\r\n"] {
        let fields = format!("Authorization: {ANN}\r\n{value}");
        is_error(&send(&mut line, "/autodiscover/autodiscover.xml", &fields, body.as_bytes()), 601);
    }
    let fields = format!("Authorization: {ANN}\r\nX-MapiHttpCapability: 2\r\n");
    let reply = send(&mut line, "/autodiscover/autodiscover.xml", &fields, body.as_bytes());
    assert!(text(&reply).contains("Version=\"1\""), "the highest there is");
}

#[test]
fn other_schemas_are_error_601() {
    let world = World::new();
    let phone = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";
    is_error(&ask(&mut world.line(), by_address("ann@example.org").replace(OUTLOOK, phone)), 601);
}

#[test]
fn malformed_requests_are_error_600() {
    let world = World::new();
    let mut line = world.line();
    let whole = by_address("ann@example.org");
    for len in (0..whole.len()).step_by(9) {
        is_error(&ask(&mut line, &whole[..len]), 600);
    }
    for body in [
        "not xml",
        "<a/>",
        "<?xml version=\"1.0\"?><Autodiscover xmlns=\"urn:other\"><Request/></Autodiscover>",
        &whole.replace(REQUEST, "urn:other"),
        &whole.replace("</Request>", "</Wrong>"),
        &request(""),
        &by_address("  "),
        &by_address("&unknown;"),
        &format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000)),
    ] {
        is_error(&ask(&mut line, body), 600);
    }
    is_error(&ask(&mut line, b"\xFF\xFE\x00"), 600);
    is_error(&ask(&mut line, b"<a>\xFF</a>"), 600);
    line.send(format!("GET /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\nAuthorization: {ANN}\r\n\r\n"));
    is_error(&line.reply(), 600);
    assert_eq!(ask(&mut line, "x".repeat(0x10001)).status, 413);
}

#[test]
fn entities_are_not_expanded() {
    let world = World::new();
    let mut line = world.line();
    let body = by_address("&x;").replace(
        "<Autodiscover",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY y \"&x;&x;\">]><Autodiscover",
    );
    is_error(&ask(&mut line, body), 600);
}

#[test]
fn requests_may_look_different_and_mean_the_same() {
    let expected = PoxRequest::parse(by_address("ann@example.org").as_bytes()).unwrap();
    assert_eq!(expected.who, Who::Address("ann@example.org".into()));
    let with_prefix = format!(
        "\u{FEFF}<p:Autodiscover xmlns:p='{REQUEST}'>\r\n <!-- x --><p:Request><p:AcceptableResponseSchema>\r\n{OUTLOOK} \
         </p:AcceptableResponseSchema><p:Unknown><p:EMailAddress>no</p:EMailAddress></p:Unknown><EMailAddress>no</EMailAddress>\
         <p:EMailAddress> ann&#64;<![CDATA[example]]>&#x2E;org </p:EMailAddress></p:Request></p:Autodiscover>"
    );
    assert_eq!(PoxRequest::parse(with_prefix.as_bytes()).unwrap(), expected);
    let utf16: Vec<u8> = by_address("ann@example.org").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(PoxRequest::parse(&utf16).unwrap(), expected);
    let with_bom: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain(utf16.chunks(2).flat_map(|unit| [unit[1], unit[0]])).collect();
    assert_eq!(PoxRequest::parse(&with_bom).unwrap(), expected);
}

#[test]
fn json_says_where_the_other_form_is_and_nothing_else() {
    let world = World::new();
    let mut line = world.line();
    let mut get = |target: &str| {
        line.send(format!("GET {target} HTTP/1.1\r\nHost: evil.example.net\r\n\r\n"));
        let reply = line.reply();
        assert_eq!(reply.field("Content-Type"), Some("application/json; charset=utf-8"));
        (reply.status, String::from_utf8(reply.body).unwrap())
    };
    let url = r#"{"Protocol":"AutodiscoverV1","Url":"https://outside.example.org:8443/autodiscover/autodiscover.xml"}"#;
    for target in [
        "/autodiscover/autodiscover.json?Email=ann%40example.org&Protocol=AutodiscoverV1&RedirectCount=1",
        "/Autodiscover/Autodiscover.json?email=nobody%40example.org&protocol=Autodiscoverv1",
        "/autodiscover/autodiscover.json/v1.0/nobody%40example.org?Protocol=AutodiscoverV1",
    ] {
        assert_eq!(get(target), (200, url.to_owned()), "{target}");
    }
    for (target, code) in [
        ("/autodiscover/autodiscover.json?Email=a%40b&Protocol=Nonsense%22", "ProtocolNotSupported"),
        ("/autodiscover/autodiscover.json?Email=a%40b&Protocol=ActiveSync", "ProtocolNotSupported"),
        ("/autodiscover/autodiscover.json?Email=a%40b", "MandatoryParameterMissing"),
        ("/autodiscover/autodiscover.json?Protocol=AutodiscoverV1", "MandatoryParameterMissing"),
        ("/autodiscover/autodiscover.json/v1.0/?Protocol=AutodiscoverV1", "MandatoryParameterMissing"),
        ("/autodiscover/autodiscover.json", "MandatoryParameterMissing"),
    ] {
        let (status, body) = get(target);
        assert_eq!(status, 400, "{target}");
        assert!(body.starts_with(&format!("{{\"ErrorCode\":\"{code}\",\"ErrorMessage\":\"")), "{target}: {body}");
    }
}

#[test]
fn port_80_redirects_autodiscover_and_nothing_else() {
    let world = World::new();
    let mut line = world.line_from(Peer::new([192, 0, 2, 1].into(), false), Service::Redirect);
    for path in ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml?x"] {
        line.send(format!("GET {path} HTTP/1.1\r\nHost: evil.example.net\r\n\r\n"));
        let reply = line.reply();
        assert_eq!(reply.status, 302);
        let location = reply.field("Location").unwrap();
        assert_eq!(location, "https://outside.example.org:8443/autodiscover/autodiscover.xml");
    }
    for path in [
        "/",
        "/mapi/emsmdb/",
        "/mapi/healthcheck.htm",
        "/autodiscover/autodiscover.json?Email=a&Protocol=AutodiscoverV1",
    ] {
        line.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: {ANN}\r\n\r\n"));
        assert_eq!(line.reply().status, 404, "{path}");
    }
}

/// What is not here is looked for where the configuration says; what is, is not sent away.
#[test]
fn other_domains_are_redirected() {
    let world = World::new();
    let mut line = world.line();
    for (address, expected) in [
        ("cleo@Moved.Example", "<Action>redirectAddr</Action>\n      <RedirectAddr>cleo@example.org</RedirectAddr>"),
        ("x@one.example", "<Action>redirectAddr</Action>\n      <RedirectAddr>ann@example.org</RedirectAddr>"),
        (
            "x@else.example",
            "<Action>redirectUrl</Action>\n      <RedirectUrl>https://a.b.example/x?y&amp;z</RedirectUrl>",
        ),
    ] {
        let text = text(&ask(&mut line, by_address(address)));
        assert!(text.contains(expected) && text.contains("<AccountType>email</AccountType>"), "{text}");
        assert!(!text.contains("ErrorCode") && !text.contains("mapiHttp"), "{text}");
    }
    is_error(&ask(&mut line, by_address("x@sub.moved.example")), 500);
    is_error(&ask(&mut line, by_address("moved.example")), 500);
    // A client that does not know MAPI over HTTP may find something it knows elsewhere.
    let fields = format!("Authorization: {ANN}\r\n");
    let reply = send(&mut line, "/autodiscover/autodiscover.xml", &fields, by_address("x@one.example").as_bytes());
    assert!(text(&reply).contains("redirectAddr"));
}

#[test]
fn redirects_are_checked_when_they_are_read() {
    use mailstead::config::Redirect;
    for wrong in [
        "",
        "a.example",
        "a.example=",
        "a.example=b.example",
        "a.example=@a.example",
        "a.example=http://b.example/",
        "a.example=https:///x",
        "a.example=https://b.example/ x",
        "a b=@b.example",
        "=@b.example",
    ] {
        assert!(wrong.parse::<Redirect>().is_err(), "{wrong}");
    }
}

/// Ten megabytes are answered with an error and neither read nor kept.
#[test]
fn a_body_of_ten_megabytes_is_refused() {
    let world = World::new();
    let mut line = world.line();
    line.send(format!(
        "POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\nAuthorization: {ANN}\r\nContent-Length: {}\r\n\r\n",
        10 << 20
    ));
    line.send(vec![b'<'; 1 << 20]);
    assert_eq!(line.reply().status, 413);
    // The same in chunks, whose number nobody announces.
    let mut line = world.line();
    line.send(format!(
        "POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\nAuthorization: {ANN}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ));
    let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
    (0..17).for_each(|_| line.send(&chunk));
    assert_eq!(line.reply().status, 413);
}
