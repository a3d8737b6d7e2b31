//! From what people type to objects: ResolveNames and DNToMId.

use super::*;
use mailstead::nspi::message::{DnToMidRequest, DnToMidResponse, ResolveNamesRequest, ResolveNamesResponse};

const SMTP: PropertyTag = PropertyTag::PidTagSmtpAddress;
const KEY: PropertyTag = PropertyTag::PidTagInstanceKey;

impl Client {
    fn resolve(&mut self, state: Stat, columns: Option<&[PropertyTag]>, names: &[&str]) -> ResolveNamesResponse {
        let body = ResolveNamesRequest {
            // What Outlook sends, although it should be 0.
            reserved: 0x8000_0000,
            state: Some(state),
            property_tags: columns.map(<[_]>::to_vec),
            names: Some(names.iter().map(|&name| name.to_owned()).collect()),
        };
        self.call("ResolveNames", body)
    }

    /// Whom the name means, or the code that says why nobody.
    fn who(&mut self, name: &str) -> Result<MinimalId, MinimalId> {
        let rs = self.resolve(stat(), Some(&[KEY]), &[name]);
        assert_eq!(rs.error_code, ErrorCode::Success);
        let (mids, rows) = (rs.minimal_ids.unwrap(), column(rs.rows));
        match (&*mids, &*rows) {
            ([MinimalId::MID_RESOLVED], [Ok(Value::Binary(key))]) => Ok(MinimalId::from_bytes(key).unwrap()),
            ([mid], []) if *mid != MinimalId::MID_RESOLVED => Err(*mid),
            other => panic!("{name:?}: {other:?}"),
        }
    }

    fn dn_to_mid(&mut self, names: &[&str]) -> Vec<MinimalId> {
        let names = Some(names.iter().map(|&name| name.to_owned()).collect());
        let rs: DnToMidResponse = self.call("DNToMId", DnToMidRequest { reserved: 1, names });
        assert_eq!(rs.error_code, ErrorCode::Success);
        rs.minimal_ids.unwrap()
    }
}

const UNRESOLVED: Result<MinimalId, MinimalId> = Err(MinimalId::MID_UNRESOLVED);
const AMBIGUOUS: Result<MinimalId, MinimalId> = Err(MinimalId::MID_AMBIGUOUS);

#[test]
fn an_address_resolves_in_any_case_and_with_its_type() {
    let mut client = Client::new();
    for name in [
        "bob@example.org",
        "BOB@EXAMPLE.ORG",
        "  bob@example.org ",
        "SMTP:bob@example.org",
        "smtp:Bob@example.org",
        "=SMTP:bob@example.org",
        "=bob@example.org",
    ] {
        assert_eq!(client.who(name), Ok(BOB), "{name:?}");
    }
    assert_eq!(client.who("carol@example.org"), Ok(CAROL));
}

#[test]
fn a_local_part_resolves() {
    let mut client = Client::new();
    assert_eq!(client.who("bob"), Ok(BOB));
    assert_eq!(client.who("anna.schmidt"), Ok(ANNA_SCHMIDT));
    assert_eq!(client.who("=bob"), Ok(BOB));
}

#[test]
fn a_distinguished_name_resolves() {
    let mut client = Client::new();
    let dn = format!("{DN_PREFIX}bob");
    for name in [dn.clone(), dn.to_uppercase(), format!("EX:{dn}"), format!("={dn}")] {
        assert_eq!(client.who(&name), Ok(BOB), "{name:?}");
    }
    assert_eq!(client.who(&dn[..dn.len() - 1]), UNRESOLVED, "part of a distinguished name");
}

#[test]
fn the_beginning_of_any_word_of_a_display_name_resolves() {
    let mut client = Client::new();
    for (name, mid) in [
        ("schm", ANNA_SCHMIDT),
        ("SCHMIDT", ANNA_SCHMIDT),
        ("carol b", CAROL),
        ("Baker, Carol", CAROL),
        ("b c", CAROL),
        ("ève", EVE),
        ("иван", DMITRI),
        ("Дмитрий Иванов", DMITRI),
        ("dmi", DMITRI),
    ] {
        assert_eq!(client.who(name), Ok(mid), "{name:?}");
    }
}

#[test]
fn what_two_people_could_be_is_ambiguous() {
    let mut client = Client::new();
    assert_eq!(client.who("baker"), AMBIGUOUS);
    assert_eq!(client.who("b"), AMBIGUOUS);
    assert_eq!(client.who("ann"), AMBIGUOUS, "Anna and Anna Schmidt");
    assert_eq!(client.who("anna@"), Ok(ANNA));
    assert_eq!(client.who("ann@"), UNRESOLVED);
}

#[test]
fn a_whole_name_outweighs_longer_names_that_begin_with_it() {
    assert_eq!(Client::new().who("Anna"), Ok(ANNA));
}

#[test]
fn two_people_of_one_name_are_ambiguous_by_name_and_not_by_address() {
    let mut client = Client::of([person(1, "a@example.org", "Kim"), person(2, "b@example.org", "kim")]);
    assert_eq!(client.who("Kim"), AMBIGUOUS);
    assert_eq!(client.who("b@example.org"), Ok(MinimalId(0x12)));
}

