//! Every database of the environment: name, key, value. A table.
//!
//! Keys are big-endian numbers in a row, so that they sort; `key.rs` builds them. Values are one
//! version byte and a postcard body (`record.rs`), or raw bytes where it says so.
//! VERSION counts incompatible changes; `upgrade` tests keep a file of every released one.

use super::StoreError;
use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, WithoutTls};

/// A database of bytes; its key and value types are those of the table below.
pub(super) type Db = Database<'static, Bytes, Bytes>;

/// Version of the whole schema, in `meta`.
pub(super) const VERSION: u32 = 1;

macro_rules! databases {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        /// The open databases.
        #[derive(Debug, Clone, Copy)]
        pub(super) struct Databases { $($(#[$doc])* pub(super) $name: Db,)* }

        /// How many there are.
        pub(super) const COUNT: u32 = 0 $(+ { let _ = stringify!($name); 1 })*;

        impl Databases {
            /// Opens all, making what is missing.
            pub(super) fn create(env: &Env<WithoutTls>) -> Result<Self, StoreError> {
                let txn = env.write_txn()?;
                let names = [$(stringify!($name)),*];
                let opened = env.create_databases_and_commit(txn, |opener, txn| {
                    let mut list = Vec::with_capacity(names.len());
                    for name in names {
                        list.push(opener.create_database::<Bytes, Bytes>(txn, Some(name))?);
                    }
                    let [$($name),*] = <[_; names_len()]>::try_from(list).map_err(|_| StoreError::Corrupt(&"databases"))?;
                    Ok::<_, StoreError>(CommitOrAbort::<_, ()>::Commit([$($name),*]))
                })?;
                let [$($name),*] = opened.commit().ok_or_else(|| StoreError::Corrupt(&"databases"))?;
                Ok(Self { $($name),* })
            }
        }

        impl Databases {
            /// Opens all for reading; `None` when one is missing.
            pub(super) fn open(env: &Env<WithoutTls>) -> Result<Option<Self>, StoreError> {
                let names = [$(stringify!($name)),*];
                let opened = env.open_databases_and_commit(env.read_txn()?, |opener, txn| {
                    let mut list = Vec::with_capacity(names.len());
                    for name in names {
                        match opener.open_database::<Bytes, Bytes>(txn, Some(name))? {
                            Some(db) => list.push(db),
                            None => return Ok(CommitOrAbort::Abort(())),
                        }
                    }
                    let [$($name),*] = <[_; names_len()]>::try_from(list).map_err(|_| StoreError::Corrupt(&"databases"))?;
                    Ok::<_, StoreError>(CommitOrAbort::Commit([$($name),*]))
                })?;
                let Some([$($name),*]) = opened.commit() else { return Ok(None) };
                Ok(Some(Self { $($name),* }))
            }

            /// Name and database, in the order of the table.
            pub(super) fn all(&self) -> [(&'static str, Db); names_len()] {
                [$((stringify!($name), self.$name)),*]
            }
        }

        const fn names_len() -> usize { [$(stringify!($name)),*].len() }
    };
}

databases! {
    /// name (text) → raw bytes: schema version, GUIDs of the box.
    meta;
    /// 'u' user → User · 'f' user → Facts · 'o' entry → Listed · 'a' folded address → user or entry ·
    /// 'd' folded distinguished name → user or entry · 'v' → version · 'n' → next number (raw numbers) ·
    /// 'h' user → its MAPI over HTTP switch, user 0 the organisation's (raw) · 'k' user, digest → AppPassword ·
    /// 'p' public store → User: under which names it is found (`public.rs`) ·
    /// 'b' user, property, place → a photo or a certificate (raw).
    directory;
    /// mailbox → Mailbox.
    mailboxes;
    /// mailbox, folder → Folder.
    folders;
    /// mailbox, parent folder, folded name → folder (raw u64).
    children;
    /// mailbox, folder, kind, message → MessageHead: all that table rows show.
    messages;
    /// mailbox, parent folder, folder → nothing: folders deleted softly.
    deleted_folders;
    /// mailbox, when (FILETIME), 0 message or 1 folder, message or folder → nothing: what was deleted
    /// softly, oldest first.
    deletions;
    /// mailbox, message → folder and kind (raw).
    locations;
    /// mailbox, folder, kind, delivery time, message → nothing: the default order of a mail view.
    deliveries;
    /// mailbox, folder, list, change number → message (raw u64): what changed when (`change.rs`).
    changes;
    /// mailbox, message or folder that is gone → its folder and the number of its deletion (raw).
    graves;
    /// mailbox, message, 0 → recipients · mailbox, message, 1, number → Attachment.
    parts;
    /// mailbox, blob, chunk → up to 65,520 raw bytes of a large value.
    blobs;
    /// mailbox, blob → when (raw u64 FILETIME): blobs of unsaved objects, to be removed if nobody saves them.
    staged;
    /// mailbox, 'c', search folder → Search · mailbox, 'r', search folder → Restriction.
    searches;
    /// mailbox, search folder → Todo: searches that have something to do.
    searching;
    /// mailbox, search folder, 0, message → delivery time and mfRead (raw) · mailbox, search folder,
    /// 1, delivery time, message → nothing: what search folders show.
    links;
    /// mailbox, 'i', property id → PropertyName · mailbox, 'n', name bytes → property id (raw u16).
    names;
    /// mailbox, replica number → GUID (raw): databases of other mailboxes.
    replicas;
    /// mailbox, GID of a public folder → PerUser.
    per_user;
    /// Of the public store: mailbox, folder, user, part, for some parts a number → what the user has
    /// read (raw; `reads.rs`).
    reads;
    /// mailbox, folder → Permissions.
    permissions;
}
