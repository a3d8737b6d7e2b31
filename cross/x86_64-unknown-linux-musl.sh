# 64-bit PCs.
deb_architecture=amd64
rustflags=()
