"""Checks of image tests: tests that can never pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.paths import normpath
from kairosfile.sections.hooks.command_forms import check_form
from kairosfile.sections.hooks.values import invalid_mode, invalid_owner, invalid_variable, relative_path
from kairosfile.sections.image_tests.records import Output, PathTest, RunTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.sections.document import Document

_ALL_BITS = 0o7777
# BuildKit mounts its own files or a tmpfs at these paths while a command runs.
_FOLDERS_OF_BUILDS = ("/dev", "/proc", "/run", "/sys", "/tmp")  # noqa: S108 - paths of the image
_FILES_OF_BUILDS = ("/etc/hosts", "/etc/resolv.conf")
# Fields that need an existing path.
_OF_SOMETHING = ("type", "mode", "owner", "contains", "matches")
# Fields that need a file, or the target of a link.
_IMPOSSIBLE = {"directory": ("contains", "matches"), "symlink": ("mode", "owner", "contains", "matches")}


def values(document: Document) -> Iterator[Diagnostic]:
    """Paths are absolute, modes octal, owners and users valid, and names of variables too."""
    for index, test in enumerate(document.model.tests):
        path: Path = ("tests", index)
        who = "owner" if isinstance(test, PathTest) else "user"
        yield from invalid_owner(document.diagnostic, (*path, who), getattr(test, who))
        if isinstance(test, PathTest):
            if not test.path.startswith("/"):
                yield relative_path(document.diagnostic, (*path, "path"), test.path)
            yield from invalid_mode(document.diagnostic, (*path, "mode"), test.mode, _ALL_BITS)
        else:
            for name in test.env:
                yield from invalid_variable(document.diagnostic, (*path, "env", name), name)


def own_paths(document: Document) -> Iterator[Diagnostic]:
    """Paths that BuildKit mounts over the image cannot be tested."""
    for index, test in enumerate(document.model.tests):
        if not isinstance(test, PathTest):
            continue
        path = normpath(test.path)
        if path in _FILES_OF_BUILDS or any(f"{path}/".startswith(f"{folder}/") for folder in _FOLDERS_OF_BUILDS):
            message = f"{path} is not the image's file while a build runs: BuildKit replaces it"
            hint = "test it on a machine that runs the image, or test the program that creates it"
            yield document.diagnostic(rules.NOT_OF_IMAGE, ("tests", index, "path"), message, hint)


def contradictions(document: Document) -> Iterator[Diagnostic]:
    """A test has no contradicting fields."""
    for index, test in enumerate(document.model.tests):
        path: Path = ("tests", index)
        if not isinstance(test, PathTest):
            continue
        if not test.exists:
            for field in _OF_SOMETHING:
                if getattr(test, field):
                    message = f'a path that does not exist has no "{field}"'
                    yield document.diagnostic(
                        rules.CONTRADICTION, (*path, field), message, "remove it, or `exists: false`"
                    )
            continue
        for field in _IMPOSSIBLE.get(test.type or "", ()):
            if getattr(test, field):
                message = f'"{field}" is not that of a {test.type}'
                hint = "remove it" if test.type == "directory" else "omit `type` to test the target of the link"
                yield document.diagnostic(rules.CONTRADICTION, (*path, field), message, hint)


def lines(document: Document) -> Iterator[Diagnostic]:
    """Expected texts have one line, because lines are compared."""
    for path, text in _looked_for(document):
        if "\n" in text:
            hint = "write a list with an item for each line"
            yield document.diagnostic(
                rules.LINE, path, "this text has several lines, but single lines are compared", hint
            )


def _looked_for(document: Document) -> Iterator[tuple[Path, str]]:
    for index, test in enumerate(document.model.tests):
        path: Path = ("tests", index)
        if isinstance(test, PathTest):
            yield from _texts(document, path, test)
        elif isinstance(test, RunTest):
            yield from _texts(document, (*path, "stdout"), test.stdout)
            yield from _texts(document, (*path, "stderr"), test.stderr)


def _texts(document: Document, path: Path, expectations: PathTest | Output) -> Iterator[tuple[Path, str]]:
    """Yield each text with its path, which is shorter in short forms."""
    for field in ("contains", "matches"):
        for index, text in enumerate(getattr(expectations, field)):
            yield _existing_path(document, (*path, field, index)), text


def _existing_path(document: Document, path: Path) -> Path:
    """Return the longest part of a path that exists in the file, without the key that a short form omits."""
    node, existing = document.root, []
    for part in path:
        child = node.child(part)
        if child is not None:
            node = child
            existing.append(part)
    return tuple(existing)


def forms_of_commands(document: Document) -> Iterator[Diagnostic]:
    """YAML does not change a command."""
    for index, test in enumerate(document.model.tests):
        if isinstance(test, RunTest):
            node = document.root.find(("tests", index, "run"))
            yield from check_form(node, node.range.source or document.source)


RULES = (values, forms_of_commands, own_paths, contradictions, lines)
