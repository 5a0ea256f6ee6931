# /etc/kairos-release: KEY="value" lines, sorted, bare integers without quotes. Keys that the base already
# has and that are not written here survive.

write_release() {
    describe_image
    detect_software
    {
        for release_key in $release_keys; do
            release_value "$release_key" || continue
            write_pair "$release_key" "$value"
        done
        keep_other_keys
    } | sort >"$root/etc/kairos-release.new"
    mv "$root/etc/kairos-release.new" "$root/etc/kairos-release"
}

describe_image() {
    flavor=$distribution flavor_release=$os_version
    case $distribution in
    opensuse-*) flavor=opensuse flavor_release=${distribution#opensuse-}-$os_version ;;
    esac
    name=kairos-$variant-$distribution-$os_version
    case $version_form in
    framework) image_version=$opt_framework ;;
    raw) image_version=$opt_version ;;
    bare) image_version=$normal_version ;;
    prefixed) image_version=v$normal_version ;;
    esac
}

release_value() { # KEY: sets value; false for a key that this image does not get
    case $1 in
    KAIROS_ID) value=kairos ;;
    KAIROS_ID_LIKE | KAIROS_NAME) value=$name ;;
    KAIROS_VERSION | KAIROS_RELEASE) value=$image_version ;;
    KAIROS_ARCH | KAIROS_TARGETARCH) value=$architecture ;;
    KAIROS_FLAVOR) value=$flavor ;;
    KAIROS_FLAVOR_RELEASE) value=$flavor_release ;;
    KAIROS_FAMILY) value=$family ;;
    KAIROS_MODEL) value=$opt_model ;;
    KAIROS_VARIANT) value=$variant ;;
    KAIROS_REGISTRY_AND_ORG) value=$opt_registry ;;
    KAIROS_BUG_REPORT_URL) value=https://github.com/kairos-io/kairos/issues ;;
    KAIROS_HOME_URL) value=https://github.com/kairos-io/kairos ;;
    KAIROS_IMAGE_LABEL) value=$flavor_release-$variant-$architecture-$opt_model-$image_version ;;
    KAIROS_FRAMEWORK_VERSION) value=$opt_framework ;;
    KAIROS_FIPS) value=$opt_fips ;;
    KAIROS_TRUSTED_BOOT) value=$trusted ;;
    KAIROS_INIT_VERSION) value=$release ;;
    KAIROS_SOFTWARE_VERSION) value=$software_version && [ -n "$software" ] ;;
    KAIROS_SOFTWARE_VERSION_PREFIX) value=$software && [ -n "$software" ] ;;
    esac
}

write_pair() { # KEY VALUE
    case $2 in
    '' | *[!0-9]*) ;;
    *)
        pair_number=${2#"${2%%[!0]*}"}
        printf '%s=%s\n' "$1" "${pair_number:-0}"
        return 0
        ;;
    esac
    case $2 in
    *[\\\"!$\`]*) printf '%s="%s"\n' "$1" "$(printf '%s' "$2" | sed -e 's/[\\"!$`]/\\&/g')" ;;
    *) printf '%s="%s"\n' "$1" "$2" ;;
    esac
}

keep_other_keys() {
    exists /etc/kairos-release || return 0
    while IFS= read -r kept_line || [ -n "$kept_line" ]; do
        case $kept_line in
        '#'* | *[!A-Za-z0-9_]*=*) continue ;;
        *=*) ;;
        *) continue ;;
        esac
        kept_key=${kept_line%%=*}
        case " $release_keys " in
        *" $kept_key "*) if release_value "$kept_key"; then continue; fi ;;
        esac
        kept_value=${kept_line#*=}
        kept_value=${kept_value#[\"\']}
        write_pair "$kept_key" "${kept_value%[\"\']}"
    done <"$root$exists_path"
}
