//! Logon operations, MS-OXCROPS 2.2.3: what they look like. Meaning: `exec/logon.rs`.

use super::folder::GhostServers;
use crate::mapi::{LongTermId, ObjectId};
use crate::wire::{AsciiZ, Bytes, Counted, FileTime, Guid, Present, Reader, Wire, WireError, Writer};

crate::wire! {
    /// RopSetReceiveFolder request. MS-OXCROPS 2.2.3.3.1
    pub struct SetReceiveFolderRequest { folder_id: ObjectId, message_class: String as AsciiZ }
    /// RopSetReceiveFolder success response. MS-OXCROPS 2.2.3.3.2
    pub struct SetReceiveFolderResponse {  }
    /// RopGetReceiveFolder request. MS-OXCROPS 2.2.3.2.1
    pub struct GetReceiveFolderRequest { message_class: String as AsciiZ }
    /// RopGetReceiveFolder success response. MS-OXCROPS 2.2.3.2.2
    pub struct GetReceiveFolderResponse { folder_id: ObjectId, explicit_message_class: String as AsciiZ }
    /// RopGetOwningServers request. MS-OXCROPS 2.2.3.6.1
    pub struct GetOwningServersRequest { folder_id: ObjectId }
    /// RopGetOwningServers success response. MS-OXCROPS 2.2.3.6.2
    pub struct GetOwningServersResponse { owning_servers: GhostServers }
    /// RopPublicFolderIsGhosted success response. MS-OXCROPS 2.2.3.7.2
    pub struct PublicFolderIsGhostedResponse { ghosted: Option<GhostServers> as Present }
    /// Row of the receive folder table: a StandardPropertyRow of PidTagFolderId, PidTagMessageClass
    /// (8-bit) and PidTagLastModificationTime. MS-OXCROPS 2.2.3.4.2, MS-OXCSTOR 2.2.1.4.2
    pub struct ReceiveFolderRow {
        flag: u8,
        folder_id: ObjectId,
        message_class: String as AsciiZ,
        last_modification_time: FileTime,
    }
    /// LogonTime. MS-OXCROPS 2.2.3.1.2.1
    #[derive(Copy, Eq)]
    pub struct LogonTime { seconds: u8, minutes: u8, hour: u8, day_of_week: u8, day: u8, month: u8, year: u16 }
    /// RopLogon request. MS-OXCROPS 2.2.3.1.1
    pub struct LogonRequest { logon_flags: u8, open_flags: u32, store_state: u32, essdn: Vec<u8> as Bytes<u16> }
    /// RopLogon success response for a private mailbox, after LogonFlags. MS-OXCROPS 2.2.3.1.2
    pub struct PrivateLogon {
        folder_ids: [ObjectId; 13],
        response_flags: u8,
        mailbox_guid: Guid,
        repl_id: u16,
        repl_guid: Guid,
        logon_time: LogonTime,
        gwart_time: u64,
        store_state: u32,
    }
    /// RopLogon success response for public folders, after LogonFlags. MS-OXCROPS 2.2.3.1.3
    pub struct PublicLogon { folder_ids: [ObjectId; 13], repl_id: u16, repl_guid: Guid, per_user_guid: Guid }
    /// RopLogon failure response ecWrongServer, after ReturnValue. MS-OXCROPS 2.2.3.1.4
    pub struct LogonRedirect { logon_flags: u8, server_name: Vec<u8> as Bytes<u8> }
    /// RopLongTermIdFromId request. MS-OXCROPS 2.2.3.8.1
    pub struct LongTermIdFromIdRequest { object_id: ObjectId }
    /// RopLongTermIdFromId success response. MS-OXCROPS 2.2.3.8.2
    pub struct LongTermIdFromIdResponse { long_term_id: LongTermId }
    /// RopIdFromLongTermId request. MS-OXCROPS 2.2.3.9.1
    pub struct IdFromLongTermIdRequest { long_term_id: LongTermId }
    /// RopIdFromLongTermId success response. MS-OXCROPS 2.2.3.9.2
    pub struct IdFromLongTermIdResponse { object_id: ObjectId }
    /// RopPublicFolderIsGhosted request. MS-OXCROPS 2.2.3.7.1
    pub struct PublicFolderIsGhostedRequest { folder_id: ObjectId }
    /// RopGetPerUserLongTermIds request. MS-OXCROPS 2.2.3.10.1
    pub struct GetPerUserLongTermIdsRequest { database_guid: Guid }
    /// RopGetPerUserLongTermIds success response. MS-OXCROPS 2.2.3.10.2
    pub struct GetPerUserLongTermIdsResponse { long_term_ids: Vec<LongTermId> as Counted<u16> }
    /// RopGetPerUserGuid request. MS-OXCROPS 2.2.3.11.1
    pub struct GetPerUserGuidRequest { long_term_id: LongTermId }
    /// RopGetPerUserGuid success response. MS-OXCROPS 2.2.3.11.2
    pub struct GetPerUserGuidResponse { database_guid: Guid }
    /// RopReadPerUserInformation request. MS-OXCROPS 2.2.3.12.1
    pub struct ReadPerUserInformationRequest { folder_id: LongTermId, reserved: u8, data_offset: u32, max_data_size: u16 }
    /// RopReadPerUserInformation success response. MS-OXCROPS 2.2.3.12.2
    pub struct ReadPerUserInformationResponse { has_finished: bool, data: Vec<u8> as Bytes<u16> }

    /// RopWritePerUserInformation success response. MS-OXCROPS 2.2.3.13.2
    pub struct WritePerUserInformationResponse {  }
    /// RopGetReceiveFolderTable request. MS-OXCROPS 2.2.3.4.1
    pub struct GetReceiveFolderTableRequest {  }
    /// RopGetReceiveFolderTable success response. MS-OXCROPS 2.2.3.4.2
    pub struct GetReceiveFolderTableResponse { rows: Vec<ReceiveFolderRow> as Counted<u32> }
    /// RopGetStoreState request. MS-OXCROPS 2.2.3.5.1
    pub struct GetStoreStateRequest {  }
    /// RopGetStoreState success response. MS-OXCROPS 2.2.3.5.2
    pub struct GetStoreStateResponse { store_state: u32 }


}

