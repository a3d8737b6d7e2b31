//! Large searches: in slices, beside other work, across a restart.

use super::{Desk, criteria, get, set, state, subject_has};
use crate::notification::client::{NOW, message, save};
use crate::store::assert_sound;
use mailstead::clock::Clock;
use mailstead::limits::{
    SEARCH_AT_ONCE_MESSAGES_MAX, SEARCH_LATER_MESSAGES_MAX, SEARCH_LIVE_COST_MAX, SEARCH_SLICE_CHANGES_MAX,
    SEARCH_SLICE_MESSAGES_MAX,
};
use mailstead::mapi::{FuzzyLow, PropertyTag, Restriction, Value};
use mailstead::searcher::Searcher;
use mailstead::store::{Criteria, FolderKind, Kind, Location, NewFolder, OpenOptions, SearchState, Special, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};

const INBOX: u64 = 5;
const FINDER: u64 = 11;

/// Messages with subjects "m 0", "m 1", ….
fn fill(store: &Store, mailbox: u32, count: u64) {
    let mut txn = store.write().unwrap();
    for n in 0..count {
        save(&mut txn, mailbox, INBOX, &mut message(&format!("m {n}"), n));
    }
    txn.commit().unwrap();
}

fn criteria_for(part: &str) -> Criteria {
    Criteria { restriction: subject_has(part), folders: vec![INBOX], recursive: false, is_static: false }
}

/// A store with a search folder.
fn place(messages: u64) -> (tempfile::TempDir, Store, u32, u64) {
    let (dir, store, mailbox) = crate::store::store_with_user();
    fill(&store, mailbox, messages);
    let mut txn = store.write().unwrap();
    let new = NewFolder { name: "S", comment: "", kind: FolderKind::Search };
    let folder = txn.create_folder(mailbox, FINDER, &new, NOW).unwrap();
    txn.commit().unwrap();
    (dir, store, mailbox, folder)
}

/// MS-OXCFOLD R526, R785, R786, R788, R1237: the answer comes before the folder is filled, and says so.
#[test]
fn a_large_search_outlives_its_request() {
    let mut desk = Desk::new();
    let mailbox = desk.place.ann.id;
    fill(&desk.place.store, mailbox, 3000);
    let (search, _) = desk.search_folder("S");
    let ask = || criteria(&subject_has("m 1"), &[Special::Inbox.id()], set::RESTART);
    desk.go(search, ask());
    let running = state::RUNNING | state::REBUILD | state::WITHOUT_INDEX;
    assert_eq!(desk.criteria_of(search).search_flags, running);
    let count = |desk: &mut Desk| desk.integer(search, PropertyTag::PidTagContentCount);
    assert!(usize::try_from(count(&mut desk)).unwrap() <= SEARCH_AT_ONCE_MESSAGES_MAX);
    let (mut after, now) = (None, desk.place.clock.now());
    let (mut slices, mut before) = (0_usize, count(&mut desk));
    while desk.place.store.search_slice(&mut after, now).unwrap() {
        slices += 1;
        let shown = count(&mut desk);
        assert!(usize::try_from(shown - before).unwrap() <= SEARCH_SLICE_CHANGES_MAX);
        before = shown;
        // Asked again while it runs, it does not begin again.
        desk.go(search, ask());
        desk.place.check();
    }
    // 1, 10 to 19, 100 to 199, 1000 to 1999.
    assert_eq!(before, 1111);
    let least = (3000 - SEARCH_AT_ONCE_MESSAGES_MAX) / SEARCH_SLICE_MESSAGES_MAX;
    assert!(slices >= least.max(1000 / SEARCH_SLICE_CHANGES_MAX), "{slices} slices");
    assert_eq!(desk.criteria_of(search).search_flags, state::COMPLETE | state::WITHOUT_INDEX);
    // Changes while it is filled are seen, on this side of where it is and on the other.
    desk.go(search, criteria(&subject_has("2"), &[Special::Inbox.id()], set::RESTART));
    let inbox = desk.inbox();
    let ids = desk.place.store.read().unwrap().message_ids(mailbox, INBOX, Kind::Normal).unwrap();
    let own = |n: usize| mailstead::mapi::ObjectId::own(ids[n]);
    desk.go(inbox, super::hard_delete(vec![own(2), own(2999)]));
    desk.note(Special::Inbox.id(), "2 new");
    desk.search_all();
    let expected = (0..3000).filter(|n| *n != 2 && *n != 2999 && n.to_string().contains('2')).count() + 1;
    assert_eq!(usize::try_from(count(&mut desk)).unwrap(), expected);
}

