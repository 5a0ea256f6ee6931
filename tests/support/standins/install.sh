# The install stage: the files that packages, kernel and the Kairos binaries would bring, as placeholders.

kernel_version=6.12.0-stand-in

run_install() {
    if skipped install; then
        warn 'Skipping install stage'
        return 0
    fi
    begin_stage install
    refuse_fips
    prepare_repositories
    run_extensions before-install
    step installPackages install_packages
    if $installs_kernel_apart; then step installKernel install_kernel; fi
    step branding install_branding
    step grub install_grub
    step miscellaneous install_miscellaneous
    if ! $configures_initramfs_in_init; then step initramfsConfigs configure_initramfs; fi
    run_extensions install
    run_extensions after-install
    # In this order: the real program writes the rest after its last extension.
    step cloudconfigs install_cloudconfigs
    step kairosBinaries install_kairos_binaries
    if [ -n "$providers" ]; then install_standard; fi
    end_stage
}

refuse_fips() {
    "$opt_fips" && $refuses_fips_on_ubuntu && [ "$distribution" = ubuntu ] || return 0
    skipped installPackages && return 0
    refuse 'FIPS is not supported on Ubuntu without a PRO account and extra packages.'
}

# Behind no step name: every run of install with such a model does it again.
prepare_repositories() {
    $adds_non_free_firmware && [ "$distribution" = debian ] || return 0
    case $opt_model in rpi3 | rpi4) ;; *) return 0 ;; esac
    debian_sources=/etc/apt/sources.list.d/debian.sources
    step_cause=
    if [ -f "$root$debian_sources" ]; then
        sed -i 's/^Components: main.*$/& non-free-firmware/' "$root$debian_sources"
    else
        fail_step "sed: can't read $debian_sources: No such file or directory"
    fi
}

install_standard() {
    step providerBinaries install_provider_binaries
    if $asks_provider_plugins; then
        step buildProvider install_kubernetes
    else
        step kubernetes install_kubernetes
    fi
}

install_packages() {
    if [ "$family" = hadron ]; then return 0; fi
    if ! knows_package_manager; then
        step_error "unknown package manager for the distribution $os_id"
        return 1
    fi
    if [ -z "$os_version" ]; then
        warn "/etc/os-release has no VERSION_ID: no package fits"
        ! $needs_version_id
        return
    fi
    install_program sudo /usr/bin
    install_program less /usr/bin
    install_program mount.nfs /usr/sbin
    install_initramfs_tools
    install_service_files
    mkdir -p "$root/run/lock"
    exists /var/lock || mkdir -p "$root/var/lock"
    if [ "$family" != alpine ]; then give_identity; fi
    if [ "$family" = debian ]; then leave_apt_files; fi
    $installs_kernel_apart || install_kernel
}

# What the packages' own scripts make where it is missing: init takes it away again. The real ones are random.
give_identity() {
    for host_key in rsa ecdsa ed25519; do
        host_key=/etc/ssh/ssh_host_${host_key}_key
        exists "$host_key" && continue
        put_text "$host_key" 'a private key' && put_text "$host_key.pub" 'a public key' && chmod 600 "$root$host_key"
    done
    for identity in /etc/machine-id /var/lib/dbus/machine-id; do
        [ -s "$root$identity" ] || put_text "$identity" 'a machine id'
    done
}

# The settings of Debian's official image keep no archives.
leave_apt_files() {
    mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/lib/apt/lists/auxfiles" "$root/var/cache/apt/archives/partial"
    : >>"$root/var/lib/apt/lists/lock"
    : >>"$root/var/cache/apt/archives/lock"
    put_text /var/lib/apt/lists/kairos-init-stand-in_Packages
    install_program grub-editenv /usr/bin
}

install_program() { # NAME DIRECTORY: what the base brings itself stays
    find_program "$1" || put_program "$2/$1" "$1" "$1 (stand-in)"
}

install_initramfs_tools() {
    if $trusted; then return 0; fi
    case $family in
    alpine) install_program mkinitfs /sbin ;;
    arch) ;;
    *)
        install_program dracut /usr/bin
        install_program lsinitrd /usr/bin
        ;;
    esac
}

install_service_files() {
    if [ "$family" = alpine ]; then return 0; fi
    for unit in getty.target systemd-udevd.service systemd-logind.service; do
        exists "/usr/lib/systemd/system/$unit" || put_text "/usr/lib/systemd/system/$unit" "# $unit"
    done
}

