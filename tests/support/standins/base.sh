# The image's files and the log: what every later part uses.
#
# KAIROS_STANDIN_ROOT names the image's root directory in tests that need no chroot; in an image build it
# is unset and the paths below are the image's own.

root=${KAIROS_STANDIN_ROOT:-}
newline='
'
tab='	'
LC_ALL=C
export LC_ALL
umask 022

log_file=
log_threshold=2

say_what_this_is() {
    printf 'INF kairos-init stand-in %s (not the real kairos-init)\n' "$release"
}

# Numbers as in the real library: trace 0, debug 1, info 2, warn 3, error 4. An old release takes an
# unknown word for info.
choose_log_level() { # LEVEL
    case $1 in
    trace) log_threshold=0 ;;
    debug) log_threshold=1 ;;
    warn) log_threshold=3 ;;
    error) log_threshold=4 ;;
    fatal | panic | disabled) log_threshold=5 ;;
    *) log_threshold=2 ;;
    esac
}

# The names of these two variables hold a dash: no shell variable, but part of the environment.
heed_environment() {
    [ -r "/proc/$$/environ" ] || return 0
    whole_environment=$newline$(tr '\000' '\n' <"/proc/$$/environ")
    case $whole_environment in
    *"${newline}KAIROS-INIT_TRACE="*) log_threshold=0 ;;
    *"${newline}KAIROS-INIT_DEBUG="*) if [ "$log_threshold" -gt 1 ]; then log_threshold=1; fi ;;
    esac
}

# A log that cannot be opened is ignored. Its lines are dated, as those of the real program are.
open_log() {
    heed_environment
    set_log_time
    [ -S "$root/run/systemd/journal/socket" ] && return 0
    if $appends_to_one_log; then
        try_log /var/log/kairos kairos-init.log
    else
        try_log /run/kairos "kairos-init-$log_time.log"
        log_copy=$log_file
        try_log /var/log/kairos "kairos-init-$log_time.log"
    fi
    write_log "$(say_what_this_is)"
}

log_copy=
try_log() { # DIRECTORY FILE
    log_file=
    mkdir -p "$root$1" 2>/dev/null
    if { printf '' >>"$root$1/$2"; } 2>/dev/null; then log_file=$root$1/$2; fi
}

# Once for a run: under emulation of another architecture every program that is started costs.
log_time=
set_log_time() {
    if [ -z "$log_time" ]; then log_time=$(date -u +%Y-%m-%dT%H:%M:%SZ); fi
}

write_log() { # LINE
    for log_one in "$log_file" "$log_copy"; do
        if [ -n "$log_one" ]; then printf '%s %s\n' "$log_time" "$1" >>"$log_one"; fi
    done
}

# Coloured like the real program's lines: always, unless NO_COLOR is set.
log() { # NUMBER ABBREVIATION COLOUR MESSAGE
    [ "$1" -ge "$log_threshold" ] || return 0
    set_log_time
    if [ -n "${NO_COLOR:-}" ]; then
        printf '%s %s [%s] %s\n' "$log_time" "$2" $$ "$4"
    else
        printf '\033[90m%s\033[0m \033[%sm%s\033[0m \033[1m[%s] %s\033[0m\n' "$log_time" "$3" "$2" $$ "$4"
    fi
    write_log "$2 [$$] $4"
}

debug() { log 1 DBG 0 "$1"; }
info() { log 2 INF 32 "$1"; }
warn() { log 3 WRN 33 "$1"; }
error() { log 4 ERR 31 "$1"; }

# Programs are started sparingly: under emulation of another architecture each one costs.
make_parent() { # PATH
    [ -d "$root${1%/*}/" ] || mkdir -p "$root${1%/*}/"
}

put_text() { # PATH LINE...
    put_path=$1
    shift
    make_parent "$put_path" &&
        printf '%s\n' "# Written by the kairos-init stand-in $release." "$@" >"$root$put_path"
}

put_program() { # PATH NAME LINE...: a program that prints the lines
    put_path=$1 put_name=$2
    shift 2
    make_parent "$put_path" || return 1
    {
        printf '#!/bin/sh\n# Written by the kairos-init stand-in %s: not the real %s.\n' "$release" "$put_name"
        for put_line; do printf "echo '%s'\n" "$put_line"; done
    } >"$root$put_path" && chmod 755 "$root$put_path"
}

is_stand_in() { # PATH: written by this script, so nothing real is lost with it
    [ -f "$root$1" ] && grep -q 'kairos-init stand-in' "$root$1"
}

# Follows links inside the image, not inside the machine that runs a test; sets exists_path.
exists() { # PATH
    exists_path=$1 exists_hops=8
    while [ -L "$root$exists_path" ] && [ "$exists_hops" -gt 0 ]; do
        exists_target=$(readlink "$root$exists_path")
        case $exists_target in
        /*) exists_path=$exists_target ;;
        *) exists_path=${exists_path%/*}/$exists_target ;;
        esac
        exists_hops=$((exists_hops - 1))
    done
    [ -e "$root$exists_path" ]
}

find_program() { # NAME: sets program
    for program_directory in /system/providers /system/discovery /usr/local/sbin /usr/local/bin \
        /usr/sbin /usr/bin /sbin /bin; do
        if exists "$program_directory/$1"; then
            program=$exists_path
            return 0
        fi
    done
    return 1
}

matches() { # TEXT PATTERN: the whole of one line
    case $1 in *"$newline"*) return 1 ;; esac
    grep -Eq "$2" <<TEXT
$1
TEXT
}