/// MS-OXCFOLD R673, R543, R546, R545, R767 to R769, R1089, R1098, R1099: stopped, it stays as it is; a dynamic search
/// that is complete does not stop being dynamic.
#[test]
fn a_search_is_stopped_and_started_again() {
    let mut desk = Desk::new();
    let inbox = Special::Inbox.id();
    fill(&desk.place.store, desk.place.ann.id, 3000);
    let (search, _) = desk.search_folder("S");
    let ask = |flags| criteria(&subject_has("m"), &[inbox], flags);
    desk.go(search, ask(set::RESTART));
    let nothing = mailstead::rop::SetSearchCriteriaRequest {
        restriction_data: Vec::new(),
        folder_ids: Vec::new(),
        search_flags: set::STOP,
    };
    desk.go(search, nothing.clone());
    desk.search_all();
    assert_eq!(desk.criteria_of(search).search_flags, state::WITHOUT_INDEX, "neither running nor complete");
    let count = |desk: &mut Desk| desk.integer(search, PropertyTag::PidTagContentCount);
    assert!(count(&mut desk) < 3000);
    // The same criteria start it again.
    desk.go(search, ask(set::RESTART));
    desk.search_all();
    assert_eq!(count(&mut desk), 3000);
    let done = state::COMPLETE | state::WITHOUT_INDEX;
    for stop in [nothing, ask(set::STOP)] {
        desk.go(search, stop);
        assert_eq!(desk.go(search, get(true)).search_flags, done);
    }
    desk.note(inbox, "m more");
    assert_eq!(count(&mut desk), 3001);
    // Other criteria, and not to be searched for: what does not match goes, nothing comes.
    desk.go(search, criteria(&subject_has("more"), &[inbox], set::STOP));
    desk.search_all();
    assert_eq!(desk.shown(search), ["m more"]);
    assert_eq!(desk.criteria_of(search).search_flags, state::WITHOUT_INDEX);
}

/// What was found before a restart is kept, and the rest is found after it, also when the power
/// fails between two slices.
#[test]
fn a_search_goes_on_after_a_restart() {
    let (dir, store, mailbox, folder) = place(5000);
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &criteria_for("m"), true, NOW).unwrap();
    txn.commit().unwrap();
    let mut after = None;
    assert!(store.search_slice(&mut after, NOW).unwrap());
    let count = |store: &Store| store.read().unwrap().folder(mailbox, folder).unwrap().unwrap().content_count;
    let found = count(&store);
    assert!(found > 0 && found < 5000);
    drop(store);
    let store = Arc::new(Store::open(dir.path(), &OpenOptions::default()).unwrap());
    assert_eq!(count(&store), found);
    let searcher = Searcher::start(Arc::clone(&store), Clock::test(NOW)).unwrap();
    let state = || store.read().unwrap().search(mailbox, folder).unwrap().unwrap().state;
    wait(|| state() == SearchState::Complete);
    assert_eq!(count(&store), 5000);
    // The thread waits, hears of the next search, and others write meanwhile.
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &criteria_for("m 4"), true, NOW).unwrap();
    txn.commit().unwrap();
    for _ in 0..10 {
        fill(&store, mailbox, 5);
    }
    wait(|| state() == SearchState::Complete);
    drop(searcher);
    assert_eq!(count(&store), 1111 + 10);
    assert_sound(&store);
}

