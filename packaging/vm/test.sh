#!/bin/bash
# In the machine: what an administrator does with the package, each step with its result.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive
file=/etc/mailstead/mailstead.toml
data=/var/lib/mailstead/mailstead.mdb

ok() { echo "ok    $1"; }
fail() {
    echo "FAIL  $1"
    systemctl --no-pager --full status mailstead.service | tail -n 30
    journalctl --no-pager -u mailstead.service | tail -n 30
    cat /tmp/step
    exit 1
}
# step NAME COMMAND...
step() {
    local name=$1
    shift
    if "$@" >/tmp/step 2>&1 </dev/null; then ok "$name"; else fail "$name"; fi
}
# step_fails NAME COMMAND...
step_fails() {
    local name=$1
    shift
    if "$@" >/tmp/step 2>&1 </dev/null; then fail "$name: it went well"; else ok "$name"; fi
}
said() { grep -qF -- "$1" /tmp/step || fail "it did not say: $1"; }
property() { systemctl show --property "$1" --value mailstead.service; }
clients() { echo secret | mailstead test ann@example.test --password-stdin; }
gone() { [ ! -e "$1" ]; }
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }
inactive() { is "$(property ActiveState)" inactive; }
by_its_user() { is "$(ps_user)" mailstead; }
ps_user() { stat -c %U "/proc/$(property MainPID)"; }
# Tries for half a minute.
soon() { for _ in $(seq 60); do "$@" && return; sleep 0.5; done; "$@"; }
logged() { journalctl --no-pager -u mailstead.service | grep -qF -- "$1"; }
state_of_socket() { systemctl show --property ActiveState --value mailstead.socket; }
# As a later release would leave it: its number of the schema is another.
as_of_later_release() { perl -0777 -pi -e 's/(schema_version)\x01\0\0\0/$1\x02\0\0\0/g' "$data"; }
knock() { (exec 3<>/dev/tcp/127.0.0.1/443) 2>/dev/null; }
# Clients knock while the server is started anew; none is refused.
knocked() {
    systemctl restart mailstead.service &
    for _ in $(seq 100); do knock || return 1; sleep 0.02; done
    wait
}
snapshot_there() { ls /srv/snapshots/mailstead-*.backup; }
running() { is "$(property ActiveState)" active; }
replaced() { running && [ "$(property MainPID)" != "$1" ]; }

# The DNS records that setup asks for; a static binary looks for names here and in DNS only.
echo '127.0.0.1 localhost autodiscover.example.test' >>/etc/hosts
echo
echo "machine: $(uname -r) $(uname -m), pages of $(getconf PAGESIZE), packages of $(dpkg --print-architecture)"
step 'install' dpkg -i /vm/old.deb
said 'mailstead setup you@example.org'
step 'user and group' getent passwd mailstead
step 'nothing is served before setup' inactive
step 'enabled for the next start' systemctl is-enabled mailstead.service
step 'demo, over TLS' mailstead demo
setup() { echo secret | mailstead setup ann@example.test --hostname localhost --yes --password-stdin; }
step 'setup' setup
said 'sudo systemctl start mailstead'
step 'start' systemctl start mailstead.service
step 'as its own user' by_its_user
step 'every step of Outlook, over TLS on port 443' clients
step 'import' mailstead import ann@example.test /vm/letter.eml
step 'every step again' clients
sleep 1
echo "      resident: $(awk '/VmRSS/ { print $2, $3 }' "/proc/$(property MainPID)/status")"

pid=$(property MainPID)
kill -KILL "$pid"
step 'killed, it is back' soon replaced "$pid"
mkdir -p /run/systemd/system/mailstead.service.d
printf '[Service]\nWatchdogSec=5\n' >/run/systemd/system/mailstead.service.d/test.conf
systemctl daemon-reload
step 'restart' systemctl restart mailstead.service
pid=$(property MainPID)
sleep 8
step 'the watchdog is content' is "$(property MainPID)" "$pid"
kill -STOP "$pid"
step 'hung, it is replaced by the watchdog' soon replaced "$pid"
rm -r /run/systemd/system/mailstead.service.d
systemctl daemon-reload
step 'and serves' clients

before=$(sha256sum "$file")
step 'upgrade, without a question' dpkg -i /vm/new.deb
step 'the configuration is the same' is "$(sha256sum "$file")" "$before"
step 'it runs' running
step 'and serves the old mail' clients
if mailstead help backup >/dev/null 2>&1; then
    step 'there is a snapshot of before' test -s /var/lib/mailstead/before-upgrade/0.0.1-1
