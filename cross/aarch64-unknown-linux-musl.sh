# 64-bit ARM: Raspberry Pi 3, 4, 5 and Zero 2 with a 64-bit system.
deb_architecture=arm64
# A Pi 5 has pages of 16 KiB where others have 4 KiB; 64 KiB is the most that an ARM kernel may have.
rustflags=(-Clink-arg=-Wl,-z,max-page-size=65536)
