# The program from v0.5.0 on.

main() { # ARGUMENTS
    say_what_this_is
    if $asks_provider_plugins; then declare_providers "$@"; fi
    find_command "$@"
    parse_flags "$@"
    case $command in
    root) main_root "$@" ;;
    validate) main_validate ;;
    *) main_information ;;
    esac
}

main_root() { # ARGUMENTS
    check_options
    stop_when_only_parsing root
    open_log
    debug "configuration: model=$opt_model variant=$variant providers=$(one_line "$providers") version=$opt_version"
    run_stage "$@"
}

# Always logs at info, and takes every image for core: it has no flag that could tell it otherwise.
main_validate() {
    show_help
    opt_provider=
    settle_options
    stop_when_only_parsing validate
    open_log
    run_validate
}

main_information() {
    show_help
    stop_when_only_parsing "$command"
    find_flag root skip-step
    case $command in
    steps-info) info "steps: $flag_allowed" ;;
    version) info "embedded: $embedded_versions" ;;
    *) print_usage ;;
    esac
}

show_help() {
    if "$opt_help"; then
        print_usage
        exit 0
    fi
}

one_line() { # TEXT
    printf '%s' "$1" | tr '\n' ' '
}
