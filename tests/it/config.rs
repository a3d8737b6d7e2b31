//! The configuration file: what it may say, and what is said about the rest.

use mailstead::config::{Addition, Config, Network, SETTINGS, Surroundings, add, example, nearest};
use std::path::Path;

fn parse(text: &str) -> Result<Config, String> {
    let around = Surroundings { file: Path::new("/etc/m/m.toml"), data: None, runtime_directory: None };
    Config::parse(text, &around).map_err(|error| match error.hint {
        Some(hint) => format!("{} | {hint}", error.message),
        None => error.message,
    })
}

const LEAST: &str = "hostname = \"Mail.example.org\"\ndomains = [\"example.org\"]\n";

/// MS-OXCMAPIHTTP R158 R1215
#[test]
fn the_defaults_are_those_of_the_issue() {
    let config = parse(LEAST).unwrap();
    assert_eq!(config.data, Path::new("/var/lib/mailstead"));
    assert_eq!(config.runtime, Path::new("/var/lib/mailstead/run"));
    assert_eq!(config.hostname, "mail.example.org");
    assert_eq!(config.domains, ["example.org"]);
    assert_eq!(config.organization, "Mailstead");
    assert_eq!(config.listen_https, ["[::]:443".parse().unwrap()]);
    assert_eq!(config.listen_http, ["[::]:80".parse().unwrap()]);
    assert!(config.listen_plain.is_empty() && config.proxy_trusted.is_empty());
    assert_eq!((config.session_expiry_s, config.session_pending_period_s), (43200, 30));
    assert_eq!(config.session_notification_wait_s, 300);
    assert_eq!(config.certificate_names(), ["mail.example.org", "autodiscover.example.org"]);
}

#[test]
fn relative_paths_start_at_the_file() {
    let text = format!("data = \"./t\"\n{LEAST}[tls]\ncertificate = \"c.pem\"\nkey = \"/k.pem\"\n");
    let config = parse(&text).unwrap();
    assert_eq!(config.data, Path::new("/etc/m/./t"));
    assert_eq!(config.tls_certificate, Path::new("/etc/m/c.pem"));
    assert_eq!(config.tls_key, Path::new("/k.pem"));
    let around = Surroundings {
        file: Path::new("m.toml"),
        data: Some(Path::new("elsewhere")),
        runtime_directory: Some("/run/one:/run/two"),
    };
    let config = Config::parse(&text, &around).unwrap();
    assert_eq!((config.data.as_path(), config.runtime.as_path()), (Path::new("elsewhere"), Path::new("/run/one")));
}

#[test]
fn the_port_shows_in_the_urls_unless_it_is_443() {
    let config = parse(&format!("{LEAST}[urls]\nexternal = \"https://out.example.org:8443/\"\n")).unwrap();
    let urls = config.base_urls(None);
    assert_eq!(urls, ("https://mail.example.org".into(), "https://out.example.org:8443".into()));
    assert_eq!(config.base_urls(Some(4433)).0, "https://mail.example.org:4433");
    assert!(config.certificate_names().contains(&"out.example.org".into()));
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_a_hint() {
    let hint = |more: &str| parse(&format!("{LEAST}{more}")).unwrap_err();
    for (more, wanted) in [
        ("hostnam = \"x\"", "/etc/m/m.toml line 3: unknown setting hostnam | did you mean hostname?"),
        ("https = []", "/etc/m/m.toml line 3: unknown setting https | did you mean listen.https?"),
        ("[listne]\nhttps = []", "/etc/m/m.toml line 3: unknown setting listne"),
        ("[listen]\nhtps = []", "/etc/m/m.toml line 4: unknown setting listen.htps | did you mean listen.https?"),
        ("zzzzzz = 1", "unknown setting zzzzzz | mailstead config example lists every setting"),
        ("data = 1", "line 3: data: is integer, not a string | for example data = \"/var/lib/mailstead\""),
        ("data = \"\"", "data: is empty"),
        ("[listen]\nplain = [\"192.168.1.1:80\"]", "192.168.1.1:80 is not a loopback address"),
        ("[listen]\nhttps = [\"localhost:80\"]", "localhost:80 is not an address with a port"),
        ("[tls]\nkey = \"k\"", "tls.certificate and tls.key belong together"),
        ("[session]\nexpiry = 0", "session.expiry: must be 1 to 2592000"),
        ("[session]\nexpiry = -1", "session.expiry: must be"),
        ("[session]\nexpiry = \"1\"", "session.expiry: is string, not a number of seconds"),
        ("[proxy]\ntrusted = [\"10.0.0.1/8\"]", "10.0.0.0/8 is the network"),
        ("[proxy]\ntrusted = [\"10.0.0.0/33\"]", "neither an address nor a network"),
        ("organization = \"a/b\"", "organization: wants"),
        ("organization = \"a \"", "organization: wants"),
        ("[urls]\ninternal = \"http://h\"", "must begin with https://"),
        ("[urls]\ninternal = \"https://h/mapi\"", "without a path"),
        ("data = ", "/etc/m/m.toml line 3: "),
        ("data = \"a\"\ndata = \"b\"", "duplicate key"),
    ] {
        let said = hint(more);
        assert!(said.contains(wanted), "{more:?}\n said {said}\n not  {wanted}");
        assert!(!said.contains('\n'), "one line: {said:?}");
    }
    assert!(parse("domains = [\"example.org\"]").unwrap_err().contains("hostname is missing"));
    assert!(parse("hostname = \"h.example\"").unwrap_err().contains("domains is missing"));
    assert!(parse("hostname = \"192.0.2.1\"").unwrap_err().contains("is an address"));
    assert!(parse("hostname = \"müll.example\"").unwrap_err().contains("xn--"));
    assert!(parse("hostname = \"h\"\ndomains = [\"a.b\", \"A.B\"]").unwrap_err().contains("twice"));
    assert!(parse("hostname = \"-h\"").unwrap_err().contains("not a host name"));
    // A section where a value belongs, and the other way round.
    assert!(parse("listen = 1").unwrap_err().contains("unknown setting listen"));
    assert!(parse("[data]\nx = 1").unwrap_err().contains("data: is table"));
}

#[test]
fn the_example_is_a_configuration_of_defaults() {
    let text = example(&[]);
    let config = parse(&text).unwrap();
    assert_eq!(config, parse("hostname = \"mail.example.org\"\ndomains = [\"example.org\"]").unwrap());
    for setting in SETTINGS {
        assert!(text.contains(setting.name()) && !setting.doc.is_empty(), "{}", setting.key);
    }
    // Every default may be uncommented.
    let all: String = text
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned() + "\n")
        .collect();
    assert_eq!(parse(&all).unwrap(), config);
    let given = example(&[("hostname", "\"h.example\"".into()), ("listen.https", "[\"127.0.0.1:0\"]".into())]);
    let config = parse(&given).unwrap();
    assert_eq!((config.hostname.as_str(), config.listen_https[0].port()), ("h.example", 0));
}

