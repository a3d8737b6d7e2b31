//! The sessions of the running server: who is there, and ending one.

use super::{Admin, Refusal, Response};
use crate::directory;
use crate::http::Site;
use crate::session::{About, Seen};
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};

/// One session context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// What `sessions end` wants: the number that the log has too, with an `a` before it for the
    /// address book.
    pub id: String,
    /// The user's address.
    pub user: String,
    /// What the client says it is, and how it works.
    pub client: String,
    /// From where; and from where before that.
    pub address: String,
    /// When it was opened.
    pub created: FileTime,
    /// Seconds without a request; `None` while one is under way.
    pub idle_s: Option<u64>,
    /// Seconds until it ends by itself.
    pub expires_s: u64,
    /// Objects by kind.
    pub objects: String,
    /// How often the server was started since.
    pub resumed: u32,
}

impl Admin {
    pub(super) fn site(&self) -> Result<&Site, Refusal> {
        self.site.get().ok_or_else(|| {
            Refusal::new("no server runs, so there are no sessions").with_hint("mailstead serve starts one")
        })
    }

    pub(super) fn sessions(&self) -> Result<Response, Refusal> {
        let site = self.site()?;
        let txn = self.store.read()?;
        let mailboxes = site.mailboxes.list().into_iter().map(|seen| ("", seen));
        let books = site.address_books.list().into_iter().map(|seen| ("a", seen));
        let mut sessions = Vec::new();
        for (prefix, Seen { about, idle_s, objects }) in mailboxes.chain(books) {
            let user = directory::by_id(&txn, about.user)?.map_or_else(|| "?".to_owned(), |user| user.address);
            let objects: Vec<String> = objects.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            sessions.push(SessionSummary {
                id: format!("{prefix}{}", about.number),
                user,
                client: client(&about),
                address: address(&about),
                created: about.created,
                idle_s,
                expires_s: about.expiry(site.settings.expiry).as_secs().saturating_sub(idle_s.unwrap_or(0)),
                objects: objects.join(", "),
                resumed: about.resumed,
            });
        }
        Ok(Response::Sessions(sessions))
    }

    pub(super) fn end_session(&self, id: &str) -> Result<(), Refusal> {
        let site = self.site()?;
        let unknown = || {
            Refusal::new(format!("there is no session {}", id.escape_debug()))
                .with_hint("mailstead sessions shows which there are")
        };
        let ended = match id.strip_prefix('a') {
            Some(number) => site.address_books.end_number(number.parse().map_err(|_| unknown())?),
            None => site.mailboxes.end_number(id.parse().map_err(|_| unknown())?),
        };
        if ended { Ok(()) } else { Err(unknown()) }
    }

    /// Ends every session of a user who is no more.
    pub(super) fn end_sessions_of(&self, user: u32) {
        if let Some(site) = self.site.get() {
            site.mailboxes.end_user(user);
            site.address_books.end_user(user);
        }
    }
}

fn client(about: &About) -> String {
    let mode = match about.mode {
        1 => " online",
        2 => " cached",
        _ => "",
    };
    format!("{}{mode}", about.client)
}

fn address(about: &About) -> String {
    let now = about.address.map_or_else(|| "?".to_owned(), |address| address.to_string());
    match about.address_before {
        Some(before) => format!("{now} (before {before})"),
        None => now,
    }
}
