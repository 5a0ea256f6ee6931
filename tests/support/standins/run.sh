# From an accepted command line to a stage.

run_stage() { # ARGUMENTS
    check_environment
    record_call "$opt_stage" "$0" "$@"
    case $opt_stage in
    install) run_install ;;
    init) run_init ;;
    all)
        run_install
        run_init
        ;;
    esac
    dump_stages
    info "Stage $opt_stage is done"
}

main "$@"
