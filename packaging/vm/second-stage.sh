#!/bin/sh
# First process of a machine whose Debian is unpacked but not configured: configures it and writes it,
# as an archive for the kernel, to the disk.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
/debootstrap/debootstrap --second-stage >/second-stage.log 2>&1 || tail -n 20 /second-stage.log
for module in virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
    insmod "/vm/$module.ko"
done
sleep 1
rm -rf /debootstrap /second-stage.log /vm /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /usr/share/doc/* \
    /usr/share/locale/*
: >/etc/machine-id
if dpkg-query -W systemd-sysv kmod >/dev/null && [ -b /dev/vda ]; then
    find / -xdev -print0 | cpio --null -o -H newc 2>/tmp/cpio.log >/dev/vda
    blocks=$(sed -n 's/ blocks.*//p' /tmp/cpio.log)
    sync
    echo "SECOND STAGE WROTE $((blocks * 512))"
fi
mountpoint -q /proc || mount -t proc proc /proc
echo o >/proc/sysrq-trigger
sleep 60
