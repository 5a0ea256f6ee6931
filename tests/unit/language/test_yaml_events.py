"""The events of YAML texts: libyaml's equal those of PyYAML, and the package stays usable."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile.language import yaml_events
from kairosfile.language.yaml_events import CharacterError, YamlError, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator

# Sets the import path of a fresh interpreter, which imports all other modules itself.
START = f"import sys; sys.path[:] = {sys.path!r}; "
TEXTS = st.text(alphabet="ab:-[]{},&*!|>'\"# \n\t\x01%?", max_size=30)
INVALID = ("a: [", "a: \x01", "*")
SAMPLES = (*INVALID, "&a !t [b, *a, 'c', \"d\"]", "a: |\n  b\n---\n{c: }\n")
KINDS = {
    yaml.AliasEvent: yaml_events.ALIAS,
    yaml.ScalarEvent: yaml_events.SCALAR,
    yaml.MappingStartEvent: yaml_events.MAPPING,
    yaml.SequenceStartEvent: yaml_events.SEQUENCE,
    yaml.MappingEndEvent: yaml_events.END,
    yaml.SequenceEndEvent: yaml_events.END,
    yaml.DocumentStartEvent: yaml_events.DOCUMENT,
}


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-I", "-c", START + program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def place(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def of_package(text: str) -> Iterator[tuple[object, ...]]:
    """Yield the values of the events that PyYAML gives."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        values = [getattr(event, name, None) for name in ("anchor", "tag")]
        style = getattr(event, "style", getattr(event, "flow_style", None))
        kind = KINDS.get(type(event), yaml_events.OTHER)
        yield kind, place(event.start_mark), place(event.end_mark), *values, style, getattr(event, "value", "")


def own(text: str) -> Iterator[tuple[object, ...]]:
    for event in read_events(text):
        kind, start, end, *values = event
        yield kind, place(start), place(end), *values


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_events_and_errors_are_those_of_the_package(text: str) -> None:
    try:
        expected = list(of_package(text))
    except yaml.reader.ReaderError as error:
        with pytest.raises(CharacterError) as refused:
            list(own(text))
        assert (refused.value.position, refused.value.character) == (error.position, error.character)
    except yaml.MarkedYAMLError as error:
        with pytest.raises(YamlError) as caught:
            list(own(text))
        assert (caught.value.context, caught.value.problem) == (error.context, error.problem)
        assert place(caught.value.problem_mark) == place(error.problem_mark)
    else:
        assert list(own(text)) == expected


# Prints the values of the events of a text, or those of its error.
SHOW = """
from kairosfile.language.yaml_events import read_events
def place(mark):
    return mark and (mark.line, mark.column)
def show(text, place=place):
    try:
        events = [(it.kind, *map(place, it[1:3]), *it[3:5], it.style or "", it[6]) for it in read_events(text)]
    except Exception as error:
        marks = [place(getattr(error, f"{name}_mark", None)) for name in ("context", "problem")]
        events = type(error).__name__, getattr(error, "position", ""), marks
    print(events)
"""


@pytest.mark.parametrize("text", SAMPLES)
def test_events_are_the_same_once_the_package_has_executed(text: str) -> None:
    """Before, the extension makes them as the module says; afterwards they are PyYAML's."""
    before, after = run(f"{SHOW}\nshow({text!r})\nimport yaml; yaml.dump\nshow({text!r})").split("\n")

    assert before == after
    assert ("Error" in before) == (text in INVALID)


def test_reading_a_text_imports_no_loaders_and_no_dumpers() -> None:
    loaded = run(
        "from kairosfile.language.yaml_events import read_events; print(len(list(read_events('a: [b]'))));"
        "print(*[name for name in sys.modules if name.partition('.')[0] == 'yaml'])"
    )

    assert loaded.split() == ["10", "yaml", "yaml._yaml"]


@pytest.mark.parametrize(
    "use",
    [
        "import yaml; print(yaml.safe_load('a: [1]'))",
        "from yaml import load, CSafeLoader; print(load('a: [1]', CSafeLoader))",
        "import yaml.resolver, yaml; print(yaml.load('a: [1]', Loader=yaml.SafeLoader))",
        "import yaml; print(yaml.load(yaml.dump({'a': [1]}, Dumper=yaml.CSafeDumper), yaml.CSafeLoader))",
        "import yaml; print(yaml.safe_load(yaml.emit(yaml.parse('a: [1]', yaml.CLoader), Dumper=yaml.CDumper)))",
    ],
)
def test_the_package_can_be_used_afterwards(use: str) -> None:
    assert run(f"import kairosfile.language.yaml_events; {use}") == "{'a': [1]}"


def test_errors_of_the_package_are_its_own() -> None:
    program = (
        "import kairosfile.language.yaml_events, yaml\n"
        "for text in ('a: [', 'a: \\x01'):\n"
        "    try: yaml.load(text, yaml.CSafeLoader)\n"
        "    except yaml.MarkedYAMLError as error: print(error.problem_mark.line)\n"
        "    except yaml.YAMLError as error: print(error.position, error.character)\n"
    )

    assert run(program).split("\n") == ["1", "3 1"]


@pytest.mark.parametrize("text", SAMPLES)
def test_without_the_extension_the_package_parses_itself(text: str) -> None:
    """Its parser sets some marks to other places."""
    program = f"{SHOW}\nshow({text!r}, bool)"

    assert run(f"sys.modules['yaml._yaml'] = None\n{program}") == run(program)
