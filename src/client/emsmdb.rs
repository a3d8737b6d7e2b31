//! The mailbox endpoint: Connect, Execute, NotificationWait, Disconnect, PING.
//! MS-OXCMAPIHTTP 2.2.4, 3.1.5

use super::channel::{Answer, Channel};
use super::error::{ClientError, Trouble, malformed};
use super::http::Http;
use super::session::Rops;
use super::url::Url;
use crate::limits;
use crate::mapi::ErrorCode;
use crate::mapihttp::message::{
    ConnectRequest, ConnectResponse, DisconnectRequest, DisconnectResponse, ExecuteRequest, ExecuteResponse,
    NotificationWaitRequest, NotificationWaitResponse,
};
use crate::wire::{Wire, pack_buffers};

/// Windows-1252 and English: what the language of a Western Windows makes of Connect.
const CODE_PAGE: u32 = 1252;
const LCID: u32 = 1033;

/// What Connect says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The user's name.
    pub display_name: String,
    /// Milliseconds between polls.
    pub polls_max: u32,
}

/// A session with the mailbox server.
#[derive(Debug)]
pub struct Emsmdb {
    /// The endpoint.
    pub channel: Channel,
    /// Compress and obfuscate what is sent, as Outlook does.
    pub squeeze: bool,
    /// The longest answer of one Execute.
    pub max_rop_out: u32,
}

impl Emsmdb {
    /// Not connected yet.
    #[must_use]
    pub fn new(http: Http, url: Url) -> Self {
        let max_rop_out = u32::try_from(limits::EXECUTE_MAX_BYTES).unwrap_or(0x8000);
        Self { channel: Channel::new(http, url), squeeze: true, max_rop_out }
    }

    /// Opens a session as the one with this distinguished name.
    ///
    /// # Errors
    /// The server's refusal, or what went wrong on the way.
    pub async fn connect(&mut self, user_dn: &str, flags: u32) -> Result<Connected, ClientError> {
        let request = ConnectRequest {
            user_dn: user_dn.to_owned(),
            flags,
            default_code_page: CODE_PAGE,
            lcid_sort: LCID,
            lcid_string: LCID,
            auxiliary_buffer: Vec::new(),
        };
        let body = self.call("Connect", &request.to_bytes()).await?;
        let response = ConnectResponse::from_bytes(&body).map_err(malformed("Connect"))?;
        refuse("Connect", response.error_code)?;
        Ok(Connected { display_name: response.display_name, polls_max: response.polls_max })
    }

    /// Executes a RopBuffer, extended buffers and all.
    ///
    /// # Errors
    /// As [`Emsmdb::connect`].
    pub async fn execute(&mut self, rop_buffer: Vec<u8>, max_rop_out: u32) -> Result<Vec<u8>, ClientError> {
        let request = ExecuteRequest { flags: 0, rop_buffer, max_rop_out, auxiliary_buffer: Vec::new() };
        let body = self.call("Execute", &request.to_bytes()).await?;
        let response = ExecuteResponse::from_bytes(&body).map_err(malformed("Execute"))?;
        refuse("Execute", response.error_code)?;
        Ok(response.rop_buffer)
    }

    /// Waits for an event; false if there was none for as long as the server cares to wait.
    ///
    /// # Errors
    /// As [`Emsmdb::connect`].
    pub async fn notification_wait(&mut self) -> Result<bool, ClientError> {
        let request = NotificationWaitRequest { flags: 0, auxiliary_buffer: Vec::new() };
        let body = self.call("NotificationWait", &request.to_bytes()).await?;
        let response = NotificationWaitResponse::from_bytes(&body).map_err(malformed("NotificationWait"))?;
        refuse("NotificationWait", response.error_code)?;
        Ok(response.event_pending != 0)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// As [`Emsmdb::connect`].
    pub async fn disconnect(&mut self) -> Result<(), ClientError> {
        let request = DisconnectRequest { auxiliary_buffer: Vec::new() };
        let body = self.call("Disconnect", &request.to_bytes()).await?;
        let response = DisconnectResponse::from_bytes(&body).map_err(malformed("Disconnect"))?;
        refuse("Disconnect", response.error_code)
    }

    /// Keeps the session alive.
    ///
    /// # Errors
    /// As [`Emsmdb::connect`].
    pub async fn ping(&mut self) -> Result<Answer, ClientError> {
        self.channel.call("PING", &[]).await
    }

    /// The body, if its StatusCode is 0.
    async fn call(&mut self, request_type: &'static str, body: &[u8]) -> Result<Vec<u8>, ClientError> {
        let answer = self.channel.call(request_type, body).await?;
        let status = answer.body.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
        match status {
            Some(0) => Ok(answer.body),
            Some(code) => Err(Trouble::Refused(request_type, ErrorCode(code)).into()),
            None => Err(Trouble::Malformed(request_type, "no StatusCode".to_owned()).into()),
        }
    }
}

fn refuse(what: &'static str, code: ErrorCode) -> Result<(), ClientError> {
    if code == ErrorCode::Success { Ok(()) } else { Err(Trouble::Refused(what, code).into()) }
}

impl Rops for Emsmdb {
    async fn execute(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, ClientError> {
        let rop_buffer = pack_buffers(&[payload], self.squeeze, self.squeeze);
        Self::execute(self, rop_buffer, self.max_rop_out).await
    }
}
