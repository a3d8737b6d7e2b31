#!/usr/bin/env bash
# The packages in virtual machines: packaging/vmtest.sh [smoke|width|4k|16k|armhf...]     (all by default)
#
#   4k     Debian arm64, kernel with pages of 4 KiB: Raspberry Pi 3, 4, Zero 2
#   16k    the same packages under a kernel with pages of 16 KiB: Raspberry Pi 5
#   armhf  Debian armhf, the 32-bit package, under the 64-bit kernel with pages of 4 KiB: Debian's own
#          32-bit libraries are not made for pages of 16 KiB, which only the binary alone meets (smoke)
#   smoke  only the binaries: the demo under both kernels, 64 bits and 32; a minute
#   width  everything moves from 64 bits to 32 and back by dump and load, and a client goes on
#
# 4k, 16k and armhf each boot a minimal Debian with systemd in qemu-system-aarch64, all in memory, install the
# package of target/dist (packaging/deb.sh makes it if it is not there), and do what an administrator
# does: packaging/vm/test.sh. Kernels and Debian come from the mirror of this machine's apt and stay in
# $MAILSTEAD_CACHE/vm; the first run takes minutes for that, later ones a minute or two.
#
# --pieces only says whether what it takes is installed.
# Exit status: 0 all ran and passed, 1 something failed, 77 not run, as pieces are missing here.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
suite=bookworm
cache=${MAILSTEAD_CACHE:-$root/target/cross}/vm
dist=${MAILSTEAD_DIST:-$root/target/dist}
mkdir -p "$cache" "$dist"
only_pieces=
[ "${1:-}" != --pieces ] || { only_pieces=1; shift; }
machines=("$@")
[ $# -gt 0 ] || machines=(smoke width 4k 16k armhf)

missing=()
for piece in qemu-system-aarch64:qemu-system-arm debootstrap:debootstrap cpio:cpio dpkg-deb:dpkg apt-get:apt; do
    command -v "${piece%:*}" >/dev/null || missing+=("${piece#*:}")
done
[ "$(id -u)" = 0 ] || missing+=("the rights of root, for debootstrap")
if [ ${#missing[@]} -gt 0 ]; then
    echo "NOT RUN: packages in a virtual machine; there is no: $(IFS=,; echo "${missing[*]}")"
    exit 77
fi
[ -z "$only_pieces" ] || exit 0
# shellcheck source=cross/apt.sh
. cross/apt.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $cache/kernel-NAME: vmlinuz and, beside it, the modules for a disk.
kernel() {
    local name=$1 package directory=$cache/kernel-$1
    [ ! -f "$directory/vmlinuz" ] || return 0
    isolated_apt "$cache/apt" arm64 "$suite" "$suite-backports"
    case $name in 4k) package=linux-image-cloud-arm64 ;; 16k) package=linux-image-arm64-16k ;; esac
    package=$("${apt_cache[@]}" depends "$package" | awk '/Depends: linux-image/ { print $2; exit }')
    echo "kernel: $package"
    rm -rf "$work/kernel" "$directory" && mkdir "$work/kernel"
    (cd "$work/kernel" && "${apt_get[@]}" download "$package" && dpkg-deb -x ./*.deb .)
    mkdir "$directory"
    find "$work/kernel" -name 'virtio*.ko' -exec cp {} "$directory" \;
    cp "$work"/kernel/boot/vmlinuz-* "$directory/vmlinuz"
}

# boot KERNEL INITRAMFS INIT SECONDS [QEMU ARGUMENT...]; an A76 is what a Pi 5 has, and has 16 KiB pages.
boot() {
    local kernel=$1 initramfs=$2 init=$3 seconds=$4
    shift 4
    timeout --foreground "$seconds" qemu-system-aarch64 -machine virt -cpu cortex-a76 -smp 2 -m 2560 -nographic \
        -no-reboot -nic none -kernel "$cache/kernel-$kernel/vmlinuz" -initrd "$initramfs" \
        -append "console=ttyAMA0 rdinit=$init quiet panic=-1 systemd.show_status=0 systemd.firstboot=off systemd.mask=serial-getty@ttyAMA0.service" \
        "$@" </dev/null
}

# $cache/debian-ARCHITECTURE.cpio: a minimal Debian. Its packages are configured in a machine of their
# own architecture, which writes the result to its disk.
debian() {
    local architecture=$1 tree=$work/debian disk=$work/disk length
    [ ! -f "$cache/debian-$architecture.cpio" ] || return 0
    kernel 4k
    echo "debian: $suite $architecture"
    rm -rf "$tree" "$disk"
    debootstrap --foreign --arch="$architecture" --variant=minbase --include=systemd,systemd-sysv,kmod,cpio \
        "$suite" "$tree" "$(debian_mirror)" >"$work/debootstrap.log" || { tail "$work/debootstrap.log" >&2; return 1; }
    # Inside a container debootstrap makes /proc a link to itself.
    rm -f "$tree"/{proc,sys,dev} 2>/dev/null || true
    mkdir -p "$tree"/{vm,proc,sys,dev}
    cp "$cache"/kernel-4k/*.ko packaging/vm/second-stage.sh "$tree/vm/"
    (cd "$tree" && find . -print0 | cpio --quiet --null -o -H newc) >"$work/first.cpio"
    rm -rf "$tree"
    truncate -s 1G "$disk"
    boot 4k "$work/first.cpio" /vm/second-stage.sh 1800 -drive "file=$disk,if=virtio,format=raw" |
        tee "$work/second.log"
    length=$(tr -d '\r' <"$work/second.log" | sed -n 's/^SECOND STAGE WROTE \([0-9]*\)$/\1/p')
    [ -n "$length" ] || { echo "error: Debian could not be configured" >&2; return 1; }
    head -c "$length" "$disk" >"$cache/debian-$architecture.cpio.new"
    mv "$cache/debian-$architecture.cpio.new" "$cache/debian-$architecture.cpio"
    rm -f "$disk" "$work/first.cpio"
}

# What the machine finds in /vm: the package, the same as an older release, mail, and what to do.
cargo_of() {
    local architecture=$1 tree=$work/vm deb
    deb=$(find "$dist" -maxdepth 1 -name "mailstead_*_$architecture.deb" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    rm -rf "$tree" && mkdir -p "$tree/vm" "$tree/etc/systemd/system/multi-user.target.wants"
    cp "$deb" "$tree/vm/new.deb"
    dpkg-deb --raw-extract "$deb" "$work/old"
    sed -i 's/^Version: .*/Version: 0.0.1-1/' "$work/old/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip --build "$work/old" "$tree/vm/old.deb" >/dev/null
    rm -rf "$work/old"
    cp packaging/vm/test.sh packaging/vm/start.sh "$tree/vm/"
    cp src/cli/demo/mail/06-text-attachment.eml "$tree/vm/letter.eml"
    cp packaging/vm/vm-test.service "$tree/etc/systemd/system/"
    ln -s ../vm-test.service "$tree/etc/systemd/system/multi-user.target.wants/"
    (cd "$tree" && find . -print0 | cpio --quiet --null --owner=0:0 -o -H newc)
}

# smoke KERNEL SCRIPT NAME=TARGET...: a shell, binaries by their names, and what to do; nothing else.
smoke() {
    local kernel=$1 script=$2 pair target tree=$work/smoke
    shift 2
    kernel "$kernel"
    if [ ! -f "$cache/busybox" ]; then
        isolated_apt "$cache/apt" arm64 "$suite" "$suite-backports"
        rm -rf "$work/busybox" && mkdir "$work/busybox"
        (cd "$work/busybox" && "${apt_get[@]}" download busybox-static && dpkg-deb -x ./*.deb .)
        cp "$(find "$work/busybox" -name busybox -type f -perm -u+x | head -n 1)" "$cache/busybox"
    fi
    rm -rf "$tree" && mkdir -p "$tree"/{bin,etc}
    for pair; do
        target=${pair#*=}
        [ -x "$dist/$target/mailstead" ] || cross/build.sh "$target"
        cp "$dist/$target/mailstead" "$tree/bin/${pair%%=*}"
    done
    cp "$cache/busybox" "$tree/bin/"
    ln -s busybox "$tree/bin/sh"
    cp "packaging/vm/$script" "$tree/init"
    cp src/cli/demo/mail/06-text-attachment.eml "$tree/letter.eml"
    echo '127.0.0.1 localhost autodiscover.example.test' >"$tree/etc/hosts"
    printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n' >"$tree/etc/passwd"
    (cd "$tree" && find . -print0 | cpio --quiet --null --owner=0:0 -o -H newc) >"$work/smoke.cpio"
    printf '\n== %s: %s under pages of %s\n' "$script" "$*" "$kernel"
    boot "$kernel" "$work/smoke.cpio" /init 600 | tee "$work/smoke.log" || true
    grep -q '^SMOKE TEST PASSED' "$work/smoke.log" || failed+=("$script $* $kernel")
}

failed=()
for machine in "${machines[@]}"; do
    case $machine in
    smoke)
        for kernel in 4k 16k; do
            smoke "$kernel" smoke.sh mailstead=aarch64-unknown-linux-musl
            smoke "$kernel" smoke.sh mailstead=arm-unknown-linux-musleabihf
        done
        continue
        ;;
    width)
        smoke 4k width.sh mailstead-64=aarch64-unknown-linux-musl mailstead-32=arm-unknown-linux-musleabihf
        continue
        ;;
    4k) kernel=4k architecture=arm64 ;;
    16k) kernel=16k architecture=arm64 ;;
    armhf) kernel=4k architecture=armhf ;;
    *) echo "error: there is no machine $machine" >&2; exit 2 ;;
    esac
    kernel "$kernel"
    debian "$architecture"
    compgen -G "$dist/mailstead_*_$architecture.deb" >/dev/null || packaging/deb.sh "$architecture"
    printf '\n== %s: %s under pages of %s\n' "$machine" "$architecture" "$kernel"
    { cat "$cache/debian-$architecture.cpio" && cargo_of "$architecture"; } >"$work/initramfs.cpio"
    boot "$kernel" "$work/initramfs.cpio" /vm/start.sh 1200 | tee "$work/$machine.log" || true
    grep -q '^VM TEST PASSED' "$work/$machine.log" || failed+=("$machine")
done
[ ${#failed[@]} -eq 0 ] || { echo "FAILED: ${failed[*]}"; exit 1; }
printf '\npassed: %s\n' "${machines[*]}"
