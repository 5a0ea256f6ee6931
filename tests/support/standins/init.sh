# The init stage: from an installed image to one that boots.

run_init() {
    if skipped init; then
        warn 'Skipping init stage'
        return 0
    fi
    begin_stage init
    choose_kernel
    run_extensions before-init
    step kairosRelease write_release
    step kernel link_kernel
    if $configures_initramfs_in_init; then step initramfsConfigs configure_initramfs; fi
    step initrd build_initrd
    step services enable_services
    if $hardens_ssh; then step sshHardening harden_ssh; fi
    step workarounds apply_workarounds
    step cleanup clean_up
    run_extensions init
    run_extensions after-init
    end_stage
}

# Looked up before any step runs: without a kernel the stage ends at once.
choose_kernel() {
    kernel=
    if skipped kernel && { skipped initrd || $trusted; }; then return 0; fi
    find_kernel ''
    if $prefers_raspberry_kernel; then
        case $opt_model in rpi3 | rpi4) find_kernel -raspi ;; esac
    fi
    if [ -z "$kernel" ]; then
        describe_missing_kernel
        error "Failed to get the latest kernel: $kernel_fault"
        error "Failed to get the kernel stage: $kernel_fault"
        end_run "$kernel_fault"
    fi
}

describe_missing_kernel() { # sets kernel_fault
    kernel_fault='no kernel versions found'
    if ! exists /lib/modules; then kernel_fault='open /lib/modules: no such file or directory'; fi
}

# Sets kernel to the version that the release takes of those whose name ends so; leaves it where there is none.
find_kernel() { # SUFFIX
    found_kernels=
    for kernel_directory in "$root/lib/modules"/*"$1"; do
        if [ -d "$kernel_directory" ]; then found_kernels=$found_kernels${kernel_directory##*/}$newline; fi
    done
    [ -n "$found_kernels" ] || return 0
    found_kernels=$(printf '%s' "$found_kernels" | sort -t. -k1,1n -k2,2n -k3,3n)
    kernel=${found_kernels##*"$newline"}
    if $links_lowest_kernel; then kernel=${found_kernels%%"$newline"*}; fi
}

link_kernel() {
    rm -f "$root/boot/vmlinuz" "$root/boot/vmlinuz.old"
    [ -f "$root/boot/vmlinuz-$kernel" ] || return 0
    put_text "/lib/modules/$kernel/modules.dep" && ln -s "/boot/vmlinuz-$kernel" "$root/boot/vmlinuz"
}

configure_initramfs() {
    if $trusted; then return 0; fi
    if [ "$family" = alpine ]; then
        put_text /etc/mkinitfs/features.d/immucore.files
        return
    fi
    put_text /etc/dracut.conf.d/99-immucore.conf 'add_dracutmodules+=" immucore "'
    for dracut_name in multipath network pmem sysext xhci-renesas; do
        put_text "/etc/dracut.conf.d/kairos-$dracut_name.conf"
    done
    put_text /usr/lib/dracut/modules.d/28immucore/module-setup.sh
    if "$opt_fips"; then put_text /etc/dracut.conf.d/kairos-fips.conf 'add_dracutmodules+=" fips "'; fi
}

build_initrd() {
    rm -f "$root"/boot/initrd* "$root"/boot/initramfs*
    if $trusted; then return 0; fi
    initrd_builder=dracut
    case $family in
    alpine) initrd_builder=mkinitfs ;;
    arch) return 0 ;;
    esac
    if ! find_program "$initrd_builder"; then
        step_error "sh: $initrd_builder: not found"
        return 1
    fi
    list_initrd >"$root/boot/initrd"
}

list_initrd() {
    printf '%s\n' "Written by the kairos-init stand-in $release." "kernel $kernel"
    if exists /etc/dracut.conf.d/99-immucore.conf || exists /etc/mkinitfs/features.d/immucore.files; then
        for initrd_program in immucore kairos-agent; do
            if exists "/usr/bin/$initrd_program"; then echo "usr/bin/$initrd_program"; fi
        done
    fi
    if exists /etc/dracut.conf.d/kairos-fips.conf; then echo 'dracut module fips'; fi
}

enable_services() {
    if [ "$family" = alpine ]; then return 0; fi
    put_text /etc/systemd/system/systemd-networkd-wait-online.service.d/override-yip.conf '[Service]'
    link_unit systemd-firstboot.service /dev/null
    link_unit multi-user.target.wants/systemd-networkd.service /usr/lib/systemd/system/systemd-networkd.service
    remote_login=sshd
    if [ "$family" = debian ]; then remote_login=ssh; fi
    link_unit "multi-user.target.wants/$remote_login.service" "/usr/lib/systemd/system/$remote_login.service"
}

link_unit() { # NAME TARGET
    make_parent "/etc/systemd/system/$1"
    ln -sf "$2" "$root/etc/systemd/system/$1"
}

harden_ssh() {
    put_text /etc/ssh/sshd_config.d/05-kairos-hardening.conf
}

# Trusted boot on Ubuntu takes some modules from a package that apt-get downloads to the working directory,
# by the lists that install left. The stand-in downloads nothing.
apply_workarounds() {
    if exists /usr/bin/grub-editenv; then ln -sf /usr/bin/grub-editenv "$root/usr/bin/grub2-editenv"; fi
    if [ "$family" = debian ]; then mkdir -p "$root/snap"; fi
    $trusted && [ "$distribution" = ubuntu ] || return 0
    case $modules_extra_on_ubuntu/$os_version in
    any/* | 20-24/2[0-4].*) ;;
    *) return 0 ;;
    esac
    if ! has_modules_extra && ! $guards_modules_extra; then
        step_error "apt-get download linux-modules-extra-$kernel: no such package in /var/lib/apt/lists"
        return 1
    fi
    rm -f "$root"/*.deb
}

has_modules_extra() {
    case $os_version in 25.10 | 2[6-9].* | [3-9]?.*) return 1 ;; esac
    for apt_list in "$root"/var/lib/apt/lists/*_Packages*; do
        [ -f "$apt_list" ] && return 0
    done
    return 1
}
