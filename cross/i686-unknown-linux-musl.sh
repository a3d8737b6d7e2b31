# 32-bit PCs: for tests, as a 64-bit PC runs these binaries too. There is no package of it.
deb_architecture=i386
only_when_named=1
rustflags=()
