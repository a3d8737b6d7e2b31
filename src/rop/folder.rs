//! Folder operations, MS-OXCROPS 2.2.4: what they look like. Meaning: `exec/folder.rs`.

use crate::mapi::{ObjectId, Text};
use crate::wire::{AsciiZ, Bytes, Counted, Form, Present, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopOpenFolder request. MS-OXCROPS 2.2.4.1.1
    pub struct OpenFolderRequest { folder_id: ObjectId, open_mode_flags: u8 }
    /// RopOpenFolder success response. MS-OXCROPS 2.2.4.1.2
    pub struct OpenFolderResponse { has_rules: bool, ghosted: Option<GhostServers> as Present }
    /// RopGetHierarchyTable request. MS-OXCROPS 2.2.4.13.1
    pub struct GetHierarchyTableRequest { table_flags: u8 }
    /// RopGetHierarchyTable success response. MS-OXCROPS 2.2.4.13.2
    pub struct GetHierarchyTableResponse { row_count: u32 }
    /// RopGetContentsTable request. MS-OXCROPS 2.2.4.14.1
    pub struct GetContentsTableRequest { table_flags: u8 }
    /// RopGetContentsTable success response. MS-OXCROPS 2.2.4.14.2
    pub struct GetContentsTableResponse { row_count: u32 }

    /// RopCreateFolder success response. MS-OXCROPS 2.2.4.2.2
    pub struct CreateFolderResponse { folder_id: ObjectId, existing: Option<ExistingFolder> as Present }
    /// What RopCreateFolder says of a folder that was there. MS-OXCROPS 2.2.4.2.2
    pub struct ExistingFolder { has_rules: bool, ghosted: Option<GhostServers> as Present }
    /// RopDeleteFolder request. MS-OXCROPS 2.2.4.3.1
    pub struct DeleteFolderRequest { delete_folder_flags: u8, folder_id: ObjectId }
    /// RopDeleteFolder success response. MS-OXCROPS 2.2.4.3.2
    pub struct DeleteFolderResponse { partial_completion: bool }
    /// RopDeleteMessages request. MS-OXCROPS 2.2.4.11.1
    pub struct DeleteMessagesRequest { want_asynchronous: bool, notify_non_read: bool, message_ids: Vec<ObjectId> as Counted<u16> }
    /// RopDeleteMessages success response. MS-OXCROPS 2.2.4.11.2
    pub struct DeleteMessagesResponse { partial_completion: bool }
    /// RopSetSearchCriteria request. MS-OXCROPS 2.2.4.4.1
    pub struct SetSearchCriteriaRequest { restriction_data: Vec<u8> as Bytes<u16>, folder_ids: Vec<ObjectId> as Counted<u16>, search_flags: u32 }
    /// RopSetSearchCriteria success response. MS-OXCROPS 2.2.4.4.2
    pub struct SetSearchCriteriaResponse {  }
    /// RopGetSearchCriteria request. MS-OXCROPS 2.2.4.5.1
    pub struct GetSearchCriteriaRequest { use_unicode: bool, include_restriction: bool, include_folders: bool }
    /// RopGetSearchCriteria success response. MS-OXCROPS 2.2.4.5.2
    pub struct GetSearchCriteriaResponse { restriction_data: Vec<u8> as Bytes<u16>, logon_id: u8, folder_ids: Vec<ObjectId> as Counted<u16>, search_flags: u32 }
    /// RopMoveCopyMessages request. MS-OXCROPS 2.2.4.6.1
    pub struct MoveCopyMessagesRequest { message_ids: Vec<ObjectId> as Counted<u16>, want_asynchronous: bool, want_copy: bool }
    /// RopMoveCopyMessages success response. MS-OXCROPS 2.2.4.6.2
    pub struct MoveCopyMessagesResponse { partial_completion: bool }

    /// RopMoveFolder success response. MS-OXCROPS 2.2.4.7.2
    pub struct MoveFolderResponse { partial_completion: bool }

    /// RopCopyFolder success response. MS-OXCROPS 2.2.4.8.2
    pub struct CopyFolderResponse { partial_completion: bool }
    /// RopEmptyFolder request. MS-OXCROPS 2.2.4.9.1
    pub struct EmptyFolderRequest { want_asynchronous: bool, want_delete_associated: bool }
    /// RopEmptyFolder success response. MS-OXCROPS 2.2.4.9.2
    pub struct EmptyFolderResponse { partial_completion: bool }
    /// RopHardDeleteMessages request. MS-OXCROPS 2.2.4.12.1
    pub struct HardDeleteMessagesRequest { want_asynchronous: bool, notify_non_read: bool, message_ids: Vec<ObjectId> as Counted<u16> }
    /// RopHardDeleteMessages success response. MS-OXCROPS 2.2.4.12.2
    pub struct HardDeleteMessagesResponse { partial_completion: bool }
    /// RopHardDeleteMessagesAndSubfolders request. MS-OXCROPS 2.2.4.10.1
    pub struct HardDeleteMessagesAndSubfoldersRequest { want_asynchronous: bool, want_delete_associated: bool }
    /// RopHardDeleteMessagesAndSubfolders success response. MS-OXCROPS 2.2.4.10.2
    pub struct HardDeleteMessagesAndSubfoldersResponse { partial_completion: bool }
}