#[track_caller]
fn wait(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "it takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Two large searches take turns; one that is deleted meanwhile is no stumbling block.
#[test]
fn searches_take_turns() {
    let (_dir, store, mailbox, first) = place(4000);
    let mut txn = store.write().unwrap();
    let new = NewFolder { name: "T", comment: "", kind: FolderKind::Search };
    let second = txn.create_folder(mailbox, FINDER, &new, NOW).unwrap();
    for folder in [first, second] {
        txn.set_search(mailbox, folder, &criteria_for("none"), true, NOW).unwrap();
    }
    txn.commit().unwrap();
    let mut after = None;
    let turns: Vec<_> = (0..4)
        .map(|_| {
            assert!(store.search_slice(&mut after, NOW).unwrap());
            after.unwrap().1
        })
        .collect();
    assert_eq!(turns, [first, second, first, second]);
    let mut txn = store.write().unwrap();
    let all = mailstead::store::DeleteDepth { messages: true, folders: true };
    assert!(txn.delete_folder(mailbox, first, all, NOW).unwrap());
    txn.commit().unwrap();
    while store.search_slice(&mut after, NOW).unwrap() {
        assert_eq!(after.unwrap().1, second);
    }
    assert_sound(&store);
}

/// A search folder that showed much is gone at once; its links go in slices, and take no request's time.
#[test]
fn many_links_of_a_deleted_search_go_in_slices() {
    let (_dir, store, mailbox, folder) = place(3000);
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &criteria_for("m"), true, NOW).unwrap();
    txn.commit().unwrap();
    let mut after = None;
    while store.search_slice(&mut after, NOW).unwrap() {}
    let links = || {
        let mut count = 0;
        let mut each = |entry: mailstead::store::Entry<'_>| {
            count += usize::from(entry.database == "links");
            Ok(())
        };
        store.read().unwrap().entries(&mut each).unwrap();
        count
    };
    assert_eq!(links(), 6000);
    let mut txn = store.write().unwrap();
    let none = mailstead::store::DeleteDepth { messages: false, folders: false };
    assert!(txn.delete_folder(mailbox, folder, none, NOW).unwrap());
    txn.commit().unwrap();
    for left in [6000, 4000, 2000, 0] {
        assert_eq!(links(), left);
        assert_sound(&store);
        store.search_slice(&mut after, NOW).unwrap();
    }
    while store.search_slice(&mut after, NOW).unwrap() {}
    let mut txn = store.write().unwrap();
    assert_eq!(txn.repair(NOW).unwrap().lines, Vec::<String>::new());
}

/// The subject contains a word, or what is believed to cost much and matches nothing.
fn costly(word: &str) -> Criteria {
    let mut nonsense = super::costly_nonsense();
    if let Restriction::SubObject { restriction, .. } = nonsense {
        nonsense = *restriction;
    }
    let restriction = Restriction::Or([vec![subject_has(word)], vec![nonsense; 3]].concat());
    Criteria { restriction, ..criteria_for(word) }
}

