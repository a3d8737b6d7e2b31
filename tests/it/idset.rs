//! Sets of identifiers and change lists. MS-OXCFXICS 2.2.2.3 to 2.2.2.6

use crate::store::Random;
use mailstead::mapi::{ChangeList, GuidSet, Ranges, Xid, replid_set};
use mailstead::wire::{Guid, Reader, Wire, Writer};
use std::collections::BTreeSet;

const REPLICA: Guid = Guid::new(0x0102_0304, 0x0506, 0x0708, [9, 10, 11, 12, 13, 14, 15, 16]);

fn set(list: &[(u64, u64)]) -> Ranges {
    Ranges::from_unsorted(list.to_vec())
}

fn bytes(set: &Ranges) -> Vec<u8> {
    let mut w = Writer::new();
    set.write_globset(&mut w);
    w.into_bytes()
}

fn parse(bytes: &[u8]) -> Result<Ranges, ()> {
    let mut r = Reader::new(bytes);
    let set = Ranges::read_globset(&mut r).map_err(drop)?;
    r.finish("GLOBSET").map_err(drop)?;
    Ok(set)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// MS-OXCFXICS R3668 (2.2.2.6): the forms that commands take, written by hand from the table of the dossier.
#[test]
fn every_form_of_a_globset_is_read() {
    for (text, expected) in [
        ("00", vec![]),
        // Six bytes pushed are one counter, and undone without a pop.
        ("06 000000000007 00", vec![(7, 7)]),
        ("06 000000000007 06 000000000009 00", vec![(7, 7), (9, 9)]),
        ("52 000000000001 000000000064 00", vec![(1, 100)]),
        // A prefix and the ends of a range.
        ("05 0000000000 52 01 64 50 00", vec![(1, 100)]),
        // The example of the dossier: 01-03, 05, 07-09.
        ("05 0000000000 42 01 EB 50 00", vec![(1, 3), (5, 5), (7, 9)]),
        // Two prefixes on the stack; only the inner one is taken off by its pop.
        (
            "03 000000 02 0001 52 00 FF 01 07 50 52 000200 000203 50 00",
            vec![(0x100, 0x1FF), (0x107, 0x107), (0x200, 0x203)],
        ),
        // In no order, and overlapping.
        ("52 000000000005 000000000009 52 000000000001 000000000006 00", vec![(1, 9)]),
    ] {
        let expected = Ranges::from_unsorted(expected);
        assert_eq!(parse(&hex(text)), Ok(expected.clone()), "{text}");
        for cut in 0..hex(text).len() {
            assert!(parse(&hex(text)[..cut]).is_err(), "{text} cut at {cut}");
        }
        assert_eq!(parse(&bytes(&expected)), Ok(expected), "as we write it: {text}");
    }
}

/// MS-OXCFXICS R3391 (3.1.5.4.3.2): what decodes to nothing sensible is an error.
#[test]
fn a_damaged_globset_is_refused() {
    for text in [
        "50 00",
        "07 00000000000000 00",
        "03 000000 04 00000001 00",
        "01 00 00",
        "42 01 01 00",
        "04 00000000 42 00 01 01 50 00",
        "52 000000000009 000000000001 00",
        "05 0000000000 42 FE 02 50 00",
        "99 00",
    ] {
        assert!(parse(&hex(text)).is_err(), "{text}");
    }
}

/// An ordinary mailbox is one range, and neighbours share their beginning.
#[test]
fn sets_are_written_compactly() {
    assert_eq!(bytes(&set(&[(1, 0x12345)])), hex("03 000000 52 000001 012345 50 00"));
    assert_eq!(bytes(&set(&[(7, 7)])), hex("06 000000000007 00"));
    assert_eq!(bytes(&set(&[(1, 3), (5, 5), (7, 9)])), hex("05 0000000000 42 01 EB 50 00"));
    assert_eq!(bytes(&set(&[(0x10, 0x10), (0x80, 0x80)])), hex("05 0000000000 01 10 01 80 50 00"));
    assert_eq!(bytes(&set(&[(0x105, 0x105), (0x201, 0x2FF)])), hex("04 00000000 02 01 05 01 02 52 01 FF 50 50 00"));
    let many = Ranges::from_unsorted((0..1000).map(|n| (n * 3, n * 3)).collect());
    assert!(bytes(&many).len() < 1500, "three bytes hold three of them: {}", bytes(&many).len());
    let mut state = GuidSet::default();
    state.set(REPLICA, Ranges::new(1, 1_000_000));
    assert_eq!(state.to_bytes().len(), 16 + 1 + 4 + 1 + 6 + 1 + 1 - 1);
    assert_eq!(GuidSet::from_bytes(&[]).unwrap(), GuidSet::default());
    assert_eq!(GuidSet::default().to_bytes(), Vec::<u8>::new());
    assert_eq!(replid_set(1, &set(&[(7, 7)])), hex("0100 06 000000000007 00"));
    assert_eq!(replid_set(1, &Ranges::default()), Vec::<u8>::new());
}

#[test]
fn sets_do_what_sets_do() {
    let below = |random: &mut Random, n: u64| random.below(usize::try_from(n).unwrap()) as u64;
    let mut random = Random::from_env("idset");
    for round in 0..300 {
        let mut one = |limit: u64| -> (Ranges, BTreeSet<u64>) {
            let (mut ranges, mut model) = (Vec::new(), BTreeSet::new());
            for _ in 0..below(&mut random, 12) {
                let low = below(&mut random, limit);
                let high = low + below(&mut random, 9);
                ranges.push((low, high));
                model.extend(low..=high);
            }
            (Ranges::from_unsorted(ranges), model)
        };
        let limit = [30, 300, 70_000, 1 << 40][round % 4];
        let ((a, model_a), (b, model_b)) = (one(limit), one(limit));
        let list = |model: &BTreeSet<u64>| model.iter().copied().collect::<Vec<u64>>();
        assert_eq!(a.iter().collect::<Vec<_>>(), list(&model_a));
        assert_eq!(a.union(&b).iter().collect::<Vec<_>>(), list(&(&model_a | &model_b)));
        assert_eq!(a.minus(&b).iter().collect::<Vec<_>>(), list(&(&model_a - &model_b)), "{a:?} - {b:?}");
        let mut grown = a.clone();
        b.iter().for_each(|n| grown.insert(n));
        assert_eq!(grown, a.union(&b), "inserted one by one");
        assert!(
            model_b.iter().all(|n| grown.contains(*n)) && a.contains(limit + 100) == model_a.contains(&(limit + 100))
        );
        assert_eq!(parse(&bytes(&grown)), Ok(grown.clone()), "{grown:?}");
        let mut state = GuidSet::default();
        state.set(REPLICA, grown);
        state.set(Guid::NIL, b);
        state.0.retain(|_, ranges| !ranges.is_empty());
        assert_eq!(GuidSet::from_bytes(&state.to_bytes()).unwrap(), state);
    }
}

#[test]
fn arbitrary_bytes_are_no_danger() {
    let mut random = Random::from_env("idset bytes");
    for _ in 0..20_000 {
        let commands = [0, 1, 2, 5, 6, 0x42, 0x50, 0x52];
        let mut bytes: Vec<u8> = Vec::new();
        for _ in 0..random.below(40) {
            let any = u8::try_from(random.below(256)).unwrap();
            bytes.push(if random.below(2) == 0 { commands[random.below(8)] } else { any });
        }
        let _ = parse(&bytes);
        let _ = GuidSet::from_bytes(&bytes);
        let _ = ChangeList::from_bytes(&bytes);
    }
}

fn list(text: &str) -> ChangeList {
    ChangeList::from_bytes(&hex(text)).unwrap()
}

/// MS-OXCFXICS R1788, R1789 (3.1.5.6.1): one list includes another if it has as much of every namespace.
#[test]
fn a_change_list_knows_its_ancestors() {
    let guid = "04030201 0605 0807 090A0B0C0D0E0F10";
    let old = list(&format!("16 {guid} 000000000005"));
    let new = list(&format!("16 {guid} 000000000100"));
    assert!(new.includes(&old) && !old.includes(&new) && new.includes(&new));
    let foreign = list("14 00000000000000000000000000000001 00000007");
    assert!(!new.includes(&foreign) && new.includes(&ChangeList::default()));
    let mut both = new.clone();
    both.merge(&foreign);
    both.add(Xid::own(REPLICA, 5));
    assert!(both.includes(&new) && both.includes(&foreign) && !new.includes(&both));
    // Sorted by namespace, byte by byte; the later change of each.
    let expected = format!("14 00000000000000000000000000000001 00000007 16 {guid} 000000000100");
    assert_eq!(both.to_bytes(), hex(&expected));
    for damaged in
        ["01", "10 00000000000000000000000000000001", "19 00000000000000000000000000000001 000000000000000009"]
    {
        assert!(ChangeList::from_bytes(&hex(damaged)).is_err(), "{damaged}");
    }
}
