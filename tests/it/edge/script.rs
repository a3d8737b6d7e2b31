//! Sessions that do what the first word of their input says: answer, take long, panic, fail.

use mailstead::auth::Rejected;
use mailstead::backend::{
    AddressBook, Backend, CallFailure, Connect, Execute, ExecuteFailure, Gatekeeper, Mailbox, Promise, Unavailable, Who,
};
use mailstead::directory::{MapiHttp, User};
use mailstead::mapi::ErrorCode;
use mailstead::session::Held;
use mailstead::wire::{FileTime, Guid};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Both the gatekeeper and the backend of a test.
#[derive(Default)]
pub(crate) struct Script {
    /// What the `hold` word waits for.
    pub(crate) released: Arc<AtomicBool>,
    /// How many batches have ended.
    pub(crate) executed: Arc<AtomicUsize>,
    /// How many batches have begun.
    pub(crate) begun: Arc<AtomicUsize>,
    /// How many mailbox sessions are alive.
    pub(crate) alive: Arc<AtomicUsize>,
    /// The addresses that the gatekeeper saw.
    pub(crate) peers: Mutex<Vec<IpAddr>>,
    /// What was said at Connect.
    pub(crate) connects: Mutex<Vec<Connect>>,
    /// Who may come from where; unless said otherwise, everybody from everywhere.
    pub(crate) switch: Mutex<Option<MapiHttp>>,
}

pub(crate) fn ann() -> User {
    user(1, "ann@example.org", "Ann <& Co>")
}

/// Ann with a password of her own.
pub(crate) fn ann_with(password_hash: &str) -> User {
    User { password_hash: password_hash.to_owned(), ..ann() }
}

pub(crate) fn bob() -> User {
    user(2, "bob@example.org", "Bob")
}

fn user(id: u32, address: &str, display_name: &str) -> User {
    let local = address.split('@').next().unwrap();
    User {
        id,
        address: address.into(),
        display_name: display_name.into(),
        legacy_dn: format!("/o=Mailstead/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={local}"),
        password_hash: String::new(),
        admin: false,
        disabled: false,
        object_guid: Guid::NIL,
        mailbox_guid: Guid::new(0x1234_5678, 0x9ABC, 0xDEF0, [1, 2, 3, 4, 5, 6, 7, u8::try_from(id).unwrap()]),
        created: FileTime(0),
        session_expiry_s: None,
    }
}

impl Gatekeeper for Script {
    fn basic<'a>(&'a self, authorization: Option<&'a [u8]>, peer: IpAddr) -> Promise<'a, Result<Arc<User>, Rejected>> {
        self.peers.lock().unwrap().push(peer);
        Box::pin(async move {
            match authorization {
                Some(b"Basic YW5uOm9uZQ==") => Ok(Arc::new(ann())),
                Some(b"Basic Ym9iOnR3bw==") => Ok(Arc::new(bob())),
                Some(b"Basic cGFuaWM=") => panic!("the gatekeeper panics"),
                _ => Err(Rejected::WrongCredentials),
            }
        })
    }
}

impl Backend for Script {
    fn deployment_id(&self) -> Guid {
        Guid::new(0xDEAD_BEEF, 1, 2, [3; 8])
    }

    fn find(&self, who: &Who) -> Result<Option<User>, Unavailable> {
        let mut gone = user(3, "gone@example.org", "Gone");
        gone.disabled = true;
        let users = [ann(), bob(), gone];
        match who {
            Who::Address(address) if address == "broken@example.org" => Err(Unavailable),
            Who::Address(address) => Ok(users.into_iter().find(|user| user.address.eq_ignore_ascii_case(address))),
            Who::LegacyDn(dn) => Ok(users.into_iter().find(|user| user.legacy_dn.eq_ignore_ascii_case(dn))),
        }
    }

    fn mapi_http(&self, _user: u32) -> Result<MapiHttp, Unavailable> {
        Ok(self.switch.lock().unwrap().unwrap_or(MapiHttp::On))
    }

    fn connect(&self, user: &Arc<User>, connect: &Connect) -> Result<Box<dyn Mailbox>, ErrorCode> {
        self.connects.lock().unwrap().push(connect.clone());
        if !connect.user_dn.eq_ignore_ascii_case(&user.legacy_dn) {
            return Err(ErrorCode::UnknownUser);
        }
        self.alive.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Scripted {
            count: 0,
            released: Arc::clone(&self.released),
            begun: Arc::clone(&self.begun),
            executed: Arc::clone(&self.executed),
            alive: Arc::clone(&self.alive),
        }))
    }

    fn address_book(&self) -> Box<dyn AddressBook> {
        Box::new(Book { count: 0, released: Arc::clone(&self.released) })
    }

    fn is_address_book_request(&self, request_type: &str) -> bool {
        ["bind", "unbind", "queryrows", "dntomid"].contains(&request_type.to_ascii_lowercase().as_str())
    }
}

struct Scripted {
    count: u8,
    released: Arc<AtomicBool>,
    begun: Arc<AtomicUsize>,
    executed: Arc<AtomicUsize>,
    alive: Arc<AtomicUsize>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Held for Scripted {}

impl Mailbox for Scripted {
    fn done(&self) -> &[(u8, ErrorCode)] {
        &[(0x01, ErrorCode::Success), (0xFE, ErrorCode::NotFound)]
    }

    /// Answers `NNNNNNN#`, N the number of batches of this session so far, whatever is asked; some
    /// words do something else first.
    fn execute(&mut self, user: &Arc<User>, call: &Execute) -> Result<Vec<u8>, ExecuteFailure> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.count += 1;
        match call.rop_buffer.as_slice() {
            b"say name" => return Ok(user.address.clone().into_bytes()),
            b"say args" => return Ok(format!("{:x} {:x}", call.flags, call.max_rop_out).into_bytes()),
            b"be large" => return Ok(vec![b'x'; 0x40000]),
            b"now hold" => hold(&self.released),
            b"go wrong" => panic!("the script says so"),
            b"bad rops" => return Err(ExecuteFailure::Code(ErrorCode::RpcFormat)),
            b"get lost" => return Err(ExecuteFailure::ContextLost),
            _ => {}
        }
        self.executed.fetch_add(1, Ordering::SeqCst);
        Ok(vec![b'0' + self.count, b'#'])
    }
}

struct Book {
    count: u8,
    released: Arc<AtomicBool>,
}

impl Held for Book {}

impl AddressBook for Book {
    /// The first byte of the body says what to do; the answer ends in the number of calls.
    fn call(&mut self, _: &Arc<User>, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallFailure> {
        self.count += 1;
        let error_code = match body.first() {
            Some(b'm') => return Err(CallFailure::Malformed),
            Some(b'u') => return Err(CallFailure::Unavailable),
            Some(b'p') => panic!("the script says so"),
            Some(b'h') => {
                hold(&self.released);
                return Err(CallFailure::Malformed);
            }
            Some(b'e') => 0x11,
            _ => u8::from(request_type == "Unbind"),
        };
        Ok(vec![0, 0, 0, 0, error_code, 0, 0, 0, self.count])
    }
}

fn hold(released: &AtomicBool) {
    for _ in 0..1000 {
        if released.load(Ordering::SeqCst) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
