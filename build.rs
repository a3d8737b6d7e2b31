//! Revision and date for `mailstead version`. Generates no code.

use std::process::Command;

fn main() {
    let revision = given("MAILSTEAD_REVISION", &["rev-parse", "--short=12", "HEAD"]);
    let date = given("MAILSTEAD_DATE", &["log", "-1", "--format=%cs"]);
    println!("cargo::rustc-env=MAILSTEAD_REVISION={revision}");
    println!("cargo::rustc-env=MAILSTEAD_DATE={date}");
    // The log of HEAD grows with every commit; HEAD itself only names the branch.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}

/// What the build script says, as where there is no git, else what git says.
fn given(variable: &str, args: &[&str]) -> String {
    println!("cargo::rerun-if-env-changed={variable}");
    std::env::var(variable).ok().or_else(|| git(args)).unwrap_or_else(|| "unknown".into())
}

fn git(args: &[&str]) -> Option<String> {
    let out = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    (out.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