# No kernel package fits an empty model, nor a Raspberry Pi on the Red Hat family.
install_kernel() {
    installed_kernel=$kernel_version
    case $family/$opt_model in
    hadron/* | */ | redhat/rpi*) return 0 ;;
    */rpi*) installed_kernel=$kernel_version-raspi ;;
    esac
    put_text "/boot/vmlinuz-$installed_kernel" "kernel for the model $opt_model"
    put_text "/lib/modules/$installed_kernel/modules.builtin"
    put_text "/lib/modules/$installed_kernel/modules.dep"
    if [ "$family" = debian ]; then run_kernel_hooks; fi
}

# Debian's package of a kernel has its initrd made by a hook, which INITRD=No in the environment stops.
run_kernel_hooks() {
    put_text "/boot/config-$installed_kernel" && put_text "/boot/System.map-$installed_kernel"
    mkdir -p "$root/boot/grub"
    link_in_root vmlinuz
    if [ "${INITRD:-}" = No ] || ! find_program dracut; then return 0; fi
    put_text "/boot/initrd.img-$installed_kernel" 'the initrd of the package' &&
        chmod 600 "$root/boot/initrd.img-$installed_kernel" && link_in_root initrd.img
}

link_in_root() { # NAME
    ln -sf "boot/$1-$installed_kernel" "$root/$1" && ln -sf "boot/$1-$installed_kernel" "$root/$1.old"
}

install_branding() {
    for branding_file in grubmenu.cfg install_text interactive_install_text recovery_text reset_text; do
        put_text "/etc/kairos/branding/$branding_file"
    done
}

install_grub() {
    if $trusted; then return 0; fi
    put_text /etc/cos/grub.cfg && put_text /etc/cos/bootargs.cfg
}

install_miscellaneous() {
    put_text /etc/motd 'Welcome to a stand-in of Kairos!' && put_text /etc/issue.d/01-KAIROS &&
        put_text /etc/logrotate.d/kairos && put_program /usr/sbin/suc-upgrade suc-upgrade 'suc-upgrade (stand-in)'
}

# Under the names of the real ones; each loads, and does nothing.
install_cloudconfigs() {
    for oem_name in 00_datasource 00_home_dir_owner_fix 00_rootfs 00_rootfs_uki 01_extra_binds 02_agent 03-setupcon \
        05_network 08_efi_assessment 08_grub 08_ssh 09_openrc_services 09_systemd_services 10_accounting 11_RPI \
        12_nvidia 13_nvidia_qspi 20-fetch-l4t 21_kcrypt 25_autologin 26_selinux 26_vm 29_blacklist \
        30-prepare-l4t-rootfs 30_ulimit 31_hosts 32_profile 50_recovery 51_reset 52_installer 99_sysext; do
        put_text "/system/oem/$oem_name.yaml" "name: $oem_name" 'stages:' '  boot:' "  - name: $oem_name" || return 1
    done
}

install_kairos_binaries() {
    install_embedded /usr/bin/kairos-agent kairos-agent agent
    install_embedded /usr/bin/immucore immucore immucore
    install_embedded /system/discovery/kcrypt-discovery-challenger kcrypt-discovery-challenger kcrypt_challenger
    if $validates_kcrypt; then install_embedded /usr/bin/kcrypt kcrypt ''; fi
    if $installs_framework_units; then install_framework_units; fi
    if $installs_kairos_installer && ! exists /system/installer/kairos-installer; then
        install_embedded /system/installer/kairos-installer kairos-installer ''
    fi
}

install_framework_units() {
    for unit in kairos-agent kairos-interactive kairos-recovery kairos-reset kairos-webui kairos; do
        install_unit "$unit"
    done
}

install_unit() { # NAME
    if [ "$family" = alpine ]; then
        put_program "/etc/init.d/$1" "$1" "$1 (stand-in)"
    else
        put_text "/etc/systemd/system/$1.service" '[Unit]' "Description=$1 (stand-in)"
    fi
}

install_embedded() { # PATH NAME OVERRIDE-KEY
    binary_version "$2" "$3"
    put_program "$1" "$2" "$2 $binary_version (stand-in)"
}

# Embedded in the release, from the framework image in old ones, or what an override file asks for.
binary_version() { # NAME OVERRIDE-KEY: sets binary_version
    binary_version=$opt_framework
    for embedded in $embedded_versions; do
        case $embedded in "$1="*) binary_version=${embedded#*=} ;; esac
    done
    override=
    if $reads_overrides && [ -n "$2" ] && [ -r "$root/etc/kairos/.init_versions.yaml" ]; then
        override=$(sed -n "s/^$2: *[\"']\{0,1\}\([A-Za-z0-9._+-]*\).*/\1/p" "$root/etc/kairos/.init_versions.yaml")
    fi
    if [ -n "$override" ]; then binary_version=$override; fi
}
