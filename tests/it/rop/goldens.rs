//! Buffers computed by hand, `tests/data/golden/rops.txt`: what each means, field by field.

use crate::golden::{data, digits, hex};
use mailstead::rop::{self, RequestFrame, ResponseFrame};
use mailstead::wire::{Reader, Wire, WireError, Writer};

struct Golden {
    title: String,
    id: u8,
    request: bool,
    tags: Vec<u32>,
    bytes: Vec<u8>,
    meaning: String,
}

fn goldens() -> Vec<Golden> {
    let text = data("golden/rops.txt");
    text.split("\n== ").skip(1).map(golden).collect()
}

fn golden(text: &str) -> Golden {
    let (title, rest) = text.split_once('\n').expect("a title, then bytes");
    let (bytes, meaning) = rest.split_once("\n-> ").unwrap_or_else(|| panic!("{title}: no meaning"));
    let mut words = title.split(' ');
    let name = words.next().unwrap_or_default();
    let request = match words.next() {
        Some("request") => true,
        Some("response") => false,
        other => panic!("{title}: {other:?}"),
    };
    let tags = hex(&words.collect::<String>());
    Golden {
        title: title.to_owned(),
        id: *rop::ALL.iter().find(|id| rop::name(**id) == Some(name)).unwrap_or_else(|| panic!("no operation {name}")),
        request,
        tags: tags.chunks_exact(4).map(|tag| u32::from_le_bytes(tag.try_into().unwrap())).collect(),
        bytes: hex(bytes),
        meaning: meaning.to_owned(),
    }
}

/// How the buffer prints in the file, and its bytes again.
fn decode(golden: &Golden, bytes: &[u8]) -> Result<(String, Vec<u8>), WireError> {
    let mut r = Reader::new(bytes);
    r.set_tags(&golden.tags);
    if golden.request {
        let frame = RequestFrame::read(&mut r)?;
        r.finish("request")?;
        let RequestFrame { logon_id, handles, request } = &frame;
        return Ok((format!("{logon_id} {} {} {request:?}", handles.input, handles.other), frame.to_bytes()));
    }
    let copy = [0x33, 0x35, 0x36, 0x39, 0x3A, 0x67].contains(&golden.id);
    let frame = ResponseFrame::read(golden.id, copy, &mut r)?;
    r.finish("response")?;
    let mut w = Writer::new();
    frame.write(&mut w);
    let shown = match &frame.result {
        Ok(response) => format!("{} {:?} {response:?}", frame.index, frame.warning),
        Err(failure) => format!("{} {failure:?}", frame.index),
    };
    Ok((shown, w.into_bytes()))
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// MS-OXCROPS R209 R211
#[test]
fn hand_made_buffers_mean_what_they_say() {
    let mut wrong = Vec::new();
    for golden in goldens() {
        match decode(&golden, &golden.bytes) {
            Ok((shown, again)) => {
                // The Debug form of a structure without fields is its name.
                if without_blanks(&shown) != without_blanks(&golden.meaning) {
                    wrong.push(format!(
                        "{}: {}\nis {shown}\nnot {}",
                        golden.title,
                        digits(&golden.bytes),
                        golden.meaning
                    ));
                }
                if again != golden.bytes {
                    wrong.push(format!("{}: {}\nis written {}", golden.title, digits(&golden.bytes), digits(&again)));
                }
            }
            Err(error) => wrong.push(format!("{}: {}: {error}", golden.title, digits(&golden.bytes))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_prefix_of_a_hand_made_buffer_is_one() {
    for golden in goldens() {
        for len in 0..golden.bytes.len() {
            assert!(decode(&golden, &golden.bytes[..len]).is_err(), "{}: {len} bytes", golden.title);
        }
        assert!(decode(&golden, &[&golden.bytes[..], &[0]].concat()).is_err(), "{}: a byte too many", golden.title);
    }
}

/// The operations that the first version answers: each has a request and a response by hand.
const IN_USE: &str = "Logon Release OpenFolder CreateFolder DeleteFolder GetHierarchyTable GetContentsTable SetColumns
    SortTable Restrict QueryRows QueryPosition SeekRow FindRow ResetTable OpenMessage CreateMessage SaveChangesMessage
    GetPropertiesSpecific SetProperties DeleteProperties GetPropertiesAll GetPropertiesList ModifyRecipients
    ReadRecipients RemoveAllRecipients ReloadCachedInformation CreateAttachment OpenAttachment GetAttachmentTable
    SaveChangesAttachment DeleteAttachment OpenEmbeddedMessage OpenStream ReadStream WriteStream SeekStream
    GetStreamSize SetStreamSize CommitStream DeleteMessages HardDeleteMessages MoveCopyMessages SetReadFlags
    SetMessageReadFlag GetPropertyIdsFromNames GetNamesFromPropertyIds LongTermIdFromId IdFromLongTermId
    GetReceiveFolder GetReceiveFolderTable GetStoreState GetLocalReplicaIds GetAddressTypes GetPerUserLongTermIds";

#[test]
fn every_operation_in_use_has_hand_made_buffers() {
    let goldens = goldens();
    for name in IN_USE.split_whitespace() {
        let has =
            |request| goldens.iter().any(|golden| golden.request == request && rop::name(golden.id) == Some(name));
        assert!(has(true), "tests/data/golden/rops.txt: add a request of {name}");
        assert!(has(false) || name == "Release", "tests/data/golden/rops.txt: add a response of {name}");
    }
}
