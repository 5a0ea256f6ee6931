# The install stage: the files that packages, kernel and the Kairos binaries would bring, as placeholders.

kernel_version=6.12.0-stand-in

run_install() {
    if skipped install; then
        warn 'Skipping install stage'
        return 0
    fi
    begin_stage install
    refuse_fips
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
        error "unknown package manager for the distribution $os_id"
        return 1
    fi
    if [ -n "${KAIROS_STANDIN_INSTALL_SECONDS:-}" ]; then sleep "$KAIROS_STANDIN_INSTALL_SECONDS"; fi
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
    if [ "$family" = debian ]; then put_text /var/lib/apt/lists/kairos-init-stand-in_Packages; fi
    $installs_kernel_apart || install_kernel
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
    put_text /etc/motd 'Welcome to a stand-in of Kairos!'
}

install_cloudconfigs() {
    put_text /system/oem/00_rootfs.yaml && put_text /system/oem/09_systemd_services.yaml
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
