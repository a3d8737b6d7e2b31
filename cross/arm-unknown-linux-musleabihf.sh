# 32-bit ARM from ARMv6 with hard float on: every Raspberry Pi with a 32-bit system, the first and
# the Zero too. A build of its own for ARMv7 gains nothing.
deb_architecture=armhf
# 32-bit binaries run on the 16 KiB kernel of a Pi 5 as well.
rustflags=(-Clink-arg=-Wl,-z,max-page-size=65536)
