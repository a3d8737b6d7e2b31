//! A client made of bytes: requests are written out, responses taken apart by hand.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// `ann:one` and `bob:two`.
pub(crate) const ANN: &str = "Basic YW5uOm9uZQ==";
pub(crate) const BOB: &str = "Basic Ym9iOnR3bw==";

/// One connection.
pub(crate) struct Line {
    stream: UnixStream,
    buffer: Vec<u8>,
}

/// A response, its chunks joined.
#[derive(Debug, Default, Clone)]
pub(crate) struct Reply {
    pub(crate) status_line: String,
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A field, its name without regard to case; panics if it is there twice.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
        let value = values.next();
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    pub(crate) fn code(&self) -> u32 {
        self.field("X-ResponseCode").unwrap_or_else(|| panic!("no X-ResponseCode in {self:?}")).parse().unwrap()
    }

    /// `MapiContext=…`, as a client sends it back.
    pub(crate) fn cookie(&self) -> String {
        self.field("Set-Cookie").expect("a cookie").split(';').next().unwrap().to_owned()
    }

    /// The inner stream: lines up to the empty one, and the bytes after it.
    pub(crate) fn inner(&self) -> (Vec<String>, Vec<u8>) {
        let end = self.body.windows(4).position(|w| w == b"\r\n\r\n").expect("an empty line");
        let lines = String::from_utf8(self.body[..end].to_vec()).unwrap();
        (lines.split("\r\n").map(str::to_owned).collect(), self.body[end + 4..].to_vec())
    }

    /// The response body of a request that went well.
    pub(crate) fn mapi(&self) -> Vec<u8> {
        assert_eq!((self.status, self.code()), (200, 0), "{self:?}");
        let (lines, body) = self.inner();
        assert_eq!(lines[0], "PROCESSING");
        let done = lines.iter().position(|line| line == "DONE").expect("DONE");
        assert!(lines[1..done].iter().all(|line| line == "PENDING"), "{lines:?}");
        assert!(lines[done + 1].starts_with("X-ElapsedTime: "), "{lines:?}");
        assert!(lines[done + 2].starts_with("X-StartTime: "), "{lines:?}");
        assert_eq!(lines.len(), done + 3, "{lines:?}");
        body
    }

    /// The second X-ResponseCode, of a request that failed late.
    pub(crate) fn late_code(&self) -> Option<u32> {
        let (lines, _) = self.inner();
        lines.iter().find_map(|line| line.strip_prefix("X-ResponseCode: ")).map(|code| code.parse().unwrap())
    }
}

/// A request for the mailbox endpoint, in the words of the specification.
pub(crate) struct Ask<'a> {
    pub(crate) path: &'a str,
    pub(crate) request_type: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) cookie: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl<'a> Ask<'a> {
    pub(crate) fn new(request_type: &'a str, body: &'a [u8]) -> Self {
        Self {
            path: "/mapi/emsmdb/?MailboxId=1@example.org",
            request_type,
            authorization: Some(ANN),
            cookie: None,
            body,
        }
    }

    pub(crate) fn nspi(request_type: &'a str, body: &'a [u8]) -> Self {
        Self { path: "/mapi/nspi/?MailboxId=1@example.org", ..Self::new(request_type, body) }
    }

    pub(crate) fn cookie(self, cookie: &'a str) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    pub(crate) fn by(self, authorization: &'a str) -> Self {
        Self { authorization: Some(authorization), ..self }
    }

    /// The header, with the body announced but not attached.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("POST {} HTTP/1.1\r\nHost: mail.example.org\r\n", self.path);
        head += "Content-Type: application/mapi-http\r\n";
        head += &format!("X-RequestType: {}\r\n", self.request_type);
        head += "X-RequestId: {E2EA6C1C-E61B-49E9-9CFB-38184F907552}:123456\r\n";
        head += "X-ClientInfo: {2EF33C39-49C8-421C-B876-CDF7F2AC3AA0}:123\r\n";
        head += "X-ClientApplication: Outlook/16.0.15928.20006\r\n";
        head += &format!("Content-Length: {}\r\n", self.body.len());
        if let Some(authorization) = self.authorization {
            head += &format!("Authorization: {authorization}\r\n");
        }
        if let Some(cookie) = self.cookie {
            head += &format!("Cookie: {cookie}\r\n");
        }
        head + "\r\n"
    }
}

impl Line {
    pub(crate) fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// The same over TCP: reading, writing and shutting down do not ask what kind of socket it is.
    pub(crate) fn tcp(stream: TcpStream) -> Self {
        Self::new(UnixStream::from(OwnedFd::from(stream)))
    }

    /// Writes; a server that has hung up is no failure here.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    pub(crate) fn ask(&mut self, ask: &Ask<'_>) -> Reply {
        self.start(ask);
        self.reply()
    }

    /// Sends without waiting for the answer.
    pub(crate) fn start(&mut self, ask: &Ask<'_>) {
        self.send(ask.head());
        self.send(ask.body);
    }

    /// Reads one response.
    pub(crate) fn reply(&mut self) -> Reply {
        self.try_reply().expect("a response")
    }

    /// Reads one response; `None` if the server hangs up instead.
    pub(crate) fn try_reply(&mut self) -> Option<Reply> {
        let mut reply = self.reply_head()?;
        if reply.field("Transfer-Encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                reply.body.extend(chunk);
            }
        } else {
            let len = reply.field("Content-Length").map_or(0, |len| len.parse().unwrap());
            reply.body = self.exactly(len)?;
        }
        Some(reply)
    }

    /// Reads the status line and the fields.
    pub(crate) fn reply_head(&mut self) -> Option<Reply> {
        let status = self.text_line()?;
        // Whoever stopped reading in the middle of a body finds something else.
        let number = status.split(' ').nth(1)?.parse().unwrap();
        assert!(status.starts_with("HTTP/1."), "{status:?}");
        let mut reply = Reply { status_line: status, status: number, ..Reply::default() };
        loop {
            let line = self.text_line()?;
            if line.is_empty() {
                return Some(reply);
            }
            let (name, value) = line.split_once(": ").expect("a field");
            reply.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Reads one chunk; `None` is the last.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.text_line()?, 16).expect("a chunk size");
        let chunk = self.exactly(size)?;
        assert_eq!(self.exactly(2)?, b"\r\n");
        (size > 0).then_some(chunk)
    }

    /// True if nothing comes for a moment.
    pub(crate) fn is_silent(&mut self, moment: Duration) -> bool {
        self.stream.set_read_timeout(Some(moment)).unwrap();
        let silent = self.buffer.is_empty() && !self.fill();
        self.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        silent
    }

    /// True once the server has hung up, all it said before thrown away.
    pub(crate) fn is_closed(&mut self) -> bool {
        let start = Instant::now();
        loop {
            let mut byte = [0; 4096];
            match self.stream.read(&mut byte) {
                Ok(0) => return true,
                Ok(_) if start.elapsed() < Duration::from_secs(10) => {}
                Ok(_) => return false,
                Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Closes the sending half only.
    pub(crate) fn half_close(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    fn fill(&mut self) -> bool {
        let mut bytes = [0; 65536];
        match self.stream.read(&mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(len) => {
                self.buffer.extend_from_slice(&bytes[..len]);
                true
            }
        }
    }

    fn text_line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|w| w == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            if !self.fill() {
                return None;
            }
        }
    }

    fn exactly(&mut self, len: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < len {
            if !self.fill() {
                return None;
            }
        }
        Some(self.buffer.drain(..len).collect())
    }
}