else
    echo 'NOT CHECKED: this release has no backup command, so no snapshot before the upgrade'
fi
step 'back to the release before' dpkg -i --force-downgrade /vm/old.deb
step 'which serves' clients
step 'stop' systemctl stop mailstead.service
step 'data as a later release leaves it' as_of_later_release
step_fails 'is nothing for the release before' mailstead user list
said 'schema version 2'
step 'the snapshot of before the upgrade' mailstead restore /var/lib/mailstead/before-upgrade/0.0.1-1 --force
step 'start' systemctl start mailstead.service
step 'serves the mail of then' clients
step 'and forth' dpkg -i /vm/new.deb

# What the service may write, and what it says where it may not.
install -d -o mailstead -g mailstead /srv/snapshots
printf '[backup]\ndirectory = "/srv/snapshots"\nevery = 60\n' >>"$file"
step 'the configuration says what its snapshots want' mailstead config check
said 'ReadWritePaths=/srv/snapshots'
step 'restart' systemctl restart mailstead.service
sleep 65
step 'a snapshot elsewhere is refused, the log says so' soon logged 'read-only file system; mailstead config check says'
step_fails 'doctor as well' mailstead doctor
said 'ReadWritePaths=/srv/snapshots'
mkdir -p /etc/systemd/system/mailstead.service.d
printf '[Service]\nReadWritePaths=/srv/snapshots\n' >/etc/systemd/system/mailstead.service.d/override.conf
systemctl daemon-reload
step 'with the drop-in' systemctl restart mailstead.service
sleep 65
step 'there is a snapshot' soon snapshot_there
step 'which is good' mailstead restore "$(ls /srv/snapshots/*.backup | head -n 1)" --check
step 'the configuration has nothing more to say' mailstead config check
grep -qF ReadWritePaths /tmp/step && fail 'it had'
rm -r /etc/systemd/system/mailstead.service.d /srv/snapshots
sed -i '/^\[backup\]/,$d' "$file"
systemctl daemon-reload

# The map of the data file in an address space that is too small for it.
step 'stop' systemctl stop mailstead.service
small() { (ulimit -v 900000 && mailstead user list && mailstead check); }
step 'a small address space gets a small map' small
step 'start' systemctl start mailstead.service

# Ports that systemd holds.
step_fails 'the socket unit is off by itself' systemctl is-enabled mailstead.socket
step 'stop' systemctl stop mailstead.service
step 'with the socket unit' systemctl enable --now mailstead.socket mailstead.service
step 'which holds the ports' is "$(state_of_socket)" active
step 'every step of Outlook' clients
step 'a restart refuses no connection' knocked
step 'nobody answers there: not said' is "$(journalctl -u mailstead.service | grep -c 'nobody answers there')" 0
step 'upgrade with the socket unit' dpkg -i /vm/new.deb
step 'which still holds the ports' is "$(state_of_socket)" active
step 'every step of Outlook' clients

step 'remove' dpkg -r mailstead
step 'the binary is gone' gone /usr/bin/mailstead
running_none() { ! grep -qx mailstead /proc/[0-9]*/comm; }
step 'nothing runs' running_none
step_fails 'nobody holds the ports' knock
step 'the configuration is there' test -s "$file"
step 'the mail is there' test -s "$data"
step 'install again' dpkg -i /vm/new.deb
step 'it runs at once' soon running
step 'with the old mail' clients
step 'and the socket unit as it was' is "$(state_of_socket)" active
step 'purge, without a question' dpkg -P mailstead
said 'the mail in /var/lib/mailstead stays'
step 'the configuration is gone' gone /etc/mailstead
step 'what ran is gone' gone /run/mailstead
step 'nobody holds the ports' is "$(state_of_socket)" inactive
step 'the mail is still there' test -s "$data"
rm -rf /var/lib/mailstead
if command -v adduser >/dev/null; then
    mv /usr/bin/systemd-sysusers /tmp/ && userdel mailstead
    step 'install once more, without systemd-sysusers' dpkg -i /vm/new.deb
    step 'adduser made the user' getent passwd mailstead
    mv /tmp/systemd-sysusers /usr/bin/
else
    echo 'NOT CHECKED: there is no adduser here, so it did not make the user'
    step 'install once more' dpkg -i /vm/new.deb
fi
step 'purge with no mail' dpkg -P mailstead
unknown() { ! getent passwd mailstead && gone /var/lib/mailstead; }
step 'user and directory are gone' unknown
left() { ! find / -xdev -not -path '/vm/*' -name '*mailstead*' -print | grep .; }
step 'nothing is left' left
echo 'VM TEST PASSED'
