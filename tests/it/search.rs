//! Search folders. MS-OXCFOLD 2.2.1.4, 2.2.1.5, 3.2.5.4, 3.2.5.5

mod bodies;
mod deleted;
mod events;
mod model;
mod slices;

use crate::client::{Desk, new_folder, string};
use mailstead::mapi::{
    ErrorCode, FuzzyLow, ObjectId, Order, PropertyTag, RelOp, Restriction, SortOrder, SortOrderSet, TaggedValue, Text,
    Value, fuzzy_high,
};
use mailstead::rop::{
    CopyFolderRequest, CreateFolderRequest, CreateMessageRequest, DeleteFolderRequest, DeleteMessagesRequest,
    EmptyFolderRequest, FindRowRequest, GetContentsTableRequest, GetSearchCriteriaRequest, GetSearchCriteriaResponse,
    HardDeleteMessagesRequest, MoveCopyMessagesRequest, MoveFolderRequest, NO_HANDLE, OpenMessageRequest,
    QueryPositionRequest, RestrictRequest, SeekRowRequest, SetMessageReadFlagRequest, SetReadFlagsRequest,
    SetReceiveFolderRequest, SetSearchCriteriaRequest, SortTableRequest, origin,
};
use mailstead::store::{Criteria, FolderKind, NewFolder, Special};
use mailstead::wire::Wire;

const SUBJECT: PropertyTag = PropertyTag::PidTagSubject;

/// SearchFlags of RopSetSearchCriteria. MS-OXCFOLD 2.2.1.4.1
mod set {
    pub(super) const STOP: u32 = 1;
    pub(super) const RESTART: u32 = 2;
    pub(super) const RECURSIVE: u32 = 4;
    pub(super) const SHALLOW: u32 = 8;
    pub(super) const STATIC: u32 = 0x4_0000;
}

/// SearchFlags of RopGetSearchCriteria. MS-OXCFOLD 2.2.1.5.2
mod state {
    pub(super) const RUNNING: u32 = 1;
    pub(super) const REBUILD: u32 = 2;
    pub(super) const RECURSIVE: u32 = 4;
    pub(super) const COMPLETE: u32 = 0x1000;
    pub(super) const STATIC: u32 = 0x1_0000;
    pub(super) const WITHOUT_INDEX: u32 = 0x0800_0000;
}

/// Subject contains a text, whatever its case.
pub(crate) fn subject_has(part: &str) -> Restriction {
    Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: fuzzy_high::IGNORE_CASE,
        property_tag: SUBJECT,
        tagged_value: string(SUBJECT, part),
    }
}

/// Matches nothing, at once, and is believed to cost very much.
fn costly_nonsense() -> Restriction {
    let mut restriction = Restriction::Exist { property_tag: SUBJECT };
    for _ in 0..3 {
        let subobject = PropertyTag(0x0E12_000D);
        restriction = Restriction::SubObject { subobject, restriction: Box::new(restriction) };
    }
    restriction
}

fn criteria(restriction: &Restriction, folder_ids: &[ObjectId], search_flags: u32) -> SetSearchCriteriaRequest {
    SetSearchCriteriaRequest { restriction_data: restriction.to_bytes(), folder_ids: folder_ids.to_vec(), search_flags }
}

fn get(use_unicode: bool) -> GetSearchCriteriaRequest {
    GetSearchCriteriaRequest { use_unicode, include_restriction: true, include_folders: true }
}

fn search_named(name: &str) -> CreateFolderRequest {
    CreateFolderRequest { folder_type: 2, ..new_folder(name) }
}

fn hard_delete(message_ids: Vec<ObjectId>) -> HardDeleteMessagesRequest {
    HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids }
}

fn move_copy(message_ids: Vec<ObjectId>, want_copy: bool) -> MoveCopyMessagesRequest {
    MoveCopyMessagesRequest { message_ids, want_asynchronous: false, want_copy }
}

fn move_folder(folder_id: ObjectId, name: &str) -> MoveFolderRequest {
    let new_folder_name = Text::Unicode(name.to_owned());
    MoveFolderRequest { want_asynchronous: false, use_unicode: true, folder_id, new_folder_name }
}

fn copy_folder(folder_id: ObjectId, name: &str) -> CopyFolderRequest {
    let new_folder_name = Text::Unicode(name.to_owned());
    CopyFolderRequest { want_asynchronous: false, want_recursive: false, use_unicode: true, folder_id, new_folder_name }
}

impl Desk {
    /// A search folder without criteria, under the Finder.
    #[track_caller]
    fn search_folder(&mut self, name: &str) -> (u32, ObjectId) {
        let finder = self.folder(Special::Finder.id());
        let done = self.attempt_on([finder, NO_HANDLE], search_named(name)).unwrap();
        (done.handle, done.response.folder_id)
    }

    /// Searches to the end, as the server's own thread would.
    fn search_all(&self) {
        let mut after = None;
        while self.place.store.search_slice(&mut after, self.place.clock.now()).unwrap() {}
    }

    /// A search folder with its results.
    #[track_caller]
    fn found(&mut self, name: &str, restriction: &Restriction, folders: &[ObjectId], flags: u32) -> (u32, ObjectId) {
        let (search, id) = self.search_folder(name);
        self.go(search, criteria(restriction, folders, flags));
        self.search_all();
        (search, id)
    }

