# The checks of a finished image. They change nothing but the log.

problems=0

problem() { # MESSAGE
    error "$1"
    problems=$((problems + 1))
}

run_validate() {
    detect_system
    fail_when_told validate
    check_programs
    check_boot_files
    check_release_keys
    if $validates_units; then check_units; fi
    if $validates_var_lock && ! [ -L "$root/var/lock" ] && ! exists /var/lock; then
        problem '[DIRS] directory /var/lock does not exist'
    fi
    if $validates_initrd_content && ! $trusted; then check_initrd; fi
    if $validates_host_keys; then check_host_keys; fi
    if $validates_getty; then check_services; fi
    if $validates_kernel; then check_kernel; fi
    if [ "$problems" -gt 0 ]; then
        printf 'Error: %s error(s) occurred, see the lines above\n' "$problems" >&2
        exit 1
    fi
    info 'System validation passed'
}

check_programs() {
    wanted_programs='immucore kairos-agent sudo less kcrypt-discovery-challenger'
    if $validates_kcrypt; then wanted_programs="$wanted_programs kcrypt"; fi
    if $validates_mount_nfs && ! { $spares_hadron_mount_nfs && [ "$family" = hadron ]; }; then
        wanted_programs="$wanted_programs mount.nfs"
    fi
    for wanted_program in $wanted_programs $(standard_programs); do
        if ! find_program "$wanted_program"; then
            problem "[BINARIES] could not find binary $wanted_program"
        elif $validates_executables && ! [ -x "$root$program" ]; then
            problem "[BINARIES] binary $wanted_program is not executable"
        fi
    done
}

# Only an old release can be told what was installed; a new one takes every image for core.
standard_programs() {
    if [ "$variant" = standard ]; then echo agent-provider-kairos kairos "${providers:-k3s}"; fi
}

check_boot_files() {
    if ! [ -e "$root/boot/vmlinuz" ] && ! [ -L "$root/boot/vmlinuz" ]; then
        problem '[FILES] file missing /boot/vmlinuz'
    elif $validates_link && ! exists /boot/vmlinuz; then
        problem '[FILES] symlink /boot/vmlinuz points to a non-existent file'
    fi
    if ! $trusted && ! [ -e "$root/boot/initrd" ]; then problem '[FILES] file missing /boot/initrd'; fi
}

check_release_keys() {
    if ! exists /etc/kairos-release; then
        problem '[RELEASE] could not open kairos-release file: this image was not initialised'
        return 0
    fi
    release_path=$root$exists_path
    for wanted_key in $release_keys; do
        case $wanted_key in
        KAIROS_SOFTWARE_VERSION*)
            if ! $validates_software_keys || [ "$variant" != standard ]; then continue; fi
            ;;
        KAIROS_FRAMEWORK_VERSION | KAIROS_FIPS | KAIROS_TRUSTED_BOOT | KAIROS_INIT_VERSION) continue ;;
        esac
        grep -Eq "^$wanted_key=(\"[^\"]|[^\"])" "$release_path" ||
            problem "[RELEASE] key $wanted_key not found or empty in kairos-release"
    done
    if $validates_software_keys && [ "$variant" = standard ]; then
        grep -q '^KAIROS_VARIANT="standard"' "$release_path" || problem '[RELEASE] KAIROS_VARIANT is not standard'
    fi
}

check_units() {
    if [ "$family" = alpine ]; then return 0; fi
    wanted_units='kairos-agent kairos-interactive kairos-recovery kairos-reset kairos-webui kairos'
    case $providers in
    k3s) wanted_units="$wanted_units k3s k3s-agent" ;;
    k0s) wanted_units="$wanted_units k0scontroller k0sworker" ;;
    esac
    for wanted_unit in $wanted_units; do
        exists "/etc/systemd/system/$wanted_unit.service" ||
            problem "[SERVICES] service $wanted_unit does not exist in /etc/systemd/system"
    done
}

# lsinitrd unpacks to a temporary directory: a read-only root needs a writable one mounted.
check_initrd() {
    if ! find_program lsinitrd; then
        warn '[INITRD] lsinitrd not found, cannot check initrd contents'
        return 0
    fi
    initrd_directory=$root${TMPDIR:-/tmp}
    if ! initrd_scratch=$(mktemp -d "$initrd_directory/lsinitrd.XXXXXX" 2>/dev/null); then
        problem "[INITRD] failed checking initrd contents: lsinitrd cannot write to ${TMPDIR:-/tmp}"
        return 0
    fi
    rmdir "$initrd_scratch"
    for initrd_program in immucore kairos-agent; do
        grep -q "$initrd_program" "$root/boot/initrd" 2>/dev/null ||
            problem "[INITRD] did not find $initrd_program in the initrd"
    done
}

check_host_keys() {
    for host_key in "$root"/etc/ssh/ssh_host_*_key; do
        if [ -e "$host_key" ]; then problem "[SSH] found SSH host keys in the system: ${host_key#"$root"}"; fi
    done
}

check_services() {
    if [ "$family" != alpine ]; then check_service getty.target; fi
    if [ "$family" = redhat ]; then
        check_service systemd-udevd.service
        check_service systemd-logind.service
    fi
}

check_service() { # UNIT
    service_found=false
    for service_directory in /usr/lib/systemd/system /lib/systemd/system /etc/systemd/system; do
        service_file=$root$service_directory/$1
        if [ -L "$service_file" ] && [ "$(readlink "$service_file")" = /dev/null ]; then
            problem "[SERVICES] service $1 is masked"
            return 0
        fi
        if exists "$service_directory/$1"; then service_found=true; fi
    done
    $service_found || problem "[SERVICES] service $1 does not exist"
}

check_kernel() {
    kernel=
    find_kernel ''
    if [ -z "$kernel" ]; then problem '[KERNEL] no kernel versions found in /lib/modules'; fi
}
