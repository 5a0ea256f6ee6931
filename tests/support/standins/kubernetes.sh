# A provider and its Kubernetes: what makes an image standard.

# Unpinned, the vendor's channel decides; this answer is no version that exists.
latest_k3s=v1.99.0+k3s1
latest_k0s=v1.99.0+k0s.0

# The link is made without force: a second install on a standard image fails, as with the real program.
install_provider_binaries() {
    install_embedded /system/providers/agent-provider-kairos provider-kairos provider
    install_embedded /usr/bin/edgevpn edgevpn edgevpn
    if ! ln -s /system/providers/agent-provider-kairos "$root/usr/bin/kairos"; then
        error 'Failed to create symlink: /usr/bin/kairos'
        return 1
    fi
}

install_kubernetes() {
    plugin=
    if $asks_provider_plugins; then choose_plugin; fi
    while IFS= read -r provider; do
        case $provider in '') continue ;; esac
        if ! $asks_provider_plugins || is_bundled "$plugin"; then
            install_named "$provider" || return 1
        elif [ -n "$plugin" ]; then
            ask_plugin "$provider" || return 1
        fi
    done <<PROVIDERS
$providers
PROVIDERS
}

install_named() { # PROVIDER
    case $1 in
    k3s) install_k3s ;;
    k0s) install_k0s ;;
    *) info "No valid provider specified or unsupported provider: nothing is installed for $1" ;;
    esac
}

install_k3s() {
    requested_version k3s
    wanted_version=${wanted_version:-${INSTALL_K3S_VERSION:-$latest_k3s}}
    run_vendor_script k3s '^v[0-9]+\.[0-9]+\.[0-9]+(-rc[0-9]+)?\+k3s[0-9]+$' || return 1
    put_program /usr/bin/k3s k3s "k3s version $wanted_version (stand-in)" 'go version go1.24.2'
    install_unit k3s
    install_unit k3s-agent
}

install_k0s() {
    requested_version k0s
    wanted_version=${wanted_version:-${K0S_VERSION:-$latest_k0s}}
    run_vendor_script k0s '^v[0-9]+\.[0-9]+\.[0-9]+\+k0s\.[0-9]+$' || return 1
    put_program /usr/bin/k0s k0s "$wanted_version"
    install_unit k0scontroller
    install_unit k0sworker
}

# The script is downloaded with curl, which every family's package set brings except the Red Hat one's.
run_vendor_script() { # NAME VERSION-PATTERN
    if [ "$family" = redhat ] && ! find_program curl; then
        step_error "Failed to download installer script for $1: curl is not in the base image"
        return 1
    fi
    store_vendor_script "$1" || return 1
    if ! matches "$wanted_version" "$2"; then
        step_error "Failed to run $1 installer script: there is no release $wanted_version of $1"
        return 1
    fi
}

store_vendor_script() { # NAME
    script_directory=
    if $asks_provider_plugins; then script_directory=${TMPDIR:-/tmp}; fi
    if ! [ -d "$root$script_directory/" ]; then
        step_error "Failed to download installer script for $1: there is no directory $script_directory"
        return 1
    fi
    if [ "$1" = k3s ] || $asks_provider_plugins; then
        put_program "$script_directory/installer.sh" "installer of $1" "$1 installer (stand-in)"
    fi
}

# The version is what the installed program prints, never what was asked for. Sets software and
# software_version, empty where there is none.
detect_software() {
    software='' software_version=''
    if $asks_provider_plugins; then
        list_plugins
        ask_own_plugins
        exists /system/providers/agent-provider-kairos || return 0
        if find_program k3s; then software=k3s; fi
        if find_program k0s; then software=k0s; fi
    else
        software=$providers
    fi
    if [ -z "$software" ] || [ -n "$software_version" ]; then return 0; fi
    if find_program "$software"; then
        ask_version
    else
        error "Failed to get the $software version: not found"
    fi
    # A plugin without an answer leaves the keys out; an older release writes them empty.
    if $asks_provider_plugins && [ -z "$software_version" ]; then software=; fi
}

ask_version() {
    case $software in
    k3s)
        software_version=$("$root$program" --version 2>/dev/null |
            sed -n 's/.*k3s version \(v[0-9]*\.[0-9]*\.[0-9]*+k3s[0-9]*\).*/\1/p')
        if $writes_plain_k3s_version; then software_version=${software_version#v}; fi
        ;;
    k0s) software_version=$("$root$program" version 2>/dev/null) ;;
    esac
}
