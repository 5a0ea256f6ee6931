# Running a stage: steps in order. A failing step does not stop the later ones; the stage fails at its end.

stage_name='' stage_failures='' stage_faults=0 steps_run=''

begin_stage() { # install|init
    stage_name=$1 stage_failures='' stage_faults=0
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
    info "Processing stage step '$1'. ( commands: 0, files: 0, ... )"
    steps_run="$steps_run $stage_name/$1"
    step_cause=
    "$2" || fail_step "$1"
}

# What goes wrong in a step: an ERR line, and an item of the list that ends the run.
step_error() { # MESSAGE
    error "$1"
    if [ -z "$step_cause" ]; then step_cause=$1; fi
    return 1
}

fail_step() { # NAME
    if [ -z "$step_cause" ]; then step_error "step $1 failed"; fi
    stage_failures="$stage_failures$tab* $step_cause$newline"
    stage_faults=$((stage_faults + 1))
}

end_stage() {
    [ -n "$stage_failures" ] || return 0
    error "Failed to run the $stage_name stage: $(list_errors "$stage_faults" "$stage_failures")"
    end_run "$(list_errors "$stage_faults" "$stage_failures")$newline"
}

list_errors() { # COUNT ITEMS: as the library prints several errors as one
    case $1 in
    1) printf '1 error occurred:\n%s\n' "$2" ;;
    *) printf '%s errors occurred:\n%s\n' "$1" "$2" ;;
    esac
}

# The command-line library of newer releases prints the usage behind the error of any run that failed.
end_run() { # TEXT
    if $prints_usage_after_failure; then
        printf 'Error: %s\n' "$1" >&2
        print_usage >&2
        echo >&2
    fi
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
