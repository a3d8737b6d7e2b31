//! Writing the forms of a body. MS-OXCMSG 3.2.4.1, MS-OXBBODY 2.1.3.1
//!
//! Writing a form takes away those that were there before, for they say something else now; forms
//! that are written between two saves belong together. What is made of them: `store/body.rs`.

use super::message::MessageObject;
use crate::mapi::{Cell, PropertyTag, Value};
use crate::store::BodyFormat as Format;
use serde::{Deserialize, Serialize};

const BODY: u16 = PropertyTag::PidTagBody.id();
const HTML: u16 = PropertyTag::PidTagHtml.id();
const RTF: u16 = PropertyTag::PidTagRtfCompressed.id();
const RTF_IN_SYNC: u16 = PropertyTag::PidTagRtfInSync.id();
const NATIVE_BODY: u16 = PropertyTag::PidTagNativeBody.id();

/// What is listed of every message that has a body, stored or not.
pub(super) const LISTED: &[PropertyTag] = &[PropertyTag::PidTagNativeBody];

/// Body properties that were written since a message was opened or last saved.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Written(Vec<u16>);

/// A body property of a message is about to be set: those that are stale then go.
pub(super) fn about_to_set(object: &mut MessageObject, id: u16) {
    const STATED: [u16; 5] = [BODY, HTML, RTF, RTF_IN_SYNC, NATIVE_BODY];
    if !STATED.contains(&id) {
        return;
    }
    if !object.bodies.0.contains(&id) {
        object.bodies.0.push(id);
    }
    if Format::of_id(id).is_some() {
        let stale = STATED.into_iter().filter(|id| !object.bodies.0.contains(id));
        stale.for_each(|id| drop(object.message.head.properties.remove(id)));
    }
}

/// If not all forms of the body are asked for, PidTagNativeBody names the best of those that are.
/// MS-OXBBODY 2.1.3.1
pub(super) fn fit_native_body(tags: &[PropertyTag], cells: &mut [Cell]) {
    let asked = |format: Format| tags.iter().position(|tag| tag.id() == format.id());
    let Some(at) = tags.iter().position(|tag| tag.id() == NATIVE_BODY) else { return };
    let Some(Ok(Value::Integer32(native))) = cells.get(at) else { return };
    match Format::of_native_body(*native) {
        Some(native) if asked(native).is_none() => {}
        _ => return,
    }
    let is_there = |format: &Format| {
        let cell = asked(*format).and_then(|at| cells.get(at));
        cell.is_some_and(|cell| *cell != Err(crate::mapi::ErrorCode::NotFound))
    };
    let best = Format::ALL.into_iter().find(is_there);
    if let (Some(best), Some(cell)) = (best, cells.get_mut(at)) {
        *cell = Ok(Value::Integer32(best as i32));
    }
}
