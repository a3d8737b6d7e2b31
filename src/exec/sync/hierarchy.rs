//! Synchronisation of folders, download and upload. MS-OXCFXICS 2.2.4.3.5, 2.2.4.3.9, 3.2.5.9.4.3
//!
//! A mailbox has some hundred folders: when any of them changed, all are looked at. When none did,
//! which the mailbox's record says, none is.

use super::collector::{Collector, collector};
use super::contents::write_sets;
use super::{State, extra, flags, source_counter, up_to};
use crate::exec::folder::folder_name;
use crate::exec::property::{apply, put_folder, to_unicode};
use crate::exec::transfer::{Content, Filter, Source, folder_properties};
use crate::exec::{Context, Result, guard, permission};
use crate::limits;
use crate::mapi::{ChangeList, ErrorCode, ObjectId, PropertyTag, Ranges, TaggedValue, Value, Xid};
use crate::rop::{
    Handles, SynchronizationConfigureRequest, SynchronizationImportHierarchyChangeRequest,
    SynchronizationImportHierarchyChangeResponse,
};
use crate::store::{
    Folder, FolderKind, FolderView, MailboxIds, NewFolder, Rights, Special, StoreError, change_key, change_list,
    hierarchy, set_change,
};
use crate::transfer::{marker, meta};
use crate::wire::{FileTime, Wire};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A hierarchy download.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HierarchySync {
    root: u64,
    flags: u16,
    extra: u32,
    tags: Vec<PropertyTag>,
    /// Last change number of the snapshot.
    last: u64,
    state: State,
    stage: Stage,
    /// Number and folder, parents before their children.
    found: VecDeque<(u64, u64)>,
    current: Option<(u64, u64)>,
    deleted: Ranges,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Start,
    Changes,
    Deletions,
    State,
    Done,
}

/// PidTagCreatorSid: Outlook wants it, empty or not (outlook.md §9).
const CREATOR_SID: PropertyTag = PropertyTag(0x0E58_0102);
/// PidTagAttributeSystem.
const ATTRIBUTE_SYSTEM: PropertyTag = PropertyTag(0x10F5_000B);
/// PidTagInternetArticleNumberNext: not for clients (outlook.md §9).
const ARTICLE_NUMBER_NEXT: u16 = 0x6751;

impl HierarchySync {
    pub(super) fn new(root: u64, last: u64, rq: &SynchronizationConfigureRequest) -> Self {
        Self {
            root,
            flags: rq.synchronization_flags,
            extra: rq.synchronization_extra_flags,
            tags: rq.property_tags.clone(),
            last,
            state: State::default(),
            stage: Stage::Start,
            found: VecDeque::new(),
            current: None,
            deleted: Ranges::default(),
        }
    }

    pub(super) fn initial_state(&mut self) -> Option<&mut State> {
        (self.stage == Stage::Start).then_some(&mut self.state)
    }

