//! The form of every operation on the wire. MS-OXCROPS 2.2

mod buffer;
mod fields;
mod goldens;
mod hostile;
pub(crate) mod layout;
mod notification;
mod payload;
mod streams;

use crate::golden::digits;
use layout::{Case, Field};
use mailstead::rop::{
    BackoffResponse, BufferTooSmallResponse, NotifyResponse, PendingResponse, RequestFrame, ResponseFrame,
};
use mailstead::wire::{Reader, Wire, WireError, Writer};
use std::fmt::Debug;

/// RopIds of responses that answer no request.
const UNASKED: [&str; 4] = ["Notify", "Pending", "Backoff", "BufferTooSmall"];

/// What the codec makes of a buffer: how the value prints, and its bytes again.
fn decode(case: &Case, bytes: &[u8]) -> Result<(String, Vec<u8>), WireError> {
    fn whole<T: Debug>(
        r: &mut Reader<'_>,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, WireError>,
        write: impl FnOnce(&T, &mut Writer),
    ) -> Result<(String, Vec<u8>), WireError> {
        let value = read(r)?;
        r.finish("buffer")?;
        let mut w = Writer::new();
        write(&value, &mut w);
        Ok((format!("{value:?}"), w.into_bytes()))
    }
    let mut r = Reader::new(bytes);
    r.set_tags(&case.tags);
    if case.row.kind == "req" {
        return whole(&mut r, RequestFrame::read, Wire::write);
    }
    if UNASKED.contains(&case.row.name.as_str()) {
        u8::read(&mut r)?;
        let (shown, body) = match case.row.name.as_str() {
            "Notify" => whole(&mut r, NotifyResponse::read, Wire::write),
            "Pending" => whole(&mut r, PendingResponse::read, Wire::write),
            "Backoff" => whole(&mut r, BackoffResponse::read, Wire::write),
            _ => whole(&mut r, BufferTooSmallResponse::read, Wire::write),
        }?;
        return Ok((shown, [vec![case.row.id], body].concat()));
    }
    let copy = case.row.fields.iter().any(|(name, _)| name == "SourceHandleIndex");
    whole(&mut r, |r| ResponseFrame::read(case.row.id, copy, r), ResponseFrame::write)
}

fn declared() -> Vec<Case> {
    layout::cases()
}

fn about(case: &Case) -> String {
    format!("{} (MS-OXCROPS {}) {}", case.row.label(), case.row.section, digits(&case.bytes()))
}

