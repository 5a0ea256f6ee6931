"""The tests of a Kairosfile as gates: each a vertex on the finished image that looks at it and adds nothing to it.

The root is read-only. A list of words of which only success is expected is executed as it is and needs nothing of the
image; anything else needs a POSIX shell in it, with grep and stat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.image_test_script import EVALUATE, SCRIPT, VARIABLE
from kairosfile.plan.model import Mount, Run, Step
from kairosfile.plan.steps import run
from kairosfile.spec.interpolation import named_in
from kairosfile.spec.model.image_tests import PathTest, RunTest
from kairosfile.spec.model.steps_values import mode_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.model.image_tests import ImageTest, Output

TESTS = "tests"

# As for `validate`: under a tmpfs on /run mount points can be made, though the root is read-only.
MOUNTS = (Mount("tmpfs", "/run"), Mount("tmpfs", "/tmp"), Mount("empty", "/run/tested"))  # noqa: S108


def test_steps(document: Document, start: str) -> list[Step]:
    """Return a gate for each test, all of them on the root of `start`."""
    return [_step(document, index, test, start) for index, test in enumerate(document.model.tests)]


def _step(document: Document, index: int, test: ImageTest, start: str) -> Step:
    name = f"test {index + 1}: {test.name or describe(test)}"
    fields = (f"{TESTS}[{index}]", *(run.fields(document, test) if isinstance(test, RunTest) else ()))
    where = document.range(TESTS, index)
    aliases = (test.name,) if test.name else ()
    return Step(f"{TESTS}-{index + 1}", name, start, _action(document, test), (where,), fields, aliases)


def _action(document: Document, test: ImageTest) -> Run:
    if isinstance(test, PathTest):
        return _run(("path", test.path, *_of_path(test)))
    argv = tuple(test.run) if isinstance(test.run, list) else (*run.SHELL, test.run)
    expected = (*_of_output("stdout", test.stdout), *_of_output("stderr", test.stderr))
    env = tuple((named_in(test.run, document.args) | test.env).items())
    if isinstance(test.run, list) and not expected and test.exit_code == 0:
        return Run(argv, MOUNTS, tuple(sorted(env)), test.network, read_only_root=True, user=test.user or "")
    return _run(("run", str(test.exit_code), str(len(expected)), *expected, *argv), env, test)


def _run(words: tuple[str, ...], env: tuple[tuple[str, str], ...] = (), test: RunTest | None = None) -> Run:
    return Run(
        (*run.SHELL[:1], "-c", EVALUATE, "test", *words),
        MOUNTS,
        tuple(sorted((*env, (VARIABLE, SCRIPT)))),
        network=test.network if test else "none",
        read_only_root=True,
        user=(test.user if test else None) or "",
    )


def _of_path(test: PathTest) -> Iterator[str]:
    """Yield what is expected of a path; its type comes first, since without a path there is only that to be said."""
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


def _texts(found: PathTest | Output) -> Iterator[str]:
    yield from (f"contains={text}" for text in found.contains)
    yield from (f"matches={text}" for text in found.matches)


def describe(test: ImageTest) -> str:
    """Return a test in a few words."""
    if isinstance(test, RunTest):
        return run.describe(test)
    return " ".join([test.path, *(word if "\n" not in word else "..." for word in _of_path(test))])
