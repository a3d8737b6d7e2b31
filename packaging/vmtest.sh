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
# $MAILSTEAD_CACHE/vm; the first run takes minutes for that. As many machines run at a time as there are
# processors: all of them take a quarter of an hour on two.
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

binary() { [ -x "$dist/$1/mailstead" ] || cross/build.sh "$1"; }
deb() { compgen -G "$dist/mailstead_*_$1.deb" >/dev/null || packaging/deb.sh "$1"; }

shell() {
    [ ! -f "$cache/busybox" ] || return 0
    isolated_apt "$cache/apt" arm64 "$suite" "$suite-backports"
    rm -rf "$work/busybox" && mkdir "$work/busybox"
    (cd "$work/busybox" && "${apt_get[@]}" download busybox-static && dpkg-deb -x ./*.deb .)
    cp "$(find "$work/busybox" -name busybox -type f -perm -u+x | head -n 1)" "$cache/busybox"
}

# What the machine MACHINE finds in /vm: the package, the same as an older release, mail, and what to do.
cargo_of() {
    local machine=$1 architecture=$2 tree=$work/$1.tree deb
    deb=$(find "$dist" -maxdepth 1 -name "mailstead_*_$architecture.deb" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    mkdir -p "$tree/vm" "$tree/etc/systemd/system/multi-user.target.wants"
    cp "$deb" "$tree/vm/new.deb"
    dpkg-deb --raw-extract "$deb" "$work/$machine.old"
    sed -i 's/^Version: .*/Version: 0.0.1-1/' "$work/$machine.old/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip --build "$work/$machine.old" "$tree/vm/old.deb" >/dev/null
    cp packaging/vm/test.sh packaging/vm/start.sh "$tree/vm/"
    cp src/cli/demo/mail/06-text-attachment.eml "$tree/vm/letter.eml"
    cp packaging/vm/vm-test.service "$tree/etc/systemd/system/"
    ln -s ../vm-test.service "$tree/etc/systemd/system/multi-user.target.wants/"
    (cd "$tree" && find . -print0 | cpio --quiet --null --owner=0:0 -o -H newc)
}

# installed MACHINE KERNEL ARCHITECTURE: Debian, the package in it, and an administrator's days.
installed() {
    local machine=$1 kernel=$2 architecture=$3
    printf '\n== %s: %s under pages of %s\n' "$machine" "$architecture" "$kernel"
    { cat "$cache/debian-$architecture.cpio" && cargo_of "$machine" "$architecture"; } >"$work/$machine.cpio"
    boot "$kernel" "$work/$machine.cpio" /vm/start.sh 1200 | tee "$work/$machine.log" || true
    grep -q '^VM TEST PASSED' "$work/$machine.log"
}

# bare MACHINE KERNEL SCRIPT NAME=TARGET...: a shell, binaries by their names, and what to do; nothing else.
bare() {
    local machine=$1 kernel=$2 script=$3 pair tree=$work/$1.tree
    shift 3
    rm -rf "$tree" && mkdir -p "$tree"/{bin,etc}
    for pair; do
        cp "$dist/${pair#*=}/mailstead" "$tree/bin/${pair%%=*}"
    done
    cp "$cache/busybox" "$tree/bin/"
    ln -s busybox "$tree/bin/sh"
    cp "packaging/vm/$script" "$tree/init"
    cp src/cli/demo/mail/06-text-attachment.eml "$tree/letter.eml"
    echo '127.0.0.1 localhost autodiscover.example.test' >"$tree/etc/hosts"
    printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n' >"$tree/etc/passwd"
    (cd "$tree" && find . -print0 | cpio --quiet --null --owner=0:0 -o -H newc) >"$work/$machine.cpio"
    printf '\n== %s: %s under pages of %s\n' "$script" "$*" "$kernel"
    boot "$kernel" "$work/$machine.cpio" /init 600 | tee "$work/$machine.log" || true
    grep -q '^SMOKE TEST PASSED' "$work/$machine.log"
}

# What a machine needs is made first, one after the other; then they run.
prepare() {
    case $1 in
    smoke | width)
        kernel 4k
        [ "$1" = width ] || kernel 16k
        binary aarch64-unknown-linux-musl
        binary arm-unknown-linux-musleabihf
        shell
        ;;
    4k | 16k)
        kernel "$1"
        debian arm64
        deb arm64
        ;;
    armhf)
        kernel 4k
        debian armhf
        deb armhf
        ;;
    *) echo "error: there is no machine $1" >&2; return 2 ;;
    esac
}

run() {
    local kernel
    case $1 in
    smoke)
        for kernel in 4k 16k; do
            bare "$1" "$kernel" smoke.sh mailstead=aarch64-unknown-linux-musl
            bare "$1" "$kernel" smoke.sh mailstead=arm-unknown-linux-musleabihf
        done
        ;;
    width) bare "$1" 4k width.sh mailstead-64=aarch64-unknown-linux-musl mailstead-32=arm-unknown-linux-musleabihf ;;
    4k | 16k) installed "$1" "$1" arm64 ;;
    armhf) installed "$1" 4k armhf ;;
    esac
}

for machine in "${machines[@]}"; do prepare "$machine"; done

# As many at a time as there are processors; what each says is printed whole when it is done.
failed=() names=()
finish() {
    local process
    if wait -n -p process; then :; else failed+=("${names[$process]}"); fi
    cat "$work/${names[$process]}.out"
    unset "names[$process]"
}
for machine in "${machines[@]}"; do
    [ ${#names[@]} -lt "$(nproc)" ] || finish
    run "$machine" >"$work/$machine.out" 2>&1 &
    names[$!]=$machine
done
while [ ${#names[@]} -gt 0 ]; do finish; done
[ ${#failed[@]} -eq 0 ] || { echo "FAILED: ${failed[*]}"; exit 1; }
printf '\npassed: %s\n' "${machines[*]}"
