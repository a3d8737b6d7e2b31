//! Objects and their properties: GetPropList, GetProps, QueryColumns, GetTemplateInfo.
//! MS-OXNSPI 3.1.4.1.5 to 3.1.4.1.7, 3.1.4.1.18

use super::hierarchy::table_of;
use super::rows::check_columns;
use super::table::format;
use super::{Answer, Context, required};
use crate::directory::may_be_told;
use crate::mapi::{ErrorCode, PropertyTag, PropertyType, Value};
use crate::nspi::message::{
    AddressBookTaggedValue, GetPropListRequest, GetPropListResponse, GetPropsRequest, GetPropsResponse,
    GetTemplateInfoRequest, GetTemplateInfoResponse, MinimalId, QueryColumnsRequest, QueryColumnsResponse,
};
use crate::nspi::properties::{KNOWN, cell, display_type, has_object, reported, told, value};
use crate::nspi::template;
use crate::nspi::text::{CP_WINUNICODE, is_supported};

/// fSkipObjects. MS-OXNSPI 2.2.1.11
const F_SKIP_OBJECTS: u32 = 1;
/// NspiUnicodeProptypes. MS-OXNSPI 2.2.1.13
const UNICODE_PROPTYPES: u32 = 0x8000_0000;

/// Tags of what the object has; there is no error code of the specification for an object that is
/// not there, InvalidObject says it best.
fn prop_list(cx: &Context<'_>, mid: MinimalId, flags: u32, unicode: bool) -> Answer<Vec<PropertyTag>> {
    let entry = cx.view.by_mid(mid).ok_or(ErrorCode::InvalidObject)?;
    let skip_objects = flags & F_SKIP_OBJECTS != 0;
    Ok(KNOWN
        .iter()
        .filter(|tag| !(skip_objects && tag.property_type() == PropertyType::Object))
        .filter(|tag| match tag.property_type() {
            PropertyType::Object => has_object(cx.view, entry, tag.id()),
            _ if may_be_told(tag.id(), &[]) => told(entry, tag.id(), cx.told).is_some(),
            _ => value(entry, tag.id()).is_some(),
        })
        .map(|tag| reported(*tag, unicode))
        .collect())
}

pub(super) fn get_prop_list(cx: &Context<'_>, rq: &GetPropListRequest) -> Answer<GetPropListResponse> {
    if rq.code_page == CP_WINUNICODE {
        return Err(ErrorCode::InvalidCodepage);
    }
    let tags = prop_list(cx, rq.minimal_id, rq.flags, false)?;
    Ok(GetPropListResponse { error_code: ErrorCode::Success, property_tags: Some(tags) })
}

pub(super) fn get_props(cx: &Context<'_>, rq: &GetPropsRequest) -> Answer<GetPropsResponse> {
    let state = required(rq.state)?;
    let unicode = state.code_page == CP_WINUNICODE;
    let tags = match &rq.property_tags {
        Some(tags) => tags.clone(),
        None => prop_list(cx, state.current_rec, rq.flags, unicode)?,
    };
    if unicode && tags.iter().any(|tag| is_8bit(*tag)) {
        return Err(ErrorCode::InvalidCodepage);
    }
    table_of(cx.view, &state)?;
    check_columns(&tags)?;
    let code_page = if unicode { CP_WINUNICODE } else { cx.code_page(&state)? };
    let format = format(cx, code_page, rq.flags);
    let entry = cx.view.by_mid(state.current_rec);
    let mut error_code = ErrorCode::Success;
    let values = tags.into_iter().map(|tag| {
        let value = cell(cx.view, entry, tag, &format).unwrap_or_else(|code| {
            error_code = ErrorCode::ErrorsReturned;
            Value::Error(code)
        });
        AddressBookTaggedValue::new(tag, value)
    });
    let values = values.collect();
    Ok(GetPropsResponse { error_code, code_page, property_values: Some(values) })
}

fn is_8bit(tag: PropertyTag) -> bool {
    matches!(tag.property_type(), PropertyType::String8 | PropertyType::MultipleString8)
}

pub(super) fn query_columns(rq: &QueryColumnsRequest) -> QueryColumnsResponse {
    let unicode = rq.map_flags & UNICODE_PROPTYPES != 0;
    let columns = KNOWN.iter().map(|tag| reported(*tag, unicode)).collect();
    QueryColumnsResponse { error_code: ErrorCode::Success, columns: Some(columns) }
}

/// TI_TEMPLATE, TI_SCRIPT; other flags are ignored (MS-OXNSPI 3.1.4.1.18). MS-OXNSPI 2.2.1.14
const TI_TEMPLATE: u32 = 1;
const TI_SCRIPT: u32 = 4;

/// The dialog of a display type, or of an object whose DN is given (PidTagTemplateid names it).
/// There is one set of dialogs, for every locale. Scripts are missing values.
pub(super) fn get_template_info(cx: &Context<'_>, rq: &GetTemplateInfoRequest) -> Answer<GetTemplateInfoResponse> {
    if !is_supported(rq.code_page) {
        return Err(ErrorCode::InvalidCodepage);
    }
    let display_type = match rq.template_dn.as_deref().filter(|dn| !dn.is_empty()) {
        None => rq.display_type,
        Some(dn) => display_type(cx.view.by_dn(dn).ok_or(ErrorCode::InvalidLocale)?),
    };
    let data = template::data(display_type, rq.code_page).ok_or(ErrorCode::InvalidLocale)?;
    let missing = Value::Error(ErrorCode::NotFound);
    let all = [
        (TI_TEMPLATE, PropertyTag::PidTagTemplateData, Value::Binary(data)),
        (TI_SCRIPT, PropertyTag::PidTagScriptData, missing),
    ];
    let asked = all.into_iter().filter(|(flag, ..)| rq.flags & flag != 0);
    let row = asked.map(|(_, tag, value)| AddressBookTaggedValue::new(tag, value)).collect();
    Ok(GetTemplateInfoResponse { error_code: ErrorCode::Success, code_page: rq.code_page, row: Some(row) })
}
