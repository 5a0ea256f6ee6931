"""Tests of a Kairosfile on real engines, in a base whose every program is busybox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

GOOD = """\
tests:
  - {path: /etc/kairos-release, type: file, mode: "0644", owner: "root:root", contains: KAIROS_, matches: "v1[.]0"}
  - {path: /etc/private, mode: "0600", owner: "1000:1000", contains: [first line, second]}
  - {name: A link, path: /etc/link, type: symlink}
  - {path: /etc/link, type: directory}
  - {path: /usr/bin/snap, exists: false}
  - {name: Words only, run: [test, -x, /bin/sh]}
  - run: |
      echo "version v1.2.3 of $TEAM"
      echo scratch > /run/scratch
      echo scratch > /tmp/scratch
      if echo x > /etc/x; then exit 1; fi
      exit 3
    exit_code: 3
    stdout: {contains: edge, matches: "^version v1"}
    stderr: Read-only file system
  - {name: User, run: [id, -u], user: "1000:1000", stdout: {matches: "^1000$"}}
  - {path: /usr/bin/agent, contains: v1.2.3, matches: "^version v1"}
"""


@pytest.fixture
def head(base: str, kairos_init: Callable[[str], str], nonce: str) -> str:
    """A file up to its tests; the nonce makes the first build run everything."""
    return (
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\nargs: {{TEAM: edge}}\n"
        f"hooks:\n  after_init:\n    - {{name: nonce, run: echo {nonce} > /etc/nonce}}\n"
        '    - {file: /etc/private, content: "first line\\nsecond line\\n", mode: "0600", owner: "1000:1000"}\n'
        "    - {run: ln -s /etc /etc/link}\n"
        "    - run: printf '\\177ELF\\000\\000version v1.2.3\\000\\n' > /usr/bin/agent\n"
    )


def test_passing_tests_run_each_in_a_separate_step_and_are_cached(engine: Engine, project: Project, head: str) -> None:
    project.write(head + GOOD)

    first = project.must_build(engine)
    second = project.must_build(engine)

    tests = [f"test {number}: " for number in range(1, 10)]
    assert all(first.vertex(test).ran for test in tests)
    assert all(second.vertex(test).cached for test in tests)


def test_another_test_runs_alone(engine: Engine, project: Project, head: str) -> None:
    project.write(head + GOOD)
    project.must_build(engine)
    project.write(head + GOOD.replace("/usr/bin/snap", "/usr/bin/flatpak"))

    changed = project.must_build(engine)

    assert [vertex.name for vertex in changed.vertices.values() if vertex.ran and "test " in vertex.name] == [
        "test 5: /usr/bin/flatpak absent"
    ]
    assert changed.vertex("after_init 3").cached


def test_tests_add_nothing_to_the_image(engine: Engine, project: Project, head: str) -> None:
    archives = [project.folder / "with.tar", project.folder / "without.tar"]
    for archive, text in zip(archives, (head + GOOD, head), strict=True):
        project.write(text)
        project.must_build(engine, "--output", f"type=oci,dest={archive}")

    (tested,), (plain,) = (oci.load(archive).values() for archive in archives)
    assert tested.names() == plain.names()
    assert len(tested.config["rootfs"]["diff_ids"]) == len(plain.config["rootfs"]["diff_ids"])


@pytest.mark.parametrize(
    ("test", "expected", "result"),
    [
        ("{path: /etc/nothing}", "something", "nothing"),
        ("{path: /etc/nonce, exists: false}", "nothing", "a file"),
        ("{path: /etc/private, mode: '0644'}", "mode 644", "mode 600"),
        ("{path: /etc/private, owner: root}", "owner root", "owner UNKNOWN:UNKNOWN (1000:1000)"),
        ("{path: /etc/private, contains: third}", "a line that contains: third", "none of 2 lines"),
        ("{run: echo hello, stdout: {matches: ^bye}}", "a line that matches: ^bye", "none of 1 lines"),
        ("{run: exit 4, exit_code: 5}", "exit code 5", "exit code 4"),
        ("{run: [sh, -c, sleep 0; nosuch], stderr: x}", "exit code 0", "exit code 127"),
    ],
)
def test_a_test_that_fails_fails_the_build_on_its_line_with_what_was_expected_and_found(
    engine: Engine, project: Project, head: str, test: str, expected: str, result: str
) -> None:
    project.write(f"{head}tests:\n  - {{path: /etc/nonce}}\n  - {test}\n")

    output = project.fails(engine)

    assert [line.partition(">>> ")[2].strip() for line in output.splitlines() if ">>> " in line] == [f"- {test}"]
    assert f"  expected  {expected}\n" in plain(output)
    assert f"  found     {result}\n" in plain(output)
    assert "expected()" not in output  # the words of the test are shown, not its script


def plain(output: str) -> str:
    """Return the output of steps, without buildx's prefix on each line."""
    return "".join(f"{line.partition(' ')[2].partition(' ')[2]}\n" for line in output.splitlines() if line[:1] == "#")


def test_words_that_only_have_to_succeed_fail_with_the_exit_code(engine: Engine, project: Project, head: str) -> None:
    project.write(f"{head}tests:\n  - run: ['false']\n")

    output = project.fails(engine)

    assert "- run: ['false']" in output
    assert 'process "false" did not complete successfully: exit code: 1' in output


def test_a_failing_test_leaves_nothing_to_export(engine: Engine, project: Project, head: str) -> None:
    archive = project.folder / "image.tar"
    project.write(f"{head}tests:\n  - path: /etc/nothing\n")

    built = project.build(engine, "--output", f"type=oci,dest={archive}")

    assert built.exit_code != 0
    assert not archive.exists() or archive.stat().st_size == 0


def test_the_target_tests_runs_all_and_a_name_runs_one(engine: Engine, project: Project, head: str) -> None:
    project.write(head + GOOD)

    one = project.must_build(engine, "--target", "a-link")
    all_of_them = project.must_build(engine, "--target", "tests")

    assert [name for name in one.names if name.startswith("test ")] == ["test 3: A link"]
    assert len([name for name in all_of_them.names if name.startswith("test ")]) == 9
    assert not [name for name in all_of_them.names if "validate" in name]


def test_a_test_has_no_network_by_default(engine: Engine, project: Project, head: str) -> None:
    # /sys/class/net belongs to the sandbox; with a network there is more in it than lo.
    count = "run: ls /sys/class/net | wc -l, stdout: {matches"
    project.write(f'{head}tests:\n  - {{{count}: "^1$"}}}}\n  - {{{count}: "^[2-9]"}}, network: default}}\n')

    project.must_build(engine)


def test_tests_run_on_each_platform(engine: Engine, project: Project, head: str) -> None:
    project.write(f"{head}tests:\n  - {{run: uname -m, stdout: {{matches: '^(x86_64|aarch64)$'}}}}\n")

    built = project.must_build(engine, "--platform", "linux/amd64,linux/arm64")

    ran = {name.partition("]")[0] for name in built.names if "test 1" in name}
    assert ran == {"[linux/amd64", "[linux/arm64"}


def test_an_iso_of_an_image_that_fails_a_test_is_not_made(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    tests = 'tests:\n  - {path: /etc/kairos-release, contains: KAIROS_}\n  - {run: [test, "!", -e, /etc/nonce]}\n'
    project.write(system("  iso:\n") + tests)

    output = project.fails(engine, "--target", "iso")

    assert 'process "test ! -e /etc/nonce" did not complete successfully: exit code: 1' in output