    /// The subjects that a folder shows, sorted, and its counters, which must say the same.
    #[track_caller]
    fn shown(&mut self, folder: u32) -> Vec<String> {
        let row_count = self.go(folder, GetContentsTableRequest { table_flags: 0 }).row_count;
        let table = self.contents(folder, &[SUBJECT]);
        let mut subjects = self.texts(table);
        subjects.sort();
        assert_eq!(usize::try_from(row_count).unwrap(), subjects.len());
        assert_eq!(self.integer(folder, PropertyTag::PidTagContentCount), i32::try_from(row_count).unwrap());
        subjects
    }

    /// Gives a message another subject.
    #[track_caller]
    fn rename(&mut self, folder_id: ObjectId, message_id: ObjectId, subject: &str) {
        let open = OpenMessageRequest { code_page_id: 0xFFF, folder_id, open_mode_flags: 1, message_id };
        let message = self.make(self.logon.handle, open);
        self.set(message, vec![string(SUBJECT, subject)]);
        self.save(message);
    }

    fn unread(&mut self, folder: u32) -> i32 {
        self.integer(folder, PropertyTag::PidTagContentUnreadCount)
    }

    fn criteria_of(&mut self, search: u32) -> GetSearchCriteriaResponse {
        self.go(search, get(true))
    }
}

/// MS-OXCFOLD R47, R409, R812, R410, R515, R518, R119, R766; MS-OXCROPS R690, R694, R697
#[test]
fn a_search_folder_shows_what_matches() {
    let mut desk = Desk::new();
    let (inbox, drafts) = (Special::Inbox.id(), Special::Drafts.id());
    let one = desk.note(inbox, "Green tea");
    desk.note(inbox, "Coffee");
    desk.note(drafts, "GREEN paint");
    desk.note(Special::SentItems.id(), "green, but elsewhere");
    let (search, id) = desk.found("Green", &subject_has("green"), &[inbox, drafts], set::RESTART);
    assert_eq!(desk.integer(search, PropertyTag::PidTagFolderType), 2);
    assert_eq!(desk.integer(search, PropertyTag::PidTagFolderFlags), 2);
    assert_eq!(desk.shown(search), ["GREEN paint", "Green tea"]);
    // A message is opened by the folder it is in, and by the folder that shows it.
    for folder_id in [inbox, id] {
        let message = desk.open_message(folder_id, one);
        assert_eq!(desk.text(message, SUBJECT), "Green tea");
    }
    let other = OpenMessageRequest { code_page_id: 0xFFF, folder_id: drafts, open_mode_flags: 0, message_id: one };
    assert_eq!(desk.fails(desk.logon.handle, other), ErrorCode::NotFound);
}

/// MS-OXCFOLD R1172 (3.2.5.14): rows name the folder that a message lies in.
#[test]
fn rows_say_where_their_message_is() {
    let mut desk = Desk::new();
    let inbox = Special::Inbox.id();
    let id = desk.note(inbox, "a");
    let (search, _) = desk.found("S", &subject_has("a"), &[inbox], 0);
    let columns = [
        PropertyTag::PidTagParentEntryId,
        PropertyTag::PidTagFolderId,
        PropertyTag::PidTagMid,
        PropertyTag::PidTagInstID,
        PropertyTag::PidTagEntryId,
        PropertyTag::PidTagParentSourceKey,
    ];
    let of = |desk: &mut Desk, folder| {
        let table = desk.contents(folder, &columns);
        desk.rows(table)
    };
    let inbox = desk.inbox();
    let (there, here) = (of(&mut desk, inbox), of(&mut desk, search));
    assert_eq!(here, there);
    assert_eq!(here[0][2], Ok(Value::Integer64(id.to_i64())));
}

