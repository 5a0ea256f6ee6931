"""Renders a mapping of a Kairosfile as the text of a cloud-config."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.resolver import Resolver

from kairosfile.sections.cloud_config.readers import HEADERS

if TYPE_CHECKING:
    from kairosfile.language.nodes import Node

_TAG = "tag:yaml.org,2002:"


def render(node: Node) -> str:
    """Return a mapping as the text of a cloud-config; unquoted scalars stay unquoted, so 0644 is a number."""
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
