#!/usr/bin/env bash
# Fully static binaries for other machines: cross/build.sh [TARGET...]
#
# Targets are the files *.sh beside this one that bear a target's name; without arguments, all that
# have packages. Wanted: Debian's rustc or rustup's, git, python3-venv. A C compiler is not: zig compiles the
# C code and links. The result is target/dist/TARGET/mailstead.
#
# Two builds of one commit give the same bytes, wherever they are made. What is downloaded or built
# on the way stays in $MAILSTEAD_CACHE (default: target/cross).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
cache=${MAILSTEAD_CACHE:-$root/target/cross}
dist=${MAILSTEAD_DIST:-$root/target/dist}
mkdir -p "$cache" "$dist"
cache=$(cd "$cache" && pwd -P)
dist=$(cd "$dist" && pwd -P)
cd "$root"

die() { echo "error: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

known=() usual=()
for file in cross/*-*.sh; do
    known+=("$(basename "$file" .sh)")
    grep -q '^only_when_named=' "$file" || usual+=("$(basename "$file" .sh)")
done
targets=("$@")
[ $# -gt 0 ] || targets=("${usual[@]}")
for target in "${targets[@]}"; do
    [ -f "cross/$target.sh" ] || die "there is no target $target" "${known[*]}"
done

# The compiler and linker for C.
tools=$cache/tools
if ! "$tools/bin/cargo-zigbuild" --version >/dev/null 2>&1; then
    rm -rf "$tools"
    python3 -m venv "$tools" || die "python3 -m venv does not work" "apt-get install python3-venv"
    "$tools/bin/pip" install --quiet ziglang==0.15.2 cargo-zigbuild==0.24.0
fi
export PATH=$tools/bin:$PATH
export CARGO_ZIGBUILD_CACHE_DIR=$cache/zigbuild ZIG_GLOBAL_CACHE_DIR=$cache/zig
export CARGO_ZIGBUILD_ZIG_PATH=$cache/zig.sh
# pip's zig is a Python module; a file that can be executed is what the linker's wrapper wants.
printf '#!/bin/sh\nexec "%s/bin/python" -m ziglang "$@"\n' "$tools" >"$CARGO_ZIGBUILD_ZIG_PATH"
chmod +x "$CARGO_ZIGBUILD_ZIG_PATH"

# The standard library of a target: the toolchain has it, or rustup fetches it, or it is built.
rustc=$(command -v rustc) || die "there is no rustc" "rustup, or apt-get install rustc cargo"
cargo=$(command -v cargo) || die "there is no cargo"
sysroot=$("$rustc" --print sysroot)
# rustup's proxies choose a toolchain by directory and environment; what they stand for does not.
[ ! -x "$sysroot/bin/cargo" ] || rustc=$sysroot/bin/rustc cargo=$sysroot/bin/cargo
has_std() { compgen -G "$("$rustc" --print target-libdir --target "$1")/libstd-*.rlib" >/dev/null; }
fetch_std() {
    command -v rustup >/dev/null || return
    rustup target add "$1" >/dev/null 2>&1 && has_std "$1" && return
    echo "rustup cannot download the standard library of $1" >&2
    return 1
}
private=$cache/toolchain

# What must not show in the result: where it was built, and when.
home=$(cd "${CARGO_HOME:-$HOME/.cargo}" && pwd -P)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
export MAILSTEAD_REVISION=${MAILSTEAD_REVISION:-$(git rev-parse --short=12 HEAD)}
export MAILSTEAD_DATE=${MAILSTEAD_DATE:-$(git log -1 --format=%cs)}
moved=("$root=/mailstead" "$home=/cargo" "$sysroot/lib/rustlib/src/rust=/rustc" "$cache=/cache")
target_dir=${CARGO_TARGET_DIR:-$root/target}

for target in "${targets[@]}"; do
    # shellcheck source=/dev/null
    . "$root/cross/$target.sh"
    flags=(-Clink-self-contained=no -Ctarget-feature=+crt-static -Crelocation-model=static ${rustflags[@]+"${rustflags[@]}"})
    cflags=(-fno-asynchronous-unwind-tables -fno-unwind-tables)
    for pair in "${moved[@]}"; do
        flags+=("--remap-path-prefix=$pair")
        cflags+=("-ffile-prefix-map=$pair")
    done
    if [ -z "${MAILSTEAD_STD_FROM_SOURCE:-}" ] && { has_std "$target" || fetch_std "$target"; }; then
        use_rustc=$rustc use_cargo=$cargo
    else
        "$root/cross/toolchain.sh" "$private" "$target"
        use_rustc=$private/bin/rustc use_cargo=$private/bin/cargo
    fi
    encoded=$(printf '%s\x1f' "${flags[@]}")
    variable=CFLAGS_${target//-/_}
    env -u RUSTFLAGS CARGO_ENCODED_RUSTFLAGS="${encoded%?}" "$variable=${cflags[*]}" CARGO_TARGET_DIR="$target_dir" \
        RUSTC="$use_rustc" CARGO="$use_cargo" PATH="$(dirname "$use_rustc"):$PATH" \
        cargo-zigbuild zigbuild --release --locked --target "$target" --bin mailstead
    mkdir -p "$dist/$target"
    install -m 755 "$target_dir/$target/release/mailstead" "$dist/$target/mailstead"
    printf '%s  %d bytes  sha256 %s\n' "$target" "$(stat -c %s "$dist/$target/mailstead")" \
        "$(sha256sum <"$dist/$target/mailstead" | cut -d' ' -f1)"
done