/// MS-OXCFOLD R565, R566, R569, R570, R696, R697, R1090 to R1092, R116, R1233, R1240, R1242 to R1244, R2570,
/// R572, R573, R574, R577 to R582 (3.2.5.4, 3.2.5.5)
#[test]
fn what_is_no_search_is_refused() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let (search, id) = desk.search_folder("S");
    let good = || criteria(&subject_has("a"), &[inbox_id], 0);
    // Not a folder, not a search folder.
    let message = desk.draft(inbox_id);
    for other in [message, desk.logon.handle] {
        assert_eq!(desk.fails(other, good()), ErrorCode::NotSupported);
        assert_eq!(desk.fails(other, get(true)), ErrorCode::NotSupported);
    }
    let inbox = desk.inbox();
    assert_eq!(desk.fails(inbox, good()), ErrorCode::NotSearchFolder);
    assert_eq!(desk.fails(inbox, get(true)), ErrorCode::NotSearchFolder);
    // Nothing was ever asked for.
    assert_eq!(desk.fails(search, get(true)), ErrorCode::NotInitialized);
    assert_eq!(desk.fails(search, criteria(&subject_has("a"), &[], 0)), ErrorCode::NotInitialized);
    let without = SetSearchCriteriaRequest { restriction_data: Vec::new(), ..good() };
    assert_eq!(desk.fails(search, without), ErrorCode::NotInitialized);
    // Bits that do not exist, and bits that contradict each other.
    for flags in [0x40, 0x8_0000, 0x8000_0000, 0x1000, 3, 0xC, 0x30, 0x3_0000] {
        let request = criteria(&subject_has("a"), &[inbox_id], flags);
        assert_eq!(desk.fails(search, request), ErrorCode::InvalidParameter, "{flags:x}");
    }
    // Its own scope, or one that does not exist.
    for folders in [vec![id], vec![inbox_id, id]] {
        let request = criteria(&subject_has("a"), &folders, 0);
        assert_eq!(desk.fails(search, request), ErrorCode::SearchFolderScopeViolation);
    }
    for folder in [ObjectId::own(0xFFFF), ObjectId::new(2, 5), ObjectId::NONE] {
        let request = criteria(&subject_has("a"), &[inbox_id, folder], 0);
        assert_eq!(desk.fails(search, request), ErrorCode::NotFound);
    }
    // Restrictions that are none, that are too deep and too large.
    let broken = SetSearchCriteriaRequest { restriction_data: vec![0x55], ..good() };
    assert_eq!(desk.fails(search, broken), ErrorCode::InvalidParameter);
    let mut deep = subject_has("a");
    for _ in 0..mailstead::limits::RESTRICTION_DEPTH_MAX {
        deep = Restriction::Not(Box::new(deep));
    }
    assert_eq!(desk.fails(search, criteria(&deep, &[inbox_id], 0)), ErrorCode::TooComplex);
    let large = subject_has(&"x".repeat(mailstead::limits::SEARCH_CRITERIA_MAX_BYTES / 2));
    assert_eq!(desk.fails(search, criteria(&large, &[inbox_id], 0)), ErrorCode::TooComplex);
    // None of that left anything.
    assert_eq!(desk.fails(search, get(true)), ErrorCode::NotInitialized);
    // A folder that the server fills for itself.
    let spooler = desk.folder(Special::SpoolerQueue.id());
    assert_eq!(desk.fails(spooler, good()), ErrorCode::AccessDenied);
}

/// MS-OXCFOLD R105, R109, R137, R140, R418, R451, R698, R783, R1205, R1208, R1241, R128 to R132, R136, R139, R141, R785 to R789, R793, R795, R960, R1198 to
/// R1201, R1210, R1215, R1239, R1103, R1104; MS-OXCROPS R733, R735, R737
#[test]
fn criteria_are_told_as_they_were_set() {
    let mut desk = Desk::new();
    let (inbox, drafts) = (Special::Inbox.id(), Special::Drafts.id());
    let (search, _) = desk.search_folder("S");
    let restriction = Restriction::And(vec![
        subject_has("Größe"),
        Restriction::Exist { property_tag: PropertyTag::PidTagSenderName },
    ]);
    let done = state::COMPLETE | state::WITHOUT_INDEX;
    for (flags, expected) in [
        (set::RESTART | set::RECURSIVE | 0x10, done | state::RECURSIVE),
        (set::RESTART | set::SHALLOW | 0x20, done),
        (0x1_0000 | set::RECURSIVE, done | state::RECURSIVE),
        (0x2_0000, done),
        (set::STATIC, done | state::STATIC),
    ] {
        desk.go(search, criteria(&restriction, &[drafts, inbox], flags));
        desk.search_all();
        let told = desk.criteria_of(search);
        assert_eq!(told.search_flags, expected, "{flags:x}");
        assert_eq!(told.folder_ids, [drafts, inbox]);
        assert_eq!(told.restriction_data, restriction.to_bytes());
        assert_eq!(told.logon_id, 0);
    }
    // 8-bit strings in the code page of the logon, with tags that say so.
    let told = desk.go(search, get(false)).restriction_data;
    let Restriction::And(list) = Restriction::from_bytes(&told).unwrap() else { panic!() };
    let Restriction::Content { property_tag, tagged_value, .. } = &list[0] else { panic!() };
    let eight_bit = PropertyTag(0x0037_001E);
    assert_eq!((*property_tag, tagged_value.tag), (eight_bit, eight_bit));
    assert_eq!(tagged_value.value, Value::String8(b"Gr\xF6\xDFe".to_vec()));
    assert_eq!(list[1], Restriction::Exist { property_tag: PropertyTag(0x0C1A_001E) });
    // And set so, they are the same.
    desk.go(
        search,
        SetSearchCriteriaRequest { restriction_data: told, folder_ids: vec![drafts, inbox], search_flags: 0 },
    );
    assert_eq!(desk.criteria_of(search).restriction_data, restriction.to_bytes());
    // What is not asked for is not told.
    let nothing = GetSearchCriteriaRequest { use_unicode: true, include_restriction: false, include_folders: false };
    let told = desk.go(search, nothing);
    assert!(told.restriction_data.is_empty() && told.folder_ids.is_empty());
    // What a request leaves out stays as it was; what bits leave out does not.
    let folders = SetSearchCriteriaRequest {
        restriction_data: Vec::new(),
        folder_ids: vec![inbox],
        search_flags: set::RECURSIVE,
    };
    desk.go(search, folders);
    desk.go(search, criteria(&subject_has("b"), &[], set::STATIC));
    desk.search_all();
    let told = desk.criteria_of(search);
    assert_eq!((told.restriction_data, told.folder_ids), (subject_has("b").to_bytes(), vec![inbox]));
    assert_eq!(told.search_flags, done | state::STATIC);
}

