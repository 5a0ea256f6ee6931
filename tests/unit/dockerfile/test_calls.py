"""Scripts that call kairos-init: which ones adopt follows, and which ones it keeps as a whole."""

from __future__ import annotations

import contextlib
import time

import pytest

from kairosfile.dockerfile.adopt.calls import Call, Commands, follow
from kairosfile.dockerfile.adopt.values import Arg, Value
from kairosfile.dockerfile.shell import NotFollowedError

VARIABLES = {"X": Value("1"), "EMPTY": Value(""), "OWN": Value(Arg("OWN", "k3s")), "OFF": Value(Arg("OFF", ""))}


def followed(text: str) -> list[Call | Commands]:
    return follow(text, VARIABLES, "/p".__eq__).events


def words(text: str) -> list[str]:
    (call,) = followed(text)
    assert isinstance(call, Call)
    return [word.text for word in call.argv]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/p a 'b c' \"d $X\" e\\ f", ["/p", "a", "b c", "d 1", "e f"]),
        ("/p $EMPTY \"$EMPTY\" ${X:-2} ${EMPTY:-2} ${EMPTY-3} ${X:+4} '$X'", ["/p", "", "1", "2", "4", "$X"]),
        ('A="x y"; eval /p $A \\"$A\\"', ["/p", "x", "y", "x y"]),
        ('if [ "$X" = 2 ]; then /p no; elif [ -z "$EMPTY" ] && [ 1 != 2 ]; then /p yes; else /p no; fi', ["/p", "yes"]),
        ('if [ -n "$EMPTY" ]; then\n if [ a = a ]; then /p no; fi\nelse\n /p yes\nfi', ["/p", "yes"]),
        ("/p ${X#1}a ${OWN%s} ${OWN##*k}", ["/p", "a", "k3", "3s"]),
        ('/p $([ "$OWN" = k3s ] && echo yes no || true)', ["/p", "yes", "no"]),
        ("/p one > /dev/null 2>&1", ["/p", "one"]),
        ("set -eux; : ; true && /p 1", ["/p", "1"]),
        ('[ -n "$OWN" ] && F="-p $OWN"; /p $F', ["/p", "-p", "k3s"]),
        ('F=no; [ -n "$EMPTY" ] && F=yes; /p $F', ["/p", "no"]),
        ("[ 1 = 2 ] && /p no; /p yes", ["/p", "yes"]),
        ("env A=b /p 1", ["/p", "1"]),
    ],
)
def test_simple_commands_tests_and_assignments_are_followed(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/p $(cat x)", "command substitution"),
        ("/p `cat x`", "backquotes"),
        ("while true; do /p; done", "`while`"),
        ("/p | tee log", "tee"),
        ("/p || true", "|| true"),
        ("if test -e /x; then /p; fi", "the condition"),
        ("case $X in 1) /p;; esac", "`case`"),
        ("/p 'x", "quote"),
        ("f() { /p; }", ""),
        ("(/p)", "subshell"),
        ("/p &", "&"),
        ("/p > /log", "redirection"),
        ("/p <<EOF", "here-document"),
        ("/p $UNKNOWN", "$UNKNOWN"),
        ("/p ${UNKNOWN:-x}", "$UNKNOWN"),
        ("/p $((1+1))", "arithmetic"),
        ("cd /x && /p", "`cd`"),
        ("[ -e /x ] && /p; echo done", "the condition [ -e /x ]"),
        ("make && /p; echo done", "depends on a command before it"),
        ("timeout 5 /p", "another command"),
        ("! /p", "`!`"),
        ("[[ a ]] && /p", "`[[`"),
        ("set -- a; /p", "set"),
        ("/p *", "file names"),
        ("/p $G", "$G"),
        ("x=$(uname) && /p $x", "command substitution"),
        ("false && X=2; /p $X", "decides it"),
        ("false && set -e; /p", "set after a command"),
        (': "${EMPTY:=2}"; /p $EMPTY', "before another command"),
        ("X=2 || true; /p $X", "before another command"),
        ("export X=2 || exit 1; /p $X", "before another command"),
        ("X+=2; /p $X", "before another command"),
        ("command cd /x; /p", "before another command"),
        ("printf -v X 2; /p $X", "before another command"),
        ("IFS=x; /p $X", "IFS"),
    ],
)
def test_what_is_not_followed_is_named(text: str, part: str) -> None:
    with pytest.raises(NotFollowedError) as caught:
        followed(text)
    assert part in str(caught.value)


def test_arg_stays_an_arg_in_the_words_of_a_call() -> None:
    (call,) = followed('/p "$OWN" -v=$OWN $OFF')

    assert isinstance(call, Call)
    assert [word.parts for word in call.argv[1:]] == [(Arg("OWN", "k3s"),), ("-v=", Arg("OWN", "k3s"))]


def test_arg_that_decides_is_noted() -> None:
    actual = follow('if [ -n "$OWN" ]; then /p; fi; /p $OFF', VARIABLES, "/p".__eq__)

    assert set(actual.decided) == {"OWN", "OFF"}


@pytest.mark.parametrize(
    ("text", "stops", "ignored"),
    [
        ("/p && one", False, False),
        ("/p; one; X=2", False, True),
        ("/p; one; :", False, True),
        ("/p && one && X=2", False, False),
        ('/p; if [ "$X" = 1 ]; then one; X=2; fi', False, True),
        ('/p; if [ "$X" = 1 ]; then /p; fi && one', False, False),
        ("set -e; one; /p", True, True),
        ("set -e; set +e; one; /p", False, True),
        ("one && /p", False, False),
    ],
)
def test_status_of_commands_counts_where_the_script_ends_with_it(text: str, stops: bool, ignored: bool) -> None:
    (commands,) = [event for event in followed(text) if isinstance(event, Commands)]

    assert (commands.stops_at_failure, commands.ignores_failure) == (stops, ignored)


def test_commands_beside_calls_keep_what_was_set_before() -> None:
    actual = followed('A=b; set -u; export C="d e"; one "$A"; two; /p 1; three $A && four')

    (before, call, after) = actual
    assert isinstance(before, Commands)
    assert isinstance(call, Call)
    assert isinstance(after, Commands)
    assert (before.text, before.ignores_failure, before.is_one_chain) == ('one "$A"; two', True, False)
    assert (after.text, after.ignores_failure, after.is_one_chain) == ("three $A && four", False, True)
    assert after.prelude == ("set -u", "A=b", 'export C="d e"')
    assert call.env["C"].text == "d e"


@pytest.mark.parametrize(
    "text",
    [
        "/p " + "--skip-step x " * 40_000,
        "A=x; " + "A=$A$A; " * 64 + "/p $A",
        "B='x y'; " + 'B="$B $B"; ' * 40 + "/p $B",
        "if [ a = a ]; then " * 3000 + "/p" + "; fi" * 3000,
        '"' * 100_001,
        "/p " + "${X:-" * 5000 + "}" * 5000,
        "/p " + "$(echo " * 5000 + ")" * 5000,
        "a && " * 50_000 + "/p",
        "\\\n" * 100_000 + "/p",
        "/p " + "'" * 99_999,
    ],
    ids=[
        "flags",
        "doubling",
        "doubling-words",
        "ifs",
        "quotes",
        "defaults",
        "substitutions",
        "chain",
        "lines",
        "apostrophes",
    ],
)
def test_adversarial_scripts_end_soon(text: str) -> None:
    start = time.monotonic()
    with contextlib.suppress(NotFollowedError):
        followed(text)
    assert time.monotonic() - start < 5
