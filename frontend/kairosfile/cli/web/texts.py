"""Language services for a text that a page has open: diagnostics, values, edits, plan and cost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from kairosfile import language, sections
from kairosfile.cli.commands.check import check_read
from kairosfile.cli.jobs.built_files import FilesAsBuilt
from kairosfile.cli.load import FolderFiles, LoadOptions, lock_of, platforms_of
from kairosfile.dockerfile.eject import InexpressibleError, eject
from kairosfile.language import lockfile
from kairosfile.language.editing import EditError, Insert, Move, Remove, Set, apply, edits_for
from kairosfile.language.parser import parse_what_is_valid
from kairosfile.language.renderers import Checked, render_json
from kairosfile.plan.diff import Version
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import TargetError, requested_only, select
from kairosfile.sections.schema import build as schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path as FilePath

    from kairosfile.cli.jobs.built_files import BuiltFiles
    from kairosfile.language import Diagnostic
    from kairosfile.language.editing import Change
    from kairosfile.language.files import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.language.nodes import Node, Path, Range
    from kairosfile.plan import Plan
    from kairosfile.sections import Document


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the file that it belongs to, the platforms and the build args.

    `built` has the lock file and the included files of a text that was built; for None they are those of today.
    """

    file: FilePath
    text: str
    platforms: Sequence[str] = ()
    build_args: Mapping[str, str] = field(default_factory=dict)
    built: BuiltFiles | None = None

    @property
    def source(self) -> language.Source:
        """The text as a source of the language; raises KairosfileError."""
        return language.decode(self.file.name, self.text.encode("utf-8", "surrogateescape"))

    @property
    def files(self) -> Files:
        """The build context: its folder, with the included files as built, if they are known."""
        today = FolderFiles(self.file.parent)
        return today if self.built is None else FilesAsBuilt(today, self.built.included)

    def document(self, files: Files | None = None) -> Document:
        """Return the document, by default with the files of its build context; raises KairosfileError."""
        files = files or self.files
        return sections.read(self.source, self.build_args, platforms=self.platforms, files=files, lock=self.lock)

    @property
    def lock(self) -> Lock | None:
        """The lock file as built, else that beside the file; raises KairosfileError and CliError."""
        if self.built is None:
            return lock_of(str(self.file), self.file.name)
        text = self.built.lock
        return None if text is None else lockfile.read(self.file.name + lockfile.SUFFIX, text.encode())

    def versions(self, target: str = "", files: Files | None = None) -> list[Version]:
        """Return the document with its plan, for each platform; raises KairosfileError and TargetError."""
        document = self.document(files)
        platforms = platforms_of(document, self.platforms)
        plans = resolve(document, platforms)
        own = document.for_platforms(platforms)
        return [Version(one, _of_target(plan, target)) for one, plan in zip(own, plans, strict=True)]


def _of_target(plan: Plan, target: str) -> Plan:
    return requested_only(select(plan, target) if target else plan)


def check(text: Text) -> dict[str, Any]:
    """Return the diagnostics of a text, as `kairosfile check --format json`, and its values."""
    parsed = _parsed(text)
    data = json.loads(render_json([_checked(text, parsed)]))
    root, diagnostics = parsed or (None, ())
    return {**data, "files": [text.file.name], "values": values(text.source, root) if root and not diagnostics else {}}


def _parsed(text: Text) -> tuple[Node, list[Diagnostic]] | None:
    try:
        return parse_what_is_valid(text.source)
    except language.KairosfileError:
        return None


def _checked(text: Text, parsed: tuple[Node, list[Diagnostic]] | None) -> Checked:
    try:
        options = LoadOptions(text.build_args, text.platforms)
        return check_read(text.source, FolderFiles(text.file.parent), text.lock, options, parsed=parsed)
    except language.KairosfileError as error:  # the text is no UTF-8, or the lock file is malformed
        return Checked.of(error.source, [*error.diagnostics, *error.warnings])


def values(source: language.Source, root: Node) -> dict[str, dict[str, Any]]:
    """Return the values in a text by their JSON pointers."""
    return {pointer(path): _value(source, node) for path, node in _paths(root)}


def _value(source: language.Source, node: Node) -> dict[str, Any]:
    start = node.range.start
    is_alias = not node.quoted and source.line(start.line)[start.column - 1 : start.column] == "*"
    by_arg = isinstance(node.value, str) and "${" in node.value
    why = "it is an alias of another value" if is_alias else "its value comes from args" if by_arg else ""
    origin = "alias" if is_alias else "arg" if by_arg else "file"
    return {"value": node.plain(), "range": range_data(node.range), "source": origin, "editable": not why, "why": why}


def _paths(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    members: list[tuple[str | int, Node]] = [*node.fields.items(), *enumerate(node.items)]
    for name, child in members:
        yield (*path, name), child
        yield from _paths(child, (*path, name))


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def range_data(range_: Range) -> dict[str, dict[str, int]]:
    """Return a range with lines and columns from 1."""
    places = {"start": range_.start, "end": range_.end}
    return {name: {"line": place.line, "column": place.column} for name, place in places.items()}


def edit(text: str, changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the text after some changes, with the edits of each; raises KairosfileError and EditError."""
    steps = []
    for change in changes:
        edits = edits_for(language.decode("Kairosfile", text.encode()), _change(change), field_order)
        text = apply(text, edits)
        steps.append([{"range": range_data(one.range), "text": one.text} for one in edits])
    return {"edits": steps, "text": text}


def _change(change: Mapping[str, Any]) -> Change:
    path: Path = tuple(change["path"])
    if change["op"] == "set":
        return Set(path, plain(change["value"]))
    if change["op"] == "insert":
        return Insert(path, plain(change["value"]))
    return Move(path, int(change["to"] or 0)) if change["op"] == "move" else Remove(path)


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """Convert a value of JSON into one of the language, where numbers are strings."""
    if isinstance(value, dict):
        return {str(name): plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | str) else str(value)


@cache
def _schema() -> dict[str, Any]:
    return schema()


def field_order(path: Path) -> Sequence[str]:
    """Return the keys that a mapping may have, in the order of the reference."""
    node: dict[str, Any] = _schema()
    for part in path:
        forms = [_deref(form) for form in (node, *node.get("anyOf", ()), *node.get("oneOf", ()))]
        members = (form.get("properties", {}).get(part) or form.get("items") for form in forms)
        node = _deref(next((member for member in members if isinstance(member, dict)), {}))
    forms = [_deref(form) for form in (node, *node.get("anyOf", ()), *node.get("oneOf", ()))]
    return [name for form in forms for name in form.get("properties", {})]


def _deref(node: dict[str, Any]) -> dict[str, Any]:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    definition = _schema()["$defs"].get(name, {}) if name else node
    return dict(definition)


def dockerfile(text: Text) -> str:
    """Return the Dockerfile of a text for its first platform; raises KairosfileError and InexpressibleError."""
    version, *_ = text.versions()
    (whole,) = resolve(version.document, [version.plan.platform])
    return eject(whole, version.document, text.file.name, text.text)


__all__ = ["EditError", "InexpressibleError", "TargetError", "Text", "check", "dockerfile", "edit", "values"]