#[test]
fn additions_leave_the_rest_of_the_file_alone() {
    let file = Path::new("m.toml");
    let text = "# mine\n\ndata = \"t\" # here\n[listen]\nhttps = []\n";
    let with = add(
        text,
        &[
            Addition::Setting("hostname", "\"h.example\"".into()),
            Addition::Setting("data", "\"not this\"".into()),
            Addition::Entry("domains", "a.example".into()),
            Addition::Entry("domains", "b.example".into()),
            Addition::Entry("domains", "A.example".into()),
        ],
        file,
    )
    .unwrap();
    assert_eq!(
        with,
        "# mine\ndomains = [\"a.example\", \"b.example\"]\nhostname = \"h.example\"\n\ndata = \"t\" # here\n[listen]\nhttps = []\n"
    );
    let config = parse(&with).unwrap();
    assert_eq!(config.domains, ["a.example", "b.example"]);
    let lines = "domains = [\n  \"a.b\", # ours\n]\n";
    let with = add(lines, &[Addition::Entry("domains", "c.d".into())], file).unwrap();
    assert_eq!(with, "domains = [\n  \"a.b\", \"c.d\", # ours\n]\n");
    assert_eq!(add("domains = []", &[Addition::Entry("domains", "c.d".into())], file).unwrap(), "domains = [\"c.d\"]");
    assert!(add("domains = 1", &[Addition::Entry("domains", "c.d".into())], file).is_err());
    assert!(add("domains = ", &[Addition::Entry("domains", "c.d".into())], file).is_err());
}

#[test]
fn networks_hold_their_addresses() {
    let network = |text: &str| text.parse::<Network>();
    assert!(network("10.0.0.0/8").unwrap().contains("10.255.0.1".parse().unwrap()));
    assert!(network("10.0.0.0/8").unwrap().contains("::ffff:10.1.2.3".parse().unwrap()));
    assert!(!network("10.0.0.0/8").unwrap().contains("11.0.0.1".parse().unwrap()));
    assert!(network("0.0.0.0/0").unwrap().contains("203.0.113.9".parse().unwrap()));
    assert!(!network("0.0.0.0/0").unwrap().contains("::1".parse().unwrap()));
    assert!(network("::/0").unwrap().contains("2001:db8::1".parse().unwrap()));
    assert!(network("fd00::/8").unwrap().contains("fd12::1".parse().unwrap()));
    assert!(network("192.0.2.1").unwrap().contains("192.0.2.1".parse().unwrap()));
    assert!(!network("192.0.2.1").unwrap().contains("192.0.2.2".parse().unwrap()));
    assert_eq!(network("fd00::/8").unwrap().to_string(), "fd00::/8");
    assert_eq!(network("fd00::1/8").unwrap().to_string(), "fd00::/8");
    assert!(network("x/8").is_err() && network("::/129").is_err());
}

#[test]
fn the_nearest_name_is_near() {
    assert_eq!(nearest("lisetn.https", ["listen.https", "listen.http"]), Some("listen.https"));
    assert_eq!(nearest("xyzzy", ["listen.https", "data"]), None);
    assert_eq!(nearest("adn", ["add", "list"]), Some("add"));
}
