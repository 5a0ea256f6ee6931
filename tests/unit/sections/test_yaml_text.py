"""Values are written as PyYAML writes them, of which only the emitter is imported."""

from __future__ import annotations

import string
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yaml.resolver import Resolver

from kairosfile.language.nodes import Node, Range
from kairosfile.sections.cloud_config.yaml_text import is_text, write

TAG = "tag:yaml.org,2002:"
AT = Range.of(1, 1)
LITERALS = (
    *("yes", "Yes", "YES", "yEs", "y", "no", "on", "Off", "TRUE", "null", "Null", "~", "", "<<", "=", "a", "None"),
    *(
        "0",
        "00",
        "08",
        "0o7",
        "0644",
        "-1",
        "+1",
        "1_0",
        "_1",
        "0b1",
        "-0b_",
        "0b2",
        "0x",
        "0xfF_",
        "0xg",
        "1:30",
        "0:3",
    ),
    *(
        "1:60",
        "1.",
        ".5",
        ".",
        "-.5",
        "1e3",
        "1.e+3",
        "1.5e3",
        "1:3.5",
        "09.5",
        ".inf",
        "-.Inf",
        ".iNF",
        ".nan",
        ".NaN",
    ),
    *("2001-01-01", "2001-1-1", "2001-1-1 1:00:00", "2001-01-01T10:00:00.5 +1:30", "2001-01-01t1:00:00Z", "12-1-1"),
)
SCALARS = st.one_of(
    st.sampled_from(LITERALS),
    st.text(st.sampled_from("0123456789abefinoxyNT-+_:.~=< "), max_size=12),
    st.text(st.sampled_from(string.printable + "äß€\u2028\x85\x01"), max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
)


def scalar(value: str | bool | None, *, quoted: bool) -> Node:
    return Node(value, AT, quoted=quoted and isinstance(value, str))


NODES = st.recursive(
    st.builds(scalar, SCALARS | st.booleans() | st.none(), quoted=st.booleans()),
    lambda inner: st.builds(
        Node, st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3), st.just(AT)
    ),
    max_leaves=8,
)


def resolved(text: str) -> str:
    """Return the tag that PyYAML gives a text without quotes."""
    return str(Resolver().resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]


def node_of(node: Node) -> yaml.Node:
    """Return the node of PyYAML that is written in the same way."""
    match node.value:
        case dict():
            pairs = [(yaml.ScalarNode(f"{TAG}str", key), node_of(child)) for key, child in node.value.items()]
            return yaml.MappingNode(f"{TAG}map", pairs, flow_style=False)
        case list():
            return yaml.SequenceNode(f"{TAG}seq", [node_of(child) for child in node.value], flow_style=False)
        case str():
            is_string = node.quoted or "\n" in node.value or node.value in set("!&*")  # which PyYAML gives odd tags
            style = "|" if "\n" in node.value else None
            return yaml.ScalarNode(f"{TAG}str" if is_string else resolved(node.value), node.value, style=style)
    text = "null" if node.value is None else str(node.value).lower()
    return yaml.ScalarNode(resolved(text), text)


@given(NODES)
def test_it_is_what_pyyaml_writes(node: Node) -> None:
    assert write(node) == yaml.serialize(node_of(node), Dumper=yaml.SafeDumper, allow_unicode=True, width=1000)


@pytest.mark.parametrize("text", LITERALS)
def test_text_is_what_pyyaml_reads_as_text(text: str) -> None:
    assert is_text(text) == (resolved(text) == f"{TAG}str")


@given(SCALARS)
def test_any_text_is_what_pyyaml_reads_as_text(text: str) -> None:
    assert is_text(text) == (resolved(text) == f"{TAG}str") or text.endswith("\n") or text in set("!&*")


def test_writing_imports_the_emitter_alone() -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; import kairosfile.language.yaml_events\n"
        "import kairosfile.sections.cloud_config.yaml_text\n"
        "print(*[name for name in sys.modules if name.startswith('yaml.')])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["yaml._yaml", "yaml.error", "yaml.events", "yaml.emitter"]
