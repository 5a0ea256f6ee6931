"""Checks of a whole cloud-config by the programs that read it.

yip reads the stages of any file, and the keys of cloud-init if the first line is `#cloud-config`. It reads a directory
as a whole: one invalid file disables all others. kairos-agent reads the other keys, of files with one of three headers,
and fails if one of its keys has a wrong type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, did_you_mean
from kairosfile.language.suggestions import nearest
from kairosfile.sections.cloud_config.after import check_after, names_of, root_name
from kairosfile.sections.cloud_config.scalars import is_true
from kairosfile.sections.cloud_config.schema import (
    BOOT_STAGES,
    CLOUD_INIT_ONLY,
    LIFECYCLE_STAGES,
    PROVIDER_STAGE,
    ROLE_STAGES,
    STAGE_SUFFIXES,
    TOP_LEVEL,
    fields_of,
)
from kairosfile.sections.cloud_config.step_checks import check_cloud_init_mode, check_step, check_user
from kairosfile.sections.cloud_config.typecheck import Region, check_value, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node
    from kairosfile.sections.cloud_config.readers import Header, Reader

_FOLDERS = {"image": "/system/oem", "iso": "/oem", "disk": "/oem"}
_DEFAULTS = ", so that none of Kairos' defaults works, the layout of the disk included"
_PARTS = {
    "Agent": "kairos-agent",
    "AgentWeak": "kairos-agent",
    "AgentOther": "kairos-agent",
    "Provider": "provider-kairos",
}
_NEAR_STAGE = 0.8  # a stage may have any name, so only a near one is a mistake


def whole_folder(reader: Reader) -> str:
    """Return the effect of a file that yip cannot load."""
    folder = _FOLDERS[reader.place]
    return f"yip cannot load the file, and then runs no file of {folder}" + (
        _DEFAULTS if reader.place == "image" else ""
    )


def check_tree(root: Node, header: Header, reader: Reader) -> list[Diagnostic]:
    """Return the diagnostics of a cloud-config, each once even if several aliases refer to its range."""
    if not isinstance(root.value, dict):
        message = f"a cloud-config is a mapping: {whole_folder(reader)}"
        return (
            []
            if root.value is None
            else [Diagnostic(rules.CLOUD_CONFIG, root.range, message, "write `name: value` lines")]
        )
    found = [*_top_level(root, header, reader), *_users(root, header), *_files(root, header)]
    return list(
        {(diagnostic.rule.id, diagnostic.range, diagnostic.message): diagnostic for diagnostic in found}.values()
    )


def _top_level(root: Node, header: Header, reader: Reader) -> Iterator[Diagnostic]:
    for count, (key, node) in enumerate(merged(root).items()):
        if key == "stages":
            yield from _stages(root, node, header, reader)
        elif key == "name":
            yield from check_value(node, "string", key, _yip_region(header, reader))
        elif key in fields_of("CloudInit"):
            yield from _cloud_init(key, node, header, reader)
        elif key in TOP_LEVEL:
            yield from _agent(key, node, header)
        else:
            yield from _unknown(key, node, guess=count < MAX_GUESSES)


def _yip_region(header: Header, reader: Reader, stage: str = "boot") -> Region:
    loss = whole_folder(reader)
    if header.cloud_init:
        loss = "yip silently drops all stages of this file"
    return Region("yip", rules.CLOUD_CONFIG_TYPE, loss, yip=reader.yip(stage))


def _cloud_init(key: str, node: Node, header: Header, reader: Reader) -> Iterator[Diagnostic]:
    if not header.cloud_init:
        yield _unread(key, node, header)
        return
    region = Region("Kairos", rules.CLOUD_CONFIG_TYPE, whole_folder(reader), yip=reader.yip("boot"))
    yield from check_value(node, fields_of("CloudInit")[key], key, region)


def _agent(key: str, node: Node, header: Header) -> Iterator[Diagnostic]:
    part = next(part for part in _PARTS if key in fields_of(part))
    if not header.agent:
        yield _unread(key, node, header)
        return
    loss = "kairos-agent fails then whenever it reads its configuration, at installation and upgrade too"
    region = Region(_PARTS[part], rules.CLOUD_CONFIG_TYPE, loss)
    if part == "AgentWeak":
        region = region.weak()
    elif part in ("AgentOther", "Provider"):
        loss = f"{region.reader} does not accept it"
        region = region._replace(rule=rules.CLOUD_CONFIG_EFFECT, loss=loss, is_open=part == "Provider")
    yield from check_value(node, fields_of(part)[key], key, region)


def _unread(key: str, node: Node, header: Header) -> Diagnostic:
    message = f"Kairos does not read {key}: the file does not begin with #cloud-config"
    if header.line > 1:
        message = f"{message}, which yip of this kairos-init looks for on the first line only"
    return Diagnostic(rules.CLOUD_CONFIG, node.key or node.range, message, "begin the file with the line #cloud-config")


def _unknown(key: str, node: Node, *, guess: bool) -> Iterator[Diagnostic]:
    """Warn of a key similar to a known one, or of cloud-init; bundles and providers read keys with any other name."""
    range_ = node.key or node.range
    if key in CLOUD_INIT_ONLY:
        hint = "use a step of `stages`, or a hook of the Kairosfile"
        yield Diagnostic(rules.CLOUD_CONFIG_KEY, range_, f"Kairos ignores {key} of cloud-init", hint)
    elif guess and (suggestion := nearest(key, TOP_LEVEL)):
        message = f'Kairos has no key "{key}"'
        yield Diagnostic(rules.CLOUD_CONFIG_KEY, range_, message, did_you_mean(suggestion)).with_suggestion(
            suggestion, node.key
        )


def _stages(root: Node, stages: Node, header: Header, reader: Reader) -> Iterator[Diagnostic]:
    own = root_name(root, reader.path)
    known = names_of(root, reader.path)
    region = _yip_region(header, reader)
    if not isinstance(stages.value, dict):
        yield from check_value(stages, "{[Step]}", "stages", region)
        return
    for count, (stage, steps) in enumerate(merged(stages).items()):
        if count < MAX_GUESSES:
            yield from _stage_name(stage, steps)
        yield from check_value(steps, "[Step]", f"stages.{stage}", region._replace(yip=reader.yip(stage)))
        names = known.get(stage, frozenset()) | reader.names.get(stage, frozenset())
        for step in steps.items:
            yield from check_step(step, stage, reader)
            yield from check_after(step, stage, own, names, reader)


def _stage_name(stage: str, steps: Node) -> Iterator[Diagnostic]:
    names = (*BOOT_STAGES, *LIFECYCLE_STAGES, PROVIDER_STAGE)
    known = [f"{name}{suffix}" for name in names for suffix in ("", *STAGE_SUFFIXES)]
    if stage in known or stage.startswith(ROLE_STAGES):
        return
    if suggestion := nearest(stage, known, cutoff=_NEAR_STAGE):
        message = f'Kairos runs no stage "{stage}" by itself'
        diagnostic = Diagnostic(rules.CLOUD_CONFIG_STAGE, steps.key or steps.range, message, did_you_mean(suggestion))
        yield diagnostic.with_suggestion(suggestion, steps.key)


def _users(root: Node, header: Header) -> Iterator[Diagnostic]:
    """Check the passwords of users; a password can be in any step of the file."""
    found = [*_step_users(root), *(_cloud_init_users(root) if header.cloud_init else ())]
    safe = frozenset(
        name for name, user in found if "passwd" in (fields := merged(user)) or is_true(fields.get("lock_passwd"))
    )
    for name, user in found:
        yield from check_user(name, user, safe)


def _step_users(root: Node) -> Iterator[tuple[str, Node]]:
    stages = root.fields.get("stages")
    for steps in merged(stages).values() if stages else ():
        for step in steps.items:
            users = merged(step).get("users")
            yield from merged(users).items() if users else ()


def _cloud_init_users(root: Node) -> Iterator[tuple[str, Node]]:
    users = root.fields.get("users")
    for user in users.items if users else ():
        name = merged(user).get("name")
        yield str(name.value) if name else "", user


def _files(root: Node, header: Header) -> Iterator[Diagnostic]:
    for key in ("write_files", "milpa_files") if header.cloud_init else ():
        files = root.fields.get(key)
        for item in files.items if files else ():
            yield from check_cloud_init_mode(item)
