//! Dialogs: GetTemplateInfo, and the form of PidTagTemplateData, read here by its specification.

use super::*;
use mailstead::nspi::message::{GetTemplateInfoRequest, GetTemplateInfoResponse};

impl Client {
    fn template(&mut self, flags: u32, display_type: u32, dn: Option<&str>, code_page: u32) -> GetTemplateInfoResponse {
        let template_dn = dn.map(str::to_owned);
        let body = GetTemplateInfoRequest { flags, display_type, template_dn, code_page, locale_id: 0x409 };
        self.call("GetTemplateInfo", body)
    }

    fn template_data(&mut self, display_type: u32) -> Vec<u8> {
        let rs = self.template(1, display_type, None, 1252);
        assert_eq!((rs.error_code, rs.code_page), (ErrorCode::Success, 1252));
        let [value] = &rs.row.unwrap()[..] else { panic!("one property") };
        assert_eq!(value.tag, PropertyTag(0x0001_0102));
        let Some(Value::Binary(data)) = value.value.clone() else { panic!("binary") };
        data
    }
}

/// MS-OXNSPI R120, R654, R1444, R1457, R1478, R1449
/// MS-OXNSPI R1485 MS-OXNSPI R1486 MS-OXNSPI R1490 MS-OXNSPI R1492: each row of 36 bytes has a
/// known control, a tag where the control wants one, and a string within its bound.
#[test]
fn a_dialog_is_a_row_set_with_its_strings() {
    let mut client = Client::new();
    for display_type in [0, 1, 6] {
        let data = client.template_data(display_type);
        let number = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
        assert_eq!(number(0), 1, "Type");
        let count = usize::try_from(number(4)).unwrap();
        let mut pages = 0;
        for row in 0..count {
            let field = |n: usize| number(8 + row * 36 + n * 4);
            let text = usize::try_from(field(8)).unwrap();
            assert!(text >= 8 + count * 36, "strings lie behind the rows");
            let len = data[text..].iter().position(|byte| *byte == 0).unwrap();
            let text = std::str::from_utf8(&data[text..text + len]).unwrap();
            match field(4) {
                0 => assert!(field(6) == 0 && len < 128 && !text.is_empty(), "label {text}"),
                1 => assert_eq!((field(6) & 0xFFFF, text), (0x1E, "*"), "edit"),
                2 => assert_eq!((field(6) & 0xFFFF, text), (0x0D, "*"), "list box"),
                8 => {
                    assert!(len < 32, "page {text}");
                    pages += 1;
                }
                0xB => assert_eq!((field(6), text), (0x800F_101E, "*"), "values"),
                other => panic!("control {other}"),
            }
        }
        assert_eq!(number(8 + 16), 8, "a page is first");
        assert!(pages >= 3);
    }
    assert_eq!(client.template_data(0), client.template_data(6));
    assert_ne!(client.template_data(0), client.template_data(1));
}

/// MS-OXNSPI R1471 MS-OXNSPI R1980 MS-OXNSPI R1982 MS-OXNSPI R1692
#[test]
fn a_name_says_more_than_a_display_type() {
    let mut client = Client::new();
    let of_type = client.template(1, 0, None, 1252);
    let dn = format!("{DN_PREFIX}BOB");
    for display_type in [0, 1, 77] {
        assert_eq!(client.template(1, display_type, Some(&dn), 1252), of_type);
    }
    assert_eq!(client.template(1 | 0x70, 0, None, 1252), of_type, "other flags are ignored");
    let script = client.template(4, 0, None, 1252).row.unwrap();
    assert_eq!(script[0].value, Some(Value::Error(ErrorCode::NotFound)), "there are no scripts");
}

/// MS-OXNSPI R1462 MS-OXNSPI R1467 MS-OXNSPI R1469 MS-OXNSPI R1476
#[test]
fn what_is_no_dialog_is_refused() {
    let mut client = Client::new();
    for (display_type, dn, code_page, code) in [
        (2, None, 1252, ErrorCode::InvalidLocale),
        (0, Some("/o=x"), 1252, ErrorCode::InvalidLocale),
        (0, None, 1200, ErrorCode::InvalidCodepage),
        (0, None, 99_999, ErrorCode::InvalidCodepage),
    ] {
        let rs = client.template(1, display_type, dn, code_page);
        assert_eq!((rs.error_code, rs.code_page, rs.row), (code, 0, None));
    }
}