/// What would cost a transaction too much is looked at soon after it: one by one, or, when it is very
/// much, by a new look at the whole scope.
#[test]
fn costly_searches_keep_nobody_waiting() {
    // Two lists in one another, of 32 each as a rule, three times.
    let cost = 1 + 1 + 3 * (1 + 32 * (1 + 32));
    let affordable = usize::try_from(SEARCH_LIVE_COST_MAX / cost).unwrap();
    for count in [20, SEARCH_LATER_MESSAGES_MAX + 10] {
        let (_dir, store, mailbox, folder) = place(0);
        let mut txn = store.write().unwrap();
        txn.set_search(mailbox, folder, &costly("m"), true, NOW).unwrap();
        txn.commit().unwrap();
        fill(&store, mailbox, count.try_into().unwrap());
        let shown = || store.read().unwrap().message_ids(mailbox, folder, Kind::Linked).unwrap().len();
        assert_eq!(shown(), affordable, "as many as the transaction can afford");
        assert_sound(&store);
        let mut after = None;
        while store.search_slice(&mut after, NOW).unwrap() {
            assert_sound(&store);
        }
        assert_eq!(shown(), count);
        // Read state and time of what is shown are right at once; whether it matches is seen later.
        let mut txn = store.write().unwrap();
        let ids = txn.message_ids(mailbox, INBOX, Kind::Normal).unwrap();
        let at = Location { folder: INBOX, kind: Kind::Normal };
        for id in &ids[..16] {
            let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, *id).unwrap().unwrap();
            head.read = true;
            head.properties.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String("other".into()));
            txn.update_head(mailbox, at, *id, &head, NOW).unwrap();
        }
        txn.commit().unwrap();
        let unread = || store.read().unwrap().folder(mailbox, folder).unwrap().unwrap().content_unread_count;
        assert_eq!((shown(), unread()), (count - affordable, u32::try_from(count - 16).unwrap()));
        assert_sound(&store);
        while store.search_slice(&mut after, NOW).unwrap() {}
        assert_eq!(shown(), count - 16);
        assert_sound(&store);
    }
}

/// Long bodies cost by their length.
#[test]
fn long_bodies_are_searched_later() {
    let (_dir, store, mailbox, folder) = place(0);
    let body = PropertyTag::PidTagBody;
    let has = |word: &str| Restriction::Content {
        fuzzy_level_low: FuzzyLow::Substring,
        fuzzy_level_high: 1,
        property_tag: body,
        tagged_value: crate::client::string(body, word),
    };
    // Each part would look into the body, if the first did not match.
    let restriction = Restriction::Or(std::iter::once("needle").chain(["unused"; 60]).map(has).collect());
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &Criteria { restriction, ..criteria_for("") }, true, NOW).unwrap();
    txn.commit().unwrap();
    let mut after = None;
    while store.search_slice(&mut after, NOW).unwrap() {}
    for (len, at_once) in [(10_000, true), (1 << 20, false)] {
        let mut txn = store.write().unwrap();
        let mut long = message("m", 1);
        long.head.properties.set(body.id(), Value::String(format!("{} needle", "hay ".repeat(len / 4))));
        let id = save(&mut txn, mailbox, INBOX, &mut long);
        txn.commit().unwrap();
        let is_shown = || store.read().unwrap().message_ids(mailbox, folder, Kind::Linked).unwrap().contains(&id);
        assert_eq!(is_shown(), at_once, "{len}");
        while store.search_slice(&mut after, NOW).unwrap() {}
        assert!(is_shown());
    }
    assert_sound(&store);
}

/// Messages that come while others are looked at are looked at too.
#[test]
fn nothing_that_is_left_for_later_is_lost() {
    let (_dir, store, mailbox, folder) = place(0);
    let store = Arc::new(store);
    let restriction = Restriction::Or(vec![subject_has("m"), super::costly_nonsense()]);
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &Criteria { restriction, ..criteria_for("") }, true, NOW).unwrap();
    txn.commit().unwrap();
    let searcher = Searcher::start(Arc::clone(&store), Clock::test(NOW)).unwrap();
    for _ in 0..300 {
        fill(&store, mailbox, 1);
    }
    drop(searcher);
    let mut after = None;
    while store.search_slice(&mut after, NOW).unwrap() {}
    assert_eq!(store.read().unwrap().message_ids(mailbox, folder, Kind::Linked).unwrap().len(), 300);
    assert_sound(&store);
}

