#!/usr/bin/env bash
# A toolchain that knows one more target, where rustup cannot download:
# cross/toolchain.sh DIRECTORY TARGET
#
# DIRECTORY/bin/rustc is the machine's rustc with DIRECTORY as its root: the libraries it has, and
# the standard library of TARGET, built from the sources in Debian's package rust-src of the same
# version. What is built with it needs no unstable flag. What is there already is not built again.
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: cross/toolchain.sh DIRECTORY TARGET" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd -P)
mkdir -p "$1"
toolchain=$(cd "$1" && pwd -P) target=$2

rustc=$(command -v rustc) cargo=$(command -v cargo)
root=$("$rustc" --print sysroot)
# rustup's proxies would look for a toolchain by directory; what they stand for does not.
[ ! -x "$root/bin/rustc" ] || rustc=$root/bin/rustc
[ ! -x "$root/bin/cargo" ] || cargo=$root/bin/cargo
version=$("$rustc" --version | cut -d' ' -f2)
stamp=$("$rustc" --version --verbose | sha256sum | cut -c1-16)

# A toolchain made with another compiler is of no use.
if [ "$(cat "$toolchain/stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$toolchain/bin" "$toolchain/lib"
    mkdir -p "$toolchain/bin" "$toolchain/lib/rustlib"
    printf '#!/bin/sh\nexec "%s" --sysroot "%s" "$@"\n' "$rustc" "$toolchain" >"$toolchain/bin/rustc"
    printf '#!/bin/sh\nRUSTC="%s" exec "%s" "$@"\n' "$toolchain/bin/rustc" "$cargo" >"$toolchain/bin/cargo"
    chmod +x "$toolchain/bin/rustc" "$toolchain/bin/cargo"
    for known in "$root"/lib/rustlib/*-*-*; do
        [ ! -d "$known/lib" ] || ln -s "$known" "$toolchain/lib/rustlib/"
    done
    echo "$stamp" >"$toolchain/stamp"
fi
if [ -d "$toolchain/lib/rustlib/$target/lib" ] && [ ! -L "$toolchain/lib/rustlib/$target" ]; then exit 0; fi

# The sources: testing's and unstable's rust-src belong to their own compilers; backports carry
# several versions.
source=$toolchain/source/$version
if [ ! -f "$source/library/sysroot/Cargo.toml" ]; then
    # shellcheck source=cross/apt.sh
    . "$here/apt.sh"
    isolated_apt "$toolchain/apt" amd64 bookworm-backports trixie trixie-backports sid
    package=$("${apt_cache[@]}" madison rust-src | awk '{ print $3 }' | grep -m 1 "^$version" || true)
    if [ -z "$package" ]; then
        echo "error: Debian has no rust-src $version, which is the version of $rustc" >&2
        echo "hint: rustup target add $target, or a compiler of one of these versions:" \
            "$("${apt_cache[@]}" madison rust-src | awk '{ print $3 }' | tr '\n' ' ')" >&2
        exit 1
    fi
    rm -rf "$toolchain/source" && mkdir -p "$source"
    (cd "$toolchain/source" && "${apt_get[@]}" download "rust-src=$package")
    # The package is not installed: it is in conflict with rustup.
    dpkg-deb --fsys-tarfile "$toolchain"/source/rust-src_*.deb |
        tar -x -C "$source" --strip-components=4 "./usr/src/rustc-$version/library"
    rm "$toolchain"/source/rust-src_*.deb
fi

# The workspace without its tests, whose dependencies Debian does not carry.
library=$source/library
if [ ! -f "$library/.trimmed" ]; then
    rm -f "$library/Cargo.lock"
    sed -i '/^members = \[/,/^\]/c members = ["std"]' "$library/Cargo.toml"
    for manifest in "$library"/*/Cargo.toml; do
        sed -i '/^\[dev-dependencies/,/^\[/{/^\[dev-dependencies/d;/^\[/!d}' "$manifest"
    done
    # compiler_builtins names cc for C code that is not asked for here: the name has to be there.
    mkdir -p "$library/vendor/cc/src"
    printf '[package]\nname = "cc"\nversion = "1.2.0"\n' >"$library/vendor/cc/Cargo.toml"
    echo '{"files":{}}' >"$library/vendor/cc/.cargo-checksum.json"
    : >"$library/vendor/cc/src/lib.rs"
    mkdir -p "$library/.cargo"
    printf '[source.crates-io]\nreplace-with = "vendor"\n[source.vendor]\ndirectory = "vendor"\n' \
        >"$library/.cargo/config.toml"
    touch "$library/.trimmed"
fi

# As the makers of Rust build it: bitcode for link-time optimisation, and every crate marked as part
# of the standard library. panic_abort gets its own flag from the workspace's profile.
echo "building the standard library of $target from Debian's rust-src $version" >&2
build=$toolchain/build/$target
flags=(-Cembed-bitcode=yes -Zforce-unstable-if-unmarked "--remap-path-prefix=$library=/rustc/library")
encoded=$(printf '%s\x1f' "${flags[@]}")
(
    cd "$library"
    unset RUSTFLAGS CARGO_BUILD_TARGET
    RUSTC_BOOTSTRAP=1 RUSTC=$rustc CARGO_ENCODED_RUSTFLAGS=${encoded%?} __CARGO_DEFAULT_LIB_METADATA=stablestd \
        CARGO_TARGET_DIR=$build "$cargo" build --offline --release --target "$target" \
        --manifest-path std/Cargo.toml --features panic-unwind,backtrace,compiler-builtins-mem
)
libraries=$toolchain/lib/rustlib/$target
rm -rf "$libraries" "$libraries.new"
mkdir -p "$libraries.new/lib"
cp "$build/$target/release/deps/"*.rlib "$libraries.new/lib/"
mv "$libraries.new" "$libraries"
rm -rf "$build"
