"""The shell that a test of the image is run by, in the image itself.

POSIX, with `grep`, `stat` and a few more of what coreutils and busybox have. What a test asks for comes as words, never
as shell text:

    path /etc/motd type=file mode=644 owner=root:root contains=hello matches=^h
    path /etc/motd absent
    run 0 1 stdout.contains=v1.33.1 k3s --version        exit code, number of words that expect something, command

The script comes in a variable, so that the words are all there is to read in the error of a test that fails.
"""

from __future__ import annotations

VARIABLE = "KAIROSFILE_TEST"
EVALUATE = f'eval "${VARIABLE}"'

# Lines of a file are shown only where anybody on the machine may read it: a log is read by more people than an image.
SCRIPT = """\
failed=0
fault() {
    printf '%s\\n  expected  %s\\n  found     %s\\n' "$subject" "$1" "$2" >&2
    failed=1
}
kind() {
    if [ -h "$1" ] && ! [ -e "$1" ]; then
        echo "a symbolic link to what does not exist"
    elif [ -f "$1" ]; then
        echo "a file"
    elif [ -d "$1" ]; then
        echo "a directory"
    elif [ -e "$1" ]; then
        echo "neither a file nor a directory"
    else
        echo "nothing"
    fi
}
lines() {
    echo "none of $(grep -c '' "$1") lines"
    [ "$shown" = yes ] || return 0
    if tr '\\000' '\\001' <"$1" | grep -q "$(printf '\\001')"; then
        return 0
    fi
    head -n 10 "$1" | cut -c 1-160 | while IFS= read -r line; do
        printf '              | %s\\n' "$line"
    done
}
search() {
    what=${1%%=*} text=${1#*=} option=-F
    [ "$what" = contains ] || option=-E
    error=$(grep -q $option -e "$text" "$2" 2>&1)
    case $? in
    0) ;;
    1) fault "a line that $what: $text" "$(lines "$2")" ;;
    *) fault "a line that $what: $text" "this cannot be looked for: $error" ;;
    esac
}
owned() {
    names=$(stat -L -c %U:%G "$path" 2>&1)
    numbers=$(stat -L -c %u:%g "$path" 2>&1)
    user=${1%%:*}
    if [ "$user" = "${names%%:*}" ] || [ "$user" = "${numbers%%:*}" ]; then
        case $1 in
        *:"${names#*:}" | *:"${numbers#*:}") return ;;
        *:*) ;;
        *) return ;;
        esac
    fi
    fault "owner $1" "owner $names ($numbers)"
}
is_a() {
    case $1 in
    file) [ -f "$path" ] || fault "a file" "$found" ;;
    directory) [ -d "$path" ] || fault "a directory" "$found" ;;
    symlink) [ -h "$path" ] || fault "a symbolic link" "$found" ;;
    esac
}
look() {
    path=$1 subject=$1 found=$(kind "$1")
    shift
    if [ "${1-}" = absent ]; then
        [ "$found" = nothing ] || fault nothing "$found"
        return
    fi
    if [ "${1-}" != type=symlink ] && ! [ -e "$path" ]; then
        fault "$(case ${1-} in type=*) echo "a ${1#type=}" ;; *) echo something ;; esac)" "$found"
        return
    fi
    mode=$(stat -L -c %a "$path" 2>&1)
    case $mode in
    *[4567]) shown=yes ;;
    *) shown=no ;;
    esac
    for expected in "$@"; do
        case $expected in
        type=*) is_a "${expected#*=}" ;;
        mode=*) [ "$mode" = "${expected#*=}" ] || fault "mode ${expected#*=}" "mode $mode" ;;
        owner=*) owned "${expected#*=}" ;;
        *) if [ -f "$path" ]; then search "$expected" "$path"; else fault "a file" "$found"; fi ;;
        esac
    done
}
run() {
    code=$1 left=$2 shown=yes
    shift 2
    (
        unset KAIROSFILE_TEST
        shift "$left"
        exec "$@"
    ) >/tmp/stdout 2>/tmp/stderr
    ended=$?
    cat /tmp/stdout
    cat /tmp/stderr >&2
    subject="the command"
    [ "$ended" = "$code" ] || fault "exit code $code" "exit code $ended"
    while [ "$left" -gt 0 ]; do
        subject="its ${1%%.*}"
        search "${1#*.}" "/tmp/${1%%.*}"
        shift
        left=$((left - 1))
    done
}
case $1 in
path)
    shift
    look "$@"
    ;;
run)
    shift
    run "$@"
    ;;
esac
exit $failed
"""
