# The last step of init: what must not be the same on every machine, and what is not needed any more.

clean_up() {
    rm -f "$root/var/lib/dbus/machine-id"
    empty_file /etc/machine-id
    empty_file /etc/hostname
    if $removes_host_keys; then rm -f "$root"/etc/ssh/ssh_host_*_key*; fi
    if $removes_dracut; then remove_dracut; fi
    if $cleans_tmp; then clean_directories; fi
}

# A file that the build mounts over the image's own may be read-only.
empty_file() { # PATH
    [ -f "$root$1" ] || return 0
    { printf '' >"$root$1"; } 2>/dev/null || warn "cannot empty $1"
}

remove_dracut() {
    for package_file in /usr/bin/dracut /usr/bin/lsinitrd; do
        if is_stand_in "$package_file"; then rm -f "$root$package_file"; fi
    done
}

# A mount below one of these directories is busy: removing it fails, and with it the step. Hidden files stay.
clean_directories() {
    clean_failed=false
    if [ "$family" = debian ]; then clean_archives; fi
    for clean_directory in /tmp /var/tmp $(cache_directories); do
        clean_path=$root${clean_directory:?}
        rm -rf "${clean_path:?}"/* || clean_failed=true
    done
    ! $clean_failed
}

# As apt-get clean does: its lock and the directory for what is being downloaded stay.
clean_archives() {
    for archive in "$root"/var/cache/apt/archives/* "$root"/var/cache/apt/archives/partial/*; do
        case ${archive##*/} in lock | partial) ;; *) rm -rf "$archive" ;; esac
    done
}

cache_directories() {
    case $family in
    debian) echo /var/lib/apt/lists ;;
    redhat) echo /var/cache/dnf ;;
    alpine) echo /var/cache/apk ;;
    suse) echo /var/cache/zypp ;;
    esac
}
