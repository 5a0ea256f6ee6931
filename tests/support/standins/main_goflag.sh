# The program up to v0.4.9.

main() { # ARGUMENTS
    say_what_this_is
    parse_flags "$@"
    check_options
    command=root
    if "$opt_validate"; then command=validate; else check_stage; fi
    stop_when_only_parsing "$command"
    open_log
    debug "configuration: model=$opt_model variant=$variant provider=$opt_provider version=$opt_version"
    if [ "$command" = validate ]; then
        run_validate
        info 'System is valid'
    else
        run_stage "$@"
    fi
}
