//! Which release a client is of, and what the server makes of it (outlook.md §0, §5).

use crate::edge::{ANN, World};
use crate::logged::{begin, lines_with};
use mailstead::outlook::{RELEASES, agent_version, application_version, release_of};

#[test]
fn versions_are_read_leniently() {
    for (field, version) in [
        ("Outlook/16.0.15928.20006", [16, 0, 15928]),
        ("Outlook/15.00.0847.4040", [15, 0, 847]),
        ("MapiHttpClient", [0, 0, 0]),
        ("Outlook/16", [16, 0, 0]),
        ("Outlook/99999.1.2", [0, 1, 2]),
        ("", [0, 0, 0]),
    ] {
        assert_eq!(application_version(field), version, "{field}");
    }
    for (field, version) in [
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.4266; Pro)", [16, 0, 4266]),
        ("Microsoft Office/16.0 (Windows NT 10.0; MAPI 16.0.15928; Pro)", [16, 0, 15928]),
        ("Microsoft Office/16.0 (Windows NT 10.0; MAPICPL 16.0.5000; Pro)", [16, 0, 5000]),
        ("Microsoft Office/14.0 (Windows NT 6.1; Microsoft Outlook 14.0.4734; Pro)", [14, 0, 4734]),
        ("Microsoft Office/15.0", [15, 0, 0]),
        ("curl/8.0", [0, 0, 0]),
    ] {
        assert_eq!(agent_version(field), version, "{field}");
    }
}

#[test]
fn releases_are_told_apart() {
    assert!(RELEASES.is_sorted_by_key(|release| release.from));
    let old = |version| release_of(version).too_old.is_some();
    assert!(old([12, 0, 6000]) && old([14, 0, 4734]) && old([15, 0, 4420]));
    assert!(!old([14, 0, 7151]) && !old([15, 0, 4569]) && !old([16, 0, 4266]) && !old([0, 0, 0]) && !old([17, 3, 1]));
    let chains = |version| release_of(version).chains;
    assert!(!chains([15, 0, 5000]) && !chains([16, 0, 9999]) && chains([16, 0, 10_000]) && chains([0, 0, 0]));
}

/// A client too old is told so in the log, and by Autodiscover with 601.
#[test]
fn a_client_too_old_is_named_in_the_log() {
    begin();
    let world = World::new();
    let ask = |agent: &str| {
        let body = "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
            <Request><EMailAddress>bob@example.org</EMailAddress><AcceptableResponseSchema>\
            http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>\
            </Request></Autodiscover>";
        let mut line = world.line();
        line.send(format!(
            "POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\nAuthorization: {ANN}\r\nUser-Agent: {agent}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        String::from_utf8(line.reply().body).unwrap()
    };
    assert!(ask("Microsoft Office/14.0 (Windows NT 6.1; Microsoft Outlook 14.0.4321; Pro)").contains("601"));
    let told = lines_with("[14, 0, 4321]");
    assert!(told[0].contains("bob@example.org from 127.0.0.1") && told[0].contains("KB2965295"), "{told:?}");
    assert!(ask("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.4321; Pro)").contains("601"));
    assert!(lines_with("[16, 0, 4321]")[0].contains("MapiHttpDisabled"));
}