/// MS-OXCFOLD R1095 to R1097, R552: a dynamic search follows its messages.
#[test]
fn a_dynamic_search_stays_true() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let old = desk.note(inbox_id, "a old");
    let (search, id) = desk.found("S", &subject_has("a"), &[inbox_id], 0);
    assert_eq!(desk.shown(search), ["a old"]);
    // Arrives.
    let new = desk.note(inbox_id, "a new");
    desk.note(inbox_id, "b");
    assert_eq!(desk.shown(search), ["a new", "a old"]);
    let ann = desk.place.ann.clone();
    desk.place.deliver(&ann, b"Subject: a third\r\n\r\n.\r\n");
    assert_eq!(desk.shown(search), ["a new", "a old", "a third"]);
    // Ceases to match and matches again.
    desk.rename(id, new, "b new");
    assert_eq!(desk.shown(search), ["a old", "a third"]);
    let request = OpenMessageRequest { code_page_id: 0xFFF, folder_id: id, open_mode_flags: 3, message_id: new };
    assert_eq!(desk.fails(desk.logon.handle, request), ErrorCode::NotFound, "it is not shown there any more");
    desk.rename(inbox_id, new, "a new");
    assert_eq!(desk.shown(search), ["a new", "a old", "a third"]);
    // Moves out of the scope and into it, is copied, is deleted softly and for good.
    let (inbox, drafts) = (desk.inbox(), desk.folder(Special::Drafts.id()));
    desk.attempt_on([inbox, drafts], move_copy(vec![new], false)).unwrap();
    assert_eq!(desk.shown(search), ["a old", "a third"]);
    let copy = desk.note(Special::Drafts.id(), "a moved");
    desk.attempt_on([drafts, inbox], move_copy(vec![copy], false)).unwrap();
    desk.attempt_on([inbox, inbox], move_copy(vec![old], true)).unwrap();
    assert_eq!(desk.shown(search), ["a moved", "a old", "a old", "a third"]);
    desk.go(inbox, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![old] });
    assert_eq!(desk.shown(search), ["a moved", "a old", "a third"]);
    desk.go(inbox, EmptyFolderRequest { want_asynchronous: false, want_delete_associated: true });
    assert!(desk.shown(search).is_empty());
}

/// MS-OXCFOLD R1084, R549, R551, R784, R795, R1093, R1094: a static search is filled once for each time
/// it is asked to.
#[test]
fn a_static_search_is_left_alone() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let one = desk.note(inbox_id, "a 1");
    let two = desk.note(inbox_id, "a 2");
    let (search, _) = desk.found("S", &subject_has("a"), &[inbox_id], set::STATIC);
    desk.note(inbox_id, "a 3");
    let inbox = desk.inbox();
    desk.rename(inbox_id, two, "b 2");
    assert_eq!(desk.shown(search), ["a 1", "b 2"]);
    desk.go(inbox, hard_delete(vec![one]));
    // Its link stays and is counted; there is nothing to show of it.
    assert_eq!(desk.go(search, GetContentsTableRequest { table_flags: 0 }).row_count, 2);
    let table = desk.contents(search, &[SUBJECT]);
    assert_eq!(desk.texts(table), ["b 2"]);
    // Asked again, with the same criteria or without any, it is filled again.
    let again = SetSearchCriteriaRequest {
        restriction_data: Vec::new(),
        folder_ids: Vec::new(),
        search_flags: set::STATIC | set::RESTART,
    };
    desk.go(search, again);
    desk.search_all();
    assert_eq!(desk.shown(search), ["a 3"]);
}

/// MS-OXCFOLD R770, R772, R789: folders below are searched in a recursive search, as they come and go.
#[test]
fn a_recursive_search_follows_the_tree() {
    let mut desk = Desk::new();
    let top = desk.folder(Special::IpmSubtree.id());
    let (a, a_id) = desk.create_folder(top, "A");
    let (b, b_id) = desk.create_folder(a, "B");
    let (_, c_id) = desk.create_folder(top, "C");
    desk.note(a_id, "x in a");
    desk.note(b_id, "x in b");
    desk.note(c_id, "x in c");
    let (shallow, _) = desk.found("shallow", &subject_has("x"), &[a_id], set::SHALLOW);
    let (deep, _) = desk.found("deep", &subject_has("x"), &[a_id], set::RECURSIVE);
    assert_eq!(desk.shown(shallow), ["x in a"]);
    assert_eq!(desk.shown(deep), ["x in a", "x in b"]);
    // A folder comes into the scope with what is in it, and goes.
    desk.attempt_on([top, b], move_folder(c_id, "C")).unwrap();
    desk.search_all();
    assert_eq!(desk.shown(deep), ["x in a", "x in b", "x in c"]);
    let new = desk.note(c_id, "x new in c");
    assert_eq!(desk.shown(deep).len(), 4);
    desk.attempt_on([a, top], move_folder(b_id, "B")).unwrap();
    desk.search_all();
    assert_eq!(desk.shown(deep), ["x in a"]);
    desk.note(b_id, "x later in b");
    assert_eq!(desk.shown(deep), ["x in a"]);
    desk.attempt_on([top, a], move_folder(b_id, "B")).unwrap();
    desk.search_all();
    assert_eq!(desk.shown(deep), ["x in a", "x in b", "x in c", "x later in b", "x new in c"]);
    // A folder of the scope is deleted with its messages.
    let c = desk.folder(c_id);
    desk.go(c, hard_delete(vec![new]));
    desk.go(a, DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: b_id });
    assert_eq!(desk.shown(deep), ["x in a"]);
    // A folder that was named leaves the scope when it is deleted.
    desk.go(top, DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: a_id });
    assert!(desk.shown(deep).is_empty() && desk.shown(shallow).is_empty());
    assert!(desk.criteria_of(deep).folder_ids.is_empty());
}

