//! The address book, MS-OXNSPI over MS-OXCMAPIHTTP 2.2.5: what goes over the wire, and what the
//! answers say.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside of #[test] functions")]

mod bodies;
mod bytes;
mod changes;
mod choices;
mod hostile;
mod identity;
mod layout;
mod matches;
mod names;
mod objects;
mod people;
mod positions;
mod resolve;
mod rules;
mod session;
mod strings;
mod tables;
mod template;
mod told;

use mailstead::directory::Listing;
use mailstead::mapi::{Cell, ErrorCode, PropertyTag, Value};
use mailstead::nspi::exec::Change;
use mailstead::nspi::exec::answer;
use mailstead::nspi::message::{
    ColumnsAndRows, MinimalId, QueryRowsRequest, QueryRowsResponse, Request, Response, Stat,
};
use mailstead::nspi::{AddressList, CallError, Session, Settings, View};
use mailstead::wire::{Guid, Wire};

const SERVER_GUID: Guid = Guid([0xA0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const DN_PREFIX: &str = "/o=Home/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=";

const ANNA_SCHMIDT: MinimalId = MinimalId(0x11);
const BOB: MinimalId = MinimalId(0x12);
const CAROL: MinimalId = MinimalId(0x13);
const DMITRI: MinimalId = MinimalId(0x14);
const EVE: MinimalId = MinimalId(0x15);
const ANNA: MinimalId = MinimalId(0x16);
const NOBODY: MinimalId = MinimalId(0x7777);
/// The people of [`Client::new`] in the order of their names.
const ORDER: [MinimalId; 6] = [ANNA, ANNA_SCHMIDT, BOB, CAROL, EVE, DMITRI];

fn person(id: u32, address: &str, display_name: &str) -> Listing {
    let local = address.split('@').next().unwrap();
    Listing {
        id,
        address: address.to_owned(),
        display_name: display_name.to_owned(),
        legacy_dn: format!("{DN_PREFIX}{local}"),
        object_guid: Guid([u8::try_from(id % 256).unwrap(); 16]),
        mailbox_guid: Some(Guid([0xBB; 16])),
        ..Listing::default()
    }
}

/// A client of an address book, with everything it sends and receives in the form of the wire.
struct Client {
    view: View,
    settings: Settings,
    session: Session,
    /// Number of who asks.
    user: u32,
    /// What the last request changes.
    change: Option<Change>,
    /// Photos and certificates, and how often they were asked for.
    told: std::collections::HashMap<(u32, u16), Vec<Vec<u8>>>,
    reads: std::cell::Cell<usize>,
}

impl Client {
    fn new() -> Self {
        Self::of([
            person(1, "anna.schmidt@example.org", "Anna Schmidt"),
            person(2, "bob@example.org", "bob Baker"),
            person(3, "Carol@Example.org", "Carol Baker"),
            person(4, "dmitri@example.org", "Дмитрий Иванов"),
            person(5, "eve@example.org", "Ève Muller"),
            person(6, "anna@example.org", "Anna"),
        ])
    }

    fn of(people: impl IntoIterator<Item = Listing>) -> Self {
        let settings = Settings::new(
            "https://mail.example.org/mapi/emsmdb/".to_owned(),
            "https://mail.example.org/mapi/nspi/".to_owned(),
            SERVER_GUID,
            "Home".to_owned(),
        );
        Self {
            view: View::new(people),
            settings,
            session: Session::default(),
            user: 0,
            change: None,
            told: Default::default(),
            reads: Default::default(),
        }
    }

    fn raw(&mut self, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallError> {
        let told = |user, property| {
            self.reads.set(self.reads.get() + 1);
            self.told.get(&(user, property)).cloned().unwrap_or_default()
        };
        let (bytes, change) =
            answer(&self.view, &self.settings, &mut self.session, self.user, &told, request_type, body)?;
        self.change = change;
        Ok(bytes)
    }

    fn call<Rq: Wire, Rs: Wire>(&mut self, request_type: &str, body: Rq) -> Rs {
        let request = Request { body, auxiliary_buffer: Vec::new() };
        let bytes = self.raw(request_type, &request.to_bytes()).unwrap();
        match Response::from_bytes(&bytes).unwrap() {
            Response::Answer { body, auxiliary_buffer } if auxiliary_buffer.is_empty() => body,
            Response::Answer { .. } | Response::Failure { .. } => panic!("StatusCode or auxiliary buffer"),
        }
    }

    fn query_rows(&mut self, state: Stat, row_count: u32, columns: &[PropertyTag]) -> QueryRowsResponse {
        self.call(
            "QueryRows",
            QueryRowsRequest {
                flags: 0,
                state: Some(state),
                explicit_table: Vec::new(),
                row_count,
                columns: Some(columns.to_vec()),
            },
        )
    }
}

/// What Outlook starts with: the top of the Global Address List.
fn stat() -> Stat {
    Stat { code_page: 1252, template_locale: 0x409, sort_locale: 0x409, ..Stat::default() }
}

fn at(current_rec: MinimalId) -> Stat {
    Stat { current_rec, ..stat() }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn text8(bytes: &[u8]) -> Value {
    Value::String8(bytes.to_vec())
}

fn missing() -> Cell {
    Err(ErrorCode::NotFound)
}

/// The only column of the rows.
fn column(rows: Option<ColumnsAndRows>) -> Vec<Cell> {
    rows.unwrap().rows.into_iter().map(|mut row| row.swap_remove(0)).collect()
}

/// Bytes written as hexadecimal digits, blanks between them as the reader likes.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<char> = digits.chars().filter(|c| !c.is_whitespace()).collect();
    assert_eq!(digits.len() % 2, 0, "half a byte");
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}
