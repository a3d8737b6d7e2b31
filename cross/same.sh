#!/usr/bin/env bash
# Two builds of one commit are the same bytes: cross/same.sh [TARGET...]
#
# Builds what is committed twice, in two places of its own that share nothing but the downloads, and
# compares. Uncommitted changes are left out.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
export MAILSTEAD_CACHE=${MAILSTEAD_CACHE:-$root/target/cross}
mkdir -p "$MAILSTEAD_CACHE"
MAILSTEAD_CACHE=$(cd "$MAILSTEAD_CACHE" && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CARGO_TARGET_DIR

for place in "$work/one" "$work/another/place"; do
    git clone --quiet "$root" "$place"
    git -C "$place" checkout --quiet --detach "$(git -C "$root" rev-parse HEAD)"
    MAILSTEAD_DIST=$place/dist "$place/cross/build.sh" "$@"
done
different=0
for first in "$work"/one/dist/*/mailstead; do
    target=$(basename "$(dirname "$first")")
    if cmp "$first" "$work/another/place/dist/$target/mailstead"; then
        echo "the same bytes twice: $target $(sha256sum <"$first" | cut -d' ' -f1)"
    else
        different=1
    fi
done
exit $different
