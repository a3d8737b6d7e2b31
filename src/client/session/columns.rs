//! Columns by table: rows do not say theirs, so whoever reads answers remembers the requests.
//! MS-OXCROPS 2.2.5.1

use crate::mapi::PropertyTag;
use crate::rop::{
    FindRowRequest, GetPropertiesSpecificRequest, QueryRowsRequest, Request, RequestFrame, SetColumnsRequest,
};
use crate::sorted::SortedMap;

/// What was asked of which table.
#[derive(Debug, Default)]
pub struct Columns(SortedMap<u32, Vec<PropertyTag>>);

impl Columns {
    /// The columns of the rows that the response to each request may have.
    #[must_use]
    pub fn tags(&self, requests: &[RequestFrame], handles: &[u32]) -> Vec<Vec<u32>> {
        let numbers = |tags: &[PropertyTag]| tags.iter().map(|tag| tag.0).collect::<Vec<_>>();
        // Columns set in this very batch, by place.
        let mut set: SortedMap<u8, Vec<u32>> = SortedMap::new();
        let of_request = |frame: &RequestFrame| {
            let place = frame.handles.input;
            match &frame.request {
                Request::GetPropertiesSpecific(GetPropertiesSpecificRequest { property_tags, .. }) => {
                    return numbers(property_tags);
                }
                Request::SetColumns(SetColumnsRequest { property_tags, .. }) => {
                    set.insert(place, numbers(property_tags));
                }
                Request::QueryRows(QueryRowsRequest { .. })
                | Request::FindRow(FindRowRequest { .. })
                | Request::ExpandRow(_) => {
                    let known = handles.get(usize::from(place)).and_then(|handle| self.0.get(handle));
                    return set.get(&place).cloned().or_else(|| known.map(|tags| numbers(tags))).unwrap_or_default();
                }
                _ => {}
            }
            Vec::new()
        };
        requests.iter().map(of_request).collect()
    }

    /// Learns from a batch that was answered; `handles` is the table of the answer.
    pub fn remember(&mut self, requests: &[RequestFrame], handles: &[u32]) {
        for frame in requests {
            let Some(handle) = handles.get(usize::from(frame.handles.input)) else { continue };
            match &frame.request {
                Request::SetColumns(SetColumnsRequest { property_tags, .. }) => {
                    self.0.insert(*handle, property_tags.clone());
                }
                Request::ResetTable(_) | Request::Release(_) => drop(self.0.remove(handle)),
                _ => {}
            }
        }
    }

    /// Those of a table.
    #[must_use]
    pub fn of(&self, table: u32) -> &[PropertyTag] {
        self.0.get(&table).map_or(&[], Vec::as_slice)
    }
}
