# The base image: which distribution it is, and whether this release can work on it.

architecture=

detect_architecture() {
    if [ -n "$architecture" ]; then return 0; fi
    machine=${KAIROS_STANDIN_MACHINE:-$(uname -m)}
    case $machine in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) architecture=$machine ;;
    esac
}

# Sets os_id and os_version as the base says them, and distribution and family as the release takes them;
# family is empty for a base that the release does not know.
detect_system() {
    os_id='' os_like='' os_version='' distribution='' family=''
    detect_architecture
    if exists /etc/os-release; then read_os_release "$root$exists_path"; fi
    accept_id "$os_id" && return 0
    $accepts_derivatives || return 0
    for like in $os_like; do
        accept_id "$like" && return 0
        case $like in
        redhat) distribution=fedora family=redhat ;;
        suse) distribution=opensuse-leap family=suse ;;
        *) continue ;;
        esac
        return 0
    done
}

read_os_release() { # FILE
    while IFS='=' read -r os_key os_value || [ -n "$os_key" ]; do
        os_value=${os_value#[\"\']}
        os_value=${os_value%[\"\']}
        case $os_key in
        ID) os_id=$os_value ;;
        ID_LIKE) os_like=$os_value ;;
        VERSION_ID) os_version=$os_value ;;
        esac
    done <"$1"
}

accept_id() { # ID
    case " $os_ids " in *" ${1:-none} "*) ;; *) return 1 ;; esac
    distribution=$1
    case $1 in
    debian | ubuntu) family=debian ;;
    fedora | rocky | almalinux | rhel | redhat | ol) family=redhat ;;
    opensuse-leap | opensuse-tumbleweed | sles | sle-micro-rancher) family=suse ;;
    *) family=$1 ;;
    esac
    if [ "$1" = alpine ]; then
        case $os_version in *.*.*) os_version=${os_version%.*} ;; esac
    fi
}

# Packages are installed by another part of kairos-init, which goes by the exact ID.
knows_package_manager() {
    case $os_id in
    centos | openEuler) return 0 ;;
    esac
    [ "$os_id" = "$distribution" ] || [ "$os_like" = suse ]
}

# What a stage that changes the image needs. The real program fails later and less clearly without them.
check_environment() {
    if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
        refuse 'it must run as root'
    fi
    if [ "$(pwd -P)" != "${root:-/}" ]; then
        refuse "the working directory must be /, it is $(pwd -P)"
    fi
    detect_system
    if [ -z "$family" ]; then
        refuse "/etc/os-release of the base has ID '$os_id', which $release does not support"
    fi
    debug "Detected system: distro=$distribution family=$family version=$os_version arch=$architecture"
}

refuse() { # REASON
    error "$1"
    end_run "$1"
}
