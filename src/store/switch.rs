//! Whether MAPI over HTTP is on: for the organisation, and for each mailbox, whose own word wins.

use super::key::{Key, last_u32};
use super::{StoreError, Txn};
use serde::{Deserialize, Serialize};

/// A switch that may also say "only from home".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapiHttp {
    /// Nobody may.
    Off,
    /// Clients in the internal networks may.
    Internal,
    /// Clients everywhere may.
    On,
}

impl MapiHttp {
    const ALL: [(u8, Self); 3] = [(0, Self::Off), (1, Self::Internal), (2, Self::On)];

    /// As it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Internal => "internal",
            Self::On => "on",
        }
    }

    /// Whether a client may, at home or elsewhere.
    #[must_use]
    pub fn admits(self, at_home: bool) -> bool {
        self == Self::On || self == Self::Internal && at_home
    }
}

/// No user has the number 0: there the organisation's switch is.
pub(super) const ORGANIZATION: u32 = 0;
pub(super) const SWITCH: u8 = b'h';

pub(super) fn switch_key(user: u32) -> Key {
    Key::new().u8(SWITCH).u32(user)
}

impl Txn<'_> {
    fn switch(&self, user: u32) -> Result<Option<MapiHttp>, StoreError> {
        let Some(value) = self.get_raw(self.dbs.directory, &switch_key(user))? else { return Ok(None) };
        let known = MapiHttp::ALL.iter().find(|(byte, _)| value == [*byte]);
        known.map(|(_, switch)| Some(*switch)).ok_or_else(|| StoreError::Corrupt(&"switch"))
    }

    fn put_switch(&mut self, user: u32, switch: Option<MapiHttp>) -> Result<(), StoreError> {
        let byte = MapiHttp::ALL.iter().find(|(_, known)| Some(*known) == switch).map(|(byte, _)| *byte);
        match byte {
            Some(byte) => self.put_raw(self.dbs.directory, &switch_key(user), &[byte]),
            None => self.delete(self.dbs.directory, &switch_key(user)).map(drop),
        }
    }

    /// The organisation's switch; on unless it was set.
    ///
    /// # Errors
    /// The data file is damaged.
    pub fn organization_mapi_http(&self) -> Result<MapiHttp, StoreError> {
        Ok(self.switch(ORGANIZATION)?.unwrap_or(MapiHttp::On))
    }

    /// Sets the organisation's switch.
    ///
    /// # Errors
    /// The data file refuses.
    pub fn put_organization_mapi_http(&mut self, switch: MapiHttp) -> Result<(), StoreError> {
        self.put_switch(ORGANIZATION, Some(switch))
    }

    /// A user's own switch; `None` where the organisation's counts.
    ///
    /// # Errors
    /// The data file is damaged.
    pub fn user_mapi_http(&self, user: u32) -> Result<Option<MapiHttp>, StoreError> {
        self.switch(user)
    }

    /// Sets a user's own switch.
    ///
    /// # Errors
    /// The data file refuses.
    pub fn put_user_mapi_http(&mut self, user: u32, switch: Option<MapiHttp>) -> Result<(), StoreError> {
        self.put_switch(user, switch)
    }

    /// Switches that cannot be read or belong to nobody, by the user's number.
    pub(super) fn bad_switches(&self) -> Result<Vec<u32>, StoreError> {
        let mut bad = Vec::new();
        for entry in self.dbs.directory.prefix_iter(self.ro(), &[SWITCH])? {
            let id = last_u32(entry?.0).ok_or_else(|| StoreError::Corrupt(&"switch"))?;
            // An unreadable user is found elsewhere.
            let nobody = id != ORGANIZATION && matches!(self.user(id), Ok(None));
            if nobody || self.switch(id).is_err() {
                bad.push(id);
            }
        }
        Ok(bad)
    }
}
