# Running a stage: steps in order. A failing step does not stop the later ones; the stage fails at its end.

stage_name='' stage_failures='' steps_run=''

begin_stage() { # install|init
    stage_name=$1 stage_failures=''
    info "Running stage $1"
    fail_when_told "$1"
}

fail_when_told() { # STAGE
    if [ -e "$root/etc/kairos/stand-in-fail-$1" ]; then
        refuse "stage $1 fails because /etc/kairos/stand-in-fail-$1 says so"
    fi
}

step() { # NAME FUNCTION
    if skipped "$1"; then
        warn "Skipping $1 step"
        return 0
    fi
    info "Running step $1"
    steps_run="$steps_run $stage_name/$1"
    "$2" || fail_step "step $1 failed"
}

fail_step() { # MESSAGE
    error "$1"
    stage_failures=$stage_failures.
}

end_stage() {
    [ -n "$stage_failures" ] || return 0
    error "Failed to run the $stage_name stage: ${#stage_failures} error(s), the first one above is the cause"
    exit 1
}

dump_stages() {
    dump_file=/etc/kairos/kairos-init.yaml
    if $dumps_each_stage; then dump_file=/etc/kairos/kairos-init-$opt_stage-stage.yaml; fi
    make_parent "$dump_file"
    {
        printf '# Written by the kairos-init stand-in %s.\nstages:\n' "$release"
        for dump_stage in install init; do
            dump_steps "$dump_stage"
        done
    } >"$root$dump_file"
}

dump_steps() { # STAGE
    case "$steps_run" in *" $1/"*) printf '  %s:\n' "$1" ;; esac
    for dump_step in $steps_run; do
        case $dump_step in "$1/"*) printf '  - name: %s\n' "${dump_step#*/}" ;; esac
    done
}
