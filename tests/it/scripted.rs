//! The scripted client itself, against servers that are odd, rude or broken. RFC 9112,
//! MS-OXCMAPIHTTP 3.1.5

use mailstead::client::{Channel, ClientError, Http, Network, Request, Trouble, Trust, Url, autodiscover};
use smol::block_on;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server that answers each request with the next of its answers, and hangs up after those that
/// end in [`HANG_UP`]. It remembers what it was asked.
struct Scripted {
    url: Url,
    asked: Arc<Mutex<Vec<String>>>,
}

const HANG_UP: &str = "<hang up>";

impl Scripted {
    fn new(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/mapi/emsmdb/", listener.local_addr().unwrap())).unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (memory, answers) = (Arc::clone(&asked), answers.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
        thread::spawn(move || {
            let mut answers = answers.into_iter();
            while let Ok((mut stream, _)) = listener.accept() {
                while let Some(request) = read_request(&mut stream) {
                    memory.lock().unwrap().push(request);
                    let Some(answer) = answers.next() else { return };
                    let stays = !answer.ends_with(HANG_UP);
                    let _ = stream.write_all(answer.trim_end_matches(HANG_UP).as_bytes());
                    if !stays {
                        break;
                    }
                }
            }
        });
        Self { url, asked }
    }

    fn http(&self) -> Http {
        let mut http = Http::new(Arc::new(Network::new(&Trust::default()).unwrap()));
        http.patience = Duration::from_secs(5);
        http
    }

    fn get(&self, http: &mut Http) -> Result<String, ClientError> {
        let request = Request { method: "POST", url: &self.url, fields: Vec::new(), body: b"body" };
        let received = block_on(http.send(&request))?;
        Ok(format!("{} {}", received.head.status, String::from_utf8_lossy(&received.body)))
    }

    fn call(&self) -> Result<mailstead::client::Answer, ClientError> {
        block_on(Channel::new(self.http(), self.url.clone()).call("Execute", b"x"))
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Header and body, as far as Content-Length says.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut one = [0; 1];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut one).ok()? == 0 {
            return None;
        }
        bytes.push(one[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

#[test]
fn bodies_end_in_every_way_that_there_is() {
    let server = Scripted::new(&[
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         3;ext=1\r\nchu\r\n3\r\nnks\r\n0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end<hang up>",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain",
    ]);
    let mut http = server.http();
    for expected in ["200 whole", "200 chunks", "204 ", "200 ", "200 to the end", "200 again"] {
        assert_eq!(server.get(&mut http).unwrap(), expected);
    }
    assert!(server.asked()[0].starts_with("POST /mapi/emsmdb/ HTTP/1.1\r\nHost: 127.0.0.1:"));
}

#[test]
fn a_kept_connection_that_was_closed_is_opened_again_once() {
    let server = Scripted::new(&[
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none<hang up>",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo",
        HANG_UP,
        HANG_UP,
    ]);
    let mut http = server.http();
    assert_eq!(server.get(&mut http).unwrap(), "200 one");
    assert_eq!(server.get(&mut http).unwrap(), "200 two");
    // Twice without a word is a broken server.
    assert!(matches!(server.get(&mut http), Err(ref e) if matches!(e.trouble(), Trouble::Broken(_))));
    assert!(!http.is_connected());
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort<hang up>",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nshort<hang up>",
        "HTTP/1.1 200 OK\r\nContent-Le<hang up>",
    ] {
        let server = Scripted::new(&[answer]);
        assert!(
            matches!(server.get(&mut server.http()), Err(ref e) if matches!(e.trouble(), Trouble::Broken(_))),
            "{answer:?}"
        );
    }
}

#[test]
fn an_answer_that_is_none_is_refused() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(5000));
    for answer in [
        "SSH-2.0-OpenSSH_9\r\n",
        "HTTP/1.1 twohundred OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n",
        &long,
        &many,
    ] {
        let server = Scripted::new(&[answer]);
        let refused = server.get(&mut server.http());
        assert!(
            matches!(refused, Err(ref e) if matches!(e.trouble(), Trouble::Malformed("HTTP", _))),
            "{answer:.60?}: {refused:?}"
        );
    }
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let server = Scripted::new(&["HTTP/1.1 200 OK\r\n"]);
    let mut http = server.http();
    http.patience = Duration::from_millis(200);
    assert!(matches!(server.get(&mut http), Err(ref e) if matches!(e.trouble(), Trouble::Timeout(_))));
}

