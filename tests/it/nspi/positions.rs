//! MS-OXNSPI 3.1.4.5: positions in tables, against a model that follows the steps of the
//! specification one by one on a list of names.

use super::*;
use crate::client::Dice;
use mailstead::nspi::message::{
    AddressBookTaggedValue, CompareMidsRequest, CompareMidsResponse, ResortRestrictionRequest,
    ResortRestrictionResponse, SeekEntriesRequest, SeekEntriesResponse, UpdateStatRequest, UpdateStatResponse,
};

const KEY: PropertyTag = PropertyTag::PidTagInstanceKey;
const END: MinimalId = MinimalId::MID_END_OF_TABLE;

/// The sorted table: names and MIds.
struct Model(Vec<(String, MinimalId)>);

impl Model {
    /// 3.1.4.5.1 steps 3 to 5, 3.1.4.5.2 steps 3 to 6: the row before Delta, if there is one.
    fn initial(&self, state: &Stat) -> Option<i64> {
        let total = i64::try_from(self.0.len()).unwrap();
        match state.current_rec {
            MinimalId::MID_BEGINNING_OF_TABLE => Some(0),
            MinimalId::MID_END_OF_TABLE => Some(total),
            MinimalId::MID_CURRENT => {
                let intended = i128::from(total) * i128::from(state.num_pos) / i128::from(state.total_recs);
                Some(i64::try_from(intended).unwrap().min(total))
            }
            mid => {
                let row = self.0.iter().position(|(_, other)| *other == mid)?;
                Some(i64::try_from(row).unwrap())
            }
        }
    }

    /// Steps 6 to 8, and 7 to 10: the row after Delta.
    fn moved(&self, initial: i64, delta: i32) -> i64 {
        (initial + i64::from(delta)).clamp(0, i64::try_from(self.0.len()).unwrap())
    }

    fn mid(&self, row: i64) -> MinimalId {
        self.0.get(usize::try_from(row).unwrap()).map_or(END, |(_, mid)| *mid)
    }

    /// What is reported of a row: the last steps.
    fn reported(&self, state: &Stat, row: i64) -> Stat {
        Stat {
            current_rec: self.mid(row),
            delta: 0,
            num_pos: u32::try_from(row).unwrap(),
            total_recs: u32::try_from(self.0.len()).unwrap(),
            ..*state
        }
    }

    fn keys(&self, from: i64, count: usize) -> Vec<Cell> {
        let rows = self.0.iter().skip(usize::try_from(from).unwrap()).take(count);
        rows.map(|(_, mid)| Ok(Value::Binary(mid.to_bytes()))).collect()
    }
}

/// A table of up to a dozen people, some of whom share a name.
fn table(dice: &mut Dice) -> (Client, Model) {
    let names = ["Abe", "abel", "ABBA", "Bo", "bob", "Cy", "Dora", "dot", "Eve", "Flo"];
    let people = 1..=u32::try_from(dice.below(13)).unwrap();
    let named: Vec<(u32, &str)> = people.map(|id| (id, names[dice.below(names.len())])).collect();
    let mut model: Vec<(String, MinimalId)> =
        named.iter().map(|(id, name)| (name.to_lowercase(), MinimalId(id + 0x10))).collect();
    model.sort();
    let people = named.iter().map(|(id, name)| person(*id, &format!("p{id}@example.org"), name));
    (Client::of(people), Model(model))
}

fn any_state(dice: &mut Dice, rows: usize) -> Stat {
    let current_rec = match dice.below(8) {
        0 => MinimalId::MID_BEGINNING_OF_TABLE,
        1 => END,
        2 | 3 => MinimalId::MID_CURRENT,
        4 => MinimalId(0x7777),
        _ => MinimalId(u32::try_from(dice.below(rows) + 0x11).unwrap()),
    };
    let small = i32::try_from(dice.below(40)).unwrap() - 20;
    let delta = [0, 0, small, small, i32::MIN, i32::MAX][dice.below(6)];
    let large = u32::try_from(dice.next() >> 32).unwrap();
    let number = |dice: &mut Dice| [u32::try_from(dice.below(30)).unwrap(), large][dice.below(5) / 4];
    let (num_pos, total_recs) = (number(dice), number(dice).max(1));
    Stat { current_rec, delta, num_pos, total_recs, sort_locale: 0x407, template_locale: 0x411, ..stat() }
}

/// MS-OXNSPI R309, R329, R563, R582
/// MS-OXNSPI R522, R523, R527, R537, R538, R540, R547, R548, R549, R550, R1743, R1744, R554, R1704, R556, R557, R558,
/// R559, R560, R561 (absolute), R326001, R331001 (which does not look at NumPos and TotalRecs), R564, R574, R575, R577,
/// R578, R580, R581, R584, R586, R587, R588, R589, R1745, R1746, R1747, R1748, R595, R597, R598, R599, R600, R601
/// (fractional), R503 (the STAT is all there is), R791, R793, R795, R799
#[test]
fn update_stat_follows_the_model() {
    let mut dice = Dice::new();
    for _ in 0..40 {
        let (mut client, model) = table(&mut dice);
        for _ in 0..60 {
            let state = any_state(&mut dice, model.0.len());
            let body = UpdateStatRequest { reserved: 0, state: Some(state), delta_requested: true };
            let rs: UpdateStatResponse = client.call("UpdateStat", body);
            let Some(initial) = model.initial(&state) else {
                assert_eq!((rs.error_code, rs.state, rs.delta), (ErrorCode::NotFound, Some(state), None), "{state:?}");
                continue;
            };
            let row = model.moved(initial, state.delta);
            let moved = Some(i32::try_from(row - initial).unwrap());
            assert_eq!((rs.error_code, rs.delta), (ErrorCode::Success, moved), "{state:?}");
            assert_eq!(rs.state, Some(model.reported(&state, row)), "{state:?}");
            // No other session has been here, and none is needed.
            client.session = Session::default();
        }
    }
}

