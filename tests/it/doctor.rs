//! `doctor`: what it sees, and what it says to do.

use crate::cli::Home;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let home = Home::with_ann();
    home.write(
        "t.toml",
        "data = \"./t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n[listen]\nhttps = [\"127.0.0.1:1\"]\n",
    );
    assert_eq!(home.run("--config t.toml user set ann@example.test --mapi-http off").status, 0);
    let said = home.run("--config t.toml doctor");
    assert_eq!(said.status, 1);
    for line in [
        "ok    the clock is plausible",
        "ok    nobody else reads the data and the keys",
        "ok    the data file has ",
        "FAIL  https://localhost:1",
        "FAIL  https://autodiscover.example.test:443",
        "      ann@example.test is switched off (user set --mapi-http)",
        "ok    1 mailboxes, 1 of them closed to Outlook",
        "FAIL  the server: it does not run",
        "      hint: mailstead serve starts it",
    ] {
        assert!(said.out.lines().any(|seen| seen.starts_with(line)), "{line}\n{}", said.out);
    }
    fs::set_permissions(home.path("t"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(home.path("t/mailstead.mdb"), fs::Permissions::from_mode(0o644)).unwrap();
    let said = home.run("--config t.toml doctor");
    assert!(said.out.contains("mailstead.mdb: others can read it\n      hint: chmod go= "), "{}", said.out);
}