/// Damage to searches is for `check` to find: mail arrives.
#[test]
fn damage_to_a_search_keeps_no_mail_out() {
    let (_dir, store, mailbox, folder) = place(3);
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &criteria_for("m"), true, NOW).unwrap();
    txn.commit().unwrap();
    let mut damaged = Vec::new();
    let each = &mut |entry: mailstead::store::Entry<'_>| {
        if ["searches", "links"].contains(&entry.database) {
            damaged.push((entry.database, entry.key.to_vec()));
        }
        Ok(())
    };
    store.read().unwrap().entries(each).unwrap();
    assert_eq!(damaged.len(), 2 + 6);
    // What is to do has the key of the criteria without the letter.
    let criteria = damaged.iter().map(|(_, key)| key).find(|key| key.get(4) == Some(&b'c')).unwrap();
    damaged.push(("searching", [&criteria[..4], &criteria[5..]].concat()));
    for (database, key) in damaged {
        let mut txn = store.write().unwrap();
        txn.put_entry(mailstead::store::Entry { database, key: &key, value: &[9] }).unwrap();
        txn.commit().unwrap();
        fill(&store, mailbox, 1);
        let mut txn = store.write().unwrap();
        let ids = txn.message_ids(mailbox, INBOX, Kind::Normal).unwrap();
        assert!(txn.delete_message(mailbox, INBOX, Kind::Normal, ids[0], NOW).unwrap());
        txn.commit().unwrap();
    }
    let mut txn = store.write().unwrap();
    txn.repair(NOW).unwrap();
    txn.commit().unwrap();
    assert_sound(&store);
}

/// A dump carries what is searched for, what was found, and what is still to do.
#[test]
fn searches_survive_a_dump() {
    let (_dir, store, mailbox, folder) = place(3000);
    let mut txn = store.write().unwrap();
    txn.set_search(mailbox, folder, &criteria_for("m 2"), true, NOW).unwrap();
    txn.commit().unwrap();
    let mut bytes = Vec::new();
    mailstead::archive::dump(&store, &mut bytes, &[], NOW, &mut |_| {}).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let copy = Store::open(dir.path(), &OpenOptions::default()).unwrap();
    mailstead::archive::load(&copy, &mut bytes.as_slice(), &mut |_| {}).unwrap();
    assert_sound(&copy);
    let mut after = None;
    while copy.search_slice(&mut after, NOW).unwrap() {}
    assert_eq!(copy.read().unwrap().message_ids(mailbox, folder, Kind::Linked).unwrap().len(), 1111);
    assert_sound(&copy);
}

/// Whatever happens again while it is looked at is looked at again.
#[test]
fn what_changes_again_is_looked_at_again() {
    let (_dir, store, mailbox, folder) = place(600);
    let store = Arc::new(store);
    let mut txn = store.write().unwrap();
    let new = NewFolder { name: "in and out", comment: "", kind: FolderKind::Generic };
    let moving = txn.create_folder(mailbox, INBOX, &new, NOW).unwrap();
    for n in 0..40 {
        save(&mut txn, mailbox, moving, &mut message(&format!("m {n}"), n));
    }
    let restriction = Restriction::Or(vec![subject_has("m"), super::costly_nonsense()]);
    let criteria = Criteria { restriction, recursive: true, ..criteria_for("") };
    txn.set_search(mailbox, folder, &criteria, true, NOW).unwrap();
    txn.commit().unwrap();
    let at = Location { folder: INBOX, kind: Kind::Normal };
    let id = store.read().unwrap().message_ids(mailbox, INBOX, Kind::Normal).unwrap()[0];
    for round in 0..5 {
        let searcher = Searcher::start(Arc::clone(&store), Clock::test(NOW)).unwrap();
        for n in 0..60 + round {
            let mut txn = store.write().unwrap();
            let parent = if n % 2 == 0 { Special::Drafts.counter() } else { INBOX };
            txn.place_folder(mailbox, moving, parent, "in and out", NOW).unwrap();
            txn.commit().unwrap();
            let mut txn = store.write().unwrap();
            let mut head = txn.message_head(mailbox, INBOX, Kind::Normal, id).unwrap().unwrap();
            let subject = ["m", "other"][n % 2];
            head.properties.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(subject.into()));
            txn.update_head(mailbox, at, id, &head, NOW).unwrap();
            txn.commit().unwrap();
        }
        drop(searcher);
        let mut after = None;
        while store.search_slice(&mut after, NOW).unwrap() {}
        assert_sound(&store);
    }
}