/// MS-OXNSPI R955, R967, R969, R988, R1701: QueryRows reads from the position that UpdateStat finds, and leaves the one that
/// UpdateStat would with the rows added to Delta. R918, R962: as many rows as there are.
#[test]
fn query_rows_follows_the_model() {
    let mut dice = Dice::new();
    for _ in 0..40 {
        let (mut client, model) = table(&mut dice);
        for _ in 0..60 {
            let state = any_state(&mut dice, model.0.len());
            let count = 1 + dice.below(8);
            let rs = client.query_rows(state, u32::try_from(count).unwrap(), &[KEY]);
            let Some(initial) = model.initial(&state) else {
                assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::NotFound, Some(state), None), "{state:?}");
                continue;
            };
            let row = model.moved(initial, state.delta);
            let keys = model.keys(row, count);
            let end = model.reported(&state, row + i64::try_from(keys.len()).unwrap());
            let at_row = Stat { current_rec: model.mid(row), delta: i32::try_from(keys.len()).unwrap(), ..state };
            assert_eq!((rs.error_code, rs.state), (ErrorCode::Success, Some(end)), "{state:?}");
            assert_eq!(column(rs.rows), keys, "{state:?}");
            let body = UpdateStatRequest { reserved: 0, state: Some(at_row), delta_requested: false };
            let rs: UpdateStatResponse = client.call("UpdateStat", body);
            assert_eq!(rs.state, Some(end), "{state:?}");
        }
    }
}

/// MS-OXNSPI R1035, R1047, R1048, R1050, R1051, R1053, R1054
#[test]
fn seek_entries_follows_the_model() {
    let mut dice = Dice::new();
    let names = ["", "a", "AB", "abe", "abel", "B", "bob", "c", "dos", "Dot", "eve", "f", "flop", "z"];
    for _ in 0..60 {
        let (mut client, model) = table(&mut dice);
        for name in names {
            let state = Stat { num_pos: 99, total_recs: 3, ..at(MinimalId(0x7777)) };
            let target = Some(AddressBookTaggedValue::new(PropertyTag::PidTagDisplayName, text(name)));
            let columns = Some(vec![KEY]);
            let body = SeekEntriesRequest { reserved: 0, state: Some(state), target, explicit_table: None, columns };
            let rs: SeekEntriesResponse = client.call("SeekEntries", body);
            let found = model.0.iter().position(|(held, _)| *held >= name.to_lowercase());
            let Some(row) = found.map(|row| i64::try_from(row).unwrap()) else {
                assert_eq!((rs.error_code, rs.state, rs.rows), (ErrorCode::NotFound, Some(state), None), "{name}");
                continue;
            };
            assert_eq!((rs.error_code, rs.state), (ErrorCode::Success, Some(model.reported(&state, row))), "{name}");
            assert_eq!(column(rs.rows), model.keys(row, 100), "{name}");
        }
    }
}

/// MS-OXNSPI R1196, R1197, R1198, R1201, R1204, R1205, R1759 (ResortRestriction), R1234, R1236, R1238, R1240 (CompareMIds)
#[test]
fn tables_and_places_follow_the_model() {
    let mut dice = Dice::new();
    for _ in 0..60 {
        let (mut client, model) = table(&mut dice);
        let any = |dice: &mut Dice| MinimalId(u32::try_from(dice.below(20)).unwrap() + 0x0C);
        let place = |mid: MinimalId| model.0.iter().position(|(_, other)| *other == mid);
        for _ in 0..20 {
            let mids: Vec<MinimalId> = (0..dice.below(8)).map(|_| any(&mut dice)).collect();
            let state = at(any(&mut dice));
            let body = ResortRestrictionRequest { reserved: 0, state: Some(state), minimal_ids: Some(mids.clone()) };
            let rs: ResortRestrictionResponse = client.call("ResortRestriction", body);
            let mut places: Vec<usize> = mids.iter().filter_map(|mid| place(*mid)).collect();
            places.sort_unstable();
            let expected: Vec<MinimalId> = places.iter().map(|row| model.0[*row].1).collect();
            assert_eq!((rs.error_code, rs.minimal_ids.as_ref()), (ErrorCode::Success, Some(&expected)));
            let row = expected.iter().position(|mid| *mid == state.current_rec);
            let current_rec = row.map_or(MinimalId::MID_BEGINNING_OF_TABLE, |_| state.current_rec);
            let position = (row.unwrap_or(0), expected.len());
            let (num_pos, total_recs) = (u32::try_from(position.0).unwrap(), u32::try_from(position.1).unwrap());
            assert_eq!(rs.state, Some(Stat { current_rec, num_pos, total_recs, ..state }));
            let (minimal_id1, minimal_id2) = (any(&mut dice), any(&mut dice));
            let body = CompareMidsRequest { reserved: 0, state: Some(stat()), minimal_id1, minimal_id2 };
            let rs: CompareMidsResponse = client.call("CompareMIds", body);
            match place(minimal_id1).zip(place(minimal_id2)) {
                Some((a, b)) => assert_eq!((rs.error_code, rs.result.signum()), (ErrorCode::Success, sign(a, b))),
                None => assert_eq!((rs.error_code, rs.result), (ErrorCode::GeneralFailure, 0)),
            }
        }
    }
}

fn sign(a: usize, b: usize) -> i32 {
    i32::from(a > b) - i32::from(a < b)
}