/// MS-OXNSPI R618, R624
#[test]
fn strangers_are_unresolved_and_never_taken_for_somebody_else() {
    let mut client = Client::new();
    for name in [
        "",
        "   ",
        "=",
        "@",
        "smtp:",
        "=smtp:",
        "ex:",
        "/",
        "no such person 12345",
        "bob@elsewhere.example",
        // Foreign addresses that ours begin with, or that begin with ours.
        "bob@example.or",
        "bob@example.o",
        "ob@example.org",
        "bob@example.org.example",
        "anna schmidt@elsewhere.example",
        "smtp:bob",
        "=bo",
        "=baker",
        "carol anna",
        "!!!",
    ] {
        assert_eq!(client.who(name), UNRESOLVED, "{name:?}");
    }
    // As long as the domain is not written out, it may still become ours.
    assert_eq!(client.who("bob@exam"), Ok(BOB));
}

/// MS-OXNSPI R1414
/// MS-OXNSPI R659, R1393, R1394, R1395, R1401, R1405, R1650, R86, R87, R88, R89, R90, R612, R1611, R618,
/// R620, R622, R624
/// MS-OXNSPI R1425, R1426, R1428, R1430, R1443
#[test]
fn codes_stand_for_every_name_and_rows_for_the_resolved() {
    let names = ["bob@example.org", "baker", "nobody", "", "carol"];
    let rs = Client::new().resolve(stat(), Some(&[SMTP]), &names);
    assert_eq!((rs.error_code, rs.code_page), (ErrorCode::Success, 1252));
    let codes = [2, 1, 0, 0, 2].map(MinimalId);
    assert_eq!(rs.minimal_ids, Some(codes.to_vec()));
    assert_eq!(column(rs.rows), [Ok(text("bob@example.org")), Ok(text("Carol@Example.org"))]);
}

#[test]
fn entry_ids_of_resolved_names_are_permanent() {
    let rs = Client::new().resolve(stat(), Some(&[PropertyTag::PidTagEntryId]), &["bob"]);
    let mut entry_id = hex("00000000 DCA740C8C042101AB4B908002B2FE182 01000000 00000000");
    entry_id.extend(format!("{DN_PREFIX}bob\0").bytes());
    assert_eq!(column(rs.rows), [Ok(Value::Binary(entry_id))]);
}

#[test]
fn default_columns_are_those_of_query_rows_in_unicode() {
    let rows = Client::new().resolve(stat(), None, &["bob"]).rows.unwrap();
    let tags = [0xFFFD_0003, 0x0FFE_0003, 0x3900_0003, 0x3001_001F, 0x3A1A_001F, 0x3A18_001F, 0x3A19_001F];
    assert_eq!(rows.columns, tags.map(PropertyTag));
    assert_eq!(rows.rows[0][3], Ok(text("bob Baker")));
}

/// MS-OXNSPI R1410, R1423, R1761
/// MS-OXNSPI R1418
#[test]
fn refused_calls_have_no_output() {
    let mut client = Client::new();
    let none = |code| ResolveNamesResponse { error_code: code, code_page: 0, minimal_ids: None, rows: None };
    let elsewhere = Stat { container_id: 99, ..stat() };
    assert_eq!(client.resolve(elsewhere, None, &["bob"]), none(ErrorCode::InvalidBookmark));
    let unicode = Stat { code_page: 1200, ..stat() };
    assert_eq!(client.resolve(unicode, None, &["bob"]), none(ErrorCode::InvalidCodepage));
    assert_eq!(client.resolve(stat(), None, &["bob"; 5001]), none(ErrorCode::TableTooBig));
    assert_eq!(client.resolve(stat(), Some(&[SMTP; 4097]), &["bob"]), none(ErrorCode::TableTooBig));
    assert_eq!(client.resolve(stat(), Some(&[SMTP; 1000]), &["bob"; 500]), none(ErrorCode::TableTooBig));
}

#[test]
fn no_names_are_no_error() {
    let mut client = Client::new();
    let body = ResolveNamesRequest { reserved: 0, state: Some(stat()), property_tags: None, names: None };
    let rs: ResolveNamesResponse = client.call("ResolveNames", body);
    assert_eq!((rs.error_code, rs.minimal_ids), (ErrorCode::Success, Some(vec![])));
}

/// MS-OXNSPI R648, R1243, R1250
/// MS-OXNSPI R1260, R1262, R1263, R1264, R1266
#[test]
fn distinguished_names_become_mids_one_for_one() {
    let mut client = Client::new();
    let (anna, carol) = (format!("{DN_PREFIX}anna"), format!("{DN_PREFIX}CAROL").to_uppercase());
    assert_eq!(
        client.dn_to_mid(&[&anna, "/o=none/cn=nobody", &carol, "", &anna]),
        [ANNA, MinimalId(0), CAROL, MinimalId(0), ANNA]
    );
    assert_eq!(client.dn_to_mid(&[]), []);
    // An address is no distinguished name, the Global Address List has the container ID 0.
    assert_eq!(client.dn_to_mid(&["bob@example.org", "/"]), [MinimalId(0), MinimalId(0)]);
}

#[test]
fn ten_thousand_people_are_found_by_any_part() {
    let people = (1..=10_000).map(|id| person(id, &format!("u{id}@example.org"), &format!("Given{id} Family{id}")));
    let mut client = Client::of(people);
    assert_eq!(client.who("u7777@example.org"), Ok(MinimalId(7777 + 0x10)));
    assert_eq!(client.who("family7777"), Ok(MinimalId(7777 + 0x10)));
    assert_eq!(client.who("family"), AMBIGUOUS);
    assert_eq!(client.who("given10000 fam"), Ok(MinimalId(10_000 + 0x10)));
    let names = vec!["family given nobody"; 1000];
    let rs = client.resolve(stat(), Some(&[KEY]), &names);
    assert_eq!(rs.minimal_ids.unwrap(), vec![MinimalId::MID_UNRESOLVED; 1000]);
}
