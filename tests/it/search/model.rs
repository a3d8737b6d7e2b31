//! Random changes of mail and folders beside search folders of every sort: what each dynamic one
//! shows is what a look at every message would find.

use super::subject_has;
use crate::notification::client::{NOW, World, message, save};
use crate::store::{Random, assert_sound};
use mailstead::clock::Clock;
use mailstead::mapi::{BitmapRelOp, PropertyTag, Restriction, Value};
use mailstead::searcher::Searcher;
use mailstead::store::{
    Criteria, DeleteDepth, FolderKind, Kind, Location, NewFolder, SearchState, Special, StoreError, Txn,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const TOP: u64 = 4;
const FINDER: u64 = 11;

/// What a search is told to find, in words of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    Subject(&'static str),
    Unread,
    UnreadWith(&'static str),
    /// As `Subject`, and so costly that no transaction looks at it.
    Costly(&'static str),
}

impl Wanted {
    fn restriction(self) -> Restriction {
        let unread = Restriction::BitMask {
            bitmap_rel_op: BitmapRelOp::EqualToZero,
            property_tag: PropertyTag::PidTagMessageFlags,
            mask: 1,
        };
        match self {
            Self::Subject(part) => subject_has(part),
            Self::Unread => unread,
            Self::UnreadWith(part) => Restriction::And(vec![unread, subject_has(part)]),
            Self::Costly(part) => Restriction::Or(vec![subject_has(part), super::costly_nonsense()]),
        }
    }

    fn fits(self, subject: &str, read: bool) -> bool {
        match self {
            Self::Subject(part) | Self::Costly(part) => subject.contains(part),
            Self::Unread => !read,
            Self::UnreadWith(part) => !read && subject.contains(part),
        }
    }
}

/// A search as the model knows it.
struct Model {
    folder: u64,
    wanted: Wanted,
    folders: Vec<u64>,
    recursive: bool,
}

fn pick<T: Copy>(random: &mut Random, list: &[T]) -> Option<T> {
    (!list.is_empty()).then(|| list[random.below(list.len())])
}

/// The folders that users see, with messages or without.
fn folders(txn: &Txn<'_>, mailbox: u32) -> Vec<u64> {
    let all = txn.subtree(mailbox, TOP).unwrap();
    let is_generic = |id: &u64| txn.folder(mailbox, *id).unwrap().unwrap().kind == FolderKind::Generic;
    all.into_iter().filter(is_generic).collect()
}

fn change(txn: &mut Txn<'_>, mailbox: u32, random: &mut Random) {
    let all = folders(txn, mailbox);
    let (folder, other) = (pick(random, &all).unwrap(), pick(random, &all).unwrap());
    let at = Location { folder, kind: Kind::Normal };
    let id = pick(random, &txn.message_ids(mailbox, folder, Kind::Normal).unwrap());
    let subject = ["a", "b", "ab", "c"][random.below(4)];
    let time = u64::try_from(random.below(9)).unwrap();
    let is_special = Special::is_special(folder);
    let name = format!("{}", random.below(40));
    let taken = |e: StoreError| assert!(matches!(e, StoreError::Exists), "{e}");
    match (random.below(20), id) {
        (0, Some(id)) => drop(txn.delete_message(mailbox, folder, Kind::Normal, id, NOW).unwrap()),
        (1, Some(id)) => drop(txn.soft_delete_message(mailbox, folder, Kind::Normal, id, NOW).unwrap()),
        (2 | 3, Some(id)) => {
            let to = Location { folder: other, kind: Kind::Normal };
            txn.move_message(mailbox, at, id, to, NOW).unwrap();
        }
        (4, Some(id)) => {
            let to = Location { folder: other, kind: [Kind::Normal, Kind::Associated][random.below(2)] };
            txn.copy_message(mailbox, at, id, to, NOW).unwrap();
        }
        (5..=8, Some(id)) => {
            let mut head = txn.message_head(mailbox, folder, Kind::Normal, id).unwrap().unwrap();
            head.read = random.below(2) == 0;
            head.properties.set(PropertyTag::PidTagNormalizedSubject.id(), Value::String(subject.into()));
            head.properties
                .set(PropertyTag::PidTagMessageDeliveryTime.id(), Value::Time(mailstead::wire::FileTime(time)));
            txn.update_head(mailbox, at, id, &head, NOW).unwrap();
        }
        (9, _) if !is_special => {
            txn.delete_folder(mailbox, folder, DeleteDepth { messages: true, folders: true }, NOW).map(drop).unwrap();
        }
        (10 | 11, _) if !is_special => {
            if folder != other && !txn.ancestors(mailbox, other).unwrap().contains(&folder) {
                txn.place_folder(mailbox, folder, other, &name, NOW).unwrap_or_else(taken);
            }
        }
        (12, _) if !is_special && all.len() < 60 => {
            let new = NewFolder { name: &name, comment: "", kind: FolderKind::Generic };
            txn.copy_folder(mailbox, folder, other, &new, false, NOW).map(drop).unwrap_or_else(taken);
        }
        (13, _) => {
            let new = NewFolder { name: &name, comment: "", kind: FolderKind::Generic };
            txn.create_folder(mailbox, folder, &new, NOW).map(drop).unwrap_or_else(taken);
        }
        _ => drop(save(txn, mailbox, folder, &mut message(subject, time))),
    }
}

/// Gives a search criteria, which may name the searches before it.
fn set(txn: &mut Txn<'_>, mailbox: u32, random: &mut Random, models: &mut [Model], which: usize) {
    let all = folders(txn, mailbox);
    let (before, rest) = models.split_at_mut(which);
    let Some(model) = rest.first_mut() else { return };
    model.wanted =
        [Wanted::Subject("a"), Wanted::Subject("b"), Wanted::Unread, Wanted::UnreadWith("a"), Wanted::Costly("b")]
            [random.below(5)];
    model.recursive = random.below(2) == 0;
    model.folders = (0..=random.below(3)).map(|_| pick(random, &all).unwrap()).collect();
    if random.below(3) == 0 {
        model.folders.push(TOP);
    }
    if !before.is_empty() && random.below(2) == 0 {
        model.folders.push(before[random.below(before.len())].folder);
    }
    let Model { folder, wanted, folders, recursive } = model;
    let criteria = Criteria {
        restriction: wanted.restriction(),
        folders: folders.clone(),
        recursive: *recursive,
        is_static: false,
    };
    txn.set_search(mailbox, *folder, &criteria, true, NOW).unwrap();
}

/// What each search shows, by the words of the model.
fn expected(txn: &Txn<'_>, mailbox: u32, models: &[Model]) -> Vec<BTreeSet<u64>> {
    let mut messages: BTreeMap<u64, (u64, String, bool)> = BTreeMap::new();
    for folder in txn.subtree(mailbox, 1).unwrap() {
        for id in txn.message_ids(mailbox, folder, Kind::Normal).unwrap() {
            let head = txn.message_head(mailbox, folder, Kind::Normal, id).unwrap().unwrap();
            let subject = head.properties.text(PropertyTag::PidTagNormalizedSubject.id()).unwrap();
            messages.insert(id, (folder, subject.to_owned(), head.read));
        }
    }
    let mut shown: Vec<BTreeSet<u64>> = Vec::new();
    for model in models {
        let covers = |id: &u64, home: u64| {
            let below =
                model.recursive && txn.ancestors(mailbox, home).unwrap().iter().any(|up| model.folders.contains(up));
            let inner =
                models.iter().zip(&shown).any(|(inner, set)| model.folders.contains(&inner.folder) && set.contains(id));
            model.folders.contains(&home) || below || inner
        };
        let found = messages
            .iter()
            .filter(|(id, (home, subject, read))| model.wanted.fits(subject, *read) && covers(id, *home))
            .map(|(id, _)| *id);
        shown.push(found.collect());
    }
    shown
}

/// Compares what searches show with what the model says, once they have nothing more to do.
fn compare(world: &World, models: &[Model]) {
    let mut after = None;
    while world.store.search_slice(&mut after, NOW).unwrap() {}
    let txn = world.store.read().unwrap();
    for (model, expected) in models.iter().zip(expected(&txn, world.user.id, models)) {
        let shown = txn.message_ids(world.user.id, model.folder, Kind::Linked).unwrap();
        let of = (model.wanted, &model.folders, model.recursive);
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), expected, "{of:?}");
        let search = txn.search(world.user.id, model.folder).unwrap().unwrap();
        assert_eq!(search.state, SearchState::Complete);
    }
}

