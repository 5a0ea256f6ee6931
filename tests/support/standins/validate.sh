# The checks of a finished image. They change nothing but the log.

problem_count=0 problems=

problem() { # MESSAGE
    problems="$problems$tab* $1$newline"
    problem_count=$((problem_count + 1))
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
    if [ "$problem_count" -gt 0 ]; then end_validation "$(list_errors "$problem_count" "$problems")"; fi
    info 'System validation passed'
}

# The library prints all problems as one error. Releases before it log that error.
end_validation() { # LIST
    if ! $prints_usage_after_failure; then error "$1"; fi
    end_run "$1$newline"
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
            continue
        fi
        info "[BINARIES] Found binary binary=$wanted_program path=$program"
        if ! $validates_executables; then continue; fi
        if [ -x "$root$program" ]; then
            info "[BINARIES] Binary is executable binary=$wanted_program"
        else
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
        problem "[FILES] symlink /boot/vmlinuz points to a non-existent file $(readlink "$root/boot/vmlinuz")"
    else
        info 'Found file file=/boot/vmlinuz'
    fi
    if $trusted; then return 0; fi
    if [ -e "$root/boot/initrd" ]; then
        info 'Found file file=/boot/initrd'
    else
        problem '[FILES] file missing /boot/initrd'
    fi
}

check_release_keys() {
    if ! exists /etc/kairos-release; then
        problem '[RELEASE] could not open kairos-release file'
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
    info 'Checking initrd contents'
    for initrd_program in immucore kairos-agent; do
        if grep -q "$initrd_program" "$root/boot/initrd" 2>/dev/null; then
            info "Found binary in the initrd binary=$initrd_program"
        else
            problem "[INITRD] did not find $initrd_program in the initrd"
        fi
    done
}

check_host_keys() {
    host_keys=
    for host_key in "$root"/etc/ssh/ssh_host_*_key; do
        if [ -e "$host_key" ]; then host_keys="$host_keys${host_keys:+ }${host_key#"$root"}"; fi
    done
    if [ -n "$host_keys" ]; then
        problem "[SSH] found SSH host keys in the system: [$host_keys]"
    else
        info 'No SSH host keys found bundled in the system'
    fi
}

check_services() {
    if [ "$family" = redhat ]; then
        check_service systemd-udevd.service 'RHEL family system'
        check_service systemd-logind.service 'RHEL family system'
    fi
    if [ "$family" != alpine ]; then check_service getty.target 'systemd-based system'; fi
}

check_service() { # UNIT SYSTEM
    service_found=false
    for service_directory in /usr/lib/systemd/system /lib/systemd/system /etc/systemd/system; do
        service_file=$root$service_directory/$1
        if [ -L "$service_file" ] && [ "$(readlink "$service_file")" = /dev/null ]; then
            problem "[SERVICES] service $1 is masked on $2"
            return 0
        fi
        if exists "$service_directory/$1"; then service_found=true; fi
    done
    if $service_found; then
        info "Service exists and is not masked service=$1"
    else
        problem "[SERVICES] service $1 does not exist on $2"
    fi
}

check_kernel() {
    kernel=
    find_kernel ''
    if [ -n "$kernel" ]; then
        info "[KERNEL] Found kernel kernel=$kernel"
    else
        describe_missing_kernel
        problem "[KERNEL] $kernel_fault"
    fi
}
