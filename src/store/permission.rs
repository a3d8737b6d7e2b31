//! Who may do what in a folder: permissions lists. MS-OXCPERM
//!
//! The owner of a mailbox, and an administrator who asked for it, may do everything; lists are for
//! everybody else, whom [`MailboxIds::visitor`] names. A folder without a list lets nobody in.

use super::key::{Key, last_u64};
use super::record::Record;
use super::{MailboxIds, MessageHead, Special, StoreError, Txn, WrongEntry};
use crate::limits;
use crate::mapi::{AddressBookEntryId, PropertyTag, Value};
use crate::sorted::{SortedMap, SortedSet};
use crate::wire::Wire as _;
use serde::{Deserialize, Serialize};

/// PidTagMemberRights. MS-OXCPERM 2.2.7
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rights(pub u32);

impl Rights {
    /// ReadAny: every message.
    pub const READ_ANY: Self = Self(0x001);
    /// Create: new messages.
    pub const CREATE: Self = Self(0x002);
    /// EditOwned: messages that the same user made.
    pub const EDIT_OWNED: Self = Self(0x008);
    /// DeleteOwned: messages that the same user made.
    pub const DELETE_OWNED: Self = Self(0x010);
    /// EditAny: every message.
    pub const EDIT_ANY: Self = Self(0x020);
    /// DeleteAny: every message.
    pub const DELETE_ANY: Self = Self(0x040);
    /// CreateSubFolder: folders below.
    pub const CREATE_SUBFOLDER: Self = Self(0x080);
    /// FolderOwner: the folder's own properties and this list.
    pub const FOLDER_OWNER: Self = Self(0x100);
    /// FolderVisible: to see that it is there, to open it, and to read this list.
    pub const FOLDER_VISIBLE: Self = Self(0x400);
    /// FreeBusySimple: when the owner is busy.
    pub const FREE_BUSY_SIMPLE: Self = Self(0x800);
    /// FreeBusyDetailed: and with what.
    pub const FREE_BUSY_DETAILED: Self = Self(0x1000);
    /// Each of these shows that the folder is there.
    pub const SEES: Self = Self(0x501);
    /// Each of these changes what is in it.
    pub const CHANGES: Self = Self(0x1FA);
    /// FreeBusySimple and FreeBusyDetailed: they are about availability, and open no folder.
    pub const FREE_BUSY: Self = Self(0x1800);
    /// All but free/busy, FolderContact (0x200), which means nothing to a server, among them.
    pub const ALL: Self = Self(0x7FB);

    /// Is one of these among them?
    #[must_use]
    pub fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without others.
    #[must_use]
    pub fn but(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }
}

/// The permissions list of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Permissions {
    /// Of everybody with a mailbox who is not in the list: the default user entry.
    pub default: Rights,
    /// The anonymous user entry: kept and shown, and of no effect, as nobody gets in without a password.
    pub anonymous: Rights,
    /// Of users and groups, by their numbers in the directory.
    pub members: SortedMap<u32, Rights>,
}

impl Record for Permissions {
    const VERSION: u8 = 1;
    const NAME: &'static &'static str = &"permissions";
}

impl Permissions {
    /// The list of a folder that was given none: of the Calendar everybody hears when its owner is busy.
    /// MS-OXCPERM 6, <5>
    #[must_use]
    pub fn initial(folder: u64) -> Self {
        let mut list = Self::default();
        if folder == Special::Calendar.counter() {
            list.default = Rights::FREE_BUSY_SIMPLE;
        }
        list
    }

    /// The same for a folder below, which tells nothing of anybody's time.
    fn below(mut self) -> Self {
        for rights in [&mut self.default, &mut self.anonymous].into_iter().chain(self.members.values_mut()) {
            *rights = rights.but(Rights::FREE_BUSY);
        }
        self
    }
}

fn key(mailbox: u32, folder: u64) -> Key {
    Key::mailbox(mailbox).u64(folder)
}

