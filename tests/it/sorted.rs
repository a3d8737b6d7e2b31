//! `sorted`: a map of the standard library, told the same, says the same.

use crate::golden::random;
use mailstead::sorted::{SortedMap, SortedSet, sort, sort_by};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
enum Step {
    Insert(u16, u8),
    Remove(u16),
    Change(u16),
    Default(u16),
    Retain(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0_u16..30;
    prop_oneof![
        4 => (key(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => key().prop_map(Step::Remove),
        1 => key().prop_map(Step::Change),
        1 => key().prop_map(Step::Default),
        1 => (1_u8..4).prop_map(Step::Retain),
    ]
}

proptest! {
    #![proptest_config(random(300))]

    #[test]
    fn a_map_is_what_a_tree_is(steps in prop::collection::vec(step(), 0..80), from in 0_u16..32) {
        let (mut map, mut tree) = (SortedMap::new(), BTreeMap::new());
        for step in steps {
            match step {
                Step::Insert(key, value) => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                Step::Remove(key) => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                Step::Change(key) => {
                    let ours = map.get_mut(&key).map(|value| { *value = value.wrapping_add(1); *value });
                    let theirs = tree.get_mut(&key).map(|value| { *value = value.wrapping_add(1); *value });
                    prop_assert_eq!(ours, theirs);
                }
                Step::Default(key) => prop_assert_eq!(*map.get_or_insert_with(key, || 7), *tree.entry(key).or_insert(7)),
                Step::Retain(by) => {
                    map.retain(|_, value| *value % by == 0);
                    tree.retain(|_, value| *value % by == 0);
                }
            }
            prop_assert!(map.iter().eq(tree.iter()));
            prop_assert_eq!((map.len(), map.last_key_value()), (tree.len(), tree.last_key_value()));
        }
        prop_assert!(map.from_key(&from).eq(tree.range(from..)));
        prop_assert!((0..32).all(|key| map.get(&key) == tree.get(&key) && map.contains_key(&key) == tree.contains_key(&key)));
        let written = postcard::to_allocvec(&map).unwrap();
        prop_assert_eq!(&written, &postcard::to_allocvec(&tree).unwrap(), "one form in the data file");
        prop_assert_eq!(postcard::from_bytes::<SortedMap<u16, u8>>(&written).unwrap(), map);
    }

    /// Of several pairs with one key the last one stays.
    #[test]
    fn a_map_is_collected_from_any_order(pairs in prop::collection::vec((0_u16..20, any::<u8>()), 0..60)) {
        let (map, tree): (SortedMap<u16, u8>, BTreeMap<u16, u8>) =
            (pairs.iter().copied().collect(), pairs.into_iter().collect());
        prop_assert!(map.iter().eq(tree.iter()));
    }

    #[test]
    fn a_set_is_what_a_tree_is(members in prop::collection::vec(0_u16..20, 0..40), others in prop::collection::vec(0_u16..20, 0..10)) {
        let (set, tree): (SortedSet<u16>, BTreeSet<u16>) = (members.iter().copied().collect(), members.iter().copied().collect());
        let (other, felled): (SortedSet<u16>, BTreeSet<u16>) = (others.iter().copied().collect(), others.iter().copied().collect());
        prop_assert!(set.iter().eq(tree.iter()));
        prop_assert!(set.difference(&other).eq(tree.difference(&felled)));
        let (mut less, mut fewer) = (set.clone(), tree.clone());
        for member in &others {
            prop_assert_eq!(less.remove(member), fewer.remove(member));
        }
        prop_assert!(less.iter().eq(tree.difference(&felled)));
    }
}

/// Records of a damaged file may hold keys out of order, or twice.
#[test]
fn pairs_out_of_order_are_put_in_order() {
    let read: SortedMap<u16, u8> = postcard::from_bytes(&[3, 2, 20, 1, 10, 2, 30]).unwrap();
    assert!(read.iter().eq([(&1, &10), (&2, &30)]));
}

proptest! {
    /// The library's stable sort is the oracle; the second half of a pair tells equal ones apart.
    #[test]
    fn sorting_is_stable(keys in proptest::collection::vec(0_u8..8, 0..200)) {
        let mut ours: Vec<(u8, usize)> = keys.into_iter().enumerate().map(|(at, key)| (key, at)).collect();
        let mut theirs = ours.clone();
        sort_by(&mut ours, |a, b| b.0.cmp(&a.0));
        theirs.sort_by_key(|pair| std::cmp::Reverse(pair.0));
        prop_assert_eq!(&ours, &theirs);
        sort(&mut ours);
        theirs.sort();
        prop_assert_eq!(ours, theirs);
    }
}
