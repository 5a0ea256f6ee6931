"""Stage extensions: YAML files that kairos-init runs between its steps, and ignores if it cannot read them.

So a file that would be skipped is an error here. The steps themselves are yip's, as in a cloud-config.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import parser, rules
from kairosfile.language.diagnostics import Diagnostic, KairosfileError, did_you_mean, listing, nearest
from kairosfile.language.files import leaves_context
from kairosfile.language.nodes import Source
from kairosfile.paths import join
from kairosfile.sections.cloud_config.schema import Reader
from kairosfile.sections.cloud_config.tree import STDIN, check_after, check_step, check_user, names_of
from kairosfile.sections.cloud_config.typecheck import MERGE, Region, check_value, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.kairos.releases import Release
    from kairosfile.language.nodes import Node, Range
    from kairosfile.sections.document import Document

STAGES = ("before-install", "install", "after-install", "before-init", "init", "after-init")
STAGES_OF_INIT = STAGES[3:]
KEYS = ("name", "stages")
ENDINGS = (".yaml", ".yml")

# The keys of a step for which kairos-init needs the network, or may: a command can do anything.
_NETWORK = ("packages", "downloads", "git", "unpack_images", "datasource", "commands")
_SKIPPED = "kairos-init skips the whole file and continues"


def is_extension(name: str) -> bool:
    """Return whether kairos-init reads a file of the folder, by its name."""
    return name.endswith(ENDINGS)


def check_extension(source: Source, release: Release) -> list[Diagnostic]:
    """Return the reasons why this kairos-init would ignore a file or a part of it; the ranges are in that file."""
    try:
        diagnostics = list(_diagnostics(parser.parse(source), Reader("extension", release, STDIN)))
    except KairosfileError as error:
        diagnostics = list(error.diagnostics)
    unique = {(diagnostic.rule.id, diagnostic.range, diagnostic.message): diagnostic for diagnostic in diagnostics}
    return [diagnostic.placed(source.hold) for diagnostic in unique.values()]


def extensions_of(document: Document) -> list[Source]:
    """Return the extensions of a file's folder; none if the folder or the build context is missing."""
    folder, files = document.model.stage_extensions, document.files
    if folder is None or files is None or leaves_context(folder):
        return []
    paths = [join(folder, name) for name in files.list(folder) or () if is_extension(name)]
    return [Source(path, (files.read(path) or b"").decode(errors="replace")) for path in paths]


def needs_network(source: Source) -> bool:
    """Return whether a step of a stage of init may need the network; a file that kairos-init skips does not."""
    try:
        stages = parser.parse(source).fields.get("stages")
    except KairosfileError:
        return False
    steps = [step for name in STAGES_OF_INIT if stages and name in stages.fields for step in stages.fields[name].items]
    return any(key in merged(step) or _fetches_keys(merged(step)) for step in steps for key in _NETWORK)


def _fetches_keys(step: dict[str, Node]) -> bool:
    """Return whether a step fetches SSH keys of a user of GitHub or GitLab."""
    keys = step.get("authorized_keys")
    names = [item for keys_of_user in merged(keys).values() for item in keys_of_user.items] if keys else []
    return any(str(item.value).startswith(("github:", "gitlab:")) for item in names)


def _diagnostics(root: Node, reader: Reader) -> Iterator[Diagnostic]:
    stages = root.fields.get("stages")
    if stages is None:
        range_ = root.range.first()
        yield _diagnostic(
            range_, "a stage extension needs the key stages", f"write `stages:` and below it {listing(STAGES)}"
        )
    for name, node in root.fields.items():
        if name not in (*KEYS, MERGE) and not (stages and _is_anchor(node, stages)):
            suggestion = nearest(name, KEYS)
            hint = did_you_mean(suggestion) or f"known keys here are {listing(KEYS)}"
            diagnostic = _diagnostic(node.key or node.range, f'kairos-init ignores the key "{name}"', hint)
            yield diagnostic.with_suggestion(suggestion, node.key)
    if stages is not None:
        yield from _stages(root, stages, reader)


def _is_anchor(node: Node, stages: Node) -> bool:
    """Return whether a value of another key is used in the stages by an alias."""
    return isinstance(node.value, dict | list) and any(each.value is node.value for each in _all(stages))


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in (*node.fields.values(), *node.items):
        yield from _all(child)


def _stages(root: Node, stages: Node, reader: Reader) -> Iterator[Diagnostic]:
    if not isinstance(stages.value, dict) or not stages.value:
        yield _diagnostic(stages.whole, "stages must be a mapping of stage names", f"below it write {listing(STAGES)}")
    region = Region("yip", rules.STAGE_EXTENSION, _SKIPPED, yip=reader.yip("install"))
    known = names_of(root, STDIN, is_named=False)
    for name, stage in merged(stages).items():
        if name not in STAGES:
            suggestion = nearest(name, STAGES)
            hint = f"known are {listing(STAGES)}" + (f"; {did_you_mean(suggestion)}" if suggestion else "")
            diagnostic = _diagnostic(stage.key or stage.range, f'kairos-init runs no stage "{name}"', hint)
            yield diagnostic.with_suggestion(suggestion, stage.key)
        yield from check_value(stage, "[Step]", f"stages.{name}", region)
        for step in stage.items:
            yield from check_step(step, name, reader)
            yield from check_after(step, name, STDIN, known.get(name, frozenset()), reader)
            users = merged(step).get("users")
            for user, node in merged(users).items() if users else ():
                yield from check_user(user, node, frozenset())


def _diagnostic(range_: Range, message: str, hint: str) -> Diagnostic:
    return Diagnostic(rules.STAGE_EXTENSION, range_, message, hint)