impl Wire for [ObjectId; 13] {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let mut ids = [ObjectId::NONE; 13];
        for id in &mut ids {
            *id = ObjectId::read(r)?;
        }
        Ok(ids)
    }
    fn write(&self, w: &mut Writer) {
        self.iter().for_each(|id| id.write(w));
    }
}

/// LogonFlags. MS-OXCSTOR 2.2.1.1.1
pub mod logon_flags {
    /// A private mailbox; clear for public folders.
    pub const PRIVATE: u8 = 1;
    /// Undercover.
    pub const UNDERCOVER: u8 = 2;
    /// Ghosted.
    pub const GHOSTED: u8 = 4;
}

/// OpenFlags. MS-OXCSTOR 2.2.1.1.1
pub mod open_flags {
    /// USE_ADMIN_PRIVILEGE
    pub const USE_ADMIN_PRIVILEGE: u32 = 1;
    /// PUBLIC
    pub const PUBLIC: u32 = 2;
    /// USE_PER_MDB_REPLID_MAPPING
    pub const USE_PER_MDB_REPLID_MAPPING: u32 = 0x0100_0000;
}

/// RopLogon success response. LogonFlags decides its form. MS-OXCROPS 2.2.3.1.2, 2.2.3.1.3
#[derive(Debug, Clone, PartialEq)]
pub enum LogonResponse {
    /// Bit Private is set.
    Private {
        /// Echo of Private, Undercover, Ghosted.
        logon_flags: u8,
        /// The rest.
        logon: Box<PrivateLogon>,
    },
    /// Bit Private is clear.
    Public {
        /// Echo of Undercover, Ghosted.
        logon_flags: u8,
        /// The rest.
        logon: Box<PublicLogon>,
    },
}

impl Wire for LogonResponse {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let logon_flags = u8::read(r)?;
        Ok(if logon_flags & logon_flags::PRIVATE != 0 {
            Self::Private { logon_flags, logon: Box::new(PrivateLogon::read(r)?) }
        } else {
            Self::Public { logon_flags, logon: Box::new(PublicLogon::read(r)?) }
        })
    }
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Private { logon_flags, logon } => {
                logon_flags.write(w);
                logon.write(w);
            }
            Self::Public { logon_flags, logon } => {
                logon_flags.write(w);
                logon.write(w);
            }
        }
    }
}

/// RopWritePerUserInformation request. MS-OXCROPS 2.2.3.13.1
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, clippy::allow_attributes, reason = "the field names are the specification's own")]
pub struct WritePerUserInformationRequest {
    pub folder_id: LongTermId,
    pub has_finished: bool,
    pub data_offset: u32,
    pub data: Vec<u8>,
    /// Present when DataOffset is 0 and the logon private.
    pub repl_guid: Option<Guid>,
}

impl Wire for WritePerUserInformationRequest {
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let folder_id = LongTermId::read(r)?;
        let has_finished = bool::read(r)?;
        let data_offset = u32::read(r)?;
        let len = u16::read(r)?;
        let data = r.take(len.into(), "Data")?.to_vec();
        let repl_guid = (data_offset == 0 && !r.is_public()).then(|| Guid::read(r)).transpose()?;
        Ok(Self { folder_id, has_finished, data_offset, data, repl_guid })
    }
    fn write(&self, w: &mut Writer) {
        self.folder_id.write(w);
        self.has_finished.write(w);
        self.data_offset.write(w);
        u16::try_from(self.data.len()).unwrap_or(u16::MAX).write(w);
        w.raw(&self.data);
        self.repl_guid.iter().for_each(|guid| guid.write(w));
    }
}
