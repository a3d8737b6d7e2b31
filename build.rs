//! Revision and date for `mailstead version`, and two things asked of the linker. Generates no code.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    let revision = output("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".into());
    let date = output("git", &["log", "-1", "--format=%cs"]).unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=MAILSTEAD_REVISION={revision}");
    println!("cargo::rustc-env=MAILSTEAD_DATE={date}");
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=build.rs");
    shrink();
}

/// A smaller program, where the linker is surely the one that understands: the LLD that the x86_64
/// toolchain brings and uses. Functions with the same code are kept once, and, where the C library
/// can read them (since 2.36), relocations are packed. Measured together: a tenth of the program.
fn shrink() {
    const TARGET: &str = "x86_64-unknown-linux-gnu";
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|it| it == value);
    let own_flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if !is("TARGET", TARGET) || !is("HOST", TARGET) || own_flags.contains("linker") || own_flags.contains("fuse-ld") {
        return;
    }
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let Some(sysroot) = output(&rustc, &["--print", "sysroot"]) else { return };
    if !Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("bin/gcc-ld/ld.lld").exists() {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    let version = output("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_default();
    let minor = version.strip_prefix("glibc 2.").and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_some_and(|minor| minor >= 36) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// What a program prints, if it succeeds and prints anything.
fn output(program: &str, args: &[&str]) -> Option<String> {
    let out = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    (out.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
