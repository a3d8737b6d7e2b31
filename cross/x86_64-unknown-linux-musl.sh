# 64-bit PCs.
deb_architecture=amd64
# With frame pointers the tables for unwinding are smaller by more than the instructions cost.
rustflags=(-Cforce-frame-pointers=yes)
