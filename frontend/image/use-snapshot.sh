#!/bin/sh
# use-snapshot.sh SNAPSHOT MIRROR: have apt take Debian 13 as it was at a time, or leave its sources as they are.
set -eu
[ -n "$1" ] && [ -n "$2" ] || exit 0

signed='check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'
rm -f /etc/apt/sources.list.d/*
cat > /etc/apt/sources.list <<EOF
deb [$signed] $2/debian/$1 trixie main
deb [$signed] $2/debian/$1 trixie-updates main
deb [$signed] $2/debian-security/$1 trixie-security main
EOF
echo 'Acquire::Retries "5";' > /etc/apt/apt.conf.d/80-snapshot