/// MS-OXCFOLD R519: new criteria, new contents; what still matches stays.
#[test]
fn new_criteria_change_what_is_shown() {
    let mut desk = Desk::new();
    let (inbox, drafts) = (Special::Inbox.id(), Special::Drafts.id());
    for (folder, subject) in [(inbox, "a"), (inbox, "ab"), (inbox, "b"), (drafts, "ab too")] {
        desk.note(folder, subject);
    }
    let (search, _) = desk.found("S", &subject_has("a"), &[inbox], 0);
    assert_eq!(desk.shown(search), ["a", "ab"]);
    desk.go(search, criteria(&subject_has("b"), &[inbox], 0));
    desk.search_all();
    assert_eq!(desk.shown(search), ["ab", "b"]);
    desk.go(search, criteria(&subject_has("b"), &[drafts], 0));
    desk.search_all();
    assert_eq!(desk.shown(search), ["ab too"]);
}

/// MS-OXCFOLD R1246, R1216, R121701, R121702, R121801, R124901, R416, R417; MS-OXCMSG 3.2.5.2: nothing is
/// put into a search folder; what is done to a message there is done to the message.
#[test]
fn the_messages_are_elsewhere() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let ids: Vec<ObjectId> = ["a 1", "a 2", "a 3", "a 4"].iter().map(|subject| desk.note(inbox_id, subject)).collect();
    let (search, id) = desk.found("S", &subject_has("a"), &[inbox_id], 0);
    let (inbox, drafts) = (desk.inbox(), desk.folder(Special::Drafts.id()));
    for associated_flag in [false, true] {
        let create = CreateMessageRequest { code_page_id: 0xFFF, folder_id: id, associated_flag };
        assert_eq!(desk.fails(search, create), ErrorCode::NotSupported);
    }
    for want_copy in [false, true] {
        let into = desk.attempt_on([inbox, search], move_copy(ids.clone(), want_copy));
        assert_eq!(into.err(), Some(ErrorCode::SearchFolder));
    }
    let empty = EmptyFolderRequest { want_asynchronous: false, want_delete_associated: false };
    assert_eq!(desk.fails(search, empty), ErrorCode::NotSupported);
    assert_eq!(desk.fails(search, new_folder("below")), ErrorCode::NotSupported);
    let top = desk.folder(Special::IpmSubtree.id());
    let (_, plain) = desk.create_folder(top, "plain");
    assert_eq!(desk.attempt_on([top, search], move_folder(plain, "below")).err(), Some(ErrorCode::NotSupported));
    assert_eq!(desk.attempt_on([top, search], copy_folder(plain, "below")).err(), Some(ErrorCode::NotSupported));
    // Copied and moved out of it, and deleted in it.
    assert!(!desk.attempt_on([search, drafts], move_copy(vec![ids[0]], true)).unwrap().response.partial_completion);
    assert!(!desk.attempt_on([search, drafts], move_copy(vec![ids[1]], false)).unwrap().response.partial_completion);
    assert!(!desk.go(search, hard_delete(vec![ids[2]])).partial_completion);
    assert!(desk.go(search, hard_delete(vec![ids[2]])).partial_completion, "not there any more");
    assert_eq!(desk.shown(search), ["a 1", "a 4"]);
    assert_eq!(desk.shown(inbox), ["a 1", "a 4"]);
    assert_eq!(desk.shown(drafts), ["a 1", "a 2"]);
    // With the search folder only its links go, without DEL_MESSAGES too.
    let finder = desk.folder(Special::Finder.id());
    assert!(!desk.go(finder, DeleteFolderRequest { delete_folder_flags: 0, folder_id: id }).partial_completion);
    assert_eq!(desk.shown(inbox), ["a 1", "a 4"]);
    assert_eq!(desk.fails(finder, DeleteFolderRequest { delete_folder_flags: 0, folder_id: id }), ErrorCode::NotFound);
}

/// Read state is the message's; counters of both folders follow it.
#[test]
fn read_state_is_the_messages() {
    const READ: u8 = 1;
    const UNREAD: u8 = 5;
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let ids: Vec<ObjectId> = ["a 1", "a 2", "a 3"].iter().map(|subject| desk.note(inbox_id, subject)).collect();
    let (dynamic, id) = desk.found("S", &subject_has("a"), &[inbox_id], 0);
    let (fixed, _) = desk.found("T", &subject_has("a"), &[inbox_id], set::STATIC);
    let inbox = desk.inbox();
    let all = |desk: &mut Desk| [inbox, dynamic, fixed].map(|folder| desk.unread(folder));
    let flags = |read_flags, message_ids: &[ObjectId]| SetReadFlagsRequest {
        want_asynchronous: false,
        read_flags,
        message_ids: message_ids.to_vec(),
    };
    desk.go(inbox, flags(UNREAD, &[]));
    assert_eq!(all(&mut desk), [3, 3, 3]);
    assert!(!desk.go(dynamic, flags(READ, &ids[..1])).partial_completion);
    assert_eq!(all(&mut desk), [2, 2, 2]);
    let message = desk.open_message(id, ids[1]);
    desk.attempt_on([message, message], SetMessageReadFlagRequest { read_flags: READ, client_data: None }).unwrap();
    assert_eq!(all(&mut desk), [1, 1, 1]);
    assert!(!desk.go(dynamic, flags(READ, &[])).partial_completion, "all of it");
    assert_eq!(all(&mut desk), [0, 0, 0]);
}

