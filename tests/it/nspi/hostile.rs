//! Bytes that no client sends: every one is refused or answered, none is believed.

use super::*;
use mailstead::limits::{NSPI_LIST_MAX, RESTRICTION_DEPTH_MAX};
use mailstead::nspi::RequestType;
use mailstead::nspi::message::*;
use mailstead::wire::Flaw;
use proptest::collection::vec;
use proptest::prelude::*;

pub(super) const STAT: &str = "00000000 00000000 00000000 00000000 00000000 00000000 E4040000 09040000 09040000";

/// A request of every type that is answered, for others to be made of.
pub(super) fn valid() -> Vec<(RequestType, Vec<u8>)> {
    let name = "FF 1F000130 FF 6200 0000";
    [
        (RequestType::Bind, format!("00000000 FF {STAT}")),
        (RequestType::Unbind, "00000000".to_owned()),
        (RequestType::CompareMids, format!("00000000 FF {STAT} 11000000 12000000")),
        (RequestType::DnToMid, "00000000 FF 01000000 2F6F3D4100".to_owned()),
        (
            RequestType::GetMatches,
            format!("00000000 FF {STAT} 00 00000000 FF 03 02000100 1F000130 {name} 00 32000000 FF 01000000 1F000130"),
        ),
        (RequestType::GetPropList, "00000000 11000000 E4040000".to_owned()),
        (RequestType::GetProps, format!("00000000 FF {STAT} FF 02000000 1F000130 02010C0F")),
        (RequestType::GetSpecialTable, format!("04000000 FF {STAT} FF 00000000")),
        (RequestType::GetTemplateInfo, "01000000 00000000 FF 2F00 E4040000 09040000".to_owned()),
        (RequestType::ModLinkAtt, "00000000 0D000980 11000000 FF 01000000 01000000 AA".to_owned()),
        (RequestType::ModProps, format!("00000000 FF {STAT} FF 01000000 1E000130 FF 01000000 1E000130 FF 7800")),
        (RequestType::QueryColumns, "00000000 00000000".to_owned()),
        (RequestType::QueryRows, format!("00000000 FF {STAT} 01000000 11000000 32000000 FF 01000000 1F000130")),
        (RequestType::ResolveNames, format!("00000000 FF {STAT} FF 01000000 1F000130 FF 01000000 6200 0000")),
        (RequestType::ResortRestriction, format!("00000000 FF {STAT} FF 01000000 11000000")),
        (RequestType::SeekEntries, format!("00000000 FF {STAT} {name} FF 01000000 12000000 FF 01000000 1F000130")),
        (RequestType::UpdateStat, format!("00000000 FF {STAT} 01")),
        (RequestType::GetMailboxUrl, "00000000 2F00 0000".to_owned()),
        (RequestType::GetAddressBookUrl, "00000000 2F00 0000".to_owned()),
    ]
    .into_iter()
    .map(|(request_type, body)| (request_type, hex(&format!("{body} 00000000"))))
    .collect()
}

pub(super) fn name_of(request_type: RequestType) -> &'static str {
    RequestType::ALL.iter().find(|(known, _)| *known == request_type).unwrap().1
}

#[test]
fn every_request_type_is_answered_and_no_prefix_of_it() {
    let mut client = Client::new();
    assert_eq!(valid().len(), RequestType::ALL.len());
    for (request_type, body) in valid() {
        let name = name_of(request_type);
        let answer = client.raw(name, &body).unwrap();
        assert_eq!(answer[..4], [0; 4], "{name}: StatusCode");
        assert_eq!(answer[answer.len() - 4..], [0; 4], "{name}: AuxiliaryBufferSize");
        for len in 0..body.len() {
            assert!(matches!(client.raw(name, &body[..len]), Err(CallError::Malformed(_))), "{name}: {len} bytes");
        }
        let long = [body.as_slice(), &[0]].concat();
        assert!(matches!(client.raw(name, &long), Err(CallError::Malformed(_))), "{name}: a byte too many");
    }
}

#[test]
fn rubbish_is_malformed_for_every_request_type() {
    let mut client = Client::new();
    for (_, name) in RequestType::ALL {
        for body in [&b""[..], b"\x01\x02\x03", &[0xFF; 3]] {
            assert!(matches!(client.raw(name, body), Err(CallError::Malformed(_))), "{name}: {body:?}");
        }
    }
}

#[test]
fn counts_without_data_are_malformed() {
    let mut client = Client::new();
    for count in ["FFFF0000", "FFFFFFFF", "FFFFFF7F", "A1860100"] {
        for (name, body) in [
            ("GetProps", format!("00000000 FF {STAT} FF {count} 00000000")),
            ("QueryRows", format!("00000000 FF {STAT} {count} 01000000 00 00000000")),
            ("ResolveNames", format!("00000000 FF {STAT} 00 FF {count} 00000000")),
            ("DNToMId", format!("00000000 FF {count} 00000000")),
            ("ModProps", format!("00000000 FF {STAT} 00 FF {count} 00000000")),
            ("ModLinkAtt", format!("00000000 0D000980 11000000 FF {count} 00000000")),
            ("ModLinkAtt", format!("00000000 0D000980 11000000 FF 01000000 {count} 00000000")),
            ("GetMatches", format!("00000000 FF {STAT} 00 00000000 FF 00 {count} 00000000")),
            ("GetMatches", format!("00000000 FF {STAT} 00 00000000 FF 04 04 0201F60F 0201F60F {count}")),
            ("SeekEntries", format!("00000000 FF {STAT} FF 02010130 FF {count} 00 00 00000000")),
            ("Unbind", format!("00000000 {count}")),
        ] {
            let result = client.raw(name, &hex(&body));
            assert!(matches!(result, Err(CallError::Malformed(_))), "{name} with {count}: {result:?}");
        }
    }
}

