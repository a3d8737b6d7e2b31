//! Logon, folders, tables: MS-OXCSTOR, MS-OXCFOLD, MS-OXCTABL as a client sees them.

use super::{Rops, Session, cell, text};
use crate::client::error::{ClientError, Trouble, malformed};
use crate::mapi::{
    Cell, Dialect, ErrorCode, ObjectId, Order, PropertyTag, Restriction, SortOrder, SortOrderSet, TaggedValue, Value,
    read_row,
};
use crate::rop::{
    self, GetContentsTableRequest, GetHierarchyTableRequest, GetPropertiesSpecificRequest, LogonRequest, LogonResponse,
    OpenFolderRequest, PrivateLogon, PropertyProblem, PropertyValues, QueryRowsRequest, RestrictRequest,
    SetColumnsRequest, SetPropertiesRequest, SortTableRequest, logon_flags, origin, table_flags,
};
use crate::wire::{FileTime, Reader, Writer};

/// A mailbox that is logged on to.
#[derive(Debug, Clone, PartialEq)]
pub struct Logon {
    /// The logon object.
    pub handle: u32,
    /// What the server said.
    pub private: PrivateLogon,
}

impl Logon {
    /// The id of a special folder by its place in the list of RopLogon. MS-OXCSTOR 2.2.1.1.3
    #[must_use]
    pub fn folder(&self, place: usize) -> ObjectId {
        self.private.folder_ids.get(place).copied().unwrap_or(ObjectId::NONE)
    }

    /// The root of what the user sees.
    #[must_use]
    pub fn ipm_subtree(&self) -> ObjectId {
        self.folder(3)
    }

    /// The Inbox.
    #[must_use]
    pub fn inbox(&self) -> ObjectId {
        self.folder(4)
    }
}

/// A folder in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderSummary {
    /// PidTagFolderId
    pub id: ObjectId,
    /// PidTagDisplayName
    pub name: String,
    /// PidTagDepth
    pub depth: i32,
    /// PidTagContentCount
    pub count: i32,
    /// PidTagContentUnreadCount
    pub unread: i32,
}

/// A message in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageSummary {
    /// PidTagMid
    pub id: ObjectId,
    /// PidTagSubject
    pub subject: String,
    /// PidTagSenderName
    pub sender: String,
    /// PidTagMessageDeliveryTime
    pub delivered: FileTime,
    /// PidTagHasAttachments
    pub has_attachments: bool,
}

/// Rows asked for at once.
const ROWS: u16 = 100;

