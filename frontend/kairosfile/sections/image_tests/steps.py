"""The tests of an image as checks of the plan: each is a vertex on the finished image that adds nothing to it.

The root is read-only. A list of arguments with only success expected is executed without a shell and needs no tool of
the image; any other test is run by a script in the image itself.

The script is POSIX shell, with `grep`, `stat` and a few more tools of coreutils or busybox. The expectations of a test
are passed as arguments, never as shell text:

    path /etc/motd type=file mode=644 owner=root:root contains=hello matches=^h
    path /etc/motd absent
    run 0 1 stdout.contains=v1.33.1 k3s --version        exit code, number of expectations, command

The script is passed in a variable, so that the error of a failed test shows only the arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.interpolation import named_in
from kairosfile.plan.model import Mount, Run, Step
from kairosfile.sections.hooks.run import SHELL, arg_fields, command, describe_command
from kairosfile.sections.hooks.values import mode_bits
from kairosfile.sections.image_tests.records import PathTest, RunTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.sections.document import Document
    from kairosfile.sections.image_tests.records import ImageTest, Output


VARIABLE = "KAIROSFILE_TEST"
EVALUATE = f'eval "${VARIABLE}"'

# Lines of a file are shown only if all users may read it: a log has more readers than an image.
# In a program, lines also end at NUL: busybox's grep ignores what follows one.
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
    error=$(tr '\\000' '\\n' <"$2" 2>/dev/null | grep -q $option -e "$text" 2>&1)
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


TESTS = "tests"

# As for `validate`: under a tmpfs on /run mount points can be made, though the root is read-only.
MOUNTS = (Mount("tmpfs", "/run"), Mount("tmpfs", "/tmp"), Mount("empty", "/run/tested"))  # noqa: S108


def test_steps(document: Document, start: str) -> list[Step]:
    """Return a check for each test, all of them on the root of `start`."""
    return [_step(document, index, test, start) for index, test in enumerate(document.model.tests)]


def _step(document: Document, index: int, test: ImageTest, start: str) -> Step:
    name = f"test {index + 1}: {test.name or describe(test)}"
    fields = (f"{TESTS}[{index}]", *(_args(document, test) if isinstance(test, RunTest) else ()))
    range_ = document.range(TESTS, index)
    aliases = (test.name,) if test.name else ()
    return Step(f"{TESTS}-{index + 1}", name, start, _action(document, test), (range_,), fields, aliases)


def _args(document: Document, test: RunTest) -> tuple[str, ...]:
    return arg_fields(test.run, test.env, document.args, document.model.args)


def _action(document: Document, test: ImageTest) -> Run:
    if isinstance(test, PathTest):
        return _run(("path", test.path, *_of_path(test)))
    argv = command(test.run)
    expected = (*_of_output("stdout", test.stdout), *_of_output("stderr", test.stderr))
    env = tuple((named_in(test.run, document.args) | test.env).items())
    if isinstance(test.run, list) and not expected and test.exit_code == 0:
        return Run(argv, MOUNTS, tuple(sorted(env)), test.network, read_only_root=True, user=test.user or "")
    return _run(("run", str(test.exit_code), str(len(expected)), *expected, *argv), env, test)


def _run(arguments: tuple[str, ...], env: tuple[tuple[str, str], ...] = (), test: RunTest | None = None) -> Run:
    return Run(
        (*SHELL[:1], "-c", EVALUATE, "test", *arguments),
        MOUNTS,
        tuple(sorted((*env, (VARIABLE, SCRIPT)))),
        network=test.network if test else "none",
        read_only_root=True,
        user=(test.user if test else None) or "",
    )


def _of_path(test: PathTest) -> Iterator[str]:
    """Yield the expectations of a path, its type first, because a missing path is only reported with its type."""
    if not test.exists:
        yield "absent"
    if test.type:
        yield f"type={test.type}"
    if test.mode:
        yield f"mode={mode_bits(test.mode) or 0:o}"
    if test.owner:
        yield f"owner={test.owner}"
    yield from _texts(test)


def _of_output(stream: str, output: Output) -> Iterator[str]:
    return (f"{stream}.{text}" for text in _texts(output))


def _texts(expectations: PathTest | Output) -> Iterator[str]:
    yield from (f"contains={text}" for text in expectations.contains)
    yield from (f"matches={text}" for text in expectations.matches)


def describe(test: ImageTest) -> str:
    """Return a test in a few words."""
    if isinstance(test, RunTest):
        return describe_command(test.run)
    return " ".join([test.path, *(word if "\n" not in word else "..." for word in _of_path(test))])
