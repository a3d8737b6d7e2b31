#!/bin/sh
# First process of a machine that has a shell and the binaries of 64 and of 32 bits: everything moves
# from one to the other and back, and a client goes on with what it knew.
export PATH=/bin HOME=/tmp
for name in mount ifconfig su uname poweroff mkdir cat grep sed; do ln -s busybox /bin/$name; done
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=1777 tmp /tmp
ifconfig lo 127.0.0.1 up
cat >/tmp/move.sh <<'SH'
set -eu
step() { name=$1; shift; if "$@" >/tmp/step 2>&1; then echo "ok    $name"; else cat /tmp/step; echo "FAIL  $name"; exit 1; fi; }
# at WIDTH COMMAND...: in the directory of a machine of that width.
at() { (cd "/tmp/$1" && width=$1 && shift && exec "mailstead-$width" --config m.toml "$@"); }
for width in 64 32 back; do
    mkdir "/tmp/$width"
    printf 'data = "data"\nhostname = "localhost"\ndomains = ["example.test"]\n[listen]\nhttps = ["127.0.0.1:8443"]\nhttp = []\n' \
        >"/tmp/$width/m.toml"
done
setup() { echo secret | at 64 setup ann@example.test --yes --password-stdin; }
# The PC has the root certificate of the first machine, whatever serves.
client() { echo secret | at 64 test ann@example.test --url https://localhost:8443 --password-stdin; }
moved() { at 32 load /tmp/dump; }
served() {
    (cd "/tmp/$1" && exec "mailstead-$1" --config m.toml serve) >"/tmp/$1/out" 2>&1 &
    server=$!
    until grep -q listening "/tmp/$1/out"; do kill -0 "$server" || { cat "/tmp/$1/out"; return 1; }; done
    client >/tmp/said 2>&1 || { cat /tmp/said "/tmp/$1/out"; kill "$server"; return 1; }
    kill "$server"
    wait "$server"
    cd /tmp
}
step '64 bits: setup' setup
step '64 bits: mail' at 64 import ann@example.test /letter.eml
step '64 bits: every step of Outlook' served 64
step '64 bits: dump' at 64 dump /tmp/dump --with-secrets
step '64 bits: backup' at 64 backup /tmp/backup
if at 32 restore /tmp/backup 2>/tmp/refused; then echo 'FAIL  a backup is not for the other width'; exit 1; fi
step '32 bits: a backup of 64 bits is refused and says what helps' grep -q 'dump and load' /tmp/refused
step '32 bits: load' moved
step '32 bits: check' at 32 check
step '32 bits: every step of Outlook, under the old certificate' served 32
step '32 bits: dump' at 32 dump /tmp/again --with-secrets
step '64 bits again: load' sh -c 'cd /tmp/back && mailstead-64 --config m.toml load /tmp/again'
step '64 bits again: check' sh -c 'cd /tmp/back && mailstead-64 --config m.toml check'
small() { (ulimit -v 900000; at 32 check && at 32 user list); }
step '32 bits: 1 GiB of map does not fit, half of it does' small
SH
echo "machine: $(uname -r) $(uname -m)"
su nobody -s /bin/sh -c 'sh /tmp/move.sh' && echo 'SMOKE TEST PASSED'
poweroff -f
