# What releases up to v0.4.9 check once the words are parsed, in their order. All of it exits 1.

check_options() {
    if "$opt_help"; then fail_usage 0 ''; fi
    check_choice v variant core 'invalid variant'
    check_choice k provider k3s 'invalid Kubernetes provider'
    choose_log_level "$opt_level"
    check_required
    check_version
    if [ "$opt_k8s_version" = latest ]; then opt_k8s_version=; fi
    trusted=false
    if is_trusted "$opt_trusted"; then trusted=true; fi
    variant=$opt_variant
    providers=
    if $installs_kubernetes && [ "$variant" = standard ]; then providers=$opt_provider; fi
}

# An empty value means the default, where the release does not refuse it below.
check_choice() { # FLAG VARIABLE DEFAULT MESSAGE
    find_flag root "$1" && [ -n "$flag_allowed" ] || return 0
    get_option "$2"
    if [ -z "$option" ]; then set_option "$2" "$3"; fi
    if [ -n "$option" ] && ! is_allowed "$option" "$flag_allowed"; then
        printf '%s: %s, possible values are [%s]\n' "$4" "$option" "$flag_allowed" >&2
        exit 1
    fi
}

check_required() {
    for required_name in $required_values; do
        find_flag root "$required_name"
        get_option "$flag_variable"
        if [ -z "$option" ]; then fail_usage 1 "Error: $required_name flag is required to have a value"; fi
    done
}

check_version() {
    if [ -z "$version_pattern" ]; then
        normal_version=$opt_version
    elif ! normalise_version "$opt_version"; then
        fail_usage 1 "Error: $version_fault"
    fi
}

check_stage() {
    find_flag root s
    if ! is_allowed "$opt_stage" "$flag_allowed"; then
        error "Unknown stage $opt_stage. Valid values are install, init and all"
        exit 1
    fi
}

skipped() { # STEP: there is no --skip-step yet
    false
}

requested_version() { # PROVIDER: sets wanted_version, empty for the latest
    wanted_version=$opt_k8s_version
}