/// Unread mail is what Outlook asks for first: a search whose messages leave it by being read.
#[test]
fn a_search_for_what_is_unread() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let ids: Vec<ObjectId> = ["1", "2"].iter().map(|subject| desk.note(inbox_id, subject)).collect();
    let inbox = desk.inbox();
    let unread = Restriction::BitMask {
        bitmap_rel_op: mailstead::mapi::BitmapRelOp::EqualToZero,
        property_tag: PropertyTag::PidTagMessageFlags,
        mask: 1,
    };
    let (search, _) = desk.found("Unread", &unread, &[inbox_id], 0);
    let flags = |read_flags| SetReadFlagsRequest { want_asynchronous: false, read_flags, message_ids: vec![ids[0]] };
    assert!(desk.shown(search).is_empty(), "own messages are read");
    desk.go(inbox, flags(5));
    assert_eq!(desk.shown(search), ["1"]);
    assert_eq!(desk.unread(search), 1);
    desk.go(inbox, flags(1));
    assert!(desk.shown(search).is_empty());
    assert_eq!(desk.unread(search), 0);
}

/// A search folder that is named stands for what it shows; a ring of them is refused.
#[test]
fn a_search_in_a_search() {
    let mut desk = Desk::new();
    let inbox = Special::Inbox.id();
    desk.note(inbox, "ab 1");
    desk.note(inbox, "a 1");
    desk.note(inbox, "b 1");
    let (a, a_id) = desk.found("a", &subject_has("a"), &[inbox], 0);
    let (ab, ab_id) = desk.found("ab", &subject_has("b"), &[a_id], 0);
    assert_eq!(desk.shown(ab), ["ab 1"]);
    let (fixed, _) = desk.found("abs", &subject_has("b"), &[a_id], set::STATIC);
    let new = desk.note(inbox, "ab 2");
    desk.note(inbox, "b 2");
    assert_eq!(desk.shown(ab), ["ab 1", "ab 2"]);
    desk.rename(inbox, new, "b only");
    assert_eq!(desk.shown(ab), ["ab 1"]);
    assert_eq!(desk.shown(fixed), ["ab 1"]);
    // Rings.
    assert_eq!(desk.fails(a, criteria(&subject_has("a"), &[ab_id], 0)), ErrorCode::SearchFolderScopeViolation);
    // The inner search becomes another one, then it is gone.
    desk.go(a, criteria(&subject_has("1"), &[inbox], 0));
    desk.search_all();
    assert_eq!(desk.shown(ab), ["ab 1", "b 1"]);
    let finder = desk.folder(Special::Finder.id());
    desk.go(finder, DeleteFolderRequest { delete_folder_flags: 0x10, folder_id: a_id });
    desk.search_all();
    assert!(desk.shown(ab).is_empty());
    // Nested deeper than is of any use.
    let mut last = inbox;
    let refused = (0..20).find_map(|n| {
        let (search, id) = desk.search_folder(&format!("level {n}"));
        let set = desk.attempt_on([search, NO_HANDLE], criteria(&subject_has("1"), &[last], 0));
        last = id;
        set.err()
    });
    assert_eq!(refused, Some(ErrorCode::SearchFolderScopeViolation));
}

/// MS-OXCSTOR R1140, R1141, R1141001; MS-OXCFOLD R1097: PidTagStoreState; a copied search folder
/// searches too; folders that are moved keep their results.
#[test]
fn search_folders_are_folders() {
    let mut desk = Desk::new();
    let inbox = Special::Inbox.id();
    desk.note(inbox, "a");
    assert_eq!(desk.integer(desk.logon.handle, PropertyTag::PidTagStoreState), 0);
    let (search, id) = desk.found("S", &subject_has("a"), &[inbox], set::RECURSIVE);
    assert_eq!(desk.integer(desk.logon.handle, PropertyTag::PidTagStoreState), 0x0100_0000);
    let (finder, top) = (desk.folder(Special::Finder.id()), desk.folder(Special::IpmSubtree.id()));
    desk.attempt_on([finder, top], copy_folder(id, "copy")).unwrap();
    let request = CreateFolderRequest { open_existing: true, ..search_named("copy") };
    let copied = desk.make(top, request);
    assert_eq!(desk.criteria_of(copied).folder_ids, [inbox]);
    desk.attempt_on([finder, top], move_folder(id, "moved")).unwrap();
    desk.search_all();
    desk.note(inbox, "a 2");
    assert_eq!(desk.shown(search), ["a", "a 2"]);
    assert_eq!(desk.shown(copied), ["a", "a 2"]);
}

