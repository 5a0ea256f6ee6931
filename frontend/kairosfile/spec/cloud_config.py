"""What a cloud-config is to Kairos: its first line, its keys, and a mapping of a Kairosfile as the text of one.

Kairos merges all files of /system/oem, /oem and /usr/local/cloud-config. It skips a file that does not begin with one
of three headers, unless the file holds `stages`, which yip reads whatever it begins with; so a forgotten header goes
unnoticed until the machine boots. Keys are those of Kairos' configuration reference and of its schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.resolver import Resolver

from kairosfile.spec import parser, rules
from kairosfile.spec.diagnostics import MAX_GUESSES, Diagnostic, KairosfileError, asking, nearest
from kairosfile.spec.source import Position, Range, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.nodes import Node

FOLDER = "/system/oem"
HEADERS = ("#cloud-config", "#kairos-config", "#node-config")
STAGES = "stages"

# Kairos' own, then those of its providers, then those of cloud-init that yip understands.
KEYS = (
    *("name", STAGES, "install", "upgrade", "reset", "users", "kcrypt", "p2p", "kairos", "vpn", "kubevip", "bundles"),
    *("options", "env", "debug", "strict", "logs", "cloud-init-paths", "config_url", "grub_options", "extensions"),
    *("fail_on_bundles_errors", "no-format", "eject-cd", "repositories", "auroraboot", "phonehome", "aurora"),
    *("k3s", "k3s-agent", "k0s", "k0s-worker", "cluster", "provider"),
    *("hostname", "ssh_authorized_keys", "write_files", "runcmd", "bootcmd", "growpart", "timezone", "ntp"),
)

_TAG = "tag:yaml.org,2002:"


def faults_of_text(source: Source) -> Iterator[Diagnostic]:
    """Yield what is wrong with the text of a cloud-config, at its places in the text."""
    try:
        root = parser.parse(source)
    except KairosfileError as error:
        for fault in error.diagnostics:
            message = f"this is not a cloud-config: {fault.message}"
            yield Diagnostic(rules.CLOUD_CONFIG, fault.range, message, fault.hint)
        return
    if isinstance(root.value, dict) and STAGES not in root.fields and not has_header(source.text):
        where = Range.of(1, 1, max(1, len(source.line(1))))
        message = "Kairos skips a cloud-config that does not say what it is"
        yield Diagnostic(rules.CLOUD_CONFIG, where, message, f"begin it with the line {HEADERS[0]}")
    yield from faults_of_tree(root)


def has_header(text: str) -> bool:
    """Tell whether a text begins with a line by which Kairos knows a cloud-config."""
    return text.split("\n", 1)[0].rstrip() in HEADERS


def faults_of_tree(root: Node) -> Iterator[Diagnostic]:
    """Yield what is wrong with the values of a cloud-config, at their places."""
    if not isinstance(root.value, dict):
        yield Diagnostic(rules.CLOUD_CONFIG, root.range, "a cloud-config is a mapping", "write `name: value` lines")
    unknown = [(key, node) for key, node in root.fields.items() if key not in KEYS]
    for index, (key, node) in enumerate(unknown):
        near = nearest(key, KEYS) if index < MAX_GUESSES else ""
        hint = asking(near) or "check the name in Kairos' configuration reference"
        fault = Diagnostic(rules.CLOUD_CONFIG_KEY, node.key or node.range, f'Kairos knows no key "{key}"', hint)
        yield fault.suggesting(near, node.key)
    if stages := root.fields.get(STAGES):
        yield from _stage_faults(stages)


def _stage_faults(stages: Node) -> Iterator[Diagnostic]:
    hint = "write `stages: {boot: [{commands: [...]}]}`"
    if not isinstance(stages.value, dict):
        yield Diagnostic(rules.CLOUD_CONFIG, stages.range, "stages are a mapping from names to lists of steps", hint)
    for name, steps in stages.fields.items():
        if not isinstance(steps.value, list):
            where = steps.range if steps.value is not None else steps.key or steps.range
            yield Diagnostic(rules.CLOUD_CONFIG, where, f'the stage "{name}" must be a list of steps', hint)
        for step in steps.items:
            if not isinstance(step.value, dict):
                yield Diagnostic(
                    rules.CLOUD_CONFIG, step.range, f'a step of the stage "{name}" must be a mapping', hint
                )


def shift_of_block(file: Source, node: Node) -> tuple[int, int] | None:
    """Return how far below and right of its own place a text begins in the file; None unless it is a literal block."""
    start = node.range.start
    if not file.line(start.line)[start.column - 1 :].startswith("|"):
        return None
    lines = str(node.value).split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    written = file.line(start.line + 1 + first)
    return (start.line, len(written) - len(lines[first])) if written.endswith(lines[first]) else None


def shifted(where: Range, by: tuple[int, int], source: Source | None) -> Range:
    """Return a place in the text of a block as one in the file that the block is in."""
    start, end = (Position(it.line + by[0], it.column + by[1]) for it in (where.start, where.end))
    return Range(start, end, source)


def render(node: Node) -> str:
    """Return a mapping as the text of a cloud-config; what was written without quotes stays so, 0644 a number."""
    body = yaml.serialize(_yaml(node), Dumper=yaml.SafeDumper, allow_unicode=True, width=1000)
    return f"{HEADERS[0]}\n{body}"


def _yaml(node: Node) -> yaml.Node:
    if isinstance(node.value, dict):
        pairs = [(yaml.ScalarNode(f"{_TAG}str", key), _yaml(child)) for key, child in node.value.items()]
        return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=False)
    if isinstance(node.value, list):
        return yaml.SequenceNode(f"{_TAG}seq", [_yaml(child) for child in node.value], flow_style=False)
    return _scalar(node)


def _scalar(node: Node) -> yaml.ScalarNode:
    if isinstance(node.value, str):
        style = "|" if "\n" in node.value else None
        return yaml.ScalarNode(f"{_TAG}str" if node.quoted else _resolve(node.value), node.value, style=style)
    text = "null" if node.value is None else str(node.value).lower()
    return yaml.ScalarNode(_resolve(text), text)


def _resolve(text: str) -> str:
    """Return the tag that YAML gives a text without quotes."""
    return str(Resolver().resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]