fn mapi(code: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nX-ResponseCode: {code}\r\nSet-Cookie: a=1; Path=/mapi\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// MS-OXCMAPIHTTP 2.2.2.2, 2.2.7, R2229 (late failure)
#[test]
fn meta_tags_and_late_failures_are_understood() {
    let good = mapi("0", "PROCESSING\r\nPENDING\r\nPENDING\r\nDONE\r\nX-ElapsedTime: 5\r\n\r\nbody");
    let late = mapi("0", "PROCESSING\r\nDONE\r\nX-ResponseCode: 10\r\n\r\nThe page.");
    let early = mapi("12", "<html>bad</html>");
    let server = Scripted::new(&[&good]);
    let answer = server.call().unwrap();
    assert_eq!(answer.meta_tags, ["PROCESSING", "PENDING", "PENDING", "DONE"]);
    assert_eq!(answer.additional, [("X-ElapsedTime".to_owned(), "5".to_owned())]);
    assert_eq!(answer.body, b"body");
    let asked = server.asked().remove(0);
    for field in ["X-RequestType: Execute", "Content-Type: application/mapi-http", "X-RequestId: {", "X-ClientInfo: {"]
    {
        assert!(asked.contains(field), "{field} is not in {asked}");
    }
    assert_eq!(Scripted::new(&[&late]).call().unwrap_err().response_code(), Some(10));
    assert_eq!(Scripted::new(&[&early]).call().unwrap_err().response_code(), Some(12));
    for wrong in ["", "PROCESSING\r\nPROGRESS\r\nDONE\r\n\r\n", "PROCESSING\r\n", "DONE\r\nnothing\r\n\r\n", "DONE\r\n"]
    {
        let answer = Scripted::new(&[&mapi("0", wrong)]).call();
        if !wrong.is_empty() {
            assert!(
                matches!(answer, Err(ref e) if matches!(e.trouble(), Trouble::Malformed("meta-tags", _))),
                "{wrong:?}: {answer:?}"
            );
        }
    }
    let none = Scripted::new(&["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]).call();
    assert!(matches!(none, Err(ref e) if matches!(e.trouble(), Trouble::Malformed("X-ResponseCode", _))), "{none:?}");
    let denied = Scripted::new(&["HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"]).call();
    assert!(matches!(denied, Err(ref e) if matches!(e.trouble(), Trouble::Status { status: 503, .. })), "{denied:?}");
}

/// MS-OXCMAPIHTTP 3.1.5.1: the newest value of each cookie goes back.
#[test]
fn cookies_are_kept_and_renewed() {
    let answer = |cookies: &str| {
        format!("HTTP/1.1 200 OK\r\nX-ResponseCode: 0\r\n{cookies}Content-Length: 8\r\n\r\nDONE\r\n\r\n")
    };
    let first = answer("Set-Cookie: sid=1; Secure; HttpOnly\r\nset-cookie: seq=1\r\n");
    let second = answer("Set-Cookie: seq=2\r\n");
    let server = Scripted::new(&[&first, &second, &answer("")]);
    let mut channel = Channel::new(server.http(), server.url.clone());
    for _ in 0..3 {
        block_on(channel.call("PING", b"")).unwrap();
    }
    let asked = server.asked();
    assert!(!asked[0].contains("Cookie:"));
    assert!(asked[1].contains("Cookie: sid=1; seq=1\r\n"), "{}", asked[1]);
    assert!(asked[2].contains("Cookie: sid=1; seq=2\r\n"), "{}", asked[2]);
    assert_eq!(channel.beside().cookies(), "sid=1; seq=2", "the same context over another connection");
}

#[test]
fn autodiscover_answers_are_read_and_errors_told() {
    let text = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let settings = text(
        "\u{FEFF}<?xml version=\"1.0\"?><a:Autodiscover xmlns:a=\"x\"><Response><User><DisplayName>Ann &amp; Co &#233;</DisplayName>\
         <LegacyDN>/o=x</LegacyDN></User><Account><Protocol><Type>WEB</Type><MailStore><InternalUrl>no</InternalUrl>\
         </MailStore></Protocol><Protocol Version=\"1\" Type=\"mapiHttp\"><MailStore><InternalUrl>https://m</InternalUrl>\
         </MailStore><AddressBook><ExternalUrl><![CDATA[https://b?a=1&c]]></ExternalUrl></AddressBook></Protocol>\
         </Account></Response></a:Autodiscover>",
    );
    let error = text(
        "<Autodiscover><Response><Error Id=\"1\"><ErrorCode>601</ErrorCode><Message>Provider</Message></Error>\
         </Response></Autodiscover>",
    );
    let server = Scripted::new(&[&settings, &error, &text("<html>Welcome</html>"), &text("<a><b>")]);
    let mut http = server.http();
    let mut ask = || block_on(autodiscover::discover(&mut http, &server.url, "ann&bob@example.test"));
    let found = ask().unwrap();
    assert_eq!(found.display_name, "Ann & Co é");
    assert_eq!((found.mail_store, found.address_book), (vec!["https://m".into()], vec!["https://b?a=1&c".into()]));
    assert!(matches!(ask(), Err(ref e) if matches!(e.trouble(), Trouble::Autodiscover { code, .. } if code == "601")));
    assert!(matches!(ask(), Err(ref e) if matches!(e.trouble(), Trouble::Malformed("Autodiscover", _))));
    assert!(matches!(ask(), Err(ref e) if matches!(e.trouble(), Trouble::Malformed("Autodiscover", _))));
    let asked = server.asked().remove(0);
    assert!(asked.contains("<EMailAddress>ann&amp;bob@example.test</EMailAddress>"), "{asked}");
    assert!(asked.contains("X-MapiHttpCapability: 1"));
}

/// autodiscover.md §1: redirects are followed, but not in circles and not out of TLS.
#[test]
fn autodiscover_follows_redirects_for_a_while() {
    let here = Scripted::new(&[]);
    let circle = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", here.url);
    let round = Scripted::new(&[circle.replace(&here.url.to_string(), "/relative").as_str()]);
    let lost = block_on(autodiscover::discover(&mut round.http(), &round.url, "a@b.test"));
    assert!(matches!(lost, Err(ref e) if matches!(e.trouble(), Trouble::Url(_))), "{lost:?}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            while read_request(&mut stream).is_some() && stream.write_all(answer.as_bytes()).is_ok() {}
        }
    });
    let endless = block_on(autodiscover::discover(&mut here.http(), &Url::parse(&url).unwrap(), "a@b.test"));
    assert!(
        matches!(endless, Err(ref e) if matches!(e.trouble(), Trouble::Malformed("Autodiscover", _))),
        "{endless:?}"
    );
}

#[test]
fn urls_are_taken_apart_and_put_together() {
    for (text, host, port, path) in [
        ("https://mail.example.org", "mail.example.org", 443, "/"),
        ("http://h:8080/a/b?c=d", "h", 8080, "/a/b?c=d"),
        ("https://[::1]:44/x", "::1", 44, "/x"),
    ] {
        let url = Url::parse(text).unwrap();
        assert_eq!((url.origin.host.as_str(), url.origin.port, url.path.as_str()), (host, port, path));
        assert_eq!(url.to_string().trim_end_matches('/'), text.trim_end_matches('/'));
    }
    for text in ["", "mail.example.org", "ftp://x/", "https://", "https:///path", "https://a b/"] {
        assert!(Url::parse(text).is_err(), "{text:?}");
    }
}