/// ServerCount, CheapServerCount, Servers: where a replica of a ghosted public folder is.
/// MS-OXCROPS 2.2.4.1.2, 2.2.3.6.2
#[derive(Debug, Clone, PartialEq)]
pub struct GhostServers {
    /// How many of the first servers are as cheap to reach as the first.
    pub cheap_server_count: u16,
    /// Server names.
    pub servers: Vec<String>,
}

impl Wire for GhostServers {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let count = usize::from(u16::read(r)?);
        let cheap_server_count = u16::read(r)?;
        let count = r.plausible(count, 1, "ServerCount")?;
        let servers = (0..count).map(|_| AsciiZ::read(r)).collect::<Result<_, _>>()?;
        Ok(Self { cheap_server_count, servers })
    }
    fn write(&self, w: &mut Writer) {
        u16::try_from(self.servers.len()).unwrap_or(u16::MAX).write(w);
        self.cheap_server_count.write(w);
        self.servers.iter().for_each(|server| AsciiZ::write(server, w));
    }
}

/// RopCreateFolder request. MS-OXCROPS 2.2.4.2.1
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct CreateFolderRequest {
    pub folder_type: u8,
    /// UseUnicodeStrings: both texts are [`Text::Unicode`].
    pub use_unicode_strings: bool,
    pub open_existing: bool,
    pub reserved: u8,
    pub display_name: Text,
    pub comment: Text,
}

impl Wire for CreateFolderRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let folder_type = u8::read(r)?;
        let use_unicode_strings = bool::read(r)?;
        Ok(Self {
            folder_type,
            use_unicode_strings,
            open_existing: bool::read(r)?,
            reserved: u8::read(r)?,
            display_name: Text::read(r, use_unicode_strings)?,
            comment: Text::read(r, use_unicode_strings)?,
        })
    }
    fn write(&self, w: &mut Writer) {
        self.folder_type.write(w);
        self.use_unicode_strings.write(w);
        self.open_existing.write(w);
        self.reserved.write(w);
        self.display_name.write(w);
        self.comment.write(w);
    }
}

/// RopMoveFolder request. MS-OXCROPS 2.2.4.7.1
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct MoveFolderRequest {
    pub want_asynchronous: bool,
    pub use_unicode: bool,
    pub folder_id: ObjectId,
    pub new_folder_name: Text,
}

impl Wire for MoveFolderRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let want_asynchronous = bool::read(r)?;
        let use_unicode = bool::read(r)?;
        let folder_id = ObjectId::read(r)?;
        Ok(Self { want_asynchronous, use_unicode, folder_id, new_folder_name: Text::read(r, use_unicode)? })
    }
    fn write(&self, w: &mut Writer) {
        self.want_asynchronous.write(w);
        self.use_unicode.write(w);
        self.folder_id.write(w);
        self.new_folder_name.write(w);
    }
}

/// RopCopyFolder request. MS-OXCROPS 2.2.4.8.1
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct CopyFolderRequest {
    pub want_asynchronous: bool,
    pub want_recursive: bool,
    pub use_unicode: bool,
    pub folder_id: ObjectId,
    pub new_folder_name: Text,
}

impl Wire for CopyFolderRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let want_asynchronous = bool::read(r)?;
        let want_recursive = bool::read(r)?;
        let use_unicode = bool::read(r)?;
        let folder_id = ObjectId::read(r)?;
        let new_folder_name = Text::read(r, use_unicode)?;
        Ok(Self { want_asynchronous, want_recursive, use_unicode, folder_id, new_folder_name })
    }
    fn write(&self, w: &mut Writer) {
        self.want_asynchronous.write(w);
        self.want_recursive.write(w);
        self.use_unicode.write(w);
        self.folder_id.write(w);
        self.new_folder_name.write(w);
    }
}
