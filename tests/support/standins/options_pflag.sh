# What releases from v0.5.0 on check once the words are parsed, in their order. All of it exits 1.

check_options() {
    if "$opt_help"; then
        print_usage
        exit 0
    fi
    settle_options
    check_machine
    if ! $version_given; then fail_flag 'required flag(s) "version" not set'; fi
    choose_log_level "$opt_level"
    normalise_version "$opt_version" || fail_flag "error parsing version: $version_fault"
}

settle_options() {
    trusted=false
    if is_trusted "$opt_trusted"; then trusted=true; fi
    providers=$opt_provider
    variant=core
    if [ -n "$providers" ]; then variant=standard; fi
}

check_machine() {
    detect_architecture
    if $refuses_fips_on_riscv64 && [ "$architecture" = riscv64 ] && "$opt_fips"; then
        fail_flag 'FIPS is not supported on riscv64'
    fi
    $checks_model_architecture || return 0
    case $opt_model in
    generic) ;;
    *)
        if [ "$architecture" != arm64 ]; then
            fail_flag "model \"$opt_model\" requires architecture \"arm64\" but kairos-init is running on \"$architecture\""
        fi
        ;;
    esac
}

skipped() { # STEP
    case ",$opt_skip," in *",$1,"*) ;; *) return 1 ;; esac
}

requested_version() { # PROVIDER: sets wanted_version, empty for the latest
    if ! $asks_provider_plugins; then
        wanted_version=$opt_k8s_version
        if [ "$wanted_version" = latest ]; then wanted_version=; fi
        return 0
    fi
    wanted_version=
    while IFS= read -r version_line; do
        case $version_line in "$1="*) wanted_version=${version_line#*=} ;; esac
    done <<VERSIONS
$opt_provider_versions
VERSIONS
}