/// MS-OXCMSG R1247; MS-OXCFOLD R537, R538; MS-OXCDATA 2.12: what Outlook's search folders ask for.
#[test]
fn restrictions_of_search_folders() {
    let mut desk = Desk::new();
    let inbox = Special::Inbox.id();
    let ann = desk.place.ann.clone();
    desk.place.deliver(
        &ann,
        b"From: Bob <bob@example.test>\r\nTo: Ann <ann@example.test>\r\nCc: Carol <carol@example.test>\r\n\
          Date: Tue, 05 Nov 2013 10:00:00 +0000\r\nSubject: letter\r\nKeywords: Family, Money\r\n\
          Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe cat sat on the mat.\r\n--b\r\n\
          Content-Type: application/pdf; name=bill.pdf\r\nContent-Disposition: attachment; filename=bill.pdf\r\n\r\n\
          data\r\n--b--\r\n",
    );
    desk.note(inbox, "note");
    let has = |property_tag: PropertyTag, part: &str| Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: fuzzy_high::IGNORE_CASE,
        property_tag,
        tagged_value: string(property_tag, part),
    };
    let compare = |rel_op, property_tag, value: Value| Restriction::Property {
        rel_op,
        property_tag,
        tagged_value: TaggedValue::new(property_tag, value),
    };
    let keywords = {
        let txn = desk.place.store.read().unwrap();
        let names = txn.named_all(ann.id).unwrap();
        let keywords = mailstead::mapi::names::PidNameKeywords.property_name();
        let (id, _) = names.into_iter().find(|(_, name)| *name == keywords).unwrap();
        PropertyTag::new(id, mailstead::mapi::PropertyType::MultipleString)
    };
    let sub = |subobject, restriction| Restriction::SubObject {
        subobject: PropertyTag(subobject),
        restriction: Box::new(restriction),
    };
    let cases = [
        (has(PropertyTag::PidTagBody, "CAT SAT"), true),
        (has(PropertyTag::PidTagBody, "dog"), false),
        (has(PropertyTag::PidTagSenderName, "bob"), true),
        (compare(RelOp::GreaterThan, PropertyTag::PidTagMessageSize, Value::Integer32(100)), true),
        (compare(RelOp::GreaterThan, PropertyTag::PidTagMessageSize, Value::Integer32(1 << 30)), false),
        (
            Restriction::Property {
                rel_op: RelOp::Equal,
                property_tag: keywords,
                tagged_value: TaggedValue::new(
                    keywords.with_type(mailstead::mapi::PropertyType::String),
                    Value::String("money".to_owned()),
                ),
            },
            true,
        ),
        (compare(RelOp::Equal, PropertyTag::PidTagHasAttachments, Value::Boolean(true)), true),
        (sub(0x0E12_000D, has(PropertyTag::PidTagDisplayName, "carol")), true),
        (sub(0x0E12_000D, has(PropertyTag::PidTagDisplayName, "dave")), false),
        (sub(0x0E13_000D, has(PropertyTag::PidTagAttachLongFilename, "bill")), true),
    ];
    for (number, (restriction, expected)) in cases.iter().enumerate() {
        let both = Restriction::And(vec![subject_has("letter"), restriction.clone()]);
        let (search, _) = desk.found(&format!("case {number}"), &both, &[inbox], 0);
        assert_eq!(desk.shown(search).len(), usize::from(*expected), "{restriction:?}");
    }
    // And all of them hear of another one that is like it.
    desk.place.deliver(&ann, b"From: Bob <bob@example.test>\r\nSubject: letter\r\n\r\nA CAT sat there.\r\n");
    let search = desk.make(
        desk.logon.handle,
        mailstead::rop::OpenFolderRequest { folder_id: Special::Finder.id(), open_mode_flags: 0 },
    );
    let zero = desk.make(search, CreateFolderRequest { open_existing: true, ..search_named("case 0") });
    assert_eq!(desk.shown(zero).len(), 2);
}

/// MS-OXCFOLD R1170, R1172; MS-OXCTABL 3.2.5: the table of a search folder is a contents table: sorted, grouped,
/// restricted, found in, and kept true while the folder is filled again.
#[test]
fn the_table_of_a_search_folder() {
    let mut desk = Desk::new();
    let (inbox, drafts) = (Special::Inbox.id(), Special::Drafts.id());
    for (folder, subject) in [(inbox, "a 3"), (drafts, "a 1"), (inbox, "a 2"), (inbox, "b")] {
        desk.note(folder, subject);
    }
    let (search, _) = desk.found("S", &subject_has("a"), &[inbox, drafts], 0);
    let columns = [SUBJECT, PropertyTag::PidTagRowType, PropertyTag::PidTagDepth];
    let table = desk.contents(search, &columns);
    let order = |property_tag, order| SortOrder { property_tag, order };
    let sort = |sort_orders, categories| SortTableRequest {
        sort_table_flags: 0,
        sort_orders: SortOrderSet { sort_orders, categorized_count: categories, expanded_count: categories },
    };
    desk.go(table, sort(vec![order(SUBJECT, Order::Descending)], 0));
    assert_eq!(desk.texts(table), ["a 3", "a 2", "a 1"]);
    desk.note(drafts, "a 4");
    let start = SeekRowRequest { origin: origin::BEGINNING, row_count: 0, want_row_moved_count: false };
    desk.go(table, start.clone());
    assert_eq!(desk.texts(table), ["a 4", "a 3", "a 2", "a 1"]);
    let restriction_data = subject_has("2").to_bytes();
    desk.go(table, RestrictRequest { restrict_flags: 0, restriction_data: restriction_data.clone() });
    assert_eq!(desk.texts(table), ["a 2"]);
    desk.go(table, RestrictRequest { restrict_flags: 0, restriction_data: Vec::new() });
    // By the folder that messages are in: one category for each.
    desk.go(table, sort(vec![order(PropertyTag::PidTagParentEntryId, Order::Ascending)], 1));
    let rows = desk.rows(table);
    let types: Vec<i32> = rows.iter().map(|row| if let Ok(Value::Integer32(n)) = row[1] { n } else { 0 }).collect();
    assert_eq!(types, [3, 1, 1, 3, 1, 1]);
    // FindRow, and rows by delivery time.
    let table = desk.contents(search, &columns);
    let find = FindRowRequest { find_row_flags: 0, restriction_data, origin: origin::BEGINNING, bookmark: Vec::new() };
    assert!(desk.go(table, find).row_data.is_some());
    let by_time = PropertyTag::PidTagMessageDeliveryTime;
    desk.go(table, sort(vec![order(by_time, Order::Descending)], 0));
    assert_eq!(desk.texts(table), ["a 4", "a 1", "a 2", "a 3"], "all at no time: by number");
    desk.go(table, start);
    assert_eq!(desk.go(table, QueryPositionRequest {}).denominator, 4);
    // Associated and deleted messages are nobody's there.
    for table_flags in [0x02, 0x20, 0x22] {
        assert_eq!(desk.go(search, GetContentsTableRequest { table_flags }).row_count, 0);
    }
}

