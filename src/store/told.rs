//! Large values that the address book tells of a user: a photo, certificates. Apart from `Facts`, so
//! that they are read by who asks for them and by nobody else.

use super::key::Key;
use super::{StoreError, Txn};

pub(super) const TOLD: u8 = b'b';
/// Bytes of a key: user, property, place.
pub(super) const TOLD_KEY_BYTES: usize = 8;

fn key(user: u32, property: u16) -> Key {
    Key::new().u8(TOLD).u32(user).u16(property)
}

impl Txn<'_> {
    /// Values of a property of a user, in their order.
    ///
    /// # Errors
    /// The data file is damaged.
    pub fn told(&self, user: u32, property: u16) -> Result<Vec<Vec<u8>>, StoreError> {
        let values = self.dbs.directory.prefix_iter(self.ro(), key(user, property).bytes())?;
        values.map(|entry| Ok(entry?.1.to_vec())).collect()
    }

    /// Sets the values of a property of a user; none takes it away.
    ///
    /// # Errors
    /// The data file refuses.
    pub fn put_told(&mut self, user: u32, property: u16, values: &[Vec<u8>]) -> Result<(), StoreError> {
        self.want_room(0)?;
        self.delete_prefix(self.dbs.directory, &key(user, property))?;
        for (place, value) in (0_u8..).zip(values) {
            self.put_raw(self.dbs.directory, &key(user, property).u8(place), value)?;
        }
        Ok(())
    }

    /// Away with everything of a user.
    pub(super) fn delete_told(&mut self, user: u32) -> Result<(), StoreError> {
        self.delete_prefix(self.dbs.directory, &Key::new().u8(TOLD).u32(user))
    }
}