impl<T: Rops> Session<T> {
    /// Logs on to the private mailbox of the one with this distinguished name.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn logon(&mut self, legacy_dn: &str) -> Result<Logon, ClientError> {
        self.logon_with(legacy_dn, 0).await
    }

    /// The same with more OpenFlags.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn logon_with(&mut self, legacy_dn: &str, open_flags: u32) -> Result<Logon, ClientError> {
        const HOME_LOGON: u32 = 4;
        let mut essdn = legacy_dn.as_bytes().to_vec();
        essdn.push(0);
        let request = LogonRequest {
            logon_flags: logon_flags::PRIVATE,
            open_flags: open_flags | HOME_LOGON | rop::open_flags::USE_PER_MDB_REPLID_MAPPING,
            store_state: 0,
            essdn,
        };
        let (handle, response) = self.open(rop::NO_HANDLE, request).await?;
        match response {
            LogonResponse::Private { logon, .. } => Ok(Logon { handle, private: *logon }),
            LogonResponse::Public { .. } => Err(Trouble::Malformed("Logon", "public folders".to_owned()).into()),
        }
    }

    /// Opens a folder.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn open_folder(&mut self, on: u32, folder_id: ObjectId) -> Result<u32, ClientError> {
        Ok(self.open(on, OpenFolderRequest { folder_id, open_mode_flags: 0 }).await?.0)
    }

    /// Every folder below a folder.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn folders(&mut self, folder: u32) -> Result<Vec<FolderSummary>, ClientError> {
        let request = GetHierarchyTableRequest { table_flags: table_flags::DEPTH };
        let (table, _) = self.open(folder, request).await?;
        let columns = [
            PropertyTag::PidTagFolderId,
            PropertyTag::PidTagDisplayName,
            PropertyTag::PidTagDepth,
            PropertyTag::PidTagContentCount,
            PropertyTag::PidTagContentUnreadCount,
        ];
        self.set_columns(table, &columns).await?;
        let rows = self.all_rows(table).await?;
        self.release(&[table]).await?;
        let summary = |row: &Vec<Cell>| FolderSummary {
            id: object_id(row, 0),
            name: text(row, 1),
            depth: integer(row, 2),
            count: integer(row, 3),
            unread: integer(row, 4),
        };
        Ok(rows.iter().map(summary).collect())
    }

    /// The newest messages of a folder, as many as wanted.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn newest(&mut self, folder: u32, wanted: u16) -> Result<Vec<MessageSummary>, ClientError> {
        let (table, _) = self.open(folder, GetContentsTableRequest { table_flags: 0 }).await?;
        let columns = [
            PropertyTag::PidTagMid,
            PropertyTag::PidTagSubject,
            PropertyTag::PidTagSenderName,
            PropertyTag::PidTagMessageDeliveryTime,
            PropertyTag::PidTagHasAttachments,
        ];
        self.set_columns(table, &columns).await?;
        self.sort(table, &[(PropertyTag::PidTagMessageDeliveryTime, Order::Descending)]).await?;
        let rows = self.rows(table, wanted).await?;
        self.release(&[table]).await?;
        let summary = |row: &Vec<Cell>| MessageSummary {
            id: object_id(row, 0),
            subject: text(row, 1),
            sender: text(row, 2),
            delivered: if let Some(Value::Time(time)) = cell(row, 3) { *time } else { FileTime(0) },
            has_attachments: cell(row, 4) == Some(&Value::Boolean(true)),
        };
        Ok(rows.iter().map(summary).collect())
    }

    /// Says which columns the rows of a table have.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn set_columns(&mut self, table: u32, columns: &[PropertyTag]) -> Result<(), ClientError> {
        let request = SetColumnsRequest { set_columns_flags: 0, property_tags: columns.to_vec() };
        self.run(table, request).await.map(drop)
    }

    /// Sorts a table.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn sort(&mut self, table: u32, keys: &[(PropertyTag, Order)]) -> Result<(), ClientError> {
        let sort_orders =
            keys.iter().map(|(property_tag, order)| SortOrder { property_tag: *property_tag, order: *order });
        let sort_orders = SortOrderSet { sort_orders: sort_orders.collect(), ..SortOrderSet::default() };
        self.run(table, SortTableRequest { sort_table_flags: 0, sort_orders }).await.map(drop)
    }

    /// Restricts a table; `None` shows everything again.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn restrict(&mut self, table: u32, restriction: Option<&Restriction>) -> Result<(), ClientError> {
        let restriction_data = restriction.map(restriction_bytes).unwrap_or_default();
        self.run(table, RestrictRequest { restrict_flags: 0, restriction_data }).await.map(drop)
    }

    /// The next rows of a table, as many as wanted and there.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn rows(&mut self, table: u32, wanted: u16) -> Result<Vec<Vec<Cell>>, ClientError> {
        let mut rows = Vec::new();
        loop {
            let left = wanted.saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX));
            if left == 0 {
                return Ok(rows);
            }
            let request = QueryRowsRequest { query_rows_flags: 0, forward_read: true, row_count: left };
            let response = self.run(table, request).await?;
            rows.extend(read_rows(self.columns(table), &response.rows)?);
            if response.rows.count == 0 || response.origin == origin::END {
                return Ok(rows);
            }
        }
    }

    /// Every row from here on.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn all_rows(&mut self, table: u32) -> Result<Vec<Vec<Cell>>, ClientError> {
        let mut rows = Vec::new();
        loop {
            let page = self.rows(table, ROWS).await?;
            let is_last = page.len() < usize::from(ROWS);
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// Properties of an object, in the order of the tags.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn properties(&mut self, on: u32, tags: &[PropertyTag]) -> Result<Vec<Cell>, ClientError> {
        let request =
            GetPropertiesSpecificRequest { property_size_limit: 0, want_unicode: 1, property_tags: tags.to_vec() };
        let response = self.run(on, request).await?;
        read_row(&mut Reader::new(&response.row_data.0), tags, Dialect::Rop).map_err(malformed("PropertyRow"))
    }

    /// One property, or the code that stands in its place.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn property(&mut self, on: u32, tag: PropertyTag) -> Result<Cell, ClientError> {
        let cells = self.properties(on, &[tag]).await?;
        Ok(cells.into_iter().next().unwrap_or(Err(ErrorCode::NotFound)))
    }

    /// Sets properties; says which could not be.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn set_properties(
        &mut self,
        on: u32,
        values: Vec<TaggedValue>,
    ) -> Result<Vec<PropertyProblem>, ClientError> {
        let request = SetPropertiesRequest { property_values: PropertyValues { values } };
        Ok(self.run(on, request).await?.property_problems)
    }
}

fn read_rows(columns: &[PropertyTag], rows: &rop::Rows) -> Result<Vec<Vec<Cell>>, ClientError> {
    let mut reader = Reader::new(&rows.data);
    let read = (0..rows.count).map(|_| read_row(&mut reader, columns, Dialect::Rop));
    read.collect::<Result<_, _>>().map_err(malformed("RowData"))
}

/// RestrictionData.
pub(super) fn restriction_bytes(restriction: &Restriction) -> Vec<u8> {
    let mut w = Writer::new();
    restriction.write_as(&mut w, Dialect::Rop);
    w.into_bytes()
}

fn object_id(row: &[Cell], n: usize) -> ObjectId {
    if let Some(Value::Integer64(id)) = cell(row, n) { ObjectId::from_i64(*id) } else { ObjectId::NONE }
}

fn integer(row: &[Cell], n: usize) -> i32 {
    if let Some(Value::Integer32(number)) = cell(row, n) { *number } else { 0 }
}