#[test]
fn every_buffer_is_written_as_it_was_read() {
    let cases = declared();
    assert!(cases.len() > 330, "{} buffers", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| match decode(case, &case.bytes()) {
            Ok((_, again)) if again == case.bytes() => None,
            Ok((shown, again)) => Some(format!("{}\nis written {}\n{shown}", about(case), digits(&again))),
            Err(error) => Some(format!("{}: {error}", about(case))),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_prefix_of_a_buffer_is_a_buffer_and_no_byte_may_follow() {
    for case in declared() {
        let bytes = case.bytes();
        // RequestBuffers of RopBufferTooSmall reach to the end of whatever there is.
        let rest = case.row.name == "BufferTooSmall";
        for len in 0..if rest { 3 } else { bytes.len() } {
            assert!(decode(&case, &bytes[..len]).is_err(), "{}: {len} bytes", about(&case));
        }
        if !rest {
            assert!(decode(&case, &[&bytes[..], &[0]].concat()).is_err(), "{}: a byte too many", about(&case));
        }
    }
}

/// The specification's name as Rust spells it.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, c) in name.char_indices() {
        let after_lower = at > 0 && name[..at].ends_with(|c: char| c.is_lowercase());
        if c.is_uppercase() && after_lower {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// How a value of these bytes may print.
fn spellings(bytes: &[u8]) -> Vec<String> {
    let number = bytes.iter().take(8).rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let counter = bytes.iter().skip(2).take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    match bytes.len() {
        1 | 2 => vec![number.to_string()],
        4 => vec![number.to_string(), format!("{number:#X}")],
        8 => vec![number.to_string(), format!("{}-{counter:x}", number & 0xFFFF)],
        16 => {
            let text = |range: std::ops::Range<usize>, reversed: bool| {
                let mut bytes = bytes[range].to_vec();
                if reversed {
                    bytes.reverse();
                }
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            };
            let parts = [text(0..4, true), text(4..6, true), text(6..8, true), text(8..10, false), text(10..16, false)];
            vec![parts.join("-")]
        }
        _ => vec![format!("{bytes:?}")],
    }
}

/// Fields that the frame holds, and composed ones, which `goldens` looks at.
const ELSEWHERE: [&str; 5] = ["RopId", "ReturnValue", "FolderIds", "LogonTime", "DestHandleIndex"];

fn is_named(shown: &str, field: &Field) -> bool {
    spellings(&field.bytes).iter().any(|value| {
        let name = snake(&field.name);
        let forms = [format!("{name}: {value},"), format!("{name}: {value} }}"), format!("{name}: Some({value})")];
        forms.iter().any(|form| shown.contains(form))
    })
}

/// MS-OXCROPS R3
#[test]
fn every_field_is_decoded_under_its_own_name() {
    let mut wrong = Vec::new();
    for case in declared() {
        let (shown, _) = decode(&case, &case.bytes()).unwrap_or_else(|error| panic!("{}: {error}", about(&case)));
        if case.row.name == "RegisterNotification" {
            // FolderId and MessageId are a pair: `goldens`.
            continue;
        }
        let fields = case.fields.iter().enumerate().filter(|(at, field)| {
            let header = field.name.ends_with("HandleIndex") && *at <= 3;
            field.free && !header && !ELSEWHERE.contains(&field.name.as_str()) && field.bytes.len() != 24
        });
        let missing = fields.filter(|(_, field)| !is_named(&shown, field));
        wrong.extend(missing.map(|(_, field)| format!("{} {:?} is not in {shown}", field.name, field.bytes)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_handle_index_is_where_the_layout_has_it() {
    for case in declared().iter().filter(|case| case.row.kind == "req") {
        let frame = RequestFrame::from_bytes(&case.bytes()).unwrap();
        let index = |name: &str| case.field(name).map(|field| field.bytes[0]);
        let input = index("InputHandleIndex").or_else(|| index("SourceHandleIndex"));
        let output = index("OutputHandleIndex");
        let other = output.or_else(|| index("DestHandleIndex")).or_else(|| index("ResponseHandleIndex"));
        let about = about(case);
        assert_eq!(Some(frame.logon_id), index("LogonId"), "{about}");
        assert_eq!(frame.handles.input, input.unwrap_or(0), "{about}: input");
        assert_eq!(frame.handles.other, other.unwrap_or(0), "{about}: other");
        assert_eq!(frame.output_index(), output, "{about}: where a new handle goes");
        assert_eq!(frame.has_destination(), index("DestHandleIndex").is_some(), "{about}: destination");
        let response = layout::rows().into_iter().find(|row| row.id == case.row.id && row.kind.starts_with("resp"));
        if let Some(response) = response {
            assert_eq!(Some(frame.response_index()), index(&response.fields[1].0), "{about}: echoed index");
        }
    }
}

#[test]
fn every_response_echoes_its_index() {
    let kinds = ["resp", "fail", "resp_nulldest", "resp_public", "redirect"];
    for case in declared().iter().filter(|case| kinds.contains(&case.row.kind.as_str())) {
        if UNASKED.contains(&case.row.name.as_str()) {
            continue;
        }
        let bytes = case.bytes();
        let mut r = Reader::new(&bytes);
        r.set_tags(&case.tags);
        let frame = ResponseFrame::read(case.row.id, case.row.kind == "resp_nulldest", &mut r).unwrap();
        assert_eq!(frame.index, case.fields[1].bytes[0], "{}", about(case));
        assert_eq!(frame.result.is_ok(), case.row.kind.starts_with("resp") && case.row.kind != "resp_nulldest");
        if let Err(failure) = &frame.result {
            assert_eq!(failure.code.0.to_le_bytes(), case.field("ReturnValue").unwrap().bytes[..], "{}", about(case));
            let index = case
                .field("DestHandleIndex")
                .map(|field| u32::from_le_bytes(field.bytes.as_slice().try_into().expect("4 bytes in a response")));
            assert_eq!(failure.dest_handle_index, index, "{}", about(case));
        }
    }
}
