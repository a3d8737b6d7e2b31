#!/usr/bin/env bash
# Debian packages: packaging/deb.sh [ARCHITECTURE...]      (arm64, armhf, amd64; all by default)
#
# Binaries that target/dist lacks are built by cross/build.sh first; --fresh builds them anyway. The
# packages come to target/dist/mailstead_VERSION_ARCHITECTURE.deb; of one commit they are always the
# same bytes. MAILSTEAD_DEB_VERSION and MAILSTEAD_MAINTAINER say otherwise than Cargo.toml and git.
set -euo pipefail
umask 022
root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
cache=${MAILSTEAD_CACHE:-$root/target/cross}
dist=${MAILSTEAD_DIST:-$root/target/dist}
mkdir -p "$dist"
fresh=
[ "${1:-}" != --fresh ] || { fresh=1; shift; }
architectures=("$@")
[ $# -gt 0 ] || architectures=(arm64 armhf amd64)
command -v dpkg-deb >/dev/null || { echo "error: there is no dpkg-deb" >&2; exit 1; }

version=${MAILSTEAD_DEB_VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)-1}
maintainer=${MAILSTEAD_MAINTAINER:-$(git log -1 --format='%an <%ae>')}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export MAILSTEAD_CACHE=$cache MAILSTEAD_DIST=$dist

target_of() {
    local file
    for file in cross/*-*.sh; do
        # shellcheck source=/dev/null
        if [ "$(. "./$file" && echo "$deb_architecture")" = "$1" ]; then basename "$file" .sh; return; fi
    done
    echo "error: there is no target for $1" >&2
    return 1
}

# Pages and completions are printed by a binary that runs here.
host=$(target_of "$(dpkg --print-architecture)")
needed=()
for target in "$host" $(for it in "${architectures[@]}"; do target_of "$it"; done); do
    if [ -n "$fresh" ] || [ ! -x "$dist/$target/mailstead" ]; then needed+=("$target"); fi
done
[ ${#needed[@]} -eq 0 ] || cross/build.sh $(printf '%s\n' "${needed[@]}" | sort -u)
mailstead=$dist/$host/mailstead

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

notices() {
    local libc
    libc=$(find "$cache/tools" -path '*/libc/musl/COPYRIGHT' | head -n 1)
    python3 packaging/notices.py "$1" ${libc:+"musl=$libc"} "Rust's standard library, first licence=LICENSE-APACHE"
}

package() {
    local architecture=$1 target tree doc
    target=$(target_of "$architecture")
    tree=$work/$architecture
    doc=$tree/usr/share/doc/mailstead
    install -D -m 755 "$dist/$target/mailstead" "$tree/usr/bin/mailstead"
    install -D -m 644 packaging/mailstead.toml "$tree/etc/mailstead/mailstead.toml"
    install -D -m 644 packaging/mailstead.service "$tree/lib/systemd/system/mailstead.service"
    install -D -m 644 packaging/mailstead.socket "$tree/lib/systemd/system/mailstead.socket"
    install -D -m 644 packaging/mailstead.sysusers "$tree/usr/lib/sysusers.d/mailstead.conf"
    install -D -m 644 packaging/debian/lintian-overrides "$tree/usr/share/lintian/overrides/mailstead"

    mkdir -p "$tree"/usr/share/{man/man1,man/man5,bash-completion/completions,zsh/vendor-completions}
    mkdir -p "$tree/usr/share/fish/vendor_completions.d" "$doc/examples"
    "$mailstead" generate man mailstead.1 | gzip -9n >"$tree/usr/share/man/man1/mailstead.1.gz"
    "$mailstead" generate man mailstead.toml.5 | gzip -9n >"$tree/usr/share/man/man5/mailstead.toml.5.gz"
    "$mailstead" generate completion bash >"$tree/usr/share/bash-completion/completions/mailstead"
    "$mailstead" generate completion zsh >"$tree/usr/share/zsh/vendor-completions/_mailstead"
    "$mailstead" generate completion fish >"$tree/usr/share/fish/vendor_completions.d/mailstead.fish"
    "$mailstead" config example >"$doc/examples/mailstead.toml"

    gzip -9n <CHANGELOG.md >"$doc/changelog.gz"
    changelog | gzip -9n >"$doc/changelog.Debian.gz"
    copyright >"$doc/copyright"
    notices "$target" | gzip -9n >"$doc/THIRD-PARTY.gz"

    mkdir "$tree/DEBIAN"
    install -m 755 packaging/debian/{preinst,postinst,prerm,postrm} "$tree/DEBIAN/"
    # A conffile that never changes with a release: so an upgrade never asks about it.
    echo /etc/mailstead/mailstead.toml >"$tree/DEBIAN/conffiles"
    (cd "$tree" && find usr lib -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    control "$architecture" "$(du -sk --apparent-size "$tree" | cut -f1)" >"$tree/DEBIAN/control"
    chmod -R u=rwX,go=rX "$tree"
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz --build "$tree" "$dist/mailstead_${version}_$architecture.deb" >/dev/null
    printf '%s  %d bytes  sha256 %s\n' "mailstead_${version}_$architecture.deb" \
        "$(stat -c %s "$dist/mailstead_${version}_$architecture.deb")" \
        "$(sha256sum <"$dist/mailstead_${version}_$architecture.deb" | cut -d' ' -f1)"
}

control() {
    cat <<CONTROL
Package: mailstead
Version: $version
Architecture: $1
Maintainer: $maintainer
Installed-Size: $2
Depends: init-system-helpers (>= 1.54), systemd | systemd-standalone-sysusers | adduser
Recommends: ca-certificates
Section: mail
Priority: optional
Description: Exchange-compatible mail server for classic Outlook
 Mailstead serves mailboxes to classic Outlook for Windows over MAPI over HTTP,
 the protocol of Exchange, without a plug-in. It is one binary with one data
 file, made for small machines such as a Raspberry Pi.
 .
 After the installation, "mailstead setup you@example.org" makes the
 configuration, a certificate authority and the first mailbox.
CONTROL
}

changelog() {
    cat <<CHANGELOG
mailstead ($version) unstable; urgency=medium

  * Built from revision $(git rev-parse --short=12 HEAD); changelog.gz says what is new.

 -- $maintainer  $(LC_ALL=C date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
CHANGELOG
}

copyright() {
    local year
    year=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y)
    cat <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Mailstead
Comment: The binary is static; THIRD-PARTY.gz beside this file holds the notices
 and licences of every library in it. All of them are permissive.

Files: *
Copyright: $year the authors of Mailstead
License: MIT or Apache-2.0

License: MIT
$(sed -e '1,/^Permission is/{/^Permission is/!d}' -e 's/^$/./' -e 's/^/ /' LICENSE-MIT)

License: Apache-2.0
 On Debian systems the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
COPYRIGHT
}

for architecture in "${architectures[@]}"; do package "$architecture"; done
if command -v lintian >/dev/null; then
    for architecture in "${architectures[@]}"; do
        lintian --fail-on error,warning "$dist/mailstead_${version}_$architecture.deb"
    done
    echo "lintian has nothing to say but for the overrides"
else
    echo "NOT CHECKED: lintian is not installed"
fi