/// MS-OXCFOLD R1094: a link that outlived its message shows nothing, also when the message is only
/// deleted softly, and leads nowhere.
#[test]
fn a_dead_link_leads_nowhere() {
    let mut desk = Desk::new();
    let inbox_id = Special::Inbox.id();
    let (soft, moved) = (desk.note(inbox_id, "a soft"), desk.note(inbox_id, "a moved"));
    let (search, id) = desk.found("S", &subject_has("a"), &[inbox_id], set::STATIC);
    let (inbox, drafts) = (desk.inbox(), desk.folder(Special::Drafts.id()));
    desk.go(inbox, DeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![soft] });
    desk.attempt_on([inbox, drafts], move_copy(vec![moved], false)).unwrap();
    assert_eq!(desk.go(search, GetContentsTableRequest { table_flags: 0 }).row_count, 2);
    let table = desk.contents(search, &[SUBJECT]);
    assert!(desk.texts(table).is_empty());
    for message_id in [soft, moved] {
        let open = OpenMessageRequest { code_page_id: 0xFFF, folder_id: id, open_mode_flags: 4, message_id };
        assert_eq!(desk.fails(desk.logon.handle, open), ErrorCode::NotFound);
        assert!(desk.go(search, hard_delete(vec![message_id])).partial_completion);
        assert!(
            desk.attempt_on([search, drafts], move_copy(vec![message_id], true)).unwrap().response.partial_completion
        );
    }
}

/// A receive folder is one that mail can be put into.
#[test]
fn mail_does_not_arrive_in_a_search_folder() {
    let mut desk = Desk::new();
    let (_, id) = desk.search_folder("S");
    let request = SetReceiveFolderRequest { folder_id: id, message_class: "IPM.Odd".to_owned() };
    assert_eq!(desk.fails(desk.logon.handle, request), ErrorCode::SearchFolder);
}

/// Bounds: the largest criteria are told in one answer; search folders of a mailbox have a number.
#[test]
fn bounds() {
    let mut desk = Desk::new();
    let inbox = Special::Inbox.id();
    let (search, _) = desk.search_folder("S");
    let fixed = criteria(&subject_has(""), &[inbox], 0).restriction_data.len() + 8;
    let largest = subject_has(&"x".repeat((mailstead::limits::SEARCH_CRITERIA_MAX_BYTES - fixed) / 2));
    desk.go(search, criteria(&largest, &[inbox], 0));
    assert_eq!(desk.criteria_of(search).restriction_data, largest.to_bytes());
    let larger = subject_has(&"x".repeat((mailstead::limits::SEARCH_CRITERIA_MAX_BYTES - fixed) / 2 + 1));
    assert_eq!(desk.fails(search, criteria(&larger, &[inbox], 0)), ErrorCode::TooComplex);
    let (mailbox, now) = (desk.place.ann.id, desk.place.clock.now());
    let mut txn = desk.place.store.write().unwrap();
    for n in 1..mailstead::limits::SEARCHES_MAX {
        let name = format!("{n}");
        let new = NewFolder { name: &name, comment: "", kind: FolderKind::Search };
        let folder = txn.create_folder(mailbox, Special::Finder.counter(), &new, now).unwrap();
        let (restriction, folders) = (subject_has("a"), vec![Special::Drafts.counter()]);
        let criteria = Criteria { restriction, folders, recursive: n % 2 == 0, is_static: false };
        txn.set_search(mailbox, folder, &criteria, true, now).unwrap();
    }
    txn.commit().unwrap();
    desk.search_all();
    let (one_more, _) = desk.search_folder("one more");
    assert_eq!(desk.fails(one_more, criteria(&subject_has("a"), &[inbox], 0)), ErrorCode::OutOfMemory);
    // Those that there are can be changed, and all of them hear of a message.
    desk.go(search, criteria(&subject_has("a"), &[Special::Drafts.id()], 0));
    desk.search_all();
    desk.note(Special::Drafts.id(), "a");
    assert_eq!(desk.shown(search), ["a"]);
}
