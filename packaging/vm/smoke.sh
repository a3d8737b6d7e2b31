#!/bin/sh
# First process of a machine that has only a shell and the binary: runs the demo as an ordinary user.
export PATH=/bin HOME=/tmp
for name in mount ifconfig su uname poweroff mkdir; do ln -s busybox /bin/$name; done
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=1777 tmp /tmp
ifconfig lo 127.0.0.1 up
echo "machine: $(uname -r) $(uname -m)"
# On a terminal the demo would stay up.
su nobody -s /bin/sh -c 'mailstead version; mailstead demo >/tmp/demo 2>&1 </dev/null; status=$?; cat /tmp/demo; exit $status' && echo 'SMOKE TEST PASSED'
poweroff -f
