#!/bin/sh
# The first process of new mount and PID namespaces, still on the host's root. It lays a throw-away layer over a
# read-only root file system, makes that its root, and becomes the command. All it mounts dies with it.
#   SANDBOX_ROOT     root file system, never written to
#   SANDBOX_RUN      host directory mounted at /run
#   SANDBOX_DATA     host directory mounted at SANDBOX_DATA_AT
#   SANDBOX_PORTS    loopback ports of the host to forward; if set, the sandbox gets a network namespace, which has no
#                    route out if the value is `none`
#   SANDBOX_QEMU     the arm64 emulator, or empty
set -eu
trap 'exit 143' TERM

# The old /proc still tells the PID by which the host knows this process.
read -r stat < /proc/self/stat
read -r boot < /proc/sys/kernel/random/boot_id
printf '%s\n%s\n' "$stat" "$boot" > "$SANDBOX_RUN/init"

new=$SANDBOX_RUN/.root
mkdir -p "$new"
mount -t tmpfs -o mode=755 sandbox "$new"
mkdir "$new/upper" "$new/work" "$new/root"
cd "$SANDBOX_ROOT"
mount -t overlay -o "lowerdir=.,upperdir=$new/upper,workdir=$new/work" sandbox "$new/root"

cd "$new/root"
mkdir -p ".$SANDBOX_DATA_AT"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount --bind "$SANDBOX_RUN" run
mount --bind "$SANDBOX_DATA" ".$SANDBOX_DATA_AT"
# An AppArmor that is seen must be served, and its tools are not in here.
if [ -d sys/kernel/security ]; then mount -t tmpfs sandbox sys/kernel/security; fi
# A resolver on the host's loopback is out of reach from a separate network: pasta forwards to it.
sed -E 's/^nameserver[[:space:]]+(127\.|::1).*/nameserver 169.254.53.53/' /etc/resolv.conf > etc/resolv.conf
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/; fi

arm64_is_served() {
    for entry in proc/sys/fs/binfmt_misc/*; do
        if grep -qs '^magic 7f454c460201010000000000000000000200b7' "$entry" && grep -qs '^flags: .*F' "$entry"; then
            return 0
        fi
    done
    return 1
}

# Mounted in here only: a kernel since 6.7 forgets the entry with the last mount, older ones keep it (see emulation.py).
if [ -n "$SANDBOX_QEMU" ] && mount -t binfmt_misc binfmt_misc proc/sys/fs/binfmt_misc && ! arm64_is_served; then
    printf '%s' "$SANDBOX_BINFMT:$SANDBOX_QEMU:POCF" > proc/sys/fs/binfmt_misc/register || arm64_is_served
fi

resolver=$(sed -nE 's/^nameserver[[:space:]]+(127\.[0-9.]+).*/--dns-host \1/p' /etc/resolv.conf | head -n 1)
pivot_root . mnt
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
cd /
umount -l /mnt

enter=
if [ -n "$SANDBOX_PORTS" ]; then
    : > /run/net
    unshare --net=/run/net true
    enter='nsenter --net=/run/net --'
fi
if [ "$SANDBOX_PORTS" = none ]; then
    # SIOCSIFFLAGS with IFF_UP, by the one language that every Debian has: there is no `ip` in here.
    $enter perl -e 'my $up = pack("a16 s x22", "lo", 1); socket(S, 2, 2, 0) && ioctl(S, 0x8914, $up) || die "lo: $!\n"'
elif [ -n "$SANDBOX_PORTS" ]; then
    # shellcheck disable=SC2086 # resolver is two words or none
    pasta --ipv4-only --config-net --netns-only --netns /run/net --runas 0 --log-file /run/pasta.log \
        --no-map-gw --dns-forward 169.254.53.53 $resolver \
        --tcp-ports none --udp-ports none --tcp-ns "$SANDBOX_PORTS" --udp-ns none
    # The host's ports are lent on 127.0.0.1 only; without ::1 nobody tries them there.
    $enter sh -c 'if [ -d /proc/sys/net/ipv6 ]; then echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; fi'
fi
trap - TERM
# shellcheck disable=SC2086 # enter is several words or none
exec $enter tini -- "$@"