/// The same with more messages than one slice looks at, and the server's thread at work between the
/// changes.
#[test]
fn what_is_shown_is_what_matches_while_others_write() {
    let mut random = Random::from_env("search folders and their thread");
    for _ in 0..2 {
        let (world, mut models) = world_with_searches(&mut random);
        world.write(|txn, mailbox| {
            let all = folders(txn, mailbox);
            for n in 0..1200 {
                let folder = pick(&mut random, &all).unwrap();
                save(txn, mailbox, folder, &mut message(["a", "b", "ab", "c"][random.below(4)], n % 9));
            }
        });
        for _ in 0..3 {
            let searcher = Searcher::start(Arc::clone(&world.store), Clock::test(NOW)).unwrap();
            for which in 0..models.len() {
                world.write(|txn, mailbox| set(txn, mailbox, &mut random, &mut models, which));
            }
            for _ in 0..60 {
                world.write(|txn, mailbox| change(txn, mailbox, &mut random));
                if random.below(20) == 0 {
                    let which = random.below(models.len());
                    world.write(|txn, mailbox| set(txn, mailbox, &mut random, &mut models, which));
                }
            }
            drop(searcher);
            compare(&world, &models);
            assert_sound(&world.store);
        }
    }
}

/// A mailbox with search folders that have no criteria yet.
fn world_with_searches(random: &mut Random) -> (World, Vec<Model>) {
    let world = World::new();
    let make = |n: u32| {
        let name = format!("S{n}");
        let new = NewFolder { name: &name, comment: "", kind: FolderKind::Search };
        let folder = world.write(|txn, mailbox| txn.create_folder(mailbox, FINDER, &new, NOW).unwrap());
        Model { folder, wanted: Wanted::Unread, folders: Vec::new(), recursive: false }
    };
    let mut models: Vec<Model> = (0..6).map(make).collect();
    // A search may name those before it: searches with lower numbers, or with higher ones.
    if random.below(2) == 0 {
        models.reverse();
    }
    (world, models)
}

#[test]
fn what_is_shown_is_what_matches() {
    let mut random = Random::from_env("search folders");
    for _ in 0..5 {
        let (world, mut models) = world_with_searches(&mut random);
        for which in 0..models.len() {
            world.write(|txn, mailbox| set(txn, mailbox, &mut random, &mut models, which));
        }
        let mut after = None;
        for step in 0..60 {
            world.write(|txn, mailbox| {
                for _ in 0..random.below(12) {
                    change(txn, mailbox, &mut random);
                }
                if step % 7 == 3 {
                    let which = random.below(models.len());
                    set(txn, mailbox, &mut random, &mut models, which);
                }
            });
            if random.below(3) == 0 {
                world.store.search_slice(&mut after, NOW).unwrap();
            }
            if step % 10 == 9 {
                compare(&world, &models);
            }
            assert_sound(&world.store);
        }
    }
}