#[test]
fn lists_end_at_their_bound_even_with_all_their_data() {
    let mut client = Client::new();
    let body = |count: usize| {
        let mut body = hex("00000000 FF");
        body.extend(u32::try_from(count).unwrap().to_le_bytes());
        body.resize(body.len() + count + 4, 0);
        body
    };
    assert!(client.raw("DNToMId", &body(NSPI_LIST_MAX)).is_ok());
    let result = client.raw("DNToMId", &body(NSPI_LIST_MAX + 1));
    assert!(matches!(result, Err(CallError::Malformed(e)) if matches!(e.flaw(), Flaw::Limit { .. })));
}

#[test]
fn nesting_within_the_bound_is_answered() {
    let depth = usize::try_from(RESTRICTION_DEPTH_MAX).unwrap();
    let mut body = hex(&format!("00000000 FF {STAT} 00 00000000 FF"));
    body.extend(vec![2; depth - 1]);
    body.extend(hex("08 1F000130 00 32000000 00 00000000"));
    let bytes = Client::new().raw("GetMatches", &body).unwrap();
    let Response::Answer { body, .. } = Response::<GetMatchesResponse>::from_bytes(&bytes).unwrap() else {
        panic!("StatusCode")
    };
    assert_eq!(body.error_code, ErrorCode::Success);
    // An odd number of negations of "has a name".
    assert_eq!(body.minimal_ids, Some(vec![]));
}

#[test]
fn a_restriction_in_a_restriction_counts_for_depth() {
    // PtypRestriction as the value of a condition, again and again.
    let mut body = hex(&format!("00000000 FF {STAT} 00 00000000 FF"));
    for _ in 0..5000 {
        body.extend(hex("04 04 FD001234 FD001234"));
    }
    let bytes = Client::new().raw("GetMatches", &body).unwrap();
    let Response::Answer { body, .. } = Response::<GetMatchesResponse>::from_bytes(&bytes).unwrap() else {
        panic!("StatusCode")
    };
    assert_eq!(body.error_code, ErrorCode::TooComplex);
}

fn any_request_type() -> impl Strategy<Value = &'static str> {
    (0..RequestType::ALL.len()).prop_map(|i| RequestType::ALL[i].1)
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_or_answered(name in any_request_type(), body in vec(any::<u8>(), 0..200)) {
        let mut client = Client::new();
        if let Ok(answer) = client.raw(name, &body) {
            prop_assert_eq!(&answer[..4], &[0; 4]);
        }
    }

    /// MS-OXNSPI R43, R1661: whatever is asked, no other code is the answer.
    #[test]
    fn spoilt_requests_are_refused_or_answered(
        i in 0..RequestType::ALL.len(),
        spoil in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        session in 0..3_u8,
    ) {
        let mut client = Client::new();
        if session > 0 {
            session::bind(&mut client, if session == 1 { 1252 } else { 65001 });
        }
        let (request_type, mut body) = valid().swap_remove(i);
        for (at, byte) in spoil {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Ok(answer) = client.raw(name_of(request_type), &body) {
            prop_assert_eq!(&answer[..4], &[0; 4]);
            let code = rules::code_of(&answer);
            prop_assert!(rules::is_code(code), "{:#x} is no code of the protocol", code);
        }
    }

    #[test]
    fn any_position_is_answered_within_the_table(fields in any::<[u32; 6]>(), small in any::<bool>()) {
        let mut client = Client::new();
        let [current_rec, delta, num_pos, total_recs, row_count, _] =
            if small { fields.map(|field| field % 0x20) } else { fields };
        let delta = delta.cast_signed();
        let state = Stat { current_rec: MinimalId(current_rec), delta, num_pos, total_recs, ..stat() };
        let rs = client.query_rows(state, row_count, &[PropertyTag::PidTagInstanceKey]);
        if rs.error_code == ErrorCode::Success {
            let state = rs.state.unwrap();
            let rows = column(rs.rows).len();
            prop_assert!(rows <= 6 && u64::try_from(rows).unwrap() <= u64::from(row_count));
            prop_assert!(state.num_pos <= 6 && state.total_recs == 6 && state.delta == 0);
            let want = ORDER.get(usize::try_from(state.num_pos).unwrap());
            prop_assert_eq!(state.current_rec, *want.unwrap_or(&MinimalId::MID_END_OF_TABLE));
        } else {
            prop_assert_eq!((rs.state, rs.rows), (Some(state), None));
        }
    }

    #[test]
    fn any_name_resolves_to_something(name in ".{0,40}", other in "[a-z@=:/ .]{0,12}") {
        let client = Client::new();
        for name in [name, other] {
            let rows = client.view.table(AddressList::Everyone).resolve(&name, usize::MAX);
            prop_assert!(rows.is_sorted() && rows.iter().all(|row| *row < 6));
            prop_assert_eq!(client.view.table(AddressList::Everyone).resolve(&name, 2).len(), rows.len().min(2));
        }
    }

    #[test]
    fn responses_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        // The other direction: the client of our own tests and tools.
        let _ = Response::<QueryRowsResponse>::from_bytes(&bytes);
        let _ = Response::<GetMatchesResponse>::from_bytes(&bytes);
        let _ = Response::<ResolveNamesResponse>::from_bytes(&bytes);
        let _ = Response::<GetPropsResponse>::from_bytes(&bytes);
        let _ = Response::<GetSpecialTableResponse>::from_bytes(&bytes);
        let _ = Response::<SeekEntriesResponse>::from_bytes(&bytes);
    }
}
