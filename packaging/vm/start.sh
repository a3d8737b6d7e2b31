#!/bin/sh
# First process of the machine under test: moves the system from the initramfs to a file system that
# services can be given views of, and starts it.
mkdir /new
mount -t tmpfs -o size=80%,mode=755 tmpfs /new
cp -ax /. /new/
rm -rf /new/new
cd /new
exec switch_root /new /sbin/init