    fn is(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// The state as far as everything is given out; `all`: and nothing is left.
    /// MS-OXCFXICS 3.2.5.9.3.1
    pub(super) fn state(&self, all: bool) -> State {
        let mut state = self.state.clone();
        if all && self.stage == Stage::Done && !self.is(flags::NO_DELETIONS) {
            state.given.own = state.given.own.minus(&self.deleted);
            state.seen.own = state.seen.own.union(&up_to(self.last));
        }
        state
    }

    pub(in crate::exec) fn advance(
        &mut self,
        cx: &mut Context<'_, '_>,
        ids: MailboxIds,
        source: &mut Source,
    ) -> Result<bool> {
        match self.stage {
            Stage::Start => {
                self.find(cx, ids)?;
                source.total = u16::try_from(self.found.len()).unwrap_or(u16::MAX);
                self.stage = Stage::Changes;
            }
            Stage::Changes => {
                self.finish_current(source);
                match self.found.pop_front() {
                    Some((number, id)) => self.change(cx, ids, source, number, id)?,
                    None => self.stage = Stage::Deletions,
                }
            }
            Stage::Deletions => {
                if !self.is(flags::NO_DELETIONS) {
                    write_sets(source, marker::INCR_SYNC_DEL, &[(meta::IDSET_DELETED, &self.deleted)]);
                }
                self.stage = Stage::State;
            }
            Stage::State => {
                self.stage = Stage::Done;
                self.state(true).write(&mut source.out, ids.repl_guid, false, true);
                source.out.marker(marker::INCR_SYNC_END);
            }
            Stage::Done => return Ok(false),
        }
        Ok(true)
    }

    fn find(&mut self, cx: &Context<'_, '_>, ids: MailboxIds) -> Result<()> {
        let newest = cx.txn.mailbox(ids.mailbox)?.hierarchy_change;
        if up_to(newest).minus(&self.state.seen.own).is_empty() {
            return Ok(());
        }
        let mut there = Vec::new();
        for (id, _) in hierarchy(cx.txn, ids, self.root, true, None)? {
            let Some(record) = cx.txn.folder(ids.mailbox, id)? else { continue };
            if record.kind == FolderKind::Search {
                continue;
            }
            there.push((id, id));
            let number = record.change_number;
            // What came here with its parent did not change itself.
            let known = self.state.seen.own.contains(number) && self.state.given.own.contains(id);
            if number <= self.last && !known {
                self.found.push_back((number, id));
            }
        }
        self.deleted = self.state.given.own.minus(&Ranges::from_unsorted(there));
        Ok(())
    }

    fn finish_current(&mut self, source: &mut Source) {
        let Some((number, id)) = self.current.take() else { return };
        self.state.given.own.insert(id);
        self.state.seen.own.insert(number);
        source.done = source.done.saturating_add(1);
    }

    /// folderChange. MS-OXCFXICS 2.2.4.3.5
    fn change(
        &mut self,
        cx: &Context<'_, '_>,
        ids: MailboxIds,
        source: &mut Source,
        number: u64,
        id: u64,
    ) -> Result<()> {
        let record = cx.txn.folder(ids.mailbox, id)?.filter(|record| record.change_number == number);
        // What changed since the snapshot comes with the next one.
        let Some(record) = record else { return Ok(()) };
        self.current = Some((number, id));
        let bag = &record.properties;
        let no_foreign = self.is(flags::NO_FOREIGN_IDENTIFIERS);
        let parent =
            if record.parent == self.root && !no_foreign { Vec::new() } else { ids.long_term(record.parent).gid() };
        let mut content = source.content(cx, ids);
        content.marker(marker::INCR_SYNC_CHG);
        for (tag, value) in [
            (PropertyTag::PidTagParentSourceKey, Value::Binary(parent)),
            (PropertyTag::PidTagSourceKey, Value::Binary(ids.long_term(id).gid())),
            (PropertyTag::PidTagLastModificationTime, Value::Time(modified(&record))),
            (PropertyTag::PidTagChangeKey, Value::Binary(change_key(bag, ids.repl_guid, number))),
            (
                PropertyTag::PidTagPredecessorChangeList,
                Value::Binary(change_list(bag, ids.repl_guid, number).to_bytes()),
            ),
            (PropertyTag::PidTagDisplayName, Value::String(record.name().to_owned())),
        ] {
            content.value(tag, value)?;
        }
        let eid = self.extra & extra::EID != 0;
        let id_value = |counter: u64| Value::Integer64(ObjectId::own(counter).to_i64());
        if eid {
            content.value(PropertyTag::PidTagFolderId, id_value(id))?;
        }
        if eid || no_foreign {
            content.value(PropertyTag::PidTagParentFolderId, id_value(record.parent))?;
        }
        self.properties(content, &record)
    }

    /// Properties of a folder beside its header.
    fn properties(&self, mut content: Content<'_>, record: &Folder) -> Result<()> {
        let bag = &record.properties;
        let filter = match self.is(flags::ONLY_SPECIFIED_PROPERTIES) {
            true => Filter::Only(self.tags.clone()),
            false => Filter::AllBut(self.tags.clone()),
        };
        let is_link = Special::LINKS.iter().filter(|tag| bag.get(tag.id()).is_some() && filter.takes(**tag));
        for tag in is_link {
            if let Some(stored) = bag.get(tag.id()) {
                content.stored(*tag, stored)?;
            }
        }
        folder_properties(record, &mut |tag, stored| {
            let header = [PropertyTag::PidTagDisplayName, PropertyTag::PidTagLastModificationTime]
                .iter()
                .any(|h| h.id() == tag.id());
            if header || tag.id() == ARTICLE_NUMBER_NEXT || !filter.takes(tag) {
                return Ok(());
            }
            content.stored(tag, stored)
        })?;
        let defaults = [
            (PropertyTag::PidTagFolderType, Value::Integer32(1)),
            (PropertyTag::PidTagAttributeHidden, Value::Boolean(false)),
            (ATTRIBUTE_SYSTEM, Value::Boolean(false)),
            (PropertyTag::PidTagAttributeReadOnly, Value::Boolean(false)),
            (CREATOR_SID, Value::Binary(Vec::new())),
        ];
        for (tag, value) in defaults {
            if bag.get(tag.id()).is_none() && filter.takes(tag) {
                content.value(tag, value)?;
            }
        }
        Ok(())
    }
}

fn modified(record: &Folder) -> FileTime {
    match record.properties.value(PropertyTag::PidTagLastModificationTime.id()) {
        Some(Value::Time(time)) => *time,
        _ => FileTime(0),
    }
}

/// HierarchyValues. MS-OXCFXICS 2.2.3.2.4.3.1
struct Imported {
    parent: u64,
    id: u64,
    modified: FileTime,
    change_key: Vec<u8>,
    list: ChangeList,
    name: String,
}

fn read_values(cx: &Context<'_, '_>, ids: MailboxIds, root: u64, values: &[TaggedValue]) -> Result<Imported> {
    const ORDER: [PropertyTag; 6] = [
        PropertyTag::PidTagParentSourceKey,
        PropertyTag::PidTagSourceKey,
        PropertyTag::PidTagLastModificationTime,
        PropertyTag::PidTagChangeKey,
        PropertyTag::PidTagPredecessorChangeList,
        PropertyTag::PidTagDisplayName,
    ];
    let in_order = values.len() == ORDER.len() && values.iter().zip(ORDER).all(|(v, tag)| v.tag.id() == tag.id());
    let [parent, key, modified, change_key, list, name] = values else {
        return Err(ErrorCode::InvalidParameter.into());
    };
    let name = to_unicode(name.value.clone(), cx.caller.code_page);
    match (&parent.value, &key.value, &modified.value, &change_key.value, &list.value, name) {
        (
            Value::Binary(parent),
            Value::Binary(key),
            Value::Time(modified),
            Value::Binary(change_key),
            Value::Binary(list),
            Value::String(name),
        ) if in_order => {
            let parent = match parent.as_slice() {
                [] => root,
                gid => source_counter(ids, gid)?.ok_or(ErrorCode::NoParentFolder)?,
            };
            let id = source_counter(ids, key)?.ok_or(ErrorCode::InvalidParameter)?;
            let mut list = ChangeList::from_bytes(list).map_err(|_| ErrorCode::InvalidParameter)?;
            // A version descends from itself (outlook.md §9).
            list.add(Xid::from_bytes(change_key).map_err(|_| ErrorCode::InvalidParameter)?);
            let name = folder_name(&name)?.to_owned();
            Ok(Imported { parent, id, modified: *modified, change_key: change_key.clone(), list, name })
        }
        _ => Err(ErrorCode::InvalidParameter.into()),
    }
}

/// RopSynchronizationImportHierarchyChange. Conflicts are decided here, for the client has no use
/// for an error but those it knows (outlook.md §9). MS-OXCFXICS 3.2.5.9.4.3
pub(in crate::exec) fn synchronization_import_hierarchy_change(
    cx: &mut Context<'_, '_>,
    handles: Handles,
    rq: SynchronizationImportHierarchyChangeRequest,
) -> Result<SynchronizationImportHierarchyChangeResponse> {
    let (ids, collector) = collector(cx, handles.input)?;
    if collector.contents {
        return Err(ErrorCode::NotSupported.into());
    }
    let root = collector.folder;
    let imported = read_values(cx, ids, root, &rq.hierarchy_values)?;
    let parent = cx.txn.folder(ids.mailbox, imported.parent)?.ok_or(ErrorCode::NoParentFolder)?;
    if parent.kind == FolderKind::Search {
        return Err(ErrorCode::NoParentFolder.into());
    }
    let change = match cx.txn.folder(ids.mailbox, imported.id)? {
        Some(record) => update(cx, ids, &imported, record, rq.property_values)?,
        None => create(cx, ids, &imported, rq.property_values)?,
    };
    if let Some(number) = change {
        let (_, collector): (_, &mut Collector) = self::collector(cx, handles.input)?;
        collector.state.seen.own.insert(number);
    }
    Ok(SynchronizationImportHierarchyChangeResponse { folder_id: ObjectId::NONE })
}

/// Makes the folder; returns its change number. `None`: there is one of that name, which the client
/// gets with its next download instead.
fn create(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    imported: &Imported,
    values: Vec<TaggedValue>,
) -> Result<Option<u64>> {
    guard::folder(cx, ids, imported.parent, Rights::CREATE_SUBFOLDER)?;
    let owner = cx.txn.mailbox(ids.mailbox)?;
    if cx.txn.is_buried(ids.mailbox, imported.id)? {
        return Err(ErrorCode::SyncObjectDeleted.into());
    }
    if !owner.has_given(imported.id) || cx.txn.locate(ids.mailbox, imported.id)?.is_some() {
        return Err(ErrorCode::InvalidParameter.into());
    }
    if cx.txn.folder_depth(ids.mailbox, imported.parent)? >= limits::FOLDER_DEPTH_MAX {
        return Err(ErrorCode::NoParentFolder.into());
    }
    let new = NewFolder { name: &imported.name, comment: "", kind: FolderKind::Generic };
    match cx.txn.create_folder_as(ids.mailbox, imported.parent, &new, imported.id, cx.now) {
        Ok(()) => permission::own(cx, ids, imported.id)?,
        Err(StoreError::Exists) => {
            // The client hears that its own folder is not there.
            let mut owner = owner;
            owner.take_folder_change()?;
            cx.txn.put_mailbox(ids.mailbox, &owner)?;
            return Ok(None);
        }
        Err(e) => return Err(e.into()),
    }
    finish(cx, ids, imported, &imported.list, values).map(Some)
}

/// Changes the folder, if the import is the later version. Returns the change number of what is
/// then as the client has it.
fn update(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    imported: &Imported,
    mut record: Folder,
    values: Vec<TaggedValue>,
) -> Result<Option<u64>> {
    guard::folder(cx, ids, imported.id, Rights::FOLDER_OWNER)?;
    if record.parent != imported.parent {
        guard::folder(cx, ids, imported.parent, Rights::CREATE_SUBFOLDER)?;
    }
    let stored = change_list(&record.properties, ids.repl_guid, record.change_number);
    if record.kind != FolderKind::Generic {
        return Err(ErrorCode::IgnoreFailure.into());
    }
    let mut merged = imported.list.clone();
    if stored.includes(&imported.list) {
        return Ok(None);
    }
    if !imported.list.includes(&stored) {
        merged.merge(&stored);
        // The last writer wins; of two at once, what is here. MS-OXCFXICS 3.1.5.6.2.2
        if imported.modified <= modified(&record) {
            let key = change_key(&record.properties, ids.repl_guid, record.change_number);
            put_folder(cx, ids, imported.id, &mut record)?;
            return keep_change(cx, ids, imported.id, key, &merged, modified(&record)).map(|_| None);
        }
    }
    let moved = record.parent != imported.parent;
    let up = cx.txn.ancestors(ids.mailbox, imported.parent)?;
    if imported.parent == imported.id || up.contains(&imported.id) {
        return Err(ErrorCode::IgnoreFailure.into());
    }
    if moved || record.name() != imported.name {
        // Built-in folders stay where they are.
        let parent = if Special::is_special(imported.id) { record.parent } else { imported.parent };
        match cx.txn.place_folder(ids.mailbox, imported.id, parent, &imported.name, cx.now) {
            Ok(()) | Err(StoreError::Exists) => {}
            Err(e) => return Err(e.into()),
        }
    }
    finish(cx, ids, imported, &merged, values).map(Some)
}

/// Properties, change key and list of an imported folder; returns its change number.
fn finish(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    imported: &Imported,
    list: &ChangeList,
    values: Vec<TaggedValue>,
) -> Result<u64> {
    let mut record = cx.txn.folder(ids.mailbox, imported.id)?.ok_or(ErrorCode::ObjectDeleted)?;
    let name = PropertyTag::PidTagDisplayName;
    for TaggedValue { tag, value } in values {
        let fixed = tag.id() == name.id() || FolderView::COMPUTED.iter().any(|computed| computed.id() == tag.id());
        if !fixed && !matches!(value, Value::Error(_) | Value::Object(_)) {
            apply(&mut record.properties, tag, Some(to_unicode(value, cx.caller.code_page)));
        }
    }
    put_folder(cx, ids, imported.id, &mut record)?;
    keep_change(cx, ids, imported.id, imported.change_key.clone(), list, imported.modified)
}

/// Gives a folder that was just written the change key and list of a version from elsewhere.
fn keep_change(
    cx: &mut Context<'_, '_>,
    ids: MailboxIds,
    id: u64,
    key: Vec<u8>,
    list: &ChangeList,
    modified: FileTime,
) -> Result<u64> {
    let mut record = cx.txn.folder(ids.mailbox, id)?.ok_or(ErrorCode::ObjectDeleted)?;
    set_change(&mut record.properties, key, list);
    record.properties.set(PropertyTag::PidTagLastModificationTime.id(), Value::Time(modified));
    cx.txn.put_folder(ids.mailbox, id, &record)?;
    Ok(record.change_number)
}
