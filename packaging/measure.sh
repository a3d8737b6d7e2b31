#!/usr/bin/env bash
# The figures of the README: packaging/measure.sh, after packaging/deb.sh. It fails where a promise is
# broken: binaries static and at most 5 MB, packages at most 3 MB, memory at most 6 MB.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
dist=${MAILSTEAD_DIST:-$root/target/dist}
broken=0
row() { printf '| %-38s | %-10s | %s\n' "$1" "$2" "$3"; }
check() { [ "$1" -le "$2" ] || { echo "error: $1 is more than $2" >&2; broken=1; }; }

for binary in "$dist"/*/mailstead; do
    target=$(basename "$(dirname "$binary")")
    ! grep -qs '^only_when_named=' "cross/$target.sh" || continue
    kind=$(LC_ALL=C file -b "$binary")
    case $kind in *'statically linked'*stripped*) ;; *) echo "error: $binary: $kind" >&2; broken=1 ;; esac
    linked=$(LC_ALL=C ldd "$binary" 2>&1 || true)
    case $linked in *'not a dynamic executable'* | *'statically linked'*) ;; *) echo "error: $linked" >&2; broken=1 ;; esac
    size=$(stat -c %s "$binary")
    check "$size" 5000000
    row "binary, $target" "$(awk "BEGIN { printf \"%.2f MB\", $size / 1e6 }")" 'static (file, ldd), stripped'
done
for deb in "$dist"/*.deb; do
    [ -e "$deb" ] || { echo "error: there are no packages; packaging/deb.sh makes them" >&2; broken=1; break; }
    size=$(stat -c %s "$deb")
    check "$size" 3000000
    row "package, $(dpkg-deb --field "$deb" Architecture)" "$(awk "BEGIN { printf \"%.2f MB\", $size / 1e6 }")" ''
done

# Memory: the demo's mail, served over TLS, one second after the start.
mailstead=$dist/$(uname -m)-unknown-linux-musl/mailstead
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cat >"$work/m.toml" <<TOML
data = "data"
hostname = "localhost"
domains = ["example.test"]
[listen]
https = ["127.0.0.1:0"]
http = []
TOML
for user in ann bob; do
    echo secret | "$mailstead" --config "$work/m.toml" setup "$user@example.test" --yes --password-stdin >/dev/null
done
"$mailstead" --config "$work/m.toml" import ann@example.test src/cli/demo/mail/*.eml >/dev/null
"$mailstead" --config "$work/m.toml" serve >"$work/out" 2>/dev/null &
server=$!
until [ -s "$work/out" ]; do sleep 0.05; done
sleep 1
resident=$(awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$server/status")
check "$resident" 6000000
row "memory, $(uname -m), 1 s after start" "$(awk "BEGIN { printf \"%.2f MB\", $resident / 1e6 }")" 'VmRSS, with the data of the demo'
row '  of it anonymous' "$(awk '/^RssAnon/ { printf "%.2f MB", $2 * 1.024e-3 }' "/proc/$server/status")" 'RssAnon; the rest is the binary and the data file in the page cache'
exit $broken