impl Txn<'_> {
    /// The permissions list of a folder; of one without, [`Permissions::initial`].
    ///
    /// # Errors
    /// The record is damaged.
    pub fn permissions(&self, mailbox: u32, folder: u64) -> Result<Permissions, StoreError> {
        Ok(self.get(self.dbs.permissions, &key(mailbox, folder))?.unwrap_or_else(|| Permissions::initial(folder)))
    }

    /// Sets the permissions list of a folder.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_permissions(&mut self, mailbox: u32, folder: u64, list: &Permissions) -> Result<(), StoreError> {
        if *list == Permissions::initial(folder) {
            self.delete(self.dbs.permissions, &key(mailbox, folder))?;
            return Ok(());
        }
        self.put(self.dbs.permissions, &key(mailbox, folder), list)
    }

    /// A new folder starts with the list of its parent.
    pub(super) fn inherit_permissions(&mut self, mailbox: u32, parent: u64, folder: u64) -> Result<(), StoreError> {
        let list = self.permissions(mailbox, parent)?.below();
        self.put_permissions(mailbox, folder, &list)
    }

    /// What whoever looks at the mailbox may do in a folder. MS-OXCPERM 3.2.4.1
    ///
    /// # Errors
    /// A record is damaged.
    pub fn rights(&self, ids: MailboxIds, folder: u64) -> Result<Rights, StoreError> {
        match ids.visitor {
            None => Ok(Rights::ALL),
            Some(user) => self.rights_of(user, &self.permissions(ids.mailbox, folder)?),
        }
    }

    /// The entry of the user; else all those of groups that the user is in; else the default entry.
    fn rights_of(&self, user: u32, list: &Permissions) -> Result<Rights, StoreError> {
        if let Some(own) = list.members.get(&user) {
            return Ok(*own);
        }
        let mut granted: Option<Rights> = None;
        for (member, rights) in list.members.iter() {
            if self.is_in_group(user, *member)? {
                granted = Some(granted.unwrap_or_default().and(*rights));
            }
        }
        Ok(granted.unwrap_or(list.default))
    }

    /// Is the user in this group, or in one that is in it?
    fn is_in_group(&self, user: u32, group: u32) -> Result<bool, StoreError> {
        let (mut waiting, mut seen) = (vec![group], SortedSet::new());
        while let Some(next) = waiting.pop() {
            if !seen.insert(next) || seen.len() > limits::GROUPS_SEARCHED_MAX {
                continue;
            }
            let Some(listed) = self.listed(next)? else { continue };
            if listed.facts.members.contains(&user) {
                return Ok(true);
            }
            waiting.extend(listed.facts.members.iter().copied());
        }
        Ok(false)
    }

    /// Leaves out folders that are not visible to a visitor, and all that is below them. Parents stand
    /// before their children.
    pub(super) fn keep_visible(&self, ids: MailboxIds, rows: &mut Vec<(u64, u32)>) -> Result<(), StoreError> {
        let mut hidden_depth = None;
        let mut seen = Vec::new();
        for (folder, depth) in rows.drain(..) {
            if hidden_depth.is_some_and(|hidden| depth > hidden) {
                continue;
            }
            hidden_depth = None;
            if self.rights(ids, folder)?.any(Rights::SEES) {
                seen.push((folder, depth));
            } else {
                hidden_depth = Some(depth);
            }
        }
        *rows = seen;
        Ok(())
    }

    /// Did whoever looks at the mailbox make this message? Mail that was delivered, nobody made.
    ///
    /// # Errors
    /// A record is damaged.
    pub fn is_own(&self, ids: MailboxIds, head: &MessageHead) -> Result<bool, StoreError> {
        let Some(user) = ids.visitor else { return Ok(true) };
        let Some(user) = self.user(user)? else { return Ok(false) };
        let creator = head.properties.value(PropertyTag::PidTagCreatorEntryId.id());
        Ok(creator == Some(&Value::Binary(AddressBookEntryId::new(0, &user.legacy_dn).to_bytes())))
    }

    /// Has anybody let the user into one of the mailbox's folders, with one of these rights?
    ///
    /// # Errors
    /// A record is damaged.
    pub fn has_rights_in(&self, mailbox: u32, user: u32, rights: Rights) -> Result<bool, StoreError> {
        for entry in self.dbs.permissions.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            if self.rights_of(user, &Permissions::decode(entry?.1)?)?.any(rights) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes entries of the directory that are gone out of every list.
    pub(super) fn forget_members(&mut self, gone: &dyn Fn(u32) -> bool) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        for entry in self.dbs.permissions.iter(self.ro())? {
            let (key, list) = entry?;
            let (Some(place), Ok(mut list)) = (place(key), Permissions::decode(list)) else { continue };
            let before = list.members.len();
            list.members.retain(|member, _| !gone(*member));
            if before != list.members.len() {
                changed.push((place, list));
            }
        }
        changed.into_iter().try_for_each(|((mailbox, folder), list)| self.put_permissions(mailbox, folder, &list))
    }

    /// Entries that cannot be what they should: lists that cannot be read, or are of no folder.
    pub(super) fn wrong_permissions(&self, mailbox: u32, wrong: &mut Vec<WrongEntry>) -> Result<(), StoreError> {
        for entry in self.dbs.permissions.prefix_iter(self.ro(), Key::mailbox(mailbox).bytes())? {
            let (key, list) = entry?;
            let folder = place(key).map(|(mailbox, folder)| self.any_folder(mailbox, folder));
            if !matches!(folder, Some(Ok(Some(_)) | Err(_))) || Permissions::decode(list).is_err() {
                wrong.push(("permissions", self.dbs.permissions, key.to_vec()));
            }
        }
        Ok(())
    }
}

/// Mailbox and folder of a key.
#[expect(clippy::big_endian_bytes, reason = "keys must sort as the numbers do")]
fn place(key: &[u8]) -> Option<(u32, u64)> {
    let (mailbox, folder) = key.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*mailbox), last_u64(folder).filter(|_| folder.len() == 8)?))
}
